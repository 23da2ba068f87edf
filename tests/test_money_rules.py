"""Rules with money and rules that ration: what their authors proved of them, and what one changed detail undoes."""

from __future__ import annotations

import itertools
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import rulewright as rw
from rulewright.games import Environment, GameTooLarge, Profile
from rulewright.games.claims import claims, rationing, splits
from rulewright.games.exchange import exchange
from rulewright.games.provision import provision
from rulewright.games.public_projects import airport_cost, is_submodular, public_project, service, subsets
from rulewright.games.units import units
from rulewright.mechanisms.properties.claims import (
    composition_down,
    composition_up,
    consistent,
    no_advantageous_transfer,
    self_dual,
)
from rulewright.mechanisms.properties.coalitions import group_strategyproof
from rulewright.mechanisms.properties.symmetry import equal_treatment
from rulewright.mechanisms.rules.exchange import mcafee, posted_trade
from rulewright.mechanisms.rules.public import (
    clarke_pivot,
    expected_externality,
    groves_ledyard,
    marginal_cost,
    quadratic_funding,
    shapley_cost_sharing,
)
from rulewright.mechanisms.rules.rationing import (
    claims_rule,
    constrained_equal_awards,
    constrained_equal_losses,
    proportional_awards,
    proportional_rationing,
    random_arrival,
    sequential_rationing,
    talmud,
    uniform_rule,
)
from rulewright.mechanisms.rules.redistribution import cavallo, worst_case_redistribution

NAMES = ("ann", "bob", "cem", "dan", "eve")


def items(highest: int, n: int) -> Environment:
    return rw.games.allocation({p: range(highest + 1) for p in NAMES[:n]})


def revenue(rule: Any, env: Environment, profile: Any) -> Fraction:
    return sum((Fraction(x) for x in rule.result(env, profile)[1].values()), start=Fraction(0))


# -- public projects ---------------------------------------------------------------------------------------------------


def test_the_pivotal_rule_is_the_rule_of_vickrey_clarke_and_groves() -> None:
    env = public_project({p: range(4) for p in NAMES[:3]}, cost=4)
    for profile in env.profiles():
        assert clarke_pivot.result(env, profile) == rw.mechanisms.vcg.result(env, profile)
    report = rw.verify(clarke_pivot, env, rw.strategyproof, rw.efficient, rw.no_deficit)
    assert [v.status for v in report] == ["proved"] * 3
    assert rw.verify(clarke_pivot, env, rw.budget_balanced).status == "refuted"  # Green and Laffont 1979


def test_paying_ones_share_and_no_more_for_being_pivotal_invites_lies() -> None:
    env = public_project({p: range(4) for p in NAMES[:2]}, cost=3)
    unpaid = rw.mechanism("no pivot payments")(lambda env, r: clarke_pivot.result(env, r)[0])
    found = rw.verify(unpaid, env, rw.strategyproof)
    assert found.status == "refuted" and found.counterexample.check()


def test_expected_externalities_are_efficient_and_balanced_and_honest_on_average() -> None:
    """d'Aspremont and Gerard-Varet (1979); in dominant strategies the three cannot be had (Green and Laffont 1979)."""
    third, fifth = Fraction(1, 3), Fraction(1, 5)
    prior = {"ann": {0: third, 2: third, 5: third}, "bob": {1: fifth, 3: fifth, 4: 3 * fifth}}
    env = public_project({p: tuple(each) for p, each in prior.items()}, cost=5, prior=prior)
    report = rw.verify(
        expected_externality, env, rw.bayesian_incentive_compatible, rw.efficient, rw.budget_balanced, rw.strategyproof
    )
    assert [v.status for v in report] == ["proved", "proved", "proved", "refuted"]
    unpaid = rw.mechanism("no externalities")(lambda env, r: expected_externality.result(env, r)[0])
    assert rw.verify(unpaid, env, rw.bayesian_incentive_compatible).status == "refuted"


