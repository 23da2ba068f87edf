"""The linear program of a goal: unknown is what the rule does at every profile, each requirement is a block of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ...games.environment import Environment
from ...games.errors import BadInput, GameTooLarge
from ...games.numbers import Array, exact, magnitude, plain, show
from ...mechanisms.cases import Untraceable, Var
from ...mechanisms.expectations import Expectation
from ...mechanisms.goals import Goal
from ...mechanisms.property import ForAll, told
from ...mechanisms.table import Table, pack
from ...mechanisms.tabulated import TableRule, from_table
from ..proofs import Multiplier
from ..verification.plan import asked
from ..verification.statements import Statement, trace
from .linear import MOST_ENTRIES, Outcome, Program
from .rows import Rows, entry_count, rows_for, width_of


@dataclass(frozen=True)
class Block:
    """The rows of one statement in a program."""

    statement: Statement
    rows: Rows
    kept: Array  # the numbers of the rows that say something


def statements_of(env: Environment, goal: Goal) -> list[Statement]:
    """The goal's requirements on variables; raises BadInput for one that cannot be written as linear rows."""
    found: list[Statement] = []
    for property in goal.require:
        if not isinstance(property, ForAll):
            raise BadInput(
                f"{property.name} is no inequality of expectations, so a linear program cannot require it; "
                "search a family of rules instead (family=...)"
            )
        try:
            found += trace(property, env)
        except Untraceable as reason:
            raise BadInput(
                f"{property.name} cannot be written as linear rows, because {reason}; search a family of rules "
                "instead (family=...)"
            ) from None
    return found


def guard(
    env: Environment, margins: list[Expectation], axes: list[tuple[Var, ...]], parts: Sequence[Expectation]
) -> None:
    """Raise GameTooLarge before anything of the program is made, if it would have too many entries."""
    env.guard()
    entries = sum(entry_count(env, m, a) for m, a in zip(margins, axes, strict=True))
    entries += sum(entry_count(env, part, ()) for part in parts) + env.n_profiles * width_of(env)
    if entries > MOST_ENTRIES:
        raise GameTooLarge(
            f'entries in the linear program of "{env.name}"', entries, MOST_ENTRIES, "declare fewer types or players"
        )


def block_of(env: Environment, statement: Statement) -> Block:
    """The rows of one statement, without those that every rule satisfies."""
    rows = rows_for(env, statement.margin, statement.case.variables)
    says = np.asarray(rows.constant != 0) if statement.property.equal else np.asarray(rows.constant < 0)
    says[rows.rows] = True
    return Block(statement, rows, np.flatnonzero(says & asked(env, statement.case).reshape(-1)))


def program_of(env: Environment, blocks: Sequence[Block], objective: Sequence[Rows], slack: bool = False) -> Program:
    """Rows of the blocks, then of the outcome space; a last column for a minimum of parts or a common slack."""
    n, width = env.n_profiles, width_of(env)
    extra = 1 if slack or len(objective) > 1 else 0
    last = n * width
    builder = Builder()
    for block in blocks:
        right = [-int(c) for c in block.rows.constant[block.kept]]
        if slack:
            size = max(1, magnitude(block.rows.values))
            builder.add(block.rows, block.kept, right, None, (last, size))
            if block.statement.property.equal:
                builder.add(block.rows, block.kept, None, right, (last, -size))
        else:
            builder.add(block.rows, block.kept, right, right if block.statement.property.equal else None, None)
    if len(objective) > 1:
        for part in objective:
            builder.add(part, np.arange(1), [-int(c) for c in part.constant], None, (last, -part.scale))
    builder.add_groups(env, n, width)
    low: list[Any] = [0] * (last + extra)
    high: list[Any] = [None] * (last + extra)
    if env.transfers is not None:
        for p in range(n):
            for i in range(len(env.players)):
                k = p * width + env.space.dimension + i
                low[k], high[k] = env.transfers
    cost: Array = np.zeros(last + extra, dtype=object)
    if slack:
        cost[last] = -1
    elif len(objective) > 1:
        cost[last], low[last] = 1, None
    elif objective:
        cost[objective[0].columns] = objective[0].values
    starts, columns, values = builder.arrays()
    units = np.ones(last + extra)
    if env.transfers is not None:
        units[:last].reshape(n, width)[:, env.space.dimension :] = money_unit(env)
    if len(objective) > 1:
        units[last] = money_unit(env)
    return Program(starts, columns, values, builder.low, builder.high, low, high, cost, units)


def money_unit(env: Environment) -> float:
    """The largest utility, to which payments are scaled: so that the unit of money does not matter."""
    try:
        return max((float(abs(x)) for player in env.players for x in env.utilities(player).ravel()), default=1.0) or 1.0
    except OverflowError:
        raise BadInput(f'a utility of "{env.name}" exceeds 1e308, too large for a linear program') from None


