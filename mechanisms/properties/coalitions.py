"""Group strategyproofness: no coalition gains by misreporting together."""

from __future__ import annotations

import itertools
import math
from functools import lru_cache, partial
from typing import Any

import numpy as np

from ...games.environment import Environment
from ...games.errors import BadInput, GameTooLarge
from ...games.lottery import Lottery
from ...games.numbers import INT64_SAFE, Array, exact, integers, show
from ...games.profile import Profile
from ..cases import Case, profiles
from ..measures import worth
from ..property import Finding, OwnCheck, entry_text, told

COMPARISONS_LIMIT = 2_000_000_000
UTILITIES_LIMIT = 16_000_000  # 128 MB


def group_strategyproof(size: int | None = None) -> OwnCheck:
    """The property that no coalition of up to ``size`` players can misreport so that one gains and none loses.

    ``size`` is at least 1; without it all coalitions count. This is the strong sense (Pápai 2000); the weak one is
    :func:`weakly_group_strategyproof`. Utilities are expected ones where the rule draws lots. Raises GameTooLarge.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (2, 3)})
    >>> print(rw.verify(rw.mechanisms.second_price, env, group_strategyproof()).counterexample)
    at ann = 2, bob = 2, ann and bob gain by reporting ann = 1, bob = 2: bob gets 1 instead of 0 and ann loses nothing
    """
    return _property(size, strong=True)


def weakly_group_strategyproof(size: int | None = None) -> OwnCheck:
    """The property that no coalition of up to ``size`` players can misreport so that all of them gain.

    As :func:`group_strategyproof`, in the weak sense (Barberà, Berga and Moreno 2010). Raises GameTooLarge.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (2, 3)})
    >>> rw.verify(rw.mechanisms.second_price, env, weakly_group_strategyproof()).status
    'proved'
    """
    return _property(size, strong=False)


def _property(size: int | None, strong: bool) -> OwnCheck:
    if size is not None and (not isinstance(size, int) or size < 1):
        raise BadInput(f"the size of a coalition is {size!r}; it must be at least 1")

    limit = "" if size is None else f" of up to {size}"
    if strong:
        name, short = "group_strategyproof", "GSP"
        words = f"No coalition{limit} can misreport so that one member gains and none loses (Pápai 2000)."
    else:
        name, short = "weakly_group_strategyproof", "WEAK-GSP"
        words = f"No coalition{limit} can misreport so that all members gain (Barberà, Berga and Moreno 2010)."
    return OwnCheck(name, words, short, profiles, partial(_first_gain, size, strong))


def _first_gain(size: int | None, strong: bool, rule: Any, env: Environment, case: Case) -> Finding | None:
    """The first joint misreport of the smallest coalition that pays at a profile."""
    most = len(env.players) if size is None else min(size, len(env.players))
    _guard(env, most)
    for k in range(1, most + 1):
        for coalition in itertools.combinations(env.players, k):
            found = _gain(rule, env, case, coalition, strong)
            if found is not None:
                return found
    return None


def _gain(rule: Any, env: Environment, case: Case, coalition: tuple[str, ...], strong: bool) -> Finding | None:
    """The first joint misreport that pays, re-computed from the rule; None if there is none."""
    worths = _worths(rule, env)
    here = [env.position(p, t) for p, t in case.types.items()]
    ways = tuple(slice(None) if p in coalition else here[k] for k, p in enumerate(env.players))
    honest = tuple(here[env.players.index(p)] for p in coalition)
    none_loses: Any = True
    one_gains: Any = not strong
    for member in coalition:
        mine = worths[member][env.position(member, case.types[member])][ways]
        if strong:
            none_loses = none_loses & (mine >= mine[honest])
            one_gains = one_gains | (mine > mine[honest])
        else:
            none_loses = none_loses & (mine > mine[honest])
    good = np.argwhere(np.asarray(none_loses & one_gains))
    if not len(good):
        return None
    lies = {p: env.types[p][int(k)] for p, k in zip(coalition, good[0], strict=True)}
    return _finding(rule, env, case, coalition, case.types | lies)


