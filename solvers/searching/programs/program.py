"""The linear program of a goal: unknown is what the rule does at every profile, each requirement is a block of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ....games.environment import Environment
from ....games.errors import BadInput, GameTooLarge
from ....games.numbers import INT64_SAFE, Array, exact, integers, plain, show
from ....mechanisms.cases import Untraceable
from ....mechanisms.goals import Goal
from ....mechanisms.property import ForAll, told
from ....mechanisms.table import Table
from ....mechanisms.tabulated import TableRule, from_table
from ...proofs import Multiplier
from ...verification.statements import Statement, trace
from ...verification.structure import lies_of, neighbours
from ...verify import domain_of
from .layout import Alike, Cases, Layout, Plain, count_of, every_case, width_of
from .linear import MOST_ENTRIES, Program
from .orbits import Orbits
from .rows import Rows, entry_count, rows_for, sparse


@dataclass(frozen=True)
class Block:
    """The rows of one statement in a program (none where those of another statement stand for them)."""

    statement: Statement
    rows: Rows


def statements_of(env: Environment, goal: Goal) -> list[Statement]:
    """The goal's requirements on variables; raises BadInput for one that cannot be written as linear rows."""
    found: list[Statement] = []
    for property in goal.require:
        if not isinstance(property, ForAll):
            raise BadInput(
                f"{property.name} is no inequality of expectations, so a linear program cannot require it; "
                "search the rules that never draw lots (deterministic=True, --deterministic), or a family of rules"
            )
        try:
            found += trace(property, env)
        except Untraceable as reason:
            raise BadInput(
                f"{property.name} cannot be written as linear rows, because {reason}; search a family of rules "
                "instead (family=...)"
            ) from None
    return found


def common_of(env: Environment, goal: Goal, rules: str) -> dict[str, Any]:
    """What all designs of one search say: the goal, among which ``rules`` was searched, and where."""
    searched = f"all {rules} for {domain_of(env)}"
    if goal.maximize is not None and env.prior is None:
        searched += ", each profile equally likely (no prior is declared)"
    return {"goal": str(goal), "searched": searched, "environment": env, "asked": goal}


def unbounded(goal: Goal, remedy: str) -> BadInput:
    """What to say of an objective that nothing limits."""
    name = goal.maximize.name if goal.maximize else "the goal"
    return BadInput(f"{name} can be made as large as one likes: bound the transfers of the environment, or {remedy}")


def guard(env: Environment, entries: int) -> None:
    """Raise GameTooLarge before anything of the program is made, if it would have too many entries."""
    if entries > MOST_ENTRIES:
        raise GameTooLarge(
            f'entries in the linear program of "{env.name}"', entries, MOST_ENTRIES, "declare fewer types or players"
        )


def blocks_of(env: Environment, statements: Sequence[Statement], layout: Layout, structure: bool = True) -> list[Block]:
    """The rows of statements: of lies to neighbouring types alone where utilities cross once (with ``structure``),
    and of one statement of each kind where players exchange their names. Raises GameTooLarge."""
    leading = set(layout.leading()) if isinstance(layout, Orbits) else set(range(len(statements)))
    made, entries = [], layout.size
    for k, statement in enumerate(statements):
        alike = layout.alike_in(statement) if isinstance(layout, Orbits) and k in leading else ()
        cases = _cases(env, statement, alike, structure) if k in leading else _no_cases(statement)
        entries += entry_count(env, statement.margin, count_of(cases), alike)
        made.append((statement, cases, alike))
        guard(env, entries)
    return [Block(s, _saying(env, s, cases, layout, alike)) for s, cases, alike in made]


def block_of(env: Environment, statement: Statement) -> Block:
    """The rows of one statement, without those that every rule satisfies."""
    return blocks_of(env, [statement], Plain(env), structure=False)[0]


def _no_cases(statement: Statement) -> Cases:
    return {v: np.zeros(0, dtype=np.int64) for v in statement.case.variables}


def _cases(env: Environment, statement: Statement, alike: Alike, structure: bool) -> Cases:
    """The cases whose rows say all that the statement says."""
    axes = statement.case.variables
    lies = lies_of(statement, env) if structure else None
    pairs = None if lies is None else neighbours(env, lies)
    if lies is not None and pairs is not None:
        both = (lies.true, lies.lie)
        return every_case(env, axes, alike, (both, np.array([[pair[v] for pair in pairs] for v in both])))
    cases = every_case(env, axes, alike)
    if not axes:
        return cases
    kept = np.ones(count_of(cases), dtype=bool)
    for one, other in statement.case.distinct:
        kept &= cases[one] != cases[other]
    return cases if kept.all() else {v: places[kept] for v, places in cases.items()}


