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
from typing import Any

import numpy as np

from ..games.environment import Environment
from ..games.numbers import INT64_SAFE, Array, exact, integers
from ..games.profile import Profile
from ..mechanisms.cases import Belief, Case, Untraceable, Var, is_var
from ..mechanisms.expectations import AnyRule, Expectation, Highest, Term, as_expectation
from ..mechanisms.measures import FunctionOf, Measure, PaymentOf, RankOf, UtilityOf
from ..mechanisms.properties import ForAll
from ..mechanisms.table import Table

Axis = Hashable  # a variable, or the label of a fixed type
Fixed = Mapping[Var, int]


@dataclass(frozen=True)
class Grid:
    """``values / scale`` over the named ``axes``."""

    axes: tuple[Any, ...]
    values: Array
    scale: int


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
            has, needs = property.sides(AnyRule(), env, case)
            found.append(Statement(property, case, as_expectation(has), as_expectation(needs)))
        except (Untraceable, TypeError, KeyError, AttributeError) as error:
            raise Untraceable(str(error)) from error
    return found


# -- exact integer arithmetic that cannot overflow --------------------------------------------------------------------


def magnitude(values: Array) -> int:
    """The largest absolute value, as a Python int."""
    if values.size == 0:
        return 0
    return max(abs(int(values.max())), abs(int(values.min())))


def product(a: Array, b: Array, terms: int = 1) -> Array:
    """``a * b``, wide enough that ``terms`` such products may be added."""
    if a.dtype == object or b.dtype == object or magnitude(a) * magnitude(b) * terms >= INT64_SAFE:
        return np.asarray(a.astype(object) * b.astype(object), dtype=object)
    return np.asarray(a * b)


def _scaled(values: Array, factor: int) -> Array:
    return (
        values
        if factor == 1
        else product(values, np.array(factor, dtype=object if abs(factor) >= INT64_SAFE else np.int64))
    )


# -- named axes -------------------------------------------------------------------------------------------------------


def _settle(env: Environment, axes: Sequence[Any], players: Sequence[str], values: Array, fixed: Fixed) -> Grid:
    """Index away the axes that are labels or fixed variables; merge the axes that are one variable."""
    index: list[Any] = []
    left: list[Var] = []
    for axis, player in zip(axes, players, strict=True):
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
            values = np.diagonal(values, axis1=first, axis2=k)
            left = [*left[:first], *left[first + 1 : k], *left[k + 1 :], left[k]]
            k = 0
        else:
            k += 1
    return Grid(tuple(left), values, 1)


def aligned(grid: Grid, axes: Sequence[Var]) -> Array:
    """The values with exactly ``axes``, in that order; an axis the grid does not have gets length 1."""
    order = [grid.axes.index(a) for a in axes if a in grid.axes]
    values = np.transpose(grid.values, order)
    shape = iter(values.shape)
    return values.reshape([next(shape) if a in grid.axes else 1 for a in axes])


