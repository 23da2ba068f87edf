"""Weak duality: an upper bound on what any rule reaches, exact whatever the errors of the multipliers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ....games.numbers import Array, exact
from ...proofs import Multiplier
from .master import Master
from .temptation import Liars, case_values
from .worths import BOUND, Sheet, Worths


@dataclass(frozen=True)
class Bound:
    """No rule reaches more than ``value``; the weights of the objective's parts and the multipliers that show it."""

    value: Fraction
    weights: list[Fraction]
    multipliers: list[Multiplier]


def upper_bound(
    master: Master, families: Sequence[Liars], statements: Sequence[Any], sheet: Sheet, y: Sequence[int], over: int
) -> Bound | None:
    """The bound that multipliers y / over of the rows give, those of the wrong sign left out; None: they give none.

    Where errors leave an unknown worth with a rate that no bound stops, the rate is moved to another type of the same
    player by the row of one more lie.
    """
    space = master.space
    multipliers: Array = np.array([int(v) for v in y], dtype=object)
    multipliers[(multipliers < 0) & ~sheet.equal] = 0
    grouped = _grouped(space, sheet)
    multipliers[grouped] = 0
    scale, cost = Fraction(over), master.cost.astype(object)
    if master.parts > 1:  # the weights of the parts must sum to one
        total = -sum(int(v) * int(multipliers[r]) for v, r in _last(space, sheet))
        if total <= 0:
            return None
        scale, rates = Fraction(total, int(cost[-1])), np.zeros(len(cost), dtype=object)
    else:
        rates = cost * over
    np.add.at(rates, sheet.columns, sheet.values.astype(object) * multipliers[sheet.rows])
    if master.parts > 1:
        rates[-1] = 0
    bound = -sum((int(a) * int(b) for a, b in zip(multipliers, sheet.right, strict=True) if a), 0) + Fraction(0)
    moved: list[tuple[Liars, int, int, int, int]] = []
    if space.changed:
        more = _settled(master, families, rates, moved)
        if more is None:
            return None
        bound += more
    money = _of_money(master, rates)
    if money is None:
        return None
    bound += money
    table = rates[: space.size].reshape(-1, space.width)
    for group in space.env.space.groups:
        most = table[:, list(group.coordinates)].max(axis=1)
        bound += int((most if group.exactly else np.maximum(most, 0)).sum())
    whole = scale * master.unit
    return Bound(
        bound / whole + master.constant, *_as_goal(master, statements, sheet, multipliers, rates, moved, whole)
    )


def _grouped(space: Worths, sheet: Sheet) -> Array:
    """Rows of the outcome space: of the environment, and without a worth or a payment in them."""
    dimension = space.env.space.dimension
    money = (sheet.columns % space.width >= dimension) & (sheet.columns < space.size)
    with_money = np.zeros(sheet.size, dtype=bool)
    with_money[sheet.rows[money]] = True
    return np.asarray((sheet.origins == BOUND) & ~with_money)


def _last(space: Worths, sheet: Sheet) -> list[tuple[int, int]]:
    """Coefficients of the last unknown, the smallest part, each with its row."""
    at = np.flatnonzero(sheet.columns == space.size)
    return [(int(sheet.values[k]), int(sheet.rows[k])) for k in at]


def _settled(master: Master, families: Sequence[Liars], rates: Array, moved: list[Any]) -> Fraction | None:
    """Move rates of worths that no bound stops to one type for each report of the others; what bounds of payments add.

    Changes ``rates`` and notes in ``moved`` each (family, true type, lie, others, amount).
    """
    space = master.space
    dimension = space.env.space.dimension
    low, high = space.env.transfers or (None, None)
    for family in families:
        u = family.utilities.astype(object)
        columns = family.at * space.width + dimension + family.own
        here = rates[columns]
        open_below = np.array([master.low[c] is None for c in columns.reshape(-1)]).reshape(columns.shape)
        wrong = ((here > 0) & (low is None)) | ((here < 0) & open_below & (high is None))
        for others in np.flatnonzero(wrong.any(axis=0)):
            hub = int(np.argmin(here[:, others] * ~open_below[:, others]))
            for t in map(int, np.flatnonzero(wrong[:, others])):
                amount = int(here[t, others])
                if t == hub:
                    continue
                true, lie = (hub, t) if amount > 0 else (t, hub)
                size = abs(amount)
                rates[columns[true, others]] += size
                rates[columns[lie, others]] -= size
                after = int(family.at[lie, others]) * space.width
                rates[after : after + dimension] += (u[lie] - u[true]) * size
                moved.append((family, true, lie, int(others), size))
    return _by_payments(master, rates)


def _by_payments(master: Master, rates: Array) -> Fraction | None:
    """What is left of such rates, stopped by the bounds of payments: worth = utility - payment."""
    space = master.space
    low, high = space.env.transfers or (None, None)
    dimension, total = space.env.space.dimension, Fraction(0)
    columns = np.arange(space.size).reshape(-1, space.width)[:, dimension:]
    for p, i in zip(*np.nonzero(rates[columns] != 0), strict=True):
        column = columns[p, i]
        rate, limit = int(rates[column]), low if rates[column] > 0 else high
        if rate < 0 and master.low[column] is not None:
            continue
        if limit is None:
            return None
        rates[column] = 0
        start = p * space.width
        rates[start : start + dimension] += space.utilities[i][space.places[i, p]].astype(object) * rate
        total -= Fraction(exact(limit)) * space.scale * rate
    return total


def _of_money(master: Master, rates: Array) -> Fraction | None:
    """The most that worths (or payments) add within their bounds."""
    space = master.space
    dimension, total = space.env.space.dimension, Fraction(0)
    columns = np.arange(space.size).reshape(-1, space.width)[:, dimension:].reshape(-1)
    for column in columns[np.asarray(rates[columns] != 0, dtype=bool)]:
        limit = master.high[column] if rates[column] > 0 else master.low[column]
        if limit is None:
            return None
        total += limit * int(rates[column])
    return total


def _as_goal(
    master: Master, statements: Sequence[Any], sheet: Sheet, y: Array, rates: Array, moved: list[Any], whole: Fraction
) -> tuple[list[Fraction], list[Multiplier]]:
    """The multipliers as those of the goal's statements, and the weights of the objective's parts."""
    space = master.space
    found: list[Multiplier] = []
    weights = [Fraction(0)] * master.parts if master.parts > 1 else [Fraction(1)] * master.parts

    def note(origin: int, case: int, amount: Fraction) -> None:
        if origin >= 0:
            found.append((origin, case_values(space, statements[origin], case), amount))
        elif origin < -1:
            weights[-2 - origin] = amount

    for r in np.flatnonzero(np.asarray(y != 0, dtype=bool)):
        note(int(sheet.origins[r]), int(sheet.cases[r]), int(y[r]) * sheet.factors[r] / whole)
    for family, true, lie, others, size in moved:
        one = family.sheet(np.array([true]), np.array([lie]), np.array([others]))
        note(family.origin, int(one.cases[0]), size * one.factors[0] / whole)
    for column, single in master.singles.items():
        if rates[column] < 0:
            note(single.origin, single.case, -int(rates[column]) * single.factor / single.coefficient / whole)
    return weights, found
