"""Voting rules are what the textbook says, and each property tells them from a rule that differs by one detail."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright.games.preferences import single_peaked, voting
from rulewright.mechanisms.cases import Case
from rulewright.mechanisms.properties.coalitions import group_strategyproof, weakly_group_strategyproof
from rulewright.mechanisms.properties.ordinal import sd_strategyproof, upper_probabilities, weakly_sd_strategyproof
from rulewright.mechanisms.properties.symmetry import anonymous, equal_treatment, neutral, non_bossy
from rulewright.mechanisms.rules.voting import (
    antiplurality,
    borda,
    condorcet_consistent,
    copeland,
    dictatorship,
    instant_runoff,
    majority,
    median,
    monotone,
    plurality,
    random_dictatorship,
)
from rulewright.mechanisms.table import pack
from rulewright.mechanisms.tabulated import from_table

VOTERS, CANDIDATES = ("ann", "bob", "cem"), ("a", "b", "c")
ENV = voting(VOTERS, CANDIDATES)
RULES = (plurality, antiplurality, borda, copeland, instant_runoff, dictatorship("bob"), median)


def status(rule: Any, property: Any, env: rw.Environment = ENV) -> str:
    """The verdict; what is refuted replays, and what was traced has a certificate that the checker accepts."""
    verdict = rw.verify(rule, env, property)
    if verdict.counterexample is not None:
        assert verdict.counterexample.check()
    if verdict.certificate is not None:
        assert rw.check(verdict.certificate)
    return str(verdict.status)


# -- the environments ------------------------------------------------------------------------------


@pytest.mark.parametrize("m", [1, 2, 3, 4, 5])
def test_a_ranking_is_single_peaked_if_no_candidate_is_worse_than_one_on_each_side(m: int) -> None:
    """Black 1948: among any three along the line the middle one is never the worst."""
    line = tuple(range(m))
    found = list(single_peaked(line))
    assert len(found) == len(set(found)) == 2 ** (m - 1)
    for ranking in itertools.permutations(line):
        middle = all(
            ranking.index(y) < max(ranking.index(x), ranking.index(z)) for x, y, z in itertools.combinations(line, 3)
        )
        assert (ranking in found) == middle


def test_utilities_have_the_order_of_the_ranking() -> None:
    for ranking in ENV.types["ann"]:
        worths = [ENV.worth_of("ann", x, ranking) for x in ranking]
        assert worths == [2, 1, 0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((VOTERS, "abc"), "candidates is the text 'abc'; give a sequence of names"),
        ((VOTERS, ()), "there are no candidates; name at least one"),
        ((("ann", "ann"), CANDIDATES), '"ann" is named twice among the voters; name each once'),
        ((VOTERS, CANDIDATES, "single peaked"), 'no domain "single peaked"; did you mean "single-peaked"?'),
        ((VOTERS, CANDIDATES, [("a", "b")]), "must name each of the 3 candidates once"),
        ((VOTERS, CANDIDATES, [("a", "b", "d")]), 'names a candidate "d"; there is a, b, c'),
        ((VOTERS, CANDIDATES, {"ann": [CANDIDATES]}), 'the domain has no rankings for "bob"'),
        ((VOTERS, CANDIDATES, {"anne": [CANDIDATES]}), 'names a player "anne"; did you mean "ann"?'),
    ],
)
def test_a_mistake_is_told_in_a_sentence(arguments: Any, message: str) -> None:
    with pytest.raises(rw.BadInput) as caught:
        voting(*arguments)
    assert message in str(caught.value)


def test_what_is_too_large_is_refused_before_it_is_built() -> None:
    many = tuple(f"c{k}" for k in range(60))
    with pytest.raises(rw.GameTooLarge, match="rankings of 60 candidates"):
        voting(VOTERS, many)
    with pytest.raises(rw.GameTooLarge, match="576,460,752,303,423,488 rankings"):
        voting(VOTERS, many, "single-peaked")
    with pytest.raises(rw.GameTooLarge, match="profiles of reports"):
        rw.verify(borda, voting(tuple(f"v{k}" for k in range(30)), CANDIDATES), rw.strategyproof)


@pytest.mark.parametrize("rule", [*RULES, random_dictatorship, majority], ids=lambda rule: rule.name)
def test_a_voting_rule_refuses_what_is_no_election(rule: Any) -> None:
    with pytest.raises(rw.BadInput, match="ranking"):
        rule.table(rw.games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=None))


def test_majority_is_for_two() -> None:
    with pytest.raises(rw.BadInput, match="majority decides between two candidates"):
        majority(ENV, dict.fromkeys(VOTERS, CANDIDATES))


# -- the rules -------------------------------------------------------------------------------------

profiles_of_rankings = st.integers(2, 4).flatmap(
    lambda m: st.lists(st.permutations(range(m)).map(tuple), min_size=1, max_size=6)
)


@given(profiles_of_rankings)
def test_the_rules_are_what_their_definitions_say(ballots: list[tuple[int, ...]]) -> None:
    voters, candidates = tuple(f"v{k}" for k in range(len(ballots))), tuple(sorted(ballots[0]))
    env = voting(voters, candidates, {v: [b] for v, b in zip(voters, ballots, strict=True)})  # type: ignore[arg-type]
    reports = dict(zip(voters, ballots, strict=True))
    n, m = len(ballots), len(candidates)

    def prefer(x: int, y: int) -> int:
        return sum(b.index(x) < b.index(y) for b in ballots)

    def first_of_most(score: dict[int, Any]) -> int:
        return min(x for x in candidates if score[x] == max(score.values()))

    assert plurality(env, reports) == first_of_most({x: sum(b[0] == x for b in ballots) for x in candidates})
    assert antiplurality(env, reports) == first_of_most({x: -sum(b[-1] == x for b in ballots) for x in candidates})
    points = {x: sum(prefer(x, y) for y in candidates if y != x) for x in candidates}
    assert sum(points.values()) == n * m * (m - 1) // 2
    assert borda(env, reports) == first_of_most(points)
    halves = {
        x: sum(2 * (prefer(x, y) > prefer(y, x)) + (prefer(x, y) == prefer(y, x)) for y in candidates if y != x)
        for x in candidates
    }
    assert copeland(env, reports) == first_of_most(halves)
    chances = Counter(b[0] for b in ballots)
    assert random_dictatorship(env, reports) == {x: Fraction(k, n) for x, k in chances.items()}
    peaks = sorted(b[0] for b in ballots)
    assert median(env, reports) == peaks[math.ceil(n / 2) - 1]


def test_instant_runoff_on_the_ballots_of_its_opponents() -> None:
    """Smith 1973: 17 voters; two of them raise a, and a, who won, loses to c."""
    voters = tuple(f"v{k}" for k in range(17))
    env = voting(voters, CANDIDATES)
    before = 6 * ["abc"] + 5 * ["cab"] + 4 * ["bca"] + 2 * ["bac"]
    after = before[:15] + 2 * ["abc"]
    winners = [
        instant_runoff.function(env, rw.Profile(dict(zip(voters, map(tuple, x), strict=True)))) for x in (before, after)
    ]
    assert winners == ["a", "c"]


def test_the_median_beats_every_other_candidate_on_single_peaked_rankings() -> None:
    """Black 1948, for five voters on a line of four."""
    env = voting(("u", "v", "w", "x", "y"), ("p", "q", "r"), "single-peaked")
    assert status(median, condorcet_consistent, env) == "proved"


# -- each property and its negative control --------------------------------------------------------


def with_double(rule: Any) -> Any:
    """The rule in which the first voter's ballot counts twice."""

    @rw.mechanism(f"{rule.name}, the first voter twice")
    def double(env: rw.Environment, reports: rw.Profile) -> Any:
        extended = voting((*env.players, "again"), CANDIDATES, [CANDIDATES])
        return rule.function(extended, rw.Profile({**reports, "again": reports[env.players[0]]}))

    return double


