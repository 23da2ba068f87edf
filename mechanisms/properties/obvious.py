"""Obvious strategyproofness: honest play is best even for those who cannot think through what others may do."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput, GameTooLarge
from ...games.extensive import Chance, Decision, Label, Node, Terminal
from ...games.numbers import exact, show
from ..cases import Case, interim_types
from ..extensive import ExtensiveMechanism
from ..property import Finding, entry_text, examined

WORK_LIMIT = 20_000_000  # nodes that are looked at, all types of all players together

End = tuple[Any, Terminal]  # what it is worth to the player, and the end itself


@examined(interim_types, "OSP")
def obviously_strategyproof(rule: Any, env: Environment, case: Case) -> Finding | None:
    """Wherever a player may come to decide, the worst that may follow if she keeps to her plan is at least as good
    as the best that may follow any other move (Li 2017).

    The rule must be one that is played as a tree of moves; worst and best are over all that the others and chance
    may do, and after another move over all she may do later. Raises BadInput for a rule without a tree, GameTooLarge.

    >>> import rulewright as rw
    >>> from rulewright.mechanisms.extensive import ascending_clock, sealed_bid
    >>> env = rw.games.allocation({"ann": (1, 3), "bob": (1, 2, 3)})
    >>> bool(rw.verify(ascending_clock, env, obviously_strategyproof))
    True
    >>> print(rw.verify(sealed_bid(rw.mechanisms.second_price), env, obviously_strategyproof).counterexample)
    that honesty is best is not obvious to ann of type 3 at "ann's report": by 3, as planned, she may end up with \
0 (outcome ann, where she pays 3), and by 1 with 2 (outcome ann, where she pays 1)
    """
    if not isinstance(rule, ExtensiveMechanism):
        raise BadInput(
            f"{rule.name} is not played move by move, so nothing is obvious in it or not; ask about "
            "sealed_bid(rule), or about a rule made by @extensive_mechanism"
        )
    if env.interdependent:
        raise BadInput(f'values in "{env.name}" are interdependent, and what is obvious is defined for private values')
    player = case.player
    nodes, plan = _nodes(rule, env), {h: moves.get(case.types[player]) for h, moves in rule.plan(env).items()}
    best, worst = _ends(env, player, case.types[player], nodes, plan)
    for infoset, here in _reached(nodes[-1], player, plan).items():
        planned = plan[infoset]
        honest = min((worst[id(node.moves[planned])] for node in here), key=_worth)
        others = [move for move in here[0].moves if move != planned]
        ends = {move: max((best[id(node.moves[move])] for node in here), key=_worth) for move in others}
        for move, after in ends.items():
            if after[0] > honest[0] and after[0] == max(map(_worth, ends.values())):
                return _finding(env, case, infoset, (planned, honest), (move, after))
    return None


def _worth(end: End) -> Any:
    return end[0]


@lru_cache(maxsize=4)
def _nodes(rule: ExtensiveMechanism, env: Environment) -> list[Node]:
    """The nodes of the rule's tree, each once, children before parents."""
    found: dict[int, Node] = {}
    for node, _ in reversed(rule.tree(env).table):
        found.setdefault(id(node), node)
    size = len(found) * sum(env.sizes)
    if size > WORK_LIMIT:
        raise GameTooLarge("nodes times types to look at", size, WORK_LIMIT, "declare fewer types")
    return list(found.values())


def _below(node: Node) -> tuple[Node, ...]:
    """What may follow; a move of chance without a chance cannot."""
    if isinstance(node, Decision):
        return tuple(node.moves.values())
    return tuple(child for p, child in node.moves.values() if p) if isinstance(node, Chance) else ()


def _ends(
    env: Environment, player: str, type: Any, nodes: list[Node], plan: dict[str, Label]
) -> tuple[dict[int, End], dict[int, End]]:
    """The best end below each node whatever the player does, and the worst if she keeps to her plan."""
    best: dict[int, End] = {}
    worst: dict[int, End] = {}
    for node in nodes:
        if isinstance(node, Terminal):
            worth = exact(env.worth_of(player, node.outcome, type)) + exact(node.payoffs[player])
            best[id(node)] = worst[id(node)] = (worth, node)
            continue
        below = _below(node)
        best[id(node)] = max((best[id(child)] for child in below), key=_worth)
        if isinstance(node, Decision) and node.player == player:
            below = (node.moves[plan[node.infoset]],)
        worst[id(node)] = min((worst[id(child)] for child in below), key=_worth)
    return best, worst


def _reached(root: Node, player: str, plan: dict[str, Label]) -> dict[str, list[Decision]]:
    """The player's decisions that she may come to under her plan, by information set."""
    found: dict[str, list[Decision]] = {}
    seen = {id(root)}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        below = _below(node)
        if isinstance(node, Decision) and node.player == player:
            found.setdefault(node.infoset, []).append(node)
            below = (node.moves[plan[node.infoset]],)
        for child in reversed(below):
            if id(child) not in seen:
                seen.add(id(child))
                waiting.append(child)
    return found


def _finding(
    env: Environment, case: Case, infoset: str, planned: tuple[Label, End], instead: tuple[Label, End]
) -> Finding:
    who = case.player

    def told(end: End) -> str:
        money = end[1].payoffs[who]
        outcome = f"outcome {end[1].outcome}"
        return outcome if env.transfers is None else f"{outcome}, where she pays {show(0 - money)}"

    (move, worst), (other, best) = planned, instead
    sentence = (
        f'that honesty is best is not obvious to {who} of type {entry_text(case.types[who])} at "{infoset}": by '
        f"{entry_text(move)}, as planned, she may end up with {show(worst[0])} ({told(worst)}), and by "
        f"{entry_text(other)} with {show(best[0])} ({told(best)})"
    )
    return Finding(case, worst[0], best[0], sentence, (infoset, other))
