"""Priceability: the members of a committee are bought by those who approve of them, out of equal purses."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ..cases import Case, profiles
from ..property import Finding, entry_text, examined, told
from ..rules.committees import Race, approvals, race
from ..rules.pivoting import maximise
from .stability import possible


@examined(profiles, "PRICEABLE")
def priceable(rule: Any, env: Environment, case: Case) -> Finding | None:
    """There are a price and payments of voters with equal purses, each for members of whom she approves, such that
    each member is paid the price, and nobody outside could be bought with more than what her supporters have left
    (Peters and Skowron 2020).

    A linear program, decided exactly; lotteries count outcome by outcome. The case fails by 1. Raises BadInput.

    >>> import rulewright as rw
    >>> from rulewright.games.approval import committees
    >>> from rulewright.mechanisms import chamberlin_courant, sequential_phragmen
    >>> env = committees(("ann", "bob", "cem"), ("a", "b", "c"), 2, [("a", "b"), ("b", "c")])
    >>> rw.verify(sequential_phragmen, env, priceable).status
    'proved'
    >>> print(rw.verify(chamberlin_courant, env, priceable).counterexample)
    at ann = (b, c), bob = (b, c), cem = (b, c) (a, b) may be elected, but no price and no payments of voters with \
equal purses pay for them and leave too little for anybody else
    """
    stands, ballots = race(env), approvals(env, case.types)
    for outcome in possible(rule, env, case):
        members = outcome if isinstance(outcome, tuple) else (outcome,)
        if not prices_exist(stands, ballots, members):
            sentence = (
                f"at {told(case.types)} {entry_text(members)} may be elected, but no price and no payments of voters "
                "with equal purses pay for them and leave too little for anybody else"
            )
            return Finding(case, 0, 1, sentence, members)
    return None


def prices_exist(stands: Race, ballots: Sequence[frozenset[Any]], members: Sequence[Any]) -> bool:
    """Whether a committee is priceable: the price is 1, and the unknowns are the purse and what each voter pays.

    >>> stands = Race(("a", "b"), 1, (("a",), ("b",)))
    >>> prices_exist(stands, [frozenset("a"), frozenset("b")], ("a",)), prices_exist(stands, [frozenset("b")], ("a",))
    (True, False)
    """
    pays = [(i, x) for i, ballot in enumerate(ballots) for x in members if x in ballot]
    spent = [[int(i == voter) for i, _ in pays] for voter in range(len(ballots))]
    rows: list[list[int]] = [[-1, *row] for row in spent]  # nobody spends more than her purse
    right = [0] * len(ballots)
    for x in stands.candidates:
        if x not in members:  # what her supporters have left is at most 1
            fans = [i for i, ballot in enumerate(ballots) if x in ballot]
            rows.append([len(fans), *(-sum(spent[i][k] for i in fans) for k in range(len(pays)))])
            right.append(1)
    rows += [[0, *(int(x == member) for _, x in pays)] for member in members]  # each member is paid 1
    right += [1] * len(members)
    try:
        maximise([[Fraction(0)] * (1 + len(pays))], rows, right, equal=len(members))
    except BadInput:
        return False
    return True
