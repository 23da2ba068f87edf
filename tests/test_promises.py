"""What users were promised, one test a promise, through ``import rulewright`` and the command line alone."""

from __future__ import annotations

import inspect
import json
import math
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright import games, mechanisms

NAN, INF = float("nan"), float("inf")
COMMAND = Path(sys.executable).with_name("rulewright")
THREE = ("prisoners_dilemma", "cake_cutting", "resource_allocation")


def run(*arguments: object, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """The installed command."""
    return subprocess.run(
        [str(COMMAND), *map(str, arguments)], capture_output=True, text=True, timeout=timeout, check=False
    )


def one_sentence(text: str) -> bool:
    """A message for people: one line, not long, and no traceback."""
    return bool(text.strip()) and "Traceback" not in text and "\n" not in text.strip() and len(text) < 600


def item(**changes: Any) -> rw.Environment:
    return games.allocation({"ann": (1, 2, 3), "bob": (1, 2, 3)}, **changes)


def choice(**changes: Any) -> rw.Environment:
    """Two alternatives, one player of two types."""
    declared: dict[str, Any] = {
        "name": "choice", "types": {"ann": ("left", "right")}, "outcomes": ("left", "right"),
        "utility": lambda player, outcome, type: 1 if outcome == type else 0,
    }  # fmt: skip
    return rw.Environment(**{**declared, **changes})


# -- the names that are fixed (design, section 6) ----------------------------------------------------------------------

FIXED = [
    "Profile",
    "Environment",
    "NormalForm",
    "BayesianGame",
    "ExtensiveForm",
    "load",
    "games.prisoners_dilemma",
    "games.cake",
    "games.allocation",
    "mechanism",
    "mechanisms.second_price",
    "mechanisms.first_price",
    "mechanisms.vcg",
    "mechanisms.cut_and_choose",
    "strategyproof",
    "bayesian_incentive_compatible",
    "individually_rational",
    "interim_individually_rational",
    "budget_balanced",
    "no_deficit",
    "envy_free",
    "proportional",
    "pareto_efficient",
    "Goal",
    "welfare",
    "egalitarian",
    "revenue",
    "nash_welfare",
    "solve",
    "verify",
    "search",
    "check",
    "Solution",
    "Verdict",
    "Report",
    "Design",
    "for_all",
]


@pytest.mark.parametrize("name", FIXED)
def test_the_fixed_name_is_there(name: str) -> None:
    thing: Any = rw
    for part in name.split("."):
        thing = getattr(thing, part)
    assert inspect.getdoc(thing) or thing.__class__.__doc__


def test_profile_is_immutable_and_changes_one_entry_at_a_time() -> None:
    """rw.Profile({"ann": 1, "bob": 2}): profile | {"ann": 3} is (t_i', t_-i)."""
    profile = rw.Profile({"ann": 1, "bob": 2})
    assert profile | {"ann": 3} == {"ann": 3, "bob": 2} and profile == {"ann": 1, "bob": 2}
    assert hash(profile) == hash(rw.Profile({"ann": 1, "bob": 2}))
    with pytest.raises((TypeError, AttributeError)):
        profile["ann"] = 5  # type: ignore[index]


def test_payoffs_are_an_array_by_actions_and_player() -> None:
    """payoffs[a_1, ..., a_N, i]; ints and Fractions stay what they are."""
    payoffs = [[[1, Fraction(1, 3)], [0, 2]]]
    game = rw.NormalForm("g", {"ann": ("x",), "bob": ("y", "z")}, payoffs)
    assert game.payoffs.shape == (1, 2, 2)
    assert game.payoffs[0, 0, 1] == Fraction(1, 3) and isinstance(game.payoffs[0, 0, 1], Fraction)
    with pytest.raises(ValueError):
        game.payoffs[0, 0, 0] = 7


@pytest.mark.parametrize(
    "prior",
    [
        None,
        {"ann": {1: Fraction(1, 2), 2: Fraction(1, 2)}, "bob": {1: 1}},
        {rw.Profile({"ann": 1, "bob": 1}): Fraction(1, 3), rw.Profile({"ann": 2, "bob": 1}): Fraction(2, 3)},
    ],
    ids=["none", "independent", "joint"],
)
def test_a_prior_is_none_independent_or_joint(prior: Any) -> None:
    env = games.allocation({"ann": (1, 2), "bob": (1,)}, prior=prior)
    assert sum(env.probability(profile) for profile in env.profiles()) == 1
    assert rw.verify(mechanisms.second_price, env, rw.bayesian_incentive_compatible).status == "proved"


def test_positive_transfers_are_paid_by_the_player() -> None:
    """Utility is f(...) minus her payment."""
    env = item(transfers=(0, 3))

    @rw.mechanism
    def rule(env: Any, reports: Any) -> Any:
        """Ann gets it for 2."""
        return "ann", rw.Profile({"ann": 2, "bob": 0})

    assert rule.expect(rw.worth(env, "ann", 3), env, {"ann": 3, "bob": 1}) == 1


def test_an_outcome_or_an_outcome_with_payments_or_a_lottery_may_be_returned() -> None:
    env = item()
    half = rw.Lottery({"ann": Fraction(1, 2), "nobody": Fraction(1, 2)})
    answers = ("ann", ("ann", rw.Profile({"ann": 1, "bob": 0})), half)
    for answer, expected in zip(answers, (3, 2, Fraction(3, 2)), strict=True):
        rule = rw.mechanism(lambda env, reports, answer=answer: answer)
        assert rule.expect(rw.worth(env, "ann", 3), env, {"ann": 3, "bob": 1}) == expected


def test_a_users_rule_property_and_goal_need_no_registration() -> None:
    """Users pass objects; nothing must be registered."""

    @rw.mechanism
    def dictator(env: Any, reports: Any) -> Any:
        """Ann gets what she likes."""
        return reports["ann"]

    @rw.for_all(rw.individually_rational.cases, "half")
    def at_least_a_half(rule: Any, env: Any, case: Any) -> Any:
        """Every player ends up with at least 1/2."""
        return rule.expect(rw.worth(env, case.player, case.types[case.player]), env, case.types), Fraction(1, 2)

    assert rw.verify(dictator, choice(), rw.strategyproof, at_least_a_half).__len__() == 2
    assert all(rw.verify(dictator, choice(), rw.strategyproof, at_least_a_half))
    design = rw.search(choice(), rw.Goal((at_least_a_half,), rw.welfare))
    assert design.value == 1 and design.check()


def test_a_property_that_branches_on_values_is_decided_all_the_same_and_says_so() -> None:
    """Where a property branches on values and cannot be traced, it goes case by case, and the method says so."""

    @rw.for_all(rw.individually_rational.cases, "branch")
    def high_types_win_something(rule: Any, env: Any, case: Any) -> Any:
        """Who values the item at 3 ends up with at least 1."""
        if case.types[case.player] < 3:
            return 0, 0
        return rule.expect(rw.worth(env, case.player, case.types[case.player]), env, case.types), 1

    found = rw.verify(mechanisms.second_price, item(), high_types_win_something)
    assert found.status == "refuted" and found.counterexample.check() is True
    assert found.counterexample.case.types[found.counterexample.case.player] == 3
    traced = rw.verify(mechanisms.second_price, item(), rw.strategyproof)
    assert found.method != traced.method


# -- verdicts ----------------------------------------------------------------------------------------------------------


def test_bool_of_a_verdict_is_true_false_or_an_error() -> None:
    """bool(): True proved, False refuted, raises on unknown."""
    assert bool(rw.verify(mechanisms.second_price, item(), rw.strategyproof)) is True
    assert bool(rw.verify(mechanisms.first_price, item(), rw.strategyproof)) is False
    big = games.allocation({f"p{i}": tuple(range(1, 13)) for i in range(6)})
    start = time.perf_counter()
    unknown = rw.verify(mechanisms.second_price, big, rw.strategyproof, time=0.1)
    assert time.perf_counter() - start < 2, "the budget was a tenth of a second"
    assert unknown.status == "unknown" and unknown.reason and unknown.certificate is None
    with pytest.raises(Exception, match=r".") as caught:
        bool(unknown)
    assert type(caught.value).__name__ == "Unknown"


def test_several_properties_give_a_report() -> None:
    report = rw.verify(mechanisms.second_price, item(), rw.strategyproof, rw.budget_balanced)
    assert isinstance(report, rw.Report) and [v.status for v in report] == ["proved", "refuted"]
    assert len(report) == 2 and report[1].counterexample.check()


def test_a_verdict_names_its_domain() -> None:
    """This instance, or the declared grid of types: how many profiles were looked at is in the verdict."""
    verdict = rw.verify(mechanisms.second_price, item(), rw.strategyproof)
    assert "9" in verdict.domain and verdict.checked >= 9


def test_floats_are_the_rationals_they_are() -> None:
    """0.1 + 0.2 is not 0.3: the tiny loss is found and its exact amount is given."""
    env = rw.Environment(
        "tiny", types={"ann": ("a", "b")}, outcomes=("x", "y"),
        utility=lambda player, outcome, type: 0.1 + 0.2 if outcome == "x" else 0.3,
    )  # fmt: skip

    @rw.mechanism
    def rule(env: Any, reports: Any) -> Any:
        """The worse for a by a hair."""
        return "y" if reports["ann"] == "a" else "x"

    verdict = rw.verify(rule, env, rw.strategyproof)
    assert verdict.status == "refuted"
    assert Fraction(verdict.counterexample.gain) == Fraction(0.1 + 0.2) - Fraction(0.3) > 0


# -- item 4: three scenarios, as a Python function and as a spec file that ships ---------------------------------------


@pytest.mark.parametrize("name", THREE)
def test_a_shipped_scenario_goes_all_the_way(name: str) -> None:
    found = rw.scenario(name)
    assert str(found) and found.goal is not None
    design = rw.search(found.game, found.goal, family=found.family)
    assert design.status == "optimal" and design.rule is not None and design.check() is True
    assert all(verdict.status == "proved" for verdict in design.verdicts)
    assert rw.check(json.loads(json.dumps(design.certificate)))
    for shown in (found.game, design):
        assert str(shown) and "<" in shown._repr_html_()


def test_the_spec_and_the_function_are_the_same_dilemma() -> None:
    assert rw.load("prisoners_dilemma") == games.prisoners_dilemma()


def test_the_refused_goal_names_what_conflicts() -> None:
    """An infeasible goal is answered with the conflicting requirements by name."""
    requirements = (rw.efficient, rw.strategyproof, rw.budget_balanced, rw.individually_rational, rw.proportional)
    env = games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=None)
    requirements = (rw.efficient, rw.strategyproof)
    design = rw.search(env, rw.Goal(requirements))
    assert design.status == "infeasible" and design.rule is None and design.check()
    assert "efficient" in design.why and "strategyproof" in design.why


