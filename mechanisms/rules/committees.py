"""Committees: rules that elect one candidate or several from approval ballots."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any, NamedTuple

from ...games.environment import Environment
from ...games.errors import BadInput, GameTooLarge
from ...games.numbers import Number, exact
from ...games.profile import Profile
from .ballots import VotingRule, candidates_of, counting, voting_rule
from .scoring import most

ASSIGNMENT_LIMIT = 10_000
Ballot = tuple[str, ...]


class Race(NamedTuple):
    """The candidates in their order, how many seats there are, and the members of each outcome."""

    candidates: tuple[Any, ...]
    seats: int
    committees: tuple[tuple[Any, ...], ...]


@lru_cache(maxsize=64)
def race(env: Environment) -> Race:
    """Who stands and for how many seats; raises BadInput unless outcomes are candidates or all committees of a size.

    >>> from rulewright.games.approval import committees
    >>> race(committees(("ann",), ("a", "b", "c"), 2)).seats
    2
    """
    items = candidates_of(env)
    members = tuple(x if isinstance(x, tuple) else (x,) for x in items)
    candidates = tuple(dict.fromkeys(x for each in members for x in each))
    if members != tuple(itertools.combinations(candidates, len(members[0]))):
        raise BadInput(f'an approval rule needs candidates or all committees of a size, and "{env.name}" has others')
    return Race(candidates, len(members[0]), members)


def approved(env: Environment, player: str, ballot: Any) -> frozenset[Any]:
    """The candidates on a ballot; raises BadInput unless it is a tuple of candidates in the order of the list.

    >>> from rulewright.games.approval import approval
    >>> sorted(approved(approval(("ann",), ("a", "b", "c")), "ann", ("a", "c")))
    ['a', 'c']
    """
    candidates = race(env).candidates
    found = frozenset(ballot) if isinstance(ballot, tuple) else frozenset()
    if not isinstance(ballot, tuple) or ballot != tuple(x for x in candidates if x in found):
        raise BadInput(
            f'"{player}" reports {ballot!r}; an approval rule needs ballots with candidates of "{env.name}", in the '
            "order of the list"
        )
    return found


def approvals(env: Environment, reports: Mapping[str, Any]) -> list[frozenset[Any]]:
    """The candidates on each ballot; raises BadInput.

    >>> from rulewright.games.approval import approval
    >>> approvals(approval(("ann",), ("a", "b", "c")), {"ann": ("b",)})
    [frozenset({'b'})]
    """
    return [approved(env, player, reports[player]) for player in env.players]


def elected(env: Environment, members: Any) -> Any:
    """The outcome in which these are elected.

    >>> from rulewright.games.approval import committees
    >>> elected(committees(("ann",), ("a", "b", "c"), 2), {"c", "a"})
    ('a', 'c')
    """
    stands = race(env)
    return candidates_of(env)[stands.committees.index(tuple(x for x in stands.candidates if x in members))]


# -- committees with most points --------------------------------------------------------------------------------------


def thiele_rule(weights: Callable[[int], Number], name: str = "Thiele rule") -> VotingRule:
    """A committee gets ``weights(1) + ... + weights(j)`` points from a voter who approves of j members; most points
    win (ties: listed first) (Thiele 1895).

    >>> from rulewright.games.approval import committees
    >>> env = committees(("ann", "bob", "cem"), ("a", "b", "c"), 2)
    >>> rule = thiele_rule(lambda j: 3 - j, "falling")
    >>> rule(env, {"ann": ("a", "b"), "bob": ("a", "b"), "cem": ("c",)})
    ('a', 'b')
    """
    if not callable(weights):
        raise BadInput(f"the weights are {weights!r}; give a function, weights(j) for the j-th member approved of")
    return voting_rule(partial(_satisfaction, weights), most, name, weights)


def _satisfaction(weights: Callable[[int], Number], env: Environment, player: str, ballot: Any) -> list[Number]:
    """What a ballot gives each outcome."""
    stands, likes = race(env), approved(env, player, ballot)
    sums = [exact(0)]
    for j in range(1, stands.seats + 1):
        sums.append(sums[-1] + exact(weights(j), "a weight"))
    return [sums[len(likes.intersection(members))] for members in stands.committees]


def _declared(weights: Callable[[int], Number]) -> VotingRule:
    return thiele_rule(weights, weights.__name__.replace("_", " "))


@_declared
def approval_voting(j: int) -> Number:
    """Those whom most voters approve of are elected (ties: listed first) (Brams and Fishburn 1978).

    >>> from rulewright.games.approval import approval
    >>> env = approval(("ann", "bob"), ("a", "b", "c"))
    >>> approval_voting(env, {"ann": ("a", "c"), "bob": ("b", "c")})
    'c'
    """
    return 1


@_declared
def chamberlin_courant(j: int) -> Number:
    """The committee is elected of which most voters approve at least one member (ties: listed first) (Chamberlin and
    Courant 1983).

    >>> from rulewright.games.approval import committees
    >>> env = committees(("ann", "bob", "cem"), ("a", "b", "c"), 2)
    >>> chamberlin_courant(env, {"ann": ("a", "b"), "bob": ("a", "b"), "cem": ("c",)})
    ('a', 'c')
    """
    return int(j == 1)


@_declared
def proportional_approval(j: int) -> Number:
    """A committee gets 1 + 1/2 + ... + 1/j points from a voter who approves of j members; most points win (ties:
    listed first) (Thiele 1895).

    >>> from rulewright.games.approval import committees
    >>> env = committees(("ann", "bob", "cem"), ("a", "b", "c"), 2)
    >>> proportional_approval(env, {"ann": ("a", "b"), "bob": ("a", "b"), "cem": ("c",)})
    ('a', 'b')
    """
    return Fraction(1, j)


# -- one seat after the other -----------------------------------------------------------------------------------------


@counting
def sequential_proportional_approval(env: Environment, reports: Profile[Any]) -> Any:
    """Seat by seat, the candidate who adds most points is elected, when a voter gives 1/(j+1) to each candidate she
    approves of once j of hers are elected (ties: listed first) (Thiele 1895).

    >>> from rulewright.games.approval import committees
    >>> env = committees(("ann", "bob", "cem"), ("a", "b", "c"), 2)
    >>> sequential_proportional_approval(env, {"ann": ("a", "b"), "bob": ("a", "b"), "cem": ("a", "c")})
    ('a', 'b')
    """
    stands, ballots = race(env), approvals(env, reports)
    members: list[Any] = []
    for _ in range(stands.seats):
        weights = [Fraction(1, 1 + len(ballot.intersection(members))) for ballot in ballots]
        points = {x: Fraction(0) for x in stands.candidates if x not in members}
        for ballot, weight in zip(ballots, weights, strict=True):
            for x in ballot & points.keys():
                points[x] += weight
        members.append(max(points, key=points.__getitem__))
    return elected(env, members)


@counting
def sequential_phragmen(env: Environment, reports: Profile[Any]) -> Any:
    """All voters earn at the same speed, and as soon as those who approve of a candidate have 1 together they buy her
    a seat (ties: listed first; seats for which nobody is left to pay: listed first) (Phragmén 1894; Brill et al. 2017).

    >>> from rulewright.games.approval import committees
    >>> env = committees(("ann", "bob", "cem"), ("a", "b", "c"), 2)
    >>> sequential_phragmen(env, {"ann": ("a", "b"), "bob": ("a", "b"), "cem": ("c",)})
    ('a', 'b')
    """
    ballots = approvals(env, reports)
    return elected(env, _earning(race(env), ballots, [Fraction(0)] * len(ballots), []))


def _earning(stands: Race, ballots: Sequence[frozenset[Any]], money: list[Fraction], members: list[Any]) -> list[Any]:
    """The members, completed by Phragmén's process, when the voters have so much money at the start."""
    members = list(members)
    money = list(money)
    while len(members) < stands.seats:
        best: tuple[Fraction, Any, list[int]] | None = None
        for x in stands.candidates:
            fans = [i for i, ballot in enumerate(ballots) if x in ballot]
            if fans and x not in members:
                wait = (1 - sum((money[i] for i in fans), Fraction(0))) / len(fans)
                if best is None or wait < best[0]:
                    best = wait, x, fans
        if best is None:
            members += [x for x in stands.candidates if x not in members][: stands.seats - len(members)]
            break
        wait, x, fans = best
        members.append(x)
        money = [Fraction(0) if i in fans else sum_ + wait for i, sum_ in enumerate(money)]
    return members


