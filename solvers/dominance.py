"""Dominance: actions that are best, or never best, whatever the others do."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np

from ..games.errors import BadInput, GameTooLarge
from ..games.normal_form import NormalForm
from ..games.numbers import Array
from ..games.profile import Profile
from .pure import LISTED
from .solution import DOMINANT, Elimination, Solution, Strategy, pure
from .two_player import Tableau, positive

CELLS = 2_000_000  # of the payoff table in one linear program


def dominant(game: NormalForm, *, strict: bool = False, limit: int = LISTED) -> Solution:
    """All profiles in which each player's action is at least as good as each of her others whatever the others do.

    With ``strict`` strictly better. Any number of players; exact comparisons.

    >>> from rulewright.games.prisoners_dilemma import prisoners_dilemma
    >>> found = dominant(prisoners_dilemma(), strict=True)
    >>> print(found[0], found[0].strict)
    row: defect; column: defect  (pays row 1, column 1) True
    """
    kept = [dominant_actions(game, player, strict) for player in game.players]
    listed = [pure(game, place, DOMINANT) for place, _ in zip(product(*kept), range(limit), strict=False)]
    count = int(np.prod([len(rows) for rows in kept], dtype=object))
    lacking = [player for player, rows in zip(game.players, kept, strict=True) if not rows]
    why = f"there are {count} such profiles, of which the first {limit} are listed" if count > limit else ""
    if lacking:
        why = f"no action of {' and of '.join(lacking)} is {'strictly ' if strict else ''}dominant"
    method = "every action compared with each other at every profile of the others"
    return Solution(game, "dominant", tuple(listed), count <= limit, method, why)


def dominant_actions(game: NormalForm, player: str, strict: bool = False) -> list[int]:
    """The actions of ``player``, as indices, that are at least as good (``strict``: better) against every profile."""
    i = game.players.index(player)
    payoffs = np.moveaxis(game.payoffs[..., i], i, 0).reshape(game.sizes[i], -1)
    best = payoffs.max(axis=0)
    kept = [k for k, row in enumerate(payoffs) if np.all(row == best)]
    return [] if strict and np.any((payoffs == best).sum(axis=0) > 1) else kept


def rationalizable(game: NormalForm, *, method: str | None = None) -> Solution:
    """What is left when strictly dominated actions are removed, again and again (Bernheim 1984, Pearce 1984).

    ``method`` "mixed" (the same as None) removes what any mixed strategy dominates: with two players exactly
    the rationalizable actions, with more those that are rationalizable when beliefs may be correlated; "pure"
    removes only what one action dominates. Each step in ``eliminated`` carries the dominating strategy and
    checks itself. Raises GameTooLarge when one linear program would have over 2 million entries.

    >>> game = NormalForm("one round", {"ann": "a b c".split(), "bob": "l r".split()},
    ...                   [[[3, 0], [0, 0]], [[0, 0], [3, 0]], [[1, 0], [1, 0]]])
    >>> found = rationalizable(game)
    >>> found.surviving["ann"], str(found.eliminated[0])
    (('a', 'b'), "round 1: ann's c is strictly worse than 1/2 a + 1/2 b")
    """
    if method not in (None, "mixed", "pure"):
        raise BadInput(f'the method is "{method}"; "rationalizable" has the methods "mixed" and "pure"')
    kept = [list(range(size)) for size in game.sizes]
    steps: list[Elimination] = []
    for turn in range(1, sum(game.sizes) + 1):
        remaining = _labels(game, kept)
        block = game.payoffs[np.ix_(*kept)]
        before, count = [list(rows) for rows in kept], len(steps)
        for i, player in enumerate(game.players):
            payoffs = np.moveaxis(block[..., i], i, 0).reshape(len(before[i]), -1)
            for k, weights in dominated(payoffs, mixed=method != "pure").items():
                at = {game.actions[player][before[i][a]]: p for a, p in enumerate(weights)}
                action = game.actions[player][before[i][k]]
                steps.append(Elimination(game, turn, player, action, Strategy(at), remaining))
                kept[i].remove(before[i][k])
        if len(steps) == count:
            break
    how = "iterated removal of actions strictly dominated by "
    how += "another action" if method == "pure" else "mixed strategies, by an exact simplex method"
    why = ""
    if method == "pure":
        why = "actions that only mixed strategies dominate are still in"
    elif len(game.players) > 2:
        why = "with three or more players these are the actions that are rationalizable when beliefs may be correlated"
    return Solution(game, "rationalizable", (), method != "pure", how, why, _labels(game, kept), tuple(steps))


def dominated(payoffs: Array, mixed: bool = True) -> dict[int, tuple[Fraction, ...]]:
    """{strictly dominated action: a strategy that dominates it}, from payoffs[action, profile of the others]."""
    found: dict[int, tuple[Fraction, ...]] = {}
    best = payoffs.max(axis=0)
    for k, row in enumerate(payoffs):
        if np.any(row == best):
            continue
        better = [a for a, other in enumerate(payoffs) if np.all(other > row)]
        if better:
            found[k] = tuple(Fraction(a == better[0]) for a in range(len(payoffs)))
        elif mixed:
            weights = dominator(payoffs, k)
            if weights is not None:
                found[k] = weights
    return found


def dominator(payoffs: Array, action: int) -> tuple[Fraction, ...] | None:
    """A mixed strategy that pays more than ``action`` in every column, or None: the action is best for some belief.

    The action is dominated if and only if the zero-sum game of payoffs[a, s] - payoffs[action, s] has a
    positive value.
    """
    if payoffs.size > CELLS:
        raise GameTooLarge("payoffs in one linear program", payoffs.size, CELLS, 'use method="pure"')
    ints = positive(payoffs)
    gain = ints - ints[action]
    low = 1 - int(gain.min())
    weights = maximin(gain + low)
    worst = min(sum(p * int(x) for p, x in zip(weights, column, strict=True)) for column in gain.T)
    return weights if worst > 0 else None


def maximin(M: Array) -> tuple[Fraction, ...]:
    """The row player's strategy with the largest worst payoff, M a positive integer matrix (Dantzig 1951).

    Maximises the sum of z subject to Mz <= 1 and z >= 0; the dual values are the rows' weights.
    """
    tableau = Tableau(M, maximize=True)
    r = tableau.height
    while True:
        costs = tableau.rows[r, 1:]
        column = 1 + int(np.argmin(costs))
        if costs[column - 1] >= 0:
            duals = tableau.rows[r, 1 : r + 1].tolist()
            return tuple(Fraction(x, sum(duals)) for x in duals)
        tableau.pivot(tableau.leaving(column), column)


def _labels(game: NormalForm, kept: list[list[int]]) -> Profile[tuple[object, ...]]:
    rows = zip(game.actions.items(), kept, strict=True)
    return Profile({player: tuple(labels[k] for k in own) for (player, labels), own in rows})
