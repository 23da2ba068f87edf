"""Protocols: a rule as a program of steps, one text that many interpreters read.

A protocol is a generator function of the players: it yields steps (cut, mark, trim, choose), is sent what came of
each, and returns who gets which piece. Generators cannot be copied, so an interpreter that needs to go back replays
the answers given so far. The interpreters here: honest play (a direct mechanism), the game tree under complete
information, play by selfish players who know each other, the worst that can become of an honest one, plain English,
and the count of queries.
"""

from __future__ import annotations

import inspect
import itertools
import math
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

from ..games.cake import (
    WHOLE,
    Division,
    Divisions,
    Exact,
    Piece,
    as_piece,
    cut,
    divisions,
    equal_cuts,
    mark,
    show_piece,
    value_of,
)
from ..games.environment import Environment, Type
from ..games.errors import BadInput, GameTooLarge, nearest
from ..games.extensive import Decision, ExtensiveForm, Node, Terminal
from ..games.numbers import Number, exact, show
from ..games.outcomes import Outcome
from ..games.profile import Profile
from ..games.show import Shown
from .measures import Measure
from .rule import DirectMechanism
from .table import Table

Move = Any
Points = tuple[Exact, ...]

LIMIT = 200_000  # nodes of a tree, and nodes looked at in play by selfish players


class Queries(NamedTuple):
    """How often players are asked, in the model of Robertson and Webb (1998).

    A cut query asks for a point, an eval query for the worth of an interval.

    >>> Queries(cut=1, eval=1).total
    2
    """

    cut: int
    eval: int

    @property
    def total(self) -> int:
        """Cut and eval queries together."""
        return self.cut + self.eval


# -- steps -----------------------------------------------------------------------------------------------------
# A step answers the same questions to every interpreter: the honest move of a type, all moves among given points, what
# the protocol is sent when a move is made, how a move and the step read, and how many queries an honest move takes.


@dataclass(frozen=True)
class Cut:
    """``pieces = yield Cut(player, parts)``: a player cuts a piece (the cake) into parts, from left to right.

    Honest: parts of equal worth to her, each cut at the leftmost point that does.

    >>> Cut("ann").sent((Fraction(1, 3),))
    (((0, Fraction(1, 3)),), ((Fraction(1, 3), 1),))
    """

    player: str
    parts: int = 2
    of: Piece = WHOLE

    def honest(self, space: Divisions, type: Type) -> Move:
        """The points at which a type cuts."""
        return equal_cuts(space, type, self.parts, self.of)

    def points(self, space: Divisions, type: Type) -> Points:
        """The ends of the piece, and the points that a type, hers or another's, would call equal cuts."""
        return (*_ends(self.of), *equal_cuts(space, type, self.parts, self.of))

    def moves(self, points: Points) -> Iterator[Move]:
        """All ways to cut at these points (parts may be empty)."""
        return itertools.combinations_with_replacement(_within(points, self.of), self.parts - 1)

    def count(self, points: Points) -> int:
        """How many moves there are at most."""
        return math.comb(max(len(points), 2) + self.parts - 2, self.parts - 1)

    def sent(self, move: Move) -> tuple[Piece, ...]:
        """The pieces."""
        return cut(self.of, move)

    def label(self, move: Move) -> str:
        """The move in words."""
        return f"cut at {', '.join(map(show, move))}"

    def words(self) -> str:
        """The step in words."""
        return f"{self.player} cuts {_called(self.of)} into {self.parts} pieces"

    def queries(self, move: Move) -> Queries:
        """How many queries an honest move takes."""
        return Queries(self.parts - 1, 0 if self.of == WHOLE else len(self.of))


