"""Virtual values: the best rule in closed form where utilities cross once (Myerson 1981), and multipliers as proof.

Where nobody gains by lying to a neighbouring type, and her lowest type may stay away, the multipliers of these rows
that cancel every payment are known: each type passes on to the next lower one what all above it pay. What is left of
the objective is a sum over profiles in which each utility is replaced by a virtual one; its largest term at every
profile is a bound. Where virtual values fall, they are made level between neighbours by their concave hull (ironing),
which is what the multipliers of lies upwards do. A rule that takes these terms, with the payments that the neighbouring
lies leave no choice about, reaches the bound; whether it meets the goal is left to the full check.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ...games.environment import Environment
from ...games.numbers import INT64_SAFE, Array, exact, integers, magnitude
from ...mechanisms.cases import Var, is_var
from ...mechanisms.measures import PaymentOf, UtilityOf
from ...mechanisms.table import Table
from ..proofs import Multiplier
from ..verification.grids import scaled
from ..verification.statements import Statement
from ..verification.structure import lies_of, rising_types
from .programs.layout import width_of
from .programs.rows import Rows


@dataclass(frozen=True)
class Asked:
    """A statement about one player: its number, whether the others' types are drawn, and its variables."""

    number: int
    interim: bool
    true: Var
    lie: Var | None = None


@dataclass(frozen=True)
class Virtual:
    """A rule that reaches a bound, the bound, and the multipliers that prove it."""

    table: Table
    value: Fraction
    multipliers: Callable[[], list[Multiplier]]


@dataclass(frozen=True)
class _Chain:
    """One player's types from low to high, and what flows along them (times ``unit``), the own type first."""

    order: Array
    flow: Array  # [own type, others' types ...]: what this type and all above it are to pay
    level: Array  # the same shape: what ironing adds to the multipliers of both lies between a type and the next lower
    unit: int