def test_a_search_says_what_it_searched() -> None:
    design = rw.search(item(transfers=(0, 1)), rw.Goal((rw.strategyproof,), rw.welfare))
    assert "9" in design.searched and "HiGHS" in design.method


def test_reverifying_a_found_rule_gives_proved() -> None:
    env = item(transfers=(0, 1))
    requirements = (rw.strategyproof, rw.individually_rational)
    design = rw.search(env, rw.Goal(requirements, rw.egalitarian))
    assert [v.status for v in rw.verify(design.rule, env, *requirements)] == ["proved", "proved"]


def test_a_search_over_ten_thousand_rows_is_done_in_arrays() -> None:
    """Two bidders with 24 values each: 28,000 rows; a Python call per constraint and coefficient would take minutes."""
    env = games.allocation({"ann": tuple(range(1, 25)), "bob": tuple(range(1, 25))}, transfers=(-24, 24))
    start = time.process_time()
    design = rw.search(env, rw.Goal((rw.bayesian_incentive_compatible, rw.interim_individually_rational), rw.revenue))
    assert design.status in ("optimal", "feasible")
    assert time.process_time() - start < 20


# -- item 5: solve -----------------------------------------------------------------------------------------------------


def regret(game: rw.NormalForm, strategies: Mapping[str, Mapping[Any, Any]], player: str) -> Fraction:
    """By the definition: the most a player gains by another action, the others mixing as they do."""
    pays: dict[Any, Fraction] = {}
    for profile in game.profiles():
        others = (Fraction(strategies[p][profile[p]]) for p in game.players if p != player)
        chance = math.prod(others, start=Fraction(1))
        pays[profile[player]] = pays.get(profile[player], Fraction(0)) + chance * Fraction(game.payoff(player, profile))
    return max(pays.values()) - sum(Fraction(strategies[player][a]) * u for a, u in pays.items())


