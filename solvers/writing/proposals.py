"""Proposals: the rules with a short form that might do as well as a rule that a search has found."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from time import monotonic
from typing import Any

from ...games.environment import Environment
from ...games.numbers import exact
from ...games.outcomes import Finite
from ...games.profile import Profile
from ...mechanisms.table import Table, pack
from .answers import Amounts, Choose, evenly, listed, numeric, types_of
from .charge_forms import free, pivot, ranked_price, with_rebate
from .choice_forms import always, by_lottery, by_worth, in_turn_best
from .honest_prices import HonestPrice
from .item_forms import NOBODY, by_rank, highest_bid, one_item
from .voting_forms import by_median, by_quota, line_of

MOST_ORDERS = 24  # of serial dictators
MOST_PHANTOMS = 200  # sets of phantoms
MOST_CONSTANTS = 50

Proposal = tuple[Choose, Sequence[Amounts]]  # a way to choose and, where there is money, ways to charge


def proposed(env: Environment, until: float) -> Iterator[Table]:
    """The tables of the rules with a short form, without lots first, until the clock passes ``until``."""
    low, high = env.transfers or (None, None)
    for choose, charges in _items(env) if one_item(env) else _lists(env) if listed(env) else ():
        if monotonic() > until:
            return
        outcomes = [choose(env, reports) for reports in env.profiles()]
        points = [env.space.point(x) for x in outcomes]
        if env.transfers is None:
            yield pack(points, None)
            continue
        look_up = partial(_chosen, outcomes)
        for charge in charges:
            paid = _paid(env, charge, look_up, outcomes)
            amounts = [x for row in paid for x in row]
            if (low is None or min(amounts) >= low) and (high is None or max(amounts) <= high):
                yield pack(points, paid)


def _paid(env: Environment, charge: Amounts, choose: Choose, outcomes: Sequence[Any]) -> list[list[Any]]:
    if isinstance(charge, HonestPrice):
        rows: list[list[Any]] = charge.everywhere(env, outcomes).tolist()
        return rows
    each = (charge(choose, env, reports) for reports in env.profiles())
    return [[exact(amounts[p]) for p in env.players] for amounts in each]


def _chosen(outcomes: Sequence[Any], env: Environment, reports: Profile[Any]) -> Any:
    return outcomes[env.place(reports)]


def _items(env: Environment) -> Iterator[Proposal]:
    for x in env.space.items:  # type: ignore[attr-defined]
        yield partial(always, x), [free]
    yield partial(always, evenly(env.players)), [free]
    values = sorted({t for p in env.players for t in types_of(env, p)})
    for ties in (tuple(env.players), ()):
        for reserve in [None, *values[1:]]:
            floors = dict.fromkeys(env.players, reserve)
            prices: list[Any] = [HonestPrice(True), partial(ranked_price, 2, floors), HonestPrice(False)]
            yield partial(highest_bid, floors, ties), prices
    if env.independent:
        for at_least in (True, False):  # sell at a virtual value of 0, or do not
            yield partial(by_rank, _virtual_rank(env, at_least)), [HonestPrice(True)]


def _virtual_rank(env: Environment, at_least: bool) -> dict[Any, int]:
    """The bids by their virtual values t - (next t - t) (1 - F(t)) / f(t), as Myerson (1981) ranks them."""
    worth = {}
    for player in env.players:
        axis = env.players.index(player)
        others = tuple(k for k in range(len(env.players)) if k != axis)
        mass = dict(zip(env.types[player], env.joint.sum(axis=others).tolist(), strict=True))
        each = sorted(types_of(env, player))
        for k, t in enumerate(each):
            above = sum((mass[s] for s in each[k + 1 :]), Fraction(0))
            step = Fraction(exact(each[k + 1])) - Fraction(exact(t)) if k + 1 < len(each) else Fraction(0)
            worth[player, t] = exact(t) - step * above / mass[t] if mass[t] else Fraction(exact(each[0])) - above
    order = sorted(worth, key=lambda bid: (-worth[bid], -exact(bid[1]), env.players.index(bid[0])))
    sold = [bid for bid in order if worth[bid] > 0 or (at_least and worth[bid] == 0)]
    return {bid: k for k, bid in enumerate([*sold, NOBODY, *(bid for bid in order if bid not in sold)])}


def _lists(env: Environment) -> Iterator[Proposal]:
    assert isinstance(env.space, Finite)
    items, players = env.space.items, env.players
    every = tuple(range(len(items)))
    for x in items[:MOST_CONSTANTS]:
        yield partial(always, x), [free]
    orders: Sequence[tuple[str, ...]] = [(p,) for p in players]
    if math.factorial(len(players)) <= MOST_ORDERS:
        orders = list(itertools.permutations(players))
    for order in orders:
        yield partial(in_turn_best, order, every), [free]
    if len(items) == 2:
        for quota in range(1, len(players) + 1):
            yield from ((partial(by_quota, quota, yes, 1 - yes), [free]) for yes in (0, 1))
    count = len(players) - 1
    if count > 0 and math.comb(len(items) + count - 1, count) <= MOST_PHANTOMS:
        line = line_of(env)
        for phantoms in itertools.combinations_with_replacement(every, count):
            yield partial(by_median, line, phantoms), [free]
    prices: list[Any] = [pivot]
    if numeric(env):
        back = [Fraction(0)] * len(players)
        if len(players) > 2:
            back[2] = Fraction(-1, len(players))
        prices.append(partial(with_rebate, pivot, dict.fromkeys(players, back)))
    for ties in (every, every[::-1], ()):
        for least in (False, True):
            yield partial(by_worth, least, ties), [free, *([] if least else prices)]
    lots = tuple((partial(in_turn_best, order, every), Fraction(1, len(orders))) for order in orders)
    yield partial(by_lottery, lots), [free]
    yield partial(always, evenly(items)), [free]
