"""Fairness: envy and fair shares."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ...games.environment import Environment
from ...games.numbers import Number, show
from ..cases import Case, pairs, players
from ..expectations import highest
from ..measures import value, worth
from ..property import entry_text, for_all, told


def _envy(rule: Any, env: Environment, case: Case, has: Number, needs: Number) -> str:
    return (
        f"at {told(case.types)}, {case.player} envies {case.other}: her own share is worth {show(has)} to her, "
        f"{case.other}'s {show(needs)}"
    )


def _short(rule: Any, env: Environment, case: Case, has: Number, needs: Number) -> str:
    others = case.types.without(case.player)
    setting = f" when the others are {told(others)}" if others else ""
    return (
        f"{case.player} of type {entry_text(case.types[case.player])} gets {show(has)}, less than her fair share "
        f"{show(needs)}{setting}"
    )


@for_all(pairs, "EF", story=_envy)
def envy_free(rule: Any, env: Environment, case: Case) -> tuple[Any, Any]:
    """No player prefers what another gets (and pays) to what she gets (and pays) herself (Foley 1967).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> bool(rw.verify(rw.mechanisms.second_price, env, rw.envy_free))
    True
    """
    mine = worth(env, case.player, case.types)
    theirs = worth(env, case.player, case.types, share_of=case.other)
    return rule.expect(mine, env, case.reports), rule.expect(theirs, env, case.reports)


@for_all(players, "PROP", story=_short)
def proportional(rule: Any, env: Environment, case: Case) -> tuple[Any, Any]:
    """Each of n players gets at least 1/n of the most that she could get by her own measure (Steinhaus 1948).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> print(rw.verify(rw.mechanisms.second_price, env, rw.proportional).counterexample)
    ann of type 1 gets 0, less than her fair share 1/2 when the others are bob = 1
    """
    most = highest(env, value(env, case.player, case.types))
    return rule.expect(worth(env, case.player, case.types), env, case.reports), most * Fraction(1, len(env.players))
