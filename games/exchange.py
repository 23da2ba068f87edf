"""Exchange: buyers and sellers of one unit each."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from .environment import Environment
from .errors import BadInput
from .numbers import Number, number
from .outcomes import Finite, Outcome

Trade = tuple[tuple[str, str], ...]  # (buyer, seller) pairs


def exchange(
    buyers: Mapping[str, Sequence[Number]],
    sellers: Mapping[str, Sequence[Number]],
    *,
    transfers: tuple[Number | None, Number | None] | None = (None, None),
    prior: Mapping[Any, Any] | None = None,
    name: str = "exchange",
) -> Environment:
    """Buyers who want one unit each, with its value, and sellers who have one each, with its cost (McAfee 1992).

    An outcome is a tuple of (buyer, seller) pairs, the buyers and the sellers in their order: who trades matters and
    who trades with whom does not, so each set of traders is listed once. Raises BadInput.

    >>> env = exchange({"ann": (1, 3)}, {"sam": (0, 2)})
    >>> env.space.items, env.utilities("ann").tolist(), env.utilities("sam").tolist()
    (((), (('ann', 'sam'),)), [[0, 1], [0, 3]], [[0, 0], [0, -2]])
    """
    for what, names in (("buyer", buyers), ("seller", sellers)):
        if not names:
            raise BadInput(f"there is no {what}; name at least one")
    for player in buyers:
        if player in sellers:
            raise BadInput(f'"{player}" is both a buyer and a seller; name each player once')
    types = {p: tuple(number(t, f'a value of "{p}"') for t in each) for p, each in (*buyers.items(), *sellers.items())}
    items: list[Trade] = []
    for k in range(min(len(buyers), len(sellers)) + 1):
        for some in itertools.combinations(buyers, k):
            items += [tuple(zip(some, others, strict=True)) for others in itertools.combinations(sellers, k)]
    return Environment(name, types, Finite(tuple(items)), partial(_traded, tuple(buyers)), prior, transfers)


def _traded(buyers: tuple[str, ...], player: str, outcome: Outcome, value: Any) -> Number:
    if not any(player in pair for pair in outcome):
        return 0
    worth: Number = value if player in buyers else -value
    return worth
