"""Multisets: what an anonymous rule gives one player at every multiset of the others' reports, as arrays."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from ...games.environment import Environment
from ...games.errors import BadInput, GameTooLarge
from ...games.numbers import Array, exact, integers, show
from ...games.units import supply_of
from ...mechanisms.cases import Untraceable
from ...mechanisms.symbolic.branches import Fork, Reading, Tree, explore, leaves, numbered
from ...mechanisms.symbolic.evaluation import Evaluation
from ...mechanisms.symbolic.replacements import checked_exact
from ...mechanisms.symbolic.standins import rebuilt
from ...mechanisms.symbolic.symbols import Real, symbol
from ...mechanisms.unnamed import AnonymousRule, checked_answer
from .verify_cases import two_answers

LIMIT = 500_000_000  # multisets of reports
CALLS = 2_000_000  # of a rule that cannot be read as arithmetic
SAMPLES = 12  # multisets at which what was read is compared with the rule


def multisets(values: int, size: int, start: int, stop: int) -> Array:
    """Multisets of numbers below ``values``, each row from highest to lowest: those numbered ``start`` to ``stop``.

    The numbering is the combinatorial number system (Knuth 2011).

    >>> multisets(3, 2, 0, 6).tolist()
    [[0, 0], [1, 0], [1, 1], [2, 0], [2, 1], [2, 2]]
    """
    rows = np.zeros((stop - start, size), dtype=np.int16)
    first, length = np.array([start]), np.array([stop - start])  # runs of rows that are alike so far
    for j in range(size):
        left = size - j
        below = np.array([math.comb(a, left) for a in range(values + left + 1)], dtype=np.int64)
        low = np.searchsorted(below, first, side="right") - 1
        high = np.searchsorted(below, first + length - 1, side="right") - 1
        parts = high - low + 1
        run = np.repeat(np.arange(len(first)), parts)
        number = np.repeat(low, parts) + np.arange(len(run)) - np.repeat(np.cumsum(parts) - parts, parts)
        begin = np.maximum(first[run], below[number])
        end = np.minimum(first[run] + length[run], below[number + 1])
        first, length = begin - below[number], end - begin
        rows[:, j] = np.repeat(number - (left - 1), length)
    return rows


def how_many(values: int, size: int) -> int:
    """How many multisets of that size there are of so many values."""
    return math.comb(values + size - 1, size)


@dataclass(frozen=True)
class Setting:
    """An anonymous rule in an environment of units, in which players differ in nothing but their names."""

    rule: AnonymousRule
    env: Environment

    @cached_property
    def supply(self) -> int:
        """How many units there are."""
        return supply_of(self.env)

    @cached_property
    def ranked(self) -> Array:
        """The places of the types, from the lowest to the highest."""
        types = self.env.types[self.env.players[0]]
        return np.array(sorted(range(len(types)), key=lambda k: exact(types[k])), dtype=np.int64)

    @cached_property
    def values(self) -> tuple[Array, int]:
        """The types from the lowest to the highest, as integers and their scale."""
        types = self.env.types[self.env.players[0]]
        return integers(np.array([types[k] for k in self.ranked], dtype=object))

    @property
    def others(self) -> int:
        """How many multisets of reports the others of one player have."""
        return how_many(len(self.ranked), len(self.env.players) - 1)

    @property
    def everybody(self) -> int:
        """How many multisets of reports all have."""
        return how_many(len(self.ranked), len(self.env.players))

    def check(self) -> None:
        """Raise BadInput unless players differ in nothing but their names; GameTooLarge for too many multisets."""
        env, first = self.env, self.env.players[0]
        sets = sum(math.comb(len(env.players), k) for k in range(self.supply + 1))
        if env.space.dimension != sets:
            raise BadInput(
                f'"{env.name}" does not list every set of at most {self.supply} winners; make it with games.units'
            )
        if self.everybody > LIMIT:
            size = self.everybody
            raise GameTooLarge(f'multisets of reports in "{env.name}"', size, LIMIT, "declare fewer types or players")
        won = {player: [player in winners for winners in env.space.items] for player in env.players}  # type: ignore[attr-defined]
        for player in env.players:
            rows = env.utilities(player)
            alike = env.types[player] == env.types[first] and all(
                len({exact(x) for x in np.asarray(row)[np.array(won[player]) == unit]}) == 1
                for row in rows
                for unit in (False, True)
            )
            gets = rows[:, won[player].index(True)], rows[:, won[player].index(False)]
            if not alike or any(_differ(a, b) for a, b in zip(gets, self.worths, strict=True)):
                raise BadInput(
                    f'"{first}" and "{player}" differ in "{env.name}"; an anonymous rule needs the same types and '
                    f"utilities for all"
                )

    @cached_property
    def worths(self) -> tuple[Array, Array]:
        """What a unit is worth to each type, and what none is."""
        first = self.env.players[0]
        won = [first in winners for winners in self.env.space.items]  # type: ignore[attr-defined]
        rows = self.env.utilities(first)
        return rows[:, won.index(True)], rows[:, won.index(False)]

    @cached_property
    def reading(self) -> Reading | None:
        """The rule read as branches of (chance, payment); None where it must be called."""
        if any(type(t) is not int and not isinstance(t, Fraction) for t in self.env.types[self.env.players[0]]):
            return None  # the rule's own arithmetic on floats rounds
        own, rest = symbol("own"), tuple(symbol(f"other {j}") for j in range(len(self.env.players) - 1))
        falling = [a >= b for a, b in itertools.pairwise(rest)]
        each = rebuilt(self.rule.each)
        try:
            tree, rounds = explore(lambda: checked_answer(each(self.supply, own, rest), checked_exact), falling)
        except Untraceable:
            return None
        ends = [leaf for _, leaf in leaves(tree)]
        if rounds or any(leaf.refusal for leaf in ends):
            return None
        return Reading(tuple(_End(*leaf.value) for leaf in ends), numbered(tree), False)  # type: ignore[misc]

    def compare(self) -> None:
        """Raise BadInput where the rule, asked at multisets spread over all, says something else than was read."""
        if self.reading is None:
            return
        types: Any = self.env.types[self.env.players[0]]
        spread = ((self.others * j + j * j) // SAMPLES % self.others for j in range(SAMPLES))
        for k in sorted({0, self.others - 1, *spread}):
            row = multisets(len(types), len(self.env.players) - 1, k, k + 1)
            columns = [row[:, j] for j in range(row.shape[1])]
            (chances, scale), (payments, unit) = self.gets(np.arange(len(types)), columns)
            others = tuple(types[self.ranked[v]] for v in row[0])
            for rank in range(len(types)):
                own = types[self.ranked[rank]]
                read = Fraction(int(chances[rank]), scale), Fraction(int(payments[rank]), unit)
                if read != self.rule.answer(self.supply, own, others):
                    raise two_answers(self.rule, dict(zip(self.env.players, (own, *others), strict=True)))

    def gets(self, own: Array, others: Sequence[Array]) -> tuple[tuple[Array, int], tuple[Array, int]]:
        """The chance of a unit and the payment, each as ints and a scale.

        ``own`` holds ranks of one's own report, ``others[j]`` those of the (j + 1)-th highest of the others.
        """
        ints, scale = self.values
        reading = self.reading
        if reading is None:
            return self._called(own, others)
        at = {f"other {j}": (ints[each], scale) for j, each in enumerate(others) if f"other {j}" in self.mentioned}
        found = Evaluation({"own": (ints[own], scale), **at})
        chosen = found.chosen(reading)
        ends: Any = reading.branches
        return found.selected(chosen, [e.chance for e in ends]), found.selected(chosen, [e.payment for e in ends])

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """The reports that the rule looks at, of those that are read."""
        assert self.reading is not None
        ends: Any = self.reading.branches
        waiting: list[Any] = [*(e.chance for e in ends), *(e.payment for e in ends), *_truths(self.reading.tree)]
        found = set()
        while waiting:
            each = waiting.pop()
            if isinstance(each, Real):
                for atom, _ in each.terms:
                    found.add(atom.name)
                    waiting += atom.parts
        return frozenset(found)

    def _called(self, own: Array, others: Sequence[Array]) -> tuple[tuple[Array, int], tuple[Array, int]]:
        types = [self.env.types[self.env.players[0]][k] for k in self.ranked]
        shape = np.broadcast_shapes(own.shape, *(each.shape for each in others))
        size = self.others * len(types)
        if size > CALLS:
            raise GameTooLarge(
                f"calls of {self.rule.name}, which cannot be read as arithmetic", size, CALLS,
                "write it with +, -, *, comparisons, max, min and sorted alone",
            )  # fmt: skip
        rows = zip(*(np.broadcast_to(each, shape).reshape(-1) for each in (own, *others)), strict=True)
        found = [self.rule.answer(self.supply, types[a], tuple(types[b] for b in row)) for a, *row in rows]
        columns = (integers(np.array([exact(x) for x in each], dtype=object)) for each in zip(*found, strict=True))
        chance, payment = ((ints.reshape(shape), scale) for ints, scale in columns)
        return chance, payment

    def check_feasible(self, start: int, stop: int) -> None:
        """Raise BadInput where chances are none, or more units go out than there are, at some multisets of reports."""
        n = len(self.env.players)
        rows = np.ascontiguousarray(multisets(len(self.ranked), n, start, min(stop, self.everybody)).T)
        given: Any = 0
        for j in range(n):
            (chance, scale), (payment, unit) = self.gets(rows[j], [row for k, row in enumerate(rows) if k != j])
            if ((chance < 0) | (chance > scale)).any():
                self._refuse(rows, (chance < 0) | (chance > scale), "gives somebody a chance outside 0 to 1")
            for bound, sign in zip(self.env.transfers or (None, None), (-1, 1), strict=True):
                if bound is not None and ((payment - exact(bound) * unit) * sign > 0).any():
                    wrong = (payment - exact(bound) * unit) * sign > 0
                    self._refuse(rows, wrong, f"charges somebody an amount beyond {show(bound)}")
            given = given + chance.astype(object) * Fraction(1, scale) if scale > 1 else given + chance
        if (given > self.supply).any():
            self._refuse(rows, given > self.supply, f"gives out more than {self.supply} units")

    def _refuse(self, rows: Array, wrong: Any, what: str) -> None:
        row = rows[:, int(np.argmax(np.broadcast_to(wrong, rows.shape[1])))]
        types: Any = self.env.types[self.env.players[0]]
        bids = ", ".join(show(types[int(self.ranked[v])]) for v in row)
        raise BadInput(f"{self.rule.name} {what} where the reports are {bids}")


def _differ(one: Array, other: Array) -> bool:
    """Whether numbers differ, exactly: ints and floats are not made one kind."""
    return bool((one.astype(object) != other.astype(object)).any())


def _truths(tree: Tree[int]) -> Iterator[Real]:
    """The expressions on which a tree decides."""
    if isinstance(tree, Fork):
        for way in tree.ways:
            for part in way.parts:
                yield part.form
        for each in tree.trees:
            yield from _truths(each)


@dataclass(frozen=True)
class _End:
    """What one player gets on one branch."""

    chance: Any
    payment: Any
    refusal: str = ""
