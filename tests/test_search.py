"""What a search must be right about: its optimum, its refusals, and that nothing but the question decides them."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright import games, mechanisms

Number = Any
Rule = dict[Any, tuple[Any, tuple[Number, ...]]]  # at each profile of reports: {outcome: probability}, payments
FEW = settings(max_examples=25)


# -- rules by the textbook: a table, and what each property means of it ------------------------------------------------


def table_of(rule: Any, env: rw.Environment) -> Rule:
    """A rule as a plain table, by what it answers at each profile."""
    found = {}
    for profile in env.profiles():
        outcome, payments = rule.result(env, profile)
        lottery = dict(outcome) if isinstance(outcome, rw.Lottery) else {outcome: 1}
        found[tuple(profile[p] for p in env.players)] = (lottery, tuple(payments[p] for p in env.players))
    return found


def gets(env: rw.Environment, rule: Rule, i: int, type: Any, reports: tuple[Any, ...]) -> Fraction:
    lottery, payments = rule[reports]
    player = env.players[i]
    worth = sum((Fraction(p) * Fraction(env.utility(player, o, type)) for o, p in lottery.items()), Fraction(0))
    return worth - Fraction(payments[i])


def changed(reports: tuple[Any, ...], i: int, report: Any) -> tuple[Any, ...]:
    return (*reports[:i], report, *reports[i + 1 :])


def is_strategyproof(env: rw.Environment, rule: Rule) -> bool:
    return all(
        gets(env, rule, i, truth[i], truth) >= gets(env, rule, i, truth[i], changed(truth, i, lie))
        for truth in rule
        for i, player in enumerate(env.players)
        for lie in env.types[player]
    )


def is_individually_rational(env: rw.Environment, rule: Rule) -> bool:
    return all(gets(env, rule, i, truth[i], truth) >= 0 for truth in rule for i in range(len(env.players)))


def is_bayesian(env: rw.Environment, rule: Rule) -> bool:
    """Under a uniform prior."""

    def expects(i: int, truth: Any, report: Any) -> Fraction:
        return sum((gets(env, rule, i, truth, changed(t, i, report)) for t in rule if t[i] == truth), Fraction(0))

    return all(
        expects(i, truth, truth) >= expects(i, truth, lie)
        for i, player in enumerate(env.players)
        for truth, lie in itertools.product(env.types[player], repeat=2)
    )


def is_balanced(env: rw.Environment, rule: Rule) -> bool:
    return all(sum(map(Fraction, payments)) == 0 for _, payments in rule.values())


def is_without_deficit(env: rw.Environment, rule: Rule) -> bool:
    return all(sum(map(Fraction, payments)) >= 0 for _, payments in rule.values())


def is_efficient(env: rw.Environment, rule: Rule) -> bool:
    def total(outcome: Any, truth: tuple[Any, ...]) -> Fraction:
        return sum((Fraction(env.utility(p, outcome, t)) for p, t in zip(env.players, truth, strict=True)), Fraction(0))

    return all(
        total(o, truth) == max(total(x, truth) for x in env.space.items)
        for truth, (lottery, _) in rule.items()
        for o, p in lottery.items()
        if p
    )


HOLDS: dict[str, Callable[[rw.Environment, Rule], bool]] = {
    "strategyproof": is_strategyproof,
    "individually_rational": is_individually_rational,
    "bayesian_incentive_compatible": is_bayesian,
    "budget_balanced": is_balanced,
    "no_deficit": is_without_deficit,
    "efficient": is_efficient,
}


def welfare_of(env: rw.Environment, rule: Rule) -> Fraction:
    """The expected sum of utilities before payments, every profile equally likely."""
    gained = [gets(env, rule, i, t[i], t) + Fraction(rule[t][1][i]) for t in rule for i in range(len(env.players))]
    return sum(gained, Fraction(0)) / len(rule)


def revenue_of(env: rw.Environment, rule: Rule) -> Fraction:
    return sum((Fraction(x) for _, payments in rule.values() for x in payments), Fraction(0)) / len(rule)


def deterministic_rules(env: rw.Environment, payments: Sequence[Number]) -> Iterator[Rule]:
    """Every function from profiles to an outcome and to payments out of a short list."""
    profiles = list(itertools.product(*env.types.values()))
    answers = [({o: 1}, pay) for o in env.space.items for pay in itertools.product(payments, repeat=len(env.players))]
    for chosen in itertools.product(answers, repeat=len(profiles)):
        yield dict(zip(profiles, chosen, strict=True))


def voters(utilities: Mapping[str, Mapping[str, tuple[int, ...]]], transfers: Any = None) -> rw.Environment:
    """Players with tables of utilities: {player: {type: (utility of x, of y, ...)}}."""
    names = "xyz"[: len(next(iter(next(iter(utilities.values())).values())))]
    types = {player: tuple(each) for player, each in utilities.items()}

    def utility(player: str, outcome: Any, type: Any) -> Number:
        return utilities[player][type][names.index(outcome)]

    return rw.Environment("choice", types=types, outcomes=tuple(names), utility=utility, transfers=transfers)


def tables(types: int, outcomes: int) -> st.SearchStrategy[dict[str, dict[str, tuple[int, ...]]]]:
    row = st.tuples(*[st.integers(-2, 4)] * outcomes)
    player = st.fixed_dictionaries({f"t{k}": row for k in range(types)})
    return st.fixed_dictionaries({"ann": player, "bob": player})


# -- the optimum -------------------------------------------------------------------------------------------------------


@FEW
@given(utilities=tables(types=2, outcomes=3))
def test_no_deterministic_rule_beats_the_optimum_and_what_is_found_has_the_properties(utilities: Any) -> None:
    """Voting, without money: the linear program over lotteries is at least the best of all 81 functions."""
    env = voters(utilities)
    design = rw.search(env, rw.Goal((rw.strategyproof,), rw.welfare))
    assert design.status == "optimal" and design.check() is True
    assert design.bound is None or design.bound == design.value
    best = max(welfare_of(env, rule) for rule in deterministic_rules(env, [0]) if is_strategyproof(env, rule))
    assert design.value >= best
    found = table_of(design.rule, env)
    assert is_strategyproof(env, found) and welfare_of(env, found) == design.value
    assert all(verdict for verdict in design.verdicts)


@settings(max_examples=4)
@given(values=st.fixed_dictionaries({"ann": st.permutations([1, 2, 4]), "bob": st.permutations([1, 3, 5])}))
@pytest.mark.parametrize("objective", ["welfare", "revenue"])
def test_money_is_at_least_as_good_as_the_best_rule_by_enumeration(values: Any, objective: str) -> None:
    """One item, two values each, payments 0, 1, 2: all functions that are strategyproof and individually rational."""
    types = {player: tuple(sorted(each[:2])) for player, each in values.items()}
    env = games.allocation(types, transfers=(0, 2))
    measure = {"welfare": welfare_of, "revenue": revenue_of}[objective]
    goal = rw.Goal((rw.strategyproof, rw.individually_rational), getattr(rw, objective))
    design = rw.search(env, goal)
    assert design.status == "optimal" and design.check()
    found = table_of(design.rule, env)
    assert is_strategyproof(env, found) and is_individually_rational(env, found)
    assert measure(env, found) == design.value
    winners: list[Any] = [({"nobody": 1}, (0, 0))]
    winners += [({"ann": 1}, (price, 0)) for price in (0, 1, 2)] + [({"bob": 1}, (0, price)) for price in (0, 1, 2)]
    profiles = list(itertools.product(*types.values()))
    best = max(
        (
            measure(env, rule)
            for chosen in itertools.product(winners, repeat=4)
            for rule in [dict(zip(profiles, chosen, strict=True))]
            if is_individually_rational(env, rule) and is_strategyproof(env, rule)
        ),
        default=Fraction(0),
    )
    assert design.value >= best


def test_without_requirements_the_optimum_is_the_first_best() -> None:
    """Nothing required: at every profile the best outcome, by the definition of expected welfare."""
    env = games.allocation({"ann": (1, 2, 7), "bob": (3, 5)}, transfers=None)
    best = Fraction(sum(max(a, b) for a in (1, 2, 7) for b in (3, 5)), 6)
    assert rw.search(env, rw.Goal((), rw.welfare)).value == best


def test_what_more_is_required_never_raises_the_optimum() -> None:
    env = games.allocation({"ann": (1, 2, 3), "bob": (1, 3)}, transfers=(-3, 3))
    requirements = (rw.strategyproof, rw.individually_rational, rw.budget_balanced)
    values = {
        kept: rw.search(env, rw.Goal(kept, rw.welfare)).value
        for n in range(4)
        for kept in itertools.combinations(requirements, n)
    }
    for some, more in itertools.permutations(values, 2):
        if set(some) < set(more):
            assert values[some] >= values[more]


def test_bayesian_is_weaker_than_strategyproof() -> None:
    """Every strategyproof rule is Bayesian incentive compatible: the optimum is no smaller."""
    for cap in (0, 1, 2):
        env = games.allocation({"ann": (1, 2, 4), "bob": (1, 3)}, transfers=(0, cap))
        strong = rw.search(env, rw.Goal((rw.strategyproof, rw.individually_rational), rw.welfare))
        weak = rw.search(env, rw.Goal((rw.bayesian_incentive_compatible, rw.individually_rational), rw.welfare))
        assert weak.value >= strong.value
        assert is_bayesian(env, table_of(weak.rule, env)) and is_individually_rational(env, table_of(weak.rule, env))


def test_the_egalitarian_optimum_is_no_less_than_any_rule_of_ours_gives_the_poorest() -> None:
    env = games.allocation({"ann": ((3, 1), (1, 3)), "bob": ((3, 1), (1, 3))}, ("bread", "wine"), transfers=None)
    design = rw.search(env, rw.Goal((rw.strategyproof,), rw.egalitarian))
    assert design.status == "optimal" and design.check()
    assert design.value >= 2, "an equal split gives each of them 2 at every profile"
    found = table_of(design.rule, env)
    poorest = min(sum(gets(env, found, i, truth[i], truth) for truth in found) / 4 for i in (0, 1))
    assert poorest == design.value


@pytest.mark.parametrize("order", list(itertools.permutations(("ann", "bob", "cem"))))
def test_the_order_of_players_does_not_change_the_optimum(order: tuple[str, ...]) -> None:
    values = {"ann": (1, 2), "bob": (1, 3), "cem": (2, 3)}
    env = games.allocation({p: values[p] for p in order}, transfers=(0, 1))
    base = games.allocation(values, transfers=(0, 1))
    goal = rw.Goal((rw.strategyproof, rw.individually_rational), rw.welfare)
    assert rw.search(env, goal).value == rw.search(base, goal).value


@pytest.mark.parametrize("k", [Fraction(1, 10**9), 10**9, Fraction(1, 3)], ids=str)
def test_the_optimum_is_measured_in_the_unit_of_the_values(k: Number) -> None:
    goal = rw.Goal((rw.strategyproof, rw.individually_rational), rw.welfare)
    small = rw.search(games.allocation({"ann": (1, 2, 3), "bob": (1, 2, 3)}, transfers=(0, 1)), goal)
    values = tuple(k * v for v in (1, 2, 3))
    large = rw.search(games.allocation({"ann": values, "bob": values}, transfers=(0, k)), goal)
    assert (large.status, large.value) == (small.status, small.value * k)
    assert small.check() and large.check()


def test_an_unbounded_objective_is_said_to_be_so() -> None:
    env = games.allocation({"ann": (1, 2), "bob": (1, 2)})
    with pytest.raises(rw.BadInput, match=r"bound"):
        rw.search(env, rw.Goal((rw.strategyproof,), rw.revenue))


# -- families ----------------------------------------------------------------------------------------------------------


def test_a_family_of_rules_gives_its_best_member_that_meets_the_goal() -> None:
    """Posted prices, one buyer at a time: by hand, the revenue of each price over all profiles."""
    env = games.allocation({"ann": (1, 2, 3), "bob": (2, 3)})
    family = [mechanisms.posted_price(price) for price in (1, 2, 3, 4)] + [mechanisms.first_price]
    design = rw.search(env, rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue), family=family)
    revenues = [revenue_of(env, table_of(rule, env)) for rule in family[:4]]
    assert design.status == "optimal" and design.value == max(revenues)
    assert design.rule.name == family[revenues.index(max(revenues))].name
    assert len(design.candidates) == 5
    assert not next(c for c in design.candidates if c.rule.name == mechanisms.first_price.name).meets
    assert all(verdict for verdict in design.verdicts) and design.check()


def test_a_family_without_a_good_rule_is_infeasible_and_says_why_of_each() -> None:
    env = games.allocation({"ann": (1, 2, 3), "bob": (1, 2, 3)})
    family = [mechanisms.first_price, mechanisms.third_price]
    design = rw.search(env, rw.Goal((rw.strategyproof,), rw.revenue), family=family)
    assert design.status == "infeasible" and design.rule is None
    for rule in family:
        assert rule.name in design.why
    for candidate in design.candidates:
        assert candidate.verdicts[0].counterexample.check() is True
    assert design.check() is True


# -- the refusals ------------------------------------------------------------------------------------------------------


def trade(n: int) -> rw.Environment:
    values = tuple(range(1, n + 1))

    def utility(player: str, outcome: Any, value: Any) -> int:
        return 0 if outcome == "keep" else value if player == "buyer" else -value

    types = {"seller": values, "buyer": values}
    return rw.Environment("trade", types=types, outcomes=("keep", "trade"), utility=utility, transfers=(None, None))


@rw.for_all(mechanisms.strategyproof.cases, "never")
def never(rule: Any, env: Any, case: Any) -> Any:
    """A misreport always pays at least 1: no rule can do that."""
    u = rw.worth(env, case.player, case.types[case.player])
    return rule.expect(u, env, case.reports), rule.expect(u, env, case.types) + 1


INFEASIBLE: dict[str, tuple[Callable[[], rw.Environment], tuple[Any, ...], set[str] | None]] = {
    "Green and Laffont 1979": (
        lambda: games.allocation({"ann": (1, 2, 3, 4), "bob": (1, 2, 3, 4)}),
        (rw.strategyproof, rw.efficient, rw.budget_balanced, rw.individually_rational),
        None,
    ),
    "Myerson and Satterthwaite 1983": (
        lambda: trade(6),
        (rw.efficient, rw.bayesian_incentive_compatible, rw.interim_individually_rational, rw.budget_balanced),
        {"efficient", "bayesian_incentive_compatible", "interim_individually_rational", "budget_balanced"},
    ),
    "the same with a requirement too many": (
        lambda: trade(6),
        (rw.efficient, rw.strategyproof, rw.individually_rational, rw.no_deficit, rw.interim_individually_rational),
        None,
    ),
    "all to each": (
        lambda: games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=None),
        (rw.strategyproof, rw.efficient, rw.proportional),
        None,
    ),
    "two that contradict each other": (
        lambda: games.allocation({"ann": (1, 2), "bob": (1, 2)}),
        (never, rw.strategyproof, rw.budget_balanced, rw.individually_rational),
        None,
    ),
}


def conflict(design: rw.Design, requirements: Sequence[Any]) -> set[str]:
    """The requirements that the answer names as those that cannot hold together."""
    sentence = design.why.split(" cannot ")[0]
    return {p.name for p in requirements if re.search(rf"\b{p.name}\b", sentence)}


@pytest.mark.parametrize("name", INFEASIBLE)
def test_the_named_conflict_is_minimal(name: str) -> None:
    """All that is named together: impossible. Without any one of it: possible. And a certificate says so."""
    make, requirements, expected = INFEASIBLE[name]
    design = rw.search(make(), rw.Goal(requirements))
    assert design.status == "infeasible" and design.rule is None
    assert design.check() is True and rw.check(json.loads(json.dumps(design.certificate)))
    named = conflict(design, requirements)
    assert named, design.why
    assert expected is None or named == expected
    clash = [p for p in requirements if p.name in named]
    assert rw.search(make(), rw.Goal(tuple(clash))).status == "infeasible"
    for left_out in clash:
        rest = rw.Goal(tuple(p for p in clash if p is not left_out))
        assert rw.search(make(), rest).status in ("feasible", "optimal"), f"without {left_out.name}"


@settings(max_examples=15)
@given(utilities=tables(types=2, outcomes=2))
def test_feasible_or_infeasible_either_way_it_is_shown(utilities: Any) -> None:
    """Any requirements of any small choice: a rule that has them by definition, or a certified refusal."""
    env = voters(utilities, transfers=(-3, 3))
    requirements = (rw.strategyproof, rw.individually_rational, rw.budget_balanced, rw.efficient)
    design = rw.search(env, rw.Goal(requirements))
    assert design.status in ("feasible", "optimal", "infeasible") and design.check() is True
    if design.rule is None:
        deterministic = (
            rule for rule in deterministic_rules(env, [0]) if all(HOLDS[p.name](env, rule) for p in requirements)
        )
        assert next(deterministic, None) is None, "there is such a rule, even without payments"
    else:
        assert all(HOLDS[p.name](env, table_of(design.rule, env)) for p in requirements)


@rw.for_all(mechanisms.strategyproof.cases, "margin")
def every_lie_costs_a_tenth(rule: Any, env: Any, case: Any) -> Any:
    """Every lie costs at least 1/10 (a strictly proper rule: Savage 1971)."""
    u = rw.worth(env, case.player, case.types[case.player])
    return rule.expect(u, env, case.types), rule.expect(u, env, case.reports) + Fraction(1, 10)


def test_what_a_known_rule_can_do_the_search_can_do() -> None:
    """Ann wins with probability v/3 and pays v²/6: every lie costs her 1/6 or more: a margin of 1/10."""
    env = games.allocation({"ann": (1, 2, 3)})

    @rw.mechanism
    def quadratic(env: Any, reports: Any) -> Any:
        """Ann wins with probability v/3 and pays v²/6 (Savage 1971)."""
        v = reports["ann"]
        return rw.Lottery({"ann": Fraction(v, 3), "nobody": 1 - Fraction(v, 3)}), rw.Profile(
            {"ann": Fraction(v * v, 6)}
        )

    assert rw.verify(quadratic, env, every_lie_costs_a_tenth).status == "proved"
    design = rw.search(env, rw.Goal((every_lie_costs_a_tenth,)))
    assert design.status in ("feasible", "optimal")
    assert design.check() is True and rw.verify(design.rule, env, every_lie_costs_a_tenth).status == "proved"


# -- the same answer every time ----------------------------------------------------------------------------------------

SCRIPT = """
import json, rulewright as rw
env = rw.games.allocation({"ann": (1, 2, 3), "bob": (1, 2, 4)}, transfers=(0, 1))
design = rw.search(env, rw.Goal((rw.strategyproof, rw.individually_rational), rw.welfare))
found = rw.scenario("cake_cutting")
cake = rw.search(found.game, found.goal, family=found.family)
nash = rw.solve(rw.NormalForm("chicken", {"a": ("s", "t"), "b": ("s", "t")}, [[[6, 6], [2, 7]], [[7, 2], [0, 0]]]))
item = rw.games.allocation({"ann": (1, 2, 3), "bob": (1, 2, 4)})
verdict = rw.verify(rw.mechanisms.first_price, item, rw.strategyproof)
for each in (design, cake):
    print(each)
    print(json.dumps(each.certificate))
