"""Assignment rules are what the theorems say, and each property tells them from a rule that differs by one detail."""

from __future__ import annotations

import itertools
import pickle
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright.games.preferences import assignment, matching
from rulewright.mechanisms.properties.coalitions import group_strategyproof, weakly_group_strategyproof
from rulewright.mechanisms.properties.ordinal import (
    ordinally_efficient,
    sd_envy_free,
    sd_equal_treatment,
    sd_proportional,
    sd_strategyproof,
    weakly_sd_envy_free,
    weakly_sd_strategyproof,
)
from rulewright.mechanisms.properties.stability import blocking, core, stable, student_optimal
from rulewright.mechanisms.properties.symmetry import anonymous, equal_treatment, happens, neutral, non_bossy
from rulewright.mechanisms.rules.assignment import (
    deferred_acceptance,
    eaten,
    gale_shapley,
    immediate_acceptance,
    probabilistic_serial,
    random_serial_dictatorship,
    school_trading_cycles,
    serial_dictatorship,
    top_trading_cycles,
)
from rulewright.mechanisms.rules.birkhoff import birkhoff
from rulewright.mechanisms.rules.schools import efficiency_adjusted_deferred_acceptance

AGENTS, OBJECTS = ("ann", "bob", "cem"), ("a", "b", "c")
ENV = assignment(AGENTS, OBJECTS)
ORDERS = list(itertools.permutations(AGENTS))
CYCLIC = {"a": ("ann", "bob", "cem"), "b": ("cem", "bob", "ann"), "c": ("bob", "ann", "cem")}
NO_CYCLE = dict.fromkeys(OBJECTS, AGENTS)


def status(rule: Any, property: Any, env: rw.Environment = ENV) -> str:
    """The verdict; what is refuted replays, and what was traced has a certificate that the checker accepts."""
    verdict = rw.verify(rule, env, property)
    if verdict.counterexample is not None:
        assert verdict.counterexample.check()
        assert verdict.counterexample.gain > 0
    if verdict.certificate is not None:
        assert rw.check(verdict.certificate)
    return str(verdict.status)


def at(*rankings: str) -> rw.Profile:
    return rw.Profile(dict(zip(AGENTS, map(tuple, rankings), strict=True)))


# -- environments ----------------------------------------------------------------------------------


def test_agents_who_exchange_change_places() -> None:
    for outcome in ENV.space.items:  # type: ignore[attr-defined]
        other = ENV.space.exchange(outcome, "ann", "cem")
        assert (other["ann"], other["bob"], other["cem"]) == (outcome["cem"], outcome["bob"], outcome["ann"])
        assert ENV.space.exchange(other, "ann", "cem") == outcome


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: assignment(AGENTS, ("a", "b")), "3 agents and 2 objects; give as many objects as agents"),
        (lambda: matching(("ann", "bob"), ("x",)), "2 proposers and 1 receivers"),
        (lambda: matching(("ann", "bob"), ("ann", "x")), "on both sides"),
        (lambda: matching(("ann",), ("x",), {"anne": []}), 'a player "anne"; did you mean "ann"?'),
        (lambda: serial_dictatorship(("ann", "bop", "cem"))(ENV, at("abc", "abc", "abc")), 'did you mean "bob"?'),
        (lambda: serial_dictatorship(("ann", "bob"))(ENV, at("abc", "abc", "abc")), "must name each of"),
        (lambda: top_trading_cycles({"ann": "a", "bob": "a", "cem": "b"})(ENV, at("abc", "abc", "abc")), "same object"),
        (lambda: top_trading_cycles({"ann": "a", "bob": "x", "cem": "b"})(ENV, at("abc", "abc", "abc")), "there are a"),
        (lambda: deferred_acceptance({"a": AGENTS})(ENV, at("abc", "abc", "abc")), 'priorities of "b" are missing'),
        (lambda: deferred_acceptance({"d": AGENTS})(ENV, at("abc", "abc", "abc")), 'name a school "d"'),
        (lambda: rw.verify(serial_dictatorship(), ENV, stable({"a": AGENTS})), 'priorities of "b" are missing'),
        (lambda: birkhoff([[1, 1], [0, 0]], ("a", "b")), "not doubly stochastic"),  # type: ignore[list-item]
    ],
)
def test_a_mistake_is_told_in_a_sentence(make: Any, message: str) -> None:
    with pytest.raises(rw.BadInput) as caught:
        make()
    assert message in str(caught.value)


