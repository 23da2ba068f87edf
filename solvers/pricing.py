"""Prices: what each requirement of a goal costs the objective, dropped or relaxed a little."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from time import monotonic
from typing import Any

import numpy as np

from ..games.environment import Environment
from ..games.errors import BadInput
from ..games.numbers import Number, plain, show
from ..games.show import Shown
from ..mechanisms.goals import Goal
from ..mechanisms.properties.margins import with_margin
from ..mechanisms.property import ForAll
from .searching.programs.layout import Layout, Plain
from .searching.programs.linear import Outcome, Program, solve_program
from .searching.programs.objectives import parts_of
from .searching.programs.orbits import orbits_of
from .searching.programs.program import Block, blocks_of, guard, program_of, statements_of
from .searching.programs.rows import Rows, entry_count, rows_for
from .searching.reasons.conflict import weighed
from .verification.work import left, work_of
from .verify import domain_of

STEPS = (10**3, 10**5, 10**7)  # a requirement is relaxed by its size over these


@dataclass(frozen=True)
class Price:
    """What giving up some requirements (``dropped``) brings: the objective then reaches ``value``, ``gain`` more.

    ``value`` is infinite if there is no limit, and None if it is not known. ``rate`` is how fast the objective grows
    when the one requirement is relaxed: per unit (of money, utility or probability), all its cases by the same amount.
    It is the exact derivative at none, or if not ``sure`` the derivative is at most that; None if it is not known.
    """

    dropped: tuple[str, ...]
    value: Number | None
    gain: Number | None = None
    rate: Number | None = None
    sure: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class Prices(Shown):
    """What each requirement of a goal costs: a sequence of :class:`Price`.

    If the goal can be met, ``value`` is what the objective reaches, and there is one price a requirement. If not,
    ``value`` is None and there is one price for each smallest set of requirements without which the others can hold.
    """

    goal: str
    domain: str
    value: Number | None
    each: tuple[Price, ...]
    why: str = ""

    def __len__(self) -> int:
        return len(self.each)

    def __iter__(self) -> Iterator[Price]:
        return iter(self.each)

    def __getitem__(self, k: int) -> Price:
        return self.each[k]

    def rows(self) -> list[tuple[str, ...]]:
        """The table: its headings, then what is given up, what is reached, what that gains, and the rate."""
        known = self.value is not None
        head = ("without", "reached", *(("gain", "rate if relaxed") if known else ()))
        return [head, *((", ".join(p.dropped), _told(p.value), *(_more(p) if known else ())) for p in self.each)]

    def __str__(self) -> str:
        lines = [f"Goal: {self.goal}.", f"On {self.domain}."]
        if self.value is not None:
            lines.append(f"The objective reaches {_told(self.value)}.")
        if self.why:
            lines.append(self.why)
        table = self.rows() if self.each else []
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines += ["  ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)).rstrip() for row in table]
        return "\n".join(lines)


def prices(
    env: Environment, goal: Goal, *, time: float | None = None, executor: Any = None, progress: Any = None
) -> Prices:
    """What each requirement costs: what dropping it gains, and how fast the objective grows as it is relaxed.

    The rate is the shadow price of a requirement (Dantzig 1963), from the exact multipliers of its rows. Of a goal
    that no rule meets: what each way of giving up reaches. ``time`` is a budget in seconds, ``executor`` (any of
    :mod:`concurrent.futures`) solves the linear programs, ``progress(done, total)`` is called after each. Raises
    BadInput for a goal without an objective, or with one that is not linear.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=(-9, 9))
    >>> print(prices(env, rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue)))
    Goal: strategyproof and individually_rational, then as much revenue as possible.
    On all 4 profiles of the declared types of "allocation" (2 x 2).
    The objective reaches 3/2.
    without                reached  gain  rate if relaxed
    strategyproof          7/4      1/4   1/2
    individually_rational  18       33/2  2
    """
    _asked_well(env, goal, time, executor, progress)
    requirements = [p for p in dict.fromkeys(goal.require) if isinstance(p, ForAll)]
    work = _Work(math.inf if time is None else monotonic() + time, executor, progress, 1 + 2 * len(requirements))
    linear = _linear(env, goal)
    (base,) = work.solved([linear.program])
    if base.status == "infeasible":
        return _ways_to_give_up(env, goal, linear, work)
    value = linear.value(base)
    if value is None or value == math.inf:
        why = _GAVE_UP.get(base.status, "HiGHS gave up.")
        return Prices(str(goal), domain_of(env), value, (), why)
    reached = _reached(env, goal, [[p] for p in requirements], work)
    rates = dict.fromkeys(requirements, (None, False)) | _slopes(linear, base, requirements)
    for step in STEPS:
        unsure = [p for p in requirements if rates[p][0] is not None and not rates[p][1]]
        rates |= _rates(env, goal, unsure, linear, base, step, work)
    each = tuple(
        Price((p.name,), v, None if v is None else _minus(v, value), *rates[p])
        for p, v in zip(requirements, reached, strict=True)
    )
    why = "" if all(p.value is not None and p.rate is not None for p in each) else "Not all could be found."
    return Prices(str(goal), domain_of(env), value, each, why)


_GAVE_UP = {"unbounded": "There is no limit to it already.", "time": "The time ran out."}


# -- the programs -----------------------------------------------------------------------------------------------------


@dataclass
class _Work:
    """Programs to solve: by whom, until when, and who is told."""

    until: float
    executor: Any
    progress: Any
    total: int
    done: int = 0

    def solved(self, programs: Sequence[Program]) -> list[Outcome]:
        """The outcome of each program, in order."""
        if self.executor is None:
            return [self._counted(self._solve(program)) for program in programs]
        waiting = [self.executor.submit(solve_program, program, left(self.until)) for program in programs]
        try:
            return [self._counted(each.result()) for each in waiting]
        finally:
            for each in waiting:
                each.cancel()

    def _solve(self, program: Program) -> Outcome:
        return Outcome("time") if monotonic() >= self.until else solve_program(program, left(self.until))

    def _counted(self, outcome: Outcome) -> Outcome:
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, max(self.done, self.total))
        return outcome


@dataclass(frozen=True)
class _Linear:
    """The linear program of a goal."""

    blocks: list[Block]
    objective: list[Rows]
    program: Program

    def value(self, outcome: Outcome) -> Number | None:
        """What the objective reaches: exact where it was confirmed, infinite without a limit, None if not known."""
        if outcome.status == "unbounded":
            return math.inf
        if outcome.status != "optimal":
            return None
        x: Any = outcome.x if outcome.exact_x is None else outcome.exact_x
        total = sum(
            (int(self.program.cost[j]) * x[j] for j in np.flatnonzero(self.program.cost != 0)), start=Fraction(0)
        )
        if len(self.objective) > 1:
            return plain(total) if outcome.exact_x is not None else float(total)
        (part,) = self.objective
        found = (total + int(part.constant[0])) / part.scale
        return plain(found) if outcome.exact_x is not None else float(found)

    def slope(self, outcome: Outcome, property: ForAll) -> Fraction | None:
        """The multipliers of all rows of a requirement: what the bound on the objective grows by, per unit."""
        if outcome.exact_y is None:
            return None
        unit = 1 if len(self.objective) > 1 else self.objective[0].scale
        total, at = Fraction(0), 0
        for block in self.blocks:
            n = len(block.rows.constant)
            if block.statement.property is property:
                total += sum(map(abs, outcome.exact_y[at : at + n]), Fraction(0)) * block.rows.scale / unit
            at += n
        return total


def _linear(env: Environment, goal: Goal) -> _Linear:
    """The rows of the requirements and of the objective; raises BadInput, GameTooLarge."""
    assert goal.maximize is not None
    statements, parts = statements_of(env, goal), parts_of(goal.maximize, env)
    env.guard()
    orbits = orbits_of(env, statements, parts)
    layout: Layout = orbits or Plain(env)
    blocks = blocks_of(env, statements, layout)
    objective = []
    for k in range(len(parts)) if orbits is None else [k for k, _ in orbits.leading_parts(parts)]:
        alike = () if orbits is None else orbits.alike_for(parts[k])
        guard(env, entry_count(env, parts[k], 1, alike))
        objective.append(rows_for(env, parts[k], (), {}, layout, alike))
    return _Linear(blocks, objective, program_of(env, blocks, objective))


def _reached(env: Environment, goal: Goal, drops: Sequence[Sequence[ForAll]], work: _Work) -> list[Number | None]:
    """What the objective reaches without some requirements, for each choice of them."""
    each = [_linear(env, Goal([p for p in goal.require if p not in some], goal.maximize)) for some in drops]
    outcomes = work.solved([linear.program for linear in each])
    return [linear.value(outcome) for linear, outcome in zip(each, outcomes, strict=True)]


# -- how fast the objective grows when a requirement is relaxed -------------------------------------------------------

Rates = dict[ForAll, tuple[Number | None, bool]]


def _slopes(linear: _Linear, base: Outcome, requirements: Sequence[ForAll]) -> Rates:
    """The multipliers at the optimum: at least the derivative, which is the least over all optimal multipliers."""
    found = {p: linear.slope(base, p) for p in requirements}
    return {p: (None if s is None else plain(s), s == 0) for p, s in found.items()}


def _rates(
    env: Environment, goal: Goal, requirements: Sequence[ForAll], linear: _Linear, base: Outcome, step: int, work: _Work
) -> Rates:
    """The exact derivatives, where a small step is short enough.

    What the objective reaches is a concave function of the step. So if the line that the multipliers give at its end
    also passes through its beginning, the function is that line in between, and the derivative is its slope.
    """
    value, found = linear.value(base), dict[ForAll, tuple[Number | None, bool]]()
    small = [(p, _size(linear, p) / step) for p in requirements]
    eased = [with_margin(p, -e) for p, e in small]
    each = [
        _linear(env, Goal([q if r is p else r for r in goal.require], goal.maximize))
        for (p, _), q in zip(small, eased, strict=True)
    ]
    for (p, e), q, one, outcome in zip(small, eased, each, work.solved([one.program for one in each]), strict=True):
        slope, reached = one.slope(outcome, q), one.value(outcome)
        if slope is not None and Fraction(reached) - slope * e == value:  # type: ignore[arg-type]
            found[p] = plain(slope), True
    return found


def _size(linear: _Linear, property: ForAll) -> Fraction:
    """The order of magnitude of what the requirement compares: so that the unit of money does not matter."""
    units, most = linear.program.units, 0.0
    assert units is not None
    for block in linear.blocks:
        rows = block.rows
        if block.statement.property is property and len(rows.values):
            here = np.abs(rows.values).astype(np.float64) * units[rows.columns]
            most = max(most, float(here.max()) / rows.scale)
    return Fraction(10) ** round(math.log10(most)) if most else Fraction(1)


# -- a goal that no rule meets ----------------------------------------------------------------------------------------


def _ways_to_give_up(env: Environment, goal: Goal, linear: _Linear, work: _Work) -> Prices:
    """What the objective reaches without each smallest set of requirements that stands in the way."""
    evidence, found = weighed(env, goal, linear.blocks, work.until)
    values = _reached(env, goal, found.give_up, work)
    each = tuple(Price(tuple(p.name for p in some), v) for some, v in zip(found.give_up, values, strict=True))
    sure = "No rule meets the goal" if evidence.clashes else "In floats, no rule meets the goal"
    more = "" if found.complete else "; there may be other ways to give up"
    return Prices(str(goal), domain_of(env), None, each, f"{sure}{more}.")


# -- in words ---------------------------------------------------------------------------------------------------------


def _asked_well(env: Any, goal: Any, time: Any, executor: Any, progress: Any) -> None:
    """Raise BadInput for what is no question about prices."""
    if not isinstance(env, Environment):
        raise BadInput(f"prices needs an Environment, not {type(env).__name__}")
    if not isinstance(goal, Goal):
        raise BadInput(f"prices needs a Goal, not {type(goal).__name__}; pass rulewright.Goal(require=(...), ...)")
    if goal.maximize is None:
        raise BadInput("prices needs an objective to measure by, as in rulewright.Goal((...), rulewright.welfare)")
    if goal.maximize.combine == "log sum":
        raise BadInput(
            f"{goal.maximize.name} is no linear objective, so requirements have no prices in it; take welfare"
        )
    work_of(time, executor, progress, "programs are solved")


def _minus(value: Number, base: Number) -> Number:
    if isinstance(value, float) or isinstance(base, float):  # no limit, or not confirmed
        return float(value) - float(base)
    return plain(value - base)


def _told(value: Number | None) -> str:
    return "?" if value is None else "unbounded" if value == math.inf else show(value)


def _more(price: Price) -> tuple[str, str]:
    rate = "?" if price.rate is None else show(price.rate) if price.sure else f"at most {show(price.rate)}"
    return _told(price.gain), rate
