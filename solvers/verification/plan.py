"""Plans: an expression compiled to arrays that know nothing of rule or environment, for any process to look at.

A plan is a list of leaves; each becomes a grid of exact integers for any values of the leading variables. int64 is
used where a bound shows that nothing overflows. What exceeds it is decided with two arrays in place of one of Python
integers: floats with a bound on their error, and what is left of the integers modulo 2^64 (see ``signs``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from ...games.environment import Environment
from ...games.numbers import INT64_SAFE, Array, exact, integers, magnitude
from ...games.outcomes import Group
from ...mechanisms.cases import Belief, Case, Var, is_var
from ...mechanisms.expectations import Expectation, Highest, Term
from ...mechanisms.measures import FunctionOf, Measure, PaymentOf, RankOf, UtilityOf
from ...mechanisms.table import Table
from .grids import Fixed, Grid, aligned, indexed, merged, product, total, wrapped

ROUNDING = 2.0**-52  # of one operation on floats, twice what it can be
DECIDABLE = 2**60  # an error below this leaves one integer modulo 2^64


class Sent:
    """Mix-in for a frozen dataclass: its int64 arrays travel to other processes in the narrowest integers."""

    def __getstate__(self) -> dict[str, Any]:
        return {name: _narrow(value) for name, value in self.__dict__.items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            wide = isinstance(value, np.ndarray) and value.dtype.kind == "i"
            self.__dict__[name] = value.astype(np.int64) if wide else value


def _narrow(value: Any) -> Any:
    if not isinstance(value, np.ndarray) or value.dtype != np.int64 or not value.size:
        return value
    most = magnitude(value)
    return value.astype(next(kind for kind in (np.int8, np.int16, np.int32, np.int64) if most <= np.iinfo(kind).max))


class Leaf(Protocol):
    """A part of a plan: a grid for any values of the variables."""

    def grid(self, fixed: Fixed, limit: float) -> Grid:
        """The grid over the variables that are not fixed."""

    def converted(self, kind: str) -> Leaf:
        """The same with its integers as floats or modulo 2^64."""

    @property
    def depth(self) -> int:
        """At most how many roundings a value in floats suffers."""


def _converted(values: Array, kind: str) -> Array:
    if kind == "floats":
        return values.astype(np.float64)
    if values.dtype == object:
        return np.array([wrapped(int(x)) for x in values.ravel()], dtype=np.int64).reshape(values.shape)
    return values


@dataclass(frozen=True)
class Given(Sent):
    """Integers over axes, as they are."""

    axes: tuple[Any, ...]
    values: Array
    scale: int
    bound: int
    factor: int = 1
    depth: int = 1

    def grid(self, fixed: Fixed, limit: float) -> Grid:
        """The values at the fixed variables."""
        axes, values = indexed(self.axes, self.values, fixed)
        return Grid(tuple(axes), values, self.scale, self.bound, self.factor)

    def converted(self, kind: str) -> Given:
        """The same, its integers in another kind of number."""
        return replace(self, values=_converted(self.values, kind))


@dataclass(frozen=True)
class Looked(Sent):
    """Utilities looked up at what the rule chooses: ``rows[(lead ...,) coordinate]`` at ``places[axes ..., s]``.

    With ``weights`` the sum over the places s of a lottery.
    """

    axes: tuple[Any, ...]
    places: Array
    weights: Array | None
    lead: tuple[Any, ...]
    rows: Array
    scale: int
    bound: int
    factor: int = 1

    @property
    def depth(self) -> int:
        """One rounding for an entry; for a lottery one more a product and a sum."""
        return 1 if self.weights is None else 3 + self.places.shape[-1]

    def grid(self, fixed: Fixed, limit: float) -> Grid:
        """The utilities, looked up for the variables that are not fixed."""
        axes, places = indexed(self.axes, self.places, fixed)
        lead, rows = indexed(self.lead, self.rows, fixed)
        if not lead:
            values = rows.take(places)
        elif len(lead) == 1 and lead[0] not in axes:
            values, axes = rows.take(places, axis=1), [lead[0], *axes]
        else:
            union = [*(a for a in lead if a not in axes), *axes]
            start: Any = 0
            for a, size in zip(lead, rows.shape, strict=False):
                start = start * size + np.arange(size).reshape([-1 if a == b else 1 for b in union])
            shaped = aligned(axes, places, union)
            values = rows.reshape(-1).take(shaped + (start * rows.shape[-1])[..., None])
            axes = union
        if self.weights is None:
            return Grid(tuple(axes), values[..., 0], self.scale, self.bound, self.factor)
        _, weights = indexed(self.axes, self.weights, fixed)
        if len(axes) > weights.ndim - 1:
            weights = aligned([a for a in self.axes if a not in fixed], weights, axes)
        values = product(values, weights, self.bound, limit).sum(axis=-1)
        kind = object if isinstance(values, int) else values.dtype  # an object sum of no axes is a plain int
        return Grid(tuple(axes), np.asarray(values, dtype=kind), self.scale, self.bound, self.factor)

    def converted(self, kind: str) -> Looked:
        """The same, its integers in another kind of number."""
        weights = None if self.weights is None else _converted(self.weights, kind)
        return replace(self, rows=_converted(self.rows, kind), weights=weights)


@dataclass(frozen=True)
class Drawn(Sent):
    """The average of a leaf over types drawn from the prior."""

    leaf: Leaf
    axes: tuple[Any, ...]
    prior: Array
    over: tuple[Var, ...]
    scale: int
    terms: int  # over how many draws the sum is
    factor: int = 1

    @property
    def depth(self) -> int:
        """The roundings of the leaf, of the products and of their sum."""
        return self.leaf.depth + 2 + self.terms

    def grid(self, fixed: Fixed, limit: float) -> Grid:
        """The averages for the variables that are not fixed."""
        inner = self.leaf.grid(fixed, limit)
        axes, prior = indexed(self.axes, self.prior, fixed)
        union = list(dict.fromkeys((*inner.axes, *axes)))
        out = tuple(k for k, a in enumerate(union) if a in self.over)
        bound = inner.bound * self.scale  # the weights of a belief sum to its scale
        values = product(aligned(inner.axes, inner.values, union), aligned(axes, prior, union), bound, limit)
        left = tuple(a for a in union if a not in self.over)
        summed = np.asarray(values.sum(axis=out), dtype=values.dtype)
        return Grid(left, summed, inner.scale * self.scale, bound, self.factor)

    def converted(self, kind: str) -> Drawn:
        """The same, its integers in another kind of number."""
        return replace(self, leaf=self.leaf.converted(kind), prior=_converted(self.prior, kind))


@dataclass(frozen=True)
class Most:
    """The most that a sum of utilities reaches over the outcome space, at every value of its variables."""

    parts: tuple[Given, ...]  # with the coordinate as last axis
    groups: tuple[Group, ...]
    scale: int
    factor: int = 1
    depth: int = 1

    def grid(self, fixed: Fixed, limit: float) -> Grid:
        """The maxima for the variables that are not fixed; always exact."""
        grid = self.measured(fixed)
        bound = grid.bound * len(self.groups)
        values = grid.values.astype(object) if bound >= INT64_SAFE else grid.values
        best: Array = np.zeros(values.shape[:-1], dtype=values.dtype)
        for group in self.groups:
            top = np.asarray(values[..., list(group.coordinates)].max(axis=-1), dtype=best.dtype)
            best = np.asarray(best + (top if group.exactly else np.maximum(top, 0)), dtype=best.dtype)
        return Grid(grid.axes[:-1], best, grid.scale * self.scale, bound, self.factor)

    def measured(self, fixed: Fixed) -> Grid:
        """The sum of utilities, with the coordinate as last axis."""
        grids = [part.grid(fixed, INT64_SAFE) for part in self.parts]
        axes = tuple(dict.fromkeys(a for g in grids for a in g.axes if a != COORDINATE))
        return total(grids, (*axes, COORDINATE))

    def converted(self, kind: str) -> Given:
        """All maxima, exact, in another kind of number: a maximum modulo 2^64 means nothing."""
        grid = self.grid({}, INT64_SAFE)
        return Given(grid.axes, _converted(grid.values, kind), grid.scale, grid.bound, grid.factor)


COORDINATE = Var("coordinate", "#")


@dataclass(frozen=True)
class Plan:
    """The leaves of an expression, the variables it is asked for, and which of them must differ.

    ``sizes`` counts the types of each variable; ``bound`` is the largest absolute value that can occur, in ``scale``.
    """

    axes: tuple[Var, ...]
    sizes: tuple[int, ...]
    distinct: tuple[tuple[Var, Var], ...]
    equal: bool
    leaves: tuple[Leaf, ...]

    def grid(self, fixed: Fixed, limit: float = INT64_SAFE) -> Grid:
        """The expression over the variables that are not fixed."""
        return total([leaf.grid(fixed, limit) for leaf in self.leaves], [v for v in self.axes if v not in fixed], limit)

    def converted(self, kind: str) -> Plan:
        """The same plan in ``"floats"``, or in ``"residues"`` modulo 2^64."""
        return replace(self, leaves=tuple(leaf.converted(kind) for leaf in self.leaves))

    def asked(self, fixed: Fixed) -> Array | None:
        """Whether the values of the variables make a case, one axis each; None where all do."""
        axes = [v for v in self.axes if v not in fixed]
        size = dict(zip(self.axes, self.sizes, strict=True))
        found: Array | None = None
        for one, two in self.distinct:
            sides = (
                np.full((1,) * len(axes), fixed[v])
                if v in fixed
                else np.arange(size[v]).reshape([-1 if a == v else 1 for a in axes])
                for v in (one, two)
            )
            differ = np.not_equal(*sides)
            if not differ.all():
                found = differ if found is None else found & differ
        return None if found is None else np.broadcast_to(found, [size[v] for v in axes])

    def depth(self) -> int:
        """At most how many roundings a value in floats suffers."""
        return max((leaf.depth for leaf in self.leaves), default=1) + 3 * len(self.leaves) + 3


def signs(floats: Grid, residues: Grid, depth: int) -> tuple[Array, Array] | None:
    """Exact integers from their floats and their residues modulo 2^64: ``(values, certain)``, or None.

    The floats are wrong by at most e = depth * rounding * bound. Where they exceed e the sign is theirs; elsewhere
    the integer is at most 2e < 2^62 in absolute value, so its residue is the integer itself. ``values`` are those
    integers, or plus or minus 2^62 where only the sign is known.
    """
    if floats.bound > 2**1000 or not np.isfinite(floats.values).all():
        return None
    error = depth * ROUNDING * float(floats.bound)
    if not error < DECIDABLE:
        return None
    known = np.abs(floats.values) <= error
    beyond = np.where(floats.values > 0, INT64_SAFE, -INT64_SAFE)
    return np.where(known, residues.values, beyond), known


# -- from expressions to leaves ---------------------------------------------------------------------------------------


def plan_of(env: Environment, table: Table, expression: Expectation, case: Case, equal: bool = False) -> Plan:
    """The plan of an expression over the variables of a case, for a rule's table."""
    axes = case.variables
    sizes = tuple(len(env.types[v.player]) for v in axes)
    return Plan(axes, sizes, case.distinct, equal, tuple(_leaves(env, table, expression)))


