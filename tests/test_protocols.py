"""Protocols for dividing a cake do what the literature says, in every reading of their text."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import permutations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright.games.cake import Division, Divisions, Exact, Piece, as_piece, cake, cut, most, value_of
from rulewright.games.environment import Environment
from rulewright.games.errors import BadInput, GameTooLarge
from rulewright.games.extensive import Decision, Terminal
from rulewright.games.numbers import exact
from rulewright.mechanisms.protocols import (
    Choose,
    Cut,
    Mark,
    Protocol,
    Queries,
    Trim,
    english,
    honest,
    played,
    protocol,
    queries,
    resume,
    tree,
    worst_case,
)
from rulewright.mechanisms.rules.division import (
    cut_and_choose,
    cut_and_choose_by,
    cutter_chooses_last,
    dubins_spanier,
    equal_split,
    even_paz,
    last_diminisher,
    selfridge_conway,
    who_cuts_who_chooses,
)

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
TWO, THREE = ("ann", "bob"), ("ann", "bob", "cem")
GRID = tuple(kind for kind in product(range(5), repeat=3) if sum(kind) == 4)
UNEQUAL = {"ann": (1, 1, 1), "bob": (90, 5, 5), "cem": (95, 3, 2)}

kinds = st.tuples(*[st.integers(0, 6)] * 3).filter(any)
positive = st.tuples(*[st.integers(1, 9)] * 3)
Types = dict[str, tuple[int, ...]]


def of(types: Mapping[str, tuple[int, ...]]) -> Environment:
    """The cake of players whose one type is known."""
    return cake({player: [kind] for player, kind in types.items()})


def shares(types: Mapping[str, tuple[int, ...]], division: Division) -> dict[str, Fraction]:
    """What each gets, as a fraction of the whole cake by her own worth."""
    env = of(types)
    return {p: Fraction(value_of(env, kind, division[p])) / most(env, kind) for p, kind in types.items()}


def profiles(players: tuple[str, ...], each: st.SearchStrategy[tuple[int, ...]] = kinds) -> st.SearchStrategy[Types]:
    return st.tuples(*[each] * len(players)).map(lambda drawn: dict(zip(players, drawn, strict=True)))


# -- cut and choose ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def grid() -> Environment:
    return cake({"ann": GRID, "bob": GRID})


@pytest.mark.parametrize("prop", ["envy_free", "proportional"])
def test_cut_and_choose_is_fair_on_a_grid(grid: Environment, prop: str) -> None:
    """Steinhaus (1948); Foley (1967) for envy."""
    verdict = rw.verify(cut_and_choose, grid, getattr(rw, prop))
    assert verdict.status == "proved"


def test_the_cutter_gains_by_lying(grid: Environment) -> None:
    """Cut and choose is not strategyproof (Brams & Taylor 1996), and only its cutter can gain."""
    verdict = rw.verify(cut_and_choose, grid, rw.strategyproof)
    case = verdict.counterexample
    assert verdict.status == "refuted" and case is not None
    assert case.case.player == "ann"
    assert isinstance(case.gain, int | Fraction) and case.gain > 0
    assert case.check()


def test_a_cutters_lie_and_its_gain_by_hand() -> None:
    """Ann values the cake evenly and bob three quarters of it on the left; cutting where he would, she gains 2/3."""
    env = cake({"ann": [(2, 2), (3, 1)], "bob": [(3, 1)]})
    truth = cut_and_choose(env, {"ann": (2, 2), "bob": (3, 1)})
    lie = cut_and_choose(env, {"ann": (3, 1), "bob": (3, 1)})
    assert str(truth) == "ann [1/2, 1]; bob [0, 1/2]"
    assert str(lie) == "ann [1/3, 1]; bob [0, 1/3]"
    assert value_of(env, (2, 2), lie["ann"]) - value_of(env, (2, 2), truth["ann"]) == Fraction(2, 3)


@given(profiles(TWO), kinds)
def test_the_chooser_never_gains_by_lying(types: Types, lie: tuple[int, ...]) -> None:
    env = cake({"ann": [types["ann"]], "bob": list(dict.fromkeys((types["bob"], lie)))})
    true, false = (cut_and_choose(env, {**types, "bob": kind})["bob"] for kind in (types["bob"], lie))
    assert value_of(env, types["bob"], true) >= value_of(env, types["bob"], false)


@given(profiles(TWO))
def test_honesty_guarantees_half_whatever_the_other_does(types: Types) -> None:
    """The cutter's honest cut is worth half whatever is chosen; the chooser's choice, wherever the cut is."""
    env = of(types)
    space = env.outcomes
    root = tree(cut_and_choose, env, types).root
    step = resume(cut_and_choose, TWO)
    assert isinstance(root, Decision) and isinstance(step, Cut)
    own = step.honest(space, types["ann"])
    for end in ends(root.moves[step.label(own)]):
        assert 2 * exact(end.payoffs["ann"]) == most(env, types["ann"])
    for move in step.moves(step.points(space, types["ann"]) + step.points(space, types["bob"])):
        choice = resume(cut_and_choose, TWO, (step.sent(move),))
        assert isinstance(choice, Choose)
        taken, _ = choice.sent(choice.honest(space, types["bob"]))
        assert 2 * value_of(env, types["bob"], taken) >= most(env, types["bob"])


def ends(node: Any) -> Iterator[Terminal]:
    if isinstance(node, Terminal):
        yield node
    else:
        for child in node.moves.values():
            yield from ends(child)


def test_cut_and_choose_takes_one_cut_and_one_eval_query() -> None:
    """Robertson & Webb (1998)."""
    types = {"ann": (1, 3), "bob": (2, 2)}
    assert queries(cut_and_choose, of(types), types) == Queries(cut=1, eval=1)


# -- selfish players who know each other -----------------------------------------------------------------------------


@given(kinds)
def test_who_cuts_and_who_chooses_first_between_players_alike(kind: tuple[int, ...]) -> None:
    """Of the four rules exactly the two in which the cutter chooses last are fair."""
    types = dict.fromkeys(TWO, kind)
    found = {
        rule.name: tuple(shares(types, rule(of(types), types)).values()) for rule in who_cuts_who_chooses(of(types))
    }
    assert found == {
        "ann cuts, ann chooses first": (1, 0),
        "ann cuts, bob chooses first": (HALF, HALF),
        "bob cuts, ann chooses first": (HALF, HALF),
        "bob cuts, bob chooses first": (0, 1),
    }


@given(profiles(TWO, positive))
def test_a_cutter_who_knows_the_chooser_gets_at_least_half_and_leaves_half(types: Types) -> None:
    """With known tastes the cutter cuts where the chooser is indifferent and keeps the better side."""
    got = shares(types, played(cut_and_choose)(of(types), types))
    assert got["ann"] >= HALF and got["bob"] == HALF


def test_the_cutters_share_can_be_close_to_the_whole() -> None:
    types = {"ann": (99, 1), "bob": (1, 99)}
    got = shares(types, played(cut_and_choose)(of(types), types))
    assert got["ann"] > Fraction(99, 100) and got["bob"] == HALF


def test_breaking_ties_otherwise_changes_the_rule() -> None:
    """A chooser who goes left when indifferent spoils the cutter's best cut: ties are part of the rule."""
    types = {"ann": (99, 1), "bob": (1, 99)}
    kindly = played(cut_and_choose)(of(types), types)
    left = played(cut_and_choose, ties="leftmost")(of(types), types)
    assert shares(types, left)["ann"] < shares(types, kindly)["ann"]


