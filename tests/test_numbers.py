"""The literature's numbers on the three scenarios, each recomputed through the public door with its citation."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright import games, mechanisms

HALF = Fraction(1, 2)
Number = Any

# -- the prisoner's dilemma --------------------------------------------------------------------------------------------

payoff = st.integers(-50, 50) | st.fractions(-50, 50, max_denominator=12)
dilemmas = st.lists(payoff, min_size=4, max_size=4, unique=True).map(lambda four: tuple(sorted(four)))  # S, P, R, T


def test_the_dilemma_has_one_equilibrium_both_defect() -> None:
    """T=5, R=3, P=1, S=0: one equilibrium, (defect, defect), and it pays (1, 1) (Tucker 1950)."""
    solution = rw.solve(games.prisoners_dilemma(R=3, S=0, T=5, P=1), "nash")
    assert solution.complete is True
    (equilibrium,) = solution.equilibria
    assert equilibrium.strategies["row"]["defect"] == equilibrium.strategies["column"]["defect"] == 1
    assert equilibrium.payoffs == {"row": 1, "column": 1}
    assert equilibrium.check() is True and rw.check(equilibrium.certificate)


@given(dilemmas)
def test_every_dilemma_has_one_equilibrium_both_defect(four: tuple[Number, ...]) -> None:
    """T > R > P > S: defecting is strictly dominant, so (defect, defect) is the one equilibrium (Tucker 1950)."""
    s, p, r, t = four
    game = games.prisoners_dilemma(R=r, S=s, T=t, P=p)
    for concept in ("nash", "dominant", "pure"):
        solution = rw.solve(game, concept)
        assert solution.complete and len(solution) == 1
        assert all(solution[0].strategies[player]["defect"] == 1 for player in game.players)
    assert solution[0].payoffs == {"row": p, "column": p}


def test_the_least_fine_is_just_above_two() -> None:
    """A fine makes cooperating strictly dominant iff it is more than max(T - R, P - S) = 2 (Becker 1968, derived)."""
    goal = rw.Goal((rw.strictly_dominant("cooperate"),))
    design = rw.search(games.prisoners_dilemma(R=3, S=0, T=5, P=1), goal, family=mechanisms.fines(on="defect"))
    assert design.status == "optimal" and design.check() is True
    assert 2 < design.value <= 2 + Fraction(1, 100)
    assert "more than 2" in design.why, "what happens above the threshold is said"
    assert "At exactly 2" in design.why, "what happens at the threshold is said"


def test_at_the_threshold_the_fine_only_just_fails() -> None:
    """At 2 cooperating is weakly, not strictly, dominant; above 2 strictly (derived)."""
    game = games.prisoners_dilemma()
    at = mechanisms.fine(on="defect", amount=2)
    above = mechanisms.fine(on="defect", amount=2 + Fraction(1, 10**12))
    below = mechanisms.fine(on="defect", amount=2 - Fraction(1, 10**12))
    assert rw.verify(at, game, rw.strictly_dominant("cooperate")).status == "refuted"
    assert rw.verify(at, game, rw.weakly_dominant("cooperate")).status == "proved"
    assert rw.verify(above, game, rw.strictly_dominant("cooperate")).status == "proved"
    assert rw.verify(below, game, rw.weakly_dominant("cooperate")).status == "refuted"


@settings(max_examples=60)
@given(dilemmas, st.sampled_from([1, Fraction(1, 100), Fraction(1, 7)]))
def test_the_least_fine_of_any_dilemma(four: tuple[Number, ...], unit: Number) -> None:
    """For all T > R > P > S the threshold is max(T - R, P - S): the answer is the first step above it."""
    s, p, r, t = map(Fraction, four)
    threshold = max(t - r, p - s)
    game = games.prisoners_dilemma(R=four[2], S=four[0], T=four[3], P=four[1])
    goal = rw.Goal((rw.strictly_dominant("cooperate"),))
    design = rw.search(game, goal, family=mechanisms.fines(on="defect", unit=unit))
    assert design.status == "optimal" and design.check() is True
    assert threshold < design.value <= threshold + unit
    assert Fraction(design.value) % Fraction(unit) == 0
    for amount, holds in ((threshold, False), (threshold + Fraction(1, 10**9), True)):
        verdict = rw.verify(mechanisms.fine("defect", amount), game, rw.strictly_dominant("cooperate"))
        assert bool(verdict) is holds


def test_the_value_of_a_fine_is_not_said_to_be_out_of_reach() -> None:
    """The proposal is worth 201/100; an answer that says "no rule exceeds 2" beside it contradicts itself."""
    goal = rw.Goal((rw.strictly_dominant("cooperate"),))
    design = rw.search(games.prisoners_dilemma(), goal, family=mechanisms.fines(on="defect"))
    assert "no rule exceeds 2)" not in str(design)


def test_chicken_pays_fourteen_thirds_in_mixed_strategies() -> None:
    """Chicken (6,6) (2,7) (7,2) (0,0): three equilibria; the mixed one pays 14/3 each (Aumann 1974)."""
    labels = ("swerve", "straight")
    game = rw.NormalForm("chicken", {"ann": labels, "bob": labels}, [[[6, 6], [2, 7]], [[7, 2], [0, 0]]])
    solution = rw.solve(game, "nash")
    assert solution.complete and len(solution) == 3 and solution.check()
    (mixed,) = [e for e in solution if e.strategies["ann"]["swerve"] not in (0, 1)]
    assert mixed.payoffs == {"ann": Fraction(14, 3), "bob": Fraction(14, 3)}
    assert mixed.strategies["ann"] == {"swerve": Fraction(2, 3), "straight": Fraction(1, 3)}
    assert sorted(tuple(e.payoffs.values()) for e in solution if e is not mixed) == [(2, 7), (7, 2)]


@pytest.mark.parametrize(("p", "honest"), [(Fraction(1, 4), False), (Fraction(1, 3), None), (HALF, True)])
def test_inspection_deters_iff_the_fine_is_expected_to_outweigh_the_gain(p: Fraction, honest: bool | None) -> None:
    """Honest iff p(F + g) >= g; with g = 1 and F = 2 audits deter from p* = g/(F + g) = 1/3 on (derived)."""
    gain, fine = 1, 2
    cheating = (1 - p) * gain - p * fine
    game = rw.NormalForm("inspection", {"agent": ("honest", "cheat")}, [[0], [cheating]])
    strict, weak = (rw.verify(mechanisms.status_quo, game, f("honest")).status for f in STRICT_AND_WEAK)
    assert strict == ("proved" if honest else "refuted")
    assert weak == ("refuted" if honest is False else "proved")


STRICT_AND_WEAK = (rw.strictly_dominant, rw.weakly_dominant)


def test_the_auditor_mixes_at_g_over_g_plus_f() -> None:
    """Inspection game with gain g = 1, fine F = 3, audit cost 1/2: p* = g/(g + F) = 1/4 in the mixed equilibrium."""
    g, f, cost = 1, 3, HALF
    payoffs = [[[0, -cost], [0, 0]], [[-f, f - cost], [g, -g]]]
    game = rw.NormalForm("inspection", {"agent": ("honest", "cheat"), "auditor": ("audit", "rest")}, payoffs)
    (equilibrium,) = rw.solve(game, "nash")
    assert equilibrium.strategies["auditor"]["audit"] == Fraction(g, g + f)


# -- resource allocation -----------------------------------------------------------------------------------------------

FOUR = {"ann": (1, 2, 3, 4), "bob": (1, 2, 3, 4)}
HONEST = rw.Goal((rw.strategyproof, rw.individually_rational), rw.welfare)


def test_two_agents_with_values_one_to_four_reach_25_eighths() -> None:
    """DSIC and ex post IR, money within ±4: the best expected welfare is 3.125, the first best (Vickrey 1961)."""
    design = rw.search(games.allocation(FOUR, transfers=(-4, 4)), HONEST)
    assert design.status == "optimal" and design.value == Fraction(25, 8) and design.check() is True


@pytest.mark.parametrize(
    ("cap", "welfare"), [(0, 2.5), (HALF, 2.875), (0.5, 2.875), (1, 3), (2, Fraction(149, 48))], ids=str
)
def test_caps_on_payments_cost_welfare(cap: Number, welfare: Number) -> None:
    """Payments between 0 and 0, .5, 1, 2: best welfare 2.5, 2.875, 3, 3.1042 (recomputed by linear programs)."""
    design = rw.search(games.allocation(FOUR, transfers=(0, cap)), HONEST)
    assert design.status == "optimal" and design.value == welfare and design.check() is True
    assert rw.verify(design.rule, games.allocation(FOUR, transfers=(0, cap)), rw.strategyproof).status == "proved"


def test_without_any_money_the_cap_is_zero() -> None:
    """No money is the same as payments capped at 0: 2.5."""
    design = rw.search(games.allocation(FOUR, transfers=None), HONEST)
    assert design.status == "optimal" and design.value == Fraction(5, 2)


def test_the_shipped_scenario_says_the_same() -> None:
    """The scenario that ships reaches 3.125 too."""
    found = rw.scenario("resource_allocation")
    design = rw.search(found.game, found.goal, family=found.family)
    assert design.status == "optimal" and design.value == Fraction(25, 8)


def test_the_second_price_is_honest_and_the_first_price_is_not() -> None:
    """Vickrey (1961): the second-price auction is strategyproof; in the first-price auction bidders shade."""
    env = games.allocation(FOUR)
    assert rw.verify(mechanisms.second_price, env, rw.strategyproof).status == "proved"
    verdict = rw.verify(mechanisms.first_price, env, rw.strategyproof)
    assert verdict.status == "refuted" and verdict.counterexample.check() is True


@pytest.mark.parametrize("m", [4, 8, 16])
def test_discrete_myerson_for_one_bidder(m: int) -> None:
    """One bidder, values 1/m, ..., m/m: the best revenue is max p·P(v >= p), on the way to Myerson's 1/4 (1981)."""
    env = games.allocation({"ann": tuple(Fraction(k, m) for k in range(1, m + 1))})
    design = rw.search(env, rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue))
    posted = max(Fraction(k, m) * Fraction(m - k + 1, m) for k in range(1, m + 1))
    assert design.status == "optimal" and design.value == posted
    assert Fraction(1, 4) < design.value <= Fraction(1, 4) + Fraction(1, m)


