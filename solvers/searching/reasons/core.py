"""Cores: a clash of requirements shown where it already occurs: among few types, at few profiles.

A rule for all declared types is also one for some of them. So where the rows of a requirement mention only the types of
their own case (no expectation over the prior), a contradiction among a few types is one of the whole environment, with
the same multipliers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from time import monotonic
from typing import Any

import numpy as np

from ....games.environment import Environment
from ....games.numbers import Array
from ....games.profile import Profile
from ....mechanisms.cases import is_var
from ....mechanisms.measures import RankOf, UtilityOf, variables_of
from ....mechanisms.property import ForAll, entry_text, told
from ...proofs import Multiplier
from ...verification.statements import Statement
from ...verification.work import left
from ..programs.layout import width_of
from ..programs.linear import Program, solve_program
from ..programs.program import Block, block_multipliers, block_of, program_of

FEW = 256  # profiles among which a clash is looked for before it is in the whole environment
MOST_REDUCED = 100  # profiles up to which the types that a clash of expectations needs are found
SIZES = (2, 3, 4, 6, 8, 11, 16, 23, 32, 64, 128, 256)  # of the sets of types that are tried
MOST_UNKNOWNS = 20_000  # of a program of a few profiles
LISTED = 6  # profiles that are told one by one

Types = Mapping[str, tuple[int, ...]]  # of each player some types, by position
Weights = list[list[Fraction]]  # of the rows of each block, in a contradiction


@dataclass(frozen=True)
class Clash:
    """Statements that no rule satisfies together, with the multipliers that prove it exactly (Farkas 1902).

    ``profiles`` are a few at which they already clash (none where the statements are about expectations), and
    ``shown`` says where in words.
    """

    statements: tuple[Statement, ...]
    multipliers: tuple[Multiplier, ...]
    profiles: tuple[Profile[Any], ...] = ()
    shown: str = ""

    @property
    def properties(self) -> tuple[ForAll, ...]:
        """The requirements that take part."""
        return tuple(dict.fromkeys(s.property for s in self.statements))


def is_local(statement: Statement) -> bool:
    """Whether the statement mentions only the types of its own case, and no belief."""
    terms = statement.margin.terms
    fixed = any(t.belief is not None or not all(is_var(x) for x in t.slots.values()) for t in terms)
    parts = [t.part for t in terms] + [p for h in statement.margin.highest for _, p in h.measure.parts]
    return not fixed and all(is_var(t) for part in parts for t in _types_in(part))


def small_clash(
    env: Environment, statements: Sequence[Statement], until: float = math.inf, most: int = FEW
) -> Clash | None:
    """A clash that shows among a few types already; None where none was found (there may still be one).

    It is looked for among up to ``most`` profiles, the fewest first.
    """
    local = [s for s in statements if is_local(s)]
    if not local:
        return None
    for keep in _few_types(env, local, min(most, MOST_UNKNOWNS // width_of(env))):
        if monotonic() >= until:
            return None
        part = restricted(env, keep)
        blocks = [block_of(part, s) for s in local if s.case.count(part)]
        weights = _contradiction(part, blocks, until)
        if weights is not None:
            return _at_few_profiles(env, part, keep, blocks, weights, until)
    return None


def clash_of(env: Environment, blocks: Sequence[Block], until: float = math.inf) -> Clash | None:
    """The clash of an infeasible program of the whole environment; None where it cannot be confirmed exactly."""
    weights = _weights(env, blocks, until)
    if weights is None:
        return None
    return _clash([b.statement for b in blocks], _as_multipliers(env, blocks, weights))


def _contradiction(env: Environment, blocks: Sequence[Block], until: float) -> Weights | None:
    """Exact weights of rows that no rule can satisfy together; None if there are none, or none was confirmed."""
    outcome = solve_program(program_of(env, blocks, []), left(until), exactly=False)
    return _weights(env, blocks, until) if outcome.status == "infeasible" else None


def _weights(env: Environment, blocks: Sequence[Block], until: float) -> Weights | None:
    """Those of the program in which the rows are relaxed as little as they must be, block by block."""
    ends = np.cumsum([len(b.rows.constant) for b in blocks], dtype=np.int64)
    relaxed, twice = _relaxed(program_of(env, blocks, []), int(ends[-1]))
    outcome = solve_program(relaxed, left(until))
    if outcome.exact_x is None or outcome.exact_y is None or outcome.exact_x[-1] <= 0:
        return None
    y = outcome.exact_y[: int(ends[-1])]
    for row, other in zip(twice, outcome.exact_y[len(outcome.exact_y) - len(twice) :], strict=True):
        y[row] += other
    return [y[end - len(b.rows.constant) : end] for b, end in zip(blocks, ends, strict=True)]


def _relaxed(program: Program, rows: int) -> tuple[Program, list[int]]:
    """The program that asks by how much (the last column) its first rows must be relaxed, each in its own size.

    Equations are bounded from above by more rows at the end: those of the rows that are returned.
    """
    starts, columns, values = program.starts, program.columns, program.values
    units = np.ones(program.shape[1]) if program.units is None else program.units
    large = np.zeros(rows)
    for r, (a, b) in enumerate(itertools.pairwise(starts[: rows + 1].tolist())):
        large[r] = max((abs(int(v)) * units[c] for c, v in zip(columns[a:b], values[a:b], strict=True)), default=0.0)
    unit = min((x for x in large if x), default=1.0)
    sizes = [max(1, math.ceil(x / unit)) for x in large]
    twice = [r for r in range(rows) if program.row_high[r] is not None]
    again = [np.arange(starts[r], starts[r + 1]) for r in twice]
    at = np.concatenate([np.arange(starts[-1]), *again])
    ends = np.concatenate([starts[1:], starts[-1] + np.cumsum([len(each) for each in again], dtype=np.int64)])
    more = [*sizes, *([0] * (len(starts) - 1 - rows)), *(-sizes[r] for r in twice)]
    into = [k for k, size in enumerate(more) if size]
    filled = np.insert(values[at].astype(object), ends[into], [more[k] for k in into])
    last = program.shape[1]
    return Program(
        np.concatenate([[0], ends + np.cumsum(np.array(more, dtype=object) != 0)]).astype(np.int64),
        np.insert(columns[at], ends[into], last),
        filled,
        [*program.row_low, *([None] * len(twice))],
        [*([None] * rows), *program.row_high[rows:], *(program.row_high[r] for r in twice)],
        [*program.low, 0],
        [*program.high, None],
        np.array([0] * last + [-1], dtype=object),
        np.concatenate([units, [unit]]),
    ), twice


def _as_multipliers(env: Environment, blocks: Sequence[Block], weights: Weights) -> list[Multiplier]:
    return block_multipliers(list(blocks), list(itertools.chain(*weights)), 1)[0]


# -- few types ----------------------------------------------------------------------------------------------------


def restricted(env: Environment, keep: Types) -> Environment:
    """The environment in which only some types may occur (the prior, which local statements do not ask, left out)."""
    types = {player: tuple(env.types[player][k] for k in places) for player, places in keep.items()}
    return Environment(env.name, types, env.outcomes, env.utility, None, env.transfers, env.interdependent)


def _few_types(env: Environment, statements: Sequence[Statement], most: int) -> Iterator[Types]:
    """Choices of some types of each player, the fewest profiles first, and all if they are few."""
    tied = _tied(env, statements)
    sizes = dict(zip(env.players, env.sizes, strict=True))
    half = min(most, env.n_profiles // 2)
    found: dict[tuple[tuple[int, ...], ...], Types] = {}
    for varying in range(min(2, len(env.players)), len(env.players) + 1):
        if tied and varying < len(env.players):
            continue
        for few, staggered in itertools.product(SIZES, (False, True)):
            moving = env.players[:varying]
            if math.prod(min(few, sizes[p]) for p in moving) > half:
                break
            keep = {
                p: _spread(sizes[p], few if p in moving else 1, (k + 0.5) / len(env.players), staggered and not tied)
                for k, p in enumerate(env.players)
            }
            found.setdefault(tuple(keep.values()), keep)
    yield from sorted(found.values(), key=lambda keep: math.prod(map(len, keep.values())))
    if env.n_profiles <= most:
        yield {p: tuple(range(size)) for p, size in sizes.items()}


def _spread(size: int, few: int, offset: float, staggered: bool) -> tuple[int, ...]:
    """A few of so many places: the ends and evenly between, or (so that players differ) evenly from an offset."""
    if few >= size:
        return tuple(range(size))
    if staggered or few == 1:
        return tuple(int((k + offset) * size / few) for k in range(few))
    return tuple(k * (size - 1) // (few - 1) for k in range(few))


def _tied(env: Environment, statements: Sequence[Statement]) -> bool:
    """Whether a statement puts a type of one player in the place of another's: then they need the same types."""
    for statement in statements:
        margin = statement.margin
        parts = [t.part for t in margin.terms] + [p for h in margin.highest for _, p in h.measure.parts]
        placed = [(player, entry) for t in margin.terms for player, entry in t.slots.items()]
        placed += [pair for part in parts for pair in variables_of(part)]
        placed += [(a.player, b) for a, b in statement.case.distinct]
        if any(is_var(entry) and entry.player != player for player, entry in placed):
            return True
    return False