bimatrices = st.integers(2, 4).flatmap(
    lambda m: st.integers(2, 4).flatmap(
        lambda n: st.lists(st.integers(-3, 3), min_size=2 * m * n, max_size=2 * m * n).map(lambda x: (m, n, x))
    )
)


def game_of(m: int, n: int, entries: list[Any]) -> rw.NormalForm:
    cells = iter(entries)
    payoffs = [[[next(cells), next(cells)] for _ in range(n)] for _ in range(m)]
    return rw.NormalForm("random", {"ann": tuple(range(m)), "bob": tuple("abcdefgh"[:n])}, payoffs)


def pure_by_hand(game: rw.NormalForm) -> set[Any]:
    return {
        profile
        for profile in game.profiles()
        if all(
            game.payoff(p, profile) >= game.payoff(p, profile | {p: other})
            for p in game.players
            for other in game.actions[p]
        )
    }


def as_pure(equilibrium: Any) -> Any:
    return rw.Profile({p: next(a for a, x in s.items() if x) for p, s in equilibrium.strategies.items()})


@settings(max_examples=60)
@given(bimatrices)
def test_every_equilibrium_of_two_players_has_no_regret_and_the_pure_ones_are_all_there(drawn: Any) -> None:
    """Also where payoffs tie (degenerate games): each is exact, and the extreme ones include all that are pure."""
    game = game_of(*drawn)
    solution = rw.solve(game, "nash")
    assert len(solution) >= 1 and solution.check(), "an equilibrium exists (Nash 1951)"
    for equilibrium in solution:
        assert all(regret(game, equilibrium.strategies, p) == 0 for p in game.players)
        assert rw.check(equilibrium.certificate) is True
    found = {as_pure(e) for e in solution if all(max(s.values()) == 1 for s in e.strategies.values())}
    assert found == pure_by_hand(game)
    assert {as_pure(e) for e in rw.solve(game, "pure")} == pure_by_hand(game)


@settings(max_examples=40)
@given(st.integers(2, 4), st.integers(2, 4), st.data())
def test_a_complete_answer_to_a_generic_game_has_an_odd_number_of_equilibria(m: int, n: int, data: Any) -> None:
    """Nondegenerate games have an odd number of equilibria (Wilson 1971)."""
    size = 2 * m * n
    entries = data.draw(st.lists(st.integers(-(10**9), 10**9), min_size=size, max_size=size, unique=True))
    solution = rw.solve(game_of(m, n, entries), "nash")
    if solution.complete and "nondegenerate" in solution.method:
        assert len(solution) % 2 == 1


@settings(max_examples=30)
@given(bimatrices, st.sampled_from([Fraction(1, 10**9), 10**9, Fraction(7, 3)]), st.integers(-5, 5))
def test_equilibria_do_not_depend_on_units_or_on_where_zero_is(drawn: Any, scale: Any, shift: int) -> None:
    m, n, entries = drawn
    one = rw.solve(game_of(m, n, entries), "nash")
    two = rw.solve(game_of(m, n, [scale * x + shift for x in entries]), "nash")
    assert {str(e.strategies) for e in one} == {str(e.strategies) for e in two}
    assert one.complete == two.complete


@settings(max_examples=40)
@given(st.lists(st.integers(-2, 2), min_size=24, max_size=24))
def test_pure_equilibria_of_three_players(entries: list[int]) -> None:
    cells = iter(entries)
    payoffs = [[[[next(cells) for _ in range(3)] for _ in range(2)] for _ in range(2)] for _ in range(2)]
    game = rw.NormalForm("three", dict.fromkeys(("ann", "bob", "cem"), ("x", "y")), payoffs)
    solution = rw.solve(game, "pure")
    assert {as_pure(e) for e in solution} == pure_by_hand(game) and solution.complete and solution.check()


