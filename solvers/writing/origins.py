"""Where a value comes from: the name to import it by, the function that made it, the text it was written in."""

from __future__ import annotations

import ast
import builtins
import dis
import inspect
import math
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from functools import partial
from importlib import import_module
from types import CodeType, FunctionType, ModuleType
from typing import Any

from ...games.errors import BadInput

ROOT = __package__.split(".")[0]
DOORS = (ROOT, f"{ROOT}.mechanisms", f"{ROOT}.games", f"{ROOT}.mechanisms.cases", f"{ROOT}.games.outcomes")


class Unwritable(BadInput):
    """A value has no source of its own: no name to import, and no text that stands alone."""


def imported_from(value: Any) -> tuple[str, str] | None:
    """The module and the name from which a value can be imported (None if there is none), public doors first.

    >>> import rulewright as rw
    >>> imported_from(rw.mechanisms.first_price), imported_from(lambda: 1)
    (('rulewright.mechanisms', 'first_price'), None)
    """
    if isinstance(value, str | int | float | Fraction | tuple | list | dict | Mapping) or value is None:
        return None
    for door in DOORS:
        module = import_module(door)
        for name in getattr(module, "__all__", ()):
            if getattr(module, name, None) is value:
                return door, name
    for source in (value, getattr(value, "function", None), *_parts(value)):
        where = getattr(source, "__module__", None)
        if not isinstance(where, str) or not importable(where):
            continue
        own = getattr(value, "__name__", "")
        names = [own] if isinstance(own, str) and own else []
        for name in [*names, *vars(sys.modules[where])]:
            if name.isidentifier() and getattr(sys.modules[where], name, None) is value:
                return where, name
    return None


def _parts(value: Any) -> list[Any]:
    """The functions that a dataclass is made of."""
    if isinstance(value, type) or not is_dataclass(value):
        return []
    return [part for each in fields(value) if isinstance(part := getattr(value, each.name), FunctionType)]


def importable(module: str) -> bool:
    """Whether another process can import a module by its name.

    >>> importable("fractions"), importable("__main__")
    (True, False)
    """
    found = sys.modules.get(module)
    return module != "__main__" and found is not None and getattr(found, "__spec__", None) is not None


def factory(value: Any) -> tuple[Callable[..., Any], list[Any]] | None:
    """A public function of ours and the arguments with which it makes an equal value (None if there is none).

    What such a function makes keeps its arguments in a partial function.

    >>> import rulewright as rw
    >>> made, given = factory(rw.mechanisms.posted_price(2))
    >>> made.__name__, given
    ('posted_price', [2])
    """
    held = [part for each in fields(value) if isinstance(part := getattr(value, each.name), partial)]
    for part in held:
        module = sys.modules.get(str(getattr(part.func, "__module__", "")))
        if module is None or module.__name__.split(".")[0] != ROOT:
            continue
        given = [*part.args, *part.keywords.values()]
        for name, function in vars(module).items():
            if name.startswith("_") or not isinstance(function, FunctionType):
                continue
            kinds = inspect.signature(function)
            if kinds.return_annotation != type(value).__name__ or function.__module__ != module.__name__:
                continue
            for count in range(min(len(given), len(kinds.parameters)) + 1):
                try:
                    made = function(*given[:count])
                except (TypeError, ValueError, AttributeError, LookupError):
                    continue
                if same(value, made):
                    return function, given[:count]
    return None


def same(one: Any, two: Any) -> bool:
    """Whether two values do the same because they are made of the same parts."""
    if one is two:
        return True
    if type(one) is not type(two):
        return False
    if isinstance(one, partial):
        return same(one.func, two.func) and same(one.args, two.args) and same(one.keywords, two.keywords)
    if isinstance(one, tuple):
        return len(one) == len(two) and all(map(same, one, two))
    if isinstance(one, Mapping):
        return list(one) == list(two) and all(same(one[key], two[key]) for key in one)
    if is_dataclass(one) and not isinstance(one, type):
        return all(same(getattr(one, each.name), getattr(two, each.name)) for each in fields(one) if each.compare)
    if isinstance(one, str | int | Fraction):
        return bool(one == two)
    return isinstance(one, float) and (one == two and math.copysign(1, one) == math.copysign(1, two))


