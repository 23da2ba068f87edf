"""Outcome spaces: each outcome is a point of a polytope in which every utility is linear.

A point has ``dimension`` coordinates, all at least 0, that fall into ``groups``: the coordinates of a group sum to
exactly 1, or to at most 1. A finite list of outcomes is one group (the lotteries over it). Shares of goods are one
group a good, next to a first coordinate that is always 1 and carries constants; n^m allocations are never listed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

from .errors import BadInput, nearest
from .lottery import Lottery
from .numbers import Number, exact, number, show, to_one
from .profile import Profile

Outcome = Any
Swap = Callable[[Outcome, str, str], Outcome]


def swapped(outcome: Outcome, one: str, other: str) -> Outcome:
    """The outcome ``{player: what she gets}`` in which two players have exchanged what they get.

    >>> swapped(Profile({"ann": "hut", "bob": "villa"}), "ann", "bob")
    Profile(ann='villa', bob='hut')
    """
    return outcome | {one: outcome[other], other: outcome[one]}


class Group(NamedTuple):
    """Coordinates that sum to 1, exactly or (``exactly=False``) at most."""

    coordinates: tuple[int, ...]
    exactly: bool


class OutcomeSpace(Protocol):
    """What the solvers ask of an outcome space."""

    @property
    def dimension(self) -> int:
        """How many coordinates a point has."""

    @property
    def groups(self) -> tuple[Group, ...]:
        """The linear description: each group's coordinates sum to 1 (or to at most 1)."""

    @property
    def labels(self) -> tuple[str, ...]:
        """One label a coordinate, for people."""

    def functional(self, f: Callable[[Outcome], Number]) -> list[Number]:
        """The coefficients of ``f`` in the coordinates: f(x) = sum of coefficient * coordinate."""

    def point(self, outcome: Outcome) -> dict[int, Number]:
        """The nonzero coordinates of an outcome; raises BadInput if it is none of this space."""

    def outcome(self, point: Mapping[int, Number]) -> Outcome:
        """The outcome (or lottery) at a point: the inverse of ``point``."""

    def exchange(self, outcome: Outcome, one: str, other: str) -> Outcome:
        """The outcome in which two players have exchanged what they get; raises BadInput if it has no meaning."""