print(nash, [json.dumps(e.certificate) for e in nash])
print(verdict, json.dumps(verdict.certificate))
"""


def test_the_answers_and_certificates_are_the_same_under_any_hash_seed() -> None:
    """Text and certificates, byte for byte, in three processes with three seeds of Python's hashing."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for seed in ("0", "1", "424242")
    ]  # fmt: skip
    answers = [process.communicate(timeout=120) for process in running]
    assert all(process.returncode == 0 for process in running), answers[0][1][-1000:]
    assert answers[0][0] and answers[0][0] == answers[1][0] == answers[2][0]


def test_two_runs_give_the_same_certificate() -> None:
    def run() -> str:
        env = games.allocation({"ann": (1, 2, 3), "bob": (1, 2, 3)}, transfers=(0, 1))
        return json.dumps(rw.search(env, rw.Goal((rw.strategyproof, rw.individually_rational), rw.welfare)).certificate)

    assert run() == run()


def test_progress_is_told_and_a_budget_is_kept() -> None:
    """``progress(done, total)`` is called now and then; out of time, the answer is unknown and says so."""
    env = games.cake({"ann": [(1, 1, 1)], "bob": [(90, 5, 5)], "cem": [(95, 3, 2)]})
    told: list[tuple[int, int]] = []
    goal = rw.Goal((rw.proportional,))
    family = mechanisms.who_cuts_who_chooses(env, play=mechanisms.honest)
    rw.search(env, goal, family=family, progress=lambda done, total: told.append((done, total)))
    assert told and all(0 <= done <= total for done, total in told)
    design = rw.search(env, goal, family=mechanisms.who_cuts_who_chooses(env), time=1e-6)
    assert design.status in ("unknown", "feasible") and (design.why or design.searched)


