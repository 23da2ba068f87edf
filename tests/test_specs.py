"""Spec files say exactly what they mean, are written and read back exactly, and are refused with one sentence."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import re
import time
import tracemalloc
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.games import files
from rulewright.games.allocation import allocation
from rulewright.games.cake import cake
from rulewright.games.environment import Environment
from rulewright.games.errors import BadInput, GameTooLarge
from rulewright.games.extensive import Decision, ExtensiveForm, Terminal
from rulewright.games.files.limits import MAX_PROFILES
from rulewright.games.files.reading import SHIPPED
from rulewright.games.files.shapes import KINDS
from rulewright.games.files.spec import Format
from rulewright.games.files.utilities import Tabulated
from rulewright.games.normal_form import NormalForm
from rulewright.games.outcomes import Finite, swapped
from rulewright.games.prisoners_dilemma import prisoners_dilemma
from rulewright.games.profile import Profile
from rulewright.mechanisms.goals import Goal
from rulewright.mechanisms.scenarios import Scenario, family, objective, requirement, rule, scenario
from rulewright.solvers.search import search

FORMATS = ("toml", "json")
DILEMMA = (SHIPPED / "prisoners_dilemma.toml").read_text(encoding="utf-8")
MEAL = """
kind = "environment"
name = "a meal"
outcomes = ["bread", "wine"]
[players]
ann = ["hungry", "thirsty"]
[utility.ann]
hungry = { bread = 3, wine = "1/3" }
thirsty = { bread = 0.1, wine = 4 }
"""


def same(one: Environment, other: Environment) -> bool:
    """Whether two environments are the same in all that a file holds."""
    return (
        (one.name, tuple(one.types.items()), one.outcomes) == (other.name, tuple(other.types.items()), other.outcomes)
        and (one.prior, one.transfers) == (other.prior, other.transfers)
        and all((one.utilities(player) == other.utilities(player)).all() for player in one.players)
    )


# -- what is shipped -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", files.shipped())
def test_a_shipped_scenario_is_whole(name: str) -> None:
    found = scenario(name)
    assert isinstance(found, Scenario)
    assert found.goal is not None and found.words and found.name
    assert found.family is not None or isinstance(found.game, Environment)
    assert found.name in str(found) and "Goal: " in str(found)


@pytest.mark.parametrize("name", files.shipped())
@pytest.mark.parametrize("format", FORMATS)
def test_a_shipped_scenario_is_written_and_read_back(name: str, format: Format) -> None:
    game = files.load(name)
    again = files.loads(files.dumps(game, format), format)
    if isinstance(game, NormalForm):
        assert again == game
    else:
        assert isinstance(game, Environment) and isinstance(again, Environment) and same(again, game)


def test_the_shipped_dilemma_is_the_dilemma_of_the_library() -> None:
    assert files.load("prisoners_dilemma") == prisoners_dilemma(R=3, S=0, T=5, P=1)


def test_the_shipped_allocation_is_that_of_the_library() -> None:
    quarter = {value: Fraction(1, 4) for value in (1, 2, 3, 4)}
    expected = allocation(
        {"ann": (1, 2, 3, 4), "bob": (1, 2, 3, 4)},
        transfers=(-4, 4),
        prior={"ann": quarter, "bob": quarter},
        name="resource allocation",
    )
    found = files.load("resource_allocation")
    assert isinstance(found, Environment) and same(found, expected)


def test_the_shipped_cake_is_that_of_the_library() -> None:
    expected = cake({"ann": [(1, 1, 1), (2, 1, 0)], "bob": [(1, 1, 1), (0, 1, 3)]}, name="cake cutting")
    found = files.load("cake_cutting")
    assert isinstance(found, Environment) and same(found, expected)


def test_the_public_goods_game_pays_what_its_words_say() -> None:
    game = files.load("public_goods")
    assert isinstance(game, NormalForm)
    for profile in game.profiles():
        pot = Fraction(16, 10) * sum(action == "give" for action in profile.values())
        for player, action in profile.items():
            assert game.payoff(player, profile) == pot / 4 + (action == "keep")


# -- what a file can say -------------------------------------------------------------------------------------


def test_payoffs_as_a_table_as_lists_and_as_expressions_agree() -> None:
    head = 'kind = "normal form"\nname = "prisoner\'s dilemma"\n'
    actions = '[actions]\nrow = ["cooperate", "defect"]\ncolumn = ["cooperate", "defect"]\n'
    pays = '{} = \'(3 if {} == "cooperate" else 5) if {} == "cooperate" else (0 if {} == "cooperate" else 1)\'\n'
    each = "[payoffs]\n" + pays.format("row", "row", "column", "row") + pays.format("column", "column", "row", "column")
    one = 'payoffs = \'3 * count(actions, "cooperate") - (1 if action != "cooperate" else 3) + z\'\n'
    assert files.loads(head + "payoffs = [[[3, 3], [0, 5]], [[5, 0], [1, 1]]]\n" + actions) == prisoners_dilemma()
    assert files.loads(head + actions + each) == prisoners_dilemma()
    symmetric = files.loads(head + one + "constants = { z = 0 }\n" + actions)
    assert isinstance(symmetric, NormalForm) and symmetric.payoffs.tolist() == [[[3, 3], [0, 2]], [[2, 0], [-1, -1]]]


def test_numbers_are_exact() -> None:
    env = files.loads(MEAL)
    assert isinstance(env, Environment)
    assert env.utility("ann", "bread", "thirsty") == Fraction(1, 10)
    assert env.utility("ann", "wine", "hungry") == Fraction(1, 3)
    text = '{"kind": "allocation", "name": "x", "values": {"ann": [0.1, "1/3", 2e-1, 3]}}'
    assert files.loads(text, "json").types["ann"] == (Fraction(1, 10), Fraction(1, 3), Fraction(1, 5), 3)  # type: ignore[union-attr]


def test_a_text_of_digits_is_a_label_and_a_fraction_in_quotes_is_a_number() -> None:
    game = files.loads('kind="normal form"\nname="x"\npayoffs=[[1],[2],[3]]\nactions={ann=["1", 1.5, "1/3"]}')
    assert isinstance(game, NormalForm) and game.actions["ann"] == ("1", Fraction(3, 2), Fraction(1, 3))


def test_a_number_may_be_written_in_any_way_as_a_key() -> None:
    text = 'kind="allocation"\nname="x"\nvalues={ann=["1/2", 1]}\nprior={ann={"0.5"="1/4", "1.0"="3/4"}}'
    env = files.loads(text)
    assert isinstance(env, Environment) and env.prior == {"ann": {Fraction(1, 2): Fraction(1, 4), 1: Fraction(3, 4)}}


def test_a_joint_prior() -> None:
    text = MEAL.replace("[players]", "[players]\nbob = [1, 2]").replace(
        "[utility.ann]", "[utility]\nbob = [[0, 0], [0, 0]]\n[utility.ann]"
    )
    entries = [("hungry", 1, "1/2"), ("thirsty", 2, "0.5")]
    for ann, bob, p in entries:
        text += f'[[prior]]\ntypes = {{ ann = "{ann}", bob = {bob} }}\nprobability = "{p}"\n'
    env = files.loads(text)
    assert isinstance(env, Environment)
    assert env.joint.tolist() == [[Fraction(1, 2), 0], [0, Fraction(1, 2)]]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ('"none"', None),
        ('"unbounded"', (None, None)),
        ("[-1, 0.5]", (-1, Fraction(1, 2))),
        ('[0, "unbounded"]', (0, None)),
        ('["unbounded", "1/3"]', (None, Fraction(1, 3))),
    ],
)
def test_transfers(given: str, meant: Any) -> None:
    env = files.loads(MEAL.replace("[players]", f"transfers = {given}\n[players]"))
    assert isinstance(env, Environment) and env.transfers == meant


def test_outcomes_that_say_what_each_player_gets_can_be_exchanged() -> None:
    env = files.load("two_chores")
    assert isinstance(env, Environment)
    one, other = env.space.items  # type: ignore[attr-defined]
    assert env.space.exchange(one, "ann", "bob") == other
    assert env.worth_of("ann", one, "cooking", share_of="bob") == -1


def test_expressions_of_utilities_see_player_outcome_type_and_constants() -> None:
    text = """
    kind = "environment"
    name = "a seat"
    outcomes = ["ann", "bob"]
    utility = "type * c if outcome == player else 0"
    constants = { c = "1/2" }
    players = { ann = [1, 3], bob = [2] }
    """
    env = files.loads(text)
    assert isinstance(env, Environment)
    assert env.utilities("ann").tolist() == [[Fraction(1, 2), 0], [Fraction(3, 2), 0]]
    assert "type * c" in files.dumps(env)


def test_sections_are_handed_on_with_exact_numbers() -> None:
    spec = files.read("prisoners_dilemma")
    assert spec.family == {"name": "fines", "on": "defect", "unit": Fraction(1, 100)}
    assert (spec.kind, spec.maximize, spec.rule) == ("normal form", None, None)


# -- written and read back -----------------------------------------------------------------------------------

WORDS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8)
EXACT = st.one_of(st.integers(-5, 5), st.integers(), st.fractions(), st.floats(allow_nan=False, allow_infinity=False))
LABELS = st.one_of(
    WORDS.filter(lambda word: not re.fullmatch(r"[+-]?[0-9]+/[0-9]+", word)),
    st.integers(),
    st.fractions(max_denominator=10**6),
)


def several(labels: st.SearchStrategy[Any], size: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(labels, min_size=1, max_size=size, unique_by=str).map(tuple)


@st.composite
def normal_forms(draw: st.DrawFn) -> NormalForm:
    players = draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))
    actions = {player: draw(several(LABELS)) for player in players}
    shape = (*map(len, actions.values()), len(players))
    flat = np.empty(math.prod(shape), dtype=object)
    flat[:] = [draw(EXACT) for _ in range(math.prod(shape))]
    return NormalForm(draw(st.text(st.characters(exclude_categories=("Cs",)))), actions, flat.reshape(shape))


def weights(draw: st.DrawFn, n: int) -> list[Fraction]:
    parts = draw(st.lists(st.integers(0, 20), min_size=n, max_size=n).filter(any))
    return [Fraction(part, sum(parts)) for part in parts]


@st.composite
def priors(draw: st.DrawFn, types: dict[str, tuple[Any, ...]]) -> Any:
    match draw(st.sampled_from(["none", "independent", "joint"])):
        case "independent":
            return {p: dict(zip(each, weights(draw, len(each)), strict=True)) for p, each in types.items()}
        case "joint":
            profiles = [Profile(dict(zip(types, each, strict=True))) for each in itertools.product(*types.values())]
            return dict(zip(profiles, weights(draw, len(profiles)), strict=True))
    return None


BOUNDS = st.one_of(
    st.none(), st.just((None, None)), st.tuples(st.fractions(max_value=0), st.none() | st.integers(min_value=0))
)


@st.composite
def environments(draw: st.DrawFn) -> Environment:
    deep = st.one_of(LABELS, st.tuples(LABELS, LABELS), st.builds(lambda x: Profile({"a": x}), LABELS))
    types = {player: draw(several(deep)) for player in draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))}
    outcomes = draw(several(deep, 14))
    utility = Tabulated(
        {player: {t: {x: draw(EXACT) for x in outcomes} for t in each} for player, each in types.items()}
    )
    swap = None
    if all(isinstance(x, Profile) and set(x) == set(types) for x in outcomes):
        swap = swapped
    name = draw(st.text(st.characters(exclude_categories=("Cs",))))
    return Environment(name, types, Finite(outcomes, swap), utility, draw(priors(types)), draw(BOUNDS))


@st.composite
def allocations(draw: st.DrawFn) -> Environment:
    goods = draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))
    value = st.fractions(0, 10, max_denominator=50)
    one = value if len(goods) == 1 else st.tuples(*[value] * len(goods))
    players = draw(st.lists(WORDS.filter(lambda word: word != "nobody"), min_size=1, max_size=3, unique=True))
    values = {player: draw(several(one)) for player in players}
    name, disposal = draw(WORDS), draw(st.booleans())
    if len(goods) == 1:
        goods = ["item"]
    prior = draw(priors(values))
    return allocation(values, goods, transfers=draw(BOUNDS), prior=prior, disposal=disposal, name=name)


@st.composite
def cakes(draw: st.DrawFn) -> Environment:
    points = draw(st.sets(st.fractions("1/100", "99/100", max_denominator=100), max_size=3))
    cells = st.tuples(*[st.fractions(0, 10, max_denominator=50)] * (len(points) + 1)).filter(any)
    players = draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))
    values = {player: draw(several(cells)) for player in players}
    prior, disposal = draw(priors(values)), draw(st.booleans())
    return cake(values, breakpoints=sorted(points), name=draw(WORDS), prior=prior, disposal=disposal)


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=60)
@given(game=normal_forms())
def test_a_normal_form_is_read_back_exactly(format: Format, game: NormalForm) -> None:
    again = files.loads(files.dumps(game, format), format)
    assert again == game
    assert isinstance(again, NormalForm)
    assert all(isinstance(x, int | np.integer | Fraction) for x in again.payoffs.ravel())


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=60)
@given(env=st.one_of(environments(), allocations(), cakes()))
def test_an_environment_is_read_back_exactly(format: Format, env: Environment) -> None:
    again = files.loads(files.dumps(env, format), format)
    assert isinstance(again, Environment) and same(again, env)
    assert type(again.outcomes) is type(env.outcomes)


@pytest.mark.parametrize("suffix", [".toml", ".json", ".nfg"])
def test_files_are_written_and_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"dilemma{suffix}"
    files.save(prisoners_dilemma(P=Fraction(1, 3)), path)  # type: ignore[arg-type]
    assert files.load(path) == prisoners_dilemma(P=Fraction(1, 3))  # type: ignore[arg-type]
    assert files.load(str(path)) == files.load(path)


def test_a_tree_is_written_as_efg_and_by_no_other_name(tmp_path: Path) -> None:
    ends = {label: Terminal({"ann": k, "bob": -k}) for k, label in enumerate(("left", "right"))}
    tree = ExtensiveForm("a choice", ("ann", "bob"), Decision("ann", "begin", ends))
    files.save(tree, tmp_path / "tree.efg")
    again = files.read(tmp_path / "tree.efg")
    assert again.kind == "extensive form" and str(again.game) == str(tree)
    for suffix in (".toml", ".json", ".nfg"):
        with pytest.raises(BadInput, match=r"\.efg"):
            files.save(tree, tmp_path / f"tree{suffix}")
    with pytest.raises(BadInput, match="is an environment"):
        files.save(files.load("two_goods"), tmp_path / "goods.nfg")


def test_a_long_list_is_written_on_several_lines() -> None:
    game = NormalForm("wide", {"ann": range(40), "bob": range(2)}, np.arange(160).reshape(40, 2, 2))
    for format in FORMATS:
        assert max(map(len, files.dumps(game, format).splitlines())) < 160


UNWRITABLE = {
    "a label that a file reads as a number": NormalForm("x", {"ann": ("1/2", "b")}, [[1], [2]]),
    "a label that is no text or number": NormalForm("x", {"ann": (frozenset(), "b")}, [[1], [2]]),
    "a truth value as label": NormalForm("x", {"ann": (True, "b")}, [[1], [2]]),
    "a number of 500 digits": NormalForm("x", {"ann": ("a", "b")}, [[10**500], [2]]),
    "half a character": NormalForm("\ud800", {"ann": ("a", "b")}, [[1], [2]]),
    "labels written alike": Environment("x", {"ann": ("1", 1)}, ("a",), lambda *_: 0),
    "an exchange of shares": Environment("x", {"ann": (1,)}, Finite(("a",), lambda x, i, j: x), lambda *_: 0),
    "something else": 3,
}


@pytest.mark.parametrize("thing", UNWRITABLE.values(), ids=UNWRITABLE)
@pytest.mark.parametrize("format", FORMATS)
def test_what_a_file_cannot_hold_is_not_written(tmp_path: Path, thing: Any, format: str) -> None:
    path = tmp_path / f"thing.{format}"
    with pytest.raises(BadInput) as caught:
        files.save(thing, path)
    assert one_sentence(str(caught.value))
    assert not path.exists()


# -- bad input -----------------------------------------------------------------------------------------------


def one_sentence(text: str) -> bool:
    return 10 < len(text) < 600 and "\n" not in text and "Traceback" not in text and not text.endswith(".")


def refused(text: str | bytes, format: Format = "toml") -> str:
    with pytest.raises(BadInput) as caught:
        files.loads(text, format, "game.toml")
    message = str(caught.value)
    assert message.startswith("game.toml: ") and one_sentence(message), message
    return message.removeprefix("game.toml: ")


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


BAD_DILEMMA = {
    "an unknown field": ("[payoffs]", "[payofs]", 'there is no field "payofs"; did you mean "payoffs"?'),
    "an unknown field in a section": ("require", "requires", 'no field "requires" in [goal]; did you mean "require"?'),
    "a missing field": ('name = "prisoner\'s dilemma"', "", 'the field "name" is missing'),
    "no kind": ('kind = "normal form"', "", 'the field "kind" is missing; give kind = "normal form"'),
    "a wrong kind": ('"normal form"', '"normal from"', 'kind is the text "normal from"; did you mean "normal form"?'),
    "a kind that is no text": ('"normal form"', "3", "kind is 3; there are allocation"),
    "a family without a name": ('name = "fines"', "", '[family] has no "name"'),
    "a property without a name": ('property = "strictly', 'prop = "strictly', 'require, entry 1 has no "property"'),
    "a player named twice": ('column = ["', 'row = ["', 'the player "row" is named twice in [actions]'),
    "a section given twice": ("[payoffs]", "[actions]", "the table [actions] is given twice"),
    "a profile given twice": ('"cooperate, defect" =', '"cooperate, cooperate" =', "is given twice in [payoffs]"),
    "a profile given twice, spelt differently": ('"cooperate, defect" =', '"cooperate,cooperate" =', "given twice"),
    "an unknown action": ('"cooperate, defect" =', '"cooperate, defct" =', 'column "defct"; did you mean "defect"?'),
    "too few actions": (
        '"cooperate, defect" =',
        '"cooperate" =',
        "names 1 action; a profile names one for each player",
    ),
    "a missing profile": ('"cooperate, defect" = [0, 5]', "", '"cooperate, defect" has no payoffs'),
    "too few payoffs": ("[0, 5]", "[0]", "is a list of 1; it must be a list of 2 payoffs, in the order row, column"),
    "a payoff that is no list": ("[0, 5]", "5", "is 5; it must be a list of 2 payoffs"),
    "not a number": ("[0, 5]", "[0, nan]", '[payoffs] "cooperate, defect", entry 2 is nan; it must be a finite number'),
    "infinity": ("[0, 5]", "[0, -inf]", "entry 2 is -inf; it must be a finite number"),
    "a large exponent": ("[0, 5]", "[0, 1e999999999]", "more than 400 digits"),
    "a large exponent in quotes": ("[0, 5]", '[0, "1e999999999"]', '"1e999999999", which has more than 400 digits'),
    "an integer of a million digits": ("[0, 5]", f"[0, {'9' * 10**6}]", "a number of 1,000,000 digits"),
    "an integer of 405 digits": ("[0, 5]", f"[0, {'9' * 405}]", "more than 400 digits"),
    "a hexadecimal integer": ("[0, 5]", f"[0, 0x{'f' * 10**5}]", "more than 400 digits"),
    "a number of a million digits in quotes": ("[0, 5]", f'[0, "{"9" * 10**6}"]', "1000000 characters"),
    "a number that is a text": ("[0, 5]", '[0, "five"]', 'is "five"; a number is written'),
    "division by zero": ("[0, 5]", '[0, "1/0"]', "division by zero"),
    "a truth value": ("[0, 5]", "[0, true]", "is true; it must be a number"),
    "a date": ("[0, 5]", "[0, 2024-02-29]", "is the date or time 2024-02-29; put texts in quotes"),
    "actions that are no list": ('["cooperate", "defect"]', '"cooperate"', "[actions] row is the text"),
    "no actions": ('["cooperate", "defect"]', "[]", 'there is no action of "row"; give at least one'),
    "an action listed twice": (
        '["cooperate", "defect"]',
        '["defect", "defect"]',
        'the action "defect" of "row" is listed',
    ),
    "a key without a value": ("[goal]", "[goal]\nx", "this is not TOML at line"),
    "a text that does not end": ('"normal form"', '"normal form', "this is not TOML at line"),
}


@pytest.mark.parametrize(("old", "new", "sentence"), BAD_DILEMMA.values(), ids=BAD_DILEMMA)
def test_a_mistake_in_a_game_is_told(old: str, new: str, sentence: str) -> None:
    assert sentence in refused(changed(DILEMMA, old, new))


BAD_MEAL = {
    "a type without a utility": (
        'hungry = { bread = 3, wine = "1/3" }',
        "",
        'the type "hungry" of "ann" has no utility; [utility.ann] needs an entry for each type',
    ),
    "an outcome without a utility": (
        "bread = 3, ",
        "",
        'the outcome "bread" has no utility for "ann"; [utility.ann.hungry]',
    ),
    "an unknown outcome": ("bread = 3", "bred = 3", '[utility.ann.hungry] names "bred"; did you mean "bread"?'),
    "an unknown type": ("hungry = {", "hungy = {", '[utility.ann] names "hungy"; did you mean "hungry"?'),
    "an unknown player": ("[utility.ann]", "[utility.anne]", '[utility] names a player "anne"; did you mean "ann"?'),
    "a player without a utility": ("[players]", "[players]\nbob = [1]", 'the player "bob" has no utility'),
    "a type listed twice": ('"thirsty"]', '"hungry"]', 'the type "hungry" of "ann" is listed twice'),
    "types written alike": ('"thirsty"]', '"thirsty", "1", 1]', 'the type "1" of "ann" is listed twice'),
    "no types": ('["hungry", "thirsty"]', "[]", 'there is no type of "ann"; give at least one'),
    "no outcomes": ('["bread", "wine"]', "[]", "there is no outcome; give at least one"),
    "an outcome listed twice": ('["bread", "wine"]', '["wine", "wine"]', 'the outcome "wine" is listed twice'),
    "a label that is a truth value": ('["bread", "wine"]', '["bread", true]', "outcomes, entry 2 is true"),
    "players that are no table": ("[players]\nann = ", "players = ", "players is a list of 2; it must be a table"),
    "probabilities that do not sum to 1": (
        "[players]",
        'prior = { ann = { hungry = "1/2", thirsty = "1/3" } }\n[players]',
        'the prior of "ann" sums to 5/6; probabilities must sum to 1',
    ),
    "a negative probability": ("[players]", "prior = { ann = [-1, 2] }\n[players]", "negative probability -1"),
    "a type without a probability": (
        "[players]",
        "prior = { ann = [1] }\n[players]",
        'the type "thirsty" of "ann" has no',
    ),
    "an unknown prior": ("[players]", 'prior = "unifrom"\n[players]', 'the only prior with a name is "uniform"'),
    "a prior of an unknown player": (
        "[players]",
        "prior = { an = [1, 0] }\n[players]",
        'a player "an"; did you mean "ann"',
    ),
    "a joint prior of an unknown type": (
        "[players]",
        'prior = [{ types = { ann = "hungy" }, probability = 1 }]\n[players]',
        'names a type of "ann", "hungy"; did you mean "hungry"?',
    ),
    "a joint prior without types": (
        "[players]",
        "prior = [{ probability = 1 }]\n[players]",
        "prior, entry 1 is a table; it",
    ),
    "a joint prior that does not sum to 1": (
        "[players]",
        'prior = [{ types = { ann = "hungry" }, probability = "1/2" }]\n[players]',
        "the prior sums to 1/2",
    ),
    "transfers with one end": (
        "[players]",
        "transfers = [1]\n[players]",
        'it must be [low, high], "unbounded" or "none"',
    ),
    "transfers the wrong way round": ("[players]", "transfers = [1, 0]\n[players]", "low must not exceed high"),
    "a constant with a taken name": ("[players]", "constants = { type = 1 }\n[players]", "[constants] type"),
}


@pytest.mark.parametrize(("old", "new", "sentence"), BAD_MEAL.values(), ids=BAD_MEAL)
def test_a_mistake_in_an_environment_is_told(old: str, new: str, sentence: str) -> None:
    assert sentence in refused(changed(MEAL, old, new))


def test_a_mistake_in_an_expression_is_told() -> None:
    text = MEAL[: MEAL.index("[utility.ann]")].replace("[players]", "utility = '{}'\n[players]")
    assert 'there is no name "outcom"; did you mean "outcome"?' in refused(text.format('1 if outcom == "bread" else 0'))
    assert 'nothing is called "bred"; did you mean "bread"?' in refused(text.format('1 if outcome == "bred" else 0'))
    assert "a number is needed" in refused(text.format("2 * type"))
    assert "divisor 0" in refused(text.format("1 / 0"))
    assert "there is no function" in refused(text.format('__import__("os")'))


def test_a_payoff_array_of_the_wrong_shape_is_told() -> None:
    text = 'kind="normal form"\nname="x"\npayoffs={}\n[actions]\nann=["a","b"]\nbob=["c","d"]'
    assert "have shape (2, 2); " in refused(text.format("[[1, 2], [3, 4]]"))
    assert "need shape (2, 2, 2)" in refused(text.format("[[1, 2], [3, 4]]"))
    assert "lists of different lengths; it must have the shape (2, 2, 2)" in refused(
        text.format("[[[1, 2], [3]], [[1, 2], [3, 4]]]")
    )


BAD_TEXT = {
    "empty": ("", "toml", "the spec is empty"),
    "blank": ("\n \n", "json", "the spec is empty"),
    "only a remark": ("# nothing\n", "toml", 'the field "kind" is missing'),
    "not UTF-8": (b'kind = "\xff"', "toml", "byte 9 is not UTF-8"),
    "too large": ("#" * 6_000_000, "toml", "larger than 5,000,000 bytes"),
    "a list": ("[]", "json", "a JSON spec is one table"),
    "a number": ("3", "json", "a JSON spec is one table"),
    "not JSON": ('{"kind": ', "json", "this is not JSON at line 1"),
    "NaN in JSON": (
        '{"kind": "cake", "name": "x", "values": {"a": [[NaN]]}}',
        "json",
        "is NaN; it must be a finite number",
    ),
    "null": ('{"kind": null}', "json", "kind is null"),
    "a key twice": ('{"kind": "cake", "values": {"ann": [], "ann": []}}', "json", '"ann" is named twice in one table'),
    "half a character": ('{"kind": "\\ud800"}', "json", "lone surrogate"),
    "a date that is none": ("x = 2024-13-45", "toml", "this is not TOML"),
    "100,000 brackets": ("x = " + "[" * 100_000 + "]" * 100_000, "toml", "more than 64 brackets inside each other"),
    "100,000 brackets in JSON": ("[" * 100_000, "json", "more than 64 brackets inside each other"),
    "100,000 braces": ("x = " + "{a=" * 100_000, "toml", "more than 64 brackets"),
    "100,000 tables in JSON": ('{"a":' * 100_000, "json", "more than 64 brackets"),
    "a key of 100,000 parts": ("a." * 100_000 + "b = 1", "toml", "a key of more than 64 parts"),
    "a table of 100,000 parts": ("[" + '"a".' * 100_000 + "b]", "toml", "a key of more than 64 parts"),
    "brackets behind five quotes": ('x = ["""a""""", ' + "[" * 100_000, "toml", "more than 64 brackets"),
    "a million quotes": ('"' * 10**6, "toml", "not TOML"),
    "a million escapes": ('x = "' + '\\"' * 10**6, "toml", "not TOML"),
    "a million digits": ("1" * 10**6, "json", "a number of 1,000,000 digits"),
    "a million binary digits": ("x = 0b" + "1" * 10**6, "toml", "a number of 1,000,000 digits"),
    "a long word": ("a" * 4_000_000, "toml", "not TOML"),
}


@pytest.mark.parametrize(("text", "format", "sentence"), BAD_TEXT.values(), ids=BAD_TEXT)
def test_hostile_text_is_refused_quickly(text: str | bytes, format: Format, sentence: str) -> None:
    start = time.process_time()
    assert sentence in refused(text, format)
    assert time.process_time() - start < 2


def test_brackets_in_texts_and_remarks_do_not_count() -> None:
    deep = "[" * 1000
    for line in (
        f'words = "{deep}"',
        f"words = '{deep}'",
        f'words = """\n{deep}"\n"""',
        f"words = '''{deep}'''",
        f"# {deep}",
    ):
        assert files.loads(changed(DILEMMA, "[actions] ", f"{line}\n[actions] ").replace('words = "Each', '#"', 1))


