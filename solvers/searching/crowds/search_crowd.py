"""Search in a crowd: the best rule for many bidders who are alike, by Border's reduced form (Border 1991)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from time import monotonic
from typing import Any

import numpy as np

from ....games.crowd import Crowd
from ....games.errors import BadInput, GameTooLarge
from ....games.numbers import Number, plain
from ....mechanisms.goals import Goal
from ....mechanisms.tiers import Charges, TierRule, Tiers, tier_rule
from ...design import Design
from ...verdict import Report, Verdict
from ...verify import verify
from ..programs.linear import Outcome, Program, solve_program
from .interim import Line, aim_of, lines_for
from .ironing import proposals
from .reduced import Multipliers, Point, Reduced, confirmed, meets, rankings_of, violated

DIGITS_LIMIT = 20_000_000  # binary digits of all capacities together
FULL_CHECK = 1_000  # profiles up to which the rule is verified in the environment itself
MOST_VALUES = 60  # in a linear program
ROUNDS = 200
TIERS = "Border's reduced form; tiers by weights, ironed where incentives bind (Myerson 1981)"
STRATEGYPROOF = (
    "The truth is every bidder's best report whatever the others report: with private values drawn independently, what "
    "can be had on average can be had so (Manelli and Vincent 2010)."
)

Progress = Callable[[int, int], Any] | None


def search_crowd(crowd: Crowd, goal: Goal, time: float | None = None, progress: Progress = None) -> Design:
    """The best rule that treats the bidders of a crowd alike, for a goal about what they expect (Border 1991).

    Unknown is only what a bidder gets and pays on average at each report. Which chances can be had is known from
    Border's condition. Where neighbouring values are kept apart by incentives, the best chances are found by ironing
    (Myerson 1981), else by a linear program to which violated capacities are added; both are decided exactly. Raises
    BadInput for a requirement that is not about interim values, GameTooLarge.

    >>> import rulewright as rw
    >>> goal = rw.Goal((rw.bayesian_incentive_compatible, rw.interim_individually_rational), rw.revenue)
    >>> design = search_crowd(Crowd("a sale", 2, (1, 2, 3)), goal)
    >>> design.status, design.value, design.rule.allot((3, 3))
    ('optimal', 2, ((Fraction(1, 2), Fraction(3, 2)), (Fraction(1, 2), Fraction(3, 2))))
    """
    until = math.inf if time is None else monotonic() + time
    _guard(crowd)
    required = lines_for(crowd, goal)
    problem = Reduced(crowd, [line for _, lines in required for line in lines], aim_of(crowd, goal.maximize))
    common = {
        "goal": str(goal), "environment": crowd, "asked": goal,
        "searched": f'all rules for the {crowd.n:,} bidders of "{crowd.name}" that treat them alike (as the goal does, '
        f"no other rule does better), each of the {problem.m} values",
    }  # fmt: skip
    if progress is not None:
        progress(0, 2)
    for tiers, point, multipliers in proposals(problem):
        if monotonic() > until:
            return _none("unknown", "the time ran out before an answer was found", "Border's reduced form", common)
        if goal.maximize is not None and confirmed(problem, point, multipliers) is not None:
            method = f"{TIERS}, confirmed exactly by multipliers"
        elif goal.maximize is None and meets(problem, point):
            method = f"{TIERS}, confirmed exactly"
        else:
            continue
        return _found(problem, goal, required, [(Fraction(1), tiers)], point, method, common, progress)
    return _by_program(problem, goal, required, until, common, progress)


def _guard(crowd: Crowd) -> None:
    whole = crowd.weights[1]
    digits = crowd.n * whole.bit_length() * len(crowd.values)
    if digits > DIGITS_LIMIT:
        raise GameTooLarge(
            f'binary digits of exact chances in "{crowd.name}"', digits, DIGITS_LIMIT,
            "declare fewer bidders or values, or a prior of fractions with a smaller common denominator",
        )  # fmt: skip


def _none(status: str, why: str, method: str, common: dict[str, Any]) -> Design:
    return Design(status, method=method, why=why[0].upper() + why[1:] + ".", **common)


# -- what was found ---------------------------------------------------------------------------------------------------


def _found(
    problem: Reduced, goal: Goal, required: Sequence[tuple[Any, list[Line]]],
    rankings: Sequence[tuple[Fraction, Tiers]], point: Point, method: str, common: dict[str, Any], progress: Progress,
) -> Design:  # fmt: skip
    crowd = problem.crowd
    charges = _charges(problem, point)
    rule = tier_rule(crowd, rankings, charges, f"rule found for {goal}")
    if progress is not None:
        progress(1, 2)
    verdicts, checked = _verdicts(problem, required, rule)
    if progress is not None:
        progress(2, 2)
    if not all(v.status == "proved" for v in verdicts):
        failing = next(v for v in verdicts if v.status != "proved")
        return _none("unknown", f"the found rule failed its check: {failing}", method, common)
    method += f"; {checked}"
    if charges.steps is not None:
        common = common | {"why": STRATEGYPROOF}
    if goal.maximize is None:
        return Design("feasible", method=method, rule=rule, verdicts=verdicts, **common)
    value: Number = plain(point.value(problem.aim))
    return Design("optimal", method=method, rule=rule, value=value, bound=value, verdicts=verdicts, **common)


def _charges(problem: Reduced, point: Point) -> Charges:
    """Who pays what: by thresholds where payments rise with the chances alone, else a price for a unit, else a fee."""
    m = problem.m
    values, unit = problem.values
    chance, paid, scale = [q * unit for q in point.x[:m]], [p * unit for p in point.x[m:]], point.scale * unit
    fee = paid[0] - values[0] * point.x[0]  # what the lowest value pays beyond what she gets is worth
    low, high = problem.bounds

    def fits(least: Fraction, most: Fraction) -> bool:
        return (low is None or low <= least) and (high is None or most <= high)

    steps = _thresholds(problem, chance, paid)
    free = low is None and high is None
    if steps is not None:
        won = [steps[t] for t in range(m) if chance[t]]
        if free or fits(*(Fraction(fee, scale) + end for end in (min([*won, Fraction(0)]), max([*won, Fraction(0)])))):
            return Charges((fee,) * m, scale, steps=steps)
    price = tuple(p - fee if q else 0 for p, q in zip(paid, chance, strict=True))
    entry = tuple(fee if q else p for p, q in zip(paid, chance, strict=True))
    ends = [
        Fraction(f, scale) + (Fraction(p, q) if q else 0)
        for f, p, q in zip(entry, price, chance, strict=True)
        if not free
    ]
    if free or fits(min(*ends, Fraction(fee, scale)), max(*ends, Fraction(fee, scale))):
        return Charges(entry, scale, price=price, chance=tuple(chance))
    return Charges(tuple(paid), scale)


def _thresholds(problem: Reduced, chance: list[int], paid: list[int]) -> tuple[Fraction, ...] | None:
    """At what each rise of the chance is paid, between the two values; None where payments are not of this kind."""
    values, unit = problem.values
    steps = [Fraction(values[0], unit)]
    for t in range(1, problem.m):
        rise, more = chance[t] - chance[t - 1], paid[t] - paid[t - 1]
        if rise < 0 or not values[t - 1] * rise <= more * unit <= values[t] * rise:
            return None
        ends = [v for v in (values[t], values[t - 1]) if more * unit == v * rise]
        steps.append(Fraction(ends[0], unit) if ends else Fraction(more, rise))
    return tuple(steps)


def _verdicts(
    problem: Reduced, required: Sequence[tuple[Any, list[Line]]], rule: TierRule
) -> tuple[Report, str]:  # fmt: skip
    """The rule verified from the definitions where profiles are few, else its interim lines, each exactly."""
    crowd = problem.crowd
    if problem.m**crowd.n <= FULL_CHECK:
        env = crowd.environment()
        found = tuple(verify(rule, env, property) for property, _ in required)
        return Report(found), "the rule verified from the definitions"
    domain = f'the {problem.m} values of each of the {crowd.n:,} bidders of "{crowd.name}"'
    method = "what a bidder expects at each report, exactly"
    proved = (Verdict("proved", p.name, rule.name, domain, method, len(lines)) for p, lines in required)
    return Report(tuple(proved)), "the requirements checked exactly on what a bidder expects at each report"


# -- goals without ironing --------------------------------------------------------------------------------------------


def _by_program(
    problem: Reduced, goal: Goal, required: Sequence[tuple[Any, list[Line]]], until: float, common: dict[str, Any],
    progress: Progress,
) -> Design:  # fmt: skip
    """The optimum by a linear program, to which the sets of values that get too much are added until there is none."""
    m = problem.m
    if m > MOST_VALUES:
        raise GameTooLarge(
            f'values in "{problem.crowd.name}" under a goal that ironing does not solve', m, MOST_VALUES,
            "declare fewer values",
        )  # fmt: skip
    sets = [frozenset(range(t, m)) for t in range(m)]
    exactly = False
    name = "Border's reduced form; linear program by HiGHS"
    for _ in range(ROUNDS):
        left = until - monotonic()
        outcome = solve_program(_program(problem, sets), None if left == math.inf else left, exactly)
        if outcome.status == "infeasible":
            return _infeasible(problem, sets, common)
        if outcome.status == "unbounded":
            raise BadInput(
                f"{goal.maximize.name if goal.maximize else 'the goal'} can be made as large as one likes: bound the "
                "transfers of the crowd, or require interim_individually_rational"
            )
        if outcome.status != "optimal" or monotonic() > until:
            reason = "HiGHS gave up" if outcome.status == "unknown" else "the time ran out"
            return _none("unknown", f"{reason} before an answer was found", f"{name} ({reason})", common)
        if not exactly:
            fresh = [s for s in _too_much(problem, outcome) if s not in sets]
            sets += fresh
            exactly = not fresh
            continue
        if outcome.exact_x is None or outcome.exact_y is None:
            why = "the optimum of the linear program could not be confirmed in rational numbers"
            return _none("unknown", why, f"{name} in floats", common)
        point = _as_point(outcome.exact_x[: 2 * m])
        fresh = [s for s in violated(problem, point) if s not in sets]
        if not fresh:
            return _settled(problem, goal, required, sets, outcome, point, common, progress)
        sets += fresh
    return _none("unknown", f"{ROUNDS} rounds of added capacities were not enough", name, common)


def _settled(
    problem: Reduced, goal: Goal, required: Sequence[tuple[Any, list[Line]]], sets: Sequence[frozenset[int]],
    outcome: Outcome, point: Point, common: dict[str, Any], progress: Progress,
) -> Design:  # fmt: skip
    assert outcome.exact_x is not None and outcome.exact_y is not None
    m, k = problem.m, len(problem.lines)
    unit = math.lcm(*(c.denominator for c in problem.aim.cost))
    whole = problem.crowd.weights[1]
    lines = {j: y / unit for j, y in enumerate(outcome.exact_y[:k]) if y}
    # the row of a set says whole * given >= n * weights * chances, so its multiplier is that of the capacity / whole
    weights = {s: y * whole / unit for s, y in zip(sets, outcome.exact_y[k:], strict=True) if y}
    if confirmed(problem, point, Multipliers(lines, weights)) is None:
        why = "the optimum of the linear program could not be confirmed in rational numbers"
        return _none("unknown", why, "Border's reduced form; linear program by HiGHS in floats", common)
    rankings = rankings_of(problem.crowd, [Fraction(q, point.scale) for q in point.x[:m]])
    method = "Border's reduced form; linear program by HiGHS, its basis solved in rationals, confirmed by multipliers"
    return _found(problem, goal, required, rankings, point, method, common, progress)


def _program(problem: Reduced, sets: Sequence[frozenset[int]], slack: bool = False) -> Program:
    """Columns: chances, payments, what each set is given (within its capacity), and a slack that lines may miss by."""
    crowd, m = problem.crowd, problem.m
    masses, whole = crowd.weights
    last = 2 * m + len(sets)
    starts, columns, values = [0], list[int](), list[int]()
    row_low: list[int | None] = []
    row_high: list[int | None] = []

    def row(entries: Sequence[tuple[int, int]], low: int | None, high: int | None) -> None:
        columns.extend(c for c, _ in entries)
        values.extend(v for _, v in entries)
        starts.append(len(columns))
        row_low.append(low)
        row_high.append(high)

    for line in problem.lines:
        entries = list(zip(line.columns, line.values, strict=True))
        missed = max(map(abs, line.values), default=1) if slack else 0
        row([*entries, *([(last, missed)] if slack else [])], line.low, line.low if line.equal and not slack else None)
        if slack and line.equal:
            row([*entries, (last, -missed)], None, line.low)
    for k, members in enumerate(sets):
        row([*((t, -crowd.n * masses[t]) for t in sorted(members)), (2 * m + k, whole)], 0, None)
    pay_low, pay_high = problem.bounds
    capacities = [Fraction(crowd.capacity(sum(masses[t] for t in s)), problem.base) for s in sets]
    low: list[Any] = [*[0] * m, *[pay_low] * m, *[None] * len(sets), *([0] if slack else [])]
    high: list[Any] = [*[None] * m, *[pay_high] * m, *capacities, *([None] if slack else [])]
    unit = math.lcm(*(c.denominator for c in problem.aim.cost))
    cost = [0 if slack else c.numerator * (unit // c.denominator) for c in problem.aim.cost]
    cost += [0] * len(sets) + ([-1] if slack else [])
    top = max((abs(float(v)) for v in crowd.values), default=1.0) or 1.0
    units = np.ones(len(cost))
    units[m : 2 * m] = top
    return Program(
        np.array(starts, dtype=np.int64), np.array(columns, dtype=np.int64), np.array(values, dtype=object), row_low,
        row_high, low, high, np.array(cost, dtype=object), units,
    )  # fmt: skip


def _too_much(problem: Reduced, outcome: Outcome) -> list[frozenset[int]]:
    """The sets that the float solution gives clearly too much."""
    assert outcome.x is not None
    chances = [Fraction(max(0.0, float(q) - 1e-7)).limit_denominator(10**9) for q in outcome.x[: problem.m]]
    return violated(problem, _as_point([*chances, *[Fraction(0)] * problem.m]))


def _as_point(x: Sequence[Fraction]) -> Point:
    scale = math.lcm(*(q.denominator for q in x))
    return Point([q.numerator * (scale // q.denominator) for q in x], scale)


def _infeasible(problem: Reduced, sets: Sequence[frozenset[int]], common: dict[str, Any]) -> Design:
    """No rule meets the lines: confirmed by how much they must at least be missed, exactly."""
    outcome = solve_program(_program(problem, sets, slack=True))
    if outcome.exact_x is None or outcome.exact_x[-1] <= 0:
        why = "HiGHS finds no rule that meets the goal, which could not be confirmed in rational numbers"
        return _none("unknown", why, "Border's reduced form; linear program by HiGHS in floats", common)
    why = "no chances within the capacities, and no payments, meet all requirements on what a bidder expects"
    return _none(
        "infeasible", why, "Border's reduced form; linear program by HiGHS, its basis solved in rationals", common
    )