@pytest.mark.parametrize("n", [2, 3])
def test_discrete_myerson_for_several_bidders(n: int) -> None:
    """n bidders, values 1..m uniform: best revenue: the expected largest virtual value (Myerson 1981; Elkind 2007)."""
    m = 4 if n == 2 else 3
    values = range(1, m + 1)
    env = games.allocation({f"bidder {i}": tuple(values) for i in range(n)})
    design = rw.search(env, rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue))
    virtual = {v: v - (m - v) for v in values}  # v - (next value - v)·P(above v)/P(v)
    best = sum(max(0, *(virtual[v] for v in each)) for each in itertools.product(values, repeat=n))
    assert design.status == "optimal" and design.value == Fraction(best, m**n)


def trade(n: int) -> rw.Environment:
    """A seller and a buyer with values on the same grid 1..n; outcomes keep and trade."""
    values = tuple(range(1, n + 1))

    def utility(player: str, outcome: Any, value: Any) -> int:
        return 0 if outcome == "keep" else value if player == "buyer" else -value

    types = {"seller": values, "buyer": values}
    return rw.Environment("trade", types=types, outcomes=("keep", "trade"), utility=utility, transfers=(None, None))


MYERSON_SATTERTHWAITE = rw.Goal(
    (rw.efficient, rw.bayesian_incentive_compatible, rw.interim_individually_rational, rw.budget_balanced)
)


