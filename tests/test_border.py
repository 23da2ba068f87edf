"""A crowd of bidders who are alike: the reduced form against every profile, the textbook and the definitions."""

from __future__ import annotations

import itertools
import math
import pickle
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright.games import BadInput, Crowd, GameTooLarge
from rulewright.mechanisms import (
    ex_ante_budget_balanced,
    ex_ante_individually_rational,
    ex_ante_no_deficit,
    for_all,
    payment,
    worth,
)
from rulewright.mechanisms.cases import Case, believed, interim_types
from rulewright.mechanisms.goals import drawn, objective
from rulewright.solvers.searching.crowds.interim import Line, aim_of, lines_of
from rulewright.solvers.searching.crowds.ironing import proposals
from rulewright.solvers.searching.crowds.reduced import (
    Multipliers,
    Point,
    Reduced,
    bound_of,
    confirmed,
    meets,
    rankings_of,
    served,
    violated,
)
from rulewright.solvers.searching.crowds.search_crowd import search_crowd

BIC, IR = rw.bayesian_incentive_compatible, rw.interim_individually_rational
MYERSON = rw.Goal((BIC, IR), rw.revenue)
F = Fraction


def weighted(n: int, weights: dict[int, int], **more: Any) -> Crowd:
    total = sum(weights.values())
    return Crowd("a sale", n, tuple(weights), {v: F(w, total) for v, w in weights.items()}, **more)


# -- every profile, one by one ----------------------------------------------------------------------------------------


def profiles_of(crowd: Crowd) -> Iterator[tuple[Fraction, tuple[int, ...]]]:
    """Each profile of places of values, with its probability."""
    for places in itertools.product(range(len(crowd.values)), repeat=crowd.n):
        yield math.prod((crowd.masses[t] for t in places), start=F(1)), places


def chance_by_hand(crowd: Crowd, tiers: tuple[int | None, ...]) -> list[Fraction]:
    """Each value's chance of a unit when the tiers are served in turn: every profile, every order of the ties."""
    won = [F(0)] * len(tiers)
    for p, places in profiles_of(crowd):
        orders = list(itertools.permutations(range(crowd.n)))
        for order in orders:
            queue = sorted((tiers[places[i]], order[i], i) for i in range(crowd.n) if tiers[places[i]] is not None)
            for *_, i in queue[: crowd.units]:
                if i == 0:
                    won[places[0]] += p / len(orders)
    return [w / f for w, f in zip(won, crowd.masses, strict=True)]


CROWDS = [
    Crowd("one", 1, (1, 2, 3)),
    Crowd("two", 2, (1, 2, 3)),
    weighted(2, {1: 3, 2: 1, 7: 1, 8: 1}),
    weighted(3, {1: 1, 2: 5, 5: 1}, units=2),
    Crowd("three", 3, (0, F(7, 2), 4)),
    Crowd("four", 4, (1, 3)),
    Crowd("plenty", 2, (1, 3), units=2),
    Crowd("a bad thing too", 2, (-2, 1, 3)),
]
POOR = [
    Crowd("poor", 2, (1, 2, 3), transfers=(0, 1)),
    Crowd("nearly poor", 2, (1, 2, 3), transfers=(-1, F(1, 2))),
    weighted(3, {1: 1, 2: 2}, transfers=(0, F(1, 4))),
]
PENNILESS = [Crowd("no money", 2, (1, 2, 3), transfers=None), Crowd("no money", 3, (0, 2), transfers=None)]


@pytest.mark.parametrize("crowd", [c for c in CROWDS if c.n < 4], ids=str)
def test_chances_of_tiers_are_what_every_profile_and_every_lot_gives(crowd: Crowd) -> None:
    m = len(crowd.values)
    for tiers in itertools.islice(itertools.product((None, 0, 1), repeat=m), 0, None, 2):
        if {0} <= set(tiers) or not {1} & set(tiers):
            assert served(crowd, tiers) == chance_by_hand(crowd, tiers)


