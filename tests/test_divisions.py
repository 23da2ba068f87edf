"""Rules that divide a cake by what is reported, and what is asked of divisions, are what their definitions say."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright.games.cake import Division, cake, mark, most, value_of
from rulewright.games.errors import BadInput, GameTooLarge
from rulewright.mechanisms import mechanism
from rulewright.mechanisms.properties.divisions import connected, dominating, fractionally_pareto_efficient
from rulewright.mechanisms.rules.cake import (
    chen_lai_parkes_procaccia,
    nash_optimal_division,
    perfect_partition,
    surplus_procedure,
)
from rulewright.mechanisms.rules.division import cut_and_choose, equal_split
from rulewright.mechanisms.rules.knives import stromquist

NAMES = ("ann", "bob", "cem", "dan")
TWO = NAMES[:2]
HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
Kind = tuple[Any, ...]

kinds = st.tuples(*[st.integers(0, 5)] * 3).filter(any)
inner = st.sets(st.integers(1, 11), min_size=2, max_size=2).map(lambda xs: [Fraction(x, 12) for x in xs])
pairs_of_kinds = st.tuples(kinds, kinds).map(lambda drawn: dict(zip(TWO, drawn, strict=True)))


def of(types: dict[str, Kind], points: list[Fraction] | None = None) -> rw.Environment:
    """The cake of players whose one type is known."""
    return cake({p: [kind] for p, kind in types.items()}, breakpoints=sorted(points) if points else None)


def worth(env: rw.Environment, player: str, kind: Kind, division: Any) -> Fraction:
    return Fraction(value_of(env, kind, division[player]))


# -- the surplus procedure ---------------------------------------------------------------------------------------------


@given(pairs_of_kinds, inner)
def test_the_surplus_is_shared_in_proportion(types: dict[str, Kind], points: list[Fraction]) -> None:
    """Brams, Jones and Klamler (2006): each has half on her side, and the same proportion of what lies between."""
    env = of(types, points)
    found = surplus_procedure(env, types)
    division = next(iter(found)) if isinstance(found, rw.Lottery) else found
    left = min(TWO, key=lambda p: division[p][0])
    right = next(p for p in TWO if p != left)
    (_, cut), (again, _) = division[left][0], division[right][0]
    assert cut == again
    below = {p: value_of(env, types[p], [(0, cut)]) for p in TWO}
    whole = {p: Fraction(most(env, types[p])) for p in TWO}
    assert below[left] >= whole[left] / 2 and whole[right] - below[right] >= whole[right] / 2
    if isinstance(found, rw.Lottery):
        assert set(found.values()) == {HALF} and len(found) == 2
        assert all(below[p] == whole[p] / 2 for p in TWO)
        return
    # what each has beyond half, and what she would have if she had all that lies between the midpoints
    more = {left: below[left] - whole[left] / 2, right: whole[right] / 2 - below[right]}
    points = {p: next(x for x in _by_hand(env, types[p])) for p in TWO}
    between = {p: value_of(env, types[p], [(points[left], points[right])]) for p in TWO}
    assert points[left] < points[right]
    if between[left]:
        assert Fraction(more[left]) / between[left] == Fraction(more[right]) / between[right]
    else:
        assert cut == points[left]


def _by_hand(env: rw.Environment, kind: Kind) -> Any:
    """The leftmost midpoint: a cell where the worth to the left first reaches half, and the point in it."""
    space, total, so_far = env.outcomes, sum(map(Fraction, kind)), Fraction(0)
    for (low, high), value in zip(space.cells, kind, strict=True):
        if value and so_far + value >= total / 2:
            yield low + (high - low) * (total / 2 - so_far) / value
        so_far += value


def test_the_surplus_by_hand() -> None:
    """Midpoints 1/2 and 3/4, densities 1 and 2 between them: a third of [1/2, 3/4] each way by the same proportion."""
    env = cake({"ann": [(1, 1, 1, 1)], "bob": [(0, 0, 1, 1)]})
    division = surplus_procedure(env, {"ann": (1, 1, 1, 1), "bob": (0, 0, 1, 1)})
    assert division == {"ann": ((0, Fraction(5, 8)),), "bob": ((Fraction(5, 8), 1),)}


def test_sides_exchanged_are_envied() -> None:
    """A rule that differs by who gets which side is neither envy-free nor proportional."""

    @mechanism
    def sides_exchanged(env: rw.Environment, reports: Any) -> Any:
        """The surplus procedure with the sides exchanged."""
        found = surplus_procedure(env, reports)
        return found if isinstance(found, rw.Lottery) else env.outcomes.exchange(found, "ann", "bob")

    env = cake(dict.fromkeys(TWO, ((1, 3), (2, 2), (3, 1))))
    for prop in (rw.envy_free, rw.proportional):
        assert rw.verify(surplus_procedure, env, prop).status == "proved"
        verdict = rw.verify(sides_exchanged, env, prop)
        assert verdict.status == "refuted" and verdict.counterexample is not None and verdict.counterexample.check()


# -- Nash welfare ------------------------------------------------------------------------------------------------------


def product(env: rw.Environment, types: dict[str, Kind], division: Any) -> Fraction:
    return worth(env, "ann", types["ann"], division) * worth(env, "bob", types["bob"], division)


@given(pairs_of_kinds, inner, st.lists(st.fractions(0, 1, max_denominator=9), min_size=3, max_size=3))
def test_no_division_has_a_larger_product(types: dict[str, Kind], points: list[Fraction], x: list[Fraction]) -> None:
    env = of(types, points)
    best = nash_optimal_division(env, types)
    assert [who for _, _, who in best.segments if who is None] == []
    other = env.outcomes.outcome({0: 1, **dict(enumerate((*x, *(1 - each for each in x)), 1))})
    assert product(env, types, best) >= product(env, types, other)


@given(pairs_of_kinds, st.integers(1, 9))
def test_nash_welfare_does_not_depend_on_the_units_of_a_player(types: dict[str, Kind], factor: int) -> None:
    scaled = {**types, "bob": tuple(factor * v for v in types["bob"])}
    assert nash_optimal_division(of(types), types) == nash_optimal_division(of(scaled), scaled)


def test_the_largest_sum_is_not_the_largest_product() -> None:
    """A cell to who values it most: Pareto efficient too, and neither envy-free nor proportional."""

    @mechanism
    def highest(env: rw.Environment, reports: Any) -> Any:
        """Each cell goes to who values it most, of equals to the first."""
        cells = {cell: max(TWO, key=lambda p: reports[p][c]) for c, cell in enumerate(env.outcomes.cells)}
        return Division({p: [cell for cell, who in cells.items() if who == p] for p in TWO})

    env = cake(dict.fromkeys(TWO, ((1, 3), (2, 2), (1, 1))))
    assert rw.verify(highest, env, fractionally_pareto_efficient).status == "proved"
    for prop in (rw.envy_free, rw.proportional):
        verdict = rw.verify(highest, env, prop)
        assert verdict.status == "refuted" and verdict.counterexample is not None and verdict.counterexample.check()


# -- perfect partitions ------------------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(st.lists(kinds, min_size=1, max_size=3), inner)
def test_every_piece_is_worth_the_same_to_everybody(drawn: list[Kind], points: list[Fraction]) -> None:
    """Mossel and Tamuz (2010): a perfect partition, each piece of which anyone is as likely to get as anyone else."""
    types = dict(zip(NAMES, drawn, strict=False))
    env, n = of(types, points), len(drawn)
    found = perfect_partition(env, types)
    for division in found:
        assert [who for _, _, who in division.segments if who is None] == []
        for kind in types.values():
            assert {n * value_of(env, kind, piece) for piece in division.values()} == {most(env, kind)}
    pieces = set(next(iter(found)).values())
    for player in types:
        for piece in pieces:
            assert sum(p for division, p in found.items() if division[player] == piece) == Fraction(1, n)


def test_where_no_density_changes_nothing_is_cut() -> None:
    types = {"ann": (2, 2, 2), "bob": (1, 1, 1)}
    assert set(perfect_partition(of(types), types)) == {
        Division({"ann": [(0, HALF)], "bob": [(HALF, 1)]}),
        Division({"bob": [(0, HALF)], "ann": [(HALF, 1)]}),
    }


def test_a_partition_that_is_perfect_to_one_only_can_be_gamed() -> None:
    @mechanism
    def perfect_to_the_first(env: rw.Environment, reports: Any) -> Any:
        """The first player cuts the cake in halves, and gets the right one."""
        left = (0, value_of(env, reports["ann"], [(0, HALF)]) / Fraction(most(env, reports["ann"])))
        return Division({"bob": [left], "ann": [(left[1], 1)]})

    env = cake(dict.fromkeys(TWO, ((1, 3), (2, 2), (3, 1))))
    assert rw.verify(perfect_partition, env, rw.strategyproof).status == "proved"
    verdict = rw.verify(perfect_to_the_first, env, rw.strategyproof)
    assert verdict.status == "refuted" and verdict.counterexample is not None and verdict.counterexample.check()


# -- moving knives -----------------------------------------------------------------------------------------------------

hungry = st.tuples(*[st.integers(1, 6)] * 3)


@given(st.tuples(hungry, hungry, hungry), inner)
@example(((21, 1, 2), (2, 1, 1), (1, 39, 1)), [THIRD, 2 * THIRD])  # a knife overtakes another just before the call
def test_the_sword_stops_where_somebody_first_calls(drawn: tuple[Kind, ...], points: list[Fraction]) -> None:
    """Stromquist (1980): no envy, connected pieces, and nobody would have called at any of many places before."""
    types = dict(zip(NAMES, drawn, strict=False))
    env = of(types, points)
    division = stromquist(env, types)
    sword = min(b for piece in division.values() for _, b in piece)
    assert [who for _, _, who in division.segments if who is None] == []
    assert all(len(piece) == 1 for piece in division.values())
    for one, other in itertools.permutations(types, 2):
        assert value_of(env, types[one], division[one]) >= value_of(env, types[one], division[other])
    for k in range(25):
        before = sword * Fraction(k, 25)
        right = {p: Fraction(value_of(env, t, [(before, 1)])) for p, t in types.items()}
        middle = sorted(mark(env, t, before, right[p] / 2) for p, t in types.items())[1]
        for kind in types.values():
            left, centre, rest = (value_of(env, kind, [x]) for x in ((0, before), (before, middle), (middle, 1)))
            assert left < max(centre, rest)


def test_the_wrong_side_of_the_middle_knife_is_envied() -> None:
    @mechanism
    def sides_mistaken(env: rw.Environment, reports: Any) -> Any:
        """The two who did not call get each other's side of the middle knife."""
        found = stromquist(env, reports)
        one, other = sorted(found, key=lambda p: found[p])[1:]
        return env.outcomes.exchange(found, one, other)

    env = cake({"ann": [(1, 1, 1)], "bob": [(4, 1, 1)], "cem": [(1, 1, 4)]})
    assert rw.verify(stromquist, env, rw.envy_free).status == "proved"
    verdict = rw.verify(sides_mistaken, env, rw.envy_free)
    assert verdict.status == "refuted" and verdict.counterexample is not None and verdict.counterexample.check()


