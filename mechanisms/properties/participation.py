"""Individual rationality: no player is worse off for taking part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...games.environment import Environment
from ...games.numbers import Number, show
from ...games.profile import Profile
from ..cases import Case, believed, drawn, interim_types, players
from ..measures import worth
from ..property import entry_text, for_all, told


def _loser(rule: Any, env: Environment, case: Case, has: Number, needs: Number) -> str:
    who = case.player
    others = case.types.without(who)
    setting = f" when the others are {told(others)}" if others else ""
    return f"{who} of type {entry_text(case.types[who])} ends up with {show(has)}, less than {show(needs)}{setting}"


@for_all(players, "ex post IR", story=_loser)
def individually_rational(rule: Any, env: Environment, case: Case) -> tuple[Any, Any]:
    """No honest player ever ends up with less than 0, what staying away is worth (Hurwicz 1972).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> bool(rw.verify(rw.mechanisms.first_price, env, rw.individually_rational))
    True
    """
    return rule.expect(worth(env, case.player, case.types), env, case.reports), 0


@for_all(interim_types, "interim IR", story=_loser)
def interim_individually_rational(rule: Any, env: Environment, case: Case) -> tuple[Any, Any]:
    """No honest player expects less than 0 once she knows her own type (Myerson and Satterthwaite 1983).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> bool(rw.verify(rw.mechanisms.second_price, env, rw.interim_individually_rational))
    True
    """
    honest, _ = believed(env, case)
    return rule.expect(worth(env, case.player, honest.reports), env, honest), 0


def _beforehand(env: Environment) -> Iterator[Case]:
    """Every player, before anybody knows her type."""
    for player in env.players:
        yield Case(types=Profile(), player=player)


def _hopeless(rule: Any, env: Environment, case: Case, has: Number, needs: Number) -> str:
    return f"before anybody knows her type, {case.player} expects {show(has)}, less than {show(needs)}"


@for_all(_beforehand, "ex ante IR", story=_hopeless)
def ex_ante_individually_rational(rule: Any, env: Environment, case: Case) -> tuple[Any, Any]:
    """Before anybody knows her type, no player expects less than 0 from honest play (Holmström and Myerson 1983).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (0, 3), "bob": (1,)})
    >>> @rw.mechanism
    ... def a_fee(env, reports):
    ...     "The second-price auction, which it costs ann 1 to enter."
    ...     winner, payments = rw.mechanisms.second_price(env, reports)
    ...     return winner, payments | {"ann": payments["ann"] + 1}
    >>> [bool(rw.verify(a_fee, env, ask)) for ask in (ex_ante_individually_rational, interim_individually_rational)]
    [True, False]
    """
    honest = drawn(env)
    return rule.expect(worth(env, case.player, honest.reports), env, honest), 0
