"""Individual rationality: no player is worse off for taking part."""

from __future__ import annotations

from typing import Any

from ...games.environment import Environment
from ...games.numbers import Number, show
from ..cases import Case, believed, interim_types, players
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
    u = worth(env, case.player, case.types[case.player])
    return rule.expect(u, env, case.reports), 0


@for_all(interim_types, "interim IR", story=_loser)
def interim_individually_rational(rule: Any, env: Environment, case: Case) -> tuple[Any, Any]:
    """No honest player expects less than 0 once she knows her own type (Myerson and Satterthwaite 1983).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> bool(rw.verify(rw.mechanisms.second_price, env, rw.interim_individually_rational))
    True
    """
    u = worth(env, case.player, case.types[case.player])
    honest, _ = believed(env, case)
    return rule.expect(u, env, honest), 0
