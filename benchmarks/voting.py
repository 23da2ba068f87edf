"""Auditing voting rules for strategyproofness: Rulewright beside pref_voting, in one run.

Borda's rule, three voters and four candidates, all 13,824 profiles, ties for the candidate listed first. Ours is one
call of ``verify``, with the making of the rule's outcome table; it stops at the first lie that pays, so a rule under
which none does, a dictatorship, is timed too. pref_voting's is its own check of one profile,
``has_strategy_proofness_violation``, called for each profile; it stops at the first voter and lie that it finds in a
profile. Its Borda rule returns all winners, so that the same question is asked it is wrapped to return the one listed
first ("single-winner", its default, then compares these). It is called for every ``--every``-th profile, evenly
spaced, and the time is multiplied by so many; ``--every 1`` runs all. Both count in how many of these profiles some
voter gains, and the counts must agree.

Run: python benchmarks/voting.py [--peer PYTHON] [--every 12]
where PYTHON is an interpreter of an environment of its own with pref_voting 1.18.2 (pip install -r
benchmarks/peers.txt).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

START = """
import json, resource, sys, time
import itertools
n, m, every = map(int, sys.argv[1:4])
def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
def report(status, seconds, **more):
    print(json.dumps({"status": status, "seconds": seconds, "peak_mb": memory(), "before_mb": before, **more}))
"""

OURS = (
    START
    + """
import numpy as np
import rulewright as rw
voters = tuple(f"v{i}" for i in range(n))
env = rw.games.voting(voters, tuple(range(m)))
rule = rw.mechanisms.dictatorship("v0") if sys.argv[4] == "dictatorship" else getattr(rw.mechanisms, sys.argv[4])
asked = getattr(rw.mechanisms, sys.argv[5])
verify = rw.verify
before = memory()
start = time.perf_counter()
table = rule.table(env)
tabulated = time.perf_counter() - start
start = time.perf_counter()
verdict = verify(rule, env, asked)
seconds = time.perf_counter() - start
peak = memory()
manipulable = None
if every:
    chosen = table.coordinates.reshape(env.sizes)
    pays = np.zeros(env.sizes, dtype=bool)
    for i, voter in enumerate(voters):
        worth = env.utilities(voter)
        for truth in range(env.sizes[i]):
            at = worth[truth][chosen]
            pays[(slice(None),) * i + (truth,)] |= at.max(axis=i) > at.take(truth, axis=i)
    manipulable = int(pays.reshape(-1)[::every].sum())
report(verdict.status, seconds, table=tabulated, checked=verdict.checked, manipulable=manipulable)
"""
)

PEER = (
    START
    + """
from pref_voting.profiles import Profile
from pref_voting.scoring_methods import borda
from pref_voting.strategic_axioms import has_strategy_proofness_violation
from pref_voting.voting_method import vm
@vm(name="Borda, ties for the candidate listed first")
def first_of_borda(profile, curr_cands=None):
    return [min(borda(profile, curr_cands=curr_cands))]
profiles = list(itertools.product(itertools.permutations(range(m)), repeat=n))[::every]
has_strategy_proofness_violation(Profile(profiles[0]), first_of_borda)
before = memory()
start = time.perf_counter()
found = sum(has_strategy_proofness_violation(Profile(profile), first_of_borda) for profile in profiles)
seconds = time.perf_counter() - start
report("refuted" if found else "proved", seconds, asked=len(profiles), manipulable=found)
"""
)


def run(python: str, code: str, *arguments: object) -> dict[str, float]:
    """One measurement in a fresh process."""
    done = subprocess.run([python, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def ours(n: int, m: int, every: int, rule: str, asked: str) -> dict[str, float]:
    """The best of three measurements of ours, in words and as they are."""
    found = min((run(sys.executable, OURS, n, m, every, rule, asked) for _ in range(3)), key=lambda x: x["seconds"])
    memory = f"peak {found['peak_mb']:.0f} MB ({found['peak_mb'] - found['before_mb']:.0f} MB for it)"
    print(
        f"  rulewright   {rule}, {asked}: {found['status']}, {found['checked']:,} cases, {found['seconds']:.3f} s "
        f"(the table alone {found['table']:.3f} s), {memory}"
    )
    return found


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--peer", help="a Python interpreter with pref_voting")
    parser.add_argument("--every", type=int, default=12, help="ask the peer about every so many-th profile")
    given = parser.parse_args()
    print("borda, 3 voters x 4 candidates, all 13,824 profiles: strategyproof?")
    here = ours(3, 4, given.every, "borda", "strategyproof")
    ours(3, 4, 0, "dictatorship", "strategyproof")
    if given.peer:
        there = run(given.peer, PEER, 3, 4, given.every)
        whole = there["seconds"] * 13_824 / there["asked"]
        scaled = "" if given.every == 1 else f", scaled to all 13,824: {whole:.0f} s"
        print(
            f"  pref_voting  {there['status']}, {there['asked']:,} profiles in {there['seconds']:.1f} s{scaled}, peak "
            f"{there['peak_mb']:.0f} MB"
        )
        if there["manipulable"] != here["manipulable"]:
            raise SystemExit(f"the counts differ: {here['manipulable']} and {there['manipulable']}")
        print(f"  both find that some voter gains in {here['manipulable']} of these {there['asked']:,} profiles")
        print(f"  ratio: {whole / here['seconds']:,.0f} times faster")
    print("4 voters x 4 candidates, all 331,776 profiles")
    for rule in ("borda", "copeland", "schulze", "instant_runoff", "maximal_lotteries", "dictatorship"):
        ours(4, 4, 0, rule, "sd_strategyproof" if rule == "maximal_lotteries" else "strategyproof")
    ours(4, 4, 0, "borda", "anonymous")


if __name__ == "__main__":
    main()
