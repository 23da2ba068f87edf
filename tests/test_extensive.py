"""Game trees: what they refuse, backward induction, Gambit's files, and OpenSpiel's second opinion."""

from __future__ import annotations

import pickle
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright.certificates import check
from rulewright.games.extensive import Chance, Decision, Node, Terminal
from rulewright.games.files.efg import read_efg, write_efg
from rulewright.solvers.solution import TreeEquilibrium
from rulewright.solvers.tree import recheck, to_openspiel

PLAYERS = ("ann", "bob")


def end(ann: Any, bob: Any, outcome: Any = None) -> Terminal:
    return Terminal({"ann": ann, "bob": bob}, outcome)


def centipede(stages: int) -> rw.ExtensiveForm:
    """Take the larger share of a growing pot or pass it on (Rosenthal 1981)."""
    node: Node = end(stages, stages)
    for k in reversed(range(stages)):
        larger, smaller = k + 2, k
        paid = end(larger, smaller) if k % 2 == 0 else end(smaller, larger)
        node = Decision(PLAYERS[k % 2], f"stage {k}", {"take": paid, "pass": node})
    return rw.ExtensiveForm("centipede", PLAYERS, node)


def pennies() -> rw.ExtensiveForm:
    """Matching pennies: bob does not see ann's coin."""

    def guess(face: str) -> Decision:
        return Decision("bob", "guess", {x: end(*((-1, 1) if x == face else (1, -1))) for x in ("heads", "tails")})

    return rw.ExtensiveForm("pennies", PLAYERS, Decision("ann", "coin", {x: guess(x) for x in ("heads", "tails")}))


@st.composite
def trees(draw: st.DrawFn, top: int = 6) -> rw.ExtensiveForm:
    """Trees of perfect information, with chance, a few levels deep."""
    counter = iter(range(10**6))

    def node(depth: int) -> Node:
        kind = draw(st.sampled_from(["end", "chance", "ann", "bob"])) if depth else "end"
        if kind == "end":
            return end(draw(st.integers(-top, top)), draw(st.fractions(-top, top, max_denominator=7)))
        width = draw(st.integers(1, 3))
        below = [node(depth - 1) for _ in range(width)]
        if kind == "chance":
            weights = draw(st.lists(st.integers(1, 5), min_size=width, max_size=width))
            return Chance(
                {f"m{k}": (Fraction(w, sum(weights)), x) for k, (w, x) in enumerate(zip(weights, below, strict=True))}
            )
        return Decision(kind, f"h{next(counter)}", {f"m{k}": x for k, x in enumerate(below)})

    return rw.ExtensiveForm("tree", PLAYERS, node(4))


def test_centipede_is_taken_at_once() -> None:
    """Backward induction takes at every stage (Rosenthal 1981)."""
    found = rw.solve(centipede(6), "subgame perfect")
    assert found.complete
    assert set(found[0].choices.values()) == {"take"}
    assert found[0].payoffs == {"ann": 2, "bob": 0}
    assert found[0].path == ("take",)
    assert check(found[0].certificate)


def test_the_threat_that_is_not_credible() -> None:
    """Entry deterrence: two pure equilibria, one of them subgame perfect (Selten 1978)."""
    fight = Decision("bob", "fight?", {"fight": end(-1, -1), "share": end(1, 1)})
    game = rw.ExtensiveForm("entry", PLAYERS, Decision("ann", "enter?", {"out": end(0, 2), "in": fight}))
    assert len(rw.solve(game.to_normal_form(), "pure")) == 2
    found = rw.solve(game, "subgame perfect")
    assert found[0].strategies == {"ann": {"enter?": "in"}, "bob": {"fight?": "share"}}
    threat = TreeEquilibrium(game, rw.Profile({"enter?": "out", "fight?": "fight"}))
    assert not threat.check()
    assert not check(threat.certificate)


@given(trees())
def test_backward_induction_is_an_equilibrium_of_every_form(game: rw.ExtensiveForm) -> None:
    """Kuhn 1953: it exists; and it is a Nash equilibrium of the strategic form with the same payoffs."""
    found = rw.solve(game, "subgame perfect")
    (spe,) = found
    assert spe.check()
    assert check(spe.certificate)
    assert all(spe.regret(player) == 0 for player in PLAYERS)
    if found.complete:
        for other in _changes(spe):
            assert not other.check()
    full = game.to_normal_form(reduced=False)
    plan = {i: ", ".join(str(spe.choices[h]) for h, d in game.infosets.items() if d.player == i) for i in PLAYERS}
    plan = {i: plan[i] or "(no decision)" for i in PLAYERS}
    for i in PLAYERS:
        assert full.expected(i, plan) == spe.payoffs[i] == max(full.against(i, plan).values())


