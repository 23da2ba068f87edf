"""Budget balance: where the payments go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import Number, show
from ...games.profile import Profile
from ..cases import Case, drawn, profiles
from ..measures import Measure, payment
from ..property import for_all, told


def all_payments(env: Environment) -> Measure:
    """What all players pay together; raises BadInput where there is no money."""
    if env.transfers is None:
        raise BadInput(f'"{env.name}" has no money, so payments cannot be asked about; declare transfers=(low, high)')
    return sum((payment(env, player) for player in env.players), start=Measure(()))


def _sum(rule: Any, env: Environment, case: Case, has: Number, needs: Number) -> str:
    return f"at {told(case.types)} the players together pay {show(has)}, and {show(needs)} is needed"


@for_all(profiles, "BB", equal=True, story=_sum)
def budget_balanced(rule: Any, env: Environment, case: Case) -> tuple[Any, Any]:
    """At every profile the payments sum to 0: money only moves between the players (Green and Laffont 1979).

    This is budget balance in the strong sense, ex post; the weak sense is :data:`no_deficit`.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> print(rw.verify(rw.mechanisms.second_price, env, rw.budget_balanced).counterexample)
    at ann = 1, bob = 1 the players together pay 1, and 0 is needed
    """
    return rule.expect(all_payments(env), env, case.reports), 0


@for_all(profiles, "weak BB", story=_sum)
def no_deficit(rule: Any, env: Environment, case: Case) -> tuple[Any, Any]:
    """At every profile the payments sum to at least 0: the rule never needs outside money (Green and Laffont 1979).

    This is budget balance in the weak sense, ex post: a surplus may be left over. The strong sense is
    :data:`budget_balanced`.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> bool(rw.verify(rw.mechanisms.second_price, env, rw.no_deficit))
    True
    """
    return rule.expect(all_payments(env), env, case.reports), 0


# -- on average -------------------------------------------------------------------------------------------------------


def _beforehand(env: Environment) -> Iterator[Case]:
    """The one question before anybody knows her type."""
    yield Case(types=Profile())


def _mean(rule: Any, env: Environment, case: Case, has: Number, needs: Number) -> str:
    return f"before types are known, the players together expect to pay {show(has)}, and {show(needs)} is needed"


@for_all(_beforehand, "ex ante BB", equal=True, story=_mean)
def ex_ante_budget_balanced(rule: Any, env: Environment, case: Case) -> tuple[Any, Any]:
    """The payments sum to 0 on average over the prior (Börgers and Norman 2009).

    This is budget balance in the strong sense, ex ante: at single profiles there may be a deficit or a surplus.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> print(rw.verify(rw.mechanisms.second_price, env, ex_ante_budget_balanced).counterexample)
    before types are known, the players together expect to pay 5/4, and 0 is needed
    """
    return rule.expect(all_payments(env), env, drawn(env)), 0


@for_all(_beforehand, "weak ex ante BB", story=_mean)
def ex_ante_no_deficit(rule: Any, env: Environment, case: Case) -> tuple[Any, Any]:
    """The payments sum to at least 0 on average over the prior: whoever runs the rule expects no loss (Börgers and
    Norman 2009).

    This is budget balance in the weak sense, ex ante.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> bool(rw.verify(rw.mechanisms.second_price, env, ex_ante_no_deficit))
    True
    """
    return rule.expect(all_payments(env), env, drawn(env)), 0
