"""Fitting: the coefficients with which a linear formula gives every number seen, exactly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction


def fitted(rows: Iterable[tuple[Sequence[Fraction | int], Fraction | int]], width: int) -> list[Fraction] | None:
    """The c with ``row c = value`` for all rows, 0 where they leave a choice; None if there is none.

    Earlier coefficients are used before later ones.

    >>> [str(c) for c in fitted([((1, 2), 5), ((1, 4), 9)], 2)]
    ['1', '2']
    >>> fitted([((1,), 1), ((2,), 3)], 1) is None
    True
    """
    reduced: dict[int, list[Fraction]] = {}  # by its leading column, a row with 1 there and its value at the end
    for row, value in dict.fromkeys((tuple(row), value) for row, value in rows):
        line = [*map(Fraction, row), Fraction(value)]
        for k, other in reduced.items():
            if factor := line[k]:
                line = [x - factor * y for x, y in zip(line, other, strict=True)]
        lead = next((k for k in range(width) if line[k]), None)
        if lead is None:
            if line[width]:
                return None
            continue
        head = line[lead]
        line = [x / head for x in line]
        for k, other in reduced.items():
            if factor := other[lead]:
                reduced[k] = [x - factor * y for x, y in zip(other, line, strict=True)]
        reduced[lead] = line
    return [reduced[k][width] if k in reduced else Fraction(0) for k in range(width)]
