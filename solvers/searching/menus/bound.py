"""Bounds on what any way of selling to one buyer can earn, exactly."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from ....games.buyer import Buyer, integral, times
from ....games.numbers import plain


def myerson_price(low: int | Fraction, high: int | Fraction) -> int | Fraction:
    """The price that earns most for one good with a uniform value: where 2v - high, the virtual value, turns positive
    (Myerson 1981).

    >>> myerson_price(0, 1), myerson_price(4, 7)
    (Fraction(1, 2), 4)
    """
    return plain(max(Fraction(low), Fraction(high) / 2))


def sold_alone(low: int | Fraction, high: int | Fraction) -> Fraction:
    """The most that one good with a uniform value can earn.

    >>> sold_alone(0, 1), sold_alone(4, 16)
    (Fraction(1, 4), Fraction(16, 3))
    """
    price = Fraction(myerson_price(low, high))
    return price * (high - price) / (high - low)


def revenue_bound(buyer: Buyer) -> int | Fraction:
    """What no way of selling, randomised or not, can exceed.

    The least of several: the expected welfare; and, at each type with one good favoured and the others not, the
    expected sum of the favoured good's virtual value, if positive, and the others' values. That is a bound whenever a
    good stays favoured as its own value rises (Cai, Devanur and Weinberg 2016). Here the favoured good is the one with
    the highest value, or always the same. It holds for unit demand too, which gives the buyer less of everything.
    For one good it is reached (Myerson 1981).

    >>> from rulewright.games import buyer
    >>> revenue_bound(buyer(1)), revenue_bound(buyer(2))
    (Fraction(1, 4), Fraction(3, 4))
    """
    alone = [sold_alone(low, high) for low, high in zip(buyer.low, buyer.high, strict=True)]
    means = [Fraction(low + high) / 2 for low, high in zip(buyer.low, buyer.high, strict=True)]
    always = [sum(means, Fraction(0)) - mean + earned for mean, earned in zip(means, alone, strict=True)]
    highest = sum(means, Fraction(0)) + sum((_change(buyer, g) for g in range(len(means))), Fraction(0))
    return plain(min([Fraction(buyer.welfare), highest, *always]))


def _change(buyer: Buyer, good: int) -> Fraction:
    """What it makes of a difference that a good counts at its virtual value, if positive, where its value is highest.

    The integral of (max(0, 2v - high) - v) times the chance that no other value is above v.
    """
    low, high = buyer.low[good], buyer.high[good]
    others = [(a, b) for k, (a, b) in enumerate(zip(buyer.low, buyer.high, strict=True)) if k != good]
    start = max([low, *(a for a, _ in others)])
    ends = {start, high, Fraction(high) / 2, *(b for _, b in others)}
    cuts = sorted(Fraction(x) for x in ends if start <= x <= high)
    total = Fraction(0)
    for left, right in pairwise(cuts):
        chance = [Fraction(1)]
        for a, b in others:
            if left < b:
                chance = times(chance, [Fraction(-a) / (b - a), Fraction(1) / (b - a)])
        counted = [Fraction(-high), Fraction(1)] if 2 * left >= high else [Fraction(0), Fraction(-1)]
        total += integral(times(counted, chance), left, right)
    return total / (high - low)
