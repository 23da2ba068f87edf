"""Pure equilibria: profiles of actions at which nobody gains by another action."""

from __future__ import annotations

import numpy as np

from ..games.normal_form import NormalForm
from .solution import Solution, pure

LISTED = 10_000  # equilibria that are listed at most


def pure_equilibria(game: NormalForm, *, limit: int = LISTED) -> Solution:
    """All pure Nash equilibria of any number of players, by comparing every profile with its deviations (Nash 1951).

    Lists them in the order of ``game.profiles()``, at most ``limit`` of them. Work: one comparison for each
    profile and player.

    >>> from rulewright.games.prisoners_dilemma import prisoners_dilemma
    >>> print(pure_equilibria(prisoners_dilemma()))
    "pure" of "prisoner's dilemma": 1 equilibrium, complete
      1. row: defect; column: defect  (pays row 1, column 1)
    Method: every profile of actions compared with each player's other actions.
    """
    found = places(game)
    listed = tuple(pure(game, place) for place in found[:limit].tolist())
    why = ""
    if not len(found):
        why = "at every profile of actions some player gains by another action"
    elif len(found) > limit:
        why = f"there are {len(found)} pure equilibria, of which the first {limit} are listed"
    method = "every profile of actions compared with each player's other actions"
    return Solution(game, "pure", listed, complete=len(found) <= limit, method=method, why=why)


def places(game: NormalForm) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """The pure equilibria as rows of action indices, [equilibrium, player]; comparisons are exact."""
    stable = np.ones(game.sizes, dtype=bool)
    for i in range(len(game.players)):
        payoffs = game.payoffs[..., i]
        stable &= payoffs == payoffs.max(axis=i, keepdims=True)
    return np.argwhere(stable)
