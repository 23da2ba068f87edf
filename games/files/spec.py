"""A spec as read: the game, and what its file says about goal, family and rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..environment import Environment
from ..extensive import ExtensiveForm
from ..normal_form import NormalForm

Game = NormalForm | Environment | ExtensiveForm
Format = Literal["toml", "json"]


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
