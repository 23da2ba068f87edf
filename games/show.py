"""How an object shows itself in a notebook: asked here, answered by the views room."""

from __future__ import annotations

from functools import singledispatch
from html import escape


@singledispatch
def html(thing: object) -> str:
    """Self-contained HTML of ``thing``; the views room registers one function per type."""
    return f"<pre>{escape(str(thing))}</pre>"


class Shown:
    """Mix-in for the public types: Jupyter draws them with :func:`html`."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return html(self)
