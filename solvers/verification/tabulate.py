"""Tables of rules: made once for each environment, by arrays, by calls, or by workers, and compared with the rule."""

from __future__ import annotations

from types import FunctionType
from typing import Any, cast
from weakref import WeakKeyDictionary

from ...games.environment import PROFILE_LIMIT, Environment
from ...games.errors import BadInput, GameTooLarge
from ...mechanisms.edits import Edit
from ...mechanisms.rule import DirectMechanism
from ...mechanisms.symbolic.arrays import first_difference, table_by_arrays
from ...mechanisms.table import OutOfTime, Table, pack
from .verify_cases import two_answers
from .work import Work
from .workers import TimeUp, Unsendable, in_order

CALLS = 2_000  # of a rule, in a piece of work that is sent to a worker
KEPT = 20_000  # profiles of a table that is kept for the next question about the same rule and environment
TABLES: WeakKeyDictionary[Environment, WeakKeyDictionary[Any, Table]] = WeakKeyDictionary()


def table_of_rule(rule: Any, env: Environment, work: Work) -> Table:
    """What the rule does at every profile; raises BadInput, GameTooLarge, OutOfTime."""
    _refuse(rule, env)
    if not isinstance(rule, DirectMechanism):
        return cast(Table, rule.table(env, work.deadline))
    tables = TABLES.setdefault(env, WeakKeyDictionary())
    if rule in tables:
        return tables[rule]
    table = _made(rule, env, work)
    reports = first_difference(table, rule.result, env, (0, env.n_profiles // 2, env.n_profiles - 1))
    if reports is not None:
        raise two_answers(rule, reports)
    if env.n_profiles <= KEPT:
        tables[rule] = table
    return table


def _refuse(rule: Any, env: Environment) -> None:
    """Raise BadInput for what is no rule, GameTooLarge for too many profiles."""
    if isinstance(rule, Edit):
        raise BadInput(f'"{rule.name}" edits games in normal form, and "{env.name}" is an environment')
    if isinstance(rule, FunctionType):
        raise BadInput(
            f"{rule.__name__} is a function; if it makes rules, call it, as in {rule.__name__}(...); if it is a rule, "
            f"put @rulewright.mechanism before it"
        )
    if not hasattr(rule, "table"):
        raise BadInput(f"{rule!r} is no rule; make one with @rulewright.mechanism")
    if env.n_profiles > PROFILE_LIMIT:
        remedy = (
            "declare fewer types or fewer players, ask about all real types with over=rulewright.Reals(...), or make "
            "the rule with rulewright.mechanisms.anonymous_rule"
        )
        raise GameTooLarge(f'profiles of reports in "{env.name}"', env.n_profiles, PROFILE_LIMIT, remedy)


def _made(rule: DirectMechanism, env: Environment, work: Work) -> Table:
    """The rule's table; a rule that must be called at every profile is called by the workers, if there are some."""
    own = type(rule).table is not DirectMechanism.table
    if own or work.executor is None or env.n_profiles < 2 * CALLS:
        return rule.table(env, work.deadline)
    if (quick := table_by_arrays(rule.function, rule.result, env, work.deadline)) is not None:
        return quick
    tasks = [(rule, env, k, min(env.n_profiles, k + CALLS)) for k in range(0, env.n_profiles, CALLS)]
    points: list[Any] = []
    paid: list[Any] = []
    try:
        for some, amounts in in_order(work.executor, DirectMechanism.answers, tasks, rule.name, work.deadline):
            points += some
            paid += amounts
            work.tell(len(points), env.n_profiles)
    except TimeUp:
        raise OutOfTime(len(points), env.n_profiles) from None
    except Unsendable:  # a rule that only this process knows
        points, paid = rule.answers(env, 0, env.n_profiles, work.deadline)
    return pack(points, None if env.transfers is None else paid)
