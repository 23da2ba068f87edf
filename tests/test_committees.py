"""Committee and mixing rules are what the textbook says, and each property tells them from a rule that lacks it."""

from __future__ import annotations

import itertools
import math
import pickle
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright.games.approval import approval, committees
from rulewright.games.preferences import voting
from rulewright.mechanisms.cases import Case
from rulewright.mechanisms.properties.electorates import participation
from rulewright.mechanisms.properties.prices import priceable, prices_exist
from rulewright.mechanisms.properties.representation import (
    committee_core,
    committee_monotone,
    extended_justified_representation,
    group_fair_share,
    justified_representation,
    positive_share,
    proportional_justified_representation,
)
from rulewright.mechanisms.properties.symmetry import anonymous
from rulewright.mechanisms.rule import DirectMechanism
from rulewright.mechanisms.rules.committees import (
    approval_voting,
    chamberlin_courant,
    equal_shares,
    minimax_approval,
    monroe,
    proportional_approval,
    race,
    sequential_phragmen,
    sequential_proportional_approval,
    thiele_rule,
)
from rulewright.mechanisms.rules.mixing import conditional_utilitarian, random_priority, utilitarian_mixing

VOTERS, ABC, ABCD = ("ann", "bob", "cem"), ("a", "b", "c"), ("a", "b", "c", "d")
TWO_SEATS = committees(VOTERS, ABCD, 2)
LIKES = approval(VOTERS, ABC)
COMMITTEES = (
    approval_voting, chamberlin_courant, proportional_approval, sequential_proportional_approval, sequential_phragmen,
    equal_shares, monroe, minimax_approval,
)  # fmt: skip
MIXES = (utilitarian_mixing, conditional_utilitarian, random_priority)


def status(rule: Any, property: Any, env: rw.Environment = TWO_SEATS) -> str:
    """The verdict; what is refuted replays."""
    verdict = rw.verify(rule, env, property)
    if verdict.counterexample is not None:
        assert verdict.counterexample.check() and verdict.counterexample.gain > 0
    return str(verdict.status)


# -- the environments ------------------------------------------------------------------------------


