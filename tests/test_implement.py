"""Implementability: payments where there are any, and a cycle of lies where there are none."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import rulewright as rw
from rulewright.games import Environment, Lottery, Profile
from rulewright.games.bundles import bundles
from rulewright.games.exchange import exchange
from rulewright.solvers import implement
from rulewright.solvers.implement import implementable

MONEY = (None, None)


def table_rule(env: Environment, outcomes: list[Any], name: str = "listed") -> Any:
    return rw.mechanism(name)(lambda _, reports: outcomes[env.place(reports)])


def matrix_env(*players: list[list[int]], **more: Any) -> Environment:
    """Players whose type t gets ``players[i][t][x]`` from outcome x."""
    utilities = {f"p{i}": rows for i, rows in enumerate(players)}
    types = {p: tuple(range(len(rows))) for p, rows in utilities.items()}
    n = len(players[0][0])
    return Environment("matrix", types, tuple(range(n)), lambda p, x, t: utilities[p][t][x], transfers=MONEY, **more)


def payable(env: Environment, rule: Any) -> bool:
    """Whether payments exist, by linear programming over all payments of a player at once."""
    for player in env.players:
        rows, right = [], []
        for profile in env.profiles():
            for lie in env.types[player]:
                row = np.zeros(env.n_profiles)
                there = profile | {player: lie}
                row[env.place(profile)] += 1
                row[env.place(there)] -= 1
                honest, lying = (env.worth_of(player, rule(env, p)[0], profile[player]) for p in (profile, there))
                rows.append(row)
                right.append(honest - lying)
        found = linprog(np.zeros(env.n_profiles), rows, right, bounds=(None, None))
        if found.status == 2:
            return False
        assert found.status == 0
    return True


# -- the theorem -------------------------------------------------------------------------------------------------------

entries = st.integers(-3, 3)
rows = st.lists(st.lists(entries, min_size=3, max_size=3), min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(st.data(), rows, rows)
def test_there_are_payments_exactly_if_a_linear_program_finds_some(data: Any, one: Any, two: Any) -> None:
    """Rochet (1987), on random utilities of two players and random allocation rules."""
    env = matrix_env(one, two)
    chosen = data.draw(st.lists(st.integers(0, 2), min_size=env.n_profiles, max_size=env.n_profiles))
    rule = table_rule(env, chosen)
    found = implementable(rule, env)
    assert bool(found) == payable(env, rule)
    assert found.check()
    if found:
        assert rw.verify(found.rule, env, rw.strategyproof) and rw.verify(found.rule, env, rw.individually_rational)
        assert rw.check(rw.verify(found.rule, env, rw.strategyproof).certificate)
    else:
        assert found.cycle is not None and found.cycle.gain > 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 8), min_size=1, max_size=6, unique=True), st.data())
def test_for_one_number_a_rule_is_implementable_exactly_if_it_is_monotone(values: Any, data: Any) -> None:
    """Myerson (1981): who values it more gets it at least as often; the payments are those of the envelope."""
    values = tuple(sorted(values))
    shares = data.draw(st.lists(st.fractions(0, 1, max_denominator=6), min_size=len(values), max_size=len(values)))
    env = rw.games.allocation({"ann": values})
    lotteries = [Lottery({"ann": x, "nobody": 1 - x}) for x in shares]
    found = implementable(table_rule(env, lotteries), env)
    assert bool(found) == (list(shares) == sorted(shares))
    assert found.check()
    if found:
        for k, value in enumerate(values):
            rent = sum((values[j + 1] - values[j]) * shares[j] for j in range(k))
            assert found.rule.result(env, {"ann": value})[1]["ann"] == value * shares[k] - rent


def test_the_payments_are_the_largest_that_honesty_and_rationality_allow() -> None:
    """Of the strategyproof, individually rational payments for the efficient allocation none collects more."""
    env = rw.games.allocation({"ann": (1, 3, 4), "bob": (2, 3, 5)})
    found = implementable(rw.mechanisms.second_price, env).rule
    for profile in env.profiles():
        winner, paid = found.result(env, profile)
        others = {"ann": "bob", "bob": "ann"}
        least = min(t for t in env.types[winner] if rw.mechanisms.second_price(env, profile | {winner: t})[0] == winner)
        assert paid == {winner: least, others[winner]: 0}


def test_two_types_that_do_not_gain_by_trading_places_may_be_three_that_do() -> None:
    """Weak monotonicity is not enough where types are few: the shortest cycle here has three lies."""
    env = matrix_env([[0, 1, -1], [-1, 0, 1], [1, -1, 0]])
    found = implementable(table_rule(env, [0, 1, 2]), env)
    assert found.status == "refuted" and found.rule is None
    assert found.cycle.types == (0, 1, 2) and found.cycle.gain == 3 and found.check()
    assert "of type 0 reports 1, of type 1 reports 2, of type 2 reports 0" in str(found.cycle)
    costlier = matrix_env([[0, 1, -9], [-9, 0, 1], [-9, -9, 0]])  # one detail: the third lie costs what two gain
    assert implementable(table_rule(costlier, [0, 1, 2]), costlier).check()
    assert implementable(table_rule(costlier, [0, 1, 2]), costlier)


def test_what_is_efficient_can_be_paid_for() -> None:
    """Groves (1973): the welfare-maximal allocation is implementable for any private values."""
    types = ((2, 1, 4), (0, 3, 3), (1, 1, 1), (5, 0, 2))
    env = bundles({"ann": types, "bob": types[:3], "cem": types[1:]}, ("a", "b", "c"))
    env = Environment("goods for money", env.types, env.space, env.utility, transfers=MONEY)
    assert implementable(rw.mechanisms.vcg, env).check()
    assert implementable(rw.mechanisms.vcg, env).status == "proved"


def test_efficient_trade_needs_outside_money() -> None:
    """Myerson and Satterthwaite (1983), in dominant strategies: even the largest payments leave a deficit."""
    env = exchange({"ann": range(5)}, {"sam": range(5)})
    found = implementable(rw.mechanisms.vcg, env)
    assert found and rw.verify(found.rule, env, rw.strategyproof) and rw.verify(found.rule, env, rw.efficient)
    assert rw.verify(found.rule, env, rw.individually_rational)
    assert rw.verify(found.rule, env, rw.no_deficit).status == "refuted"


# -- beliefs -----------------------------------------------------------------------------------------------------------


def on_average() -> tuple[Environment, Any]:
    """Ann gets the item if the two types are equal: monotone on average over bob's types, and not for each of them."""
    env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    return env, rw.mechanism("equals")(lambda _, r: "ann" if r["ann"] == r["bob"] else "nobody")