def solved(node: Any) -> set[tuple[tuple[str, Exact], ...]]:
    """The payoffs of all subgame-perfect equilibria, by plain recursion over the tree."""
    if isinstance(node, Terminal):
        return {tuple((p, exact(x)) for p, x in node.payoffs.items())}
    below = [solved(child) for child in node.moves.values()]
    found = set()
    for k, each in enumerate(below):
        for ends in each:
            mine = dict(ends)[node.player]
            if all(min(dict(e)[node.player] for e in other) <= mine for j, other in enumerate(below) if j != k):
                found.add(ends)
    return found


@given(profiles(TWO), st.sampled_from(["cutter", "leftmost"]))
def test_selfish_play_is_an_equilibrium_of_the_tree(types: Types, ties: str) -> None:
    """Backward induction over the tree, written here anew, finds the payoffs that ``played`` finds."""
    env = of(types)
    game = tree(cut_and_choose, env, types)
    assert game.perfect_information
    division = played(cut_and_choose, ties=ties)(env, types)
    paid = tuple((p, value_of(env, types[p], division[p])) for p in TWO)
    assert paid in solved(game.root)
    if ties == "cutter":
        assert paid[0][1] == max(dict(each)["ann"] for each in solved(game.root))


@pytest.mark.parametrize("order", list(permutations(THREE)))
def test_selfish_play_of_three_is_an_equilibrium_of_the_tree(order: tuple[str, ...]) -> None:
    types, rule = {"ann": (4, 2, 3), "bob": (4, 1, 4), "cem": (1, 1, 6)}, cut_and_choose_by("ann", order)
    env = of(types)
    division = played(rule)(env, types)
    game = tree(rule, env, types)
    assert tuple((p, value_of(env, types[p], division[p])) for p in THREE) in solved(game.root)
    assert division in {end.outcome for end in ends(game.root)}