def test_externalities_expected_with_another_prior_invite_lies() -> None:
    values = {"ann": tuple(range(5)), "bob": (2, 5)}
    prior = {"ann": dict.fromkeys(range(5), Fraction(1, 5)), "bob": {2: Fraction(1, 8), 5: Fraction(7, 8)}}
    env = public_project(values, cost=5, prior=prior)
    uniform = public_project(values, cost=5)
    assert rw.verify(expected_externality, env, rw.bayesian_incentive_compatible)

    @rw.mechanism("externalities of another prior")
    def misled(env: Environment, reports: Profile[Any]) -> Any:
        return expected_externality.result(uniform, reports)

    assert rw.verify(misled, uniform, rw.bayesian_incentive_compatible)
    assert rw.verify(misled, env, rw.bayesian_incentive_compatible).status == "refuted"


def test_expected_externalities_need_independent_types() -> None:
    half = Fraction(1, 2)
    prior = {Profile({"ann": k, "bob": k}): half for k in (0, 3)}
    env = public_project({"ann": (0, 3), "bob": (0, 3)}, cost=3, prior=prior)
    with pytest.raises(rw.BadInput, match="correlated"):
        expected_externality.table(env)


# -- services ----------------------------------------------------------------------------------------------------------


def test_shapley_shares_cover_the_cost_exactly() -> None:
    env = service({"ann": range(4), "bob": range(4), "cem": (0, 2, 5)}, airport_cost({"ann": 1, "bob": 3, "cem": 5}))
    report = rw.verify(
        shapley_cost_sharing, env, rw.strategyproof, rw.individually_rational, rw.budget_balanced, rw.efficient
    )
    assert [v.status for v in report] == ["proved", "proved", "proved", "refuted"]
    for profile in env.profiles():
        served, paid = shapley_cost_sharing.result(env, profile)
        assert -paid["provider"] == -env.worth_of("provider", served, "cost")


def test_no_coalition_of_users_gains_by_lying_about_shapley_shares() -> None:
    """Moulin (1999): group strategyproof if the cost is submodular; marginal cost pricing is not."""
    env = service({"ann": range(3), "bob": range(3), "cem": (0, 2, 4)}, airport_cost({"ann": 1, "bob": 3, "cem": 5}))
    assert rw.verify(shapley_cost_sharing, env, group_strategyproof())
    found = rw.verify(marginal_cost, env, group_strategyproof())
    assert found.status == "refuted" and found.counterexample.check()


def test_the_shapley_shares_of_an_airport_are_those_of_the_runway_game() -> None:
    """Littlechild and Owen (1973): each stretch of the runway is paid for by those who need it, in equal parts."""
    env = service({"ann": (9,), "bob": (9,), "cem": (9,)}, airport_cost({"ann": 3, "bob": 5, "cem": 6}))
    _, paid = shapley_cost_sharing(env, {"ann": 9, "bob": 9, "cem": 9, "provider": "cost"})
    assert paid == {"ann": 1, "bob": 2, "cem": 3, "provider": -6}


def test_shapley_cost_sharing_needs_a_submodular_cost() -> None:
    """Moulin (1999): where joining gets dearer as more are served, shares are not cross-monotonic and lies can pay."""
    cost = {(): 0, ("ann",): 1, ("bob",): 1, ("cem",): 1, ("ann", "bob"): 2, ("ann", "cem"): 2, ("bob", "cem"): 2}
    cost = {each: cost.get(each, 12) for each in subsets(NAMES[:3])}
    assert not is_submodular(cost, NAMES[:3])
    env = service({p: range(6) for p in NAMES[:3]}, cost)
    found = rw.verify(shapley_cost_sharing, env, rw.strategyproof)
    assert found.status == "refuted" and found.counterexample.check()
    assert is_submodular(airport_cost({"ann": 3, "bob": 1, "cem": 2}), NAMES[:3])


def test_marginal_cost_pricing_is_efficient_and_needs_outside_money() -> None:
    env = service({"ann": range(4), "bob": range(4)}, airport_cost({"ann": 2, "bob": 3}))
    report = rw.verify(
        marginal_cost, env, rw.strategyproof, rw.efficient, rw.individually_rational, rw.no_deficit
    )  # fmt: skip
    assert [v.status for v in report] == ["proved", "proved", "proved", "refuted"]


