"""Deterministic rules by satisfiability: the impossibility theorems, their proofs, and rules counted one by one."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright import games, mechanisms
from rulewright.certificates import CertificateError, explain
from rulewright.games import aggregation, committees, irresolute, voting
from rulewright.mechanisms import (
    anonymous,
    fishburn_strategyproof,
    neutral,
    non_dictatorial,
    onto,
    pareto_optimal,
    party_proportional,
    subset_strategyproof,
    unanimous,
)
from rulewright.mechanisms.properties.choice import weakly_better
from rulewright.mechanisms.properties.welfare_functions import independent_of_irrelevant_alternatives, weak_pareto
from rulewright.solvers.searching.choice.clauses import ground, staircase
from rulewright.solvers.searching.choice.sat import Clock, refutation
from rulewright.solvers.searching.choice.search_choice import enumerate_rules, holds, search_choice
from rulewright.solvers.searching.choice.trimming import trimmed

Json = Any
TWO, THREE = ("ann", "bob"), ("ann", "bob", "cem")
ABC = ("a", "b", "c")


def goal(*properties: Any) -> rw.Goal:
    return rw.Goal(properties)


def names(*properties: Any) -> tuple[str, ...]:
    return tuple(p.name for p in properties)


# -- the theorems ------------------------------------------------------------------------------------------------------

THEOREMS: dict[str, tuple[Callable[[], rw.Environment], tuple[Any, ...]]] = {
    "Gibbard 1973; Satterthwaite 1975": (lambda: voting(TWO, ABC), (rw.strategyproof, onto, non_dictatorial)),
    "Arrow 1951, two voters": (
        lambda: aggregation(TWO, ABC),
        (weak_pareto, independent_of_irrelevant_alternatives, non_dictatorial),
    ),
    "Brandt, Saile and Stricker 2018": (
        lambda: irresolute(THREE, ABC, ties=True),
        (fishburn_strategyproof, pareto_optimal, anonymous),
    ),
    "Peters 2018": (lambda: committees(THREE, tuple("abcd"), 3), (subset_strategyproof, party_proportional)),
}


@cache
def theorem(name: str) -> Any:
    make, properties = THEOREMS[name]
    return search_choice(make(), goal(*properties))


@pytest.mark.parametrize("name", THEOREMS)
def test_impossibility_theorems(name: str) -> None:
    """No rule meets the requirements, each of them is needed, and the proof is accepted by the checker."""
    design, (_, properties) = theorem(name), THEOREMS[name]
    assert design.status == "infeasible" and not design
    assert design.conflicts == (names(*properties),)
    assert design.give_up == tuple((p.name,) for p in properties)
    data = json.loads(json.dumps(design.certificate))
    assert data == design.certificate and rw.check(data)
    assert {p.name for p in properties} <= {each["name"] for each in (*data["statements"], *data["requirements"])}
    assert 0 < len(design.core) < design.environment.n_profiles and design.core[0] in set(design.environment.profiles())
    assert "whatever is chosen breaks one of them" in design.why


@pytest.mark.parametrize("name", THEOREMS)
def test_without_one_requirement_there_is_a_rule(name: str) -> None:
    """Negative control: any one requirement less, and a rule is found that the definitions confirm."""
    make, properties = THEOREMS[name]
    env = make()
    left = properties[:-1] if env.n_profiles > 1000 else properties
    for k in range(len(left) if left is properties else 1):
        some = [p for p in properties if p is not left[k]] if left is properties else list(left)
        design = search_choice(env, goal(*some))
        assert design.status == "feasible" and all(v.status == "proved" for v in design.verdicts)
        assert all(len(env.space.point(design.rule(env, types))) == 1 for types in itertools.islice(env.profiles(), 20))


def test_the_only_strategyproof_rules_onto_three_are_the_dictatorships() -> None:
    """Gibbard (1973), Satterthwaite (1975)."""
    env = voting(TWO, ABC)
    found = enumerate_rules(env, goal(rw.strategyproof, onto))
    assert len(found) == 2 and found.complete and found.check()
    tables = {tuple(rule(env, types) for types in env.profiles()) for rule in found}
    assert tables == {tuple(types[i][0] for types in env.profiles()) for i in TWO}


@pytest.mark.parametrize("voters", [TWO, THREE])
def test_the_only_welfare_functions_of_arrow_are_the_dictators(voters: tuple[str, ...]) -> None:
    """Arrow (1951): with three alternatives as many social welfare functions as voters."""
    env = aggregation(voters, ABC)
    found = enumerate_rules(env, goal(weak_pareto, independent_of_irrelevant_alternatives))
    assert found.complete and found.check()
    tables = {tuple(rule(env, types) for types in env.profiles()) for rule in found}
    assert tables == {tuple(types[i] for types in env.profiles()) for i in voters} and len(found) == len(voters)


def test_strategyproof_rules_for_two_candidates_counted_by_hand() -> None:
    """Independent of clauses: all 16 (256) functions of two (three) votes, those that no voter can manipulate."""
    for voters in (TWO, THREE):
        env = voting(voters, ("a", "b"))
        profiles = list(env.profiles())
        count = 0
        for chosen in itertools.product("ab", repeat=len(profiles)):
            f = dict(zip(profiles, chosen, strict=True))
            lies = ((p, p | {i: t}, i) for p in profiles for i in voters for t in env.types[i])
            count += all(p[i].index(f[p]) <= p[i].index(f[q]) for p, q, i in lies)
        found = enumerate_rules(env, goal(rw.strategyproof), most=300)
        assert len(found) == count and found.complete and found.check()


def test_some_rules_are_not_all() -> None:
    found = enumerate_rules(voting(TWO, ("a", "b")), goal(), most=3)
    assert len(found) == 3 and not found.complete and not found.check() and found.certificate is None


@pytest.mark.parametrize(("voters", "candidates"), [(2, 2), (3, 2), (2, 3), (3, 3)])
def test_anonymous_neutral_rules_exist_as_moulin_says(voters: int, candidates: int) -> None:
    """Moulin (1983): one without ties exists iff m is no sum of divisors of n other than 1."""

    def sums(total: int) -> bool:
        parts = [d for d in range(2, voters + 1) if voters % d == 0]
        return total == 0 or any(d <= total and sums(total - d) for d in parts)

    design = search_choice(voting(THREE[:voters], ABC[:candidates]), goal(anonymous, neutral))
    assert design.status == ("infeasible" if sums(candidates) else "feasible")
    assert design.status == "feasible" or design.check()


def test_all_top_candidates_together_are_fishburn_strategyproof_without_ties() -> None:
    """The omninomination rule (Gärdenfors 1976), so that the theorem of Brandt, Saile and Stricker needs ties."""

    @rw.mechanism
    def omninomination(env: Any, reports: Any) -> Any:
        return tuple(sorted({ranking[0] for ranking in reports.values()}))

    env = irresolute(THREE, ABC)
    assert all(rw.verify(omninomination, env, fishburn_strategyproof, pareto_optimal, anonymous))
    design = search_choice(env, goal(fishburn_strategyproof, pareto_optimal, anonymous))
    assert design.status == "feasible"


# -- the core, by brute force ------------------------------------------------------------------------------------------


def test_the_core_clashes_and_no_profile_of_it_can_be_left_out() -> None:
    """Strategyproof, efficient and anonymous, two voters and three candidates: all choices at the core tried out."""
    env = voting(TWO, ABC)
    core = search_choice(env, goal(rw.strategyproof, rw.pareto_efficient, anonymous)).core
    pairs = [frozenset(p.values()) for p in core]  # anonymity: who has which does not matter

    def consistent(kept: list[frozenset[Any]], chosen: tuple[str, ...]) -> bool:
        f = dict(zip(kept, chosen, strict=True))
        for ballots, x in f.items():
            if any(all(b.index(y) < b.index(x) for b in ballots) for y in ABC):
                return False
            for own in ballots:
                (other,) = ballots - {own} or {own}
                for lie in env.types["ann"]:
                    reported = frozenset({lie, other})
                    if reported in f and own.index(f[reported]) < own.index(x):
                        return False
        return True

    def possible(kept: list[frozenset[Any]]) -> bool:
        return any(consistent(kept, chosen) for chosen in itertools.product(ABC, repeat=len(kept)))

    assert not possible(pairs)
    assert all(possible([p for p in pairs if p is not left]) for left in pairs[:3])


# -- clauses say what the properties say -------------------------------------------------------------------------------

ASKED = (
    *(rw.strategyproof, rw.pareto_efficient, anonymous, neutral, onto, non_dictatorial, unanimous, pareto_optimal),
    *(fishburn_strategyproof, mechanisms.monotone, mechanisms.condorcet_consistent, rw.efficient),
    mechanisms.nearly_strategyproof(1),
)


@pytest.mark.parametrize("property", ASKED, ids=lambda p: p.name)
def test_a_table_meets_the_clauses_iff_the_property_is_proved(property: Any) -> None:
    env = voting(TWO, ABC, [("a", "b", "c"), ("b", "c", "a"), ("c", "a", "b")])
    clauses = ground(env, property)
    rng = np.random.default_rng(0)
    tables = [rng.integers(0, 3, env.sizes) for _ in range(30)]
    tables += [np.zeros(env.sizes, dtype=int), *(np.indices(env.sizes)[i] for i in (0, 1))]
    tables += [np.where(rng.random(env.sizes) < 0.1, 0, np.indices(env.sizes)[0]) for _ in range(20)]
    tables.append(np.array([[0, 0, 2], [0, 1, 1], [2, 1, 2]]))
    said = set()
    for table in tables:
        proved = bool(rw.verify(mechanisms.tabulated(env, table), env, property))
        assert holds(clauses, table.reshape(-1)) is proved
        said.add(proved)
    assert said == {True, False} or property.name in {"efficient", "condorcet_consistent", "neutral"}


@pytest.mark.parametrize("property", [independent_of_irrelevant_alternatives, weak_pareto], ids=lambda p: p.name)
def test_a_welfare_function_meets_the_clauses_iff_the_property_is_proved(property: Any) -> None:
    env = aggregation(TWO, ABC, [("a", "b", "c"), ("b", "a", "c"), ("c", "b", "a")])
    rng = np.random.default_rng(0)
    for table in [np.indices(env.sizes)[0] * 0, *(rng.integers(0, 6, env.sizes) for _ in range(20))]:
        proved = bool(rw.verify(mechanisms.tabulated(env, table), env, property))
        assert holds(ground(env, property), table.reshape(-1)) is proved


def test_independence_from_its_definition() -> None:
    """Arrow (1951): any two profiles in which all order a pair alike, compared directly."""
    env = aggregation(TWO, ABC)
    profiles = list(env.profiles())

    def above(ranking: Any, pair: Any) -> bool:
        return bool(ranking.index(pair[0]) < ranking.index(pair[1]))

    def independent(f: dict[Any, Any]) -> bool:
        for pair in itertools.combinations(ABC, 2):
            seen: dict[Any, bool] = {}
            for p in profiles:
                pattern = tuple(above(t, pair) for t in p.values())
                if seen.setdefault(pattern, above(f[p], pair)) is not above(f[p], pair):
                    return False
        return True

    def borda_order(env: Any, reports: Any) -> Any:
        return tuple(sorted(ABC, key=lambda x: (sum(t.index(x) for t in reports.values()), x)))

    def as_bob_backwards(env: Any, reports: Any) -> Any:
        return reports["bob"][::-1]

    for function in (borda_order, as_bob_backwards):
        rule = rw.mechanism(function)
        assert bool(rw.verify(rule, env, independent_of_irrelevant_alternatives)) is independent(
            {p: function(env, p) for p in profiles}
        )


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(-3, 3), min_size=2, max_size=4), st.lists(st.integers(-3, 3), min_size=4, max_size=4),
    st.integers(-3, 3), st.booleans(),
)  # fmt: skip
def test_a_staircase_is_the_inequality(one: list[int], two: list[int], constant: int, equal: bool) -> None:
    steps = list(staircase(one, two[: len(one)], constant, equal))
    for (f, a), (g, b) in itertools.product(enumerate(one), enumerate(two[: len(one)])):
        total = a + b + constant
        assert all(f in above or g in enough for above, enough in steps) is (total == 0 if equal else total >= 0)


def test_fishburn_prefers_what_every_even_lottery_does() -> None:
    """If one set is better by the extension, its mean is no worse for any utilities with the same order."""
    sets = [frozenset(s) for k in (1, 2, 3) for s in itertools.combinations(range(3), k)]
    for below in itertools.product(range(3), repeat=3):
        for one, other in itertools.product(sets, repeat=2):
            for worth in ((0, 1, 2), (0, 1, 9), (0, 8, 9)):
                means = [Fraction(sum(worth[below[x]] for x in s), len(s)) for s in (one, other)]
                assert not weakly_better(below, one, other) or means[0] >= means[1]
    assert weakly_better((2, 1, 0), frozenset({0}), frozenset({0, 1}))
    assert not weakly_better((2, 1, 0), frozenset({0, 2}), frozenset({1}))


def test_counterexamples_are_told() -> None:
    env = voting(TWO, ABC)
    told = [
        (onto, "c is never chosen", np.zeros((6, 6), dtype=int) + np.indices((6, 6))[0] % 2),
        (unanimous, "is best for all", np.zeros((6, 6), dtype=int)),
        (pareto_optimal, "though a is at least as good for all", np.ones((6, 6), dtype=int)),
    ]
    for property, words, table in told:
        verdict = rw.verify(mechanisms.tabulated(env, table), env, property)
        assert words in str(verdict.counterexample) and verdict.counterexample.check()


# -- proofs ------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.integers(-4, 4).filter(bool), min_size=1, max_size=3), max_size=30))
def test_a_refutation_is_found_iff_no_assignment_satisfies(clauses: list[list[int]]) -> None:
    satisfiable = any(
        all(any((v > 0) is values[abs(v) - 1] for v in clause) for clause in clauses)
        for values in itertools.product((False, True), repeat=4)
    )
    steps = refutation(clauses, Clock())
    assert (steps is None) is satisfiable
    if steps is not None:
        found = trimmed(clauses, steps)
        assert found is not None
        used, lemmas = found
        assert refutation([clauses[k] for k in used], Clock()) is not None and len(lemmas) <= len(steps)


def test_a_step_that_does_not_follow_is_seen() -> None:
    assert trimmed([(1, 2), (-1, 2)], [(-2,), ()]) is None
    assert trimmed([(1, 2), (-1, 2)], [()]) is None


@cache
def _genuine(which: str) -> str:
    if which == "gibbard":
        return json.dumps(theorem("Gibbard 1973; Satterthwaite 1975").certificate)
    if which == "anonymous":
        design = search_choice(voting(TWO, ABC), goal(rw.strategyproof, rw.pareto_efficient, anonymous))
        return json.dumps(design.certificate)
    if which == "unanimous":
        design = search_choice(voting(TWO, ABC), goal(rw.strategyproof, unanimous, non_dictatorial))
        return json.dumps(design.certificate)
    if which == "dictators":
        return json.dumps(enumerate_rules(voting(TWO, ABC), goal(rw.strategyproof, onto)).certificate)
    return json.dumps(theorem(which).certificate)


def outcome(data: Json) -> str:
    try:
        return "accepted" if rw.check(data) else "rejected"
    except CertificateError:
        return "malformed"


def without(form: str) -> Callable[[Json], None]:
    """Nothing is said any more of a requirement."""

    def change(data: Json) -> None:
        data["clauses"] = [c for c in data["clauses"] if data["requirements"][c[0]]["form"] != form]

    return change


def only(property: str) -> Callable[[Json], None]:
    """No case of another statement is left."""

    def change(data: Json) -> None:
        data["cases"] = [c for c in data["cases"] if data["statements"][c[0]]["name"] == property]

    return change


def put(key: str, to: Any) -> Callable[[Json], None]:
    return lambda data: data.update({key: to})


def first(key: str, to: Any) -> Callable[[Json], None]:
    def change(data: Json) -> None:
        data[key][0] = to

    return change


def said(form: str, about: list[Any]) -> Callable[[Json], None]:
    """A requirement is cited for something that it does not say."""

    def change(data: Json) -> None:
        k = next(k for k, r in enumerate(data["requirements"]) if r["form"] == form)
        data["clauses"].insert(0, [k, *about])

    return change


def constant(data: Json) -> None:
    """Each player may gain up to 9 by a lie."""
    for statement in data["statements"]:
        statement["constant"] = "9"


def one_dictator(data: Json) -> None:
    """Only of ann it is said that she is no dictator."""
    data["clauses"] = [
        c for c in data["clauses"] if data["requirements"][c[0]]["form"] != "non-dictatorial" or c[1] == 0
    ]


MUTATIONS: list[tuple[str, Callable[[Json], None]]] = [
    ("gibbard", without("onto")),
    ("gibbard", without("non-dictatorial")),
    ("gibbard", one_dictator),
    ("gibbard", put("cases", [])),
    ("gibbard", lambda data: data.update(cases=data["cases"][: len(data["cases"]) // 2])),
    ("gibbard", put("proof", [])),
    ("gibbard", put("proof", [[]])),
    ("gibbard", lambda data: data.update(proof=[[v] for v in data["proof"][-2] or data["proof"][-3]][:1])),
    ("gibbard", first("proof", [0])),
    ("gibbard", put("proof", [[0, 0], [0], []])),
    ("gibbard", first("proof", [10**6])),
    ("gibbard", first("atoms", [-1, [0]])),
    ("gibbard", said("onto", [99])),
    ("gibbard", said("onto", [-1])),
    ("gibbard", lambda data: data["cases"].__setitem__(0, [0, {"ann": 9, "ann'": 0, "bob": 0}])),
    ("gibbard", constant),
    ("unanimous", said("unanimous", [0, 35])),
    ("unanimous", without("unanimous")),
    ("anonymous", without("dominance")),
    ("anonymous", said("dominance", [0, 1, 0])),
    ("anonymous", only("anonymous")),
    ("anonymous", only("strategyproof")),
    ("dictators", put("except", [])),
    ("dictators", lambda data: data["except"].pop()),
    ("dictators", lambda data: data["except"][0].__setitem__(0, (data["except"][0][0] + 1) % 3)),
    ("dictators", lambda data: data["except"][0].pop()),
    ("Peters 2018", said("no better by lying", [0, 0, 1])),
    ("Peters 2018", without("listed")),
    ("Peters 2018", without("no better by lying")),
    ("Brandt, Saile and Stricker 2018", only("nothing")),
    ("Brandt, Saile and Stricker 2018", without("dominance")),
    ("Arrow 1951, two voters", put("cases", [])),
]


@pytest.mark.parametrize("k", range(len(MUTATIONS)))
def test_an_altered_proof_is_not_accepted(k: int) -> None:
    which, change = MUTATIONS[k]
    data = json.loads(_genuine(which))
    assert outcome(data) == "accepted"
    change(data)
    assert outcome(data) != "accepted"


def test_a_listed_clause_is_called_so() -> None:
    accepted, words = explain(json.loads(_genuine("Peters 2018")))
    assert accepted and "party_proportional as listed" in words


steps_strategy = st.lists(st.lists(st.integers(-12, 12), max_size=3), max_size=12)


@settings(deadline=None, max_examples=30)
@given(steps_strategy, st.integers(0, 40))
def test_what_is_possible_is_never_refuted(steps: list[list[int]], at: int) -> None:
    """Without non-dictatorship there are rules, so no steps whatever may be accepted."""
    data = copy.deepcopy(json.loads(_genuine("gibbard")))
    without("non-dictatorial")(data)
    data["proof"] = [*data["proof"][:at], *steps, *data["proof"][at:], []]
    assert outcome(data) != "accepted"


# -- what cannot be searched -------------------------------------------------------------------------------------------


def test_bad_input_is_told_in_a_sentence() -> None:
    env = voting(TWO, ("a", "b"))
    with pytest.raises(rw.games.BadInput, match="has no objective"):
        search_choice(env, rw.Goal((rw.strategyproof,), rw.welfare))
    with pytest.raises(rw.games.BadInput, match="has money"):
        search_choice(games.allocation({"ann": (1, 2)}), goal(rw.strategyproof))
    with pytest.raises(rw.games.BadInput, match="finite list"):
        search_choice(games.cake({"ann": [(1, 3)]}), goal(rw.strategyproof))
    with pytest.raises(rw.games.BadInput, match="more than two profiles"):
        search_choice(env, goal(rw.bayesian_incentive_compatible))
    with pytest.raises(rw.games.BadInput, match="asks what is chosen in another environment"):
        search_choice(env, goal(mechanisms.participation))
    with pytest.raises(rw.games.BadInput, match="whole number of rules"):
        enumerate_rules(env, goal(onto), most=0)
    for property in (pareto_optimal, fishburn_strategyproof):
        with pytest.raises(rw.games.BadInput, match="asked of rankings"):
            search_choice(games.approval(TWO, ABC), goal(property))
    with pytest.raises(rw.games.BadInput, match="rank the candidates"):
        search_choice(env, goal(weak_pareto))
    with pytest.raises(rw.games.BadInput, match="with ties every ranking"):
        irresolute(TWO, ABC, "single-peaked", ties=True)
    with pytest.raises(rw.games.GameTooLarge):
        aggregation(TWO, tuple("abcdefg"))


def test_time_and_progress() -> None:
    env = voting(TWO, ABC)
    assert search_choice(env, goal(rw.strategyproof, onto, non_dictatorial), time=0).status == "unknown"
    assert not enumerate_rules(env, goal(rw.strategyproof, onto), time=0).complete

    def stop(done: int, total: int) -> None:
        raise InterruptedError(f"{done} of {total}")

    with pytest.raises(InterruptedError):
        search_choice(env, goal(rw.strategyproof), progress=stop)


def test_units_do_not_matter() -> None:
    """Utilities a billion times as large or as small: the same answer, the same core."""
    env = voting(TWO, ABC)
    found = []
    for unit in (1, 10**9, Fraction(1, 10**9), 1e-9):
        scaled = rw.Environment(env.name, env.types, env.space, lambda i, x, t, u=unit: u * env.utility(i, x, t))  # type: ignore[misc]
        found.append(search_choice(scaled, goal(rw.strategyproof, onto, non_dictatorial)))
    assert len({design.core for design in found}) == 1 and all(design.check() for design in found)


def test_a_rule_found_has_a_certificate_where_inequalities_are_asked() -> None:
    design = search_choice(voting(TWO, ABC), goal(rw.strategyproof, mechanisms.monotone))
    assert design.status == "feasible" and design.check() and design.certificate["claim"] == "proved"


def test_the_empty_goal_and_an_impossible_requirement() -> None:
    env = voting(TWO, ("a", "b"))
    assert search_choice(env, goal()).status == "feasible"

    @mechanisms.for_all(mechanisms.cases.profiles, "MORE")
    def more_than_all(rule: Any, env: Any, case: Any) -> Any:
        """Ann gets more than there is."""
        return rule.expect(mechanisms.worth(env, "ann", case.types["ann"]), env, case.reports), 5

    design = search_choice(env, goal(onto, more_than_all))
    assert design.status == "infeasible" and design.conflicts == (("more_than_all",),) and design.check()
    assert "cannot be met without chance" in design.why