@dataclass(frozen=True)
class Mark:
    """``x = yield Mark(player, share, of)``: a player names the point left of which a share of a piece lies.

    Honest: the leftmost point x such that the part of ``of`` left of x is the ``share`` of it by her worth. With
    ``until``, a mark that is made already, she may move it to the left or leave it; honest: she leaves it unless the
    slice left of it is worth more to her than the share. In the game the players see each other's marks, in the order
    in which they are made.

    >>> Mark("ann", Fraction(1, 3)).words()
    'ann marks where the left 1/3 of the cake ends'
    >>> Mark("ann", Fraction(1, 3), until=Fraction(1, 2)).words()
    'ann may move the mark at 1/2 to the left, to where the left 1/3 of the cake ends'
    """

    player: str
    share: Exact
    of: Piece = WHOLE
    until: Exact | None = None

    def honest(self, space: Divisions, type: Type) -> Move:
        """The point that a type marks."""
        amount = exact(value_of(space, type, self.of) * self.share)
        if self.until is not None and value_of(space, type, cut(self.of, [self.until])[0]) <= amount:
            return self.until
        return mark(space, type, self.of[0][0] if self.of else 0, amount, self.of)

    def points(self, space: Divisions, type: Type) -> Points:
        """The ends of the piece, and the point that a type, hers or another's, would mark."""
        return (*_ends(self.of), self.honest(space, type))

    def moves(self, points: Points) -> Iterator[Move]:
        """All points, or those that are not right of the mark made already, with that one."""
        if self.until is None:
            return iter(_within(points, self.of))
        return iter((*(x for x in _within(points, self.of) if x < self.until), self.until))

    def count(self, points: Points) -> int:
        """How many moves there are at most."""
        return max(len(points), 2) + (self.until is not None)

    def sent(self, move: Move) -> Exact:
        """The point."""
        point: Exact = move
        return point

    def label(self, move: Move) -> str:
        """The move in words."""
        return f"mark {show(move)}"

    def words(self) -> str:
        """The step in words."""
        where = f"where the left {show(self.share)} of {_called(self.of)} ends"
        if self.until is None:
            return f"{self.player} marks {where}"
        return f"{self.player} may move the mark at {show(self.until)} to the left, to {where}"

    def queries(self, move: Move) -> Queries:
        """How many queries an honest move takes."""
        whole = 0 if self.of == WHOLE else len(self.of)
        if self.until is None:
            return Queries(1, whole)
        return Queries(int(move != self.until), whole + len(cut(self.of, [self.until])[0]))


class Trimmed(NamedTuple):
    """What comes of a :class:`Trim`: the pieces with one made smaller, that one, and what was cut off it.

    >>> Trimmed(pieces=(WHOLE,), piece=WHOLE, rest=()).rest
    ()
    """

    pieces: tuple[Piece, ...]
    piece: Piece
    rest: Piece


@dataclass(frozen=True)
class Trim:
    """``pieces, trimmed, rest = yield Trim(player, pieces)``: a player cuts the right end off one of the pieces.

    Honest: she trims her best piece (the first of them) to the worth of her second best. What is sent is a
    :class:`Trimmed`.

    >>> Trim("bob", (WHOLE, ())).words()
    'bob trims one of the 2 pieces'
    """

    player: str
    pieces: tuple[Piece, ...]

    def honest(self, space: Divisions, type: Type) -> Move:
        """(which piece, where the rest begins)."""
        worths = [value_of(space, type, each) for each in self.pieces]
        best = worths.index(max(worths))
        second = max(worth for k, worth in enumerate(worths) if k != best)
        piece = self.pieces[best]
        if worths[best] == second or not piece:
            return best, piece[-1][1] if piece else 1
        return best, mark(space, type, piece[0][0], second, piece)

    def points(self, space: Divisions, type: Type) -> Points:
        """The ends of the pieces, and the point at which a type, hers or another's, would trim."""
        return (*(x for piece in self.pieces for x in _ends(piece)), self.honest(space, type)[1])

    def moves(self, points: Points) -> Iterator[Move]:
        """Every piece trimmed at every point in it."""
        for k, piece in enumerate(self.pieces):
            yield from ((k, x) for x in _within(points, piece))

    def count(self, points: Points) -> int:
        """How many moves there are at most."""
        return len(self.pieces) * max(len(points), 2)

    def sent(self, move: Move) -> Trimmed:
        """The pieces, the trimmed one, the rest."""
        which, x = move
        piece, rest = cut(self.pieces[which], [x])
        return Trimmed((*self.pieces[:which], piece, *self.pieces[which + 1 :]), piece, rest)

    def label(self, move: Move) -> str:
        """The move in words."""
        return f"trim piece {move[0] + 1} at {show(move[1])}"

    def words(self) -> str:
        """The step in words."""
        return f"{self.player} trims one of the {len(self.pieces)} pieces"

    def queries(self, move: Move) -> Queries:
        """How many queries an honest move takes."""
        return Queries(1, _evals(self.pieces))


