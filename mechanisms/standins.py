"""Stand-ins: what a rule's code sees in place of ``max``, ``exact`` or its environment when reports are symbols.

A function is rebuilt with the stand-ins among the globals it names; so are the functions it names, to any depth.
Nothing of the original changes, and on plain numbers a stand-in does what the original does.
"""

from __future__ import annotations

import builtins
import dis
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from fractions import Fraction
from functools import partial
from types import CellType, CodeType, FunctionType, MethodType, ModuleType, UnionType
from typing import Any

from ..games import numbers
from ..games.environment import Environment
from ..games.outcomes import Finite
from ..games.profile import Profile
from .symbols import Real, choose, divided, order
from .truths import Truth, refuse

MISSING: Any = object()


def _symbolic(values: Iterable[Any]) -> bool:
    return any(type(value) is Real for value in values)


def _numeric(values: Iterable[Any]) -> bool:
    """Whether all are numbers or symbols, and a symbol is among them."""
    values = list(values)
    return _symbolic(values) and all(isinstance(value, Real | int | float | Fraction | Truth) for value in values)


# -- builtins ---------------------------------------------------------------------------------------------------------


def _extreme(largest: bool, original: Callable[..., Any]) -> Callable[..., Any]:
    """``max`` or ``min``: of symbols one order statistic; by symbolic keys one fork, with a way for each winner."""

    def found(*args: Any, key: Any = None, default: Any = MISSING) -> Any:
        things = list(args[0]) if len(args) == 1 else list(args)
        if not things:
            return original(things) if default is MISSING else default
        keys = things if key is None else [key(thing) for thing in things]
        if not _numeric(keys):
            return things[original(range(len(things)), key=keys.__getitem__)]
        if key is None:
            return order(things, len(things) - 1 if largest else 0)
        return things[choose(keys if largest else [-each for each in keys])]

    return found


def _sorted(things: Iterable[Any], /, *, key: Any = None, reverse: bool = False) -> list[Any]:
    """``sorted``: of symbols the order statistics, without a fork; by symbolic keys one path for each order."""
    things = list(things)
    keys = things if key is None else [key(thing) for thing in things]
    if not _numeric(keys):
        places = sorted(range(len(things)), key=keys.__getitem__, reverse=reverse)
        return [things[k] for k in places]
    if key is None:
        found = [order(things, k) for k in range(len(things))]
        return found[::-1] if reverse else found
    keys = [-each for each in keys] if reverse else keys
    places = []
    for k, each in enumerate(keys):
        at = len(places)
        while at and each < keys[places[at - 1]]:
            at -= 1
        places.insert(at, k)
    return [things[k] for k in places]


def _isinstance(thing: Any, kind: Any) -> bool:
    """``isinstance``: a symbol is a number, but whether int, Fraction or float must not matter."""
    kind = _original_kinds(kind)
    if type(thing) is not Real:
        return isinstance(thing, kind)
    answers = {isinstance(number, kind) for number in (1, Fraction(1, 2), 0.5)}
    if len(answers) > 1:
        refuse("it asks whether a report is an int, a Fraction or a float")
    return answers.pop()


def _type(*args: Any) -> Any:
    """``type``: of a symbol nobody knows it."""
    if len(args) == 1 and type(args[0]) is Real:
        refuse("it asks for the Python type of a report")
    return type(*args)


def _original_kinds(kind: Any) -> Any:
    if kind is _Fraction or kind is _type:
        return Fraction if kind is _Fraction else type
    if isinstance(kind, tuple):
        return tuple(map(_original_kinds, kind))
    if isinstance(kind, UnionType):
        return tuple(map(_original_kinds, kind.__args__))
    return kind


# -- numbers ----------------------------------------------------------------------------------------------------------


class _Fraction(Fraction):
    """``Fraction``: of symbols their quotient; of numbers a plain Fraction."""

    def __new__(cls, numerator: Any = 0, denominator: Any = None) -> Any:
        if not _symbolic((numerator, denominator)):
            return Fraction(numerator, denominator)
        return numerator if denominator is None else divided(numerator, denominator)


def _or_symbol(original: Callable[..., Any]) -> Callable[..., Any]:
    """A gate for numbers that lets symbols through."""

    def gate(value: Any, *more: Any, **named: Any) -> Any:
        return value if type(value) is Real else original(value, *more, **named)

    return gate


checked_exact = _or_symbol(numbers.exact)

