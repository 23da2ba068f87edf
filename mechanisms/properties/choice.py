"""Social choice: the requirements of the impossibility theorems, as clauses about where the outcome lies."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import Array, exact
from ...games.social_choice import ranks_below
from ..clausal import ClauseCase, Clauses, changes, clausal, items_of, numbers_of
from ..property import entry_text, told
from ..rules.committees import approved, race

Few = frozenset[int]


# -- any outcomes -----------------------------------------------------------------------------------------------------


def _never(env: Environment, case: ClauseCase, outcomes: list[Any]) -> str:
    return f"{entry_text(items_of(env, 'onto')[case.about[0]])} is never chosen for sure"


@clausal("ONTO", _never, data=lambda env: {"form": "onto"})
def onto(env: Environment) -> Iterator[Clauses]:
    """Every outcome is chosen at some profile (Gibbard 1973).

    >>> import rulewright as rw
    >>> from rulewright.games import voting
    >>> from rulewright.mechanisms import dictatorship
    >>> rw.verify(dictatorship("ann"), voting(("ann", "bob"), ("a", "b", "c")), onto).status
    'proved'
    """
    everywhere = numbers_of(env).reshape(1, -1)
    for x in range(len(items_of(env, "onto"))):
        yield Clauses(everywhere, (frozenset({x}),) * env.n_profiles, (x,), everywhere=True)


def _dictator(env: Environment, case: ClauseCase, outcomes: list[Any]) -> str:
    return f"{env.players[case.about[0]]} gets one of her best outcomes at every profile"


@clausal("NON-DICT", _dictator, data=lambda env: {"form": "non-dictatorial"})
def non_dictatorial(env: Environment) -> Iterator[Clauses]:
    """Nobody gets one of her best outcomes at every profile (Gibbard 1973; Satterthwaite 1975).

    >>> import rulewright as rw
    >>> from rulewright.games import voting
    >>> from rulewright.mechanisms import dictatorship
    >>> env = voting(("ann", "bob"), ("a", "b", "c"))
    >>> print(rw.verify(dictatorship("bob"), env, non_dictatorial).counterexample)
    bob gets one of her best outcomes at every profile
    """
    outcomes = frozenset(range(len(items_of(env, "non_dictatorial"))))
    everywhere = numbers_of(env)
    for i, player in enumerate(env.players):
        other = [outcomes - best for best in best_of(env, player)]
        types = np.broadcast_to(_along(env, i, np.arange(env.sizes[i])), env.sizes).reshape(-1)
        sets = tuple(other[int(t)] for t in types)
        yield Clauses(everywhere.reshape(1, -1), sets, (i,), everywhere=True)


def _ignored(env: Environment, case: ClauseCase, outcomes: list[Any]) -> str:
    (x,) = case.sets[0]
    wanted = entry_text(items_of(env, "unanimous")[x])
    return f"at {told(case.types)} {wanted} is best for all, and {entry_text(outcomes[0])} may be chosen"


@clausal("UNANIMOUS", _ignored, data=lambda env: {"form": "unanimous"})
def unanimous(env: Environment) -> Iterator[Clauses]:
    """An outcome that everybody likes better than every other is chosen (Barberà, Gul and Stacchetti 1993).

    >>> import rulewright as rw
    >>> from rulewright.games import voting
    >>> from rulewright.mechanisms import borda
    >>> rw.verify(borda, voting(("ann", "bob"), ("a", "b", "c")), unanimous).status
    'proved'
    """
    for x in range(len(items_of(env, "unanimous"))):
        sure = frozenset({x})
        agree = [[t for t, best in enumerate(best_of(env, player)) if best == sure] for player in env.players]
        if all(agree):
            yield Clauses(numbers_of(env)[np.ix_(*agree)].reshape(-1, 1), (sure,), (x,))


def best_of(env: Environment, player: str) -> list[Few]:
    """The numbers of the best outcomes of each type.

    >>> from rulewright.games import voting
    >>> best_of(voting(("ann",), ("a", "b")), "ann")
    [frozenset({0}), frozenset({1})]
    """
    rows = [[exact(x) for x in row] for row in env.utilities(player)]
    return [frozenset(k for k, x in enumerate(row) if x == max(row)) for row in rows]


# -- sets of candidates -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sets:
    """Who stands, the outcomes as sets of their numbers, and ``below[player][type][candidate]``: how many she ranks
    strictly below."""

    candidates: tuple[Any, ...]
    members: tuple[Few, ...]
    below: dict[str, list[list[int]]]


def sets_of(env: Environment, name: str) -> Sets:
    """Candidates, outcomes and rankings of an environment; raises BadInput unless types rank the candidates.

    >>> from rulewright.games import irresolute
    >>> sets_of(irresolute(("ann",), ("a", "b")), "this").below
    {'ann': [[1, 0], [0, 1]]}
    """
    items = items_of(env, name)
    each = [x if isinstance(x, tuple) else (x,) for x in items]
    candidates = tuple(dict.fromkeys(x for some in each for x in some))
    place = {x: k for k, x in enumerate(candidates)}
    below = {}
    for player, types in env.types.items():
        rows = []
        for ranking in types:
            found = ranks_below(ranking) if isinstance(ranking, tuple) else {}
            if set(found) != set(candidates):
                raise BadInput(f'{name} is asked of rankings, and "{player}" of "{env.name}" has the type {ranking!r}')
            rows.append([found[x] for x in candidates])
        below[player] = rows
    return Sets(candidates, tuple(frozenset(place[x] for x in some) for some in each), below)


def _dominated(env: Environment, case: ClauseCase, outcomes: list[Any]) -> str:
    one, other = (sets_of(env, "pareto_optimal").candidates[k] for k in case.about)
    return f"at {told(case.types)} {one} may be chosen, though {other} is at least as good for all and better for one"


def _optimality(env: Environment) -> dict[str, Any]:
    known = sets_of(env, "pareto_optimal")
    excluded = [[k for k, some in enumerate(known.members) if x in some] for x in range(len(known.candidates))]
    return {"form": "dominance", "levels": known.below, "excluded": [[some] * len(excluded) for some in excluded]}


@clausal("PO", _dominated, data=_optimality)
def pareto_optimal(env: Environment) -> Iterator[Clauses]:
    """No candidate is chosen, not even among others, if another is at least as good for all voters and better for one
    (Brandt, Saile and Stricker 2018).

    Types are rankings, with ties or without. Raises BadInput.

    >>> import rulewright as rw
    >>> from rulewright.games import voting
    >>> from rulewright.mechanisms import borda
    >>> rw.verify(borda, voting(("ann", "bob"), ("a", "b", "c")), pareto_optimal).status
    'proved'
    """
    yield from undominated(env, _optimality(env))


def undominated(env: Environment, form: dict[str, Any]) -> Iterator[Clauses]:
    """If y is to nobody worse than x, and to somebody better, then nothing is chosen that this excludes."""
    levels = [np.array(form["levels"][player]) for player in env.players]  # [type, candidate]
    outcomes = frozenset(range(len(items_of(env, "dominance"))))
    for x, y in itertools.permutations(range(levels[0].shape[1]), 2):
        gaps = [rows[:, y] - rows[:, x] for rows in levels]
        nobody_loses = reduce(np.logical_and, (_along(env, i, gap >= 0) for i, gap in enumerate(gaps)))
        somebody_gains = reduce(np.logical_or, (_along(env, i, gap > 0) for i, gap in enumerate(gaps)))
        places = np.flatnonzero((nobody_loses & somebody_gains).reshape(-1)).reshape(-1, 1)
        if len(places):
            yield Clauses(places, (outcomes.difference(form["excluded"][x][y]),), (x, y))


def _lie(env: Environment, case: ClauseCase, outcomes: list[Any]) -> str:
    assert case.reports is not None
    who = next(i for i in env.players if case.types[i] != case.reports[i])
    others = case.types.without(who)
    setting = f" while the others report {told(others)}" if others else ""
    return (
        f"{who}, whose true type is {entry_text(case.types[who])}, gets {entry_text(outcomes[1])} instead of "
        f"{entry_text(outcomes[0])} by reporting {entry_text(case.reports[who])}{setting}"
    )


def _fishburn(env: Environment) -> dict[str, Any]:
    known = sets_of(env, "fishburn_strategyproof")

    def better(below: list[int], some: Few) -> list[int]:
        return [
            k
            for k, other in enumerate(known.members)
            if weakly_better(below, other, some) and not weakly_better(below, some, other)
        ]

    prefers = {i: [[better(row, some) for some in known.members] for row in rows] for i, rows in known.below.items()}
    lies = {i: [[s for s in range(len(rows)) if s != t] for t in range(len(rows))] for i, rows in known.below.items()}
    return {"form": "no better by lying", "prefers": prefers, "lies": lies}


@clausal("FISHBURN-SP", _lie, data=_fishburn)
def fishburn_strategyproof(env: Environment) -> Iterator[Clauses]:
    """No misreport gives a voter a set that she prefers by Fishburn's extension (Gärdenfors 1979; Brandt, Saile and
    Stricker 2018).

    She prefers one set to another if all who only are in the first are at least as good as all in both, these as all
    who only are in the second, and the first two groups as the last, and not the reverse: so it is if a chairman with
    a fixed order, or an even lottery, picks from the set. Types are rankings, with ties or without. Raises BadInput.

    >>> import rulewright as rw
    >>> from rulewright.games import voting
    >>> from rulewright.mechanisms import borda, dictatorship
    >>> env = voting(("ann", "bob"), ("a", "b", "c"))
    >>> rw.verify(dictatorship("ann"), env, fishburn_strategyproof).status
    'proved'
    >>> print(rw.verify(borda, env, fishburn_strategyproof).counterexample)
    ann, whose true type is (a, b, c), gets a instead of b by reporting (a, c, b) while the others report bob = \
