"""A crowd: many bidders who are alike, each with a private value for one of some identical units."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from .environment import Environment, _interval, _show_interval
from .errors import BadInput, GameTooLarge, nearest
from .numbers import Number, exact, number, probabilities, show
from .show import Shown
from .units import units as environment_of_units

BIDDERS_LIMIT = 5_000
TYPES_LIMIT = 1_000


@dataclass(frozen=True, eq=False, repr=False)
class Crowd(Shown):
    """``n`` bidders who are alike: private values drawn independently from one prior (Border 1991).

    There are ``units`` identical units, and each bidder wants one; with one unit this is the sale of a single item
    (Myerson 1981). ``values`` are what a unit may be worth to a bidder, kept from low to high; ``prior`` is
    ``{value: probability}``, the same for every bidder, or None: all values equally likely. ``transfers`` as in
    :class:`~rulewright.games.environment.Environment`. The profiles of types are never listed, so ``n`` may be
    large. Raises BadInput, GameTooLarge.

    >>> print(Crowd("a village sale", 1000, range(1, 6)))
    a village sale: 1000 bidders, 1 unit, values 1, 2, 3, 4, 5, money in [-∞, ∞]
    >>> Crowd("a village sale", 1000, (1, 2), prior={1: 1, 2: 0})
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: the prior gives the value 2 probability 0; drop that value
    """

    name: str
    n: int
    values: tuple[Number, ...]
    prior: Mapping[Number, Number] | None = None
    units: int = 1
    transfers: tuple[Number | None, Number | None] | None = (None, None)

    def __post_init__(self) -> None:
        _counted(self.name, "bidders", self.n)
        _counted(self.name, "units", self.units)
        if self.n > BIDDERS_LIMIT:
            raise GameTooLarge(f'bidders in "{self.name}"', self.n, BIDDERS_LIMIT, "declare fewer bidders")
        if self.units > self.n:
            raise BadInput(
                f'"{self.name}" has {self.units} units for {self.n} bidders; each wants one, so drop the rest'
            )
        object.__setattr__(self, "values", _values(self.name, self.values))
        object.__setattr__(self, "prior", _prior(self.name, self.prior, self.values))
        object.__setattr__(self, "transfers", _interval(self.transfers))

    @cached_property
    def masses(self) -> tuple[Fraction, ...]:
        """The probability of each value, from low to high, exactly."""
        if self.prior is None:
            return (Fraction(1, len(self.values)),) * len(self.values)
        return tuple(Fraction(exact(self.prior[v])) for v in self.values)

    def environment(self, n: int | None = None) -> Environment:
        """The environment with ``n`` such bidders (None: all of them), "bidder 1" and so on; raises GameTooLarge.

        Its outcomes are the sets of at most ``units`` winners, as in :func:`~rulewright.games.units.units`.

        >>> Crowd("a sale", 1000, (1, 2)).environment(2).space.items
        ((), ('bidder 1',), ('bidder 2',))
        """
        count = self.n if n is None else _counted(self.name, "bidders", n)
        players = [f"bidder {k + 1}" for k in range(count)]
        prior = None if self.prior is None else dict.fromkeys(players, self.prior)
        return environment_of_units(
            dict.fromkeys(players, self.values), min(self.units, count), transfers=self.transfers, prior=prior,
            name=self.name,
        )  # fmt: skip

    def place(self, value: Number) -> int:
        """The place of a value among ``values``; raises BadInput if it is none."""
        try:
            return self._places[value]
        except (KeyError, TypeError):
            hint = nearest(str(value), map(str, self.values[:20]))
            raise BadInput(f'no bidder of "{self.name}" can have the value {value!r}; {hint}') from None

    @cached_property
    def _places(self) -> dict[Number, int]:
        return {v: t for t, v in enumerate(self.values)}

    @cached_property
    def weights(self) -> tuple[tuple[int, ...], int]:
        """The probabilities of the values as integers, and what they sum to."""
        whole = math.lcm(*(f.denominator for f in self.masses))
        return tuple(f.numerator * (whole // f.denominator) for f in self.masses), whole

    def capacity(self, weight: int) -> int:
        """How many units bidders whose values have this weight can get at most on average, times whole ** n.

        At most ``units`` and at most one each: the expectation of the smaller of ``units`` and the number of such
        bidders (Border 1991; Che, Kim and Mierendorff 2013).

        >>> Crowd("two", 2, (1, 2)).capacity(1)  # 3/4: somebody has the higher value
        3
        """
        _, whole = self.weights
        rest = whole - weight
        missing = sum(
            (self.units - j) * math.comb(self.n, j) * weight**j * rest ** (self.n - j) for j in range(self.units)
        )
        return int(self.units * whole**self.n - missing)

    def __str__(self) -> str:
        shown = [show(v) for v in self.values]
        values = ", ".join(shown if len(shown) <= 8 else [*shown[:3], "...", *shown[-2:]])
        money = "no money" if self.transfers is None else f"money in {_show_interval(self.transfers)}"
        bidders = f"{self.n} bidder{'' if self.n == 1 else 's'}"
        return f"{self.name}: {bidders}, {self.units} unit{'' if self.units == 1 else 's'}, values {values}, {money}"


def _counted(name: str, what: str, count: Any) -> int:
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise BadInput(f'the number of {what} of "{name}" is {count!r}; it must be a whole number from 1')
    return count


def _values(name: str, values: Any) -> tuple[Number, ...]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise BadInput(f'the values of "{name}" are {values!r}; give a tuple of numbers')
    if isinstance(values, Sized) and len(values) > TYPES_LIMIT:
        raise GameTooLarge(f'values in "{name}"', len(values), TYPES_LIMIT, "declare fewer values")
    found = [number(v, f'a value of "{name}"') for v in values]
    if not found:
        raise BadInput(f'"{name}" has no values; give at least one')
    ordered = sorted(found, key=exact)
    for one, other in itertools.pairwise(ordered):
        if exact(one) == exact(other):
            raise BadInput(f'the value {show(one)} of "{name}" is given twice; give each value once')
    return tuple(ordered)


def _prior(name: str, prior: Any, values: tuple[Number, ...]) -> dict[Number, Number] | None:
    if prior is None:
        return None
    if not isinstance(prior, Mapping) or not prior:
        raise BadInput(f'the prior of "{name}" is {prior!r}; it must be None or {{value: probability}}')
    for v in prior:
        if v not in values:
            raise BadInput(f"the prior names the value {v!r}; {nearest(str(v), map(str, values[:20]))}")
    given = dict(zip(prior, probabilities(prior.values(), f'the prior of "{name}"'), strict=True))
    for v in values:
        if not given.get(v):
            raise BadInput(f"the prior gives the value {show(v)} probability 0; drop that value")
    return {v: given[v] for v in values}
