"""Verification: is this rule what it should be; proved, refuted with a counterexample, or unknown with the reason."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from time import monotonic
from typing import Any, overload

import numpy as np

from ..games.environment import Environment
from ..games.errors import BadInput
from ..games.normal_form import NormalForm
from ..games.numbers import INT64_SAFE, exact, plain, show
from ..games.profile import Profile
from ..mechanisms.cases import Case, Untraceable, Var
from ..mechanisms.edits import Edit
from ..mechanisms.goals import Requirement, not_one
from ..mechanisms.properties.efficiency import pareto_efficient
from ..mechanisms.property import Comparison, Finding, ForAll, GameProperty, OwnCheck
from ..mechanisms.table import OutOfTime, Table
from . import proofs
from .lowering import Statement, asked, grid_of, trace
from .verdict import Counterexample, Report, Verdict

CHUNK = 2**22  # entries of the largest temporary array
SAMPLES = 12  # concrete cases on which a traced property is compared with itself


@overload
def verify(
    rule: Any, env: Any, property: Requirement, /, *, time: float | None = None, progress: Any = None
) -> Verdict: ...
@overload
def verify(
    rule: Any, env: Any, property: Requirement, second: Requirement, /, *more: Requirement,
    time: float | None = None, progress: Any = None,
) -> Report: ...  # fmt: skip
def verify(rule: Any, env: Any, /, *properties: Requirement, time: float | None = None, progress: Any = None) -> Any:
    """Whether ``rule`` has the property in the environment (or, for an Edit, in the game): a Verdict.

    With several properties, a Report: a sequence of verdicts. ``time`` is a budget in seconds, after which the
    verdict is unknown and says what was covered; ``progress(done, total)`` is called now and then. Raises BadInput,
    GameTooLarge.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2, 3), "bob": (1, 2, 3)})
    >>> rw.verify(rw.mechanisms.second_price, env, rw.strategyproof).status
    'proved'
    >>> print(rw.verify(rw.mechanisms.first_price, env, rw.strategyproof).counterexample)
    ann, whose true type is 2, gains 1 by reporting 1 while the others report bob = 1: she gets 1 instead of 0
    """
    if not properties:
        raise BadInput("verify needs at least one property, as in verify(rule, env, rulewright.strategyproof)")
    for property in properties:
        if not isinstance(property, Requirement):
            raise not_one(property, "property", Requirement)
    deadline = math.inf if time is None else monotonic() + time
    if isinstance(env, NormalForm):
        verdicts = [_in_game(rule, env, property) for property in properties]
    elif isinstance(env, Environment):
        _, verdicts = verdicts_of(rule, env, properties, deadline, progress)
    else:
        raise BadInput(f"verify needs an Environment or a NormalForm, not {type(env).__name__}")
    return verdicts[0] if len(verdicts) == 1 else Report(tuple(verdicts))


def verdicts_of(
    rule: Any, env: Environment, properties: Sequence[Requirement], deadline: float, progress: Any
) -> tuple[Table | None, list[Verdict]]:
    """The rule's table, made once (None if the time ran out), and its verdicts."""
    try:
        table = _table(rule, env, deadline)
    except OutOfTime as late:
        method, reason = "the rule's outcome table was not finished", str(late)
        return None, [
            Verdict("unknown", p.name, rule.name, domain_of(env), method, 0, reason=reason) for p in properties
        ]
    return table, [_of_rule(rule, env, table, property, deadline, progress) for property in properties]


def _table(rule: Any, env: Environment, deadline: float) -> Table:
    if isinstance(rule, Edit):
        raise BadInput(f'"{rule.name}" edits games in normal form, and "{env.name}" is an environment')
    if not hasattr(rule, "table"):
        raise BadInput(f"{rule!r} is no rule; make one with @rulewright.mechanism")
    env.guard()
    table: Table = rule.table(env, deadline)
    return table


def domain_of(env: Environment) -> str:
    """The declared grid of types, in words: what a verdict speaks about."""
    if env.n_profiles == 1:
        return f'the one declared profile of types of "{env.name}"'
    sizes = " x ".join(map(str, env.sizes))
    return f'all {env.n_profiles:,} profiles of the declared types of "{env.name}" ({sizes})'


def _of_rule(
    rule: Any, env: Environment, table: Table, property: Requirement, deadline: float, progress: Any
) -> Verdict:
    if isinstance(property, GameProperty):
        raise BadInput(f'{property.name} is a property of games in normal form, and "{env.name}" is an environment')
    if isinstance(property, OwnCheck):
        return _by_examination(rule, env, table, property, deadline)
    try:
        statements = trace(property, env)
        if not _trace_agrees(rule, env, table, statements):
            raise Untraceable("its expressions differ from its values")
    except Untraceable as reason:
        return _case_by_case(rule, env, property, deadline, str(reason))
    return _by_arrays(rule, env, table, property, statements, deadline, progress)


