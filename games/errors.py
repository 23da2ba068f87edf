"""What can be wrong with an input, each as one sentence that says what is needed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sized
from difflib import get_close_matches


class BadInput(ValueError):
    """The input cannot mean what it says: what was given, where, and what is needed."""


class GameTooLarge(BadInput):
    """The work is too large to begin: carries ``size``, ``limit`` and ``remedy``.

    >>> raise GameTooLarge("profiles of reports", 10**12, 10**8, "declare fewer types")
    Traceback (most recent call last):
    rulewright.games.errors.GameTooLarge: 1,000,000,000,000 profiles of reports, and the limit is \
100,000,000: declare fewer types
    """

    def __init__(self, what: str, size: int, limit: int, remedy: str) -> None:
        self.what, self.size, self.limit, self.remedy = what, size, limit, remedy
        super().__init__(f"{_amount(size)} {what}, and the limit is {_amount(limit)}: {remedy}")

    def __reduce__(self) -> tuple[type[GameTooLarge], tuple[str, int, int, str]]:
        return GameTooLarge, (self.what, self.size, self.limit, self.remedy)


class MissingExtra(ImportError):
    """An optional package is not installed; the message says which ``pip install`` brings it."""


def guard_lengths(what: str, given: Iterable[object], each: int, together: int, remedy: str) -> None:
    """Raise GameTooLarge if one of ``given`` is longer than ``each``, or their product exceeds ``together``.

    Only what knows its length is counted, so nothing is written out (a ``range`` stays a range).

    >>> guard_lengths("profiles", [range(10**6), range(10**6)], 10**6, 10**7, "declare fewer types")
    Traceback (most recent call last):
    rulewright.games.errors.GameTooLarge: 1,000,000,000,000 profiles, and the limit is 10,000,000: declare fewer types
    """
    lengths = [len(x) for x in given if isinstance(x, Sized)]
    size = math.prod(lengths)
    if max(lengths, default=0) > each or size > together:
        raise GameTooLarge(what, size, together if size > together else each, remedy)


def _amount(n: int) -> str:
    return f"{n:,}" if n < 10**30 else f"about 10^{len(str(n)) - 1}" if n < 10**4000 else "more than 10^4000"


def nearest(word: str, options: Iterable[str]) -> str:
    """A hint for a mistyped name: the nearest valid one, then what there is.

    >>> nearest("strategyprof", ["strategyproof", "proportional"])
    'did you mean "strategyproof"?'
    >>> nearest("xyz", ["b", "a"])
    'there are a, b'
    """
    names = sorted(options)
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{close[0]}"?'
    more = f", and {len(names) - 12} more" if len(names) > 12 else ""
    verb = "are" if len(names) > 1 else "is"
    return f"there {verb} {', '.join(names[:12])}{more}" if names else "there is none"
