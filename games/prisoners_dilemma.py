"""The prisoner's dilemma."""

from __future__ import annotations

from .errors import BadInput
from .normal_form import NormalForm
from .numbers import Number, number, show


def prisoners_dilemma(R: Number = 3, S: Number = 0, T: Number = 5, P: Number = 1) -> NormalForm:
    """Two players; each cooperates or defects; T > R > P > S (Tucker 1950).

    R is the reward for both when both cooperate, P the punishment when both defect; who alone defects gets the
    temptation T, who alone cooperates the sucker's payoff S. Raises BadInput unless T > R > P > S.

    >>> prisoners_dilemma().payoffs[0, 1]       # row cooperates, column defects
    array([0, 5])
    """
    R, S, T, P = (number(value, f"the payoff {letter}") for letter, value in zip("RSTP", (R, S, T, P), strict=True))
    if not T > R > P > S:
        given = ", ".join(f"{letter}={show(value)}" for letter, value in zip("TRPS", (T, R, P, S), strict=True))
        raise BadInput(f"a prisoner's dilemma needs T > R > P > S; got {given}")
    actions = ("cooperate", "defect")
    payoffs = [[[R, R], [S, T]], [[T, S], [P, P]]]
    return NormalForm("prisoner's dilemma", {"row": actions, "column": actions}, payoffs)
