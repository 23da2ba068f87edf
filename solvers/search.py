"""Search: propose a rule under which self-interested agents produce what people want, or say why there is none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..games.environment import Environment
from ..games.errors import BadInput
from ..games.normal_form import NormalForm
from ..mechanisms.families import Dial
from ..mechanisms.goals import Goal
from .design import Design
from .searching.dial import search_dial
from .searching.direct import search_direct
from .searching.every_rule import search_family


def search(
    env_or_game: Any, goal: Goal, *, family: Any = None, time: float | None = None, progress: Any = None
) -> Design:
    """The best rule of a family for a goal, as a Design with a certificate, or the reason why there is none.

    In an Environment, without a ``family``, all randomised direct mechanisms are searched by a linear program
    (Conitzer and Sandholm 2002); ``family`` may be any iterable of rules instead, each of which is verified. In a
    NormalForm, ``family`` is a :class:`~rulewright.mechanisms.families.Dial`, such as ``fines(on="defect")``.
    ``time`` is a budget in seconds; ``progress(done, total)`` is called now and then. Raises BadInput, GameTooLarge.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=(-4, 4))
    >>> design = rw.search(env, rw.Goal((rw.strategyproof, rw.individually_rational), rw.welfare))
    >>> design.status, design.value, design.check()
    ('optimal', Fraction(7, 4), True)
    >>> dilemma = rw.games.prisoners_dilemma()
    >>> goal = rw.Goal((rw.strictly_dominant("cooperate"),))
    >>> rw.search(dilemma, goal, family=rw.mechanisms.fines(on="defect", unit=1)).rule.name
    'fine of 3 on "defect"'
    """
    if not isinstance(goal, Goal):
        raise BadInput(f"search needs a Goal, not {type(goal).__name__}; pass rulewright.Goal(require=(...))")
    if isinstance(env_or_game, NormalForm):
        if not isinstance(family, Dial):
            raise BadInput(
                f'in the game "{env_or_game.name}" a search needs a family of edits, such as '
                'family=rulewright.mechanisms.fines(on="defect")'
            )
        return search_dial(env_or_game, goal, family)
    if not isinstance(env_or_game, Environment):
        raise BadInput(f"search needs an Environment or a NormalForm, not {type(env_or_game).__name__}")
    if family is None:
        return search_direct(env_or_game, goal, time, progress)
    if isinstance(family, Dial):
        raise BadInput(f'{family.name} edits games in normal form, and "{env_or_game.name}" is an environment')
    if callable(family):
        family = family(env_or_game)
    if not isinstance(family, Iterable):
        raise BadInput(f"family is {family!r}; it must be an iterable of rules, or None for all direct mechanisms")
    return search_family(env_or_game, goal, tuple(family), time, progress)
