"""Verification one case at a time: for properties with a check of their own, or that cannot be traced."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from time import monotonic
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import exact, plain
from ...games.profile import Profile
from ...mechanisms.cases import Case
from ...mechanisms.properties.efficiency import pareto_efficient
from ...mechanisms.property import Finding, ForAll, OwnCheck, told
from ...mechanisms.table import Table
from .. import proofs
from ..verdict import Counterexample, Verdict
from .work import Work
from .workers import TimeUp, in_order

PIECES = 64  # of the cases, for workers


def case_by_case(rule: Any, env: Environment, property: ForAll, work: Work, domain: str, reason: str) -> Verdict:
    """The two sides of an inequality at every case, from their definition."""
    method = f"case by case, because the property could not be traced: {reason}"
    found: Callable[[Case], Counterexample] = lambda case: counterexample(rule, env, property, case)  # noqa: E731
    return _each(rule, env, property, work, domain, method, found, lambda: None)


def by_examination(
    rule: Any, env: Environment, table: Table | None, property: OwnCheck, work: Work, domain: str
) -> Verdict:
    """A property's own check at every case."""

    findings: list[Finding] = []

    def found(case: Case) -> Counterexample:
        finding = _finding(rule, env, property, case)
        findings.append(finding)

        def replay() -> bool:
            return property.examine(rule, env, case) is not None

        return Counterexample(finding.case, finding.has, finding.needs, finding.sentence, replay, rule, env, property)

    def certify() -> dict[str, Any] | None:
        if property is not pareto_efficient or table is None:
            return None
        if not findings:
            return proofs.pareto(env, table, rule.name)
        return proofs.dominated(env, table, findings[0], rule.name)

    method = "each profile examined by the property's own definition"
    return _each(rule, env, property, work, domain, method, found, certify)


def _finding(rule: Any, env: Environment, property: OwnCheck, case: Case) -> Finding:
    finding = property.examine(rule, env, case)
    assert finding is not None
    return finding


def counterexample(rule: Any, env: Environment, property: ForAll, case: Case) -> Counterexample:
    """A case in which an inequality fails, with both sides from their definition; raises BadInput if it does not."""
    has, needs = (plain(exact(side)) for side in property.sides(rule, env, case))
    if not fails(rule, env, property, case):
        raise two_answers(rule, case.reports or case.types)

    def replay() -> bool:
        return fails(rule, env, property, case)

    return Counterexample(case, has, needs, property.story(rule, env, case, has, needs), replay, rule, env, property)


def two_answers(rule: Any, reports: Mapping[str, Any]) -> BadInput:
    """What is wrong with a rule that does not do the same twice."""
    return BadInput(
        f"{rule.name} gave two answers to the same reports ({told(Profile(reports))}); to draw lots return a Lottery, "
        f"do not call random"
    )


def fails(rule: Any, env: Environment, property: ForAll | OwnCheck, case: Case) -> bool:
    """Whether a property fails at a case, by its definition."""
    if isinstance(property, OwnCheck):
        return property.examine(rule, env, case) is not None
    has, needs = (exact(side) for side in property.sides(rule, env, case))
    return has != needs if property.equal else has < needs


def cases_of(property: ForAll | OwnCheck, env: Environment) -> Iterator[Case]:
    """All concrete cases, in order."""
    for symbolic in property.cases(env):
        yield from symbolic.concrete(env)


def first_failing(rule: Any, env: Environment, property: ForAll | OwnCheck, start: int, stop: int) -> int | None:
    """The number of the first case from ``start`` to ``stop`` that fails."""
    for k, case in enumerate(itertools.islice(cases_of(property, env), start, stop), start):
        if fails(rule, env, property, case):
            return k
    return None


def _each(
    rule: Any,
    env: Environment,
    property: ForAll | OwnCheck,
    work: Work,
    domain: str,
    method: str,
    found: Callable[[Case], Counterexample],
    certify: Callable[[], dict[str, Any] | None],
) -> Verdict:
    names = (property.name, rule.name, domain, method)
    checked, failing = 0, None
    try:
        for done, case in _looked_at(rule, env, property, work):
            checked = done
            if case is not None:
                failing = case
                break
    except TimeUp:
        return Verdict("unknown", *names, checked, reason=f"the time ran out after {checked:,} cases")
    if failing is None:
        return Verdict("proved", *names, checked, certify=certify)
    return Verdict("refuted", *names, checked, found(failing), certify=certify)


def _looked_at(
    rule: Any, env: Environment, property: ForAll | OwnCheck, work: Work
) -> Iterator[tuple[int, Case | None]]:
    """How many cases have been looked at, again and again, and the first that fails."""
    total = sum(case.count(env) for case in property.cases(env))
    if work.executor is None:
        for done, case in enumerate(cases_of(property, env), 1):
            if monotonic() > work.deadline:
                raise TimeUp
            failed = fails(rule, env, property, case)
            work.tell(done, total)
            yield done, case if failed else None
        return
    size = max(1, -(-total // PIECES))
    tasks = [(rule, env, property, k, min(total, k + size)) for k in range(0, total, size)]
    what = f"the rule, the environment or {property.name}"
    answers = in_order(work.executor, first_failing, tasks, what, work.deadline)
    for (*_, stop), failing in zip(tasks, answers, strict=True):
        if failing is not None:
            yield failing + 1, next(itertools.islice(cases_of(property, env), failing, None))
            return
        work.tell(stop, total)
        yield stop, None
