"""Fairness with indivisible goods: as little envy, and as much of a fair share, as whole goods allow."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any

from ...games.bundles import Bundle, goods_of, worth_of_bundle
from ...games.environment import Environment, Type
from ...games.lottery import Lottery
from ...games.numbers import Number, show
from ...games.outcomes import Outcome
from ..cases import Case, pairs, players
from ..measures import worth
from ..property import Finding, entry_text, examined, for_all, told


def _chosen(rule: Any, env: Environment, case: Case) -> Iterator[Outcome]:
    """The outcomes that the rule may choose."""
    goods_of(env)
    outcome, _ = rule.result(env, case.reports)
    yield from outcome if isinstance(outcome, Lottery) else (outcome,)


def _text(bundle: Bundle) -> str:
    return ", ".join(bundle) if bundle else "nothing"


def _envied(rule: Any, env: Environment, case: Case, every: bool) -> Finding | None:
    """Envy that is left after a good is taken from the other's bundle: the best good, or with ``every`` the worst."""
    one, other, own = case.player, case.other, case.types[case.player]
    for outcome in _chosen(rule, env, case):
        mine, theirs = outcome[one], outcome[other]
        has = worth_of_bundle(env, one, own, mine)
        if worth_of_bundle(env, one, own, theirs) <= has or not theirs:
            continue
        without = {good: worth_of_bundle(env, one, own, tuple(g for g in theirs if g != good)) for good in theirs}
        good = max(without, key=without.__getitem__) if every else min(without, key=without.__getitem__)
        if without[good] > has:
            which = f"even without {good}" if every else f"whichever good is taken away, say {good}"
            sentence = (
                f"at {told(case.types)}, {one} gets {_text(mine)}, worth {show(has)} to her, and envies {other} for "
                f"{_text(theirs)} {which}, still worth {show(without[good])}"
            )
            return Finding(case, has, without[good], sentence, outcome)
    return None


@examined(pairs, "EF1")
def envy_free_up_to_one_good(rule: Any, env: Environment, case: Case) -> Finding | None:
    """No player prefers another's bundle to her own once some one good is taken away from it (Budish 2011).

    >>> import rulewright as rw
    >>> from rulewright.games.bundles import bundles
    >>> from rulewright.mechanisms.rules.indivisible import round_robin, utilitarian
    >>> env = bundles({"ann": ((1, 1, 1),), "bob": ((1, 1, 1), (2, 2, 2))}, ("a", "b", "c"))
    >>> bool(rw.verify(round_robin, env, envy_free_up_to_one_good))
    True
    >>> print(rw.verify(utilitarian, env, envy_free_up_to_one_good).counterexample)  # doctest: +ELLIPSIS
    at ann = (1, 1, 1), bob = (2, 2, 2), ann gets nothing, worth 0 to her, and envies bob for a, b, c whichever ...
    """
    return _envied(rule, env, case, every=False)


@examined(pairs, "EFX")
def envy_free_up_to_any_good(rule: Any, env: Environment, case: Case) -> Finding | None:
    """No player prefers another's bundle to her own once any one good is taken away from it (Caragiannis et al. 2019).

    Goods that are worth nothing to the player count too (Plaut and Roughgarden 2020).

    >>> import rulewright as rw
    >>> from rulewright.games.bundles import bundles
    >>> from rulewright.mechanisms.rules.indivisible import round_robin
    >>> env = bundles({"ann": ((3, 2, 1),), "bob": ((3, 2, 1),)}, ("a", "b", "c"))
    >>> print(rw.verify(round_robin, env, envy_free_up_to_any_good).counterexample)  # doctest: +ELLIPSIS
    at ann = (3, 2, 1), ... bob gets b, worth 2 to her, and envies ann for a, c even without c, still worth 3
    """
    return _envied(rule, env, case, every=True)


