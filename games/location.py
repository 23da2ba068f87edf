"""Location: a public place on a line, and everybody would have it where she lives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from .environment import Environment, guard_types
from .errors import BadInput
from .numbers import Number, exact, number
from .outcomes import Finite, Outcome


def location(
    places: Mapping[str, Sequence[Number]],
    points: Sequence[Number] | None = None,
    *,
    prior: Mapping[Any, Any] | None = None,
    name: str = "location",
) -> Environment:
    """A public place on a line; a type is where the player lives, and distance is what she dislikes (Moulin 1980;
    Procaccia and Tennenholtz 2013).

    Outcomes are the ``points`` (by default wherever somebody may live, from left to right), and a place x is worth
    -|x - t| to a player who lives at t. There is no money. Raises BadInput.

    >>> env = location({"ann": (0, 1), "bob": (3,)})
    >>> env.space.items, env.utilities("ann").tolist()
    ((0, 1, 3), [[0, -1, -3], [-1, 0, -2]])
    """
    for player, each in places.items():
        if not isinstance(each, Iterable):
            raise BadInput(f'the places of "{player}" are {each!r}; give a sequence of places where she may live')
    guard_types(name, places.values())
    types = {player: tuple(number(t, f'a place of "{player}"') for t in each) for player, each in places.items()}
    if points is None:
        listed = sorted({t for each in types.values() for t in each})
        if not listed:
            raise BadInput(f'nobody lives anywhere in "{name}"; give each player at least one place')
    else:
        listed = [number(x, "a point") for x in points]
    return Environment(name, types, Finite(tuple(listed), swap=_unchanged), _distance, prior)


def _distance(player: str, point: Outcome, place: Any) -> Number:
    return -abs(Fraction(exact(point)) - exact(place))


def _unchanged(point: Outcome, one: str, other: str) -> Outcome:
    """A public place is the same for all: in each other's stead two players would have it just the same."""
    return point