@pytest.mark.parametrize("n", [6, 8])
def test_bilateral_trade_is_impossible_on_a_fine_enough_grid(n: int) -> None:
    """Efficient, BIC, interim IR, budget balanced: no rule when supports overlap (Myerson & Satterthwaite 1983)."""
    design = rw.search(trade(n), MYERSON_SATTERTHWAITE)
    assert design.status == "infeasible" and design.rule is None and design.check() is True
    for requirement in MYERSON_SATTERTHWAITE.require:
        assert requirement.name in design.why
    assert str(n * n) in design.why, "the grid of types is part of the verdict"


@pytest.mark.parametrize("n", [2, 3])
def test_a_coarse_grid_escapes_the_impossibility(n: int) -> None:
    """A coarse grid of types escapes Myerson and Satterthwaite (1983); so the grid must be part of the verdict."""
    design = rw.search(trade(n), MYERSON_SATTERTHWAITE)
    assert design.status in ("feasible", "optimal") and design.check() is True
    for verdict in design.verdicts:
        assert verdict.status == "proved" and f"{n} x {n}" in verdict.domain


def test_the_pivotal_rule_is_honest_and_efficient_and_does_not_balance() -> None:
    """Vickrey 1961, Clarke 1971, Groves 1973: strategyproof and efficient; not balanced (Green & Laffont 1979)."""
    env = games.allocation({"ann": (1, 2, 3), "bob": (1, 2, 3)})
    asked = (rw.strategyproof, rw.efficient, rw.individually_rational, rw.no_deficit, rw.budget_balanced)
    for rule in (mechanisms.second_price, mechanisms.vcg):
        report = rw.verify(rule, env, *asked)
        assert [verdict.status for verdict in report] == ["proved"] * 4 + ["refuted"]