@dataclass(frozen=True)
class Choose:
    """``piece, others = yield Choose(player, pieces)``: a player takes one of the pieces.

    Honest: the piece of the most worth to her; of several, the first (the leftmost, as a cut leaves them).

    >>> piece, others = Choose("bob", (((0, Fraction(1, 3)),), ((Fraction(1, 3), 1),))).sent(1)
    >>> piece
    ((Fraction(1, 3), 1),)
    """

    player: str
    among: tuple[Piece, ...]

    def honest(self, space: Divisions, type: Type) -> Move:
        """The place of the piece that a type takes."""
        worths = [value_of(space, type, each) for each in self.among]
        return worths.index(max(worths))

    def points(self, space: Divisions, type: Type) -> Points:
        """None: nothing is cut."""
        return ()

    def moves(self, points: Points) -> Iterator[Move]:
        """Each different piece."""
        return (k for k, each in enumerate(self.among) if each not in self.among[:k])

    def count(self, points: Points) -> int:
        """How many moves there are at most."""
        return len(self.among)

    def sent(self, move: Move) -> tuple[Piece, tuple[Piece, ...]]:
        """The piece and the others."""
        return self.among[move], (*self.among[:move], *self.among[move + 1 :])

    def label(self, move: Move) -> str:
        """The move in words."""
        return f"take {show_piece(self.among[move])}"

    def words(self) -> str:
        """The step in words."""
        return f"{self.player} chooses a piece"

    def queries(self, move: Move) -> Queries:
        """How many queries an honest move takes."""
        return Queries(0, _evals(self.among))


Step = Cut | Mark | Trim | Choose


def _within(points: Points, piece: Piece) -> Points:
    """The points inside a piece, from left to right; its ends if there are none."""
    inside = {x for x in points if any(a <= x <= b for a, b in piece)}
    return tuple(sorted(inside)) or _ends(piece)


def _ends(piece: Piece) -> Points:
    return (piece[0][0], piece[-1][1]) if piece else (0,)


def _evals(pieces: Sequence[Piece]) -> int:
    """Eval queries that compare pieces: one an interval, one less if they make up the cake."""
    intervals = [each for piece in pieces for each in piece]
    return max(len(intervals) - (as_piece(intervals) == WHOLE), 0)


def _called(piece: Piece) -> str:
    return "the cake" if piece == WHOLE else show_piece(piece)


# -- the text ------------------------------------------------------------------------------------------------------

Text = Callable[..., Generator[Any, Any, Mapping[str, Piece]]]