def test_capacity_is_the_expected_number_of_units_that_such_bidders_can_use() -> None:
    for crowd in (weighted(3, {1: 1, 2: 5, 5: 1}, units=2), Crowd("four", 4, (1, 3), units=3)):
        weights, whole = crowd.weights
        for k in range(len(crowd.values)):
            used = sum(p * min(crowd.units, sum(t >= k for t in places)) for p, places in profiles_of(crowd))
            assert F(crowd.capacity(sum(weights[k:])), whole**crowd.n) == used


@st.composite
def crowds(draw: Any, most: int = 4) -> Crowd:
    values = draw(st.lists(st.integers(-3, 20), min_size=1, max_size=most, unique=True))
    n = draw(st.integers(1, 5))
    return weighted(n, {v: draw(st.integers(1, 9)) for v in values}, units=draw(st.integers(1, n)))


@given(crowds(), st.data())
@settings(max_examples=80, deadline=None)
def test_a_level_set_is_given_too_much_exactly_where_some_set_is(crowd: Crowd, data: Any) -> None:
    """Border's condition speaks of all sets of values; the level sets of the chances decide it (Border 1991)."""
    m = len(crowd.values)
    x = [data.draw(st.integers(0, 12)) for _ in range(m)]
    problem = Reduced(crowd, [], aim_of(crowd, None))
    masses, whole = crowd.weights
    over = [
        s
        for k in range(1, m + 1)
        for s in itertools.combinations(range(m), k)
        if crowd.n * sum(F(masses[t], whole) * F(x[t], 12) for t in s)
        > F(crowd.capacity(sum(masses[t] for t in s)), whole**crowd.n)
    ]
    assert bool(violated(problem, Point([*x, *[0] * m], 12))) == bool(over)


@given(crowds(), st.data())
@settings(max_examples=60, deadline=None)
def test_chances_within_capacity_are_a_lottery_over_rankings(crowd: Crowd, data: Any) -> None:
    m = len(crowd.values)
    problem = Reduced(crowd, [], aim_of(crowd, None))
    wanted = [F(data.draw(st.integers(0, 12)), 12) for _ in range(m)]
    while violated(problem, Point([*(int(q * 12 * 2**9) for q in wanted), *[0] * m], 12 * 2**9)):
        wanted = [q / 2 for q in wanted]
    rankings = rankings_of(crowd, wanted)
    assert sum(w for w, _ in rankings) == 1 and all(w > 0 for w, _ in rankings)
    each = [(w, served(crowd, tiers)) for w, tiers in rankings]
    assert [sum((w * chance[t] for w, chance in each), F(0)) for t in range(m)] == wanted


# -- the same optimum as the search over every rule -------------------------------------------------------------------


@for_all(interim_types, "CHEAP")
def cheap(rule: Any, env: Any, case: Case) -> tuple[Any, Any]:
    """Nobody expects to pay more than 1/2."""
    honest, _ = believed(env, case)
    return F(1, 2), rule.expect(payment(env, case.player), env, honest)


@for_all(interim_types, "ALL FOR ALL")
def gets_it(rule: Any, env: Any, case: Case) -> tuple[Any, Any]:
    """Everybody expects to end up with the item, free of charge, and 1 besides."""
    honest, _ = believed(env, case)
    own = case.types[case.player]
    return rule.expect(worth(env, case.player, own), env, honest), 20


WITH_MONEY: list[tuple[tuple[Any, ...], Any]] = [
    ((BIC, IR), rw.revenue),
    ((BIC, IR), rw.welfare),
    ((BIC, IR), None),
    ((BIC, ex_ante_individually_rational), rw.revenue),
    ((BIC, IR, ex_ante_budget_balanced), rw.welfare),
    ((BIC, IR, ex_ante_no_deficit), rw.egalitarian),
    ((BIC, IR, cheap), rw.revenue),
    ((IR,), rw.revenue),
    ((ex_ante_individually_rational, cheap), rw.revenue),
    ((IR, ex_ante_budget_balanced), rw.egalitarian),
    ((), rw.welfare),
    ((BIC, gets_it, ex_ante_no_deficit), rw.welfare),
]
WITHOUT: list[tuple[tuple[Any, ...], Any]] = [((BIC, IR), rw.welfare), ((BIC,), rw.egalitarian), ((), rw.welfare)]


