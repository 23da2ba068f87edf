"""The one battery that every exported game, rule and property goes through by itself."""

from __future__ import annotations

import inspect
import itertools
import json
import pickle
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from types import FunctionType
from typing import Any
from zlib import crc32

import numpy as np
import pytest

import rulewright as rw
from rulewright import games, mechanisms
from rulewright.mechanisms import Dial, DirectMechanism, Edit, Objective, Protocol
from rulewright.mechanisms.property import ForAll

Number = Any
HALF, THIRD = Fraction(1, 2), Fraction(1, 3)

# -- what is exported, and the sample arguments of what needs some -----------------------------------------------------
# A new game, rule or property is found by itself. A function of arguments needs one line in one of these tables.
# ``k`` is the unit in which all values are measured: sample arguments that are amounts of money are multiples of it.

HELPERS = {  # functions that are no game, no rule, no property and no family
    *("airport_cost", "load", "save", "mark", "value_of"),
    *(
        "among_best",
        "anonymous_rule",
        "counting",
        "end",
        "english",
        "extensive_mechanism",
        "groves_ledyard",
        "for_all",
        "mechanism",
        "menus",
        "payment",
        "protocol",
        "queries",
        "scenario",
        "summing",
        "tournament",
        "tree",
        "value",
        "worst_case",
        "worth",
    ),
}

CYCLIC = {"a": ("ann", "bob", "cem"), "b": ("cem", "bob", "ann"), "c": ("bob", "ann", "cem")}  # priorities


def falling(j: int) -> int:
    """5, 3, 1, ... points for each further member (Thiele 1895)."""
    return max(0, 7 - 2 * j)


SAMPLES: dict[str, Callable[[Number], Any]] = {
    "posted_price": lambda k: mechanisms.posted_price(2 * k),
    "affine_maximizer": lambda k: mechanisms.affine_maximizer({"ann": 2}, {"nobody": 2 * k}),
    "menu": lambda k: mechanisms.menu([((HALF, 1), 2 * k), ((1, 1), 3 * k)]),
    "cut_and_choose_by": lambda k: mechanisms.cut_and_choose_by("bob", ("ann", "bob")),
    "who_cuts_who_chooses": lambda k: mechanisms.who_cuts_who_chooses(games.cake({"ann": [(1, 3)], "bob": [(2, 2)]}))[
        1
    ],
    "second_price_with_reserve": lambda k: mechanisms.second_price_with_reserve(2 * k),
    "tabulated": lambda k: mechanisms.tabulated(one_item(k).env, [[0, 1, 1], [0, 0, 1], [2, 0, 0]]),
    "deferred_acceptance": lambda k: mechanisms.deferred_acceptance(CYCLIC),
    "immediate_acceptance": lambda k: mechanisms.immediate_acceptance(CYCLIC),
    "school_trading_cycles": lambda k: mechanisms.school_trading_cycles(CYCLIC),
    "serial_dictatorship": lambda k: mechanisms.serial_dictatorship(),
    "efficiency_adjusted_deferred_acceptance": lambda k: mechanisms.efficiency_adjusted_deferred_acceptance(CYCLIC),
    "by_lot": lambda k: mechanisms.by_lot(mechanisms.borda),
    "k_approval": lambda k: mechanisms.k_approval(2),
    "scoring_rule": lambda k: mechanisms.scoring_rule((5, 3, 0), "medals"),
    "thiele_rule": lambda k: mechanisms.thiele_rule(falling, "falling"),
    "top_trading_cycles": lambda k: mechanisms.top_trading_cycles(),
    "dictatorship": lambda k: mechanisms.dictatorship("ann"),
    "phantom_median": lambda k: mechanisms.phantom_median([2 * k]),
    "nearly_strategyproof": lambda k: mechanisms.nearly_strategyproof(Fraction(k) / 2),
    "with_margin": lambda k: mechanisms.with_margin(mechanisms.individually_rational, Fraction(k) / 2),
    "margin_per_harm": lambda k: mechanisms.margin_per_harm(mechanisms.strategyproof, HALF),
    "at_least": lambda k: mechanisms.at_least(mechanisms.welfare, 2 * k),
    "guaranteed": lambda k: mechanisms.guaranteed(mechanisms.revenue),
    "posted_trade": lambda k: mechanisms.posted_trade(2 * k),
    "maximin_rent": lambda k: mechanisms.maximin_rent(3 * k),
    "resource_monotonic": lambda k: mechanisms.resource_monotonic({"cpu": 12}),
    "group_strategyproof": lambda k: mechanisms.group_strategyproof(),
    "weakly_group_strategyproof": lambda k: mechanisms.weakly_group_strategyproof(),
    "false_name_proof": lambda k: mechanisms.false_name_proof(),
    "in_turn": lambda k: mechanisms.in_turn(),
    "sealed_bid": lambda k: mechanisms.sealed_bid(mechanisms.second_price),
    "stable": lambda k: mechanisms.stable(CYCLIC),
    "student_optimal": lambda k: mechanisms.student_optimal(CYCLIC),
    "core": lambda k: mechanisms.core(),
    "honest": lambda k: mechanisms.honest(mechanisms.cut_and_choose),
    "played": lambda k: mechanisms.played(mechanisms.cut_and_choose),
    "fine": lambda k: mechanisms.fine(on="defect", amount=3 * k),
    "subsidy": lambda k: mechanisms.subsidy(on="cooperate", amount=3 * k),
    "fines": lambda k: mechanisms.fines(on="defect", unit=k),
    "subsidies": lambda k: mechanisms.subsidies(on="cooperate", unit=k),
    "strictly_dominant": lambda k: mechanisms.strictly_dominant("cooperate"),
    "weakly_dominant": lambda k: mechanisms.weakly_dominant("cooperate"),
    "strict_equilibrium": lambda k: mechanisms.strict_equilibrium({"row": "cooperate", "column": "cooperate"}),
}

GAMES: dict[str, Callable[[Number], Any]] = {
    "prisoners_dilemma": lambda k: games.prisoners_dilemma(3 * k, 0 * k, 5 * k, 1 * k),
    "congestion": lambda k: games.congestion(
        {"road": (1 * k, 3 * k), "train": (2 * k, 2 * k)},
        {p: {"drive": ("road",), "ride": ("train",)} for p in ("ann", "bob")},
    ),
    "pigou": lambda k: games.pigou(),
    "braess": lambda k: games.braess(),
    "public_goods": lambda k: games.public_goods(2, 2, 3 * Fraction(k) / 4),
    "public_investment": lambda k: games.public_investment((2, 1)),
    "commons": lambda k: games.commons(2, 6),
    "buyer": lambda k: games.buyer(2, low=1 * k, high=(4 * k, 2 * k)),
    "allocation": lambda k: one_item(k).env,
    "cake": lambda k: cake_two(k).env,
    "voting": lambda k: votes_of_two().env,
    "approval": lambda k: likes_of_three().env,
    "committees": lambda k: two_seats().env,
    "assignment": lambda k: three_objects().env,
    "aggregation": lambda k: games.aggregation(("ann", "bob"), ("a", "b")),
    "irresolute": lambda k: games.irresolute(("ann", "bob"), ("a", "b"), ties=True),
    "matching": lambda k: two_sides().env,
    "public_project": lambda k: project(k).env,
    "service": lambda k: ski_lift(k).env,
    "location": lambda k: on_a_line(k).env,
    "claims": lambda k: estate(k).env,
    "rationing": lambda k: peaks_of_two(k).env,
    "exchange": lambda k: one_trade(k).env,
    "bundles": lambda k: three_goods(k).env,
    "rent": lambda k: two_rooms(k).env,
    "resources": lambda k: cluster().env,
    "dichotomous": lambda k: classrooms().env,
    "provision": lambda k: funded().env,
    "units": lambda k: two_units(k).env,
}

TABLES = {"tabulated"}  # rules that are the user's own numbers
ANONYMOUS = {  # up to ties
    *("cavallo", "equal_split", "first_price", "pay_as_bid", "second_price", "second_price_with_reserve"),
    *("third_price", "uniform_price", "vcg", "worst_case_redistribution"),
}
UNSAVED = {  # whose outcomes no file can hold
    *("buyer", "location", "matching", "provision", "public_project", "service", "units"),
}
FOR_SCHOOLS = {"stable", "student_optimal"}  # properties that know the players by name
UNITLESS = {  # whose cases fail by a probability or by ranks, and not by an amount of money
    *("anonymous", "condorcet_consistent", "core", "monotone", "neutral", "non_bossy", "ordinally_efficient"),
    *("sd_envy_free", "sd_equal_treatment", "sd_proportional", "sd_strategyproof", "stable", "student_optimal"),
    *("connected", "weakly_sd_envy_free", "weakly_sd_strategyproof"),
    *("committee_core", "committee_monotone", "extended_justified_representation", "group_fair_share"),
    *("independent_of_clones", "justified_representation", "participation", "positive_share", "priceable"),
    *("proportional_justified_representation", "reinforcing", "sets_reinforcing"),
    *("fishburn_strategyproof", "non_dictatorial", "onto", "pareto_optimal", "party_proportional"),
    *("subset_strategyproof", "unanimous"),
}


def exported(module: Any) -> dict[str, Any]:
    """What a room exports that is no class, by name."""
    return {name: getattr(module, name) for name in module.__all__ if not isinstance(getattr(module, name), type)}


@cache
def things(k: Number = 1) -> dict[str, Any]:
    """Every exported value of the room of mechanisms; functions are called with their sample arguments."""
    found = {}
    for name, thing in exported(mechanisms).items():
        if name not in HELPERS:
            found[name] = SAMPLES[name](k) if isinstance(thing, FunctionType) and name in SAMPLES else thing
    return {name: thing for name, thing in found.items() if not isinstance(thing, FunctionType)}


def is_rule(thing: Any) -> bool:
    return isinstance(thing, (DirectMechanism, Protocol))


def is_property(thing: Any) -> bool:
    return hasattr(thing, "cases") and hasattr(thing, "short")


def is_game_property(thing: Any) -> bool:
    return not is_rule(thing) and not is_property(thing) and not isinstance(thing, (Edit, Dial, Objective))


def test_every_exported_function_is_known_to_the_battery() -> None:
    missing = [
        name
        for name, f in exported(mechanisms).items()
        if isinstance(f, FunctionType) and name not in {*HELPERS, *SAMPLES}
    ]
    lines = "\n".join(f'    "{name}": lambda k: mechanisms.{name}(...),' for name in missing)
    assert not missing, f"add to SAMPLES (or to HELPERS) in tests/test_battery.py:\n{lines}"


