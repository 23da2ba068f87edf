"""Solving normal forms: theorems, the literature, and Gambit's answers."""

from __future__ import annotations

import json
import math
import time
from fractions import Fraction
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright.certificates import check
from rulewright.solvers.solution import Equilibrium, mixed
from rulewright.solvers.two_player import lemke_howson, positive

FROZEN = json.loads((Path(__file__).parent / "frozen" / "gambit_two_player.json").read_text())

HALF = Fraction(1, 2)


def bimatrix(A: object, B: object, name: str = "game") -> rw.NormalForm:
    payoffs = np.stack([np.array(A, dtype=object), np.array(B, dtype=object)], axis=-1)
    m, n = payoffs.shape[:2]
    return rw.NormalForm(name, {"ann": [f"r{k}" for k in range(m)], "bob": [f"c{k}" for k in range(n)]}, payoffs)


@st.composite
def bimatrices(draw: st.DrawFn, top: int = 5, size: int = 4) -> rw.NormalForm:
    m, n = draw(st.integers(1, size)), draw(st.integers(1, size))
    rows = st.lists(st.lists(st.integers(-top, top), min_size=n, max_size=n), min_size=m, max_size=m)
    return bimatrix(draw(rows), draw(rows))


@st.composite
def any_games(draw: st.DrawFn) -> rw.NormalForm:
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    count = math.prod(sizes) * len(sizes)
    flat = draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
    actions = {f"p{i}": [f"a{k}" for k in range(size)] for i, size in enumerate(sizes)}
    return rw.NormalForm("game", actions, np.array(flat).reshape(*sizes, len(sizes)))


def points(found: rw.Solution) -> set[tuple[tuple[Fraction, ...], ...]]:
    return {tuple(tuple(s.values()) for s in e.strategies.values()) for e in found}


def test_prisoners_dilemma_has_one_equilibrium() -> None:
    """T=5 R=3 P=1 S=0: (defect, defect) and nothing else (Tucker 1950)."""
    for concept in ("nash", "pure", "dominant"):
        found = rw.solve(rw.games.prisoners_dilemma(), concept)
        assert found.complete
        assert [e.payoffs for e in found] == [{"row": 1, "column": 1}]
        assert found[0].strategies["row"]["defect"] == 1
        assert found[0].check()
        assert found[0].strict


def test_chicken() -> None:
    """(6,6) (2,7) (7,2) (0,0): the mixed equilibrium pays 14/3 each (Aumann 1974)."""
    found = rw.solve(bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]], "chicken"))
    assert found.complete
    assert len(found) == 3
    assert [e.payoffs["ann"] for e in found] == [2, 7, Fraction(14, 3)]
    assert found[2].strategies["ann"]["r0"] == Fraction(2, 3)


def test_matching_pennies_and_rock_paper_scissors() -> None:
    """One equilibrium, uniform (von Neumann 1928)."""
    pennies = rw.solve(bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]]))
    assert points(pennies) == {((HALF, HALF), (HALF, HALF))}
    rps = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    third = (Fraction(1, 3),) * 3
    assert points(rw.solve(bimatrix(rps, -rps))) == {(third, third)}
    assert not rw.solve(bimatrix(rps, -rps), "pure")
    assert "some player gains" in rw.solve(bimatrix(rps, -rps), "pure").why


def test_battle_of_the_sexes_and_coordination() -> None:
    """Two pure and one mixed equilibrium (Luce and Raiffa 1957)."""
    battle = rw.solve(bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]]))
    assert points(battle) == {
        ((1, 0), (1, 0)),
        ((0, 1), (0, 1)),
        ((Fraction(2, 3), Fraction(1, 3)), (Fraction(1, 3), Fraction(2, 3))),
    }
    for n in (2, 3, 4, 5):  # every nonempty set of actions is the support of one
        found = rw.solve(bimatrix(np.eye(n, dtype=int), np.eye(n, dtype=int)))
        assert found.complete
        assert len(found) == 2**n - 1


def test_inspection_game() -> None:
    """Fine F, gain g, cost 1: audits with probability g / (g + F)."""
    F, g, cost, loss = 3, 1, 1, 4
    found = rw.solve(bimatrix([[-cost, F - cost], [0, -loss]], [[0, -F], [0, g]]))
    assert Fraction(g, g + F) in {e.strategies["ann"]["r0"] for e in found}