def test_a_game_of_a_trillion_profiles_is_refused_before_anything_is_made() -> None:
    text = 'kind = "normal form"\nname = "big"\npayoffs = "action"\n[actions]\n'
    text += "\n".join(f"p{i} = {list(range(10))}" for i in range(12))
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises(GameTooLarge) as caught:
        files.loads(text)
    assert time.process_time() - start < 1
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()
    assert (caught.value.size, caught.value.limit) == (10**12, MAX_PROFILES)
    assert one_sentence(str(caught.value)) and "declare fewer" in str(caught.value)


def test_long_work_is_refused_before_it_begins() -> None:
    text = f'kind = "normal form"\nname = "x"\npayoffs = "{"1+" * 4000}1"\nactions = {{ a = {list(range(10_000))} }}'
    with pytest.raises(GameTooLarge, match="steps to compute the payoffs"):
        files.loads(text)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    def told(path: str | Path) -> str:
        with pytest.raises(BadInput) as caught:
            files.load(path)
        assert one_sentence(str(caught.value))
        return str(caught.value)

    assert "is a folder" in told(tmp_path)
    assert 'did you mean "prisoners_dilemma"?' in told("prisoner_dilemma")
    assert 'did you mean "cake_cutting"?' in told(tmp_path / "cake_cuting.toml")
    assert "there are cake_cutting, " in told("xyz")
    (tmp_path / "game.yaml").write_text("kind: normal form")
    assert 'ends in ".yaml"; a spec ends in .toml, .json, .nfg or .efg' in told(tmp_path / "game.yaml")
    (tmp_path / "game").write_text("")
    assert "has no ending" in told(tmp_path / "game")
    (tmp_path / "game.toml").write_bytes(b"\xff")
    assert "game.toml: byte 1 is not UTF-8" in told(tmp_path / "game.toml")
    assert one_sentence(told("x" * 10_000)) and one_sentence(told("a\0b.toml"))
    with pytest.raises(BadInput, match=r'ends in "\.yaml"'):
        files.save(prisoners_dilemma(), tmp_path / "game.yaml")
    with pytest.raises(BadInput, match="cannot be written"):
        files.save(prisoners_dilemma(), tmp_path / "nowhere" / "game.toml")


