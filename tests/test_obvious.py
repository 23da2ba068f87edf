"""Obvious strategyproofness: by its definition over all strategies, and in the rules of Li's paper."""

from __future__ import annotations

import itertools
import pickle
import random
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rulewright as rw
from rulewright.games import Chance, Decision, Terminal, assignment
from rulewright.mechanisms import (
    ExtensiveMechanism,
    ascending_clock,
    deferred_acceptance,
    end,
    extensive_mechanism,
    in_turn,
    obviously_strategyproof,
    probabilistic_serial,
    random_serial_dictatorship,
    sealed_bid,
    second_price,
    serial_dictatorship,
    top_trading_cycles,
)

NAMES = ("ann", "bob", "cem")


def auction(*values: Any, **more: Any) -> rw.Environment:
    return rw.games.allocation(dict(zip(NAMES, values, strict=False)), **more)


# -- the definition, over all strategies of all players ---------------------------------------------------------------

Strategy = Mapping[str, Any]


def strategies(infosets: Mapping[str, Decision]) -> Iterator[Strategy]:
    for moves in itertools.product(*(node.moves for node in infosets.values())):
        yield dict(zip(infosets, moves, strict=True))


def play(node: Any, plan: Strategy, chance: Mapping[int, Any]) -> tuple[list[str], Terminal]:
    """The information sets that are passed, and the end."""
    passed = []
    while not isinstance(node, Terminal):
        if isinstance(node, Chance):
            node = node.moves[chance[id(node)]][1]
        else:
            passed.append(node.infoset)
            node = node.moves[plan[node.infoset]]
    return passed, node


def obvious(rule: ExtensiveMechanism, env: rw.Environment) -> bool:
    """Li (2017): at each earliest point of departure the sup of the deviation is at most the inf of the plan."""
    tree, plans = rule.tree(env), rule.plan(env)
    draws = [node for node, _ in tree.table if isinstance(node, Chance)]
    lots = [dict(zip(map(id, draws), m, strict=True)) for m in itertools.product(*(d.moves for d in draws))]
    for player in env.players:
        own = {h: node for h, node in tree.infosets.items() if node.player == player}
        rest = list(strategies({h: node for h, node in tree.infosets.items() if node.player != player}))
        for t in env.types[player]:
            plan = {h: plans[h][t] for h in own}

            def worth(last: Terminal, player: str = player, t: Any = t) -> Fraction:
                return Fraction(env.worth_of(player, last.outcome, t)) + Fraction(last.payoffs[player])

            honest = [play(tree.root, {**plan, **other}, lot) for other in rest for lot in lots]
            for deviation in strategies(own):
                departing = [play(tree.root, {**deviation, **other}, lot) for other in rest for lot in lots]
                for h in own:
                    if deviation[h] == plan[h]:
                        continue
                    best = [worth(e) for passed, e in departing if first_departure(passed, deviation, plan) == h]
                    worst = [worth(e) for passed, e in honest if first_departure(passed, deviation, plan) == h]
                    if best and worst and max(best) > min(worst):
                        return False
    return True


def first_departure(passed: list[str], one: Strategy, other: Strategy) -> str | None:
    return next((h for h in passed if h in one and one[h] != other[h]), None)


def random_rule(seed: int) -> tuple[ExtensiveMechanism, rw.Environment]:
    """A random tree for two players with two types each; bob sometimes does not see what ann did."""
    dice = random.Random(seed)
    worths = {(p, t, x): dice.randint(0, 3) for p in NAMES[:2] for t in "lh" for x in range(4)}
    env = rw.Environment(
        "random", dict.fromkeys(NAMES[:2], ("l", "h")), tuple(range(4)), lambda p, x, t: worths[p, t, x],
        transfers=(None, None),
    )  # fmt: skip
    blind, depth = dice.random() < 0.5, dice.randint(1, 3)
    plan: dict[str, dict[Any, Any]] = {}

    def grow(level: int, turn: int, past: str) -> Any:
        if level == depth or (level and dice.random() < 0.2):
            return end(env, dice.randrange(4), {p: dice.randint(0, 1) for p in NAMES[:2]})
        if dice.random() < 0.15:
            return Chance({x: (Fraction(1, 2), grow(level + 1, turn, past + x)) for x in "ht"})
        player = NAMES[turn]
        hidden = blind and level == 1 and player == "bob"
        infoset = f"{player} {'blind' if hidden else past}"
        plan.setdefault(infoset, {t: dice.choice("ab") for t in "lh"})
        return Decision(player, infoset, {x: grow(level + 1, 1 - turn, past + x) for x in "ab"})

    root = grow(0, 0, ".")
    return extensive_mechanism(lambda env: (root, plan)), env


