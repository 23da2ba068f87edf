"""Worths: a linear program in what players end up with, in place of what they pay.

With the worth w = u(t, x) - payment as an unknown, that a type does not gain by a lie has two worths and the outcome
after the lie in it, and individual rationality is a bound on one unknown: rows are short, and simplex steps accurate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from ....games.environment import Environment
from ....games.numbers import INT64_SAFE, Array, Number, exact, integers, magnitude, plain
from ....mechanisms.table import Table, pack

BOUND = -1  # the origin of a row that is part of the environment; part j of an objective has the origin -2 - j


@dataclass(frozen=True)
class Sheet:
    """Sparse rows of integers, each ``sum of values * unknowns >= right``, or ``==`` where ``equal``.

    Row r is ``factors[r]`` times the case number ``cases[r]`` of the statement number ``origins[r]``.
    """

    starts: Array
    columns: Array
    values: Array
    right: Array
    equal: Array
    origins: Array
    cases: Array
    factors: Array

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.right)

    @cached_property
    def rows(self) -> Array:
        """The row of each entry."""
        return np.repeat(np.arange(self.size), np.diff(self.starts))

    def only(self, kept: Array) -> Sheet:
        """The rows that are kept (a mask)."""
        lengths = np.diff(self.starts)
        inside = np.repeat(kept, lengths)
        starts = np.concatenate(([0], np.cumsum(lengths[kept]))).astype(np.int64)
        rest = (each[kept] for each in (self.right, self.equal, self.origins, self.cases, self.factors))
        return Sheet(starts, self.columns[inside], self.values[inside], *rest)


def stacked(sheets: list[Sheet]) -> Sheet:
    """The rows of several sheets, one after the other."""
    ends = np.cumsum([0, *(int(s.starts[-1]) for s in sheets)])
    starts = [np.zeros(1, dtype=np.int64), *(s.starts[1:] + end for s, end in zip(sheets, ends, strict=False))]

    def joined(name: str) -> Array:
        return np.concatenate([getattr(s, name) for s in sheets])

    names = ("columns", "values", "right", "equal", "origins", "cases", "factors")
    return Sheet(np.concatenate(starts), *map(joined, names))


@dataclass(frozen=True)
class Worths:
    """Unknown number p * width + k is coordinate k at profile p; from k = dimension on, what each player ends up with.

    Worths are counted in units of 1 / ``scale``. Where values are interdependent payments stay payments.
    """

    env: Environment

    @cached_property
    def width(self) -> int:
        """How many unknowns a profile has."""
        return self.env.space.dimension + (0 if self.env.transfers is None else len(self.env.players))

    @cached_property
    def size(self) -> int:
        """How many unknowns there are."""
        return self.env.n_profiles * self.width

    @cached_property
    def changed(self) -> bool:
        """Whether worths stand in the place of payments."""
        return self.env.transfers is not None and not self.env.interdependent

    @cached_property
    def _scaled(self) -> tuple[list[Array], int]:
        if self.env.interdependent:
            return [], 1
        pairs = [integers(self.env.utilities(player)) for player in self.env.players]
        scale = math.lcm(*(s for _, s in pairs))
        found = []
        for values, s in pairs:
            wide = magnitude(values) * (scale // s) >= INT64_SAFE
            found.append((values.astype(object) if wide else values) * (scale // s))
        return found, scale

    @property
    def utilities(self) -> list[Array]:
        """``u[type, coordinate]`` of each player as integers, over ``scale``."""
        return self._scaled[0]

    @property
    def scale(self) -> int:
        """The denominator of all utilities."""
        return self._scaled[1]

    @cached_property
    def unit(self) -> float:
        """The largest utility, over ``scale``: by it worths are scaled to about 1."""
        return float(max(map(magnitude, self.utilities), default=1) or 1)

    @cached_property
    def places(self) -> Array:
        """``places[player, profile]``: the place of the player's type."""
        return np.indices(self.env.sizes).reshape(len(self.env.players), -1)

    def sheet(
        self, rows: Array, columns: Array, values: Array, right: Array, equal: bool, origin: int, cases: Array,
        factor: int | Fraction = 1,
    ) -> Sheet:  # fmt: skip
        """Rows over coordinates and payments, as rows over coordinates and worths, in lowest terms."""
        n = len(right)
        if self.changed:
            rows, columns, values, scale = self._change(rows, columns, values)
            wide = max(1, magnitude(right)) * scale >= INT64_SAFE
            right, factor = (right.astype(object) if wide else right) * scale, factor * scale
        rows, columns, values = _coalesced(rows, columns, values, self.size + 1)
        starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=n)))).astype(np.int64)
        common = _common(starts, values, right)
        values, right = values // common[rows], right // common
        factors = np.array([Fraction(factor, 1) / int(g) for g in common], dtype=object)
        flags, origins = np.full(n, equal), np.full(n, origin, dtype=np.int64)
        return Sheet(starts, columns, values, right, flags, origins, cases, factors)

    def _change(self, rows: Array, columns: Array, values: Array) -> tuple[Array, Array, Array, int]:
        """Entries with each payment replaced by (utility - worth) / scale, all times the scale."""
        scale, dimension = self.scale, self.env.space.dimension
        bound = magnitude(values) * max(scale, int(max(map(magnitude, self.utilities))))
        values = values.astype(object) if bound >= INT64_SAFE // 64 else values
        profile, offset = columns // self.width, columns % self.width
        paid = (offset >= dimension) & (columns < self.size)
        parts = [(rows[~paid], columns[~paid], values[~paid] * scale), (rows[paid], columns[paid], -values[paid])]
        for i, utilities in enumerate(self.utilities):
            mine = paid & (offset == dimension + i)
            at = profile[mine]
            worth = utilities[self.places[i, at]] * values[mine][:, None]
            where = (at * self.width)[:, None] + np.arange(dimension)
            parts.append((np.repeat(rows[mine], dimension), where.reshape(-1), worth.reshape(-1)))
        r, c, v = (np.concatenate(each) for each in zip(*parts, strict=True))
        return r, c, v, scale

    def bounds_sheet(self) -> Sheet | None:
        """The bounds of payments as rows: what a player pays is what the outcome is worth to her minus her worth."""
        if not self.changed:
            return None
        assert self.env.transfers is not None
        n, players = self.env.n_profiles, len(self.env.players)
        columns = ((np.arange(n) * self.width)[:, None] + self.env.space.dimension + np.arange(players)).reshape(-1)
        count, found = np.arange(len(columns)), []
        for limit, sign in zip(self.env.transfers, (1, -1), strict=True):
            if limit is not None:
                q = Fraction(exact(limit)) * sign
                values = np.full(len(columns), sign * q.denominator, dtype=object)
                right = np.full(len(columns), q.numerator, dtype=object)
                found.append(self.sheet(count, columns, narrow(values), narrow(right), False, BOUND, count))
        return stacked(found) if found else None

    def groups_sheet(self) -> Sheet | None:
        """The groups of the outcome space with several coordinates, as rows."""
        n, found = self.env.n_profiles, []
        for group in self.env.space.groups:
            if len(group.coordinates) > 1:
                sign = 1 if group.exactly else -1
                columns = ((np.arange(n) * self.width)[:, None] + np.array(group.coordinates)).reshape(-1)
                starts = np.arange(n + 1, dtype=np.int64) * len(group.coordinates)
                ones, count = np.full(len(columns), sign, dtype=np.int64), np.arange(n)
                found.append(
                    Sheet(
                        starts, columns, ones, np.full(n, sign, dtype=np.int64), np.full(n, group.exactly),
                        np.full(n, BOUND, dtype=np.int64), count, np.full(n, Fraction(1), dtype=object),
                    )
                )  # fmt: skip
        return stacked(found) if found else None

    def paid(self, z: Any, p: int) -> list[Fraction]:
        """What each player pays at profile p, from exact unknowns."""
        row = z[p * self.width : (p + 1) * self.width]
        dimension = self.env.space.dimension
        found = []
        for i, w in enumerate(row[dimension:]):
            if not self.changed:
                found.append(Fraction(w))
                continue
            utilities = self.utilities[i][self.places[i, p]]
            worth = sum((int(u) * x for u, x in zip(utilities, row[:dimension], strict=True) if x), Fraction(0))
            found.append(Fraction(worth - w) / self.scale)
        return found

    def table(self, z: Any) -> Table:
        """Exact unknowns as a table."""
        dimension, width = self.env.space.dimension, self.width
        points: list[dict[int, Number]] = []
        paid: list[list[Number]] = []
        for p in range(self.env.n_profiles):
            row = z[p * width : p * width + dimension]
            points.append({k: plain(w) for k, w in enumerate(row) if w})
            paid.append([plain(w) for w in self.paid(z, p)])
        return pack(points, None if self.env.transfers is None else paid)

    def with_payments(self, z: Array) -> Array:
        """Float unknowns with payments in the place of worths, ``[profile, unknown]``."""
        x = z[: self.size].reshape(-1, self.width).copy()
        dimension = self.env.space.dimension
        if self.changed:
            for i, utilities in enumerate(self.utilities):
                u = utilities[self.places[i]].astype(np.float64)
                x[:, dimension + i] = ((u * x[:, :dimension]).sum(axis=1) - x[:, dimension + i]) / self.scale
        return x


