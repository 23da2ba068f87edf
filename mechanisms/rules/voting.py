"""Voting: rules that choose one candidate from rankings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.lottery import Lottery
from ...games.numbers import Number, exact, show
from ...games.outcomes import Finite
from ...games.profile import Profile
from ..cases import Case, anyone, profiles
from ..decorated import first_paragraph
from ..measures import Measure, as_measure
from ..property import Finding, entry_text, examined, for_all, told
from ..rule import DirectMechanism, mechanism

Ballots = list[tuple[Any, ...]]


@mechanism
def plurality(env: Environment, reports: Profile[Any]) -> Any:
    """The candidate whom most voters rank first wins (ties: listed first) (Zwicker 2016).

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> plurality(env, {"ann": ("c", "a", "b"), "bob": ("c", "b", "a"), "cem": ("a", "b", "c")})
    'c'
    """
    candidates, ballots = _election(env, reports)
    firsts = Counter(ballot[0] for ballot in ballots)
    return max(candidates, key=lambda x: firsts[x])


@mechanism
def antiplurality(env: Environment, reports: Profile[Any]) -> Any:
    """The candidate whom fewest voters rank last wins (ties: listed first) (Zwicker 2016).

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob"), ("a", "b", "c"))
    >>> antiplurality(env, {"ann": ("c", "b", "a"), "bob": ("a", "b", "c")})
    'b'
    """
    candidates, ballots = _election(env, reports)
    lasts = Counter(ballot[-1] for ballot in ballots)
    return min(candidates, key=lambda x: lasts[x])


@mechanism
def borda(env: Environment, reports: Profile[Any]) -> Any:
    """A candidate gets a point from each voter for each other ranked below; most points win (ties: listed first)
    (Borda 1781).

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> borda(env, {"ann": ("a", "b", "c"), "bob": ("a", "b", "c"), "cem": ("b", "c", "a")})
    'a'
    """
    candidates, ballots = _election(env, reports)
    below = dict.fromkeys(candidates, 0)
    for ballot in ballots:
        for k, x in enumerate(ballot):
            below[x] -= k
    return max(candidates, key=below.__getitem__)


@mechanism
def copeland(env: Environment, reports: Profile[Any]) -> Any:
    """The candidate with most pairwise victories minus pairwise defeats wins (ties: listed first) (Copeland 1951).

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> copeland(env, {"ann": ("a", "b", "c"), "bob": ("b", "a", "c"), "cem": ("c", "b", "a")})
    'b'
    """
    candidates, ballots = _election(env, reports)
    margin = _margins(candidates, ballots)
    score = {x: sum((margin[x, y] > 0) - (margin[x, y] < 0) for y in candidates if y != x) for x in candidates}
    return max(candidates, key=score.__getitem__)


@mechanism
def instant_runoff(env: Environment, reports: Profile[Any]) -> Any:
    """The candidate with fewest first places is struck off (ties: listed last), again and again until one is left
    (Zwicker 2016).

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> instant_runoff(env, {"ann": ("a", "b", "c"), "bob": ("b", "c", "a"), "cem": ("c", "b", "a")})
    'b'
    """
    candidates, ballots = _election(env, reports)
    left = list(candidates)
    while len(left) > 1:
        firsts = Counter(next(x for x in ballot if x in left) for ballot in ballots)
        left.remove(min(reversed(left), key=lambda x: firsts[x]))
    return left[0]


@mechanism
def majority(env: Environment, reports: Profile[Any]) -> Any:
    """Of two candidates the one whom more voters prefer wins (ties: listed first) (May 1952).

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob", "cem"), ("no", "yes"))
    >>> majority(env, {"ann": ("yes", "no"), "bob": ("no", "yes"), "cem": ("yes", "no")})
    'yes'
    """
    candidates, ballots = _election(env, reports)
    if len(candidates) != 2:
        raise BadInput(f'majority decides between two candidates, and "{env.name}" has {len(candidates)}')
    firsts = Counter(ballot[0] for ballot in ballots)
    return max(candidates, key=lambda x: firsts[x])


@mechanism
def median(env: Environment, reports: Profile[Any]) -> Any:
    """The median of the voters' first choices along the list of candidates wins (an even number: the lower median)
    (Black 1948; Moulin 1980).

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob", "cem"), ("left", "mid", "right"), "single-peaked")
    >>> median(env, {"ann": ("left", "mid", "right"), "bob": ("right", "mid", "left"), "cem": ("mid", "left", "right")})
    'mid'
    """
    candidates, ballots = _election(env, reports)
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

    return DirectMechanism(partial(_dictated, player), f"dictatorship of {player}", first_paragraph(_dictated))


def _dictated(player: str, env: Environment, reports: Profile[Any]) -> Any:
    """The dictator's first choice wins, whatever the others say (Gibbard 1973)."""
    _election(env, reports)
    return reports[env.player(player)][0]


