"""From the text of a spec to the spec: its game, built, and its sections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import UnsetType

from ..errors import BadInput
from .environments import allocation_of, cake_of, environment_of
from .labels import read_label
from .normal_forms import normal_form_of
from .shapes import AllocationSpec, AnySpec, CakeSpec, EnvironmentSpec, GoalSection, NormalFormSpec, fitted, kinds
from .spec import Format, Game, Spec
from .text import tables
from .words import At

_BUILDERS: dict[type[AnySpec], Callable[[Any], Game]] = {
    NormalFormSpec: normal_form_of,
    EnvironmentSpec: environment_of,
    AllocationSpec: allocation_of,
    CakeSpec: cake_of,
}


def built(text: str, format: Format) -> Spec:
    """The spec that a text means; raises BadInput, which names the place in the text, and GameTooLarge."""
    if not text.strip():
        raise BadInput(f"the spec is empty; begin with {kinds()}")
    data = tables(text, format)
    said = fitted(data)
    goal = GoalSection() if isinstance(said.goal, UnsetType) else said.goal
    at = At() / "goal" / "require"
    return Spec(
        kind=data["kind"],
        name=said.name,
        words=said.words,
        game=_BUILDERS[type(said)](said),
        require=tuple(_section(each, "property", at / k) for k, each in enumerate(goal.require)),
        maximize=goal.maximize or None,
        family=_section(said.family, "name", At() / "family") if said.family else None,
        rule=_section(said.rule, "name", At() / "rule") if said.rule else None,
    )


def _section(given: str | dict[str, Any], key: str, at: At) -> dict[str, Any]:
    """``"fines"`` or ``{name = "fines", on = "defect"}`` as the latter, its values read as labels."""
    if isinstance(given, str):
        return {key: given}
    if not isinstance(given.get(key), str):
        raise BadInput(f'{at.table} has no "{key}"; write {key} = "…" into it')
    return {k: each if isinstance(each, bool) or k == key else read_label(each, at / k) for k, each in given.items()}
