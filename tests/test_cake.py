"""A cake is divided exactly: pieces, worths, marks and the space of divisions keep every rational."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rulewright.games.cake import (
    WHOLE,
    Division,
    Divisions,
    Exact,
    Piece,
    as_piece,
    cake,
    cut,
    equal_cuts,
    mark,
    most,
    value_of,
)
from rulewright.games.environment import Environment
from rulewright.games.errors import BadInput
from rulewright.games.lottery import Lottery
from rulewright.games.numbers import exact

PLAYERS = ("ann", "bob", "cem")
HALF, THIRD = Fraction(1, 2), Fraction(1, 3)

points = st.fractions(0, 1, max_denominator=60)


@st.composite
def cakes(draw: st.DrawFn, cells: int = 3) -> Environment:
    """Three players of one type each on a cake with cells of any length."""
    values = st.one_of(st.integers(0, 5), st.fractions(0, 5, max_denominator=7))
    types = st.tuples(*[values] * cells).filter(any)
    inner = draw(st.lists(points.filter(lambda x: 0 < x < 1), min_size=cells - 1, max_size=cells - 1, unique=True))
    return cake({player: [draw(types)] for player in PLAYERS}, breakpoints=(0, *sorted(inner), 1))


@st.composite
def divided(draw: st.DrawFn) -> Division:
    """The cake cut at some points, each part to anybody or to nobody."""
    ends: list[Exact] = sorted({Fraction(0), Fraction(1), *draw(st.lists(points, max_size=6))})
    pieces: dict[str, list[tuple[Exact, Exact]]] = {player: [] for player in PLAYERS}
    for start, end in pairwise(ends):
        if who := draw(st.sampled_from([*PLAYERS, ""])):
            pieces[who].append((start, end))
    return Division(pieces)


def worths(env: Environment, division: Division) -> dict[tuple[str, str], Exact]:
    """What each player thinks of each player's piece."""
    return {(i, j): value_of(env, env.types[i][0], division[j]) for i in env.players for j in env.players}


# -- divisions -----------------------------------------------------------------------------------------------------


def test_a_division_is_a_mapping_of_exact_intervals() -> None:
    division = Division({"ann": [(0.5, 0.75), (0, 0.25), (0.75, 1)], "bob": [(0.25, 0.25)]})
    assert division["ann"] == ((0, Fraction(1, 4)), (HALF, 1))
    assert division["bob"] == ()
    assert str(division) == "ann [0, 1/4] and [1/2, 1]; bob nothing"
    assert division == Division(division) == dict(division)
    assert pickle.loads(pickle.dumps(division)) == division
    assert len({division, Division(division)}) == 1


@given(divided())
def test_segments_cover_the_cake_from_left_to_right(division: Division) -> None:
    segments = division.segments
    assert segments[0][0] == 0 and segments[-1][1] == 1
    assert all(one[1] == other[0] for one, other in pairwise(segments))
    for player in PLAYERS:
        assert as_piece((a, b) for a, b, who in segments if who == player) == division[player]


@given(divided(), st.permutations(PLAYERS))
def test_exchanging_twice_changes_nothing(division: Division, order: list[str]) -> None:
    space = Divisions(PLAYERS, (0, HALF, 1))
    once = space.exchange(division, order[0], order[1])
    assert once[order[0]] == division[order[1]]
    assert once[order[2]] == division[order[2]]
    assert space.exchange(once, order[0], order[1]) == division


# -- worths and marks ----------------------------------------------------------------------------------------------


def test_worths_by_hand() -> None:
    env = cake({"ann": [(1, 1, 2)], "bob": [(0, 0, 1)]}, breakpoints=(HALF, Fraction(3, 4)))
    assert most(env, (1, 1, 2)) == 4
    assert value_of(env, (1, 1, 2), [(Fraction(1, 4), Fraction(7, 8))]) == HALF + 1 + 1
    assert env.utility("bob", {"ann": [(0, HALF)]}, (0, 0, 1)) == 0


def test_floats_are_the_rationals_they_are() -> None:
    env = cake({"ann": [(0.1, 0.9)], "bob": [(1, 1)]})
    (kind,) = env.types["ann"]
    assert kind == (0.1, 0.9) and all(isinstance(x, Fraction) for x in kind)
    assert env.position("ann", (0.1, 0.9)) == 0
    assert value_of(env, (0.1, 0.9), WHOLE) == exact(0.1) + exact(0.9)


@given(cakes(), divided())
def test_worths_add_up(env: Environment, division: Division) -> None:
    kind = env.types["ann"][0]
    parts = [value_of(env, kind, [(a, b)]) for a, b, _ in division.segments]
    assert sum(parts) == most(env, kind) == sum(env.outcomes.values(kind))


@given(cakes(), points, points)
def test_a_mark_gives_the_asked_worth_exactly_and_is_leftmost(
    env: Environment, start: Fraction, share: Fraction
) -> None:
    kind = env.types["ann"][0]
    asked = value_of(env, kind, [(start, 1)]) * share
    x = mark(env, kind, start, asked)
    assert value_of(env, kind, [(start, x)]) == asked
    if x > start:
        assert value_of(env, kind, [(start, (9 * x + start) / 10)]) < asked


def test_the_mark_on_null_density_is_the_leftmost_point() -> None:
    env = cake({"ann": [(1, 0, 1)], "bob": [(1, 1, 1)]})
    assert mark(env, (1, 0, 1), 0, 1) == THIRD
    assert mark(env, (1, 0, 1), 0, 0) == 0


