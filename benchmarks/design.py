"""Searching rules: Rulewright beside mechaudit and cvxpy in one run, with memory, growth with size and certificates.

Blocks, chosen with --only a,c:
a  the best auction of one item (DSIC, ex post individually rational, values 1..k, money without bounds). Ours finds and
   uses that bidders are alike and that utilities cross once, and confirms the optimum in rational numbers; mechaudit
   and cvxpy solve the linear program in floats.
b  the same without such structure (structure=False), and random utilities that have none.
c  sizes that are out of reach of a program written out in full.
d  what exactness, a certificate and its check cost, beside the linear program in floats.
e  rules without lots: CP-SAT beside HiGHS on the same integer program, and on one with a row for each lie.
f  impossibilities, with their smallest conflicts and the profiles that show them.

Each measurement is a fresh process, after a tiny instance of the same kind; time is from the declaration of the
environment to the answer (in block e of solving the program alone); ours is the best of three where it takes less than
20 seconds, so is cvxpy's, and mechaudit runs once. After "wanted" stands what is asked of a quiet machine.

Run: python benchmarks/design.py [--peer PYTHON] [--only a,b,c,d,e,f]
where PYTHON is an interpreter of an environment of its own with mechaudit 0.1.0 (pip install -r benchmarks/peers.txt).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

PATIENCE = 300  # seconds for one measurement of the peer
Result = dict[str, Any]

START = """
import itertools, json, random, resource, sys, time
from fractions import Fraction
given = json.loads(sys.argv[1])
def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
def report(work, tiny, again=1):
    tiny()
    before, seconds = memory(), []
    for _ in range(again):
        start = time.perf_counter()
        found = work()
        seconds.append(time.perf_counter() - start)
        if seconds[-1] > 20:
            break
    print(json.dumps({"seconds": min(seconds), "peak_mb": memory(), "before_mb": before, **found}))
def drawn(n, k, seed):
    random.seed(seed)
    return {(i, t): [random.randrange(21) for _ in range(3)] for i in range(n) for t in range(k)}
"""

OURS = (
    START
    + """
import rulewright as rw
def names(n):
    return [f"p{i}" for i in range(n)]
def auction(n, k, **more):
    env = rw.games.allocation({p: tuple(range(1, k + 1)) for p in names(n)})
    return rw.search(env, rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue), **more)
def unlike(n, k, seed):
    table, place = drawn(n, k, seed), {p: i for i, p in enumerate(names(n))}
    env = rw.Environment("drawn", {p: tuple(range(k)) for p in place}, ("x", "y", "z"),
                         lambda p, x, t: table[place[p], t]["xyz".index(x)], transfers=(None, None))
    return rw.search(env, rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue))
def units(n, k, supply):
    env = rw.games.units({p: tuple(range(1, k + 1)) for p in names(n)}, supply)
    return rw.search(env, rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue))
def crowd(n, k):
    goal = rw.Goal((rw.bayesian_incentive_compatible, rw.interim_individually_rational), rw.revenue)
    return rw.search(rw.Crowd("a crowd", n, range(1, k + 1)), goal)
def goods(k):
    values = tuple(Fraction(2 * j + 1, 2 * k) for j in range(k))
    env = rw.games.allocation({"buyer": tuple(itertools.product(values, values))}, ("tea", "cake"), transfers=(0, None))
    return rw.search(env, rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue))
TINY = {"auction": (2, 2), "unlike": (2, 2, 0), "units": (3, 2, 1), "crowd": (2, 3), "goods": (2,)}
def told(design):
    return {"status": design.status, "value": str(design.value), "method": design.method}
ask, more = globals()[given["ask"]], given.get("more", {})
report(lambda: told(ask(*given["size"], **more)), lambda: ask(*TINY[given["ask"]], **more), 3)
"""
)

PEER = (
    START
    + """
