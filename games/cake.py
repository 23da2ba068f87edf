"""A cake: the interval [0, 1], divided among players who value its cells differently.

Within a cell a player's value is spread evenly, so every worth of a piece is an exact rational, linear in the
fractions of the cells. A type says what each cell is worth; worths are in the type's units, not normalised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from itertools import pairwise
from typing import Any

from .environment import Environment
from .errors import BadInput, nearest
from .lottery import Lottery
from .numbers import Number, exact, number, show
from .outcomes import Group, Outcome
from .show import Shown

Exact = int | Fraction
Interval = tuple[Exact, Exact]
Piece = tuple[Interval, ...]

WHOLE: Piece = ((0, 1),)


class Division(Mapping[str, Piece], Shown):
    """Who gets which piece: an immutable mapping from players to disjoint intervals of [0, 1].

    Endpoints are exact (a float is the rational it stands for); a piece is sorted, its touching intervals are
    joined and empty ones dropped. Raises BadInput if intervals leave [0, 1], run backwards or overlap.

    >>> print(Division({"ann": [(0, 0.5)], "bob": [(0.75, 1), (0.5, 0.625)]}))
    ann [0, 1/2]; bob [1/2, 5/8] and [3/4, 1]
    >>> Division({"ann": [(0, 0.5)], "bob": [(0.25, 1)]})
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: the pieces of "ann" and "bob" overlap in [1/4, 1/2]; make them disjoint
    """

    __slots__ = ("_pieces",)

    def __init__(self, pieces: Mapping[str, Iterable[tuple[Any, Any]]]) -> None:
        if not isinstance(pieces, Mapping):
            raise BadInput(f"a division is {{player: ((start, end), ...)}}; got {pieces!r}")
        self._pieces = {p: as_piece(each, f'the piece of "{p}"') for p, each in pieces.items()}
        found = sorted((start, end, p) for p, each in self._pieces.items() for start, end in each)
        for (_, end, one), (start, other_end, other) in pairwise(found):
            if start < end:
                where = _interval((start, min(end, other_end)))
                raise BadInput(f'the pieces of "{one}" and "{other}" overlap in {where}; make them disjoint')

    @property
    def segments(self) -> tuple[tuple[Exact, Exact, str | None], ...]:
        """The cake from left to right: (start, end, who gets it); None is nobody.

        >>> Division({"ann": [(0.5, 1)]}).segments
        ((0, Fraction(1, 2), None), (Fraction(1, 2), 1, 'ann'))
        """
        out: list[tuple[Exact, Exact, str | None]] = []
        at: Exact = 0
        for start, end, player in sorted((*i, p) for p, each in self._pieces.items() for i in each):
            if at < start:
                out.append((at, start, None))
            out.append((start, end, player))
            at = end
        return (*out, (at, 1, None)) if at < 1 else tuple(out)

    def __getitem__(self, player: str) -> Piece:
        return self._pieces[player]

    def __iter__(self) -> Iterator[str]:
        return iter(self._pieces)

    def __len__(self) -> int:
        return len(self._pieces)

    def __hash__(self) -> int:
        return hash(frozenset(self._pieces.items()))

    def __reduce__(self) -> tuple[type[Division], tuple[dict[str, Piece]]]:
        return Division, (dict(self._pieces),)

    def __str__(self) -> str:
        return "; ".join(f"{player} {show_piece(each)}" for player, each in self._pieces.items())

    def __repr__(self) -> str:
        return f"<Division {self}>"


# -- pieces --------------------------------------------------------------------------------------------------


def as_piece(intervals: Iterable[tuple[Any, Any]], where: str = "the piece") -> Piece:
    """Intervals as a piece: exact, sorted, joined where they touch, without empty ones; raises BadInput.

    >>> as_piece([(0.5, 1), (0, 0.25), (0.25, 0.5)])
    ((0, 1),)
    """
    out: list[Interval] = []
    for start, end in sorted(_checked(each, where) for each in intervals):
        if out and start < out[-1][1]:
            twice = _interval((start, min(end, out[-1][1])))
            raise BadInput(f"{where} has {twice} twice; make its intervals disjoint")
        if out and start == out[-1][1]:
            out[-1] = (out[-1][0], end)
        elif start < end:
            out.append((start, end))
    return tuple(out)


def _checked(interval: Any, where: str) -> Interval:
    if not isinstance(interval, Sequence) or isinstance(interval, str) or len(interval) != 2:
        raise BadInput(f"{where} holds {interval!r}; each interval is a pair (start, end)")
    start, end = (exact(x, f"an end of an interval in {where}") for x in interval)
    if not 0 <= start <= end <= 1:
        raise BadInput(f"{where} holds {_interval((start, end))}; an interval has 0 <= start <= end <= 1")
    return start, end


def cut(whole: Piece, points: Iterable[Exact]) -> tuple[Piece, ...]:
    """The parts of a piece, from left to right, when it is cut at points that do not decrease.

    >>> cut(WHOLE, [Fraction(1, 4), Fraction(1, 4)])
    (((0, Fraction(1, 4)),), (), ((Fraction(1, 4), 1),))
    """
    ends = [0, *points, 1]
    return tuple(
        tuple((max(a, low), min(b, high)) for a, b in whole if max(a, low) < min(b, high))
        for low, high in pairwise(ends)
    )


def show_piece(piece: Piece) -> str:
    """A piece as people write it.

    >>> show_piece(()), show_piece(((0, 1),))
    ('nothing', '[0, 1]')
    """
    return " and ".join(map(_interval, piece)) if piece else "nothing"


def _interval(interval: Interval) -> str:
    return f"[{show(interval[0])}, {show(interval[1])}]"


# -- what a piece is worth -----------------------------------------------------------------------------------


def value_of(cake: Environment | Divisions, type: Any, piece: Iterable[Interval]) -> Exact:
    """What a piece is worth to a type, exactly, in the type's units.

    >>> env = cake({"ann": [(1, 3)], "bob": [(2, 2)]})
    >>> value_of(env, (1, 3), [(0, Fraction(3, 4))])
    Fraction(5, 2)
    """
    space = divisions(cake)
    values = space.values(type)
    total: Exact = 0
    for start, end in piece:
        for (low, high), value in zip(space.cells, values, strict=True):
            a, b = max(start, low), min(end, high)
            if a < b and value:
                total += value if b - a == high - low else Fraction(value) * (b - a) / (high - low)
    return exact(total)


def mark(cake: Environment | Divisions, type: Any, start: Any, amount: Any, of: Piece = WHOLE) -> Exact:
    """The leftmost point x for which the part of ``of`` in [start, x] is worth ``amount`` to a type.

    Where the type values nothing, several points would do: *leftmost* is part of every rule that marks,
    and small changes in it flip verdicts. Raises BadInput if there is less to the right of ``start``.

    >>> env = cake({"ann": [(1, 3)], "bob": [(2, 2)]})
    >>> mark(env, (1, 3), 0, 2)
    Fraction(2, 3)
    >>> mark(env, (1, 3), 0.5, 4)
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: the mark asks for 4; right of 1/2 there is only 3 for the type (1, 3)
    """
    space, first, need = divisions(cake), exact(start, "the start"), Fraction(exact(amount, "the amount"))
    values = space.values(type)
    if need < 0:
        raise BadInput(f"the mark asks for {show(amount)}; the amount must be at least 0")
    if not need:
        return first
    for a, b in of:
        for (low, high), value in zip(space.cells, values, strict=True):
            left, right = max(a, low, first), min(b, high)
            if left < right and value:
                here = Fraction(value) * (right - left) / (high - low)
                if here >= need:
                    return exact(left + (right - left) * need / here)
                need -= here
    have = show(exact(exact(amount) - need))
    raise BadInput(
        f"the mark asks for {show(amount)}; right of {show(first)} there is only {have} for the type {type!r}"
    )


def equal_cuts(cake: Environment | Divisions, type: Any, parts: int, of: Piece = WHOLE) -> tuple[Exact, ...]:
    """The ``parts - 1`` leftmost points that cut a piece into parts of equal worth to a type.

    >>> equal_cuts(cake({"ann": [(1, 3)], "bob": [(2, 2)]}), (1, 3), 2)
    (Fraction(2, 3),)
    """
    total = Fraction(value_of(cake, type, of))
    start = of[0][0] if of else 0
    return tuple(mark(cake, type, start, total * k / parts, of) for k in range(1, parts))


# -- the space of divisions ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Divisions:
    """All divisions of a cake among players: a point is 1, then each player's fraction of each cell.

    ``breakpoints`` are the ends of the cells (0 and 1 may be left out). Utilities must be additive and, in
    a cell, depend only on how much of it a player gets. With ``disposal`` a part may go to nobody.

    >>> space = Divisions(("ann", "bob"), (0, Fraction(1, 2), 1))
    >>> space.point({"ann": [(0, Fraction(3, 4))], "bob": [(Fraction(3, 4), 1)]})
    {0: 1, 1: 1, 2: Fraction(1, 2), 4: Fraction(1, 2)}
    """

    players: tuple[str, ...]
    breakpoints: tuple[Exact, ...]
    disposal: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "players", tuple(self.players))
        points = tuple(exact(x, "a breakpoint of the cake") for x in self.breakpoints)
        points = points if points and points[0] == 0 else (0, *points)
        points = points if points[-1] == 1 else (*points, 1)
        for low, high in pairwise(points):
            if not low < high:
                given = ", ".join(map(show, points))
                raise BadInput(f"the breakpoints of the cake are {given}; they must increase from 0 to 1")
        object.__setattr__(self, "breakpoints", points)
        if len(set(self.players)) != len(self.players):
            raise BadInput(f"a player is named twice among {', '.join(self.players)}; name each once")

    @cached_property
    def cells(self) -> tuple[Interval, ...]:
        """The cells from left to right, each (start, end)."""
        return tuple(pairwise(self.breakpoints))

    def values(self, type: Any) -> tuple[Exact, ...]:
        """The worth of each cell to a type, checked; raises BadInput."""
        cells = len(self.cells)
        if not isinstance(type, tuple) or len(type) != cells:
            raise BadInput(f"a type is {type!r}; on a cake of {cells} cells it is a tuple of {cells} values")
        if all(each.__class__ is int or each.__class__ is Fraction for each in type):
            values: tuple[Exact, ...] = type
        else:
            values = tuple(exact(v, f"a value in the type {type!r}") for v in type)
        if min(values) < 0:
            raise BadInput(f"the type {type!r} has a value of {show(min(values))}; values are at least 0")
        if not any(values):
            raise BadInput(f"the type {type!r} values nothing; at least one cell must have a positive value")
        return values

    @property
    def dimension(self) -> int:
        return 1 + len(self.players) * (len(self.cells))

    @property
    def groups(self) -> tuple[Group, ...]:
        m = len(self.cells)
        each = (Group(tuple(range(1 + c, self.dimension, m)), not self.disposal) for c in range(m))
        return (Group((0,), True), *each)

    @property
    def labels(self) -> tuple[str, ...]:
        return ("1", *(f"{_interval(cell)} to {player}" for player in self.players for cell in self.cells))

    def functional(self, f: Callable[[Outcome], Number]) -> list[Number]:
        nothing = f(Division(dict.fromkeys(self.players, ())))
        units = [
            f(Division({**dict.fromkeys(self.players, ()), player: (cell,)})) - nothing
            for player in self.players
            for cell in self.cells
        ]
        self._check_additive(f, nothing, units)
        return [nothing, *units]

    def _check_additive(self, f: Callable[[Outcome], Number], nothing: Number, units: Sequence[Number]) -> None:
        """Two spot checks: every cell split evenly, laid out from left to right and from right to left."""
        share = Fraction(1, len(self.players))
        total = sum((share * exact(u) for u in units), Fraction(exact(nothing)))
        even: dict[int, Number] = {0: 1, **dict.fromkeys(range(1, self.dimension), share)}
        for players in (self.players, self.players[::-1]):
            found = exact(f(Divisions(players, self.breakpoints).outcome(even)))
            if abs(found - total) > abs(total) / 2**40:
                raise BadInput(
                    "a utility is not additive in the fractions of the cells: an even division is worth "
                    f"{show(found)}, its parts {show(exact(total))}; use finer breakpoints or list outcomes"
                )

    def division(self, outcome: Outcome) -> Division:
        """An outcome as a Division with an entry for every player; raises BadInput for an unknown one."""
        found = outcome if isinstance(outcome, Division) else Division(outcome)
        for player in found:
            if player not in self.players:
                raise BadInput(f'no player "{player}" in the division; {nearest(str(player), self.players)}')
        if len(found) == len(self.players):
            return found
        return Division({player: found.get(player, ()) for player in self.players})

    def point(self, outcome: Outcome) -> dict[int, Number]:
        found: dict[int, Number] = {0: 1}
        if isinstance(outcome, Lottery):
            for each, p in outcome.items():
                for k, x in self.point(each).items():
                    found[k] = 1 if k == 0 else exact(found.get(k, 0)) + exact(p) * exact(x)
            return dict(sorted(found.items()))
        division, m = self.division(outcome), len(self.cells)
        for i, player in enumerate(self.players):
            for start, end in division[player]:
                for c, (low, high) in enumerate(self.cells):
                    a, b = max(start, low), min(end, high)
                    if a < b:
                        k = 1 + i * m + c
                        found[k] = exact(found.get(k, 0) + Fraction(b - a) / (high - low))
        if not self.disposal:
            for start, end, who in division.segments:
                if who is None:
                    left = _interval((start, end))
                    raise BadInput(f"the division gives {left} to nobody; the whole cake must be given")
        return dict(sorted(found.items()))

    def outcome(self, point: Mapping[int, Number]) -> Outcome:
        """The division at a point: in each cell the players' parts lie in their order from left to right."""
        m = len(self.cells)
        pieces: dict[str, list[Interval]] = {player: [] for player in self.players}
        for c, (low, high) in enumerate(self.cells):
            shares = [number(point.get(1 + i * m + c, 0), "a fraction of a cell") for i in range(len(self.players))]
            slack = 2**-45 if any(isinstance(share, float) for share in shares) else 0
            if any(share < 0 for share in shares) or sum(map(exact, shares)) > 1 + slack:
                given, cell = ", ".join(map(show, shares)), _interval((low, high))
                raise BadInput(f"the fractions of {cell} are {given}; they are at least 0 and at most 1 in all")
            at: Exact = low
            for player, share in zip(self.players, shares, strict=True):
                start, at = at, min(exact(at + exact(share) * (high - low)), high)
                pieces[player].append((start, at))
        return Division(pieces)

    def exchange(self, outcome: Outcome, one: str, other: str) -> Outcome:
        division = self.division(outcome)
        return Division({**division, one: division[other], other: division[one]})