def _changes(spe: TreeEquilibrium) -> list[TreeEquilibrium]:
    """Every answer that differs in one move."""
    return [
        TreeEquilibrium(spe.game, spe.choices | {h: move})
        for h, d in spe.game.infosets.items()
        for move in d.moves
        if move != spe.choices[h]
    ]


@given(trees())
def test_the_reduced_form_has_the_same_pure_payoffs(game: rw.ExtensiveForm) -> None:
    full, reduced = game.to_normal_form(reduced=False), game.to_normal_form()

    def paid(form: rw.NormalForm) -> set[tuple[Any, ...]]:
        return {tuple(form.payoff(i, p) for i in PLAYERS) for p in form.profiles()}

    assert paid(full) == paid(reduced)
    assert all(a <= b for a, b in zip(reduced.sizes, full.sizes, strict=True))


@given(trees())
def test_gambit_files_and_pickling_bring_a_tree_back(game: rw.ExtensiveForm) -> None:
    assert read_efg(write_efg(game)) == game
    assert pickle.loads(pickle.dumps(game)) == game
    assert hash(read_efg(write_efg(game))) == hash(game)


@given(trees())
@settings(max_examples=30)
def test_openspiel_reads_what_is_written_and_agrees(game: rw.ExtensiveForm) -> None:
    import pyspiel

    if isinstance(game.root, Terminal):
        with pytest.raises(rw.BadInput, match="needs at least one move"):
            to_openspiel(game)
        return
    spiel = pyspiel.load_efg_game(write_efg(game))
    assert spiel.num_players() == 2
    (spe,) = rw.solve(game, "subgame perfect")
    assert ("no gain" if game.infosets else "nobody decides") in recheck(spe)


def test_openspiel_as_a_method() -> None:
    found = rw.solve(centipede(5), "subgame perfect", method="openspiel")
    assert "OpenSpiel" in found.method
    assert "nash_conv" in found.method
    zero_sum = Decision("ann", "x", {"l": end(1, -1), "r": Decision("bob", "y", {"L": end(5, -5), "R": end(2, -2)})})
    found = rw.solve(rw.ExtensiveForm("zero sum", PLAYERS, zero_sum), "subgame perfect", method="openspiel")
    assert "by value iteration the value 2" in found.method


def test_openspiel_refutes_what_is_not_an_equilibrium() -> None:
    game = centipede(4)
    wrong = TreeEquilibrium(game, rw.Profile(dict.fromkeys(game.infosets, "pass")))
    assert not wrong.check()
    with pytest.raises(ArithmeticError, match="finds a gain"):
        recheck(wrong)


def test_openspiel_takes_any_name_and_number() -> None:
    import pyspiel

    chance = Chance({"a": (0.1, end(0.1, 10**20, 'say "hi"')), "b\\": (0.9, end(1e-9, Fraction(1, 10**12)))})
    game = rw.ExtensiveForm('odd "names"', PLAYERS, Decision("ann", "é {x}", {'"l"': chance, "r": end(0, 0)}))
    assert rw.solve(game, "subgame perfect", method="openspiel")[0].choices == {"é {x}": '"l"'}
    assert read_efg(write_efg(game)).to_normal_form() == game.to_normal_form()
    assert isinstance(to_openspiel(game), pyspiel.Game)


def test_kuhn_poker_from_openspiel() -> None:
    """The value for the first player is -1/18 (Kuhn 1950)."""
    import pyspiel

    game = read_efg(pyspiel.get_kuhn_poker_efg_data())
    assert not game.perfect_information
    form = game.to_normal_form()
    assert form.sizes == (27, 64)
    found = rw.solve(form, "one nash", method="lemke howson")
    assert found.check()
    assert list(found[0].payoffs.values()) == [Fraction(-1, 18), Fraction(1, 18)]
    with pytest.raises(rw.BadInput, match="perfect information"):
        rw.solve(game, "subgame perfect")


def test_openspiels_sample_file() -> None:
    import pyspiel

    game = read_efg(pyspiel.get_sample_efg_data())
    assert game.nodes == 1 + 2 + 4 + 8 + 16
    assert game.to_normal_form().sizes == (4, 4)
    assert read_efg(write_efg(game)) == game


