"""Scoring rules: each ballot gives points to the candidates by their places, and most points win."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import Number, exact, number, show
from .ballots import VotingRule, candidates_of, ranking, voting_rule

Scores = Sequence[Number] | Callable[[int], Sequence[Number]]


def scoring_rule(scores: Scores, name: str = "scoring rule") -> VotingRule:
    """A candidate gets ``scores[k]`` points from each voter who places her k-th; most points win (ties: listed first)
    (Young 1975).

    ``scores`` is one number a place, the best place first, or a function of the number of candidates that returns
    them. Floats are the rationals they are. Raises BadInput.

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> rule = scoring_rule((5, 3, 0), "medals")
    >>> rule(env, {"ann": ("a", "b", "c"), "bob": ("b", "a", "c"), "cem": ("c", "b", "a")})
    'b'
    """
    given: Any = scores
    if not callable(scores):
        given = tuple(number(x, "a score") for x in scores) if isinstance(scores, Iterable) else ()
        if not given:
            raise BadInput(f"the scores are {scores!r}; give one number a place, or a function of how many there are")
        words = f"A candidate gets {', '.join(map(show, given))} points by her place on each ballot; most points win."
        return voting_rule(partial(_points, given), most, name, words=f"{words} (Young 1975)")
    return voting_rule(partial(_points, scores), most, name, scores)


def _points(scores: Any, env: Environment, player: str, ballot: Any) -> list[Number]:
    """What a ballot gives each candidate, in the order of the list."""
    candidates = ranking(env, player, ballot)
    each = scores(len(candidates)) if callable(scores) else scores
    if len(each) != len(candidates):
        raise BadInput(f'there are {len(each)} scores, and "{env.name}" has {len(candidates)} candidates')
    given = dict(zip(ballot, each, strict=True))
    return [exact(given[x], "a score") for x in candidates]


def most(env: Environment, points: Sequence[Number]) -> tuple[Any, ...]:
    """The candidates with most points, in the order of the list.

    >>> from rulewright.games.preferences import voting
    >>> most(voting(("ann",), ("a", "b", "c")), (1, 2, 2))
    ('b', 'c')
    """
    top = max(points)
    return tuple(x for x, p in zip(candidates_of(env), points, strict=True) if p == top)


def _declared(scores: Callable[[int], Sequence[Number]]) -> VotingRule:
    return scoring_rule(scores, scores.__name__.replace("_", " "))


@_declared
def plurality(m: int) -> Sequence[Number]:
    """The candidate whom most voters rank first wins (ties: listed first) (Zwicker 2016).

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> plurality(env, {"ann": ("c", "a", "b"), "bob": ("c", "b", "a"), "cem": ("a", "b", "c")})
    'c'
    """
    return (1,) + (0,) * (m - 1)


@_declared
def antiplurality(m: int) -> Sequence[Number]:
    """The candidate whom fewest voters rank last wins (ties: listed first) (Zwicker 2016).

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob"), ("a", "b", "c"))
    >>> antiplurality(env, {"ann": ("c", "b", "a"), "bob": ("a", "b", "c")})
    'b'
    """
    return (0,) * (m - 1) + (-1,)


@_declared
def borda(m: int) -> Sequence[Number]:
    """A candidate gets a point from each voter for each other ranked below; most points win (ties: listed first)
    (Borda 1781).

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> borda(env, {"ann": ("a", "b", "c"), "bob": ("a", "b", "c"), "cem": ("b", "c", "a")})
    'a'
    """
    return range(m - 1, -1, -1)


def k_approval(k: int) -> VotingRule:
    """The candidate whom most voters rank among their ``k`` best wins (ties: listed first) (Zwicker 2016).

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob"), ("a", "b", "c"))
    >>> k_approval(2)(env, {"ann": ("a", "c", "b"), "bob": ("b", "c", "a")})
    'c'
    """
    if not isinstance(k, int) or isinstance(k, bool) or k < 1:
        raise BadInput(f"the number of best places is {k!r}; it must be a whole number of at least 1")
    return voting_rule(
        partial(_points, partial(_best_places, k)), most, f"{k}-approval", words=_best_places.__doc__ or ""
    )


def _best_places(k: int, m: int) -> Sequence[Number]:
    """A candidate gets a point from each voter who ranks her among the k best; most points win (Zwicker 2016)."""
    return (1,) * min(k, m) + (0,) * (m - min(k, m))
