"""Evaluation: expressions in symbols at whole arrays of numbers, exactly."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from ...games.errors import BadInput, nearest
from ...games.numbers import INT64_SAFE, Array, magnitude
from .branches import Leaf, Reading, Tree
from .symbols import Atom, First, Real
from .truths import Comparison, Q, Truth

OPERATIONS = {
    ">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal, "==": np.equal, "!=": np.not_equal,
}  # fmt: skip


@dataclass(frozen=True)
class Ints:
    """``values / scale``; no value exceeds ``bound`` in absolute value."""

    values: Array
    scale: int
    bound: int

    def times(self, factor: int) -> Array:
        """``values * factor``, in a type that holds it."""
        if factor == 1:
            return self.values
        if max(self.bound, 1) * abs(factor) >= INT64_SAFE:
            return np.asarray(self.values.astype(object) * factor, dtype=object)
        return np.asarray(self.values * np.int64(factor))

    def at(self, scale: int) -> Array:
        """The values over a multiple of the scale."""
        return self.times(scale // self.scale)


class Evaluation:
    """Expressions at given values of the symbols: each shared subexpression once, int64 where nothing overflows.

    ``values[name]`` is ``(ints, scale)``: an integer array (or a number) and what it is divided by. The arrays are
    broadcast against each other.

    >>> from rulewright.mechanisms.symbolic.symbols import order, symbol
    >>> x, y = symbol("x"), symbol("y")
    >>> at = Evaluation({"x": (np.array([[1], [4]]), 1), "y": (np.array([2, 3]), 2)})
    >>> at.real(order((x, y), 1) / 3)
    (array([[2, 3],
           [8, 8]]), 6)
    >>> at.truth(x > y)
    array([[False, False],
           [ True,  True]])
    """

    def __init__(self, values: Mapping[str, tuple[Any, int]]) -> None:
        self._symbols: dict[str, Ints] = {}
        for name, (ints, scale) in values.items():
            array = np.asarray(ints)
            if array.dtype.kind not in "iuO" or not isinstance(scale, int) or scale < 1:
                raise BadInput(
                    f'the values of "{name}" are {array.dtype} over {scale!r}; give ints over a positive int'
                )
            array = array if array.dtype == object else array.astype(np.int64)
            self._symbols[name] = Ints(array, scale, magnitude(array))
        self.shape = np.broadcast_shapes(*(each.values.shape for each in self._symbols.values()))
        self._atoms: dict[int, Ints] = {}
        self._sums: dict[Any, Ints] = {}
        self._picked: dict[Any, Array] = {}

    # -- what users ask -------------------------------------------------------------------------------------------

    def real(self, value: Any) -> tuple[Array, int]:
        """A Real or a number as ``(ints, scale)``, in the smallest shape that holds it."""
        found = self._of(value)
        return found.values, found.scale

    def truth(self, truth: Truth | bool) -> Array:
        """Where a Truth holds."""
        if isinstance(truth, Comparison):
            return self._compared(truth)
        if isinstance(truth, First):
            return np.asarray(self._winner(truth.keys) == truth.place)
        return np.asarray(truth, dtype=bool)

    def chosen(self, reading: Reading) -> Array:
        """The number of the branch that holds, for all values; raises BadInput where that branch refuses."""
        numbers = self.numbers(reading)
        for k, branch in enumerate(reading.branches):
            if branch.refusal and (numbers == k).any():
                raise BadInput(branch.refusal)
        return numbers

    def numbers(self, reading: Reading) -> Array:
        """The number of the branch that holds, for all values, whether it refuses or not."""
        return np.broadcast_to(np.asarray(self._pick(reading.tree)), self.shape)

    def selected(self, chosen: Array, values: Sequence[Any]) -> tuple[Array, int]:
        """``values[k]`` (a Real or a number) where ``chosen`` is k, as ``(ints, scale)`` in the full shape."""
        places: dict[Any, list[int]] = {}
        for k, value in enumerate(values):
            places.setdefault(value.key if isinstance(value, Real) else ((), value), []).append(k)
        groups = sorted(places.values(), key=len, reverse=True)
        parts = [self._of(values[ks[0]]) for ks in groups]
        scale = math.lcm(*(part.scale for part in parts))
        found = parts[0].at(scale)
        for ks, part in zip(groups[1:], parts[1:], strict=True):
            here = np.zeros(len(values), dtype=bool)
            here[ks] = True
            mask = chosen == ks[0] if len(ks) == 1 else here[chosen]
            found = np.where(mask, part.at(scale), found)
        return np.broadcast_to(found, self.shape), scale

    # -- numbers ----------------------------------------------------------------------------------------------------

    def _of(self, value: Any) -> Ints:
        if not isinstance(value, Real):
            return _constant(value)
        key = value.key
        if key not in self._sums:
            self._sums[key] = self._sum(value.terms, value.constant)
        return self._sums[key]

    def _sum(self, terms: Sequence[tuple[Atom, Q]], constant: Q) -> Ints:
        parts = [(Fraction(c), self._atom(atom)) for atom, c in terms]
        if constant or not parts:
            parts.append((Fraction(1), _constant(constant)))
        scale = math.lcm(*(part.scale * c.denominator for c, part in parts))
        factors = [c.numerator * (scale // (part.scale * c.denominator)) for c, part in parts]
        bound = sum(abs(f) * part.bound for f, (_, part) in zip(factors, parts, strict=True))
        arrays = [part.times(f) for f, (_, part) in zip(factors, parts, strict=True)]
        if bound >= INT64_SAFE:
            arrays = [each.astype(object) for each in arrays]
        arrays.sort(key=lambda each: each.size)
        return Ints(np.asarray(reduce(np.add, arrays)), scale, bound)

    def _atom(self, atom: Atom) -> Ints:
        if atom.uid not in self._atoms:
            self._atoms[atom.uid] = self._new(atom)
        return self._atoms[atom.uid]

    def _new(self, atom: Atom) -> Ints:
        if atom.kind == "symbol":
            if atom.name not in self._symbols:
                raise BadInput(f'no values are given for "{atom.name}"; {nearest(atom.name, self._symbols)}')
            return self._symbols[atom.name]
        parts = [self._of(part) for part in atom.parts]
        if atom.kind == "product":
            return _product(*parts)
        if atom.kind == "quotient":
            return _product(parts[0], _inverse(parts[1]))
        scale = math.lcm(*(part.scale for part in parts))
        arrays = [part.at(scale) for part in parts]
        bound = max(part.bound * (scale // part.scale) for part in parts)
        return Ints(_ordered(arrays, atom.place), scale, bound)

    # -- truths -----------------------------------------------------------------------------------------------------

    def _compared(self, one: Comparison) -> Array:
        left = [(atom, c) for atom, c in one.form.terms if c > 0]
        right = [(atom, -c) for atom, c in one.form.terms if c < 0]
        a, b = self._sum(left, 0), self._sum(right, one.bound)
        scale = math.lcm(a.scale, b.scale)
        return np.asarray(OPERATIONS[one.op](a.at(scale), b.at(scale)), dtype=bool)

    def _winner(self, keys: tuple[Real, ...]) -> Array:
        """The place of the first largest key."""
        name = tuple(key.key for key in keys)
        if name not in self._picked:
            parts = [self._of(key) for key in keys]
            scale = math.lcm(*(part.scale for part in parts))
            best, place = parts[0].at(scale), np.zeros((), dtype=np.int16)
            for k, part in enumerate(parts[1:], 1):
                value = part.at(scale)
                larger = np.asarray(value > best, dtype=bool)
                best = np.maximum(best, value) if k < len(parts) - 1 else best
                place = np.where(larger, np.int16(k), place)
            self._picked[name] = place
        return self._picked[name]

    def _pick(self, tree: Tree[int]) -> Any:
        if isinstance(tree, Leaf):
            assert tree.value is not None
            return np.int16(tree.value)
        below = [self._pick(each) for each in tree.trees]
        first = tree.ways[0]
        if isinstance(first, First) and all(np.ndim(each) == 0 for each in below):
            numbers = np.zeros(len(first.keys), dtype=np.int16)
            for way, number in zip(tree.ways, below, strict=True):
                assert isinstance(way, First)
                numbers[way.place] = number
            return numbers[self._winner(first.keys)]
        found = below[-1]
        for way, each in zip(tree.ways[-2::-1], below[-2::-1], strict=True):
            found = np.where(self.truth(way), each, found)
        return found


def _constant(value: Q) -> Ints:
    exact = Fraction(value)
    top = exact.numerator
    kind = np.int64 if abs(top) < INT64_SAFE else object
    return Ints(np.array(top, dtype=kind), exact.denominator, abs(top))


def _product(a: Ints, b: Ints) -> Ints:
    bound = a.bound * b.bound
    kind = object if bound >= INT64_SAFE else np.int64
    values = np.asarray(a.values.astype(kind) * b.values.astype(kind), dtype=kind)
    return Ints(values, a.scale * b.scale, bound)


def _inverse(a: Ints) -> Ints:
    """1 / a over the least common multiple of all divisors; 0 has no inverse, and stands on no path that is taken."""
    divisors = np.where(a.values == 0, 1, a.values)
    most = math.lcm(*(int(each) for each in np.unique(divisors)))
    if most * a.scale >= INT64_SAFE:
        divisors = divisors.astype(object)
    values = np.asarray(a.scale * (most // divisors), dtype=divisors.dtype)
    return Ints(values, most, magnitude(values))


def _ordered(arrays: list[Array], place: int) -> Array:
    """The ``place``-th smallest of the arrays at each point."""
    if any(each.dtype == object for each in arrays):
        arrays = [each.astype(object) for each in arrays]
    arrays = sorted(arrays, key=lambda each: each.size)
    if place == len(arrays) - 1:
        return np.asarray(reduce(np.maximum, arrays))
    if place == 0:
        return np.asarray(reduce(np.minimum, arrays))
    return np.asarray(np.sort(np.stack(np.broadcast_arrays(*arrays)), axis=0)[place])
