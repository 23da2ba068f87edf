"""Python source of values: literals as they are, what can be imported by its name, functions as they were written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from fractions import Fraction
from functools import partial
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from ...games.cake import Division
from ...games.errors import BadInput
from ...games.lottery import Lottery
from ...games.numbers import number
from ...games.profile import Profile
from ...mechanisms.property import ForAll, OwnCheck, plain_story
from ...mechanisms.protocols import Protocol
from ...mechanisms.rule import DirectMechanism
from .origins import ROOT, Unwritable, factory, importable, imported_from, names_of, text_of_function

WIDTH = 120
DESCRIBING = {"words": "", "story": plain_story, "traits": {}}  # fields that tell people about a value, left out


# -- expressions and their layout --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """An expression in brackets: ``start``, parts with what stands before each (a key, a name), ``end``."""

    start: str
    parts: tuple[tuple[str, Node], ...]
    end: str


Node = str | Group


def flat(node: Node) -> str:
    """An expression on one line.

    >>> flat(Group("(", (("", "1"),), ")"))
    '(1,)'
    """
    if isinstance(node, str):
        return node
    comma = "," if node.start == "(" and len(node.parts) == 1 else ""
    return node.start + ", ".join(before + flat(part) for before, part in node.parts) + comma + node.end


def laid_out(node: Node, before: str = "", indent: int = 0, after: str = "") -> str:
    """An expression after ``before`` and followed by ``after``: on one line if it fits, else one part a line."""
    one = before + flat(node) + after
    if isinstance(node, str) or not node.parts or indent + len(one) <= WIDTH:
        return one
    lines = [" " * (indent + 4) + laid_out(part, lead, indent + 4, ",") for lead, part in node.parts]
    return "\n".join([before + node.start, *lines, " " * indent + node.end + after])


def text_of(text: str) -> str:
    """A text in double quotes where that needs no escapes.

    >>> print(text_of("it's"), text_of('say "a"'))
    "it's" 'say "a"'
    """
    found = repr("'" + text)
    return '"' + found[2:] if found[0] == '"' else repr(text)


# -- a module in the making --------------------------------------------------------------------------------------------


class Source:
    """A Python file in the making: what it imports and defines, and expressions in these names.

    >>> source = Source()
    >>> print(flat(source.expression({"ann": Fraction(1, 3)})), source.head())
    {"ann": Fraction(1, 3)} from fractions import Fraction
    """

    def __init__(self, reserved: frozenset[str] = frozenset()) -> None:
        self.reserved = reserved  # names that mean something else where the expressions will stand
        self.names: dict[str, Any] = {}  # name -> what it stands for
        self.imports: dict[str, tuple[str, str]] = {}  # name -> (module, name there, "" for the module itself)
        self.blocks: list[str] = []
        self.embedded: list[str] = []  # the names of functions whose text was taken over

    def expression(self, value: Any) -> Node:
        """An expression for a value; raises Unwritable and then leaves the file as it was."""
        kept = dict(self.names), dict(self.imports), list(self.blocks), list(self.embedded)
        try:
            return self._written(value)
        except Unwritable:
            self.names, self.imports, self.blocks, self.embedded = kept
            raise

    def name(self, module: str, name: str) -> str:
        """The name under which something imported is known here."""
        return self._import(getattr(import_module(module), name), module, name)

    def define(self, name: str, block: Callable[[str], str]) -> str:
        """Add a definition; the name that it got is ``name`` or, where that is taken, a longer one."""
        free = self._free(name)
        self.names[free] = object()
        self.blocks.append(block(free))
        return free

    def constant(self, name: str, node: Node) -> str:
        """Add ``name = expression``."""
        return self.define(name, lambda free: laid_out(node, f"{free} = "))

    def head(self) -> str:
        """The imports, in order."""
        lines: dict[tuple[int, int, str, str], list[str]] = {}
        for local, (module, name) in self.imports.items():
            top = module.split(".")[0]
            section = 0 if top in sys.stdlib_module_names else 2 if top == ROOT else 1
            if not name:
                lines[section, 0, module, local] = [f"import {module}" + ("" if local == module else f" as {local}")]
            elif local != name:
                lines[section, 1, module, f"~{local}"] = [f"{name} as {local}"]
            else:
                lines.setdefault((section, 1, module, ""), []).append(name)
        sections: dict[int, list[str]] = {}
        for (section, kind, module, _), names in sorted(lines.items()):
            if kind == 0:
                sections.setdefault(section, []).extend(names)
                continue
            parts = tuple(("", each) for each in sorted(names, key=_by_type))
            one = f"from {module} import {', '.join(each for _, each in parts)}"
            whole = one if len(one) <= WIDTH else laid_out(Group("(", parts, ")"), f"from {module} import ")
            sections.setdefault(section, []).append(whole)
        future = [["from __future__ import annotations"]] if self.embedded else []
        return "\n\n".join("\n".join(each) for each in [*future, *(sections[k] for k in sorted(sections))])

    # -- values -------------------------------------------------------------------------------------------------------

    def _written(self, value: Any) -> Node:
        if value is None or isinstance(value, bool):
            return repr(value)
        if isinstance(value, str) and type(value) is str:
            return text_of(value)
        if isinstance(value, int | float | Fraction | np.generic):
            return self._number(value)
        if isinstance(value, Profile | Lottery | Division):
            name = self.name(f"{ROOT}.games" if isinstance(value, Division) else ROOT, type(value).__name__)
            return Group(f"{name}(", (("", self._mapping(value)),), ")")
        if type(value) is dict:
            return self._mapping(value)
        if type(value) in (tuple, list):
            start, end = ("(", ")") if type(value) is tuple else ("[", "]")
            return Group(start, tuple(("", self._written(each)) for each in value), end)
        if type(value) in (frozenset, set):
            parts = tuple(("", self._written(each)) for each in sorted(value, key=repr))
            return Group(f"{type(value).__name__}([", parts, "])")
        found = imported_from(value)
        if found is not None:
            return self._import(value, *found)
        return self._made(value)

    def _number(self, value: Any) -> Node:
        try:
            plain = number(value)
        except BadInput:
            raise Unwritable(f"{value!r} is no number that can be written out") from None
        if isinstance(plain, Fraction):
            return f"{self.name('fractions', 'Fraction')}({plain.numerator}, {plain.denominator})"
        return repr(plain)

    def _mapping(self, value: Mapping[Any, Any]) -> Group:
        return Group("{", tuple((f"{flat(self._written(k))}: ", self._written(v)) for k, v in value.items()), "}")

    def _made(self, value: Any) -> Node:
        """What is neither a literal nor has a name: partial functions, functions, and frozen dataclasses."""
        if isinstance(value, partial):
            parts = [("", self._written(each)) for each in (value.func, *value.args)]
            parts += [(f"{key}=", self._written(each)) for key, each in value.keywords.items()]
            return Group(f"{self.name('functools', 'partial')}(", tuple(parts), ")")
        if isinstance(value, FunctionType):
            return self._embed(value)
        if is_dataclass(value) and not isinstance(value, type):
            made = factory(value)
            if made is not None:
                function, given = made
                place = imported_from(function)
                assert place is not None
                return Group(f"{self._import(function, *place)}(", tuple(("", self._written(x)) for x in given), ")")
            return self._decorated(value) or self._call(value)
        raise Unwritable(f"a {type(value).__name__} has no name that can be imported")

    def _decorated(self, value: Any) -> str | None:
        """A rule or a property whose function cannot be imported, made of its text by the decorator again."""
        if type(value) is DirectMechanism:
            name, door, decorator = value.name, ROOT, "mechanism"
            given: tuple[tuple[str, Any], ...] = () if name == _spoken(value.function) else (("", name),)
        elif type(value) is ForAll:
            name, door, decorator = value.name, ROOT, "for_all"
            given = (("", value.cases), ("", value.short), *((("equal=", True),) if value.equal else ()))
        elif type(value) is OwnCheck:
            name, door, decorator = value.name, f"{ROOT}.mechanisms.property", "examined"
            given = (("", value.cases), ("", value.short))
        elif type(value) is Protocol and value.players is None:
            name, door, decorator, given = value.name, f"{ROOT}.mechanisms", "protocol", ()
        else:
            return None
        function = value._function() if not isinstance(value, Protocol) else value.function
        if not isinstance(function, FunctionType) or imported_from(function) is not None:
            return None
        if isinstance(value, ForAll | OwnCheck) and name != function.__name__:
            return None
        called = self.name(door, decorator)
        node = Group(f"{called}(", tuple((before, self._written(each)) for before, each in given), ")")
        return self._embed(function, value, laid_out(node, "@") if given else f"@{called}")

    def _call(self, value: Any) -> Group:
        """A dataclass by its fields; those that only tell people about it are left out."""
        place = imported_from(type(value))
        if place is None:
            raise Unwritable(f"the class {type(value).__name__} cannot be imported")
        start = f"{self._import(type(value), *place)}("
        parts = []
        for each in fields(value):
            given = getattr(value, each.name)
            if each.init and not _is_default(each, given):
                if each.name in DESCRIBING:
                    if each.default is not MISSING or each.default_factory is not MISSING:
                        continue
                    given = DESCRIBING[each.name]
                parts.append((f"{each.name}=", self._written(given)))
        return Group(start, tuple(parts), ")")

    # -- names --------------------------------------------------------------------------------------------------------

    def _import(self, value: Any, module: str, name: str) -> str:
        for local, (where, there) in self.imports.items():
            if local in self.reserved:
                continue
            if there and (where, there) == (module, name):
                return local
            if there and self.names[local] is value and not isinstance(value, FunctionType | type):
                return local
        local = self._free(name)
        self.names[local], self.imports[local] = value, (module, name)
        return local

    def _free(self, name: str) -> str:
        while name in self.names or name in self.reserved:
            name += "_"
        return name

    def _bind(self, name: str, value: Any) -> None:
        """Let ``name`` stand for ``value``, because a text that was taken over uses it."""
        if name in self.names:
            if self.names[name] is value or (_is_literal(value) and self.names[name] == value):
                return
            raise Unwritable(f'"{name}" means two things in the texts that are needed')
        if isinstance(value, ModuleType):
            if not importable(value.__name__):
                raise Unwritable(f'the module "{value.__name__}" cannot be imported')
            self.names[name], self.imports[name] = value, (value.__name__, "")
            return
        found = imported_from(value)
        if found is not None:
            self.names[name], self.imports[name] = value, found
            return
        if isinstance(value, FunctionType) and value.__name__ == name:
            self._embed(value)
            return
        node = self._written(value)
        if node != name:
            self.names[name] = value
            self.blocks.append(laid_out(node, f"{name} = "))

    def _embed(self, function: FunctionType, value: Any = None, decorator: str = "") -> str:
        """Take the text of a function over, with all that it names; raises Unwritable."""
        name, known = function.__name__, function if value is None else value
        if self.names.get(name) is known:
            return self._outside(name, known)
        if name in self.names or not name.isidentifier():
            raise Unwritable(f'the function "{name}" has a name that is taken')
        text, node = text_of_function(function)
        self.names[name] = known
        for used, each in names_of(function, node):
            self._bind(used, each)
        lines = ["# Its module cannot be imported, so this is its text.", decorator, text]
        self.blocks.append("\n".join(filter(None, lines)))
        self.embedded.append(name)
        return self._outside(name, known)

    def _outside(self, name: str, value: Any) -> str:
        """A name for what is defined as ``name`` that can be used where the expressions will stand."""
        if name not in self.reserved:
            return name
        known = [each for each, thing in self.names.items() if thing is value and each not in self.reserved]
        if known:
            return known[0]
        found = self.constant(f"{name}_", name)
        self.names[found] = value
        return found


def _spoken(function: Any) -> str:
    return str(getattr(function, "__name__", "")).replace("_", " ")


def _is_default(each: Field[Any], given: Any) -> bool:
    if each.default is not MISSING:
        return given is each.default or (_is_literal(given) and bool(given == each.default))
    return each.default_factory is not MISSING and bool(given == each.default_factory())


def _is_literal(value: Any) -> bool:
    return isinstance(value, str | int | float | Fraction | tuple)


def _by_type(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest, as import sorters have it."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2), name