# -- nothing but BadInput ------------------------------------------------------------------------------------


@given(st.binary() | st.text(), st.sampled_from(FORMATS))
def test_garbage_is_bad_input(text: str | bytes, format: Format) -> None:
    with pytest.raises(BadInput):
        files.loads(text, format)


PIECES = [
    "[",
    "]",
    "{",
    "}",
    '"',
    "'",
    "=",
    ",",
    ".",
    "\n",
    "#",
    "1",
    "-1",
    "1e9",
    '"1/3"',
    "nan",
    "true",
    "[]",
    "{}",
    "\\",
]


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_spec_is_a_spec_or_bad_input(data: st.DataObject) -> None:
    text = (SHIPPED / f"{data.draw(st.sampled_from(files.shipped()))}.toml").read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 3))):
        at, until = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
        until = min(until, at + 12)
        text = text[:at] + data.draw(st.sampled_from(PIECES) | st.text(max_size=3)) + text[until:]
    with contextlib.suppress(BadInput):
        files.loads(text)


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.sampled_from(
            [0, 1, 2, -1, 0.5, "1/2", "a", "b", "uniform", "none", "unbounded", "type", "1", True, None, ""]
        ),
        st.text(max_size=3),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["a", "b", "1", "1/2", "a, b", "types", "probability", "name"]), inner, max_size=3
        ),
    ),
    max_leaves=10,
)


