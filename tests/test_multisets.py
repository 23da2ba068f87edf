"""Anonymous rules, verified on multisets, say what they say profile by profile; tables by arrays, what calls say."""

from __future__ import annotations

import importlib
import itertools
import math
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright.mechanisms import AnonymousRule, anonymous_rule, pay_as_bid_for_all, uniform_price_for_all
from rulewright.mechanisms.symbolic import arrays
from rulewright.mechanisms.unnamed import drawn
from rulewright.solvers.verification import verify_multisets
from rulewright.solvers.verification.multisets import multisets

VERIFY = importlib.import_module("rulewright.solvers.verify")
PATCHED = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.mark.parametrize(("values", "size"), [(3, 2), (5, 4), (4, 1), (1, 3), (6, 3)])
def test_multisets_are_all_there_in_any_pieces(values: int, size: int) -> None:
    n = math.comb(values + size - 1, size)
    every = multisets(values, size, 0, n).tolist()
    combinations = itertools.combinations_with_replacement(range(values), size)
    assert sorted(map(tuple, every)) == sorted(tuple(sorted(c, reverse=True)) for c in combinations)
    for start, stop in itertools.combinations(range(n + 1), 2):
        assert multisets(values, size, start, stop).tolist() == every[start:stop]


@given(st.lists(st.fractions(0, 1, max_denominator=6), min_size=1, max_size=5))
def test_everybody_wins_with_her_chance_and_no_more_units_go_out_than_there_are(chances: list[Fraction]) -> None:
    names = [f"p{k}" for k in range(len(chances))]
    supply = max(1, math.ceil(sum(chances)))
    env = rw.games.units(dict.fromkeys(names, (1,)), supply)
    found = drawn(env, dict(zip(names, chances, strict=True)), supply, "any")
    lots = dict(found.items()) if isinstance(found, rw.Lottery) else {found: 1}
    assert sum(lots.values()) == 1 and all(len(won) <= supply for won in lots)
    for name, chance in zip(names, chances, strict=True):
        assert sum(w for won, w in lots.items() if name in won) == chance


def units(n: int, values: Any, supply: int) -> rw.Environment:
    return rw.games.units({f"p{k}": tuple(values) for k in range(n)}, supply)


@st.composite
def rules(draw: Any) -> AnonymousRule:
    """Thresholds, shares and prices put together at random; half of them look their answers up, which no trace can."""
    k, half = draw(st.integers(0, 1)), draw(st.sampled_from([0, Fraction(1, 4), Fraction(1, 2)]))
    reserve, factor = draw(st.integers(0, 2)), draw(st.sampled_from([0, 1, Fraction(1, 2), 2]))
    strict, read = draw(st.booleans()), draw(st.booleans())

    @anonymous_rule
    def any_rule(supply: int, own: Any, others: Any) -> Any:
        """Any rule."""
        price = others[min(k, len(others) - 1)]
        if not read:
            own, price = int(own), int(price)
        if own < reserve or own < price:
            return 0, 0
        if own == price:
            return (half if not strict else 0), half * price * factor
        return 1, max(price, reserve) * factor

    return any_rule


@settings(PATCHED, max_examples=15)
@given(rules(), st.integers(2, 3), st.permutations([0, 1, 2, 3]))
def test_multisets_say_what_profiles_say(rule: AnonymousRule, n: int, values: list[int]) -> None:
    env = units(n, values, n)  # enough for all, so that every rule is feasible
    for ask in (rw.strategyproof, rw.individually_rational, rw.mechanisms.nearly_strategyproof(1)):
        by_profiles = rw.verify(rule, env, ask)
        for structure in (True, False):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(VERIFY, "PROFILE_LIMIT", 0)
                patch.setattr(verify_multisets, "PIECE", 2)
                patch.setattr(verify_multisets, "TASK", 2)
                found = rw.verify(rule, env, ask, structure=structure)
                with ThreadPoolExecutor(2) as threads:
                    assert str(rw.verify(rule, env, ask, structure=structure, executor=threads)) == str(found)
            assert found.method.startswith("the rule knows no names")
            assert (found.status, found.margin) == (by_profiles.status, by_profiles.margin)
            assert found.status == "refuted" or found.checked == by_profiles.checked
            assert found.counterexample is None or found.counterexample.check()


