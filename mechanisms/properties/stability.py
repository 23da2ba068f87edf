"""Stability: nobody, and no group, would rather go their own way."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from functools import partial
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.lottery import Lottery
from ...games.profile import Profile
from ..cases import Case, profiles
from ..decorated import first_paragraph
from ..property import Finding, OwnCheck, told
from ..rules.assignment import Priorities, checked_priorities, owned, ranked_objects


def stable(priorities: Priorities) -> OwnCheck:
    """The property that no student and school would rather have each other (Gale and Shapley 1962).

    ``priorities`` gives each school the students in order, as in
    :func:`rulewright.mechanisms.rules.assignment.deferred_acceptance`.

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import assignment
    >>> from rulewright.mechanisms.rules.assignment import deferred_acceptance, serial_dictatorship
    >>> env = assignment(("ann", "bob"), ("east", "west"))
    >>> order = {"east": ("bob", "ann"), "west": ("bob", "ann")}
    >>> rw.verify(deferred_acceptance(order), env, stable(order)).status
    'proved'
    >>> print(rw.verify(serial_dictatorship(), env, stable(order)).counterexample)
    at ann = (east, west), bob = (east, west) the rule may give west to bob and east to ann, but bob prefers east, \
and east puts bob before ann
    """
    fixed = {school: tuple(order) for school, order in priorities.items()}
    return _asked("stable", "STABLE", _stable, fixed)


def _stable(fixed: Priorities, rule: Any, env: Environment, case: Case) -> Finding | None:
    """No student prefers a school to her own that would rather have her than whom it has (Gale and Shapley 1962).

    Lotteries count outcome by outcome (ex post).
    """
    order = checked_priorities(env, ranked_objects(env, case.types), fixed)
    for outcome in possible(rule, env, case):
        found = blocking(case.types, order, outcome)
        if found is not None:
            who, school, rival = found
            sentence = (
                f"at {told(case.types)} the rule may give {outcome[who]} to {who} and {school} to {rival}, but "
                f"{who} prefers {school}, and {school} puts {who} before {rival}"
            )
            ranking = case.types[who]
            below = len(ranking) - 1
            return Finding(case, below - ranking.index(outcome[who]), below - ranking.index(school), sentence, found)
    return None


def student_optimal(priorities: Priorities) -> OwnCheck:
    """The property that each student gets the best school that she has in any stable assignment
    (Gale and Shapley 1962).

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import assignment
    >>> from rulewright.mechanisms.rules.assignment import deferred_acceptance
    >>> env = assignment(("ann", "bob"), ("east", "west"))
    >>> order = {"east": ("bob", "ann"), "west": ("ann", "bob")}
    >>> rw.verify(deferred_acceptance(order), env, student_optimal(order)).status
    'proved'
    """
    fixed = {school: tuple(order) for school, order in priorities.items()}
    return _asked("student_optimal", "STUDENT-OPTIMAL", _student_optimal, fixed)


def _student_optimal(fixed: Priorities, rule: Any, env: Environment, case: Case) -> Finding | None:
    """The outcome is stable, and no student is better off in another stable one (Gale and Shapley 1962)."""
    unstable = _stable(fixed, rule, env, case)
    if unstable is not None:
        return unstable
    order = checked_priorities(env, ranked_objects(env, case.types), fixed)
    for outcome in possible(rule, env, case):
        for other in env.space.items:  # type: ignore[attr-defined]
            for who, ranking in case.types.items():
                better = ranking.index(other[who]) < ranking.index(outcome[who])
                if better and blocking(case.types, order, other) is None:
                    sentence = (
                        f"at {told(case.types)} {who} gets {outcome[who]}, and {other[who]} in the stable "
                        f"assignment {told(other)}"
                    )
                    below = len(ranking) - 1
                    has, needs = below - ranking.index(outcome[who]), below - ranking.index(other[who])
                    return Finding(case, has, needs, sentence, other)
    return None


def core(endowment: Mapping[str, Any] | None = None, size: int | None = None) -> OwnCheck:
    """The property that no group of up to ``size`` owners does better by trading among themselves
    (Shapley and Scarf 1974).

    Better is: at least as well for all of the group and better for one (the strong core). ``size=1`` is individual
    rationality: nobody gets less than she owns. ``endowment`` as in
    :func:`rulewright.mechanisms.rules.assignment.top_trading_cycles`.

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import assignment
    >>> from rulewright.mechanisms.rules.assignment import serial_dictatorship, top_trading_cycles
    >>> env = assignment(("ann", "bob"), ("hut", "villa"))
    >>> rw.verify(top_trading_cycles(), env, core()).status
    'proved'
    >>> print(rw.verify(serial_dictatorship(), env, core()).counterexample)
    at ann = (villa, hut), bob = (villa, hut) the rule may choose ann = villa, bob = hut, but bob does better with \