@given(st.integers(0, 10**9))
def test_the_verdict_is_that_of_the_definition(seed: int) -> None:
    rule, env = random_rule(seed)
    verdict = rw.verify(rule, env, obviously_strategyproof)
    assert bool(verdict) is obvious(rule, env)
    if verdict.counterexample is not None:
        assert verdict.counterexample.check() and verdict.counterexample.gain > 0


def test_random_rules_are_of_both_kinds() -> None:
    found = {bool(rw.verify(*random_rule(seed), obviously_strategyproof)) for seed in range(40)}
    assert found == {True, False}


@given(st.integers(0, 10**9))
def test_what_is_obvious_is_true_honesty_is_dominant(seed: int) -> None:
    """An obviously dominant plan is dominant, so the direct mechanism is strategyproof (Li 2017)."""
    rule, env = random_rule(seed)
    if rw.verify(rule, env, obviously_strategyproof):
        assert rw.verify(rule, env, rw.strategyproof)


# -- the rules --------------------------------------------------------------------------------------------------------

AUCTIONS = [
    auction((1, 3), (1, 2, 3)),
    auction(range(6), range(6)),
    auction((1, 2), (1, 2, 4), (2, 3)),
    auction((Fraction(1, 2), 1), (0.25, 1), (1, 2), transfers=(-5, 5)),
]


@pytest.mark.parametrize("env", AUCTIONS, ids=str)
def test_the_clock_is_the_second_price_auction_and_obvious(env: rw.Environment) -> None:
    for profile in env.profiles():
        assert ascending_clock(env, profile) == second_price(env, profile) == sealed_bid(second_price)(env, profile)
    assert rw.verify(ascending_clock, env, obviously_strategyproof)
    sealed = rw.verify(sealed_bid(second_price), env, obviously_strategyproof)
    assert sealed.status == "refuted" and sealed.counterexample is not None and sealed.counterexample.check()
    assert rw.verify(sealed_bid(second_price), env, rw.strategyproof)


@extensive_mechanism
def a_clock_that_charges_the_current_price(env: rw.Environment) -> Any:
    """As the ascending clock, but the last one in pays the price at which the others quit."""
    tree, plan = ascending_clock.tree(env), ascending_clock.plan(env)
    prices = sorted({t for each in env.types.values() for t in each})

    def dearer(node: Any) -> Any:
        if isinstance(node, Terminal):
            return node
        below = {move: dearer(after) for move, after in node.moves.items()}
        last = below["quit"]
        if isinstance(last, Terminal):
            paid = -last.payoffs[last.outcome]
            below["quit"] = end(env, last.outcome, {last.outcome: prices[prices.index(paid) + 1]})
        return Decision(node.player, node.infoset, below)

    return dearer(tree.root), plan


def test_a_clock_that_charges_a_step_more_is_not_obvious() -> None:
    verdict = rw.verify(a_clock_that_charges_the_current_price, AUCTIONS[1], obviously_strategyproof)
    assert verdict.status == "refuted" and verdict.counterexample is not None
    assert verdict.counterexample.check() and verdict.counterexample.has == -1  # a price that she did not agree to


@pytest.mark.parametrize("order", [None, ("cem", "ann", "bob"), ("bob", "cem", "ann")])
def test_choosing_in_turn_is_serial_dictatorship_and_obvious(order: tuple[str, ...] | None) -> None:
    env = assignment(NAMES, ("x", "y", "z"))
    rule = in_turn(order)
    assert all(rule(env, p) == serial_dictatorship(order)(env, p) for p in env.profiles())
    assert rw.verify(rule, env, obviously_strategyproof)
    assert not rw.verify(sealed_bid(serial_dictatorship(order)), env, obviously_strategyproof)