def test_ten_players_with_six_types() -> None:
    env = units(10, range(6), 3)
    verdict = rw.verify(uniform_price_for_all, env, rw.strategyproof)
    assert verdict.status == "proved" and verdict.checked == 10 * 6**10 * 5 and verdict.margin == 0
    refuted = rw.verify(pay_as_bid_for_all, env, rw.strategyproof)
    assert refuted.status == "refuted" and refuted.counterexample.check() and refuted.counterexample.gain == 1
    together = rw.verify(uniform_price_for_all, env, rw.efficient)
    assert together.status == "unknown" and "profiles of reports" in together.reason


def test_what_an_anonymous_rule_may_not_do_is_said_with_the_reports() -> None:
    env = units(9, range(8), 2)

    @anonymous_rule
    def everybody(supply: int, own: Any, others: Any) -> Any:
        """All who bid get a unit, whether there are enough or not."""
        return (1, 0) if own > 0 else (0, 0)

    with pytest.raises(rw.BadInput, match=r"everybody gives out more than 2 units where the reports are 1, 1, 1, 0"):
        rw.verify(everybody, env, rw.strategyproof)
    with pytest.raises(rw.BadInput, match=r"everybody gives out 3 units, and there are 2"):
        everybody(env, {f"p{k}": int(k < 3) for k in range(9)})

    @anonymous_rule
    def twice(supply: int, own: Any, others: Any) -> Any:
        """A chance of 2."""
        return (2, 0) if own > others[0] else (0, 0)

    with pytest.raises(rw.BadInput, match="twice gives somebody a chance outside 0 to 1"):
        rw.verify(twice, env, rw.strategyproof)
    capped = rw.games.units({f"p{k}": tuple(range(8)) for k in range(9)}, 2, transfers=(0, 5))
    with pytest.raises(rw.BadInput, match="charges somebody an amount beyond 5 where the reports are 7, 6"):
        rw.verify(uniform_price_for_all, capped, rw.strategyproof)
    uneven = rw.games.units({f"p{k}": tuple(range(8 + (k == 4))) for k in range(9)}, 2)
    assert rw.verify(uniform_price_for_all, uneven, rw.strategyproof).status == "unknown"


def test_time_runs_out() -> None:
    verdict = rw.verify(uniform_price_for_all, units(10, range(20), 3), rw.strategyproof, time=0.2)
    assert verdict.status == "unknown" and "the time ran out" in verdict.reason


# -- tables by arrays -------------------------------------------------------------------------------------------------


def tables(rule: Any, env: rw.Environment) -> tuple[Any, Any]:
    """The table by arrays, and by calls."""
    found = []
    for least in (1, 10**9):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(arrays, "WORTH_IT", least)
            patch.setattr(arrays, "PIECE", 7)
            found.append(rule.table(env))
    return found[0], found[1]


def equal(one: Any, other: Any) -> bool:
    """Whether two tables say the same."""
    same = all(one.point(p) == other.point(p) for p in range(len(one.coordinates)))
    if one.payments is None:
        return same and other.payments is None
    money = one.payments.astype(object) * other.pay_scale == other.payments.astype(object) * one.pay_scale
    return same and bool(np.all(money))


