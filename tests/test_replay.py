"""A counterexample written out as a test runs in a new process, passes there, and fails once the rule is another."""

from __future__ import annotations

import functools
import re
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import rulewright as rw
from rulewright import games, mechanisms
from rulewright.mechanisms.cases import Case, drawn, misreports, players, profiles
from rulewright.mechanisms.measures import payment, worth
from rulewright.mechanisms.property import Finding, examined

THIRD = Fraction(1, 3)
CYCLIC = {"a": ("ann", "bob", "cem"), "b": ("cem", "bob", "ann"), "c": ("bob", "ann", "cem")}
ABC = ("a", "b", "c")


@rw.mechanism
def lowest_bid_wins(env: Any, reports: Any) -> Any:
    """Who bids least wins and pays nothing."""
    return min(env.players, key=lambda player: reports[player])


def here() -> Mapping[str, Any]:
    """Rules and properties that have no name in a module: their text is all there is."""
    share = THIRD

    def told(player: str) -> str:
        return f"{player} is the first"

    def unnamed(function: Any, name: str) -> Any:
        return mechanisms.DirectMechanism(function, name)

    first = unnamed(lambda env, reports: env.space.items[0], "the first")
    last = unnamed(lambda env, reports: env.space.items[-1], "the last")
    highest = unnamed(lambda env, reports: max(reports, key=reports.__getitem__), 'the "highest": {0} λ')
    apart = unnamed(lambda env, reports: {"ann": {"bread": 1}, "bob": {"wine": 1}}, "bread for ann, wine for bob")

    most_often_first = unnamed(
        lambda env, reports: max(env.space.items, key=lambda x: sum(each[0] == x for each in reports.values())),
        "plurality, by hand",
    )

    @rw.mechanism
    def a_third_back(env: Any, reports: Any) -> Any:
        """The highest bid wins and pays two thirds of it."""
        winner = max(env.players, key=lambda player: reports[player])
        assert told(winner)
        return winner, rw.Profile({p: reports[p] * (1 - share) if p == winner else 0 for p in env.players})

    @rw.mechanism("a coin")
    def coin(env: Any, reports: Any) -> Any:
        """A coin decides between what the first two players like best."""
        one, two = (reports[player][0] for player in env.players[:2])
        return one if one == two else rw.Lottery({one: Fraction(1, 4), two: Fraction(3, 4)})

    @rw.for_all(players, "a third")
    def at_least_a_third(rule: Any, env: Any, case: Case) -> tuple[Any, Any]:
        """Every player ends up with at least a third of her value."""
        own = case.types[case.player]
        return rule.expect(worth(env, case.player, own), env, case.reports), share

    @rw.for_all(profiles, "ex ante balance", equal=True)
    def balanced_on_average(rule: Any, env: Any, case: Case) -> tuple[Any, Any]:
        """The payments sum to 0 on average."""
        total = sum((payment(env, player) for player in env.players[1:]), start=payment(env, env.players[0]))
        return rule.expect(total, env, drawn(env)), 0

    @examined(misreports, "own check")
    def never_moves(rule: Any, env: Any, case: Case) -> Finding | None:
        """The outcome never depends on a report."""
        before, after = (rule.result(env, reports)[0] for reports in (case.types, case.reports))
        return None if before == after else Finding(case, 0, 1, f"{before} turns into {after}")

    def priced(many: int) -> list[Any]:
        """Rules whose default argument is another one in each, made by one text."""
        made = []
        for price in range(1, many + 1):

            @rw.mechanism
            def at_a_price(env: Any, reports: Any, price: Any = price) -> Any:
                """The highest bid wins and pays so many halves of it."""
                winner = max(env.players, key=lambda player: reports[player])
                return winner, rw.Profile({winner: reports[winner] * Fraction(price, 2)})

            made.append(at_a_price)
        return made

    a_half, _whole = priced(2)

    @rw.mechanism
    def whole(env: Any, reports: Any, parts: Any = (1, -2), *, least: int = 1) -> Any:
        """The highest bid wins and pays all of it."""
        winner = max(env.players, key=lambda player: reports[player])
        return winner, rw.Profile({winner: reports[winner] * min(parts[0], least)})

    def halved(function: Any) -> Any:
        @functools.wraps(function)
        def asked(env: Any, reports: Any) -> Any:
            outcome, payments = function(env, reports)
            return outcome, rw.Profile({player: Fraction(each) / 2 for player, each in payments.items()})

        return asked

    @rw.mechanism
    @halved
    def wrapped(env: Any, reports: Any) -> Any:
        """The highest bid wins and pays half of it."""
        winner = max(env.players, key=lambda player: reports[player])
        return winner, rw.Profile({winner: reports[winner]})

    @rw.mechanism
    def case(env: Any, reports: Any) -> Any:
        """The name of something else in the test."""
        winner = max(env.players, key=lambda player: reports[player])
        return winner, rw.Profile({winner: reports[winner]})

    @rw.mechanism
    def has(env: Any, reports: Any) -> Any:
        """The name of something else in the test."""
        winner = max(env.players, key=lambda player: reports[player])
        return winner, rw.Profile({winner: reports[winner]})

    @rw.mechanism
    def rule(env: Any, reports: Any) -> Any:
        """The name of something else in the test."""
        winner = max(env.players, key=lambda player: reports[player])
        return winner, rw.Profile({winner: reports[winner]})

    def cheaper(game: Any) -> Any:
        return game.with_payoffs(game.payoffs - 1, "everybody pays 1")

    pay_one = mechanisms.Edit("all pay 1", "Everybody pays 1.", "payoff", cheaper)
    return {**locals()}


