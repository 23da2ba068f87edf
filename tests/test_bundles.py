"""Fairness with indivisible goods: the notions against their definitions, and the rules against their theorems."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright.games import Environment, GameTooLarge, Lottery, Profile
from rulewright.games.bundles import bundles
from rulewright.mechanisms.properties.bundles import (
    envy_free_up_to_any_good,
    envy_free_up_to_one_good,
    equitable,
    maximin_share,
    proportional_up_to_one_good,
    share_to_be_sure_of,
)
from rulewright.mechanisms.rules.indivisible import (
    cut_and_choose_goods,
    envy_cycle_elimination,
    leximin,
    maximum_nash_welfare,
    nash_welfare_with_ties,
    round_robin,
    utilitarian,
)

NAMES = ("ann", "bob", "cem")
GOODS = ("a", "b", "c", "d", "e")
RULES = (round_robin, envy_cycle_elimination, maximum_nash_welfare, leximin, utilitarian)


def make(*types: Any, **more: Any) -> Environment:
    """Each argument is the tuple of types of one player."""
    return bundles(dict(zip(NAMES, types, strict=False)), GOODS[: len(types[0][0])], **more)


def constant(outcome: Any) -> Any:
    return rw.mechanism("always the same")(lambda *_: outcome)


def every(values: tuple[int, ...], m: int) -> tuple[tuple[int, ...], ...]:
    return tuple(itertools.product(values, repeat=m))


# -- the definitions, once more and by hand ----------------------------------------------------------------------------


def partitions(goods: tuple[str, ...], n: int) -> Iterator[list[list[str]]]:
    for owner in itertools.product(range(n), repeat=len(goods)):
        yield [[g for g, o in zip(goods, owner, strict=True) if o == k] for k in range(n)]


def by_hand(env: Environment, outcome: Any, types: Any) -> dict[str, bool]:
    """EF, EF1, EFX, PROP, PROP1 and MMS of an allocation, for additive values."""
    goods = tuple(sorted(g for bundle in env.space.items[0].values() for g in bundle))  # type: ignore[attr-defined]
    n = len(env.players)
    value = {p: dict(zip(goods, t, strict=True)) for p, t in types.items()}

    def worth(p: str, bundle: Any) -> int:
        return sum(value[p][g] for g in bundle)

    envies = [(p, q) for p, q in itertools.permutations(env.players, 2) if worth(p, outcome[p]) < worth(p, outcome[q])]
    left = {(p, q): [worth(p, outcome[q]) - value[p][g] - worth(p, outcome[p]) for g in outcome[q]] for p, q in envies}
    fair = {p: Fraction(worth(p, goods), n) for p in env.players}
    most = {p: max((value[p][g] for g in goods if g not in outcome[p]), default=0) for p in env.players}
    maximin = {p: max(min(worth(p, part) for part in parts) for parts in partitions(goods, n)) for p in env.players}
    return {
        "EF": not envies,
        "EF1": all(min(each) <= 0 for each in left.values()),
        "EFX": all(max(each) <= 0 for each in left.values()),
        "PROP": all(worth(p, outcome[p]) >= fair[p] for p in env.players),
        "PROP1": all(worth(p, outcome[p]) + most[p] >= fair[p] for p in env.players),
        "MMS": all(worth(p, outcome[p]) >= maximin[p] for p in env.players),
    }


PROPERTIES = {
    "EF1": envy_free_up_to_one_good,
    "EFX": envy_free_up_to_any_good,
    "PROP1": proportional_up_to_one_good,
    "MMS": maximin_share,
}


@settings(max_examples=80, deadline=None)
@given(st.data(), st.integers(2, 3), st.integers(1, 4))
def test_the_notions_are_their_definitions_and_stand_in_their_order(data: Any, n: int, m: int) -> None:
    """EF implies EFX implies EF1 implies PROP1, EF implies PROP implies MMS and PROP1 (Caragiannis et al. 2019)."""
    types = [tuple(data.draw(st.lists(st.integers(0, 4), min_size=m, max_size=m))) for _ in range(n)]
    env = make(*((t,) for t in types))
    outcome = data.draw(st.sampled_from(env.space.items))  # type: ignore[attr-defined]
    truth = by_hand(env, outcome, dict(zip(NAMES, types, strict=False)))
    for short, property in PROPERTIES.items():
        found = rw.verify(constant(outcome), env, property)
        assert bool(found) == truth[short] and property.short == short
        if not found:
            assert found.counterexample is not None and found.counterexample.check()
            assert found.counterexample.has < found.counterexample.needs
    for stronger, weaker in (("EF", "EFX"), ("EFX", "EF1"), ("EF1", "PROP1"), ("EF", "PROP"), ("PROP", "MMS")):
        assert truth[weaker] or not truth[stronger]


def test_a_lottery_is_as_fair_as_the_worst_that_it_may_draw() -> None:
    env = make(((1, 1),), ((1, 1),))
    fair, unfair = Profile({"ann": ("a",), "bob": ("b",)}), Profile({"ann": ("a", "b"), "bob": ()})
    half = Fraction(1, 2)
    found = rw.verify(constant(Lottery({fair: half, unfair: half})), env, maximin_share)
    assert found.counterexample.check() and "bob gets nothing" in str(found.counterexample)
    assert rw.verify(constant(Lottery({fair: half, env.space.items[2]: half})), env, maximin_share)


@pytest.mark.parametrize(
    ("types", "share"), [((3, 2, 3, 5), 6), ((1, 1, 1, 1), 2), ((9, 1, 1, 1), 3), ((0, 0, 0, 7), 0), ((5, 4, 3, 3), 7)]
)
def test_maximin_shares_of_two(types: Any, share: int) -> None:
    assert share_to_be_sure_of(make((types,), ((1, 1, 1, 1),)), "ann", types) == share


# -- theorems ----------------------------------------------------------------------------------------------------------

SMALL = {
    "two players": lambda: make(every((0, 1, 2), 3), every((0, 1, 3), 3)),
    "three players": lambda: make(*[((0, 0, 1, 1), (1, 2, 0, 1), (2, 1, 1, 0), (3, 1, 1, 2))] * 3),
    "more players than goods": lambda: make(*[((0, 1), (2, 1), (1, 1))] * 3),
    "one player": lambda: make(((2, 1, 0),)),
}


@pytest.mark.parametrize("where", SMALL)
@pytest.mark.parametrize(
    ("rule", "properties"),
    [
        (round_robin, (envy_free_up_to_one_good, proportional_up_to_one_good)),
        (envy_cycle_elimination, (envy_free_up_to_one_good, proportional_up_to_one_good)),
        (maximum_nash_welfare, (envy_free_up_to_one_good, proportional_up_to_one_good, rw.pareto_efficient)),
        (leximin, (rw.pareto_efficient,)),
        (utilitarian, (rw.pareto_efficient, rw.efficient)),
    ],
    ids=lambda x: getattr(x, "name", ""),
)
def test_what_is_proved_of_a_rule_holds(rule: Any, properties: Any, where: str) -> None:
    """Lipton et al. (2004), Caragiannis et al. (2019), Plaut and Roughgarden (2020)."""
    env = SMALL[where]()
    for property in properties:
        found = rw.verify(rule, env, property)
        assert found.status == "proved", str(found)


def test_leximin_with_equal_values_is_free_of_envy_up_to_any_good() -> None:
    """Plaut and Roughgarden (2020): for two players with the same positive values."""
    for values in itertools.combinations_with_replacement((1, 2, 3, 5), 4):
        assert rw.verify(leximin, make((values,), (values,)), envy_free_up_to_any_good)


def test_cut_and_choose_is_fair_to_two() -> None:
    env = make(every((1, 2, 3), 3), every((1, 2, 3), 3))
    assert all(rw.verify(cut_and_choose_goods, env, envy_free_up_to_any_good, maximin_share))


def test_maximum_nash_welfare_needs_two_values_to_be_free_of_envy_up_to_any_good() -> None:
    """Amanatidis et al. (2021): it is where each good is worth one of two values."""
    env = make(every((1, 3), 4), every((1, 3), 4))
    assert rw.verify(maximum_nash_welfare, env, envy_free_up_to_any_good)
    three = make(((1, 3, 5, 3),), ((3, 5, 1, 5),))
    assert rw.verify(maximum_nash_welfare, three, envy_free_up_to_any_good).status == "refuted"


def test_a_serial_order_of_turns_is_honest_with_one_good_each() -> None:
    """With as many goods as players a round robin is a serial dictatorship (Svensson 1999)."""
    env = make(*[tuple(itertools.permutations((1, 2, 4)))] * 3)
    assert rw.verify(round_robin, env, rw.strategyproof)


def test_values_that_are_not_additive() -> None:
    """Lipton et al. (2004) need only that more is no worse; a round robin needs more than that."""

    def worth(pairs: Any, bundle: Any) -> int:
        return sum(set(pair) <= set(bundle) for pair in pairs)

    both = (("a", "b"), ("c", "d"))
    env = bundles({"ann": (both,), "bob": (both, (("a", "d"),))}, GOODS[:4], worth=worth)
    assert rw.verify(envy_cycle_elimination, env, envy_free_up_to_one_good)


# -- one changed detail ------------------------------------------------------------------------------------------------


@rw.mechanism("the last player has no turn")
def without_the_last(env: Environment, reports: Profile[Any]) -> Any:
    some = bundles({p: env.types[p] for p in env.players[:-1]}, ("a", "b", "c", "d"))
    return Profile({**round_robin(some, reports.without(env.players[-1])), env.players[-1]: ()})


@rw.mechanism("two goods a turn")
def two_at_a_time(env: Environment, reports: Profile[Any]) -> Any:
    """A round robin in which the first takes two goods at once."""
    ann = sorted("abcd", key=lambda g: -reports["ann"]["abcd".index(g)])[:2]
    return Profile({"ann": tuple(sorted(ann)), "bob": tuple(g for g in "abcd" if g not in ann)})


@rw.mechanism("the cutter chooses")
def cutter_chooses(env: Environment, reports: Profile[Any]) -> Any:
    return cut_and_choose_goods(env, reports) | {
        "ann": (cut := cut_and_choose_goods(env, reports))["bob"],
        "bob": cut["ann"],
    }


FOUR = ((4, 3, 2, 1), (1, 1, 1, 3), (4, 4, 1, 1))
CONTROLS = [
    (envy_free_up_to_one_good, round_robin, two_at_a_time, (FOUR, FOUR)),
    (proportional_up_to_one_good, round_robin, without_the_last, (FOUR, ((1, 1, 1, 1), (2, 2, 2, 1)))),
    (envy_free_up_to_any_good, cut_and_choose_goods, cutter_chooses, (FOUR, FOUR)),
    (maximin_share, cut_and_choose_goods, cutter_chooses, (FOUR, FOUR)),
]


@pytest.mark.parametrize(("property", "good", "bad", "types"), CONTROLS, ids=lambda x: getattr(x, "short", ""))
def test_one_changed_detail_is_found(property: Any, good: Any, bad: Any, types: Any) -> None:
    env = make(*types)
    assert rw.verify(good, env, property).status == "proved"
    found = rw.verify(bad, env, property)
    assert found.status == "refuted" and found.counterexample.check()
    assert found.counterexample.case.player in str(found.counterexample)


def test_equitable_is_equal_by_each_ones_own_measure() -> None:
    """For lotteries too: the item in proportion to the other's value; and by halves it is not."""
    env = rw.games.allocation({"ann": (1, 2), "bob": (1, 3)}, transfers=None)

    @rw.mechanism("in proportion to the other's value")
    def crossed(env: Environment, r: Profile[Any]) -> Any:
        total = r["ann"] + r["bob"]
        return Lottery({"ann": Fraction(r["bob"], total), "bob": Fraction(r["ann"], total)})

    found = rw.verify(crossed, env, equitable)
    assert found.status == "proved" and rw.check(found.certificate)
    halves = rw.mechanism("halves")(lambda *_: Lottery({"ann": Fraction(1, 2), "bob": Fraction(1, 2)}))
    assert rw.verify(halves, env, equitable).counterexample.check()
    assert rw.verify(halves, env, rw.proportional)


