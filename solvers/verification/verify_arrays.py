"""Verification in arrays: every case of a traced property at once, on exact integers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from ...games.environment import Environment
from ...games.numbers import exact
from ...mechanisms.cases import Var
from ...mechanisms.property import ForAll
from ...mechanisms.table import OutOfTime, Table
from .. import proofs
from ..verdict import Verdict
from . import kernel
from .plan import Plan, plan_of
from .scan import Look, Looking, Scan, chunks, looks, scan_of
from .statements import Statement
from .structure import CROSSING, OTHERS, WORTH_IT, lies_of, neighbours, quotient
from .verify_cases import counterexample
from .work import Work
from .workers import TimeUp, in_order

PIECE = 2**25  # cases of a piece of work that is sent to a worker: a fraction of a second
SWEEP = 2**26  # cases of one call of the kernel

ARRAYS = "every case at once, in exact integers"
ALIKE = "the players are alike to the rule (checked), so one against each multiset of the others' types stands for all"
PRIVATE = "what an outcome is worth depends on one's own type alone (checked)"
INDEPENDENT = "types are independent (checked), so what a report leads to is averaged once"


@dataclass(frozen=True)
class Route:
    """What is looked at to prove one statement: by whom, and in which chunks.

    ``others`` are the multisets of types that the others may have, where they are told of as one player.
    """

    number: int
    scan: Scan
    by: Looking
    pieces: Sequence[dict[Var, int]]
    others: Sequence[tuple[int, ...]] = ()

    def place(self, plan: Plan, failing: tuple[int, ...]) -> tuple[int, ...]:
        """A failing case of what was looked at as one of the statement's own plan."""
        found = dict(zip(self.scan.plan.axes, failing, strict=True))
        if not self.others:
            return tuple(found[v] for v in plan.axes)
        rest = iter(self.others[found[Var(OTHERS)]])
        return tuple(found[v] if v in found else next(rest) for v in plan.axes)


def by_arrays(
    rule: Any, env: Environment, table: Table, property: ForAll, statements: list[Statement], work: Work, domain: str,
    structure: bool,
) -> Verdict:  # fmt: skip
    """The verdict on a traced property: all its statements, for the whole table."""
    counts = [s.case.count(env) for s in statements]
    routes, words = _routes(env, table, statements, structure)
    names = (property.name, rule.name, domain, "; ".join([ARRAYS, *words]))
    margin: Fraction | None = None
    for route in routes:
        before = sum(counts[: route.number])
        try:
            failing, least = _walk(route, work, before, sum(counts))
        except OutOfTime as late:
            reason = f"the time ran out after {late.done:,} of {late.total:,} cases"
            return Verdict("unknown", *names, late.done, reason=reason)
        if failing is not None:
            statement = statements[route.number]
            plan = plan_of(env, table, statement.margin, statement.case, property.equal)
            place, checked = _first(plan, route.place(plan, failing), work)
            values = dict(zip(statement.case.variables, place, strict=True))
            case = statement.case.at({v: env.types[v.player][k] for v, k in values.items()})
            return Verdict(
                "refuted", *names, before + checked, counterexample(rule, env, property, case),
                certify=partial(proofs.refuted, env, table, statement, values, rule.name),
            )  # fmt: skip
        margin = min((x for x in (margin, least) if x is not None), default=None)
    certify = partial(proofs.proved, env, table, statements, rule.name)
    spare = None if margin is None else exact(margin)
    return Verdict("proved", *names, sum(counts), margin=spare, certify=certify)


def _routes(
    env: Environment, table: Table, statements: list[Statement], structure: bool
) -> tuple[Iterator[Route], list[str]]:
    """How to prove each statement, one after the other, and the structure that makes it shorter, in words."""
    words = []
    if env.interdependent and all(env.private(p) for p in env.players):
        words.append(PRIVATE)
    if any(t.belief for s in statements for t in s.margin.terms) and env.independent:
        words.append(INDEPENDENT)
    others: tuple[tuple[int, ...], ...] = ()
    large = structure and sum(s.case.count(env) for s in statements) >= WORTH_IT
    if large and (found := quotient(env, table, statements)) is not None:
        others = tuple(itertools.combinations_with_replacement(range(env.sizes[0]), len(env.players) - 1))
        env, table, statements = found[0], found[1], [found[2]]
        words.append(ALIKE)
    lies = [lies_of(s) if large else None for s in statements]
    pairs = [None if lie is None else neighbours(env, lie) for lie in lies]
    if any(pair is not None for pair in pairs):
        words.append(CROSSING)
    routes = (_route(k, env, table, s, pairs[k], others) for k, s in enumerate(statements))
    return routes, words


def _route(
    k: int, env: Environment, table: Table, statement: Statement, pairs: list[dict[Var, int]] | None,
    others: Sequence[tuple[int, ...]],
) -> Route:  # fmt: skip
    plan = plan_of(env, table, statement.margin, statement.case, statement.property.equal)
    scan = scan_of(plan)
    own = [v for v in plan.axes if v.player == statement.case.player and not v.mark]
    rest = [v for v in plan.axes if v.player != statement.case.player]
    lies = [v for v in plan.axes if v.player == statement.case.player and v.mark]  # last: the truth is then seen once
    given: Sequence[dict[Var, int]] = [{}] if pairs is None else pairs
    share = math.prod(n for v, n in zip(plan.axes, plan.sizes, strict=True) if v not in given[0]) * len(given)
    if kernel.worth_it(share):
        order = [*own, *lies, *rest] if pairs is not None else [*rest, *own, *lies]
        sweep = kernel.sweep_of(scan, order)
        if sweep is not None:
            return Route(k, scan, sweep, list(chunks(plan, order, given, SWEEP)), others)
    return Route(k, scan, scan, list(chunks(plan, [*own, *rest, *lies], given)), others)


def _walk(route: Route, work: Work, before: int, total: int) -> tuple[tuple[int, ...] | None, Fraction | None]:
    """A case that fails, or None and the least margin; raises OutOfTime with the number of cases looked at."""
    seen, least = 0, None
    try:
        for look in _looks(route.by, route.scan.plan, route.pieces, work):
            seen += look.seen
            if look.failing is not None:
                return look.failing, None
            least = min((x for x in (least, look.least) if x is not None), default=None)
            work.tell(before + seen, total)
    except TimeUp:
        raise OutOfTime(before + seen, total) from None
    return None, None if least is None else Fraction(least, route.scan.scale)


def _looks(by: Looking, plan: Plan, pieces: Sequence[dict[Var, int]], work: Work) -> Iterator[Look]:
    """What is found in each chunk, in order; workers get pieces large enough to be worth sending the table."""
    cases = sum(math.prod(n for v, n in zip(plan.axes, plan.sizes, strict=True) if v not in p) for p in pieces)
    share = work.executor is not None and cases >= 2 * PIECE
    size = max(1, -(-len(pieces) * PIECE // cases)) if share else 1
    tasks = [(by, pieces[k : k + size]) for k in range(0, len(pieces), size)]
    for each in in_order(work.executor if share else None, looks, tasks, "the table", work.deadline):
        yield from each


def _first(plan: Plan, known: tuple[int, ...], work: Work) -> tuple[tuple[int, ...], int]:
    """The first case that fails, in order, and how many there are up to it; the known one if the time is up."""
    scan, seen = scan_of(plan), 0
    try:
        for look in _looks(scan, plan, list(chunks(plan, plan.axes)), work):
            seen += look.seen
            if look.failing is not None:
                return look.failing, seen
    except TimeUp:
        return known, seen
    raise AssertionError("a case failed in one order and none in the other")
