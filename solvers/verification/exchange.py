"""Exchange: what statements and objectives become when two players exchange their names, and whether that is the same.

All is compared exactly: the types, the prior, the utilities (after outcomes that differ by the two names change
places) and every expression, term by term.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ...games.environment import Environment
from ...games.numbers import Array, exact, integers
from ...games.profile import Profile
from ...mechanisms.cases import is_var
from ...mechanisms.expectations import Expectation
from ...mechanisms.measures import FunctionOf, Part, PaymentOf, UtilityOf
from .plan import table_of
from .statements import Statement

Key = Any
Names = Mapping[str, str]


def exchanged(one: str, other: str) -> Names:
    """The exchange of two names."""
    return {one: other, other: one}


def places_exchanged(env: Environment, one: str, other: str) -> Array | None:
    """Which coordinate each becomes (payments after them), if utilities say so of exactly one way; None if none do."""
    if env.types[one] != env.types[other] or not _prior_stays(env, one, other):
        return None
    names = exchanged(one, other)
    columns = [_columns(env, p) for p in env.players]
    mirror = [columns[env.players.index(names.get(p, p))] for p in env.players]
    here: dict[Any, list[int]] = {}
    there: dict[Any, list[int]] = {}
    for k in range(env.space.dimension):
        here.setdefault(tuple(c[k] for c in columns), []).append(k)
        there.setdefault(tuple(c[k] for c in mirror), []).append(k)
    swap = np.zeros(env.space.dimension, dtype=np.int64)
    for key, places in there.items():
        if len(here.get(key, ())) != len(places):
            return None
        swap[places] = here[key]
    groups = {(frozenset(g.coordinates), g.exactly) for g in env.space.groups}
    if {(frozenset(swap[list(g)].tolist()), exactly) for g, exactly in groups} != groups:
        return None
    if env.transfers is None:
        return swap
    paid = [env.space.dimension + env.players.index(names.get(p, p)) for p in env.players]
    return np.concatenate([swap, paid])


def _columns(env: Environment, player: str) -> list[Any]:
    rows = env.utilities(player)
    if rows.dtype == np.int64:
        return [c.tobytes() for c in np.ascontiguousarray(rows.T)]
    return [tuple(exact(x) for x in c) for c in rows.T]


def _prior_stays(env: Environment, one: str, other: str) -> bool:
    if env.prior is None:
        return True
    if not isinstance(next(iter(env.prior)), Profile):
        a, b = env.prior[one], env.prior[other]
        return all(exact(a[t]) == exact(b[t]) for t in env.types[one])
    i, j = env.players.index(one), env.players.index(other)
    return bool((env.joint == np.swapaxes(env.joint, i, j)).all())


def parts_stay(env: Environment, parts: Iterable[Part], names: Names, swap: Array) -> bool:
    """Whether each part is, of the outcomes that changed places, what the renamed part is."""
    inside = swap[: env.space.dimension]
    for part in parts:
        if isinstance(part, PaymentOf | FunctionOf):
            continue
        mirror = _renamed_part(part, names)
        (here, a), (there, b) = (integers(table_of(env, p)) for p in (part, mirror))
        if a != b or not np.array_equal(here, there[..., inside]):
            return False
    return True


def _renamed_part(part: Any, names: Names) -> Any:
    share = part.share_of
    changed = {
        "player": names.get(part.player, part.player),
        "share_of": None if share is None else names.get(share, share),
    }
    return type(part)(**{**{f: getattr(part, f) for f in part.__dataclass_fields__}, **changed})


def key_of(env: Environment, statement: Statement, names: Names, swap: Array | None = None) -> Key:
    """What a statement says once names (and outcomes) have changed, as something to compare."""
    case = statement.case
    pairs = frozenset(frozenset((_entry(a, names), _entry(b, names))) for a, b in case.distinct)
    axes = frozenset(_entry(v, names) for v in case.variables)
    return (statement.property.equal, pairs, axes, key_of_expression(env, statement.margin, names, swap))


def key_of_expression(env: Environment, expression: Expectation, names: Names, swap: Array | None = None) -> Key:
    """What an expression says once names (and outcomes) have changed."""
    terms: Counter[Any] = Counter()
    for term in expression.terms:
        slots = frozenset((names.get(p, p), _entry(x, names)) for p, x in term.slots.items())
        belief = None
        if term.belief is not None:
            given = term.belief.given
            known = None if given is None else (names.get(given[0], given[0]), _entry(given[1], names))
            belief = (frozenset(_entry(v, names) for v in term.belief.bound), known)
        terms[_part_key(env, term.part, names, swap), slots, belief] += exact(term.coefficient)  # type: ignore[assignment]
    highest = Counter(
        (exact(h.coefficient), frozenset((exact(c), _part_key(env, part, names, swap)) for c, part in h.measure.parts))
        for h in expression.highest
    )
    kept = frozenset((k, c) for k, c in terms.items() if c)
    return kept, frozenset(highest.items()), exact(expression.constant)


def _entry(x: Any, names: Names) -> Any:
    return ("any", names.get(x.player, x.player), x.mark) if is_var(x) else ("type", x)


def _part_key(env: Environment, part: Part, names: Names, swap: Array | None) -> Key:
    if isinstance(part, PaymentOf):
        return ("pays", names.get(part.player, part.player))
    if isinstance(part, FunctionOf):
        row = [exact(x) for x in env.space.functional(part.function)]
        if swap is not None:
            moved = row[:]
            for k, x in enumerate(row):
                moved[swap[k]] = x
            row = moved
        return ("function", tuple(row))
    share = None if part.share_of is None else names.get(part.share_of, part.share_of)
    what = "utility" if isinstance(part, UtilityOf) else ("rank", part.k)
    return (what, names.get(part.player, part.player), _entry(part.type, names), share)


def parts_in(statements: Sequence[Statement], objective: Sequence[Expectation]) -> set[Part]:
    """All parts that the statements and the objective speak of."""
    expressions = [*(s.margin for s in statements), *objective]
    found = {t.part for e in expressions for t in e.terms}
    return found | {part for e in expressions for h in e.highest for _, part in h.measure.parts}