# -- piecewise uniform values ------------------------------------------------------------------------------------------


@st.composite
def wishes(draw: st.DrawFn) -> tuple[rw.Environment, dict[str, Kind]]:
    """Two to four players each of whom wants some of four cells of any length, all of it alike."""
    ends = [0, *sorted(draw(st.sets(st.integers(1, 19), min_size=3, max_size=3))), 20]
    lengths = [Fraction(b - a, 20) for a, b in itertools.pairwise(ends)]
    n = draw(st.integers(2, 4))
    types = {}
    for player in NAMES[:n]:
        wants = draw(st.tuples(*[st.booleans()] * 4).filter(any))
        height = draw(st.integers(1, 3))
        types[player] = tuple(height * length * w for length, w in zip(lengths, wants, strict=True))
    return of(types, [Fraction(x, 20) for x in ends[1:-1]]), types


def lengths_of(env: rw.Environment, types: dict[str, Kind], division: Any) -> dict[str, Fraction]:
    """How much each gets of what she wants, in length."""
    cells = env.outcomes.cells
    flat = {p: tuple((high - low) * bool(v) for v, (low, high) in zip(t, cells, strict=True)) for p, t in types.items()}
    return {p: Fraction(value_of(env, flat[p], division[p])) for p in types}


@given(wishes())
def test_wanted_cake_is_shared_as_evenly_as_can_be(case: tuple[rw.Environment, dict[str, Kind]]) -> None:
    """What marks the leximin lengths: all that is wanted is used, and nobody has what one with less wants.

    Then nothing can be moved from one with more to one with less, not even through others (Chen et al. 2013).
    """
    env, types = case
    division = chen_lai_parkes_procaccia(env, types)
    got = lengths_of(env, types, division)
    for c, (low, high) in enumerate(env.outcomes.cells):
        wanted = [p for p in types if types[p][c]]
        held = {p: sum((max(min(b, high) - max(a, low), 0) for a, b in division[p]), Fraction(0)) for p in types}
        assert all(p in wanted for p, length in held.items() if length)
        assert sum(held.values()) == (high - low if wanted else 0)
        for p, q in itertools.product(wanted, repeat=2):
            assert not held[p] or got[p] <= got[q]


