"""Forms of a rule that chooses from a list: constant, dictators in turn, most welfare, lots."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from importlib import import_module
from typing import Any

from ...games.environment import Environment
from ...games.lottery import Lottery
from ...games.numbers import exact, plain, show
from ...games.outcomes import Outcome
from ...games.profile import Profile
from ...mechanisms import rules
from ...mechanisms.rule import DirectMechanism
from .answers import (
    Answers,
    Choice,
    Choose,
    chances,
    evenly,
    label,
    listed,
    numeric,
    ordered,
    told_point,
)
from .fitting import fitted
from .tastes import best, exact_row, item_at, names
from .voting_forms import medians, two_outcomes

LIBRARY = {  # rules without parameters, by the chapter they stand in
    "scoring": ("plurality", "antiplurality", "borda"),
    "voting": ("majority", "median", "random_dictatorship", "instant_runoff"),
    "tournaments": ("copeland", "maximin", "black", "schulze", "kemeny"),
    "location": ("median_location", "mean_location", "leftmost"),
    "assignment": ("random_serial_dictatorship", "probabilistic_serial", "top_trading_cycles"),
    "mixing": ("utilitarian_mixing", "conditional_utilitarian", "random_priority"),
}


def list_choices(answers: Answers) -> Iterator[Choice]:
    """Ways to choose that may be the rule's, the simplest first."""
    if not listed(answers.env):
        return
    if answers.sure:
        yield from _dictators(answers)
        yield from two_outcomes(answers)
        yield from medians(answers)
    if numeric(answers.env):
        yield from _most(answers)
        yield from _library(answers)
    else:  # utilities are made of ranks: what people know by name goes first
        yield from _library(answers)
        yield from _most(answers)
    yield from _mixture(answers)


def constant_choice(answers: Answers) -> Iterator[Choice]:
    """The same outcome, or the same lottery, at every profile."""
    if all(point == answers.points[0] for point in answers.points):
        told = told_point(answers.env, answers.points[0])
        words = f"Whatever is said, the outcome is the same: {told}."
        yield Choice(f"constant: {told}", words, partial(always, answers.outcomes[0]), "constant")


def always(outcome: Outcome, env: Environment, reports: Profile[Any]) -> Outcome:
    """The same outcome, whatever is said."""
    return outcome


# -- dictators, one after the other -----------------------------------------------------------------------------------


def _dictators(answers: Answers) -> Iterator[Choice]:
    env = answers.env
    left = [answers.ever] * len(answers.profiles)
    chosen = [next(iter(point)) for point in answers.points]
    order: list[str] = []
    while any(len(each) > 1 for each in left):
        for player in env.players:
            if player in order:
                continue
            now = [best(env, player, each)[r[player]] for each, r in zip(left, answers.profiles, strict=True)]
            if now != left and all(k in each for k, each in zip(chosen, now, strict=True)):
                break
        else:
            break
        order.append(player)
        left = now
    if not order:
        return
    ties = _tie_order(left, chosen, answers.ever)
    if ties is None:
        return
    if len(order) > 1 and all(isinstance(item_at(env, k), Mapping) for k in answers.ever):  # the last take what is left
        order += [p for p in env.players if p not in order]
    among = "" if len(answers.ever) == env.space.dimension else f" among {names(env, answers.ever)}"
    name = f"{'dictatorship of' if len(order) == 1 else 'serial dictatorship:'} {', '.join(order)}{among}"
    words = f"{order[0]} gets the outcome that she likes best{among}."
    if len(order) > 1:
        words = f"{', then '.join(order)} in turn keep only the outcomes that they like best{among}."
    words += _told_ties(env, left, ties)
    yield Choice(name, words, partial(in_turn_best, tuple(order), tuple(ties)), "dictators")


def in_turn_best(order: Sequence[str], ties: tuple[int, ...], env: Environment, reports: Profile[Any]) -> Outcome:
    """The players of the order in turn keep their best outcomes; of those left the first in ``ties``."""
    left = ties
    for player in order:
        left = best(env, player, left)[reports[player]]
    return item_at(env, left[0])


def _tie_order(left: Sequence[tuple[int, ...]], chosen: Sequence[int], among: Sequence[int]) -> list[int] | None:
    """An order of the outcomes in which the chosen one is the first of those left, at every profile."""
    before = {(k, other) for k, each in zip(chosen, left, strict=True) for other in each if other != k}
    return ordered(among, before)


def _told_ties(env: Environment, left: Sequence[tuple[int, ...]], ties: Sequence[int]) -> str:
    tied = {k for each in left if len(each) > 1 for k in each}
    if not tied:
        return ""
    return f" Ties: the first of {names(env, [k for k in ties if k in tied])}."


