"""Implementability: are there any payments with which a given allocation rule makes honesty best?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from ..games.environment import Environment, Type
from ..games.errors import BadInput, GameTooLarge
from ..games.numbers import INT64_SAFE, Array, Number, exact, magnitude, show
from ..games.profile import Profile
from ..games.show import Shown
from ..mechanisms.cases import Case, Var, anyone, believed
from ..mechanisms.expectations import AnyRule
from ..mechanisms.measures import value
from ..mechanisms.properties.incentives import bayesian_incentive_compatible, strategyproof
from ..mechanisms.property import entry_text, told
from ..mechanisms.rule import DirectMechanism
from ..mechanisms.tabulated import from_table
from .verification.grids import scaled
from .verification.plan import grid_of
from .verification.structure import rising_types
from .verify import verify

LIMIT = 10_000_000  # pairs of types of one player
PATHS = "shortest paths among each player's types, in exact integers"
MYERSON = "Myerson's payment identity along the types of a single parameter, in exact integers"
CHUNK = 2**22  # entries of the largest temporary array


@dataclass(frozen=True, eq=False, repr=False)
class Cycle(Shown):
    """Types of a player that, each reporting the next (the last the first), gain in total whatever is paid.

    ``others`` is what the others report (None: what they are expected to). ``gain`` is the sum over the cycle of
    what the lie is worth more than the truth, before payments; as each type is reported once and true once, the
    payments cancel.
    """

    player: str
    types: tuple[Type, ...]
    others: Profile[Any] | None
    gain: Number

    def __str__(self) -> str:
        steps = [f"{entry_text(t)} reports {entry_text(lie)}" for t, lie in self.lies]
        while_others = f" while the others report {told(self.others)}" if self.others else ""
        return (
            f"{self.player} of type {', of type '.join(steps)}{while_others}: these lies gain {show(self.gain)} in "
            f"total before payments, and payments cancel around the circle, so whatever they are one of the lies pays"
        )

    @property
    def lies(self) -> tuple[tuple[Type, Type], ...]:
        """Each type with the type that it reports."""
        return tuple(zip(self.types, (*self.types[1:], self.types[0]), strict=True))


@dataclass(frozen=True, eq=False, repr=False)
class Implementation(Shown):
    """Whether payments can make an allocation rule incentive compatible: ``"proved"`` with them, or ``"refuted"``.

    ``rule`` is the allocation rule with payments; ``cycle`` shows that there are none. ``bool()`` as of a Verdict.
    """

    status: str
    allocation: DirectMechanism
    env: Environment
    bayesian: bool
    rule: DirectMechanism | None = None
    cycle: Cycle | None = None
    method: str = ""

    def check(self) -> bool:
        """Replay from the definitions: the rule is incentive compatible, or the cycle gains what it says."""
        if self.rule is not None:
            property = bayesian_incentive_compatible if self.bayesian else strategyproof
            return bool(verify(self.rule, self.env, property)) and self._same_outcomes()
        assert self.cycle is not None
        return _gain(self.allocation, self.env, self.cycle) == self.cycle.gain > 0

    def _same_outcomes(self) -> bool:
        assert self.rule is not None
        one, two = self.allocation.table(self.env), self.rule.table(self.env)
        return all(one.point(p) == two.point(p) for p in range(self.env.n_profiles))

    def __bool__(self) -> bool:
        return self.status == "proved"

    def __str__(self) -> str:
        how = "Bayesian incentive compatible" if self.bayesian else "strategyproof"
        head = f"{self.allocation.name} with payments can be {how}: {self.status}"
        return f"{head}, because {self.cycle}" if self.cycle else f"{head}, by {self.method}"


def implementable(rule: Any, env: Environment, *, bayesian: bool = False) -> Implementation:
    """Whether any payments make an allocation rule strategyproof (or, ``bayesian``, Bayesian incentive compatible).

    There are payments exactly if, for every player and all reports of the others, no cycle of lies gains in total
    (Rochet 1987). Where the utilities of a player have a single parameter, that is: where the allocation rises with it;
    payments then add up, from type to neighbouring type, to what the change of the allocation is worth (Myerson 1981).
    Payments of the rule itself are ignored; those found are the largest with which no honest player
    ends up (or expects to end up) with less than 0. With ``bayesian`` the types must be independent, as payments may
    do more with correlated ones (Cremer and McLean 1988). The environment must have money without bounds. Raises
    BadInput, GameTooLarge.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> found = implementable(rw.mechanisms.first_price, env)
    >>> found.status, found.rule(env, {"ann": 2, "bob": 1}), found.check()
    ('proved', ('ann', Profile(ann=1, bob=0)), True)
    >>> @rw.mechanism
    ... def lowest_wins(env, reports):
    ...     return min(env.players, key=lambda player: reports[player])
    >>> print(implementable(lowest_wins, env).cycle)
    ann of type 1 reports 2, of type 2 reports 1 while the others report bob = 1: these lies gain 1 in total \
