"""Menus for one buyer: by construction strategyproof, their revenue to the last digit, and the search for good ones."""

from __future__ import annotations

import itertools
import math
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright.games import buyer
from rulewright.games.reals import Reals
from rulewright.mechanisms import menu, menus
from rulewright.solvers.searching.menus.ascent import Market, grow, polish, repriced, smoothed
from rulewright.solvers.searching.menus.bound import myerson_price, revenue_bound, sold_alone
from rulewright.solvers.searching.menus.search_menus import search_menus
from rulewright.solvers.searching.menus.ways import known_ways

HALF, TWO_THIRDS = Fraction(1, 2), Fraction(2, 3)
MOST = rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue)

shares = st.fractions(0, 1, max_denominator=6)
prices = st.fractions(0, 3, max_denominator=8)
two_goods = st.lists(st.tuples(st.tuples(shares, shares), prices), min_size=1, max_size=4)
intervals = st.tuples(st.fractions(0, 2, max_denominator=4), st.fractions("1/4", 3, max_denominator=4)).map(
    lambda pair: (pair[0], pair[0] + pair[1])
)


def paid_by(options: Any, values: Any) -> Fraction:
    """The definition: the price of what is best for the buyer; of equals the dearest."""
    every = [(tuple(0 for _ in values), 0), *options]
    worth = [sum(Fraction(v) * q for v, q in zip(values, each, strict=True)) - price for each, price in every]
    return max(Fraction(price) for (_, price), w in zip(every, worth, strict=True) if w == max(worth))


# -- the rule ----------------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(two_goods, st.lists(st.tuples(shares, shares), min_size=2, max_size=6, unique=True))
def test_every_menu_is_strategyproof_and_rational_on_any_types(options: Any, types: Any) -> None:
    env = buyer(2).among(types)
    assert all(v.status == "proved" for v in rw.verify(menu(options), env, rw.strategyproof, rw.individually_rational))
    for t in types:
        outcome, paid = menu(options)(env, {"buyer": t})
        assert paid["buyer"] == paid_by(options, t)
        got = tuple(outcome["buyer"][good] for good in env.space.goods)
        assert (got, paid["buyer"]) in [((0, 0), 0), *options]


def test_of_equals_the_dearest_then_the_first() -> None:
    env = buyer(2).among([(1, 1), (1, 2)])
    tied = menu([((1, 0), HALF), ((0, HALF), 0), ((1, HALF), 1), ((HALF, 1), 1)])
    outcome, paid = tied(env, {"buyer": (1, 1)})
    assert paid["buyer"] == 1 and outcome["buyer"] == {"good 1": 1, "good 2": HALF}


@pytest.mark.parametrize("one_good", [menu([(1, HALF)]), menu([(HALF, Fraction(1, 5)), (1, HALF)]), menu([(1, 0.3)])])
def test_over_all_real_values_of_one_good(one_good: Any) -> None:
    for property in (rw.strategyproof, rw.individually_rational):
        assert rw.verify(one_good, buyer(1).grid(2), property, over=Reals(0)).status == "proved"


def test_a_list_whose_prices_depend_on_the_report_is_no_menu() -> None:
    """The negative control: the same choice, at a price that moves with the report."""
    honest = menu([((1, 0), HALF), ((0, 1), HALF), ((1, 1), Fraction(3, 4))])

    @rw.mechanism
    def haggler(env: Any, reports: Any) -> Any:
        """The menu, and a tenth of the first value on top."""
        outcome, paid = honest(env, reports)
        return outcome, rw.Profile({"buyer": paid["buyer"] and paid["buyer"] + reports["buyer"][0] / 10})

    env = buyer(2).grid(5)
    assert rw.verify(honest, env, rw.strategyproof).status == "proved"
    assert rw.verify(haggler, env, rw.strategyproof).status == "refuted"


