"""Birkhoff's theorem: a doubly stochastic matrix as a mixture of assignments."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ...games.errors import BadInput


def birkhoff(matrix: Sequence[Sequence[Fraction]], objects: Sequence[Any]) -> list[tuple[tuple[Any, ...], Fraction]]:
    """A doubly stochastic ``matrix[agent][object]`` as a mixture of assignments, exactly (Birkhoff 1946).

    Returns (what agent k gets at place k, probability); at most (n-1)^2 + 1 of them. Raises BadInput.

    >>> half = Fraction(1, 2)
    >>> birkhoff([[half, half], [half, half]], ("hut", "villa"))
    [(('villa', 'hut'), Fraction(1, 2)), (('hut', 'villa'), Fraction(1, 2))]
    """
    rest = [list(map(Fraction, row)) for row in matrix]
    if {len(row) for row in rest} != {len(objects)} or len(rest) != len(objects):
        raise BadInput(f"the matrix must have {len(objects)} rows and columns, one an object")
    sums = [*map(sum, rest), *map(sum, zip(*rest, strict=True))]
    if any(x < 0 for row in rest for x in row) or any(total != 1 for total in sums):
        raise BadInput("the matrix is not doubly stochastic: entries are at least 0, rows and columns sum to 1")
    found, left = [], Fraction(1)
    while left:
        columns = _perfect(rest)
        weight = min(rest[row][column] for row, column in enumerate(columns))
        for row, column in enumerate(columns):
            rest[row][column] -= weight
        left -= weight
        found.append((tuple(objects[column] for column in columns), weight))
    return found


def _perfect(matrix: list[list[Fraction]]) -> list[int]:
    """A column for each row, all different, with positive entries, by augmenting paths; one exists (Birkhoff 1946)."""
    row_of: dict[int, int] = {}

    def place(row: int, seen: set[int]) -> bool:
        for column, entry in enumerate(matrix[row]):
            if entry and column not in seen:
                seen.add(column)
                if column not in row_of or place(row_of[column], seen):
                    row_of[column] = row
                    return True
        return False

    for row in range(len(matrix)):
        place(row, set())
    return sorted(row_of, key=row_of.__getitem__)
