"""Redistribution: an auction that gives its revenue back as far as honesty allows."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import Number, exact
from ...games.outcomes import Finite
from ...games.profile import Profile
from ...games.units import supply_of
from ..rule import mechanism
from .auctions import second_price, uniform_price


@mechanism
def cavallo(env: Environment, reports: Profile[Any]) -> Any:
    """An auction of one item or of m units at the highest losing bid, in which each of n players gets back 1/n of the
    least revenue possible given the bids of the others: m times their (m+1)-th highest bid (Cavallo 2006; Bailey 1997).

    Strategyproof, as nobody's own bid moves her rebate, and never a deficit. Values must be at least 0.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (0,), "bob": (3,), "cem": (6,)})
    >>> cavallo(env, {"ann": 0, "bob": 3, "cem": 6})
    ('cem', Profile(ann=-1, bob=0, cem=3))
    """
    n, m = len(env.players), _supply(env)
    return _with_rebates(env, reports, lambda bids: Fraction(m * bids[m], n) if len(bids) > m else 0)


@mechanism
def worst_case_redistribution(env: Environment, reports: Profile[Any]) -> Any:
    """An auction of one item or of m units at the highest losing bid, with rebates, linear in the ordered bids of the
    others, that return the largest fraction of the revenue that can be promised at every profile (Guo and Conitzer
    2009; Moulin 2009).

    With n players the promise is 1 - C(n-1, m) / (C(n-1, m) + ... + C(n-1, n-1)): for one item 0, 1/3, 4/7 and 11/15
    with n = 2, 3, 4 and 5. Values must be at least 0.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (0,), "bob": (3,), "cem": (6,)})
    >>> worst_case_redistribution(env, {"ann": 0, "bob": 3, "cem": 6})
    ('cem', Profile(ann=-1, bob=0, cem=3))
    """
    c = _coefficients(len(env.players), _supply(env))
    return _with_rebates(env, reports, lambda bids: sum((a * b for a, b in zip(c, bids, strict=True)), Fraction(0)))


def _coefficients(n: int, m: int) -> list[Fraction]:
    """c_1, ..., c_(n-1): the rebate is the sum of c_i times the i-th highest bid of the others."""
    found = [Fraction(0)] * (n - 1)
    whole = sum(math.comb(n - 1, j) for j in range(m, n))
    for i in range(m + 1, n):
        tail = sum(math.comb(n - 1, j) for j in range(i, n))
        sign = (-1) ** (i + m - 1)
        found[i - 1] = Fraction(sign * (n - m) * math.comb(n - 1, m - 1) * tail, i * math.comb(n - 1, i) * whole)
    return found


def _supply(env: Environment) -> int:
    """How many units are sold: of an environment of one item, one."""
    items = env.space.items if isinstance(env.space, Finite) else ()
    return supply_of(env) if any(isinstance(x, tuple) for x in items) else 1


def _with_rebates(env: Environment, reports: Profile[Any], rebate: Any) -> Any:
    units = isinstance(env.space, Finite) and any(isinstance(x, tuple) for x in env.space.items)
    winners, paid = (uniform_price if units else second_price).result(env, reports)
    for player, bid in reports.items():
        if bid < 0:
            raise BadInput(f'"{player}" bids {bid}; a redistribution rule needs values of at least 0')
    payments: dict[str, Number] = {}
    for player in env.players:
        others = sorted((exact(bid) for p, bid in reports.items() if p != player), reverse=True)
        payments[player] = exact(exact(paid[player]) - rebate(others))
    return winners, Profile(payments)
