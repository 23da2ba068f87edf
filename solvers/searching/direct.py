"""Search over all randomised direct mechanisms of an environment: one linear program, decided exactly."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import show
from ...mechanisms.expectations import Expectation
from ...mechanisms.goals import Goal
from ...mechanisms.table import Table
from .. import proofs
from ..design import Design
from ..verdict import Report
from ..verify import domain_of, verify
from .conflict import conflict
from .layout import Layout, Plain, width_of
from .linear import Outcome, Program, Row, extended, solve_program
from .nash import search_nash
from .objectives import parts_of, reached
from .orbits import Orbits, orbits_of
from .program import (
    Block,
    blocks_of,
    exact_table,
    guard,
    money_unit,
    multipliers_of,
    program_of,
    rounded_table,
    statements_of,
    table_rule,
)
from .rows import Rows, entry_count, rows_for

MOST_PAYMENTS = 250  # up to which a second program looks for the optimal rule that moves the least money


def search_direct(env: Environment, goal: Goal, time: float | None, progress: Any, structure: bool = True) -> Design:
    """The best randomised direct mechanism for the goal (Conitzer and Sandholm 2002), with an exact certificate.

    With ``structure``, players who may exchange their names are treated alike and lies to neighbouring types stand
    for all where utilities cross once; each is checked first, and the rule found is verified in full.
    """
    statements = statements_of(env, goal)
    parts = [] if goal.maximize is None else parts_of(goal.maximize, env)
    env.guard()
    names = structure and (goal.maximize is None or goal.maximize.combine == "min")
    layout: Layout = (orbits_of(env, statements, parts) if names else None) or Plain(env)
    blocks = blocks_of(env, statements, layout, structure)
    if goal.maximize is not None and goal.maximize.combine == "log sum":
        return search_nash(env, goal, blocks, parts, time, _common(env, goal))
    leading = layout.leading_parts(parts) if isinstance(layout, Orbits) else [(k, [k]) for k in range(len(parts))]
    objective = [_objective(env, parts[k], layout) for k, _ in leading]
    program = program_of(env, blocks, objective)
    outcome = solve_program(program, time)
    common = _common(env, goal)
    if outcome.status == "infeasible":
        return conflict(env, goal, blocks, common)
    if outcome.status == "unbounded":
        raise BadInput(
            f"{goal.maximize.name if goal.maximize else 'the goal'} can be made as large as one likes: bound the "
            "transfers of the environment, or require individually_rational"
        )
    if outcome.status != "optimal":
        reason = "the time ran out" if outcome.status == "time" else "HiGHS gave up"
        return Design(
            "unknown", method=f"linear program ({reason})", why=f"{reason} before an answer was found.", **common
        )
    return _found(env, goal, blocks, objective, [each for _, each in leading], parts, program, outcome, layout, common)


def _objective(env: Environment, part: Expectation, layout: Layout) -> Rows:
    alike = layout.alike_for(part) if isinstance(layout, Orbits) else ()
    guard(env, entry_count(env, part, 1, alike))
    return rows_for(env, part, (), {}, layout, alike)


def _common(env: Environment, goal: Goal) -> dict[str, Any]:
    searched = f"all randomised direct mechanisms for {domain_of(env)}"
    if goal.maximize is not None and env.prior is None:
        searched += ", each profile equally likely (no prior is declared)"
    return {"goal": str(goal), "searched": searched, "environment": env, "asked": goal}


# -- what was found ---------------------------------------------------------------------------------------------------


def _found(
    env: Environment, goal: Goal, blocks: list[Block], objective: list[Rows], alike: list[list[int]],
    parts: list[Expectation], program: Program, outcome: Outcome, layout: Layout, common: dict[str, Any],
) -> Design:  # fmt: skip
    exactly = outcome.exact_x is not None
    least = None
    if outcome.exact_x is not None:
        least = _least_money(env, program, outcome, layout)
        table = least or exact_table(env, outcome.exact_x, layout)
    else:
        table = rounded_table(env, outcome.x, layout)
    rule = table_rule(env, table, goal)
    verdicts = Report(tuple(verify(rule, env, property) for property in goal.require))
    value = None if goal.maximize is None else reached(goal.maximize, env, table)
    if not all(v.status == "proved" for v in verdicts):
        failing = next(v for v in verdicts if v.status != "proved")
        why = f"The float solution could not be rounded to a rule that meets the goal: {failing.counterexample}."
        return Design("unknown", method="linear program by HiGHS, not confirmed exactly", why=why, **common)
    if goal.maximize is None:
        certify = lambda: proofs.proved(env, table, [b.statement for b in blocks], rule.name)  # noqa: E731
        return Design(
            "feasible", method="linear program by HiGHS; the rule verified from the definitions", rule=rule,
            verdicts=verdicts, certify=certify, **common,
        )  # fmt: skip
    if not exactly:
        why = "The optimum could not be confirmed in rational numbers; the rule itself is verified."
        method = "linear program by HiGHS in floats; the rule rounded to rationals and verified"
        return Design("feasible", method=method, rule=rule, value=value, verdicts=verdicts, why=why, **common)
    method = "linear program by HiGHS, decided in rationals; the rule verified from the definitions"
    if isinstance(layout, Orbits):
        method += f"; {len(layout.alike[0])} players treated alike (checked)"
    if least:
        method += "; of the best rules, the one that moves the least money"
    words = f"the rule meets the goal ({goal}) and none in the search does better: {show(value or 0)}"

    def certify() -> dict[str, Any]:
        assert outcome.exact_y is not None
        weights, multipliers = multipliers_of(env, blocks, objective, alike, outcome.exact_y)
        each = [b.statement for b in blocks]
        return proofs.optimal(env, table, each, parts, weights, multipliers, Fraction(value or 0), words)

    return Design(
        "optimal", method=method, rule=rule, value=value, bound=value, verdicts=verdicts, certify=certify, **common
    )


def _least_money(env: Environment, program: Program, outcome: Outcome, layout: Layout) -> Table | None:
    """Of the rules that reach the optimum, the one in which the least money changes hands in total."""
    paid = np.flatnonzero(layout.offsets >= env.space.dimension)
    if not 0 < len(paid) <= MOST_PAYMENTS:
        return None
    assert outcome.exact_x is not None
    columns = program.shape[1]
    best = sum((int(c) * x for c, x in zip(program.cost, outcome.exact_x, strict=True)), start=Fraction(0))
    reach = [int(j) for j in np.flatnonzero(program.cost != 0)]
    rows = [Row(reach, [int(program.cost[j]) * best.denominator for j in reach], best.numerator)] if reach else []
    for k, column in enumerate(paid.tolist()):  # a new column is at least the payment and at least minus the payment
        rows += [Row([columns + k, column], [1, sign], 0) for sign in (-1, 1)]
    every = [places.reshape(-1) for places in np.indices(env.sizes)]
    money = np.arange(env.space.dimension, width_of(env))
    often = np.bincount(layout.columns(every, money).reshape(-1), minlength=columns)
    cost = np.concatenate([np.zeros(columns, dtype=object), -often[paid].astype(object)])
    least = solve_program(extended(program, rows, cost, [0] * len(paid), money_unit(env)))
    return None if least.exact_x is None else exact_table(env, least.exact_x, layout)
