"""Lowering: a property, run once on variables, becomes arrays over all its cases.

A grid is an array of exact integers with one named axis per variable. Each term of an expression becomes a grid
from the utilities and the rule's outcome table (for verify), or sparse rows over the table's unknown entries (for
search). int64 is used where a bound shows that nothing overflows, Python integers otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from ..games.environment import Environment
from ..games.errors import BadInput
from ..games.numbers import INT64_SAFE, Array, exact, integers
from ..games.profile import Profile
from ..mechanisms.cases import Belief, Case, Untraceable, Var, is_var
from ..mechanisms.expectations import AnyRule, Expectation, Highest, Term, as_expectation, unmasked_expectation
from ..mechanisms.measures import FunctionOf, Measure, PaymentOf, RankOf, UtilityOf
from ..mechanisms.property import ForAll
from ..mechanisms.table import Table

Axis = Hashable  # a variable, or the label of a fixed type
Fixed = Mapping[Var, int]


@dataclass(frozen=True)
class Grid:
    """``factor * values / scale`` over the named ``axes``; no value exceeds ``bound`` in absolute value."""

    axes: tuple[Any, ...]
    values: Array
    scale: int
    bound: int
    factor: int = 1


@dataclass(frozen=True)
class Statement:
    """A property at one symbolic case: for all values of ``case.variables``, ``margin`` >= 0 (or == 0)."""

    property: ForAll
    case: Case
    has: Expectation
    needs: Expectation

    @cached_property
    def margin(self) -> Expectation:
        """How much the first side exceeds the second."""
        return self.has - self.needs


def trace(property: ForAll, env: Environment) -> list[Statement]:
    """The property's statements, one per symbolic case; raises Untraceable where it looks at values."""
    found = []
    for case in property.cases(env):
        try:
            has, needs = (as_expectation(side) for side in property.sides(AnyRule(), env, case.masked()))
        except (Untraceable, TypeError, KeyError, AttributeError, BadInput) as error:
            raise Untraceable(str(error)) from error
        statement = Statement(property, case, unmasked_expectation(has), unmasked_expectation(needs))
        _check_owners(env, statement)
        found.append(statement)
    return found


def _check_owners(env: Environment, statement: Statement) -> None:
    """Raise Untraceable where a type of one player stands in the place of another's, and their types differ.

    Grids and rows count types by position, which is right only where equal positions are equal types.
    """
    placed = [(a.player, b) for a, b in statement.case.distinct]
    for term in statement.margin.terms:
        reports, belief = _slots(term)
        placed += [(player, entry) for player, entry in reports.items() if is_var(entry)]
        if belief is not None and belief.given is not None and is_var(belief.given[1]):
            placed.append(belief.given)
    parts = [t.part for t in statement.margin.terms] + [p for h in statement.margin.highest for _, p in h.measure.parts]
    placed += [(p.player, p.type) for p in parts if isinstance(p, UtilityOf | RankOf) and is_var(p.type)]
    for player, var in placed:
        if env.types[player] != env.types[var.player]:
            raise Untraceable(f"it puts a type of {var.player} where one of {player} belongs, and their types differ")


# -- exact integer arithmetic that cannot overflow --------------------------------------------------------------------


def magnitude(values: Array) -> int:
    """The largest absolute value, as a Python int."""
    if values.size == 0:
        return 0
    return max(abs(int(values.max())), abs(int(values.min())))


def product(a: Array, b: Array, bound: int) -> Array:
    """``a * b`` in a type that holds ``bound``."""
    if a.dtype == object or b.dtype == object or bound >= INT64_SAFE:
        return np.asarray(a.astype(object) * b.astype(object), dtype=object)
    return np.asarray(a * b)


def scaled(values: Array, factor: int) -> Array:
    """``values * factor``, exactly."""
    if factor == 1:
        return values
    bound = magnitude(values) * max(1, abs(factor))
    one = np.array(factor, dtype=object if abs(factor) >= INT64_SAFE else np.int64)
    return product(values, one, bound)


# -- named axes -------------------------------------------------------------------------------------------------------


def _settle(env: Environment, axes: Sequence[Any], values: Array, fixed: Fixed) -> tuple[list[Var], Array]:
    """Index away the axes (one a player) that are labels or fixed variables; merge the axes that are one variable.

    Axes of ``values`` after those of the players stay as they are, at the end.
    """
    index: list[Any] = []
    left: list[Var] = []
    for axis, player in zip(axes, env.players, strict=True):
        if not is_var(axis):
            index.append(env.position(player, axis))
        elif axis in fixed:
            index.append(fixed[axis])
        else:
            index.append(slice(None))
            left.append(axis)
    values = np.asarray(values[tuple(index)], dtype=values.dtype)
    k = 0
    while k < len(left):
        if left[k] in left[:k]:
            first = left.index(left[k])
            values = np.moveaxis(np.diagonal(values, axis1=first, axis2=k), -1, first)
            del left[k]
        else:
            k += 1
    return left, values