def _saying(env: Environment, statement: Statement, cases: Cases, layout: Layout, alike: Alike) -> Rows:
    """The rows, without those that every rule satisfies."""
    rows = rows_for(env, statement.margin, statement.case.variables, cases, layout, alike)
    says = rows.constant != 0 if statement.property.equal else rows.constant < 0
    says = np.asarray(says, dtype=bool) | (np.diff(rows.starts) > 0)
    return rows if says.all() else rows.only(np.flatnonzero(says))


def program_of(env: Environment, blocks: Sequence[Block], objective: Sequence[Rows]) -> Program:
    """Rows of the blocks, then of the outcome space; a last column for a minimum of parts."""
    layout = next((rows.layout for rows in [*(b.rows for b in blocks), *objective]), None) or Plain(env)
    extra = 1 if len(objective) > 1 else 0
    last = layout.size
    builder = Builder()
    for block in blocks:
        right = _integers(-block.rows.constant)
        builder.add(block.rows, right, right if block.statement.property.equal else None, (last, 0))
    if len(objective) > 1:
        for part in objective:
            builder.add(part, _integers(-part.constant), None, (last, -part.scale))
    profiles = layout.profiles()
    for group in env.space.groups:
        columns = layout.columns(profiles, np.array(group.coordinates, dtype=np.int64))
        ones = np.ones(columns.shape, dtype=np.int64)
        rows = sparse(columns, ones, np.zeros(len(columns), dtype=np.int64), 1, {}, layout)
        one = [1] * len(columns)
        builder.add(rows, one if group.exactly else None, one, (last, 0))
    money = layout.offsets >= env.space.dimension
    low: list[Any] = [0] * (last + extra)
    high: list[Any] = [None] * (last + extra)
    if env.transfers is not None and env.transfers != (0, None):
        for k in np.flatnonzero(money):
            low[k], high[k] = env.transfers
    cost: Array = np.zeros(last + extra, dtype=object)
    if len(objective) > 1:
        cost[last], low[last] = 1, None
    elif objective:
        cost[objective[0].columns] = objective[0].values
    units = np.ones(last + extra)
    if env.transfers is not None:
        units[:last][money] = money_unit(env)
    if len(objective) > 1:
        units[last] = money_unit(env)
    return Program(*builder.arrays(), builder.low, builder.high, low, high, cost, units)


def _integers(values: Array) -> list[int]:
    return [int(x) for x in values.tolist()]


def money_unit(env: Environment) -> float:
    """The largest utility, to which payments are scaled: so that the unit of money does not matter."""
    try:
        known = env.joint_utilities if env.interdependent else env.utilities
        return max((float(abs(x)) for player in env.players for x in known(player).ravel()), default=1.0) or 1.0
    except OverflowError:
        raise BadInput(f'a utility of "{env.name}" exceeds 1e308, too large for a linear program') from None


class Builder:
    """Collects sparse rows with their bounds."""

    def __init__(self) -> None:
        self.lengths: list[Array] = []
        self.columns: list[Array] = []
        self.values: list[Array] = []
        self.low: list[int | None] = []
        self.high: list[int | None] = []

    def add(self, rows: Rows, low: list[int] | None, high: list[int] | None, extra: tuple[int, int]) -> None:
        """More rows, each with the coefficient ``extra[1]`` (if it is not 0) in the column ``extra[0]``."""
        n, lengths, columns, values = len(rows.constant), np.diff(rows.starts), rows.columns, rows.values
        if extra[1]:
            ends = rows.starts[1:]
            columns = np.insert(columns, ends, extra[0])
            kind: Any = object if abs(extra[1]) >= INT64_SAFE else values.dtype
            values = np.insert(values.astype(kind), ends, extra[1])
            lengths = lengths + 1
        self.lengths.append(lengths)
        self.columns.append(columns)
        self.values.append(values)
        nothing: list[int | None] = [None] * n
        self.low += nothing if low is None else low
        self.high += nothing if high is None else high

    def arrays(self) -> tuple[Array, Array, Array]:
        """Row starts, columns and values, row by row."""
        lengths, columns, values = (np.concatenate(each) for each in (self.lengths, self.columns, self.values))
        return np.concatenate(([0], np.cumsum(lengths))), columns, values


