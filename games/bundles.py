"""Indivisible goods: each good goes whole to one player, and there is no money."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from .environment import Environment, Type
from .errors import BadInput, GameTooLarge
from .numbers import Number, exact, number, show
from .outcomes import Finite, Outcome, swapped
from .profile import Profile

ALLOCATION_LIMIT = 100_000
Bundle = tuple[str, ...]
Worth = Callable[[Type, Bundle], Number]


def bundles(
    values: Mapping[str, Sequence[Any]],
    goods: Sequence[str],
    *,
    worth: Worth | None = None,
    disposal: bool = False,
    prior: Mapping[Any, Any] | None = None,
    name: str = "bundles",
) -> Environment:
    """Goods that cannot be cut, for players who value them privately (Lipton et al. 2004).

    A type is a tuple, one value of at least 0 a good, and a bundle is worth the sum; or with ``worth(type, bundle)``
    whatever that says, which must not fall as the bundle grows. An outcome is a Profile of bundles, which are tuples
    of goods in their order; with ``disposal`` a good may go to nobody. Raises BadInput, GameTooLarge.

    >>> env = bundles({"ann": ((2, 1),), "bob": ((1, 1),)}, ("boat", "car"))
    >>> env.space.items[1], env.utilities("ann").tolist()
    (Profile(ann=('boat',), bob=('car',)), [[3, 2, 1, 0]])
    """
    players, goods = tuple(values), tuple(goods)
    if not goods or len(set(goods)) != len(goods):
        raise BadInput(f"the goods are {goods}; name at least one good, each once")
    owners = len(players) + disposal
    if owners ** len(goods) > ALLOCATION_LIMIT:
        size = owners ** len(goods)
        raise GameTooLarge("allocations", size, ALLOCATION_LIMIT, "declare fewer goods, or divisible shares of them")
    for player, each in values.items():
        for t in each if worth is None else ():
            if not isinstance(t, tuple) or len(t) != len(goods):
                raise BadInput(f'a type of "{player}" is {t!r}; with {len(goods)} goods it is a tuple of as many')
            for v, good in zip(t, goods, strict=True):
                if number(v, f'the value of {good} for "{player}"') < 0:
                    raise BadInput(f'the value of {good} for "{player}" is {show(v)}; values of goods are at least 0')
    items = [
        Profile({p: tuple(g for g, o in zip(goods, owner, strict=True) if o == k) for k, p in enumerate(players)})
        for owner in itertools.product(range(owners), repeat=len(goods))
    ]
    utility = partial(_bundle_worth, partial(_sum, goods) if worth is None else worth)
    return Environment(name, {p: tuple(t) for p, t in values.items()}, Finite(tuple(items), swapped), utility, prior)


def _sum(goods: Bundle, type: Type, bundle: Bundle) -> Number:
    values: Any = type
    total: Number = sum((values[goods.index(good)] for good in bundle), start=0)
    return total


def _bundle_worth(worth: Worth, player: str, outcome: Outcome, type: Type) -> Number:
    return worth(type, outcome[player])


def goods_of(env: Environment) -> Bundle:
    """The goods of an environment of bundles, in their order; raises BadInput if it is none."""
    first = env.space.items[0] if isinstance(env.space, Finite) else None
    if not isinstance(first, Profile) or not all(isinstance(bundle, tuple) for bundle in first.values()):
        raise BadInput(f'indivisible goods are allocated as bundles, and the outcomes of "{env.name}" are none')
    (everything,) = (bundle for player, bundle in first.items() if player == env.players[0])
    return tuple(str(good) for good in everything)


def worth_of_bundle(env: Environment, player: str, type: Type, bundle: Bundle) -> int | Fraction:
    """What a bundle is worth to a player of a type.

    >>> env = bundles({"ann": ((2, 1),), "bob": ((1, 1),)}, ("boat", "car"))
    >>> worth_of_bundle(env, "ann", (2, 1), ("boat",))
    2
    """
    return exact(env.worth_of(player, Profile({player: bundle}), type))