def test_what_is_too_large_is_refused_before_it_is_built() -> None:
    many = tuple(f"x{k}" for k in range(12))
    with pytest.raises(rw.GameTooLarge, match="479,001,600 assignments"):
        assignment(tuple(f"p{k}" for k in range(12)), many, [many])
    with pytest.raises(rw.GameTooLarge, match="utilities"):
        assignment(tuple(f"p{k}" for k in range(8)), many[:8])


RULES = [
    serial_dictatorship(), random_serial_dictatorship, probabilistic_serial, top_trading_cycles(),
    school_trading_cycles(CYCLIC), deferred_acceptance(CYCLIC), immediate_acceptance(CYCLIC),
    efficiency_adjusted_deferred_acceptance(CYCLIC), gale_shapley,
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_refuses_what_is_no_assignment(rule: Any) -> None:
    for env in (
        rw.games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=None),
        rw.games.allocation({"ann": ((1, 2),), "bob": ((2, 1),)}, ("bread", "wine"), transfers=None),
    ):
        with pytest.raises(rw.BadInput, match=r"\w+ needs"):
            rule.table(env)


# -- theorems about the rules ----------------------------------------------------------------------


def test_random_serial_dictatorship_is_the_core_from_random_endowments() -> None:
    """Abdulkadiroğlu and Sönmez 1998, at every profile of three; and the average of the serial dictatorships."""
    traders = [top_trading_cycles(dict(zip(AGENTS, own, strict=True))) for own in itertools.permutations(OBJECTS)]
    dictators = [serial_dictatorship(order) for order in ORDERS]
    for types in ENV.profiles():
        lottery = random_serial_dictatorship(ENV, types)
        for rules in (traders, dictators):
            chosen = [rule(ENV, types) for rule in rules]
            assert lottery == {x: Fraction(chosen.count(x), len(rules)) for x in chosen}


def test_the_core_of_a_housing_market_is_one_assignment_that_of_trading_cycles() -> None:
    """Roth and Postlewaite 1977."""
    core_of = core()
    rule = top_trading_cycles()
    for types in ENV.profiles():
        case = next(core_of.cases(ENV)).at({})
        case = type(case)(types, types)
        inside = [
            x
            for x in ENV.space.items  # type: ignore[attr-defined]
            if core_of.examine(rw.mechanism(lambda env, reports, x=x: x), ENV, case) is None
        ]
        assert inside == [rule(ENV, types)]


@settings(max_examples=100)
@given(
    st.lists(st.permutations(range(4)), min_size=4, max_size=4),
    st.lists(st.permutations(range(4)), min_size=4, max_size=4),
)
def test_deferred_acceptance_is_the_best_stable_assignment_for_students(students: Any, schools: Any) -> None:
    """Gale and Shapley 1962, Theorem 2; and the worst for schools (Knuth 1976)."""
    agents, objects = tuple("wxyz"), tuple("abcd")
    types = {s: tuple(objects[k] for k in r) for s, r in zip(agents, students, strict=True)}
    priorities = {c: tuple(agents[k] for k in r) for c, r in zip(objects, schools, strict=True)}
    env = assignment(agents, objects, {s: [r] for s, r in types.items()})
    found = deferred_acceptance(priorities)(env, types)
    stable_ones = [x for x in env.space.items if blocking(types, priorities, x) is None]  # type: ignore[attr-defined]
    assert found in stable_ones
    for other in stable_ones:
        assert all(types[s].index(found[s]) <= types[s].index(other[s]) for s in agents)
        for school in objects:
            one, two = (next(s for s in agents if x[s] == school) for x in (found, other))
            assert priorities[school].index(one) >= priorities[school].index(two)


