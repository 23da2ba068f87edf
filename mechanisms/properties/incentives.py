"""Incentive compatibility: no player gains by misreporting."""

from __future__ import annotations

from functools import partial
from typing import Any

from ...games.environment import Environment
from ...games.numbers import Number, exact, show
from ..cases import Case, believed, interim_misreports, misreports
from ..measures import worth
from ..property import ForAll, entry_text, for_all, told
from .margins import sides_with, story_with


def _lie(rule: Any, env: Environment, case: Case, has: Number, needs: Number) -> str:
    who, true = case.player, entry_text(case.types[case.player])
    assert case.reports is not None
    lie = entry_text(case.reports[who])
    others = case.types.without(who)
    setting = f" while the others report {told(others)}" if others else ""
    return (
        f"{who}, whose true type is {true}, gains {show(needs - has)} by reporting {lie}{setting}: "
        f"she gets {show(needs)} instead of {show(has)}"
    )


@for_all(misreports, "DSIC", story=_lie)
def strategyproof(rule: Any, env: Environment, case: Case) -> tuple[Any, Any]:
    """No player ever gains by misreporting, whatever the others report (Gibbard 1973).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> rw.verify(rw.mechanisms.first_price, env, rw.strategyproof).status
    'refuted'
    >>> rw.verify(rw.mechanisms.second_price, env, rw.strategyproof).status
    'proved'
    """
    u = worth(env, case.player, case.types[case.player])
    return rule.expect(u, env, case.types), rule.expect(u, env, case.reports)


@for_all(misreports, "ex post IC", story=_lie)
def ex_post_incentive_compatible(rule: Any, env: Environment, case: Case) -> tuple[Any, Any]:
    """No player gains by misreporting if the others are honest, whatever everybody's types (Crémer and McLean 1985).

    Where values are interdependent this is what dominant strategies are where values are private (there the two are
    the same): what an outcome is worth may depend on what the others know, so their honesty matters.

    >>> import rulewright as rw
    >>> def worth_of_the_field(player, winner, types):
    ...     return 2 * types[player] + sum(types.values()) if winner == player else 0
    >>> field = rw.Environment("oil", {"ann": (1, 2), "bob": (1, 2)}, ("ann", "bob"), worth_of_the_field,
    ...                        transfers=(None, None), interdependent=True)
    >>> print(rw.verify(rw.mechanisms.second_price, field, ex_post_incentive_compatible).counterexample)
    ann, whose true type is 1, gains 3 by reporting 2 while the others report bob = 2: she gets 3 instead of 0
    """
    u = worth(env, case.player, case.types)
    return rule.expect(u, env, case.types), rule.expect(u, env, case.reports)


def nearly_strategyproof(epsilon: Number) -> ForAll:
    """No player ever gains more than ``epsilon`` by misreporting (Birrell and Pass 2011).

    A negative ``epsilon`` asks that every lie costs at least that much. The same as
    ``with_margin(strategyproof, -epsilon)``.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> bool(rw.verify(rw.mechanisms.first_price, env, nearly_strategyproof(1)))
    True
    """
    slack = exact(epsilon, "epsilon")
    words = (
        f"No player ever gains more than {show(slack)} by misreporting, whatever others report (Birrell and Pass 2011)."
    )
    sides = partial(_nearly, slack)
    return ForAll(f"nearly_strategyproof({show(slack)})", words, "ε-DSIC", misreports, sides, partial(_gains, slack))


def _nearly(slack: Number, rule: Any, env: Environment, case: Case) -> tuple[Any, Any]:
    return sides_with(strategyproof, -exact(slack), rule, env, case)


def _gains(slack: Number, rule: Any, env: Environment, case: Case, has: Number, needs: Number) -> str:
    return story_with(strategyproof, -exact(slack), rule, env, case, has, needs)


@for_all(interim_misreports, "BIC", story=_lie)
def bayesian_incentive_compatible(rule: Any, env: Environment, case: Case) -> tuple[Any, Any]:
    """No player gains on average by misreporting, if the others are honest and she trusts the prior (Harsanyi 1967).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> rw.verify(rw.mechanisms.first_price, env, rw.bayesian_incentive_compatible).counterexample.gain
    Fraction(1, 2)
    """
    honest, lying = believed(env, case)
    u = worth(env, case.player, honest.reports)
    return rule.expect(u, env, honest), rule.expect(u, env, lying)
