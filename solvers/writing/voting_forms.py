"""Forms of a rule that counts heads: quotas and coalitions for two outcomes, medians along a line."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from ...games.environment import Environment
from ...games.numbers import exact
from ...games.outcomes import Outcome
from ...games.profile import Profile
from .answers import Answers, Choice, is_number, label
from .tastes import best, item_at

MOST_MEDIANS = 2_000  # sets of phantoms that are tried
MOST_VOTERS = 10  # whose winning coalitions are listed

# -- two outcomes -----------------------------------------------------------------------------------------------------


def two_outcomes(answers: Answers) -> Iterator[Choice]:
    """One of two outcomes if enough, or the right, players prefer it."""
    env = answers.env
    if len(answers.ever) != 2 or len(env.players) > MOST_VOTERS:
        return
    one, other = answers.ever
    for yes, no in ((one, other), (other, one)):
        for_yes = [supporters(env, yes, no, r) for r in answers.profiles]
        passed = [who for who, point in zip(for_yes, answers.points, strict=True) if yes in point]
        if not passed or frozenset() in passed:
            continue
        n = len(env.players)
        quota = min(map(len, passed))
        a, b = label(env, yes), label(env, no)
        named = "unanimity" if quota == n > 1 else "majority" if 2 * quota == n + 1 > 1 else f"quota {quota}"
        words = f"{a} is chosen if at least {quota} of {n} players prefer it to {b}; otherwise {b}."
        yield Choice(f"{named} for {a}", words, partial(by_quota, quota, yes, no), "quota")
    for yes, no in ((one, other), (other, one)):
        for_yes = [supporters(env, yes, no, r) for r in answers.profiles]
        passed = [who for who, point in zip(for_yes, answers.points, strict=True) if yes in point]
        least = sorted({who for who in passed if not any(x < who for x in passed)}, key=lambda s: (len(s), sorted(s)))
        told = "; ".join(" and ".join(p for p in env.players if p in who) for who in least)
        if told and frozenset() not in least:
            words = f"{label(env, yes)} is chosen if all of one of these sets prefer it: {told}; otherwise "
            words += f"{label(env, no)}."
            yield Choice("winning coalitions", words, partial(by_coalitions, tuple(least), yes, no), "coalitions")


def supporters(env: Environment, yes: int, no: int, reports: Profile[Any]) -> frozenset[str]:
    """The players who prefer one outcome to the other."""
    return frozenset(p for p, t in reports.items() if best(env, p, (yes, no))[t] == (yes,))


def by_quota(quota: int, yes: int, no: int, env: Environment, reports: Profile[Any]) -> Outcome:
    """The first outcome if at least so many prefer it, else the second."""
    return item_at(env, yes if len(supporters(env, yes, no, reports)) >= quota else no)


def by_coalitions(least: Sequence[frozenset[str]], yes: int, no: int, env: Environment, reports: Profile[Any]) -> Any:
    """The first outcome if all players of one of the sets prefer it, else the second."""
    who = supporters(env, yes, no, reports)
    return item_at(env, yes if any(each <= who for each in least) else no)


# -- medians ----------------------------------------------------------------------------------------------------------


def line_of(env: Environment) -> tuple[int, ...]:
    """The coordinates of the outcomes along the line: numbers by size, others as listed."""
    items: Sequence[Any] = env.space.items  # type: ignore[attr-defined]
    every = range(len(items))
    return tuple(sorted(every, key=lambda k: exact(items[k])) if all(map(is_number, items)) else every)


def medians(answers: Answers) -> Iterator[Choice]:
    """The median of the players' best points and of phantoms (Moulin 1980)."""
    env = answers.env
    n, line = len(env.players), line_of(env)
    every = tuple(range(env.space.dimension))
    if any(len(each) > 1 for p in env.players for each in best(env, p, every).values()):
        return  # no one best point
    m = len(line)
    if m < 2 or n < 2:
        return
    for count in (n - 1, n + 1):  # with n + 1 they also say what may never be chosen
        if math.comb(m + count - 1, count) > MOST_MEDIANS:
            continue
        tried = list(itertools.combinations_with_replacement(range(m), count))
        inner = lambda ph: sum(0 < k < m - 1 for k in ph)  # noqa: E731
        for phantoms in sorted(tried, key=inner):
            yield _median(env, n, line, phantoms)
    if n <= 4:
        yield from _coalition_median(answers, line)


def _median(env: Environment, n: int, line: tuple[int, ...], phantoms: tuple[int, ...]) -> Choice:
    m, labels = len(line), [label(env, k) for k in line]
    low, high = sum(k == 0 for k in phantoms), sum(k == m - 1 for k in phantoms)
    told = ", ".join(labels[k] for k in phantoms)
    name = f"median with phantoms {told}"
    words = f"The median of the players' best points and of {told} (Moulin 1980)."
    if len(phantoms) == n - 1 and low + high == n - 1:
        at = high + 1  # the place from the left among the players' points
        name = "median" if 2 * at == n + 1 else "leftmost point" if at == 1 else "rightmost point" if at == n else ""
        name = name or f"point number {at} from the left"
        words = f"Of the players' best points along {', '.join(labels)}, the one at place {at} of {n} from the left."
    return Choice(name, words, partial(by_median, line, phantoms), "median")


def by_median(line: tuple[int, ...], phantoms: Sequence[int], env: Environment, reports: Profile[Any]) -> Outcome:
    """The median of the best points and of phantoms, all as places along the line."""
    places = sorted([*phantoms, *_peaks(env, line, reports).values()])
    return item_at(env, line[places[len(places) // 2]])


def _peaks(env: Environment, line: tuple[int, ...], reports: Profile[Any]) -> dict[str, int]:
    every = tuple(range(env.space.dimension))
    place = _places(line)
    return {p: place[best(env, p, every)[t][0]] for p, t in reports.items()}


@lru_cache(maxsize=256)
def _places(line: tuple[int, ...]) -> dict[int, int]:
    return {k: at for at, k in enumerate(line)}


def _coalition_median(answers: Answers, line: tuple[int, ...]) -> Iterator[Choice]:
    """The largest over sets of players of the least of their points and the set's own (Moulin 1980)."""
    env = answers.env
    peaks = [_peaks(env, line, r) for r in answers.profiles]
    ends = {p: {each[p] for each in peaks} for p in env.players}
    if any(not {0, len(line) - 1} <= each for each in ends.values()):
        return
    own: dict[frozenset[str], int] = {}
    for each, point in zip(peaks, answers.points, strict=True):
        if all(k in (0, len(line) - 1) for k in each.values()):
            own[frozenset(p for p, k in each.items() if k)] = _places(line)[next(iter(point))]
    told = "; ".join(
        f"{' and '.join(p for p in env.players if p in who) or 'nobody'} {label(env, line[k])}"
        for who, k in sorted(own.items(), key=lambda entry: (len(entry[0]), sorted(entry[0])))
    )
    words = (
        f"Each set of players can bring the outcome up to its own point, {told}, or to the least of its players' "
        "best points if that is less; the largest counts (Moulin 1980)."
    )
    yield Choice("generalised median", words, partial(by_coalition_median, line, own), "median")


def by_coalition_median(
    line: tuple[int, ...], own: Mapping[frozenset[str], int], env: Environment, reports: Profile[Any]
) -> Outcome:
    """The largest over sets of players of the least of their best points and the set's own point."""
    peaks = _peaks(env, line, reports)
    return item_at(env, line[max(min([k, *(peaks[p] for p in who)]) for who, k in own.items())])
