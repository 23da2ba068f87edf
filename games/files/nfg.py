"""Gambit's strategic games (.nfg), read and written with exact numbers."""

from __future__ import annotations

import math

import numpy as np

from ..errors import GameTooLarge
from ..normal_form import LIMIT as PROFILES
from ..normal_form import NormalForm
from ..numbers import exact
from .gambit_words import Exact, Tokens, distinct, prologue, quoted, written


def write_nfg(game: NormalForm) -> str:
    """The text of a ``.nfg`` file, in the version that lists payoffs; every number exact.

    >>> from rulewright.games.prisoners_dilemma import prisoners_dilemma
    >>> print(write_nfg(prisoners_dilemma()))
    NFG 1 R "prisoner's dilemma" { "row" "column" }
    <BLANKLINE>
    { { "cooperate" "defect" }
    { "cooperate" "defect" }
    }
    ""
    <BLANKLINE>
    3 3 5 0 0 5 1 1
    <BLANKLINE>
    """
    players = " ".join(map(quoted, game.players))
    strategies = "\n".join(f"{{ {' '.join(map(quoted, labels))} }}" for labels in game.actions.values())
    n = len(game.players)
    first_fastest = np.transpose(game.payoffs, (*reversed(range(n)), n))
    numbers = " ".join(written(exact(x)) for x in first_fastest.ravel().tolist())
    return f'NFG 1 R {quoted(game.name)} {{ {players} }}\n\n{{ {strategies}\n}}\n""\n\n{numbers}\n'


def read_nfg(text: str) -> NormalForm:
    """The game in the text of a ``.nfg`` file, in either version: payoffs, or outcomes and their numbers.

    Raises BadInput with the line for whatever is not as the format says, GameTooLarge above 10**7 profiles,
    before memory is touched.

    >>> print(read_nfg('NFG 1 R "odd" { "ann" "bob" } { 2 1 } 1 0.5 1/3 2e0'))
    odd (ann chooses the row, bob the column)
       1
    1  1, 1/2
    2  1/3, 2
    """
    tokens = Tokens(text)
    name, players = prologue(tokens, "NFG", "1")
    actions: list[list[str]] = []
    tokens.open("the strategies")
    while not tokens.closes():
        if tokens.opens():
            labels = tokens.texts("a strategy")
        else:
            size = tokens.integer("a number of strategies")
            if size > PROFILES:
                raise GameTooLarge("strategies of a player", size, PROFILES, "declare fewer")
            labels = [str(k) for k in range(1, size + 1)]
        actions.append(distinct(labels))
    if len(actions) != len(players):
        tokens.fail(f"there are strategies for {len(actions)} players and {len(players)} players; each needs a list")
    sizes = [len(labels) for labels in actions]
    if math.prod(sizes) * len(players) > PROFILES:
        remedy = "declare fewer players or strategies"
        raise GameTooLarge("payoffs in the file", math.prod(sizes) * len(players), PROFILES, remedy)
    if tokens.is_text():
        tokens.next()  # the comment
    flat = _outcomes(tokens, math.prod(sizes), len(players)) if tokens.opens() else _payoffs(tokens, sizes, players)
    tokens.end()
    payoffs = np.empty(len(flat), dtype=object)
    payoffs[:] = flat
    axes = (*reversed(range(len(sizes))), len(sizes))
    shaped = np.transpose(payoffs.reshape(*reversed(sizes), len(players)), axes)
    return NormalForm(name, list(zip(players, actions, strict=True)), shaped)


def _payoffs(tokens: Tokens, sizes: list[int], players: list[str]) -> list[Exact]:
    """The payoffs in the order of the file: the players of a profile together, the first player's strategy fastest."""
    wanted = math.prod(sizes) * len(players)
    found: list[Exact] = []
    while not tokens.at_end():
        if len(found) == wanted:
            tokens.fail(f"there are more than the {wanted} payoffs that the strategies need")
        found.append(tokens.number("a payoff"))
    if len(found) < wanted:
        tokens.fail(f"there are {len(found)} payoffs and the strategies need {wanted}")
    return found


def _outcomes(tokens: Tokens, profiles: int, players: int) -> list[Exact]:
    """The same order, from a list of outcomes and an outcome's number for each profile; number 0 pays nothing."""
    outcomes: list[list[Exact]] = [[0] * players]
    while not tokens.closes():
        tokens.open("an outcome")
        tokens.text("the outcome's name")
        outcomes.append(tokens.numbers("a payoff"))
        if len(outcomes[-1]) != players:
            tokens.fail(f"an outcome has {len(outcomes[-1])} payoffs; it needs {players}")
    found: list[Exact] = []
    for _ in range(profiles):
        k = tokens.integer("the number of an outcome")
        if k >= len(outcomes):
            tokens.fail(f"outcome {k} is used and the file has outcomes 1 to {len(outcomes) - 1}")
        found += outcomes[k]
    return found