def test_ballots_are_sets_and_committees_are_of_one_size() -> None:
    assert len(LIKES.types["ann"]) == 2**3 - 1 and LIKES.space.items == ABC  # type: ignore[attr-defined]
    assert len(TWO_SEATS.space.items) == math.comb(4, 2)  # type: ignore[attr-defined]
    given = approval(("ann", "bob"), ABC, {"ann": [{"c", "a"}, ("b",)], "bob": [[]]})
    assert given.types == {"ann": (("a", "c"), ("b",)), "bob": ((),)}
    assert [given.worth_of("ann", x, ("a", "c")) for x in ABC] == [1, 0, 1]
    assert TWO_SEATS.worth_of("ann", ("b", "d"), ("b", "c", "d")) == 2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: approval(VOTERS, "abc"), "candidates is the text 'abc'"),
        (lambda: approval((), ABC), "the voters are missing"),
        (lambda: approval(VOTERS, ("a", "a")), "each once"),
        (lambda: approval(VOTERS, ABC, "some"), 'no ballots "some"'),
        (lambda: approval(VOTERS, ABC, ["ab"]), "a ballot is 'ab'; it must be a set of candidates"),
        (lambda: approval(VOTERS, ABC, [("a", "d")]), 'a ballot names a candidate "d"; there are a, b, c'),
        (lambda: approval(VOTERS, ABC, {"anne": [ABC]}), 'a voter "anne"; did you mean "ann"?'),
        (lambda: approval(VOTERS, ABC, {"ann": [ABC]}), 'no ballots for "bob"'),
        (lambda: committees(VOTERS, ABC, 4), "the number of seats is 4"),
        (lambda: utilitarian_mixing.table(TWO_SEATS), "a mixing rule shares out one seat"),
        (lambda: conditional_utilitarian.table(approval(VOTERS, ABC, [(), ("a",)])), "approves of nobody"),
        (lambda: approval_voting.table(voting(VOTERS, ABC)), "in the order of the list"),
        (lambda: proportional_approval.table(rw.games.assignment(("ann",), ("x",))), "approval rule needs"),
        (lambda: approval_voting.table(rw.Environment("e", {"v": (("a",),)}, (("a",), ("b", "c")), max)), "of a size"),
        (lambda: rw.verify(approval_voting, LIKES, committee_monotone), "has one seat"),
        (lambda: rw.verify(approval_voting, TWO_SEATS, group_fair_share), "shares are of one seat"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(make: Any, message: str) -> None:
    with pytest.raises(rw.BadInput) as caught:
        make()
    assert message in str(caught.value)


def test_what_is_too_large_is_refused_before_it_is_built() -> None:
    many = tuple(f"c{k}" for k in range(40))
    with pytest.raises(rw.GameTooLarge, match="ballots over 40 candidates"):
        approval(VOTERS, many)
    with pytest.raises(rw.GameTooLarge, match="committees"):
        committees(VOTERS, many, 20, [many[:1]])


# -- the rules -------------------------------------------------------------------------------------

NAMES = tuple("abcdef")


@st.composite
def elections(draw: Any, voters: int = 8, empty: bool = False) -> tuple[rw.Environment, rw.Profile]:
    m = draw(st.integers(2, 5))
    seats = draw(st.integers(1, m - 1))
    sets = st.sets(st.sampled_from(NAMES[:m]), min_size=0 if empty else 1).map(lambda x: tuple(sorted(x)))
    ballots = draw(st.lists(sets, min_size=1, max_size=voters))
    names = tuple(f"v{k}" for k in range(len(ballots)))
    env = committees(names, NAMES[:m], seats, {v: [b] for v, b in zip(names, ballots, strict=True)})
    return env, rw.Profile(dict(zip(names, ballots, strict=True)))


def first_of_most(items: Any, score: Any) -> Any:
    return next(x for x in items if score(x) == max(map(score, items)))


@given(elections(empty=True))
def test_rules_that_rate_committees_elect_the_best(election: Any) -> None:
    env, reports = election
    items = env.space.items

    def rated(worth: Any) -> Any:
        return first_of_most(items, lambda w: sum(worth(len({*w} & {*ballot})) for ballot in reports.values()))

    assert approval_voting(env, reports) == rated(lambda j: j)
    assert chamberlin_courant(env, reports) == rated(lambda j: min(j, 1))
    assert proportional_approval(env, reports) == rated(lambda j: sum(Fraction(1, i) for i in range(1, j + 1)))
    far = first_of_most(items, lambda w: -max(len({*w} ^ {*ballot}) for ballot in reports.values()))
    assert minimax_approval(env, reports) == far


@given(elections(voters=6))
def test_monroe_is_the_best_of_all_even_distributions_of_the_voters(election: Any) -> None:
    env, reports = election
    n, k = len(reports), len(env.space.items[0])

    def represented(members: Any) -> int:
        best = 0
        for of in itertools.product(members, repeat=n):
            sizes = [of.count(x) for x in members]
            if all(n // k <= size <= -(-n // k) for size in sizes):
                best = max(best, sum(x in ballot for x, ballot in zip(of, reports.values(), strict=True)))
        return best

    assert monroe(env, reports) == first_of_most(env.space.items, represented)


def by_loads(env: rw.Environment, reports: rw.Profile) -> set[str]:
    """Phragmén's rule as it is defined by loads (Brill et al. 2017): each member weighs 1, borne evenly at the end."""
    names = list(dict.fromkeys(x for w in env.space.items for x in w))  # type: ignore[attr-defined]
    loads, members = [Fraction(0)] * len(reports), list[str]()
    while len(members) < len(env.space.items[0]):  # type: ignore[attr-defined]
        after = {}
        for x in names:
            fans = [i for i, ballot in enumerate(reports.values()) if x in ballot]
            if fans and x not in members:
                after[x] = Fraction(1 + sum(loads[i] for i in fans), len(fans))
        if not after:
            return {*members, *[x for x in names if x not in members][: len(env.space.items[0]) - len(members)]}  # type: ignore[attr-defined]
        x = min(after, key=lambda x: (after[x], names.index(x)))
        loads = [after[x] if x in ballot else load for load, ballot in zip(loads, reports.values(), strict=True)]
        members.append(x)
    return {*members}


@given(elections(empty=True))
def test_phragmen_by_money_is_phragmen_by_loads(election: Any) -> None:
    env, reports = election
    assert {*sequential_phragmen(env, reports)} == by_loads(env, reports)


@given(elections())
def test_of_one_seat_all_but_two_rules_are_approval_voting(election: Any) -> None:
    _, reports = election
    env = committees(tuple(reports), NAMES, 1, {v: [b] for v, b in reports.items()})
    votes = Counter(x for ballot in reports.values() for x in ballot)
    best = min(x for x in votes if votes[x] == max(votes.values()))
    for rule in (*COMMITTEES[:5], monroe):
        assert rule(env, reports) == (best,)
    single = approval(tuple(reports), NAMES, {v: [b] for v, b in reports.items()})
    assert approval_voting(single, reports) == best


def test_disjoint_parties_get_their_seats_in_proportion() -> None:
    """12 voters for three parties, 6 seats: 3, 2 and 1, by d'Hondt's method (Brill, Laslier and Skowron 2018)."""
    parties = {"abc": 6, "def": 4, "ghi": 2}
    names = tuple("abcdefghi")
    ballots = [tuple(party) for party, size in parties.items() for _ in range(size)]
    voters = tuple(f"v{k}" for k in range(12))
    env = committees(voters, names, 6, {v: [b] for v, b in zip(voters, ballots, strict=True)})
    reports = dict(zip(voters, ballots, strict=True))
    for rule in (proportional_approval, sequential_proportional_approval, sequential_phragmen, equal_shares, monroe):
        assert rule(env, reports) == tuple("abcdeg")
    assert approval_voting(env, reports) == tuple("abcdef")


@settings(max_examples=60)
@given(elections())
def test_what_is_known_of_representation(election: Any) -> None:
    """Aziz et al. 2017; Sánchez-Fernández et al. 2017; Brill et al. 2017; Peters and Skowron 2020."""
    env, reports = election
    case = Case(reports, reports)

    def has(rule: Any, property: Any) -> bool:
        return property.examine(rule, env, case) is None

    for rule in (proportional_approval, equal_shares):
        assert has(rule, extended_justified_representation)
    assert has(sequential_phragmen, proportional_justified_representation)
    for rule in (chamberlin_courant, monroe, sequential_proportional_approval):  # the last: up to five seats
        assert has(rule, justified_representation)
    if len(reports) % len(env.space.items[0]) == 0:
        assert has(monroe, proportional_justified_representation)
    for rule in COMMITTEES:
        ladder = [justified_representation, proportional_justified_representation, extended_justified_representation]
        found = [has(rule, property) for property in [*ladder, committee_core]]
        assert found == sorted(found, reverse=True)  # each implies the one before
    if len(env.space.items[0]) > 1:
        for rule in (approval_voting, sequential_proportional_approval, sequential_phragmen):
            assert has(rule, committee_monotone)


def test_the_rule_of_equal_shares_step_by_step() -> None:
    """Six voters, three seats: each has 1/2. Four buy a at 1/4 each, two of them have 1/4 left and b costs 1."""
    env = committees(tuple("uvwxyz"), ABCD, 3)
    ballots = {"u": "ab", "v": "ab", "w": "a", "x": "a", "y": "bc", "z": "cd"}
    reports = {v: tuple(b) for v, b in ballots.items()}
    # a: 4 voters, 1/4 each. Then b: u and v have 1/4, y 1/2, just 1: u and v pay 1/4, y 1/2. Nobody can pay for c:
    # w, x 1/4, z 1/2. By Phragmén's process c needs 1/2 more from y and z, a quarter each; d 1/2 from z alone.
    assert equal_shares(env, reports) == ("a", "b", "c")
    # Two seats: each has 1/3. When a is bought u and v have 1/12, y and z 1/3, too little for b or c; both need 1/6
    # more from each who approves of them, and b is listed first.
    assert equal_shares(committees(tuple("uvwxyz"), ABCD, 2), reports) == ("a", "b")
    assert equal_shares(committees(tuple("uvwxyz"), ABCD, 2), reports | {"u": ("a",)}) == ("a", "c")
    # Three voters, three seats: bc and bcd buy b, then c, at 1/2 each; bcd has nothing left, so that d would cost the
    # third voter 1, as much as a, who is listed first.
    three = committees(tuple("uvw"), ABCD, 3)
    assert equal_shares(three, dict(zip("uvw", map(tuple, ("bc", "bcd", "ad")), strict=True))) == ("a", "b", "c")


@settings(max_examples=300)
@given(elections(voters=10))
def test_equal_shares_is_what_its_definition_says(election: Any) -> None:
    """Peters and Skowron 2020: next is who can be paid at the least rho, each paying min(rho, what she has)."""
    env, reports = election
    names, seats = race(env).candidates, race(env).seats
    purse = {v: Fraction(seats, len(reports)) for v in reports}
    members: list[str] = []
    while len(members) < seats:
        offers = []
        for x in (x for x in names if x not in members):
            has = sorted(purse[v] for v, ballot in reports.items() if x in ballot)
            for k in range(len(has)):  # the k poorest pay all they have
                rho = Fraction(1 - sum(has[:k]), len(has) - k)
                if sum(min(rho, m) for m in has) == 1:
                    offers.append((rho, names.index(x)))
        if not offers:
            break
        rho, k = min(offers)
        members.append(names[k])
        purse = {v: m - min(rho, m) if names[k] in reports[v] else m for v, m in purse.items()}
        assert sum(purse.values()) == seats - len(members)
    assert {*members} <= {*equal_shares(env, reports)}
    if len(members) == seats:
        assert {*members} == {*equal_shares(env, reports)}


# -- shares ----------------------------------------------------------------------------------------


def chances(outcome: Any) -> dict[Any, Fraction]:
    return {x: Fraction(p) for x, p in outcome.items()} if isinstance(outcome, rw.Lottery) else {outcome: Fraction(1)}


@given(elections(voters=5))
def test_the_mixing_rules_are_what_their_definitions_say(election: Any) -> None:
    _, reports = election
    env = approval(tuple(reports), NAMES, {v: [b] for v, b in reports.items()})
    votes = {x: sum(x in ballot for ballot in reports.values()) for x in NAMES}
    best = [x for x in NAMES if votes[x] == max(votes.values())]
    assert chances(utilitarian_mixing(env, reports)) == {x: Fraction(1, len(best)) for x in best}
    shares: Counter[str] = Counter()
    for ballot in reports.values():
        hers = [x for x in ballot if all(votes[x] >= votes[y] for y in ballot)]
        shares.update({x: Fraction(1, len(reports) * len(hers)) for x in hers})  # type: ignore[dict-item]
    assert chances(conditional_utilitarian(env, reports)) == shares
    drawn: Counter[str] = Counter()
    orders = list(itertools.permutations(reports.values()))
    for order in orders:
        left = set(NAMES)
        for ballot in order:
            left = left & {*ballot} or left
        drawn.update({x: Fraction(1, len(orders) * len(left)) for x in left})  # type: ignore[dict-item]
    assert chances(random_priority(env, reports)) == drawn


def test_mixing_is_fair_or_efficient_and_safe() -> None:
    """Bogomolnaia, Moulin and Stong 2005; Duddy 2015; Aziz, Bogomolnaia and Moulin 2019."""
    for rule in MIXES:
        assert status(rule, rw.strategyproof, LIKES) == "proved"
        assert status(rule, anonymous, LIKES) == "proved"
        assert status(rule, participation, LIKES) == "proved"
    assert status(utilitarian_mixing, rw.mechanisms.efficient, LIKES) == "proved"
    for rule in (conditional_utilitarian, random_priority):
        assert status(rule, group_fair_share, LIKES) == "proved"
        assert status(rule, positive_share, LIKES) == "proved"
        assert status(rule, rw.mechanisms.efficient, LIKES) == "refuted"


@rw.mechanism
def votes_squared(env: rw.Environment, reports: rw.Profile) -> Any:
    """As if voters with the same ballot were one by one more: shares by the squares of the numbers of equal ballots."""
    sizes = Counter(reports.values())
    total = sum(k * k for k in sizes.values())
    shares: Counter[str] = Counter()
    for ballot, k in sizes.items():
        shares.update({x: Fraction(k * k, total * len(ballot)) for x in ballot})  # type: ignore[dict-item]
    return rw.Lottery(dict(shares))


@rw.mechanism
def spread_evenly(env: rw.Environment, reports: rw.Profile) -> Any:
    """As conditional utilitarian, but each voter gives to all of whom she approves."""
    shares: Counter[str] = Counter()
    for ballot in reports.values():
        shares.update({x: Fraction(1, len(reports) * len(ballot)) for x in ballot})  # type: ignore[dict-item]
    return rw.Lottery(dict(shares))


@rw.mechanism
def last_of_most(env: rw.Environment, reports: rw.Profile) -> Any:
    """As conditional utilitarian, but each voter gives all to one of those whom fewest approve of."""
    votes = Counter(x for ballot in reports.values() for x in ballot)
    shares: Counter[str] = Counter()
    for ballot in reports.values():
        shares[min(ballot, key=votes.__getitem__)] += Fraction(1, len(reports))  # type: ignore[assignment]
    return rw.Lottery(dict(shares))


def test_shares_and_rules_that_differ_by_one_detail() -> None:
    assert status(votes_squared, group_fair_share, LIKES) == "refuted"
    assert status(votes_squared, positive_share, LIKES) == "proved"
    assert status(utilitarian_mixing, positive_share, LIKES) == "refuted"
    assert status(spread_evenly, group_fair_share, LIKES) == "proved"
    assert status(last_of_most, rw.strategyproof, LIKES) == "refuted"
    told = str(rw.verify(utilitarian_mixing, LIKES, positive_share).counterexample)
    assert "of whom cem approves" in told


# -- each property and its negative control --------------------------------------------------------


def steeper(j: int) -> Fraction:
    """1, 1/8, 1/27, ... as proportional approval, but too little for those who have something."""
    return Fraction(1, j**3)


def flatter(j: int) -> Fraction:
    """1, 9/10, 9/10, ... nearly approval voting."""
    return Fraction(1) if j == 1 else Fraction(9, 10)


def one_of(n: int, *ballots: str, seats: int, names: str) -> rw.Environment:
    each = [tuple(b) for b in ballots]
    voters = tuple(f"v{k}" for k in range(n))
    return committees(voters, tuple(names), seats, {v: [b] for v, b in zip(voters, each, strict=True)})


def test_of_weighted_approval_only_harmonic_weights_represent_all() -> None:
    """Aziz et al. 2017, Theorem 7: with weights other than 1, 1/2, 1/3, ... there is a profile without EJR or JR."""
    large = one_of(6, *["abc"] * 4, "d", "d", seats=3, names="abcd")
    small = one_of(6, *["ab"] * 4, "c", "d", seats=3, names="abcd")
    for env in (large, small):
        assert status(proportional_approval, extended_justified_representation, env) == "proved"
    assert status(thiele_rule(flatter), justified_representation, large) == "refuted"
    assert status(thiele_rule(steeper), justified_representation, small) == "proved"
    third = one_of(12, *["ab"] * 8, "c", "c", "d", "d", seats=3, names="abcd")
    assert status(thiele_rule(steeper), proportional_justified_representation, third) == "refuted"
    assert status(proportional_approval, extended_justified_representation, third) == "proved"


def test_phragmen_and_equal_shares_on_a_group_without_a_member_who_has_two() -> None:
    """Phragmén's rule does not have EJR (Brill et al. 2017); chains of Chamberlin and Courant do not even have PJR."""
    assert status(sequential_phragmen, proportional_justified_representation) == "proved"
    assert status(chamberlin_courant, justified_representation) == "proved"
    assert status(chamberlin_courant, proportional_justified_representation) == "refuted"
    assert status(monroe, proportional_justified_representation) == "proved"
    assert status(monroe, extended_justified_representation) == "refuted"
    assert status(monroe, committee_core) == "refuted"
    assert status(proportional_approval, committee_core) == "proved"


def test_only_approval_voting_leaves_nothing_to_gain() -> None:
    """Peters 2018: proportional rules are manipulable."""
    assert status(approval_voting, rw.strategyproof) == "proved"
    for rule in COMMITTEES[1:]:
        assert status(rule, rw.strategyproof) == "refuted"


@settings(max_examples=60)
@given(elections(voters=6))
def test_what_can_be_bought_is_represented(election: Any) -> None:
    """Peters and Skowron 2020: a priceable committee has PJR; what voters buy in the rules by money is one."""
    env, reports = election
    stands, ballots = race(env), [frozenset(ballot) for ballot in reports.values()]
    case = Case(reports, reports)
    for members in stands.committees:
        fixed = rw.mechanism(lambda env, reports, members=members: members)
        if prices_exist(stands, ballots, members):
            assert proportional_justified_representation.examine(fixed, env, case) is None
    if len(frozenset[str]().union(*ballots)) >= stands.seats:
        for rule in (sequential_phragmen, equal_shares):
            assert priceable.examine(rule, env, case) is None


def test_priceable_and_a_committee_that_leaves_too_much_money() -> None:
    """Peters and Skowron 2020, Figure 1, and a rule that differs from Phragmén's only in its last seat."""
    env = one_of(6, "abcd", "abce", "abcf", "ghi", "jkl", "mno", seats=12, names="abcdefghijklmno")
    assert status(proportional_approval, priceable, env) == "refuted"
    assert status(sequential_phragmen, priceable, env) == "proved"
    small = committees(VOTERS, ABC, 2, [("a", "b"), ("b", "c")])

    @rw.mechanism
    def last_seat_to_the_last(env: rw.Environment, reports: rw.Profile) -> Any:
        """As Phragmén's rule, but the last seat goes to the candidate listed last."""
        first = sequential_phragmen(committees(env.players, ABC, 1), reports)
        return tuple(x for x in ABC if x in {*first, "c"})[-2:] if first != ("c",) else ("b", "c")

    assert status(sequential_phragmen, priceable, small) == "proved"
    assert status(last_seat_to_the_last, priceable, small) == "refuted"
    assert status(chamberlin_courant, priceable, small) == "refuted"


def test_committee_monotone_and_rules_that_choose_all_at_once() -> None:
    for rule in (approval_voting, sequential_phragmen, sequential_proportional_approval):
        assert status(rule, committee_monotone) == "proved"
    for rule in (chamberlin_courant, monroe, minimax_approval):
        assert status(rule, committee_monotone) == "refuted"

    @rw.mechanism
    def by_parity(env: rw.Environment, reports: rw.Profile) -> Any:
        """As approval voting, but with one seat the last candidate is elected."""
        items = env.space.items  # type: ignore[attr-defined]
        return items[-1] if len(items[0]) == 1 else approval_voting(env, reports)

    assert status(by_parity, committee_monotone) == "refuted"


# -- the witnesses of the literature ---------------------------------------------------------------

WITNESSES = [
    (approval_voting, justified_representation, 3, "cd d a e ac be", "acd"),
    (approval_voting, extended_justified_representation, 3, "cd d a e ac be", "acd"),
    (minimax_approval, justified_representation, 3, "a abe e a b d", "cde"),
    (chamberlin_courant, proportional_justified_representation, 3, "ab ab ab ab c d", "acd"),
    (chamberlin_courant, extended_justified_representation, 3, "ab ab ab ab c d", "acd"),
]


@pytest.mark.parametrize(("rule", "property", "seats", "ballots", "elected"), WITNESSES, ids=lambda x: str(x)[:30])
def test_a_known_witness_is_one_here(rule: Any, property: Any, seats: int, ballots: str, elected: str) -> None:
    """Profiles at which the property fails; where our rule breaks a tie otherwise, the committee itself is the case."""
    words = ballots.split()
    env = one_of(len(words), *words, seats=seats, names="abcde" if "e" in ballots else "abcd")
    fixed = rw.mechanism(lambda env, reports: tuple(elected))
    assert status(fixed, property, env) == "refuted"
    reports = next(iter(env.profiles()))
    if rule is not minimax_approval:
        assert rule(env, reports) == tuple(elected)


LIES = [
    (chamberlin_courant, "bd d abcd acd", 0, "b"),
    (sequential_phragmen, "acd d ac bc", 2, "a"),
    (equal_shares, "bc ad abd acd", 3, "c"),
]


@pytest.mark.parametrize(("rule", "ballots", "liar", "lie"), LIES, ids=lambda x: str(x)[:20])
def test_a_known_lie_pays(rule: Any, ballots: str, liar: int, lie: str) -> None:
    words = ballots.split()
    env = committees(tuple("wxyz"), ABCD, 2)
    types = rw.Profile(dict(zip("wxyz", map(tuple, words), strict=True)))
    who = "wxyz"[liar]
    truth, changed = rule(env, types), rule(env, types | {who: tuple(lie)})
    assert len({*types[who]} & {*changed}) > len({*types[who]} & {*truth})


# -- tables ----------------------------------------------------------------------------------------

SMALL = [
    committees(("ann", "bob"), ABCD, 2),
    committees(("ann", "bob", "cem"), ABC, 2, {"ann": [("a",), ("b", "c")], "bob": [("c",)], "cem": [ABC, (), ("b",)]}),
    approval(("ann", "bob", "cem"), ("a", "b")),
]


@pytest.mark.parametrize("rule", [*COMMITTEES, *MIXES, thiele_rule(steeper)], ids=lambda rule: rule.name)
def test_the_table_by_sums_is_the_table_by_calling(rule: Any) -> None:
    for env in SMALL:
        if rule in MIXES and env is not SMALL[2]:
            continue
        for each in (rule, pickle.loads(pickle.dumps(rule))):
            one, two = each.table(env), DirectMechanism.table(each, env)
            assert all(one.point(k) == two.point(k) for k in range(env.n_profiles))


@given(elections())
def test_voters_have_no_names(election: Any) -> None:
    env, reports = election
    assume(len(reports) > 1)
    turned = rw.Profile(dict(zip(reports, [*reports.values()][::-1], strict=True)))
    for rule in COMMITTEES:
        assert rule(env, reports) == rule(env, turned)


@pytest.mark.parametrize("seats", [1.0, True, 0, 4, "2"])
def test_seats_are_a_whole_number(seats: Any) -> None:
    with pytest.raises(rw.BadInput, match="number of seats"):
        committees(VOTERS, ABC, seats)
