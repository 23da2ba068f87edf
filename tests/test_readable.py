"""Rules people can read: what the theory says a rule is, told of its table alone, exactly."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright import games, mechanisms
from rulewright.games.numbers import exact
from rulewright.mechanisms.table import pack
from rulewright.mechanisms.tabulated import from_table
from rulewright.solvers.writing.answers import Answers
from rulewright.solvers.writing.fitting import fitted
from rulewright.solvers.writing.readable import Description, describe
from rulewright.solvers.writing.trees import Leaf, Node, tree_of

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
VOTERS = ("ann", "bob", "cem")


def item(n: int, values: Any = (0, 1, 2, 3), **more: Any) -> rw.Environment:
    return games.allocation({p: tuple(values) for p in ("ann", "bob", "cem", "dan")[:n]}, **more)


def same_everywhere(one: Any, other: Any, env: rw.Environment) -> bool:
    """Whether two rules give the same point and the same payments at every profile, asked one by one."""

    def answer(rule: Any, reports: Any) -> Any:
        outcome, paid = rule.result(env, reports)
        point = {k: exact(w) for k, w in env.space.point(outcome).items() if w}
        return point, {p: exact(a) for p, a in paid.items()}

    return all(answer(one, reports) == answer(other, reports) for reports in env.profiles())


def changed(rule: Any, env: rw.Environment, p: int, point: Any = None, more: Any = 0) -> Any:
    """The rule with another point at profile number p, or with more to pay for the last player there."""
    table = rule.table(env)
    points: list[Any] = [table.point(q) for q in range(env.n_profiles)]
    points[p] = point or points[p]
    if table.payments is None:
        return from_table(env, pack(points, None), "changed")
    paid = [list(table.paid(q, env.players).values()) for q in range(env.n_profiles)]
    paid[p][-1] += more
    return from_table(env, pack(points, paid), "changed")


def as_table(rule: Any, env: rw.Environment) -> Any:
    """The rule as a search would return it: a table without its name."""
    return from_table(env, rule.table(env), "a table")


@rw.mechanism
def weighted(env: rw.Environment, reports: Any) -> Any:
    """ann's first choice with probability 1/3, cem's with 2/3."""
    draw = {reports["ann"][0]: THIRD}
    draw[reports["cem"][0]] = draw.get(reports["cem"][0], 0) + 2 * THIRD
    return rw.Lottery(draw)


@rw.mechanism
def by_lot_above(env: rw.Environment, reports: Any) -> Any:
    """The highest bid of at least 2 wins, ties by lot, and who wins pays the larger of 2 and the second bid."""
    top = max(reports.values())
    best = [p for p, t in reports.items() if t == top]
    if top < 2:
        return "nobody"
    price = max(2, sorted(reports.values())[-2]) if len(reports) > 1 else 2
    chance = Fraction(1, len(best))
    return rw.Lottery(dict.fromkeys(best, chance)), rw.Profile({p: chance * price if p in best else 0 for p in reports})


@rw.mechanism
def myerson(env: rw.Environment, reports: Any) -> Any:
    """Virtual values 2 t - 3 for ann and 2 t - 6 for bob (uniform on 0..3 and 0..6) where positive; ann wins ties."""
    worth = {"ann": 2 * reports["ann"] - 3, "bob": 2 * reports["bob"] - 6}
    if max(worth.values()) <= 0:
        return "nobody"
    return max(worth, key=lambda p: worth[p])


@rw.mechanism
def two_of_three(env: rw.Environment, reports: Any) -> Any:
    """ "yes" needs ann, and bob or cem."""
    likes = {p for p, t in reports.items() if t[0] == "yes"}
    return "yes" if "ann" in likes and len(likes) > 1 else "no"


@rw.mechanism
def half_back(env: rw.Environment, reports: Any) -> Any:
    """Second price, and each gets back 1/2 of the lowest other bid plus 1."""
    winner, paid = mechanisms.second_price.result(env, reports)
    back = {p: HALF * min(t for q, t in reports.items() if q != p) + 1 for p in reports}
    return winner, rw.Profile({p: paid[p] - back[p] for p in reports})


@rw.mechanism
def least_winning(env: rw.Environment, reports: Any) -> Any:
    """The highest bid of at least 2 wins, ann before bob before cem, and pays her least report that still wins."""
    winner = mechanisms.second_price_with_reserve(2).result(env, reports)[0]
    if winner == "nobody":
        return winner
    wins = [t for t in env.types[winner] if t >= 2 and mechanisms.second_price(env, reports | {winner: t})[0] == winner]
    return winner, rw.Profile({p: min(wins) if p == winner else 0 for p in reports})


@rw.mechanism
def largest_losing(env: rw.Environment, reports: Any) -> Any:
    """The highest bid wins, ann before bob before cem, and pays her largest report that loses, or nothing."""
    winner = mechanisms.second_price(env, reports)[0]
    loses = [t for t in env.types[winner] if mechanisms.second_price(env, reports | {winner: t})[0] != winner]
    return winner, rw.Profile({p: max(loses, default=0) if p == winner else 0 for p in reports})


def votes(*candidates: str, domain: Any = "all", voters: Any = VOTERS) -> rw.Environment:
    return games.voting(voters, candidates, domain)


LINE = games.location(dict.fromkeys(("ann", "bob"), (0, 1, 2, 5)))
HOUSES = games.assignment(VOTERS, ("x", "y", "z"))
PROJECT = games.public_project(dict.fromkeys(VOTERS, (0, 1, 2, 3)), cost=4)

BACK = "VCG with redistribution: each gets back "
KNOWN: list[tuple[Any, rw.Environment, str]] = [
    (mechanisms.second_price, item(3), "second price"),
    (mechanisms.second_price, item(2, (1, 2, 3)), "second price"),
    (mechanisms.first_price, item(3), "first price"),
    (mechanisms.third_price, item(3), "third price"),
    (mechanisms.second_price_with_reserve(2), item(3), "second price with reserve 2"),
    (mechanisms.second_price_with_reserve(Fraction(5, 2)), item(2), "second price with reserve 5/2"),
    (by_lot_above, item(3), "second price with reserve 2"),
    (by_lot_above, item(1), "posted price 2 for ann"),
    (least_winning, item(3), "second price with reserve 2 (threshold prices)"),
    (largest_losing, item(3, (1, 2, 4)), "second price (lower threshold prices)"),
    (mechanisms.posted_price(2), item(1), "posted price 2 for ann"),
    (mechanisms.posted_price(2), item(2), "posted price 2 for ann, then bob"),
    (mechanisms.vcg, item(3), "second price"),
    (mechanisms.cavallo, item(3), BACK + "1/3 of the second-highest other report"),
    (
        mechanisms.cavallo,
        item(4, (0, 1, 3)),
        BACK + "1/4 of the second-highest other report",
    ),
    (
        mechanisms.worst_case_redistribution,
        item(4, (0, 1, 3)),
        BACK + "2/7 of the second-highest other report minus 1/7 of the third-highest other report",
    ),
    (half_back, item(3), BACK + "1 + 1/2 of the second-highest other report"),
    (myerson, games.allocation({"ann": range(4), "bob": range(7)}, transfers=None), "ranking of bids"),
    (mechanisms.clarke_pivot, PROJECT, "VCG"),
    (mechanisms.dictatorship("bob"), votes("a", "b", "c"), "dictatorship of bob"),
    (mechanisms.random_dictatorship, votes("a", "b", "c"), "random dictatorship"),
    (weighted, votes("a", "b", "c"), "lottery: 1/3 dictatorship of ann, 2/3 dictatorship of cem"),
    (mechanisms.plurality, votes("a", "b", "c"), "plurality"),
    (mechanisms.borda, votes("a", "b", "c"), "borda"),
    (mechanisms.copeland, votes("a", "b", "c"), "copeland"),
    (mechanisms.majority, votes("no", "yes"), "majority for no"),
    (two_of_three, votes("no", "yes"), "winning coalitions"),
    (mechanisms.median, votes("a", "b", "c", domain="single-peaked"), "median"),
    (mechanisms.phantom_median([1]), LINE, "median with phantoms 1"),
    (mechanisms.leftmost, LINE, "leftmost point"),
    (mechanisms.serial_dictatorship(("bob", "cem", "ann")), HOUSES, "serial dictatorship: bob, cem, ann"),
    (mechanisms.random_serial_dictatorship, HOUSES, "random serial dictatorship"),
    (mechanisms.probabilistic_serial, HOUSES, "probabilistic serial"),
    (mechanisms.top_trading_cycles(), HOUSES, "top trading cycles"),
]
IDS = [f"{rule.name} {env.name} {len(env.players)}" for rule, env, _ in KNOWN]


@pytest.mark.parametrize(("rule", "env", "form"), KNOWN, ids=IDS)
def test_a_known_rule_is_named_from_its_table(rule: Any, env: rw.Environment, form: str) -> None:
    told = describe(as_table(rule, env), env)
    assert (told.form, told.exact, told.leaves) == (form, True, 0)
    assert same_everywhere(told.rule, rule, env)
    assert str(told).startswith(form)


@pytest.mark.parametrize(("rule", "env", "form"), KNOWN, ids=IDS)
def test_one_changed_entry_is_noticed(rule: Any, env: rw.Environment, form: str) -> None:
    """Negative control: one entry of the table is another, and the form is not claimed of it."""
    n = env.n_profiles
    for p in (0, n - 1):
        k = next(iter(rule.table(env).point(p)))
        other = changed(rule, env, p, point={(k + 1) % env.space.dimension: 1})
        told = describe(other, env)
        assert told.form != form
        assert told.exact and same_everywhere(told.rule, other, env)
    if env.transfers is not None:
        other = changed(rule, env, n // 2, more=Fraction(1, 7))
        told = describe(other, env)
        assert told.form != form
        assert told.exact and same_everywhere(told.rule, other, env)


def test_a_form_that_was_taken_by_mistake_is_not_called_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule that is told is compared with the table again, whatever the fitting said."""
    with monkeypatch.context() as patch:
        patch.setattr(Answers, "charged_by", lambda self, charge: True)
        told = describe(mechanisms.first_price, item(2))
    assert told.form == "highest bid wins, nobody pays" and not told.exact
    with monkeypatch.context() as patch:
        patch.setattr(Answers, "chosen_by", lambda self, choice: True)
        told = describe(mechanisms.plurality, votes("a", "b", "c"))
    assert not told.exact


