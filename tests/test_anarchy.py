"""The price of anarchy and of stability: by their definitions, and in the games of the literature."""

from __future__ import annotations

import itertools
import pickle
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rulewright as rw
from rulewright.games import braess, commons, congestion, pigou, prisoners_dilemma, public_goods, public_investment
from rulewright.solvers.anarchy import price_of_anarchy, price_of_stability


def game_of(payoffs: Any, name: str = "game") -> rw.NormalForm:
    shape = np.array(payoffs, dtype=object).shape[:-1]
    return rw.NormalForm(name, {f"p{i}": [str(k) for k in range(n)] for i, n in enumerate(shape)}, payoffs)


def by_hand(game: rw.NormalForm) -> tuple[Any, list[Any]]:
    """The largest sum of payoffs, and the sums at the pure equilibria."""
    sums = {}
    for profile in game.profiles():
        sums[profile] = sum(Fraction(game.payoff(p, profile)) for p in game.players)
    stable = [
        x
        for profile, x in sums.items()
        if all(
            Fraction(game.payoff(p, profile | {p: a})) <= Fraction(game.payoff(p, profile))
            for p, actions in game.actions.items()
            for a in actions
        )
    ]
    return max(sums.values()), stable


SHAPES = st.sampled_from([(2, 2), (3, 2), (2, 2, 2), (3, 3)])


@st.composite
def games(draw: Any, low: int = 0, high: int = 4) -> rw.NormalForm:
    shape = draw(SHAPES)
    n = len(shape) * int(np.prod(shape))
    flat = draw(st.lists(st.integers(low, high), min_size=n, max_size=n))
    return game_of(np.array(flat).reshape(*shape, len(shape)).tolist())


@given(games())
def test_of_welfare_it_is_the_definition(game: rw.NormalForm) -> None:
    best, stable = by_hand(game)
    for price, at in ((price_of_anarchy(game, costs=False), min), (price_of_stability(game, costs=False), max)):
        assert price.best == best and price.check() and price.complete
        if not stable:
            assert price.value is None and "no pure equilibrium" in price.why
        elif at(stable) == 0 < best:
            assert price.value is None and "no bound" in price.why
        else:
            assert price.value == (1 if best == 0 else best / at(stable)) and price.value >= 1


@given(games(low=-4, high=0))
def test_of_costs_it_is_the_definition(game: rw.NormalForm) -> None:
    best, stable = by_hand(game)
    for price, at in ((price_of_anarchy(game, costs=True), min), (price_of_stability(game, costs=True), max)):
        assert price.best == -best and price.check()
        if stable and best < 0:
            assert price.value == at(stable) / best >= 1
        elif stable:
            assert price.value == (1 if at(stable) == 0 else None)


@given(games(low=1), st.integers(1, 50))
def test_units_and_names_change_nothing(game: rw.NormalForm, k: int) -> None:
    price = price_of_anarchy(game)
    for factor in (k, Fraction(1, k), Fraction(k, 10**9)):
        scaled = game.with_payoffs(np.array([Fraction(x) * factor for x in game.payoffs.ravel()], dtype=object).reshape(
            game.payoffs.shape))  # fmt: skip
        assert price_of_anarchy(scaled).value == price.value


@given(games())
def test_stability_is_no_dearer_than_anarchy(game: rw.NormalForm) -> None:
    anarchy, stability = price_of_anarchy(game, costs=False), price_of_stability(game, costs=False)
    if anarchy.value is not None:
        assert stability.value is not None and 1 <= stability.value <= anarchy.value


@given(games(low=1))
def test_mixed_equilibria_can_only_make_it_worse(game: rw.NormalForm) -> None:
    if len(game.players) != 2:
        return
    pure, every = price_of_anarchy(game), price_of_anarchy(game, "nash")
    assert every.value is not None and every.check()
    if pure.value is not None and every.complete:
        assert every.value >= pure.value


# -- known numbers ----------------------------------------------------------------------------------------------------


def test_chicken() -> None:
    """The mixed equilibrium pays 14/3 each; both pure ones pay 9 together and swerving 12."""
    swerve = ("swerve", "straight")
    game = rw.NormalForm("chicken", {"ann": swerve, "bob": swerve}, [[[6, 6], [2, 7]], [[7, 2], [0, 0]]])
    assert price_of_anarchy(game).value == price_of_stability(game).value == Fraction(4, 3)
    assert price_of_stability(game, "nash").reached == Fraction(28, 3)
    assert price_of_anarchy(game, "nash").reached == 9


