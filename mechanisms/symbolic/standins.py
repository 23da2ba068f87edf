"""Stand-ins: what a rule's code sees in place of ``max``, ``exact`` or its environment when reports are symbols.

A function is rebuilt with the stand-ins among the globals it names; so are the functions it names, to any depth.
Nothing of the original changes, and on plain numbers a stand-in does what the original does.
"""

from __future__ import annotations

import builtins
import dis
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from fractions import Fraction
from functools import partial
from itertools import pairwise
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NoReturn

from ...games.environment import Environment
from ...games.outcomes import Finite
from ...games.profile import Profile
from .replacements import STAND_INS, checked_exact
from .symbols import Real
from .truths import refuse
from .watch import REBUILT, foreign, ours, unwatched

ROOMS = ("builtins", "fractions")  # modules of Python's own in which there are originals of stand-ins


# -- functions --------------------------------------------------------------------------------------------------------


def rebuilt(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with stand-ins in what its code sees; what is no Python function stays as it is.

    >>> from rulewright.mechanisms.symbolic.symbols import symbol
    >>> def spread(*values):
    ...     return max(values) - min(values)
    >>> rebuilt(spread)(3, 5), rebuilt(spread)(symbol("x"), 5)
    (2, max(x, 5) - min(x, 5))
    """
    called = vars(type(function)).get("__call__")
    if isinstance(called, FunctionType) and ours(called.__module__) and not _is_rule(function):
        function = MethodType(called, function)
    made: Callable[..., Any] = _Builder().of(function)
    return made


def _is_rule(thing: Any) -> bool:
    from ..rule import DirectMechanism  # here, so that rules may be read where they are defined

    return isinstance(thing, DirectMechanism)


class _Builder:
    """Rebuilds each function once."""

    def __init__(self) -> None:
        self.done: dict[int, Any] = {}
        self.cells: dict[int, CellType] = {}  # what functions share they still share
        self.kept: list[Any] = []  # originals, so that no id is used twice
        here = {name: STAND_INS.get(id(each), each) for name, each in vars(builtins).items()}
        self.builtins = {**here, "__import__": self._import}

    def of(self, thing: Any) -> Any:
        """The stand-in for a thing, or the thing itself."""
        if id(thing) in STAND_INS:
            return STAND_INS[id(thing)]
        if id(thing) in self.done:
            return self.done[id(thing)]
        if isinstance(thing, FunctionType):
            return self._function(thing) if ours(thing.__module__) else thing
        if isinstance(thing, partial):
            return partial(self.of(thing.func), *map(self.of, thing.args), **self._all(thing.keywords))
        if isinstance(thing, MethodType) and isinstance(thing.__func__, FunctionType):
            return MethodType(self.of(thing.__func__), thing.__self__)
        if _is_rule(thing):
            return _Rule(thing, self)
        if isinstance(thing, ModuleType) and (ours(thing.__name__) or thing.__name__ in ROOMS):
            return _Module(thing, self)
        return thing

    def _all(self, things: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.of(thing) for name, thing in things.items()}

    def _import(self, *args: Any, **named: Any) -> Any:
        return self.of(unwatched(lambda: builtins.__import__(*args, **named)))

    def _function(self, original: FunctionType) -> Callable[..., Any]:
        seen: dict[str, Any] = {"__builtins__": self.builtins, "__name__": original.__module__, REBUILT: True}
        seen.update((name, original.__globals__[name]) for name in PLACE if name in original.__globals__)
        cells = tuple(self.cells.setdefault(id(cell), CellType()) for cell in original.__closure__ or ())
        copy = FunctionType(original.__code__, seen, original.__name__, None, cells)
        self.done[id(original)] = copy
        self.kept.append(original)
        names = _names(original.__code__)
        named = {name: original.__globals__[name] for name in names if name in original.__globals__}
        if foreign(original.__module__):
            reason = _unreadable(original.__code__) or _hidden([*named.values(), *_contents(original)])
            if reason:
                self.done[id(original)] = refusing = _refusing(reason)
                refusing.__dict__.update(original.__dict__)
                return refusing
        copy.__dict__.update(self._all(original.__dict__))
        copy.__kwdefaults__ = None if original.__kwdefaults__ is None else self._all(original.__kwdefaults__)
        copy.__defaults__ = None if original.__defaults__ is None else tuple(map(self.of, original.__defaults__))
        for mine, theirs in zip(cells, original.__closure__ or (), strict=True):
            try:
                mine.cell_contents = self.of(theirs.cell_contents)
            except ValueError:  # a cell not yet filled
                continue
        seen.update(self._all(named))
        return copy


PLACE = ("__package__", "__spec__")  # where imports inside a function start from


def _names(code: CodeType) -> set[str]:
    """The global names that code and the code inside it uses."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _names(constant)
    return found


def _unreadable(code: CodeType) -> str:
    """What the code does, or code inside it, that would go unnoticed on symbols ("" if nothing)."""
    if "__class__" in code.co_names:
        return "it asks for a __class__"
    for before, step in pairwise(dis.get_instructions(code)):
        if step.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
            return f"it changes the global name {step.argval}"
        if step.opname == "MATCH_CLASS":
            return "it matches values by their Python type"
        if step.opname == "IS_OP" and not (before.opname.startswith("LOAD_CONST") and before.argval is None):
            return "it asks whether something `is` the same object; compare with =="
    inner = (_unreadable(each) for each in code.co_consts if isinstance(each, CodeType))
    return next(filter(None, inner), "")


def _contents(function: FunctionType) -> list[Any]:
    """What a function's default arguments and its cells hold."""
    found = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # a cell not yet filled
            continue
    return found


def _hidden(things: Iterable[Any]) -> str:
    """Whether functions are kept in containers, where they stay the originals ("" if not)."""
    held = [each for thing in things if type(thing) in CONTAINERS for each in _flat(thing)]
    if any((isinstance(each, FunctionType) and ours(each.__module__)) or _is_rule(each) for each in held):
        return "it keeps functions or rules in a container; name each of them"
    return ""


CONTAINERS = (dict, list, tuple, set, frozenset)


def _flat(thing: Any) -> Iterable[Any]:
    """What a container holds, and the containers in it, two levels deep."""
    for each in [*thing, *(thing.values() if type(thing) is dict else ())]:
        yield each
        if type(each) in CONTAINERS:
            yield from each
            yield from each.values() if type(each) is dict else ()


def _refusing(reason: str) -> Callable[..., NoReturn]:
    """In place of a function that cannot be read: only to call it gives the trace up."""

    def refusing(*_: Any, **__: Any) -> NoReturn:
        refuse(reason)

    return refusing


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
