"""Branch and bound in which every bound is exact: floats choose multipliers, whole numbers make bounds of them.

Any multipliers y of the rows bound the cost: c x = (c - y A) x + y (A x), and each term is at most what its bounds
allow (Neumaier and Shcherbina 2004). So the float multipliers of a linear program are rounded, and what they prove is
computed exactly; a branch is left only if that says that nothing in it is better.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from time import monotonic
from typing import Any

import numpy as np

from ....games.numbers import Array, exact
from ..programs.linear import Program, solve_program
from ..watching import watched
from .integer import Whole
from .mixed import Scaled, contradicts, quiet

BITS = 40  # of a multiplier
NODES = 20_000
WHOLE = 1e-6  # from a whole number: such a float is taken for it, and then checked
NEAR = 1e-6  # of the cost: so near to the best a bound is computed from the exact optimum


Node = dict[int, int]  # the columns that a branch fixes


@dataclass(frozen=True, eq=False)
class Proof:
    """``proved``: no choice costs more than ``bound``; ``x`` is the best point that was found on the way."""

    proved: bool
    bound: Fraction | None
    x: list[Any] | None
    nodes: int


class Bounder:
    """Exact bounds on the cost of a program from float multipliers of its rows."""

    def __init__(self, whole: Whole, scaled: Scaled) -> None:
        p = whole.program
        self.program, self.scaled = p, scaled
        self.rows = np.repeat(np.arange(p.shape[0]), np.diff(p.starts))
        self.values = p.values.astype(object)
        self.divisors = np.array([float(d) for d in scaled.divisors])
        self.cost = [int(c) for c in p.cost]

    def bound(self, multipliers: Array, low: list[Any], high: list[Any], cost: bool = True) -> Fraction | None:
        """The most that the cost (or 0) can be in the box, by these multipliers; None where they prove nothing."""
        p = self.program
        unit = float(self.scaled.most) if cost else 1.0
        true = multipliers * unit / self.divisors
        size = float(np.abs(true).max(initial=0.0))
        if not math.isfinite(size):
            return None
        scale = 2 ** max(0, BITS - (math.frexp(size)[1] if size else 0))
        whole = [0] * len(true)
        total = Fraction(0)
        for r in np.flatnonzero(true).tolist():
            y = int(true[r] * scale)
            end = p.row_high[r] if y > 0 else p.row_low[r]
            if y and end is not None:
                whole[r] = y
                total += y * int(end)
        left: Any = np.array([c * scale if cost else 0 for c in self.cost], dtype=object)
        each = np.array(whole, dtype=object)
        np.subtract.at(left, p.columns, each[self.rows] * self.values)
        for j, rate in enumerate(left.tolist()):
            if rate:
                end = high[j] if rate > 0 else low[j]
                if end is None:
                    return None
                total += rate * Fraction(exact(end))
        return Fraction(total, scale)


def bounded(
    whole: Whole, best: Fraction | None, step: Fraction | None, exactly: Callable[[list[Any]], Fraction | None],
    time: float | None = None, progress: Any = None, seed: int = 0,
) -> Proof:  # fmt: skip
    """Search for a choice that costs more than ``best`` (any, for None), until exact bounds say that there is none.

    Costs are multiples of ``step``. ``exactly`` gives the exact cost of a point that floats found, None if it is none.
    """
    if contradicts(whole.program):
        return Proof(True, None, None, 0)
    return _Search(whole, best, step, exactly, math.inf if time is None else monotonic() + time, progress, seed).proof()


class _Search:
    """Depth first through the choices, the best one so far at hand."""

    def __init__(
        self, whole: Whole, best: Fraction | None, step: Fraction | None, exactly: Any, until: float, progress: Any,
        seed: int,
    ) -> None:  # fmt: skip
        import highspy

        p = whole.program
        self.whole, self.best, self.step, self.exactly = whole, best, step, exactly
        self.until, self.progress = until, progress
        self.scaled = Scaled(p)
        self.bounder = Bounder(whole, self.scaled)
        self.names = highspy.HighsModelStatus
        self.highs = quiet(highspy, seed)
        self.highs.setOptionValue("presolve", "off")  # so that one program starts where the last one ended
        self.highs.setOptionValue("solver", "simplex")
        self.highs.HandleUserInterrupt = True
        self.highs.passModel(self.scaled.lp)
        self.open = np.array([w and h != lo for w, lo, h in zip(whole.whole, p.low, p.high, strict=True)])
        self.fixed: Node = {}
        self.x: list[Any] | None = None
        self.nodes = 0
        self.stack: list[tuple[Node, Fraction | None]] = [({}, None)]
        self.unsettled: list[Fraction | None] = []  # bounds of choices that were left unproved

    def proof(self) -> Proof:
        """What the search says in the end."""
        while self.stack:
            node, above = self.stack.pop()
            if self.enough(above):
                continue
            if self.nodes >= NODES or monotonic() > self.until:
                self.unsettled.append(above)
                continue
            self.nodes += 1
            self.look(node, above)
        tops = [b for b in self.unsettled if not self.enough(b)]
        known = [b for b in tops if b is not None]
        if len(known) < len(tops):
            return Proof(False, None, self.x, self.nodes)
        top = max(known, default=None)
        if top is None:
            return Proof(True, self.best, self.x, self.nodes)
        return Proof(False, top if self.step is None else top // self.step * self.step, self.x, self.nodes)

    def enough(self, bound: Fraction | None) -> bool:
        """Whether nothing under the bound is better than the best."""
        if bound is None or self.best is None:
            return False
        return bound <= self.best if self.step is None else bound < self.best + self.step

    def look(self, node: Node, above: Fraction | None) -> None:
        """Solve the linear program of a branch; close the branch, or leave it, or divide it."""
        p = self.whole.program
        low, high = list(p.low), list(p.high)
        for j, v in node.items():
            low[j] = high[j] = v
        here = replace(p, low=low, high=high)
        status = self.solved(node)
        if status == self.names.kInfeasible:
            if not (_empty(self.highs, self.bounder, low, high) or _surely_empty(here)):
                self.unsettled.append(above)
            return
        if status != self.names.kOptimal:
            self.unsettled.append(above)
            return
        solution = self.highs.getSolution()
        point = np.array(solution.col_value)
        gap = np.where(self.open, np.abs(point - np.round(point)), 0.0)
        whole = gap.max(initial=0.0) < WHOLE
        if whole:
            each = zip((point * self.scaled.units).tolist(), self.whole.whole, strict=True)
            found = [round(v) if w else v for v, w in each]
            cost = self.exactly(found)
            if cost is not None and (self.best is None or cost > self.best):
                self.best, self.x = cost, found
        bound = self.bounder.bound(np.array(solution.row_dual), low, high)
        if bound is None or (self.near(bound) and not self.enough(bound)):
            exact_x = solve_program(here, None if math.isinf(self.until) else self.until - monotonic()).exact_x
            if exact_x is not None:
                bound = sum((int(c) * v for c, v in zip(p.cost, exact_x, strict=True)), start=Fraction(0))
        if above is not None:
            bound = above if bound is None else min(bound, above)
        if self.enough(bound):
            return
        free = [k for k in np.flatnonzero(self.open).tolist() if k not in node] if whole else []
        if whole and not free:
            if not _surely_empty(here):
                self.unsettled.append(bound)
        else:
            j = free[0] if whole else int(np.argmax(gap))
            self.stack += [(node | {j: 0}, bound), (node | {j: 1}, bound)]

    def near(self, bound: Fraction) -> bool:
        """Whether floats cannot tell the bound from the best."""
        return self.best is not None and bound - self.best <= Fraction(NEAR) * abs(self.best or Fraction(1))

    def solved(self, node: Node) -> Any:
        """Solve the linear program in which the columns of the node are fixed."""
        lp = self.scaled.lp
        for j in {*self.fixed, *node}:
            if self.fixed.get(j) != node.get(j):
                ends = (node[j], node[j]) if j in node else (lp.col_lower_[j], lp.col_upper_[j])
                self.highs.changeColBounds(j, *map(float, ends))
        self.fixed = node
        if not math.isinf(self.until):
            self.highs.setOptionValue("time_limit", self.highs.getRunTime() + max(self.until - monotonic(), 0.01))
        told = (self.nodes, self.nodes + len(self.stack) + 1)
        tell = None if self.progress is None else lambda *_: self.progress(*told)
        watched(self.highs.run, self.highs.cancelSolve, tell, lambda: 0)
        return self.highs.getModelStatus()


def _empty(highs: Any, bounder: Bounder, low: list[Any], high: list[Any]) -> bool:
    """Whether the ray that HiGHS gives proves exactly that the box holds no point (Farkas 1902)."""
    ray = highs.getDualRay()
    if not ray[1]:
        return False
    y = np.array(ray[2])
    return any((b := bounder.bound(sign * y, low, high, cost=False)) is not None and b < 0 for sign in (1, -1))


def _surely_empty(program: Program) -> bool:
    """Whether every point violates some row, by the exact optimum of the program in which rows may be violated."""
    lower = [r for r, b in enumerate(program.row_low) if b is not None]
    upper = [r for r, b in enumerate(program.row_high) if b is not None]
    last = program.shape[1]
    starts, columns, values = [0], [], []
    for r, sign in [*((r, 1) for r in lower), *((r, -1) for r in upper)]:
        at = slice(program.starts[r], program.starts[r + 1])
        size = max((abs(int(v)) for v in program.values[at]), default=1)
        columns += [*program.columns[at].tolist(), last]
        values += [*program.values[at].tolist(), sign * size]
        starts.append(len(columns))
    low: list[Any] = [program.row_low[r] for r in lower] + [None] * len(upper)
    high: list[Any] = [None] * len(lower) + [program.row_high[r] for r in upper]
    cost = np.array([0] * last + [-1], dtype=object)
    units = None if program.units is None else np.append(program.units, 1.0)
    entries = np.array(values, dtype=program.values.dtype)
    loose = Program(
        np.array(starts), np.array(columns), entries, low, high, [*program.low, 0], [*program.high, None], cost, units
    )
    found = solve_program(loose).exact_x
    return found is not None and found[-1] > 0
