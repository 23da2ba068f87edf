"""Published facts about games, obvious strategyproofness and false names: each is as the literature says."""

from __future__ import annotations

import csv
import itertools
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import rulewright as rw
from rulewright.games import (
    Chance,
    assignment,
    braess,
    bundles,
    commons,
    congestion,
    location,
    pigou,
    prisoners_dilemma,
    public_goods,
    public_investment,
    voting,
)
from rulewright.mechanisms import (
    anonymous,
    ascending_clock,
    deferred_acceptance,
    extensive_mechanism,
    false_name_proof,
    in_turn,
    majority,
    mean_location,
    median_location,
    obviously_strategyproof,
    sealed_bid,
    second_price,
    serial_dictatorship,
    top_trading_cycles,
    vcg,
)
from rulewright.solvers.anarchy import price_of_anarchy, price_of_stability

with (Path(__file__).parent / "facts" / "games.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))
FACTS = {(row["rule"], row["property"]): row["holds"] for row in ROWS}

NAMES = ("ann", "bob", "cem")
HOMES = ("hut", "flat", "villa")
Game = rw.NormalForm


def pure(game: Game) -> list[rw.Profile[Any]]:
    """The pure equilibria, as profiles of actions."""
    solution = rw.solve(game, "pure")
    assert solution.complete and solution.check()
    return [rw.Profile({p: s.support[0] for p, s in e.strategies.items()}) for e in solution]


def total(game: Game, profile: Any) -> Fraction:
    return sum((Fraction(game.payoff(p, profile)) for p in game.players), Fraction(0))


# -- games -------------------------------------------------------------------------------------------------------------


def contributions_pay() -> list[bool]:
    """Whether an equilibrium reaches the most welfare, in public goods games of the domain."""
    found = []
    for n, endowment, mpcr in ((2, 3, Fraction(3, 4)), (3, 2, Fraction(1, 2)), (4, 1, Fraction(2, 5))):
        game = public_goods(n, endowment, mpcr)
        most = dict.fromkeys(game.players, endowment)
        assert total(game, most) == max(total(game, p) for p in game.profiles()) == n * n * endowment * mpcr
        found.append(price_of_stability(game).value == 1)
    return found


def nobody_contributes() -> list[bool]:
    games = [public_goods(2, 3, Fraction(3, 4)), public_goods(3, 2, Fraction(1, 2)), public_goods(4, 1)]
    return [pure(game) == [dict.fromkeys(game.players, 0)] for game in games]


def investments() -> list[bool]:
    fair = Fraction(16, 5)
    known: list[tuple[int, Fraction | int, tuple[int, ...], tuple[Any, ...]]] = [
        (1, Fraction(1, 4), (0, 0, 0, 0), (10, 2, 2, 2)),  # strict egalitarian
        (1, 1, (10, 2, 2, 2), (16, fair, fair, fair)),  # libertarian
        (0, 1, (0, 2, 2, 2), (10, fair, fair, fair)),  # liberal egalitarian
    ]
    found = []
    for v, w, gives, gets in known:
        game = public_investment(v=v, w=w)
        (only,) = pure(game)
        found.append(tuple(only.values()) == gives and tuple(game.payoff(p, only) for p in game.players) == gets)
    return found


def pigou_is_efficient() -> list[bool]:
    prices = {n: (price_of_anarchy(pigou(n)), price_of_stability(pigou(n))) for n in (2, 4, 6, 8)}
    for n, (anarchy, stability) in prices.items():
        assert anarchy.value == Fraction(4, 3) and anarchy.best == Fraction(3 * n, 4) and anarchy.check()
        assert stability.value == Fraction(n * n - n + 1, n) / Fraction(3 * n, 4)
    return [anarchy.value == 1 for anarchy, _ in prices.values()]


def tolls_are_efficient() -> list[bool]:
    found = []
    for n in (2, 4, 6, 8):
        free, least = pigou(n), Fraction(3 * n, 4)
        at = pure(pigou(n, toll=True))
        assert all(list(p.values()).count("narrow") == n // 2 for p in at) and len(at) > 0
        found.append(all(-total(free, profile) == least for profile in at))
    return found


def shortcuts_help() -> list[bool]:
    found = []
    for n in (2, 4):
        before, after = price_of_anarchy(braess(n, shortcut=False)), price_of_anarchy(braess(n))
        assert before.reached == Fraction(3 * n, 2) and before.value == 1
        assert after.reached == 2 * n and after.value == Fraction(4, 3)
        found.append(after.reached <= before.reached)
    return found


def random_congestion(seed: int, affine: bool) -> tuple[Game, Mapping[str, Any], Mapping[str, Any]]:
    """A game with two to four players, two or three actions each, on two to five resources."""
    dice = random.Random(seed)
    n, resources = dice.randint(2, 4), [f"r{k}" for k in range(dice.randint(2, 5))]
    costs = {}
    for r in resources:
        a, b = dice.randint(0, 5), dice.choice((0, 0, dice.randint(0, 9)))
        costs[r] = [a * k + b if affine else dice.randint(-3, 9) for k in range(1, n + 1)]
    sets = [s for k in (1, 2, 3) for s in itertools.combinations(resources, k)]
    strategies = {
        f"p{k}": {" + ".join(s): s for s in dice.sample(sets, min(len(sets), dice.randint(2, 3)))} for k in range(n)
    }
    return congestion(costs, strategies), costs, strategies


def equilibria_exist() -> list[bool]:
    """In each random game; and what a player gains by a change is what Rosenthal's potential falls by."""
    found = []
    for seed in range(150):
        game, costs, strategies = random_congestion(seed, affine=False)

        def potential(profile: Any, costs: Any = costs, strategies: Any = strategies) -> int:
            load = Counter(r for p, s in profile.items() for r in strategies[p][s])
            return sum(sum(costs[r][:k]) for r, k in load.items())

        for profile in game.profiles():
            for p in game.players:
                other = profile | {p: game.actions[p][0]}
                gain = game.payoff(p, other) - game.payoff(p, profile)
                assert gain == potential(profile) - potential(other)
        found.append(len(pure(game)) > 0)
    return found


def anarchy_is_bounded() -> list[bool]:
    prices = [price_of_anarchy(random_congestion(seed, affine=True)[0], costs=True) for seed in range(200)]
    assert all(price.check() for price in prices)
    known = [price.value for price in prices if price.value is not None]  # the least cost is 0 in the others
    assert len(known) > 150 and max(known) > 1
    return [value <= Fraction(5, 2) for value in known]


def three_on_a_ring() -> Game:
    """Player k uses h_k and g_k, or else g_(k+1), h_(k-1) and h_(k+1); each costs the number of its users."""
    costs = {f"{letter}{k}": (1, 2, 3) for letter in "gh" for k in range(3)}
    strategies = {
        str(k): {"near": (f"h{k}", f"g{k}"), "far": (f"g{(k + 1) % 3}", f"h{(k - 1) % 3}", f"h{(k + 1) % 3}")}
        for k in range(3)
    }
    return congestion(costs, strategies)


def the_bound_is_tight() -> list[bool]:
    price = price_of_anarchy(three_on_a_ring())
    assert (price.best, price.reached) == (6, 15) and price.check()
    return [price.value == Fraction(5, 2)]


COMMONS = ((2, 12), (3, 12), (2, 8))


def commons_are_efficient() -> list[bool]:
    found = []
    for n, a in COMMONS:
        game, price = commons(n, a), price_of_anarchy(commons(n, a))
        assert price.best == Fraction(a * a, 4) and price.value is not None
        if a % (n + 1) == 0:
            each = a // (n + 1)
            assert dict.fromkeys(game.players, each) in pure(game)
            assert total(game, dict.fromkeys(game.players, each)) / price.best == Fraction(4 * n, (n + 1) ** 2)
        found.append(price.value == 1)
    return found


def taxed_commons_are_efficient() -> list[bool]:
    found = []
    for n, a in COMMONS:
        free, taxed = commons(n, a), commons(n, a, tax=Fraction((n - 1) * a, 2 * n))
        (symmetric,) = [p for p in pure(taxed) if len(set(p.values())) == 1]
        best = max(total(free, p) for p in free.profiles())
        found.append(total(free, symmetric) == best == Fraction(a * a, 4))
    return found


DILEMMAS = ((3, 0, 5, 1), (2, -1, 3, 0), (Fraction(1, 2), 0.125, 1, 0.25))


def defecting_is_dominant() -> list[bool]:
    games = [prisoners_dilemma(*each) for each in DILEMMAS]
    return [pure(game) == [{"row": "defect", "column": "defect"}] and game_dominant(game) for game in games]


def game_dominant(game: Game) -> bool:
    (only,) = rw.solve(game, "dominant")
    return only.strict and only.strategies["row"].support == ("defect",)


def dilemmas_are_efficient() -> list[bool]:
    return [price_of_stability(prisoners_dilemma(*each)).value == 1 for each in DILEMMAS]


# -- rules -------------------------------------------------------------------------------------------------------------


@extensive_mechanism
def a_drawn_order_in_turn(env: rw.Environment) -> Any:
    """An order is drawn by lot and told to all, and agents choose in turn."""
    moves, plan = {}, {}
    orders = list(itertools.permutations(env.players))
    for order in orders:
        rule = in_turn(order)
        moves[", ".join(order)] = (Fraction(1, len(orders)), named(rule.tree(env).root, ", ".join(order)))
        plan |= {f"{where}, in {', '.join(order)}": each for where, each in rule.plan(env).items()}
    return Chance(moves), plan


def named(node: Any, order: str) -> Any:
    """The node with all information sets marked by the order, which everybody sees."""
    if isinstance(node, rw.games.Terminal):
        return node
    return rw.games.Decision(
        node.player, f"{node.infoset}, in {order}", {x: named(child, order) for x, child in node.moves.items()}
    )


def auction(*values: Any) -> rw.Environment:
    return rw.games.allocation(dict(zip(NAMES, values, strict=False)))


def some_auctions() -> list[rw.Environment]:
    return [auction((1, 3), (1, 2, 3)), auction(range(5), range(5)), auction((1, 2, 3), (2, 4), (1, 3, 4))]


def on_a_line() -> rw.Environment:
    return location(dict.fromkeys(NAMES, (0, 1, 2, 5)), [Fraction(k, 3) for k in range(16)])


def sold_in_bundles(values: dict[str, Any], worth: Callable[[Any, Any], Any] | None = None) -> rw.Environment:
    """Two goods for money."""
    return replace(bundles(values, ("a", "b"), worth=worth), transfers=(None, None))


def both_or_nothing(type: Any, bundle: Any) -> int:
    """A type is what a, b and both together are worth."""
    return int(type[2] if len(bundle) == 2 else type[0] if bundle == ("a",) else type[1] if bundle == ("b",) else 0)


def complements() -> rw.Environment:
    return sold_in_bundles({"ann": ((2, 2, 4), (2, 0, 2), (0, 2, 2)), "bob": ((0, 0, 3),)}, both_or_nothing)


def one_of_them() -> rw.Environment:
    types = tuple((a, b, max(a, b)) for a in range(3) for b in range(3))
    return sold_in_bundles({"ann": types, "bob": types}, both_or_nothing)


@rw.mechanism
def unanimity(env: Any, reports: Any) -> Any:
    """The change is made only if all rank it first."""
    status_quo, change = env.space.items
    return change if all(ranking[0] == change for ranking in reports.values()) else status_quo


def verdicts(*asked: tuple[Any, rw.Environment, Any]) -> list[bool]:
    """Whether each is proved; a counterexample replays."""
    found = [rw.verify(rule, env, prop) for rule, env, prop in asked]
    assert all(v.counterexample is None or v.counterexample.check() for v in found)
    return [bool(v) for v in found]


def osp(*pairs: tuple[Any, rw.Environment]) -> list[bool]:
    return verdicts(*((rule, env, obviously_strategyproof) for rule, env in pairs))


def fnp(*pairs: tuple[Any, rw.Environment], identities: int = 1) -> list[bool]:
    return verdicts(*((rule, env, false_name_proof(identities)) for rule, env in pairs))


CYCLIC = {"hut": ("ann", "bob", "cem"), "flat": ("bob", "cem", "ann"), "villa": ("cem", "ann", "bob")}
TWO, THREE = assignment(NAMES[:2], HOMES[:2]), assignment(NAMES, HOMES)
VOTES = [voting(NAMES[:n], ("no", "yes")) for n in (2, 3)]

CHECKS: dict[tuple[str, str], Callable[[], list[bool]]] = {
    ("LinearVCM", "EFFICIENT"): contributions_pay,
    ("LinearVCM", "UNIQUE-NE-ZERO"): nobody_contributes,
    ("PublicInvestment", "EQUILIBRIA"): investments,
    ("Pigou", "EFFICIENT"): pigou_is_efficient,
    ("Pigou-toll", "EFFICIENT"): tolls_are_efficient,
    ("Braess", "SHORTCUT-HELPS"): shortcuts_help,
    ("AtomicCongestion", "PURE-NE-EXISTS"): equilibria_exist,
    ("AtomicCongestion", "POA<=5/2"): anarchy_is_bounded,
    ("AtomicCongestion", "POA=5/2"): the_bound_is_tight,
    ("CommonsExtraction", "EFFICIENT"): commons_are_efficient,
    ("CommonsExtraction-PigouTax", "EFFICIENT"): taxed_commons_are_efficient,
    ("PrisonersDilemma", "DOMINANT-EQ"): defecting_is_dominant,
    ("PrisonersDilemma", "EFFICIENT"): dilemmas_are_efficient,
    ("SecondPrice", "OSP"): lambda: osp(*((sealed_bid(second_price), env) for env in some_auctions())),
    ("AscendingClock", "OSP"): lambda: osp(*((ascending_clock, env) for env in some_auctions())),
    ("AscendingClock", "SP"): lambda: verdicts(*((ascending_clock, env, rw.strategyproof) for env in some_auctions())),
    ("AscendingClock", "EFFICIENT"): lambda: verdicts(
        *((ascending_clock, env, rw.efficient) for env in some_auctions())
    ),
    ("Median-facility", "SP"): lambda: verdicts((median_location, on_a_line(), rw.strategyproof)),
    ("Mean", "ANON"): lambda: verdicts((mean_location, on_a_line(), anonymous)),
    ("SerialDictatorship-in-turn", "OSP"): lambda: osp(
        (in_turn(), TWO), (in_turn(), THREE), (in_turn(("cem", "ann", "bob")), THREE)
    ),
    ("SerialDictatorship-sealed", "OSP"): lambda: osp(
        (sealed_bid(serial_dictatorship()), TWO), (sealed_bid(serial_dictatorship()), THREE)
    ),
    ("RandomSerialDictatorship", "OSP"): lambda: osp((a_drawn_order_in_turn, TWO), (a_drawn_order_in_turn, THREE)),
    ("TopTradingCycles", "OSP"): lambda: osp((sealed_bid(top_trading_cycles()), THREE)),
    ("DeferredAcceptance", "OSP"): lambda: osp((sealed_bid(deferred_acceptance(CYCLIC)), THREE)),
    ("SecondPrice", "FALSE-NAME-PROOF"): lambda: fnp(*((second_price, env) for env in some_auctions())),
    ("VCG-complements", "FALSE-NAME-PROOF"): lambda: fnp((vcg, complements())),
    ("VCG-unit-demand", "FALSE-NAME-PROOF"): lambda: fnp((vcg, one_of_them())),
    ("Majority", "FALSE-NAME-PROOF"): lambda: fnp(*((majority, env) for env in VOTES)),
    ("Unanimity", "FALSE-NAME-PROOF"): lambda: fnp(*((unanimity, env) for env in VOTES)),
}


@pytest.mark.parametrize("key", CHECKS, ids="-".join)
def test_it_is_as_the_literature_says(key: tuple[str, str]) -> None:
    found = CHECKS[key]()
    assert found
    if FACTS[key] == "yes":
        assert all(found)
    else:
        assert not any(found)


def test_every_fact_is_checked() -> None:
    assert len(FACTS) == len(ROWS), "a fact is listed twice"
    assert set(CHECKS) == set(FACTS), "each row of facts/games.csv needs a check here, and each check a row"
    assert all(row["source"] for row in ROWS)
