"""A profile: one thing for each player."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from .errors import BadInput, nearest

T = TypeVar("T")


class Profile(Mapping[str, T], Generic[T]):
    """An immutable mapping from players to types, reports, actions or payments.

    ``profile | {"ann": 3}`` is the profile in which only ann's entry changed: the textbook's
    (t_i', t_-i).

    >>> p = Profile({"ann": 1, "bob": 2})
    >>> p == Profile(ann=1, bob=2)
    True
    >>> p | {"ann": 3}
    Profile(ann=3, bob=2)
    >>> p["ann"], p.without("ann"), p == {"bob": 2, "ann": 1}
    (1, Profile(bob=2), True)
    >>> p | {"carl": 3}
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: no player "carl" in the profile; there are ann, bob
    """

    __slots__ = ("_entries", "_hash")
    _hash: int

    def __init__(self, entries: Mapping[str, T] = {}, /, **named: T) -> None:
        self._entries = {**entries, **named}

    def __getitem__(self, player: str) -> T:
        return self._entries[player]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __or__(self, changes: Mapping[str, T]) -> Profile[T]:
        for player in changes:
            if player not in self._entries:
                raise BadInput(f'no player "{player}" in the profile; {nearest(player, self._entries)}')
        return Profile({**self._entries, **changes})

    def without(self, player: str) -> Profile[T]:
        """The profile of the others, t_-i."""
        return Profile({name: entry for name, entry in self._entries.items() if name != player})

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Profile):
            return self._entries == other._entries
        return self._entries == dict(other) if isinstance(other, Mapping) else NotImplemented

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            self._hash = hash(frozenset(self._entries.items()))
            return self._hash

    def __reduce__(self) -> tuple[type[Profile[T]], tuple[dict[str, T]]]:
        return Profile, (dict(self._entries),)

    def __repr__(self) -> str:
        if all(isinstance(name, str) and name.isidentifier() for name in self._entries):
            return f"Profile({', '.join(f'{k}={v!r}' for k, v in self._entries.items())})"
        return f"Profile({self._entries!r})"
