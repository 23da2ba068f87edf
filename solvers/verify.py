"""Verification: is this rule what it should be; proved, refuted with a counterexample, or unknown with the reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, overload

from ..games.environment import PROFILE_LIMIT, Environment
from ..games.errors import BadInput, GameTooLarge
from ..games.normal_form import NormalForm
from ..games.numbers import exact
from ..mechanisms.cases import Untraceable
from ..mechanisms.goals import Requirement, not_one
from ..mechanisms.properties.incentives import strategyproof
from ..mechanisms.property import ForAll, GameProperty, OwnCheck
from ..mechanisms.table import OutOfTime, Table
from ..mechanisms.tabulated import from_table
from ..mechanisms.unnamed import AnonymousRule
from .verdict import Report, Verdict
from .verification.plan import plan_of
from .verification.statements import Statement, places, trace
from .verification.tabulate import table_of_rule
from .verification.verify_arrays import by_arrays
from .verification.verify_cases import by_examination, case_by_case
from .verification.verify_games import in_game
from .verification.work import Work, work_of

MOST_CALLED = 2**17  # profiles at which a rule that knows no names is called for a table
MANY = 5_000  # profiles at which one case of a shipped property that draws types takes long
SAMPLES = 6  # concrete cases on which a traced property is compared with itself
EVERY = 2_000  # types of a variable that are all tried, in a property that is not ours
PROPERTIES = strategyproof.sides.__module__.rpartition(".")[0]

Progress = Callable[[int, int], Any] | None


@overload
def verify(
    rule: Any, env: Any, property: Requirement, /, *, over: Any = None, time: float | None = None,
    executor: Any = None, progress: Progress = None, structure: bool = True,
) -> Verdict: ...  # fmt: skip
@overload
def verify(
    rule: Any, env: Any, property: Requirement, second: Requirement, /, *more: Requirement, over: Any = None,
    time: float | None = None, executor: Any = None, progress: Progress = None, structure: bool = True,
) -> Report: ...  # fmt: skip
def verify(
    rule: Any, env: Any, /, *properties: Requirement, over: Any = None, time: float | None = None,
    executor: Any = None, progress: Progress = None, structure: bool = True,
) -> Any:  # fmt: skip
    """Whether ``rule`` has the property in the environment (or, for an Edit, in the game): a Verdict.

    With several properties, a Report: a sequence of verdicts. The verdict is about all declared types; with ``over``
    (a :class:`~rulewright.games.reals.Reals`, or one for each player) about all real types, which needs the extra
    ``proof``.

    ``time`` is a budget in seconds, after which the verdict is unknown and says what was covered. ``executor`` does
    the work in pieces (any of :mod:`concurrent.futures`, or one like them): what comes out is the same for any number
    of workers, and a lost worker loses nothing. ``progress(done, total)`` is called now and then. ``structure=False``
    looks at every single case where symmetry or single crossing would do with fewer. Raises BadInput, GameTooLarge,
    MissingExtra.

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
    work = work_of(time, executor, progress, "cases are done")
    if isinstance(env, NormalForm):
        verdicts = [in_game(rule, env, property) for property in properties]
    elif not isinstance(env, Environment):
        raise BadInput(f"verify needs an Environment or a NormalForm, not {type(env).__name__}")
    elif over is not None:
        from .verification.all_types import over_reals

        verdicts = [over_reals(rule, env, property, over, work.deadline) for property in properties]
    else:
        _, verdicts = verdicts_of(rule, env, properties, work, structure)
    return verdicts[0] if len(verdicts) == 1 else Report(tuple(verdicts))


