"""What a search over deterministic rules must be right about: every rule is tried, and theorems are met."""

from __future__ import annotations

import itertools
import math
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright import games
from rulewright.mechanisms import cases
from rulewright.mechanisms.goals import objective
from rulewright.mechanisms.measures import value, worth
from rulewright.mechanisms.property import Finding, examined, for_all
from rulewright.solvers.searching.direct import search_direct
from rulewright.solvers.searching.integers import bounding, cp, integer, payments
from rulewright.solvers.searching.integers.mixed import Scaled
from rulewright.solvers.searching.integers.search_deterministic import search_deterministic

METHODS = ("cp", "mip")
Choice = tuple[int, ...]  # the number of the outcome chosen at each profile


def random_environment(seed: int, players: int = 2, types: int = 2, outcomes: int = 3, most: int = 5) -> rw.Environment:
    draw = random.Random(seed)
    names = [f"player {k}" for k in range(players)]
    table = {(i, t): [draw.randrange(most) for _ in range(outcomes)] for i in names for t in range(types)}
    weights = {i: [draw.randrange(1, 4) for _ in range(types)] for i in names}
    prior = {i: {t: Fraction(w, sum(each)) for t, w in enumerate(each)} for i, each in weights.items()}
    return rw.Environment(
        "random", {i: tuple(range(types)) for i in names}, tuple(range(outcomes)), lambda i, x, t: table[i, t][x], prior
    )


# -- by the definitions: every deterministic rule, one after the other -------------------------------------------------


def profiles(env: rw.Environment) -> list[tuple[Any, ...]]:
    return list(itertools.product(*env.types.values()))


def chance(env: rw.Environment, profile: tuple[Any, ...]) -> Fraction:
    """Independent types; each profile equally likely without a prior."""
    if env.prior is None:
        return Fraction(1, env.n_profiles)
    return math.prod((Fraction(env.prior[i][t]) for i, t in zip(env.players, profile, strict=True)), start=Fraction(1))


def honest_is_best(env: rw.Environment, chosen: dict[Any, Any]) -> bool:
    for profile, x in chosen.items():
        for k, i in enumerate(env.players):
            for lie in env.types[i]:
                other = chosen[(*profile[:k], lie, *profile[k + 1 :])]
                if env.utility(i, x, profile[k]) < env.utility(i, other, profile[k]):
                    return False
    return True


def honest_is_best_on_average(env: rw.Environment, chosen: dict[Any, Any]) -> bool:
    for k, i in enumerate(env.players):
        for true, lie in itertools.product(env.types[i], repeat=2):
            seen = [p for p in chosen if p[k] == true]
            has, needs = (
                sum(
                    chance(env, p) * Fraction(env.utility(i, chosen[(*p[:k], report, *p[k + 1 :])], true)) for p in seen
                )
                for report in (true, lie)
            )
            if has < needs:
                return False
    return True


def welfare_of(env: rw.Environment, chosen: dict[Any, Any]) -> Fraction:
    return sum(
        (
            chance(env, p) * sum(Fraction(env.utility(i, x, t)) for i, t in zip(env.players, p, strict=True))
            for p, x in chosen.items()
        ),
        Fraction(0),
    )


def least_of(env: rw.Environment, chosen: dict[Any, Any]) -> Fraction:
    return min(
        sum((chance(env, p) * Fraction(env.utility(i, x, p[k])) for p, x in chosen.items()), Fraction(0))
        for k, i in enumerate(env.players)
    )


def every_rule(env: rw.Environment) -> Iterator[dict[Any, Any]]:
    outcomes = env.space.items  # type: ignore[attr-defined]
    for each in itertools.product(outcomes, repeat=env.n_profiles):
        yield dict(zip(profiles(env), each, strict=True))


def best_by_trying(env: rw.Environment, allowed: Any, value: Any) -> Fraction | None:
    return max((value(env, rule) for rule in every_rule(env) if allowed(env, rule)), default=None)


