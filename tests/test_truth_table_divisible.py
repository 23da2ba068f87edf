"""Published facts about rules that divide resources, goods and rent: each verdict is what the literature says."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import rulewright as rw
from rulewright.games.dichotomous import dichotomous
from rulewright.games.rent import rent
from rulewright.games.resources import resources
from rulewright.mechanisms.cases import players, profiles
from rulewright.mechanisms.properties.bundles import equitable
from rulewright.mechanisms.properties.coalitions import group_strategyproof
from rulewright.mechanisms.properties.divisions import fractionally_pareto_efficient
from rulewright.mechanisms.properties.resources import (
    population_monotonic,
    resource_efficient,
    resource_monotonic,
    sharing_incentive,
)
from rulewright.mechanisms.property import Finding, examined
from rulewright.mechanisms.rules.divisible import (
    adjusted_winner,
    competitive_equilibrium,
    leximin_shares,
    partial_allocation,
)
from rulewright.mechanisms.rules.division import equal_split
from rulewright.mechanisms.rules.egalitarian import egalitarian_assignment
from rulewright.mechanisms.rules.rent import maximin_rent
from rulewright.mechanisms.rules.resources import asset_fairness, dominant_resource_fairness, resource_equilibrium

with (Path(__file__).parent / "facts" / "divisible.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))
FACTS = {(row["rule"], row["property"]): row["holds"] for row in ROWS}

NAMES = ("ann", "bob", "cem")
RULES = {
    "DRF": dominant_resource_fairness,
    "AssetFairness": asset_fairness,
    "CEEI-Leontief": resource_equilibrium,
    "CEEI-linear": competitive_equilibrium,
    "Leximin-divisible-normalised": leximin_shares,
    "EqualSplit-divisible": equal_split,
    "PartialAllocation": partial_allocation,
    "AdjustedWinner": adjusted_winner,
    "RentDivision-maxmin": maximin_rent(3),
    "Leximin-dichotomous": egalitarian_assignment,
}


# -- where they are played ---------------------------------------------------------------------------------------------


def cluster(rule: Any, *demands: Any, capacity: int = 6) -> rw.Environment:
    types = dict(zip(NAMES, demands, strict=False))
    m = len(demands[0][0])
    return resources(types, {f"r{k}": capacity for k in range(1, m + 1)}, rules=[rule])


def two_users(rule: Any) -> rw.Environment:
    demands = ((1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (2, 3), (3, 2))
    return cluster(rule, demands, demands)


def three_users(rule: Any) -> rw.Environment:
    demands = ((1, 1, 2), (2, 1, 1), (1, 3, 1))
    return cluster(rule, demands, demands, demands)


def goods(*types: Any) -> rw.Environment:
    return rw.games.allocation(dict(zip(NAMES, types, strict=False)), "abcd"[: len(types[0][0])], transfers=None)


def two_owners() -> rw.Environment:
    values = ((1, 1), (1, 2), (2, 1), (1, 4), (3, 1), (0, 1))
    return goods(values, values)


def three_owners() -> rw.Environment:
    return goods(((6, 4, 9), (1, 1, 1)), ((2, 9, 1), (1, 0, 0)), ((6, 6, 9), (0, 1, 2)))


def in_points() -> rw.Environment:
    return goods(tuple(x for x in itertools.product(range(6), repeat=3) if sum(x) == 5), ((3, 1, 1), (2, 2, 1)))


def rooms() -> rw.Environment:
    values = tuple(itertools.product((0, 1, 3), repeat=2))
    return rent({"ann": values, "bob": values}, ("attic", "cellar"))


def three_rooms() -> rw.Environment:
    values = {"ann": ((0, 1, 2), (3, 1, 1)), "bob": ((2, 2, 0), (0, 0, 0)), "cem": ((5, 1, 1), (1, 2, 3))}
    return rent(values, ("attic", "cellar", "hall"))


def timetable() -> rw.Environment:
    return dichotomous(NAMES, ("north", "south"))


def classrooms() -> rw.Environment:
    return dichotomous(("ann", "bob"), ("east", "north", "south"))


# -- what is asked -----------------------------------------------------------------------------------------------------


@examined(players, "1/e-MNW")
def most_of_equilibrium(rule: Any, env: rw.Environment, case: Any) -> Finding | None:
    """Each of n players has at least (1 - 1/n)^(n-1) of what competitive equilibrium gives her, more than 1/e of it."""
    n, u = len(env.players), rw.worth(env, case.player, case.types[case.player])
    has = rule.expect(u, env, case.types)
    needs = competitive_equilibrium.expect(u, env, case.types) * Fraction(n - 1, n) ** (n - 1)
    return Finding(case, has, needs, "too much is thrown away") if has < needs else None


@examined(profiles, "AT-MOST-ONE-SPLIT")
def at_most_one_split(rule: Any, env: rw.Environment, case: Any) -> Finding | None:
    """At most one good is divided."""
    outcome, _ = rule.result(env, case.types)
    split = sum(0 < share < 1 for share in outcome[env.players[0]].values())
    return Finding(case, -split, -1, f"{split} goods are divided") if split > 1 else None


ASKED: dict[str, Any] = {
    "SP": rw.strategyproof,
    "GSP": group_strategyproof(),
    "EF": rw.envy_free,
    "PROP": rw.proportional,
    "SI": sharing_incentive,
    "POP-MON": population_monotonic,
    "RESOURCE-MON": resource_monotonic({"r1": 12}),
    "EQ": equitable,
    "1/e-MNW": most_of_equilibrium,
    "AT-MOST-ONE-SPLIT": at_most_one_split,
}
RESOURCES = ("DRF", "AssetFairness", "CEEI-Leontief")
EVERYWHERE: dict[str, tuple[Callable[[], rw.Environment], ...]] = {  # what holds is proved here
    "CEEI-linear": (two_owners, three_owners),
    "Leximin-divisible-normalised": (two_owners, three_owners),
    "EqualSplit-divisible": (two_owners, three_owners),
    "PartialAllocation": (two_owners, three_owners),
    "AdjustedWinner": (in_points,),
    "RentDivision-maxmin": (rooms, three_rooms),
    "Leximin-dichotomous": (timetable, classrooms),
}
# what does not hold is refuted here, by the smallest cases in print or found by search
WITNESS: dict[tuple[str, str], Callable[[], rw.Environment]] = {
    ("DRF", "RESOURCE-MON"): lambda: cluster(dominant_resource_fairness, ((1, 2),), ((2, 1),)),
    ("AssetFairness", "SI"): lambda: cluster(asset_fairness, ((5, 3),), ((3, 2),)),
    ("AssetFairness", "RESOURCE-MON"): lambda: cluster(asset_fairness, ((1, 2),), ((1, 1),)),
    ("CEEI-Leontief", "SP"): lambda: cluster(resource_equilibrium, ((1, 2), (2, 3)), ((2, 1),)),
    ("CEEI-Leontief", "POP-MON"): lambda: cluster(
        resource_equilibrium, ((1, 2),), ((3, 1),), ((3, 2),), capacity=12
    ),
    ("CEEI-Leontief", "RESOURCE-MON"): lambda: cluster(resource_equilibrium, ((1, 2),), ((2, 1),)),
    ("CEEI-linear", "SP"): lambda: goods(((1, 1), (1, 2)), ((1, 4),)),
    ("Leximin-divisible-normalised", "EF"): lambda: goods(((6, 4, 9),), ((2, 9, 1),), ((6, 6, 9),)),
    ("Leximin-divisible-normalised", "SP"): lambda: goods(((1, 1), (1, 2)), ((1, 2),)),
    ("EqualSplit-divisible", "PE"): lambda: goods(((8, 6),), ((5, 3),)),
    ("PartialAllocation", "PE"): lambda: goods(((1, 1),), ((1, 1),)),
    ("AdjustedWinner", "SP"): lambda: goods(((1, 1), (2, 1)), ((2, 1),)),
    ("RentDivision-maxmin", "SP"): lambda: rent({"ann": ((0, 0), (0, 1)), "bob": ((1, 0),)}, ("attic", "cellar")),
}  # fmt: skip


def asked(rule: str, prop: str) -> Any:
    if prop == "PE":
        return (
            resource_efficient if rule in RESOURCES
            else rw.efficient if rule == "RentDivision-maxmin"
            else fractionally_pareto_efficient
        )  # fmt: skip
    return ASKED[prop]


@pytest.mark.parametrize("key", FACTS, ids="-".join)
def test_the_verdict_is_what_the_literature_says(key: tuple[str, str]) -> None:
    rule, prop = RULES[key[0]], asked(*key)
    if FACTS[key] == "no":
        found = rw.verify(rule, WITNESS[key](), prop)
        assert found.status == "refuted", str(found)
        assert found.counterexample is not None and found.counterexample.check()
        return
    wheres = EVERYWHERE.get(key[0]) or (lambda: two_users(rule), lambda: three_users(rule))
    if key[0] == "CEEI-Leontief":
        wheres = (lambda: two_users(rule),)  # with three users the numbers of tasks need not be rational
    for where in wheres:
        found = rw.verify(rule, where(), prop)
        assert found.status == "proved", str(found)


def test_every_fact_is_checked() -> None:
    assert len(FACTS) == len(ROWS), "a fact is listed twice"
    assert {key for key, holds in FACTS.items() if holds == "no"} == set(WITNESS)
    assert all(row["source"] for row in ROWS)


# -- the gains, to the fraction ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "has", "needs"),
    [
        (("CEEI-linear", "SP"), 1, Fraction(5, 4)),
        (("Leximin-divisible-normalised", "SP"), Fraction(8, 7), Fraction(5, 4)),
        (("AdjustedWinner", "SP"), Fraction(8, 7), Fraction(5, 4)),
        (("CEEI-Leontief", "SP"), 6 * Fraction(1, 3), 6 * Fraction(3, 8)),
    ],
    ids=str,
)
def test_a_witness_gains_what_it_is_known_to_gain(key: tuple[str, str], has: Any, needs: Any) -> None:
    case = rw.verify(RULES[key[0]], WITNESS[key](), asked(*key)).counterexample
    assert case is not None and (case.has, case.needs) == (has, needs)