import mechaudit as ma
def best(agents, outcomes, worth):
    chances = {a: {t: 1 / len(types) for t in types} for a, types in agents.items()}
    env = ma.FiniteEnvironment(agents=agents, outcomes=outcomes, values=ma.PrivateValues(worth),
                               prior=ma.JointPrior.from_independent(chances))
    requirements = [ma.DSIC(), ma.ExPostIR()]
    solution = ma.DesignProblem(environment=env, objective=ma.ExpectedRevenue(), requirements=requirements).solve()
    return {"status": "in floats", "value": repr(float(solution.objective_value)), "method": "highs"}
def auction(n, k):
    agents = {f"p{i}": list(range(1, k + 1)) for i in range(n)}
    return best(agents, [*agents, "nobody"], lambda agent, own, winner: float(own) if winner == agent else 0.0)
def unlike(n, k, seed):
    table = drawn(n, k, seed)
    agents = {f"p{i}": list(range(k)) for i in range(n)}
    return best(agents, ["x", "y", "z"], lambda agent, own, x: float(table[int(agent[1:]), own]["xyz".index(x)]))
ask = globals()[given["ask"]]
report(lambda: ask(*given["size"]), lambda: ask(*{"auction": (2, 2), "unlike": (2, 2, 0)}[given["ask"]]))
"""
)

# One block of variables: chances and payments, each (bidder, profile); the rows as sparse matrices made by arrays.
CVXPY = (
    START
    + """
import cvxpy as cp
import numpy as np
import scipy.sparse as sp
def auction(n, k, solver):
    m = k**n
    types = np.indices((k,) * n).reshape(n, m)
    value, place = types + 1.0, np.arange(n * m).reshape(n, m)
    rows, columns, entries, count = [], [], [], 0
    for i in range(n):
        step = k ** (n - 1 - i)
        lie, at = np.divmod(np.arange((k - 1) * m), m)
        other = at + ((types[i, at] + 1 + lie) % k - types[i, at]) * step
        row, worth, ones = count + np.arange(len(at)), value[i, at], np.ones(len(at))
        rows.append(np.tile(row, 4))
        columns.append(np.concatenate([place[i, at], n * m + place[i, at], place[i, other], n * m + place[i, other]]))
        entries.append(np.concatenate([worth, -ones, -worth, ones]))
        count += len(at)
    honest = sp.csr_matrix(
        (np.concatenate(entries), (np.concatenate(rows), np.concatenate(columns))), shape=(count, 2 * n * m))
    willing = sp.hstack([sp.diags(value.reshape(-1)), -sp.identity(n * m)], format="csr")
    one_item = sp.hstack([sp.hstack([sp.identity(m)] * n), sp.csr_matrix((m, n * m))], format="csr")
    x = cp.Variable(2 * n * m)
    problem = cp.Problem(
        cp.Maximize(np.repeat([0.0, 1.0], n * m) @ x / m),
        [honest @ x >= 0, willing @ x >= 0, one_item @ x <= 1, x[: n * m] >= 0])
    problem.solve(solver=solver)
    return {"status": problem.status, "value": repr(float(problem.value)), "method": solver}
report(lambda: auction(*given["size"], given["solver"]), lambda: auction(2, 2, given["solver"]), 3)
"""
)

CERTIFIED = (
    START
    + """
import rulewright as rw
from rulewright.solvers.searching.programs.layout import Plain
from rulewright.solvers.searching.programs.linear import solve_program
from rulewright.solvers.searching.programs.objectives import parts_of
from rulewright.solvers.searching.programs.orbits import Orbits, orbits_of
from rulewright.solvers.searching.programs.program import blocks_of, program_of, statements_of
from rulewright.solvers.searching.programs.rows import rows_for
GOAL = rw.Goal((rw.strategyproof, rw.individually_rational), rw.revenue)
def timed(work):
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        found = work()
        seconds.append(time.perf_counter() - start)
    return found, min(seconds)
