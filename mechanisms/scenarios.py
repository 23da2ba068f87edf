"""Scenarios: a spec file with the goal, the family of rules and the rule that its names stand for."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ..games.environment import Environment
from ..games.errors import BadInput, nearest
from ..games.extensive import ExtensiveForm
from ..games.files import Spec, read
from ..games.normal_form import NormalForm
from ..games.show import Shown
from .edits import Edit
from .families import Dial
from .goals import Goal, Objective, Requirement
from .protocols import Protocol
from .rule import DirectMechanism, Mechanism

ALL_DIRECT = "direct"  # the family of all direct mechanisms, which a search takes if none is named


@dataclass(frozen=True, eq=False)
class Scenario(Shown):
    """A game or environment, and what its spec says people want, where to look for a rule, and the rule in force.

    ``goal``, ``family`` and ``rule`` are None where the spec does not name them; they are what
    :func:`~rulewright.solvers.search.search` and :func:`~rulewright.solvers.verify.verify` take.

    >>> found = scenario("prisoners_dilemma")
    >>> print(found)
    prisoner's dilemma
    Each player cooperates or defects. Defecting pays each more, yet both prefer that both cooperate.
    Goal: strictly_dominant("cooperate")
    Family: fines on "defect": Who plays "defect" pays an amount, a multiple of 1/100.
    """

    name: str
    game: NormalForm | Environment | ExtensiveForm
    goal: Goal | None = None
    family: Any = None
    rule: Any = None
    words: str = ""

    def __str__(self) -> str:
        lines = [self.name, self.words] if self.words else [self.name]
        for title, thing in (("Goal", self.goal), ("Family", self.family), ("Rule", self.rule)):
            if thing is not None:
                lines.append(f"{title}: {_told(thing)}")
        return "\n".join(lines)


def scenario(path: str | Path) -> Scenario:
    """The scenario in a spec file, or of a shipped name.

    Raises BadInput for whatever a spec can have wrong, and for a property, objective, family or rule that there is
    not, with the nearest name.

    >>> print(scenario("resource_allocation").goal)
    strategyproof and individually_rational, then as much welfare as possible
    >>> scenario("cake_cutting").family.__name__
    'who_cuts_who_chooses'
    """
    return resolve(read(path), str(path))


def resolve(spec: Spec, where: str = "the spec") -> Scenario:
    """The scenario of a spec that was read: its names replaced by what they stand for."""
    try:
        required = tuple(requirement(each["property"], _rest(each, "property")) for each in spec.require)
        maximize = None if spec.maximize is None else objective(spec.maximize)
        goal = Goal(required, maximize) if required or maximize is not None else None
        chosen = None if spec.family is None else family(spec.family["name"], _rest(spec.family, "name"))
        in_force = None if spec.rule is None else rule(spec.rule["name"], _rest(spec.rule, "name"))
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from None
    return Scenario(spec.name, spec.game, goal, chosen, in_force, spec.words)


def requirement(name: str, arguments: Mapping[str, Any] | None = None) -> Requirement:
    """The property of a name, with what it needs.

    >>> requirement("individually rational").name
    'individually_rational'
    >>> requirement("strictly_dominant", {"action": "cooperate"}).name
    'strictly_dominant("cooperate")'
    >>> requirement("strategyprof")
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: there is no property "strategyprof"; did you mean "strategyproof"?
    """
    found: Requirement = _made("property", name, arguments or {}, Requirement.__args__, "GameProperty")
    return found


def objective(name: str, arguments: Mapping[str, Any] | None = None) -> Objective:
    """The objective of a name.

    >>> objective("nash welfare").name
    'nash_welfare'
    """
    found: Objective = _made("objective", name, arguments or {}, (Objective,), "Objective")
    return found


def rule(name: str, arguments: Mapping[str, Any] | None = None) -> Any:
    """The rule of a name, with what it needs.

    >>> rule("second_price").name
    'second price'
    >>> rule("posted price", {"price": 2}).name
    'posted price 2'
    """
    kinds = (DirectMechanism, Mechanism, Edit, Protocol)
    return _made("rule", name, arguments or {}, kinds, *(kind.__name__ for kind in kinds))


def family(name: str, arguments: Mapping[str, Any] | None = None) -> Any:
    """The family of a name: a Dial, a function of the environment, or None for all direct mechanisms (``direct``).

    >>> print(family("fines", {"on": "defect", "unit": 1}))
    fines on "defect": Who plays "defect" pays an amount, a multiple of 1.
    >>> family("direct") is None
    True
    """
    if _plain(name) == ALL_DIRECT:
        if arguments:
            raise BadInput(f'the family "{ALL_DIRECT}" needs nothing; leave {", ".join(arguments)} out')
        return None
    return _made("family", name, arguments or {}, (Dial,), "Dial", "tuple[DirectMechanism, ...]")


# -- looking names up ------------------------------------------------------------------------------------------


def _made(kind: str, name: str, arguments: Mapping[str, Any], types: tuple[type, ...], *made: str) -> Any:
    """The thing of a name: itself, or what a function makes of the arguments."""
    known = _known(types, made)
    if kind == "family":
        known[ALL_DIRECT] = None
    key = _plain(name)
    if key not in known:
        raise BadInput(f'there is no {kind} "{name[:80]}"; {nearest(name[:80], known)}')
    thing = known[key]
    if isinstance(thing, types):
        if arguments:
            raise BadInput(f'the {kind} "{key}" needs nothing; leave {", ".join(arguments)} out')
        return thing
    _check(kind, key, thing, arguments)
    if _of_environment(thing):
        return partial(thing, **arguments) if arguments else thing
    try:
        return thing(**arguments)
    except TypeError as error:
        raise BadInput(f'the {kind} "{key}" cannot be made of {dict(arguments)}: {error}') from None


def _known(types: tuple[type, ...], made: tuple[str, ...]) -> dict[str, Any]:
    """Everything of a kind that the room exports, and every function that makes one, by name."""
    room = importlib.import_module(__package__)
    found = {}
    for name in room.__all__:
        thing = getattr(room, name)
        if isinstance(thing, types) or (inspect.isfunction(thing) and _makes(thing, made)):
            found[name] = thing
    return found


def _makes(function: Callable[..., Any], made: tuple[str, ...]) -> bool:
    """Whether a function makes one of a kind, from its annotations; decorators take functions and do not count."""
    inputs = [each.annotation for each in inspect.signature(function).parameters.values()]
    takes_function = any(str(each).startswith(("Callable", "Text", "Protocol")) or each == "Any" for each in inputs[:1])
    return inspect.signature(function).return_annotation in made and not takes_function


def _of_environment(function: Callable[..., Any]) -> bool:
    """Whether a function's first argument is the environment, which the search fills in."""
    return next(iter(inspect.signature(function).parameters), "") == "env"


def _check(kind: str, name: str, function: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
    """Raise BadInput for an argument that the function does not know, or one that it needs."""
    parameters = {
        key: each
        for key, each in inspect.signature(function).parameters.items()
        if key != "env" and not str(each.annotation).startswith("Callable")
    }
    for key in arguments:
        if key not in parameters:
            raise BadInput(f'the {kind} "{name}" knows no "{key}"; {nearest(key, parameters)}')
    for key, each in parameters.items():
        if each.default is inspect.Parameter.empty and key not in arguments:
            first = "property" if kind == "property" else "name"
            raise BadInput(f'the {kind} "{name}" needs "{key}"; write {{ {first} = "{name}", {key} = … }}')


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _rest(given: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {k: each for k, each in given.items() if k != key}


def _told(thing: Any) -> str:
    function = thing.func if isinstance(thing, partial) else thing
    if inspect.isfunction(function):
        return (inspect.getdoc(function) or function.__name__).split("\n\n")[0].replace("\n", " ")
    return str(thing)
