"""From a spec to a normal form: payoffs as lists, by profile, or computed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ..errors import BadInput, GameTooLarge
from ..normal_form import NormalForm
from .closures import FUNCTIONS
from .entries import by_text, each_player, find, read_constants
from .expressions import Expression
from .labels import Label, label_text, read_labels, read_number, read_numbers
from .limits import MAX_PROFILES, MAX_STEPS
from .shapes import NormalFormSpec
from .words import At, said, short, whose

_OF_GAMES = ("player", "action", "actions")


def normal_form_of(spec: NormalFormSpec) -> NormalForm:
    """The normal form that a spec means."""
    actions = read_labels(spec.actions, At() / "actions")
    at, given = At() / "payoffs", spec.payoffs
    if isinstance(given, list):
        numbers = read_numbers(given, at)
        if _lengths(numbers) is None:
            needs = ", ".join(str(len(labels)) for labels in (*actions.values(), actions))
            raise BadInput(f"{at} has lists of different lengths; it must have the shape ({needs})")
        return NormalForm(spec.name, actions, numbers)
    if isinstance(given, str):
        return _computed(spec, actions, dict.fromkeys(actions, given), at)
    if given and all(isinstance(each, str) for each in given.values()):
        each_player(given, actions, at.table, "payoff", "an expression")
        return _computed(spec, actions, given, at)
    return _listed(spec.name, actions, given, at)


def _lengths(nested: Any) -> tuple[int, ...] | None:
    """The shape of nested lists; None if lists of the same depth differ in length."""
    if not isinstance(nested, list):
        return ()
    inner = {_lengths(each) for each in nested}
    if len(inner) > 1 or None in inner:
        return None
    return (len(nested), *(next(iter(inner), None) or ()))


def _listed(name: str, actions: Mapping[str, tuple[Label, ...]], given: Mapping[str, Any], at: At) -> NormalForm:
    """Payoffs listed by profile: ``"cooperate, defect" = [0, 5]``."""
    names = {player: by_text(labels, "action", whose(player)) for player, labels in actions.items()}
    found: dict[tuple[Label, ...], list[int | Fraction]] = {}
    for key, pays in given.items():
        words = [word.strip() for word in key.split(",")]
        if len(words) != len(actions):
            count, order = f"{len(words)} action{'s' * (len(words) > 1)}", ", ".join(actions)
            raise BadInput(f"{at / key} names {count}; a profile names one for each player: {order}")
        pairs = zip(actions, words, strict=True)
        profile = tuple(find(word, names[p], f"{at / key} names an action of {p}") for p, word in pairs)
        if profile in found:
            raise BadInput(f"{at / key} is given twice; give each profile once")
        if not isinstance(pays, list) or len(pays) != len(actions):
            needs = f"a list of {len(actions)} payoffs, in the order {', '.join(actions)}"
            raise BadInput(f"{at / key} is {said(pays)}; it must be {needs}")
        found[profile] = [read_number(each, at / key / k) for k, each in enumerate(pays)]
    flat: list[int | Fraction] = []
    for profile in itertools.product(*actions.values()):
        if profile not in found:
            missing = ", ".join(map(label_text, profile))
            raise BadInput(f'"{short(missing)}" has no payoffs; {at.table} needs an entry for each profile of actions')
        flat += found[profile]
    return NormalForm(name, actions, _shaped(flat, actions))


def _shaped(flat: list[Any], actions: Mapping[str, tuple[Label, ...]]) -> Any:
    out = np.empty(len(flat), dtype=object)
    out[:] = flat
    return out.reshape(*map(len, actions.values()), len(actions))


def _computed(
    spec: NormalFormSpec, actions: Mapping[str, tuple[Label, ...]], texts: Mapping[str, str], at: At
) -> NormalForm:
    """Payoffs computed by an expression for each player, over everybody's actions."""
    for player in actions:
        if player in _OF_GAMES:
            raise BadInput(f'a player is called "{player}", which means something else in expressions; rename her')
    constants = read_constants(spec.constants, (*_OF_GAMES, *actions, *FUNCTIONS))
    known = [*actions, *_OF_GAMES, *constants]
    words = {label for labels in actions.values() for label in labels if isinstance(label, str)}
    expressions = {
        player: Expression(texts[player], known, words | set(actions), str(at / player)) for player in actions
    }
    profiles = math.prod(len(labels) for labels in actions.values())
    if profiles > MAX_PROFILES:
        raise GameTooLarge("profiles of actions", profiles, MAX_PROFILES, "declare fewer players or actions")
    steps = profiles * sum(expression.size for expression in expressions.values())
    if steps > MAX_STEPS:
        raise GameTooLarge("steps to compute the payoffs", steps, MAX_STEPS, "declare fewer actions or shorter payoffs")
    flat: list[int | Fraction] = []
    for labels in itertools.product(*actions.values()):
        taken = dict(zip(actions, labels, strict=True))
        scope: dict[str, Any] = {**constants, **taken, "actions": taken}
        for player, expression in expressions.items():
            scope["player"], scope["action"] = player, taken[player]
            flat.append(expression.number(scope))
    return NormalForm(spec.name, actions, _shaped(flat, actions))
