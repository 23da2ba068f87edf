"""Margins, guarantees and floors: what they say, checked from the definitions."""

from __future__ import annotations

import itertools
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import rulewright as rw
from rulewright import games, mechanisms
from rulewright.mechanisms import at_least, guaranteed, margin_per_harm, with_margin
from rulewright.mechanisms.measures import payment, value
from rulewright.mechanisms.properties.efficiency import total_value
from rulewright.solvers.verification.statements import trace
from rulewright.solvers.verification.structure import lies_of

HALF = Fraction(1, 2)
FAIR = (rw.strategyproof, rw.individually_rational)


def pair(values: tuple[int, ...] = (1, 2), transfers: Any = (-4, 4)) -> rw.Environment:
    return games.allocation(dict.fromkeys(("ann", "bob"), values), transfers=transfers)


def worth(rule: Any, env: Any, player: str, type: Any, reports: Any) -> Fraction:
    """What a player of a type ends up with, from the outcome itself."""
    outcome, payments = rule.result(env, reports)
    drawn = outcome.items() if isinstance(outcome, rw.Lottery) else [(outcome, 1)]
    return sum((Fraction(p) * env.utility(player, o, type) for o, p in drawn), Fraction(0)) - Fraction(payments[player])


def total(rule: Any, env: Any, types: Any, reports: Any) -> Fraction:
    """The sum of utilities before payments."""
    paid = sum(Fraction(x) for x in rule.result(env, reports)[1].values())
    return sum((worth(rule, env, i, types[i], reports) for i in env.players), Fraction(0)) + paid


def lies(env: Any) -> Any:
    for profile, i in itertools.product(env.profiles(), env.players):
        yield from ((profile, i, profile | {i: lie}) for lie in env.types[i] if lie != profile[i])


# -- constant margins -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["first_price", "second_price", "equal_split", "vcg"])
@pytest.mark.parametrize("margin", [-2, -1, -HALF, 0, HALF])
def test_a_margin_is_what_each_lie_costs_at_least(rule: str, margin: Any) -> None:
    env, made = pair((1, 2, 4)), getattr(mechanisms, rule)
    costs = [worth(made, env, i, t[i], t) - worth(made, env, i, t[i], told) for t, i, told in lies(env)]
    verdict = rw.verify(made, env, with_margin(rw.strategyproof, margin))
    assert bool(verdict) == (min(costs) >= margin)
    assert verdict.status != "proved" or verdict.margin == min(costs) - margin
    if verdict.counterexample is not None:
        assert verdict.counterexample.check() and rw.check(verdict.certificate)


def test_a_rule_found_with_a_margin_has_it_and_pays_for_it() -> None:
    env = pair((1, 2, 3))
    tenth = Fraction(1, 10)
    sure = with_margin(rw.strategyproof, tenth)
    design = rw.search(env, rw.Goal((sure, rw.individually_rational), rw.revenue))
    plain = rw.search(env, rw.Goal(FAIR, rw.revenue))
    assert design.status == "optimal" and design.check() and design.value < plain.value
    assert (
        min(worth(design.rule, env, i, t[i], t) - worth(design.rule, env, i, t[i], r) for t, i, r in lies(env)) >= tenth
    )
    assert rw.verify(plain.rule, env, sure).status == "refuted", "control: without being asked there is none"
    assert rw.verify(plain.rule, env, sure).counterexample.gain <= tenth


def test_where_two_reports_lead_to_the_same_no_margin_is_possible() -> None:
    env = pair((1, 2))
    for rule in (mechanisms.second_price, mechanisms.equal_split):
        found = rw.verify(rule, env, with_margin(rw.strategyproof, Fraction(1, 10**6))).counterexample
        assert found.check() and found.sentence.endswith("leaves 0, and a margin of 1/1000000 is asked")


def test_it_is_the_same_as_nearly_strategyproof() -> None:
    env = pair((1, 2, 3))
    for rule in (mechanisms.first_price, mechanisms.second_price, mechanisms.third_price):
        for epsilon in (-1, 0, HALF, 1, 2):
            one = rw.verify(rule, env, mechanisms.nearly_strategyproof(epsilon))
            two = rw.verify(rule, env, with_margin(rw.strategyproof, -epsilon))
            assert one.status == two.status and one.margin == two.margin and one.checked == two.checked
            if one.counterexample is not None and epsilon >= 0:
                assert one.counterexample.sentence == two.counterexample.sentence


