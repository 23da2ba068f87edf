"""What ``import rulewright`` costs: CPU seconds and peak memory, and that no heavy package comes with it.

The rooms are loaded at the first use of a name, so that is measured too.

Run: python benchmarks/import_time.py
"""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = ("cvxpy", "pyspiel", "nashpy", "scipy.optimize", "highspy", "flint", "z3", "numba", "matplotlib")
CODE = f"""
import json, resource, sys, time
before = time.process_time()
{{module}}
after = time.process_time()
print(json.dumps({{{{"cpu": after - before, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                  "heavy": [name for name in {HEAVY!r} if name in sys.modules]}}}}))
"""


def cost(statement: str, runs: int = 7) -> dict[str, object]:
    """The median CPU seconds of a statement in a fresh interpreter, its peak memory, and the heavy modules it loads."""
    found = []
    for _ in range(runs):
        run = subprocess.run(
            [sys.executable, "-c", CODE.format(module=statement)], capture_output=True, text=True, check=True
        )
        found.append(json.loads(run.stdout))
    found.sort(key=lambda each: each["cpu"])
    return dict(found[len(found) // 2])


if __name__ == "__main__":
    alone = cost("import numpy")
    face, ours = cost("import rulewright"), cost("import rulewright; rulewright.search, rulewright.views")
    named = (("import numpy", alone), ("import rulewright", face), ("and its first use", ours))
    for name, each in named:
        heavy = each["heavy"] or "none"
        print(f"{name:20} {each['cpu']:.3f} s of CPU, peak {each['peak_mb']:.0f} MB, heavy modules: {heavy}")
    print(f"ratio to numpy alone: {float(str(ours['cpu'])) / float(str(alone['cpu'])):.2f}")
