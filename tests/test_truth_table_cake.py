"""What the literature says of rules for a cake is what verify finds, row by row of facts/cake.csv."""

from __future__ import annotations

import csv
import itertools
import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import rulewright as rw
from rulewright.games.cake import cake, most, value_of
from rulewright.mechanisms.cases import Case, misreports, profiles
from rulewright.mechanisms.properties.bundles import equitable
from rulewright.mechanisms.properties.coalitions import group_strategyproof
from rulewright.mechanisms.properties.divisions import connected, fractionally_pareto_efficient
from rulewright.mechanisms.properties.incentives import strategyproof
from rulewright.mechanisms.property import Finding, examined, for_all
from rulewright.mechanisms.protocols import Protocol, queries, worst_case
from rulewright.mechanisms.rule import DirectMechanism
from rulewright.mechanisms.rules.cake import (
    chen_lai_parkes_procaccia,
    nash_optimal_division,
    perfect_partition,
    surplus_procedure,
)
from rulewright.mechanisms.rules.division import (
    cut_and_choose,
    cutter_chooses_last,
    dubins_spanier,
    even_paz,
    last_diminisher,
    selfridge_conway,
)
from rulewright.mechanisms.rules.knives import stromquist

ROWS = list(csv.DictReader((Path(__file__).parent / "facts" / "cake.csv").open(encoding="utf-8")))
FACTS = {(row["rule"], row["property"]): row["holds"] for row in ROWS}
NAMES = ("ann", "bob", "cem", "dan")
Kind = tuple[int, ...]


def kinds(cells: int, total: int, least: int = 0) -> tuple[Kind, ...]:
    """All types with whole worths that add up to the same: with ``least=0`` some cells may be worth nothing."""
    return tuple(k for k in itertools.product(range(least, total + 1), repeat=cells) if sum(k) == total)


def shared(n: int, types: tuple[Kind, ...], **more: Any) -> rw.Environment:
    return cake(dict.fromkeys(NAMES[:n], types), **more)


TWO = shared(2, kinds(3, 4))  # 225 profiles
UNEVEN = shared(2, kinds(3, 3), breakpoints=(Fraction(1, 7), Fraction(1, 2)))
THREE = shared(3, kinds(3, 2))  # 216 profiles
HUNGRY = shared(3, kinds(3, 5, 1))  # 216 profiles, every cell worth something to everybody
FOUR = shared(4, kinds(3, 2)[::2] + ((1, 1, 1),))  # 256 profiles
WISHES = {  # piecewise uniform: each wants some cells, and all of them alike
    n: shared(n, tuple(k for k in itertools.product((0, 1), repeat=cells) if any(k))) for n, cells in ((2, 4), (3, 3))
}
LENGTHS = (Fraction(1, 6), Fraction(1, 4), Fraction(7, 12))  # of three cells
PARTS = tuple(k for k in itertools.product((0, 12), repeat=3) if any(k))
STEPS = cake(
    dict.fromkeys(NAMES[:3], tuple(tuple(x * w for x, w in zip(LENGTHS, k, strict=True)) for k in PARTS)),
    breakpoints=(LENGTHS[0], LENGTHS[0] + LENGTHS[1]),
)
SOME = shared(4, ((1, 1, 0), (0, 1, 1), (0, 0, 1), (1, 1, 1)))  # 256 profiles of four with wishes


@for_all(lambda env: (case for case in misreports(env) if case.player == "bob"), "SP-CHOOSER")
def chooser_strategyproof(rule: Any, env: rw.Environment, case: Case) -> tuple[Any, Any]:
    """The second player never gains by misreporting."""
    return strategyproof.sides(rule, env, case)


@for_all(lambda env: (case for case in misreports(env) if case.player == "ann"), "SP-CUTTER")
def cutter_strategyproof(rule: Any, env: rw.Environment, case: Case) -> tuple[Any, Any]:
    """The first player never gains by misreporting."""
    return strategyproof.sides(rule, env, case)


@examined(profiles, "EF-EXPOST")
def never_envious(rule: Any, env: rw.Environment, case: Case) -> Finding | None:
    """Nobody envies another, whatever is drawn."""
    drawn, _ = rule.result(env, case.reports)
    for division, (one, other) in itertools.product(drawn, itertools.permutations(env.players, 2)):
        mine, theirs = (value_of(env, case.types[one], division[p]) for p in (one, other))
        if mine < theirs:
            return Finding(case, mine, theirs, f"{one} envies {other} at {division}")
    return None


