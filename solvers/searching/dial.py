"""Search for the least setting of a dial that changes a game as wanted."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ...games.errors import BadInput
from ...games.normal_form import NormalForm
from ...games.numbers import exact, plain, show
from ...mechanisms.edits import Edit
from ...mechanisms.families import Dial
from ...mechanisms.goals import Goal
from ...mechanisms.property import Comparison, GameProperty
from .. import proofs
from ..design import Design
from ..verdict import Report
from ..verify import verify


def search_dial(game: NormalForm, goal: Goal, dial: Dial) -> Design:
    """The least amount on the dial with which the game meets the goal, from the exact threshold of each comparison.

    Payoffs change in proportion to the amount, so every comparison of every requirement holds from some threshold
    on, up to some limit, or never; the answer is the least multiple of the unit in the intersection. A dial that does
    not promise proportion is checked at the amounts that matter, and its answer is not called optimal or infeasible.
    """
    if goal.maximize is not None:
        raise BadInput(f"a search in a game looks for the least {dial.name}; leave maximize out of the goal")
    comparisons = _comparisons(game, goal)
    needs: list[tuple[Fraction, bool, str]] = []  # amount >= threshold (or, strict, >), and what asks for it
    limits: list[tuple[Fraction, bool, str]] = []
    never: list[str] = []
    margins = {amount: _margins(game, dial, comparisons, Fraction(amount)) for amount in (0, 1)}
    for (property, comparison), at_none, at_one in zip(comparisons, margins[0], margins[1], strict=True):
        slope, told = at_one - at_none, _told(comparison, property)
        if slope == 0:
            if at_none < 0 or (property.strict and at_none == 0):
                never.append(told)
        else:
            (needs if slope > 0 else limits).append((-at_none / slope, property.strict, told))
    threshold, strict, binding = max([*needs, (Fraction(0), False, "nothing")], key=lambda each: (each[0], each[1]))
    limit, limit_strict, barrier = min(limits, key=lambda each: (each[0], not each[1]), default=(None, False, ""))
    unit = Fraction(exact(dial.unit))
    amount = plain(unit * ((threshold // unit + 1) if strict else -(-threshold // unit)))
    searched = f'{dial.name} in "{game.name}": all multiples of {show(dial.unit)}'
    common: dict[str, Any] = {"goal": str(goal), "searched": searched, "environment": game}
    for tried in {Fraction(3), threshold, Fraction(amount), max(Fraction(0), amount - unit), limit or Fraction(0)}:
        there = _margins(game, dial, comparisons, tried)
        if any(c != a + tried * (b - a) for a, b, c in zip(margins[0], margins[1], there, strict=True)):
            raise _no_line(dial)
    method = "the exact threshold of every comparison"
    if not dial.proportional:
        method += ", if payoffs change in proportion to the amount, which was checked only at the amounts tried"
    over = limit is not None and (amount > limit or (limit_strict and amount == limit))
    if never or over:
        if never:
            why = f"No amount helps: {never[0]}, and the amount does not change that comparison."
        else:
            last = show(plain(limit or Fraction(0)))
            why = f"{binding} needs an amount of {_least(threshold, strict)}, but {barrier} fails from {last} on."
        return Design("infeasible" if dial.proportional else "unknown", method=method, why=why, **common)
    rule = dial.make(amount)
    verdicts = Report(tuple(verify(rule, game, property) for property in goal.require))
    if not all(v.status == "proved" for v in verdicts):
        raise _no_line(dial)
    return Design(
        "optimal" if dial.proportional else "feasible",
        method=f"{method}; the edited game verified",
        rule=rule,
        value=amount,
        bound=plain(threshold),
        verdicts=verdicts,
        why=_why(game, goal, dial, threshold, strict, amount, binding),
        certify=lambda: _certificate(verdicts, rule),
        **common,
    )


def _no_line(dial: Dial) -> BadInput:
    return BadInput(
        f"{dial.name} does not change payoffs in proportion to the amount, so there is no threshold to find"
    )


def _comparisons(game: NormalForm, goal: Goal) -> list[tuple[GameProperty, Comparison]]:
    found = []
    for property in goal.require:
        if not isinstance(property, GameProperty):
            raise BadInput(f'{property.name} is a property of rules in an environment, and "{game.name}" is a game')
        found += [(property, comparison) for comparison in property.comparisons(game)]
    return found


def _margins(
    game: NormalForm, dial: Dial, comparisons: list[tuple[GameProperty, Comparison]], amount: Fraction
) -> list[Fraction]:
    """By how much each comparison holds at an amount."""
    changed: NormalForm = dial.make(plain(amount))(game)
    pairs = [[exact(changed.payoff(c.player, p)) for p in (c.better, c.worse)] for _, c in comparisons]
    return [Fraction(better - worse) for better, worse in pairs]


def _told(comparison: Comparison, property: GameProperty) -> str:
    player, better, worse = comparison.player, comparison.better, comparison.worse
    others = ", ".join(f"{p} plays {a}" for p, a in better.without(player).items())
    more = "more than" if property.strict else "at least as much as"
    return f"that {better[player]} pays {player} {more} {worse[player]}{f' when {others}' if others else ''}"


def _least(threshold: Fraction, strict: bool) -> str:
    return f"more than {show(plain(threshold))}" if strict else f"at least {show(plain(threshold))}"


def _why(
    game: NormalForm, goal: Goal, dial: Dial, threshold: Fraction, strict: bool, amount: int | Fraction, binding: str
) -> str:
    if amount == 0:
        return "The game meets the goal as it is."
    words = f"The amount must be {_least(threshold, strict)}, so {binding[5:]}."
    if strict:
        at = dial.make(plain(threshold))
        failing = next((v for p in goal.require if (v := verify(at, game, p)).status == "refuted"), None)
        point, first = show(plain(threshold)), show(amount)
        if failing is not None:
            words += f" At exactly {point} the two are equal: {failing.counterexample}; above it the goal holds, and "
            words += (
                f"{first} is the first multiple of {show(dial.unit)} above it (a smaller unit comes closer to {point})."
            )
    return words


def _certificate(verdicts: Report, rule: Edit) -> dict[str, object] | None:
    return proofs.together([v.certificate for v in verdicts], f"{rule.words} Then every requirement holds.")