def test_among_three_a_selfish_cutter_who_chooses_last_can_leave_one_an_eighth() -> None:
    """The rule that is fair for two is not proportional for three."""
    types = {"ann": (4, 2, 3), "bob": (4, 1, 4), "cem": (1, 1, 6)}
    assert shares(types, played(cutter_chooses_last)(of(types), types))["cem"] == Fraction(1, 8)


# -- more than two ---------------------------------------------------------------------------------------------------


def test_among_three_honest_players_the_cutter_last_leaves_one_three_hundredths() -> None:
    got = shares(UNEQUAL, cutter_chooses_last(of(UNEQUAL), UNEQUAL))
    assert got == {"ann": THIRD, "bob": Fraction(9, 10), "cem": Fraction(3, 100)}


def test_the_cutter_last_is_refuted_for_three() -> None:
    verdict = rw.verify(cutter_chooses_last, of(UNEQUAL), rw.proportional)
    case = verdict.counterexample
    assert verdict.status == "refuted" and case is not None
    assert case.case.player == "cem"
    assert case.check()


def test_the_family_holds_every_cutter_with_every_order() -> None:
    rules = who_cuts_who_chooses(of(UNEQUAL), play=honest)
    assert len({rule.name for rule in rules}) == 3 * 6
    assert "ann cuts, bob, cem, ann choose in this order" in {rule.name for rule in rules}


@given(profiles(THREE))
def test_selfridge_conway_is_envy_free(types: Types) -> None:
    """Brams & Taylor (1996)."""
    env = of(types)
    division = selfridge_conway(env, types)
    assert all(who for _, _, who in division.segments)
    for one, other in permutations(THREE, 2):
        assert value_of(env, types[one], division[one]) >= value_of(env, types[one], division[other])


@given(profiles(THREE), kinds, kinds, st.sampled_from(THREE))
def test_selfridge_conway_guarantees_a_third_against_liars(
    types: Types, one: tuple[int, ...], two: tuple[int, ...], who: str
) -> None:
    others = iter((one, two))
    reports = {player: types[player] if player == who else next(others) for player in THREE}
    division = selfridge_conway(of(reports), reports)
    assert 3 * value_of(of(types), types[who], division[who]) >= most(of(types), types[who])


@given(profiles(THREE), kinds, kinds, st.sampled_from(THREE))
def test_dubins_spanier_is_proportional_against_liars(
    types: Types, one: tuple[int, ...], two: tuple[int, ...], who: str
) -> None:
    """Dubins & Spanier (1961)."""
    others = iter((one, two))
    reports = {player: types[player] if player == who else next(others) for player in THREE}
    division = dubins_spanier(of(reports), reports)
    assert 3 * value_of(of(types), types[who], division[who]) >= most(of(types), types[who])