def test_what_holds_on_average_need_not_hold_always() -> None:
    env, rule = on_average()
    assert implementable(rule, env).status == "refuted"
    found = implementable(rule, env, bayesian=True)
    assert found.status == "proved" and found.check()
    assert rw.verify(found.rule, env, rw.bayesian_incentive_compatible)
    assert rw.verify(found.rule, env, rw.interim_individually_rational)
    assert rw.verify(found.rule, env, rw.strategyproof).status == "refuted"


def test_a_cycle_of_expectations() -> None:
    quarter = Fraction(1, 4)
    prior = {"ann": {1: quarter, 2: 1 - quarter}, "bob": {1: 1 - quarter, 2: quarter}}
    env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)}, prior=prior)
    found = implementable(on_average()[1], env, bayesian=True)
    assert found.status == "refuted" and found.check() and found.cycle.others is None
    assert found.cycle.gain == Fraction(1, 2)  # (2 - 1) * (3/4 - 1/4)


# -- numbers, sizes, inputs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", [1e-9, 1, Fraction(1, 3), 10**30])
def test_units_do_not_matter(unit: Any) -> None:
    env = rw.games.allocation({"ann": (unit, 2 * unit, 3 * unit), "bob": (unit, 2 * unit)})
    lowest = rw.mechanism("lowest")(lambda _, reports: min(reports, key=reports.__getitem__))
    assert implementable(rw.mechanisms.first_price, env).check()
    assert implementable(rw.mechanisms.first_price, env)
    found = implementable(lowest, env)
    assert not found and found.check() and found.cycle.gain == Fraction(3 * unit) - Fraction(unit)


def test_the_answer_does_not_depend_on_the_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    env = rw.games.allocation({"ann": (1, 2, 3), "bob": (1, 2), "cem": (2, 4, 5)})
    lowest = rw.mechanism("lowest")(lambda _, r: "ann" if r["cem"] != 4 else min(r, key=r.__getitem__))
    whole = [implementable(rule, env) for rule in (rw.mechanisms.second_price, lowest)]
    for chunk in (1, 10, 30):
        monkeypatch.setattr(implement, "CHUNK", chunk)
        parts = [implementable(rule, env) for rule in (rw.mechanisms.second_price, lowest)]
        assert [p.status for p in parts] == ["proved", "refuted"]
        assert str(parts[1].cycle) == str(whole[1].cycle) and parts[1].check()
        for profile in env.profiles():
            assert parts[0].rule.result(env, profile) == whole[0].rule.result(env, profile)