@dataclass(frozen=True, eq=False, repr=False)
class Protocol(Shown):
    """A rule as a program of steps: ``function(*players)`` yields steps and returns {player: piece}.

    ``players`` are those the function is given, in order; None takes the environment's. As a rule (``expect``,
    ``table``, called) a protocol is its honest play. Usually made by :func:`protocol`.

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 3)], "bob": [(2, 2)]})
    >>> print(rw.mechanisms.cut_and_choose(env, {"ann": (1, 3), "bob": (2, 2)}))
    ann [2/3, 1]; bob [0, 2/3]
    """

    name: str
    function: Text
    words: str = ""
    players: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.players is not None:
            object.__setattr__(self, "players", tuple(self.players))
        if doc := inspect.getdoc(self.function):
            object.__setattr__(self, "__doc__", doc)

    @property
    def honest(self) -> DirectMechanism:
        """The direct mechanism in which everyone moves as her reported type honestly would."""
        return honest(self)

    def result(self, env: Environment, reports: Mapping[str, Type]) -> tuple[Outcome, Profile[Number]]:
        """``(division, payments)`` of honest play."""
        return self.honest.result(env, reports)

    def __call__(self, env: Environment, reports: Mapping[str, Type]) -> Any:
        """The division of honest play."""
        return self.honest(env, reports)

    def expect(self, f: Measure | Callable[[Outcome], Number], env: Environment, reports: Any) -> Number:
        """The expectation of ``f`` under honest play."""
        return self.honest.expect(f, env, reports)

    def table(self, env: Environment, until: float = math.inf) -> Table:
        """What honest play does at every profile of reports; raises OutOfTime when the clock passes ``until``."""
        return self.honest.table(env, until)

    def among(self, players: Sequence[str]) -> tuple[str, ...]:
        """Its players, when it is played by these; raises BadInput if they do not fit."""
        order = tuple(players) if self.players is None else self.players
        for player in order:
            if player not in players:
                raise BadInput(f'{self.name} asks for "{player}"; {nearest(player, players)}')
        try:
            inspect.signature(self.function).bind(*order)
        except TypeError:
            roles = inspect.signature(self.function).parameters.values()
            open_ = "or more " if any(role.kind is role.VAR_POSITIONAL for role in roles) else ""
            needs = sum(role.kind is not role.VAR_POSITIONAL for role in roles)
            given = f"{len(order)}: {', '.join(order)}"
            raise BadInput(f"{self.name} is for {needs} {open_}players; there are {given}") from None
        return order

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        module, name = getattr(self.function, "__module__", ""), getattr(self.function, "__qualname__", "")
        if getattr(sys.modules.get(module), name, None) is self:  # the decorator took the function's name
            return _exported, (module, name)
        return Protocol, (self.name, self.function, self.words, self.players)

    def __str__(self) -> str:
        return f"{self.name}: {self.words}" if self.words else self.name


def _exported(module: str, name: str) -> Any:
    return getattr(import_module(module), name)


