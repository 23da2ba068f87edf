"""A lottery: outcomes with their probabilities."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from fractions import Fraction

from .numbers import Number, exact, plain, probabilities, show


class Lottery(Mapping[Hashable, Number]):
    """An immutable mapping from outcomes to probabilities that sum to 1.

    >>> from fractions import Fraction
    >>> coin = Lottery({"heads": Fraction(1, 2), "tails": Fraction(1, 2)})
    >>> coin.expect(lambda side: 3 if side == "heads" else 0)
    Fraction(3, 2)
    >>> Lottery({"heads": 1, "tails": 1})
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: the lottery sums to 2; probabilities must sum to 1
    """

    __slots__ = ("_weights",)

    def __init__(self, weights: Mapping[Hashable, Number]) -> None:
        checked = probabilities(weights.values(), "the lottery")
        self._weights = {x: p for x, p in zip(weights, checked, strict=True) if p}

    def expect(self, f: Callable[[Hashable], Number]) -> Number:
        """The expectation of ``f``, exact: floats are read as the rationals they are."""
        return plain(sum((exact(p) * exact(f(x)) for x, p in self._weights.items()), start=Fraction(0)))

    def __getitem__(self, outcome: Hashable) -> Number:
        return self._weights[outcome]

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._weights)

    def __len__(self) -> int:
        return len(self._weights)

    def __hash__(self) -> int:
        return hash(frozenset(self._weights.items()))

    def __reduce__(self) -> tuple[type[Lottery], tuple[dict[Hashable, Number]]]:
        return Lottery, (dict(self._weights),)

    def __repr__(self) -> str:
        return f"Lottery({{{', '.join(f'{x!r}: {show(p)}' for x, p in self._weights.items())}}})"