OWN = here()


@dataclass(frozen=True)
class Refuted:
    """A rule that lacks a property, and a change of the written test after which it must fail."""

    rule: Any
    env: Any
    property: Any
    change: tuple[str, str]
    holds: str = ""  # a text that the test contains


def item(**more: Any) -> Any:
    return games.allocation({"ann": (1, 2, 3), "bob": (1, 2, 3)}, **more)


def odd(swap: Any = None) -> Any:
    """An environment of no shipped kind: odd names, odd types, a utility that is a lambda."""
    outcomes = (rw.Profile({"ann": 'a "x"', "bob": None}), rw.Profile({"ann": None, "bob": 'a "x"'}))
    types = {"ann": ((1, "it's"), (Fraction(7, 3), "b\\c")), "bob": (0.1, 1e-9)}
    size = {types["ann"][0]: 1, types["ann"][1]: Fraction(7, 3)}
    prior = {p: {t: Fraction(k + 1, 3) for k, t in enumerate(each)} for p, each in types.items()}
    return rw.Environment(
        'an "odd" one',
        types,
        games.Finite(outcomes, swap),
        lambda player, outcome, type: size.get(type, type) if outcome[player] else 0,
        prior,
        (-5, None),
    )


def noisy() -> Any:
    """What one gets matters to the other, so that the table of utilities is by outcome: (ann's, bob's)."""
    outcomes = (("drum", "bed"), ("bed", "drum"))
    swap = lambda outcome, one, other: outcomes[1 - outcomes.index(outcome)]  # noqa: E731
    types = {"ann": ("light sleeper", "deep sleeper"), "bob": ("light sleeper", "deep sleeper")}
    worth_of = {"light sleeper": 0, "deep sleeper": 2}
    return rw.Environment(
        "noise",
        types,
        games.Finite(outcomes, swap),
        lambda player, outcome, type: worth_of[type] * (outcome[player == "bob"] == "bed") + (outcome[0] == "bed"),
    )


def oil() -> Any:
    """What a field is worth to who gets it is the sum of what both know (Milgrom and Weber 1982)."""
    return rw.Environment(
        "oil", {"ann": (1, 2), "bob": (1, 2)}, ("ann", "bob"),
        lambda player, winner, types: sum(types.values()) if winner == player else 0,
        transfers=(None, None), interdependent=True,
    )  # fmt: skip


