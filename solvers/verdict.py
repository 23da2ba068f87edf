"""Verdicts: proved, refuted with a counterexample, or unknown with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..games.numbers import Number, exact
from ..games.show import Shown


class Unknown(RuntimeError):
    """A verdict was read as True or False, and it is neither."""


@dataclass(frozen=True, eq=False, repr=False)
class Counterexample(Shown):
    """A case in which a property fails: what there is, what is needed, and the difference as an exact number.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> found = rw.verify(rw.mechanisms.first_price, env, rw.strategyproof).counterexample
    >>> found.case.player, found.has, found.needs, found.gain, found.check()
    ('ann', 0, 1, 1, True)
    """

    case: Any
    has: Number
    needs: Number
    sentence: str
    replay: Callable[[], bool]
    rule: Any = None
    environment: Any = None
    requirement: Any = None

    @property
    def gain(self) -> Number:
        """By how much the case fails: what a liar gains, what an envious player is missing."""
        return exact(abs(exact(self.needs) - exact(self.has)))

    def check(self) -> bool:
        """Replay the case from the definitions, without the solver: True if it really fails."""
        return self.replay()

    def to_test(self) -> str:
        """The case as a test function for pytest, in Python source that runs as it stands.

        It builds the environment, the rule and the case, and asserts both sides of the property as exact numbers.
        Rules and properties that can be imported are; others are written out. Raises BadInput where that cannot be
        done faithfully.

        >>> import rulewright as rw
        >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
        >>> found = rw.verify(rw.mechanisms.first_price, env, rw.strategyproof).counterexample
        >>> print(*(line for line in found.to_test().splitlines() if line.startswith("def")))
        def test_first_price_is_not_strategyproof() -> None:
        """
        from .writing.replay import as_test

        return as_test(self)

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, eq=False, repr=False)
class Verdict(Shown):
    """The answer to "does this rule have this property?", with its domain and how it was found.

    ``bool()`` is True for proved, False for refuted, and raises Unknown otherwise. ``checked`` counts cases; where
    every case was looked at in arrays, ``margin`` is by how much the tightest of them holds (what the cheapest
    lie costs).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> verdict = rw.verify(rw.mechanisms.second_price, env, rw.strategyproof)
    >>> verdict.status, verdict.checked, rw.check(verdict.certificate)
    ('proved', 8, True)
    """

    status: str
    property: str
    rule: str
    domain: str
    method: str
    checked: int
    counterexample: Counterexample | None = None
    reason: str = ""
    margin: Number | None = None
    certify: Callable[[], dict[str, Any] | None] = lambda: None

    @cached_property
    def certificate(self) -> dict[str, Any] | None:
        """JSON data that ``rulewright.check`` accepts; None for an unknown verdict and where there is none.

        Raises GameTooLarge above 200,000 profiles.
        """
        return self.certify()

    def __bool__(self) -> bool:
        if self.status == "unknown":
            raise Unknown(f"{self.property} of {self.rule} is unknown: {self.reason}")
        return self.status == "proved"

    def __str__(self) -> str:
        head = f"{self.property} of {self.rule}: {self.status}"
        why = (
            f", because {self.counterexample}"
            if self.counterexample
            else f", because {self.reason}"
            if self.reason
            else ""
        )
        return f"{head}{why} ({self.checked:,} case{'' if self.checked == 1 else 's'}; {self.domain}; {self.method})"


@dataclass(frozen=True, eq=False, repr=False)
class Report(Sequence[Verdict], Shown):
    """Several verdicts on one rule: a sequence, and as a whole refuted if one is, else unknown if one is.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> report = rw.verify(rw.mechanisms.first_price, env, rw.strategyproof, rw.efficient)
    >>> [v.status for v in report], report.status, bool(report)
    (['refuted', 'proved'], 'refuted', False)
    """

    verdicts: tuple[Verdict, ...]

    @property
    def status(self) -> str:
        """ "proved" if all are, "refuted" if one is, else "unknown"."""
        every = {v.status for v in self.verdicts}
        return next((status for status in ("refuted", "unknown") if status in every), "proved")

    def __bool__(self) -> bool:
        """Whether all are proved; raises Unknown where none is refuted and one is unknown."""
        if self.status == "unknown":
            return all(map(bool, self.verdicts))
        return self.status == "proved"

    def __getitem__(self, k: Any) -> Any:
        return self.verdicts[k]

    def __len__(self) -> int:
        return len(self.verdicts)

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.verdicts)

    def __str__(self) -> str:
        return "\n".join(map(str, self.verdicts))
