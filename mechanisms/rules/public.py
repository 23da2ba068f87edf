"""Public goods: whether to provide something for all, and who pays for it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from ...games.environment import Environment, Type
from ...games.errors import BadInput
from ...games.numbers import Number, exact
from ...games.outcomes import Finite
from ...games.profile import Profile
from ...games.public_projects import BUILD, LEAVE, PROVIDER
from ..rule import mechanism


@mechanism
def clarke_pivot(env: Environment, reports: Profile[Any]) -> Any:
    """Build if that is worth at least 0 to all together; whoever changes the decision pays the harm to the others
    (Clarke 1971; Green and Laffont 1977).

    What the players bear of the project's cost is in their utilities, not in these payments. Ties: build.

    >>> import rulewright as rw
    >>> from rulewright.games.public_projects import public_project
    >>> env = public_project({"ann": (0,), "bob": (1,), "cem": (4,)}, cost=6)
    >>> clarke_pivot(env, {"ann": 0, "bob": 1, "cem": 4})
    ('leave', Profile(ann=1, bob=0, cem=0))
    >>> print(rw.verify(clarke_pivot, env, rw.individually_rational).counterexample)
    ann of type 0 ends up with -1, less than 0 when the others are bob = 1, cem = 4
    """
    if not isinstance(env.space, Finite) or set(env.space.items) != {BUILD, LEAVE}:
        raise BadInput(f'clarke_pivot needs the outcomes "{BUILD}" and "{LEAVE}"; "{env.name}" has others')
    net = {
        p: exact(env.worth_of(p, BUILD, t)) - exact(env.worth_of(p, LEAVE, t))
        for p, t in reports.items()
    }  # fmt: skip
    total = sum(net.values())
    payments: dict[str, Number] = {}
    for player in env.players:
        others = total - net[player]
        payments[player] = max(others, -others) if (others >= 0) != (total >= 0) else 0
    return (BUILD if total >= 0 else LEAVE), Profile(payments)


@mechanism
def shapley_cost_sharing(env: Environment, reports: Profile[Any]) -> Any:
    """Serve the largest set of players of whom each is willing to pay her Shapley share of the set's cost
    (Moulin 1999; Moulin and Shenker 2001).

    Begin with all; whoever values the service at less than her share is dropped, and the shares are computed anew.
    The provider gets what the others pay, which is the cost. Strategyproof if the cost is submodular.

    >>> from rulewright.games.public_projects import airport_cost, service
    >>> env = service({"ann": (1, 2), "bob": (3,)}, airport_cost({"ann": 1, "bob": 2}))
    >>> shapley_cost_sharing(env, {"ann": 1, "bob": 3, "provider": "cost"})
    (('ann', 'bob'), Profile(ann=Fraction(1, 2), bob=Fraction(3, 2), provider=-2))
    """
    users = _users(env)
    served = users
    while True:
        shares = _shapley(env, served, reports[PROVIDER])
        willing = tuple(player for player in served if exact(reports[player]) >= shares[player])
        if willing == served:
            break
        served = willing
    paid: dict[str, Number] = {player: shares.get(player, 0) for player in users}
    return served, Profile({**paid, PROVIDER: -sum(map(exact, paid.values()))})


def _shapley(env: Environment, served: tuple[str, ...], cost: Type) -> dict[str, int | Fraction]:
    """Each player's Shapley value of the cost among those served: her average marginal cost (Shapley 1953)."""
    n = len(served)
    shares: dict[str, int | Fraction] = {player: Fraction(0) for player in served}
    for mask in range(2**n):
        members = tuple(player for k, player in enumerate(served) if mask >> k & 1)
        spent = -exact(env.worth_of(PROVIDER, members, cost))
        s = len(members)
        for player in served:
            if player in members:
                shares[player] += Fraction(spent) / (n * math.comb(n - 1, s - 1))
            else:
                shares[player] -= Fraction(spent) / (n * math.comb(n - 1, s))
    return {player: exact(share) for player, share in shares.items()}


