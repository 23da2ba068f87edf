"""Formulas: a property as a person writes it, from the same expressions that the arrays are made of."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...mechanisms.cases import Untraceable
from ...mechanisms.goals import Requirement, not_one
from ...mechanisms.property import ForAll
from ..verification.statements import Statement, trace
from .notation import Names, NeedsName, escaped, label
from .phrases import Phrases
from .probing import agrees

LETTERS = ("i", "j", "h", "l", "m", "n", "q", "r", "s", "v", "w")
LINES = 6  # statements that are printed where they differ by player
LISTED = 6  # members of a set that are listed


def latex(property: Requirement, env: Environment) -> str:
    r"""The property as a formula in LaTeX; words and a note where it is no inequality of expectations.

    N are the players, T their types, X the outcomes, f the rule, p its payments and u the utilities (of a lottery: the
    expected utility). ``f(t)^{i\leftrightarrow j}`` is the outcome in which i and j have exchanged what they get,
    ``t^{i\leftrightarrow j}`` the profile in which they have exchanged their types, ``(j\colon t_i, t_{-j})`` the one
    in which j reports t_i, and ``U_i^k(t_i)`` the outcomes on the k best levels of i. What holds for all players alike
    is one formula, else there is one line for each statement, up to six.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> print(latex(rw.individually_rational, env))
    \forall i\in N,\ \forall t\in T:\quad u_i(f(t),t_i)-p_i(t)\ \ge\ 0
    >>> print(latex(rw.pareto_efficient, env))  # doctest: +ELLIPSIS
    \text{No outcome the rule may choose can be changed ...}\quad\text{(decided by a check of its own)}
    """
    if not isinstance(property, Requirement):
        raise not_one(property, "property", Requirement)
    if not isinstance(property, ForAll):
        return _in_words(property.words, "decided by a check of its own")
    try:
        statements = trace(property, env)
        if not agrees(property, env, statements):
            raise Untraceable("its expressions differ from its values")
        if not statements:
            raise Untraceable("it asks nothing here")
        lines = _lines(env, statements)
    except (Untraceable, BadInput) as reason:
        return _in_words(property.words, f"no formula: {reason}")
    if len(lines) == 1:
        return lines[0]
    more = [f"&\\text{{and {len(lines) - LINES:,} more statements}}"] if len(lines) > LINES else []
    return "\\begin{aligned}" + r"\\".join([*("&" + line for line in lines[:LINES]), *more]) + "\\end{aligned}"


def named(player: str) -> str:
    r"""The name of a player in a formula.

    >>> print(named("ann_1"))
    \text{ann\_1}
    """
    return f"\\text{{{escaped(player)}}}"


def _in_words(words: str, why: str) -> str:
    return f"\\text{{{escaped(words)}}}\\quad\\text{{({escaped(why)})}}"


# -- one formula for statements that are alike ------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """A statement in letters: ``text`` is the same for all that differ only by ``players``, ``rank`` and ``thing``."""

    statement: Statement
    text: str
    quantified: tuple[str, ...]
    players: tuple[str, ...]
    of_case: int  # so many of the players are those the case is about; the property names the others
    rank: int | None
    thing: Any


def _lines(env: Environment, statements: Sequence[Statement]) -> list[str]:
    """The fewest formulas that say all the statements."""
    phrases = Phrases(env, statements)
    best: list[str] | None = None
    for ranks, things in itertools.product(("", "k", "k/m"), (False, True)):
        written = [_write(env, phrases, each, ranks, things) for each in statements]
        known = (not ranks or any(each.rank for each in written), not things or any(each.thing for each in written))
        if not all(known):
            continue
        groups: dict[Any, list[Written]] = {}
        for each in written:
            groups.setdefault((each.text, each.quantified, len(each.players)), []).append(each)
        found: list[str] = []
        for group in groups.values():
            head = _heads(env, phrases, group)
            if head is not None:
                found.append(_formula([*head, *group[0].quantified], group[0].text))
            else:
                found += [_by_name(env, phrases, each.statement) for each in group]
        if best is None or len(found) < len(best):
            best = found
    assert best is not None
    return list(dict.fromkeys(best))


def _formula(quantifiers: Iterable[str], text: str) -> str:
    every = ",\\ ".join(quantifiers)
    return f"{every}:\\quad {text}" if every else text


def _write(env: Environment, phrases: Phrases, statement: Statement, ranks: str, things: bool) -> Written:
    """A statement with letters for its players."""
    names, text, quantified = _with_players(env, phrases, statement, lambda k, player: LETTERS[k], ranks, things)
    case = statement.case
    return Written(
        statement, text, quantified, tuple(names.players), len({*names.players} & {case.player, case.other}),
        names.rank, names.thing,
    )  # fmt: skip


def _by_name(env: Environment, phrases: Phrases, statement: Statement) -> str:
    """A statement with the players' names."""
    _, text, quantified = _with_players(env, phrases, statement, lambda k, player: named(player), "", False)
    return _formula(quantified, text)