@pytest.mark.parametrize("crowd", CROWDS + POOR + PENNILESS, ids=str)
def test_the_optimum_is_that_of_all_rules_and_the_rule_is_what_it_should_be(crowd: Crowd) -> None:
    env = crowd.environment()
    for require, aim in WITHOUT if crowd.transfers is None else WITH_MONEY:
        goal = rw.Goal(require, aim)
        found, every = search_crowd(crowd, goal), rw.search(env, goal)
        assert (found.status, found.value) == (every.status, every.value), str(goal)
        if found.rule is not None:
            assert all(rw.verify(found.rule, env, property) for property in require)
            assert aim is None or found.value == sum_of(aim, found.rule, env) == found.bound
        else:
            assert require[1] is gets_it and found.status == "infeasible"


def sum_of(aim: Any, rule: Any, env: Any) -> Any:
    """What the rule reaches, by calling it at every profile."""
    return min(aim.parts(rule, env))


@given(crowds(), st.sampled_from([rw.revenue, rw.welfare]))
@settings(max_examples=12, deadline=None)
def test_any_small_crowd_has_the_optimum_of_all_rules(crowd: Crowd, aim: Any) -> None:
    if len(crowd.values) ** crowd.n <= 81:
        goal = rw.Goal((BIC, IR), aim)
        found = search_crowd(crowd, goal)
        assert (found.status, found.value) == ("optimal", rw.search(crowd.environment(), goal).value)
        assert all(v.status == "proved" for v in found.verdicts) and len(found.verdicts) == 2


@objective
def harm(rule: Any, env: Any) -> list[Any]:
    """What the players lose together."""
    return [-1 * part for part in rw.welfare.parts(rule, env)]


@for_all(interim_types, "BEARABLE")
def bearable(rule: Any, env: Any, case: Case) -> tuple[Any, Any]:
    """Nobody expects to lose more than 1 once she knows her type."""
    honest, _ = believed(env, case)
    return rule.expect(worth(env, case.player, honest.reports), env, honest), -1


def test_chances_that_fall_with_the_value_get_the_capacities_they_need() -> None:
    for crowd in (
        Crowd("a chore", 2, (-4, -3, -1, 2), transfers=None),
        weighted(3, {-3: 1, -2: 3, 1: 1}, transfers=None),
    ):
        goal, env = rw.Goal((bearable,), harm), crowd.environment()
        found = search_crowd(crowd, goal)
        assert (found.status, found.value) == ("optimal", rw.search(env, goal).value) and "HiGHS" in found.method
        assert rw.verify(found.rule, env, bearable)


def test_a_rule_for_a_poor_crowd_may_have_to_draw_between_rankings() -> None:
    found = search_crowd(POOR[1], rw.Goal((BIC, IR, ex_ante_budget_balanced), rw.welfare))
    assert len(found.rule.rankings) > 1 and "with probability" in found.rule.words


# -- the textbook -----------------------------------------------------------------------------------------------------


def myerson(crowd: Crowd) -> Fraction:
    """E[max(0, highest ironed virtual value)]: slopes of the concave hull of the revenue curve (Myerson 1981)."""
    quantile, above = [F(0)], F(0)
    revenue = [F(0)]
    for v, f in zip(reversed(crowd.values), reversed(crowd.masses), strict=True):
        above += f
        quantile.append(above)
        revenue.append(above * F(v))
    hull = [0]
    for k in range(1, len(quantile)):
        while len(hull) > 1:
            (a, b) = hull[-2:]
            if (revenue[b] - revenue[a]) * (quantile[k] - quantile[b]) > (revenue[k] - revenue[b]) * (
                quantile[b] - quantile[a]
            ):
                break
            hull.pop()
        hull.append(k)
    total = F(0)
    for a, b in itertools.pairwise(hull):
        slope = (revenue[b] - revenue[a]) / (quantile[b] - quantile[a])
        if slope > 0:  # the best bidder is in this stretch of quantiles
            total += slope * ((1 - quantile[a]) ** crowd.n - (1 - quantile[b]) ** crowd.n)
    return total


