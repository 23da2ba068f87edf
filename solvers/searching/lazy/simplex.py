"""A program handed to HiGHS once, to which rows are added: each solve starts from the last basis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from threading import current_thread, main_thread
from typing import Any

import numpy as np

from ....games.numbers import Array
from ..programs.refining import factorised
from .master import Master
from .worths import Sheet, stacked

PRECISION = 60  # bits of the largest rounded multiplier


@dataclass(frozen=True)
class Solved:
    """What HiGHS said of the rows so far (``status``), its unknowns and one multiplier a row (None: nothing usable)."""

    status: str  # "optimal" | "infeasible" | "unbounded" | "time" | "unknown"
    z: Array | None = None
    y: Array | None = None


class Simplex:
    """The dual simplex method on a program that grows."""

    def __init__(self, master: Master) -> None:
        import highspy

        self._api, self.master, self.sheet, self._first = highspy, master, master.sheet, True
        space, inf = master.space, highspy.kHighsInf
        columns = len(master.low)
        self._units = np.ones(columns)
        table = self._units[: space.size].reshape(-1, space.width)
        table[:, space.env.space.dimension :] = space.unit if space.changed else space.unit / space.scale
        self._units[space.size :] = space.unit / space.scale
        cost = master.cost.astype(object) / max(1, max(map(abs, master.cost.tolist()), default=1))
        cost = cost.astype(np.float64) * self._units
        self._most = float(np.abs(cost).max(initial=0.0)) or 1.0
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = columns, master.sheet.size
        lp.col_cost_ = cost / self._most
        lp.col_lower_ = np.array([-inf if b is None else float(b) for b in master.low]) / self._units
        lp.col_upper_ = np.array([inf if b is None else float(b) for b in master.high]) / self._units
        values, self._scales = self._floats(master.sheet)
        lp.row_lower_ = _divided(master.sheet.right, self._scales)
        lp.row_upper_ = np.where(master.sheet.equal, lp.row_lower_, inf)
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = master.sheet.starts.astype(np.int32)
        lp.a_matrix_.index_ = master.sheet.columns.astype(np.int32)
        lp.a_matrix_.value_ = values
        self._highs = highspy.Highs()
        for option, value in (
            ("output_flag", False), ("threads", 1), ("solver", "simplex"), ("primal_feasibility_tolerance", 1e-9),
            ("dual_feasibility_tolerance", 1e-9),
        ):  # fmt: skip
            self._highs.setOptionValue(option, value)
        self._highs.HandleKeyboardInterrupt = current_thread() is main_thread()  # Ctrl-C ends a long run at once
        self._highs.passModel(lp)

    def _floats(self, sheet: Sheet) -> tuple[Array, Array]:
        """The entries as floats, each row divided by its largest, and those."""
        values = sheet.values.astype(np.float64) * self._units[sheet.columns]
        scales = np.zeros(sheet.size)
        np.maximum.at(scales, sheet.rows, np.abs(values))
        scales[scales == 0] = 1.0
        return values / scales[sheet.rows], scales

    def add(self, sheet: Sheet) -> None:
        """Add rows."""
        values, scales = self._floats(sheet)
        low = _divided(sheet.right, scales)
        high = np.where(sheet.equal, low, self._api.kHighsInf)
        starts, columns = sheet.starts[:-1].astype(np.int32), sheet.columns.astype(np.int32)
        self._highs.addRows(sheet.size, low, high, len(values), starts, columns, values)
        self.sheet, self._scales = stacked([self.sheet, sheet]), np.concatenate([self._scales, scales])

    def solve(self, seconds: float) -> Solved:
        """The optimum of the rows so far."""
        names = self._api.HighsModelStatus
        if seconds < math.inf:
            self._highs.setOptionValue("time_limit", self._highs.getRunTime() + max(seconds, 0.01))
        if self._first:  # what the simplex method does not finish soon, the interior-point method does
            self._first = False
            self._highs.setOptionValue("simplex_iteration_limit", len(self._units))
            self._highs.run()
            self._highs.setOptionValue("simplex_iteration_limit", 2**31 - 1)
            if self._highs.getModelStatus() == names.kIterationLimit:
                self._highs.clearSolver()
                self._highs.setOptionValue("solver", "ipm")
                self._highs.run()
                self._highs.setOptionValue("solver", "simplex")
        else:
            self._highs.run()
        status = self._highs.getModelStatus()
        if status == names.kUnknown:
            self._highs.run()
            status = self._highs.getModelStatus()
        if status in (names.kUnboundedOrInfeasible, names.kInfeasible):  # presolve does not tell the two apart
            self._highs.setOptionValue("presolve", "off")
            self._highs.clearSolver()
            self._highs.run()
            status = self._highs.getModelStatus()
        known = {
            names.kOptimal: "optimal", names.kInfeasible: "infeasible", names.kUnbounded: "unbounded",
            names.kTimeLimit: "time",
        }  # fmt: skip
        word = known.get(status, "unknown")
        if word in ("infeasible", "unbounded"):
            return Solved(word)
        solution = self._highs.getSolution()
        z = np.array(solution.col_value) * self._units
        y = -np.array(solution.row_dual) * self._most / self._scales
        usable = len(z) == len(self._units) and len(y) == self.sheet.size and np.isfinite(z).all()
        if not usable or not np.isfinite(y).all():
            return Solved(word)
        return Solved(word, z if word == "optimal" else None, y)  # what it has before the end is no rule, but a bound

    def contradiction(self) -> Array | None:
        """Float multipliers of the rows that show that no unknowns satisfy all; None where HiGHS gives none."""
        self._highs.setOptionValue("presolve", "off")
        self._highs.setOptionValue("simplex_strategy", 1)
        self._highs.run()
        _, there, ray = self._highs.getDualRay()
        return np.array(ray) / self._scales if there else None

    def rounded(self, y: Array) -> tuple[list[int], int]:
        """Float multipliers as integers over a power of two, in the units of the program's cost."""
        top = max(1, max(map(abs, self.master.cost.tolist()), default=1))
        most = float(np.abs(y).max(initial=0.0)) or 1.0
        bits = max(0, PRECISION - math.frexp(most)[1])
        return [_shifted(v, bits) * top for v in y.tolist()], 1 << bits

    def exact_basis(self, until: float) -> tuple[list[Fraction] | None, list[Fraction] | None]:
        """The unknowns and the multipliers of the last basis in rationals; None for what could not be had in time."""
        basis, master, sheet = self._highs.getBasis(), self.master, self.sheet
        kinds = self._api.HighsBasisStatus
        if not basis.valid:
            return None, None
        columns = np.array([s == kinds.kBasic for s in basis.col_status], dtype=bool)
        tight = np.array([s != kinds.kBasic for s in basis.row_status], dtype=bool)
        size = int(columns.sum())
        if int(tight.sum()) != size:
            return None, None
        z: list[Any] = [None] * len(columns)
        for j, status in enumerate(basis.col_status):
            if not columns[j]:
                z[j] = master.low[j] if status == kinds.kLower else master.high[j]
                z[j] = Fraction(0) if z[j] is None else z[j]
        place, number = np.cumsum(columns) - 1, np.cumsum(tight) - 1
        inside = tight[sheet.rows]
        rows, at, values = number[sheet.rows[inside]], sheet.columns[inside], sheet.values[inside]
        basic = columns[at]
        system = factorised(rows[basic], place[at[basic]], values[basic], size)
        if system is None:
            return None, None
        right = sheet.right[tight].astype(object)
        for r, j, v in zip(rows[~basic], at[~basic], values[~basic], strict=True):
            if z[j]:
                right[r] -= int(v) * z[j]
        over = math.lcm(*(Fraction(b).denominator for b in right)) if size else 1
        solved = system.solve(np.array([int(b * over) for b in right], dtype=object), False, until)
        if solved is not None:
            for k, j in enumerate(np.flatnonzero(columns).tolist()):
                z[j] = solved[k] / over
        duals = system.solve(-master.cost[columns].astype(object), True, until)
        y: list[Fraction] | None = None
        if duals is not None:
            y = [Fraction(0)] * sheet.size
            for row, value in zip(np.flatnonzero(tight).tolist(), duals, strict=True):
                y[row] = value
        return (None if solved is None else z), y


def over_one(y: Sequence[Fraction]) -> tuple[list[int], int]:
    """Rationals as integers over one denominator."""
    common = math.lcm(*(v.denominator for v in y)) if y else 1
    return [v.numerator * (common // v.denominator) for v in y], common


def _divided(right: Array, scales: Array) -> Array:
    return np.asarray(right.astype(np.float64) / scales)


def _shifted(value: float, bits: int) -> int:
    numerator, denominator = value.as_integer_ratio()
    return (numerator << bits) // denominator
