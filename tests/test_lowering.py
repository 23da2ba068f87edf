"""A property run once on variables says the same as the property run on every case, for any environment and rule."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright.mechanisms.cases import Untraceable, Var
from rulewright.mechanisms.table import pack
from rulewright.mechanisms.tabulated import from_table
from rulewright.solvers.searching.programs.layout import width_of
from rulewright.solvers.searching.programs.rows import rows_for
from rulewright.solvers.verification import scan
from rulewright.solvers.verification.plan import grid_of
from rulewright.solvers.verification.statements import trace

NUMBERS = st.one_of(
    st.integers(-5, 5), st.fractions(-3, 3, max_denominator=6), st.sampled_from([0.1, -0.25, 1e-9, 3e8, 2**70])
)
PROPERTIES = (
    rw.strategyproof,
    rw.bayesian_incentive_compatible,
    rw.individually_rational,
    rw.interim_individually_rational,
    rw.envy_free,
    rw.proportional,
    rw.efficient,
)


def simplex(draw: Any, n: int) -> list[Fraction]:
    """Random probabilities, some of them 0."""
    weights = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n).filter(any))
    return [Fraction(w, sum(weights)) for w in weights]


@st.composite
def settings_and_rules(draw: Any) -> tuple[rw.Environment, Any]:
    """A small environment with any utilities, money or not, any full-support prior; and any rule in it."""
    players = ("ann", "bob", "cem")[: draw(st.integers(1, 3))]
    types = {p: tuple(range(draw(st.integers(1, 3)))) for p in players}
    outcomes = tuple("xyz"[: draw(st.integers(1, 3))])
    table = {(p, x, t): draw(NUMBERS) for p in players for x in outcomes for t in types[p]}
    money = draw(st.sampled_from([None, (None, None), (-2, 2)]))
    profiles = [rw.Profile(dict(zip(players, each, strict=True))) for each in itertools.product(*types.values())]
    weights = draw(st.lists(st.integers(1, 4), min_size=len(profiles), max_size=len(profiles)))
    prior = draw(
        st.sampled_from([None, {p: Fraction(w, sum(weights)) for p, w in zip(profiles, weights, strict=True)}])
    )
    space = rw.games.Finite(outcomes, swap=lambda x, i, j: outcomes[outcomes.index(x) - 1])
    env = rw.Environment("any", types, space, lambda p, x, t: table[p, x, t], prior, money)
    points = [{k: w for k, w in enumerate(simplex(draw, len(outcomes))) if w} for _ in profiles]
    paid = [[draw(st.fractions(-2, 2, max_denominator=4)) for _ in players] for _ in profiles]
    return env, from_table(env, pack(points, None if money is None else paid), "any rule")


def untraceable(property: Any) -> Any:
    """The same property, looking at the value of a type so that it must go case by case."""

    def sides(rule: Any, env: rw.Environment, case: Any) -> Any:
        assert next(iter(case.types.values())) >= 0
        return property.sides(rule, env, case)

    return replace(property, sides=sides)


@settings(max_examples=60)
@given(settings_and_rules())
def test_all_cases_at_once_agree_with_one_at_a_time(given_: tuple[rw.Environment, Any]) -> None:
    env, rule = given_
    for property in PROPERTIES:
        if not list(property.cases(env)):
            continue  # one player has nobody to envy
        at_once = rw.verify(rule, env, property)
        one_by_one = rw.verify(rule, env, untraceable(property))
        assert at_once.method.startswith("every case at once")
        assert one_by_one.method.startswith("case by case")
        assert (at_once.status, at_once.checked) == (one_by_one.status, one_by_one.checked)
        assert rw.check(at_once.certificate)
        if at_once.counterexample is not None:
            assert at_once.counterexample.case == one_by_one.counterexample.case
            assert at_once.counterexample.gain == one_by_one.counterexample.gain > 0
            assert at_once.counterexample.check()


@settings(max_examples=25)
@given(settings_and_rules())
def test_the_size_of_the_pieces_changes_nothing(given_: tuple[rw.Environment, Any]) -> None:
    env, rule = given_
    for property in PROPERTIES:
        whole = rw.verify(rule, env, property)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(scan, "CHUNK", 2)
            pieces = rw.verify(rule, env, property)
        assert (whole.status, whole.checked, whole.margin) == (pieces.status, pieces.checked, pieces.margin)
        assert whole.counterexample is None or whole.counterexample.case == pieces.counterexample.case


@settings(max_examples=40)
@given(settings_and_rules())
def test_rows_of_the_program_are_the_margins_of_the_check(given_: tuple[rw.Environment, Any]) -> None:
    env, rule = given_
    table, width = rule.table(env), width_of(env)
    x = np.zeros(env.n_profiles * width, dtype=object)
    for p in range(env.n_profiles):
        for k, w in table.point(p).items():
            x[p * width + k] = w
        if env.transfers is not None:
            x[p * width + env.space.dimension : (p + 1) * width] = list(table.paid(p, env.players).values())
    for property in PROPERTIES:
        for statement in trace(property, env):
            axes = statement.case.variables
            rows = rows_for(env, statement.margin, axes)
            left = [Fraction(int(c)) for c in rows.constant]
            for r, c, v in zip(rows.rows, rows.columns, rows.values, strict=True):
                left[r] += int(v) * x[c]
            grid = grid_of(env, table, statement.margin, axes, {})
            right = np.broadcast_to(grid.values, [len(env.types[v.player]) for v in axes]).reshape(-1)
            assert [a / rows.scale for a in left] == [Fraction(int(b), grid.scale) for b in right]


def test_a_variable_refuses_every_question_about_its_value() -> None:
    var = Var("ann")
    for ask in (
        lambda: var > 1,
        lambda: var == 1,
        lambda: var + 1,
        lambda: bool(var),
        lambda: var[0],
        lambda: var in (1, 2),
        lambda: float(var),
        lambda: abs(var),
    ):
        with pytest.raises(Untraceable):
            ask()
    assert var == Var("ann") != Var("ann", "'")


def test_a_property_that_hides_its_question_is_found_out() -> None:
    """``isinstance`` does not ask a variable for its value; the comparison with concrete cases notices."""
    env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})

    @rw.for_all(rw.strategyproof.cases, "odd")
    def odd(rule: Any, env: rw.Environment, case: Any) -> Any:
        """Asks one thing of numbers and another of everything else."""
        return (rule.expect(lambda x: 1, env, case.types), 2 if isinstance(case.types["ann"], int) else 0)

    verdict = rw.verify(rw.mechanisms.second_price, env, odd)
    assert verdict.status == "refuted"
    assert verdict.method.startswith("case by case")


def test_floats_are_decided_as_the_rationals_they_are() -> None:
    """0.1 + 0.2 exceeds 0.3 by about 5.6e-17: no tolerance, so it is seen, and only there."""
    utility = {("a", 0): 0.3, ("b", 0): 0.1 + 0.2}
    env = rw.Environment("close", {"ann": (0, 1)}, ("a", "b"), lambda p, x, t: utility.get((x, t), 0))
    verdict = rw.verify(rw.mechanism(lambda env, reports: "ab"[reports["ann"]]), env, rw.strategyproof)
    assert verdict.status == "refuted"
    assert verdict.counterexample.gain == Fraction(0.1 + 0.2) - Fraction(0.3)


def test_large_integers_do_not_overflow() -> None:
    big = 2**61
    env = rw.games.allocation({"ann": (big, 3 * big), "bob": (2 * big, 4 * big)})
    assert rw.verify(rw.mechanisms.second_price, env, rw.strategyproof, rw.efficient).verdicts[0].status == "proved"
    assert rw.verify(rw.mechanisms.first_price, env, rw.strategyproof).counterexample.gain % big == 0


def test_the_margin_is_what_the_cheapest_lie_costs() -> None:
    """A rule stays strategyproof when each lie is made dearer by its margin, and not by more."""
    env = rw.games.allocation({"ann": (1, 3), "bob": (2, 5)})
    rule = rw.mechanisms.posted_price(2)
    assert rw.verify(rule, env, rw.strategyproof).margin == 0  # bob's lies change nothing
    alone = rw.games.allocation({"ann": (1, 3)})
    assert rw.verify(rule, alone, rw.strategyproof).margin == 1
    assert rw.verify(rule, alone, rw.mechanisms.nearly_strategyproof(-1)).margin == 0
    assert rw.verify(rule, alone, rw.mechanisms.nearly_strategyproof(Fraction(-11, 10))).status == "refuted"


@settings(max_examples=25)
@given(settings_and_rules())
def test_the_largest_gain_is_the_least_epsilon(given_: tuple[rw.Environment, Any]) -> None:
    """A rule is nearly strategyproof for its largest gain, by brute force, and for nothing less."""
    env, rule = given_
    gains = [
        needs - has
        for case in rw.strategyproof.cases(env)
        for has, needs in (rw.strategyproof.sides(rule, env, each) for each in case.concrete(env))
    ]
    if gains:
        verdict = rw.verify(rule, env, rw.mechanisms.nearly_strategyproof(max(gains)))
        assert verdict.status == "proved"
        assert verdict.margin == 0
        assert (
            rw.verify(rule, env, rw.mechanisms.nearly_strategyproof(max(gains) - Fraction(1, 10**30))).status
            == "refuted"
        )
