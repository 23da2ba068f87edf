"""Interim lines: what a goal asks of the chance and the payment that one bidder of a crowd expects at her report."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from ....games.crowd import Crowd
from ....games.environment import Environment
from ....games.errors import BadInput, GameTooLarge
from ....games.numbers import Number, exact
from ....games.units import units
from ....mechanisms.cases import Belief, Case, Untraceable, Var, is_var
from ....mechanisms.expectations import AnyRule, Expectation, Term, as_expectation, unmasked_expectation
from ....mechanisms.goals import Goal, Objective
from ....mechanisms.measures import PaymentOf, UtilityOf
from ....mechanisms.property import ForAll

MOST_LINES = 1_000_000
FEW = 3  # bidders among whom it is checked that none is treated by name

REMEDY = (
    "in a crowd ask for what holds on average, such as bayesian_incentive_compatible, or search crowd.environment(n) "
    "with few bidders"
)


Known = dict[int, set[str] | None]  # by the identity of reports: the players whose reports are no draws of their own


class Line(NamedTuple):
    """sum of values[k] * x[columns[k]] >= low (== low if ``equal``), in integers.

    x[t] is the chance of a bidder who reports value number t, x[m + t] what she pays, both on average over the others.
    """

    columns: tuple[int, ...]
    values: tuple[int, ...]
    low: int
    equal: bool


@dataclass(frozen=True)
class Piece:
    """coefficient * E[what a bidder gets or pays at the report ``slot``], valued by ``type`` (None: a payment).

    A slot is a variable, a value, or None: drawn from the prior; a type is a variable, a value, "own" (the value that
    was drawn for the slot) or "mean" (another draw).
    """

    coefficient: Fraction
    slot: Any
    type: Any


@dataclass(frozen=True)
class Aim:
    """What is to be made large: sum of cost[c] * x[c], plus a constant."""

    cost: tuple[Fraction, ...]
    constant: Fraction


def lines_of(crowd: Crowd, property: Any) -> list[Line]:
    """A requirement as lines, one for each of its cases; raises BadInput if it is not about interim values alone."""
    if not isinstance(property, ForAll):
        raise BadInput(f"{property.name} is no inequality of expectations, so it has no interim form: {REMEDY}")
    try:
        few = _stand_in(min(crowd.n, FEW), crowd, crowd.values)
        statements = _statements(property, few)
        _check_names(few, statements)
        whole = few
        if crowd.n > FEW:
            if Counter(_statements(property, _stand_in(FEW, crowd, crowd.values[:1]))) != Counter(statements):
                raise Untraceable("it looks at the declared values one by one, which is for at most 3 bidders")
            whole = _stand_in(crowd.n, crowd, crowd.values[:1])
        found: list[Line] = []
        told: set[Hashable] = set()
        for case, margin in _traced(property, whole, first_only=True):
            pieces = _merged(_read(margin, whole))
            key = (frozenset(pieces), margin.constant, tuple(case.distinct))
            if key not in told:
                told.add(key)
                found += _lines(crowd, pieces, exact(margin.constant), case, property.equal)
    except Untraceable as reason:
        raise BadInput(f"{property.name} has no interim form, because {reason}: {REMEDY}") from None
    return found


def aim_of(crowd: Crowd, objective: Objective | None) -> Aim:
    """An objective as an Aim; raises BadInput if it is not about interim values alone."""
    m = len(crowd.values)
    if objective is None:
        return Aim((Fraction(0),) * (2 * m), Fraction(0))
    if objective.combine != "min":
        raise BadInput(
            f"{objective.name} is no expectation: bidders who are alike get the same, so make egalitarian large instead"
        )
    try:
        few = _stand_in(min(crowd.n, FEW), crowd, crowd.values)
        parts = [_names(few, (), part, False) for part in _parts(objective, few)]
        _check_names(few, parts)
        whole = few
        if crowd.n > FEW:
            single = _stand_in(FEW, crowd, crowd.values[:1])
            if [_names(single, (), part, False) for part in _parts(objective, single)] != parts:
                raise Untraceable("it looks at the declared values one by one, which is for at most 3 bidders")
            whole = _stand_in(crowd.n, crowd, crowd.values[:1])
        known: Known = {}
        every = _parts(objective, whole)  # kept, so that no other object takes the place of one that is known
        found = {(frozenset(_merged(_read(part, whole, known))), exact(part.constant)) for part in every}
        if len(found) != 1:
            raise Untraceable("its parts differ from each other")
        pieces, constant = found.pop()
        row = _row(crowd, list(pieces), {})
    except Untraceable as reason:
        raise BadInput(f"{objective.name} has no interim form, because {reason}: {REMEDY}") from None
    return Aim(tuple(row), Fraction(constant))


# -- tracing ----------------------------------------------------------------------------------------------------------


def _stand_in(n: int, crowd: Crowd, values: tuple[Number, ...]) -> Environment:
    """An environment of n such bidders, for expressions only: one unit, no prior and one value say the same there."""
    players = [f"bidder {k + 1}" for k in range(n)]
    return units(dict.fromkeys(players, values), 1, transfers=crowd.transfers, name=crowd.name)


def _statements(property: ForAll, env: Environment) -> list[Any]:
    return [_names(env, case.distinct, margin, property.equal) for case, margin in _traced(property, env)]


def _traced(property: ForAll, env: Environment, first_only: bool = False) -> list[tuple[Case, Expectation]]:
    """The margins of a property's symbolic cases; ``first_only``: those about the first bidder, or about all."""
    found = []
    for case in property.cases(env):
        if first_only and case.player not in ("", env.players[0]):
            continue
        try:
            has, needs = (as_expectation(side) for side in property.sides(AnyRule(), env, case.masked()))
        except BadInput:
            raise
        except (Untraceable, TypeError, KeyError, AttributeError) as error:
            raise Untraceable(str(error)) from error
        margin = has - needs
        found.append((case, unmasked_expectation(margin) if case.variables else margin))
    return found