# -- all cases at once ------------------------------------------------------------------------------------------------


def _by_arrays(
    rule: Any,
    env: Environment,
    table: Table,
    property: ForAll,
    statements: list[Statement],
    deadline: float,
    progress: Any,
) -> Verdict:
    checked, total = 0, sum(_count(env, s.case) for s in statements)
    method = "every case at once, in exact integers"
    margin: Fraction | None = None
    for statement in statements:
        failing: tuple[int, ...] | None = None
        for fixed in _chunks(env, statement, table.coordinates.shape[1]):
            if monotonic() > deadline and failing is None:
                reason = f"the time ran out after {checked:,} of {total:,} cases"
                return Verdict("unknown", property.name, rule.name, domain_of(env), method, checked, reason=reason)
            seen, found, least = _look(env, table, statement, fixed)
            checked += seen
            margin = min((x for x in (margin, least) if x is not None), default=None)
            failing = min((x for x in (failing, found) if x is not None), default=None)
            if failing is not None and monotonic() > deadline:
                break
            if progress is not None:
                progress(checked, total)
        if failing is not None:
            values = dict(zip(statement.case.variables, failing, strict=True))
            case = statement.case.at({v: env.types[v.player][k] for v, k in values.items()})
            return Verdict(
                "refuted", property.name, rule.name, domain_of(env), method, checked,
                _counterexample(rule, env, property, case),
                certify=partial(proofs.refuted, env, table, statement, values, rule.name),
            )  # fmt: skip
    certify = partial(proofs.proved, env, table, statements, rule.name)
    spare = None if margin is None else exact(margin)
    return Verdict("proved", property.name, rule.name, domain_of(env), method, checked, margin=spare, certify=certify)


def _count(env: Environment, case: Case) -> int:
    total = math.prod(len(env.types[v.player]) for v in case.variables)
    for a, _ in case.distinct:
        total -= total // len(env.types[a.player])
    return total


def _chunks(env: Environment, statement: Statement, width: int) -> Iterator[dict[Var, int]]:
    """Values for as many leading variables as it takes to keep every temporary array small."""
    variables = sorted(statement.case.variables, key=lambda v: v.player != statement.case.player)
    bound = {v for t in statement.margin.terms for v in getattr(t.reports, "bound", ())}
    sizes = [len(env.types[v.player]) for v in variables]
    extra = width * math.prod(len(env.types[v.player]) for v in bound)
    k = 0
    while k < len(variables) and math.prod(sizes[k:]) * extra > CHUNK:
        k += 1
    for each in itertools.product(*map(range, sizes[:k])):
        yield dict(zip(variables[:k], each, strict=True))


def _look(
    env: Environment, table: Table, statement: Statement, fixed: Mapping[Var, int]
) -> tuple[int, tuple[int, ...] | None, Fraction | None]:
    """How many cases there are, the first that fails (a place for each variable), and the least margin."""
    cases = asked(env, statement.case, fixed)
    axes = [v for v in statement.case.variables if v not in fixed]
    grid = grid_of(env, table, statement.margin, axes, fixed)
    margin = np.broadcast_to(grid.values, cases.shape)
    bad = np.asarray((grid.values != 0) if statement.property.equal else (grid.values < 0), dtype=bool)
    if bad.any() and (bad := cases & bad).any():
        place = np.unravel_index(int(np.argmax(bad)), bad.shape)
        values = {**fixed, **{v: int(k) for v, k in zip(axes, place, strict=True)}}
        return int(cases.sum()), tuple(values[v] for v in statement.case.variables), None
    count = int(cases.sum())
    if not count:
        return 0, None, None
    least = margin[cases].min() if margin.dtype == object else margin.min(where=cases, initial=INT64_SAFE)
    return count, None, Fraction(int(least), grid.scale)


def _counterexample(rule: Any, env: Environment, property: ForAll, case: Case) -> Counterexample:
    has, needs = (plain(exact(side)) for side in property.sides(rule, env, case))

    def replay() -> bool:
        one, two = property.sides(rule, env, case)
        return exact(one) != exact(two) if property.equal else exact(one) < exact(two)

    return Counterexample(case, has, needs, property.story(rule, env, case, has, needs), replay, rule, env)