@mechanism
def random_dictatorship(env: Environment, reports: Profile[Any]) -> Any:
    """A voter is drawn, each with the same probability, and her first choice wins (Gibbard 1977).

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob", "cem"), ("a", "b"))
    >>> random_dictatorship(env, {"ann": ("a", "b"), "bob": ("b", "a"), "cem": ("b", "a")})
    Lottery({'a': 1/3, 'b': 2/3})
    """
    candidates, ballots = _election(env, reports)
    firsts = Counter(ballot[0] for ballot in ballots)
    return Lottery({x: Fraction(firsts[x], len(ballots)) for x in candidates if firsts[x]})


def _election(env: Environment, reports: Profile[Any]) -> tuple[tuple[Any, ...], Ballots]:
    """The candidates and the ballots; raises BadInput unless reports are rankings of the outcomes."""
    if not isinstance(env.space, Finite):
        raise BadInput(f'a voting rule needs a finite list of candidates, and "{env.name}" has none')
    candidates, ballots = env.space.items, [reports[player] for player in env.players]
    for player, ballot in zip(env.players, ballots, strict=True):
        if not isinstance(ballot, tuple) or len(ballot) != len(candidates) or set(ballot) != set(candidates):
            raise BadInput(
                f'"{player}" reports {ballot!r}; a voting rule needs rankings of the candidates of "{env.name}"'
            )
    return candidates, ballots


def _margins(candidates: tuple[Any, ...], ballots: Ballots) -> dict[tuple[Any, Any], int]:
    """For each ordered pair how many more voters prefer the first to the second than the other way round."""
    places = [{x: k for k, x in enumerate(ballot)} for ballot in ballots]
    return {
        (x, y): sum(1 if place[x] < place[y] else -1 for place in places)
        for x in candidates
        for y in candidates
        if x != y
    }


# -- what is asked of voting rules ------------------------------------------------------------------------------------


def chance(outcome: Any) -> Measure:
    """Whether an outcome is the one chosen: its expectation is a probability.

    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob"), ("a", "b"))
    >>> random_dictatorship.expect(chance("a"), env, {"ann": ("a", "b"), "bob": ("b", "a")})
    Fraction(1, 2)
    """
    is_chosen: Callable[[Any], Number] = lambda x: int(x == outcome)  # noqa: E731
    return as_measure(is_chosen)


@examined(profiles, "CONDORCET")
def condorcet_consistent(rule: Any, env: Environment, case: Case) -> Finding | None:
    """A candidate who beats every other by a majority of the voters wins for sure (Condorcet 1785).

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> rw.verify(copeland, env, condorcet_consistent).status
    'proved'
    >>> print(rw.verify(dictatorship("ann"), env, condorcet_consistent).counterexample)
    at ann = (a, b, c), bob = (b, a, c), cem = (b, a, c) a majority prefers b to each other candidate, and b wins with \
probability 0
    """
    candidates, ballots = _election(env, case.types)
    margin = _margins(candidates, ballots)
    for x in candidates:
        if all(margin[x, y] > 0 for y in candidates if y != x):
            has = exact(rule.expect(chance(x), env, case.reports))
            if has < 1:
                sentence = (
                    f"at {told(case.types)} a majority prefers {x} to each other candidate, and {x} wins with "
                    f"probability {show(has)}"
                )
                return Finding(case, has, 1, sentence, x)
    return None


@dataclass(frozen=True)
class Lift(Case):
    """A case in which the player's report raises one candidate and leaves the order of the others."""

    candidate: Any = None


def _lifts(env: Environment) -> Iterator[Case]:
    """Every voter, every ranking of hers, every candidate, every ranking of hers that ranks only that one higher."""
    everybody = anyone(env)
    _election(env, Profile({player: env.types[player][0] for player in env.players}))
    for player in env.players:
        for before in env.types[player]:
            for after in env.types[player]:
                x = _lifted(before, after)
                if x is not None:
                    yield Lift(everybody | {player: before}, everybody | {player: after}, player, candidate=x)


def _lifted(before: Any, after: Any) -> Any:
    """The candidate that alone has been raised; None if there is none.

    >>> _lifted(("a", "b", "c"), ("c", "a", "b")), _lifted(("a", "b", "c"), ("c", "b", "a"))
    ('c', None)
    """
    k = next((k for k, (x, y) in enumerate(zip(before, after, strict=True)) if x != y), None)
    if k is None:
        return None
    x = after[k]
    return x if [y for y in before if y != x] == [y for y in after if y != x] else None


def _fell(rule: Any, env: Environment, case: Any, has: Number, needs: Number) -> str:
    before, after = entry_text(case.types[case.player]), entry_text(case.reports[case.player])
    others = case.types.without(case.player)
    setting = f" while the others report {told(others)}" if others else ""
    return (
        f"{case.player} raises {case.candidate} from {before} to {after}{setting}, and the probability that "
        f"{case.candidate} wins falls from {show(needs)} to {show(has)}"
    )


@for_all(_lifts, "MONOTONE", story=_fell)
def monotone(rule: Any, env: Environment, case: Any) -> tuple[Any, Any]:
    """A voter who raises a candidate, and leaves the order of the others, never makes the candidate less likely to
    win (Zwicker 2016).

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import voting
    >>> env = voting(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> rw.verify(borda, env, monotone).status
    'proved'
    """
    wins = chance(case.candidate)
    return rule.expect(wins, env, case.reports), rule.expect(wins, env, case.types)
