"""Efficiency: nothing better is left lying."""

from __future__ import annotations

from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.lottery import Lottery
from ...games.numbers import Number, exact, show
from ...games.outcomes import Finite
from ...games.profile import Profile
from ..cases import Case, profiles
from ..expectations import highest
from ..measures import Measure, value
from ..property import Finding, examined, for_all, told


def total_value(env: Environment, types: Profile[Any]) -> Measure:
    """What the outcome is worth to all players together, before payments."""
    return sum((value(env, player, types) for player in env.players), start=Measure(()))


def _lost(rule: Any, env: Environment, case: Case, has: Number, needs: Number) -> str:
    return f"at {told(case.types)} the outcome is worth {show(has)} in total, and {show(needs)} is possible"


@for_all(profiles, "EFF", story=_lost)
def efficient(rule: Any, env: Environment, case: Case) -> tuple[Any, Any]:
    """At every profile the outcome has the largest possible sum of utilities (Vickrey 1961).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> print(rw.verify(rw.mechanisms.posted_price(2), env, rw.efficient).counterexample)
    at ann = 1, bob = 1 the outcome is worth 0 in total, and 1 is possible
    """
    welfare = total_value(env, case.types)
    return rule.expect(welfare, env, case.reports), highest(env, welfare)


@examined(profiles, "PE")
def pareto_efficient(rule: Any, env: Environment, case: Case) -> Finding | None:
    """No outcome the rule may choose can be changed to the better of one and the worse of none (Pareto 1906).

    Utilities count before payments, and lotteries outcome by outcome (ex post).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> bool(rw.verify(rw.mechanisms.first_price, env, rw.pareto_efficient))
    True
    """
    if not isinstance(env.space, Finite):
        raise BadInput("pareto_efficient needs a finite list of outcomes; for divisible goods ask efficient")
    chosen, _ = rule.result(env, case.reports)
    known = {p: case.types if env.interdependent else t for p, t in case.types.items()}
    for outcome in chosen if isinstance(chosen, Lottery) else (chosen,):
        here = [exact(env.worth_of(p, outcome, t)) for p, t in known.items()]
        for other in env.space.items:
            there = [exact(env.worth_of(p, other, t)) for p, t in known.items()]
            if there != here and all(b >= a for a, b in zip(here, there, strict=True)):
                better = next(p for p, a, b in zip(env.players, here, there, strict=True) if b > a)
                k = env.players.index(better)
                sentence = (
                    f"at {told(case.types)} the rule may choose {outcome}, and {other} is at least as good for all "
                    f"and better for {better}: {show(there[k])} instead of {show(here[k])}"
                )
                return Finding(case, here[k], there[k], sentence, (outcome, other))
    return None
