"""Ironing: the best tiers of a rule for a crowd, and the multipliers that prove it (Myerson 1981).

Where lines between neighbouring values force the chances to rise with the value, what an aim is worth becomes one
weight for each value; averaged wherever it falls, and cut off at 0, the weights are the tiers. What comes out here is a
proposal: only where :func:`~rulewright.solvers.searching.reduced.confirmed` accepts it exactly is it the optimum.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from ....mechanisms.tiers import Tiers
from .interim import Line
from .reduced import Multipliers, Point, Reduced


class Proposal(NamedTuple):
    """Tiers, the point they give, and multipliers."""

    tiers: Tiers
    point: Point
    multipliers: Multipliers


class Step(NamedTuple):
    """The numbers of the lines by which a value does not report the one below, and the one below does not report it.

    ``scale`` is what each line is a multiple of.
    """

    down: tuple[int, int]
    up: tuple[int, int]


def proposals(problem: Reduced) -> Iterator[Proposal]:
    """Tiers that may be best, with payments and multipliers: ironed where lines keep neighbours apart."""
    steps = _steps(problem)
    m = problem.m
    slope = sum(problem.aim.cost[m:], start=Fraction(0))
    if steps is None:
        yield from _sorted(problem, None, Fraction(0))
    elif not slope:
        yield from _ironed(problem, steps, None, Fraction(0))
    for k in _levels(problem, slope) if slope else []:
        rate = -slope / _lift(problem.lines[k], m)
        yield from _sorted(problem, k, rate) if steps is None else _ironed(problem, steps, k, rate)


def _steps(problem: Reduced) -> list[Step] | None:
    """The incentive lines between each value and the one below it; None where one is not there."""
    m = problem.m
    values, unit = problem.values
    down: dict[int, tuple[int, int]] = {}
    up: dict[int, tuple[int, int]] = {}
    for k, (columns, entries, low, equal) in enumerate(problem.lines):
        payments = [(c - m, v) for c, v in zip(columns, entries, strict=True) if c >= m]
        if len(payments) != 2 or payments[1][0] != payments[0][0] + 1 or low or equal:
            continue
        (t, one), (s, other) = payments  # s is the value above t
        if one != -other or one % unit:
            continue
        size, true = abs(one) // unit, s if one > 0 else t
        lie = s + t - true
        # size * (values[true] * (Q[true] - Q[lie]) - unit * (P[true] - P[lie])) >= 0
        chances = {true: size * values[true], lie: -size * values[true]}
        if {c: v for c, v in zip(columns, entries, strict=True) if c < m} != {c: v for c, v in chances.items() if v}:
            continue
        (down if true == s else up).setdefault(s, (k, abs(one)))
    if any(t not in down or t not in up for t in range(1, m)):
        return None
    return [Step(down[t], up[t]) for t in range(1, m)]


def _lift(line: Line, m: int) -> int:
    """By how much a line rises if everybody pays one more."""
    return sum(v for c, v in zip(line.columns, line.values, strict=True) if c >= m)


def _levels(problem: Reduced, slope: Fraction) -> list[int]:
    """Lines that may fix what everybody pays: one of each kind, that of the lowest value."""
    m, found = problem.m, dict[tuple[int, int], int]()
    for k, line in enumerate(problem.lines):
        lift = _lift(line, m)
        if lift and (line.equal or (lift > 0) != (slope > 0)):
            found.setdefault((len(line.columns), lift), k)
    return list(found.values())[:8]


def _ironed(problem: Reduced, steps: list[Step], level: int | None, rate: Fraction) -> Iterator[Proposal]:
    m = problem.m
    values, unit = problem.values
    cost = _priced(problem, level, rate)
    paid = [Fraction(0)] * (m + 1)  # by a value and all above it
    for t in reversed(range(m)):
        paid[t] = paid[t + 1] + cost[m + t]
    # payments rise from t - 1 to t by edge[t] / unit times the rise of the chance
    edge = [0] + [values[t] if paid[t] >= 0 else values[t - 1] for t in range(1, m)]
    weight = [
        cost[t] + (paid[t] * edge[t] / unit if t else 0) - (paid[t + 1] * edge[t + 1] / unit if t + 1 < m else 0)
        for t in range(m)
    ]
    size = _sizes(problem)
    pools = _pools(weight, size)
    sold = [pool for pool, height in reversed(pools) if height > 0]
    chance, scale = _chances(problem, sold)
    rise = [0] * m
    for t in range(1, m):
        rise[t] = rise[t - 1] + edge[t] * ((chance[t] - chance[t - 1]) // unit)
    lines: dict[int, Fraction] = {} if level is None else {level: rate}
    for pool, height in pools:
        pressed = Fraction(0)
        for t in reversed(pool):
            pressed += size[t] * height - weight[t]
            if t:
                both = pressed * unit / (values[t] - values[t - 1])  # a chance that must not fall
                for (k, multiple), net in zip(
                    steps[t - 1], (max(paid[t], Fraction(0)), max(-paid[t], Fraction(0))), strict=True
                ):
                    if net + both:
                        lines[k] = lines.get(k, Fraction(0)) + (net + both) / multiple
    sets = _sets(sold, [height for _, height in reversed(pools) if height > 0])
    yield Proposal(_tiers(sold, m), _levelled(problem, chance, rise, scale, level), Multipliers(lines, sets))


def _sorted(problem: Reduced, level: int | None, rate: Fraction) -> Iterator[Proposal]:
    """Without incentives each value is on its own: tiers by weight, and each pays all that she gets is worth to her."""
    m = problem.m
    values, unit = problem.values
    cost = _priced(problem, level, rate)
    lines: dict[int, Fraction] = {} if level is None else {level: rate}
    for k, (columns, entries, _, equal) in enumerate(problem.lines):  # a line about one value pays for her payment
        t = columns[-1] - m if columns else -1
        if t >= 0 and {c % m for c in columns} == {t} and cost[m + t] and (equal or cost[m + t] * entries[-1] < 0):
            each = -cost[m + t] / entries[-1]
            lines[k] = lines.get(k, Fraction(0)) + each
            for c, v in zip(columns, entries, strict=True):
                cost[c] += each * v
    size = _sizes(problem)
    heights: dict[Fraction, list[int]] = {}
    for t in range(m):
        if cost[t] > 0:
            heights.setdefault(cost[t] / size[t], []).append(t)
    falling = sorted(heights, reverse=True)
    sold = [heights[h] for h in falling]
    chance, scale = _chances(problem, sold)
    worth = (
        [0] * m if problem.crowd.transfers is None else [v * (q // unit) for v, q in zip(values, chance, strict=True)]
    )
    yield Proposal(
        _tiers(sold, m), _levelled(problem, chance, worth, scale, level), Multipliers(lines, _sets(sold, falling))
    )


def _priced(problem: Reduced, level: int | None, rate: Fraction) -> list[Fraction]:
    """The aim's costs, with the line of the level added at its rate."""
    cost = list(problem.aim.cost)
    if level is not None:
        for c, v in zip(problem.lines[level].columns, problem.lines[level].values, strict=True):
            cost[c] += rate * v
    return cost


