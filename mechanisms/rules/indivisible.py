"""Rules for indivisible goods: who gets which, without money."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from ...games.bundles import Bundle, goods_of, worth_of_bundle
from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import exact
from ...games.outcomes import Finite, Outcome
from ...games.profile import Profile
from ..rule import mechanism


@mechanism
def round_robin(env: Environment, reports: Profile[Any]) -> Any:
    """The players take turns, in their order, in each of which one takes the good that adds most to her bundle
    (Caragiannis et al. 2019; Amanatidis et al. 2024).

    Ties: the good named first. A round robin is envy-free up to one good if values are additive.

    >>> from rulewright.games.bundles import bundles
    >>> env = bundles({"ann": ((3, 2, 1),), "bob": ((3, 2, 2),)}, ("a", "b", "c"))
    >>> round_robin(env, {"ann": (3, 2, 1), "bob": (3, 2, 2)})
    Profile(ann=('a', 'c'), bob=('b',))
    """
    goods = goods_of(env)
    left = list(goods)
    got: dict[str, Bundle] = dict.fromkeys(env.players, ())
    for player in itertools.cycle(env.players):
        if not left:
            return Profile(got)
        after = {good: _with(goods, got[player], good) for good in left}
        taken = max(left, key=lambda good: worth_of_bundle(env, player, reports[player], after[good]))
        got[player] = after[taken]
        left.remove(taken)
    raise AssertionError("there is at least one player")


def _with(goods: Bundle, bundle: Bundle, good: str) -> Bundle:
    return tuple(g for g in goods if g in bundle or g == good)


@mechanism
def envy_cycle_elimination(env: Environment, reports: Profile[Any]) -> Any:
    """Goods are handed out in their order, each to a player whom nobody envies; where all are envied, bundles are
    first passed along a cycle of envy (Lipton et al. 2004).

    Ties: the player named first; a cycle is found by going from the player named first to whom each envies, the one
    named first. Envy-free up to one good whenever a larger bundle is worth no less.

    >>> from rulewright.games.bundles import bundles
    >>> env = bundles({"ann": ((3, 2, 1),), "bob": ((3, 2, 2),)}, ("a", "b", "c"))
    >>> envy_cycle_elimination(env, {"ann": (3, 2, 1), "bob": (3, 2, 2)})
    Profile(ann=('a',), bob=('b', 'c'))
    """
    goods = goods_of(env)
    got: dict[str, Bundle] = dict.fromkeys(env.players, ())

    def envied(player: str) -> list[str]:
        own = worth_of_bundle(env, player, reports[player], got[player])
        return [p for p in env.players if worth_of_bundle(env, player, reports[player], got[p]) > own]

    def unenvied() -> list[str]:
        some = {p for player in env.players for p in envied(player)}
        return [p for p in env.players if p not in some]

    for good in goods:
        while not (free := unenvied()):
            # every player is envied: walk from a player to one who envies her, until somebody comes a second time
            walk = [env.players[0]]
            while walk[-1] not in walk[:-1]:
                walk.append(next(p for p in env.players if walk[-1] in envied(p)))
            cycle = walk[walk.index(walk[-1]) :]  # each is envied by the next, the last is the first
            bundle = {p: got[p] for p in cycle}
            for envied_one, envier in itertools.pairwise(cycle):
                got[envier] = bundle[envied_one]
        got[free[0]] = _with(goods, got[free[0]], good)
    return Profile(got)


@mechanism
def maximum_nash_welfare(env: Environment, reports: Profile[Any]) -> Any:
    """An allocation in which as many players as possible get something of worth and the product of what they get is
    largest (Caragiannis et al. 2019).

    Ties: the allocation listed first.

    >>> from rulewright.games.bundles import bundles
    >>> env = bundles({"ann": ((3, 1, 1),), "bob": ((3, 2, 2),)}, ("a", "b", "c"))
    >>> maximum_nash_welfare(env, {"ann": (3, 1, 1), "bob": (3, 2, 2)})
    Profile(ann=('a',), bob=('b', 'c'))
    """
    return _largest(env, reports, _nash)


@mechanism
def nash_welfare_with_ties(env: Environment, reports: Profile[Any]) -> Any:
    """Of the allocations of maximum Nash welfare the one whose worths are largest for the first player, then the
    second, and so on; goods that nobody who gets them values are thrown away (Halpern et al. 2020).

    Group strategyproof where every good is worth 0 or 1. The environment needs ``disposal``.

    >>> from rulewright.games.bundles import bundles
    >>> env = bundles({"ann": ((1, 1, 0),), "bob": ((1, 0, 0),)}, ("a", "b", "c"), disposal=True)
    >>> nash_welfare_with_ties(env, {"ann": (1, 1, 0), "bob": (1, 0, 0)})
    Profile(ann=('b',), bob=('a',))
    """
    goods_of(env)
    nothing: Profile[Bundle] = Profile(dict.fromkeys(env.players, ()))
    try:
        env.space.point(nothing)
    except BadInput:
        raise BadInput(f'"{env.name}" must be declared with disposal=True, so that goods can go to nobody') from None

    def measure(worths: Sequence[int | Fraction], outcome: Outcome) -> Any:
        return *_nash(worths, outcome), tuple(worths), -sum(map(len, outcome.values()))

    return _largest(env, reports, measure)


@mechanism
def leximin(env: Environment, reports: Profile[Any]) -> Any:
    """An allocation whose least worth is largest, then whose second least is largest, and so on (Rawls 1971; Plaut
    and Roughgarden 2020).

    Ties: the allocation listed first. Worths are compared as reported, not normalised.

    >>> from rulewright.games.bundles import bundles
    >>> env = bundles({"ann": ((3, 1, 1),), "bob": ((3, 2, 2),)}, ("a", "b", "c"))
    >>> leximin(env, {"ann": (3, 1, 1), "bob": (3, 2, 2)})
    Profile(ann=('a',), bob=('b', 'c'))
    """
    return _largest(env, reports, lambda worths, outcome: sorted(worths))


@mechanism
def utilitarian(env: Environment, reports: Profile[Any]) -> Any:
    """An allocation in which the sum of worths is largest (Bentham 1789).

    Ties: the allocation listed first.

    >>> from rulewright.games.bundles import bundles
    >>> env = bundles({"ann": ((3, 1, 1),), "bob": ((3, 2, 2),)}, ("a", "b", "c"))
    >>> utilitarian(env, {"ann": (3, 1, 1), "bob": (3, 2, 2)})
    Profile(ann=('a',), bob=('b', 'c'))
    """
    return _largest(env, reports, lambda worths, outcome: sum(worths))


def _nash(worths: Sequence[int | Fraction], outcome: Outcome) -> tuple[int, int | Fraction]:
    product: int | Fraction = 1
    for worth in worths:
        product *= worth if worth > 0 else 1
    return sum(worth > 0 for worth in worths), product


def _largest(env: Environment, reports: Profile[Any], measure: Callable[[Any, Outcome], Any]) -> Outcome:
    """The outcome listed first among those with the largest measure of the reported worths."""
    goods_of(env)
    assert isinstance(env.space, Finite)
    rows = [[exact(u) for u in env.utilities(p)[env.position(p, reports[p])]] for p in env.players]
    worths = list(zip(*rows, strict=True))
    items: tuple[Any, ...] = env.space.items
    return items[max(range(len(items)), key=lambda k: measure(worths[k], items[k]))]


@mechanism
def cut_and_choose_goods(env: Environment, reports: Profile[Any]) -> Any:
    """The player named first cuts the goods into two bundles, as equal as she can, and the other takes the one that
    she prefers (Brams and Taylor 1996; Plaut and Roughgarden 2020).

    The cut maximises, in this order, the lesser worth, the number of goods in that bundle, the larger worth
    (leximin++). Ties: the cut that is listed first; of equal bundles the other player takes the one which holds the
    first good.

    >>> from rulewright.games.bundles import bundles
    >>> env = bundles({"ann": ((3, 2, 2),), "bob": ((1, 3, 2),)}, ("a", "b", "c"))
    >>> cut_and_choose_goods(env, {"ann": (3, 2, 2), "bob": (1, 3, 2)})
    Profile(ann=('a',), bob=('b', 'c'))
    """
    goods = goods_of(env)
    if len(env.players) != 2:
        raise BadInput(f'cut and choose is for two players, and "{env.name}" has {len(env.players)}')
    cutter, chooser = env.players
    cuts = []
    for flags in itertools.product((True, False), repeat=len(goods)):
        one = tuple(g for g, first in zip(goods, flags, strict=True) if first)
        cuts.append((one, tuple(g for g in goods if g not in one)))

    def evenness(cut: tuple[Bundle, Bundle]) -> Any:
        return sorted((worth_of_bundle(env, cutter, reports[cutter], each), len(each)) for each in cut)

    cut = max(cuts, key=evenness)
    taken = max(cut, key=lambda bundle: worth_of_bundle(env, chooser, reports[chooser], bundle))
    return Profile({cutter: cut[1] if taken == cut[0] else cut[0], chooser: taken})
