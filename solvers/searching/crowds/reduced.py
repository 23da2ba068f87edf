"""The reduced form of a crowd's problem: which interim chances can be had at all, and what is best, decided exactly."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from ....games.crowd import Crowd
from ....games.numbers import exact
from ....mechanisms.tiers import Tiers
from .interim import Aim, Line, value_integers


@dataclass(frozen=True)
class Reduced:
    """Maximise ``aim`` over chances x[:m] that Border's condition allows and payments x[m:] that meet the lines."""

    crowd: Crowd
    lines: Sequence[Line]
    aim: Aim

    @property
    def m(self) -> int:
        """How many values there are."""
        return len(self.crowd.values)

    @cached_property
    def bounds(self) -> tuple[Fraction | None, Fraction | None]:
        """What a payment must lie between."""
        low, high = self.crowd.transfers or (0, 0)
        return tuple(None if b is None else Fraction(exact(b)) for b in (low, high))  # type: ignore[return-value]

    @cached_property
    def values(self) -> tuple[list[int], int]:
        """The values as integers, and their common denominator."""
        return value_integers(self.crowd)

    @cached_property
    def base(self) -> int:
        """The denominator of every capacity: whole ** n."""
        return int(self.crowd.weights[1] ** self.crowd.n)


@dataclass(frozen=True)
class Point:
    """Chances and payments x[c] / scale, as integers."""

    x: list[int]
    scale: int

    def value(self, aim: Aim) -> Fraction:
        """What the point reaches."""
        unit = math.lcm(*(c.denominator for c in aim.cost))
        total = sum(c.numerator * (unit // c.denominator) * x for c, x in zip(aim.cost, self.x, strict=True) if c)
        return Fraction(total, unit * self.scale) + aim.constant


@dataclass(frozen=True)
class Multipliers:
    """A multiplier for each line (by its number) and for each set of values whose capacity binds."""

    lines: dict[int, Fraction]
    sets: dict[frozenset[int], Fraction]


def violated(problem: Reduced, point: Point) -> list[frozenset[int]]:
    """The sets of values to which the point gives more than their capacity, among the level sets of the chances.

    If any set is given too much, a level set is: for a given weight the values with the highest chances are given
    most, and capacity is concave in the weight (Border 1991).
    """
    crowd, m = problem.crowd, problem.m
    masses, whole = crowd.weights
    order = sorted(range(m), key=lambda t: point.x[t], reverse=True)
    given = weight = 0
    found = []
    for k, t in enumerate(order):
        given += masses[t] * point.x[t]
        weight += masses[t]
        if k + 1 < m and point.x[order[k + 1]] == point.x[t]:
            continue
        if crowd.n * given * problem.base > crowd.capacity(weight) * whole * point.scale:
            found.append(frozenset(order[: k + 1]))
    return found


def meets(problem: Reduced, point: Point) -> bool:
    """Whether the chances can be had and all lines and bounds hold, exactly."""
    x, m = point.x, problem.m
    if min(x[:m]) < 0 or max(x[:m]) > point.scale:
        return False
    low, high = problem.bounds
    if low is not None and min(x[m:]) * low.denominator < low.numerator * point.scale:
        return False
    if high is not None and max(x[m:]) * high.denominator > high.numerator * point.scale:
        return False
    for columns, values, least, equal in problem.lines:
        total = -least * point.scale
        for c, v in zip(columns, values, strict=True):
            total += v * x[c]
        if total < 0 or (equal and total):
            return False
    return not violated(problem, point)


def bound_of(problem: Reduced, multipliers: Multipliers) -> Fraction | None:
    """What no point exceeds, by weak duality, from the lines and capacities alone; None if the signs are wrong."""
    crowd, m = problem.crowd, problem.m
    masses, whole = crowd.weights
    reduced = list(problem.aim.cost)
    constant = problem.aim.constant
    for k, y in multipliers.lines.items():
        columns, values, least, equal = problem.lines[k]
        if y < 0 and not equal:
            return None
        constant -= y * least
        for c, v in zip(columns, values, strict=True):
            reduced[c] += y * v
    for members, z in multipliers.sets.items():
        if z < 0:
            return None
        for t in members:
            reduced[t] -= z * Fraction(crowd.n * masses[t], whole)
    if any(r > 0 for r in reduced[:m]):
        return None
    low, high = problem.bounds
    for r in reduced[m:]:
        end = high if r > 0 else low
        if r and end is None:
            return None
        constant += r * (end or 0)
    unit = math.lcm(*(z.denominator for z in multipliers.sets.values()))
    total = sum(
        z.numerator * (unit // z.denominator) * crowd.capacity(sum(masses[t] for t in members))
        for members, z in multipliers.sets.items()
    )
    return constant + Fraction(total, unit * problem.base)


def confirmed(problem: Reduced, point: Point, multipliers: Multipliers) -> Fraction | None:
    """The optimum, if the point meets everything and the multipliers prove that nothing exceeds it; else None."""
    bound = bound_of(problem, multipliers)
    if bound is None or point.value(problem.aim) != bound or not meets(problem, point):
        return None
    return bound


# -- chances as rules -------------------------------------------------------------------------------------------------


def served(crowd: Crowd, tiers: Tiers) -> list[Fraction]:
    """The chance that each value has under a ranking in tiers.

    >>> served(Crowd("two", 2, (1, 2)), (None, 0))
    [Fraction(0, 1), Fraction(3, 4)]
    """
    masses, whole = crowd.weights
    chance = [Fraction(0)] * len(tiers)
    above = 0
    for tier in sorted({k for k in tiers if k is not None}):
        inside = [t for t, k in enumerate(tiers) if k == tier]
        weight = sum(masses[t] for t in inside)
        more = crowd.capacity(above + weight) - crowd.capacity(above)
        above += weight
        for t in inside:
            chance[t] = Fraction(more * whole, whole**crowd.n * crowd.n * weight)
    return chance


def rankings_of(crowd: Crowd, chances: Sequence[Fraction]) -> list[tuple[Fraction, Tiers]]:
    """Rankings with probabilities that together give each value its chance; the chances must be within capacity.

    Each step takes out the ranking by the chances that are left, as much of it as keeps their order: then two tiers
    become one, or the lowest falls to 0, so there are at most as many steps as values, and one (Border 1991). What is
    left stays within capacity, as the ranking leaves nothing over in any of its tiers.

    >>> rankings_of(Crowd("two", 2, (1, 2)), [Fraction(1, 8), Fraction(1, 2)])
    [(Fraction(1, 2), (1, 0)), (Fraction(1, 6), (None, 0)), (Fraction(1, 3), (None, None))]
    """
    found: list[tuple[Fraction, Tiers]] = []
    left, rest = list(chances), Fraction(1)
    while True:
        levels = sorted({q for q in left if q > 0}, reverse=True)
        tiers = tuple(levels.index(q) if q > 0 else None for q in left)
        corner = served(crowd, tiers)
        if corner == left:
            return [*found, (rest, tiers)]
        ends = [(level, corner[tiers.index(k)]) for k, level in enumerate(levels)] + [(Fraction(0), Fraction(0))]
        gaps = [(one[0] - two[0], one[1] - two[1]) for one, two in itertools.pairwise(ends)]
        # left + step * (left - corner) must keep the order of its tiers
        step = min(gap / (full - gap) for gap, full in gaps if full > gap)
        found.append((rest * step / (1 + step), tiers))
        rest /= 1 + step
        left = [q + step * (q - c) for q, c in zip(left, corner, strict=True)]
