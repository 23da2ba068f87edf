"""Exact numbers: ints and Fractions stay what they are, and every float is a rational."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from fractions import Fraction
from numbers import Rational
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import BadInput

Number = int | Fraction | float
Array = NDArray[Any]

MAX_DIGITS = 400  # of a number in a file, its exponent written out
LONGEST = 1000  # bits of a denominator that people are shown
INT64_SAFE = 2**62  # integers up to here add without overflow in int64
_NUMBER = re.compile(r"\s*[+-]?\d+(\s*/\s*\d+|(\.\d+)?([eE][+-]?\d+)?)\s*", re.ASCII)


def number(value: Any, where: str = "the number") -> Number:
    """``value`` as an int, Fraction or finite float, with nothing lost; NumPy scalars become Python's.

    >>> number(np.int64(3)), number(Fraction(4, 2)), number(0.5)
    (3, 2, 0.5)
    >>> number(float("nan"), "the payoff of ann")
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: the payoff of ann is nan; it must be a finite number
    """
    if isinstance(value, (bool, np.bool_)):
        return int(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, Rational):
        return plain(Fraction(int(value.numerator), int(value.denominator)))
    if isinstance(value, (float, np.floating)):
        if not math.isfinite(value):
            raise BadInput(f"{where} is {value}; it must be a finite number")
        return float(value)
    raise BadInput(f"{where} is {value!r}; it must be a number (int, Fraction or float)")


def exact(value: Any, where: str = "the number") -> int | Fraction:
    """The rational that ``value`` is: a float is read as the dyadic rational it stands for.

    >>> exact(0.1)
    Fraction(3602879701896397, 36028797018963968)
    """
    found = number(value, where)
    return plain(Fraction(found)) if isinstance(found, float) else found


def parse_number(text: str, where: str = "the number") -> int | Fraction:
    """An exact number from its text: ``"3"``, ``"0.25"``, ``"1/3"``, ``"2e-3"``.

    >>> parse_number("1/3"), parse_number("0.25"), parse_number("4/2")
    (Fraction(1, 3), Fraction(1, 4), 2)
    >>> parse_number("1e999999999", "a value")
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: a value is "1e999999999", which has more than 400 digits; shorten it
    """
    if len(text) > MAX_DIGITS + 10:
        raise BadInput(f"{where} has {len(text)} characters; a number may have {MAX_DIGITS} digits")
    if not _NUMBER.fullmatch(text):
        raise BadInput(f'{where} is "{text}"; a number is written 3, 0.25, 2e-3 or 1/3')
    exponent = re.search(r"[eE]([+-]?\d+)", text)
    if exponent and (len(exponent[1]) > 5 or abs(int(exponent[1])) + len(text) > MAX_DIGITS):
        raise BadInput(f'{where} is "{text}", which has more than {MAX_DIGITS} digits; shorten it')
    try:
        return plain(Fraction(text.replace(" ", "")))
    except ZeroDivisionError:
        raise BadInput(f'{where} is "{text}": division by zero') from None


def show(value: Number) -> str:
    """``value`` as people write it: ``3``, ``1/3``, ``0.25``; a float that was read exactly, as a float again.

    >>> show(Fraction(1, 3)), show(0.25), show(-2), show(exact(0.1))
    ('1/3', '0.25', '-2', '0.1')
    >>> show(1 - Fraction(1, 7**500))
    'about 1'
    """
    if isinstance(value, Fraction) and value.denominator > 2**30 and value.denominator.bit_count() == 1:
        return repr(float(value))
    if isinstance(value, Fraction) and value.denominator.bit_length() > LONGEST:
        return f"about {float(value):.12g}"
    return repr(value) if isinstance(value, float) else str(value)


def array(values: Any, where: str = "the array") -> Array:
    """``values`` as an array with nothing lost: int64, float64, or object (big ints, Fractions).

    >>> array([[1, 2], [3, 4]]).dtype, array([Fraction(1, 2), 1]).dtype, array([0.5, 1]).dtype
    (dtype('int64'), dtype('O'), dtype('float64'))
    """
    if isinstance(values, np.ndarray) and values.dtype == np.int64:
        return values.copy()
    if isinstance(values, np.ndarray) and values.dtype == np.float64:
        if not np.isfinite(values).all():
            bad = values[~np.isfinite(values)][0]
            raise BadInput(f"{where} holds {bad}; every entry must be a finite number")
        return values.copy()
    try:
        raw = np.array(values, dtype=object)
    except ValueError:
        raise BadInput(f"{where} is ragged; every row needs the same length") from None
    if any(isinstance(entry, (list, tuple, np.ndarray)) for entry in raw.ravel()):
        raise BadInput(f"{where} is ragged; every row needs the same length")
    flat = [number(entry, f"an entry of {where}") for entry in raw.ravel()]
    return _packed(flat).reshape(raw.shape)


def _packed(flat: list[Number]) -> Array:
    """A list of numbers in the smallest dtype that keeps every one of them exactly."""
    if all(isinstance(x, int) and abs(x) < INT64_SAFE for x in flat):
        return np.array(flat, dtype=np.int64)
    if all(isinstance(x, float) or (isinstance(x, int) and abs(x) <= 2**53) for x in flat):
        return np.array(flat, dtype=np.float64)
    out = np.empty(len(flat), dtype=object)
    out[:] = flat
    return out


def integers(values: Any) -> tuple[Array, int]:
    """``(ints, scale)`` with ``values == ints / scale`` exactly; int64 where it fits, else object.

    >>> integers(np.array([0.5, 0.75]))
    (array([2, 3]), 4)
    """
    raw = np.asarray(values)
    if raw.dtype == np.int64:
        return raw, 1
    flat = [exact(x) for x in raw.ravel()]
    scale = math.lcm(*{x.denominator for x in flat}) if flat else 1
    ints = [x.numerator * (scale // x.denominator) for x in flat]
    return _packed_ints(ints).reshape(raw.shape), scale


def _packed_ints(ints: list[int]) -> Array:
    if all(abs(x) < INT64_SAFE for x in ints):
        return np.array(ints, dtype=np.int64)
    out = np.empty(len(ints), dtype=object)
    out[:] = ints
    return out


def magnitude(values: Array) -> int:
    """The largest absolute value of integers, as a Python int (0 of none)."""
    if values.size == 0:
        return 0
    return max(abs(int(values.max())), abs(int(values.min())))


def probabilities(values: Iterable[Any], where: str) -> list[Number]:
    """Numbers in [0, 1] that sum to 1: exactly if exact, up to rounding if some are floats.

    Floats whose exact sum is not 1 are read as the decimals they were written as, and divided by their sum if that
    is not 1 either, so that what comes back always sums to exactly 1.

    >>> probabilities([0.1, 0.2, 0.7], "the prior")
    [Fraction(1, 10), Fraction(1, 5), Fraction(7, 10)]
    """
    found = [number(p, where) for p in values]
    if any(p < 0 for p in found):
        raise BadInput(f"{where} has the negative probability {show(min(found))}")
    total = sum((Fraction(exact(p)) for p in found), Fraction(0))
    slack = Fraction(len(found), 2**50) if any(isinstance(p, float) for p in found) else 0
    if abs(total - 1) > slack:
        near = show(plain(total)) if total.denominator < 10**6 else f"{float(total):.15g}"
        raise BadInput(f"{where} sums to {near}; probabilities must sum to 1")
    return found if total == 1 else to_one(found)


def to_one(values: Iterable[Number]) -> list[Number]:
    """Numbers that sum to 1 up to rounding, made to sum to exactly 1: floats as decimals, then divided by the sum."""
    decimals = [Fraction(repr(x)) if isinstance(x, float) else Fraction(x) for x in values]
    total = sum(decimals, Fraction(0))
    return [plain(x / total) for x in decimals]


def plain(value: int | Fraction) -> int | Fraction:
    """A rational as an int where it is one."""
    return value.numerator if value.denominator == 1 else value
