"""What a search found: the rule it proposes or what clashes, what requirements cost, and all rules there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import islice
from typing import Any

from ..games.environment import Environment
from ..games.normal_form import NormalForm
from ..games.numbers import exact
from ..games.profile import Profile
from ..games.show import html
from ..mechanisms.edits import Edit
from ..mechanisms.property import entry_text, told
from ..mechanisms.tabulated import TableRule
from ..solvers.design import MOST_DESCRIBED, Design
from ..solvers.pricing import Price, Prices
from ..solvers.searching.choice.search_choice import Enumeration
from ..solvers.writing.readable import Description, describe
from .games import payoffs
from .page import (
    COLUMNS,
    MARKED,
    PAPER,
    ROWS,
    TOUCHED,
    Html,
    amount,
    badge,
    cell,
    facts,
    head,
    label,
    label_long,
    line,
    lines,
    missing,
    note,
    page,
    put,
    table,
    tag,
    title,
)
from .results import verdicts
from .rules import GRID, in_words

READ = 12  # rules that are told in words one by one


@html.register
def _design(design: Design) -> str:
    short = design.description
    parts: list[object] = [line(badge(design.status), " ", tag("b", _named(design, short)))]
    if short is not None and (not short.leaves or _shorter(short, design.environment)):
        parts.append(lines(short.text))
    if design.rule is not None:
        parts.append(in_words(design.rule, design.environment))
    if design.why:
        parts.append(line(label_long(_without_core(design))))
    parts += _reasons(design)
    parts.append(facts(goal=design.goal, value=_value(design), searched=label_long(design.searched, 400)))
    if len(design.verdicts):
        parts += [title("Verified"), verdicts(design.verdicts)]
    if isinstance(design.rule, Edit) and isinstance(design.environment, NormalForm):
        changed = design.rule(design.environment)
        parts += [title(f"Afterwards: {label(changed.name)}"), payoffs(changed)]
    if design.candidates:
        parts += [title("All rules that were looked at"), _candidates(design)]
    parts.append(note("Method: ", label_long(design.method), "."))
    return page("A proposed rule" if design.rule is not None else "No rule", *parts)


def _named(design: Design, short: Description | None) -> str:
    """What the rule is called: by its form where it has one, and without the goal, which is told below."""
    if design.rule is None:
        return "no rule meets the goal" if design.status == "infeasible" else "no rule was found"
    if short is not None and not short.leaves:
        return label(short.form)
    name = str(getattr(design.rule, "name", "a rule"))
    return "a rule found by search" if name.startswith("rule found for ") else label(name)


def _shorter(tree: Description, env: Environment) -> bool:
    """Whether a decision tree tells more than a table that is cut."""
    return env.n_profiles > ROWS >= tree.leaves


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


# -- why there is none ------------------------------------------------------------------------------------------


def _reasons(design: Design) -> list[object]:
    """What clashes, what to give up, and at which profiles it shows."""
    parts: list[object] = []
    if design.conflicts:
        parts += [title("What cannot hold together"), _sets(design.conflicts, " and ")]
    if design.give_up:
        one = len(design.give_up) == 1
        parts += [title("What to give up" if one else "What to give up: one of these"), _sets(design.give_up, " and ")]
    if design.core:
        count = "this profile" if len(design.core) == 1 else f"these {len(design.core)} profiles"
        parts += [title(f"{'The first conflict' if len(design.conflicts) > 1 else 'It'} shows already at {count}")]
        parts.append(_profiles(design.core, design.environment))
    return parts


def _sets(sets: Sequence[Sequence[str]], glue: str) -> Html:
    items = [tag("li", label(glue.join(each))) for each in sets[:ROWS]]
    return put(tag("ul", *items, style="margin:2px 0;padding-left:22px"), missing(len(sets) - len(items), "set"))


def _without_core(design: Design) -> str:
    """Why there is no rule, without the list of profiles, which is a table here."""
    each = [told(profile) for profile in design.core]
    for n in range(len(each), 0, -1):
        listed = "; ".join(each[:n]) + (f"; and {len(each) - n} more" if n < len(each) else "")
        if listed in design.why:
            return design.why.replace(listed, "see below")
    return design.why


def _profiles(core: Sequence[Profile[Any]], env: Any) -> Html:
    """Which profiles: two players' as marks in a grid, else one row a profile."""
    players = list(core[0])[:COLUMNS]
    if isinstance(env, Environment) and len(env.players) == 2 and max(env.sizes) <= GRID:
        one, two = env.players
        among = {(profile[one], profile[two]) for profile in core}
        marks = [
            [head(f"{label(one)}: {label(entry_text(s))}"), *(_mark((s, t) in among) for t in env.types[two])]
            for s in env.types[one]
        ]
        return table(["", *(f"{label(two)}: {label(entry_text(t))}" for t in env.types[two])], marks)
    rows = [[label(entry_text(profile[player])) for player in players] for profile in core[:ROWS]]
    grid = table([label(player) for player in players], rows, left_out=len(core) - len(rows), what="profile")
    return put(grid, missing(len(core[0]) - len(players), "player"))


def _mark(there: bool) -> Html:
    return cell("●" if there else "", paper=TOUCHED if there else PAPER, middle=True)


# -- rules told in words ----------------------------------------------------------------------------------------


@html.register
def _description(short: Description) -> str:
    sure = "" if short.exact else "This is not the same at every profile."
    return page(label(short.form), lines(short.text), note(sure))


@html.register
def _enumeration(found: Enumeration) -> str:
    n = len(found)
    count = f"{n:,} deterministic rule{' meets' if n == 1 else 's meet'} the goal"
    parts: list[object] = [line(badge("complete") if found.complete else "at least so many", " ")]
    rows = [(cell(k, middle=True), cell(_told(rule))) for k, rule in enumerate(islice(found, READ), 1)]
    if rows:
        parts.append(table(("", "the rule"), rows, left_out=n - len(rows), what="rule"))
    return page(count, *parts)


def _told(rule: TableRule) -> Html:
    """A rule in its shortest form, or as its table."""
    if rule.env is not None and rule.env.n_profiles <= MOST_DESCRIBED:
        short = describe(rule, rule.env)
        if not short.leaves:
            return put(tag("b", label(short.form)), line(short.text))
    return in_words(rule, rule.env)


# -- prices -----------------------------------------------------------------------------------------------------


@html.register
def _prices(found: Prices) -> str:
    known = found.value is not None
    parts: list[object] = []
    if found.why:
        parts.append(line(label_long(found.why)))
    if known:
        parts.append(line("The objective reaches ", tag("b", _reached(found.value)), "."))
    if found.each:
        rows = [_price(price, known) for price in found.each[:ROWS]]
        heads = ("given up", "then the objective reaches", *(("gain", "gain per unit, if relaxed a little") * known))
        parts.append(table(heads, rows, left_out=len(found) - len(rows), what="price"))
    parts.append(facts(goal=label_long(found.goal), on=label_long(found.domain)))
    return page("What each requirement costs", *parts)


def _price(price: Price, known: bool) -> tuple[Html, ...]:
    name, value = head(label(" and ".join(price.dropped))), cell(_reached(price.value), middle=True)
    if not known:
        return name, value
    rate = _reached(price.rate) if price.sure or price.rate is None else put("at most ", _reached(price.rate))
    return name, value, cell(_reached(price.gain), middle=True), cell(rate, middle=True)


def _reached(value: Any) -> Html:
    """A number that may not be known, or have no limit."""
    return put("?") if value is None else put("unbounded") if value == math.inf else amount(value)