def protocol(function: Text) -> Protocol:
    """Make a protocol of a generator function of the players; its name and first sentence become the protocol's.

    >>> @protocol
    ... def the_cutter_serves_herself(first, second):
    ...     "One player cuts and takes a piece; the other gets the rest."
    ...     pieces = yield Cut(first, 2)
    ...     piece, others = yield Choose(first, pieces)
    ...     return {first: piece, second: others[0]}
    >>> print(english(the_cutter_serves_herself, ("ann", "bob")))
    1. ann cuts the cake into 2 pieces.
    2. ann chooses a piece.
    3. bob gets the rest.
    """
    words = (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ")
    return Protocol(function.__name__.replace("_", " "), function, words)


# -- interpreters --------------------------------------------------------------------------------------------------


def resume(protocol: Protocol, players: Sequence[str], sent: Sequence[Any] = ()) -> Step | Division:
    """The step at which a protocol stands after these answers, or the division it ends with; raises BadInput.

    >>> from rulewright.mechanisms import cut_and_choose
    >>> resume(cut_and_choose, ("ann", "bob"))
    Cut(player='ann', parts=2, of=((0, 1),))
    """
    order = protocol.among(players)
    return _resume(protocol, order, players, sent)


def _resume(protocol: Protocol, order: tuple[str, ...], players: Sequence[str], sent: Sequence[Any]) -> Step | Division:
    program = protocol.function(*order)
    try:
        step = next(program)
        for answer in sent:
            step = program.send(answer)
    except StopIteration as end:
        if not isinstance(end.value, Mapping):
            raise BadInput(f"{protocol.name} returned {end.value!r}; it must return {{player: piece}}") from None
        for player in end.value:
            if player not in players:
                hint = nearest(str(player), players)
                raise BadInput(f'{protocol.name} gives a piece to "{player}"; {hint}') from None
        return Division({player: end.value.get(player, ()) for player in players})
    finally:
        program.close()
    if not isinstance(step, Step):
        raise BadInput(f"{protocol.name} yields {step!r}; a step is a Cut, Mark, Trim or Choose")
    if step.player not in players:
        raise BadInput(f'{protocol.name} asks "{step.player}" to move; {nearest(step.player, players)}')
    return step


def _play(protocol: Protocol, space: Divisions, types: Mapping[str, Type]) -> tuple[list[tuple[Step, Move]], Division]:
    """The steps of honest play, each with the move made, and the division it ends with."""
    order = protocol.among(space.players)
    steps: list[tuple[Step, Move]] = []
    sent: list[Any] = []
    while not isinstance(step := _resume(protocol, order, space.players, sent), Division):
        move = step.honest(space, types[step.player])
        steps.append((step, move))
        sent.append(step.sent(move))
    return steps, step


def honest(protocol: Protocol) -> DirectMechanism:
    """The direct mechanism in which everyone moves as her reported type honestly would (Gibbard 1973).

    A cutter cuts into parts of equal worth by her report (at the leftmost such points), a chooser takes the piece
    best by her report (of several the leftmost).

    >>> from rulewright.mechanisms import cut_and_choose
    >>> honest(cut_and_choose).name
    'cut and choose'
    """
    return DirectMechanism(partial(_honest, protocol), protocol.name, protocol.words)


def _honest(protocol: Protocol, env: Environment, reports: Mapping[str, Type]) -> Division:
    return _play(protocol, divisions(env), reports)[1]


def queries(protocol: Protocol, env: Environment, types: Mapping[str, Type]) -> Queries:
    """How many queries honest play takes at a profile of types (Robertson & Webb 1998).

    Cutting into k parts is k - 1 cut queries; comparing pieces is one eval query an interval, one less if the pieces
    make up the whole cake, whose worth is known. Who may move a mark looks what the slice is worth, and cuts if she
    moves it.

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 3)], "bob": [(2, 2)]})
    >>> queries(rw.mechanisms.cut_and_choose, env, {"ann": (1, 3), "bob": (2, 2)})
    Queries(cut=1, eval=1)
    """
    asked = [step.queries(move) for step, move in _play(protocol, divisions(env), types)[0]]
    return Queries(sum(q.cut for q in asked), sum(q.eval for q in asked))


def english(protocol: Protocol, players: Sequence[str]) -> str:
    """The protocol as numbered sentences, one a line; of a protocol that branches, one way that it may go.

    >>> from rulewright.mechanisms import cut_and_choose
    >>> print(english(cut_and_choose, ("ann", "bob")))
    1. ann cuts the cake into 2 pieces.
    2. bob chooses a piece.
    3. ann gets the rest.
    """
    names = tuple(players)
    space = Divisions(names, (0, Fraction(1, 2), 1))
    told: list[list[str]] = []
    for k in (0, 1, -1):  # players alike, then with tastes that lean more and more to one side
        types = {player: (max(1, 1 + k * i), max(1, 1 - k * i)) for i, player in enumerate(names)}
        steps, division = _play(protocol, space, types)
        chose = {step.player for step, _ in steps if isinstance(step, Choose)}
        lines = [step.words() for step, _ in steps]
        quiet = [player for player in names if player not in chose and division[player]]
        gets = "the rest" if len(quiet) == 1 else ""
        lines += [f"{player} gets {gets or show_piece(division[player])}" for player in quiet]
        told.append(lines)
    text = "\n".join(f"{k}. {line}." for k, line in enumerate(told[0], 1))
    if told[0] == told[1] == told[2]:
        return text
    return f"What is done depends on the moves; with equal tastes it goes like this:\n{text}"


# -- the game ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Game:
    """A protocol played by known types: what the tree and selfish play have in common."""

    protocol: Protocol
    env: Environment
    types: Mapping[str, Type]
    marks: Points | None
    limit: int
    honest: str = ""  # a player who makes her honest move only

    @property
    def order(self) -> tuple[str, ...]:
        return self.protocol.among(self.env.players)

    def at(self, sent: Sequence[Any]) -> Step | Division:
        return _resume(self.protocol, self.order, self.env.players, sent)

    def points(self, step: Step) -> Points:
        """Where one may cut: the marks, or 0, 1, the breakpoints and the points that any player would call equal."""
        if self.marks is not None:
            return self.marks
        space = divisions(self.env)
        found = {x for player in self.env.players for x in step.points(space, self.types[player])}
        return tuple(sorted(found | set(space.breakpoints)))

    def moves(self, step: Step) -> Iterator[Move]:
        """What the player at a step may do."""
        if step.player == self.honest:
            return iter((step.honest(divisions(self.env), self.types[step.player]),))
        return step.moves(self.points(step))

    def payoffs(self, division: Division) -> dict[str, Number]:
        return {p: self.env.worth_of(p, division, self.types[p]) for p in self.env.players}

    def guard(self) -> None:
        """Raise GameTooLarge if the tree has too many nodes, counted along one play before anything is built."""
        total, level = 1, 1
        sent: list[Any] = []
        while not isinstance(step := self.at(sent), Division):
            level *= 1 if step.player == self.honest else step.count(self.points(step))
            total += level
            sent.append(step.sent(next(self.moves(step))))
        if total > self.limit:
            raise GameTooLarge(
                f"nodes in the tree of {self.protocol.name}", total, self.limit, "give fewer marks, or fewer cells"
            )


def _game(
    protocol: Protocol,
    env: Environment,
    types: Mapping[str, Type],
    marks: Sequence[Any] | None,
    limit: int,
    honest: str = "",
) -> _Game:
    space = divisions(env)
    for player in env.players:
        if player not in types:
            raise BadInput(f'there is no type for "{player}"; give one for each player')
        space.values(types[player])
    points = None
    if marks is not None:
        points = tuple(sorted({exact(x, "a mark") for x in marks}))
        if not points or not 0 <= points[0] <= points[-1] <= 1:
            raise BadInput(f"the marks are {', '.join(map(show, points)) or 'none'}; give points from 0 to 1")
    game = _Game(protocol, env, types, points, limit, honest)
    game.guard()
    return game


def tree(
    protocol: Protocol,
    env: Environment,
    types: Mapping[str, Type],
    marks: Sequence[Any] | None = None,
    *,
    limit: int = LIMIT,
) -> ExtensiveForm:
    """The protocol as a game of complete and perfect information between these types.

    A cut has one move for each choice of cut points among finitely many ``marks``, a choice one for each different
    piece. The default marks are 0, 1, the breakpoints and, for every player, the points that she would call equal
    (for a cut into k parts those that split it in k by her worth). Ends of play carry the :class:`Division` as their
    outcome. Raises GameTooLarge above ``limit`` nodes, before it builds the tree.

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 3)], "bob": [(2, 2)]})
    >>> print(tree(rw.mechanisms.cut_and_choose, env, {"ann": (1, 3), "bob": (2, 2)}, marks=(0.5,)))
    cut and choose: ann, bob
    ann begins (ann)
      cut at 1/2: bob after cut at 1/2 (bob)
        take [0, 1/2]: ann [1/2, 1]; bob [0, 1/2] (ann 3, bob 2)
        take [1/2, 1]: ann [0, 1/2]; bob [1/2, 1] (ann 1, bob 2)
    """
    game = _game(protocol, env, types, marks, limit)
    return ExtensiveForm(protocol.name, env.players, _node(game, (), ()))


def _node(game: _Game, sent: tuple[Any, ...], said: tuple[str, ...]) -> Node:
    step = game.at(sent)
    if isinstance(step, Division):
        return Terminal(game.payoffs(step), step)
    moves: dict[Any, Node] = {}
    for move in game.moves(step):
        label = step.label(move)
        moves[label] = _node(game, (*sent, step.sent(move)), (*said, label))
    return Decision(step.player, f"{step.player} after {', '.join(said)}" if said else f"{step.player} begins", moves)


def played(
    protocol: Protocol, marks: Sequence[Any] | None = None, ties: str = "cutter", *, limit: int = LIMIT
) -> DirectMechanism:
    """The rule: selfish players who know each other's types play the protocol's subgame-perfect equilibrium.

    The equilibrium (Selten 1965) is found by exact backward induction over the moves that :func:`tree` has. A player
    who is indifferent moves in favour of those who cut before her, the first of them first, and then takes the
    leftmost move; with ``ties="leftmost"`` only the latter. Favour to the cutter is what an equilibrium of the
    continuous game needs: were an indifferent chooser to take the other piece, the cutter would want to cut ever
    closer to that point and no cut would be best. For two players the default marks hold the cutter's best cut among
    all; for more, equilibrium is that of the game on the marks. Raises GameTooLarge above ``limit`` nodes.

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 3)], "bob": [(2, 2)]})
    >>> print(played(rw.mechanisms.cut_and_choose)(env, {"ann": (1, 3), "bob": (2, 2)}))
    ann [1/2, 1]; bob [0, 1/2]
    """
    if ties not in ("cutter", "leftmost"):
        raise BadInput(f'ties is "{ties}"; {nearest(str(ties), ("cutter", "leftmost"))}')
    favour = "in favour of the cutter, then to the left" if ties == "cutter" else "to the left"
    places = "the ends of the cake's cells and everyone's equal parts" if marks is None else "the marks given"
    words = (
        f"{protocol.words} Selfish players who know each other's tastes play it, cutting at {places}; ties go {favour}."
    ).strip()
    function = partial(_played, protocol, None if marks is None else tuple(marks), ties, limit)
    return DirectMechanism(function, f"{protocol.name}, played selfishly", words)


def _played(
    protocol: Protocol,
    marks: Sequence[Any] | None,
    ties: str,
    limit: int,
    env: Environment,
    reports: Mapping[str, Type],
) -> Division:
    return _best(_game(protocol, env, reports, marks, limit), (), (), ties == "cutter")[1]


def _best(
    game: _Game, sent: tuple[Any, ...], cutters: tuple[str, ...], favour: bool
) -> tuple[dict[str, Number], Division]:
    """The payoffs and the division of subgame-perfect play from here on."""
    step = game.at(sent)
    if isinstance(step, Division):
        return game.payoffs(step), step
    later = (*cutters, step.player) if isinstance(step, Cut | Trim) and step.player not in cutters else cutters
    pleased = (step.player, *cutters) if favour else (step.player,)
    ends = (_best(game, (*sent, step.sent(move)), later, favour) for move in game.moves(step))
    return max(ends, key=lambda end: tuple(end[0][player] for player in pleased))


def worst_case(
    protocol: Protocol,
    env: Environment,
    types: Mapping[str, Type],
    player: str,
    marks: Sequence[Any] | None = None,
    *,
    limit: int = LIMIT,
) -> Division:
    """A division that is worst for an honest player, whatever the others do (Steinhaus 1948).

    She moves as her type honestly would; the others make any of the moves that :func:`tree` has, where the points are
    those that the ``types`` would call equal or the ``marks`` given. Of several divisions the first, with moves from
    left to right. Raises GameTooLarge above ``limit`` nodes, before it looks for it.

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 3)], "bob": [(2, 2)]})
    >>> types = {"ann": (1, 3), "bob": (2, 2)}
    >>> print(worst_case(rw.mechanisms.cut_and_choose, env, types, "bob"))
    ann [1/2, 1]; bob [0, 1/2]
    """
    game = _game(protocol, env, types, marks, limit, env.player(player))
    return min(_ends_of(game, ()), key=lambda end: env.worth_of(player, end, types[player]))


def _ends_of(game: _Game, sent: tuple[Any, ...]) -> Iterator[Division]:
    """The divisions with which play may end from here on."""
    step = game.at(sent)
    if isinstance(step, Division):
        yield step
        return
    for move in game.moves(step):
        yield from _ends_of(game, (*sent, step.sent(move)))
