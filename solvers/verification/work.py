"""Work: how long an answer may take, who does it, and who is told how far it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from ...games.errors import BadInput


def left(until: float) -> float | None:
    """The seconds left until a reading of ``time.monotonic()``, for a solver; None where there is no end."""
    return None if until == math.inf else max(until - monotonic(), 0.01)


@dataclass(frozen=True)
class Work:
    """Until when (``time.monotonic()``), by which executor, and whom to tell ``progress(done, total)``."""

    deadline: float = math.inf
    executor: Any = None
    progress: Callable[[int, int], Any] | None = None

    def tell(self, done: int, total: int) -> None:
        """Report progress, if anybody wants to know."""
        if self.progress is not None:
            self.progress(done, total)


def work_of(time: Any, executor: Any, progress: Any, done: str) -> Work:
    """What was asked for, checked; ``done`` says what progress counts. Raises BadInput."""
    if time is not None and not (isinstance(time, int | float) and time >= 0):
        raise BadInput(f"time is {time!r}; give a budget of at least 0 seconds")
    if progress is not None and not callable(progress):
        raise BadInput(f"progress is {progress!r}; give a function of how many {done}, and of how many")
    if executor is not None and not hasattr(executor, "submit"):
        raise BadInput(f"executor is {executor!r}; it needs submit, as those of concurrent.futures have")
    return Work(math.inf if time is None else monotonic() + time, executor, progress)