def test_what_marks_the_rules_that_meet_a_goal_is_said_and_nothing_else() -> None:
    """The cutter must choose last; who she is does not matter, and is not said to (Steinhaus 1948)."""
    env = rw.games.cake({"ann": [(1, 1), (1, 3)], "bob": [(1, 1), (3, 1)]})
    design = rw.search(env, rw.Goal((rw.proportional,)), family=rw.mechanisms.who_cuts_who_chooses)
    assert "They are exactly the rules in which the cutter chooses last." in design.why
    assert "the cutter is" not in design.why


def test_egalitarian_is_what_the_worst_off_player_expects() -> None:
    """By the definition (Rawls 1971): the least expected worth, for a given rule and for the best rule there is."""
    env = rw.games.cake({"ann": [(6, 2)], "bob": [(1, 1)]})
    given = rw.search(env, rw.Goal((), rw.egalitarian), family=[rw.mechanisms.equal_split])
    assert given.value == 1  # ann gets 4 of her 8, bob 1 of his 2
    best = rw.search(env, rw.Goal((), rw.egalitarian))
    assert best.status == "optimal"
    assert best.check()
    outcome = best.rule(env, {"ann": (6, 2), "bob": (1, 1)})
    assert best.value == min(env.utility("ann", outcome, (6, 2)), env.utility("bob", outcome, (1, 1)))
    assert best.value == Fraction(12, 7)  # x of the first half: 6x = (1 - x) + 1