# -- the text of functions ---------------------------------------------------------------------------------------------


def text_of_function(function: FunctionType) -> tuple[str, ast.FunctionDef]:
    """The text of a function without its decorators; raises Unwritable."""
    if hasattr(function, "__wrapped__"):
        raise Unwritable(f'the function "{function.__name__}" wraps another, and has the text of that one')
    try:
        given = inspect.getsource(function)
        text = textwrap.dedent(given)
        node = ast.parse(text).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        raise Unwritable(f'the text of the function "{function.__name__}" is not to be had') from None
    if not isinstance(node, ast.FunctionDef) or node.name != function.__name__:
        raise Unwritable(f'"{function.__name__}" is no function with a text of its own')
    doc = node.body[0].value if isinstance(node.body[0], ast.Expr) else None
    for each in ast.walk(node):
        long = isinstance(each, ast.Constant) and isinstance(each.value, str) and "\n" in each.value
        if long and each is not doc and not given.startswith(text[:1]):
            raise Unwritable(f'the function "{function.__name__}" holds a text of several lines')
    return "\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno]), node


def names_of(function: FunctionType, node: ast.FunctionDef) -> Iterator[tuple[str, Any]]:
    """What the names stand for that a function does not define itself; raises Unwritable."""
    code = function.__code__
    known: dict[str, Any] = {}
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            known[name] = cell.cell_contents
        except ValueError:
            raise Unwritable(f'"{name}" in the function "{function.__name__}" has no value') from None
    _check_defaults(function, node, known)
    given = [*node.args.defaults, *(each for each in node.args.kw_defaults if each is not None)]
    needed = {*code.co_freevars, *_global_names(code, function.__name__), *_names_in(given)}
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
    notes = [node.returns, *(each.annotation for each in every if each is not None)]
    inner = [each.annotation for each in ast.walk(node) if isinstance(each, ast.AnnAssign | ast.arg)]
    hints = _names_in([each for each in [*notes, *inner] if each is not None]) - needed
    for name in sorted(filter(str.isidentifier, needed | hints)):  # a test runner may add names that no text has
        if name in known:
            value = known[name]
        elif name in function.__globals__:
            value = function.__globals__[name]
        elif hasattr(builtins, name) or name in hints:
            continue
        else:
            raise Unwritable(f'"{name}" in the function "{function.__name__}" has no value')
        if name in hints and imported_from(value) is None and not isinstance(value, ModuleType):
            continue  # an annotation is not evaluated
        if value is not function:
            yield name, value


def _check_defaults(function: FunctionType, node: ast.FunctionDef, known: Mapping[str, Any]) -> None:
    """Raise Unwritable where a default argument is no longer what its text says."""
    texts = dict(enumerate(node.args.defaults)) | {
        each.arg: text
        for each, text in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if text is not None
    }
    values = dict(enumerate(function.__defaults__ or ())) | dict(function.__kwdefaults__ or {})
    for key in texts.keys() | values.keys():
        if key not in texts or key not in values or not _says(texts[key], values[key], function, known):
            raise Unwritable(f'a default argument of the function "{function.__name__}" is not what its text says now')


def _says(text: ast.expr, value: Any, function: FunctionType, known: Mapping[str, Any]) -> bool:
    """Whether the text of a default argument, read now, is its value."""
    if isinstance(text, ast.Name):
        return known.get(text.id, function.__globals__.get(text.id, getattr(builtins, text.id, known))) is value
    try:
        return same(ast.literal_eval(text), value)
    except (ValueError, TypeError):
        return False


def _names_in(nodes: list[ast.expr]) -> set[str]:
    return {each.id for node in nodes for each in ast.walk(node) if isinstance(each, ast.Name)}


def _global_names(code: CodeType, where: str) -> Iterator[str]:
    """The global names that a function and those inside it read; raises Unwritable if it sets one."""
    for each in dis.get_instructions(code):
        if each.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
            raise Unwritable(f'the function "{where}" sets the global "{each.argval}"')
        if each.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield str(each.argval)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _global_names(inner, where)
