"""Attacks on the verifier that once succeeded: without its guard each is a false verdict or a raw error."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import rulewright as rw
from rulewright.mechanisms import DirectMechanism, anonymous_rule, tabulated
from rulewright.mechanisms.cases import Case, Var, anyone, misreports, players
from rulewright.mechanisms.measures import value, worth
from rulewright.solvers.verification import structure
from rulewright.solvers.verification.verify_arrays import ALIKE

NAMES = ("ann", "bob", "cem")


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Structure is looked for in problems of any size."""
    monkeypatch.setattr(structure, "WORTH_IT", 1)
    monkeypatch.setattr("rulewright.solvers.verification.verify_arrays.WORTH_IT", 1)


def highest_alone(n: int, m: int) -> np.ndarray:
    """The number of the player whose report is highest, n where several tie."""
    bids = np.indices((m,) * n)
    top = bids.max(axis=0)
    return np.where((bids == top).sum(axis=0) == 1, bids.argmax(axis=0), n)


def test_ints_and_floats_that_are_nearly_equal_are_not_taken_for_symmetry(eager: None) -> None:
    big = 2**53
    env = rw.Environment(
        "nearly", dict.fromkeys(NAMES, tuple(range(4))), (*NAMES, "none"),
        lambda p, o, t: float(big) if p == "ann" else (big + 1 if o == p else big),
    )  # fmt: skip
    rule = tabulated(env, highest_alone(3, 4))
    one, other = (rw.verify(rule, env, rw.strategyproof, structure=s) for s in (True, False))
    assert one.status == other.status == "refuted" and ALIKE not in one.method


def test_a_term_that_stands_twice_counts_twice(eager: None) -> None:
    env = rw.games.allocation(dict.fromkeys(NAMES, tuple(range(4))), transfers=None)

    @rw.for_all(misreports, "twice")
    def harder_for_others(rule: Any, env: rw.Environment, case: Case) -> Any:
        """Lies count twice for all but ann."""
        u = worth(env, case.player, case.types[case.player])
        honest, lie = rule.expect(u, env, case.types), rule.expect(u, env, case.reports)
        return (honest - lie if case.player == "ann" else honest - lie - lie) + 3, 0

    rule = tabulated(env, highest_alone(3, 4))
    one, other = (rw.verify(rule, env, harder_for_others, structure=s) for s in (True, False))
    assert one.status == other.status and ALIKE not in one.method


@pytest.mark.parametrize("ask", [rw.ex_post_incentive_compatible, rw.bayesian_incentive_compatible])
def test_structure_with_interdependent_values(eager: None, ask: Any) -> None:
    env = rw.Environment(
        "field", dict.fromkeys(NAMES, (1, 2, 3)), NAMES,
        lambda p, w, types: types[p] + sum(types.values()) if w == p else 0, interdependent=True,
    )  # fmt: skip
    rule = DirectMechanism(lambda env, r: max(r, key=r.get), "highest")
    one, other = (rw.verify(rule, env, ask, structure=s) for s in (True, False))
    assert (one.status, one.checked) == (other.status, other.checked)


@pytest.mark.parametrize("question", ["is", "isinstance", "class"])
def test_a_property_that_looks_at_one_type_by_whatever_means(question: str) -> None:
    odd = None if question == "is" else "seven"
    types = (0, 1, 2, 3, odd, 4, 5, 6, 7)
    env = rw.Environment("odd", {"ann": types, "bob": types}, ("x", "y"), lambda p, o, t: 0)

    @rw.for_all(players, "odd")
    def fine_but_for_one(rule: Any, env: rw.Environment, case: Case) -> Any:
        """Everybody but one type is fine."""
        t = case.types[case.player]
        wrong = (
            t is None if question == "is" else isinstance(t, str) if question == "isinstance" else t.__class__ is str
        )
        if wrong:
            return -1, 0
        return rule.expect(value(env, case.player, t), env, case.reports) + 6, 0

    verdict = rw.verify(tabulated(env, np.zeros((9, 9), int)), env, fine_but_for_one)
    assert verdict.status == "refuted" and verdict.method.startswith("case by case")


def test_cases_with_distinct_variables_are_counted_rightly() -> None:
    env = rw.games.allocation(dict.fromkeys(NAMES, tuple(range(9))))

    def three(env: rw.Environment) -> Any:
        a, b, c = (Var(p) for p in NAMES)
        yield Case(anyone(env), anyone(env), distinct=((a, b), (b, c), (a, c)))

    @rw.for_all(three, "three")
    def trivial(rule: Any, env: rw.Environment, case: Case) -> Any:
        """Nothing is asked."""
        return rule.expect(lambda _: 0, env, case.reports), 0

    assert rw.verify(rw.mechanisms.second_price, env, trivial).checked == 9 * 8 * 7


# -- anonymous rules --------------------------------------------------------------------------------------------------


def many(types: Any = range(5), n: int = 12, supply: int = 4) -> rw.Environment:
    return rw.games.units({f"p{k}": tuple(types) for k in range(n)}, supply)


def test_floats_that_round_are_not_read_as_if_they_did_not() -> None:
    @anonymous_rule
    def rounds(supply: int, own: Any, others: Any) -> Any:
        """Adds and takes away again."""
        return (1, others[0] + others[1] - others[1]) if own > others[0] else (0, 0)

    tenths = [k / 10 for k in range(12)]
    assert rw.verify(rounds, many(tenths, 4, 1), rw.strategyproof).status == "refuted"
    with pytest.raises(rw.GameTooLarge, match="cannot be read as arithmetic"):
        rw.verify(rounds, many(tenths, 14, 1), rw.strategyproof)


