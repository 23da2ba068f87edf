"""The JSON Schema of spec files, for editors."""

from __future__ import annotations

from typing import Any


def schema() -> dict[str, Any]:
    """The JSON Schema of spec files, made from the structs that read them; ``schema.json`` holds it.

    >>> sorted(schema()["discriminator"]["mapping"])
    ['allocation', 'cake', 'environment', 'normal form']
    """
    import msgspec

    from .shapes import AllocationSpec, CakeSpec, EnvironmentSpec, NormalFormSpec

    kinds = NormalFormSpec | EnvironmentSpec | AllocationSpec | CakeSpec
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Rulewright spec: a game or an environment, and what people want of it",
        **msgspec.json.schema(kinds),
    }