def _parts(objective: Objective, env: Environment) -> list[Expectation]:
    return [as_expectation(part) for part in objective.parts(AnyRule(), env)]


def _read(expression: Expectation, env: Environment, known: Known | None = None) -> list[tuple[str, Piece]]:
    """The terms of an expression, each with the bidder it is about; raises Untraceable."""
    if expression.highest:
        raise Untraceable("it asks for the best that could happen at a profile")
    seen: Known = {} if known is None else known
    return [_piece(term, env, seen) for term in expression.terms]


def _piece(term: Term, env: Environment, known: Known) -> tuple[str, Piece]:
    part, belief = term.part, term.belief
    if isinstance(part, PaymentOf):
        who, type = part.player, None
    elif isinstance(part, UtilityOf):
        who, type = part.share_of or part.player, part.type
    else:
        raise Untraceable("it asks about more of the outcome than who gets a unit")
    if id(term.reports) not in known:
        known[id(term.reports)] = _not_drawn(belief, env) if belief else set(env.players)
    free = known[id(term.reports)]
    if free is None or free - {who}:
        raise Untraceable("it looks at single profiles of reports, or at what one bidder's report does to another")
    own = term.slots[who]
    drawn = who not in free
    if part is not None and type is not None and is_var(type) and belief is not None and type in belief.bound:
        if drawn and type == own:
            type = "own"
        elif type in [entry for player, entry in term.slots.items() if player != who and is_var(entry)]:
            raise Untraceable("it ties what one bidder gets to the type of another")
        else:
            type = "mean"
    return who, Piece(Fraction(exact(term.coefficient)), None if drawn else own, type)


def _not_drawn(belief: Belief, env: Environment) -> set[str] | None:
    """The players whose reports are not draws of their own; None where two share a draw."""
    bound = set(belief.bound)
    entries = {p: e for p, e in belief.reports.items() if is_var(e) and e in bound}
    if len(set(entries.values())) != len(entries):
        return None
    return set(env.players) - set(entries)


def _merged(pieces: Sequence[tuple[str, Piece]]) -> list[Piece]:
    """The pieces without the bidders' names (in a symmetric rule they do not matter), like ones added."""
    total: dict[tuple[Any, Any], Fraction] = {}
    for _, piece in pieces:
        key = (piece.slot, piece.type)
        total[key] = total.get(key, Fraction(0)) + piece.coefficient
    return [Piece(c, *key) for key, c in total.items() if c]


# -- whether the goal treats the bidders alike ------------------------------------------------------------------------


def _names(env: Environment, pairs: Sequence[tuple[Var, Var]], margin: Expectation, equal: bool) -> Any:
    """What a statement says, with the bidders' names: to be compared with what it says after two change places."""
    total: dict[tuple[Any, ...], Fraction] = {}
    for who, piece in _read(margin, env):
        key = (who, _tag(piece.slot), _tag(piece.type))
        total[key] = total.get(key, Fraction(0)) + piece.coefficient
    distinct = frozenset((_tag(a), _tag(b)) for a, b in pairs)
    return frozenset((k, c) for k, c in total.items() if c), exact(margin.constant), equal, distinct


def _tag(entry: Any) -> Any:
    return ("var", entry.player, entry.mark) if is_var(entry) else entry


def _check_names(env: Environment, statements: list[Any]) -> None:
    """Raise Untraceable if the statements are others after two bidders change places."""
    there = Counter(statements)
    for one, other in itertools.combinations(env.players, 2):
        if Counter(_renamed(s, {one: other, other: one}) for s in statements) != there:
            raise Untraceable("it does not treat the bidders alike")


def _renamed(said: Any, names: dict[str, str]) -> Any:
    if isinstance(said, frozenset):
        return frozenset(_renamed(x, names) for x in said)
    if isinstance(said, tuple):
        return tuple(_renamed(x, names) for x in said)
    return names.get(said, said) if isinstance(said, str) else said


