"""The compiled kernel: all cases of a plan in one loop, without temporary arrays (extra ``fast``)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from ...games.numbers import Array
from ...mechanisms.cases import Var
from .grids import Fixed
from .plan import Given, Looked, Sent
from .scan import Look, Scan

LARGE = 2**28  # cases from which compiling, up to some seconds, is small beside what it saves
WARM = 2**17  # the same where it is compiled already


def worth_it(cases: int) -> bool:
    """Whether so many cases are done sooner by the kernel; never where numba is not installed."""
    if cases < WARM or not installed():
        return False
    return cases >= LARGE or ("numba" in sys.modules and compiled.cache_info().currsize > 0)


@cache
def installed() -> bool:
    """Whether numba is."""
    return find_spec("numba") is not None


@dataclass(frozen=True)
class Sweep(Sent):
    """A plan of int64 leaves, flattened: where each leaf finds its numbers, and by how much each axis moves it.

    A leaf is ``factor * numbers[start + strides @ index]``, or looked up: ``numbers[start + strides @ index +
    places[place + moves @ index]]``. ``order`` is the order of the loops; the leaves that the innermost does not move
    come first, ``outer`` of them.
    """

    scan: Scan
    order: tuple[Var, ...]
    numbers: Array
    places: Array
    factors: Array
    start: Array
    strides: Array
    looked: Array
    place: Array
    moves: Array
    outer: int

    def look(self, fixed: Fixed) -> Look:
        """All cases in which some variables are ``fixed``, up to the first (in the order of the loops) that fails."""
        plan = self.scan.plan
        free = [k for k, v in enumerate(self.order) if v not in fixed]
        at = np.array([fixed.get(v, 0) for v in self.order], dtype=np.int64)
        size = dict(zip(plan.axes, plan.sizes, strict=True))
        sizes = np.array([size[self.order[k]] for k in free], dtype=np.int64)
        place = {v: j for j, v in enumerate([self.order[k] for k in free])}
        pairs, held = [], []
        for a, b in plan.distinct:
            if a in place and b in place:
                pairs.append((place[a], place[b]))
            elif a in place or b in place:
                one, other = (a, b) if a in place else (b, a)
                held.append((place[one], fixed[other]))
        index, seen, least = compiled()(
            sizes,
            np.array(pairs, dtype=np.int64).reshape(-1, 2),
            np.array(held, dtype=np.int64).reshape(-1, 2),
            plan.equal,
            self.numbers,
            self.places,
            self.factors,
            self.start + self.strides @ at,
            np.ascontiguousarray(self.strides[:, free]),
            self.looked,
            self.place + self.moves @ at,
            np.ascontiguousarray(self.moves[:, free]),
            self.outer,
        )
        if index[0] >= 0:
            found = {**fixed, **{self.order[k]: int(i) for k, i in zip(free, index, strict=False)}}
            return Look(int(seen), tuple(found[v] for v in plan.axes), None)
        return Look(int(seen), None, int(least) if seen else None)


def sweep_of(scan: Scan, order: Sequence[Var]) -> Sweep | None:
    """The plan for the kernel; None where it has leaves or numbers that the kernel does not know."""
    plan = scan.plan
    inner = order[-1] if order else None
    if scan.floats is not None or inner is None or sum(inner in pair for pair in plan.distinct) > 1:
        return None
    leaves: list[tuple[Given | Looked, Array, tuple[Any, ...], Array | None]] = []
    for leaf in plan.leaves:
        if isinstance(leaf, Looked) and leaf.weights is None and leaf.rows.dtype == np.int64:
            leaves.append((leaf, np.ascontiguousarray(leaf.rows), leaf.lead, leaf.places[..., 0]))
        elif isinstance(leaf, Given) and leaf.values.dtype == np.int64:
            leaves.append((leaf, leaf.values, leaf.axes, None))
        else:
            return None
    corner = plan.grid(dict.fromkeys(plan.axes, 0))
    if corner.values.dtype != np.int64:
        return None
    leaves.sort(key=lambda each: inner in each[2] or inner in each[0].axes)
    numbers, places = _Pool(), _Pool()
    rows = []
    for leaf, values, axes, spots in leaves:
        spot = (0, [0] * len(order)) if spots is None else places.add(spots, leaf.axes, order)
        factor = leaf.factor * (scan.scale // leaf.scale)
        rows.append((factor, *numbers.add(values, axes, order), spots is not None, *spot))
    columns = [np.array(each) for each in zip(*rows, strict=True)]
    outer = sum(inner not in axes and inner not in leaf.axes for leaf, _, axes, _ in leaves)
    factors, start, strides, looked, place, moves = (
        each if each.dtype == bool else each.astype(np.int64) for each in columns
    )
    return Sweep(
        scan, tuple(order), numbers.joined(), places.joined(), factors, start, strides, looked, place, moves, outer
    )


class _Pool:
    """Arrays laid end to end, those that are views of one array only once."""

    def __init__(self) -> None:
        self.bases: dict[int, tuple[int, Array]] = {}
        self.size = 0

    def add(self, values: Array, axes: Sequence[Any], order: Sequence[Var]) -> tuple[int, list[int]]:
        """Where the values begin, and by how much each variable of ``order`` moves within them."""
        base = values
        while isinstance(base.base, np.ndarray):
            base = base.base
        if base.dtype != np.int64 or not base.flags.c_contiguous:
            base = values = np.ascontiguousarray(values, dtype=np.int64)
        if id(base) not in self.bases:
            self.bases[id(base)] = (self.size, base.reshape(-1))
            self.size += base.size
        offset = (values.__array_interface__["data"][0] - base.__array_interface__["data"][0]) // 8
        step = dict(zip(axes, (s // 8 for s in values.strides), strict=False))
        return self.bases[id(base)][0] + offset, [step.get(v, 0) for v in order]

    def joined(self) -> Array:
        """All arrays as one."""
        arrays = [array for _, array in self.bases.values()] or [np.zeros(1, dtype=np.int64)]
        return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


@cache
def compiled() -> Callable[..., Any]:
    """The kernel, compiled at the first call and kept on disk where that is allowed."""
    from numba import njit

    return njit(cache=True, nogil=True, boundscheck=False)(_sweep)  # type: ignore[no-any-return]


def _sweep(
    sizes: Any, pairs: Any, held: Any, equal: Any, numbers: Any, places: Any, factors: Any, start: Any, strides: Any,
    looked: Any, place: Any, moves: Any, outer: Any,
) -> Any:  # fmt: skip
    """(the indices of a case that fails, or -1; how many cases were seen; the least margin)."""
    axes = len(sizes)
    leaves = len(factors)
    index = np.zeros(axes + 1, dtype=np.int64)  # never empty, so that -1 fits
    at = start.copy()
    where = place.copy()
    last = axes - 1
    length = sizes[last] if axes else 1
    margins = np.zeros(length, dtype=np.int64)
    seen = 0
    least = np.int64(2**62)
    while True:
        fits = True
        skip = np.int64(-1)
        for k in range(len(pairs)):
            a, b = pairs[k, 0], pairs[k, 1]
            if a == last or b == last:
                skip = index[b] if a == last else index[a]
            elif index[a] == index[b]:
                fits = False
        for k in range(len(held)):
            if held[k, 0] == last:
                skip = held[k, 1]
            elif index[held[k, 0]] == held[k, 1]:
                fits = False
        if fits:
            base = np.int64(0)
            for j in range(outer):
                spot = places[where[j]] if looked[j] else 0
                base += factors[j] * numbers[at[j] + spot]
            for r in range(length):
                margins[r] = base
            for j in range(outer, leaves):
                factor, x, y = factors[j], at[j], where[j]
                step, move = (strides[j, last], moves[j, last]) if axes else (0, 0)
                if looked[j]:
                    for r in range(length):
                        margins[r] += factor * numbers[np.uintp(x + r * step + places[np.uintp(y + r * move)])]
                else:
                    for r in range(length):
                        margins[r] += factor * numbers[np.uintp(x + r * step)]
            if skip >= 0:
                margins[skip] = 0 if equal else 2**62
            low, high = margins[0], margins[0]
            for r in range(1, length):
                low = min(low, margins[r])
                high = max(high, margins[r])
            if low < 0 or (equal and high > 0):
                for r in range(length):
                    seen += int(r != skip)
                    if margins[r] < 0 or (equal and margins[r] > 0):
                        index[last if axes else 0] = r
                        return index, seen, least
            seen += length - int(skip >= 0)
            least = min(least, low)
        k = last - 1
        while k >= 0:
            index[k] += 1
            for j in range(leaves):
                at[j] += strides[j, k]
                where[j] += moves[j, k]
            if index[k] < sizes[k]:
                break
            for j in range(leaves):
                at[j] -= strides[j, k] * sizes[k]
                where[j] -= moves[j, k] * sizes[k]
            index[k] = 0
            k -= 1
        if k < 0:
            index[0] = -1
            return index, seen, least
