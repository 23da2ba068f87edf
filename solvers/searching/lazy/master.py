"""The master: the program of a goal without its lies, in worths, all in integers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ....games.environment import Environment
from ....games.errors import GameTooLarge
from ....games.numbers import Array, exact
from ...verification.plan import asked
from ...verification.statements import Statement
from ..programs.rows import rows_for
from .temptation import MOST_NEIGHBOURS, Liars, liars
from .worths import Sheet, Worths, narrow, stacked

MOST_ENTRIES = 40_000_000
MOST_LIES = 20_000_000_000  # looked at in each round


@dataclass(frozen=True)
class Single:
    """A row with one unknown, kept as a lower bound: ``coefficient`` times the unknown is at least what it says."""

    origin: int
    case: int
    factor: Fraction
    coefficient: int


@dataclass(frozen=True)
class Master:
    """The program without its lies: maximise (cost . unknowns) / unit + constant, subject to rows and bounds.

    ``sheet`` are rows; ``low`` and ``high`` bounds of the unknowns (None: none); ``singles`` says which requirement
    the lower bound of an unknown is.
    """

    space: Worths
    sheet: Sheet
    low: list[Fraction | None]
    high: list[Fraction | None]
    singles: dict[int, Single]
    cost: Array
    unit: int
    constant: Fraction
    parts: int  # of which the smallest is maximised, where there are several


def master_of(env: Environment, statements: Sequence[Statement], parts: Sequence[Any]) -> tuple[Master, list[Liars]]:
    """The program without its lies, and the lies; raises GameTooLarge before anything large is made."""
    env.guard()
    space = Worths(env)
    families = [f for k, s in enumerate(statements) if (f := liars(space, k, s)) is not None]
    lazy = {f.origin for f in families}
    rest = [(k, s) for k, s in enumerate(statements) if k not in lazy]
    _guard(env, space, [s for _, s in rest], families)
    sheets = []
    for k, s in rest:
        rows = rows_for(env, s.margin, s.case.variables)
        n = len(rows.constant)
        says = np.asarray(rows.constant != 0) if s.property.equal else np.asarray(rows.constant < 0)
        says[rows.rows] = True
        sheet = space.sheet(
            rows.rows, rows.columns, rows.values, -rows.constant, s.property.equal, k, np.arange(n), rows.scale
        )
        sheets.append(sheet.only(says & asked(env, s.case).reshape(-1)))
    wanted = [_wanted(space, part, j, len(parts) > 1) for j, part in enumerate(parts)]
    cost, unit, constant = np.zeros(space.size + (len(parts) > 1), dtype=object), 1, Fraction(0)
    if len(parts) > 1:
        cost[-1] = 1
        sheets += [sheet for sheet, _ in wanted]
    elif parts:
        ((sheet, constant),) = wanted
        cost[sheet.columns] = sheet.values
        cost, unit = cost * sheet.factors[0].denominator, sheet.factors[0].numerator
    sheets += [s for s in (space.bounds_sheet(), space.groups_sheet()) if s is not None]
    low, high = _limits(space, len(cost))
    sheet, singles = _singled(space, stacked(sheets), low) if sheets else (_no_rows(), {})
    return Master(space, sheet, low, high, singles, narrow(cost), unit, constant, len(parts)), families


def _wanted(space: Worths, part: Any, j: int, many: bool) -> tuple[Sheet, Fraction]:
    """Part j of the objective as a row (of several parts, less the last unknown), and its constant."""
    made = rows_for(space.env, part, ())
    rows, columns, values = made.rows, made.columns, made.values
    if many:
        rows, columns = np.append(rows, 0), np.append(columns, space.size)
        values = np.append(values, -made.scale)
    case = np.zeros(1, dtype=np.int64)
    sheet = space.sheet(rows, columns, values, -made.constant, False, -2 - j, case, made.scale)
    return sheet, Fraction(int(made.constant[0]), made.scale)


def _guard(env: Environment, space: Worths, rest: Sequence[Statement], families: Sequence[Liars]) -> None:
    entries = space.size * 4
    for s in rest:
        draws = [math.prod(len(env.types[v.player]) for v in t.belief.bound) if t.belief else 1 for t in s.margin.terms]
        entries += math.prod(len(env.types[v.player]) for v in s.case.variables) * sum(draws) * env.space.dimension
    for family in families:
        near = min(len(family.at) - 1, MOST_NEIGHBOURS)
        entries += family.at.size * near * (env.space.dimension + 2)
    if entries > MOST_ENTRIES:
        what = f'entries in the linear program of "{env.name}"'
        raise GameTooLarge(what, entries, MOST_ENTRIES, "declare fewer types or players")
    lies = sum(family.at.size * len(family.at) for family in families)
    if lies > MOST_LIES:
        raise GameTooLarge(f'lies in "{env.name}"', lies, MOST_LIES, "declare fewer types or players")


def _limits(space: Worths, columns: int) -> tuple[list[Fraction | None], list[Fraction | None]]:
    """The bounds of the unknowns: shares are not negative, a group of one coordinate is at most 1."""
    env = space.env
    dimension, n = env.space.dimension, env.n_profiles
    low: list[Fraction | None] = [Fraction(0)] * dimension + [None] * (space.width - dimension)
    high: list[Fraction | None] = [None] * space.width
    for group in env.space.groups:
        if len(group.coordinates) == 1:
            high[group.coordinates[0]] = Fraction(1)
            if group.exactly:
                low[group.coordinates[0]] = Fraction(1)
    if env.transfers is not None and not space.changed:
        bounds = [None if x is None else Fraction(exact(x)) for x in env.transfers]
        low[dimension:], high[dimension:] = [bounds[0]] * len(env.players), [bounds[1]] * len(env.players)
    more: list[Fraction | None] = [None] * (columns - space.size)
    return low * n + more, high * n + more


def _singled(space: Worths, sheet: Sheet, low: list[Fraction | None]) -> tuple[Sheet, dict[int, Single]]:
    """The rows without those that only bound one worth from below, which become bounds (in ``low``)."""
    singles: dict[int, Single] = {}
    kept = np.ones(sheet.size, dtype=bool)
    if space.changed:
        for r in np.flatnonzero((np.diff(sheet.starts) == 1) & ~sheet.equal):
            k = sheet.starts[r]
            column, a = int(sheet.columns[k]), int(sheet.values[k])
            worth = column < space.size and column % space.width >= space.env.space.dimension
            if worth and a > 0 and column not in singles:
                singles[column] = Single(int(sheet.origins[r]), int(sheet.cases[r]), sheet.factors[r], a)
                low[column] = Fraction(int(sheet.right[r]), a)
                kept[r] = False
    return sheet.only(kept), singles


def _no_rows() -> Sheet:
    none = np.zeros(0, dtype=np.int64)
    return Sheet(np.zeros(1, dtype=np.int64), none, none, none, none.astype(bool), none, none, none.astype(object))