def aligned(axes_given: Sequence[Any], values: Array, axes: Sequence[Var]) -> Array:
    """The values with exactly ``axes``, in that order; an axis not given gets length 1."""
    order = [axes_given.index(a) for a in axes if a in axes_given]
    shape = iter(np.transpose(values, order).shape)
    return np.transpose(values, order).reshape([next(shape) if a in axes_given else 1 for a in axes])


def total(grids: Sequence[Grid], axes: Sequence[Var]) -> Grid:
    """The sum of grids, over ``axes``; small ones are added first."""
    scale = math.lcm(*(g.scale for g in grids)) if grids else 1
    factors = [g.factor * (scale // g.scale) for g in grids]
    bound = sum(max(1, g.bound) * abs(f) for g, f in zip(grids, factors, strict=True))
    kind = object if bound >= INT64_SAFE or any(g.values.dtype == object for g in grids) else np.int64
    result: Array = np.zeros((1,) * len(axes), dtype=kind)
    for factor, grid in sorted(zip(factors, grids, strict=True), key=lambda pair: pair[1].values.size):
        part = aligned(grid.axes, grid.values, axes)
        part = part.astype(kind) if part.dtype != kind else part
        if abs(factor) != 1:
            part = np.asarray(part * (factor if kind is object else np.int64(factor)), dtype=kind)
        result = np.asarray(result - part if factor == -1 else result + part, dtype=kind)
    return Grid(tuple(axes), result, scale, bound)


# -- verify: terms as grids over the outcome table --------------------------------------------------------------------


def grid_of(env: Environment, table: Table, expression: Expectation, axes: Sequence[Var], fixed: Fixed) -> Grid:
    """An expression as a grid over ``axes`` (the variables not fixed)."""
    grids = [_term(env, table, term, fixed) for term in expression.terms]
    grids += [_highest(env, most, fixed) for most in expression.highest]
    constant = exact(expression.constant)
    one = np.ones((), dtype=np.int64)
    grids.append(Grid((), one, constant.denominator, 1, constant.numerator))
    return total(grids, axes)


def _term(env: Environment, table: Table, term: Term, fixed: Fixed) -> Grid:
    reports, belief = _slots(term)
    grid = _at_reports(env, table, term.part, [reports[p] for p in env.players], fixed)
    if belief is not None:
        grid = _averaged(env, grid, belief, fixed)
    c = exact(term.coefficient)
    return Grid(grid.axes, grid.values, grid.scale * c.denominator, grid.bound, c.numerator)


def _slots(term: Term) -> tuple[Profile[Any], Belief | None]:
    if isinstance(term.reports, Belief):
        return term.reports.reports, term.reports
    return term.reports, None


def _at_reports(env: Environment, table: Table, part: Any, slots: Sequence[Any], fixed: Fixed) -> Grid:
    """A part at the reports in ``slots`` (one a player): first the table is indexed, then utilities are looked up."""
    if isinstance(part, PaymentOf):
        if table.payments is None:
            return Grid((), np.zeros((), dtype=np.int64), 1, 0)
        paid = table.payments_of(env.players.index(part.player)).reshape(env.sizes)
        axes, values = _settle(env, slots, paid, fixed)
        return Grid(tuple(axes), values, table.pay_scale, table.pay_bound)
    lead, rows, scale = rows_of(env, part, fixed)
    width, bound = table.coordinates.shape[1], magnitude(rows)
    axes, places = _settle(env, slots, table.coordinates.reshape(*env.sizes, width), fixed)
    if lead is None:
        values = rows[places]
    elif lead in axes:
        own = np.arange(len(rows)).reshape([-1 if a == lead else 1 for a in axes] + [1])
        values = rows[own, places]
    else:
        values, axes = rows[:, places], [lead, *axes]
    if table.sure:
        return Grid(tuple(axes), values[..., 0], scale, bound)
    _, weights = _settle(env, slots, table.weights.reshape(*env.sizes, width), fixed)
    bound *= table.weight_bound * width
    values = product(values, weights, bound).sum(axis=-1)
    kind = object if isinstance(values, int) else values.dtype  # an object sum of no axes is a plain int
    return Grid(tuple(axes), np.asarray(values, dtype=kind), scale * table.scale, bound)


def rows_of(env: Environment, part: Any, fixed: Fixed) -> tuple[Var | None, Array, int]:
    """Coefficients of a part in the coordinates: ``rows[(type,) coordinate]``, as integers and a scale."""
    if isinstance(part, FunctionOf):
        rows, scale = integers(np.array(env.space.functional(part.function), dtype=object))
        return None, rows, scale
    assert isinstance(part, UtilityOf | RankOf)
    rows, scale = integers(table_of(env, part))
    if not is_var(part.type):
        return None, rows[env.position(part.player, part.type)], scale
    if part.type in fixed:
        return None, rows[fixed[part.type]], scale
    return part.type, rows, scale


def table_of(env: Environment, part: UtilityOf | RankOf) -> Array:
    """The coefficients of a part for every type: ``[type, coordinate]``."""
    if isinstance(part, RankOf):
        return env.upper_sets(part.player, part.k, part.share_of)
    return env.utilities(part.player, part.share_of)


def beliefs_of(env: Environment, belief: Belief) -> tuple[list[Any], Array, int]:
    """The weights of a belief as integers over one axis a player, and the axes' names."""
    weights, scale = env.weights(None if belief.given is None else belief.given[0])
    names: dict[str, Any] = {v.player: v for v in belief.bound}
    if belief.given is not None:
        names[belief.given[0]] = belief.given[1]
    return [names[p] for p in env.players], weights, scale


def _averaged(env: Environment, grid: Grid, belief: Belief, fixed: Fixed) -> Grid:
    names, weights, scale = beliefs_of(env, belief)
    axes, prior = _settle(env, names, weights, fixed)
    union = list(dict.fromkeys((*grid.axes, *axes)))
    out = tuple(k for k, a in enumerate(union) if a in belief.bound)
    terms = math.prod(len(env.types[union[k].player]) for k in out)
    bound = grid.bound * magnitude(prior) * terms
    values = product(aligned(grid.axes, grid.values, union), aligned(axes, prior, union), bound)
    left = tuple(a for a in union if a not in belief.bound)
    return Grid(left, np.asarray(values.sum(axis=out), dtype=values.dtype), grid.scale * scale, bound)


def _highest(env: Environment, most: Highest, fixed: Fixed) -> Grid:
    """The most a measure can reach over the outcome space, for every value of its variables."""
    grid = measure_grid(env, most.measure, fixed)
    bound = grid.bound * len(env.space.groups)
    values = grid.values.astype(object) if bound >= INT64_SAFE else grid.values
    best: Array = np.zeros(values.shape[:-1], dtype=values.dtype)
    for group in env.space.groups:
        top = np.asarray(values[..., list(group.coordinates)].max(axis=-1), dtype=best.dtype)
        best = np.asarray(best + (top if group.exactly else np.maximum(top, 0)), dtype=best.dtype)
    c = exact(most.coefficient)
    return Grid(grid.axes[:-1], best, grid.scale * c.denominator, bound, c.numerator)


def measure_grid(env: Environment, measure: Measure, fixed: Fixed) -> Grid:
    """A measure without payments as a grid whose last axis is the coordinate."""
    coordinate = Var("coordinate", "#")
    grids = []
    for coefficient, part in measure.parts:
        lead, rows, scale = rows_of(env, part, fixed)
        c = exact(coefficient)
        axes = (coordinate,) if lead is None else (lead, coordinate)
        grids.append(Grid(axes, rows, scale * c.denominator, magnitude(rows), c.numerator))
    axes = tuple(dict.fromkeys(a for g in grids for a in g.axes if a != coordinate))
    return total(grids, (*axes, coordinate))


def asked(env: Environment, case: Case, fixed: Fixed = MappingProxyType({})) -> Array:
    """Whether the values of the variables that are not fixed make a case: distinct variables differ. One axis each."""
    axes = [v for v in case.variables if v not in fixed]
    found = np.ones([len(env.types[v.player]) for v in axes], dtype=bool)
    for pair in case.distinct:
        one, two = (
            np.full((1,) * len(axes), fixed[v])
            if v in fixed
            else np.arange(len(env.types[v.player])).reshape([-1 if a == v else 1 for a in axes])
            for v in pair
        )
        found &= one != two
    return found


# -- search: terms as sparse rows over the unknown table --------------------------------------------------------------


@dataclass(frozen=True)
class Rows:
    """Sparse rows ``sum of values[k] * x[columns[k]] over k with rows[k] == r, + constant[r]``, all over ``scale``.

    Column p * width + k is coordinate k at profile p; the payments of player i stand at k = dimension + i.
    """

    rows: Array
    columns: Array
    values: Array
    constant: Array
    scale: int
    axes: tuple[Var, ...]


def width_of(env: Environment) -> int:
    """How many unknowns a profile has."""
    return env.space.dimension + (0 if env.transfers is None else len(env.players))


def row_count(env: Environment, axes: Sequence[Var]) -> int:
    """How many rows the variables span."""
    return math.prod(len(env.types[v.player]) for v in axes)


def entry_count(env: Environment, expression: Expectation, axes: Sequence[Var]) -> int:
    """At most how many entries the rows of an expression have, computed before any is made."""
    rows = row_count(env, axes)
    count = 0
    for term in expression.terms:
        bound = term.reports.bound if isinstance(term.reports, Belief) else ()
        each = 1 if isinstance(term.part, PaymentOf) else env.space.dimension
        count += rows * row_count(env, bound) * each
    return count


def rows_for(env: Environment, expression: Expectation, axes: Sequence[Var]) -> Rows:
    """An expression as sparse rows, one for each value of the variables ``axes`` (the last changing fastest)."""
    parts = [_entries(env, term, axes) for term in expression.terms]
    fixed_part = Expectation((), expression.highest, expression.constant)
    empty = Table(np.zeros((1, 1), dtype=np.int64), np.zeros((1, 1), dtype=np.int64), 1, None, 1)
    constant = grid_of(env, empty, fixed_part, axes, {})
    scale = math.lcm(constant.scale, *(s for *_, s in parts))
    n = row_count(env, axes)
    shape = [len(env.types[v.player]) for v in axes]
    flat = np.broadcast_to(scaled(constant.values, scale // constant.scale), shape).reshape(n)
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Rows(none, none, none, flat, scale, tuple(axes))
    rows = np.concatenate([r for r, *_ in parts])
    columns = np.concatenate([c for _, c, *_ in parts])
    values = np.concatenate([scaled(v, scale // s) for *_, v, s in parts])
    return Rows(*_coalesced(rows, columns, values), flat, scale, tuple(axes))


def _entries(env: Environment, term: Term, axes: Sequence[Var]) -> tuple[Array, Array, Array, int]:
    reports, belief = _slots(term)
    every = [*axes, *(belief.bound if belief else ())]
    place: dict[Var, Array] = {}
    for k, v in enumerate(every):
        size = len(env.types[v.player])
        place[v] = np.arange(size, dtype=np.int64).reshape([size if j == k else 1 for j in range(len(every))])
    shape = [len(env.types[v.player]) for v in every]

    def at(player: str, entry: Any) -> Any:
        return place[entry] if is_var(entry) else env.position(player, entry)

    row: Any = np.zeros((1,) * len(every), dtype=np.int64)
    for v in axes:
        row = row * len(env.types[v.player]) + place[v]
    profile: Any = np.zeros((1,) * len(every), dtype=np.int64)
    for player, size in zip(env.players, env.sizes, strict=True):
        profile = profile * size + at(player, reports[player])
    if isinstance(term.part, PaymentOf):
        offset = np.array([env.space.dimension + env.players.index(term.part.player)])
        values, scale = np.ones((1,) * (len(every) + 1), dtype=np.int64), 1
    else:
        offset = np.arange(env.space.dimension)
        lead, rows, scale = rows_of(env, term.part, {})
        values = rows.reshape((1,) * len(every) + (-1,)) if lead is None else rows[place[lead]]
    if belief is not None:
        names, weights, unit = beliefs_of(env, belief)
        index = np.broadcast_arrays(*(np.asarray(at(p, name)) for p, name in zip(env.players, names, strict=True)))
        values = product(values, weights[tuple(index)][..., None], magnitude(values) * magnitude(weights))
        scale *= unit
    coefficient = exact(term.coefficient)
    values = scaled(values, coefficient.numerator)
    full = (*shape, len(offset))
    columns = np.broadcast_to(profile[..., None] * width_of(env) + offset, full).reshape(-1)
    rows_ = np.broadcast_to(row[..., None], full).reshape(-1)
    values = np.broadcast_to(values, full).reshape(-1)
    keep = values != 0
    return rows_[keep], columns[keep], values[keep], scale * coefficient.denominator


def _coalesced(rows: Array, columns: Array, values: Array) -> tuple[Array, Array, Array]:
    """Entries sorted by row and column, duplicates added, zeros dropped."""
    if not len(rows):
        return rows, columns, values
    key = rows * (int(columns.max()) + 1) + columns
    order = np.argsort(key, kind="stable")
    key, rows, columns, values = key[order], rows[order], columns[order], values[order]
    starts = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1])))
    most = int(np.diff(starts, append=len(key)).max())
    if values.dtype != object and magnitude(values) * most >= INT64_SAFE:
        values = values.astype(object)
    summed = np.add.reduceat(values, starts)
    keep = summed != 0
    return rows[starts][keep], columns[starts][keep], summed[keep]