@rw.mechanism
def plurality_by_lot(env: rw.Environment, reports: rw.Profile) -> Any:
    """As plurality, but ties are broken by lot."""
    firsts = Counter(ranking[0] for ranking in reports.values())
    best = [x for x in env.space.items if firsts[x] == max(firsts.values())]  # type: ignore[attr-defined]
    return rw.games.Lottery({x: Fraction(1, len(best)) for x in best})


@rw.mechanism
def second_most(env: rw.Environment, reports: rw.Profile) -> Any:
    """As plurality, but the runner-up wins."""
    firsts = Counter(ranking[0] for ranking in reports.values())
    return sorted(env.space.items, key=lambda x: -firsts[x])[1]  # type: ignore[attr-defined]


@rw.mechanism
def random_dictatorship_squared(env: rw.Environment, reports: rw.Profile) -> Any:
    """As random dictatorship, but with probabilities that grow with the square of the first places."""
    firsts = Counter(ranking[0] for ranking in reports.values())
    total = sum(k * k for k in firsts.values())
    return rw.games.Lottery({x: Fraction(k * k, total) for x, k in firsts.items()})


def test_anonymous_and_a_rule_that_counts_one_twice() -> None:
    for rule in (plurality, borda, copeland, instant_runoff, median, random_dictatorship):
        assert status(rule, anonymous) == "proved"
        assert status(with_double(rule), anonymous) == "refuted"


