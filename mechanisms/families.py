"""Families of rules: where a search looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from ..games.errors import BadInput
from ..games.numbers import Number, number, show
from .edits import Edit, fine, subsidy


@dataclass(frozen=True, eq=False)
class Dial:
    """A family with one number to set, at least 0 and the smaller the gentler, in steps of ``unit``.

    ``proportional`` promises that ``make(amount)`` changes payoffs in proportion to the amount. Without the promise
    a search can check that only at the amounts it tries, and calls what it finds feasible, not optimal.

    >>> Dial("fines", "Who defects pays.", lambda amount: fine("defect", amount), unit=1).make(2).name
    'fine of 2 on "defect"'
    """

    name: str
    words: str
    make: Callable[[Number], Edit]
    unit: Number
    proportional: bool = False

    def __post_init__(self) -> None:
        if number(self.unit, f"the unit of {self.name}") <= 0:
            raise BadInput(f"the unit of {self.name} is {show(self.unit)}; it must be positive")

    def __str__(self) -> str:
        return f"{self.name}: {self.words}"


def fines(on: str, unit: Number = Fraction(1, 100)) -> Dial:
    """All fines on an action; amounts are multiples of ``unit``.

    >>> print(fines(on="defect"))
    fines on "defect": Who plays "defect" pays an amount, a multiple of 1/100.
    """
    words = f'Who plays "{on}" pays an amount, a multiple of {show(unit)}.'
    return Dial(f'fines on "{on}"', words, partial(fine, on), unit, proportional=True)


def subsidies(on: str, unit: Number = Fraction(1, 100)) -> Dial:
    """All subsidies on an action; amounts are multiples of ``unit``.

    >>> print(subsidies(on="cooperate", unit=1))
    subsidies on "cooperate": Who plays "cooperate" receives an amount, a multiple of 1.
    """
    words = f'Who plays "{on}" receives an amount, a multiple of {show(unit)}.'
    return Dial(f'subsidies on "{on}"', words, partial(subsidy, on), unit, proportional=True)