# -- redistribution ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 3, 4])
@pytest.mark.parametrize("rule", [cavallo, worst_case_redistribution], ids=str)
def test_redistribution_keeps_all_that_makes_a_second_price_auction_good(rule: Any, n: int) -> None:
    env = items(4, n)
    wanted = (rw.strategyproof, rw.individually_rational, rw.no_deficit, rw.efficient)
    assert all(rw.verify(rule, env, *wanted))


@pytest.mark.parametrize(("n", "promise"), [(2, 0), (3, Fraction(1, 3)), (4, Fraction(4, 7)), (5, Fraction(11, 15))])
def test_the_promised_fraction_is_returned_and_no_more_can_be_promised(n: int, promise: Any) -> None:
    """Guo and Conitzer (2009), Moulin (2009): 1 - (n - 1) / (2^(n-1) - 1) of the revenue, at every profile."""
    env = items(2 if n == 5 else 3, n)
    least = None
    for profile in env.profiles():
        collected = revenue(rw.mechanisms.second_price, env, profile)
        returned = collected - revenue(worst_case_redistribution, env, profile)
        assert promise * collected <= returned <= collected
        if collected:
            least = min(least if least is not None else returned / collected, returned / collected)
    assert least == promise == 1 - Fraction(n - 1, 2 ** (n - 1) - 1)
    # whatever the rebates R_j to one who sees j others bid 1 and the rest 0, with q bids of 1 the sum is at most the
    # revenue and at least k times the revenue, which is 1 from q = 2 on; the largest k, by linear programming
    rows, right = [], []
    for q in range(n + 1):
        row = np.zeros(n + 1)
        if q:
            row[q - 1] += q
        if q < n:
            row[q] += n - q
        rows.append(row.copy())
        right.append(float(q >= 2))
        rows.append(-row)
        rows[-1][n] += float(q >= 2)
        right.append(0.0)
    found = linprog([0.0] * n + [-1.0], rows, right, bounds=[(0, None)] * n + [(None, None)])
    assert found.status == 0 and abs(-found.fun - float(promise)) < 1e-9


PROMISES = {
    (4, 2): Fraction(1, 4), (5, 2): Fraction(5, 11), (5, 3): Fraction(1, 5),
    (6, 1): Fraction(26, 31), (6, 2): Fraction(8, 13), (6, 3): Fraction(3, 8), (6, 4): Fraction(1, 6),
}  # fmt: skip


@pytest.mark.parametrize("players_and_units", PROMISES, ids=str)
def test_the_promised_fraction_with_several_units(players_and_units: tuple[int, int]) -> None:
    """Guo and Conitzer (2009), Moulin (2009): 1 - C(n-1, m) / (C(n-1, m) + ... + C(n-1, n-1))."""
    n, m = players_and_units
    env = units(dict.fromkeys("abcdef"[:n], (0, 1)), m)
    assert all(
        rw.verify(rule, env, rw.strategyproof, rw.individually_rational, rw.no_deficit, rw.efficient)
        for rule in (cavallo, worst_case_redistribution)
    )
    returned = []
    for profile in env.profiles():
        collected = revenue(rw.mechanisms.uniform_price, env, profile)
        if collected:
            returned.append(1 - revenue(worst_case_redistribution, env, profile) / collected)
            assert revenue(cavallo, env, profile) >= 0
    assert min(returned) == PROMISES[n, m] == 1 - Fraction(comb(n - 1, m), sum(comb(n - 1, j) for j in range(m, n)))


def test_a_rebate_that_ones_own_bid_moves_invites_lies() -> None:
    @rw.mechanism("equal parts of the revenue")
    def equal_parts(env: Environment, reports: Profile[Any]) -> Any:
        winner, paid = rw.mechanisms.second_price.result(env, reports)
        part = Fraction(sum(paid.values()), len(env.players))
        return winner, Profile({p: x - part for p, x in paid.items()})

    env = items(4, 3)
    assert rw.verify(equal_parts, env, rw.budget_balanced)
    assert rw.verify(equal_parts, env, rw.strategyproof).status == "refuted"


def test_a_redistribution_refuses_negative_values() -> None:
    env = rw.games.allocation({"ann": (-1, 2), "bob": (1,)})
    with pytest.raises(rw.BadInput, match="at least 0"):
        cavallo.table(env)


# -- exchange ----------------------------------------------------------------------------------------------------------


