"""Gambit's files: strategic games (.nfg) and game trees (.efg), read and written with exact numbers.

The formats are those of Gambit (McKelvey, McLennan and Turocy 1996). Files may come from anybody: their size
and the sizes they announce are checked before memory is used, and nothing in them is run.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from .errors import BadInput, GameTooLarge
from .extensive import LIMIT as NODES
from .extensive import Chance, Decision, ExtensiveForm, Node, Terminal
from .normal_form import LIMIT as PROFILES
from .normal_form import NormalForm
from .numbers import exact, parse_number

PLAYERS = 1_000  # in a file
BYTES = 20_000_000  # of a file
_TOKEN = re.compile(r'[\s,]*("[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}]|[^\s,{}"]+|"|\Z)', re.DOTALL)

Exact = int | Fraction


def save(game: NormalForm | ExtensiveForm, path: str | Path) -> None:
    """Write a game to ``path``: a NormalForm to ``.nfg``, an ExtensiveForm to ``.efg``."""
    wanted = ".nfg" if isinstance(game, NormalForm) else ".efg"
    if Path(path).suffix != wanted:
        raise BadInput(f'the file is "{Path(path).name}"; a {type(game).__name__} is saved with the ending {wanted}')
    text = write_nfg(game) if isinstance(game, NormalForm) else write_efg(game)
    Path(path).write_text(text, encoding="utf-8")


def written(value: Exact) -> str:
    """An exact number as Gambit and most other readers take it: an integer, a short fraction, or all its decimals.

    >>> written(Fraction(1, 3)), written(Fraction(0.1))
    ('1/3', '0.1000000000000000055511151231257827021181583404541015625')
    """
    small = value.denominator == 1 or max(value.denominator, abs(value.numerator)) < 2**31
    digits = value.denominator.bit_length()  # 2^a 5^b divides 10^digits
    if small or digits > 300 or 10**digits % value.denominator:
        return str(value)
    shifted = str(abs(value.numerator) * 10**digits // value.denominator).rjust(digits + 1, "0")
    return f"{'-' if value < 0 else ''}{shifted[:-digits]}.{shifted[-digits:].rstrip('0')}"


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
    players = " ".join(map(_quoted, game.players))
    strategies = "\n".join(f"{{ {' '.join(map(_quoted, labels))} }}" for labels in game.actions.values())
    n = len(game.players)
    first_fastest = np.transpose(game.payoffs, (*reversed(range(n)), n))
    numbers = " ".join(written(exact(x)) for x in first_fastest.ravel().tolist())
    return f'NFG 1 R {_quoted(game.name)} {{ {players} }}\n\n{{ {strategies}\n}}\n""\n\n{numbers}\n'


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
    tokens = _Tokens(text)
    name, players = _prologue(tokens, "NFG", "1")
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
        actions.append(_distinct(labels))
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


def _payoffs(tokens: _Tokens, sizes: list[int], players: list[str]) -> list[Exact]:
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


def _outcomes(tokens: _Tokens, profiles: int, players: int) -> list[Exact]:
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
    lines = [f"EFG 2 R {_quoted(game.name)} {{ {' '.join(map(_quoted, game.players))} }}", '""', ""]
    ends = chances = 0
    for node, _ in game.table:
        if isinstance(node, Terminal):
            ends += 1
            paid = " ".join(written(exact(node.payoffs[player])) for player in game.players)
            label = "" if node.outcome is None else node.outcome
            lines.append(f't "" {ends} {_quoted(label)} {{ {paid} }}')
        elif isinstance(node, Chance):
            chances += 1
            pairs = zip(node.moves, node.weights(), strict=True)
            moves = " ".join(f"{_quoted(label)} {written(p)}" for label, p in pairs)
            lines.append(f'c "" {chances} "" {{ {moves} }} 0')
        else:
            player, number = numbers[node.infoset]
            moves = " ".join(map(_quoted, node.moves))
            lines.append(f'p "" {player} {number} {_quoted(node.infoset)} {{ {moves} }} 0')
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
    tokens = _Tokens(text)
    name, players = _prologue(tokens, "EFG", "2")
    if tokens.is_text():
        tokens.next()  # the comment
    reader = _Tree(tokens, players)
    rows = reader.rows()
    tokens.end()
    return ExtensiveForm(name, players, reader.build(rows))


class _Tree:
    """Reads the nodes of a tree in the order of the file, each before its children."""

    def __init__(self, tokens: _Tokens, players: list[str]) -> None:
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
                labels = _distinct([label for label, _ in moves])
                pairs = zip(labels, moves, below, strict=True)
                made.append(Chance({label: (p, node) for label, (_, p), node in pairs}))
            else:
                labels = _distinct(moves)
                player = self.players[infoset[0] - 1]
                made.append(Decision(player, names[infoset], dict(zip(labels, below, strict=True))))
        return made[0]


class _Tokens:
    """The words of a file one after the other, with the number of the line for messages."""

    def __init__(self, text: str) -> None:
        if len(text) > BYTES:
            raise GameTooLarge("characters in the file", len(text), BYTES, "write a smaller game")
        self.source = text
        self.position = self.start = 0
        self.ahead: str | None = None

    def peek(self) -> str:
        """The next word, "" at the end; a text keeps its quotation marks."""
        if self.ahead is None:
            match = _TOKEN.match(self.source, self.position)
            if match is None or match[1] == '"':
                self.start = self.position if match is None else match.start(1)
                self.fail("a quotation mark opens a text that never ends")
            self.start, self.position, self.ahead = match.start(1), match.end(), match[1]
        return self.ahead

    def next(self) -> str:
        """The next word, which is then behind us."""
        word = self.peek()
        self.ahead = None
        return word

    def fail(self, message: str) -> NoReturn:
        """Raise BadInput with the line that was read last."""
        line = self.source.count("\n", 0, self.start) + 1
        raise BadInput(f"line {line}: {message}")

    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self.peek() == ""

    def is_text(self) -> bool:
        """Whether a text in quotation marks comes next."""
        return self.peek().startswith('"')

    def opens(self) -> bool:
        """Whether { comes next; then it is behind us."""
        return self._skip("{")

    def closes(self) -> bool:
        """Whether } comes next; then it is behind us."""
        if self.at_end():
            self.fail("the file ends where } is needed")
        return self._skip("}")

    def _skip(self, mark: str) -> bool:
        if self.peek() == mark:
            self.ahead = None
            return True
        return False

    def open(self, what: str) -> None:
        """Read {."""
        if not self.opens():
            self.fail(f"{self._given()} where {{ is needed for {what}")

    def text(self, what: str) -> str:
        """Read a text in quotation marks."""
        if not self.is_text():
            self.fail(f"{self._given()} where {what} is needed, in quotation marks")
        return re.sub(r"\\(.)", r"\1", self.next()[1:-1], flags=re.DOTALL)

    def texts(self, what: str) -> list[str]:
        """Read texts up to }."""
        found = []
        while not self.closes():
            found.append(self.text(what))
        return found

    def number(self, what: str) -> Exact:
        """Read an exact number."""
        word = self.peek()
        if not word or word in "{}" or word.startswith('"'):
            self.fail(f"{self._given()} where {what} is needed")
        if word.startswith("."):
            word = "0" + word
        elif word[:2] in ("-.", "+."):
            word = word[0] + "0" + word[1:]
        try:
            found = parse_number(word.removesuffix(".") if word.count(".") == 1 else word, what)
        except BadInput as error:
            self.fail(str(error))
        self.ahead = None
        return found

    def numbers(self, what: str) -> list[Exact]:
        """Read numbers up to }."""
        found = []
        while not self.closes():
            found.append(self.number(what))
        return found

    def integer(self, what: str) -> int:
        """Read an integer that is not negative."""
        word = self.peek()
        if not re.fullmatch(r"[0-9]{1,18}", word):
            self.fail(f"{self._given()} where {what} is needed")
        self.ahead = None
        return int(word)

    def end(self) -> None:
        """Nothing may follow."""
        if not self.at_end():
            self.fail(f"{self._given()} after the end of the game")

    def _given(self) -> str:
        word = self.peek()
        return "the file ends" if not word else f"{word[:40]} stands"


def _prologue(tokens: _Tokens, kind: str, version: str) -> tuple[str, list[str]]:
    """The game's name and its players."""
    for word in (kind, version):
        if tokens.peek() != word:
            tokens.fail(
                f"the file begins with {tokens.peek()[:40] or 'nothing'}; "
                f"a .{kind.lower()} file begins {kind} {version} R"
            )
        tokens.next()
    if tokens.next() not in ("R", "D"):
        tokens.fail(f"the file begins {kind} {version} without R; numbers are of the kind R (or D)")
    name = tokens.text("the game's name")
    tokens.open("the players")
    labels = tokens.texts("a player's name")
    if len(labels) > PLAYERS:
        raise GameTooLarge("players in the file", len(labels), PLAYERS, "write a game of fewer players")
    players = [label or f"player {k}" for k, label in enumerate(labels, 1)]
    for k, player in enumerate(players):
        if player in players[:k]:
            tokens.fail(f'the player "{player}" is named twice; name each player once')
    if not players:
        tokens.fail("there are no players; name at least one")
    return name, players


def _distinct(labels: list[str]) -> list[str]:
    """The labels, or their numbers 1, 2, ... where one is missing or stands twice."""
    if all(labels) and len(set(labels)) == len(labels):
        return labels
    return [str(k) for k in range(1, len(labels) + 1)]


def _quoted(label: object) -> str:
    return '"' + str(label).replace("\\", "\\\\").replace('"', '\\"') + '"'