@given(wishes(), st.permutations(NAMES))
def test_in_what_order_ties_are_broken_does_not_matter(
    case: tuple[rw.Environment, dict[str, Kind]], order: list[str]
) -> None:
    env, types = case
    other = {p: types[p] for p in order if p in types}
    moved = of(other, list(env.outcomes.breakpoints[1:-1]))
    one = lengths_of(env, types, chen_lai_parkes_procaccia(env, types))
    assert one == lengths_of(moved, other, chen_lai_parkes_procaccia(moved, other))


@settings(max_examples=40)
@given(wishes(), st.tuples(*[st.booleans()] * 4).filter(any))
def test_wishing_for_something_else_does_not_pay(
    case: tuple[rw.Environment, dict[str, Kind]], wants: tuple[bool, ...]
) -> None:
    """Strategyproof and envy-free on cells of any lengths, not only on the grids of the truth table."""
    env, types = case
    lie = tuple((high - low) * w for w, (low, high) in zip(wants, env.outcomes.cells, strict=True))
    truth = chen_lai_parkes_procaccia(env, types)
    lying = chen_lai_parkes_procaccia(env, {**types, "ann": lie})
    assert value_of(env, types["ann"], lying["ann"]) <= value_of(env, types["ann"], truth["ann"])
    for one, other in itertools.permutations(types, 2):
        assert value_of(env, types[one], truth[one]) >= value_of(env, types[one], truth[other])