def test_a_check_that_is_given_a_wrong_answer_says_so() -> None:
    env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    lowest = rw.mechanism("lowest")(lambda _, reports: min(reports, key=reports.__getitem__))
    right, wrong = implementable(rw.mechanisms.first_price, env), implementable(lowest, env)
    made_up = {"status": "proved", "allocation": lowest, "env": env, "bayesian": False}
    assert not implement.Implementation(**made_up, rule=right.rule).check()  # other outcomes
    assert not implement.Implementation(**made_up, rule=lowest).check()  # not strategyproof
    honest = {**made_up, "allocation": rw.mechanisms.first_price}
    assert not implement.Implementation(**honest, cycle=wrong.cycle).check()


@pytest.mark.parametrize(
    ("env", "bayesian", "needs"),
    [
        (rw.games.allocation({"ann": (1, 2)}, transfers=None), False, "transfers="),
        (rw.games.allocation({"ann": (1, 2)}, transfers=(0, 5)), False, "transfers="),
        (
            rw.games.allocation(
                {"ann": (1, 2), "bob": (1, 2)},
                prior={Profile({"ann": k, "bob": k}): Fraction(1, 2) for k in (1, 2)},
            ),
            True,
            "correlated",
        ),
    ],
)
def test_what_cannot_be_asked_is_said(env: Environment, bayesian: bool, needs: str) -> None:
    with pytest.raises(rw.BadInput, match=needs):
        implementable(rw.mechanism("nobody's")(lambda *_: "nobody"), env, bayesian=bayesian)


def test_players_and_types_may_be_renamed() -> None:
    """The verdict for a rule with the players in any order is the same."""
    values = {"ann": (1, 2), "bob": (1, 3), "cem": (2, 3)}
    found = set()
    for order in itertools.permutations(values):
        env = rw.games.allocation({p: values[p] for p in order})
        rule = rw.mechanism("lowest")(lambda _, r: min(sorted(r), key=r.__getitem__))
        found.add(implementable(rule, env).status)
    assert found == {"refuted"}


# -- one parameter -----------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.data())
def test_myersons_payments_are_those_of_the_shortest_paths(data: Any) -> None:
    """Utilities a[x] * g(t) + b[x] in any order of the types, any allocation with lotteries."""
    slopes = data.draw(st.lists(st.integers(-2, 2), min_size=3, max_size=3).filter(lambda a: len(set(a)) > 1))
    bases = data.draw(st.lists(st.integers(-3, 3), min_size=3, max_size=3))
    heights = data.draw(st.lists(st.integers(-4, 4), min_size=1, max_size=4, unique=True))
    env = matrix_env([[a * g + b for a, b in zip(slopes, bases, strict=True)] for g in heights], [[0, 0, 0]] * 1)
    lots = st.sampled_from([0, 1, 2, Lottery({0: Fraction(1, 3), 2: Fraction(2, 3)})])
    rule = table_rule(env, [data.draw(lots) for _ in range(env.n_profiles)])
    bayesian = data.draw(st.booleans())
    found = implementable(rule, env, bayesian=bayesian)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(implement, "rising_types", lambda env, player: None)
        general = implementable(rule, env, bayesian=bayesian)
    assert (found.status, str(found.cycle)) == (general.status, str(general.cycle)) and found.check()
    if found.rule is not None:
        assert "Myerson" in found.method and "Myerson" not in general.method
        assert [found.rule(env, p)[1] for p in env.profiles()] == [general.rule(env, p)[1] for p in env.profiles()]


def test_the_identity_gives_the_threshold_bid() -> None:
    values = (1, 2, 4, 7)
    env = rw.games.allocation({"ann": values, "bob": values})
    found = implementable(rw.mechanisms.second_price, env)
    assert found.method == implement.MYERSON
    for profile in env.profiles():
        winner, paid = found.rule(env, profile)
        least = min(v for v in values if rw.mechanisms.second_price(env, profile | {winner: v})[0] == winner)
        assert paid[winner] == least and sum(paid.values()) == least
