"""Edges at which a search went wrong once: bounds that are floats, tiny chances, cases without variables, budgets."""

from __future__ import annotations

import copy
import json
import time
from fractions import Fraction
from typing import Any

import pytest

import rulewright as rw
from rulewright.certificates.checker import CertificateError, explain
from rulewright.games.units import units
from rulewright.mechanisms import neutral, onto

HONEST = (rw.strategyproof, rw.individually_rational)


def test_a_float_bound_on_payments_is_the_rational_that_it_is() -> None:
    env = rw.games.allocation({"ann": (1,)}, transfers=(0, 0.7))
    design = rw.search(env, rw.Goal((rw.individually_rational,), rw.revenue))
    assert (design.status, design.value) == ("optimal", Fraction(0.7)) and design.check()
    four = rw.Environment(
        "four", {p: (1, 2) if p == "a" else (1,) for p in "abcd"}, tuple("abcd"),
        lambda p, o, t: t if p == o else 0, transfers=(Fraction(-1, 3), 0.7),
    )  # fmt: skip
    design = rw.search(four, rw.Goal((), rw.revenue))
    assert design.value == 4 * Fraction(0.7) and design.check()
    assert rw.prices(four, rw.Goal((rw.no_deficit,), rw.revenue)).value == 4 * Fraction(0.7)


def test_chances_with_large_denominators_times_nothing() -> None:
    env = rw.Environment("e", {"ann": (1, 2), "bob": (0,)}, ("x", "y"), lambda p, o, t: t if o == "x" else 0)

    @rw.mechanism
    def rare(env: rw.Environment, reports: Any) -> Any:
        """A lottery that is hard to write down."""
        chance = Fraction(1, 3**41 if reports["ann"] == 1 else 5**30)
        return rw.Lottery({"x": chance, "y": 1 - chance})

    assert rw.verify(rare, env, rw.interim_individually_rational).status == "proved"


@pytest.mark.parametrize("method", ["mip", "cp"])
def test_a_requirement_about_expectations_alone_can_be_met_without_lots(method: str) -> None:
    vote = rw.games.voting(("ann", "bob"), ("x", "y"))
    goal = rw.Goal((rw.strategyproof, rw.at_least(rw.welfare, 1)), rw.welfare)
    design = rw.search(vote, goal, deterministic=True, method=method)
    assert design.status == "optimal" and all(v.status == "proved" for v in design.verdicts)


def test_parts_of_a_cake_are_no_lots() -> None:
    cake = rw.games.cake({"ann": [(1, 1)], "bob": [(1, 1)]})
    with pytest.raises(rw.BadInput, match="cut"):
        rw.search(cake, rw.Goal((rw.proportional,)), deterministic=True)


def test_progress_of_an_integer_program_before_there_is_a_bound() -> None:
    told: list[int] = []
    env = rw.games.allocation({"ann": (1, 2, 3), "bob": (1, 2, 3)})
    design = rw.search(env, rw.Goal(HONEST, rw.revenue), deterministic=True, progress=lambda done, _: told.append(done))
    assert design.status == "optimal" and told == sorted(told)
    assert rw.simplify(design).value == design.value


def test_the_unit_of_money_does_not_choose_among_the_best_rules() -> None:
    def rule(unit: Any) -> list[Any]:
        types = dict.fromkeys(("ann", "bob"), (unit, 2 * unit, 5 * unit))
        env = rw.games.allocation(types, transfers=(None, None))
        found = rw.search(env, rw.Goal(HONEST, rw.revenue)).rule
        answers = [found.result(env, profile) for profile in env.profiles()]
        return [(outcome, [Fraction(x) / Fraction(unit) for x in paid.values()]) for outcome, paid in answers]

    assert rule(1) == rule(10**9) == rule(Fraction(1, 10**9))


def test_nash_welfare_is_proved_where_floats_come_near_enough() -> None:
    def worth_of(player: str, outcome: str, type: int) -> Fraction:
        return type - Fraction(1, 3) if outcome == "yes" else Fraction(0)

    env = rw.Environment("pub", dict.fromkeys("abc", (0, -1)), ("no", "yes"), worth_of, transfers=(-5, 5))
    design = rw.search(env, rw.Goal((), rw.nash_welfare))
    assert design.status == "optimal" and design.value == design.bound == 125
    free = rw.Environment("free", dict.fromkeys("abc", (0, -1)), ("no", "yes"), worth_of, transfers=(None, None))
    with pytest.raises(rw.BadInput, match="as large as one likes"):
        rw.search(free, rw.Goal((), rw.nash_welfare))


def test_many_players_within_the_time() -> None:
    env = rw.games.allocation({f"p{k}": tuple(range(1, 6)) for k in range(7)}, transfers=(None, None))
    goal = rw.Goal((rw.bayesian_incentive_compatible, rw.interim_individually_rational), rw.revenue)
    start = time.monotonic()
    assert rw.search(env, goal, time=30).status == "optimal"
    assert time.monotonic() - start < 60  # it took minutes where one case asked the rule about all profiles


def test_what_a_clausal_certificate_leaves_open_is_said() -> None:
    vote = rw.games.voting(("ann", "bob"), ("a", "b", "c"))
    both = rw.enumerate_rules(vote, rw.Goal((rw.strategyproof, onto)))
    certificate: Any = json.loads(json.dumps(both.certificate))
    accepted, said = explain(certificate | {"words": "no rule at all"})
    assert accepted and "but 2 given" in said
    two = rw.games.voting(("ann", "bob"), ("a", "b"))  # if they disagree, names of voters or candidates must decide
    listed = rw.search(two, rw.Goal((rw.mechanisms.anonymous, neutral)), deterministic=True, method="sat")
    assert listed.status == "infeasible" and "on trust" in explain(listed.certificate)[1]  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["requirements", "statements", "clauses", "cases", "proof"])
@pytest.mark.parametrize("wrong", [5, [5], None])
def test_a_malformed_clausal_certificate_is_told_apart_from_a_wrong_one(field: str, wrong: Any) -> None:
    vote = rw.games.voting(("ann", "bob"), ("a", "b", "c"))
    goal = rw.Goal((rw.strategyproof, onto, rw.mechanisms.non_dictatorial))
    data: Any = copy.deepcopy(rw.search(vote, goal, deterministic=True).certificate)
    with pytest.raises(CertificateError):
        explain(data | {field: wrong})


def test_a_rule_for_a_thousand_bidders_prints() -> None:
    crowd = rw.Crowd("a sale", 1000, range(1, 201))
    goal = rw.Goal((rw.bayesian_incentive_compatible, rw.interim_individually_rational), rw.revenue)
    design = rw.search(crowd, goal)
    assert design.status == "optimal" and "199.98" in str(design)


def test_an_infeasible_goal_for_units_without_names_is_explained() -> None:
    env = units({f"p{k}": (1, 2, 3) for k in range(4)}, 2, transfers=(-3, 3))
    design = rw.search(env, rw.Goal((rw.strategyproof, rw.efficient, rw.budget_balanced)))
    assert design.status in ("infeasible", "feasible", "optimal")
    if design.status == "infeasible":
        assert design.conflicts and design.give_up and design.check()