def goods(**more: Any) -> Any:
    return games.bundles({"ann": ((3, 2, 1), (1, 1, 1)), "bob": ((4, 4, 4),)}, ABC, **more)


def divisible() -> Any:
    """Shares of goods with a utility of one's own."""
    space = games.Shares(("ann", "bob"), ("bread", "wine"), disposal=False)
    types = ((3, 1), (Fraction(1, 2), 4))

    def linear(player: str, outcome: Any, type: Any) -> Any:
        return type[0] * outcome[player].get("bread", 0) + type[1] * outcome[player].get("wine", 0) + 1

    return rw.Environment("shares", {"ann": types, "bob": types}, space, linear)


def ours(text: str) -> str:
    return f"__import__('rulewright').mechanisms.{text}"


JOINT = {
    rw.Profile({"ann": a, "bob": b}): Fraction(1, 6) if a == b else Fraction(1, 12)
    for a in (1, 2, 3)
    for b in (1, 2, 3)
}
FLOATS = {"ann": {1: 0.1, 2: 0.2, 3: 0.7}, "bob": {1: 0.5, 2: 0.25, 3: 0.25}}
CAKE = games.cake({"ann": [(1, 3), (2, 2)], "bob": [(2, 2), (1, 3)]})
HOMES = games.assignment(("ann", "bob", "cem"), ABC)
VOTES = games.voting(("ann", "bob", "cem"), ABC)
DILEMMA = games.prisoners_dilemma()
HUNT = rw.NormalForm(
    "hunt", {"ann": ("stag", "hare"), "bob": ("stag", "hare")}, [[[4, 4], [0, THIRD]], [[3, 0], [3, 3]]]
)
SECOND = ("first_price", "second_price")
DSIC, BIC, EF1 = rw.strategyproof, rw.bayesian_incentive_compatible, mechanisms.envy_free_up_to_one_good