# -- what cannot be asked ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("thing", [*RULES, cut_and_choose_goods, nash_welfare_with_ties], ids=lambda rule: rule.name)
def test_rules_refuse_what_they_are_not_for(thing: Any) -> None:
    for env in (
        rw.games.allocation({"ann": (1,), "bob": (2,)}, transfers=None),
        rw.games.allocation({"ann": ((1, 2),), "bob": ((2, 1),)}, ("a", "b"), transfers=None),
    ):
        with pytest.raises(rw.BadInput, match=r"\w+ \w+ \w+"):
            thing.table(env)


@pytest.mark.parametrize("property", PROPERTIES.values(), ids=PROPERTIES)
def test_properties_refuse_what_they_are_not_for(property: Any) -> None:
    env = rw.games.allocation({"ann": (1, 2), "bob": (2,)})
    with pytest.raises(rw.BadInput, match="bundles"):
        rw.verify(rw.mechanisms.second_price, env, property)


@pytest.mark.parametrize(
    ("call", "needs"),
    [
        (lambda: make(((1, 2),), ((1,),)), "tuple of as many"),
        (lambda: make(((1, -2),), ((1, 2),)), "at least 0"),
        (lambda: bundles({"ann": ((1, 1),)}, ("a", "a")), "each once"),
        (lambda: cut_and_choose_goods.table(make(*[((1, 2),)] * 3)), "two players"),
        (lambda: nash_welfare_with_ties.table(make(((1, 0),), ((1, 1),))), "disposal=True"),
    ],
)
def test_what_cannot_be_meant_is_said(call: Any, needs: str) -> None:
    with pytest.raises(rw.BadInput, match=needs):
        call()


def test_too_many_allocations_are_refused_before_they_are_listed() -> None:
    with pytest.raises(GameTooLarge, match="fewer goods"):
        bundles({p: (tuple(range(30)),) for p in NAMES}, tuple(map(str, range(30))))
