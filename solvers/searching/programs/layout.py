"""Layouts: which unknown of a program stands for a coordinate of a rule at a profile, and the cases there are."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ....games.environment import Environment
from ....games.numbers import Array
from ....mechanisms.cases import Var

Cases = Mapping[Var, Array]  # the place of each variable's type, one entry a case
Alike = Sequence[Sequence[str]]  # classes of players who may exchange their names


def width_of(env: Environment) -> int:
    """How many unknowns a profile has: its coordinates, then its payments."""
    return env.space.dimension + (0 if env.transfers is None else len(env.players))


class Layout(Protocol):
    """Where the unknowns stand."""

    @property
    def size(self) -> int:
        """How many unknowns there are."""

    @property
    def offsets(self) -> Array:
        """Which coordinate (or, after the coordinates, payment) of a profile each unknown is."""

    def profiles(self) -> list[Array]:
        """The places of the types at the profiles whose unknowns these are, one array a player."""

    def columns(self, types: Sequence[Array], offsets: Array) -> Array:
        """The unknowns of ``offsets`` at profiles (places of types, one array a player): one more axis at the end."""


@dataclass(frozen=True)
class Plain:
    """Every coordinate at every profile is an unknown of its own: column p * width + k."""

    env: Environment

    @property
    def size(self) -> int:
        return self.env.n_profiles * width_of(self.env)

    @property
    def offsets(self) -> Array:
        return np.tile(np.arange(width_of(self.env)), self.env.n_profiles)

    def profiles(self) -> list[Array]:
        return [a.reshape(-1) for a in np.indices(self.env.sizes)]

    def columns(self, types: Sequence[Array], offsets: Array) -> Array:
        at: Array = np.zeros((), dtype=np.int64)
        for places, size in zip(types, self.env.sizes, strict=True):
            at = at * size + places
        return np.asarray(at[..., None] * width_of(self.env) + offsets)


def count_of(cases: Cases) -> int:
    """How many cases there are: one where there are no variables."""
    return len(next(iter(cases.values()))) if cases else 1


def every_case(
    env: Environment,
    axes: Sequence[Var],
    alike: Alike = (),
    joined: tuple[Sequence[Var], Array] = ((), np.zeros((0, 1))),
) -> dict[Var, Array]:
    """All places of the variables (the last changing fastest); of players alike, those in which types do not fall.

    Of the variables ``joined[0]`` only the places ``joined[1]`` (one row a variable) are taken.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> cases = every_case(env, [Var("ann"), Var("bob")], [["ann", "bob"]])
    >>> [places.tolist() for places in cases.values()]
    [[0, 0, 1], [0, 1, 1]]
    """
    together = [[v for v in axes if v.player in players] for players in alike]
    units = [list(joined[0]), *together]
    units = [unit for unit in units if len(unit) > 1]
    taken = {v for unit in units for v in unit}
    units += [[v] for v in axes if v not in taken]
    units.sort(key=lambda unit: axes.index(unit[0]))
    blocks = []
    for unit in units:
        size = len(env.types[unit[0].player])
        if unit == list(joined[0]):
            blocks.append(joined[1])
        elif len(unit) == 1:
            blocks.append(np.arange(size, dtype=np.int64)[None])
        else:
            blocks.append(np.array(list(itertools.combinations_with_replacement(range(size), len(unit)))).T)
    shape = [block.shape[1] for block in blocks]
    found: dict[Var, Array] = {}
    for k, (unit, block) in enumerate(zip(units, blocks, strict=True)):
        for v, places in zip(unit, block, strict=True):
            turned = places.reshape([-1 if j == k else 1 for j in range(len(shape))])
            found[v] = np.broadcast_to(turned, shape).reshape(-1)
    return {v: found[v] for v in axes}


def how_often(cases: Cases, axes: Sequence[Var], alike: Alike) -> Array:
    """For each case how many there are that differ from it by names alone."""
    count: Array = np.ones(count_of(cases), dtype=np.int64)
    for players in alike:
        unit = [cases[v] for v in axes if v.player in players]
        if len(unit) > 1:
            ways, run = np.full(len(count), math.factorial(len(unit)), dtype=object), np.ones(len(count), dtype=object)
            for one, other in itertools.pairwise(unit):
                run = np.where(one == other, run + 1, 1)
                ways //= run
            count = count.astype(object) * ways
    return count
