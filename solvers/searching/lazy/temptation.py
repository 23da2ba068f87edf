"""Temptations: which lie gains most for each type, found among all lies at once, and lies as rows of a program."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from ....games.numbers import INT64_SAFE, Array, exact, magnitude
from ....mechanisms.cases import Var, is_var
from ....mechanisms.measures import PaymentOf, UtilityOf
from ...verification.statements import Statement
from ...verification.structure import Lies, lies_of
from .worths import Sheet, Worths

ENTRIES = 2**21  # gains of lies that are looked at together: 16 MB
MOST_NEIGHBOURS = 26
RANKS = 1e-9  # below which a singular value of the utilities counts as none


@dataclass(frozen=True)
class Liars:
    """The lies of one player, against all reports of the others: statement number ``origin``.

    ``at[type, others]`` is the number of the profile; ``factor`` is the statement's coefficient of her own worth.
    """

    space: Worths
    origin: int
    statement: Statement
    lies: Lies
    factor: Fraction

    @cached_property
    def own(self) -> int:
        """The player's number."""
        return self.space.env.players.index(self.lies.player)

    @cached_property
    def at(self) -> Array:
        """The numbers of the profiles, ``[type, others]``."""
        numbers = np.arange(self.space.env.n_profiles).reshape(self.space.env.sizes)
        return np.moveaxis(numbers, self.own, 0).reshape(self.space.env.sizes[self.own], -1)

    @property
    def utilities(self) -> Array:
        """``u[type, coordinate]`` as integers."""
        return self.space.utilities[self.own]

    @cached_property
    def _floats(self) -> Array:
        return self.utilities.astype(np.float64) / self.space.unit

    def tempted(self, z: Array) -> Iterator[tuple[Array, Array, Array, Array]]:
        """Types, others' reports, the best lie and what it gains (in units of the largest utility), block by block."""
        m, count = self.at.shape
        dimension, width = self.space.env.space.dimension, self.space.width
        table = z[: self.space.size].reshape(-1, width)
        step = max(1, ENTRIES // (m * m))
        for first in range(0, count, step):
            points = table[self.at[:, first : first + step].T]  # [others, type, unknown]
            chosen = points[..., :dimension]
            value = np.einsum("otk,tk->ot", chosen, self._floats)
            own = points[..., dimension + self.own] / self.space.unit if self.space.changed else value
            price = value - own
            rows = max(1, ENTRIES // (m * len(points)))
            for start in range(0, m, rows):
                mine = slice(start, start + rows)
                gains = np.matmul(self._floats[mine], chosen.transpose(0, 2, 1))
                gains -= price[:, None, :]
                best = gains.argmax(axis=2)
                gain = np.take_along_axis(gains, best[..., None], axis=2)[..., 0] - own[:, mine]
                others, types = np.indices(best.shape)
                yield types.reshape(-1) + start, others.reshape(-1) + first, best.reshape(-1), gain.reshape(-1)

    def sheet(self, types: Array, lies: Array, others: Array) -> Sheet:
        """Rows: what each type ends up with is at least what she gets by her lie, against the others' reports."""
        space, n = self.space, len(types)
        dimension, width = space.env.space.dimension, space.width
        honest, lying = self.at[types, others] * width, self.at[lies, others] * width
        if 2 * magnitude(self.utilities) >= INT64_SAFE:
            u: Array = self.utilities.astype(object)
        else:
            u = self.utilities
        offsets = np.arange(dimension)
        after = (lying[:, None] + offsets).reshape(-1)
        count = np.arange(n)
        if space.changed:
            mine = dimension + self.own
            ones = np.ones(n, dtype=u.dtype)
            rows = np.concatenate([count, count, np.repeat(count, dimension)])
            columns = np.concatenate([honest + mine, lying + mine, after])
            values = np.concatenate([ones, -ones, (u[lies] - u[types]).reshape(-1)])
        else:
            before = (honest[:, None] + offsets).reshape(-1)
            rows = np.concatenate([np.repeat(count, dimension)] * 2)
            columns = np.concatenate([before, after])
            values = np.concatenate([u[types].reshape(-1), -u[types].reshape(-1)])
        keep = values != 0
        order = np.argsort(rows[keep], kind="stable")
        rows, columns, values = rows[keep][order], columns[keep][order], values[keep][order]
        starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=n)))).astype(np.int64)
        return Sheet(
            starts, columns, values, np.zeros(n, dtype=np.int64), np.zeros(n, dtype=bool),
            np.full(n, self.origin, dtype=np.int64), self.cases(types, lies, others),
            np.full(n, Fraction(space.scale) / self.factor, dtype=object),
        )  # fmt: skip

    def cases(self, types: Array, lies: Array, others: Array) -> Array:
        """The numbers of the cases among all values of the statement's variables."""
        env = self.space.env
        profile = self.at[types, others]
        number = np.zeros(len(types), dtype=np.int64)
        for v in self.statement.case.variables:
            place = lies if v == self.lies.lie else self.space.places[env.players.index(v.player), profile]
            number = number * len(env.types[v.player]) + place
        return number

    def nearest(self) -> tuple[Array, Array]:
        """Pairs of neighbouring types in both directions, which connect all types: (types, lies)."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components
        from scipy.spatial import cKDTree

        m = len(self.utilities)
        ranks = ranked(self._floats)
        k = min(m - 1, 3 ** ranks.shape[1] - 1 if ranks.shape[1] < 4 else MOST_NEIGHBOURS)
        if k <= 0:
            return _connected(m)
        _, found = cKDTree(ranks).query(ranks, k + 1)
        one, other = np.repeat(np.arange(m), k + 1), found.reshape(-1)
        parts, label = connected_components(coo_array((np.ones(len(one)), (one, other)), shape=(m, m)), directed=False)
        if parts > 1:
            heads = np.unique(label, return_index=True)[1]
            one, other = np.append(one, heads[1:]), np.append(other, np.full(parts - 1, heads[0]))
        pairs = np.unique(np.concatenate([one * m + other, other * m + one]))
        types, lies = pairs // m, pairs % m
        return types[types != lies], lies[types != lies]


def _connected(m: int) -> tuple[Array, Array]:
    rest = np.arange(1, m)
    first = np.zeros(m - 1, dtype=np.int64)
    return np.concatenate([rest, first]), np.concatenate([first, rest])


def ranked(utilities: Array) -> Array:
    """Types as points: the ranks of their utilities among all, in as many coordinates as are independent."""
    from scipy.linalg import qr

    moved = utilities - utilities.mean(axis=0)
    if not moved.any():
        return np.zeros((len(utilities), 0))
    _, r, pivots = qr(moved, mode="economic", pivoting=True)
    size = np.abs(np.diag(r))
    chosen = pivots[: int((size > RANKS * size[0]).sum())]
    return np.stack([np.unique(utilities[:, k], return_inverse=True)[1] for k in chosen], axis=1).astype(np.float64)


def liars(space: Worths, number: int, statement: Statement) -> Liars | None:
    """A statement's lies, where it says for each report of each other player that no type gains by one."""
    env, lies = space.env, lies_of(statement)
    if lies is None or (env.transfers is not None and not space.changed):
        return None
    others = {p: Var(p) for p in env.players if p != lies.player}
    honest = [t for t in statement.margin.terms if t.slots[lies.player] == lies.true]
    if any(not is_var(t.slots[p]) or t.slots[p] != v for t in honest for p, v in others.items()):
        return None
    worth = sum((exact(t.coefficient) for t in honest if isinstance(t.part, UtilityOf)), Fraction(0))
    paid = sum((exact(t.coefficient) for t in honest if isinstance(t.part, PaymentOf)), Fraction(0))
    if worth <= 0 or (env.transfers is not None and paid != -worth):
        return None
    if set(statement.case.variables) != {lies.true, lies.lie, *others.values()}:
        return None
    return Liars(space, number, statement, lies, Fraction(worth))


def case_values(space: Worths, statement: Statement, number: int) -> dict[Any, int]:
    """The places of the statement's variables at its case number ``number``."""
    found: dict[Any, int] = {}
    for v in reversed(statement.case.variables):
        number, found[v] = divmod(number, len(space.env.types[v.player]))
    return found


def lie_count(each: Liars) -> int:
    """How many lies there are."""
    m, count = each.at.shape
    return math.prod((m, m - 1, count))
