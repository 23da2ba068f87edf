"""Frontiers: what more of one aim costs in another, as an exact curve with a verified rule at each corner."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from time import monotonic
from typing import Any

import numpy as np

from ..games.environment import Environment
from ..games.errors import BadInput
from ..games.numbers import INT64_SAFE, Number, exact, plain, show
from ..games.show import Shown
from ..mechanisms.expectations import Expectation
from ..mechanisms.goals import Goal, Objective, not_one
from ..mechanisms.guarantees import at_least
from ..mechanisms.properties.margins import with_margin
from ..mechanisms.property import ForAll
from ..mechanisms.table import Table
from .search import search
from .searching.corners import Chain, Pair, corners_of
from .searching.programs.layout import Layout, Plain, count_of, every_case
from .searching.programs.linear import Outcome, Program, Row, extended
from .searching.programs.orbits import Orbits, orbits_of
from .searching.programs.program import (
    blocks_of,
    exact_table,
    guard,
    program_of,
    rounded_table,
    statements_of,
    table_rule,
)
from .searching.programs.rows import Rows, entry_count, rows_for
from .verdict import Report
from .verification.plan import asked, grid_of
from .verification.statements import Statement
from .verify import domain_of, verify


@dataclass(frozen=True, eq=False, repr=False)
class FrontierPoint(Shown):
    """A rule on the frontier: what it reaches of both aims, and its verdicts on the ``goal`` it is best for."""

    values: tuple[Number, Number]
    rule: Any
    verdicts: Report
    goal: Goal

    def __str__(self) -> str:
        lines = [f"Reaches {show(self.values[0])} and {show(self.values[1])}: {self.rule}"]
        return "\n".join([*lines, *(f"  {v.property}: {v.status}; {v.domain}" for v in self.verdicts)])


@dataclass(frozen=True)
class Gap:
    """A stretch of the frontier that was not refined: it runs between the segment and the ``corner`` (None: unknown).

    Mixtures of the rules at both ends reach the segment; no rule exceeds the two lines from its ends to the corner.
    """

    start: tuple[Number, Number]
    end: tuple[Number, Number]
    corner: tuple[Number, Number] | None


@dataclass(frozen=True, eq=False, repr=False)
class Frontier(Shown):
    """The most of a first aim for each amount of a second: corners joined by straight lines, the second falling.

    ``axes`` names the two; ``exact`` says whether every point was confirmed in rational numbers to be on the frontier
    (else it is only known to be reached), ``complete`` whether it is certain that there is no other corner; ``gaps``
    are what was not refined.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 3), "bob": (1, 3)}, transfers=(-4, 4))
    >>> curve = frontier(env, rw.Goal((rw.strategyproof, rw.individually_rational), rw.welfare), rw.revenue)
    >>> [point.values for point in curve], curve.exact, curve.complete
    ([(Fraction(9, 4), Fraction(9, 4)), (Fraction(5, 2), 2)], True, True)
    """

    goal: str
    axes: tuple[str, str]
    points: tuple[FrontierPoint, ...]
    exact: bool
    complete: bool
    gaps: tuple[Gap, ...]
    searched: str
    method: str
    why: str = ""
    environment: Any = None

    def __len__(self) -> int:
        return len(self.points)

    def __iter__(self) -> Any:
        return iter(self.points)

    def __getitem__(self, k: Any) -> Any:
        return self.points[k]

    def at(self, second: Number) -> Number:
        """The first aim reached with that much of the second: by a rule of the frontier, or a lottery over two.

        In a gap another rule may reach more. Raises BadInput outside the frontier.
        """
        given = exact(second, "second")
        ends = [tuple(map(exact, point.values)) for point in self.points]
        if not ends or not ends[-1][1] <= given:
            least = f"begins at {show(plain(ends[-1][1]))}" if ends else "is empty"
            raise BadInput(f"the frontier of {self.axes[1]} {least}, and {show(given)} is asked")
        if given > ends[0][1]:
            raise BadInput(
                f"no rule found reaches {show(given)} of {self.axes[1]}; the most is {show(plain(ends[0][1]))}"
            )
        for (a, b), (c, d) in itertools.pairwise(ends):
            if d <= given:
                return plain(exact(c + Fraction(a - c) * Fraction(given - d) / (b - d)))
        return plain(ends[-1][0])

    def __str__(self) -> str:
        lines = [f"Goal: {self.goal}.", f"Searched: {self.searched}."]
        if self.points:
            rows = [["", *self.axes, "gain per unit given up"]]
            for k, (point, price) in enumerate(zip(self.points, [*self.prices, None], strict=True), 1):
                rows.append([str(k), *map(show, point.values), "" if price is None else show(price)])
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            lines += ["  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
        if self.why:
            lines.append(f"Why: {self.why}")
        return "\n".join([*lines, f"Method: {self.method}."])

    @property
    def prices(self) -> tuple[Number, ...]:
        """From each point to the next: how much is gained of the first aim for each unit of the second given up."""
        pairs = itertools.pairwise([tuple(map(exact, point.values)) for point in self.points])
        return tuple(plain(Fraction(c - a) / Fraction(b - d)) for (a, b), (c, d) in pairs)


def frontier(
    env: Environment, goal: Goal, against: Objective | ForAll, *,
    margins: tuple[Number | None, Number | None] | None = None, points: int | None = None, time: float | None = None,
    progress: Callable[[int, int], Any] | None = None, executor: Any = None,
) -> Frontier:  # fmt: skip
    """The Pareto frontier between a goal's objective and another one, or the margin of a property (Pareto 1906).

    Among all randomised direct mechanisms that meet the goal's requirements. Both aims are concave in the rule, so the
    frontier is a concave chain of segments; all its corners are found, exactly, by weighted sums (Aneja and Nair 1979).
    Each is a rule verified in full. Against a property (instead of requiring it, if the goal does) the second aim is
    its margin: by how much it holds to spare or, below 0, by how much it may fail (see
    :func:`~rulewright.mechanisms.properties.margins.with_margin`). ``margins`` bounds it: by default (None, 0), all
    relaxations up to where the property no longer binds; (0, None) is what robustness costs.

    ``points`` caps how many corners are found, and ``time`` the seconds; what was not refined are the ``gaps``.
    ``progress(done, total)`` counts segments; ``executor`` works on several at once and changes no answer. Raises
    BadInput, GameTooLarge.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=(-4, 4))
    >>> goal = rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue)
    >>> [point.values for point in frontier(env, goal, rw.strategyproof)]
    [(Fraction(3, 2), 0), (Fraction(7, 4), Fraction(-1, 2))]
    """
    others, second, axes, low, high = _asked(env, goal, against, margins)
    if points is not None and (not isinstance(points, int) or points < 2):
        raise BadInput(f"points is {points!r}; give a number of at least 2, the two ends of the frontier")
    if time is not None and not (isinstance(time, int | float) and time >= 0):
        raise BadInput(f"time is {time!r}; give a budget of at least 0 seconds")
    deadline = math.inf if time is None else monotonic() + time
    assert goal.maximize is not None
    aims = [statements_of(env, Goal((each,))) for each in (at_least(goal.maximize, 0), with_margin(second, 0))]
    statements = statements_of(env, Goal(others))
    env.guard()
    layout: Layout = orbits_of(env, [*statements, *aims[0], *aims[1]], []) or Plain(env)
    program = _program(env, statements, aims, low, high, layout)
    columns = (program.shape[1] - 2, program.shape[1] - 1)

    def read(outcome: Outcome) -> tuple[Pair, Table]:
        if outcome.exact_x is not None:
            table = exact_table(env, outcome.exact_x[: columns[0]], layout)
        else:
            table = rounded_table(env, outcome.x, layout)
        most = _reached(env, table, aims[1])
        return (_reached(env, table, aims[0]), most if high is None else min(most, high)), table

    chain = corners_of(program, columns, read, points, deadline, progress, executor)
    if chain.status == "unbounded":
        name = axes[chain.unbounded]
        raise BadInput(
            f"the {name} can be made as large as one likes: bound the transfers of the environment, or margins"
        )
    kept = []
    for corner in chain.corners:
        at = _goal_at(goal, others, against, corner.values[1])
        rule = table_rule(env, corner.found, at)
        verdicts = Report(tuple(verify(rule, env, property) for property in at.require))
        if all(v.status == "proved" for v in verdicts):
            kept.append(FrontierPoint((plain(corner.values[0]), plain(corner.values[1])), rule, verdicts, at))
    refused = len(chain.corners) - len(kept)
    certain, why = chain.exact and not refused, _why(chain, refused)
    complete = certain and chain.status == "found" and all(s.done for s in chain.stretches)
    if chain.status == "infeasible":
        least = () if low is None else _goal_at(Goal((), goal.maximize), (), against, low).require
        none = search(env, Goal((*others, *least)), time=time)
        complete, why = none.status == "infeasible", none.why
    gaps = [
        Gap(_plain(s.start.values), _plain(s.end.values), _plain(s.corner())) for s in chain.stretches if not s.done
    ]
    searched = f"all randomised direct mechanisms for {domain_of(env)}"
    if env.prior is None:
        searched += ", each profile equally likely (no prior is declared)"
    words = f"{Goal(others)}, then as much {axes[0]} and {axes[1]} as possible"
    method = METHOD
    if isinstance(layout, Orbits):
        method += f"; {len(layout.alike[0])} players treated alike (checked)"
    return Frontier(words, axes, tuple(kept), certain, complete, tuple(gaps), searched, method, why, env)


METHOD = (
    "weighted sums of the two aims (Aneja and Nair 1979), linear programs by HiGHS, their bases solved in rationals"
)


def _plain(values: Pair | None) -> Any:
    return None if values is None else (plain(values[0]), plain(values[1]))


def _why(chain: Chain, refused: int) -> str:
    """What is not known of the curve."""
    reasons = []
    if chain.status == "time":
        reasons.append("The time ran out.")
    if chain.status == "unknown":
        reasons.append("HiGHS gave up.")
    if not chain.exact:
        reasons.append(
            "Not all points could be confirmed in rational numbers: each is reached, but more may be possible."
        )
    if refused:
        reasons.append(f"{refused} more could not be rounded to a rule that meets the goal.")
    if any(not s.done for s in chain.stretches):
        reasons.append("Some stretches were not refined (gaps).")
    return " ".join(reasons)


def _asked(
    env: Any, goal: Any, against: Any, margins: Any
) -> tuple[tuple[Any, ...], ForAll, tuple[str, str], Any, Any]:
    """The other requirements, the property whose margin is the second aim, the axes, and the margin's bounds."""
    if not isinstance(env, Environment):
        raise BadInput(f"frontier needs an Environment, not {type(env).__name__}")
    if not isinstance(goal, Goal) or goal.maximize is None:
        raise BadInput("frontier needs a Goal with an objective, such as rulewright.Goal(require, rulewright.welfare)")
    for aim in (goal.maximize, against):
        if isinstance(aim, Objective) and aim.combine != "min":
            raise BadInput(
                f"{aim.name} is no smallest of expectations, so its frontier is not made of segments; take an "
                "objective such as egalitarian"
            )
    bounds: tuple[Any, Any] = (None, None)
    if isinstance(against, Objective):
        second, name = at_least(against, 0), against.name
    elif isinstance(against, ForAll):
        second, name, bounds = against, f"margin of {against.name}", (None, 0)
    else:
        raise not_one(against, "property", ForAll)
    low, high = (
        None if b is None else Fraction(exact(b, "a margin")) for b in (bounds if margins is None else margins)
    )
    if low is not None and high is not None and low > high:
        raise BadInput(f"margins is {margins!r}; the lower bound comes first")
    if second.equal and (high is None or high > 0):
        raise BadInput(f"{second.name} is an equation, which nothing exceeds; let margins end at 0")
    others = tuple(property for property in goal.require if property is not against)
    return others, second, (goal.maximize.name, name), low, high


