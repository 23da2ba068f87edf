"""Leximin: the least worth as large as possible, then the second least, and so on, each level proved."""

from __future__ import annotations

import copy
import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import rulewright as rw
from rulewright import games
from rulewright.mechanisms import leximin_welfare

FAIR = (rw.strategyproof, rw.individually_rational)


def worths(rule: Any, env: Any) -> list[Fraction]:
    """What each player expects, in increasing order, from the outcomes themselves (all profiles equally likely)."""
    found = dict.fromkeys(env.players, Fraction(0))
    for profile in env.profiles():
        outcome, payments = rule.result(env, profile)
        drawn = outcome.items() if isinstance(outcome, rw.Lottery) else [(outcome, 1)]
        for i in env.players:
            found[i] += sum((Fraction(p) * env.utility(i, o, profile[i]) for o, p in drawn), Fraction(0))
            found[i] -= Fraction(payments[i])
    return sorted(w / env.n_profiles for w in found.values())


def by_hand(rows: Any, a_ub: Any, b_ub: Any, a_eq: Any, b_eq: Any) -> list[float]:
    """The leximin vector in floats, one program a player to see who is fixed (Potters and Tijs 1992)."""
    n, size = rows.shape
    fixed: dict[int, float] = {}
    bounds = [(0, 1)] * size + [(None, None)]

    def program(raised: int | None, level: float) -> float:
        """Raise all that are not fixed together, or one of them with the others at the level."""
        a, b = [[*row, 0] for row in a_ub], list(b_ub)
        for i in range(n):
            if i in fixed:
                a.append([*-rows[i], 0])
                b.append(-fixed[i] + 1e-10)
            elif raised is None or i == raised:
                a.append([*-rows[i], 1])
                b.append(0)
            else:
                a.append([*-rows[i], 0])
                b.append(-level + 1e-10)
        solved = linprog([0] * size + [-1], A_ub=a, b_ub=b, A_eq=[[*row, 0] for row in a_eq], b_eq=b_eq, bounds=bounds)
        assert solved.status == 0
        return float(-solved.fun)

    while len(fixed) < n:
        level = program(None, 0)
        stuck = [i for i in range(n) if i not in fixed and program(i, level) < level + 1e-7]
        fixed |= dict.fromkeys(stuck, level)
    return sorted(fixed.values())


@st.composite
def choices(draw: Any) -> rw.Environment:
    players, amounts = "abcd"[: draw(st.integers(2, 4))], st.integers(-3, 5)
    types = {p: tuple(range(draw(st.integers(1, 2)) if p == "a" else 1)) for p in players}
    table = {(p, o, t): draw(amounts) for p in players for t in types[p] for o in "xyz"}
    return rw.Environment("any", types, ("x", "y", "z"), lambda p, o, t: table[p, o, t])


@settings(max_examples=30, deadline=None)
@given(choices())
def test_it_is_what_a_sequence_of_programs_by_hand_finds(env: rw.Environment) -> None:
    design = rw.search(env, rw.Goal((rw.strategyproof,), leximin_welfare))
    assert design.status == "optimal" and design.check()
    profiles = list(itertools.product(*(env.types[p] for p in env.players)))
    n = len(profiles)
    utility = {
        (i, t): np.array([float(env.utility(i, o, t)) for o in "xyz"]) for i in env.players for t in env.types[i]
    }
    rows = np.array([np.concatenate([utility[i, each[k]] for each in profiles]) / n for k, i in enumerate(env.players)])
    a_eq = [np.repeat(np.eye(n)[k], 3) for k in range(n)]
    a_ub = [np.zeros(3 * n)]
    for k, lie in itertools.permutations(range(n), 2):  # only the first player has two types
        row = np.zeros(3 * n)
        row[3 * lie : 3 * lie + 3] += utility["a", profiles[k][0]]
        row[3 * k : 3 * k + 3] -= utility["a", profiles[k][0]]
        a_ub.append(row)
    expected = by_hand(rows, a_ub, np.zeros(len(a_ub)), a_eq, np.ones(n))
    reached = worths(design.rule, env)
    assert [float(w) for w in reached] == pytest.approx(expected, abs=1e-6)
    assert design.value == reached[0]
    assert design.why == f"In increasing order: {', '.join(map(str, reached))}."