def _types_in(part: Any) -> list[Any]:
    """The types that a part mentions, variables or not."""
    if not isinstance(part, UtilityOf | RankOf):
        return []
    given = part.type
    return list(given.values()) if not is_var(given) and isinstance(given, Profile) else [given]


# -- fewer still: rows are left out as long as what remains is a contradiction -----------------------------------------


def _at_few_profiles(
    env: Environment, part: Environment, keep: Types, blocks: list[Block], weights: Weights, until: float
) -> Clash:
    """The clash of a small environment at as few of its profiles as will do, as one of the whole environment."""
    profiles = list(part.profiles())
    mentions = [_mentions(part, block) for block in blocks]
    by_type: list[list[Array]] = [
        [np.asarray(m[:, [profile[p] == t for profile in profiles]].any(axis=1)) for m in mentions]
        for p in part.players
        for t in part.types[p]
    ]
    by_profile = [[m[:, k] for m in mentions] for k in range(len(profiles))]
    multipliers = _fewest(part, blocks, weights, by_type + by_profile, until)
    used = {
        tuple(values[term.slots[p]] for p in part.players)
        for k, values, _ in multipliers
        for term in blocks[k].statement.margin.terms
    }
    core = tuple(Profile({p: part.types[p][x] for p, x in zip(part.players, at, strict=True)}) for at in sorted(used))
    lifted = [(k, {v: keep[v.player][x] for v, x in values.items()}, y) for k, values, y in multipliers]
    return _clash([b.statement for b in blocks], lifted, core, _where(env, core))


