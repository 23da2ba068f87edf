"""Sharing resources and goods, rent and objects: rules against their definitions, and what one detail undoes."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import rulewright as rw
from rulewright.games import Environment, GameTooLarge, Profile
from rulewright.games.dichotomous import dichotomous
from rulewright.games.outcomes import Shares
from rulewright.games.rent import rent
from rulewright.games.resources import resources, tasks
from rulewright.mechanisms.properties.divisions import fractionally_pareto_efficient
from rulewright.mechanisms.properties.resources import (
    population_monotonic,
    resource_efficient,
    resource_monotonic,
    sharing_incentive,
)
from rulewright.mechanisms.rules.divisible import (
    adjusted_winner,
    competitive_equilibrium,
    leximin_shares,
    partial_allocation,
)
from rulewright.mechanisms.rules.division import equal_split
from rulewright.mechanisms.rules.egalitarian import egalitarian_assignment
from rulewright.mechanisms.rules.pivoting import complementary, maximise
from rulewright.mechanisms.rules.rent import maximin_rent
from rulewright.mechanisms.rules.resources import (
    asset_fairness,
    dividing,
    dominant_resource_fairness,
    resource_equilibrium,
    resource_rule,
    static_partition,
)

NAMES = ("ann", "bob", "cem")
EXAMPLE = {"ann": (1, 4), "bob": (3, 1)}
CLUSTER = {"cpu": 9, "memory": 18}
demand = st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6))
value = st.integers(0, 7)


def running(rule: Any, capacities: Any, demands: Any) -> dict[str, Fraction]:
    gets = rule.divide(capacities, demands)
    return {p: tasks(gets[p], d) for p, d in demands.items()}


# -- resources ---------------------------------------------------------------------------------------------------------


def test_the_example_of_nine_processors_and_18_gigabytes() -> None:
    """Ghodsi et al. (2011), sections 4 and 5: 3 and 2 tasks; 2.52 and 2.16; 45/11 and 18/11."""
    assert running(dominant_resource_fairness, CLUSTER, EXAMPLE) == {"ann": 3, "bob": 2}
    assert running(asset_fairness, CLUSTER, EXAMPLE) == {"ann": Fraction(63, 25), "bob": Fraction(54, 25)}
    assert running(resource_equilibrium, CLUSTER, EXAMPLE) == {"ann": Fraction(45, 11), "bob": Fraction(18, 11)}


@settings(max_examples=60, deadline=None)
@given(st.lists(demand, min_size=1, max_size=4), st.tuples(*[st.integers(4, 12)] * 3))
def test_dominant_shares_are_equal_and_as_large_as_can_be(demands: Any, sizes: Any) -> None:
    """Parkes et al. (2015): with demands above 0 all dominant shares are the same, 1 over the largest total demand."""
    capacity = dict(zip("abc", sizes, strict=True))
    named = {f"p{k}": d for k, d in enumerate(demands)}
    counts = running(dominant_resource_fairness, capacity, named)
    shares = [counts[p] * max(Fraction(x, c) for x, c in zip(d, sizes, strict=True)) for p, d in named.items()]
    assert len(set(shares)) == 1
    scaled = [[Fraction(x, c) for x, c in zip(d, sizes, strict=True)] for d in demands]
    assert shares[0] == 1 / max(sum(row[r] / max(row) for row in scaled) for r in range(3))


def test_who_does_not_need_what_is_used_up_goes_on() -> None:
    """Parkes et al. (2015), section 3.1: with demands of 0 the filling goes on, and no resource is wasted."""
    counts = running(dominant_resource_fairness, {"cpu": 1, "memory": 1}, {"ann": (1, 0), "bob": (1, 0), "cem": (0, 1)})
    assert counts == {"ann": Fraction(1, 2), "bob": Fraction(1, 2), "cem": 1}


@settings(max_examples=60, deadline=None)
@given(st.tuples(demand, demand), st.fractions(0, 1, max_denominator=30))
def test_the_equilibrium_of_two_has_the_largest_product(demands: Any, part: Fraction) -> None:
    """No feasible numbers of tasks have a larger product (Varian 1974): the other has what one leaves."""
    named = dict(zip(NAMES, demands, strict=False))
    capacity = dict.fromkeys("abc", 12)
    best = running(resource_equilibrium, capacity, named)
    one = part * tasks(capacity, named["ann"])
    rest = {r: 12 - one * x for r, x in zip("abc", named["ann"], strict=True)}
    assert best["ann"] * best["bob"] >= one * tasks(rest, named["bob"])
    gets = resource_equilibrium.divide(capacity, named)
    assert all(sum(gets[p][r] for p in named) <= 12 for r in "abc")


def test_an_equilibrium_that_is_not_rational_is_refused() -> None:
    """Two scarce resources and three players: the numbers of tasks solve a quadratic equation."""
    with pytest.raises(rw.BadInput, match="not rational"):
        resource_equilibrium.divide({"a": 6, "b": 6}, {"ann": (1, 1), "bob": (1, 2), "cem": (3, 1)})


@pytest.mark.parametrize(("n", "names"), [(3, "ab"), (2, "abc"), (3, "abc")])
def test_every_equilibrium_that_is_found_is_one(n: int, names: str) -> None:
    """Varian (1974): there are prices, 0 for what is not scarce, at which everyone's tasks cost her income of 1."""
    found = 0
    for each in itertools.islice(
        itertools.combinations(itertools.product((1, 2, 4), repeat=len(names)), n), 0, None, 5
    ):
        demands = dict(zip(NAMES, each, strict=False))
        try:
            counts = running(resource_equilibrium, dict.fromkeys(names, 6), demands)
        except rw.BadInput:
            continue
        used = [sum(counts[p] * d[r] for p, d in demands.items()) for r in range(len(names))]
        scarce = [r for r, amount in enumerate(used) if amount == 6]
        assert max(used) <= 6 and scarce
        rows = [[float(counts[p] * d[r]) for r in scarce] for p, d in demands.items()]
        assert linprog([0] * len(scarce), A_eq=rows, b_eq=[1] * n).status == 0
        found += 1
    assert found > 5


