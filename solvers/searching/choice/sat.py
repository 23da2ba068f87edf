"""Deterministic rules as a satisfiability problem: one variable for each outcome at each profile."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from time import monotonic
from typing import Any

import numpy as np

from ....games.environment import Environment
from ....games.errors import GameTooLarge, MissingExtra
from ....games.numbers import Array
from ....mechanisms.clausal import Clauses, Few
from .clauses import Grounded, OutOfTime

MOST_LITERALS = 30_000_000
CONFLICTS = 2_000  # after which the solver looks at the clock
Source = tuple[int, int]  # a Grounded and a row of it
Atom = tuple[int, Few]  # that the outcome at a profile is one of these


def merged(env: Environment, grounded: Sequence[Grounded]) -> Array:
    """For each profile the first one at which, by the clauses, the same must be chosen.

    Two profiles belong together if for each outcome a clause says: chosen at the one, it is chosen at the other.
    """
    n, m = env.n_profiles, env.space.dimension
    forced: dict[int, list[Array]] = {}
    for x, _, places in copies(grounded, m):
        forced.setdefault(x, []).append(places[:, 0] * n + places[:, 1])
    label = np.arange(n)
    if len(forced) < m:
        return label
    codes = np.unique(np.concatenate(forced.pop(0)))
    for each in forced.values():
        codes = np.intersect1d(codes, np.concatenate(each))
    one, two = codes // n, codes % n
    while (label[one] != label[two]).any():  # each takes the least label of its neighbours, and of that one's
        least = np.minimum(label[one], label[two])
        np.minimum.at(label, label[one], least)
        np.minimum.at(label, label[two], least)
        label = label[label]
    while (label != label[label]).any():
        label = label[label]
    return label


def copies(grounded: Sequence[Grounded], m: int) -> Iterator[tuple[int, int, Array]]:
    """Clauses "if x is chosen at the one place, then at the other": x, which they are, and the places ``[row, 2]``."""
    everything = frozenset(range(m))
    for g, each in enumerate(grounded):
        if len(each.clauses.sets) == 2 and not each.clauses.everywhere:
            one, two = each.clauses.sets
            for a, b, places in ((one, two, each.clauses.places), (two, one, each.clauses.places[:, ::-1])):
                if len(b) == 1 and a == everything - b:
                    (x,) = b
                    yield x, g, places


@dataclass
class Formula:
    """Clauses for a solver: what each says, where it comes from, and what its variables mean.

    ``chosen`` are the clauses that something is chosen at a profile, by profile. A literal of the others says that
    something is not chosen, except in clauses that something must happen somewhere.
    """

    env: Environment
    grounded: Sequence[Grounded]
    exclusive: bool = False  # whether to say that no two outcomes are chosen at a profile
    same: Array = field(init=False)
    everything: Few = field(init=False)
    clauses: list[list[int]] = field(default_factory=list)
    sources: list[Source | None] = field(default_factory=list)  # None: what a variable means
    chosen: dict[int, list[int]] = field(default_factory=dict)
    atoms: list[Atom] = field(default_factory=list)
    _sets: dict[Few, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n, m = self.env.n_profiles, self.env.space.dimension
        self.everything = frozenset(range(m))
        if (size := sum(each.clauses.places.size for each in self.grounded)) > MOST_LITERALS:
            raise GameTooLarge("literals of clauses", size, MOST_LITERALS, "declare fewer types or players")
        self.same = merged(self.env, self.grounded)
        kept = np.unique(self.same)
        self.atoms += [(int(p), frozenset({x})) for p in kept for x in range(m)]
        start = np.full(n, -1)
        start[kept] = np.arange(len(kept)) * m + 1
        self._sets |= {frozenset({x}): np.where(start >= 0, start + x, 0) for x in range(m)}
        self.chosen = {int(p): list(range(int(start[p]), int(start[p]) + m)) for p in kept}
        alike: dict[tuple[Few, ...], list[int]] = {}
        for g, each in enumerate(self.grounded):
            if each.clauses.everywhere or len(each.clauses.sets) > 2:
                self._add_rows(g, each.clauses)
            else:
                alike.setdefault(each.clauses.sets, []).append(g)
        for sets, numbers in alike.items():
            self._add(sets, numbers)
        if self.exclusive or any(each.clauses.everywhere for each in self.grounded):
            for variables in self.chosen.values():
                for i, v in enumerate(variables):
                    self._append(None, *([-v, -w] for w in variables[i + 1 :]))

    def _append(self, source: Source | None, *clauses: list[int]) -> None:
        self.clauses += clauses
        self.sources += [source] * len(clauses)

    def _add_rows(self, g: int, block: Clauses) -> None:
        """Clauses about many profiles, one by one."""
        for row, profiles in enumerate(self.same[block.places].tolist()):
            where: dict[int, Few] = {}
            for p, some in zip(profiles, block.sets, strict=True):
                where[p] = where.get(p, frozenset()) | some
            if self.everything in where.values():
                continue
            if block.everywhere:
                literals = [self._variable(some, p) for p, some in where.items() if some]
            else:
                literals = [-self._variable(self.everything - some, p) for p, some in where.items()]
            self._append((g, row), literals)

    def _add(self, sets: tuple[Few, ...], numbers: list[int]) -> None:
        """Clauses about one or two profiles, all of the same sets."""
        if self.everything in sets:
            return
        blocks = [self.grounded[g].clauses.places for g in numbers]
        places = self.same[np.concatenate(blocks)]
        _, first = np.unique(places[:, 0] * self.env.n_profiles + places[:, -1], return_index=True)
        places = places[first]
        g = np.repeat(numbers, [len(each) for each in blocks])[first]
        row = np.concatenate([np.arange(len(each)) for each in blocks])[first]
        sources: list[Source] = list(zip(g.tolist(), row.tolist(), strict=True))
        one = np.ones(len(places), dtype=bool) if len(sets) == 1 else places[:, 0] == places[:, 1]
        union = sets[0].union(*sets)
        for k in np.flatnonzero(one).tolist() if union != self.everything else ():
            start = self.chosen[int(places[k, 0])][0]
            self._append(sources[k], *([-(start + x)] for x in sorted(self.everything - union)))
        if not one.all():
            columns = [-self._variables(self.everything - some, places[~one, k]) for k, some in enumerate(sets)]
            self.clauses += np.stack(columns, axis=1).tolist()
            self.sources += [sources[k] for k in np.flatnonzero(~one).tolist()]

    def _variable(self, some: Few, p: int) -> int:
        return int(self._variables(some, np.array([p]))[0])

    def _variables(self, some: Few, places: Array) -> Array:
        """The variables that say that one of some outcomes is chosen, at each of the places."""
        known = self._sets.setdefault(some, np.zeros(self.env.n_profiles, dtype=np.int64))
        for p in np.unique(places[known[places] == 0]).tolist():
            self.atoms.append((p, some))
            new = known[p] = len(self.atoms)
            first = self.chosen[p][0]
            self._append(None, *([-(first + x), int(new)] for x in sorted(some)))
            self._append(None, [-int(new), *(first + x for x in sorted(some))])
        return known[places]

    def about(self, places: Sequence[int]) -> list[int]:
        """The numbers of the clauses that matter if something is chosen at these places, and elsewhere perhaps not.

        Where nothing is chosen every clause is met, but those that something must happen somewhere.
        """
        if len(places) == len(self.chosen) or any(each.clauses.everywhere for each in self.grounded):
            return list(range(len(self.clauses)))
        inside = np.zeros(self.env.n_profiles, dtype=bool)
        inside[list(places)] = True
        place, literals, starts = self._flat
        kept = np.logical_and.reduceat(inside[place[literals]], starts) if len(starts) else np.zeros(0, dtype=bool)
        found: list[int] = np.flatnonzero(kept).tolist()
        return found

    @cached_property
    def _flat(self) -> tuple[Array, Array, Array]:
        """The profile of each variable, the variables of all clauses in one row, and where each clause begins."""
        lengths = np.fromiter(map(len, self.clauses), dtype=np.int64, count=len(self.clauses))
        literals = np.fromiter(chain.from_iterable(self.clauses), dtype=np.int64, count=int(lengths.sum()))
        place = np.fromiter((0, *(p for p, _ in self.atoms)), dtype=np.int64)
        return place, np.abs(literals), np.cumsum(lengths) - lengths

    def table(self, model: Sequence[int]) -> Array:
        """The number of the outcome that a model chooses at each profile."""
        m = self.env.space.dimension
        true = np.array([v > 0 for v in model[: len(self.chosen) * m]], dtype=bool)
        place = np.zeros(self.env.n_profiles, dtype=np.int64)
        place[list(self.chosen)] = true.reshape(-1, m).argmax(axis=1)
        found: Array = place[self.same]
        return found


# -- the solver -------------------------------------------------------------------------------------------------------


def solver_class() -> Any:
    """The solver's class; raises MissingExtra with the command that installs it."""
    try:
        from pysat.solvers import Glucose4
    except ImportError:
        raise MissingExtra(
            "a search for deterministic rules by satisfiability needs the package python-sat: "
            "pip install 'rulewright[sat]'"
        ) from None
    return Glucose4


