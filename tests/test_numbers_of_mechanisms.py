"""The literature's numbers on mechanisms and impossibilities, each found by a search and by a few lines of its own.

Tested elsewhere: values 1..4 with payments capped (25/8; 5/2, 23/8, 3, 149/48), the Brier loss and winner-takes-all
forecasting, inspection by verdicts and as a mixed equilibrium: test_numbers.py. Persuasion with a margin (.6):
test_frontier.py. Two goods U[0,1] ((12 + 2√2)/27), unit demand (2/(3√3)) and U[4,16] x U[4,7] (88/9): test_menus.py
and, on grids, test_lazy.py. The published redistribution rule keeps its promise: test_money_rules.py.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright import games, mechanisms
from rulewright.mechanisms.cases import Case, misreports
from rulewright.mechanisms.goals import objective
from rulewright.mechanisms.measures import payment, value
from rulewright.mechanisms.properties.budget import all_payments
from rulewright.mechanisms.properties.welfare_functions import independent_of_irrelevant_alternatives, weak_pareto

F = Fraction
Number = Any
SELLING = rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue)

# -- the best auction of one item --------------------------------------------------------------------------------------


def ironed(values: Sequence[int], chances: Sequence[Fraction]) -> list[Fraction]:
    """Slopes of the least concave curve above what each price earns against its chance to sell (Myerson 1981)."""
    sold = [sum(chances[k:], F(0)) for k in range(len(values), -1, -1)]
    earned = [F(0), *(v * q for v, q in zip(reversed(values), sold[1:], strict=True))]
    n = len(values)
    slopes = [
        min(max((earned[b] - earned[a]) / (sold[b] - sold[a]) for b in range(k, n + 1)) for a in range(k))
        for k in range(1, n + 1)
    ]
    return slopes[::-1]


def myerson(players: Sequence[tuple[Sequence[int], Sequence[Fraction]]]) -> Fraction:
    """The expectation of the highest ironed virtual value, or of 0 where none is above (Myerson 1981; Elkind 2007)."""
    best = F(0)
    for each in itertools.product(*(list(zip(ironed(*p), p[1], strict=True)) for p in players)):
        best += max(F(0), *(virtual for virtual, _ in each)) * math.prod(chance for _, chance in each)
    return best


@pytest.mark.parametrize("k", range(1, 11))
@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_best_auction_on_every_grid_up_to_ten(n: int, k: int) -> None:
    """n bidders, values 1..k: to the last digit the expected highest of 2 v - k, as k - v values are above v."""
    design = rw.search(games.allocation({f"bidder {i}": tuple(range(1, k + 1)) for i in range(n)}), SELLING)
    best = sum(max(0, 2 * max(each) - k) for each in itertools.product(range(1, k + 1), repeat=n))
    assert (design.status, design.value) == ("optimal", F(best, k**n))
    assert myerson([(range(1, k + 1), [F(1, k)] * k)] * n) == design.value
    if k in (2, 6):
        assert design.check() is True


bidder = st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True).flatmap(
    lambda values: st.tuples(
        st.just(tuple(sorted(values))), st.lists(st.integers(1, 9), min_size=len(values), max_size=len(values))
    )
)


@settings(max_examples=25, deadline=None)
@given(st.lists(bidder, min_size=1, max_size=3), st.booleans())
def test_the_best_auction_for_bidders_unlike_each_other(drawn: Any, structure: bool) -> None:
    """Any values and chances, ironed where a higher value is worth less to the seller (Myerson 1981)."""
    players = [(values, [F(w, sum(weights)) for w in weights]) for values, weights in drawn]
    types = {f"bidder {i}": values for i, (values, _) in enumerate(players)}
    prior = {name: dict(zip(*players[i], strict=True)) for i, name in enumerate(types)}
    design = rw.search(games.allocation(types, prior=prior), SELLING, structure=structure)
    assert (design.status, design.value) == ("optimal", myerson(players))


def test_no_auction_by_enumeration_earns_more() -> None:
    """All 19683 ways to give one item to two bidders worth 1, 2 or 4: who wins pays the least bid that would."""
    values = (1, 2, 4)
    profiles = list(itertools.product(range(3), repeat=2))
    best = 0
    for winners in itertools.product((None, 0, 1), repeat=9):
        won = dict(zip(profiles, winners, strict=True))
        total = 0
        for (a, b), winner in won.items():
            if winner is None:
                continue
            wins = [(won[k, b] if winner == 0 else won[a, k]) == winner for k in range(3)]
            if wins != sorted(wins):
                break  # a higher bid loses
            total += values[wins.index(True)]
        else:
            best = max(best, total)
    design = rw.search(games.allocation({"ann": values, "bob": values}), SELLING)
    assert (design.status, design.value) == ("optimal", F(best, 9))
    assert myerson([(values, [F(1, 3)] * 3)] * 2) == F(best, 9)


@pytest.mark.parametrize(("n", "limit"), [(1, F(1, 4)), (2, F(5, 12)), (3, F(17, 32))])
def test_uniform_values_on_the_unit_interval(n: int, limit: Fraction) -> None:
    """n bidders U[0,1]: 1/4, 5/12, 17/32 (Myerson 1981); on k/m the distance falls like 1/m, BIC as DSIC."""
    goal = rw.Goal((rw.bayesian_incentive_compatible, rw.interim_individually_rational), rw.revenue)
    far = {}
    for m in (10, 40, 160):
        grid = tuple(F(k, m) for k in range(1, m + 1))
        design = rw.search(rw.Crowd("uniform", n, grid), goal)
        assert design.status == "optimal"
        far[m] = design.value - limit
        if m == 10:  # what can be had on average can be had in dominant strategies (Manelli and Vincent 2010)
            certain = rw.search(games.allocation({f"bidder {i}": grid for i in range(n)}), SELLING)
            assert certain.value == design.value
    assert all(0 < far[m] < F(1, m) for m in far)
    assert 3 < far[10] / far[40] < 5 and 3 < far[40] / far[160] < 5


# -- two goods ---------------------------------------------------------------------------------------------------------


def test_prices_beside_the_best_earn_less() -> None:
    """Two goods U[0,1]: 2/3 for one and (4 - √2)/3 for both earn (12 + 2√2)/27 (Manelli and Vincent 2006)."""

    def earned(single: Number, both: Number) -> Number:
        menu = mechanisms.menu([((1, 0), single), ((0, 1), single), ((1, 1), both)])
        return menu.revenue(games.buyer(2))

    single, both, step = F(2, 3), F((4 - math.sqrt(2)) / 3), F(1, 1000)
    best = earned(single, both)
    assert abs(float(best) - (12 + 2 * math.sqrt(2)) / 27) < 1e-12
    for one, two in itertools.product((-step, 0, step), repeat=2):
        if one or two:
            assert earned(single + one, both + two) < best


# -- redistribution ----------------------------------------------------------------------------------------------------


@mechanisms.for_all(misreports, "Groves", equal=True)
def groves(rule: Any, env: Any, case: Any) -> tuple[Any, Any]:
    """What a player pays and what the others get sum to the same whatever she reports (Groves 1973).

    Where values may be any between 0 and 1 that is what strategyproof and efficient come to (Holmström 1979); on the
    grid 0, 1 it has to be said, as a winner could there be asked for any price from 0 to 1.
    """
    total = payment(env, case.player)
    for other in env.players:
        if other != case.player:
            total = total + value(env, other, case.types[other])
    return rule.expect(total, env, case.types), rule.expect(total, env, case.reports)


def share_kept(units: int) -> Any:
    """The smallest share of what the (units + 1)-th highest bid would collect that stays with the players."""

    @objective
    def share(rule: Any, env: Any) -> list[Any]:
        """The smallest share of the revenue that is given back."""
        parts = []
        for types in env.profiles():
            revenue = units * sorted(types.values(), reverse=True)[units]
            if revenue:
                parts.append(1 + rule.expect(all_payments(env), env, types) * F(-1, revenue))
        return parts

    return share


SHARES = {
    (3, 1): F(1, 3), (4, 1): F(4, 7), (4, 2): F(1, 4), (5, 1): F(11, 15), (5, 2): F(5, 11), (5, 3): F(1, 5),
    (6, 1): F(26, 31), (6, 2): F(8, 13), (6, 3): F(3, 8), (6, 4): F(1, 6),
}  # fmt: skip


def redistributed(values: tuple[int, ...], n: int, m: int, *asked: Any) -> rw.Design:
    env = games.units({f"player {i}": values for i in range(n)}, m)
    required = (*asked, rw.individually_rational, rw.efficient, rw.no_deficit)
    return rw.search(env, rw.Goal(required, share_kept(m)))


@pytest.mark.parametrize(("players", "units"), SHARES)
def test_the_largest_share_that_can_be_given_back(players: int, units: int) -> None:
    """1 - C(n-1,m) / (C(n-1,m) + ... + C(n-1,n-1)), found among all rebates on values 0 and 1 (Guo and Conitzer 2009;
    Moulin 2009)."""
    design = redistributed((0, 1), players, units, groves)
    n, m = players, units
    promise = 1 - F(math.comb(n - 1, m), sum(math.comb(n - 1, j) for j in range(m, n)))
    assert (design.status, design.value) == ("optimal", promise)
    assert promise == SHARES[players, units] and design.check() is True


@pytest.mark.parametrize(("players", "units"), [(3, 1), (4, 1), (4, 2)])
def test_with_more_values_the_share_is_no_smaller(players: int, units: int) -> None:
    """The worst case is among values 0 and 1: with 0, 1, 2 the share is the same (Moulin 2009)."""
    assert redistributed((0, 1, 2), players, units, groves).value == SHARES[players, units]


def test_on_two_values_honesty_alone_asks_for_less() -> None:
    """A negative control: with types 0 and 1 alone, winners who pay nothing are honest, and all is kept."""
    assert redistributed((0, 1), 4, 2, rw.strategyproof).value == 1


# -- a facility on a line ----------------------------------------------------------------------------------------------


@objective
def approximation(rule: Any, env: Any) -> list[Any]:
    """Minus the worst ratio of the largest expected distance to half the span, where the middle is a point."""
    parts = []
    for types in env.profiles():
        low, high = min(types.values()), max(types.values())
        if high > low and (high - low) % 2 == 0:

            def farthest(x: Any, low: Any = low, high: Any = high) -> Any:
                return max(x - low, high - x)

            parts.append(rule.expect(farthest, env, types) * F(-2, high - low))
    return parts


@pytest.mark.parametrize(("players", "last"), [(2, 4), (2, 6), (3, 3)])
def test_a_facility_is_within_twice_the_optimum_and_with_lots_within_three_halves(players: int, last: int) -> None:
    """The largest distance: 2 for rules that draw no lots, 3/2 for those that do (Procaccia and Tennenholtz 2013)."""
    env = games.location({f"player {i}": tuple(range(last + 1)) for i in range(players)})
    goal = rw.Goal((rw.strategyproof,), approximation)
    without, with_lots = (rw.search(env, goal, deterministic=d) for d in (True, False))
    assert (without.status, without.value) == ("optimal", -2)
    assert (with_lots.status, with_lots.value) == ("optimal", F(-3, 2)) and with_lots.check() is True
    assert rw.search(env, rw.Goal((), approximation)).value == -1, "without honesty the middle is chosen"


# -- contracts, audits, contests ---------------------------------------------------------------------------------------


def once(types: dict[str, Any]) -> Callable[[Any], Iterator[Case]]:
    """One question, about these types."""
    return lambda env: iter([Case(rw.Profile(types))])


def wage(rule: Any, env: Any, success: Fraction) -> Any:
    """The expected wage where success has this chance."""
    paid = payment(env, "agent") * -1
    return sum(
        rule.expect(paid, env, rw.Profile({"agent": result})) * chance
        for result, chance in (("success", success), ("failure", 1 - success))
    )


@mechanisms.for_all(once({}), "effort pays")
def effort_pays(rule: Any, env: Any, case: Any) -> tuple[Any, Any]:
    """Effort at a cost of 1, success .8, is no worse to the agent than none, success .4 (Holmström 1979)."""
    return wage(rule, env, F(4, 5)) - 1, wage(rule, env, F(2, 5))


@mechanisms.for_all(once({}), "the agent takes part")
def takes_part(rule: Any, env: Any, case: Any) -> tuple[Any, Any]:
    """The wage is worth the effort."""
    return wage(rule, env, F(4, 5)) - 1, 0


@pytest.mark.parametrize(("least", "expected"), [(0, 2), (F(1, 2), 2 + F(1, 2)), (None, 1)], ids=str)
def test_the_cheapest_contract(least: Number, expected: Number) -> None:
    """Wage at least 0: 5/2 on success, 2 expected, rent 1; without that bound no rent (Innes 1990, derived).

    Effort is worth .4 times the difference of the two wages, which must be at least 5/2.
    """
    env = rw.Environment(
        "contract", {"agent": ("success", "failure")}, ("done",), lambda player, outcome, result: 0,
        prior={"agent": {"success": F(4, 5), "failure": F(1, 5)}}, transfers=(None, None if least is None else -least),
    )  # fmt: skip
    design = rw.search(env, rw.Goal((effort_pays, takes_part), rw.revenue))
    assert (design.status, design.value, design.check()) == ("optimal", -expected, True)
    success, failure = (-design.rule.result(env, {"agent": each})[1]["agent"] for each in env.types["agent"])
    assert success - failure >= F(5, 2)
    assert least is None or (success, failure) == (least + F(5, 2), least)


@pytest.mark.parametrize(("gain", "penalty"), [(1, 3), (2, 1), (F(1, 2), 5)])
def test_the_rarest_audit_that_deters(gain: Number, penalty: Number) -> None:
    """Honest iff p (F + g) >= g, so at best g / (g + F) of the cases are audited (Becker 1968, derived)."""
    env = rw.Environment(
        "audits", {"agent": ("tempted",)}, ("audit", "rest"),
        lambda player, outcome, type: -penalty if outcome == "audit" else gain,
    )  # fmt: skip

    @mechanisms.for_all(once({"agent": "tempted"}), "deterred")
    def deterred(rule: Any, env: Any, case: Any) -> tuple[Any, Any]:
        """Who cheats expects no gain."""
        return 0, rule.expect(rw.worth(env, "agent", "tempted"), env, case.types)

    @objective
    def unaudited(rule: Any, env: Any) -> list[Any]:
        """How often nobody is audited."""
        return [rule.expect(lambda outcome: int(outcome == "rest"), env, rw.Profile({"agent": "tempted"}))]

    design = rw.search(env, rw.Goal((deterred,), unaudited))
    assert (design.status, 1 - design.value, design.check()) == ("optimal", F(gain) / (gain + penalty), True)


@pytest.mark.parametrize(
    ("n", "prize", "step", "most"), [(2, 4, F(1, 4), 3), (2, 9, F(1, 4), 4), (3, 9, F(1, 2), 5), (4, 16, 1, 5)]
)
def test_contestants_spend_a_share_of_the_prize(n: int, prize: int, step: Number, most: int) -> None:
    """The one pure equilibrium on a grid that holds it: e* = (n - 1) V / n² each (Tullock 1980)."""
    efforts = tuple(k * F(step) for k in range(int(most / step) + 1))
    payoffs = np.empty((len(efforts),) * n + (n,), dtype=object)
    for place in itertools.product(range(len(efforts)), repeat=n):
        spent = [efforts[k] for k in place]
        for i, own in enumerate(spent):
            payoffs[(*place, i)] = prize * (own / sum(spent) if sum(spent) else F(1, n)) - own
    solution = rw.solve(rw.NormalForm("contest", {f"player {i}": efforts for i in range(n)}, payoffs), "pure")
    (equilibrium,) = solution.equilibria
    assert solution.complete and equilibrium.check()
    assert all(mix[F((n - 1) * prize, n * n)] == 1 for mix in equilibrium.strategies.values())


# -- impossibilities ---------------------------------------------------------------------------------------------------

TWO, THREE, ABC = ("ann", "bob"), ("ann", "bob", "cem"), ("a", "b", "c")
IMPOSSIBLE: dict[str, tuple[Callable[[], rw.Environment], tuple[Any, ...]]] = {
    "two voters, three candidates (Gibbard 1973; Satterthwaite 1975)": (
        lambda: games.voting(TWO, ABC),
        (rw.strategyproof, mechanisms.onto, mechanisms.non_dictatorial),
    ),
    "two voters (Arrow 1951)": (
        lambda: games.aggregation(TWO, ABC),
        (weak_pareto, independent_of_irrelevant_alternatives, mechanisms.non_dictatorial),
    ),
    "three voters (Arrow 1951)": (
        lambda: games.aggregation(THREE, ABC),
        (weak_pareto, independent_of_irrelevant_alternatives, mechanisms.non_dictatorial),
    ),
    "three voters, ties, sets (Brandt, Saile and Stricker 2018)": (
        lambda: games.irresolute(THREE, ABC, ties=True),
        (mechanisms.fishburn_strategyproof, mechanisms.pareto_optimal, mechanisms.anonymous),
    ),
    "three voters, three of four seats (Peters 2018)": (
        lambda: games.committees(THREE, tuple("abcd"), 3),
        (mechanisms.subset_strategyproof, mechanisms.party_proportional),
    ),
}


@pytest.mark.parametrize("theorem", IMPOSSIBLE)
def test_no_rule_can(theorem: str) -> None:
    """Through the public door: no rule, all requirements are to blame, and the checker accepts the proof."""
    make, required = IMPOSSIBLE[theorem]
    design = rw.search(make(), rw.Goal(required), deterministic=True, method="sat")
    assert (design.status, design.rule) == ("infeasible", None)
    assert design.conflicts == (tuple(p.name for p in required),)
    assert design.core and design.check() is True


@pytest.mark.parametrize("theorem", list(IMPOSSIBLE)[:2])
def test_with_one_requirement_less_a_rule_can(theorem: str) -> None:
    """The negative control: the last requirement left out, a rule is found (the other theorems: test_choice.py)."""
    make, required = IMPOSSIBLE[theorem]
    design = rw.search(make(), rw.Goal(required[:-1]), deterministic=True, method="sat")
    assert design.status == "feasible" and all(v.status == "proved" for v in design.verdicts)


def test_two_voters_and_three_candidates_have_two_rules() -> None:
    """Strategyproof and onto: the two dictatorships, by enumeration (Gibbard 1973; Satterthwaite 1975)."""
    env = games.voting(TWO, ABC)
    found = rw.enumerate_rules(env, rw.Goal((rw.strategyproof, mechanisms.onto)))
    assert found.complete and found.check()
    tables = {tuple(rule(env, types) for types in env.profiles()) for rule in found}
    assert len(found) == 2 and tables == {tuple(types[v][0] for types in env.profiles()) for v in TWO}


@pytest.mark.parametrize("voters", [TWO, THREE], ids=len)
def test_as_many_welfare_functions_as_voters(voters: tuple[str, ...]) -> None:
    """IIA and unanimity for three alternatives: exactly the dictators, 2 and 3 of them (Arrow 1951)."""
    env = games.aggregation(voters, ABC)
    found = rw.enumerate_rules(env, rw.Goal((weak_pareto, independent_of_irrelevant_alternatives)))
    tables = {tuple(rule(env, types) for types in env.profiles()) for rule in found}
    assert found.complete and len(found) == len(voters)
    assert tables == {tuple(types[v] for types in env.profiles()) for v in voters}


@pytest.mark.parametrize("n", range(2, 9))
def test_trade_fails_where_the_virtual_surplus_is_negative(n: int) -> None:
    """Efficient, BIC, interim IR, balanced on values 1..n (Myerson and Satterthwaite 1983): up to n = 5, not from 6.

    A buyer worth b and a seller worth s have virtual values 2 b - n and 2 s - 1; a rule exists iff they sum to at least
    0 over all trades b > s (at b = s a trade would lose n - 1).
    """
    surplus = sum((2 * b - n) - (2 * s - 1) for b in range(1, n + 1) for s in range(1, b))
    values = tuple(range(1, n + 1))
    env = rw.Environment(
        "trade", {"seller": values, "buyer": values}, ("keep", "trade"),
        lambda player, outcome, v: 0 if outcome == "keep" else v if player == "buyer" else -v, transfers=(None, None),
    )  # fmt: skip
    required = (rw.efficient, rw.bayesian_incentive_compatible, rw.interim_individually_rational, rw.budget_balanced)
    design = rw.search(env, rw.Goal(required))
    assert bool(design) is (surplus >= 0) is (n <= 5) and design.check() is True
    assert design.status == ("feasible" if surplus >= 0 else "infeasible")
    assert not design or all(v.status == "proved" and f"{n} x {n}" in v.domain for v in design.verdicts)
    assert design or str(n * n) in design.why, "the grid of types is part of the verdict"
