"""Divisions: what is asked of pieces of a cake and of shares of divisible goods."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from ...games.cake import Divisions, divisions, show_piece
from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.lottery import Lottery
from ...games.numbers import exact, show
from ...games.outcomes import Outcome, Shares
from ...games.profile import Profile
from ..cases import Case, profiles
from ..property import Finding, examined, told
from ..rules.divisible import own_values


def _chosen(rule: Any, env: Environment, case: Case) -> Iterator[Outcome]:
    """The outcomes that the rule may choose."""
    outcome, _ = rule.result(env, case.reports)
    yield from outcome if isinstance(outcome, Lottery) else (outcome,)


@examined(profiles, "CON")
def connected(rule: Any, env: Environment, case: Case) -> Finding | None:
    """Every player's piece of the cake is one interval, or nothing (Stromquist 1980).

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 3)], "bob": [(2, 2)]})
    >>> bool(rw.verify(rw.mechanisms.cut_and_choose, env, connected))
    True
    >>> print(rw.verify(rw.mechanisms.equal_split, env, connected).counterexample)
    at ann = (1, 3), bob = (2, 2), ann gets [0, 1/4] and [1/2, 3/4], which is in 2 parts
    """
    space = divisions(env)
    for outcome in _chosen(rule, env, case):
        for player, piece in space.division(outcome).items():
            if len(piece) > 1:
                parts = f"{show_piece(piece)}, which is in {len(piece)} parts"
                return Finding(case, -len(piece), -1, f"at {told(case.types)}, {player} gets {parts}", outcome)
    return None


@examined(profiles, "fPE")
def fractionally_pareto_efficient(rule: Any, env: Environment, case: Case) -> Finding | None:
    """No division of the cake or the goods, in whatever fractions, is better for one and worse for none (Varian 1974).

    Asked of what each rule may choose, lotteries outcome by outcome (ex post). What nobody gets counts as waste if
    anybody values it. The sentence names the division that is better. Raises BadInput where players value others'
    shares, or something at less than 0.

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 3)], "bob": [(2, 2)]})
    >>> print(rw.verify(rw.mechanisms.equal_split, env, fractionally_pareto_efficient).counterexample)
    at ann = (1, 3), bob = (2, 2) the rule may choose ann [0, 1/4] and [1/2, 3/4]; bob [1/4, 1/2] and [3/4, 1], and \
ann [1/2, 5/6]; bob [0, 1/2] and [5/6, 1] is no worse for anyone and better for bob: 8/3 instead of 2
    """
    for outcome in _chosen(rule, env, case):
        better = dominating(env, outcome, case.types)
        if better is not None:
            gains = {
                p: (exact(env.worth_of(p, outcome, t)), exact(env.worth_of(p, better, t)))
                for p, t in case.types.items()
            }
            who = next(p for p, (here, there) in gains.items() if there > here)
            here, there = gains[who]
            sentence = (
                f"at {told(case.types)} the rule may choose {outcome}, and {better} is no worse for anyone and better "
                f"for {who}: {show(there)} instead of {show(here)}"
            )
            return Finding(case, here, there, sentence, (outcome, better))
    return None


def dominating(env: Environment, outcome: Outcome, types: Profile[Any]) -> Outcome | None:
    """A division that is better for one and worse for none, or None if there is none (Varian 1974).

    What nobody gets, or who gets it does not value, is given to the first who does. Where nothing is wasted, a
    division is efficient unless some players, in a ring, can each hand on to the next a bit of a cell that is worth no
    less to the next than what she hands on herself, and more to one of them; as much as can be is handed on. Raises
    BadInput where players value others' shares, or something at less than 0.

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 3)], "bob": [(2, 2)]})
    >>> types = rw.Profile({"ann": (1, 3), "bob": (2, 2)})
    >>> print(dominating(env, {"ann": [(0, 0.5)], "bob": [(0.5, 1)]}, types))
    ann [1/2, 2/3]; bob [0, 1/2] and [2/3, 1]
    """
    space = env.space
    if not isinstance(space, Divisions | Shares):
        raise BadInput(f'the outcomes of "{env.name}" are no divisions of a cake or of divisible goods')
    names, m = env.players, (space.dimension - 1) // len(env.players)
    worth = [[Fraction(x) for x in own_values(env, p, types[p])] for p in names]
    point = space.point(outcome)
    has = [[Fraction(exact(point.get(1 + i * m + c, 0))) for c in range(m)] for i in range(len(names))]
    better = _unwasted(has, worth) or _exchanged(has, worth)
    if better is None:
        return None
    return space.outcome({0: 1, **{1 + i * m + c: x for i, each in enumerate(better) for c, x in enumerate(each) if x}})


Amounts = list[list[Fraction]]  # of a player and a cell


def _unwasted(has: Amounts, worth: Amounts) -> Amounts | None:
    """What is worth nothing to who has it, given to the first who values it; None if there is no such thing."""
    after, wasted = [list(each) for each in has], False
    for c in range(len(worth[0])):
        if wanted := [i for i, each in enumerate(worth) if each[c]]:
            held = sum((has[i][c] for i in wanted), Fraction(0))
            if held < 1:
                wasted = True
                for i in range(len(worth)):
                    after[i][c] = has[i][c] if i in wanted else Fraction(0)
                after[wanted[0]][c] += 1 - held
    return after if wasted else None


def _exchanged(has: Amounts, worth: Amounts) -> Amounts | None:
    """Everyone in a ring hands on a bit of a cell, and one gains; None if there is no such ring."""
    n = len(worth)
    # what i loses for each unit that k gains, in the cell of i's where this is least
    price: dict[tuple[int, int], tuple[Fraction, int]] = {}
    for i in range(n):
        for k in range(n):
            ratios = [(worth[i][c] / worth[k][c], c) for c in range(len(worth[i])) if has[i][c] and worth[k][c]]
            if i != k and ratios:
                price[i, k] = min(ratios)
    ring = _ring(n, price)
    if ring is None:
        return None
    steps = [(i, k, price[i, k][1]) for i, k in zip(ring, (*ring[1:], ring[0]), strict=True)]
    amounts = [Fraction(1)]
    for (_, k, c), (_, _, d) in itertools.pairwise(steps):
        amounts.append(amounts[-1] * worth[k][c] / worth[k][d])  # k hands on what is worth to her what she got
    most = min(has[i][c] / x for (i, _, c), x in zip(steps, amounts, strict=True))
    after = [list(each) for each in has]
    for (i, k, c), x in zip(steps, amounts, strict=True):
        after[i][c] -= x * most
        after[k][c] += x * most
    return after


def _ring(n: int, price: dict[tuple[int, int], tuple[Fraction, int]]) -> Sequence[int] | None:
    """Players in a ring along which the product of prices is below 1, by the method of Bellman and Ford."""
    least, before = [Fraction(1)] * n, [-1] * n
    last = -1
    for _ in range(n):
        last = -1
        for (i, k), (ratio, _) in price.items():
            if least[i] * ratio < least[k]:
                least[k], before[k], last = least[i] * ratio, i, k
        if last < 0:
            return None
    for _ in range(n):  # back into the ring
        last = before[last]
    ring = [last]
    while before[ring[-1]] != last:
        ring.append(before[ring[-1]])
    return ring[::-1]
