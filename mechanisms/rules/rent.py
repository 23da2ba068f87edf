"""Rules for rooms and rent: who gets which room at which price."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import Number, exact, number, show
from ...games.profile import Profile
from ...games.rent import rooms_of
from ..rule import DirectMechanism
from .pivoting import maximise


def maximin_rent(total: Number) -> DirectMechanism:
    """The rooms go where they are worth most in total, at prices that sum to the rent and leave no envy; of these, the
    prices with which the player who is worst off has most (Alkan, Demange and Gale 1991; Gal et al. 2017).

    Ties: the assignment listed first; its prices are then unique, and may be negative. Not strategyproof.

    >>> from rulewright.games.rent import rent
    >>> env = rent({"ann": ((700, 300),), "bob": ((600, 400),)}, ("attic", "cellar"))
    >>> maximin_rent(1000)(env, {"ann": (700, 300), "bob": (600, 400)})
    (Profile(ann='attic', bob='cellar'), Profile(ann=650, bob=350))
    """
    rent = number(total, "the rent")
    words = (
        f"Rooms go where they are worth most, at prices without envy that sum to {show(rent)} and are best for who is "
        f"worst off (Alkan, Demange and Gale 1991; Gal et al. 2017)."
    )
    return DirectMechanism(partial(_maximin, rent), f"maximin rent of {show(rent)}", words)


def _maximin(total: Number, env: Environment, reports: Profile[Any]) -> Any:
    rooms = rooms_of(env)
    if env.transfers is None:
        raise BadInput(f'"{env.name}" has no money, and rent is money; declare transfers=(low, high)')
    items: Any = env.space.items  # type: ignore[attr-defined]
    rows = {p: env.utilities(p)[env.position(p, t)] for p, t in reports.items()}
    sums = [sum(map(exact, column)) for column in zip(*rows.values(), strict=True)]
    chosen = items[max(range(len(items)), key=sums.__getitem__)]
    worth = {p: {outcome[p]: exact(u) for outcome, u in zip(items, row, strict=True)} for p, row in rows.items()}
    # no room is cheaper than the average by more than the widest gap between the values of a player, so the unknowns
    # are the prices above that floor and the least utility above what the floor of utilities guarantees
    n = len(rooms)
    widest = max(max(each.values()) - min(each.values()) for each in worth.values())
    floor = Fraction(exact(total), n) - widest
    least = min(each[chosen[p]] for p, each in worth.items()) - floor - n * widest
    constraints: list[list[int]] = []
    right: list[int | Fraction] = []
    for p, own in worth.items():
        mine = rooms.index(chosen[p])
        for r, room in enumerate(rooms):
            if r != mine:  # her room at its price is no worse than another at its own
                constraints.append([(k == mine) - (k == r) for k in range(n)] + [0])
                right.append(own[chosen[p]] - own[room])
        constraints.append([int(k == mine) for k in range(n)] + [1])
        right.append(exact(own[chosen[p]] - floor - least))
    constraints.append([1] * n + [0])
    right.append(n * widest)
    found, _ = maximise([[0] * n + [1]], constraints, right, 1)
    prices = {room: exact(floor + x) for room, x in zip(rooms, found, strict=False)}
    return chosen, Profile({p: prices[chosen[p]] for p in env.players})