@dataclass
class Clock:
    """A budget of time, and whom to tell how far the work is."""

    until: float = math.inf
    progress: Callable[[int, int], Any] | None = None

    def check(self, done: int = 0, total: int = 0) -> None:
        """Tell how much is done; raises OutOfTime."""
        if self.progress is not None and total:
            self.progress(done, total)
        if monotonic() > self.until:
            raise OutOfTime

    def solve(self, solver: Any, assumptions: Sequence[int] = ()) -> bool:
        """Whether the solver's clauses can be satisfied; raises OutOfTime."""
        while True:
            self.check()
            solver.conf_budget(CONFLICTS)
            answer: bool | None = solver.solve_limited(assumptions=list(assumptions))
            if answer is not None:
                return answer


def refutation(clauses: Sequence[Sequence[int]], clock: Clock) -> list[tuple[int, ...]] | None:
    """Lemmas, each by unit propagation from the clauses and those before it, the last empty; None if satisfiable.

    >>> refutation([[1, 2], [-1, 2], [1, -2], [-1, -2]], Clock())
    [(2,), ()]
    """
    with solver_class()(bootstrap_with=clauses, with_proof=True) as solver:
        if clock.solve(solver):
            return None
        found: list[tuple[int, ...]] = []
        for line in solver.get_proof() or ():
            if not line.startswith("d"):
                lemma = tuple(map(int, line.split()[:-1]))
                found.append(lemma)
                if not lemma:
                    return found
        return [*found, ()]
