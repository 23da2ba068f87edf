"""Search for the largest product of worths: a convex program in floats, then an exact rule and an exact bound.

The logarithm of the product is concave, so cvxpy and Clarabel find the optimum u* in floats. Around it two linear
programs are solved exactly. One finds a rule whose worths are all at least u* times as large a factor as possible.
The other maximises the mean of u_i / u*_i to some m; as the geometric mean is at most the arithmetic one, no rule's
product exceeds m^n times that of u*, so m bounds how much better any rule could be.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from fractions import Fraction
from time import monotonic
from typing import Any

import numpy as np

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import Array, exact, plain
from ...mechanisms.expectations import Expectation
from ...mechanisms.goals import Goal
from ..design import Design
from ..verdict import Report
from ..verify import verify
from .programs.linear import Outcome, Program, Row, extended, solve_program
from .programs.objectives import reached
from .programs.program import Block, exact_table, money_unit, program_of, table_rule, unbounded
from .programs.rows import rows_for
from .reasons.conflict import conflict

DENOMINATORS = (10**3, 10**6, 10**9)  # of the worths around which the exact programs are made


def search_nash(
    env: Environment,
    goal: Goal,
    blocks: list[Block],
    parts: list[Expectation],
    time: float | None,
    common: dict[str, Any],
    progress: Any = None,
) -> Design:
    """The rule with the largest product of worths (Nash 1950), with an exact bound on how much better any could be."""
    program = program_of(env, blocks, [])
    if blocks and solve_program(program, time, exactly=False, progress=progress).status == "infeasible":
        return conflict(env, goal, blocks, common, math.inf if time is None else monotonic() + time)
    worths = [rows_for(env, part, []) for part in parts]
    if any(int(w.constant[0]) for w in worths):
        raise BadInput(f"{goal.maximize.name if goal.maximize else ''} needs worths without constants")
    matrix = np.zeros((len(worths), program.shape[1]))
    for i, w in enumerate(worths):
        matrix[i, w.columns] = [int(v) / w.scale for v in w.values]
    method = "convex program by cvxpy and Clarabel in floats; the rule and the bound by exact linear programs around it"
    total = _mean_program(program, worths, [Fraction(1)] * len(worths))
    if solve_program(total, time, exactly=False, progress=progress).status == "unbounded":
        raise unbounded(goal, "require no_deficit")
    found = _largest_product(program, matrix, time)
    if found is None:
        why = "No rule gives every player a positive worth, or the solver found none; then the product is 0."
        return Design("unknown", method=method, why=why, **common)
    one = Fraction(money_unit(env))
    best: Design | None = None
    for denominator in DENOMINATORS:
        target = [Fraction(float(u) / float(one)).limit_denominator(denominator) * one for u in found]
        if not all(target):
            continue
        units = [Fraction(1) / u for u in target]
        averages = _mean_program(program, worths, units)
        mean = solve_program(averages, time, progress=progress)
        nearest = solve_program(_ratio_program(program, worths, units), time, progress=progress)
        if mean.exact_x is None or nearest.exact_x is None:
            continue
        design = _around(env, goal, program, worths, units, mean, nearest, method, common)
        if best is None or best.status != "optimal":
            best = design if best is None or exact(design.bound or 0) < exact(best.bound or 0) else best
        if best.status == "optimal":
            break
    if best is None:
        return Design("unknown", method=method, why="The float optimum could not be confirmed in rationals.", **common)
    return best


def _around(
    env: Environment, goal: Goal, program: Program, worths: list[Any], units: list[Fraction], mean: Outcome,
    nearest: Outcome, method: str, common: dict[str, Any],
) -> Design:  # fmt: skip
    """The rule and the bound that two exact programs around a float optimum give."""
    assert mean.exact_x is not None and nearest.exact_x is not None
    table = exact_table(env, nearest.exact_x[: program.shape[1]])
    target = [1 / u for u in units]
    averages = _mean_program(program, worths, units)
    rule = table_rule(env, table, goal)
    verdicts = Report(tuple(verify(rule, env, property) for property in goal.require))
    assert goal.maximize is not None
    value = reached(goal.maximize, env, table)
    total = sum((int(c) * x for c, x in zip(averages.cost, mean.exact_x, strict=True) if x), Fraction(0))
    m = total / (_scale(worths, units) * len(units))
    bound = plain(exact(m ** len(units) * math.prod(target)))
    sure = value == bound
    near = "The bound holds for every rule; the rule found reaches"
    why = f"{near} it." if sure else f"{near} {float(exact(value) / exact(bound)):.9f} of it."
    return Design(
        "optimal" if sure else "feasible",
        method=method,
        rule=rule,
        value=value,
        bound=bound,
        verdicts=verdicts,
        why=why,
        **common,
    )


def _largest_product(program: Program, matrix: Array, time: float | None) -> Array | None:
    """The float worths at the largest product, or None."""
    import cvxpy
    from scipy.sparse import csr_array

    rows, columns = program.shape
    values = np.array([float(v) for v in program.values])
    a = csr_array((values, program.columns, program.starts), shape=(rows, columns))
    low, high = (
        np.array([math.nan if b is None else float(b) for b in side]) for side in (program.row_low, program.row_high)
    )
    scale = np.maximum(np.abs(a).max(axis=1).toarray().ravel(), 1e-300)
    a = csr_array(a.multiply(1 / scale[:, None]))
    low, high = low / scale, high / scale
    cp: Any = cvxpy
    x = cp.Variable(columns)
    equal = low == high
    up, down = ~np.isnan(low) & ~equal, ~np.isnan(high) & ~equal
    rules = [a[equal] @ x == low[equal], a[up] @ x >= low[up], a[down] @ x <= high[down]]
    for bounds, sign in ((program.low, 1), (program.high, -1)):
        kept = np.array([b is not None for b in bounds])
        limit = np.array([float(b) for b in bounds if b is not None])
        rules.append(sign * x[kept] >= sign * limit)
    unit = np.abs(matrix).max(axis=1)
    problem = cp.Problem(cp.Maximize(cp.sum(cp.log((matrix / unit[:, None]) @ x))), rules)
    try:
        # asks for more than can always be reached: the exact bound says how near it came
        options = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), 1e-10)
        options |= {} if time is None else {"time_limit": time}
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Solution may be inaccurate")
            warnings.filterwarnings("ignore", category=RuntimeWarning, module="cvxpy")
            problem.solve(solver=cp.CLARABEL, **options)
    except cp.SolverError:
        return None
    if x.value is None:
        return None
    worths: Array = matrix @ x.value
    return worths if (worths > 0).all() else None


def _scale(worths: list[Any], units: list[Fraction]) -> int:
    return math.lcm(*(w.scale * u.denominator for w, u in zip(worths, units, strict=True)))


def _mean_program(program: Program, worths: list[Any], units: list[Fraction]) -> Program:
    """Maximise the sum of u_i * units_i (times a whole number)."""
    scale = _scale(worths, units)
    cost: Array = np.zeros(program.shape[1], dtype=object)
    for w, unit in zip(worths, units, strict=True):
        factor = scale // (w.scale * unit.denominator) * unit.numerator
        for column, v in zip(w.columns, w.values, strict=True):
            cost[column] += int(v) * factor
    return replace(program, cost=cost)


def _ratio_program(program: Program, worths: list[Any], units: list[Fraction]) -> Program:
    """Maximise a factor t (a last column) with u_i * units_i >= t for every player."""
    last = program.shape[1]
    rows = []
    for w, unit in zip(worths, units, strict=True):
        values = [*(int(v) * unit.numerator for v in w.values), -w.scale * unit.denominator]
        rows.append(Row([*map(int, w.columns), last], values, 0))
    cost: Array = np.zeros(last + 1, dtype=object)
    cost[last] = 1
    return extended(program, rows, cost, [None])
