"""Preferences as rankings: environments in which a type is an order, best first."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .environment import Environment
from .errors import BadInput, GameTooLarge, nearest
from .numbers import Number
from .outcomes import Finite, Outcome, swapped
from .profile import Profile

Ranking = tuple[Any, ...]
Domain = str | Sequence[Ranking] | Mapping[str, Sequence[Ranking]]
LIMIT = 50_000  # rankings of one player, or assignments
UTILITIES_LIMIT = 30_000_000  # utilities of all players: types times outcomes
DOMAINS = ("all", "single-peaked")


def voting(
    voters: Sequence[str], candidates: Sequence[str], domain: Domain = "all", *, name: str = "voting"
) -> Environment:
    """Voters choose one of the candidates; a type is a ranking of them, a tuple with the best first (Arrow 1951).

    The utility of a candidate is how many others are ranked below. For rules that leave nothing to chance any
    utilities with the same order give the same verdict on strategyproofness; for lotteries ask the sd-properties.
    ``domain`` says which rankings a voter may have: ``"all"``, ``"single-peaked"`` along the candidates in the order
    in which they are listed (Black 1948), a list of rankings, or ``{voter: list of rankings}``. Raises BadInput,
    GameTooLarge.

    >>> env = voting(("ann", "bob"), ("a", "b", "c"), "single-peaked")
    >>> env.types["ann"]
    (('a', 'b', 'c'), ('b', 'a', 'c'), ('b', 'c', 'a'), ('c', 'b', 'a'))
    >>> env.worth_of("ann", "a", ("b", "a", "c"))
    1
    """
    voters, candidates = _names(voters, "voters"), _names(candidates, "candidates")
    types = _types(voters, candidates, domain, "candidate")
    _guard(types, len(candidates))
    return Environment(name, types, Finite(candidates), ranked_below)


def assignment(
    agents: Sequence[str], objects: Sequence[str], domain: Domain = "all", *, name: str = "assignment"
) -> Environment:
    """Each agent gets one of as many objects; a type is a ranking of them (Hylland and Zeckhauser 1979).

    Outcomes are Profiles agent -> object, all bijections; agents may exchange what they get, so envy has a meaning.
    The utility is how many objects are ranked below one's own. ``domain`` is as in :func:`voting`. House allocation,
    housing markets and school choice differ only in what a rule is told besides: an order of the agents, an endowment
    or the schools' priorities. Raises BadInput, GameTooLarge.

    >>> env = assignment(("ann", "bob"), ("hut", "villa"))
    >>> env.space.items
    (Profile(ann='hut', bob='villa'), Profile(ann='villa', bob='hut'))
    >>> env.worth_of("ann", Profile({"ann": "villa", "bob": "hut"}), ("villa", "hut"))
    1
    """
    agents, objects = _names(agents, "agents"), _names(objects, "objects")
    if len(agents) != len(objects):
        raise BadInput(
            f"there are {len(agents)} agents and {len(objects)} objects; give as many objects as agents, if need be "
            'some called "nothing 1", "nothing 2"'
        )
    _guard_orders(len(objects), "assignments")
    types = _types(agents, objects, domain, "object")
    _guard(types, math.factorial(len(objects)))
    everything = (Profile(dict(zip(agents, order, strict=True))) for order in itertools.permutations(objects))
    return Environment(name, types, Finite(tuple(everything), swap=swapped), ranked_below_own)


def matching(
    proposers: Sequence[str],
    receivers: Sequence[str],
    rankings: Mapping[str, Sequence[Ranking]] | None = None,
    *,
    name: str = "matching",
) -> Environment:
    """Two sides of equal size rank each other; everybody gets one partner (Gale and Shapley 1962).

    All of both sides are players; outcomes are Profiles player -> partner. ``rankings`` may limit the types of
    some: ``{player: list of rankings of the other side}``. Raises BadInput, GameTooLarge.

    >>> env = matching(("ann", "bob"), ("x", "y"), {"ann": [("x", "y")]})
    >>> env.types["ann"], env.types["x"], len(env.space.items)
    ((('x', 'y'),), (('ann', 'bob'), ('bob', 'ann')), 2)
    """
    proposers, receivers = _names(proposers, "proposers"), _names(receivers, "receivers")
    if len(proposers) != len(receivers):
        raise BadInput(f"there are {len(proposers)} proposers and {len(receivers)} receivers; give as many of each")
    both = {*proposers, *receivers}
    if len(both) < 2 * len(proposers):
        raise BadInput("somebody is on both sides; name each player once")
    given = dict(rankings or {})
    for player in given:
        if player not in both:
            raise BadInput(f'rankings names a player "{player}"; {nearest(str(player), both)}')
    _guard_orders(len(proposers), "matchings")
    types: dict[str, tuple[Ranking, ...]] = {}
    for side, others in ((proposers, receivers), (receivers, proposers)):
        for player in side:
            types |= _types((player,), others, {player: given[player]} if player in given else "all", "partner")
    _guard(types, math.factorial(len(proposers)))
    outcomes = []
    for order in itertools.permutations(receivers):
        pairs = dict(zip(proposers, order, strict=True))
        outcomes.append(Profile({**pairs, **{r: p for p, r in pairs.items()}}))
    return Environment(name, types, Finite(tuple(outcomes)), ranked_below_own)


def ranked_below(player: str, outcome: Outcome, ranking: Any) -> Number:
    """How many others a ranking places below an outcome.

    >>> ranked_below("ann", "a", ("b", "a", "c"))
    1
    """
    below: int = len(ranking) - 1 - ranking.index(outcome)
    return below


def ranked_below_own(player: str, outcome: Outcome, ranking: Any) -> Number:
    """How many others a ranking places below what a player gets in an outcome.

    >>> ranked_below_own("ann", Profile({"ann": "hut", "bob": "villa"}), ("villa", "hut"))
    0
    """
    return ranked_below(player, outcome[player], ranking)


def single_peaked(line: Sequence[Any]) -> Iterator[Ranking]:
    """The rankings that fall off on both sides of a best point of the line: 2^(m-1) of them (Black 1948).

    >>> len(list(single_peaked("abcd")))
    8
    """

    def ways(left: int, right: int) -> Iterator[Ranking]:
        """The rankings of what lies strictly outside of line[left : right + 1]."""
        if left == 0 and right == len(line) - 1:
            yield ()
        if left > 0:
            yield from ((line[left - 1], *rest) for rest in ways(left - 1, right))
        if right < len(line) - 1:
            yield from ((line[right + 1], *rest) for rest in ways(left, right + 1))

    for peak in range(len(line)):
        yield from ((line[peak], *rest) for rest in ways(peak, peak))


def _names(names: Sequence[str], what: str) -> tuple[str, ...]:
    if isinstance(names, str):
        raise BadInput(f"{what} is the text {names!r}; give a sequence of names")
    names = tuple(names)
    if not names:
        raise BadInput(f"there are no {what}; name at least one")
    for name in names:
        if names.count(name) > 1:
            raise BadInput(f'"{name}" is named twice among the {what}; name each once')
    return names


def _types(
    players: tuple[str, ...], things: tuple[str, ...], domain: Domain, thing: str
) -> dict[str, tuple[Ranking, ...]]:
    """The rankings that each player may have."""
    if isinstance(domain, str):
        if domain not in DOMAINS:
            raise BadInput(f'no domain "{domain}"; {nearest(domain, DOMAINS)}')
        size = math.factorial(len(things)) if domain == "all" else 2 ** (len(things) - 1)
        if size > LIMIT:
            raise GameTooLarge(f"rankings of {len(things)} {thing}s", size, LIMIT, "give a list of rankings as domain")
        found = itertools.permutations(things) if domain == "all" else single_peaked(things)
        return dict.fromkeys(players, tuple(found))
    if isinstance(domain, Mapping):
        for player in domain:
            if player not in players:
                raise BadInput(f'the domain names a player "{player}"; {nearest(str(player), players)}')
        for player in players:
            if player not in domain:
                raise BadInput(f'the domain has no rankings for "{player}"; give {{player: list of rankings}} for each')
        return {player: _rankings(domain[player], things, thing) for player in players}
    return dict.fromkeys(players, _rankings(domain, things, thing))


def _rankings(given: Sequence[Ranking], things: tuple[str, ...], thing: str) -> tuple[Ranking, ...]:
    found = []
    for ranking in given:
        if not isinstance(ranking, tuple | list):
            raise BadInput(f"a ranking in the domain is {ranking!r}; it must be a tuple of the {thing}s, best first")
        for x in ranking:
            if x not in things:
                raise BadInput(f'a ranking in the domain names a {thing} "{x}"; {nearest(str(x), things)}')
        if len(ranking) != len(things) or len(set(ranking)) != len(things):
            raise BadInput(
                f"the ranking {tuple(ranking)} in the domain must name each of the {len(things)} {thing}s once"
            )
        found.append(tuple(ranking))
    return tuple(dict.fromkeys(found))


def _guard_orders(n: int, what: str) -> None:
    if math.factorial(n) > LIMIT:
        raise GameTooLarge(f"{what} of {n} to {n}", math.factorial(n), LIMIT, "declare fewer players")


def _guard(types: Mapping[str, Sequence[Any]], outcomes: int) -> None:
    size = sum(map(len, types.values())) * outcomes
    if size > UTILITIES_LIMIT:
        raise GameTooLarge("utilities", size, UTILITIES_LIMIT, "give a shorter list of rankings as domain")
