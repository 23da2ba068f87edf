"""Numbers and labels, as a file writes them and as a game holds them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ..errors import BadInput
from ..numbers import MAX_DIGITS, exact, parse_number, show
from ..profile import Profile
from .limits import MAX_BITS
from .words import At, said

Label = Any
_FRACTION = re.compile(r"[+-]?[0-9]+/[0-9]+")


def read_number(given: Any, at: At) -> int | Fraction:
    """A number as it was read, or the number that a text means; raises BadInput for all else."""
    if isinstance(given, (int, Fraction)) and not isinstance(given, bool):
        return given
    if isinstance(given, str):
        return parse_number(given, str(at))
    raise BadInput(f'{at} is {said(given)}; it must be a number: 3, 0.25 or "1/3"')


def read_numbers(given: Any, at: At) -> Any:
    """Nested lists of numbers."""
    if isinstance(given, list):
        return [read_numbers(each, at / k) for k, each in enumerate(given)]
    return read_number(given, at)


def read_label(given: Any, at: At) -> Label:
    """A text or number as it is; a list as a tuple of labels; a table as a Profile of labels."""
    if isinstance(given, str):
        return parse_number(given, str(at)) if _FRACTION.fullmatch(given) else given
    if isinstance(given, list):
        return tuple(read_label(each, at / k) for k, each in enumerate(given))
    if isinstance(given, dict):
        return Profile({key: read_label(each, at / key) for key, each in given.items()})
    if isinstance(given, bool):
        raise BadInput(f"{at} is {said(given)}; a label is a text or a number")
    return given


def read_labels(given: Mapping[str, list[Any]], at: At) -> dict[str, tuple[Label, ...]]:
    """The labels of each player."""
    return {
        player: tuple(read_label(each, at / player / k) for k, each in enumerate(labels))
        for player, labels in given.items()
    }


def label_text(label: Label, nested: bool = False) -> str:
    """A label as the key of a table."""
    if isinstance(label, str):
        return label
    if isinstance(label, tuple):
        text = ", ".join(label_text(each, True) for each in label)
    elif isinstance(label, Profile):
        text = ", ".join(f"{key} = {label_text(each, True)}" for key, each in label.items())
    else:
        return show(exact(label))
    return f"({text})" if nested else text


def write_number(value: Any, what: str = "a number") -> int | str:
    """An exact number for a file: an int, or a text such as "1/3"."""
    found = exact(value, what)
    if isinstance(found, int) and abs(found) < 2**53:
        return found
    if max(found.numerator.bit_length(), found.denominator.bit_length()) > MAX_BITS:
        raise BadInput(f"{what} has more than {MAX_DIGITS} digits; a file holds shorter ones")
    return str(found)


def write_label(label: Label, what: str) -> Any:
    """A label for a file."""
    if isinstance(label, str):
        if _FRACTION.fullmatch(label):
            raise BadInput(f'{what} is the text "{label}", which a file reads as a number; rename it')
        return str(label)
    if isinstance(label, Profile):
        return {str(key): write_label(each, what) for key, each in label.items()}
    if isinstance(label, tuple):
        return [write_label(each, what) for each in label]
    if isinstance(label, (bool, np.bool_)) or not isinstance(label, (int, float, Fraction, np.number)):
        raise BadInput(f"{what} is {label!r}; a file holds texts, numbers, and tuples and profiles of them")
    found = write_number(label, what)
    return int(found) if isinstance(found, str) and "/" not in found else found


def write_labels(given: Mapping[str, Iterable[Label]], what: str) -> dict[str, list[Any]]:
    """The labels of each player, for a file."""
    return {player: [write_label(each, f'{what} of "{player}"') for each in labels] for player, labels in given.items()}
