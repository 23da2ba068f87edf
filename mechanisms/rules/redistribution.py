"""Redistribution: a second-price auction that gives its revenue back as far as honesty allows."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import Number, exact
from ...games.profile import Profile
from ..rule import mechanism
from .auctions import second_price


@mechanism
def cavallo(env: Environment, reports: Profile[Any]) -> Any:
    """A second-price auction in which each of n players gets back 1/n of the least revenue possible given the bids of
    the others, their second-highest bid (Cavallo 2006; Bailey 1997).

    Strategyproof, as nobody's own bid moves her rebate, and never a deficit. Values must be at least 0.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (0,), "bob": (3,), "cem": (6,)})
    >>> cavallo(env, {"ann": 0, "bob": 3, "cem": 6})
    ('cem', Profile(ann=-1, bob=0, cem=3))
    """
    n = len(env.players)
    return _with_rebates(env, reports, lambda bids: Fraction(bids[1], n) if len(bids) > 1 else 0)


@mechanism
def worst_case_redistribution(env: Environment, reports: Profile[Any]) -> Any:
    """A second-price auction with rebates, linear in the ordered bids of the others, that return the largest fraction
    of the revenue that can be promised at every profile (Guo and Conitzer 2009; Moulin 2009).

    With n players the promise is 1 - (n - 1) / (2^(n-1) - 1): 0, 1/3, 4/7 and 11/15 for n = 2, 3, 4 and 5. Values
    must be at least 0.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (0,), "bob": (3,), "cem": (6,)})
    >>> worst_case_redistribution(env, {"ann": 0, "bob": 3, "cem": 6})
    ('cem', Profile(ann=-1, bob=0, cem=3))
    """
    c = _coefficients(len(env.players))
    return _with_rebates(env, reports, lambda bids: sum((a * b for a, b in zip(c, bids, strict=True)), Fraction(0)))


def _coefficients(n: int) -> list[Fraction]:
    """c_1, ..., c_(n-1): the rebate is the sum of c_i times the i-th highest bid of the others."""
    found = [Fraction(0)] * (n - 1)
    whole = 2 ** (n - 1) - 1
    for i in range(2, n):
        tail = sum(math.comb(n - 1, j) for j in range(i, n))
        found[i - 1] = Fraction((-1) ** i * (n - 1) * tail, i * math.comb(n - 1, i) * whole)
    return found


def _with_rebates(env: Environment, reports: Profile[Any], rebate: Any) -> Any:
    winner, paid = second_price.result(env, reports)
    for player, bid in reports.items():
        if bid < 0:
            raise BadInput(f'"{player}" bids {bid}; a redistribution rule needs values of at least 0')
    payments: dict[str, Number] = {}
    for player in env.players:
        others = sorted((exact(bid) for p, bid in reports.items() if p != player), reverse=True)
        payments[player] = exact(exact(paid[player]) - rebate(others))
    return winner, Profile(payments)
