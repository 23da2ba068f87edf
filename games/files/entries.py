"""Tables by label: what an entry means, each given once, and none missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from typing import Any

from ..errors import BadInput
from ..numbers import parse_number, show
from .labels import Label, label_text, read_number
from .words import At, near, said, short


def by_text(labels: Iterable[Label], what: str, of: str = "") -> dict[str, Label]:
    """{text: label}; raises BadInput if there is none or two are written alike."""
    found: dict[str, Label] = {}
    for label in labels:
        text = label_text(label)
        if text in found:
            raise BadInput(f'the {what} "{short(text)}"{of} is listed twice; list each once')
        found[text] = label
    if not found:
        raise BadInput(f"there is no {what}{of}; give at least one")
    return found


def find(key: str, names: Mapping[str, Label], what: str) -> Label:
    """The label that a key means; a number may be written in any way."""
    if key in names:
        return names[key]
    try:
        text = show(parse_number(key))
    except BadInput:
        text = ""
    if text in names and text:
        return names[text]
    raise BadInput(f'{what} "{short(key)}"; {near(key, names)}')


def entries(given: Any, labels: Iterable[Label], at: At, what: str, lacks: str) -> dict[Label, tuple[Any, At]]:
    """{label: (its entry, the place)} of a table by label, or of a list in the order of the labels."""
    labels = list(labels)
    found: dict[Label, tuple[Any, At]] = {}
    if isinstance(given, list):
        if len(given) > len(labels):
            raise BadInput(f"{at} has {len(given)} entries; it needs {len(labels)}, one for each {what}")
        found |= {label: (each, at / k) for k, (label, each) in enumerate(zip(labels, given, strict=False))}
    elif isinstance(given, dict):
        names = by_text(labels, what, f" in {at.table}")
        for key, each in given.items():
            label = find(key, names, f"{at.table} names")
            if label in found:
                raise BadInput(f"{at / key} is given twice; give it once")
            found[label] = (each, at / key)
    else:
        raise BadInput(f"{at} is {said(given)}; it must be a table with an entry for each {what}, or a list")
    for label in labels:
        if label not in found:
            text = short(label_text(label))
            raise BadInput(f'the {what} "{text}"{lacks}; {at.table} needs an entry for each {what}')
    return {label: found[label] for label in labels}


def only_players(given: Collection[str], players: Collection[str], place: str) -> None:
    """Raise BadInput if a table names somebody who does not play."""
    for player in given:
        if player not in players:
            raise BadInput(f'{place} names a player "{short(player)}"; {near(player, players)}')


def each_player(
    given: Collection[str], players: Collection[str], place: str, what: str, needs: str = "an entry"
) -> None:
    """Raise BadInput unless the keys of a table are the players."""
    only_players(given, players, place)
    for player in players:
        if player not in given:
            raise BadInput(f'the player "{player}" has no {what}; {place} needs {needs} for each player')


def read_constants(given: Mapping[str, Any], taken: Collection[str]) -> dict[str, int | Fraction]:
    """The constants of expressions, none of which may have a name that is taken."""
    at = At() / "constants"
    for name in given:
        if name in taken:
            raise BadInput(f"{at / name} has a name that means something else in expressions; call it differently")
    return {name: read_number(each, at / name) for name, each in given.items()}