def test_mcafee_loses_at_most_the_least_valuable_trade() -> None:
    env = exchange({p: range(0, 7, 2) for p in ("ann", "bob")}, {p: range(1, 7, 2) for p in ("sam", "tim", "uli")})
    wanted = (rw.strategyproof, rw.individually_rational, rw.no_deficit)
    assert all(rw.verify(mcafee, env, *wanted))
    assert rw.verify(mcafee, env, rw.budget_balanced).status == "refuted"
    for profile in env.profiles():
        values = sorted((profile[p] for p in ("ann", "bob")), reverse=True)
        costs = sorted(profile[p] for p in ("sam", "tim", "uli"))
        gains = [v - c for v, c in zip(values, costs, strict=False) if v >= c]
        trades, _ = mcafee.result(env, profile)
        welfare = sum(env.worth_of(p, trades, t) for p, t in profile.items())
        assert sum(gains) - min(gains, default=0) <= welfare <= sum(gains)


def test_trading_the_last_pair_too_at_its_own_prices_invites_lies() -> None:
    @rw.mechanism("all efficient trades at the last pair's average")
    def average(env: Environment, reports: Profile[Any]) -> Any:
        price = Fraction(reports["ann"] + reports["sam"], 2)
        if reports["ann"] < reports["sam"]:
            return (), Profile({"ann": 0, "sam": 0})
        return (("ann", "sam"),), Profile({"ann": price, "sam": -price})

    env = exchange({"ann": range(4)}, {"sam": range(4)})
    assert rw.verify(average, env, rw.budget_balanced) and rw.verify(average, env, rw.efficient)
    assert rw.verify(average, env, rw.strategyproof).status == "refuted"
    assert rw.verify(mcafee, env, rw.strategyproof)


@pytest.mark.parametrize("price", [0, 1, Fraction(3, 2), 3, 2.5])
def test_a_posted_price_has_everything_but_efficiency(price: Any) -> None:
    """Hagerty and Rogerson (1987)."""
    env = exchange({"ann": range(4)}, {"sam": range(4)})
    wanted = (rw.strategyproof, rw.individually_rational, rw.budget_balanced)
    assert all(rw.verify(posted_trade(price), env, *wanted))
    assert rw.verify(posted_trade(price), env, rw.efficient).status == "refuted"


# -- claims ------------------------------------------------------------------------------------------------------------

ESTATES = (proportional_awards, constrained_equal_awards, constrained_equal_losses, talmud, random_arrival)
amounts = st.fractions(0, 20, max_denominator=4)


def test_the_three_wives_of_the_talmud() -> None:
    """Claims of 100, 200 and 300 on estates of 100, 200 and 300 (Kethubot 93a, in Aumann and Maschler 1985)."""
    asked = {"ann": 100, "bob": 200, "cem": 300}
    third = Fraction(100, 3)
    found = [tuple(talmud.awards(estate, asked).values()) for estate in (100, 200, 300)]
    assert found == [(third, third, third), (50, 75, 75), (50, 100, 150)]
    assert tuple(talmud.awards(1, {"ann": 1, "bob": Fraction(1, 2)}).values()) == (Fraction(3, 4), Fraction(1, 4))


@settings(max_examples=60, deadline=None)
@given(st.lists(amounts, min_size=1, max_size=4), amounts)
def test_every_division_of_an_estate_is_one(asked: Any, estate: Any) -> None:
    """All of the estate is awarded, nobody gets less than nothing or more than her claim, larger claims no less."""
    claimed = dict(zip(NAMES, asked, strict=False))
    for rule in ESTATES:
        awards = rule.awards(estate, claimed)
        assert sum(awards.values()) == min(estate, sum(asked))
        assert all(0 <= awards[p] <= claimed[p] for p in claimed)
        for p, q in itertools.permutations(claimed, 2):
            if claimed[p] <= claimed[q]:
                assert awards[p] <= awards[q] and claimed[p] - awards[p] <= claimed[q] - awards[q]


@settings(max_examples=40, deadline=None)
@given(st.lists(amounts, min_size=1, max_size=4), amounts)
def test_equal_losses_are_the_dual_of_equal_awards(asked: Any, estate: Any) -> None:
    claimed = dict(zip(NAMES, asked, strict=False))
    whole = min(estate, sum(asked))
    missing = constrained_equal_awards.awards(sum(asked) - whole, claimed)
    assert constrained_equal_losses.awards(whole, claimed) == {p: claimed[p] - missing[p] for p in claimed}