def without_interrupters(types: dict[str, Any], priorities: dict[str, Any]) -> dict[str, str]:
    """As Kesten 2010 defines it: in the last step of deferred acceptance in which somebody is rejected who kept a
    school until then and had others rejected there, she does not apply to that school; and again from the start.
    """
    lists = {s: list(ranking) for s, ranking in types.items()}
    while True:
        asks, holds, log = dict.fromkeys(lists, 0), dict[str, str](), []  # log: (step, what, student, school)
        for step in itertools.count():
            free = [s for s in lists if s not in holds.values()]
            if not free:
                break
            for school in priorities:
                wants = [s for s in free if lists[s][asks[s]] == school]
                if wants:
                    here = [*wants, *([holds[school]] if school in holds else [])]
                    best = min(here, key=priorities[school].index)
                    if holds.get(school) != best:
                        log.append((step, "kept", best, school))
                    holds[school] = best
                    log += [(step, "rejected", s, school) for s in here if s != best]
            for step_, what, s, _ in log:
                if step_ == step and what == "rejected":
                    asks[s] += 1
        pairs = []
        for end, what, s, school in log:
            if what == "rejected":
                begin = next((k for k, w, r, x in log if (w, r, x) == ("kept", s, school)), end)
                if any(w == "rejected" and x == school and r != s and begin <= k < end for k, w, r, x in log):
                    pairs.append((end, s, school))
        if not pairs:
            return {s: school for school, s in holds.items()}
        for end, s, school in pairs:
            if end == max(pairs)[0]:
                lists[s].remove(school)


@settings(max_examples=150)
@given(
    st.lists(st.permutations(range(5)), min_size=5, max_size=5),
    st.lists(st.permutations(range(5)), min_size=5, max_size=5),
)
def test_the_efficiency_adjusted_rule_is_the_one_with_interrupters(students: Any, schools: Any) -> None:
    """Tang and Yu 2014 show that their simpler rounds give what Kesten's do; nobody loses by it (Kesten 2010)."""
    agents, objects = tuple("vwxyz"), tuple("abcde")
    types = {s: tuple(objects[k] for k in r) for s, r in zip(agents, students, strict=True)}
    priorities = {c: tuple(agents[k] for k in r) for c, r in zip(objects, schools, strict=True)}
    env = assignment(agents, objects, {s: [r] for s, r in types.items()})
    found, before = (
        make(priorities)(env, types) for make in (efficiency_adjusted_deferred_acceptance, deferred_acceptance)
    )
    assert found == without_interrupters(types, priorities)
    assert all(types[s].index(found[s]) <= types[s].index(before[s]) for s in agents)
    if blocking(types, priorities, found) is None:
        assert found == before


def test_efficiency_adjusted_is_efficient_and_neither_stable_nor_safe() -> None:
    """Kesten 2010; and its negative control, deferred acceptance, is both but not efficient."""
    adjusted, plain = efficiency_adjusted_deferred_acceptance(CYCLIC), deferred_acceptance(CYCLIC)
    for property, of_adjusted in ((rw.pareto_efficient, True), (rw.strategyproof, False), (stable(CYCLIC), False)):
        assert (status(adjusted, property) == "proved") is of_adjusted
        assert (status(plain, property) == "proved") is not of_adjusted
    acyclic = efficiency_adjusted_deferred_acceptance(NO_CYCLE)  # Ergin 2002: nothing to adjust
    assert all(acyclic(ENV, types) == deferred_acceptance(NO_CYCLE)(ENV, types) for types in ENV.profiles())


