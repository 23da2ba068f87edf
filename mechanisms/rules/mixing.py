"""Mixing: rules that give each candidate a share, as a probability or of a budget, from approval ballots."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.lottery import Lottery
from ...games.profile import Profile
from .ballots import counting
from .committees import approvals, race


def _shared(env: Environment, reports: Profile[Any]) -> list[frozenset[Any]]:
    """The ballots; raises BadInput unless one candidate is chosen and each voter approves of somebody."""
    ballots = approvals(env, reports)
    if race(env).seats != 1:
        raise BadInput(f'a mixing rule shares out one seat, and "{env.name}" has {race(env).seats}')
    for player, ballot in zip(env.players, ballots, strict=True):
        if not ballot:
            raise BadInput(f'"{player}" approves of nobody; a mixing rule needs ballots with at least one candidate')
    return ballots


def _mixed(env: Environment, shares: dict[Any, Fraction]) -> Any:
    """The lottery with these shares, in the order of the list; an outcome if it is sure."""
    lottery = {x: shares[x] for x in race(env).candidates if shares.get(x)}
    return next(iter(lottery)) if len(lottery) == 1 else Lottery(lottery)


@counting
def utilitarian_mixing(env: Environment, reports: Profile[Any]) -> Any:
    """The candidates whom most voters approve of get equal shares, the others nothing (Bogomolnaia, Moulin and Stong
    2005).

    >>> from rulewright.games.approval import approval
    >>> env = approval(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> utilitarian_mixing(env, {"ann": ("a", "b"), "bob": ("a", "b"), "cem": ("c",)})
    Lottery({'a': 1/2, 'b': 1/2})
    """
    votes = Counter(x for ballot in _shared(env, reports) for x in ballot)
    best = [x for x in votes if votes[x] == max(votes.values())]
    return _mixed(env, dict.fromkeys(best, Fraction(1, len(best))))


@counting
def conditional_utilitarian(env: Environment, reports: Profile[Any]) -> Any:
    """Each of n voters gives her share 1/n, evenly, to those of the candidates she approves of whom most voters
    approve of (Duddy 2015).

    >>> from rulewright.games.approval import approval
    >>> env = approval(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> conditional_utilitarian(env, {"ann": ("a", "b"), "bob": ("a",), "cem": ("c",)})
    Lottery({'a': 2/3, 'c': 1/3})
    """
    ballots = _shared(env, reports)
    votes = Counter(x for ballot in ballots for x in ballot)
    shares: dict[Any, Fraction] = dict.fromkeys(votes, Fraction(0))
    for ballot in ballots:
        top = max(votes[x] for x in ballot)
        best = [x for x in ballot if votes[x] == top]
        for x in best:
            shares[x] += Fraction(1, len(ballots) * len(best))
    return _mixed(env, shares)


@counting
def random_priority(env: Environment, reports: Profile[Any]) -> Any:
    """In an order drawn at random, each voter strikes off those of the candidates left whom she does not approve of,
    unless nobody would be left; those left at the end get equal shares (Bogomolnaia, Moulin and Stong 2005).

    All orders of the voters are equally likely; the lottery is exact.

    >>> from rulewright.games.approval import approval
    >>> env = approval(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> random_priority(env, {"ann": ("a", "b"), "bob": ("a",), "cem": ("c",)})
    Lottery({'a': 2/3, 'c': 1/3})
    """
    ballots = _shared(env, reports)
    chances: dict[tuple[frozenset[int], frozenset[Any]], Fraction]
    chances = {(frozenset(range(len(ballots))), frozenset(race(env).candidates)): Fraction(1)}
    for waiting in range(len(ballots), 0, -1):
        after: dict[tuple[frozenset[int], frozenset[Any]], Fraction] = {}
        for (voters, left), p in chances.items():
            for i in voters:
                state = voters - {i}, (left & ballots[i]) or left
                after[state] = after.get(state, Fraction(0)) + p / waiting
        chances = after
    shares: dict[Any, Fraction] = {}
    for (_, left), p in chances.items():
        for x in left:
            shares[x] = shares.get(x, Fraction(0)) + p / len(left)
    return _mixed(env, shares)
