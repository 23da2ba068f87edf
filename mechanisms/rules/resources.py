"""Rules for computing resources: how many tasks each player may run."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import wraps
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import Number, exact
from ...games.profile import Profile
from ...games.resources import Demand, Division, capacities_of
from ..decorated import first_paragraph
from ..rule import DirectMechanism

Q = int | Fraction
Shares = Profile[Profile[Q]]
Counts = Callable[[list[Q], list[list[Q]]], list[Fraction]]


def _no_division(capacities: Mapping[str, Number], demands: Mapping[str, Demand]) -> Shares:
    raise BadInput("this rule was made without a division; make it with @resource_rule")


@dataclass(frozen=True, eq=False, repr=False)
class ResourceRule(DirectMechanism):
    """A way to share resources: a direct mechanism where demands are reported, and a plain function of the numbers.

    ``divide(capacities, demands)`` says how much of each resource each player gets, in exact numbers.

    >>> dominant_resource_fairness.divide({"cpu": 9, "memory": 18}, {"ann": (1, 4), "bob": (3, 1)})
    Profile(ann=Profile(cpu=3, memory=12), bob=Profile(cpu=6, memory=2))
    """

    divide: Division = _no_division


def resource_rule(counts: Counts) -> ResourceRule:
    """Make a rule of ``def name(capacities, demands)``, which says how many tasks each player may run.

    The function gets lists of exact numbers, ``capacities[r]`` and ``demands[i][r]``; each player gets what her
    tasks need.
    """

    @wraps(counts)
    def divide(capacities: Mapping[str, Number], demands: Mapping[str, Demand]) -> Shares:
        whole = list(_checked(capacities, demands).values())
        needs = [[exact(x, f'a demand of "{p}"') for x in t] for p, t in demands.items()]
        if any(len(row) != len(whole) or min(row) < 0 or not any(row) for row in needs):
            raise BadInput(f"the demands are {Profile(demands)}; each is at least 0 of every resource, and not nothing")
        running = counts(whole, needs)
        return Profile(
            {
                p: Profile({r: exact(x * need) for r, need in zip(capacities, row, strict=True)})
                for p, x, row in zip(demands, running, needs, strict=True)
            }
        )

    return dividing(divide)


def _checked(capacities: Mapping[str, Number], demands: Mapping[str, Demand]) -> dict[str, Q]:
    """The capacities in exact numbers; raises BadInput unless there is something to share and somebody to share it."""
    whole = {r: exact(c, f"the capacity of {r}") for r, c in capacities.items()}
    if not whole or min(whole.values()) <= 0:
        raise BadInput(f"the capacities are {Profile(whole)}; name at least one resource, each with more than 0")
    if not demands:
        raise BadInput("there are no demands; name at least one player with what a task of hers needs")
    return whole


def dividing(divide: Division) -> ResourceRule:
    """Make a rule of ``def name(capacities, demands)``, which says how much of each resource each player gets."""
    name = divide.__name__.replace("_", " ")

    @wraps(divide)
    def function(env: Environment, reports: Profile[Any]) -> Shares:
        shares = divide(capacities_of(env), reports)
        try:
            env.space.point(shares)
        except BadInput:
            raise BadInput(
                f'{name} divides into {shares!r}, which is not listed in "{env.name}"; declare the environment with '
                f"resources(..., rules=[{divide.__name__}])"
            ) from None
        return shares

    return ResourceRule(function, name, first_paragraph(divide), divide=divide)


@dividing
def static_partition(capacities: Mapping[str, Number], demands: Mapping[str, Demand]) -> Shares:
    """Each of n players gets 1/n of every resource, whatever she needs (Ghodsi et al. 2011).

    >>> static_partition.divide({"cpu": 9, "memory": 18}, {"ann": (1, 4), "bob": (3, 1)})["ann"]
    Profile(cpu=Fraction(9, 2), memory=9)
    """
    whole = _checked(capacities, demands)
    part: Profile[Q] = Profile({r: exact(Fraction(c, len(demands))) for r, c in whole.items()})
    return Profile(dict.fromkeys(demands, part))


@resource_rule
def dominant_resource_fairness(capacities: list[Q], demands: list[list[Q]]) -> list[Fraction]:
    """All run tasks so that their dominant shares, the largest fraction of a resource that each uses, rise alike until
    what they need is used up (Ghodsi et al. 2011; Parkes, Procaccia and Shah 2015).

    Who does not need the resources that are used up goes on.

    >>> dominant_resource_fairness.divide({"cpu": 1, "memory": 1}, {"ann": (1, 2), "bob": (1, 1)})
    Profile(ann=Profile(cpu=Fraction(1, 4), memory=Fraction(1, 2)), bob=Profile(cpu=Fraction(1, 2), \
memory=Fraction(1, 2)))
    """
    return filled(capacities, demands, [1 / max(_fractions(capacities, row)) for row in demands])


@resource_rule
def asset_fairness(capacities: list[Q], demands: list[list[Q]]) -> list[Fraction]:
    """All run tasks so that the sums of the fractions that each uses of the resources rise alike until what they need
    is used up (Ghodsi et al. 2011).

    As if one per cent of each resource cost the same. Who does not need the resources that are used up goes on.

    >>> asset_fairness.divide({"cpu": 30, "memory": 30}, {"ann": (1, 3), "bob": (1, 1)})
    Profile(ann=Profile(cpu=6, memory=18), bob=Profile(cpu=12, memory=12))
    """
    return filled(capacities, demands, [1 / sum(_fractions(capacities, row), Fraction(0)) for row in demands])


@resource_rule
def resource_equilibrium(capacities: list[Q], demands: list[list[Q]]) -> list[Fraction]:
    """The competitive equilibrium from equal incomes, which maximises the product of the numbers of tasks (Varian 1974;
    Ghodsi et al. 2011).

    Exact: where one resource is scarce, or as many as there are players; with two players always. In between the
    numbers of tasks need not be rational, and then BadInput is raised.

    >>> resource_equilibrium.divide({"cpu": 9, "memory": 18}, {"ann": (1, 4), "bob": (3, 1)})
    Profile(ann=Profile(cpu=Fraction(45, 11), memory=Fraction(180, 11)), bob=Profile(cpu=Fraction(54, 11), \
memory=Fraction(18, 11)))
    """
    n = len(demands)
    for c, column in zip(capacities, zip(*demands, strict=True), strict=True):
        if all(column):
            found = [Fraction(c, n) / d for d in column]
            if _feasible(capacities, demands, found):
                return found
    for scarce in itertools.combinations(range(len(capacities)), n):
        rows = [[row[r] for row in demands] for r in scarce]
        corner = _solved(rows, [capacities[r] for r in scarce])
        if corner and min(corner) > 0 and _feasible(capacities, demands, corner):
            prices = _solved([[row[r] for r in scarce] for row in demands], [1 / x for x in corner])
            if prices and min(prices) >= 0:
                return corner
    raise BadInput(
        "the equilibrium of these demands is not one scarce resource or as many as there are players, and so perhaps "
        "not rational; ask for two players, or for fewer resources"
    )


def filled(capacities: Sequence[Q], demands: Sequence[Sequence[Q]], speeds: Sequence[Fraction]) -> list[Fraction]:
    """Progressive filling: numbers of tasks rise at the given speeds; who needs a resource that is used up stops.

    >>> [str(x) for x in filled([1, 1], [[1, 0], [1, 1], [0, 1]], [Fraction(1), Fraction(2), Fraction(1)])]
    ['1/3', '2/3', '1/3']
    """
    running, left = [Fraction(0)] * len(demands), [Fraction(c) for c in capacities]
    active = set(range(len(demands)))
    while active:
        use = [sum((speeds[i] * demands[i][r] for i in active), Fraction(0)) for r in range(len(left))]
        time = min(x / u for x, u in zip(left, use, strict=True) if u)
        for i in active:
            running[i] += time * speeds[i]
        left = [x - time * u for x, u in zip(left, use, strict=True)]
        active = {i for i in active if all(x for x, need in zip(left, demands[i], strict=True) if need)}
    return running


def _fractions(capacities: Sequence[Q], demand: Sequence[Q]) -> list[Fraction]:
    """Which fraction of each resource a task needs."""
    return [Fraction(d) / c for d, c in zip(demand, capacities, strict=True)]


def _feasible(capacities: Sequence[Q], demands: Sequence[Sequence[Q]], running: Sequence[Fraction]) -> bool:
    used = [sum(x * d for x, d in zip(running, column, strict=True)) for column in zip(*demands, strict=True)]
    return all(u <= c for u, c in zip(used, capacities, strict=True))


def _solved(rows: Sequence[Sequence[Q]], right: Sequence[Q]) -> list[Fraction] | None:
    """The solution of a square system of equations, None if it has no or many (Gauss)."""
    system = [[Fraction(x) for x in (*row, b)] for row, b in zip(rows, right, strict=True)]
    for k in range(len(system)):
        pivot = next((r for r in range(k, len(system)) if system[r][k]), None)
        if pivot is None:
            return None
        system[k], system[pivot] = system[pivot], system[k]
        system[k] = [x / system[k][k] for x in system[k]]
        for r in range(len(system)):
            if r != k and system[r][k]:
                system[r] = [x - system[r][k] * y for x, y in zip(system[r], system[k], strict=True)]
    return [row[-1] for row in system]
