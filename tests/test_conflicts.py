"""Why there is no rule: which requirements clash, what to give up, and where it shows."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Sequence
from copy import deepcopy
from fractions import Fraction
from time import monotonic
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import rulewright as rw
from rulewright import games
from rulewright.mechanisms import value, worth
from rulewright.mechanisms.cases import Case, profiles
from rulewright.mechanisms.property import for_all
from rulewright.solvers.searching.programs.program import block_of, statements_of
from rulewright.solvers.searching.reasons.conflict import conflict
from rulewright.solvers.searching.reasons.core import is_local, small_clash
from rulewright.solvers.searching.reasons.subsets import subsets

Few = frozenset[int]
GREEN_LAFFONT = (rw.strategyproof, rw.efficient, rw.budget_balanced)


# -- sets of requirements, by an oracle -----------------------------------------------------------------------------


def powerset(n: int) -> list[Few]:
    return [frozenset(some) for r in range(n + 1) for some in itertools.combinations(range(n), r)]


def minimal(sets: Sequence[Few]) -> set[Few]:
    return {s for s in sets if not any(other < s for other in sets)}


def by_definition(n: int, feasible: Callable[[Few], bool]) -> tuple[set[Few], set[Few]]:
    """Minimal conflicts and minimal sets to give up, by looking at every subset."""
    every = powerset(n)
    conflicts = minimal([s for s in every if not feasible(s)])
    give_up = minimal([frozenset(range(n)) - s for s in every if feasible(s)])
    return conflicts, give_up


clashes = st.integers(1, 6).flatmap(
    lambda n: st.tuples(st.just(n), st.lists(st.frozensets(st.integers(0, n - 1), min_size=1), max_size=5))
)


@given(clashes)
def test_all_conflicts_and_all_ways_to_give_up_are_found(drawn: tuple[int, list[Few]]) -> None:
    """Any monotone oracle: the same as by looking at every subset, in the order of size and then of the items."""
    n, kernels = drawn

    def feasible(some: Sequence[int]) -> bool:
        return not any(kernel <= set(some) for kernel in kernels)

    found = subsets(range(n), feasible)
    conflicts, give_up = by_definition(n, lambda s: feasible(sorted(s)))
    assert found.complete
    assert set(map(frozenset, found.conflicts)) == conflicts and len(found.conflicts) == len(conflicts)
    assert set(map(frozenset, found.give_up)) == give_up and len(found.give_up) == len(give_up)
    for each in (found.conflicts, found.give_up):
        assert list(each) == sorted(each, key=lambda s: (len(s), s))


@given(clashes)
def test_conflicts_and_what_to_give_up_are_each_others_hitting_sets(drawn: tuple[int, list[Few]]) -> None:
    """Reiter 1987: the minimal sets that hit every conflict are those to give up, and the other way round."""
    n, kernels = drawn
    found = subsets(range(n), lambda some: not any(kernel <= set(some) for kernel in kernels))

    def hitting(sets: Sequence[Sequence[int]]) -> set[Few]:
        return minimal([s for s in powerset(n) if all(s & set(each) for each in sets)])

    assert hitting(found.conflicts) == set(map(frozenset, found.give_up))
    if found.conflicts:
        assert hitting(found.give_up) == set(map(frozenset, found.conflicts))


@given(clashes, st.sets(st.frozensets(st.integers(0, 5)), max_size=6))
def test_what_an_oracle_does_not_know_is_not_made_up(drawn: tuple[int, list[Few]], silent: set[Few]) -> None:
    """With gaps in what is known, what is reported is right, and it is called complete only where it is."""
    n, kernels = drawn

    def feasible(some: Sequence[int]) -> bool:
        return not any(kernel <= set(some) for kernel in kernels)

    found = subsets(range(n), lambda some: None if frozenset(some) in silent else feasible(some))
    conflicts, give_up = by_definition(n, lambda s: feasible(sorted(s)))
    assert set(map(frozenset, found.conflicts)) <= conflicts
    assert set(map(frozenset, found.give_up)) <= give_up
    if found.complete:
        assert set(map(frozenset, found.conflicts)) == conflicts
        assert set(map(frozenset, found.give_up)) == give_up


def test_far_fewer_questions_are_asked_than_there_are_sets() -> None:
    """Ten requirements of which two clash: not 1,024 questions."""
    asked: list[Any] = []
    subsets(range(10), lambda some: bool(asked.append(some)) or not {3, 7} <= set(some))
    assert len(asked) <= 40


def test_no_question_is_asked_after_the_time() -> None:
    asked: list[Any] = []
    found = subsets("abc", lambda some: asked.append(some), until=monotonic())
    assert not asked and not found.complete and found.conflicts == found.give_up == ()


# -- goals ------------------------------------------------------------------------------------------------------------


def auction(*sizes: int, bound: Any = 10) -> rw.Environment:
    types = {p: tuple(range(1, k + 1)) for p, k in zip(("ann", "bob", "cem"), sizes, strict=False)}
    return games.allocation(types, transfers=None if bound is None else (-bound, bound))


def project(types: Sequence[int]) -> rw.Environment:
    """Build or not; each of two knows her own value, positive or negative."""
    return rw.Environment(
        "project", {"ann": tuple(types), "bob": tuple(types)}, ("build", "leave"),
        lambda player, outcome, value: value if outcome == "build" else 0, transfers=(-50, 50),
    )  # fmt: skip


def trade(n: int) -> rw.Environment:
    """A seller and a buyer with values on the same grid of n points between 0 and 1."""
    values = tuple(Fraction(k, n - 1) for k in range(n))

    def utility(player: str, outcome: str, value: Fraction) -> Any:
        return 0 if outcome == "keep" else value if player == "buyer" else -value

    return rw.Environment("trade", {"seller": values, "buyer": values}, ("keep", "trade"), utility, transfers=(-2, 2))


@for_all(profiles, "ann")
def ann_gets_much(rule: Any, env: rw.Environment, case: Case) -> tuple[Any, Any]:
    """Ann ends up with at least 3."""
    return rule.expect(worth(env, "ann", case.types["ann"]), env, case.reports), 3


@for_all(profiles, "bob")
def bob_gets_much(rule: Any, env: rw.Environment, case: Case) -> tuple[Any, Any]:
    """Bob ends up with at least 3."""
    return rule.expect(worth(env, "bob", case.types["bob"]), env, case.reports), 3


MYERSON_SATTERTHWAITE = (
    rw.efficient, rw.bayesian_incentive_compatible, rw.interim_individually_rational, rw.budget_balanced,
)  # fmt: skip

GOALS = {
    "an item, four requirements": (auction(4, 4), (*GREEN_LAFFONT, rw.individually_rational)),
    "an item without money": (
        auction(2, 2, bound=None), (rw.strategyproof, rw.efficient, rw.proportional, rw.envy_free),
    ),
    "two who both want more": (
        auction(2, 2, bound=3),
        (ann_gets_much, bob_gets_much, rw.no_deficit, rw.strategyproof),
    ),
    "beliefs and none": (
        trade(6),
        (rw.efficient, rw.interim_individually_rational, rw.budget_balanced, rw.strategyproof),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GOALS)
def test_conflicts_are_those_of_searches_for_every_subset(name: str) -> None:
    """Every subset of the requirements searched by itself: the same conflicts, and the same ways to give up."""
    env, requirements = GOALS[name]
    design = rw.search(env, rw.Goal(requirements))
    assert design.status == "infeasible" and design.check() and rw.check(json.loads(json.dumps(design.certificate)))
    conflicts, give_up = by_definition(
        len(requirements),
        lambda some: rw.search(env, rw.Goal(tuple(requirements[k] for k in sorted(some)))).status != "infeasible",
    )
    names = [p.name for p in requirements]
    assert set(design.conflicts) == {tuple(names[k] for k in sorted(s)) for s in conflicts}
    assert set(design.give_up) == {tuple(names[k] for k in sorted(s)) for s in give_up}
    assert all(set(one) & set(other) for one in design.conflicts for other in design.give_up)
    assert all(p in design.why for p in design.conflicts[0]) and "Give up" in design.why
    assert {s["name"] for s in design.certificate["statements"]} == set(design.conflicts[0])


def test_a_goal_that_can_be_met_has_no_conflict() -> None:
    design = rw.search(auction(2, 2), rw.Goal(GREEN_LAFFONT))
    assert design.rule is not None and design.conflicts == design.give_up == design.core == ()


def test_one_requirement_that_cannot_be_met_is_a_conflict_of_itself() -> None:
    @for_all(profiles, "rich")
    def all_rich(rule: Any, env: rw.Environment, case: Case) -> tuple[Any, Any]:
        """Ann ends up with at least 100."""
        return rule.expect(worth(env, "ann", case.types["ann"]), env, case.reports), 100

    design = rw.search(auction(2, 2), rw.Goal((rw.strategyproof, all_rich)))
    assert design.conflicts == (("all_rich",),) and design.give_up == (("all_rich",),)
    assert "all_rich cannot be met by any rule" in design.why and len(design.core) == 1 and design.check()


def test_a_certificate_with_less_in_it_is_refused() -> None:
    certificate = rw.search(auction(4, 4), rw.Goal(GREEN_LAFFONT)).certificate
    assert certificate is not None and rw.check(certificate)
    for k in range(len(certificate["multipliers"])):
        forged = deepcopy(certificate)
        del forged["multipliers"][k]
        assert not rw.check(forged), certificate["multipliers"][k]


# -- theorems ---------------------------------------------------------------------------------------------------------


def test_green_and_laffont_on_grids() -> None:
    """Strategyproof, efficient and balanced: impossible (Green and Laffont 1979), but not on every grid of types."""
    for possible in (auction(2, 2), auction(3, 3), project((-1, 1))):
        assert rw.search(possible, rw.Goal(GREEN_LAFFONT)).status == "feasible"
    for impossible in (auction(4, 4), auction(4, 4, 4), project((-5, -2, 3, 4))):
        design = rw.search(impossible, rw.Goal(GREEN_LAFFONT))
        assert design.status == "infeasible" and design.check()
        assert design.conflicts == (tuple(p.name for p in GREEN_LAFFONT),)
        assert design.give_up == tuple((p.name,) for p in GREEN_LAFFONT)
        assert "(in floats)" not in design.why


@pytest.mark.parametrize("n", [3, 6])
def test_myerson_and_satterthwaite_on_grids(n: int) -> None:
    """Efficient, BIC, interim IR and balanced trade: possible on a coarse grid; on a fine one if any is left out."""
    design = rw.search(trade(n), rw.Goal(MYERSON_SATTERTHWAITE))
    assert (design.rule is None) == (n == 6)
    if n == 6:
        assert design.conflicts == (tuple(p.name for p in MYERSON_SATTERTHWAITE),) and design.check()
        assert design.give_up == tuple((p.name,) for p in MYERSON_SATTERTHWAITE)


# -- cores ------------------------------------------------------------------------------------------------------------


def can_hold_at(env: rw.Environment, core: Sequence[rw.Profile]) -> bool:
    """Whether the item can go efficiently, strategyproofly and with balanced payments at these profiles alone.

    Written down from the definitions: the chance of each player to win and her payment, at each profile.
    """
    players, low_high = env.players, env.transfers
    n = len(players)
    column = {(profile, kind, p): k for k, (profile, kind, p) in enumerate(itertools.product(core, "wp", players))}
    more: list[tuple[dict[Any, int], int]] = []  # sum >= right
    same: list[tuple[dict[Any, int], int]] = []
    for a in core:
        same.append(({(a, "p", p): 1 for p in players}, 0))
        same.append(({(a, "w", p): 1 for p in players}, 1))
        same.append(({(a, "w", p): a[p] for p in players}, max(a.values())))
        for b, p in itertools.product(core, players):
            if a != b and all(a[q] == b[q] for q in players if q != p):
                more.append(({(a, "w", p): a[p], (a, "p", p): -1, (b, "w", p): -a[p], (b, "p", p): 1}, 0))

    def matrix(rows: list[tuple[dict[Any, int], int]]) -> Any:
        found = np.zeros((len(rows), 2 * n * len(core)))
        for r, (row, _) in enumerate(rows):
            for key, v in row.items():
                found[r, column[key]] = v
        return found

    bounds = [(0, 1) if kind == "w" else low_high for _, kind, _ in column]
    answer = linprog(
        np.zeros(len(column)), A_ub=-matrix(more) if more else None, b_ub=[-b for _, b in more] if more else None,
        A_eq=matrix(same), b_eq=[b for _, b in same], bounds=bounds,
    )  # fmt: skip
    return bool(answer.status == 0)


@pytest.mark.parametrize("sizes", [(4, 4), (5, 6), (20, 20), (4, 4, 4)], ids=str)
def test_a_core_clashes_and_no_less_of_it_does(sizes: tuple[int, ...]) -> None:
    """At the profiles of the core no rule can do it, whatever it does elsewhere; without any of them one can."""
    env = auction(*sizes, bound=20)
    clash = small_clash(env, statements_of(env, rw.Goal(GREEN_LAFFONT)))
    assert clash is not None and clash.properties == GREEN_LAFFONT
    assert not can_hold_at(env, clash.profiles)
    for left_out in clash.profiles:
        assert can_hold_at(env, [p for p in clash.profiles if p != left_out])


def test_a_core_is_in_the_answer_and_of_a_size_to_read() -> None:
    design = rw.search(auction(20, 20, bound=20), rw.Goal(GREEN_LAFFONT))
    assert design.status == "infeasible" and design.check()
    assert 1 < len(design.core) <= 8 and "already " in design.why
    some = {p: tuple(sorted({profile[p] for profile in design.core})) for p in ("ann", "bob")}
    smaller = games.allocation(some, transfers=(-20, 20))
    assert rw.search(smaller, rw.Goal(GREEN_LAFFONT)).status == "infeasible", "a clash among some types is one of all"
    at = {tuple(p.values()) for p in design.core}
    for k, values, _ in design.certificate["multipliers"]:
        reports = design.certificate["statements"][k]["terms"]
        for term in reports:
            place = tuple(values[term["reports"][p]] + 1 for p in ("ann", "bob"))
            assert place in at, "the proof speaks of the core alone"


def test_the_clash_of_three_bidders_with_ten_types_each_is_found_at_once() -> None:
    """A program of 30,000 rows need not be solved: the clash shows among a few types already."""
    env = auction(10, 10, 10)
    goal = rw.Goal(GREEN_LAFFONT)
    begun = monotonic()
    clash = small_clash(env, statements_of(env, goal))
    assert monotonic() - begun < 40
    assert clash is not None and clash.properties == GREEN_LAFFONT and len(clash.profiles) <= 30


def test_expectations_are_not_restricted_to_few_types() -> None:
    """Beliefs range over all types, so leaving some out would change what is asked (and could clash on its own)."""
    env = trade(6)
    local = {rw.efficient, rw.budget_balanced, rw.strategyproof, rw.individually_rational, rw.no_deficit}
    for p in (*local, *MYERSON_SATTERTHWAITE, rw.mechanisms.ex_ante_budget_balanced):
        assert all(is_local(s) == (p in local) for s in statements_of(env, rw.Goal((p,)))), p.name
    interim = rw.Goal((rw.bayesian_incentive_compatible, rw.interim_individually_rational))
    assert small_clash(env, statements_of(env, interim)) is None
    assert rw.search(env, rw.Goal(MYERSON_SATTERTHWAITE)).core == ()


def test_types_named_in_a_statement_are_not_left_out() -> None:
    """A statement about one fixed report is not one about any few types."""

    @for_all(profiles, "fixed")
    def as_for_a_one(rule: Any, env: rw.Environment, case: Case) -> tuple[Any, Any]:
        """Ann, whatever she reports, gets what she would if she reported 1."""
        fixed = rw.Profile({"ann": 1, "bob": case.types["bob"]})
        u = worth(env, "ann", 1)
        return rule.expect(u, env, case.reports), rule.expect(u, env, fixed)

    env = auction(3, 3)
    assert not any(is_local(s) for s in statements_of(env, rw.Goal((as_for_a_one,))))


@pytest.mark.parametrize("n", [3, 4])
def test_a_type_in_another_players_place_stays_that_type(n: int) -> None:
    """Few types of ann and other few of bob would put other types in each other's place: a clash that there is not."""

    @for_all(profiles, "alike", equal=True)
    def alike(rule: Any, env: rw.Environment, case: Case) -> tuple[Any, Any]:
        """What ann gets is what bob gets when they exchange their types."""
        a, b = case.types["ann"], case.types["bob"]
        return (
            rule.expect(value(env, "ann", a), env, case.reports),
            rule.expect(value(env, "bob", a), env, rw.Profile({"ann": b, "bob": a})),
        )

    env, goal = auction(n, n), rw.Goal((alike, rw.efficient))
    assert rw.search(env, goal).status == "feasible"
    assert all(map(is_local, statements_of(env, goal))) and small_clash(env, statements_of(env, goal)) is None


