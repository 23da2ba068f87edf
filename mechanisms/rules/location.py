"""Rules for a public place on a line: everybody says where she lives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
def median_location(env: Environment, reports: Profile[Any]) -> Any:
    """The median of the reported places (Black 1948; Moulin 1980).

    Of an even number it is the lower of the two in the middle. Strategyproof, and no other place has a smaller sum of
    distances.

    >>> from rulewright.games.location import location
    >>> env = location({"ann": (0,), "bob": (4,), "cem": (1,)})
    >>> median_location(env, {"ann": 0, "bob": 4, "cem": 1})
    1
    """
    places = _places(env, reports)
    return _at(env, sorted(places)[(len(places) - 1) // 2], "the median")


@mechanism
def mean_location(env: Environment, reports: Profile[Any]) -> Any:
    """The mean of the reported places, which has the smallest sum of squared distances (Feldman and Wilf 2013).

    Not strategyproof: who exaggerates draws it nearer. Raises BadInput where the mean is no point of the environment.

    >>> from rulewright.games.location import location
    >>> env = location({"ann": (0,), "bob": (4,)}, points=range(5))
    >>> mean_location(env, {"ann": 0, "bob": 4})
    2
    """
    places = _places(env, reports)
    return _at(env, exact(Fraction(sum(places), len(places))), "the mean")


@mechanism
def leftmost(env: Environment, reports: Profile[Any]) -> Any:
    """The leftmost of the reported places (Procaccia and Tennenholtz 2013).

    Strategyproof; the largest distance is at most twice the smallest possible.

    >>> from rulewright.games.location import location
    >>> env = location({"ann": (0,), "bob": (4,)})
    >>> leftmost(env, {"ann": 0, "bob": 4})
    0
    """
    return _at(env, min(_places(env, reports)), "the leftmost place")


def phantom_median(phantoms: Sequence[Number]) -> DirectMechanism:
    """The median of the reported places and of fixed ones, the phantoms (Moulin 1980).

    Reports and phantoms together must be of an odd number. With one phantom fewer than there are players these are
    all the rules that are strategyproof, anonymous and Pareto efficient on single-peaked preferences. Raises BadInput.

    >>> from rulewright.games.location import location
    >>> env = location({"ann": (0,), "bob": (4,)}, points=(0, 1, 4))
    >>> phantom_median([1])(env, {"ann": 0, "bob": 4})
    1
    """
    if not isinstance(phantoms, Iterable):
        raise BadInput(f"the phantoms are {phantoms!r}; give a sequence of places, such as ({phantoms!r},)")
    fixed = tuple(number(x, "a phantom") for x in phantoms)
    told = ", ".join(map(show, fixed))
    words = f"The median of the reported places and of {told or 'no phantoms'} (Moulin 1980)."
    return DirectMechanism(partial(_phantom_median, fixed), f"median with phantoms {told}".strip(), words)


def _phantom_median(fixed: tuple[Number, ...], env: Environment, reports: Profile[Any]) -> Any:
    places = [*_places(env, reports), *map(exact, fixed)]
    if len(places) % 2 == 0:
        raise BadInput(f"{len(reports)} players and {len(fixed)} phantoms have no one median; give one phantom more")
    return _at(env, sorted(places)[len(places) // 2], "the median")


def _places(env: Environment, reports: Profile[Any]) -> list[Any]:
    """The reported places, as exact numbers; raises BadInput where the outcomes are no points of a line."""
    points = env.space.items if isinstance(env.space, Finite) else ("",)
    for thing in (*points, *reports.values()):
        if not isinstance(thing, int | float | Fraction):
            raise BadInput(f'the rule places something on a line; "{env.name}" is not made by location(places)')
    return [exact(place) for place in reports.values()]


def _at(env: Environment, place: Any, what: str) -> Any:
    try:
        env.space.point(place)
    except BadInput:
        raise BadInput(
            f'{what} is {show(place)}, which is no point of "{env.name}"; declare it with location(places, points)'
        ) from None
    return place
