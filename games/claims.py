"""Rationing: an amount to divide among players who each have a claim, a need or a favourite share."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from .environment import Environment
from .errors import BadInput, GameTooLarge
from .numbers import Number, exact, number, show
from .outcomes import Finite, Outcome
from .profile import Profile

DIVISION_LIMIT = 100_000


def splits(players: Sequence[str], amount: Number, step: Number) -> tuple[Profile[Number], ...]:
    """All divisions of ``amount`` among the players in multiples of ``step``; raises BadInput, GameTooLarge.

    >>> splits(("ann", "bob"), 1, 0.5)
    (Profile(ann=0, bob=1), Profile(ann=Fraction(1, 2), bob=Fraction(1, 2)), Profile(ann=1, bob=0))
    """
    whole, unit = exact(amount, "the amount"), exact(step, "the step")
    if whole < 0 or unit <= 0 or (Fraction(whole) / unit).denominator != 1:
        raise BadInput(f"the amount is {show(whole)} and the step {show(unit)}; the amount must be a multiple of it")
    units, n = int(whole / Fraction(unit)), len(players)
    size = math.comb(units + n - 1, n - 1)
    if size > DIVISION_LIMIT:
        raise GameTooLarge(f"divisions of {show(whole)}", size, DIVISION_LIMIT, "give a larger step or fewer players")

    def parts(left: int, players_left: int) -> Iterator[tuple[int, ...]]:
        if players_left == 1:
            yield (left,)
            return
        for first in range(left + 1):
            for rest in parts(left - first, players_left - 1):
                yield (first, *rest)

    return tuple(
        Profile({player: exact(k * Fraction(unit)) for player, k in zip(players, each, strict=True)})
        for each in parts(units, n)
    )


def claims(
    claims: Mapping[str, Sequence[Number]],
    estate: Number,
    *,
    step: Number | None = None,
    name: str = "claims",
) -> Environment:
    """An estate to be divided among players with claims; an award beyond the claim is worth nothing (O'Neill 1982).

    A type is the player's true claim, and her utility is what she is awarded up to it. Outcomes are the divisions of
    the estate in multiples of ``step`` (by default the estate divided by 12), as Profiles. Raises BadInput,
    GameTooLarge.

    >>> env = claims({"ann": (1, 2), "bob": (2,)}, estate=2, step=1)
    >>> env.space.items[1], env.utilities("ann").tolist()
    (Profile(ann=1, bob=1), [[0, 1, 1], [0, 1, 2]])
    """
    types = _amounts(claims, "claim")
    unit = Fraction(exact(estate, "the estate"), 12) if step is None else step
    return Environment(name, types, _space(tuple(types), estate, unit), _award)


def _award(player: str, awards: Outcome, claim: Any) -> Number:
    return min(exact(awards[player]), exact(claim))


def rationing(
    peaks: Mapping[str, Sequence[Any]],
    amount: Number,
    *,
    step: Number | None = None,
    name: str = "rationing",
) -> Environment:
    """An amount to be divided, all of it, among players who each like one share best (Sprumont 1991).

    A type is ``(peak, below, above)``: a unit less than the peak costs ``below``, a unit more costs ``above``; a
    plain number is (peak, 1, 1). Outcomes are the divisions in multiples of ``step`` (by default the largest with
    which the amount can be split evenly among any number of the players), as Profiles. Raises BadInput,
    GameTooLarge.

    >>> env = rationing({"ann": (0, 1), "bob": ((1, 2, 1),)}, amount=2, step=1)
    >>> env.space.items[0], env.utilities("ann").tolist(), env.utilities("bob").tolist()
    (Profile(ann=0, bob=2), [[0, -1, -2], [-1, 0, -1]], [[-1, 0, -2]])
    """
    types = {}
    for player, each in peaks.items():
        types[player] = tuple(_peaked(t, player) for t in each)
    unit = Fraction(1, math.lcm(*range(1, len(types) + 1))) if step is None else step
    return Environment(name, types, _space(tuple(types), amount, unit), _distance)


def _peaked(type: Any, player: str) -> tuple[Number, Number, Number]:
    given = type if isinstance(type, tuple) else (type, 1, 1)
    if len(given) != 3:
        raise BadInput(f'a type of "{player}" is {type!r}; it must be a peak or (peak, below, above)')
    peak, below, above = (number(x, f'the type {type!r} of "{player}"') for x in given)
    if peak < 0 or below <= 0 or above <= 0:
        raise BadInput(f'a type of "{player}" is {type!r}; the peak must be at least 0 and both slopes positive')
    return peak, below, above


def _distance(player: str, shares: Outcome, type: Any) -> Number:
    peak, below, above = map(exact, type)
    share = exact(shares[player])
    return -below * (peak - share) if share < peak else -above * (share - peak)


def _space(players: tuple[str, ...], amount: Number, step: Number) -> Finite:
    return Finite(splits(players, amount, step), swap=_swapped)


def _swapped(shares: Outcome, one: str, other: str) -> Outcome:
    return shares | {one: shares[other], other: shares[one]}


def _amounts(given: Mapping[str, Sequence[Number]], what: str) -> dict[str, tuple[Number, ...]]:
    found = {}
    for player, each in given.items():
        checked = tuple(number(t, f'a {what} of "{player}"') for t in each)
        if any(t < 0 for t in checked):
            raise BadInput(f'a {what} of "{player}" is {show(min(checked))}; {what}s are at least 0')
        found[player] = checked
    return found