def verdicts_of(
    rule: Any, env: Environment, properties: Sequence[Requirement], work: Work, structure: bool = True,
    lean: bool = False,
) -> tuple[Table | None, list[Verdict]]:  # fmt: skip
    """The rule's table, made once (None if the time ran out, or it would be too large), and its verdicts.

    With ``lean``, a rule that knows no names is looked at on multisets already where its table would take minutes.
    """
    if isinstance(rule, AnonymousRule) and (env.n_profiles > PROFILE_LIMIT or (env.n_profiles > MOST_CALLED and lean)):
        return None, [_on_multisets(rule, env, property, work, structure) for property in properties]
    try:
        table = table_of_rule(rule, env, work)
    except OutOfTime as late:
        method, reason = "the rule's outcome table was not finished", str(late)
        return None, [
            Verdict("unknown", p.name, rule.name, domain_of(env), method, 0, reason=reason) for p in properties
        ]
    return table, [_of_rule(rule, env, table, property, work, structure) for property in properties]


def domain_of(env: Environment) -> str:
    """The declared grid of types, in words: what a verdict speaks about."""
    if env.n_profiles == 1:
        return f'the one declared profile of types of "{env.name}"'
    sizes = " x ".join(map(str, env.sizes))
    return f'all {env.n_profiles:,} profiles of the declared types of "{env.name}" ({sizes})'


def _of_rule(rule: Any, env: Environment, table: Table, property: Requirement, work: Work, structure: bool) -> Verdict:
    domain = domain_of(env)
    if isinstance(property, GameProperty):
        raise BadInput(f'{property.name} is a property of games in normal form, and "{env.name}" is an environment')
    if isinstance(property, OwnCheck):
        return by_examination(rule, env, table, property, work, domain)
    try:
        statements = trace(property, env)
        if not _trace_agrees(from_table(env, table, rule.name), env, table, statements):
            raise Untraceable("its expressions differ from its values")
    except Untraceable as reason:
        return case_by_case(rule, env, property, work, domain, str(reason))
    return by_arrays(rule, env, table, property, statements, work, domain, structure)


def _traced(property: ForAll, env: Environment) -> list[Statement]:
    """The statements of a property; none where it cannot be traced."""
    try:
        return trace(property, env)
    except Untraceable:
        return []


def _on_multisets(rule: AnonymousRule, env: Environment, property: Requirement, work: Work, structure: bool) -> Verdict:
    """The verdict on an anonymous rule for which there are too many profiles; raises GameTooLarge."""
    from .verification.verify_multisets import by_multisets, fits

    statements = _traced(property, env) if isinstance(property, ForAll) else []
    if not isinstance(property, ForAll) or not fits(rule, env, statements):
        remedy = "on multisets of reports only what is asked of each player for herself is decided"
        reason = str(GameTooLarge(f'profiles of reports in "{env.name}"', env.n_profiles, PROFILE_LIMIT, remedy))
        return Verdict(
            "unknown", property.name, rule.name, domain_of(env), "no profile was looked at", 0, reason=reason
        )
    return by_multisets(rule, env, property, statements, work, domain_of(env), structure)


def _trace_agrees(rule: Any, env: Environment, table: Table, statements: list[Statement]) -> bool:
    """Whether the traced expressions agree with the property itself on a few concrete cases of the tabled rule.

    Every type of every variable is tried once; of a shipped property, which the tests trace, two cases are enough.
    """
    sides = statements[0].property.sides if statements else None
    ours = str(getattr(getattr(sides, "func", sides), "__module__", "")).startswith(PROPERTIES)
    if ours and env.n_profiles > MANY and any(t.belief for s in statements for t in s.margin.terms):
        return True  # one case of it would ask the rule about thousands of profiles
    for statement in statements[:1] if ours else statements:
        plan = plan_of(env, table, statement.margin, statement.case)
        for place in places(plan.sizes, 1 if ours else max(1, SAMPLES // len(statements)), 0 if ours else EVERY):
            fixed = dict(zip(plan.axes, place, strict=True))
            case = statement.case.at({v: env.types[v.player][i] for v, i in fixed.items()})
            has, needs = statement.property.sides(rule, env, case)
            grid = plan.grid(fixed)
            value = grid.factor * int(grid.values.reshape(-1)[0])
            if Fraction(value, grid.scale) != exact(has) - exact(needs):
                return False
    return True