def test_a_formula_with_as_many_numbers_as_the_table_is_no_explanation() -> None:
    env = item(2, (1, 2))
    paid = [[[5, 1], [2, 7]], [[0, 3], [8, 4]]]
    told = describe(mechanisms.tabulated(env, [[0, 1], [0, 0]], paid), env)
    assert told.leaves == 4 and told.exact


# -- what theory says of all rules of a kind --------------------------------------------------------------------------


def test_every_strategyproof_rule_of_the_peaks_is_a_generalised_median() -> None:
    """Moulin (1980): on single-peaked preferences; two voters, three points, all 3^9 functions of the two peaks."""
    env = votes("a", "b", "c", domain="single-peaked", voters=("ann", "bob"))
    peak = np.array(["abc".index(t[0]) for t in env.types["ann"]])
    worth = np.array([[t[::-1].index(x) for x in "abc"] for t in env.types["ann"]])
    honest: list[Any] = []
    for each in itertools.product(range(3), repeat=9):
        f = np.array(each).reshape(3, 3)
        table = f[np.ix_(peak, peak)]
        lies = [
            worth[t, table[s, o]] > worth[t, table[t, o]] or worth[t, table[o, s]] > worth[t, table[o, t]]
            for t, s, o in itertools.product(range(4), repeat=3)
        ]
        if not any(lies):
            honest.append(table)
    # what the voters bring about together, each alone, and none: a <= min(x, y), max(x, y) <= b
    families = [w for w in itertools.product(range(3), repeat=4) if w[0] <= min(w[1:3]) and max(w[1:3]) <= w[3]]
    assert len(honest) == len(families)
    forms = set()
    for table in honest:
        told = describe(mechanisms.tabulated(env, table), env)
        assert told.exact and told.leaves == 0, told
        forms.add(told.form.split()[0].rstrip(":"))
    assert {"constant", "dictatorship", "leftmost", "rightmost", "median"} <= forms