def asked(env: Environment, case: Case) -> Array:
    """Whether the values of a case's variables make a case: distinct variables differ. One axis each."""
    sizes = tuple(len(env.types[v.player]) for v in case.variables)
    found = Plan(case.variables, sizes, case.distinct, False, ()).asked({})
    return np.ones(sizes, dtype=bool) if found is None else found


def grid_of(env: Environment, table: Table, expression: Expectation, axes: Sequence[Var], fixed: Fixed) -> Grid:
    """An expression as a grid over ``axes`` (the variables not fixed)."""
    return total([leaf.grid(fixed, INT64_SAFE) for leaf in _leaves(env, table, expression)], axes)


def _leaves(env: Environment, table: Table, expression: Expectation) -> Iterator[Leaf]:
    for term in expression.terms:
        yield _term(env, table, term)
    for most in expression.highest:
        yield _most(env, most)
    constant = exact(expression.constant)
    if constant:
        one = np.ones((), dtype=np.int64)
        yield Given((), one, constant.denominator, 1, constant.numerator)


def _term(env: Environment, table: Table, term: Term) -> Leaf:
    c = exact(term.coefficient)
    leaf = _at_reports(env, table, term.part, [term.slots[p] for p in env.players])
    if term.belief is None:
        return replace(leaf, factor=c.numerator, scale=leaf.scale * c.denominator)
    names, weights, scale = beliefs_of(env, term.belief)
    axes, prior = _settled(env, names, weights)
    inner = replace(leaf, scale=leaf.scale * c.denominator)
    terms = math.prod(len(env.types[v.player]) for v in term.belief.bound)
    return _drawn_once(Drawn(inner, tuple(axes), prior, term.belief.bound, scale, terms, c.numerator))


