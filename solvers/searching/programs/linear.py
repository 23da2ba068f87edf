"""Linear programs: solved by HiGHS in floats, then decided exactly from the basis it ends with.

maximise c x subject to row_low <= A x <= row_high and low <= x <= high, with integer A and c. The basis names which
rows and columns are tight; solving that square system in rationals gives the exact solution and its exact multipliers,
which are accepted only if they satisfy every row, every bound and every sign exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from threading import current_thread, main_thread
from time import monotonic
from typing import Any, NamedTuple

import numpy as np

from ....games.numbers import Array
from ..watching import Progress, watched
from .refining import factorised
from .rounding import rounded

Lines = list[dict[int, Any]]  # a square system, line by line: {column: coefficient}
Blocks = list[tuple[list[int], list[int]]]  # rows and columns of its blocks

LARGEST_BLOCK = 700  # rows of a dense block that is solved exactly
MOST_ENTRIES = 40_000_000


@dataclass(frozen=True)
class Program:
    """Sparse rows of integers (``starts``, ``columns``, ``values``); a bound that is absent is None."""

    starts: Array
    columns: Array
    values: Array
    row_low: list[int | None]
    row_high: list[int | None]
    low: list[Any]
    high: list[Any]
    cost: Array
    units: Array | None = None  # the size of one unit of each column, to scale by

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.row_low), len(self.low)


class Row(NamedTuple):
    """A row to add to a program: the sum of values * columns is at least ``low``."""

    columns: list[int]
    values: list[int]
    low: int


def extended(program: Program, rows: list[Row], cost: Array, low: list[Any], units: float = 1.0) -> Program:
    """The program with more rows and another objective, over more columns, each at least its entry of ``low``."""
    ends = program.starts[-1] + np.cumsum([len(r.columns) for r in rows], dtype=np.int64)
    old = program.units if program.units is not None else np.ones(program.shape[1])
    return Program(
        np.concatenate([program.starts, ends]),
        np.concatenate([program.columns, np.array([c for r in rows for c in r.columns], dtype=np.int64)]),
        np.concatenate([program.values, np.array([v for r in rows for v in r.values], dtype=object)]),
        [*program.row_low, *(r.low for r in rows)],
        [*program.row_high, *([None] * len(rows))],
        [*program.low, *low],
        [*program.high, *([None] * len(low))],
        cost,
        np.concatenate([old, np.full(len(low), units)]),
    )


@dataclass(frozen=True)
class Outcome:
    """What HiGHS said (``status``), its float solution, and the exact one where it was confirmed."""

    status: str  # "optimal" | "infeasible" | "unbounded" | "time" | "unknown"
    x: Array | None = None
    exact_x: list[Fraction] | None = None
    exact_y: list[Fraction] | None = None  # one multiplier a row: >= 0 at a lower bound, <= 0 at an upper one
    iterations: int = 0


def solve_program(
    program: Program, time: float | None = None, exactly: bool = True, progress: Progress = None
) -> Outcome:
    """The optimum of a program by HiGHS, exact where the final basis can be confirmed in rationals.

    ``progress(0, 1000)`` is called while it works; an exception from it ends the work.
    """
    import highspy

    until = math.inf if time is None else monotonic() + time
    rows, columns = program.shape
    inf = highspy.kHighsInf
    values, row_scale = _row_scaled(program.starts, program.values)
    unit = program.units if program.units is not None else np.ones(columns)
    values = values * unit[program.columns]
    again = _largest(program.starts, np.abs(values))
    values = values / np.repeat(again, np.diff(program.starts))
    cost = _floats(program.cost) * unit
    most = float(np.abs(cost).max(initial=0.0))

    def bound(b: int | None, absent: float, scale: int, second: float) -> float:
        return absent if b is None else _ratio(b, scale) / second

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, rows
    lp.col_cost_ = cost / most if most else cost
    lp.col_lower_ = np.array([-inf if x is None else float(x) / u for x, u in zip(program.low, unit, strict=True)])
    lp.col_upper_ = np.array([inf if x is None else float(x) / u for x, u in zip(program.high, unit, strict=True)])
    lp.row_lower_ = np.array([bound(b, -inf, s, t) for b, s, t in zip(program.row_low, row_scale, again, strict=True)])
    lp.row_upper_ = np.array([bound(b, inf, s, t) for b, s, t in zip(program.row_high, row_scale, again, strict=True)])
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = program.starts.astype(np.int32)
    lp.a_matrix_.index_ = program.columns.astype(np.int32)
    lp.a_matrix_.value_ = values
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.HandleKeyboardInterrupt = current_thread() is main_thread()  # Ctrl-C ends a long run at once
    if time is not None:
        highs.setOptionValue("time_limit", max(time, 0.01))
    highs.passModel(lp)
    if progress is None:
        highs.run()
    else:
        highs.HandleUserInterrupt = True
        watched(highs.run, highs.cancelSolve, progress, lambda: 0)
    status = _status(highspy, highs)
    if status != "optimal":
        return Outcome(status, iterations=highs.getInfo().simplex_iteration_count)

    def found() -> tuple[Array, tuple[list[Fraction], list[Fraction]] | None]:
        solution, basis = highs.getSolution(), highs.getBasis()
        x = np.array(solution.col_value) * unit
        if not exactly:
            return x, None
        near = None
        if max(row_scale, default=1) < 2**1000:  # else they are no floats
            over = max((abs(int(c)) for c in program.cost), default=1) or 1 if program.cost.dtype == object else 1
            y = -np.array(solution.row_dual) * (most or 1.0) / (np.array(row_scale, dtype=np.float64) * again)
            y *= min(over, 2**1000)  # what the cost was divided by
            near = rounded(program, x, y)
        if near is not None or not basis.valid:
            return x, near
        kinds = {highspy.HighsBasisStatus.kLower: "low", highspy.HighsBasisStatus.kUpper: "high"}
        kinds[highspy.HighsBasisStatus.kBasic] = "basic"
        column_status = [kinds.get(s, "zero") for s in basis.col_status]
        row_status = [kinds.get(s, "zero") for s in basis.row_status]
        return x, exact_solution(program, column_status, row_status, until)

    x, exact = found()
    if exact is None and exactly and monotonic() < until:  # what is rare in the objective may hide below tolerances
        for tolerance in ("dual_feasibility_tolerance", "primal_feasibility_tolerance"):
            highs.setOptionValue(tolerance, 1e-10)
        highs.run()
        if highs.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            x, exact = found()
    points, duals = exact or (None, None)
    return Outcome("optimal", x, points, duals, highs.getInfo().simplex_iteration_count)


def _status(highspy: Any, highs: Any) -> str:
    names = highspy.HighsModelStatus
    status = highs.getModelStatus()
    early = highs.getInfo().simplex_iteration_count <= 0  # presolve alone calls some unbounded programs infeasible
    if status == names.kUnboundedOrInfeasible or (status == names.kInfeasible and early):
        highs.setOptionValue("presolve", "off")
        highs.clearSolver()
        highs.run()
        status = highs.getModelStatus()
    if status == names.kUnknown:  # the simplex method lost its way: the interior-point method starts afresh
        highs.setOptionValue("solver", "ipm")
        highs.clearSolver()
        highs.run()
        status = highs.getModelStatus()
    known = {
        names.kOptimal: "optimal", names.kInfeasible: "infeasible", names.kUnbounded: "unbounded",
        names.kTimeLimit: "time",
    }  # fmt: skip
    return known.get(status, "unknown")


def _row_scaled(starts: Array, values: Array) -> tuple[Array, list[int]]:
    """Each row as floats divided by its largest integer, and those integers."""
    scale = [max(1, int(m)) for m in _largest(starts, np.abs(values))]
    if values.dtype != object:
        return values / np.repeat(np.array(scale, dtype=np.float64), np.diff(starts)), scale
    each = np.repeat(np.array(scale, dtype=object), np.diff(starts))
    return np.array([_ratio(v, s) for v, s in zip(values, each, strict=True)], dtype=np.float64), scale


def _largest(starts: Array, values: Array) -> Array:
    """The largest value of each row, 1 for an empty or zero row."""
    most = np.ones(len(starts) - 1, dtype=values.dtype)
    filled = np.flatnonzero(np.diff(starts))
    if len(filled):
        most[filled] = np.maximum.reduceat(values, starts[:-1][filled])
    most[most == 0] = 1
    return most


def _ratio(a: int, b: int) -> float:
    return int(a) / int(b)  # true division of Python ints is correctly rounded at any size


def _floats(values: Array) -> Array:
    if values.dtype != object:
        return values.astype(np.float64)
    most = max((abs(int(v)) for v in values), default=1) or 1
    return np.array([_ratio(v, most) for v in values])


# -- the exact solution of a basis ------------------------------------------------------------------------------------


def exact_solution(
    program: Program, column_status: list[str], row_status: list[str], until: float = math.inf
) -> tuple[list[Any], list[Any]] | None:
    """The basic solution and its multipliers in rationals; None unless both are exactly feasible (so: optimal)."""
    rows, columns = program.shape
    fixed: list[Any] = [None] * columns
    for j, status in enumerate(column_status):
        if status != "basic":
            bound = program.low[j] if status == "low" else program.high[j] if status == "high" else 0
            if bound is None:
                return None
            fixed[j] = Fraction(bound)
    tight = [r for r in range(rows) if row_status[r] != "basic"]
    basic = [j for j in range(columns) if fixed[j] is None]
    if len(tight) != len(basic):
        return None
    right: list[Any] = []
    for r in tight:
        bound = program.row_low[r] if row_status[r] == "low" or program.row_high[r] is None else program.row_high[r]
        if bound is None:
            return None
        right.append(Fraction(bound))
    square = _square(program, fixed, tight, basic, right)
    found = _refined(square, right, program.cost[basic], until) or _by_blocks(square, right, program.cost[basic])
    if found is None:
        return None
    x, y = fixed, [Fraction(0)] * rows
    for j, value in zip(basic, found[0], strict=True):
        x[j] = value
    for r, value in zip(tight, found[1], strict=True):
        y[r] = -value  # c + y A = 0 on the basic columns: the sign of a Lagrangian c x + y (A x - b)
    points, duals = ([_fmpq(v) for v in each] for each in (x, y))
    return (x, y) if _feasible(program, points) and _dual_feasible(program, points, duals) else None


Square = tuple[Array, Array, Array, int]  # rows, columns and values of a square matrix, and its size


def _square(program: Program, fixed: list[Any], tight: list[int], basic: list[int], right: list[Any]) -> Square:
    """The tight rows over the basic columns; what the other columns come to is taken off ``right``."""
    number = np.full(program.shape[0], -1, dtype=np.int64)
    number[tight] = np.arange(len(tight))
    place = np.full(program.shape[1], -1, dtype=np.int64)
    place[basic] = np.arange(len(basic))
    rows = np.repeat(number, np.diff(program.starts))
    inside = rows >= 0
    rows, columns, values = rows[inside], program.columns[inside], program.values[inside]
    kept = place[columns] >= 0
    for r, j, v in zip(rows[~kept].tolist(), columns[~kept].tolist(), values[~kept].tolist(), strict=True):
        if fixed[j]:
            right[r] -= v * fixed[j]
    return rows[kept], place[columns[kept]], values[kept], len(basic)


def _refined(square: Square, right: list[Any], cost: Array, until: float) -> tuple[list[Any], list[Any]] | None:
    """x with A x = right and y with y A = cost, from floats refined with exact residuals."""
    system = factorised(*square)
    if system is None:
        return None
    over = math.lcm(*(b.denominator for b in right)) if right else 1
    x = system.solve(np.array([int(b * over) for b in right], dtype=object), False, until)
    y = None if x is None else system.solve(cost.astype(object), True, until)
    return None if x is None or y is None else ([v / over for v in x], y)


def _by_blocks(square: Square, right: list[Any], cost: Array) -> tuple[list[Any], list[Any]] | None:
    """The same by elimination in rationals, block by block, where floats do not converge."""
    rows, columns, values, size = square
    matrix: Lines = [{} for _ in range(size)]
    for r, j, v in zip(rows.tolist(), columns.tolist(), values.tolist(), strict=True):
        matrix[r][j] = v
    blocks = _blocks(matrix, size)
    if blocks is None:
        return None
    x = _forward(matrix, [_fmpq(b) for b in right], blocks)
    y = None if x is None else _backward(matrix, [_fmpq(int(c)) for c in cost], blocks)
    return None if x is None or y is None else tuple([_fraction(v) for v in each] for each in (x, y))  # type: ignore[return-value]


def _fraction(q: Any) -> Fraction:
    return Fraction(int(q.p), int(q.q))


def _fmpq(value: Any) -> Any:
    from flint import fmpq

    q = Fraction(value)
    return fmpq(q.numerator, q.denominator)


def _blocks(matrix: Lines, n: int) -> Blocks | None:
    """The square system as a sequence of blocks (rows, columns), each needing only columns of earlier ones."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components, maximum_bipartite_matching

    if n == 0:
        return []
    pairs = [(r, c) for r, line in enumerate(matrix) for c in line]
    if not pairs:
        return None
    r, c = np.array(pairs).T
    pattern = csr_array((np.ones(len(r), dtype=np.int8), (r, c)), shape=(n, n))
    row_of = maximum_bipartite_matching(pattern, perm_type="row")  # the row matched to each column
    if (row_of < 0).any():
        return None
    column_of = np.empty(n, dtype=np.int64)
    column_of[row_of] = np.arange(n)
    arrows = csr_array((np.ones(len(r), dtype=np.int8), (column_of[r], c)), shape=(n, n))
    count, label = connected_components(arrows, directed=True, connection="strong")
    members: list[list[int]] = [[] for _ in range(count)]
    for column in range(n):
        members[label[column]].append(column)
    needs: list[set[int]] = [set() for _ in range(count)]
    for a, b in zip(column_of[r], c, strict=True):
        if label[a] != label[b]:
            needs[label[a]].add(int(label[b]))
    order = _by_need(needs)
    if max(map(len, members)) > LARGEST_BLOCK:
        return None
    return [([int(row_of[column]) for column in members[k]], members[k]) for k in order]


