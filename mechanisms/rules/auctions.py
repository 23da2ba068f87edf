"""Auctions: one item or several units, sealed bids."""

from __future__ import annotations

from functools import partial
from typing import Any

from ...games.allocation import NOBODY
from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import Number, number, show
from ...games.outcomes import Finite
from ...games.profile import Profile
from ...games.units import supply_of
from ..rule import DirectMechanism, mechanism


@mechanism
def second_price(env: Environment, reports: Profile[Any]) -> Any:
    """The highest bid wins (ties: the player named first) and pays the second-highest bid (Vickrey 1961).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (3, 5), "bob": (4,), "cem": (1,)})
    >>> rw.mechanisms.second_price(env, {"ann": 5, "bob": 4, "cem": 1})
    ('ann', Profile(ann=4, bob=0, cem=0))
    """
    winner = _highest(env, reports)
    rest = [bid for player, bid in reports.items() if player != winner]
    return winner, _pays(env, winner, max(rest, default=0))


@mechanism
def first_price(env: Environment, reports: Profile[Any]) -> Any:
    """The highest bid wins (ties: the player named first) and pays her bid (Vickrey 1961).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (3, 5), "bob": (4,), "cem": (1,)})
    >>> rw.mechanisms.first_price(env, {"ann": 5, "bob": 4, "cem": 1})
    ('ann', Profile(ann=5, bob=0, cem=0))
    """
    winner = _highest(env, reports)
    return winner, _pays(env, winner, reports[winner])


@mechanism
def third_price(env: Environment, reports: Profile[Any]) -> Any:
    """The highest bid wins (ties: the player named first) and pays the third-highest, or 0 (Kagel and Levin 1993).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (3, 5), "bob": (4,), "cem": (1,)})
    >>> rw.mechanisms.third_price(env, {"ann": 5, "bob": 4, "cem": 1})
    ('ann', Profile(ann=1, bob=0, cem=0))
    """
    winner = _highest(env, reports)
    bids = sorted(reports.values(), reverse=True)
    return winner, _pays(env, winner, bids[2] if len(bids) > 2 else 0)


def posted_price(price: Number) -> DirectMechanism:
    """The first player whose bid is at least ``price`` buys at it; else nobody does (Riley and Zeckhauser 1983).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 3), "bob": (2,)})
    >>> posted_price(2)(env, {"ann": 1, "bob": 2})
    ('bob', Profile(ann=0, bob=2))
    """
    price = number(price, "the posted price")
    words = f"The first player whose bid is at least {show(price)} buys at that price; otherwise nobody does."
    return DirectMechanism(partial(_posted, price), f"posted price {show(price)}", words)


def _posted(price: Number, env: Environment, reports: Profile[Any]) -> Any:
    _need_winners(env)
    for player in env.players:
        if reports[player] >= price:
            return player, _pays(env, player, price)
    return NOBODY, Profile(dict.fromkeys(env.players, 0))


def second_price_with_reserve(reserve: Number) -> DirectMechanism:
    """The highest bid wins if it is at least ``reserve`` (ties: the player named first) and pays the larger of the
    reserve and the second-highest bid; below it nobody wins (Myerson 1981).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 3), "bob": (2,)})
    >>> auction = second_price_with_reserve(2)
    >>> auction(env, {"ann": 3, "bob": 2}), auction(env, {"ann": 1, "bob": 2})
    (('ann', Profile(ann=2, bob=0)), ('bob', Profile(ann=0, bob=2)))
    """
    reserve = number(reserve, "the reserve price")
    words = f"The highest bid of at least {show(reserve)} wins and pays the larger of that and the second-highest bid."
    return DirectMechanism(partial(_reserved, reserve), f"second price with reserve {show(reserve)}", words)


def _reserved(reserve: Number, env: Environment, reports: Profile[Any]) -> Any:
    winner = _highest(env, reports)
    if reports[winner] < reserve:
        return NOBODY, Profile(dict.fromkeys(env.players, 0))
    rest = [bid for player, bid in reports.items() if player != winner]
    return winner, _pays(env, winner, max([reserve, *rest]))


def _highest(env: Environment, reports: Profile[Any]) -> str:
    _need_winners(env)
    return max(env.players, key=lambda player: reports[player])


def _need_winners(env: Environment) -> None:
    if not isinstance(env.space, Finite) or any(player not in env.space.items for player in env.players):
        raise BadInput(f'an auction needs one item, with outcomes named after the winner; "{env.name}" has others')


def _pays(env: Environment, winner: str, price: Number) -> Profile[Number]:
    return Profile({player: price if player == winner else 0 for player in env.players})


@mechanism
def uniform_price(env: Environment, reports: Profile[Any]) -> Any:
    """The highest bids win a unit each (ties: the player named first) and pay the highest losing bid (Vickrey 1961).

    >>> from rulewright.games.units import units
    >>> env = units({"ann": (3, 5), "bob": (4,), "cem": (1,)}, supply=2)
    >>> uniform_price(env, {"ann": 5, "bob": 4, "cem": 1})
    (('ann', 'bob'), Profile(ann=1, bob=1, cem=0))
    """
    winners, losers = _winners(env, reports)
    price = max([0, *(reports[player] for player in losers)])
    return winners, Profile({player: price if player in winners else 0 for player in env.players})


@mechanism
def pay_as_bid(env: Environment, reports: Profile[Any]) -> Any:
    """The highest bids win a unit each (ties: the player named first) and pay what they bid (Krishna 2010).

    >>> from rulewright.games.units import units
    >>> env = units({"ann": (3, 5), "bob": (4,), "cem": (1,)}, supply=2)
    >>> pay_as_bid(env, {"ann": 5, "bob": 4, "cem": 1})
    (('ann', 'bob'), Profile(ann=5, bob=4, cem=0))
    """
    winners, _ = _winners(env, reports)
    return winners, Profile({player: reports[player] if player in winners else 0 for player in env.players})


def _winners(env: Environment, reports: Profile[Any]) -> tuple[tuple[str, ...], list[str]]:
    """The highest bidders, one for each unit, in the order of declaration; and the others."""
    supply = supply_of(env)
    best = sorted(env.players, key=lambda player: -reports[player])[:supply]
    return tuple(p for p in env.players if p in best), [p for p in env.players if p not in best]


@mechanism
def vcg(env: Environment, reports: Profile[Any]) -> Any:
    """An outcome with the largest sum of reported utilities (ties: listed first); each player pays what her utility
    costs the others, the outcomes being the same without her (Vickrey 1961; Clarke 1971; Groves 1973).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (3, 5), "bob": (4,), "cem": (1,)})
    >>> rw.mechanisms.vcg(env, {"ann": 5, "bob": 4, "cem": 1})
    ('ann', Profile(ann=4, bob=0, cem=0))
    """
    if not isinstance(env.space, Finite):
        raise BadInput("vcg needs a finite list of outcomes")
    items = env.space.items
    worths = {p: [env.worth_of(p, x, reports[p]) for x in items] for p in env.players}

    def best(players: list[str]) -> int:
        return max(range(len(items)), key=lambda k: sum(worths[p][k] for p in players))

    chosen = best(list(env.players))
    payments = {}
    for player in env.players:
        others = [p for p in env.players if p != player]
        without = best(others)
        payments[player] = sum(worths[p][without] for p in others) - sum(worths[p][chosen] for p in others)
    return items[chosen], Profile(payments)