def test_degenerate_game_lists_the_extreme_equilibria() -> None:
    """Example of a continuum: von Stengel (2002), every y between the extremes is as good."""
    found = rw.solve(bimatrix([[3, 3], [2, 5], [0, 6]], [[3, 3], [2, 6], [3, 1]]))
    assert found.complete
    assert "infinitely many" in found.why
    assert points(found) == {
        ((1, 0, 0), (1, 0)),
        ((1, 0, 0), (Fraction(2, 3), Fraction(1, 3))),
        ((0, Fraction(1, 3), Fraction(2, 3)), (Fraction(1, 3), Fraction(2, 3))),
    }
    for p in (0, Fraction(1, 4), HALF, 1):  # mixtures of the first two
        between = mixed(found.game, ((1, 0, 0), (Fraction(2, 3) + Fraction(p) / 3, Fraction(1, 3) - Fraction(p) / 3)))
        assert between.check()


@pytest.mark.parametrize("k", range(len(FROZEN["games"])))
def test_gambit_finds_the_same_extreme_equilibria(k: int) -> None:
    frozen = FROZEN["games"][k]
    found = rw.solve(bimatrix(frozen["row"], frozen["column"]))
    expected = {tuple(tuple(map(Fraction, row)) for row in pair) for pair in frozen["extreme_equilibria"]}
    assert found.complete
    assert points(found) == expected


@given(bimatrices())
def test_every_equilibrium_passes_its_own_check(game: rw.NormalForm) -> None:
    found = rw.solve(game)
    assert found.complete
    assert len(found) >= 1  # Nash 1951
    assert found.check()
    for e in found:
        assert all(e.regret(player) == 0 for player in game.players)
    if "nondegenerate" in found.method:
        assert len(found) % 2 == 1  # Wilson 1971
        assert not found.why


@given(bimatrices())
def test_pure_equilibria_are_those_of_the_definition(game: rw.NormalForm) -> None:
    expected = []
    for p in game.profiles():
        gains = [
            game.payoff(i, p | {i: a}) - game.payoff(i, p) for i in game.players for a in game.actions[i]
        ]  # fmt: skip
        if max(gains) <= 0:
            expected.append(dict(p))
    found = rw.solve(game, "pure")
    assert [{i: s.support[0] for i, s in e.strategies.items()} for e in found] == expected
    assert points(found) <= points(rw.solve(game))


@given(any_games())
def test_pure_dominant_and_rationalizable_of_any_number_of_players(game: rw.NormalForm) -> None:
    pure = rw.solve(game, "pure")
    dominant = rw.solve(game, "dominant")
    strict = rw.solve(game, "dominant", strict=True)
    rational = rw.solve(game, "rationalizable")
    for found in (pure, dominant, strict, rational):
        assert found.complete
        assert found.check()
    assert {e.strategies for e in dominant} <= {e.strategies for e in pure}
    assert {e.strategies for e in strict} <= {e.strategies for e in dominant}
    assert all(e.strict for e in strict)
    assert len(strict) == sum(e.strict for e in dominant)
    assert rational.surviving is not None
    for e in pure:
        assert all(s.support[0] in rational.surviving[i] for i, s in e.strategies.items())
    if strict:
        assert rational.surviving == {i: s.support for i, s in strict[0].strategies.items()}


@given(bimatrices())
def test_only_rationalizable_actions_are_in_a_support(game: rw.NormalForm) -> None:
    """Pearce 1984; and what survives "pure" elimination contains what survives "mixed"."""
    rational = rw.solve(game, "rationalizable")
    weaker = rw.solve(game, "rationalizable", method="pure")
    assert rational.surviving is not None
    assert weaker.surviving is not None
    for i in game.players:
        assert set(rational.surviving[i]) <= set(weaker.surviving[i])
        for e in rw.solve(game):
            assert set(e.strategies[i].support) <= set(rational.surviving[i])


@given(bimatrices(), st.randoms(use_true_random=False))
def test_relabelling_relabels_the_answer(game: rw.NormalForm, random: Random) -> None:
    found = rw.solve(game)
    orders = {i: list(range(len(game.actions[i]))) for i in game.players}
    for order in orders.values():
        random.shuffle(order)
    moved = game.payoffs[np.ix_(orders["ann"], orders["bob"])]
    actions = {i: [game.actions[i][k] for k in orders[i]] for i in game.players}
    again = rw.solve(rw.NormalForm("moved", actions, moved))
    assert {e.strategies for e in again} == {e.strategies for e in found}
    swapped = rw.NormalForm(
        "swapped",
        {"bob": game.actions["bob"], "ann": game.actions["ann"]},
        np.swapaxes(game.payoffs, 0, 1)[..., ::-1],
    )
    assert {e.strategies for e in rw.solve(swapped)} == {e.strategies for e in found}