@pytest.mark.parametrize("answer", [(0, "3"), (0, 0, 0), 1, None])
def test_what_an_anonymous_rule_may_not_answer(answer: Any) -> None:
    @anonymous_rule
    def wrong(supply: int, own: Any, others: Any) -> Any:
        """Not a pair of numbers."""
        return answer

    for n in (3, 12):
        with pytest.raises(rw.BadInput):
            rw.verify(wrong, many(n=n, supply=1), rw.strategyproof)


def test_a_rule_that_tells_a_symbol_from_a_number_is_not_misread() -> None:
    @anonymous_rule
    def sly(supply: int, own: Any, others: Any) -> Any:
        """Pays for honest numbers only."""
        return (0, -own) if own.__class__ is int else (0, 0)

    try:
        status = rw.verify(sly, many(), rw.strategyproof).status
    except rw.BadInput:
        status = "refused"
    assert status in ("refused", "refuted", "unknown")


def test_an_anonymous_rule_needs_units_and_all_sets_of_winners() -> None:
    loaf = rw.games.allocation({f"p{k}": tuple(range(8)) for k in range(8)})
    with pytest.raises(rw.BadInput, match="sells units"):
        rw.verify(rw.mechanisms.uniform_price_for_all, loaf, rw.strategyproof)
    names = tuple(f"p{k}" for k in range(8))
    some = rw.Environment(
        "some", dict.fromkeys(names, tuple(range(8))), (*((p,) for p in names), ()),
        lambda p, won, t: t if p in won else 0, transfers=(None, None),
    )  # fmt: skip
    pairs = rw.Environment(
        "pairs", dict.fromkeys(names, tuple(range(8))), tuple(itertools.combinations(names, 2)),
        lambda p, won, t: t if p in won else 0, transfers=(None, None),
    )  # fmt: skip
    assert rw.verify(rw.mechanisms.uniform_price_for_all, some, rw.strategyproof).status == "proved"
    with pytest.raises(rw.BadInput, match="every set of at most 2 winners"):
        rw.verify(rw.mechanisms.uniform_price_for_all, pairs, rw.strategyproof)


# -- time, memory, bad input ------------------------------------------------------------------------------------------


def test_large_bayesian_questions_do_not_write_the_prior_out() -> None:
    env = rw.games.allocation({"ann": tuple(range(700)), "bob": tuple(range(700))})
    weights, scale = env.weights("ann")
    assert weights.dtype == np.int64 and scale == 700
    prior = {"ann": {1: Fraction(1, 2), 2: Fraction(1, 2)}, "bob": {1: Fraction(1, 3), 3: Fraction(2, 3)}}
    uneven = rw.games.allocation({"ann": (1, 2), "bob": (1, 3)}, prior=prior)
    for player in (None, "ann", "bob"):
        weights, scale = uneven.weights(player)
        exact = uneven.joint if player is None else uneven.conditional(player)
        assert [Fraction(int(w), scale) for w in weights.ravel()] == list(exact.ravel())


def test_an_error_of_the_property_is_not_taken_for_the_clock() -> None:
    env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})

    @rw.mechanisms.property.examined(players, "ERR")
    def raises(rule: Any, env: rw.Environment, case: Case) -> Any:
        """Raises."""
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        rw.verify(rw.mechanisms.second_price, env, raises)


def test_a_rule_that_draws_lots_by_itself_is_told() -> None:
    env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    turn = itertools.count()

    @rw.mechanism
    def fickle(env: rw.Environment, reports: Any) -> Any:
        """Now this one, now that one."""
        return ("ann", "bob")[next(turn) % 2], {}

    with pytest.raises(rw.BadInput, match=r"fickle gave two answers to the same reports .*return a Lottery"):
        rw.verify(fickle, env, rw.strategyproof)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda env: rw.verify(rw.mechanisms.second_price, env, rw.strategyproof, time="1"), "time is '1'"),
        (lambda env: rw.verify(rw.mechanisms.second_price, env, rw.strategyproof, time=-1), "time is -1"),
        (lambda env: rw.verify(rw.mechanisms.second_price, env, rw.strategyproof, time=float("nan")), "time is nan"),
        (lambda env: rw.verify(rw.mechanisms.second_price, env, rw.strategyproof, progress=5), "progress is 5"),
        (lambda env: rw.verify(rw.mechanisms.dictatorship, env, rw.strategyproof), "if it makes rules, call it"),
        (lambda env: rw.games.allocation({"ann": (1,)}, prior={"ann": 0.5}), "the prior has the entry"),
        (lambda env: rw.Environment("x", {"ann": 3}, ("x",), lambda p, x, t: 0), "the types of \"ann\" are 3"),
        (lambda env: rw.Environment("x", 5, ("x",), lambda p, x, t: 0), "types is 5"),
        (lambda env: rw.Environment("x", {"ann": ([1],)}, ("x",), lambda p, x, t: 0), "cannot be told apart"),
        (lambda env: rw.Environment("x", {"ann": (1,)}, ("x",), 5), "utility is 5"),
        (lambda env: env.private("annn"), "no player"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(wrong: Any, words: str) -> None:
    with pytest.raises(rw.BadInput, match=words):
        wrong(rw.games.allocation({"ann": (1, 2), "bob": (1, 2)}))


def test_a_player_may_have_any_name() -> None:
    names = (structure.OTHERS, "the others", "cem")
    env = rw.games.allocation(dict.fromkeys(names, tuple(range(26))))
    rule = tabulated(env, np.full((26,) * 3, 3))
    assert rw.verify(rule, env, rw.strategyproof).status == "proved"