@settings(max_examples=500)
@given(st.sampled_from(sorted(KINDS)), st.data())
def test_any_values_of_the_fields_are_a_spec_or_bad_input(kind: str, data: st.DataObject) -> None:
    fields = KINDS[kind].__struct_fields__
    spec = {field: data.draw(VALUES) for field in data.draw(st.sets(st.sampled_from(fields)))}
    spec |= {field: data.draw(VALUES) for field in ("name", *fields[4:6]) if field not in spec}
    if data.draw(st.booleans()):
        spec["name"] = "a"
        table = st.dictionaries(
            st.sampled_from(["a", "b"]), st.lists(st.sampled_from([1, 2, "a", "1/2", [1]]), max_size=2)
        )
        spec |= {field: data.draw(table) for field in ("actions", "players", "values") if field in spec}
    with contextlib.suppress(BadInput):
        files.loads(json.dumps({"kind": kind, **spec}), "json")


# -- the schema ----------------------------------------------------------------------------------------------


def test_the_schema_file_is_what_the_decoder_reads() -> None:
    path = Path(files.__file__).parent / "schema.json"
    expected = json.dumps(files.schema(), indent=2, ensure_ascii=False) + "\n"
    assert path.read_text(encoding="utf-8") == expected, (
        "write games/files/schema.json again: json.dumps(files.schema(), indent=2, ensure_ascii=False) and a line end"
    )


