"""What a search must be right about when it uses structure: the closed form, players alike, neighbouring lies."""

from __future__ import annotations

import copy
import itertools
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright.games.units import units
from rulewright.mechanisms.cases import drawn, players
from rulewright.mechanisms.goals import objective
from rulewright.mechanisms.measures import worth
from rulewright.solvers.searching import direct
from rulewright.solvers.searching.programs import orbits as orbits_module
from rulewright.solvers.searching.programs.objectives import parts_of
from rulewright.solvers.searching.programs.orbits import orbits_of
from rulewright.solvers.searching.programs.program import statements_of
from rulewright.solvers.searching.programs.rounding import whole

HONEST = [
    (rw.strategyproof, rw.individually_rational),
    (rw.bayesian_incentive_compatible, rw.interim_individually_rational),
    (rw.strategyproof, rw.interim_individually_rational),
    (rw.bayesian_incentive_compatible, rw.individually_rational),
]


@st.composite
def sales(draw: Any) -> rw.Environment:
    """One item, one to three bidders with values in any order, and chances of their own."""
    n = draw(st.integers(1, 3))
    alike = draw(st.booleans())
    types: dict[str, tuple[int, ...]] = {}
    prior: dict[str, dict[int, Fraction]] = {}
    for i in range(n):
        if alike and i:
            types[f"p{i}"], prior[f"p{i}"] = types["p0"], prior["p0"]
            continue
        values = draw(st.lists(st.integers(-2, 9), min_size=1, max_size=3 if n == 3 else 4, unique=True))
        chances = draw(st.lists(st.integers(1, 7), min_size=len(values), max_size=len(values)))
        types[f"p{i}"] = tuple(values)
        prior[f"p{i}"] = {v: Fraction(c, sum(chances)) for v, c in zip(values, chances, strict=True)}
    return rw.games.allocation(types, transfers=(None, None), prior=prior)


@settings(max_examples=60, deadline=None)
@given(sales(), st.sampled_from(HONEST), st.sampled_from([rw.revenue, rw.welfare]))
def test_with_and_without_structure_the_optimum_is_the_same(env: rw.Environment, asked: Any, wanted: Any) -> None:
    goal = rw.Goal(asked, wanted)
    design, plain = rw.search(env, goal), rw.search(env, goal, structure=False)
    assert (design.status, plain.status) == ("optimal", "optimal")
    assert design.value == plain.value
    assert design.check() and plain.check()


def myerson(values: dict[str, dict[int, Fraction]]) -> Fraction:
    """The optimal revenue by its definition: the highest ironed virtual value, where it is positive."""

    def ironed(chances: dict[int, Fraction]) -> dict[int, Fraction]:
        types = sorted(chances)
        above = [sum((chances[t] for t in types[k:]), Fraction(0)) for k in range(len(types) + 1)]
        curve = [(above[k], above[k] * types[k]) for k in range(len(types))] + [(Fraction(0), Fraction(0))]

        def hull(q: Fraction) -> Fraction:
            best = max(y for x, y in curve if x == q) if any(x == q for x, _ in curve) else Fraction(-(10**9))
            for (a, u), (b, v) in itertools.combinations(curve, 2):
                low, high = min(a, b), max(a, b)
                if low <= q <= high and low < high:
                    best = max(best, u + (v - u) * (q - a) / (b - a))
            return best

        return {t: (hull(above[k]) - hull(above[k + 1])) / chances[t] for k, t in enumerate(types)}

    virtual = [ironed(chances) for chances in values.values()]
    total = Fraction(0)
    for profile in itertools.product(*(chances.items() for chances in values.values())):
        chance = Fraction(1)
        for _, c in profile:
            chance *= c
        total += chance * max(Fraction(0), *(v[t] for v, (t, _) in zip(virtual, profile, strict=True)))
    return total


@settings(max_examples=40, deadline=None)
@given(sales())
def test_the_best_revenue_is_that_of_ironed_virtual_values(env: rw.Environment) -> None:
    prior: Any = {p: dict(each) for p, each in (env.prior or {}).items()}
    if min(t for each in prior.values() for t in each) < 0:
        return  # the textbook's values are not negative
    assert rw.search(env, rw.Goal(HONEST[0], rw.revenue)).value == myerson(prior)