def test_both_sides_may_report() -> None:
    env = matching(AGENTS, OBJECTS, {x: [CYCLIC[x]] for x in OBJECTS})
    assert status(gale_shapley, rw.strategyproof, env) == "proved"  # only students may lie (Dubins and Freedman 1981)
    one_sided = deferred_acceptance(CYCLIC)
    for types in ENV.profiles():
        both = gale_shapley(env, {**types, **CYCLIC})
        assert {s: both[s] for s in AGENTS} == one_sided(ENV, types)
        assert all(both[both[s]] == s for s in AGENTS)


@settings(max_examples=60)
@given(st.integers(1, 5).flatmap(lambda n: st.lists(st.permutations(range(n)), min_size=n, max_size=n)))
def test_eating_is_fair_and_birkhoff_adds_up(rankings: list[list[int]]) -> None:
    """Bogomolnaia and Moulin 2001: shares are exact, and nobody envies; Birkhoff 1946: a mixture of assignments."""
    n = len(rankings)
    shares = eaten([tuple(r) for r in rankings])
    assert all(sum(share.values()) == 1 for share in shares)
    assert all(sum(share[x] for share in shares) == 1 for x in range(n))
    for share, ranking in zip(shares, rankings, strict=True):
        for other in shares:
            mine = theirs = Fraction(0)
            for x in ranking:
                mine, theirs = mine + share[x], theirs + other[x]
                assert mine >= theirs
    parts = birkhoff([[share[x] for x in range(n)] for share in shares], range(n))
    assert sum(p for _, p in parts) == 1 and all(p > 0 for _, p in parts) and len(parts) <= (n - 1) ** 2 + 1
    assert all(sorted(x) == list(range(n)) for x, _ in parts)
    for k, share in enumerate(shares):
        for x in range(n):
            assert share[x] == sum(p for each, p in parts if each[k] == x)


def test_the_example_of_probabilistic_serial() -> None:
    """Bogomolnaia and Moulin 2001: two rank abcd, two rank badc; each eats half of two objects."""
    half = Fraction(1, 2)
    assert (
        eaten([tuple("abcd")] * 2 + [tuple("badc")] * 2)
        == [{"a": half, "b": 0, "c": half, "d": 0}] * 2 + [{"a": 0, "b": half, "c": 0, "d": half}] * 2
    )
    lottery = probabilistic_serial(ENV, at("abc", "abc", "bca"))
    assert [happens(lottery).get(("ann", x), 0) for x in OBJECTS] == [Fraction(1, 2), Fraction(1, 6), Fraction(1, 3)]


def test_one_agent_and_one_object() -> None:
    env = assignment(("ann",), ("a",))
    for rule in (serial_dictatorship(), random_serial_dictatorship, probabilistic_serial, top_trading_cycles()):
        outcome = rule(env, {"ann": ("a",)})
        assert happens(outcome) == {("ann", "a"): 1}


# -- each property and its negative control --------------------------------------------------------


@rw.mechanism
def bossy(env: rw.Environment, reports: rw.Profile) -> Any:
    """As a serial dictatorship, but the first agent's last choice says who is second."""
    first, *rest = env.players
    if reports[first][-1] > reports[first][-2]:
        rest.reverse()
    return serial_dictatorship((first, *rest))(env, reports)


@rw.mechanism
def schools_propose(env: rw.Environment, reports: rw.Profile) -> Any:
    """As deferred acceptance, but schools propose."""
    both = matching(OBJECTS, AGENTS, {x: [CYCLIC[x]] for x in OBJECTS})
    return rw.Profile({s: gale_shapley(both, {**CYCLIC, **reports})[s] for s in AGENTS})


@rw.mechanism
def lottery_of_all(env: rw.Environment, reports: rw.Profile) -> Any:
    """All assignments with the same probability, whatever is reported."""
    return rw.games.Lottery(dict.fromkeys(env.space.items, Fraction(1, 6)))  # type: ignore[attr-defined]


@rw.mechanism
def two_orders(env: rw.Environment, reports: rw.Profile) -> Any:
    """As random serial dictatorship, but only an order and its reverse are drawn."""
    each = [serial_dictatorship(order)(env, reports) for order in (env.players, env.players[::-1])]
    return rw.games.Lottery({x: Fraction(each.count(x), 2) for x in each})


