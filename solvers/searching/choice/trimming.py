"""Trimming: of a clausal proof, the steps that its last one rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Clause = Sequence[int]


class Propagator:
    """Clauses under unit propagation, with two watched literals each (Moskewicz et al. 2001)."""

    def __init__(self, clauses: Sequence[Clause]) -> None:
        self.clauses = [list(dict.fromkeys(c)) for c in clauses]
        self.watched: dict[int, list[int]] = {}
        self.units: list[int] = []
        for k, clause in enumerate(self.clauses):
            if len(clause) == 1:
                self.units.append(k)
            for literal in clause[:2] if len(clause) > 1 else ():
                self.watched.setdefault(literal, []).append(k)

    def conflict(self, negated: Clause, below: int) -> set[int] | None:
        """The clauses numbered under ``below`` by which the negation of a clause leads to a conflict; None if none."""
        reason: dict[int, int] = {}  # literal that is true: clause that made it so (-1: assumed)
        queue: list[int] = []
        for literal in negated:
            if literal in reason:
                return set()  # the clause is a tautology
            if -literal not in reason:
                reason[-literal] = -1
                queue.append(-literal)
        for k in self.units:
            if k < below:
                (literal,) = self.clauses[k]
                if -literal in reason:
                    return self._used(k, reason)
                if literal not in reason:
                    reason[literal] = k
                    queue.append(literal)
        for true in queue:  # grows while it is read
            watching = self.watched.get(-true)
            if not watching:
                continue
            kept: list[int] = []
            self.watched[-true] = kept
            for j, k in enumerate(watching):
                if k >= below:
                    continue  # never asked again: what is below only falls
                clause = self.clauses[k]
                if clause[0] == -true:
                    clause[0], clause[1] = clause[1], clause[0]
                first = clause[0]
                if first in reason:
                    kept.append(k)
                    continue
                for i in range(2, len(clause)):
                    if -clause[i] not in reason:
                        clause[1], clause[i] = clause[i], clause[1]
                        self.watched.setdefault(clause[1], []).append(k)
                        break
                else:
                    kept.append(k)
                    if -first in reason:
                        kept += watching[j + 1 :]
                        return self._used(k, reason)
                    reason[first] = k
                    queue.append(first)
        return None

    def _used(self, conflict: int, reason: dict[int, int]) -> set[int]:
        used, waiting, seen = set[int](), [conflict], set[int]()
        while waiting:
            k = waiting.pop()
            used.add(k)
            for literal in self.clauses[k]:
                if -literal in reason and literal not in seen:
                    seen.add(literal)
                    if (why := reason[-literal]) >= 0 and why not in used:
                        waiting.append(why)
        return used


def trimmed(
    clauses: Sequence[Clause], lemmas: Sequence[Clause], tick: Callable[[], Any] = lambda: None
) -> tuple[list[int], list[Clause]] | None:
    """The numbers of the clauses and the lemmas on which the last lemma rests (Goldberg and Novikov 2003).

    Each of these must follow from the clauses and the lemmas before it by unit propagation; None if one does not.
    ``tick()`` is called before each is looked at.

    >>> trimmed([(1, 2), (-1, 2), (1, -2), (-1, -2), (3,)], [(3, 1), (2,), ()])
    ([0, 1, 2, 3], [(2,), ()])
    """
    if any(not clause for clause in clauses):
        return [next(k for k, clause in enumerate(clauses) if not clause)], [()]
    n = len(clauses)
    everything = Propagator([*clauses, *lemmas])
    needed = {n + len(lemmas) - 1}
    for k in reversed(range(n, n + len(lemmas))):
        if k in needed:
            tick()
            used = everything.conflict(lemmas[k - n], k)
            if used is None:
                return None
            needed |= used
    kept = sorted(needed)
    return [k for k in kept if k < n], [lemmas[k - n] for k in kept if k >= n]