# -- numbers ----------------------------------------------------------------------------------------------------------


def _row(crowd: Crowd, pieces: Sequence[Piece], at: dict[Var, int]) -> list[Fraction]:
    """The pieces as coefficients of all columns, where the variables have the values numbered ``at``."""
    m = len(crowd.values)
    values = [Fraction(exact(v)) for v in crowd.values]
    row = [Fraction(0)] * (2 * m)

    def place(entry: Any) -> int:
        return at[entry] if is_var(entry) else crowd.place(entry)

    for piece in pieces:
        if piece.type is None:
            worth: Any = None
        elif isinstance(piece.type, str):
            mean = sum((v * f for v, f in zip(values, crowd.masses, strict=True)), start=Fraction(0))
            worth = "own" if piece.type == "own" else mean
        else:
            worth = values[place(piece.type)]
        slots = enumerate(crowd.masses) if piece.slot is None else [(place(piece.slot), Fraction(1))]
        for t, f in slots:
            if worth is None:
                row[m + t] += piece.coefficient * f
            else:
                row[t] += piece.coefficient * f * (values[t] if isinstance(worth, str) else worth)
    return row


def _lines(
    crowd: Crowd, pieces: Sequence[Piece], constant: int | Fraction, case: Case, equal: bool
) -> list[Line]:  # fmt: skip
    """The lines of one statement, one for each value of its variables."""
    m = len(crowd.values)
    axes = [v for v in case.variables if any(_holds(piece, v) for piece in pieces)]
    if m ** len(axes) > MOST_LINES:
        raise GameTooLarge(
            f'lines of a requirement in "{crowd.name}"', m ** len(axes), MOST_LINES, "declare fewer values"
        )
    apart = [(axes.index(a), axes.index(b)) for a, b in case.distinct if a in axes and b in axes]
    if all(piece.slot is not None for piece in pieces) and not any(isinstance(p.type, str) for p in pieces):
        return _sparse(crowd, pieces, constant, axes, apart, equal)
    found = []
    for each in itertools.product(range(m), repeat=len(axes)):
        if all(each[a] != each[b] for a, b in apart):
            row = _row(crowd, pieces, dict(zip(axes, each, strict=True)))
            scale = math.lcm(Fraction(constant).denominator, *(c.denominator for c in row))
            columns = tuple(c for c, w in enumerate(row) if w)
            found.append(Line(columns, tuple(int(row[c] * scale) for c in columns), int(-constant * scale), equal))
    return [line for line in found if says(line)]


def _holds(piece: Piece, variable: Var) -> bool:
    """Whether a piece has the variable (asked without comparing it with what is none)."""
    return any(is_var(entry) and entry == variable for entry in (piece.slot, piece.type))


def _sparse(
    crowd: Crowd, pieces: Sequence[Piece], constant: int | Fraction, axes: list[Var], apart: list[tuple[int, int]],
    equal: bool,
) -> list[Line]:  # fmt: skip
    """The lines of pieces at given reports: a few entries each, in integers from the start."""
    m = len(crowd.values)
    values, unit = value_integers(crowd)
    scale = unit * math.lcm(Fraction(constant).denominator, *(p.coefficient.denominator for p in pieces))
    low = int(-constant * scale)
    place: dict[Any, int] = {v: k for k, v in enumerate(axes)}

    def reader(entry: Any) -> Any:  # the number of a variable among the axes, or -1 - place of a value
        return place[entry] if is_var(entry) else -1 - crowd.place(entry)

    plan = []
    for p in pieces:
        whole = int(p.coefficient * scale)
        plan.append(
            (reader(p.slot), None if p.type is None else reader(p.type), whole if p.type is None else whole // unit)
        )
    found = []
    for each in itertools.product(range(m), repeat=len(axes)):
        if any(each[a] == each[b] for a, b in apart):
            continue
        row: dict[int, int] = {}
        for slot, type, c in plan:
            t = each[slot] if slot >= 0 else -1 - slot
            if type is None:
                row[m + t] = row.get(m + t, 0) + c
            else:
                row[t] = row.get(t, 0) + c * values[each[type] if type >= 0 else -1 - type]
        columns = tuple(c for c in sorted(row) if row[c])
        found.append(Line(columns, tuple(row[c] for c in columns), low, equal))
    return [line for line in found if says(line)]


def says(line: Line) -> bool:
    """Whether a line asks anything."""
    return bool(line.columns) or line.low > 0 or (line.equal and line.low != 0)


def value_integers(crowd: Crowd) -> tuple[list[int], int]:
    """The values as integers, and their common denominator."""
    values = [Fraction(exact(v)) for v in crowd.values]
    unit = math.lcm(*(v.denominator for v in values))
    return [v.numerator * (unit // v.denominator) for v in values], unit


def lines_for(crowd: Crowd, goal: Goal) -> list[tuple[Any, list[Line]]]:
    """Each requirement of a goal with its lines."""
    return [(property, lines_of(crowd, property)) for property in goal.require]
