"""Lazy rows: the linear program of a goal, in which only the lies that tempt somebody are ever written down."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from time import monotonic
from typing import Any

import numpy as np

from ....games.environment import Environment
from ....games.errors import BadInput
from ....games.numbers import Array, plain, show
from ....mechanisms.goals import Goal
from ... import proofs
from ...design import Design
from ...verdict import Report
from ...verification.statements import Statement
from ...verify import domain_of, verify
from ..programs.objectives import parts_of, reached
from ..programs.program import common_of, statements_of, table_rule, unbounded
from .drafts import COARSE, drafts, menu_of, sketched
from .duality import Bound, upper_bound
from .master import Master, master_of
from .repair import Entry
from .simplex import Simplex, Solved, over_one
from .temptation import Liars
from .worths import Sheet, stacked

NOISE = 1e-9  # of the largest utility: gains below are those of rounding
ROUNDS = 500
SKETCH = 400  # types that stand for all others in a first draft
FINISH = 0.3  # of the time is kept for what comes after the rounds


@dataclass(frozen=True)
class LazyOutcome:
    """What the rounds came to: float unknowns and multipliers for the rows used, exact ones where they were had."""

    status: str  # "optimal" (no lie tempts by more than noise) | "time" | "unknown" | "infeasible" | "unbounded"
    sheet: Sheet
    rounds: int
    z: Array | None = None
    exact_z: list[Fraction] | None = None
    bound: Bound | None = None


def search_lazily(env: Environment, goal: Goal, time: float | None = None, progress: Any = None) -> Design:
    """The best randomised direct mechanism for the goal, found with the few lies that matter among very many.

    The rule is verified in full and the bound is exact. Raises BadInput, GameTooLarge.
    """
    until = math.inf if time is None else monotonic() + time
    statements = statements_of(env, goal)
    if goal.maximize is not None and goal.maximize.combine != "min":
        raise BadInput(f"{goal.maximize.name} is not linear, and so many lies are looked at for linear goals alone")
    parts = [] if goal.maximize is None else parts_of(goal.maximize, env)
    spare = until if time is None else until - FINISH * time
    menus = [] if time is None else _sketch(env, goal, until)
    outcome, master = solve_lazily(env, statements, parts, spare, progress)
    common = common_of(env, goal, "randomised direct mechanisms")
    if outcome.status == "infeasible":
        return _impossible(env, statements, outcome, common)
    if outcome.status == "unbounded":
        raise unbounded(goal, "require individually_rational")
    return _best(env, goal, statements, parts, master, outcome, menus, until, common)


def _sketch(env: Environment, goal: Goal, until: float) -> list[list[Entry]]:
    """The menu that is best for a few types in the place of very many, so that there is a rule when time runs out."""
    if len(env.players) > 1 or env.interdependent or env.n_profiles <= 2 * SKETCH or goal.maximize is None:
        return []
    small = sketched(env, SKETCH)
    outcome, master = solve_lazily(small, statements_of(small, goal), parts_of(goal.maximize, small), until, None)
    return [] if outcome.z is None else [menu_of(master.space, outcome.z, COARSE)]


# -- the rounds -------------------------------------------------------------------------------------------------------


def solve_lazily(
    env: Environment, statements: Sequence[Statement], parts: Sequence[Any], until: float, progress: Any
) -> tuple[LazyOutcome, Master]:
    """Solve with few lies, add for each type the one that tempts her most, until none does; then decide exactly."""
    master, families = master_of(env, statements, parts)
    sheets = [family.sheet(*_against_all(family, *family.nearest())) for family in families]
    simplex = Simplex(replace(master, sheet=stacked([master.sheet, *sheets])))
    known = [_numbers(sheet) for sheet in sheets]
    total = sum(family.at.size * (len(family.at) - 1) for family in families)
    last = Solved("unknown")
    rounds, status = 0, "unknown"
    while rounds < ROUNDS:
        rounds += 1
        solved = simplex.solve(until - monotonic())
        status = solved.status
        if status == "infeasible":
            return LazyOutcome(
                status, simplex.sheet, rounds, bound=_contradiction(simplex, families, statements)
            ), master
        if status == "unbounded":
            return LazyOutcome(status, simplex.sheet, rounds), master
        last = solved if solved.z is not None or last.z is None else last
        if status != "optimal" or solved.z is None:
            break
        fresh = 0
        for k, family in enumerate(families):
            cut = _cut(family, solved.z, known[k])
            if cut is not None:
                known[k] = np.union1d(known[k], _numbers(cut))
                simplex.add(cut)
                fresh += cut.size
        if progress is not None:
            progress(sum(map(len, known)), total)
        if not fresh:
            break
        if monotonic() > until:
            status = "time"
            break
    else:
        status = "unknown"
    exact_z, bound = _decided(simplex, families, statements, last, status, until)
    return LazyOutcome(status, simplex.sheet, rounds, last.z, exact_z, bound), master


def _against_all(family: Liars, types: Array, lies: Array) -> tuple[Array, Array, Array]:
    """Each pair against all reports of the others."""
    count = family.at.shape[1]
    return np.repeat(types, count), np.repeat(lies, count), np.tile(np.arange(count), len(types))


def _numbers(sheet: Sheet) -> Array:
    return np.unique(sheet.cases)


def _cut(family: Liars, z: Array, known: Array) -> Sheet | None:
    """The rows of the most tempting lie of each type that is tempted, against all reports of the others."""
    found = []
    for types, others, best, gain in family.tempted(z):
        tempted = np.flatnonzero(gain > NOISE)
        if len(tempted):
            found.append((types[tempted], best[tempted], others[tempted]))
    if not found:
        return None
    types, lies, others = (np.concatenate(each) for each in zip(*found, strict=True))
    new = ~np.isin(family.cases(types, lies, others), known)
    return family.sheet(types[new], lies[new], others[new]) if new.any() else None


# -- what is sure -----------------------------------------------------------------------------------------------------


def _decided(
    simplex: Simplex, families: Sequence[Liars], statements: Sequence[Statement], last: Solved, status: str,
    until: float,
) -> tuple[list[Fraction] | None, Bound | None]:  # fmt: skip
    """The exact unknowns of the last basis, and the best bound there is."""
    bounds: list[Bound | None] = []
    exact_z, exact_y = simplex.exact_basis(until) if status == "optimal" else (None, None)

    def note(y: tuple[list[int], int]) -> None:
        bounds.append(upper_bound(simplex.master, families, statements, simplex.sheet, *y))

    if exact_y is not None:
        note(over_one(exact_y))
    elif last.y is not None:
        rest = np.zeros(simplex.sheet.size - len(last.y))
        note(simplex.rounded(np.concatenate([last.y, rest])))
    if not any(bounds):
        note(([0] * simplex.sheet.size, 1))
    return exact_z, min((b for b in bounds if b is not None), key=lambda b: b.value, default=None)


def _contradiction(simplex: Simplex, families: Sequence[Liars], statements: Sequence[Statement]) -> Bound | None:
    """Multipliers by which 0 would be at most a negative number; None where they cannot be confirmed exactly."""
    ray = simplex.contradiction()
    if ray is None:
        return None
    master = replace(simplex.master, cost=np.zeros_like(simplex.master.cost), parts=0, constant=Fraction(0))
    for y in (ray, -ray):
        found = upper_bound(master, families, statements, simplex.sheet, *simplex.rounded(y))
        if found is not None and found.value < 0:
            return found
    return None


def _impossible(
    env: Environment, statements: Sequence[Statement], outcome: LazyOutcome, common: dict[str, Any]
) -> Design:
    method = "linear program by HiGHS, lies added as they tempt"
    if outcome.bound is None:
        why = "In floats no rule meets the goal; this could not be confirmed in rational numbers."
        return Design("unknown", method=method, why=why, **common)
    multipliers = outcome.bound.multipliers
    guilty = list(dict.fromkeys(statements[k].property.name for k, _, _ in multipliers))
    names = " and ".join(guilty)
    why = f"{names} cannot {'be met by any rule' if len(guilty) == 1 else 'hold together'} on {domain_of(env)}."
    words = f"no rule is {names} on {domain_of(env)}"
    return Design(
        "infeasible", method=f"{method}; the clash proved in rationals", why=why,
        certify=lambda: proofs.infeasible(env, statements, multipliers, words), **common,
    )  # fmt: skip


# -- the rule ---------------------------------------------------------------------------------------------------------


def _best(
    env: Environment, goal: Goal, statements: Sequence[Statement], parts: Sequence[Any], master: Master,
    outcome: LazyOutcome, menus: Sequence[list[Entry]], until: float, common: dict[str, Any],
) -> Design:  # fmt: skip
    method = f"linear program by HiGHS, lies added as they tempt ({outcome.sheet.size:,} rows, {outcome.rounds} rounds)"
    bound = None if goal.maximize is None else outcome.bound
    limit = None if bound is None else bound.value
    late = outcome.status == "time"
    refused = made = ""
    for table, how in drafts(goal, master.space, outcome.exact_z, outcome.z, menus, limit, until):
        made, rule = how, table_rule(env, table, goal)
        verdicts = Report(tuple(verify(rule, env, property) for property in goal.require))
        if all(v.status == "proved" for v in verdicts):
            break
        failing = next(v for v in verdicts if v.status != "proved")
        refused = f" The solution could not be made a rule that meets the goal: {failing.counterexample}."
    else:
        reason = "The time ran out" if late else "No exact rule was found"
        return Design("unknown", method=method, bound=limit, why=f"{reason}.{refused}", **common)
    method += f"; {made}; the rule verified from the definitions"
    found = {"method": method, "rule": rule, "verdicts": verdicts, **common}
    if goal.maximize is None:
        return Design("feasible", certify=lambda: proofs.proved(env, table, statements, rule.name), **found)
    value = Fraction(reached(goal.maximize, env, table))
    if bound is None or bound.value != value:
        why = "The optimum could not be confirmed in rational numbers; the rule is verified and the bound is exact."
        why = "The time ran out; this is the best rule so far, and the bound is exact." if late else why
        return Design("feasible", value=plain(value), bound=limit, why=why, **found)
    words = f"the rule meets the goal ({goal}) and none in the search does better: {show(value)}"
    weights, multipliers = bound.weights, bound.multipliers
    return Design(
        "optimal", value=plain(value), bound=plain(value),
        certify=lambda: proofs.optimal(env, table, statements, parts, weights, multipliers, value, words), **found,
    )  # fmt: skip
