"""Answers: equilibria, and verdicts with their counterexamples."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from ..games.cake import Division, Divisions
from ..games.environment import Environment
from ..games.normal_form import NormalForm
from ..games.show import html
from ..mechanisms.cases import Case
from ..mechanisms.property import entry_text, told
from ..solvers.anarchy import Inefficiency
from ..solvers.implement import Cycle, Implementation
from ..solvers.solution import Elimination, Equilibrium, Solution, TreeEquilibrium, brief
from ..solvers.verdict import Counterexample, Report, Verdict
from .cake import shares
from .games import listed, payoffs, tree
from .page import (
    ROWS,
    Html,
    amount,
    badge,
    between,
    cell,
    facts,
    head,
    label,
    label_long,
    line,
    missing,
    note,
    page,
    put,
    table,
    tag,
    title,
)
from .rules import in_words

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