@given(cakes(), divided(), st.integers(2, 5))
def test_equal_cuts_are_equal(env: Environment, division: Division, parts: int) -> None:
    for kind in (env.types[player][0] for player in PLAYERS):
        for piece in (WHOLE, division["bob"]):
            pieces = cut(piece, equal_cuts(env, kind, parts, piece))
            assert len(pieces) == parts
            assert {value_of(env, kind, each) for each in pieces} == {Fraction(value_of(env, kind, piece), parts)}


# -- the space -----------------------------------------------------------------------------------------------------


@given(cakes(), divided())
def test_a_point_keeps_every_worth(env: Environment, division: Division) -> None:
    """Utilities are linear in the point, and the division laid out again from it is worth the same to everyone."""
    point = env.space.point(division)
    again = env.space.outcome(point)
    assert env.space.point(again) == point
    assert worths(env, again) == worths(env, division)
    for player in PLAYERS:
        (row,) = env.utilities(player)
        assert sum(exact(row[k]) * exact(x) for k, x in point.items()) == worths(env, division)[player, player]
        for other in PLAYERS:
            (row,) = env.utilities(player, share_of=other)
            assert sum(exact(row[k]) * exact(x) for k, x in point.items()) == worths(env, division)[player, other]


@given(divided())
def test_points_obey_the_linear_description(division: Division) -> None:
    for disposal in (True, False):
        space = Divisions(PLAYERS, (0, THIRD, 1), disposal)
        assert len(space.labels) == space.dimension == 7
        if not disposal and any(who is None for _, _, who in division.segments):
            with pytest.raises(BadInput, match="whole cake"):
                space.point(division)
            continue
        point = space.point(division)
        for group in space.groups:
            total = sum(exact(point.get(k, 0)) for k in group.coordinates)
            assert total == 1 if group.exactly else total <= 1


def test_a_lottery_over_divisions_is_a_point() -> None:
    space = Divisions(("ann", "bob"), (0, 1))
    coin = Lottery({Division({"ann": WHOLE}): HALF, Division({"bob": WHOLE}): HALF})
    assert space.point(coin) == {0: 1, 1: HALF, 2: HALF}


def test_rounded_fractions_are_laid_out_inside_the_cell() -> None:
    space = Divisions(PLAYERS, (0, 1))
    division = space.outcome({0: 1.0, 1: 0.7, 2: 0.2, 3: 0.1 + 2**-54})
    assert division["cem"][-1][1] <= 1


def test_a_utility_that_is_not_additive_is_refused() -> None:
    space = Divisions(("ann", "bob"), (0, 1))

    def any_bite(player: str, outcome: Division, kind: object) -> int:
        return int(bool(outcome[player]))

    def leftmost_tenth(player: str, outcome: Division, kind: object) -> Exact:
        return sum((min(b, Fraction(1, 10)) - min(a, Fraction(1, 10)) for a, b in outcome[player]), Fraction(0))

    for utility in (any_bite, leftmost_tenth):
        env = Environment("x", {"ann": (1,), "bob": (1,)}, space, utility)
        with pytest.raises(BadInput, match="not additive"):
            env.utilities("ann")


# -- bad input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: cake({"ann": [(1, -1)], "bob": [(1, 1)]}), "value of -1"),
        (lambda: cake({"ann": [(1, 1)], "bob": [(1, 1, 1)]}), "2 cells"),
        (lambda: cake({"ann": [(0, 0)], "bob": [(1, 1)]}), "values nothing"),
        (lambda: cake({"ann": [3], "bob": [(1, 1)]}), "tuple"),
        (lambda: cake({"ann": [(1, float("nan"))], "bob": [(1, 1)]}), "nan"),
        (lambda: cake({"ann": [(1, "x")], "bob": [(1, 1)]}), "'x'"),
        (lambda: cake({"ann": [(1, 1)], "bob": [(1, 1)]}, breakpoints=(0, 2, 1)), "0, 2, 1"),
        (lambda: cake({"ann": [(1, 1)], "bob": [(1, 1)]}, breakpoints=(0, 0, 1)), "increase"),
        (lambda: cake({"ann": [(1, 1)], "bob": [(1, 1)]}, breakpoints=(HALF, THIRD)), "increase"),
        (lambda: cake({"ann": []}), "None"),
        (lambda: Division({"ann": [(0, HALF)], "bob": [(THIRD, 1)]}), r"overlap in \[1/3, 1/2\]"),
        (lambda: Division({"ann": [(0, HALF), (THIRD, 1)]}), "twice"),
        (lambda: Division({"ann": [(HALF, THIRD)]}), "start <= end"),
        (lambda: Division({"ann": [(0, 2)]}), "start <= end"),
        (lambda: Division({"ann": [0, 1]}), "pair"),  # type: ignore[list-item]
        (lambda: Divisions(PLAYERS, (0, 1)).point({"anne": WHOLE}), '"ann"'),
        (lambda: Divisions(("ann", "ann"), (0, 1)), "twice"),
        (lambda: Divisions(PLAYERS, (0, 1)).outcome({0: 1, 1: 1, 2: HALF}), "at most 1"),
        (lambda: mark(Divisions(PLAYERS, (0, 1)), (1,), HALF, 1), "only 1/2"),
        (lambda: mark(Divisions(PLAYERS, (0, 1)), (1,), 0, -1), "at least 0"),
    ],
)
def test_bad_input_is_one_sentence(wrong: Callable[[], object], says: str) -> None:
    with pytest.raises(BadInput, match=says) as error:
        wrong()
    assert "\n" not in str(error.value)


@given(cakes(), divided())
def test_pieces_cut_anywhere_make_up_the_piece(env: Environment, division: Division) -> None:
    piece: Piece = division["ann"]
    assume(piece)
    parts = cut(piece, [THIRD, HALF])
    assert as_piece(each for part in parts for each in part) == piece
