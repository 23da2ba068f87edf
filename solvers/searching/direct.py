"""Search over all randomised direct mechanisms of an environment: one linear program, decided exactly."""

from __future__ import annotations

import math
from fractions import Fraction
from time import monotonic
from typing import Any

import numpy as np

from ...games.environment import Environment
from ...games.numbers import Array, exact, plain, show
from ...mechanisms.cases import Var
from ...mechanisms.expectations import Expectation
from ...mechanisms.goals import Goal
from ...mechanisms.measures import PaymentOf
from ...mechanisms.property import ForAll
from ...mechanisms.table import Table
from .. import proofs
from ..design import Design
from ..verdict import Report
from ..verification.statements import Statement
from ..verification.structure import lies_of, rising_types
from ..verification.work import Work, left
from ..verify import verdicts_of, verify
from .lazy.search_lazily import search_lazily
from .leximin import search_leximin
from .nash import search_nash
from .programs.layout import Layout, Plain, how_often, width_of
from .programs.linear import Outcome, Program, Row, extended, solve_program
from .programs.objectives import parts_of, reached
from .programs.orbits import Orbits, orbits_of
from .programs.program import (
    Block,
    blocks_of,
    common_of,
    exact_table,
    guard,
    money_unit,
    multipliers_of,
    program_of,
    rounded_table,
    statements_of,
    table_rule,
    unbounded,
)
from .programs.rows import Rows, entry_count, row_count, rows_for
from .reasons.conflict import conflict, simple_rules
from .unnamed import for_units, unnamed_rule
from .virtual import virtual_rule

RULES = "randomised direct mechanisms"
MOST_CLOSED = 4_000_000  # entries of an objective up to which the closed form is tried
MOST_PROFILES = 2**19  # in the table of a rule, where it can be told without one
MANY_LIES = 2_000  # rows of lies beyond which they are added as they are needed
MOST_EXPLAINED = 2_000  # profiles of a goal without a rule beyond which no more than one clash is named
MOST_PAYMENTS = 250  # up to which a second program looks for the optimal rule that moves the least money


def search_direct(env: Environment, goal: Goal, time: float | None, progress: Any, structure: bool = True) -> Design:
    """The best randomised direct mechanism for the goal (Conitzer and Sandholm 2002), with an exact certificate.

    With ``structure``, players who may exchange their names are treated alike and lies to neighbouring types stand
    for all where utilities cross once; each is checked first, and the rule found is verified in full.
    """
    until = math.inf if time is None else monotonic() + time
    statements = statements_of(env, goal)
    parts = [] if goal.maximize is None else parts_of(goal.maximize, env)
    common = common_of(env, goal, RULES)
    many = env.n_profiles > MOST_PROFILES
    if structure and not many and goal.maximize is not None and goal.maximize.combine == "min" and len(parts) == 1:
        closed = _closed_form(env, goal, statements, parts[0], common)
        if closed is not None:
            return closed
    names = structure and (goal.maximize is None or goal.maximize.combine == "min")
    layout: Layout = (orbits_of(env, statements, parts) if names else None) or Plain(env)
    many = many and for_units(env, layout)
    if not many:
        env.guard()
    if _many_lies(env, goal, statements, layout, structure):
        found = search_lazily(env, goal, time, progress)
        if found.status != "infeasible" or env.n_profiles > MOST_EXPLAINED:
            return found
    blocks = blocks_of(env, statements, layout, structure)
    if goal.maximize is not None and goal.maximize.combine == "log sum":
        return search_nash(env, goal, blocks, parts, time, common, progress)
    if goal.maximize is not None and goal.maximize.combine == "leximin":
        return search_leximin(env, goal, blocks, parts, time, common, progress)
    leading = layout.leading_parts(parts) if isinstance(layout, Orbits) else [(k, [k]) for k in range(len(parts))]
    objective = [_objective(env, parts[k], layout) for k, _ in leading]
    program = program_of(env, blocks, objective)
    outcome = solve_program(program, left(until), progress=progress)
    if outcome.status == "infeasible":
        return conflict(env, goal, blocks, common, until, progress)
    if outcome.status == "unbounded":
        raise unbounded(goal, "require individually_rational or no_deficit")
    if outcome.status != "optimal":
        return _unfinished(env, goal, "the time ran out" if outcome.status == "time" else "HiGHS gave up", common)
    if outcome.exact_x is None and not many and goal.maximize is not None and not env.interdependent:
        return search_lazily(env, goal, left(until), progress)
    if many and isinstance(layout, Orbits):
        return _found_unnamed(env, goal, objective, program, outcome, layout, common)
    alike = [each for _, each in leading]
    return _found(env, goal, blocks, objective, alike, parts, program, outcome, layout, until, common)


