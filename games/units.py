"""Identical units for players who want one each: the outcome is the set of those who get one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from .environment import Environment, guard_types
from .errors import BadInput, GameTooLarge
from .numbers import Number, number
from .outcomes import Finite, Outcome

SETS_LIMIT = 20_000


def units(
    values: Mapping[str, Sequence[Number]],
    supply: int,
    *,
    transfers: tuple[Number | None, Number | None] | None = (None, None),
    prior: Mapping[Any, Any] | None = None,
    name: str = "units",
) -> Environment:
    """``supply`` identical units, of which each player wants one (Vickrey 1961).

    A type is what a unit is worth to the player. Outcomes are the sets of at most ``supply`` players, each a tuple of
    names in the order of declaration: those who get a unit. Raises BadInput, GameTooLarge.

    >>> env = units({"ann": (1, 2), "bob": (1, 2), "cem": (3,)}, supply=2)
    >>> env.space.items[-3:], env.utilities("ann").tolist()[1]
    ((('ann', 'bob'), ('ann', 'cem'), ('bob', 'cem')), [0, 2, 0, 0, 2, 2, 0])
    """
    guard_types(name, values.values())
    players = tuple(values)
    if isinstance(supply, bool) or not isinstance(supply, int) or not 1 <= supply <= len(players):
        raise BadInput(f"the supply is {supply!r}; it must be a whole number from 1 to the {len(players)} players")
    size = sum(math.comb(len(players), k) for k in range(supply + 1))
    if size > SETS_LIMIT:
        raise GameTooLarge(f'sets of winners in "{name}"', size, SETS_LIMIT, "declare fewer units or fewer players")
    types = {player: tuple(each) for player, each in values.items()}
    for player, each in types.items():
        for t in each:
            number(t, f'a value of "{player}"')
    sets = [s for k in range(supply + 1) for s in itertools.combinations(players, k)]
    return Environment(name, types, Finite(tuple(sets), swap=partial(_exchange, players)), _one_unit, prior, transfers)


def supply_of(env: Environment) -> int:
    """How many units there are; raises BadInput if the environment is not one of units.

    >>> supply_of(units({"ann": (1,), "bob": (1,)}, supply=1))
    1
    """
    items: tuple[Any, ...] = env.space.items if isinstance(env.space, Finite) else ()
    if any(not isinstance(x, tuple) for x in items) or {p for x in items for p in x} != set(env.players):
        raise BadInput(f'the rule sells units, whose outcomes are sets of winners; "{env.name}" has others')
    return max(map(len, items))


def _one_unit(player: str, winners: Outcome, value: Any) -> Number:
    worth: Number = value if player in winners else 0
    return worth


def _exchange(players: tuple[str, ...], winners: Outcome, one: str, other: str) -> Outcome:
    place = {one: other, other: one}
    return tuple(p for p in players if place.get(p, p) in winners)