@mechanism
def marginal_cost(env: Environment, reports: Profile[Any]) -> Any:
    """Serve a set of players of the largest worth minus cost (ties: the larger set); each keeps what her presence
    adds to it, and outside money covers the provider's loss (Moulin and Shenker 2001).

    The mechanism of Vickrey, Clarke and Groves for a service: the provider is paid the cost.

    >>> from rulewright.games.public_projects import airport_cost, service
    >>> env = service({"ann": (1, 2), "bob": (3,)}, airport_cost({"ann": 1, "bob": 2}))
    >>> marginal_cost(env, {"ann": 1, "bob": 3, "provider": "cost"})
    (('ann', 'bob'), Profile(ann=0, bob=1, provider=-2))
    """
    users = _users(env)
    surplus = {
        served: sum((exact(reports[player]) for player in served), start=exact(0))
        + exact(env.worth_of(PROVIDER, served, reports[PROVIDER]))
        for served in env.space.items  # type: ignore[attr-defined]
    }
    best = max(surplus, key=lambda served: (surplus[served], len(served)))
    payments: dict[str, Number] = {}
    for player in users:
        without = max(worth for served, worth in surplus.items() if player not in served)
        payments[player] = (exact(reports[player]) if player in best else 0) - (surplus[best] - without)
    return best, Profile({**payments, PROVIDER: env.worth_of(PROVIDER, best, reports[PROVIDER])})


def _users(env: Environment) -> tuple[str, ...]:
    users = tuple(player for player in env.players if player != PROVIDER)
    space = env.space
    if (
        PROVIDER not in env.players
        or not isinstance(space, Finite)
        or users not in space.items
        or () not in space.items
    ):
        raise BadInput(f'cost sharing needs an environment made by service(values, cost); "{env.name}" is none')
    return users


@mechanism
def expected_externality(env: Environment, reports: Profile[Any]) -> Any:
    """The outcome of the largest reported worth (ties: listed first); each gets what her report is expected to bring
    the others, paid in equal parts by the others (d'Aspremont and Gerard-Varet 1979; Arrow 1979).

    Bayesian incentive compatible, efficient and budget balanced at once. Types must be independent. Raises BadInput.

    >>> from rulewright.games.public_projects import public_project
    >>> env = public_project({"ann": (0, 2), "bob": (0, 3)}, cost=2)
    >>> expected_externality(env, {"ann": 0, "bob": 3})
    ('build', Profile(ann=-1, bob=1))
    """
    if len(env.players) < 2:
        raise BadInput("the expected externality is one on others; name at least two players")
    n = len(env.players)
    items = _finite(env).items
    chosen = _best(env, reports)
    brings = {player: _externality(env, player)[reports[player]] for player in env.players}
    total = sum(brings.values(), start=Fraction(0))
    return items[chosen], Profile(
        {player: exact((total - own) / (n - 1) - own) for player, own in brings.items()}
    )  # fmt: skip


def _finite(env: Environment) -> Finite:
    if not isinstance(env.space, Finite):
        raise BadInput("the rule needs a finite list of outcomes")
    return env.space


def _best(env: Environment, types: Mapping[str, Type]) -> int:
    """The place of the first outcome with the largest sum of utilities."""
    rows = [env.utilities(player)[env.position(player, types[player])] for player in env.players]
    sums = [sum((exact(u) for u in column), start=exact(0)) for column in zip(*rows, strict=True)]
    return max(range(len(sums)), key=sums.__getitem__)


@lru_cache(maxsize=32)
def _externality(env: Environment, player: str) -> dict[Type, Fraction]:
    """What each type of a player is expected to bring the others, when they are honest."""
    _independent(env)
    weights = env.conditional(player)
    expected = dict.fromkeys(env.types[player], Fraction(0))
    for profile in env.profiles():
        weight = Fraction(weights.reshape(-1)[env.place(profile)])
        if weight:
            chosen = _finite(env).items[_best(env, profile)]
            others = (exact(env.worth_of(p, chosen, t)) for p, t in profile.items() if p != player)
            expected[profile[player]] += weight * sum(others, start=Fraction(0))
    return expected


def _independent(env: Environment) -> None:
    joint = env.joint
    product: Any = np.ones((), dtype=object)
    for k in range(joint.ndim):
        product = np.multiply.outer(product, joint.sum(axis=tuple(j for j in range(joint.ndim) if j != k)))
    if not (product == joint).all():
        raise BadInput(f'the types in "{env.name}" are correlated; the rule needs an independent prior')