what they own: bob = villa
    """
    if size is not None and size < 1:
        raise BadInput(f"the size of a group is {size}; it must be at least 1")
    given = None if endowment is None else dict(endowment)
    name, short = ("core", "CORE") if size != 1 else ("nobody_below_her_endowment", "IR")
    return _asked(name, short, _core, given, size)


def _core(given: Mapping[str, Any] | None, size: int | None, rule: Any, env: Environment, case: Case) -> Finding | None:
    """No group can share out what they own so that all are as well off as in the outcome and one is better off
    (Shapley and Scarf 1974; Roth and Postlewaite 1977).

    Lotteries count outcome by outcome (ex post).
    """
    owns = owned(env, ranked_objects(env, case.types), given)
    place = {a: {x: k for k, x in enumerate(ranking)} for a, ranking in case.types.items()}
    for outcome in possible(rule, env, case):
        for k in range(1, (size or len(owns)) + 1):
            for group in itertools.combinations(env.players, k):
                for shared in itertools.permutations([owns[a] for a in group]):
                    gains = [place[a][outcome[a]] - place[a][x] for a, x in zip(group, shared, strict=True)]
                    if min(gains) >= 0 and max(gains) > 0:
                        who = group[gains.index(max(gains))]
                        among = Profile(dict(zip(group, shared, strict=True)))
                        has = len(owns) - 1 - place[who][outcome[who]]
                        sentence = (
                            f"at {told(case.types)} the rule may choose {told(outcome)}, but {who} does better"
                            f"{'' if k == 1 else ', and nobody of the group worse,'} with what they own: "
                            f"{told(among)}"
                        )
                        return Finding(case, has, has + max(gains), sentence, among)
    return None


def _asked(name: str, short: str, examine: Any, *given: Any) -> OwnCheck:
    """The property that ``examine(*given, rule, env, case)`` decides."""
    return OwnCheck(name, first_paragraph(examine), short, profiles, partial(examine, *given))


def possible(rule: Any, env: Environment, case: Case) -> tuple[Any, ...]:
    """The outcomes that the rule may choose at a case.

    >>> from rulewright.games.preferences import voting
    >>> from rulewright.mechanisms.rules.voting import random_dictatorship
    >>> env = voting(("ann", "bob"), ("a", "b"))
    >>> votes = Profile({"ann": ("a", "b"), "bob": ("b", "a")})
    >>> possible(random_dictatorship, env, Case(votes, votes))
    ('a', 'b')
    """
    outcome, _ = rule.result(env, case.reports)
    return tuple(outcome) if isinstance(outcome, Lottery) else (outcome,)


def blocking(
    types: Mapping[str, Any], priorities: Mapping[Any, tuple[str, ...]], outcome: Mapping[str, Any]
) -> tuple[str, Any, str] | None:
    """A student, a school and whom it has, such that the student and the school would rather have each other.

    >>> types = {"ann": ("x", "y"), "bob": ("x", "y")}
    >>> blocking(types, {"x": ("bob", "ann"), "y": ("ann", "bob")}, {"ann": "x", "bob": "y"})
    ('bob', 'x', 'ann')
    """
    has = {school: student for student, school in outcome.items()}
    for student, ranking in types.items():
        for school in ranking[: ranking.index(outcome[student])]:
            if priorities[school].index(student) < priorities[school].index(has[school]):
                return student, school, has[school]
    return None