def test_a_regular_auction_has_a_closed_form_with_rents() -> None:
    env = rw.games.allocation({p: tuple(range(1, 7)) for p in ("ann", "bob")}, transfers=(None, None))
    design = rw.search(env, rw.Goal(HONEST[0], rw.revenue))
    assert design.method.startswith("virtual values")
    assert design.rule.result(env, {"ann": 6, "bob": 4})[1]["ann"] < 6
    without = rw.search(env, rw.Goal(HONEST[0], rw.revenue), deterministic=True)
    assert without.value == design.value and "deterministic" in without.searched


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=9, max_size=9))
def test_what_others_types_say_of_ones_own_is_not_forgotten(weights: list[int]) -> None:
    """Correlated types: lies to neighbours are not all the lies of a Bayesian."""
    profiles = list(itertools.product((1, 2, 4), repeat=2))
    prior = {rw.Profile(ann=a, bob=b): Fraction(w, sum(weights)) for (a, b), w in zip(profiles, weights, strict=True)}
    env = rw.games.allocation({"ann": (1, 2, 4), "bob": (1, 2, 4)}, transfers=(-6, 6), prior=prior)
    goal = rw.Goal((rw.bayesian_incentive_compatible, rw.interim_individually_rational), rw.revenue)
    design, plain = rw.search(env, goal), rw.search(env, goal, structure=False)
    assert (design.status, design.value) == (plain.status, plain.value)


def test_an_irregular_prior_is_ironed_in_closed_form() -> None:
    prior = {p: {1: Fraction(1, 2), 2: Fraction(1, 20), 5: Fraction(9, 20)} for p in ("ann", "bob")}
    env = rw.games.allocation({p: tuple(each) for p, each in prior.items()}, transfers=(None, None), prior=prior)
    design = rw.search(env, rw.Goal(HONEST[0], rw.revenue))
    assert design.method.startswith("virtual values") and design.check()
    assert design.value == myerson(prior)  # type: ignore[arg-type]


def test_the_closed_form_is_left_where_the_goal_asks_for_more() -> None:
    env = rw.games.allocation({"ann": (1, 2, 3), "bob": (1, 2, 3)}, transfers=(None, None))
    more = rw.Goal((*HONEST[0], rw.envy_free, rw.budget_balanced), rw.revenue)
    design = rw.search(env, more)
    assert design.value == 0 and not design.method.startswith("virtual values")


# -- players alike -----------------------------------------------------------------------------------------------------


@objective
def favours_ann(rule: Any, env: rw.Environment) -> list[Any]:
    """What ann expects, twice, and what the others expect."""
    honest = drawn(env)
    each = [rule.expect(worth(env, p, honest.reports[p]), env, honest) for p in env.players]
    return [2 * each[0] + sum(each[1:], start=0 * each[0])]


@rw.for_all(players, "ann first")
def ann_is_not_behind(rule: Any, env: rw.Environment, case: Any) -> Any:
    """Ann never ends up with less than 0."""
    return rule.expect(worth(env, "ann", case.types["ann"]), env, case.reports), 0


def three(**more: Any) -> rw.Environment:
    return rw.games.allocation(dict.fromkeys(("ann", "bob", "cem"), (1, 2, 4)), transfers=(-4, 4), **more)


def classes(env: rw.Environment, asked: Any, wanted: Any) -> list[list[str]]:
    goal = rw.Goal(asked, wanted)
    found = orbits_of(env, statements_of(env, goal), [] if wanted is None else parts_of(wanted, env))
    return [] if found is None else [list(each) for each in found.alike]


def test_who_is_alike_is_found_and_who_is_singled_out_is_not() -> None:
    env = three()
    assert classes(env, HONEST[0], rw.revenue) == [["ann", "bob", "cem"]]
    assert classes(env, (rw.envy_free,), rw.egalitarian) == [["ann", "bob", "cem"]]
    assert classes(env, HONEST[0], favours_ann) == [["bob", "cem"]]
    assert classes(env, (ann_is_not_behind,), rw.welfare) == [["bob", "cem"]]
    lop = {p: {1: Fraction(1, 3), 2: Fraction(1, 3), 4: Fraction(1, 3)} for p in ("ann", "bob")}
    lop["cem"] = {1: Fraction(1, 2), 2: Fraction(1, 4), 4: Fraction(1, 4)}
    assert classes(three(prior=lop), HONEST[0], rw.revenue) == [["ann", "bob"]]
    types = {"ann": (1, 2), "bob": (1, 2), "cem": (1, 3)}
    assert classes(rw.games.allocation(types), HONEST[0], rw.revenue) == [["ann", "bob"]]
    assert classes(rw.games.allocation({"ann": (1, 2), "bob": (2, 1)}), HONEST[0], rw.revenue) == []