# -- the same optimum, whoever finds it --------------------------------------------------------------------------------

INCENTIVES = {
    rw.strategyproof: honest_is_best, rw.bayesian_incentive_compatible: honest_is_best_on_average,
}  # fmt: skip
OBJECTIVES = {rw.welfare: welfare_of, rw.egalitarian: least_of}


@pytest.mark.parametrize("incentive", INCENTIVES, ids=lambda p: p.name)
@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda o: o.name)
def test_no_deterministic_rule_is_better(incentive: Any, objective: Any) -> None:
    for seed in range(4):
        wide = seed == 0 and incentive is rw.strategyproof  # 512 rules, else 81
        env = random_environment(seed, types=3 if wide else 2, outcomes=2 if wide else 3)
        best = best_by_trying(env, INCENTIVES[incentive], OBJECTIVES[objective])
        for method in METHODS:
            design = search_deterministic(env, rw.Goal((incentive,), objective), method)
            assert design.status == "optimal"
            assert design.value == best == design.bound
            chosen = {p: design.rule(env, dict(zip(env.players, p, strict=True))) for p in profiles(env)}
            assert INCENTIVES[incentive](env, chosen)
            assert OBJECTIVES[objective](env, chosen) == best


@settings(max_examples=8)
@given(st.integers(0, 10**6), st.sampled_from([(1, 5, 4), (2, 3, 4), (3, 2, 3), (2, 4, 5)]))
def test_both_solvers_and_both_ways_to_write_honesty_agree(seed: int, shape: tuple[int, int, int]) -> None:
    """Menus, and one row for each pair of reports as the linear program has them."""
    env = random_environment(seed, *shape)
    goal = rw.Goal((rw.strategyproof,), rw.welfare)
    values = {search_deterministic(env, goal, method).value for method in METHODS}
    with mock.patch.object(integer, "_pattern", return_value=None):
        values |= {search_deterministic(env, goal, method).value for method in METHODS}
    assert len(values) == 1


def test_the_showcase_has_one_optimum() -> None:
    draw = random.Random(7)
    table = {(i, t): [draw.randrange(10) for _ in range(4)] for i in "ab" for t in range(8)}
    env = rw.Environment("random", {i: tuple(range(8)) for i in "ab"}, tuple(range(4)), lambda i, x, t: table[i, t][x])
    goal = rw.Goal((rw.strategyproof,), rw.welfare)
    fast, slow = (search_deterministic(env, goal, method) for method in METHODS)
    assert (fast.status, fast.value) == (slow.status, slow.value)
    assert fast.status == "optimal"


@pytest.mark.parametrize("method", METHODS)
def test_a_lie_that_must_cost_something_is_no_menu(method: str) -> None:
    """With a negative slack the truth must be better than every lie, which a menu that holds the truth cannot say."""
    env = random_environment(3, types=2, outcomes=4)
    for slack in (1, -1, -2):
        property = rw.mechanisms.nearly_strategyproof(slack)

        def allowed(env: rw.Environment, chosen: Any, slack: int = slack) -> bool:
            return all(
                env.utility(i, x, p[k]) + slack >= env.utility(i, chosen[(*p[:k], lie, *p[k + 1 :])], p[k])
                for p, x in chosen.items()
                for k, i in enumerate(env.players)
                for lie in env.types[i]
                if lie != p[k]
            )

        design = search_deterministic(env, rw.Goal((property,), rw.welfare), method)
        best = best_by_trying(env, allowed, welfare_of)
        assert design.value == best
        assert design.status == ("infeasible" if best is None else "optimal")


