"""Guarantees: an objective at the worst profile of types, and the property of reaching at least so much."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..games.environment import Environment
from ..games.errors import BadInput, GameTooLarge
from ..games.numbers import Number, exact, plain, show
from ..games.outcomes import Outcome
from ..games.profile import Profile
from .cases import Belief, Case, profiles, substitute
from .expectations import AnyRule
from .goals import Objective
from .measures import Measure, as_measure
from .property import ForAll, told

MOST_PROFILES = 20_000  # each is a part of the objective, with rows of its own


def guaranteed(objective: Objective) -> Objective:
    """The objective at the worst profile of declared types, of probability 0 or not (Wald 1950).

    Raises BadInput for an objective that is no smallest of expectations, such as nash_welfare.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> fair = (rw.strategyproof, rw.individually_rational)
    >>> [rw.search(env, rw.Goal(fair, aim)).value for aim in (rw.revenue, guaranteed(rw.revenue))]
    [Fraction(3, 2), 1]
    """
    _smallest(objective, "guaranteed")
    words = (
        f"At the worst profile of types: {objective.words[:1].lower()}{objective.words[1:].rstrip('.')} (Wald 1950)."
    )
    return Objective(f"guaranteed {objective.name}", words, partial(_everywhere, objective))


def at_least(objective: Objective, value: Number) -> ForAll:
    """The objective reaches at least ``value``: a second aim as a requirement (Haimes, Lasdon and Wismer 1971).

    Raises BadInput for an objective that is no smallest of expectations, such as nash_welfare.

    >>> from fractions import Fraction
    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 3), "bob": (1, 3)})
    >>> fair = (rw.strategyproof, rw.individually_rational)
    >>> [rw.search(env, rw.Goal((*fair, at_least(rw.welfare, w)), rw.revenue)).value for w in (2, Fraction(5, 2))]
    [Fraction(9, 4), 2]
    """
    _smallest(objective, "at_least")
    floor = plain(exact(value, "value"))
    words = f"{objective.words.rstrip('.')}: it is at least {show(floor)} (Haimes, Lasdon and Wismer 1971)."
    sides, story = partial(_reaches, objective, floor), partial(_falls_short, objective)
    cases = partial(_parts, objective)
    return ForAll(f"{objective.name} at least {show(floor)}", words, f"≥ {show(floor)}", cases, sides, story)


def _smallest(objective: Objective, name: str) -> None:
    if not isinstance(objective, Objective):
        raise BadInput(f"{name} needs an objective such as rulewright.welfare, not {objective!r}")
    if objective.combine != "min":
        raise BadInput(
            f"{objective.name} is no expectation and no smallest of expectations, so {name} cannot take it; "
            "take one such as egalitarian"
        )


# -- what is guaranteed -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _At:
    """A rule of which all is asked at one profile of types, where it would be asked under the prior."""

    rule: Any
    types: Profile[Any]

    @property
    def name(self) -> str:
        return str(self.rule.name)

    def expect(self, f: Measure | Callable[[Outcome], Number], env: Environment, reports: Any) -> Any:
        if not isinstance(reports, Belief):
            return self.rule.expect(f, env, reports)
        if reports.given is not None:
            raise BadInput("an objective that knows the type of a player is not one for guaranteed")
        values = {var: self.types[var.player] for var in reports.bound}
        return self.rule.expect(as_measure(f).at(values), env, substitute(reports.reports, values))


def _everywhere(objective: Objective, rule: Any, env: Environment) -> list[Any]:
    if env.n_profiles > MOST_PROFILES:
        what = f'profiles of "{env.name}" to guarantee {objective.name} at'
        raise GameTooLarge(what, env.n_profiles, MOST_PROFILES, "declare fewer types or players")
    return [part for types in env.profiles() for part in objective.parts(_At(rule, types), env)]


def _base(objective: Objective) -> Objective | None:
    """What a guaranteed objective guarantees; None for another."""
    inner = objective.parts
    return inner.args[0] if isinstance(inner, partial) and inner.func is _everywhere else None


# -- what is reached --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PartOf(Case):
    """A case about one part of an objective, of which the smallest counts."""

    part: int = 0


def _parts(objective: Objective, env: Environment) -> Iterator[Case]:
    """Each part of the objective; where it is guaranteed, at each profile of types."""
    base = _base(objective)
    if base is None:
        for k in range(len(objective.parts(AnyRule(), env))):
            yield PartOf(Profile(), part=k)
        return
    for case in profiles(env):
        for k in range(len(base.parts(_At(AnyRule(), case.types), env))):
            yield PartOf(case.types, case.reports, part=k)


def _reaches(objective: Objective, floor: Number, rule: Any, env: Environment, case: Any) -> tuple[Any, Any]:
    base = _base(objective)
    parts = objective.parts(rule, env) if base is None else base.parts(_At(rule, case.types), env)
    return parts[case.part], floor


def _falls_short(objective: Objective, rule: Any, env: Environment, case: Case, has: Number, needs: Number) -> str:
    where = f" at {told(case.types)}" if case.types else ""
    return f"{objective.name} is {show(has)}{where}, and {show(needs)} is asked"
