"""Spec files: a game or an environment as TOML or JSON, read strictly and written exactly.

Numbers are ints, decimals (read exactly: 0.1 is 1/10) or texts such as ``"1/3"``. A label (an action, a type, an
outcome) is a text or a number; ``"1/3"`` in quotes is a number, any other text is itself. A spec file never runs
code, and what is too large or nested too deeply is refused before it is parsed. The fields of each kind of spec are
the structs below; ``schema.json`` beside this file says the same to editors.
"""

from __future__ import annotations

import itertools
import json
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec import inspect as shape

from .allocation import allocation
from .cake import Divisions, cake
from .environment import Environment
from .errors import BadInput, GameTooLarge, nearest
from .expressions import FUNCTIONS, Expression
from .extensive import ExtensiveForm
from .normal_form import NormalForm
from .numbers import MAX_DIGITS, Number, exact, parse_number, show
from .outcomes import Finite, Outcome, Shares
from .profile import Profile

Game = NormalForm | Environment | ExtensiveForm
Format = Literal["toml", "json"]
Label = Any

MAX_SIZE = 5_000_000  # bytes of a spec
MAX_NESTING = 64  # brackets inside brackets, or parts of a dotted key
MAX_PROFILES = 1_000_000  # of a game whose payoffs are expressions
MAX_STEPS = 20_000_000  # signs to be computed for the payoffs of such a game
EAGER_STEPS = 1_000_000  # up to here, utilities are computed when the file is read, so that errors show at once
SUFFIXES = (".toml", ".json", ".nfg", ".efg")
SHIPPED = Path(__file__).parent / "scenarios"

# -- what a spec may say ---------------------------------------------------------------------------------

_NUMBER = {
    "anyOf": [
        {"type": "number"},
        {"type": "string", "pattern": r"^\s*[+-]?[0-9]+(\s*/\s*[0-9]+|(\.[0-9]+)?([eE][+-]?[0-9]+)?)\s*$"},
    ]
}
_LABEL = {"anyOf": [{"type": t} for t in ("string", "number", "array", "object")]}
ANumber = Annotated[Any, Meta(description='a number: 3, 0.25 or "1/3"', extra_json_schema=_NUMBER)]
ALabel = Annotated[Any, Meta(description="a text or a number", extra_json_schema=_LABEL)]
ATransfer = Annotated[
    Any,
    Meta(
        description='what each player may pay: [low, high], "unbounded", or "none" (also if left out)',
        extra_json_schema={"anyOf": [{"enum": ["none", "unbounded"]}, {"type": "array", "minItems": 2, "maxItems": 2}]},
    ),
]
APrior = Annotated[
    str | dict[str, Any] | list[Any],
    Meta(
        description='"uniform"; for each player the probability of each type; or a list of '
        "{types = {player = type}, probability = p}"
    ),
]