STAND_INS: dict[int, Any] = {
    id(builtins.max): _extreme(True, builtins.max),
    id(builtins.min): _extreme(False, builtins.min),
    id(builtins.sorted): _sorted,
    id(builtins.isinstance): _isinstance,
    id(builtins.type): _type,
    id(Fraction): _Fraction,
    id(numbers.exact): checked_exact,
    id(numbers.number): _or_symbol(numbers.number),
    id(numbers.plain): _or_symbol(numbers.plain),
}
NAMED = {"max", "min", "sorted", "isinstance", "type"}


# -- functions --------------------------------------------------------------------------------------------------------


def rebuilt(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with stand-ins in what its code sees; what is no Python function stays as it is.

    >>> from rulewright.mechanisms.symbols import symbol
    >>> def spread(*values):
    ...     return max(values) - min(values)
    >>> rebuilt(spread)(3, 5), rebuilt(spread)(symbol("x"), 5)
    (2, max(x, 5) - min(x, 5))
    """
    made: Callable[..., Any] = _Builder().of(function)
    return made


class _Builder:
    """Rebuilds each function once."""

    def __init__(self) -> None:
        self.done: dict[int, Any] = {}
        self.kept: list[Any] = []  # originals, so that no id is used twice

    def of(self, thing: Any) -> Any:
        """The stand-in for a thing, or the thing itself."""
        from .rule import DirectMechanism  # here, so that rules may be read where they are defined

        if id(thing) in STAND_INS:
            return STAND_INS[id(thing)]
        if id(thing) in self.done:
            return self.done[id(thing)]
        if isinstance(thing, FunctionType):
            return self._function(thing) if _ours(thing.__module__) else thing
        if isinstance(thing, partial):
            return partial(self.of(thing.func), *map(self.of, thing.args), **self._all(thing.keywords))
        if isinstance(thing, MethodType) and isinstance(thing.__func__, FunctionType):
            return MethodType(self.of(thing.__func__), thing.__self__)
        if isinstance(thing, DirectMechanism):
            return _Rule(thing, self)
        if isinstance(thing, ModuleType) and _ours(thing.__name__):
            return _Module(thing, self)
        return thing

    def _all(self, things: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.of(thing) for name, thing in things.items()}

    def _function(self, original: FunctionType) -> FunctionType:
        seen: dict[str, Any] = {"__builtins__": original.__builtins__, "__name__": original.__module__}
        cells = tuple(CellType() for _ in original.__closure__ or ())
        copy = FunctionType(original.__code__, seen, original.__name__, None, cells)
        self.done[id(original)] = copy
        self.kept.append(original)
        copy.__kwdefaults__ = None if original.__kwdefaults__ is None else self._all(original.__kwdefaults__)
        copy.__defaults__ = None if original.__defaults__ is None else tuple(map(self.of, original.__defaults__))
        for mine, theirs in zip(cells, original.__closure__ or (), strict=True):
            try:
                mine.cell_contents = self.of(theirs.cell_contents)
            except ValueError:  # a cell not yet filled
                continue
        for name in _names(original.__code__):
            if name in original.__globals__:
                seen[name] = self.of(original.__globals__[name])
            elif name in NAMED:
                seen[name] = STAND_INS[id(getattr(builtins, name))]
        return copy


def _names(code: CodeType) -> set[str]:
    """The global names that code and the code inside it uses; raises Untraceable for what would go unnoticed."""
    for step in dis.get_instructions(code):
        if step.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
            refuse(f"it changes the global name {step.argval}")
        if step.opname == "MATCH_CLASS":
            refuse("it matches values by their Python type")
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _names(constant)
    return found


def _ours(module: str | None) -> bool:
    """Whether functions of a module are rebuilt: the project's and the user's, not the standard library's."""
    room = (module or "").split(".")[0]
    return (room not in sys.stdlib_module_names and room not in ("numpy", "scipy")) or room == "__main__"


class _Module:
    """A module whose functions are rebuilt when they are named."""

    def __init__(self, module: ModuleType, builder: _Builder) -> None:
        self._module, self._builder = module, builder

    def __getattr__(self, name: str) -> Any:
        return self._builder.of(getattr(self._module, name))


class _Rule:
    """A rule that another rule asks: its result without the gates for plain numbers."""

    def __init__(self, rule: Any, builder: _Builder) -> None:
        self._rule, self._builder, self._function = rule, builder, builder.of(rule.function)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._rule, name)
        if isinstance(found, MethodType) and isinstance(found.__func__, FunctionType):
            return MethodType(self._builder.of(found.__func__), self)
        return self._builder.of(found)

    @property
    def function(self) -> Any:
        """The rebuilt function."""
        return self._function

    def result(self, env: Environment, reports: Mapping[str, Any]) -> tuple[Any, Profile[Any]]:
        """As that of the rule."""
        found, paid = self._function(env, reports if isinstance(reports, Profile) else Profile(reports)), Profile[Any]()
        if isinstance(found, tuple) and len(found) == 2 and isinstance(found[1], Mapping):
            found, paid = found
        return found, Profile({player: paid.get(player, 0) for player in env.players})

    def __call__(self, env: Environment, reports: Mapping[str, Any]) -> Any:
        outcome, payments = self.result(env, reports)
        return outcome if env.transfers is None else (outcome, payments)


