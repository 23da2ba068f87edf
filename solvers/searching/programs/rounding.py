"""Rounding: a float solution and its multipliers as rationals of one denominator each, accepted only if they prove it.

Most optima of mechanism design have small denominators. So the nearest rationals are tried before a basis is solved:
if they satisfy every row, every bound and every sign exactly, in integers, they are an optimum, wherever they came
from.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ....games.numbers import INT64_SAFE, Array, exact, magnitude

if TYPE_CHECKING:
    from .linear import Program

Bounds = tuple[Array, Array]  # integers, and where there are any
LARGEST = 10**5  # denominator of one number
COMMON = 2**40  # of all together
NEAR = 1e-7  # how far a float may be from the rational it stands for, against the largest


def whole(x: Array) -> tuple[Array, int] | None:
    """Integers and a denominator near a float vector; None where the denominators have nothing small in common.

    >>> whole(np.array([0.33333333333, 0.5, 0.0]))
    (array([2, 3, 0]), 6)
    """
    most = float(np.abs(x).max(initial=0.0)) or 1.0
    if not math.isfinite(most) or most > 1e15:
        return None
    scale = 1
    for _ in range(40):
        scaled = x * scale
        far = np.abs(scaled - np.rint(scaled)) > NEAR * max(1.0, most) * min(scale, 1000)
        if not far.any():
            break
        first = float(x[int(np.argmax(far))])
        scale = math.lcm(scale, Fraction(first).limit_denominator(LARGEST).denominator)
        if scale > COMMON:
            return None
    else:
        return None
    if most * scale >= 2**52:
        return None
    return np.rint(x * scale).astype(np.int64), scale


def rounded(program: Program, x: Array, y: Array) -> tuple[list[Fraction], list[Fraction]] | None:
    """The optimum that a float solution ``x`` with multipliers ``y`` stands for, if rounding finds and proves it."""
    from scipy.sparse import csr_array

    units = program.units if program.units is not None else np.ones(len(x))
    one, two = whole(x / units), whole(y)
    if one is None or two is None or program.values.dtype == object:
        return None
    if (units != np.rint(units)).any():
        return None
    (points, scale), (duals, common) = one, two
    if int(units.max(initial=1)) * magnitude(points) >= INT64_SAFE:
        return None
    points = points * units.astype(np.int64)
    matrix = csr_array((program.values, program.columns, program.starts), shape=program.shape)
    reach = magnitude(program.values) * max(int(np.diff(program.starts).max(initial=1)), 1)
    each = int(np.bincount(program.columns, minlength=1).max(initial=1))
    cost = _whole_cost(program.cost, common)
    if reach * max(1, magnitude(points)) >= INT64_SAFE or cost is None:
        return None
    if magnitude(program.values) * each * max(1, magnitude(duals)) + magnitude(cost) >= INT64_SAFE:
        return None
    row_low, row_high, low, high = (
        _bounds(b, scale) for b in (program.row_low, program.row_high, program.low, program.high)
    )
    if row_low is None or row_high is None or low is None or high is None:
        return None
    reached = matrix @ points
    rates = cost + matrix.T @ duals
    sound = (
        _inside(points, low, high) and _inside(reached, row_low, row_high)
        and _tight(duals, reached, row_low, row_high) and _tight(-rates, points, low, high)
    )  # fmt: skip
    if not sound:
        return None
    return [Fraction(int(v), scale) for v in points], [Fraction(int(v), common) for v in duals]


def _whole_cost(cost: Array, common: int) -> Array | None:
    most = max((abs(int(c)) for c in cost), default=0) * common
    return None if most >= INT64_SAFE else cost.astype(np.int64) * common


def _bounds(bounds: list[int | None], scale: int) -> Bounds | None:
    """The bounds times the scale, and where there are any; None where one is too large or no integer then."""
    there = np.array([b is not None for b in bounds], dtype=bool)
    found: list[Any] = [0 if b is None else exact(b) * scale for b in bounds]
    if any(abs(b) >= INT64_SAFE or b != int(b) for b in found):
        return None
    return np.array([int(b) for b in found], dtype=np.int64), there


def _inside(values: Array, low: Bounds, high: Bounds) -> bool:
    return not (((values < low[0]) & low[1]) | ((values > high[0]) & high[1])).any()


def _tight(multipliers: Array, values: Array, low: Bounds, high: Bounds) -> bool:
    """Whether every positive multiplier stands at a lower bound that is reached, every negative one at an upper one."""
    up, down = multipliers > 0, multipliers < 0
    return bool(
        (low[1][up] & (values[up] == low[0][up])).all() and (high[1][down] & (values[down] == high[0][down])).all()
    )
