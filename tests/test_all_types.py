"""Verdicts over all real types: the theorems, witnesses that replay exactly, and agreement with declared grids."""

from __future__ import annotations

import inspect
import itertools
import math
import random
import sys
from collections.abc import Iterator
from fractions import Fraction
from time import monotonic, perf_counter
from typing import Any

import pytest

import rulewright as rw
from rulewright import games, mechanisms
from rulewright.games.reals import Reals
from rulewright.mechanisms.cases import Case, Var, players, profiles
from rulewright.solvers.verification import all_types
from rulewright.solvers.verification.all_types import over_reals
from rulewright.solvers.writing import probing

pytest.importorskip("z3")

PLAYERS = ("ann", "bob", "cem", "dan", "eve", "fay", "gus", "hal")
PEAKED = Reals(0, shape=lambda peak: (peak, 1, 1))
STEEP = Reals(0, shape=lambda peak: (peak, 1, 3))


def item(n: int, **more: Any) -> rw.Environment:
    return games.allocation(dict.fromkeys(PLAYERS[:n], (1,)), **more)


def units(n: int, supply: int) -> rw.Environment:
    return games.units(dict.fromkeys(PLAYERS[:n], (1,)), supply)


def line(n: int) -> rw.Environment:
    return games.location(dict.fromkeys(PLAYERS[:n], (0,)))


def project(n: int) -> rw.Environment:
    return games.public_project(dict.fromkeys(PLAYERS[:n], (0,)), cost=3)


def shares(n: int) -> rw.Environment:
    return games.rationing(dict.fromkeys(PLAYERS[:n], (1,)), amount=6, step=6)


def market() -> rw.Environment:
    return games.exchange(dict.fromkeys(("ann", "bob"), (2,)), dict.fromkeys(("sam", "tim"), (1,)))


def airport() -> rw.Environment:
    return games.service({"ann": (1,), "bob": (3,)}, games.airport_cost({"ann": 1, "bob": 2}))


@rw.mechanism
def fails_at_one(env: Any, reports: Any) -> Any:
    """A second-price auction that is closed when ann bids 1."""
    if reports["ann"] == 1:
        raise rw.BadInput("closed")
    return mechanisms.second_price.result(env, reports)


@rw.mechanism
def generous(env: Any, reports: Any) -> Any:
    """A second-price auction in which whoever ties for the highest bid pays nothing."""
    winner = max(env.players, key=lambda player: reports[player])
    second = max(bid for player, bid in reports.items() if player != winner)
    return winner, rw.Profile({winner: 0 if reports[winner] == second else second})


@rw.mechanism
def near_second_price(env: Any, reports: Any) -> Any:
    """A second-price auction with a millionth of the own bid in the price."""
    winner = max(env.players, key=lambda player: reports[player])
    second = max(bid for player, bid in reports.items() if player != winner)
    return winner, rw.Profile({winner: second + Fraction(reports[winner] - second) / 10**6})


USERS = {"service": {"ann": Reals(0), "bob": Reals(0)}}

