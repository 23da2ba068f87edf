"""Symbols: numbers that are not known yet, and what comparing them asks.

A :class:`Real` is linear in atoms: symbols, order statistics (so ``max`` of symbols is one atom), and products or
quotients of two of them. A comparison is a :class:`Truth`; to read it as True or False asks whoever explores a
function's paths (see :mod:`rulewright.mechanisms.symbolic.branches`).
"""

from __future__ import annotations

import itertools
import math
import numbers
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn
from weakref import WeakValueDictionary

from ...games.numbers import exact, plain
from .truths import EXPLORER, FLIPPED, Comparison, Key, Q, Truth, decide, inexact, refuse


@dataclass(frozen=True, eq=False, weakref_slot=True, slots=True)
class Atom:
    """What a Real is linear in; equal atoms are one object.

    ``kind`` is "symbol" (called ``name``), "order" (the ``place``-th smallest of ``parts``, from 0), "product" or
    "quotient" (of two ``parts``).
    """

    uid: int
    kind: str
    parts: tuple[Any, ...] = ()
    place: int = 0
    name: str = ""

    def __lt__(self, other: Atom) -> bool:
        """Symbols first, by name; the others as they were made."""
        one, two = ((atom.kind != "symbol", atom.name, atom.uid) for atom in (self, other))
        return one < two

    def __str__(self) -> str:
        if self.kind == "symbol":
            return self.name
        one, *more = self.parts
        if self.kind in ("product", "quotient"):
            return f"({one}) {'*' if self.kind == 'product' else '/'} ({more[0]})"
        inside = ", ".join(map(str, self.parts))
        if self.place == len(more):
            return f"max({inside})"
        return f"min({inside})" if self.place == 0 else f"sorted({inside})[{self.place}]"


_atoms: WeakValueDictionary[Hashable, Atom] = WeakValueDictionary()
_count = itertools.count()


def _atom(kind: str, parts: tuple[Real, ...] = (), place: int = 0, name: str = "") -> Real:
    key = (kind, tuple(part.key for part in parts), place, name)
    found = _atoms.get(key)
    if found is None:
        found = _atoms.setdefault(key, Atom(next(_count), kind, parts, place, name))
    return Real(((found, 1),), 0)


def symbol(name: str) -> Real:
    """The unknown number of that name.

    >>> x, y = symbol("x"), symbol("y")
    >>> print(2 * (x + y) - x - y / 2 + 1, x - x, x + 1 > x)
    x + 3/2 * y + 1 0 True
    >>> print(x > y, y < x, x == 3)
    x - y > 0 x - y > 0 x == 3
    """
    return _atom("symbol", name=name)


