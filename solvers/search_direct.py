"""Search over all randomised direct mechanisms of an environment: one linear program, decided exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..games.environment import Environment
from ..games.errors import BadInput, GameTooLarge
from ..games.numbers import Array, exact, plain, show
from ..mechanisms.cases import Untraceable, Var
from ..mechanisms.expectations import Expectation
from ..mechanisms.goals import Goal
from ..mechanisms.properties import ForAll
from ..mechanisms.table import Table, pack
from ..mechanisms.tabulated import TableRule, from_table
from . import proofs
from .design import Design
from .linear import MOST_ENTRIES, Outcome, Program, solve_program
from .lowering import Rows, Statement, entry_count, rows_for, trace, width_of
from .objectives import parts_of, reached
from .verdict import Report
from .verify import domain_of, verify

MOST_PAYMENTS = 500  # up to which a second program looks for the optimal rule that moves the least money


@dataclass(frozen=True)
class Block:
    """The rows of one statement in a program."""

    statement: Statement
    rows: Rows
    kept: Array  # the numbers of the rows that say something


def search_direct(env: Environment, goal: Goal, time: float | None, progress: Any) -> Design:
    """The best randomised direct mechanism for the goal (Conitzer and Sandholm 2002), with an exact certificate."""
    statements = _statements(env, goal)
    parts = [] if goal.maximize is None else parts_of(goal.maximize, env)
    _guard(env, [s.margin for s in statements], [s.case.variables for s in statements], parts)
    blocks = [_block(env, s) for s in statements]
    if goal.maximize is not None and goal.maximize.combine == "log sum":
        from .search_nash import search_nash

        return search_nash(env, goal, blocks, parts, time, _common(env, goal))
    objective = [rows_for(env, part, []) for part in parts]
    outcome = solve_program(program_of(env, blocks, objective), time)
    common = _common(env, goal)
    if outcome.status == "infeasible":
        return _conflict(env, goal, blocks, common)
    if outcome.status == "unbounded":
        raise BadInput(
            f"{goal.maximize.name if goal.maximize else 'the goal'} can be made as large as one likes: bound the "
            "transfers of the environment, or require individually_rational"
        )
    if outcome.status != "optimal":
        reason = "the time ran out" if outcome.status == "time" else "HiGHS gave up"
        return Design(
            "unknown", method=f"linear program ({reason})", why=f"{reason} before an answer was found.", **common
        )
    return _found(env, goal, blocks, objective, parts, outcome, common)


def _common(env: Environment, goal: Goal) -> dict[str, Any]:
    searched = f"all randomised direct mechanisms for {domain_of(env)}"
    if goal.maximize is not None and env.prior is None:
        searched += ", each profile equally likely (no prior is declared)"
    return {"goal": str(goal), "searched": searched, "environment": env}


def _statements(env: Environment, goal: Goal) -> list[Statement]:
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


def _guard(
    env: Environment, margins: list[Expectation], axes: list[tuple[Var, ...]], parts: Sequence[Expectation]
) -> None:
    env.guard()
    entries = sum(entry_count(env, m, a) for m, a in zip(margins, axes, strict=True))
    entries += sum(entry_count(env, part, ()) for part in parts) + env.n_profiles * width_of(env)
    if entries > MOST_ENTRIES:
        raise GameTooLarge(
            f'entries in the linear program of "{env.name}"', entries, MOST_ENTRIES, "declare fewer types or players"
        )


def _block(env: Environment, statement: Statement) -> Block:
    rows = rows_for(env, statement.margin, statement.case.variables)
    says = np.asarray(rows.constant != 0) if statement.property.equal else np.asarray(rows.constant < 0)
    says[rows.rows] = True
    return Block(statement, rows, np.flatnonzero(says))


# -- the program ------------------------------------------------------------------------------------------------------


def program_of(env: Environment, blocks: Sequence[Block], objective: Sequence[Rows], slack: bool = False) -> Program:
    """Rows of the blocks, then of the outcome space; a last column for a minimum of parts or a common slack."""
    n, width = env.n_profiles, width_of(env)
    extra = 1 if slack or len(objective) > 1 else 0
    last = n * width
    builder = _Builder()
    for block in blocks:
        right = [-int(c) for c in block.rows.constant[block.kept]]
        if slack:
            size = _size(block.rows)
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
    return max((float(abs(x)) for player in env.players for x in env.utilities(player).ravel()), default=1.0) or 1.0


def _size(rows: Rows) -> int:
    return max(1, int(np.abs(rows.values).max(initial=0)))


class _Builder:
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
        self.rows.append(number[rows.rows])
        self.columns.append(rows.columns)
        self.values.append(rows.values)
        if extra is not None:
            self.rows.append(number[kept])
            self.columns.append(np.full(len(kept), extra[0]))
            self.values.append(np.array([extra[1]] * len(kept)))
        nothing: list[int | None] = [None] * len(kept)
        self.low += nothing if low is None else low
        self.high += nothing if high is None else high

    def add_row(self, columns: Any, values: list[int], low: int) -> None:
        """One row: the sum of values * columns is at least ``low``."""
        self.rows.append(np.full(len(values), len(self.low)))
        self.columns.append(np.asarray(columns))
        self.values.append(np.array(values, dtype=object))
        self.low.append(low)
        self.high.append(None)

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


# -- what was found ---------------------------------------------------------------------------------------------------


def _found(
    env: Environment, goal: Goal, blocks: list[Block], objective: list[Rows], parts: list[Expectation],
    outcome: Outcome, common: dict[str, Any],
) -> Design:  # fmt: skip
    exactly = outcome.exact_x is not None
    least = None
    if outcome.exact_x is not None:
        least = _least_money(env, blocks, objective, outcome)
        table = least or exact_table(env, outcome.exact_x)
    else:
        table = rounded_table(env, outcome.x)
    rule = table_rule(env, table, goal)
    verdicts = Report(tuple(verify(rule, env, property) for property in goal.require))
    value = None if goal.maximize is None else reached(goal.maximize, env, table)
    if not all(v.status == "proved" for v in verdicts):
        failing = next(v for v in verdicts if v.status != "proved")
        why = f"The float solution could not be rounded to a rule that meets the goal: {failing.counterexample}."
        return Design("unknown", method="linear program by HiGHS, not confirmed exactly", why=why, **common)
    if goal.maximize is None:
        certify = lambda: proofs.proved(env, table, [b.statement for b in blocks], rule.name)  # noqa: E731
        return Design(
            "feasible", method="linear program by HiGHS; the rule verified from the definitions", rule=rule,
            verdicts=verdicts, certify=certify, **common,
        )  # fmt: skip
    if not exactly:
        why = "The optimum could not be confirmed in rational numbers; the rule itself is verified."
        method = "linear program by HiGHS in floats; the rule rounded to rationals and verified"
        return Design("feasible", method=method, rule=rule, value=value, verdicts=verdicts, why=why, **common)
    weights, multipliers = _multipliers(env, blocks, objective, outcome)
    method = "linear program by HiGHS, its basis solved in rationals; the rule verified from the definitions"
    if least:
        method += "; of the best rules, the one that moves the least money"
    words = f"the rule meets the goal ({goal}) and none in the search does better: {show(value or 0)}"
    return Design(
        "optimal", method=method, rule=rule, value=value, bound=value, verdicts=verdicts,
        certify=lambda: proofs.optimal(
            env, table, [b.statement for b in blocks], parts, weights, multipliers, Fraction(value or 0), words
        ),
        **common,
    )  # fmt: skip


def table_rule(env: Environment, table: Table, goal: Goal) -> TableRule:
    """The found table as a rule, with the profiles and what they get in words."""
    return from_table(env, table, f"rule found for {goal}", table_words(env, table))


def table_words(env: Environment, table: Table, most: int = 40) -> str:
    """The table, one line a profile."""
    from ..mechanisms.properties import told

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


def _least_money(env: Environment, blocks: list[Block], objective: list[Rows], outcome: Outcome) -> Table | None:
    """Of the rules that reach the optimum, the one in which the least money changes hands in total."""
    payments = 0 if env.transfers is None else env.n_profiles * len(env.players)
    if not 0 < payments <= MOST_PAYMENTS:
        return None
    assert outcome.exact_x is not None
    program = program_of(env, blocks, objective)
    columns = program.shape[1]
    best = sum((int(c) * x for c, x in zip(program.cost, outcome.exact_x, strict=True)), start=Fraction(0))
    builder = _Builder()
    if objective:
        reach = np.flatnonzero(program.cost != 0)
        builder.add_row(reach, [int(c) * best.denominator for c in program.cost[reach]], best.numerator)
    width, dimension = width_of(env), env.space.dimension
    paid = [p * width + dimension + i for p in range(env.n_profiles) for i in range(len(env.players))]
    for k, column in enumerate(paid):  # a new column is at least the payment and at least minus the payment
        builder.add_row([columns + k, column], [1, -1], 0)
        builder.add_row([columns + k, column], [1, 1], 0)
    starts, more_columns, more_values = builder.arrays()
    assert program.units is not None
    extended = Program(
        np.concatenate([program.starts, program.starts[-1] + starts[1:]]),
        np.concatenate([program.columns, more_columns]),
        np.concatenate([program.values, more_values]),
        program.row_low + builder.low,
        program.row_high + builder.high,
        program.low + [0] * payments,
        program.high + [None] * payments,
        np.concatenate([np.zeros(columns, dtype=object), np.full(payments, -1, dtype=object)]),
        np.concatenate([program.units, np.full(payments, money_unit(env))]),
    )
    least = solve_program(extended)
    return None if least.exact_x is None else exact_table(env, least.exact_x)


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


def _multipliers(
    env: Environment, blocks: list[Block], objective: list[Rows], outcome: Outcome
) -> tuple[list[Fraction], list[proofs.Multiplier]]:
    """The weights of the objective's parts and the multipliers of the statements, in the units of the goal."""
    assert outcome.exact_y is not None
    y = outcome.exact_y
    unit = 1 if len(objective) > 1 else objective[0].scale
    multipliers, at = _block_multipliers(env, blocks, y, unit)
    if len(objective) == 1:
        return [Fraction(1)], multipliers
    return [y[at + j] * part.scale for j, part in enumerate(objective)], multipliers


