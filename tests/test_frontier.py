"""Frontiers: every corner is there, is reached, and nothing lies beyond."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import rulewright as rw
from rulewright import games, mechanisms
from rulewright.mechanisms import at_least, guaranteed, with_margin
from rulewright.mechanisms.cases import drawn, players
from rulewright.mechanisms.goals import objective
from rulewright.solvers import Frontier, frontier
from rulewright.solvers.searching import corners
from rulewright.solvers.searching.corners import Chain, Corner, Stretch
from rulewright.solvers.searching.programs.linear import solve_program

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
FAIR = (rw.strategyproof, rw.individually_rational)
WEIGHTS = [(1, 0), (0, 1), *((a, b) for a in (1, 2, 5) for b in (1, 3, 7))]


def pair(values: tuple[int, ...] = (1, 2), transfers: Any = (-4, 4)) -> rw.Environment:
    return games.allocation(dict.fromkeys(("ann", "bob"), values), transfers=transfers)


def values(curve: Frontier) -> list[tuple[Any, Any]]:
    return [point.values for point in curve]


@mechanisms.for_all(players, "free")
def free(rule: Any, env: Any, case: Any) -> tuple[Any, Any]:
    """Nobody pays."""
    return 0, rule.expect(mechanisms.payment(env, case.player), env, case.reports)


def worth_of(player: str) -> Any:
    @objective
    def worth(rule: Any, env: Any) -> list[Any]:
        """What one player expects."""
        honest = drawn(env)
        return [rule.expect(rw.worth(env, player, honest.reports[player]), env, honest)]

    return worth


# -- an independent program, straight from the definitions: one item, two bidders, money ------------------------------


class ByHand:
    """The linear program of an auction of one item, dense and in floats; its rows are ``a x <= b``."""

    def __init__(self, types: tuple[int, ...], low: float, high: float) -> None:
        self.types, self.n = types, len(types)
        self.profiles = list(itertools.product(range(self.n), repeat=2))
        self.size = 4 * len(self.profiles)  # at each profile: who wins (ann, bob), what they pay
        self.bounds = [(0, 1), (0, 1), (low, high), (low, high)] * len(self.profiles)
        self.a: list[Any] = []
        self.b: list[float] = []
        for p in range(len(self.profiles)):
            row = np.zeros(self.size + 1)
            row[4 * p : 4 * p + 2] = 1
            self.a.append(row)
            self.b.append(1)

    def worth(self, i: int, type: int, profile: tuple[int, ...]) -> Any:
        row = np.zeros(self.size + 1)
        p = self.profiles.index(tuple(profile))
        row[4 * p + i], row[4 * p + 2 + i] = self.types[type], -1
        return row

    def honest(self, slack: float = 0.0) -> None:
        """Nobody gains by a lie; with ``slack`` 1 a last column says by how much the truth is better at least."""
        for profile, i in itertools.product(self.profiles, (0, 1)):
            for lie in range(self.n):
                if lie != profile[i]:
                    told = tuple(lie if j == i else t for j, t in enumerate(profile))
                    row = self.worth(i, profile[i], told) - self.worth(i, profile[i], profile)
                    row[-1] = slack
                    self.a.append(row)
                    self.b.append(0)

    def willing(self) -> None:
        for profile, i in itertools.product(self.profiles, (0, 1)):
            self.a.append(-self.worth(i, profile[i], profile))
            self.b.append(0)

    def revenue(self) -> Any:
        row = np.zeros(self.size + 1)
        row[2:-1:4] = row[3:-1:4] = 1 / len(self.profiles)
        return row

    def welfare(self) -> Any:
        row = np.zeros(self.size + 1)
        for p, profile in enumerate(self.profiles):
            for i in (0, 1):
                row[4 * p + i] = self.types[profile[i]] / len(self.profiles)
        return row

    def most(self, aim: Any, last: tuple[float | None, float | None] = (0, 0)) -> float:
        solved = linprog(-aim, A_ub=np.array(self.a), b_ub=np.array(self.b), bounds=[*self.bounds, last])
        assert solved.status == 0
        return float(-solved.fun)


def support(curve: Frontier, weights: tuple[int, int]) -> float:
    """The largest weighted sum on a frontier: it is reached at a corner."""
    return max(float(weights[0] * x + weights[1] * y) for x, y in values(curve))


@pytest.mark.parametrize("types", [(1, 2, 3), (2, 3, 7), (1, 4, 5)])
def test_welfare_against_revenue_is_what_every_weighted_program_says(types: tuple[int, ...]) -> None:
    curve = frontier(pair(types, (-9, 9)), rw.Goal(FAIR, rw.welfare), rw.revenue)
    assert curve.exact and curve.complete and not curve.gaps
    by_hand = ByHand(types, -9, 9)
    by_hand.honest()
    by_hand.willing()
    for a, b in WEIGHTS:
        assert support(curve, (a, b)) == pytest.approx(by_hand.most(a * by_hand.welfare() + b * by_hand.revenue()))


def test_a_relaxed_requirement_is_what_every_weighted_program_says() -> None:
    curve = frontier(pair((1, 2, 3), (-9, 9)), rw.Goal(FAIR, rw.revenue), rw.strategyproof, margins=(None, None))
    by_hand = ByHand((1, 2, 3), -9, 9)
    by_hand.honest(slack=1)
    by_hand.willing()
    margin = np.zeros(by_hand.size + 1)
    margin[-1] = 1
    assert len(curve) > 3, "a curve with corners to miss"
    for a, b in [*WEIGHTS, (10, 1), (1, 20)]:
        exactly = by_hand.most(a * by_hand.revenue() + b * margin, (-20, 20))
        assert support(curve, (a, b)) == pytest.approx(exactly)
    ends = values(curve)
    chord = float((ends[0][0] + ends[-1][0]) / 2)
    middle = (ends[0][1] + ends[-1][1]) / 2
    by_hand.bounds = list(by_hand.bounds)
    between = by_hand.most(by_hand.revenue(), (float(middle), float(middle)))
    assert float(curve.at(middle)) == pytest.approx(between)
    assert chord < between - 1e-3, "control: the two ends alone are not the curve"


# -- by hand ----------------------------------------------------------------------------------------------------------


def test_payments_capped() -> None:
    """Two bidders worth 1..4 each, uniform: best expected welfare by how much anybody may pay."""
    env = pair((1, 2, 3, 4), (0, 4))
    curve = frontier(env, rw.Goal((*FAIR, free), rw.welfare), free)
    caps = {0: Fraction(5, 2), HALF: Fraction(23, 8), 1: 3, 2: Fraction(149, 48), Fraction(5, 2): Fraction(25, 8)}
    assert {cap: curve.at(-cap) for cap in caps} == caps
    assert rw.search(pair((1, 2, 3, 4)), rw.Goal(FAIR, rw.welfare)).value == values(curve)[-1][0] == Fraction(25, 8)
    for cap in (HALF, 2):
        capped = pair((1, 2, 3, 4), (0, cap))
        assert rw.search(capped, rw.Goal(FAIR, rw.welfare)).value == curve.at(-cap)


def test_fairness_against_welfare() -> None:
    """One good, 3 for ann and 1 for bob: with a share s for ann bob envies by 2s - 1, and welfare is 1 + 2s."""
    env = games.allocation({"ann": (3,), "bob": (1,)}, transfers=None, disposal=False)
    curve = frontier(env, rw.Goal((rw.envy_free,), rw.welfare), rw.envy_free)
    assert values(curve) == [(2, 0), (3, -1)]
    assert curve.prices == (1,) and curve.at(-HALF) == Fraction(5, 2)
    assert curve[0].rule.result(env, {"ann": 3, "bob": 1})[0] != curve[1].rule.result(env, {"ann": 3, "bob": 1})[0]


def test_persuasion_with_a_margin() -> None:
    """A judge who convicts if guilt is more likely by a margin; 3 of 10 are guilty (Kamenica and Gentzkow 2011)."""
    chance = {"court": {"guilty": Fraction(3, 10), "innocent": Fraction(7, 10)}, "prosecutor": {"keen": 1}}

    def court(m: Fraction) -> rw.Environment:
        def utility(player: str, verdict: str, type: str) -> Any:
            if player == "prosecutor":
                return int(verdict == "convict")
            return 0 if verdict == "acquit" else 1 - m if type == "guilty" else -1 - m

        types = {player: tuple(each) for player, each in chance.items()}
        return rw.Environment("court", types, ("convict", "acquit"), utility, prior=chance)

    convictions, justice = worth_of("prosecutor"), worth_of("court")
    for m in (Fraction(0), Fraction(1, 10), HALF, Fraction(1)):
        most = rw.search(court(m), rw.Goal((at_least(justice, 0),), convictions)).value
        assert most == Fraction(3, 10) + Fraction(3, 10) * (1 - m) / (1 + m)
    curve = frontier(court(Fraction(0)), rw.Goal((), convictions), justice)
    tenth = Fraction(1, 10)
    assert values(curve) == [(3 * tenth, 3 * tenth), (1, -4 * tenth)]
    assert curve.at(0) == 6 * tenth


def test_a_point_is_the_best_of_its_own_goal() -> None:
    env = pair((1, 2, 3))
    for against in (rw.revenue, rw.strategyproof, rw.individually_rational):
        for point in frontier(env, rw.Goal(FAIR, rw.welfare if against is rw.revenue else rw.revenue), against):
            design = rw.search(env, point.goal)
            assert design.status == "optimal" and design.check()
            assert design.value == point.values[0]
            assert [v.status for v in point.verdicts] == ["proved"] * len(point.goal.require)


def test_an_equation_holds_within_a_margin() -> None:
    """Efficient, strategyproof, balanced and individually rational: impossible (Green and Laffont 1979), but nearly."""
    env = pair((1, 2, 3, 4), (-9, 9))
    goal = rw.Goal((*FAIR, rw.budget_balanced), rw.welfare)
    curve = frontier(env, goal, rw.budget_balanced)
    assert curve.exact and curve.complete
    assert values(curve)[0][1] == 0 and values(curve)[0][0] == rw.search(env, goal).value < values(curve)[-1][0]
    for point in curve:
        total = [abs(sum(point.rule.result(env, profile)[1].values())) for profile in env.profiles()]
        assert max(total) == -point.values[1]
    tenth = Fraction(1, 10)
    assert rw.search(env, rw.Goal((*FAIR, with_margin(rw.budget_balanced, -tenth)), rw.welfare)).value == curve.at(
        -tenth
    )
    with pytest.raises(rw.BadInput, match="equation"):
        frontier(env, goal, rw.budget_balanced, margins=(0, 1))


def test_smallest_and_guaranteed_aims_have_frontiers_too() -> None:
    env = pair((1, 2, 3))
    for first, second in ((rw.egalitarian, rw.revenue), (rw.revenue, guaranteed(rw.revenue))):
        curve = frontier(env, rw.Goal(FAIR, first), second)
        assert curve.exact and curve.complete
        for x, y in values(curve):
            assert rw.search(env, rw.Goal((*FAIR, at_least(second, y)), first)).value == x
    assert curve.axes == ("revenue", "guaranteed revenue")


def test_the_price_of_robustness() -> None:
    """A margin on lies costs revenue; above the largest that is possible there is no rule."""
    env = pair((1, 2))
    curve = frontier(env, rw.Goal(FAIR, rw.revenue), rw.strategyproof, margins=(0, None))
    assert values(curve) == [(Fraction(5, 4), Fraction(1, 4)), (Fraction(3, 2), 0)]
    beyond = with_margin(rw.strategyproof, Fraction(1, 4) + Fraction(1, 1000))
    assert rw.search(env, rw.Goal((beyond, rw.individually_rational), rw.revenue)).status == "infeasible"
    cut = frontier(env, rw.Goal(FAIR, rw.revenue), rw.strategyproof, margins=(0, Fraction(1, 8)))
    assert values(cut) == [(curve.at(Fraction(1, 8)), Fraction(1, 8)), (Fraction(3, 2), 0)]


# -- what is true of every frontier -----------------------------------------------------------------------------------


@st.composite
def choices(draw: Any) -> rw.Environment:
    """Three players, two of up to two types each, three outcomes without money."""
    amounts = st.integers(-4, 4)
    types = {p: tuple(range(draw(st.integers(1, 2)))) for p in ("ann", "bob")} | {"cem": (0,)}
    table = {(p, o, t): draw(amounts) for p in types for t in types[p] for o in "abc"}
    return rw.Environment("any", types, ("a", "b", "c"), lambda p, o, t: table[p, o, t])


@settings(max_examples=15, deadline=None)
@given(choices())
def test_random_frontiers_are_concave_verified_and_have_all_corners(env: rw.Environment) -> None:
    """What is good for all three against what is good for cem."""
    curve = frontier(env, rw.Goal((rw.strategyproof,), rw.welfare), worth_of("cem"))
    assert curve.exact and curve.complete and len(curve)
    firsts, seconds = zip(*values(curve), strict=True)
    assert list(firsts) == sorted(set(firsts)) and list(seconds) == sorted(set(seconds), reverse=True)
    assert list(curve.prices) == sorted(set(curve.prices), reverse=True) and all(p > 0 for p in curve.prices)
    profiles = list(itertools.product(*(env.types[p] for p in env.players)))
    n = len(profiles)
    a_ub, b_ub, a_eq = [], [], []
    for k, profile in enumerate(profiles):
        row = np.zeros(3 * n)
        row[3 * k : 3 * k + 3] = 1
        a_eq.append(row)
        for i, player in enumerate(env.players):
            for lie in env.types[player]:
                told = tuple(lie if j == i else t for j, t in enumerate(profile))
                u = [float(env.utility(player, o, profile[i])) for o in "abc"]
                row = np.zeros(3 * n)
                row[3 * profiles.index(told) : 3 * profiles.index(told) + 3] += u
                row[3 * k : 3 * k + 3] -= u
                a_ub.append(row)
                b_ub.append(0)
    one = np.array([sum(env.utility(p, o, t) for p, t in zip(env.players, each, strict=True))
                    for each in profiles for o in "abc"], dtype=float) / n  # fmt: skip
    two = np.array([env.utility("cem", o, 0) for _ in profiles for o in "abc"], dtype=float) / n
    for a, b in WEIGHTS:
        solved = linprog(-(a * one + b * two), A_ub=a_ub, b_ub=b_ub, A_eq=a_eq, b_eq=np.ones(n))
        assert support(curve, (a, b)) == pytest.approx(-solved.fun, abs=1e-7)


@pytest.mark.parametrize("unit", [Fraction(1, 10**9), 10**9])
def test_the_unit_of_money_does_not_matter(unit: Any) -> None:
    def curve(k: Any) -> Frontier:
        env = games.allocation(dict.fromkeys(("ann", "bob"), (1 * k, 2 * k, 3 * k)), transfers=(-5 * k, 5 * k))
        return frontier(env, rw.Goal(FAIR, rw.revenue), rw.strategyproof, margins=(None, None))

    scaled, plain = curve(unit), curve(1)
    assert scaled.exact and plain.exact
    assert [(x / Fraction(unit), y / Fraction(unit)) for x, y in values(scaled)] == values(plain)


@pytest.mark.parametrize(
    "against", [rw.strategyproof, rw.envy_free, rw.budget_balanced, guaranteed(rw.revenue)], ids=lambda p: p.name
)
def test_players_treated_alike_change_nothing(against: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where players may exchange their names, a rule that treats them alike is as good as any."""
    env, goal = pair((1, 2)), rw.Goal(FAIR, rw.revenue)
    margins = None if against is rw.budget_balanced else (None, None)
    alike = frontier(env, goal, against, margins=margins)
    monkeypatch.setattr(import_module("rulewright.solvers.tradeoffs"), "orbits_of", lambda *_: None)
    plain = frontier(env, goal, against, margins=margins)
    assert values(alike) == values(plain) and alike.exact and plain.exact
    assert "alike" in alike.method and "alike" not in plain.method