def test_dubins_spanier_is_not_strategyproof() -> None:
    grid = [(1, 1, 1), (2, 1, 0), (0, 2, 1)]
    verdict = rw.verify(dubins_spanier, cake(dict.fromkeys(THREE, grid)), rw.strategyproof)
    assert verdict.status == "refuted"
    assert verdict.counterexample is not None and verdict.counterexample.check()


FOUR = (*THREE, "dan")


@settings(max_examples=60)
@given(st.integers(2, 4).flatmap(lambda n: st.tuples(profiles(FOUR[:n]), profiles(FOUR[:n]))), st.integers(0, 3))
@pytest.mark.parametrize("rule", [last_diminisher, even_paz], ids=str)
def test_shares_are_fair_among_liars(rule: Protocol, drawn: tuple[Types, Types], who: int) -> None:
    """Steinhaus (1948), Even & Paz (1984): whoever is honest gets her share, in one piece, and nothing is left over."""
    types, lies = drawn
    honest_one = FOUR[who % len(types)]
    division = rule(of(types), lies | {honest_one: types[honest_one]})
    assert shares(types, division)[honest_one] >= Fraction(1, len(types))
    assert all(who for _, _, who in division.segments)
    assert max(map(len, division.values())) <= 1


@given(profiles(THREE))
def test_last_diminisher_by_the_rule_book(types: Types) -> None:
    """Steinhaus (1948) told again: the slice is cut, cut back by whoever finds it too large, and taken by the last."""
    env = of(types)
    worth = {p: lambda a, b, p=p: Fraction(value_of(env, types[p], [(a, b)])) for p in THREE}
    slice_end, taker = _point(env, types["ann"], 0, worth["ann"](0, 1) / 3), "ann"
    for player in ("bob", "cem"):
        if worth[player](0, slice_end) > worth[player](0, 1) / 3:
            slice_end, taker = _point(env, types[player], 0, worth[player](0, 1) / 3), player
    cutter, chooser = (p for p in THREE if p != taker)
    middle = _point(env, types[cutter], slice_end, worth[cutter](slice_end, 1) / 2)
    left, right = worth[chooser](slice_end, middle), worth[chooser](middle, 1)
    first, second = (chooser, cutter) if left >= right else (cutter, chooser)
    found = Division({taker: [(0, slice_end)], first: [(slice_end, middle)], second: [(middle, 1)]})
    assert last_diminisher(env, types) == found


def _point(env: Environment, kind: tuple[int, ...], start: Exact, amount: Fraction) -> Exact:
    """The leftmost point up to which a type finds an amount, cell by cell."""
    if not amount:
        return start
    for k, value in enumerate(kind):
        low, high = max(Fraction(k, 3), Fraction(start)), Fraction(k + 1, 3)
        here = 3 * value * (high - low)
        if high > low and here >= amount:
            return low + amount / (3 * value)
        amount -= max(here, Fraction(0))
    raise AssertionError("there is that much")


def test_who_finds_a_slice_just_right_lets_it_be() -> None:
    """Bob values nothing of the right half of ann's slice: it is worth a third to him with it or without it."""
    types = {"ann": (1, 1, 1, 1, 1, 1), "bob": (1, 0, 1, 0, 1, 0), "cem": (0, 0, 1, 1, 1, 0)}
    division = last_diminisher(of(types), types)
    assert division["ann"] == ((0, THIRD),)
    assert Mark("bob", THIRD, until=THIRD).honest(of(types).outcomes, types["bob"]) == THIRD
    assert Mark("bob", THIRD, until=HALF).honest(of(types).outcomes, types["bob"]) == Fraction(1, 6)


def test_the_largest_halves_are_shared_among_the_leftmost() -> None:
    """Even & Paz (1984) by hand: five who value the cake alike are parted two to three, in their order."""
    types = dict.fromkeys(("a", "b", "c", "d", "e"), (1, 1))
    division = even_paz(of(types), types)
    assert [who for _, _, who in division.segments] == ["a", "b", "c", "d", "e"]
    assert {b - a for a, b, _ in division.segments} == {Fraction(1, 5)}
    # one whose taste lies on the left goes left, whatever her place in the order; of equal marks the first counts
    types |= {"e": (2, 0)}
    assert [who for _, _, who in even_paz(of(types), types).segments] == ["a", "e", "b", "c", "d"]


