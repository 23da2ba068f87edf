"""Menus: one player who chooses for herself from a list of points and prices never gains by a lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ....games.environment import Environment
from ....games.numbers import Array, Number, exact, integers, magnitude, plain
from ....mechanisms.table import Table, pack

Entry = tuple[dict[int, Fraction], Fraction]  # a point of the outcome space and its price
CELLS = 2**21


def acceptable(env: Environment) -> Entry:
    """A point and a price that no type of the one player would rather not have: a free outcome of no worth, if any."""
    utilities, scale = integers(env.utilities(env.players[0]))
    point: dict[int, Fraction] = {}
    for group in env.space.groups:
        if group.exactly:
            idle = [k for k in group.coordinates if not utilities[:, k].any()]
            point[(idle or group.coordinates)[0]] = Fraction(1)
    worth = min(sum(int(row[k]) for k in point) for row in utilities.tolist())
    return point, Fraction(worth, scale)


def chosen(env: Environment, menu: Sequence[Entry]) -> list[int]:
    """The place of each type's best entry; of several best, the one with the largest price. Exact."""
    utilities, scale = integers(env.utilities(env.players[0]))
    dense = np.zeros((len(menu), env.space.dimension), dtype=object)
    for s, (point, _) in enumerate(menu):
        for k, w in point.items():
            dense[s, k] = w
    points, over = integers(dense)
    prices, unit = integers(np.array([price for _, price in menu], dtype=object))
    size = magnitude(utilities) or 1
    u = (utilities.astype(object) / size).astype(np.float64)
    q = (points.astype(object) / over).astype(np.float64)
    most = max(magnitude(prices), 1)
    cost = (prices.astype(object) / most).astype(np.float64) * (most / (unit * size) * scale)
    error = 2.0**-48 * (env.space.dimension + 2) * (1 + float(np.abs(cost).max()))
    exactly_u, exactly_q = utilities.astype(object) * unit, points.astype(object)
    dear = prices.astype(object) * (scale * over)
    found: list[int] = []
    step = max(1, CELLS // len(menu))
    for start in range(0, len(u), step):
        worth = u[start : start + step] @ q.T - cost
        near = worth >= worth.max(axis=1, keepdims=True) - 2 * error
        for t, row in enumerate(near, start):
            few = [int(s) for s in np.flatnonzero(row)]
            if len(few) > 1:  # decided in integers
                gains = exactly_q[few] @ exactly_u[t] - dear[few]
                few = [s for *_, s in sorted(zip(gains, dear[few], few, strict=True))]
            found.append(few[-1])
    return found


def repaired(env: Environment, menu: Sequence[Entry], voluntary: bool) -> Table:
    """The rule in which each type gets the entry she likes best; where it is ``voluntary``, one suits every type."""
    low, high = (None if x is None else Fraction(exact(x)) for x in env.transfers or (0, 0))
    kept: dict[tuple[tuple[tuple[int, Fraction], ...], Fraction], None] = {}
    for point, price in [*menu, *([acceptable(env)] if voluntary or not menu else [])]:
        price = price if low is None else max(price, low)
        price = price if high is None else min(price, high)
        kept[tuple(sorted(point.items())), price] = None
    entries = [(dict(point), price) for point, price in kept]
    picks = chosen(env, entries)
    points: list[dict[int, Number]] = [{k: plain(w) for k, w in entries[s][0].items()} for s in picks]
    paid: list[list[Number]] = [[plain(entries[s][1])] for s in picks]
    return pack(points, None if env.transfers is None else paid)


def rounded_menu(env: Environment, points: Array, prices: Array, unit: Fraction, over: int) -> list[Entry]:
    """Float points and prices (in units of ``unit``) as fractions over one denominator, inside the outcome space."""
    whole = np.concatenate([np.maximum(np.rint(points * over), 0), np.rint(prices * over)[:, None]], axis=1)
    found = []
    for row in np.unique(whole, axis=0).tolist():
        weights = [int(x) for x in row[:-1]]
        for group in env.space.groups:
            mass = sum(weights[k] for k in group.coordinates)
            fullest = max(group.coordinates, key=weights.__getitem__)
            if mass > over or group.exactly:
                weights[fullest] += over - mass  # off by rounding alone
        found.append(
            ({k: Fraction(w, over) for k, w in enumerate(weights) if w > 0}, Fraction(int(row[-1]), over) * unit)
        )
    return found


def cheaper(menu: Sequence[Entry], cut: float, step: Fraction) -> list[Entry]:
    """The menu with prices lowered by a part ``cut`` of them, to multiples of ``step``."""
    keep = (1 - Fraction(cut)) / step
    return [(point, math.floor(price * keep) * step if cut and price > 0 else price) for point, price in menu]