PROVED = [
    *((mechanisms.second_price, item(n), rw.strategyproof, Reals(0)) for n in (2, 3, 8)),
    (mechanisms.second_price, item(3), rw.strategyproof, Reals()),
    (mechanisms.second_price, item(3), rw.strategyproof, Reals(0, 1)),
    (mechanisms.second_price, item(3), rw.individually_rational, Reals(0)),
    (mechanisms.second_price, item(3), rw.no_deficit, Reals(0)),
    (mechanisms.second_price, item(3), rw.envy_free, Reals(0)),
    (mechanisms.second_price, item(3), rw.efficient, Reals(0)),
    (mechanisms.second_price_with_reserve(2), item(4), rw.strategyproof, Reals(0)),
    (mechanisms.second_price_with_reserve(2), item(3), rw.individually_rational, Reals(0)),
    (mechanisms.posted_price(2), item(4), rw.strategyproof, Reals(0)),
    (mechanisms.vcg, item(4), rw.strategyproof, Reals(0)),
    (mechanisms.cavallo, item(4), rw.strategyproof, Reals(0)),  # Cavallo 2006
    (mechanisms.cavallo, item(4), rw.no_deficit, Reals(0)),
    (mechanisms.uniform_price, units(4, 2), rw.strategyproof, Reals(0)),
    (mechanisms.uniform_price, units(4, 3), rw.strategyproof, Reals(0)),
    (mechanisms.vcg, units(3, 2), rw.strategyproof, Reals(0)),
    *((mechanisms.median_location, line(n), rw.strategyproof, Reals()) for n in (2, 3, 7)),  # Moulin 1980
    (mechanisms.leftmost, line(4), rw.strategyproof, Reals()),
    (mechanisms.phantom_median([0, 1]), line(3), rw.strategyproof, Reals()),
    (mechanisms.uniform_rule, shares(3), rw.strategyproof, PEAKED),  # Sprumont 1991
    (mechanisms.uniform_rule, shares(3), rw.strategyproof, STEEP),
    (mechanisms.uniform_rule, shares(3), rw.envy_free, PEAKED),
    (mechanisms.clarke_pivot, project(3), rw.strategyproof, Reals(0)),  # Clarke 1971
    (mechanisms.clarke_pivot, project(3), rw.no_deficit, Reals(0)),
    (mechanisms.vcg, project(3), rw.strategyproof, Reals(0)),
    (mechanisms.vcg, project(3), rw.efficient, Reals(0)),
    (mechanisms.mcafee, market(), rw.strategyproof, Reals(0)),  # McAfee 1992
    (mechanisms.mcafee, market(), rw.no_deficit, Reals(0)),
    (mechanisms.shapley_cost_sharing, airport(), rw.strategyproof, USERS["service"]),  # Moulin and Shenker 2001
    (mechanisms.shapley_cost_sharing, airport(), rw.budget_balanced, USERS["service"]),
    (mechanisms.marginal_cost, airport(), rw.strategyproof, USERS["service"]),
    (mechanisms.equal_split, item(3), rw.strategyproof, Reals(0)),
]

REFUTED = [
    (mechanisms.first_price, item(3), rw.strategyproof, Reals(0)),
    (mechanisms.third_price, item(3), rw.strategyproof, Reals(0)),
    (mechanisms.third_price, item(8), rw.strategyproof, Reals(0)),
    (mechanisms.pay_as_bid, units(4, 2), rw.strategyproof, Reals(0)),
    (mechanisms.mean_location, line(3), rw.strategyproof, Reals()),
    (mechanisms.mean_location, line(3), rw.strategyproof, Reals(0, 1)),
    (generous, item(3), rw.strategyproof, Reals(0)),
    (near_second_price, item(3), rw.strategyproof, Reals(0)),
    (mechanisms.second_price, item(3), rw.budget_balanced, Reals(0)),
    (mechanisms.second_price, item(3), rw.proportional, Reals(0)),
    (mechanisms.second_price, item(3), rw.no_deficit, Reals()),
    (mechanisms.second_price, item(3), rw.efficient, Reals()),  # where all bids are negative nobody should get it
    (mechanisms.second_price_with_reserve(2), item(3), rw.efficient, Reals(0)),
    (mechanisms.cavallo, item(4), rw.budget_balanced, Reals(0)),
    (mechanisms.clarke_pivot, project(3), rw.individually_rational, Reals(0)),
    (mechanisms.clarke_pivot, project(3), rw.budget_balanced, Reals(0)),
    (mechanisms.mcafee, market(), rw.efficient, Reals(0)),
    (mechanisms.shapley_cost_sharing, airport(), rw.efficient, USERS["service"]),
    (mechanisms.equal_split, item(3), rw.efficient, Reals(0)),
]


