"""Voting rules are what the textbook says, and each property tells them from a rule that differs by one detail."""

from __future__ import annotations

import itertools
import json
import math
import pickle
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright.games.location import location
from rulewright.games.preferences import single_peaked, voting
from rulewright.mechanisms.cases import Case
from rulewright.mechanisms.properties.coalitions import group_strategyproof, weakly_group_strategyproof
from rulewright.mechanisms.properties.elections import condorcet_consistent, monotone
from rulewright.mechanisms.properties.electorates import (
    independent_of_clones,
    participation,
    reinforcing,
    sets_reinforcing,
)
from rulewright.mechanisms.properties.ordinal import sd_strategyproof, upper_probabilities, weakly_sd_strategyproof
from rulewright.mechanisms.properties.symmetry import anonymous, equal_treatment, neutral, non_bossy
from rulewright.mechanisms.rule import DirectMechanism
from rulewright.mechanisms.rules import ballots
from rulewright.mechanisms.rules.ballots import by_lot, counting
from rulewright.mechanisms.rules.committees import thiele_rule
from rulewright.mechanisms.rules.location import phantom_median
from rulewright.mechanisms.rules.scoring import antiplurality, borda, k_approval, plurality, scoring_rule
from rulewright.mechanisms.rules.tournaments import (
    black,
    copeland,
    kemeny,
    margins,
    maximal_lotteries,
    maximin,
    schulze,
    tournament,
)
from rulewright.mechanisms.rules.voting import dictatorship, instant_runoff, majority, median, random_dictatorship
from rulewright.mechanisms.table import OutOfTime, pack
from rulewright.mechanisms.tabulated import from_table

VOTERS, CANDIDATES = ("ann", "bob", "cem"), ("a", "b", "c")
ENV = voting(VOTERS, CANDIDATES)
RULES = (
    plurality, antiplurality, borda, k_approval(2), scoring_rule((2.5, Fraction(1, 3), 0)), copeland, maximin, schulze,
    black, kemeny, instant_runoff, dictatorship("bob"), median,
)  # fmt: skip
CHANCY = (random_dictatorship, maximal_lotteries, by_lot(borda), by_lot(schulze))


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
        ((VOTERS, CANDIDATES, [("a", "b", "d")]), 'names a candidate "d"; there are a, b, c'),
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


@pytest.mark.parametrize("rule", [*RULES, *CHANCY, majority], ids=lambda rule: rule.name)
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


@given(profiles_of_rankings)
def test_the_tournament_rules_are_what_their_definitions_say(ballots: list[tuple[int, ...]]) -> None:
    voters, candidates = tuple(f"v{k}" for k in range(len(ballots))), tuple(sorted(ballots[0]))
    env = voting(voters, candidates, {v: [b] for v, b in zip(voters, ballots, strict=True)})  # type: ignore[arg-type]
    reports = dict(zip(voters, ballots, strict=True))

    def margin(x: int, y: int) -> int:
        return sum(1 if b.index(x) < b.index(y) else -1 for b in ballots)

    def best(score: Any) -> tuple[int, ...]:
        top = max(map(score, candidates))
        return tuple(x for x in candidates if score(x) == top)

    def strongest(x: int, y: int) -> int:
        """Over all paths, not step by step."""
        others = [z for z in candidates if z not in (x, y)]
        paths = [(x, *way, y) for k in range(len(others) + 1) for way in itertools.permutations(others, k)]
        return max(min(itertools.starmap(margin, itertools.pairwise(path))) for path in paths)

    def distance(order: tuple[int, ...]) -> int:
        pairs = itertools.combinations(order, 2)
        return sum(b.index(x) > b.index(y) for x, y in pairs for b in ballots)

    assert maximin.winners(env, reports) == best(lambda x: min(margin(x, y) for y in candidates if y != x))
    assert schulze.winners(env, reports) == tuple(
        x for x in candidates if all(strongest(x, y) >= strongest(y, x) for y in candidates if y != x)
    )
    orders = list(itertools.permutations(candidates))
    nearest = min(map(distance, orders))
    assert {*kemeny.winners(env, reports)} == {order[0] for order in orders if distance(order) == nearest}
    unbeaten = [x for x in candidates if all(margin(x, y) > 0 for y in candidates if y != x)]
    assert black(env, reports) == (unbeaten[0] if unbeaten else borda(env, reports))
    for rule in (borda, copeland, maximin, schulze, black, kemeny):
        assert rule(env, reports) == rule.winners(env, reports)[0]
        tied = rule.winners(env, reports)
        assert chances(by_lot(rule)(env, reports)) == {x: Fraction(1, len(tied)) for x in tied}


def chances(outcome: Any) -> dict[Any, Fraction]:
    return {x: Fraction(p) for x, p in outcome.items()} if isinstance(outcome, rw.Lottery) else {outcome: Fraction(1)}


