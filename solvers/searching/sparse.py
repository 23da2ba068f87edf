"""Sparse rules: of the rules that reach an optimum, the corners of their polytope at which little is left to chance."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from time import monotonic

import numpy as np

from ...games.environment import Environment
from ...games.numbers import Array, Number, exact, integers, magnitude
from ...mechanisms.goals import Goal
from ...mechanisms.table import Table
from .programs.layout import Plain, width_of
from .programs.linear import Row, extended, solve_program
from .programs.objectives import parts_of
from .programs.program import blocks_of, exact_table, guard, money_unit, program_of, statements_of
from .programs.rows import entry_count, rows_for

MOST_UNKNOWNS = 1_500  # of a program that is solved again for the sake of a shorter rule
STEPS = 1_000  # how much more a clear preference counts than a faint one


def sparse_rules(env: Environment, goal: Goal, value: Number | None, until: float) -> Iterator[Table]:
    """Rules that meet the goal and reach ``value``, each best in another order of preference among those.

    The program of the goal with its objective fixed is solved for other aims: more, or less, given to those who want
    it most and then to those listed first, and little money moved. A corner of what is optimal has few lots.
    """
    width, n = width_of(env), env.n_profiles
    if env.interdependent or n * width > MOST_UNKNOWNS:
        return
    statements = statements_of(env, goal)
    layout = Plain(env)
    blocks = blocks_of(env, statements, layout)
    parts = [] if goal.maximize is None else parts_of(goal.maximize, env)
    for part in parts:
        guard(env, entry_count(env, part, 1, ()))
    objective = [rows_for(env, part, (), {}, layout, ()) for part in parts]
    program = program_of(env, blocks, [])
    fixed = []
    for aim in objective:  # what each part reaches is at least the value
        assert value is not None
        least = Fraction(exact(value)) * aim.scale - int(aim.constant[0])
        scaled = [int(v) * least.denominator for v in aim.values]
        fixed.append(Row([int(c) for c in aim.columns], scaled, least.numerator))
    dimension = env.space.dimension
    paid = [p * width + dimension + i for p in range(n) for i in range(width - dimension)]
    money = [
        Row([n * width + k, column], [1, sign], 0) for k, column in enumerate(paid) for sign in (-1, 1)
    ]  # a new column is at least the payment and at least minus the payment
    worth, scale = integers(_worth(env))
    most = max(1, magnitude(worth))  # preferences are measured in the unit of the utilities
    first = np.arange(dimension, 0, -1).astype(object)
    last = np.full(len(paid), -scale, dtype=object)
    for sign, order in ((1, first), (-1, first), (1, first[::-1])):
        if monotonic() > until:
            return
        cost = np.zeros((n, width), dtype=object)
        cost[:, :dimension] = sign * worth.astype(object) * STEPS + order * most
        whole = np.concatenate([cost.reshape(-1), last])
        budget = None if until == float("inf") else until - monotonic()
        found = solve_program(extended(program, [*fixed, *money], whole, [0] * len(paid), money_unit(env)), budget)
        if found.exact_x is not None:
            yield exact_table(env, found.exact_x, layout)


def _worth(env: Environment) -> Array:
    """What each outcome coordinate is worth to all players together, at every profile."""
    total = np.zeros((1,) * len(env.players) + (env.space.dimension,), dtype=object)
    for k, player in enumerate(env.players):
        rows = np.array([[exact(x) for x in row] for row in env.utilities(player)], dtype=object)
        total = total + rows.reshape([len(rows) if j == k else 1 for j in range(len(env.players))] + [-1])
    return total.reshape(env.n_profiles, env.space.dimension)