def _goal_at(goal: Goal, others: tuple[Any, ...], against: Any, value: Fraction) -> Goal:
    """What a point of the frontier is best for: the goal with the second aim required as far as the point reaches."""
    if isinstance(against, Objective):
        asked = at_least(against, value)
    else:
        asked = with_margin(against, value) if value else against
    if against not in goal.require:
        return Goal((*others, asked), goal.maximize)
    return Goal(tuple(asked if each is against else each for each in goal.require), goal.maximize)


# -- the program, with a column for each aim --------------------------------------------------------------------------


def _program(
    env: Environment, statements: list[Statement], aims: list[list[Statement]], low: Any, high: Any, layout: Layout
) -> Program:
    """The program of the statements, and two columns: how much is reached at least of each aim."""
    every = [*statements, *aims[0], *aims[1]]
    leading = layout.leading() if isinstance(layout, Orbits) else range(len(every))
    blocks = blocks_of(env, every, layout)[: len(statements)]
    base = program_of(env, blocks, [rows_for(env, Expectation(), (), {}, layout)])
    columns = base.shape[1]
    bounds = []
    if low is not None:
        bounds.append(Row([columns + 1], [low.denominator], low.numerator))
    if high is not None:
        bounds.append(Row([columns + 1], [-high.denominator], -high.numerator))
    program = extended(base, bounds, np.zeros(columns + 2, dtype=object), [None, None])
    units = program.units
    assert units is not None
    sizes = [0.0, 0.0]
    for number in (n for n in leading if n >= len(statements)):
        k = 0 if number < len(statements) + len(aims[0]) else 1
        made = _rows(env, every[number], layout)
        if len(made.values):
            sizes[k] = max(sizes[k], float(np.max(np.abs(made.values / made.scale) * units[made.columns])))
        program = _above(program, made, columns + k)
    units[columns:] = [size or 1.0 for size in sizes]
    return program