def test_an_equation_within_a_margin_is_asked_from_both_sides() -> None:
    env = pair((1, 2))
    alone = games.allocation({"ann": (1,)}, transfers=(-9, 9))
    for rule in (mechanisms.tabulated(alone, [0], [[pays]]) for pays in (2, -2)):
        assert rw.verify(rule, alone, with_margin(rw.budget_balanced, -2)).status == "proved"
        refuted = rw.verify(rule, alone, with_margin(rw.budget_balanced, Fraction(-199, 100)))
        assert refuted.status == "refuted" and refuted.counterexample.check()
    assert rw.verify(mechanisms.second_price, env, with_margin(rw.budget_balanced, -2)).status == "proved"
    assert "pay 2" in str(rw.verify(mechanisms.second_price, env, with_margin(rw.budget_balanced, -1)).counterexample)


def test_margins_of_other_properties() -> None:
    env = pair((1, 2, 3))
    assert rw.verify(mechanisms.second_price, env, with_margin(rw.individually_rational, HALF)).status == "refuted"
    subsidised = rw.search(env, rw.Goal((with_margin(rw.individually_rational, HALF), rw.strategyproof), rw.revenue))
    plain = rw.search(env, rw.Goal(FAIR, rw.revenue))
    assert subsidised.value == plain.value - 1, "half for each of two"
    bic = with_margin(rw.bayesian_incentive_compatible, HALF)
    assert rw.verify(mechanisms.second_price, env, bic).status == "refuted"


# -- margins per harm -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [(1, 2), (1, 3, 4), (0, 2, 5)])
def test_groves_makes_the_liar_pay_the_harm_exactly(values: tuple[int, ...]) -> None:
    """With Clarke's payments a lie costs the liar what it costs all (Groves 1973)."""
    env = pair(values, (None, None))
    assert rw.verify(mechanisms.vcg, env, margin_per_harm(rw.strategyproof, 1)).margin == 0
    refuted = rw.verify(mechanisms.vcg, env, margin_per_harm(rw.strategyproof, Fraction(101, 100)))
    assert refuted.status == "refuted" and refuted.counterexample.check() and rw.check(refuted.certificate)
    assert "must lose at least" in refuted.counterexample.sentence
    assert rw.verify(mechanisms.vcg, env, margin_per_harm(rw.bayesian_incentive_compatible, 1)).status == "proved"


@pytest.mark.parametrize("kappa", [0, HALF, 1, 2])
@pytest.mark.parametrize("rule", ["first_price", "second_price", "equal_split"])
def test_a_margin_per_harm_is_what_its_definition_says(rule: str, kappa: Any) -> None:
    env, made = pair((1, 2, 4)), getattr(mechanisms, rule)
    spare = min(
        worth(made, env, i, t[i], t) - worth(made, env, i, t[i], told)
        - kappa * (total(made, env, t, t) - total(made, env, t, told))
        for t, i, told in lies(env)
    )  # fmt: skip
    verdict = rw.verify(made, env, margin_per_harm(rw.strategyproof, kappa))
    assert bool(verdict) == (spare >= 0)
    assert verdict.status != "proved" or verdict.margin == spare


def test_a_found_rule_takes_its_share_of_the_harm() -> None:
    env = pair((1, 2, 3))
    alert = margin_per_harm(rw.strategyproof, 2)
    design = rw.search(env, rw.Goal((*FAIR, alert), rw.welfare))
    assert (
        design.status == "optimal"
        and design.check()
        and design.value <= rw.search(env, rw.Goal(FAIR, rw.welfare)).value
    )
    for t, i, told in lies(env):
        cost = worth(design.rule, env, i, t[i], t) - worth(design.rule, env, i, t[i], told)
        assert cost >= max(0, 2 * (total(design.rule, env, t, t) - total(design.rule, env, t, told)))


def revenue_of(env: Any, types: Any) -> Any:
    return sum((payment(env, p) for p in env.players[1:]), start=payment(env, env.players[0]))


def own_value(env: Any, types: Any) -> Any:
    return value(env, "ann", types["ann"])


def test_the_harm_may_be_measured_otherwise() -> None:
    env = pair((1, 2, 3))
    for kappa, measure in ((1, revenue_of), (HALF, own_value), (1, total_value)):
        asked = margin_per_harm(rw.strategyproof, kappa, measure)
        for rule in (mechanisms.first_price, mechanisms.second_price):
            expected = all(
                rule.expect(rw.worth(env, i, t[i]) - kappa * measure(env, t), env, t)
                >= rule.expect(rw.worth(env, i, t[i]) - kappa * measure(env, t), env, told)
                for t, i, told in lies(env)
            )
            assert bool(rw.verify(rule, env, asked)) == expected