# -- most welfare -----------------------------------------------------------------------------------------------------


def _most(answers: Answers) -> Iterator[Choice]:
    """The outcome with the largest sum, or the largest least, of utilities; ties by an order or by lot."""
    env = answers.env
    every = tuple(range(env.space.dimension))
    for least in (False, True):
        left = [_top(env, least, every, r) for r in answers.profiles]
        if not all(set(point) <= set(each) for point, each in zip(answers.points, left, strict=True)):
            continue
        what = "the largest least utility" if least else "the largest sum of utilities"
        name = "egalitarian outcome" if least else "efficient outcome"
        if any(len(point) > 1 for point in answers.points):
            yield Choice(name, f"The outcome with {what} is chosen, ties by lot.", partial(by_worth, least, ()), name)
            continue
        ties = _tie_order(left, [next(iter(point)) for point in answers.points], every)
        if ties is not None:
            words = f"The outcome with {what} is chosen.{_told_ties(env, left, ties)}"
            yield Choice(name, words, partial(by_worth, least, tuple(ties)), name)


def _top(env: Environment, least: bool, among: tuple[int, ...], reports: Profile[Any]) -> tuple[int, ...]:
    rows = [exact_row(env, p)[t] for p, t in reports.items()]
    worth = [(min if least else sum)(row[k] for row in rows) for k in among]
    top = max(worth)
    return tuple(k for k, w in zip(among, worth, strict=True) if w == top)


def by_worth(least: bool, ties: tuple[int, ...], env: Environment, reports: Profile[Any]) -> Outcome:
    """The outcome with the largest sum (or least) of utilities; ties by the order ``ties``, by lot if it is empty."""
    every = ties or tuple(range(env.space.dimension))
    top = _top(env, least, every, reports)
    return item_at(env, top[0]) if ties else evenly([item_at(env, k) for k in top])


# -- rules of the library, and lots -----------------------------------------------------------------------------------


def _library(answers: Answers) -> Iterator[Choice]:
    for chapter, rules_of_it in LIBRARY.items():
        module = import_module(f"{rules.__name__}.{chapter}")
        for name in rules_of_it:
            found = getattr(module, name)
            rule: DirectMechanism = found if isinstance(found, DirectMechanism) else found()
            yield Choice(rule.name, rule.words, partial(as_library, rule), "library")


def as_library(rule: DirectMechanism, env: Environment, reports: Profile[Any]) -> Outcome:
    """What a rule of the library chooses."""
    return rule.result(env, reports)[0]


def _mixture(answers: Answers) -> Iterator[Choice]:
    """A lottery, with the same chances at all profiles, over dictators in turn and fixed outcomes (Gibbard 1977)."""
    env, every = answers.env, tuple(range(answers.env.space.dimension))
    players = env.players
    orders: list[tuple[str, ...]] = [(p,) for p in players]
    if any(len(each) > 1 for p in players for each in best(env, p, every).values()) and len(players) <= 4:
        orders = list(itertools.permutations(players))
    dictators = [(f"dictatorship of {', '.join(o)}", partial(in_turn_best, o, every)) for o in orders]
    fixed = [(f"always {label(env, k)}", partial(always, item_at(env, k))) for k in answers.ever]
    for parts in (dictators, [*dictators, *fixed]):
        rows = []
        for reports, point in zip(answers.profiles, answers.points, strict=True):
            picks = [next(iter(env.space.point(choose(env, reports)))) for _, choose in parts]
            rows += [([int(k == pick) for pick in picks], point.get(k, Fraction(0))) for k in {*picks, *point}]
        weights = fitted(rows, len(parts))
        if weights and min(weights) >= 0:
            told = ", ".join(f"{show(plain(w))} {name}" for (name, _), w in zip(parts, weights, strict=True) if w)
            kept = tuple((choose, w) for (_, choose), w in zip(parts, weights, strict=True) if w)
            plainly = len(set(weights)) == 1 and parts is dictators and len(orders) == len(players)
            words = f"One of these is drawn: {told}."
            name = "random dictatorship" if plainly else f"lottery: {told}"
            yield Choice(name, words, partial(by_lottery, kept), "mixture")
            return


def by_lottery(parts: Sequence[tuple[Choose, Fraction]], env: Environment, reports: Profile[Any]) -> Outcome:
    """One of several ways to choose, drawn with these probabilities."""
    total: dict[Any, Fraction] = {}
    for choose, weight in parts:
        for x, w in chances(choose(env, reports)).items():
            total[x] = total.get(x, Fraction(0)) + weight * Fraction(exact(w))
    return next(iter(total)) if len(total) == 1 else Lottery(total)