def test_matching_pennies_as_a_tree() -> None:
    game = pennies()
    assert not game.perfect_information
    form = game.to_normal_form()
    assert form.sizes == (2, 2)
    (found,) = rw.solve(form)
    assert found.payoffs == {"ann": 0, "bob": 0}
    with pytest.raises(rw.BadInput, match=r"game.to_normal_form\(\)"):
        rw.solve(game)


def test_ties_are_declared() -> None:
    """Bob is indifferent; how he breaks the tie decides what ann does."""
    bob = Decision("bob", "reply", {"nasty": end(0, 1), "kind": end(3, 1)})
    game = rw.ExtensiveForm("ties", PLAYERS, Decision("ann", "ask?", {"no": end(1, 0), "yes": bob}))
    first = rw.solve(game, "subgame perfect")
    kind = rw.solve(game, "subgame perfect", ties=lambda player, pays: sum(pays.values()))
    assert not first.complete
    assert "tie" in first.why
    assert first[0].choices == {"ask?": "no", "reply": "nasty"}
    assert kind[0].choices == {"ask?": "yes", "reply": "kind"}
    assert first.check()
    assert kind.check()
    with pytest.raises(rw.BadInput, match="ties is"):
        rw.solve(game, "subgame perfect", ties="last")


def test_payoffs_on_the_way_are_added() -> None:
    text = """EFG 2 R "toll" { "ann" "bob" } "comment"
    p "root" 1 1 "go" { "left" "right" } 1 "toll" { -1, 1/2 }
    t "" 2 "end" { 3 0 }
    p "" 2 1 "then" { "up" "down" } 0
    t "" 2
    t "" 0
    """
    game = read_efg(text)
    ends = [dict(n.payoffs) for n, _ in game.table if isinstance(n, Terminal)]
    assert ends == [{"ann": 2, "bob": HALF}, {"ann": 2, "bob": HALF}, {"ann": -1, "bob": HALF}]
    assert set(game.infosets) == {"go", "then"}


HALF = Fraction(1, 2)


def test_information_sets_without_names_of_their_own() -> None:
    text = (
        'EFG 2 R "x" { "a" "b" } p "" 1 1 "" { "" "" } 0 p "" 2 1 "h" { "l" "r" } 0 t "" 1 "" { 1 2 } t "" 1 p "" 2 1 0'
    )
    game = read_efg(text + ' t "" 1 t "" 1')
    assert set(game.infosets) == {"a:1", "h"}
    assert list(game.infosets["a:1"].moves) == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the file begins with nothing"),
        ('EFG 2 R "x" { "a" }', "a node begins with the end of the file"),
        ('EFG 2 R "x" { "a" }\np "" 1 1 "" { "l" "r" } 0\nt "" 1 "" { 1 }', "line 3"),
        ('EFG 2 R "x" { "a" }\nt "" 1 "" { 1 2 }', "line 2: an outcome has 2 payoffs; it needs 1"),
        ('EFG 2 R "x" { "a" }\nt "" 3', "outcome 3 has no payoffs"),
        ('EFG 2 R "x" { "a" }\np "" 2 1 "" { "l" } 0 t "" 0', "of player 2; there are players 1 to 1"),
        ('EFG 2 R "x" { "a" }\nc "" 1 "" { "l" 1/2 "r" 1/3 } 0 t "" 0 t "" 0', "sums to 5/6"),
        ('EFG 2 R "x" { "a" }\nt "" 0\nt "" 0', "line 3: t stands after the end of the game"),
        ('EFG 2 R "x" { "a" } ' + "{" * 100_000, "a node begins with {"),
        ('EFG 2 R "x" { "a" }\nc "" 1 "" { "l" 1e999999999 } 0', "line 2.*400 digits"),
        ('EFG 2 R "x" { "a" "b" }\np "" 1 1 "" { "l" } 0 p "" 1 1 "" { "m" } 0', "other moves here than before"),
    ],
)
def test_bad_efg_is_refused(text: str, message: str) -> None:
    with pytest.raises(rw.BadInput, match=message):
        read_efg(text)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: rw.ExtensiveForm("g", (), end(1, 2)), "has no players"),
        (lambda: rw.ExtensiveForm("g", ("ann", "ann"), end(1, 2)), '"ann" is named twice'),
        (lambda: rw.ExtensiveForm("g", ("ann", "bob", "cat"), end(1, 2)), "no payoff for cat"),
        (lambda: rw.ExtensiveForm("g", ("ann",), end(1, 2)), 'a payoff is given to "bob"'),
        (lambda: rw.ExtensiveForm("g", PLAYERS, Decision("anna", "h", {"x": end(1, 2)})), 'did you mean "ann"'),
        (lambda: rw.ExtensiveForm("g", PLAYERS, Decision("ann", "h", {"x": 7})), "must lead to a Decision"),
        (lambda: Decision("ann", "h", {}), "at least one"),
        (lambda: Chance({"x": (HALF, end(1, 2)), "y": (Fraction(1, 3), end(1, 2))}), "sums to 5/6"),
        (lambda: Chance({"x": (-1, end(1, 2)), "y": (2, end(1, 2))}), "negative probability"),
        (lambda: Terminal({"ann": float("nan")}), "the payoff of ann is nan"),
        (
            lambda: rw.ExtensiveForm("g", PLAYERS, Decision("ann", "h", {"x": Decision("bob", "h", {"x": end(1, 2)})})),
            '"h" is of ann and of bob',
        ),
        (
            lambda: rw.ExtensiveForm("g", PLAYERS, Decision("ann", "h", {"x": Decision("ann", "h", {"y": end(1, 2)})})),
            "they must be the same",
        ),
    ],
)
def test_bad_trees_are_refused(build: Any, message: str) -> None:
    with pytest.raises(rw.BadInput, match=message) as caught:
        build()
    assert "\n" not in str(caught.value)