def test_a_lottery_is_drawn_by_chance_in_the_tree() -> None:
    env = assignment(NAMES[:2], ("x", "y"))
    for rule in (random_serial_dictatorship, probabilistic_serial):
        point = env.space.point
        assert all(point(sealed_bid(rule)(env, p)) == point(rule(env, p)) for p in env.profiles())


def test_two_who_trade_at_once_are_not_obviously_honest() -> None:
    """Who owns the worse object and reports it stays with it; had she asked for the better one she might have it."""
    env = assignment(NAMES[:2], ("x", "y"))
    assert obvious(sealed_bid(top_trading_cycles()), env) is bool(
        rw.verify(sealed_bid(top_trading_cycles()), env, obviously_strategyproof)
    )
    three = assignment(NAMES, ("x", "y", "z"))
    cyclic = {"x": ("ann", "bob", "cem"), "y": ("bob", "cem", "ann"), "z": ("cem", "ann", "bob")}
    for rule in (top_trading_cycles(), deferred_acceptance(cyclic)):
        assert not rw.verify(sealed_bid(rule), three, obviously_strategyproof)


def test_a_question_that_does_not_matter_is_not_obvious() -> None:
    """Who is asked and not heard does not see that her answer is nothing to lose; if she is not asked, all is well."""
    env = rw.games.voting(("ann", "bob"), ("a", "b"))
    asked = rw.verify(sealed_bid(rw.mechanisms.dictatorship("ann")), env, obviously_strategyproof)
    assert asked.status == "refuted" and asked.counterexample is not None and asked.counterexample.case.player == "bob"
    plan = {"the choice": {t: t[0] for t in env.types["ann"]}}
    alone = Decision("ann", "the choice", {x: end(env, x) for x in ("a", "b")})
    assert rw.verify(extensive_mechanism(lambda env: (alone, plan)), env, obviously_strategyproof)


def test_what_the_plan_leads_away_from_does_not_count() -> None:
    """Ann's plan at her second decision is bad, and she never comes there."""
    env = rw.Environment("x", {"ann": (1,)}, (0, 1, 2), lambda player, x, type: x)
    second = Decision("ann", "second", {"bad": end(env, 0), "good": end(env, 1)})
    for best, plan, holds in ((2, "stop", True), (0, "stop", False), (0, "go", False)):
        root = Decision("ann", "first", {"stop": end(env, best), "go": second})
        rule = extensive_mechanism(lambda env, r=root, p=plan: (r, {"first": {1: p}, "second": {1: "bad"}}))
        assert bool(rw.verify(rule, env, obviously_strategyproof)) is holds is obvious(rule, env)


def test_lots_that_are_drawn_are_paid_for_on_average() -> None:
    env = auction((1, 4), (2,))
    prices = {
        "low": (Fraction(1, 4), end(env, "ann", {"ann": 1})),
        "high": (Fraction(3, 4), end(env, "ann", {"ann": 3})),
    }
    prices["never"] = (0, end(env, "bob", {"ann": 100}))
    root = Decision("ann", "offer", {"buy": Chance(prices), "pass": end(env, "nobody")})
    rule = extensive_mechanism(lambda env: (root, {"offer": {1: "pass", 4: "buy"}}))
    assert rule(env, {"ann": 4, "bob": 2}) == ("ann", rw.Profile({"ann": Fraction(5, 2), "bob": 0}))
    assert rule(env, {"ann": 1, "bob": 2}) == ("nobody", rw.Profile({"ann": 0, "bob": 0}))
    assert rw.verify(rule, env, obviously_strategyproof)  # at worst she pays 3; what has no chance does not count


