"""Search: propose a rule under which self-interested agents produce what people want, or say why there is none."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from importlib.util import find_spec
from typing import Any

from ..games.buyer import Buyer
from ..games.crowd import Crowd
from ..games.environment import Environment
from ..games.errors import BadInput, nearest
from ..games.normal_form import NormalForm
from ..mechanisms.clausal import Clausal
from ..mechanisms.families import Dial, Menus
from ..mechanisms.goals import Goal
from .design import Design
from .searching.dial import search_dial
from .searching.direct import search_direct
from .searching.every_rule import search_family

METHODS = ("mip", "cp", "sat")


def search(
    env_or_game: Any,
    goal: Goal,
    *,
    family: Any = None,
    deterministic: bool = False,
    method: str | None = None,
    structure: bool = True,
    time: float | None = None,
    progress: Any = None,
) -> Design:
    """The best rule of a family for a goal, as a Design with a certificate, or the reason why there is none.

    In an Environment, without a ``family``, all randomised direct mechanisms are searched (Conitzer and Sandholm
    2002), or with ``deterministic`` those that never draw lots: by integer programming (``method`` "mip", HiGHS), by
    CP-SAT ("cp", the extra cp) or, where any rule that meets the goal will do, by SAT ("sat", the extra sat).
    ``family`` may be any iterable of rules instead, each of which is verified. In a NormalForm, ``family`` is a
    :class:`~rulewright.mechanisms.families.Dial`, such as ``fines(on="defect")``; in a Crowd of bidders who are alike
    all rules are searched; for a Buyer the ``family`` is one of menus. With ``structure=False`` no use is made of
    players who are alike and of utilities that cross once. ``time`` is a budget in seconds; ``progress(done, total)``
    is called now and then. Raises BadInput, GameTooLarge, MissingExtra.

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
    _check_time(time)
    if isinstance(env_or_game, Crowd):
        from .searching.crowds.search_crowd import search_crowd

        _nothing_else(env_or_game.name, "a crowd, where all rules are searched", family, deterministic, method)
        return search_crowd(env_or_game, goal, time, progress)
    if isinstance(env_or_game, Buyer) or isinstance(family, Menus):
        from .searching.menus.search_menus import search_menus

        _no_method(env_or_game, deterministic, method)
        return search_menus(env_or_game, goal, Menus() if family is None else family, time, progress)
    if isinstance(env_or_game, NormalForm):
        _no_method(env_or_game, deterministic, method)
        if not isinstance(family, Dial):
            raise BadInput(
                f'in the game "{env_or_game.name}" a search needs a family of edits, such as '
                'family=rulewright.mechanisms.fines(on="defect")'
            )
        return search_dial(env_or_game, goal, family)
    if not isinstance(env_or_game, Environment):
        raise BadInput(
            f"search needs an Environment, a Crowd, a Buyer or a NormalForm, not {type(env_or_game).__name__}"
        )
    if family is None:
        if deterministic:
            if method is not None and method not in METHODS:
                raise BadInput(f"there is no method {method!r}; {nearest(str(method), METHODS)}")
            return _without_lots(env_or_game, goal, method, time, progress)
        if method is not None:
            raise BadInput(f"method is {method!r}, which is chosen among for deterministic=True alone")
        return search_direct(env_or_game, goal, time, progress, structure)
    _no_method(env_or_game, deterministic, method)
    if isinstance(family, Dial):
        raise BadInput(f'{family.name} edits games in normal form, and "{env_or_game.name}" is an environment')
    if callable(family):
        family = family(env_or_game)
    if not isinstance(family, Iterable):
        raise BadInput(f"family is {family!r}; it must be an iterable of rules, or None for all direct mechanisms")
    return search_family(env_or_game, goal, tuple(family), time, progress)


def _without_lots(env: Environment, goal: Goal, method: str | None, time: float | None, progress: Any) -> Design:
    """By SAT where it was asked for, or where any rule will do, there is no money and the extra is there."""
    from .searching.choice.search_choice import search_choice
    from .searching.integers.search_deterministic import search_deterministic

    if method == "sat":
        return search_choice(env, goal, time, progress)
    by_clauses = [property for property in goal.require if isinstance(property, Clausal)]
    if by_clauses and goal.maximize is not None:
        raise BadInput(f"{by_clauses[0].name} is searched for by SAT, which makes nothing large; leave maximize out")
    there = find_spec("pysat") is not None or by_clauses
    if method is None and goal.maximize is None and env.transfers is None and there:
        try:
            return search_choice(env, goal, time, progress)
        except BadInput:  # what is asked is no matter of a profile or two
            if by_clauses:
                raise
    return search_deterministic(env, goal, method, time, progress)


def _check_time(time: Any) -> None:
    number = isinstance(time, int | float | Fraction) and type(time) is not bool
    if time is not None and (not number or math.isnan(time) or time < 0):
        raise BadInput(f"time is {time!r}; it must be a number of seconds, at least 0, or None for no limit")


def _no_method(thing: Any, deterministic: bool, method: Any) -> None:
    if deterministic or method is not None:
        raise BadInput(
            "deterministic and method are for a search over all direct mechanisms of an environment, and here a "
            f"{'family' if isinstance(thing, Environment) else type(thing).__name__} is searched; leave them out"
        )


def _nothing_else(name: str, what: str, family: Any, deterministic: bool, method: Any) -> None:
    if family is not None or deterministic or method is not None:
        raise BadInput(f'"{name}" is {what}; leave family, deterministic and method out')