@settings(max_examples=6)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=3, unique=True), st.integers(1, 4))
def test_players_of_equal_types_are_restricted_alike(types: list[int], bound: int) -> None:
    """Envy-freeness puts one's type in another's place: few types of all, or the rows would be those of others."""
    env = games.allocation({"ann": tuple(types), "bob": tuple(types)}, transfers=(-bound, bound))
    requirements = (rw.strategyproof, rw.efficient, rw.envy_free, rw.budget_balanced)
    design = rw.search(env, rw.Goal(requirements))
    assert design.check()
    for each in design.give_up:
        rest = tuple(p for p in requirements if p.name not in each)
        assert rw.search(env, rw.Goal(rest)).status == "feasible"


@pytest.mark.parametrize("unit", [10**9, Fraction(1, 10**9)])
def test_the_unit_of_money_does_not_matter(unit: Any) -> None:
    def measured(by: Any) -> rw.Design:
        env = rw.Environment(
            "auction", {"ann": (1, 2, 3, 4, 5), "bob": (1, 2, 3, 4, 5)}, ("ann", "bob"),
            lambda player, winner, value: value * by if player == winner else 0, transfers=(-9 * by, 9 * by),
        )  # fmt: skip
        return rw.search(env, rw.Goal((*GREEN_LAFFONT, rw.individually_rational)))

    one, other = measured(1), measured(unit)
    assert (one.conflicts, one.give_up, one.core, one.why) == (other.conflicts, other.give_up, other.core, other.why)


