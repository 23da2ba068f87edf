"""Forms of a rule that gives one item to one of several bidders, or to nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ...games.environment import Environment
from ...games.numbers import exact, show
from ...games.outcomes import Finite, Outcome
from ...games.profile import Profile
from .answers import Answers, Choice, evenly, listed, numeric, ordered, types_of

Bid = tuple[str, Any]  # a player and her report
NOBODY: Bid = ("", None)  # stands for nobody in a ranking of bids


def one_item(env: Environment) -> bool:
    """Whether the outcomes say who gets the one item, worth to each player the number that is her type."""
    if not listed(env) or not numeric(env) or not set(env.players) <= set(env.space.items):  # type: ignore[attr-defined]
        return False
    assert isinstance(env.space, Finite)
    if len(env.space.items) > len(env.players) + 1:
        return False
    return all(
        exact(worth) == (exact(t) if x == player else 0)
        for player in env.players
        for t, row in zip(env.types[player], env.utilities(player), strict=True)
        for x, worth in zip(env.space.items, row, strict=True)
    )


def unsold(env: Environment) -> Outcome:
    """The outcome in which nobody gets the item (or, where there is none, the first player)."""
    return next((x for x in env.space.items if x not in env.types), env.players[0])  # type: ignore[attr-defined]


def item_choices(answers: Answers) -> Iterator[Choice]:
    """Ways to give the item that may be the rule's: highest bid, posted prices, a ranking of bids."""
    bids = list(_highest_bid(answers))
    yield from (choice for choice in bids if choice.kind == "highest bid")
    yield from _in_turn(answers)
    yield from (choice for choice in bids if choice.kind != "highest bid")
    yield from _by_rank(answers)


def least_winning(answers: Answers) -> dict[str, Any]:
    """The least report with which each player ever wins (None: she never does)."""
    env = answers.env
    place = {player: env.space.items.index(player) for player in env.players}  # type: ignore[attr-defined]
    least: dict[str, Any] = dict.fromkeys(env.players)
    for profile, point in zip(answers.profiles, answers.points, strict=True):
        for player, k in place.items():
            if k in point and (least[player] is None or profile[player] < least[player]):
                least[player] = profile[player]
    return least


# -- the highest bid --------------------------------------------------------------------------------------------------


def _highest_bid(answers: Answers) -> Iterator[Choice]:
    env = answers.env
    for reserves, told in _reserves(answers):
        for ties in _ties(answers, reserves):
            how = "" if ties is None else f", ties to {' before '.join(ties)}" if ties else ", ties by lot"
            words = "The highest bid wins"
            if told:
                words = f"The highest bid of at least {told} wins"
            if len(env.players) == 1:
                words = f"{env.players[0]} gets the item" + (f" if she reports at least {told}" if told else "")
            name = "highest bid wins" + (f", reserve {told}" if told else "")
            kind = "highest bid" if len(set(reserves.values())) == 1 else "personal reserves"
            yield Choice(name, f"{words}{how}.", partial(highest_bid, reserves, ties or ()), kind, told)


def _reserves(answers: Answers) -> Iterator[tuple[dict[str, Any], str]]:
    """The reserves that explain whose bids were passed over: one for all if there can be, else personal ones."""
    env = answers.env
    high = {p: r for p, r in least_winning(answers).items() if r is not None}
    if not high:
        return
    low: dict[str, Any] = {}  # the largest bid of each that lost to a lower one, or to nobody
    for reports, point in zip(answers.profiles, answers.points, strict=True):
        winners = [env.space.items[k] for k in point]  # type: ignore[attr-defined]
        if set(winners) <= set(env.players):
            bar = max(reports[p] for p in winners)
            passed = [p for p, t in reports.items() if t > bar]
        else:
            passed = [p for p in env.players if p not in winners]
        low |= {p: reports[p] for p in passed if p not in low or reports[p] > low[p]}
    if not low:
        yield dict.fromkeys(env.players), ""
        return
    most, least = max(low.values()), min(high.values())
    if most < least:
        floor = _lowest_price(answers)
        common = min(t for p in env.players for t in types_of(env, p) if t > most)
        common = floor if floor is not None and most < floor <= least else common
        yield dict.fromkeys(env.players, common), show(common)
        return
    own = {p: min((t for t in types_of(env, p) if p not in low or t > low[p]), default=None) for p in env.players}
    never = [p for p, r in own.items() if r is None]
    told = [f"{show(r)} for {p}" for p, r in own.items() if r is not None]
    told += [f"no bid of {p}" for p in never]
    above = max(t for p in env.players for t in types_of(env, p)) + 1
    yield {p: above if r is None else r for p, r in own.items()}, ", ".join(told)


def _lowest_price(answers: Answers) -> Any:
    """The least that somebody pays for a sure item."""
    if answers.paid is None:
        return None
    place = {k: i for i, p in enumerate(answers.env.players) for k in [answers.env.space.items.index(p)]}  # type: ignore[attr-defined]
    prices = [
        paid[place[k]] / w
        for point, paid in zip(answers.points, answers.paid, strict=True)
        for k, w in point.items()
        if k in place
    ]
    return min(prices, default=None)


