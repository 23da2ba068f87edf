"""One buyer of several goods, whose values nobody else knows: any number of an interval for each good."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from .allocation import NOBODY, allocation
from .environment import PROFILE_LIMIT, Environment
from .errors import BadInput, GameTooLarge, nearest
from .numbers import Number, exact, plain, show
from .outcomes import Finite, Outcome
from .show import Shown

NOTHING = "nothing"
BUYER = "buyer"
DEMANDS = ("additive", "unit")
MOST_GOODS = 100


@dataclass(frozen=True, repr=False)
class Buyer(Shown):
    """One buyer whose values of the goods are independent and uniform on ``[low, high]``, an interval for each good.

    With ``demand`` ``"additive"`` several goods are worth the sum of their values; with ``"unit"`` she wants one good.
    Usually made by :func:`buyer`. Raises BadInput.

    >>> print(Buyer(("boat", "car"), (0, 4), (1, 16)))
    buyer: additive values, boat uniform on [0, 1], car uniform on [4, 16]
    """

    goods: tuple[str, ...]
    low: tuple[int | Fraction, ...]
    high: tuple[int | Fraction, ...]
    demand: str = "additive"

    def __post_init__(self) -> None:
        object.__setattr__(self, "goods", tuple(self.goods))
        if not self.goods or len(set(self.goods)) != len(self.goods):
            raise BadInput(f"the goods are {self.goods}; name at least one good, each once")
        if len(self.goods) > MOST_GOODS:
            raise GameTooLarge("goods", len(self.goods), MOST_GOODS, "declare fewer goods")
        if {NOTHING, NOBODY} & set(self.goods):
            raise BadInput(f'a good is called "{NOTHING}" or "{NOBODY}", which stands for no good; call it otherwise')
        if self.demand not in DEMANDS:
            raise BadInput(f"the demand is {self.demand!r}; {nearest(str(self.demand), DEMANDS)}")
        for end in ("low", "high"):
            given = getattr(self, end)
            if len(given) != len(self.goods):
                raise BadInput(f"{end} has {len(given)} values for {len(self.goods)} goods; give one for each good")
            values = tuple(exact(x, f"the {end}est value of {g}") for x, g in zip(given, self.goods, strict=True))
            object.__setattr__(self, end, values)
        for good, low, high in zip(self.goods, self.low, self.high, strict=True):
            if not 0 <= low < high:
                raise BadInput(
                    f"the values of {good} are from {show(low)} to {show(high)}; the first must be at least 0 and "
                    f"less than the second"
                )

    def grid(self, k: int) -> Environment:
        """The environment in which each value is the middle of one of ``k`` equal parts of its interval.

        All types are equally likely. With several goods for an additive buyer the outcomes are shares of the goods;
        for a buyer with unit demand they are the goods, and ``"nothing"``. Raises BadInput, GameTooLarge.

        >>> buyer(2).grid(2).types["buyer"][1]
        (Fraction(1, 4), Fraction(3, 4))
        """
        if isinstance(k, bool) or not isinstance(k, int) or k < 1:
            raise BadInput(f"the grid has {k!r} parts; it must be a whole number of at least 1")
        if k ** len(self.goods) > PROFILE_LIMIT:
            remedy = "ask for a coarser grid, or declare fewer goods"
            raise GameTooLarge("types of the buyer", k ** len(self.goods), PROFILE_LIMIT, remedy)
        parts = [
            [plain(low + (high - low) * Fraction(2 * j + 1, 2 * k)) for j in range(k)]
            for low, high in zip(self.low, self.high, strict=True)
        ]
        every = parts[0] if len(parts) == 1 else list(itertools.product(*parts))
        what = self.goods[0] if len(parts) == 1 else f"{len(parts)} goods"
        return self.among(every, f"buyer of {what}, {k} values each")

    def among(self, types: Sequence[Any], name: str = "buyer") -> Environment:
        """The environment in which she has one of these types, all equally likely; raises BadInput.

        A type is a number for one good, and a tuple of numbers for several.

        >>> buyer(2, demand="unit").among([(1, 0), (0, 1)]).utilities("buyer").tolist()
        [[1, 0, 0], [0, 1, 0]]
        """
        if len(self.goods) == 1 or self.demand == "additive":
            return allocation({BUYER: types}, self.goods, name=name)
        worth = partial(_one_of_them, {good: g for g, good in enumerate(self.goods)})
        return Environment(name, {BUYER: tuple(types)}, Finite((*self.goods, NOTHING)), worth, None, (None, None))

    @property
    def welfare(self) -> int | Fraction:
        """The expected worth of all that she wants, which no seller can exceed, exactly.

        >>> buyer(2).welfare, buyer(2, demand="unit").welfare
        (1, Fraction(2, 3))
        """
        if self.demand == "additive":
            return plain(sum((Fraction(a + b) / 2 for a, b in zip(self.low, self.high, strict=True)), Fraction(0)))
        return self._expected_best()

    def _expected_best(self) -> int | Fraction:
        """The expected highest value: the integral of 1 minus the chance that all values are at most v."""
        start, end = max(self.low), max(self.high)
        cuts = sorted({start, end, *(x for x in (*self.low, *self.high) if start < x < end)})
        total = Fraction(end)
        for left, right in itertools.pairwise(cuts):
            chance = [Fraction(1)]  # the coefficients of a polynomial in v
            for low, high in zip(self.low, self.high, strict=True):
                if left < high:
                    chance = times(chance, [Fraction(-low) / (high - low), Fraction(1) / (high - low)])
            total -= integral(chance, left, right)
        return plain(total)

    def __str__(self) -> str:
        kind = "additive values" if self.demand == "additive" else "unit demand"
        parts = [
            f"{good} uniform on [{show(low)}, {show(high)}]"
            for good, low, high in zip(self.goods, self.low, self.high, strict=True)
        ]
        if len(parts) > 2 and len(set(zip(self.low, self.high, strict=True))) == 1:
            return f"buyer: {kind}, {len(parts)} goods uniform on [{show(self.low[0])}, {show(self.high[0])}]"
        return f"buyer: {kind}, " + ", ".join(parts[:6] + ["…"] * (len(parts) > 6))


def buyer(
    goods: int | Sequence[str] = 1,
    low: Number | Sequence[Number] = 0,
    high: Number | Sequence[Number] = 1,
    demand: str = "additive",
) -> Buyer:
    """One buyer of several goods with independent values, uniform on intervals (Manelli and Vincent 2006).

    ``goods`` is how many there are, or their names; ``low`` and ``high`` are the ends of the interval of values, for
    all goods or one for each. With ``demand`` ``"additive"`` several goods are worth the sum of their values; with
    ``"unit"`` she wants one. Raises BadInput.

    >>> print(buyer(2, low=4, high=(16, 7)))
    buyer: additive values, good 1 uniform on [4, 16], good 2 uniform on [4, 7]
    >>> buyer(2, low=1)
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: the values of good 1 are from 1 to 1; the first must be at least 0 and less \
than the second
    """
    if isinstance(goods, str):
        names: tuple[str, ...] = (goods,)
    elif isinstance(goods, int):
        if isinstance(goods, bool) or goods < 1:
            raise BadInput(f"the number of goods is {goods}; it must be at least 1")
        if goods > MOST_GOODS:
            raise GameTooLarge("goods", goods, MOST_GOODS, "declare fewer goods")
        names = tuple(f"good {g + 1}" for g in range(goods))
    elif isinstance(goods, Sequence):
        names = tuple(goods)
    else:
        raise BadInput(f"the goods are {goods!r}; give how many there are, or their names")
    ends: list[tuple[Any, ...]] = [tuple(x) if isinstance(x, Sequence) else (x,) * len(names) for x in (low, high)]
    return Buyer(names, ends[0], ends[1], demand)


def _one_of_them(place: Mapping[str, int], player: str, outcome: Outcome, type: Any) -> Number:
    worth: Number = 0 if outcome == NOTHING else type[place[outcome]]
    return worth


def times(one: list[Fraction], other: list[Fraction]) -> list[Fraction]:
    """The product of two polynomials, as coefficients from the constant up.

    >>> [str(x) for x in times([Fraction(1), Fraction(1)], [Fraction(-1), Fraction(1)])]
    ['-1', '0', '1']
    """
    found = [Fraction(0)] * (len(one) + len(other) - 1)
    for (i, x), (j, y) in itertools.product(enumerate(one), enumerate(other)):
        found[i + j] += x * y
    return found


def integral(polynomial: list[Fraction], left: Number, right: Number) -> Fraction:
    """The integral of a polynomial from ``left`` to ``right``.

    >>> integral([Fraction(0), Fraction(2)], 0, 3)
    Fraction(9, 1)
    """
    ends = (Fraction(left), Fraction(right))
    low, high = (sum((c * x ** (k + 1) / (k + 1) for k, c in enumerate(polynomial)), Fraction(0)) for x in ends)
    return high - low
