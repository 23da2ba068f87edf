"""Resource allocation: goods to players who value them privately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from .environment import Environment, guard_types
from .errors import BadInput
from .numbers import Number, exact, number
from .outcomes import Finite, Outcome, Shares

NOBODY = "nobody"


def allocation(
    values: Mapping[str, Sequence[Any]],
    goods: Sequence[str] = ("item",),
    *,
    transfers: tuple[Number | None, Number | None] | None = (None, None),
    prior: Mapping[Any, Any] | None = None,
    disposal: bool = True,
    name: str = "allocation",
) -> Environment:
    """Goods for players with private additive values (Vickrey 1961 for one item with money).

    With one good a type is its value and the outcomes are the player who gets it, or ``"nobody"`` (with
    ``disposal``). With several goods a type is a tuple, one value a good, and outcomes are shares of the goods.
    ``transfers`` as in :class:`Environment`; the default is money without bounds, None is no money.

    >>> print(allocation({"ann": (1, 2), "bob": (1, 2)}))
    allocation: types ann: 1, 2; bob: 1, 2; 3 outcome coordinates, money in [-∞, ∞]
    >>> allocation({"ann": ((3, 1),), "bob": ((1, 3),)}, ("bread", "wine"), transfers=None).space.goods
    ('bread', 'wine')
    """
    guard_types(name, values.values())
    players, goods = tuple(values), tuple(goods)
    types = {player: tuple(each) for player, each in values.items()}
    if len(goods) == 1:
        if NOBODY in players:
            raise BadInput(f'a player is called "{NOBODY}", which stands for nobody; call her something else')
        for player, each in types.items():
            for t in each:
                number(t, f'a value of "{player}"')
        space: Any = Finite((*players, NOBODY) if disposal else players, swap=_exchange)
        return Environment(name, types, space, _one_item, prior, transfers)
    for player, each in types.items():
        for t in each:
            if not isinstance(t, tuple) or len(t) != len(goods):
                raise BadInput(f'a type of "{player}" is {t!r}; with {len(goods)} goods it is a tuple of as many')
            for v, good in zip(t, goods, strict=True):
                number(v, f'the value of {good} for "{player}"')
    place = {good: g for g, good in enumerate(goods)}

    return Environment(name, types, Shares(players, goods, disposal), partial(_additive, place), prior, transfers)


def _one_item(player: str, winner: Outcome, value: Any) -> Number:
    worth: Number = value if winner == player else 0
    return worth


def _exchange(winner: Outcome, one: str, other: str) -> Outcome:
    return other if winner == one else one if winner == other else winner


def _additive(place: Mapping[str, int], player: str, outcome: Outcome, type: Any) -> Number:
    return sum((exact(type[place[good]]) * exact(share) for good, share in outcome[player].items() if share), start=0)
