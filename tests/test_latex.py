"""What the formulas of properties look like: textbook forms, valid LaTeX, and words where there is no formula."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

import rulewright as rw
from rulewright import games, mechanisms
from rulewright.mechanisms.cases import Case, believed, players, profiles
from rulewright.mechanisms.expectations import highest
from rulewright.mechanisms.measures import as_measure, payment, worth
from rulewright.mechanisms.property import ForAll
from rulewright.solvers import latex

SHIPPED = [each for each in map(mechanisms.__dict__.get, mechanisms.__all__) if isinstance(each, ForAll)]


@rw.for_all(profiles, "named")
def bob_is_no_worse(rule: Any, env: Any, case: Any) -> Any:
    """Bob ends up with no less than Ann does."""
    ann, bob = (rule.expect(worth(env, p, case.types[p]), env, case.types) for p in ("ann", "bob"))
    return bob, ann


@rw.for_all(players, "interim and ex post", equal=False)
def no_bad_surprise(rule: Any, env: Any, case: Any) -> Any:
    """Nobody ends up with less than she expected, minus 1/4."""
    own = case.types[case.player]
    honest, _ = believed(env, Case(case.types, case.types, case.player))
    u = worth(env, case.player, own)
    return rule.expect(u, env, case.types), rule.expect(u, env, honest) - Fraction(1, 4)


def _first_two(env: Any) -> Iterator[Case]:
    yield from list(players(env))[:2]


@rw.for_all(_first_two, "some")
def first_two_never_pay(rule: Any, env: Any, case: Any) -> Any:
    """The first two never pay."""
    return 0, rule.expect(payment(env, case.player), env, case.reports)


# -- what shipped properties look like --------------------------------------------------------------------------------

MONEY = games.allocation({"ann": (1, 2), "bob": (1, 2), "cem": (2, 3)})
HOMES = games.assignment(("ann", "bob", "cem"), ("a", "b", "c"))
TWO = games.allocation({"ann": (1, 2), "bob": (1, 2)})
VOTES = games.voting(("ann", "bob", "cem"), ("a", "b", "c"))
OWN_WORTH = r"u_i(f(t),t_i)-p_i(t)"
LIE = r"u_i(f(t_i',t_{-i}),t_i)-p_i(t_i',t_{-i})"

FORMULAS = {
    "strategyproof": (
        MONEY,
        r"\forall i\in N,\ \forall t\in T,\ \forall t_i'\in T_i\setminus\{t_i\}:\quad "
        rf"{OWN_WORTH}\ \ge\ {LIE}",
    ),
    "bayesian_incentive_compatible": (
        MONEY,
        r"\forall i\in N,\ \forall t_i\in T_i,\ \forall t_i'\in T_i\setminus\{t_i\}:\quad "
        rf"\mathbb{{E}}_{{t_{{-i}}\mid t_i}}\left[{OWN_WORTH}\right]\ \ge\ "
        rf"\mathbb{{E}}_{{t_{{-i}}\mid t_i}}\left[{LIE}\right]",
    ),
    "individually_rational": (MONEY, rf"\forall i\in N,\ \forall t\in T:\quad {OWN_WORTH}\ \ge\ 0"),
    "ex_ante_individually_rational": (
        MONEY, rf"\forall i\in N:\quad \mathbb{{E}}_{{t}}\left[{OWN_WORTH}\right]\ \ge\ 0",
    ),
    "budget_balanced": (MONEY, r"\forall t\in T:\quad \sum_{i\in N}p_i(t)\ =\ 0"),
    "no_deficit": (MONEY, r"\forall t\in T:\quad \sum_{i\in N}p_i(t)\ \ge\ 0"),
    "ex_ante_no_deficit": (MONEY, r"\mathbb{E}_{t}\left[\sum_{i\in N}p_i(t)\right]\ \ge\ 0"),
    "efficient": (
        HOMES, r"\forall t\in T:\quad \sum_{i\in N}u_i(f(t),t_i)\ \ge\ \max_{x\in X}\sum_{i\in N}u_i(x,t_i)",
    ),
    "proportional": (
        HOMES, r"\forall i\in N,\ \forall t\in T:\quad u_i(f(t),t_i)\ \ge\ \tfrac{1}{3}\,\max_{x\in X}u_i(x,t_i)",
    ),
    "envy_free": (
        MONEY,
        r"\forall i,j\in N\text{ different},\ \forall t\in T:\quad "
        rf"{OWN_WORTH}\ \ge\ u_i(f(t)^{{i\leftrightarrow j}},t_i)-p_j(t)",
    ),
    "equal_treatment": (
        HOMES,
        r"\forall i<j\in N,\ \forall t_{-j}\in T_{-j}:\quad "
        r"u_i(f(j\colon t_i,t_{-j}),t_i)\ =\ u_j(f(j\colon t_i,t_{-j}),t_i)",
    ),
    "anonymous": (
        VOTES,
        r"\forall i<j\in N,\ \forall a\in X,\ \forall t\in T:\quad "
        r"\Pr\left[f(t)=a\right]\ =\ \Pr\left[f(t^{i\leftrightarrow j})=a\right]",
    ),
    "sd_strategyproof": (
        VOTES,
        r"\forall i\in N,\ \forall k\in\{1,2\},\ \forall t\in T,\ \forall t_i'\in T_i\setminus\{t_i\}:\quad "
        r"\Pr\left[f(t)\in U_i^{k}(t_i)\right]\ \ge\ \Pr\left[f(t_i',t_{-i})\in U_i^{k}(t_i)\right]",
    ),
    "sd_proportional": (
        HOMES,
        r"\forall i\in N,\ \forall k\in\{1,2\},\ \forall t\in T:\quad "
        r"\Pr\left[f(t)\in U_i^{k}(t_i)\right]\ \ge\ \tfrac{k}{3}",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMULAS)
def test_shipped_properties_as_a_person_writes_them(name: str) -> None:
    env, formula = FORMULAS[name]
    assert latex(getattr(mechanisms, name), env) == formula


def test_slack_is_exact() -> None:
    third = latex(mechanisms.nearly_strategyproof(Fraction(1, 3)), MONEY)
    assert third == FORMULAS["strategyproof"][1].replace(OWN_WORTH, OWN_WORTH + r"+\tfrac{1}{3}")
    assert r"+3602879701896397\cdot2^{-55}\ \ge" in latex(mechanisms.nearly_strategyproof(0.1), MONEY)


def test_named_players_keep_their_names() -> None:
    assert r"u_{\text{bob}}(f(t),t_{\text{bob}})" in latex(bob_is_no_worse, MONEY)
    assert r"\forall i\in\{\text{ann},\text{bob}\}" in latex(first_two_never_pay, MONEY)


def test_what_is_drawn_is_told_from_what_is_quantified() -> None:
    assert r"\mathbb{E}_{\tilde t_{-i}\mid t_i}\left[u_i(f(t_i,\tilde t_{-i}),t_i)" in latex(no_bad_surprise, MONEY)


def test_many_statements_are_cut_off_and_counted() -> None:
    text = latex(mechanisms.monotone, VOTES)
    assert text.count(r"\\&") == 6
    assert re.search(r"\\&\\text\{and \d+ more statements\}\\end\{aligned\}$", text)


def test_a_function_of_the_outcome_is_named_or_written_out() -> None:
    def prize(outcome: Any) -> Any:
        return {"a": 3, "b": Fraction(1, 2), "c": 0}[outcome]

    def asking(*functions: Any) -> Any:
        sides = lambda rule, env, case: (sum((rule.expect(f, env, case.types) for f in functions), start=0), 1)  # noqa: E731
        return replace(rw.efficient, sides=sides)

    assert latex(asking(prize), VOTES) == r"\forall t\in T:\quad \operatorname{prize}(f(t))\ \ge\ 1"
    assert latex(asking(lambda x: prize(x)), VOTES) == (
        r"\forall t\in T:\quad g_{1}(f(t))\ \ge\ 1\quad\text{where }"
        r"g_{1}(\text{a})=3,\ g_{1}(\text{b})=\tfrac{1}{2},\ g_{1}(\text{c})=0"
    )
    both = latex(asking(lambda x: prize(x), lambda x: 2 * prize(x)), VOTES)
    assert r"g_{1}(f(t))+g_{2}(f(t))\ \ge\ 1" in both  # two functions of one name are told apart
    assert latex(asking(lambda x: 5), VOTES) == r"\forall t\in T:\quad 5\ \ge\ 1"
    assert r"\Pr\left[f(t)\in\{\text{a},\text{b}\}\right]" in latex(asking(lambda x: x in ("a", "b")), VOTES)


# -- never a wrong formula --------------------------------------------------------------------------------------------


def test_an_own_check_is_told_in_words() -> None:
    text = latex(rw.pareto_efficient, MONEY)
    assert text.startswith(r"\text{No outcome the rule may choose")
    assert text.endswith(r"\quad\text{(decided by a check of its own)}")
    assert latex(mechanisms.strictly_dominant("50%"), MONEY).startswith(r'\text{For every player, "50\%" pays more')


@rw.for_all(players, "looks")
def looks_at_types(rule: Any, env: Any, case: Any) -> Any:
    """Only the value 2 counts."""
    own = case.types[case.player]
    return rule.expect(worth(env, case.player, own), env, case.types), 1 if own == 2 else 0


@rw.for_all(players, "tricks")
def treats_variables_otherwise(rule: Any, env: Any, case: Any) -> Any:
    """A property that cannot be traced rightly."""
    slack = 1 if any(case.types[case.player] is t for t in env.types[case.player]) else 0
    return rule.expect(worth(env, case.player, case.types[case.player]), env, case.types), slack


def test_a_property_that_cannot_be_traced_gets_no_formula() -> None:
    for property, why in (
        (looks_at_types, "looks at the value of a type"),
        (treats_variables_otherwise, "differ from"),
    ):
        text = latex(property, MONEY)
        assert text.startswith(rf"\text{{{property.words}}}\quad\text{{(no formula: ")
        assert why in text


def test_what_has_no_meaning_in_an_environment_gets_no_formula() -> None:
    assert "no formula" in latex(rw.budget_balanced, VOTES)
    assert "no formula" in latex(rw.envy_free, VOTES)
    assert "no formula" in latex(mechanisms.sd_strategyproof, MONEY)


def test_only_properties_have_formulas() -> None:
    with pytest.raises(rw.BadInput, match="is no property"):
        latex("strategyprof", MONEY)  # type: ignore[arg-type]


# -- valid LaTeX ------------------------------------------------------------------------------------------------------

COMMANDS = {
    *(
        "forall",
        "in",
        "ne",
        "notin",
        "setminus",
        "quad",
        "ge",
        "colon",
        "mid",
        "leftrightarrow",
        "cdot",
        "dots",
        "tilde",
    ),
    *("text", "tfrac", "mathbb", "mathbf", "operatorname", "sum", "max", "Pr", "left", "right", "begin", "end"),
}


def valid(text: str) -> None:
    depth, plain_text = 0, re.sub(r"\\\\", " ", text)
    for token in re.findall(r"\\[a-zA-Z]+|\\.|.", plain_text):
        depth += {"{": 1, "}": -1}.get(token, 0)
        assert depth >= 0, text
        if token[0] == "\\":
            assert token[1:] in COMMANDS or token[1] in r" ,{}$&#_%", token
    assert depth == 0, text
    assert plain_text.count(r"\left") - plain_text.count(r"\leftrightarrow") == plain_text.count(r"\right")
    outside = re.sub(r"\\text\{(?:[^{}\\]|\\.)*\}", "", plain_text)
    assert not re.search(r"(?<!\\)[$#%~]", outside)
    assert ("&" in outside) == (r"\begin{aligned}" in text)


@pytest.mark.parametrize("env", [MONEY, HOMES, VOTES, TWO], ids=lambda env: env.name)
def test_every_formula_is_valid_latex(env: Any) -> None:
    for property in [*SHIPPED, bob_is_no_worse, no_bad_surprise, looks_at_types, rw.pareto_efficient]:
        valid(latex(property, env))


def test_odd_names_are_escaped() -> None:
    env = games.allocation({"a_1": (1, 2), "b & {c}": (1, 2), "50% $#": (1, 2)})
    for property in (mechanisms.anonymous, rw.strategyproof, rw.no_deficit, mechanisms.equal_treatment, looks_at_types):
        valid(latex(property, env))
    assert r"\text{a\_1}" in latex(mechanisms.anonymous, env)


def test_the_best_of_a_function_of_the_outcome() -> None:
    def sides(rule: Any, env: Any, case: Any) -> Any:
        u = mechanisms.value(env, "ann", case.types["ann"])
        liked = as_measure(lambda x: int(x == "a")) + as_measure(lambda x: 2) + u
        return rule.expect(liked, env, case.types), highest(env, liked)

    assert latex(replace(rw.efficient, sides=sides), VOTES) == (
        r"\forall t\in T:\quad \Pr\left[f(t)=\text{a}\right]+u_{\text{ann}}(f(t),t_{\text{ann}})+2\ \ge\ "
        r"\max_{x\in X}\left[\mathbf{1}\left[x=\text{a}\right]+u_{\text{ann}}(x,t_{\text{ann}})\right]+2"
    )
