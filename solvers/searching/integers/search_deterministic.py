"""Search over all deterministic direct mechanisms of an environment: an integer program, its optimum proved."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from time import monotonic
from typing import Any

from ....games.cake import Divisions
from ....games.environment import Environment
from ....games.errors import BadInput, GameTooLarge
from ....games.numbers import Number, plain
from ....games.outcomes import Finite
from ....mechanisms.cases import Untraceable
from ....mechanisms.expectations import Expectation
from ....mechanisms.goals import Goal, Requirement
from ....mechanisms.property import ForAll
from ....mechanisms.table import Table, pack
from ... import proofs
from ...design import Design
from ...verdict import Report
from ...verification.statements import Statement, trace
from ...verify import domain_of, verify
from ..direct import search_direct, without_lots
from ..programs.layout import width_of
from ..programs.objectives import parts_of, reached
from ..programs.program import common_of, table_rule, unbounded
from ..reasons.subsets import subsets
from ..watching import PARTS, Answer
from .bounding import Proof, bounded
from .cp import cp_model_or_none, fits_cp, solve_cp
from .excluded import excluded
from .integer import Whole, integer_program, reached_by
from .mixed import solve_mip
from .payments import paid_best, satisfied, step_of

METHODS = ("cp", "mip")
WAYS = {
    "cp": "integer program by CP-SAT",
    "mip": "integer program by HiGHS",
}


@dataclass(frozen=True, eq=False)
class Budget:
    """What a search is given besides the question."""

    method: str | None
    until: float
    progress: Any
    seed: int

    @property
    def left(self) -> float | None:
        """The seconds that are left (None: as many as it takes)."""
        return None if math.isinf(self.until) else max(self.until - monotonic(), 0.01)


def search_deterministic(
    env: Environment, goal: Goal, method: str | None = None, time: float | None = None, progress: Any = None,
    seed: int = 0,
) -> Design:  # fmt: skip
    """The best direct mechanism that leaves nothing to chance (Conitzer and Sandholm 2002), proved to be the best.

    ``method`` is "cp" (CP-SAT, which works in whole numbers; needs the extra ``cp``, and no payments) or "mip" (HiGHS,
    which works in floats and proposes; exact bounds then prove); None takes "cp" where it can. ``time`` is a budget in
    seconds; ``progress(done, total)`` is called now and then. The same for the same ``seed``. Raises BadInput,
    GameTooLarge, MissingExtra.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=None)
    >>> design = search_deterministic(env, rw.Goal((rw.strategyproof,), rw.welfare))
    >>> design.status, design.value
    ('optimal', Fraction(3, 2))
    """
    if method is not None and method not in METHODS:
        raise BadInput(f'method is {method!r}; it must be "cp", "mip" or None')
    if goal.maximize is not None and goal.maximize.combine != "min":
        raise BadInput(
            f"{goal.maximize.name} is not linear, so an integer program cannot make it large; search a family of "
            "rules (family=...) or randomised rules instead"
        )
    if isinstance(env.space, Divisions):
        raise BadInput(
            f'"{env.name}" shares what can be cut, and parts are no lots; leave deterministic out, or search a family '
            "of rules (family=...)"
        )
    if method is None and (found := without_lots(env, goal)) is not None:
        return replace(found, searched=_common(env, goal)["searched"])
    work = Budget(method, math.inf if time is None else monotonic() + time, progress, seed)
    parts = [] if goal.maximize is None else parts_of(goal.maximize, env)
    statements = {p: _statements(env, p) for p in goal.require}
    whole = _program(env, goal.require, statements, parts)
    answer, used = _solved(whole, work)
    common = _common(env, goal)
    if answer.status == "unbounded":
        raise unbounded(goal, "require individually_rational")
    design = _answered(env, goal, whole, statements, answer, used, work, common)
    if progress is not None:
        progress(PARTS, PARTS)
    return design


def _common(env: Environment, goal: Goal) -> dict[str, Any]:
    whole = "" if isinstance(env.space, Finite) else " that give each good whole"
    return common_of(env, goal, f"deterministic direct mechanisms{whole}")


def _statements(env: Environment, property: Requirement) -> list[Statement]:
    """The property on variables; none if it has a check of its own."""
    if not isinstance(property, ForAll):
        return []
    try:
        return trace(property, env)
    except Untraceable as reason:
        raise BadInput(
            f"{property.name} cannot be written as rows, because {reason}; search a family of rules instead "
            "(family=...)"
        ) from None


def _program(
    env: Environment, requirements: Sequence[Requirement], statements: Any, parts: Sequence[Expectation]
) -> Whole:
    """The integer program of some requirements."""
    banned = {column for p in requirements if not isinstance(p, ForAll) for column in excluded(env, p)}
    return integer_program(env, [s for p in requirements for s in statements[p]], parts, banned)


def _solved(whole: Whole, work: Budget) -> tuple[Answer, str]:
    """The answer of the solver that was asked for, or that suits."""
    used = work.method or ("cp" if fits_cp(whole) and cp_model_or_none() is not None else "mip")
    solve = solve_cp if used == "cp" else solve_mip
    return solve(whole, work.left, work.progress, work.seed), used


# -- what was found ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Found:
    """A rule that meets the goal, and the exact cost of its point in the program."""

    table: Table
    rule: Any
    verdicts: Report
    cost: Fraction


def _answered(
    env: Environment, goal: Goal, whole: Whole, statements: Any, answer: Answer, used: str, work: Budget,
    common: dict[str, Any],
) -> Design:  # fmt: skip
    """The design: what the solver proposed, made exact, verified, and proved best where that can be."""

    def made(x: list[Any]) -> Found | None:
        point = paid_best(whole, x, work.left)
        if point is None:
            return None
        table = _table(env, point)
        rule = table_rule(env, table, goal)
        verdicts = Report(tuple(verify(rule, env, property) for property in goal.require))
        if not all(v.status == "proved" for v in verdicts):
            return None
        return Found(table, rule, verdicts, reached_by(replace(whole, constant=0, scale=1), point))

    found = None if answer.x is None else made(answer.x)
    proof: Proof | None = None
    if used == "mip":
        proof = _proof(whole, found, made, work)
        if proof.x is not None:
            found = made(proof.x)
    none_at_all = answer.status == "infeasible" if used == "cp" else proof is not None and proof.proved
    if found is None:
        if none_at_all:
            return _none(env, goal, statements, used, work, common)
        return _unknown(answer, used, work, common)
    method = f"{WAYS[used]}; the rule verified from the definitions"
    value = None if goal.maximize is None else reached(goal.maximize, env, found.table)
    if goal.maximize is None:
        return _design("feasible", env, goal, found, method, None, None, "", common)
    if used == "cp" and answer.status == "optimal":
        method += "; that none is better is the claim of CP-SAT, which works in whole numbers and is trusted for it"
        return _design("optimal", env, goal, found, method, value, value, "", common)
    if proof is not None and proof.proved:
        method += f"; that none is better by exact bounds (branches: {proof.nodes:,})"
        return _design("optimal", env, goal, found, method, value, value, "", common)
    exact_bound = proof.bound if proof is not None else answer.bound
    bound = None if exact_bound is None else plain((exact_bound + whole.constant) / whole.scale)
    late = work.until < monotonic() or answer.status != "optimal"
    why = "The time ran out before it was known whether a rule is better." if late else (
        "The rule is verified; that none is better could not be proved exactly."
    )  # fmt: skip
    return _design("feasible", env, goal, found, method, value, bound, why, common)


def _proof(whole: Whole, found: Found | None, made: Any, work: Budget) -> Proof:
    """That nothing is better than what was found, or something better."""

    def cost(x: list[Any]) -> Fraction | None:
        better = made(x)
        return None if better is None else better.cost

    if not any(whole.program.cost) and found is not None:
        return Proof(True, found.cost, None, 0)
    best = None if found is None else found.cost
    return bounded(whole, best, step_of(whole), cost, work.left, work.progress, work.seed)


def _table(env: Environment, point: Sequence[Fraction]) -> Table:
    width, dimension = width_of(env), env.space.dimension
    points: list[dict[int, Number]] = []
    paid: list[list[Number]] = []
    for p in range(env.n_profiles):
        row = point[p * width : (p + 1) * width]
        points.append({k: plain(w) for k, w in enumerate(row[:dimension]) if w})
        paid.append([plain(w) for w in row[dimension:]])
    return pack(points, None if env.transfers is None else paid)


def _design(
    status: str, env: Environment, goal: Goal, found: Found, method: str, value: Any, bound: Any, why: str,
    common: dict[str, Any],
) -> Design:  # fmt: skip
    return Design(
        status, method=method, rule=found.rule, value=value, bound=bound, verdicts=found.verdicts, why=why,
        certify=lambda: _certificate(env, goal, found, value if status == "optimal" else None), **common,
    )  # fmt: skip


def _certificate(env: Environment, goal: Goal, found: Found, value: Any) -> dict[str, Any] | None:
    """That no rule at all is better, randomised ones included, where that is so; else that the rule meets the goal."""
    if value is not None:
        try:
            relaxed = search_direct(env, goal, None, None)
        except BadInput:
            relaxed = None
        if relaxed is not None and relaxed.status == "optimal" and relaxed.value == value and relaxed.certificate:
            return {**relaxed.certificate, "rule": proofs.table_data(env, found.table)}
    words = f"the rule meets the goal ({goal}); that none is better is not part of this certificate"
    return proofs.together([v.certificate for v in found.verdicts], words)


# -- what was not found -----------------------------------------------------------------------------------------------


def _unknown(answer: Answer, used: str, work: Budget, common: dict[str, Any]) -> Design:
    if answer.status == "time" or work.until < monotonic():
        why = "The time ran out before a rule was found."
    elif answer.status == "infeasible":
        why = "HiGHS finds no rule, in floats; that there is none could not be proved exactly."
    elif answer.x is not None:
        why = "What the solver found could not be made an exact rule that meets the goal."
    else:
        why = "The solver gave up before an answer was found."
    return Design("unknown", method=WAYS[used], why=why, **common)


def _none(env: Environment, goal: Goal, statements: Any, used: str, work: Budget, common: dict[str, Any]) -> Design:
    """Why there is no rule: none at all, or none without lots; which requirements clash."""
    relaxed = None
    if all(isinstance(p, ForAll) for p in goal.require):
        with contextlib.suppress(GameTooLarge):
            relaxed = search_direct(env, Goal(goal.require), work.left, None)
    if relaxed is not None and relaxed.status == "infeasible":
        return replace(relaxed, goal=common["goal"], searched=f"{common['searched']}, and randomised ones")

    def can_hold(some: tuple[Requirement, ...]) -> bool | None:
        whole = _program(env, some, statements, [])
        if used == "cp":
            return {"infeasible": False, "optimal": True, "feasible": True}.get(
                solve_cp(whole, work.left, work.progress, work.seed).status
            )

        def possible(x: list[Any]) -> Fraction | None:
            point = paid_best(whole, x, work.left)
            return Fraction(0) if point is not None and satisfied(whole.program, point) else None

        proof = bounded(whole, None, None, possible, work.left, work.progress, work.seed)
        return True if proof.x is not None else False if proof.proved else None

    found = subsets(tuple(dict.fromkeys(goal.require)), can_hold, work.until)
    some = found.conflicts[0] if found.conflicts else goal.require
    names = [p.name for p in some]
    whole = "" if isinstance(env.space, Finite) else " that gives each good whole"
    where = f"in a deterministic rule{whole} on {domain_of(env)}"
    if len(names) == 1:
        why = f"{names[0]} cannot be met {where}."
    else:
        why = f"{', '.join(names[:-1])} and {names[-1]} cannot hold together {where}"
        why += "; without any one of them the others can." if found.conflicts else "."
    if relaxed is not None and relaxed.rule is not None:
        why += " Rules that draw lots can meet the goal."
    claim = (
        "the claim of CP-SAT, which works in whole numbers and is trusted for it" if used == "cp" else "exact bounds"
    )
    return Design(
        "infeasible", method=f"{WAYS[used]}; that there is none is by {claim}", why=why,
        conflicts=tuple(tuple(p.name for p in each) for each in found.conflicts),
        give_up=tuple(tuple(p.name for p in each) for each in found.give_up), **common,
    )  # fmt: skip
