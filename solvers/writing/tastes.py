"""Tastes: which of some outcomes a player likes best, by her type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from ...games.environment import Environment
from ...games.numbers import exact
from ...games.outcomes import Outcome
from .answers import label

_KEPT: WeakKeyDictionary[Environment, dict[Any, Any]] = WeakKeyDictionary()


def best(env: Environment, player: str, among: tuple[int, ...]) -> dict[Any, tuple[int, ...]]:
    """For each type the coordinates of the best outcomes among these, made once."""
    kept = _KEPT.setdefault(env, {})
    if (player, among) not in kept:
        kept[player, among] = _best_among(env, player, among)
    found: dict[Any, tuple[int, ...]] = kept[player, among]
    return found


def _best_among(env: Environment, player: str, among: tuple[int, ...]) -> dict[Any, tuple[int, ...]]:
    found = {}
    for t, row in zip(env.types[player], env.utilities(player), strict=True):
        worth = [exact(row[k]) for k in among]
        found[t] = tuple(k for k, w in zip(among, worth, strict=True) if w == max(worth))
    return found


def exact_row(env: Environment, player: str) -> dict[Any, tuple[Any, ...]]:
    """For each type the utilities, made once."""
    kept = _KEPT.setdefault(env, {})
    if player not in kept:
        rows = zip(env.types[player], env.utilities(player), strict=True)
        kept[player] = {t: tuple(map(exact, row)) for t, row in rows}
    found: dict[Any, tuple[Any, ...]] = kept[player]
    return found


def item_at(env: Environment, k: int) -> Outcome:
    """The outcome that is coordinate number k."""
    return env.space.outcome({k: 1})


def names(env: Environment, coordinates: Sequence[int]) -> str:
    """Outcomes, by what they are called."""
    return ", ".join(label(env, k) for k in coordinates)