# -- one changed detail ------------------------------------------------------------------------------------------------


@resource_rule
def tasks_alike(capacities: Any, demands: Any) -> Any:
    """All run the same number of tasks: dominant resource fairness without the dominant share."""
    most = min(Fraction(c, sum(column)) for c, column in zip(capacities, zip(*demands, strict=True), strict=True))
    return [most] * len(demands)


@resource_rule
def one_per_cent_kept(capacities: Any, demands: Any) -> Any:
    """Dominant resource fairness, with one per cent of every resource kept back."""
    most = max(
        sum(Fraction(row[r], c) / max(Fraction(x, d) for x, d in zip(row, capacities, strict=True)) for row in demands)
        for r, c in enumerate(capacities)
    )
    return [
        Fraction(99, 100) / most / max(Fraction(x, c) for x, c in zip(row, capacities, strict=True)) for row in demands
    ]


@dividing
def thirds(capacities: Any, demands: Any) -> Any:
    """Static partition, but of three shares when there are two players."""
    parts = 2 if len(demands) == 1 else len(demands)
    part = Profile({r: Fraction(c) / parts / 2 if len(demands) < 3 else Fraction(c) / 3 for r, c in capacities.items()})
    return Profile(dict.fromkeys(demands, part))


def cluster(*rules: Any, types: Any = ((1, 1), (1, 2), (2, 1), (5, 3), (3, 5)), n: int = 2) -> Environment:
    return resources(dict.fromkeys(NAMES[:n], types), {"cpu": 30, "memory": 30}, rules=rules)


@pytest.mark.parametrize(
    ("prop", "good", "bad"),
    [
        (sharing_incentive, dominant_resource_fairness, tasks_alike),
        (rw.envy_free, dominant_resource_fairness, tasks_alike),
        (rw.strategyproof, dominant_resource_fairness, tasks_alike),
        (resource_efficient, dominant_resource_fairness, one_per_cent_kept),
        (resource_efficient, dominant_resource_fairness, static_partition),
        (resource_monotonic({"cpu": 45}), static_partition, dominant_resource_fairness),
    ],
    ids=lambda x: x.name,
)
def test_one_changed_detail_is_found(prop: Any, good: Any, bad: Any) -> None:
    env = cluster(good, bad)
    assert rw.verify(good, env, prop).status == "proved"
    found = rw.verify(bad, env, prop)
    assert found.status == "refuted" and found.counterexample is not None and found.counterexample.check()
    assert found.counterexample.case.player in str(found.counterexample)


