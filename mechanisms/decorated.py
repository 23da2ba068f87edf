"""Values that a decorator makes of a function: they pickle by name and carry the function's docstring."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any


def first_paragraph(function: Callable[..., Any]) -> str:
    """The first paragraph of a docstring on one line; the function's name if it has none."""
    name = getattr(function, "__name__", "")
    return (inspect.getdoc(function) or name.replace("_", " ")).split("\n\n")[0].replace("\n", " ")


class Decorated:
    """Mix-in for a frozen dataclass made of a function, which ``_function`` returns."""

    def _function(self) -> Callable[..., Any]:
        raise NotImplementedError

    def __post_init__(self) -> None:
        if inspect.isfunction(function := self._function()) and function.__doc__:
            object.__setattr__(self, "__doc__", function.__doc__)

    def __reduce_ex__(self, protocol: Any) -> Any:
        function = self._function()
        module, name = getattr(function, "__module__", ""), getattr(function, "__name__", "")
        if getattr(sys.modules.get(module), name, None) is self:
            return find, (module, name)
        return super().__reduce_ex__(protocol)


def find(module: str, name: str) -> Any:
    """The value called ``name`` in a module."""
    return getattr(import_module(module), name)