# -- solutions of the program, as rules --


def exact_table(env: Environment, x: Sequence[Fraction], layout: Layout | None = None) -> Table:
    """An exact solution of the program as a table."""
    layout, k = layout or Plain(env), env.space.dimension
    unknowns = np.array(x[: layout.size], dtype=object)
    money = layout.offsets >= k
    points, scale = integers(np.where(money, 0, unknowns))
    profiles = [places.reshape(-1) for places in np.indices(env.sizes)]
    weights = points[layout.columns(profiles, np.arange(k))]
    support = max(1, int((weights != 0).sum(axis=1).max()))
    coordinates = np.argsort(weights == 0, axis=1, kind="stable")[:, :support]
    weights = np.ascontiguousarray(np.take_along_axis(weights, coordinates, axis=1))
    if env.transfers is None:
        return Table(coordinates, weights, scale, None, 1)
    paid, unit = integers(np.where(money, unknowns, 0))
    return Table(coordinates, weights, scale, paid[layout.columns(profiles, np.arange(k, width_of(env)))], unit)


def rounded_table(env: Environment, x: Any, layout: Layout | None = None, denominator: int = 10**6) -> Table:
    """A float solution as a nearby rational point of the outcome space, with payments inside their bounds."""
    layout, dimension = layout or Plain(env), env.space.dimension
    low, high = env.transfers or (0, 0)
    unit = Fraction(money_unit(env))
    found: list[Fraction] = []
    for w, money in zip(x[: layout.size], layout.offsets >= dimension, strict=True):
        if not money:
            found.append(max(Fraction(float(w)).limit_denominator(denominator), Fraction(0)))
            continue
        paid = Fraction(float(w) / float(unit)).limit_denominator(denominator) * unit
        paid = paid if low is None else max(paid, Fraction(exact(low)))
        found.append(paid if high is None else min(paid, Fraction(exact(high))))
    profiles = layout.profiles()
    for group in env.space.groups:
        for columns in layout.columns(profiles, np.array(group.coordinates, dtype=np.int64)).tolist():
            mass = sum((found[k] for k in columns), Fraction(0))
            if mass > 1 or (group.exactly and mass):
                for k in set(columns):
                    found[k] /= mass
    return exact_table(env, found, layout)


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
    blocks: list[Block], objective: list[Rows], parts: Sequence[Sequence[int]], y: Sequence[Fraction]
) -> tuple[list[Fraction], list[Multiplier]]:
    """The weights of the objective's parts and the multipliers of the statements, in the units of the goal.

    ``parts[j]`` are the numbers of the parts for which row j of the objective stands.
    """
    unit = 1 if len(objective) > 1 else objective[0].scale
    multipliers, at = block_multipliers(blocks, y, unit)
    weights = [Fraction(0)] * sum(map(len, parts))
    for j, (part, alike) in enumerate(zip(objective, parts, strict=True)):
        each = y[at + j] * part.scale if len(objective) > 1 else Fraction(1)
        for k in alike:
            weights[k] = each / len(alike)
    return weights, multipliers


def block_multipliers(blocks: list[Block], y: Sequence[Fraction], unit: int) -> tuple[list[Multiplier], int]:
    """The multipliers that are not 0, each with its statement and case, and how many rows the blocks have.

    A row that stands for others, in which players alike exchange their names, shares its multiplier with them.
    """
    number = {id(block.statement): k for k, block in enumerate(blocks)}
    found: list[Multiplier] = []
    at = 0
    for k, block in enumerate(blocks):
        layout, n = block.rows.layout, len(block.rows.constant)
        for j in range(n):
            if not y[at + j]:
                continue
            each = y[at + j] * block.rows.scale / unit
            values = {v: int(places[j]) for v, places in block.rows.cases.items()}
            if isinstance(layout, Orbits):
                own = next(i for i, s in enumerate(layout.statements) if s is block.statement)
                images = layout.images(own, values)
                found += [(number[id(layout.statements[i])], v, each / len(images)) for i, v in images]
            else:
                found.append((k, values, each))
        at += n
    return found, at