before payments, and payments cancel around the circle, so whatever they are one of the lies pays
    """
    if not isinstance(env, Environment):
        raise BadInput(f"implementable needs an Environment, not {type(env).__name__}")
    if not hasattr(rule, "table"):
        raise BadInput(f"{rule!r} is no rule; make one with @rulewright.mechanism")
    if env.transfers is None or any(bound is not None for bound in env.transfers):
        raise BadInput(f'implementable asks about any payments; declare "{env.name}" with transfers=(None, None)')
    if bayesian and not env.independent:
        raise BadInput(f'the types in "{env.name}" are correlated; with bayesian=True they must be independent')
    env.guard()
    for player, types in env.types.items():
        if len(types) ** 2 > LIMIT:
            raise GameTooLarge(f'lies of "{player}"', len(types) ** 2, LIMIT, "declare fewer types")
    table = rule.table(env)
    payments: list[tuple[Array, int]] = []
    methods = set()
    for player in env.players:
        found: list[Array] = []
        line = rising_types(env, player)
        methods.add(PATHS if line is None else MYERSON)
        for fixed in _chunks(env, player, bayesian):
            worths, scale = _worths(env, table, player, bayesian, fixed)
            lengths, truth = _lengths(worths)
            bad = None if line is not None and _monotone(lengths, line) else _negative_cycle(lengths)
            if bad is not None:
                at, places = len(worths) * len(found) + bad[0], bad[1]
                types = tuple(env.types[player][k] for k in places)
                cycle = Cycle(player, types, None if bayesian else _others(env, player, at), 0)
                cycle = replace(cycle, gain=_gain(rule, env, cycle))
                return Implementation("refuted", rule, env, bayesian, cycle=cycle, method=PATHS)
            found.append(_shortest(lengths, truth) if line is None else _along(lengths, truth, line))
        payments.append((_at_profiles(env, player, np.concatenate(found), bayesian), scale))
    pay_scale = math.lcm(*(scale for _, scale in payments))
    paid = np.stack([scaled(ints, pay_scale // scale) for ints, scale in payments], axis=-1)
    words = f"{rule.name}, with the largest payments that keep honesty best and every honest player at 0 or more."
    priced = replace(table, payments=paid, pay_scale=pay_scale)
    made = from_table(env, priced, f"{rule.name} with payments", words)
    return Implementation("proved", rule, env, bayesian, made, method=" and ".join(sorted(methods)))


def _chunks(env: Environment, player: str, bayesian: bool) -> Iterator[dict[Var, int]]:
    """Reports of as many of the others as it takes to keep every temporary array small."""
    others = [] if bayesian else [Var(p) for p in env.players if p != player]
    sizes = [len(env.types[v.player]) for v in others]
    k = 0
    while k < len(others) and math.prod(sizes[k:]) * len(env.types[player]) ** 2 > CHUNK:
        k += 1
    for each in itertools.product(*map(range, sizes[:k])):
        yield dict(zip(others[:k], each, strict=True))


def _worths(env: Environment, table: Any, player: str, bayesian: bool, fixed: Mapping[Var, int]) -> tuple[Array, int]:
    """``w[others, type, report]``: what the outcome of a report is worth to a type, as integers and their scale."""
    own, lie = Var(player), Var(player, "'")
    measure = value(env, player, own)
    if bayesian:
        reports: Any = believed(env, Case(Profile({player: own}), Profile({player: lie}), player))[1]
        axes = [own, lie]
    else:
        reports = anyone(env) | {player: lie}
        axes = [*(v for p in env.players if p != player and (v := Var(p)) not in fixed), own, lie]
    grid = grid_of(env, table, AnyRule().expect(measure, env, reports), axes, fixed)
    shape = [len(env.types[v.player]) for v in axes]
    n = len(env.types[player])
    return np.broadcast_to(grid.values, shape).reshape(-1, n, n), grid.scale


def _lengths(worths: Array) -> tuple[Array, Array]:
    """``length[others, from, to]`` of the arc by which payment(to) <= payment(from) + length, and honest worths."""
    n = worths.shape[-1]
    wide = worths.dtype == object or magnitude(worths) * 4 * (n + 1) >= INT64_SAFE
    worths = worths.astype(object) if wide else worths
    truth = np.diagonal(worths, axis1=1, axis2=2)
    return np.swapaxes(truth[:, :, None] - worths, 1, 2), truth


def _shortest(lengths: Array, start: Array) -> Array:
    """``d[others, t]``: the least of ``start`` plus the length of a path to t (Bellman 1958; Ford 1956)."""
    distance = start.copy()
    for _ in range(lengths.shape[-1]):
        nearer = np.minimum(distance, (distance[:, :, None] + lengths).min(axis=1))
        if (nearer == distance).all():
            break
        distance = nearer
    return distance


def _monotone(lengths: Array, line: Sequence[int]) -> bool:
    """Whether no two neighbouring types gain by reporting each other, for all reports of the others."""
    pairs = ((lengths[:, a, b], lengths[:, b, a]) for a, b in itertools.pairwise(line))
    return all(bool((up + down >= 0).all()) for up, down in pairs)


def _along(lengths: Array, start: Array, line: Sequence[int]) -> Array:
    """As ``_shortest`` where all shortest paths run along a line of types: once up and once down."""
    distance = start.copy()
    for way in (line, line[::-1]):
        for a, b in itertools.pairwise(way):
            distance[:, b] = np.minimum(distance[:, b], distance[:, a] + lengths[:, a, b])
    return distance


def _negative_cycle(lengths: Array) -> tuple[int, tuple[int, ...]] | None:
    """The first reports of the others with a cycle of negative length, and one with the fewest arcs, as lies."""
    nil = np.zeros(lengths.shape[:2], dtype=lengths.dtype)
    settled = _shortest(lengths, nil)
    failing = ((settled[:, :, None] + lengths).min(axis=1) < settled).any(axis=1)
    if not failing.any():
        return None
    at = int(np.argmax(failing))
    arcs = lengths[at]
    n = len(arcs)
    # walks[k][i, j]: the shortest walk of k + 1 arcs; before[k][i, j]: where its last arc comes from
    walks, before = [arcs], [np.broadcast_to(np.arange(n)[:, None], (n, n))]
    while not (np.diagonal(walks[-1]) < 0).any():
        before.append(np.array([(row[:, None] + arcs).argmin(axis=0) for row in walks[-1]]))
        walks.append(np.array([(row[:, None] + arcs).min(axis=0) for row in walks[-1]], dtype=arcs.dtype))
    j = int(np.argmax(np.diagonal(walks[-1]) < 0))
    path, end = [], j
    for step in reversed(before):
        path.append(end)
        end = int(step[j, end])
    # an arc from t' to t stands for the lie "t reports t'": walking it backwards, each type reports the next
    k = path.index(min(path))
    return at, tuple(path[k:] + path[:k])


def _others(env: Environment, player: str, at: int) -> Profile[Any]:
    """The reports of the others at a place of the flattened axes of all but the player."""
    others = {p: t for p, t in env.types.items() if p != player}
    place = np.unravel_index(at, [len(t) for t in others.values()]) if others else ()
    return Profile({p: t[int(k)] for (p, t), k in zip(others.items(), place, strict=True)})


def _at_profiles(env: Environment, player: str, found: Array, bayesian: bool) -> Array:
    """Payments found for [others, type], as one integer for each profile of the environment."""
    axis = env.players.index(player)
    others = [size for k, size in enumerate(env.sizes) if k != axis]
    shape = [env.sizes[axis]] if bayesian else [*others, env.sizes[axis]]
    spread = np.broadcast_to(found.reshape(shape), [*others, env.sizes[axis]])
    return np.moveaxis(spread, -1, axis).reshape(-1)


def _gain(rule: Any, env: Environment, cycle: Cycle) -> int | Fraction:
    """What the lies of a cycle gain in total before payments, from the definitions."""
    total: int | Fraction = 0
    for true, lie in cycle.lies:
        u = value(env, cycle.player, true)
        if cycle.others is not None:
            truth: Any = Profile({p: true if p == cycle.player else cycle.others[p] for p in env.players})
            lying: Any = truth | {cycle.player: lie}
        else:
            own = Profile({cycle.player: true})
            truth, lying = believed(env, Case(own, own | {cycle.player: lie}, cycle.player))
        total += exact(rule.expect(u, env, lying)) - exact(rule.expect(u, env, truth))
    return exact(total)