def test_every_exported_game_is_known_to_the_battery() -> None:
    missing = [
        name for name, f in exported(games).items() if isinstance(f, FunctionType) and name not in {*HELPERS, *GAMES}
    ]
    lines = "\n".join(f'    "{name}": lambda k: games.{name}(...),' for name in missing)
    assert not missing, f"add to GAMES (or to HELPERS) in tests/test_battery.py:\n{lines}"


def test_every_property_has_a_textbook_definition_here() -> None:
    missing = [name for name in PROPERTIES if name not in TEXTBOOK]
    lines = "\n".join(f'    "{name}": ...,' for name in missing)
    assert not missing, f"add to TEXTBOOK in tests/test_battery.py, straight from the textbook:\n{lines}"


def test_the_battery_is_not_empty() -> None:
    assert {"second_price", "first_price", "cut_and_choose", "posted_price"} <= set(RULES)
    assert {"strategyproof", "envy_free", "pareto_efficient"} <= set(PROPERTIES)
    assert {"strictly_dominant"} <= set(GAME_PROPERTIES) and {"fine"} <= set(EDITS) and {"fines"} <= set(DIALS)


# -- small environments, each with the worth of a share said by hand ---------------------------------------------------


@dataclass(frozen=True)
class Small:
    """An environment, and by hand: what a share is worth to a type, and the most a player or a society can get.

    Nobody can be in the place of one of ``apart``. ``goods`` are those that go whole to somebody.
    """

    env: rw.Environment
    share: Callable[[Any, str, Any], Number]  # (outcome, owner, type of who looks at it)
    most: Callable[[str, Any], Number]  # the most that a type of a player can get
    best: Callable[[Mapping[str, Any]], Number]  # the largest sum of utilities at a profile
    prior: Callable[[Mapping[str, Any]], Fraction]  # the probability of a profile
    apart: tuple[str, ...] = ()
    goods: tuple[str, ...] = ()


def uniform(env: rw.Environment) -> Callable[[Mapping[str, Any]], Fraction]:
    return lambda profile: Fraction(1, int(np.prod([len(types) for types in env.types.values()])))


def item(env: rw.Environment, prior: Any = None) -> Small:
    return Small(
        env,
        lambda winner, owner, value: value if winner == owner else 0,
        lambda player, value: value,
        lambda profile: max(profile.values()),
        prior or uniform(env),
    )


def one_item(k: Number = 1) -> Small:
    values = (1 * k, 2 * k, 3 * k)
    return item(games.allocation({"ann": values, "bob": values}, transfers=(-5 * k, 5 * k)))


def uneven_item(k: Number = 1) -> Small:
    """Other values for each, and an uneven independent prior."""
    prior = {"ann": {1 * k: HALF, 2 * k: HALF, 4 * k: 0}, "bob": {2 * k: THIRD, 3 * k: 2 * THIRD}}
    env = games.allocation({p: tuple(each) for p, each in prior.items()}, transfers=(None, None), prior=prior)
    return item(env, lambda profile: Fraction(prior["ann"][profile["ann"]]) * prior["bob"][profile["bob"]])


def related_item(k: Number = 1) -> Small:
    """Values that go together: a joint prior."""
    joint = {(1 * k, 1 * k): HALF, (1 * k, 2 * k): 0, (2 * k, 1 * k): Fraction(1, 6), (2 * k, 2 * k): THIRD}
    prior = {rw.Profile({"ann": a, "bob": b}): p for (a, b), p in joint.items()}
    env = games.allocation({"ann": (1 * k, 2 * k), "bob": (1 * k, 2 * k)}, prior=prior)
    return item(env, lambda profile: Fraction(joint[profile["ann"], profile["bob"]]))


def item_without_money(k: Number = 1) -> Small:
    return item(games.allocation({"ann": (1 * k, 2 * k), "bob": (1 * k, 3 * k)}, transfers=None, disposal=False))


def three_bidders(k: Number = 1) -> Small:
    return item(games.allocation(dict.fromkeys(("ann", "bob", "cem"), (1 * k, 2 * k))))


def whole(player: str, type: Any) -> Number:
    return sum(type)


def two_goods(k: Number = 1) -> Small:
    values = ((3 * k, 1 * k), (1 * k, 3 * k))
    goods = ("bread", "wine")
    env = games.allocation({"ann": values, "bob": values}, goods, transfers=None)

    def share(outcome: Any, owner: str, type: Any) -> Number:
        return sum(v * outcome.get(owner, {}).get(good, 0) for v, good in zip(type, goods, strict=True))

    return Small(env, share, whole, lambda profile: sum(map(max, zip(*profile.values(), strict=True))), uniform(env))


def one_buyer(k: Number = 1) -> Small:
    """Two goods, sold to one."""
    env = games.buyer(("bread", "wine"), high=(4 * k, 2 * k)).grid(2)

    def share(outcome: Any, owner: str, type: Any) -> Number:
        return sum(v * outcome[owner][good] for v, good in zip(type, ("bread", "wine"), strict=True))

    return Small(env, share, whole, lambda profile: sum(profile["buyer"]), uniform(env))


def cake(values: Mapping[str, Any]) -> Small:
    env = games.cake(values)

    def share(outcome: Any, owner: str, type: Any) -> Number:
        n, worth = len(type), Fraction(0)
        for start, end in outcome[owner]:
            for c in range(n):
                overlap = min(Fraction(end), Fraction(c + 1, n)) - max(Fraction(start), Fraction(c, n))
                worth += max(overlap, Fraction(0)) * n * Fraction(type[c])
        return worth

    return Small(env, share, whole, lambda profile: sum(map(max, zip(*profile.values(), strict=True))), uniform(env))


def cake_two(k: Number = 1) -> Small:
    return cake({"ann": [(1 * k, 3 * k), (2 * k, 2 * k)], "bob": [(2 * k, 2 * k), (3 * k, 1 * k)]})


def cake_three(k: Number = 1) -> Small:
    return cake(
        {
            "ann": [(1 * k, 1 * k, 1 * k)],
            "bob": [(90 * k, 5 * k, 5 * k)],
            "cem": [(95 * k, 3 * k, 2 * k), (0 * k, k, k)],
        }
    )


def cake_of_wishes(k: Number = 1) -> Small:
    """Piecewise uniform values: a player wants a part of the cake, all of it alike."""
    whole, left, right = (k, k, k), (2 * k, 0 * k, 0 * k), (0 * k, 0 * k, 1 * k)
    return cake({"ann": [(k, k, 0 * k), right], "bob": [left], "cem": [whole]})


def cake_of_three_hungry(k: Number = 1) -> Small:
    """Every cell is worth something to everybody."""
    return cake({"ann": [(k, k, k), (k, 2 * k, k)], "bob": [(4 * k, k, k)], "cem": [(k, k, 4 * k)]})


def listed(env: rw.Environment, share: Callable[[Any, str, Any], Number], **more: Any) -> Small:
    """An environment with a list of outcomes, where the most is looked up by going through the list."""
    items = env.space.items
    return Small(
        env,
        share,
        lambda player, type: max(share(o, player, type) for o in items),
        lambda profile: max(sum(Fraction(share(o, p, t)) for p, t in profile.items()) for o in items),
        uniform(env),
        **more,
    )


def ranked_last(thing: Any, ranking: Any) -> int:
    """How many others come after a thing."""
    return list(reversed(ranking)).index(thing)


def election(voters: tuple[str, ...], candidates: tuple[str, ...], domain: Any = "all") -> Small:
    env = games.voting(voters, candidates, domain)
    return listed(env, lambda winner, owner, ranking: ranked_last(winner, ranking))


ABC = ("a", "b", "c")
SOME_ORDERS = (("a", "b", "c"), ("b", "c", "a"), ("c", "a", "b"))  # Condorcet's


def votes_of_two(k: Number = 1) -> Small:
    return election(("ann", "bob"), ABC)


def votes_of_three(k: Number = 1) -> Small:
    return election(("ann", "bob", "cem"), ABC, SOME_ORDERS)


def votes_on_a_line(k: Number = 1) -> Small:
    return election(("ann", "bob"), ABC, "single-peaked")


def yes_or_no(k: Number = 1) -> Small:
    return election(("ann", "bob", "cem"), ("no", "yes"))


def seven_voters(k: Number = 1) -> Small:
    """An instant runoff that a wins, and loses if the first voter raises a."""
    ballots = ("abc", "bac", "abc", "cba", "cba", "bac")
    domain = {"ann": [("c", "a", "b"), ("a", "c", "b")], **{f"v{n}": [tuple(b)] for n, b in enumerate(ballots)}}
    return election(tuple(domain), ABC, domain)


def five_voters(k: Number = 1) -> Small:
    """Two electorates whose instant runoffs b wins, and c if they are one."""
    ballots = ("bca", "cba", "cab", "bca", "acb")
    voters = tuple(f"v{n}" for n in range(5))
    domain = {v: [tuple(b), ("a", "b", "c")] for v, b in zip(voters, ballots, strict=True)}
    return election(voters, ABC, {v: each if v == "v0" else each[:1] for v, each in domain.items()})


def likes_of_three(k: Number = 1) -> Small:
    env = games.approval(("ann", "bob", "cem"), ("a", "b"))
    return listed(env, lambda winner, owner, ballot: sum(x == winner for x in ballot))


def two_seats(k: Number = 1) -> Small:
    env = games.committees(("ann", "bob", "cem", "dan"), ABC, 2, (("a", "b"), ("c",), ("b", "c")))
    return listed(env, lambda members, owner, ballot: len({*members} & {*ballot}))


def homes(agents: tuple[str, ...], objects: tuple[str, ...], domain: Any = "all") -> Small:
    env = games.assignment(agents, objects, domain)
    return listed(env, lambda gets, owner, ranking: ranked_last(gets[owner], ranking))


def two_homes(k: Number = 1) -> Small:
    return homes(("ann", "bob"), ("hut", "villa"))


def three_objects(k: Number = 1) -> Small:
    return homes(("ann", "bob", "cem"), ABC, (("a", "b", "c"), ("a", "c", "b"), ("b", "a", "c")))


def three_schools(k: Number = 1) -> Small:
    return homes(("ann", "bob", "cem"), ABC, (("a", "b", "c"), ("b", "a", "c"), ("c", "a", "b")))


def two_sides(k: Number = 1) -> Small:
    env = games.matching(("ann", "bob"), ("sue", "tea"))
    return listed(env, lambda gets, owner, ranking: ranked_last(gets[owner], ranking))


def project(k: Number = 1) -> Small:
    env = games.public_project({"ann": (0 * k, 3 * k), "bob": (1 * k, 4 * k)}, cost=4 * k)
    return listed(env, lambda what, owner, value: value - 2 * k if what == "build" else 0)


def project_of_three(k: Number = 1) -> Small:
    values = (0 * k, 3 * k)
    env = games.public_project(dict.fromkeys(("ann", "bob", "cem"), values), cost=3 * k)
    return listed(env, lambda what, owner, value: value - k if what == "build" else 0)