def test_only_equal_awards_withstand_inflated_claims() -> None:
    """Thomson (2003) on claims that nobody can check, where more than one's need is worth nothing."""
    env = claims({"ann": (1, 2), "bob": (1,), "cem": (1,)}, 2, step=Fraction(1, 12))
    found = {rule.name: rw.verify(rule, env, rw.strategyproof) for rule in ESTATES}
    assert [name for name, verdict in found.items() if verdict] == ["constrained equal awards"]
    assert all(verdict or verdict.counterexample.check() for verdict in found.values())


def test_where_the_estate_exceeds_the_claims_the_rest_is_split_evenly() -> None:
    env = claims({"ann": (0, 1), "bob": (1,)}, estate=2, step=Fraction(1, 2))
    for rule in ESTATES:
        assert rule(env, {"ann": 0, "bob": 1}) == {"ann": Fraction(1, 2), "bob": Fraction(3, 2)}


def test_a_division_that_is_not_listed_is_refused_with_the_remedy() -> None:
    env = claims({"ann": (1, 2), "bob": (2,)}, estate=1, step=1)
    with pytest.raises(rw.BadInput, match="smaller step"):
        proportional_awards.table(env)
    with pytest.raises(GameTooLarge, match="larger step"):
        splits(NAMES, 10, Fraction(1, 100))
    with pytest.raises(rw.BadInput, match="multiple"):
        splits(NAMES, 1, Fraction(2, 3))


# -- the uniform rule --------------------------------------------------------------------------------------------------


def tilted(highest: int) -> tuple[tuple[int, int, int], ...]:
    return tuple((peak, *slopes) for peak in range(highest + 1) for slopes in ((1, 4), (4, 1)))


@pytest.mark.parametrize("amount", [1, 2, 3])
def test_the_uniform_rule_is_honest_efficient_and_free_of_envy(amount: int) -> None:
    env = rationing({p: tilted(2) for p in NAMES[:3]}, amount)
    assert all(rw.verify(uniform_rule, env, rw.strategyproof, rw.envy_free))
    two = rationing({p: tilted(3) for p in NAMES[:2]}, amount)
    assert all(rw.verify(uniform_rule, two, rw.strategyproof, rw.envy_free, rw.pareto_efficient))


def test_dividing_in_proportion_to_peaks_invites_lies() -> None:
    """Sprumont (1991) names it as what one would do first; in the uniform rule only the level is common."""

    env = rationing({p: tilted(2) for p in NAMES[:2]}, 2, step=Fraction(1, 6))
    assert rw.verify(uniform_rule, env, rw.strategyproof)
    found = rw.verify(proportional_rationing, env, rw.strategyproof)
    assert found.status == "refuted" and found.counterexample.check()


@pytest.mark.parametrize("amount", [1, 2, 3])
def test_sequential_rationing_is_honest_and_efficient_and_favours_the_first(amount: int) -> None:
    """Barberà, Jackson and Neme (1997); equal peaks are not treated equally."""
    env = rationing({p: tilted(2) for p in NAMES[:3]}, amount, step=1)
    assert all(rw.verify(sequential_rationing, env, rw.strategyproof, rw.pareto_efficient))
    assert rw.verify(sequential_rationing, env, equal_treatment).status == "refuted"


# -- what a division of an estate should keep --------------------------------------------------------------------------


@claims_rule
def a_third_first(estate: Any, claims: Any) -> Any:
    """The Talmud's rule with a third of each claim in place of a half."""
    third = {p: Fraction(c, 3) for p, c in claims.items()}
    total = sum(claims.values())
    if 3 * estate <= total:
        return constrained_equal_awards.awards(estate, third)
    rest = {p: c - third[p] for p, c in claims.items()}
    lost = constrained_equal_awards.awards(total - estate, rest)
    return {p: c - lost[p] for p, c in claims.items()}


@claims_rule
def half_and_half(estate: Any, claims: Any) -> Any:
    """The average of equal awards and equal losses."""
    one, two = constrained_equal_awards.awards(estate, claims), constrained_equal_losses.awards(estate, claims)
    return {p: Fraction(one[p] + two[p]) / 2 for p in claims}


