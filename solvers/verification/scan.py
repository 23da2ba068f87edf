"""Scans: all cases of a plan, looked at in chunks of bounded size; what fails, and by how little the rest holds."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...games.numbers import INT64_SAFE, Array
from ...mechanisms.cases import Var
from .grids import Fixed, Grid
from .plan import DECIDABLE, ROUNDING, Drawn, Leaf, Looked, Plan, signs

CHUNK = 2**18  # entries of the largest temporary array: 2 MB, what a processor keeps at hand


@dataclass(frozen=True)
class Look:
    """What was found in a chunk: how many cases, the first that fails (a place for each variable), the least margin."""

    seen: int
    failing: tuple[int, ...] | None
    least: int | None


@dataclass(frozen=True)
class Scan:
    """A plan in the numbers in which it is decided: int64, floats with residues, or Python integers."""

    plan: Plan
    scale: int
    floats: Plan | None = None
    residues: Plan | None = None

    def look(self, fixed: Fixed) -> Look:
        """All cases in which the leading variables are ``fixed``."""
        plan = self.plan
        asked = plan.asked(fixed)
        values, wide = self._values(fixed)
        size = dict(zip(plan.axes, plan.sizes, strict=True))
        axes = [v for v in plan.axes if v not in fixed]
        shape = tuple(size[v] for v in axes)
        bad = np.asarray((values != 0) if plan.equal else (values < 0), dtype=bool)
        if asked is not None and bad.any():
            bad = bad & asked
        if bad.any():
            bad = np.broadcast_to(bad, shape)
            first = int(np.argmax(bad))
            seen = first + 1 if asked is None else int(asked.reshape(-1)[: first + 1].sum())
            place = dict(zip(axes, map(int, np.unravel_index(first, shape)), strict=True)) if axes else {}
            return Look(seen, tuple({**fixed, **place}[v] for v in plan.axes), None)
        count = math.prod(shape) if asked is None else int(asked.sum())
        if not count:
            return Look(0, None, None)
        least = self._least_wide(wide, asked, axes, fixed) if wide else _least(values, asked, shape)
        return Look(count, None, least)

    def _values(self, fixed: Fixed) -> tuple[Array, tuple[Grid, Grid] | None]:
        """The margins, or for wide numbers their signs, with the floats and residues that gave them."""
        if self.floats is not None and self.residues is not None:
            with np.errstate(over="ignore"):
                floats, residues = (each.grid(fixed, math.inf) for each in (self.floats, self.residues))
            decided = signs(floats, residues, self.plan.depth())
            if decided is not None:
                return decided[0], (floats, residues)
        return self.plan.grid(fixed).values, None

    def _least_wide(self, wide: tuple[Grid, Grid], asked: Array | None, axes: Sequence[Var], fixed: Fixed) -> int:
        """The least margin: among those that floats cannot tell apart, residues can."""
        floats, residues = (np.broadcast_arrays(each.values, asked if asked is not None else each.values)[0]
                            for each in wide)  # fmt: skip
        inside = np.ones(floats.shape, dtype=bool) if asked is None else asked
        error = self.plan.depth() * ROUNDING * float(wide[0].bound)
        lowest = floats[inside].min()
        near = np.flatnonzero((inside & (floats <= lowest + 2 * error)).reshape(-1))
        rest = residues.reshape(-1)[near]
        with np.errstate(over="ignore"):
            apart = rest - rest[0]
        place = np.unravel_index(int(near[int(np.argmin(apart))]), floats.shape)
        at = {**fixed, **{v: int(k) for v, k in zip(axes, place, strict=True)}}
        return int(self.plan.grid(at).values.reshape(-1)[0])


def _least(values: Array, asked: Array | None, shape: tuple[int, ...]) -> int:
    if asked is None:
        return int(values.min())
    values = np.broadcast_to(values, shape)
    if values.dtype == object:
        return int(values[asked].min())
    return int(values.min(where=asked, initial=INT64_SAFE))


def scan_of(plan: Plan) -> Scan:
    """The plan, ready in the narrowest numbers in which every case is decided exactly."""
    corner = plan.grid(dict.fromkeys(plan.axes, 0))
    wide = corner.bound >= INT64_SAFE
    if not wide or corner.bound > 2**1000 or not plan.depth() * ROUNDING * float(corner.bound) < DECIDABLE:
        return Scan(plan, corner.scale)
    try:
        return Scan(plan, corner.scale, plan.converted("floats"), plan.converted("residues"))
    except OverflowError:  # a part of it exceeds every float
        return Scan(plan, corner.scale)


def chunks(
    plan: Plan, order: Sequence[Var], given: Sequence[Fixed] = ({},), most: int | None = None
) -> Iterator[dict[Var, int]]:
    """Values for as many leading variables of ``order`` as it takes to keep temporary arrays below ``most`` entries.

    ``given`` are values to begin with, each in turn.
    """
    most = CHUNK if most is None else most
    order = [v for v in order if v not in given[0]]
    size = dict(zip(plan.axes, plan.sizes, strict=True))
    extra = max((_entries(leaf) for leaf in plan.leaves), default=1)
    k = 0
    while k < len(order) and math.prod(size[v] for v in order[k:]) * extra > most:
        k += 1
    for first, each in itertools.product(given, itertools.product(*(range(size[v]) for v in order[:k]))):
        fixed = {**first, **dict(zip(order[:k], each, strict=True))}
        if all(a not in fixed or b not in fixed or fixed[a] != fixed[b] for a, b in plan.distinct):
            yield fixed


def _entries(leaf: Leaf) -> int:
    """How many entries of temporary arrays one case needs."""
    if isinstance(leaf, Drawn):
        return leaf.terms * _entries(leaf.leaf)
    return leaf.places.shape[-1] if isinstance(leaf, Looked) else 1


class Looking(Protocol):
    """What looks at chunks: a scan, or the compiled kernel."""

    def look(self, fixed: Fixed) -> Look:
        """All cases in which the leading variables are ``fixed``."""


def looks(scan: Looking, every: Sequence[dict[Var, int]]) -> list[Look]:
    """Several chunks, up to the first in which a case fails."""
    found = []
    for fixed in every:
        found.append(scan.look(fixed))
        if found[-1].failing is not None:
            break
    return found
