"""Simplify: of the rules that are as good as the one found, one that is easier to tell."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from time import monotonic
from typing import Any

from ..games.environment import Environment
from ..games.errors import BadInput, GameTooLarge
from ..games.numbers import exact
from ..games.outcomes import Finite
from ..mechanisms.property import ForAll
from ..mechanisms.table import Table
from ..mechanisms.tabulated import from_table
from . import proofs
from .design import Design
from .searching.programs.objectives import reached
from .searching.sparse import sparse_rules
from .verdict import Report
from .verification.tabulate import table_of_rule
from .verification.work import Work
from .verify import verify
from .writing.answers import answers_of
from .writing.proposals import proposed
from .writing.readable import description_of

MOST_PROFILES = 5_000  # of an environment in which simple rules are tried one by one
MOST_SURE = 200  # profiles times outcomes of an integer program that looks for a rule without lots
PATIENCE = 20.0  # seconds for it


def simplify(design: Design, *, time: float | None = None) -> Design:
    """Of the rules that meet the same goal and reach the same value, one that is easier to tell.

    Tried are rules with a short form (auctions with reserves, dictators, medians, VCG), corners of the set of all
    rules that are as good, where little is left to chance and little money moves, and, in small environments, the best
    rule that leaves nothing to chance. What leaves nothing to chance comes first, then what
    :func:`~rulewright.solvers.writing.readable.describe` tells in fewest words. The rule returned meets the goal by a
    full verification and its value is exactly that of the given one; if none is simpler, the given design is returned.
    ``time`` is a budget in seconds. Raises BadInput.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2, 3, 4), "bob": (1, 2, 3, 4)})
    >>> design = rw.search(env, rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue))
    >>> simple = simplify(design)
    >>> simple.value == design.value, rw.solvers.describe(simple.rule, env).form
    (True, 'second price with reserve 2 (threshold prices)')
    """
    if not isinstance(design, Design):
        raise BadInput(f"simplify needs a Design, not {type(design).__name__}; pass what rulewright.search returned")
    if design.rule is None:
        raise BadInput("the design has no rule, so there is nothing to simplify; its .why says what was found")
    env, goal = design.environment, design.asked
    if not isinstance(env, Environment) or goal is None:
        raise BadInput("simplify needs a design of a rule for an Environment, with the Goal that was searched for")
    if time is not None and (isinstance(time, bool) or not isinstance(time, int | float) or not time >= 0):
        raise BadInput(f"time is {time!r}; it must be a number of seconds, at least 0, or None for no limit")
    until = math.inf if time is None else monotonic() + time
    best = table_of_rule(design.rule, env, Work(until))
    told = description_of(answers_of(env, best))
    original, verdicts = best, design.verdicts
    tables = itertools.chain(_candidates(design, until), _without_lots(design, lambda: best.sure, until))
    for table in tables:
        if goal.maximize is not None and exact(reached(goal.maximize, env, table)) != exact(design.value or 0):
            continue
        now = description_of(answers_of(env, table))
        if (not table.sure, now.length) >= (not best.sure, told.length):
            continue
        rule = from_table(env, table, now.form, now.text)
        proved = Report(tuple(verify(rule, env, property) for property in goal.require))
        if all(v.status == "proved" for v in proved):
            best, told, verdicts = table, now, proved
    if best is original:
        return design
    rule = from_table(env, best, told.form, told.text)
    method = f"{design.method}; then simplified: another rule with the same value, verified in full"
    return replace(design, rule=rule, verdicts=verdicts, method=method, certify=lambda: _certificate(design, best))


def _candidates(design: Design, until: float) -> Iterator[Table]:
    """Tables of rules that may be as good: those with short forms, then corners of what is optimal."""
    env, goal = design.environment, design.asked
    if env.n_profiles <= MOST_PROFILES:
        yield from proposed(env, until)
    linear = goal.maximize is None or goal.maximize.combine == "min"
    if linear and all(isinstance(property, ForAll) for property in goal.require):
        yield from sparse_rules(env, goal, design.value, until)


def _without_lots(design: Design, found: Callable[[], bool], until: float) -> Iterator[Table]:
    """The best rule that leaves nothing to chance, by an integer program, unless one that is good enough was found."""
    from .searching.integers.search_deterministic import search_deterministic

    env = design.environment
    if found() or not isinstance(env.space, Finite) or env.n_profiles * env.space.dimension > MOST_SURE:
        return
    left = until - monotonic()
    if left <= 0 or (design.asked.maximize is not None and design.asked.maximize.combine != "min"):
        return
    try:
        other = search_deterministic(env, design.asked, time=min(left, PATIENCE))
    except (BadInput, GameTooLarge):  # properties that an integer program cannot require
        return
    if other.rule is not None:
        yield table_of_rule(other.rule, env, Work())


def _certificate(design: Design, table: Table) -> dict[str, Any] | None:
    """The certificate of the given design about the other rule: what proves that no rule does better is the same."""
    data, env = design.certificate, design.environment
    if data is None or data.get("claim") not in ("optimal", "proved") or "rule" not in data:
        return None
    return {**data, "rule": proofs.table_data(env, table)}