def test_a_contract_pays_five_halves_for_success() -> None:
    """Success .8 with effort, .4 without, cost 1: effort is a best reply from a wage of 2.5 on success (derived)."""

    def contract(wage: Fraction) -> rw.NormalForm:
        works, shirks = Fraction(4, 5) * wage - 1, Fraction(2, 5) * wage
        return rw.NormalForm("contract", {"agent": ("work", "shirk")}, [[works], [shirks]])

    for wage, status in ((Fraction(5, 2), "proved"), (Fraction(5, 2) - Fraction(1, 10**12), "refuted")):
        assert rw.verify(mechanisms.status_quo, contract(wage), rw.weakly_dominant("work")).status == status


# -- scoring -----------------------------------------------------------------------------------------------------------


def test_the_brier_loss_of_misreporting_by_d_is_d_squared() -> None:
    """Brier (1950): with belief q the expected loss of reporting r instead is (q - r)², so honesty is strictly best."""
    beliefs = tuple(Fraction(k, 10) for k in range(11))
    env = rw.Environment(
        "forecast", types={"ann": beliefs}, outcomes=beliefs,
        utility=lambda player, report, q: -(q * (1 - report) ** 2 + (1 - q) * report**2),
    )  # fmt: skip

    @rw.mechanism
    def brier(env: Any, reports: Any) -> Any:
        """The forecaster is scored by the square of her error (Brier 1950)."""
        return reports["ann"]

    assert rw.verify(brier, env, rw.strategyproof).status == "proved"
    for q, r in itertools.product(beliefs, repeat=2):
        honest, lie = (brier.expect(rw.worth(env, "ann", q), env, {"ann": x}) for x in (q, r))
        assert honest - lie == (q - r) ** 2