def _block_multipliers(
    env: Environment, blocks: list[Block], y: list[Fraction], unit: int
) -> tuple[list[proofs.Multiplier], int]:
    found: list[proofs.Multiplier] = []
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


# -- why there is none ------------------------------------------------------------------------------------------------


def _conflict(env: Environment, goal: Goal, blocks: list[Block], common: dict[str, Any]) -> Design:
    """A smallest set of requirements that clash: none can be left out of it without the clash going away."""
    clash = list(dict.fromkeys(b.statement.property for b in blocks))
    for property in list(clash):
        rest = [p for p in clash if p is not property]
        if solve_program(program_of(env, _of(blocks, rest), []), exactly=False).status == "infeasible":
            clash = rest
    guilty = _of(blocks, clash)
    outcome = solve_program(program_of(env, guilty, [], slack=True))
    multipliers = _farkas(env, guilty, outcome)
    names = [p.name for p in clash]
    if len(names) == 1:
        why = f"{names[0]} cannot be met by any rule on {domain_of(env)}."
    else:
        together = f"{', '.join(names[:-1])} and {names[-1]} cannot hold together on {domain_of(env)}"
        why = f"{together}; without any one of them the others can."
    money = (
        "" if env.transfers is None or env.transfers == (None, None) else " Wider bounds on transfers may change this."
    )
    method = "linear program by HiGHS; requirements left out one by one"
    if multipliers is None:
        why = f"In floats, {why} This could not be confirmed in rational numbers."
        return Design("unknown", method=method, why=why, **common)
    words = f"no rule is {' and '.join(names)} on {domain_of(env)}"
    return Design(
        "infeasible", method=f"{method}; the clash proved in rationals", why=why + money,
        certify=lambda: proofs.infeasible(env, [b.statement for b in guilty], multipliers, words), **common,
    )  # fmt: skip


def _of(blocks: list[Block], properties: list[ForAll]) -> list[Block]:
    return [b for b in blocks if b.statement.property in properties]


def _farkas(env: Environment, blocks: list[Block], outcome: Outcome) -> list[proofs.Multiplier] | None:
    """Multipliers of a contradiction, from the exact optimum of the relaxed program (which must be negative)."""
    if outcome.exact_x is None or outcome.exact_y is None or outcome.exact_x[-1] <= 0:
        return None
    y = outcome.exact_y
    merged: list[Fraction] = []
    at = 0
    for block in blocks:
        n = len(block.kept)
        part = y[at : at + n]
        at += n
        if block.statement.property.equal:
            part = [a + b for a, b in zip(part, y[at : at + n], strict=True)]
            at += n
        merged += part
    return _block_multipliers(env, blocks, merged, 1)[0]