@pytest.mark.parametrize("method", METHODS)
def test_truth_may_have_to_be_strictly_best(method: str) -> None:
    env = rw.Environment("match", {"ann": (0, 1)}, (0, 1, 2), lambda _, x, t: 2 if x == t else 0)
    for slack, status in ((-1, "optimal"), (-2, "optimal"), (-3, "infeasible")):
        goal = rw.Goal((rw.mechanisms.nearly_strategyproof(slack),), rw.welfare)
        assert search_deterministic(env, goal, method).status == status


@pytest.mark.parametrize("method", METHODS)
def test_taking_part_is_worth_nothing_or_more(method: str) -> None:
    """An outcome worth exactly 0 is allowed, one worth less is not."""

    def fine(env: rw.Environment, chosen: Any) -> bool:
        return honest_is_best(env, chosen) and all(
            env.utility(i, x, t) >= 0 for p, x in chosen.items() for i, t in zip(env.players, p, strict=True)
        )

    found = set()
    for seed in range(6):
        env = random_environment(seed)
        lower = rw.Environment("lower", env.types, env.outcomes, lambda i, x, t, e=env: e.utility(i, x, t) - 1)  # type: ignore[misc]
        design = search_deterministic(lower, rw.Goal((rw.strategyproof, rw.individually_rational), rw.welfare), method)
        best = best_by_trying(lower, fine, welfare_of)
        assert design.value == best
        assert design.status == ("infeasible" if best is None else "optimal")
        found.add(design.status)
    assert found == {"infeasible", "optimal"}


def test_rows_are_rounded_to_what_whole_numbers_reach() -> None:
    from rulewright.solvers.searching.programs.linear import Program

    columns, cost = np.array([0, 1, 0, 1]), np.array([1, 1], dtype=object)
    rows = Program(np.array([0, 2, 4]), columns, np.array([2, 2, 3, -3]), [1, None], [None, 4], [0, 0], [1, 1], cost)
    made = integer._divided(rows)
    assert made.values.tolist() == [1, 1, 1, -1]
    assert (made.row_low, made.row_high) == ([1, None], [None, 1])


@pytest.mark.parametrize("method", METHODS)
def test_properties_with_a_check_of_their_own(method: str) -> None:
    def efficient(env: rw.Environment, chosen: Any) -> bool:
        def beats(p: Any, y: Any, x: Any) -> bool:
            gains = [env.utility(i, y, t) - env.utility(i, x, t) for i, t in zip(env.players, p, strict=True)]
            return min(gains) >= 0 and max(gains) > 0

        outcomes = env.space.items  # type: ignore[attr-defined]
        return honest_is_best(env, chosen) and not any(beats(p, y, x) for p, x in chosen.items() for y in outcomes)

    for seed in range(4):
        env = random_environment(seed)
        goal = rw.Goal((rw.strategyproof, rw.pareto_efficient), rw.egalitarian)
        design = search_deterministic(env, goal, method)
        assert design.value == best_by_trying(env, efficient, least_of)
        assert [v.status for v in design.verdicts] == ["proved", "proved"]


@pytest.mark.parametrize("method", METHODS)
def test_goods_go_whole(method: str) -> None:
    """Two divisible goods: each goes to one or to nobody; nine allocations a profile are tried by hand."""
    env = games.allocation({"ann": ((1, 4), (3, 2)), "bob": ((2, 3),)}, ("pie", "tea"), transfers=None)
    design = search_deterministic(env, rw.Goal((rw.envy_free,), rw.welfare), method)
    best = Fraction(0)
    for profile in profiles(env):
        values = []
        for owners in itertools.product((None, 0, 1), repeat=2):
            has = [[sum(v for v, o in zip(t, owners, strict=True) if o == j) for j in (0, 1)] for t in profile]
            if has[0][0] >= has[0][1] and has[1][1] >= has[1][0]:
                values.append(has[0][0] + has[1][1])
        best += Fraction(max(values), env.n_profiles)
    assert design.value == best
    assert search_direct(env, rw.Goal((rw.envy_free,), rw.welfare), None, None).value > best  # shares divide better


# -- money -------------------------------------------------------------------------------------------------------------


