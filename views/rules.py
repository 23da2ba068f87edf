"""Rules: a found one as its table, any other in its own words."""

from __future__ import annotations

import inspect
from itertools import islice
from typing import Any

from ..games.buyer import Buyer
from ..games.environment import Environment
from ..games.errors import BadInput
from ..games.extensive import ExtensiveForm
from ..games.normal_form import NormalForm
from ..games.numbers import exact, plain
from ..games.outcomes import Finite
from ..games.show import html
from ..mechanisms.edits import Edit
from ..mechanisms.property import entry_text
from ..mechanisms.protocols import Protocol, english
from ..mechanisms.rule import DirectMechanism, Mechanism
from ..mechanisms.rules.menus import Menu
from ..mechanisms.scenarios import Scenario
from ..mechanisms.tabulated import TableRule
from ..solvers.solution import brief
from .games import environment, listed, payoffs, tree
from .page import (
    COLUMNS,
    ROWS,
    Html,
    amount,
    cell,
    head,
    label,
    label_long,
    line,
    lines,
    missing,
    note,
    page,
    put,
    table,
    tag,
)

GRID = 8  # a rule for two players is drawn as a grid up to so many types each


@html.register
def _direct(rule: DirectMechanism) -> str:
    return page(label(rule.name), in_words(rule))


@html.register
def _mechanism(rule: Mechanism) -> str:
    rows = [(head(label(player)), listed(each)) for player, each in islice(rule.messages.items(), ROWS)]
    return page(label(rule.name), line(label_long(rule.words)), table(("player", "may send"), rows))


@html.register
def _protocol(rule: Protocol) -> str:
    return page(label(rule.name), in_words(rule))


@html.register
def _edit(rule: Edit) -> str:
    return page(label(rule.name), in_words(rule))


@html.register
def _scenario(found: Scenario) -> str:
    game = found.game
    parts: list[object] = [line(label_long(each)) for each in str(found).splitlines()[1:]]
    if isinstance(game, NormalForm):
        parts.append(payoffs(game))
    elif isinstance(game, Environment):
        parts.append(environment(game))
    elif isinstance(game, ExtensiveForm):
        parts.append(tree(game))
    return page(label(found.name), *parts)


def in_words(rule: Any, env: Any = None) -> Html:
    """What a rule does: a found one as its table, any other in its own words."""
    if isinstance(rule, TableRule) and rule.env is not None and rule.found is not None:
        return found_table(rule)
    if isinstance(rule, Menu):
        return _menu(rule, env)
    parts: list[object] = [lines(getattr(rule, "words", ""))]
    if isinstance(rule, Protocol):
        parts.append(_steps(rule))
    if isinstance(rule, Edit):
        parts.append(note(f"Changes this part of the game: {rule.part}."))
    return put(*parts)


def _menu(rule: Menu, env: Any) -> Html:
    """One row an option: the share, or chance, of each good, and the price."""
    n = len(rule.options[0][0])
    named = env.goods if isinstance(env, Buyer) else [f"good {k + 1}" for k in range(n)]
    goods = list(named)[:COLUMNS]
    rows = [
        [*(cell(amount(x), middle=True) for x in shares[: len(goods)]), cell(amount(price), middle=True)]
        for shares, price in rule.options[:ROWS]
    ]
    heads = [*map(label, goods), "price"]
    grid = table(heads, rows, left_out=len(rule.options) - len(rows), what="option")
    words = "The buyer takes the option that is best for her: so much, or such a chance, of each good."
    return put(line(words), grid, missing(n - len(goods), "good"))


def _steps(rule: Protocol) -> Html:
    """The steps in English, by the players' names or else by their roles."""
    roles = inspect.signature(rule.function).parameters.values()
    players = rule.players or tuple(role.name for role in roles)
    if rule.players is None and any(role.kind is role.VAR_POSITIONAL for role in roles):
        return Html()
    try:
        steps = english(rule, players)
    except BadInput:
        return Html()
    return put(*(line(label_long(each)) for each in steps.splitlines()[:ROWS]))


def found_table(rule: TableRule) -> Html:
    """What a found rule does at each profile of reports: a grid for two players, else a list."""
    env = rule.env
    assert env is not None
    if len(env.players) == 2 and max(env.sizes) <= GRID:
        return _grid(rule, env)
    rows = []
    for p, profile in enumerate(islice(env.profiles(), ROWS)):
        chosen, paid = _does(rule, env, p)
        rows.append([*(label(entry_text(t)) for t in profile.values()), chosen, *([paid] if env.transfers else [])])
    heads = [
        *(f"{label(player)} reports" for player in env.players),
        "outcome",
        *(["payments"] if env.transfers else []),
    ]
    return table(heads, rows, left_out=env.n_profiles - len(rows), what="profile")


def _grid(rule: TableRule, env: Environment) -> Html:
    one, two = env.players
    rows = []
    for i, t in enumerate(env.types[one]):
        row: list[object] = [head(f"{label(one)}: {label(entry_text(t))}")]
        for j in range(env.sizes[1]):
            chosen, paid = _does(rule, env, i * env.sizes[1] + j)
            row.append(
                cell(
                    tag("b", chosen),
                    tag("div", paid) if paid else "",
                )
            )
        rows.append(row)
    heads = ["reports", *(f"{label(two)}: {label(entry_text(t))}" for t in env.types[two])]
    return put(table(heads, rows), note("In bold: the outcome, with its probability if it is drawn by lot. "
               "Below it: who pays, where somebody does."))  # fmt: skip


def _does(rule: TableRule, env: Environment, p: int) -> tuple[str, str]:
    """The outcome and the payments at profile number ``p``, in words."""
    assert rule.found is not None
    labels, point = env.space.labels, rule.found.point(p)
    sure = isinstance(env.space, Finite)
    chosen = ", ".join(
        label(labels[k]) if w == 1 else f"{amount_text(w)} {'' if sure else 'of '}{label(labels[k])}"
        for k, w in point.items()
        if labels[k] != "1" or sure
    )
    paid = [
        f"{label(i)} pays {amount_text(x)}" if x > 0 else f"{label(i)} receives {amount_text(-x)}"
        for i, x in rule.found.paid(p, env.players).items()
        if x
    ]
    return chosen or "nothing", "; ".join(paid)


def amount_text(value: Any) -> str:
    """A number in a sentence."""
    return brief(plain(exact(value)))
