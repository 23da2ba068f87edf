"""Prices: what a requirement costs the objective, dropped or relaxed a little."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from time import monotonic
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright import games
from rulewright.games.errors import BadInput
from rulewright.mechanisms.cases import Case
from rulewright.mechanisms.property import ForAll
from rulewright.solvers.pricing import Price, Prices, prices

DSIC_IR = (rw.strategyproof, rw.individually_rational)


def auction(k: int = 4, bound: Any = None, unit: Any = 1) -> rw.Environment:
    values = tuple(range(1, k + 1))
    return rw.Environment(
        "auction", {"ann": values, "bob": values}, ("ann", "bob"),
        lambda player, winner, value: value * unit if player == winner else 0,
        transfers=(-bound * unit, bound * unit) if bound else (None, None),
    )  # fmt: skip


def relaxed(property: ForAll, by: Fraction) -> list[ForAll]:
    """The property failing by at most so much, by hand: an equation as two inequalities."""

    def made(name: str, sides: Any) -> ForAll:
        return ForAll(name, "Relaxed.", name, property.cases, sides, property.story)

    def under(rule: Any, env: rw.Environment, case: Case) -> tuple[Any, Any]:
        has, needs = property.sides(rule, env, case)
        return has + by, needs

    def over(rule: Any, env: rw.Environment, case: Case) -> tuple[Any, Any]:
        has, needs = property.sides(rule, env, case)
        return needs + by, has

    return [made("under", under), *([made("over", over)] if property.equal else [])]


def reached(env: rw.Environment, require: Any, objective: Any) -> Any:
    """What a search reaches, exactly."""
    design = rw.search(env, rw.Goal(tuple(require), objective))
    assert design.status == "optimal" and design.check()
    return design.value


GOALS = {
    "revenue": (auction(4, bound=9), DSIC_IR, rw.revenue),
    "welfare, balanced": (auction(4, bound=4), (*DSIC_IR, rw.budget_balanced), rw.welfare),
    "egalitarian, balanced": (auction(3, bound=4), (*DSIC_IR, rw.budget_balanced), rw.egalitarian),
    "on average": (
        games.allocation({"ann": (1, 3), "bob": (2, 4, 5)}, transfers=(-9, 9)),
        (rw.bayesian_incentive_compatible, rw.interim_individually_rational), rw.revenue,
    ),
    "without money": (
        games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=None),
        (rw.strategyproof, rw.proportional), rw.welfare,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GOALS)
def test_a_gain_is_the_difference_of_two_searches(name: str) -> None:
    env, require, objective = GOALS[name]
    found = prices(env, rw.Goal(require, objective))
    value = reached(env, require, objective)
    assert found.value == value and [p.dropped for p in found] == [(p.name,) for p in require]
    for price, dropped in zip(found, require, strict=True):
        without = reached(env, [p for p in require if p is not dropped], objective)
        assert price.value == without and price.gain == without - value >= 0


@pytest.mark.parametrize("name", GOALS)
def test_a_rate_is_the_quotient_of_differences(name: str) -> None:
    """(value(e) - value(0)) / e exactly, for a small e; and never less than for a large one (the value is concave)."""
    env, require, objective = GOALS[name]
    found = prices(env, rw.Goal(require, objective))
    small, large = Fraction(1, 10**4), Fraction(2)
    for price, eased in zip(found, require, strict=True):
        rest = [p for p in require if p is not eased]
        at_small = reached(env, [*rest, *relaxed(eased, small)], objective)
        at_large = reached(env, [*rest, *relaxed(eased, large)], objective)
        assert price.sure and price.rate == (at_small - found.value) / small
        assert price.rate >= (at_large - found.value) / large >= 0


@settings(max_examples=6)
@given(
    st.lists(st.integers(1, 6), min_size=2, max_size=3, unique=True),
    st.lists(st.integers(1, 6), min_size=2, max_size=2, unique=True),
    st.integers(1, 4),
)
def test_the_rates_of_any_small_auction(ann: list[int], bob: list[int], bound: int) -> None:
    """Where multipliers are not unique the rate is still the derivative, or is said to be at most so much."""
    env = games.allocation({"ann": tuple(ann), "bob": tuple(bob)}, transfers=(-bound, bound))
    require = (*DSIC_IR, rw.budget_balanced)
    found = prices(env, rw.Goal(require, rw.welfare))
    small = Fraction(1, 10**5)
    for price, eased in zip(found, require, strict=True):
        rest = [p for p in require if p is not eased]
        quotient = (reached(env, [*rest, *relaxed(eased, small)], rw.welfare) - found.value) / small
        assert price.rate == quotient if price.sure else price.rate >= quotient


def test_myerson_prices() -> None:
    """Two bidders of values 1 and 2: dropping participation has no limit; each unit of it that is waived is paid twice.

    Waiving e of individual rationality lets a fee of e be taken from both, whatever they report.
    """
    found = prices(auction(2), rw.Goal(DSIC_IR, rw.revenue))
    assert found.value == Fraction(3, 2)
    ic, ir = found
    assert ir.value == math.inf and ir.gain == math.inf and ir.rate == 2 and ir.sure
    assert ic.value == Fraction(7, 4) and ic.gain == Fraction(1, 4), "without lies all value is taken"


def test_a_rate_that_holds_for_a_very_small_step_alone() -> None:
    """Two values that hardly differ: the step must be shorter than their difference."""
    env = games.allocation({"ann": (10_000, 10_001), "bob": (10_000, 10_001)}, transfers=(-50_000, 50_000))
    for eased, price in zip(DSIC_IR, prices(env, rw.Goal(DSIC_IR, rw.revenue)), strict=True):
        rest = [p for p in DSIC_IR if p is not eased]
        base = reached(env, DSIC_IR, rw.revenue)
        small, large = (
            (reached(env, [*rest, *relaxed(eased, e)], rw.revenue) - base) / e for e in (Fraction(1, 100), Fraction(10))
        )
        assert price.sure and price.rate == small
        assert (large < small) == (eased is rw.strategyproof), "the kink is between the two"


def test_a_requirement_that_costs_nothing() -> None:
    found = prices(auction(3, bound=9), rw.Goal((rw.strategyproof, rw.no_deficit), rw.welfare))
    assert [(p.gain, p.rate, p.sure) for p in found] == [(0, 0, True)] * 2


@pytest.mark.parametrize("unit", [10**9, Fraction(1, 10**9)])
def test_the_unit_of_money_does_not_matter(unit: Any) -> None:
    """Values and gains are measured in it; rates are money for money."""
    goal = rw.Goal((*DSIC_IR, rw.budget_balanced), rw.welfare)
    one, other = prices(auction(4, bound=4), goal), prices(auction(4, bound=4, unit=unit), goal)
    assert other.value == one.value * unit
    for a, b in zip(one, other, strict=True):
        assert (b.value, b.gain, b.rate, b.sure) == (a.value * unit, a.gain * unit, a.rate, a.sure)


# -- goals that no rule meets -----------------------------------------------------------------------------------------


def test_the_prices_of_the_ways_to_give_up() -> None:
    """In the order of the design's ways to give up, and each what a search for the rest reaches."""
    env = auction(4, bound=4)
    goal = rw.Goal((rw.strategyproof, rw.efficient, rw.budget_balanced, rw.individually_rational), rw.egalitarian)
    found, design = prices(env, goal), rw.search(env, goal)
    assert found.value is None and design.status == "infeasible" and "No rule meets the goal." in str(found)
    assert tuple(p.dropped for p in found) == design.give_up and len(found) == 3
    for price in found:
        rest = [p for p in goal.require if p.name not in price.dropped]
        assert price.value == reached(env, rest, rw.egalitarian)
        assert price.gain is None and price.rate is None