def test_of_the_best_rules_the_one_found_moves_the_least_money() -> None:
    """The least total payment of an efficient strategyproof rule, by a program of its own from the definitions."""
    from scipy.optimize import linprog

    values = (1, 2, 4)
    env = rw.games.allocation({"ann": values, "bob": values}, transfers=(-9, 9), disposal=False)
    design = rw.search(env, rw.Goal((rw.strategyproof, rw.individually_rational), rw.welfare))
    profiles = list(itertools.product(range(3), repeat=2))
    place = {(p, i, sign): 4 * k + 2 * i + sign for k, p in enumerate(profiles) for i in (0, 1) for sign in (0, 1)}
    share = {p: 36 + k for k, p in enumerate(profiles)}  # ann's chance at each profile; bob has the rest

    def worth(i: int, own: int, p: tuple[int, int]) -> tuple[Any, float]:
        row = np.zeros(45)
        row[share[p]] = values[own] * (1 if i == 0 else -1)
        row[place[p, i, 0]], row[place[p, i, 1]] = -1, 1
        return row, 0 if i == 0 else values[own]

    rows, right = [], []
    for p, i in itertools.product(profiles, (0, 1)):
        honest, constant = worth(i, p[i], p)
        rows.append(-honest)
        right.append(constant)
        for lie in range(3):
            other, there = worth(i, p[i], (lie, p[1]) if i == 0 else (p[0], lie))
            rows.append(other - honest)
            right.append(constant - there)
    chances = [(1, 1) if a > b else (0, 0) if a < b else (0, 1) for a, b in profiles]  # the best welfare of all
    least = linprog([1] * 36 + [0] * 9, rows, right, bounds=[(0, 9)] * 36 + chances)
    paid = sum(abs(x) for k in range(9) for x in design.rule.table(env).paid(k, env.players).values())
    assert float(paid) == pytest.approx(least.fun)
