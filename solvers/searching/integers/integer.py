"""The integer program of a goal: its rows on a rule that chooses without lots, honesty written as menus.

Column p * width + k says whether coordinate k is chosen at profile p (payments stand after the coordinates). What a
player can reach by her reports is a menu, one column an outcome; honesty is that nothing on her menu is better than
what she gets (Hammond 1979). That takes one row for each profile and outcome, where comparing all pairs of reports
takes one for each pair.
"""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from ....games.environment import Environment
from ....games.errors import BadInput, GameTooLarge
from ....games.numbers import Array, magnitude
from ....games.outcomes import Finite
from ....mechanisms.cases import Belief, Var, is_var, substitute
from ....mechanisms.expectations import Expectation, Term
from ....mechanisms.measures import PaymentOf, variables_of
from ...verification.grids import scaled
from ...verification.statements import Statement
from ..programs.layout import width_of
from ..programs.linear import Program
from ..programs.rows import rows_for

MOST = 4_000_000  # entries of an integer program


@dataclass(frozen=True)
class Whole:
    """A program of which some columns must be whole numbers; the objective is (cost x + ``constant``) / ``scale``."""

    program: Program
    whole: Array
    constant: int
    scale: int
    least: int | None = None  # the column that is at most each part of the objective

    @property
    def sized(self) -> int:
        """The largest sum of absolute values in a row, its bounds, or the objective: what exact integers must hold."""
        p = self.program
        sums = np.add.reduceat(np.abs(p.values.astype(object)), p.starts[:-1]) if len(p.values) else np.zeros(1)
        bounds = [abs(int(b)) for b in (*p.row_low, *p.row_high, *p.low, *p.high) if b is not None]
        costs = sum(abs(int(c)) for c in p.cost) + abs(self.constant)
        return max(costs, int(max(sums, default=0)), max(bounds, default=0))


@dataclass(frozen=True)
class Menu:
    """A statement that compares what a player gets with all she can reach.

    In row r she is at ``profile[r]`` and can reach what ``menu[r]`` (a profile with her first type) stands for; there
    x and y may stand together if ``now[r, x] + then[r, y] >= 0``.
    """

    player: str
    profile: Array
    menu: Array
    now: Array
    then: Array


def integer_program(
    env: Environment, statements: Sequence[Statement], parts: Sequence[Expectation], banned: Set[int] = frozenset()
) -> Whole:
    """The program of the statements and of the least of ``parts`` as objective, without the columns ``banned``.

    Raises GameTooLarge, BadInput.
    """
    menus = {k: found for k, s in enumerate(statements) if (found := _pattern(env, s)) is not None}
    _guard(env, statements, menus, parts)
    lines = _Lines(env)
    lines.banned |= banned
    for k, statement in enumerate(statements):
        menu = _menu(env, statement, *menus[k]) if k in menus else None
        if menu is None:
            lines.statement(statement)
        else:
            lines.menu(menu)
    return lines.finished(parts)


def _guard(
    env: Environment, statements: Sequence[Statement], menus: dict[int, Any], parts: Sequence[Expectation]
) -> None:
    """Raise GameTooLarge before anything of the program is made."""
    env.guard()
    size, width = env.n_profiles, env.space.dimension
    entries = size * width_of(env)
    for k, statement in enumerate(statements):
        if k in menus:
            entries += 2 * size * width + size * width**2
            continue
        rows = math.prod(len(env.types[v.player]) for v in statement.case.variables)
        for term in statement.margin.terms:
            bound = term.reports.bound if isinstance(term.reports, Belief) else ()
            draws = math.prod(len(env.types[v.player]) for v in bound)
            entries += rows * draws * (1 if isinstance(term.part, PaymentOf) else width)
    entries += sum(size * (1 if isinstance(t.part, PaymentOf) else width) for part in parts for t in part.terms)
    if entries > MOST:
        raise GameTooLarge(
            f'entries in the integer program of "{env.name}"', entries, MOST,
            "declare fewer types, or search randomised rules, which a linear program finds",
        )  # fmt: skip


# -- honesty as menus -------------------------------------------------------------------------------------------------