@counting
def equal_shares(env: Environment, reports: Profile[Any]) -> Any:
    """Voters share the seats' price equally; again and again those who approve of a candidate buy her a seat,
    splitting the price evenly as far as their money goes, she first for whom the most that one pays is least (ties:
    listed first) (Peters and Skowron 2020).

    When nobody can be paid for, the remaining seats are filled by Phragmén's process, started with the money left.

    >>> from rulewright.games.approval import committees
    >>> env = committees(("ann", "bob", "cem"), ("a", "b", "c"), 2)
    >>> equal_shares(env, {"ann": ("a", "b"), "bob": ("a", "b"), "cem": ("c",)})
    ('a', 'b')
    """
    stands, ballots = race(env), approvals(env, reports)
    money = [Fraction(stands.seats, len(ballots))] * len(ballots)
    members: list[Any] = []
    while len(members) < stands.seats:
        prices = {x: _price(x, ballots, money) for x in stands.candidates if x not in members}
        affordable = {x: price for x, price in prices.items() if price is not None}
        if not affordable:
            break
        x = min(affordable, key=affordable.__getitem__)
        money = [m - min(m, affordable[x]) if x in ballot else m for m, ballot in zip(money, ballots, strict=True)]
        members.append(x)
    return elected(env, _earning(stands, ballots, money, members))


