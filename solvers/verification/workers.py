"""Workers: long work in pieces over any executor; the answers come in order, and no lost worker loses anything."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import Any

from ...games.errors import BadInput


class TimeUp(Exception):
    """The clock passed the deadline."""


class Unsendable(BadInput):
    """What cannot be sent to other processes."""


def in_order(
    executor: Any, function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]], what: str, deadline: float = math.inf
) -> Iterator[Any]:
    """``function(*task)`` for each task, in the order of the tasks, whoever does it and whoever is ready first.

    ``executor`` is None (do it here) or has ``submit`` as in :mod:`concurrent.futures`. A piece whose worker was lost
    is done here. When the caller stops asking, what has not begun is cancelled. Raises TimeUp when the clock
    passes ``deadline``, and Unsendable where the work cannot be sent to the workers.
    """
    if executor is None:
        for task in tasks:
            if monotonic() > deadline:
                raise TimeUp
            yield function(*task)
        return
    futures: list[Any] = []
    try:
        for task in tasks:
            futures.append(_submitted(executor, function, task, what))
        for future, task in zip(futures, tasks, strict=True):
            yield _result(future, function, task, what, deadline)
    finally:
        for future in futures:
            if future is not None:
                future.cancel()


def _submitted(executor: Any, function: Callable[..., Any], task: tuple[Any, ...], what: str) -> Any:
    try:
        return executor.submit(function, *task)
    except Exception as error:
        if unsendable(error):
            raise _stays(what, error) from error
        return None  # broken by a lost worker, or shut down: this piece is done here


def _result(future: Any, function: Callable[..., Any], task: tuple[Any, ...], what: str, deadline: float) -> Any:
    left = deadline - monotonic()
    if left < 0:
        raise TimeUp
    if future is None:
        return function(*task)
    try:
        return future.result(None if math.isinf(left) else left)
    except Exception as error:
        if monotonic() > deadline:
            raise TimeUp from error
        if unsendable(error):
            raise _stays(what, error) from error
        return function(*task)  # a worker was lost: the same piece, here; an error of the work itself comes up again


def _stays(what: str, error: Exception) -> Unsendable:
    return Unsendable(
        f"{what} cannot be sent to other processes ({error}); define it at the top of a module, or give an executor of "
        f"threads"
    )


def unsendable(error: BaseException) -> bool:
    """Whether an error says that something cannot be pickled."""
    text = str(error).lower()
    words = ("pickle", "could not serialize", "can't get local object")
    return type(error).__name__ == "PicklingError" or (
        isinstance(error, TypeError | AttributeError) and any(word in text for word in words)
    )
