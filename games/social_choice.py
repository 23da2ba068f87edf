"""Social choice beyond one winner: environments whose outcomes are sets of candidates, or rankings of them."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from typing import Any

from .environment import Environment
from .errors import BadInput, GameTooLarge
from .numbers import Number
from .outcomes import Finite, Outcome
from .preferences import Domain, Ranking, voting

CANDIDATE_LIMIT = 6  # 720 rankings, 4,683 with ties, 63 sets


def irresolute(
    voters: Sequence[str],
    candidates: Sequence[str],
    domain: Domain = "all",
    *,
    ties: bool = False,
    name: str = "irresolute voting",
) -> Environment:
    """Voters choose a set of candidates, of whom some tie-breaking not known to them picks the winner (Fishburn 1972).

    A type is a ranking, best first; with ``ties`` it may hold candidates of equal rank, as a tuple in its place:
    ``(("a", "b"), "c")``. An outcome is a tuple of candidates in the order of the list, at least one. Its utility is
    the mean over the set of how many candidates are ranked strictly below: what an even lottery gives. For what holds
    however ties are broken ask ``fishburn_strategyproof``. ``domain`` is as in :func:`voting`, and must be ``"all"``
    with ties. Raises BadInput, GameTooLarge.

    >>> env = irresolute(("ann", "bob"), ("a", "b", "c"), ties=True)
    >>> len(env.types["ann"]), env.types["ann"][2], env.space.items[3]
    (13, ('a', ('b', 'c')), ('a', 'b'))
    >>> env.worth_of("ann", ("a", "b"), ("a", ("b", "c")))
    1
    """
    strict = voting(voters, candidates, domain if not ties else "all")
    candidates = tuple(candidates)
    _guard(candidates)
    if ties and domain != "all":
        raise BadInput('with ties every ranking is a type; leave domain at "all", or ties out')
    types = dict.fromkeys(strict.players, tuple(weak_orders(candidates))) if ties else dict(strict.types)
    sets = [some for k in range(1, len(candidates) + 1) for some in itertools.combinations(candidates, k)]
    return Environment(name, types, Finite(tuple(sets)), mean_below)


def aggregation(
    voters: Sequence[str], candidates: Sequence[str], domain: Domain = "all", *, name: str = "aggregation"
) -> Environment:
    """Voters choose a ranking of the candidates for society; a type is a ranking, best first (Arrow 1951).

    A rule is then a social welfare function. The utility of a ranking is how many pairs it orders as the voter does
    (Kemeny 1959). ``domain`` is as in :func:`voting`. Raises BadInput, GameTooLarge.

    >>> env = aggregation(("ann", "bob"), ("a", "b", "c"))
    >>> len(env.space.items), env.worth_of("ann", ("b", "a", "c"), ("a", "b", "c"))
    (6, 2)
    """
    strict = voting(voters, candidates, domain)
    _guard(tuple(candidates))
    return Environment(name, dict(strict.types), Finite(tuple(itertools.permutations(candidates))), pairs_in_common)


def ranks_below(ranking: Any) -> dict[Any, int]:
    """How many candidates a ranking, with or without ties, places strictly below each.

    >>> ranks_below(("c", ("a", "b")))
    {'c': 2, 'a': 0, 'b': 0}
    """
    groups = [entry if isinstance(entry, tuple) else (entry,) for entry in ranking]
    found: dict[Any, int] = {}
    below = sum(map(len, groups))
    for group in groups:
        below -= len(group)
        found |= dict.fromkeys(group, below)
    return found


def mean_below(player: str, outcome: Outcome, ranking: Any) -> Number:
    """The mean over a set of candidates of how many others are ranked strictly below.

    >>> mean_below("ann", ("a", "b"), ("a", "b", "c"))
    Fraction(3, 2)
    """
    below = ranks_below(ranking)
    mean = Fraction(sum(below[x] for x in outcome), len(outcome))
    return int(mean) if mean.denominator == 1 else mean


def pairs_in_common(player: str, outcome: Outcome, ranking: Any) -> Number:
    """How many pairs of candidates two rankings order in the same way.

    >>> pairs_in_common("ann", ("c", "b", "a"), ("a", "b", "c"))
    0
    """
    return sum(bool(ranking.index(x) < ranking.index(y)) for x, y in itertools.combinations(outcome, 2))


def weak_orders(candidates: Collection[Any]) -> Iterator[Ranking]:
    """All rankings with ties, those who are tied as a tuple in the ranking: 13 of three, 75 of four.

    >>> list(weak_orders("ab"))
    [('a', 'b'), ('b', 'a'), (('a', 'b'),)]
    """
    candidates = tuple(candidates)
    if not candidates:
        yield ()
    for k in range(1, len(candidates) + 1):
        for best in itertools.combinations(candidates, k):
            first = best[0] if k == 1 else best
            for rest in weak_orders([x for x in candidates if x not in best]):
                yield (first, *rest)


def _guard(candidates: tuple[str, ...]) -> None:
    if len(candidates) > CANDIDATE_LIMIT:
        raise GameTooLarge("candidates", len(candidates), CANDIDATE_LIMIT, "declare fewer candidates")
