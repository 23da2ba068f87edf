"""The checker of certificates: reads what is claimed and recomputes it from the definitions in exact fractions.

A certificate is JSON, ``{"rulewright": 1, "claim": ..., ...}``, with every number an int or text like "1/3"; the format
is described in docs/certificates.md. Nothing here is shared with the solvers.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from .clauses import no_rule

MAX_BYTES = 200_000_000
MAX_CASES = 20_000_000  # of one statement
Json = Mapping[str, Any]
Form = dict[tuple[int, int], Fraction]  # {(profile, coordinate): coefficient}; payments follow the coordinates
ZERO = Fraction(0)


class CertificateError(ValueError):
    """The file is no certificate, or a malformed one."""


def check(certificate: Json | str | Path) -> bool:
    """Whether the claim of a certificate (a mapping, or the path of a JSON file) holds; raises CertificateError.

    >>> game = {"name": "coin", "players": ["ann"], "actions": {"ann": ["x", "y"]}, "payoffs": {"ann": ["1", "2"]}}
    >>> claim = {"rulewright": 1, "claim": "nash equilibrium", "game": game, "strategies": {"ann": ["0", "1"]}}
    >>> check(claim), check({**claim, "strategies": {"ann": ["1/2", "1/2"]}})
    (True, False)
    """
    return explain(certificate)[0]


def explain(certificate: Json | str | Path) -> tuple[bool, str]:
    """``(accepted, what was claimed or what is wrong)``; raises CertificateError if malformed."""
    _need(isinstance(certificate, (Mapping, str, Path)), "a certificate is a mapping or the path of a JSON file")
    data = certificate if isinstance(certificate, Mapping) else _read(Path(certificate))
    claim = data.get("claim")
    if data.get("rulewright") != 1 or not isinstance(claim, str) or claim not in CLAIMS:
        raise CertificateError(f'it needs "rulewright": 1 and a claim out of: {", ".join(sorted(CLAIMS))}')
    try:
        wrong, said = CLAIMS[claim](data), _said(data)
    except (LookupError, TypeError, ArithmeticError, ValueError, AttributeError, RecursionError) as error:
        raise CertificateError(f'malformed claim "{claim}": {type(error).__name__}: {str(error)[:200]}') from error
    words = wrong or f"{said}; in words, not checked: {data.get('words') or 'none'}"
    return not wrong, words.encode("utf-8", "replace").decode("utf-8")


def _said(data: Json) -> str:
    """What was claimed: of which statements, with which exceptions, and which of them are taken on trust."""
    if data["claim"] == "all":
        return " and ".join(map(_said, data["parts"]))
    stated = [*data.get("statements", ()), *data.get("requirements", ())]
    trust = {"listed": " as listed, on trust"} | dict.fromkeys(
        ("dominance", "no better by lying"), " by the tables given"
    )
    names = ", ".join(dict.fromkeys(str(s.get("name", "unnamed")) + trust.get(s.get("form"), "") for s in stated))
    but = f" but {len(data['except'])} given" if data.get("except") else ""
    return f"{data['claim']}{but}{f' ({names})' if names else ''}"


def _read(path: Path) -> Json:
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            raise CertificateError(f"{path} is no file, or larger than {MAX_BYTES:,} bytes")
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CertificateError(f"{path} is not readable as JSON: {error}") from error
    if not isinstance(data, dict):
        raise CertificateError(f"{path} holds no JSON object")
    return data


def _need(condition: bool, otherwise: str) -> None:
    if not condition:
        raise CertificateError(otherwise)


def _q(text: Any) -> Fraction:
    plain = isinstance(text, (int, str)) and not isinstance(text, bool) and set(str(text)) <= set("0123456789-/.")
    _need(plain and len(str(text)) < 4000, f"{str(text)[:40]!r} is not a rational number")
    return Fraction(text)


def _weights(entries: list[Any], what: str) -> list[Fraction]:
    found = [_q(x) for x in entries]
    _need(min(found) >= 0 and sum(found) == 1, f"{what} is no probability distribution")
    return found


# -- games: payoffs {player: {profile of labels: payoff}} -------------------------------------------------------------


def _game(data: Json) -> tuple[list[list[str]], dict[str, dict[tuple[str, ...], Fraction]]]:
    players, actions = list(data["players"]), [list(data["actions"][p]) for p in data["players"]]
    _need(len(set(players)) == len(players) > 0, "the players are no list of different names")
    _need(all(len(set(each)) == len(each) for each in actions), "an action is listed twice")
    size = math.prod(map(len, actions))
    _need(all(len(data["payoffs"][p]) == size for p in players), "the payoffs do not fit the actions")
    profiles = list(itertools.product(*actions))
    return actions, {p: dict(zip(profiles, map(_q, data["payoffs"][p]), strict=True)) for p in players}


def _nash(data: Json) -> str:
    actions, payoffs = _game(data["game"])
    mixed = [_weights(data["strategies"][p], f"the strategy of {p}") for p in payoffs]
    chances = [dict(zip(each, weights, strict=True)) for each, weights in zip(actions, mixed, strict=True)]
    for i, player in enumerate(payoffs):
        pays = dict.fromkeys(actions[i], ZERO)
        for profile, u in payoffs[player].items():
            pays[profile[i]] += u * math.prod(
                (c[a] for c, a in zip(chances, profile, strict=True) if c is not chances[i])
            )
        if any(chances[i][a] and pays[a] < max(pays.values()) for a in actions[i]):
            return f"{player} can gain by deviating"
    return ""


def _dominant(data: Json) -> str:
    actions, payoffs = _game(data["game"])
    for i, player in enumerate(payoffs):
        weights = _weights(data["strategies"][player], f"the strategy of {player}")
        _need(1 in weights and len(weights) == len(actions[i]), "a dominant strategy is one action")
        best = actions[i][weights.index(Fraction(1))]
        for profile, u in payoffs[player].items():
            gap = payoffs[player][(*profile[:i], best, *profile[i + 1 :])] - u
            if gap < 0 or (data["strict"] and gap == 0 and profile[i] != best):
                return f"{best} pays {player} no more at {profile}"
    return ""


def _comparisons(data: Json) -> str:
    _, payoffs = _game(data["game"])
    _need(bool(data["comparisons"]), "nothing is claimed")
    for player, better, worse in data["comparisons"]:
        gap = payoffs[player][tuple(better)] - payoffs[player][tuple(worse)]
        if gap < 0 or (data["strict"] and gap == 0):
            return f"{player} gets no more at {better} than at {worse}"
    return ""


def _subgame_perfect(data: Json) -> str:
    """No one-step deviation gains in a tree of perfect information, whose nodes stand before their children."""
    tree, nodes = data["tree"], data["tree"]["nodes"]
    children = [[move[-1] for move in node.get("moves") or node.get("chance") or ()] for node in nodes]
    kinds = [{"moves", "chance", "payoffs"} & set(node) for node in nodes]
    _need(bool(nodes) and all(len(kind) == 1 for kind in kinds), "a node is not one of a move, a chance and an end")
    _need(tree["root"] == 0 and sorted(itertools.chain(*children)) == list(range(1, len(nodes))), "this is no tree")
    infosets = [node["infoset"] for node in nodes if "moves" in node]
    _need(len(set(infosets)) == len(infosets), "an information set has two nodes")
    values: dict[int, dict[str, Fraction]] = {}
    for k in reversed(range(len(nodes))):
        node = nodes[k]
        _need(all(c > k for c in children[k]), "a child stands before its parent")
        if "payoffs" in node:
            values[k] = {p: _q(node["payoffs"][p]) for p in tree["players"]}
        elif "chance" in node:
            weights = _weights([w for _, w, _ in node["chance"]], "a move of chance")
            mean = {p: [w * values[c][p] for w, c in zip(weights, children[k], strict=True)] for p in tree["players"]}
            values[k] = {p: sum(each, ZERO) for p, each in mean.items()}
        else:
            _need(len(dict(node["moves"])) == len(children[k]), "two moves have one label")
            values[k] = values[dict(node["moves"])[data["choices"][node["infoset"]]]]
            if any(values[c][node["player"]] > values[k][node["player"]] for c in children[k]):
                return f'{node["player"]} can gain at "{node["infoset"]}"'
    return ""


# -- rules: statements "for all types, a sum of expectations is at least 0" -------------------------------------------


class _World:
    """An environment, and what a rule does in it (if one is given)."""

    def __init__(self, data: Json) -> None:
        env, rule = data["environment"], data.get("rule") or {}
        self.players = list(env["players"])
        self.sizes = {p: len(env["types"][p]) for p in self.players}
        self.n = math.prod(self.sizes.values())
        _need(len(env["prior"]) == self.n and len(self.sizes) == len(self.players) > 0, "the prior leaves profiles out")
        self.groups = [(list(each), bool(exactly)) for each, exactly in env["groups"]]
        self.dimension = sum(len(each) for each, _ in self.groups)
        coordinates = sorted(k for each, _ in self.groups for k in each)
        _need(coordinates == list(range(self.dimension)), "the groups do not part the coordinates")
        self.measures = {name: [[_q(x) for x in row] for row in rows] for name, rows in env["measures"].items()}
        fits = all(len(row) == self.dimension for rows in self.measures.values() for row in rows)
        _need(fits, "a measure does not fit the coordinates")
        self.money = [None if x is None else _q(x) for x in env["transfers"]] if env.get("transfers") else [ZERO, ZERO]
        self.prior = _weights(env["prior"], "the prior")
        self.points = [{k: _q(w) for k, w in point} for point in rule.get("points", ())]
        self.paid = [[_q(x) for x in row] for row in rule.get("payments") or [[0] * len(self.players)] * self.n]
        _need(len(self.paid) == self.n, "the payments leave profiles out")

    def impossible(self) -> str:
        """What is wrong with the rule as such: a point outside the outcome space, a payment outside its bounds."""
        _need(len(self.points) == self.n, "the rule does not name every profile")
        for point, row in zip(self.points, self.paid, strict=True):
            totals = [(sum(point.get(k, ZERO) for k in each), exactly) for each, exactly in self.groups]
            inside = min(point.values()) >= 0 and set(point) <= set(range(self.dimension))
            if not inside or any(t > 1 or (exactly and t < 1) for t, exactly in totals):
                return "the rule chooses what is not possible"
            low, high = self.money
            _need(len(row) == len(self.players), "the payments do not fit the players")
            if any((low is not None and x < low) or (high is not None and x > high) for x in row):
                return "a payment is outside its bounds"
        return ""

    def place(self, types: Mapping[str, int]) -> int:
        at = 0
        for player in self.players:
            here = type(types[player]) is int and 0 <= types[player] < self.sizes[player]
            _need(here, f"{player} has no such type")
            at = at * self.sizes[player] + types[player]
        return at

    def every(self, variables: Mapping[str, str]) -> Iterator[tuple[int, ...]]:
        cases = math.prod(self.sizes[p] for p in variables.values())
        _need(cases <= MAX_CASES, f"{len(variables)} variables span too many cases")
        return itertools.product(*(range(self.sizes[p]) for p in variables.values()))

    def assignments(self, statement: Json) -> Iterator[dict[str, int]]:
        variables = statement.get("variables", {})
        _need(not any(a == b for a, b in statement.get("distinct", ())), "a variable differs from itself")
        for each in self.every(variables):
            values = dict(zip(variables, each, strict=True))
            if all(values[a] != values[b] for a, b in statement.get("distinct", ())):
                yield values

    def row(self, statement: Json, values: Mapping[str, int]) -> tuple[Form, Fraction]:
        """The linear form of a statement at an assignment, and its constant."""
        variables = statement.get("variables", {})
        known = all(type(values[v]) is int and 0 <= values[v] < self.sizes[p] for v, p in variables.items())
        apart = all(values[a] != values[b] for a, b in statement.get("distinct", ()))
        _need(known and apart and set(values) == set(variables), "a case is none of its statement")
        form: Form = {}
        for term in statement["terms"]:
            for weight, types in self.draws(term.get("drawn"), values):
                p = self.place({i: types[x] if isinstance(x, str) else x for i, x in term["reports"].items()})
                for k, c in self.coefficients(term, types):
                    form[p, k] = form.get((p, k), ZERO) + weight * c
        constant = _q(statement.get("constant", 0))
        for most in statement.get("highest", ()):
            total = dict.fromkeys(range(self.dimension), ZERO)
            for term in most["of"]:
                for k, c in self.coefficients(term, values):
                    total[k] += c
            constant += _q(most["coefficient"]) * self.best(total)
        return form, constant

    def coefficients(self, term: Json, types: Mapping[str, int]) -> Iterator[tuple[int, Fraction]]:
        factor, at = _q(term["coefficient"]), term.get("type", 0)
        if term.get("payment") is not None:
            yield self.dimension + self.players.index(term["payment"]), factor
        else:
            rows, k = self.measures[term["measure"]], types[at] if isinstance(at, str) else at
            _need(type(k) is int and 0 <= k < len(rows), "a measure has no such row")
            row = rows[k]
            yield from ((k, factor * c) for k, c in enumerate(row) if c)

    def draws(self, drawn: Json | None, values: Mapping[str, int]) -> Iterator[tuple[Fraction, Mapping[str, int]]]:
        """The values of all variables with their probabilities, given what one player knows."""
        found = []
        bound = drawn["variables"] if drawn else {}
        for each in self.every(bound):
            types = {**values, **dict(zip(bound, each, strict=True))}
            profile = {p: types[v] for v, p in bound.items()}
            if drawn and drawn.get("given"):
                own = drawn["type"]
                profile[drawn["given"]] = types[own] if isinstance(own, str) else own
            found.append((self.prior[self.place(profile)] if drawn else Fraction(1), types))
        drawn_for = [*bound.values(), *([drawn["given"]] if drawn and drawn.get("given") else [])]
        _need(not drawn or sorted(drawn_for) == sorted(self.players), "an expectation needs each player once")
        total = sum(weight for weight, _ in found)
        _need(total > 0, "an expectation is given what has no chance")
        yield from ((weight / total, types) for weight, types in found if weight)

    def best(self, coefficients: Mapping[int, Fraction]) -> Fraction:
        """The most that a linear form reaches at one point of the outcome space."""
        most = ((max(coefficients.get(k, ZERO) for k in each), exactly) for each, exactly in self.groups)
        return sum((m if exactly else max(m, ZERO) for m, exactly in most), ZERO)

    def margin(self, statement: Json, values: Mapping[str, int]) -> Fraction:
        form, total = self.row(statement, values)
        for (p, k), c in form.items():
            total += c * (self.points[p].get(k, ZERO) if k < self.dimension else self.paid[p][k - self.dimension])
        return total

    def bound(self, data: Json, objective: list[Json]) -> Fraction | None:
        """The most the objective can reach under the statements, by the multipliers (None: they give no bound)."""
        rows: list[tuple[Fraction, Json, Mapping[str, int]]] = [
            (_q(w), part, {}) for w, part in zip(data.get("weights", ()), objective, strict=True)
        ]
        _need(all(w >= 0 for w, _, _ in rows) and sum(w for w, _, _ in rows) == bool(objective), "no weights")
        for k, values, y in data["multipliers"]:
            _need(k >= 0 and (_q(y) >= 0 or bool(data["statements"][k].get("equal"))), "a multiplier is negative")
            rows.append((_q(y), data["statements"][k], values))
        total, profiles, paid = ZERO, dict[int, dict[int, Fraction]](), Form()
        for y, statement, values in rows:
            form, constant = self.row(statement, values)
            total += y * constant
            for (p, k), c in form.items():
                into: Any = profiles.setdefault(p, {}) if k < self.dimension else paid
                key = k if k < self.dimension else (p, k)
                into[key] = into.get(key, ZERO) + y * c
        for c in (c for c in paid.values() if c):
            limit = self.money[1 if c > 0 else 0]
            if limit is None:
                return None
            total += c * limit
        return total + sum((self.best(each) for each in profiles.values()), ZERO)


def _proved(data: Json) -> str:
    world = _World(data)
    _need(bool(data["statements"]), "nothing is claimed")
    for statement in data["statements"]:
        for values in world.assignments(statement):
            margin = world.margin(statement, values)
            if margin < 0 or (statement.get("equal") and margin):
                return f'"{statement.get("name")}" fails by {margin} at {values}'
    return world.impossible()


def _refuted(data: Json) -> str:
    world, (statement,) = _World(data), data["statements"]
    margin = world.margin(statement, data["case"])
    fails = margin < 0 or (bool(statement.get("equal")) and margin != 0)
    return world.impossible() or ("" if fails else "the statement holds there")


def _optimal(data: Json) -> str:
    world = _World(data)
    _need(bool(data["objective"]), "nothing is maximised")
    wrong = _proved(data) if data["statements"] else world.impossible()
    value, bound = min(world.margin(part, {}) for part in data["objective"]), world.bound(data, data["objective"])
    return wrong or ("" if value == bound == _q(data["value"]) else f"the rule reaches {value}, the bound is {bound}")


def _infeasible(data: Json) -> str:
    bound = _World(data).bound(data, [])
    return "" if bound is not None and bound < 0 else "the multipliers prove no contradiction"


def _gains(world: _World, types: tuple[int, ...], k: int, other: int) -> list[Fraction]:
    _need([exactly for _, exactly in world.groups] == [True], "this claim needs a finite list of outcomes")
    rows = [world.measures[f"utility of {i}"][t] for i, t in zip(world.players, types, strict=True)]
    return [u[other] - u[k] for u in rows]


def _pareto(data: Json) -> str:
    world = _World(data)
    for p, types in enumerate(itertools.product(*map(range, world.sizes.values()))):
        for k, other in itertools.product(world.points[p], range(world.dimension)):
            gains = _gains(world, types, k, other)
            if min(gains) >= 0 and max(gains) > 0:
                return f"outcome {k} is dominated by {other} at {types}"
    return world.impossible()


def _dominated(data: Json) -> str:
    world, types, k, other = _World(data), tuple(data["types"]), data["chosen"], data["better"]
    gains, weight = (
        _gains(world, types, k, other),
        world.points[world.place(dict(zip(world.players, types, strict=True)))].get(k, ZERO),
    )
    fails = weight > 0 and min(gains) >= 0 and max(gains) > 0
    return world.impossible() or ("" if fails else "the outcome is not dominated there")


def _all(data: Json) -> str:
    _need(bool(data["parts"]) and all(isinstance(part, Mapping) for part in data["parts"]), "nothing is claimed")
    return next((words for accepted, words in map(explain, data["parts"]) if not accepted), "")


CLAIMS: dict[str, Callable[[Json], str]] = {
    "nash equilibrium": _nash, "dominant strategies": _dominant, "comparisons": _comparisons, "proved": _proved,
    "subgame perfect equilibrium": _subgame_perfect, "refuted": _refuted, "optimal": _optimal, "all": _all,
    "infeasible": _infeasible, "pareto efficient": _pareto, "pareto dominated": _dominated,
    "no deterministic rule": lambda data: no_rule(_World(data), data),
}  # fmt: skip
