"""Rules without names: what orbits say of a rule for identical units, by multisets, where profiles are too many."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import exact, plain, show
from ...games.units import supply_of
from ...mechanisms.cases import Var
from ...mechanisms.unnamed import AnonymousRule, anonymous_rule
from .programs.layout import every_case
from .programs.orbits import Orbits

MOST_WORDS = 40


def for_units(env: Environment, layout: object) -> bool:
    """Whether all players are alike and want one unit each, so that a rule is what one gets against the others."""
    if not isinstance(layout, Orbits) or len(layout.alike[0]) != len(env.players):
        return False
    try:
        return supply_of(env) > 0
    except BadInput:
        return False


def unnamed_rule(env: Environment, x: Sequence[Fraction], layout: Orbits, name: str) -> AnonymousRule:
    """An exact solution over orbits as a rule of (supply, own report, others' reports from highest to lowest)."""
    one, *rest = env.players
    axes = [Var(p) for p in env.players]
    cases = every_case(env, axes, [rest])
    unknowns = np.array(x[: layout.size], dtype=object)
    types = [cases[v] for v in axes]
    k = env.space.dimension
    items: tuple[Any, ...] = env.space.items  # type: ignore[attr-defined]
    won = np.array([j for j, winners in enumerate(items) if one in winners], dtype=np.int64)
    chance = unknowns[layout.columns(types, won)].sum(axis=-1)
    money = env.transfers is not None
    paid = unknowns[layout.columns(types, np.array([k]))][:, 0] if money else np.zeros(len(chance), dtype=object)
    answers: dict[Any, tuple[Any, Any]] = {}
    own = env.types[one]
    for row, c, p in zip(zip(*types, strict=True), chance, paid, strict=True):
        others = tuple(sorted((own[j] for j in row[1:]), key=exact, reverse=True))
        answers[own[row[0]], others] = plain(Fraction(c)), plain(Fraction(p))

    def each(supply: int, own: Any, others: tuple[Any, ...]) -> tuple[Any, Any]:
        return answers[own, others]

    each.__name__ = name
    each.__doc__ = _words(answers)
    return anonymous_rule(each)


def _words(answers: dict[Any, tuple[Any, Any]]) -> str:
    lines = ["For each report, against the others' reports from highest to lowest: the chance of a unit, the payment."]
    for (own, others), (chance, paid) in list(answers.items())[:MOST_WORDS]:
        against = ", ".join(show(t) for t in others)
        lines.append(f"  {show(own)} against {against}: {show(chance)}, pays {show(paid)}")
    if len(answers) > MOST_WORDS:
        lines.append(f"  ... and {len(answers) - MOST_WORDS:,} more")
    return "\n".join(lines)