def test_workers_change_nothing() -> None:
    env, goal = pair((1, 2, 3, 4), (0, 4)), rw.Goal((*FAIR, free), rw.welfare)
    alone = frontier(env, goal, free)
    with ThreadPoolExecutor(3) as pool:
        assert str(frontier(env, goal, free, executor=pool)) == str(alone)
        some = [str(frontier(env, goal, free, points=4, executor=each)) for each in (None, pool)]
    assert some[0] == some[1] != str(alone)


def test_what_lies_inside_a_straight_line_is_no_corner() -> None:
    """Weighted sums may find a point inside a segment of the frontier before its ends."""
    a, b, c = (Corner((Fraction(k), Fraction(2 - k)), None, None) for k in range(3))
    whole = Chain("found", [Stretch(a, b, done=True), Stretch(b, c, done=True)])
    assert whole.corners == [a, c]
    assert Chain("found", [Stretch(a, b, done=True), Stretch(b, c)]).corners == [a, b, c], "there more may be found"
    bent = Corner((Fraction(1), Fraction(3, 2)), None, None)
    assert Chain("found", [Stretch(a, bent, done=True), Stretch(bent, c, done=True)]).corners == [a, bent, c]


def test_what_floats_alone_found_is_not_called_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    env, goal = pair((1, 2, 3, 4), (0, 4)), rw.Goal((*FAIR, free), rw.welfare)
    whole = frontier(env, goal, free)
    monkeypatch.setattr(
        corners, "solve_program", lambda program, time=None: solve_program(program, time, exactly=False)
    )
    curve = frontier(env, goal, free)
    assert not curve.exact and not curve.complete and "confirmed" in curve.why
    assert all(v.status == "proved" for point in curve for v in point.verdicts)
    for x, y in values(curve):
        assert x <= whole.at(y), "a rule of its own reaches it"
        assert float(x) == pytest.approx(float(whole.at(y)), abs=1e-4)


