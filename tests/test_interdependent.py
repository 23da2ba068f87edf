"""Interdependent values: what an outcome is worth to one depends on what the others know."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright.mechanisms import ex_post_incentive_compatible, interim_individually_rational
from rulewright.mechanisms.table import pack
from rulewright.mechanisms.tabulated import from_table

PLAYERS = ("ann", "bob", "cem")


def oil(weight: int = 2, values: tuple[int, ...] = (1, 2, 4), n: int = 3) -> rw.Environment:
    """A field is worth the sum of all signals to whoever wins it, her own counted ``weight`` times more."""

    def worth(player: str, winner: str, types: Any) -> int:
        return weight * types[player] + sum(types.values()) if winner == player else 0

    types = dict.fromkeys(PLAYERS[:n], values)
    return rw.Environment("oil", types, (*PLAYERS[:n], "nobody"), worth, transfers=(None, None), interdependent=True)


@rw.mechanism
def generalised_vickrey(env: rw.Environment, reports: Any) -> Any:
    """The highest signal wins; she pays the worth at the least signal with which she would have won (Maskin 1992)."""
    winner = max(env.players, key=lambda p: reports[p])
    least = max(reports[p] for p in env.players if p != winner)
    price = env.worth_of(winner, winner, reports | {winner: least})
    return winner, rw.Profile({p: price if p == winner else 0 for p in env.players})


def test_the_generalised_vickrey_auction_is_ex_post_incentive_compatible_and_the_plain_one_is_not() -> None:
    env = oil()
    ask = (ex_post_incentive_compatible, rw.individually_rational, rw.efficient, rw.bayesian_incentive_compatible)
    report = rw.verify(generalised_vickrey, env, *ask)
    assert [v.status for v in report] == ["proved"] * 4
    assert all(v.certificate is None for v in report)  # a certificate holds private values only
    plain = rw.verify(rw.mechanisms.second_price, env, ex_post_incentive_compatible)
    assert plain.status == "refuted" and plain.counterexample.check()


def test_what_needs_private_values_says_so() -> None:
    env = oil(n=2)
    for ask in (rw.strategyproof, rw.mechanisms.nearly_strategyproof(1)):
        with pytest.raises(rw.BadInput, match=r'values in "oil" are interdependent.*ex_post_incentive_compatible'):
            rw.verify(generalised_vickrey, env, ask)


def test_a_search_knows_what_others_know() -> None:
    env = oil(n=2)
    design = rw.search(env, rw.Goal(require=(rw.individually_rational,), maximize=rw.welfare))
    best = [
        max(sum(Fraction(env.utility(p, x, types)) for p in env.players) for x in env.space.items)
        for types in env.profiles()
    ]
    chances = [Fraction(env.probability(types)) for types in env.profiles()]
    assert design.status == "optimal"
    assert design.value == sum((c * b for c, b in zip(chances, best, strict=True)), Fraction(0))


def test_values_declared_interdependent_that_are_not_are_found_to_be_private() -> None:
    values = (1, 2, 3)
    private = rw.games.allocation(dict.fromkeys(PLAYERS, values))
    declared = rw.Environment(
        "item", dict.fromkeys(PLAYERS, values), private.space,
        lambda player, winner, types: types[player] if winner == player else 0,
        transfers=(None, None), interdependent=True,
    )  # fmt: skip
    assert all(declared.private(p) for p in PLAYERS) and not oil().private("ann")
    verdict = rw.verify(rw.mechanisms.second_price, declared, ex_post_incentive_compatible)
    assert verdict.status == "proved" and "one's own type alone (checked)" in verdict.method
    assert "own type alone" not in rw.verify(generalised_vickrey, oil(), ex_post_incentive_compatible).method


def test_with_private_values_it_is_strategyproofness() -> None:
    env = rw.games.allocation(dict.fromkeys(PLAYERS, (1, 2, 3)))
    for rule in (rw.mechanisms.second_price, rw.mechanisms.first_price, rw.mechanisms.third_price):
        one, other = rw.verify(rule, env, rw.strategyproof, ex_post_incentive_compatible)
        assert (one.status, one.checked, str(one.counterexample)) == (
            other.status, other.checked, str(other.counterexample),
        )  # fmt: skip


# -- against the definitions -------------------------------------------------------------------------------------------


@st.composite
def worlds(draw: Any) -> tuple[rw.Environment, Any, Callable[..., Fraction]]:
    """An environment with any interdependent values and prior, any rule, and its expected worth by hand."""
    n = draw(st.integers(2, 3))
    players = PLAYERS[:n]
    types = {p: tuple(range(draw(st.integers(1, 3)))) for p in players}
    outcomes = ("x", "y")
    number = st.one_of(st.integers(-3, 3), st.sampled_from([0.1, Fraction(1, 3), 2.0**40]))
    profiles = list(itertools.product(*types.values()))
    worth = {(p, x, t): draw(number) for p in players for x in outcomes for t in profiles}
    weights = [draw(st.integers(1, 3)) for _ in profiles]
    prior = {
        rw.Profile(dict(zip(players, t, strict=True))): Fraction(w, sum(weights))
        for t, w in zip(profiles, weights, strict=True)
    }
    env = rw.Environment(
        "any", types, outcomes, lambda p, x, t: worth[p, x, tuple(t.values())],
        prior=draw(st.sampled_from([None, prior])), transfers=(-5, 5), interdependent=True,
    )  # fmt: skip
    lots = [draw(st.sampled_from([{0: 1}, {1: 1}, {0: Fraction(1, 4), 1: Fraction(3, 4)}])) for _ in profiles]
    paid = [[draw(st.integers(-2, 2)) for _ in players] for _ in profiles]
    rule = from_table(env, pack(lots, paid), "any rule")

    def gets(player: str, true: tuple[int, ...], said: tuple[int, ...]) -> Fraction:
        k = profiles.index(said)
        value = sum(Fraction(w) * Fraction(worth[player, outcomes[j], true]) for j, w in lots[k].items())
        return value - paid[k][players.index(player)]

    return env, rule, gets


def lies(env: rw.Environment) -> Iterator[tuple[int, tuple[int, ...], tuple[int, ...]]]:
    for i, player in enumerate(env.players):
        for true in itertools.product(*env.types.values()):
            for lie in env.types[player]:
                if lie != true[i]:
                    yield i, true, (*true[:i], lie, *true[i + 1 :])


@settings(max_examples=60)
@given(worlds())
def test_verdicts_are_those_of_the_definitions(world: Any) -> None:
    env, rule, gets = world
    honest = all(gets(env.players[i], t, t) >= gets(env.players[i], t, lie) for i, t, lie in lies(env))
    assert bool(rw.verify(rule, env, ex_post_incentive_compatible)) == honest
    rational = all(gets(p, t, t) >= 0 for p in env.players for t in itertools.product(*env.types.values()))
    assert bool(rw.verify(rule, env, rw.individually_rational)) == rational

    def mean(i: int, own: int, said: int) -> Fraction:
        total = Fraction(0)
        for t in itertools.product(*env.types.values()):
            if t[i] == own:
                profile = rw.Profile(dict(zip(env.players, t, strict=True)))
                total += Fraction(env.probability(profile)) * gets(env.players[i], t, (*t[:i], said, *t[i + 1 :]))
        return total

    pairs = [(i, a, b) for i, p in enumerate(env.players) for a in env.types[p] for b in env.types[p]]
    assert bool(rw.verify(rule, env, rw.bayesian_incentive_compatible)) == all(
        mean(i, a, a) >= mean(i, a, b) for i, a, b in pairs
    )
    interim = all(mean(i, a, a) >= 0 for i, a, _ in pairs)
    assert bool(rw.verify(rule, env, interim_individually_rational)) == interim