def test_a_winner_takes_all_contest_of_forecasters_is_not_truthful() -> None:
    """Belief .6 against a rival at .7: wins with .4 honestly, .6 by reporting .8 (Lichtendahl & Winkler 2007)."""
    beliefs = (Fraction(6, 10), Fraction(8, 10))
    rival = Fraction(7, 10)

    def wins(report: Fraction, rain: int) -> bool:
        return abs(report - rain) < abs(rival - rain)

    env = rw.Environment(
        "contest", types={"ann": beliefs}, outcomes=beliefs,
        utility=lambda player, report, q: q * wins(report, 1) + (1 - q) * wins(report, 0),
    )  # fmt: skip

    @rw.mechanism
    def winner_takes_all(env: Any, reports: Any) -> Any:
        """The best forecast wins (Lichtendahl and Winkler 2007)."""
        return reports["ann"]

    verdict = rw.verify(winner_takes_all, env, rw.strategyproof)
    assert verdict.status == "refuted"
    found = verdict.counterexample
    assert (found.case.types["ann"], found.case.reports["ann"]) == (Fraction(6, 10), Fraction(8, 10))
    assert (found.gain, found.check()) == (Fraction(1, 5), True)
    assert winner_takes_all.expect(rw.worth(env, "ann", beliefs[0]), env, {"ann": beliefs[0]}) == Fraction(2, 5)


# -- cake cutting ------------------------------------------------------------------------------------------------------

cells = st.lists(st.integers(0, 6), min_size=3, max_size=3).filter(any).map(tuple)
densities = st.lists(cells, min_size=1, max_size=3, unique=True)


def shares(rule: Any, env: rw.Environment, types: Mapping[str, Any]) -> dict[str, Number]:
    """What each gets, as a part of what the whole cake is worth to her."""
    return {p: Fraction(rule.expect(rw.worth(env, p, types[p]), env, types)) / sum(types[p]) for p in env.players}


@settings(max_examples=40)
@given(densities, densities)
def test_cut_and_choose_is_envy_free_and_proportional(ann: Any, bob: Any) -> None:
    """Envy-free and proportional for all tastes (Steinhaus 1948; Brams & Taylor 1996)."""
    env = games.cake({"ann": ann, "bob": bob})
    report = rw.verify(mechanisms.cut_and_choose, env, rw.envy_free, rw.proportional)
    assert [verdict.status for verdict in report] == ["proved", "proved"]


@settings(max_examples=40)
@given(densities, densities)
def test_honesty_secures_each_half_whatever_the_other_reports(ann: Any, bob: Any) -> None:
    """Cutter and chooser are each guaranteed 1/2 whatever the other does (Steinhaus 1948)."""
    env = games.cake({"ann": ann, "bob": bob})
    for types in env.profiles():
        for player, other in (("ann", "bob"), ("bob", "ann")):
            for said in env.types[other]:
                got = mechanisms.cut_and_choose.expect(rw.worth(env, player, types[player]), env, types | {other: said})
                assert 2 * got >= sum(types[player])


@settings(max_examples=40)
@given(densities, densities)
def test_the_chooser_is_truthful(ann: Any, bob: Any) -> None:
    """Only the cutter ever gains by lying: a liar found is the cutter (Brams & Taylor 1996)."""
    env = games.cake({"ann": ann, "bob": bob})
    verdict = rw.verify(mechanisms.cut_and_choose, env, rw.strategyproof)
    if verdict.status == "refuted":
        assert verdict.counterexample.case.player == "ann" and verdict.counterexample.check()
    for types in env.profiles():
        honest = mechanisms.cut_and_choose.expect(rw.worth(env, "bob", types["bob"]), env, types)
        for lie in env.types["bob"]:
            lied = mechanisms.cut_and_choose.expect(rw.worth(env, "bob", types["bob"]), env, types | {"bob": lie})
            assert honest >= lied


def test_the_cutter_is_not_truthful() -> None:
    """The cutter who knows the chooser's taste gains by cutting where the chooser is indifferent: here exactly 1."""
    env = games.cake({"ann": [(1, 3), (2, 2)], "bob": [(2, 2)]})
    verdict = rw.verify(mechanisms.cut_and_choose, env, rw.strategyproof)
    assert verdict.status == "refuted"
    found = verdict.counterexample
    assert found.case.player == "ann" and found.gain == 1 and found.check() is True
    assert len(str(found)) < 300 and "ann" in str(found), "a short story"


