"""Search by looking at every rule of a family."""

from __future__ import annotations

import math
from time import monotonic
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import exact, show
from ...mechanisms.goals import Goal
from .. import proofs
from ..design import Candidate, Design
from ..verdict import Report
from ..verification.work import Work
from ..verify import verdicts_of
from .programs.objectives import reached


def search_family(env: Environment, goal: Goal, family: tuple[Any, ...], time: float | None, progress: Any) -> Design:
    """Verify every rule of the family; the best of those that meet the goal (ties: the first)."""
    if not family:
        raise BadInput("the family has no rules; give at least one")
    deadline = math.inf if time is None else monotonic() + time
    looked: list[Candidate] = []
    for rule in family:
        if monotonic() > deadline:
            break
        looked.append(_candidate(rule, env, goal, deadline))
        if progress is not None:
            progress(len(looked), len(family))
    best = _best(looked)
    finished = len(looked) == len(family) and not any(v.status == "unknown" for c in looked for v in c.verdicts)
    status = ("optimal" if finished else "feasible") if best else "infeasible" if finished else "unknown"
    return Design(
        status=status,
        goal=str(goal),
        searched=f'{len(family)} rules in "{env.name}": {_names(family)}',
        method="each rule of the family verified from the definitions"
        + ("" if finished else f"; the time ran out after {len(looked)} of {len(family)}"),
        rule=best.rule if best else None,
        value=best.value if best else None,
        bound=best.value if best and finished else None,
        verdicts=best.verdicts if best else Report(()),
        why=_why(looked, best),
        candidates=tuple(looked),
        environment=env,
        certify=lambda: _certificate(looked, best, str(goal)),
    )


def _candidate(rule: Any, env: Environment, goal: Goal, deadline: float) -> Candidate:
    table, verdicts = verdicts_of(rule, env, goal.require, Work(deadline))
    value = None if goal.maximize is None or table is None else reached(goal.maximize, env, table)
    return Candidate(rule, Report(tuple(verdicts)), value)


def _best(looked: list[Candidate]) -> Candidate | None:
    meeting = [c for c in looked if c.meets]
    if not meeting:
        return None
    return max(meeting, key=lambda c: 0 if c.value is None else exact(c.value))


def _names(family: tuple[Any, ...]) -> str:
    names = [rule.name for rule in family[:12]]
    return "; ".join(names) + (f"; and {len(family) - 12} more" if len(family) > 12 else "")


def _why(looked: list[Candidate], best: Candidate | None) -> str:
    """What distinguishes the rules that meet the goal, then how each other rule fails."""
    meeting = [c.rule.name for c in looked if c.meets]
    head = ""
    if best is not None:
        head = f"{len(meeting)} of {len(looked)} rules meet the goal ({'; '.join(meeting[:12])})"
        head += "" if best.value is None else f", and {best.rule.name} reaches the most, {show(best.value)}"
        head += "." + _telling(looked)
    failures = []
    for candidate in looked[:12]:
        for v in candidate.verdicts:
            if v.status != "proved":
                failures.append(f"{candidate.rule.name} is not {v.property}: {v.counterexample or v.reason}.")
                break
    return " ".join([head, *failures]).strip()


def _telling(looked: list[Candidate]) -> str:
    """The traits that mark exactly the rules that meet the goal."""
    meeting = [c.meets for c in looked]
    traits = {item: None for c in looked for item in getattr(c.rule, "traits", {}).items()}
    telling = [
        f"{name} {value}"
        for name, value in traits
        if meeting == [getattr(c.rule, "traits", {}).get(name) == value for c in looked]
    ]
    return f" They are exactly the rules in which {' and '.join(telling)}." if telling else ""


def _certificate(looked: list[Candidate], best: Candidate | None, goal: str) -> dict[str, Any] | None:
    """The winner's proofs, and for each rule that fails, one refutation."""
    parts = [v.certificate for v in best.verdicts] if best else []
    for candidate in looked:
        if not candidate.meets:
            parts.append(next((v.certificate for v in candidate.verdicts if v.status == "refuted"), None))
    name = best.rule.name if best else "no rule of the family"
    return proofs.together(parts, f"{name} meets the requirements of the goal ({goal}); each other rule listed fails")
