"""Public goods: whether to provide something for all, and who pays for it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

import numpy as np

from ...games.environment import Environment, Type
from ...games.errors import BadInput
from ...games.numbers import Number, exact, show
from ...games.outcomes import Finite
from ...games.profile import Profile
from ...games.provision import levels_of
from ...games.public_projects import BUILD, LEAVE, PROVIDER
from ..rule import Mechanism, mechanism


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
def quadratic_funding(env: Environment, reports: Profile[Any]) -> Any:
    """Each player contributes what is best for her, whatever others do, where the fund is the square of the sum of the
    roots of all contributions; the provider, who matches them, pays the rest (Buterin, Hitzig and Weyl 2019).

    The level of the good is the root of the fund, so it must cost its square, and a unit of it is worth t to a player
    of type t: she contributes (t/2)^2, and the level is the sum of all t/2. Efficient if the provider's money counts
    as much as the others'; but coalitions gain by lying. Raises BadInput.

    >>> from rulewright.games.provision import provision
    >>> env = provision({"ann": (2, 4), "bob": (2,)}, {level: level**2 for level in range(4)})
    >>> quadratic_funding(env, {"ann": 4, "bob": 2, "provider": "cost"})
    (3, Profile(ann=4, bob=1, provider=-5))
    """
    cost = levels_of(env)
    users = [player for player in env.players if player != PROVIDER]
    if any(env.worth_of(p, level, reports[p]) != exact(reports[p]) * level for p in users for level in cost):
        raise BadInput(
            f'quadratic funding needs players to whom each unit is worth their type; "{env.name}" has others'
        )
    roots = {p: Fraction(exact(reports[p])) / 2 for p in users}
    level = exact(sum(roots.values()))
    if min(roots.values()) < 0 or cost.get(level) != level**2:
        raise BadInput(
            f'the level {show(level)} is none of "{env.name}" or does not cost its square; declare '
            f"provision(values, {{level: level**2, ...}}) with all sums of half the values"
        )
    paid = {p: exact(root**2) for p, root in roots.items()}
    return level, Profile({**paid, PROVIDER: -sum(paid.values())})


def groves_ledyard(env: Environment, messages: Sequence[Number], penalty: Number = 1) -> Mechanism:
    """The quadratic government: the level is the sum of what all ask to add to it; each pays an equal part of the
    cost, a penalty for asking for more or less than the others do, and gets back what they differ (Groves and Ledyard
    1977).

    Player i pays cost / n + penalty / 2 * ((n - 1) / n * (m_i - mean)^2 - variance), with the mean and the sample
    variance of the others' messages. Every equilibrium in which messages may be any number is efficient if the cost is
    linear, and the payments always cover the cost; but a player can be worse off than without the good. Needs at least
    three players besides the provider. Raises BadInput.

    >>> from rulewright.games.provision import provision
    >>> env = provision({p: (5,) for p in ("ann", "bob", "cem")}, {level: 3 * level for level in range(7)})
    >>> rule = groves_ledyard(env, messages=(0, 1, 2))
    >>> rule.outcome(env, {"ann": 0, "bob": 1, "cem": 2, "provider": "cost"})
    (3, Profile(ann=Fraction(7, 2), bob=2, cem=Fraction(7, 2), provider=-9))
    """
    cost, gamma = levels_of(env), exact(penalty, "the penalty")
    users = tuple(player for player in env.players if player != PROVIDER)
    if len(users) < 3:
        raise BadInput(f'the variance of what others ask for needs three players besides the provider of "{env.name}"')
    asked = tuple(exact(m, "a message") for m in messages)
    for total in {sum(each) for each in itertools.combinations_with_replacement(asked, len(users))}:
        if total not in cost:
            raise BadInput(f'the level {show(total)} can be asked for and is none of "{env.name}"; declare its cost')
    words = "Each pays a part of the cost and a penalty for asking for another amount than the others do."
    every: dict[str, tuple[Hashable, ...]] = {**dict.fromkeys(users, asked), PROVIDER: ("cost",)}
    return Mechanism("Groves-Ledyard", every, partial(_quadratic, users, gamma), words)


def _quadratic(users: tuple[str, ...], gamma: int | Fraction, env: Environment, messages: Mapping[str, Any]) -> Any:
    n = len(users)
    level = exact(sum(exact(messages[p]) for p in users))
    spent = levels_of(env)[level]
    paid: dict[str, Number] = {}
    for player in users:
        others = [exact(messages[p]) for p in users if p != player]
        mean = Fraction(sum(others), n - 1)
        variance = sum((x - mean) ** 2 for x in others) / (n - 2)
        apart = Fraction(n - 1, n) * (exact(messages[player]) - mean) ** 2
        paid[player] = exact(Fraction(spent, n) + Fraction(gamma, 2) * (apart - variance))
    return level, Profile({**paid, PROVIDER: -spent})


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
