"""Expectations of a rule not yet known: what a property's two sides become when they are run on variables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..games.environment import Environment
from ..games.numbers import Number, exact, plain
from ..games.outcomes import Outcome
from ..games.profile import Profile
from .cases import Belief, Untraceable, unmask, unmasked
from .measures import (
    FunctionOf,
    Measure,
    Part,
    PaymentOf,
    RankOf,
    UtilityOf,
    as_measure,
    unmasked_measure,
    unmasked_part,
    variables_of,
)


@dataclass(frozen=True)
class Term:
    """coefficient * expectation of one part of a measure under reports."""

    coefficient: Number
    part: Part
    reports: Profile[Any] | Belief

    @property
    def belief(self) -> Belief | None:
        """What is believed of the reports, where they are not known."""
        return self.reports if isinstance(self.reports, Belief) else None

    @property
    def slots(self) -> Profile[Any]:
        """The report of each player: a variable or a type."""
        return self.reports.reports if isinstance(self.reports, Belief) else self.reports


@dataclass(frozen=True)
class Highest:
    """coefficient * the most that a measure can reach over all outcomes."""

    coefficient: Number
    measure: Measure


@dataclass(frozen=True)
class Expectation:
    """A linear expression: terms in the rule, best possible values, and a constant."""

    terms: tuple[Term, ...] = ()
    highest: tuple[Highest, ...] = ()
    constant: Number = 0

    def __add__(self, other: Expectation | Number) -> Expectation:
        if isinstance(other, Expectation):
            return Expectation(
                self.terms + other.terms, self.highest + other.highest, exact(self.constant) + exact(other.constant)
            )
        return Expectation(self.terms, self.highest, exact(self.constant) + exact(other))

    __radd__ = __add__

    def __mul__(self, factor: Number) -> Expectation:
        by = exact(factor)
        return Expectation(
            tuple(Term(by * exact(t.coefficient), t.part, t.reports) for t in self.terms),
            tuple(Highest(by * exact(h.coefficient), h.measure) for h in self.highest),
            by * exact(self.constant),
        )

    __rmul__ = __mul__

    def __truediv__(self, factor: Number) -> Expectation:
        return self * Fraction(1, exact(factor))

    def __neg__(self) -> Expectation:
        return self * -1

    def __sub__(self, other: Expectation | Number) -> Expectation:
        return self + -other

    def __rsub__(self, other: Number) -> Expectation:
        return -self + other

    def _refuse(self, *_: object) -> bool:
        raise Untraceable("it compares an expectation")

    __bool__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse


@dataclass(frozen=True)
class AnyRule:
    """A rule not yet known: its expectations stay expressions."""

    name: str = "any rule"

    def expect(self, f: Measure | Callable[[Outcome], Number], env: Environment, reports: Any) -> Expectation:
        """The expectation of ``f`` as an expression in the rule."""
        return Expectation(tuple(Term(exact(c), part, reports) for c, part in as_measure(f).parts))


def unmasked_expectation(side: Expectation) -> Expectation:
    """The expression with the variables behind its masks."""

    def reports(given: Profile[Any] | Belief) -> Profile[Any] | Belief:
        if isinstance(given, Belief):
            known = None if given.given is None else (given.given[0], unmask(given.given[1]))
            return Belief(unmasked(given.reports), given.bound, known)
        return unmasked(given)

    return Expectation(
        tuple(Term(t.coefficient, unmasked_part(t.part), reports(t.reports)) for t in side.terms),
        tuple(Highest(h.coefficient, unmasked_measure(h.measure)) for h in side.highest),
        side.constant,
    )


def as_expectation(side: Expectation | Number) -> Expectation:
    """A plain number as an expression."""
    return side if isinstance(side, Expectation) else Expectation(constant=exact(side))


def highest(env: Environment, measure: Measure) -> Any:
    """The most that a measure without payments can reach over all outcomes (lotteries and shares included).

    >>> import rulewright as rw
    >>> from rulewright.mechanisms.measures import value
    >>> env = rw.games.allocation({"ann": (1, 3), "bob": (2,)})
    >>> highest(env, value(env, "ann", 3) + value(env, "bob", 2))
    3
    """
    if any(variables_of(part) for _, part in measure.parts):
        return Expectation(highest=(Highest(1, measure),))
    total = [exact(0)] * env.space.dimension
    for coefficient, part in measure.parts:
        for k, u in enumerate(coefficients(env, part)):
            total[k] += exact(coefficient) * exact(u)
    best = exact(0)
    for group in env.space.groups:
        most = max(total[k] for k in group.coordinates)
        best += most if group.exactly else max(most, 0)
    return plain(best)


def coefficients(env: Environment, part: Part) -> Any:
    """The coefficients of a part without variables in the coordinates of the outcome space."""
    if isinstance(part, UtilityOf):
        if env.interdependent:
            place = tuple(env.position(p, t) for p, t in part.type.items())
            return env.joint_utilities(part.player, part.share_of)[place]
        return env.utilities(part.player, part.share_of)[env.position(part.player, part.type)]
    if isinstance(part, RankOf):
        return env.upper_sets(part.player, part.k, part.share_of)[env.position(part.player, part.type)]
    if isinstance(part, FunctionOf):
        return env.space.functional(part.function)
    assert isinstance(part, PaymentOf)
    raise TypeError("the most that can be paid is not a property of the outcomes")
