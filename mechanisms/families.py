"""Families of rules: where a search looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from ..games.errors import BadInput, GameTooLarge
from ..games.numbers import Number, number, show
from .edits import Edit, fine, subsidy

MENU_LIMIT = 5_000  # options


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


@dataclass(frozen=True)
class Menus:
    """All menus of at most ``size`` options for one buyer, nothing for 0 aside (Rochet 1985).

    ``seed`` draws the menus from which a search starts. Usually made by :func:`menus`.

    >>> print(Menus(4))
    menus of at most 4 options: One buyer takes what is best for her from a list of shares with prices, or nothing.
    """

    size: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        for what, given, least in (("size", self.size, 1), ("seed", self.seed, 0)):
            if isinstance(given, bool) or not isinstance(given, int) or given < least:
                raise BadInput(f"the {what} of menus is {given!r}; it must be a whole number of at least {least}")
        if self.size > MENU_LIMIT:
            raise GameTooLarge("options in a menu", self.size, MENU_LIMIT, "search for a smaller menu")

    @property
    def name(self) -> str:
        """What people call it."""
        return f"menus of at most {self.size} option{'' if self.size == 1 else 's'}"

    def __str__(self) -> str:
        return f"{self.name}: One buyer takes what is best for her from a list of shares with prices, or nothing."


def menus(size: int = 4, seed: int = 0) -> Menus:
    """All menus of at most ``size`` options for one buyer, nothing for 0 aside.

    >>> menus(size=2).name
    'menus of at most 2 options'
    """
    return Menus(size, seed)
