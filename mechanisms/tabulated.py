"""Rules given by their tables: as arrays, or as a search finds them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from ..games.environment import Environment, Type
from ..games.errors import BadInput
from ..games.numbers import Number, array, exact, integers, show
from ..games.outcomes import Finite, Outcome
from ..games.profile import Profile
from .rule import DirectMechanism
from .table import Table


@dataclass(frozen=True, eq=False, repr=False)
class TableRule(DirectMechanism):
    """A direct mechanism given by its table for one environment, as a search finds it."""

    env: Environment | None = field(default=None, repr=False)
    found: Table | None = field(default=None, repr=False)

    def table(self, env: Environment, until: float = math.inf) -> Table:
        if env is self.env and self.found is not None:
            return self.found
        return super().table(env, until)


def from_table(env: Environment, table: Table, name: str, words: str = "") -> TableRule:
    """A table as a rule for the environment it was made for."""
    return TableRule(partial(_look_up, env, table), name, words, env=env, found=table)


def _look_up(env: Environment, table: Table, _: Environment, reports: Profile[Type]) -> tuple[Outcome, Profile[Number]]:
    p = env.place(reports)
    point = {k: exact(w) for k, w in table.point(p).items()}
    return env.space.outcome(point), table.paid(p, env.players)


def tabulated(env: Environment, chosen: Any, payments: Any = None, name: str = "tabulated rule") -> TableRule:
    """The rule that at the type profile (t_1, ..., t_n) chooses outcome number ``chosen[t_1, ..., t_n]``.

    ``chosen`` is an array of ints, one axis a player, of positions in the environment's finite list of outcomes;
    ``payments[t_1, ..., t_n, i]`` is what player i pays. Nothing is called profile by profile, so this is the way to
    check large rules. Raises BadInput for a wrong shape or an outcome that is not there.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})
    >>> rule = tabulated(env, [[0, 1], [0, 0]], payments=[[[1, 0], [0, 1]], [[1, 0], [2, 0]]])
    >>> rule(env, {"ann": 2, "bob": 1})
    ('ann', Profile(ann=1, bob=0))
    """
    if not isinstance(env.space, Finite):
        raise BadInput(f'"{env.name}" has no finite list of outcomes to number')
    picked = np.asarray(chosen)
    if picked.shape != env.sizes or picked.dtype.kind not in "iu":
        raise BadInput(
            f"chosen is an array of {picked.dtype} of shape {picked.shape}; it needs ints of shape {env.sizes}"
        )
    if picked.size and not (picked.min() >= 0 and picked.max() < env.space.dimension):
        raise BadInput(f"chosen names outcome {picked.max()}; the outcomes are 0 to {env.space.dimension - 1}")
    paid, scale = None, 1
    if env.transfers is not None:
        shape = (*env.sizes, len(env.players))
        money = np.zeros(shape, dtype=np.int64) if payments is None else array(payments, "payments")
        if money.shape != shape:
            raise BadInput(f"payments has shape {money.shape}; it needs {shape}")
        for bound, worst, wrong in ((env.transfers[0], money.min(), -1), (env.transfers[1], money.max(), 1)):
            if bound is not None and (exact(worst) - exact(bound)) * wrong > 0:
                raise BadInput(f'a payment is {show(exact(worst))}, outside the transfers of "{env.name}"')
        paid, scale = integers(money.reshape(env.n_profiles, -1))
    elif payments is not None:
        raise BadInput(f'"{env.name}" has no money, so a rule in it has no payments; declare transfers=(low, high)')
    one = np.broadcast_to(np.ones((), dtype=np.int64), (env.n_profiles, 1))
    return from_table(env, Table(picked.reshape(-1, 1).astype(np.int64), one, 1, paid, scale), name)