def virtual_rule(env: Environment, statements: Sequence[Statement], objective: Rows) -> Virtual | None:
    """The rule of largest virtual values; None where payments cannot be cancelled this way, or the bound is missed."""
    lies, shares = _asked(env, statements)
    n, k = env.n_profiles, env.space.dimension
    flat: Array = np.zeros(n * width_of(env), dtype=objective.values.dtype)
    flat[objective.columns] = objective.values
    cost: Array = flat.reshape(n, -1)
    rows = [integers(env.utilities(p)) for p in env.players]
    scale = int(np.lcm.reduce([s for _, s in rows]))
    utilities = [u * (scale // s) for u, s in rows] if scale < 2**31 else []
    if not utilities or any(u.dtype == object for u in utilities) or cost.dtype == object:
        return None
    over = 1  # what all utilities are multiples of: the unit of money makes no difference
    if not cost[:, :k].any():
        over = max(1, int(np.gcd.reduce([int(np.gcd.reduce(u, axis=None)) for u in utilities])))
        utilities = [u // over for u in utilities]
    if any(magnitude(u) >= 2**31 for u in utilities):
        return None
    chains: list[_Chain] = []
    for i, player in enumerate(env.players):
        charged = (
            cost[:, k + i].reshape(env.sizes) if env.transfers is not None else np.zeros(env.sizes, dtype=np.int64)
        )
        order = rising_types(env, player)
        if not charged.any() and order is None:
            order = list(range(env.sizes[i]))
        if order is None:
            return None
        chain = _chain(
            i, utilities[i], charged.reshape(env.sizes), order, lies.get(player), shares.get(player), cost[:, :k]
        )
        if chain is None:
            return None
        chains.append(chain)
    unit = int(np.lcm.reduce([c.unit for c in chains]))
    most = magnitude(cost) * scale
    for u, chain in zip(utilities, chains, strict=True):
        most += 4 * magnitude(u) * (magnitude(chain.flow) + magnitude(chain.level))
    most *= unit
    if most * n * max(1, len(env.space.groups)) >= INT64_SAFE:
        return None
    total = (cost[:, :k] * (scale * unit)).reshape(*env.sizes, k)
    for i, (u, chain) in enumerate(zip(utilities, chains, strict=True)):
        total = total + _virtual(u, chain, i, unit // chain.unit)
    coordinates, weights, best = _largest(env, total.reshape(n, k))
    paid = None if env.transfers is None else _payments(env, utilities, chains, coordinates, weights)
    if paid is not None and not _inside(env, paid, Fraction(scale, over)):
        return None
    reached = int((np.take_along_axis(cost, coordinates, axis=1) * weights).sum()) * scale
    if paid is not None:
        if magnitude(paid) * magnitude(cost) * n * len(env.players) >= INT64_SAFE:
            return None
        reached += int((cost[:, k:] * paid).sum())
    if reached * unit != int(best):
        return None
    value = Fraction(reached * over, scale * objective.scale) + Fraction(int(objective.constant[0]), objective.scale)
    if paid is not None and over > 1:
        paid = scaled(paid, over)
    table = Table(coordinates, weights, 1, paid, scale)
    return Virtual(table, value, lambda: list(_multipliers(env, chains, lies, shares, objective.scale)))


# -- what is asked ----------------------------------------------------------------------------------------------------


def _asked(env: Environment, statements: Sequence[Statement]) -> tuple[dict[str, Asked], dict[str, Asked]]:
    """For each player the statement that she does not gain by a lie, and the one that she may stay away."""
    lies: dict[str, Asked] = {}
    shares: dict[str, Asked] = {}
    for number, statement in enumerate(statements):
        found = lies_of(statement, env)
        terms = statement.margin.terms
        interim = any(t.belief is not None for t in terms)
        alike = all((t.belief is not None) == interim and abs(exact(t.coefficient)) == 1 for t in terms)
        if found is not None and alike and len(terms) in (2, 4):
            lies[found.player] = Asked(number, interim, found.true, found.lie)
        elif alike and (own := _stays_away(env, statement, interim)) is not None:
            shares[own.player] = Asked(number, interim, own)
    return lies, shares


def _stays_away(env: Environment, statement: Statement, interim: bool) -> Var | None:
    """The own type in a statement that a player ends up with at least 0."""
    margin, case = statement.margin, statement.case
    worths = [t for t in margin.terms if isinstance(t.part, UtilityOf)]
    paid = [t for t in margin.terms if isinstance(t.part, PaymentOf)]
    if statement.property.equal or margin.highest or exact(margin.constant) or case.distinct or len(worths) != 1:
        return None
    own, player = worths[0].part.type, worths[0].part.player  # type: ignore[union-attr]
    if not is_var(own) or worths[0].part != UtilityOf(player, own) or exact(worths[0].coefficient) != 1:
        return None
    if len(paid) + 1 != len(margin.terms) or len(paid) > 1 or any(exact(t.coefficient) != -1 for t in paid):
        return None
    if any(t.part != PaymentOf(player) or t.slots != worths[0].slots or t.belief != worths[0].belief for t in paid):
        return None
    slots, belief = worths[0].slots, worths[0].belief
    others = [slots[p] for p in env.players if p != player]
    free = all(is_var(v) and v.player == p for p, v in slots.items()) and slots[player] == own
    if belief is not None:
        free = free and belief.given == (player, own) and env.independent and set(others) == set(belief.bound)
    return own if free and set(case.variables) == ({own} if interim else {own, *others}) else None


# -- chains of types --------------------------------------------------------------------------------------------------


def _chain(
    i: int, u: Array, charged: Array, order: list[int], lies: Asked | None, share: Asked | None, rest: Array
) -> _Chain | None:  # fmt: skip
    if len(order) > 1 and (u[order[1]] < u[order[0]]).any():
        order = order[::-1]
    own = np.array(order, dtype=np.int64)
    charged = np.moveaxis(charged, i, 0)[own]
    flow = np.cumsum(charged[::-1], axis=0)[::-1]
    if not charged.any():
        return _Chain(own, flow, np.zeros_like(flow), 1)
    if lies is None or share is None or (charged < 0).any() or (np.diff(u[own], axis=0) < 0).any():
        return None
    level, unit = np.zeros_like(flow), 1
    mass = charged.reshape(len(own), -1)
    alone, others = mass.sum(axis=1).astype(object), mass.sum(axis=0).astype(object)
    if not all(alone):
        return None
    spread = bool((mass.astype(object) * alone.sum() == np.multiply.outer(alone, others)).all())
    if spread and not rest.any():
        gaps, steps = _hull_gaps(u[own], alone)
        if any(gaps):
            # the level of one type of hers is shared among the others' types as their chances are
            each = [Fraction(g) / s if s else Fraction(0) for g, s in zip(gaps, steps, strict=True)]
            exactly = [[x * int(o) / int(alone.sum()) for o in others] for x in each]
            unit = int(np.lcm.reduce([x.denominator for row in exactly for x in row], dtype=object))
            whole = [[int(x * unit) for x in row] for row in exactly]
            if unit >= 2**31 or max(max(row) for row in whole) >= 2**50 or magnitude(flow) * unit >= 2**60:
                return None
            level = np.array(whole, dtype=np.int64).reshape(flow.shape)
            flow = flow * unit
    elif not spread and (lies.interim or share.interim):
        return None
    return _Chain(own, flow, level, unit)


def _hull_gaps(u: Array, mass: Array) -> tuple[list[Fraction], list[int]]:
    """How far the concave hull of what a price at each type would bring lies above it; and the steps between types."""
    moved = next((k for k in range(u.shape[1]) if u[0, k] != u[-1, k]), 0)
    heights = [int(x) for x in u[:, moved]]
    above = [int(sum(mass[k:])) for k in range(len(mass))]
    points = [(a, a * h) for a, h in zip(above, heights, strict=True)][::-1]  # from the highest type down
    hull: list[tuple[int, int]] = [(0, 0)]
    for p in points:
        while len(hull) > 1 and _turns_up(hull[-2], hull[-1], p):
            hull.pop()
        hull.append(p)
    gaps = []
    for a, r in points:
        j = next(j for j in range(1, len(hull)) if hull[j][0] >= a)
        (a0, r0), (a1, r1) = hull[j - 1], hull[j]
        gaps.append(Fraction(r1 - r0, a1 - a0) * (a - a0) + r0 - r)
    gaps.reverse()
    return gaps, [0, *(b - a for a, b in itertools.pairwise(heights))]


def _turns_up(one: tuple[int, int], two: tuple[int, int], three: tuple[int, int]) -> bool:
    return (two[1] - one[1]) * (three[0] - two[0]) <= (three[1] - two[1]) * (two[0] - one[0])


def _virtual(u: Array, chain: _Chain, i: int, factor: int) -> Array:
    """What one player's rows make of the objective: [types ..., coordinate], in the order of declaration."""
    own = u[chain.order]
    shape = (len(own),) + (1,) * (chain.flow.ndim - 1) + (own.shape[1],)
    here = chain.flow[..., None] * own.reshape(shape)
    found = here.copy()
    found[:-1] -= chain.flow[1:, ..., None] * own[1:].reshape(-1, *shape[1:])
    if chain.level.any():
        step = np.zeros_like(own)
        step[1:] = np.diff(own, axis=0)
        lift = chain.level[..., None] * step.reshape(shape)
        found += lift
        found[:-1] -= lift[1:]
    out = np.empty_like(found)
    out[chain.order] = found * factor
    return np.moveaxis(out, 0, i)


def _largest(env: Environment, total: Array) -> tuple[Array, Array, int]:
    """At every profile the coordinate of each group with the largest total (ties: the first), and their sum."""
    coordinates, weights, best = [], [], 0
    for group in env.space.groups:
        inside = np.array(group.coordinates, dtype=np.int64)
        values = total[:, inside]
        first = np.argmax(values, axis=1)
        most = np.take_along_axis(values, first[:, None], axis=1)[:, 0]
        taken = np.ones_like(most) if group.exactly else (most > 0).astype(np.int64)
        coordinates.append(inside[first])
        weights.append(taken)
        best += int((most * taken).sum())
    return np.stack(coordinates, axis=1), np.stack(weights, axis=1), best


def _payments(
    env: Environment, utilities: Sequence[Array], chains: Sequence[_Chain], coordinates: Array, weights: Array
) -> Array:
    """What each pays so that every type is indifferent to the next lower one, and the lowest to staying away."""
    paid = np.zeros((env.n_profiles, len(env.players)), dtype=np.int64)
    for i, (u, chain) in enumerate(zip(utilities, chains, strict=True)):
        own = u[chain.order]
        lots = np.moveaxis(coordinates.reshape(*env.sizes, -1), i, 0)[chain.order]
        weight = np.moveaxis(weights.reshape(*env.sizes, -1), i, 0)[chain.order]
        places = np.arange(len(own)).reshape((-1,) + (1,) * (lots.ndim - 1))
        here = (own[places, lots] * weight).sum(axis=-1)
        above = (own[np.minimum(places + 1, len(own) - 1), lots] * weight).sum(axis=-1)
        rent = np.zeros_like(here)
        rent[1:] = np.cumsum((above - here)[:-1], axis=0)
        out = np.empty_like(here)
        out[chain.order] = here - rent
        paid[:, i] = np.moveaxis(out, 0, i).reshape(-1)
    return paid


def _inside(env: Environment, paid: Array, scale: Fraction) -> bool:
    assert env.transfers is not None
    low, high = env.transfers
    least, most = int(paid.min()), int(paid.max())
    return (low is None or least >= exact(low) * scale) and (high is None or most <= exact(high) * scale)


def _multipliers(
    env: Environment, chains: Sequence[_Chain], lies: Mapping[str, Asked], shares: Mapping[str, Asked], scale: int
) -> Iterator[Multiplier]:
    """The multipliers of the rows, in the units of the goal."""
    for player, chain in zip(env.players, chains, strict=True):
        if not chain.flow.any():
            continue
        unit, others = chain.unit * scale, [p for p in env.players if p != player]
        shape = chain.flow.shape[1:]

        def places(asked: Asked, at: tuple[int, ...], others: list[str] = others) -> dict[Var, int]:
            return {} if asked.interim else {Var(p): int(k) for p, k in zip(others, at, strict=True)}

        def spread(values: Array, asked: Asked, shape: tuple[int, ...] = shape) -> list[tuple[tuple[int, ...], Any]]:
            return [((), values.sum())] if asked.interim else [(at, values[at]) for at in np.ndindex(shape)]

        lie, share = lies[player], shares[player]
        assert lie.lie is not None
        for at, y in spread(chain.flow[0], share):
            if y:
                own = {share.true: int(chain.order[0])}
                yield share.number, own | places(share, at), Fraction(int(y), unit)
        for k in range(1, len(chain.order)):
            upper, lower = int(chain.order[k]), int(chain.order[k - 1])
            down, up = chain.flow[k] + chain.level[k], chain.level[k]
            for values, true, said in ((down, upper, lower), (up, lower, upper)):
                for at, y in spread(values, lie):
                    if y:
                        own = {lie.true: true, lie.lie: said}
                        yield lie.number, own | places(lie, at), Fraction(int(y), unit)
