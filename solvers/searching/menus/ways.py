"""Known ways to sell to one buyer: each good alone, all as one, any number of them at a price for each number."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from ....games.buyer import Buyer
from ....games.numbers import Array, Number, plain, show
from ....mechanisms.families import Menus
from ....mechanisms.rules.menu_revenue import Estimate, estimated_revenue
from ....mechanisms.rules.menus import Menu, menu
from .ascent import Market, ascend, repriced, tiers
from .bound import myerson_price, sold_alone

Worth = int | Fraction | Estimate
DRAWS = 2**20  # types for an estimate
EXACT_LOSS, DRAWN_LOSS = 1e-9, 1e-5  # of the revenue, for simpler numbers


@dataclass(frozen=True)
class Way:
    """A way to sell, the menu that does it (None: more options than the family's), and what it earns."""

    name: str
    rule: Menu | None
    worth: Worth

    def told(self) -> str:
        """What it earns, in words."""
        mean = mean_of(self.worth)
        short = not isinstance(mean, float) and Fraction(mean).denominator < 1000
        about = "about " if isinstance(self.worth, Estimate) else ""
        return about + (show(mean) if short else f"{float(mean):.6g}")


def known_ways(buyer: Buyer, family: Menus, until: float = math.inf) -> Iterator[Way]:
    """What sellers do; prices are those that earn most, in simple numbers."""
    m, seed = len(buyer.goods), family.seed
    prices = [myerson_price(low, high) for low, high in zip(buyer.low, buyer.high, strict=True)]
    alone = [sold_alone(low, high) for low, high in zip(buyer.low, buyer.high, strict=True)]
    single = [tuple(int(k == g) for k in range(m)) for g in range(m)]
    if m == 1:
        yield Way("the good", menu([(single[0], prices[0])]), plain(alone[0]))
    elif buyer.demand == "unit":
        best = sorted(range(m), key=lambda g: -alone[g])[: family.size]
        which = "each good" if len(best) == m else f"the best {len(best)} goods" if len(best) > 1 else "the best good"
        common = _one_price(buyer, np.array([single[g] for g in best], dtype=float))
        for name, asked in (("at the price best for it alone", prices), ("at one price for all", [common] * m)):
            rule = menu([(single[g], asked[g]) for g in best])
            yield Way(f"{which} {name}", rule, worth_of(rule, buyer, seed))
    else:
        fits = m < 20 and 2**m - 1 <= family.size
        yield Way("each good separately", _any_set(prices) if fits else None, plain(sum(alone, Fraction(0))))
        bundle = menu([((1,) * m, _one_price(buyer, np.ones((1, m))))])
        yield Way("all goods as one bundle", bundle, worth_of(bundle, buyer, seed))
        if m > 2 and len(set(zip(buyer.low, buyer.high, strict=True))) == 1:
            yield _by_number(buyer, family, until)


def _any_set(prices: list[int | Fraction]) -> Menu:
    """Every set of goods, for the sum of their prices."""
    sets = [s for s in itertools.product((0, 1), repeat=len(prices)) if any(s)]
    return menu([(s, sum((p for p, x in zip(prices, s, strict=True) if x), start=Fraction(0))) for s in sets])


def _one_price(buyer: Buyer, shares: Array) -> int | Fraction:
    """The price that earns most if it is asked for each of these shares."""
    market = Market(buyer, 0)
    willing = np.sort((market.checks @ shares.T).max(axis=1))[::-1]
    start = willing[int((willing * np.arange(1, len(willing) + 1)).argmax())]
    x = np.hstack([shares, np.full((len(shares), 1), start)])

    def earned(price: float) -> float:
        x[:, -1] = price
        return market.revenue(x)

    price, step = float(start), 0.01
    while step > (1e-9 if market.goods <= 2 else 1e-3):  # from the best price of some types, to both sides
        better = max((price, price - step, price + step), key=earned)
        price, step = (better, step) if better != price else (price, step / 2)
    floor = earned(price) * (1 - loss_of(market.goods))
    return plain(next(c for c in simpler(price) if earned(float(c)) >= floor) * max(buyer.high))


def _by_number(buyer: Buyer, family: Menus, until: float) -> Way:
    """Any number of goods that are alike, at a price for each number (Giannakopoulos and Koutsoupias 2018)."""
    m, seed = len(buyer.goods), family.seed
    market = Market(buyer, seed).in_tiers(seed)
    mean = market.points.mean(axis=0)
    starts = [np.arange(1, m + 1) * float(myerson_price(buyer.low[0], buyer.high[0]) / buyer.high[0]), 0.9 * mean]
    climbed = [ascend(np.hstack([np.eye(m), price[:, None]]), market, until, only_prices=True) for price in starts]
    best = repriced(max(climbed, key=market.revenue), market, until)
    prices = {k + 1: Fraction(round(1000 * p), 1000) for k, p in enumerate(best[:, -1].tolist())}
    offered = {  # what costs more than it can be worth, or no less than more goods, nobody takes
        number: price * buyer.high[0]
        for number, price in prices.items()
        if price < number and all(price < p for n, p in prices.items() if n > number)
    }
    options = [([int(k + 1 == number) for k in range(m)], price) for number, price in offered.items()]
    worth = estimated_revenue([*options, ([0] * m, 0)], buyer, DRAWS, seed, tiers)
    rule = None
    if sum(math.comb(m, number) for number in offered) <= family.size:
        sets = [s for s in itertools.product((0, 1), repeat=m) if sum(s) in offered]
        told = "; ".join(f"any {number} goods for {show(plain(price))}" for number, price in offered.items())
        words = f"The buyer takes what is best for her: {told}; or nothing for 0."
        rule = replace(menu([(s, offered[sum(s)]) for s in sets]), words=words)
    return Way("any number of goods at a price for each number", rule, worth)


def worth_of(rule: Menu, buyer: Buyer, seed: int) -> Worth:
    """What a menu earns: exactly of one or two goods, an estimate of more."""
    return rule.revenue(buyer) if len(buyer.goods) <= 2 else rule.estimate(buyer, DRAWS, seed)


def mean_of(worth: Worth) -> Number:
    """The exact or estimated number itself."""
    return worth.mean if isinstance(worth, Estimate) else worth


def loss_of(goods: int) -> float:
    """Which part of the revenue simpler numbers may cost."""
    return EXACT_LOSS if goods <= 2 else DRAWN_LOSS


def simpler(x: float) -> Iterator[Fraction]:
    """Numbers ever nearer to x: fractions with small denominators, decimals, x itself.

    >>> [str(y) for y in simpler(0.33)][:3], str(list(simpler(0.125))[-1])
    (['0', '1/2', '1/3'], '1/8')
    """
    yield from (Fraction(x).limit_denominator(most) for most in range(1, 13))
    yield from (Fraction(round(x * 10**digits), 10**digits) for digits in range(2, 13))
    yield Fraction(x)
