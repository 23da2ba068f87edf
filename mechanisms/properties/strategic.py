"""Properties of games: what the payoffs make players do."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import partial

from ...games.errors import BadInput, nearest
from ...games.normal_form import NormalForm
from ...games.profile import Profile
from ..property import Comparison, GameProperty


def strictly_dominant(action: str) -> GameProperty:
    """For every player who has it, ``action`` pays more than each other action, whatever the others do.

    >>> import rulewright as rw
    >>> bool(rw.verify(rw.mechanisms.status_quo, rw.games.prisoners_dilemma(), strictly_dominant("defect")))
    True
    """
    words = (
        f'For every player, "{action}" pays more than any other action, whatever the others do (Luce and Raiffa 1957).'
    )
    return GameProperty(f'strictly_dominant("{action}")', words, partial(_dominance, action=action), True)


def weakly_dominant(action: str) -> GameProperty:
    """For every player who has it, ``action`` pays no less than each other action, whatever the others do.

    >>> weakly_dominant("cooperate").strict
    False
    """
    words = f'For every player, "{action}" never pays less than any other action (Luce and Raiffa 1957).'
    return GameProperty(f'weakly_dominant("{action}")', words, partial(_dominance, action=action), False)


def strict_equilibrium(profile: Mapping[str, str]) -> GameProperty:
    """Every player strictly loses by leaving ``profile`` alone (Harsanyi 1973).

    >>> strict_equilibrium({"row": "cooperate", "column": "cooperate"}).name
    'strict_equilibrium(row=cooperate, column=cooperate)'
    """
    at = Profile(profile)
    label = ", ".join(f"{p}={a}" for p, a in at.items())
    words = f"Every player strictly loses by leaving ({label}) alone (Harsanyi 1973)."

    return GameProperty(f"strict_equilibrium({label})", words, partial(_deviations, at=at), True)


def _deviations(game: NormalForm, at: Profile[str]) -> Iterator[Comparison]:
    for player, actions in game.actions.items():
        game.payoff(player, at)  # raises BadInput for a name that the game does not have
        yield from (Comparison(player, at, at | {player: a}) for a in actions if a != at[player])


def _dominance(game: NormalForm, action: str) -> Iterator[Comparison]:
    if not any(action in actions for actions in game.actions.values()):
        labels = {a for actions in game.actions.values() for a in actions}
        raise BadInput(f'no player of "{game.name}" has the action "{action}"; {nearest(action, labels)}')
    for player, actions in game.actions.items():
        if action not in actions:
            continue
        others = {p: each for p, each in game.actions.items() if p != player}
        for rest in itertools.product(*others.values()):
            profile = dict(zip(others, rest, strict=True))
            full = Profile({p: profile.get(p, action) for p in game.actions})
            yield from (Comparison(player, full, full | {player: a}) for a in actions if a != action)
