"""A solver at work in a thread, watched: progress is told, and Ctrl-C or an exception ends the wait at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from threading import Thread
from time import monotonic
from typing import Any

Progress = Callable[[int, int], Any] | None
OFTEN = 0.1  # seconds between two looks
PATIENCE = 1.0  # seconds that a stopped solver may take; HiGHS cannot be stopped in the midst of its first relaxation
PARTS = 1000  # into how many parts progress divides the way to an answer


@dataclass(frozen=True, eq=False)
class Answer:
    """What a solver of integer programs said: ``status``, the best point it found, and its bound on the cost."""

    status: str  # "optimal" | "feasible" | "infeasible" | "unbounded" | "time" | "unknown"
    x: list[Any] | None = None
    bound: Fraction | None = None


@dataclass
class State:
    """The best objective and the best bound so far, in the solver's units."""

    best: float | None = None
    bound: float | None = None

    def done(self, most: float) -> int:
        """Parts of the way: how far the gap is closed, out of the largest it can be."""
        if self.best is None or self.bound is None or not most > 0 or not math.isfinite(self.bound - self.best):
            return 0
        return max(0, min(PARTS, round(PARTS * (1 - abs(self.bound - self.best) / most))))


def watched(
    run: Callable[[], Any], stop: Callable[[], Any], progress: Progress,
    done: Callable[[], int],
) -> None:  # fmt: skip
    """Run to the end, telling progress; an exception from it, or Ctrl-C, stops the solver and goes on.

    A solver that does not listen is left behind: it ends by itself, and nobody waits for it.
    """
    failed: list[BaseException] = []

    def work() -> None:
        try:
            run()
        except BaseException as error:  # it is raised in the thread that waits
            failed.append(error)

    thread = Thread(target=work, daemon=True)
    thread.start()
    told = 0
    try:
        while thread.is_alive():
            thread.join(OFTEN)
            if progress is not None:
                told = max(told, done())
                progress(told, PARTS)
    except BaseException:
        patience = monotonic() + PATIENCE
        while thread.is_alive() and monotonic() < patience:
            stop()
            thread.join(OFTEN)
        raise
    if failed:
        raise failed[0]