def test_non_bossy_and_a_bossy_dictator() -> None:
    assert status(serial_dictatorship(), non_bossy) == "proved"
    assert status(top_trading_cycles(), non_bossy) == "proved"
    assert status(bossy, non_bossy) == "refuted"
    assert status(bossy, rw.strategyproof) == "proved"
    told = str(rw.verify(bossy, ENV, non_bossy).counterexample)
    assert told == (
        "at ann = (a, b, c), bob = (a, b, c), cem = (a, b, c), if ann reports (a, c, b) she gets what she got, but bob "
        "gets b instead of c"
    )


def test_strongly_group_strategyproof_is_strategyproof_and_non_bossy() -> None:
    """Pápai 2000, Lemma 1, on strict rankings without externalities."""
    rules = (*RULES[:1], *RULES[3:7], bossy, deferred_acceptance(NO_CYCLE), schools_propose)
    for rule in rules:
        both = [status(rule, rw.strategyproof), status(rule, non_bossy)]
        assert (status(rule, group_strategyproof()) == "proved") == (both == ["proved", "proved"])


def test_group_strategyproof_in_the_weak_sense_only() -> None:
    """Deferred acceptance with a cycle in the priorities (Dubins and Freedman 1981; Ergin 2002)."""
    assert status(deferred_acceptance(CYCLIC), weakly_group_strategyproof()) == "proved"
    assert status(deferred_acceptance(CYCLIC), group_strategyproof()) == "refuted"
    assert status(deferred_acceptance(NO_CYCLE), group_strategyproof()) == "proved"
    assert status(immediate_acceptance(CYCLIC), weakly_group_strategyproof()) == "refuted"


def test_stable_and_a_school_that_accepts_for_good() -> None:
    assert status(deferred_acceptance(CYCLIC), stable(CYCLIC)) == "proved"
    assert status(immediate_acceptance(CYCLIC), stable(CYCLIC)) == "refuted"
    assert status(deferred_acceptance(NO_CYCLE), stable(CYCLIC)) == "refuted"


def test_student_optimal_and_schools_that_propose() -> None:
    assert status(deferred_acceptance(CYCLIC), student_optimal(CYCLIC)) == "proved"
    assert status(schools_propose, stable(CYCLIC)) == "proved"
    assert status(schools_propose, student_optimal(CYCLIC)) == "refuted"


def test_the_core_and_owners_of_something_else() -> None:
    own = {"ann": "b", "bob": "a", "cem": "c"}
    assert status(top_trading_cycles(own), core(own)) == "proved"
    assert status(top_trading_cycles(own), core(own, size=1)) == "proved"
    assert status(top_trading_cycles(), core(own)) == "refuted"
    assert status(top_trading_cycles(), core(own, size=1)) == "refuted"

    @rw.mechanism
    def no_trade(env: rw.Environment, reports: rw.Profile) -> Any:
        """Everybody keeps what she owns."""
        return rw.Profile(own)

    assert status(no_trade, core(own, size=1)) == "proved"
    assert status(no_trade, core(own, size=2)) == "refuted"


def test_symmetry_and_two_orders_in_place_of_all() -> None:
    for property in (anonymous, neutral, equal_treatment, sd_equal_treatment):
        assert status(random_serial_dictatorship, property) == "proved"
        assert status(probabilistic_serial, property) == "proved"
    assert status(two_orders, neutral) == "proved"
    for property in (anonymous, sd_equal_treatment):
        assert status(two_orders, property) == "refuted"
    assert status(serial_dictatorship(), equal_treatment) == "refuted"
    assert status(immediate_acceptance(NO_CYCLE), neutral) == "proved"
    assert status(immediate_acceptance(CYCLIC), neutral) == "refuted"


