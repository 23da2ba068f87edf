"""Rows: an expression as sparse rows over the unknown table of a rule, for linear programs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ....games.environment import Environment
from ....games.numbers import INT64_SAFE, Array, exact, magnitude
from ....games.profile import Profile
from ....mechanisms.cases import Belief, Var, is_var
from ....mechanisms.expectations import Expectation, Term
from ....mechanisms.measures import Measure, Part, PaymentOf
from ...verification.grids import product, scaled
from ...verification.plan import beliefs_of, rows_of
from .layout import Alike, Cases, Layout, Plain, count_of, every_case, how_often

Group = tuple[Any, Belief | None, list[Term]]  # the reports, what is believed of them, and the terms under them


@dataclass(frozen=True)
class Rows:
    """Sparse rows ``sum of values[k] * x[columns[k]]`` over k in starts[r] .. starts[r + 1], ``+ constant[r]``.

    All is over ``scale``; row r is the one at the places ``cases[variable][r]`` of the variables.
    """

    starts: Array
    columns: Array
    values: Array
    constant: Array
    scale: int
    cases: Cases
    layout: Layout

    @property
    def rows(self) -> Array:
        """The row of each entry."""
        return np.repeat(np.arange(len(self.constant)), np.diff(self.starts))

    def only(self, kept: Array) -> Rows:
        """The rows with these numbers."""
        lengths = np.diff(self.starts)[kept]
        starts = np.concatenate(([0], np.cumsum(lengths)))
        at = np.repeat(self.starts[:-1][kept] - starts[:-1], lengths) + np.arange(starts[-1])
        cases = {v: places[kept] for v, places in self.cases.items()}
        return Rows(starts, self.columns[at], self.values[at], self.constant[kept], self.scale, cases, self.layout)


def row_count(env: Environment, axes: Sequence[Var]) -> int:
    """How many rows the variables span."""
    return math.prod(len(env.types[v.player]) for v in axes)


def entry_count(env: Environment, expression: Expectation, rows: int, alike: Alike = ()) -> int:
    """At most how many entries so many rows of an expression have, computed before any is made."""
    count = 0
    for _, belief, terms in _groups(expression):
        draws = 1
        if belief is not None:
            draws = row_count(env, belief.bound)
            for players in alike:
                k = sum(v.player in players for v in belief.bound)
                m = len(env.types[players[0]])
                draws = draws // m**k * math.comb(m + k - 1, k)
        payments = {t.part for t in terms if isinstance(t.part, PaymentOf)}
        other = any(not isinstance(t.part, PaymentOf) for t in terms)
        count += rows * draws * (len(payments) + (env.space.dimension if other else 0))
    return count


def rows_for(
    env: Environment, expression: Expectation, axes: Sequence[Var], cases: Cases | None = None,
    layout: Layout | None = None, alike: Alike = (),
) -> Rows:  # fmt: skip
    """An expression as sparse rows, one for each of ``cases`` (all, if none are given: the last variable fastest).

    Players ``alike`` are drawn without their names, each multiset of types as often as it occurs.
    """
    cases = every_case(env, axes) if cases is None else cases
    layout, n = layout or Plain(env), count_of(cases)
    none = np.zeros(0, dtype=np.int64)
    if not n:
        return Rows(np.zeros(1, dtype=np.int64), none, none, none, 1, cases, layout)
    constant, scale = _constants(env, expression, cases, n)
    groups = list(_groups(expression))
    parts = [_entries(env, layout, group, cases, n, alike) for group in groups]
    common = math.lcm(scale, *(s for *_, s in parts))
    constant = scaled(constant, common // scale)
    if not parts:
        return Rows(np.zeros(n + 1, dtype=np.int64), none, none, constant, common, cases, layout)
    columns = np.concatenate([c for c, *_ in parts], axis=1)
    values = [scaled(v, common // s) for _, v, s in parts]
    kind: Any = object if any(v.dtype == object for v in values) else np.int64
    return sparse(columns, np.concatenate([v.astype(kind) for v in values], axis=1), constant, common, cases, layout)


def _groups(expression: Expectation) -> Iterator[Group]:
    """The terms under the same reports, together."""
    found: dict[Any, Group] = {}
    for term in expression.terms:
        key = (tuple(term.slots.items()), None if term.belief is None else (term.belief.bound, term.belief.given))
        found.setdefault(key, (term.slots, term.belief, []))[2].append(term)
    yield from found.values()


def _entries(
    env: Environment, layout: Layout, group: Group, cases: Cases, n: int, alike: Alike
) -> tuple[Array, Array, int]:
    """Columns and values of the terms under one kind of reports: one row a case, and the scale of the values."""
    slots, belief, terms = group
    place: dict[Var, Array] = {v: places[:, None] for v, places in cases.items()}
    often: Array = np.ones(1, dtype=np.int64)
    if belief is not None:
        drawn = every_case(env, belief.bound, alike)
        place |= {v: places[None] for v, places in drawn.items()}
        often = how_often(drawn, belief.bound, alike)

    def at(player: str, entry: Any) -> Any:
        return place[entry] if is_var(entry) else np.full((1, 1), env.position(player, entry))

    used = sorted({k for t in terms for k in _offsets(env, t.part)})
    pieces = [_values(env, t, place) for t in terms]
    scale = math.lcm(*(s for *_, s in pieces))
    bound = sum(max(1, magnitude(v)) * (scale // s) for v, _, s in pieces)
    kind: Any = object if bound >= INT64_SAFE or any(v.dtype == object for v, *_ in pieces) else np.int64
    draws = len(often)
    values = np.zeros((n, draws, len(used)), dtype=kind)
    where = {k: j for j, k in enumerate(used)}
    for (part, offsets, s), _ in zip(pieces, terms, strict=True):
        chosen = [where[k] for k in offsets]
        more = part.astype(kind) * (scale // s)
        if chosen == list(range(len(used))):
            values += more
        else:
            values[..., chosen] += more
    if belief is not None:
        weights, unit = _chances(env, belief, place)
        chance = product(weights, often, magnitude(weights) * magnitude(often))
        values = product(values, chance[..., None], magnitude(values) * magnitude(chance))
        scale *= unit
    types = [at(p, slots[p]) for p in env.players]
    columns = layout.columns(types, np.array(used, dtype=np.int64))
    full = (n, draws, len(used))
    return np.broadcast_to(columns, full).reshape(n, -1), values.reshape(n, -1), scale


def _chances(env: Environment, belief: Belief, place: Cases) -> tuple[Array, int]:
    """How likely each draw is believed to be, as integers and their scale."""
    independent = env.prior is None or not isinstance(next(iter(env.prior)), Profile)
    if independent and (belief.given is None or all(env.marginal(belief.given[0])[0])):
        weights, scale = np.ones((1, 1), dtype=np.int64), 1
        for v in belief.bound:
            row, unit = env.marginal(v.player)
            weights = product(weights, row[place[v]], magnitude(weights) * magnitude(row))
            scale *= unit
        return weights, scale
    names, weights, scale = beliefs_of(env, belief)
    known = [place[n] if is_var(n) else env.position(p, n) for p, n in zip(env.players, names, strict=True)]
    return np.asarray(weights[tuple(np.broadcast_arrays(*known))]), scale


def _offsets(env: Environment, part: Part) -> Sequence[int]:
    if isinstance(part, PaymentOf):
        return (env.space.dimension + env.players.index(part.player),)
    return range(env.space.dimension)


def _values(env: Environment, term: Term, place: Cases) -> tuple[Array, Sequence[int], int]:
    """Coefficients of one term at every case, in which unknowns of a profile, and their scale."""
    coefficient = exact(term.coefficient)
    offsets = _offsets(env, term.part)
    if isinstance(term.part, PaymentOf):
        return scaled(np.ones((1, 1, 1), dtype=np.int64), coefficient.numerator), offsets, coefficient.denominator
    rows, scale = _coefficients(env, term.part, place)
    return scaled(rows, coefficient.numerator), offsets, scale * coefficient.denominator


def _coefficients(env: Environment, part: Part, place: Cases) -> tuple[Array, int]:
    lead, rows, scale = rows_of(env, part)
    return (rows[tuple(place[v] for v in lead)] if lead else rows.reshape(1, 1, -1)), scale


def _constants(env: Environment, expression: Expectation, cases: Cases, n: int) -> tuple[Array, int]:
    """What of an expression does not depend on the rule, at every case."""
    constant = exact(expression.constant)
    values: Array = np.full(n, constant.numerator, dtype=object if abs(constant.numerator) >= INT64_SAFE else np.int64)
    scale = constant.denominator
    for most in expression.highest:
        c = exact(most.coefficient)
        best, unit = _best(env, most.measure, cases, n)
        best, unit = scaled(best, c.numerator), unit * c.denominator
        both = math.lcm(scale, unit)
        values, best = scaled(values, both // scale), scaled(best, both // unit)
        wide = magnitude(values) + magnitude(best) >= INT64_SAFE
        values = values.astype(object) + best if wide else values + best
        scale = both
    return values, scale


def _best(env: Environment, measure: Measure, cases: Cases, n: int) -> tuple[Array, int]:
    """The most that a measure reaches over all outcomes, at every case."""
    place = {v: places[:, None] for v, places in cases.items()}
    parts = []
    for coefficient, part in measure.parts:
        c = exact(coefficient)
        rows, unit = _coefficients(env, part, place)
        parts.append((scaled(rows, c.numerator), unit * c.denominator))
    scale = math.lcm(*(s for _, s in parts))
    bound = sum(max(1, magnitude(v)) * (scale // s) for v, s in parts) * len(env.space.groups)
    kind: Any = object if bound >= INT64_SAFE or any(v.dtype == object for v, _ in parts) else np.int64
    total = np.zeros((n, env.space.dimension), dtype=kind)
    for v, s in parts:
        total += (v.astype(kind) * (scale // s)).reshape(-1, env.space.dimension)
    found = np.zeros(n, dtype=kind)
    for group in env.space.groups:
        most = total[:, list(group.coordinates)].max(axis=1)
        found += most if group.exactly else np.maximum(most, 0)
    return found, scale


def sparse(
    columns: Array, values: Array, constant: Array, scale: int, cases: Cases, layout: Layout
) -> Rows:  # fmt: skip
    """Dense slots as sparse rows: entries sorted by column, those of one column added, zeros dropped."""
    n, slots = columns.shape
    if not (columns[:, 1:] > columns[:, :-1]).all():
        order = np.argsort(columns, axis=1, kind="stable")
        columns, values = np.take_along_axis(columns, order, axis=1), np.take_along_axis(values, order, axis=1)
    again = columns[:, 1:] == columns[:, :-1]
    if again.any():
        if values.dtype != object and magnitude(values) * slots >= INT64_SAFE:
            values = values.astype(object)
        fresh = np.concatenate((np.ones((n, 1), dtype=bool), ~again), axis=1).reshape(-1)
        at = np.flatnonzero(fresh)
        summed = np.add.reduceat(values.reshape(-1), at)
        values = np.zeros(n * slots, dtype=values.dtype)
        values[at] = summed
        values = values.reshape(n, slots)
    keep = values != 0
    starts = np.concatenate(([0], np.cumsum(keep.sum(axis=1))))
    return Rows(starts, columns[keep], values[keep], constant, scale, cases, layout)
