"""Verification on multisets: an anonymous rule, one player against every multiset of the others' reports."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ...games.environment import Environment
from ...games.numbers import exact
from ...games.outcomes import Finite
from ...mechanisms.cases import Case, Var
from ...mechanisms.property import ForAll
from ...mechanisms.table import Table
from ...mechanisms.unnamed import AnonymousRule
from ..verdict import Verdict
from .multisets import Setting, multisets
from .plan import plan_of
from .scan import Look, chunks, looks, scan_of
from .statements import Statement
from .structure import CROSSING, OTHERS, about_one, lies_of, neighbours, told_of_two
from .verify_cases import counterexample
from .work import Work
from .workers import TimeUp, in_order

PIECE = 2**15  # multisets at a time
TASK = 8  # pieces of one task
SLOW = 2**8  # multisets of one task where the rule must be called

METHOD = "the rule knows no names: one player against every multiset of the others' types, in exact integers"
Pairs = list[dict[Var, int]] | None


def fits(rule: object, env: Environment, statements: Sequence[Statement]) -> bool:
    """Whether a rule and a property can be looked at on multisets."""
    return isinstance(rule, AnonymousRule) and about_one(env, statements) is not None


def by_multisets(
    rule: AnonymousRule, env: Environment, property: ForAll, statements: Sequence[Statement], work: Work, domain: str,
    structure: bool,
) -> Verdict:  # fmt: skip
    """The verdict on an anonymous rule; raises GameTooLarge for too many multisets, BadInput for what it is not for."""
    first = about_one(env, statements)
    assert first is not None
    setting, statement = Setting(rule, env), told_of_two(first, env.players[0])
    setting.check()
    setting.compare()
    task = TASK * PIECE if setting.reading is not None else SLOW
    lies = lies_of(statement) if structure else None
    pairs = None if lies is None else neighbours(env, lies)
    method = "; ".join([METHOD, *([] if pairs is None else [CROSSING])])
    names = (property.name, rule.name, domain, method)
    total = sum(s.case.count(env) for s in statements)
    seen, least = 0, None
    try:
        sizes = [(setting, k, k + task) for k in range(0, setting.everybody, task)]
        for _ in in_order(work.executor, check_feasible, sizes, "the rule", work.deadline):
            pass
        tasks = [(setting, statement, pairs, k, k + task) for k in range(0, setting.others, task)]
        for done, (found, scale) in enumerate(in_order(work.executor, look, tasks, "the rule", work.deadline), 1):
            seen += found.seen
            if found.failing is not None:
                case = _case(setting, first, dict(zip(statement.case.variables, found.failing, strict=True)))
                return Verdict("refuted", *names, seen, counterexample(rule, env, property, case))
            if found.least is not None:
                least = min(x for x in (least, Fraction(found.least, scale)) if x is not None)
            work.tell(total * done // len(tasks), total)
    except TimeUp:
        return Verdict("unknown", *names, seen, reason=f"the time ran out after {seen:,} cases")
    return Verdict("proved", *names, total, margin=None if least is None else exact(least))


def check_feasible(setting: Setting, start: int, stop: int) -> None:
    """That chances and supply are right at the multisets of reports from ``start`` to ``stop``; raises BadInput."""
    for k in range(start, min(stop, setting.everybody), PIECE):
        setting.check_feasible(k, min(stop, k + PIECE))


def look(setting: Setting, statement: Statement, pairs: Pairs, start: int, stop: int) -> tuple[Look, int]:
    """The cases of some multisets of the others' reports, up to the first that fails, and the scale of the margin."""
    seen, least, scale = 0, None, 1
    stop = min(stop, setting.others)
    for k in range(start, stop, PIECE):
        pair, table = _pair(setting, k, min(k + PIECE, stop))
        plan = plan_of(pair, table, statement.margin, statement.case, statement.property.equal)
        scan = scan_of(plan)
        own = [v for v in plan.axes if v.player != OTHERS]
        order = [*own, Var(OTHERS)]
        for each in looks(scan, list(chunks(plan, order, [{}] if pairs is None else pairs))):
            seen += each.seen
            if each.failing is not None:
                place = tuple(x + k if v == Var(OTHERS) else x for v, x in zip(plan.axes, each.failing, strict=True))
                return Look(seen, place, None), scan.scale
            if each.least is not None and (least is None or each.least * scale < least * scan.scale):
                least, scale = each.least, scan.scale
    return Look(seen, None, least), scale


def _pair(setting: Setting, start: int, stop: int) -> tuple[Environment, Table]:
    """One player and the others as one, whose types are multisets; what the player gets there."""
    env = setting.env
    one = env.players[0]
    rows = multisets(len(setting.ranked), len(env.players) - 1, start, stop)
    rank = np.argsort(setting.ranked)  # of each type
    (chance, scale), (payment, unit) = setting.gets(rank[:, None], [row[None] for row in np.ascontiguousarray(rows.T)])
    shape = (len(rank), len(rows))
    chance, payment = (np.broadcast_to(x, shape).reshape(-1) for x in (chance, payment))
    if ((chance == 0) | (chance == scale)).all():
        coordinates = (chance == 0).astype(np.int64)[:, None]
        weights, scale = np.ones_like(coordinates), 1
    else:
        coordinates = np.broadcast_to(np.arange(2), (len(chance), 2))
        weights = np.stack([chance, scale - chance], axis=1)
    paid = None if env.transfers is None else np.stack([payment, np.zeros_like(payment)], axis=1)
    unit_of, none_of = setting.worths
    pair = Environment(
        env.name, {one: env.types[one], OTHERS: tuple(range(stop - start))}, Finite(("a unit", "nothing")),
        lambda player, outcome, type: 0, transfers=env.transfers,
    )  # fmt: skip
    pair.__dict__["_utilities"] = {(one, None): np.stack([unit_of, none_of], axis=1)}
    return pair, Table(coordinates, weights, scale, paid, unit)


def _case(setting: Setting, first: Statement, place: dict[Var, int]) -> Case:
    """The case of the real players: the others' types are those of the multiset, in any order."""
    env = setting.env
    row = multisets(len(setting.ranked), len(env.players) - 1, place[Var(OTHERS)], place[Var(OTHERS)] + 1)[0]
    types = env.types[env.players[0]]
    others = {Var(p): types[int(setting.ranked[v])] for p, v in zip(env.players[1:], row, strict=True)}
    own = {v: types[k] for v, k in place.items() if v != Var(OTHERS)}
    return first.case.at({**others, **own})