def test_neutral_and_a_rule_that_breaks_ties_by_the_list() -> None:
    for rule in (plurality_by_lot, random_dictatorship, dictatorship("ann")):
        assert status(rule, neutral) == "proved"
    for rule in (plurality, borda, copeland, instant_runoff, median):
        assert status(rule, neutral) == "refuted"


def test_only_renamings_that_stay_in_the_domain_count_for_neutrality() -> None:
    """On single-peaked rankings the median treats left and right alike (an odd number of voters), but no other pair."""
    env = voting(VOTERS, CANDIDATES, "single-peaked")
    assert status(median, neutral, env) == "proved"
    assert status(median, neutral) == "refuted"


def test_monotone_and_the_rule_by_which_the_runner_up_wins() -> None:
    for rule in (plurality, antiplurality, borda, copeland, random_dictatorship, median):
        assert status(rule, monotone) == "proved"
    assert status(second_most, monotone) == "refuted"


def test_condorcet_consistent_and_a_rule_that_counts_one_twice() -> None:
    assert status(copeland, condorcet_consistent) == "proved"
    assert status(with_double(copeland), condorcet_consistent) == "refuted"
    assert status(borda, condorcet_consistent, voting(("u", "v", "w", "x", "y"), CANDIDATES)) == "refuted"


def test_sd_strategyproof_and_squared_probabilities() -> None:
    """Gibbard 1977."""
    assert status(random_dictatorship, sd_strategyproof) == "proved"
    assert status(random_dictatorship_squared, sd_strategyproof) == "refuted"
    assert status(plurality, weakly_sd_strategyproof) == "refuted"
    assert status(random_dictatorship, weakly_sd_strategyproof) == "proved"


def test_equal_treatment_and_the_same_rule_with_a_fee_for_one() -> None:
    values = {"ann": (1, 2), "bob": (1, 2), "cem": (2, 3)}
    env = rw.games.allocation(values)

    @rw.mechanism
    def favour(env: rw.Environment, reports: rw.Profile) -> Any:
        """As the second-price auction, but bob pays a fee."""
        winner, paid = rw.mechanisms.second_price(env, reports)
        return winner, paid | {"bob": paid["bob"] + 1}

    # Two who both bid the highest value win or lose, at the price of their value: the same utility.
    assert status(rw.mechanisms.second_price, equal_treatment, env) == "proved"
    assert status(favour, equal_treatment, env) == "refuted"
    assert (
        status(rw.mechanisms.second_price, anonymous, rw.games.allocation(dict.fromkeys(VOTERS, (1, 2)))) == "refuted"
    )


def test_anonymous_needs_the_same_types_and_non_bossy_needs_shares() -> None:
    with pytest.raises(rw.BadInput, match="anonymity needs the same"):
        rw.verify(plurality, voting(VOTERS[:2], ("a", "b"), {"ann": [("a", "b")], "bob": [("b", "a")]}), anonymous)
    with pytest.raises(rw.BadInput, match="what each player gets"):
        rw.verify(plurality, ENV, non_bossy)


# -- coalitions ------------------------------------------------------------------------------------


def rule_of(env: rw.Environment, chosen: list[str]) -> Any:
    return from_table(env, pack([env.space.point(x) for x in chosen], None), "a table")


TWO = voting(("ann", "bob"), CANDIDATES, [("a", "b", "c"), ("b", "a", "c"), ("c", "a", "b")])


def pays(rule: Any, env: rw.Environment, size: int, strong: bool) -> bool:
    """Whether some joint misreport pays: the definition, spelled out."""
    for types in env.profiles():
        for k in range(1, size + 1):
            for group in itertools.combinations(env.players, k):
                for lies in itertools.product(*(env.types[p] for p in group)):
                    x, y = rule(env, types), rule(env, types | dict(zip(group, lies, strict=True)))
                    gains = [types[p].index(x) - types[p].index(y) for p in group]
                    if (min(gains) >= 0 and max(gains) > 0) if strong else min(gains) > 0:
                        return True
    return False


@settings(max_examples=60)
@given(st.lists(st.sampled_from(CANDIDATES), min_size=9, max_size=9), st.integers(1, 2))
def test_group_strategyproof_is_its_definition(chosen: list[str], size: int) -> None:
    rule = rule_of(TWO, chosen)
    assert (status(rule, group_strategyproof(size), TWO) == "refuted") == pays(rule, TWO, size, strong=True)
    assert (status(rule, weakly_group_strategyproof(size), TWO) == "refuted") == pays(rule, TWO, size, strong=False)
    assert status(rule, group_strategyproof(1), TWO) == status(rule, rw.strategyproof, TWO)


