"""Outcomes that a property with a check of its own excludes, profile by profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ....games.environment import Environment
from ....games.errors import BadInput, GameTooLarge
from ....games.outcomes import Finite, Outcome
from ....games.profile import Profile
from ....mechanisms.property import OwnCheck

MOST = 500_000  # outcomes at profiles that are examined


class Elsewhere(Exception):
    """The property looked at more than the outcome at the profile it was asked about."""


@dataclass(frozen=True)
class Here:
    """A rule of which only the outcome at one profile is known."""

    reports: Profile[Any]
    outcome: Outcome
    name: str = "a rule"

    def result(self, env: Environment, reports: Profile[Any]) -> tuple[Outcome, Profile[int]]:
        """The outcome there; raises Elsewhere at any other profile."""
        if reports != self.reports:
            raise Elsewhere
        return self.outcome, Profile(dict.fromkeys(env.players, 0))

    def __getattr__(self, name: str) -> Any:
        raise Elsewhere


def excluded(env: Environment, property: Any) -> set[int]:
    """The columns p * outcomes + k that the property rules out: outcome k at profile p.

    Raises BadInput for a property that asks for more than what is chosen at each profile, one after the other.
    """
    if not isinstance(property, OwnCheck) or not isinstance(env.space, Finite) or env.transfers is not None:
        raise BadInput(
            f"{property.name} is no inequality of expectations, so an integer program cannot require it here; search "
            "a family of rules instead (family=...)"
        )
    size = env.space.dimension
    env.guard()
    if env.n_profiles * size > MOST:
        raise GameTooLarge(
            f'outcomes at profiles of "{env.name}" to examine', env.n_profiles * size, MOST, "declare fewer types"
        )
    found: set[int] = set()
    for symbolic in property.cases(env):
        for case in symbolic.concrete(env):
            if case.reports is None or tuple(case.reports) != env.players:
                raise _more_than_one(property)
            p = env.place(case.reports)
            for k, outcome in enumerate(env.space.items):
                try:
                    if property.examine(Here(case.reports, outcome), env, case) is not None:
                        found.add(p * size + k)
                except Elsewhere:
                    raise _more_than_one(property) from None
    return found


def _more_than_one(property: OwnCheck) -> BadInput:
    return BadInput(
        f"{property.name} looks at more than one profile at a time, so an integer program cannot require it; search a "
        "family of rules instead (family=...)"
    )