def divisions(cake: Environment | Divisions) -> Divisions:
    """The divisions of an environment's cake; raises BadInput if it has none."""
    if isinstance(cake, Divisions):
        return cake
    if not isinstance(cake.outcomes, Divisions):
        raise BadInput(f'"{cake.name}" has no cake to divide; declare one with games.cake(values)')
    return cake.outcomes


# -- the environment -----------------------------------------------------------------------------------------


def cake(
    values: Mapping[str, Sequence[Any]],
    *,
    breakpoints: Sequence[Any] | None = None,
    name: str = "cake",
    prior: Mapping[Any, Any] | None = None,
    disposal: bool = True,
) -> Environment:
    """A cake [0, 1] for players with private, additive, piecewise constant values (Steinhaus 1948).

    ``values`` gives each player's possible types; a type is a tuple, the worth of each cell (at least 0,
    not all 0). Cells are equal in length, or end at ``breakpoints`` (0 and 1 may be left out). With
    ``disposal`` some cake may go to nobody. An outcome is a :class:`Division`. Raises BadInput.

    >>> env = cake({"ann": [(1, 1, 2)], "bob": [(2, 1, 1), (0, 0, 1)]})
    >>> half = Division({"ann": [(0.5, 1)], "bob": [(0, 0.5)]})
    >>> env.utility("ann", half, (1, 1, 2)), env.utility("bob", half, (0, 0, 1))
    (Fraction(5, 2), 0)
    >>> cake({"ann": [(1, 1, 2)], "bob": [(1, -1, 1)]})
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: the type (1, -1, 1) has a value of -1; values are at least 0
    """
    first = next((t for each in values.values() for t in each), None)
    if breakpoints is None:
        if not isinstance(first, tuple) or not first:
            raise BadInput(f"a type of the cake is {first!r}; it must be a tuple with the value of each cell")
        breakpoints = [Fraction(k, len(first)) for k in range(len(first) + 1)]
    space = Divisions(tuple(values), tuple(breakpoints), disposal)
    types = {player: tuple(space.values(t) for t in each) for player, each in values.items()}
    return Environment(name, types, space, partial(_additive, space), prior, None)


def _additive(space: Divisions, player: str, outcome: Outcome, type: Any) -> Number:
    return value_of(space, type, space.division(outcome)[player])


def most(env: Environment, type: Any) -> Exact:
    """What the whole cake is worth to a type.

    >>> most(cake({"ann": [(1, 1, 2)], "bob": [(2, 1, 1)]}), (1, 1, 2))
    4
    """
    return exact(number(sum(divisions(env).values(type))))
