"""Exact pivoting: small linear programs and complementarity problems, solved in fractions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ...games.errors import BadInput
from ...games.numbers import Number

Row = list[Fraction]


def maximise(
    objectives: Sequence[Sequence[Number]], rows: Sequence[Sequence[Number]], right: Sequence[Number], equal: int = 0
) -> tuple[list[Fraction], list[Fraction]]:
    """The x >= 0 with ``rows x <= right`` that makes the first objective largest, then the second, and so on.

    The last ``equal`` rows hold with equality. Returns x and the price of each other row in the first objective (the
    dual solution). The simplex method by Bland's rule (1977), which needs no tolerance. Raises BadInput if no x will
    do or there is no largest.

    >>> x, prices = maximise([[1, 1], [1, 0]], [[2, 2], [1, 0]], [3, 1])
    >>> [str(each) for each in x], [str(each) for each in prices]
    (['1', '1/2'], ['1/2', '0'])
    """
    n, m = len(objectives[0]), len(rows)
    real = n + m  # the unknowns and a slack a row; after them an artificial unknown a row
    tableau: list[Row] = []
    basis = []
    for r, (row, b) in enumerate(zip(rows, right, strict=True)):
        line = [Fraction(x) for x in (*row, *[0] * (2 * m), b)]
        line[n + r] = Fraction(r < m - equal)
        artificial = b < 0 or r >= m - equal
        if b < 0:
            line = [-x for x in line]
        line[real + r] = Fraction(artificial)
        basis.append(real + r if artificial else n + r)
        tableau.append(line)
    missing = [Fraction(0)] * (real + m + 1)
    for line, basic in zip(tableau, basis, strict=True):
        if basic >= real:
            _subtract(missing, line, Fraction(-1))
    _climb([missing], tableau, basis, real)
    if missing[-1]:
        raise BadInput("the linear program has no solution; its constraints contradict each other")
    for r, basic in enumerate(basis):
        entering = next((k for k in range(real) if tableau[r][k]), None) if basic >= real else None
        if entering is not None:
            _pivot(tableau, r, entering)
            basis[r] = entering
    costs = [[Fraction(x) for x in (*c, *[0] * (2 * m + 1))] for c in objectives]
    for cost in costs:
        for line, basic in zip(tableau, basis, strict=True):
            _subtract(cost, line, cost[basic])
    _climb(costs, tableau, basis, real)
    x = [Fraction(0)] * (real + m)
    for line, basic in zip(tableau, basis, strict=True):
        x[basic] = line[-1]
    return x[:n], [-costs[0][n + r] for r in range(m - equal)]


def _climb(costs: list[Row], tableau: list[Row], basis: list[int], real: int) -> None:
    """Pivot until no unknown, let in, makes the first cost rise, or the second and the first stay, and so on."""
    while True:
        entering = next((k for k in range(real) if next((c[k] > 0 for c in costs if c[k]), False)), None)
        if entering is None:
            return
        ratios = [(line[-1] / line[entering], basis[r], r) for r, line in enumerate(tableau) if line[entering] > 0]
        if not ratios:
            raise BadInput("the linear program has no largest value; bound its unknowns")
        leaving = min(ratios)[2]
        _pivot(tableau, leaving, entering)
        for cost in costs:
            _subtract(cost, tableau[leaving], cost[entering])
        basis[leaving] = entering


def _pivot(tableau: list[Row], leaving: int, entering: int) -> None:
    head = tableau[leaving][entering]
    tableau[leaving] = [x / head if x else x for x in tableau[leaving]]
    for r, line in enumerate(tableau):
        if r != leaving:
            _subtract(line, tableau[leaving], line[entering])


def _subtract(line: Row, other: Row, factor: Fraction) -> None:
    if factor:
        for k, x in enumerate(other):
            if x:
                line[k] -= factor * x


def leximin_point(
    worths: Sequence[Sequence[Number]], rows: Sequence[Sequence[Number]], right: Sequence[Number]
) -> list[Fraction]:
    """The x >= 0 with ``rows x = right`` at which the least of ``worths x`` is largest, then the second least, and so
    on; of several, the one whose first coordinate is largest, then the second, and so on.

    One linear program a level: whose worth has a price there cannot rise further. Worths are at least 0.

    >>> [str(x) for x in leximin_point([[1, 0, 0], [0, 2, 0], [0, 0, 2]], [[1, 1, 0], [0, 0, 1]], [1, 1])]
    ['2/3', '1/3', '1']
    """
    n, size = len(worths), len(rows[0])
    level: list[Fraction | None] = [None] * n  # None: can still rise
    while None in level:
        rising = [[*(-v for v in worth), int(level[i] is None)] for i, worth in enumerate(worths)]
        x, prices = maximise(
            [[0] * size + [1]],
            [*rising, *([*row, 0] for row in rows)],
            [*(-(f or 0) for f in level), *right],
            len(rows),
        )
        level = [x[-1] if f is None and price else f for f, price in zip(level, prices, strict=True)]
    first = [[int(k == j) for k in range(size)] for j in range(size)]
    floors = [[-v for v in worth] for worth in worths]
    x, _ = maximise(first, [*floors, *rows], [*(-(f or 0) for f in level), *right], len(rows))
    return x


def complementary(matrix: Sequence[Sequence[Number]], constant: Sequence[Number]) -> list[Fraction]:
    """A z >= 0 with ``w = matrix z + constant >= 0`` in which z_k or w_k is 0 for every k (Lemke 1965).

    Equal ratios are told apart lexicographically, so that the pivots never come back. Raises BadInput if they end in
    a ray, which a strictly copositive matrix, for one, excludes (Cottle and Dantzig 1968).

    >>> [str(x) for x in complementary([[2, 1], [1, 2]], [-5, -6])]
    ['4/3', '7/3']
    """
    n = len(constant)
    if min(constant) >= 0:
        return [Fraction(0)] * n
    # columns: w_1..w_n, z_1..z_n, the covering z_0, the constant
    tableau = [
        [Fraction(x) for x in (*(int(k == r) for k in range(n)), *(-a for a in row), -1, b)]
        for r, (row, b) in enumerate(zip(matrix, constant, strict=True))
    ]
    basis = list(range(n))
    cover = 2 * n
    leaving = min(range(n), key=lambda r: (tableau[r][-1], [tableau[r][k] for k in range(n)]))
    entering = cover
    while True:
        _pivot(tableau, leaving, entering)
        out, basis[leaving] = basis[leaving], entering
        if out == cover:
            break
        entering = out + n if out < n else out - n
        candidates = [r for r in range(n) if tableau[r][entering] > 0]
        if not candidates:
            raise BadInput("the complementarity problem has no solution that pivoting finds")
        leaving = min(
            candidates,
            key=lambda r: (
                [tableau[r][k] / tableau[r][entering] for k in (-1, *range(n))],  # lexicographic
                basis[r] != cover,
            ),
        )
    z = [Fraction(0)] * (2 * n + 1)
    for line, basic in zip(tableau, basis, strict=True):
        z[basic] = line[-1]
    return z[n : 2 * n]