def test_dominance_and_its_weak_versions() -> None:
    """Bogomolnaia and Moulin 2001, for three: what random serial dictatorship and the serial rule are, and are not."""
    expected = {
        sd_strategyproof: ("proved", "refuted", "proved"),
        weakly_sd_strategyproof: ("proved", "proved", "proved"),
        ordinally_efficient: ("proved", "proved", "refuted"),
        sd_envy_free: ("refuted", "proved", "proved"),
        weakly_sd_envy_free: ("proved", "proved", "proved"),
        sd_proportional: ("proved", "proved", "proved"),
        rw.pareto_efficient: ("proved", "proved", "refuted"),
    }
    for property, verdicts in expected.items():
        rules = (random_serial_dictatorship, probabilistic_serial, lottery_of_all)
        assert tuple(status(rule, property) for rule in rules) == verdicts
    for property in (sd_envy_free, weakly_sd_envy_free, sd_proportional):
        assert status(serial_dictatorship(), property) == "refuted"
    assert status(immediate_acceptance(CYCLIC), weakly_sd_strategyproof) == "refuted"


def test_an_even_lottery_needs_strict_rankings() -> None:
    env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2), "cem": (1, 2)}, transfers=None, disposal=False)
    with pytest.raises(rw.BadInput, match="ties"):
        rw.verify(rw.mechanism(lambda env, reports: "ann"), env, sd_proportional)


@pytest.mark.parametrize(
    "thing",
    [*RULES, stable(CYCLIC), student_optimal(CYCLIC), core(size=1), group_strategyproof(2), sd_envy_free, neutral],
    ids=str,
)
def test_rules_and_properties_can_be_sent_to_another_process(thing: Any) -> None:
    again = pickle.loads(pickle.dumps(thing))
    assert str(again) == str(thing)
    if thing in RULES[:-1]:
        assert again(ENV, at("bac", "bca", "abc")) == thing(ENV, at("bac", "bca", "abc"))


def test_a_lie_under_probabilistic_serial_is_told_in_probabilities() -> None:
    told = str(rw.verify(probabilistic_serial, ENV, sd_strategyproof).counterexample)
    assert "ann, whose true ranking is (a, b, c), gets a or b with probability" in told
    assert "instead of" in told and "by reporting (b, " in told


doubly_stochastic = st.lists(st.integers(0, 3), min_size=6, max_size=6).filter(any)


@settings(max_examples=50)
@given(doubly_stochastic, st.lists(st.permutations(OBJECTS), min_size=3, max_size=3))
def test_ordinally_efficient_is_that_nothing_dominates(weights: list[int], rankings: list[list[str]]) -> None:
    """By linear programming: the largest sum of upper probabilities of a dominating matrix is that of the matrix."""
    from scipy.optimize import linprog

    chosen = zip(ENV.space.items, weights, strict=True)  # type: ignore[attr-defined]
    lottery = rw.games.Lottery({x: Fraction(w, sum(weights)) for x, w in chosen})
    chance = happens(lottery)
    types = at(*map("".join, rankings))
    env = assignment(AGENTS, OBJECTS, {agent: [ranking] for agent, ranking in types.items()})
    found = status(rw.mechanism(lambda env, reports: lottery), ordinally_efficient, env)
    rows, bounds = [], []
    for i, ranking in enumerate(types.values()):
        for k in (1, 2):
            rows.append([-int(j == i and x in ranking[:k]) for j in range(3) for x in OBJECTS])
            bounds.append(-float(sum(chance.get((AGENTS[i], x), 0) for x in ranking[:k])))
    sums = [[int(j == i) for j in range(3) for _ in OBJECTS] for i in range(3)]
    sums += [[int(x == y) for _ in range(3) for x in OBJECTS] for y in OBJECTS]
    total = [sum(row[c] for row in rows) for c in range(9)]
    best = linprog(total, A_ub=rows, b_ub=bounds, A_eq=sums, b_eq=[1] * 6, bounds=(0, 1))
    assert best.status == 0
    assert (found == "proved") == (best.fun > sum(bounds) - 1e-7)  # probabilities are multiples of 1/18 at least