def test_without_free_disposal_a_wish_may_be_hidden() -> None:
    """Cake that nobody wants must go to nobody: given to the first player, it pays her to hide what only she wants."""

    @mechanism
    def nothing_is_thrown_away(env: rw.Environment, reports: Any) -> Any:
        """The same rule, with the cake that nobody wants for the first player."""
        found = chen_lai_parkes_procaccia(env, reports)
        spare = [(a, b) for a, b, who in found.segments if who is None]
        return Division({**found, "ann": [*found["ann"], *spare]})

    env = cake({"ann": [(1, 1), (0, 1)], "bob": [(0, 1)]})
    assert rw.verify(chen_lai_parkes_procaccia, env, rw.strategyproof).status == "proved"
    verdict = rw.verify(nothing_is_thrown_away, env, rw.strategyproof)
    assert verdict.status == "refuted" and verdict.counterexample is not None
    assert verdict.counterexample.check() and verdict.counterexample.gain == HALF


# -- what is asked of divisions ----------------------------------------------------------------------------------------


@st.composite
def held(draw: st.DrawFn) -> tuple[rw.Environment, dict[str, Kind], Division]:
    """Two or three players and any division of a cake of three cells."""
    n = draw(st.integers(2, 3))
    types = {p: draw(st.tuples(*[st.integers(0, 3)] * 3).filter(any)) for p in NAMES[:n]}
    env, point = of(types), {0: 1}
    for c in range(3):
        parts = draw(st.lists(st.integers(0, 2), min_size=n + 1, max_size=n + 1).filter(any))
        keep = draw(st.booleans())  # whether a part may go to nobody
        total = sum(parts[: n + keep]) or 1
        point |= {1 + 3 * i + c: Fraction(parts[i], total) for i in range(n)}
    return env, types, env.outcomes.outcome(point)


def more_possible(env: rw.Environment, types: dict[str, Kind], division: Division) -> float:
    """By how much utilities can rise in all with none falling: a linear program solved in floats."""
    from scipy.optimize import linprog

    n, m = len(types), 3
    here = [float(value_of(env, t, division[p])) for p, t in types.items()]
    worths = np.array([[float(v) for v in t] for t in types.values()])
    floor = np.zeros((n, n * m))
    for i in range(n):
        floor[i, i * m : (i + 1) * m] = -worths[i]
    room = np.tile(np.eye(m), n)
    found = linprog(-worths.reshape(-1), np.vstack([floor, room]), [*(-x for x in here), *[1] * m])
    return float(-found.fun - sum(here))


@given(held())
def test_a_division_is_efficient_or_a_better_one_is_shown(case: Any) -> None:
    env, types, division = case
    better = dominating(env, division, rw.Profile(types))
    possible = more_possible(env, types, division)
    if better is None:
        assert possible < 1e-7
        return
    gains = [value_of(env, t, better[p]) - value_of(env, t, division[p]) for p, t in types.items()]
    assert min(gains) >= 0 and max(gains) > 0
    assert possible > 1e-7


def test_a_ring_of_three_is_needed() -> None:
    """Each has the second best of her cells: no two can exchange, all three can."""
    types = {"ann": (2, 1, 0), "bob": (0, 2, 1), "cem": (1, 0, 2)}
    env = of(types)
    cells = env.outcomes.cells
    division = Division({"ann": [cells[1]], "bob": [cells[2]], "cem": [cells[0]]})
    better = dominating(env, division, rw.Profile(types))
    assert better is not None
    assert all(value_of(env, types[p], better[p]) >= value_of(env, types[p], division[p]) for p in types)
    best = Division({"ann": [cells[0]], "bob": [cells[1]], "cem": [cells[2]]})
    assert dominating(env, best, rw.Profile(types)) is None


