"""Linear programs: HiGHS proposes a basis, and only an exactly optimal one is accepted."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.solvers.searching.programs.linear import Program, exact_solution, solve_program


def program(matrix: list[list[int]], right: list[int], cost: list[int], high: int | None = None) -> Program:
    """Maximise cost x with matrix x <= right and 0 <= x <= high."""
    a = np.array(matrix, dtype=np.int64)
    rows, columns = np.nonzero(a)
    starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=len(a)))))
    n = a.shape[1]
    none: list[Any] = [None] * len(a)
    return Program(
        starts, columns, a[rows, columns], none, list(right), [0] * n, [high] * n, np.array(cost, dtype=object)
    )


TEXTBOOK = program([[1, 0], [0, 2], [3, 2]], [4, 12, 18], [3, 5])  # Hillier and Lieberman 1967: 36 at (2, 6)


def test_a_textbook_program() -> None:
    """The Wyndor Glass problem of Hillier and Lieberman (1967), with its shadow prices 0, 3/2 and 1."""
    found = solve_program(TEXTBOOK)
    assert found.status == "optimal"
    assert found.exact_x == [2, 6]
    assert found.exact_y == [0, Fraction(-3, 2), -1]


def test_only_the_optimal_basis_is_accepted() -> None:
    """Every basis of the textbook program but the optimal one is refused, whether infeasible or not optimal."""
    accepted = []
    for columns in product(("low", "basic"), repeat=2):
        for rows in product(("high", "basic"), repeat=3):
            if columns.count("basic") + rows.count("basic") == 3:
                found = exact_solution(TEXTBOOK, list(columns), list(rows))
                if found is not None:
                    accepted.append((columns, rows))
    assert accepted == [(("basic", "basic"), ("basic", "high", "high"))]


def test_a_solution_that_is_feasible_but_not_best_is_refused_at_an_upper_bound_too() -> None:
    """At x = high a cost must push upwards; at x = low downwards."""
    one = program([[1]], [10], [1], high=3)
    assert exact_solution(one, ["high"], ["basic"]) is not None
    assert exact_solution(one, ["low"], ["basic"]) is None
    down = program([[1]], [10], [-1], high=3)
    assert exact_solution(down, ["low"], ["basic"]) is not None
    assert exact_solution(down, ["high"], ["basic"]) is None


@pytest.mark.parametrize(
    ("matrix", "right", "cost", "status"),
    [([[1]], [-1], [1], "infeasible"), ([[-1]], [0], [1], "unbounded")],
)
def test_what_has_no_optimum_says_so(matrix: Any, right: Any, cost: Any, status: str) -> None:
    assert solve_program(program(matrix, right, cost)).status == status


@settings(max_examples=60)
@given(st.data())
def test_weak_duality_is_tight_and_every_row_holds(data: st.DataObject) -> None:
    """For random programs the exact solution is feasible and its multipliers bound the objective by its own value."""
    m, n = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    row = st.lists(st.integers(-3, 5), min_size=n, max_size=n)
    matrix = data.draw(st.lists(row, min_size=m, max_size=m))
    right = data.draw(st.lists(st.integers(0, 9), min_size=m, max_size=m))
    cost = data.draw(row)
    high = data.draw(st.integers(1, 7))
    found = solve_program(program(matrix, right, cost, high))
    assert found.status == "optimal"  # 0 is feasible, and every column is bounded
    x, y = found.exact_x, found.exact_y
    assert x is not None and y is not None
    assert all(0 <= v <= high for v in x) and all(v <= 0 for v in y)
    assert all(sum(a * v for a, v in zip(line, x, strict=True)) <= b for line, b in zip(matrix, right, strict=True))
    value = sum(c * v for c, v in zip(cost, x, strict=True))
    rates = [c + sum(y[i] * matrix[i][j] for i in range(m)) for j, c in enumerate(cost)]
    bound = sum((-v * b for v, b in zip(y, right, strict=True)), Fraction(0)) + sum(max(r, 0) * high for r in rates)
    assert bound == value


@pytest.mark.parametrize("unit", [Fraction(1, 10**9), 1, 10**9])
def test_units_do_not_matter(unit: Any) -> None:
    """The same program with its right sides in another unit, which is told, has the same solution in that unit."""
    scale = Fraction(unit)
    rows = [[int(a * scale.denominator) for a in line] for line in ([1, 0], [0, 2], [3, 2])]
    given_ = program(rows, [int(b * scale.numerator) for b in (4, 12, 18)], [3, 5])
    found = solve_program(replace(given_, units=np.full(2, float(scale))))
    assert found.exact_x == [2 * scale, 6 * scale]