@pytest.mark.parametrize(
    "asked",
    [
        (rw.strategyproof, rw.individually_rational, rw.no_deficit),
        (rw.bayesian_incentive_compatible, rw.interim_individually_rational, rw.budget_balanced),
        (rw.envy_free, rw.budget_balanced),
        (rw.strategyproof, ann_is_not_behind, rw.budget_balanced),
    ],
    ids=lambda each: " ".join(p.name for p in each),
)
@pytest.mark.parametrize("wanted", [rw.welfare, rw.egalitarian, favours_ann, rw.revenue], ids=lambda each: each.name)
def test_treating_players_alike_loses_nothing(asked: Any, wanted: Any) -> None:
    env = rw.games.allocation(dict.fromkeys(("ann", "bob", "cem"), (1, 3)), transfers=(-3, 3))
    goal = rw.Goal(asked, wanted)
    design, plain = rw.search(env, goal), rw.search(env, goal, structure=False)
    assert (design.status, design.value) == (plain.status, plain.value) == ("optimal", plain.value)
    assert design.check()


def test_an_exchange_of_shares_that_knows_names_is_noticed() -> None:
    def swap(outcome: str, one: str, other: str) -> str:
        return {one: other, other: one}.get(outcome, outcome) if {one, other} == {"ann", "bob"} else outcome

    space = rw.games.Finite(("ann", "bob", "cem"), swap=swap)
    env = rw.Environment(
        "names",
        dict.fromkeys(("ann", "bob", "cem"), (1, 2)),
        space,
        lambda p, x, t: t if p == x else 0,
        transfers=(-2, 2),
    )
    assert classes(env, (rw.envy_free,), rw.welfare) == [["ann", "bob"]]
    assert classes(env, HONEST[0], rw.welfare) == [["ann", "bob", "cem"]]