def test_the_schema_names_every_field_of_every_kind_and_no_other() -> None:
    schema = files.schema()
    for kind, struct in KINDS.items():
        found = schema["$defs"][struct.__name__]
        assert found["properties"]["kind"] == {"enum": [kind]}
        assert set(found["properties"]) == {"kind", *struct.__struct_fields__}
        assert found["additionalProperties"] is False
        needed = {field.name for field in msgspec.structs.fields(struct) if field.required}
        assert set(found["required"]) == {"kind", *needed}


@pytest.mark.parametrize("kind", KINDS)
def test_the_decoder_misses_what_the_schema_requires(kind: str) -> None:
    full = {files.read(name).kind: name for name in files.shipped()}
    text = (SHIPPED / f"{full[kind]}.toml").read_text(encoding="utf-8")
    for field in files.schema()["$defs"][KINDS[kind].__name__]["required"]:
        without = re.sub(rf"^{field} =.*\n", "", text.split("\n[")[0], flags=re.MULTILINE)
        without += "".join(
            f"\n[{part}" for part in text.split("\n[")[1:] if not part.startswith((f"{field}]", f"{field}."))
        )
        assert f'the field "{field}" is missing' in refused(without)


# -- scenarios -----------------------------------------------------------------------------------------------


def test_names_may_have_spaces_underscores_or_hyphens() -> None:
    assert requirement("individually rational") is requirement("individually_rational")
    assert objective("Nash-welfare") is objective("nash_welfare")
    assert rule("second price") is rule("second_price")


