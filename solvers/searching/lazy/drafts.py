"""Drafts: the rules that a solution of the rounds suggests, the most promising first; each is yet to be verified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from time import monotonic

import numpy as np

from ....games.environment import Environment
from ....games.numbers import Array, exact
from ....mechanisms.goals import Goal
from ....mechanisms.properties.participation import individually_rational
from ....mechanisms.table import Table
from ..programs.objectives import reached
from ..programs.program import rounded_table
from .repair import Entry, cheaper, repaired, rounded_menu
from .temptation import ranked
from .worths import Worths

COARSE, FINE, FINEST = 720_720, 720_720 * 10**3, 720_720 * 10**9  # 720,720 is a multiple of 1, 2, ..., 16
DISCOUNTS = (0, 2.0**-40, 2.0**-30, 2.0**-24, 2.0**-20, 2.0**-16, 2.0**-12, 2.0**-9, 2.0**-7, 2.0**-5)


def drafts(
    goal: Goal, space: Worths, exact_z: Sequence[Fraction] | None, z: Array | None, menus: Sequence[list[Entry]],
    limit: Fraction | None, until: float,
) -> Iterator[tuple[Table, str]]:  # fmt: skip
    """Tables and how each was made: the exact solution; for one player menus by what they reach, else it is rounded.

    Prices are lowered a little where types that are indifferent would otherwise choose what is cheap.
    """
    if exact_z is not None and within(space, exact_z):
        yield space.table(exact_z), "its basis solved in rationals"
    env = space.env
    if len(env.players) > 1:
        if z is not None:
            yield rounded_table(env, space.with_payments(z).reshape(-1)), "the solution rounded"
        return
    found: list[tuple[Fraction, int, Table]] = []
    fine = FINE if space.unit < 2**31 else FINEST  # numbers that fit into 64 bits are verified faster
    step = unit_of(space) / fine
    for menu in [*([] if z is None else [menu_of(space, z, over) for over in (COARSE, fine)]), *menus, []]:
        best, worse = Fraction(-1), 0
        for cut in DISCOUNTS if menu else DISCOUNTS[:1]:
            if worse > 1 or (found and monotonic() > until):
                break
            table = repaired(env, cheaper(menu, cut, step), individually_rational in goal.require)
            value = Fraction(0 if goal.maximize is None else reached(goal.maximize, env, table))
            best, worse = max(best, value), 0 if value > best else worse + 1
            found.append((value, -len(found), table))
            if goal.maximize is None or env.transfers is None or value == limit:
                break
    for _, _, table in sorted(found, key=lambda each: each[:2], reverse=True):
        yield table, "the one player chooses from a menu of rounded prices"


def within(space: Worths, z: Sequence[Fraction]) -> bool:
    """Whether exact unknowns are points of the outcome space, with payments inside their bounds."""
    dimension, width = space.env.space.dimension, space.width
    low, high = (None if x is None else exact(x) for x in space.env.transfers or (None, None))
    for p in range(space.env.n_profiles):
        row = z[p * width : p * width + dimension]
        if min(row) < 0:
            return False
        for group in space.env.space.groups:
            mass = sum((row[k] for k in group.coordinates), Fraction(0))
            if mass > 1 or (group.exactly and mass != 1):
                return False
        paid = space.paid(z, p)
        if any((low is not None and x < low) or (high is not None and x > high) for x in paid):
            return False
    return True


def unit_of(space: Worths) -> Fraction:
    """The largest utility."""
    return Fraction(int(space.unit)) / space.scale


def menu_of(space: Worths, z: Array, over: int) -> list[Entry]:
    """What the types of the one player get in a solution, as fractions over one denominator."""
    x, dimension = space.with_payments(z), space.env.space.dimension
    prices = np.zeros(len(x)) if space.env.transfers is None else x[:, dimension]
    unit = unit_of(space)
    return rounded_menu(space.env, x[:, :dimension], prices / float(unit), unit, over)


def sketched(env: Environment, most: int) -> Environment:
    """The environment of one player with at most so many types, each in the place of those near it.

    Types are near each other where the ranks of their utilities are; a type has the probability of all it stands for.
    """
    (player,) = env.players
    types = env.types[player]
    points = ranked(np.array(env.utilities(player), dtype=np.float64))
    cells = np.zeros(len(types), dtype=np.int64)
    if points.shape[1]:
        each = max(1, int(most ** (1 / points.shape[1]) + 1e-9))
        for axis in points.T:
            cells = cells * each + (axis * each // (axis.max() + 1)).astype(np.int64)
    mass = env.joint.reshape(-1)
    chosen, prior = [], {}
    _, cells = np.unique(cells, return_inverse=True)
    for members in np.split(np.argsort(cells, kind="stable"), np.cumsum(np.bincount(cells))[:-1]):
        middle = points[members].mean(axis=0)
        nearest = members[int(((points[members] - middle) ** 2).sum(axis=1).argmin())]
        chosen.append(types[nearest])
        prior[types[nearest]] = sum(mass[members].tolist(), Fraction(0))
    return Environment(env.name, {player: tuple(chosen)}, env.space, env.utility, {player: prior}, env.transfers)
