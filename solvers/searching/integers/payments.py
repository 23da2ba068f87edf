"""Payments for a choice that is already made: the best by an exact linear program, and the lattice they lie on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ....games.numbers import exact
from ..programs.linear import Program, Row, extended, solve_program
from .integer import Whole

MOST_PAYMENTS = 500  # up to which a second program looks for the payments that move the least money


def paid_best(whole: Whole, x: Sequence[Any], time: float | None = None) -> list[Fraction] | None:
    """The point with the best payments for the choice in ``x``, exact; None where that was not confirmed.

    Of the best, the payments that move the least money in total.
    """
    free = np.flatnonzero(~whole.whole)
    if not len(free):
        return [Fraction(v) for v in x]
    rest = _rest(whole, x)
    outcome = solve_program(rest, time)
    best = outcome.exact_x
    if outcome.status != "optimal" or best is None:
        return None
    money = [k for k, j in enumerate(free.tolist()) if j != whole.least]
    if len(money) <= MOST_PAYMENTS:
        best = _least(rest, best, money) or best
    point = [Fraction(0) if w is False else Fraction(v) for v, w in zip(x, whole.whole.tolist(), strict=True)]
    for k, j in enumerate(free):
        point[j] = Fraction(best[k])
    return point


def _rest(whole: Whole, x: Sequence[Any]) -> Program:
    """The program of the columns that are not whole, with the choice in ``x`` put in."""
    p = whole.program
    chosen = np.array([int(v) if w else 0 for v, w in zip(x, whole.whole, strict=True)], dtype=object)
    rows = np.repeat(np.arange(p.shape[0]), np.diff(p.starts))
    fixed = whole.whole[p.columns]
    moved: Any = np.zeros(p.shape[0], dtype=object)
    np.add.at(moved, rows[fixed], p.values[fixed].astype(object) * chosen[p.columns[fixed]])
    number = np.cumsum(~whole.whole) - 1
    kept = np.unique(rows[~fixed])
    place = np.zeros(p.shape[0], dtype=np.int64)
    place[kept] = np.arange(len(kept))
    counts = np.bincount(place[rows[~fixed]], minlength=len(kept))
    free = np.flatnonzero(~whole.whole).tolist()
    return Program(
        np.concatenate(([0], np.cumsum(counts))),
        number[p.columns[~fixed]],
        p.values[~fixed],
        [None if p.row_low[r] is None else int(p.row_low[r] - moved[r]) for r in kept],
        [None if p.row_high[r] is None else int(p.row_high[r] - moved[r]) for r in kept],
        [p.low[j] for j in free],
        [p.high[j] for j in free],
        p.cost[free],
        None if p.units is None else p.units[free],
    )


def _least(rest: Program, best: Sequence[Fraction], money: list[int]) -> list[Fraction] | None:
    """Of the points as good as ``best``, the one that moves the least money."""
    columns = rest.shape[1]
    total = sum((int(c) * v for c, v in zip(rest.cost, best, strict=True)), start=Fraction(0))
    at = [int(j) for j in np.flatnonzero(rest.cost != 0)]
    rows = [Row(at, [int(rest.cost[j]) * total.denominator for j in at], total.numerator)] if at else []
    for k, column in enumerate(money):  # a new column is at least the payment and at least minus the payment
        rows += [Row([columns + k, column], [1, sign], 0) for sign in (-1, 1)]
    cost = np.concatenate([np.zeros(columns, dtype=object), np.full(len(money), -1, dtype=object)])
    unit = 1.0 if rest.units is None else float(rest.units[money[0]]) if money else 1.0
    found = solve_program(extended(rest, rows, cost, [0] * len(money), unit)).exact_x
    return None if found is None else list(found[:columns])


def satisfied(program: Program, point: Sequence[Fraction]) -> bool:
    """Whether a point satisfies every row and bound, exactly."""
    rows = np.repeat(np.arange(program.shape[0]), np.diff(program.starts))
    sums: Any = np.zeros(program.shape[0], dtype=object)
    np.add.at(sums, rows, program.values.astype(object) * np.array(point, dtype=object)[program.columns])
    inside = zip([*sums, *point], [*program.row_low, *program.low], [*program.row_high, *program.high], strict=True)
    return all((low is None or v >= exact(low)) and (high is None or v <= exact(high)) for v, low, high in inside)


def step_of(whole: Whole) -> Fraction | None:
    """A number of which the cost of every best point is a multiple; None where none is known.

    Without payments all is whole. With them it is so where every row has one payment or the difference of two: the
    best payments for a choice are then multiples of one unit, as such a matrix is totally unimodular (Hoffman and
    Kruskal 1956).
    """
    p = whole.program
    rows = np.repeat(np.arange(p.shape[0]), np.diff(p.starts))
    free = ~whole.whole[p.columns]
    scale = 1
    if free.any():
        counts = np.bincount(rows[free], minlength=p.shape[0])
        sums: Any = np.zeros(p.shape[0], dtype=object)
        np.add.at(sums, rows[free], p.values[free].astype(object))
        if (counts > 2).any() or any(sums[r] for r in np.flatnonzero(counts == 2)):
            return None
        bounds = [exact(b) for j in np.flatnonzero(~whole.whole) for b in (p.low[j], p.high[j]) if b is not None]
        scale = math.lcm(*{abs(int(v)) for v in p.values[free]}, *{b.denominator for b in bounds})
    costs = [int(c) * (scale if w else 1) for c, w in zip(p.cost, whole.whole, strict=True)]
    return Fraction(math.gcd(*costs), scale) or None