@given(profiles(THREE))
def test_the_first_third_of_three_is_parted_as_by_a_moving_knife(types: Types) -> None:
    """One and two are the halves of three, so who marks the first third leftmost gets it, as in Dubins' rule."""
    assert even_paz(of(types), types) == dubins_spanier(of(types), types)


def test_a_mark_that_is_made_can_only_be_moved_to_the_left() -> None:
    space = of(dict.fromkeys(THREE, (1, 1))).outcomes
    step = Mark("bob", THIRD, until=HALF)
    assert list(step.moves((0, THIRD, Fraction(3, 4), 1))) == [0, THIRD, HALF]
    assert list(Mark("bob", THIRD).moves((0, THIRD, 1))) == [0, THIRD, 1]
    assert step.honest(space, (0, 1)) == HALF


def test_queries_by_hand() -> None:
    """The first marks, who diminishes looks and cuts, who lets it be only looks; then the others cut and choose."""
    alike = dict.fromkeys(THREE, (1, 1, 1))
    assert queries(last_diminisher, of(alike), alike) == Queries(cut=2, eval=2 + 1 + 2)
    left = {"ann": (1, 1, 1), "bob": (4, 1, 1), "cem": (5, 1, 0)}
    assert queries(last_diminisher, of(left), left) == Queries(cut=4, eval=2 + 1 + 2)
    assert queries(even_paz, of(alike), alike) == Queries(cut=5, eval=2)


@pytest.mark.parametrize("rule", [last_diminisher, even_paz, dubins_spanier], ids=str)
def test_protocols_of_marks_have_a_tree_and_are_played(rule: Protocol) -> None:
    types = {"ann": (1, 1, 1), "bob": (4, 1, 1), "cem": (5, 1, 0)}
    env, marks = of(types), (0, THIRD, HALF, 1)
    game = tree(rule, env, types, marks=marks)
    assert game.perfect_information and game.nodes > 100
    division = played(rule, marks=marks)(env, types)
    assert tuple((p, value_of(env, types[p], division[p])) for p in THREE) in solved(game.root)
    assert "<" in game._repr_html_() and "<svg" in division._repr_html_()
    assert english(rule, THREE).startswith("What is done depends on the moves")
    crowd = dict.fromkeys("abcdefgh", (1, 2, 3, 4))
    with pytest.raises(GameTooLarge) as error:
        tree(rule, of(crowd), crowd)
    assert error.value.size > error.value.limit


@pytest.mark.parametrize("rule", [last_diminisher, even_paz, cutter_chooses_last], ids=str)
@pytest.mark.parametrize("who", THREE)
def test_the_worst_case_is_the_worst_end_of_the_tree_that_an_honest_player_can_come_to(
    rule: Protocol, who: str
) -> None:
    types = {"ann": (2, 1), "bob": (1, 2), "cem": (1, 1)}
    env, marks = of(types), (0, THIRD, HALF, Fraction(3, 4), 1)

    def reached(sent: list[Any]) -> Iterator[Division]:
        step = resume(rule, THREE, sent)
        if isinstance(step, Division):
            yield step
            return
        own = step.honest(env.outcomes, types[who])
        for move in (own,) if step.player == who else step.moves(marks):
            yield from reached([*sent, step.sent(move)])

    worst = worst_case(rule, env, types, who, marks=marks)
    assert value_of(env, types[who], worst[who]) == min(value_of(env, types[who], end[who]) for end in reached([]))


@pytest.mark.parametrize("prop", ["strategyproof", "envy_free", "proportional"])
def test_equal_split_is_fair_and_cannot_be_gamed(grid: Environment, prop: str) -> None:
    assert rw.verify(equal_split, grid, getattr(rw, prop)).status == "proved"


def test_equal_split_of_goods_and_of_one_item() -> None:
    goods = rw.games.allocation({"ann": [(3, 1)], "bob": [(1, 3)]}, ("bread", "wine"), transfers=None)
    assert equal_split(goods, {"ann": (3, 1), "bob": (1, 3)})["ann"] == {"bread": HALF, "wine": HALF}
    item = rw.games.allocation({"ann": [3], "bob": [1]}, transfers=None)
    assert equal_split(item, {"ann": 3, "bob": 1}) == {"ann": HALF, "bob": HALF}