def _settled(env: Environment, axes: Sequence[Any], values: Array) -> tuple[list[Any], Array]:
    """One axis a player, those that are labels looked up and those that are one variable merged (views)."""
    index = tuple(slice(None) if is_var(a) else env.position(p, a) for a, p in zip(axes, env.players, strict=True))
    return merged([a for a in axes if is_var(a)], np.asarray(values[index], dtype=values.dtype))


def _at_reports(env: Environment, table: Table, part: Any, slots: Sequence[Any]) -> Given | Looked:
    """A part of a measure at the reports in ``slots``, one a player."""
    if isinstance(part, PaymentOf):
        if table.payments is None:
            return Given((), np.zeros((), dtype=np.int64), 1, 0)
        paid = table.payments_of(env.players.index(part.player)).reshape(env.sizes)
        axes, values = _settled(env, slots, paid)
        return Given(tuple(axes), values, table.pay_scale, table.pay_bound)
    lead, rows, scale = rows_of(env, part)
    width = table.coordinates.shape[1]
    axes, places = _settled(env, slots, table.coordinates.reshape(*env.sizes, width))
    bound = magnitude(rows)
    if table.sure:
        return Looked(tuple(axes), places, None, lead, rows, scale, bound)
    _, weights = _settled(env, slots, table.weights.reshape(*env.sizes, width))
    bound *= table.weight_bound * width
    return Looked(tuple(axes), places, weights, lead, rows, scale * table.scale, bound)


