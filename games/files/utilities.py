"""Utilities that a file gives: tables, or expressions to be computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..numbers import Number
from ..outcomes import Outcome
from ..profile import Profile
from .closures import FUNCTIONS
from .entries import each_player, entries, read_constants
from .expressions import Expression
from .labels import Label, read_number
from .shapes import EnvironmentSpec
from .words import At, short, whose

_OF_UTILITIES = ("player", "outcome", "type")


@dataclass(frozen=True, eq=False)
class Tabulated:
    """A utility that is a table: ``entries[player][type][outcome]``.

    >>> Tabulated({"ann": {"hungry": {"bread": 3, "wine": 1}}})("ann", "bread", "hungry")
    3
    """

    entries: Mapping[str, Mapping[Label, Mapping[Outcome, int | Fraction]]]

    def __call__(self, player: str, outcome: Outcome, type: Label) -> Number:
        return self.entries[player][type][outcome]


@dataclass(frozen=True, eq=False)
class Computed:
    """A utility that is computed: an expression for each player in player, outcome, type and constants.

    >>> Computed({"ann": Expression("type if outcome == player else 0")}, {})("ann", "ann", 3)
    3
    """

    expressions: Mapping[str, Expression]
    constants: Mapping[str, int | Fraction]

    def __call__(self, player: str, outcome: Outcome, type: Label) -> Number:
        scope = {**self.constants, "player": player, "outcome": outcome, "type": type}
        return self.expressions[player].number(scope)


def utility_of(
    spec: EnvironmentSpec, types: Mapping[str, tuple[Label, ...]], outcomes: list[Label]
) -> Tabulated | Computed:
    """The utility of an environment with listed outcomes."""
    at, given = At() / "utility", spec.utility
    constants = read_constants(spec.constants, (*_OF_UTILITIES, *FUNCTIONS))
    words = {each for labels in (outcomes, *types.values()) for label in labels for each in _texts(label)}

    def expression(text: str, where: At) -> Expression:
        return Expression(text, (*_OF_UTILITIES, *constants), words | set(types), str(where))

    if isinstance(given, str):
        return Computed(dict.fromkeys(types, expression(given, at)), constants)
    each_player(given, types, at.table, "utility")
    if given and all(isinstance(each, str) for each in given.values()):
        return Computed({player: expression(given[player], at / player) for player in types}, constants)
    return Tabulated({player: _rows(given[player], player, types[player], outcomes, at / player) for player in types})


def _texts(label: Label) -> Iterable[str]:
    """Every text in a label."""
    if isinstance(label, str):
        yield label
    elif isinstance(label, Profile):
        yield from label
        for each in label.values():
            yield from _texts(each)
    elif isinstance(label, tuple):
        for each in label:
            yield from _texts(each)


def _rows(
    given: Any, player: str, types: tuple[Label, ...], outcomes: list[Label], at: At
) -> dict[Label, dict[Outcome, int | Fraction]]:
    """A player's utilities: a table by type of tables by outcome; either may be a list in the declared order."""
    rows = entries(given, types, at, "type", f"{whose(player)} has no utility")
    lacks = f' has no utility for "{short(player)}"'
    return {
        label: {
            outcome: read_number(each, where)
            for outcome, (each, where) in entries(row, outcomes, place, "outcome", lacks).items()
        }
        for label, (row, place) in rows.items()
    }