@settings(max_examples=25)
@given(cells, cells)
def test_with_known_tastes_the_cutter_gets_at_least_half_and_the_chooser_half(ann: Any, bob: Any) -> None:
    """In equilibrium with known tastes the cutter's share is at least 1/2 (Brams & Taylor 1996)."""
    env = games.cake({"ann": [ann], "bob": [bob]})
    got = shares(mechanisms.played(mechanisms.cut_and_choose), env, {"ann": ann, "bob": bob})
    assert got["ann"] >= HALF and got["bob"] >= HALF


def test_with_different_tastes_the_cutter_can_get_close_to_all_and_the_chooser_gets_half() -> None:
    """The cutter's equilibrium share can be close to 1 while the chooser's is 1/2 (recomputed)."""
    ann, bob = (1, 98, 1), (50, 0, 50)
    env = games.cake({"ann": [ann], "bob": [bob]})
    got = shares(mechanisms.played(mechanisms.cut_and_choose), env, {"ann": ann, "bob": bob})
    assert got == {"ann": Fraction(99, 100), "bob": HALF}


def test_the_tree_of_cut_and_choose_is_solved_alike_by_openspiel() -> None:
    """Cut and choose exported as a tree: backward induction and OpenSpiel (Lanctot et al. 2019) agree."""
    env = games.cake({"ann": [(1, 3)], "bob": [(2, 2)]})
    tree = mechanisms.tree(mechanisms.cut_and_choose, env, {"ann": (1, 3), "bob": (2, 2)})
    ours, theirs = rw.solve(tree, "subgame perfect"), rw.solve(tree, "subgame perfect", method="openspiel")
    assert ours.check() and theirs.check()
    assert ours[0].payoffs == theirs[0].payoffs == {"ann": 3, "bob": 2}
    assert "OpenSpiel" in theirs.method


def test_who_cuts_and_who_chooses_when_both_value_the_cake_alike() -> None:
    """Two who value the cake alike: shares (1,0), (1/2,1/2), (1/2,1/2), (0,1) (Steinhaus 1948, recomputed)."""
    env = games.cake({"ann": [(1, 1)], "bob": [(1, 1)]})
    types = {"ann": (1, 1), "bob": (1, 1)}
    found = {rule.name: shares(rule, env, types) for rule in mechanisms.who_cuts_who_chooses(env)}
    assert found == {
        "ann cuts, ann chooses first": {"ann": 1, "bob": 0},
        "ann cuts, bob chooses first": {"ann": HALF, "bob": HALF},
        "bob cuts, ann chooses first": {"ann": HALF, "bob": HALF},
        "bob cuts, bob chooses first": {"ann": 0, "bob": 1},
    }


@pytest.mark.parametrize("prop", [rw.proportional, rw.envy_free], ids=str)
def test_exactly_the_rules_in_which_the_cutter_chooses_last_are_fair(prop: Any) -> None:
    """Exactly the two rules in which the cutter chooses last are fair; the search finds this unaided."""
    env = games.cake({"ann": [(1, 1), (3, 1)], "bob": [(1, 1), (1, 2)]})
    design = rw.search(env, rw.Goal((prop,)), family=mechanisms.who_cuts_who_chooses(env))
    assert {c.rule.name for c in design.candidates if c.meets} == {
        "ann cuts, bob chooses first", "bob cuts, ann chooses first",
    }  # fmt: skip
    assert design.rule.name in {"ann cuts, bob chooses first", "bob cuts, ann chooses first"}
    assert "cutter chooses last" in design.why and design.check() is True


THREE = {"ann": [(1, 1, 1)], "bob": [(90, 5, 5)], "cem": [(95, 3, 2)]}


def test_three_agents_the_cutter_chooses_last_leaves_one_with_three_hundredths() -> None:
    """V2 = (.9, .05, .05), V3 = (.95, .03, .02): agent 3 is left with .03, so it is not proportional (recomputed)."""
    env = games.cake(THREE)
    verdict = rw.verify(mechanisms.cutter_chooses_last, env, rw.proportional)
    assert verdict.status == "refuted"
    found = verdict.counterexample
    assert found.case.player == "cem" and found.check() is True
    assert Fraction(found.has) / 100 == Fraction(3, 100) and Fraction(found.needs) / 100 == Fraction(1, 3)