def rows_of(env: Environment, part: Any) -> tuple[tuple[Var, ...], Array, int]:
    """Coefficients of a part in the coordinates, ``rows[(types ...,) coordinate]``, as integers and a scale."""
    if isinstance(part, FunctionOf):
        rows, scale = integers(np.array(env.space.functional(part.function), dtype=object))
        return (), rows, scale
    assert isinstance(part, UtilityOf | RankOf)
    rows, scale = integers(table_of(env, part))
    if isinstance(part, UtilityOf) and env.interdependent:
        axes, rows = _settled(env, [part.type[p] for p in env.players], rows)
        return tuple(axes), np.ascontiguousarray(rows), scale
    if not is_var(part.type):
        return (), rows[env.position(part.player, part.type)], scale
    return (part.type,), rows, scale


def table_of(env: Environment, part: UtilityOf | RankOf) -> Array:
    """The coefficients of a part for every type: ``[type, coordinate]`` (interdependent: one axis a player first)."""
    if isinstance(part, RankOf):
        return env.upper_sets(part.player, part.k, part.share_of)
    if env.interdependent:
        return env.joint_utilities(part.player, part.share_of)
    return env.utilities(part.player, part.share_of)


def beliefs_of(env: Environment, belief: Belief) -> tuple[list[Any], Array, int]:
    """The weights of a belief as integers over one axis a player, and the axes' names."""
    weights, scale = env.weights(None if belief.given is None else belief.given[0])
    names: dict[str, Any] = {v.player: v for v in belief.bound}
    if belief.given is not None:
        names[belief.given[0]] = belief.given[1]
    return [names[p] for p in env.players], weights, scale