@dataclass(frozen=True)
class Finite:
    """A finite list of outcomes; a point is a lottery over them.

    ``swap(outcome, i, j)`` says what it means that i and j exchange what they get (needed for envy).

    >>> Finite(("left", "right")).functional(lambda x: len(x))
    [4, 5]
    >>> Finite(("left", "right")).point("lefft")
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: no outcome 'lefft'; did you mean "left"?
    """

    items: tuple[Hashable, ...]
    swap: Swap | None = None
    _index: dict[Hashable, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", tuple(self.items))
        object.__setattr__(self, "_index", {x: k for k, x in enumerate(self.items)})
        if not self.items:
            raise BadInput("the list of outcomes is empty; name at least one outcome")
        if len(self._index) != len(self.items):
            twice = next(x for k, x in enumerate(self.items) if self._index[x] != k)
            raise BadInput(f"the outcome {twice!r} is listed twice; name each once")

    @property
    def dimension(self) -> int:
        return len(self.items)

    @property
    def groups(self) -> tuple[Group, ...]:
        return (Group(tuple(range(len(self.items))), True),)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(map(str, self.items))

    def functional(self, f: Callable[[Outcome], Number]) -> list[Number]:
        return [f(x) for x in self.items]

    def point(self, outcome: Outcome) -> dict[int, Number]:
        if isinstance(outcome, Lottery):
            return {self._position(x): p for x, p in outcome.items()}
        return {self._position(outcome): 1}

    def _position(self, outcome: Outcome) -> int:
        try:
            return self._index[outcome]
        except (KeyError, TypeError):
            hint = nearest(str(outcome), self.labels[:20])
            raise BadInput(f"no outcome {outcome!r}; {hint}") from None

    def outcome(self, point: Mapping[int, Number]) -> Outcome:
        if len(point) == 1:
            return self.items[next(iter(point))]
        return Lottery({self.items[k]: p for k, p in point.items()})

    def exchange(self, outcome: Outcome, one: str, other: str) -> Outcome:
        if self.swap is None:
            raise BadInput(
                "the outcomes do not say what each player gets; give Finite(outcomes, swap=f), where "
                "f(outcome, i, j) is the outcome with the shares of i and j exchanged"
            )
        return self.swap(outcome, one, other)


@dataclass(frozen=True)
class Shares:
    """Divisible goods: an outcome gives each player a share of each good; utilities must be additive.

    Outcomes are ``{player: {good: share}}`` (missing shares are 0), read back as a Profile of Profiles. With
    ``disposal`` a part of a good may go to nobody.

    >>> space = Shares(("ann", "bob"), ("bread", "wine"))
    >>> space.point({"ann": {"wine": 1}, "bob": {"bread": 1}})
    {0: 1, 2: 1, 3: 1}
    """

    players: tuple[str, ...]
    goods: tuple[str, ...]
    disposal: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "players", tuple(self.players))
        object.__setattr__(self, "goods", tuple(self.goods))
        if not self.goods:
            raise BadInput("the list of goods is empty; name at least one good")
        for what, names in (("player", self.players), ("good", self.goods)):
            if len(set(names)) != len(names):
                raise BadInput(f"a {what} is named twice among {', '.join(names)}; name each once")

    @property
    def dimension(self) -> int:
        return 1 + len(self.players) * len(self.goods)

    @property
    def groups(self) -> tuple[Group, ...]:
        n, m = len(self.players), len(self.goods)
        each = (Group(tuple(1 + i * m + g for i in range(n)), not self.disposal) for g in range(m))
        return (Group((0,), True), *each)

    @property
    def labels(self) -> tuple[str, ...]:
        return ("1", *(f"{good} to {player}" for player in self.players for good in self.goods))

    def functional(self, f: Callable[[Outcome], Number]) -> list[Number]:
        nothing = f(self.outcome({0: 1}))
        units = [f(self.outcome({0: 1, k: 1})) - nothing for k in range(1, self.dimension)]
        self._check_additive(f, nothing, units)
        return [nothing, *units]

    def _check_additive(self, f: Callable[[Outcome], Number], nothing: Number, units: Sequence[Number]) -> None:
        """Two spot checks, at everybody holding a whole and a half of every good."""
        for share in (1, 0.5):
            whole = f(self.outcome({0: 1, **dict.fromkeys(range(1, self.dimension), share)}))
            total = exact(nothing) + sum((Fraction(share) * exact(u) for u in units), Fraction(0))
            if abs(exact(whole) - total) > abs(total) / 2**40:
                raise BadInput(
                    f"a utility is not additive in the shares: all of it is worth {show(whole)}, its parts "
                    f"{show(total)}; list the outcomes (Finite) instead"
                )

    def point(self, outcome: Outcome) -> dict[int, Number]:
        found: dict[int, Number] = {0: 1}
        if not isinstance(outcome, Mapping):
            raise BadInput(f"an outcome is {{player: {{good: share}}}}; got {outcome!r}")
        for player, bundle in outcome.items():
            if player not in self.players:
                raise BadInput(f'no player "{player}" in the allocation; {nearest(str(player), self.players)}')
            for good, share in bundle.items():
                if good not in self.goods:
                    raise BadInput(f'no good "{good}" in the allocation; {nearest(str(good), self.goods)}')
                share = number(share, f"the share of {good} for {player}")
                if share < 0:
                    raise BadInput(f"the share of {good} for {player} is {show(share)}; shares are at least 0")
                if share:
                    k = 1 + self.players.index(player) * len(self.goods) + self.goods.index(good)
                    found[k] = share
        for group, good in zip(self.groups[1:], self.goods, strict=True):
            held = [k for k in group.coordinates if k in found]
            total = sum((Fraction(exact(found[k])) for k in held), Fraction(0))
            slack = Fraction(1, 2**45) if any(isinstance(found[k], float) for k in held) else 0
            if total > 1 + slack or (group.exactly and total < 1 - slack):
                need = "1" if group.exactly else "at most 1"
                raise BadInput(f"the shares of {good} sum to {show(total)}; they must sum to {need}")
            if total > 1 or (group.exactly and total < 1):
                found.update(zip(held, to_one([found[k] for k in held]), strict=True))
        return dict(sorted(found.items()))

    def outcome(self, point: Mapping[int, Number]) -> Outcome:
        m = len(self.goods)
        return Profile(
            {
                player: Profile({good: point.get(1 + i * m + g, 0) for g, good in enumerate(self.goods)})
                for i, player in enumerate(self.players)
            }
        )

    def exchange(self, outcome: Outcome, one: str, other: str) -> Outcome:
        return Profile({**outcome, one: outcome[other], other: outcome[one]})