def test_who_gains_need_not_be_in_the_ring() -> None:
    """Ann and bob can exchange; cem could take over from bob what neither of them wants of hers."""
    types = {"ann": (1, 2, 0), "bob": (2, 1, 0), "cem": (1, 1, 5)}
    env = of(types)
    cells = env.outcomes.cells
    better = dominating(env, Division({"ann": [cells[0]], "bob": [cells[1]], "cem": [cells[2]]}), rw.Profile(types))
    assert better is not None and better["cem"] == (cells[2],)
    assert value_of(env, types["ann"], better["ann"]) + value_of(env, types["bob"], better["bob"]) > 2


def test_efficiency_of_shares_of_goods() -> None:
    goods = rw.games.allocation({"ann": [(3, 1)], "bob": [(1, 3)]}, ("bread", "wine"), transfers=None)
    verdict = rw.verify(equal_split, goods, fractionally_pareto_efficient)
    assert verdict.status == "refuted" and verdict.counterexample is not None and verdict.counterexample.check()


def test_a_piece_in_two_parts_is_not_connected() -> None:
    env = cake(dict.fromkeys(TWO, ((1, 3), (2, 2))))
    assert rw.verify(cut_and_choose, env, connected).status == "proved"
    verdict = rw.verify(equal_split, env, connected)
    assert verdict.status == "refuted" and verdict.counterexample is not None
    assert verdict.counterexample.check() and verdict.counterexample.gain == 1


# -- bad input ---------------------------------------------------------------------------------------------------------

ITEM = rw.games.allocation({"ann": [3], "bob": [1]}, transfers=None)
CROWD = {f"player {k}": (1, 1) for k in range(11)}
TWO_TYPES = dict.fromkeys(TWO, (1, 1))
THREE = dict.fromkeys(NAMES[:3], (1, 1))


@mechanism
def all_to_ann(env: rw.Environment, reports: Any) -> Any:
    """Everything to ann."""
    return {"ann": {"x": 1, "y": 1}}


def goods(*types: Any) -> rw.Environment:
    return rw.games.allocation(dict(zip(NAMES, types, strict=False)), ("x", "y"), transfers=None)


FRIENDS = replace(  # who like best what the others get
    goods(((1, 2),), ((1, 1),)),
    utility=lambda player, outcome, t: sum(
        share for p, each in outcome.items() if p != player for share in each.values()
    ),
)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: surplus_procedure(of(THREE), THREE), "surplus procedure is for 2 players; there are 3"),
        (lambda: nash_optimal_division(of(THREE), THREE), "is for 2 players; there are 3"),
        (lambda: chen_lai_parkes_procaccia(of({"ann": (1, 2)}), {"ann": (1, 2)}), "not piecewise uniform"),
        (lambda: stromquist(of(TWO_TYPES), TWO_TYPES), "is for 3 players; there are 2"),
        (lambda: stromquist(of({**THREE, "bob": (1, 0)}), {**THREE, "bob": (1, 0)}), "worth nothing"),
        (lambda: rw.verify(equal_split, ITEM, connected), "no cake"),
        (lambda: rw.verify(equal_split, ITEM, fractionally_pareto_efficient), "no divisions"),
        (lambda: rw.verify(all_to_ann, goods(((-3, 2),), ((-1, 1),)), fractionally_pareto_efficient), "at least 0"),
        (lambda: rw.verify(all_to_ann, FRIENDS, fractionally_pareto_efficient), "more than her own share"),
        (lambda: surplus_procedure(ITEM, {"ann": 3, "bob": 1}), "no cake"),
        (lambda: perfect_partition(ITEM, {"ann": 3, "bob": 1}), "no cake"),
        (
            lambda: chen_lai_parkes_procaccia.table(cake({"ann": [(1, 0)], "bob": [(1, 0)]}, disposal=False)),
            "the whole cake must be given",
        ),
    ],
)
def test_bad_input_is_one_sentence(wrong: Callable[[], object], says: str) -> None:
    with pytest.raises(BadInput, match=says) as error:
        wrong()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("rule", [chen_lai_parkes_procaccia, perfect_partition], ids=str)
def test_a_crowd_is_refused_before_it_is_counted_out(rule: Any) -> None:
    with pytest.raises(GameTooLarge) as error:
        rule(of(CROWD), CROWD)
    assert error.value.size > error.value.limit and error.value.remedy