EXPOST = {"EF": rw.envy_free, "PROP": rw.proportional, "SP": rw.strategyproof, "EQ": equitable}
EXPOST |= {"CONNECTED": connected, "PE": fractionally_pareto_efficient, "EF-EXPOST": never_envious}
EXPOST |= {"GSP": group_strategyproof()}
EXPOST |= {"SP-CUTTER": cutter_strategyproof, "SP-CHOOSER": chooser_strategyproof}

PLAYED: dict[str, tuple[Any, tuple[rw.Environment, ...]]] = {  # each rule, and where its rows are asked
    "CutAndChoose": (cut_and_choose, (TWO, UNEVEN)),
    "CutterChoosesLast": (cutter_chooses_last, (THREE, HUNGRY)),
    "LastDiminisher": (last_diminisher, (THREE, HUNGRY, FOUR)),
    "EvenPaz": (even_paz, (TWO, THREE, HUNGRY, FOUR)),
    "DubinsSpanier": (dubins_spanier, (TWO, THREE, HUNGRY, FOUR)),
    "SelfridgeConway": (selfridge_conway, (THREE, HUNGRY)),
    "Stromquist": (stromquist, (HUNGRY,)),
    "SurplusProcedure": (surplus_procedure, (TWO, UNEVEN)),
    "PerfectPartition": (perfect_partition, (TWO, UNEVEN, THREE)),
    "ChenLaiParkesProcaccia": (chen_lai_parkes_procaccia, (*WISHES.values(), STEPS, SOME)),
    "MaximumNashWelfare": (nash_optimal_division, (TWO, UNEVEN)),
}
BY_HAND = {
    ("CutAndChoose", "GUARANTEE-CUTTER"): "test_honesty_secures_a_fair_share",
    ("CutAndChoose", "GUARANTEE-CHOOSER"): "test_honesty_secures_a_fair_share",
    ("CutterChoosesLast", "GUARANTEE-CUTTER"): "test_honesty_secures_a_fair_share",
    ("LastDiminisher", "GUARANTEE"): "test_honesty_secures_a_fair_share",
    ("EvenPaz", "QUERIES"): "test_even_paz_asks_n_log_n_times",
    ("SelfridgeConway", "CUTS<=5"): "test_selfridge_conway_cuts_at_most_five_times",
}
ENDLESS = "approximate: no division is exact"
BOUNDED = "a protocol of a tower of exponentials, which nobody has ever carried out"
NOT_EXPRESSED = {
    ("DubinsSpanier", "NE=EF-CONNECTED"): "equilibria up to epsilon among a continuum of thresholds",
    ("Stromquist", "RW-FINITE"): "that no finite protocol does it is a theorem about all protocols",
    **{("AzizMackenzie", code): BOUNDED for code in ("RW-BOUNDED", "SP", "PE")},
    **{("SimmonsSu", code): ENDLESS for code in ("CONNECTED", "EF")},
}
CHECKED = [key for key in FACTS if key[0] in PLAYED and key[1] in EXPOST]


def test_no_row_is_passed_by_in_silence() -> None:
    assert len(FACTS) == len(ROWS) == len(CHECKED) + len(BY_HAND) + len(NOT_EXPRESSED)
    assert set(FACTS) == {*CHECKED, *BY_HAND, *NOT_EXPRESSED}
    assert all(test in globals() for test in BY_HAND.values())
    assert all(row["source"] for row in ROWS)


@cache
def remembered(rule: Any) -> DirectMechanism:
    """The same rule, which plays only once at each profile whatever it is asked."""
    known: dict[Any, Any] = {}

    def play(env: rw.Environment, reports: rw.Profile[Any]) -> Any:
        key = id(env), reports
        if key not in known:
            known[key] = rule(env, reports)
        return known[key]

    return DirectMechanism(play, rule.name, rule.words)


@pytest.mark.parametrize("key", CHECKED, ids="-".join)
def test_the_verdict_is_what_the_literature_says(key: tuple[str, str]) -> None:
    """A "yes" is proved on each set of tastes, a "no" refuted on one at least, by a case that replays."""
    (rule, envs), prop = PLAYED[key[0]], EXPOST[key[1]]
    verdicts = [rw.verify(remembered(rule) if FACTS[key] == "yes" else rule, env, prop) for env in envs]
    refuted = [verdict for verdict in verdicts if verdict.status == "refuted"]
    if FACTS[key] == "yes":
        assert [verdict.status for verdict in verdicts] == ["proved"] * len(envs), "\n".join(map(str, verdicts))
        assert all(verdict.checked >= 100 for verdict in verdicts)
        return
    assert refuted and all(verdict.status in ("proved", "refuted") for verdict in verdicts)
    for verdict in refuted:
        assert verdict.counterexample is not None and verdict.counterexample.check()
        assert verdict.counterexample.gain > 0 or key[1] == "EQ"
        assert str(verdict.counterexample)


