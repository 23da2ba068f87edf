"""Rules that compare the candidates two by two: only the majority margins count."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, partial
from math import gcd
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput, GameTooLarge
from ...games.lottery import Lottery
from ...games.numbers import Number, plain
from ...games.profile import Profile
from .ballots import VotingRule, candidates_of, ranking, summing, voting_rule

Margins = Mapping[tuple[Any, Any], int]
KEMENY_LIMIT = 8
LOTTERY_LIMIT = 12


def tournament(choose: Callable[[tuple[Any, ...], Margins], Sequence[Any]]) -> VotingRule:
    """Make a voting rule of ``def rule(candidates, margin)`` that returns all who share the victory, in the order of
    the list; the first of them wins (Fischer, Hudry and Niedermeier 2016).

    ``margin[x, y]`` is how many more voters prefer x to y than y to x. Raises BadInput where nobody wins.

    >>> from rulewright.games.preferences import voting
    >>> @tournament
    ... def unbeaten(candidates, margin):
    ...     "Who loses against nobody wins, or everybody."
    ...     return [x for x in candidates if all(margin[x, y] >= 0 for y in candidates if y != x)] or candidates
    >>> env = voting(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> unbeaten(env, {"ann": ("c", "b", "a"), "bob": ("a", "b", "c"), "cem": ("b", "a", "c")})
    'b'
    """
    return voting_rule(wins, partial(_by_margins, choose), choose.__name__.replace("_", " "), choose)


def _by_margins(choose: Any, env: Environment, total: Sequence[Number]) -> tuple[Any, ...]:
    candidates = candidates_of(env)
    found = choose(candidates, _margins(candidates, total))
    winners = () if isinstance(found, str) or not isinstance(found, Iterable) else tuple(found)
    if not winners or any(x not in candidates for x in winners):
        named = ", ".join(map(str, candidates))
        raise BadInput(f"a tournament returns {found!r}; it must be a list of at least one winner among {named}")
    return winners


def wins(env: Environment, player: str, ballot: Any) -> list[Number]:
    """For each pair of candidates, the earlier listed first: 1 if the ballot ranks the first higher, else -1.

    >>> from rulewright.games.preferences import voting
    >>> wins(voting(("ann",), ("a", "b", "c")), "ann", ("b", "a", "c"))
    [-1, 1, 1]
    """
    candidates = ranking(env, player, ballot)
    place = {x: k for k, x in enumerate(ballot)}
    return [1 if place[x] < place[y] else -1 for x, y in itertools.combinations(candidates, 2)]


def _margins(candidates: tuple[Any, ...], total: Sequence[Number]) -> dict[tuple[Any, Any], int]:
    found: dict[tuple[Any, Any], int] = {}
    for (x, y), m in zip(itertools.combinations(candidates, 2), map(int, total), strict=True):
        found[x, y], found[y, x] = m, -m
    return found


def margins(env: Environment, reports: Mapping[str, Any]) -> dict[tuple[Any, Any], int]:
    """For each ordered pair of candidates how many more voters prefer the first to the second than the other way round.

    >>> from rulewright.games.preferences import voting
    >>> margins(voting(("ann", "bob"), ("a", "b")), {"ann": ("a", "b"), "bob": ("a", "b")})
    {('a', 'b'): 2, ('b', 'a'): -2}
    """
    each = [wins(env, player, reports[player]) for player in env.players]
    return _margins(candidates_of(env), [sum(column) for column in zip(*each, strict=True)])


def _best(candidates: Sequence[Any], score: Callable[[Any], Any]) -> list[Any]:
    scores = {x: score(x) for x in candidates}
    top = max(scores.values())
    return [x for x in candidates if scores[x] == top]


@tournament
def copeland(candidates: tuple[Any, ...], margin: Margins) -> Sequence[Any]:
    """The candidate with most pairwise victories minus pairwise defeats wins (ties: listed first) (Copeland 1951).

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> copeland(env, {"ann": ("a", "b", "c"), "bob": ("b", "a", "c"), "cem": ("c", "b", "a")})
    'b'
    """
    return _best(candidates, lambda x: sum((margin[x, y] > 0) - (margin[x, y] < 0) for y in candidates if y != x))


@tournament
def maximin(candidates: tuple[Any, ...], margin: Margins) -> Sequence[Any]:
    """The candidate whose worst pairwise defeat is smallest wins (ties: listed first) (Simpson 1969; Kramer 1977).

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> maximin(env, {"ann": ("a", "b", "c"), "bob": ("b", "c", "a"), "cem": ("b", "a", "c")})
    'b'
    """
    return _best(candidates, lambda x: min((margin[x, y] for y in candidates if y != x), default=0))


@tournament
def schulze(candidates: tuple[Any, ...], margin: Margins) -> Sequence[Any]:
    """The candidate who has a path of majorities to each other at least as strong as the other's path back wins
    (ties: listed first); a path is as strong as its smallest margin (Schulze 2011).

    >>> from rulewright.games.preferences import voting
    >>> env = voting(tuple("vwxyz"), ("a", "b", "c"))
    >>> cycle = {"v": "abc", "w": "abc", "x": "bca", "y": "bca", "z": "cab"}
    >>> schulze(env, {voter: tuple(ballot) for voter, ballot in cycle.items()})
    'a'
    """
    strength = dict(margin)
    for via in candidates:
        for x in candidates:
            for y in candidates:
                if len({via, x, y}) == 3:
                    strength[x, y] = max(strength[x, y], min(strength[x, via], strength[via, y]))
    return [x for x in candidates if all(strength[x, y] >= strength[y, x] for y in candidates if y != x)]


@tournament
def black(candidates: tuple[Any, ...], margin: Margins) -> Sequence[Any]:
    """The candidate who beats every other two by two wins; if there is none, the one with most Borda points
    (ties: listed first) (Black 1958).

    >>> from rulewright.games.preferences import voting
    >>> env = voting(tuple("vwxyz"), ("a", "b", "c"))
    >>> votes = {"v": "abc", "w": "abc", "x": "abc", "y": "bca", "z": "bca"}  # borda elects b
    >>> black(env, {voter: tuple(ballot) for voter, ballot in votes.items()})
    'a'
    """
    for x in candidates:
        if all(margin[x, y] > 0 for y in candidates if y != x):
            return (x,)
    return _best(candidates, lambda x: sum(margin[x, y] for y in candidates if y != x))


@tournament
def kemeny(candidates: tuple[Any, ...], margin: Margins) -> Sequence[Any]:
    """The first of a ranking that agrees with the voters on as many pairs as possible wins (ties: listed first)
    (Kemeny 1959).

    All m! rankings are looked at; raises GameTooLarge beyond 8 candidates.

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> kemeny(env, {"ann": ("a", "b", "c"), "bob": ("b", "c", "a"), "cem": ("b", "a", "c")})
    'b'
    """
    if len(candidates) > KEMENY_LIMIT:
        raise GameTooLarge("candidates to rank in all ways", len(candidates), KEMENY_LIMIT, "declare fewer candidates")
    agree: dict[Any, int] = {}
    for order in itertools.permutations(candidates):
        score = sum(margin[pair] for pair in itertools.combinations(order, 2))
        agree[order[0]] = max(score, agree.get(order[0], score))
    return _best(candidates, agree.__getitem__)


# -- a lottery that no majority would exchange for another ------------------------------------------------------------


@summing(wins)
def maximal_lotteries(env: Environment, reports: Profile[Any]) -> Any:
    """A lottery such that, against each candidate, the expected majority margin of what is drawn is at least 0: an
    optimal strategy of the game in which two choose a candidate each and the margin is paid (Fishburn 1984).

    Where there are several, as there may be with an even number of voters, the mean of the extreme ones; and then two
    electorates may choose the same, and together another lottery: the theorem that they do not (Brandl, Brandt and
    Seedig 2016) is about the set of all maximal lotteries. Exact. Raises GameTooLarge beyond 12 candidates.

    >>> from rulewright.games.preferences import voting
    >>> env = voting(tuple("vwxyz"), ("a", "b", "c"))
    >>> cycle = {"v": "abc", "w": "abc", "x": "bca", "y": "bca", "z": "cab"}
    >>> maximal_lotteries(env, {voter: tuple(ballot) for voter, ballot in cycle.items()})
    Lottery({'a': 3/5, 'b': 1/5, 'c': 1/5})
    """
    candidates = candidates_of(env)
    if len(candidates) > LOTTERY_LIMIT:
        raise GameTooLarge(
            "candidates of a maximal lottery", len(candidates), LOTTERY_LIMIT, "declare fewer candidates"
        )
    margin = margins(env, reports)
    rows = tuple(tuple(margin.get((x, y), 0) for y in candidates) for x in candidates)
    chances = dict(zip(candidates, _optimal(_reduced(rows)), strict=True))
    sure = next((x for x, p in chances.items() if p == 1), None)
    return sure if sure is not None else Lottery({x: p for x, p in chances.items() if p})


def _reduced(rows: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    """The margins divided by what divides all of them: the same game in other units."""
    unit = gcd(*(x for row in rows for x in row)) or 1
    return tuple(tuple(x // unit for x in row) for row in rows)


@lru_cache(maxsize=2**14)
def _optimal(game: tuple[tuple[int, ...], ...]) -> tuple[Number, ...]:
    """The mean of the extreme optimal strategies of a symmetric game ``game[mine][theirs]``, exactly.

    They are the p >= 0 of sum 1 with p game >= 0: one inequality after the other is imposed on the extreme rays of
    what is left (the double description of Motzkin et al. 1953).

    >>> _optimal(((0, 1, -1), (-1, 0, 1), (1, -1, 0)))
    (Fraction(1, 3), Fraction(1, 3), Fraction(1, 3))
    """
    m = len(game)
    rays = [(tuple(int(i == k) for i in range(m)), frozenset(i for i in range(m) if i != k)) for k in range(m)]
    for column in range(m):
        worth = [sum(p * game[i][column] for i, p in enumerate(ray)) for ray, _ in rays]
        both = list(zip(rays, worth, strict=True))
        kept = [(ray, tight if w else tight | {m + column}) for (ray, tight), w in both if w >= 0]
        for (one, tight_one), up in both:
            for (two, tight_two), down in both:
                if up > 0 > down:
                    shared = tight_one & tight_two
                    others = (tight for ray, tight in rays if ray not in (one, two))
                    if not any(shared <= tight for tight in others):
                        mixed = [a * -down + b * up for a, b in zip(one, two, strict=True)]
                        unit = gcd(*mixed)
                        kept.append((tuple(x // unit for x in mixed), shared | {m + column}))
        rays = kept
    parts = [[Fraction(x, sum(ray)) for x in ray] for ray, _ in rays]
    return tuple(plain(sum(column, Fraction(0)) / len(parts)) for column in zip(*parts, strict=True))
