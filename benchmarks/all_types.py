"""Verdicts over all real types by z3: seconds for each, the best of three, without importing z3.

Run: python benchmarks/all_types.py
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import z3

import rulewright as rw
from rulewright import games, mechanisms
from rulewright.games.reals import Reals
from rulewright.solvers.verification.all_types import over_reals

PLAYERS = tuple("abcdefgh")
PEAKED = Reals(0, shape=lambda peak: (peak, 1, 1))


def each(n: int, types: tuple[Any, ...] = (1,)) -> dict[str, Any]:
    return dict.fromkeys(PLAYERS[:n], types)


def questions() -> Iterator[tuple[Any, Any, Any, Any]]:
    """Rule, environment, property, domain."""
    sp = rw.strategyproof
    yield from ((mechanisms.second_price, games.allocation(each(n)), sp, Reals(0)) for n in range(2, 9))
    yield from ((mechanisms.second_price_with_reserve(2), games.allocation(each(n)), sp, Reals(0)) for n in (2, 4, 8))
    yield from ((mechanisms.uniform_price, games.units(each(n), k), sp, Reals(0)) for n, k in ((3, 2), (4, 2), (5, 2)))
    yield from ((mechanisms.median_location, games.location(each(n)), sp, Reals()) for n in (3, 5, 7))
    yield mechanisms.uniform_rule, games.rationing(each(3), amount=6, step=6), sp, PEAKED
    yield mechanisms.vcg, games.allocation(each(4)), sp, Reals(0)
    yield mechanisms.posted_price(2), games.allocation(each(8)), sp, Reals(0)
    yield mechanisms.clarke_pivot, games.public_project(each(4), cost=3), sp, Reals(0)
    yield mechanisms.mcafee, games.exchange({"a": (1,), "b": (1,)}, {"s": (1,), "t": (1,)}), sp, Reals(0)
    yield from ((mechanisms.first_price, games.allocation(each(n)), sp, Reals(0)) for n in (2, 8))
    yield from ((mechanisms.third_price, games.allocation(each(n)), sp, Reals(0)) for n in (3, 8))
    yield mechanisms.pay_as_bid, games.units(each(4), 2), sp, Reals(0)
    yield mechanisms.mean_location, games.location(each(7)), sp, Reals()


def measured(rule: Any, env: Any, prop: Any, domain: Any) -> tuple[Any, float]:
    """The verdict and the seconds it took, the best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        verdict = over_reals(rule, env, prop, domain)
        best = min(best, time.perf_counter() - start)
    return verdict, best


if __name__ == "__main__":
    print(f"z3 {z3.get_version_string()}; every rule is asked whether it is strategyproof at all real types")
    print(f"{'rule':30} {'players':>7} {'branches':>8}  {'verdict':8} {'seconds':>7}")
    for rule, env, prop, domain in questions():
        verdict, seconds = measured(rule, env, prop, domain)
        branches = verdict.method.split("on the ")[1].split()[0]
        print(f"{rule.name:30} {len(env.players):7} {branches:>8}  {verdict.status:8} {seconds:7.3f}")