def _rows(env: Environment, statement: Statement, layout: Layout) -> Rows:
    """A row for every case: with a margin none goes without saying, and neighbouring lies do not stand for all."""
    axes = statement.case.variables
    alike = layout.alike_in(statement) if isinstance(layout, Orbits) else ()
    cases = every_case(env, axes, alike)
    for one, other in statement.case.distinct:
        differ = np.flatnonzero(cases[one] != cases[other])
        cases = {v: places[differ] for v, places in cases.items()}
    guard(env, entry_count(env, statement.margin, count_of(cases), alike))
    return rows_for(env, statement.margin, axes, cases, layout, alike)


def _above(program: Program, rows: Rows, column: int) -> Program:
    """The program with rows that say: what the rule reaches is at least the column."""
    ends = rows.starts[1:]
    values = rows.values if rows.scale < INT64_SAFE else rows.values.astype(object)
    return replace(
        program,
        starts=np.concatenate([program.starts, program.starts[-1] + ends + np.arange(1, len(ends) + 1)]),
        columns=np.concatenate([program.columns, np.insert(rows.columns, ends, column)]),
        values=np.concatenate([program.values, np.insert(values, ends, -rows.scale)]),
        row_low=[*program.row_low, *(-int(c) for c in rows.constant.tolist())],
        row_high=[*program.row_high, *([None] * len(ends))],
    )


def _reached(env: Environment, table: Table, statements: Sequence[Statement]) -> Fraction:
    """The least margin of the statements over all cases, for a rule's table."""
    least: list[Fraction] = []
    for s in statements:
        grid = grid_of(env, table, s.margin, s.case.variables, {})
        shape = tuple(len(env.types[v.player]) for v in s.case.variables)
        values = np.broadcast_to(grid.values, shape)[asked(env, s.case)]
        least += [Fraction(int(values.min()), grid.scale)] if values.size else []
    return min(least, default=Fraction(0))