def test_who_stays_may_lose_when_shares_are_cut_for_fewer() -> None:
    env = cluster(static_partition, thirds, types=((1, 2), (2, 1)), n=3)
    assert rw.verify(static_partition, env, population_monotonic).status == "proved"
    found = rw.verify(thirds, env, population_monotonic)
    assert found.status == "refuted" and found.counterexample is not None and found.counterexample.check()
    assert "leaves" in str(found.counterexample)


def test_pareto_efficiency_among_the_listed_divisions_is_weaker() -> None:
    """One per cent kept back is inefficient, and no listed division shows it; the property of resources does."""
    env = resources({"ann": ((1, 2),), "bob": ((2, 1),)}, {"cpu": 6, "memory": 6}, rules=[one_per_cent_kept])
    assert rw.verify(one_per_cent_kept, env, rw.pareto_efficient)
    assert rw.verify(one_per_cent_kept, env, resource_efficient).status == "refuted"


# -- divisible goods ---------------------------------------------------------------------------------------------------


def owners(values: Any, **more: Any) -> tuple[Environment, Profile[Any]]:
    types = {f"p{k}": (tuple(row),) for k, row in enumerate(values)}
    env = rw.games.allocation(types, "abcd"[: len(values[0])], transfers=None, **more)
    return env, Profile({p: t[0] for p, t in types.items()})


@st.composite
def matrices(draw: Any, players: int = 4) -> Any:
    """Values of two to four players for two to four goods; every player values something."""
    m = draw(st.integers(2, 4))
    row = st.lists(value, min_size=m, max_size=m).filter(any)
    return draw(st.lists(row, min_size=2, max_size=players))


@settings(max_examples=40, deadline=None)
@given(matrices())
def test_in_equilibrium_all_income_is_spent_on_what_is_best_for_it(values: Any) -> None:
    """The definition (Varian 1974): prices that clear, and everyone spends 1 on goods with most worth for the money."""
    env, reports = owners(values)
    gets = competitive_equilibrium(env, reports)
    worth = {p: sum(v * s for v, s in zip(reports[p], gets[p].values(), strict=True)) for p in reports}
    price = [max(Fraction(t[g]) / worth[p] for p, t in reports.items()) for g in range(len(values[0]))]
    for g, good in enumerate(env.space.goods):  # type: ignore[attr-defined]
        assert sum(gets[p][good] for p in reports) == 1
        assert all(not gets[p][good] or Fraction(t[g]) / worth[p] == price[g] for p, t in reports.items() if price[g])
    for p in reports:
        assert sum(s * price[g] for g, s in enumerate(gets[p].values())) == 1


