"""A counterexample as a test: Python source that builds the case again and asserts exactly what goes wrong."""

from __future__ import annotations

import re
import textwrap
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ...games.environment import Environment
from ...games.errors import BadInput, GameTooLarge
from ...games.normal_form import NormalForm
from ...games.numbers import Number, exact
from ...games.outcomes import Outcome
from ...games.profile import Profile
from ...mechanisms.property import ForAll, GameProperty, OwnCheck
from ...mechanisms.rule import DirectMechanism
from .origins import ROOT, Unwritable
from .rebuild import environment, normal_form
from .source import WIDTH, Node, Source, flat, laid_out

if TYPE_CHECKING:
    from ..verdict import Counterexample

LOCAL = frozenset({"asked", "case", "changed", "env", "found", "game", "has", "needs", "p", "rule", "side"})
ANSWERS_LIMIT = 5_000  # reports at which a rule's answers are written out


def as_test(found: Counterexample) -> str:
    """The source of a test function that replays a counterexample; raises BadInput.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> lie = rw.verify(rw.mechanisms.first_price, env, rw.strategyproof).counterexample
    >>> print(as_test(lie).splitlines()[-1])
        assert needs - has == 1
    """
    rule, env, property = found.rule, found.environment, found.requirement
    if rule is None or env is None or property is None:
        raise BadInput("the counterexample does not say of which rule, environment and property it is")
    source = Source(LOCAL)
    try:
        if isinstance(property, GameProperty):
            lines = _of_game(source, found, rule, env, property)
        else:
            lines = _of_rule(source, found, rule, env, property)
    except GameTooLarge:
        raise
    except BadInput as error:  # also of the rule, which may refuse what lies between listed outcomes
        raise BadInput(f"no test can be written of this counterexample: {error}") from None
    name = f"test_{_identifier(rule.name)}_is_not_{_identifier(property.name)}"
    body = "\n".join(f"    {line}" if line else "" for line in [*_doc(str(found)), *lines])
    top = '"""A counterexample found by Rulewright, as a test that runs."""'
    parts = [f"{top}\n\n{source.head()}", *source.blocks, f"def {name}() -> None:\n{body}"]
    gaps = [_gap(one, two) for one, two in pairwise(parts)]
    return "".join(gap + part for gap, part in zip(["", *gaps], parts, strict=True)) + "\n"


def _gap(one: str, two: str) -> str:
    """Two empty lines around what is defined, one elsewhere."""
    defined = any(re.match(r"(# [^\n]*\n)*(def|@|class) ?", text) for text in (one, two))
    return "\n\n\n" if defined else "\n\n"


