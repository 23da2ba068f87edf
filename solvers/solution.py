"""What solving a game answers: equilibria that can be re-checked, and whether they are all there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, overload

import numpy as np

from ..games.errors import BadInput, nearest
from ..games.extensive import Chance, Decision, ExtensiveForm, Terminal
from ..games.normal_form import NormalForm
from ..games.numbers import Number, exact, probabilities, show
from ..games.profile import Profile
from ..games.show import Shown

Exact = int | Fraction

NASH: Literal["nash equilibrium"] = "nash equilibrium"
DOMINANT: Literal["dominant strategies"] = "dominant strategies"
SUBGAME_PERFECT = "subgame perfect equilibrium"


class Strategy(Mapping[Any, Exact]):
    """A mixed strategy: every action of a player, in the game's order, with its exact probability.

    >>> coin = Strategy({"heads": Fraction(1, 2), "tails": Fraction(1, 2), "edge": 0})
    >>> coin["tails"], coin.support
    (Fraction(1, 2), ('heads', 'tails'))
    """

    __slots__ = ("_weights",)

    def __init__(self, weights: Mapping[Any, Number]) -> None:
        checked = probabilities(weights.values(), "the strategy")
        self._weights = {action: exact(p) for action, p in zip(weights, checked, strict=True)}

    @property
    def support(self) -> tuple[Any, ...]:
        """The actions with positive probability."""
        return tuple(action for action, p in self._weights.items() if p)

    def __getitem__(self, action: Any) -> Exact:
        try:
            return self._weights[action]
        except KeyError:
            raise BadInput(f'no action "{action}"; {nearest(str(action), map(str, self._weights))}') from None

    def __contains__(self, action: object) -> bool:
        return action in self._weights

    def __iter__(self) -> Iterator[Any]:
        return iter(self._weights)

    def __len__(self) -> int:
        return len(self._weights)

    def __hash__(self) -> int:
        return hash(frozenset(self._weights.items()))

    def __reduce__(self) -> tuple[type[Strategy], tuple[dict[Any, Exact]]]:
        return Strategy, (dict(self._weights),)

    def __repr__(self) -> str:
        return f"Strategy({{{', '.join(f'{a!r}: {show(p)}' for a, p in self._weights.items())}}})"

    def __str__(self) -> str:
        support = self.support
        if len(support) == 1:
            return str(support[0])
        return " + ".join(f"{brief(self[a])} {a}" for a in support)


@dataclass(frozen=True)
class Equilibrium(Shown):
    """A profile of mixed strategies of a normal form, and the claim that can be re-checked by ``check()``.

    ``claim`` is "nash equilibrium": no player gains by another action while the others stay (Nash 1951); or
    "dominant strategies": each player's action is at least as good as each of her others whatever the others
    do.
    """

    game: NormalForm
    strategies: Profile[Strategy]
    claim: Literal["nash equilibrium", "dominant strategies"] = NASH

    @cached_property
    def payoffs(self) -> Profile[Exact]:
        """What each player gets in expectation, exactly."""
        return Profile({player: self.game.expected(player, self.strategies) for player in self.game.players})

    def regret(self, player: str) -> Exact:
        """The most that ``player`` gains by another action while the others play their strategies: 0 in equilibrium."""
        best = max(self.game.against(player, self.strategies).values())
        return exact(Fraction(best) - self.game.expected(player, self.strategies))

    def check(self) -> bool:
        """Whether the claim holds, by its definition, in exact arithmetic, with nothing taken from the solver."""
        for player in self.game.players:
            weights = [self.strategies[player][action] for action in self.game.actions[player]]
            if len(self.strategies[player]) != len(weights) or min(weights) < 0 or sum(weights) != 1:
                return False
        if len(self.strategies) != len(self.game.players):
            return False
        if self.claim == DOMINANT:
            return self._dominance() is not None
        return all(self.regret(player) == 0 for player in self.game.players)

    @property
    def strict(self) -> bool:
        """Whether each player plays one action and every other is strictly worse.

        For "nash equilibrium" worse while the others stay (Harsanyi 1973), for "dominant strategies" whatever
        they do.
        """
        if self.claim == DOMINANT:
            return self._dominance() == "strict"
        for player in self.game.players:
            pays = self.game.against(player, self.strategies)
            best = max(pays.values())
            if [action for action, value in pays.items() if value == best] != list(self.strategies[player].support):
                return False
            if len(self.strategies[player].support) > 1:
                return False
        return True

    def _dominance(self) -> Literal["strict", "weak"] | None:
        strict = True
        for i, player in enumerate(self.game.players):
            if len(self.strategies[player].support) != 1:
                return None
            payoffs = np.moveaxis(self.game.payoffs[..., i], i, 0)
            place = self.game.actions[player].index(self.strategies[player].support[0])
            for k in range(len(payoffs)):
                if k != place:
                    if not np.all(payoffs[place] >= payoffs[k]):
                        return None
                    strict = strict and bool(np.all(payoffs[place] > payoffs[k]))
        return "strict" if strict else "weak"

    @property
    def certificate(self) -> dict[str, Any]:
        """The claim with all that is needed to re-check it, as JSON data with rational numbers as text."""
        game = self.game
        found: dict[str, Any] = {
            "rulewright": 1,
            "claim": self.claim,
            "game": game_data(game),
            "strategies": {
                player: [str(self.strategies[player][action]) for action in game.actions[player]]
                for player in game.players
            },
        }
        if self.claim == DOMINANT:
            found["strict"] = self.strict
        return found

    def __str__(self) -> str:
        plays = "; ".join(f"{player}: {strategy}" for player, strategy in self.strategies.items())
        return f"{plays}  (pays {', '.join(f'{player} {brief(x)}' for player, x in self.payoffs.items())})"


@dataclass(frozen=True)
class TreeEquilibrium(Shown):
    """A move at every decision of a game tree with perfect information, best in every subgame (Selten 1965).

    ``choices`` maps information sets to moves; ``strategies[player]`` is the part of it that the player
    decides.
    """

    game: ExtensiveForm
    choices: Profile[Any]

    claim = SUBGAME_PERFECT

    @cached_property
    def strategies(self) -> Profile[Profile[Any]]:
        """{player: {information set: move}}."""
        found: dict[str, dict[str, Any]] = {player: {} for player in self.game.players}
        for node, _ in self.game.table:
            if isinstance(node, Decision):
                found[node.player][node.infoset] = self.choices[node.infoset]
        return Profile({player: Profile(moves) for player, moves in found.items()})

    def _fold(self, player: str | None) -> list[list[Exact]]:
        """Payoffs at each node from its children's; at the decisions of ``player`` the best for her, not the choice."""
        values: list[list[Exact]] = [[] for _ in self.game.table]
        for k in reversed(range(len(values))):
            node, children = self.game.table[k]
            if isinstance(node, Terminal):
                values[k] = [exact(node.payoffs[name]) for name in self.game.players]
            elif isinstance(node, Chance):
                values[k] = mean(node.weights(), [values[c] for c in children])
            elif node.player == player:
                i = self.game.players.index(player)
                values[k] = max((values[c] for c in children), key=lambda row: row[i])
            else:
                values[k] = values[children[list(node.moves).index(self.choices[node.infoset])]]
        return values

    @property
    def payoffs(self) -> Profile[Exact]:
        """What each player gets in expectation from the root on, exactly."""
        return Profile(dict(zip(self.game.players, self._fold(None)[0], strict=True)))

    def regret(self, player: str) -> Exact:
        """The most that ``player`` gains in any subgame by other moves of hers there: 0 in equilibrium."""
        i = self.game._player(player)
        kept, best = self._fold(None), self._fold(player)
        return exact(max(Fraction(b[i]) - a[i] for a, b in zip(kept, best, strict=True)))

    def check(self) -> bool:
        """Whether no player gains in any subgame by any other strategy, in exact arithmetic."""
        decisions = {node.infoset: node for node, _ in self.game.table if isinstance(node, Decision)}
        if not self.game.perfect_information or set(decisions) != set(self.choices):
            return False
        if any(self.choices[infoset] not in node.moves for infoset, node in decisions.items()):
            return False
        return all(self.regret(player) == 0 for player in self.game.players)

    @cached_property
    def path(self) -> tuple[Any, ...]:
        """The moves that are played from the root on, up to the first chance move or the end."""
        moves: list[Any] = []
        node, children = self.game.table[0]
        while isinstance(node, Decision):
            moves.append(self.choices[node.infoset])
            node, children = self.game.table[children[list(node.moves).index(moves[-1])]]
        return tuple(moves)

    @property
    def certificate(self) -> dict[str, Any]:
        """The claim with all that is needed to re-check it, as JSON data with rational numbers as text."""
        nodes: list[dict[str, Any]] = []
        for node, children in self.game.table:
            if isinstance(node, Terminal):
                nodes.append({"payoffs": {name: str(exact(node.payoffs[name])) for name in self.game.players}})
            elif isinstance(node, Chance):
                triples = zip(node.moves, node.weights(), children, strict=True)
                nodes.append({"chance": [[str(label), str(p), child] for label, p, child in triples]})
            else:
                moves = [[str(label), child] for label, child in zip(node.moves, children, strict=True)]
                nodes.append({"player": node.player, "infoset": node.infoset, "moves": moves})
        return {
            "rulewright": 1,
            "claim": self.claim,
            "tree": {"name": self.game.name, "players": list(self.game.players), "nodes": nodes, "root": 0},
            "choices": {infoset: str(move) for infoset, move in self.choices.items()},
        }

    def __str__(self) -> str:
        shown = [f"{infoset}: {move}" for infoset, move in self.choices.items()]
        if len(shown) > 12:
            shown[12:] = [f"... and {len(shown) - 12} more decisions"]
        return f"{'; '.join(shown)}  (pays {', '.join(f'{player} {brief(x)}' for player, x in self.payoffs.items())})"


