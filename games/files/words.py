"""Words for messages about a file: the place in it, what stands there, and what may."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import nearest


@dataclass(frozen=True)
class At:
    """A place in a spec: ``[players] ann, entry 2``."""

    path: tuple[str | int, ...] = ()

    def __truediv__(self, key: str | int) -> At:
        return At((*self.path, key))

    @property
    def table(self) -> str:
        """The place as the header of a table: ``[players]``."""
        text = str(self)
        return text if "," in text else f"[{text.replace('[', '').replace('] ', '.')}]"

    def __str__(self) -> str:
        keys = list(itertools.takewhile(lambda key: isinstance(key, str), self.path))
        rest = self.path[len(keys) :]
        names = [key if re.fullmatch(r"[\w-]+", str(key)) else f'"{short(str(key))}"' for key in keys]
        head = f"[{'.'.join(map(str, names[:-1]))}] {names[-1]}" if len(names) > 1 else "".join(map(str, names))
        tail = [f"entry {key + 1}" if isinstance(key, int) else str(key) for key in rest]
        return ", ".join([head or "the spec", *tail])


def whose(player: str) -> str:
    """``of "ann"``, after a space."""
    return f' of "{short(player)}"'


def either(options: Iterable[str]) -> str:
    """The options as people say them: ``a, b or c``."""
    *most, last = options
    return f"{', '.join(most)} or {last}" if most else last


def near(word: str, options: Iterable[str]) -> str:
    """A hint for a mistyped name; of long lists the first 200 names are looked at."""
    return nearest(short(word), itertools.islice(options, 200))


def short(text: str, most: int = 80) -> str:
    """The text on one line, cut where it has more than ``most`` characters."""
    text = printable(text)
    return text if len(text) <= most else f"{text[: most - 10]}…"


def printable(text: str) -> str:
    """The text on one line, without what a terminal would not print."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[:200])


def said(value: Any) -> str:
    """What stands in a file, in words."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, bool):
        return str(value).lower()
    return f'the text "{short(value)}"' if isinstance(value, str) else short(str(value))