def test_unit_demand_gets_lotteries_over_single_goods() -> None:
    env = buyer(("a", "b"), demand="unit").grid(4)
    lots = menu([((HALF, HALF), Fraction(1, 5)), ((1, 0), HALF)])
    assert all(v.status == "proved" for v in rw.verify(lots, env, rw.strategyproof, rw.individually_rational))
    outcome, _ = lots(env, {"buyer": (Fraction(3, 8), Fraction(5, 8))})
    assert outcome == rw.games.Lottery({"a": HALF, "b": HALF})
    with pytest.raises(rw.BadInput, match="sum to 2; for a buyer who wants one good"):
        menu([((1, 1), 1)])(env, {"buyer": (Fraction(3, 8), Fraction(5, 8))})
    with pytest.raises(rw.BadInput, match="sum to 2; for a buyer who wants one good"):
        menu([((1, 1), 1)]).revenue(buyer(2, demand="unit"))


def test_a_menu_fits_the_allocation_of_one_item_and_of_shares() -> None:
    one = rw.games.allocation({"ann": (1, 3)})
    assert menu([(1, 2)])(one, {"ann": 3}) == ("ann", {"ann": 2})
    assert menu([(1, 2)])(one, {"ann": 1}) == ("nobody", {"ann": 0})
    two = rw.games.allocation({"ann": ((1, 3), (2, 0))}, ("bread", "wine"))
    assert menu([((0, 1), 2)])(two, {"ann": (1, 3)})[0] == {"ann": {"bread": 0, "wine": 1}}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: menu([]), "the menu is empty"),
        (lambda: menu([((2, 0), 1)]), "option 1 of the menu has a share of 2"),
        (lambda: menu([((1, 0), 1), ((1,), 1)]), "option 2 of the menu names 1 goods"),
        (lambda: menu([((1, 0), float("nan"))]), "the price of option 1 of the menu is nan"),
        (lambda: menu([3]), "a menu is a list of options"),
        (lambda: menu([((1, 0), 1)]).revenue(buyer(3)), "the menu is one of 2 goods, and there are 3"),
        (lambda: menu([((1, 0, 0), 1)]).revenue(buyer(3)), "known exactly up to 2 goods"),
        (lambda: menu([((1, 0), 1)]).estimate(buyer(2), draws=1), "at least 2"),
        (lambda: menu([(1, 1)]).revenue(3), "make one with rulewright.games.buyer"),
        (lambda: menu([((1, 0), 1)]).table(rw.games.allocation({"a": (1,), "b": (1,)})), "has 2 players"),
        (lambda: menu([(1, 1)]).table(rw.games.voting(("ann",), ("x", "y"))), "has other outcomes"),
        (lambda: buyer(0), "the number of goods is 0"),
        (lambda: buyer(2, low=(0, 0, 0)), "low has 3 values for 2 goods"),
        (lambda: buyer(2, high=0), "the first must be at least 0"),
        (lambda: buyer(2, low=-1), "the first must be at least 0"),
        (lambda: buyer(2, demand="units"), 'did you mean "unit"'),
        (lambda: buyer(10**9), "goods, and the limit is"),
        (lambda: buyer(10).grid(100), "types of the buyer, and the limit"),
        (lambda: menus(size=0), "the size of menus is 0"),
        (lambda: menus(size=10**9), "options in a menu, and the limit"),
        (lambda: search_menus(buyer(2), rw.Goal((), rw.welfare), menus()), "makes the revenue large"),
        (lambda: search_menus(buyer(2), rw.Goal((rw.envy_free,), rw.revenue), menus()), "does not know envy_free"),
        (lambda: search_menus(rw.games.allocation({"a": (1,)}), MOST, menus()), "menus are for one buyer"),
        (lambda: search_menus(buyer(2), MOST, "menus"), "needs family=rulewright.mechanisms.menus()"),
        (lambda: search_menus(buyer(2), MOST, menus(), -1), "a budget of at least 0"),
        (lambda: search_menus(buyer(2), MOST, menus(), progress=3), "a function of how much is done"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(wrong: Any, told: str) -> None:
    with pytest.raises(rw.BadInput) as caught:
        wrong()
    assert told in str(caught.value)


# -- what a menu earns -------------------------------------------------------------------------------------------------


def test_published_revenues_to_the_last_digit() -> None:
    # Two goods U[0,1] (Manelli and Vincent 2006)
    bundle = Fraction((4 - math.sqrt(2)) / 3)
    found = menu([((1, 0), TWO_THIRDS), ((0, 1), TWO_THIRDS), ((1, 1), bundle)]).revenue(buyer(2))
    assert abs(float(found) - (12 + 2 * math.sqrt(2)) / 27) < 1e-12
    # unit demand (Pavlov 2011)
    price = Fraction(1 / math.sqrt(3))
    found = menu([((1, 0), price), ((0, 1), price)]).revenue(buyer(2, demand="unit"))
    assert abs(float(found) - 2 / (3 * math.sqrt(3))) < 1e-12
    # U[4,16] x U[4,7] (Daskalakis, Deckelbaum and Tzamos 2017)
    assert menu([((HALF, 1), 8), ((1, 1), 12)]).revenue(buyer(2, 4, (16, 7))) == Fraction(88, 9)
    assert menu([(1, HALF)]).revenue(buyer(1)) == Fraction(1, 4)


@settings(max_examples=20, deadline=None)
@given(two_goods, intervals, intervals)
def test_the_exact_revenue_is_that_of_many_types(options: Any, one: Any, other: Any) -> None:
    """On a fine grid of types, by the definition; the grid errs by at most a cell on either side of each line."""
    sold = buyer(2, (one[0], other[0]), (one[1], other[1]))
    n = 60
    values = [[float(low + (high - low) * Fraction(2 * j + 1, 2 * n)) for j in range(n)] for low, high in (one, other)]
    every = [((0, 0), 0), *options]
    q, p = np.array([each for each, _ in every], dtype=float), np.array([float(price) for _, price in every])
    types = np.array(list(itertools.product(*values)))
    utility = types @ q.T - p
    paid = np.where(utility >= utility.max(axis=1, keepdims=True) - 1e-12, p, -1.0).max(axis=1)
    exact = menu(options).revenue(sold)
    assert isinstance(exact, int | Fraction)
    assert abs(float(exact) - paid.mean()) < 8 * max(p) / n + 1e-9


@settings(max_examples=10, deadline=None)
@given(two_goods)
def test_an_estimate_is_near_the_exact_revenue(options: Any) -> None:
    exact, about = menu(options).revenue(buyer(2)), menu(options).estimate(buyer(2), 20_000, seed=1)
    assert abs(float(exact) - about.mean) <= 6 * about.error + 1e-3
    assert about == menu(options).estimate(buyer(2), 20_000, seed=1)


def test_separate_sale_is_the_sum_of_single_sales() -> None:
    """Independent prices for each set of goods: Myerson's revenue, good by good."""
    sold = buyer(2, (1, 4), (3, 16))
    a, b = myerson_price(1, 3), myerson_price(4, 16)
    assert menu([((1, 0), a), ((0, 1), b), ((1, 1), a + b)]).revenue(sold) == sold_alone(1, 3) + sold_alone(4, 16)


# -- the bound ---------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(two_goods, intervals, intervals)
def test_no_menu_earns_more_than_the_bound(options: Any, one: Any, other: Any) -> None:
    sold = buyer(2, (one[0], other[0]), (one[1], other[1]))
    assert menu(options).revenue(sold) <= revenue_bound(sold) <= sold.welfare


def test_the_bound_is_the_expected_sum_of_virtual_values() -> None:
    """The favoured good counts at its virtual value, if positive, the others at their values: here by drawing."""
    for sold in (buyer(3), buyer(2, (0, 1), (4, 2)), buyer(3, (0, 1, 0), (2, 3, 4))):
        low, high = (np.array([float(x) for x in end]) for end in (sold.low, sold.high))
        values = low + (high - low) * np.random.default_rng(5).random((400_000, len(low)))
        favoured = values.argmax(axis=1)[:, None] == np.arange(len(low))
        counted = np.where(favoured, np.maximum(2 * values - high, 0), values).sum(axis=1).mean()
        always = [
            values.mean(axis=0).sum() - values[:, g].mean() + np.maximum(2 * values[:, g] - high[g], 0).mean()
            for g in range(len(low))
        ]
        assert abs(float(revenue_bound(sold)) - min(counted, *always, values.sum(axis=1).mean())) < 0.01
    assert revenue_bound(buyer(1, 4, 16)) == sold_alone(4, 16) == Fraction(16, 3)


def test_the_expected_welfare_is_exact() -> None:
    assert buyer(2).welfare == 1 and buyer(2, demand="unit").welfare == TWO_THIRDS
    assert buyer(5, demand="unit").welfare == Fraction(5, 6)  # the highest of n is n / (n + 1)
    assert buyer(2, (0, 5), (1, 7), demand="unit").welfare == 6
    values = np.random.default_rng(1).random((10**6, 2)) * [3, 2] + [0, 1]
    assert abs(float(buyer(2, (0, 1), 3, demand="unit").welfare) - values.max(axis=1).mean()) < 0.005


# -- steps of the search -----------------------------------------------------------------------------------------------


def test_the_gradient_is_the_slope() -> None:
    generator = np.random.default_rng(0)
    x, points = generator.random((3, 3)), generator.random((50, 2))
    _, gradient = smoothed(x, points, 0.1)
    for place in itertools.product(range(3), range(3)):
        up, down = x.copy(), x.copy()
        up[place] += 1e-6
        down[place] -= 1e-6
        slope = (smoothed(up, points, 0.1)[0] - smoothed(down, points, 0.1)[0]) / 2e-6
        assert abs(slope - gradient[place]) < 1e-6
    cold, sharp = smoothed(x, points, 1e-4)[0], np.append(x[:, -1], 0)
    chosen = np.hstack([points @ x[:, :-1].T - x[:, -1], np.zeros((50, 1))]).argmax(axis=1)
    assert abs(cold - sharp[chosen].mean()) < 1e-6


def test_a_new_option_adds_what_is_said_and_steps_never_lose() -> None:
    market = Market(buyer(3), 0)
    x = np.array([[1.0, 1, 1, 1.2], [1, 0, 0, 0.7]])
    wanted = np.array([[0.0, 1, 0], [0, 1, 1], [1, 1, 0]])
    gain, more = grow(x, market, wanted)
    assert gain > 0 and abs(market.revenue(more) - market.revenue(x) - gain) < 1e-9
    for shares in wanted:  # no other price of another option adds more
        for price in np.linspace(0.3, 1.5, 25):
            assert market.revenue(np.vstack([x, [*shares, price]])) <= market.revenue(more) + 1e-12
    assert market.revenue(repriced(more, market, math.inf)) >= market.revenue(more)
    pair = Market(buyer(2), 0)
    rough = np.array([[0.5, 0.9, 0.6], [1, 1, 1.2]])
    assert pair.revenue(polish(rough, pair, math.inf)) > pair.revenue(rough)


def test_shares_stay_shares() -> None:
    generator = np.random.default_rng(2)
    x = generator.normal(0.5, 1, (20, 4))
    assert ((found := Market(buyer(3), 0).allowed(x)) >= 0).all() and (found[:, :-1] <= 1).all()
    unit = Market(buyer(3, demand="unit"), 0).allowed(x)
    assert (unit >= 0).all() and (unit[:, :-1].sum(axis=1) <= 1 + 1e-12).all()
    nearest = min(  # the projection, by brute force on a grid of the simplex
        (np.array(q) / 60 for q in itertools.product(range(61), repeat=3) if sum(q) == 60),
        key=lambda q: ((q - np.array([0.9, 0.6, 0.1])) ** 2).sum(),
    )
    row = Market(buyer(3, demand="unit"), 0).allowed(np.array([[0.9, 0.6, 0.1, 1.0]]))[0, :-1]
    assert np.abs(row - nearest).max() < 0.02


# -- the search --------------------------------------------------------------------------------------------------------


def test_one_good_is_myersons_price_and_optimal() -> None:
    design = search_menus(buyer(1, 4, 16), MOST, menus())
    assert (design.status, design.value, design.bound) == ("optimal", Fraction(16, 3), Fraction(16, 3))
    assert design.rule.options == (((0,), 0), ((1,), 8)) and "<" in design._repr_html_()


def test_two_goods_of_manelli_and_vincent() -> None:
    design = search_menus(buyer(2), MOST, menus(size=4))
    most = (12 + 2 * math.sqrt(2)) / 27
    assert 0.5492 <= design.value <= most + 1e-15 and isinstance(design.value, Fraction)
    assert design.value == design.rule.revenue(buyer(2))
    assert design.status == "feasible" and design.bound == Fraction(3, 4)
    assert all(v.status == "proved" for v in design.verdicts) and len(design.verdicts) == 2
    assert "separately earns 1/2" in design.why and "bundle earns 0.544331" in design.why
    assert "all real types" in design.why and "exact" in design.method and "<" in design._repr_html_()


def test_two_goods_of_daskalakis_deckelbaum_and_tzamos() -> None:
    design = search_menus(buyer(2, 4, (16, 7)), MOST, menus(size=3))
    assert design.value >= Fraction(999, 1000) * Fraction(88, 9)
    assert design.value <= Fraction(88, 9)


def test_two_goods_for_unit_demand() -> None:
    design = search_menus(buyer(2, demand="unit"), MOST, menus(size=3))
    assert 0.38489 <= design.value <= 2 / (3 * math.sqrt(3)) + 1e-15


def test_more_goods_beat_both_ways_of_selling() -> None:
    said: list[tuple[int, int]] = []
    design = search_menus(buyer(3), MOST, menus(size=7), progress=lambda *done: said.append(done))
    bundle = max(menu([((1, 1, 1), p / 100)]).estimate(buyer(3), 10**5).mean for p in range(80, 140, 5))
    assert design.value > Fraction(3, 4) + 0.1 and design.value >= bundle + 0.005
    assert design.status == "feasible" and "estimate" in design.method and "standard error" in design.method
    fresh = design.rule.estimate(buyer(3), 10**5, seed=99)
    assert abs(fresh.mean - design.value) < 6 * fresh.error
    assert design.value <= design.bound == Fraction(5, 4) and said == [(k + 1, len(said)) for k in range(len(said))]


def test_a_small_family_gets_a_small_menu() -> None:
    design = search_menus(buyer(2), MOST, menus(size=1))
    assert len(design.rule.options) == 2 and design.value >= Fraction(54433, 100000)
    assert all(len(way.rule.options) <= 3 for way in known_ways(buyer(3, demand="unit"), menus(size=2)) if way.rule)


@pytest.mark.parametrize("unit", [10**9, Fraction(1, 10**9)])
def test_the_unit_does_not_matter(unit: Any) -> None:
    one = search_menus(buyer(2, 1, (3, 2)), MOST, menus(size=2))
    other = search_menus(buyer(2, 1 * unit, (3 * unit, 2 * unit)), MOST, menus(size=2))
    assert other.value == one.value * unit and other.bound == one.bound * unit
    assert other.rule.options == tuple((q, p * unit) for q, p in one.rule.options)


def test_the_same_seed_says_the_same() -> None:
    found = [search_menus(buyer(2, (0, 1), 2), MOST, menus(size=2, seed=7)) for _ in range(2)]
    assert found[0].rule.options == found[1].rule.options and found[0].value == found[1].value
    ways = [[(way.name, way.worth) for way in known_ways(buyer(3), menus(size=1, seed=7))] for _ in range(2)]
    assert ways[0] == ways[1]
    again = pickle.loads(pickle.dumps(found[0].rule))
    assert again.options == found[0].rule.options and str(again) == str(found[0].rule)


def test_out_of_time_it_still_has_a_menu_and_an_interruption_ends_it() -> None:
    design = search_menus(buyer(2), MOST, menus(size=4), time=0)
    assert design.value >= HALF and "before the time ran out" in design.method

    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search_menus(buyer(2), MOST, menus(size=4), progress=stop)