@dataclass(frozen=True)
class Elimination(Shown):
    """One step of iterated strict dominance: ``action`` is worse than ``dominator`` whatever the others do.

    ``remaining`` is what was left of the game before the step; against each profile of the others in it the
    mixed strategy ``dominator`` pays ``player`` strictly more than ``action`` (Pearce 1984, Bernheim 1984).
    """

    game: NormalForm
    round: int
    player: str
    action: Any
    dominator: Strategy
    remaining: Profile[tuple[Any, ...]]

    def check(self) -> bool:
        """Whether the domination holds, by its definition, in exact arithmetic."""
        return self.margin() > 0

    def margin(self) -> Exact:
        """By how much the dominator is better, at least."""
        i = self.game.players.index(self.player)
        rows = [[self.game._action(name, x) for x in self.remaining[name]] for name in self.game.players]
        others = [*rows[:i], range(self.game.sizes[i]), *rows[i + 1 :]]
        block = np.moveaxis(self.game.payoffs[..., i][np.ix_(*others)], i, 0)
        weights = {self.game._action(self.player, x): Fraction(p) for x, p in self.dominator.items() if p}
        if any(k not in rows[i] for k in weights):
            return -1
        own = block[self.game._action(self.player, self.action)].ravel().tolist()
        pays = {k: block[k].ravel().tolist() for k in weights}
        return exact(min(
            sum((p * exact(pays[k][s]) for k, p in weights.items()), Fraction(0)) - exact(own[s])
            for s in range(len(own))
        ))  # fmt: skip

    def __str__(self) -> str:
        return f"round {self.round}: {self.player}'s {self.action} is strictly worse than {self.dominator}"


