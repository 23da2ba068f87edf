"""Environments written out: by the shipped constructor that makes an equal one, else with their utilities as tables."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ... import games
from ...games.cake import Divisions
from ...games.environment import Environment
from ...games.errors import BadInput, GameTooLarge
from ...games.normal_form import NormalForm
from ...games.numbers import exact, number
from ...games.outcomes import Finite, Shares
from ...games.profile import Profile
from .origins import ROOT, Unwritable, imported_from, same
from .source import Group, Node, Source

LIMIT = 20_000  # numbers that are written out


def environment(source: Source, env: Environment, pair: tuple[str, str]) -> tuple[Node, Environment]:
    """An expression for an environment, and the environment that it makes.

    What it means that two players exchange what they get is written out for all, or only for ``pair`` where that
    would be long. Raises GameTooLarge, and Unwritable for outcomes or types that have no source.
    """
    for constructor, arguments in [] if env.interdependent else _constructors(env):
        try:
            made = constructor(**arguments)
        except (BadInput, TypeError, ValueError, AttributeError, LookupError):
            continue
        if _equal(env, made):
            name = source.name(f"{ROOT}.games", constructor.__name__)
            defaults = {key: each.default for key, each in inspect.signature(constructor).parameters.items()}
            parts = [
                ("" if defaults[key] is inspect.Parameter.empty else f"{key}=", source.expression(each))
                for key, each in arguments.items()
                if not _equals(each, defaults[key])
            ]
            return Group(f"{name}(", tuple(parts), ")"), made
    return _tables(source, env, pair)


# -- shipped constructors -------------------------------------------------------------------------------------------


def _constructors(env: Environment) -> Iterator[tuple[Callable[..., Environment], dict[str, Any]]]:
    """Shipped constructors that might make the environment, with arguments."""
    types, space = dict(env.types), env.space
    more = {"prior": env.prior, "name": env.name}
    if isinstance(space, Finite):
        items = space.items
        named = all(isinstance(x, str) for x in items)
        if named and set(env.players) <= set(items) and len(items) <= len(env.players) + 1:
            free = {"transfers": env.transfers, "disposal": len(items) > len(env.players)}
            yield games.allocation, {"values": types, "goods": ("item",), **free, **more}
        first = env.players[0]
        if named and len(items) == 2 and isinstance(types[first][0], int | float | Fraction):
            share = exact(types[first][0]) - exact(env.worth_of(first, items[0], types[first][0]))
            cost = share * len(types)
            yield games.public_project, {"values": types, "cost": cost, "transfers": env.transfers, **more}
        if all(isinstance(x, tuple) for x in items) and len(env.players) > 1:
            supply = max(map(len, items))  # type: ignore[arg-type]
            yield games.units, {"values": types, "supply": supply, "transfers": env.transfers, **more}
        rankings = list(dict.fromkeys(itertools.chain(*types.values())))
        for domain in ("all", "single-peaked", rankings, types):
            yield games.voting, {"voters": env.players, "candidates": items, "domain": domain, "name": env.name}
            if isinstance(items[0], Profile):
                things = tuple(items[0].values())
                agents = {"agents": env.players, "objects": things, "domain": domain}
                yield games.assignment, {**agents, "name": env.name}
        if isinstance(items[0], Profile) and all(isinstance(each, tuple) for each in items[0].values()):
            goods = tuple(itertools.chain(*items[0].values()))
            yield games.bundles, {"values": types, "goods": goods, "disposal": False, **more}
            every = tuple(dict.fromkeys(g for x in items for each in x.values() for g in each))  # type: ignore[attr-defined]
            yield games.bundles, {"values": types, "goods": every, "disposal": True, **more}
    if isinstance(space, Shares):
        free = {"transfers": env.transfers, "disposal": space.disposal}
        yield games.allocation, {"values": types, "goods": space.goods, **free, **more}
    if isinstance(space, Divisions):
        free = {"disposal": space.disposal}
        for points in (None, space.breakpoints):
            yield games.cake, {"values": types, "breakpoints": points, **free, **more}


def _equals(one: Any, two: Any) -> bool:
    return type(one) is type(two) and bool(one == two)


def _equal(env: Environment, made: Environment) -> bool:
    """Whether two environments are the same in all that a rule or a property can ask of listed outcomes."""
    if (env.name, env.players, env.transfers, env.prior) != (made.name, made.players, made.transfers, made.prior):
        return False
    if any(not same(env.types[p], made.types[p]) for p in env.players) or type(env.space) is not type(made.space):
        return False
    if isinstance(env.space, Finite) and isinstance(made.space, Finite):
        if not same(env.space.items, made.space.items) or not same(env.space.swap, made.space.swap):
            return False
    elif env.space != made.space:
        return False
    if not same(env.utility, made.utility):  # they must agree on outcomes that are not listed, too
        return False
    return all(bool(np.all(env.utilities(p) == made.utilities(p))) for p in env.players)


# -- tables -----------------------------------------------------------------------------------------------------------


def _tables(source: Source, env: Environment, pair: tuple[str, str]) -> tuple[Node, Environment]:
    """An environment with its utilities in a table, one row a type."""
    known = env.n_profiles * len(env.players) if env.interdependent else sum(env.sizes)
    size = known * env.space.dimension
    if size > LIMIT:
        raise GameTooLarge("utilities to write out", size, LIMIT, "find the case with fewer types")
    if not isinstance(env.space, Finite):
        if env.interdependent:
            raise Unwritable("interdependent values of divisible goods have no table")
        return _linear(source, env)
    items = env.space.items
    types: dict[str, Any] = {p: list(env.profiles()) if env.interdependent else env.types[p] for p in env.players}
    if (shares := _by_share(env, types)) is not None:
        rows, look = shares, "[outcome[player]]"
    else:
        rows = {p: {t: {x: env.worth_of(p, x, t) for x in items} for t in types[p]} for p in env.players}
        look = "[outcome]"
    places = {x: k for k, x in enumerate(items)}
    outcomes = source.constant("OUTCOMES", source.expression(tuple(items)))
    if shares is None and not all(isinstance(x, str) for x in items):
        table: Any = {p: {t: tuple(row.values()) for t, row in each.items()} for p, each in rows.items()}
        look = f"[{outcomes}.index(outcome)]"
    else:
        table = rows
    utilities = source.constant("UTILITIES", source.expression(table))
    swap, exchanged = _swap(source, env.space, env.players, pair)
    space: Node = outcomes
    if swap is not None:
        finite = source.name(f"{ROOT}.games", "Finite")
        space = Group(f"{finite}(", (("", outcomes), ("swap=", swap)), ")")
    utility = f"lambda player, outcome, type: {utilities}[player][type]{look}"

    def looked_up(player: str, outcome: Any, type: Any) -> Any:
        if shares is not None:
            return rows[player][type][outcome[player]]
        return rows[player][type][items[places[outcome]]]

    made = Environment(
        env.name, env.types, Finite(items, exchanged), looked_up, env.prior, env.transfers, env.interdependent
    )
    return _environment(source, env, space, utility), made


def _by_share(env: Environment, types: Mapping[str, Any]) -> dict[str, Any] | None:
    """``u[player][type][share]`` where what a player gets in an outcome is all that counts for her, else None."""
    items = env.space.items  # type: ignore[attr-defined]
    if not all(isinstance(x, Profile) and set(x) == set(env.players) for x in items):
        return None
    found: dict[str, Any] = {}
    for player in env.players:
        for t in types[player]:
            row = found.setdefault(player, {}).setdefault(t, {})
            for x in items:
                u = env.worth_of(player, x, t)
                if row.setdefault(x[player], u) != u:
                    return None
    return found


def _swap(source: Source, space: Finite, players: tuple[str, ...], pair: tuple[str, str]) -> tuple[Any, Any]:
    """An expression for what it means that two players exchange what they get, and the function."""
    if space.swap is None:
        return None, None
    place = imported_from(space.swap)
    if place is not None and not place[1].startswith("_"):
        return source.expression(space.swap), space.swap
    pairs = list(itertools.permutations(players, 2))
    if len(pairs) * len(space.items) > LIMIT // 10:
        pairs = [pair, pair[::-1]]
    found: dict[Any, Any] = {}
    for x in space.items:
        for one, other in pairs:
            try:
                found[x, one, other] = space.swap(x, one, other)
            except (BadInput, LookupError, ValueError, TypeError, AttributeError):
                continue  # it has no meaning there
    if all(isinstance(x, Profile) and y == _traded(x, one, other) for (x, one, other), y in found.items()):
        block = (
            'def {}(outcome, one, other):\n    """Two players exchange what they get."""\n'
            "    return outcome | {{one: outcome[other], other: outcome[one]}}"
        )
        return source.define("exchanged", block.format), _traded
    table = source.constant("EXCHANGED", source.expression(found))
    return f"lambda outcome, one, other: {table}[outcome, one, other]", lambda x, one, other: found[x, one, other]


def _traded(outcome: Any, one: str, other: str) -> Any:
    return outcome | {one: outcome[other], other: outcome[one]} if {one, other} <= set(outcome) else None


def _linear(source: Source, env: Environment) -> tuple[Node, Environment]:
    """An environment with a structured outcome space, in whose coordinates every utility is a row of numbers."""
    rows: Mapping[str, Any] = {
        p: {t: tuple(exact(u) for u in row) for t, row in zip(env.types[p], env.utilities(p), strict=True)}
        for p in env.players
    }
    space = source.constant("SPACE", source.expression(env.space))
    table = source.constant("UTILITIES", source.expression(rows))
    read = source.name(f"{ROOT}.games.numbers", "exact")
    utility = source.define(
        "utility",
        lambda name: (
            f"def {name}(player, outcome, type):\n"
            f'    """The sum over the coordinates of an outcome."""\n'
            f"    point = {space}.point(outcome)\n"
            f"    return sum(u * {read}(point.get(k, 0)) for k, u in enumerate({table}[player][type]))"
        ),
    )

    def summed(player: str, outcome: Any, type: Any) -> int | Fraction:
        point = env.space.point(outcome)
        total = sum((u * exact(point.get(k, 0)) for k, u in enumerate(rows[player][type])), start=Fraction(0))
        return exact(total)

    made = Environment(env.name, env.types, env.space, summed, env.prior, env.transfers)
    return _environment(source, env, space, utility), made


def _environment(source: Source, env: Environment, space: Node, utility: Node) -> Group:
    parts: list[tuple[str, Node]] = [
        ("", source.expression(env.name)),
        ("types=", source.expression(dict(env.types))),
        ("outcomes=", space),
        ("utility=", utility),
    ]
    if env.prior is not None:
        parts.append(("prior=", source.expression(dict(env.prior))))
    if env.transfers is not None:
        parts.append(("transfers=", source.expression(env.transfers)))
    if env.interdependent:
        parts.append(("interdependent=", "True"))
    return Group(f"{source.name(ROOT, 'Environment')}(", tuple(parts), ")")


# -- games ------------------------------------------------------------------------------------------------------------


def normal_form(source: Source, game: NormalForm) -> Node:
    """An expression for a game in normal form; raises GameTooLarge."""
    if game.sizes == (2, 2):
        R, S, T, P = (number(game.payoffs[place]) for place in ((0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 0)))
        if T > R > P > S and games.prisoners_dilemma(R, S, T, P) == game:
            name = source.name(f"{ROOT}.games", "prisoners_dilemma")
            given = zip("RSTP", (R, S, T, P), (3, 0, 5, 1), strict=True)
            return Group(
                f"{name}(", tuple((f"{letter}=", source.expression(x)) for letter, x, usual in given if x != usual), ")"
            )
    if game.payoffs.size > LIMIT:
        raise GameTooLarge(
            "payoffs to write out", game.payoffs.size, LIMIT, "find the counterexample in a smaller game"
        )
    parts = (game.name, dict(game.actions), _nested(game.payoffs))
    name = source.name(ROOT, "NormalForm")
    return Group(f"{name}(", tuple(("", source.expression(each)) for each in parts), ")")


def _nested(values: Any) -> Any:
    return [_nested(each) for each in values] if isinstance(values, np.ndarray) else number(values)
