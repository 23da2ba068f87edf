"""Dichotomous assignment: each player gets one object or none, and an object is good for her or it is not."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .environment import Environment, guard_types
from .errors import BadInput, GameTooLarge, nearest
from .numbers import Number
from .outcomes import Finite, Outcome, swapped
from .profile import Profile

NOTHING = "nothing"
MATCHINGS_LIMIT = 20_000


def dichotomous(
    players: Sequence[str],
    objects: Sequence[str],
    good: Mapping[str, Sequence[Collection[str]]] | None = None,
    *,
    prior: Mapping[Any, Any] | None = None,
    name: str = "dichotomous",
) -> Environment:
    """Objects such as classrooms or time slots, of which each player gets at most one, and which are good for her or
    not (Bogomolnaia and Moulin 2004).

    A type is the tuple of the objects that are good for the player, in the order of the list; utility is 1 for one of
    them and 0 for another or for ``"nothing"``, so under a lottery the probability of a good one. ``good`` says which
    types a player may have: ``{player: list of sets}``, by default every set but the empty one. An outcome is a
    Profile of objects. Raises BadInput, GameTooLarge.

    >>> env = dichotomous(("ann", "bob"), ("north", "south"), {"ann": [("north",)]})
    >>> env.types["bob"], env.space.items[0], len(env.space.items)
    ((('north',), ('south',), ('north', 'south')), Profile(ann='north', bob='south'), 7)
    """
    players, objects = tuple(players), tuple(objects)
    for what, names in (("player", players), ("object", objects)):
        if not names or len(set(names)) != len(names) or NOTHING in names:
            raise BadInput(f'the {what}s are {names}; name at least one, each once, and none "{NOTHING}"')
    n, m = len(players), len(objects)
    size = sum(math.comb(n, k) * math.perm(m, k) for k in range(min(n, m) + 1))
    if size > MATCHINGS_LIMIT or (len(good or {}) < n and 2**m > MATCHINGS_LIMIT):
        remedy = "declare fewer objects or fewer players"
        raise GameTooLarge("assignments of objects, or sets of them", max(size, 2**m), MATCHINGS_LIMIT, remedy)
    for player in good or {}:
        if player not in players:
            raise BadInput(f'good names a player "{player}"; {nearest(str(player), players)}')
    every = [some for k in range(1, m + 1) for some in itertools.combinations(objects, k)]
    types = {p: tuple(_ordered(some, objects, p) for some in (good or {}).get(p, every)) for p in players}
    guard_types(name, types.values())
    items = sorted(
        {
            tuple(rooms[mine.index(k)] if k in mine else NOTHING for k in range(n))
            for k in range(min(n, m) + 1)
            for mine in itertools.combinations(range(n), k)
            for rooms in itertools.permutations(objects, k)
        },
        key=lambda item: (item.count(NOTHING), [(*objects, NOTHING).index(x) for x in item]),
    )
    outcomes = tuple(Profile(dict(zip(players, item, strict=True))) for item in items)
    return Environment(name, types, Finite(outcomes, swap=swapped), is_good, prior)


def _ordered(some: Collection[str], objects: Sequence[str], player: str) -> tuple[str, ...]:
    for thing in [some] if isinstance(some, str) else some:
        if thing not in objects:
            raise BadInput(f'a type of "{player}" names an object "{thing}"; {nearest(str(thing), objects)}')
    return tuple(thing for thing in objects if thing in some)


def is_good(player: str, outcome: Outcome, type: Any) -> Number:
    """1 if what the player gets is good for her, else 0.

    >>> is_good("ann", Profile({"ann": "north", "bob": "nothing"}), ("north", "south"))
    1
    """
    return int(outcome[player] in type)
