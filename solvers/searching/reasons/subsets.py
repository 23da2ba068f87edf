"""Which requirements clash: all smallest sets that do, and all largest sets that do not, by asking an oracle."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")
Few = frozenset[int]
Oracle = Callable[[tuple[T, ...]], bool | None]


@dataclass(frozen=True)
class Subsets(Generic[T]):
    """What clashes among some requirements.

    ``conflicts`` are the minimal sets that cannot hold together; ``give_up`` the minimal sets without which the rest
    can (each hits every conflict, Reiter 1987). Both are complete if ``complete``: else there may be others.
    """

    conflicts: tuple[tuple[T, ...], ...]
    give_up: tuple[tuple[T, ...], ...]
    complete: bool


def subsets(items: Sequence[T], feasible: Oracle[T], until: float = math.inf) -> Subsets[T]:
    """All minimal conflicts and all minimal sets to give up, by dualising (Bailey and Stuckey 2005).

    ``feasible(some)`` says whether some of the items can hold together, None if it does not know; what holds of a set
    must hold of its subsets. Each set that meets the complements of all consistent sets found so far, and is minimal
    in that, is either a minimal conflict or grows to a new consistent set. The order of the answer is that of the
    items; after ``until`` (a reading of ``time.monotonic``) no question is asked.

    >>> found = subsets("abc", lambda some: not {"a", "b"} <= set(some))
    >>> found.conflicts, found.give_up, found.complete
    ((('a', 'b'),), (('a',), ('b',)), True)
    """
    everything = frozenset(range(len(items)))
    conflicts: list[Few] = []
    unknown: set[Few] = set()
    consistent: list[Few] = []

    def ask(some: Few) -> bool | None:
        if any(some <= each for each in consistent):
            return True
        if any(each <= some for each in conflicts):
            return False
        return feasible(tuple(items[k] for k in sorted(some))) if monotonic() < until else None

    def grown(some: Few) -> Few:
        """A consistent set with as many items as can be added one after the other."""
        for k in sorted(everything - some):
            if ask(some | {k}):
                some = some | {k}
        return some

    while True:
        candidates = _transversals([everything - each for each in consistent])
        new = next((each for each in candidates if each not in unknown and each not in conflicts), None)
        if new is None:
            break
        answer = ask(new)
        if answer is None:
            unknown.add(new)
        elif answer:
            consistent.append(grown(new))
        else:
            conflicts.append(new)
    largest = [  # to which nothing can be added
        each for each in consistent if all(any(c <= each | {k} for c in conflicts) for k in everything - each)
    ]
    return Subsets(
        _in_order(items, conflicts), _in_order(items, [everything - each for each in largest]), complete=not unknown
    )


def _transversals(sets: Sequence[Few]) -> list[Few]:
    """The minimal sets that meet each of the sets (Berge 1989), the smallest first."""
    found: list[Few] = [frozenset()]
    for each in sets:
        wider = {some for some in found if some & each}
        wider |= {some | {k} for some in found if not some & each for k in each}
        found = [some for some in wider if not any(other < some for other in wider)]
    return sorted(found, key=_order)


def _order(some: Few) -> tuple[int, list[int]]:
    return len(some), sorted(some)


def _in_order(items: Sequence[T], found: Sequence[Few]) -> tuple[tuple[T, ...], ...]:
    return tuple(tuple(items[k] for k in sorted(some)) for some in sorted(found, key=_order))