def all_of_it(n, k, structure):
    env = rw.games.allocation({f"p{i}": tuple(range(1, k + 1)) for i in range(n)})
    def written():
        statements, parts = statements_of(env, GOAL), parts_of(GOAL.maximize, env)
        layout = (orbits_of(env, statements, parts) if structure else None) or Plain(env)
        alike = layout.alike_for(parts[0]) if isinstance(layout, Orbits) else ()
        objective = [rows_for(env, parts[0], (), {}, layout, alike)]
        return program_of(env, blocks_of(env, statements, layout, structure), objective)
    program, write = timed(written)
    floats, lp = timed(lambda: solve_program(program, exactly=False))
    exact, both = timed(lambda: solve_program(program))
    design, search = timed(lambda: rw.search(env, GOAL, structure=structure))
    certificate, certify = timed(lambda: design.certify())
    accepted, check = timed(lambda: rw.check(certificate))
    return {"write": write, "lp": lp, "exact": both, "proved": exact.exact_x is not None, "search": search,
            "certify": certify, "check": check, "accepted": accepted, "rows": program.shape[0],
            "columns": program.shape[1], "value": str(design.value), "status": design.status, "method": design.method}
report(lambda: all_of_it(*given["size"]), lambda: all_of_it(2, 2, given["size"][2]))
"""
)

INTEGER = (
    START
    + """
from unittest import mock
import rulewright as rw
from rulewright.solvers.searching.integers import integer
from rulewright.solvers.searching.integers.cp import solve_cp
from rulewright.solvers.searching.integers.mixed import solve_mip
from rulewright.solvers.searching.programs.objectives import parts_of
from rulewright.solvers.searching.programs.program import statements_of
def program(players, types, outcomes, seed, rows):
    random.seed(seed)
    table = {(i, t): [random.randrange(10) for _ in range(outcomes)] for i in range(players) for t in range(types)}
    place = {f"p{i}": i for i in range(players)}
    env = rw.Environment("drawn", {p: tuple(range(types)) for p in place}, tuple(range(outcomes)),
                         lambda p, x, t: table[place[p], t][x])
    goal = rw.Goal((rw.strategyproof,), rw.welfare)
    statements, parts = statements_of(env, goal), parts_of(goal.maximize, env)
    if rows == "menus":
        return integer.integer_program(env, statements, parts)
    with mock.patch.object(integer, "_pattern", return_value=None):
        return integer.integer_program(env, statements, parts)
def solved(whole, solver):
    answer = {"cp": solve_cp, "mip": solve_mip}[solver](whole, 300)
    x = answer.x
    reached = 0 if x is None else sum(int(c) * v for c, v in zip(whole.program.cost, x) if c) + whole.constant
    value = None if x is None else str(Fraction(reached) / whole.scale)
    return {"status": answer.status, "value": value, "method": solver}
whole, tiny = program(*given["size"], given["rows"]), program(2, 2, 3, 0, given["rows"])
report(lambda: solved(whole, given["solver"]), lambda: solved(tiny, given["solver"]), 3)
"""
)

IMPOSSIBLE = (
    START
    + """
import rulewright as rw
from rulewright import games, mechanisms as m
from rulewright.mechanisms.properties.welfare_functions import independent_of_irrelevant_alternatives, weak_pareto
ARROW = (weak_pareto, independent_of_irrelevant_alternatives, m.non_dictatorial)
def voters(n):
    return tuple(f"v{i}" for i in range(n))
def names(k):
    return tuple("abcd"[:k])
ASKED = {
    "gibbard": (lambda n, k: games.voting(voters(n), names(k)), (rw.strategyproof, m.onto, m.non_dictatorial), (2, 2)),
    "arrow": (lambda n, k: games.aggregation(voters(n), names(k)), ARROW, (2, 2)),
    "fishburn": (lambda n, k: games.irresolute(voters(n), names(k), ties=True),
                 (m.fishburn_strategyproof, m.pareto_optimal, m.anonymous), (2, 2)),
    "peters": (lambda n, k, s: games.committees(voters(n), names(k), s),
               (m.subset_strategyproof, m.party_proportional), (2, 2, 1)),
}
make, required, small = ASKED[given["ask"]]
def asked(size):
    design = rw.search(make(*size), rw.Goal(required), deterministic=True, method="sat")
    return {"status": design.status, "value": None, "method": design.method, "core": len(design.core),
            "conflicts": len(design.conflicts)}