(b, c, a)
    """
    yield from _resisting(env, _fishburn(env))


def weakly_better(below: Sequence[int], one: Few, other: Few) -> bool:
    """Whether a set is at least as good as another by Fishburn's extension of a ranking.

    >>> weakly_better((2, 1, 0), frozenset({0}), frozenset({0, 1})), weakly_better((2, 1, 0), frozenset({0, 2}), {1})
    (True, False)
    """
    first, both, second = ([below[x] for x in some] for some in (one - other, one & other, other - one))
    return all(x >= y for x in first for y in both + second) and all(x >= y for x in both for y in second)


def _resisting(env: Environment, form: dict[str, Any]) -> Iterator[Clauses]:
    """If an outcome is chosen, then no lie that is asked about gives the liar one that she prefers."""
    outcomes = frozenset(range(len(items_of(env, "strategyproofness"))))
    for i, player in enumerate(env.players):
        for t, lies in enumerate(form["lies"][player]):
            if lies:
                rows = np.concatenate([changes(env, i, t, s) for s in lies])
                for k, better in enumerate(form["prefers"][player][t]):
                    if better:
                        yield Clauses(rows, (outcomes - {k}, outcomes.difference(better)), (k,))


# -- committees -------------------------------------------------------------------------------------------------------


def _hiding(env: Environment) -> dict[str, Any]:
    items_of(env, "subset_strategyproof")
    elected = [frozenset(members) for members in race(env).committees]
    prefers, lies = {}, {}
    for player, types in env.types.items():
        ballots = [approved(env, player, t) for t in types]
        prefers[player] = [[[k for k, w in enumerate(elected) if w & b > v & b] for v in elected] for b in ballots]
        lies[player] = [[s for s, lie in enumerate(ballots) if lie < b] for b in ballots]
    return {"form": "no better by lying", "prefers": prefers, "lies": lies}


@clausal("SUBSET-SP", _lie, data=_hiding)
def subset_strategyproof(env: Environment) -> Iterator[Clauses]:
    """No voter gets further members she approves of, without losing one, by leaving out some whom she approves of
    (Peters 2018).

    The weakest of the notions of strategyproofness for committees there. Raises BadInput.

    >>> import rulewright as rw
    >>> from rulewright.games import committees
    >>> from rulewright.mechanisms import approval_voting
    >>> env = committees(("ann", "bob", "cem"), ("a", "b", "c"), 2)
    >>> rw.verify(approval_voting, env, subset_strategyproof).status
    'proved'
    """
    yield from _resisting(env, _hiding(env))


def _left_out(env: Environment, case: ClauseCase, outcomes: list[Any]) -> str:
    x = race(env).candidates[case.about[0]]
    fans = ", ".join(p for p, ballot in case.types.items() if ballot == (x,))
    return f"at {told(case.types)} {entry_text(outcomes[0])} is elected, without {x}, of whom alone {fans} approve"


@clausal("PARTY-PROP", _left_out)
def party_proportional(env: Environment) -> Iterator[Clauses]:
    """If any two ballots are equal or have nobody in common, a candidate of whom alone n/k voters approve is elected
    (Peters 2018).

    Here k is the number of seats. It follows from justified representation. Raises BadInput.

    >>> import rulewright as rw
    >>> from rulewright.games import committees
    >>> from rulewright.mechanisms import approval_voting, proportional_approval
    >>> env = committees(("ann", "bob", "cem"), ("a", "b", "c", "d"), 3)
    >>> rw.verify(proportional_approval, env, party_proportional).status
    'proved'
    >>> print(rw.verify(approval_voting, env, party_proportional).counterexample)
    at ann = (a), bob = (b, c, d), cem = (b, c, d) (b, c, d) is elected, without a, of whom alone ann approve
    """
    items_of(env, "party_proportional")
    stands = race(env)
    ballots = [[approved(env, player, t) for t in types] for player, types in env.types.items()]
    found: dict[int, list[int]] = {}
    for p, parties in _party_lists(ballots):
        for x in range(len(stands.candidates)):
            if parties.count(frozenset({stands.candidates[x]})) * stands.seats >= len(ballots):
                found.setdefault(x, []).append(p)
    for x, places in sorted(found.items()):
        seated = frozenset(k for k, members in enumerate(stands.committees) if stands.candidates[x] in members)
        yield Clauses(np.array(places).reshape(-1, 1), (seated,), (x,))


def _party_lists(ballots: list[list[frozenset[Any]]]) -> Iterator[tuple[int, tuple[frozenset[Any], ...]]]:
    """The profiles in which any two ballots are equal or disjoint: their numbers, and the ballots."""
    so_far: list[tuple[int, tuple[frozenset[Any], ...]]] = [(0, ())]
    for own in ballots:
        so_far = [
            (p * len(own) + t, (*others, ballot))
            for p, others in so_far
            for t, ballot in enumerate(own)
            if all(ballot == other or not ballot & other for other in others)
        ]
    yield from so_far


def _along(env: Environment, i: int, values: Array) -> Array:
    """Values of the types of player number ``i``, on her axis of an array with an axis each."""
    return values.reshape([-1 if k == i else 1 for k in range(len(env.sizes))])
