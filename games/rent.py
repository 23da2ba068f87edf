"""Rent: who gets which room, and how the rent is shared."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from .environment import Environment, guard_types
from .errors import BadInput, GameTooLarge
from .numbers import Number, number
from .outcomes import Finite, Outcome, swapped
from .profile import Profile

ASSIGNMENTS_LIMIT = 40_320


def rent(
    values: Mapping[str, Sequence[Any]],
    rooms: Sequence[str],
    *,
    transfers: tuple[Number | None, Number | None] | None = (None, None),
    prior: Mapping[Any, Any] | None = None,
    name: str = "rent",
) -> Environment:
    """As many rooms as players, one for each, and a rent that they share (Alkan, Demange and Gale 1991).

    A type is a tuple, what each room is worth to the player; an outcome is a Profile of rooms. What the players pay
    is for the rule to say. Raises BadInput, GameTooLarge.

    >>> env = rent({"ann": ((5, 2),), "bob": ((4, 3),)}, ("attic", "cellar"))
    >>> env.space.items[0], env.utilities("ann").tolist()
    (Profile(ann='attic', bob='cellar'), [[5, 2]])
    """
    guard_types(name, values.values())
    players, rooms = tuple(values), tuple(rooms)
    if len(rooms) != len(players) or len(set(rooms)) != len(rooms):
        raise BadInput(f"there are {len(players)} players and the rooms {rooms}; name as many rooms, each once")
    if math.factorial(len(rooms)) > ASSIGNMENTS_LIMIT:
        size = math.factorial(len(rooms))
        raise GameTooLarge("assignments of rooms", size, ASSIGNMENTS_LIMIT, "declare fewer players")
    for player, each in values.items():
        for t in each:
            if not isinstance(t, tuple) or len(t) != len(rooms):
                raise BadInput(f'a type of "{player}" is {t!r}; with {len(rooms)} rooms it is a tuple of as many')
            for v, room in zip(t, rooms, strict=True):
                number(v, f'the value of {room} for "{player}"')
    items = tuple(Profile(dict(zip(players, order, strict=True))) for order in itertools.permutations(rooms))
    types = {player: tuple(each) for player, each in values.items()}
    return Environment(name, types, Finite(items, swap=swapped), partial(_value, rooms), prior, transfers)


def _value(rooms: tuple[str, ...], player: str, outcome: Outcome, type: Any) -> Number:
    worth: Number = type[rooms.index(outcome[player])]
    return worth


def rooms_of(env: Environment) -> tuple[str, ...]:
    """The rooms; raises BadInput if the environment is none of rooms and rent.

    >>> rooms_of(rent({"ann": ((5, 2),), "bob": ((4, 3),)}, ("attic", "cellar")))
    ('attic', 'cellar')
    """
    items: Any = env.space.items if isinstance(env.space, Finite) else ((),)
    if not isinstance(items[0], Profile) or not all(isinstance(room, str) for room in items[0].values()):
        raise BadInput(f'the rule assigns rooms, and the outcomes of "{env.name}" are no assignments of them')
    rooms = tuple(dict.fromkeys(items[0].values()))
    if len(rooms) != len(env.players) or len(items) != math.factorial(len(rooms)):
        raise BadInput(f'the rule needs an environment made by rent(values, rooms); "{env.name}" is none')
    return rooms