report(lambda: asked(given["size"]), lambda: asked(small), 3)
"""
)


def run(python: str, code: str, patience: float | None = None, **given: object) -> Result:
    """One measurement in a fresh process; with ``patience`` one that takes longer is given up."""
    try:
        done = subprocess.run(
            [python, "-c", code, json.dumps(given)], capture_output=True, text=True, check=False, timeout=patience
        )
    except subprocess.TimeoutExpired:
        return {"status": f"given up after {patience:.0f} s", "seconds": patience, "value": None, "late": True}
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def line(name: str, each: Result, wanted: str = "") -> str:
    """One measurement in words; a value with many digits is rounded."""
    if each.get("late"):
        return f"  {name:24} {each['status']}"
    long = each["value"] is not None and len(each["value"]) > 30
    each = {**each, "value": f"{float(Fraction(each['value'])):.9f}..."} if long else each
    memory = f"peak {each['peak_mb']:5.0f} MB ({each['peak_mb'] - each['before_mb']:.0f} MB for this)"
    value = "" if each["value"] is None else f"  value {each['value']}"
    return f"  {name:24} {each['status']:10} {each['seconds']:9.4f} s  {memory}{value}{wanted}"


def same(one: Result, other: Result) -> None:
    """Fail unless both found the same optimum, to what floats can tell."""
    if not other.get("late"):
        ours, theirs = Fraction(one["value"]), Fraction(float(other["value"]))
        assert abs(ours - theirs) <= Fraction(1, 10**5) * max(Fraction(1), abs(ours)), (one, other)


def ratio(one: Result, other: Result, wanted: int) -> str:
    """How many times faster the first is."""
    more = "more than " if other.get("late") else ""
    return f"  {more}{other['seconds'] / one['seconds']:.1f} times faster than {{}} (wanted: {wanted} times)"


def beside(peer: str | None, ask: str, size: tuple[int, ...], wanted: int, **more: object) -> Result:
    """Ours, and mechaudit where its interpreter is given."""
    ours = run(sys.executable, OURS, ask=ask, size=size, more=more)
    print(line("rulewright", ours))
    print(f"  by {ours['method']}")
    if peer:
        theirs = run(peer, PEER, PATIENCE, ask=ask, size=size)
        print(line("mechaudit", theirs))
        same(ours, theirs)
        print(ratio(ours, theirs, wanted).format("mechaudit"), flush=True)
    return ours


def auctions(peer: str | None) -> None:
    """Block a."""
    for size, wanted in (((2, 20), 150), ((3, 10), 200), ((3, 15), 800)):
        print("a. the best auction, {} bidders with {} values each".format(*size))
        ours = beside(peer, "auction", size, wanted)
        if size == (2, 20):
            each = [run(sys.executable, CVXPY, size=size, solver=s) for s in ("CLARABEL", "SCIPY", "HIGHS")]
            for one in each:
                print(line(f"cvxpy, {one['method']}", one))
                same(ours, one)
            print(ratio(ours, min(each, key=lambda one: one["seconds"]), 5).format("the best of cvxpy"), flush=True)


def without_structure(peer: str | None) -> None:
    """Block b."""
    for size in ((2, 20), (3, 10)):
        print("b. the same, {} bidders with {} values each, no use of structure".format(*size))
        beside(peer, "auction", size, 5, structure=False)
    for n, k in ((2, 12), (3, 6), (2, 20)):
        print(f"b. random utilities 0..20, {n} players with {k} types each, 3 outcomes")
        beside(peer, "unlike", (n, k, 1), 5)


def sizes(peer: str | None) -> None:
    """Block c."""
    each: list[tuple[str, str, tuple[int, ...], float | None]] = [
        ("auction (3, 20)", "auction", (3, 20), 2),
        ("auction (5, 10)", "auction", (5, 10), 5),
        ("units: 20 x 2, 1 unit", "units", (20, 2, 1), None),
        ("units: 20 x 2, 3 units", "units", (20, 2, 3), None),
        ("crowd of 1000 x 200", "crowd", (1000, 200), 3),
        ("two goods, 20 x 20", "goods", (20,), None),
        ("two goods, 40 x 40", "goods", (40,), None),
        ("two goods, 60 x 60", "goods", (60,), 60),
    ]
    print("c. sizes (revenue; the crowd: BIC and interim individually rational, the others: DSIC and ex post)")
    for name, ask, size, limit in each:
        found = run(sys.executable, OURS, ask=ask, size=size)
        print(line(name, found, f"  wanted: {limit} s" if limit else ""), flush=True)


def certificates(peer: str | None) -> None:
    """Block d."""
    for n, k in ((2, 10), (3, 6)):
        for structure in (True, False):
            each = run(sys.executable, CERTIFIED, size=(n, k, structure))
            told = "with structure" if structure else "every lie, nobody alike"
            print(f"d. {n} bidders with {k} values each, {told}: {each['rows']} rows, {each['columns']} columns")
            print(f"  rows written {each['write']:.4f} s, program in floats {each['lp']:.4f} s")
            print(
                f"  in floats and decided in rationals {each['exact']:.4f} s, {each['exact'] / each['lp']:.2f} times "
                f"the floats alone; exact: {each['proved']}"
            )
            print(f"  search in all {each['search']:.4f} s ({each['status']}; {each['method']})")
            lp = each["write"] + each["lp"]
            print(
                f"  certificate made in {each['certify']:.4f} s, checked in {each['check']:.4f} s, accepted: "
                f"{each['accepted']}; exactness and certificate cost "
                f"{(each['exact'] - each['lp'] + each['certify']) / lp:.2f} times writing and solving the program "
                f"(wanted: at most 2)",
                flush=True,
            )


def without_lots(peer: str | None) -> None:
    """Block e."""
    for seed in (1, 2, 3):
        print(f"e. rules without lots, 2 players with 12 types each, 5 outcomes, seed {seed}")
        found = {}
        for name, solver, rows in (
            ("CP-SAT", "cp", "menus"), ("HiGHS, same program", "mip", "menus"), ("HiGHS, a row a lie", "mip", "lies"),
        ):  # fmt: skip
            found[name] = run(sys.executable, INTEGER, solver=solver, rows=rows, size=(2, 12, 5, seed))
            print(line(name, found[name]), flush=True)
        fast, *slow = found.values()
        for name, each in zip(list(found)[1:], slow, strict=True):
            assert each["status"] != "optimal" or each["value"] == fast["value"], found
            print(ratio(fast, each, 5).format(name), flush=True)


def impossibilities(peer: str | None) -> None:
    """Block f."""
    print("f. impossibilities by SAT, with the smallest conflicts and a core of profiles")
    each: list[tuple[str, str, tuple[int, ...], float | None]] = [
        ("Gibbard-Satterthwaite", "gibbard", (2, 3), 0.1),
        ("Arrow, 2 voters", "arrow", (2, 3), None),
        ("Arrow, 3 voters", "arrow", (3, 3), None),
        ("Fishburn, Pareto (3, 3)", "fishburn", (3, 3), 2),
        ("Peters (3, 4, 3)", "peters", (3, 4, 3), 2),
    ]
    for name, ask, size, limit in each:
        found = run(sys.executable, IMPOSSIBLE, ask=ask, size=size)
        core = f"  {found['conflicts']} conflicts, core of {found['core']} profiles"
        print(line(name, found, core + (f"  wanted: {limit} s" if limit else "")), flush=True)


BLOCKS: dict[str, Callable[[str | None], None]] = {
    "a": auctions, "b": without_structure, "c": sizes, "d": certificates, "e": without_lots, "f": impossibilities,
}  # fmt: skip


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--peer", help="a Python interpreter with mechaudit")
    parser.add_argument("--only", default=",".join(BLOCKS), help="the blocks to run, such as a,c")
    given = parser.parse_args()
    chosen = given.only.split(",")
    if unknown := [each for each in chosen if each not in BLOCKS]:
        parser.error(f'there is no block "{unknown[0]}"; the blocks are {", ".join(BLOCKS)}')
    for each in chosen:
        BLOCKS[each](given.peer)


if __name__ == "__main__":
    main()