# -- one text, many readings -----------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(profiles(THREE), st.permutations(THREE), st.permutations(THREE))
def test_relabelling_players_relabels_the_division(types: Types, order: list[str], names: list[str]) -> None:
    """The rule knows players by their parts in it only."""
    new = dict(zip(THREE, names, strict=True))
    renamed = {new[player]: types[player] for player in THREE}
    for play in (honest, played):
        before = play(cut_and_choose_by(order[0], order))(of(types), types)
        after = play(cut_and_choose_by(new[order[0]], [new[p] for p in order]))(of(renamed), renamed)
        assert after == {new[player]: piece for player, piece in before.items()}


@given(profiles(THREE), st.permutations(THREE))
def test_equal_split_is_anonymous(types: Types, names: list[str]) -> None:
    env = of(types)
    moved = {player: types[name] for player, name in zip(THREE, names, strict=True)}
    before, after = equal_split(env, types), equal_split(of(moved), moved)
    assert shares(types, before) == shares(moved, after) == dict.fromkeys(THREE, THIRD)


@settings(max_examples=30)
@given(profiles(THREE))
def test_honest_play_is_a_play_of_the_tree(types: Types) -> None:
    division = cutter_chooses_last(of(types), types)
    found = {end.outcome for end in ends(tree(cutter_chooses_last, of(types), types).root)}
    assert division in found


@pytest.mark.parametrize("rule", [cutter_chooses_last, dubins_spanier], ids=str)
def test_trees_give_exact_worths(rule: Protocol) -> None:
    env = of(UNEQUAL)
    for end in ends(tree(rule, env, UNEQUAL, marks=(0, THIRD, HALF, 1)).root):
        assert isinstance(end.outcome, Division)
        assert dict(end.payoffs) == {p: value_of(env, UNEQUAL[p], end.outcome[p]) for p in THREE}


def test_english() -> None:
    assert english(cut_and_choose, TWO) == (
        "1. ann cuts the cake into 2 pieces.\n2. bob chooses a piece.\n3. ann gets the rest."
    )
    assert english(cutter_chooses_last, THREE).splitlines()[1:] == [
        "2. bob chooses a piece.",
        "3. cem chooses a piece.",
        "4. ann gets the rest.",
    ]
    assert english(selfridge_conway, THREE).startswith("What is done depends on the moves")


@protocol
def everything_to_the_last(*players: str) -> Any:
    """The last player takes the cake."""
    yield Cut(players[-1], 1)
    return {players[-1]: ((0, 1),)}


def test_a_protocol_of_ones_own() -> None:
    types = {"ann": (1, 3), "bob": (2, 2)}
    assert str(everything_to_the_last) == "everything to the last: The last player takes the cake."
    assert str(everything_to_the_last(of(types), types)) == "ann nothing; bob [0, 1]"
    assert rw.verify(everything_to_the_last, of(types), rw.proportional).status == "refuted"
    assert rw.verify(everything_to_the_last, of(types), rw.strategyproof).status == "proved"


def test_rules_by_name_can_be_sent_to_workers() -> None:
    types = {"ann": (1, 3), "bob": (2, 2)}
    for rule in (played(cut_and_choose_by("ann", TWO)), honest(cut_and_choose_by("bob", TWO)), cut_and_choose):
        again = pickle.loads(pickle.dumps(rule))
        assert again(of(types), types) == rule(of(types), types)


# -- bad input -------------------------------------------------------------------------------------------------------


def test_a_tree_too_large_is_refused_before_it_is_built() -> None:
    players = tuple("abcdefgh")
    types = dict.fromkeys(players, (1,) * 8)
    with pytest.raises(GameTooLarge) as error:
        tree(cutter_chooses_last, of(types), types)
    assert error.value.size > error.value.limit == 200_000 and error.value.remedy
    with pytest.raises(GameTooLarge):
        played(cutter_chooses_last)(of(types), types)