def test_a_wrong_exchange_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: players who differ, treated alike, lose some of the optimum."""
    env = three()
    goal = rw.Goal(HONEST[0], favours_ann)
    right = rw.search(env, goal).value
    monkeypatch.setattr(orbits_module, "key_of_expression", lambda *_: None)
    monkeypatch.setattr(direct, "_closed_form", lambda *_: None)
    wrong = rw.search(env, goal)
    assert wrong.value is None or wrong.value < right or not wrong.check()


# -- sizes, units, budgets ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("top", [2, 3])
def test_twenty_players_with_few_types(top: int) -> None:
    env = units({f"p{k}": tuple(range(1, top + 1)) for k in range(20)}, 1)
    design = rw.search(env, rw.Goal(HONEST[0], rw.revenue))
    assert design.status == "optimal"
    assert all(v.status == "proved" for v in design.verdicts)
    virtual = [2 * t - top for t in range(1, top + 1)]  # of uniform values: t - (top - t)
    below = [Fraction(t, top) ** 20 for t in range(top + 1)]
    assert design.value == sum(max(v, 0) * (below[t + 1] - below[t]) for t, v in enumerate(virtual))


@pytest.mark.parametrize("unit", [Fraction(1, 10**9), 10**9, 10**30])
def test_units_change_nothing(unit: Any) -> None:
    def sale(u: Any) -> rw.Environment:
        return rw.games.allocation(dict.fromkeys(("ann", "bob"), (u, 2 * u, 5 * u)), transfers=(-5 * u, 5 * u))

    for goal in (rw.Goal(HONEST[0], rw.revenue), rw.Goal((rw.strategyproof, rw.budget_balanced), rw.welfare)):
        one, other = rw.search(sale(1), goal), rw.search(sale(unit), goal)
        assert (one.status, other.status) == ("optimal", "optimal")
        assert one.value * unit == other.value


def test_when_time_runs_out_a_simple_rule_is_proposed() -> None:
    types = {p: tuple(range(1, 9)) for p in ("ann", "bob", "cem")}
    env = rw.games.allocation(types, transfers=(-8, 8))
    design = rw.search(env, rw.Goal((rw.strategyproof, rw.budget_balanced), rw.egalitarian), time=0.01)
    assert design.status in ("feasible", "optimal")
    assert all(v.status == "proved" for v in design.verdicts)


def test_progress_is_told_and_can_end_the_search() -> None:
    class Enough(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise Enough

    types = {p: tuple(range(1, 8)) for p in ("ann", "bob", "cem")}
    env = rw.games.allocation(types, transfers=(-8, 8))
    with pytest.raises(Enough):
        rw.search(env, rw.Goal((rw.strategyproof, rw.budget_balanced), rw.egalitarian), progress=stop)


# -- certificates ------------------------------------------------------------------------------------------------------


def mutations(certificate: dict[str, Any]) -> list[Any]:
    """Twenty ways to make a certificate of an optimum claim something else."""

    def changed(change: Any) -> Any:
        copied = copy.deepcopy(certificate)
        change(copied)
        return copied

    def at(path: list[Any], value: Any) -> Any:
        def change(data: Any) -> None:
            for key in path[:-1]:
                data = data[key]
            data[path[-1]] = value

        return changed(change)

    multipliers = certificate["multipliers"]
    return [
        at(["value"], "100"),
        at(["value"], "0"),
        at(["weights"], ["2"]),
        at(["rule", "payments", 3, 0], "-1"),
        at(["rule", "payments", 3, 1], "9"),
        at(["rule", "points", 3], [[0, "1/2"]]),
        at(["rule", "points", 0], [[0, "-1"]]),
        at(["rule", "points", 3], [[1, "1"], [0, "1"]]),
        at(["environment", "prior"], ["1", "0", "0", "0"]),
        at(["environment", "transfers"], ["0", "1/2"]),
        at(["multipliers"], multipliers[1:]),
        at(["multipliers"], multipliers[:-1]),
        at(["multipliers"], []),
        at(["multipliers", 0, 2], "-1"),
        at(["multipliers", 0, 2], "7"),
        at(["multipliers", -1, 0], (multipliers[-1][0] + 1) % 4),
        changed(lambda d: d["multipliers"].append(d["multipliers"][0])),
        changed(lambda d: d["statements"].pop()),
        changed(lambda d: d["environment"]["measures"].update({"utility of ann": [["5", "0", "0"], ["5", "0", "0"]]})),
        at(["objective", 0, "constant"], "1"),
    ]


@pytest.mark.parametrize("structure", [True, False])
def test_twenty_mutations_of_a_certificate_are_refused(structure: bool) -> None:
    env = rw.games.allocation({"ann": (1, 3), "bob": (1, 3)}, transfers=(-9, 9))
    design = rw.search(env, rw.Goal(HONEST[0], rw.revenue), structure=structure)
    certificate: Any = design.certificate
    assert rw.check(certificate)
    changed = mutations(certificate)
    assert len(changed) == 20
    for number, each in enumerate(changed):
        try:
            accepted = rw.check(each)
        except ValueError:
            accepted = False
        assert not accepted, f"mutation {number} is accepted"


def test_a_point_outside_a_row_is_no_optimum() -> None:
    import numpy as np

    from rulewright.solvers.searching.programs.linear import Program
    from rulewright.solvers.searching.programs.rounding import rounded

    one = np.array([1], dtype=np.int64)
    program = Program(np.array([0, 1]), np.array([0]), one, [None], [1], [0], [None], np.array([0], dtype=object))
    assert rounded(program, np.array([1.0]), np.array([0.0])) is not None
    assert rounded(program, np.array([2.0]), np.array([0.0])) is None
    assert rounded(program, np.array([-1.0]), np.array([0.0])) is None


def test_floats_are_read_as_rationals_of_one_denominator() -> None:
    import numpy as np

    found = whole(np.array([0.25, 1 / 3 + 1e-12, 5.0]))
    assert found is not None
    numbers, scale = found
    assert [Fraction(int(x), scale) for x in numbers] == [Fraction(1, 4), Fraction(1, 3), 5]
    assert whole(np.array([float("nan")])) is None


# -- the door ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda env: rw.search(env, rw.Goal((), rw.revenue)), "as large as one likes"),
        (lambda env: rw.search(env, rw.Goal((rw.pareto_efficient,), rw.welfare)), "no inequality of expectations"),
        (lambda env: rw.search(env, rw.Goal(()), deterministic=True, method="sta"), 'did you mean "sat"'),
        (lambda env: rw.search(env, rw.Goal(()), method="mip"), "deterministic=True alone"),
        (lambda env: rw.search(env, rw.Goal(()), time=-1), "time is -1"),
        (lambda env: rw.search(env, rw.Goal(()), family=[rw.mechanisms.vcg], method="mip"), "leave them out"),
        (lambda env: rw.search(rw.games.buyer(2), rw.Goal((), rw.revenue), deterministic=True), "leave them out"),
        (lambda env: rw.search(rw.Crowd("c", 3, (1, 2)), rw.Goal(()), family=[rw.mechanisms.vcg]), "leave family"),
    ],
)
def test_bad_questions_get_one_sentence(ask: Any, words: str) -> None:
    env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=(None, None))
    with pytest.raises(rw.BadInput, match=words):
        ask(env)


def test_a_type_without_mass_is_refused_where_it_must_have_a_belief() -> None:
    prior = {"ann": {1: 1, 2: 0}, "bob": {1: Fraction(1, 2), 2: Fraction(1, 2)}}
    env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=(-2, 2), prior=prior)
    with pytest.raises(rw.BadInput, match="probability 0"):
        rw.search(env, rw.Goal((rw.bayesian_incentive_compatible,), rw.welfare))


def test_too_large_a_program_is_refused_before_it_is_made() -> None:
    types = {f"p{k}": tuple((k, j) for j in range(12)) for k in range(6)}
    env = rw.Environment("large", types, ("x", "y"), lambda p, x, t: t[1] ** 2 if x == "x" else t[1])
    with pytest.raises(rw.GameTooLarge, match="declare fewer"):
        rw.search(env, rw.Goal((rw.strategyproof,), rw.egalitarian))


def test_interdependent_values_have_a_design_without_a_certificate() -> None:
    def worth_of(player: str, outcome: str, types: Any) -> int:
        return int(types["ann"] + types["bob"]) if outcome == player else 0

    env = rw.Environment(
        "common value", {"ann": (1, 2), "bob": (1, 3)}, ("ann", "bob"), worth_of, transfers=(-9, 9), interdependent=True
    )
    goal = rw.Goal((rw.ex_post_incentive_compatible, rw.individually_rational), rw.revenue)
    design = rw.search(env, goal)
    assert design.status == "optimal" and design.certificate is None and not design.check()
    assert float(design.value) == pytest.approx(_by_linprog(env))


def _by_linprog(env: rw.Environment) -> float:
    """The same from the definitions: at each profile the chance of ann, and what each pays."""
    import numpy as np
    from scipy.optimize import linprog

    places = {profile: 3 * k for k, profile in enumerate(itertools.product(*env.types.values()))}
    upper, right = [], []
    for profile, i in itertools.product(places, range(2)):
        total, at = sum(profile), places[profile]  # the item is worth the same to both
        honest = np.zeros(12)
        honest[at], honest[at + 1 + i] = (total if i == 0 else -total), -1
        constant = 0 if i == 0 else total
        upper.append(-honest)
        right.append(constant)
        for lie in env.types[env.players[i]]:
            other = places[(lie, profile[1]) if i == 0 else (profile[0], lie)]
            lying = np.zeros(12)
            lying[other], lying[other + 1 + i] = (total if i == 0 else -total), -1
            upper.append(lying - honest)
            right.append(0)
    cost = np.tile([0, -1 / 4, -1 / 4], 4)
    return float(-linprog(cost, np.array(upper), right, bounds=[(0, 1), (-9, 9), (-9, 9)] * 4).fun)


def test_rounding_decides_an_auction_without_a_basis(monkeypatch: pytest.MonkeyPatch) -> None:
    from rulewright.solvers.searching.programs import linear

    monkeypatch.setattr(direct, "_closed_form", lambda *_: None)
    monkeypatch.setattr(linear, "exact_solution", lambda *_: None)
    env = rw.games.allocation({p: tuple(range(1, 7)) for p in ("ann", "bob", "cem")}, transfers=(None, None))
    design = rw.search(env, rw.Goal(HONEST[0], rw.revenue))
    assert design.status == "optimal" and design.check()
