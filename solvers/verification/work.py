"""Work: how long an answer may take, who does it, and who is told how far it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


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