def _mentions(env: Environment, block: Block) -> Array:
    """Which profiles each row is about, ``mentions[row, profile]``."""
    found = np.zeros((len(block.rows.constant), env.n_profiles), dtype=bool)
    found[block.rows.rows, block.rows.columns // width_of(env)] = True
    return found


def with_types(env: Environment, clash: Clash, until: float = math.inf) -> Clash:
    """A clash that is told: if at no few profiles, then by the types whose expectations it takes, as few as will do."""
    if clash.shown:
        return clash
    if env.n_profiles > MOST_REDUCED or all(is_local(s) for s in clash.statements):
        return replace(clash, shown=_whose(env, clash))
    mine = [block_of(env, s) for s in clash.statements]
    units: list[list[Array]] = [
        [np.asarray(_true_types(b).get(p, np.full(len(b.rows.constant), -1)) == k) for b in mine]
        for p, types in env.types.items()
        for k in range(len(types))
    ]
    weights = _weights(env, mine, until)
    if weights is not None:
        clash = _clash(clash.statements, _fewest(env, mine, weights, units, until))
    return replace(clash, shown=_whose(env, clash))


def _true_types(block: Block) -> dict[str, Array]:
    """Of each row about expectations, the type (by position) of each player whose true type it fixes."""
    if is_local(block.statement):
        return {}
    return {p: block.rows.cases[v] for p, v in block.statement.case.types.items() if is_var(v)}


def _whose(env: Environment, clash: Clash) -> str:
    """The types whose expectations a clash takes, in words."""
    whose: dict[str, set[int]] = {p: set() for p in env.players}
    for k, values, _ in clash.multipliers:
        statement = clash.statements[k]
        if not is_local(statement):
            for p, v in statement.case.types.items():
                whose[p] |= {values[v]} if is_var(v) else set()
    if all(len(ks) == len(env.types[p]) for p, ks in whose.items()):
        return ""
    told_ = [f"{p} in {_braced(env.types[p][k] for k in sorted(ks))}" for p, ks in whose.items() if ks]
    return f"it takes only what is expected by {' and '.join(told_)}" if told_ else ""


def _fewest(
    env: Environment, blocks: list[Block], weights: Weights, units: list[list[Array]], until: float
) -> list[Multiplier]:
    """A contradiction that needs fewer rows: units are left out one by one, as long as one remains.

    A unit is a set of rows: for each block, whether a row is in it. Those that the last contradiction does without
    stay out.
    """

    def needed(unit: list[Array]) -> bool:
        return any(y and here for w, rows in zip(weights, unit, strict=True) for y, here in zip(w, rows, strict=True))

    for unit in units:
        if monotonic() >= until:
            break
        if not needed(unit):
            continue
        less = [unit, *(each for each in units if not needed(each))]
        kept = [np.flatnonzero(~np.any(rows, axis=0)) for rows in zip(*less, strict=True)]
        fewer = [Block(b.statement, b.rows.only(rows)) for b, rows in zip(blocks, kept, strict=True)]
        found = _contradiction(env, fewer, until)
        if found is not None:
            weights = [[Fraction(0)] * len(b.rows.constant) for b in blocks]
            for w, rows, ys in zip(weights, kept, found, strict=True):
                for row, y in zip(rows, ys, strict=True):
                    w[row] = y
    return _as_multipliers(env, blocks, weights)


def _clash(
    statements: Sequence[Statement], multipliers: Sequence[Multiplier], profiles: tuple[Profile[Any], ...] = (),
    shown: str = "",
) -> Clash:  # fmt: skip
    """Only the statements that take part."""
    guilty = sorted({k for k, _, _ in multipliers})
    number = {k: j for j, k in enumerate(guilty)}
    return Clash(
        tuple(statements[k] for k in guilty), tuple((number[k], v, y) for k, v, y in multipliers), profiles, shown
    )


def _where(env: Environment, profiles: Sequence[Profile[Any]]) -> str:
    """The profiles in words: as a product of types where they are one."""
    some = {p: [t for t in env.types[p] if any(t == profile[p] for profile in profiles)] for p in env.players}
    product = " and ".join(
        f"{p} = {entry_text(ts[0])}" if len(ts) == 1 else f"{p} in {_braced(ts)}" for p, ts in some.items()
    )
    if len(profiles) == 1:
        return f"already at {told(profiles[0])}"
    if len(profiles) == math.prod(map(len, some.values())) or len(profiles) > LISTED:
        count = "" if len(profiles) == math.prod(map(len, some.values())) else f" ({len(profiles)} profiles)"
        return f"already with {product}{count}"
    each = "; ".join(told(profile) for profile in profiles)
    return f"already at these {len(profiles)} profiles: {each}"


def _braced(types: Iterable[Any]) -> str:
    return "{" + ", ".join(map(entry_text, types)) + "}"
