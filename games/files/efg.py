"""Gambit's game trees (.efg), read and written with exact numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import GameTooLarge
from ..extensive import LIMIT as NODES
from ..extensive import Chance, Decision, ExtensiveForm, Node, Terminal
from ..numbers import exact
from .gambit_words import Exact, Tokens, distinct, prologue, quoted, written


def write_efg(game: ExtensiveForm, written: Callable[[Exact], str] = written) -> str:
    """The text of a ``.efg`` file, one outcome for each end of play; every number exact, or as ``written`` says.

    >>> print(write_efg(ExtensiveForm("one", ("ann",), Decision("ann", "go?", {
    ...     "go": Terminal({"ann": 0.5}, "gone"), "stay": Terminal({"ann": 0})}))))
    EFG 2 R "one" { "ann" }
    ""
    <BLANKLINE>
    p "" 1 1 "go?" { "go" "stay" } 0
    t "" 1 "gone" { 1/2 }
    t "" 2 "" { 0 }
    <BLANKLINE>
    """
    numbers: dict[str, tuple[int, int]] = {}
    count = [0] * len(game.players)
    for infoset, first in game.infosets.items():
        i = game.players.index(first.player)
        count[i] += 1
        numbers[infoset] = (i + 1, count[i])
    lines = [f"EFG 2 R {quoted(game.name)} {{ {' '.join(map(quoted, game.players))} }}", '""', ""]
    ends = chances = 0
    for node, _ in game.table:
        if isinstance(node, Terminal):
            ends += 1
            paid = " ".join(written(exact(node.payoffs[player])) for player in game.players)
            label = "" if node.outcome is None else node.outcome
            lines.append(f't "" {ends} {quoted(label)} {{ {paid} }}')
        elif isinstance(node, Chance):
            chances += 1
            pairs = zip(node.moves, node.weights(), strict=True)
            moves = " ".join(f"{quoted(label)} {written(p)}" for label, p in pairs)
            lines.append(f'c "" {chances} "" {{ {moves} }} 0')
        else:
            player, number = numbers[node.infoset]
            moves = " ".join(map(quoted, node.moves))
            lines.append(f'p "" {player} {number} {quoted(node.infoset)} {{ {moves} }} 0')
    return "\n".join(lines) + "\n"


def read_efg(text: str) -> ExtensiveForm:
    """The tree in the text of a ``.efg`` file; payoffs on the way are added to those at the end of play.

    Information sets take their names from the file; where those are missing or the same, "player:number".
    Raises BadInput with the line for whatever is not as the format says, GameTooLarge above 10**6 nodes.

    >>> print(read_efg('EFG 2 R "coin" { "ann" } c "" 1 "" { "h" 1/2 "t" 1/2 } 0 t "" 1 "" { 1 } t "" 2 "" { 0 }'))
    coin: ann
    (chance)
      h [1/2]: ann 1
      t [1/2]: ann 0
    """
    tokens = Tokens(text)
    name, players = prologue(tokens, "EFG", "2")
    if tokens.is_text():
        tokens.next()  # the comment
    reader = _Tree(tokens, players)
    rows = reader.rows()
    tokens.end()
    return ExtensiveForm(name, players, reader.build(rows))


class _Tree:
    """Reads the nodes of a tree in the order of the file, each before its children."""

    def __init__(self, tokens: Tokens, players: list[str]) -> None:
        self.tokens, self.players = tokens, players
        self.moves: dict[tuple[int, int], list[Any]] = {}  # (player, number of information set): labels
        self.names: dict[tuple[int, int], str] = {}
        self.outcomes: dict[int, tuple[str, list[Exact]]] = {0: ("", [0] * len(players))}

    def rows(self) -> list[tuple[tuple[int, int] | None, str, list[Exact]]]:
        """For each node its information set (None at an end), its outcome's name, and the payoffs so far."""
        found: list[tuple[tuple[int, int] | None, str, list[Exact]]] = []
        waiting: list[list[Exact]] = [[0] * len(self.players)]
        while waiting:
            if len(found) >= NODES:
                raise GameTooLarge("nodes in the tree", len(found) + len(waiting), NODES, "write a smaller tree")
            before = waiting.pop()
            kind = self.tokens.next()
            if kind not in ("c", "p", "t"):
                self.tokens.fail(f"a node begins with {kind[:40] or 'the end of the file'}; it begins with c, p or t")
            self.tokens.text("the node's name")
            infoset = None if kind == "t" else self._infoset(kind)
            outcome, paid = self._outcome()
            total = [a + b for a, b in zip(before, paid, strict=True)] if any(paid) else before
            found.append((infoset, outcome, total))
            if infoset is not None:
                waiting += [total] * len(self.moves[infoset])
        return found

    def _infoset(self, kind: str) -> tuple[int, int]:
        player = self.tokens.integer("the player's number") if kind == "p" else 0
        if not (0 < player <= len(self.players) if kind == "p" else True):
            self.tokens.fail(f"a decision is of player {player}; there are players 1 to {len(self.players)}")
        key = (player, self.tokens.integer("the number of the information set"))
        if self.tokens.is_text():
            self.names.setdefault(key, self.tokens.text("the information set's name"))
        if self.tokens.opens():
            moves: list[Any] = []
            while not self.tokens.closes():
                label = self.tokens.text("a move")
                moves.append((label, self.tokens.number("a probability")) if kind == "c" else label)
            if not moves:
                self.tokens.fail("an information set has no moves; it needs at least one")
            if self.moves.setdefault(key, moves) != moves:
                self.tokens.fail(f"information set {key[1]} has other moves here than before; they must be the same")
        elif key not in self.moves:
            self.tokens.fail("an information set has no list of moves where it first appears")
        return key

    def _outcome(self) -> tuple[str, list[Exact]]:
        number = self.tokens.integer("the number of an outcome")
        name = self.tokens.text("the outcome's name") if self.tokens.is_text() else None
        if self.tokens.opens():
            paid = self.tokens.numbers("a payoff")
            if len(paid) != len(self.players):
                self.tokens.fail(f"an outcome has {len(paid)} payoffs; it needs {len(self.players)}")
            if number == 0:
                self.tokens.fail("outcome 0 has payoffs; 0 means that there is no outcome")
            if self.outcomes.setdefault(number, (name or "", paid))[1] != paid:
                self.tokens.fail(f"outcome {number} has other payoffs here than before; they must be the same")
        elif number not in self.outcomes:
            self.tokens.fail(f"outcome {number} has no payoffs where it first appears")
        return self.outcomes[number]

    def build(self, rows: list[tuple[tuple[int, int] | None, str, list[Exact]]]) -> Node:
        """The root, made from the last node to the first."""
        used = [key for key in self.moves if key[0]]
        count: dict[str, int] = {}
        for key in used:
            name = self.names.get(key, "")
            count[name] = count.get(name, 0) + 1
        names = {
            key: self.names[key] if self.names.get(key) and count[self.names[key]] == 1 else
            f"{self.players[key[0] - 1]}:{key[1]}"
            for key in used
        }  # fmt: skip
        taken: set[str] = set()
        for key in used:
            while names[key] in taken:
                names[key] += "'"
            taken.add(names[key])
        made: list[Node] = []
        for infoset, outcome, total in reversed(rows):
            if infoset is None:
                paid = dict(zip(self.players, total, strict=True))
                made.append(Terminal(paid, outcome or None))
                continue
            moves = self.moves[infoset]
            below = [made.pop() for _ in moves]
            if infoset[0] == 0:
                labels = distinct([label for label, _ in moves])
                pairs = zip(labels, moves, below, strict=True)
                made.append(Chance({label: (p, node) for label, (_, p), node in pairs}))
            else:
                labels = distinct(moves)
                player = self.players[infoset[0] - 1]
                made.append(Decision(player, names[infoset], dict(zip(labels, below, strict=True))))
        return made[0]