def _ties(answers: Answers, reserves: Mapping[str, Any]) -> Iterator[tuple[str, ...] | None]:
    """Ways to break ties: None if there are none, () by lot, or an order of the players."""
    env = answers.env
    seen = False
    before: set[tuple[str, str]] = set()
    for reports, winner in zip(answers.profiles, answers.outcomes, strict=True):
        tied = tied_for(env, reserves, reports)
        if len(tied) > 1:
            seen = True
            if isinstance(winner, str):
                before |= {(winner, other) for other in tied if other != winner and winner in tied}
    if not seen:
        yield None
        return
    yield ()
    order = ordered(env.players, before)
    if order is not None:
        yield tuple(order)


def tied_for(env: Environment, reserves: Mapping[str, Any], reports: Profile[Any]) -> list[str]:
    """The players with the highest of the bids that reach their reserves."""
    bids = {p: t for p, t in reports.items() if reserves[p] is None or t >= reserves[p]}
    top = max(bids.values(), default=None)
    return [p for p in env.players if p in bids and bids[p] == top]


def highest_bid(reserves: Mapping[str, Any], ties: Sequence[str], env: Environment, reports: Profile[Any]) -> Outcome:
    """The highest bid that reaches its reserve wins; ties by the order ``ties``, by lot if it is empty."""
    tied = tied_for(env, reserves, reports)
    if not tied:
        return unsold(env)
    return min(tied, key=ties.index) if ties else evenly(tied)


# -- posted prices ----------------------------------------------------------------------------------------------------


def _in_turn(answers: Answers) -> Iterator[Choice]:
    env = answers.env
    prices = {p: r for p, r in least_winning(answers).items() if r is not None}
    before: set[tuple[str, str]] = set()
    for reports, winner in zip(answers.profiles, answers.outcomes, strict=True):
        if isinstance(winner, str) and winner in prices:
            before |= {(winner, p) for p, price in prices.items() if p != winner and reports[p] >= price}
    order = ordered([p for p in env.players if p in prices], before)
    if order:
        told = ", then ".join(f"{p} at {show(prices[p])}" for p in order)
        words = f"In turn, who reports at least her price takes the item: {told}."
        yield Choice(f"posted prices: {told}", words, partial(in_turn, prices, tuple(order)), "posted", told)


def in_turn(prices: Mapping[str, Any], order: Sequence[str], env: Environment, reports: Profile[Any]) -> Outcome:
    """The first player of the order who reports at least her price wins."""
    return next((p for p in order if reports[p] >= prices[p]), unsold(env))


# -- a ranking of bids ------------------------------------------------------------------------------------------------


def _by_rank(answers: Answers) -> Iterator[Choice]:
    """The tiers of bids in which whoever wins stands above, or beside and by even lot, all others (Myerson 1981)."""
    env = answers.env
    bids: list[Any] = [(p, t) for p in env.players for t in sorted(types_of(env, p), reverse=True)]
    bids.sort(key=lambda bid: -exact(bid[1]))
    beside = {bid: bid for bid in [NOBODY, *bids]}

    def tier(bid: Any) -> Any:
        while beside[bid] != bid:
            bid = beside[bid]
        return bid

    def winners(p: int) -> list[Any]:
        names = [env.space.items[k] for k in answers.points[p]]  # type: ignore[attr-defined]
        return [(x, answers.profiles[p][x]) if x in env.types else NOBODY for x in names]

    for p in range(len(answers.profiles)):
        first, *others = winners(p)
        for other in others:
            beside[tier(other)] = tier(first)
    above: set[tuple[Any, Any]] = set()
    for p, reports in enumerate(answers.profiles):
        mine = winners(p)
        losers = [bid for bid in [NOBODY, *reports.items()] if bid not in mine]
        above |= {(tier(mine[0]), tier(bid)) for bid in losers}
    order = ordered([bid for bid in [*bids, NOBODY] if tier(bid) == bid], above)
    if order is None or any(a == b for a, b in above):
        return
    rank = {bid: order.index(tier(bid)) for bid in [*bids, NOBODY]}
    last = rank[NOBODY]
    tiers = [[bid for bid in bids if rank[bid] == k] for k in range(last)]
    told = " > ".join(" = ".join(f"{p} {show(t)}" for p, t in each) for each in tiers if each)
    words = f"The bid that stands first in this ranking wins: {told}."
    words += " Bids beside each other draw lots." if "=" in told else ""
    out = [bid for bid in bids if rank[bid] > last]
    words += f" {', '.join(f'{p} {show(t)}' for p, t in out)} never win." if out else ""
    yield Choice("ranking of bids", words, partial(by_rank, rank), "ranking")


def by_rank(rank: Mapping[Any, int], env: Environment, reports: Profile[Any]) -> Outcome:
    """The bid, or nobody, of the first rank wins; equals by lot."""
    bids: list[Any] = [*reports.items(), NOBODY] if unsold(env) not in env.types else [*reports.items()]
    top = min(rank[bid] for bid in bids)
    return evenly([unsold(env) if bid == NOBODY else bid[0] for bid in bids if rank[bid] == top])
