"""Public projects: something built for all, or a service for those who are let in, whose costs must be shared."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from .environment import Environment
from .errors import BadInput, GameTooLarge
from .numbers import Number, exact, number, show
from .outcomes import Finite, Outcome
from .profile import Profile

BUILD, LEAVE = "build", "leave"
PROVIDER = "provider"
SERVED_LIMIT = 12  # players of a service: there are 2^n sets of them

Transfers = tuple[Number | None, Number | None] | None


def public_project(
    values: Mapping[str, Sequence[Number]],
    cost: Number = 0,
    *,
    transfers: Transfers = (None, None),
    prior: Mapping[Any, Any] | None = None,
    name: str = "public project",
) -> Environment:
    """Build something for all or leave it; if it is built, each of n players bears cost / n (Clarke 1971).

    A type is what the project is worth to the player before her share of the cost; the outcomes are ``"build"`` and
    ``"leave"``, which is worth 0. Raises BadInput.

    >>> env = public_project({"ann": (0, 3), "bob": (1, 4)}, cost=4)
    >>> env.utilities("ann").tolist()
    [[-2, 0], [1, 0]]
    """
    types = _numbers(values)
    each = exact(Fraction(exact(cost, "the cost")) / max(len(types), 1))
    return Environment(name, types, Finite((BUILD, LEAVE), swap=_unchanged), partial(_built, each), prior, transfers)


def _built(share: Number, player: str, outcome: Outcome, value: Any) -> Number:
    return exact(value) - exact(share) if outcome == BUILD else 0


def _unchanged(outcome: Outcome, one: str, other: str) -> Outcome:
    """A public good is the same for all: in each other's place two players would have it just the same."""
    return outcome


def service(
    values: Mapping[str, Sequence[Number]],
    cost: Mapping[tuple[str, ...], Number],
    *,
    transfers: Transfers = (None, None),
    prior: Mapping[Any, Any] | None = None,
    name: str = "service",
) -> Environment:
    """A service from which players can be kept out, and what it costs to serve each set of them (Moulin 1999).

    ``cost`` maps every set of players, as a tuple in their order, to its cost (see :func:`airport_cost`). Outcomes
    are these tuples. The last player is ``"provider"``, with a single type: she bears the cost and, by a negative
    payment, gets what the others pay. So welfare is what is worth to those served minus the cost, payments that sum
    to 0 cover the cost exactly if the provider's worth is 0, and her rationality means no deficit. Raises BadInput,
    GameTooLarge.

    >>> env = service({"ann": (0, 2), "bob": (1, 3)}, airport_cost({"ann": 1, "bob": 2}))
    >>> env.space.items
    ((), ('ann',), ('bob',), ('ann', 'bob'))
    >>> env.utilities("provider").tolist()
    [[0, -1, -2, -2]]
    """
    types = _numbers(values)
    if PROVIDER in types:
        raise BadInput(f'a player is called "{PROVIDER}", who bears the cost; call her something else')
    sets = subsets(tuple(types))
    costs = {}
    for served in sets:
        if served not in cost:
            raise BadInput(f"the cost of serving {', '.join(served) or 'nobody'} is not given; give cost[{served!r}]")
        costs[served] = number(cost[served], f"the cost of serving {', '.join(served) or 'nobody'}")
    players: dict[str, tuple[Any, ...]] = {**types, PROVIDER: ("cost",)}
    order = tuple(types)
    if isinstance(prior, Mapping) and prior and not isinstance(next(iter(prior)), Profile):
        prior = {PROVIDER: {"cost": 1}, **prior}
    space = Finite(sets, swap=partial(_exchanged, order))
    return Environment(name, players, space, partial(_served, Profile(types), costs), prior, transfers)


def _served(users: Profile[Any], costs: Mapping[Any, Number], player: str, outcome: Outcome, value: Any) -> Number:
    if player not in users:
        return -costs[outcome]
    worth: Number = value if player in outcome else 0
    return worth


def _exchanged(order: tuple[str, ...], outcome: Outcome, one: str, other: str) -> Outcome:
    if PROVIDER in (one, other):
        return outcome
    place = {one: other, other: one}
    members = {place.get(player, player) for player in outcome}
    return tuple(player for player in order if player in members)


def subsets(players: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """All sets of players as tuples in their order, small sets first; raises GameTooLarge.

    >>> subsets(("ann", "bob"))
    ((), ('ann',), ('bob',), ('ann', 'bob'))
    """
    if len(players) > SERVED_LIMIT:
        size, limit = 2 ** len(players), 2**SERVED_LIMIT
        raise GameTooLarge("sets of players", size, limit, f"name at most {SERVED_LIMIT} players")
    return tuple(itertools.chain.from_iterable(itertools.combinations(players, k) for k in range(len(players) + 1)))


def airport_cost(needs: Mapping[str, Number]) -> dict[tuple[str, ...], Number]:
    """What each set of players costs if the longest runway that one of them needs serves all (Littlechild, Owen 1973).

    >>> airport_cost({"ann": 1, "bob": 2})
    {(): 0, ('ann',): 1, ('bob',): 2, ('ann', 'bob'): 2}
    """
    return {each: max((needs[player] for player in each), default=0) for each in subsets(tuple(needs))}


def is_submodular(cost: Mapping[tuple[str, ...], Number], players: Sequence[str]) -> bool:
    """Whether joining a larger set never costs more: C(S + i) - C(S) falls as S grows (Shapley 1971).

    >>> is_submodular(airport_cost({"ann": 1, "bob": 2}), ("ann", "bob"))
    True
    >>> is_submodular({(): 0, ("ann",): 1, ("bob",): 1, ("ann", "bob"): 3}, ("ann", "bob"))
    False
    """
    players = tuple(players)

    def of(members: set[str]) -> int | Fraction:
        return exact(cost[tuple(player for player in players if player in members)])

    for each in subsets(players):
        for i, j in itertools.combinations([player for player in players if player not in each], 2):
            base = set(each)
            if of(base | {i}) + of(base | {j}) < of(base | {i, j}) + of(base):
                return False
    return True


def _numbers(values: Mapping[str, Sequence[Number]]) -> dict[str, tuple[Number, ...]]:
    found = {}
    for player, each in values.items():
        checked = tuple(number(t, f'a value of "{player}"') for t in each)
        if any(t < 0 for t in checked):
            raise BadInput(f'a value of "{player}" is {show(min(checked))}; values are at least 0')
        found[player] = checked
    return found