@claims_rule
def in_proportion_to_squares(estate: Any, claims: Any) -> Any:
    """In proportion to the squares of claims, as far as these allow, and the rest by equal losses."""
    total = sum(Fraction(c) ** 2 for c in claims.values())
    first = {
        p: min(Fraction(c), Fraction(c) ** 2 * estate / total) if total else Fraction(0) for p, c in claims.items()
    }
    left = constrained_equal_losses.awards(estate - sum(first.values()), {p: claims[p] - first[p] for p in claims})
    return {p: first[p] + left[p] for p in claims}


@pytest.mark.parametrize(
    ("prop", "good", "bad"),
    [
        (self_dual, talmud, a_third_first),
        (consistent, talmud, half_and_half),
        (composition_up, constrained_equal_losses, half_and_half),
        (composition_down, constrained_equal_awards, half_and_half),
        (no_advantageous_transfer, proportional_awards, in_proportion_to_squares),
    ],
    ids=lambda x: x.name,
)
def test_one_changed_detail_of_a_division_is_found(prop: Any, good: Any, bad: Any) -> None:
    env = claims({"ann": (0, 1), "bob": (1, 2), "cem": (2, 4)}, 3, step=Fraction(1, 2), rules=[good, bad])
    assert rw.verify(good, env, prop).status == "proved"
    found = rw.verify(bad, env, prop)
    assert found.status == "refuted" and found.counterexample.check()
    assert "ann" in str(found.counterexample) and found.counterexample.gain > 0


def test_a_rule_that_is_none_for_claims_is_not_asked_what_it_does_with_others() -> None:
    even = rw.mechanism("evenly")(lambda env, _: Profile(dict.fromkeys(env.players, 1)))
    with pytest.raises(rw.BadInput, match="no rule for claims"):
        rw.verify(even, claims({"ann": (1,), "bob": (2,)}, 2, step=1), consistent)
    with pytest.raises(rw.BadInput, match="another amount"):
        claims({"ann": (1,), "bob": (2,)}, 2, step=1, rules=[lambda estate, claims: dict.fromkeys(claims, estate)])
    with pytest.raises(GameTooLarge, match="fewer types"):
        claims(dict.fromkeys(NAMES, range(20)), 2, step=1, rules=[talmud])


# -- a level of a public good ------------------------------------------------------------------------------------------


def fund(*values: Any) -> Environment:
    levels = [Fraction(k, 2) for k in range(13)]
    return provision(dict(zip(NAMES, values, strict=False)), {level: level**2 for level in levels})


def test_quadratic_funding_is_best_for_each_and_for_all_until_they_collude() -> None:
    """Buterin, Hitzig and Weyl (2019)."""
    env = fund(range(4), range(4))
    wanted = (rw.strategyproof, rw.efficient, rw.budget_balanced)
    assert all(rw.verify(quadratic_funding, env, *wanted))
    found = rw.verify(quadratic_funding, env, group_strategyproof())
    assert found.status == "refuted" and found.counterexample.check()
    # what an honest player pays is her best contribution: with c the fund is (root of c + root of the others')^2
    for profile in env.profiles():
        _, paid = quadratic_funding.result(env, profile)
        for p in ("ann", "bob"):
            rest = Fraction(sum(profile[q] for q in ("ann", "bob") if q != p), 2)
            gains = {Fraction(k, 4): profile[p] * (Fraction(k, 4) + rest) - Fraction(k, 4) ** 2 for k in range(20)}
            assert paid[p] == max(gains, key=gains.__getitem__) ** 2


def test_funding_in_proportion_is_no_quadratic_funding() -> None:
    """With a fund that only sums the contributions, each gives for what the good is worth to her alone."""

    @rw.mechanism("matched one to one")
    def matched(env: Environment, reports: Profile[Any]) -> Any:
        level = Fraction(max(reports["ann"], reports["bob"]), 2)
        paid = {p: level**2 if reports[p] == 2 * level else Fraction(0) for p in ("ann", "bob")}
        return level, Profile({**paid, "provider": -sum(paid.values())})

    found = rw.verify(matched, fund(range(4), range(4)), rw.efficient)
    assert found.status == "refuted" and found.counterexample.check()