def named(each: Any) -> str:
    rule, env, prop, domain = each
    return f"{rule.name}-{env.name}-{len(env.players)}-{prop.name}-{'own' if isinstance(domain, dict) else domain}"


@pytest.mark.parametrize("each", PROVED, ids=named)
def test_what_the_literature_proves_is_proved(each: Any) -> None:
    verdict = over_reals(*each)
    assert verdict.status == "proved", str(verdict)
    assert bool(verdict) and verdict.checked >= 1 and verdict.counterexample is None
    assert "real types" in verdict.domain and "z3" in verdict.method and verdict.certificate is None


@pytest.mark.parametrize("each", REFUTED, ids=named)
def test_what_is_false_has_a_rational_witness_that_replays(each: Any) -> None:
    rule, env, prop, domain = each
    verdict = over_reals(*each)
    assert verdict.status == "refuted", str(verdict)
    found = verdict.counterexample
    assert found is not None and found.check() and found.gain > 0
    assert isinstance(found.gain, int | Fraction)
    has, needs = (Fraction(side) for side in prop.sides(rule, found.environment, found.case))
    assert (has, needs) == (found.has, found.needs)
    assert (has != needs) if prop.equal else has < needs
    domains = domain if isinstance(domain, dict) else dict.fromkeys(env.players, domain)
    for reports in (found.case.types, found.case.reports):
        for player, each_domain in domains.items():
            low, high = each_domain.low, each_domain.high
            assert (low is None or reports[player] >= low) and (high is None or reports[player] <= high)


def test_a_first_price_witness_is_right_by_hand() -> None:
    """The winner shades her bid: value minus bid, before and after."""
    found = over_reals(mechanisms.first_price, item(2), rw.strategyproof, Reals(0)).counterexample
    assert found is not None
    types, reports, who = found.case.types, found.case.reports, found.case.player

    def gets(bids: Any) -> Fraction:
        winner = max(("ann", "bob"), key=lambda player: bids[player])
        return types[who] - bids[who] if winner == who else Fraction(0)

    assert (gets(types), gets(reports)) == (found.has, found.needs)
    assert str(found) == (
        "ann, whose true type is 1, gains 1 by reporting 0 while the others report bob = 0: she gets 1 instead of 0"
    )


def test_the_uniform_rule_is_not_individually_rational_and_the_witness_lies_between_declared_shares() -> None:
    env = shares(3)
    found = over_reals(mechanisms.uniform_rule, env, rw.individually_rational, PEAKED).counterexample
    assert found is not None and found.check()
    with pytest.raises(rw.BadInput):
        mechanisms.uniform_rule.result(games.rationing(dict.fromkeys(PLAYERS[:3], (1,)), 6, step=4), found.case.types)


def test_a_tie_is_a_case_like_any_other() -> None:
    """Only at a tie does the generous auction differ from the second-price auction, and z3 finds that tie."""
    found = over_reals(generous, item(2), rw.strategyproof, Reals(0)).counterexample
    assert found is not None
    assert len({*found.case.reports.values()}) == 1


# -- against declared grids --------------------------------------------------------------------------------------------


def some_rule(chance: random.Random) -> Any:
    """A random auction for two, of scores and prices that are linear or largest and smallest ones."""
    slope, head = chance.choice((1, 1, 2)), chance.choice((0, 0, 1))
    reserve, kind = chance.choice((0, 1, 2)), chance.randrange(8)
    strict = chance.random() < 0.3

    @rw.mechanism
    def rule(env: Any, reports: Any) -> Any:
        a, b = reports["ann"], reports["bob"]
        ahead = slope * a + head > b if strict else slope * a + head >= b
        winner, own, other = ("ann", a, b) if ahead else ("bob", b, a)
        if own < reserve:
            return "nobody"
        critical = Fraction(max(b - head, 0), slope) if ahead else slope * a + head
        prices = (
            *(max(critical, reserve), max(other, reserve), own, min(a, b), reserve, Fraction(a + b, 2)),
            *(max(critical, reserve) - 1, sorted((a, b, 2))[1]),
        )
        return winner, rw.Profile({winner: prices[kind]})

    return rule