@given(crowds(most=12), st.integers(1, 60))
@settings(max_examples=30, deadline=None)
def test_revenue_is_the_expected_highest_ironed_virtual_value(crowd: Crowd, n: int) -> None:
    crowd = Crowd(crowd.name, n, crowd.values, crowd.prior)
    found = search_crowd(crowd, MYERSON)
    assert (found.status, found.value) == ("optimal", myerson(crowd))


@pytest.mark.parametrize(("n", "limit"), [(1, F(1, 4)), (2, F(5, 12)), (3, F(17, 32))])
def test_uniform_grids_approach_the_revenue_of_uniform_values(n: int, limit: Fraction) -> None:
    """On the values k/m the virtual values are (2k - m)/m; in the limit 1/4, 5/12, 17/32 (Myerson 1981)."""
    gaps = []
    for m in (5, 10, 40, 160):
        crowd = Crowd("uniform", n, [F(k, m) for k in range(1, m + 1)])
        exactly = sum(max(F(2 * k - m, m), 0) * (F(k, m) ** n - F(k - 1, m) ** n) for k in range(1, m + 1))
        found = search_crowd(crowd, MYERSON)
        assert (found.status, found.value) == ("optimal", exactly)
        gaps.append(abs(found.value - limit))
    assert all(b < a for a, b in itertools.pairwise(gaps)) and gaps[-1] < F(2, 160)


def test_one_bidder_is_offered_the_best_price() -> None:
    crowd = weighted(1, {1: 4, 3: 2, 4: 2, 9: 1})
    best = max(v * sum(crowd.masses[t] for t, w in enumerate(crowd.values) if w >= v) for v in crowd.values)
    assert search_crowd(crowd, MYERSON).value == best


@pytest.mark.parametrize(("n", "m"), [(10, 20), (100, 100), (1000, 200)])
def test_many_bidders(n: int, m: int) -> None:
    crowd = Crowd("a crowd", n, range(1, m + 1))
    found = search_crowd(crowd, MYERSON)
    assert found.status == "optimal" and found.value == found.bound == myerson(crowd)
    assert [v.status for v in found.verdicts] == ["proved", "proved"]
    assert found.certificate is None and "confirmed exactly by multipliers" in found.method
    answer = found.rule.allot([1] * (n - 2) + [m, m - 1])
    assert answer[-2:] == ((1, m - F(1, 2)), (0, 0))  # with m - 1 she would have won by lot
    assert sum(chance for chance, _ in answer) == 1


def test_a_prior_of_floats_is_the_rationals_it_stands_for() -> None:
    crowd = Crowd("floats", 100, [0.1 * k for k in range(1, 31)], {0.1 * k: k / 465 for k in range(1, 31)})
    found = search_crowd(crowd, MYERSON)
    assert (found.status, found.value) == ("optimal", myerson(crowd))


def test_efficiency_and_what_incentives_cost() -> None:
    """Without incentives the seller takes all the surplus: the expected highest value."""
    crowd = weighted(30, {1: 5, 2: 3, 5: 2})
    surplus = sum(
        F(v) * (sum(crowd.masses[: t + 1]) ** 30 - sum(crowd.masses[:t]) ** 30) for t, v in enumerate(crowd.values)
    )
    assert search_crowd(crowd, rw.Goal((IR,), rw.revenue)).value == surplus
    assert search_crowd(crowd, rw.Goal((BIC, IR), rw.welfare)).value == surplus
    assert search_crowd(crowd, MYERSON).value < surplus


