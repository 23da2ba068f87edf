"""What is asked of voting rules: who should win, and what may not change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ...games.environment import Environment
from ...games.numbers import Number, exact, show
from ...games.profile import Profile
from ..cases import Case, anyone, profiles
from ..measures import Measure, as_measure
from ..property import Finding, entry_text, examined, for_all, told
from ..rules.ballots import candidates_of, rankings
from ..rules.tournaments import margins


def chance(outcome: Any) -> Measure:
    """Whether an outcome is the one chosen: its expectation is a probability.

    >>> from rulewright.games.preferences import voting
    >>> from rulewright.mechanisms.rules.voting import random_dictatorship
    >>> env = voting(("ann", "bob"), ("a", "b"))
    >>> random_dictatorship.expect(chance("a"), env, {"ann": ("a", "b"), "bob": ("b", "a")})
    Fraction(1, 2)
    """
    is_chosen: Callable[[Any], Number] = lambda x: int(x == outcome)  # noqa: E731
    return as_measure(is_chosen)


@examined(profiles, "CONDORCET")
def condorcet_consistent(rule: Any, env: Environment, case: Case) -> Finding | None:
    """A candidate who beats every other by a majority of the voters wins for sure (Condorcet 1785).

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import voting
    >>> from rulewright.mechanisms import copeland, dictatorship
    >>> env = voting(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> rw.verify(copeland, env, condorcet_consistent).status
    'proved'
    >>> print(rw.verify(dictatorship("ann"), env, condorcet_consistent).counterexample)
    at ann = (a, b, c), bob = (b, a, c), cem = (b, a, c) a majority prefers b to each other candidate, and b wins with \
probability 0
    """
    candidates, margin = candidates_of(env), margins(env, case.types)
    for x in candidates:
        if all(margin[x, y] > 0 for y in candidates if y != x):
            has = exact(rule.expect(chance(x), env, case.reports))
            if has < 1:
                sentence = (
                    f"at {told(case.types)} a majority prefers {x} to each other candidate, and {x} wins with "
                    f"probability {show(has)}"
                )
                return Finding(case, has, 1, sentence, x)
    return None


@dataclass(frozen=True)
class Lift(Case):
    """A case in which the player's report raises one candidate and leaves the order of the others."""

    candidate: Any = None


def _lifts(env: Environment) -> Iterator[Case]:
    """Every voter, every ranking of hers, every candidate, every ranking of hers that ranks only that one higher."""
    everybody = anyone(env)
    rankings(env, Profile({player: env.types[player][0] for player in env.players}))
    for player in env.players:
        for before in env.types[player]:
            for after in env.types[player]:
                x = _lifted(before, after)
                if x is not None:
                    yield Lift(everybody | {player: before}, everybody | {player: after}, player, candidate=x)


def _lifted(before: Any, after: Any) -> Any:
    """The candidate that alone has been raised; None if there is none.

    >>> _lifted(("a", "b", "c"), ("c", "a", "b")), _lifted(("a", "b", "c"), ("c", "b", "a"))
    ('c', None)
    """
    k = next((k for k, (x, y) in enumerate(zip(before, after, strict=True)) if x != y), None)
    if k is None:
        return None
    x = after[k]
    return x if [y for y in before if y != x] == [y for y in after if y != x] else None


def _fell(rule: Any, env: Environment, case: Any, has: Number, needs: Number) -> str:
    before, after = entry_text(case.types[case.player]), entry_text(case.reports[case.player])
    others = case.types.without(case.player)
    setting = f" while the others report {told(others)}" if others else ""
    return (
        f"{case.player} raises {case.candidate} from {before} to {after}{setting}, and the probability that "
        f"{case.candidate} wins falls from {show(needs)} to {show(has)}"
    )


@for_all(_lifts, "MONOTONE", story=_fell)
def monotone(rule: Any, env: Environment, case: Any) -> tuple[Any, Any]:
    """A voter who raises a candidate, and leaves the order of the others, never makes the candidate less likely to
    win (Zwicker 2016).

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import voting
    >>> from rulewright.mechanisms import borda
    >>> env = voting(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> rw.verify(borda, env, monotone).status
    'proved'
    """
    wins = chance(case.candidate)
    return rule.expect(wins, env, case.reports), rule.expect(wins, env, case.types)