def _trace_agrees(rule: Any, env: Environment, table: Table, statements: list[Statement]) -> bool:
    """Whether the traced expressions agree with the property itself on a few concrete cases."""
    for statement in statements:
        variables = statement.case.variables
        sizes = [len(env.types[v.player]) for v in variables]
        total = math.prod(sizes)
        each = max(1, SAMPLES // len(statements))
        for k in sorted({0, total - 1, *(total * j // each for j in range(each))}):
            place = np.unravel_index(k, sizes) if sizes else ()
            fixed = {v: int(i) for v, i in zip(variables, place, strict=True)}
            case = statement.case.at({v: env.types[v.player][i] for v, i in fixed.items()})
            has, needs = statement.property.sides(rule, env, case)
            grid = grid_of(env, table, statement.margin, [], fixed)
            if Fraction(int(grid.values.reshape(-1)[0]), grid.scale) != exact(has) - exact(needs):
                return False
    return True


# -- one case at a time -----------------------------------------------------------------------------------------------


def _case_by_case(rule: Any, env: Environment, property: ForAll, deadline: float, reason: str) -> Verdict:
    method = f"case by case, because the property could not be traced: {reason}"

    def failing(case: Case) -> Counterexample | None:
        has, needs = (exact(side) for side in property.sides(rule, env, case))
        holds = has == needs if property.equal else has >= needs
        return None if holds else _counterexample(rule, env, property, case)

    return _each(rule, env, property, deadline, method, failing, lambda: None)


def _by_examination(rule: Any, env: Environment, table: Table, property: OwnCheck, deadline: float) -> Verdict:
    findings: list[Finding] = []

    def failing(case: Case) -> Counterexample | None:
        found = property.examine(rule, env, case)
        if found is None:
            return None
        findings.append(found)

        def replay() -> bool:
            return property.examine(rule, env, case) is not None

        return Counterexample(found.case, found.has, found.needs, found.sentence, replay, rule, env)

    def certify() -> dict[str, Any] | None:
        if property is not pareto_efficient:
            return None
        return (
            proofs.dominated(env, table, findings[0], rule.name) if findings else proofs.pareto(env, table, rule.name)
        )

    method = "each profile examined by the property's own definition"
    return _each(rule, env, property, deadline, method, failing, certify)


def _each(
    rule: Any,
    env: Environment,
    property: ForAll | OwnCheck,
    deadline: float,
    method: str,
    failing: Callable[[Case], Counterexample | None],
    certify: Callable[[], dict[str, Any] | None],
) -> Verdict:
    checked = 0
    for symbolic in property.cases(env):
        for case in symbolic.concrete(env):
            if monotonic() > deadline:
                reason = f"the time ran out after {checked:,} cases"
                return Verdict("unknown", property.name, rule.name, domain_of(env), method, checked, reason=reason)
            checked += 1
            found = failing(case)
            if found is not None:
                return Verdict(
                    "refuted", property.name, rule.name, domain_of(env), method, checked, found, certify=certify
                )
    return Verdict("proved", property.name, rule.name, domain_of(env), method, checked, certify=certify)


# -- games ------------------------------------------------------------------------------------------------------------


def _in_game(rule: Any, game: NormalForm, property: Requirement) -> Verdict:
    """The comparisons of a game property, in the game as the edit changes it."""
    if not isinstance(property, GameProperty):
        raise BadInput(f'{property.name} is a property of rules in an environment, and "{game.name}" is a game')
    if not isinstance(rule, Edit):
        raise BadInput(f"in a game the rule is an Edit, such as mechanisms.fine or mechanisms.status_quo; got {rule!r}")
    changed = rule(game)
    domain, method, checked = f'the game "{changed.name}"', "every comparison, exactly", 0
    for comparison in property.comparisons(changed):
        checked += 1
        more, less = (exact(changed.payoff(comparison.player, p)) for p in (comparison.better, comparison.worse))
        if more < less or (property.strict and more == less):
            found = _worse(changed, property, comparison)
            certify = partial(proofs.comparison_fails, changed, comparison, property.strict, rule.name)
            return Verdict("refuted", property.name, rule.name, domain, method, checked, found, certify=certify)
    return Verdict(
        "proved", property.name, rule.name, domain, method, checked,
        certify=lambda: proofs.comparisons(changed, property, rule.name),
    )  # fmt: skip


def _worse(game: NormalForm, property: GameProperty, comparison: Comparison) -> Counterexample:
    player, better, worse = comparison.player, comparison.better, comparison.worse

    def pays(profile: Profile[Any]) -> int | Fraction:
        return exact(game.payoff(player, profile))

    has, needs = pays(better), pays(worse)
    others = ", ".join(f"{p} plays {a}" for p, a in better.without(player).items())
    relation = "no more than" if has == needs else "less than"
    sentence = (
        f"{f'when {others}, ' if others else ''}{better[player]} pays {player} {show(has)}, {relation} {worse[player]} "
        f"({show(needs)})"
    )

    def replay() -> bool:
        return pays(better) < pays(worse) or (property.strict and pays(better) == pays(worse))

    return Counterexample(comparison, has, needs, sentence, replay)