def _price(x: Any, ballots: Sequence[frozenset[Any]], money: Sequence[Fraction]) -> Fraction | None:
    """The most that one voter pays for a candidate when all pay evenly as far as they can; None if they cannot."""
    purses = sorted(m for m, ballot in zip(money, ballots, strict=True) if x in ballot)
    due = Fraction(1)
    for k, purse in enumerate(purses):
        if purse * (len(purses) - k) >= due:
            return due / (len(purses) - k)
        due -= purse
    return None


# -- the best committee of all ----------------------------------------------------------------------------------------


@counting
def monroe(env: Environment, reports: Profile[Any]) -> Any:
    """The committee is elected whose members can be given equally many voters each (up to one) so that most voters
    approve of their member (ties: listed first) (Monroe 1995).

    >>> from rulewright.games.approval import committees
    >>> env = committees(("ann", "bob"), ("a", "b", "c"), 2)
    >>> monroe(env, {"ann": ("a", "b"), "bob": ("a", "c")})
    ('a', 'b')
    """
    stands, ballots = race(env), approvals(env, reports)
    small, more = divmod(len(ballots), stands.seats)
    if len(stands.committees) > ASSIGNMENT_LIMIT:
        raise GameTooLarge(
            "committees to look at", len(stands.committees), ASSIGNMENT_LIMIT, "declare fewer candidates"
        )

    def represented(members: tuple[Any, ...]) -> int:
        extended = itertools.combinations(members, more)
        return max(_matched(ballots, Counter(dict.fromkeys(members, small)) + Counter(each)) for each in extended)

    best = max(stands.committees, key=represented)
    return elected(env, best)


def _matched(ballots: Sequence[frozenset[Any]], room: Mapping[Any, int]) -> int:
    """How many voters can be given a member of whom they approve, by augmenting paths."""
    voters: dict[Any, list[int]] = {x: [] for x in room}

    def place(i: int, seen: set[Any]) -> bool:
        for x in ballots[i]:
            if x in voters and x not in seen:
                seen.add(x)
                if len(voters[x]) < room[x]:
                    voters[x].append(i)
                    return True
                for k, other in enumerate(voters[x]):
                    if place(other, seen):
                        voters[x][k] = i
                        return True
        return False

    return sum(place(i, set()) for i in range(len(ballots)))


@counting
def minimax_approval(env: Environment, reports: Profile[Any]) -> Any:
    """The committee is elected that differs least from the ballot from which it differs most: the largest number of
    candidates who are on one but not on the other (ties: listed first) (Brams, Kilgour and Sanver 2007).

    >>> from rulewright.games.approval import committees
    >>> env = committees(("ann", "bob", "cem"), ("a", "b", "c"), 2)
    >>> minimax_approval(env, {"ann": ("a", "b"), "bob": ("a", "b"), "cem": ("c",)})
    ('a', 'c')
    """
    ballots = approvals(env, reports)
    best = min(
        race(env).committees, key=lambda members: max(len(ballot.symmetric_difference(members)) for ballot in ballots)
    )
    return elected(env, best)
