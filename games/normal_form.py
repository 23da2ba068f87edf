"""A game in normal form: who plays, what each may do, and what every profile of actions pays."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from .errors import BadInput, GameTooLarge, guard_lengths, nearest
from .numbers import Array, Number, array, exact, integers, number, show
from .profile import Profile
from .show import Shown

Label = Any  # any hashable label: a text, a number, a tuple

PLAYERS = 63  # NumPy arrays have at most 64 axes
LIMIT = 10**7  # profiles of a game whose payoffs are computed one by one


@dataclass(frozen=True, init=False, eq=False, repr=False)
class NormalForm(Shown):
    """Players choose actions at the same time, and each profile of actions pays each player a number.

    ``actions`` maps each player to the labels of her actions (or is a sequence of such pairs);
    ``payoffs[a_1, ..., a_N, i]`` is what player i gets, in nested lists or an array of ints, Fractions and floats,
    kept as they are and read-only. Two games are equal when their names, players, actions and payoffs are. Raises
    BadInput for a player without actions, a label used twice, a wrong shape, or an entry that is not a finite
    number (von Neumann and Morgenstern 1944).

    >>> game = NormalForm("matching pennies", {"ann": ("heads", "tails"), "bob": ("heads", "tails")},
    ...                   [[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> game.payoff("bob", {"ann": "heads", "bob": "tails"})
    1
    >>> NormalForm("half a game", {"ann": ("heads", "tails")}, [[1], [2], [3]])
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: the payoffs of "half a game" have shape (3, 1); with 2 actions and 1 player \
they need shape (2, 1)
    """

    name: str
    actions: Profile[tuple[Label, ...]]
    payoffs: Array

    def __init__(
        self,
        name: str,
        actions: Mapping[str, Iterable[Label]] | Iterable[tuple[str, Iterable[Label]]],
        payoffs: Any,
    ) -> None:
        checked = _actions(name, actions)
        shape = (*(len(labels) for labels in checked.values()), len(checked))
        values = array(payoffs, f'the payoffs of "{name}"')
        if values.shape != shape:
            counts = " and ".join(map(str, shape[:-1]))
            raise BadInput(
                f'the payoffs of "{name}" have shape {values.shape}; with {counts} action{_s(shape[:-1])} '
                f"and {shape[-1]} player{_s(shape[-1:])} they need shape {shape}"
            )
        values.setflags(write=False)
        object.__setattr__(self, "name", str(name))
        object.__setattr__(self, "actions", checked)
        object.__setattr__(self, "payoffs", values)

    @classmethod
    def from_function(
        cls,
        name: str,
        actions: Mapping[str, Iterable[Label]] | Iterable[tuple[str, Iterable[Label]]],
        f: Callable[[Profile[Label]], Mapping[str, Number]],
    ) -> NormalForm:
        """The game in which the profile p of actions pays ``f(p)``, a mapping from players to numbers.

        Raises GameTooLarge above 10**7 profiles, before ``f`` is called.

        >>> bids = {"ann": (0, 1, 2), "bob": (0, 1, 2)}
        >>> NormalForm.from_function("bids", bids, lambda p: {"ann": -p["ann"], "bob": -p["bob"]}).payoffs[2, 1]
        array([-2, -1])
        """
        lists = list(actions.values() if isinstance(actions, Mapping) else (each for _, each in actions))
        guard_lengths("profiles of actions", lists, LIMIT, LIMIT, "declare fewer players or actions")
        checked = _actions(name, actions)
        players = tuple(checked)
        sizes = tuple(len(labels) for labels in checked.values())
        entries: list[Number] = []
        for labels in product(*checked.values()):
            profile = Profile(dict(zip(players, labels, strict=True)))
            paid = f(profile)
            if not isinstance(paid, Mapping) or set(paid) != set(players):
                given = ", ".join(map(str, paid)) if isinstance(paid, Mapping) else repr(paid)
                raise BadInput(f"the payoffs at {dict(profile)} are for {given}; they must be for {', '.join(players)}")
            entries += [number(paid[player], f"the payoff of {player} at {dict(profile)}") for player in players]
        flat = np.empty(len(entries), dtype=object)
        flat[:] = entries
        return cls(name, checked, flat.reshape(*sizes, len(players)))

    def with_payoffs(self, payoffs: Any, name: str | None = None) -> NormalForm:
        """The game with the same players and actions and other payoffs, of the same shape."""
        return NormalForm(self.name if name is None else name, self.actions, payoffs)

    @property
    def players(self) -> tuple[str, ...]:
        """The players, in the order of the axes of ``payoffs``."""
        return tuple(self.actions)

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many actions each player has."""
        return tuple(len(labels) for labels in self.actions.values())

    @property
    def n_profiles(self) -> int:
        """How many profiles of actions there are."""
        return math.prod(self.sizes)

    def profiles(self) -> Iterator[Profile[Label]]:
        """Every profile of actions, the last player's action moving fastest."""
        for labels in product(*self.actions.values()):
            yield Profile(dict(zip(self.players, labels, strict=True)))

    def payoff(self, player: str, profile: Mapping[str, Label]) -> Number:
        """What ``player`` gets at a profile of actions, in the number type it was declared in."""
        i = self._player(player)
        place = tuple(self._action(name, self._entry(profile, name)) for name in self.players)
        value: Number = self.payoffs[(*place, i)]
        return number(value)

    def against(self, player: str, strategies: Mapping[str, Any]) -> dict[Label, int | Fraction]:
        """What each action of ``player`` pays, exactly, while the others play ``strategies``.

        A strategy is a mapping from actions to probabilities (what it leaves out is 0), or the label of an
        action.

        >>> game = NormalForm("", {"ann": "ab".split() + ["c"], "bob": ["l", "r"]},
        ...                   [[[3, 0], [0, 1]], [[1, 1], [1, 1]]])
        >>> game.against("ann", {"bob": {"l": Fraction(1, 2), "r": Fraction(1, 2)}})
        {'ab': Fraction(3, 2), 'c': 1}
        """
        i = self._player(player)
        own = self.actions[player]
        weights = {name: self._weights(name, self._entry(strategies, name)) for name in self.players if name != player}
        rows = [range(len(own)) if name == player else list(weights[name]) for name in self.players]
        ints, scale = integers(self.payoffs[..., i][np.ix_(*rows)])
        values = ints.astype(object)
        for axis in reversed([k for k, name in enumerate(self.players) if name != player]):
            shares, unit = integers(np.array(list(weights[self.players[axis]].values()), dtype=object))
            values = np.dot(np.moveaxis(values, axis, -1), shares.astype(object))
            scale *= unit
        return {label: exact(Fraction(value, scale)) for label, value in zip(own, values.tolist(), strict=True)}

    def expected(self, player: str, strategies: Mapping[str, Any]) -> int | Fraction:
        """The expected payoff of ``player``, exactly, when everyone plays ``strategies`` (as in ``against``)."""
        own = list(self.actions[player]) if player in self.actions else []
        pays = self.against(player, strategies)
        weights = self._weights(player, self._entry(strategies, player))
        return exact(sum((Fraction(p) * pays[own[k]] for k, p in weights.items()), Fraction(0)))

    def save(self, path: str | Path) -> None:
        """Write the game to a ``.toml``, ``.json`` or ``.nfg`` file, from which :func:`load` reads it back."""
        from .files import save

        save(self, path)

    def _player(self, player: str) -> int:
        if player not in self.actions:
            raise BadInput(f'no player "{player}" in "{self.name}"; {nearest(str(player), self.players)}')
        return self.players.index(player)

    def _action(self, player: str, label: Label) -> int:
        try:
            return self._places()[player][label]
        except (KeyError, TypeError):
            hint = nearest(str(label), map(str, self.actions[player]))
            raise BadInput(f'{player} has no action "{label}" in "{self.name}"; {hint}') from None

    def _places(self) -> dict[str, dict[Label, int]]:
        """{player: {label: index}}, made once."""
        places: dict[str, dict[Label, int]] | None = self.__dict__.get("_cached_places")
        if places is None:
            places = {name: {x: k for k, x in enumerate(labels)} for name, labels in self.actions.items()}
            self.__dict__["_cached_places"] = places
        return places

    def _entry(self, mapping: Mapping[str, Any], player: str) -> Any:
        if player not in mapping:
            raise BadInput(f"nothing is given for {player}; each of {', '.join(self.players)} needs an entry")
        return mapping[player]

    def _weights(self, player: str, strategy: Any) -> dict[int, int | Fraction]:
        """{index of an action: its probability}, without the zeros."""
        if not isinstance(strategy, Mapping):
            return {self._action(player, strategy): 1}
        found = {self._action(player, label): exact(p, f"a probability of {player}") for label, p in strategy.items()}
        return {k: p for k, p in found.items() if p}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NormalForm):
            return NotImplemented
        same = self.name == other.name and tuple(self.actions.items()) == tuple(other.actions.items())
        return same and bool(np.all(self.payoffs == other.payoffs))

    def __hash__(self) -> int:
        return hash((self.name, tuple(self.actions.items()), tuple(self.payoffs.ravel().tolist())))

    def __reduce__(self) -> tuple[type[NormalForm], tuple[str, dict[str, tuple[Label, ...]], Array]]:
        return NormalForm, (self.name, dict(self.actions), self.payoffs)

    def __repr__(self) -> str:
        sizes = " × ".join(map(str, self.sizes))
        return f'<NormalForm "{self.name}": {", ".join(self.players)}; {sizes} actions>'

    def __str__(self) -> str:
        if len(self.players) == 2 and max(self.sizes) <= 30:
            return self._table()
        lines = [f"{self.name}: {', '.join(self.players)}"]
        for k, profile in enumerate(self.profiles()):
            if k == 50:
                lines.append(f"... and {self.n_profiles - k} more profiles")
                break
            paid = ", ".join(f"{player} {show(self.payoff(player, profile))}" for player in self.players)
            lines.append(f"{', '.join(map(str, profile.values()))}: {paid}")
        return "\n".join(lines)

    def _table(self) -> str:
        row, column = self.players
        cells = [["", *map(str, self.actions[column])]]
        for k, label in enumerate(self.actions[row]):
            paid = [", ".join(show(number(x)) for x in pair) for pair in self.payoffs[k]]
            cells.append([str(label), *paid])
        widths = [max(map(len, cell)) for cell in zip(*cells, strict=True)]
        rows = ["  ".join(text.ljust(w) for text, w in zip(line, widths, strict=True)).rstrip() for line in cells]
        return "\n".join([f"{self.name} ({row} chooses the row, {column} the column)", *rows])


def _s(counts: tuple[int, ...]) -> str:
    return "" if counts == (1,) else "s"


def _actions(name: str, given: Any) -> Profile[tuple[Label, ...]]:
    pairs = list(given.items()) if isinstance(given, Mapping) else list(given)
    found: dict[str, tuple[Label, ...]] = {}
    for player, labels in pairs:
        if not isinstance(player, str) or not player:
            raise BadInput(f'a player of "{name}" is named {player!r}; a player\'s name is a text')
        if player in found:
            raise BadInput(f'the player "{player}" is named twice in "{name}"; name each player once')
        if isinstance(labels, str) or not isinstance(labels, Iterable):
            raise BadInput(f"the actions of {player} are {labels!r}; give a tuple of labels")
        found[player] = tuple(labels)
        if not found[player]:
            raise BadInput(f'the player "{player}" has no actions in "{name}"; give at least one')
        seen: set[str] = set()
        for label in found[player]:
            if not isinstance(label, Hashable):
                raise BadInput(
                    f"an action of {player} is {label!r}; a label must be hashable, such as a text or number"
                )
            if str(label) in seen:
                raise BadInput(f'the action "{label}" of {player} is listed twice; list each action once')
            seen.add(str(label))
        if len(set(found[player])) < len(found[player]):
            raise BadInput(f"two actions of {player} are equal as labels; list each action once")
    if not found:
        raise BadInput(f'the game "{name}" has no players; name at least one')
    if len(found) > PLAYERS:
        raise GameTooLarge(f'players in "{name}"', len(found), PLAYERS, "a normal form needs an axis for each of them")
    return Profile(found)