@dataclass(frozen=True)
class Solution(Shown, Sequence["Equilibrium | TreeEquilibrium"]):
    """The answer of :func:`solve`: a sequence of equilibria, whether it is complete, and how it was found.

    ``complete`` is True only when it is proved that ``equilibria`` holds all that the concept asks for; ``why``
    says what is missing, why nothing was found, or what the list stands for. For "rationalizable",
    ``surviving`` holds the actions that are left of each player and ``eliminated`` the steps that removed the
    others.

    >>> import rulewright as rw
    >>> solution = rw.solve(rw.games.prisoners_dilemma())
    >>> len(solution), solution.complete, solution[0].payoffs["row"], solution[0].check()
    (1, True, 1, True)
    """

    game: NormalForm | ExtensiveForm
    concept: str
    equilibria: tuple[Equilibrium | TreeEquilibrium, ...]
    complete: bool
    method: str
    why: str = ""
    surviving: Profile[tuple[Any, ...]] | None = None
    eliminated: tuple[Elimination, ...] = ()

    def __post_init__(self) -> None:
        if not self.equilibria and self.surviving is None and not self.why:
            raise ValueError("a solution without an equilibrium needs a reason")

    def check(self) -> bool:
        """Whether each equilibrium and each elimination passes its own exact check."""
        return all(found.check() for found in self.equilibria) and all(step.check() for step in self.eliminated)

    @overload
    def __getitem__(self, k: int) -> Equilibrium | TreeEquilibrium: ...
    @overload
    def __getitem__(self, k: slice) -> tuple[Equilibrium | TreeEquilibrium, ...]: ...
    def __getitem__(self, k: Any) -> Any:
        return self.equilibria[k]

    def __len__(self) -> int:
        return len(self.equilibria)

    def __str__(self) -> str:
        lines = [f'"{self.concept}" of "{self.game.name}": {self._count()}']
        lines += [f"  {k}. {found}" for k, found in enumerate(self.equilibria[:50], 1)]
        if len(self) > 50:
            lines.append(f"  ... and {len(self) - 50} more")
        if self.surviving is not None:
            lines += [f"  {player}: {', '.join(map(str, kept))}" for player, kept in self.surviving.items()]
            lines += [f"  {step}" for step in self.eliminated]
        lines += [f"Method: {self.method}."]
        if self.why:
            lines += [f"Note: {self.why}."]
        return "\n".join(lines)

    def _count(self) -> str:
        known = "complete" if self.complete else "not proved complete"
        if self.surviving is not None:
            left = " × ".join(str(len(kept)) for kept in self.surviving.values())
            return f"{left} actions survive, {known}"
        n = len(self)
        return f"{n if n else 'no'} equilibri{'um' if n == 1 else 'a'}, {known}"


