"""Auditing an auction for strategyproofness: Rulewright beside mechaudit, in one run, with memory.

The rule is a general outcome table (winner and payments at every profile of bids), so nothing of an auction is used
but its numbers. "With numpy" and "with numba" look at every single deviation; numba has loaded its kernel before (the
first time on a machine it takes some seconds to compile). "With structure" finds and checks that utilities cross once,
and looks at deviations to neighbouring values. Each measurement is a fresh process; time is that of the audit alone,
without building the table: of ours the quickest of seven in a row, of the peer's, which take long, one.

Run: python benchmarks/verification.py [--peer PYTHON]
where PYTHON is an interpreter of an environment of its own with mechaudit 0.1.0 (pip install -r benchmarks/peers.txt).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

SIZES = ((3, 20), (4, 10), (5, 8))
LARGE = (5, 20)

TABLE = """
import json, resource, sys, time
import numpy as np
n, k, price, unit = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
bids = np.indices((k,) * n, dtype=np.int8)
winner = bids.argmax(axis=0)
order = np.partition(bids, (n - 2, n - 1), axis=0)
due = order[n - 2] if price == "second" else order[n - 1]
del bids, order
def report(status, cases, seconds):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"status": status, "cases": cases, "seconds": seconds, "peak_mb": peak, "before_mb": before}))
"""

OURS = (
    TABLE
    + """
how = sys.argv[5]
if how == "numpy":
    sys.modules["numba"] = None  # as if the extra were not installed
import rulewright as rw
from rulewright.solvers.verification import kernel
if how == "numba":
    kernel.LARGE = kernel.WARM = 0
    tiny = rw.games.allocation({"a": (1, 2), "b": (1, 2), "c": (1, 2)})
    rw.verify(rw.mechanisms.second_price, tiny, rw.strategyproof)
values = tuple(range(k)) if unit == 1 else tuple(unit * t for t in range(k))
env = rw.games.allocation({f"p{i}": values for i in range(n)})
money = np.zeros((*env.sizes, n), dtype=np.int64 if unit == 1 else np.float64)
np.put_along_axis(money, winner[..., None], (due if unit == 1 else due * unit)[..., None], axis=-1)
rule = rw.mechanisms.tabulated(env, winner, money)
del money, winner, due
verify, strategyproof = rw.verify, rw.strategyproof
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
seconds = []
for _ in range(7 if k**n < 10**6 else 1):
    start = time.perf_counter()
    verdict = verify(rule, env, strategyproof, structure=how == "structure")
    seconds.append(time.perf_counter() - start)
report(verdict.status, verdict.checked, min(seconds))
"""
)

UNITS = """
import json, resource, sys, time
import rulewright as rw
n, k, supply = map(int, sys.argv[1:4])
env = rw.games.units({f"p{i}": tuple(range(k)) for i in range(n)}, supply)
rule, verify, strategyproof = getattr(rw.mechanisms, sys.argv[4]), rw.verify, rw.strategyproof
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
start = time.perf_counter()
verdict = verify(rule, env, strategyproof)
seconds = time.perf_counter() - start
assert verdict.counterexample is None or verdict.counterexample.check()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"status": verdict.status, "cases": verdict.checked, "seconds": seconds, "peak_mb": peak,
                  "before_mb": before}))
"""

PEER = (
    TABLE
    + """
import mechaudit as ma
players = [f"p{i}" for i in range(n)]
env = ma.FiniteEnvironment(
    agents={p: [unit * t for t in range(k)] for p in players},
    outcomes=players,
    values=ma.PrivateValues(lambda agent, own, winner: own if winner == agent else 0.0),
)
rows = k**n
allocation = np.zeros((rows, n))
allocation[np.arange(rows), winner.reshape(-1)] = 1.0
money = np.zeros((rows, n))
money[np.arange(rows), winner.reshape(-1)] = unit * due.reshape(-1)
rule = ma.DirectMechanism.from_arrays(environment=env, allocation=allocation, payments=money)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
start = time.perf_counter()
audit = ma.audit_mechanism(
    environment=env, mechanism=rule, requirements=[ma.DSIC()], options=ma.AuditOptions(include_all_rows=False)
)
report("proved" if audit.passed else "refuted", n * k**n * (k - 1), time.perf_counter() - start)
"""
)


def run(python: str, code: str, *arguments: object) -> dict[str, float]:
    """One measurement in a fresh process."""
    done = subprocess.run([python, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def line(name: str, each: dict[str, float]) -> str:
    """One measurement in words."""
    rate = each["cases"] / max(each["seconds"], 1e-9) / 1e6
    memory = f"peak {each['peak_mb']:.0f} MB ({each['peak_mb'] - each['before_mb']:.0f} MB for the audit)"
    return f"  {name:14} {each['status']:8} {each['seconds']:9.3f} s  {rate:8.3f} million cases/s  {memory}"


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--peer", help="a Python interpreter with mechaudit")
    peer = parser.parse_args().peer
    for n, k in SIZES:
        print(f"second price, {n} players with {k} values each")
        ours = {how: run(sys.executable, OURS, n, k, "second", 1, how) for how in ("numpy", "numba", "structure")}
        for how, each in ours.items():
            print(line(f"with {how}", each))
        if peer:
            theirs = run(peer, PEER, n, k, "second", 1)
            print(line("mechaudit", theirs))
            for how, each in ours.items():
                memory = (theirs["peak_mb"] - theirs["before_mb"]) / max(1, each["peak_mb"] - each["before_mb"])
                faster = theirs["seconds"] / each["seconds"]
                print(f"  ratio with {how}: {faster:.0f} times faster, {memory:.0f} times less memory")
    n, k = LARGE
    print(f"second price, {n} players with {k} values each")
    for how in ("numpy", "numba", "structure"):
        print(line(f"with {how}", run(sys.executable, OURS, n, k, "second", 1, how)))
    for unit in (1, 1e-9, 1e9):
        print(f"first price, 3 players with 10 values each, times {unit:g}")
        print(line("with numpy", run(sys.executable, OURS, 3, 10, "first", unit, "numpy")))
        if peer:
            print(line("mechaudit", run(peer, PEER, 3, 10, "first", unit)))
    print("second price, 3 players with 20 values each, times 1e-9: numbers that int64 does not hold")
    print(line("with numpy", run(sys.executable, OURS, 3, 20, "second", 1e-9, "numpy")))
    for rule in ("uniform_price_for_all", "pay_as_bid_for_all"):
        print(f"{rule}, 3 units, 10 players with 20 values each, on multisets")
        print(line("rulewright", run(sys.executable, UNITS, 10, 20, 3, rule)))


if __name__ == "__main__":
    main()
