"""Outcome tables: all that a rule does in an environment, in exact integers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from ..games.numbers import Array, Number, exact, integers, magnitude
from ..games.profile import Profile


class OutOfTime(Exception):
    """The time ran out after ``done`` of ``total`` profiles were tabulated."""

    def __init__(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        super().__init__(f"the time ran out after {done:,} of {total:,} profiles were tabulated")


@dataclass(frozen=True)
class Table:
    """What a rule does at every type profile p of an environment, in exact integers.

    The point at p is the sum over s of ``weights[p, s] / scale`` times the unit vector of coordinate
    ``coordinates[p, s]`` (unused places have weight 0); player i pays ``payments[p, i] / pay_scale``.
    """

    coordinates: Array
    weights: Array
    scale: int
    payments: Array | None
    pay_scale: int

    @cached_property
    def sure(self) -> bool:
        """Whether every point is one coordinate with weight 1: nothing is drawn by lot."""
        return self.scale == 1 and self.coordinates.shape[1] == 1 and bool((self.weights == 1).all())

    @cached_property
    def weight_bound(self) -> int:
        """The largest weight."""
        return int(self.weights.max())

    @cached_property
    def pay_bound(self) -> int:
        """The largest payment in absolute value, times ``pay_scale``."""
        return 0 if self.payments is None else magnitude(self.payments)

    def payments_of(self, i: int) -> Array:
        """What player number ``i`` pays at every profile, times ``pay_scale``: a column laid out in one piece."""
        assert self.payments is not None
        return np.ascontiguousarray(self.payments[:, i])

    def point(self, p: int) -> dict[int, Fraction]:
        """The nonzero coordinates at profile number ``p``."""
        return {
            int(k): Fraction(int(w), self.scale) for k, w in zip(self.coordinates[p], self.weights[p], strict=True) if w
        }

    def paid(self, p: int, players: tuple[str, ...]) -> Profile[Number]:
        """The payments at profile number ``p``."""
        if self.payments is None:
            return Profile(dict.fromkeys(players, 0))
        row = self.payments[p]
        return Profile({name: exact(Fraction(int(x), self.pay_scale)) for name, x in zip(players, row, strict=True)})


def pack(points: list[dict[int, Number]], payments: list[list[Number]] | None) -> Table:
    """A table from one point and one row of payments a profile."""
    width = max(map(len, points))
    coordinates = np.zeros((len(points), width), dtype=np.int64)
    weights = np.zeros((len(points), width), dtype=object)
    for p, point in enumerate(points):
        coordinates[p, : len(point)] = list(point)
        weights[p, : len(point)] = list(point.values())
    whole, scale = integers(weights)
    if payments is None:
        return Table(coordinates, whole, scale, None, 1)
    paid, pay_scale = integers(np.array(payments, dtype=object).reshape(len(points), -1))
    return Table(coordinates, whole, scale, paid, pay_scale)
