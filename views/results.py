"""Answers: equilibria, verdicts with their counterexamples, and designs."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from itertools import islice
from typing import Any

from ..games.cake import Division, Divisions
from ..games.environment import Environment
from ..games.errors import BadInput
from ..games.extensive import ExtensiveForm
from ..games.normal_form import NormalForm
from ..games.numbers import exact, plain
from ..games.outcomes import Finite
from ..games.show import html
from ..mechanisms.cases import Case
from ..mechanisms.edits import Edit
from ..mechanisms.property import entry_text, told
from ..mechanisms.protocols import Protocol, english
from ..mechanisms.rule import DirectMechanism, Mechanism
from ..mechanisms.scenarios import Scenario
from ..mechanisms.tabulated import TableRule
from ..solvers.anarchy import Inefficiency
from ..solvers.design import Design
from ..solvers.implement import Cycle, Implementation
from ..solvers.solution import Elimination, Equilibrium, Solution, TreeEquilibrium, brief
from ..solvers.verdict import Counterexample, Report, Verdict
from .cake import shares
from .games import environment, listed, payoffs, tree
from .page import (
    MARKED,
    PAPER,
    ROWS,
    Html,
    amount,
    badge,
    between,
    cell,
    facts,
    head,
    label,
    line,
    missing,
    note,
    page,
    put,
    table,
    tag,
    title,
)

GRID = 8  # a rule for two players is drawn as a grid up to so many types each

# -- solve ------------------------------------------------------------------------------------------------------


@html.register
def _equilibrium(found: Equilibrium) -> str:
    head_ = f"{found.claim.capitalize()} of {label(found.game.name)}"
    return page(head_, _plays([found]), payoffs(found.game, found.strategies))


@html.register
def _tree_equilibrium(found: TreeEquilibrium) -> str:
    return page(f"{found.claim.capitalize()} of {label(found.game.name)}", *_path(found))


@html.register
def _elimination(step: Elimination) -> str:
    return page("A dominated action", line(label(step)))


@html.register
def _solution(solution: Solution) -> str:
    n = len(solution)
    count = "" if solution.surviving is not None else f": {n or 'no'} equilibri{'um' if n == 1 else 'a'}"
    whole = badge("complete") if solution.complete else tag("span", "not proved complete")
    parts: list[object] = [line(f"{label(solution.concept)}{count}, ", whole)]
    trees = [found for found in solution.equilibria if isinstance(found, TreeEquilibrium)]
    mixes = [found for found in solution.equilibria if isinstance(found, Equilibrium)]
    if mixes:
        parts.append(_plays(mixes))
    for found in trees[:1]:
        parts += _path(found)
    parts.append(missing(len(trees) - 1, "equilibrium"))
    if solution.surviving is not None:
        rows = [(head(label(player)), listed(kept)) for player, kept in islice(solution.surviving.items(), ROWS)]
        parts.append(table(("player", "actions that survive"), rows))
        parts += [line(label(step)) for step in solution.eliminated[:ROWS]]
        parts.append(missing(len(solution.eliminated) - ROWS, "step"))
    if isinstance(solution.game, NormalForm):
        parts.append(payoffs(solution.game, mixes[0].strategies if len(mixes) == 1 else None))
    elif not trees:
        parts.append(tree(solution.game))
    parts.append(facts(method=solution.method, note=solution.why))
    return page(f"What rational players do in {label(solution.game.name)}", *parts)


def _plays(found: Sequence[Equilibrium]) -> Html:
    """One row an equilibrium: what each player does, and what she gets."""
    players = found[0].game.players[:8]
    rows = [
        [
            cell(k, middle=True),
            *(label(each.strategies[p]) for p in players),
            *(brief(each.payoffs[p]) for p in players),
        ]
        for k, each in enumerate(found[:ROWS], 1)
    ]
    heads = ["", *(f"{label(p)} plays" for p in players), *(f"{label(p)} gets" for p in players)]
    more = missing(len(found[0].game.players) - len(players), "player")
    return put(table(heads, rows, left_out=len(found) - len(rows), what="equilibrium"), more)


def _path(found: TreeEquilibrium) -> list[object]:
    paid = between(", ", (put(label(player), " ", amount(x)) for player, x in islice(found.payoffs.items(), ROWS)))
    path = " → ".join(label(move) for move in found.path[:ROWS]) or "chance moves first"
    return [line("Played: ", tag("b", path)), line("Pays: ", paid), tree(found.game, found.choices)]


# -- verify -----------------------------------------------------------------------------------------------------


@html.register
def _counterexample(found: Counterexample) -> str:
    return page("A counterexample", counterexample(found))


@html.register
def _verdict(verdict: Verdict) -> str:
    return page(f"{label(verdict.property)} of {label(verdict.rule)}", *_about(verdict))


@html.register
def _report(report: Report) -> str:
    if not len(report):
        return page("No verdicts")
    parts: list[object] = [verdicts(report)]
    for verdict in report:
        if verdict.counterexample is not None:
            parts += [title(f"Why not {label(verdict.property)}"), counterexample(verdict.counterexample)]
    return page(f"Verdicts on {label(report[0].rule)}", *parts)


def verdicts(report: Sequence[Verdict]) -> Html:
    """One row a verdict."""
    rows = [
        (head(label(v.property)), cell(badge(v.status)), f"{v.checked:,}", label(v.domain), v.reason or v.method)
        for v in report[:ROWS]
    ]
    heads = ("property", "verdict", "cases", "domain", "how")
    return table(heads, rows, left_out=len(report) - len(rows), what="verdict")


def _about(verdict: Verdict) -> list[object]:
    parts: list[object] = [line(badge(verdict.status), " ", f"{verdict.reason}." if verdict.reason else "")]
    if verdict.counterexample is not None:
        parts.append(counterexample(verdict.counterexample))
    return [*parts, facts(domain=verdict.domain, cases_checked=f"{verdict.checked:,}", method=verdict.method)]


def counterexample(found: Counterexample) -> Html:
    """The story, the numbers and, where a cake is divided, what everybody gets."""
    story = line(tag("b", f"{label_long(found.sentence)}."))
    if found.gain:
        needs = put(", needs ", amount(found.needs), ": a difference of ", tag("b", amount(found.gain)))
    else:
        needs = put(", needs more than that")
    numbers = line("has ", amount(found.has), needs)
    return put(story, numbers, *_divided(found))


def label_long(text: str, most: int = 1200) -> str:
    """A sentence, cut where it would fill pages."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _divided(found: Counterexample) -> list[object]:
    """The divisions at the case, honest and as reported, by the players' true tastes."""
    rule, env, case = found.rule, found.environment, found.case
    if not isinstance(env, Environment) or not isinstance(env.space, Divisions) or not isinstance(case, Case):
        return []
    if rule is None or case.reports is None or set(case.types) != set(env.players):
        return []
    parts: list[object] = []
    lies = case.reports != case.types
    for name, reports in (("honest", case.types), ("as reported", case.reports)) if lies else (("", case.types),):
        outcome, _ = rule.result(env, reports)
        if isinstance(outcome, Division):
            words = f"When {label_long(told(reports), 300)} {'is' if len(reports) == 1 else 'are'} reported"
            parts += [title(f"{words} ({name})" if name else words), shares(outcome, env, case.types)]
    return parts