# -- what a rule is not for --------------------------------------------------------------------------------------------

EVERY = (
    *ESTATES, uniform_rule, clarke_pivot, shapley_cost_sharing, marginal_cost, cavallo, worst_case_redistribution,
    mcafee, posted_trade(1), proportional_rationing, sequential_rationing, quadratic_funding,
)  # fmt: skip
ENVIRONMENTS = {
    "item": lambda: rw.games.allocation({"ann": (1, 2), "bob": (1, 2)}),
    "shares": lambda: rw.games.allocation({"ann": ((1, 2),), "bob": ((2, 1),)}, ("bread", "wine")),
    "project": lambda: public_project({"ann": (0, 2), "bob": (0, 2)}, 2),
    "service": lambda: service({"ann": (0, 2), "bob": (0, 2)}, airport_cost({"ann": 1, "bob": 2})),
    "exchange": lambda: exchange({"ann": (0, 2)}, {"sam": (0, 2)}),
    "claims": lambda: claims({"ann": (1,), "bob": (1, 2)}, 2, step=Fraction(1, 60)),
    "peaks": lambda: rationing({"ann": (0, 1), "bob": (0, 2)}, 2, step=Fraction(1, 3)),
    "units": lambda: units({"ann": (0, 1), "bob": (0, 2), "cem": (1,)}, 2),
    "provision": lambda: provision(
        {"ann": (0, 2), "bob": (1,)}, {Fraction(k, 2): Fraction(k * k, 4) for k in range(5)}
    ),
}
FITS = {
    "item": {"cavallo", "worst case redistribution"},
    "shares": set(),
    "project": {"clarke pivot"},
    "service": {"shapley cost sharing", "marginal cost"},
    "exchange": {"mcafee", "trade at 1"},
    "claims": {rule.name for rule in ESTATES},
    "peaks": {"uniform rule", "proportional rationing", "sequential rationing"},
    "units": {"cavallo", "worst case redistribution"},
    "provision": {"quadratic funding"},
}


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.name)
@pytest.mark.parametrize("where", ENVIRONMENTS)
def test_a_rule_refuses_in_a_sentence_what_it_is_not_for(rule: Any, where: str) -> None:
    env = ENVIRONMENTS[where]()
    if rule.name in FITS[where]:
        rule.table(env)
    else:
        with pytest.raises(rw.BadInput, match=r"\w+ \w+ \w+"):
            rule.table(env)


@pytest.mark.parametrize(
    ("make", "needs"),
    [
        (lambda: public_project({"ann": (-1,)}), "at least 0"),
        (lambda: service({"provider": (1,)}, {(): 0, ("provider",): 1}), "bears the cost"),
        (lambda: service({"ann": (1,)}, {(): 0}), "not given"),
        (lambda: subsets(tuple(map(str, range(30)))), "at most"),
        (lambda: exchange({}, {"sam": (1,)}), "no buyer"),
        (lambda: exchange({"ann": (1,)}, {"ann": (1,)}), "both"),
        (lambda: claims({"ann": (-1,)}, 1), "at least 0"),
        (lambda: rationing({"ann": ((1, 2),)}, 1), "peak"),
        (lambda: rationing({"ann": ((1, 0, 1),)}, 1), "positive"),
        (lambda: talmud.awards(-1, {"ann": 1}), "negative"),
        (lambda: provision({"provider": (1,)}, {0: 0}), "bears the cost"),
        (lambda: quadratic_funding.table(provision({"ann": (2,)}, {0: 0, 1: 2})), "does not cost its square"),
        (lambda: groves_ledyard(provision({"ann": (2,)}, {0: 0, 1: 2}), (0, 1)), "three players"),
        (lambda: groves_ledyard(provision(dict.fromkeys(NAMES, (2,)), {0: 0, 1: 2}), (0, 1)), "declare its cost"),
        (lambda: random_arrival.awards(1, {str(k): 1 for k in range(12)}), "fewer claimants"),
    ],
)
def test_what_cannot_be_meant_is_said(make: Any, needs: str) -> None:
    with pytest.raises(rw.BadInput, match=needs):
        make()
