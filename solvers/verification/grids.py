"""Grids: arrays of integers with one named axis a variable, and arithmetic on them that cannot overflow unseen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...games.numbers import INT64_SAFE, Array, magnitude
from ...mechanisms.cases import Var

Fixed = Mapping[Var, int]


@dataclass(frozen=True)
class Grid:
    """``factor * values / scale`` over the named ``axes``; no value exceeds ``bound`` in absolute value."""

    axes: tuple[Any, ...]
    values: Array
    scale: int
    bound: int
    factor: int = 1


def product(a: Array, b: Array, bound: int, limit: float = INT64_SAFE) -> Array:
    """``a * b``: as Python integers if the bound reaches the limit of the numbers used."""
    if a.dtype == object or b.dtype == object or bound >= limit:
        return np.asarray(a.astype(object) * b.astype(object), dtype=object)
    return np.asarray(a * b)


def scaled(values: Array, factor: int) -> Array:
    """``values * factor``, exactly."""
    if factor == 1:
        return values
    bound = magnitude(values) * max(1, abs(factor))
    one = np.array(factor, dtype=object if abs(factor) >= INT64_SAFE else np.int64)
    return product(values, one, bound)


def indexed(axes: Sequence[Any], values: Array, fixed: Fixed) -> tuple[list[Any], Array]:
    """The values at the fixed variables (views); axes after the named ones stay as they are."""
    if not any(a in fixed for a in axes):
        return list(axes), values
    index = tuple(fixed[a] if a in fixed else slice(None) for a in axes)
    return [a for a in axes if a not in fixed], np.asarray(values[index], dtype=values.dtype)


def merged(axes: Sequence[Any], values: Array) -> tuple[list[Any], Array]:
    """Axes that are one variable become one (its diagonal); axes after the named ones stay at the end."""
    left, k = list(axes), 0
    while k < len(left):
        if left[k] in left[:k]:
            first = left.index(left[k])
            values = np.moveaxis(np.diagonal(values, axis1=first, axis2=k), -1, first)
            del left[k]
        else:
            k += 1
    return left, values


def aligned(axes_given: Sequence[Any], values: Array, axes: Sequence[Any]) -> Array:
    """The values with exactly ``axes``, in that order; an axis not given gets length 1. Later axes stay at the end."""
    more = range(len(axes_given), values.ndim)
    order = [axes_given.index(a) for a in axes if a in axes_given]
    values = np.transpose(values, (*order, *more))
    shape = iter(values.shape)
    return values.reshape([next(shape) if a in axes_given else 1 for a in axes] + [values.shape[k] for k in more])


def total(grids: Sequence[Grid], axes: Sequence[Any], limit: float = INT64_SAFE) -> Grid:
    """The sum of grids, over ``axes``; small ones are added first."""
    scale = math.lcm(*(g.scale for g in grids)) if grids else 1
    factors = [g.factor * (scale // g.scale) for g in grids]
    bound = sum(max(1, g.bound) * abs(f) for g, f in zip(grids, factors, strict=True))
    wide = bound >= limit or any(g.values.dtype == object for g in grids)
    kind: Any = object if wide else np.result_type(np.int64, *(g.values.dtype for g in grids))
    result: Array | None = None
    ours = False  # whether the result is an array of our own, which may be added to in place
    for factor, grid in sorted(zip(factors, grids, strict=True), key=lambda pair: pair[1].values.size):
        part = aligned(grid.axes, grid.values, axes)
        part = part.astype(kind) if part.dtype != kind else part
        if abs(factor) != 1:
            part = np.asarray(part * constant(factor, kind), dtype=kind)
        if result is None:
            result, ours = (np.asarray(-part, dtype=kind), True) if factor == -1 else (part, False)
        elif ours and np.broadcast_shapes(result.shape, part.shape) == result.shape:
            (np.subtract if factor == -1 else np.add)(result, part, out=result)
        else:
            result, ours = np.asarray(result - part if factor == -1 else result + part, dtype=kind), True
    return Grid(tuple(axes), np.zeros((1,) * len(axes), dtype=kind) if result is None else result, scale, bound)


def constant(factor: int, kind: Any) -> Any:
    """A Python int as a number of a kind: for int64 what is left modulo 2^64."""
    if kind is object:
        return factor
    return np.float64(factor) if np.dtype(kind) == np.float64 else np.int64(wrapped(factor))


def wrapped(x: int) -> int:
    """The integer between -2^63 and 2^63 that differs from ``x`` by a multiple of 2^64.

    >>> wrapped(2**64 + 3), wrapped(2**63)
    (3, -9223372036854775808)
    """
    return (x + 2**63) % 2**64 - 2**63