# -- implementable ----------------------------------------------------------------------------------------------


@html.register
def _implementation(found: Implementation) -> str:
    how = "Bayesian incentive compatible" if found.bayesian else "strategyproof"
    parts: list[object] = [line(badge(found.status))]
    if found.rule is not None:
        parts += [title(f"One such rule: {label(found.rule.name)}"), in_words(found.rule)]
    if found.cycle is not None:
        parts += [title("Why not"), _lies(found.cycle)]
    parts.append(facts(method=found.method))
    return page(f"{label(found.allocation.name)}, made {how} by payments", *parts)


@html.register
def _inefficiency(found: Inefficiency) -> str:
    what = "cost" if found.costs else "welfare"
    at = ", ".join(f"{player}: {action}" for player, action in found.optimum.items())
    rows: list[tuple[Html, object, object]] = [(head("the best"), amount(found.best), label_long(at))]
    if found.equilibrium is not None and found.reached is not None:
        which = "the worst" if found.name == "price of anarchy" else "the best"
        rows.append((head(f"{which} equilibrium"), amount(found.reached), label_long(str(found.equilibrium))))
    parts: list[object] = [line(tag("b", "none" if found.value is None else amount(found.value)))]
    parts.append(table(("", what, "where"), rows))
    if found.why:
        parts.append(note(f"{found.why}."))
    parts.append(facts(equilibria=found.concept, complete="yes" if found.complete else "not proved"))
    return page(f"{found.name} of {label(found.game.name)}", *parts)


