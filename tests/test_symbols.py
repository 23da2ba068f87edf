"""Rules run on symbols: what is read off them is what they do, at every profile, or they are refused with a reason."""

from __future__ import annotations

import builtins
import cProfile
import functools
import gc
import inspect
import math
import random
import sys
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright import games, mechanisms
from rulewright.mechanisms.cases import Untraceable
from rulewright.mechanisms.symbolic.branches import Facts, explore, leaves, run
from rulewright.mechanisms.symbolic.evaluation import Evaluation
from rulewright.mechanisms.symbolic.replacements import STAND_INS
from rulewright.mechanisms.symbolic.standins import opened, rebuilt
from rulewright.mechanisms.symbolic.symbols import Real, order, symbol

PLAYERS = ("ann", "bob", "cem")
X, Y, Z = (symbol(name) for name in PLAYERS)


def item(*values: Any, players: tuple[str, ...] = PLAYERS) -> rw.Environment:
    return games.allocation(dict.fromkeys(players, values))


def symbols(env: rw.Environment) -> dict[str, Real]:
    return {player: symbol(player) for player in env.players}


def grid(env: rw.Environment) -> Evaluation:
    """The declared types of each player along an axis of her own."""
    axes = {}
    for k, (player, types) in enumerate(env.types.items()):
        scale = math.lcm(*(Fraction(t).denominator for t in types))
        ints = [int(Fraction(t) * scale) for t in types]
        shape = [-1 if j == k else 1 for j in range(len(env.players))]
        kind = np.int64 if max(map(abs, ints)) < 2**63 else object
        axes[player] = np.array(ints, dtype=kind).reshape(shape), scale
    return Evaluation(axes)


def at(env: rw.Environment, evaluation: Evaluation, value: Any, place: tuple[int, ...]) -> Any:
    """A value in which symbols may stand, at one profile."""
    if isinstance(value, Real):
        ints, scale = evaluation.real(value)
        return Fraction(int(np.broadcast_to(ints, env.sizes)[place]), scale)
    if isinstance(value, rw.Profile):
        return rw.Profile({player: at(env, evaluation, each, place) for player, each in value.items()})
    return value


def assert_read_right(rule: Any, env: rw.Environment, given: Any = ()) -> None:
    """The branch that is chosen at a profile says what the rule does there."""
    reading, evaluation = run(rule.function, env, symbols(env), given), grid(env)
    chosen = evaluation.chosen(reading)
    paid = [evaluation.selected(chosen, [b.payments[p] for b in reading.branches]) for p in env.players]
    assert chosen.shape == env.sizes
    for place, profile in zip(np.ndindex(*env.sizes), env.profiles(), strict=True):
        outcome, payments = rule.result(opened(env), profile)
        assert at(env, evaluation, reading.branches[chosen[place]].outcome, place) == outcome
        for (ints, scale), player in zip(paid, env.players, strict=True):
            assert Fraction(int(ints[place]), scale) == payments[player]