REFUTED: dict[str, Refuted] = {
    "money": Refuted(mechanisms.first_price, item(), DSIC, SECOND, 'allocation({"ann": (1, 2, 3), "bob": (1, 2, 3)})'),
    "an argument": Refuted(
        mechanisms.posted_price(Fraction(3, 2)), item(), rw.efficient, ("3, 2", "1, 2"), "posted_price(Fraction(3, 2))"
    ),
    "a property with an argument": Refuted(
        mechanisms.first_price, item(), mechanisms.nearly_strategyproof(Fraction(1, 2)), SECOND,
        "nearly_strategyproof(Fraction(1, 2))",
    ),
    "a joint prior": Refuted(mechanisms.first_price, item(prior=JOINT), BIC, SECOND, "Fraction(1, 12)"),
    "a prior of floats": Refuted(mechanisms.first_price, item(prior=FLOATS), BIC, SECOND, "prior="),
    "tiny values": Refuted(
        mechanisms.first_price, games.allocation(dict.fromkeys(("ann", "bob"), (1e-9, 2e-9))), DSIC, SECOND, "1e-09"
    ),
    "an equality": Refuted(mechanisms.second_price, item(), rw.budget_balanced, ("second_price", "third_price")),
    "voting": Refuted(mechanisms.plurality, VOTES, DSIC, ("plurality", "median"), 'voting(("ann", "bob", "cem"), ('),
    "voting on a line": Refuted(
        mechanisms.borda, games.voting(("ann", "bob", "cem"), ABC, "single-peaked"), DSIC, ("borda", "median"),
        'domain="single-peaked"',
    ),
    "a lottery": Refuted(
        OWN["coin"], games.voting(("ann", "bob"), ABC), mechanisms.anonymous, ("Fraction(3, 4)", "Fraction(1, 2)"),
        '@mechanism("a coin")',
    ),
    "ranks": Refuted(
        mechanisms.immediate_acceptance(CYCLIC), HOMES, mechanisms.sd_strategyproof,
        ("immediate_acceptance", "deferred_acceptance"), "k=2",
    ),
    "an own check": Refuted(
        mechanisms.serial_dictatorship(), HOMES, mechanisms.stable(CYCLIC),
        ("rule = serial_dictatorship()", f"rule = {ours(f'deferred_acceptance({CYCLIC!r})')}"), "asked = stable({",
    ),
    "a coalition": Refuted(
        mechanisms.second_price, item(), mechanisms.group_strategyproof(2), ("second_price", "third_price"),
        "group_strategyproof(2)",
    ),
    "bundles": Refuted(mechanisms.utilitarian, goods(), EF1, ("utilitarian", "round_robin"), "bundles({"),
    "bundles with a worth of their own": Refuted(
        OWN["first"], goods(worth=lambda type, bundle: len(bundle) ** 2 * type[0]), EF1,
        ("return ANSWERS[reports]", 'return Profile({"ann": ("a",), "bob": ("b", "c")})'), "[type][outcome[player]]",
    ),
    "a cake": Refuted(mechanisms.cut_and_choose, CAKE, DSIC, ("cut_and_choose", "equal_split"), "cake({"),
    "shares": Refuted(
        OWN["apart"], divisible(), rw.envy_free,
        ("return ANSWERS[reports]", "return {'ann': {'bread': 1, 'wine': 1}, 'bob': {}}"), "SPACE.point(outcome)",
    ),
    "an odd environment": Refuted(
        OWN["last"], odd(), rw.efficient, ("ANSWERS[reports]", "(OUTCOMES[0], Profile({}))"), '"it\'s"'
    ),
    "an exchange": Refuted(
        OWN["last"], odd(lambda o, i, j: rw.Profile({i: o[j], j: o[i]})), rw.envy_free,
        ("return ANSWERS[reports]", "return OUTCOMES[0], Profile({})"), "swap=exchanged",
    ),
    "externalities": Refuted(
        OWN["first"], noisy(), rw.envy_free, ("return ANSWERS[reports]", "return OUTCOMES[1]"),
        "[OUTCOMES.index(outcome)]",
    ),
    "a table": Refuted(
        mechanisms.tabulated(item(), [[0, 0, 1], [0, 1, 1], [2, 0, 0]]), item(), DSIC,
        ("return ANSWERS[reports]", 'return "nobody"'), "ANSWERS = {",
    ),
    "a lambda with a prior": Refuted(OWN["highest"], item(), BIC, ("ANSWERS[reports]", '"nobody"'), "ANSWERS = {"),
    "the text of a rule": Refuted(OWN["a_third_back"], item(), DSIC, ("1 - share", "0"), "share = Fraction(1, 3)"),
    "a default of its own": Refuted(OWN["a_half"], item(), DSIC, ("ANSWERS[reports]", '"nobody"'), "ANSWERS = {"),
    "defaults in the text": Refuted(OWN["whole"], item(), DSIC, ("(1, -2)", "(0, -2)"), "parts: Any = (1, -2)"),
    "a wrapped rule": Refuted(OWN["wrapped"], item(), DSIC, ("ANSWERS[reports]", '"nobody"'), "ANSWERS = {"),
    "a rule called case": Refuted(OWN["case"], item(), DSIC, ("winner: reports[winner]", ""), "case_ = case"),
    "a rule called has": Refuted(OWN["has"], item(), DSIC, ("winner: reports[winner]", ""), "has_ = has"),
    "a rule called rule": Refuted(OWN["rule"], item(), DSIC, ("winner: reports[winner]", ""), "rule_ = rule"),
    "the text of a property": Refuted(
        mechanisms.first_price, item(), OWN["at_least_a_third"], ("share = Fraction(1, 3)", "share = 0"), "@for_all("
    ),
    "an equality on average": Refuted(
        mechanisms.first_price, item(), OWN["balanced_on_average"], SECOND, "equal=True"
    ),
    "the text of an own check": Refuted(
        mechanisms.first_price, item(), OWN["never_moves"], ("None if", "None if True or"), "@examined("
    ),
    "a rule of this module": Refuted(
        lowest_bid_wins, item(), DSIC, ("import lowest_bid_wins", "import highest_bid_wins_free as lowest_bid_wins"),
        "from test_replay import lowest_bid_wins",
    ),
    "interdependent values": Refuted(
        mechanisms.second_price, oil(), mechanisms.ex_post_incentive_compatible, ("second_price", "equal_treatment"),
        "interdependent=True",
    ),
    "several environments": Refuted(
        OWN["most_often_first"], games.voting(("ann", "bob"), ("x", "y")), mechanisms.false_name_proof(),
        ("ANSWERS[reports]", '"x"'), "asked = false_name_proof()",
    ),
    "a game": Refuted(
        mechanisms.fine(on="defect", amount=1), DILEMMA, mechanisms.strictly_dominant("cooperate"),
        ('fine("defect", 1)', 'fine("defect", 3)'), "prisoners_dilemma()",
    ),
    "a game of one's own": Refuted(
        mechanisms.status_quo, HUNT, mechanisms.strict_equilibrium({"ann": "hare", "bob": "stag"}),
        ("status_quo(game)", "fine('hare', 9)(game)"), "NormalForm(",
    ),
    "a subsidy and a fine": Refuted(
        mechanisms.subsidy("stag", 1).then(mechanisms.fine("hare", THIRD)), HUNT, mechanisms.weakly_dominant("hare"),
        ("amount=-1", "amount=5"), "partial(",
    ),
    "the text of an edit": Refuted(
        OWN["pay_one"], DILEMMA, mechanisms.strictly_dominant("cooperate"), ("payoffs - 1", "payoffs - 2"),
        "def cheaper",
    ),
}  # fmt: skip


