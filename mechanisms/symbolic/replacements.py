"""Replacements: ``max``, ``sorted``, ``isinstance``, ``Fraction`` and others as they are for symbols.

On plain numbers each does what the original does.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable
from fractions import Fraction
from types import UnionType
from typing import Any, NoReturn

from ...games import numbers
from .symbols import Real, choose, divided, order
from .truths import Truth, refuse

MISSING: Any = object()


def _symbolic(values: Iterable[Any]) -> bool:
    return any(type(value) is Real for value in values)


def _numeric(values: Iterable[Any]) -> bool:
    """Whether all are numbers or symbols, and a symbol is among them."""
    values = list(values)
    return _symbolic(values) and all(isinstance(value, Real | int | float | Fraction | Truth) for value in values)


# -- builtins ---------------------------------------------------------------------------------------------------------


def _extreme(largest: bool, original: Callable[..., Any]) -> Callable[..., Any]:
    """``max`` or ``min``: of symbols one order statistic; by symbolic keys one fork, with a way for each winner."""

    def found(*args: Any, key: Any = None, default: Any = MISSING) -> Any:
        things = list(args[0]) if len(args) == 1 else list(args)
        if not things:
            return original(things) if default is MISSING else default
        keys = things if key is None else [key(thing) for thing in things]
        if not _numeric(keys):
            return things[original(range(len(things)), key=keys.__getitem__)]
        if key is None:
            return order(things, len(things) - 1 if largest else 0)
        return things[choose(keys if largest else [-each for each in keys])]

    return found


def _sorted(things: Iterable[Any], /, *, key: Any = None, reverse: bool = False) -> list[Any]:
    """``sorted``: of symbols the order statistics, without a fork; by symbolic keys one path for each order."""
    things = list(things)
    keys = things if key is None else [key(thing) for thing in things]
    if not _numeric(keys):
        places = sorted(range(len(things)), key=keys.__getitem__, reverse=reverse)
        return [things[k] for k in places]
    if key is None:
        found = [order(things, k) for k in range(len(things))]
        return found[::-1] if reverse else found
    keys = [-each for each in keys] if reverse else keys
    places = []
    for k, each in enumerate(keys):
        at = len(places)
        while at and each < keys[places[at - 1]]:
            at -= 1
        places.insert(at, k)
    return [things[k] for k in places]


def _isinstance(thing: Any, kind: Any) -> bool:
    """``isinstance``: a symbol is a number, but whether int, Fraction or float must not matter."""
    kind = _original_kinds(kind)
    if isinstance(thing, Truth):
        return isinstance(True, kind)
    if type(thing) is not Real:
        return isinstance(thing, kind)
    answers = {isinstance(number, kind) for number in (1, Fraction(1, 2), 0.5)}
    if len(answers) > 1:
        refuse("it asks whether a report is an int, a Fraction or a float")
    return answers.pop()


def _type(*args: Any) -> Any:
    """``type``: of a symbol nobody knows it, and of a Fraction it is not the stand-in that the rule sees."""
    if len(args) != 1:
        return type(*args)
    if type(args[0]) in (Real, Fraction):
        refuse("it asks for the Python type of a report or a Fraction")
    return bool if isinstance(args[0], Truth) else type(args[0])


def _not_of_symbols(original: Callable[..., Any], what: str) -> Callable[..., Any]:
    """A builtin that looks at the object itself, which a symbol does not share with the number it stands for."""

    def asked(*args: Any) -> Any:
        if args and isinstance(args[0], Real | Truth):
            refuse(f"it asks a report for {args[1]}" if len(args) > 1 else f"it asks for the {what} of a report")
        return original(*args)

    return asked


def _never(name: str) -> Callable[..., NoReturn]:
    """A builtin that runs code, or reads names, which the stand-ins do not reach."""

    def asked(*_: Any, **__: Any) -> NoReturn:
        refuse(f"it calls {name}")

    return asked


def _original_kinds(kind: Any) -> Any:
    if kind is _Fraction or kind is _type:
        return Fraction if kind is _Fraction else type
    if isinstance(kind, tuple):
        return tuple(map(_original_kinds, kind))
    if isinstance(kind, UnionType):
        return tuple(map(_original_kinds, kind.__args__))
    return kind


# -- numbers ----------------------------------------------------------------------------------------------------------


class _Fraction(Fraction):
    """``Fraction``: of symbols their quotient; of numbers a plain Fraction."""

    def __new__(cls, numerator: Any = 0, denominator: Any = None) -> Any:
        if not _symbolic((numerator, denominator)):
            return Fraction(numerator, denominator)
        return numerator if denominator is None else divided(numerator, denominator)


def _or_symbol(original: Callable[..., Any]) -> Callable[..., Any]:
    """A gate for numbers that lets symbols through."""

    def gate(value: Any, *more: Any, **named: Any) -> Any:
        return value if type(value) is Real else original(value, *more, **named)

    return gate


checked_exact = _or_symbol(numbers.exact)

STAND_INS: dict[int, Any] = {
    id(builtins.max): _extreme(True, builtins.max),
    id(builtins.min): _extreme(False, builtins.min),
    id(builtins.sorted): _sorted,
    id(builtins.isinstance): _isinstance,
    id(builtins.type): _type,
    **{id(getattr(builtins, name)): _never(name) for name in ("eval", "exec", "globals", "locals", "vars", "dir")},
    id(builtins.callable): _not_of_symbols(builtins.callable, "kind"),
    id(builtins.id): _not_of_symbols(builtins.id, "identity"),
    id(builtins.hasattr): _not_of_symbols(builtins.hasattr, "attributes"),
    id(builtins.getattr): _not_of_symbols(builtins.getattr, "attributes"),
    id(Fraction): _Fraction,
    id(numbers.exact): checked_exact,
    id(numbers.number): _or_symbol(numbers.number),
    id(numbers.plain): _or_symbol(numbers.plain),
}
