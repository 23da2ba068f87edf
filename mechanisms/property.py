"""Properties: for every case, one expectation is at least another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from ..games.environment import Environment
from ..games.normal_form import NormalForm
from ..games.numbers import Number, show
from ..games.profile import Profile
from .cases import Case
from .decorated import Decorated, first_paragraph

Sides = Callable[[Any, Environment, Case], tuple[Any, Any]]
Story = Callable[[Any, Environment, Case, Number, Number], str]


class Property(Protocol):
    """What every property has: a name, and one sentence that says what it means."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def words(self) -> str:
        """Its definition in one sentence, with the source."""


@dataclass(frozen=True, eq=False)
class ForAll(Decorated):
    """A property of rules: in every case, the first side is at least (or equal to) the second.

    ``cases(env)`` yields the cases, with variables; ``sides(rule, env, case)`` returns the two sides. Usually made
    by :func:`for_all`.
    """

    name: str
    words: str
    short: str
    cases: Callable[[Environment], Iterator[Case]]
    sides: Sides
    story: Story
    equal: bool = False

    def _function(self) -> Callable[..., Any]:
        return self.sides

    def __str__(self) -> str:
        return f"{self.name} ({self.short}): {self.words}"


def for_all(
    cases: Callable[[Environment], Iterator[Case]],
    short: str,
    *,
    equal: bool = False,
    story: Story | None = None,
) -> Callable[[Sides], ForAll]:
    """Make a property of ``def name(rule, env, case): return has, needs``, whose docstring defines it.

    ``cases`` is one of the quantifiers of :mod:`rulewright.mechanisms.cases`; with ``equal`` the sides must agree;
    ``story(rule, env, case, has, needs)`` tells a counterexample in one sentence.

    >>> from rulewright.mechanisms.cases import players
    >>> from rulewright.mechanisms.measures import worth
    >>> @for_all(players, "half")
    ... def at_least_a_half(rule, env, case):
    ...     "Every player ends up with at least 1/2."
    ...     from fractions import Fraction
    ...     u = worth(env, case.player, case.types[case.player])
    ...     return rule.expect(u, env, case.reports), Fraction(1, 2)
    >>> at_least_a_half.name
    'at_least_a_half'
    """

    def make(sides: Sides) -> ForAll:
        return ForAll(sides.__name__, first_paragraph(sides), short, cases, sides, story or plain_story, equal)

    return make


def plain_story(rule: Any, env: Environment, case: Case, has: Number, needs: Number) -> str:
    """The facts of a case, for a property without a story of its own."""
    who = f" for {case.player}" if case.player else ""
    return f"at {told(case.types)}{who}: {show(has)}, and {show(needs)} is needed"


def told(profile: Profile[Any]) -> str:
    """A profile in words: ``ann = 3, bob = 2``.

    >>> told(Profile({"ann": 3, "bob": 2}))
    'ann = 3, bob = 2'
    """
    return ", ".join(f"{player} = {entry_text(entry)}" for player, entry in profile.items())


def entry_text(entry: Any) -> str:
    """A type as people write it: tuples of numbers without the noise of Fraction(1, 2)."""
    if isinstance(entry, tuple):
        return "(" + ", ".join(map(entry_text, entry)) + ")"
    return str(entry)


@dataclass(frozen=True)
class Comparison:
    """Player gets more (or no less) at the profile ``better`` than at ``worse``."""

    player: str
    better: Profile[str]
    worse: Profile[str]


@dataclass(frozen=True, eq=False)
class GameProperty:
    """A property of normal forms: in every comparison the first payoff is larger (or, not ``strict``, no less)."""

    name: str
    words: str
    comparisons: Callable[[NormalForm], Iterator[Comparison]]
    strict: bool

    def __str__(self) -> str:
        return f"{self.name}: {self.words}"


@dataclass(frozen=True, eq=False)
class Finding:
    """What a property's own check found at a case: what there is, what is needed, and the story."""

    case: Case
    has: Number
    needs: Number
    sentence: str
    witness: Any = None


@dataclass(frozen=True, eq=False)
class OwnCheck(Decorated):
    """A property that is no inequality of expectations: it examines the rule at each profile itself.

    ``examine(rule, env, case)`` returns a Finding where the property fails at the case, else None.
    """

    name: str
    words: str
    short: str
    cases: Callable[[Environment], Iterator[Case]]
    examine: Callable[[Any, Environment, Case], Finding | None]

    def _function(self) -> Callable[..., Any]:
        return self.examine

    def __str__(self) -> str:
        return f"{self.name} ({self.short}): {self.words}"


def examined(
    cases: Callable[[Environment], Iterator[Case]], short: str
) -> Callable[[Callable[[Any, Environment, Case], Finding | None]], OwnCheck]:
    """Make a property with its own check of ``def name(rule, env, case)``, which returns a Finding where it fails.

    >>> from rulewright.mechanisms.cases import profiles
    >>> @examined(profiles, "SURE")
    ... def never_by_chance(rule, env, case):
    ...     "The outcome is never left to chance."
    ...     outcome, _ = rule.result(env, case.reports)
    ...     return Finding(case, 0, 1, "a lottery is drawn") if isinstance(outcome, Lottery) else None
    >>> never_by_chance.words
    'The outcome is never left to chance.'
    """
    return lambda examine: OwnCheck(examine.__name__, first_paragraph(examine), short, cases, examine)
