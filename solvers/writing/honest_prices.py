"""Honest prices: what a bidder must pay for a chance to win if honesty is to be best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import itemgetter
from typing import Any

import numpy as np

from ...games.environment import Environment
from ...games.lottery import Lottery
from ...games.numbers import Array, exact
from ...games.outcomes import Outcome
from ...games.profile import Profile
from .answers import Choose, chances, types_of


@dataclass(frozen=True)
class HonestPrice:
    """Each pays, for every rise of her chance to win, a report at which it rises (Myerson 1981).

    With ``upper`` the least report that has the higher chance, else the largest that has not (0 where there is none).
    """

    upper: bool

    def __call__(self, choose: Choose, env: Environment, reports: Profile[Any]) -> dict[str, Any]:
        """What each player pays at one profile."""
        return {player: self._of(choose, env, player, reports) for player in env.players}

    def _of(self, choose: Choose, env: Environment, player: str, reports: Profile[Any]) -> int | Fraction:
        total: int | Fraction = 0
        chance: Any = 0
        last: Any = 0
        for t in sorted(types_of(env, player)):
            if t > reports[player]:
                break
            outcome = choose(env, reports | {player: t})
            now = exact(outcome.get(player, 0)) if isinstance(outcome, Lottery) else int(outcome == player)
            if now != chance:
                total += (now - chance) * exact(t if self.upper else last)
                chance = now
            last = t
        return total

    def everywhere(self, env: Environment, outcomes: Sequence[Outcome]) -> Array:
        """``paid[p, i]`` at all profiles, given what is chosen at them."""
        drawn = [chances(x) for x in outcomes]
        paid = np.zeros((env.n_profiles, len(env.players)), dtype=object)
        for i, player in enumerate(env.players):
            order = [k for k, _ in sorted(enumerate(types_of(env, player)), key=itemgetter(1))]
            types = [Fraction(exact(env.types[player][k])) for k in order]
            price = np.array(types if self.upper else [Fraction(0), *types[:-1]], dtype=object)
            chance = np.array([Fraction(exact(each.get(player, 0))) for each in drawn], dtype=object)
            rows = np.moveaxis(chance.reshape(env.sizes), i, -1)[..., order]
            rise = np.concatenate([rows[..., :1], rows[..., 1:] - rows[..., :-1]], axis=-1)
            back = np.empty(len(order), dtype=np.int64)
            back[order] = np.arange(len(order))
            total = np.cumsum(rise * price, axis=-1)[..., back]
            paid[:, i] = np.moveaxis(total, -1, i).reshape(-1)
        return paid
