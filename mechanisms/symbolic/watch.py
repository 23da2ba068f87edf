"""The watch: while a function is read on symbols, no code of the user's may run that does not see stand-ins."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

from .truths import refuse

T = TypeVar("T")

ROOT = (__package__ or "").split(".")[0]
REBUILT = "__rebuilt__"  # a global name that only functions have that see stand-ins


def foreign(module: str | None) -> bool:
    """Whether a module is neither the project's nor one of Python or NumPy: the user's code.

    >>> foreign("fractions"), foreign("rulewright.games"), foreign("__main__")
    (False, False, True)
    """
    return _room(module) != ROOT and ours(module)


def ours(module: str | None) -> bool:
    """Whether functions of a module are rebuilt: the project's and the user's, not the standard library's."""
    room = _room(module)
    return (room not in sys.stdlib_module_names and room not in ("numpy", "scipy")) or room == "__main__"


def _room(module: str | None) -> str:
    return (module or "").split(".")[0]


def watched(function: Callable[[], T]) -> T:
    """Call a function; raises Untraceable where it reaches code of the user's that was not rebuilt.

    Such code (a method, a function kept in a table) would see that a symbol is no int and no Fraction, and take
    another way than it takes on numbers.
    """
    before, collects = sys.getprofile(), gc.isenabled()
    gc.disable()  # it would call finalizers, which are no part of the function
    sys.setprofile(_look)
    try:
        return function()
    finally:
        _restore(before)
        if collects:
            gc.enable()


def unwatched(function: Callable[[], T]) -> T:
    """Call a function that has nothing to do with symbols, such as an import."""
    before = sys.getprofile()
    sys.setprofile(None)
    try:
        return function()
    finally:
        sys.setprofile(before)


def _restore(before: Any) -> None:
    if before is None or callable(before):
        sys.setprofile(before)
    else:  # Python's own profiler is no function
        sys.setprofile(None)
        before.enable()


def _look(frame: FrameType, event: str, _: Any) -> None:
    name = frame.f_globals.get("__name__")
    if event == "call" and REBUILT not in frame.f_globals and foreign(name) and not _of_namedtuple(name):
        refuse(f"it calls {frame.f_code.co_name}, a method or a function in a container, whose code cannot be read")


def _of_namedtuple(module: Any) -> bool:
    """Whether the code is what Python writes for a namedtuple, which only stores its fields."""
    return str(module).startswith("namedtuple_")
