"""Requirements as clauses: what they say of a deterministic rule, each about what is chosen at a few profiles."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Any

import numpy as np

from ....games.environment import Environment
from ....games.errors import BadInput, GameTooLarge
from ....games.numbers import Array
from ....games.profile import Profile
from ....mechanisms.cases import Case, Untraceable
from ....mechanisms.clausal import Clausal, Clauses, Few, items_of
from ....mechanisms.goals import Requirement
from ....mechanisms.properties.efficiency import pareto_efficient
from ....mechanisms.property import ForAll, OwnCheck
from ....mechanisms.rule import DirectMechanism
from ...verification.plan import asked
from ...verification.statements import Statement, trace
from ...verification.verify_cases import cases_of, fails
from ..programs.rows import rows_for

MOST_ROWS = 20_000_000  # cases of inequalities, times outcomes
MOST_QUESTIONS = 200_000  # times that a property's own check is called


class OutOfTime(Exception):
    """The time ran out."""


@dataclass(frozen=True, eq=False)
class Grounded:
    """Clauses of a requirement; of an inequality also the statement, and the number of the case of each row."""

    property: Requirement | None
    clauses: Clauses
    statement: Statement | None = None
    cases: Array | None = None


def ground(env: Environment, property: Requirement, until: float = math.inf) -> list[Grounded]:
    """A requirement as clauses; raises BadInput for one that they cannot say, GameTooLarge, OutOfTime.

    >>> import rulewright as rw
    >>> env = rw.games.voting(("ann", "bob"), ("a", "b"))
    >>> sum(len(each.clauses.places) for each in ground(env, rw.strategyproof))
    8
    """
    items_of(env, "a search for deterministic rules")
    if isinstance(property, Clausal):
        return [Grounded(property, each) for each in property.clauses(env)]
    if isinstance(property, ForAll):
        try:
            statements = trace(property, env)
        except Untraceable:
            return [Grounded(property, each) for each in _by_asking(env, property, until)]
        found: list[Grounded] = []
        for statement in statements:
            if monotonic() > until:
                raise OutOfTime
            found += _of_statement(env, statement)
        return found
    if isinstance(property, OwnCheck):
        return [Grounded(property, each) for each in _by_asking(env, property, until)]
    raise BadInput(f'{property.name} is a property of games in normal form, and "{env.name}" is an environment')


# -- inequalities -----------------------------------------------------------------------------------------------------


def _of_statement(env: Environment, statement: Statement) -> Iterator[Grounded]:
    """An inequality whose cases are each about one or two profiles."""
    m, axes = env.space.dimension, statement.case.variables
    size = math.prod(len(env.types[v.player]) for v in axes) * m
    if size > MOST_ROWS:
        raise GameTooLarge(f"cases of {statement.property.name}", size, MOST_ROWS, "declare fewer types or players")
    rows = rows_for(env, statement.margin, axes)
    profile, outcome = rows.columns // m, rows.columns % m
    count = len(rows.constant)
    first, last = np.full(count, env.n_profiles), np.full(count, -1)
    np.minimum.at(first, rows.rows, profile)
    np.maximum.at(last, rows.rows, profile)
    if ((profile != first[rows.rows]) & (profile != last[rows.rows])).any():
        raise BadInput(
            f"{statement.property.name} compares more than two profiles at a time, which clauses cannot say; leave out "
            'method="sat"'
        )
    kind: Any = object if rows.values.dtype == object or rows.constant.dtype == object else np.int64
    both = np.zeros((count, 2 * m + 1), dtype=kind)
    both[:, -1] = rows.constant
    side = np.where(profile == first[rows.rows], 0, m)
    both[rows.rows, side + outcome] = rows.values
    kept = np.flatnonzero(asked(env, statement.case).reshape(-1))
    patterns, which = _distinct(both[kept])
    places = np.stack([np.where(first < env.n_profiles, first, 0), np.maximum(last, 0)], axis=1)[kept]
    for j, pattern in enumerate(patterns):
        here = which == j
        for sets in staircase(pattern[:m], pattern[m:-1], pattern[-1], statement.property.equal):
            columns = [k for k in (0, 1) if sets[k]] or [0]
            block = Clauses(places[here][:, columns], tuple(sets[k] for k in columns))
            yield Grounded(statement.property, block, statement, kept[here])


def _distinct(rows: Array) -> tuple[list[list[int]], Array]:
    """The different rows, and which of them each row is."""
    if rows.dtype != object:
        found, first, which = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        order = np.argsort(first)  # as they come, whatever the unit of utility
        return found[order].tolist(), np.argsort(order)[which.reshape(-1)]
    known: dict[tuple[int, ...], int] = {}
    numbers = [known.setdefault(tuple(row), len(known)) for row in rows.tolist()]
    return [list(row) for row in known], np.array(numbers, dtype=np.int64)


def staircase(one: list[int], two: list[int], constant: int, equal: bool) -> Iterator[tuple[Few, Few]]:
    """Where f and g must lie so that ``one[f] + two[g] + constant`` is at least (or equal to) 0: f here or g there.

    >>> [tuple(map(sorted, step)) for step in staircase([2, 1, 0], [-2, -1, 0], 0, False)]
    [([0, 1], [2]), ([0], [1, 2])]
    """
    for sign in (1, -1) if equal else (1,):
        steps: dict[Few, Few] = {}
        for least in sorted({sign * a for a in one}):
            above = frozenset(f for f, a in enumerate(one) if sign * a > least)
            enough = frozenset(g for g, b in enumerate(two) if least + sign * (b + constant) >= 0)
            if len(enough) < len(two):
                steps[enough] = above  # a later step with the same second set says more
        yield from ((above, enough) for enough, above in steps.items())


# -- by asking --------------------------------------------------------------------------------------------------------


class _Asked(Exception):
    """A check wants to know what is chosen at a profile."""


def _by_asking(env: Environment, property: ForAll | OwnCheck, until: float) -> list[Clauses]:
    """Any property, by what its own check says of each answer that a rule may give it."""
    found: dict[tuple[tuple[Few, ...], tuple[int, ...]], list[tuple[int, ...]]] = {}
    everything = frozenset(range(env.space.dimension))
    single = property is pareto_efficient
    questions = 0
    for case in cases_of(property, env):
        waiting: list[dict[int, int]] = [{}]
        while waiting:
            known = waiting.pop()
            questions += 1
            if questions > MOST_QUESTIONS:
                remedy = "declare fewer types, players or outcomes, or search a family of rules instead (family=...)"
                raise GameTooLarge(f"questions to {property.name}", questions, MOST_QUESTIONS, remedy)
            if monotonic() > until:
                raise OutOfTime
            answer = _answer(env, property, case, known)
            if answer is True:
                sets = tuple(everything - {x} for x in known.values())
                about = tuple(known.values()) if single else ()
                found.setdefault((sets, about), []).append(tuple(known))
            elif answer is not False:
                waiting += [{**known, answer: x} for x in reversed(range(env.space.dimension))]
    return [
        Clauses(np.array(sorted(set(places)), dtype=np.int64).reshape(-1, len(sets)), sets, about)
        for (sets, about), places in found.items()
    ]


def _answer(env: Environment, property: ForAll | OwnCheck, case: Case, known: dict[int, int]) -> bool | int:
    """Whether the property fails where these are chosen, or the number of the profile at which it asks for more."""
    missing = -1

    def told(where: Environment, reports: Profile[Any]) -> Any:
        nonlocal missing
        if where is not env:
            raise BadInput(
                f"{property.name} asks what is chosen in another environment, which a rule found by search does not say"
            )
        p = env.place(reports)
        if p not in known:
            missing = p
            raise _Asked
        return items_of(env, property.name)[known[p]]

    try:
        return fails(DirectMechanism(told, "a rule"), env, property, case)
    except _Asked:
        return missing
