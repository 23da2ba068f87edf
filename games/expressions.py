"""A small language for payoffs and utilities: exact arithmetic, comparisons, and choices between them.

Two examples: ``type if outcome == player else 0`` and ``3 * count(actions, "cooperate") / 4 - 1``. There are numbers
(``2``, ``0.25``, ``1/3``), texts in quotes, names, ``+ - * / **``, comparisons (also ``0 <= x < 1``), ``and``, ``or``,
``not``, ``x if c else y``, entries of a table (``report["ann"]``), and the functions abs, max, min, sum and count: how
many conditions hold, ``count(a, b)``, or how many entries of a table are x, ``count(table, x)``. There is nothing
else: no other calls, attributes, assignments or loops. An expression has at most 10,000 characters and 32 brackets
inside each other, and its numbers at most 400 digits, so that even hostile text is read and computed quickly.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple, NoReturn

from .errors import BadInput, nearest
from .numbers import MAX_DIGITS, exact, parse_number

MAX_LENGTH = 10_000  # characters of an expression
MAX_DEPTH = 32  # brackets inside brackets
MAX_BITS = MAX_DIGITS * 3322 // 1000 + 1  # of a number of MAX_DIGITS digits

Scope = Mapping[str, Any]
Code = Callable[[Scope], Any]

FUNCTIONS = ("abs", "count", "max", "min", "sum")
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
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_COMPARISONS = ("==", "!=", *_ORDER)


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
        return _number(value, self.complaint(0, "it is"))

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
        return "the end" if self.token.kind == "end" else f'"{_short(self.token.text)}"'

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
        return _choose(branches, value) if branches else value

    def operation(self, level: int) -> Code:
        """An operand, and after it every operator that binds at least as tightly as ``level``."""
        at = self.token.at
        left = self.operand(level)
        while True:
            sign = self.token.text if self.token.kind in ("sign", "name") else ""
            if sign in _COMPARISONS and level <= _COMPARE:
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
            return _every(parts) if rest[0][0] == "and" else _some(parts)
        return _arithmetic(left, rest, self.expression)

    def comparison(self, left: Code) -> Code:
        parts, signs = [left], []
        while self.ahead(*_COMPARISONS):
            signs.append(self.take())
            parts.append(self.operation(_COMPARE + 1))
        return _compare(parts, signs, self.expression)

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
            return _negate(code) if nots % 2 else code
        code = self.power()
        if not negated:
            return code
        return _signed(code, minus, self.expression.complaint(at, "a sign stands before"))

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
        return _power(base, exponent, self.expression.complaint(at, "the power"))

    def entry(self) -> Code:
        code = self.atom()
        keys: list[tuple[Code, str]] = []
        while self.ahead("["):
            at = self.take().at
            keys.append((self.choice(), self.expression.complaint(at, "")))
            self.need("]", 'to close "["')
        return _entries(code, keys) if keys else code

    def atom(self) -> Code:
        token = self.take()
        if token.kind == "number":
            digits = "0" + token.text if token.text.startswith(".") else token.text
            return _constant(parse_number(digits, self.expression.complaint(token.at, "a number")))
        if token.kind == "text":
            return _constant(self._text(token))
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
            self.fail(token.at, f'nothing is called "{_short(text)}"; {nearest(text, known)}')
        return text

    def name(self, token: _Token) -> Code:
        text, names = token.text, self.expression.names
        if text in ("true", "false"):
            return _constant(text == "true")
        if self.ahead("(") and text not in _WORDS:
            if text not in FUNCTIONS:
                self.fail(token.at, f'there is no function "{_short(text)}"; {nearest(text, FUNCTIONS)}')
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
            self.fail(token.at, f'there is no name "{_short(text)}"; {hint}')
        return _lookup(text, self.expression.complaint(token.at, ""))

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
        return _CALLS[name.text](arguments, complaint)

    def truth(self, code: Code, at: int, word: str) -> Code:
        return _condition(code, self.expression.complaint(at, f'"{word}"'))


# -- the closures ----------------------------------------------------------------------------------


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:30]}…"


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return f"the condition {str(value).lower()}"
    if isinstance(value, str):
        return f'the text "{_short(value)}"'
    return "a table" if isinstance(value, Mapping) else _short(str(value))


def _number(value: Any, complaint: str) -> int | Fraction:
    """``value`` as an exact number; a condition counts 1 or 0."""
    kind = type(value)
    if kind is int or kind is Fraction:
        found: int | Fraction = value
        return found
    if isinstance(value, (str, Mapping, tuple)) or value is None:
        raise BadInput(f"{complaint} {_said(value)}; a number is needed")
    return exact(value)


def _bounded(value: int | Fraction, complaint: str) -> int | Fraction:
    """``value`` in lowest form, if it has no more digits than a number may have."""
    if type(value) is int:
        if value.bit_length() > MAX_BITS:
            raise BadInput(f"{complaint} a number with more than {MAX_DIGITS} digits; make it smaller")
        return value
    if value.denominator == 1:
        return _bounded(value.numerator, complaint)
    if value.numerator.bit_length() + value.denominator.bit_length() > 2 * MAX_BITS:
        raise BadInput(f"{complaint} a fraction with more than {MAX_DIGITS} digits; make it simpler")
    return value


def _constant(value: Any) -> Code:
    return lambda scope: value


def _lookup(name: str, complaint: str) -> Code:
    def look(scope: Scope) -> Any:
        try:
            value = scope[name]
        except KeyError:
            raise BadInput(f'{complaint}there is no name "{_short(name)}"; {nearest(name, scope)}') from None
        return exact(value) if type(value) is float else value

    return look


def _entries(code: Code, keys: list[tuple[Code, str]]) -> Code:
    def look(scope: Scope) -> Any:
        value = code(scope)
        for key, complaint in keys:
            if not isinstance(value, Mapping):
                raise BadInput(f"{complaint}{_said(value)} has no entries; only a table has")
            word = key(scope)
            try:
                value = value[word]
            except (KeyError, TypeError):
                hint = nearest(str(word), map(str, value))
                raise BadInput(f"{complaint}there is no entry {_said(word)}; {hint}") from None
            if type(value) is float:
                value = exact(value)
        return value

    return look


def _condition(code: Code, complaint: str) -> Code:
    def truth(scope: Scope) -> bool:
        value = code(scope)
        if value is True:
            return True
        if value is False:
            return False
        raise BadInput(f'{complaint} has {_said(value)}; a condition is needed, such as outcome == "x"')

    return truth


def _choose(branches: list[tuple[Code, Code]], otherwise: Code) -> Code:
    if len(branches) == 1:
        condition, value = branches[0]
        return lambda scope: value(scope) if condition(scope) else otherwise(scope)

    def choose(scope: Scope) -> Any:
        for condition, value in branches:
            if condition(scope):
                return value(scope)
        return otherwise(scope)

    return choose


def _every(parts: list[Code]) -> Code:
    return lambda scope: all(part(scope) for part in parts)


def _some(parts: list[Code]) -> Code:
    return lambda scope: any(part(scope) for part in parts)


def _negate(code: Code) -> Code:
    return lambda scope: not code(scope)


def _signed(code: Code, minus: bool, complaint: str) -> Code:
    if minus:
        return lambda scope: -_number(code(scope), complaint)
    return lambda scope: _number(code(scope), complaint)


def _arithmetic(left: Code, rest: list[tuple[str, Code, int]], expression: Expression) -> Code:
    steps = []
    for sign, code, at in rest:
        given, makes = (expression.complaint(at, f'"{sign}" {does}') for does in ("is given", "makes"))
        steps.append((sign, code, given, makes))
    first = steps[0][2]

    def compute(scope: Scope) -> int | Fraction:
        value = left(scope)
        if type(value) is not int:
            value = _number(value, first)
        for sign, code, given, makes in steps:
            other = code(scope)
            if type(other) is not int:
                other = _number(other, given)
            if sign == "+":
                value = value + other
            elif sign == "-":
                value = value - other
            elif sign == "*":
                value = value * other
            elif other == 0:
                raise BadInput(f"{given} the divisor 0; a number other than 0 is needed")
            else:
                value = Fraction(value) / other
            if type(value) is not int or not -(2**63) < value < 2**63:
                value = _bounded(value, makes)
        result: int | Fraction = value
        return result

    return compute


def _power(base: Code, exponent: Code, complaint: str) -> Code:
    def compute(scope: Scope) -> int | Fraction:
        b, e = _number(base(scope), f"{complaint} of"), _number(exponent(scope), f"{complaint} to")
        if type(e) is not int or e < 0:
            raise BadInput(f"{complaint} has the exponent {_short(str(e))}; it must be a whole number from 0 up")
        size = max(b.numerator.bit_length(), b.denominator.bit_length())
        if e > MAX_BITS or (size - 1) * e > MAX_BITS:
            raise BadInput(f"{complaint} has more than {MAX_DIGITS} digits; make it smaller")
        return _bounded(b**e, f"{complaint} makes")

    return compute


def _compare(parts: list[Code], signs: list[_Token], expression: Expression) -> Code:
    complaints = [expression.complaint(sign.at, f'"{sign.text}" compares') for sign in signs]
    if len(signs) == 1 and signs[0].text in ("==", "!="):
        one, other = parts
        if signs[0].text == "==":
            return lambda scope: bool(one(scope) == other(scope))
        return lambda scope: bool(one(scope) != other(scope))

    def holds(scope: Scope) -> bool:
        left = parts[0](scope)
        for sign, part, complaint in zip(signs, parts[1:], complaints, strict=True):
            right = part(scope)
            if sign.text == "==":
                found = left == right
            elif sign.text == "!=":
                found = left != right
            else:
                a, b = _number(left, complaint), _number(right, complaint)
                found = _ORDER[sign.text](a, b)
            if not found:
                return False
            left = right
        return True

    return holds


def _listed(arguments: list[Code], complaint: str) -> Callable[[Scope], list[int | Fraction]]:
    """The numbers a function works on: its arguments, or the entries of the one table it is given."""
    given = f"{complaint} is given"

    def listed(scope: Scope) -> list[int | Fraction]:
        values = [argument(scope) for argument in arguments]
        if len(values) == 1 and isinstance(values[0], Mapping):
            values = list(values[0].values())
            if not values:
                raise BadInput(f"{given} a table without entries; it needs at least one")
        return [_number(value, given) for value in values]

    return listed


def _max(arguments: list[Code], complaint: str) -> Code:
    listed = _listed(arguments, complaint)
    return lambda scope: max(listed(scope))


def _min(arguments: list[Code], complaint: str) -> Code:
    listed = _listed(arguments, complaint)
    return lambda scope: min(listed(scope))


def _sum(arguments: list[Code], complaint: str) -> Code:
    listed = _listed(arguments, complaint)
    return lambda scope: _bounded(sum(listed(scope)), f"{complaint} makes")


def _abs(arguments: list[Code], complaint: str) -> Code:
    (argument,) = arguments
    return lambda scope: abs(_number(argument(scope), f"{complaint} is given"))


def _count(arguments: list[Code], complaint: str) -> Code:
    """How many conditions hold, or how many entries of a table are a given one."""
    conditions = [_condition(argument, complaint) for argument in arguments]

    def count(scope: Scope) -> int:
        if len(arguments) == 2:
            table = arguments[0](scope)
            if isinstance(table, Mapping):
                wanted = arguments[1](scope)
                return sum(entry == wanted for entry in table.values())
        return sum(condition(scope) for condition in conditions)

    return count


_CALLS: dict[str, Callable[[list[Code], str], Code]] = {
    "abs": _abs,
    "count": _count,
    "max": _max,
    "min": _min,
    "sum": _sum,
}
