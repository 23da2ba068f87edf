"""Approval: environments in which a type is the set of candidates whom a voter approves of."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from .environment import Environment
from .errors import BadInput, GameTooLarge, nearest
from .numbers import Number
from .outcomes import Finite, Outcome

Ballot = tuple[str, ...]
Ballots = str | Sequence[Collection[str]] | Mapping[str, Sequence[Collection[str]]]
BALLOT_LIMIT = 50_000  # ballots of one voter, or committees


def approval(
    voters: Sequence[str], candidates: Sequence[str], ballots: Ballots = "all", *, name: str = "approval"
) -> Environment:
    """Voters choose one candidate or share out a unit among the candidates, and each likes a candidate or does not
    (Brams and Fishburn 1978).

    A type is the tuple of the candidates approved of, in the order of the list; a voter's utility is 1 for one of
    them, so under a lottery the probability of one of them. ``ballots`` says which types a voter may have: ``"all"``
    for every set but the empty one, a list of sets, or ``{voter: list of sets}``. Raises BadInput, GameTooLarge.

    >>> env = approval(("ann", "bob"), ("a", "b"))
    >>> env.types["ann"], env.worth_of("ann", "b", ("a", "b"))
    ((('a',), ('b',), ('a', 'b')), 1)
    """
    candidates = _named(candidates, "candidates")
    return Environment(name, _types(_named(voters, "voters"), candidates, ballots), Finite(candidates), approves)


def committees(
    voters: Sequence[str], candidates: Sequence[str], seats: int, ballots: Ballots = "all", *, name: str = "committees"
) -> Environment:
    """Voters elect a committee of so many ``seats``; a type is the tuple of the candidates whom a voter approves of
    (Lackner and Skowron 2023).

    An outcome is a tuple of candidates in the order of the list; its utility is how many of them the voter approves
    of. ``ballots`` as in :func:`approval`. Raises BadInput, GameTooLarge.

    >>> env = committees(("ann", "bob"), ("a", "b", "c"), seats=2)
    >>> env.space.items, env.worth_of("ann", ("a", "c"), ("b", "c"))
    ((('a', 'b'), ('a', 'c'), ('b', 'c')), 1)
    """
    candidates = _named(candidates, "candidates")
    if not isinstance(seats, int) or isinstance(seats, bool) or not 1 <= seats <= len(candidates):
        raise BadInput(f"the number of seats is {seats!r}; it must be whole, at least 1 and at most {len(candidates)}")
    if (size := math.comb(len(candidates), seats)) > BALLOT_LIMIT:
        raise GameTooLarge("committees", size, BALLOT_LIMIT, "declare fewer candidates")
    items = tuple(itertools.combinations(candidates, seats))
    return Environment(name, _types(_named(voters, "voters"), candidates, ballots), Finite(items), approved_members)


def approves(player: str, outcome: Outcome, ballot: Any) -> Number:
    """1 if the candidate is on the ballot, else 0.

    >>> approves("ann", "a", ("b", "c"))
    0
    """
    return int(outcome in ballot)


def approved_members(player: str, outcome: Outcome, ballot: Any) -> Number:
    """How many members of a committee are on the ballot.

    >>> approved_members("ann", ("a", "b"), ("b", "c"))
    1
    """
    return sum(x in ballot for x in outcome)


def _named(names: Sequence[str], what: str) -> tuple[str, ...]:
    if isinstance(names, str):
        raise BadInput(f"{what} is the text {names!r}; give a sequence of names")
    if not names or len(set(names)) < len(names):
        raise BadInput(f"the {what} are {', '.join(map(str, names)) or 'missing'}; name at least one, each once")
    return tuple(names)


def _types(voters: Ballot, candidates: Ballot, ballots: Ballots) -> dict[str, tuple[Ballot, ...]]:
    """The ballots that each voter may cast."""
    if isinstance(ballots, str):
        if ballots != "all":
            raise BadInput(f'no ballots "{ballots}"; give "all", a list of sets or {{voter: list of sets}}')
        if (size := 2 ** len(candidates) - 1) > BALLOT_LIMIT:
            remedy = "give a list of ballots"
            raise GameTooLarge(f"ballots over {len(candidates)} candidates", size, BALLOT_LIMIT, remedy)
        return dict.fromkeys(voters, tuple(_subsets(candidates)))
    if isinstance(ballots, Mapping):
        for voter in ballots:
            if voter not in voters:
                raise BadInput(f'the ballots name a voter "{voter}"; {nearest(str(voter), voters)}')
        for voter in voters:
            if voter not in ballots:
                raise BadInput(f'there are no ballots for "{voter}"; give {{voter: list of sets}} for each')
        return {voter: _in_order(ballots[voter], candidates) for voter in voters}
    return dict.fromkeys(voters, _in_order(ballots, candidates))


def _subsets(candidates: Ballot) -> Iterator[Ballot]:
    for k in range(1, len(candidates) + 1):
        yield from itertools.combinations(candidates, k)


def _in_order(given: Sequence[Collection[str]], candidates: Ballot) -> tuple[Ballot, ...]:
    found = []
    for ballot in given:
        if isinstance(ballot, str) or not isinstance(ballot, Collection):
            raise BadInput(f"a ballot is {ballot!r}; it must be a set of candidates, such as {candidates[:1]}")
        for x in ballot:
            if x not in candidates:
                raise BadInput(f'a ballot names a candidate "{x}"; {nearest(str(x), candidates)}')
        found.append(tuple(x for x in candidates if x in ballot))
    return tuple(dict.fromkeys(found))
