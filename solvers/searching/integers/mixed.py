"""Integer programs with payments by HiGHS, in floats: what it finds is a proposal, what it claims a hint."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from ....games.numbers import Array
from ..programs.linear import Program
from ..watching import Answer, State, watched
from .integer import Whole


def solve_mip(whole: Whole, time: float | None = None, progress: Any = None, seed: int = 0) -> Answer:
    """The optimum as HiGHS finds it with one thread, the same for the same seed."""
    import highspy

    if contradicts(whole.program):
        return Answer("infeasible")
    model = Scaled(whole.program)
    lp = model.lp
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger if each else kinds.kContinuous for each in whole.whole]
    highs = quiet(highspy, seed)
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", 1e-9)
    highs.setOptionValue("mip_feasibility_tolerance", 1e-9)
    if time is not None:
        highs.setOptionValue("time_limit", max(time, 0.01))
    highs.HandleUserInterrupt = True
    state = State()
    if progress is not None:

        def seen(event: Any) -> None:
            state.best, state.bound = event.data_out.mip_primal_bound, event.data_out.mip_dual_bound

        highs.cbMipInterrupt += seen
    highs.passModel(lp)
    most = float(np.abs(lp.col_cost_).sum())
    watched(highs.run, highs.cancelSolve, progress, lambda: state.done(most))
    names = highspy.HighsModelStatus
    said, info = highs.getModelStatus(), highs.getInfo()
    if said == names.kUnboundedOrInfeasible:
        highs.setOptionValue("presolve", "off")
        watched(highs.run, highs.cancelSolve, progress, lambda: state.done(most))
        said, info = highs.getModelStatus(), highs.getInfo()
    known = {names.kOptimal: "optimal", names.kInfeasible: "infeasible", names.kUnbounded: "unbounded"}
    status = known.get(said, "time" if said == names.kTimeLimit else "unknown")
    bound = info.mip_dual_bound
    outer = Fraction(bound) * model.most if math.isfinite(bound) else None
    if status in ("infeasible", "unbounded") or info.primal_solution_status != 2:
        return Answer(status, bound=outer)
    point = np.array(highs.getSolution().col_value) * model.units
    x = [round(v) if w else float(v) for v, w in zip(point.tolist(), whole.whole.tolist(), strict=True)]
    return Answer("optimal" if status == "optimal" else "feasible", x, outer)


def contradicts(program: Program) -> bool:
    """Whether a row asks for something between two neighbouring whole numbers."""
    both = zip(program.row_low, program.row_high, strict=True)
    return any(low is not None and high is not None and low > high for low, high in both)


def quiet(highspy: Any, seed: int) -> Any:
    """HiGHS without output, with one thread and tight tolerances."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("random_seed", seed)
    highs.setOptionValue("primal_feasibility_tolerance", 1e-9)
    highs.setOptionValue("dual_feasibility_tolerance", 1e-9)
    return highs


class Scaled:
    """A program for HiGHS: rows divided by ``divisors``, the cost by ``most``, columns counted in ``units``."""

    def __init__(self, program: Program) -> None:
        import highspy

        rows, columns = program.shape
        inf = highspy.kHighsInf
        self.units = np.ones(columns) if program.units is None else np.asarray(program.units, dtype=np.float64)
        lengths = np.diff(program.starts)
        largest = np.ones(rows, dtype=object)
        filled = np.flatnonzero(lengths)
        largest[filled] = np.maximum.reduceat(np.abs(program.values), program.starts[:-1][filled])
        largest[largest == 0] = 1
        values = _ratios(program.values, np.repeat(largest, lengths)) * self.units[program.columns]
        again = np.ones(rows)
        again[filled] = np.maximum.reduceat(np.abs(values), program.starts[:-1][filled])
        again[again == 0] = 1.0
        self.divisors = [Fraction(int(a)) * Fraction(float(b)) for a, b in zip(largest, again, strict=True)]
        costs = [Fraction(int(c)) * Fraction(float(u)) for c, u in zip(program.cost, self.units, strict=True)]
        self.most = max(map(abs, costs), default=Fraction(1)) or Fraction(1)

        def bound(b: Any, absent: float, by: Fraction) -> float:
            return absent if b is None else float(Fraction(b) / by)

        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = columns, rows
        lp.col_cost_ = np.array([float(c / self.most) for c in costs])
        units = [Fraction(float(u)) for u in self.units]
        lp.col_lower_ = np.array([bound(b, -inf, u) for b, u in zip(program.low, units, strict=True)])
        lp.col_upper_ = np.array([bound(b, inf, u) for b, u in zip(program.high, units, strict=True)])
        lp.row_lower_ = np.array([bound(b, -inf, d) for b, d in zip(program.row_low, self.divisors, strict=True)])
        lp.row_upper_ = np.array([bound(b, inf, d) for b, d in zip(program.row_high, self.divisors, strict=True)])
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = program.starts.astype(np.int32)
        lp.a_matrix_.index_ = program.columns.astype(np.int32)
        lp.a_matrix_.value_ = values / np.repeat(again, lengths)
        self.lp = lp


def _ratios(values: Array, by: Array) -> Array:
    if values.dtype != object:
        return np.asarray(values / by.astype(np.float64))
    return np.array([int(v) / int(b) for v, b in zip(values, by, strict=True)])  # rounded correctly at any size
