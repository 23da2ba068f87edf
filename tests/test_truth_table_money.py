"""Published facts about rules with money, claims and indivisible goods: each verdict is what the literature says."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rulewright as rw
from rulewright.games.bundles import bundles
from rulewright.games.claims import claims, rationing
from rulewright.games.exchange import exchange
from rulewright.games.provision import provision
from rulewright.games.public_projects import airport_cost, public_project, service
from rulewright.mechanisms import first_price, second_price
from rulewright.mechanisms.properties.bundles import (
    envy_free_up_to_any_good,
    envy_free_up_to_one_good,
    maximin_share,
    proportional_up_to_one_good,
)
from rulewright.mechanisms.properties.claims import (
    composition_down,
    composition_up,
    consistent,
    no_advantageous_transfer,
    self_dual,
)
from rulewright.mechanisms.properties.coalitions import group_strategyproof, weakly_group_strategyproof
from rulewright.mechanisms.properties.symmetry import anonymous, equal_treatment
from rulewright.mechanisms.rules.exchange import mcafee
from rulewright.mechanisms.rules.indivisible import (
    cut_and_choose_goods,
    envy_cycle_elimination,
    leximin,
    maximum_nash_welfare,
    nash_welfare_with_ties,
    round_robin,
    utilitarian,
)
from rulewright.mechanisms.rules.public import (
    clarke_pivot,
    expected_externality,
    groves_ledyard,
    marginal_cost,
    quadratic_funding,
    shapley_cost_sharing,
)
from rulewright.mechanisms.rules.rationing import (
    ClaimsRule,
    constrained_equal_awards,
    constrained_equal_losses,
    proportional_awards,
    proportional_rationing,
    random_arrival,
    sequential_rationing,
    talmud,
    uniform_rule,
)
from rulewright.mechanisms.rules.redistribution import cavallo

with (Path(__file__).parent / "facts" / "money.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))
FACTS = {(row["rule"], row["property"]): row["holds"] for row in ROWS}

NAMES = ("ann", "bob", "cem")
GOODS = ("a", "b", "c", "d")


# -- rules in environments ---------------------------------------------------------------------------------------------


def item(*values: tuple[int, ...]) -> rw.Environment:
    return rw.games.allocation(dict(zip(NAMES, values, strict=False)))


def grid_of_values(highest: int, n: int = 3) -> dict[str, tuple[int, ...]]:
    return {name: tuple(range(highest + 1)) for name in NAMES[:n]}


def goods(*types: tuple[tuple[int, ...], ...], disposal: bool = False) -> rw.Environment:
    """Each argument is the tuple of types of one player."""
    m = len(types[0][0])
    return bundles(dict(zip(NAMES, types, strict=False)), GOODS[:m], disposal=disposal)


def every(values: tuple[int, ...], m: int) -> tuple[tuple[int, ...], ...]:
    return tuple(itertools.product(values, repeat=m))


def traders() -> rw.Environment:
    return exchange(
        {"ann": range(4), "bob": range(4), "eve": (1, 3)}, {"sam": range(4), "tim": range(4)}
    )  # fmt: skip


def airport() -> rw.Environment:
    return service({"ann": range(4), "bob": range(5), "cem": range(7)}, airport_cost({"ann": 1, "bob": 3, "cem": 5}))


def peaks() -> rw.Environment:
    types = tuple((peak, below, above) for peak in range(4) for below, above in ((1, 3), (2, 1)))
    return rationing(dict.fromkeys(NAMES, types), amount=3)


def few_peaks() -> rw.Environment:
    return rationing(dict.fromkeys(NAMES, range(4)), amount=3)  # efficiency asks only on which side of a peak one is


def funded() -> rw.Environment:
    levels = (Fraction(k, 2) for k in range(13))
    return provision(dict.fromkeys(NAMES, range(5)), {level: level**2 for level in levels})


def fine_peaks() -> rw.Environment:
    types = tuple((peak, below, above) for peak in range(4) for below, above in ((1, 3), (2, 1)))
    return rationing(dict.fromkeys(NAMES[:2], types), amount=3, step=Fraction(1, 20))


def skewed() -> rw.Environment:
    third, half = Fraction(1, 3), Fraction(1, 2)
    prior = {
        "ann": {0: third, 2: third, 5: third},
        "bob": {1: half, 4: half},
        "cem": {0: Fraction(3, 4), 3: 1 - Fraction(3, 4)},
    }
    return public_project({p: tuple(each) for p, each in prior.items()}, cost=6, prior=prior)


TWO = goods(every((0, 1, 2), 3), every((0, 1, 2), 3))
THREE = goods(*[((0, 0, 1, 1), (1, 2, 0, 1), (2, 1, 1, 0), (3, 1, 1, 2), (0, 3, 2, 1))] * 3)
Case = tuple[Any, rw.Environment, Any]

CASES: dict[tuple[str, str], Callable[[], list[Case]]] = {
    ("SecondPrice", "SP"): lambda: [(second_price, rw.games.allocation(grid_of_values(4)), rw.strategyproof)],
    ("SecondPrice", "IR"): lambda: [(second_price, rw.games.allocation(grid_of_values(4)), rw.individually_rational)],
    ("SecondPrice", "EF"): lambda: [(second_price, rw.games.allocation(grid_of_values(4)), rw.envy_free)],
    ("SecondPrice", "GSP"): lambda: [(second_price, item((0,), (0, 1), (1,)), group_strategyproof())],
    ("FirstPrice", "SP"): lambda: [(first_price, item((0,), (1, 2)), rw.strategyproof)],
    ("Cavallo", "SP"): lambda: [(cavallo, rw.games.allocation(grid_of_values(4)), rw.strategyproof)],
    ("Cavallo", "IR"): lambda: [(cavallo, rw.games.allocation(grid_of_values(4)), rw.individually_rational)],
    ("Cavallo", "NO-DEFICIT"): lambda: [(cavallo, rw.games.allocation(grid_of_values(4)), rw.no_deficit)],
    ("Cavallo", "BB"): lambda: [(cavallo, item((0,), (1,), (1,)), rw.budget_balanced)],
    ("Cavallo", "EF"): lambda: [(cavallo, item((0,), (1,), (1,)), rw.envy_free)],
    ("McAfee", "SP"): lambda: [(mcafee, traders(), rw.strategyproof)],
    ("McAfee", "IR"): lambda: [(mcafee, traders(), rw.individually_rational)],
    ("McAfee", "NO-DEFICIT"): lambda: [(mcafee, traders(), rw.no_deficit)],
    ("ClarkePivot", "GSP"): lambda: [
        (clarke_pivot, public_project({"ann": (0,), "bob": (3, 4), "cem": (3, 4)}, cost), group_strategyproof())
        for cost in (Fraction(13, 2), 7)
    ],
    ("ClarkePivot", "IR"): lambda: [
        (clarke_pivot, public_project({"ann": (0,), "bob": (1,), "cem": (4,)}, 6), rw.individually_rational)
    ],
    ("AGV", "BIC"): lambda: [(expected_externality, skewed(), rw.bayesian_incentive_compatible)],
    ("QuadraticFunding", "SP"): lambda: [(quadratic_funding, funded(), rw.strategyproof)],
    ("QuadraticFunding", "EFFICIENT-NE"): lambda: [(quadratic_funding, funded(), rw.efficient)],
    ("QuadraticFunding", "COLLUSION-PROOF"): lambda: [(quadratic_funding, funded(), weakly_group_strategyproof())],
    ("ShapleyCostSharing", "SP"): lambda: [(shapley_cost_sharing, airport(), rw.strategyproof)],
    ("ShapleyCostSharing", "EFFICIENT"): lambda: [(shapley_cost_sharing, airport(), rw.efficient)],
    ("MarginalCost", "SP"): lambda: [(marginal_cost, airport(), rw.strategyproof)],
    ("MarginalCost", "EFFICIENT"): lambda: [(marginal_cost, airport(), rw.efficient)],
    ("MarginalCost", "IR"): lambda: [(marginal_cost, airport(), rw.individually_rational)],
    ("MarginalCost", "GSP"): lambda: [(marginal_cost, airport(), group_strategyproof())],
    ("UniformRule", "SP"): lambda: [(uniform_rule, peaks(), rw.strategyproof)],
    ("UniformRule", "EF"): lambda: [(uniform_rule, peaks(), rw.envy_free)],
    ("UniformRule", "ANON"): lambda: [(uniform_rule, peaks(), anonymous)],
    ("UniformRule", "PE"): lambda: [(uniform_rule, few_peaks(), rw.pareto_efficient)],
    ("ProportionalRationing", "PE"): lambda: [(proportional_rationing, fine_peaks(), rw.pareto_efficient)],
    ("ProportionalRationing", "SP"): lambda: [(proportional_rationing, fine_peaks(), rw.strategyproof)],
    ("SequentialRationing", "SP"): lambda: [(sequential_rationing, peaks(), rw.strategyproof)],
    ("SequentialRationing", "PE"): lambda: [(sequential_rationing, few_peaks(), rw.pareto_efficient)],
    ("SequentialRationing", "ANON"): lambda: [(sequential_rationing, peaks(), anonymous)],
    ("Proportional", "SP-INFLATE"): lambda: [(proportional_awards, inflation(), rw.strategyproof)],
    ("CEL", "SP-INFLATE"): lambda: [(constrained_equal_losses, inflation(), rw.strategyproof)],
    ("RoundRobin", "EF1"): lambda: [(round_robin, env, envy_free_up_to_one_good) for env in (TWO, THREE)],
    ("RoundRobin", "PROP1"): lambda: [(round_robin, env, proportional_up_to_one_good) for env in (TWO, THREE)],
    ("RoundRobin", "PE"): lambda: [(round_robin, goods(((0, 0, 0),), ((0, 1, 1),)), rw.pareto_efficient)],
    ("RoundRobin", "MMS"): lambda: [(round_robin, goods(((3, 2, 3, 5),), ((2, 1, 3, 5),)), maximin_share)],
    ("RoundRobin", "SP"): lambda: [(round_robin, goods(((0, 1, 1), (0, 0, 1)), ((0, 0, 1),)), rw.strategyproof)],
    ("EnvyCycleElimination", "EF1"): lambda: [
        (envy_cycle_elimination, env, envy_free_up_to_one_good) for env in (TWO, THREE, monotone())
    ],
    ("EnvyCycleElimination", "PE"): lambda: [
        (envy_cycle_elimination, goods(((0, 0, 0),), ((0, 0, 1),)), rw.pareto_efficient)
    ],
    ("EnvyCycleElimination", "MMS"): lambda: [
        (envy_cycle_elimination, goods(((5, 5, 3, 1),), ((5, 1, 3, 5),)), maximin_share)
    ],
    ("MaximumNashWelfare", "PE"): lambda: [(maximum_nash_welfare, TWO, rw.pareto_efficient)],
    ("MaximumNashWelfare", "EFX"): lambda: [
        (maximum_nash_welfare, goods(((1, 3, 5, 3),), ((3, 5, 1, 5),)), envy_free_up_to_any_good)
    ],
    ("MaximumNashWelfare", "MMS"): lambda: [
        (maximum_nash_welfare, goods(((1, 3, 5, 3),), ((3, 5, 1, 5),)), maximin_share)
    ],
    ("NashWelfareWithTies", "SP"): lambda: [(nash_welfare_with_ties, binary(), rw.strategyproof)],
    ("NashWelfareWithTies", "WEAK-GSP"): lambda: [(nash_welfare_with_ties, binary(), weakly_group_strategyproof())],
    ("NashWelfareWithTies", "GSP"): lambda: [
        (nash_welfare_with_ties, goods(((0, 1), (1, 1)), ((0, 1),), ((1, 0),), disposal=True), group_strategyproof())
    ],
    ("NashWelfareWithTies", "EF1"): lambda: [(nash_welfare_with_ties, binary(), envy_free_up_to_one_good)],
    ("Leximin", "PE"): lambda: [(leximin, TWO, rw.pareto_efficient)],
    ("Leximin", "EFX"): lambda: [(leximin, goods(((5, 2, 2, 5),), ((2, 2, 2, 2),)), envy_free_up_to_any_good)],
    ("Leximin", "SP"): lambda: [(leximin, goods(((0, 0, 1),), ((0, 0, 1), (0, 0, 2))), rw.strategyproof)],
    ("Utilitarian", "PE"): lambda: [(utilitarian, TWO, rw.pareto_efficient)],
    ("Utilitarian", "EF1"): lambda: [(utilitarian, goods(((0, 1, 1),), ((0, 1, 1),)), envy_free_up_to_one_good)],
    ("Utilitarian", "PROP1"): lambda: [(utilitarian, goods(((1, 1, 1),), ((1, 1, 1),)), proportional_up_to_one_good)],
    ("Utilitarian", "SP"): lambda: [(utilitarian, goods(((0, 0, 1),), ((0, 0, 1), (0, 0, 2))), rw.strategyproof)],
    ("CutAndChooseGoods", "EFX"): lambda: [
        (cut_and_choose_goods, goods(every((1, 2, 3), 3), every((1, 2, 3), 3)), envy_free_up_to_any_good),
        (cut_and_choose_goods, goods(every((1, 5), 4), every((2, 3), 4)), envy_free_up_to_any_good),
    ],
    ("CutAndChooseGoods", "PE"): lambda: [
        (cut_and_choose_goods, goods(((5, 2, 2, 5),), ((2, 2, 2, 2),)), rw.pareto_efficient)
    ],
    ("CutAndChooseGoods", "SP-CUTTER"): lambda: [
        (cut_and_choose_goods, goods(((1, 1, 1), (1, 2, 1)), ((1, 3, 1),)), rw.strategyproof)
    ],
}  # fmt: skip


def inflation() -> rw.Environment:
    """The witness of the literature: needs 0, 1, 1, of which the second may be called 2, and an estate of 1."""
    return claims({"ann": (0,), "bob": (1, 2), "cem": (1,)}, estate=1, step=Fraction(1, 6))


def monotone() -> rw.Environment:
    """Values that are not additive: one good in ``t`` of each kind is enough, so goods are substitutes."""

    def worth(kinds: Any, bundle: tuple[str, ...]) -> int:
        return sum(max((v for g, v in kind.items() if g in bundle), default=0) for kind in map(dict, kinds))

    types = (
        ((("a", 3), ("b", 2)), (("c", 1), ("d", 4))),
        ((("a", 1), ("c", 2)), (("b", 2), ("d", 2))),
        ((("a", 1), ("b", 1), ("c", 1), ("d", 1)),),
        ((("a", 2),), (("b", 2),), (("c", 2),), (("d", 3),)),
    )
    return bundles(dict.fromkeys(NAMES, types), GOODS, worth=worth)


def binary() -> rw.Environment:
    return goods(*[every((0, 1), 3)] * 3, disposal=True)


@pytest.mark.parametrize("key", CASES, ids="-".join)
def test_the_verdict_is_what_the_literature_says(key: tuple[str, str]) -> None:
    found = [rw.verify(rule, env, prop) for rule, env, prop in CASES[key]()]
    if FACTS[key] == "yes":
        assert all(verdict.status == "proved" for verdict in found), "\n".join(map(str, found))
        return
    for verdict in found:
        assert verdict.status == "refuted", str(verdict)
        assert verdict.counterexample is not None and verdict.counterexample.check()
        if key[1] == "SP-CUTTER":
            assert verdict.counterexample.case.player == "ann"


# -- ways to divide an estate, whatever its size -----------------------------------------------------------------------

Problem = tuple[int | Fraction, Mapping[str, int | Fraction]]
DIVISIONS: dict[str, ClaimsRule] = {
    "Proportional": proportional_awards,
    "CEA": constrained_equal_awards,
    "CEL": constrained_equal_losses,
    "Talmud": talmud,
    "RandomArrival": random_arrival,
}


def problems() -> Iterator[Problem]:
    """All problems of three players with claims of 0 to 3 and a whole estate."""
    for each in itertools.product(range(4), repeat=3):
        for estate in range(sum(each) + 1):
            yield estate, dict(zip(NAMES, each, strict=True))


def contested_garment_consistent(rule: ClaimsRule, estate: Any, asked: Any) -> bool:
    """Any two divide what they have by the contested garment: each concedes what she does not claim, halve the rest."""
    awards = rule.awards(estate, asked)
    for p, q in itertools.combinations(asked, 2):
        both = awards[p] + awards[q]
        conceded = {p: max(0, both - asked[q]), q: max(0, both - asked[p])}
        contested = both - sum(conceded.values())
        if awards[p] != conceded[p] + Fraction(contested) / 2:
            return False
    return True


def equals_shapley_value(rule: ClaimsRule, estate: Any, asked: Any) -> bool:
    """The Shapley value of the game in which a coalition is worth what the others leave it."""

    def worth(coalition: set[str]) -> Any:
        return max(0, estate - sum(asked[p] for p in asked if p not in coalition))

    share = dict.fromkeys(asked, Fraction(0))
    for order in itertools.permutations(asked):
        for k, p in enumerate(order):
            share[p] += Fraction(worth({*order[: k + 1]}) - worth({*order[:k]}), 6)
    return rule.awards(estate, asked) == share


AXIOMS: dict[str, Any] = {
    "SELF-DUAL": self_dual,
    "COMPOSITION-UP": composition_up,
    "COMPOSITION-DOWN": composition_down,
    "CONSISTENT": consistent,
    "NO-ADV-TRANSFER": no_advantageous_transfer,
    "ETE": equal_treatment,
}
IDENTITIES: dict[str, Callable[[ClaimsRule, Any, Any], bool]] = {
    "CG-CONSISTENT": contested_garment_consistent,
    "EQ-SHAPLEY": equals_shapley_value,
}
AXIOM_ROWS = [key for key in FACTS if key[0] in DIVISIONS and key[1] in AXIOMS]
IDENTITY_ROWS = [key for key in FACTS if key[0] in DIVISIONS and key[1] in IDENTITIES]
# the smallest failures in print: (estate, claims)
FAILURES: dict[tuple[str, str], Problem] = {
    ("CEA", "SELF-DUAL"): (1, {"ann": 0, "bob": 1, "cem": 2}),
    ("CEA", "NO-ADV-TRANSFER"): (1, {"ann": 0, "bob": 1, "cem": 2}),
    ("CEL", "SELF-DUAL"): (1, {"ann": 0, "bob": 1, "cem": 2}),
    ("Talmud", "COMPOSITION-UP"): (2, {"ann": 0, "bob": 1, "cem": 2}),
    ("Talmud", "COMPOSITION-DOWN"): (2, {"ann": 0, "bob": 1, "cem": 2}),
    ("Talmud", "NO-ADV-TRANSFER"): (1, {"ann": 0, "bob": 1, "cem": 2}),
    ("RandomArrival", "CONSISTENT"): (2, {"ann": 1, "bob": 2, "cem": 2}),
    ("RandomArrival", "COMPOSITION-UP"): (2, {"ann": 0, "bob": 1, "cem": 2}),
    ("RandomArrival", "COMPOSITION-DOWN"): (2, {"ann": 0, "bob": 1, "cem": 2}),
    ("RandomArrival", "NO-ADV-TRANSFER"): (1, {"ann": 0, "bob": 1, "cem": 2}),
}


@pytest.mark.parametrize("key", AXIOM_ROWS, ids="-".join)
def test_a_division_of_an_estate_is_as_the_literature_says(key: tuple[str, str]) -> None:
    rule, axiom = DIVISIONS[key[0]], AXIOMS[key[1]]
    if FACTS[key] == "yes":
        for whole in (1, 2, 4, 6):
            env = claims(dict.fromkeys(NAMES, range(4)), whole, step=1, rules=[rule])
            assert rw.verify(rule, env, axiom).status == "proved"
        return
    whole, asked = FAILURES[key]
    found = rw.verify(rule, claims({p: (c,) for p, c in asked.items()}, whole, step=1, rules=[rule]), axiom)
    assert found.status == "refuted" and found.counterexample is not None and found.counterexample.check()


@pytest.mark.parametrize("key", IDENTITY_ROWS, ids="-".join)
def test_a_division_of_an_estate_is_what_it_is_known_to_be(key: tuple[str, str]) -> None:
    assert FACTS[key] == "yes"
    assert all(IDENTITIES[key[1]](DIVISIONS[key[0]], whole, asked) for whole, asked in problems())


def scale_free(rule: Any) -> bool:
    """Multiplying all of a player's values by a constant does not change the allocation."""
    types = every((0, 1, 2), 3)[1:]
    stretched = tuple(tuple(2 * v for v in t) for t in types)
    both = tuple(dict.fromkeys((*types, *stretched)))
    env = goods(both, types)
    return all(
        rule(env, {"ann": t, "bob": other}) == rule(env, {"ann": tuple(2 * v for v in t), "bob": other})
        for t in types
        for other in types[::3]
    )


