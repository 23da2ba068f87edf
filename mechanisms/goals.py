"""Goals: the properties a rule must have, and what to make large."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from ..games.environment import Environment
from ..games.errors import BadInput, nearest
from .cases import drawn
from .decorated import Decorated, first_paragraph
from .measures import worth
from .properties.budget import all_payments
from .properties.efficiency import total_value
from .property import ForAll, GameProperty, OwnCheck

Requirement = ForAll | GameProperty | OwnCheck


@dataclass(frozen=True, eq=False)
class Objective(Decorated):
    """What to make large: the smallest of ``parts(rule, env)``, each an expectation under the prior.

    ``combine`` says how several parts become one number: ``"min"``, ``"leximin"`` (the smallest, then the second
    smallest, and so on) or ``"log sum"`` (the sum of logarithms, whose maximum is that of the product). Usually made by
    :func:`objective`.

    >>> print(revenue)
    revenue: The expected sum of payments (Myerson 1981).
    """

    name: str
    words: str
    parts: Callable[[Any, Environment], list[Any]]
    combine: str = "min"

    def _function(self) -> Callable[..., Any]:
        return self.parts

    def __str__(self) -> str:
        return f"{self.name}: {self.words}"


def not_one(given: Any, kind: str, types: Any) -> BadInput:
    """What to say where a property or an objective was expected: the object to pass, by its nearest name."""
    room = import_module(__package__)
    names = [name for name in room.__all__ if isinstance(getattr(room, name), types)]
    hint = nearest(given.replace(" ", "_"), names) if isinstance(given, str) else nearest("", names)
    example = "strategyproof" if kind == "property" else "welfare"
    return BadInput(f"{given!r} is no {kind}; pass the object, as in rulewright.{example}: {hint}")


@dataclass(frozen=True)
class Goal:
    """Properties that a rule must have, and an objective to make large (None: any such rule will do).

    >>> import rulewright as rw
    >>> print(Goal(require=(rw.strategyproof, rw.individually_rational), maximize=rw.revenue))
    strategyproof and individually_rational, then as much revenue as possible
    >>> Goal(require=("strategyproof",))
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: 'strategyproof' is no property; pass the object, as in ...: did you mean \
"strategyproof"?
    """

    require: Sequence[Requirement] = ()
    maximize: Objective | None = None

    def __post_init__(self) -> None:
        required = self.require if isinstance(self.require, Sequence) else (self.require,)
        object.__setattr__(self, "require", tuple(required))
        for property in self.require:
            if not isinstance(property, Requirement):
                raise not_one(property, "property", Requirement)
        if self.maximize is not None and not isinstance(self.maximize, Objective):
            raise not_one(self.maximize, "objective", Objective)

    def __str__(self) -> str:
        must = " and ".join(property.name for property in self.require)
        if self.maximize is None:
            return must or "anything goes"
        most = f"as much {self.maximize.name} as possible"
        return f"{must}, then {most}" if must else most


def objective(parts: Callable[[Any, Environment], list[Any]]) -> Objective:
    """Make an objective of ``def name(rule, env): return [expectation, ...]``, whose docstring says what it is.

    >>> @objective
    ... def welfare_of_ann(rule, env):
    ...     "What ann expects to end up with."
    ...     honest = drawn(env)
    ...     return [rule.expect(worth(env, "ann", honest.reports["ann"]), env, honest)]
    >>> print(welfare_of_ann)
    welfare_of_ann: What ann expects to end up with.
    """
    return Objective(parts.__name__, first_paragraph(parts), parts)


@objective
def welfare(rule: Any, env: Environment) -> list[Any]:
    """The expected sum of utilities, before payments (Bentham 1789).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> rw.search(env, rw.Goal((rw.strategyproof,), rw.welfare)).value
    Fraction(7, 4)
    """
    honest = drawn(env)
    return [rule.expect(total_value(env, honest.reports), env, honest)]


@objective
def revenue(rule: Any, env: Environment) -> list[Any]:
    """The expected sum of payments (Myerson 1981).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> rw.search(env, rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue)).value
    Fraction(3, 2)
    """
    return [rule.expect(all_payments(env), env, drawn(env))]


@objective
def egalitarian(rule: Any, env: Environment) -> list[Any]:
    """The smallest player's expected worth (Rawls 1971).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=None)
    >>> rw.search(env, rw.Goal((rw.strategyproof,), rw.egalitarian)).value
    Fraction(3, 4)
    """
    honest = drawn(env)
    return [rule.expect(worth(env, player, honest.reports[player]), env, honest) for player in env.players]


def nash_welfare(rule: Any, env: Environment) -> list[Any]:
    """The product of the players' expected worths (Nash 1950).

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(3, 1)], "bob": [(1, 3)]})
    >>> design = rw.search(env, rw.Goal((), rw.nash_welfare))
    >>> round(float(design.value), 6), design.bound >= design.value
    (9.0, True)
    """
    return egalitarian.parts(rule, env)


nash_welfare = replace(objective(nash_welfare), combine="log sum")  # type: ignore[assignment]


def leximin_welfare(rule: Any, env: Environment) -> list[Any]:
    """The smallest player's expected worth, then the second smallest, and so on (Sen 1970; Moulin 1988).

    The value of a design is the smallest; its ``why`` tells them all.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1,), "bob": (4,)}, transfers=None)
    >>> rw.search(env, rw.Goal((), leximin_welfare)).value
    Fraction(4, 5)
    """
    return egalitarian.parts(rule, env)


leximin_welfare = replace(objective(leximin_welfare), combine="leximin")  # type: ignore[assignment]
