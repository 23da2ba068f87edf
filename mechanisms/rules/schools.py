"""School choice without waste: deferred acceptance, adjusted until it is efficient."""

from __future__ import annotations

from typing import Any

from ...games.environment import Environment
from ...games.profile import Profile
from ..rule import DirectMechanism
from .assignment import Priorities, by_priorities, checked_priorities, propose, ranked_objects


def efficiency_adjusted_deferred_acceptance(priorities: Priorities) -> DirectMechanism:
    """Deferred acceptance in which all students consent to waive priorities that do nothing for themselves
    (Kesten 2010).

    ``priorities`` gives each school (one seat each) the students in order, first the most welcome.

    >>> from rulewright.games.preferences import assignment
    >>> env = assignment(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> order = {"a": ("ann", "bob", "cem"), "b": ("cem", "bob", "ann"), "c": ("bob", "ann", "cem")}
    >>> both = {"ann": ("b", "a", "c"), "bob": ("a", "b", "c"), "cem": ("a", "b", "c")}
    >>> from rulewright.mechanisms import deferred_acceptance
    >>> deferred_acceptance(order)(env, both)
    Profile(ann='a', bob='c', cem='b')
    >>> efficiency_adjusted_deferred_acceptance(order)(env, both)
    Profile(ann='b', bob='c', cem='a')
    """
    return by_priorities(_adjusted, "efficiency-adjusted deferred acceptance", priorities)


def _adjusted(priorities: Priorities, env: Environment, reports: Profile[Any]) -> Any:
    """Students propose and schools keep the best so far; whoever has a school that nobody else would rather have
    leaves with it, and the rest begin again without them (Kesten 2010; Tang and Yu 2014).
    """
    order = checked_priorities(env, ranked_objects(env, reports), priorities)
    students, schools, got = list(env.players), list(order), dict[str, Any]()
    while students:
        rankings = {s: tuple(x for x in reports[s] if x in schools) for s in students}
        round_ = propose(students, rankings, {x: [s for s in order[x] if s in students] for x in schools})
        wanted = {x for s in students for x in rankings[s][: rankings[s].index(round_[s])]}
        settled = {s: x for s, x in round_.items() if x not in wanted}
        got |= settled
        students = [s for s in students if s not in settled]
        schools = [x for x in schools if x not in settled.values()]
    return Profile({student: got[student] for student in env.players})
