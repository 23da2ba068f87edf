"""Clausal proofs: that no rule without chance meets some requirements, checked by unit propagation.

A clause is a list of (profile, set of outcomes): at one of these profiles the outcome is in the set beside it. The
clauses are made here from the environment, the statements and the forms of the other requirements; only those of the
form "listed" are taken as they stand. Each step of the proof must follow by unit propagation (Goldberg and Novikov
2003), until there is a contradiction.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Few = frozenset[int]
Clause = list[tuple[int, Few]]


def no_rule(world: Any, data: Mapping[str, Any]) -> str:
    """What is wrong with a proof that no rule without chance meets the requirements ("" if nothing)."""
    world.profiles = list(world.every({i: i for i in world.players}))  # the types of all players
    _need([exactly for _, exactly in world.groups] == [True] and world.money == [0, 0], "the outcomes are no list")
    clauses = [c for k, values in data["cases"] for c in _of_case(world, _at(data["statements"], k), values)]
    for k, *about in data["clauses"]:
        clauses.append(FORMS[(form := _at(data["requirements"], k))["form"]](world, form, *about))
    for table in data.get("except", ()):  # none but these: somewhere the outcome is another
        clauses.append([(p, _but(world, {x})) for p, x in zip(range(world.n), table, strict=True)])
    atoms = [(p, frozenset(some)) for p, some in data["atoms"]]
    number, known = _numbered(world, list(dict.fromkeys(itertools.chain(atoms, *clauses))))
    known += ([number[each] for each in clause] for clause in clauses)
    names = [number[each] for each in atoms]
    return _refuted(known, [[_at(names, abs(v) - 1) * (1 if v > 0 else -1) for v in step] for step in data["proof"]])


def _need(condition: bool, otherwise: str) -> None:
    if not condition:
        raise ValueError(otherwise)


def _at(entries: Any, k: Any) -> Any:
    _need(type(k) is int and 0 <= k < len(entries), f"{str(k)[:40]} is no number below {len(entries)}")
    return entries[k]


def _but(world: Any, some: Iterable[int]) -> Few:
    return frozenset(range(world.dimension)).difference(some)


# -- clauses of statements, and of other requirements by their form ---------------------------------------------------


def _of_case(world: Any, statement: Mapping[str, Any], values: Mapping[str, int]) -> Iterator[Clause]:
    """A statement about profiles p and q: ``a[outcome at p] + b[outcome at q] + constant >= 0``, in steps of a."""
    form, constant = world.row(statement, values)
    p, *rest = sorted({p for p, _ in form}) or [0]
    (q,) = rest or (p,)  # raises ValueError for a statement about three
    one, two = ([form.get((k, x), 0) for x in range(world.dimension)] for k in (p, *rest, -1)[:2])
    for sign, least in itertools.product((1, -1) if statement.get("equal") else (1,), {*one}):
        above = frozenset(x for x, a in enumerate(one) if sign * a > sign * least)
        enough = frozenset(x for x, b in enumerate(two) if sign * (least + b + constant) >= 0)
        yield [(p, above), (q, enough)]


def _rows(world: Any, table: Mapping[str, Any], p: int) -> list[Any]:
    """The row of each player's type at a profile."""
    return [_at(table[i], t) for i, t in zip(world.players, _at(world.profiles, p), strict=True)]


def _best(world: Any, p: int) -> list[Few]:
    rows = _rows(world, {i: world.measures[f"utility of {i}"] for i in world.players}, p)
    return [frozenset(x for x, u in enumerate(row) if u == max(row)) for row in rows]


def _onto(world: Any, form: Any, x: int) -> Clause:
    """An outcome is chosen somewhere."""
    return [(p, frozenset({_at(range(world.dimension), x)})) for p in range(world.n)]


def _non_dictatorial(world: Any, form: Any, i: int) -> Clause:
    """Somewhere a player does not get one of her best outcomes."""
    return [(p, _but(world, _at(_best(world, p), i))) for p in range(world.n)]