def posted(env: rw.Environment) -> Fraction:
    """The most revenue of one buyer: the best take-it-or-leave-it price."""
    (types,) = env.types.values()
    return max(Fraction(price * sum(t >= price for t in types), len(types)) for price in types)


def test_one_buyer_is_offered_a_price() -> None:
    """Riley and Zeckhauser (1983): haggling does not pay."""
    for types in ((1, 2, 3), (1, 5, 6, 7), (2, 3, 10)):
        env = games.allocation({"buyer": types})
        design = search_deterministic(env, rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue))
        assert (design.status, design.value) == ("optimal", posted(env))
        assert design.check()
        assert design.certificate is not None
        assert design.certificate["claim"] == "optimal"


def test_regular_auctions_need_no_lots() -> None:
    """Myerson (1981): for uniform values the best auction draws no lots, so nothing is lost without them."""
    for n in (2, 3, 5):
        env = games.allocation({"ann": tuple(range(n)), "bob": tuple(range(n))})
        goal = rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue)
        design = search_deterministic(env, goal)
        assert design.status == "optimal"
        assert design.value == search_direct(env, goal, None, None).value
        assert design.rule.found.sure
        assert design.check()


def test_where_a_lottery_earns_more() -> None:
    """Two goods for one buyer (Thanassoulis 2004): all price lists for hut, villa or neither are tried."""
    types = ((4, 6), (0, 3), (3, 3), (0, 6))
    outcomes = ("hut", "villa", "neither")
    table = {t: dict(zip(outcomes, (*t, 0), strict=True)) for t in types}
    env = rw.Environment("stay", {"ann": types}, outcomes, lambda _, x, t: table[t][x], transfers=(None, None))
    goal = rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue)
    best = 0
    for prices in itertools.product(range(8), repeat=2):
        offers = [*zip(outcomes, prices, strict=False), ("neither", 0)]
        best = max(best, sum(max((table[t][x] - p, p) for x, p in offers)[1] for t in types))
    design = search_deterministic(env, goal)
    assert (design.status, design.value) == ("optimal", Fraction(best, len(types)))
    assert search_direct(env, goal, None, None).value == Fraction(7, 2) > design.value


def test_randomisation_helps_strictly() -> None:
    """A coin is fair to both; a strategyproof rule without money and lots leaves one of two with nothing."""
    env = games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=None)
    goal = rw.Goal((rw.strategyproof,), rw.egalitarian)
    found = [search_deterministic(env, goal, method) for method in METHODS]
    assert {d.value for d in found} == {0}
    assert {d.status for d in found} == {"optimal"}
    assert search_direct(env, goal, None, None).value == Fraction(3, 4)
    for design in found:  # so the certificate cannot speak of all rules, and does not
        assert design.check()
        assert design.certificate is not None
        assert design.certificate["claim"] != "optimal"


def test_no_money_moves_for_nothing() -> None:
    """Of the best rules that choose alike, the one that moves the least money; with a minimum as objective too."""
    env = rw.Environment("one", {"ann": (1, 2)}, ("x", "y"), lambda _, x, t: t * (x == "x"), transfers=(None, None))
    design = search_deterministic(env, rw.Goal((rw.strategyproof,), rw.welfare))
    assert all(design.rule(env, {"ann": t}) == ("x", rw.Profile({"ann": 0})) for t in (1, 2))
    pair = games.allocation({"ann": (4,), "bob": (2,)})
    equal = search_deterministic(pair, rw.Goal((rw.no_deficit,), rw.egalitarian))
    assert (equal.status, equal.value) == ("optimal", 2)  # ann has it and pays bob 2
    assert equal.rule(pair, {"ann": 4, "bob": 2}) == ("ann", rw.Profile({"ann": 2, "bob": -2}))


