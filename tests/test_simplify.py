"""Simplify: a rule that is easier to tell and exactly as good, or the one that was given."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pytest

import rulewright as rw
from rulewright import games, mechanisms
from rulewright.solvers import describe, simplify

AUCTION = (rw.strategyproof, rw.individually_rational)


def item(values: Any, n: int = 2, **more: Any) -> rw.Environment:
    return games.allocation({p: tuple(values) for p in ("ann", "bob", "cem")[:n]}, **more)


def found(env: rw.Environment, *require: Any, maximize: Any = None) -> rw.Design:
    return rw.search(env, rw.Goal(require, maximize))


def checked(before: rw.Design, **more: Any) -> rw.Design:
    """The simplified design, whose promises are checked from the definitions."""
    after = simplify(before, **more)
    assert after.status == before.status and after.value == before.value and after.bound == before.bound
    env, goal = before.environment, before.asked
    assert all(bool(rw.verify(after.rule, env, property)) for property in goal.require)
    if goal.maximize is rw.revenue:
        paid = [env.probability(r) * sum(after.rule.result(env, r)[1].values()) for r in env.profiles()]
        assert sum(paid) == before.value
    assert after.check()
    one, other = (describe(design.rule, env) for design in (after, before))
    sure = [design.rule.table(env).sure for design in (after, before)]
    assert (not sure[0], one.length) <= (not sure[1], other.length)
    return after


@pytest.mark.parametrize(("n", "k"), [(2, 2), (2, 3), (2, 4), (2, 6), (3, 3)])
def test_the_best_auction_of_equals_is_a_second_price_auction_with_the_monopoly_reserve(n: int, k: int) -> None:
    """Myerson (1981), on the grid 1..k: the reserve makes r P(value >= r) largest."""
    env = item(range(1, k + 1), n)
    after = checked(found(env, *AUCTION, maximize=rw.revenue))
    form = describe(after.rule, env).form
    match = re.fullmatch(r"second price with reserve (\d+)( \(threshold prices\))?", form)
    assert match, form
    best = max(r * (k - r + 1) for r in range(1, k + 1))
    assert int(match[1]) * (k - int(match[1]) + 1) == best


def test_bidders_who_differ_have_prices_of_their_own() -> None:
    """Uniform on 1..4 and on 2, 4, 6, 8: virtual values 2 t - 4 and 2 t - 8, so the reserves are 2 or 3 and 4 or 6."""
    env = games.allocation({"ann": (1, 2, 3, 4), "bob": (2, 4, 6, 8)})
    after = checked(found(env, *AUCTION, maximize=rw.revenue))
    told = describe(after.rule, env)
    assert told.leaves == 0
    least = {
        p: min((r[p] for r in env.profiles() if after.rule.result(env, r)[0] == p), default=None) for p in env.players
    }
    assert least["ann"] in (2, 3) and least["bob"] in (4, 6)


def test_welfare_with_money_is_vcg() -> None:
    env = item((1, 2, 3))
    assert describe(checked(found(env, *AUCTION, maximize=rw.welfare)).rule, env).form == "second price"
    project = games.public_project(dict.fromkeys(("ann", "bob"), (0, 1, 2, 3)), cost=3)
    form = describe(checked(found(project, rw.strategyproof, maximize=rw.welfare)).rule, project).form
    assert form == "VCG"


def test_honest_voting_among_three_is_a_dictatorship() -> None:
    """Gibbard (1973), Satterthwaite (1975): and no lottery over dictators and pairs has more welfare (Gibbard 1977)."""
    env = games.voting(("ann", "bob"), ("a", "b", "c"))
    form = describe(checked(found(env, rw.strategyproof, maximize=rw.welfare)).rule, env).form
    assert form == "dictatorship of ann"


def test_a_rule_without_lots_is_preferred() -> None:
    env = item((1, 2), transfers=None)
    before = found(env, rw.strategyproof, maximize=rw.welfare)
    after = checked(before)
    assert all(not isinstance(after.rule.result(env, r)[0], rw.Lottery) for r in env.profiles())


def test_lots_stay_where_every_best_rule_needs_them() -> None:
    """Negative control: fair shares of one item without money are lots."""
    env = item((1, 2), transfers=None)
    after = checked(found(env, rw.strategyproof, rw.envy_free, maximize=rw.welfare))
    assert after.value == Fraction(3, 2)
    assert describe(after.rule, env).form == "constant: 1/2 ann, 1/2 bob"


def test_the_transfers_of_the_environment_are_kept() -> None:
    env = item((1, 2, 3), transfers=(0, 1))
    after = checked(found(env, *AUCTION, maximize=rw.revenue))
    assert all(0 <= x <= 1 for r in env.profiles() for x in after.rule.result(env, r)[1].values())


def test_payments_stay_inside_what_may_be_paid() -> None:
    """Nobody can be made to pay: VCG, which is as good and shorter, is not allowed."""
    env = item((1, 2, 3), transfers=(-3, 0))
    before = found(env, rw.strategyproof, maximize=rw.welfare)
    assert before.value == Fraction(22, 9)
    after = checked(before)
    assert all(-3 <= x <= 0 for r in env.profiles() for x in after.rule.result(env, r)[1].values())


def test_the_certificate_is_about_the_simpler_rule() -> None:
    env = games.voting(("ann", "bob"), ("a", "b", "c"))
    for goal in (rw.Goal((rw.strategyproof,), rw.welfare), rw.Goal((rw.strategyproof,))):
        before = rw.search(env, goal)
        after = simplify(before)
        data = after.certificate
        assert data is not None and rw.check(data)
        points = [[[env.space.items.index(after.rule(env, r)), "1"]] for r in env.profiles()]
        assert data["rule"]["points"] == points
        points[0] = [[1, "1"]]  # not what anybody wants there
        points[1] = [[2, "1"]]
        assert not rw.check({**data, "rule": {**data["rule"], "points": points}})


def test_without_an_objective_any_rule_that_meets_the_goal_will_do() -> None:
    env = games.voting(("ann", "bob"), ("a", "b", "c"))
    assert describe(checked(found(env, rw.strategyproof)).rule, env).form == "constant: a"


def test_nothing_simpler_gives_back_the_design() -> None:
    design = found(item((1, 2, 3), 1), *AUCTION, maximize=rw.revenue)
    assert simplify(design) is design


def test_without_time_the_value_stays() -> None:
    """The mean of max(2 t - 4, 2 s - 4, 0), the virtual values on 1..4 (Myerson 1981)."""
    design = found(item(range(1, 5)), *AUCTION, maximize=rw.revenue)
    assert simplify(design, time=0).value == design.value == Fraction(19, 8)


@pytest.mark.parametrize("k", [10**9, 2.0**-30])
def test_the_unit_of_money_does_not_matter(k: Any) -> None:
    one, other = (
        simplify(found(item(values), *AUCTION, maximize=rw.revenue)) for values in ((1, 2, 3), (k, 2 * k, 3 * k))
    )
    tables = [design.rule.table(design.environment) for design in (one, other)]
    assert [tables[0].point(p) for p in range(9)] == [tables[1].point(p) for p in range(9)]


def test_what_cannot_be_simplified() -> None:
    with pytest.raises(rw.BadInput, match="needs a Design, not str"):
        simplify("second price")  # type: ignore[arg-type]
    none = found(item((1, 2), transfers=None), rw.strategyproof, rw.envy_free, rw.efficient, maximize=rw.welfare)
    assert none.rule is None
    with pytest.raises(rw.BadInput, match="no rule"):
        simplify(none)
    dilemma = rw.search(
        games.prisoners_dilemma(), rw.Goal((rw.strictly_dominant("cooperate"),)), family=mechanisms.fines(on="defect")
    )
    with pytest.raises(rw.BadInput, match="for an Environment"):
        simplify(dilemma)