class GoalSection(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What people want: properties that a rule must have, and what to make large."""

    require: Annotated[
        list[str | dict[str, Any]],
        Meta(description='names of properties, or {property = "name", …} with what the property needs'),
    ] = []
    maximize: Annotated[str, Meta(description="the name of an objective")] = ""


class _Anything(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, tag_field="kind"):
    """What every spec may say."""

    name: Annotated[str, Meta(description="what people call it")]
    words: Annotated[str, Meta(description="the story, in a few sentences")] = ""
    goal: GoalSection | UnsetType = UNSET
    family: Annotated[
        str | dict[str, Any], Meta(description='where to look for a rule: a name, or {name = "…", …}')
    ] = ""
    rule: Annotated[str | dict[str, Any], Meta(description='the rule in force: a name, or {name = "…", …}')] = ""


class NormalFormSpec(_Anything, frozen=True, kw_only=True, tag="normal form"):
    """Players choose actions at the same time."""

    actions: Annotated[dict[str, list[ALabel]], Meta(description="the actions of each player")]
    payoffs: Annotated[
        str | dict[str, Any] | list[Any],
        Meta(
            description='"action, action" = [payoff, payoff]; or player = "expression"; or one expression for all; '
            "or nested lists payoffs[a_1][…][a_n][i]"
        ),
    ]
    constants: Annotated[dict[str, ANumber], Meta(description="names for numbers in expressions")] = {}


class EnvironmentSpec(_Anything, frozen=True, kw_only=True, tag="environment"):
    """Players with private types, what may happen, and what each type of each player thinks of it."""

    players: Annotated[dict[str, list[ALabel]], Meta(description="the types of each player")]
    outcomes: Annotated[list[ALabel], Meta(description="what may happen")]
    utility: Annotated[
        str | dict[str, Any],
        Meta(description="an expression in player, outcome and type; or tables: player, then type, then outcome"),
    ]
    prior: APrior | UnsetType = UNSET
    transfers: ATransfer = "none"
    constants: Annotated[dict[str, ANumber], Meta(description="names for numbers in expressions")] = {}


class AllocationSpec(_Anything, frozen=True, kw_only=True, tag="allocation"):
    """Goods for players who value them privately."""

    values: Annotated[
        dict[str, list[Any]],
        Meta(description="the types of each player: the value of the good, or a list with one value a good"),
    ]
    goods: Annotated[list[str], Meta(description="the goods; one item if left out")] = []
    prior: APrior | UnsetType = UNSET
    transfers: ATransfer = "none"
    disposal: Annotated[bool, Meta(description="whether goods may go to nobody")] = True


class CakeSpec(_Anything, frozen=True, kw_only=True, tag="cake"):
    """A cake to be divided among players who value its cells differently."""

    values: Annotated[
        dict[str, list[list[ANumber]]], Meta(description="the types of each player: a list with the worth of each cell")
    ]
    breakpoints: Annotated[list[ANumber], Meta(description="where cells end; if left out they are equal")] = []
    prior: APrior | UnsetType = UNSET
    disposal: Annotated[bool, Meta(description="whether cake may go to nobody")] = True


KINDS: dict[str, type[_Anything]] = {
    "normal form": NormalFormSpec,
    "environment": EnvironmentSpec,
    "allocation": AllocationSpec,
    "cake": CakeSpec,
}


@dataclass(frozen=True, eq=False)
class Spec:
    """A spec as read: the game or environment, and its sections for the rooms above.

    ``require`` holds one ``{"property": name, …}`` for each property, ``maximize`` the name of an objective or None,
    ``family`` and ``rule`` are ``{"name": name, …}`` or None; their numbers are exact.
    """

    kind: str
    name: str
    words: str
    game: Game
    require: tuple[Mapping[str, Any], ...] = ()
    maximize: str | None = None
    family: Mapping[str, Any] | None = None
    rule: Mapping[str, Any] | None = None


# -- reading ---------------------------------------------------------------------------------------------


def load(path: str | Path) -> Game:
    """The game or environment in a ``.toml``, ``.json``, ``.nfg`` or ``.efg`` file, or of a shipped name.

    Raises BadInput, which names the file and the place in it, and GameTooLarge.

    >>> load("prisoners_dilemma").payoff("row", {"row": "defect", "column": "cooperate"})
    5
    """
    return read(path).game


def loads(text: str | bytes, format: Format = "toml", where: str = "the spec") -> Game:
    """The game or environment of a spec's text; as :func:`load`.

    >>> print(loads('kind = "allocation"\\nname = "a bike"\\n[values]\\nann = [1, "3/2"]\\nbob = [2]'))
    a bike: types ann: 1, 3/2; bob: 2; 3 outcome coordinates
    >>> loads('kind = "allocation"\\nname = "a bike"\\n[value]\\nann = [1]')
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: the spec: there is no field "value"; did you mean "values"?
    """
    return reads(text, format, where).game


def read(path: str | Path) -> Spec:
    """A spec with its sections: the game, and what is said about its goal, family and rule; as :func:`load`.

    >>> read("prisoners_dilemma").require
    ({'property': 'strictly_dominant', 'action': 'cooperate'},)
    """
    given, where = Path(path), str(path)
    if not given.suffix and given.name == where and where in shipped():
        given = SHIPPED / f"{where}.toml"
    content = _content(given, where)
    suffix = given.suffix.lower()
    if suffix in (".toml", ".json"):
        return reads(content, "toml" if suffix == ".toml" else "json", where)
    from . import gambit_files

    reader: Callable[[str], Game] = gambit_files.read_nfg if suffix == ".nfg" else gambit_files.read_efg
    with _named(where):
        game = reader(_text(content))
    return Spec("normal form" if suffix == ".nfg" else "extensive form", game.name, "", game)


def reads(text: str | bytes, format: Format = "toml", where: str = "the spec") -> Spec:
    """A spec with its sections from its text; as :func:`read`."""
    with _named(where):
        return _spec(_data(text, format))


def shipped() -> tuple[str, ...]:
    """The names of the scenarios that ship with the package.

    >>> "prisoners_dilemma" in shipped()
    True
    """
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.toml")))


class _named:  # noqa: N801 (reads as a word: with _named(where))
    """Let each error begin with the name of the file."""

    def __init__(self, where: str) -> None:
        self.where = where

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, BadInput) and not isinstance(error, GameTooLarge):
            raise BadInput(f"{self.where}: {error}") from None


def _content(path: Path, where: str) -> bytes:
    """The bytes of a file, if it is one, can be read, has a known suffix and is not too large."""
    names = shipped()
    try:
        if path.is_dir():
            raise BadInput(f'"{_short(where)}" is a folder; name a file that ends in {_either(SUFFIXES)}')
        if not path.exists():
            raise BadInput(
                f'there is no file "{_short(where)}", and no shipped scenario is called so; {_near(path.stem, names)}'
            )
        if path.suffix.lower() not in SUFFIXES:
            ends = f'ends in "{path.suffix}"' if path.suffix else "has no ending"
            raise BadInput(f'the file "{_short(where)}" {ends}; a spec ends in {_either(SUFFIXES)}')
        if not path.is_file():
            raise BadInput(f'"{_short(where)}" is no regular file; name a file that ends in {_either(SUFFIXES)}')
        with path.open("rb") as file:
            return file.read(MAX_SIZE + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        reason = getattr(error, "strerror", None) or error
        raise BadInput(f'the file "{_short(where)}" cannot be read: {reason}') from None


def _text(content: str | bytes) -> str:
    if len(content) > MAX_SIZE:
        raise BadInput(f"the spec is larger than {MAX_SIZE:,} bytes; make it smaller")
    if isinstance(content, str):
        return content
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"byte {error.start + 1} is not UTF-8; save the file as UTF-8") from None


# -- from text to tables, lists, texts and exact numbers --------------------------------------------------

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
_FRACTION = re.compile(r"[+-]?[0-9]+/[0-9]+")


class _Decimal:
    """A number's text as it stands in the file."""

    def __init__(self, text: str) -> None:
        self.text = text


def _data(content: str | bytes, format: str) -> dict[str, Any]:
    """The tables of a text, with every number an int or a Fraction."""
    if format not in _MARKS:
        raise BadInput(f'the format is "{format}"; {_near(str(format), _MARKS)}')
    text = _text(content)
    if not text.strip():
        raise BadInput(f"the spec is empty; begin with {_kinds()}")
    _scan(text, format)
    try:
        raw = _toml(text) if format == "toml" else _json(text)
    except RecursionError:
        raise BadInput(f"brackets are nested too deeply; {MAX_NESTING} inside each other are allowed") from None
    if not isinstance(raw, dict):
        raise BadInput(f'a JSON spec is one table {{"kind": …}}; this is {_said(raw)}')
    data: dict[str, Any] = _exactly(raw, _At())
    return data


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
    raise BadInput(f'this is not TOML at {place}: {_short(what)}; write name = "text", 3, "1/3" or [1, 2]')


_TOML_KEY = re.compile(r"""\s*([A-Za-z0-9_-]+|"[^"]*"|'[^']*')\s*[=.]""")
_TOML_HEADER = re.compile(r"\s*\[{1,2}\s*([^\]]*?)\s*\]")


def _twice(text: str, line: int) -> str:
    """What is given twice, seen from the line at which the parser noticed it."""
    above = text.splitlines()[:line][::-1]
    header = next(((k, m) for k, row in enumerate(above) if (m := _TOML_HEADER.match(row))), None)
    if header and header[0] == 0:
        return f"line {line}: the table [{_short(header[1][1])}] is given twice; give it once"
    key = next((m for row in above[: header[0] if header else None] if (m := _TOML_KEY.match(row))), None)
    if key is None:
        return f"line {line}: a field is given twice; give each once"
    found, section = _short(key[1].strip("\"'")), header[1][1] if header else ""
    inside = f" in [{_short(section)}]" if section else ""
    if section in ("players", "actions", "values", "utility", "prior"):
        return f'line {line}: the player "{found}" is named twice{inside}; name each player once'
    return f'line {line}: "{found}" is given twice{inside}; give it once'


def _json(text: str) -> Any:
    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        out = dict(pairs)
        if len(out) < len(pairs):
            seen: set[str] = set()
            twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            raise BadInput(f'"{_short(twice)}" is named twice in one table; name each player and each field once')
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


@dataclass(frozen=True)
class _At:
    """A place in a spec: ``[players] ann, entry 2``."""

    path: tuple[str | int, ...] = ()

    def __truediv__(self, key: str | int) -> _At:
        return _At((*self.path, key))

    @property
    def table(self) -> str:
        """The place as the header of a table: ``[players]``."""
        text = str(self)
        return text if "," in text else f"[{text.replace('[', '').replace('] ', '.')}]"

    def __str__(self) -> str:
        keys = list(itertools.takewhile(lambda key: isinstance(key, str), self.path))
        rest = self.path[len(keys) :]
        names = [key if re.fullmatch(r"[\w-]+", str(key)) else f'"{_short(str(key))}"' for key in keys]
        head = f"[{'.'.join(map(str, names[:-1]))}] {names[-1]}" if len(names) > 1 else "".join(map(str, names))
        tail = [f"entry {key + 1}" if isinstance(key, int) else str(key) for key in rest]
        return ", ".join([head or "the spec", *tail])


def _exactly(value: Any, at: _At) -> Any:
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
                f"{_printable(str(at))} holds half of a character (a lone surrogate); write it whole"
            ) from None
        return value
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        if value.bit_length() > MAX_DIGITS * 3322 // 1000 + 1:
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


