"""Menus made better step by step: up the gradient of a smoothed revenue, then one number after another."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from time import monotonic

import numpy as np

from ....games.buyer import Buyer
from ....games.numbers import Array
from ....mechanisms.rules.menu_revenue import cell_revenue

GRID = 48  # values a good, of one or two goods
POINTS = 2**12  # drawn types, of more goods, for the gradient
CHECKS = 2**14  # and for the last steps, at which the buyer's choice is sharp
TIER_CHECKS = 2**16  # where there is one option for each number of goods
STEPS = 250
RATE = 0.02  # of a step, in units of the highest value
WARM, COLD = 0.05, 0.004  # temperatures of the smoothed choice, in that unit, for one good
SWEEPS = 400
SETTLED = 1e-6  # by which part the revenue rises in a round that is the last one


class Market:
    """A buyer in units of her highest value: her interval of values a good, and types that stand for all of them.

    A menu is ``x[option, good + 1]``: the shares, and in the last column the price.
    """

    def __init__(self, buyer: Buyer, seed: int) -> None:
        unit = max(buyer.high)
        self.low, self.high = ([float(x / unit) if x else 0.0 for x in ends] for ends in (buyer.low, buyer.high))
        self.goods, self.unit_demand = len(buyer.goods), buyer.demand == "unit"
        low, width = np.array(self.low), np.array(self.high) - np.array(self.low)
        if self.goods <= 2:
            middle = (np.arange(GRID) + 0.5) / GRID
            mesh = np.stack(np.meshgrid(*[middle] * self.goods, indexing="ij"), axis=-1).reshape(-1, self.goods)
            self.points = self.checks = low + width * mesh
        else:
            generator = np.random.default_rng([seed, 1])
            self.points = low + width * _spread(generator, POINTS, self.goods)
            self.checks = low + width * _spread(generator, CHECKS, self.goods)

    def in_tiers(self, seed: int) -> Market:
        """The same buyer of one of other things: her best good, her two best goods, and so on."""
        found, width = copy(self), np.array(self.high) - np.array(self.low)
        found.points = tiers(self.points)
        found.checks = tiers(self.low + width * _spread(np.random.default_rng([seed, 4]), TIER_CHECKS, self.goods))
        return found

    def revenue(self, x: Array) -> float:
        """What a menu earns: from the cells of two goods, from the drawn types of more."""
        if self.goods <= 2:
            options = [((0.0,) * self.goods, 0.0), *((tuple(row[:-1]), row[-1]) for row in x.tolist())]
            return float(cell_revenue(options, self.low, self.high))
        return float(_best_of(self.checks @ x[:, :-1].T, x[:, -1])[1].mean())

    def allowed(self, x: Array) -> Array:
        """The nearest menu whose shares are shares, and whose prices are not negative."""
        x = np.maximum(x, 0.0)
        x[:, :-1] = np.minimum(x[:, :-1], 1.0)
        if self.unit_demand:
            for row in x:
                if row[:-1].sum() <= 1.0:
                    continue
                falling = np.sort(row[:-1])[::-1]
                over = (np.cumsum(falling) - 1.0) / np.arange(1, self.goods + 1)
                kept = int(np.nonzero(falling > over)[0][-1])
                row[:-1] = np.maximum(row[:-1] - over[kept], 0.0)
        return x


def tiers(values: Array) -> Array:
    """The worth of the best good, of the two best, and so on: ``worth[draw, number - 1]``.

    >>> tiers(np.array([[1, 4, 2]])).tolist()
    [[4, 6, 7]]
    """
    worth: Array = np.cumsum(np.sort(values, axis=1)[:, ::-1], axis=1)
    return worth


def _spread(generator: np.random.Generator, draws: int, goods: int) -> Array:
    """Drawn points of the unit cube, one of each coordinate in each of as many equal parts (a Latin hypercube)."""
    parts = np.stack([generator.permutation(draws) for _ in range(goods)], axis=1)
    spread: Array = (parts + generator.random((draws, goods))) / draws
    return spread


def smoothed(x: Array, points: Array, temperature: float) -> tuple[float, Array]:
    """The revenue when options are chosen with chances that rise exponentially in utility, and its gradient.

    As the temperature falls the choice becomes the buyer's (Duetting et al. 2019; Curry, Sandholm and Dickerson 2022).
    """
    shares, prices = x[:, :-1], x[:, -1]
    utility = np.hstack([(points @ shares.T - prices) / temperature, np.zeros((len(points), 1))])
    chance = np.exp(utility - utility.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    chance = chance[:, :-1] / len(points)
    paid = (chance @ prices) * len(points)
    pull = chance * (prices - paid[:, None]) / temperature
    gradient = np.hstack([pull.T @ points, (chance.sum(axis=0) - pull.sum(axis=0))[:, None]])
    return float(chance.sum(axis=0) @ prices), gradient


def ascend(x: Array, market: Market, until: float, *, only_prices: bool = False) -> Array:
    """A menu after steps up the gradient while the temperature falls (Adam: Kingma and Ba 2015)."""
    mean, square = np.zeros_like(x), np.zeros_like(x)
    scale = market.goods**0.5
    for step in range(1, STEPS + 1):
        if monotonic() > until:
            break
        done = step / STEPS
        _, gradient = smoothed(x, market.points, scale * WARM * (COLD / WARM) ** done)
        if only_prices:
            gradient[:, :-1] = 0.0
        mean, square = 0.9 * mean + 0.1 * gradient, 0.99 * square + 0.01 * gradient**2
        move = mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.99**step)) + 1e-9)
        x = market.allowed(x + RATE * (1.1 - done) * move)
    return x


def polish(
    x: Array, market: Market, until: float, *, only_prices: bool = False, step: float = 0.02, finest: float = 1e-7
) -> Array:
    """A menu after single numbers were moved while that helps, by ever smaller steps (Hooke and Jeeves 1961)."""

    def value(y: Array) -> float:
        return market.revenue(y)

    places = [(k, g) for k in range(len(x)) for g in range(x.shape[1]) if not only_prices or g == market.goods]
    best, steps = value(x), np.full(x.shape, step)
    for _ in range(SWEEPS):
        start, before = x, best
        for place in places:
            x, best = _moved(x, best, place, steps, market, value, until)
        if best > before:  # further along the same way
            while monotonic() < until:
                further = market.allowed(2 * x - start)
                if (found := value(further)) <= best:
                    break
                start, x, best = x, further, found
        if max(abs(steps[place]) for place in places) < finest or monotonic() > until:
            break
    return x


def _moved(
    x: Array, best: float, place: tuple[int, int], steps: Array, market: Market,
    value: Callable[[Array], float], until: float,
) -> tuple[Array, float]:  # fmt: skip
    if monotonic() < until:
        for sign in (1, -1):
            y = x.copy()
            y[place] += sign * steps[place]
            y = market.allowed(y)
            if (found := value(y)) > best:
                steps[place] *= 1.5 * sign  # the way that helped is tried first the next time
                return y, found
        steps[place] = abs(steps[place]) / 3
    return x, best


def repriced(x: Array, market: Market, until: float) -> Array:
    """A menu after each price in turn became the best there is while the others stay, for the drawn types."""
    x, worth = x.copy(), market.checks @ x[:, :-1].T
    before = -1.0
    while (revenue := market.revenue(x)) > before * (1 + SETTLED):
        before = revenue
        for k in range(len(x)):
            if monotonic() > until:
                return x
            has, paid = _best_of(np.delete(worth, k, axis=1), np.delete(x[:, -1], k))
            gain, price = _asked(worth[:, k] - has, paid)
            if gain > 0:
                x[k, -1] = price
    return x


def _best_of(worth: Array, prices: Array) -> tuple[Array, Array]:
    """What types have and pay when they take the best of some options, or nothing (ties: the dearest)."""
    order = np.argsort(-prices, kind="stable")
    utility = np.hstack([worth[:, order] - prices[order], np.zeros((len(worth), 1))])
    best = utility.argmax(axis=1)
    return utility[np.arange(len(worth)), best], np.append(prices[order], 0.0)[best]


def _asked(switch: Array, paid: Array) -> tuple[float, float]:
    """The best price for one more option, and what it adds a type: each type takes it up to its price ``switch``."""
    order = np.argsort(-switch)
    added = switch[order] * np.arange(1, len(switch) + 1) - np.cumsum(paid[order])
    k = int(added.argmax())
    price = float(switch[order[k]])
    return (float(added[k]) / len(switch), price) if price > 0 else (0.0, 0.0)


def grow(x: Array, market: Market, wanted: Array) -> tuple[float, Array]:
    """The menu with one more option, of the shares among ``wanted[candidate, good]`` and at the price that earn most.

    Returns what it adds for the types that stand for all, and the menu.
    """
    has, paid = _best_of(market.checks @ x[:, :-1].T, x[:, -1])
    best, found = 0.0, x
    for shares in wanted:
        gain, price = _asked(market.checks @ shares - has, paid)
        if gain > best:
            best, found = gain, np.vstack([x, [*shares, price]])
    return best, found


def thinned(x: Array, market: Market, loss: float) -> Array:
    """The menu without options whose absence costs at most ``loss`` of the revenue."""
    revenue, k = market.revenue(x), 0
    while k < len(x) and len(x) > 1:
        fewer = np.delete(x, k, axis=0)
        if market.revenue(fewer) >= revenue * (1 - loss):
            x = fewer
        else:
            k += 1
    return x
