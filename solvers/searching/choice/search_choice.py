"""Search over all deterministic rules by satisfiability: a rule, all rules, or a clausal proof that there is none."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from time import monotonic
from typing import Any

import numpy as np

from ....certificates import check
from ....games.environment import Environment
from ....games.errors import BadInput
from ....games.numbers import Array
from ....games.profile import Profile
from ....games.show import Shown
from ....mechanisms.clausal import Clauses, Few, items_of, profile_at
from ....mechanisms.goals import Goal, Requirement
from ....mechanisms.property import ForAll, told
from ....mechanisms.table import Table
from ....mechanisms.tabulated import TableRule
from ... import proofs
from ...design import Design
from ...verdict import Report
from ...verification.statements import trace
from ...verify import domain_of, verify
from ..programs.program import table_rule
from ..reasons.subsets import subsets
from .clauses import Grounded, OutOfTime, ground
from .proofs_by_clauses import Refutation, refuted, written
from .sat import Clock, Formula, solver_class

MOST_TRIES = 400  # profiles left out one by one when a small core is looked for
ORDERS = 4  # in which they are left out
TOLD = 12  # profiles of a core that are told
SIMPLE_LIMIT = 20_000_000  # profiles times outcomes, for simple rules
Progress = Callable[[int, int], Any] | None


def search_choice(env: Environment, goal: Goal, time: float | None = None, progress: Progress = None) -> Design:
    """A deterministic rule that meets the goal, or a clausal proof that there is none (Geist and Peters 2017).

    Each requirement becomes clauses over "at this profile this outcome is chosen", which Glucose decides. A rule found
    is verified from the definitions. Where there is none, the requirements that clash and a few profiles at which they
    do are named, and the proof is re-checked step by step. The outcomes must be a finite list, without money, and the
    goal must have no objective. Raises BadInput, GameTooLarge, MissingExtra.

    >>> import rulewright as rw
    >>> from rulewright.mechanisms import non_dictatorial, onto
    >>> env = rw.games.voting(("ann", "bob"), ("a", "b", "c"))
    >>> design = search_choice(env, rw.Goal((rw.strategyproof, onto, non_dictatorial)))
    >>> design.status, design.conflicts, design.check()
    ('infeasible', (('strategyproof', 'onto', 'non_dictatorial'),), True)
    >>> search_choice(env, rw.Goal((rw.strategyproof, onto))).status
    'feasible'
    """
    clock = _clock(env, goal, time, progress)
    common: dict[str, Any] = {
        "goal": str(goal), "asked": goal, "environment": env,
        "searched": f"all deterministic rules for {domain_of(env)}",
    }  # fmt: skip
    try:
        known = _Known(env, clock)
        clock.check(0, 3)
        formula = known.formula(goal.require)
        clock.check(1, 3)
        table = _solved(formula, clock)
        clock.check(2, 3)
        if table is None:
            return _none(env, goal, known, clock, common)
    except OutOfTime:
        why = "the time ran out before an answer was found."
        return Design("unknown", method="satisfiability by Glucose (the time ran out)", why=why, **common)
    rule = table_rule(env, _packed(table), goal)
    verdicts = Report(tuple(verify(rule, env, property) for property in goal.require))
    method = "satisfiability by Glucose; the rule verified from the definitions"
    if any(v.status != "proved" for v in verdicts):
        failing = next(v for v in verdicts if v.status != "proved")
        why = f"The rule found does not stand the check of {failing.property}: {failing.counterexample}."
        return Design("unknown", method=method, why=why, **common)
    return Design(
        "feasible", method=method, rule=rule, verdicts=verdicts,
        certify=lambda: _certified(env, goal, _packed(table), rule), **common,
    )  # fmt: skip


MOST_NAMED = 20  # rules in the text of an enumeration


@dataclass(frozen=True, eq=False, repr=False)
class Enumeration(Shown):
    """The deterministic rules that meet a goal: all of them if ``complete``.

    ``certificate`` is then a clausal proof that there is no other.
    """

    rules: tuple[TableRule, ...]
    complete: bool
    certify: Callable[[], dict[str, Any] | None] = field(default=lambda: None, repr=False)

    def __len__(self) -> int:
        return len(self.rules)

    def __str__(self) -> str:
        many = f"{len(self)} {'rule meets' if len(self) == 1 else 'rules meet'} the goal"
        lines = [f"{'' if self.complete else 'at least '}{many}"]
        lines += [f"  {k}. {_form(rule)}" for k, rule in enumerate(self.rules[:MOST_NAMED], 1)]
        return "\n".join([*lines, *(["  ..."] if len(self) > MOST_NAMED else [])])

    def __iter__(self) -> Iterator[TableRule]:
        return iter(self.rules)

    @cached_property
    def certificate(self) -> dict[str, Any] | None:
        """JSON data that ``rulewright.check`` accepts: no other rule meets the goal (None unless complete)."""
        return self.certify()

    def check(self) -> bool:
        """Whether the independent checker accepts the certificate."""
        return self.certificate is not None and check(self.certificate)


def _form(rule: TableRule) -> str:
    from ...writing.readable import describe  # it is built on what searches find

    return rule.name if rule.env is None else describe(rule, rule.env).form


def enumerate_rules(
    env: Environment, goal: Goal, most: int = 100, time: float | None = None, progress: Progress = None
) -> Enumeration:
    """All deterministic rules that meet the goal, or ``most`` of them; each is verified from the definitions.

    Raises as :func:`search_choice`.

    >>> import rulewright as rw
    >>> from rulewright.mechanisms import onto
    >>> env = rw.games.voting(("ann", "bob"), ("a", "b", "c"))
    >>> dictatorships = enumerate_rules(env, rw.Goal((rw.strategyproof, onto)))
    >>> len(dictatorships), dictatorships.complete, dictatorships.check()
    (2, True, True)
    """
    if not isinstance(goal, Goal):
        raise BadInput(f"enumerate_rules needs a Goal, not {type(goal).__name__}; pass rulewright.Goal(require=(...))")
    if type(most) is not int or most < 1:
        raise BadInput(f"most is {most!r}; it must be a whole number of rules, at least 1")
    clock = _clock(env, goal, time, progress)
    tables: list[Array] = []
    complete = False
    try:
        known = _Known(env, clock)
        formula = known.formula(goal.require, exclusive=True)
        with solver_class()(bootstrap_with=[*formula.clauses, *formula.chosen.values()]) as solver:
            while len(tables) < most and not complete:
                clock.check(len(tables), most)
                complete = not clock.solve(solver)
                if not complete:
                    table = formula.table(solver.get_model())
                    tables.append(table)
                    solver.add_clause([-variables[table[p]] for p, variables in formula.chosen.items()])
            complete = complete or not clock.solve(solver)
    except OutOfTime:
        complete = False
    rules = []
    for table in sorted(tables, key=lambda t: list(map(int, t))):
        rule = table_rule(env, _packed(table), goal)
        for property in goal.require:
            if not (verdict := verify(rule, env, property)):
                raise RuntimeError(f"{property.name} fails for a rule found: {verdict.counterexample}")
        rules.append(rule)

    def certify() -> dict[str, Any] | None:
        others = [_elsewhere(env, table, j) for j, table in enumerate(tables)]
        proof = refuted(Formula(env, [*known.all(goal.require), *others], exclusive=True), clock=Clock())
        words = f"no deterministic rule but the {len(tables)} listed is {_and(goal.require)} on {domain_of(env)}"
        return None if proof is None else written(env, proof, words, [t.tolist() for t in tables])

    return Enumeration(tuple(rules), complete, certify if complete else lambda: None)


def _elsewhere(env: Environment, table: Array, j: int) -> Grounded:
    """The clause that a rule differs somewhere from a table."""
    everything = frozenset(range(env.space.dimension))
    sets = tuple(everything - {int(x)} for x in table)
    return Grounded(None, Clauses(np.arange(env.n_profiles).reshape(1, -1), sets, (j,), everywhere=True))


def _clock(env: Environment, goal: Goal, time: float | None, progress: Progress) -> Clock:
    if goal.maximize is not None:
        raise BadInput(
            f"a search by satisfiability has no objective, and the goal asks for as much {goal.maximize.name} as "
            'possible; drop one of them: the objective, or method="sat"'
        )
    items_of(env, "a search for deterministic rules by satisfiability")
    env.guard()
    return Clock(math.inf if time is None else monotonic() + time, progress)


# -- clauses and formulas, each made once -----------------------------------------------------------------------------


@dataclass
class _Known:
    """The clauses of each requirement, and what has been found out about sets of requirements."""

    env: Environment
    clock: Clock
    grounded: dict[Requirement, list[Grounded]] = field(default_factory=dict)
    formulas: dict[tuple[Requirement, ...], Formula] = field(default_factory=dict)

    def all(self, some: Sequence[Requirement]) -> list[Grounded]:
        for property in some:
            if property not in self.grounded:
                self.grounded[property] = ground(self.env, property, self.clock.until)
        return [each for property in dict.fromkeys(some) for each in self.grounded[property]]

    def formula(self, some: Sequence[Requirement], exclusive: bool = False) -> Formula:
        if (key := tuple(some)) not in self.formulas or exclusive:
            self.formulas[key] = Formula(self.env, self.all(some), exclusive)
        return self.formulas[key]

    def feasible(self, some: Sequence[Requirement]) -> bool | None:
        """Whether some deterministic rule meets these requirements; None if the time ran out."""
        try:
            if any(holds(self.all(some), table) for table in self.simple):
                return True
            table = _solved(self.formula(some), self.clock)
        except OutOfTime:
            return None
        return table is not None and (holds(self.all(some), table) or None)

    @cached_property
    def simple(self) -> list[Array]:
        """Tables of rules that meet much: serial dictatorships, the sum of ranks, and a constant."""
        env, m = self.env, self.env.space.dimension
        if env.n_profiles * m * len(env.players) > SIMPLE_LIMIT or env.interdependent:
            return [np.zeros(env.n_profiles, dtype=np.int64)]
        ranks = []
        for i, player in enumerate(env.players):
            rows = np.stack([np.unique(row, return_inverse=True)[1].reshape(-1) for row in env.utilities(player)])
            shape = [len(rows) if k == i else 1 for k in range(len(env.players))]
            ranks.append(np.broadcast_to(rows.reshape([*shape, m]), (*env.sizes, m)).reshape(-1, m).astype(np.int64))
        found = []
        for first in range(len(ranks)):
            left = np.ones((env.n_profiles, m), dtype=bool)
            for rank in [*ranks[first:], *ranks[:first]]:
                here = np.where(left, rank, -1)
                left = here == here.max(axis=1, keepdims=True)
            found.append(left.argmax(axis=1))
        total: Array = sum(ranks[1:], start=ranks[0])
        return [*found, total.argmax(axis=1), np.zeros(env.n_profiles, dtype=np.int64)]


def holds(grounded: Sequence[Grounded], table: Array) -> bool:
    """Whether a rule, given by the number of its outcome at each profile, meets all clauses.

    >>> import rulewright as rw
    >>> env = rw.games.voting(("ann", "bob"), ("a", "b"))
    >>> ann, nobody = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 0])
    >>> [holds(ground(env, rw.mechanisms.onto), table) for table in (ann, nobody)]
    [True, False]
    """
    inside: dict[Few, Array] = {}
    for each in grounded:
        block = each.clauses
        met = np.zeros(len(block.places), dtype=bool)
        for some, columns in _by_set(block):
            if some not in inside:
                inside[some] = np.array([k in some for k in range(int(table.max()) + 1)], dtype=bool)[table]
            met |= inside[some][block.places[:, columns]].any(axis=1)
        if not met.all():
            return False
    return True


def _by_set(block: Clauses) -> list[tuple[Few, list[int]]]:
    found: dict[Few, list[int]] = {}
    for k, some in enumerate(block.sets):
        found.setdefault(some, []).append(k)
    return list(found.items())


def _solved(formula: Formula, clock: Clock) -> Array | None:
    """The number of the outcome at each profile, for a rule that meets the formula; None if there is none."""
    with solver_class()(bootstrap_with=[*formula.clauses, *formula.chosen.values()]) as solver:
        return formula.table(solver.get_model()) if clock.solve(solver) else None


def _packed(table: Array) -> Table:
    return Table(table.reshape(-1, 1), np.ones((len(table), 1), dtype=np.int64), 1, None, 1)


def _certified(env: Environment, goal: Goal, table: Table, rule: Any) -> dict[str, Any] | None:
    """What the checker can re-check of a rule found: inequalities (None if other things are required too)."""
    required = [property for property in goal.require if isinstance(property, ForAll)]
    if len(required) < len(goal.require):
        return None
    statements = [statement for property in required for statement in trace(property, env)]
    return proofs.proved(env, table, statements, rule.name)


# -- why there is none ------------------------------------------------------------------------------------------------


def _none(env: Environment, goal: Goal, known: _Known, clock: Clock, common: dict[str, Any]) -> Design:
    method = "satisfiability by Glucose"
    required = tuple(dict.fromkeys(goal.require))
    found = subsets(required, lambda some: False if some == required else known.feasible(some), clock.until)
    clash = found.conflicts[0] if found.conflicts else required
    try:
        proof = refuted(known.formula(clash), small_core(known.formula(clash), clock), clock)
        reason = "a step of its proof does not follow"
    except OutOfTime:
        proof, reason = None, "the time ran out before the proof was confirmed step by step"
    if proof is None:
        why = f"The solver found that there is no rule, but {reason}."
        return Design("unknown", method=method, why=why, **common)
    core = tuple(profile_at(env, p) for p in proof.core)
    words = f"no deterministic rule is {_and(clash)} on {domain_of(env)}"
    minimal = found.conflicts and len(clash) > 1
    why = (
        f"{_and(clash)} cannot hold together without chance on {domain_of(env)}"
        if len(clash) > 1
        else f"{clash[0].name} cannot be met without chance on {domain_of(env)}"
    )
    why += f"{'; without any one of them the others can' if minimal else ''}. {_told(proof, core)}"
    return Design(
        "infeasible", method=f"{method}; its proof re-checked by unit propagation, {len(proof.lemmas)} steps",
        why=why, core=core, certify=lambda: written(env, proof, words), conflicts=_names(found.conflicts),
        give_up=_names(found.give_up if found.complete else ()), **common,
    )  # fmt: skip


def _names(sets: Sequence[Sequence[Requirement]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(property.name for property in some) for some in sets)


def _told(proof: Refutation, core: Sequence[Profile[Any]]) -> str:
    if not core:
        return "No choice at any profile is needed to see it."
    listed = "; ".join(map(told, core[:TOLD])) + (f"; and {len(core) - TOLD} more" if len(core) > TOLD else "")
    count = "this profile" if len(core) == 1 else f"these {len(core)} profiles"
    same = ", or at others where the same must be chosen," if proof.merges else ""
    return f"Already at {count}{same} whatever is chosen breaks one of them: {listed}."


def _and(some: Sequence[Requirement]) -> str:
    names = [property.name for property in some] or ["anything"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def small_core(formula: Formula, clock: Clock) -> list[int]:
    """A few profiles at which nothing can be chosen: none of them can be left out, unless the tries ran out.

    Whatever is chosen elsewhere, or nothing, clashes with the clauses if something is chosen at each of these.
    """
    core = sorted(formula.chosen)
    with _Selected(formula, core, clock) as selected:
        while (fewer := selected.clashing(core)) is not None and len(fewer) < len(core):
            core = fewer
    best, tries = core, 0
    with _Selected(formula, core, clock) as selected:
        for order in itertools.islice(_orders(core), ORDERS):
            left = list(core)
            for p in order:
                if p in left and tries < MOST_TRIES:
                    tries += 1
                    less = selected.clashing([q for q in left if q != p])
                    left = left if less is None else less
            best = min(best, left, key=len)
    return best


class _Selected:
    """A solver that is told at which of some profiles something must be chosen."""

    def __init__(self, formula: Formula, places: Sequence[int], clock: Clock) -> None:
        start = len(formula.atoms) + 1
        self.selector = {p: start + k for k, p in enumerate(places)}
        self.place = dict(zip(self.selector.values(), self.selector, strict=True))
        self.clock = clock
        somewhere = ([-self.selector[p], *formula.chosen[p]] for p in places)
        clauses = [formula.clauses[k] for k in formula.about(places)]
        self.solver = solver_class()(bootstrap_with=[*clauses, *somewhere])

    def __enter__(self) -> _Selected:
        return self

    def __exit__(self, *_: object) -> None:
        self.solver.delete()

    def clashing(self, some: Sequence[int]) -> list[int] | None:
        """Profiles among these at which something cannot be chosen everywhere; None if it can."""
        if self.clock.solve(self.solver, [self.selector[p] for p in some]):
            return None
        return sorted(self.place[v] for v in self.solver.get_core() or ())


def _orders(core: Sequence[int]) -> Iterator[list[int]]:
    """Orders in which profiles are left out, always the same ones."""
    yield list(core)
    yield list(reversed(core))
    rng = np.random.default_rng(0)
    while True:
        yield [core[int(k)] for k in rng.permutation(len(core))]
