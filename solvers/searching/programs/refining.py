"""Exact solutions of sparse systems: floats refined with exact residuals and then read as rationals (Wan 2006)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from time import monotonic
from typing import Any

import numpy as np

from ....games.numbers import Array

STEP = 36  # bits won by one refinement
FIRST, MOST = 72, 5000  # bits after which rationals are read off, again and again at twice as many


@dataclass(frozen=True)
class System:
    """A square matrix of integers, with its float factorisation; entries in any order, none twice."""

    rows: Array
    columns: Array
    values: Array
    size: int
    factored: Any
    row_scale: Array
    column_scale: Array

    def solve(self, right: Array, transposed: bool, until: float) -> list[Fraction] | None:
        """x with A x = right (or A' x = right), exactly; None where it was not found in the time."""
        if not self.size:
            return []
        rows, columns = (self.columns, self.rows) if transposed else (self.rows, self.columns)
        before, after = (self.column_scale, self.row_scale) if transposed else (self.row_scale, self.column_scale)
        values = self.values.astype(object)
        order = np.argsort(rows, kind="stable")
        rows, columns, values = rows[order], columns[order], values[order]
        starts = np.flatnonzero(np.concatenate(([True], rows[1:] != rows[:-1])))
        if len(starts) != self.size:
            return None
        right = right.astype(object)

        def applied(x: Array) -> Array:
            return np.asarray(np.add.reduceat(values * x[columns], starts))

        x: Array = np.zeros(self.size, dtype=object)
        bits, residual, goal = 0, right, FIRST
        level = max(int(abs(v)).bit_length() for v in values) + 12  # of residuals that come from rounding alone
        while bits <= MOST and monotonic() < until:
            most = max(int(abs(r)).bit_length() for r in residual)
            if not most:
                return [Fraction(int(n), 1 << bits) for n in x]
            shift = max(0, most - 1000)  # floats hold no more
            floats = np.array([float(int(r) >> shift) if shift else float(r) for r in residual])
            step = after * self.factored.solve(before * floats, "T" if transposed else "N")
            if not np.isfinite(step).all():
                return None
            new = np.array([_rounded(d, STEP + shift) for d in step], dtype=object)
            x = x * (1 << STEP) + new
            bits += STEP
            residual = right * (1 << bits) - applied(x)
            if max(int(abs(r)).bit_length() for r in residual) > max(most, level):
                return None  # the refinement does not converge
            if bits >= goal:
                goal *= 2
                found = _rationals(x, bits)
                if found is not None:
                    numbers, common = found
                    if (applied(np.array(numbers, dtype=object)) == right * common).all():
                        return [Fraction(n, common) for n in numbers]
        return None


def factorised(rows: Array, columns: Array, values: Array, size: int) -> System | None:
    """The matrix with its float factorisation, rows and columns scaled by powers of two; None if it is singular."""
    from scipy.sparse import csc_array
    from scipy.sparse.linalg import splu

    if not size:
        return System(rows, columns, values, 0, None, np.ones(0), np.ones(0))
    floats = np.abs(values.astype(np.float64))
    row_scale: Array = np.zeros(size)
    column_scale: Array = np.zeros(size)
    np.maximum.at(row_scale, rows, floats)
    if not row_scale.all():
        return None
    row_scale = 2.0 ** -np.round(np.log2(row_scale))
    np.maximum.at(column_scale, columns, floats * row_scale[rows])
    if not column_scale.all():
        return None
    column_scale = 2.0 ** -np.round(np.log2(column_scale))
    scaled = values.astype(np.float64) * row_scale[rows] * column_scale[columns]
    try:
        factored = splu(csc_array((scaled, (rows, columns)), shape=(size, size)))
    except RuntimeError:
        return None
    return System(rows, columns, values, size, factored, row_scale, column_scale)


def _rounded(value: float, bits: int) -> int:
    """value * 2^bits as an integer, exactly."""
    fraction, exponent = math.frexp(value)
    whole, shift = int(fraction * 2**53), exponent - 53 + bits
    return whole << shift if shift >= 0 else whole >> -shift


def _rationals(x: Array, bits: int) -> tuple[list[int], int] | None:
    """Numbers over one denominator that are near x / 2^bits; None if it would have too many digits to be meant."""
    common, close, most = 1, 1 << (bits // 2 + 4), 1 << (bits // 2 - 6)
    for value in x:
        scaled = int(value) * common
        whole = (scaled + (1 << (bits - 1))) >> bits
        if abs(scaled - (whole << bits)) > close:
            new = Fraction(scaled, 1 << bits).limit_denominator(most).denominator
            common *= new
            if common > most:
                return None
    return [(int(value) * common + (1 << (bits - 1))) >> bits for value in x], common
