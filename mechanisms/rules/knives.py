"""Moving knives: where they are at every moment, exactly, when all players are honest."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction

from ...games.cake import Division, Divisions, Exact, divisions, mark, value_of
from ...games.environment import Environment, Type
from ...games.errors import BadInput
from ...games.numbers import exact
from ...games.outcomes import Outcome
from ...games.profile import Profile
from ..rule import mechanism

Lead = tuple[Fraction, Fraction]
Moment = tuple[Exact, tuple[Lead, ...]]


@mechanism
def stromquist(env: Environment, reports: Profile[Type]) -> Outcome:
    """A sword moves from the left over the cake while each of three players holds her knife in the middle of what is
    right of it; who first finds the piece left of the sword no worse than those next to the middle knife takes it, and
    that knife parts the others (Stromquist 1980).

    Who of the others has her knife further left gets the middle piece. If several call at once, the one named first
    counts; of knives in the same place, that of the one named first is further left. Envy-free with connected pieces,
    which no finite protocol of cuts and marks achieves (Stromquist 2008). The knives move without a jump where every
    cell is worth something to every player, and that is asked. Not strategyproof.

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 1, 1)], "bob": [(4, 1, 1)], "cem": [(1, 1, 4)]})
    >>> print(stromquist(env, {"ann": (1, 1, 1), "bob": (4, 1, 1), "cem": (1, 1, 4)}))
    ann [1/5, 3/5]; bob [0, 1/5]; cem [3/5, 1]
    """
    space = divisions(env)
    if len(env.players) != 3:
        raise BadInput(f"stromquist is for 3 players; there are {len(env.players)}: {', '.join(env.players)}")
    for player, type in reports.items():
        if not all(space.values(type)):
            raise BadInput(
                f'the type {type!r} of "{player}" has a cell worth nothing, over which a knife would jump; every cell '
                "must be worth something to every player"
            )
    moments = [(sword, _leads(space, reports, sword)) for sword in _moments(space, reports)]
    sword, caller = next(
        min(calls)
        for before, after in itertools.pairwise(moments)
        if (calls := [(at, k) for k in range(3) for at in _call(before, after, k)])
    )
    knives = _knives(space, reports, sword)
    others = sorted((p for k, p in enumerate(env.players) if k != caller), key=lambda p: knives[p])
    middle = sorted(knives.values())[1]
    pieces = {env.players[caller]: (0, sword), others[0]: (sword, middle), others[1]: (middle, 1)}
    return Division({player: (pieces[player],) for player in env.players})


def _knives(space: Divisions, types: Profile[Type], sword: Exact) -> dict[str, Exact]:
    """Each player's knife: the middle, by her worth, of what is right of the sword."""
    right = {p: Fraction(value_of(space, t, ((sword, 1),))) for p, t in types.items()}
    return {p: mark(space, t, sword, right[p] / 2) for p, t in types.items()}


def _moments(space: Divisions, types: Profile[Type]) -> list[Exact]:
    """Places of the sword between which all knives move evenly and keep their order."""
    found: set[Exact] = set(space.breakpoints)
    for type in types.values():
        for point in space.breakpoints:  # where this player's knife comes to the end of a cell
            left = 2 * Fraction(value_of(space, type, ((0, point),))) - sum(map(Fraction, space.values(type)))
            if left > 0:
                found.add(mark(space, type, 0, left))
    for low, high in itertools.pairwise(sorted(found)):
        here, there = _knives(space, types, low), _knives(space, types, high)
        for one, other in itertools.combinations(types, 2):
            before, after = Fraction(here[one]) - here[other], Fraction(there[one]) - there[other]
            if before * after < 0:  # one knife overtakes the other
                found.add(exact(low + (high - low) * before / (before - after)))
    return sorted(found)


def _call(one: Moment, other: Moment, k: int) -> Iterator[Exact]:
    """The first place between two moments where the left piece is the best to player number ``k``, if there is one."""
    (low, leads), (high, later) = one, other
    start = low
    # In between the leads are linear; and as no knife overtakes another, the better of the other two pieces stays so.
    for before, after in zip(leads[k], later[k], strict=True):
        if before < 0 and after < 0:
            return
        if before < 0:
            start = max(start, exact(low + (high - low) * before / (before - after)))
    yield start


def _leads(space: Divisions, types: Profile[Type], sword: Exact) -> tuple[Lead, ...]:
    """By how much the left piece is better to each player than the middle one and than the right one."""
    middle = sorted(_knives(space, types, sword).values())[1]
    parts = ((0, sword), (sword, middle), (middle, 1))
    worths = ([Fraction(value_of(space, type, (part,))) for part in parts] for type in types.values())
    return tuple((left - centre, left - right) for left, centre, right in worths)
