"""Integer programs by CP-SAT, a solver that decides in whole numbers."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from ....games.errors import BadInput, MissingExtra
from ..watching import Answer, State, watched
from .integer import Whole

LARGEST = 2**53  # of a row or the objective: below, CP-SAT cannot overflow and tells its bound exactly


def cp_model_or_none() -> Any:
    """The module of CP-SAT, None where the extra is not installed."""
    try:
        from ortools.sat.python import cp_model
    except ImportError:
        return None
    return cp_model


def fits_cp(whole: Whole) -> bool:
    """Whether CP-SAT can hold the program: no payments, and whole numbers that are not too large."""
    return bool(whole.whole.all()) and whole.sized < LARGEST


def solve_cp(whole: Whole, time: float | None = None, progress: Any = None, seed: int = 0) -> Answer:
    """The optimum by CP-SAT with one worker, the same for the same seed; raises MissingExtra, BadInput."""
    cp_model = cp_model_or_none()
    if cp_model is None:
        raise MissingExtra("CP-SAT is part of ortools; install it with: pip install 'rulewright[cp]'")
    if not fits_cp(whole):
        raise BadInput(
            f"CP-SAT counts in whole numbers below 2^53, and this goal has payments, or rows up to {whole.sized:,.0f}; "
            'use method="mip"'
        )
    made = _model(cp_model, whole)
    if made is None:
        return Answer("infeasible")
    model, columns = made
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.cp_model_probing_level = 0  # to try every choice beforehand takes longer than the search
    solver.parameters.max_presolve_iterations = 1
    solver.parameters.catch_sigint_signal = False  # Ctrl-C is ours
    if time is not None:
        solver.parameters.max_time_in_seconds = max(time, 0.01)
    state, callback = State(), None
    if progress is not None:

        class Seen(cp_model.CpSolverSolutionCallback):  # type: ignore[misc, name-defined]
            def on_solution_callback(self) -> None:
                state.best, state.bound = self.objective_value, self.best_objective_bound

        def bounded(bound: float) -> None:
            state.bound = bound

        callback, solver.best_bound_callback = Seen(), bounded
    most = sum(abs(int(c)) for c in whole.program.cost)
    said: list[Any] = []
    watched(lambda: said.append(solver.solve(model, callback)), solver.stop_search, progress, lambda: state.done(most))
    names = {"OPTIMAL": "optimal", "FEASIBLE": "feasible", "INFEASIBLE": "infeasible", "UNKNOWN": "time"}
    status = names.get(solver.status_name(said[0]), "unknown")
    if status not in ("optimal", "feasible"):
        bound = solver.best_objective_bound if status == "time" and most else math.nan
        known = math.isfinite(bound) and abs(bound) < LARGEST
        return Answer(status, bound=Fraction(math.floor(bound)) if known else None)
    x = [int(solver.value(column)) for column in columns]
    return Answer(status, x, Fraction(math.floor(solver.best_objective_bound)) if most else None)


def _model(cp_model: Any, whole: Whole) -> tuple[Any, list[Any]] | None:
    """The program as clauses where it has them, rows elsewhere; None if a row cannot hold."""
    p, model = whole.program, cp_model.CpModel()
    columns: list[Any] = []
    for low, high in zip(p.low, p.high, strict=True):
        if (low, high) == (0, 1):
            columns.append(model.new_bool_var(""))
        else:  # a minimum of parts has no bounds: none that matter are this large
            ends = (-LARGEST if low is None else int(low), LARGEST if high is None else int(high))
            columns.append(model.new_int_var(*ends, ""))
    starts, entries, values = p.starts.tolist(), p.columns.tolist(), p.values.tolist()
    for r, (low, high) in enumerate(zip(p.row_low, p.row_high, strict=True)):
        at, coefficients = entries[starts[r] : starts[r + 1]], values[starts[r] : starts[r + 1]]
        if low is not None and high is not None and low > high:
            return None
        if not at:
            if (low or 0) > 0 or (high or 0) < 0:
                return None
            continue
        if (
            high == 1
            and low in (None, 1)
            and all(v == 1 for v in coefficients)
            and all(p.high[j] in (0, 1) for j in at)
        ):
            free = [columns[j] for j in at if p.high[j]]
            model.add_at_most_one(free) if low is None else model.add_exactly_one(free)
        elif coefficients == [1, -1] and (low, high) == (None, 0) and all((p.low[j], p.high[j]) == (0, 1) for j in at):
            model.add_implication(columns[at[0]], columns[at[1]])
        else:
            total = cp_model.LinearExpr.weighted_sum([columns[j] for j in at], coefficients)
            ends = (-(2**62) if low is None else low, 2**62 if high is None else high)
            model.add_linear_constraint(total, *ends)
    costs = [(j, int(c)) for j, c in enumerate(p.cost) if c]
    if costs:
        model.maximize(cp_model.LinearExpr.weighted_sum([columns[j] for j, _ in costs], [c for _, c in costs]))
    return model, columns