def test_every_monotone_committee_is_told_by_its_winning_coalitions() -> None:
    """May (1952) and beyond: the 20 monotone Boolean functions of three voters (Dedekind 1897)."""
    env = votes("no", "yes")
    yes = [t[0] == "yes" for t in env.types["ann"]]
    found = 0
    for each in itertools.product((0, 1), repeat=8):
        f = np.array(each).reshape(2, 2, 2)
        if any((np.diff(f, axis=k) < 0).any() for k in range(3)):
            continue
        found += 1
        told = describe(mechanisms.tabulated(env, f[np.ix_(*[np.array(yes, dtype=int)] * 3)]), env)
        assert told.exact and told.leaves == 0, told
    assert found == 20


def test_a_rule_that_is_not_monotone_is_a_tree() -> None:
    env = votes("no", "yes")
    parity = np.indices((2, 2, 2)).sum(axis=0) % 2
    told = describe(mechanisms.tabulated(env, parity), env)
    assert told.form == "decision tree with 8 leaves" and told.exact


@pytest.mark.parametrize("k", [3, 4, 6])
def test_the_best_price_for_one_buyer_is_posted(k: int) -> None:
    """Riley and Zeckhauser (1983): the price r that makes r P(value >= r) largest."""
    env = item(1, range(1, k + 1))
    design = rw.search(env, rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue))
    best = max(r * (k - r + 1) for r in range(1, k + 1))
    assert describe(design.rule, env).form in [
        f"posted price {r} for ann" for r in range(1, k + 1) if r * (k - r + 1) == best
    ]


