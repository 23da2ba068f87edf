"""Subgame perfection: backward induction on a game tree with perfect information."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..games.errors import BadInput, GameTooLarge
from ..games.extensive import Chance, Decision, ExtensiveForm, Terminal
from ..games.numbers import exact
from ..games.profile import Profile
from .solution import SUBGAME_PERFECT, Exact, Solution, TreeEquilibrium, mean

Ties = str | Callable[[str, Profile[Exact]], Any]

OPENSPIEL = 20_000  # nodes of a tree that is handed to OpenSpiel
DEPTH = 1_000  # moves in a row there: it reads files recursively
ITERATED = 2_000  # nodes of a tree for its value iteration
NOISE = 1e-9  # relative error allowed to OpenSpiel's floats


def subgame_perfect(game: ExtensiveForm, *, method: str | None = None, ties: Ties = "first") -> Solution:
    """A subgame perfect equilibrium of a tree with perfect information, by backward induction (Kuhn 1953, Selten 1965).

    Among equally good moves takes the first listed, or with ``ties=f`` the one with the largest ``f(player,
    payoffs)``, where ``payoffs`` is what every player gets after the move. Complete when no decision is a tie.
    ``method="openspiel"`` also has OpenSpiel compute how much a player could gain against the answer. Raises
    BadInput if some player does not know all that happened.

    >>> from rulewright.games.extensive import Decision, ExtensiveForm, Terminal
    >>> entry = ExtensiveForm("entry", ("rival", "firm"), Decision("rival", "enter?", {
    ...     "out": Terminal({"rival": 0, "firm": 2}),
    ...     "in": Decision("firm", "fight?", {
    ...         "fight": Terminal({"rival": -1, "firm": -1}), "share": Terminal({"rival": 1, "firm": 1})})}))
    >>> print(subgame_perfect(entry)[0])
    enter?: in; fight?: share  (pays rival 1, firm 1)
    """
    if method not in (None, "openspiel"):
        raise BadInput(f'the method is "{method}"; "{SUBGAME_PERFECT}" has the method "openspiel" or none')
    if not (ties == "first" or callable(ties)):
        raise BadInput(f'ties is {ties!r}; it is "first" or a function of a player and the payoffs after the move')
    if not game.perfect_information:
        raise BadInput(
            f'in "{game.name}" some players do not know all that happened; "subgame perfect" needs perfect '
            "information: solve game.to_normal_form() in its place"
        )
    choices, tied, same = backward_induction(game, ties)
    found = TreeEquilibrium(game, choices)
    if not found.check():
        raise ArithmeticError(f"not subgame perfect after all: {found}; this is an error in Rulewright")
    how = "backward induction in exact arithmetic"
    if method == "openspiel":
        how += f"; {recheck(found)}"
    why = ""
    if tied:
        how += "; ties broken by " + ("the order of the moves" if ties == "first" else "the given function")
        paid = (
            "every player gets the same in all of them" if same else "what players get depends on how they are broken"
        )
        why = f"{tied} of the decisions are ties between best moves, so there are other equilibria; {paid}"
    return Solution(game, "subgame perfect", (found,), not tied, how, why)


def backward_induction(game: ExtensiveForm, ties: Ties = "first") -> tuple[Profile[Any], int, bool]:
    """The best move at every information set, how many decisions are ties, and whether ties pay everyone the same."""
    values: list[Profile[Exact]] = [Profile()] * game.nodes
    choices: dict[str, Any] = {}
    tied, same = 0, True
    for k in reversed(range(game.nodes)):
        node, children = game.table[k]
        if isinstance(node, Terminal):
            values[k] = Profile({player: exact(node.payoffs[player]) for player in game.players})
        elif isinstance(node, Chance):
            means = mean(node.weights(), [list(values[child].values()) for child in children])
            values[k] = Profile(dict(zip(game.players, means, strict=True)))
        else:
            most = max(values[child][node.player] for child in children)
            best = [j for j, child in enumerate(children) if values[child][node.player] == most]
            chosen = best[0]
            if callable(ties) and len(best) > 1:
                keys = [ties(node.player, values[children[j]]) for j in best]
                chosen = best[max(range(len(best)), key=lambda j: (keys[j], -j))]
            tied += len(best) > 1
            same = same and all(values[children[j]] == values[children[chosen]] for j in best)
            choices[node.infoset] = list(node.moves)[chosen]
            values[k] = values[children[chosen]]
    return Profile({h: choices[h] for h in game.infosets}), tied, same


def to_openspiel(game: ExtensiveForm) -> Any:
    """The tree as an OpenSpiel game (Lanctot et al. 2019), by way of Gambit's file format; payoffs become floats.

    Quotation marks and backslashes in names, which OpenSpiel cannot read, become apostrophes and slashes. Raises
    BadInput for a tree without a decision or move of chance, GameTooLarge above 20,000 nodes or 1,000 moves in a row.
    """
    import pyspiel

    from ..games.files.efg import write_efg

    if isinstance(game.root, Terminal):
        raise BadInput(f'"{game.name}" ends before anybody moves; OpenSpiel needs at least one move')
    if game.nodes > OPENSPIEL:
        raise GameTooLarge("nodes for OpenSpiel", game.nodes, OPENSPIEL, "solve it without OpenSpiel")
    depth = [0] * game.nodes
    for k, (_, children) in enumerate(game.table):
        for child in children:
            depth[child] = depth[k] + 1
    if max(depth) > DEPTH:
        raise GameTooLarge("moves in a row for OpenSpiel", max(depth), DEPTH, "solve it without OpenSpiel")
    text = write_efg(game, lambda x: repr(float(x)))
    return pyspiel.load_efg_game(re.sub(r"\\(.)", lambda escaped: "'" if escaped[1] == '"' else "/", text))


def recheck(found: TreeEquilibrium) -> str:
    """OpenSpiel's own verdict on an equilibrium, as a sentence: nobody can gain (``nash_conv``), and the same payoffs.

    Raises ArithmeticError if OpenSpiel disagrees by more than its rounding.
    """
    from importlib.metadata import version

    import pyspiel
    from open_spiel.python import policy
    from open_spiel.python.algorithms import expected_game_score, exploitability, value_iteration

    game = found.game
    if not game.infosets:
        return "nobody decides anything, so OpenSpiel has nothing to re-check"
    spiel = to_openspiel(game)
    table = policy.TabularPolicy(spiel)
    for state, own in _states(game, spiel):
        node, _ = game.table[own]
        if isinstance(node, Decision):
            row = table.policy_for_key(state.information_state_string())
            row[:] = 0
            row[state.legal_actions()[list(node.moves).index(found.choices[node.infoset])]] = 1
    sizes = [abs(float(x)) for node, _ in game.table if isinstance(node, Terminal) for x in node.payoffs.values()]
    slack = NOISE * max(sizes) * len(game.players)
    gain = float(exploitability.nash_conv(spiel, table))
    score = expected_game_score.policy_value(spiel.new_initial_state(), [table] * len(game.players))
    apart = max(abs(float(s) - float(x)) for s, x in zip(score, found.payoffs.values(), strict=True))
    if gain > slack or apart > slack:
        raise ArithmeticError(f"OpenSpiel finds a gain of {gain} and payoffs {list(score)}; expected {found.payoffs}")
    said = f"OpenSpiel {version('open_spiel')} finds the same payoffs and no gain from deviating (nash_conv {gain:.3g})"
    zero_sum = spiel.get_type().utility == pyspiel.GameType.Utility.ZERO_SUM and len(game.players) == 2
    if zero_sum and game.nodes <= ITERATED and isinstance(game.root, Decision):
        worth = float(value_iteration.value_iteration(spiel, -1, slack)[str(spiel.new_initial_state())])
        if abs(worth - float(next(iter(found.payoffs.values())))) > slack:
            raise ArithmeticError(f"OpenSpiel's value iteration finds {worth}; expected {found.payoffs}")
        said += f", and by value iteration the value {worth:.6g}"
    return said


def _states(game: ExtensiveForm, spiel: Any) -> list[tuple[Any, int]]:
    """Each state of OpenSpiel's game with the index of its node in our table."""
    pairs = [(spiel.new_initial_state(), 0)]
    for state, own in pairs:
        for action, child in zip(state.legal_actions(), game.table[own][1], strict=True):
            pairs.append((state.child(action), child))
    return pairs