class Builder:
    """Collects sparse rows with their bounds."""

    def __init__(self) -> None:
        self.rows: list[Array] = []
        self.columns: list[Array] = []
        self.values: list[Array] = []
        self.low: list[int | None] = []
        self.high: list[int | None] = []

    def add(
        self, rows: Rows, kept: Array, low: list[int] | None, high: list[int] | None, extra: tuple[int, int] | None
    ) -> None:
        number = np.full(len(rows.constant), -1, dtype=np.int64)
        number[kept] = len(self.low) + np.arange(len(kept))
        inside = number[rows.rows] >= 0
        self.rows.append(number[rows.rows[inside]])
        self.columns.append(rows.columns[inside])
        self.values.append(rows.values[inside])
        if extra is not None:
            self.rows.append(number[kept])
            self.columns.append(np.full(len(kept), extra[0]))
            self.values.append(np.array([extra[1]] * len(kept)))
        nothing: list[int | None] = [None] * len(kept)
        self.low += nothing if low is None else low
        self.high += nothing if high is None else high

    def add_groups(self, env: Environment, n: int, width: int) -> None:
        for group in env.space.groups:
            columns = (np.arange(n) * width)[:, None] + np.array(group.coordinates)
            self.rows.append(len(self.low) + np.repeat(np.arange(n), len(group.coordinates)))
            self.columns.append(columns.reshape(-1))
            self.values.append(np.ones(columns.size, dtype=np.int64))
            self.low += [1 if group.exactly else None] * n
            self.high += [1] * n

    def arrays(self) -> tuple[Array, Array, Array]:
        """Row starts, columns and values, row by row."""
        rows, columns, values = (np.concatenate(each) for each in (self.rows, self.columns, self.values))
        order = np.argsort(rows, kind="stable")
        starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=len(self.low)))))
        return starts, columns[order], values[order]


# -- solutions of the program, as rules --


def exact_table(env: Environment, x: Sequence[Fraction]) -> Table:
    """An exact solution of the program as a table."""
    width, dimension = width_of(env), env.space.dimension
    points, paid = [], []
    for p in range(env.n_profiles):
        row = x[p * width : (p + 1) * width]
        points.append({k: plain(w) for k, w in enumerate(row[:dimension]) if w})
        paid.append([plain(w) for w in row[dimension:]])
    return pack(points, None if env.transfers is None else paid)  # type: ignore[arg-type]


def rounded_table(env: Environment, x: Any, denominator: int = 10**6) -> Table:
    """A float solution as a nearby rational point of the outcome space, with payments inside their bounds."""
    width, dimension = width_of(env), env.space.dimension
    low, high = env.transfers or (0, 0)
    unit = Fraction(money_unit(env))
    found: list[Fraction] = []
    for p in range(env.n_profiles):
        row = [Fraction(float(w)).limit_denominator(denominator) for w in x[p * width : p * width + dimension]]
        paid = x[p * width + dimension : (p + 1) * width]
        row += [Fraction(float(w) / float(unit)).limit_denominator(denominator) * unit for w in paid]
        for group in env.space.groups:
            weights = [max(row[k], Fraction(0)) for k in group.coordinates]
            mass = sum(weights, Fraction(0))
            if mass > 1 or (group.exactly and mass):
                weights = [w / mass for w in weights]
            for k, w in zip(group.coordinates, weights, strict=True):
                row[k] = w
        for k in range(dimension, width):
            row[k] = row[k] if low is None else max(row[k], Fraction(exact(low)))
            row[k] = row[k] if high is None else min(row[k], Fraction(exact(high)))
        found += row
    return exact_table(env, found)


def table_rule(env: Environment, table: Table, goal: Goal) -> TableRule:
    """The found table as a rule, with the profiles and what they get in words."""
    return from_table(env, table, f"rule found for {goal}", table_words(env, table))


def table_words(env: Environment, table: Table, most: int = 40) -> str:
    """The table, one line a profile."""
    lines = []
    for p, profile in enumerate(env.profiles()):
        if p == most:
            lines.append(f"  ... and {env.n_profiles - most:,} more profiles")
            break
        paid = [f"{i} pays {show(x)}" for i, x in table.paid(p, env.players).items() if x]
        point = {k: plain(w) for k, w in table.point(p).items()}
        chosen = ", ".join(
            label if w == 1 else f"{show(w)} {label}" for k, w in point.items() if (label := env.space.labels[k]) != "1"
        )
        lines.append(f"  {told(profile)}: {'; '.join([chosen or 'nothing', *paid])}")
    return "for each profile of reports\n" + "\n".join(lines)


# -- multipliers of the rows, as those of the statements --


def multipliers_of(
    env: Environment, blocks: list[Block], objective: list[Rows], outcome: Outcome
) -> tuple[list[Fraction], list[Multiplier]]:
    """The weights of the objective's parts and the multipliers of the statements, in the units of the goal."""
    assert outcome.exact_y is not None
    y = outcome.exact_y
    unit = 1 if len(objective) > 1 else objective[0].scale
    multipliers, at = block_multipliers(env, blocks, y, unit)
    if len(objective) == 1:
        return [Fraction(1)], multipliers
    return [y[at + j] * part.scale for j, part in enumerate(objective)], multipliers


def block_multipliers(
    env: Environment, blocks: list[Block], y: list[Fraction], unit: int
) -> tuple[list[Multiplier], int]:
    """The multipliers that are not 0, each with its statement and case, and how many rows the blocks have."""
    found: list[Multiplier] = []
    at = 0
    for k, block in enumerate(blocks):
        for j, row in enumerate(block.kept):
            if y[at + j]:
                found.append((k, _values(env, block.rows, int(row)), y[at + j] * block.rows.scale / unit))
        at += len(block.kept)
    return found, at


def _values(env: Environment, rows: Rows, row: int) -> dict[Var, int]:
    sizes = [len(env.types[v.player]) for v in rows.axes]
    place = np.unravel_index(row, sizes) if sizes else ()
    return {v: int(k) for v, k in zip(rows.axes, place, strict=True)}