def without_lots(env: Environment, goal: Goal) -> Design | None:
    """The best of all rules where it is known in closed form, which never draws lots; None where it is not."""
    if goal.maximize is None or goal.maximize.combine != "min" or env.interdependent or env.n_profiles > MOST_PROFILES:
        return None
    if any(not isinstance(property, ForAll) for property in goal.require):
        return None
    parts, statements = parts_of(goal.maximize, env), statements_of(env, goal)
    return _closed_form(env, goal, statements, parts[0], common_of(env, goal, RULES)) if len(parts) == 1 else None


def _many_lies(
    env: Environment, goal: Goal, statements: list[Statement], layout: Layout, structure: bool
) -> bool:  # fmt: skip
    """Whether there are so many rows of lies that they are better added as they are needed."""
    linear = goal.maximize is None or goal.maximize.combine == "min"
    if env.interdependent or not linear or not isinstance(layout, Plain):
        return False
    lies = [(s, found) for s in statements if (found := lies_of(s)) is not None]
    crossing = {found.player: structure and rising_types(env, found.player) is not None for _, found in lies}
    return sum(row_count(env, s.case.variables) for s, found in lies if not crossing[found.player]) > MANY_LIES


def _objective(env: Environment, part: Expectation, layout: Layout) -> Rows:
    alike = layout.alike_for(part) if isinstance(layout, Orbits) else ()
    guard(env, entry_count(env, part, 1, alike))
    return rows_for(env, part, (), {}, layout, alike)


def _closed_form(
    env: Environment, goal: Goal, statements: list[Statement], part: Expectation, common: dict[str, Any]
) -> Design | None:
    """The rule of largest virtual values, if it meets the goal; None otherwise (then another may)."""
    pays = any(isinstance(term.part, PaymentOf) for term in part.terms)
    few = env.transfers is not None and env.n_profiles * len(env.players) <= MOST_PAYMENTS
    if env.interdependent or entry_count(env, part, 1) > MOST_CLOSED or (few and not pays):
        return None
    found = virtual_rule(env, statements, rows_for(env, part, ()))
    if found is None:
        return None
    rule = table_rule(env, found.table, goal)
    verdicts = Report(tuple(verify(rule, env, property) for property in goal.require))
    if not all(v.status == "proved" for v in verdicts):
        return None
    words = f"the rule meets the goal ({goal}) and none in the search does better: {show(found.value)}"
    value = plain(found.value)
    return Design(
        "optimal", rule=rule, value=value, bound=value, verdicts=verdicts, **common,
        method="virtual values in closed form, exact; the rule verified from the definitions",
        certify=lambda: proofs.optimal(
            env, found.table, statements, [part], [Fraction(1)], found.multipliers(), found.value, words
        ),
    )  # fmt: skip


# -- what was found ---------------------------------------------------------------------------------------------------


