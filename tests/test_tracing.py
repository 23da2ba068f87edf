"""A property that looks at the values of types, by whatever means, is asked case by case and answered truly."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import rulewright as rw
from rulewright.mechanisms.cases import Case, Mask, Untraceable, Var, players, profiles
from rulewright.mechanisms.measures import worth

ENV = rw.games.allocation({"ann": tuple(range(10)), "bob": tuple(range(10))})


def floors(need: Any) -> Any:
    """The property that everyone ends up with at least ``need(type)``."""

    @rw.for_all(players, "floors")
    def floor(rule: Any, env: rw.Environment, case: Case) -> tuple[Any, Any]:
        """Everyone ends up with at least what her type is owed."""
        own = case.types[case.player]
        return rule.expect(worth(env, case.player, own), env, case.reports), need(own)

    return floor


@pytest.mark.parametrize(
    "need",
    [
        lambda t: {2: 5}.get(t, 0),
        lambda t: 5 if t in {2, 7} else 0,
        lambda t: 5 if str(t) == "2" else 0,
        lambda t: 5 if f"{t}" == "2" else 0,
        lambda t: 5 if repr(t) == "2" else 0,
        lambda t: 5 if t == 2 else 0,
        lambda t: 5 if t != 2 else 0,
        lambda t: 5 if hash(t) == 2 else 0,
        lambda t: 5 if t > 8 else 0,
    ],
)
def test_every_way_to_ask_is_noticed(need: Any) -> None:
    """Second price gives everybody at least 0 and a loser exactly 0, so 5 is too much for any type."""
    verdict = rw.verify(rw.mechanisms.second_price, ENV, floors(need))
    assert verdict.status == "refuted"
    assert verdict.method.startswith("case by case")
    with pytest.raises(rw.BadInput, match="linear rows"):
        rw.search(ENV, rw.Goal((floors(need),)))


def test_a_mask_answers_nothing() -> None:
    mask = Mask(Var("ann"))
    for ask in (hash, str, repr, bool, len, iter, int, float, abs):
        with pytest.raises(Untraceable):
            ask(mask)
    with pytest.raises(Untraceable):
        assert mask == Mask(Var("ann"))


def test_equal_treatment_by_comparing_types_is_decided_case_by_case() -> None:
    """A rule that is unfair at a tie is found out, though the two types are different variables."""

    @rw.for_all(profiles, "ETE")
    def equals_alike(rule: Any, env: rw.Environment, case: Case) -> tuple[Any, Any]:
        """Players of the same type end up with the same."""
        if case.types["ann"] == case.types["bob"]:
            u = {p: worth(env, p, case.types[p]) for p in env.players}
            return rule.expect(u["bob"], env, case.reports), rule.expect(u["ann"], env, case.reports)
        return 0, 0

    rule = rw.mechanism(lambda env, reports: "ann" if reports["ann"] >= 7 else "nobody")
    assert rw.verify(rule, ENV, equals_alike).status == "refuted"


def test_a_type_in_another_players_place_counts_by_value_and_not_by_position() -> None:
    """Types 0..29 against the same in another order: "swapped reports change nothing" holds only on the diagonal."""
    env = rw.games.allocation({"ann": tuple(range(30)), "bob": tuple(reversed(range(30)))})

    @rw.for_all(profiles, "swap")
    def swapping_changes_nothing(rule: Any, env: rw.Environment, case: Case) -> tuple[Any, Any]:
        """ann wins as often when the reports are exchanged."""
        swapped = rw.Profile({"ann": case.types["bob"], "bob": case.types["ann"]})

        def ann_wins(winner: Any) -> int:
            return int(winner == "ann")

        return rule.expect(ann_wins, env, swapped), rule.expect(ann_wins, env, case.types)

    verdict = rw.verify(rw.mechanisms.second_price, env, swapping_changes_nothing)
    assert verdict.status == "refuted"
    assert verdict.counterexample.check()


def test_float_probabilities_sum_to_exactly_one() -> None:
    """0.1 + 0.2 + 0.7 is not 1 in binary: read as decimals it is, and the certificate is accepted."""
    env = rw.games.allocation(
        {"ann": (1, 2, 3), "bob": (1, 2)}, prior={"ann": {1: 0.1, 2: 0.2, 3: 0.7}, "bob": {1: 0.1, 2: 0.9}}
    )
    assert env.joint.sum() == 1
    verdict = rw.verify(rw.mechanisms.second_price, env, rw.bayesian_incentive_compatible)
    assert rw.check(verdict.certificate)
    assert rw.search(env, rw.Goal((rw.strategyproof,), rw.welfare)).check()
    ten = rw.games.allocation({"ann": tuple(range(1, 11))}, prior={"ann": dict.fromkeys(range(1, 11), 0.1)})
    assert rw.search(ten, rw.Goal((rw.strategyproof,), rw.welfare)).value == Fraction(11, 2)
    assert sum(rw.Lottery(dict(zip("abcdef", (0.1, 0.2, 0.3, 0.1, 0.2, 0.1), strict=True))).values()) == 1


def test_float_shares_are_multiplied_exactly() -> None:
    """A third of a good in floats is less than a third."""
    env = rw.games.allocation({"ann": ((3, 1),), "bob": ((1, 3),)}, ("bread", "wine"), transfers=None)
    rule = rw.mechanism(lambda env, reports: {"ann": {"bread": 1 / 3, "wine": 1.0}, "bob": {}})
    assert rw.verify(rule, env, rw.proportional).status == "refuted"


def test_many_large_terms_do_not_overflow_in_the_rows() -> None:
    """300 equal terms of 2**55 exceed 64 bits: the answer stays that of exact arithmetic."""
    env = rw.Environment("one", {"ann": (0,)}, ("x", "y"), lambda p, x, t: 2**55 if x == "x" else 0)

    @rw.for_all(players, "many")
    def three_hundred_times(rule: Any, env: rw.Environment, case: Case) -> tuple[Any, Any]:
        """300 times her worth is at least 300 times 2**54."""
        u = worth(env, case.player, case.types[case.player])
        return sum((rule.expect(u, env, case.reports) for _ in range(300)), start=0), 300 * 2**54

    design = rw.search(env, rw.Goal((three_hundred_times,)))
    assert design.status == "feasible"
    assert design.check()


def test_a_dial_that_is_not_proportional_is_not_called_optimal() -> None:
    """Above 3 the fine of this dial grows with the square: an amount of 5 would do, and 20 is not called the least."""
    dial = rw.mechanisms.Dial("odd fines", "grow", lambda a: rw.mechanisms.fine("defect", a if a <= 3 else a * a), 1)
    game = rw.games.prisoners_dilemma(R=3, S=0, T=23, P=1)
    goal = rw.Goal((rw.strictly_dominant("cooperate"),))
    with pytest.raises(rw.BadInput, match="proportion"):
        rw.search(game, goal, family=dial)
    plain = rw.mechanisms.Dial("fines", "pay", lambda a: rw.mechanisms.fine("defect", a), 1)
    assert rw.search(rw.games.prisoners_dilemma(), goal, family=plain).status == "feasible"
    assert rw.search(rw.games.prisoners_dilemma(), goal, family=rw.mechanisms.fines("defect", 1)).status == "optimal"