def test_a_coalition_may_gain_where_nobody_alone_does() -> None:
    """The pivot mechanism (Clarke 1971): two who exaggerate together need not pay; and the control without money."""
    env = rw.Environment(
        "a bridge", dict.fromkeys(VOTERS, (-3, 1, 4)), ("no", "yes"),
        lambda player, built, value: value if built == "yes" else 0, transfers=(None, None),
    )  # fmt: skip
    assert status(rw.mechanisms.vcg, rw.strategyproof, env) == "proved"
    assert status(rw.mechanisms.vcg, weakly_group_strategyproof(1), env) == "proved"
    assert status(rw.mechanisms.vcg, weakly_group_strategyproof(2), env) == "refuted"
    choose = voting(VOTERS, ("no", "yes"))
    assert status(majority, group_strategyproof(), choose) == "proved"


def test_a_counterexample_names_the_coalition_and_what_it_gets() -> None:
    verdict = rw.verify(instant_runoff, ENV, weakly_group_strategyproof(2))
    assert verdict.counterexample is not None and verdict.counterexample.check()
    assert str(verdict.counterexample) == (
        "at ann = (a, b, c), bob = (b, c, a), cem = (c, a, b), bob gains by reporting (c, a, b) while the others "
        "report the truth: bob gets 1 instead of 0 (the outcome is c instead of a)"
    )
    env = rw.games.allocation({"ann": (1, 2), "bob": (2, 3)})
    told = str(rw.verify(rw.mechanisms.second_price, env, group_strategyproof(2)).counterexample)
    assert told == (
        "at ann = 2, bob = 2, ann and bob gain by reporting ann = 1, bob = 2: bob gets 1 instead of 0 and ann loses "
        "nothing"
    )
    with pytest.raises(rw.BadInput, match="at least 1"):
        group_strategyproof(0)
    env, same = voting(tuple(f"v{k}" for k in range(7)), CANDIDATES), rw.Profile()
    with pytest.raises(rw.GameTooLarge, match="joint misreports"):
        group_strategyproof().examine(dictatorship("v0"), env, Case(same, same))


# -- stochastic dominance and utilities ------------------------------------------------------------


@given(st.lists(st.integers(0, 4), min_size=3, max_size=3).filter(any), st.permutations(CANDIDATES))
def test_upper_probabilities_are_sums_of_probabilities(weights: list[int], ranking: list[str]) -> None:
    lottery = rw.games.Lottery({x: Fraction(w, sum(weights)) for x, w in zip(CANDIDATES, weights, strict=True)})
    found = upper_probabilities(ENV, "ann", tuple(ranking), lottery)
    assert found == [sum(lottery.get(x, 0) for x in ranking[:k]) for k in (1, 2, 3)]


@settings(max_examples=40)
@given(st.data())
def test_strategyproof_by_dominance_is_strategyproof_for_all_utilities(data: Any) -> None:
    """Bogomolnaia and Moulin 2001: a rule is sd-strategyproof iff no utilities with the same order make a lie pay."""
    third = st.sampled_from([(3, 0, 0), (0, 3, 0), (0, 0, 3), (1, 1, 1), (2, 1, 0), (0, 1, 2)])
    chosen = data.draw(st.lists(third, min_size=6, max_size=6))
    points: Any = [{k: Fraction(w, 3) for k, w in enumerate(row) if w} for row in chosen]
    env = voting(("ann",), CANDIDATES)
    rule = from_table(env, pack(points, None), "a table")
    by_dominance = status(rule, sd_strategyproof, env)
    nearly = Fraction(1, 100)
    steps = [(2, 1, 0), (1, nearly, 0), (1, 1 - nearly, 0)]  # the last two: nearly only the best, nearly not the worst
    by_utilities = set()
    for step in steps:
        cardinal = rw.Environment(
            "cardinal", env.types, CANDIDATES, lambda player, x, ranking, step=step: step[ranking.index(x)]
        )
        by_utilities.add(status(rule, rw.strategyproof, cardinal))
    assert (by_dominance == "proved") == (by_utilities == {"proved"})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_without_chance_dominance_and_utility_agree(rule: Any) -> None:
    assert status(rule, sd_strategyproof) == status(rule, rw.strategyproof) == status(rule, weakly_sd_strategyproof)


def test_gibbard_and_satterthwaite_on_two_voters_and_three_candidates() -> None:
    """Gibbard 1973: of the rules here only dictatorship is strategyproof on all rankings."""
    for rule in (*RULES, instant_runoff):
        expected = "proved" if rule.name.startswith("dictatorship") else "refuted"
        assert status(rule, rw.strategyproof, voting(VOTERS, CANDIDATES)) == expected
