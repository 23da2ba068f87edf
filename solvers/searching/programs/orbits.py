"""Orbits: where players may exchange their names, the best rule may be taken to treat them alike.

If everything that is asked and everything that is wanted stays what it is when two players exchange their names, the
mean of a rule over all exchanges is as good as the rule itself (Gatermann and Parrilo 2004). So only what happens at
profiles in which types do not fall from one player alike to the next is unknown, and there only once for outcomes
that exchange players of equal types.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ....games.environment import Environment
from ....games.numbers import Array
from ....mechanisms.cases import Var
from ....mechanisms.expectations import Expectation
from ...verification.exchange import (
    Key,
    exchanged,
    key_of,
    key_of_expression,
    parts_in,
    parts_stay,
    places_exchanged,
)
from ...verification.statements import Statement
from .layout import Alike, every_case, width_of

Values = Mapping[Var, int]


@dataclass(frozen=True, eq=False)
class Orbits:
    """The layout of rules that treat the players of each class alike; ``swaps`` exchanges neighbours in a class."""

    env: Environment
    alike: Alike
    swaps: Mapping[tuple[str, str], Array]  # of coordinates and payments
    statements: tuple[Statement, ...]

    # -- unknowns -----------------------------------------------------------------------------------------------------

    @cached_property
    def _sorted(self) -> Array:
        """The places of types, [profile, player], at the profiles that stand for all."""
        variables = [Var(p) for p in self.env.players]
        cases = every_case(self.env, variables, self.alike)
        return np.stack([cases[v] for v in variables], axis=1)

    @cached_property
    def _places(self) -> tuple[Array, Array]:
        """The numbers of those profiles, rising, and where each stands in ``_sorted``."""
        numbers = self._number(self._sorted)
        order = np.argsort(numbers)
        return numbers[order], order

    def _number(self, types: Array) -> Array:
        found: Array = np.zeros(len(types), dtype=np.int64)
        for k, size in enumerate(self.env.sizes):
            found = found * size + types[:, k]
        return found

    @cached_property
    def _neighbours(self) -> list[tuple[int, int, Array]]:
        at = self.env.players.index
        return [(at(a), at(b), self.swaps[a, b]) for each in self.alike for a, b in itertools.pairwise(each)]

    @cached_property
    def _unknowns(self) -> tuple[Array, Array]:
        """The unknown of each coordinate at each of those profiles, and the coordinate of each unknown."""
        first = np.tile(np.arange(width_of(self.env)), (len(self._sorted), 1))
        while True:  # outcomes that exchange players of equal types are one unknown
            before = first
            for i, j, swap in self._neighbours:
                equal = (self._sorted[:, i] == self._sorted[:, j])[:, None]
                first = np.where(equal, np.minimum(first, first[:, swap]), first)
            if np.array_equal(before, first):
                break
        own = first == np.arange(first.shape[1])
        number = (np.cumsum(own.reshape(-1)) - 1).reshape(first.shape)
        return np.take_along_axis(number, first, axis=1), np.nonzero(own)[1]

    @property
    def size(self) -> int:
        return len(self._unknowns[1])

    @property
    def offsets(self) -> Array:
        return self._unknowns[1]

    def profiles(self) -> list[Array]:
        return list(self._sorted.T)

    def columns(self, types: Sequence[Array], offsets: Array) -> Array:
        shape = np.broadcast_shapes(*(t.shape for t in types))
        here = np.stack([np.broadcast_to(t, shape).reshape(-1) for t in types], axis=1)
        at = np.tile(offsets, (len(here), 1))
        longest = max(map(len, self.alike))
        for _ in range(longest - 1):  # each exchange of neighbours that sorts the types moves the outcomes with them
            moved = False
            for i, j, swap in self._neighbours:
                falls = here[:, i] > here[:, j]
                if falls.any():
                    moved = True
                    here[falls, i], here[falls, j] = here[falls, j], here[falls, i]
                    at[falls] = swap[at[falls]]
            if not moved:
                break
        numbers, order = self._places
        place = order[np.searchsorted(numbers, self._number(here))]
        return np.asarray(self._unknowns[0][place[:, None], at].reshape(*shape, len(offsets)))

    # -- statements ---------------------------------------------------------------------------------------------------

    def swap(self, one: str, other: str) -> Array:
        """What coordinates and payments become when any two players of a class exchange their names."""
        each = next(c for c in self.alike if one in c)
        i, j = sorted((each.index(one), each.index(other)))
        found = self.swaps[each[j - 1], each[j]]
        for k in range(j - 2, i - 1, -1):
            outer = self.swaps[each[k], each[k + 1]]
            found = outer[found[outer]]
        return found

    @cached_property
    def _index(self) -> dict[Key, int]:
        return {(id(s.property), key_of(self.env, s, {})): k for k, s in reversed(list(enumerate(self.statements)))}

    @cached_property
    def _becomes(self) -> list[list[int]]:
        """The number of what each statement becomes under each exchange of neighbours."""
        found = []
        for a, b in self.swaps:
            names, swap = exchanged(a, b), self.swaps[a, b]
            found.append([self._index[id(s.property), key_of(self.env, s, names, swap)] for s in self.statements])
        return found

    def leading(self) -> list[int]:
        """The number of one statement of each kind: the others are what it becomes."""
        left, found = set(range(len(self.statements))), []
        for k in range(len(self.statements)):
            if k in left:
                found.append(k)
                reach = [k]
                for each in reach:
                    left.discard(each)
                    reach += [b[each] for b in self._becomes if b[each] in left and b[each] not in reach]
        return found

    def alike_in(self, statement: Statement) -> Alike:
        """The players whose names may be exchanged without changing the statement."""
        own = key_of(self.env, statement, {})
        marks = _marks(statement.case.variables, [statement.margin])
        same = lambda a, b: key_of(self.env, statement, exchanged(a, b), self.swap(a, b)) == own  # noqa: E731
        return self._runs(marks, same)

    def alike_for(self, part: Expectation) -> Alike:
        """The players whose names may be exchanged without changing a part of the objective."""
        own = key_of_expression(self.env, part, {})
        marks = _marks((), [part])
        same = lambda a, b: key_of_expression(self.env, part, exchanged(a, b), self.swap(a, b)) == own  # noqa: E731
        return self._runs(marks, same)

    def _runs(self, marks: Mapping[str, Any], same: Any) -> Alike:
        found: list[list[str]] = []
        for each in self.alike:
            runs: list[list[str]] = []
            for player in each:
                if player not in marks:
                    continue
                for run in runs:
                    if marks[run[-1]] == marks[player] and same(run[-1], player):
                        run.append(player)
                        break
                else:
                    runs.append([player])
            found += [run for run in runs if len(run) > 1]
        return found

    def images(self, number: int, values: Values) -> list[tuple[int, dict[Var, int]]]:
        """Every statement and case that one becomes when players alike exchange their names."""
        start = (number, tuple(sorted(((v.player, v.mark), k) for v, k in values.items())))
        found = {start: None}
        queue = [start]
        for statement, case in queue:
            for (a, b), becomes in zip(self.swaps, self._becomes, strict=True):
                names = exchanged(a, b)
                moved = tuple(sorted(((names.get(p, p), mark), k) for (p, mark), k in case))
                image = (becomes[statement], moved)
                if image not in found:
                    found[image] = None
                    queue.append(image)
        return [(k, {Var(p, mark): place for (p, mark), place in case}) for k, case in found]

    def leading_parts(self, parts: Sequence[Expectation]) -> list[tuple[int, list[int]]]:
        """One part of the objective of each kind, with the numbers of all that are like it."""
        keys = [key_of_expression(self.env, part, {}) for part in parts]
        left, found = list(range(len(parts))), []
        while left:
            reach = [left[0]]
            for each in reach:
                for (a, b), swap in self.swaps.items():
                    image = key_of_expression(self.env, parts[each], exchanged(a, b), swap)
                    reach += [k for k in left if keys[k] == image and k not in reach]
            found.append((left[0], sorted(reach)))
            left = [k for k in left if k not in reach]
        return found


def _marks(axes: Sequence[Var], expressions: Sequence[Expectation]) -> dict[str, tuple[str, str]]:
    """The one variable of each player who has but one, and whether it is a case's or drawn."""
    bound = {v for e in expressions for t in e.terms if t.belief for v in t.belief.bound}
    each: dict[str, set[tuple[str, str]]] = {}
    for kind, variables in (("case", axes), ("drawn", sorted(bound, key=lambda v: (v.player, v.mark)))):
        for v in variables:
            each.setdefault(v.player, set()).add((kind, v.mark))
    return {player: next(iter(marks)) for player, marks in each.items() if len(marks) == 1}


def orbits_of(env: Environment, statements: Sequence[Statement], parts: Sequence[Expectation]) -> Orbits | None:
    """The classes of players who may exchange their names, all checked exactly; None where nobody may."""
    if env.interdependent or len(env.players) < 2:
        return None
    classes: list[list[str]] = []
    swaps: dict[tuple[str, str], Array] = {}
    every = parts_in(statements, parts)
    own = {(id(s.property), key_of(env, s, {})) for s in statements}, {key_of_expression(env, p, {}) for p in parts}
    for player in env.players:
        for each in classes:
            names = exchanged(each[-1], player)
            swap = places_exchanged(env, each[-1], player)
            if swap is None or not parts_stay(env, every, names, swap):
                continue
            statements_now = {(id(s.property), key_of(env, s, names, swap)) for s in statements}
            if (statements_now, {key_of_expression(env, p, names, swap) for p in parts}) == own:
                swaps[each[-1], player] = swap
                each.append(player)
                break
        else:
            classes.append([player])
    alike = [each for each in classes if len(each) > 1]
    return Orbits(env, alike, swaps, tuple(statements)) if alike else None