def ski_lift(k: Number = 1) -> Small:
    needs = {"ann": 2 * k, "bob": 4 * k}
    env = games.service({"ann": (1 * k, 3 * k), "bob": (1 * k, 3 * k, 5 * k)}, games.airport_cost(needs))

    def share(served: Any, owner: str, type: Any) -> Number:
        if type == "cost":
            return -max((needs[p] for p in served), default=0)
        return type if owner in served else 0

    return listed(env, share, apart=("provider",))


def estate(k: Number = 1) -> Small:
    env = games.claims(dict.fromkeys(("ann", "bob"), (1 * k, 3 * k)), 2 * k, step=Fraction(k) / 2)
    return listed(env, lambda awards, owner, claim: min(Fraction(awards[owner]), Fraction(claim)))


def estate_of_three(k: Number = 1) -> Small:
    claimed = {"ann": (0 * k, 1 * k), "bob": (1 * k, 2 * k), "cem": (2 * k,)}
    ways = (
        *(mechanisms.proportional_awards, mechanisms.constrained_equal_awards, mechanisms.constrained_equal_losses),
        *(mechanisms.talmud, mechanisms.random_arrival),
    )
    env = games.claims(claimed, 2 * k, step=1 * k, rules=ways)
    return listed(env, lambda awards, owner, claim: min(Fraction(awards[owner]), Fraction(claim)))


def peaks(shares: Mapping[str, Any], amount: Number, step: Number) -> Small:
    def share(shares: Any, owner: str, type: Any) -> Number:
        peak, below, above = map(Fraction, type)
        return min(below * (Fraction(shares[owner]) - peak), above * (peak - Fraction(shares[owner])))

    return listed(games.rationing(shares, amount, step=step), share)


def peaks_of_two(k: Number = 1) -> Small:
    return peaks({"ann": (0 * k, 1 * k, (2 * k, 2, 1)), "bob": (0 * k, 1 * k, (2 * k, 2, 1))}, 2 * k, 1 * k)


def peaks_of_three(k: Number = 1) -> Small:
    return peaks(dict.fromkeys(("ann", "bob", "cem"), (0 * k, 2 * k)), 3 * k, Fraction(k) / 2)


def peaks_in_thirds(k: Number = 1) -> Small:
    return peaks(dict.fromkeys(("ann", "bob"), (0 * k, 1 * k, 2 * k)), 2 * k, Fraction(k) / 3)


def on_a_line(k: Number = 1) -> Small:
    env = games.location({"ann": (0 * k, 2 * k, 4 * k), "bob": (0 * k, 2 * k)}, [0 * k, 1 * k, 2 * k, 3 * k, 4 * k])
    return listed(env, lambda point, owner, place: -abs(Fraction(point) - Fraction(place)))


def trade(buyers: Mapping[str, Any], sellers: Mapping[str, Any]) -> Small:
    env = games.exchange(buyers, sellers)

    def share(pairs: Any, owner: str, type: Any) -> Number:
        return (type if owner in buyers else -type) * sum(owner in pair for pair in pairs)

    return listed(env, share)


def one_trade(k: Number = 1) -> Small:
    return trade({"ann": (1 * k, 3 * k)}, {"sam": (0 * k, 2 * k)})


def two_trades(k: Number = 1) -> Small:
    return trade(dict.fromkeys(("ann", "bob"), (2 * k, 5 * k)), {"sam": (1 * k, 3 * k), "tim": (1 * k, 4 * k)})


def two_units(k: Number = 1) -> Small:
    env = games.units(dict.fromkeys(("ann", "bob", "cem"), (1 * k, 3 * k)), 2)
    return listed(env, lambda winners, owner, value: value if owner in winners else 0)


def two_rooms(k: Number = 1) -> Small:
    values = ((3 * k, 1 * k), (1 * k, 1 * k), (0 * k, 5 * k))
    env = games.rent({"ann": values, "bob": values}, ("attic", "cellar"))
    return listed(env, lambda rooms, owner, type: type[("attic", "cellar").index(rooms[owner])])


def machines(demands: Mapping[str, Any], capacity: int) -> Small:
    """Two resources, of each of which there is so much."""
    ways = (
        *(mechanisms.dominant_resource_fairness, mechanisms.asset_fairness, mechanisms.resource_equilibrium),
        mechanisms.static_partition,
    )
    env = games.resources(demands, {"cpu": capacity, "memory": capacity}, rules=ways)

    def share(outcome: Any, owner: str, type: Any) -> Number:
        return min(Fraction(outcome[owner][r]) / need for r, need in zip(("cpu", "memory"), type, strict=True) if need)

    return listed(env, share)


def cluster(k: Number = 1) -> Small:
    return machines({"ann": ((1, 2), (2, 3), (1, 1)), "bob": ((2, 1), (1, 0), (1, 2))}, 6)


def cluster_of_three(k: Number = 1) -> Small:
    return machines({"ann": ((1, 2), (2, 4)), "bob": ((3, 1),), "cem": ((3, 2),)}, 12)


def classrooms(k: Number = 1) -> Small:
    env = games.dichotomous(("ann", "bob", "cem"), ("north", "south"))
    return listed(env, lambda gets, owner, good: int(gets[owner] in good))


def funded(k: Number = 1) -> Small:
    """A level of a public good that costs its square."""
    costs = {Fraction(level) / 2: Fraction(level * level) / 4 for level in range(6)}
    env = games.provision({"ann": (1, 3), "bob": (0, 2)}, costs)
    return listed(
        env, lambda level, owner, type: -Fraction(level) ** 2 if type == "cost" else type * Fraction(level),
        apart=("ann", "bob", "provider"),
    )  # fmt: skip


def household(values: Mapping[str, Any], goods: tuple[str, ...], disposal: bool = False) -> Small:
    env = games.bundles(values, goods, disposal=disposal)

    def share(bundles: Any, owner: str, type: Any) -> Number:
        return sum(v for good, v in zip(goods, type, strict=True) if good in bundles[owner])

    return listed(env, share, goods=goods)


def three_goods(k: Number = 1) -> Small:
    values = ((3 * k, 2 * k, 1 * k), (1 * k, 1 * k, 1 * k), (2 * k, 0 * k, 5 * k))
    return household({"ann": values, "bob": values}, ABC)


def many_goods(k: Number = 1) -> Small:
    values = {"ann": ((k, k, k, k), (0 * k, 4 * k, 1 * k, 1 * k)), "bob": ((2 * k, k, 3 * k, 5 * k),)}
    return household({**values, "cem": ((3 * k, 3 * k, 3 * k, 3 * k), (9 * k, 1 * k, 1 * k, 1 * k))}, (*ABC, "d"))


def wanted_or_not(k: Number = 1) -> Small:
    values = ((1 * k, 0 * k), (0 * k, 1 * k), (1 * k, 1 * k))
    return household({"ann": values, "bob": values}, ("a", "b"), disposal=True)


SMALL: dict[str, Callable[[Number], Small]] = {
    each.__name__: each
    for each in (
        one_item, uneven_item, related_item, item_without_money, three_bidders, two_goods, one_buyer, cake_two,
        cake_three, cake_of_wishes, cake_of_three_hungry,
        votes_of_two, votes_of_three, votes_on_a_line, yes_or_no, seven_voters,
        five_voters, likes_of_three, two_seats,
        two_homes, three_objects, three_schools, two_sides, project, project_of_three, ski_lift, estate,
        classrooms, funded, estate_of_three, peaks_in_thirds, two_rooms, cluster, cluster_of_three,
        peaks_of_two, peaks_of_three, one_trade, two_trades, three_goods, many_goods, wanted_or_not, two_units,
        on_a_line,
    )
}  # fmt: skip


RULES = [name for name, thing in things().items() if is_rule(thing)]
PROPERTIES = [name for name, thing in things().items() if is_property(thing)]
EDITS = [name for name, thing in things().items() if isinstance(thing, Edit)]
DIALS = [name for name, thing in things().items() if isinstance(thing, Dial)]
OBJECTIVES = [name for name, thing in things().items() if isinstance(thing, Objective)]
GAME_PROPERTIES = [name for name, thing in things().items() if is_game_property(thing)]


@cache
def small(name: str) -> Small:
    return SMALL[name](1)


@cache
def fits(rule: str, env: str) -> bool:
    """Whether a rule is one for an environment."""
    try:
        things()[rule].table(small(env).env)
    except Exception:  # whether it refuses as it should is a test of its own
        return False
    return True


ENOUGH = 2  # environments in which a rule is asked about one property


def where(rule: str, *more: str) -> list[str]:
    """The small environments that a rule fits, beginning with another one for each combination of names."""
    fitting = [env for env in SMALL if fits(rule, env)]
    start = crc32("-".join((rule, *more)).encode()) % max(1, len(fitting))
    return fitting[start:] + fitting[:start]


@cache
def verdict_on(rule: str, env: str, prop: str) -> Any:
    """The verdict, or None if the property has no meaning in the environment."""
    try:
        return rw.verify(things()[rule], small(env).env, things()[prop])
    except rw.BadInput:
        return None


# -- games -------------------------------------------------------------------------------------------------------------


def documentation(thing: Any) -> str:
    """The words with which a thing explains itself."""
    function = getattr(thing, "function", None) or getattr(thing, "sides", None)
    words = [getattr(thing, "words", ""), inspect.getdoc(function) if function else ""]
    if isinstance(thing, FunctionType):
        words.append(inspect.getdoc(thing))
    return " ".join(str(w) for w in words if w)


SOURCE = re.compile(r"\([^()]*\b(1[6-9]|20)\d\d\b[^()]*\)")


@pytest.mark.parametrize("name", GAMES)
def test_a_game_is_documented_pickled_and_shown(name: str) -> None:
    assert SOURCE.search(inspect.getdoc(getattr(games, name)) or ""), "a source in parentheses, with its year"
    assert ">>>" in (inspect.getdoc(getattr(games, name)) or ""), "an example that runs"
    game = GAMES[name](1)
    assert str(game) and "<" in game._repr_html_()
    again = pickle.loads(pickle.dumps(game))
    assert str(again) == str(game)


@pytest.mark.parametrize("name", GAMES)
def test_a_game_survives_a_file_or_is_refused(name: str, tmp_path: Any) -> None:
    """object.save(path) and rulewright.load(path)."""
    game = GAMES[name](1)
    if name in UNSAVED:
        with pytest.raises(rw.BadInput, match=r"\w+ \w+ \w+"):
            rw.save(game, tmp_path / "game.toml")
        assert not (tmp_path / "game.toml").exists()
        return
    for ending in (".toml", ".json"):
        rw.save(game, tmp_path / f"game{ending}")
        assert str(rw.load(tmp_path / f"game{ending}")) == str(game)