def test_the_sentence_says_who_where_what_and_by_how_much() -> None:
    found = rw.verify(sealed_bid(second_price), auction((2, 5), (3,)), obviously_strategyproof).counterexample
    assert found is None  # bob's one bid is no risk
    found = rw.verify(sealed_bid(second_price), auction((2, 5), (1, 4)), obviously_strategyproof).counterexample
    assert found is not None and (found.has, found.needs) == (0, 1) and found.case.player == "ann"
    assert str(found) == (
        'that honesty is best is not obvious to ann of type 2 at "ann\'s report": by 2, as planned, she may end up '
        "with 0 (outcome bob, where she pays 0), and by 5 with 1 (outcome ann, where she pays 1)"
    )


# -- what is refused --------------------------------------------------------------------------------------------------


def test_a_rule_without_a_tree_is_told_how_to_get_one() -> None:
    with pytest.raises(rw.BadInput, match=r"second price is not played move by move.*sealed_bid\(rule\)"):
        rw.verify(second_price, AUCTIONS[0], obviously_strategyproof)


def test_interdependent_values_are_refused() -> None:
    env = rw.Environment(
        "common value", {"ann": (1, 2), "bob": (1, 2)}, ("ann", "bob"),
        lambda player, winner, types: sum(types.values()) if player == winner else 0, interdependent=True,
    )  # fmt: skip
    rule = sealed_bid(rw.mechanism("always ann")(lambda env, reports: "ann"))
    with pytest.raises(rw.BadInput, match="interdependent"):
        rw.verify(rule, env, obviously_strategyproof)


def test_a_plan_must_have_a_move_for_each_type_everywhere() -> None:
    env = auction((1, 2))
    moves = {"buy": end(env, "ann"), "pass": end(env, "nobody")}
    without = extensive_mechanism(lambda env: (Decision("ann", "offer", moves), {"offer": {1: "buy"}}))
    with pytest.raises(rw.BadInput, match='no move is planned for ann of type 2 at "offer"'):
        without.tree(env)
    wrong = extensive_mechanism(lambda env: (Decision("ann", "offer", moves), {"offer": {1: "buy", 2: "bye"}}))
    with pytest.raises(rw.BadInput, match='did you mean "buy"'):
        wrong.tree(env)
    drawn = {"buy": end(env, rw.Lottery({"ann": 1})), "pass": end(env, "nobody")}
    lottery = extensive_mechanism(lambda env: (Decision("ann", "offer", drawn), {"offer": {1: "buy", 2: "buy"}}))
    with pytest.raises(rw.BadInput, match="let a Chance node draw it"):
        lottery.tree(env)
    with pytest.raises(rw.BadInput, match='no player "bob"'):
        end(env, "ann", {"bob": 1})


def test_what_a_tree_is_not_for_is_refused_in_a_sentence() -> None:
    votes = rw.games.voting(("ann", "bob"), ("a", "b"))
    for rule in (ascending_clock, in_turn()):
        with pytest.raises(rw.BadInput, match=r"\w+ \w+ \w+"):
            rule.tree(votes)
    with pytest.raises(rw.BadInput, match="must name each of ann, bob once"):
        in_turn(("ann",)).tree(assignment(NAMES[:2], ("x", "y")))
    with pytest.raises(rw.BadInput, match="is no rule"):
        sealed_bid(len)


def test_a_tree_too_large_is_refused_before_it_is_built() -> None:
    many = rw.games.allocation({f"p{k}": range(30) for k in range(12)})
    with pytest.raises(rw.GameTooLarge, match="decisions on the clock"):
        ascending_clock.tree(many)
    with pytest.raises(rw.GameTooLarge, match="profiles of reports"):
        sealed_bid(second_price).tree(many)


def test_a_long_clock_needs_no_deep_recursion() -> None:
    env = auction(range(400), (0, 399))
    assert ascending_clock(env, {"ann": 300, "bob": 399}) == ("bob", rw.Profile({"ann": 0, "bob": 300}))


def test_a_rule_with_a_tree_is_sent_to_another_process() -> None:
    for rule in (ascending_clock, in_turn(), sealed_bid(second_price)):
        assert pickle.loads(pickle.dumps(rule)).name == rule.name