def _unanimous(world: Any, form: Any, x: int, p: int) -> Clause:
    """What everybody likes better than all else is chosen."""
    _need({*_best(world, p)} == {frozenset({x})}, f"outcome {x} is not the best for all")
    return [(p, frozenset({x}))]


def _dominance(world: Any, form: Any, x: int, y: int, p: int) -> Clause:
    """If y is to nobody worse than x, and to somebody better, then nothing is chosen that this excludes."""
    gains = [row[y] - row[x] for row in _rows(world, form["levels"], p)]
    _need(min(gains) >= 0 and max(gains) > 0, f"{x} is not dominated by {y}")
    return [(p, _but(world, form["excluded"][x][y]))]


def _no_better(world: Any, form: Any, k: int, p: int, q: int) -> Clause:
    """If k is chosen at p, then at q, where one player lies as she may, nothing that she prefers to k."""
    ((i, t, lie),) = (x for x in zip(world.players, world.profiles[p], world.profiles[q], strict=True) if x[1] != x[2])
    _need(lie in form["lies"][i][t], "this lie is not asked about")
    return [(p, _but(world, {k})), (q, _but(world, form["prefers"][i][t][k]))]


FORMS: dict[str, Callable[..., Clause]] = {
    "onto": _onto, "non-dictatorial": _non_dictatorial, "unanimous": _unanimous, "dominance": _dominance,
    "no better by lying": _no_better, "listed": lambda world, form, *each: [(p, frozenset(some)) for p, some in each],
}  # fmt: skip


# -- unit propagation -------------------------------------------------------------------------------------------------


def _numbered(world: Any, sets: list[tuple[int, Few]]) -> tuple[dict[tuple[int, Few], int], list[list[int]]]:
    """A variable for each "the outcome at this profile is one of these", and what they mean, as clauses."""
    number, clauses = dict[tuple[int, Few], int](), list[list[int]]()
    _need(len({p for p, _ in sets}) * world.dimension**2 <= 20_000_000, "there are too many outcomes")
    for p in dict.fromkeys(p for p, _ in sets):  # exactly one outcome is chosen
        _at(world.profiles, p)
        number |= {(p, frozenset({x})): len(number) + 1 + x for x in range(world.dimension)}
        singles = [number[p, frozenset({x})] for x in range(world.dimension)]
        clauses += [singles, *([-v, -w] for v, w in itertools.combinations(singles, 2))]
    for p, some in (each for each in sets if each not in number):
        new = number[p, some] = len(number) + 1
        inside, outside = ([number[p, frozenset({x})] for x in each] for each in (some, _but(world, some)))
        clauses += [[-new, *inside], [new, *outside], *([new, -v] for v in inside), *([-new, -v] for v in outside)]
    return number, clauses


def _refuted(known: list[list[int]], steps: list[list[int]]) -> str:
    """What is wrong with the steps from known clauses to a contradiction ("" if nothing)."""
    # the clauses with a literal, and what is true, in the order in which it was found
    holding, trail = dict[int, list[list[int]]](), dict[int, None]()

    def conflict(waiting: list[int]) -> bool:
        """Whether these literals, made true, lead to a conflict."""
        for v in waiting:  # grows while it is read
            if -v in trail:
                return True
            for clause in holding.get(-v, ()) if v not in trail else ():
                free = [w for w in clause if w != -v and -w not in trail]
                waiting += free if len(free) < 2 else ()
                if not free:
                    return True
            trail[v] = None
        return False

    for k, clause in enumerate([*known, *steps], -len(known)):
        done = len(trail)
        if k >= 0 and not conflict([-v for v in clause]):
            return f"step {k} of the proof does not follow"
        while len(trail) > done:
            trail.popitem()
        free = [v for v in dict.fromkeys(clause) if -v not in trail]
        if not free or (len(free) == 1 and conflict(free)):
            return ""
        for v in free:
            holding.setdefault(v, []).append(free)
    return "the proof ends without a contradiction"