def test_maximum_nash_welfare_is_scale_free_and_the_sum_of_worths_is_not() -> None:
    assert FACTS["MaximumNashWelfare", "SCALE-FREE"] == "yes"
    assert scale_free(maximum_nash_welfare) and not scale_free(utilitarian) and not scale_free(leximin)


def test_in_every_equilibrium_of_a_round_robin_envy_ends_with_one_good() -> None:
    """Amanatidis et al. (2024): for the true values, at every pure equilibrium of the reports."""
    assert FACTS["RoundRobin", "NE-EF1"] == "yes"
    reports = tuple(itertools.permutations((1, 2, 3, 4)))  # only their order matters
    env = goods(reports, reports)
    gets = {(r, s): round_robin(env, {"ann": r, "bob": s}) for r in reports for s in reports}
    found = 0
    for truth in (((8, 4, 2, 1), (8, 4, 2, 1)), ((8, 4, 2, 1), (1, 2, 8, 4)), ((5, 4, 3, 7), (6, 5, 2, 1))):

        def worth(player: str, bundle: tuple[str, ...], truth: Any = truth) -> int:
            return sum(truth[NAMES.index(player)][GOODS.index(good)] for good in bundle)

        best_ann = {s: max(worth("ann", gets[r, s]["ann"]) for r in reports) for s in reports}
        best_bob = {r: max(worth("bob", gets[r, s]["bob"]) for s in reports) for r in reports}
        for (r, s), outcome in gets.items():
            if worth("ann", outcome["ann"]) == best_ann[s] and worth("bob", outcome["bob"]) == best_bob[r]:
                found += 1
                for one, other in itertools.permutations(("ann", "bob")):
                    rest = [tuple(g for g in outcome[other] if g != good) for good in outcome[other]]
                    assert worth(one, outcome[one]) >= min(worth(one, each) for each in rest)
    assert found > 0