def test_expected_payments() -> None:
    """Interim requirements: at most what randomised rules reach, at least what the second price auction does."""
    env = games.allocation({"ann": (1, 2, 3), "bob": (1, 2, 3)})
    goal = rw.Goal((rw.bayesian_incentive_compatible, rw.interim_individually_rational), rw.revenue)
    design = search_deterministic(env, goal)
    assert design.status == "optimal"
    assert Fraction(14, 9) <= design.value <= search_direct(env, goal, None, None).value  # type: ignore[operator]


# -- theorems ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_only_dictators_reach_all_three(method: str) -> None:
    """Gibbard (1973), Satterthwaite (1975): strategyproof and each of three outcomes chosen where all want it most."""
    ranks = tuple(itertools.permutations("abc"))
    env = rw.Environment("votes", {"ann": ranks, "bob": ranks}, tuple("abc"), lambda _, x, t: 2 - t.index(x))

    @examined(cases.profiles, "unanimous")
    def unanimous(rule: Any, env: rw.Environment, case: Any) -> Any:
        """What both want most is chosen."""
        outcome, _ = rule.result(env, case.reports)
        tops = {t[0] for t in case.reports.values()}
        return Finding(case, 0, 1, "both want another") if len(tops) == 1 and outcome not in tops else None

    for first in ("ann", "bob"):

        @objective
        def pleased(rule: Any, env: rw.Environment, first: str = first) -> list[Any]:
            """What one of them expects."""
            drawn = cases.drawn(env)
            return [rule.expect(value(env, first, drawn.reports[first]), env, drawn)]

        design = search_deterministic(env, rw.Goal((rw.strategyproof, unanimous), pleased), method)
        assert (design.status, design.value) == ("optimal", 2)
        dictates = {(a, b): (a if first == "ann" else b)[0] for a in ranks for b in ranks}
        assert all(design.rule(env, {"ann": a, "bob": b}) == x for (a, b), x in dictates.items())
    both = search_deterministic(env, rw.Goal((rw.strategyproof, unanimous), rw.egalitarian), method)
    assert both.value == 1  # the dictator's subject gets the average of her three outcomes


@pytest.mark.parametrize("method", METHODS)
def test_no_rule_without_lots(method: str) -> None:
    env = games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=None)
    design = search_deterministic(env, rw.Goal((rw.strategyproof, rw.proportional), rw.welfare), method)
    assert design.status == "infeasible"
    assert design.rule is None
    assert "proportional cannot be met in a deterministic rule" in design.why
    assert "Rules that draw lots can meet the goal." in design.why
    assert design.conflicts == (("proportional",),)
    assert search_direct(env, rw.Goal((rw.strategyproof, rw.proportional), rw.welfare), None, None).status == "optimal"


@pytest.mark.parametrize("method", [None, "mip"])
def test_no_rule_at_all(method: str | None) -> None:
    """Myerson and Satterthwaite (1983): where not even lots help, the certificate is that of the linear program."""
    env = games.allocation({"ann": (1, 2), "bob": (1, 2)})

    @for_all(cases.players, "two each")
    def two_each(rule: Any, env: rw.Environment, case: Any) -> tuple[Any, Any]:
        """Everybody ends up with at least 2."""
        return rule.expect(worth(env, case.player, case.types[case.player]), env, case.reports), 2

    design = search_deterministic(env, rw.Goal((two_each, rw.no_deficit), rw.welfare), method)
    assert design.status == "infeasible"
    assert design.check()
    assert "two_each and no_deficit" in design.why


# -- exactness ---------------------------------------------------------------------------------------------------------