def _drawn_once(drawn: Drawn) -> Leaf:
    """Where the prior is the same for every type and utilities depend on none drawn, the average made once and small.

    What a report leads to on average (how often each coordinate is chosen, what is paid) is then one row a report.
    """
    own = [a for a in drawn.axes if a not in drawn.over]
    first, prior = indexed(drawn.axes, drawn.prior, dict.fromkeys(own, 0))
    leaf = drawn.leaf
    if isinstance(leaf, Looked) and any(a in drawn.over for a in leaf.lead):
        return drawn
    same = aligned(drawn.axes, drawn.prior, [*own, *first]) == aligned(first, prior, [*own, *first])
    if not isinstance(leaf, Given | Looked) or not bool(np.all(same)):
        return drawn
    once = Drawn(leaf, tuple(first), prior, drawn.over, drawn.scale, drawn.terms, drawn.factor)
    if isinstance(leaf, Given):
        grid = once.grid({}, INT64_SAFE)
        return Given(grid.axes, grid.values, grid.scale, grid.bound, grid.factor)
    left = [a for a in leaf.axes if a not in drawn.over]
    order = [*left, *(a for a in leaf.axes if a in drawn.over)]
    size = math.prod(leaf.places.shape[leaf.axes.index(a)] for a in left)
    width = leaf.places.shape[-1]
    shape = tuple(leaf.places.shape[leaf.axes.index(a)] for a in left)
    places = aligned(leaf.axes, leaf.places, order).reshape(size, -1, width)
    lots = None if leaf.weights is None else aligned(leaf.axes, leaf.weights, order).reshape(size, -1, width)
    missing = [a for a in first if a not in leaf.axes]  # drawn, but of no consequence
    mass = prior.sum(axis=tuple(first.index(a) for a in missing)) if missing else prior
    kept = [a for a in first if a not in missing]
    chance = aligned(kept, np.asarray(mass, dtype=prior.dtype), order[len(left) :]).reshape(-1)
    bound = drawn.scale * (1 if lots is None else magnitude(lots) * width)
    chances = np.zeros((size, leaf.rows.shape[-1]), dtype=object if bound >= INT64_SAFE else np.int64)
    for k in range(size):
        mass_at = chance[:, None] if lots is None else product(lots[k], chance[:, None], bound)
        np.add.at(chances[k], places[k], np.broadcast_to(mass_at, places[k].shape).astype(chances.dtype))
    rows = leaf.rows.reshape(-1, leaf.rows.shape[-1])
    entry = max(1, magnitude(rows)) * bound
    kind: Any = object if entry >= INT64_SAFE else np.int64
    values = (rows.astype(kind) @ chances.astype(kind).T).reshape((*leaf.rows.shape[:-1], *shape))
    axes, values = merged((*leaf.lead, *left), values)
    return Given(tuple(axes), np.asarray(values), leaf.scale * drawn.scale, max(entry, 1), drawn.factor)


def _most(env: Environment, most: Highest) -> Most:
    c = exact(most.coefficient)
    return Most(tuple(_given(env, most.measure)), tuple(env.space.groups), c.denominator, c.numerator)


def _given(env: Environment, measure: Measure) -> Iterator[Given]:
    """The parts of a measure without payments, with the coordinate as last axis."""
    for coefficient, part in measure.parts:
        lead, rows, scale = rows_of(env, part)
        c = exact(coefficient)
        yield Given((*lead, COORDINATE), rows, scale * c.denominator, magnitude(rows), c.numerator)


def measure_grid(env: Environment, measure: Measure, fixed: Mapping[Var, int]) -> Grid:
    """A measure without payments as a grid whose last axis is the coordinate."""
    return Most(tuple(_given(env, measure)), (), 1).measured(fixed)