class Real:
    """A number that is not known: a sum of coefficient * atom, plus a constant.

    Arithmetic is exact (a float is the rational it is); comparisons give a Truth, or a bool where no symbol matters.
    Whatever needs the value (``int``, ``hash``, formatting, …) raises Untraceable.
    """

    __array_ufunc__ = None  # so that NumPy's numbers leave arithmetic to us
    __slots__ = ("constant", "terms")

    def __init__(self, terms: tuple[tuple[Atom, Q], ...], constant: Q) -> None:
        self.terms, self.constant = terms, constant

    @property
    def key(self) -> tuple[Key, Q]:
        """Equal for equal expressions (linear ones always, others where they are written alike)."""
        return tuple((atom.uid, c) for atom, c in self.terms), self.constant

    # -- arithmetic ---------------------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Any:
        return _sum(self, other, 1)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return _sum(self, other, -1)

    def __rsub__(self, other: Any) -> Any:
        return _sum(-self, other, 1)

    def __neg__(self) -> Real:
        return Real(tuple((atom, -c) for atom, c in self.terms), -self.constant)

    def __pos__(self) -> Real:
        return self

    def __abs__(self) -> Any:
        return order((self, -self), 1)

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Real):
            one, two = sorted((self, other), key=lambda each: each.key)
            return _atom("product", (one, two))
        return self._scaled(_known(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        inexact()
        return divided(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        inexact()
        return divided(other, self)

    def _scaled(self, by: Any) -> Any:
        if by is NotImplemented or not by:
            return by
        return Real(tuple((atom, plain(c * by)) for atom, c in self.terms), plain(self.constant * by))

    # -- comparisons --------------------------------------------------------------------------------------------

    def __lt__(self, other: Any) -> Any:
        return compare(self, "<", other)

    def __le__(self, other: Any) -> Any:
        return compare(self, "<=", other)

    def __gt__(self, other: Any) -> Any:
        return compare(self, ">", other)

    def __ge__(self, other: Any) -> Any:
        return compare(self, ">=", other)

    def __eq__(self, other: Any) -> Any:
        return compare(self, "==", other)

    def __ne__(self, other: Any) -> Any:
        return compare(self, "!=", other)

    def __bool__(self) -> bool:
        return bool(self != 0)

    # -- what needs the value -----------------------------------------------------------------------------------

    def _refuse(self, *_: object) -> NoReturn:
        refuse("it needs the value of a report, or does more with it than compare, add, subtract, multiply and divide")

    __hash__ = _refuse
    __int__ = __float__ = __complex__ = __index__ = __round__ = __floor__ = __ceil__ = __trunc__ = _refuse
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __divmod__ = __rdivmod__ = __pow__ = __rpow__ = _refuse
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __invert__ = _refuse
    __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = _refuse
    __bytes__ = __len__ = __iter__ = __getitem__ = __contains__ = __call__ = _refuse
    __reduce__ = __reduce_ex__ = _refuse

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):  # what Python and NumPy look for
            raise AttributeError(name)
        refuse(f"it asks a report for its {name}")

    def __str__(self) -> str:
        if EXPLORER.get() is not None:
            self._refuse()
        text = ""
        for atom, c in self.terms:
            factor = "" if abs(c) == 1 else f"{abs(c)} * "
            text += f"{(' + ' if c > 0 else ' - ') if text else ('' if c > 0 else '-')}{factor}{atom}"
        if not text:
            return str(self.constant)
        return text + (f" {'+' if self.constant > 0 else '-'} {abs(self.constant)}" if self.constant else "")

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


def _known(value: Any) -> Any:
    """A plain number, exactly; NotImplemented for anything else."""
    if isinstance(value, Truth):
        return int(bool(value))
    if hasattr(value, "dtype"):
        if getattr(value, "ndim", 1) != 0:
            refuse("it computes with a report and a whole array")
        value = value.item()
    if isinstance(value, float):
        if not math.isfinite(value):
            refuse(f"it takes {value} for a number, to compute with or as the first of the largest or smallest reports")
        inexact()
    if isinstance(value, int | Fraction | float):
        return exact(value)
    if isinstance(value, numbers.Number):  # Python knows more kinds of numbers, and each has an arithmetic of its own
        refuse(f"it computes with a {type(value).__name__}")
    return NotImplemented


def _sum(one: Real, other: Any, sign: int) -> Any:
    """``one + sign * other``: a Real, or a number where all symbols cancel."""
    if not isinstance(other, Real):
        number = _known(other)
        return number if number is NotImplemented else combined(dict(one.terms), one.constant + sign * number)
    terms = dict(one.terms)
    for atom, c in other.terms:
        terms[atom] = terms.get(atom, 0) + sign * c
    return combined(terms, one.constant + sign * other.constant)


def combined(terms: Mapping[Atom, Q], constant: Q) -> Any:
    """The sum of coefficient * atom and a constant: a Real, or a number if no atom is left."""
    left = tuple(sorted((atom, plain(c)) for atom, c in terms.items() if c))
    return Real(left, plain(constant)) if left else plain(constant)


def divided(one: Any, other: Any) -> Any:
    """``one / other`` exactly; raises ZeroDivisionError (on the path on which the divisor is 0)."""
    if not isinstance(other, Real):
        number = _known(other)
        return number if number is NotImplemented else one._scaled(Fraction(1, number))
    if other == 0:
        raise ZeroDivisionError("division by zero")
    one = one if isinstance(one, Real) else _known(one)
    if one is NotImplemented or (not isinstance(one, Real) and not one):
        return one
    return _atom("quotient", (one if isinstance(one, Real) else Real((), one), other))


def order(values: Iterable[Any], place: int) -> Any:
    """The ``place``-th smallest of numbers and Reals, counted from 0.

    >>> x, y = symbol("x"), symbol("y")
    >>> print(order((x, y, x), 2), order((3, x, 1), 0), order((x, y, 2), 1), order((4, 3), 0))
    max(x, y) min(x, 1) sorted(x, y, 2)[1] 3
    """
    parts = [v if isinstance(v, Real) else Real((), _number(v)) for v in values]
    largest, least = place == len(parts) - 1, place == 0
    if largest or least:
        numbers = [part.constant for part in parts if not part.terms]
        parts = list({part.key: part for part in parts if part.terms}.values())
        parts += [Real((), (max if largest else min)(numbers))] if numbers else []
        place = len(parts) - 1 if largest else 0
    parts.sort(key=lambda part: (not part.terms, part.key))
    if not any(part.terms for part in parts):
        return sorted(part.constant for part in parts)[place]
    return parts[0] if len(parts) == 1 else _atom("order", tuple(parts), place)


def _value(value: Any) -> Any:
    return value if isinstance(value, Real) else _number(value)


def _number(value: Any) -> Q:
    found = _known(value)
    if found is NotImplemented:
        refuse(f"it orders {type(value).__name__} among numbers")
    return found  # type: ignore[no-any-return]


# -- comparisons ------------------------------------------------------------------------------------------------------


class First(Truth):
    """The key at ``place`` is the first largest: larger than those before it, at least as large as those after."""

    __slots__ = ("_parts", "keys", "place", "possible")

    def __init__(self, keys: tuple[Any, ...], place: int) -> None:
        self.keys, self.place = keys, place
        pairs = [(">" if k < place else ">=", key) for k, key in enumerate(keys) if k != place]
        found = [compare(keys[place], op, key) for op, key in pairs]
        self.possible = False not in [each for each in found if isinstance(each, bool)]
        self._parts = tuple(each for each in found if isinstance(each, Comparison))

    @property
    def parts(self) -> tuple[Comparison, ...]:
        return self._parts

    def __bool__(self) -> bool:
        return self.possible and all(map(bool, self.parts))

    def __str__(self) -> str:
        return f"{self.keys[self.place]} is the first largest of {', '.join(map(str, self.keys))}"


def compare(one: Any, op: str, other: Any) -> Any:
    """``one op other``: a Comparison, a bool where no symbol is left, NotImplemented for what is no number."""
    if not isinstance(one, Real):
        one = Real((), one)
    if isinstance(other, float) and math.isnan(other):
        refuse("it compares a report with nan")
    if isinstance(other, float) and math.isinf(other):
        return _holds(-1 if other > 0 else 1, op)
    if isinstance(other, int | Fraction | float):
        other = Real((), exact(other))  # Python compares ints, Fractions and floats exactly, so that nothing rounds
    difference = _sum(one, other, -1)
    if difference is NotImplemented:
        return difference
    if not isinstance(difference, Real):
        return _holds(difference, op)
    lead, op = difference.terms[0][1], op if difference.terms[0][1] > 0 else FLIPPED[op]
    if abs(lead) == 1:
        return Comparison(
            Real(tuple((atom, c * lead) for atom, c in difference.terms), 0), op, -difference.constant * lead
        )
    form = Real(tuple((atom, plain(Fraction(c) / lead)) for atom, c in difference.terms), 0)
    return Comparison(form, op, plain(Fraction(-difference.constant) / lead))


def _holds(difference: Q, op: str) -> bool:
    if op in ("==", "!="):
        return (difference == 0) == (op == "==")
    larger = difference > 0 if op[0] == ">" else difference < 0
    return larger or (difference == 0 and op.endswith("="))


def choose(keys: Sequence[Any]) -> int:
    """The place of the first largest key on this path: one fork with as many ways as there are keys."""
    if not any(isinstance(key, Real) for key in keys):
        return max(range(len(keys)), key=keys.__getitem__)
    possible = _ways(tuple(key if isinstance(key, Real) else Real((), key) for key in map(_value, keys)))
    return possible[decide(possible)].place


def _ways(keys: tuple[Real, ...]) -> Sequence[First]:
    """Each key as the first largest, where no comparison of plain numbers speaks against it."""
    explorer = EXPLORER.get()
    known: dict[Any, Sequence[First]] = {} if explorer is None else explorer.ways
    name = tuple(key.key for key in keys)
    if name not in known:
        known[name] = [way for way in (First(keys, k) for k in range(len(keys))) if way.possible]
    return known[name]