def test_the_unit_of_money_does_not_matter() -> None:
    weights = {1: 3, 2: 1, 7: 1, 8: 1}
    plain = search_crowd(weighted(7, weights), MYERSON)
    for k in (F(1, 10**9), 10**9):
        crowd = Crowd("a sale", 7, [v * k for v in weights], {v * k: F(w, 6) for v, w in weights.items()})
        found = search_crowd(crowd, MYERSON)
        assert found.value == k * plain.value and found.rule.rankings == plain.rule.rankings


# -- the rule ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("crowd", CROWDS, ids=str)
def test_the_found_rule_is_strategyproof_and_nobody_is_ever_worse_off(crowd: Crowd) -> None:
    """What can be had on average with private independent values can be had so (Manelli and Vincent 2010)."""
    rule = search_crowd(crowd, MYERSON).rule
    assert all(rw.verify(rule, crowd.environment(), rw.strategyproof, rw.individually_rational))


def test_twenty_four_bidders_are_verified_on_multisets() -> None:
    crowd = Crowd("a sale", 24, (1, 2, 3), units=2)
    rule = search_crowd(crowd, MYERSON).rule
    assert all(rw.verify(rule, crowd.environment(), rw.strategyproof, rw.individually_rational))


def test_a_pooled_tier_shares_by_lot_and_the_rule_says_so() -> None:
    crowd = weighted(2, {1: 3, 2: 1, 7: 1, 8: 1})  # virtual values -3, -8, 6, 8: 1 and 2 are left out
    rule = search_crowd(crowd, MYERSON).rule
    assert rule.allot((7, 7)) == ((F(1, 2), F(7, 2)), (F(1, 2), F(7, 2)))
    assert rule.allot({"ann": 8, "bob": 7}) == ((1, F(15, 2)), (0, 0))
    assert "8 > 7; a bid below 7 never gets anything" in rule.words
    ironed = weighted(2, {10: 5, 11: 1, 12: 4})  # virtual values 9, 7, 12
    rule = search_crowd(ironed, MYERSON).rule
    assert "12 > 10 = 11" in rule.words
    assert [chance for chance, _ in rule.allot((10, 11))] == [F(1, 2), F(1, 2)]


def test_a_rule_can_be_pickled_and_asked_again() -> None:
    found = search_crowd(Crowd("a sale", 1000, (1, 2, 3)), MYERSON)
    again = pickle.loads(pickle.dumps(found.rule))
    reports = [1, 2, 3] * 333 + [1]
    assert again.allot(reports) == found.rule.allot(reports) and again.words == found.rule.words


def test_payments_stay_within_the_transfers() -> None:
    for crowd in POOR:
        low, high = crowd.transfers  # type: ignore[misc]
        for require, aim in WITH_MONEY:
            found = search_crowd(crowd, rw.Goal(require, aim))
            if found.rule is not None:
                for reports in itertools.product(crowd.values, repeat=crowd.n):
                    assert all(low <= paid <= high for _, paid in found.rule.allot(reports))


# -- proposals are not believed ---------------------------------------------------------------------------------------


def test_a_proof_that_is_changed_anywhere_is_refused() -> None:
    crowd = weighted(3, {1: 3, 2: 1, 7: 1, 8: 1})
    lines = [line for property in (BIC, IR) for line in lines_of(crowd, property)]
    problem = Reduced(crowd, lines, aim_of(crowd, rw.revenue))
    good = next(p for p in proposals(problem) if confirmed(problem, p.point, p.multipliers) is not None)
    assert confirmed(problem, good.point, good.multipliers) == myerson(crowd)
    for k in good.multipliers.lines:
        changed = Multipliers(good.multipliers.lines | {k: F(0)}, good.multipliers.sets)
        assert confirmed(problem, good.point, changed) is None
    for members, z in good.multipliers.sets.items():
        for other in (F(0), -z, z * 2):
            changed = Multipliers(good.multipliers.lines, good.multipliers.sets | {members: other})
            assert confirmed(problem, good.point, changed) is None
    for c in range(2 * problem.m):
        for step in (-1, 1):
            x = list(good.point.x)
            x[c] += step
            assert confirmed(problem, Point(x, good.point.scale), good.multipliers) is None
    every_time = Point([good.point.scale] * problem.m + [0] * problem.m, good.point.scale)
    assert not meets(problem, every_time) and violated(problem, every_time)