READ = (
    "first_price", "second_price", "third_price", "vcg", "pay_as_bid", "uniform_price", "clarke_pivot", "mcafee",
    "shapley_cost_sharing", "marginal_cost",
)  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_a_table_by_arrays_is_the_table_by_calls(name: str) -> None:
    values = {"ann": (0, 1, Fraction(5, 2)), "bob": (3, 1), "cem": (0, 2, 2**70, 3)}
    settings_ = (
        rw.games.allocation(values), rw.games.units(values, 2), rw.games.public_project(values, 3),
        rw.games.exchange({"ann": (1, 3), "bob": (2, 5)}, {"sam": (0, 2), "tim": (1, 4)}),
        rw.games.service({"ann": (1, 3), "bob": (1, 3, 5)}, rw.games.airport_cost({"ann": 2, "bob": 4})),
    )  # fmt: skip
    rule, fitted = getattr(rw.mechanisms, name), 0
    for env in settings_:
        try:
            rule.table(env)
        except rw.BadInput:
            continue
        fitted += 1
        assert equal(*tables(rule, env))
    assert fitted


def test_the_arrays_are_used_where_they_should_be() -> None:
    env = rw.games.allocation(dict.fromkeys(("ann", "bob", "cem"), tuple(range(20))))
    for name in ("second_price", "first_price", "third_price", "vcg"):
        rule = getattr(rw.mechanisms, name)
        assert arrays.table_by_arrays(rule.function, rule.result, env, math.inf) is not None


@st.composite
def plain_rules(draw: Any) -> Any:
    """A small auction put together at random, of comparisons, sums, max, min and sorted."""
    weights = [draw(st.integers(-2, 2)) for _ in range(3)]
    kind, bonus = draw(st.integers(0, 3)), draw(st.sampled_from([0, 1, Fraction(1, 3)]))

    @rw.mechanism
    def any_auction(env: rw.Environment, reports: Any) -> Any:
        """Any auction."""
        bids = list(reports.values())
        ranked = sorted(bids, reverse=True)
        if kind == 0 and bids[0] + bonus > bids[1]:
            return "ann", rw.Profile({"ann": min(bids[1], ranked[-1]) * weights[0]})
        if kind == 1 and bids[0] == bids[1]:
            return rw.Lottery({"ann": Fraction(1, 2), "bob": Fraction(1, 2)}), rw.Profile(
                {"cem": abs(bids[0] - bids[2])}
            )
        if kind == 2 and sum(w * b for w, b in zip(weights, bids, strict=True)) >= 1:
            return "nobody", rw.Profile({"bob": ranked[1] + bonus})
        winner = max(env.players, key=lambda p: reports[p])
        return winner, rw.Profile({winner: max(b for p, b in reports.items() if p != winner)})

    return any_auction


@PATCHED
@given(plain_rules(), st.data())
def test_any_plain_rule_is_read_rightly(rule: Any, data: Any) -> None:
    value = st.one_of(st.integers(-3, 3), st.fractions(-2, 2, max_denominator=3), st.sampled_from([2**80, 10**12]))
    names = ("ann", "bob", "cem")
    env = rw.games.allocation(
        {p: tuple(data.draw(st.lists(value, min_size=1, max_size=4, unique=True))) for p in names}
    )
    assert equal(*tables(rule, env))


def test_a_rule_that_depends_on_more_than_reports_is_called() -> None:
    env = rw.games.allocation(dict.fromkeys(("ann", "bob"), tuple(range(80))))
    seen: list[Any] = []

    @rw.mechanism
    def forgetful(env: rw.Environment, reports: Any) -> Any:
        """The first to be asked wins for ever after 10 questions."""
        seen.append(1)
        return ("ann" if len(seen) > 10 else max(env.players, key=lambda p: reports[p])), rw.Profile()

    assert arrays.table_by_arrays(forgetful.function, forgetful.result, env, math.inf) is None

    @rw.mechanism
    def looked_up(env: rw.Environment, reports: Any) -> Any:
        """A table of answers."""
        return {0: "bob"}.get(reports["ann"], "ann"), rw.Profile()

    assert arrays.table_by_arrays(looked_up.function, looked_up.result, env, math.inf) is None
    assert looked_up.table(env).point(0) == {1: 1}

    capped = rw.games.allocation(dict.fromkeys(("ann", "bob"), tuple(range(80))), transfers=(0, 10))
    with pytest.raises(rw.BadInput, match="outside the transfers"):
        rw.mechanisms.first_price.table(capped)
