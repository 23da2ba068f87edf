"""Answers: what a rule does at every profile, against which a form is held until it differs."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput, GameTooLarge
from ...games.lottery import Lottery
from ...games.numbers import exact, plain, show
from ...games.outcomes import Finite, Outcome
from ...games.profile import Profile
from ...mechanisms.table import Table

MOST_PROFILES = 200_000
Choose = Callable[[Environment, Profile[Any]], Outcome]
Amounts = Callable[[Choose, Environment, Profile[Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class Choice:
    """A way to choose: ``choose(env, reports)`` is an outcome or a Lottery; ``kind`` says which form it has.

    ``detail`` is what is fitted to the table, such as a reserve, in words.
    """

    name: str
    words: str
    choose: Choose
    kind: str = ""
    detail: str = ""
    leaves: int = 0


@dataclass(frozen=True)
class Charge:
    """A way to charge, given how it is chosen: ``amounts(choose, env, reports)`` is what each player pays."""

    name: str
    words: str
    amounts: Amounts
    kind: str = ""
    detail: str = ""
    leaves: int = 0


@dataclass(frozen=True, eq=False)
class Answers:
    """The points and payments of a rule at all profiles, in rationals."""

    env: Environment
    table: Table
    profiles: list[Profile[Any]]
    points: list[dict[int, Fraction]]
    paid: list[tuple[Fraction, ...]] | None

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """What is chosen at each profile."""
        return [self.env.space.outcome({k: plain(w) for k, w in point.items()}) for point in self.points]

    @cached_property
    def ever(self) -> tuple[int, ...]:
        """The coordinates that are positive at some profile."""
        return tuple(sorted({k for point in self.points for k in point}))

    @cached_property
    def sure(self) -> bool:
        """Whether nothing is ever drawn by lot (of a finite list)."""
        return all(len(point) == 1 for point in self.points)

    def choose(self, env: Environment, reports: Profile[Any]) -> Outcome:
        """What the rule chooses: the table itself as a way to choose."""
        return self.outcomes[env.place(reports)]

    def probes(self) -> Iterator[int]:
        """The numbers of all profiles, in leaps: near profiles are alike, and a wrong form should fall soon."""
        n = len(self.profiles)
        step = next(k for k in range(round(n * 0.618), 2 * n + 2) if math.gcd(k, n) == 1)
        return ((k * step) % n for k in range(n))

    def chosen_by(self, choice: Choice) -> bool:
        """Whether the choice is that of the rule at every profile."""
        space = self.env.space
        try:
            for p in self.probes():
                point = space.point(choice.choose(self.env, self.profiles[p]))
                if {k: exact(w) for k, w in point.items() if w} != self.points[p]:
                    return False
        except BadInput:  # a rule of the library that was made for other environments
            return False
        return True

    def charged_by(self, charge: Charge) -> bool:
        """Whether the charge, at the choices of the rule, is that of the rule at every profile."""
        assert self.paid is not None
        if hasattr(charge.amounts, "everywhere"):
            rows = charge.amounts.everywhere(self.env, self.outcomes)
            return all(tuple(row) == paid for row, paid in zip(rows, self.paid, strict=True))
        for p in self.probes():
            amounts = charge.amounts(self.choose, self.env, self.profiles[p])
            if any(exact(amounts[i]) != x for i, x in zip(self.env.players, self.paid[p], strict=True)):
                return False
        return True


def answers_of(env: Environment, table: Table) -> Answers:
    """The table of a rule, profile by profile. Raises GameTooLarge."""
    if env.n_profiles > MOST_PROFILES:
        remedy = "describe the rule in a smaller environment of the same kind"
        raise GameTooLarge(f'profiles of a rule to describe in "{env.name}"', env.n_profiles, MOST_PROFILES, remedy)
    paid = None
    if table.payments is not None:
        amount = {int(x): Fraction(int(x), table.pay_scale) for x in set(table.payments.reshape(-1).tolist())}
        paid = [tuple(amount[int(x)] for x in row) for row in table.payments]
    elif env.transfers is not None:
        paid = [(Fraction(0),) * len(env.players)] * env.n_profiles
    return Answers(env, table, list(env.profiles()), [table.point(p) for p in range(env.n_profiles)], paid)


def chances(outcome: Outcome) -> Mapping[Any, Any]:
    """An outcome or a lottery as outcomes with their probabilities.

    >>> chances("a")
    {'a': 1}
    """
    return outcome if isinstance(outcome, Lottery) else {outcome: 1}


def label(env: Environment, k: int) -> str:
    """What coordinate number k is called: of an outcome that gives things to players, what each gets."""
    item = env.space.items[k] if isinstance(env.space, Finite) else None
    if isinstance(item, Mapping):
        return ", ".join(f"{p} {x}" for p, x in item.items())
    return env.space.labels[k]


def told_point(env: Environment, point: Mapping[int, Any]) -> str:
    """A point in a few words: the outcome, or the outcomes and shares with their sizes.

    >>> import rulewright as rw
    >>> told_point(rw.games.voting(("ann",), ("a", "b")), {0: Fraction(1, 3), 1: Fraction(2, 3)})
    '1/3 a, 2/3 b'
    """
    parts = [(label(env, k), plain(Fraction(exact(w)))) for k, w in sorted(point.items()) if w]
    return ", ".join(name if w == 1 else f"{show(w)} {name}" for name, w in parts if name != "1") or "nothing"


def evenly(outcomes: Sequence[Hashable]) -> Outcome:
    """One of these outcomes, each with the same probability."""
    return outcomes[0] if len(outcomes) == 1 else Lottery(dict.fromkeys(outcomes, Fraction(1, len(outcomes))))


def types_of(env: Environment, player: str) -> tuple[Any, ...]:
    """The types of a player."""
    return env.types[player]


def is_number(value: object) -> bool:
    """Whether a type is a number."""
    return isinstance(value, int | float | Fraction)


def numeric(env: Environment) -> bool:
    """Whether every type of every player is a number."""
    return all(is_number(t) for each in env.types.values() for t in each)


def ranked(env: Environment, player: str) -> bool:
    """Whether the types of a player are rankings of the same things (tuples of numbers are values, not rankings)."""
    first = env.types[player][0]
    return (
        isinstance(first, tuple)
        and not any(map(is_number, first))
        and all(
            isinstance(t, tuple) and len(t) == len(first) and set(t) == set(first) == set(t) and len(set(t)) == len(t)
            for t in env.types[player]
        )
    )


def listed(env: Environment) -> bool:
    """Whether the outcomes are a finite list and each player's utility depends on her own type alone."""
    return isinstance(env.space, Finite) and not env.interdependent


def ordered(items: Sequence[Any], before: set[tuple[Any, Any]]) -> list[Any] | None:
    """The items so that a comes before b for every pair (a, b), else in the order given; None of a circle.

    >>> ordered("abc", {("c", "a")}), ordered("ab", {("a", "b"), ("b", "a")})
    (['b', 'c', 'a'], None)
    """
    left, found = list(items), []
    waits = dict.fromkeys(left, 0)
    later: dict[Any, list[Any]] = {x: [] for x in left}
    for a, b in before:
        waits[b] += 1
        later[a].append(b)
    while left:
        free = next((x for x in left if not waits[x]), None)
        if free is None:
            return None
        left.remove(free)
        found.append(free)
        for b in later[free]:
            waits[b] -= 1
    return found