def _by_need(needs: list[set[int]]) -> list[int]:
    """Indices in an order in which each comes after all it needs."""
    waiting = [len(each) for each in needs]
    users: list[list[int]] = [[] for _ in needs]
    for k, each in enumerate(needs):
        for other in each:
            users[other].append(k)
    ready = [k for k, count in enumerate(waiting) if not count]
    for k in ready:
        for user in users[k]:
            waiting[user] -= 1
            if not waiting[user]:
                ready.append(user)
    return ready


def _solve_block(entries: list[list[Any]], right: list[Any]) -> list[Any] | None:
    from flint import fmpq_mat

    if len(right) == 1:
        return [right[0] / entries[0][0]] if entries[0][0] else None
    try:
        solution = fmpq_mat(entries).solve(fmpq_mat([[b] for b in right]))
    except ZeroDivisionError:
        return None
    return [solution[k, 0] for k in range(len(right))]


def _forward(
    matrix: list[dict[int, Any]], right: list[Any], blocks: list[tuple[list[int], list[int]]]
) -> list[Any] | None:
    """x with matrix x = right."""
    x: list[Any] = [None] * len(right)
    for rows, columns in blocks:
        inside = set(columns)
        rest = [right[r] - sum(v * x[c] for c, v in matrix[r].items() if c not in inside) for r in rows]
        solved = _solve_block([[matrix[r].get(c, 0) for c in columns] for r in rows], rest)
        if solved is None:
            return None
        for c, value in zip(columns, solved, strict=True):
            x[c] = value
    return x


