"""What sharing resources should bring: no less than an equal split, nothing left over, and no harm from having more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import partial
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput, nearest
from ...games.lottery import Lottery
from ...games.numbers import Number, exact, show
from ...games.outcomes import Shares
from ...games.profile import Profile
from ...games.resources import Division, capacities_of, tasks
from ..cases import Case, pairs, players
from ..measures import worth
from ..property import Finding, OwnCheck, entry_text, examined, told
from ..rules.resources import ResourceRule


@examined(players, "SI")
def sharing_incentive(rule: Any, env: Environment, case: Case) -> Finding | None:
    """No player would be better off alone with 1/n of every resource, or of every good (Ghodsi et al. 2011).

    Raises BadInput where neither resources nor goods are divided, or values are interdependent.

    >>> import rulewright as rw
    >>> from rulewright.games.resources import resources
    >>> from rulewright.mechanisms.rules.resources import asset_fairness, dominant_resource_fairness
    >>> env = resources({"ann": ((5, 3),), "bob": ((3, 2),)}, {"cpu": 15, "memory": 15},
    ...                 rules=[asset_fairness, dominant_resource_fairness])
    >>> bool(rw.verify(dominant_resource_fairness, env, sharing_incentive))
    True
    >>> print(rw.verify(asset_fairness, env, sharing_incentive).counterexample)
    bob of type (3, 2) gets 120/49, less than the 5/2 of an equal split, when the others are ann = (5, 3)
    """
    if env.interdependent:
        raise BadInput(f'values in "{env.name}" are interdependent, and being alone is defined for private values')
    player, own = case.player, case.types[case.player]
    n = len(env.players)
    if isinstance(env.space, Shares):
        part: Any = Profile(dict.fromkeys(env.space.goods, Fraction(1, n)))
        needs = exact(env.worth_of(player, Profile(dict.fromkeys(env.players, part)), own))
    else:
        needs = tasks({r: Fraction(c) / n for r, c in capacities_of(env).items()}, own)
    has = exact(rule.expect(worth(env, player, own), env, case.types))
    if has >= needs:
        return None
    others = case.types.without(player)
    setting = f", when the others are {told(others)}" if others else ""
    sentence = (
        f"{player} of type {entry_text(own)} gets {show(has)}, less than the {show(needs)} of an equal split{setting}"
    )
    return Finding(case, has, needs, sentence)


@examined(players, "PE")
def resource_efficient(rule: Any, env: Environment, case: Case) -> Finding | None:
    """No player could run more tasks of her true type with what all the others' tasks leave over (Ghodsi et al. 2011).

    With Leontief demands that is Pareto efficiency among all divisions, however fine; pareto_efficient knows only the
    divisions that the environment lists. Raises BadInput where no resources are divided.

    >>> import rulewright as rw
    >>> from rulewright.games.resources import resources
    >>> from rulewright.mechanisms.rules.resources import static_partition
    >>> env = resources({"ann": ((1, 2),), "bob": ((2, 1),)}, {"cpu": 6, "memory": 6})
    >>> print(rw.verify(static_partition, env, resource_efficient).counterexample)
    at ann = (1, 2), bob = (2, 1), ann runs 3/2 tasks, and what all leave over is enough for 9/4
    """
    player = case.player
    capacities = capacities_of(env)
    outcome, _ = rule.result(env, case.types)
    drawn: Iterable[Any] = outcome if isinstance(outcome, Lottery) else (outcome,)
    for chosen in drawn:
        left, running = dict(capacities), {p: tasks(chosen[p], t) for p, t in case.types.items()}
        for p, t in case.types.items():
            for resource, need in zip(left, t, strict=True):
                left[resource] = exact(left[resource] - running[p] * exact(need))
        has, needs = running[player], exact(running[player] + tasks(left, case.types[player]))
        if has < needs:
            sentence = (
                f"at {told(case.types)}, {player} runs {show(has)} tasks, and what all leave over is enough for "
                f"{show(needs)}"
            )
            return Finding(case, has, needs, sentence, chosen)
    return None


@examined(pairs, "POP-MON")
def population_monotonic(rule: Any, env: Environment, case: Case) -> Finding | None:
    """If a player leaves, nobody who stays gets less (Thomson 1983; Ghodsi et al. 2011).

    Only rules for resources can be asked, which say how they divide among fewer. Raises BadInput.

    >>> import rulewright as rw
    >>> from rulewright.games.resources import resources
    >>> from rulewright.mechanisms.rules.resources import dominant_resource_fairness
    >>> demands = {"ann": ((1, 4), (2, 1)), "bob": ((3, 1),), "cem": ((1, 1),)}
    >>> env = resources(demands, {"cpu": 9, "memory": 18}, rules=[dominant_resource_fairness])
    >>> bool(rw.verify(dominant_resource_fairness, env, population_monotonic))
    True
    """
    here, capacities = _division(rule, env), capacities_of(env)
    player, own = case.player, case.types[case.player]
    has = tasks(here(capacities, case.types.without(case.other))[player], own)
    needs = tasks(here(capacities, case.types)[player], own)
    if has >= needs:
        return None
    sentence = f"at {told(case.types)}, if {case.other} leaves, {player} gets {show(has)} instead of {show(needs)}"
    return Finding(case, has, needs, sentence)


def resource_monotonic(more: Mapping[str, Number]) -> OwnCheck:
    """The property that nobody gets less if the capacities grow to ``more`` (Moulin and Thomson 1988; Ghodsi et al.
    2011).

    Resources that are not named stay as they are. Only rules for resources can be asked. Raises BadInput.

    >>> import rulewright as rw
    >>> from rulewright.games.resources import resources
    >>> from rulewright.mechanisms.rules.resources import dominant_resource_fairness
    >>> env = resources({"ann": ((2, 1),), "bob": ((1, 2),)}, {"cpu": 6, "memory": 6},
    ...                 rules=[dominant_resource_fairness])
    >>> print(rw.verify(dominant_resource_fairness, env, resource_monotonic({"cpu": 12})).counterexample)
    at ann = (2, 1), bob = (1, 2), with cpu = 12 bob gets 3/2 instead of 2
    """
    found = Profile({r: exact(c, f"the capacity of {r}") for r, c in more.items()})
    label = ", ".join(f"{r}={show(c)}" for r, c in found.items())
    words = f"Nobody gets less if the capacities grow to {label} (Moulin and Thomson 1988; Ghodsi et al. 2011)."
    return OwnCheck(f"resource_monotonic({label})", words, "RES-MON", players, partial(_grown, found))


def _grown(more: Profile[int | Fraction], rule: Any, env: Environment, case: Case) -> Finding | None:
    here, capacities = _division(rule, env), capacities_of(env)
    for resource, capacity in more.items():
        if resource not in capacities:
            raise BadInput(f'no resource "{resource}" in "{env.name}"; {nearest(resource, capacities)}')
        if capacity < capacities[resource]:
            raise BadInput(f"{resource} would fall to {show(capacity)}; the property is about larger capacities")
    player, own = case.player, case.types[case.player]
    has = tasks(here({**capacities, **more}, case.types)[player], own)
    needs = tasks(here(capacities, case.types)[player], own)
    if has >= needs:
        return None
    sentence = f"at {told(case.types)}, with {told(more)} {player} gets {show(has)} instead of {show(needs)}"
    return Finding(case, has, needs, sentence)


def _division(rule: Any, env: Environment) -> Division:
    capacities_of(env)
    if not isinstance(rule, ResourceRule):
        raise BadInput(f"{rule.name} is no rule for resources, so what it would do with others cannot be asked")
    return rule.divide
