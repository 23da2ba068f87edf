"""A Bayesian game: types drawn from a prior, actions chosen knowing only one's own type."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from .environment import Environment
from .errors import BadInput, GameTooLarge
from .normal_form import LIMIT, NormalForm
from .numbers import Number, exact
from .profile import Profile
from .show import Shown

Action = Hashable


@dataclass(frozen=True, eq=False, repr=False)
class BayesianGame(Shown):
    """What an environment becomes under a mechanism with messages (Harsanyi 1967).

    ``actions`` maps each player to what she may do, ``payoff(player, actions, types)`` is what she then gets, in
    the numbers of the environment; types and prior are the environment's. Usually made by ``mechanism.induce(env)``.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 3), "bob": (2,)})
    >>> game = rw.mechanisms.second_price.induce(env)
    >>> game.actions["ann"], game.payoff("ann", {"ann": 3, "bob": 2}, {"ann": 3, "bob": 2})
    ((1, 3), 1)
    """

    name: str
    env: Environment
    actions: Mapping[str, tuple[Action, ...]]
    payoff: Callable[[str, Mapping[str, Action], Mapping[str, Any]], Number]

    def __post_init__(self) -> None:
        for player in self.env.players:
            if not self.actions.get(player):
                raise BadInput(f'player "{player}" has no actions in "{self.name}"; give at least one')
        object.__setattr__(self, "actions", Profile({p: tuple(self.actions[p]) for p in self.env.players}))

    @property
    def players(self) -> tuple[str, ...]:
        """The players, in the order of the environment."""
        return self.env.players

    def strategies(self, player: str) -> list[tuple[Action, ...]]:
        """The pure strategies of a player: one action for each of her types, in order."""
        return list(itertools.product(self.actions[player], repeat=len(self.env.types[player])))

    def to_normal_form(self) -> NormalForm:
        """The strategic form: players choose strategies, payoffs are expected under the prior. Raises GameTooLarge.

        >>> import rulewright as rw
        >>> env = rw.games.allocation({"ann": (1, 3), "bob": (2,)})
        >>> game = rw.mechanisms.first_price.induce(env).to_normal_form()
        >>> game.actions["ann"]                         # what she bids with value 1, and with value 3
        ('1, 1', '1, 3', '3, 1', '3, 3')
        """
        sizes = [len(self.actions[p]) ** len(self.env.types[p]) for p in self.players]
        if math.prod(sizes) * self.env.n_profiles > LIMIT:
            raise GameTooLarge(
                "payoffs in the strategic form", math.prod(sizes) * self.env.n_profiles, LIMIT,
                "declare fewer types or messages",
            )  # fmt: skip
        plans = {p: {", ".join(map(str, plan)): plan for plan in self.strategies(p)} for p in self.players}
        if any(len(plans[p]) != size for p, size in zip(self.players, sizes, strict=True)):  # labels that look alike
            plans = {p: {repr(plan): plan for plan in self.strategies(p)} for p in self.players}
        draws = [(exact(self.env.probability(t)), t) for t in self.env.profiles()]

        def payoffs(chosen: Profile[Any]) -> dict[str, Number]:
            total = dict.fromkeys(self.players, exact(0))
            for weight, types in draws:
                played = {p: plans[p][chosen[p]][self.env.position(p, types[p])] for p in self.players}
                for player in self.players:
                    total[player] += weight * exact(self.payoff(player, played, types))
            return dict(total)

        return NormalForm.from_function(self.name, {p: tuple(each) for p, each in plans.items()}, payoffs)

    def __str__(self) -> str:
        return f"{self.name}: {'; '.join(f'{p} chooses among {len(a)}' for p, a in self.actions.items())}"