def written(each: Refuted) -> str:
    verdict = rw.verify(each.rule, each.env, each.property)
    assert verdict.status == "refuted"
    return verdict.counterexample.to_test()


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """What became under pytest, in one new process, of each test as it was written and as it was changed."""
    folder = tmp_path_factory.mktemp("written")
    (folder / "conftest.py").write_text(f"import sys\n\nsys.path.append({str(Path(__file__).parent)!r})\n")
    for k, (name, each) in enumerate(REFUTED.items()):
        text, (old, new) = written(each), each.change
        assert old in text, f"{name}: {text}"
        (folder / f"test_{k}_written.py").write_text(text, encoding="utf-8")
        (folder / f"test_{k}_changed.py").write_text(text.replace(old, new), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "--tb=line", "-p", "no:cacheprovider", "."]
    text = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=300, check=False).stdout
    found = re.findall(r"^(PASSED|FAILED|ERROR) test_(\d+)_(written|changed)\.py", text, re.MULTILINE)
    assert len(found) == 2 * len(REFUTED), text
    return {(list(REFUTED)[int(k)], which): outcome for outcome, k, which in found}


def highest_bid_wins_free() -> None:
    """A stand-in for :data:`lowest_bid_wins` that is no such rule."""


@pytest.mark.parametrize("name", REFUTED)
def test_the_test_says_what_it_is_about(name: str) -> None:
    text = written(REFUTED[name])
    assert REFUTED[name].holds in text
    assert max(map(len, text.splitlines())) <= 120
    assert text.count("assert has == ") == text.count("assert needs == ") == 1


def test_every_test_passes_in_a_new_process(outcomes: dict[tuple[str, str], str]) -> None:
    assert [name for name in REFUTED if outcomes[name, "written"] != "PASSED"] == []


def test_every_test_fails_once_the_rule_is_another(outcomes: dict[tuple[str, str], str]) -> None:
    assert [name for name in REFUTED if outcomes[name, "changed"] != "FAILED"] == []