def test_two_links_two_jobs() -> None:
    """Mixed equilibrium is worse than any pure one: each job on each link with 1/2 costs 3/2 (Koutsoupias and
    Papadimitriou 1999 ask for the largest load; this is the sum)."""
    links = {"left": ("left",), "right": ("right",)}
    game = congestion({"left": (1, 2), "right": (1, 2)}, dict.fromkeys(("ann", "bob"), links))
    assert price_of_anarchy(game).value == 1
    mixed = price_of_anarchy(game, "nash")
    assert (mixed.value, mixed.best, mixed.reached) == (Fraction(3, 2), 2, 3)
    assert mixed.equilibrium is not None and mixed.equilibrium.strategies["ann"]["left"] == Fraction(1, 2)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_sharing_the_cost_of_a_road(n: int) -> None:
    """A common road of cost 1 + e, shared, or own roads of cost 1/k: stability costs nearly the harmonic number
    (Anshelevich et al. 2004)."""
    e = Fraction(1, 100)
    costs = {"common": lambda users: (1 + e) / users} | {f"own {k}": (Fraction(1, k),) * n for k in range(1, n + 1)}
    strategies = {str(k): {"join": ("common",), "alone": (f"own {k}",)} for k in range(1, n + 1)}
    price = price_of_stability(congestion(costs, strategies))
    harmonic = sum(Fraction(1, k) for k in range(1, n + 1))
    assert price.value == harmonic / (1 + e) and price.check()
    assert price_of_anarchy(congestion(costs, strategies)).value == price.value  # the only equilibrium


def test_prisoners() -> None:
    price = price_of_anarchy(prisoners_dilemma())
    assert (price.value, price.best, price.reached) == (3, 6, 2)
    assert price.optimum == {"row": "cooperate", "column": "cooperate"}
    assert price_of_stability(prisoners_dilemma()).value == 3


def test_a_large_game_is_done_by_arrays() -> None:
    """Of 216,000 profiles one is the best, and one is bad and no equilibrium; int64 cannot hold the sums."""
    payoffs = np.full((60, 60, 60, 3), 2**61 + 1)
    payoffs[1, 2, 3], payoffs[4, 5, 6] = 2**61 + 7, 2**61
    game = rw.NormalForm("large", {p: range(60) for p in ("a", "b", "c")}, payoffs)
    price = price_of_anarchy(game)
    assert price.value == Fraction(2**61 + 7, 2**61 + 1) and price.optimum == {"a": 1, "b": 2, "c": 3}


# -- what is told -----------------------------------------------------------------------------------------------------


def test_no_equilibrium_is_told() -> None:
    pennies = game_of([[[1, 0], [0, 1]], [[0, 1], [1, 0]]], "pennies")
    price = price_of_anarchy(pennies)
    assert price.value is None and price.equilibrium is None and price.check()
    assert "no pure equilibrium" in str(price) and "none" in str(price)
    assert price_of_anarchy(pennies, "nash").value == 1


def test_a_ratio_without_a_bound_is_told() -> None:
    price = price_of_anarchy(game_of([[[1, 1], [0, 0]], [[0, 0], [0, 0]]]))
    assert price.value is None and price.why == "the welfare of the equilibrium is 0, so the ratio has no bound"
    mixed_signs = price_of_anarchy(game_of([[[3, 3], [-2, 4]], [[4, -2], [-1, -1]]]))
    assert mixed_signs.value is None and "add a constant" in mixed_signs.why
    free = price_of_anarchy(congestion({"a": (0, 2)}, {p: {"go": ("a",), "stay": ()} for p in ("1", "2")}))
    assert free.costs and free.best == 0


def test_a_wrong_claim_does_not_pass_its_check() -> None:
    price = price_of_anarchy(braess(2))
    assert price.check()
    assert not replace(price, value=Fraction(5, 3)).check()
    assert not replace(price, best=price.best - 1).check()
    assert not replace(price, optimum=rw.Profile(dict.fromkeys(("1", "2"), "shortcut"))).check()
    assert not replace(price, equilibrium=None, reached=None, value=None).check()
    better = price_of_stability(braess(2))
    assert better.reached == 3 and better.value == 1  # each is also at rest on a road of her own
    assert not replace(better, name="price of anarchy").check()


def test_it_shows_itself_and_is_sent_to_another_process() -> None:
    price = price_of_anarchy(pigou(4))
    assert "4/3" in str(price) and "4/3" in price._repr_html_() and repr(price) == str(price)
    assert pickle.loads(pickle.dumps(price)).value == price.value


def test_what_is_refused_is_refused_in_a_sentence() -> None:
    with pytest.raises(rw.BadInput, match='did you mean "nash"'):
        price_of_anarchy(prisoners_dilemma(), "nsah")
    tree = rw.ExtensiveForm("t", ("ann",), rw.games.Terminal({"ann": 1}))
    with pytest.raises(rw.BadInput, match="to_normal_form"):
        price_of_stability(tree)  # type: ignore[arg-type]
    with pytest.raises(rw.BadInput, match="two players"):
        price_of_anarchy(pigou(3), "nash")