def _pattern(env: Environment, statement: Statement) -> tuple[str, Var, tuple[Term, ...], tuple[Term, ...]] | None:
    """The player, her other report, and the terms without and with it; None where it is no question of a menu."""
    case = statement.case
    if env.transfers is not None or not isinstance(env.space, Finite) or statement.property.equal:
        return None
    if any(isinstance(t.reports, Belief) for t in statement.margin.terms):
        return None
    for lie in case.variables:
        then = tuple(t for t in statement.margin.terms if lie in [x for x in t.slots.values() if is_var(x)])
        now = tuple(t for t in statement.margin.terms if t not in then)
        seen = [v for t in statement.margin.terms for _, v in variables_of(t.part)]
        seen += [v for h in statement.margin.highest for _, part in h.measure.parts for _, v in variables_of(part)]
        if not now or not then or lie in seen:
            continue
        alike = len({tuple(t.slots.items()) for t in now}) == len({tuple(t.slots.items()) for t in then}) == 1
        at = [p for p, x in then[0].slots.items() if x == lie] if alike else []
        if len(at) != 1 or len(case.distinct) > 1:
            continue
        for pair in case.distinct:  # the only lie that is left out must be the truth
            truth = next((v for v in pair if v != lie), lie)
            same = _put(then[0], lie, truth).slots == now[0].slots
            if lie not in pair or not same:
                return None
        return at[0], lie, now, then
    return None


def _put(term: Term, var: Var, value: Any) -> Term:
    """The term with a variable of its reports replaced."""
    assert not isinstance(term.reports, Belief)
    return replace(term, reports=substitute(term.reports, {var: value}))