POSITIVE = [X >= 0, Y >= 0, Z >= 0]
READABLE: dict[str, tuple[Any, rw.Environment, Any]] = {
    "second price": (mechanisms.second_price, item(0, 1, 2), ()),
    "first price": (mechanisms.first_price, item(0, 1, 2), ()),
    "third price": (mechanisms.third_price, item(0, 1, 2), ()),
    "posted price": (mechanisms.posted_price(Fraction(3, 2)), item(1, 2), ()),
    "vcg": (mechanisms.vcg, item(0, 1, 2), ()),
    "cavallo": (mechanisms.cavallo, item(0, 1, 2), POSITIVE),
    "worst case": (mechanisms.worst_case_redistribution, item(0, 1, 2), POSITIVE),
    "clarke": (mechanisms.clarke_pivot, games.public_project(dict.fromkeys(PLAYERS, (0, 1, 3)), cost=4), ()),
    "vcg project": (mechanisms.vcg, games.public_project(dict.fromkeys(PLAYERS, (0, 1, 3)), cost=4), ()),
    "mcafee": (mechanisms.mcafee, games.exchange({"ann": (2, 5), "bob": (2, 5)}, {"sam": (1, 3), "tim": (1, 4)}), ()),
    "posted trade": (mechanisms.posted_trade(2), games.exchange({"ann": (1, 3)}, {"sam": (0, 2)}), ()),
    "vcg units": (mechanisms.vcg, games.units(dict.fromkeys(PLAYERS, (1, 2, 3)), 2), ()),
    "median": (mechanisms.median_location, games.location(dict.fromkeys(PLAYERS, (0, 1, 5))), ()),
    "mean": (mechanisms.mean_location, games.location(dict.fromkeys(PLAYERS, (0, 1, 5))), ()),
    "leftmost": (mechanisms.leftmost, games.location(dict.fromkeys(PLAYERS, (0, 1, 5))), ()),
    "phantoms": (mechanisms.phantom_median([1, 2]), games.location(dict.fromkeys(PLAYERS, (0, 1, 5))), ()),
    "talmud": (mechanisms.talmud, games.claims(dict.fromkeys(PLAYERS, (1, 2, 4)), 3), POSITIVE),
    "equal awards": (mechanisms.constrained_equal_awards, games.claims(dict.fromkeys(PLAYERS, (1, 4)), 3), POSITIVE),
    "equal losses": (mechanisms.constrained_equal_losses, games.claims(dict.fromkeys(PLAYERS, (1, 4)), 3), POSITIVE),
    "proportional": (mechanisms.proportional_awards, games.claims(dict.fromkeys(PLAYERS, (0, 1, 4)), 3), POSITIVE),
    "random arrival": (mechanisms.random_arrival, games.claims(dict.fromkeys(PLAYERS, (1, 4)), 3), POSITIVE),
    "equal split": (mechanisms.equal_split, item(0, 1), ()),
}


@pytest.mark.parametrize("name", READABLE)
def test_rules_of_the_project_are_read_unchanged(name: str) -> None:
    assert_read_right(*READABLE[name])


def test_the_uniform_rule_is_read_through_its_types() -> None:
    """Types are (peak, below, above), and the peak is the symbol."""
    peaks = (0, 1, Fraction(5, 2), 4)
    env = games.rationing(dict.fromkeys(PLAYERS, peaks), amount=3)
    types = {player: (symbol(player), 1, 1) for player in PLAYERS}
    reading = run(mechanisms.uniform_rule.function, env, types, POSITIVE)
    plain = games.location(dict.fromkeys(PLAYERS, peaks))
    evaluation = grid(plain)
    chosen = evaluation.chosen(reading)
    for place, profile in zip(np.ndindex(*env.sizes), env.profiles(), strict=True):
        found = at(plain, evaluation, reading.branches[chosen[place]].outcome, place)
        assert found == mechanisms.uniform_rule.result(opened(env), profile)[0]


def test_a_second_price_auction_has_a_branch_for_each_winner() -> None:
    env = item(1, 2)
    reading = run(mechanisms.second_price.function, env, symbols(env))
    assert [branch.outcome for branch in reading.branches] == list(PLAYERS)
    assert [str(branch.payments["ann"]) for branch in reading.branches] == ["max(bob, cem)", "0", "0"]
    assert not reading.rounds


def test_services_and_their_fixed_provider_are_read() -> None:
    env = games.service({"ann": (0, 1, 2), "bob": (0, 2, 3)}, games.airport_cost({"ann": 1, "bob": 2}))
    for rule in (mechanisms.shapley_cost_sharing, mechanisms.marginal_cost):
        reports = {"ann": X, "bob": Y, "provider": "cost"}
        reading = run(rule.function, env, reports)
        evaluation = Evaluation({"ann": (np.array([[0], [1], [2]]), 1), "bob": (np.array([[0, 2, 3]]), 1)})
        chosen = evaluation.chosen(reading)
        for (a, b), profile in zip(np.ndindex(3, 3), env.profiles(), strict=True):
            branch = reading.branches[chosen[a, b]]
            outcome, payments = rule.result(env, profile)
            assert branch.outcome == outcome
            for player, amount in branch.payments.items():
                ints, scale = evaluation.real(amount)
                assert Fraction(int(np.broadcast_to(ints, (3, 3))[a, b]), scale) == payments[player]


