"""Computing resources: players whose tasks need several resources in fixed proportions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from .claims import exchanged
from .environment import Environment, guard_types
from .errors import BadInput, GameTooLarge
from .numbers import Number, exact, number, show
from .outcomes import Finite, Outcome, swapped
from .profile import Profile

DIVISIONS_LIMIT = 100_000
Demand = tuple[Number, ...]
Division = Callable[[Mapping[str, Number], Mapping[str, Demand]], Profile[Profile[int | Fraction]]]


def resources(
    demands: Mapping[str, Sequence[Demand]],
    capacities: Mapping[str, Number],
    *,
    rules: Sequence[Any] = (),
    prior: Mapping[Any, Any] | None = None,
    name: str = "resources",
) -> Environment:
    """Resources for players who run tasks, each of which needs a fixed amount of every resource: Leontief demands
    (Ghodsi et al. 2011).

    A type is what one task needs, an amount of each resource in the order of ``capacities``; a player's utility is
    how many tasks (fractions count) her share has room for. An outcome says how much of each resource each player
    gets, as a Profile of Profiles. Listed are the divisions of every resource in n equal parts for n players, and
    what each of ``rules`` gives at some profile of types, whoever then gets which share: rules for resources, or
    functions ``divide(capacities, demands)``. Raises BadInput, GameTooLarge.

    >>> from rulewright.mechanisms.rules.resources import dominant_resource_fairness
    >>> env = resources({"ann": ((1, 4),), "bob": ((3, 1),)}, {"cpu": 9, "memory": 18},
    ...                 rules=[dominant_resource_fairness])
    >>> env.space.items[-2]
    Profile(ann=Profile(cpu=3, memory=12), bob=Profile(cpu=6, memory=2))
    >>> env.utility("ann", env.space.items[-2], (1, 4)), env.utility("bob", env.space.items[-2], (3, 1))
    (3, 2)
    """
    if not demands:
        raise BadInput(f'nobody shares the resources of "{name}"; name at least one player')
    guard_types(name, demands.values())
    players, capacity = tuple(demands), {r: exact(c, f"the capacity of {r}") for r, c in capacities.items()}
    if not capacity or any(c <= 0 for c in capacity.values()):
        raise BadInput(f"the capacities are {Profile(capacity)}; name at least one resource, each with more than 0")
    types = {p: tuple(_demand(p, t, len(capacity)) for t in each) for p, each in demands.items()}
    n = len(players)
    size = math.comb(2 * n - 1, n) ** len(capacity)
    given = math.prod(map(len, types.values())) * math.factorial(n) if rules else 0
    if size > DIVISIONS_LIMIT or given > DIVISIONS_LIMIT:
        remedy = "declare fewer players, resources or types"
        raise GameTooLarge("divisions of the resources", max(size, given), DIVISIONS_LIMIT, remedy)
    parts = list(_parts(n, n))
    items = [
        _division(players, tuple(capacity), [[Fraction(c) * k / n for k in cut] for c, cut in zip(
            capacity.values(), cuts, strict=True)])
        for cuts in itertools.product(parts, repeat=len(capacity))
    ]  # fmt: skip
    found = []
    for rule in rules:
        divide: Division = getattr(rule, "divide", rule)
        for each in itertools.product(*types.values()):
            gets = divide(capacity, dict(zip(players, each, strict=True)))
            rows = [[exact(gets[p][r]) for p in players] for r in capacity]
            _check(capacity, rows)
            found.append(_division(players, tuple(capacity), rows))
    space = Finite(tuple(dict.fromkeys((*items, *exchanged(found)))), swap=swapped)
    return Environment(name, types, space, partial(_tasks, tuple(capacity)), prior)


def _demand(player: str, type: Any, resources: int) -> Demand:
    if not isinstance(type, tuple) or len(type) != resources:
        raise BadInput(f'a type of "{player}" is {type!r}; with {resources} resources it is a tuple of as many')
    needs = tuple(number(x, f'a demand of "{player}"') for x in type)
    if min(needs) < 0 or not any(needs):
        raise BadInput(f'a type of "{player}" is {type!r}; a task needs at least 0 of each resource, and something')
    return needs


def _parts(units: int, players: int) -> Iterator[tuple[int, ...]]:
    """All ways to hand out so many units, the first player's share falling."""
    if players == 1:
        yield (units,)
        return
    for own in range(units, -1, -1):
        yield from ((own, *rest) for rest in _parts(units - own, players - 1))


def _division(players: Sequence[str], names: Sequence[str], rows: Sequence[Sequence[Number]]) -> Profile[Any]:
    """The outcome of ``rows[resource][player]``."""
    return Profile(
        {p: Profile({r: exact(row[i]) for r, row in zip(names, rows, strict=True)}) for i, p in enumerate(players)}
    )


def _check(capacity: Mapping[str, Number], rows: Sequence[Sequence[int | Fraction]]) -> None:
    for (resource, most), row in zip(capacity.items(), rows, strict=True):
        if min(row) < 0 or sum(row) > most:
            raise BadInput(
                f"a rule hands out {', '.join(map(show, row))} of {resource}, of which there is {show(most)}; shares "
                f"are at least 0 and sum to at most that"
            )


def _tasks(names: Sequence[str], player: str, outcome: Outcome, type: Any) -> Number:
    return tasks({r: outcome[player][r] for r in names}, type)


def tasks(share: Mapping[str, Number], demand: Demand) -> int | Fraction:
    """How many tasks that each need ``demand`` there is room for in a share, an amount of each resource.

    >>> tasks({"cpu": 3, "memory": 8}, (1, 4))
    2
    """
    return min(
        exact(Fraction(exact(amount)) / Fraction(exact(need)))
        for amount, need in zip(share.values(), demand, strict=True)
        if need
    )


def capacities_of(env: Environment) -> dict[str, int | Fraction]:
    """How much of each resource there is; raises BadInput if the environment is none of resources.

    >>> capacities_of(resources({"ann": ((1, 4),), "bob": ((3, 1),)}, {"cpu": 9, "memory": 18}))
    {'cpu': 9, 'memory': 18}
    """
    first: Any = env.space.items[0] if isinstance(env.space, Finite) else None
    if not isinstance(first, Profile) or not all(isinstance(share, Profile) for share in first.values()):
        raise BadInput(f'the rule divides resources, and the outcomes of "{env.name}" are no divisions of them')
    names: tuple[str, ...] = tuple(first[env.players[0]])
    return {r: exact(sum(exact(first[p][r]) for p in env.players)) for r in names}