@pytest.mark.parametrize("name", GAMES)
def test_a_small_instance_is_solved_and_rechecked(name: str) -> None:
    game = GAMES[name](1)
    if isinstance(game, rw.NormalForm):
        for concept in ("nash", "pure", "one nash"):
            solution = rw.solve(game, concept)
            assert len(solution) and solution.check()
            assert all(rw.check(e.certificate) for e in solution)


# -- rules -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*RULES, *PROPERTIES, *OBJECTIVES, *EDITS, *GAME_PROPERTIES])
def test_what_is_exported_cites_its_source(name: str) -> None:
    """Every rule, property, objective and edit names a source, with its year, in parentheses."""
    if name in TABLES:
        pytest.skip("a table of the user's own claims nothing")
    words = documentation(things()[name]) + " " + documentation(getattr(mechanisms, name))
    assert SOURCE.search(words), f"no (Author year) in: {words[:200]!r}"


@pytest.mark.parametrize("name", [*RULES, *PROPERTIES, *OBJECTIVES])
def test_help_tells_about_the_thing_and_not_about_its_class(name: str) -> None:
    """help(rulewright.mechanisms.second_price) explains the second-price auction."""
    thing = getattr(mechanisms, name)
    assert inspect.getdoc(thing) and inspect.getdoc(thing) != inspect.getdoc(type(thing))


@pytest.mark.parametrize("name", RULES)
def test_a_rule_fits_some_small_environment(name: str) -> None:
    assert any(fits(name, env) for env in SMALL), "add a small environment for it to SMALL in tests/test_battery.py"


@pytest.mark.parametrize("name", RULES)
def test_a_rule_refuses_what_it_is_not_for_in_a_sentence(name: str) -> None:
    for env in SMALL:
        if not fits(name, env):
            with pytest.raises(rw.BadInput, match=r"\w+ \w+ \w+"):
                things()[name].table(small(env).env)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_deterministic(name: str) -> None:
    for env in (env for env in SMALL if fits(name, env)):
        one, two = (things()[name].table(SMALL[env](1).env) for _ in range(2))
        for n in range(small(env).env.n_profiles):
            assert one.point(n) == two.point(n)
            assert one.paid(n, small(env).env.players) == two.paid(n, small(env).env.players)


@pytest.mark.parametrize("name", [*RULES, *PROPERTIES, *OBJECTIVES, *EDITS, *DIALS, *GAME_PROPERTIES])
def test_what_is_exported_can_be_sent_to_another_process(name: str) -> None:
    """Any executor scales the long work out, so rules and properties pickle, or say in a sentence why not."""
    thing = things()[name]
    try:
        again = pickle.loads(pickle.dumps(thing))
    except rw.BadInput:
        return
    assert str(again) == str(thing)
    if is_rule(thing):
        env = next(env for env in SMALL if fits(name, env))
        profile = next(iter(small(env).env.profiles()))
        assert again.result(small(env).env, profile) == thing.result(small(env).env, profile)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_says_the_same_by_result_by_table_and_by_expect(name: str) -> None:
    for env_name in (env for env in SMALL if fits(name, env)):
        env, rule, book = small(env_name).env, things()[name], textbook(name, env_name)
        table = rule.table(env)
        for n, profile in enumerate(env.profiles()):
            _, payments = rule.result(env, profile)
            assert table.paid(n, env.players) == payments
            for player in env.players:
                by_hand = book.gets(player, profile[player], profile)
                assert rule.expect(rw.worth(env, player, profile[player]), env, profile) == by_hand


# -- properties, against the textbook ----------------------------------------------------------------------------------


def mean(outcome: Any, f: Callable[[Any], Number]) -> Number:
    """The expectation of ``f`` over an outcome or a lottery of outcomes."""
    if isinstance(outcome, rw.Lottery):
        return sum(Fraction(p) * Fraction(f(o)) for o, p in outcome.items())
    return Fraction(f(outcome))