# -- budgets ----------------------------------------------------------------------------------------------------------


def asked(env: rw.Environment, requirements: Sequence[Any], **how: Any) -> rw.Design:
    """The explanation alone."""
    goal = rw.Goal(requirements)
    blocks = [block_of(env, s) for s in statements_of(env, goal)]
    return conflict(env, goal, blocks, {"goal": str(goal), "searched": "all", "environment": env}, **how)


def test_time_that_is_over_leaves_no_claim() -> None:
    env, requirements = auction(4, 4), (*GREEN_LAFFONT, rw.individually_rational)
    design = asked(env, requirements, until=monotonic())
    assert design.status == "unknown" and design.conflicts == design.give_up == () and not design.check()
    known = small_clash(env, statements_of(env, rw.Goal(requirements)))
    design = asked(env, requirements, until=monotonic(), known=known)
    assert design.status == "infeasible" and design.check() and design.conflicts == ()
    assert "there may be other conflicts" in design.why
    full = asked(env, requirements, until=math.inf)
    assert full.status == "infeasible" and full.conflicts and "there may be" not in full.why


def test_progress_is_told_and_may_end_the_work() -> None:
    told: list[tuple[int, int]] = []
    asked(auction(4, 4), GREEN_LAFFONT, progress=lambda done, total: told.append((done, total)))
    assert told and all(0 < done <= total for done, total in told)
    assert [done for done, _ in told] == sorted(done for done, _ in told)

    class Enough(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise Enough

    with pytest.raises(Enough):
        asked(auction(4, 4), GREEN_LAFFONT, progress=stop)