def _finding(
    rule: Any, env: Environment, case: Case, coalition: tuple[str, ...], reports: Profile[Any]
) -> Finding | None:
    """The gain of the members, from the definition."""
    got = {}
    for member in coalition:
        u = worth(env, member, case.types[member])
        got[member] = exact(rule.expect(u, env, case.types)), exact(rule.expect(u, env, reports))
    who = max(coalition, key=lambda member: got[member][1] - got[member][0])
    has, needs = got[who]
    rest = [
        f"{p} gets {show(after)} instead of {show(before)}" if after > before else f"{p} loses nothing"
        for p, (before, after) in got.items()
        if p != who
    ]
    setting = " while the others report the truth" if len(coalition) < len(env.players) else ""
    joint = Profile({p: reports[p] for p in coalition})
    if len(coalition) == 1:
        how = f"{who} gains by reporting {entry_text(reports[who])}{setting}"
    else:
        names = ", ".join(coalition[:-1]) + f" and {coalition[-1]}"
        how = f"{names} gain by reporting {told(joint)}{setting}"
    outcome = " and ".join([f"{who} gets {show(needs)} instead of {show(has)}", *rest])
    found = Case(case.types, reports, who)
    return Finding(found, has, needs, f"at {told(case.types)}, {how}: {outcome}{_change(rule, env, found)}", joint)


def _change(rule: Any, env: Environment, case: Case) -> str:
    """What is chosen instead of what, where nothing is left to chance and nobody pays."""
    (before, _), (after, _) = (rule.result(env, reports) for reports in (case.types, case.reports))
    if env.transfers is not None or isinstance(before, Lottery) or isinstance(after, Lottery):
        return ""
    old, new = (told(x) if isinstance(x, Profile) else str(x) for x in (before, after))
    return f" (the outcome is {new} instead of {old})"


@lru_cache(maxsize=2)
def _worths(rule: Any, env: Environment) -> dict[str, Array]:
    """``worths[player][type, report_1, ..., report_n]``: what each type ends up with, as integers of one scale."""
    table = rule.table(env)
    width = table.coordinates.shape[1]
    found = {}
    for k, player in enumerate(env.players):
        utility, scale = integers(env.utilities(player))
        weights, paid = table.weights, table.payments
        bound = _largest(utility) * max(_largest(weights), 1) * width * table.pay_scale
        if paid is not None:
            bound += _largest(paid) * scale * table.scale
        if bound >= INT64_SAFE:
            utility, weights = utility.astype(object), weights.astype(object)
            paid = None if paid is None else paid.astype(object)
        got = sum(
            (utility[:, table.coordinates[:, s]] * weights[:, s] for s in range(1, width)),
            start=utility[:, table.coordinates[:, 0]] * weights[:, 0],
        )
        if paid is not None:
            got = got * table.pay_scale - paid[:, k] * (scale * table.scale)
        found[player] = np.asarray(got).reshape(-1, *env.sizes)
    return found


def _largest(values: Array) -> int:
    return max(abs(int(values.max())), abs(int(values.min()))) if values.size else 0


def _guard(env: Environment, most: int) -> None:
    """Raise GameTooLarge if there are too many joint misreports."""
    env.guard()
    lies = sum(math.prod(sizes) for k in range(1, most + 1) for sizes in itertools.combinations(env.sizes, k))
    if lies * env.n_profiles > COMPARISONS_LIMIT:
        raise GameTooLarge(
            "joint misreports of coalitions", lies * env.n_profiles, COMPARISONS_LIMIT, "ask for smaller coalitions"
        )
    size = sum(env.sizes) * env.n_profiles
    if size > UTILITIES_LIMIT:
        raise GameTooLarge("utilities of types at profiles", size, UTILITIES_LIMIT, "declare fewer types")
