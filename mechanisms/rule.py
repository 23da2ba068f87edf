"""Rules: from what players report to an outcome and, where there is money, payments."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Protocol, overload

from ..games.bayesian import BayesianGame
from ..games.environment import Environment, Type
from ..games.errors import BadInput, nearest
from ..games.lottery import Lottery
from ..games.numbers import Number, number, show
from ..games.outcomes import Outcome
from ..games.profile import Profile
from ..games.show import Shown
from .cases import Belief, substitute
from .decorated import Decorated, first_paragraph
from .measures import Measure, as_measure, worth
from .table import OutOfTime, Table, pack


class Rule(Protocol):
    """What is asked of a rule: an expectation, and a table of all it does."""

    @property
    def name(self) -> str:
        """What people call it."""

    def expect(self, f: Measure | Callable[[Outcome], Number], env: Environment, reports: Any) -> Any:
        """The expectation of ``f`` when the players send ``reports`` (a Profile or a Belief)."""

    def table(self, env: Environment, until: float = math.inf) -> Table:
        """What the rule does at every profile of reports; raises OutOfTime when the clock passes ``until``."""


@dataclass(frozen=True, eq=False, repr=False)
class DirectMechanism(Shown, Decorated):
    """A rule in which players report their types: a function ``f(env, reports)`` with a name.

    ``f`` returns an outcome, or ``(outcome, payments)`` with the payments as a Profile; the outcome may be a
    :class:`~rulewright.games.lottery.Lottery`. Usually made by :func:`mechanism`. ``traits`` describe a rule within
    a family ({"the cutter is": "ann"}); a search says which of them mark the rules that meet a goal.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 3), "bob": (2,)}, transfers=None)
    >>> DirectMechanism(lambda env, reports: "ann", "ann's")(env, {"ann": 1, "bob": 2})
    'ann'
    """

    function: Callable[[Environment, Profile[Type]], Any]
    name: str
    words: str = ""
    traits: Mapping[str, str] = field(default_factory=dict)

    def _function(self) -> Callable[..., Any]:
        return self.function

    def result(self, env: Environment, reports: Mapping[str, Type]) -> tuple[Outcome, Profile[Number]]:
        """``(outcome or lottery, payments)``, checked; payments are 0 where the rule names none."""
        found = self.function(env, reports if isinstance(reports, Profile) else Profile(reports))
        paid: Mapping[str, Number] = {}
        if isinstance(found, tuple) and len(found) == 2 and isinstance(found[1], Mapping):
            found, paid = found
        for player in paid:
            if player not in env.types:
                raise BadInput(f'{self.name} charges "{player}"; {nearest(player, env.types)}')
        payments = Profile({p: number(paid.get(p, 0), f'the payment of "{p}"') for p in env.players})
        if env.transfers is None:
            if any(payments.values()):
                raise BadInput(
                    f'{self.name} charges payments, and "{env.name}" has no money; declare transfers=(low, high)'
                )
        else:
            low, high = env.transfers
            for player, amount in payments.items():
                if (low is not None and amount < low) or (high is not None and amount > high):
                    raise BadInput(
                        f'{self.name} charges "{player}" {show(amount)} at {dict(reports)}, outside the '
                        f'transfers of "{env.name}"'
                    )
        return found, payments

    def __call__(self, env: Environment, reports: Mapping[str, Type]) -> Any:
        """The outcome; where the environment has money, ``(outcome, payments)``."""
        outcome, payments = self.result(env, reports)
        return outcome if env.transfers is None else (outcome, payments)

    def expect(self, f: Measure | Callable[[Outcome], Number], env: Environment, reports: Any) -> Number:
        """The expectation of ``f`` when the players report ``reports`` (a Profile or a Belief)."""
        measure = as_measure(f)
        if isinstance(reports, Belief):
            total: Number = 0
            for weight, values in reports.draws(env):
                total += weight * self._expect(measure.at(values), env, substitute(reports.reports, values))
            return total
        return self._expect(measure, env, reports)

    def _expect(self, measure: Measure, env: Environment, reports: Mapping[str, Type]) -> Number:
        outcome, payments = self.result(env, reports)
        if isinstance(outcome, Lottery):
            return outcome.expect(lambda x: measure.of(env, x, payments))
        return measure.of(env, outcome, payments)

    def table(self, env: Environment, until: float = math.inf) -> Table:
        """What the rule does at every profile of reports; raises GameTooLarge, BadInput.

        A rule of many profiles that is plain arithmetic on numbers is read once and evaluated in arrays; any other is
        called at each profile. Raises OutOfTime when ``time.monotonic()`` passes ``until``.
        """
        from .symbolic.arrays import table_by_arrays

        env.guard()
        if (quick := table_by_arrays(self.function, self.result, env, until)) is not None:
            return quick
        points, paid = self.answers(env, 0, env.n_profiles, until)
        return pack(points, None if env.transfers is None else paid)

    def answers(
        self, env: Environment, start: int, stop: int, until: float = math.inf
    ) -> tuple[list[dict[int, Number]], list[list[Number]]]:
        """What the rule does at the profiles numbered ``start`` to ``stop``: its points and payments.

        Raises as :meth:`table`.
        """
        points: list[dict[int, Number]] = []
        paid: list[list[Number]] = []
        for reports in itertools.islice(env.profiles(), start, stop):
            if monotonic() > until:
                raise OutOfTime(len(points), env.n_profiles)
            try:
                outcome, payments = self.result(env, reports)
                points.append(env.space.point(outcome))
            except Exception as error:
                error.add_note(f"{self.name} was asked at {dict(reports)}")
                raise
            paid.append(list(payments.values()))
        return points, paid

    def induce(self, env: Environment) -> BayesianGame:
        """The Bayesian game that the environment becomes: players choose what to report."""

        def payoff(player: str, reports: Mapping[str, Type], types: Mapping[str, Type]) -> Number:
            return self.expect(worth(env, player, Profile(types)), env, Profile(reports))

        return BayesianGame(f"{env.name} under {self.name}", env, env.types, payoff)

    def __str__(self) -> str:
        return f"{self.name}: {self.words}" if self.words else self.name


@overload
def mechanism(function: Callable[[Environment, Profile[Any]], Any]) -> DirectMechanism: ...
@overload
def mechanism(function: str) -> Callable[[Callable[[Environment, Profile[Any]], Any]], DirectMechanism]: ...
def mechanism(function: Any) -> Any:
    """Make a direct mechanism of ``def rule(env, reports): return outcome`` (or: outcome, payments Profile).

    The same reports must always give the same answer: to draw lots, return a Lottery, do not call ``random``.
    The function's name and first sentence become the rule's; ``@mechanism("name")`` names it otherwise.

    >>> @mechanism
    ... def to_the_first(env, reports):
    ...     "The first player gets it, whatever is said."
    ...     return env.players[0]
    >>> print(to_the_first)
    to the first: The first player gets it, whatever is said.
    """
    if isinstance(function, str):
        return lambda f: _named(f, function)
    return _named(function, function.__name__.replace("_", " "))


def _named(function: Callable[[Environment, Profile[Any]], Any], name: str) -> DirectMechanism:
    return DirectMechanism(function, name, first_paragraph(function) if function.__doc__ else "")


@dataclass(frozen=True, eq=False, repr=False)
class Mechanism(Shown):
    """An indirect mechanism: messages of its own and an outcome function of the messages.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 3), "bob": (2,)})
    >>> posted = Mechanism("posted price 2", {"ann": ("buy", "pass"), "bob": ("pass",)},
    ...     lambda env, m: ("ann", rw.Profile({"ann": 2, "bob": 0})) if m["ann"] == "buy" else "nobody")
    >>> honest = posted.direct({"ann": {1: "pass", 3: "buy"}, "bob": {2: "pass"}})
    >>> bool(rw.verify(honest, env, rw.strategyproof))
    True
    """

    name: str
    messages: Mapping[str, tuple[Hashable, ...]]
    outcome: Callable[[Environment, Profile[Hashable]], Any]
    words: str = ""

    def direct(self, strategies: Mapping[str, Mapping[Type, Hashable]]) -> DirectMechanism:
        """The direct mechanism in which each reported type sends its message (the revelation principle)."""
        for player, strategy in strategies.items():
            for type, message in strategy.items():
                if message not in self.messages[player]:
                    hint = nearest(str(message), map(str, self.messages[player]))
                    raise BadInput(f'type {type!r} of "{player}" sends {message!r}; {hint}')

        def function(env: Environment, reports: Profile[Type]) -> Any:
            return self.outcome(env, Profile({p: strategies[p][t] for p, t in reports.items()}))

        return DirectMechanism(function, f"{self.name}, played directly", self.words)

    def induce(self, env: Environment) -> BayesianGame:
        """The Bayesian game that the environment becomes: players choose their messages."""
        rule = DirectMechanism(self.outcome, self.name, self.words)

        def payoff(player: str, messages: Mapping[str, Hashable], types: Mapping[str, Type]) -> Number:
            return rule.expect(worth(env, player, Profile(types)), env, Profile(messages))

        return BayesianGame(f"{env.name} under {self.name}", env, self.messages, payoff)

    def __str__(self) -> str:
        return f"{self.name}: {self.words}" if self.words else self.name