def _identifier(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_")[:60].rstrip("_") or "it"


def _doc(sentence: str) -> list[str]:
    """The sentence as a docstring."""
    text = sentence.replace("\\", "\\\\").replace('"""', r"\"\"\"").rstrip(".") + "."
    text = re.sub(r"[\x00-\x1f\x7f\s]+", " ", text)
    if len(text) + 10 <= WIDTH:
        return [f'"""{text}"""']
    first, *rest = textwrap.wrap('"""' + text, WIDTH - 10, break_long_words=False, break_on_hyphens=False)
    return [first, *rest, '"""']


# -- rules in environments --------------------------------------------------------------------------------------------


def _of_rule(source: Source, found: Counterexample, rule: Any, env: Environment, property: Any) -> list[str]:
    case = found.case
    asked, named = _named(source.expression(property), "asked")
    world, rebuilt = environment(source, env, (case.player or env.players[0], case.other or env.players[-1]))
    called, ruled = _named(_rule(source, found, rule, rebuilt, property), "rule")
    sure = source.name(f"{ROOT}.games.numbers", "exact")
    ask = "found = {0}.examine({1}, env, case)"
    if not isinstance(property, OwnCheck):
        ask = f"has, needs = ({sure}(side) for side in {{0}}.sides({{1}}, env, case))"
    if len(ask.format(asked, called)) + 4 > WIDTH:
        ruled, called = [f"rule = {called}"], "rule"
    lines = [*named, *ruled, *_lines(world, "env = "), *_lines(source.expression(case), "case = ")]
    lines.append(ask.format(asked, called))
    if isinstance(property, OwnCheck):
        lines.append("assert found is not None")
        lines.append(f"has, needs = {sure}(found.has), {sure}(found.needs)")
    return [*lines, *_facts(source, found)]


def _named(node: Node, name: str) -> tuple[str, list[str]]:
    """A name for an expression, and the line that gives it one (none for what is a name already)."""
    return (node, []) if isinstance(node, str) else (name, _lines(node, f"{name} = "))


def _lines(node: Node, before: str) -> list[str]:
    return [line[4:] if k else line for k, line in enumerate(laid_out(node, before, 4).splitlines())]


def _facts(source: Source, found: Counterexample) -> list[str]:
    """Both sides and how far they are apart, as exact numbers."""
    has, needs, gain = (flat(source.expression(exact(x))) for x in (found.has, found.needs, found.gain))
    larger = exact(found.needs) > exact(found.has)
    return [
        f"assert has == {has}",
        f"assert needs == {needs}",
        f"assert {'needs - has' if larger else 'has - needs'} == {gain}",
    ]


def _rule(source: Source, found: Counterexample, rule: Any, env: Environment, property: Any) -> Node:
    """An expression for the rule: its name, its text, or its answers at the reports that the property asks about."""
    try:
        if _sides(property, rule, env, found) == (exact(found.has), exact(found.needs)):
            return source.expression(rule)
    except Unwritable:
        pass
    if not hasattr(rule, "result"):
        raise Unwritable(f"{rule.name} cannot be imported")
    answers: dict[Profile[Any], tuple[Outcome, Profile[Number]]] = {}

    def noted(room: Environment, reports: Profile[Any]) -> Any:
        answer = rule.result(found.environment if room is env else room, reports)
        if len(answers) == ANSWERS_LIMIT:
            raise Unwritable(f"{rule.name} cannot be imported, and over {ANSWERS_LIMIT:,} of its answers count")
        if answers.setdefault(reports, answer) != answer:
            raise Unwritable(f"{rule.name} cannot be imported, and {property.name} asks it in several environments")
        return answer

    if _sides(property, DirectMechanism(noted, rule.name), env, found) != (exact(found.has), exact(found.needs)):
        raise Unwritable(f"written out, {property.name} does not fail at this case")
    given = {reports: answer if env.transfers is not None else answer[0] for reports, answer in answers.items()}
    table = source.constant("ANSWERS", source.expression(given))
    mechanism = source.name(ROOT, "mechanism")
    note = "# The rule cannot be imported; this is what it answered. Test another rule in its place."
    source.blocks[-1] = f"{note}\n{source.blocks[-1]}"
    block = '@{0}("{1}")\ndef {{}}(env, reports):\n    """What the rule answered."""\n    return {2}[reports]'
    title = re.sub(r'[\\"{}\s]+', " ", rule.name)[:80]
    return source.define(_identifier(rule.name).lower(), block.format(mechanism, title, table).format)


def _sides(property: Any, rule: Any, env: Environment, found: Counterexample) -> tuple[Any, Any]:
    """Both sides of the property at the case, as the test will compute them."""
    if isinstance(property, OwnCheck):
        finding = property.examine(rule, env, found.case)
        return (None, None) if finding is None else (exact(finding.has), exact(finding.needs))
    if not isinstance(property, ForAll):
        raise Unwritable(f"{property!r} is no property that a test can ask about")
    has, needs = property.sides(rule, env, found.case)
    return exact(has), exact(needs)


# -- edits of games ---------------------------------------------------------------------------------------------------


def _of_game(source: Source, found: Counterexample, edit: Any, game: NormalForm, property: GameProperty) -> list[str]:
    case = found.case
    given = normal_form(source, game)
    asked, named = _named(source.expression(property), "asked")
    called, ruled = _named(source.expression(edit), "rule")
    compared = source.expression(case)
    sure = source.name(f"{ROOT}.games.numbers", "exact")
    return [
        *named,
        *ruled,
        *_lines(given, "game = "),
        f"changed = {called}(game)",
        *_lines(compared, "case = "),
        f"assert case in {asked}.comparisons(changed)",
        f"has, needs = ({sure}(changed.payoff(case.player, p)) for p in (case.better, case.worse))",
        *_facts(source, found),
    ]