@settings(max_examples=60)
@given(profiles_of_rankings)
def test_no_majority_would_exchange_a_maximal_lottery(ballots: list[tuple[int, ...]]) -> None:
    """Fishburn 1984; with an odd number of voters there is one such lottery (Laffond, Laslier and Le Breton 1997)."""
    from scipy.optimize import linprog

    voters, candidates = tuple(f"v{k}" for k in range(len(ballots))), tuple(sorted(ballots[0]))
    env = voting(voters, candidates, {v: [b] for v, b in zip(voters, ballots, strict=True)})  # type: ignore[arg-type]
    reports = dict(zip(voters, ballots, strict=True))
    margin, lottery = margins(env, reports), chances(maximal_lotteries(env, reports))
    for y in candidates:
        assert sum(p * margin.get((x, y), 0) for x, p in lottery.items()) >= 0
    unequal = [[-margin.get((x, y), 0) for x in candidates] for y in candidates]
    for x in candidates:  # the most and the least that a maximal lottery can give to each
        ends = [
            linprog([sign * (z == x) for z in candidates], unequal, [0] * len(candidates), [[1] * len(candidates)], [1])
            for sign in (1, -1)
        ]
        low, high = ends[0].fun, -ends[1].fun
        assert low - 1e-9 <= lottery.get(x, 0) <= high + 1e-9
        if len(ballots) % 2:
            assert high - low < 1e-9
        elif high - low > 1e-9:
            assert low + 1e-9 < lottery.get(x, 0) < high - 1e-9  # the mean of the extreme ones is no extreme one


def test_a_lottery_over_a_cycle() -> None:
    """A majority of 1, one of 3 and one of 1 along a cycle: each is drawn in proportion to the margin opposite."""
    env = voting(tuple("vwxyz"), CANDIDATES)
    votes = dict(zip("vwxyz", map(tuple, ("abc", "abc", "bca", "bca", "cab")), strict=True))
    assert maximal_lotteries(env, votes) == {"a": Fraction(3, 5), "b": Fraction(1, 5), "c": Fraction(1, 5)}
    alone = voting(("v",), ("a",))
    assert [rule(alone, {"v": ("a",)}) for rule in (maximal_lotteries, schulze, maximin, kemeny, borda)] == ["a"] * 5


# -- tables -----------------------------------------------------------------------------------------

RESTRICTED = {
    "ann": [tuple("abc"), tuple("cab")],
    "bob": [tuple("bca"), tuple("cba"), tuple("acb")],
    "cem": [tuple("cba")],
}
ELECTIONS = [
    ENV,
    voting(VOTERS, CANDIDATES, RESTRICTED),
    voting(("u", "bob", "w", "x"), CANDIDATES, "single-peaked"),
    voting(("bob", "w"), tuple("pqr")),
]


def same_table(rule: Any, env: rw.Environment) -> bool:
    """Whether the table by sums is the table by calling the rule at every profile."""
    one, two = rule.table(env), DirectMechanism.table(rule, env)
    return all(one.point(k) == two.point(k) for k in range(env.n_profiles)) and one.payments is two.payments is None


@pytest.mark.parametrize("env", ELECTIONS, ids=lambda env: str(env.sizes))
@pytest.mark.parametrize("rule", [*RULES, *CHANCY], ids=lambda rule: rule.name)
def test_the_table_by_sums_is_the_table_by_calling(rule: Any, env: rw.Environment) -> None:
    assert isinstance(rule, ballots.CountingRule)
    assert same_table(rule, env)


def test_the_table_is_the_same_in_small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for block in (1, 7, 40):
        monkeypatch.setattr(ballots, "BLOCK", block)
        assert all(same_table(rule, ENV) for rule in (borda, copeland, instant_runoff, maximal_lotteries))


@settings(max_examples=30)
@given(
    st.lists(
        st.lists(st.lists(st.integers(-3, 3), min_size=2, max_size=2), min_size=1, max_size=4), min_size=1, max_size=4
    )
)
def test_profiles_of_a_kind_have_the_same_sum(counts: list[list[list[int]]]) -> None:
    """Whatever the players' reports count for: also negative and very large numbers."""
    types = {f"p{i}": tuple(range(len(each))) for i, each in enumerate(counts)}
    for unit in (1, 10**12, 2**61, 10**30, Fraction(1, 7)):

        def of(env: rw.Environment, player: str, report: Any, unit: Any = unit) -> list[Any]:
            return [unit * x for x in counts[int(player[1:])][report]]

        @ballots.summing(of)
        def parity(env: rw.Environment, reports: rw.Profile, of: Any = of) -> Any:
            """Decided by the first sum and the sign of the second."""
            one, two = (sum(column) for column in zip(*(of(env, p, r) for p, r in reports.items()), strict=True))
            return ("low", "high", "odd")[int(one > 0) + int(two > one)]

        assert same_table(parity, rw.Environment("sums", types, ("low", "high", "odd"), lambda *_: 0))


