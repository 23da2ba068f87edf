"""Search for the leximin rule: one linear program raises the least worth, the next the least of those not yet fixed.

Where the multiplier of a player's row is positive, her worth is the least one in every best rule, so it is fixed; at
least one is, so there are at most as many programs as players (Ogryczak, Pióro and Tomaszewski 2005).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from time import monotonic
from typing import Any

import numpy as np

from ...games.environment import Environment
from ...games.numbers import Array, plain, show
from ...games.profile import Profile
from ...mechanisms.cases import Case
from ...mechanisms.expectations import Expectation
from ...mechanisms.goals import Goal
from ...mechanisms.property import ForAll, for_all
from ...mechanisms.table import Table
from .. import proofs
from ..design import Design
from ..proofs import Multiplier
from ..verdict import Report
from ..verification.statements import Statement
from ..verify import verify
from .programs.linear import Outcome, Program, Row, extended, solve_program
from .programs.objectives import values_of
from .programs.program import (
    Block,
    block_multipliers,
    exact_table,
    money_unit,
    program_of,
    rounded_table,
    table_rule,
    unbounded,
)
from .programs.rows import Rows, rows_for
from .reasons.conflict import conflict


@dataclass(frozen=True)
class Level:
    """One program's answer: the least of the parts not fixed, and how it is proved.

    ``weights`` of the ``open`` parts and ``floors`` of the fixed ones are its multipliers.
    """

    value: Fraction
    open: tuple[int, ...]
    weights: list[Fraction]
    floors: dict[int, Fraction]
    multipliers: list[Multiplier]


def search_leximin(
    env: Environment,
    goal: Goal,
    blocks: list[Block],
    parts: list[Expectation],
    time: float | None,
    common: dict[str, Any],
    progress: Any = None,
) -> Design:
    """The rule whose least worth is largest, then the second least, and so on (Sen 1970), each level proved."""
    assert goal.maximize is not None
    end = None if time is None else monotonic() + time
    program = program_of(env, blocks, [])
    worths = [rows_for(env, part, []) for part in parts]
    fixed: dict[int, Fraction] = {}
    levels: list[Level] = []
    best: Outcome | None = None
    reason = ""
    while len(fixed) < len(parts):
        left = None if end is None else max(end - monotonic(), 0.01)
        outcome = solve_program(_level(program, worths, fixed, money_unit(env)), left, progress=progress)
        if outcome.status == "infeasible" and best is None:
            return conflict(env, goal, blocks, common, math.inf if time is None else monotonic() + time)
        if outcome.status == "unbounded":
            raise unbounded(goal, "require no_deficit")
        if outcome.status != "optimal":
            reason = "the time ran out" if outcome.status == "time" else "HiGHS gave up"
            break
        if outcome.exact_x is None or outcome.exact_y is None:
            best, reason = best or outcome, "an optimum could not be confirmed in rational numbers"
            break
        best = outcome
        levels.append(_proved(env, blocks, worths, fixed, outcome, program.shape))
        fixed |= dict.fromkeys(_tight(levels[-1]), levels[-1].value)
    if best is None:
        return Design("unknown", method=f"linear programs ({reason})", why=f"{reason} before an answer.", **common)
    return _found(env, goal, blocks, parts, program, best, levels, reason, common)


def _level(program: Program, worths: list[Rows], fixed: dict[int, Fraction], unit: float) -> Program:
    """Maximise a last column that no part falls below; those that are fixed reach at least their level."""
    last = program.shape[1]
    rows = []
    for i, worth in enumerate(worths):
        columns, values, constant = list(map(int, worth.columns)), list(map(int, worth.values)), int(worth.constant[0])
        if i in fixed:
            by = fixed[i].denominator
            floor = fixed[i].numerator * worth.scale - constant * by
            rows.append(Row(columns, [v * by for v in values], floor))
        else:
            rows.append(Row([*columns, last], [*values, -worth.scale], -constant))
    cost: Array = np.zeros(last + 1, dtype=object)
    cost[last] = 1
    return extended(program, rows, cost, [None], unit)


def _proved(
    env: Environment,
    blocks: list[Block],
    worths: list[Rows],
    fixed: dict[int, Fraction],
    outcome: Outcome,
    shape: tuple[int, int],
) -> Level:
    """The level an exact solution reaches, with its multipliers in the units of the goal."""
    assert outcome.exact_x is not None and outcome.exact_y is not None
    y = outcome.exact_y[shape[0] :]
    multipliers, _ = block_multipliers(blocks, outcome.exact_y, 1)
    left = tuple(i for i in range(len(worths)) if i not in fixed)
    floors = {i: y[i] * worths[i].scale * fixed[i].denominator for i in fixed}
    return Level(outcome.exact_x[shape[1]], left, [y[i] * worths[i].scale for i in left], floors, multipliers)


def _tight(level: Level) -> list[int]:
    """The parts that are at the level in every best rule: those with a positive multiplier."""
    return [i for i, weight in zip(level.open, level.weights, strict=True) if weight > 0]


def _found(
    env: Environment, goal: Goal, blocks: list[Block], parts: list[Expectation], program: Program, best: Outcome,
    levels: list[Level], reason: str, common: dict[str, Any],
) -> Design:  # fmt: skip
    columns = program.shape[1]
    table = rounded_table(env, best.x) if best.exact_x is None else exact_table(env, best.exact_x[:columns])
    rule = table_rule(env, table, goal)
    verdicts = Report(tuple(verify(rule, env, property) for property in goal.require))
    method = "a linear program by HiGHS for each level, their bases solved in rationals; the rule verified"
    if not all(v.status == "proved" for v in verdicts):
        failing = next(v for v in verdicts if v.status != "proved")
        why = f"The float solution could not be rounded to a rule that meets the goal: {failing.counterexample}."
        return Design("unknown", method="linear program by HiGHS, not confirmed exactly", why=why, **common)
    assert goal.maximize is not None
    reached = values_of(goal.maximize, env, table)
    value = plain(min(reached))
    why = f"In increasing order: {', '.join(show(plain(v)) for v in sorted(reached))}."
    bound = plain(levels[0].value) if levels else None
    if reason:
        why += f" Only the first {len(levels)} levels are certain, as {reason}."
        return Design(
            "feasible", method=method, rule=rule, value=value, bound=bound, verdicts=verdicts, why=why, **common
        )
    return Design(
        "optimal", method=method, rule=rule, value=value, bound=bound, verdicts=verdicts, why=why,
        certify=lambda: _certificate(env, goal, table, blocks, parts, levels), **common,
    )  # fmt: skip


# -- the certificate: each level is optimal among the rules that reach those before it ---------------------------------


@for_all(lambda env: iter(()), "level")
def reaches_its_level(rule: Any, env: Environment, case: Case) -> tuple[Any, Any]:
    """A part of the objective, fixed at a level, reaches it."""
    return 0, 0


def _certificate(
    env: Environment, goal: Goal, table: Table, blocks: list[Block], parts: list[Expectation], levels: list[Level]
) -> dict[str, Any] | None:
    made = []
    fixed: dict[int, Fraction] = {}
    statements = [b.statement for b in blocks]
    for level in levels:
        floors = [_floor(reaches_its_level, parts[i], fixed[i]) for i in fixed]
        more: list[Multiplier] = [
            (len(statements) + k, {}, level.floors[i]) for k, i in enumerate(fixed) if level.floors[i]
        ]
        words = (
            f"the rule meets the goal ({goal}), its least worth but {len(fixed)} is {show(plain(level.value))}, and "
            "none that reaches the levels below does better"
        )
        made.append(
            proofs.optimal(
                env, table, [*statements, *floors], [parts[i] for i in level.open], level.weights,
                [*level.multipliers, *more], level.value, words,
            )
        )  # fmt: skip
        fixed |= dict.fromkeys(_tight(level), level.value)
    return proofs.together(made, f"the rule is the best for the goal ({goal}), level by level")


def _floor(property: ForAll, part: Expectation, level: Fraction) -> Statement:
    return Statement(property, Case(Profile()), part, Expectation(constant=level))
