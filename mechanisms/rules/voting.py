"""Voting: rules that choose one candidate from rankings, by elimination, by the median or by one voter."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import partial
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.lottery import Lottery
from ...games.numbers import Number
from ...games.profile import Profile
from ..decorated import first_paragraph
from ..rule import DirectMechanism
from .ballots import CountingRule, counting, ranking, rankings, summing


def first_place(env: Environment, player: str, ballot: Any) -> list[Number]:
    """1 for the candidate whom a ballot ranks first, 0 for the others, in the order of the list.

    >>> from rulewright.games.preferences import voting
    >>> first_place(voting(("ann",), ("a", "b")), "ann", ("b", "a"))
    [0, 1]
    """
    return [int(x == ballot[0]) for x in ranking(env, player, ballot)]


@counting
def instant_runoff(env: Environment, reports: Profile[Any]) -> Any:
    """The candidate with fewest first places is struck off (ties: listed last), again and again until one is left
    (Zwicker 2016).

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> instant_runoff(env, {"ann": ("a", "b", "c"), "bob": ("b", "c", "a"), "cem": ("c", "b", "a")})
    'b'
    """
    candidates, ballots = rankings(env, reports)
    left = list(candidates)
    while len(left) > 1:
        firsts = Counter(next(x for x in ballot if x in left) for ballot in ballots)
        left.remove(min(reversed(left), key=lambda x: firsts[x]))
    return left[0]


@summing(first_place)
def majority(env: Environment, reports: Profile[Any]) -> Any:
    """Of two candidates the one whom more voters prefer wins (ties: listed first) (May 1952).

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob", "cem"), ("no", "yes"))
    >>> majority(env, {"ann": ("yes", "no"), "bob": ("no", "yes"), "cem": ("yes", "no")})
    'yes'
    """
    candidates, ballots = rankings(env, reports)
    if len(candidates) != 2:
        raise BadInput(f'majority decides between two candidates, and "{env.name}" has {len(candidates)}')
    firsts = Counter(ballot[0] for ballot in ballots)
    return max(candidates, key=lambda x: firsts[x])


@summing(first_place)
def median(env: Environment, reports: Profile[Any]) -> Any:
    """The median of the voters' first choices along the list of candidates wins (an even number: the lower median)
    (Black 1948; Moulin 1980).

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob", "cem"), ("left", "mid", "right"), "single-peaked")
    >>> median(env, {"ann": ("left", "mid", "right"), "bob": ("right", "mid", "left"), "cem": ("mid", "left", "right")})
    'mid'
    """
    candidates, ballots = rankings(env, reports)
    place = {x: k for k, x in enumerate(candidates)}
    peaks = sorted((ballot[0] for ballot in ballots), key=place.__getitem__)
    return peaks[(len(peaks) - 1) // 2]


def dictatorship(player: str) -> DirectMechanism:
    """The rule that chooses what ``player`` ranks first (Gibbard 1973).

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob"), ("a", "b"))
    >>> dictatorship("bob")(env, {"ann": ("a", "b"), "bob": ("b", "a")})
    'b'
    """
    words = first_paragraph(_dictated)
    return CountingRule(partial(_dictated, player), f"dictatorship of {player}", words, counts=partial(_hers, player))


def _dictated(player: str, env: Environment, reports: Profile[Any]) -> Any:
    """The dictator's first choice wins, whatever the others say (Gibbard 1973)."""
    rankings(env, reports)
    return reports[env.player(player)][0]


def _hers(dictator: str, env: Environment, player: str, ballot: Any) -> list[Number]:
    """The place in the list of the first choice of the dictator; nobody else counts."""
    return [ranking(env, player, ballot).index(ballot[0]) if player == dictator else 0]


@summing(first_place)
def random_dictatorship(env: Environment, reports: Profile[Any]) -> Any:
    """A voter is drawn, each with the same probability, and her first choice wins (Gibbard 1977).

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob", "cem"), ("a", "b"))
    >>> random_dictatorship(env, {"ann": ("a", "b"), "bob": ("b", "a"), "cem": ("b", "a")})
    Lottery({'a': 1/3, 'b': 2/3})
    """
    candidates, ballots = rankings(env, reports)
    firsts = Counter(ballot[0] for ballot in ballots)
    return Lottery({x: Fraction(firsts[x], len(ballots)) for x in candidates if firsts[x]})