BAD_NAMES = {
    "strategyproff": (requirement, {}, 'there is no property "strategyproff"; did you mean "strategyproof"?'),
    "wellfare": (objective, {}, 'there is no objective "wellfare"; did you mean "welfare"?'),
    "secnd_price": (rule, {}, 'there is no rule "secnd_price"; did you mean "second_price"?'),
    "fine s": (family, {}, 'did you mean "fines"?'),
    "strictly_dominant": (requirement, {}, 'the property "strictly_dominant" needs "action"; write { property ='),
    "fines": (family, {"onn": "defect"}, 'the family "fines" knows no "onn"; did you mean "on"?'),
    "strategyproof": (requirement, {"x": 1}, 'the property "strategyproof" needs nothing; leave x out'),
    "welfare": (requirement, {}, 'there is no property "welfare"'),
    "who_cuts_who_chooses": (family, {"play": "x"}, 'knows no "play"'),
    "strict_equilibrium": (requirement, {"profile": 3}, "cannot be made of"),
}


@pytest.mark.parametrize("name", BAD_NAMES)
def test_an_unknown_name_is_told_with_the_nearest(name: str) -> None:
    look_up, arguments, sentence = BAD_NAMES[name]
    with pytest.raises(BadInput) as caught:
        look_up(name, arguments)
    assert sentence in str(caught.value) and one_sentence(str(caught.value))


