"""From tables to the text of a TOML or JSON file, laid out for a reader."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .spec import Format


def laid_out(data: dict[str, Any], format: Format) -> str:
    """The text of a file that holds the tables."""
    return _sections(data) if format == "toml" else _value(data, "json") + "\n"


def _sections(data: Mapping[str, Any]) -> str:
    """TOML: plain fields first, then a section for each table, two deep; what is deeper stands in braces."""
    lines: list[str] = []

    def section(name: str, table: Mapping[str, Any], depth: int) -> None:
        inner = {key: each for key, each in table.items() if isinstance(each, dict) and depth < 2 and each}
        if name and (len(inner) < len(table) or not table):
            lines.extend(["", f"[{name}]"])
        for key, each in table.items():
            if key not in inner:
                lines.append(f"{_key(key)} = {_value(each, 'toml')}")
        for key, each in inner.items():
            section(f"{name}.{_key(key)}" if name else _key(key), each, depth + 1)

    section("", data, 0)
    return "\n".join(lines) + "\n"


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _quoted(key)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any, format: Format, indent: int = 0) -> str:
    """A value; what does not fit on a line stands on several (in TOML, lists only)."""
    line, fits = _inline(value, format), 100 - indent
    if isinstance(value, dict) and value and format == "json" and (len(line) > fits or not indent):
        opened, closed = "{}"
        parts = [f"{_quoted(key)}: {_value(each, format, indent + 2)}" for key, each in value.items()]
    elif isinstance(value, list) and len(line) > fits:
        opened, closed = "[]"
        parts = [_value(each, format, indent + 2) for each in value]
    else:
        return line
    pad = "\n" + " " * (indent + 2)
    return f"{opened}{pad}{f',{pad}'.join(parts)}{pad[:-2]}{closed}"


def _inline(value: Any, format: Format) -> str:
    if isinstance(value, dict):
        if format == "json":
            return "{" + ", ".join(f"{_quoted(k)}: {_inline(each, format)}" for k, each in value.items()) + "}"
        inside = ", ".join(f"{_key(k)} = {_inline(each, format)}" for k, each in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(each, format) for each in value) + "]"
    return _quoted(value) if isinstance(value, str) else json.dumps(value)