def _menu(env: Environment, statement: Statement, player: str, lie: Var, now: Any, then: Any) -> Menu | None:
    """The comparison as arrays; None where even honesty would not satisfy it (a lie must cost something)."""
    axes = tuple(v for v in statement.case.variables if v != lie)
    first = tuple(_put(t, lie, env.types[player][0]) for t in then)
    margin = statement.margin
    one, one_constant, one_scale = _dense(env, Expectation(now, margin.highest, margin.constant), axes)
    two, _, two_scale = _dense(env, Expectation(first), axes)
    scale = math.lcm(one_scale, two_scale)
    gets = scaled(one + one_constant[:, None], scale // one_scale)
    reaches = scaled(two, scale // two_scale)
    wide = magnitude(gets) + magnitude(reaches) >= 2**62
    gets, reaches = (each.astype(object) if wide else each for each in (gets, reaches))
    if statement.case.distinct and not (gets + reaches >= 0).all():
        return None
    return Menu(player, _profiles(env, now[0], axes), _profiles(env, first[0], axes), gets, reaches)


def _dense(env: Environment, expression: Expectation, axes: tuple[Var, ...]) -> tuple[Array, Array, int]:
    """Coefficients ``c[row, outcome]`` of an expression about one profile a row, the constants and their scale."""
    rows = rows_for(env, expression, axes)
    found = np.zeros((len(rows.constant), env.space.dimension), dtype=rows.values.dtype)
    np.add.at(found, (rows.rows, rows.columns % width_of(env)), rows.values)
    return found, rows.constant, rows.scale


def _profiles(env: Environment, term: Term, axes: tuple[Var, ...]) -> Array:
    """The place of the reports of a term, one for each value of the variables."""
    shape = [len(env.types[v.player]) for v in axes]
    grid = dict(zip(axes, np.indices(shape).reshape(len(shape), math.prod(shape)), strict=True))
    place: Any = np.zeros(math.prod(shape), dtype=np.int64)
    for player, size in zip(env.players, env.sizes, strict=True):
        entry = term.slots[player]
        place = place * size + (grid[entry] if is_var(entry) else env.position(player, entry))
    return np.asarray(place)


def _asked(env: Environment, statement: Statement) -> Array:
    """Whether each row is a case: variables that must differ do."""
    axes = statement.case.variables
    shape = [len(env.types[v.player]) for v in axes]
    grid = dict(zip(axes, np.indices(shape).reshape(len(shape), math.prod(shape)), strict=True))
    kept = np.ones(math.prod(shape), dtype=bool)
    for one, other in statement.case.distinct:
        kept &= grid[one] != grid[other]
    return kept


# -- the rows ---------------------------------------------------------------------------------------------------------


class _Lines:
    """Collects rows; ``finished`` makes the program."""

    def __init__(self, env: Environment) -> None:
        self.env, self.n, self.width = env, env.n_profiles, width_of(env)
        self.total = self.n * self.width
        self.pieces: list[tuple[Array, Array, Array]] = []
        self.low: list[int | None] = []
        self.high: list[int | None] = []
        self.banned: set[int] = set()
        self.menus: dict[str, int] = {}  # where the columns of a player's menus begin
        for group in env.space.groups:
            columns = (np.arange(self.n) * self.width)[:, None] + np.array(group.coordinates)
            rows = np.repeat(np.arange(self.n), len(group.coordinates))
            exactly = [1 if group.exactly else None] * self.n
            self.add(rows, columns.reshape(-1), np.ones(columns.size, dtype=np.int64), exactly, [1] * self.n)

    def add(
        self, rows: Array, columns: Array, values: Array, low: Sequence[int | None], high: Sequence[int | None]
    ) -> None:
        self.pieces.append((rows + len(self.low), columns, values))
        self.low += low
        self.high += high

    def statement(self, statement: Statement) -> None:
        """The rows of a statement as they are; what is about one profile alone says which outcomes are out there."""
        env, equal = self.env, statement.property.equal
        rows = rows_for(env, statement.margin, statement.case.variables)
        says = np.asarray(rows.constant != 0) if equal else np.asarray(rows.constant < 0)
        says[rows.rows] = True
        kept = says & _asked(env, statement)
        if isinstance(env.space, Finite) and env.transfers is None:
            kept &= ~self._bans(rows, kept, equal)
        number = np.cumsum(kept) - 1
        inside = kept[rows.rows]
        right = [-int(c) for c in rows.constant[kept]]
        entries = number[rows.rows[inside]], rows.columns[inside], rows.values[inside]
        self.add(*entries, right, right if equal else [None] * len(right))

    def _bans(self, rows: Any, kept: Array, equal: bool) -> Array:
        """Forbids the outcomes that rows about one profile exclude; returns which rows these are."""
        k = self.env.space.dimension
        most = np.full(len(rows.constant), -1)
        least = np.full(len(rows.constant), self.n)
        np.maximum.at(most, rows.rows, rows.columns // k)
        np.minimum.at(least, rows.rows, rows.columns // k)
        alone = kept & (most == least)
        number = np.cumsum(alone) - 1
        inside = alone[rows.rows]
        values = np.zeros((int(alone.sum()), k), dtype=rows.values.dtype)
        values[number[rows.rows[inside]], rows.columns[inside] % k] = rows.values[inside]
        value = values + rows.constant[alone][:, None]
        row, outcome = np.nonzero(value != 0 if equal else value < 0)
        self.banned.update((most[alone][row] * k + outcome).tolist())
        return np.asarray(alone)

    def menu(self, menu: Menu) -> None:
        """What is chosen is on the menu, and what is on the menu is not better than what is chosen."""
        env, k = self.env, self.env.space.dimension
        axis = env.players.index(menu.player)
        inner = math.prod(env.sizes[axis + 1 :])
        size = env.sizes[axis]

        def place(profile: Array) -> Array:  # of the menu, which is the same whatever the player reports
            return np.asarray(profile // (inner * size) * inner + profile % inner)

        if menu.player not in self.menus:
            self.menus[menu.player] = self.total
            self.total += self.n // size * k
            chosen = np.arange(self.n * k)
            on = self.menus[menu.player] + place(chosen // k) * k + chosen % k
            ones = np.ones(len(chosen), dtype=np.int64)
            columns = np.stack([chosen, on], axis=1).reshape(-1)
            self.add(
                np.repeat(chosen, 2), columns, np.stack([ones, -ones], axis=1).reshape(-1),
                [None] * len(chosen), [0] * len(chosen),
            )  # fmt: skip
        worse = menu.now[:, None, :] + menu.then[:, :, None] < 0  # [row, on the menu, chosen]
        worse = np.asarray(worse, dtype=bool)
        row, y = np.nonzero(worse.any(axis=2))
        which, x = np.nonzero(worse[row, y])
        count = len(row)
        rows = np.concatenate([np.arange(count), which])
        columns = np.concatenate(
            [self.menus[menu.player] + place(menu.menu[row]) * k + y, menu.profile[row][which] * k + x]
        )
        self.add(rows, columns, np.ones(len(rows), dtype=np.int64), [None] * count, [1] * count)

    def finished(self, parts: Sequence[Expectation]) -> Whole:
        """The program, with the objective (of several parts: a last column that is at most each)."""
        env = self.env
        made = [rows_for(env, part, []) for part in parts]
        scale, constant = 1, 0
        last = self.total
        if len(made) > 1:
            scale = math.lcm(*(part.scale for part in made))
            for part in made:
                values = scaled(part.values, scale // part.scale)
                columns = np.append(part.columns, last)
                right = -int(part.constant[0]) * (scale // part.scale)
                self.add(np.zeros(len(columns), dtype=np.int64), columns, np.append(values, -1), [right], [None])
            self.total += 1
        low: list[Any] = [0] * self.total
        high: list[Any] = [1] * self.total
        for column in self.banned:
            high[column] = 0
        whole = np.ones(self.total, dtype=bool)
        units = np.ones(self.total)
        if env.transfers is not None:
            paid = np.arange(self.n * self.width).reshape(self.n, self.width)[:, env.space.dimension :].reshape(-1)
            unit = unit_of(env)
            for column in paid.tolist():
                low[column], high[column] = env.transfers
                whole[column], units[column] = False, unit
        cost: Array = np.zeros(self.total, dtype=object)
        if len(made) > 1:
            cost[last], low[last], high[last] = 1, None, None
            whole[last], units[last] = env.transfers is None, float(scale) * unit_of(env)
        elif made:
            scale, constant = made[0].scale, int(made[0].constant[0])
            cost[made[0].columns] = made[0].values
        rows, columns, values = (np.concatenate(each) for each in zip(*self.pieces, strict=True))
        order = np.argsort(rows, kind="stable")
        starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=len(self.low)))))
        program = Program(starts, columns[order], values[order], self.low, self.high, low, high, cost, units)
        return Whole(
            program if env.transfers is not None else _divided(program),
            whole,
            constant,
            scale,
            last if len(made) > 1 else None,
        )


def _divided(program: Program) -> Program:
    """Every row divided by what its coefficients have in common, its bounds rounded to what whole numbers can reach."""
    if program.values.dtype == object:
        return program
    lengths = np.diff(program.starts)
    filled = np.flatnonzero(lengths)
    common = np.ones(len(lengths), dtype=np.int64)
    common[filled] = np.gcd.reduceat(program.values, program.starts[:-1][filled])
    low = [b if b is None else -(-b // int(g)) for b, g in zip(program.row_low, common, strict=True)]
    high = [b if b is None else b // int(g) for b, g in zip(program.row_high, common, strict=True)]
    return replace(program, values=program.values // np.repeat(common, lengths), row_low=low, row_high=high)


def unit_of(env: Environment) -> float:
    """The largest utility, to which payments are scaled; raises BadInput where no float holds it."""
    try:
        found = [float(abs(x)) for p in env.players for x in _utilities(env, p).ravel()]
    except OverflowError:
        raise BadInput(f'a utility of "{env.name}" exceeds 1e308, too large for an integer program') from None
    return max(found, default=1.0) or 1.0


def _utilities(env: Environment, player: str) -> Array:
    return env.joint_utilities(player) if env.interdependent else env.utilities(player)


def reached_by(whole: Whole, x: Sequence[Any]) -> Fraction:
    """The objective at a point, exactly."""
    total = sum((int(c) * Fraction(v) for c, v in zip(whole.program.cost, x, strict=True) if c), start=Fraction(0))
    return Fraction(total + whole.constant) / whole.scale