@settings(max_examples=40, deadline=None)
@given(matrices(3))
def test_leximin_levels_are_those_of_linear_programs(values: Any) -> None:
    """The least scaled worth is the optimum of a linear program, and so is the sum of the two least."""
    env, reports = owners(values)
    gets = leximin_shares(env, reports)
    scaled = [[v / sum(row) for v in row] for row in values]
    worths = sorted(
        float(sum(Fraction(v, sum(t)) * s for v, s in zip(t, gets[p].values(), strict=True)))
        for p, t in reports.items()
    )
    n, m = len(values), len(values[0])
    shares = [[int(k % m == g and k < n * m) for k in range(n * m + 1)] for g in range(m)]
    least = [[*(-scaled[i][k % m] if k // m == i else 0 for k in range(n * m)), 1] for i in range(n)]
    found = linprog([0] * (n * m) + [-1], [*shares, *least], [1] * m + [0] * n)
    assert abs(-found.fun - worths[0]) < 1e-9
    assert worths[0] >= 1 / n - 1e-12


@settings(max_examples=60, deadline=None)
@given(matrices(2))
def test_adjusted_winner_ends_with_equal_points_and_divides_one_good_at_most(values: Any) -> None:
    """Brams and Taylor (1996): efficient, equitable and envy-free."""
    env, reports = owners(values)
    gets = adjusted_winner(env, reports)
    points = [
        sum(Fraction(v, sum(t)) * s for v, s in zip(t, gets[p].values(), strict=True)) for p, t in reports.items()
    ]
    assert points[0] == points[1] >= Fraction(1, 2) or all(not a * b for a, b in zip(*values, strict=True))
    assert sum(0 < s < 1 for s in gets["p0"].values()) <= 1
    assert all(rw.verify(adjusted_winner, env, rw.envy_free, rw.proportional, fractionally_pareto_efficient))


def test_the_example_of_adjusted_winner() -> None:
    """Brams and Taylor (1996): points 60 and 40 against 30 and 70; the second good is divided, 10 to 1."""
    env, reports = owners([[60, 40], [30, 70]])
    assert adjusted_winner(env, reports)["p0"] == {"a": 1, "b": Fraction(1, 11)}


@settings(max_examples=25, deadline=None)
@given(matrices(3))
def test_partial_allocation_keeps_what_its_formula_says(values: Any) -> None:
    """Cole et al. (2013): the product of the others, with her and without, by the equilibria of fewer players."""
    env, reports = owners(values)
    full, part = competitive_equilibrium(env, reports), partial_allocation(env, reports)

    def product(gets: Any, players: Any) -> Fraction:
        found = Fraction(1)
        for p in players:
            found *= sum(v * s for v, s in zip(reports[p], gets[p].values(), strict=True))
        return found

    for i in reports:
        others = [p for p in reports if p != i]
        fewer, rest = owners([reports[p] for p in others])
        without = competitive_equilibrium(fewer, rest)
        kept = product(full, others) / product(dict(zip(others, without.values(), strict=True)), others)
        assert part[i] == {good: kept * share for good, share in full[i].items()}
        assert kept >= Fraction(len(values) - 1, len(values)) ** (len(values) - 1)


def test_without_the_discount_the_equilibrium_can_be_gamed() -> None:
    types = {"ann": ((1, 1), (1, 2)), "bob": ((1, 4), (2, 1))}
    env = rw.games.allocation(types, ("bread", "wine"), transfers=None)
    assert rw.verify(partial_allocation, env, rw.strategyproof)
    assert rw.verify(competitive_equilibrium, env, rw.strategyproof).status == "refuted"


# -- rooms and rent ----------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 3).flatmap(lambda n: st.lists(st.lists(value, min_size=n, max_size=n), min_size=n, max_size=n)))
def test_nobody_can_be_made_better_off_than_the_worst_off_is(values: Any) -> None:
    """Gal et al. (2017): the largest least utility among prices without envy, by another linear program."""
    n = len(values)
    env = rent({p: (tuple(row),) for p, row in zip(NAMES, values, strict=False)}, ("x", "y", "z")[:n])
    rule = maximin_rent(5)
    reports = Profile({p: t[0] for p, t in env.types.items()})
    rooms, paid = rule.result(env, reports)
    assert sum(paid.values()) == 5
    assert all(rw.verify(rule, env, rw.envy_free, rw.efficient))
    least = min(env.worth_of(p, rooms, reports[p]) - paid[p] for p in reports)
    best = max(itertools.permutations(range(n)), key=lambda way: sum(values[i][r] for i, r in enumerate(way)))
    rows, right = [], []
    for i, mine in enumerate(best):
        for r in range(n):
            rows.append([(k == mine) - (k == r) for k in range(n)] + [0])
            right.append(values[i][mine] - values[i][r])
        rows.append([int(k == mine) for k in range(n)] + [1])
        right.append(values[i][mine])
    found = linprog([0] * n + [-1], rows, right, [[1] * n + [0]], [5], bounds=[(None, None)] * (n + 1))
    assert found.status == 0 and abs(-found.fun - float(least)) < 1e-7
    # these prices are unique: the first room can be neither cheaper nor dearer
    at_least = [*[(None, None)] * n, (float(least) - 1e-9, None)]
    price = float(next(paid[p] for p in reports if rooms[p] == "x"))
    for sign in (1, -1):
        first = linprog([sign] + [0] * n, rows, right, [[1] * n + [0]], [5], at_least)
        assert abs(sign * first.fun - price) < 1e-6


def test_equal_rents_for_unequal_rooms_cause_envy() -> None:
    @rw.mechanism("everybody pays the same")
    def alike(env: Environment, reports: Profile[Any]) -> Any:
        rooms, _ = maximin_rent(4).result(env, reports)
        return rooms, Profile(dict.fromkeys(env.players, 2))

    env = rent({"ann": ((3, 1), (2, 2)), "bob": ((5, 1),)}, ("attic", "cellar"))
    assert rw.verify(maximin_rent(4), env, rw.envy_free)
    found = rw.verify(alike, env, rw.envy_free)
    assert found.status == "refuted" and found.counterexample is not None and found.counterexample.check()


# -- objects that are good or not --------------------------------------------------------------------------------------


def test_the_egalitarian_probabilities_are_those_of_halls_condition() -> None:
    """Bogomolnaia and Moulin (2004): who is worst off gets the least ratio of objects wanted to players in a group."""
    env = dichotomous(NAMES, ("north", "south"))
    for profile in env.profiles():
        outcome, _ = egalitarian_assignment.result(env, profile)
        chance = {p: rw.worth(env, p, profile[p]) for p in env.players}
        got = {p: egalitarian_assignment.expect(u, env, profile) for p, u in chance.items()}
        groups = [g for k in (1, 2, 3) for g in itertools.combinations(env.players, k)]
        least = min(Fraction(len({x for p in g for x in profile[p]}), len(g)) for g in groups)
        assert min(got.values()) == min(least, 1)
        drawn = outcome if isinstance(outcome, rw.Lottery) else (outcome,)
        assert all(each[p] in ("nothing", *profile[p]) for each in drawn for p in env.players)


def test_a_fixed_order_of_choice_is_less_equal() -> None:
    @rw.mechanism("in their order")
    def in_order(env: Environment, reports: Profile[Any]) -> Any:
        gets: dict[str, str] = {}
        for p in env.players:
            gets[p] = next((x for x in reports[p] if x not in gets.values()), "nothing")
        return Profile(gets)

    env = dichotomous(NAMES, ("north", "south"))
    assert all(rw.verify(egalitarian_assignment, env, rw.envy_free, rw.proportional))
    for prop in (rw.envy_free, rw.proportional):
        found = rw.verify(in_order, env, prop)
        assert found.status == "refuted" and found.counterexample is not None and found.counterexample.check()


# -- pivots ------------------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.data(), st.integers(1, 4), st.integers(1, 5))
def test_the_simplex_method_agrees_with_another(data: Any, n: int, m: int) -> None:
    entry = st.integers(-3, 4)
    rows = [data.draw(st.lists(entry, min_size=n, max_size=n)) for _ in range(m)]
    right = data.draw(st.lists(st.integers(-2, 6), min_size=m, max_size=m))
    goal = data.draw(st.lists(entry, min_size=n, max_size=n))
    equal = data.draw(st.integers(0, 1))
    other = linprog([-c for c in goal], rows[: m - equal] or None, right[: m - equal] or None,
                    rows[m - equal :] or None, right[m - equal :] or None)  # fmt: skip
    try:
        x, prices = maximise([goal], rows, right, equal)
    except rw.BadInput:
        assert other.status in (2, 3, 4)
        return
    best = sum(c * v for c, v in zip(goal, x, strict=True))
    assert other.status == 0 and abs(float(best) + other.fun) < 1e-7
    used = [sum(a * v for a, v in zip(row, x, strict=True)) for row in rows]
    assert (
        min(x) >= 0
        and all(u <= b for u, b in zip(used, right, strict=True))
        and used[m - equal :] == right[m - equal :]
    )
    assert all(price >= 0 for price in prices)
    assert equal or sum(p * b for p, b in zip(prices, right, strict=True)) == best  # strong duality


@settings(max_examples=100, deadline=None)
@given(st.data(), st.integers(1, 4))
def test_pivoting_finds_complementary_solutions(data: Any, n: int) -> None:
    """For M = A A' + I, which is positive definite, there is exactly one (Cottle and Dantzig 1968)."""
    a = [data.draw(st.lists(st.integers(-3, 3), min_size=n, max_size=n)) for _ in range(n)]
    matrix = [[sum(x * y for x, y in zip(p, q, strict=True)) + (p is q) for q in a] for p in a]
    constant = data.draw(st.lists(st.integers(-9, 9), min_size=n, max_size=n))
    z = complementary(matrix, constant)
    w = [sum(x * y for x, y in zip(row, z, strict=True)) + b for row, b in zip(matrix, constant, strict=True)]
    assert min(*z, *w, 0) == 0 and all(x * y == 0 for x, y in zip(z, w, strict=True))


# -- what cannot be meant ----------------------------------------------------------------------------------------------


def item() -> Environment:
    return rw.games.allocation({"ann": (1,), "bob": (2,)})


@pytest.mark.parametrize(
    ("call", "needs"),
    [
        (lambda: resources({"ann": ((1, 2),)}, {"cpu": 0, "memory": 1}), "more than 0"),
        (lambda: resources({"ann": ((1,),)}, {"cpu": 1, "memory": 1}), "tuple of as many"),
        (lambda: resources({"ann": ((0, 0),)}, {"cpu": 1, "memory": 1}), "something"),
        (lambda: resources({"ann": ((1, 1),)}, {"cpu": 1, "memory": 1}, rules=[lambda c, d: {"ann": {"cpu": 2,
            "memory": 0}}]), "sum to at most"),
        (lambda: dominant_resource_fairness.table(resources(dict.fromkeys(NAMES, ((1, 3), (2, 1))), CLUSTER)), "rules"),
        (lambda: rw.verify(rw.mechanisms.second_price, item(), population_monotonic), "resources"),
        (lambda: rw.verify(static_partition, cluster(n=2), resource_monotonic({"cup": 40})), "did you mean"),
        (lambda: rw.verify(static_partition, cluster(n=2), resource_monotonic({"cpu": 4})), "larger capacities"),
        (lambda: rent({"ann": ((1, 2),)}, ("x", "y")), "as many rooms"),
        (lambda: rent({"ann": ((1,),), "bob": ((1, 2),)}, ("x", "y")), "tuple of as many"),
        (lambda: dichotomous(("ann",), ("nothing",)), "none"),
        (lambda: dichotomous(("ann",), ("north",), {"ann": [("nrth",)]}), "did you mean"),
        (lambda: adjusted_winner(*owners([[1, 1], [0, 0]])), "value something"),
        (lambda: partial_allocation(*owners([[1, 1], [1, 0]], disposal=False)), "disposal=True"),
        (lambda: competitive_equilibrium(*owners([[-1, 1], [1, 0]])), "at least 0"),
        (lambda: resources({}, {"cpu": 1}), "at least one player"),
        (lambda: dominant_resource_fairness.divide({"c": 0}, {"a": (1,)}), "more than 0"),
        (lambda: dominant_resource_fairness.divide({"c": -1}, {"a": (1,)}), "more than 0"),
        (lambda: dominant_resource_fairness.divide({}, {"a": ()}), "at least one resource"),
        (lambda: static_partition.divide({"c": -1}, {"a": (1,)}), "more than 0"),
        (lambda: static_partition.divide({"c": 1}, {}), "at least one player"),
        (lambda: rw.verify(equal_split, common_values(), sharing_incentive), "interdependent"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_said(call: Any, needs: str) -> None:
    with pytest.raises(rw.BadInput, match=needs):
        call()


def common_values() -> Environment:
    """All goods are worth to each what both types say together."""

    def worth(player: str, outcome: Any, types: Any) -> Any:
        return sum(types.values()) * sum(outcome[player].values())

    types = {"ann": (0, 1), "bob": (0, 1)}
    return Environment("common", types, Shares(("ann", "bob"), ("x", "y")), worth, interdependent=True)


def test_too_much_is_refused_before_it_is_listed() -> None:
    with pytest.raises(GameTooLarge, match="fewer players"):
        resources({f"p{k}": ((1, 1, 1),) for k in range(9)}, dict.fromkeys("abc", 1))
    with pytest.raises(GameTooLarge, match="fewer players"):
        rent({f"p{k}": (tuple(range(9)),) for k in range(9)}, tuple(map(str, range(9))))
    with pytest.raises(GameTooLarge, match="fewer objects"):
        dichotomous(tuple(map(str, range(9))), tuple("abcdefghi"))
    crowd = dichotomous(tuple("abcde"), tuple("vwxyz"), {p: [tuple("vwxyz")] for p in "abcde"})
    with pytest.raises(GameTooLarge, match="1,546 assignments"):
        egalitarian_assignment.table(crowd)


@pytest.mark.parametrize("total", [-3, -7, Fraction(-1, 2), 0, 5])
def test_rent_may_be_paid_out(total: Any) -> None:
    """Who takes the rooms may be paid for it: the prices move with the rent, all alike."""
    values = {"ann": (3, 3), "bob": (1, 1)}
    env = rent({p: (t,) for p, t in values.items()}, ("x", "y"))
    _, paid = maximin_rent(total)(env, values)
    assert set(paid.values()) == {Fraction(total) / 2}
    uneven = {"ann": (700, 300), "bob": (600, 400)}
    env = rent({p: (t,) for p, t in uneven.items()}, ("x", "y"))
    assert maximin_rent(total)(env, uneven)[1] == {p: (Fraction(total) - 1000) / 2 + x for p, x in RENTS.items()}


RENTS = {"ann": 650, "bob": 350}  # of 1000
