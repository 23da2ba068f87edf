"""From a spec to an environment: one with listed outcomes, an allocation of goods, or a cake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from msgspec import UNSET

from ..allocation import allocation
from ..cake import cake
from ..environment import Environment
from ..errors import BadInput
from ..outcomes import Finite, swapped
from ..profile import Profile
from .entries import by_text, each_player, entries, find, only_players
from .labels import Label, label_text, read_label, read_labels, read_number, read_numbers
from .limits import EAGER_STEPS
from .shapes import AllocationSpec, CakeSpec, EnvironmentSpec
from .utilities import Computed, utility_of
from .words import At, said, short, whose


def environment_of(spec: EnvironmentSpec) -> Environment:
    """The environment that a spec means; small ones compute their utilities at once, so that errors show."""
    types = read_labels(spec.players, At() / "players")
    outcomes = [read_label(each, At() / "outcomes" / k) for k, each in enumerate(spec.outcomes)]
    for player, labels in types.items():
        by_text(labels, "type", whose(player))
    by_text(outcomes, "outcome")
    utility = utility_of(spec, types, outcomes)
    swap = swapped if _who_gets_what(outcomes, types) else None
    prior = _prior(spec.prior, types)
    env = Environment(spec.name, types, Finite(tuple(outcomes), swap), utility, prior, _transfers(spec.transfers))
    steps = sum(map(len, types.values())) * len(outcomes)
    if isinstance(utility, Computed):
        steps *= max(expression.size for expression in utility.expressions.values())
    if steps <= EAGER_STEPS:
        for player in env.players:
            env.utilities(player)
    return env


def _who_gets_what(outcomes: Iterable[Label], players: Iterable[str]) -> bool:
    """Whether each outcome is a table that says what each player gets."""
    names = set(players)
    return all(isinstance(outcome, Profile) and set(outcome) == names for outcome in outcomes)


def _prior(given: Any, types: Mapping[str, tuple[Label, ...]]) -> dict[Any, Any] | None:
    at = At() / "prior"
    if given is UNSET:
        return None
    if isinstance(given, str):
        if given != "uniform":
            raise BadInput(f'{at} is "{short(given)}"; the only prior with a name is "uniform"')
        return {player: {t: Fraction(1, len(labels)) for t in labels} for player, labels in types.items()}
    if isinstance(given, list):
        return _joint(given, types, at)
    each_player(given, types, at.table, "prior")
    out = {}
    for player, labels in types.items():
        found = entries(given[player], labels, at / player, "type", f"{whose(player)} has no probability")
        out[player] = {label: read_number(each, where) for label, (each, where) in found.items()}
    return out


def _joint(given: list[Any], types: Mapping[str, tuple[Label, ...]], at: At) -> dict[Any, Any]:
    names = {player: by_text(labels, "type", whose(player)) for player, labels in types.items()}
    out: dict[Profile[Label], int | Fraction] = {}
    for k, each in enumerate(given):
        here = at / k
        if not isinstance(each, dict) or set(each) != {"types", "probability"} or not isinstance(each["types"], dict):
            raise BadInput(f"{here} is {said(each)}; it must be {{types = {{player = type, …}}, probability = p}}")
        told = each["types"]
        only_players(told, types, str(here))
        for player in types:
            if player not in told:
                raise BadInput(f'{here} gives no type of "{player}"; give one of each player')
        texts = {player: label_text(read_label(told[player], here / player)) for player in types}
        profile = Profile(
            {player: find(texts[player], names[player], f'{here} names a type of "{player}",') for player in types}
        )
        if profile in out:
            raise BadInput(f"{here} repeats the types of another entry; give each profile once")
        out[profile] = read_number(each["probability"], here / "probability")
    return out


def _transfers(given: Any) -> tuple[int | Fraction | None, int | Fraction | None] | None:
    at = At() / "transfers"
    if given == "none":
        return None
    if given == "unbounded":
        return None, None
    if not isinstance(given, list) or len(given) != 2:
        raise BadInput(f'{at} is {said(given)}; it must be [low, high], "unbounded" or "none"')
    low, high = (None if each == "unbounded" else read_number(each, at / k) for k, each in enumerate(given))
    return low, high


def allocation_of(spec: AllocationSpec) -> Environment:
    """The allocation of goods that a spec means."""
    at, goods = At() / "values", spec.goods or ["item"]
    values: dict[str, list[Any]] = {}
    for player, given in spec.values.items():
        values[player] = []
        for k, each in enumerate(given):
            here = at / player / k
            if len(goods) == 1:
                values[player].append(read_number(each, here))
            elif isinstance(each, list) and len(each) == len(goods):
                values[player].append(tuple(read_numbers(each, here)))
            else:
                raise BadInput(f"{here} is {said(each)}; it must be a list of {len(goods)} values, one a good")
    return allocation(
        values,
        goods,
        transfers=_transfers(spec.transfers),
        prior=_prior(spec.prior, {player: tuple(each) for player, each in values.items()}),
        disposal=spec.disposal,
        name=spec.name,
    )


def cake_of(spec: CakeSpec) -> Environment:
    """The cake that a spec means."""
    at = At() / "values"
    values = {
        player: [tuple(read_numbers(each, at / player / k)) for k, each in enumerate(given)]
        for player, given in spec.values.items()
    }
    return cake(
        values,
        breakpoints=read_numbers(spec.breakpoints, At() / "breakpoints") or None,
        prior=_prior(spec.prior, {player: tuple(each) for player, each in values.items()}),
        disposal=spec.disposal,
        name=spec.name,
    )