def test_ironed_bids_stand_beside_each_other() -> None:
    """Where virtual values are equal the item is given by lot (Myerson 1981): bids of different size in one tier."""

    @rw.mechanism
    def ironed(env: rw.Environment, reports: Any) -> Any:
        rank = {p: {1: 1, 2: 2, 3: 2, 4: 3}[t] for p, t in reports.items()}
        best = [p for p in reports if rank[p] == max(rank.values())]
        return rw.Lottery(dict.fromkeys(best, Fraction(1, len(best))))

    env = item(2, (1, 2, 3, 4), transfers=None)
    told = describe(as_table(ironed, env), env)
    assert told.form == "ranking of bids" and told.leaves == 0
    assert "ann 3 = bob 3 = ann 2 = bob 2" in told.text
    assert same_everywhere(told.rule, ironed, env)


# -- units, shares, bad input -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [10**9, 1e-9, Fraction(1, 3)])
def test_the_unit_of_money_does_not_matter(k: Any) -> None:
    env = item(3, tuple(k * t for t in range(4)))
    told = describe(mechanisms.second_price_with_reserve(2 * k), env)
    assert told.form.startswith("second price with reserve") and told.exact
    assert describe(mechanisms.cavallo, env).form == BACK + "1/3 of the second-highest other report"


def test_shares_told() -> None:
    values = {"ann": ((1, 3), (3, 1)), "bob": ((2, 2),)}
    env = games.allocation(values, ("bread", "wine"), transfers=None)
    halves = {p: dict.fromkeys(env.space.goods, HALF) for p in env.players}
    constant = rw.mechanism("halves")(lambda env, reports: halves)
    told = describe(constant, env)
    assert told.form.startswith("constant: ") and told.exact and told.leaves == 0

    @rw.mechanism
    def better_piece(env: rw.Environment, reports: Any) -> Any:
        k = 0 if reports["ann"] == (3, 1) else 1
        goods = env.space.goods
        return {"ann": {goods[k]: 1}, "bob": {goods[1 - k]: 1}}

    told = describe(better_piece, env)
    assert (told.form, told.exact, told.leaves) == ("decision tree with 2 leaves", True, 2)
    assert "if ann = (1, 3):" in told.text


def test_interdependent_values_are_told_by_constants_and_trees() -> None:
    env = rw.Environment(
        "oil", {"ann": (0, 1), "bob": (0, 1)}, ("ann", "bob"),
        lambda p, x, types: sum(types.values()) if x == p else 0, interdependent=True,
    )  # fmt: skip
    rule = mechanisms.tabulated(env, [[0, 1], [0, 0]])
    told = describe(rule, env)
    assert told.exact and told.leaves and same_everywhere(told.rule, rule, env)