# -- from tables to structs ------------------------------------------------------------------------------


def _kinds() -> str:
    return _either([f'kind = "{kind}"' for kind in KINDS])


def _struct(data: dict[str, Any]) -> _Anything:
    """The data as the struct of its kind, each field of the right shape."""
    if "kind" not in data:
        raise BadInput(f'the field "kind" is missing; give {_kinds()}')
    kind = data["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        raise BadInput(f"kind is {_said(kind)}; {_near(kind if isinstance(kind, str) else '', KINDS)}")
    _fit(shape.type_info(KINDS[kind]), data, _At())
    return msgspec.convert(data, KINDS[kind])


def _fit(expected: shape.Type, given: Any, at: _At) -> None:
    """Raise BadInput, naming the place, where ``given`` has not the shape of a type."""
    if isinstance(expected, shape.Metadata):
        return _fit(expected.type, given, at)
    if isinstance(expected, shape.UnionType):
        options = expected.types
        for each in options:
            if isinstance(given, _python(each)):
                return _fit(each, given, at)
        raise BadInput(f"{at} is {_said(given)}; it must be {_either([_called(each) for each in options])}")
    if not isinstance(given, _python(expected)):
        raise BadInput(f"{at} is {_said(given)}; it must be {_called(expected)}")
    table: Any = given
    if isinstance(expected, shape.StructType):
        _fields(expected, table, at)
    elif isinstance(expected, shape.DictType):
        for key, each in table.items():
            _fit(expected.value_type, each, at / key)
    elif isinstance(expected, shape.ListType) and not isinstance(expected.item_type, shape.AnyType):
        for k, each in enumerate(table):
            _fit(expected.item_type, each, at / k)


def _fields(expected: shape.StructType, value: dict[str, Any], at: _At) -> None:
    known = {field.name: field for field in expected.fields}
    inside = f" in {at.table}" if at.path else ""
    for key, each in value.items():
        if key == expected.tag_field and not at.path:
            continue
        if key not in known:
            raise BadInput(f'there is no field "{_short(key)}"{inside}; {_near(key, known)}')
        _fit(known[key].type, each, at / key)
    for field in expected.fields:
        if field.required and field.name not in value:
            kind = f', which every spec of kind "{expected.tag}" has' if expected.tag else ""
            raise BadInput(f'the field "{field.name}" is missing{inside}{kind}; it is {_called(field.type)}')


def _python(expected: shape.Type) -> type | UnionType | tuple[type, ...]:
    if isinstance(expected, shape.Metadata):
        return _python(expected.type)
    if isinstance(expected, (shape.StructType, shape.DictType)):
        return dict
    if isinstance(expected, shape.ListType):
        return list
    if isinstance(expected, shape.BoolType):
        return bool
    return str if isinstance(expected, shape.StrType) else object


def _called(expected: shape.Type) -> str:
    if isinstance(expected, shape.Metadata):
        return _called(expected.type)
    if isinstance(expected, shape.UnionType):
        return _either([_called(each) for each in expected.types])
    found = _python(expected)
    names = {dict: "a table", list: "a list", bool: "true or false", str: "a text in quotes"}
    return names.get(found, "a value") if isinstance(found, type) else "a value"


def _spec(data: dict[str, Any]) -> Spec:
    struct = _struct(data)
    game = _BUILDERS[type(struct)](struct)
    goal = GoalSection() if isinstance(struct.goal, UnsetType) else struct.goal
    at = _At() / "goal" / "require"
    return Spec(
        kind=data["kind"],
        name=struct.name,
        words=struct.words,
        game=game,
        require=tuple(_section(each, "property", at / k) for k, each in enumerate(goal.require)),
        maximize=goal.maximize or None,
        family=_section(struct.family, "name", _At() / "family") if struct.family else None,
        rule=_section(struct.rule, "name", _At() / "rule") if struct.rule else None,
    )


def _section(given: str | dict[str, Any], key: str, at: _At) -> dict[str, Any]:
    """``"fines"`` or ``{name = "fines", on = "defect"}`` as the latter, its values read as labels."""
    if isinstance(given, str):
        return {key: given}
    if not isinstance(given.get(key), str):
        raise BadInput(f'{at.table} has no "{key}"; write {key} = "…" into it')
    return {
        k: each if isinstance(each, (bool, str)) and k == key else _value(each, at / k) for k, each in given.items()
    }


def _value(given: Any, at: _At) -> Any:
    return given if isinstance(given, bool) else _label(given, at)


# -- numbers and labels ----------------------------------------------------------------------------------


def _number(given: Any, at: _At) -> int | Fraction:
    if isinstance(given, (int, Fraction)) and not isinstance(given, bool):
        return given
    if isinstance(given, str):
        return parse_number(given, str(at))
    raise BadInput(f'{at} is {_said(given)}; it must be a number: 3, 0.25 or "1/3"')


def _numbers(given: Any, at: _At) -> Any:
    """Nested lists of numbers."""
    if isinstance(given, list):
        return [_numbers(each, at / k) for k, each in enumerate(given)]
    return _number(given, at)


def _label(given: Any, at: _At) -> Label:
    """A text or number as it is; a list as a tuple of labels; a table as a Profile of labels."""
    if isinstance(given, str):
        return parse_number(given, str(at)) if _FRACTION.fullmatch(given) else given
    if isinstance(given, list):
        return tuple(_label(each, at / k) for k, each in enumerate(given))
    if isinstance(given, dict):
        return Profile({key: _label(each, at / key) for key, each in given.items()})
    if isinstance(given, bool):
        raise BadInput(f"{at} is {_said(given)}; a label is a text or a number")
    return given


def _label_text(label: Label, nested: bool = False) -> str:
    """A label as the key of a table."""
    if isinstance(label, str):
        return label
    if isinstance(label, tuple):
        text = ", ".join(_label_text(each, True) for each in label)
    elif isinstance(label, Profile):
        text = ", ".join(f"{key} = {_label_text(each, True)}" for key, each in label.items())
    else:
        return show(exact(label))
    return f"({text})" if nested else text


def _by_text(labels: Iterable[Label], what: str, of: str = "") -> dict[str, Label]:
    """{text: label}; raises BadInput if there is none or two are written alike."""
    found: dict[str, Label] = {}
    for label in labels:
        text = _label_text(label)
        if text in found:
            raise BadInput(f'the {what} "{_short(text)}"{of} is listed twice; list each once')
        found[text] = label
    if not found:
        raise BadInput(f"there is no {what}{of}; give at least one")
    return found


def _of(player: str) -> str:
    return f' of "{_short(player)}"'


def _find(key: str, names: Mapping[str, Label], what: str) -> Label:
    """The label that a key means; a number may be written in any way."""
    if key in names:
        return names[key]
    try:
        text = show(parse_number(key))
    except BadInput:
        text = ""
    if text in names and text:
        return names[text]
    raise BadInput(f'{what} "{_short(key)}"; {_near(key, names)}')


# -- the kinds -------------------------------------------------------------------------------------------


def _constants(given: Mapping[str, Any], taken: Iterable[str]) -> dict[str, int | Fraction]:
    at = _At() / "constants"
    for name in given:
        if name in taken or name in FUNCTIONS:
            raise BadInput(f"{at / name} has a name that means something else in expressions; call it differently")
    return {name: _number(each, at / name) for name, each in given.items()}


def _normal_form(spec: NormalFormSpec) -> NormalForm:
    at = _At() / "actions"
    actions = {
        player: tuple(_label(each, at / player / k) for k, each in enumerate(labels))
        for player, labels in spec.actions.items()
    }
    at, given = _At() / "payoffs", spec.payoffs
    if isinstance(given, list):
        numbers = _numbers(given, at)
        if _lengths(numbers) is None:
            needs = ", ".join(str(len(labels)) for labels in (*actions.values(), actions))
            raise BadInput(f"{at} has lists of different lengths; it must have the shape ({needs})")
        return NormalForm(spec.name, actions, numbers)
    if isinstance(given, str):
        return _computed(spec, actions, dict.fromkeys(actions, given), at)
    if given and all(isinstance(each, str) for each in given.values()):
        for player in given:
            if player not in actions:
                raise BadInput(f'{at.table} names a player "{_short(player)}"; {_near(player, actions)}')
        for player in actions:
            if player not in given:
                raise BadInput(f'the player "{player}" has no payoff; {at.table} needs an expression for each player')
        return _computed(spec, actions, given, at)
    return _listed(spec.name, actions, given, at)


def _lengths(nested: Any) -> tuple[int, ...] | None:
    """The shape of nested lists; None if lists of the same depth differ in length."""
    if not isinstance(nested, list):
        return ()
    inner = {_lengths(each) for each in nested}
    if len(inner) > 1 or None in inner:
        return None
    return (len(nested), *(next(iter(inner), None) or ()))


def _listed(name: str, actions: Mapping[str, tuple[Label, ...]], given: Mapping[str, Any], at: _At) -> NormalForm:
    """Payoffs listed by profile: ``"cooperate, defect" = [0, 5]``."""
    names = {player: _by_text(labels, "action", _of(player)) for player, labels in actions.items()}
    found: dict[tuple[Label, ...], list[int | Fraction]] = {}
    for key, pays in given.items():
        words = [word.strip() for word in key.split(",")]
        if len(words) != len(actions):
            count, order = f"{len(words)} action{'s' * (len(words) > 1)}", ", ".join(actions)
            raise BadInput(f"{at / key} names {count}; a profile names one for each player: {order}")
        pairs = zip(actions, words, strict=True)
        profile = tuple(_find(word, names[p], f"{at / key} names an action of {p}") for p, word in pairs)
        if profile in found:
            raise BadInput(f"{at / key} is given twice; give each profile once")
        if not isinstance(pays, list) or len(pays) != len(actions):
            needs = f"a list of {len(actions)} payoffs, in the order {', '.join(actions)}"
            raise BadInput(f"{at / key} is {_said(pays)}; it must be {needs}")
        found[profile] = [_number(each, at / key / k) for k, each in enumerate(pays)]
    flat: list[int | Fraction] = []
    for profile in itertools.product(*actions.values()):
        if profile not in found:
            missing = ", ".join(map(_label_text, profile))
            raise BadInput(f'"{_short(missing)}" has no payoffs; {at.table} needs an entry for each profile of actions')
        flat += found[profile]
    return NormalForm(name, actions, _shaped(flat, actions))


def _shaped(flat: list[Any], actions: Mapping[str, tuple[Label, ...]]) -> Any:
    out = np.empty(len(flat), dtype=object)
    out[:] = flat
    return out.reshape(*map(len, actions.values()), len(actions))


_OF_GAMES = ("player", "action", "actions")


def _computed(
    spec: NormalFormSpec, actions: Mapping[str, tuple[Label, ...]], texts: Mapping[str, str], at: _At
) -> NormalForm:
    """Payoffs computed by an expression for each player, over everybody's actions."""
    for player in actions:
        if player in _OF_GAMES:
            raise BadInput(f'a player is called "{player}", which means something else in expressions; rename her')
    constants = _constants(spec.constants, (*_OF_GAMES, *actions))
    known = [*actions, *_OF_GAMES, *constants]
    words = {label for labels in actions.values() for label in labels if isinstance(label, str)}
    expressions = {
        player: Expression(texts[player], known, words | set(actions), str(at / player)) for player in actions
    }
    profiles = math.prod(len(labels) for labels in actions.values())
    if profiles > MAX_PROFILES:
        raise GameTooLarge("profiles of actions", profiles, MAX_PROFILES, "declare fewer players or actions")
    steps = profiles * sum(expression.size for expression in expressions.values())
    if steps > MAX_STEPS:
        raise GameTooLarge("steps to compute the payoffs", steps, MAX_STEPS, "declare fewer actions or shorter payoffs")
    flat: list[int | Fraction] = []
    for labels in itertools.product(*actions.values()):
        taken = dict(zip(actions, labels, strict=True))
        scope: dict[str, Any] = {**constants, **taken, "actions": taken}
        for player, expression in expressions.items():
            scope["player"], scope["action"] = player, taken[player]
            flat.append(expression.number(scope))
    return NormalForm(spec.name, actions, _shaped(flat, actions))


@dataclass(frozen=True, eq=False)
class Tabulated:
    """A utility that is a table: ``entries[player][type][outcome]``.

    >>> Tabulated({"ann": {"hungry": {"bread": 3, "wine": 1}}})("ann", "bread", "hungry")
    3
    """

    entries: Mapping[str, Mapping[Label, Mapping[Outcome, int | Fraction]]]

    def __call__(self, player: str, outcome: Outcome, type: Label) -> Number:
        return self.entries[player][type][outcome]


@dataclass(frozen=True, eq=False)
class Computed:
    """A utility that is computed: an expression for each player in player, outcome, type and constants.

    >>> Computed({"ann": Expression("type if outcome == player else 0")}, {})("ann", "ann", 3)
    3
    """

    expressions: Mapping[str, Expression]
    constants: Mapping[str, int | Fraction]

    def __call__(self, player: str, outcome: Outcome, type: Label) -> Number:
        scope = {**self.constants, "player": player, "outcome": outcome, "type": type}
        return self.expressions[player].number(scope)


_OF_UTILITIES = ("player", "outcome", "type")


def _environment(spec: EnvironmentSpec) -> Environment:
    at = _At() / "players"
    types = {
        player: tuple(_label(each, at / player / k) for k, each in enumerate(labels))
        for player, labels in spec.players.items()
    }
    outcomes = [_label(each, _At() / "outcomes" / k) for k, each in enumerate(spec.outcomes)]
    for player, labels in types.items():
        _by_text(labels, "type", _of(player))
    _by_text(outcomes, "outcome")
    utility = _utility(spec, types, outcomes)
    swap = exchange_entries if _who_gets_what(outcomes, types) else None
    prior = _prior(spec.prior, types)
    env = Environment(spec.name, types, Finite(tuple(outcomes), swap), utility, prior, _transfers(spec.transfers))
    steps = sum(map(len, types.values())) * len(outcomes)
    if isinstance(utility, Computed):
        steps *= max(expression.size for expression in utility.expressions.values())
    if steps <= EAGER_STEPS:
        for player in env.players:
            env.utilities(player)
    return env


def _who_gets_what(outcomes: Iterable[Label], players: Iterable[str]) -> bool:
    """Whether each outcome is a table that says what each player gets."""
    names = set(players)
    return all(isinstance(outcome, Profile) and set(outcome) == names for outcome in outcomes)


def exchange_entries(outcome: Profile[Label], one: str, other: str) -> Profile[Label]:
    """The outcome ``{player: what she gets}`` in which two players have exchanged what they get.

    >>> exchange_entries(Profile({"ann": "bread", "bob": "wine"}), "ann", "bob")
    Profile(ann='wine', bob='bread')
    """
    return outcome | {one: outcome[other], other: outcome[one]}


def _utility(
    spec: EnvironmentSpec, types: Mapping[str, tuple[Label, ...]], outcomes: list[Label]
) -> Tabulated | Computed:
    at, given = _At() / "utility", spec.utility
    constants = _constants(spec.constants, _OF_UTILITIES)
    words = {each for labels in (outcomes, *types.values()) for label in labels for each in _texts(label)}

    def expression(text: str, where: _At) -> Expression:
        return Expression(text, (*_OF_UTILITIES, *constants), words | set(types), str(where))

    if isinstance(given, str):
        return Computed(dict.fromkeys(types, expression(given, at)), constants)
    for player in given:
        if player not in types:
            raise BadInput(f'{at.table} names a player "{_short(player)}"; {_near(player, types)}')
    for player in types:
        if player not in given:
            raise BadInput(f'the player "{player}" has no utility; {at.table} needs an entry for each player')
    if given and all(isinstance(each, str) for each in given.values()):
        return Computed({player: expression(given[player], at / player) for player in types}, constants)
    return Tabulated({player: _rows(given[player], player, types[player], outcomes, at / player) for player in types})


def _texts(label: Label) -> Iterable[str]:
    """Every text in a label."""
    if isinstance(label, str):
        yield label
    elif isinstance(label, Profile):
        yield from label
        for each in label.values():
            yield from _texts(each)
    elif isinstance(label, tuple):
        for each in label:
            yield from _texts(each)


def _rows(
    given: Any, player: str, types: tuple[Label, ...], outcomes: list[Label], at: _At
) -> dict[Label, dict[Outcome, int | Fraction]]:
    """A player's utilities: a table by type of tables by outcome; either may be a list in the declared order."""
    rows = _entries(given, types, at, "type", f"{_of(player)} has no utility")
    lacks = f' has no utility for "{_short(player)}"'
    return {
        label: {
            outcome: _number(each, where)
            for outcome, (each, where) in _entries(row, outcomes, place, "outcome", lacks).items()
        }
        for label, (row, place) in rows.items()
    }


def _entries(given: Any, labels: Iterable[Label], at: _At, what: str, lacks: str) -> dict[Label, tuple[Any, _At]]:
    """{label: (its entry, the place)} of a table by label, or of a list in the order of the labels."""
    labels = list(labels)
    found: dict[Label, tuple[Any, _At]] = {}
    if isinstance(given, list):
        if len(given) > len(labels):
            raise BadInput(f"{at} has {len(given)} entries; it needs {len(labels)}, one for each {what}")
        found |= {label: (each, at / k) for k, (label, each) in enumerate(zip(labels, given, strict=False))}
    elif isinstance(given, dict):
        names = _by_text(labels, what, f" in {at.table}")
        for key, each in given.items():
            label = _find(key, names, f"{at.table} names")
            if label in found:
                raise BadInput(f"{at / key} is given twice; give it once")
            found[label] = (each, at / key)
    else:
        raise BadInput(f"{at} is {_said(given)}; it must be a table with an entry for each {what}, or a list")
    for label in labels:
        if label not in found:
            text = _short(_label_text(label))
            raise BadInput(f'the {what} "{text}"{lacks}; {at.table} needs an entry for each {what}')
    return {label: found[label] for label in labels}


def _prior(given: Any, types: Mapping[str, tuple[Label, ...]]) -> dict[Any, Any] | None:
    at = _At() / "prior"
    if given is UNSET:
        return None
    if isinstance(given, str):
        if given != "uniform":
            raise BadInput(f'{at} is "{_short(given)}"; the only prior with a name is "uniform"')
        return {player: {t: Fraction(1, len(labels)) for t in labels} for player, labels in types.items()}
    if isinstance(given, list):
        return _joint(given, types, at)
    for player in given:
        if player not in types:
            raise BadInput(f'{at.table} names a player "{_short(player)}"; {_near(player, types)}')
    out = {}
    for player, labels in types.items():
        if player not in given:
            raise BadInput(f'the player "{player}" has no prior; {at.table} needs an entry for each player')
        entries = _entries(given[player], labels, at / player, "type", f"{_of(player)} has no probability")
        out[player] = {label: _number(each, where) for label, (each, where) in entries.items()}
    return out


def _joint(given: list[Any], types: Mapping[str, tuple[Label, ...]], at: _At) -> dict[Any, Any]:
    names = {player: _by_text(labels, "type", _of(player)) for player, labels in types.items()}
    out: dict[Profile[Label], int | Fraction] = {}
    for k, each in enumerate(given):
        here = at / k
        if not isinstance(each, dict) or set(each) != {"types", "probability"} or not isinstance(each["types"], dict):
            raise BadInput(f"{here} is {_said(each)}; it must be {{types = {{player = type, …}}, probability = p}}")
        told = each["types"]
        for player in told:
            if player not in types:
                raise BadInput(f'{here} names a player "{_short(player)}"; {_near(player, types)}')
        for player in types:
            if player not in told:
                raise BadInput(f'{here} gives no type of "{player}"; give one of each player')
        texts = {player: _label_text(_label(told[player], here / player)) for player in types}
        profile = Profile(
            {player: _find(texts[player], names[player], f'{here} names a type of "{player}",') for player in types}
        )
        if profile in out:
            raise BadInput(f"{here} repeats the types of another entry; give each profile once")
        out[profile] = _number(each["probability"], here / "probability")
    return out


def _transfers(given: Any) -> tuple[int | Fraction | None, int | Fraction | None] | None:
    at = _At() / "transfers"
    if given == "none":
        return None
    if given == "unbounded":
        return None, None
    if not isinstance(given, list) or len(given) != 2:
        raise BadInput(f'{at} is {_said(given)}; it must be [low, high], "unbounded" or "none"')
    low, high = (None if each == "unbounded" else _number(each, at / k) for k, each in enumerate(given))
    return low, high


def _allocation(spec: AllocationSpec) -> Environment:
    at, goods = _At() / "values", spec.goods or ["item"]
    values: dict[str, list[Any]] = {}
    for player, given in spec.values.items():
        values[player] = []
        for k, each in enumerate(given):
            here = at / player / k
            if len(goods) == 1:
                values[player].append(_number(each, here))
            elif isinstance(each, list) and len(each) == len(goods):
                values[player].append(tuple(_numbers(each, here)))
            else:
                raise BadInput(f"{here} is {_said(each)}; it must be a list of {len(goods)} values, one a good")
    return allocation(
        values,
        goods,
        transfers=_transfers(spec.transfers),
        prior=_prior(spec.prior, {player: tuple(each) for player, each in values.items()}),
        disposal=spec.disposal,
        name=spec.name,
    )


def _cake(spec: CakeSpec) -> Environment:
    at = _At() / "values"
    values = {
        player: [tuple(_numbers(each, at / player / k)) for k, each in enumerate(given)]
        for player, given in spec.values.items()
    }
    return cake(
        values,
        breakpoints=_numbers(spec.breakpoints, _At() / "breakpoints") or None,
        prior=_prior(spec.prior, {player: tuple(each) for player, each in values.items()}),
        disposal=spec.disposal,
        name=spec.name,
    )


_BUILDERS: dict[type[_Anything], Callable[[Any], Game]] = {
    NormalFormSpec: _normal_form,
    EnvironmentSpec: _environment,
    AllocationSpec: _allocation,
    CakeSpec: _cake,
}


# -- writing ---------------------------------------------------------------------------------------------


def save(thing: Game, path: str | Path) -> None:
    """Write a game or environment to a ``.toml``, ``.json``, ``.nfg`` or ``.efg`` file.

    What is read back has the same names, types, actions, payoffs, utilities and prior, exactly; the text is read
    again before the file is touched. Raises BadInput if a file of that kind cannot hold the thing.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(load("prisoners_dilemma"), f"{folder}/game.json")
    ...     load(f"{folder}/game.json") == load("prisoners_dilemma")
    True
    """
    file = Path(path)
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        ends = f'ends in "{file.suffix}"' if file.suffix else "has no ending"
        raise BadInput(f'the file "{path}" {ends}; a spec ends in {_either(SUFFIXES)}')
    try:
        if suffix in (".toml", ".json"):
            file.write_bytes(dumps(thing, "toml" if suffix == ".toml" else "json").encode("utf-8"))
            return
        if isinstance(thing, Environment):
            raise BadInput(f'"{thing.name}" is an environment; save it with the ending .toml or .json')
        from . import gambit_files

        gambit_files.save(thing, path)
    except OSError as error:
        raise BadInput(f'the file "{_short(str(path))}" cannot be written: {error.strerror or error}') from None


def dumps(thing: Game, format: Format = "toml") -> str:
    """The text of a spec of a game or environment; as :func:`save`.

    >>> print(dumps(load("prisoners_dilemma")))
    kind = "normal form"
    name = "prisoner's dilemma"
    <BLANKLINE>
    [actions]
    row = ["cooperate", "defect"]
    column = ["cooperate", "defect"]
    <BLANKLINE>
    [payoffs]
    "cooperate, cooperate" = [3, 3]
    "cooperate, defect" = [0, 5]
    "defect, cooperate" = [5, 0]
    "defect, defect" = [1, 1]
    <BLANKLINE>
    """
    if isinstance(thing, NormalForm):
        data = _of_normal_form(thing)
    elif isinstance(thing, Environment):
        data = _of_environment(thing)
    elif isinstance(thing, ExtensiveForm):
        raise BadInput(f'"{thing.name}" is a game in extensive form; save it with the ending .efg')
    else:
        raise BadInput(f"{thing!r} cannot be saved; give a NormalForm, an Environment or an ExtensiveForm")
    text = _write_toml(data) if format == "toml" else _write(data, "json") + "\n"
    _check_same(thing, text, format)
    return text


def _check_same(thing: NormalForm | Environment, text: str, format: Format) -> None:
    """Raise BadInput unless the text, read again, is the thing."""
    try:
        text.encode("utf-8")
        again = loads(text, format, "read again")
    except (BadInput, UnicodeEncodeError) as error:
        raise BadInput(f'"{_printable(thing.name)}" cannot be written to a {format} file: {error}') from None
    if isinstance(thing, NormalForm):
        different = "names or payoffs" if again != thing else ""
    else:
        assert isinstance(again, Environment)
        pairs = {
            "name": (thing.name, again.name),
            "types": (tuple(thing.types.items()), tuple(again.types.items())),
            "outcomes": (thing.outcomes, again.outcomes),
            "prior": (thing.prior, again.prior),
            "transfers": (thing.transfers, again.transfers),
        }
        different = next((what for what, (one, other) in pairs.items() if one != other), "")
        if not different and not all(np.array_equal(thing.utilities(p), again.utilities(p)) for p in thing.players):
            different = "utilities"
    if different:
        raise BadInput(
            f'"{thing.name}" cannot be written to a {format} file: its {different} would not be read back the same'
        )


def _out(value: Any, what: str = "a number") -> int | str:
    """An exact number for a file: an int, or a text such as "1/3"."""
    found = exact(value, what)
    if isinstance(found, int) and abs(found) < 2**53:
        return found
    if max(found.numerator.bit_length(), found.denominator.bit_length()) > MAX_DIGITS * 3322 // 1000:
        raise BadInput(f"{what} has more than {MAX_DIGITS} digits; a file holds shorter ones")
    return str(found)


def _label_out(label: Label, what: str) -> Any:
    """A label for a file."""
    if isinstance(label, str):
        if _FRACTION.fullmatch(label):
            raise BadInput(f'{what} is the text "{label}", which a file reads as a number; rename it')
        return str(label)
    if isinstance(label, Profile):
        return {str(key): _label_out(each, what) for key, each in label.items()}
    if isinstance(label, tuple):
        return [_label_out(each, what) for each in label]
    if isinstance(label, (bool, np.bool_)) or not isinstance(label, (int, float, Fraction, np.number)):
        raise BadInput(f"{what} is {label!r}; a file holds texts, numbers, and tuples and profiles of them")
    found = _out(label, what)
    return int(found) if isinstance(found, str) and "/" not in found else found


def _is_key(label: Label) -> bool:
    return isinstance(label, str) and bool(label) and label == label.strip() and "," not in label


def _nested(values: Any) -> Any:
    return [_nested(each) for each in values] if isinstance(values, (list, np.ndarray)) else _out(values, "a payoff")


def _of_normal_form(game: NormalForm) -> dict[str, Any]:
    labels = [label for each in game.actions.values() for label in each]
    payoffs: Any = _nested(game.payoffs.tolist())
    if game.n_profiles <= 64 and all(map(_is_key, labels)):
        flat = game.payoffs.reshape(-1, len(game.players)).tolist()
        keys = (", ".join(map(str, profile.values())) for profile in game.profiles())
        payoffs = dict(zip(keys, _nested(flat), strict=True))
    actions = {p: [_label_out(x, f'an action of "{p}"') for x in each] for p, each in game.actions.items()}
    return {"kind": "normal form", "name": game.name, "actions": actions, "payoffs": payoffs}


def _of_environment(env: Environment) -> dict[str, Any]:
    types = {p: [_label_out(t, f'a type of "{p}"') for t in each] for p, each in env.types.items()}
    data: dict[str, Any] = {"kind": "environment", "name": env.name}
    space = env.outcomes
    if isinstance(space, Divisions):
        data |= {"kind": "cake", "breakpoints": [_out(x) for x in space.breakpoints], "disposal": space.disposal}
        data["values"] = _values(env)
    elif isinstance(space, Shares):
        data |= {"kind": "allocation", "goods": list(space.goods), "values": _values(env)}
        data |= {} if space.disposal else {"disposal": False}
    elif isinstance(space, Finite) and (twin := _as_allocation(env, space)) is not None:
        data |= {"kind": "allocation", "disposal": len(space.items) > len(env.players), "values": twin}
    elif isinstance(space, Finite):
        data["outcomes"] = [_label_out(x, "an outcome") for x in space.items]
        data |= _utility_out(env, space)
        data["players"] = types
    else:
        raise BadInput(f'the outcomes of "{env.name}" are {type(space).__name__}; a file cannot hold such a space')
    if env.transfers is not None and data["kind"] != "cake":
        bounds = ["unbounded" if x is None else _out(x, "a bound of transfers") for x in env.transfers]
        data["transfers"] = "unbounded" if env.transfers == (None, None) else bounds
    if env.prior is not None:
        data["prior"] = _prior_out(env)
    return data


def _values(env: Environment) -> dict[str, Any]:
    """Types that are values, or tuples of them."""
    return {
        player: [
            [_out(v, "a value") for v in t] if isinstance(t, tuple) else _label_out(t, f'a type of "{player}"')
            for t in each
        ]
        for player, each in env.types.items()
    }


def _as_allocation(env: Environment, space: Finite) -> dict[str, Any] | None:
    """The values of an environment that is the allocation of one item, else None."""
    if any(isinstance(t, (str, tuple, Profile, bool)) for each in env.types.values() for t in each):
        return None
    for disposal in (True, False):
        try:
            twin = allocation(dict(env.types), disposal=disposal)
        except BadInput:
            return None
        if twin.outcomes == space and all(
            np.array_equal(twin.utilities(player), env.utilities(player)) for player in env.players
        ):
            return {player: [_out(t, "a value") for t in each] for player, each in env.types.items()}
    return None


def _utility_out(env: Environment, space: Finite) -> dict[str, Any]:
    """The fields ``utility`` (and ``constants``) of an environment with a list of outcomes."""
    if isinstance(env.utility, Computed):
        texts = {player: env.utility.expressions[player].text for player in env.players}
        one = len(set(texts.values())) == 1
        constants = {name: _out(x) for name, x in env.utility.constants.items()}
        return {"utility": next(iter(texts.values())) if one else texts} | (
            {"constants": constants} if constants else {}
        )
    labels = [label for each in (space.items, *env.types.values()) for label in each]
    what = f'a utility of "{env.name}"'
    if not all(isinstance(label, (str, int, float, Fraction)) for label in labels) or len(space.items) > 12:
        return {
            "utility": {p: [[_out(u, what) for u in row] for row in env.utilities(p).tolist()] for p in env.players}
        }
    return {
        "utility": {
            p: {
                _label_text(t): {_label_text(x): _out(u, what) for x, u in zip(space.items, row, strict=True)}
                for t, row in zip(env.types[p], env.utilities(p).tolist(), strict=True)
            }
            for p in env.players
        }
    }


def _prior_out(env: Environment) -> Any:
    assert env.prior is not None
    if isinstance(next(iter(env.prior)), Profile):
        return [
            {
                "types": {player: _label_out(profile[player], "a type") for player in env.players},
                "probability": _out(p, "a probability"),
            }
            for profile, p in env.prior.items()
        ]
    return {player: [_out(env.prior[player][t], "a probability") for t in each] for player, each in env.types.items()}


def _write_toml(data: Mapping[str, Any]) -> str:
    """TOML: plain fields first, then a section for each table, two deep; what is deeper stands in braces."""
    lines: list[str] = []

    def section(name: str, table: Mapping[str, Any], depth: int) -> None:
        inner = {key: each for key, each in table.items() if isinstance(each, dict) and depth < 2 and each}
        if name and (len(inner) < len(table) or not table):
            lines.extend(["", f"[{name}]"])
        for key, each in table.items():
            if key not in inner:
                lines.append(f"{_key(key)} = {_write(each, 'toml')}")
        for key, each in inner.items():
            section(f"{name}.{_key(key)}" if name else _key(key), each, depth + 1)

    section("", data, 0)
    return "\n".join(lines) + "\n"


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _quoted(key)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _write(value: Any, format: Format, indent: int = 0) -> str:
    """A value; what does not fit on a line stands on several (in TOML, lists only)."""
    line, fits = _inline(value, format), 100 - indent
    if isinstance(value, dict) and value and format == "json" and (len(line) > fits or not indent):
        opened, closed = "{}"
        parts = [f"{_quoted(key)}: {_write(each, format, indent + 2)}" for key, each in value.items()]
    elif isinstance(value, list) and len(line) > fits:
        opened, closed = "[]"
        parts = [_write(each, format, indent + 2) for each in value]
    else:
        return line
    pad = "\n" + " " * (indent + 2)
    return f"{opened}{pad}{f',{pad}'.join(parts)}{pad[:-2]}{closed}"


def _inline(value: Any, format: Format) -> str:
    if isinstance(value, dict):
        if format == "json":
            return "{" + ", ".join(f"{_quoted(k)}: {_inline(each, format)}" for k, each in value.items()) + "}"
        inside = ", ".join(f"{_key(k)} = {_inline(each, format)}" for k, each in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(each, format) for each in value) + "]"
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


# -- the schema ------------------------------------------------------------------------------------------


def schema() -> dict[str, Any]:
    """The JSON Schema of spec files, made from the structs that read them; ``schema.json`` holds it.

    >>> sorted(schema()["discriminator"]["mapping"])
    ['allocation', 'cake', 'environment', 'normal form']
    """
    kinds = NormalFormSpec | EnvironmentSpec | AllocationSpec | CakeSpec
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Rulewright spec: a game or an environment, and what people want of it",
        **msgspec.json.schema(kinds),
    }


# -- words -----------------------------------------------------------------------------------------------


def _either(options: Iterable[str]) -> str:
    *most, last = options
    return f"{', '.join(most)} or {last}" if most else last


def _near(word: str, options: Iterable[str]) -> str:
    return nearest(_short(word), itertools.islice(options, 200))


def _short(text: str) -> str:
    text = _printable(text)
    return text if len(text) <= 80 else f"{text[:70]}…"


def _printable(text: str) -> str:
    """The text on one line, without what a terminal would not print."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[:200])


def _said(value: Any) -> str:
    if isinstance(value, _Decimal):
        return _short(value.text)
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, bool):
        return str(value).lower()
    return f'the text "{_short(value)}"' if isinstance(value, str) else _short(str(value))
