"""Rows: an expression as sparse rows over the unknown table of a rule, for linear programs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...games.environment import Environment
from ...games.numbers import INT64_SAFE, Array, exact, magnitude
from ...mechanisms.cases import Belief, Var, is_var
from ...mechanisms.expectations import Expectation, Term
from ...mechanisms.measures import PaymentOf
from ...mechanisms.table import Table
from ..verification.grids import product, scaled
from ..verification.plan import beliefs_of, grid_of, rows_of


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
    reports, belief = term.slots, term.belief
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
        lead, rows, scale = rows_of(env, term.part)
        values = rows[tuple(place[v] for v in lead)] if lead else rows.reshape((1,) * len(every) + (-1,))
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