@html.register
def _cycle(found: Cycle) -> str:
    return page("A circle of lies", _lies(found))


def _lies(found: Cycle) -> Html:
    """One row a lie, and what they gain together."""
    rows = [(head(label(entry_text(true))), label(entry_text(lie))) for true, lie in found.lies[:ROWS]]
    more = len(found.types) - len(rows)
    lies = table((f"true type of {label(found.player)}", "reports"), rows, left_out=more, what="lie")
    return put(line(label_long(f"{found}.")), lies, line("gain in total: ", tag("b", amount(found.gain))))


# -- search -----------------------------------------------------------------------------------------------------


@html.register
def _design(design: Design) -> str:
    parts: list[object] = [line(badge(design.status), " ", tag("b", label(getattr(design.rule, "name", "no rule"))))]
    if design.rule is not None:
        parts.append(in_words(design.rule, design.environment))
    parts += [line(label_long(sentence)) for sentence in _sentences(design.why)]
    parts.append(facts(goal=design.goal, value=_value(design), searched=label_long(design.searched, 400)))
    if design.verdicts:
        parts += [title("Verified"), verdicts(design.verdicts)]
    if isinstance(design.rule, Edit) and isinstance(design.environment, NormalForm):
        changed = design.rule(design.environment)
        parts += [title(f"Afterwards: {label(changed.name)}"), payoffs(changed)]
    if design.candidates:
        parts += [title("All rules that were looked at"), _candidates(design)]
    parts.append(note("Method: ", label_long(design.method), "."))
    return page("A proposed rule" if design.rule is not None else "No rule", *parts)


def _sentences(why: str) -> list[str]:
    return [why] if why else []


def _value(design: Design) -> Html:
    if design.value is None:
        return Html()
    if design.bound is None or design.bound == design.value:
        return amount(design.value)
    side = "no rule reaches more than" if exact(design.bound) > exact(design.value) else "the threshold is"
    return put(amount(design.value), f" ({side} ", amount(design.bound), ")")


def _candidates(design: Design) -> Html:
    names = [v.property for v in design.candidates[0].verdicts]
    valued = any(each.value is not None for each in design.candidates)
    rows = []
    for each in design.candidates[:ROWS]:
        chosen = each.rule is design.rule
        row = [cell(tag("b", "→ ") if chosen else "", label(each.rule.name), paper=MARKED if chosen else PAPER)]
        row += [cell(badge(v.status)) for v in each.verdicts]
        row += [cell("" if each.value is None else amount(each.value), middle=True)] if valued else []
        rows.append(row)
    heads = ["rule", *map(label, names), *(["value"] if valued else [])]
    return table(heads, rows, left_out=len(design.candidates) - len(rows), what="rule")


# -- rules ------------------------------------------------------------------------------------------------------


@html.register
def _direct(rule: DirectMechanism) -> str:
    return page(label(rule.name), in_words(rule))


@html.register
def _mechanism(rule: Mechanism) -> str:
    rows = [(head(label(player)), listed(each)) for player, each in islice(rule.messages.items(), ROWS)]
    return page(label(rule.name), line(label_long(rule.words)), table(("player", "may send"), rows))