# -- budgets ----------------------------------------------------------------------------------------------------------


def test_a_cap_leaves_gaps_that_hold_what_is_missing() -> None:
    env, goal = pair((1, 2, 3, 4), (0, 4)), rw.Goal((*FAIR, free), rw.welfare)
    whole = frontier(env, goal, free)
    for most in (2, 3, 4):
        some = frontier(env, goal, free, points=most)
        assert len(some) == most and some.exact and not some.complete and some.gaps
        assert "not refined" in some.why
        for x, y in values(whole):
            gaps = [g for g in some.gaps if g.end[1] < y < g.start[1]]
            assert some.at(y) <= x and (some.at(y) == x or len(gaps) == 1)
            for g in gaps:
                assert g.corner is not None and left_of(g.start, g.corner, (x, y)) and left_of(g.corner, g.end, (x, y))
    assert frontier(env, goal, free, points=9).complete


def left_of(start: Any, end: Any, point: Any) -> bool:
    """Whether a point is not beyond the line from one to another (first aim upwards, second to the right)."""
    (a, b), (c, d), (x, y) = start, end, point
    return bool((c - a) * (y - b) - (x - a) * (d - b) <= 0)


def test_no_time_no_points_and_no_claim() -> None:
    curve = frontier(pair((1, 2, 3)), rw.Goal(FAIR, rw.welfare), rw.revenue, time=0)
    assert not curve.complete and "time ran out" in curve.why and not len(curve)
    assert str(curve) and "<div" in curve._repr_html_()


