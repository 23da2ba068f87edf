"""Structure: what makes many cases one, each kind checked exactly before it is used.

* Single crossing: where the utilities of a player are ``a[x] * g[type] + b[x]`` with g rising along her types, a rule
  in which no type gains by reporting a neighbouring type is one in which no type gains by any lie (Myerson 1981;
  Carroll 2012). Both directions of every neighbouring pair are then all the cases there are to look at.
* Anonymity: where the players have the same types and utilities up to their names and the rule's table does not change
  when two players exchange their names, one player against every multiset of the others' types stands for all.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...games.environment import Environment
from ...games.numbers import Array, exact, integers
from ...games.outcomes import Finite
from ...games.profile import Profile
from ...mechanisms.cases import Case, Var, is_var
from ...mechanisms.expectations import Expectation, Term
from ...mechanisms.measures import PaymentOf, RankOf, UtilityOf
from ...mechanisms.table import Table
from .exchange import exchanged, key_of
from .statements import Statement

WORTH_IT = 2**20  # cases below which structure is not looked for
OTHERS = "the others than the first"  # a player that stands for several; no player of an environment is called so
CROSSING = "utilities cross once (checked), so lies to neighbouring types stand for all"
CLASSES = 256  # of outcomes that no player can tell apart, in a lottery written out in full


@dataclass(frozen=True)
class Lies:
    """A statement that nobody of one player's types gains by a lie: which variable is true, which is reported."""

    player: str
    true: Var
    lie: Var


def lies_of(statement: Statement, env: Environment | None = None) -> Lies | None:
    """The lie in a statement of the form u(t, f(t, ...)) >= u(t, f(t', ...)), with t' another type; None for others.

    With ``env``, also where the others' types are drawn, if they are drawn alike whatever hers is.
    """
    case, margin = statement.case, statement.margin
    if statement.property.equal or margin.highest or exact(margin.constant) or len(case.distinct) != 1:
        return None
    true, lie = case.distinct[0]
    player = true.player
    honest: dict[Any, Any] = {}
    lying: dict[Any, Any] = {}
    for term in margin.terms:
        part = term.part
        own_utility = isinstance(part, UtilityOf) and is_var(part.type) and part == UtilityOf(player, true)
        if not (own_utility or (isinstance(part, PaymentOf) and part.player == player)):
            return None
        belief = term.belief
        if belief is not None:
            known = belief.given is not None and belief.given[0] == player and is_var(belief.given[1])
            if env is None or not env.independent or not known or belief.given[1] != true:  # type: ignore[index]
                return None
        said = term.slots[player]
        side = None if not is_var(said) else honest if said == true else lying if said == lie else None
        if side is None or any(v in (true, lie) for p, v in term.slots.items() if p != player and is_var(v)):
            return None
        key = (part, tuple((p, v) for p, v in term.slots.items() if p != player), belief and belief.bound)
        side[key] = side.get(key, 0) + exact(term.coefficient)
    if {key: -c for key, c in lying.items()} != honest:
        return None
    worths = [c for (part, *_), c in honest.items() if isinstance(part, UtilityOf)]
    one_kind = len({part for part, *_ in honest if isinstance(part, UtilityOf)}) == 1
    return Lies(player, true, lie) if one_kind and all(c > 0 for c in worths) else None


def rising_types(env: Environment, player: str) -> list[int] | None:
    """The places of a player's types in the order in which her utilities cross once; None where they do not.

    Exact: the differences of her rows of utilities must be multiples of one row, each type with a multiple of its own.
    """
    if env.interdependent:
        return None
    rows, _ = integers(env.utilities(player))
    steps = rows.astype(object) - rows[0].astype(object)
    moved = [k for k in range(len(rows)) if any(steps[k])]
    if len(moved) != len(rows) - 1:
        return None
    if not moved:
        return [0]
    one = steps[moved[0]]
    at = next(k for k, x in enumerate(one) if x)
    if any(row[k] * one[at] != one[k] * row[at] for row in steps for k in range(len(one))):
        return None
    heights = [row[at] if one[at] > 0 else -row[at] for row in steps]
    if len(set(heights)) != len(heights):
        return None
    return sorted(range(len(rows)), key=heights.__getitem__)


def neighbours(env: Environment, lies: Lies) -> list[dict[Var, int]] | None:
    """A type and a neighbouring type reported, for each pair, in both directions.

    None without single crossing, and where all types are neighbours.
    """
    order = rising_types(env, lies.player)
    if order is None or len(order) < 3:
        return None
    pairs = [*itertools.pairwise(order), *itertools.pairwise(order[::-1])]
    return [{lies.true: a, lies.lie: b} for a, b in sorted(pairs)]


# -- anonymity --------------------------------------------------------------------------------------------------------