# -- the games --------------------------------------------------------------------------------------------------------


def test_a_congestion_game_is_what_it_says() -> None:
    costs = {"a": (1, 5, 7), "b": lambda k: k * k, "c": (0.5, 1, 1.5)}
    strategies = {p: {"ab": ("a", "b"), "c": ("c",), "none": ()} for p in ("x", "y", "z")}
    game = congestion(costs, strategies)
    for each in itertools.product(("ab", "c", "none"), repeat=3):
        profile = dict(zip("xyz", each, strict=True))
        n, m = each.count("ab"), each.count("c")
        pays = {"ab": (0, 1, 5, 7)[n] + n * n, "c": Fraction(m, 2), "none": 0}
        assert [game.payoff(p, profile) for p in "xyz"] == [-pays[s] for s in each]


@pytest.mark.parametrize(
    ("costs", "uses", "words"),
    [
        ({"a": (1,)}, ("a",), "a table with 2 numbers"),
        ({"a": (1, 2)}, ("b",), "there is a"),
        ({"a": (1, 2)}, ("a", "a"), "twice"),
        ({"a": (1, 2)}, "a", "tuple of resources"),
        ({"a": (1, "x")}, ("a",), "must be a number"),
        ({"a": "12"}, ("a",), "must be a number"),
    ],
)
def test_a_congestion_game_that_makes_no_sense_is_refused(costs: Any, uses: Any, words: str) -> None:
    with pytest.raises(rw.BadInput, match=words):
        congestion(costs, {p: {"go": uses} for p in ("ann", "bob")})


def test_a_game_with_too_many_profiles_is_refused() -> None:
    with pytest.raises(rw.GameTooLarge):
        pigou(40)
    with pytest.raises(rw.GameTooLarge):
        public_goods(10, 9)


def test_wrong_numbers_are_refused() -> None:
    for make in (lambda: pigou(0), lambda: public_goods(0), lambda: public_goods(2, -1), lambda: commons(2, 1.5)):  # type: ignore[arg-type]
        with pytest.raises(rw.BadInput, match=r"\w+ \w+ \w+"):
            make()
    with pytest.raises(rw.BadInput, match="or one for each of 2 players"):
        public_goods(2, (1, 2, 3))
    with pytest.raises(rw.BadInput, match="at least two players"):
        public_investment((10, 0))


@pytest.mark.parametrize("v", [0, Fraction(2, 5), 1])
@pytest.mark.parametrize("w", [0, Fraction(39, 40), 1])
def test_public_investment_pays_out_the_fund(v: Any, w: Any) -> None:
    """r times what was contributed, whatever the rule; and equal parts of it for v = 1, w = 1/n."""
    game = public_investment((3, 2, 1), Fraction(8, 5), v, w)
    for profile in game.profiles():
        kept = 6 - sum(profile.values())
        assert sum(game.payoff(p, profile) for p in game.players) == kept + Fraction(8, 5) * sum(profile.values())
    even = public_investment((3, 2, 1), Fraction(8, 5), 1, Fraction(1, 3))
    assert np.all(even.payoffs == public_goods(3, (3, 2, 1), Fraction(8, 15)).payoffs)


@pytest.mark.parametrize(
    ("w", "pays"), [(1, (10.24, 5.12, 5.12, 5.12)), (Fraction(39, 40), (10.112, 5.16267, 5.16267, 5.16267))]
)
def test_a_mixed_rule_brings_everybody_to_give_all(w: Any, pays: tuple[float, ...]) -> None:
    """The rules that are found when the smallest payoff is to be as large as possible."""
    (only,) = rw.solve(public_investment(v=Fraction(2, 5), w=w), "pure")
    assert [s.support[0] for s in only.strategies.values()] == [10, 2, 2, 2]
    assert [float(x) for x in only.payoffs.values()] == pytest.approx(pays, abs=1e-4)


def test_giving_all_is_dominant_when_enough_comes_back() -> None:
    """With v = 1 exactly if w > 1/r = 5/8."""
    for w, holds in ((Fraction(63, 100), True), (Fraction(62, 100), False)):
        game = public_investment((2, 1, 1, 1), v=1, w=w)
        solution = rw.solve(game, "dominant")
        assert bool(len(solution) and solution[0].strategies["1"].support == (2,)) is holds


def test_what_cannot_be_meant_is_said() -> None:
    with pytest.raises(rw.BadInput, match="a tuple of resources"):
        congestion({"r": (1,)}, {"a": {"x": 5}})  # type: ignore[dict-item]
    with pytest.raises(rw.BadInput, match="one endowment a player"):
        public_investment(10)  # type: ignore[arg-type]