def test_the_tests_are_clean(tmp_path: Path) -> None:
    ruff = Path(sysconfig.get_path("scripts")) / "ruff"
    if not ruff.exists():
        pytest.skip("ruff is not installed: pip install -e '.[test]' brings it")
    for k, each in enumerate(REFUTED.values()):
        (tmp_path / f"test_{k}_written.py").write_text(written(each), encoding="utf-8")
    for command in (["check", "--ignore", "D103"], ["format", "--check"]):
        root = Path(__file__).parent.parent / "pyproject.toml"
        arguments = [str(ruff), *command, "--no-cache", "--config", str(root), str(tmp_path)]
        result = subprocess.run(arguments, capture_output=True, encoding="utf-8", check=False)
        assert result.returncode == 0, result.stdout + result.stderr


# -- what cannot be written -------------------------------------------------------------------------------------------


def test_a_property_without_text_is_refused() -> None:
    nameless = replace(rw.strategyproof, sides=lambda *given: rw.strategyproof.sides(*given))
    found = rw.verify(mechanisms.first_price, item(), nameless).counterexample
    with pytest.raises(rw.BadInput, match="no test can be written of this counterexample"):
        found.to_test()


def test_an_edit_without_text_is_refused() -> None:
    edit = mechanisms.Edit("nothing", "Nothing.", "none", lambda game: game)
    found = rw.verify(edit, DILEMMA, mechanisms.strictly_dominant("cooperate")).counterexample
    with pytest.raises(rw.BadInput, match="no test can be written"):
        found.to_test()


class Thing:
    """A type of which there is only one, here."""


def test_types_that_cannot_be_written_are_refused() -> None:
    thing = Thing()
    env = rw.Environment("things", {"ann": (thing,)}, ("x",), lambda *_: -1)
    found = rw.verify(OWN["first"], env, rw.individually_rational).counterexample
    with pytest.raises(rw.BadInput, match="Thing"):
        found.to_test()


def test_large_environments_are_refused() -> None:
    types = tuple(range(1, 10_002))
    env = rw.Environment("large", {"ann": types}, ("x", "y"), lambda player, outcome, type: -type)
    found = rw.verify(OWN["first"], env, rw.individually_rational).counterexample
    with pytest.raises(rw.GameTooLarge, match="20,002 utilities to write out"):
        found.to_test()


def test_what_lies_between_declared_outcomes_is_written_or_refused_in_a_sentence() -> None:
    pytest.importorskip("z3")
    line = games.location({"ann": (0,), "bob": (1,), "cem": (2,)})
    found = rw.verify(mechanisms.mean_location, line, rw.strategyproof, over=games.Reals()).counterexample
    with pytest.raises(rw.BadInput, match=r"no test can be written of this counterexample: the mean is .*no point"):
        found.to_test()


def test_a_property_whose_defaults_have_changed_is_refused() -> None:
    found = rw.verify(mechanisms.second_price, item(), later_bound()).counterexample
    with pytest.raises(rw.BadInput, match="not what its text says now"):
        found.to_test()


def later_bound() -> Any:
    bound = 7

    @rw.for_all(players, "a bound")
    def at_least_a_bound(rule: Any, env: Any, case: Case, least: Any = bound) -> tuple[Any, Any]:
        """Every player ends up with so much."""
        assert bound
        return rule.expect(worth(env, case.player, case.types[case.player]), env, case.reports), least

    bound = 3
    return at_least_a_bound


def test_a_counterexample_made_by_hand_says_what_it_lacks() -> None:
    found = rw.verify(mechanisms.first_price, item(), rw.strategyproof).counterexample
    with pytest.raises(rw.BadInput, match="does not say"):
        replace(found, requirement=None).to_test()


def test_the_sentence_is_the_docstring() -> None:
    found = rw.verify(mechanisms.first_price, item(), rw.strategyproof).counterexample
    assert f'"""{found.sentence}."""' in found.to_test()