def brief(value: Exact) -> str:
    """An exact number for people: as it is if short, else its first digits."""
    if value.denominator < 10**6 and abs(value.numerator) < 10**15:
        return show(value)
    try:
        return f"{float(value):.6g}"
    except OverflowError:
        return f"about {'-' if value < 0 else ''}10^{len(str(abs(int(value)))) - 1}"


def pure(
    game: NormalForm, actions: Sequence[int], claim: Literal["nash equilibrium", "dominant strategies"] = NASH
) -> Equilibrium:
    """The claim that the actions with these indices, one for each player, are an equilibrium."""
    weights = [[int(k == place) for k in range(size)] for place, size in zip(actions, game.sizes, strict=True)]
    return mixed(game, weights, claim)


def mixed(
    game: NormalForm,
    weights: Sequence[Sequence[Number]],
    claim: Literal["nash equilibrium", "dominant strategies"] = NASH,
) -> Equilibrium:
    """The claim that these probabilities, a row for each player in the order of her actions, are an equilibrium."""
    rows = zip(game.actions.items(), weights, strict=True)
    strategies = {player: Strategy(dict(zip(labels, row, strict=True))) for (player, labels), row in rows}
    return Equilibrium(game, Profile(strategies), claim)


def mean(weights: Sequence[Exact], rows: Sequence[Sequence[Exact]]) -> list[Exact]:
    """The weighted mean of rows of payoffs, entry by entry."""
    return [exact(sum((Fraction(p) * x for p, x in zip(weights, column, strict=True)), Fraction(0)))
            for column in zip(*rows, strict=True)]  # fmt: skip


def game_data(game: NormalForm) -> dict[str, Any]:
    """A game in normal form as the JSON data of a certificate: payoffs in row-major order, as rational text."""
    return {
        "name": game.name,
        "players": list(game.players),
        "actions": {player: [str(label) for label in game.actions[player]] for player in game.players},
        "payoffs": {
            player: [str(exact(x)) for x in game.payoffs[..., i].ravel().tolist()]
            for i, player in enumerate(game.players)
        },
    }