def _sizes(problem: Reduced) -> list[Fraction]:
    """How many bidders have each value on average."""
    masses, whole = problem.crowd.weights
    return [Fraction(problem.crowd.n * a, whole) for a in masses]


def _tiers(sold: Sequence[list[int]], m: int) -> Tiers:
    place = {t: k for k, pool in enumerate(sold) for t in pool}
    return tuple(place.get(t) for t in range(m))


def _sets(sold: Sequence[list[int]], heights: Sequence[Fraction]) -> dict[frozenset[int], Fraction]:
    """The multiplier of what each tier and those above it get together: how far it stands above the next."""
    sets, members = {}, frozenset[int]()
    for k, pool in enumerate(sold):
        members |= set(pool)
        sets[members] = heights[k] - (heights[k + 1] if k + 1 < len(heights) else 0)
    return sets


def _pools(weight: Sequence[Fraction], size: Sequence[Fraction]) -> list[tuple[list[int], Fraction]]:
    """Neighbours pooled until the average weight rises from pool to pool (Ayer et al. 1955)."""
    pools: list[tuple[list[int], Fraction, Fraction]] = []
    for t, (w, s) in enumerate(zip(weight, size, strict=True)):
        pool, total, mass = [t], w, s
        while pools and pools[-1][1] * mass >= total * pools[-1][2]:
            before, more, room = pools.pop()
            pool, total, mass = before + pool, total + more, mass + room
        pools.append((pool, total, mass))
    return [(pool, total / mass) for pool, total, mass in pools]


def _chances(problem: Reduced, sold: Sequence[list[int]]) -> tuple[list[int], int]:
    """The chance of each value when these tiers are served in turn, as integers (multiples of the values' unit)."""
    crowd = problem.crowd
    masses, whole = crowd.weights
    unit = problem.values[1]
    weights = [sum(masses[t] for t in pool) for pool in sold]
    common = math.lcm(*weights)
    chance, above = [0] * problem.m, 0
    for pool, weight in zip(sold, weights, strict=True):
        more = crowd.capacity(above + weight) - crowd.capacity(above)
        above += weight
        for t in pool:
            chance[t] = more * (common // weight) * whole * unit
    return chance, crowd.n * common * problem.base * unit


def _levelled(problem: Reduced, chance: list[int], paid: list[int], scale: int, level: int | None) -> Point:
    """The point with these chances and payments, after all payments are raised alike."""
    shift, factor = _level(problem, chance + paid, scale, level)
    return Point([q * factor for q in chance] + [p * factor + shift for p in paid], scale * factor)


def _level(problem: Reduced, x: list[int], scale: int, level: int | None) -> tuple[int, int]:
    """(s, d): everybody pays s / d / scale more. The most that the lines and bounds allow, unless a line fixes it."""
    m = problem.m
    low, high = problem.bounds

    def missing(line: Line) -> int:
        return line.low * scale - sum(v * x[c] for c, v in zip(line.columns, line.values, strict=True))

    if level is not None:
        lift = _lift(problem.lines[level], m)
        sign = 1 if lift > 0 else -1
        return missing(problem.lines[level]) * sign, lift * sign
    if low == high == 0:
        return 0, 1
    least: list[tuple[int, int]] = []
    most: list[tuple[int, int]] = []
    for line in problem.lines:
        lift = _lift(line, m)
        if lift:
            end = (missing(line), lift) if lift > 0 else (-missing(line), -lift)
            for ends in (least, most) if line.equal else (least,) if lift > 0 else (most,):
                ends.append(end)
    if low is not None:
        least.append((low.numerator * scale - min(x[m:]) * low.denominator, low.denominator))
    if high is not None:
        most.append((high.numerator * scale - max(x[m:]) * high.denominator, high.denominator))
    if not most and not least:
        values, unit = problem.values
        return (values[0] * x[0] - unit * x[m], unit)  # the lowest value is left with nothing
    return _lowest(most, 1) if most else _lowest(least, -1)


def _lowest(ends: Sequence[tuple[int, int]], sign: int) -> tuple[int, int]:
    """The smallest (sign 1) or largest (-1) of some ratios with positive denominators."""
    best = ends[0]
    for end in ends[1:]:
        if sign * (end[0] * best[1] - best[0] * end[1]) < 0:
            best = end
    return best