def test_the_count_is_no_less_than_the_nodes() -> None:
    size = tree(cutter_chooses_last, of(UNEQUAL), UNEQUAL).nodes
    with pytest.raises(GameTooLarge) as error:
        tree(cutter_chooses_last, of(UNEQUAL), UNEQUAL, limit=10)
    assert size <= error.value.size <= 2 * size


def no_piece(first: str, second: str) -> Any:
    yield Cut(first, 2)


def a_stranger(first: str, second: str) -> Any:
    pieces = yield Cut(first, 2)
    return {"dan": pieces[0]}


def no_step(first: str, second: str) -> Any:
    yield first


def the_same_twice(first: str, second: str) -> Any:
    pieces = yield Cut(first, 2)
    return {first: pieces[0], second: pieces[0]}


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (protocol(no_piece), "returned None"),
        (protocol(a_stranger), '"dan"'),
        (protocol(no_step), "yields 'ann'"),
        (protocol(the_same_twice), "overlap"),
        (selfridge_conway, "is for 3 players; there are 2"),
        (cut_and_choose_by("anna", ("anna", "bob")), '"ann"'),
    ],
    ids=lambda x: x if isinstance(x, str) else x.name,
)
def test_a_protocol_that_goes_wrong_is_told_so(rule: Protocol, says: str) -> None:
    types = {"ann": (1, 3), "bob": (2, 2)}
    with pytest.raises(BadInput, match=says) as error:
        rule(of(types), types)
    assert "\n" not in str(error.value)


def test_other_bad_input() -> None:
    types = {"ann": (1, 3), "bob": (2, 2)}
    item = rw.games.allocation({"ann": [3], "bob": [1]}, transfers=None)
    with pytest.raises(BadInput, match="no cake"):
        cut_and_choose(item, {"ann": 3, "bob": 1})
    with pytest.raises(BadInput, match="no cake"):
        who_cuts_who_chooses(item)
    with pytest.raises(BadInput, match="marks"):
        tree(cut_and_choose, of(types), types, marks=(2,))
    with pytest.raises(BadInput, match='no type for "bob"'):
        tree(cut_and_choose, of(types), {"ann": (1, 3)})
    with pytest.raises(BadInput, match="cutter"):
        played(cut_and_choose, ties="cuter")
    with pytest.raises(BadInput, match="once"):
        cut_and_choose_by("ann", ("ann", "ann"))
    with pytest.raises(BadInput, match='"bob"'):
        worst_case(cut_and_choose, of(types), types, "bobb")
    with pytest.raises(BadInput, match="2 or more players; there are 1"):
        even_paz(of({"ann": (1, 3)}), {"ann": (1, 3)})
    crowd = dict.fromkeys("abcdefgh", (1, 2, 3, 4))
    with pytest.raises(GameTooLarge):
        worst_case(cutter_chooses_last, of(crowd), crowd, "b")
    with pytest.raises(BadInput, match="do not say what each player gets"):
        equal_split(Environment("x", {"ann": (1,)}, ("left",), lambda *_: 0), {"ann": 1})


@given(st.lists(st.fractions(0, 1, max_denominator=9), min_size=2, max_size=2), kinds)
def test_trimming_evens_the_two_best(at: list[Fraction], kind: tuple[int, ...]) -> None:
    space = Divisions(THREE, (0, THIRD, 2 * THIRD, 1))
    pieces = cut(((0, 1),), sorted(at))
    trim = Trim("ann", pieces)
    after, trimmed, rest = trim.sent(trim.honest(space, kind))
    worths = sorted(value_of(space, kind, piece) for piece in after)
    assert worths[-1] == worths[-2]
    assert as_piece((*[i for piece in after for i in piece], *rest)) == as_piece(i for piece in pieces for i in piece)
    assert trimmed in after


def test_a_piece_is_what_the_steps_say() -> None:
    pieces: tuple[Piece, ...] = Cut("ann", 3).sent((THIRD, HALF))
    mine, others = Choose("bob", pieces).sent(1)
    assert mine == ((THIRD, HALF),) and others == (((0, THIRD),), ((HALF, 1),))
