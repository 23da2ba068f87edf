"""A game in extensive form: a tree of moves by players and by chance."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from .errors import BadInput, GameTooLarge, nearest
from .normal_form import LIMIT as PROFILES
from .normal_form import NormalForm
from .numbers import Number, exact, number, probabilities, show
from .profile import Profile
from .show import Shown

Label = Any  # any hashable label: a text, a number, a tuple

LIMIT = 10**6  # nodes of a tree


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Terminal:
    """The end of a play: what each player gets, and the outcome's label if it has one.

    >>> Terminal({"ann": 1, "bob": 0}, outcome="ann keeps it")
    <Terminal ann keeps it: ann 1, bob 0>
    """

    payoffs: Profile[Number]
    outcome: Label

    def __init__(self, payoffs: Mapping[str, Number], outcome: Label = None) -> None:
        if not isinstance(payoffs, Mapping):
            raise BadInput(f"the payoffs of an end of play are {payoffs!r}; give a mapping from players to numbers")
        checked = {player: number(x, f"the payoff of {player}") for player, x in payoffs.items()}
        object.__setattr__(self, "payoffs", Profile(checked))
        object.__setattr__(self, "outcome", outcome)

    def __repr__(self) -> str:
        paid = ", ".join(f"{player} {show(x)}" for player, x in self.payoffs.items())
        return f"<Terminal {'' if self.outcome is None else f'{self.outcome}: '}{paid}>"


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Decision:
    """A player's move: ``moves`` maps labels to the nodes they lead to.

    A player cannot tell apart the nodes that carry the same ``infoset``; they have the same player and moves.

    >>> Decision("ann", "start", {"keep": Terminal({"ann": 1}), "give": Terminal({"ann": 0})})
    <Decision of ann at start: keep, give>
    """

    player: str
    infoset: str
    moves: Mapping[Label, Node]

    def __init__(self, player: str, infoset: str, moves: Mapping[Label, Node]) -> None:
        where = f'the decision "{infoset}" of {player}'
        if not isinstance(player, str) or not isinstance(infoset, str) or not player or not infoset:
            raise BadInput(f"{where} needs a text as player and a text as information set")
        object.__setattr__(self, "player", player)
        object.__setattr__(self, "infoset", infoset)
        object.__setattr__(self, "moves", _moves(moves, where))

    def __repr__(self) -> str:
        return f"<Decision of {self.player} at {self.infoset}: {', '.join(map(str, self.moves))}>"


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Chance:
    """A move of chance: ``moves`` maps labels to pairs (probability, node); the probabilities sum to 1.

    >>> Chance({"heads": (0.5, Terminal({"ann": 1})), "tails": (0.5, Terminal({"ann": 0}))})
    <Chance: heads 0.5, tails 0.5>
    """

    moves: Mapping[Label, tuple[Number, Node]]

    def __init__(self, moves: Mapping[Label, tuple[Number, Node]]) -> None:
        pairs = _moves(moves, "the move of chance")
        for label, pair in pairs.items():
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise BadInput(f'the move "{label}" of chance is {pair!r}; give a pair (probability, node)')
        checked = probabilities((p for p, _ in pairs.values()), "the move of chance")
        rows = zip(pairs.items(), checked, strict=True)
        object.__setattr__(self, "moves", Profile({label: (p, node) for (label, (_, node)), p in rows}))

    def weights(self) -> list[int | Fraction]:
        """The exact probabilities in the order of ``moves``; floats are scaled so that they sum to exactly 1."""
        found = [exact(p) for p, _ in self.moves.values()]
        total = sum(found, Fraction(0))
        return [exact(p / total) for p in found]

    def __repr__(self) -> str:
        return f"<Chance: {', '.join(f'{label} {show(p)}' for label, (p, _) in self.moves.items())}>"


Node = Decision | Chance | Terminal


@dataclass(frozen=True, init=False, eq=False, repr=False)
class ExtensiveForm(Shown):
    """A tree of decisions, moves of chance and ends of play (Kuhn 1953).

    ``players`` is a sequence of names, ``root`` a node. ``table`` lists every node with the indices of its
    children, the root first and each node before its children. Raises BadInput if nodes of one information set
    differ in player or moves, an end of play leaves a player without payoff, or a name is none of the players;
    GameTooLarge above 10**6 nodes.

    >>> trust = ExtensiveForm("trust", ("ann", "bob"), Decision("ann", "send?", {
    ...     "keep": Terminal({"ann": 1, "bob": 0}),
    ...     "send": Decision("bob", "return?", {
    ...         "share": Terminal({"ann": 2, "bob": 2}), "take": Terminal({"ann": 0, "bob": 4})})}))
    >>> print(trust)
    trust: ann, bob
    send? (ann)
      keep: ann 1, bob 0
      send: return? (bob)
        share: ann 2, bob 2
        take: ann 0, bob 4
    >>> trust.nodes, trust.perfect_information
    (5, True)
    """

    name: str
    players: tuple[str, ...]
    root: Node
    table: tuple[tuple[Node, tuple[int, ...]], ...]

    def __init__(self, name: str, players: Iterable[str], root: Node) -> None:
        names = tuple(players) if not isinstance(players, str) else (players,)
        for k, player in enumerate(names):
            if not isinstance(player, str) or not player:
                raise BadInput(f'a player of "{name}" is named {player!r}; a player\'s name is a text')
            if player in names[:k]:
                raise BadInput(f'the player "{player}" is named twice in "{name}"; name each player once')
        if not names:
            raise BadInput(f'the game "{name}" has no players; name at least one')
        put = object.__setattr__
        put(self, "name", str(name))
        put(self, "players", names)
        put(self, "root", root)
        put(self, "table", _table(root))
        self._validate()

    def _validate(self) -> None:
        seen: dict[str, Decision] = {}
        for node, _ in self.table:
            if isinstance(node, Terminal):
                for player in self.players:
                    if player not in node.payoffs:
                        where = f' "{node.outcome}"' if node.outcome is not None else ""
                        raise BadInput(f"the end of play{where} has no payoff for {player}; each player needs one")
                for player in node.payoffs:
                    if player not in self.players:
                        raise BadInput(f'a payoff is given to "{player}"; {nearest(player, self.players)}')
            elif isinstance(node, Decision):
                if node.player not in self.players:
                    hint = nearest(node.player, self.players)
                    raise BadInput(f'the decision "{node.infoset}" is of "{node.player}"; {hint}')
                first = seen.setdefault(node.infoset, node)
                if first.player != node.player:
                    raise BadInput(
                        f'the information set "{node.infoset}" is of {first.player} and of {node.player}; '
                        "it must be of one player"
                    )
                if list(first.moves) != list(node.moves):
                    one, other = (", ".join(map(str, x.moves)) for x in (first, node))
                    raise BadInput(
                        f'the information set "{node.infoset}" has the moves {one} at one node and {other} at '
                        "another; they must be the same, in the same order"
                    )

    @property
    def nodes(self) -> int:
        """How many nodes the tree has."""
        return len(self.table)

    @cached_property
    def infosets(self) -> Mapping[str, Decision]:
        """{information set: a decision in it}, in the order in which the tree is read."""
        found: dict[str, Decision] = {}
        for node, _ in self.table:
            if isinstance(node, Decision):
                found.setdefault(node.infoset, node)
        return found

    @property
    def perfect_information(self) -> bool:
        """Whether every player always knows all that happened: each information set is one node."""
        return len(self.infosets) == sum(isinstance(node, Decision) for node, _ in self.table)

    def _player(self, player: str) -> int:
        if player not in self.players:
            raise BadInput(f'no player "{player}" in "{self.name}"; {nearest(str(player), self.players)}')
        return self.players.index(player)

    def to_normal_form(self, *, reduced: bool = True) -> NormalForm:
        """The strategic form: an action is a plan, one move for each information set of the player (Kuhn 1953).

        Its label joins the moves with ", " in the order of ``infosets``; in the reduced form "·" stands where
        the plan's own moves rule the information set out. Raises GameTooLarge above 10**7 profiles, before
        memory is touched; BadInput for the reduced form of a tree in which a player forgets what she knew or
        did.
        """
        sets = {player: [h for h, node in self.infosets.items() if node.player == player] for player in self.players}
        before = self._before() if reduced else {}
        counts = [_count(self.infosets, sets[player], before, reduced) for player in self.players]
        remedy = "solve the tree itself" if reduced else "use the reduced form, or solve the tree itself"
        if math.prod(counts) > PROFILES:
            raise GameTooLarge(f'profiles of plans in "{self.name}"', math.prod(counts), PROFILES, remedy)
        moves = sum(count * len(sets[player]) for count, player in zip(counts, self.players, strict=True))
        if moves > PROFILES:
            raise GameTooLarge(f'moves in all plans in "{self.name}"', moves, PROFILES, remedy)
        plans = [list(_plans(self.infosets, sets[player], before, reduced)) for player in self.players]
        labels = {
            player: [", ".join(str(plan.get(h, "·")) for h in sets[player]) or "(no decision)" for plan in own]
            for player, own in zip(self.players, plans, strict=True)
        }
        return NormalForm(self.name, labels, self._payoffs(plans))

    def _before(self) -> Before:
        """{information set: the player's own last (information set, move) on the way to it}, None if it is her first.

        Raises BadInput if that differs between the nodes of an information set: then the player forgets.
        """
        last: list[dict[str, tuple[str, Label]]] = [{} for _ in self.table]
        found: Before = {}
        for k, (node, children) in enumerate(self.table):
            if isinstance(node, Decision):
                past = last[k].get(node.player)
                if found.setdefault(node.infoset, past) != past:
                    raise BadInput(
                        f'{node.player} forgets at "{node.infoset}" what she knew or did before; '
                        "use to_normal_form(reduced=False)"
                    )
                for label, child in zip(node.moves, children, strict=True):
                    last[child] = {**last[k], node.player: (node.infoset, label)}
            else:
                for child in children:
                    last[child] = last[k]
        return found

    def _payoffs(self, plans: list[list[dict[str, Label]]]) -> Any:
        """payoffs[s_1, ..., s_N, i]: each end of play counts where the plans of all players lead to it."""
        certain = not any(isinstance(node, Chance) for node, _ in self.table)
        total = np.zeros((*(len(own) for own in plans), len(self.players)), dtype=object)
        reach: list[tuple[int | Fraction, tuple[list[int], ...]]] = [(0, ())] * len(self.table)
        reach[0] = (1, tuple(list(range(len(own))) for own in plans))
        for k, (node, children) in enumerate(self.table):
            p, who = reach[k]
            if isinstance(node, Terminal):
                for i, player in enumerate(self.players):
                    x = node.payoffs[player]
                    total[..., i][np.ix_(*who)] += x if certain else p * exact(x)
            elif isinstance(node, Chance):
                for weight, child in zip(node.weights(), children, strict=True):
                    reach[child] = (p * weight, who)
            else:
                i = self.players.index(node.player)
                for label, child in zip(node.moves, children, strict=True):
                    kept = [s for s in who[i] if plans[i][s].get(node.infoset) == label]
                    reach[child] = (p, (*who[:i], kept, *who[i + 1 :]))
        return total

    def save(self, path: str | Path) -> None:
        """Write the tree to an ``.efg`` file (Gambit's format), from which :func:`load` reads it back."""
        from .files import save

        save(self, path)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ExtensiveForm):
            return NotImplemented
        return (self.name, self.players, self._flat()) == (other.name, other.players, other._flat())

    def __hash__(self) -> int:
        return hash((self.name, self.players, tuple(self._flat())))

    def _flat(self) -> list[tuple[Any, ...]]:
        """The table as plain tuples.

        (player, infoset, labels, children), (None, labels, chances, children) or (payoffs, outcome).
        """
        rows: list[tuple[Any, ...]] = []
        for node, children in self.table:
            if isinstance(node, Terminal):
                rows.append((node.payoffs, node.outcome))
            elif isinstance(node, Chance):
                chances = tuple(p for p, _ in node.moves.values())
                rows.append((None, tuple(node.moves), chances, children))
            else:
                rows.append((node.player, node.infoset, tuple(node.moves), children))
        return rows

    def __reduce__(self) -> tuple[Any, tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]:
        return _rebuild, (self.name, self.players, self._flat())

    def __repr__(self) -> str:
        return f'<ExtensiveForm "{self.name}": {", ".join(self.players)}; {self.nodes} nodes>'

    def __str__(self) -> str:
        lines = [f"{self.name}: {', '.join(self.players)}"]
        waiting: list[tuple[int, int, str]] = [(0, 0, "")]
        while waiting:
            k, depth, before = waiting.pop()
            if len(lines) == 60:
                lines.append(f"... {self.nodes} nodes in all")
                break
            node, children = self.table[k]
            lines.append("  " * depth + before + _line(node, self.players))
            names = [str(label) for label in node.moves] if not isinstance(node, Terminal) else []
            if isinstance(node, Chance):
                names = [f"{label} [{show(p)}]" for label, (p, _) in node.moves.items()]
            for child, label in reversed(list(zip(children, names, strict=True))):
                waiting.append((child, depth + 1, f"{label}: "))
        return "\n".join(lines)


def _line(node: Node, players: tuple[str, ...]) -> str:
    if isinstance(node, Terminal):
        paid = ", ".join(f"{player} {show(node.payoffs[player])}" for player in players)
        return paid if node.outcome is None else f"{node.outcome} ({paid})"
    return "(chance)" if isinstance(node, Chance) else f"{node.infoset} ({node.player})"


def _moves(moves: Any, where: str) -> Profile[Any]:
    if not isinstance(moves, Mapping) or not moves:
        raise BadInput(f"{where} has the moves {moves!r}; give a mapping from labels to nodes, with at least one")
    if len({str(label) for label in moves}) < len(moves):
        raise BadInput(f"{where} has two moves with the same label; name each move once")
    return Profile(moves)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes that a node's moves lead to, in their order."""
    if isinstance(node, Decision):
        return tuple(node.moves.values())
    return tuple(child for _, child in node.moves.values()) if isinstance(node, Chance) else ()


def _table(root: Node) -> tuple[tuple[Node, tuple[int, ...]], ...]:
    """Every node with its children's indices, in preorder; a node that is reached twice is listed twice."""
    size = _size(root)
    if size > LIMIT:
        raise GameTooLarge("nodes in the tree", size, LIMIT, "declare fewer moves or a shorter game")
    order: list[Node] = []
    below: list[list[int]] = []
    waiting: list[tuple[Node, int]] = [(root, -1)]
    while waiting:
        node, parent = waiting.pop()
        if parent >= 0:
            below[parent].append(len(order))
        waiting += [(child, len(order)) for child in reversed(children(node))]
        order.append(node)
        below.append([])
    return tuple((node, tuple(rows)) for node, rows in zip(order, below, strict=True))


def _size(root: Node) -> int:
    """How many nodes the tree has, counted without writing it out (subtrees may be shared)."""
    sizes: dict[int, int] = {}
    open_: set[int] = set()
    waiting: list[tuple[Node, bool]] = [(root, False)]
    while waiting:
        node, done = waiting.pop()
        if done:
            open_.discard(id(node))
            sizes[id(node)] = 1 + sum(sizes[id(child)] for child in children(node))
        elif id(node) not in sizes:
            if not isinstance(node, Decision | Chance | Terminal):
                raise BadInput(f"a move leads to {node!r}; it must lead to a Decision, a Chance or a Terminal")
            if id(node) in open_:
                raise BadInput(f"the moves lead from {node!r} back to it; a tree has no way back")
            open_.add(id(node))
            waiting.append((node, True))
            waiting += [(child, False) for child in children(node)]
    return sizes[id(root)]


def _rebuild(name: str, players: tuple[str, ...], rows: list[tuple[Any, ...]]) -> ExtensiveForm:
    """The tree from the plain tuples of ``_flat``, its nodes made from the last to the first."""
    made: list[Any] = [None] * len(rows)
    for k in reversed(range(len(rows))):
        row = rows[k]
        if len(row) == 2:
            made[k] = Terminal(*row)
        elif row[0] is None:
            triples = zip(row[1], row[2], row[3], strict=True)
            made[k] = Chance({label: (p, made[child]) for label, p, child in triples})
        else:
            pairs = zip(row[2], row[3], strict=True)
            made[k] = Decision(row[0], row[1], {label: made[child] for label, child in pairs})
    return ExtensiveForm(name, players, made[0])


Before = dict[str, tuple[str, Label] | None]


def _count(infosets: Mapping[str, Decision], own: list[str], before: Before, reduced: bool) -> int:
    """How many plans a player has, without listing them: own moves lead to own sets as in a forest."""
    if not reduced:
        return math.prod(len(infosets[h].moves) for h in own)
    after: dict[tuple[str, Label] | None, int] = {}
    for h in reversed(own):
        plans = sum(after.get((h, label), 1) for label in infosets[h].moves)
        after[before[h]] = after.get(before[h], 1) * plans
    return after.get(None, 1)


def _plans(
    infosets: Mapping[str, Decision], own: list[str], before: Before, reduced: bool
) -> Iterable[dict[str, Label]]:
    """Each plan as {information set: move}; in the reduced form without the sets that the plan rules out."""
    if not reduced:
        return (dict(zip(own, moves, strict=True)) for moves in product(*(infosets[h].moves for h in own)))
    plans: list[dict[str, Label]] = [{}]
    for h in own:
        link = before[h]
        longer: list[dict[str, Label]] = []
        for plan in plans:
            if link is None or plan.get(link[0]) == link[1]:
                longer += [{**plan, h: label} for label in infosets[h].moves]
            else:
                longer.append(plan)
        plans = longer
    return plans
