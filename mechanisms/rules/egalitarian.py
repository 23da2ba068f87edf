"""The egalitarian assignment: objects that are good or not, by a lottery that is best for who is worst off."""

from __future__ import annotations

from typing import Any

from ...games.dichotomous import NOTHING
from ...games.environment import Environment
from ...games.errors import BadInput, GameTooLarge
from ...games.lottery import Lottery
from ...games.numbers import exact
from ...games.outcomes import Finite
from ...games.profile import Profile
from ..rule import mechanism
from .pivoting import leximin_point

ASSIGNMENT_LIMIT = 1_000


@mechanism
def egalitarian_assignment(env: Environment, reports: Profile[Any]) -> Any:
    """A lottery over assignments in which the least probability of a good object is as large as can be, then the
    second least, and so on; nobody is given what is not good for her (Bogomolnaia and Moulin 2004; Kurokawa, Procaccia
    and Shah 2018).

    Group strategyproof, envy-free and efficient. Ties: the assignment listed first is as likely as that allows, then
    the second, and so on. Raises BadInput, and GameTooLarge beyond 1,000 assignments.

    >>> from rulewright.games.dichotomous import dichotomous
    >>> env = dichotomous(("ann", "bob"), ("north", "south"))
    >>> egalitarian_assignment(env, {"ann": ("north",), "bob": ("north", "south")})
    Profile(ann='north', bob='south')
    >>> egalitarian_assignment(env, {"ann": ("north",), "bob": ("north",)})
    Lottery({Profile(ann='north', bob='nothing'): 1/2, Profile(ann='nothing', bob='north'): 1/2})
    """
    nothing = Profile(dict.fromkeys(env.players, NOTHING))
    items: Any = env.space.items if isinstance(env.space, Finite) else ()
    if nothing not in items:
        raise BadInput(f'the rule needs an environment made by dichotomous(players, objects); "{env.name}" is none')
    if len(items) > ASSIGNMENT_LIMIT:
        remedy = "declare fewer players or fewer objects"
        raise GameTooLarge("assignments to draw from", len(items), ASSIGNMENT_LIMIT, remedy)
    used = [x for x in items if all(thing in (NOTHING, *reports[p]) for p, thing in x.items())]
    worths = [[int(x[p] != NOTHING) for x in used] for p in env.players if any(x[p] != NOTHING for x in used)]
    chances = leximin_point(worths, [[1] * len(used)], [1])
    drawn = {x: exact(chance) for x, chance in zip(used, chances, strict=True) if chance}
    return next(iter(drawn)) if len(drawn) == 1 else Lottery(drawn)