REQUIREMENTS = (rw.strategyproof, rw.individually_rational, rw.no_deficit, rw.envy_free, rw.efficient)


@pytest.mark.parametrize("seed", range(24))
def test_random_rules_agree_with_random_grids(seed: int) -> None:
    """Proved over all reals implies proved on each grid, so refuted on a grid implies refuted over all reals."""
    chance = random.Random(seed)
    rule = some_rule(chance)
    values = sorted({Fraction(chance.randint(0, 12), chance.choice((1, 2, 3))) for _ in range(5)})
    env = games.allocation(dict.fromkeys(("ann", "bob"), tuple(values)))
    for prop in REQUIREMENTS:
        everywhere, here = over_reals(rule, env, prop, Reals(0)), rw.verify(rule, env, prop)
        assert everywhere.status in ("proved", "refuted")
        if everywhere:
            assert here, f"{prop.name}: {here}"
        else:
            found = everywhere.counterexample
            assert found is not None and found.check()
            declared = {p: tuple({found.case.types[p], found.case.reports[p]}) for p in env.players}
            assert not rw.verify(rule, games.allocation(declared), prop)  # the witness alone, as a grid


@pytest.mark.parametrize("each", [each for each in PROVED if len(each[1].players) < 4], ids=named)
def test_what_is_proved_holds_on_random_grids(each: Any) -> None:
    rule, env, prop, domain = each
    chance = random.Random(named(each))
    domains = domain if isinstance(domain, dict) else dict.fromkeys(env.players, domain)
    for _ in range(20):
        drawn = {
            player: tuple(
                domains[player].type(Fraction(chance.randint(0, 12), 12 if domains[player].high else 4))
                for _ in range(2)
            )
            if player in domains
            else env.types[player]
            for player in env.players
        }
        for case in cases_of(prop, env, drawn):
            wide = opened_at(env, drawn)
            has, needs = (Fraction(side) for side in prop.sides(rule, wide, case))
            assert has == needs if prop.equal else has >= needs


def opened_at(env: rw.Environment, types: Any) -> rw.Environment:
    from rulewright.mechanisms.symbolic.standins import opened

    return opened(env, types)


def cases_of(prop: Any, env: rw.Environment, types: Any) -> Iterator[Any]:
    for symbolic in prop.cases(env):
        variables = symbolic.variables
        for each in itertools.product(*(types[v.player] for v in variables)):
            yield symbolic.at(dict(zip(variables, each, strict=True)))


def test_the_rules_for_a_line_are_the_textbooks() -> None:
    """Median, mean, leftmost and a median with phantoms, by counting on each side (Moulin 1980)."""
    places = (0, 1, 3, 7)
    for n in (2, 3, 4):
        env = games.location(dict.fromkeys(PLAYERS[:n], places), points=[Fraction(k, 12) for k in range(85)])
        for profile in itertools.product(places, repeat=n):
            reports = dict(zip(env.players, profile, strict=True))
            middle = mechanisms.median_location(env, reports)
            assert 2 * sum(x <= middle for x in profile) >= n and 2 * sum(x < middle for x in profile) < n
            assert mechanisms.leftmost(env, reports) == min(profile)
            assert n * mechanisms.mean_location(env, reports) == sum(profile)
            phantoms = [2] * (n + 1)  # as many as players, and one more: nobody else counts
            assert mechanisms.phantom_median(phantoms)(env, reports) == 2
            few = [2] * (n - 1)
            place = mechanisms.phantom_median(few)(env, reports)
            low, high = min(profile), max(profile)
            assert place == (2 if low <= 2 <= high else low if low > 2 else high)