def test_a_table_of_many_profiles_calls_the_rule_once_a_sum() -> None:
    """331,776 profiles of four voters and four candidates; 17,550 multisets of four of 24 rankings."""
    calls = Counter[str]()

    @counting
    def called(env: rw.Environment, reports: rw.Profile) -> Any:
        """The first candidate wins, whatever is said."""
        calls["all"] += 1
        return env.space.items[0]  # type: ignore[attr-defined]

    env = voting(("u", "v", "w", "x"), tuple("abcd"))
    assert called.table(env).coordinates.shape == (331_776, 1)
    assert calls["all"] == math.comb(24 + 3, 4) == 17_550


def test_a_table_obeys_the_clock_and_the_limit() -> None:
    with pytest.raises(OutOfTime, match="of 216 profiles"):
        borda.table(ENV, until=0)
    verdict = rw.verify(instant_runoff, voting(tuple("uvwx"), tuple("abcd")), rw.strategyproof, time=0)
    assert verdict.status == "unknown"
    with pytest.raises(rw.GameTooLarge):
        borda.table(voting(tuple(f"v{k}" for k in range(30)), CANDIDATES))


def test_with_money_nobody_pays_for_an_election() -> None:
    env = rw.Environment("vote", ENV.types, CANDIDATES, ENV.utility, transfers=(0, 5))
    table = borda.table(env)
    assert table.payments is not None and not table.payments.any()
    assert [table.point(k) for k in range(50)] == [borda.table(ENV).point(k) for k in range(50)]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: scoring_rule((2, 1))(ENV, dict.fromkeys(VOTERS, CANDIDATES)), "2 scores, and"),
        (lambda: scoring_rule((2, "1", 0)), "a score is '1'"),
        (lambda: k_approval(0), "the number of best places is 0"),
        (lambda: by_lot(median), "by_lot needs a rule"),  # type: ignore[arg-type]
    ],
)
def test_a_mistake_in_a_scoring_rule_is_told_in_a_sentence(make: Any, message: str) -> None:
    with pytest.raises(rw.BadInput, match=message):
        make()


def test_what_has_too_many_rankings_is_refused() -> None:
    many = tuple(f"c{k}" for k in range(13))
    env = voting(("v",), many, [many])
    for rule in (kemeny, maximal_lotteries):
        with pytest.raises(rw.GameTooLarge, match="candidates"):
            rule(env, {"v": many})


@pytest.mark.parametrize("rule", [*RULES, *CHANCY], ids=lambda rule: rule.name)
def test_a_voting_rule_can_be_sent_away(rule: Any) -> None:
    again = pickle.loads(pickle.dumps(rule))
    assert again.name == rule.name
    assert same_table(again, ELECTIONS[1])


# -- what is known of the rules ----------------------------------------------------------------------


def test_condorcet_consistent_rules_and_scoring_rules() -> None:
    """No scoring rule elects every candidate who beats all others (Fishburn 1973); five voters show it here."""
    for rule in (copeland, maximin, schulze, black, kemeny, maximal_lotteries):
        assert status(rule, condorcet_consistent) == "proved"
    five = voting(tuple("uvwxy"), CANDIDATES)
    for rule in (plurality, borda, antiplurality, k_approval(2), scoring_rule((3, 1, 0)), instant_runoff):
        assert status(rule, condorcet_consistent, five) == "refuted"


FROZEN = json.loads((Path(__file__).parent / "frozen" / "pref_voting_winners.json").read_text(encoding="utf-8"))
BY_NAME = {r.name: r for r in (plurality, borda, antiplurality, copeland, maximin, schulze, black, kemeny)}


@pytest.mark.parametrize("election", FROZEN["elections"], ids=lambda each: " ".join(each["ballots"]))
def test_all_who_share_the_victory_are_those_that_another_library_finds(election: Any) -> None:
    """Answers of pref_voting 1.18.2."""
    voters = tuple(f"v{k}" for k in range(len(election["ballots"])))
    reports = dict(zip(voters, map(tuple, election["ballots"]), strict=True))
    env = voting(voters, sorted(election["ballots"][0]), {v: [b] for v, b in reports.items()})
    for name, winners in election["winners"].items():
        assert "".join(BY_NAME[name].winners(env, reports)) == winners, name


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


# -- other electorates ------------------------------------------------------------------------------


@rw.mechanism
def loser_of_two(env: rw.Environment, reports: rw.Profile) -> Any:
    """As plurality, but with an even number of voters the runner-up wins."""
    return (second_most if len(reports) % 2 == 0 else plurality).function(env, reports)