def total(grids: Sequence[Grid], axes: Sequence[Var]) -> Grid:
    """The sum of grids, over ``axes``."""
    scale = math.lcm(*(g.scale for g in grids)) if grids else 1
    each = [_scaled(g.values, scale // g.scale) for g in grids]
    wide = any(v.dtype == object for v in each) or sum(map(magnitude, each)) >= INT64_SAFE
    result: Array = np.zeros((1,) * len(axes), dtype=object if wide else np.int64)
    for grid, values in zip(grids, each, strict=True):
        part = aligned(Grid(grid.axes, values, 1), axes)
        result = np.asarray(result + (part.astype(object) if wide else part), dtype=result.dtype)
    return Grid(tuple(axes), result, scale)


# -- verify: terms as grids over the outcome table --------------------------------------------------------------------


def grid_of(env: Environment, table: Table, expression: Expectation, axes: Sequence[Var], fixed: Fixed) -> Grid:
    """An expression as a grid over ``axes`` (the variables not fixed)."""
    grids = [_term(env, table, term, fixed) for term in expression.terms]
    grids += [_highest(env, most, fixed) for most in expression.highest]
    constant = exact(expression.constant)
    grids.append(Grid((), np.array(constant.numerator, dtype=object), constant.denominator))
    return total([_narrow(g) for g in grids], axes)


def _narrow(grid: Grid) -> Grid:
    if grid.values.dtype == object and grid.values.size == 1 and magnitude(grid.values) < INT64_SAFE:
        return Grid(grid.axes, grid.values.astype(np.int64), grid.scale)
    return grid


def _term(env: Environment, table: Table, term: Term, fixed: Fixed) -> Grid:
    reports, belief = _slots(term)
    slots = [reports[p] for p in env.players]
    lead, values, scale = _at_profiles(env, table, term.part, fixed)
    axes = ([lead] if lead is not None else []) + slots
    owners = ([lead.player] if lead is not None else []) + list(env.players)
    shape = (*(() if lead is None else values.shape[:1]), *env.sizes)
    grid = _settle(env, axes, owners, values.reshape(shape), fixed)
    grid = Grid(grid.axes, grid.values, scale)
    if belief is not None:
        grid = _averaged(env, grid, belief, fixed)
    coefficient = exact(term.coefficient)
    return Grid(grid.axes, _scaled(grid.values, coefficient.numerator), grid.scale * coefficient.denominator)


def _slots(term: Term) -> tuple[Profile[Any], Belief | None]:
    if isinstance(term.reports, Belief):
        return term.reports.reports, term.reports
    return term.reports, None


def _at_profiles(env: Environment, table: Table, part: Any, fixed: Fixed) -> tuple[Var | None, Array, int]:
    """``values[(type,) profile]`` of a part for every profile of reports: its own type variable, values, scale."""
    if isinstance(part, PaymentOf):
        if table.payments is None:
            return None, np.zeros(env.n_profiles, dtype=np.int64), 1
        return None, table.payments[:, env.players.index(part.player)], table.pay_scale
    lead, rows, scale = rows_of(env, part, fixed)
    width = table.coordinates.shape[1]
    plain = table.scale == 1 and width == 1 and bool((table.weights == 1).all())
    values: Array = np.zeros(1, dtype=np.int64)
    for s in range(width):
        picked = rows[..., table.coordinates[:, s]]
        values = picked if plain else values + product(picked, table.weights[:, s], width)
    return lead, values, scale * table.scale


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
    weights, scale = integers(env.joint if belief.given is None else env.conditional(belief.given[0]))
    names: dict[str, Any] = {v.player: v for v in belief.bound}
    if belief.given is not None:
        names[belief.given[0]] = belief.given[1]
    return [names[p] for p in env.players], weights, scale


def _averaged(env: Environment, grid: Grid, belief: Belief, fixed: Fixed) -> Grid:
    axes, weights, scale = beliefs_of(env, belief)
    prior = _settle(env, axes, env.players, weights, fixed)
    union = tuple(dict.fromkeys((*grid.axes, *prior.axes)))
    bound = tuple(k for k, a in enumerate(union) if a in belief.bound)
    terms = math.prod(len(env.types[union[k].player]) for k in bound)
    values = product(aligned(grid, union), aligned(prior, union), terms)
    left = tuple(a for a in union if a not in belief.bound)
    return Grid(left, np.asarray(values.sum(axis=bound), dtype=values.dtype), grid.scale * scale)


def _highest(env: Environment, most: Highest, fixed: Fixed) -> Grid:
    """The most a measure can reach over the outcome space, for every value of its variables."""
    grid = measure_grid(env, most.measure, fixed)
    best: Array = np.zeros(grid.values.shape[:-1], dtype=grid.values.dtype)
    for group in env.space.groups:
        top = np.asarray(grid.values[..., list(group.coordinates)].max(axis=-1), dtype=best.dtype)
        best = np.asarray(best + (top if group.exactly else np.maximum(top, 0)), dtype=best.dtype)
    coefficient = exact(most.coefficient)
    return Grid(grid.axes[:-1], _scaled(best, coefficient.numerator), grid.scale * coefficient.denominator)


def measure_grid(env: Environment, measure: Measure, fixed: Fixed) -> Grid:
    """A measure without payments as a grid whose last axis is the coordinate."""
    coordinate = Var("coordinate", "#")
    grids = []
    for coefficient, part in measure.parts:
        lead, rows, scale = rows_of(env, part, fixed)
        c = exact(coefficient)
        axes = (coordinate,) if lead is None else (lead, coordinate)
        grids.append(Grid(axes, _scaled(rows, c.numerator), scale * c.denominator))
    axes = tuple(dict.fromkeys(a for g in grids for a in g.axes if a != coordinate))
    return total(grids, (*axes, coordinate))


def asked(env: Environment, case: Case) -> Array:
    """For every value of the case's variables, the last fastest: whether it is a case (distinct variables differ)."""
    variables = case.variables
    sizes = [len(env.types[v.player]) for v in variables]
    found = np.ones(sizes, dtype=bool)
    for a, b in case.distinct:
        one, two = (
            np.arange(len(env.types[v.player])).reshape([-1 if w == v else 1 for w in variables]) for v in (a, b)
        )
        found &= one != two
    return found.reshape(-1)


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
    flat = np.broadcast_to(_scaled(constant.values, scale // constant.scale), shape).reshape(n)
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Rows(none, none, none, flat, scale, tuple(axes))
    rows = np.concatenate([r for r, *_ in parts])
    columns = np.concatenate([c for _, c, *_ in parts])
    values = np.concatenate([_scaled(v, scale // s) for *_, v, s in parts])
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
        values = product(values, weights[tuple(index)][..., None])
        scale *= unit
    coefficient = exact(term.coefficient)
    values = _scaled(values, coefficient.numerator)
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
    if values.dtype != object and magnitude(values) * 64 >= INT64_SAFE:
        values = values.astype(object)
    summed = np.add.reduceat(values, starts)
    keep = summed != 0
    return rows[starts][keep], columns[starts][keep], summed[keep]