def test_a_place_that_is_no_point_is_refused_in_a_sentence() -> None:
    env = games.location({"ann": (0, 1), "bob": (0, 1)})
    with pytest.raises(rw.BadInput, match=r"the mean is 1/2, which is no point.*declare it"):
        mechanisms.mean_location(env, {"ann": 0, "bob": 1})
    with pytest.raises(rw.BadInput, match="no one median"):
        mechanisms.phantom_median([0, 1])(env, {"ann": 0, "bob": 1})
    with pytest.raises(rw.BadInput, match="not made by location"):
        mechanisms.median_location(item(2), {"ann": 1, "bob": 1})


# -- units of measurement ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", [1e-9, 1, 1e9])
def test_verdicts_do_not_depend_on_the_unit(unit: float) -> None:
    env, domain = item(3), Reals(0, 4 * unit)
    for rule, status in (
        (mechanisms.posted_price(2 * unit), "proved"),
        (mechanisms.second_price_with_reserve(2 * unit), "proved"),
        (mechanisms.first_price, "refuted"),
        (mechanisms.third_price, "refuted"),
    ):
        verdict = over_reals(rule, env, rw.strategyproof, domain)
        assert verdict.status == status
        assert verdict.counterexample is None or verdict.counterexample.check()


# -- other properties --------------------------------------------------------------------------------------------------


def test_a_users_own_property_is_asked_as_well() -> None:
    @rw.for_all(players, "some left")
    def keeps_a_third(rule: Any, env: Any, case: Any) -> Any:
        """An honest player pays at most two thirds of what the outcome is worth to her."""
        worth = mechanisms.value(env, case.player, case.types[case.player])
        paid = rule.expect(mechanisms.payment(env, case.player), env, case.reports)
        return Fraction(2, 3) * rule.expect(worth, env, case.reports), paid

    @rw.for_all(profiles, "cap")
    def never_above_three(rule: Any, env: Any, case: Any) -> Any:
        """All players together never pay more than 3."""
        paid = [rule.expect(mechanisms.payment(env, player), env, case.reports) for player in env.players]
        return 3, sum(paid[1:], paid[0])

    assert over_reals(mechanisms.second_price, item(3), never_above_three, Reals(0, 3)).status == "proved"
    verdict = over_reals(mechanisms.second_price, item(3), never_above_three, Reals(0))
    assert verdict.status == "refuted" and verdict.counterexample is not None and verdict.counterexample.gain > 0
    assert over_reals(mechanisms.second_price, item(2), keeps_a_third, Reals(0)).status == "refuted"
    assert over_reals(mechanisms.posted_price(2), item(2), keeps_a_third, Reals(3)).status == "proved"
    assert over_reals(mechanisms.posted_price(2), item(2), keeps_a_third, Reals(Fraction(5, 2))).status == "refuted"


def test_a_property_that_goes_through_declared_types_is_not_taken_for_more() -> None:
    """What holds for all declared types says nothing of the others."""

    def declared(env: Any) -> Iterator[Case]:
        for profile in env.profiles():
            yield Case(types=profile, reports=profile)

    @rw.for_all(declared, "free")
    def free(rule: Any, env: Any, case: Any) -> Any:
        """Nobody pays anything."""
        return 0, rule.expect(mechanisms.payment(env, "ann"), env, case.reports)

    env = games.allocation({"ann": (0,), "bob": (0,)})
    assert rw.verify(mechanisms.second_price, env, free).status == "proved"
    verdict = over_reals(mechanisms.second_price, env, free, Reals(0))
    assert verdict.status == "unknown" and "types of their own" in verdict.reason