def whole_of(env: rw.Environment, *require: Any, maximize: Any = rw.welfare) -> Any:
    from rulewright.solvers.searching.programs.objectives import parts_of
    from rulewright.solvers.verification.statements import trace

    return integer.integer_program(env, [s for p in require for s in trace(p, env)], parts_of(maximize, env))


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_any_multipliers_bound_from_above(seed: int, draw: int) -> None:
    """Whatever floats propose as multipliers, what they prove is true of every point."""
    env = random_environment(seed % 50)
    whole = whole_of(env, rw.strategyproof)
    best = search_deterministic(env, rw.Goal((rw.strategyproof,), rw.welfare), "cp").value
    p = whole.program
    noise = np.random.default_rng(draw).normal(size=p.shape[0]) * 10.0 ** (draw % 7 - 3)
    found = bounding.Bounder(whole, Scaled(p)).bound(noise, p.low, p.high)
    assert found is not None
    assert (found + whole.constant) / whole.scale >= best


def test_a_wrong_incumbent_is_found_out() -> None:
    """Told that a worse value is the best, the proof fails and a better choice turns up; of a better one it cannot."""
    env = random_environment(5, types=3)
    whole = whole_of(env, rw.strategyproof)
    best = search_deterministic(env, rw.Goal((rw.strategyproof,), rw.welfare), "cp").value
    cost = best * whole.scale - whole.constant

    def exactly(x: list[Any]) -> Fraction | None:
        return Fraction(sum(int(c) * v for c, v in zip(whole.program.cost, x, strict=True)))

    step = payments.step_of(whole)
    assert step is not None
    worse = bounding.bounded(whole, cost - step, step, exactly)
    assert worse.proved
    assert worse.x is not None
    assert exactly(worse.x) == cost
    right = bounding.bounded(whole, cost, step, exactly)
    assert right.proved
    assert right.x is None
    none = bounding.bounded(whole, None, step, lambda _: None)  # nothing is ever accepted: so nothing is proved
    assert not none.proved


def test_an_unproved_contradiction_is_none() -> None:
    """HiGHS alone is not believed that there is no rule."""
    env = games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=None)
    whole = whole_of(env, rw.strategyproof)
    p = whole.program  # four things at once at the first profile, of three
    torn = replace(whole, program=replace(p, row_low=[4, *p.row_low[1:]], row_high=[4, *p.row_high[1:]]))
    assert bounding.bounded(torn, None, None, lambda _: Fraction(0)).proved
    with (
        mock.patch.object(bounding, "_empty", return_value=False),
        mock.patch.object(bounding, "_surely_empty", return_value=False),
    ):
        assert not bounding.bounded(torn, None, None, lambda _: Fraction(0)).proved


def test_payments_lie_on_a_lattice() -> None:
    env = games.allocation({"ann": (1, Fraction(5, 2)), "bob": (1, 2)})
    incentives = (rw.strategyproof, rw.individually_rational)
    whole = whole_of(env, *incentives, maximize=rw.revenue)
    step = payments.step_of(whole)
    assert step is not None
    value = search_deterministic(env, rw.Goal(incentives, rw.revenue)).value
    assert ((value * whole.scale - whole.constant) / step).denominator == 1  # type: ignore[operator]
    balanced = whole_of(env, *incentives, rw.bayesian_incentive_compatible, maximize=rw.revenue)
    assert payments.step_of(balanced) is None  # expected payments: sums of more than two


def test_a_float_is_the_rational_it_is() -> None:
    env = rw.Environment("pair", {"ann": (0.1, 0.7)}, ("x", "y"), lambda _, x, t: t if x == "x" else 0.3)
    design = search_deterministic(env, rw.Goal((rw.strategyproof,), rw.welfare), "mip")
    assert design.status == "optimal"
    assert design.value == (Fraction(0.3) + Fraction(0.7)) / 2


@pytest.mark.parametrize("unit", [10**9, Fraction(1, 10**9)])
@pytest.mark.parametrize("method", METHODS)
def test_units_do_not_matter(unit: Any, method: str) -> None:
    env = random_environment(11, types=3)
    scaled = rw.Environment("scaled", env.types, env.outcomes, lambda i, x, t: env.utility(i, x, t) * unit, env.prior)
    goal = rw.Goal((rw.strategyproof,), rw.welfare)
    one, two = (search_deterministic(e, goal, method) for e in (env, scaled))
    assert two.value == one.value * unit  # type: ignore[operator]
    assert all(one.rule(env, p) == two.rule(scaled, p) for p in env.profiles())


