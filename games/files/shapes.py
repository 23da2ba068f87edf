"""What a spec may say: the fields of each kind as structs, and the strict fitting of tables to them."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec import inspect as shape

from ..errors import BadInput
from .words import At, either, near, said, short

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


class AnySpec(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, tag_field="kind"):
    """What every spec may say."""

    name: Annotated[str, Meta(description="what people call it")]
    words: Annotated[str, Meta(description="the story, in a few sentences")] = ""
    goal: GoalSection | UnsetType = UNSET
    family: Annotated[
        str | dict[str, Any], Meta(description='where to look for a rule: a name, or {name = "…", …}')
    ] = ""
    rule: Annotated[str | dict[str, Any], Meta(description='the rule in force: a name, or {name = "…", …}')] = ""


class NormalFormSpec(AnySpec, frozen=True, kw_only=True, tag="normal form"):
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


class EnvironmentSpec(AnySpec, frozen=True, kw_only=True, tag="environment"):
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


class AllocationSpec(AnySpec, frozen=True, kw_only=True, tag="allocation"):
    """Goods for players who value them privately."""

    values: Annotated[
        dict[str, list[Any]],
        Meta(description="the types of each player: the value of the good, or a list with one value a good"),
    ]
    goods: Annotated[list[str], Meta(description="the goods; one item if left out")] = []
    prior: APrior | UnsetType = UNSET
    transfers: ATransfer = "none"
    disposal: Annotated[bool, Meta(description="whether goods may go to nobody")] = True


class CakeSpec(AnySpec, frozen=True, kw_only=True, tag="cake"):
    """A cake to be divided among players who value its cells differently."""

    values: Annotated[
        dict[str, list[list[ANumber]]], Meta(description="the types of each player: a list with the worth of each cell")
    ]
    breakpoints: Annotated[list[ANumber], Meta(description="where cells end; if left out they are equal")] = []
    prior: APrior | UnsetType = UNSET
    disposal: Annotated[bool, Meta(description="whether cake may go to nobody")] = True


KINDS: dict[str, type[AnySpec]] = {
    "normal form": NormalFormSpec,
    "environment": EnvironmentSpec,
    "allocation": AllocationSpec,
    "cake": CakeSpec,
}


def kinds() -> str:
    """How a spec may begin, for messages."""
    return either([f'kind = "{kind}"' for kind in KINDS])


def fitted(data: dict[str, Any]) -> AnySpec:
    """The data as the struct of its kind, each field of the right shape."""
    if "kind" not in data:
        raise BadInput(f'the field "kind" is missing; give {kinds()}')
    kind = data["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        raise BadInput(f"kind is {said(kind)}; {near(kind if isinstance(kind, str) else '', KINDS)}")
    _fit(shape.type_info(KINDS[kind]), data, At())
    return msgspec.convert(data, KINDS[kind])


def _fit(expected: shape.Type, given: Any, at: At) -> None:
    """Raise BadInput, naming the place, where ``given`` has not the shape of a type."""
    if isinstance(expected, shape.Metadata):
        return _fit(expected.type, given, at)
    if isinstance(expected, shape.UnionType):
        options = expected.types
        for each in options:
            if isinstance(given, _python(each)):
                return _fit(each, given, at)
        raise BadInput(f"{at} is {said(given)}; it must be {either([_called(each) for each in options])}")
    if not isinstance(given, _python(expected)):
        raise BadInput(f"{at} is {said(given)}; it must be {_called(expected)}")
    table: Any = given
    if isinstance(expected, shape.StructType):
        _fields(expected, table, at)
    elif isinstance(expected, shape.DictType):
        for key, each in table.items():
            _fit(expected.value_type, each, at / key)
    elif isinstance(expected, shape.ListType) and not isinstance(expected.item_type, shape.AnyType):
        for k, each in enumerate(table):
            _fit(expected.item_type, each, at / k)


def _fields(expected: shape.StructType, value: dict[str, Any], at: At) -> None:
    known = {field.name: field for field in expected.fields}
    inside = f" in {at.table}" if at.path else ""
    for key, each in value.items():
        if key == expected.tag_field and not at.path:
            continue
        if key not in known:
            raise BadInput(f'there is no field "{short(key)}"{inside}; {near(key, known)}')
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
        return either([_called(each) for each in expected.types])
    found = _python(expected)
    names = {dict: "a table", list: "a list", bool: "true or false", str: "a text in quotes"}
    return names.get(found, "a value") if isinstance(found, type) else "a value"