def _with_players(
    env: Environment,
    phrases: Phrases,
    statement: Statement,
    call: Callable[[int, str], str],
    ranks: str,
    things: bool,
) -> tuple[Names, str, tuple[str, ...]]:
    """The text and the quantifiers of a statement; players get names as they are needed, first those of the case."""
    players = [p for p in dict.fromkeys((statement.case.player, statement.case.other)) if p]
    settled = False
    while True:
        if len(players) >= len(LETTERS):
            raise Untraceable(f"it names more than {len(LETTERS) - 1} players")
        symbols = {player: call(k, player) for k, player in enumerate(players)}
        names = Names(env, symbols, LETTERS[len(players)], phrases.tilde(statement), ranks, things)
        try:
            text = phrases.text(names, statement)
            quantified = phrases.quantifiers(names, statement)
        except NeedsName as missing:
            players.append(missing.player)
            continue
        unused = [p for p in players if p not in names.used]
        if settled or not unused:
            return names, text, quantified
        players, settled = [p for p in players if p in names.used], True


def _heads(env: Environment, phrases: Phrases, group: Sequence[Written]) -> list[str] | None:
    """The quantifiers over players, ranks and things under which a group of statements is one formula; or None."""
    rows = dict.fromkeys((each.players, each.rank, each.thing) for each in group)
    whom, ranks, things = (list(dict.fromkeys(column)) for column in zip(*rows, strict=True))
    if len(rows) != len(whom) * len(ranks) * len(things) or len({each.of_case for each in group}) > 1:
        return None
    if len(whom) == 1 and any(named(player) in group[0].text for player in env.players):
        return None  # letters for some players next to the names of others would confuse
    players = _whom(env, whom, group[0].of_case)
    if players is None:
        return None
    heads = list(players)
    if ranks != [None]:
        most = max(ranks)
        if set(ranks) != set(range(1, most + 1)):
            return None
        listed = ",".join(map(str, range(1, most + 1))) if most <= 3 else f"1,\\dots,{most}"
        heads.append(f"\\forall k\\in\\{{{listed}\\}}")
    if things != [None]:
        there = list(dict.fromkeys(each.thing[0] for each in group))
        everything = set(there) == phrases.every(things[0])
        if everything and not things[0][1]:
            heads.append("\\forall a\\in X")
        elif len(there) <= LISTED:
            heads.append(f"\\forall a\\in\\{{{','.join(map(label, there))}\\}}")
        elif everything:
            heads.append("\\forall a")
        else:
            return None
    return heads


def _whom(env: Environment, whom: Sequence[tuple[str, ...]], of_case: int) -> list[str] | None:
    """The quantifiers over the players that i, j, ... stand for, if those are all that there are; else None.

    The first ``of_case`` of them are those the case is about.
    """
    heads: list[str] = []
    first = list(dict.fromkeys(each[:of_case] for each in whom))
    rest = len(whom[0]) - of_case
    every = [(*each, *more) for each in first for more in _others(env, each, rest)]
    if set(every) != set(whom):
        return None
    n, letters = len(env.players), LETTERS[:of_case]
    order = {player: k for k, player in enumerate(env.players)}
    if of_case == 1:
        known = [player for (player,) in first]
        if len(known) == n:
            heads.append(f"\\forall {letters[0]}\\in N")
        elif 1 < len(known) <= LISTED:
            heads.append(f"\\forall {letters[0]}\\in\\{{{','.join(map(named, known))}\\}}")
        else:
            return None
    elif of_case == 2:
        if len(first) == math.perm(n, 2):
            heads.append(f"\\forall {','.join(letters)}\\in N\\text{{ different}}")
        elif len(first) == math.comb(n, 2) and all(order[one] < order[two] for one, two in first):
            heads.append(f"\\forall {'<'.join(letters)}\\in N")
        else:
            return None
    for k in range(of_case, len(whom[0])):
        apart = f"\\setminus\\{{{','.join(LETTERS[:k])}\\}}" if k else ""
        heads.append(f"\\forall {LETTERS[k]}\\in N{apart}")
    return heads


def _others(env: Environment, players: Sequence[str], k: int) -> Iterator[tuple[str, ...]]:
    """Every k players besides these, in every order."""
    return itertools.permutations([p for p in env.players if p not in players], k)
