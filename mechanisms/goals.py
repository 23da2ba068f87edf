"""Goals: the properties a rule must have, and what to make large."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..games.environment import Environment
from ..games.errors import BadInput
from .budget import all_payments
from .cases import Belief, drawn
from .efficiency import total_value
from .measures import worth
from .properties import ForAll, GameProperty, OwnCheck

Requirement = ForAll | GameProperty | OwnCheck


@dataclass(frozen=True, eq=False)
class Objective:
    """What to make large: the smallest of ``parts(rule, env)``, each an expectation under the prior.

    ``combine`` says how several parts become one number: ``"min"`` or ``"log sum"`` (the sum of logarithms, whose
    maximum is that of the product).
    """

    name: str
    words: str
    parts: Callable[[Any, Environment], list[Any]]
    combine: str = "min"

    def __str__(self) -> str:
        return f"{self.name}: {self.words}"


@dataclass(frozen=True)
class Goal:
    """Properties that a rule must have, and an objective to make large (None: any such rule will do).

    >>> import rulewright as rw
    >>> print(Goal(require=(rw.strategyproof, rw.individually_rational), maximize=rw.revenue))
    strategyproof and individually_rational, then as much revenue as possible
    >>> Goal(require=("strategyproof",))
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: a goal requires 'strategyproof', which is no property; pass the object, as in \
rulewright.strategyproof
    """

    require: Sequence[Requirement] = ()
    maximize: Objective | None = None

    def __post_init__(self) -> None:
        required = self.require if isinstance(self.require, Sequence) else (self.require,)
        object.__setattr__(self, "require", tuple(required))
        for property in self.require:
            if not isinstance(property, Requirement):
                raise BadInput(
                    f"a goal requires {property!r}, which is no property; pass the object, as in rulewright.strategyproof"
                )
        if self.maximize is not None and not isinstance(self.maximize, Objective):
            raise BadInput(f"a goal maximizes {self.maximize!r}; pass an objective, as in rulewright.welfare")

    def __str__(self) -> str:
        must = " and ".join(property.name for property in self.require) or "anything goes"
        return must if self.maximize is None else f"{must}, then as much {self.maximize.name} as possible"


def _types(env: Environment) -> tuple[Belief, Any]:
    honest = drawn(env)
    return honest, honest.reports


def _welfare(rule: Any, env: Environment) -> list[Any]:
    honest, types = _types(env)
    return [rule.expect(total_value(env, types), env, honest)]


def _revenue(rule: Any, env: Environment) -> list[Any]:
    return [rule.expect(all_payments(env), env, drawn(env))]


def _each(rule: Any, env: Environment) -> list[Any]:
    honest, types = _types(env)
    return [rule.expect(worth(env, player, types[player]), env, honest) for player in env.players]


welfare = Objective("welfare", "the expected sum of utilities, before payments (Bentham 1789)", _welfare)
revenue = Objective("revenue", "the expected sum of payments (Myerson 1981)", _revenue)
egalitarian = Objective("egalitarian", "the smallest player's expected worth (Rawls 1971)", _each)
nash_welfare = Objective(
    "nash_welfare", "the product of the players' expected worths (Nash 1950)", _each, combine="log sum"
)