def test_what_cannot_be_described() -> None:
    with pytest.raises(rw.BadInput, match="put @rulewright"):
        describe(lambda env, reports: "ann", item(2))
    many = games.allocation({p: range(60) for p in VOTERS})
    with pytest.raises(rw.GameTooLarge, match="smaller environment"):
        describe(mechanisms.second_price, many)


# -- trees ------------------------------------------------------------------------------------------------------------


def test_a_threshold_is_a_tree_of_two_leaves_and_a_changed_entry_adds_some() -> None:
    env = item(2, (1, 2, 3, 4))
    labels = [int(r["ann"] >= 3) for r in env.profiles()]
    tree = tree_of(env, labels)
    assert isinstance(tree, Node) and tree.leaves == 2 and str(tree.question) == "ann >= 3"
    labels[5] = 1 - labels[5]
    assert tree_of(env, labels).leaves > 2
    assert tree_of(env, [7] * env.n_profiles) == Leaf(7)


def test_bids_are_compared_with_each_other() -> None:
    env = item(2, range(9))
    assert tree_of(env, [int(r["ann"] > r["bob"]) for r in env.profiles()]).leaves == 2


TYPES: list[Callable[[int], Any]] = [
    lambda k: tuple(range(k)),
    lambda k: tuple(Fraction(j, 3) for j in range(k)),
    lambda k: tuple(f"type {j}" for j in range(k)),
    lambda k: tuple(itertools.permutations("abc"))[:k],
    lambda k: tuple((j, k - j) for j in range(k)),
]


@st.composite
def tables(draw: Any) -> tuple[rw.Environment, Any]:
    """A random environment of one to three players with types of any kind, and a random table in it."""
    names = ("ann", "bob", "cem")[: draw(st.integers(1, 3))]
    types = {p: draw(st.sampled_from(TYPES))(draw(st.integers(1, 4))) for p in names}
    money = draw(st.booleans())
    outcomes = ("x", "y", "z")[: draw(st.integers(1, 3))]
    worth = {(p, x): draw(st.integers(-2, 2)) for p in names for x in outcomes}
    env = rw.Environment(
        "random", types, outcomes, lambda p, x, t: worth[p, x] + types[p].index(t) * outcomes.index(x),
        transfers=(None, None) if money else None,
    )  # fmt: skip
    point = st.one_of(
        st.sampled_from([{k: 1} for k in range(len(outcomes))]),
        st.just({0: HALF, len(outcomes) - 1: HALF} if len(outcomes) > 1 else {0: 1}),
    )
    points = draw(st.lists(point, min_size=env.n_profiles, max_size=env.n_profiles))
    amount = st.sampled_from([0, 1, THIRD])
    row = st.lists(amount, min_size=len(names), max_size=len(names))
    paid = draw(st.lists(row, min_size=env.n_profiles, max_size=env.n_profiles)) if money else None
    return env, from_table(env, pack(points, paid), "random")


@settings(max_examples=40, deadline=None)
@given(tables())
def test_any_table_is_told_exactly(pair: tuple[rw.Environment, Any]) -> None:
    env, rule = pair
    told = describe(rule, env)
    assert isinstance(told, Description) and told.exact
    assert same_everywhere(told.rule, rule, env)
    assert told.leaves <= 2 * env.n_profiles


@settings(max_examples=40, deadline=None)
@given(st.lists(st.fractions(-3, 3, max_denominator=5), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_a_linear_formula_is_found_again(weights: list[Fraction], random: Any) -> None:
    rows = [[Fraction(random.randint(-4, 4)) for _ in weights] for _ in range(12)]
    values = [sum(w * x for w, x in zip(weights, row, strict=True)) for row in rows]
    found = fitted(zip(rows, values, strict=True), len(weights))
    assert found is not None
    assert values == [sum(w * x for w, x in zip(found, row, strict=True)) for row in rows]
    if np.linalg.matrix_rank(np.array(rows, dtype=float)) == len(weights):
        assert found == weights
        rows.append(rows[0])
        assert fitted(zip(rows, [*values, values[0] + 1], strict=True), len(weights)) is None
