"""Probing: whether a property's traced expressions are its values, tried at a rule that does something everywhere."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from ..games.environment import Environment
from ..games.numbers import exact
from ..games.profile import Profile
from ..mechanisms.cases import Belief, Var, is_var, substitute
from ..mechanisms.expectations import Expectation, highest
from ..mechanisms.measures import Measure
from ..mechanisms.property import ForAll
from ..mechanisms.rule import DirectMechanism
from .statements import Statement

SAMPLES = 12


def agrees(property: ForAll, env: Environment, statements: Sequence[Statement]) -> bool:
    """Whether the expressions agree with the property itself on a few concrete cases.

    A property can only be traced wrongly if it treats variables in another way than types without asking for their
    values, such as by their class.

    >>> import rulewright as rw
    >>> from rulewright.solvers.statements import trace
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> agrees(rw.strategyproof, env, trace(rw.strategyproof, env))
    True
    """
    rule = probe(env)
    for statement in statements:
        variables = statement.case.variables
        sizes = [len(env.types[v.player]) for v in variables]
        total, each = math.prod(sizes), max(1, SAMPLES // len(statements))
        for k in sorted({0, total - 1, *(total * j // each for j in range(each))}):
            values: dict[Var, Hashable] = {}
            for v, size in zip(variables[::-1], sizes[::-1], strict=True):
                k, place = divmod(k, size)
                values[v] = env.types[v.player][place]
            sides = property.sides(rule, env, statement.case.at(values))
            for side, expression in zip(sides, (statement.has, statement.needs), strict=True):
                if exact(side) != value_at(expression, rule, env, values):
                    return False
    return True


def probe(env: Environment) -> DirectMechanism:
    """A rule that goes through the outcomes and takes various payments.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> [probe(env)(env, reports)[0] for reports in env.profiles()]
    ['ann', 'bob', 'nobody', 'ann']
    """
    return DirectMechanism(_probed, "a probe")


def _probed(env: Environment, reports: Profile[Any]) -> Any:
    place = env.place(reports)
    chosen = [group.coordinates[(place + k) % len(group.coordinates)] for k, group in enumerate(env.space.groups)]
    outcome = env.space.outcome(dict.fromkeys(sorted(chosen), 1))
    if env.transfers is None:
        return outcome
    low, high = (None if x is None else exact(x) for x in env.transfers)
    amounts = {p: Fraction((place * (k + 2) + k) % 7, 2) - 1 for k, p in enumerate(env.players)}
    bounded = {p: x if low is None else max(x, low) for p, x in amounts.items()}
    return outcome, Profile({p: x if high is None else min(x, high) for p, x in bounded.items()})


def value_at(side: Expectation, rule: Any, env: Environment, values: Mapping[Var, Hashable]) -> int | Fraction:
    """An expression in a rule where its variables have these values, from the definitions alone.

    >>> import rulewright as rw
    >>> from rulewright.solvers.statements import trace
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> (statement, _) = trace(rw.individually_rational, env)
    >>> value_at(statement.has, rw.mechanisms.second_price, env, {Var("ann"): 2, Var("bob"): 1})
    1
    """
    total = exact(side.constant)
    for term in side.terms:
        measure = Measure(((1, term.part),)).at(values)
        reports: Any = substitute(term.slots, values)
        if (belief := term.belief) is not None:
            given = belief.given
            if given is not None and is_var(given[1]):
                given = (given[0], values[given[1]])
            reports = Belief(reports, belief.bound, given)
        total += exact(term.coefficient) * exact(rule.expect(measure, env, reports))
    for most in side.highest:
        total += exact(most.coefficient) * exact(highest(env, most.measure.at(values)))
    return exact(total)
