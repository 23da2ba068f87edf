"""Exchange: buyers and sellers of one unit each."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from ..games.environment import Environment
from ..games.errors import BadInput
from ..games.numbers import Number, exact, number, show
from ..games.outcomes import Finite, Outcome
from ..games.profile import Profile
from .rules import DirectMechanism, mechanism

Trade = tuple[tuple[str, str], ...]  # (buyer, seller) pairs


def exchange(
    buyers: Mapping[str, Sequence[Number]],
    sellers: Mapping[str, Sequence[Number]],
    *,
    transfers: tuple[Number | None, Number | None] | None = (None, None),
    prior: Mapping[Any, Any] | None = None,
    name: str = "exchange",
) -> Environment:
    """Buyers who want one unit each, with its value, and sellers who have one each, with its cost (McAfee 1992).

    An outcome is a tuple of (buyer, seller) pairs, the buyers and the sellers in their order: who trades matters and
    who trades with whom does not, so each set of traders is listed once. Raises BadInput.

    >>> env = exchange({"ann": (1, 3)}, {"sam": (0, 2)})
    >>> env.space.items, env.utilities("ann").tolist(), env.utilities("sam").tolist()
    (((), (('ann', 'sam'),)), [[0, 1], [0, 3]], [[0, 0], [0, -2]])
    """
    for what, names in (("buyer", buyers), ("seller", sellers)):
        if not names:
            raise BadInput(f"there is no {what}; name at least one")
    for player in buyers:
        if player in sellers:
            raise BadInput(f'"{player}" is both a buyer and a seller; name each player once')
    types = {p: tuple(number(t, f'a value of "{p}"') for t in each) for p, each in (*buyers.items(), *sellers.items())}
    items: list[Trade] = []
    for k in range(min(len(buyers), len(sellers)) + 1):
        for some in itertools.combinations(buyers, k):
            items += [tuple(zip(some, others, strict=True)) for others in itertools.combinations(sellers, k)]
    return Environment(name, types, Finite(tuple(items)), partial(_traded, tuple(buyers)), prior, transfers)


def _traded(buyers: tuple[str, ...], player: str, outcome: Outcome, value: Any) -> Number:
    if not any(player in pair for pair in outcome):
        return 0
    worth: Number = value if player in buyers else -value
    return worth


@mechanism
def mcafee(env: Environment, reports: Profile[Any]) -> Any:
    """The most valuable trades at one price if the next pair's average suits all of them; else all but the last of
    these trades, whose buyer's value and seller's cost are the prices (McAfee 1992).

    Let b_1 >= b_2 >= ... be the values, s_1 <= s_2 <= ... the costs, and k the last with b_k >= s_k. If there is a
    pair k + 1 and s_k <= (b_{k+1} + s_{k+1}) / 2 <= b_k, the first k trade at that price. Otherwise the first k - 1
    trade, buyers at b_k and sellers at s_k, and the difference is left over. Ties: the player named first.

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