def _backward(
    matrix: list[dict[int, Any]], cost: list[Any], blocks: list[tuple[list[int], list[int]]]
) -> list[Any] | None:
    """y with y matrix = cost."""
    y: list[Any] = [None] * len(cost)
    rest = list(cost)
    for rows, columns in reversed(blocks):
        solved = _solve_block([[matrix[r].get(c, 0) for r in rows] for c in columns], [rest[c] for c in columns])
        if solved is None:
            return None
        for r, value in zip(rows, solved, strict=True):
            y[r] = value
            if value:
                for c, v in matrix[r].items():
                    rest[c] -= v * value
    return y


def _feasible(program: Program, x: list[Any]) -> bool:
    for value, low, high in zip(x, program.low, program.high, strict=True):
        if (low is not None and value < _fmpq(low)) or (high is not None and value > _fmpq(high)):
            return False
    for r, (low, high) in enumerate(zip(program.row_low, program.row_high, strict=True)):
        total = sum(
            int(program.values[k]) * x[program.columns[k]] for k in range(program.starts[r], program.starts[r + 1])
        )
        if (low is not None and total < low) or (high is not None and total > high):
            return False
    return True


def _dual_feasible(program: Program, x: list[Any], y: list[Any]) -> bool:
    """Every multiplier and every reduced cost has the sign that proves optimality."""
    reduced = [int(c) for c in program.cost]
    for r, value in enumerate(y):
        if not value:
            continue
        low, high = program.row_low[r], program.row_high[r]
        if (value > 0 and low is None) or (value < 0 and high is None):
            return False
        for k in range(program.starts[r], program.starts[r + 1]):
            reduced[program.columns[k]] += value * int(program.values[k])
    for value, rate, low, high in zip(x, reduced, program.low, program.high, strict=True):
        if rate > 0 and (high is None or value != _fmpq(high)):
            return False
        if rate < 0 and (low is None or value != _fmpq(low)):
            return False
    return True
