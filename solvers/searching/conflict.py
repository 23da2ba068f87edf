"""Why there is no rule: a smallest set of requirements that clash, and an exact proof that they do."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ...games.environment import Environment
from ...mechanisms.goals import Goal
from ...mechanisms.property import ForAll
from .. import proofs
from ..design import Design
from ..verify import domain_of
from .linear import Outcome, solve_program
from .program import Block, block_multipliers, program_of


def conflict(env: Environment, goal: Goal, blocks: list[Block], common: dict[str, Any]) -> Design:
    """A smallest set of requirements that clash: none can be left out of it without the clash going away."""
    clash = list(dict.fromkeys(b.statement.property for b in blocks))
    exactly = True  # whether each smaller set was shown to be possible by an exact rule
    for property in list(clash):
        rest = [p for p in clash if p is not property]
        outcome = solve_program(program_of(env, _of(blocks, rest), []))
        if outcome.status == "infeasible":
            clash = rest
        else:
            exactly = exactly and outcome.exact_x is not None
    guilty = _of(blocks, clash)
    outcome = solve_program(program_of(env, guilty, [], slack=True))
    multipliers = _farkas(env, guilty, outcome)
    names = [p.name for p in clash]
    if len(names) == 1:
        why = f"{names[0]} cannot be met by any rule on {domain_of(env)}."
    else:
        together = f"{', '.join(names[:-1])} and {names[-1]} cannot hold together on {domain_of(env)}"
        why = f"{together}; without any one of them the others can{'' if exactly else ' (in floats)'}."
    money = (
        "" if env.transfers is None or env.transfers == (None, None) else " Wider bounds on transfers may change this."
    )
    method = "linear program by HiGHS; requirements left out one by one"
    if multipliers is None:
        why = f"In floats, {why} This could not be confirmed in rational numbers."
        return Design("unknown", method=method, why=why, **common)
    words = f"no rule is {' and '.join(names)} on {domain_of(env)}"
    return Design(
        "infeasible", method=f"{method}; the clash proved in rationals", why=why + money,
        certify=lambda: proofs.infeasible(env, [b.statement for b in guilty], multipliers, words), **common,
    )  # fmt: skip


def _of(blocks: list[Block], properties: list[ForAll]) -> list[Block]:
    return [b for b in blocks if b.statement.property in properties]


def _farkas(env: Environment, blocks: list[Block], outcome: Outcome) -> list[proofs.Multiplier] | None:
    """Multipliers of a contradiction, from the exact optimum of the relaxed program (which must be negative)."""
    if outcome.exact_x is None or outcome.exact_y is None or outcome.exact_x[-1] <= 0:
        return None
    y = outcome.exact_y
    merged: list[Fraction] = []
    at = 0
    for block in blocks:
        n = len(block.kept)
        part = y[at : at + n]
        at += n
        if block.statement.property.equal:
            part = [a + b for a, b in zip(part, y[at : at + n], strict=True)]
            at += n
        merged += part
    return block_multipliers(env, blocks, merged, 1)[0]