def test_deep_trees_do_not_overflow() -> None:
    node: Node = end(0, 0)
    for k in range(20_000):
        node = Decision(PLAYERS[k % 2], f"h{k}", {"stop": end(k % 7, k % 5), "go": node})
    game = rw.ExtensiveForm("deep", PLAYERS, node)
    assert game.nodes == 40_001
    assert pickle.loads(pickle.dumps(game)) == game
    assert read_efg(write_efg(game)) == game
    assert rw.solve(game, "subgame perfect").check()
    assert len(str(game)) < 10_000
    with pytest.raises(rw.GameTooLarge, match="moves in a row"):
        to_openspiel(rw.ExtensiveForm("deep", PLAYERS, _cut(node, 4_000)))


def _cut(node: Node, nodes: int) -> Node:
    while isinstance(node, Decision) and int(node.infoset[1:]) > nodes // 2:
        node = node.moves["go"]
    return node


def test_shared_subtrees_are_counted_before_they_are_written_out() -> None:
    node: Node = end(0, 0)
    for k in range(200):
        node = Decision("ann", f"h{k}", {"l": node, "r": node})
    with pytest.raises(rw.GameTooLarge, match="nodes in the tree"):
        rw.ExtensiveForm("bushy", PLAYERS, node)


def test_plans_are_counted_before_they_are_listed() -> None:
    node: Node = end(0, 0)
    moves = {f"m{k}": Decision("bob", f"h{k}", {"l": end(0, 1), "r": end(1, 0)}) for k in range(60)}
    node = Decision("ann", "root", moves)
    with pytest.raises(rw.GameTooLarge, match="profiles of plans"):
        rw.ExtensiveForm("wide", PLAYERS, node).to_normal_form()


def test_forgetting_has_no_reduced_form() -> None:
    """The absent-minded driver (Piccione and Rubinstein 1997)."""
    second = Decision("ann", "crossing", {"exit": Terminal({"ann": 4}), "on": Terminal({"ann": 1})})
    game = rw.ExtensiveForm(
        "driver", ("ann",), Decision("ann", "crossing", {"exit": Terminal({"ann": 0}), "on": second})
    )
    with pytest.raises(rw.BadInput, match="forgets"):
        game.to_normal_form()
    assert game.to_normal_form(reduced=False).payoffs.ravel().tolist() == [0, 1]


def test_float_chances_are_scaled_to_sum_to_one() -> None:
    game = rw.ExtensiveForm(
        "coin", ("ann",), Chance({k: (p, Terminal({"ann": 1})) for k, p in zip("abc", (0.1, 0.2, 0.7), strict=True)})
    )
    assert rw.solve(game, "subgame perfect")[0].payoffs == {"ann": 1}
    assert isinstance(game.root, Chance)
    assert sum(game.root.weights()) == 1


def test_save(tmp_path: Any) -> None:
    centipede(3).save(tmp_path / "centipede.efg")
    assert read_efg((tmp_path / "centipede.efg").read_text()) == centipede(3)
    with pytest.raises(rw.BadInput, match=r"\.efg"):
        centipede(3).save(tmp_path / "centipede.nfg")
