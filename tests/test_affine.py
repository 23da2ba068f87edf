"""Affine maximizers: Roberts' rules against their definition, against known auctions, and over all real types."""

from __future__ import annotations

import itertools
import pickle
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright import games, mechanisms
from rulewright.games.reals import Reals
from rulewright.mechanisms import affine_maximizer

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
VALUES = (0, 1, 3, Fraction(7, 2))
weight = st.fractions("1/4", 4, max_denominator=6)
boost = st.fractions(-3, 3, max_denominator=5)


def item(*players: str) -> rw.Environment:
    return games.allocation(dict.fromkeys(players, VALUES))


@settings(max_examples=25, deadline=None)
@given(weight, weight, boost, boost, boost)
def test_every_one_is_strategyproof_and_rational(one: Any, two: Any, a: Any, b: Any, c: Any) -> None:
    rule = affine_maximizer({"ann": one, "bob": two}, {"ann": a, "bob": b, "nobody": c})
    env = item("ann", "bob")
    assert all(v.status == "proved" for v in rw.verify(rule, env, rw.strategyproof, rw.individually_rational))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(*[st.fractions(-3, 3, max_denominator=3)] * 4), min_size=2, max_size=3), weight, boost)
def test_outcome_and_payments_are_as_defined(rows: Any, w: Any, b: Any) -> None:
    """Utilities of any kind; the payment is the weighted externality, computed from the definition."""
    items, players = ("x", "y", "z", "u"), ("ann", "bob", "cem")[: len(rows)]
    env = rw.Environment(
        "any", {p: (row,) for p, row in zip(players, rows, strict=True)}, items,
        lambda player, outcome, row: row[items.index(outcome)], transfers=(None, None),
    )  # fmt: skip
    weights, boosts = {**dict.fromkeys(players, 1), "bob": w}, {**dict.fromkeys(items, 0), "y": b}
    outcome, paid = affine_maximizer({"bob": w}, {"y": b})(env, dict(zip(players, rows, strict=True)))

    def total(x: str, left_out: str = "") -> Fraction:
        worths = zip(players, rows, strict=True)
        return boosts[x] + sum((weights[p] * row[items.index(x)] for p, row in worths if p != left_out), Fraction(0))

    assert outcome == next(x for x in items if total(x) == max(map(total, items)))
    for p in players:
        cost = max(total(x, p) for x in items) - total(outcome, p)
        assert paid[p] == cost / weights[p] and not isinstance(paid[p], float)


def everywhere(one: Any, other: Any, env: rw.Environment) -> bool:
    return all(one.result(env, profile) == other.result(env, profile) for profile in env.profiles())


def test_known_auctions_are_among_them() -> None:
    assert everywhere(affine_maximizer(), mechanisms.vcg, item("ann", "bob", "cem"))
    assert everywhere(affine_maximizer(), mechanisms.vcg, games.units(dict.fromkeys(("a", "b", "c"), (1, 2, 4)), 2))
    project = games.public_project({"ann": (0, 3), "bob": (1, 4)}, cost=4)
    assert everywhere(affine_maximizer(), mechanisms.vcg, project)
    for reserve in (1, 2, Fraction(5, 2)):  # a boost of what happens when nobody wins is a reserve price
        known = mechanisms.second_price_with_reserve(reserve)
        assert everywhere(affine_maximizer(boosts={"nobody": reserve}), known, item("ann", "bob"))


def test_over_all_real_types() -> None:
    rule = affine_maximizer({"ann": 2, "bob": THIRD}, {"nobody": 3, "bob": -1})
    for property in (rw.strategyproof, rw.individually_rational):
        assert rw.verify(rule, item("ann", "bob"), property, over=Reals(0)).status == "proved"


def test_without_the_division_by_the_weight_it_can_be_gained_from() -> None:
    """The negative control: the same choice, where ann pays the externality in the others' units."""
    rule = affine_maximizer({"ann": 2}, {"nobody": 1})

    @rw.mechanism
    def undivided(env: Any, reports: Any) -> Any:
        """The payment is not divided by the weight."""
        outcome, paid = rule(env, reports)
        return outcome, paid | {"ann": 2 * paid["ann"]}

    assert rw.verify(rule, item("ann", "bob"), rw.strategyproof).status == "proved"
    assert rw.verify(undivided, item("ann", "bob"), rw.strategyproof).status == "refuted"


def test_myersons_revenue_for_two_alike() -> None:
    """Two bidders with values 1 to 4, equally likely: with the best reserve no strategyproof rule earns more."""
    env = games.allocation(dict.fromkeys(("ann", "bob"), (1, 2, 3, 4)))

    def earned(reserve: int) -> Any:
        rule = affine_maximizer(boosts={"nobody": reserve})
        return sum(sum(rule(env, profile)[1].values()) for profile in env.profiles()) / Fraction(16)

    goal = rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue)
    family = [affine_maximizer(boosts={"nobody": reserve}) for reserve in range(5)]
    best = rw.search(env, goal, family=family)
    assert best.value == max(map(earned, range(5)))
    assert best.value <= rw.search(env, goal).value


@pytest.mark.parametrize("scale", [10**9, Fraction(1, 10**9)])
def test_the_unit_does_not_matter(scale: Any) -> None:
    one = affine_maximizer({"ann": 2}, {"nobody": 3})
    other = affine_maximizer({"ann": 2}, {"nobody": 3 * scale})
    large = games.allocation(dict.fromkeys(("ann", "bob"), tuple(v * scale for v in VALUES)))
    for a, b in itertools.product(VALUES, VALUES):
        x, paid = one(item("ann", "bob"), {"ann": a, "bob": b})
        y, more = other(large, {"ann": a * scale, "bob": b * scale})
        assert x == y and {p: amount * scale for p, amount in paid.items()} == more


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda env: affine_maximizer({"ann": 0}), 'the weight of "ann" is 0; weights are positive'),
        (lambda env: affine_maximizer({"ann": float("inf")}), 'the weight of "ann" is inf'),
        (lambda env: affine_maximizer({"ane": 1}).table(env), 'did you mean "ann"'),
        (lambda env: affine_maximizer(boosts={"nobodi": 1}).table(env), 'did you mean "nobody"'),
        (lambda env: affine_maximizer().table(games.buyer(2).grid(2)), "needs a finite list of outcomes"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(wrong: Any, told: str) -> None:
    with pytest.raises(rw.BadInput) as caught:
        wrong(item("ann", "bob"))
    assert told in str(caught.value)


def test_it_can_be_sent_to_another_process() -> None:
    rule = affine_maximizer({"ann": 2}, {"nobody": HALF})
    again = pickle.loads(pickle.dumps(rule))
    assert str(again) == str(rule) and everywhere(again, rule, item("ann", "bob"))
