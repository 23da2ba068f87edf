"""The normal form: what it keeps, what it refuses, and that Gambit's files bring it back."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rulewright as rw
from rulewright.games.files.nfg import read_nfg, write_nfg

numbers = st.one_of(
    st.integers(-(10**20), 10**20),
    st.fractions(max_denominator=10**6),
    st.floats(-1e6, 1e6, allow_nan=False),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e-100, max_value=1e-100),
)
labels = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=5)


@st.composite
def games(draw: st.DrawFn) -> rw.NormalForm:
    names = draw(st.lists(labels.filter(bool), min_size=1, max_size=3, unique=True))
    actions = {player: draw(st.lists(labels.filter(bool), min_size=1, max_size=3, unique=True)) for player in names}
    shape = (*(len(own) for own in actions.values()), len(names))
    size = int(np.prod(shape))
    values = np.empty(size, dtype=object)
    values[:] = draw(st.lists(numbers, min_size=size, max_size=size))
    return rw.NormalForm(draw(labels), actions, values.reshape(shape))


def bimatrix(name: str, *rows: list[tuple[object, object]]) -> rw.NormalForm:
    actions = {"row": [f"r{k}" for k in range(len(rows))], "column": [f"c{k}" for k in range(len(rows[0]))]}
    return rw.NormalForm(name, actions, [[list(cell) for cell in row] for row in rows])


@given(games())
def test_gambit_files_bring_a_game_back(game: rw.NormalForm) -> None:
    assert read_nfg(write_nfg(game)) == game


@given(games())
def test_pickling_keeps_it(game: rw.NormalForm) -> None:
    again = pickle.loads(pickle.dumps(game))
    assert again == game
    assert hash(again) == hash(game)
    assert not again.payoffs.flags.writeable


@given(games(), st.data())
def test_expected_payoff_is_the_sum_over_profiles(game: rw.NormalForm, data: st.DataObject) -> None:
    strategies = {}
    for player, actions in game.actions.items():
        weights = data.draw(st.lists(st.integers(0, 5), min_size=len(actions), max_size=len(actions)).filter(any))
        strategies[player] = {a: Fraction(w, sum(weights)) for a, w in zip(actions, weights, strict=True)}
    for player in game.players:
        total = Fraction(0)
        for profile in game.profiles():
            p = Fraction(1)
            for name in game.players:
                p *= strategies[name][profile[name]]
            total += p * Fraction(game.payoff(player, profile))
        assert game.expected(player, strategies) == total


def test_the_prisoners_dilemma_of_the_textbook() -> None:
    game = rw.games.prisoners_dilemma()
    assert game.players == ("row", "column")
    assert game.sizes == (2, 2)
    assert game.n_profiles == 4
    assert game.payoff("row", {"row": "defect", "column": "cooperate"}) == 5
    with pytest.raises(rw.BadInput, match=r"needs T > R > P > S; got T=3, R=3"):
        rw.games.prisoners_dilemma(T=3)


def test_numbers_stay_what_they_are() -> None:
    game = rw.NormalForm("kinds", {"ann": ["a", "b", "c", "d"]}, [[1], [Fraction(1, 3)], [0.1], [10**40]])
    found = [game.payoff("ann", {"ann": x}) for x in "abcd"]
    assert found == [1, Fraction(1, 3), 0.1, 10**40]
    assert [type(x) for x in found] == [int, Fraction, float, int]


def test_payoffs_are_a_copy_and_read_only() -> None:
    values = np.array([[1], [2]])
    game = rw.NormalForm("one", {"ann": ("a", "b")}, values)
    values[0, 0] = 9
    assert game.payoff("ann", {"ann": "a"}) == 1
    with pytest.raises(ValueError, match="read-only"):
        game.payoffs[0, 0] = 7


def test_labels_need_not_be_texts() -> None:
    game = rw.NormalForm.from_function(
        "split", {"ann": range(3), "bob": (Fraction(1, 2), (1, 2))}, lambda p: {"ann": p["ann"], "bob": 0}
    )
    assert game.payoff("ann", {"ann": 2, "bob": (1, 2)}) == 2
    assert [p["ann"] for p in game.profiles()] == [0, 0, 1, 1, 2, 2]


def test_with_payoffs_changes_nothing_else() -> None:
    game = rw.games.prisoners_dilemma()
    doubled = game.with_payoffs(2 * game.payoffs, "twice")
    assert doubled.actions == game.actions
    assert doubled.name == "twice"
    assert doubled.payoff("row", {"row": "defect", "column": "defect"}) == 2


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: rw.NormalForm("g", {}, []), "has no players"),
        (lambda: rw.NormalForm("g", {"ann": ()}, []), '"ann" has no actions'),
        (lambda: rw.NormalForm("g", [("ann", ["a", "b"]), ("ann", ("a",))], []), '"ann" is named twice'),
        (lambda: rw.NormalForm("g", {"ann": ("a", "a")}, [[1], [2]]), 'action "a" of ann is listed twice'),
        (lambda: rw.NormalForm("g", {"ann": "ab"}, [[1], [2]]), "give a tuple of labels"),
        (lambda: rw.NormalForm("g", {"ann": ("a", "b")}, [[1, 2]]), r"shape \(1, 2\).*need shape \(2, 1\)"),
        (lambda: rw.NormalForm("g", {"ann": ("a", "b")}, [[1], [2, 3]]), "ragged|must be a number"),
        (lambda: rw.NormalForm("g", {"ann": ("a",)}, [[float("nan")]]), "nan; it must be a finite number"),
        (lambda: rw.NormalForm("g", {"ann": ("a",)}, np.array([[np.inf]])), "inf; every entry must be a finite"),
        (lambda: rw.NormalForm("g", {"ann": ("a",)}, [["one"]]), "must be a number"),
        (lambda: rw.NormalForm("g", {7: ("a",)}, [[1]]), "name is a text"),
        (lambda: rw.games.prisoners_dilemma().payoff("rwo", {}), 'did you mean "row"'),
        (
            lambda: rw.games.prisoners_dilemma().payoff("row", {"row": "defekt", "column": "defect"}),
            'did you mean "defect"',
        ),
        (lambda: rw.games.prisoners_dilemma().payoff("row", {"row": "defect"}), "nothing is given for column"),
        (lambda: rw.NormalForm.from_function("g", {"ann": ("a",)}, lambda p: {"bob": 1}), "must be for ann"),
    ],
)
def test_bad_input_is_one_sentence(build: Callable[[], object], message: str) -> None:
    with pytest.raises(rw.BadInput, match=message) as caught:
        build()
    assert "\n" not in str(caught.value)


def test_a_game_of_a_trillion_profiles_is_refused_at_once() -> None:
    started = time.perf_counter()
    with pytest.raises(rw.GameTooLarge) as caught:
        rw.NormalForm.from_function("huge", {f"p{k}": range(10) for k in range(12)}, lambda p: 1 / 0)
    assert caught.value.size == 10**12
    assert caught.value.limit == 10**7
    assert time.perf_counter() - started < 1


def test_a_hundred_players_are_refused() -> None:
    with pytest.raises(rw.GameTooLarge, match="100 players"):
        rw.NormalForm("crowd", {f"p{k}": ("a",) for k in range(100)}, [])
    with pytest.raises(rw.GameTooLarge, match="players in the file"):
        read_nfg('NFG 1 R "x" { ' + " ".join(f'"{k}"' for k in range(100_000)) + " }")


def test_tables_read_well() -> None:
    assert str(bimatrix("fair", [(1, Fraction(1, 2)), (0.25, -1)])).splitlines()[1:] == [
        "    c0      c1",
        "r0  1, 1/2  0.25, -1",
    ]
    assert "3 actions" in repr(rw.NormalForm("x", {"ann": ["a", "c", "d"]}, [[1], [2], [3]]))


NFG_OUTCOMES = """NFG 1 R "Selten (IJGT, 75), Figure 2" { "Player 1" "Player 2" }
{ { "1" "2" } { "1" "2" "3" } } "a comment"
{ { "" 1, 2 } { "both" 1/2 0.25 } }
1 2 0 0 2 1
"""


def test_nfg_with_outcomes() -> None:
    game = read_nfg(NFG_OUTCOMES)
    assert game.sizes == (2, 3)
    assert game.payoffs[0, 0].tolist() == [1, 2]
    assert game.payoffs[1, 0].tolist() == [Fraction(1, 2), Fraction(1, 4)]
    assert game.payoffs[0, 1].tolist() == [0, 0]
    assert game.payoffs[1, 2].tolist() == [1, 2]


def test_nfg_first_players_strategy_moves_fastest() -> None:
    game = read_nfg('NFG 1 R "order" { "a" "b" } { 2 2 }\n 1 1 2 2 3 3 4 4')
    assert game.payoffs[..., 0].tolist() == [[1, 3], [2, 4]]
    assert game.actions["a"] == ("1", "2")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the file begins with nothing"),
        ("EFG 2 R", "a .nfg file begins NFG 1 R"),
        ('NFG 1 R "x" { "a" "b" } { 2 2 }\n1 2 3', "line 2: there are 3 payoffs and the strategies need 8"),
        ('NFG 1 R "x" { "a" } { 2 }\n1 2 3', "more than the 2 payoffs"),
        ('NFG 1 R "x" { "a" "a" } { 2 2 }', 'the player "a" is named twice'),
        ('NFG 1 R "x" { "a" } { 2 }\n1 1e999999999', "line 2: .*more than 400 digits"),
        ('NFG 1 R "x" { "a" } { 2 }\n1 __import__("os")', "line 2: .*a number is written"),
        ('NFG 1 R "x', "never ends"),
        ('NFG 1 R "x" { "a" } { 2 } { { "o" 1 } } 1 2', "outcome 2 is used"),
        ('NFG 1 R "x" { "a" "b" } { 2 } 1 2', "strategies for 1 players and 2 players"),
        ("{" * 100_000, "line 1"),
        ('NFG 1 R "x" ' + "{" * 100_000, "where a player's name is needed"),
    ],
)
def test_bad_nfg_names_the_line(text: str, message: str) -> None:
    with pytest.raises(rw.BadInput, match=message) as caught:
        read_nfg(text)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("sizes", ["1000000 1000000", "9" * 18 + " 2", "100 " * 6])
def test_nfg_sizes_are_checked_before_memory_is_used(sizes: str) -> None:
    players = " ".join(f'"{k}"' for k in range(len(sizes.split())))
    with pytest.raises(rw.GameTooLarge):
        read_nfg(f'NFG 1 R "x" {{ {players} }} {{ {sizes} }} 1 2 3')


def test_a_file_of_twenty_megabytes_is_refused() -> None:
    with pytest.raises(rw.GameTooLarge, match="characters in the file"):
        read_nfg(" " * 20_000_001)


def test_save_writes_the_format(tmp_path: Path) -> None:
    path = tmp_path / "pd.nfg"
    rw.games.prisoners_dilemma().save(path)
    assert read_nfg(path.read_text()) == rw.games.prisoners_dilemma()
