"""Truths: what comparing unknown numbers asks, and who answers.

A :class:`Truth` read as True or False asks the explorer, who runs the same function once for each answer (see
:mod:`rulewright.mechanisms.symbolic.branches`).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from fractions import Fraction
from typing import Any, NoReturn, Protocol

from ..cases import Untraceable

Q = int | Fraction
Key = tuple[tuple[int, Q], ...]

FLIPPED = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "==": "==", "!=": "!="}
NEGATED = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "==": "!=", "!=": "=="}


class Explorer(Protocol):
    """Who answers questions about symbols, one path at a time."""

    rounds: bool
    ways: dict[Any, Any]

    def decide(self, alternatives: Sequence[Truth]) -> int:
        """Which of the alternatives is taken on this path: they exclude each other, and one of them holds."""

    def refuse(self, reason: str) -> NoReturn:
        """Give the trace up."""


EXPLORER: ContextVar[Explorer | None] = ContextVar("explorer", default=None)


def refuse(reason: str) -> NoReturn:
    """Give the trace up, also where the rule catches the exception; raises Untraceable."""
    explorer = EXPLORER.get()
    if explorer is not None:
        explorer.refuse(reason)
    raise Untraceable(reason)


def decide(alternatives: Sequence[Truth]) -> int:
    """Which of the alternatives holds on this path; raises Untraceable where no paths are explored."""
    explorer = EXPLORER.get()
    if explorer is None:
        raise Untraceable("a comparison of symbols was read as True or False, and nobody explores both answers")
    return explorer.decide(alternatives)


def inexact() -> None:
    """Note that what was just done may round where the numbers are Python's own (a float, or 1 / 3)."""
    explorer = EXPLORER.get()
    if explorer is not None:
        explorer.rounds = True


def _on_bools(operation: Callable[[Any, Any], Any]) -> Any:
    """An operation of truths as the bools that they are on the path."""

    def asked(self: Truth, other: Any) -> Any:
        return operation(bool(self), bool(other) if isinstance(other, Truth) else other)

    return asked


class Truth:
    """Whether something holds of symbols; as a bool, the answer on the path that is explored."""

    __slots__ = ()

    @property
    def parts(self) -> tuple[Comparison, ...]:
        """The comparisons that it says all hold."""
        raise NotImplementedError

    def __bool__(self) -> bool:
        raise NotImplementedError

    __eq__, __ne__ = _on_bools(operator.eq), _on_bools(operator.ne)
    __lt__, __le__ = _on_bools(operator.lt), _on_bools(operator.le)
    __gt__, __ge__ = _on_bools(operator.gt), _on_bools(operator.ge)
    __and__ = __rand__ = _on_bools(operator.and_)
    __or__ = __ror__ = _on_bools(operator.or_)
    __xor__ = __rxor__ = _on_bools(operator.xor)
    __add__ = __radd__ = _on_bools(operator.add)
    __mul__ = __rmul__ = _on_bools(operator.mul)
    __sub__ = _on_bools(operator.sub)
    __rsub__ = _on_bools(lambda one, other: other - one)

    def __hash__(self) -> int:
        return hash(bool(self))

    def __int__(self) -> int:
        return int(bool(self))

    __index__ = __int__

    def __neg__(self) -> int:
        return -int(bool(self))

    def __invert__(self) -> int:
        return ~int(bool(self))  # as of a bool: ~True is -2, and no negation

    def _refuse(self, *_: object) -> NoReturn:
        refuse("it does more with a comparison than ask, count, add, subtract and multiply")

    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = _refuse
    __divmod__ = __rdivmod__ = __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = _refuse
    __pos__ = __abs__ = __float__ = __complex__ = __round__ = __reduce__ = __reduce_ex__ = _refuse

    def __repr__(self) -> str:
        return str(bool(self)) if EXPLORER.get() is not None else str(self)


class Comparison(Truth):
    """``form op bound``: the form has no constant, and its first coefficient is 1."""

    __slots__ = ("bound", "form", "key", "op")

    def __init__(self, form: Any, op: str, bound: Q) -> None:
        self.form, self.op, self.bound, self.key = form, op, bound, form.key[0]

    @property
    def parts(self) -> tuple[Comparison, ...]:
        return (self,)

    @property
    def negation(self) -> Comparison:
        """What holds where this does not."""
        return Comparison(self.form, NEGATED[self.op], self.bound)

    def __bool__(self) -> bool:
        return decide((self, self.negation)) == 0

    def __str__(self) -> str:
        if EXPLORER.get() is not None:
            return str(bool(self))
        return f"{self.form} {self.op} {self.bound}"
