"""A small language for payoffs and utilities: exact arithmetic, comparisons, and choices between them.

Two examples: ``type if outcome == player else 0`` and ``3 * count(actions, "cooperate") / 4 - 1``. There are numbers
(``2``, ``0.25``, ``1/3``), texts in quotes, names, ``+ - * / **``, comparisons (also ``0 <= x < 1``), ``and``, ``or``,
``not``, ``x if c else y``, entries of a table (``report["ann"]``), and the functions abs, max, min, sum and count: how
many conditions hold, ``count(a, b)``, or how many entries of a table are x, ``count(table, x)``. There is nothing
else: no other calls, attributes, assignments or loops. An expression has at most 10,000 characters and 32 brackets
inside each other, and its numbers at most 400 digits, so that even hostile text is read and computed quickly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, NamedTuple, NoReturn

from ..errors import BadInput, nearest
from ..numbers import parse_number
from .closures import (
    CALLS,
    COMPARISONS,
    FUNCTIONS,
    Code,
    Scope,
    arithmetic,
    as_number,
    choose,
    compare,
    condition,
    constant,
    entry_of,
    every,
    lookup,
    negate,
    power,
    signed,
    some,
)
from .limits import MAX_DEPTH, MAX_LENGTH
from .words import short

_WORDS = ("and", "else", "false", "if", "not", "or", "true")
_TOKEN = re.compile(
    r"""\s*+(?:
    (?P<number>(?:[0-9]++(?:\.[0-9]++)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?(?!\w))
  | (?P<name>[^\W\d]\w*+)
  | (?P<text>"[^"\n]*+"|'[^'\n]*+')
  | (?P<sign>\*\*|==|!=|<=|>=|[-+*/<>()\[\],])
  | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_LEVEL = {"or": 1, "and": 2, "+": 5, "-": 5, "*": 6, "/": 6}
_NOT, _COMPARE, _MINUS = 3, 4, 7


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


class Expression:
    """An expression, read once and computed many times, exactly.

    ``names`` are the names it may use and ``texts`` the texts it may compare with; with None any, and a name
    that is missing is then found only when it is computed. ``where`` begins every message. Raises BadInput.

    >>> utility = Expression("type if outcome == player else 0", names=("player", "outcome", "type"))
    >>> utility({"player": "ann", "outcome": "ann", "type": Fraction(1, 3)})
    Fraction(1, 3)
    >>> Expression("2 * tipe", names=("outcome", "type"), where="the utility")
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: the utility "2 * tipe", column 5: there is no name "tipe"; did you \
mean "type"?
    """

    __slots__ = ("_code", "names", "size", "text", "texts", "where")

    size: int  # how many numbers, names and signs it has: what computing it costs

    def __init__(
        self,
        text: str,
        names: Iterable[str] | None = None,
        texts: Iterable[str] | None = None,
        where: str = "the expression",
    ) -> None:
        self.text, self.where = text, where
        self.names = None if names is None else tuple(names)
        self.texts = None if texts is None else tuple(texts)
        if not isinstance(text, str):
            raise BadInput(f'{where} is {text!r}; it must be a text such as "2 * type"')
        if len(text) > MAX_LENGTH:
            raise BadInput(f"{where} has {len(text):,} characters; it may have {MAX_LENGTH:,}")
        reader = _Reader(self)
        self.size = len(reader.tokens)
        self._code = reader.whole()

    def __call__(self, scope: Scope) -> Any:
        """The value where each name has its value in ``scope``: an int, Fraction, bool or text."""
        return self._code(scope)

    def number(self, scope: Scope) -> int | Fraction:
        """The value as a number; raises BadInput if it is a text or a table."""
        value = self._code(scope)
        kind = type(value)
        if kind is int or kind is Fraction:
            found: int | Fraction = value
            return found
        return as_number(value, self.complaint(0, "it is"))

    def complaint(self, at: int, what: str) -> str:
        """A message: where, the expression, the column, and what is wrong."""
        text = self.text if len(self.text) <= 80 else f"{self.text[:60].rstrip()} …"
        return f'{self.where} "{text}", column {at + 1}: {what}'

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __reduce__(self) -> tuple[type[Expression], tuple[Any, ...]]:
        return Expression, (self.text, self.names, self.texts, self.where)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


class _Reader:
    """Reads an expression by precedence climbing and makes a closure of each part."""

    def __init__(self, expression: Expression) -> None:
        self.expression = expression
        self.tokens = self._tokens()
        self.next = 0
        self.depth = 0

    # -- tokens ----------------------------------------------------------------------------------------

    def _tokens(self) -> list[_Token]:
        text, at, found = self.expression.text, 0, []
        while True:
            match = _TOKEN.match(text, at)
            if match is None:
                at = len(text) - len(text[at:].lstrip())
                self.fail(at, self._unreadable(text[at]))
            kind = match.lastgroup or ""
            found.append(_Token(kind, match[kind], match.start(kind)))
            if kind == "end":
                return found
            at = match.end()

    @staticmethod
    def _unreadable(sign: str) -> str:
        if sign in "\"'":
            return "a text begins here and does not end; close its quotes"
        if sign == "=":
            return 'one "=" is no comparison; write =='
        if sign in "&|!":
            return f'"{sign}" is not understood; write and, or, not'
        if sign == "^":
            return '"^" is not understood; a power is written **'
        if sign.isdigit():
            return "this is no number; a number is written 3, 0.25 or 2e-3"
        return f"{sign!r} is not understood; there are numbers, texts, names, + - * / ** ( ) [ ] and comparisons"

    @property
    def token(self) -> _Token:
        return self.tokens[self.next]

    def take(self) -> _Token:
        token = self.tokens[self.next]
        self.next += 1
        return token

    def ahead(self, *texts: str) -> bool:
        token = self.token
        return token.text in texts and token.kind in ("sign", "name")

    def need(self, text: str, why: str) -> None:
        if not self.ahead(text):
            self.fail(self.token.at, f'{self._seen()} stands where "{text}" is needed {why}')
        self.take()

    def _seen(self) -> str:
        return "the end" if self.token.kind == "end" else f'"{short(self.token.text, 40)}"'

    def fail(self, at: int, what: str) -> NoReturn:
        raise BadInput(self.expression.complaint(at, what))

    # -- grammar ---------------------------------------------------------------------------------------

    def whole(self) -> Code:
        if self.token.kind == "end":
            raise BadInput(f'{self.expression.where} is empty; write an expression such as "2 * type"')
        code = self.choice()
        if self.token.kind != "end":
            self.fail(self.token.at, f"{self._seen()} stands where the expression should have ended")
        return code

    def choice(self) -> Code:
        """``x if c else y if d else z``; read in a loop, so that a long chain is not deep."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(self.token.at, f"more than {MAX_DEPTH} brackets inside brackets; write it flatter")
        branches: list[tuple[Code, Code]] = []
        while True:
            value = self.operation(1)
            if not self.ahead("if"):
                break
            at = self.take().at
            condition = self.truth(self.operation(1), at, "if")
            self.need("else", 'after "x if c"')
            branches.append((condition, value))
        self.depth -= 1
        return choose(branches, value) if branches else value

    def operation(self, level: int) -> Code:
        """An operand, and after it every operator that binds at least as tightly as ``level``."""
        at = self.token.at
        left = self.operand(level)
        while True:
            sign = self.token.text if self.token.kind in ("sign", "name") else ""
            if sign in COMPARISONS and level <= _COMPARE:
                left = self.comparison(left)
            elif sign in _LEVEL and level <= _LEVEL[sign]:
                left = self.chain(left, at, _LEVEL[sign])
            else:
                return left

    def chain(self, left: Code, at: int, level: int) -> Code:
        """``a + b - c + …`` (or ``and``, ``or``, ``*``): one flat loop however long it is."""
        rest: list[tuple[str, Code, int]] = []
        while self.token.kind in ("sign", "name") and _LEVEL.get(self.token.text) == level:
            sign = self.take()
            rest.append((sign.text, self.operation(level + 1), sign.at))
        if rest[0][0] in ("and", "or"):
            parts = [self.truth(left, at, rest[0][0]), *(self.truth(code, k, word) for word, code, k in rest)]
            return every(parts) if rest[0][0] == "and" else some(parts)
        return arithmetic(left, rest, self.expression.complaint)

    def comparison(self, left: Code) -> Code:
        parts, signs = [left], []
        while self.ahead(*COMPARISONS):
            sign = self.take()
            signs.append((sign.text, sign.at))
            parts.append(self.operation(_COMPARE + 1))
        return compare(parts, signs, self.expression.complaint)

    def operand(self, level: int) -> Code:
        """What an operator works on, with the signs and nots in front of it."""
        at, minus, negated, nots = self.token.at, False, False, 0
        while self.ahead("-", "+"):
            minus ^= self.take().text == "-"
            negated = True
        if not negated:
            while self.ahead("not"):
                if level > _NOT:
                    self.fail(at, '"not" stands where a number, a name or a bracket is needed')
                self.take()
                nots += 1
        if nots:
            code = self.truth(self.operation(_COMPARE), at, "not")
            return negate(code) if nots % 2 else code
        code = self.power()
        if not negated:
            return code
        return signed(code, minus, self.expression.complaint(at, "a sign stands before"))

    def power(self) -> Code:
        base = self.entry()
        if not self.ahead("**"):
            return base
        at = self.take().at
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(at, f"more than {MAX_DEPTH} powers of powers; write it flatter")
        exponent = self.operand(_MINUS)
        self.depth -= 1
        return power(base, exponent, self.expression.complaint(at, "the power"))

    def entry(self) -> Code:
        code = self.atom()
        keys: list[tuple[Code, str]] = []
        while self.ahead("["):
            at = self.take().at
            keys.append((self.choice(), self.expression.complaint(at, "")))
            self.need("]", 'to close "["')
        return entry_of(code, keys) if keys else code

    def atom(self) -> Code:
        token = self.take()
        if token.kind == "number":
            digits = "0" + token.text if token.text.startswith(".") else token.text
            return constant(parse_number(digits, self.expression.complaint(token.at, "a number")))
        if token.kind == "text":
            return constant(self._text(token))
        if token.kind == "name":
            return self.name(token)
        if token.text == "(":
            code = self.choice()
            self.need(")", 'to close "("')
            return code
        self.next -= 1
        self.fail(token.at, f"{self._seen()} stands where a number, a name or a bracket is needed")

    def _text(self, token: _Token) -> str:
        text, known = token.text[1:-1], self.expression.texts
        if known is not None and text not in known:
            self.fail(token.at, f'nothing is called "{short(text, 40)}"; {nearest(text, known)}')
        return text

    def name(self, token: _Token) -> Code:
        text, names = token.text, self.expression.names
        if text in ("true", "false"):
            return constant(text == "true")
        if self.ahead("(") and text not in _WORDS:
            if text not in FUNCTIONS:
                self.fail(token.at, f'there is no function "{short(text, 40)}"; {nearest(text, FUNCTIONS)}')
            return self.call(token)
        if text in _WORDS:
            self.next -= 1
            self.fail(token.at, f'"{text}" stands where a number, a name or a bracket is needed')
        if names is not None and text not in names:
            hint = nearest(text, names)
            if text in (self.expression.texts or ()):
                hint = f'write "{text}" in quotes for the text'
            elif text in FUNCTIONS:
                hint = f"write {text}(…) for the function"
            self.fail(token.at, f'there is no name "{short(text, 40)}"; {hint}')
        return lookup(text, self.expression.complaint(token.at, ""))

    def call(self, name: _Token) -> Code:
        self.take()
        arguments: list[Code] = []
        while not self.ahead(")"):
            arguments.append(self.choice())
            if not self.ahead(","):
                break
            self.take()
        self.need(")", f'to close "{name.text}("')
        complaint = self.expression.complaint(name.at, name.text)
        if not arguments or (name.text == "abs" and len(arguments) > 1):
            need = "one argument" if name.text == "abs" else "at least one argument"
            raise BadInput(f"{complaint} has {len(arguments)} arguments; it needs {need}")
        return CALLS[name.text](arguments, complaint)

    def truth(self, code: Code, at: int, word: str) -> Code:
        return condition(code, self.expression.complaint(at, f'"{word}"'))
