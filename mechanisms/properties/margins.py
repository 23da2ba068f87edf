"""Margins: how far a property holds to spare, or by how much it may fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import Number, exact, plain, show
from ...games.profile import Profile
from ..cases import Case, believed, interim_misreports, misreports
from ..measures import Measure
from ..property import ForAll, entry_text, told
from .efficiency import total_value


@dataclass(frozen=True)
class Bounded(Case):
    """A case of an equation that may fail by some amount: whether its ``upper`` bound is asked, or the lower."""

    upper: bool = False


def with_margin(property: ForAll, margin: Number) -> ForAll:
    """The property with a ``margin`` to spare: in every case the first side exceeds the second by at least that much,
    so that players who overlook less than the margin (Akerlof and Yellen 1985) still do as they should.

    A negative margin lets the property fail by as much; an equation then holds within it. The margin is in the units of
    the property: money, utility or probability. Incentive properties ask it of every report but the truth, also where
    two reports lead to the same outcome; so a positive one is meant for randomised rules and for coarse grids of types.
    Raises BadInput for a property that is no inequality of expectations, and for an equation with a positive margin.

    >>> from fractions import Fraction
    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> sure = with_margin(rw.strategyproof, Fraction(1, 10))
    >>> sure.name, rw.verify(rw.mechanisms.second_price, env, sure).status
    ('strategyproof with margin 1/10', 'refuted')
    >>> rw.verify(rw.mechanisms.first_price, env, with_margin(rw.strategyproof, -1)).status
    'proved'
    """
    _inequality(property)
    by = plain(exact(margin, "margin"))
    if property.equal and by > 0:
        raise BadInput(f"{property.name} is an equation, which nothing exceeds; give a margin of at most 0, not {by}")
    if by < 0:
        name, much = f"{property.name} within {show(-by)}", f"failing by at most {show(-by)}"
    else:
        name, much = f"{property.name} with margin {show(by)}", f"with at least {show(by)} to spare"
    words = f"{property.words.rstrip('.')}: {much} (Akerlof and Yellen 1985)."
    cases = partial(_bounds, property) if property.equal else property.cases
    sides, story = partial(sides_with, property, by), partial(story_with, property, by)
    return ForAll(name, words, f"{property.short} {'-' if by < 0 else '+'} {show(max(by, -by))}", cases, sides, story)


def _inequality(property: Any) -> None:
    if not isinstance(property, ForAll):
        name = getattr(property, "name", repr(property))
        raise BadInput(f"{name} is no inequality of expectations, so it has no margin; give one such as strategyproof")


def _bounds(property: ForAll, env: Environment) -> Iterator[Case]:
    """Each case twice: once for the lower bound, once for the upper."""
    for case in property.cases(env):
        if type(case) is not Case:
            raise BadInput(f"{property.name} asks cases of its own kind, so it has no margin")
        given = {field.name: getattr(case, field.name) for field in fields(case)}
        for upper in (False, True):
            yield Bounded(**given, upper=upper)


def sides_with(property: ForAll, margin: Number, rule: Any, env: Environment, case: Case) -> tuple[Any, Any]:
    """The two sides of a property, a margin apart; the margin stands where it is positive."""
    has, needs = property.sides(rule, env, case)
    if isinstance(case, Bounded) and case.upper:
        has, needs = needs, has
    return (has + -exact(margin), needs) if exact(margin) < 0 else (has, needs + margin)


def story_with(
    property: ForAll, margin: Number, rule: Any, env: Environment, case: Case, has: Number, needs: Number
) -> str:
    """The property's own story where it fails without the margin too, else how little there is to spare."""
    by = exact(margin)
    has, needs = exact(has) + min(by, 0), exact(needs) - max(by, 0)
    if has < needs:
        upper = isinstance(case, Bounded) and case.upper
        return property.story(rule, env, case, *((needs, has) if upper else (has, needs)))
    reports = "" if case.reports is None or case.reports == case.types else f", reports {told(case.reports)}"
    who = f" for {case.player}" if case.player else ""
    return (
        f"at {told(case.types)}{reports}{who}: {show(has)} against {show(needs)} leaves {show(has - needs)}, and a "
        f"margin of {show(by)} is asked"
    )


def margin_per_harm(
    property: ForAll, kappa: Number, harmed: Callable[[Environment, Profile[Any]], Measure] = total_value
) -> ForAll:
    """Every misreport costs the liar at least ``kappa`` times the harm it does; Groves' payments make it 1 (Groves
    1973).

    The harm is what ``harmed(env, types)`` loses by the lie, at the true types: by default the sum of utilities before
    payments. A lie that does good lowers the margin instead; require ``property`` itself too where no lie may pay.
    ``property`` is one about misreports, such as strategyproof or bayesian_incentive_compatible. Raises BadInput.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2, 3), "bob": (1, 2, 3)})
    >>> [rw.verify(rw.mechanisms.vcg, env, margin_per_harm(rw.strategyproof, k)).status for k in (1, 2)]
    ['proved', 'refuted']
    """
    if not isinstance(property, ForAll) or property.cases not in (misreports, interim_misreports):
        name = getattr(property, "name", repr(property))
        raise BadInput(f"{name} is not about misreports, which do the harm; give one such as strategyproof")
    rate = plain(exact(kappa, "kappa"))
    if rate < 0:
        raise BadInput(f"kappa is {show(rate)}; a misreport must cost at least 0 times the harm it does")
    times = "the harm" if rate == 1 else f"{show(rate)} times the harm"
    words = f"Every misreport costs the liar at least {times} that it does to all (Groves 1973): {property.words}"
    sides = partial(_harm_sides, property, rate, harmed)
    story = partial(_harm_story, property, rate, harmed)
    name = f"{property.name} with margin {show(rate)} per harm"
    return ForAll(name, words, f"{property.short} + {show(rate)} harm", property.cases, sides, story)


def _harm_sides(
    property: ForAll, kappa: Number, harmed: Any, rule: Any, env: Environment, case: Case
) -> tuple[Any, Any]:
    has, needs = property.sides(rule, env, case)
    if property.cases is misreports:
        truth, lie, types = case.types, case.reports, case.types
    else:
        truth, lie = believed(env, case)  # type: ignore[assignment]
        types = truth.reports  # type: ignore[attr-defined]
    total = harmed(env, types)
    return has, needs + kappa * (rule.expect(total, env, truth) - rule.expect(total, env, lie))


def _harm_story(
    property: ForAll, kappa: Number, harmed: Any, rule: Any, env: Environment, case: Case, has: Number, needs: Number
) -> str:
    gets = property.sides(rule, env, case)[1]
    cost, due = exact(has) - exact(gets), exact(needs) - exact(gets)
    if cost < 0:
        return property.story(rule, env, case, has, gets)
    who, others = case.player, case.types.without(case.player)
    assert case.reports is not None
    setting = f" while the others report {told(others)}" if others else ""
    return (
        f"{who}, whose true type is {entry_text(case.types[who])}, loses {show(cost)} by reporting "
        f"{entry_text(case.reports[who])}{setting}, and must lose at least {show(due)} for the harm it does"
    )
