"""Taking part before types are known, budgets on average, and false names: each with a rule that just fails it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rulewright as rw
from rulewright.games import bundles, exchange, public_project, voting
from rulewright.games.units import units
from rulewright.mechanisms import (
    borda,
    ex_ante_budget_balanced,
    ex_ante_individually_rational,
    ex_ante_no_deficit,
    expected_externality,
    false_name_proof,
    first_price,
    majority,
    plurality,
    second_price,
    uniform_price,
    vcg,
)
from rulewright.mechanisms.properties.false_names import with_more

NAMES = ("ann", "bob", "cem")
HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


def auction(*values: Any, **more: Any) -> rw.Environment:
    return rw.games.allocation(dict(zip(NAMES, values, strict=False)), **more)


def charged(rule: Any, fees: Mapping[str, Any]) -> Any:
    """A rule that also charges fees."""

    def function(env: Any, reports: Any) -> Any:
        outcome, payments = rule.result(env, reports)
        return outcome, payments | {p: payments[p] + fee for p, fee in fees.items()}

    return rw.mechanisms.DirectMechanism(function, f"{rule.name} with fees")


# -- before anybody knows her type ------------------------------------------------------------------------------------

PRIOR = {"ann": {0: THIRD, 3: 2 * THIRD}, "bob": {1: HALF, 2: HALF}}
UNEVEN = rw.games.allocation({"ann": (0, 3), "bob": (1, 2)}, prior=PRIOR)
CHANCES = {(0, 1): HALF, (3, 2): THIRD, (3, 1): Fraction(1, 6)}
JOINT = auction((0, 3), (1, 2), prior={rw.Profile({"ann": a, "bob": b}): p for (a, b), p in CHANCES.items()})


def test_a_fee_as_high_as_the_expected_worth_is_the_limit() -> None:
    """Ann wins with 3 against 1 or 2: in expectation 2/3 (2 + 1) / 2 = 1 with independent types."""
    for fee, holds in ((1, True), (Fraction(1001, 1000), False)):
        verdict = rw.verify(charged(second_price, {"ann": fee}), UNEVEN, ex_ante_individually_rational)
        assert bool(verdict) is holds and rw.check(verdict.certificate)
    case = rw.verify(charged(second_price, {"ann": 2}), UNEVEN, ex_ante_individually_rational).counterexample
    assert case is not None and case.check() and (case.has, case.needs) == (-1, 0)
    assert str(case) == "before anybody knows her type, ann expects -1, less than 0"


def test_with_related_types_the_joint_prior_counts() -> None:
    """1/3 at (3, 2) where she gains 1, 1/6 at (3, 1) where she gains 2: 2/3."""
    for fee, holds in ((2 * THIRD, True), (Fraction(7, 10), False)):
        assert bool(rw.verify(charged(second_price, {"ann": fee}), JOINT, ex_ante_individually_rational)) is holds


fees = st.fractions(-3, 3, max_denominator=4)


@given(st.sampled_from([UNEVEN, JOINT]), fees, fees)
def test_ex_post_is_stronger_than_interim_and_interim_than_ex_ante(env: rw.Environment, one: Any, two: Any) -> None:
    rule = charged(second_price, {"ann": one, "bob": two})
    post, interim, ante = (
        bool(rw.verify(rule, env, prop))
        for prop in (rw.individually_rational, rw.interim_individually_rational, ex_ante_individually_rational)
    )
    assert post <= interim <= ante


@given(st.sampled_from([UNEVEN, JOINT]), fees, fees)
def test_every_sense_of_a_balanced_budget(env: rw.Environment, one: Any, two: Any) -> None:
    """Strong is stronger than weak, ex post than ex ante; and ex ante is the sum over the prior."""
    rule = charged(second_price, {"ann": one, "bob": two})
    strong, weak, on_average, no_loss = (
        bool(rw.verify(rule, env, prop))
        for prop in (rw.budget_balanced, rw.no_deficit, ex_ante_budget_balanced, ex_ante_no_deficit)
    )
    assert strong <= weak and strong <= on_average <= no_loss and weak <= no_loss
    mean = sum(Fraction(env.probability(p)) * sum(map(Fraction, rule(env, p)[1].values())) for p in env.profiles())
    assert on_average is (mean == 0) and no_loss is (mean >= 0)


def test_a_fixed_subsidy_balances_the_auction_on_average_only() -> None:
    """The second price is 0, 0, 1 or 2 with the chances 1/6, 1/6, 1/3, 1/3: 1 on average."""
    paid = charged(second_price, {"bob": -1})
    assert rw.verify(paid, UNEVEN, ex_ante_budget_balanced)
    for prop in (rw.budget_balanced, rw.no_deficit):
        assert rw.verify(paid, UNEVEN, prop).status == "refuted"
    more = rw.verify(charged(second_price, {"bob": Fraction(-101, 100)}), UNEVEN, ex_ante_no_deficit)
    assert more.counterexample is not None and more.counterexample.check()
    assert more.counterexample.gain == Fraction(1, 100)
    assert "before types are known, the players together expect to pay -1/100" in str(more)


def test_agv_is_balanced_at_every_profile_and_so_on_average() -> None:
    env = public_project(
        {"ann": (0, 3), "bob": (1, 4)}, cost=4, prior={"ann": {0: HALF, 3: HALF}, "bob": {1: THIRD, 4: 2 * THIRD}}
    )
    for prop in (rw.budget_balanced, ex_ante_budget_balanced, ex_ante_no_deficit):
        assert rw.verify(expected_externality, env, prop)


def test_a_search_can_ask_for_them() -> None:
    """Sold for what it is worth before types are known, the auctioneer takes all the welfare."""
    env = auction((1, 2), (1, 2))
    taken = rw.search(env, rw.Goal((rw.strategyproof, ex_ante_individually_rational), rw.revenue))
    most = rw.search(env, rw.Goal((rw.strategyproof,), rw.welfare))
    assert taken.status == "optimal" and taken.value == most.value == Fraction(7, 4)


def test_without_money_there_is_no_budget() -> None:
    for prop in (ex_ante_budget_balanced, ex_ante_no_deficit):
        with pytest.raises(rw.BadInput, match="no money"):
            rw.verify(majority, voting(NAMES, ("no", "yes")), prop)


# -- false names ------------------------------------------------------------------------------------------------------


def in_bundles(types: Mapping[str, Any], goods: tuple[str, ...] = ("a", "b")) -> rw.Environment:
    """Goods for money; a type maps bundles, as texts, to what they are worth: the best that a bundle holds."""

    def worth(type: Any, bundle: tuple[str, ...]) -> int:
        return max((v for wanted, v in type if set(wanted) <= set(bundle)), default=0)

    return replace(bundles(types, goods, worth=worth), transfers=(None, None))


A, B = (("a", 2),), (("b", 2),)
ADDED = (("a", 2), ("b", 2), ("ab", 4))
PAIR = (("ab", 3),)


def test_yokoo_sakurai_and_matsubara_split_a_bid_for_two_goods() -> None:
    """Bob wants the pair for 3. Ann alone pays 3 for it; as two who want one good each she pays 1 and 1."""
    env = in_bundles({"ann": (ADDED, A, B), "bob": (PAIR,)})
    assert rw.verify(vcg, env, rw.strategyproof)
    case = rw.verify(vcg, env, false_name_proof()).counterexample
    assert case is not None and case.check()
    assert (case.has, case.needs, case.gain) == (1, 2, 1)
    assert "by taking part also as ann 2 and reporting ann = ((a, 2)), ann 2 = ((b, 2))" in str(case)
    assert rw.verify(vcg, in_bundles({"ann": (ADDED,), "bob": (PAIR,)}), false_name_proof(2)).status == "proved"


def test_with_one_good_a_second_name_only_bids_up_the_price() -> None:
    for values in (((1, 3), (1, 2, 3)), ((0, 1, 2), (0, 1, 2), (1, 2))):
        assert rw.verify(second_price, auction(*values), false_name_proof(2))
    assert rw.verify(second_price, auction((1, 2), (1, 2), disposal=False), false_name_proof())


def a_gift_to_losers(env: Any, reports: Any) -> Any:
    """As the second price, but with three or more bidders everybody else is paid 1."""
    winner, payments = second_price.result(env, reports)
    gift = 1 if len(env.players) > 2 else 0
    return winner, rw.Profile({p: x - (gift if p != winner else 0) for p, x in payments.items()})


def test_a_gift_for_each_name_draws_false_names() -> None:
    """One detail changes: those who lose among three or more are paid 1."""
    rule = rw.mechanism(a_gift_to_losers)
    env = auction((1, 3), (2,))
    assert rw.verify(rule, env, rw.strategyproof)
    case = rw.verify(rule, env, false_name_proof()).counterexample
    assert case is not None and case.check() and case.gain == 2 and "ann 2" in str(case)


def test_to_lie_under_ones_own_name_counts_too() -> None:
    case = rw.verify(first_price, auction((1, 2, 3), (1, 2)), false_name_proof()).counterexample
    assert case is not None and "ann 2" not in str(case) and "by reporting" in str(case)


def test_a_second_vote() -> None:
    env = voting(("ann", "bob"), ("no", "yes"))
    for rule in (majority, plurality, borda):
        case = rw.verify(rule, env, false_name_proof()).counterexample
        assert case is not None and case.check() and case.gain == 1
    fixed = rw.mechanism("always no")(lambda env, reports: env.space.items[0])
    dictator = rw.mechanisms.dictatorship("bob")
    for rule in (fixed, dictator):
        assert rw.verify(rule, env, false_name_proof(2))


def test_how_many_votes_it_takes() -> None:
    """One yes against two no: with one more name it is a tie, which no wins; with two more names yes wins."""
    yes, no = ("yes", "no"), ("no", "yes")
    env = voting(NAMES, ("no", "yes"), {"ann": [yes], "bob": [no], "cem": [no]})
    assert rw.verify(majority, env, false_name_proof(1))
    case = rw.verify(majority, env, false_name_proof(2)).counterexample
    assert case is not None and case.check() and "also as ann 2 and ann 3" in str(case)


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=2, unique=True), min_size=1, max_size=2))
def test_shares_of_the_names_add_up(values: list[list[int]]) -> None:
    """Every name is given an equal share, so each gives more of the goods."""
    types = {p: tuple((v, 1) for v in each) for p, each in zip(NAMES, values, strict=False)}
    env = rw.games.allocation(types, ("bread", "wine"), transfers=None)

    @rw.mechanism
    def to_each_alike(env: Any, reports: Any) -> Any:
        """All goods are shared equally."""
        return rw.Profile(
            {p: rw.Profile(dict.fromkeys(env.space.goods, Fraction(1, len(env.players)))) for p in env.players}
        )

    verdict = rw.verify(to_each_alike, env, false_name_proof())
    assert verdict.status == ("refuted" if len(types) > 1 else "proved")
    if verdict.counterexample is not None:
        own = sum(verdict.counterexample.case.types["ann"])
        assert verdict.counterexample.gain == own * (Fraction(2, 3) - HALF) and verdict.counterexample.check()


def several_units(env: rw.Environment, player: str, added: tuple[str, ...]) -> tuple[rw.Environment, Any]:
    """As many units as before, of which a player wants one, whoever of her names gets it."""
    supply = max(map(len, env.space.items))
    more = units({**env.types, **dict.fromkeys(added, env.types[player])}, supply)

    def together(outcome: tuple[str, ...]) -> tuple[str, ...]:
        winners = {player if name in added else name for name in outcome}
        return tuple(p for p in env.players if p in winners)

    return more, together


def test_an_environment_of_ones_own_is_made_larger_by_ones_own_function() -> None:
    env = units(dict.fromkeys(NAMES, (1, 2, 3)), 2)
    with pytest.raises(rw.BadInput, match=r"what added identities get in \"units\" is not known"):
        rw.verify(uniform_price, env, false_name_proof())
    assert rw.verify(uniform_price, env, false_name_proof(1, larger=several_units))

    @rw.mechanism
    def lowest_wins_pays(env: Any, reports: Any) -> Any:
        """Winners pay the lowest bid that wins."""
        outcome, _ = uniform_price.result(env, reports)
        lowest = min((reports[p] for p in outcome), default=0)
        return outcome, rw.Profile({p: lowest if p in outcome else 0 for p in env.players})

    case = rw.verify(lowest_wins_pays, env, false_name_proof(1, larger=several_units)).counterexample
    assert case is not None and case.check()


def test_the_larger_environment_is_one_with_one_more_player() -> None:
    """Alike with the environment made by hand, for each kind of outcome."""
    values = {"ann": (1, 2), "bob": (3,)}
    more, together = with_more(rw.games.allocation(values), "ann", ("eve",))
    by_hand = rw.games.allocation({**values, "eve": (1, 2)})
    assert more.types == by_hand.types and more.space.items == (*by_hand.players, "nobody")
    for p in by_hand.players:
        for t, x in itertools.product(by_hand.types[p], by_hand.space.items):
            assert more.worth_of(p, x, t) == by_hand.worth_of(p, x, t)
    assert [together(x) for x in more.space.items] == ["ann", "bob", "ann", "nobody"]

    goods = {"ann": ((1, 2), (3, 0)), "bob": ((3, 1),)}
    for disposal in (True, False):
        more, together = with_more(bundles(goods, ("a", "b"), disposal=disposal), "ann", ("eve",))
        by_hand = bundles({**goods, "eve": goods["ann"]}, ("a", "b"), disposal=disposal)
        assert more.space.items == by_hand.space.items
        assert [more.utilities(p).tolist() for p in more.players] == [
            by_hand.utilities(p).tolist() for p in more.players
        ]
        split = rw.Profile({"ann": ("b",), "bob": (), "eve": ("a",)})
        assert together(split) == {"ann": ("a", "b"), "bob": ()}


def test_what_it_is_not_for_is_refused() -> None:
    with pytest.raises(rw.BadInput, match="at least 1"):
        false_name_proof(0)
    joint = {rw.Profile({"ann": 1, "bob": 1}): 1}
    with pytest.raises(rw.BadInput, match="prior"):
        rw.verify(second_price, rw.games.allocation({"ann": (1,), "bob": (1,)}, prior=joint), false_name_proof())
    for env in (exchange({"ann": (1, 2)}, {"sam": (0,)}), rw.games.assignment(NAMES, ("x", "y", "z"))):
        with pytest.raises(rw.BadInput, match="larger="):
            rw.verify(vcg if env.transfers else rw.mechanisms.serial_dictatorship(), env, false_name_proof())
    with pytest.raises(rw.GameTooLarge, match="added identities"):
        rw.verify(second_price, auction(range(30), range(30)), false_name_proof(3))