@given(bimatrices(), st.sampled_from([Fraction(1, 3), 1e-9, 1e9, Fraction(1, 10**30), 3]), st.integers(-5, 5))
def test_units_do_not_matter(game: rw.NormalForm, unit: object, shift: int) -> None:
    scaled = game.payoffs.astype(object)
    scaled[..., 0] = scaled[..., 0] * Fraction(unit) + shift
    found = rw.solve(game.with_payoffs(scaled))
    assert {e.strategies for e in found} == {e.strategies for e in rw.solve(game)}
    assert found.complete


def test_floats_of_any_size_are_read_exactly() -> None:
    A = np.array([[6e-300, 2e-300], [7e-300, 0.0]])
    B = np.array([[6e9, 7e9], [2e9, 0.0]])
    found = rw.solve(bimatrix(A, B))
    assert len(found) == 3
    assert found.complete
    assert found.check()
    mixed_magnitudes = rw.solve(bimatrix([[1e200, 0], [0, 1e-200]], [[1, 0], [0, 1]]))
    assert len(mixed_magnitudes) == 3
    assert mixed_magnitudes.check()


@pytest.mark.parametrize(
    "game",
    [
        bimatrix([[0, 0], [0, 0]], [[0, 0], [0, 0]]),
        bimatrix([[1, 1, 1]], [[2, 5, 5]]),
        bimatrix([[1], [1], [0]], [[2], [3], [4]]),
        bimatrix([[7]], [[7]]),
        bimatrix([[1, 1], [1, 1], [0, 0]], [[1, 1], [1, 1], [5, 5]]),
        bimatrix([[1, 0], [1, 0], [0, 1]], [[1, 0], [1, 0], [0, 1]]),
    ],
)
def test_degenerate_shapes(game: rw.NormalForm) -> None:
    found = rw.solve(game)
    assert found.complete
    assert found
    assert found.check()
    assert points(rw.solve(game, "pure")) <= points(found)
    assert rw.solve(game, method="nashpy").check()


@given(bimatrices(top=9, size=4))
@settings(max_examples=25)
def test_nashpy_finds_nothing_that_is_not_there(game: rw.NormalForm) -> None:
    exactly = rw.solve(game)
    asked = rw.solve(game, method="nashpy")
    assert not asked.complete
    assert asked.why
    assert asked.check()
    if "nondegenerate" in exactly.method:
        assert points(asked) <= points(exactly)


@given(bimatrices(top=3))
def test_lemke_howson_ends_at_listed_equilibria(game: rw.NormalForm) -> None:
    """Lemke and Howson 1964: each path ends at an equilibrium; even in degenerate games it is an extreme one."""
    A, B = (positive(game.payoffs[..., i]) for i in (0, 1))
    listed = points(rw.solve(game))
    for label in range(sum(game.sizes)):
        found, _ = lemke_howson(A, B, label)
        assert found in listed


def test_one_nash() -> None:
    rng = np.random.default_rng(5)
    game = bimatrix(rng.integers(-99, 99, (25, 25)), rng.integers(-99, 99, (25, 25)))
    found = rw.solve(game, "one nash", method="lemke howson")
    assert len(found) == 1
    assert found.check()
    assert not found.complete
    assert rw.solve(rw.games.prisoners_dilemma(), "one nash")[0].strict
    three = rw.NormalForm("three", dict.fromkeys("abc", ("x", "y")), np.zeros((2, 2, 2, 3), dtype=int))
    assert rw.solve(three, "one nash").check()


def test_beyond_the_limit_the_answer_says_so() -> None:
    rng = np.random.default_rng(1)
    game = bimatrix(rng.integers(-99, 99, (8, 8)), rng.integers(-99, 99, (8, 8)))
    found = rw.solve(game, limit=20)
    everything = rw.solve(game)
    assert not found.complete
    assert "20 bases" in found.why
    assert found
    assert everything.complete
    assert points(found) <= points(everything)
    assert points(rw.solve(game, "pure")) <= points(found)


def test_one_player_takes_the_best() -> None:
    game = rw.NormalForm("choice", {"ann": ("a", "b", "c")}, [[1], [2], [2]])
    assert [e.strategies["ann"].support for e in rw.solve(game)] == [("b",), ("c",)]
    assert rw.solve(game)[0].payoffs == {"ann": 2}


def test_mixed_domination() -> None:
    """The textbook's 3x2 game: the middle row is dominated by a mixture only (Osborne and Rubinstein 1994, 4.2)."""
    game = bimatrix([[4, 0], [1, 1], [0, 4]], [[0, 0], [0, 0], [0, 0]])
    found = rw.solve(game, "rationalizable")
    assert found.surviving == {"ann": ("r0", "r2"), "bob": ("c0", "c1")}
    step = found.eliminated[0]
    assert step.action == "r1"
    assert step.margin() == 1
    assert rw.solve(game, "rationalizable", method="pure").surviving == game.actions
    boundary = bimatrix([[2, 0], [1, 1], [0, 2]], [[0, 0], [0, 0], [0, 0]])  # only weakly dominated
    assert rw.solve(boundary, "rationalizable").surviving == boundary.actions