def test_a_function_of_the_outcome_is_read_as_the_rule_is() -> None:
    @rw.for_all(profiles, "left")
    def right_of_zero(rule: Any, env: Any, case: Any) -> Any:
        """The place is never left of zero."""
        return rule.expect(lambda point: min(point, 0), env, case.reports), 0

    assert over_reals(mechanisms.leftmost, line(3), right_of_zero, Reals(0)).status == "proved"
    assert over_reals(mechanisms.leftmost, line(3), right_of_zero, Reals(-1)).status == "refuted"


def test_a_player_may_keep_her_one_declared_type() -> None:
    env = games.allocation({"ann": (1,), "bob": (2,)})
    assert over_reals(mechanisms.second_price, env, rw.strategyproof, {"ann": Reals(0)}).status == "proved"
    verdict = over_reals(mechanisms.first_price, env, rw.strategyproof, {"ann": Reals(0)})
    assert verdict.counterexample is not None and verdict.counterexample.case.types["bob"] == 2


def test_players_whose_names_look_like_variables_are_kept_apart() -> None:
    """A lie of ann is written ann', and somebody may be called that; she is not the lie."""

    @rw.mechanism
    def fined(env: Any, reports: Any) -> Any:
        """Ann pays 1 unless she reports more than ann'."""
        return "nobody", rw.Profile({"ann": 0 if reports["ann"] > reports["ann'"] else 1})

    env = games.allocation({"ann": (1,), "ann'": (1,), "#0": (1,)})
    assert over_reals(fined, env, rw.strategyproof, Reals(0)).status == "refuted"
    assert over_reals(mechanisms.second_price, env, rw.strategyproof, Reals(0)).status == "proved"


# -- what stays unknown ------------------------------------------------------------------------------------------------

BOOK = {1: "ann", 2: "bob"}

