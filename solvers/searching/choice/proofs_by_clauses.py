"""Clausal proofs written down: which cases a refutation needs, and its steps, for the checker of certificates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ....games.environment import Environment
from ....mechanisms.clausal import Clausal, profile_at
from ....mechanisms.measures import UtilityOf
from ....mechanisms.properties.efficiency import pareto_efficient
from ... import proofs
from ...proofs import Data
from ...verification.statements import Statement
from .clauses import Grounded
from .sat import Clock, Formula, Source, copies, refutation
from .trimming import trimmed


@dataclass(frozen=True, eq=False)
class Refutation:
    """A formula's contradiction: the clauses it needs, the profiles at which something must be chosen, the steps."""

    formula: Formula
    sources: tuple[Source, ...]
    core: tuple[int, ...]
    lemmas: tuple[tuple[int, ...], ...]

    @property
    def merges(self) -> bool:
        """Whether the same must be chosen at some of the profiles it speaks of."""
        return any(self.moved(g, row) for g, row in self.sources)

    def moved(self, g: int, row: int) -> bool:
        """Whether a clause speaks of a profile for which another stands."""
        places = self.formula.grounded[g].clauses.places[row]
        return bool((self.formula.same[places] != places).any())


def refuted(formula: Formula, core: Sequence[int] | None = None, clock: Clock | None = None) -> Refutation | None:
    """A confirmed proof that the formula has no model, where something is chosen at the profiles of ``core`` (all).

    None if it has one, or if a step of the solver does not follow.
    """
    clock = clock or Clock()
    core = sorted(formula.chosen) if core is None else core
    kept = formula.about(core)
    clauses: list[list[int]] = [formula.clauses[k] for k in kept] + [formula.chosen[p] for p in core]
    steps = refutation(clauses, clock)
    found = None if steps is None else trimmed(clauses, steps, clock.check)
    if found is None:
        return None
    used, lemmas = found
    sources = dict.fromkeys(source for k in used if k < len(kept) and (source := formula.sources[kept[k]]) is not None)
    needed = tuple(core[k - len(kept)] for k in used if k >= len(kept))
    return Refutation(formula, tuple(sources), needed, tuple(map(tuple, lemmas)))


def written(env: Environment, proof: Refutation, words: str, tables: Sequence[Sequence[int]] = ()) -> Data | None:
    """The certificate that no deterministic rule (but those of ``tables``) meets the requirements.

    None where values are interdependent.
    """
    if env.interdependent:
        return None
    measures: Data = {}
    for player in env.players:
        proofs.measure(env, UtilityOf(player, None), measures)
    statements: dict[Statement, int] = {}
    requirements: dict[Any, int] = {}
    cases: list[tuple[int, dict[str, int]]] = []
    clauses: list[list[Any]] = []
    for g, row in dict.fromkeys([*proof.sources, *_joining(proof)]):
        each = proof.formula.grounded[g]
        if each.statement is not None:
            k = statements.setdefault(each.statement, len(statements))
            cases.append((k, _values(env, each, row)))
        elif each.property is not None:  # None: one of the tables, which are all written
            k = requirements.setdefault(each.property, len(requirements))
            clauses.append([k, *_cited(env, each, row)])
    data = proofs.claim(
        "no deterministic rule", words, env, measures,
        statements=[proofs.statement_data(env, s, measures) for s in statements],
        requirements=[{"name": p.name, "words": p.words, **form_of(env, p)} for p in requirements],
        cases=[[k, values] for k, values in {repr(each): each for each in cases}.values()],
        clauses=clauses,
    )  # fmt: skip
    if tables:
        data["except"] = [list(map(int, t)) for t in tables]
    number: dict[int, int] = {}
    steps = [*_renamed(proof), *proof.lemmas]
    data["proof"] = [[number.setdefault(abs(v), len(number) + 1) * (1 if v > 0 else -1) for v in c] for c in steps]
    data["atoms"] = [[p, sorted(some)] for p, some in (proof.formula.atoms[v - 1] for v in number)]
    return data


def form_of(env: Environment, property: Any) -> Data:
    """By what the checker makes the clauses of a property itself; "listed" if they are taken as they stand."""
    if property is pareto_efficient:
        m = env.space.dimension
        ranks = {i: [np.unique(row, return_inverse=True)[1].tolist() for row in env.utilities(i)] for i in env.players}
        return {"form": "dominance", "levels": ranks, "excluded": [[[x]] * m for x in range(m)]}
    if isinstance(property, Clausal) and property.data is not None:
        return property.data(env)
    return {"form": "listed"}


def _cited(env: Environment, each: Grounded, row: int) -> list[Any]:
    """What names a clause in the form of its property."""
    if each.property is pareto_efficient:
        (x,), (p,) = each.clauses.about, each.clauses.places[row].tolist()
        types = profile_at(env, p)
        gains = np.array([u - u[x] for i in env.players for u in [env.utilities(i)[env.position(i, types[i])]]])
        better = np.flatnonzero((gains >= 0).all(axis=0) & (gains > 0).any(axis=0))
        return [x, int(better[0]), p]
    if isinstance(each.property, Clausal) and each.property.data is not None:
        return each.clauses.cite(row)
    return [[int(p), sorted(some)] for p, some in zip(each.clauses.places[row], each.clauses.sets, strict=True)]


def _renamed(proof: Refutation) -> list[list[int]]:
    """The clauses about profiles for which others stand, said of these: first steps, which the checker has not."""
    formula = proof.formula
    wanted = {(g, row) for g, row in proof.sources if proof.moved(g, row)}
    return [clause for clause, source in zip(formula.clauses, formula.sources, strict=True) if source in wanted]


def _values(env: Environment, each: Grounded, row: int) -> dict[str, int]:
    """The values of the variables in the case from which a clause comes."""
    assert each.statement is not None and each.cases is not None
    axes = each.statement.case.variables
    sizes = [len(env.types[v.player]) for v in axes]
    place = np.unravel_index(int(each.cases[row]), sizes) if sizes else ()
    return {proofs.variable(env, v): int(k) for v, k in zip(axes, place, strict=True)}


def _joining(proof: Refutation) -> Iterable[Source]:
    """The clauses by which the profiles that the proof speaks of are as those that stand for them."""
    formula = proof.formula
    same, m = formula.same, formula.env.space.dimension
    needed = {int(p) for g, row in proof.sources for p in formula.grounded[g].clauses.places[row]}
    needed = {p for p in needed if same[p] != p}
    if not needed:
        return []
    orbits = np.unique(same[sorted(needed)])
    edges: dict[tuple[int, int], dict[int, Source]] = {}
    for x, g, places in copies(formula.grounded, m):
        for row in np.flatnonzero(np.isin(same[places[:, 0]], orbits)).tolist():
            p, q = places[row].tolist()
            edges.setdefault((p, q), {}).setdefault(x, (g, row))
    whole = {edge: list(by.values()) for edge, by in edges.items() if len(by) == m}
    near: dict[int, list[tuple[int, list[Source]]]] = {}
    for (p, q), sources in whole.items():
        near.setdefault(p, []).append((q, sources))
        near.setdefault(q, []).append((p, sources))
    found: dict[Source, None] = {}
    toward: dict[int, tuple[int, list[Source]]] = {}
    queue = [int(p) for p in orbits]
    seen = set(queue)
    for p in queue:  # grows while it is read
        for q, sources in near.get(p, ()):
            if q not in seen:
                seen.add(q)
                toward[q] = (p, sources)
                queue.append(q)
    for p in sorted(needed):
        while p in toward:
            p, sources = toward[p]
            found |= dict.fromkeys(sources)
    return list(found)
