"""All Nash equilibria of two players, from the vertices of their best-response polytopes, in exact integers.

Payoffs are shifted to positive integers A, B. Then P = {x >= 0 : Bᵀx <= 1} and Q = {y >= 0 : Ay <= 1} are
bounded, and each point carries labels: row i where x_i = 0 or (Ay)_i = 1, column j where y_j = 0 or
(Bᵀx)_j = 1. A pair of vertices other than (0, 0) that carries every label is, scaled to sum to 1, an equilibrium;
these are exactly the extreme equilibria, and every equilibrium is a convex combination of mutually exchangeable ones
(Mangasarian 1964, Winkels 1979, Jansen 1981; von Stengel 2002). The vertices of a polytope are found by
pivoting from neighbour to neighbour (Avis and Fukuda 1992), with lexicographic ratio tests, under which the
graph of bases is connected even if the polytope is degenerate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..games.errors import BadInput, GameTooLarge
from ..games.normal_form import NormalForm
from ..games.numbers import Array, exact, integers
from .pure import places
from .solution import Equilibrium, Solution, mixed, pure

BASES = 30_000  # bases of one polytope that are visited at most
WORK = 250_000_000  # spent on one polytope at most (entries of a tableau times their length, summed over the pivots)
PIVOTS = 10_000  # of one Lemke-Howson path
NASHPY = 16  # actions of both players together that nashpy's enumeration is asked about

Weights = tuple[tuple[Fraction, ...], tuple[Fraction, ...]]


def nash(game: NormalForm, *, method: str | None = None, limit: int = BASES) -> Solution:
    """All equilibria of a two-player game: the extreme ones, listed completely where that is proved.

    ``method`` None lists the vertices of both best-response polytopes exactly; "nashpy" asks nashpy's vertex
    enumeration (in floats) and makes its answers exact. ``limit`` is the number of bases of each polytope that
    are visited at most; beyond it the answer holds what was found until then, next to pure equilibria and
    Lemke-Howson paths, and is not complete. Raises BadInput unless there are two players (or one).

    >>> swerve = ("swerve", "straight")
    >>> chicken = NormalForm("chicken", {"ann": swerve, "bob": swerve}, [[[6, 6], [2, 7]], [[7, 2], [0, 0]]])
    >>> for found in nash(chicken):
    ...     print(found)
    ann: swerve; bob: straight  (pays ann 2, bob 7)
    ann: straight; bob: swerve  (pays ann 7, bob 2)
    ann: 2/3 swerve + 1/3 straight; bob: 2/3 swerve + 1/3 straight  (pays ann 14/3, bob 14/3)
    """
    two = _two(game, "nash")
    if method == "nashpy":
        return _by_nashpy(game, two)
    if method not in (None, "vertices"):
        raise BadInput(f'the method is "{method}"; "nash" has the methods "vertices" and "nashpy"')
    kept = undominated(two)
    A, B = (positive(two.payoffs[np.ix_(*kept)][..., i]) for i in (0, 1))
    P = vertices(B.T, limit)
    Q = vertices(A, limit, WORK if P.complete else WORK // 4)
    m, n = A.shape
    found = dict.fromkeys(_completely_labelled(P, Q, m, n))
    removed = sum(two.sizes) - m - n
    method = f"all {len(P.masks)} and {len(Q.masks)} vertices of the best-response polytopes, in exact arithmetic"
    if removed:
        method += f", after {removed} strictly dominated action{'s were' if removed > 1 else ' was'} removed"
    complete = P.complete and Q.complete
    why = ""
    if not complete:
        found |= dict.fromkeys(_lemke_howson_paths(A, B))
        method = (
            f"the first {P.bases} and {Q.bases} bases of the best-response polytopes, Lemke-Howson paths and all pure "
            "equilibria, in exact arithmetic"
        )
        why = (
            f"the list may lack mixed equilibria: the best-response polytopes are too large for their vertices to "
            f"be listed within {limit} bases and the bound on the work"
        )
    listed = [_whole(weights, kept, two.sizes) for weights in found]
    if not complete:
        listed += [_units(place, two.sizes) for place in places(two).tolist()]
    if complete:
        method += (
            f"; the {'remaining ' if removed else ''}game is {'non' if _simple(P) and _simple(Q) else ''}degenerate"
        )
        if any(len({weights[i] for weights in found}) < len(found) for i in (0, 1)):
            why = (
                "there are infinitely many equilibria: these are all the extreme ones, and the set of equilibria "
                "is the union of the convex hulls of those that combine freely (maximal Nash subsets)"
            )
    return Solution(game, "nash", _verified(game, listed), complete, method, why)


def one_nash(game: NormalForm, *, method: str | None = None, pivots: int = PIVOTS) -> Solution:
    """One equilibrium of a two-player game by an exact Lemke-Howson path, or a pure one of any number of players.

    ``method`` "lemke howson" or "pure"; None takes a pure one if there is one. A path stops after ``pivots``
    steps (Lemke and Howson 1964; lexicographic, so it cannot cycle).

    >>> pennies = NormalForm("pennies", {"ann": "h t".split(), "bob": "h t".split()},
    ...                      [[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> one_nash(pennies)[0].strategies["ann"]
    Strategy({'h': 1/2, 't': 1/2})
    """
    if method not in (None, "pure", "lemke howson"):
        raise BadInput(f'the method is "{method}"; "one nash" has the methods "pure" and "lemke howson"')
    more = 'there may be others; "nash" asks for all'
    if method != "lemke howson":
        found = places(game)
        if len(found):
            listed = (pure(game, found[0].tolist()),)
            return Solution(game, "one nash", listed, False, "the first pure equilibrium", more)
        if method == "pure" or len(game.players) > 2:
            why = "there is no pure equilibrium"
            if len(game.players) > 2:
                why += "; mixed ones of three or more players are not available yet in this version"
            return Solution(game, "one nash", (), False, "every profile of actions compared with its deviations", why)
    two = _two(game, "one nash")
    A, B = (positive(two.payoffs[..., i]) for i in (0, 1))
    path, _ = lemke_howson(A, B, 0, pivots)
    how = "a Lemke-Howson path in exact arithmetic"
    if path is None:
        return Solution(
            game, "one nash", (), False, how, f"the path was stopped at {pivots} pivots or the bound on the work"
        )
    return Solution(game, "one nash", _verified(game, [path]), False, how, more)


def positive(payoffs: Array) -> Array:
    """Positive integers in which every comparison of expected payoffs comes out as in ``payoffs`` (object array)."""
    ints = integers(payoffs)[0].astype(object)
    ints = ints - ints.min()
    positive: Array = ints // max(int(np.gcd.reduce(ints, axis=None)), 1) + 1
    return positive


def undominated(game: NormalForm) -> tuple[list[int], list[int]]:
    """The actions of two players that survive iterated strict dominance by pure actions: no other is in a support."""
    kept = [list(range(size)) for size in game.sizes]
    while True:
        before = [len(rows) for rows in kept]
        for i in (0, 1):
            block = np.moveaxis(game.payoffs[np.ix_(*kept)][..., i], i, 0)
            worse = [any(np.all(other > own) for other in block) for own in block]
            kept[i] = [k for k, out in zip(kept[i], worse, strict=True) if not out]
        if before == [len(rows) for rows in kept]:
            return kept[0], kept[1]


class Tableau:
    """The polytope {z >= 0 : Mz <= 1} of a positive integer matrix M at one of its bases, in exact integers.

    Columns: 0 is the right-hand side, then a slack for each of the r rows of M, then the variables z. Row k
    states sum of rows[k, c] * v_c = rows[k, 0], all over ``scale`` > 0, where column ``basis[k]`` is the basic
    one. With ``maximize`` the last row carries the reduced costs of the sum of z.
    """

    def __init__(self, M: Array, maximize: bool = False) -> None:
        r, d = M.shape
        self.height, self.width, self.scale, self.work = r, d, 1, 0
        self.rows = np.zeros((r + maximize, 1 + r + d), dtype=object)
        self.rows[:r, 0] = 1
        self.rows[:r, 1 : r + 1] = np.eye(r, dtype=int).astype(object)
        self.rows[:r, r + 1 :] = M
        if maximize:
            self.rows[r, r + 1 :] = -1
        self.basis = list(range(1, r + 1))

    def leaving(self, column: int) -> int:
        """The row whose basic variable leaves when ``column`` enters, by the lexicographic ratio test: one row only."""
        entries = self.rows[: self.height, column].tolist()
        tied = [k for k, x in enumerate(entries) if x > 0]
        c = 0
        while len(tied) > 1:
            best = tied[:1]
            for k in tied[1:]:
                order = self.rows[k, c] * entries[best[0]] - self.rows[best[0], c] * entries[k]
                if order < 0:
                    best = [k]
                elif order == 0:
                    best.append(k)
            tied, c = best, c + 1
        row: int = tied[0]
        return row

    def pivot(self, row: int, column: int) -> None:
        """Let ``column`` enter the basis in ``row`` (integer pivoting: every division is exact)."""
        basic = set(self.basis) - {self.basis[row]}
        free = [c for c in range(self.rows.shape[1]) if c not in basic]  # the other columns are unit vectors
        chosen, entry = self.rows[row, free], self.rows[row, column]
        self.rows[:, free] = (self.rows[:, free] * entry - np.outer(self.rows[:, column], chosen)) // self.scale
        self.rows[row, free] = chosen
        self.basis[row], self.scale = column, entry
        for k, c in enumerate(self.basis):
            self.rows[k, c] = entry
        self.work += self.rows.size * (8 + entry.bit_length() // 32)

    def point(self) -> tuple[int, ...]:
        """The variables z at this basis, times ``scale``."""
        values = [0] * self.width
        for k, column in enumerate(self.basis):
            if column > self.height:
                values[column - self.height - 1] = self.rows[k, 0]
        return tuple(values)

    def zeros(self) -> int:
        """The set of columns that are 0 here, tight constraints and zero variables alike, as bits."""
        mask: int = (1 << (1 + self.height + self.width)) - 2
        for k, column in enumerate(self.basis):
            if self.rows[k, 0]:
                mask &= ~(1 << column)
        return mask


@dataclass(frozen=True)
class Vertices:
    """The vertices of a polytope: ``masks`` maps the set of zero columns to the variables, up to a factor."""

    masks: dict[int, tuple[int, ...]]
    bases: int
    complete: bool
    dimension: int


def vertices(M: Array, limit: int, work: int = WORK) -> Vertices:
    """The vertices of {z >= 0 : Mz <= 1}, M > 0 and integer, from at most ``limit`` bases of its pivot graph."""
    tableau = Tableau(M)
    basis = sum(1 << column for column in tableau.basis)
    seen = {basis}
    masks = {tableau.zeros(): tableau.point()}
    columns = range(1, tableau.rows.shape[1])
    path: list[tuple[Iterator[int], int, int]] = [(iter(columns), -1, -1)]
    while path:
        entering, row, old = path[-1]
        for column in entering:
            if basis >> column & 1:
                continue
            out = tableau.leaving(column)
            neighbour = basis ^ (1 << column) ^ (1 << tableau.basis[out])
            if neighbour in seen:
                continue
            if len(seen) >= limit or tableau.work > work:
                return Vertices(masks, len(seen), False, tableau.width)
            path.append((iter(columns), out, tableau.basis[out]))
            tableau.pivot(out, column)
            seen.add(neighbour)
            basis = neighbour
            mask = tableau.zeros()
            if mask not in masks:
                masks[mask] = tableau.point()
            break
        else:
            path.pop()
            if row >= 0:
                basis ^= (1 << tableau.basis[row]) ^ (1 << old)
                tableau.pivot(row, old)
    return Vertices(masks, len(seen), True, tableau.width)


def _simple(found: Vertices) -> bool:
    """Whether no point has more labels than its polytope has dimensions: the player's part of non-degeneracy."""
    return all(mask.bit_count() == found.dimension for mask in found.masks)


def _completely_labelled(P: Vertices, Q: Vertices, m: int, n: int) -> Iterator[Weights]:
    """The pairs of vertices that carry every label, scaled to probabilities, in the order of their supports."""
    # P has n slacks (labels of columns), then m variables (of rows); Q has m slacks (rows), then n variables.
    one = [((mask >> 1 + n) | (mask >> 1 & (1 << n) - 1) << m, x) for mask, x in P.masks.items() if any(x)]
    other = [(mask >> 1, y) for mask, y in Q.masks.items() if any(y)]
    every, word = (1 << m + n) - 1, (1 << 63) - 1
    shifts = range(0, m + n, 63)
    table = [np.array([labels >> s & word for labels, _ in other], dtype=np.int64) for s in shifts]
    for labels, x in sorted(one, key=lambda pair: pair[0] & (1 << m) - 1):
        missing = every & ~labels
        fits = np.ones(len(other), dtype=bool)
        for s, column in zip(shifts, table, strict=True):
            need = missing >> s & word
            fits &= column & need == need
        for k in np.flatnonzero(fits):
            yield _scaled(x), _scaled(other[k][1])


def _scaled(values: Sequence[int]) -> tuple[Fraction, ...]:
    total = sum(values)
    return tuple(Fraction(x, total) for x in values)


def lemke_howson(
    A: Array, B: Array, label: int, pivots: int = PIVOTS, work: int = 10 * WORK
) -> tuple[Weights | None, int]:
    """The equilibrium at the end of the path that drops ``label`` (rows, then columns), and the work it took.

    None in its place if the path is stopped after ``pivots`` steps or that much ``work``. A and B are the
    players' payoffs as positive integers, both [row, column].
    """
    m, n = A.shape
    sides = (Tableau(B.T), Tableau(A))
    column_of = ([n + 1 + i for i in range(m)] + [1 + j for j in range(n)], list(range(1, 1 + m + n)))
    label_of = tuple({column: k for k, column in enumerate(columns)} for columns in column_of)
    side, entering = (0 if label < m else 1), label
    for _ in range(pivots):
        tableau = sides[side]
        column = column_of[side][entering]
        row = tableau.leaving(column)
        entering = label_of[side][tableau.basis[row]]
        tableau.pivot(row, column)
        if entering == label:
            return (_scaled(sides[0].point()), _scaled(sides[1].point())), sides[0].work + sides[1].work
        if sides[0].work + sides[1].work > work:
            break
        side = 1 - side
    return None, sides[0].work + sides[1].work


def _lemke_howson_paths(A: Array, B: Array) -> Iterator[Weights]:
    """The ends of paths from every label in turn, within a bound on the work."""
    left = WORK // 4
    for label in range(sum(A.shape)):
        found, work = lemke_howson(A, B, label, work=left)
        left -= work
        if found is not None:
            yield found
        if left <= 0:
            return


def _two(game: NormalForm, concept: str) -> NormalForm:
    """The game of two players; one player plays against a second without a choice."""
    if len(game.players) == 1:
        payoffs = np.concatenate([game.payoffs[:, None, :], np.zeros_like(game.payoffs)[:, None, :]], axis=2)
        return NormalForm(game.name, {"player": game.actions[game.players[0]], "nobody": ("",)}, payoffs)
    if len(game.players) > 2:
        raise BadInput(
            f'"{concept}" finds the equilibria of two players and "{game.name}" has {len(game.players)}; '
            '"pure", "one nash", "dominant" and "rationalizable" work for any number'
        )
    return game


def _whole(weights: Weights, kept: tuple[list[int], list[int]], sizes: Sequence[int]) -> Weights:
    """The strategies with zeros for the actions that were removed."""
    full = []
    for row, places_, size in zip(weights, kept, sizes, strict=True):
        given = dict(zip(places_, row, strict=True))
        full.append(tuple(given.get(k, Fraction(0)) for k in range(size)))
    return full[0], full[1]


def _units(place: Sequence[int], sizes: Sequence[int]) -> Weights:
    one, other = (tuple(Fraction(k == at) for k in range(size)) for at, size in zip(place, sizes, strict=True))
    return one, other


def _verified(game: NormalForm, listed: Sequence[Weights]) -> tuple[Equilibrium, ...]:
    """Each distinct candidate as an Equilibrium that passed its own exact check: pure first, then by support."""
    order = sorted(set(listed), key=lambda w: (sum(map(bool, (*w[0], *w[1]))), [-x for x in (*w[0], *w[1])]))
    found = tuple(mixed(game, weights[: len(game.players)]) for weights in order)
    for equilibrium in found:
        if not equilibrium.check():
            raise ArithmeticError(f"not an equilibrium after all: {equilibrium}; this is an error in Rulewright")
    return found


def _by_nashpy(game: NormalForm, two: NormalForm) -> Solution:
    """nashpy's vertex enumeration on payoffs rescaled to [1, 2], each answer made exact and re-verified."""
    if sum(two.sizes) > NASHPY:
        raise GameTooLarge("actions of both players for nashpy", sum(two.sizes), NASHPY, "leave out the method")
    import warnings

    import nashpy
    from scipy.spatial import QhullError

    floats = []
    for i in (0, 1):
        ints = positive(two.payoffs[..., i]) - 1
        top = max(int(ints.max()), 1)
        floats.append(np.array([[1 + x / top for x in row] for row in ints.tolist()], dtype=float))
    lost, why = 0, "nashpy works in floats, which proves nothing about what is missing"
    listed: list[Weights] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for x, y in nashpy.Game(*floats).vertex_enumeration():
                polished = polish(two, x, y)
                if polished is None:
                    lost += 1
                else:
                    listed.append(polished)
    except (QhullError, ValueError) as error:
        why = f"nashpy stopped: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
    if lost:
        why += f"; {lost} of its answers were not equilibria in exact arithmetic and were dropped"
    how = "nashpy's vertex enumeration on payoffs rescaled to [1, 2], each answer solved again in rationals"
    return Solution(game, "nash", _verified(game, listed), False, how, why)


def polish(game: NormalForm, x: Sequence[float], y: Sequence[float], tolerance: float = 1e-7) -> Weights | None:
    """The exact equilibrium near a pair of float strategies, or None.

    Reads off the supports and best responses up to ``tolerance`` and solves those equations in rationals.
    """
    A, B = ([[Fraction(exact(v)) for v in row] for row in game.payoffs[..., i].tolist()] for i in (0, 1))
    columns = [list(column) for column in zip(*B, strict=True)]
    one, other = _polished(columns, x, y, tolerance), _polished(A, y, x, tolerance)
    if one is None or other is None:
        return None
    return (one, other) if all(mixed(game, (one, other)).regret(p) == 0 for p in game.players) else None


def _polished(
    payoffs: list[list[Fraction]], own: Sequence[float], others: Sequence[float], tolerance: float
) -> tuple[Fraction, ...] | None:
    """The strategy on the support of ``own`` that makes the opponent's actions in use (``others``) pay her the same.

    ``payoffs[a][k]`` is the opponent's payoff from her action a against action k.
    """
    import flint

    support = [k for k, p in enumerate(own) if p > tolerance]
    low, high = min(map(min, payoffs)), max(map(max, payoffs))
    pays = [sum(float((row[k] - low) / ((high - low) or 1)) * own[k] for k in support) for row in payoffs]
    best = [a for a, v in enumerate(pays) if v >= max(pays) - tolerance or others[a] > tolerance]
    rows = [[payoffs[a][k] - payoffs[best[0]][k] for k in support] + [Fraction(0)] for a in best[1:]]
    rows.append([Fraction(1)] * (len(support) + 1))
    matrix = flint.fmpq_mat(len(rows), len(support) + 1, [_fmpq(x) for row in rows for x in row])
    reduced, rank = matrix.rref()
    if rank != len(support) or any(reduced[k, k] != 1 for k in range(rank)):
        return None
    solved = [Fraction(int(reduced[k, rank].p), int(reduced[k, rank].q)) for k in range(rank)]
    weights = dict(zip(support, solved, strict=True))
    full = tuple(weights.get(k, Fraction(0)) for k in range(len(own)))
    return full if min(full) >= 0 else None


def _fmpq(value: Fraction) -> Any:
    import flint

    return flint.fmpq(value.numerator, value.denominator)