# -- what reduces many lies to neighbouring ones must not be used where it is false ------------------------------------


def test_single_crossing_is_not_taken_for_margins() -> None:
    env = pair((1, 2, 3, 4, 5))
    for asked in (with_margin(rw.strategyproof, -HALF), with_margin(rw.strategyproof, HALF)):
        assert all(lies_of(s, env) is None for s in trace(asked, env))
    for statement in trace(margin_per_harm(rw.strategyproof, HALF), env):
        assert lies_of(statement, env) is None
    assert all(lies_of(s, env) is not None for s in trace(rw.strategyproof, env)), "control"
    assert all(lies_of(s, env) is not None for s in trace(with_margin(rw.strategyproof, 0), env)), "the same thing"


def test_a_rule_that_only_far_lies_break() -> None:
    """A price that falls by 1 for each step lied: neighbours gain 1, which is allowed, and far lies gain more."""
    env = games.allocation({"ann": (1, 2, 3, 4)}, transfers=(None, None), disposal=False)
    rule = mechanisms.tabulated(env, [0] * 4, [[1], [2], [3], [4]])
    near = with_margin(rw.strategyproof, -1)
    for structure in (True, False):
        verdict = rw.verify(rule, env, near, structure=structure)
        assert verdict.status == "refuted" and verdict.counterexample.gain in (1, 2)
        far = rw.verify(rule, env, with_margin(rw.strategyproof, -3), structure=structure)
        assert far.status == "proved" and far.margin == 0
    best = rw.search(env, rw.Goal((near, rw.individually_rational), rw.revenue))
    assert best.value == Fraction(7, 4), "1 for type 1, and nobody pays over 1 more than the least: 1, 2, 2, 2"


# -- guarantees -------------------------------------------------------------------------------------------------------


def test_what_is_guaranteed_is_the_least_over_profiles() -> None:
    env = pair((1, 2, 3), (-9, 9))
    for aim, at in ((rw.revenue, paid), (rw.welfare, total_at), (rw.egalitarian, least_at)):
        design = rw.search(env, rw.Goal(FAIR, guaranteed(aim)))
        assert design.status == "optimal" and design.check()
        assert design.value == min(at(design.rule, env, profile) for profile in env.profiles())
        mean = rw.search(env, rw.Goal(FAIR, aim))
        assert min(at(mean.rule, env, profile) for profile in env.profiles()) <= design.value
        assert rw.verify(design.rule, env, at_least(guaranteed(aim), design.value)).status == "proved"
        above = at_least(guaranteed(aim), design.value + Fraction(1, 100))
        assert rw.verify(design.rule, env, above).status == "refuted"
        assert rw.search(env, rw.Goal((*FAIR, above))).status == "infeasible"


def paid(rule: Any, env: Any, profile: Any) -> Fraction:
    return sum((Fraction(x) for x in rule.result(env, profile)[1].values()), Fraction(0))


def total_at(rule: Any, env: Any, profile: Any) -> Fraction:
    return total(rule, env, profile, profile)


def least_at(rule: Any, env: Any, profile: Any) -> Fraction:
    return min(worth(rule, env, i, profile[i], profile) for i in env.players)


def test_a_guarantee_counts_profiles_that_never_occur() -> None:
    prior = {"ann": {1: 0, 2: 1}}
    env = games.allocation({"ann": (1, 2)}, prior=prior, transfers=(-9, 9))
    assert rw.search(env, rw.Goal(FAIR, rw.revenue)).value == 2
    assert rw.search(env, rw.Goal(FAIR, guaranteed(rw.revenue))).value == 1


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.integers(-5, 5), min_size=3, max_size=3), min_size=2, max_size=3, unique_by=tuple))
def test_guaranteed_welfare_of_one_player_is_what_a_program_by_hand_says(rows: list[list[int]]) -> None:
    env = rw.Environment(
        "one", {"ann": tuple(range(len(rows)))}, ("a", "b", "c"), lambda p, o, t: rows[t]["abc".index(o)]
    )
    apart = rw.search(env, rw.Goal((rw.strategyproof,), guaranteed(rw.welfare)))
    n, u = len(rows), np.array(rows, dtype=float)
    a_ub, a_eq = [], []
    for t in range(n):
        floor = np.zeros(3 * n + 1)
        floor[3 * t : 3 * t + 3], floor[-1] = -u[t], 1
        a_ub.append(floor)
        for lie in range(n):
            row = np.zeros(3 * n + 1)
            row[3 * lie : 3 * lie + 3] += u[t]
            row[3 * t : 3 * t + 3] -= u[t]
            a_ub.append(row)
        one = np.zeros(3 * n + 1)
        one[3 * t : 3 * t + 3] = 1
        a_eq.append(one)
    bounds = [(0, 1)] * (3 * n) + [(None, None)]
    cost = np.zeros(3 * n + 1)
    cost[-1] = -1
    solved = linprog(cost, A_ub=a_ub, b_ub=np.zeros(len(a_ub)), A_eq=a_eq, b_eq=np.ones(n), bounds=bounds)
    assert float(apart.value) == pytest.approx(-solved.fun, abs=1e-7)


