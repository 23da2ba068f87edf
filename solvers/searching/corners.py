"""Corners: all those of the frontier between two columns of a linear program, by weighted sums (Aneja and Nair 1979).

The frontier is a concave chain. First its two ends are found, each the most of one column and then of the other. Then
the sum of the columns is maximised that weighs both ends of a segment alike: either the segment is on the frontier, or
what is found lies beyond it and makes two segments of one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from time import monotonic
from typing import Any

import numpy as np

from ...games.numbers import Array
from ..verification.workers import TimeUp, in_order
from .programs.linear import Outcome, Program, Row, extended, solve_program

Pair = tuple[Fraction, Fraction]
ENOUGH = 1e-9  # of a segment: below, what floats gain on it is taken for their error


@dataclass(eq=False)
class Corner:
    """A point of the frontier, what is behind it, and a line (a, b, c): no rule exceeds a * first + b * second = c."""

    values: Pair
    found: Any
    line: tuple[Fraction, Fraction, Fraction] | None


@dataclass(eq=False)
class Stretch:
    """Two neighbouring corners; ``done`` once it is known that nothing is beyond the segment."""

    start: Corner
    end: Corner
    done: bool = False
    stuck: bool = False

    def weights(self) -> Pair:
        """The weights by which both ends are worth the same."""
        (a, b), (c, d) = self.start.values, self.end.values
        return b - d, c - a

    def corner(self) -> Pair | None:
        """Where the lines through the ends cross: nothing is beyond them."""
        if self.start.line is None or self.end.line is None:
            return None
        (a, b, c), (d, e, f) = self.start.line, self.end.line
        det = a * e - b * d
        return ((c * e - b * f) / det, (a * f - c * d) / det) if det else None

    def on_a_line(self) -> bool:
        """Whether one end is on the line through the other: then so is all between."""
        return any(
            corner.line is not None and corner.line[0] * x + corner.line[1] * y == corner.line[2]
            for corner, (x, y) in ((self.start, self.end.values), (self.end, self.start.values))
        )

    def size(self) -> Fraction | float:
        """Twice the area in which more could be."""
        far = self.corner()
        if far is None:
            return math.inf
        (a, b), (c, d) = self.start.values, self.end.values
        return abs((c - a) * (far[1] - b) - (far[0] - a) * (d - b))


@dataclass(eq=False)
class Chain:
    """What was found: the stretches in order of the first column (a single corner: one from it to itself)."""

    status: str  # "found" | "infeasible" | "unbounded" | "time" | "unknown"
    stretches: list[Stretch]
    exact: bool = True
    unbounded: int = 0  # which column

    @property
    def corners(self) -> list[Corner]:
        """The corners in order, without those inside a straight line."""
        found: list[Corner] = []
        for k, each in enumerate(self.stretches):
            before = self.stretches[k - 1] if k else None
            if before is None or not (before.done and each.done and _straight(before, each)):
                found.append(each.start)
        last = self.stretches[-1:]
        return found + [s.end for s in last if s.end is not s.start]


def _straight(one: Stretch, two: Stretch) -> bool:
    (a, b), (c, d) = one.weights(), two.weights()
    return a * d == b * c


def corners_of(
    program: Program, columns: tuple[int, int], read: Callable[[Outcome], tuple[Pair, Any]], points: int | None = None,
    deadline: float = math.inf, progress: Callable[[int, int], Any] | None = None, executor: Any = None,
) -> Chain:  # fmt: skip
    """The chain of corners in two columns of a program; ``read`` gives the two values of a solution, and its rule."""

    def solved(programs: list[Program]) -> Any:
        left = None if math.isinf(deadline) else max(deadline - monotonic(), 0.01)
        tasks = [(each, left) for each in programs]
        return in_order(executor, solve_program, tasks, "the linear program", deadline)

    chain = Chain("found", [])
    try:
        ends = _ends(program, columns, read, chain, solved)
    except TimeUp:
        chain.status = "time"
    if chain.status != "found":
        return chain
    first, last = ends  # of the second column the most, of the first the most
    chain.stretches = [Stretch(first, first if first.values == last.values else last)]
    try:
        while _round(program, columns, read, chain, solved, points, progress):
            pass
    except TimeUp:
        chain.status = "time"
    return chain


def _weighted(program: Program, columns: tuple[int, int], weights: Pair) -> Program:
    unit = math.lcm(*(w.denominator for w in weights))
    whole = [int(w * unit) for w in weights]
    divisor = math.gcd(*whole)
    cost: Array = np.zeros(program.shape[1], dtype=object)
    for column, w in zip(columns, whole, strict=True):
        cost[column] = w // divisor
    return replace(program, cost=cost)


def _ends(program: Program, columns: tuple[int, int], read: Any, chain: Chain, solved: Any) -> Any:
    """The two ends: the most of the second column and then of the first, and the other way round."""
    one, zero = Fraction(1), Fraction(0)
    only: list[Pair] = [(zero, one), (one, zero)]
    most = list(solved([_weighted(program, columns, w) for w in only]))
    for k, outcome in enumerate(most):
        if outcome.status != "optimal":
            chain.status, chain.unbounded = outcome.status, 1 - k
            return None
    fixed = []
    for k, outcome in enumerate(most):
        column = columns[1 - k]
        top = Fraction(float(outcome.x[column])) if outcome.exact_x is None else outcome.exact_x[column]
        at_top = extended(program, [Row([column], [top.denominator], top.numerator)], program.cost, [])
        fixed.append(_weighted(at_top, columns, only[1 - k]))
    found = []
    for k, (outcome, second) in enumerate(zip(most, solved(fixed), strict=True)):
        certain = outcome.exact_x is not None and second.exact_x is not None
        chain.exact = chain.exact and certain
        values, rule = read(second if second.status == "optimal" else outcome)
        bound = values[1 - k]
        found.append(Corner(values, rule, (*only[k], bound) if certain else None))
    return found


def _round(
    program: Program, columns: tuple[int, int], read: Any, chain: Chain, solved: Any, points: int | None, progress: Any
) -> bool:
    """Look beyond every open stretch once; whether there is more to do."""
    for each in chain.stretches:
        each.done = each.done or each.start is each.end or each.on_a_line()
    left = math.inf if points is None else points - len(chain.stretches) - 1
    waiting = [s for s in chain.stretches if not s.done and not s.stuck]
    if points is not None:  # the ones that may hide most come first
        waiting = sorted(waiting, key=lambda s: -s.size())[: max(int(left), 0)]
    if not waiting:
        return False
    for each, outcome in zip(waiting, solved([_weighted(program, columns, s.weights()) for s in waiting]), strict=True):
        _refine(chain, each, outcome, read)
        if progress is not None:
            progress(sum(s.done for s in chain.stretches), len(chain.stretches))
        if outcome.status == "time":
            raise TimeUp
    return True


def _refine(chain: Chain, each: Stretch, outcome: Outcome, read: Any) -> None:
    if outcome.status != "optimal":
        each.stuck = True
        return
    weights = each.weights()
    values, rule = read(outcome)
    level = _times(weights, each.start.values)
    gained = _times(weights, values) - level
    certain = outcome.exact_x is not None
    chain.exact = chain.exact and certain
    least = 0.0 if certain else ENOUGH * float(weights[0] * weights[1])
    between = each.start.values[0] < values[0] < each.end.values[0]
    if not (gained > least and between):
        each.done = True
        return
    middle = Corner(values, rule, (*weights, level + gained) if certain else None)
    k = chain.stretches.index(each)
    chain.stretches[k : k + 1] = [Stretch(each.start, middle), Stretch(middle, each.end)]


def _times(weights: Pair, values: Pair) -> Fraction:
    return weights[0] * values[0] + weights[1] * values[1]
