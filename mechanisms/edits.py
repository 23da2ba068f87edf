"""Edits: rules that take a game as it is and change one part of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ..games.errors import BadInput, nearest
from ..games.normal_form import NormalForm
from ..games.numbers import Number, exact, number, show
from ..games.profile import Profile
from ..games.show import Shown


@dataclass(frozen=True, eq=False, repr=False)
class Edit(Shown):
    """A change to a game; ``part`` is which of Ostrom's seven kinds of rule it changes (Ostrom 2005).

    >>> import rulewright as rw
    >>> game = fine(on="defect", amount=3)(rw.games.prisoners_dilemma())
    >>> game.payoff("row", {"row": "defect", "column": "cooperate"})
    2
    """

    name: str
    words: str
    part: str
    change: Callable[[NormalForm], NormalForm]

    def __call__(self, game: NormalForm) -> NormalForm:
        """The changed game."""
        return self.change(game)

    def then(self, other: Edit) -> Edit:
        """This edit, and the other one after it.

        >>> twice = fine(on="defect", amount=1).then(fine(on="defect", amount=2))
        >>> print(twice)
        fine of 1 on "defect" and fine of 2 on "defect": Who plays "defect" pays 1. Who plays "defect" pays 2.
        """
        part = self.part if self.part == other.part else f"{self.part} and {other.part}"
        change = partial(_in_turn, self.change, other.change)
        return Edit(f"{self.name} and {other.name}", f"{self.words} {other.words}", part, change)

    def __str__(self) -> str:
        return f"{self.name}: {self.words}"


def _in_turn(first: Callable[..., NormalForm], second: Callable[..., NormalForm], game: NormalForm) -> NormalForm:
    return second(first(game))


def _same(game: NormalForm) -> NormalForm:
    """Nothing changes: the status quo is a rule too (Ostrom 2005).

    >>> import rulewright as rw
    >>> status_quo(rw.games.prisoners_dilemma()) == rw.games.prisoners_dilemma()
    True
    """
    return game


status_quo = Edit("the status quo", "Nothing changes: the status quo is a rule too (Ostrom 2005).", "none", _same)


def fine(on: str, amount: Number) -> Edit:
    """Whoever plays ``on`` pays ``amount`` out of her payoff (Becker 1968).

    >>> print(fine(on="defect", amount=3))
    fine of 3 on "defect": Who plays "defect" pays 3.
    """
    amount = _amount(amount, f'the fine on "{on}"')
    change = partial(_paying, on=on, amount=amount, what=f"a fine of {show(amount)} on {on}")
    return Edit(f'fine of {show(amount)} on "{on}"', f'Who plays "{on}" pays {show(amount)}.', "payoff", change)


def subsidy(on: str, amount: Number) -> Edit:
    """Whoever plays ``on`` receives ``amount`` on top of her payoff (Pigou 1920).

    >>> print(subsidy(on="cooperate", amount=3))
    subsidy of 3 on "cooperate": Who plays "cooperate" receives 3.
    """
    amount = _amount(amount, f'the subsidy on "{on}"')
    change = partial(_paying, on=on, amount=-amount, what=f"a subsidy of {show(amount)} on {on}")
    words = f'Who plays "{on}" receives {show(amount)}.'
    return Edit(f'subsidy of {show(amount)} on "{on}"', words, "payoff", change)


def _amount(amount: Number, what: str) -> Number:
    if number(amount, what) < 0:
        raise BadInput(f"{what} is {show(number(amount))}; it must be at least 0")
    return number(amount)


def _paying(game: NormalForm, on: str, amount: Number, what: str) -> NormalForm:
    """The game in which whoever plays ``on`` pays ``amount``, with exact payoffs."""
    if not any(on in actions for actions in game.actions.values()):
        labels = {a for actions in game.actions.values() for a in actions}
        raise BadInput(f'no player of "{game.name}" has the action "{on}"; {nearest(on, labels)}')

    def payoffs(profile: Profile[str]) -> dict[str, Number]:
        paid = {p: game.payoff(p, profile) for p in game.actions}
        return {p: exact(u) - exact(amount) if profile[p] == on else u for p, u in paid.items()}

    return NormalForm.from_function(f"{game.name}, with {what}", game.actions, payoffs)
