"""Tables by arrays: a rule read once on symbols does in arrays what calling it would do profile by profile."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from time import monotonic
from typing import Any

import numpy as np

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import Array, Number, exact, integers
from ...games.outcomes import Finite
from ...games.profile import Profile
from ..cases import Untraceable
from ..table import OutOfTime, Table, pack

WORTH_IT = 4_000  # profiles from which a rule is read
BRANCHES = 600  # of a rule that is read
PIECE = 2**18  # profiles at a time
SAMPLES = 24  # profiles at which the arrays are compared with the rule

Answer = tuple[Any, Profile[Number]]


def table_by_arrays(
    function: Callable[[Environment, Any], Any],
    answer: Callable[[Environment, Mapping[str, Any]], Answer],
    env: Environment,
    until: float,
) -> Table | None:
    """The table of a rule whose reports are exact numbers and whose outcomes are listed; None where it must be called.

    ``function`` is the rule's, and ``answer`` what it says at one profile, checked; both are compared at some
    profiles. Raises OutOfTime.
    """
    numbers = all(type(t) is int or isinstance(t, Fraction) for types in env.types.values() for t in types)
    if not numbers or env.n_profiles < WORTH_IT or not isinstance(env.space, Finite):
        return None
    from .branches import run
    from .symbols import symbol

    try:
        reading = run(function, env, {p: symbol(p) for p in env.players}, until=until, limit=BRANCHES)
        if reading.rounds or any(branch.refusal for branch in reading.branches):
            return None
        points = [{k: exact(w) for k, w in env.space.point(b.outcome).items()} for b in reading.branches]
        table = _evaluated(reading, pack(points, None), env, until)  # type: ignore[arg-type]
    except (Untraceable, BadInput, TypeError, AttributeError, RecursionError):
        return None
    total = env.n_profiles
    spread = (0, total - 1, *((total * k + k * k) // SAMPLES % total for k in range(SAMPLES)))
    return None if table is None or first_difference(table, answer, env, spread) is not None else table


def _evaluated(reading: Any, points: Table, env: Environment, until: float) -> Table | None:
    """The branch and the payments at every profile; None where a payment is outside the environment's transfers."""
    from .evaluation import Evaluation

    columns = {p: integers(np.array(env.types[p], dtype=object)) for p in env.players}
    leading = 0
    while math.prod(env.sizes[leading:]) > PIECE:
        leading += 1
    chosen: list[Array] = []
    paid: list[list[tuple[Array, int]]] = []
    for each in np.ndindex(*env.sizes[:leading]):
        if monotonic() > until:
            raise OutOfTime(sum(map(len, chosen)), env.n_profiles)
        values = {}
        for k, (player, (ints, scale)) in enumerate(columns.items()):
            axes = [-1 if j == k else 1 for j in range(leading, len(columns))]
            values[player] = (ints[each[k]] if k < leading else ints.reshape(axes), scale)
        at = Evaluation(values)
        branch = at.chosen(reading)
        chosen.append(branch.reshape(-1))
        if env.transfers is not None:
            amounts = [[b.payments[p] for b in reading.branches] for p in env.players]
            paid.append([at.selected(branch, row) for row in amounts])
    branches = np.concatenate(chosen)
    if env.transfers is None:
        return Table(points.coordinates[branches], points.weights[branches], points.scale, None, 1)
    scale = math.lcm(*(s for row in paid for _, s in row))
    money = np.empty((env.n_profiles, len(env.players)), dtype=np.int64)
    at_profile = 0
    for row in paid:
        size = row[0][0].size
        for i, (ints, s) in enumerate(row):
            if ints.dtype == object or scale // s >= 2**62 // max(1, int(np.abs(ints).max())):
                return None
            money[at_profile : at_profile + size, i] = ints.reshape(-1) * (scale // s)
        at_profile += size
    for bound, worst, sign in zip(env.transfers, (money.min(), money.max()), (-1, 1), strict=True):
        if bound is not None and (int(worst) - exact(bound) * scale) * sign > 0:
            return None
    return Table(points.coordinates[branches], points.weights[branches], points.scale, money, scale)


def first_difference(
    table: Table, answer: Callable[[Environment, Mapping[str, Any]], Answer], env: Environment, numbers: Iterable[int]
) -> Profile[Any] | None:
    """The first of these profiles at which the rule, asked again, says something else than its table."""
    for p in sorted(set(numbers)):
        place = np.unravel_index(p, env.sizes)
        reports = Profile({i: env.types[i][int(k)] for i, k in zip(env.players, place, strict=True)})
        outcome, payments = answer(env, reports)
        point = {k: exact(w) for k, w in env.space.point(outcome).items() if w}
        paid = {i: exact(x) for i, x in payments.items()}
        if point != {k: exact(w) for k, w in table.point(p).items()} or paid != dict(table.paid(p, env.players)):
            return reports
    return None