def test_the_least_is_the_egalitarian_one_and_the_others_are_better() -> None:
    """Whatever is chosen ann gets 1; the least worth alone does not say what the others get."""
    table = {"x": (1, 2, 9), "y": (1, 6, 2), "z": (1, 1, 1)}
    env = rw.Environment("three", dict.fromkeys(("ann", "bob", "cem"), (0,)), ("x", "y", "z"),
                         lambda p, o, t: table[o][("ann", "bob", "cem").index(p)])  # fmt: skip
    design = rw.search(env, rw.Goal((), leximin_welfare))
    assert worths(design.rule, env) == [1, Fraction(50, 11), Fraction(50, 11)]
    least = rw.search(env, rw.Goal((), rw.egalitarian))
    assert least.value == design.value == 1
    assert worths(least.rule, env) <= worths(design.rule, env)


def test_with_money_incentives_and_a_budget() -> None:
    env = games.allocation(dict.fromkeys(("ann", "bob", "cem"), (1, 3)), transfers=(-4, 4))
    goal = rw.Goal((*FAIR, rw.no_deficit), leximin_welfare)
    design = rw.search(env, goal)
    assert design.status == "optimal" and design.check()
    assert design.value == rw.search(env, rw.Goal(goal.require, rw.egalitarian)).value == worths(design.rule, env)[0]
    assert rw.verify(design.rule, env, *goal.require).status == "proved"


@pytest.mark.parametrize("unit", [Fraction(1, 10**9), 10**9])
def test_the_unit_does_not_matter(unit: Any) -> None:
    def found(k: Any) -> Any:
        table = {"x": (1, 2, 9), "y": (1, 6, 2), "z": (3, 1, 1)}
        types = dict.fromkeys(("ann", "bob", "cem"), (1, 2))
        return rw.Environment("u", types, ("x", "y", "z"), lambda p, o, t: k * t * table[o][types_at(p)])

    def types_at(player: str) -> int:
        return ("ann", "bob", "cem").index(player)

    scaled, plain = (rw.search(found(k), rw.Goal((rw.strategyproof,), leximin_welfare)) for k in (unit, 1))
    assert scaled.status == plain.status == "optimal"
    assert [w / Fraction(unit) for w in worths(scaled.rule, found(unit))] == worths(plain.rule, found(1))


def test_each_level_is_certified_and_a_changed_one_is_refused() -> None:
    table = {"x": (1, 2, 9), "y": (1, 6, 2), "z": (1, 1, 1)}
    env = rw.Environment("three", dict.fromkeys(("ann", "bob", "cem"), (0,)), ("x", "y", "z"),
                         lambda p, o, t: table[o][("ann", "bob", "cem").index(p)])  # fmt: skip
    design = rw.search(env, rw.Goal((), leximin_welfare))
    proof = design.certificate
    assert rw.check(proof) and proof["claim"] == "all" and len(proof["parts"]) == 2
    for part in (0, 1):
        wrong = copy.deepcopy(proof)
        wrong["parts"][part]["value"] = "5"
        assert not rw.check(wrong)
    other = copy.deepcopy(proof)
    for part in other["parts"]:
        part["rule"]["points"] = [[[2, "1"]]]
    assert not rw.check(other), "another rule reaches the first level, and not the second"


def test_what_cannot_be_is_told() -> None:
    env = games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=(-4, 4))
    never = rw.mechanisms.at_least(rw.revenue, 2)
    design = rw.search(env, rw.Goal((*FAIR, never), leximin_welfare))
    assert design.status == "infeasible" and design.check()
    free = games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=(None, None))
    with pytest.raises(rw.BadInput, match="leximin_welfare can be made as large as one likes"):
        rw.search(free, rw.Goal(FAIR, leximin_welfare))


def test_without_time_nothing_is_claimed() -> None:
    env = games.allocation(dict.fromkeys(("ann", "bob", "cem"), (1, 2, 3, 4)), transfers=(-4, 4))
    design = rw.search(env, rw.Goal(FAIR, leximin_welfare), time=0)
    assert design.status in ("optimal", "feasible", "unknown")
    assert design.status == "optimal" or "time ran out" in design.why