UNKNOWN = {
    "beliefs": (mechanisms.second_price, item(2), rw.bayesian_incentive_compatible, "prior"),
    "own check": (mechanisms.second_price, item(2), rw.pareto_efficient, "examined"),
    "ranks": (mechanisms.equal_split, item(2, transfers=None), mechanisms.sd_strategyproof, "ranks"),
    "continuum": (mechanisms.median_location, line(3), rw.efficient, "continuum"),
    "table": (rw.mechanism(lambda env, reports: BOOK[reports["ann"]]), item(2), rw.strategyproof, "value of a report"),
    "refusal": (mechanisms.phantom_median([1]), line(3), rw.strategyproof, "no one median"),
    "products": (
        rw.mechanism(lambda env, r: ("ann", rw.Profile({"ann": r["ann"] * r["bob"]}))),
        item(2), rw.strategyproof, "linear",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_cannot_be_decided_is_unknown_with_the_reason(name: str) -> None:
    rule, env, prop, reason = UNKNOWN[name]
    verdict = over_reals(rule, env, prop, Reals(0))
    assert verdict.status == "unknown" and reason in verdict.reason, str(verdict)
    with pytest.raises(RuntimeError, match="unknown"):
        bool(verdict)


@pytest.mark.parametrize("error", [rw.BadInput, ZeroDivisionError])
def test_a_refusal_without_words_is_never_proved(error: type[Exception]) -> None:
    @rw.mechanism
    def silent(env: Any, reports: Any) -> Any:
        """A second-price auction that fails at bids above 5, and does not say why."""
        if max(reports.values()) > 5:
            raise error
        return mechanisms.second_price.result(env, reports)

    for prop in (rw.strategyproof, rw.no_deficit, rw.individually_rational):
        verdict = over_reals(silent, item(2), prop, Reals(0))
        assert verdict.status == "unknown" and error.__name__ in verdict.reason


def test_a_rule_that_does_something_else_than_was_read_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the reading overlooks: the rule is asked again at points of the domain, ties and bounds among them."""
    read = all_types.run

    def misled(function: Any, *more: Any) -> Any:
        return read(mechanisms.second_price.function, *more)

    monkeypatch.setattr(all_types, "run", misled)
    for wrong in (mechanisms.first_price, mechanisms.third_price, generous, mechanisms.posted_price(2), fails_at_one):
        verdict = over_reals(wrong, item(3), rw.strategyproof, Reals(0))
        assert verdict.status == "unknown", str(verdict)
        assert "something else than was read, at" in verdict.reason
    assert over_reals(mechanisms.second_price, item(3), rw.strategyproof, Reals(0)).status == "proved"


def test_points_at_which_a_rule_is_asked_again_lie_in_the_domain() -> None:
    ann, bob = Var("ann"), Var("bob")
    for domain in (
        Reals(),
        Reals(0),
        Reals(None, -3),
        Reals(Fraction(1, 3), Fraction(2, 3)),
        Reals(5, 5),
        Reals(7, 90),
    ):
        points = list(probing.spread({ann: domain, bob: domain}))
        assert len(points) == probing.POINTS and points == list(probing.spread({ann: domain, bob: domain}))
        assert any(point[ann] == point[bob] for point in points)
        for x in itertools.chain.from_iterable(point.values() for point in points):
            assert domain.low is None or x >= domain.low
            assert domain.high is None or x <= domain.high


def test_where_python_rounds_the_rule_still_does_what_was_read() -> None:
    @rw.mechanism
    def tenth(env: Any, reports: Any) -> Any:
        """The highest bid wins and nobody pays; then a tenth of it is taken and given back."""
        most = max(reports.values())
        return max(env.players, key=reports.get), rw.Profile({"ann": most * 0.1, "bob": -most * 0.1})

    assert over_reals(tenth, item(2), rw.no_deficit, Reals(0)).status == "proved"


def test_a_property_that_looks_at_the_class_of_types_is_not_asked() -> None:
    @rw.for_all(players, "5")
    def at_least_five(rule: Any, env: Any, case: Any) -> Any:
        """Everybody gets at least 5, if her type is a number."""
        own = case.types[case.player]
        needs = 5 if type(own) in (int, Fraction) else 0
        return rule.expect(mechanisms.value(env, case.player, own), env, case.reports), needs

    verdict = over_reals(mechanisms.second_price, item(2), at_least_five, Reals(0))
    assert verdict.status == "unknown" and verdict.reason


def test_types_at_the_seat_of_a_player_with_other_types_are_not_asked() -> None:
    """To exchange two reports means nothing where one may say what the other may not."""

    @rw.mechanism
    def capped(env: Any, reports: Any) -> Any:
        """A second-price auction in which ann, above 1, gets the item."""
        return mechanisms.second_price.result(env, reports) if reports["ann"] <= 1 else ("ann", rw.Profile({"ann": 50}))

    for prop in (mechanisms.anonymous, mechanisms.equal_treatment):
        for own in ({"ann": Reals(0, 1), "bob": Reals(2, 5)}, {"ann": Reals(0, 1), "bob": Reals(0, 5)}):
            verdict = over_reals(capped, item(2), prop, own)
            assert verdict.status == "unknown" and "types differ" in verdict.reason
    assert over_reals(capped, item(2), mechanisms.equal_treatment, Reals(0, 1)).status in ("proved", "refuted")


def test_a_rule_that_ends_the_program_ends_only_the_question() -> None:
    @rw.mechanism
    def ends(env: Any, reports: Any) -> Any:
        """Ends the program at high bids."""
        return sys.exit(1) if reports["ann"] > 5 else "ann"

    verdict = over_reals(ends, item(2), rw.strategyproof, Reals(0))
    assert verdict.status == "unknown" and "SystemExit" in verdict.reason


def test_a_deep_call_is_unknown_and_no_crash() -> None:
    @rw.mechanism
    def chain(env: Any, reports: Any) -> Any:
        """Compares one bid with many numbers."""
        for k in range(60):
            if reports["ann"] < k:
                break
        return "ann"

    def deep(left: int) -> Any:
        return deep(left - 1) if left else over_reals(chain, item(1), rw.no_deficit, Reals(0))

    here = sys.getrecursionlimit() - len(inspect.stack())
    assert {deep(here - left).status for left in (500, 400, 300, 250, 200)} <= {"proved", "unknown"}


@pytest.mark.parametrize(
    "shape",
    [
        lambda x: (x, 1 if x > 1 else 2),
        lambda x: (x, max(x, 1) if isinstance(x, int) else 0),
        lambda x: (x, 1 / x),
        lambda x: (x, 1 // 0),
    ],
)
def test_a_shape_that_is_not_the_same_for_all_numbers_is_refused(shape: Any) -> None:
    with pytest.raises(rw.BadInput, match="must be plain arithmetic"):
        over_reals(mechanisms.uniform_rule, shares(2), rw.strategyproof, Reals(0, shape=shape))


def test_a_rule_that_refuses_types_of_the_domain_is_unknown_and_elsewhere_proved() -> None:
    @rw.mechanism
    def only_small(env: Any, reports: Any) -> Any:
        """A second-price auction for bids up to 5."""
        if max(reports.values()) > 5:
            raise rw.BadInput("a bid is above 5")
        return mechanisms.second_price.result(env, reports)

    verdict = over_reals(only_small, item(2), rw.strategyproof, Reals(0))
    assert verdict.status == "unknown" and "a bid is above 5" in verdict.reason and "=" in verdict.reason
    assert over_reals(only_small, item(2), rw.strategyproof, Reals(0, 5)).status == "proved"


def test_a_time_out_is_unknown() -> None:
    for left in (-1.0, 0.0, 1e-4):
        verdict = over_reals(mechanisms.vcg, item(6), rw.strategyproof, Reals(0), monotonic() + left)
        assert verdict.status == "unknown" and "time ran out" in verdict.reason
    start = perf_counter()
    verdict = over_reals(mechanisms.uniform_price, units(6, 3), rw.strategyproof, Reals(0), monotonic() + 0.2)
    assert verdict.status in ("unknown", "proved") and perf_counter() - start < 5


def test_without_z3_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    with pytest.raises(games.MissingExtra, match=r"rulewright\[proof\]"):
        over_reals(mechanisms.second_price, item(2), rw.strategyproof, Reals(0))


def test_wrong_domains_are_refused_in_a_sentence() -> None:
    env = games.allocation({"ann": (1, 2), "bob": (1, 2)})
    for domain, words in (
        (3, "give Reals"),
        ({"ann": 3}, "give Reals"),
        ({"anne": Reals(0)}, 'did you mean "ann"'),
        ({"ann": Reals(0)}, "declare one type"),
    ):
        with pytest.raises(rw.BadInput, match=words):
            over_reals(mechanisms.second_price, env, rw.strategyproof, domain)  # type: ignore[arg-type]
    with pytest.raises(rw.BadInput, match="'second price' is no rule"):
        over_reals("second price", env, rw.strategyproof, Reals(0))
    with pytest.raises(rw.BadInput, match="must not exceed"):
        Reals(1, 0)
    with pytest.raises(rw.BadInput, match="finite"):
        Reals(0, math.inf)


def test_the_same_question_has_the_same_answer() -> None:
    """Byte for byte: the witness is the least one, and not what z3 happened to look at."""
    env = item(4)
    answers = {str(over_reals(mechanisms.third_price, env, rw.strategyproof, Reals(0))) for _ in range(3)}
    assert len(answers) == 1


# -- speed -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 5, 8])
def test_second_price_is_decided_within_half_a_second(n: int) -> None:
    """Half a second each on a quiet machine; the best of three, as others may be at work here."""
    seconds = []
    for _ in range(3):
        start = perf_counter()
        assert over_reals(mechanisms.second_price, item(n), rw.strategyproof, Reals(0))
        seconds.append(perf_counter() - start)
    assert min(seconds) < 1