class Textbook:
    """A rule in an environment, profile by profile; each property yields (has, needs) for each of its cases."""

    def __init__(self, rule: Any, case: Small) -> None:
        self.rule, self.case, self.env = rule, case, case.env
        self.profiles = list(case.env.profiles())
        self.done = {profile: rule.result(case.env, profile) for profile in self.profiles}
        self.got: dict[Any, Fraction] = {}
        self.ladders: dict[Any, list[Fraction]] = {}
        self.lots: dict[Any, list[tuple[Any, Fraction]]] = {}
        self.common = set(getattr(case.env.space, "items", ())) == {"build", "leave"}  # the outcome is the same for all

    def gets(self, player: str, type: Any, reports: Any, share_of: str = "") -> Fraction:
        """What a type of a player ends up with at some reports, in her own or in another's place."""
        key = player, type, reports, share_of
        if key not in self.got:
            outcome, payments = self.done[reports]
            whose = share_of or player
            place = player if {player, whose} & {*self.case.apart} or self.common else whose
            worth = mean(outcome, lambda o: self.case.share(o, place, type))
            self.got[key] = worth - Fraction(payments[whose])
        return self.got[key]

    def _lots(self, reports: Any) -> list[tuple[Any, Fraction]]:
        """The outcomes that may come about, with their probabilities."""
        if reports not in self.lots:
            outcome, _ = self.done[reports]
            drawn = outcome.items() if isinstance(outcome, rw.Lottery) else [(outcome, 1)]
            self.lots[reports] = [(o, Fraction(p)) for o, p in drawn if p]
        return self.lots[reports]

    def _chance(self, reports: Any, owner: str, thing: Any) -> Fraction:
        """The probability that the owner gets a thing, or (no owner) that it is the outcome."""
        return sum((p for o, p in self._lots(reports) if (o[owner] if owner else o) == thing), Fraction(0))

    def _events(self) -> list[tuple[str, Any]]:
        """All that somebody may get, or (no owner) all that may be chosen."""
        if hasattr(self.env.space, "items"):
            outcomes = list(self.env.space.items)
        else:
            outcomes = [o for profile in self.profiles for o, _ in self._lots(profile)]
        if isinstance(outcomes[0], Mapping):
            return list(dict.fromkeys((owner, o[owner]) for o in outcomes for owner in o))
        return [("", o) for o in outcomes]

    def _pairs_at_profiles(self) -> Iterator[tuple[Any, str, str]]:
        for profile in self.profiles:
            for i, j in itertools.permutations(self.env.players, 2):
                yield profile, i, j

    def _lies(self) -> Iterator[tuple[Any, str, Any]]:
        for profile, player in itertools.product(self.profiles, self.env.players):
            yield from ((profile, player, lie) for lie in self.env.types[player] if lie != profile[player])

    def _ladder(self, player: str, type: Any) -> list[Fraction]:
        """The levels of utility of a type, the best first."""
        if (player, type) not in self.ladders:
            levels = {Fraction(self.case.share(o, player, type)) for o in self.env.space.items}
            self.ladders[player, type] = sorted(levels, reverse=True)
        return self.ladders[player, type]

    def _rungs(self, player: str) -> int:
        return max(len(self._ladder(player, type)) for type in self.env.types[player])

    def _among(self, player: str, type: Any, k: int, reports: Any, share_of: str = "") -> Fraction:
        """The probability of one of the k best levels of a type."""
        ladder = self._ladder(player, type)
        floor, place = ladder[min(k, len(ladder)) - 1], share_of or player
        if {player, place} & {*self.case.apart} or self.common:
            place = player
        good = (p for o, p in self._lots(reports) if Fraction(self.case.share(o, place, type)) >= floor)
        return sum(good, Fraction(0))

    def expects(self, player: str, type: Any, report: Any) -> Fraction:
        """What a type expects from a report if the others are honest (0 for a type that never occurs)."""
        key = player, type, report, "expected"
        if key in self.got:
            return self.got[key]
        own = [profile for profile in self.profiles if profile[player] == type]
        weights = [self.case.prior(profile) for profile in own]
        values = [self.gets(player, type, profile | {player: report}) for profile in own]
        total = sum(weights)
        gain = sum((w * v for w, v in zip(weights, values, strict=True)), Fraction(0))
        self.got[key] = gain / total if total else Fraction(0)
        return self.got[key]

    def strategyproof(self) -> Iterator[tuple[Number, Number]]:
        for profile, player in itertools.product(self.profiles, self.env.players):
            for lie in self.env.types[player]:
                truth = profile[player]
                yield self.gets(player, truth, profile), self.gets(player, truth, profile | {player: lie})

    def ex_post_incentive_compatible(self) -> Iterator[tuple[Number, Number]]:
        yield from self.strategyproof()  # values are private in every small environment

    def nearly_strategyproof(self) -> Iterator[tuple[Number, Number]]:
        return ((has + HALF, needs) for has, needs in self.strategyproof())

    def with_margin(self) -> Iterator[tuple[Number, Number]]:
        return ((has, needs + HALF) for has, needs in self.individually_rational())

    def margin_per_harm(self) -> Iterator[tuple[Number, Number]]:
        def total(types: Any, reports: Any) -> Fraction:
            paid = sum(Fraction(x) for x in self.done[reports][1].values())
            return sum((self.gets(i, types[i], reports) for i in self.env.players), Fraction(0)) + paid

        for profile, player, lie in self._lies():
            told = profile | {player: lie}
            harm = total(profile, profile) - total(profile, told)
            yield self.gets(player, profile[player], profile), self.gets(player, profile[player], told) + harm / 2

    def at_least(self) -> Iterator[tuple[Number, Number]]:
        reached = Fraction(0)
        for profile, (outcome, _) in self.done.items():
            shares = [mean(outcome, lambda o, i=i, t=profile[i]: self.case.share(o, i, t)) for i in self.env.players]
            reached += self.case.prior(profile) * sum(map(Fraction, shares))
        yield reached, 2

    def bayesian_incentive_compatible(self) -> Iterator[tuple[Number, Number]]:
        for player in self.env.players:
            for truth, lie in itertools.product(self.env.types[player], repeat=2):
                yield self.expects(player, truth, truth), self.expects(player, truth, lie)

    def individually_rational(self) -> Iterator[tuple[Number, Number]]:
        for profile, player in itertools.product(self.profiles, self.env.players):
            yield self.gets(player, profile[player], profile), 0

    def interim_individually_rational(self) -> Iterator[tuple[Number, Number]]:
        for player in self.env.players:
            for truth in self.env.types[player]:
                yield self.expects(player, truth, truth), 0

    def ex_ante_individually_rational(self) -> Iterator[tuple[Number, Number]]:
        for i in self.env.players:
            yield sum(self.case.prior(profile) * self.gets(i, profile[i], profile) for profile in self.profiles), 0

    def ex_ante_no_deficit(self) -> Iterator[tuple[Number, Number]]:
        paid = {profile: sum(map(Fraction, payments.values())) for profile, (_, payments) in self.done.items()}
        yield sum(self.case.prior(profile) * total for profile, total in paid.items()), 0

    def ex_ante_budget_balanced(self) -> Iterator[tuple[Number, Number]]:
        yield from ((-abs(has), needs) for has, needs in self.ex_ante_no_deficit())

    def no_deficit(self) -> Iterator[tuple[Number, Number]]:
        for _, payments in self.done.values():
            yield sum(map(Fraction, payments.values())), 0

    def budget_balanced(self) -> Iterator[tuple[Number, Number]]:
        for has, needs in self.no_deficit():
            yield -abs(has), needs

    def envy_free(self) -> Iterator[tuple[Number, Number]]:
        for profile in self.profiles:
            for i, j in itertools.permutations(self.env.players, 2):
                yield self.gets(i, profile[i], profile), self.gets(i, profile[i], profile, share_of=j)

    def proportional(self) -> Iterator[tuple[Number, Number]]:
        for profile, player in itertools.product(self.profiles, self.env.players):
            most = Fraction(self.case.most(player, profile[player]))
            yield self.gets(player, profile[player], profile), most / len(self.env.players)

    def efficient(self) -> Iterator[tuple[Number, Number]]:
        for profile, (outcome, _) in self.done.items():
            shares = [mean(outcome, lambda o, i=i, t=profile[i]: self.case.share(o, i, t)) for i in self.env.players]
            yield sum(shares), Fraction(self.case.best(profile))

    def pareto_efficient(self) -> Iterator[tuple[Number, Number]]:
        """Of a finite list: no outcome that may come about is worse for one than another and better for none."""

        def utilities(outcome: Any, profile: Any) -> list[Number]:
            return [self.case.share(outcome, i, profile[i]) for i in self.env.players]

        for profile, (outcome, _) in self.done.items():
            chosen = [o for o, p in outcome.items() if p] if isinstance(outcome, rw.Lottery) else [outcome]
            for one, other in itertools.product(chosen, self.env.space.items):
                gains = [b - a for a, b in zip(utilities(one, profile), utilities(other, profile), strict=True)]
                yield (-1 if min(gains) >= 0 and max(gains) > 0 else 0), 0

    # -- coalitions --

    def _coalitions(self, pays: Callable[[list[Fraction]], bool]) -> Iterator[tuple[Number, Number]]:
        """Each joint misreport that pays a coalition, with what it brings the member who gains most."""
        yield 0, 0
        for k in range(1, len(self.env.players) + 1):
            for group in itertools.combinations(self.env.players, k):
                for truth in self.profiles:
                    for lies in itertools.product(*(self.env.types[i] for i in group)):
                        lie = truth | dict(zip(group, lies, strict=True))
                        gains = [self.gets(i, truth[i], lie) - self.gets(i, truth[i], truth) for i in group]
                        if pays(gains):
                            yield 0, max(gains)

    def group_strategyproof(self) -> Iterator[tuple[Number, Number]]:
        return self._coalitions(lambda gains: min(gains) >= 0 and max(gains) > 0)

    def weakly_group_strategyproof(self) -> Iterator[tuple[Number, Number]]:
        return self._coalitions(lambda gains: min(gains) > 0)

    # -- more than one identity --

    def _with_zed(self, player: str) -> rw.Environment:
        """The environment in which zed takes part too, who may be whatever the player may be."""
        env = self.env
        types, space = {**env.types, "zed": env.types[player]}, env.space
        prior = None if env.prior is None else {**env.prior, "zed": env.prior[player]}
        if not hasattr(space, "items"):
            return games.allocation(types, space.goods, transfers=env.transfers, disposal=space.disposal)
        if {*env.players} <= {*space.items}:
            return games.allocation(types, transfers=env.transfers, disposal="nobody" in space.items, prior=prior)
        if self.case.goods:
            given = [sum(map(len, o.values())) for o in space.items]
            return games.bundles(types, self.case.goods, disposal=min(given) < len(self.case.goods))
        return games.voting(tuple(types), space.items, types)

    def false_name_proof(self) -> Iterator[tuple[Number, Number]]:
        yield from self.strategyproof()
        items = {*getattr(self.env.space, "items", ())}
        ranked = bool(items) and not self.case.goods and not {*self.env.players} <= items
        for player in self.env.players:
            env, both = self._with_zed(player), (player, "zed")
            holders = (player,) if ranked else both
            for profile, said in itertools.product(self.profiles, itertools.product(env.types["zed"], repeat=2)):
                outcome, payments = self.rule.result(env, rw.Profile({**profile, **dict(zip(both, said, strict=True))}))
                own = profile[player]
                held = [mean(outcome, lambda o, p=p, t=own: self.case.share(o, p, t)) for p in holders]
                paid = sum(Fraction(payments[p]) for p in both)
                yield self.gets(player, own, profile), sum(held) - paid

    def _plays(self, node: Any, past: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
        """Every play of a tree without chance: who moved how where, and the end."""
        if isinstance(node, games.Terminal):
            yield past, node
            return
        for move, after in node.moves.items():
            yield from self._plays(after, (*past, (node.player, node.infoset, move)))

    def obviously_strategyproof(self) -> Iterator[tuple[Number, Number]]:
        """Each play of the tree against each other play that leaves the plan at an information set of both."""
        plays, plan = list(self._plays(self.rule.tree(self.env).root)), self.rule.plan(self.env)
        for i, t in [(player, t) for player in self.env.players for t in self.env.types[player]]:
            honest: dict[str, list[Number]] = {}
            other: dict[tuple[str, Any], list[Number]] = {}
            for past, last in plays:
                own = [(where, move, plan[where][t]) for who, where, move in past if who == i]
                left = next((k for k, (_, move, planned) in enumerate(own) if move != planned), len(own))
                worth = Fraction(self.case.share(last.outcome, i, t)) + Fraction(last.payoffs[i])
                if left == len(own):
                    for where, _, _ in own:
                        honest.setdefault(where, []).append(worth)
                else:
                    other.setdefault(own[left][:2], []).append(worth)
            yield from ((min(honest[where]), max(best)) for (where, _), best in other.items())

    # -- symmetry --

    def anonymous(self) -> Iterator[tuple[Number, Number]]:
        """Two who exchange their reports exchange what they get and pay; an outcome may name the winner or winners."""
        for profile, i, j in self._pairs_at_profiles():
            there = {i: j, j: i}
            lie = profile | {i: profile[j], j: profile[i]}
            for owner, x in self._events():
                other = there.get(x, x)
                if isinstance(x, tuple) and set(x) <= set(self.env.players):
                    other = tuple(p for p in self.env.players if there.get(p, p) in x)
                mirror = (there.get(owner, owner), x) if owner else ("", other)
                yield -abs(self._chance(profile, owner, x) - self._chance(lie, *mirror)), 0
            for p in self.env.players:
                before, after = self.done[profile][1][p], self.done[lie][1][there.get(p, p)]
                yield -abs(Fraction(before) - Fraction(after)), 0

    def equal_treatment(self) -> Iterator[tuple[Number, Number]]:
        for profile, i, j in self._pairs_at_profiles():
            if profile[i] == profile[j]:
                yield -abs(self.gets(i, profile[i], profile) - self.gets(j, profile[j], profile)), 0

    def equitable(self) -> Iterator[tuple[Number, Number]]:
        for profile, i, j in self._pairs_at_profiles():
            yield -abs(self.gets(i, profile[i], profile) - self.gets(j, profile[j], profile)), 0

    def neutral(self) -> Iterator[tuple[Number, Number]]:
        names = self.env.types[self.env.players[0]][0]
        for order in itertools.permutations(names):
            new = dict(zip(names, order, strict=True))
            for profile in self.profiles:
                renamed = rw.Profile({p: tuple(new[x] for x in t) for p, t in profile.items()})
                if renamed in self.done:
                    for owner, x in self._events():
                        yield -abs(self._chance(profile, owner, x) - self._chance(renamed, owner, new[x])), 0

    def non_bossy(self) -> Iterator[tuple[Number, Number]]:
        for profile, player, lie in self._lies():
            after = profile | {player: lie}
            changes: dict[str, list[Fraction]] = {p: [] for p in self.env.players}
            for owner, x in self._events():
                changes[owner].append(abs(self._chance(profile, owner, x) - self._chance(after, owner, x)))
            for p in self.env.players:
                changes[p].append(abs(Fraction(self.done[profile][1][p]) - Fraction(self.done[after][1][p])))
            if not any(changes[player]):
                yield from ((-change, 0) for each in changes.values() for change in each)

    # -- lotteries over rankings, by stochastic dominance --

    def sd_strategyproof(self) -> Iterator[tuple[Number, Number]]:
        for profile, i, lie in self._lies():
            for k in range(1, self._rungs(i) + 1):
                needs = self._among(i, profile[i], k, profile | {i: lie})
                yield self._among(i, profile[i], k, profile), needs

    def sd_envy_free(self) -> Iterator[tuple[Number, Number]]:
        for profile, i, j in self._pairs_at_profiles():
            for k in range(1, self._rungs(i) + 1):
                yield self._among(i, profile[i], k, profile), self._among(i, profile[i], k, profile, share_of=j)

    def sd_proportional(self) -> Iterator[tuple[Number, Number]]:
        for profile, i in itertools.product(self.profiles, self.env.players):
            m = self._rungs(i)
            yield from ((self._among(i, profile[i], k, profile), Fraction(k, m)) for k in range(1, m + 1))

    def sd_equal_treatment(self) -> Iterator[tuple[Number, Number]]:
        for profile, i, j in self._pairs_at_profiles():
            if profile[i] == profile[j]:
                for k in range(1, self._rungs(i) + 1):
                    yield -abs(self._among(i, profile[i], k, profile) - self._among(j, profile[j], k, profile)), 0

    def _dominated(self, mine: list[Fraction], theirs: list[Fraction]) -> Iterator[tuple[Number, Number]]:
        if all(b >= a for a, b in zip(mine, theirs, strict=True)):
            yield from zip(mine, theirs, strict=True)

    def weakly_sd_strategyproof(self) -> Iterator[tuple[Number, Number]]:
        for profile, i, lie in self._lies():
            ks = range(1, self._rungs(i) + 1)
            both = ([self._among(i, profile[i], k, said) for k in ks] for said in (profile, profile | {i: lie}))
            yield from self._dominated(*both)

    def weakly_sd_envy_free(self) -> Iterator[tuple[Number, Number]]:
        for profile, i, j in self._pairs_at_profiles():
            ks = range(1, self._rungs(i) + 1)
            both = ([self._among(i, profile[i], k, profile, share_of=p) for k in ks] for p in (i, j))
            yield from self._dominated(*both)

    def ordinally_efficient(self) -> Iterator[tuple[Number, Number]]:
        """No chain of agents each of whom would rather have the next object (Bogomolnaia and Moulin 2001, Lemma 3)."""
        players = self.env.players
        for profile in self.profiles:
            objects = profile[players[0]]
            for n in range(2, len(objects) + 1):
                for ring in itertools.permutations(objects, n):
                    for agents in itertools.product(players, repeat=n):
                        steps = list(zip(agents, ring, (*ring[1:], ring[0]), strict=True))
                        if all(profile[i].index(y) < profile[i].index(x) for i, x, y in steps):
                            yield 0, min(self._chance(profile, i, x) for i, x, _ in steps)

    # -- owners, students and schools --

    def _ranks_at_outcomes(self) -> Iterator[tuple[Any, Any, Callable[[str, Any], int]]]:
        for profile in self.profiles:
            for outcome, _ in self._lots(profile):
                yield profile, outcome, lambda i, x, profile=profile: ranked_last(x, profile[i])

    def core(self) -> Iterator[tuple[Number, Number]]:
        """Owners of the objects in their order."""
        owns = self.env.space.items[0]
        for _, outcome, rank in self._ranks_at_outcomes():
            for n in range(1, len(owns) + 1):
                for group in itertools.combinations(owns, n):
                    for shared in itertools.permutations([owns[i] for i in group]):
                        both = [(rank(i, outcome[i]), rank(i, x)) for i, x in zip(group, shared, strict=True)]
                        if all(b >= a for a, b in both):
                            yield from both

    def _blocked(self, outcome: Any, rank: Callable[[str, Any], int]) -> Iterator[tuple[Number, Number]]:
        for i, j in itertools.permutations(self.env.players, 2):
            school = outcome[j]
            if CYCLIC[school].index(i) < CYCLIC[school].index(j):
                yield rank(i, outcome[i]), rank(i, school)

    def stable(self) -> Iterator[tuple[Number, Number]]:
        for _, outcome, rank in self._ranks_at_outcomes():
            yield from self._blocked(outcome, rank)

    def student_optimal(self) -> Iterator[tuple[Number, Number]]:
        for _, outcome, rank in self._ranks_at_outcomes():
            yield from self._blocked(outcome, rank)
            for other in self.env.space.items:
                if all(a >= b for a, b in self._blocked(other, rank)):
                    yield from ((rank(i, outcome[i]), rank(i, other[i])) for i in self.env.players)

    # -- candidates --

    def condorcet_consistent(self) -> Iterator[tuple[Number, Number]]:
        for profile in self.profiles:
            for x in self.env.space.items:
                rivals = [y for y in self.env.space.items if y != x]
                wins = [sum(t.index(x) < t.index(y) for t in profile.values()) for y in rivals]
                if all(2 * n > len(profile) for n in wins):
                    yield self._chance(profile, "", x), 1

    def onto(self) -> Iterator[tuple[Number, Number]]:
        for x in self.env.space.items:
            yield int(any(self._chance(profile, "", x) == 1 for profile in self.profiles)), 1

    def _best(self, player: str, type: Any) -> list[Any]:
        worth = {o: self.case.share(o, player, type) for o in self.env.space.items}
        return [o for o, w in worth.items() if w == max(worth.values())]

    def non_dictatorial(self) -> Iterator[tuple[Number, Number]]:
        for i in self.env.players:
            best = {t: self._best(i, t) for t in self.env.types[i]}
            free = (all(o not in best[profile[i]] for o, _ in self._lots(profile)) for profile in self.profiles)
            yield int(any(free)), 1

    def unanimous(self) -> Iterator[tuple[Number, Number]]:
        best = {(i, t): self._best(i, t) for i, types in self.env.types.items() for t in types}
        for profile in self.profiles:
            first, *others = (best[each] for each in profile.items())
            if len(first) == 1 and all(other == first for other in others):
                yield int(self._chance(profile, "", first[0]) == 1), 1

    def pareto_optimal(self) -> Iterator[tuple[Number, Number]]:
        for profile in self.profiles:
            for x, y in itertools.permutations(self.env.space.items, 2):
                if all(ranking.index(y) < ranking.index(x) for ranking in profile.values()):
                    yield int(self._chance(profile, "", x) == 0), 1

    def fishburn_strategyproof(self) -> Iterator[tuple[Number, Number]]:
        """Of single candidates: none that may be chosen after a lie is above one that may be chosen without it."""
        for profile, i, lie in self._lies():
            after, before = self._lots(profile | {i: lie}), self._lots(profile)
            gains = (profile[i].index(y) < profile[i].index(x) for (x, _), (y, _) in itertools.product(before, after))
            yield int(not any(gains)), 1

    def subset_strategyproof(self) -> Iterator[tuple[Number, Number]]:
        def mine(outcome: Any, ballot: Any) -> set[Any]:
            return {*ballot} & {*(outcome if isinstance(outcome, tuple) else (outcome,))}

        for profile, i, lie in self._lies():
            if {*lie} < {*profile[i]}:
                after, before = self._lots(profile | {i: lie}), self._lots(profile)
                pairs = itertools.product(before, after)
                yield int(not any(mine(y, profile[i]) > mine(x, profile[i]) for (x, _), (y, _) in pairs)), 1

    def party_proportional(self) -> Iterator[tuple[Number, Number]]:
        for profile, members in self._members():
            ballots = [{*t} for t in profile.values()]
            if all(a == b or not a & b for a, b in itertools.combinations(ballots, 2)):
                for x in set().union(*ballots):
                    if ballots.count({x}) * len(members) >= len(ballots):
                        yield int(x in members), 1

    def monotone(self) -> Iterator[tuple[Number, Number]]:
        for profile, i, lie in self._lies():
            for x in self.env.space.items:
                rest = [[y for y in ranking if y != x] for ranking in (profile[i], lie)]
                if rest[0] == rest[1] and lie.index(x) < profile[i].index(x):
                    yield self._chance(profile | {i: lie}, "", x), self._chance(profile, "", x)

    # -- pieces of a cake and shares of goods --

    def connected(self) -> Iterator[tuple[Number, Number]]:
        for profile in self.profiles:
            for outcome, _ in self._lots(profile):
                yield from ((-max(1, len(piece)), -1) for piece in outcome.values())

    def _held(self, outcome: Any, owner: str, c: int, of: int) -> Fraction:
        """How much of a good or of a cell an owner has."""
        goods = getattr(self.env.space, "goods", None)
        if goods is not None:
            return Fraction(outcome.get(owner, {}).get(goods[c], 0))
        overlaps = (min(of * b, c + 1) - max(of * a, c) for a, b in outcome[owner])
        return sum((Fraction(x) for x in overlaps if x > 0), Fraction(0))

    def fractionally_pareto_efficient(self) -> Iterator[tuple[Number, Number]]:
        """Nothing is wasted, and no ring of players gains by each handing on a bit of something to the next."""
        yield 0, 0
        for profile, outcome in ((p, o) for p in self.profiles for o, _ in self._lots(p)):
            n = len(profile[self.env.players[0]])
            held = {(i, c): self._held(outcome, i, c, n) for i in self.env.players for c in range(n)}
            for c in range(n):
                wanted = [i for i in self.env.players if profile[i][c]]
                if wanted and sum(held[i, c] for i in wanted) < 1:
                    yield 0, 1
            for size in range(2, len(self.env.players) + 1):
                for ring in itertools.permutations(self.env.players, size):
                    for cells in itertools.product(range(n), repeat=size):
                        steps = list(zip(ring, (*ring[1:], ring[0]), cells, strict=True))
                        lost = np.prod([Fraction(profile[i][c]) for i, _, c in steps])
                        won = np.prod([Fraction(profile[j][c]) for _, j, c in steps])
                        if all(held[i, c] for i, _, c in steps) and won > lost:
                            yield 0, 1

    # -- other electorates and candidates --

    def _elect(self, voters: Any, profile: Any) -> list[tuple[Any, Fraction]]:
        """What the rule may choose if only these vote, with the probabilities."""
        env = rw.Environment("part", {v: self.env.types[v] for v in voters}, self.env.space, self.env.utility)
        outcome, _ = self.rule.result(env, rw.Profile({v: profile[v] for v in voters}))
        drawn = outcome.items() if isinstance(outcome, rw.Lottery) else [(outcome, 1)]
        return [(o, Fraction(p)) for o, p in drawn if p]

    def participation(self) -> Iterator[tuple[Number, Number]]:
        for profile, i in itertools.product(self.profiles, self.env.players):
            both = (self._elect(voters, profile) for voters in (self.env.players, [*profile.without(i)]))
            voted, stayed = both
            for floor in self._ladder(i, profile[i]):
                chance = [
                    sum((p for o, p in lots if Fraction(self.case.share(o, i, profile[i])) >= floor), Fraction(0))
                    for lots in (voted, stayed)
                ]
                yield chance[0], chance[1]

    def _parts(self) -> Iterator[tuple[dict[Any, Fraction], dict[Any, Fraction], dict[Any, Fraction]]]:
        """What two parts of the voters choose, and what all do."""
        voters = self.env.players
        for profile in self.profiles:
            for n in range(1, len(voters)):
                for one in itertools.combinations(voters, n):
                    two = [v for v in voters if v not in one]
                    yield tuple(dict(self._elect(part, profile)) for part in (one, two, voters))  # type: ignore[misc]

    def reinforcing(self) -> Iterator[tuple[Number, Number]]:
        for one, two, together in self._parts():
            if one == two:
                yield from ((together.get(x, Fraction(0)), p) for x, p in one.items())

    def sets_reinforcing(self) -> Iterator[tuple[Number, Number]]:
        for one, two, together in self._parts():
            if common := {*one} & {*two}:
                yield 0, int({*together} != common)

    def independent_of_clones(self) -> Iterator[tuple[Number, Number]]:
        """Clones are those whom all rank side by side; who may win without one of them?"""
        for profile in self.profiles:
            candidates = self.env.space.items
            before = {o for o, _ in self._lots(profile)}
            for n in range(2, len(candidates)):
                for clones in itertools.combinations(candidates, n):
                    blocks = [{*zip(*[r[k:] for k in range(n)], strict=False)} for r in profile.values()]
                    if not all({*clones} in [{*block} for block in each] for each in blocks):
                        continue
                    for kept in clones:
                        stand = [x for x in candidates if x not in clones or x == kept]
                        votes = {v: tuple(x for x in r if x in stand) for v, r in profile.items()}
                        env = games.voting(tuple(votes), stand, {v: [r] for v, r in votes.items()})
                        outcome, _ = self.rule.result(env, rw.Profile(votes))
                        after = {*outcome} if isinstance(outcome, rw.Lottery) else {outcome}
                        merged = {kept if x in clones else x for x in before}
                        yield 0, int(merged != after)

    # -- committees --

    def _agreed(self) -> Iterator[tuple[Any, Any, tuple[str, ...], int]]:
        """Each committee that may be elected, with each group and each number of seats for which it is large enough,
        if so many candidates are approved of by all of the group.
        """
        for profile, members in self._members():
            for n in range(1, len(profile) + 1):
                for group in itertools.combinations(profile, n):
                    common = set.intersection(*({*profile[v]} for v in group))
                    for seats in range(1, len(members) + 1):
                        if Fraction(n, len(profile)) >= Fraction(seats, len(members)) and len(common) >= seats:
                            yield profile, {*members}, group, seats

    def _members(self) -> Iterator[tuple[Any, tuple[Any, ...]]]:
        for profile in self.profiles:
            for outcome, _ in self._lots(profile):
                yield profile, outcome if isinstance(outcome, tuple) else (outcome,)

    def justified_representation(self) -> Iterator[tuple[Number, Number]]:
        for profile, members, group, _ in self._agreed():
            yield min(1, len(members & {x for v in group for x in profile[v]})), 1

    def proportional_justified_representation(self) -> Iterator[tuple[Number, Number]]:
        for profile, members, group, seats in self._agreed():
            yield len(members & {x for v in group for x in profile[v]}), seats

    def extended_justified_representation(self) -> Iterator[tuple[Number, Number]]:
        for profile, members, group, seats in self._agreed():
            yield max(len(members & {*profile[v]}) for v in group), seats

    def committee_core(self) -> Iterator[tuple[Number, Number]]:
        for profile, members in self._members():
            names = list(dict.fromkeys(x for o in self.env.space.items for x in o))
            for seats in range(1, len(members) + 1):
                for others in itertools.combinations(names, seats):
                    both = [(len({*t} & {*members}), len({*t} & {*others})) for t in profile.values()]
                    better = [each for each in both if each[0] < each[1]]
                    if Fraction(len(better), len(profile)) >= Fraction(seats, len(members)):
                        yield from better
                    yield 0, 0

    def priceable(self) -> Iterator[tuple[Number, Number]]:
        """A price of 1, an equal purse and payments, as a linear program in floats."""
        from scipy.optimize import linprog

        for profile, members in self._members():
            names = list(dict.fromkeys(x for o in self.env.space.items for x in (o if isinstance(o, tuple) else (o,))))
            pays = [(v, x) for v, ballot in profile.items() for x in ballot if x in members]
            spends = {v: [float(u == v) for u, _ in pays] for v in profile}
            above = [[-1.0, *row] for row in spends.values()]
            for x in (x for x in names if x not in members):
                fans = [v for v, ballot in profile.items() if x in ballot]
                above.append([float(len(fans)), *(-sum(spends[v][j] for v in fans) for j in range(len(pays)))])
            most = [0.0] * len(profile) + [1.0] * (len(above) - len(profile))
            paid = [[0.0, *(float(x == y) for _, y in pays)] for x in members]
            found = linprog([0.0] * (1 + len(pays)), above, most, paid, [1.0] * len(members))
            yield int(found.status == 0), 1

    def committee_monotone(self) -> Iterator[tuple[Number, Number]]:
        for profile, members in self._members():
            names = list(dict.fromkeys(x for o in self.env.space.items for x in o))
            fewer = games.committees(self.env.players, names, len(members) - 1, {v: [t] for v, t in profile.items()})
            yield int({*self.rule.result(fewer, profile)[0]} <= {*members}), 1

    # -- shares --

    def group_fair_share(self) -> Iterator[tuple[Number, Number]]:
        for profile in self.profiles:
            for n in range(1, len(profile) + 1):
                for group in itertools.combinations(profile, n):
                    liked = {x for v in group for x in profile[v]}
                    share = sum((p for o, p in self._lots(profile) if o in liked), Fraction(0))
                    yield share, Fraction(n, len(profile))

    def positive_share(self) -> Iterator[tuple[Number, Number]]:
        for profile in self.profiles:
            for ballot in profile.values():
                yield int(any(o in ballot for o, _ in self._lots(profile))), 1

    # -- goods that go whole to somebody --

    def _bundle(self, type: Any, bundle: Any) -> Fraction:
        return sum((Fraction(v) for good, v in zip(self.case.goods, type, strict=True) if good in bundle), Fraction(0))

    def _envy_without(self, which: Callable[[list[Fraction]], Fraction]) -> Iterator[tuple[Number, Number]]:
        for profile, i, j in self._pairs_at_profiles():
            for outcome, _ in self._lots(profile):
                rest = [self._bundle(profile[i], {*outcome[j]} - {good}) for good in outcome[j]]
                yield self._bundle(profile[i], outcome[i]), which(rest) if rest else 0

    def envy_free_up_to_one_good(self) -> Iterator[tuple[Number, Number]]:
        return self._envy_without(min)

    def envy_free_up_to_any_good(self) -> Iterator[tuple[Number, Number]]:
        return self._envy_without(max)

    def proportional_up_to_one_good(self) -> Iterator[tuple[Number, Number]]:
        for profile, i in itertools.product(self.profiles, self.env.players):
            fair = self._bundle(profile[i], self.case.goods) / len(self.env.players)
            for outcome, _ in self._lots(profile):
                yield max(self._bundle(profile[i], {*outcome[i], good}) for good in self.case.goods), fair

    def maximin_share(self) -> Iterator[tuple[Number, Number]]:
        n, goods = len(self.env.players), self.case.goods
        for profile, i in itertools.product(self.profiles, self.env.players):
            worst = []
            for owners in itertools.product(range(n), repeat=len(goods)):
                parts = [{g for g, o in zip(goods, owners, strict=True) if o == part} for part in range(n)]
                worst.append(min(self._bundle(profile[i], part) for part in parts))
            for outcome, _ in self._lots(profile):
                yield self._bundle(profile[i], outcome[i]), max(worst)

    # -- resources --

    def _capacity(self) -> dict[str, Fraction]:
        first = self.env.space.items[0]  # of which all is handed out
        return {r: sum(Fraction(share[r]) for share in first.values()) for r in ("cpu", "memory")}

    def sharing_incentive(self) -> Iterator[tuple[Number, Number]]:
        n = len(self.env.players)
        goods = getattr(self.env.space, "goods", None)
        whole = dict.fromkeys(goods, 1) if goods else self._capacity()
        split = {p: {r: Fraction(x) / n for r, x in whole.items()} for p in self.env.players}
        for profile, i in itertools.product(self.profiles, self.env.players):
            yield self.gets(i, profile[i], profile), Fraction(self.case.share(split, i, profile[i]))

    def resource_efficient(self) -> Iterator[tuple[Number, Number]]:
        for profile, i in itertools.product(self.profiles, self.env.players):
            counts = {j: self.gets(j, profile[j], profile) for j in self.env.players}
            used = [sum(counts[j] * profile[j][r] for j in self.env.players) for r in (0, 1)]
            rest = zip(self._capacity().values(), used, profile[i], strict=True)
            yield counts[i], counts[i] + min((c - u) / need for c, u, need in rest if need)

    def _divided(self, profile: Any, capacity: Any, i: str) -> Fraction:
        return self.case.share(self.rule.divide(capacity, profile), i, profile[i])

    def population_monotonic(self) -> Iterator[tuple[Number, Number]]:
        for profile, i, leaver in self._pairs_at_profiles():
            rest = self._divided(profile.without(leaver), self._capacity(), i)
            yield rest, self._divided(profile, self._capacity(), i)

    def resource_monotonic(self) -> Iterator[tuple[Number, Number]]:
        for profile, i in itertools.product(self.profiles, self.env.players):
            more = {**self._capacity(), "cpu": 12}
            yield self._divided(profile, more, i), self._divided(profile, self._capacity(), i)

    # -- claims --

    def _estates(self) -> Iterator[tuple[Any, Fraction, list[Fraction]]]:
        """The claims, the estate they allow, and the amounts that are listed as shares."""
        whole = sum(Fraction(x) for x in self.env.space.items[0].values())
        amounts = sorted({Fraction(x) for item in self.env.space.items for x in item.values()} - {Fraction(0)})
        for profile in self.profiles:
            yield profile, min(whole, sum(Fraction(c) for c in profile.values())), amounts

    def consistent(self) -> Iterator[tuple[Number, Number]]:
        for profile, whole, _ in self._estates():
            got = self.rule.awards(whole, profile)
            for n in range(1, len(profile)):
                for group in itertools.combinations(profile, n):
                    again = self.rule.awards(sum(got[p] for p in group), {p: profile[p] for p in group})
                    yield from ((-abs(Fraction(got[p] - again[p])), 0) for p in group)

    def self_dual(self) -> Iterator[tuple[Number, Number]]:
        for profile, whole, _ in self._estates():
            owed = sum(Fraction(c) for c in profile.values())
            got, lost = self.rule.awards(whole, profile), self.rule.awards(owed - whole, profile)
            yield from ((-abs(Fraction(c) - got[p] - lost[p]), 0) for p, c in profile.items())

    def composition_up(self) -> Iterator[tuple[Number, Number]]:
        for profile, whole, amounts in self._estates():
            got = self.rule.awards(whole, profile)
            for first in (x for x in amounts if x < whole):
                one = self.rule.awards(first, profile)
                two = self.rule.awards(whole - first, {p: Fraction(c) - one[p] for p, c in profile.items()})
                yield from ((-abs(Fraction(got[p] - one[p] - two[p])), 0) for p in profile)

    def composition_down(self) -> Iterator[tuple[Number, Number]]:
        for profile, whole, amounts in self._estates():
            promised = self.rule.awards(whole, profile)
            for less in (x for x in amounts if x < whole):
                one, two = self.rule.awards(less, profile), self.rule.awards(less, promised)
                yield from ((-abs(Fraction(one[p] - two[p])), 0) for p in profile)

    def no_advantageous_transfer(self) -> Iterator[tuple[Number, Number]]:
        for profile, whole, amounts in self._estates():
            got = self.rule.awards(whole, profile)
            for i, j in itertools.permutations(profile, 2):
                for x in {x for x in (*amounts, Fraction(profile[i])) if x <= profile[i]}:
                    after = profile | {i: Fraction(profile[i]) - x, j: Fraction(profile[j]) + x}
                    again = self.rule.awards(whole, after)
                    yield -abs(Fraction(got[i] + got[j] - again[i] - again[j])), 0


TEXTBOOK = {name for name in vars(Textbook) if not name.startswith("_")} - {"gets", "expects"}


@cache
def textbook(rule: str, env: str) -> Textbook:
    return Textbook(things()[rule], small(env))


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("prop", PROPERTIES)
def test_verdicts_agree_with_the_textbook(name: str, prop: str) -> None:
    """Proved or refuted as the definition says, profile by profile; the certificate is accepted, the case replays."""
    asked = 0
    for env in where(name, prop):
        verdict = verdict_on(name, env, prop)
        if verdict is None:
            continue
        if asked == ENOUGH:
            break
        asked += 1
        fails = [needs - has for has, needs in getattr(textbook(name, env), prop)() if has < needs]
        assert verdict.status == ("refuted" if fails else "proved"), f"{name} in {env}: {verdict}"
        assert bool(verdict) is not bool(fails)
        if len(small(env).env.players) == 1 and not verdict.checked:
            continue  # who is alone compares herself with nobody
        assert verdict.domain and verdict.method and verdict.checked >= 1
        assert str(verdict) and "<" in verdict._repr_html_()
        case = verdict.counterexample
        if fails:
            assert case is not None and case.check() is True, f"{name} in {env}: {case}"
            assert case.gain > 0 and abs(case.needs - case.has) == case.gain
            assert not isinstance(case.gain, float)
            if prop not in ("pareto_efficient", "fractionally_pareto_efficient"):
                assert case.gain in fails, (
                    f"no case fails by {case.gain}; those that fail do so by {sorted(set(fails))}"
                )
        else:
            assert case is None
        if isinstance(things()[prop], ForAll) or prop == "pareto_efficient":
            assert verdict.certificate is not None, f"{name} in {env}: {verdict.status} without a certificate"
            assert rw.check(json.loads(json.dumps(verdict.certificate))) is True
        else:  # examined by the property's own definition, of which the checker knows nothing
            assert verdict.certificate is None
    if not asked:
        pytest.skip(f"{prop} has no meaning where {name} is played")


def in_words(type: Any) -> str:
    return f"({', '.join(map(in_words, type))})" if isinstance(type, tuple) else str(type)


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_property_has_a_meaning_somewhere_and_tells_rules_apart(name: str) -> None:
    """Every property meets a rule that has it and one that has not."""
    verdicts = [verdict_on(rule, env, name) for rule in RULES for env in SMALL if fits(rule, env)]
    found = {verdict.status for verdict in verdicts if verdict is not None}
    assert found == {"proved", "refuted"}


@pytest.mark.parametrize("name", RULES)
def test_a_liars_story_is_true(name: str) -> None:
    """The counterexample to strategyproofness names a player, her type, her lie and what it gains her."""
    for env in (env for env in SMALL if fits(name, env)):
        verdict = verdict_on(name, env, "strategyproof")
        if verdict.status == "refuted":
            found = verdict.counterexample
            case = found.case
            i, book = case.player, textbook(name, env)
            truth, lie = case.types, case.reports
            assert truth.without(i) == lie.without(i) and truth[i] != lie[i]
            assert book.gets(i, truth[i], lie) - book.gets(i, truth[i], truth) == found.gain > 0
            assert i in str(found) and in_words(lie[i]) in str(found)


SCALES = [Fraction(1, 10**9), 10**9, 2.0**-30]
SOME = (
    *("one_item", "related_item", "two_goods", "cake_two", "cake_three", "project", "ski_lift", "estate"),
    *("peaks_of_two", "one_trade", "three_goods"),
)


@cache
def small_in(env: str, scale: Number) -> Small:
    return SMALL[env](scale)


@pytest.mark.parametrize("scale", SCALES, ids=str)
@pytest.mark.parametrize("name", RULES)
def test_verdicts_do_not_depend_on_the_unit(name: str, scale: Number) -> None:
    """Measured in other units, nothing is decided otherwise, and what a lie gains is the same amount in these units."""
    for env in [env for env in where(name, str(scale)) if env in SOME][:ENOUGH]:
        for prop in PROPERTIES:
            here = verdict_on(name, env, prop)
            if here is None:
                continue
            there = rw.verify(things(scale)[name], small_in(env, scale).env, things(scale)[prop])
            assert here.status == there.status, f"{prop} of {name} in {env}"
            if here.counterexample:
                unit = 1 if prop in UNITLESS else Fraction(scale)
                assert there.counterexample.gain == here.counterexample.gain * unit, f"{prop} of {name} in {env}"


OLD = {name: name for name in ("ann", "bob", "cem", "sam", "tim")}
NEW = {"ann": "zoe", "bob": "yves", "cem": "xavier", "sam": "will", "tim": "vic"}

NAMED: tuple[Callable[[Mapping[str, str]], rw.Environment], ...] = (
    lambda p: games.allocation({p["ann"]: (1, 2, 4), p["bob"]: (2, 3)}),
    lambda p: games.cake({p["ann"]: ((1, 3), (2, 2)), p["bob"]: ((2, 2), (3, 1))}),
    lambda p: games.cake({p["ann"]: ((1, 1, 1),), p["bob"]: ((90, 5, 5),), p["cem"]: ((95, 3, 2), (0, 1, 1))}),
    lambda p: games.cake({p["ann"]: ((1, 1, 1), (1, 2, 1)), p["bob"]: ((4, 1, 1),), p["cem"]: ((1, 1, 4),)}),
    lambda p: games.cake({p["ann"]: ((1, 1, 0), (0, 1, 1)), p["bob"]: ((0, 2, 0),), p["cem"]: ((1, 1, 1),)}),
    lambda p: games.voting((p["ann"], p["bob"]), ("a", "b", "c"), SOME_ORDERS[:2]),
    lambda p: games.voting((p["ann"], p["bob"], p["cem"]), ("no", "yes")),
    lambda p: games.assignment((p["ann"], p["bob"], p["cem"]), ABC, SOME_ORDERS[1:3]),
    lambda p: games.public_project({p["ann"]: (0, 3), p["bob"]: (1, 4)}, cost=4),
    lambda p: games.service({p["ann"]: (1, 3), p["bob"]: (1, 5)}, games.airport_cost({p["ann"]: 2, p["bob"]: 4})),
    lambda p: games.claims({p["ann"]: (1, 3), p["bob"]: (1, 3)}, 2, step=Fraction(1, 2)),
    lambda p: games.rationing({p["ann"]: (0, 2), p["bob"]: (1, 2)}, 2, step=1),
    lambda p: games.allocation({p["ann"]: ((1, 3), (2, 1)), p["bob"]: ((1, 1),)}, ("bread", "wine"), transfers=None),
    lambda p: games.resources(
        {p["ann"]: ((1, 2), (1, 1)), p["bob"]: ((2, 1),)},
        {"cpu": 6, "memory": 6},
        rules=[mechanisms.dominant_resource_fairness, mechanisms.asset_fairness, mechanisms.resource_equilibrium],
    ),
    lambda p: games.exchange({p["ann"]: (2, 5), p["bob"]: (3,)}, {p["sam"]: (1, 3), p["tim"]: (2,)}),
    lambda p: games.bundles({p["ann"]: ((3, 2, 1), (1, 1, 1)), p["bob"]: ((3, 2, 1),)}, ABC),
    lambda p: games.bundles({p["ann"]: ((1, 0), (1, 1)), p["bob"]: ((1, 1),)}, ("a", "b"), disposal=True),
)


@pytest.mark.parametrize("name", [name for name in RULES if not isinstance(getattr(mechanisms, name), FunctionType)])
def test_other_names_for_the_players_change_nothing_but_the_names(name: str) -> None:
    for make in NAMED:
        env, renamed = make(OLD), make(NEW)
        try:
            things()[name].table(env)
        except rw.BadInput:
            continue
        for prop in (prop for prop in PROPERTIES if prop not in FOR_SCHOOLS):
            try:
                one = rw.verify(things()[name], env, things()[prop])
            except rw.BadInput:
                continue
            two = rw.verify(things()[name], renamed, things()[prop])
            assert one.status == two.status
            if one.counterexample:
                told = str(one.counterexample)
                for old, new in NEW.items():
                    told = re.sub(rf"\b{old}\b", new, told)
                assert told == str(two.counterexample)


@pytest.mark.parametrize("name", sorted(ANONYMOUS))
def test_an_anonymous_rule_may_be_asked_about_in_any_order_of_players(name: str) -> None:
    values = {"ann": (1, 2, 4), "bob": (2, 3), "cem": (1, 5)}
    verdicts = []
    for order in (("ann", "bob", "cem"), ("bob", "cem", "ann"), ("cem", "bob", "ann")):
        env = games.allocation({p: values[p] for p in order}, transfers=(-10, 10))
        verdicts.append([])
        for prop in PROPERTIES:
            try:
                verdicts[-1].append(rw.verify(things()[name], env, things()[prop]).status)
            except rw.BadInput:
                verdicts[-1].append("without a meaning")
    assert all(each == verdicts[0] for each in verdicts)


# -- edits and families, in the dilemma --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_changes_a_copy_and_says_what(name: str) -> None:
    game = games.prisoners_dilemma()
    edited = things()[name](game)
    assert game == games.prisoners_dilemma()
    assert edited.players == game.players and edited.sizes == game.sizes
    assert str(things()[name]) and things()[name].part in (
        "boundary", "position", "choice", "aggregation", "information", "payoff", "scope", "none",
    )  # fmt: skip


def strictly_dominant_by_hand(game: rw.NormalForm, action: str, strict: bool) -> bool:
    for profile in game.profiles():
        for player in game.players:
            ours, theirs = game.payoff(player, profile | {player: action}), game.payoff(player, profile)
            if profile[player] != action and (ours < theirs or (strict and ours == theirs)):
                return False
    return True


@pytest.mark.parametrize("amount", [0, 1, Fraction(199, 100), 2, Fraction(201, 100), 3, 1.5, 2.5])
@pytest.mark.parametrize("strict", [True, False])
def test_dominance_under_a_fine_is_what_the_definition_says(amount: Number, strict: bool) -> None:
    edit, asked = (
        mechanisms.fine("defect", amount),
        (rw.strictly_dominant if strict else rw.weakly_dominant)("cooperate"),
    )
    verdict = rw.verify(edit, games.prisoners_dilemma(), asked)
    assert bool(verdict) is strictly_dominant_by_hand(edit(games.prisoners_dilemma()), "cooperate", strict)
    if verdict.status == "refuted":
        assert verdict.counterexample.check() is True
    else:
        assert rw.check(verdict.certificate)


@pytest.mark.parametrize("scale", SCALES, ids=str)
@pytest.mark.parametrize("name", DIALS)
def test_a_dial_finds_the_least_amount_in_any_unit(name: str, scale: Number) -> None:
    """max(T - R, P - S) = 2 units, and the first step above it, which is 3."""
    goal = rw.Goal((rw.strictly_dominant("cooperate"),))
    for k in (1, scale):
        design = rw.search(GAMES["prisoners_dilemma"](k), goal, family=things(k)[name])
        assert (design.status, design.value) == ("optimal", 3 * Fraction(k))
        assert design.check() is True