# -- environments -----------------------------------------------------------------------------------------------------


def opened(env: Environment, types: Mapping[str, Iterable[Any]] = {}) -> Environment:
    """The environment on a continuum, with ``types`` besides the declared ones: outcomes count that differ from
    listed ones only in their numbers, and where there is money any amount may be paid.

    >>> import rulewright as rw
    >>> env = rw.games.rationing({"ann": (1,), "bob": (1,)}, amount=2, step=1)
    >>> half = rw.Profile({"ann": Fraction(1, 2), "bob": Fraction(3, 2)})
    >>> opened(env).space.point(half), opened(env).worth_of("ann", half, (1, 1, 1))
    ({}, Fraction(-1, 2))
    """
    view = _copy(env, _Open, _OpenFinite if type(env.space) is Finite else type(env.space))
    more = {player: dict.fromkeys((*each, *types.get(player, ()))) for player, each in env.types.items()}
    view.__dict__["types"] = Profile({player: tuple(each) for player, each in more.items()})
    return view


def on_symbols(env: Environment) -> Environment:
    """The environment as a rule sees it: as ``opened``, and its utilities take symbols."""
    space = type(env.space)
    view = _copy(env, _Symbolic, _OpenFinite if space is Finite else type(space.__name__, (_Lenient, space), {}))
    view.__dict__["utility"] = rebuilt(env.utility)
    return view


def on_continuum(env: Environment) -> bool:
    """Whether the listed outcomes have numbers in them, so that they stand for others too."""
    return _has_numbers(_kind(getattr(env.space, "items", ("",))[0]))


def _copy(env: Environment, kind: type[Environment], space: type[Any]) -> Environment:
    view, outcomes = object.__new__(kind), object.__new__(space)
    view.__dict__.update({field.name: getattr(env, field.name) for field in fields(Environment)})
    outcomes.__dict__.update(env.space.__dict__)
    view.__dict__.update(outcomes=outcomes, transfers=None if env.transfers is None else (None, None))
    return view


class _Open(Environment):
    """See :func:`opened`."""


class _Symbolic(_Open):
    """See :func:`on_symbols`."""

    def worth_of(self, player: str, outcome: Any, type: Any, share_of: str | None = None) -> Any:
        if share_of is not None and share_of != player:
            outcome = self.space.exchange(outcome, player, share_of)
        return checked_exact(self.utility(player, outcome, type), f'the utility of "{player}"')


class _Lenient:
    """Mix-in for an outcome space: a listed outcome stands for those that differ from it only in their numbers."""

    def point(self, outcome: Any) -> Any:
        kind = _kind(outcome)
        items: Sequence[Any] = getattr(self, "items", ())
        if _has_numbers(kind) and (not items or kind == _kind(items[0])):
            return {}
        return super().point(outcome)  # type: ignore[misc]


class _OpenFinite(_Lenient, Finite):
    """A list of outcomes, each standing for those that differ from it only in their numbers."""


NUMBER = "a number"


def _kind(outcome: Any) -> Any:
    """An outcome with its numbers rubbed out."""
    if isinstance(outcome, Real | Fraction | float) or (isinstance(outcome, int) and not isinstance(outcome, bool)):
        return (NUMBER,)
    if isinstance(outcome, Mapping):
        return {name: _kind(each) for name, each in outcome.items()}
    return [_kind(each) for each in outcome] if isinstance(outcome, tuple | list) else outcome


def _has_numbers(kind: Any) -> bool:
    if isinstance(kind, dict):
        return any(map(_has_numbers, kind.values()))
    return any(map(_has_numbers, kind)) if isinstance(kind, list) else kind == (NUMBER,)