def test_multipliers_of_a_wrong_sign_prove_nothing() -> None:
    crowd = Crowd("two", 2, (1, 2))
    loose = Line((0,), (1,), -5, False)  # a chance of at least -5
    problem = Reduced(crowd, [loose], aim_of(crowd, rw.welfare))
    top, both = frozenset({1}), frozenset({0, 1})
    assert bound_of(problem, Multipliers({}, {both: F(1), top: F(1)})) == F(7, 4)  # E[highest value], the optimum
    assert bound_of(problem, Multipliers({}, {})) is None
    assert bound_of(problem, Multipliers({}, {both: F(3), top: F(-1)})) is None
    assert bound_of(problem, Multipliers({0: F(-1)}, {both: F(1), top: F(1)})) is None
    exactly = Reduced(crowd, [loose._replace(low=1, equal=True)], aim_of(crowd, rw.welfare))
    assert bound_of(exactly, Multipliers({0: F(-1)}, {both: F(1), top: F(1)})) == F(7, 4) + 1


def test_a_line_that_must_hold_with_equality_may_not_be_exceeded() -> None:
    crowd = Crowd("two", 2, (1, 2))
    point = Point([1, 1, 0, 0], 4)
    for equal in (False, True):
        for columns, low, holds in (((0, 1), 0, not equal), ((0, 2), 1, False)):
            problem = Reduced(crowd, [Line(columns, (1, 1), low, equal)], aim_of(crowd, None))
            assert meets(problem, point) == holds


# -- what cannot be asked ---------------------------------------------------------------------------------------------


@for_all(interim_types, "FIRST")
def first_is_free(rule: Any, env: Any, case: Case) -> tuple[Any, Any]:
    """The first bidder expects to pay nothing."""
    honest, _ = believed(env, case)
    return 0, rule.expect(payment(env, "bidder 1"), env, honest)


def beforehand(env: Any) -> Iterator[Case]:
    """One question, before anybody knows her type."""
    yield Case(types=rw.Profile())


@for_all(beforehand, "FIRST PAYS")
def first_pays(rule: Any, env: Any, case: Case) -> tuple[Any, Any]:
    """Before types are known, the first bidder expects to pay at least 1/9."""
    return rule.expect(payment(env, "bidder 1"), env, drawn(env)), F(1, 9)


@for_all(interim_types, "LOOK")
def looks_at_values(rule: Any, env: Any, case: Case) -> tuple[Any, Any]:
    """Bidders with a value above 1 expect something."""
    honest, _ = believed(env, case)
    own = case.types[case.player]
    return rule.expect(worth(env, case.player, own), env, honest), 1 if own > 1 else 0


@objective
def revenue_from_the_first(rule: Any, env: Any) -> list[Any]:
    """What the first bidder is expected to pay."""
    return [rule.expect(payment(env, "bidder 1"), env, drawn(env))]


@pytest.mark.parametrize(
    ("goal", "says"),
    [
        (rw.Goal((rw.strategyproof,), rw.revenue), "single profiles of reports.*crowd.environment"),
        (rw.Goal((BIC, rw.budget_balanced), rw.welfare), "budget_balanced has no interim form"),
        (rw.Goal((rw.pareto_efficient,)), "no inequality of expectations"),
        (rw.Goal((BIC, first_is_free), rw.revenue), "first_is_free.*what one bidder's report does to another"),
        (rw.Goal((BIC, IR, first_pays), rw.revenue), "first_pays.*does not treat the bidders alike"),
        (rw.Goal((looks_at_values,), rw.revenue), "looks at the value of a type"),
        (rw.Goal((BIC, IR), revenue_from_the_first), "does not treat the bidders alike"),
        (rw.Goal((BIC, IR), rw.nash_welfare), "make egalitarian large instead"),
        (rw.Goal((BIC,), rw.revenue), "revenue can be made as large as one likes"),
    ],
    ids=str,
)
@pytest.mark.parametrize("n", [2, 50])
def test_what_is_not_about_interim_values_is_refused(goal: rw.Goal, says: str, n: int) -> None:
    with pytest.raises(BadInput, match=says):
        search_crowd(Crowd("a sale", n, (1, 2, 3)), goal)