def narrow(values: Array) -> Array:
    """Integers in int64 where they fit."""
    return values.astype(np.int64) if values.dtype == object and magnitude(values) < INT64_SAFE else values


def _common(starts: Array, values: Array, right: Array) -> Array:
    """The greatest common divisor of each row and its right side, at least 1."""
    common = np.abs(right)
    filled = np.flatnonzero(np.diff(starts))
    if len(filled):
        inner = np.gcd.reduceat(np.abs(values), starts[:-1][filled])
        wide = common.dtype == object or inner.dtype == object
        common = common.astype(object) if wide else common
        common[filled] = np.gcd(common[filled], inner.astype(object) if wide else inner)
    common[common == 0] = 1
    return common


def _coalesced(rows: Array, columns: Array, values: Array, width: int) -> tuple[Array, Array, Array]:
    """Entries sorted by row and column, those of one place added, zeros dropped."""
    if not len(rows):
        return rows, columns, values
    key = rows.astype(np.int64) * width + columns
    order = np.argsort(key, kind="stable")
    key, rows, columns, values = key[order], rows[order], columns[order], values[order]
    first = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1])))
    most = int(np.diff(first, append=len(key)).max())
    if values.dtype != object and magnitude(values) * most >= INT64_SAFE:
        values = values.astype(object)
    summed = np.add.reduceat(values, first)
    keep = summed != 0
    return rows[first][keep], columns[first][keep], summed[keep]
