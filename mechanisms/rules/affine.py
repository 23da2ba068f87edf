"""Affine maximizers: weighted sums of utilities, plus something for the outcome itself, made as large as possible."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput, nearest
from ...games.numbers import Number, exact, show
from ...games.outcomes import Finite, Outcome
from ...games.profile import Profile
from ..rule import DirectMechanism


def affine_maximizer(
    weights: Mapping[str, Number] | None = None, boosts: Mapping[Outcome, Number] | None = None
) -> DirectMechanism:
    """The outcome at which the weighted sum of reported utilities plus the outcome's boost is largest (ties: listed
    first); each player pays what she costs the others and the boosts, divided by her weight (Roberts 1979).

    A player's payment is 1/w_i times (the most that the others' weighted utilities plus a boost can be, minus what
    they are at the outcome chosen). So w_i times what she ends up with is the sum that is made largest, minus
    what does not depend on her report: the truth is best for every real type, by construction; and no type whose
    utilities are at least 0 loses. With weights 1 and boosts 0, which is what is not named, it is the mechanism of
    Vickrey, Clarke and Groves. Raises BadInput.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (2, 3, 5), "bob": (2, 3, 5)})
    >>> reserve = affine_maximizer(boosts={"nobody": 3})
    >>> reserve(env, {"ann": 5, "bob": 2}), reserve(env, {"ann": 2, "bob": 2})
    (('ann', Profile(ann=3, bob=0)), ('nobody', Profile(ann=0, bob=0)))
    >>> affine_maximizer(weights={"ann": 2})(env, {"ann": 3, "bob": 5})
    ('ann', Profile(ann=Fraction(5, 2), bob=0))
    """
    for given, what in ((weights, "weights"), (boosts, "boosts")):
        if given is not None and not isinstance(given, Mapping):
            raise BadInput(f"{what} is {given!r}; it must be a mapping of names to numbers")
    weighed = {player: exact(w, f'the weight of "{player}"') for player, w in (weights or {}).items()}
    boosted = {outcome: exact(b, f"the boost of {outcome!r}") for outcome, b in (boosts or {}).items()}
    for player, w in weighed.items():
        if w <= 0:
            raise BadInput(f'the weight of "{player}" is {show(w)}; weights are positive')
    words = "The weighted sum of reported utilities plus the boost of the outcome is made as large as possible"
    parts = [f"weights {_told(weighed)} (1 of whom is not named)"] if weighed else []
    parts += [f"boosts {_told(boosted)} (0 of what is not named)"] if boosted else []
    words += "; ".join(["", *parts]) + "."
    return DirectMechanism(partial(_affine, weighed, boosted), "affine maximizer", words)


def _told(named: Mapping[Any, int | Fraction]) -> str:
    return ", ".join(f"{thing}: {show(x)}" for thing, x in list(named.items())[:8]) + (", …" if len(named) > 8 else "")


def _affine(
    weights: Mapping[str, int | Fraction],
    boosts: Mapping[Outcome, int | Fraction],
    env: Environment,
    reports: Profile[Any],
) -> Any:
    if not isinstance(env.space, Finite):
        raise BadInput("an affine maximizer needs a finite list of outcomes")
    items = env.space.items
    for player in weights:
        if player not in env.types:
            raise BadInput(f'the affine maximizer weighs "{player}"; {nearest(player, env.types)}')
    for outcome in boosts:
        if outcome not in items:
            raise BadInput(f"the affine maximizer boosts {outcome!r}; {nearest(str(outcome), map(str, items[:20]))}")
    boost = [boosts.get(x, 0) for x in items]
    worths = {p: [weights.get(p, 1) * exact(env.worth_of(p, x, reports[p])) for x in items] for p in env.players}

    def total(players: list[str], k: int) -> Any:
        return sum((worths[p][k] for p in players), start=boost[k])

    everybody = list(env.players)
    chosen = max(range(len(items)), key=lambda k: total(everybody, k))
    payments = {}
    for player in env.players:
        others = [p for p in env.players if p != player]
        without = max(range(len(items)), key=lambda k: total(others, k))
        cost = total(others, without) - total(others, chosen)
        weight = weights.get(player, 1)
        payments[player] = cost if weight == 1 else Fraction(1, 1) / weight * cost
    return items[chosen], Profile(payments)
