"""Clauses: properties that say where, at one profile or another, the outcome must lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

import numpy as np

from ..games.environment import Environment
from ..games.errors import BadInput
from ..games.numbers import Array
from ..games.outcomes import Finite
from ..games.profile import Profile
from .cases import Case
from .decorated import first_paragraph
from .property import Finding, OwnCheck

Few = frozenset[int]
Cite = tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Clauses:
    """Several clauses of one form: in each row, at one of the profiles ``places[row]`` the outcome is in ``sets``.

    ``places[row, k]`` numbers a profile, and ``sets[k]`` are the numbers of the outcomes that do there. ``about`` is
    what the story is told of, and with the places names a clause (without them if ``everywhere``: the clause asks
    that something happens at some profile).

    >>> Clauses(np.array([[0, 1]]), (frozenset({2}), frozenset({0, 1}))).sets[1] == {0, 1}
    True
    """

    places: Array
    sets: tuple[Few, ...]
    about: Cite = ()
    everywhere: bool = False

    def cite(self, row: int) -> list[Any]:
        """What names a clause of a known property: what it is about, and its profiles."""
        return [*self.about, *([] if self.everywhere else map(int, self.places[row]))]


@dataclass(frozen=True)
class ClauseCase(Case):
    """A case that is several clauses of one form, of which a counterexample is the one in ``row``."""

    block: Clauses = field(default_factory=lambda: Clauses(np.zeros((0, 0), dtype=np.int64), ()))
    row: int = 0

    @property
    def about(self) -> Cite:
        """What the clauses are about."""
        return self.block.about

    @property
    def sets(self) -> tuple[Few, ...]:
        """Where the outcomes must be."""
        return self.block.sets


Story = Callable[[Environment, ClauseCase, list[Any]], str]


@dataclass(frozen=True, eq=False)
class Clausal(OwnCheck):
    """A property of rules that is a list of clauses, so that it can be verified and searched by the same definition.

    ``clauses(env)`` yields :class:`Clauses`. Of a lottery, every outcome must be in the set. ``story(env, case,
    outcomes)`` tells what a rule with these outcomes at the places of a case does wrong. ``data(env)`` is what
    the checker of certificates makes the clauses of by itself: their form, and what belongs to it (see
    docs/certificates.md); without it they are listed there as they stand.
    """

    clauses: Callable[[Environment], Iterator[Clauses]] = field(default=lambda env: iter(()))
    data: Callable[[Environment], dict[str, Any]] | None = None  # what the checker needs to make the clauses itself

    def _function(self) -> Callable[..., Any]:
        return self.clauses


def clausal(
    short: str, story: Story, *, data: Callable[[Environment], dict[str, Any]] | None = None
) -> Callable[[Callable[[Environment], Iterator[Clauses]]], Clausal]:
    """Make a property of ``def name(env): yield Clauses(...)``, whose docstring defines it.

    >>> import rulewright as rw
    >>> @clausal("SAME", lambda env, case, outcomes: f"{outcomes[0]} is chosen first")
    ... def first_is_a(env):
    ...     "At the first profile the first outcome is chosen."
    ...     yield Clauses(np.array([[0]]), (frozenset({0}),))
    >>> env = rw.games.voting(("ann",), ("a", "b"))
    >>> rw.verify(rw.mechanisms.dictatorship("ann"), env, first_is_a).status
    'proved'
    """

    def make(clauses: Callable[[Environment], Iterator[Clauses]]) -> Clausal:
        name, words = clauses.__name__, first_paragraph(clauses)
        return Clausal(name, words, short, partial(_cases, clauses), partial(_examine, story), clauses, data)

    return make


def items_of(env: Environment, name: str) -> tuple[Any, ...]:
    """The outcomes, if they are a finite list without money; raises BadInput."""
    if not isinstance(env.space, Finite):
        raise BadInput(f'{name} needs a finite list of outcomes, and "{env.name}" has none')
    if env.transfers is not None:
        raise BadInput(f'{name} is about outcomes without payments, and "{env.name}" has money')
    return env.space.items


def numbers_of(env: Environment) -> Array:
    """The number of each profile, ``numbers[t_1, ..., t_n]``."""
    env.guard()
    return np.arange(env.n_profiles).reshape(env.sizes)


def changes(env: Environment, i: int, type: int, report: int) -> Array:
    """``[row, 2]``: the profiles in which player number ``i`` has a type, beside those in which she reports another.

    >>> import rulewright as rw
    >>> changes(rw.games.voting(("ann", "bob"), ("a", "b")), 0, 1, 0).tolist()
    [[2, 0], [3, 1]]
    """
    numbers = numbers_of(env)
    return np.stack([numbers.take(type, axis=i).reshape(-1), numbers.take(report, axis=i).reshape(-1)], axis=1)


def profile_at(env: Environment, p: int) -> Profile[Any]:
    """The profile of types number ``p``.

    >>> import rulewright as rw
    >>> profile_at(rw.games.allocation({"ann": (1, 2), "bob": (1, 2)}), 2)
    Profile(ann=2, bob=1)
    """
    place = np.unravel_index(p, env.sizes)
    return Profile({i: types[int(k)] for (i, types), k in zip(env.types.items(), place, strict=True)})


def _cases(clauses: Callable[[Environment], Iterator[Clauses]], env: Environment) -> Iterator[Case]:
    blocks = [block for block in clauses(env) if len(block.places)]
    yield from (_case(env, block, 0) for block in blocks)
    if not blocks:  # nothing is asked of any rule
        yield ClauseCase(profile_at(env, 0), profile_at(env, 0))


def _case(env: Environment, block: Clauses, row: int) -> ClauseCase:
    types, *others = (profile_at(env, int(p)) for p in block.places[row][:2])
    return ClauseCase(types, others[0] if others else types, block=block, row=row)


def _examine(story: Story, rule: Any, env: Environment, case: Any) -> Finding | None:
    may, block = _chosen(rule, env), case.block
    inside: dict[Few, Array] = {}
    met = np.zeros(len(block.places), dtype=bool)
    for k, some in enumerate(block.sets):
        if some not in inside:
            elsewhere: Array = may[:, [x not in some for x in range(may.shape[1])]]
            inside[some] = np.logical_not(elsewhere.any(axis=1))
        met |= inside[some][block.places[:, k]]
    if met.all():
        return None
    row, items = int(met.argmin()), items_of(env, "a clause")
    wrong = [
        next(x for k, x in enumerate(items) if may[p, k] and k not in some)
        for p, some in zip(block.places[row].tolist(), block.sets, strict=True)
    ]
    found = _case(env, block, row)
    return Finding(found, 0, 1, story(env, found, wrong), tuple(wrong))


@lru_cache(maxsize=2)
def _chosen(rule: Any, env: Environment) -> Array:
    """``may[p, x]``: whether outcome number x may be chosen at profile number p."""
    table = rule.table(env)
    may = np.zeros((env.n_profiles, env.space.dimension), dtype=bool)
    for coordinates, weights in zip(table.coordinates.T, table.weights.T, strict=True):
        may[np.arange(len(may)), coordinates] |= np.asarray(weights != 0, dtype=bool)
    return may