def test_three_agents_the_same_in_decimals() -> None:
    """The same tastes as floats: each float is the rational it stands for, and the verdict is the same."""
    env = games.cake({"ann": [(1, 1, 1)], "bob": [(0.9, 0.05, 0.05)], "cem": [(0.95, 0.03, 0.02)]})
    verdict = rw.verify(mechanisms.cutter_chooses_last, env, rw.proportional)
    assert verdict.status == "refuted" and float(verdict.counterexample.has) == 0.03


def test_the_search_refutes_it_for_three_who_play_honestly() -> None:
    """n = 3: in honest play "the cutter chooses last" is refuted with a counterexample that replays."""
    env = games.cake(THREE)
    family = mechanisms.who_cuts_who_chooses(env, play=mechanisms.honest)
    design = rw.search(env, rw.Goal((rw.proportional,)), family=family)
    last = next(c for c in design.candidates if c.rule.name == "ann cuts, bob, cem, ann choose in this order")
    assert not last.meets and last.verdicts[0].counterexample.check() is True


def test_the_search_refutes_it_for_three_selfish_players() -> None:
    """n = 3 in equilibrium: ann cuts at the thirds, bob takes the left, and cem is left with 1/20 of the cake.

    Derived: ann (1, 1, 10) wants the right cell and all she can get with it; bob (50, 0, 50) takes the left third only
    while it is worth no less to him than hers; so cem (90, 5, 5), who chooses after him, finds two pieces of 5.
    """
    env = games.cake({"ann": [(1, 1, 10)], "bob": [(50, 0, 50)], "cem": [(90, 5, 5)]})
    rule = mechanisms.played(mechanisms.cut_and_choose_by("ann", ("bob", "cem", "ann")))
    verdict = rw.verify(rule, env, rw.proportional)
    assert verdict.status == "refuted" and verdict.counterexample.case.player == "cem"
    assert (verdict.counterexample.has, verdict.counterexample.check()) == (5, True)


@settings(max_examples=20)
@given(densities.map(lambda d: d[:1]), densities.map(lambda d: d[:1]), densities.map(lambda d: d[:2]))
def test_selfridge_conway_is_envy_free_and_dubins_spanier_is_proportional(ann: Any, bob: Any, cem: Any) -> None:
    """Selfridge-Conway: envy-free, each at least 1/3 (Brams & Taylor 1996); Dubins & Spanier (1961): proportional."""
    env = games.cake({"ann": ann, "bob": bob, "cem": cem})
    report = rw.verify(mechanisms.selfridge_conway, env, rw.envy_free, rw.proportional)
    assert [verdict.status for verdict in report] == ["proved", "proved"]
    assert rw.verify(mechanisms.dubins_spanier, env, rw.proportional).status == "proved"


@settings(max_examples=20)
@given(densities.map(lambda d: d[:2]), densities.map(lambda d: d[:2]), densities.map(lambda d: d[:2]))
def test_honesty_secures_a_third_against_any_reports(ann: Any, bob: Any, cem: Any) -> None:
    """Selfridge-Conway and the last diminisher's kin secure each honest player 1/3 whatever the others report."""
    env = games.cake({"ann": ann, "bob": bob, "cem": cem})
    for rule in (mechanisms.selfridge_conway, mechanisms.dubins_spanier):
        for reports in env.profiles():
            for player in env.players:
                got = rule.expect(rw.worth(env, player, reports[player]), env, reports)
                assert 3 * got >= sum(reports[player])


def test_the_moving_knife_can_be_gamed() -> None:
    """Dubins-Spanier: not strategyproof (recomputed by symbolic execution; here by a case)."""
    env = games.cake({"ann": [(1, 1), (1, 3)], "bob": [(1, 1), (3, 1)]})
    verdict = rw.verify(mechanisms.dubins_spanier, env, rw.strategyproof)
    assert verdict.status == "refuted" and verdict.counterexample.check() is True