@given(bimatrices(top=3, size=4))
def test_what_survives_is_a_best_reply_to_some_belief(game: rw.NormalForm) -> None:
    """Pearce's lemma, with the float simplex of HiGHS as an independent judge of what is dominated in one round."""
    from scipy.optimize import linprog

    from rulewright.solvers.dominance import dominated

    A = game.payoffs[..., 0].astype(float)
    out = set(dominated(game.payoffs[..., 0]))
    for k in range(len(A)):
        # maximise e with sum p_a (A[a, s] - A[k, s]) >= e for each s
        rows = np.hstack([-(A - A[k]).T, np.ones((A.shape[1], 1))])
        c = np.zeros(len(A) + 1)
        c[-1] = -1
        best = linprog(
            c, A_ub=rows, b_ub=np.zeros(A.shape[1]), A_eq=[[1.0] * len(A) + [0.0]], b_eq=[1.0],
            bounds=[(0, None)] * len(A) + [(None, None)],
        )  # fmt: skip
        assert (-best.fun > 1e-7) == (k in out)


def test_second_price_auction_of_a_grid_has_truth_as_dominant_strategies() -> None:
    """Vickrey 1961: bidding one's value (here 2) is dominant, and not strictly so."""

    def pays(bids: rw.Profile[int]) -> dict[str, int]:
        winner = max(bids, key=lambda i: bids[i])
        return {i: 2 - max(b for j, b in bids.items() if j != i) if i == winner else 0 for i in bids}

    game = rw.NormalForm.from_function("second price", dict.fromkeys(("ann", "bob", "cat"), range(4)), pays)
    found = rw.solve(game, "dominant")
    assert any(all(s.support == (2,) for s in e.strategies.values()) for e in found)
    assert not any(e.strict for e in found)
    assert rw.solve(game, "dominant", strict=True).why


def test_certificates_are_accepted_and_forgeries_are_not() -> None:
    for concept in ("nash", "dominant"):
        certificate = rw.solve(rw.games.prisoners_dilemma(), concept)[0].certificate
        assert json.loads(json.dumps(certificate)) == certificate
        assert check(certificate)
    game = bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    assert all(check(e.certificate) for e in rw.solve(game))
    assert not mixed(game, ((1, 0), (1, 0))).check()
    assert not check(mixed(game, ((1, 0), (1, 0))).certificate)


def test_an_equilibrium_that_is_none_fails_its_check() -> None:
    game = rw.games.prisoners_dilemma()
    claim = mixed(game, ((1, 0), (0, 1)))
    assert not claim.check()
    assert claim.regret("row") == 1
    assert claim.regret("column") == 0
    assert not Equilibrium(game, claim.strategies, "dominant strategies").check()


@pytest.mark.parametrize(
    ("concept", "options", "message"),
    [
        ("nahs", {}, 'no concept "nahs"; did you mean "nash"?'),
        ("logit", {}, '"logit" is not available yet in this version; available: nash'),
        ("subgame perfect", {}, "needs the form ExtensiveForm, and the game has the form NormalForm"),
        ("nash", {"limits": 5}, '"nash" has no option "limits"; did you mean "limit"?'),
        ("nash", {"method": "magic"}, "methods"),
    ],
)
def test_bad_questions(concept: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(rw.BadInput, match=message):
        rw.solve(rw.games.prisoners_dilemma(), concept, **options)


def test_nash_of_three_players_says_what_works() -> None:
    game = rw.NormalForm("three", dict.fromkeys("abc", ("x", "y")), np.zeros((2, 2, 2, 3), dtype=int))
    with pytest.raises(rw.BadInput, match='"pure", "one nash", "dominant" and "rationalizable"'):
        rw.solve(game)


def test_a_constant_game_of_many_profiles_is_answered_briefly() -> None:
    started = time.perf_counter()
    game = rw.NormalForm("constant", dict.fromkeys("abcdef", range(8)), np.zeros((8,) * 6 + (6,), dtype=int))
    found = rw.solve(game, "pure", limit=100)
    assert len(found) == 100
    assert not found.complete
    assert "262144" in found.why
    assert time.perf_counter() - started < 5


def test_answers_read_well() -> None:
    text = str(rw.solve(bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]], "chicken")))
    assert '"nash" of "chicken": 3 equilibria, complete' in text
    assert "ann: 2/3 r0 + 1/3 r1" in text
