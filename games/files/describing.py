"""From a game to the tables of a spec."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from ..allocation import allocation
from ..cake import Divisions
from ..environment import Environment
from ..errors import BadInput
from ..normal_form import NormalForm
from ..outcomes import Finite, Shares
from ..profile import Profile
from .labels import Label, label_text, write_label, write_labels, write_number
from .utilities import Computed


def described(thing: NormalForm | Environment) -> dict[str, Any]:
    """The tables of the spec that means the thing; raises BadInput if a file cannot hold it."""
    return _of_normal_form(thing) if isinstance(thing, NormalForm) else _of_environment(thing)


def _of_normal_form(game: NormalForm) -> dict[str, Any]:
    labels = [label for each in game.actions.values() for label in each]
    payoffs: Any = _nested(game.payoffs.tolist())
    if game.n_profiles <= 64 and all(map(_is_key, labels)):
        flat = game.payoffs.reshape(-1, len(game.players)).tolist()
        keys = (", ".join(map(str, profile.values())) for profile in game.profiles())
        payoffs = dict(zip(keys, _nested(flat), strict=True))
    actions = write_labels(game.actions, "an action")
    return {"kind": "normal form", "name": game.name, "actions": actions, "payoffs": payoffs}


def _nested(values: Any) -> Any:
    return [_nested(each) for each in values] if isinstance(values, list) else write_number(values, "a payoff")


def _is_key(label: Label) -> bool:
    return isinstance(label, str) and bool(label) and label == label.strip() and "," not in label


def _of_environment(env: Environment) -> dict[str, Any]:
    types = write_labels(env.types, "a type")
    data: dict[str, Any] = {"kind": "environment", "name": env.name}
    space = env.outcomes
    if isinstance(space, Divisions):
        data |= {
            "kind": "cake",
            "breakpoints": [write_number(x) for x in space.breakpoints],
            "disposal": space.disposal,
        }
        data["values"] = _values(env)
    elif isinstance(space, Shares):
        data |= {"kind": "allocation", "goods": list(space.goods), "values": _values(env)}
        data |= {} if space.disposal else {"disposal": False}
    elif isinstance(space, Finite) and (twin := _as_allocation(env, space)) is not None:
        data |= {"kind": "allocation", "disposal": len(space.items) > len(env.players), "values": twin}
    elif isinstance(space, Finite):
        data["outcomes"] = [write_label(x, "an outcome") for x in space.items]
        data |= _utility(env, space)
        data["players"] = types
    else:
        raise BadInput(f'the outcomes of "{env.name}" are {type(space).__name__}; a file cannot hold such a space')
    if env.transfers is not None and data["kind"] != "cake":
        bounds = ["unbounded" if x is None else write_number(x, "a bound of transfers") for x in env.transfers]
        data["transfers"] = "unbounded" if env.transfers == (None, None) else bounds
    if env.prior is not None:
        data["prior"] = _prior(env)
    return data


def _values(env: Environment) -> dict[str, Any]:
    """Types that are values, or tuples of them."""
    return {
        player: [
            [write_number(v, "a value") for v in t] if isinstance(t, tuple) else write_label(t, f'a type of "{player}"')
            for t in each
        ]
        for player, each in env.types.items()
    }


def _as_allocation(env: Environment, space: Finite) -> dict[str, Any] | None:
    """The values of an environment that is the allocation of one item, else None."""
    if any(isinstance(t, (str, tuple, Profile, bool)) for each in env.types.values() for t in each):
        return None
    for disposal in (True, False):
        try:
            twin = allocation(dict(env.types), disposal=disposal)
        except BadInput:
            return None
        if twin.outcomes == space and all(
            np.array_equal(twin.utilities(player), env.utilities(player)) for player in env.players
        ):
            return {player: [write_number(t, "a value") for t in each] for player, each in env.types.items()}
    return None


def _utility(env: Environment, space: Finite) -> dict[str, Any]:
    """The fields ``utility`` (and ``constants``) of an environment with a list of outcomes."""
    if isinstance(env.utility, Computed):
        texts = {player: env.utility.expressions[player].text for player in env.players}
        one = len(set(texts.values())) == 1
        constants = {name: write_number(x) for name, x in env.utility.constants.items()}
        return {"utility": next(iter(texts.values())) if one else texts} | (
            {"constants": constants} if constants else {}
        )
    labels = [label for each in (space.items, *env.types.values()) for label in each]
    what = f'a utility of "{env.name}"'
    if not all(isinstance(label, (str, int, float, Fraction)) for label in labels) or len(space.items) > 12:
        return {
            "utility": {
                p: [[write_number(u, what) for u in row] for row in env.utilities(p).tolist()] for p in env.players
            }
        }
    return {
        "utility": {
            p: {
                label_text(t): {label_text(x): write_number(u, what) for x, u in zip(space.items, row, strict=True)}
                for t, row in zip(env.types[p], env.utilities(p).tolist(), strict=True)
            }
            for p in env.players
        }
    }


def _prior(env: Environment) -> Any:
    assert env.prior is not None
    if isinstance(next(iter(env.prior)), Profile):
        return [
            {
                "types": {player: write_label(profile[player], "a type") for player in env.players},
                "probability": write_number(p, "a probability"),
            }
            for profile, p in env.prior.items()
        ]
    return {
        player: [write_number(env.prior[player][t], "a probability") for t in each]
        for player, each in env.types.items()
    }