@pytest.mark.parametrize("key", [k for k in CHECKED if FACTS[k] == "no" and k[1] == "SP"], ids="-".join)
def test_a_lie_pays_even_where_every_cell_is_worth_something_to_everyone(key: tuple[str, str]) -> None:
    """No "no" to strategyproofness rests on how cake that is worth nothing is cut."""
    rule = PLAYED[key[0]][0]
    n = 2 if key[0] in ("SurplusProcedure", "MaximumNashWelfare") else 3
    verdict = rw.verify(rule, HUNGRY if n == 3 else shared(2, kinds(3, 5, 1)), rw.strategyproof)
    assert verdict.status == "refuted" and verdict.counterexample is not None and verdict.counterexample.check()


# -- rows that are no property of one rule in one environment ----------------------------------------------------------


def secured(rule: Protocol, player: str, types: dict[str, Kind]) -> Fraction:
    """The share of the cake that an honest player is sure of, by her own worth."""
    env = cake({p: [kind] for p, kind in types.items()})
    division = worst_case(rule, env, types, player)
    return Fraction(value_of(env, types[player], division[player])) / most(env, types[player])


def crowds(n: int) -> Iterator[dict[str, Kind]]:
    """Players of each of some tastes among others of different tastes, whose marks are what they may cut at."""
    some = ((1, 1), (0, 1), (1, 4)) if n == 3 else kinds(3, 4)
    for each in itertools.product(some, repeat=n):
        yield dict(zip(NAMES, each, strict=False))


@pytest.mark.parametrize(
    ("key", "rule", "n", "players"),
    [
        (("CutAndChoose", "GUARANTEE-CUTTER"), cut_and_choose, 2, ("ann",)),
        (("CutAndChoose", "GUARANTEE-CHOOSER"), cut_and_choose, 2, ("bob",)),
        (("CutterChoosesLast", "GUARANTEE-CUTTER"), cutter_chooses_last, 3, ("ann",)),
        (("LastDiminisher", "GUARANTEE"), last_diminisher, 3, NAMES[:3]),
    ],
    ids=lambda x: "-".join(x) if isinstance(x, tuple) else "",
)
def test_honesty_secures_a_fair_share(key: tuple[str, str], rule: Protocol, n: int, players: tuple[str, ...]) -> None:
    """Against all moves of the others, which no type of theirs need explain."""
    assert FACTS[key] == "yes"
    assert all(secured(rule, player, types) >= Fraction(1, n) for types in crowds(n) for player in players)


def test_a_chooser_among_three_is_sure_of_nothing() -> None:
    """What the guarantee of the cutter is not: the same for the last chooser."""
    types = {"ann": (1, 1, 1), "bob": (90, 5, 5), "cem": (95, 3, 2)}
    assert secured(cutter_chooses_last, "cem", types) == 0


def test_even_paz_asks_n_log_n_times() -> None:
    """Even and Paz (1984): each level of halves asks every player that is not alone yet once."""
    for n in range(2, 18):
        types = {f"player {k}": (k * k % 7 + 1, k % 3, k * 5 % 11 + 1) for k in range(n)}
        env = cake({p: [kind] for p, kind in types.items()})
        levels = (n - 1).bit_length()
        asked = queries(even_paz, env, types)
        assert asked.cut == n * levels - 2**levels + n <= n * math.ceil(math.log2(n))
        assert asked.total <= 2 * n * levels
        assert n - 1 <= queries(last_diminisher, env, types).cut <= n * (n + 1) // 2 - 1


def test_selfridge_conway_cuts_at_most_five_times() -> None:
    cuts = {queries(selfridge_conway, THREE, types).cut for types in THREE.profiles()}
    assert max(cuts) == 5 and FACTS["SelfridgeConway", "CUTS<=5"] == "yes"


# -- published witnesses and numbers -----------------------------------------------------------------------------------


def test_a_lie_about_a_competitive_division() -> None:
    """Of (1, 1) against (1, 4): who says (1, 2) gets 5/4 instead of 1 (a witness in print for equal incomes)."""
    env = cake({"ann": [(1, 1), (1, 2)], "bob": [(1, 4)]})
    verdict = rw.verify(nash_optimal_division, env, rw.strategyproof)
    found = verdict.counterexample
    assert found is not None and found.check()
    assert (found.has, found.needs) == (1, Fraction(5, 4))