def _found(
    env: Environment, goal: Goal, blocks: list[Block], objective: list[Rows], alike: list[list[int]],
    parts: list[Expectation], program: Program, outcome: Outcome, layout: Layout, until: float,
    common: dict[str, Any],
) -> Design:  # fmt: skip
    exactly = outcome.exact_x is not None
    least = None
    if outcome.exact_x is not None:
        least = _least_money(env, program, outcome, layout, until)
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
        return Design(
            "feasible", method="linear program by HiGHS; the rule verified from the definitions", rule=rule,
            verdicts=verdicts, **common,
            certify=lambda: proofs.proved(env, table, [b.statement for b in blocks], rule.name),
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

    def certify() -> dict[str, Any] | None:
        assert outcome.exact_y is not None
        weights, multipliers = multipliers_of(blocks, objective, alike, outcome.exact_y)
        each = [b.statement for b in blocks]
        return proofs.optimal(env, table, each, parts, weights, multipliers, Fraction(value or 0), words)

    return Design(
        "optimal", method=method, rule=rule, value=value, bound=value, verdicts=verdicts, certify=certify, **common
    )


def _unfinished(env: Environment, goal: Goal, reason: str, common: dict[str, Any]) -> Design:
    """The best of a few simple rules, where no answer was found."""
    method = f"linear program ({reason})"
    best: Design | None = None
    for rule in simple_rules(env):
        table, verdicts = verdicts_of(rule, env, goal.require, Work())
        if table is None or not all(v.status == "proved" for v in verdicts):
            continue
        value = None if goal.maximize is None else reached(goal.maximize, env, table)
        if best is None or (value is not None and best.value is not None and exact(value) > exact(best.value)):
            found: dict[str, Any] = {"rule": rule, "value": value, "verdicts": Report(tuple(verdicts))}
            why = f"{reason} before the best rule was found; {rule.name} meets the goal."
            best = Design("feasible", method=method, why=why, **found, **common)
    return best or Design("unknown", method=method, why=f"{reason} before an answer was found.", **common)


def _found_unnamed(
    env: Environment, goal: Goal, objective: list[Rows], program: Program, outcome: Outcome, layout: Orbits,
    common: dict[str, Any],
) -> Design:  # fmt: skip
    """The rule found, as one that knows no names, where profiles are too many for a table."""
    method = f"linear program by HiGHS, decided in rationals; {len(env.players)} players treated alike (checked)"
    if outcome.exact_x is None:
        why = "The solution could not be confirmed in rational numbers, and there are too many profiles for a table."
        return Design("unknown", method=method, why=why, **common)
    rule = unnamed_rule(env, outcome.exact_x, layout, f"rule found for {goal}")
    verdicts = Report(tuple(verdicts_of(rule, env, goal.require, Work(), lean=True)[1]))
    unproved = [v for v in verdicts if v.status != "proved"]
    method += "; the rule verified on multisets"
    if any(v.status == "refuted" for v in unproved):
        return Design("unknown", method=method, why=f"The rule is not {unproved[0].property}.", **common)
    value = None
    if goal.maximize is not None:
        total = sum((int(c) * x for c, x in zip(program.cost, outcome.exact_x, strict=True) if c), Fraction(0))
        one = objective[0]
        value = plain(total) if len(objective) > 1 else plain((total + int(one.constant[0])) / one.scale)
    status = "feasible" if unproved or goal.maximize is None else "optimal"
    why = "" if not unproved else f"{unproved[0].property} holds in the linear program; {unproved[0].reason}."
    return Design(status, method=method, rule=rule, value=value, bound=value, verdicts=verdicts, why=why, **common)


def _least_money(env: Environment, program: Program, outcome: Outcome, layout: Layout, until: float) -> Table | None:
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
    profiles = {Var(p): places for p, places in zip(env.players, layout.profiles(), strict=True)}
    alike = layout.alike if isinstance(layout, Orbits) else ()
    weights = how_often(profiles, list(profiles), alike).astype(object)
    often: Array = np.zeros(columns, dtype=object)
    for k in range(env.space.dimension, width_of(env)):
        np.add.at(often, layout.columns(list(profiles.values()), np.array([k]))[:, 0], weights)
    cost = np.concatenate([np.zeros(columns, dtype=object), -often[paid]])
    least = solve_program(extended(program, rows, cost, [0] * len(paid), money_unit(env)), left(until))
    return None if least.exact_x is None else exact_table(env, least.exact_x, layout)
