"""Statements: a property, run once on variables, says for each symbolic case that one expression is not negative."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...games.environment import Environment
from ...games.errors import BadInput
from ...mechanisms.cases import Case, Untraceable, is_var
from ...mechanisms.expectations import AnyRule, Expectation, as_expectation, unmasked_expectation
from ...mechanisms.measures import variables_of
from ...mechanisms.property import ForAll


@dataclass(frozen=True)
class Statement:
    """A property at one symbolic case: for all values of ``case.variables``, ``margin`` >= 0 (or == 0)."""

    property: ForAll
    case: Case
    has: Expectation
    needs: Expectation

    @cached_property
    def margin(self) -> Expectation:
        """How much the first side exceeds the second."""
        return self.has - self.needs


def trace(property: ForAll, env: Environment) -> list[Statement]:
    """The property's statements, one per symbolic case; raises Untraceable where it looks at values."""
    found = []
    for case in property.cases(env):
        try:
            has, needs = (as_expectation(side) for side in property.sides(AnyRule(), env, case.masked()))
        except (Untraceable, TypeError, KeyError, AttributeError, BadInput) as error:
            raise Untraceable(str(error)) from error
        statement = Statement(property, case, unmasked_expectation(has), unmasked_expectation(needs))
        _check_owners(env, statement)
        found.append(statement)
    return found


def _check_owners(env: Environment, statement: Statement) -> None:
    """Raise Untraceable where a type of one player stands in the place of another's, and their types differ.

    Arrays and rows count types by position, which is right only where equal positions are equal types.
    """
    placed = [(a.player, b) for a, b in statement.case.distinct]
    for term in statement.margin.terms:
        placed += [(player, entry) for player, entry in term.slots.items() if is_var(entry)]
        belief = term.belief
        if belief is not None and belief.given is not None and is_var(belief.given[1]):
            placed.append(belief.given)
    parts = [t.part for t in statement.margin.terms] + [p for h in statement.margin.highest for _, p in h.measure.parts]
    placed += [pair for part in parts for pair in variables_of(part)]
    for player, var in placed:
        if env.types[player] != env.types[var.player]:
            raise Untraceable(f"it puts a type of {var.player} where one of {player} belongs, and their types differ")


def places(sizes: tuple[int, ...], spread: int, every: int) -> list[tuple[int, ...]]:
    """Places of a grid: the first, the last, some spread over all, and (up to ``every``) each index of each axis."""
    total = math.prod(sizes)
    few = sorted({0, total - 1, *(total * j // spread for j in range(spread))})
    found = [tuple(int(k) for k in np.unravel_index(n, sizes)) if sizes else () for n in few]
    once = range(min(max(sizes, default=0), every))
    return found + [tuple((j + k) % size for k, size in enumerate(sizes)) for j in once]
