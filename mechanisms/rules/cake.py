"""Direct rules for a cake: players report what its cells are worth to them, and are told who gets which piece."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction

from ...games.cake import WHOLE, Division, Divisions, Exact, divisions, mark, value_of
from ...games.environment import Environment, Type
from ...games.errors import BadInput, GameTooLarge
from ...games.lottery import Lottery
from ...games.numbers import exact
from ...games.outcomes import Outcome
from ...games.profile import Profile
from ..rule import mechanism

GROUPS_LIMIT = 1_024  # groups of players looked at
LOTTERY_LIMIT = 720  # divisions drawn from
Lengths = dict[tuple[str, int], Exact]  # how much of a cell a player gets


@mechanism
def surplus_procedure(env: Environment, reports: Profile[Type]) -> Outcome:
    """Each of two players gets the cake on her side of her midpoint, and of what lies between the midpoints the same
    proportion by her own worth (Brams, Jones and Klamler 2006).

    A midpoint is the leftmost point with half of the worth on its left. The cake between them is cut at the leftmost
    point that gives both the same proportion of it; if it is worth nothing to who has the midpoint on the left, all of
    it goes to the other. If the midpoints agree, a fair coin says who gets which half. Envy-free and proportional; a
    lie can pay who knows the other's tastes, but it risks her half ("strategy-proof" in the source means that).

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 3)], "bob": [(2, 2)]})
    >>> print(surplus_procedure(env, {"ann": (1, 3), "bob": (2, 2)}))
    ann [7/12, 1]; bob [0, 7/12]
    """
    space = _cake_of_two(env, "the surplus procedure")
    half = {p: mark(space, t, 0, Fraction(value_of(space, t, WHOLE)) / 2) for p, t in reports.items()}
    one, other = sorted(env.players, key=lambda p: half[p])
    low, high = half[one], half[other]
    if low == high:
        return Lottery(dict.fromkeys((_sides(env, one, low), _sides(env, other, low)), Fraction(1, 2)))
    between = {p: Fraction(value_of(space, reports[p], ((low, high),))) for p in env.players}
    at = low
    if between[one]:
        columns = _columns(space, reports, one, other)
        both = tuple(a / between[one] + b / between[other] for a, b in columns)
        at = mark(space, both, low, 1)
    return _sides(env, one, at)


@mechanism
def nash_optimal_division(env: Environment, reports: Profile[Type]) -> Outcome:
    """Two players get the pieces for which the product of what both get is largest (Nash 1950; Segal-Halevi and
    Sziklai 2019).

    The competitive equilibrium from equal incomes: the first player gets the cells of the largest ratio of her worth
    to the other's, up to one that may be shared, the first player on its left. Of cells with the same ratio the first
    player gets those on the left; cells that neither values are hers. Envy-free and Pareto
    efficient, not strategyproof.

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 3)], "bob": [(2, 2)]})
    >>> print(nash_optimal_division(env, {"ann": (1, 3), "bob": (2, 2)}))
    ann [1/2, 1]; bob [0, 1/2]
    """
    space = _cake_of_two(env, "the Nash-optimal division")
    one, other = env.players
    worths = _columns(space, reports, one, other)
    wanted = [c for c, (a, b) in enumerate(worths) if a or b]
    wanted.sort(key=lambda c: -worths[c][0] / (worths[c][0] + worths[c][1]))
    share = [Fraction(int(not a and not b)) for a, b in worths]
    mine, theirs = Fraction(0), sum((b for _, b in worths), Fraction(0))
    for c in wanted:
        a, b = worths[c]
        # (mine + x a)(theirs - x b) is largest at this x, if it is from 0 to 1
        best = Fraction(1) if not b else Fraction(0) if not a else (a * theirs - b * mine) / (2 * a * b)
        share[c] = min(max(best, Fraction(0)), Fraction(1))
        mine, theirs = mine + share[c] * a, theirs - share[c] * b
    shares = (*share, *(1 - x for x in share))
    return space.outcome({0: 1, **dict(enumerate(shares, 1))})


@mechanism
def perfect_partition(env: Environment, reports: Profile[Type]) -> Outcome:
    """A division into pieces that all n players value at 1/n of the cake is handed out by lot (Mossel and Tamuz 2010;
    Chen, Lai, Parkes and Procaccia 2013).

    Between two neighbouring ends of cells at which the density of a report changes, piece k is the k-th of n equal
    lengths from the left. Every order of handing out is as likely as any other. Strategyproof in expectation and never
    a cause of envy; wasteful.

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 3)], "bob": [(2, 2)]})
    >>> for division, chance in perfect_partition(env, {"ann": (1, 3), "bob": (2, 2)}).items():
    ...     print(chance, division)
    1/2 ann [0, 1/4] and [1/2, 3/4]; bob [1/4, 1/2] and [3/4, 1]
    1/2 ann [1/4, 1/2] and [3/4, 1]; bob [0, 1/4] and [1/2, 3/4]
    """
    space, n = divisions(env), len(env.players)
    if math.factorial(n) > LOTTERY_LIMIT:
        size = math.factorial(n)
        raise GameTooLarge("divisions to draw from", size, LOTTERY_LIMIT, "share the cake among fewer players")
    densities = list(zip(*(_densities(space, reports[p]) for p in env.players), strict=True))
    starts = [low for c, (low, _) in enumerate(space.cells) if not c or densities[c] != densities[c - 1]]
    spans = list(itertools.pairwise((*starts, 1)))
    parts = [Fraction(k, n) for k in range(n + 1)]
    pieces = [
        [(low + (high - low) * x, low + (high - low) * y) for low, high in spans] for x, y in itertools.pairwise(parts)
    ]
    ways = [Division(dict(zip(env.players, order, strict=True))) for order in itertools.permutations(pieces)]
    return Lottery(dict.fromkeys(ways, Fraction(1, len(ways))))


@mechanism
def chen_lai_parkes_procaccia(env: Environment, reports: Profile[Type]) -> Outcome:
    """Of all groups of players the one with the least cake per head that anybody in it wants shares that cake, each
    getting the same length of what she wants; then the others likewise share the rest (Chen, Lai, Parkes and Procaccia
    2013).

    For piecewise uniform values: all that a player wants is of the same density, other cake is worth nothing to her,
    and cake that nobody wants goes to nobody. Then strategyproof, envy-free, proportional and Pareto efficient. What
    each gets is the same whichever way ties go; here, of several such groups the smallest, of these the one named
    first, and in a group the first player takes as much as she can of her cells, from left to right, that leaves the
    others their due, then the second, and so on; in a cell the players' parts lie in their order.

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 1, 1)], "bob": [(1, 1, 0)], "cem": [(1, 0, 0)]})
    >>> print(chen_lai_parkes_procaccia(env, {"ann": (1, 1, 1), "bob": (1, 1, 0), "cem": (1, 0, 0)}))
    ann [2/3, 1]; bob [1/3, 2/3]; cem [0, 1/3]
    """
    space = divisions(env)
    if 2 ** len(env.players) > GROUPS_LIMIT:
        size = 2 ** len(env.players)
        raise GameTooLarge("groups of players", size, GROUPS_LIMIT, "share the cake among fewer players")
    wants = {player: _wanted(space, reports[player]) for player in env.players}
    left: dict[int, Exact] = {c: high - low for c, (low, high) in enumerate(space.cells)}
    waiting, got = list(env.players), Lengths()
    while waiting:
        group = min(_groups(waiting), key=lambda some: Fraction(_length(some, wants, left), len(some)))
        due = Fraction(_length(group, wants, left), len(group))
        got |= _dues(group, due, wants, dict(left))
        left = {c: length for c, length in left.items() if not any(c in wants[p] for p in group)}
        waiting = [player for player in waiting if player not in group]
    m, point = len(space.cells), dict[int, Exact]({0: 1})
    for (player, c), length in got.items():
        low, high = space.cells[c]
        point[1 + env.players.index(player) * m + c] = Fraction(length) / (high - low)
    return space.outcome(point)


def _dues(group: Sequence[str], due: Exact, wants: Mapping[str, Collection[int]], room: dict[int, Exact]) -> Lengths:
    """How much of which cell makes up the same length for each: the first player has the first say."""
    got = Lengths()
    for i, player in enumerate(group):
        needs, later = due, list(_groups(group[i + 1 :]))
        for c in sorted(wants[player]):
            if not room.get(c) or not needs:
                continue
            # the others get their due as long as every group of them is left as much of what it wants (Hall 1935)
            spare = (
                _length(some, wants, room) - due * len(some)
                for some in later
                if any(c in wants[other] for other in some)
            )
            taken = min(needs, room[c], *spare)
            room[c], needs = room[c] - taken, needs - taken
            if taken:
                got[player, c] = taken
    return got


def _groups(players: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return (some for n in range(1, len(players) + 1) for some in itertools.combinations(players, n))


def _length(some: Iterable[str], wants: Mapping[str, Collection[int]], room: Mapping[int, Exact]) -> Exact:
    """The length of the cake left that anybody in a group wants."""
    return exact(sum((Fraction(room.get(c, 0)) for c in {c for p in some for c in wants[p]}), Fraction(0)))


def _wanted(space: Divisions, type: Type) -> frozenset[int]:
    densities = _densities(space, type)
    if len({d for d in densities if d}) > 1:
        raise BadInput(
            f"the type {type!r} is not piecewise uniform; the rule asks that all cells that a player values have the "
            "same worth per length"
        )
    return frozenset(c for c, d in enumerate(densities) if d)


def _densities(space: Divisions, type: Type) -> list[Fraction]:
    return [Fraction(v) / (high - low) for v, (low, high) in zip(space.values(type), space.cells, strict=True)]


def _sides(env: Environment, left: str, at: Exact) -> Division:
    """The cake cut in two, with the left side for one of two players."""
    return Division({player: ((0, at),) if player == left else ((at, 1),) for player in env.players})


def _columns(space: Divisions, reports: Mapping[str, Type], one: str, other: str) -> list[tuple[Fraction, Fraction]]:
    """What each cell is worth to one and to the other."""
    both = zip(space.values(reports[one]), space.values(reports[other]), strict=True)
    return [(Fraction(a), Fraction(b)) for a, b in both]


def _cake_of_two(env: Environment, rule: str) -> Divisions:
    space = divisions(env)
    if len(env.players) != 2:
        raise BadInput(f"{rule} is for 2 players; there are {len(env.players)}: {', '.join(env.players)}")
    return space
