"""Objectives: what a goal makes large, as expressions and as the value that a given rule reaches."""

from __future__ import annotations

import math
from fractions import Fraction

from ....games.environment import Environment
from ....games.numbers import exact, plain
from ....mechanisms.expectations import AnyRule, Expectation, as_expectation
from ....mechanisms.goals import Objective
from ....mechanisms.table import Table
from ...verification.plan import grid_of


def parts_of(objective: Objective, env: Environment) -> list[Expectation]:
    """The objective's expectations, as expressions in a rule not yet known."""
    return [as_expectation(part) for part in objective.parts(AnyRule(), env)]


def reached(objective: Objective, env: Environment, table: Table) -> int | Fraction:
    """What a rule reaches, exactly: the least part (of leximin too), or the product (0 if a part is not positive)."""
    values = values_of(objective, env, table)
    if objective.combine in ("min", "leximin"):
        return plain(min(values))
    return plain(exact(math.prod(max(v, Fraction(0)) for v in values)))


def values_of(objective: Objective, env: Environment, table: Table) -> list[Fraction]:
    """What a rule reaches of each part, exactly."""
    values = []
    for part in parts_of(objective, env):
        grid = grid_of(env, table, part, [], {})
        values.append(Fraction(int(grid.values.reshape(-1)[0]), grid.scale))
    return values
