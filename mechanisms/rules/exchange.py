"""Rules for exchange: which buyers and sellers trade, and at which price."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import Number, exact, number, show
from ...games.outcomes import Finite
from ...games.profile import Profile
from ..rule import DirectMechanism, mechanism


@mechanism
def mcafee(env: Environment, reports: Profile[Any]) -> Any:
    """The most valuable trades at one price if the next pair's average suits all of them; else all but the last of
    these trades, whose buyer's value and seller's cost are the prices (McAfee 1992).

    Let b_1 >= b_2 >= ... be the values, s_1 <= s_2 <= ... the costs, and k the last with b_k >= s_k. If there is a
    pair k + 1 and s_k <= (b_{k+1} + s_{k+1}) / 2 <= b_k, the first k trade at that price. Otherwise the first k - 1
    trade, buyers at b_k and sellers at s_k, and the difference is left over. Ties: the player named first.

    >>> from rulewright.games.exchange import exchange
    >>> env = exchange({"ann": (9,), "bob": (5,)}, {"sam": (1,), "tim": (4,)})
    >>> mcafee(env, {"ann": 9, "bob": 5, "sam": 1, "tim": 4})
    ((('ann', 'sam'),), Profile(ann=5, bob=0, sam=-4, tim=0))
    """
    buyers, sellers = _sides(env)
    b = sorted(buyers, key=lambda p: -exact(reports[p]))
    s = sorted(sellers, key=lambda p: exact(reports[p]))
    values, costs = [exact(reports[p]) for p in b], [exact(reports[p]) for p in s]
    k = sum(v >= c for v, c in zip(values, costs, strict=False))
    if k == 0:
        return _trade(env, [], [], 0, 0)
    if k < min(len(b), len(s)):
        middle = exact(Fraction(values[k] + costs[k]) / 2)
        if costs[k - 1] <= middle <= values[k - 1]:
            return _trade(env, b[:k], s[:k], middle, middle)
    return _trade(env, b[: k - 1], s[: k - 1], values[k - 1], costs[k - 1])


def posted_trade(price: Number) -> DirectMechanism:
    """One buyer and one seller trade at ``price`` if both agree (Hagerty and Rogerson 1987).

    >>> from rulewright.games.exchange import exchange
    >>> env = exchange({"ann": (1, 3)}, {"sam": (0, 2)})
    >>> posted_trade(2)(env, {"ann": 3, "sam": 0})
    ((('ann', 'sam'),), Profile(ann=2, sam=-2))
    """
    price = number(price, "the price")
    words = f"The buyer and the seller trade at {show(price)} if both agree."
    return DirectMechanism(partial(_posted, price), f"trade at {show(price)}", words)


def _posted(price: Number, env: Environment, reports: Profile[Any]) -> Any:
    buyers, sellers = _sides(env)
    if len(buyers) != 1 or len(sellers) != 1:
        raise BadInput("a posted price for trade needs one buyer and one seller")
    agreed = reports[buyers[0]] >= price >= reports[sellers[0]]
    return _trade(env, buyers, sellers, price, price) if agreed else _trade(env, [], [], 0, 0)


def _sides(env: Environment) -> tuple[list[str], list[str]]:
    """The buyers and the sellers, as the listed trades tell them."""
    items = env.space.items if isinstance(env.space, Finite) else ()
    pairs = [item for item in items if isinstance(item, tuple) and len(item) == 1 and isinstance(item[0], tuple)]
    if () not in items or not pairs or any(len(pair[0]) != 2 for pair in pairs):
        raise BadInput(f'the rule needs an environment made by exchange(buyers, sellers); "{env.name}" is none')
    buying, selling = {pair[0][0] for pair in pairs}, {pair[0][1] for pair in pairs}
    return [p for p in env.players if p in buying], [p for p in env.players if p in selling]


def _trade(env: Environment, buyers: Sequence[str], sellers: Sequence[str], pays: Number, gets: Number) -> Any:
    order = env.players.index
    trades = tuple(zip(sorted(buyers, key=order), sorted(sellers, key=order), strict=True))
    payments = {p: pays if p in buyers else -gets if p in sellers else 0 for p in env.players}
    return trades, Profile(payments)