def test_with_one_bidder_every_profile_is_interim() -> None:
    goal = rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue)
    assert search_crowd(Crowd("one", 1, (1, 2, 3)), goal).value == F(4, 3)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Crowd("x", 0, (1,)), "number of bidders.*whole number from 1"),
        (lambda: Crowd("x", True, (1,)), "number of bidders"),
        (lambda: Crowd("x", 2, (1,), units=3), "3 units for 2 bidders"),
        (lambda: Crowd("x", 2, ()), "has no values"),
        (lambda: Crowd("x", 2, "12"), "give a tuple of numbers"),
        (lambda: Crowd("x", 2, 5), "give a tuple of numbers"),
        (lambda: Crowd("x", 2, (1, "a")), "must be a number"),
        (lambda: Crowd("x", 2, (1, float("nan"))), "must be a finite number"),
        (lambda: Crowd("x", 2, (1, F(2, 2))), "value 1 of .* is given twice"),
        (lambda: Crowd("x", 2, (1, 2), {1: 1}), "gives the value 2 probability 0"),
        (lambda: Crowd("x", 2, (1, 2), {1: F(1, 2), 3: F(1, 2)}), "names the value 3"),
        (lambda: Crowd("x", 2, (1, 2), {1: F(1, 2), 2: F(1, 3)}), "sums to 5/6"),
        (lambda: Crowd("x", 2, (1, 2), [F(1, 2), F(1, 2)]), "must be None or"),  # type: ignore[arg-type]
        (lambda: Crowd("x", 2, (1, 2), transfers=(2, 1)), "low must not exceed high"),
        (lambda: Crowd("x", 2, (1, 2)).environment(0), "number of bidders"),
        (lambda: Crowd("x", 2, (1, 2)).place(3), "can have the value 3"),
        (lambda: search_crowd(Crowd("x", 2, (1, 2)), MYERSON).rule.allot((1, 2, 2)), "2 bidders, and there are 3"),
        (lambda: search_crowd(Crowd("x", 2, (1, 2), transfers=None), MYERSON), "has no money"),
    ],
)
def test_bad_input_is_told_in_a_sentence(make: Callable[[], Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        make()


def test_a_rule_is_for_its_own_number_of_bidders() -> None:
    crowd = Crowd("x", 3, (1, 2))
    rule = search_crowd(crowd, MYERSON).rule
    with pytest.raises(BadInput, match="for 3 bidders and 1 units, not for 2 and 1"):
        rule(crowd.environment(2), {"bidder 1": 1, "bidder 2": 2})


def test_too_much_is_refused_before_the_work_begins() -> None:
    with pytest.raises(GameTooLarge, match="bidders"):
        Crowd("x", 10**6, (1, 2))
    with pytest.raises(GameTooLarge, match="values"):
        Crowd("x", 2, range(10**6))
    with pytest.raises(GameTooLarge, match="binary digits"):
        search_crowd(Crowd("x", 5000, [0.1 * k for k in range(1, 1001)]), MYERSON)
    with pytest.raises(GameTooLarge, match="profiles"):
        Crowd("x", 1000, range(200)).environment()


def test_no_time_is_an_unknown_and_progress_can_end_the_work() -> None:
    assert search_crowd(Crowd("x", 5, (1, 2, 3)), MYERSON, time=0).status == "unknown"
    seen: list[tuple[int, int]] = []
    search_crowd(Crowd("x", 5, (1, 2, 3)), MYERSON, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 2), (1, 2), (2, 2)]

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search_crowd(Crowd("x", 5, (1, 2, 3)), MYERSON, progress=stop)