@pytest.mark.parametrize("method", METHODS)
def test_the_same_for_the_same_seed(method: str) -> None:
    env = random_environment(2, types=4, outcomes=4)
    goal = rw.Goal((rw.strategyproof,), rw.welfare)
    one, two = (search_deterministic(env, goal, method, seed=3) for _ in range(2))
    assert str(one) == str(two)


# -- budgets and refusals ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_time_is_kept_and_what_was_found_is_sound(method: str) -> None:
    env = random_environment(0, types=24, outcomes=6, most=50)
    start = time.monotonic()
    told: list[tuple[int, int]] = []
    goal = rw.Goal((rw.strategyproof,), rw.welfare)
    design = search_deterministic(env, goal, method, time=1, progress=lambda *done: told.append(done))
    assert time.monotonic() - start < 12
    assert told
    assert all(0 <= done <= total for done, total in told)
    assert design.status in ("feasible", "unknown", "optimal")
    if design.rule is not None:
        assert design.bound is None or design.bound >= design.value
        assert rw.verify(design.rule, env, rw.strategyproof).status == "proved"
    else:
        assert "time ran out" in design.why


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt])
def test_an_exception_from_progress_ends_it(method: str, error: type[BaseException]) -> None:
    env = random_environment(0, types=30, outcomes=6, most=50)

    def stop(done: int, total: int) -> None:
        raise error("enough")

    start = time.monotonic()
    with pytest.raises(error):
        search_deterministic(env, rw.Goal((rw.strategyproof,), rw.welfare), method, time=20, progress=stop)
    assert time.monotonic() - start < 10


def test_what_cannot_be_asked() -> None:
    env = random_environment(0)
    money = games.allocation({"ann": (1, 2), "bob": (1, 2)})
    with pytest.raises(games.BadInput, match='must be "cp", "mip" or None'):
        search_deterministic(env, rw.Goal(), "milp")
    with pytest.raises(games.BadInput, match="nash_welfare is not linear"):
        search_deterministic(env, rw.Goal((), rw.nash_welfare))
    with pytest.raises(games.BadInput, match='use method="mip"'):
        search_deterministic(money, rw.Goal((rw.strategyproof,), rw.welfare), "cp")
    with pytest.raises(games.BadInput, match="as large as one likes"):
        search_deterministic(games.allocation({"ann": (1, 2)}, transfers=(None, None)), rw.Goal((), rw.revenue))
    with pytest.raises(games.BadInput, match="more than one profile"):
        search_deterministic(env, rw.Goal((rw.mechanisms.obviously_strategyproof,), rw.welfare))
    many = rw.Environment("many", {i: range(200) for i in "abc"}, tuple(range(5)), lambda i, x, t: x * t % 7)  # type: ignore[arg-type,misc]
    with pytest.raises(games.GameTooLarge, match="entries in the integer program"):
        search_deterministic(many, rw.Goal((rw.strategyproof,), rw.welfare))


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    from rulewright.solvers.searching.integers import search_deterministic as deterministic

    env = random_environment(1)
    goal = rw.Goal((rw.strategyproof,), rw.egalitarian)
    monkeypatch.setattr(cp, "cp_model_or_none", lambda: None)
    monkeypatch.setattr(deterministic, "cp_model_or_none", lambda: None)
    with pytest.raises(games.MissingExtra, match=r"rulewright\[cp\]"):
        search_deterministic(env, goal, "cp")
    assert search_deterministic(env, goal).method.startswith("integer program by HiGHS")
    monkeypatch.undo()
    assert search_deterministic(env, goal).method.startswith("integer program by CP-SAT")
