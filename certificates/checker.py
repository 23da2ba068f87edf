"""The checker of certificates: reads what is claimed and recomputes it from the definitions in exact fractions.

A certificate is JSON: ``{"rulewright": 1, "claim": ..., ...}`` with every number an int or a string like "1/3". The
format is described in docs/certificates.md. Nothing here is shared with the solvers.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

MAX_BYTES = 200_000_000
Json = Mapping[str, Any]


class CertificateError(ValueError):
    """The file is no certificate, or a malformed one."""


def check(certificate: Json | str | Path) -> bool:
    """Whether the claim of a certificate (a mapping, or the path of a JSON file) holds.

    Raises CertificateError if it is malformed.

    >>> game = {"name": "coin", "players": ["ann"], "actions": {"ann": ["x", "y"]}, "payoffs": {"ann": ["1", "2"]}}
    >>> claim = {"rulewright": 1, "claim": "nash equilibrium", "game": game, "strategies": {"ann": ["0", "1"]}}
    >>> check(claim), check({**claim, "strategies": {"ann": ["1/2", "1/2"]}})
    (True, False)
    """
    return explain(certificate)[0]


def explain(certificate: Json | str | Path) -> tuple[bool, str]:
    """``(accepted, what was claimed or what is wrong)``; raises CertificateError if malformed."""
    data = certificate if isinstance(certificate, Mapping) else _read(Path(certificate))
    if data.get("rulewright") != 1:
        raise CertificateError('not a certificate: it must have "rulewright": 1')
    claim = data.get("claim")
    if not isinstance(claim, str) or claim not in CLAIMS:
        raise CertificateError(f"unknown claim {claim!r}; known are {', '.join(sorted(CLAIMS))}")
    try:
        wrong = CLAIMS[claim](data)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError, ZeroDivisionError) as error:
        raise CertificateError(f'malformed claim "{claim}": {type(error).__name__}: {error}') from error
    return (False, wrong) if wrong else (True, str(data.get("words") or claim))


def _read(path: Path) -> Json:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CertificateError(f"{path} is larger than {MAX_BYTES:,} bytes")
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CertificateError(f"{path} is not readable as JSON: {error}") from error
    if not isinstance(data, dict):
        raise CertificateError(f"{path} holds no JSON object")
    return data


def _q(text: Any) -> Fraction:
    if isinstance(text, bool) or not isinstance(text, (int, str)) or len(str(text)) > 10_000 or "e" in str(text).lower():
        raise CertificateError(f"{str(text)[:40]!r} is not a rational number")
    return Fraction(text)


def _distribution(entries: list[Any], what: str) -> list[Fraction]:
    found = [_q(x) for x in entries]
    if min(found) < 0 or sum(found) != 1:
        raise CertificateError(f"{what} is no probability distribution")
    return found


# -- games in normal form --------------------------------------------------------------------------------------------


class _Game:
    def __init__(self, data: Json) -> None:
        self.players: list[str] = list(data["players"])
        self.actions: dict[str, list[str]] = {p: list(data["actions"][p]) for p in self.players}
        self.sizes = [len(self.actions[p]) for p in self.players]
        self.payoffs = {p: [_q(x) for x in data["payoffs"][p]] for p in self.players}
        if any(len(each) != math.prod(self.sizes) for each in self.payoffs.values()):
            raise CertificateError("the payoffs do not fit the actions")

    def payoff(self, player: str, profile: tuple[int, ...] | list[int]) -> Fraction:
        at = 0
        for a, size in zip(profile, self.sizes, strict=True):
            at = at * size + a
        return self.payoffs[player][at]

    def profiles(self) -> Iterator[tuple[int, ...]]:
        return itertools.product(*map(range, self.sizes))


def _nash(data: Json) -> str:
    game = _Game(data["game"])
    mixed = [_distribution(data["strategies"][p], f"the strategy of {p}") for p in game.players]
    if [len(x) for x in mixed] != game.sizes:
        raise CertificateError("the strategies do not fit the actions")
    for i, player in enumerate(game.players):
        pays = [Fraction(0)] * game.sizes[i]
        support = [range(size) if j == i else [a for a in range(size) if mixed[j][a]] for j, size in enumerate(game.sizes)]
        for profile in itertools.product(*support):
            weight = math.prod((mixed[j][a] for j, a in enumerate(profile) if j != i), start=Fraction(1))
            pays[profile[i]] += weight * game.payoff(player, profile)
        if any(p and pay < max(pays) for p, pay in zip(mixed[i], pays, strict=True)):
            return f"{player} can gain by deviating"
    return ""


def _dominant(data: Json) -> str:
    game, strict = _Game(data["game"]), bool(data["strict"])
    chosen = [[_q(x) for x in data["strategies"][p]] for p in game.players]
    if any(sorted(x)[:-1].count(Fraction(0)) != len(x) - 1 or max(x) != 1 for x in chosen):
        raise CertificateError("a dominant strategy is one action")
    best = [x.index(Fraction(1)) for x in chosen]
    for i, player in enumerate(game.players):
        for profile in game.profiles():
            gap = game.payoff(player, [best[i] if j == i else a for j, a in enumerate(profile)]) - game.payoff(player, profile)
            if gap < 0 or (strict and gap == 0 and profile[i] != best[i]):
                return f"{player} does no better with {game.actions[player][best[i]]} at {profile}"
    return ""


def _comparisons(data: Json) -> str:
    game = _Game(data["game"])
    if not data["comparisons"]:
        raise CertificateError("no comparison is claimed")
    for player, better, worse in data["comparisons"]:
        one, two = ([game.actions[p].index(a) for p, a in zip(game.players, x, strict=True)] for x in (better, worse))
        gap = game.payoff(player, one) - game.payoff(player, two)
        if gap < 0 or (data["strict"] and gap == 0):
            return f"{player} gets no more at {better} than at {worse}"
    return ""


def _subgame_perfect(data: Json) -> str:
    """No one-step deviation gains anywhere in a finite tree of perfect information."""
    tree, choices = data["tree"], data["choices"]
    nodes, players = tree["nodes"], list(tree["players"])
    values: dict[int, dict[str, Fraction]] = {}
    stack, seen = [int(tree["root"])], set[int]()
    infosets: set[str] = set()
    while stack:
        k = stack.pop()
        node = nodes[k]
        children = [int(move[-1]) for move in node.get("moves") or node.get("chance") or ()]
        if k in values:
            continue
        if k not in seen:
            seen.add(k)
            if any(c in seen for c in children) or ("moves" in node and node["infoset"] in infosets):
                raise CertificateError("the tree has a loop, a shared node or an information set of two nodes")
            infosets.add(node.get("infoset", f"chance {k}"))
            stack += [k, *children]
            continue
        if "payoffs" in node:
            values[k] = {p: _q(node["payoffs"][p]) for p in players}
        elif "chance" in node:
            weights = _distribution([w for _, w, _ in node["chance"]], "a move of chance")
            values[k] = {p: sum((w * values[c][p] for w, c in zip(weights, children, strict=True)), Fraction(0)) for p in players}
        else:
            moves = {label: int(c) for label, c in node["moves"]}
            if len(moves) != len(children):
                raise CertificateError("two moves have one label")
            values[k] = values[moves[choices[node["infoset"]]]]
            if any(values[c][node["player"]] > values[k][node["player"]] for c in children):
                return f'{node["player"]} can gain at "{node["infoset"]}"'
    return ""


# -- rules: statements "for all types, a sum of expectations is at least 0" -------------------------------------------


class _World:
    """An environment, and what a rule does in it (if one is given)."""

    def __init__(self, data: Json) -> None:
        env = data["environment"]
        self.players: list[str] = list(env["players"])
        self.sizes = {p: len(env["types"][p]) for p in self.players}
        self.n = math.prod(self.sizes.values())
        self.groups = [([int(k) for k in each], bool(exactly)) for each, exactly in env["groups"]]
        self.dimension = 1 + max(k for each, _ in self.groups for k in each)
        if sorted(k for each, _ in self.groups for k in each) != list(range(self.dimension)):
            raise CertificateError("the groups do not part the coordinates")
        self.measures = {name: [[_q(x) for x in row] for row in rows] for name, rows in env["measures"].items()}
        if any(len(row) != self.dimension for rows in self.measures.values() for row in rows):
            raise CertificateError("a measure does not fit the coordinates")
        self.money = [None if x is None else _q(x) for x in env["transfers"]] if env.get("transfers") else None
        self.prior = _distribution(env["prior"], "the prior") if env.get("prior") else None
        self.rule = data.get("rule")
        if self.rule:
            self.points = [{int(k): _q(w) for k, w in point} for point in self.rule["points"]]
            self.paid = [[_q(x) for x in row] for row in self.rule["payments"]] if self.money else []

    def rule_is_possible(self) -> str:
        if len(self.points) != self.n or (self.money and [len(row) for row in self.paid] != [len(self.players)] * self.n):
            raise CertificateError("the rule does not name every profile")
        for p, point in enumerate(self.points):
            for each, exactly in self.groups:
                total = sum(point.get(k, Fraction(0)) for k in each)
                if total > 1 or (exactly and total < 1) or min(point.values()) < 0 or max(point) >= self.dimension:
                    return f"the rule chooses nothing possible at profile {p}"
        if self.money:
            low, high = self.money
            if any((low is not None and x < low) or (high is not None and x > high) for row in self.paid for x in row):
                return "a payment is outside the bounds"
        return ""

    def place(self, types: Mapping[str, int]) -> int:
        at = 0
        for player in self.players:
            if not 0 <= types[player] < self.sizes[player]:
                raise CertificateError(f"{player} has no type {types[player]}")
            at = at * self.sizes[player] + types[player]
        return at

    def assignments(self, statement: Json) -> Iterator[dict[str, int]]:
        names = list(statement["variables"])
        for each in itertools.product(*(range(self.sizes[statement["variables"][v]]) for v in names)):
            values = dict(zip(names, each, strict=True))
            if all(values[a] != values[b] for a, b in statement.get("distinct", ())):
                yield values

    def row(self, statement: Json, values: Mapping[str, int]) -> tuple[dict[tuple[int, int], Fraction], Fraction]:
        """The linear form of a statement at an assignment: {(profile, coordinate): coefficient} and the constant.

        Payments of player i stand at coordinate ``dimension + i``.
        """
        form: dict[tuple[int, int], Fraction] = {}
        for term in statement["terms"]:
            for weight, known in self.draws(term.get("drawn"), values):
                types = {p: known[x] if isinstance(x, str) else int(x) for p, x in term["reports"].items()}
                p, factor = self.place(types), weight * _q(term["coefficient"])
                for k, c in self.coefficients(term, known):
                    form[p, k] = form.get((p, k), Fraction(0)) + factor * c
        constant = _q(statement.get("constant", 0))
        for most in statement.get("highest", ()):
            total = [Fraction(0)] * self.dimension
            for term in most["of"]:
                for k, c in self.coefficients(term, values):
                    total[k] += _q(term["coefficient"]) * c
            constant += _q(most["coefficient"]) * self.best(lambda k, total=total: total[k])  # type: ignore[misc]
        return form, constant

    def coefficients(self, term: Json, known: Mapping[str, int]) -> Iterator[tuple[int, Fraction]]:
        if term.get("payment") is not None:
            yield self.dimension + self.players.index(term["payment"]), Fraction(1)
            return
        at = term.get("type", 0)
        row = self.measures[term["measure"]][known[at] if isinstance(at, str) else int(at)]
        yield from ((k, c) for k, c in enumerate(row) if c)

    def draws(self, drawn: Json | None, values: Mapping[str, int]) -> Iterator[tuple[Fraction, dict[str, int]]]:
        if drawn is None:
            yield Fraction(1), dict(values)
            return
        if self.prior is None:
            raise CertificateError("a statement needs a prior")
        bound, found = drawn["variables"], []
        for each in itertools.product(*(range(self.sizes[p]) for p in bound.values())):
            known = {**values, **dict(zip(bound, each, strict=True))}
            types = {p: known[v] for v, p in bound.items()}
            if drawn.get("given"):
                own = drawn["type"]
                types[drawn["given"]] = known[own] if isinstance(own, str) else int(own)
            found.append((self.prior[self.place(types)], known))
        total = sum(weight for weight, _ in found)
        yield from ((weight / total, known) for weight, known in found if weight)

    def best(self, coefficient: Callable[[int], Fraction]) -> Fraction:
        """The most that a linear form reaches at one point of the outcome space."""
        most = ((max(coefficient(k) for k in each), exactly) for each, exactly in self.groups)
        return sum((m if exactly else max(m, Fraction(0)) for m, exactly in most), Fraction(0))

    def value(self, statement: Json, values: Mapping[str, int]) -> Fraction:
        form, total = self.row(statement, values)
        for (p, k), c in form.items():
            total += c * (self.points[p].get(k, 0) if k < self.dimension else self.paid[p][k - self.dimension])
        return total

    def bound(self, form: Mapping[tuple[int, int], Fraction], constant: Fraction) -> Fraction | None:
        """The most that a linear form reaches over all rules (None: no bound)."""
        total, empty = constant, Fraction(0)
        for p in {p for p, _ in form}:
            total += self.best(lambda k, p=p: form.get((p, k), empty))  # type: ignore[misc]
        for (_, k), c in form.items():
            if k >= self.dimension and c:
                limit = (self.money or [Fraction(0)] * 2)[1 if c > 0 else 0]
                if limit is None:
                    return None
                total += c * limit
        return total


def _proved(data: Json) -> str:
    world = _World(data)
    if not data["statements"]:
        raise CertificateError("nothing is claimed")
    wrong = world.rule_is_possible()
    for statement in () if wrong else data["statements"]:
        for values in world.assignments(statement):
            margin = world.value(statement, values)
            if margin < 0 or (statement.get("equal") and margin):
                return f'"{statement.get("name")}" fails by {margin} at {values}'
    return wrong


def _refuted(data: Json) -> str:
    world, (statement,) = _World(data), data["statements"]
    if data["case"] not in list(world.assignments(statement)):
        raise CertificateError("the case is none of the statement")
    margin = world.value(statement, data["case"])
    return world.rule_is_possible() or ("" if margin < 0 or (statement.get("equal") and margin) else "the statement holds there")


def _lagrangian(world: _World, data: Json, objective: list[Json]) -> Fraction | None:
    """An upper bound for the objective over all rules that satisfy the statements, from the multipliers."""
    form: dict[tuple[int, int], Fraction] = {}
    constant = Fraction(0)
    rows = [(_q(w), part, {}) for w, part in zip(data.get("weights", ()), objective, strict=True)]
    if any(w < 0 for w, _, _ in rows) or (objective and sum(w for w, _, _ in rows) != 1):
        raise CertificateError("the weights of the objective are no distribution")
    for number, values, y in data["multipliers"]:
        statement = data["statements"][number]
        if (_q(y) < 0 and not statement.get("equal")) or number < 0:
            raise CertificateError("a multiplier of an inequality is negative")
        rows.append((_q(y), statement, values))
    for y, statement, values in rows:
        row, c = world.row(statement, values)
        constant += y * c
        for key, each in row.items():
            form[key] = form.get(key, Fraction(0)) + y * each
    return world.bound(form, constant)


def _optimal(data: Json) -> str:
    wrong = _proved(data)
    world = _World(data)
    if not wrong:
        value = min(world.value(part, {}) for part in data["objective"])
        if value != _q(data["value"]):
            return f"the rule reaches {value}, not {data['value']}"
        bound = _lagrangian(world, data, data["objective"])
        return "" if bound == value else f"the multipliers bound the objective by {bound}, not by {value}"
    return wrong


def _infeasible(data: Json) -> str:
    bound = _lagrangian(_World(data), data, [])
    return "" if bound is not None and bound < 0 else "the multipliers prove no contradiction"


def _pareto(data: Json) -> str:
    world = _World(data)
    rows = [[world.measures[f"utility of {p}"][t] for t in range(world.sizes[p])] for p in world.players]
    if len(world.groups) != 1:
        raise CertificateError("this claim needs a finite list of outcomes")
    for p, types in enumerate(itertools.product(*map(range, world.sizes.values()))):
        gains = [rows[i][t] for i, t in enumerate(types)]
        for k, other in itertools.product(world.points[p], range(world.dimension)):
            change = [u[other] - u[k] for u in gains]
            if min(change) >= 0 and max(change) > 0:
                return f"outcome {k} is dominated by {other} at {types}"
    return world.rule_is_possible()


def _all(data: Json) -> str:
    if not data["parts"]:
        raise CertificateError("no part is claimed")
    return next((words for ok, words in map(explain, data["parts"]) if not ok), "")


CLAIMS: dict[str, Callable[[Json], str]] = {
    "nash equilibrium": _nash, "dominant strategies": _dominant, "comparisons": _comparisons,
    "subgame perfect equilibrium": _subgame_perfect, "proved": _proved, "refuted": _refuted,
    "optimal": _optimal, "infeasible": _infeasible, "pareto efficient": _pareto, "all": _all,
}  # fmt: skip