@pytest.mark.parametrize("worths", [(3, 4, 5), (4, 4, 4), (0, 6, 6)], ids=str)
def test_the_equilibria_of_groves_and_ledyard_are_efficient(worths: tuple[int, ...]) -> None:
    """Groves and Ledyard (1977), for worths t y - y^2 / 2, a cost of 3 a unit and messages from -4 to 4."""

    def worth(t: int, y: int) -> Fraction:
        return t * y - Fraction(y * y, 2)

    types = dict(zip(NAMES, worths, strict=True))
    env = provision({p: (t,) for p, t in types.items()}, {y: 3 * y for y in range(-12, 13)}, worth=worth)
    rule = groves_ledyard(env, messages=range(-4, 5))
    best = max(range(-12, 13), key=lambda y: sum(worth(t, y) for t in worths) - 3 * y)
    payoffs = np.empty((9, 9, 9, 3), dtype=object)
    for at, messages in zip(
        itertools.product(range(9), repeat=3), itertools.product(range(-4, 5), repeat=3), strict=True
    ):
        level, paid = rule.outcome(env, {**dict(zip(NAMES, messages, strict=True)), "provider": "cost"})
        assert sum(paid.values()) == 0 and -paid["provider"] == 3 * level == 3 * sum(messages)  # the cost is covered
        payoffs[at] = [worth(types[p], level) - paid[p] for p in NAMES]
    game = rw.NormalForm("quadratic government", {p: tuple(map(str, range(-4, 5))) for p in NAMES}, payoffs)
    found = rw.solve(game, "pure")
    assert len(found) >= 1 and found.check()
    for equilibrium in found:
        asked = [int(m) for strategy in equilibrium.strategies.values() for m, p in strategy.items() if p]
        assert sum(asked) == best
        if worths == (0, 6, 6):  # whom the good is worth nothing loses by it
            assert equilibrium.payoffs["ann"] == Fraction(-39, 2)


def test_every_fact_is_checked() -> None:
    checked = {*CASES, *AXIOM_ROWS, *IDENTITY_ROWS, ("MaximumNashWelfare", "SCALE-FREE"), ("RoundRobin", "NE-EF1")}
    checked |= {("GrovesLedyard", "EFFICIENT-NE"), ("GrovesLedyard", "BB"), ("GrovesLedyard", "IR")}
    assert len(FACTS) == len(ROWS), "a fact is listed twice"
    assert checked == set(FACTS), "each row of facts/money.csv needs a case here, and each case a row"
    assert all(row["source"] for row in ROWS)
