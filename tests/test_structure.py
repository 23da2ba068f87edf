"""Structure shortens the work and changes no answer: symmetry, single crossing, independence, the compiled kernel."""

from __future__ import annotations

import itertools
from fractions import Fraction
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright.mechanisms import tabulated
from rulewright.mechanisms.table import pack
from rulewright.mechanisms.tabulated import from_table
from rulewright.solvers.verification import kernel, scan, structure
from rulewright.solvers.verification.plan import grid_of, plan_of
from rulewright.solvers.verification.statements import trace
from rulewright.solvers.verification.verify_arrays import ALIKE, CROSSING, INDEPENDENT

PLAYERS = ("ann", "bob", "cem")
PATCHED = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Structure is looked for in problems of any size."""
    monkeypatch.setattr(structure, "WORTH_IT", 1)
    monkeypatch.setattr("rulewright.solvers.verification.verify_arrays.WORTH_IT", 1)


def same(one: rw.Verdict, other: rw.Verdict) -> None:
    """The same answer in all but the method."""
    assert (one.status, one.checked, one.margin) == (other.status, other.checked, other.margin)
    assert str(one.counterexample) == str(other.counterexample)
    assert one.certificate == other.certificate


# -- anonymity --------------------------------------------------------------------------------------------------------


@st.composite
def anonymous_rules(draw: Any) -> tuple[rw.Environment, Any, Any]:
    """A rule for one item (chance and payment depend on one's report and the multiset of the others'), and its table.

    The third value is the same table with a single payment changed.
    """
    m, n = draw(st.integers(2, 3)), 3
    env = rw.games.allocation(dict.fromkeys(PLAYERS, tuple(range(m))))
    chance, price = {}, {}
    for own in range(m):
        for others in itertools.combinations_with_replacement(range(m), n - 1):
            chance[own, others] = draw(st.sampled_from([0, Fraction(1, 3), Fraction(1, 6)]))
            price[own, others] = draw(st.integers(-1, 1))
    points, paid = [], []
    for reports in itertools.product(range(m), repeat=n):
        rest = [tuple(sorted(reports[:i] + reports[i + 1 :])) for i in range(n)]
        lots = {i: chance[reports[i], rest[i]] for i in range(n)}
        points.append({k: w for k, w in {**lots, n: 1 - sum(lots.values())}.items() if w})
        paid.append([price[reports[i], rest[i]] for i in range(n)])
    k = draw(st.integers(0, len(paid) - 1))
    off = [list(row) for row in paid]
    off[k][draw(st.integers(0, n - 1))] += 1
    return env, from_table(env, pack(points, paid), "any"), from_table(env, pack(points, off), "uneven")


@PATCHED
@given(anonymous_rules())
def test_one_player_against_the_multisets_of_the_others_stands_for_all(small: None, given_: Any) -> None:
    env, rule, uneven = given_
    for ask in (rw.strategyproof, rw.individually_rational):
        short = rw.verify(rule, env, ask)
        assert ALIKE in short.method
        same(short, rw.verify(rule, env, ask, structure=False))
        other = rw.verify(uneven, env, ask)
        same(other, rw.verify(uneven, env, ask, structure=False))


@PATCHED
@given(anonymous_rules())
def test_a_rule_that_is_not_anonymous_is_not_taken_for_one(small: None, given_: Any) -> None:
    env, _, uneven = given_
    assert (ALIKE in rw.verify(uneven, env, rw.strategyproof).method) == bool(
        rw.verify(uneven, env, rw.mechanisms.anonymous)
    )


def test_ties_for_the_first_named_player_are_not_anonymous(small: None) -> None:
    env = rw.games.allocation(dict.fromkeys(PLAYERS, (1, 2, 3)))
    assert ALIKE not in rw.verify(rw.mechanisms.second_price, env, rw.strategyproof).method
    unpaid = rw.games.allocation(dict.fromkeys(PLAYERS, (1, 2, 3)), transfers=None)
    first_of_the_highest = tabulated(unpaid, np.indices((3, 3, 3)).argmax(axis=0))
    assert ALIKE not in rw.verify(first_of_the_highest, unpaid, rw.strategyproof).method
    different = rw.games.allocation({"ann": (1, 2), "bob": (1, 2), "cem": (1, 3)})
    rule = tabulated(different, np.full((2, 2, 2), 3))  # nobody gets it
    assert ALIKE not in rw.verify(rule, different, rw.strategyproof).method
    favoured = rw.Environment(
        "favoured", dict.fromkeys(PLAYERS, (1, 2)), ("x", "y"), lambda p, x, t: t if x == "x" and p == "ann" else 0
    )
    assert ALIKE not in rw.verify(tabulated(favoured, np.zeros((2, 2, 2), int)), favoured, rw.strategyproof).method


# -- single crossing --------------------------------------------------------------------------------------------------


@st.composite
def rules_for_an_item(draw: Any) -> tuple[rw.Environment, Any]:
    values = draw(st.lists(st.one_of(st.integers(0, 9), st.sampled_from([0.1, 1e-9])), min_size=1, max_size=4,
                           unique=True))  # fmt: skip
    env = rw.games.allocation({"ann": tuple(values), "bob": (1, 2)})
    prices = draw(st.lists(st.integers(-2, 2), min_size=4 * len(values), max_size=4 * len(values)))
    chosen = draw(st.lists(st.integers(0, 2), min_size=2 * len(values), max_size=2 * len(values)))
    shape = (len(values), 2)
    return env, tabulated(env, np.array(chosen).reshape(shape), np.array(prices).reshape(*shape, 2))


@PATCHED
@given(rules_for_an_item())
def test_lies_to_neighbouring_types_stand_for_all(small: None, given_: Any) -> None:
    env, rule = given_
    short = rw.verify(rule, env, rw.strategyproof)
    assert (CROSSING in short.method) == (len(env.types["ann"]) > 2)
    same(short, rw.verify(rule, env, rw.strategyproof, structure=False))


@PATCHED
@given(st.data())
def test_with_any_utilities_structure_changes_no_answer(small: None, data: Any) -> None:
    worth = data.draw(st.lists(st.integers(-3, 3), min_size=18, max_size=18))
    env = rw.Environment(
        "any", {"ann": (0, 1, 2), "bob": (0, 1, 2)}, ("x", "y", "z"),
        lambda p, x, t: worth[(p == "bob") * 9 + "xyz".index(x) * 3 + t],
    )  # fmt: skip
    chosen = data.draw(st.lists(st.integers(0, 2), min_size=9, max_size=9))
    rule = tabulated(env, np.array(chosen).reshape(3, 3))
    for ask in (rw.strategyproof, rw.efficient, rw.mechanisms.nearly_strategyproof(1)):
        same(rw.verify(rule, env, ask), rw.verify(rule, env, ask, structure=False))


def test_utilities_that_cross_twice_are_not_taken_for_single_crossing(small: None) -> None:
    """Lies to neighbours do not pay, whatever the order, but a lie by two steps does."""
    worth = ((0, 0, 1), (0, 5, 0), (0, 6, 7))
    env = rw.Environment("three", {"ann": (0, 1, 2)}, (0, 1, 2), lambda p, x, t: worth[t][x])
    verdict = rw.verify(tabulated(env, np.array([0, 1, 2])), env, rw.strategyproof)
    assert verdict.status == "refuted" and CROSSING not in verdict.method
    assert (verdict.counterexample.case.types["ann"], verdict.counterexample.case.reports["ann"]) == (0, 2)


def test_neighbours_are_those_by_value_and_not_by_declaration(small: None) -> None:
    """Only 0 and 1 trade places with a gain, and they are not declared side by side."""
    env = rw.games.allocation({"ann": (0, 10, 1), "bob": (5,)})
    lots = [{2: 1}, {0: 1}, {0: Fraction(1, 2), 2: Fraction(1, 2)}]
    rule = from_table(env, pack(lots, [[0, 0], [2, 0], [Fraction(-1, 10), 0]]), "tempting")
    verdict = rw.verify(rule, env, rw.strategyproof)
    assert CROSSING in verdict.method and verdict.status == "refuted"
    assert verdict.counterexample.gain == Fraction(1, 10)


# -- independent types ------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.data())
def test_averages_made_once_are_the_averages_made_for_every_type(data: Any) -> None:
    """The same prior given as independent and as joint probabilities, and one that is not independent."""
    third = data.draw(st.sampled_from([Fraction(1, 3), Fraction(1, 2), 0, 1]))
    each = {"ann": {1: third, 2: 1 - third}, "bob": {1: Fraction(1, 4), 3: Fraction(3, 4)}}
    each = {p: {t: w for t, w in row.items() if w} for p, row in each.items()}
    joint = {
        rw.Profile({"ann": a, "bob": b}): each["ann"][a] * each["bob"][b] for a in each["ann"] for b in each["bob"]
    }
    types = {p: tuple(row) for p, row in each.items()}
    n = len(types["ann"])
    lots = st.sampled_from([{0: 1}, {1: 1}, {0: Fraction(1, 5), 2: Fraction(4, 5)}])
    points = [data.draw(lots) for _ in range(2 * n)]
    paid = [[data.draw(st.integers(-1, 2)) for _ in range(2)] for _ in range(2 * n)]
    for ask in (rw.bayesian_incentive_compatible, rw.mechanisms.interim_individually_rational):
        found = []
        for prior in (each, joint):
            env = rw.games.allocation(types, prior=prior)
            found.append(rw.verify(from_table(env, pack(points, paid), "any"), env, ask))
        assert [INDEPENDENT in v.method for v in found] == [True, True]
        assert found[0].status == found[1].status and found[0].margin == found[1].margin
        assert str(found[0].counterexample) == str(found[1].counterexample)
        # by hand
        env = rw.games.allocation(types, prior=each)
        rule = from_table(env, pack(points, paid), "any")
        for s in trace(ask, env):
            grid = grid_of(env, rule.table(env), s.margin, s.case.variables, {})
            values = np.broadcast_to(grid.values, [len(env.types[v.player]) for v in s.case.variables])
            for place in np.ndindex(values.shape):
                case = s.case.at({v: env.types[v.player][k] for v, k in zip(s.case.variables, place, strict=True)})
                has, needs = ask.sides(rule, env, case)
                assert Fraction(int(values[place]), grid.scale) == Fraction(has) - Fraction(needs)


def test_types_that_go_together_are_not_taken_for_independent() -> None:
    joint = {rw.Profile({"ann": 1, "bob": 1}): Fraction(1, 2), rw.Profile({"ann": 2, "bob": 2}): Fraction(1, 2)}
    env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)}, prior=joint)
    verdict = rw.verify(rw.mechanisms.second_price, env, rw.bayesian_incentive_compatible)
    assert not env.independent and INDEPENDENT not in verdict.method


# -- numbers that int64 does not hold ---------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.data())
def test_wide_numbers_are_decided_exactly_by_floats_and_residues(data: Any) -> None:
    """Sums of numbers that cancel almost or fully, where floats alone would be wrong."""
    big = data.draw(st.sampled_from([2**62, 3**45, 10**25, 2**100 + 1]))
    small = st.integers(-2, 2)
    env = rw.Environment(
        "wide", {"ann": (0, 1, 2)}, ("x", "y"), lambda p, x, t: {"x": big + t, "y": big}[x], transfers=(None, None)
    )
    chosen = data.draw(st.lists(st.integers(0, 1), min_size=3, max_size=3))
    paid = [[data.draw(small) + data.draw(st.sampled_from([0, 0, big]))] for _ in range(3)]
    rule = tabulated(env, np.array(chosen), np.array(paid, dtype=object))
    (statement,) = trace(rw.strategyproof, env)
    ready = scan.scan_of(plan_of(env, rule.table(env), statement.margin, statement.case))
    assert (ready.floats is not None) == (big < 2**110)
    verdict = rw.verify(rule, env, rw.strategyproof)
    margins = [
        (big + t if chosen[t] == 0 else big) - paid[t][0] - ((big + t if chosen[s] == 0 else big) - paid[s][0])
        for t in range(3) for s in range(3) if s != t
    ]  # fmt: skip
    assert verdict.status == ("proved" if min(margins) >= 0 else "refuted")
    assert verdict.status == "refuted" or verdict.margin == min(margins)


# -- the compiled kernel ----------------------------------------------------------------------------------------------

numba = pytest.mark.skipif(find_spec("numba") is None, reason="the extra fast (numba) is not installed")


@numba
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_kernel_says_what_arrays_say(monkeypatch: pytest.MonkeyPatch, data: Any) -> None:
    sizes = [data.draw(st.integers(1, 3)) for _ in range(data.draw(st.integers(1, 3)))]
    env = rw.games.allocation({p: tuple(range(1, n + 1)) for p, n in zip(PLAYERS, sizes, strict=False)})
    total = int(np.prod(sizes))
    outcome, price = st.integers(0, len(sizes)), st.integers(0, 3)
    chosen = np.array(data.draw(st.lists(outcome, min_size=total, max_size=total))).reshape(sizes)
    length = total * len(sizes)
    paid = np.array(data.draw(st.lists(price, min_size=length, max_size=length))).reshape(*sizes, -1)
    rule = tabulated(env, chosen, paid)
    kernel.compiled()
    calls = kernel.compiled.cache_info().hits
    for ask in (rw.strategyproof, rw.individually_rational, rw.no_deficit, rw.budget_balanced):
        plain = rw.verify(rule, env, ask)
        with monkeypatch.context() as patch:
            patch.setattr(kernel, "LARGE", 0)
            patch.setattr(kernel, "WARM", 0)
            sweep = data.draw(st.sampled_from([1, 10, 10**6]))
            patch.setattr("rulewright.solvers.verification.verify_arrays.SWEEP", sweep)
            fast = rw.verify(rule, env, ask)
        before, calls = calls, kernel.compiled.cache_info().hits
        assert calls > before
        assert fast.method == plain.method
        same(fast, plain)


def test_the_kernel_is_for_large_problems_only() -> None:
    assert not kernel.worth_it(1000)
    assert kernel.worth_it(kernel.LARGE) == (find_spec("numba") is not None)
