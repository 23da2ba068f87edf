"""Fair division: rules that divide a cake or goods among players who value them differently."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

from ...games.cake import WHOLE, Divisions, Piece, as_piece, cut, divisions
from ...games.environment import Environment, Type
from ...games.errors import BadInput, GameTooLarge, nearest
from ...games.lottery import Lottery
from ...games.numbers import Number
from ...games.outcomes import Finite, Outcome, Shares
from ...games.profile import Profile
from ..protocols import Choose, Cut, Mark, Protocol, Trim, played, protocol
from ..rule import DirectMechanism, mechanism

FAMILY_LIMIT = 5_000  # rules written out at once
Program = Generator[Any, Any, Mapping[str, Piece]]


@protocol
def cut_and_choose(cutter: str, chooser: str) -> Program:
    """The first player cuts the cake in two, the second chooses a piece, and the first gets the rest.

    Envy-free and proportional, and honesty guarantees each player half of the cake by her own worth whatever the
    other does; the cutter can gain by lying (Steinhaus 1948; Brams & Taylor 1996).

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 3)], "bob": [(2, 2)]})
    >>> print(cut_and_choose(env, {"ann": (1, 3), "bob": (2, 2)}))
    ann [2/3, 1]; bob [0, 2/3]
    """
    pieces = yield Cut(cutter, 2)
    piece, others = yield Choose(chooser, pieces)
    return {chooser: piece, cutter: others[0]}


@protocol
def cutter_chooses_last(cutter: str, *choosers: str) -> Program:
    """The first player cuts the cake into a piece for each; the others choose in turn and she gets the rest.

    Proposed for two players (Steinhaus 1948), for whom it is fair; for three or more the last to choose may be
    left with next to nothing.

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 1, 1)], "bob": [(90, 5, 5)], "cem": [(95, 3, 2)]})
    >>> print(cutter_chooses_last(env, {"ann": (1, 1, 1), "bob": (90, 5, 5), "cem": (95, 3, 2)}))
    ann [2/3, 1]; bob [0, 1/3]; cem [1/3, 2/3]
    """
    return (yield from _serve(cutter, *choosers, cutter))


def cut_and_choose_by(cutter: str, order: Sequence[str]) -> Protocol:
    """One player cuts the cake into a piece for each, and they choose in a given order (Brams and Taylor 1996).

    ``order`` names every player once, the cutter anywhere; the last in it gets the rest. Raises BadInput.

    >>> import rulewright as rw
    >>> print(rw.mechanisms.english(cut_and_choose_by("ann", ("bob", "ann", "cem")), ("ann", "bob", "cem")))
    1. ann cuts the cake into 3 pieces.
    2. bob chooses a piece.
    3. ann chooses a piece.
    4. cem gets the rest.
    """
    order = tuple(order)
    if len(set(order)) != len(order) or len(order) < 2:
        raise BadInput(f"the order is {', '.join(order)}; name at least two players, each once")
    if cutter not in order:
        raise BadInput(f'no cutter "{cutter}" in the order; {nearest(cutter, order)}')
    turns = f"{order[0]} chooses first" if len(order) == 2 else f"{', '.join(order)} choose in this order"
    words = f"{cutter} cuts the cake into {len(order)} pieces; {', then '.join(order)} choose, the last gets the rest."
    return Protocol(f"{cutter} cuts, {turns}", partial(_serve, cutter), words, order)


def _serve(cutter: str, *order: str) -> Program:
    """A cake cut by one player, whose pieces are chosen in an order."""
    got: dict[str, Piece] = {}
    pieces = yield Cut(cutter, len(order))
    for player in order[:-1]:
        got[player], pieces = yield Choose(player, pieces)
    return {**got, order[-1]: pieces[0]}


def who_cuts_who_chooses(
    env: Environment, play: Callable[[Protocol], DirectMechanism] = played
) -> tuple[DirectMechanism, ...]:
    """Every rule in which one player cuts and all choose in turn: each cutter, each order (Brams and Taylor 1996).

    A family to search in: n times n! rules for n players, each as selfish players who know each other would play it,
    cutting at their marks (which hold the best cut of all for two players; see :func:`played`). With ``play=honest``,
    as honest ones would. Raises BadInput where there is no cake, GameTooLarge for more than five players.

    >>> import rulewright as rw
    >>> for rule in who_cuts_who_chooses(rw.games.cake({"ann": [(1, 3)], "bob": [(2, 2)]})):
    ...     print(rule.name)
    ann cuts, ann chooses first
    ann cuts, bob chooses first
    bob cuts, ann chooses first
    bob cuts, bob chooses first
    """
    divisions(env)
    n = len(env.players)
    if n * math.factorial(n) > FAMILY_LIMIT:
        size = n * math.factorial(n)
        raise GameTooLarge("rules in the family", size, FAMILY_LIMIT, "share the cake among fewer players")
    rules = []
    for cutter, order in itertools.product(env.players, itertools.permutations(env.players)):
        text = cut_and_choose_by(cutter, order)
        traits = {
            "the cutter is": cutter,
            "the first to choose is": order[0],
            "the cutter chooses": _turn(order.index(cutter), len(order)),
        }
        rules.append(replace(play(text), name=text.name, traits=traits))
    return tuple(rules)


def _turn(k: int, n: int) -> str:
    return "last" if k == n - 1 else "first" if k == 0 else f"number {k + 1}"


@protocol
def selfridge_conway(first: str, second: str, third: str) -> Program:
    """One player cuts in three, the next trims, all choose; then the trimmings are shared out likewise.

    Envy-free for three players (Selfridge and Conway, in Brams & Taylor 1996). Who trimmed must take the trimmed
    piece if it is left; of the two, the one who did not get it cuts the trimmings, and chooses last of them.

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 1, 1)], "bob": [(4, 1, 1)], "cem": [(5, 1, 0)]})
    >>> print(selfridge_conway(env, {"ann": (1, 1, 1), "bob": (4, 1, 1), "cem": (5, 1, 0)}))
    ann [1/6, 1/4] and [2/3, 1]; bob [1/4, 2/3]; cem [0, 1/6]
    """
    pieces = yield Cut(first, 3)
    pieces, trimmed, rest = yield Trim(second, pieces)
    third_gets, left = yield Choose(third, pieces)
    if rest and trimmed in left:
        second_gets, left = trimmed, (left[1],) if left[0] == trimmed else (left[0],)
    else:
        second_gets, left = yield Choose(second, left)
    got = {first: left[0], second: second_gets, third: third_gets}
    if rest:
        taker, other = (third, second) if third_gets == trimmed else (second, third)
        crumbs = yield Cut(other, 3, rest)
        for player in (taker, first):
            crumb, crumbs = yield Choose(player, crumbs)
            got[player] = as_piece((*got[player], *crumb))
        got[other] = as_piece((*got[other], *crumbs[0]))
    return got


@protocol
def dubins_spanier(*players: str) -> Program:
    """Of k players, each marks the left 1/k of what is left; the leftmost mark gets it, and the others go on.

    The moving knife by marks: proportional, not strategyproof (Dubins & Spanier 1961). Of equal marks the one of
    the player named first counts.

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 1, 1)], "bob": [(2, 1, 0)], "cem": [(0, 3, 0)]})
    >>> print(dubins_spanier(env, {"ann": (1, 1, 1), "bob": (2, 1, 0), "cem": (0, 3, 0)}))
    ann [1/2, 1]; bob [0, 1/6]; cem [1/6, 1/2]
    """
    got: dict[str, Piece] = {}
    rest, left = WHOLE, list(players)
    while len(left) > 1:
        marks = {}
        for player in left:
            marks[player] = yield Mark(player, Fraction(1, len(left)), rest)
        who = min(left, key=lambda player: marks[player])
        got[who], rest = cut(rest, [marks[who]])
        left.remove(who)
    return {**got, left[0]: rest}


@protocol
def last_diminisher(first: str, second: str, *others: str) -> Program:
    """One marks a slice, the others in turn may diminish it, and who did so last takes it; the last two cut and choose.

    Proportional, whatever the others do, and for three or more neither envy-free nor strategyproof (Banach and Knaster,
    in Steinhaus 1948). A slice is the left end of what is left. Of k players one marks 1/k of it, and who finds the
    slice worth more than 1/k to her cuts it back to that, at the leftmost point; who finds it worth 1/k lets it be.

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 1, 1)], "bob": [(2, 1, 0)], "cem": [(0, 3, 0)]})
    >>> print(last_diminisher(env, {"ann": (1, 1, 1), "bob": (2, 1, 0), "cem": (0, 3, 0)}))
    ann [7/12, 1]; bob [0, 1/6]; cem [1/6, 7/12]
    """
    got: dict[str, Piece] = {}
    rest, left = WHOLE, [first, second, *others]
    while len(left) > 2:
        share = Fraction(1, len(left))
        taker = left[0]
        end = yield Mark(taker, share, rest)
        for player in left[1:]:
            point = yield Mark(player, share, rest, until=end)
            if point < end:
                taker, end = player, point
        got[taker], rest = cut(rest, [end])
        left.remove(taker)
    pieces = yield Cut(left[0], 2, rest)
    piece, others_left = yield Choose(left[1], pieces)
    return {**got, left[1]: piece, left[0]: others_left[0]}


@protocol
def even_paz(first: str, second: str, *others: str) -> Program:
    """Each marks the left half of the cake, and those with the leftmost marks share what is left of them, and so on.

    Divide and conquer: proportional with at most n log n cut queries, the logarithm to base 2 and rounded up, and for
    three or more neither envy-free nor strategyproof (Even & Paz 1984). Of k players each marks the left m/k of a
    piece, where m is half of k, rounded down; it is cut at mark number m from the left, and the m players with the
    leftmost marks go left, of equal marks those named first.

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 1, 1)], "bob": [(2, 1, 0)], "cem": [(0, 3, 0)]})
    >>> print(even_paz(env, {"ann": (1, 1, 1), "bob": (2, 1, 0), "cem": (0, 3, 0)}))
    ann [1/2, 1]; bob [0, 1/6]; cem [1/6, 1/2]
    """
    return (yield from _conquer((first, second, *others), WHOLE))


def _conquer(players: tuple[str, ...], piece: Piece) -> Program:
    """A piece shared by some of the players, by halves."""
    if len(players) == 1:
        return {players[0]: piece}
    half = len(players) // 2
    marks = {}
    for player in players:
        marks[player] = yield Mark(player, Fraction(half, len(players)), piece)
    order = sorted(players, key=lambda player: marks[player])
    left, right = cut(piece, [marks[order[half - 1]]])
    got = yield from _conquer(tuple(p for p in players if p in order[:half]), left)
    return {**got, **(yield from _conquer(tuple(p for p in players if p in order[half:]), right))}


@mechanism
def equal_split(env: Environment, reports: Profile[Type]) -> Outcome:
    """Everyone gets the same share of every good or of every cell of the cake (Moulin 2003).

    Reports do not matter. One item that cannot be divided goes to each player with the same chance. Strategyproof,
    envy-free and proportional, and blind to tastes.

    >>> import rulewright as rw
    >>> env = rw.games.cake({"ann": [(1, 3)], "bob": [(2, 2)]})
    >>> print(equal_split(env, {"ann": (1, 3), "bob": (2, 2)}))
    ann [0, 1/4] and [1/2, 3/4]; bob [1/4, 1/2] and [3/4, 1]
    """
    share: Number = Fraction(1, len(env.players))
    space = env.outcomes
    if isinstance(space, Divisions | Shares):
        return space.outcome({0: 1, **dict.fromkeys(range(1, space.dimension), share)})
    if isinstance(space, Finite) and all(player in space.items for player in env.players):
        return Lottery(dict.fromkeys(env.players, share))
    raise BadInput(f'the outcomes of "{env.name}" do not say what each player gets; equal split divides cake or goods')
