"""Probing: whether what was read off a property or a rule is what it does, tried at concrete cases."""

from __future__ import annotations

import math
import random
from collections.abc import Hashable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.lottery import Lottery
from ...games.numbers import exact
from ...games.profile import Profile
from ...games.reals import Reals
from ...mechanisms.cases import Belief, Var, is_var, substitute
from ...mechanisms.expectations import Expectation, highest
from ...mechanisms.measures import Measure
from ...mechanisms.property import ForAll
from ...mechanisms.rule import DirectMechanism
from ...mechanisms.symbolic.branches import Reading
from ...mechanisms.symbolic.evaluation import Evaluation
from ...mechanisms.symbolic.symbols import Real
from ..verification.statements import Statement, places

SAMPLES = 12
EVERY = 2_000  # types of a variable that are all tried
POINTS = 24  # of a domain, at which a rule is asked whether it does what was read


def agrees(property: ForAll, env: Environment, statements: Sequence[Statement]) -> bool:
    """Whether the expressions agree with the property itself on a few concrete cases.

    A property can only be traced wrongly if it asks whether a type ``is`` another thing, which no variable can refuse;
    so every type of every variable is tried once.

    >>> import rulewright as rw
    >>> from rulewright.solvers.verification.statements import trace
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> agrees(rw.strategyproof, env, trace(rw.strategyproof, env))
    True
    """
    rule = probe(env)
    for statement in statements:
        variables = statement.case.variables
        sizes = [len(env.types[v.player]) for v in variables]
        for place in places(tuple(sizes), max(1, SAMPLES // len(statements)), EVERY):
            values: dict[Var, Hashable] = {v: env.types[v.player][k] for v, k in zip(variables, place, strict=True)}
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
    >>> from rulewright.solvers.verification.statements import trace
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


# -- rules ------------------------------------------------------------------------------------------------------------


def spread(domains: Mapping[Var, Reals]) -> Iterator[dict[Var, int | Fraction]]:
    """Points of a domain, ties and bounds among them, the same each time.

    >>> [x for values in list(spread({Var("ann"): Reals(0, 1)}))[:3] for x in values.values()]
    [0, 1, Fraction(1, 2)]
    """
    pools = {v: _pool(domain) for v, domain in domains.items()}
    draw = random.Random(0)
    for k in range(POINTS if domains else 1):
        if k < POINTS // 4:  # as equal as the domains allow, in order
            yield {v: pool[k % len(pool)] for v, pool in pools.items()}
        else:
            yield {v: draw.choice(pool) for v, pool in pools.items()}


def _pool(domain: Reals) -> list[int | Fraction]:
    """Whole numbers, halves and thirds of the interval, and points far out where it has no end."""
    low, high = (None if x is None else exact(x) for x in (domain.low, domain.high))
    found: list[int | Fraction] = [*domain.points(1), *domain.points(2), *domain.points(3)]
    found += [x for x in (6, 10, 53, 61, 101, -1, -7, -50, Fraction(31, 7)) if _inside(x, low, high)]
    found += [low + k for k in (0, 1, 10, 1000) if _inside(low + k, low, high)] if low is not None else []
    found += [high - k for k in (0, 1, 10, 1000) if _inside(high - k, low, high)] if high is not None else []
    return list(dict.fromkeys(map(exact, found)))


def _inside(x: int | Fraction, low: int | Fraction | None, high: int | Fraction | None) -> bool:
    return (low is None or low <= x) and (high is None or x <= high)


def misread(
    rule: DirectMechanism,
    env: Environment,
    reading: Reading,
    reports: Profile[Any],
    values: Mapping[str, int | Fraction],
) -> str:
    """How the rule at these reports differs from what was read ("" if it does not); ``values`` are the symbols'."""
    at = Evaluation({name: (np.array([Fraction(x).numerator], dtype=object), Fraction(x).denominator)
                     for name, x in values.items()})  # fmt: skip
    branch = reading.branches[int(at.numbers(reading).reshape(-1)[0])]
    try:
        outcome, payments = rule.result(env, reports)
    except (BadInput, ZeroDivisionError) as error:
        return "" if branch.refusal else f"it refuses ({error})"
    except Exception as error:
        return f"it raises {type(error).__name__}: {error}"
    if branch.refusal:
        return f"it does not refuse ({branch.refusal})"
    for said, read in ((outcome, branch.outcome), (payments, branch.payments)):
        told = _known(read, at)
        if not _alike(said, told, reading.rounds):
            return f"{said} and not {told}"
    return ""


def _known(value: Any, at: Evaluation) -> Any:
    """A value in which symbols stand, with their numbers in it."""
    if isinstance(value, Real):
        ints, scale = at.real(value)
        return exact(Fraction(int(np.asarray(ints).reshape(-1)[0]), scale))
    if isinstance(value, Mapping | Lottery):
        made: Any = type(value) if isinstance(value, Profile | Lottery) else dict
        return made({name: _known(each, at) for name, each in value.items()})
    return type(value)(_known(each, at) for each in value) if type(value) in (tuple, list) else value


def _alike(one: Any, two: Any, rounds: bool) -> bool:
    """Whether two values are equal; where Python's own arithmetic rounds, their numbers need only be close."""
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        return one.keys() == two.keys() and all(_alike(one[name], two[name], rounds) for name in one)
    if isinstance(one, tuple | list) and isinstance(two, tuple | list):
        return len(one) == len(two) and all(_alike(a, b, rounds) for a, b in zip(one, two, strict=True))
    if rounds and isinstance(one, int | float | Fraction) and isinstance(two, int | float | Fraction):
        return math.isclose(one, two, rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == two)
