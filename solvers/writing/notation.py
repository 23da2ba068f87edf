"""Notation: how players, types and profiles are written in a formula."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from ...games.environment import Environment
from ...games.numbers import Number, exact
from ...games.profile import Profile
from ...mechanisms.cases import Var, is_var

SPECIAL = {
    **{mark: "\\" + mark for mark in "{}$&#_%"},
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
}
SHORT = 2**30  # denominators up to here are written out


class NeedsName(Exception):
    """A formula has to name a player for whom it has no letter yet."""

    def __init__(self, player: str) -> None:
        self.player = player
        super().__init__(player)


def escaped(text: str) -> str:
    r"""A text as it stands inside of ``\text{}``.

    >>> print(escaped("50% of a_1"))
    50\% of a\_1
    """
    return "".join(SPECIAL.get(mark, mark) for mark in " ".join(text.split()))


def number_of(value: Number) -> str:
    r"""A number that is not negative, exactly.

    >>> print(number_of(3), number_of(Fraction(1, 2)), number_of(exact(0.1)))
    3 \tfrac{1}{2} 3602879701896397\cdot2^{-55}
    """
    found = exact(value)
    if isinstance(found, int):
        return str(found)
    if found.denominator > SHORT and found.denominator.bit_count() == 1:
        return f"{found.numerator}\\cdot2^{{{-(found.denominator.bit_length() - 1)}}}"
    return f"\\tfrac{{{found.numerator}}}{{{found.denominator}}}"


def label(thing: Any) -> str:
    r"""A type or an outcome.

    >>> print(label(("a", Fraction(1, 2))), label(Profile({"ann": 1})))
    (\text{a},\tfrac{1}{2}) (\text{ann}\colon 1)
    """
    if isinstance(thing, tuple):
        return f"({','.join(map(label, thing))})"
    if isinstance(thing, Mapping):
        return "(" + ",".join(label(key) + r"\colon " + label(each) for key, each in thing.items()) + ")"
    if isinstance(thing, float) and math.isfinite(thing) and "e" not in repr(thing):
        return repr(thing)
    if isinstance(thing, int | float | Fraction) and not isinstance(thing, bool) and math.isfinite(thing):
        value = exact(thing)
        return "-" + number_of(-value) if value < 0 else number_of(value)
    return f"\\text{{{escaped(str(thing))}}}"


class Names:
    """The letters of one formula: ``symbols`` of players, ``index`` for sums; what was used is remembered.

    With ``tilde`` the types that are drawn from the prior are marked, because the same letters are quantified over.
    ``ranks`` and ``things`` say whether a rank is called k, and an outcome a.
    """

    def __init__(
        self, env: Environment, symbols: Mapping[str, str], index: str, tilde: bool, ranks: str, things: bool
    ) -> None:
        self.env, self.index, self.tilde, self.ranks, self.things = env, index, tilde, ranks, things
        self._symbols = dict(symbols)
        self.players = tuple(symbols)
        self.used: set[str] = set()
        self.rank: int | None = None
        self.thing: Any = None

    def symbol(self, player: str) -> str:
        """The letter of a player; raises NeedsName."""
        if player not in self._symbols:
            raise NeedsName(player)
        self.used.add(player)
        return self._symbols[player]

    @contextmanager
    def summing_over(self, player: str) -> Iterator[None]:
        """Let the index of a sum stand for a player."""
        kept = dict(self._symbols)
        self._symbols[player] = self.index
        used = player in self.used
        yield
        self._symbols = kept
        if not used:
            self.used.discard(player)

    # -- types --------------------------------------------------------------------------------------------------------

    def _mark(self, var: Var) -> str:
        return "" if var.mark == "~" and not self.tilde else var.mark

    def _letter(self, mark: str, below: str = "") -> str:
        t, under = ("\\tilde t" if mark == "~" else "t"), f"_{{{below}}}" if len(below) > 1 else f"_{below}"
        over = "" if mark in ("", "~") else mark if set(mark) == {"'"} else f"^{{\\text{{{escaped(mark)}}}}}"
        return t + (under if below else "") + over

    def type(self, entry: Any) -> str:
        """A type: a variable, or the label of one; where values are interdependent, all types."""
        if isinstance(entry, Profile):
            text = self.profile(entry)
            return f"({text})" if "," in text else text
        return self._letter(self._mark(entry), self.symbol(entry.player)) if is_var(entry) else label(entry)

    def without(self, players: Iterable[str]) -> str:
        """The index of all players but these: ``-i``."""
        chosen = set(players)
        symbols = [self.symbol(p) for p in (*self.players, *self.env.players) if p in chosen]
        symbols = list(dict.fromkeys(symbols))
        return "-" + (symbols[0] if len(symbols) == 1 else f"{''.join(symbols)}" if _short(symbols) else _set(symbols))

    def _is(self, entry: Any, player: str, mark: str) -> bool:
        """Whether an entry is the type of a player, with a mark."""
        return is_var(entry) and entry.player == player and self._mark(entry) == mark

    def profile(self, entries: Mapping[str, Any]) -> str:
        """A profile of types: ``t``, ``t_i',t_{-i}``, ``t^{i\\leftrightarrow j}``; raises NeedsName."""
        own = {p: self._mark(e) for p, e in entries.items() if is_var(e) and e.player == p}
        unnamed = [p for p in entries if p not in self._symbols]
        marks = [own[p] for p in unnamed if p in own]
        if not unnamed:
            marks = [mark for mark in ("", *own.values()) if mark in own.values()]
        base = max(dict.fromkeys(marks), key=marks.count) if marks else None
        single = [p for p in entries if p not in own or own[p] != base]
        for p in single:
            self.symbol(p)
        order = sorted(single, key=self.players.index) if set(single) <= set(self.players) else single
        if not order and base is not None:
            return self._letter(base)
        if len(order) == 2:
            one, two = order
            mark = base if base is not None or not is_var(entries[one]) else self._mark(entries[one])
            if mark is not None and self._is(entries[one], two, mark) and self._is(entries[two], one, mark):
                return f"{self._letter(mark)}^{{{self.symbol(one)}\\leftrightarrow {self.symbol(two)}}}"
        rest = [p for p in entries if p not in order]
        if set(rest) <= set(self.players):
            order, rest = [p for p in self.players if p in entries], []
        parts = []
        for p in order:
            text = self.type(entries[p])
            parts.append(text if p in own else f"{self.symbol(p)}\\colon {text}")
        if rest:
            assert base is not None
            parts.append(self._letter(base, self.without(order)))
        return ",".join(parts)

    def collection(self, variables: Iterable[Var]) -> list[tuple[str, str, tuple[Var, ...]]]:
        """Variables together: how each group is written, the set it is from, its members; raises NeedsName."""
        groups: dict[str, list[Var]] = {}
        for var in variables:
            groups.setdefault(self._mark(var), []).append(var)
        found: list[tuple[str, str, tuple[Var, ...]]] = []
        for mark, members in groups.items():
            there = {var.player for var in members}
            missing = [p for p in self.env.players if p not in there]
            if not missing:
                found.append((self._letter(mark), "T", tuple(members)))
            elif there <= set(self._symbols):
                for var in members:
                    index = self.symbol(var.player)
                    set_of = f"T_{index}" if len(index) == 1 else f"T_{{{index}}}"
                    found.append((self._letter(mark, index), set_of, (var,)))
            else:
                below = self.without(missing)
                found.append((self._letter(mark, below), f"T_{{{below}}}", tuple(members)))
        return found


def _short(symbols: list[str]) -> bool:
    return all(len(symbol) == 1 for symbol in symbols)


def _set(symbols: list[str]) -> str:
    return "\\{" + ",".join(symbols) + "\\}"