def quotient(
    env: Environment, table: Table, statements: list[Statement]
) -> tuple[Environment, Table, Statement] | None:
    """One player, the multisets of the others' types as the types of one other, and the statement that is left.

    None unless the environment, the statements and the table are unchanged (all checked) when players change names.
    """
    first = about_one(env, statements)
    if len(env.players) < 3 or first is None or not _symmetric(env, table):
        return None
    one, *rest = env.players
    m = env.sizes[0]
    others = list(itertools.combinations_with_replacement(range(m), len(rest)))
    base = np.array(others, dtype=np.int64) @ (m ** np.arange(len(rest))[::-1].astype(np.int64))
    at = (np.arange(m)[:, None] * m ** len(rest) + base).reshape(-1)
    paid = None if table.payments is None else np.stack([table.payments_of(0)[at], np.zeros_like(at)], axis=1)
    smaller = Table(table.coordinates[at], table.weights[at], table.scale, paid, table.pay_scale)
    pair = Environment(
        env.name, {one: env.types[one], OTHERS: tuple(range(len(others)))}, env.space, env.utility,
        transfers=env.transfers,
    )  # fmt: skip
    return pair, smaller, told_of_two(first, one)


def about_one(env: Environment, statements: Sequence[Statement]) -> Statement | None:
    """The statement about the first player, where all statements are that one, told of each player in turn."""
    if env.interdependent or len(statements) != len(env.players) or OTHERS in env.types:
        return None
    first = next((s for s in statements if s.case.player == env.players[0]), None)
    return first if first is not None and _alike(env, statements, first) else None


def told_of_two(statement: Statement, one: str) -> Statement:
    """A statement about one player, with all the others as a single one."""

    def two(profile: Profile[Any]) -> Profile[Any]:
        return Profile({one: profile[one], OTHERS: Var(OTHERS)})

    def side(expression: Expectation) -> Expectation:
        terms = tuple(Term(t.coefficient, t.part, two(t.slots)) for t in expression.terms)
        return replace(expression, terms=terms)

    case = statement.case
    reports = None if case.reports is None else two(case.reports)
    small = Case(two(case.types), reports, one, "", case.distinct)
    return Statement(statement.property, small, side(statement.has), side(statement.needs))


def _alike(env: Environment, statements: Sequence[Statement], first: Statement) -> bool:
    """Whether the statements are one, told of each player in turn, that mentions the others by their reports alone."""
    own = env.players[0]
    if any(types != env.types[own] for types in env.types.values()) or first.margin.highest:
        return False
    for term in first.margin.terms:
        part = term.part
        mine = isinstance(part, UtilityOf | RankOf | PaymentOf) and part.player == own
        if not mine or term.belief is not None or getattr(part, "share_of", None) is not None:
            return False
        if any(not is_var(v) or v != Var(p) for p, v in term.slots.items() if p != own):
            return False
    wanted = {key_of(env, first, exchanged(own, player)) for player in env.players}
    return wanted == {key_of(env, s, {}) for s in statements}


def _symmetric(env: Environment, table: Table) -> bool:
    """Whether utilities and table stay what they are when two neighbouring players exchange their names, all pairs."""
    if not isinstance(env.space, Finite):
        return False
    utilities, _ = integers(np.stack([env.utilities(p).astype(object) for p in env.players]))
    columns = [utilities[:, :, k] for k in range(env.space.dimension)]
    index: dict[bytes | tuple[Any, ...], int] = {}
    kind = np.array([index.setdefault(_key(c), len(index)) for c in columns])
    lots = _by_kind(table, kind, len(index))
    if lots is None:
        return False
    n = len(env.players)
    for i in range(n - 1):
        order = [*range(i), i + 1, i, *range(i + 2, n)]
        mirror = [index.get(_key(c[order]), -1) for c in columns]
        if -1 in mirror:
            return False
        swap = np.zeros(len(index), dtype=np.int64)
        swap[kind] = mirror
        if not _exchanged(env, table, lots, swap, i):
            return False
    return True


def _key(column: Array) -> Any:
    return column.tobytes() if column.dtype != object else tuple(column.ravel())


def _by_kind(table: Table, kind: Array, kinds: int) -> Array | None:
    """The table over kinds of outcomes: their number at each profile, or (by lot) the weight of each."""
    if table.sure:
        return np.asarray(kind[table.coordinates[:, 0]])
    if kinds > CLASSES or table.weights.dtype == object or table.coordinates.shape[0] * kinds > 2**26:
        return None
    full = np.zeros((table.coordinates.shape[0], kinds), dtype=np.int64)
    np.add.at(full, (np.arange(len(full))[:, None], kind[table.coordinates]), table.weights)
    return full


def _exchanged(env: Environment, table: Table, lots: Array, swap: Array, i: int) -> bool:
    """Whether players i and i + 1 exchange what they get and pay, and nothing else changes, if they exchange types."""
    shape = (*env.sizes, *lots.shape[1:])
    there = np.swapaxes(lots.reshape(shape), i, i + 1)
    here = swap[lots].reshape(shape) if table.sure else lots[:, np.argsort(swap)].reshape(shape)
    if not np.array_equal(there, here):
        return False
    if table.payments is None:
        return True
    for j in range(len(env.players)):
        mirror = {i: i + 1, i + 1: i}.get(j, j)
        one, other = (table.payments[:, k].reshape(env.sizes) for k in (j, mirror))
        if not np.array_equal(np.swapaxes(one, i, i + 1), other):
            return False
    return True