# -- random rules ------------------------------------------------------------------------------------------------------


def value(tree: Any, reports: Any) -> Any:
    """A small language of rules, in plain Python."""
    kind, *rest = tree
    if kind == "report":
        return reports[rest[0]]
    if kind == "number":
        return rest[0]
    if kind == "if":
        one, two = value(rest[0], reports), value(rest[2], reports)
        holds = {"<": one < two, "<=": one <= two, "==": one == two, ">": one > two, "!=": one != two}[rest[1]]
        return value(rest[3] if holds else rest[4], reports)
    parts = [value(part, reports) for part in rest[0]]
    if kind == "max":
        return max(parts)
    if kind == "min":
        return min(*parts, parts[0])
    if kind == "sorted":
        return sorted(parts, reverse=rest[1])[len(parts) // 2]
    if kind == "nearest":
        return min(parts, key=lambda each: abs(each - parts[0] - 1))
    if kind == "by size":
        return sorted(parts, key=lambda each: -each)[-1] + sorted(zip(parts, range(9), strict=False))[0][1]
    if kind == "half":
        return Fraction(parts[0] - parts[-1], 2)
    return sum(parts) - 3 * abs(parts[0])


LEAVES = st.one_of(
    st.sampled_from([("report", player) for player in PLAYERS]),
    st.sampled_from([("number", c) for c in (0, 1, -2, Fraction(3, 2))]),
)


def grown(trees: Any) -> Any:
    some = st.lists(trees, min_size=1, max_size=3)
    kinds = st.sampled_from(["max", "min", "nearest", "by size", "half", "sum"])
    return st.one_of(
        st.tuples(kinds, some),
        st.tuples(st.just("sorted"), some, st.booleans()),
        st.tuples(st.just("if"), trees, st.sampled_from(["<", "<=", "==", ">", "!="]), trees, trees, trees),
    )


TREES = st.recursive(LEAVES, grown, max_leaves=6)


@settings(max_examples=80, deadline=None)
@given(st.tuples(TREES, TREES, TREES), TREES)
def test_a_random_rule_is_read_right_at_every_profile(scores: Any, price: Any) -> None:
    """Calling the rule profile by profile and evaluating its branches give the same outcomes and payments."""
    ranked = dict(zip(PLAYERS, scores, strict=True))

    @rw.mechanism
    def rule(env: Any, reports: Any) -> Any:
        winner = max(env.players, key=lambda player: value(ranked[player], reports))
        return winner, rw.Profile({"ann": value(price, reports), winner: value(ranked[winner], reports)})

    env = item(-1, 0, Fraction(1, 2), 2)
    with suppress(Untraceable):  # a few have too many branches
        assert_read_right(rule, env)


@settings(max_examples=40, deadline=None)
@given(TREES, st.lists(st.integers(-(2**70), 2**70), min_size=2, max_size=4, unique=True))
def test_numbers_beyond_64_bits_stay_exact(price: Any, values: list[int]) -> None:
    @rw.mechanism
    def rule(env: Any, reports: Any) -> Any:
        return "nobody", rw.Profile({"ann": value(price, reports)})

    with suppress(Untraceable):  # a few have too many branches
        assert_read_right(rule, games.allocation(dict.fromkeys(PLAYERS, values[:2])))


@pytest.mark.parametrize("top", [2**61, 2**62 - 1, 2**63 - 1])
def test_sums_that_would_overflow_do_not(top: int) -> None:
    """int64 holds the values, but neither their sum nor three times one of them."""

    @rw.mechanism
    def rule(env: Any, reports: Any) -> Any:
        bids = list(reports.values())
        return "ann" if sum(bids) > 3 * bids[0] else "bob", rw.Profile({"ann": sum(bids), "bob": 3 * max(bids)})

    assert_read_right(rule, games.allocation(dict.fromkeys(PLAYERS, (-top, 1, top))))


# -- ties --------------------------------------------------------------------------------------------------------------


def test_of_equal_keys_max_takes_the_first_and_min_too() -> None:
    """As Python does: the first of the largest, the first of the smallest; sorted keeps the order of equals."""

    @rw.mechanism
    def rule(env: Any, reports: Any) -> Any:
        best, worst = max(env.players, key=reports.get), min(env.players, key=lambda player: 2 * reports[player])
        up, down = sorted(env.players, key=reports.get), sorted(env.players, key=reports.get, reverse=True)
        places = [env.players.index(player) for player in (best, worst, *up, *down)]
        return best, rw.Profile({"ann": sum(place * 3**k for k, place in enumerate(places))})

    assert_read_right(rule, item(1, 2, 3))


def test_a_question_answered_before_is_not_asked_again() -> None:
    def asks() -> tuple[bool, ...]:
        return X > Y, bool(Y < X), bool(X >= Y), bool(X + 1 > Y + 1), bool(2 * Y - 2 * X < 0), bool(X == X)

    tree, _ = explore(rebuilt(lambda: tuple(map(bool, asks()))))
    found = [(list(map(str, when)), leaf.value) for when, leaf in leaves(tree)]
    assert found[0][1] == (True, True, True, True, True, True)
    assert len(found) == 3  # X > Y, X == Y and X < Y


def test_what_is_given_is_not_asked() -> None:
    tree, _ = explore(rebuilt(lambda: "negative" if X < 0 else "not"), [X >= 0])
    assert [leaf.value for _, leaf in leaves(tree)] == ["not"]
    tree, _ = explore(rebuilt(lambda: "five" if X > 5 else "three" if X > 3 else "less"), [X < 5])
    assert [leaf.value for _, leaf in leaves(tree)] == ["three", "less"]


@given(st.lists(st.tuples(st.sampled_from(["<", "<=", "==", "!=", ">=", ">"]), st.integers(-2, 2)), max_size=6))
def test_facts_know_exactly_what_follows(questions: list[tuple[str, int]]) -> None:
    """Against all quarters from -4 to 4: between whole numbers, one real number is as good as another."""
    compare: dict[str, Callable[[Any, Any], Any]] = {
        "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, "==": lambda a, b: a == b,
        "!=": lambda a, b: a != b, ">=": lambda a, b: a >= b, ">": lambda a, b: a > b,
    }  # fmt: skip
    facts, left = Facts(), [Fraction(k, 4) for k in range(-16, 17)]
    for op, bound in questions:
        truth = compare[op](X, bound)
        answers = {compare[op](x, bound) for x in left}
        assert facts.judge(truth) == (answers.pop() if len(answers) == 1 else None)
        if facts.judge(truth) is False:
            continue
        facts.learn(truth)
        left = [x for x in left if compare[op](x, bound)]


# -- numbers -----------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=6), st.data())
def test_order_statistics_are_those_of_the_numbers(numbers: list[int], data: Any) -> None:
    place = data.draw(st.integers(0, len(numbers) - 1))
    names = [f"x{k % 3}" for k in range(len(numbers))]  # some are the same symbol
    values = {name: (k * 7) % 5 - 2 for k, name in enumerate(dict.fromkeys(names))}
    things = [symbol(name) + number for name, number in zip(names, numbers, strict=True)] + [1]
    found = order(things, place)
    ints, scale = Evaluation({name: (each, 1) for name, each in values.items()}).real(found)
    plain = sorted([values[name] + number for name, number in zip(names, numbers, strict=True)] + [1])
    assert Fraction(int(ints), scale) == plain[place]


def test_of_several_plain_numbers_the_largest_or_smallest_counts() -> None:
    assert str(order((X, 1, 3, 2), 3)) == "max(ann, 3)" and str(order((X, 1, 3, 2), 0)) == "min(ann, 1)"
    assert str(order((X, 1, 3), 1)) == "sorted(ann, 1, 3)[1]"


def test_quotients_are_exact_and_refuse_a_zero_that_is_reached() -> None:
    @rw.mechanism
    def share(env: Any, reports: Any) -> Any:
        return "nobody", rw.Profile({"ann": Fraction(reports["ann"], reports["bob"] + reports["cem"])})

    env = item(1, 2, 3)
    assert_read_right(share, env)
    reading = run(share.function, env, symbols(env))
    with pytest.raises(rw.BadInput, match="zero"):
        grid(item(0, 1)).chosen(reading)
    careful = run(lambda env, r: "ann" if r["ann"] and 1 / r["ann"] > 1 else "bob", env, symbols(env))
    assert grid(item(0, Fraction(1, 2), 1)).chosen(careful)[:, 0, 0].tolist().count(0) == 1


def test_a_value_that_is_missing_is_named() -> None:
    with pytest.raises(rw.BadInput, match=r'no values are given for "bob".*ann'):
        Evaluation({"ann": (np.array([1]), 1)}).truth(X > Y)
    with pytest.raises(rw.BadInput, match="give ints"):
        Evaluation({"ann": (np.array([0.5]), 1)})


def test_shared_subexpressions_are_evaluated_once() -> None:
    most = order((X, Y, Z), 2)
    evaluation = Evaluation({player: (np.arange(3), 1) for player in PLAYERS})
    one, _ = evaluation.real(most)
    two, _ = evaluation.real(order((Z, Y, X), 2))
    assert one is two


def test_it_is_said_where_python_would_round() -> None:
    env = item(1, 2)
    assert run(lambda env, r: ("ann", rw.Profile({"ann": r["ann"] / 3})), env, symbols(env)).rounds
    assert run(lambda env, r: ("ann", rw.Profile({"ann": r["ann"] * 0.5})), env, symbols(env)).rounds
    assert not run(lambda env, r: "ann" if r["ann"] > 0.5 else "bob", env, symbols(env)).rounds
    assert not run(lambda env, r: ("ann", rw.Profile({"ann": Fraction(r["ann"], 3)})), env, symbols(env)).rounds


# -- what cannot be read -----------------------------------------------------------------------------------------------

PRICES = {1: 0, 2: 1}
COUNT = [0]


def matched(bid: Any) -> str:
    match bid:
        case int():
            return "ann"
        case _:
            return "bob"


def quietly(bid: Any) -> str:
    try:
        return "ann" if int(bid) else "bob"
    except Exception:
        return "bob"


def sinking(bid: Any) -> str:
    while bid > 0:
        bid = bid - 1
    return "ann"


def counted(bid: Any) -> str:
    COUNT[0] += 1
    return "ann" if bid > COUNT[0] else "bob"


def bits(bid: Any) -> Any:
    try:
        return bid & 1
    except TypeError:
        return 0


class Tool:
    """Methods are code that nobody rebuilds."""

    def is_int(self, bid: Any) -> str:
        return "ann" if isinstance(bid, int) else "bob"

    def matched(self, bid: Any) -> str:
        return matched(bid)

    @property
    def kind(self) -> Any:
        return lambda bid: "ann" if type(bid) is int else "bob"


TOOL = Tool()
TABLE = {"int": lambda bid: "ann" if isinstance(bid, int) else "bob"}
REGISTER = {matched: 1}


@functools.singledispatch
def dispatched(bid: Any) -> str:
    return "bob"


@dispatched.register
def _(bid: int) -> str:
    return "ann"


UNREADABLE: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a table": (lambda bid: PRICES[bid], "value of a report"),
    "a set": (lambda bid: "ann" if bid in {1, 2} else "bob", "value of a report"),
    "rounding": (lambda bid: "ann" if int(bid) else "bob", "value of a report"),
    "a float": (lambda bid: "ann" if math.sqrt(bid) > 1 else "bob", "value of a report"),
    "remainders": (lambda bid: "ann" if bid % 2 else "bob", "value of a report"),
    "text": (lambda bid: "ann" if f"{bid}" == "1" else "bob", "value of a report"),
    "a type": (lambda bid: "ann" if type(bid) == int else "bob", "Python type"),  # noqa: E721
    "identity": (lambda bid: "ann" if (bid > 1) is True else "bob", "`is` the same"),
    "two reports": (lambda bid: "ann" if bid is X else "bob", "`is` the same"),
    "a class": (lambda bid: "ann" if bid.__class__ in (int, Fraction) else "bob", "__class__"),
    "attributes": (lambda bid: "ann" if hasattr(bid, "terms") else "bob", "asks a report for terms"),
    "what it may have": (lambda bid: "ann" if getattr(bid, "terms", None) else "bob", "asks a report for terms"),
    "its kind": (lambda bid: "ann" if callable(bid) else "bob", "the kind of a report"),
    "text that runs": (lambda bid: "ann" if eval("isinstance(bid, int)", {"bid": bid}) else "bob", "calls eval"),  # noqa: S307
    "all names": (lambda bid: "ann" if globals().get("COUNT") else "bob", "calls globals"),
    "builtins": (lambda bid: "ann" if builtins.isinstance(bid, int) else "bob", "int, a Fraction or a float"),
    "decimals": (lambda bid: "ann" if bid == Decimal(5) else "bob", "a Decimal"),
    "complex": (lambda bid: "ann" if bid == 5 + 0j else "bob", "a complex"),
    "infinity": (lambda bid: "ann" if max(bid, -math.inf) else "bob", "-inf"),
    "no number": (lambda bid: "ann" if bid == math.nan else "bob", "nan"),
    "an array": (lambda bid: "ann" if bid == np.array([1]) else "bob", "array"),
    "bits": (lambda bid: "ann" if bits(bid) else "bob", "value of a report"),
    "shifts": (lambda bid: "ann" if 1 << bid else "bob", "value of a report"),
    "half of a truth": (lambda bid: "ann" if (bid > 1) / 2 else "bob", "with a comparison"),
    "a method": (lambda bid: TOOL.is_int(bid), "calls is_int"),
    "a method that matches": (lambda bid: TOOL.matched(bid), "calls matched"),
    "a property": (lambda bid: TOOL.kind(bid), "calls kind"),
    "a table of functions": (lambda bid: TABLE["int"](bid), "in a container"),
    "a place in a table": (lambda bid: "ann" if matched in {matched: 1} and REGISTER[matched] else "bob", "container"),
    "dispatch": (lambda bid: dispatched(bid), "__class__"),
    "an exit": (lambda bid: sys.exit(1) if bid > 5 else "bob", "SystemExit"),
    "an int": (lambda bid: "ann" if isinstance(bid, int) else "bob", "int, a Fraction or a float"),
    "its parts": (lambda bid: "ann" if hasattr(bid, "numerator") else "bob", "numerator"),
    "a match": (matched, "Python type"),
    "what it hides": (quietly, "value of a report"),
    "no end": (sinking, "in a row"),
    "whim": (counted, "twice"),
    "words": (lambda bid: max(bid, "ann"), "TypeError"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_refused_with_a_reason(name: str) -> None:
    function, reason = UNREADABLE[name]
    env = item(1, 2)
    with pytest.raises(Untraceable, match=reason):
        run(lambda env, reports: function(reports["ann"]), env, symbols(env))


def reserve(bid: Any) -> Any:
    return getattr(reserve, "least", 1) <= bid


reserve.least = 2  # type: ignore[attr-defined]


def counting() -> Callable[[Any], Any]:
    total = 0

    def add(bid: Any) -> None:
        nonlocal total
        total += bid

    def twice(bid: Any) -> str:
        nonlocal total
        total = 0
        add(bid)
        add(bid)
        return "ann" if total > 3 else "bob"

    return twice


class Called:
    """An object that is called is read as a function is."""

    def __call__(self, bid: Any) -> str:
        return "ann" if max(bid, 1) > 1 else "bob"


def imported(bid: Any) -> str:
    from fractions import Fraction as Ratio

    return "ann" if Ratio(bid, 2) > 1 else "bob"


def imports_kinds(bid: Any) -> str:
    from builtins import isinstance as kind

    return "ann" if kind(bid, int | float | Fraction) else "bob"


SAME = {
    "not of a truth": lambda bid: "ann" if ~(bid > 1) else "bob",  # ~True is -2, which counts as true
    "is None": lambda bid: "ann" if bid is not None else "bob",
    "a truth is a bool": lambda bid: "ann" if isinstance(bid > 1, bool) else "bob",
    "and its type": lambda bid: "ann" if type(bid > 1) == bool else "bob",  # noqa: E721
    "attributes of functions": lambda bid: "ann" if reserve(bid) else "bob",
    "cells that functions share": counting(),
    "an object": Called(),
    "an import inside": imported,
    "an import of a builtin": imports_kinds,
    "infinity is larger": lambda bid: "ann" if -math.inf < bid < math.inf else "bob",
}


@pytest.mark.parametrize("name", SAME)
def test_what_is_unusual_is_read_as_python_does_it(name: str) -> None:
    function, env = rebuilt(SAME[name]), item(0, 1, 2, 3)
    original = SAME[name]
    reading = run(lambda env, reports: function(reports["ann"]), env, symbols(env))
    chosen = grid(env).chosen(reading)[:, 0, 0]
    assert [reading.branches[k].outcome for k in chosen] == [original(bid) for bid in (0, 1, 2, 3)]


def test_reading_leaves_profilers_and_the_collector_as_they_were() -> None:
    env, seen = item(1, 2), []

    def profile(frame: Any, event: str, arg: Any) -> None:
        seen.append(event)

    before = sys.getprofile()
    try:
        sys.setprofile(profile)
        run(mechanisms.second_price.function, env, symbols(env))
        assert sys.getprofile() is profile
    finally:
        sys.setprofile(before)
    profiler = cProfile.Profile()
    profiler.enable()
    run(mechanisms.second_price.function, env, symbols(env))
    profiler.disable()
    assert gc.isenabled() and sys.getprofile() is before


def test_an_interrupt_goes_through() -> None:
    def interrupted(env: Any, reports: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(interrupted, item(1, 2), symbols(item(1, 2)))


@pytest.mark.parametrize("error", [rw.BadInput, ZeroDivisionError])
def test_a_refusal_without_words_is_a_refusal(error: type[Exception]) -> None:
    env = item(1, 2)

    def refusing(env: Any, reports: Any) -> Any:
        if reports["ann"] > 1:
            raise error
        return "ann"

    refusals = [branch.refusal for branch in run(refusing, env, symbols(env)).branches]
    assert sorted(refusals) == ["", error.__name__]


def test_a_huge_factor_of_nothing_is_nothing() -> None:
    ints, scale = Evaluation({"ann": (np.array([0, 0]), 1)}).real(X * 10**30)
    assert (ints.tolist(), scale) == ([0, 0], 1)


def test_a_long_chain_of_comparisons_ends_in_a_reason_wherever_it_is_asked() -> None:
    def chain(env: Any, reports: Any) -> Any:
        for k in range(140):
            if reports["ann"] < k:
                break
        return "ann"

    def deep(left: int) -> Any:
        return deep(left - 1) if left else run(chain, item(1, 2), symbols(item(1, 2)))

    assert len(deep(0).branches) == 141
    with pytest.raises(Untraceable):
        deep(sys.getrecursionlimit() - len(inspect.stack()) - 100)


def test_too_many_branches_are_refused() -> None:
    env = item(1, 2, players=tuple("abcdefgh"))
    with pytest.raises(Untraceable, match="more than 200 branches"):
        run(lambda env, reports: sorted(env.players, key=reports.get)[0], env, symbols(env), limit=200)
    with pytest.raises(Untraceable, match="the time ran out"):
        run(mechanisms.second_price.function, env, symbols(env), until=0)


def test_numbers_that_must_be_checked_are_numbers() -> None:
    """A symbol is a number of whatever kind: gates let it through, and a rule that sells nothing here is refused."""
    env = item(1, 2)
    kinds = run(lambda env, r: "ann" if isinstance(r["ann"], int | float | Fraction) else "bob", env, symbols(env))
    assert [branch.outcome for branch in kinds.branches] == ["ann"]
    elsewhere = run(mechanisms.clarke_pivot.function, env, symbols(env))
    assert [bool(branch.refusal) for branch in elsewhere.branches] == [True]
    for wrong in (lambda env, r: "an", lambda env, r: ("ann", rw.Profile({"dan": 1}))):
        assert [bool(branch.refusal) for branch in run(wrong, env, symbols(env)).branches] == [True]
    free = games.allocation({"ann": (1,), "bob": (1,)}, transfers=None)
    assert run(mechanisms.second_price.function, free, symbols(free)).branches[0].refusal


def test_a_symbol_outside_of_a_run_refuses_to_be_read() -> None:
    with pytest.raises(Untraceable, match="nobody explores"):
        bool(X > Y)


# -- stand-ins ---------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(-3, 3), max_size=5), st.booleans())
def test_on_plain_numbers_stand_ins_do_what_the_originals_do(numbers: list[int], reverse: bool) -> None:
    def key(number: int) -> int:
        return abs(number)

    for name in ("max", "min"):
        mine, original = STAND_INS[id(getattr(builtins, name))], getattr(builtins, name)
        assert mine(numbers, default=None) == original(numbers, default=None)
        assert mine(iter(numbers), key=key, default=None) == original(numbers, key=key, default=None)
        if len(numbers) > 1:
            assert mine(*numbers) == original(*numbers) and mine(*numbers, key=key) == original(*numbers, key=key)
    mine = STAND_INS[id(sorted)]
    assert mine(numbers, reverse=reverse) == sorted(numbers, reverse=reverse)
    assert mine(numbers, key=key, reverse=reverse) == sorted(numbers, key=key, reverse=reverse)


def test_a_function_is_rebuilt_with_all_that_it_reaches() -> None:
    """Defaults, closures, recursion and nested functions; the original is not touched."""
    most = max

    def outer(values: Any, pick: Any = min) -> Any:
        def inner(left: list[Any]) -> Any:
            return 0 if not left else most(left[0], inner(left[1:]))

        return inner(list(values)) - pick(values)

    assert str(rebuilt(outer)((X, Y))) == "max(ann, max(bob, 0)) - min(ann, bob)"
    assert rebuilt(outer)((3, 5)) == outer((3, 5)) == 2


def test_the_environment_on_a_continuum_takes_what_lies_between() -> None:
    env = games.rationing({"ann": (1,), "bob": (1,)}, amount=2, step=1)
    between = rw.Profile({"ann": Fraction(1, 3), "bob": Fraction(5, 3)})
    with pytest.raises(rw.BadInput):
        env.space.point(between)
    assert opened(env).space.point(between) == {}
    for wrong in (rw.Profile({"ann": 2}), "ann", 2):
        with pytest.raises(rw.BadInput):
            opened(env).space.point(wrong)
    with pytest.raises(rw.BadInput):
        opened(item(1)).space.point(3)


def test_branches_of_the_textbook_auction_cover_all_profiles_once() -> None:
    """The ways of a fork exclude each other and one of them holds."""
    env = item(0, 1, 2, 3)
    reading, evaluation = run(mechanisms.vcg.function, env, symbols(env)), grid(env)
    holds = np.zeros((len(reading.branches), *env.sizes), dtype=int)
    for k, branch in enumerate(reading.branches):
        holds[k] = np.logical_and.reduce([np.broadcast_to(evaluation.truth(t), env.sizes) for t in branch.when])
    assert (holds.sum(axis=0) == 1).all()
    assert (holds.argmax(axis=0) == evaluation.chosen(reading)).all()


def test_the_order_of_players_does_not_matter_for_what_is_read() -> None:
    for seed in range(5):
        players = list(PLAYERS)
        random.Random(seed).shuffle(players)
        env = item(0, 1, 2, players=tuple(players))
        assert_read_right(mechanisms.second_price, env)