@html.register
def _protocol(rule: Protocol) -> str:
    return page(label(rule.name), in_words(rule))


@html.register
def _edit(rule: Edit) -> str:
    return page(label(rule.name), in_words(rule))


@html.register
def _scenario(found: Scenario) -> str:
    game = found.game
    parts: list[object] = [line(label_long(each)) for each in str(found).splitlines()[1:]]
    if isinstance(game, NormalForm):
        parts.append(payoffs(game))
    elif isinstance(game, Environment):
        parts.append(environment(game))
    elif isinstance(game, ExtensiveForm):
        parts.append(tree(game))
    return page(label(found.name), *parts)


def in_words(rule: Any, env: Any = None) -> Html:
    """What a rule does: a found one as its table, any other in its own words."""
    if isinstance(rule, TableRule) and rule.env is not None and rule.found is not None:
        return found_table(rule)
    parts: list[object] = [line(label_long(getattr(rule, "words", "")))]
    if isinstance(rule, Protocol):
        parts.append(_steps(rule))
    if isinstance(rule, Edit):
        parts.append(note(f"Changes this part of the game: {rule.part}."))
    return put(*parts)


def _steps(rule: Protocol) -> Html:
    """The steps in English, by the players' names or else by their roles."""
    roles = inspect.signature(rule.function).parameters.values()
    players = rule.players or tuple(role.name for role in roles)
    if rule.players is None and any(role.kind is role.VAR_POSITIONAL for role in roles):
        return Html()
    try:
        steps = english(rule, players)
    except BadInput:
        return Html()
    return put(*(line(label_long(each)) for each in steps.splitlines()[:ROWS]))


def found_table(rule: TableRule) -> Html:
    """What a found rule does at each profile of reports: a grid for two players, else a list."""
    env = rule.env
    assert env is not None
    if len(env.players) == 2 and max(env.sizes) <= GRID:
        return _grid(rule, env)
    rows = []
    for p, profile in enumerate(islice(env.profiles(), ROWS)):
        chosen, paid = _does(rule, env, p)
        rows.append([*(label(entry_text(t)) for t in profile.values()), chosen, *([paid] if env.transfers else [])])
    heads = [
        *(f"{label(player)} reports" for player in env.players),
        "outcome",
        *(["payments"] if env.transfers else []),
    ]
    return table(heads, rows, left_out=env.n_profiles - len(rows), what="profile")


def _grid(rule: TableRule, env: Environment) -> Html:
    one, two = env.players
    rows = []
    for i, t in enumerate(env.types[one]):
        row: list[object] = [head(f"{label(one)}: {label(entry_text(t))}")]
        for j in range(env.sizes[1]):
            chosen, paid = _does(rule, env, i * env.sizes[1] + j)
            row.append(cell(tag("b", chosen), tag("div", paid) if paid else ""))
        rows.append(row)
    heads = ["reports", *(f"{label(two)}: {label(entry_text(t))}" for t in env.types[two])]
    return put(table(heads, rows), note("In bold: the outcome, with its probability if it is drawn by lot. "
               "Below it: who pays, where somebody does."))  # fmt: skip


def _does(rule: TableRule, env: Environment, p: int) -> tuple[str, str]:
    """The outcome and the payments at profile number ``p``, in words."""
    assert rule.found is not None
    labels, point = env.space.labels, rule.found.point(p)
    sure = isinstance(env.space, Finite)
    chosen = ", ".join(
        label(labels[k]) if w == 1 else f"{amount_text(w)} {'' if sure else 'of '}{label(labels[k])}"
        for k, w in point.items()
        if labels[k] != "1" or sure
    )
    paid = [
        f"{label(i)} pays {amount_text(x)}" if x > 0 else f"{label(i)} receives {amount_text(-x)}"
        for i, x in rule.found.paid(p, env.players).items()
        if x
    ]
    return chosen or "nothing", "; ".join(paid)


def amount_text(value: Any) -> str:
    """A number in a sentence."""
    return brief(plain(exact(value)))
