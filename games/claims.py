"""Rationing: an amount to divide among players who each have a claim, a need or a favourite share."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from .environment import Environment
from .errors import BadInput, GameTooLarge
from .numbers import Number, exact, number, show
from .outcomes import Finite, Outcome, swapped
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
    rules: Iterable[Any] = (),
    name: str = "claims",
) -> Environment:
    """An estate to be divided among players with claims; an award beyond the claim is worth nothing (O'Neill 1982).

    A type is the player's true claim, and her utility is what she is awarded up to it. Outcomes are the divisions of
    the estate in multiples of ``step`` (by default the estate divided by 12), as Profiles, and what each of ``rules``
    gives at some profile of types, whoever then gets which share: rules for claims, or functions
    ``shares(estate, claims)``. Raises BadInput, GameTooLarge.

    >>> env = claims({"ann": (1, 2), "bob": (2,)}, estate=2, step=1)
    >>> env.space.items[1], env.utilities("ann").tolist()
    (Profile(ann=1, bob=1), [[0, 1, 1], [0, 1, 2]])
    """
    types = _amounts(claims, "claim")
    unit = Fraction(exact(estate, "the estate"), 12) if step is None else step
    items = splits(tuple(types), estate, unit)
    ways = [getattr(rule, "shares", rule) for rule in rules]
    size = math.prod(map(len, types.values())) * math.factorial(len(types))
    if ways and size > DIVISION_LIMIT:
        raise GameTooLarge("divisions by the rules", size, DIVISION_LIMIT, "declare fewer types or fewer players")
    given = [
        Profile({p: exact(x) for p, x in way(estate, Profile(dict(zip(types, each, strict=True)))).items()})
        for way in ways
        for each in itertools.product(*types.values())
    ]
    if any(sum(shares.values()) != exact(estate) or min(shares.values()) < 0 for shares in given):
        raise BadInput(f"a rule divides another amount than the estate of {show(exact(estate))}")
    return Environment(name, types, Finite(tuple(dict.fromkeys((*items, *exchanged(given)))), swap=swapped), _award)


def exchanged(divisions: Iterable[Profile[Any]]) -> Iterator[Profile[Any]]:
    """Every division, and then what becomes of it when players exchange what they get, in every way.

    >>> [tuple(each.values()) for each in exchanged([Profile({"ann": 1, "bob": 2})])]
    [(1, 2), (2, 1)]
    """
    for each in dict.fromkeys(divisions):
        yield from (Profile(dict(zip(each, order, strict=True))) for order in itertools.permutations(each.values()))


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
    return Environment(name, types, Finite(splits(tuple(types), amount, unit), swap=swapped), _distance)


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


def _amounts(given: Mapping[str, Sequence[Number]], what: str) -> dict[str, tuple[Number, ...]]:
    found = {}
    for player, each in given.items():
        checked = tuple(number(t, f'a {what} of "{player}"') for t in each)
        if any(t < 0 for t in checked):
            raise BadInput(f'a {what} of "{player}" is {show(min(checked))}; {what}s are at least 0')
        found[player] = checked
    return found


def estate_of(env: Environment) -> int | Fraction:
    """The amount that is divided; raises BadInput if the outcomes are no divisions of an amount.

    >>> estate_of(claims({"ann": (1, 2), "bob": (2,)}, estate=2, step=1))
    2
    """
    first = env.space.items[0] if isinstance(env.space, Finite) else None
    if not isinstance(first, Profile) or not all(isinstance(x, int | float | Fraction) for x in first.values()):
        raise BadInput(f'the rule divides an amount, and the outcomes of "{env.name}" are no divisions of one')
    return exact(sum(map(exact, first.values())))
