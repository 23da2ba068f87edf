"""From hostile text to tables, lists, texts and exact numbers: TOML and JSON, scanned before they are parsed."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

from ..errors import BadInput
from ..numbers import MAX_DIGITS, parse_number
from .limits import MAX_BITS, MAX_NESTING
from .words import At, near, printable, said, short

_STRINGS = {
    "toml": (
        r'"""(?:[^"\\]++|\\.|"{1,2}(?!"))*+(?:"{3,5})?+'
        r"|'''(?:[^']++|'{1,2}(?!'))*+(?:'{3,5})?+"
        r'|"(?:[^"\\\n]++|\\.)*+"?+'
        r"|'[^'\n]*+'?+"
        r"|\#[^\n]*+"
    ),
    "json": r'"(?:[^"\\]++|\\.)*+"?+',
}
_BRACKETS = rf"(?P<open>[\[{{])|(?P<close>[\]}}])|(?P<digits>[0-9][0-9_]{{{MAX_DIGITS + 10},}}+)"
_MARKS = {format: re.compile(f"{strings}|{_BRACKETS}", re.DOTALL) for format, strings in _STRINGS.items()}
_KEY_PART = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
_LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_-])(?:{_KEY_PART}){{{MAX_NESTING},}}")
_TOML_KEY = re.compile(r"""\s*([A-Za-z0-9_-]+|"[^"]*"|'[^']*')\s*[=.]""")
_TOML_HEADER = re.compile(r"\s*\[{1,2}\s*([^\]]*?)\s*\]")


def tables(text: str, format: str) -> dict[str, Any]:
    """The tables of a text, with every number an int or a Fraction."""
    if format not in _MARKS:
        raise BadInput(f'the format is "{format}"; {near(str(format), _MARKS)}')
    _scan(text, format)
    try:
        raw = _toml(text) if format == "toml" else _json(text)
    except RecursionError:
        raise BadInput(f"brackets are nested too deeply; {MAX_NESTING} inside each other are allowed") from None
    if not isinstance(raw, dict):
        raise BadInput(f'a JSON spec is one table {{"kind": …}}; this is {said(raw)}')
    data: dict[str, Any] = _exactly(raw, At())
    return data


class _Decimal:
    """A number's text as it stands in the file."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


def _scan(text: str, format: str) -> None:
    """Refuse, before anything is parsed, what is nested too deeply and numbers that are too long."""
    depth = 0
    for match in _MARKS[format].finditer(text):
        mark = match.lastgroup
        if mark == "open":
            depth += 1
        elif mark == "close":
            depth -= 1
        elif mark == "digits":
            what = f"a number of {len(match[0]):,} digits; a number may have {MAX_DIGITS}"
            raise BadInput(f"line {_line(text, match)} has {what}")
        if depth > MAX_NESTING:
            raise BadInput(
                f"line {_line(text, match)} opens more than {MAX_NESTING} brackets inside each other; nest less"
            )
    if format == "toml" and (key := _LONG_KEY.search(text)):
        raise BadInput(f"line {_line(text, key)} has a key of more than {MAX_NESTING} parts; nest less")


def _line(text: str, match: re.Match[str]) -> int:
    return text.count("\n", 0, match.start()) + 1


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=_Decimal)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
    except ValueError as error:
        message = str(error)  # such as a date that does not exist
    found = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    what = message[: found.start()] if found else message.removesuffix(" (at end of document)")
    if re.match("Cannot (overwrite|declare|mutate)|Duplicate", what):
        raise BadInput(_twice(text, int(found[1]) if found else text.count("\n") + 1))
    place = f"line {found[1]}, column {found[2]}" if found else "the end"
    what = what[:1].lower() + what[1:]
    raise BadInput(f'this is not TOML at {place}: {short(what)}; write name = "text", 3, "1/3" or [1, 2]')


def _twice(text: str, line: int) -> str:
    """What is given twice, seen from the line at which the parser noticed it."""
    above = text.splitlines()[:line][::-1]
    header = next(((k, m) for k, row in enumerate(above) if (m := _TOML_HEADER.match(row))), None)
    if header and header[0] == 0:
        return f"line {line}: the table [{short(header[1][1])}] is given twice; give it once"
    key = next((m for row in above[: header[0] if header else None] if (m := _TOML_KEY.match(row))), None)
    if key is None:
        return f"line {line}: a field is given twice; give each once"
    found, section = short(key[1].strip("\"'")), header[1][1] if header else ""
    inside = f" in [{short(section)}]" if section else ""
    if section in ("players", "actions", "values", "utility", "prior"):
        return f'line {line}: the player "{found}" is named twice{inside}; name each player once'
    return f'line {line}: "{found}" is given twice{inside}; give it once'


def _json(text: str) -> Any:
    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        out = dict(pairs)
        if len(out) < len(pairs):
            seen: set[str] = set()
            twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            raise BadInput(f'"{short(twice)}" is named twice in one table; name each player and each field once')
        return out

    try:
        return json.loads(
            text, parse_float=_Decimal, parse_int=_Decimal, parse_constant=_Decimal, object_pairs_hook=table
        )
    except json.JSONDecodeError as error:
        what = error.msg[:1].lower() + error.msg[1:]
        raise BadInput(
            f'this is not JSON at line {error.lineno}, column {error.colno}: {what}; write {{"name": "text"}}'
        ) from None


def _exactly(value: Any, at: At) -> Any:
    """``value`` with its numbers exact; refuses what no spec can mean."""
    if isinstance(value, dict):
        return {_exactly(key, at): _exactly(each, at / key) for key, each in value.items()}
    if isinstance(value, list):
        small = 2**62
        return [
            each if type(each) is int and -small < each < small else _exactly(each, at / k)
            for k, each in enumerate(value)
        ]
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise BadInput(
                f"{printable(str(at))} holds half of a character (a lone surrogate); write it whole"
            ) from None
        return value
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        if value.bit_length() > MAX_BITS:
            raise BadInput(f"{at} has more than {MAX_DIGITS} digits; shorten it")
        return value
    if isinstance(value, _Decimal):
        text = value.text.replace("_", "")
        if not text.strip("+-infatyINFATY"):
            raise BadInput(f"{at} is {text}; it must be a finite number")
        return parse_number(text, str(at))
    if value is None:
        raise BadInput(f"{at} is null; leave the field out, or give it a value")
    raise BadInput(f"{at} is the date or time {value}; put texts in quotes")