def test_an_empty_answer_says_why() -> None:
    """Matching pennies has no pure equilibrium: complete, empty, and told so in words."""
    pennies = rw.NormalForm("pennies", {"ann": ("h", "t"), "bob": ("h", "t")}, [[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    solution = rw.solve(pennies, "pure")
    assert len(solution) == 0 and solution.complete and solution.why
    (mixed,) = rw.solve(pennies, "nash")
    assert mixed.strategies["ann"]["h"] == Fraction(1, 2)


def test_nash_of_three_players_is_refused_or_answered_and_not_pretended_complete() -> None:
    game = rw.NormalForm.from_function(
        "three", dict.fromkeys(("ann", "bob", "cem"), ("x", "y")), lambda profile: dict.fromkeys(profile, 0)
    )
    try:
        solution = rw.solve(game, "nash")
    except rw.BadInput as refusal:
        said = str(refusal)
        assert "two players" in said or "pure" in said
    else:
        assert not solution.complete and solution.check()


@pytest.mark.parametrize("method", ["vertices", "nashpy"])
def test_every_method_finds_the_equilibria_of_the_battle_of_the_sexes(method: str) -> None:
    """Three equilibria, the mixed one pays 2/3 each (Luce & Raiffa 1957)."""
    game = rw.NormalForm("battle", {"ann": ("b", "f"), "bob": ("b", "f")}, [[[2, 1], [0, 0]], [[0, 0], [1, 2]]])
    solution = rw.solve(game, "nash", method=method)
    assert len(solution) == 3 and solution.check()
    assert {tuple(e.payoffs.values()) for e in solution} == {(2, 1), (1, 2), (Fraction(2, 3), Fraction(2, 3))}


def test_the_concepts_of_the_design_are_known_and_a_later_one_says_so() -> None:
    """Each named concept is answered or said to be not there yet; none is called unknown."""
    concepts = (
        "nash", "pure", "one nash", "dominant", "rationalizable", "correlated", "coarse correlated", "minimax", "logit",
        "subgame perfect", "bayes nash", "stackelberg", "evolutionarily stable",
    )  # fmt: skip
    for concept in concepts:
        try:
            assert rw.solve(games.prisoners_dilemma(), concept).concept
        except rw.BadInput as refusal:
            said = str(refusal)
            assert "no concept" not in said and one_sentence(said)


# -- bad input, through the public API ---------------------------------------------------------------------------------

DILEMMA = [[[3, 3], [0, 5]], [[5, 0], [1, 1]]]
TWO = {"ann": ("x", "y"), "bob": ("x", "y")}
TEN_TO_TWELVE = {f"p{i}": tuple(range(1, 11)) for i in range(12)}

BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "a player named twice": (lambda: rw.NormalForm("g", [("ann", ("x",)), ("ann", ("x",))], [[1, 1]]), "ann"),
    "an action named twice": (lambda: rw.NormalForm("g", {"ann": ("x", "x")}, [[1], [1]]), "x"),
    "payoffs of the wrong shape": (lambda: rw.NormalForm("g", TWO, [[1, 2], [3, 4]]), r"\(2, 2, 2\)"),
    "ragged payoffs": (lambda: rw.NormalForm("g", TWO, [[[3, 3], [0]], [[5, 0], [1, 1]]]), "payoffs"),
    "NaN as a payoff": (lambda: rw.NormalForm("g", TWO, [[[NAN, 3], [0, 5]], [[5, 0], [1, 1]]]), "nan"),
    "infinity as a payoff": (lambda: rw.NormalForm("g", TWO, [[[INF, 3], [0, 5]], [[5, 0], [1, 1]]]), "inf"),
    "1e999999999 as a payoff": (lambda: rw.NormalForm("g", {"ann": ("x",)}, [["1e999999999"]]), "number"),
    "an endless exponent from TOML": (lambda: rw.NormalForm("g", {"ann": ("x",)}, [[None]]), "number"),
    "a type without a utility": (
        lambda: rw.search(choice(utility=lambda p, o, t: {"left": 1}[t]), rw.Goal((), rw.welfare)), "right",
    ),
    "a utility that is NaN": (
        lambda: rw.verify(RULE, choice(utility=lambda p, o, t: NAN), rw.strategyproof), "nan",
    ),
    "a utility that is no number": (
        lambda: rw.verify(RULE, choice(utility=lambda p, o, t: None), rw.strategyproof), "None",
    ),
    "a prior that sums to 5/6": (
        lambda: choice(prior={"ann": {"left": Fraction(1, 2), "right": Fraction(1, 3)}}), "5/6",
    ),
    "a joint prior that sums to 1/2": (lambda: choice(prior={rw.Profile({"ann": "left"}): 0.5}), "1/2"),
    "a negative probability": (lambda: choice(prior={"ann": {"left": 2, "right": -1}}), "-1"),
    "a prior about a stranger": (lambda: choice(prior={"anne": {"left": 1}}), "anne"),
    "a prior about an unknown type": (lambda: choice(prior={"ann": {"lefft": 1}}), "lefft"),
    "no types": (lambda: choice(types={"ann": ()}), "ann"),
    "a type named twice": (lambda: choice(types={"ann": ("left", "left")}), "left"),
    "no players": (lambda: choice(types={}), "player"),
    "no outcomes": (lambda: choice(outcomes=()), "outcome"),
    "an outcome named twice": (lambda: choice(outcomes=("left", "left")), "left"),
    "transfers from high to low": (lambda: choice(transfers=(3, 1)), "low"),
    "an unknown concept": (lambda: rw.solve(games.prisoners_dilemma(), "nsah"), 'did you mean "nash"'),
    "an unknown property": (lambda: rw.verify(mechanisms.second_price, item(), "envy_fre"), "envy_free"),
    "an unknown property in a goal": (lambda: rw.Goal(require=("budget_balancd",)), "budget_balanced"),
    "an unknown objective": (lambda: rw.Goal(maximize="revenu"), "revenue"),
    "an unknown method": (lambda: rw.solve(games.prisoners_dilemma(), "nash", method="vertexes"), "vertices"),
    "an unknown option": (lambda: rw.solve(games.prisoners_dilemma(), "nash", tolerence=1), "tolerence"),
    "a fine on an action there is not": (
        lambda: rw.verify(mechanisms.fine("defct", 1), games.prisoners_dilemma(), rw.strictly_dominant("cooperate")),
        'did you mean "defect"',
    ),
    "dominance of an action there is not": (
        lambda: rw.verify(mechanisms.status_quo, games.prisoners_dilemma(), rw.strictly_dominant("cooprate")),
        'did you mean "cooperate"',
    ),
    "a shipped game there is not": (lambda: rw.load("prisoners_dilema"), 'did you mean "prisoners_dilemma"'),
    "a rule that chooses what there is not": (
        lambda: rw.verify(rw.mechanism(lambda env, reports: "lefft"), choice(), rw.strategyproof),
        'did you mean "left"',
    ),
    "a rule that charges where there is no money": (
        lambda: rw.verify(
            rw.mechanism(lambda env, reports: ("left", rw.Profile({"ann": 1}))), choice(), rw.strategyproof
        ),
        "money|transfer|charge",
    ),
    "a rule that charges too much": (
        lambda: rw.verify(
            rw.mechanism(lambda env, reports: ("left", rw.Profile({"ann": 9}))),
            choice(transfers=(0, 1)),
            rw.strategyproof,
        ),
        "9",
    ),
    "a rule that answers nothing": (
        lambda: rw.verify(rw.mechanism(lambda env, reports: None), choice(), rw.strategyproof), "None",
    ),
    "a rule for auctions where nothing is sold": (
        lambda: rw.verify(mechanisms.second_price, choice(transfers=(None, None)), rw.strategyproof), ".",
    ),
    "a lottery that does not sum to 1": (lambda: rw.Lottery({"left": 1, "right": 1}), "sums to 2"),
    "a cake with a negative density": (lambda: games.cake({"ann": [(1, -1)]}), "-1"),
    "a cake that is worth nothing": (lambda: games.cake({"ann": [(0, 0)]}), "0"),
    "a dilemma that is none": (lambda: games.prisoners_dilemma(T=1), "T > R > P > S"),
    "a search of a game without a family": (
        lambda: rw.search(games.prisoners_dilemma(), rw.Goal((rw.strictly_dominant("cooperate"),))), "family",
    ),
    "no goal": (lambda: rw.search(item(), rw.strategyproof), "Goal"),
    "no rule": (lambda: rw.verify("second_price", item(), rw.strategyproof), "rule"),
    "no property": (lambda: rw.verify(mechanisms.second_price, item()), "property"),
    "10^12 profiles of types": (
        lambda: rw.verify(mechanisms.second_price, games.allocation(TEN_TO_TWELVE), rw.strategyproof),
        "1,000,000,000,000",
    ),
    "10^12 profiles of types to search": (
        lambda: rw.search(games.allocation(TEN_TO_TWELVE), rw.Goal((rw.strategyproof,), rw.welfare)),
        "1,000,000,000,000",
    ),
    "10^12 profiles of actions": (
        lambda: rw.NormalForm.from_function("g", TEN_TO_TWELVE, lambda profile: {}), "1,000,000,000,000",
    ),
}  # fmt: skip


@rw.mechanism
def RULE(env: Any, reports: Any) -> Any:
    """What ann says (a rule for the tests)."""
    return reports["ann"]


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_sentence(name: str) -> None:
    """BadInput, one sentence that says what was given and what is needed, within a second."""
    give, words = BAD[name]
    start = time.perf_counter()
    with pytest.raises(rw.BadInput) as caught:
        give()
    assert time.perf_counter() - start < 1
    assert one_sentence(str(caught.value)) and re.search(words, str(caught.value)), str(caught.value)


def test_a_game_too_large_has_size_limit_and_remedy() -> None:
    """GameTooLarge carries them, and comes before any memory is taken."""
    import tracemalloc

    tracemalloc.start()
    with pytest.raises(rw.GameTooLarge) as caught:
        rw.verify(mechanisms.second_price, games.allocation(TEN_TO_TWELVE), rw.strategyproof)
    assert tracemalloc.get_traced_memory()[1] < 10**7
    tracemalloc.stop()
    assert caught.value.size == 10**12 > caught.value.limit and len(caught.value.remedy) > 10


@pytest.mark.skipif(os.name != "posix", reason="memory is limited through resource")
@pytest.mark.parametrize(
    "make",
    [
        "rw.NormalForm.from_function('g', {'a': range(10**6), 'b': range(10**6)}, lambda p: {})",
        "rw.NormalForm.from_function('g', {'a': range(10**12)}, lambda p: {})",
        "rw.games.allocation({'a': range(10**12)}).guard()",
    ],
)
def test_a_range_of_a_million_millions_is_refused_before_it_is_written_out(make: str) -> None:
    """A game of 10^12 profiles, also with few players: GameTooLarge within a second and a few GB."""
    script = (
        "import resource, time, rulewright as rw; resource.setrlimit(resource.RLIMIT_AS, (3 * 10**9, 3 * 10**9))\n"
        f"start = time.process_time()\ntry:\n    {make}\nexcept rw.GameTooLarge as error:\n"
        "    assert error.size == 10**12, error\n    assert time.process_time() - start < 1\n    print('refused')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "refused", done.stderr[-300:]


def test_a_family_of_millions_of_rules_is_refused_before_it_is_written_out() -> None:
    """n times n! rules: for nine players 3,265,920, for twelve 5,748,019,200; an estimate comes before long work."""
    env = games.cake({f"p{i}": [(1, 2)] for i in range(12)})
    script = (
        "import resource, rulewright as rw; resource.setrlimit(resource.RLIMIT_CPU, (5, 5))\n"
        "env = rw.games.cake({f'p{i}': [(1, 2)] for i in range(12)})\n"
        "try:\n    rw.mechanisms.who_cuts_who_chooses(env)\nexcept rw.GameTooLarge:\n    print('refused')"
    )
    assert env.n_profiles == 1
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "refused", done.stderr[-300:]


# -- bad input, in spec files, through the command line ----------------------------------------------------------------

GAME = 'kind = "normal form"\nname = "g"\n[actions]\nann = ["x", "y"]\nbob = ["x", "y"]\n'
CELLS = '[payoffs]\n"x, x" = [3, 3]\n"x, y" = [0, 5]\n"y, x" = [5, 0]\n"y, y" = [1, 1]\n'
CHOICE = 'kind = "environment"\nname = "c"\noutcomes = ["left", "right"]\n'
TABLE = "[utility.ann]\nlow = { left = 1, right = 0 }\n"
ONE = '{"kind": "normal form", "name": "g", "actions": {"a": ["x"]}, "payoffs": {"x": [%s]}}'
TWELVE = {f"p{i}": list(range(1, 11)) for i in range(12)}
SPECS: dict[str, tuple[str, str, str]] = {
    "an unknown field": ("toml", GAME.replace("[actions]", "[acitons]") + CELLS, 'did you mean "actions"'),
    "a missing field": ("toml", GAME, "payoffs"),
    "a player named twice in TOML": ("toml", GAME + 'ann = ["z"]\n' + CELLS, "ann"),
    "a player named twice in JSON": ("json", '{"kind": "normal form", "actions": {"a": ["x"], "a": ["y"]}}', '"a"'),
    "a type without a utility": ("toml", CHOICE + TABLE + '[players]\nann = ["low", "high"]\n', "high"),
    "a utility without an outcome": (
        "toml", CHOICE + "[utility.ann]\nlow = { left = 1 }\n" + '[players]\nann = ["low"]\n', "right",
    ),
    "probabilities that do not sum to 1": (
        "toml", CHOICE + TABLE + 'high = { left = 0, right = 1 }\n[players]\nann = ["low", "high"]\n'
        + '[prior.ann]\nlow = "1/2"\nhigh = "1/3"\n', "5/6",
    ),
    "payoffs of the wrong shape": ("toml", GAME + CELLS.replace("[3, 3]", "[3, 3, 3]"), "3"),
    "a missing cell": ("toml", GAME + CELLS.replace('"y, y" = [1, 1]\n', ""), "y, y"),
    "NaN in TOML": ("toml", GAME + CELLS.replace("[1, 1]", "[nan, 1]"), "(?i)nan"),
    "infinity in TOML": ("toml", GAME + CELLS.replace("[1, 1]", "[-inf, 1]"), "inf"),
    "NaN in JSON": ("json", ONE % "NaN", "(?i)nan"),
    "100,000 nested brackets in JSON": ("json", "[" * 100_000, "bracket|nest|deep"),
    "100,000 nested brackets in TOML": ("toml", "x = " + "[" * 100_000, "bracket|nest|deep"),
    "100,000 nested brackets in an expression": ("toml", GAME + f'payoffs = "{"(" * 100_000}"\n', "."),
    "the text 1e999999999": ("toml", GAME + CELLS.replace("[1, 1]", '["1e999999999", 1]'), "1e999999999"),
    "the number 1e999999999 in TOML": ("toml", GAME + CELLS.replace("[1, 1]", "[1e999999999, 1]"), "."),
    "the number 1e999999999 in JSON": ("json", ONE % "1e999999999", "1e999999999"),
    "a power that never ends": (
        "toml", GAME.replace("[actions]", "payoffs = '9**9**9**9'\n[actions]"), ".",
    ),
    "code in an expression": (
        "toml", GAME.replace("[actions]", "payoffs = '__import__(\"os\").system(\"true\")'\n[actions]"), ".",
    ),
    "an attribute in an expression": (
        "toml", GAME.replace("[actions]", "payoffs = 'action.__class__'\n[actions]"), ".",
    ),
    "an unknown property": (
        "toml", GAME + CELLS + '[goal]\nrequire = ["strategyprof"]\n', 'did you mean "strategyproof"',
    ),
    "an unknown objective": ("toml", GAME + CELLS + '[goal]\nmaximize = "welfrae"\n', 'did you mean "welfare"'),
    "an unknown kind": ("toml", GAME.replace("normal form", "normal from") + CELLS, 'did you mean "normal form"'),
    "a game of 10^12 profiles": (
        "json",
        json.dumps({"kind": "normal form", "name": "g", "actions": TWELVE, "payoffs": "1"}),
        "1,000,000,000,000",
    ),
    "an environment of 10^12 profiles": (
        "json", json.dumps({
            "kind": "allocation", "name": "g", "values": TWELVE,
            "goal": {"require": ["strategyproof"]}, "rule": "second_price",
        }), "1,000,000,000,000",
    ),
    "an empty file": ("toml", "", "."),
    "no text at all": ("json", "\x00", "."),
    "a file of another kind": ("yaml", "a: 1", r"\.toml|\.json"),
}  # fmt: skip


def spec_of(name: str, folder: Path) -> Path:
    ending, text, _ = SPECS[name]
    path = folder / f"spec.{ending}"
    path.write_text(text, encoding="utf-8")
    return path


def read_and_use(path: Path) -> None:
    found = rw.scenario(path)
    if isinstance(found.game, rw.Environment):
        rw.verify(mechanisms.vcg, found.game, rw.strategyproof)


@pytest.mark.parametrize("name", SPECS)
def test_a_bad_spec_is_one_sentence_within_a_second(name: str, tmp_path: Path) -> None:
    """Unknown field, player named twice, type without a utility, NaN, nested brackets, 1e999999999, 10^12 profiles."""
    path = spec_of(name, tmp_path)
    start = time.perf_counter()
    with pytest.raises(rw.BadInput) as caught:
        read_and_use(path)
    assert time.perf_counter() - start < 1
    assert one_sentence(str(caught.value).replace(str(tmp_path), "")), str(caught.value)[:600]
    assert re.search(SPECS[name][2], str(caught.value)), str(caught.value)


def test_the_command_gives_bad_specs_exit_code_2_and_one_sentence(tmp_path: Path) -> None:
    """The bad specs that people write most, and the worst, through the command."""
    commands = []
    for k, name in enumerate(list(SPECS)[::3]):
        folder = tmp_path / str(k)
        folder.mkdir()
        path = spec_of(name, folder)
        kind = "verify" if "environment" in name or "type" in name or "prob" in name else "solve"
        commands.append((name, [str(COMMAND), kind, str(path)]))
    wrong = []
    for some in fours(commands):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started = [(name, subprocess.Popen(command, text=True, **pipes)) for name, command in some]  # type: ignore[call-overload]
        for name, process in started:
            out, err = process.communicate(timeout=60)
            if process.returncode != 2 or not one_sentence(err.replace(str(tmp_path), "")) or out:
                wrong.append((name, process.returncode, out[-200:], err[-300:]))
    assert not wrong, "\n".join(map(str, wrong))


def fours(things: list[Any]) -> list[list[Any]]:
    return [things[k : k + 4] for k in range(0, len(things), 4)]


# -- item 7: the command line ------------------------------------------------------------------------------------------

VERIFY = ["verify", "resource_allocation", "--rule"]
EXITS: dict[str, tuple[list[str], int, str]] = {
    "solve": (["solve", "prisoners_dilemma"], 0, "defect"),
    "search a game": (["search", "prisoners_dilemma"], 0, "fine"),
    "search a cake": (["search", "cake_cutting"], 0, "cutter chooses last"),
    "search an allocation": (["search", "resource_allocation"], 0, "25/8"),
    "verify proved": ([*VERIFY, "second_price", "--property", "strategyproof"], 0, "proved"),
    "verify refuted": ([*VERIFY, "first_price", "--property", "strategyproof"], 1, "refuted"),
    "show": (["show", "cake_cutting"], 0, "cake"),
    "estimate": (["estimate", "resource_allocation"], 0, "16"),
    "an unknown concept": (["solve", "prisoners_dilemma", "--concept", "nsah"], 2, 'did you mean "nash"'),
    "an unknown property": ([*VERIFY, "vcg", "--property", "strategyprof"], 2, 'did you mean "strategyproof"'),
    "an unknown rule": (["verify", "resource_allocation", "--rule", "second_prize"], 2, 'did you mean "second_price"'),
    "an unknown file": (["solve", "nowhere.toml"], 2, "nowhere.toml"),
    "an unknown command": (["slove", "prisoners_dilemma"], 2, "solve"),
    "an unknown option": (["solve", "prisoners_dilemma", "--jsno"], 2, "--jsno"),
    "no spec": (["solve"], 2, "SPEC"),
    "a time that is none": (["search", "resource_allocation", "--time", "soon"], 2, "soon"),
    "help": (["--help"], 0, "examples:"),
    "help of solve": (["solve", "--help"], 0, "rulewright solve prisoners_dilemma"),
    "help of verify": (["verify", "--help"], 0, "rulewright verify"),
    "help of search": (["search", "--help"], 0, "rulewright search"),
    "help of show": (["show", "--help"], 0, "rulewright show"),
    "help of estimate": (["estimate", "--help"], 0, "rulewright estimate"),
    "version": (["--version"], 0, r"\d+\.\d+"),
}  # fmt: skip


@pytest.mark.parametrize("name", EXITS)
def test_the_command_answers_with_its_exit_code(name: str) -> None:
    """0 proved or found, 1 refuted or infeasible, 2 usage or bad input; --help teaches by example."""
    arguments, code, words = EXITS[name]
    done = run(*arguments)
    assert done.returncode == code, (done.stdout[-300:], done.stderr[-300:])
    assert "Traceback" not in done.stderr
    assert re.search(words, done.stderr if code == 2 else done.stdout)
    if code == 2:
        assert one_sentence(done.stderr), "bad input is one sentence"


INFEASIBLE = """kind = "allocation"
name = "no money"
values = { ann = [1, 2], bob = [1, 2] }
goal = { require = ["efficient", "strategyproof"] }
"""
SLOW = """kind = "cake"
name = "three"
values = { ann = [[1, 1, 1]], bob = [[90, 5, 5]], cem = [[95, 3, 2]] }
goal = { require = ["proportional"] }
family = "who_cuts_who_chooses"
"""


def test_an_infeasible_search_is_exit_code_1_and_out_of_time_is_3(tmp_path: Path) -> None:
    infeasible, slow = tmp_path / "infeasible.toml", tmp_path / "slow.toml"
    infeasible.write_text(INFEASIBLE)
    slow.write_text(SLOW)
    done = run("search", infeasible)
    assert done.returncode == 1 and "strategyproof" in done.stdout
    done = run("search", slow, "--time", "0.01")
    assert done.returncode == 3, (done.stdout[-300:], done.stderr[-300:])


def test_progress_is_shown_on_what_takes_more_than_two_seconds(tmp_path: Path) -> None:
    """On the error stream, so that the answer stays clean; a fast command shows none."""
    slow = tmp_path / "slow.toml"
    slow.write_text(SLOW)
    start = time.perf_counter()
    done = run("search", slow)
    if time.perf_counter() - start > 3.5:
        assert done.stderr.strip() and "Traceback" not in done.stderr
    assert done.returncode in (0, 1)
    assert run("solve", "prisoners_dilemma").stderr == ""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["solve", "prisoners_dilemma"], 0),
        (["verify", "resource_allocation", "--rule", "first_price", "--property", "strategyproof"], 1),
        (["search", "resource_allocation"], 0),
        (["show", "cake_cutting"], 0),
        (["estimate", "resource_allocation"], 0),
    ],
    ids=lambda x: x[0] if isinstance(x, list) else None,
)
def test_json_is_one_object_and_nothing_else(arguments: list[str], code: int) -> None:
    done = run(*arguments, "--json")
    data = json.loads(done.stdout, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert isinstance(data, dict) and done.returncode == code and done.stderr == ""


def test_bad_input_under_json_is_still_exit_code_2() -> None:
    done = run("solve", "prisoners_dilemma", "--concept", "nsah", "--json")
    assert done.returncode == 2 and "nash" in done.stderr + done.stdout and "Traceback" not in done.stderr


def test_a_certificate_written_by_the_command_is_accepted_by_the_other_command(tmp_path: Path) -> None:
    path = tmp_path / "certificate.json"
    done = run("search", "resource_allocation", "--certificate", path)
    assert done.returncode == 0
    checked = subprocess.run(
        [sys.executable, "-m", "rulewright.certificates", str(path)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0 and checked.stdout.startswith("accepted")


# -- shows -------------------------------------------------------------------------------------------------------------


def test_import_takes_less_than_a_second_and_leaves_the_heavy_packages_alone() -> None:
    """``import rulewright`` under 1 s of CPU, and without cvxpy, pyspiel or nashpy."""
    script = (
        "import sys, time; start = time.process_time(); import rulewright; rulewright.search, rulewright.views; "
        "spent = time.process_time() - start; "
        "heavy = {'cvxpy', 'pyspiel', 'nashpy', 'z3', 'numba', 'matplotlib', 'clarabel'} & set(sys.modules); "
        "print(spent, *heavy)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    spent, *heavy = done.stdout.split()
    assert float(spent) < 1 and not heavy


def test_what_jupyter_shows_is_self_contained() -> None:
    """_repr_html_: no script from elsewhere, no link, no address: it survives export and works offline."""
    dilemma, cake = games.prisoners_dilemma(), rw.scenario("cake_cutting")
    solution = rw.solve(dilemma)
    verdict = rw.verify(mechanisms.first_price, item(), rw.strategyproof)
    design = rw.search(cake.game, cake.goal, family=cake.family)
    for thing in (dilemma, solution, solution[0], cake.game, verdict, verdict.counterexample, design, item()):
        page = thing._repr_html_()
        assert page.strip().startswith("<")
        assert not re.search(r"(?:src|href)\s*=|@import|url\(|https?://(?!www\.w3\.org)", page)
    assert "ann" in verdict._repr_html_() and "gains" in verdict.counterexample._repr_html_()


def test_names_from_a_user_cannot_break_a_page() -> None:
    """A label is text: angle brackets in it are shown and not run."""
    evil = "<script>alert(1)</script>"
    game = rw.NormalForm(evil, {evil: (evil, "y"), "bob": ("x", "y")}, DILEMMA)
    for thing in (game, rw.solve(game)):
        assert "<script>" not in thing._repr_html_()


def test_a_benchmark_prints_the_import_time() -> None:
    """A benchmark file prints what ``import rulewright`` costs."""
    folder = Path(rw.__file__).parent / "benchmarks"
    if not folder.is_dir():
        pytest.skip("the benchmarks are in the repository, not in the wheel")
    files = [path for path in folder.glob("*.py") if "import" in path.name]
    assert files
    done = subprocess.run(
        [sys.executable, str(files[0])], capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ)
    )
    assert done.returncode == 0 and re.search(r"\d", done.stdout)
