"""Rules for divisible goods whose values add up: who gets how much of which, without money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import exact, show
from ...games.outcomes import Shares
from ...games.profile import Profile
from ..rule import mechanism
from .pivoting import complementary, leximin_point, maximise

Values = list[list[int | Fraction]]  # values[i][g]: what player i says that good g is worth to her


@mechanism
def competitive_equilibrium(env: Environment, reports: Profile[Any]) -> Any:
    """Everyone has one unit of money to spend, and each good has the price at which all of it is bought: the
    competitive equilibrium from equal incomes, which maximises the product of utilities (Varian 1974; Eisenberg and
    Gale 1959).

    Exact: prices are found by complementary pivoting (Eaves 1976). Ties: the player named first gets as much of the
    good named first as any equilibrium gives her, then of the second good, and so on player by player. Who values
    nothing takes no part.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": ((3, 1),), "bob": ((1, 1),)}, ("bread", "wine"), transfers=None)
    >>> competitive_equilibrium(env, {"ann": (3, 1), "bob": (1, 1)})
    Profile(ann=Profile(bread=1, wine=0), bob=Profile(bread=0, wine=1))
    """
    space, values = _market(env, reports)
    return _outcome(space, _equilibrium(values).shares)


@mechanism
def partial_allocation(env: Environment, reports: Profile[Any]) -> Any:
    """Each gets a part of what competitive equilibrium gives her: the product of the others' utilities there, as a
    fraction of what their product would be without her; the rest is thrown away (Cole, Gkatzelis and Goel 2013).

    Strategyproof, and nobody gets less than 1/e of her utility in equilibrium. Ties: as in competitive equilibrium.
    The environment needs ``disposal``.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": ((1,) * 2,), "bob": ((1,) * 2,)}, ("bread", "wine"), transfers=None)
    >>> partial_allocation(env, {"ann": (1, 1), "bob": (1, 1)})
    Profile(ann=Profile(bread=Fraction(1, 2), wine=0), bob=Profile(bread=0, wine=Fraction(1, 2)))
    """
    space, values = _market(env, reports)
    if not space.disposal:
        raise BadInput(f'partial allocation throws goods away; declare "{env.name}" with disposal=True')
    here = _equilibrium(values)
    kept = []
    for i, shares in enumerate(here.shares):
        left = _equilibrium([row for j, row in enumerate(values) if j != i]).worths
        fraction = Fraction(1)
        for worth, without in zip((w for j, w in enumerate(here.worths) if j != i), left, strict=True):
            fraction *= worth / without if without else 1
        kept.append([fraction * share for share in shares])
    return _outcome(space, kept)


@mechanism
def leximin_shares(env: Environment, reports: Profile[Any]) -> Any:
    """Values are scaled so that all goods together are worth 1 to each; then the least worth is made as large as can
    be, then the second least, and so on (Rawls 1971; Kurokawa, Procaccia and Shah 2018).

    Ties: the player named first gets as much of the good named first as that leaves possible, then of the second
    good, and so on player by player. Who values nothing counts for nothing.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": ((1, 1),), "bob": ((1, 2),)}, ("bread", "wine"), transfers=None)
    >>> leximin_shares(env, {"ann": (1, 1), "bob": (1, 2)})
    Profile(ann=Profile(bread=1, wine=Fraction(1, 7)), bob=Profile(bread=0, wine=Fraction(6, 7)))
    """
    space, values = _market(env, reports)
    scaled = [[Fraction(v) / sum(row) if any(row) else Fraction(0) for v in row] for row in values]
    n, m = len(values), len(space.goods)
    goods = [[int(k % m == g) for k in range(n * m)] for g in range(m)]
    worths = [[v if j == i else 0 for j in range(n) for v in scaled[j]] for i in range(n) if any(values[i])]
    x = leximin_point(worths, goods, [1] * m)
    return _outcome(space, [x[i * m : (i + 1) * m] for i in range(n)])


@mechanism
def adjusted_winner(env: Environment, reports: Profile[Any]) -> Any:
    """Each good goes to the player of two who gives it more of her 100 points; then the one who is ahead hands goods
    over, those first whose points differ least in proportion, until both have as many points (Brams and Taylor 1996).

    Values are scaled to 100 points. Equal points: to the player named first; equal proportions: the good named first.
    At most one good is divided. Both players must value something.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": ((6, 4),), "bob": ((3, 7),)}, ("bread", "wine"), transfers=None)
    >>> adjusted_winner(env, {"ann": (6, 4), "bob": (3, 7)})
    Profile(ann=Profile(bread=1, wine=Fraction(1, 11)), bob=Profile(bread=0, wine=Fraction(10, 11)))
    """
    space, values = _market(env, reports)
    if len(values) != 2 or not all(map(any, values)):
        raise BadInput(f'adjusted winner is for two players who value something; "{env.name}" has others')
    points = [[Fraction(v) / sum(row) for v in row] for row in values]
    shares = [[Fraction(a >= b), Fraction(a < b)] for a, b in zip(*points, strict=True)]
    has = [sum(p * share[i] for p, share in zip(points[i], shares, strict=True)) for i in (0, 1)]
    ahead, behind = (0, 1) if has[0] >= has[1] else (1, 0)

    def proportion(g: int) -> tuple[bool, Fraction]:
        return (points[behind][g] == 0, points[ahead][g] / points[behind][g] if points[behind][g] else Fraction(0))

    for g in sorted((g for g, share in enumerate(shares) if share[ahead]), key=proportion):
        both = points[ahead][g] + points[behind][g]
        if has[ahead] <= has[behind] or not both:
            break
        part = min(Fraction(1), (has[ahead] - has[behind]) / both)
        shares[g][ahead], shares[g][behind] = 1 - part, part
        has[ahead] -= part * points[ahead][g]
        has[behind] += part * points[behind][g]
    return _outcome(space, [[share[i] for share in shares] for i in (0, 1)])


# -- markets -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Equilibrium:
    """Shares of the goods, ``shares[i][g]``, and what they are worth to each player."""

    shares: list[list[Fraction]]
    worths: list[Fraction]


def _equilibrium(values: Values) -> Equilibrium:
    """The competitive equilibrium from equal incomes, of those who value something."""
    n, m = len(values), len(values[0]) if values else 0
    buyers = [i for i in range(n) if any(values[i])]
    wanted = [g for g in range(m) if any(values[i][g] for i in buyers)]
    worth = dict(zip(buyers, _utilities([[values[i][g] for g in wanted] for i in buyers]), strict=True))
    price = {g: max(Fraction(values[i][g]) / worth[i] for i in buyers) for g in wanted}
    best = [(i, g) for i in buyers for g in wanted if Fraction(values[i][g]) / worth[i] == price[g]]
    shares = [[Fraction(0)] * m for _ in range(n)]
    for g in set(range(m)) - set(wanted):
        shares[0][g] = Fraction(1)  # worth nothing to anybody, so any owner is one of equilibrium
    if best:
        spends = [[Fraction(i == j) for j, _ in best] for i in buyers]
        buys = [[Fraction(g == h) for _, h in best] for g in wanted]
        first = [[int(k == j) for k in range(len(best))] for j in range(len(best))]
        right = [Fraction(1)] * len(buyers) + [price[g] for g in wanted]
        money, _ = maximise(first, [*spends, *buys], right, len(right))
        for (i, g), spent in zip(best, money, strict=True):
            shares[i][g] = spent / price[g]
    return Equilibrium(shares, [worth.get(i, Fraction(0)) for i in range(n)])


def _utilities(values: Values) -> list[Fraction]:
    """What each player has in equilibrium, which is unique: 1 over what a unit of utility costs her.

    The unknowns are the money spent, the prices p and the cost of a unit of utility c of each player (Eaves 1976):
    no good is cheaper than it is worth to a player, p_g >= c_i v_ig, and she spends on it only if it is not dearer;
    all that is spent on a good is its price; all of a player's income is spent.
    """
    if not values:
        return []
    n, m = len(values), len(values[0])
    scaled = [[Fraction(v) / max(row) for v in row] for row in values]  # at most 1: copositive
    edges = [(i, g) for i in range(n) for g in range(m) if scaled[i][g]]
    size = len(edges) + m + n
    matrix = [[Fraction(0)] * size for _ in range(size)]
    for k, (i, g) in enumerate(edges):
        good, buyer = len(edges) + g, len(edges) + m + i
        matrix[k][good], matrix[k][buyer] = Fraction(1), -scaled[i][g]
        matrix[good][k], matrix[buyer][k] = Fraction(-1), Fraction(1)
    for g in range(m):
        matrix[len(edges) + g][len(edges) + g] = Fraction(1)
    found = complementary(matrix, [*[0] * (len(edges) + m), *[-1] * n])
    return [max(row) / c for row, c in zip(values, found[len(edges) + m :], strict=True)]


def _market(env: Environment, reports: Mapping[str, Any]) -> tuple[Shares, Values]:
    """The goods and what each player says that they are worth; raises BadInput where none are divided."""
    space = env.outcomes
    if not isinstance(space, Shares) or space.players != env.players:
        raise BadInput(f'the rule divides several goods, and the outcomes of "{env.name}" are no shares of them')
    return space, [own_values(env, player, reports[player]) for player in env.players]


def own_values(env: Environment, player: str, type: Any) -> list[int | Fraction]:
    """What each good, or each cell of a cake, is worth to a player of a type; raises BadInput if the shares of others
    matter to her or something is worth less than 0.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": ((3, 1),), "bob": ((1, 1),)}, ("bread", "wine"), transfers=None)
    >>> own_values(env, "ann", (3, 1))
    [3, 1]
    """
    m, i = (env.space.dimension - 1) // len(env.players), env.players.index(player)
    row = [exact(u) for u in env.utilities(player)[env.position(player, type)]]
    own = row[1 + i * m : 1 + (i + 1) * m]
    if any(row[: 1 + i * m]) or any(row[1 + (i + 1) * m :]):
        raise BadInput(f'"{player}" values more than her own share in "{env.name}"; values must be private')
    if min(own) < 0:
        raise BadInput(f'a good is worth {show(min(own))} to "{player}" in "{env.name}"; values must be at least 0')
    return own


def _outcome(space: Shares, shares: Sequence[Sequence[Fraction]]) -> Profile[Profile[int | Fraction]]:
    return Profile(
        {
            player: Profile({good: exact(x) for good, x in zip(space.goods, row, strict=True)})
            for player, row in zip(space.players, shares, strict=True)
        }
    )
