"""What a menu earns from a buyer with uniform values: each price times the chance that it is paid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ...games.buyer import Buyer
from ...games.errors import BadInput, GameTooLarge
from ...games.numbers import Array, plain

EXACT_GOODS = 2
MOST_DRAWS = 10**9
CHUNK = 2**22  # utilities looked at at a time

Point = tuple[Any, Any]


@dataclass(frozen=True)
class Estimate:
    """A mean of draws and its standard error.

    >>> print(Estimate(0.5, 0.001, 1000))
    0.5 (standard error 0.001, 1,000 draws)
    """

    mean: float
    error: float
    draws: int

    def __str__(self) -> str:
        return f"{self.mean:.6g} (standard error {self.error:.2g}, {self.draws:,} draws)"


def exact_revenue(options: Sequence[tuple[Sequence[Any], Any]], buyer: Buyer) -> int | Fraction:
    """The expected price of the option that is best for the buyer, in fractions; raises BadInput above two goods.

    The types that like an option best are a convex polygon, bounded by the lines on which two options are equally
    good (Rochet and Chone 1998); on the lines, which have no area, it does not matter which is taken.

    >>> from rulewright.games import buyer
    >>> exact_revenue([((0,), 0), ((1,), Fraction(1, 2))], buyer(1))
    Fraction(1, 4)
    """
    if len(buyer.goods) > EXACT_GOODS:
        raise BadInput(
            f"the revenue of a menu is known exactly up to {EXACT_GOODS} goods, and there are {len(buyer.goods)}; "
            f"use estimate"
        )
    low, high = [Fraction(x) for x in buyer.low], [Fraction(x) for x in buyer.high]
    return plain(Fraction(cell_revenue(options, low, high)))


def cell_revenue(options: Sequence[tuple[Sequence[Any], Any]], low: Sequence[Any], high: Sequence[Any]) -> Any:
    """The sum of price times chance of one or two goods, in the arithmetic of the numbers given.

    >>> cell_revenue([((0, 0), 0), ((1, 1), 1)], [0, 0], [1, 1])
    0.5
    """
    best: dict[tuple[Any, ...], Any] = {}
    for shares, price in options:  # of several that give the same, the cheapest
        key = tuple(shares)
        best[key] = min(best[key], price) if key in best else price
    listed = list(best.items())
    total = low[0] * 0
    for shares, price in listed:
        if price:
            total = total + price * _chance(shares, price, listed, low, high)
    return total


def _chance(
    shares: tuple[Any, ...], price: Any, listed: list[tuple[tuple[Any, ...], Any]], low: Sequence[Any], high: Any
) -> Any:
    """The share of the rectangle of types on which an option is best."""
    if len(low) == 1:
        left, right = low[0], high[0]
        for (q,), p in listed:
            if q != shares[0]:
                at = (price - p) / (shares[0] - q)
                left, right = (max(left, at), right) if shares[0] > q else (left, min(right, at))
        return max(right - left, low[0] * 0) / (high[0] - low[0])
    cell: list[Point] = [(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])]
    for (x, y), p in listed:
        if (x, y) != shares:
            cell = half(cell, shares[0] - x, shares[1] - y, price - p)
            if not cell:
                return low[0] * 0
    return twice_area(cell) / (2 * (high[0] - low[0]) * (high[1] - low[1]))


def half(polygon: list[Point], a: Any, b: Any, c: Any) -> list[Point]:
    """The part of a convex polygon where ``a x + b y >= c`` (Sutherland and Hodgman 1974).

    >>> half([(0, 0), (2, 0), (2, 2), (0, 2)], 1, 0, 1)
    [(1.0, 0.0), (2, 0), (2, 2), (1.0, 2.0)]
    """
    found: list[Point] = []
    heights = [a * x + b * y - c for x, y in polygon]
    for k, here in enumerate(heights):
        before, (x, y), (u, v) = heights[k - 1], polygon[k], polygon[k - 1]
        if (here >= 0) != (before >= 0):
            t = before / (before - here)
            found.append((u + t * (x - u), v + t * (y - v)))
        if here >= 0:
            found.append((x, y))
    return found


def twice_area(polygon: list[Point]) -> Any:
    """Twice the area of a polygon whose corners are named against the clock (the shoelace formula).

    >>> twice_area([(0, 0), (1, 0), (1, 1), (0, 1)])
    2
    """
    return sum(polygon[k - 1][0] * y - x * polygon[k - 1][1] for k, (x, y) in enumerate(polygon))


def estimated_revenue(
    options: Sequence[tuple[Sequence[Any], Any]],
    buyer: Buyer,
    draws: int,
    seed: int,
    seen: Callable[[Array], Array] = np.asarray,
) -> Estimate:
    """The mean price that drawn types pay, with its standard error; raises BadInput.

    ``seen`` makes of the values ``v[draw, good]`` the values of the things that the options are shares of.
    """
    if isinstance(draws, bool) or not isinstance(draws, int) or draws < 2:
        raise BadInput(f"the number of draws is {draws!r}; it must be a whole number of at least 2")
    if draws > MOST_DRAWS:
        raise GameTooLarge("draws", draws, MOST_DRAWS, "draw fewer")
    ordered = sorted(options, key=lambda each: -each[1])  # the first of the best is the dearest
    unit = max(buyer.high)
    shares = np.array([[float(x) for x in q] for q, _ in ordered])
    prices = np.array([float(p / unit) for _, p in ordered])
    low, high = (np.array([float(Fraction(x) / unit) for x in ends]) for ends in (buyer.low, buyer.high))
    generator = np.random.default_rng(seed)
    total = squares = 0.0
    chunk = max(1, CHUNK // len(ordered))
    for start in range(0, draws, chunk):
        size = min(chunk, draws - start)
        paid = payments(shares, prices, seen(low + (high - low) * generator.random((size, len(low)))))
        total, squares = total + float(paid.sum()), squares + float((paid * paid).sum())
    mean = total / draws
    error = (max(squares / draws - mean * mean, 0.0) / (draws - 1)) ** 0.5
    return Estimate(mean * float(unit), error * float(unit), draws)


def payments(shares: Array, prices: Array, values: Array) -> Array:
    """What types pay: ``paid[draw]``, given ``shares[option, good]``, ``prices[option]`` and ``values[draw, good]``."""
    paid: Array = prices[(values @ shares.T - prices).argmax(axis=1)]
    return paid
