"""Search for the menu that earns most from one buyer, whose values are any numbers of intervals."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from fractions import Fraction
from time import monotonic
from typing import Any

import numpy as np

from ....games.buyer import Buyer
from ....games.environment import Environment
from ....games.errors import BadInput
from ....games.numbers import Array, Number, plain
from ....mechanisms.families import Menus
from ....mechanisms.goals import Goal, revenue
from ....mechanisms.properties.incentives import (
    bayesian_incentive_compatible,
    ex_post_incentive_compatible,
    strategyproof,
)
from ....mechanisms.properties.participation import (
    ex_ante_individually_rational,
    individually_rational,
    interim_individually_rational,
)
from ....mechanisms.rules.menu_revenue import Estimate
from ....mechanisms.rules.menus import Menu, menu
from ...design import Design
from ...verdict import Report
from ...verify import verify
from .ascent import Market, ascend, grow, polish, repriced, thinned
from .bound import revenue_bound
from .ways import Way, Worth, known_ways, loss_of, mean_of, simpler, worth_of

EVERY_MENU = (  # what every menu is, by construction
    strategyproof,
    individually_rational,
    bayesian_incentive_compatible,
    ex_post_incentive_compatible,
    interim_individually_rational,
    ex_ante_individually_rational,
)
FEW = 5  # options of the menus drawn at the start; more are added where they earn more
MOST_GROWN = 30  # options to which a menu grows
LONG = 30  # options of a known way to sell from which no search starts
DRAWN = 4, 2  # menus drawn at the start, of up to two goods and of more
WORTHWHILE = 1e-7, 3e-4  # what an option must add, as a part of the revenue, of up to two goods and of more
TOO_MANY = ", which takes more options than were allowed,"
GRID_TYPES = 256  # at least two values a good, on the grid on which the found menu is verified
GRID_GOODS = 8


def search_menus(buyer: Any, goal: Goal, family: Menus, time: float | None = None, progress: Any = None) -> Design:
    """The menu of a family that earns most: the best that was found, what it earns, and what none can exceed.

    For one good it is Myerson's price. For more, menus are improved by steps up the gradient of the revenue that a
    smoothed choice of the buyer earns (Duetting et al. 2019), then number by number, and given more options where
    that earns more; at last the numbers are made as simple as costs nothing. Of two goods the revenue is exact, of
    more an estimate, and it is never called optimal unless the bound is reached. Raises BadInput.

    >>> import rulewright as rw
    >>> design = search_menus(rw.games.buyer(1, low=4, high=16), rw.Goal((), rw.revenue), Menus(1))
    >>> design.status, design.value, design.rule.options
    ('optimal', Fraction(16, 3), (((0,), 0), ((1,), 8)))
    """
    _check(buyer, goal, family)
    if time is not None and not (isinstance(time, int | float) and time >= 0):
        raise BadInput(f"time is {time!r}; give a budget of at least 0 seconds")
    if progress is not None and not callable(progress):
        raise BadInput(f"progress is {progress!r}; give a function of how much is done, and of how much")
    until = math.inf if time is None else monotonic() + time
    known = list(known_ways(buyer, family, until))
    candidates = [(each.rule, each.worth) for each in known if each.rule is not None]
    done = total = 0
    if len(buyer.goods) > 1:
        market = Market(buyer, family.seed)
        starts = list(_starts(buyer, market, family, [rule for rule, _ in candidates]))
        total = len(starts)
        improved: list[Array] = []
        for x in starts:
            if improved and monotonic() > until:
                break
            improved.append(_improved(x, market, family, until))
            done += 1
            if progress is not None:
                progress(done, total)
        best = max(improved, key=market.revenue)
        found = _simple(best, market, buyer, until)
        candidates.append((found, worth_of(found, buyer, family.seed)))
    rule, worth = max(candidates, key=lambda each: mean_of(each[1]))
    value, bound = mean_of(worth), revenue_bound(buyer)
    require = goal.require or (strategyproof, individually_rational)
    verdicts = verify(rule, _trial(buyer, family.seed), *require)
    return Design(
        status="optimal" if value == bound else "feasible",
        goal=str(goal),
        searched=f"{family.name} for the {buyer}",
        method=_method(buyer, worth, done, total),
        rule=rule,
        value=value,
        bound=bound,
        verdicts=verdicts if isinstance(verdicts, Report) else Report((verdicts,)),
        why=_why(value, worth, known),
        asked=goal,
        environment=buyer,
    )


def _check(buyer: Any, goal: Goal, family: Any) -> None:
    if not isinstance(family, Menus):
        raise BadInput(f"for one buyer a search needs family=rulewright.mechanisms.menus(), not {family!r}")
    if not isinstance(buyer, Buyer):
        kind = f'the environment "{buyer.name}"' if isinstance(buyer, Environment) else repr(buyer)
        raise BadInput(f"menus are for one buyer, made with rulewright.games.buyer, and not for {kind}")
    for property in goal.require:
        if property not in EVERY_MENU:
            names = ", ".join(each.name for each in EVERY_MENU)
            raise BadInput(f"a search for menus does not know {property.name}; every menu has: {names}")
    if goal.maximize is not revenue:
        raise BadInput("a search for menus makes the revenue large; let the goal maximize rulewright.revenue")


# -- from the starts to one menu --------------------------------------------------------------------------------------


def _starts(buyer: Buyer, market: Market, family: Menus, known: list[Menu]) -> Iterator[Array]:
    """Menus as arrays: the known ways to sell, and some drawn."""
    unit = max(buyer.high)
    for each in (rule for rule in known if len(rule.options) <= LONG):
        yield np.array([[*map(float, q), float(p / unit)] for q, p in each.options if any(q)])
    generator = np.random.default_rng([family.seed, 0])
    mean = (np.array(market.low) + np.array(market.high)) / 2
    for _ in range(DRAWN[market.goods > 2]):
        shares = generator.random((min(family.size, FEW), market.goods))
        shares = market.allowed(np.hstack([shares, np.zeros((len(shares), 1))]))[:, :-1]
        yield np.hstack([shares, (shares @ mean * generator.uniform(0.6, 1.2, len(shares)))[:, None]])


def _improved(x: Array, market: Market, family: Menus, until: float) -> Array:
    loss, worthwhile = loss_of(market.goods), WORTHWHILE[market.goods > 2]
    wanted = _wanted(market, family.seed)
    x = thinned(_settled(ascend(x, market, until), market, until), market, loss)
    while len(x) < min(family.size, MOST_GROWN) and monotonic() < until:
        gain, more = grow(x, market, wanted)
        revenue = market.revenue(x)
        if gain <= worthwhile * revenue:
            break
        more = thinned(_settled(more, market, until), market, loss)
        if market.revenue(more) <= revenue * (1 + worthwhile):
            break
        x = more
    return x


def _settled(x: Array, market: Market, until: float) -> Array:
    return polish(x, market, until, finest=1e-4) if market.goods <= 2 else repriced(x, market, until)


def _wanted(market: Market, seed: int) -> Array:
    """Shares that a new option may have: of two goods a grid, of more nearly everything, and some drawn at random."""
    m = market.goods
    if m <= 2:
        parts = [s for s in itertools.product(np.linspace(0, 1, 9), repeat=m) if any(s)]
        return np.array([s for s in parts if not market.unit_demand or sum(s) <= 1])
    if market.unit_demand:
        return np.vstack([np.eye(m), np.full((1, m), 1 / m)])
    one = np.ones((m, m)) - np.eye(m)
    half = np.ones((m, m)) - np.eye(m) / 2
    two = [one[i] * one[j] for i, j in itertools.islice(itertools.combinations(range(m), 2), 20)]
    generator = np.random.default_rng([seed, 2])
    return np.vstack([np.ones((1, m)), one, half, two, (generator.random((10, m)) < 0.75) * 1.0])


# -- simple numbers ---------------------------------------------------------------------------------------------------


def _simple(x: Array, market: Market, buyer: Buyer, until: float) -> Menu:
    """The menu in simple fractions, where they cost next to nothing: first shares, then prices."""
    loss, unit = loss_of(market.goods), max(buyer.high)
    if market.goods <= 2:
        x = polish(x, market, until, step=1e-3)
    for k, g in itertools.product(range(len(x)), range(market.goods)):
        if monotonic() > until or (x[k, g] in (0, 1)):
            continue
        floor = market.revenue(x) * (1 - loss)
        for simple in _fractions(float(x[k, g])):
            y = x.copy()
            y[k, g] = float(simple)
            if market.unit_demand and y[k, :-1].sum() > 1:
                continue
            y = _prices_again(y, market, until) if market.goods <= 2 else y
            if market.revenue(y) >= floor:
                x = y
                break
    x = _prices_again(x, market, until)
    exact = [[Fraction(float(e)) for e in row] for row in x]
    for row in exact if market.unit_demand else []:
        if (total := sum(row[:-1])) > 1:  # by rounding
            row[:-1] = [e / total for e in row[:-1]]
    floor = market.revenue(x) * (1 - loss)
    for k, g in itertools.product(range(len(x)), range(market.goods + 1)):
        for simple in simpler(float(x[k, g])):
            y = x.copy()
            y[k, g] = float(simple)
            row = [*exact[k][:g], simple, *exact[k][g + 1 : -1]]
            if g < market.goods and (simple > 1 or (market.unit_demand and sum(row[: market.goods]) > 1)):
                continue
            if market.revenue(y) >= floor:
                x, exact[k][g] = y, simple
                break
    exact.sort(key=lambda row: (row[-1], [-e for e in row[:-1]]))
    return menu([([plain(e) for e in row[:-1]], plain(row[-1] * unit)) for row in exact])


def _prices_again(x: Array, market: Market, until: float) -> Array:
    if market.goods > 2:
        return repriced(x, market, until)
    return polish(x, market, until, only_prices=True, step=0.002, finest=1e-9)


def _fractions(x: float) -> Iterator[Fraction]:
    """Fractions near x, the simplest first."""
    seen: set[Fraction] = set()
    for most in range(1, 13):
        simple = Fraction(x).limit_denominator(most)
        if simple not in seen and abs(float(simple) - x) < 0.03:
            seen.add(simple)
            yield simple


# -- what it is worth, and what is said of it -------------------------------------------------------------------------


def _trial(buyer: Buyer, seed: int) -> Environment:
    """A grid of types; where even two values a good are too many, some drawn types."""
    m = len(buyer.goods)
    if m <= GRID_GOODS:
        return buyer.grid(max(k for k in range(2, GRID_TYPES + 1) if k == 2 or k**m <= GRID_TYPES))
    generator = np.random.default_rng([seed, 3])
    drawn = {tuple(map(int, row)): None for row in generator.integers(0, 1001, (GRID_TYPES // 8, m))}
    ends = list(zip(buyer.low, buyer.high, strict=True))
    return buyer.among(
        [tuple(plain(a + (b - a) * Fraction(n, 1000)) for n, (a, b) in zip(row, ends, strict=True)) for row in drawn]
    )


def _method(buyer: Buyer, worth: int | Fraction | Estimate, done: int, total: int) -> str:
    if len(buyer.goods) == 1:
        return "the price at which the virtual value turns positive, which no way of selling exceeds (Myerson 1981)"
    words = f"{total} menus improved up the gradient of a smoothed revenue and then number by number"
    words += "" if done == total else f", of which {done} before the time ran out"
    if isinstance(worth, Estimate):
        words += f"; the value is an estimate from {worth.draws:,} drawn types, with standard error {worth.error:.2g}"
    else:
        words += "; the value is exact, from the areas of types that choose each option"
    return f"{words}; the bound is exact, from virtual values"


def _why(value: Number, worth: Worth, known: list[Way]) -> str:
    said = "The rule is a menu, so it is strategyproof and individually rational for all real types, whatever the grid."
    if len(known) == 1:
        return said
    others = [f"selling {each.name}{'' if each.rule else TOO_MANY} earns {each.told()}" for each in known]
    return f"{said} It earns {Way('', None, worth).told()}; {'; '.join(others)}."
