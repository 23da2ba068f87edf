"""The parts of an expression as functions of a scope: what each computes, exactly and within bounds."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from ..errors import BadInput, nearest
from ..numbers import MAX_DIGITS, exact
from .limits import MAX_BITS
from .words import short

Scope = Mapping[str, Any]
Code = Callable[[Scope], Any]
Complaint = Callable[[int, str], str]  # the column and what is wrong there, as a message
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
COMPARISONS = ("==", "!=", *_ORDER)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return f"the condition {str(value).lower()}"
    if isinstance(value, str):
        return f'the text "{short(value, 40)}"'
    return "a table" if isinstance(value, Mapping) else short(str(value), 40)


def as_number(value: Any, complaint: str) -> int | Fraction:
    """``value`` as an exact number; a condition counts 1 or 0."""
    kind = type(value)
    if kind is int or kind is Fraction:
        found: int | Fraction = value
        return found
    if isinstance(value, (str, Mapping, tuple)) or value is None:
        raise BadInput(f"{complaint} {_said(value)}; a number is needed")
    return exact(value)


def _bounded(value: int | Fraction, complaint: str) -> int | Fraction:
    """``value`` in lowest form, if it has no more digits than a number may have."""
    if type(value) is int:
        if value.bit_length() > MAX_BITS:
            raise BadInput(f"{complaint} a number with more than {MAX_DIGITS} digits; make it smaller")
        return value
    if value.denominator == 1:
        return _bounded(value.numerator, complaint)
    if value.numerator.bit_length() + value.denominator.bit_length() > 2 * MAX_BITS:
        raise BadInput(f"{complaint} a fraction with more than {MAX_DIGITS} digits; make it simpler")
    return value


def constant(value: Any) -> Code:
    """The value, whatever the scope."""
    return lambda scope: value


def lookup(name: str, complaint: str) -> Code:
    """What the scope says of a name."""

    def look(scope: Scope) -> Any:
        try:
            value = scope[name]
        except KeyError:
            raise BadInput(f'{complaint}there is no name "{short(name, 40)}"; {nearest(name, scope)}') from None
        return exact(value) if type(value) is float else value

    return look


def entry_of(code: Code, keys: list[tuple[Code, str]]) -> Code:
    """``table[key][key]…``"""

    def look(scope: Scope) -> Any:
        value = code(scope)
        for key, complaint in keys:
            if not isinstance(value, Mapping):
                raise BadInput(f"{complaint}{_said(value)} has no entries; only a table has")
            word = key(scope)
            try:
                value = value[word]
            except (KeyError, TypeError):
                hint = nearest(str(word), map(str, value))
                raise BadInput(f"{complaint}there is no entry {_said(word)}; {hint}") from None
            if type(value) is float:
                value = exact(value)
        return value

    return look


def condition(code: Code, complaint: str) -> Code:
    """The same, of which only true and false are taken."""

    def truth(scope: Scope) -> bool:
        value = code(scope)
        if value is True:
            return True
        if value is False:
            return False
        raise BadInput(f'{complaint} has {_said(value)}; a condition is needed, such as outcome == "x"')

    return truth


def choose(branches: list[tuple[Code, Code]], otherwise: Code) -> Code:
    """``x if c else y if d else otherwise``, from the pairs (c, x), (d, y)."""
    if len(branches) == 1:
        holds, value = branches[0]
        return lambda scope: value(scope) if holds(scope) else otherwise(scope)

    def chosen(scope: Scope) -> Any:
        for holds, value in branches:
            if holds(scope):
                return value(scope)
        return otherwise(scope)

    return chosen


def every(parts: list[Code]) -> Code:
    """``a and b and …``"""
    return lambda scope: all(part(scope) for part in parts)


def some(parts: list[Code]) -> Code:
    """``a or b or …``"""
    return lambda scope: any(part(scope) for part in parts)


def negate(code: Code) -> Code:
    """``not a``"""
    return lambda scope: not code(scope)


def signed(code: Code, minus: bool, complaint: str) -> Code:
    """``-a`` or ``+a``"""
    if minus:
        return lambda scope: -as_number(code(scope), complaint)
    return lambda scope: as_number(code(scope), complaint)


def arithmetic(left: Code, rest: list[tuple[str, Code, int]], complaint: Complaint) -> Code:
    """``a + b - c + …`` or ``a * b / c * …``, from the left; each sign with its column."""
    steps = []
    for sign, code, at in rest:
        given, makes = (complaint(at, f'"{sign}" {does}') for does in ("is given", "makes"))
        steps.append((sign, code, given, makes))
    first = steps[0][2]

    def compute(scope: Scope) -> int | Fraction:
        value = left(scope)
        if type(value) is not int:
            value = as_number(value, first)
        for sign, code, given, makes in steps:
            other = code(scope)
            if type(other) is not int:
                other = as_number(other, given)
            if sign == "+":
                value = value + other
            elif sign == "-":
                value = value - other
            elif sign == "*":
                value = value * other
            elif other == 0:
                raise BadInput(f"{given} the divisor 0; a number other than 0 is needed")
            else:
                value = Fraction(value) / other
            if type(value) is not int or not -(2**63) < value < 2**63:
                value = _bounded(value, makes)
        result: int | Fraction = value
        return result

    return compute


def power(base: Code, exponent: Code, complaint: str) -> Code:
    """``a ** b``, its size known before it is computed."""

    def compute(scope: Scope) -> int | Fraction:
        b, e = as_number(base(scope), f"{complaint} of"), as_number(exponent(scope), f"{complaint} to")
        if type(e) is not int or e < 0:
            raise BadInput(f"{complaint} has the exponent {short(str(e), 40)}; it must be a whole number from 0 up")
        size = max(b.numerator.bit_length(), b.denominator.bit_length())
        if e > MAX_BITS or (size - 1) * e > MAX_BITS:
            raise BadInput(f"{complaint} has more than {MAX_DIGITS} digits; make it smaller")
        return _bounded(b**e, f"{complaint} makes")

    return compute


def compare(parts: list[Code], signs: list[tuple[str, int]], complaint: Complaint) -> Code:
    """``a < b <= c != …``; each sign with its column."""
    steps = [
        (sign, part, complaint(at, f'"{sign}" compares')) for (sign, at), part in zip(signs, parts[1:], strict=True)
    ]
    if len(signs) == 1 and signs[0][0] in ("==", "!="):
        one, other = parts
        if signs[0][0] == "==":
            return lambda scope: bool(one(scope) == other(scope))
        return lambda scope: bool(one(scope) != other(scope))

    def holds(scope: Scope) -> bool:
        left = parts[0](scope)
        for sign, part, compares in steps:
            right = part(scope)
            if sign == "==":
                found = left == right
            elif sign == "!=":
                found = left != right
            else:
                found = _ORDER[sign](as_number(left, compares), as_number(right, compares))
            if not found:
                return False
            left = right
        return True

    return holds


def _listed(arguments: list[Code], complaint: str) -> Callable[[Scope], list[int | Fraction]]:
    """The numbers a function works on: its arguments, or the entries of the one table it is given."""
    given = f"{complaint} is given"

    def listed(scope: Scope) -> list[int | Fraction]:
        values = [argument(scope) for argument in arguments]
        if len(values) == 1 and isinstance(values[0], Mapping):
            values = list(values[0].values())
            if not values:
                raise BadInput(f"{given} a table without entries; it needs at least one")
        return [as_number(value, given) for value in values]

    return listed


def _max(arguments: list[Code], complaint: str) -> Code:
    listed = _listed(arguments, complaint)
    return lambda scope: max(listed(scope))


def _min(arguments: list[Code], complaint: str) -> Code:
    listed = _listed(arguments, complaint)
    return lambda scope: min(listed(scope))


def _sum(arguments: list[Code], complaint: str) -> Code:
    listed = _listed(arguments, complaint)
    return lambda scope: _bounded(sum(listed(scope)), f"{complaint} makes")


def _abs(arguments: list[Code], complaint: str) -> Code:
    (argument,) = arguments
    return lambda scope: abs(as_number(argument(scope), f"{complaint} is given"))


def _count(arguments: list[Code], complaint: str) -> Code:
    """How many conditions hold, or how many entries of a table are a given one."""
    conditions = [condition(argument, complaint) for argument in arguments]

    def count(scope: Scope) -> int:
        if len(arguments) == 2:
            table = arguments[0](scope)
            if isinstance(table, Mapping):
                wanted = arguments[1](scope)
                return sum(entry == wanted for entry in table.values())
        return sum(holds(scope) for holds in conditions)

    return count


CALLS: dict[str, Callable[[list[Code], str], Code]] = {
    "abs": _abs,
    "count": _count,
    "max": _max,
    "min": _min,
    "sum": _sum,
}
FUNCTIONS = tuple(CALLS)