def test_progress_is_told_and_may_end_the_work() -> None:
    env, goal = pair((1, 2, 3, 4), (0, 4)), rw.Goal((*FAIR, free), rw.welfare)
    seen: list[tuple[int, int]] = []
    frontier(env, goal, free, progress=lambda done, total: seen.append((done, total)))
    assert seen and all(0 <= done <= total for done, total in seen)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        frontier(env, goal, free, progress=stop)


# -- what there is no frontier of -------------------------------------------------------------------------------------


def test_without_any_rule_it_says_why() -> None:
    env = pair((1, 2))
    needs = at_least(rw.revenue, 2)
    curve = frontier(env, rw.Goal((*FAIR, needs), rw.welfare), rw.revenue)
    assert not len(curve) and curve.complete and "cannot hold together" in curve.why
    assert frontier(env, rw.Goal((*FAIR, needs), rw.welfare), needs).at(-HALF) == Fraction(7, 4), "relaxed"
    with pytest.raises(rw.BadInput, match="most is -1/2"):
        frontier(env, rw.Goal((*FAIR, needs), rw.welfare), needs).at(0)


def wrong(goal: Any = None, against: Any = rw.revenue, **more: Any) -> Callable[[], Any]:
    given = rw.Goal(FAIR, rw.welfare) if goal is None else goal
    return lambda: frontier(pair(transfers=more.pop("transfers", (-4, 4))), given, against, **more)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (wrong(rw.Goal(FAIR)), "Goal with an objective"),
        (wrong(against="revenue"), "is no property"),
        (wrong(against=rw.pareto_efficient), "is no property"),
        (wrong(rw.Goal(FAIR, rw.nash_welfare)), "nash_welfare is no smallest of expectations"),
        (wrong(against=mechanisms.leximin_welfare), "leximin_welfare is no smallest of expectations"),
        (wrong(points=1), "at least 2"),
        (wrong(time=-1), "at least 0 seconds"),
        (wrong(margins=(1, 0)), "lower bound comes first"),
        (wrong(rw.Goal((), rw.revenue), rw.welfare, transfers=(None, None)), "revenue can be made as large"),
        (wrong(rw.Goal(FAIR, rw.revenue), rw.individually_rational, transfers=(None, None)), "can be made as large"),
    ],
)
def test_bad_input_is_told_in_a_sentence(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(rw.BadInput, match=words):
        call()


def test_it_shows_itself() -> None:
    curve = frontier(pair((1, 2, 3, 4), (0, 4)), rw.Goal((*FAIR, free), rw.welfare), free)
    table = [line.split() for line in str(curve).splitlines() if line[:1].isspace() or line[:1].isdigit()]
    assert ["2", "23/8", "-1/2", "1/4"] in table
    page = curve._repr_html_()
    assert page.count("<circle") == len(curve) and "<svg" in page and "margin of free" in page and "http" not in page
    assert "polyline" in frontier(pair(), rw.Goal(FAIR, rw.revenue), rw.strategyproof, points=2)._repr_html_()
    assert "&lt;b&gt;" in frontier(pair(), rw.Goal((), rw.welfare), named("<b>"))._repr_html_()


def named(name: str) -> Any:
    return mechanisms.Objective(name, "Something (Author 1900).", rw.revenue.parts)
