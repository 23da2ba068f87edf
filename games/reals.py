"""All real numbers of an interval as the types of a player: a domain that no list can hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .errors import BadInput
from .numbers import Number, exact, show


@dataclass(frozen=True)
class Reals:
    """All real numbers from ``low`` to ``high``, both included (None: no bound), as types (Vickrey 1961).

    ``shape`` makes a type of the number where types are more than a number, such as ``(peak, below, above)`` in
    :func:`~rulewright.games.claims.rationing`; it must be plain arithmetic, the same for all numbers. Raises BadInput.

    >>> print(Reals(0), "/", Reals(0, 1), "/", Reals())
    all real numbers at least 0 / all real numbers from 0 to 1 / all real numbers
    >>> Reals(0, 1, shape=lambda peak: (peak, 1, 1)).type(Fraction(1, 2))
    (Fraction(1, 2), 1, 1)
    """

    low: Number | None = None
    high: Number | None = None
    shape: Callable[[Any], Any] | None = None

    def __post_init__(self) -> None:
        low, high = (None if x is None else exact(x, "a bound of real types") for x in (self.low, self.high))
        if low is not None and high is not None and low > high:
            raise BadInput(f"real types are from {show(low)} to {show(high)}; the first must not exceed the second")
        object.__setattr__(self, "low", low)
        object.__setattr__(self, "high", high)

    def type(self, value: Any) -> Any:
        """The type that a number stands for."""
        return value if self.shape is None else self.shape(value)

    def points(self, parts: int) -> tuple[int | Fraction, ...]:
        """A few plain numbers of the interval, ``parts`` of them to a unit: people read them more easily.

        >>> Reals(0, 3).points(1), Reals(0, 1).points(2), Reals().points(1)
        ((0, 1, 2, 3), (0, Fraction(1, 2), 1), (0, 1, 2, 3, 4))
        """
        low, high = (None if x is None else exact(x) for x in (self.low, self.high))
        start: int | Fraction = 0
        if low is not None and (low > 0 or (high is not None and high < 1)):
            start = low
        elif low is None and high is not None and high < 4:
            start = high - 4
        unit = Fraction(1) if high is None or high >= start + 1 else Fraction(high - start)
        found = {exact(start + k * unit / parts) for k in range(4 * parts + 1)}
        return tuple(x for x in sorted(found) if high is None or x <= high)

    def __str__(self) -> str:
        if self.low is None and self.high is None:
            return "all real numbers"
        if self.high is None:
            return f"all real numbers at least {show(exact(self.low))}"
        if self.low is None:
            return f"all real numbers at most {show(exact(self.high))}"
        return f"all real numbers from {show(exact(self.low))} to {show(exact(self.high))}"
