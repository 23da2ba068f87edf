"""Provision: how much of something that all use is provided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from .environment import Environment, guard_types
from .errors import BadInput
from .numbers import Number, exact, number
from .outcomes import Finite, Outcome
from .profile import Profile
from .public_projects import PROVIDER

Worth = Callable[[Any, Any], Number]


def provision(
    values: Mapping[str, Sequence[Any]],
    cost: Mapping[Any, Number],
    *,
    worth: Worth | None = None,
    transfers: tuple[Number | None, Number | None] | None = (None, None),
    prior: Mapping[Any, Any] | None = None,
    name: str = "provision",
) -> Environment:
    """A good that all use alike, at one of several levels, whose cost the player ``"provider"`` bears (Samuelson 1954).

    ``cost`` maps each level, which is a number, to what it costs. A type is what a unit of the level is worth to the
    player; with ``worth(type, level)`` the level is worth whatever that says. Raises BadInput.

    >>> env = provision({"ann": (2, 4), "bob": (2,)}, {level: level**2 for level in range(4)})
    >>> env.space.items, env.utilities("ann").tolist(), env.utilities("provider").tolist()
    ((0, 1, 2, 3), [[0, 2, 4, 6], [0, 4, 8, 12]], [[0, -1, -4, -9]])
    """
    guard_types(name, values.values())
    if PROVIDER in values:
        raise BadInput(f'a player is called "{PROVIDER}", who bears the cost; call her something else')
    costs = {exact(level, "a level"): number(c, f"the cost of level {level}") for level, c in cost.items()}
    types: dict[str, tuple[Any, ...]] = {player: tuple(each) for player, each in values.items()}
    if worth is None:
        for player, each in types.items():
            for t in each:
                number(t, f'a value of "{player}"')
    if isinstance(prior, Mapping) and prior and not isinstance(next(iter(prior)), Profile):
        prior = {PROVIDER: {"cost": 1}, **prior}
    space = Finite(tuple(costs), swap=_same)
    utility = partial(_used, costs, worth or _linear)
    return Environment(name, {**types, PROVIDER: ("cost",)}, space, utility, prior, transfers)


def _linear(type: Any, level: Any) -> Number:
    return exact(type) * exact(level)


def _used(costs: Mapping[Any, Number], worth: Worth, player: str, level: Outcome, type: Any) -> Number:
    return -costs[level] if player == PROVIDER else worth(type, level)


def _same(level: Outcome, one: str, other: str) -> Outcome:
    return level


def levels_of(env: Environment) -> dict[int | Fraction, int | Fraction]:
    """The cost of each level; raises BadInput if the environment is none of a public good.

    >>> levels_of(provision({"ann": (2,)}, {0: 0, 1: 5}))
    {0: 0, 1: 5}
    """
    items = env.space.items if isinstance(env.space, Finite) else ("",)
    if PROVIDER not in env.players or not all(isinstance(x, int | Fraction) for x in items):
        raise BadInput(f'the rule needs an environment made by provision(values, cost); "{env.name}" is none')
    (borne,) = env.types[PROVIDER]
    return {exact(level): -exact(env.worth_of(PROVIDER, level, borne)) for level in items}