@examined(players, "PROP1")
def proportional_up_to_one_good(rule: Any, env: Environment, case: Case) -> Finding | None:
    """Each of n players gets at least 1/n of the worth of all goods to her, or would with one good more (Conitzer,
    Freeman and Shah 2017).

    >>> import rulewright as rw
    >>> from rulewright.games.bundles import bundles
    >>> from rulewright.mechanisms.rules.indivisible import utilitarian
    >>> env = bundles({"ann": ((1, 1, 1),), "bob": ((2, 2, 2),)}, ("a", "b", "c"))
    >>> print(rw.verify(utilitarian, env, proportional_up_to_one_good).counterexample)  # doctest: +ELLIPSIS
    at ann = (1, 1, 1), ... ann gets nothing, worth 1 to her with one good more, less than her fair share 3/2
    """
    player, own = case.player, case.types[case.player]
    goods = goods_of(env)
    fair = Fraction(worth_of_bundle(env, player, own, goods), len(env.players))
    for outcome in _chosen(rule, env, case):
        mine = outcome[player]
        more = [tuple(g for g in goods if g in mine or g == good) for good in goods]
        best = max(worth_of_bundle(env, player, own, bundle) for bundle in more)
        if best < fair:
            sentence = (
                f"at {told(case.types)}, {player} gets {_text(mine)}, worth {show(best)} to her with one good more, "
                f"less than her fair share {show(fair)}"
            )
            return Finding(case, best, fair, sentence, outcome)
    return None


@examined(players, "MMS")
def maximin_share(rule: Any, env: Environment, case: Case) -> Finding | None:
    """Each player gets at least what she could be sure of if she divided the goods and chose last (Budish 2011).

    >>> import rulewright as rw
    >>> from rulewright.games.bundles import bundles
    >>> from rulewright.mechanisms.rules.indivisible import round_robin
    >>> env = bundles({"ann": ((3, 2, 3, 5),), "bob": ((2, 1, 3, 5),)}, ("a", "b", "c", "d"))
    >>> print(rw.verify(round_robin, env, maximin_share).counterexample)  # doctest: +ELLIPSIS
    at ann = (3, 2, 3, 5), ... bob gets b, c, worth 4 to her, less than her maximin share 5
    """
    player, own = case.player, case.types[case.player]
    needs = share_to_be_sure_of(env, player, own)
    for outcome in _chosen(rule, env, case):
        has = worth_of_bundle(env, player, own, outcome[player])
        if has < needs:
            sentence = (
                f"at {told(case.types)}, {player} gets {_text(outcome[player])}, worth {show(has)} to her, less than "
                f"her maximin share {show(needs)}"
            )
            return Finding(case, has, needs, sentence, outcome)
    return None


@lru_cache(maxsize=10_000)
def share_to_be_sure_of(env: Environment, player: str, type: Type) -> int | Fraction:
    """A player's maximin share: the most that the worst of n bundles can be worth to her.

    >>> from rulewright.games.bundles import bundles
    >>> env = bundles({"ann": ((3, 2, 3, 5),), "bob": ((2, 1, 3, 5),)}, ("a", "b", "c", "d"))
    >>> share_to_be_sure_of(env, "ann", (3, 2, 3, 5))
    6
    """
    goods, n = goods_of(env), len(env.players)
    best = worth_of_bundle(env, player, type, ())
    for owner in itertools.product(range(n), repeat=len(goods) - 1):
        parts = [tuple(g for g, o in zip(goods, (0, *owner), strict=True) if o == k) for k in range(n)]
        best = max(best, min(worth_of_bundle(env, player, type, part) for part in parts))
    return best


def _unequal(rule: Any, env: Environment, case: Case, has: Number, needs: Number) -> str:
    types = ", ".join(f"{p} = {entry_text(t)}" for p, t in case.types.items())
    return f"at {types}, {case.player} ends up with {show(has)}, and {case.other} by her own measure with {show(needs)}"


@for_all(pairs, "EQ", equal=True, story=_unequal)
def equitable(rule: Any, env: Environment, case: Case) -> tuple[Any, Any]:
    """All players get the same, each by her own measure (Dubins and Spanier 1961).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> print(rw.verify(rw.mechanisms.second_price, env, equitable).counterexample)
    at ann = 1, bob = 2, ann ends up with 0, and bob by her own measure with 1
    """
    one = worth(env, case.player, case.types[case.player])
    other = worth(env, case.other, case.types[case.other])
    return rule.expect(one, env, case.reports), rule.expect(other, env, case.reports)
