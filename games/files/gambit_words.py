"""The words of Gambit's files, one after the other, read and written with exact numbers."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NoReturn

from ..errors import BadInput, GameTooLarge
from ..numbers import parse_number

PLAYERS = 1_000  # in a file
BYTES = 20_000_000  # of a file
_TOKEN = re.compile(r'[\s,]*("[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}]|[^\s,{}"]+|"|\Z)', re.DOTALL)
Exact = int | Fraction


class Tokens:
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


def prologue(tokens: Tokens, kind: str, version: str) -> tuple[str, list[str]]:
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


def distinct(labels: list[str]) -> list[str]:
    """The labels, or their numbers 1, 2, ... where one is missing or stands twice."""
    if all(labels) and len(set(labels)) == len(labels):
        return labels
    return [str(k) for k in range(1, len(labels) + 1)]


def quoted(label: object) -> str:
    """A text in quotation marks."""
    return '"' + str(label).replace("\\", "\\\\").replace('"', '\\"') + '"'


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
