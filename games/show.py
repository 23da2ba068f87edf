"""How an object shows itself in a notebook: asked here, answered by the views room."""

from __future__ import annotations

from functools import singledispatch
from html import escape
from importlib import import_module


@singledispatch
def html(thing: object) -> str:
    """Self-contained HTML of ``thing``; the views room registers one function per type."""
    return f"<pre>{escape(str(thing))}</pre>"


class Shown:
    """Mix-in for the public types: Jupyter draws them with :func:`html`, a plain prompt prints their ``str``."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        import_module("..views", __package__)  # registers how each type is drawn
        return html(self)

    def __repr__(self) -> str:
        return str(self)
