"""Rationing: dividing an amount among players with claims on it, or with a favourite share each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import wraps
from typing import Any

from ...games.claims import estate_of
from ...games.environment import Environment
from ...games.errors import BadInput, GameTooLarge
from ...games.numbers import Number, exact, show
from ...games.profile import Profile
from ..decorated import first_paragraph
from ..rule import DirectMechanism, mechanism

Q = int | Fraction
Division = Callable[[Q, Mapping[str, Q]], Mapping[str, Q]]

ORDERS_LIMIT = 50_000


@dataclass(frozen=True, eq=False, repr=False)
class ClaimsRule(DirectMechanism):
    """A way to divide an estate: a direct mechanism where claims are reported, and a plain function of the numbers.

    ``awards(estate, claims)`` is a Profile of exact numbers that sum to the estate, or to all claims if these are
    less.

    >>> talmud.awards(200, {"ann": 100, "bob": 200, "cem": 300})
    Profile(ann=50, bob=75, cem=75)
    """

    divide: Division = lambda _, claims: claims

    def awards(self, estate: Number, claims: Mapping[str, Number]) -> Profile[Q]:
        """What each player is awarded; raises BadInput for a negative number."""
        whole, asked = exact(estate, "the estate"), {p: exact(c, f'the claim of "{p}"') for p, c in claims.items()}
        if whole < 0 or any(c < 0 for c in asked.values()):
            raise BadInput(f"the estate is {show(whole)} and the claims {Profile(asked)}; none may be negative")
        whole = min(whole, exact(sum(asked.values())))
        return Profile({p: exact(x) for p, x in self.divide(whole, asked).items()})

    def shares(self, estate: Number, claims: Mapping[str, Number]) -> Profile[Q]:
        """What each player gets of the whole estate: her award, and an even part of what all claims leave over."""
        awards = self.awards(estate, claims)
        rest = Fraction(exact(estate) - sum(awards.values())) / len(awards)
        return Profile({p: exact(x + rest) for p, x in awards.items()})


def claims_rule(divide: Division) -> ClaimsRule:
    """Make a rule of ``def name(estate, claims)``, called with an estate that is at most the sum of the claims.

    Where the estate exceeds the reported claims, all get their claims and the rest is split evenly.
    """
    name = divide.__name__.replace("_", " ")

    @wraps(divide)
    def function(env: Environment, reports: Profile[Any]) -> Profile[Q]:
        estate = estate_of(env)
        if not all(isinstance(claim, int | float | Fraction) for claim in reports.values()):
            raise BadInput(f'{name} needs claims, which are numbers; the types of "{env.name}" are not')
        return _listed(env, rule.shares(estate, reports), name)

    rule = ClaimsRule(function, name, first_paragraph(divide), divide=divide)
    return rule


def _listed(env: Environment, shares: Profile[Q], name: str) -> Profile[Q]:
    try:
        env.space.point(shares)
    except BadInput:
        raise BadInput(
            f'{name} divides into {shares!r}, which is not listed in "{env.name}"; declare the environment with a '
            f"smaller step, or claims with rules=[...]"
        ) from None
    return shares


@claims_rule
def proportional_awards(estate: Q, claims: Mapping[str, Q]) -> Mapping[str, Q]:
    """Each is awarded the same fraction of her claim (Aristotle; Thomson 2003).

    >>> proportional_awards.awards(200, {"ann": 100, "bob": 200, "cem": 300})
    Profile(ann=Fraction(100, 3), bob=Fraction(200, 3), cem=100)
    """
    total = sum(claims.values())
    return {p: Fraction(c) * estate / total if total else 0 for p, c in claims.items()}


@claims_rule
def constrained_equal_awards(estate: Q, claims: Mapping[str, Q]) -> Mapping[str, Q]:
    """All are awarded the same, but nobody more than her claim (Maimonides; Thomson 2003).

    >>> constrained_equal_awards.awards(400, {"ann": 100, "bob": 200, "cem": 300})
    Profile(ann=100, bob=150, cem=150)
    """
    return _levelled(estate, claims)


@claims_rule
def constrained_equal_losses(estate: Q, claims: Mapping[str, Q]) -> Mapping[str, Q]:
    """All lose the same of their claims, but nobody gets less than nothing (Maimonides; Thomson 2003).

    >>> constrained_equal_losses.awards(200, {"ann": 100, "bob": 200, "cem": 300})
    Profile(ann=0, bob=50, cem=150)
    """
    losses = _levelled(sum(claims.values()) - estate, claims)
    return {p: c - losses[p] for p, c in claims.items()}


@claims_rule
def talmud(estate: Q, claims: Mapping[str, Q]) -> Mapping[str, Q]:
    """Equal awards up to half of each claim, equal losses beyond it (Aumann and Maschler 1985).

    >>> [talmud.awards(estate, {"ann": 100, "bob": 200, "cem": 300}) for estate in (100, 300)]
    [Profile(ann=Fraction(100, 3), bob=Fraction(100, 3), cem=Fraction(100, 3)), Profile(ann=50, bob=100, cem=150)]
    """
    half = {p: Fraction(c, 2) for p, c in claims.items()}
    total = sum(claims.values())
    if 2 * estate <= total:
        return _levelled(estate, half)
    losses = _levelled(total - estate, half)
    return {p: c - losses[p] for p, c in claims.items()}


@claims_rule
def random_arrival(estate: Q, claims: Mapping[str, Q]) -> Mapping[str, Q]:
    """Claimants arrive one after the other and take their claim while it lasts; the average over all orders
    (O'Neill 1982).

    >>> random_arrival.awards(200, {"ann": 100, "bob": 200, "cem": 300})
    Profile(ann=Fraction(100, 3), bob=Fraction(250, 3), cem=Fraction(250, 3))
    """
    orders = math.factorial(len(claims))
    if orders > ORDERS_LIMIT:
        raise GameTooLarge("orders of arrival", orders, ORDERS_LIMIT, "name fewer claimants")
    got = dict.fromkeys(claims, Fraction(0))
    for order in itertools.permutations(claims):
        left = Fraction(estate)
        for player in order:
            taken = min(left, Fraction(claims[player]))
            got[player] += taken
            left -= taken
    return {p: x / orders for p, x in got.items()}


@mechanism
def uniform_rule(env: Environment, reports: Profile[Any]) -> Any:
    """All get their peak, but no more than a common level where too little is there, and no less than a common level
    where too much is there (Benassy 1982; Sprumont 1991).

    >>> from rulewright.games.claims import rationing
    >>> env = rationing({"ann": (1,), "bob": (4,), "cem": (5,)}, amount=6)
    >>> uniform_rule(env, {p: types[0] for p, types in env.types.items()})
    Profile(ann=1, bob=Fraction(5, 2), cem=Fraction(5, 2))
    """
    amount, peaks = _peaks(env, reports, "the uniform rule")
    shares = _levelled(amount, peaks) if sum(peaks.values()) >= amount else _raised(amount, peaks)
    return _listed(env, Profile({p: exact(x) for p, x in shares.items()}), "the uniform rule")


@mechanism
def proportional_rationing(env: Environment, reports: Profile[Any]) -> Any:
    """The amount is divided in proportion to the peaks, evenly if all of these are 0 (Sprumont 1991).

    Pareto efficient, and the rule that the uniform rule is there to replace: who is rationed asks for more.

    >>> from rulewright.games.claims import rationing
    >>> env = rationing({"ann": (1,), "bob": (4,), "cem": (5,)}, amount=6, step=Fraction(1, 5))
    >>> proportional_rationing(env, {p: types[0] for p, types in env.types.items()})
    Profile(ann=Fraction(3, 5), bob=Fraction(12, 5), cem=3)
    """
    amount, peaks = _peaks(env, reports, "proportional rationing")
    total = sum(peaks.values())
    shares = {p: Fraction(x) * amount / total if total else Fraction(amount, len(peaks)) for p, x in peaks.items()}
    return _listed(env, Profile({p: exact(x) for p, x in shares.items()}), "proportional rationing")


@mechanism
def sequential_rationing(env: Environment, reports: Profile[Any]) -> Any:
    """The players, in their order, take their peak while there is so much, and the last takes what is left: the
    simplest sequential allotment rule (Barberà, Jackson and Neme 1997).

    Strategyproof and Pareto efficient as the uniform rule is, but not anonymous.

    >>> from rulewright.games.claims import rationing
    >>> env = rationing({"ann": (1,), "bob": (4,), "cem": (5,)}, amount=6, step=1)
    >>> sequential_rationing(env, {p: types[0] for p, types in env.types.items()})
    Profile(ann=1, bob=4, cem=1)
    """
    left, peaks = _peaks(env, reports, "sequential rationing")
    shares: dict[str, Q] = {}
    for player in env.players[:-1]:
        shares[player] = min(peaks[player], left)
        left -= shares[player]
    return _listed(env, Profile({**shares, env.players[-1]: left}), "sequential rationing")


def _peaks(env: Environment, reports: Profile[Any], name: str) -> tuple[Q, dict[str, Q]]:
    """The amount and the reported peaks."""
    amount = estate_of(env)
    if not all(isinstance(type, tuple) and len(type) == 3 for type in reports.values()):
        raise BadInput(f'{name} needs an environment made by rationing(peaks, amount), not "{env.name}"')
    return amount, {player: exact(type[0]) for player, type in reports.items()}


def _levelled(amount: Q, caps: Mapping[str, Q]) -> dict[str, Q]:
    """``min(cap, level)`` for each player, with the level at which these sum to ``amount`` (at most all caps)."""
    got: dict[str, Q] = {}
    left = Fraction(amount)
    for k, player in enumerate(sorted(caps, key=lambda p: caps[p])):
        got[player] = min(Fraction(caps[player]), left / (len(caps) - k))
        left -= got[player]
    return {player: got[player] for player in caps}


def _raised(amount: Q, floors: Mapping[str, Q]) -> dict[str, Q]:
    """``max(floor, level)`` for each player, with the level at which these sum to ``amount`` (at least all floors)."""
    got: dict[str, Q] = {}
    left = Fraction(amount)
    for k, player in enumerate(sorted(floors, key=lambda p: -floors[p])):
        got[player] = max(Fraction(floors[player]), left / (len(floors) - k))
        left -= got[player]
    return {player: got[player] for player in floors}