@tournament
def second_best(candidates: Any, margin: Any) -> Any:
    """As Schulze's rule, but a candidate of whom there is a clone is preferred when all share the victory."""
    return candidates[-1:] if len(candidates) == 3 else candidates[:1]


FOUR = voting(("u", "v", "w", "x"), CANDIDATES)


def test_participation_and_a_rule_that_depends_on_the_number_of_voters() -> None:
    """Moulin 1988: scoring rules reward all who take part, and Condorcet's with up to three candidates may."""
    for rule in (plurality, borda, antiplurality, scoring_rule((3, 1, 0)), maximin, random_dictatorship):
        assert status(rule, participation) == "proved"
    for rule in (instant_runoff, loser_of_two):
        assert status(rule, participation, FOUR) == "refuted"
    told = str(rw.verify(instant_runoff, FOUR, participation).counterexample)
    assert "stays at home" in told


def test_reinforcing_and_rules_by_majorities() -> None:
    """Young 1975: scoring rules reinforce, with ties left open or broken by one list; runoffs do not (Smith 1973)."""
    for rule in (plurality, borda, antiplurality, scoring_rule((3, 1, 0))):
        assert status(rule, reinforcing, FOUR) == "proved"
        assert status(by_lot(rule), sets_reinforcing, FOUR) == "proved"
    five = dict(zip("uvwxy", map(tuple, ("bca", "cba", "cab", "bca", "acb")), strict=True))
    env = voting(tuple(five), CANDIDATES, {v: [b] for v, b in five.items()})
    assert status(instant_runoff, reinforcing, env) == "refuted"
    assert status(instant_runoff, sets_reinforcing, env) == "refuted"
    assert status(loser_of_two, reinforcing) == "refuted"


def test_independent_of_clones_and_rules_that_count_places() -> None:
    """Tideman 1987: plurality and Borda reward or punish clones; Schulze 2011 and maximal lotteries do not mind."""
    for env in (ENV, FOUR):
        for rule in (by_lot(schulze), maximal_lotteries):
            assert status(rule, independent_of_clones, env) == "proved"
        for rule in (by_lot(plurality), by_lot(borda), by_lot(antiplurality), second_best):
            assert status(rule, independent_of_clones, env) == "refuted"


def test_other_electorates_need_an_election() -> None:
    for property in (participation, reinforcing, sets_reinforcing):
        with pytest.raises(rw.BadInput, match="no ballots"):
            rw.verify(rw.mechanisms.equal_split, rw.games.allocation(dict.fromkeys(VOTERS, (1, 2))), property)
        with pytest.raises(rw.BadInput, match="declare another"):
            rw.verify(borda, voting(("ann",), CANDIDATES), property)


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


# -- what cannot be meant ----------------------------------------------------------------------------------------------


def elects(rule: Any) -> Any:
    return rule(ENV, dict.fromkeys(VOTERS, CANDIDATES))


def agreed(n: int) -> rw.Environment:
    voters = tuple(f"voter {k}" for k in range(n))
    return voting(voters, CANDIDATES, [CANDIDATES])


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: elects(tournament(lambda candidates, margin: [])), "at least one winner"),
        (lambda: elects(tournament(lambda candidates, margin: None)), "at least one winner"),  # type: ignore[arg-type,return-value]
        (lambda: elects(tournament(lambda candidates, margin: ["nobody"])), "among a, b, c"),
        (lambda: k_approval("2"), "whole number"),  # type: ignore[arg-type]
        (lambda: k_approval(1.5), "whole number"),  # type: ignore[arg-type]
        (lambda: k_approval(True), "whole number"),
        (lambda: scoring_rule(3), "one number a place"),  # type: ignore[arg-type]
        (lambda: scoring_rule(()), "one number a place"),
        (lambda: thiele_rule(3), "give a function"),  # type: ignore[arg-type]
        (lambda: phantom_median(1), "a sequence of places"),  # type: ignore[arg-type]
        (lambda: location({"ann": 1}), "a sequence of places"),  # type: ignore[dict-item]
        (lambda: rw.verify(dictatorship("ann"), ENV, participation), "cannot be asked what it chooses without ann"),
        (lambda: rw.verify(dictatorship("ann"), ENV, reinforcing), "cannot be asked what it chooses without ann"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(wrong: Any, says: str) -> None:
    with pytest.raises(rw.BadInput, match=says) as error:
        wrong()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("prop", [reinforcing, sets_reinforcing], ids=("reinforcing", "sets reinforcing"))
def test_too_many_electorates_are_refused_before_they_are_asked(prop: Any) -> None:
    rule = borda if prop is reinforcing else by_lot(borda)
    assert status(rule, prop, agreed(9)) == "proved"
    with pytest.raises(rw.GameTooLarge, match="16,383 ways to part"):
        rw.verify(rule, agreed(15), prop)