def test_a_scenario_names_the_file_in_its_errors(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(changed(DILEMMA, "strictly_dominant", "strongly_dominant"), encoding="utf-8")
    with pytest.raises(BadInput, match=r'mine\.toml: there is no property "strongly_dominant"; did you mean'):
        scenario(path)


def test_a_scenario_has_what_its_file_says() -> None:
    found = scenario("resource_allocation")
    assert isinstance(found.goal, Goal)
    assert [each.name for each in found.goal.require] == ["strategyproof", "individually_rational"]
    assert found.goal.maximize is objective("welfare")
    assert found.rule is rule("second_price") and found.family is None
    chosen = scenario("prisoners_dilemma").family
    assert chosen.unit == Fraction(1, 100)
    assert scenario("cake_cutting").family(scenario("cake_cutting").game)


@pytest.mark.parametrize("name", files.shipped())
def test_a_search_in_a_shipped_scenario_needs_nothing_else(name: str) -> None:
    found = scenario(name)
    assert found.goal is not None
    design = search(found.game, found.goal, family=found.family)
    assert design.status == "optimal"
    expected = {
        "resource_allocation": Fraction(25, 8),  # 3.125: two players, values 1..4, money within 4
        "prisoners_dilemma": Fraction(201, 100),  # the first multiple of 1/100 above max(T - R, P - S) = 2
        "public_goods": Fraction(61, 100),  # above 1 - 1.6/4 = 0.6, what keeping a token gains
        "two_chores": -3,  # -2 if their tastes differ, -4 if they are the same: (-2 - 2 - 4 - 4) / 4
        "two_goods": 5,  # 6 if their tastes differ, 4 if they are the same
    }
    assert design.value == expected.get(name)


def test_a_scenario_without_sections(tmp_path: Path) -> None:
    path = tmp_path / "meal.toml"
    path.write_text(MEAL, encoding="utf-8")
    found = scenario(path)
    assert (found.goal, found.family, found.rule, str(found)) == (None, None, None, "a meal")


@pytest.mark.parametrize("format", ["toml", "json"])
def test_a_prior_in_floats_is_written_as_the_decimals_it_was_read_as(tmp_path: Path, format: str) -> None:
    env = Environment("x", {"ann": (1, 2, 3)}, ("a",), lambda *_: 0, {"ann": {1: 0.1, 2: 0.2, 3: 0.7}})
    files.save(env, tmp_path / f"x.{format}")
    again = files.load(tmp_path / f"x.{format}")
    assert isinstance(again, Environment)
    assert again.prior == env.prior
