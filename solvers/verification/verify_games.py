"""Verification in games: the comparisons of a property, in the game as an edit changes it."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

from ...games.errors import BadInput
from ...games.normal_form import NormalForm
from ...games.numbers import exact, show
from ...games.profile import Profile
from ...mechanisms.edits import Edit
from ...mechanisms.goals import Requirement
from ...mechanisms.property import Comparison, GameProperty
from .. import proofs
from ..verdict import Counterexample, Verdict


def in_game(rule: Any, game: NormalForm, property: Requirement) -> Verdict:
    """The comparisons of a game property, in the game as the edit changes it."""
    if not isinstance(property, GameProperty):
        raise BadInput(f'{property.name} is a property of rules in an environment, and "{game.name}" is a game')
    if not isinstance(rule, Edit):
        raise BadInput(f"in a game the rule is an Edit, such as mechanisms.fine or mechanisms.status_quo; got {rule!r}")
    changed = rule(game)
    domain, method, checked = f'the game "{changed.name}"', "every comparison, exactly", 0
    for comparison in property.comparisons(changed):
        checked += 1
        more, less = (exact(changed.payoff(comparison.player, p)) for p in (comparison.better, comparison.worse))
        if more < less or (property.strict and more == less):
            found = _worse(rule, game, changed, property, comparison)
            certify = partial(proofs.comparison_fails, changed, comparison, property.strict, rule.name)
            return Verdict("refuted", property.name, rule.name, domain, method, checked, found, certify=certify)
    return Verdict(
        "proved", property.name, rule.name, domain, method, checked,
        certify=lambda: proofs.comparisons(changed, property, rule.name),
    )  # fmt: skip


def _worse(
    rule: Edit, game: NormalForm, changed: NormalForm, property: GameProperty, comparison: Comparison
) -> Counterexample:
    player, better, worse = comparison.player, comparison.better, comparison.worse

    def pays(profile: Profile[Any]) -> int | Fraction:
        return exact(changed.payoff(player, profile))

    has, needs = pays(better), pays(worse)
    others = ", ".join(f"{p} plays {a}" for p, a in better.without(player).items())
    relation = "no more than" if has == needs else "less than"
    sentence = (
        f"{f'when {others}, ' if others else ''}{better[player]} pays {player} {show(has)}, {relation} {worse[player]} "
        f"({show(needs)})"
    )

    def replay() -> bool:
        return pays(better) < pays(worse) or (property.strict and pays(better) == pays(worse))

    return Counterexample(comparison, has, needs, sentence, replay, rule, game, property)