# -- what is shown ----------------------------------------------------------------------------------------------------


def test_prices_print_as_a_table() -> None:
    text = str(prices(auction(2), rw.Goal(DSIC_IR, rw.revenue)))
    lines = text.splitlines()
    assert "The objective reaches 3/2." in lines
    head, *rows = lines[-3:]
    for word in ("reached", "gain", "rate"):
        at = head.index(word)
        assert all(len(row) > at and row[at] != " " and row[at - 2 : at] == "  " for row in rows), text
    assert "unbounded" in rows[1]
    unsure = Prices("a goal", "a domain", 1, (Price(("p",), None, None, Fraction(1, 2)),))
    assert "?" in str(unsure) and "at most 1/2" in str(unsure)
    html = prices(auction(2), rw.Goal(DSIC_IR, rw.revenue))._repr_html_()
    assert "strategyproof" in html and "unbounded" in html


# -- budgets and bad input --------------------------------------------------------------------------------------------


def test_workers_change_nothing() -> None:
    env, require, objective = GOALS["welfare, balanced"]
    goal = rw.Goal(require, objective)
    with ThreadPoolExecutor(2) as pool:
        assert prices(env, goal, executor=pool).each == prices(env, goal).each


def test_a_budget_that_is_over_is_said() -> None:
    found = prices(auction(4), rw.Goal(DSIC_IR, rw.revenue), time=0)
    assert found.value is None and len(found) == 0 and "time ran out" in str(found)


def test_progress_is_told_and_may_end_the_work() -> None:
    told: list[tuple[int, int]] = []
    prices(auction(3), rw.Goal(DSIC_IR, rw.revenue), progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == list(range(1, len(told) + 1)) and all(d <= t for d, t in told)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    begun = monotonic()
    with pytest.raises(KeyboardInterrupt):
        prices(auction(3), rw.Goal(DSIC_IR, rw.revenue), progress=stop)
    assert monotonic() - begun < 5


def test_what_has_no_prices_is_refused() -> None:
    env = auction(2)
    for wrong, words in (
        (lambda: prices(env, rw.Goal(DSIC_IR)), "objective"),
        (lambda: prices(env, rw.Goal(DSIC_IR, rw.nash_welfare)), "nash_welfare"),
        (lambda: prices(env, rw.strategyproof), "Goal"),  # type: ignore[arg-type]
        (lambda: prices("env", rw.Goal(DSIC_IR, rw.revenue)), "Environment"),  # type: ignore[arg-type]
        (lambda: prices(env, rw.Goal((rw.pareto_efficient,), rw.revenue)), "pareto_efficient"),
        (lambda: prices(env, rw.Goal(DSIC_IR, rw.revenue), time=-1), "time"),
        (lambda: prices(env, rw.Goal(DSIC_IR, rw.revenue), executor=3), "executor"),
        (lambda: prices(env, rw.Goal(DSIC_IR, rw.revenue), progress=3), "progress"),
    ):
        with pytest.raises(BadInput, match=words):
            wrong()
    assert prices(env, rw.Goal((), rw.revenue)).value == math.inf