def test_a_floor_is_met_and_costs() -> None:
    env = pair((1, 2, 3))
    free = rw.search(env, rw.Goal(FAIR, rw.revenue))
    most = rw.search(env, rw.Goal(FAIR, rw.welfare)).value
    floor = at_least(rw.welfare, most)
    kept = rw.search(env, rw.Goal((*FAIR, floor), rw.revenue))
    assert kept.status == "optimal" and kept.check() and kept.value <= free.value
    assert sum(total_at(kept.rule, env, t) for t in env.profiles()) / env.n_profiles >= most
    missed = rw.verify(mechanisms.posted_price(3), env, floor)
    assert missed.status == "refuted" and missed.counterexample.check()
    assert str(missed.counterexample).startswith("welfare is ")


# -- how they are told, kept and refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        with_margin(rw.strategyproof, HALF), with_margin(rw.budget_balanced, -HALF), at_least(rw.egalitarian, 1),
        margin_per_harm(rw.bayesian_incentive_compatible, HALF), at_least(guaranteed(rw.welfare), 1),
    ],
    ids=str,
)  # fmt: skip
def test_they_pickle_and_are_told(asked: Any) -> None:
    env = pair((1, 2))
    again = pickle.loads(pickle.dumps(asked))
    assert str(again) == str(asked)
    one, two = (rw.verify(mechanisms.first_price, env, each) for each in (asked, again))
    assert str(one) == str(two)
    if one.counterexample is not None:
        made: dict[str, Any] = {}
        exec(one.counterexample.to_test(), made)  # noqa: S102
        next(f for name, f in made.items() if name.startswith("test_"))()


def test_names() -> None:
    assert with_margin(rw.strategyproof, Fraction(1, 10)).name == "strategyproof with margin 1/10"
    assert with_margin(rw.strategyproof, -HALF).name == "strategyproof within 1/2"
    assert margin_per_harm(rw.strategyproof, HALF).name == "strategyproof with margin 1/2 per harm"
    assert at_least(rw.welfare, 3).name == "welfare at least 3" and guaranteed(rw.revenue).name == "guaranteed revenue"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: with_margin(rw.pareto_efficient, 1), "pareto_efficient is no inequality"),
        (lambda: with_margin("strategyproof", 1), "no inequality"),
        (lambda: with_margin(rw.budget_balanced, 1), "is an equation"),
        (lambda: with_margin(rw.strategyproof, "much"), "margin"),
        (lambda: margin_per_harm(rw.individually_rational, 1), "not about misreports"),
        (lambda: margin_per_harm(rw.strategyproof, -1), "at least 0 times"),
        (lambda: guaranteed(rw.nash_welfare), "nash_welfare is no expectation"),
        (lambda: guaranteed(mechanisms.leximin_welfare), "leximin_welfare is no expectation"),
        (lambda: guaranteed(rw.strategyproof), "needs an objective"),
        (lambda: at_least(rw.nash_welfare, 1), "nash_welfare is no expectation"),
    ],
)
def test_bad_input_is_told_in_a_sentence(make: Any, words: str) -> None:
    with pytest.raises(rw.BadInput, match=words):
        make()


def test_too_many_profiles_to_guarantee_are_refused_at_once() -> None:
    env = games.allocation(dict.fromkeys("abcd", tuple(range(1, 14))))
    with pytest.raises(rw.GameTooLarge, match="guarantee"):
        rw.search(env, rw.Goal(FAIR, guaranteed(rw.revenue)))
