"""What a certificate is worth: true claims are accepted, altered ones are not, and no file can break the checker."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright as rw
from rulewright import certificates, games, mechanisms
from rulewright.certificates import CertificateError, explain
from rulewright.solvers.searching.choice.search_choice import search_choice

Json = Any
MONEY = (-4, 4)
CHECKER = Path(certificates.__file__)  # with all that is beside it, and nothing else


def through_json(data: Json) -> Json:
    """What is left of a certificate after it was written to a file and read again."""
    return json.loads(json.dumps(data))


def dilemma() -> rw.NormalForm:
    return games.prisoners_dilemma()


def one_item() -> rw.Environment:
    return games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=MONEY)


def trade(n: int) -> rw.Environment:
    """A seller and a buyer whose values lie on the same grid 1..n."""
    values = tuple(range(1, n + 1))

    def utility(player: str, outcome: Any, value: Any) -> int:
        return 0 if outcome == "keep" else value if player == "buyer" else -value

    types = {"seller": values, "buyer": values}
    return rw.Environment("trade", types=types, outcomes=("keep", "trade"), utility=utility, transfers=(None, None))


IMPOSSIBLE = (
    rw.efficient,
    rw.bayesian_incentive_compatible,
    rw.interim_individually_rational,
    rw.budget_balanced,
)
WELFARE = rw.Goal((rw.strategyproof, rw.individually_rational), rw.welfare)


def the_tree() -> rw.ExtensiveForm:
    env = games.cake({"ann": [(1, 3)], "bob": [(2, 2)]})
    return mechanisms.tree(mechanisms.cut_and_choose, env, {"ann": (1, 3), "bob": (2, 2)})


SOURCES: dict[str, Callable[[], Json]] = {
    "nash equilibrium": lambda: rw.solve(dilemma())[0].certificate,
    "dominant strategies": lambda: rw.solve(dilemma(), "dominant")[0].certificate,
    "comparisons": lambda: (
        rw.verify(mechanisms.fine("defect", 3), dilemma(), rw.strictly_dominant("cooperate")).certificate
    ),
    "subgame perfect equilibrium": lambda: rw.solve(the_tree(), "subgame perfect")[0].certificate,
    "proved": lambda: rw.verify(mechanisms.second_price, one_item(), rw.strategyproof).certificate,
    "refuted": lambda: rw.verify(mechanisms.first_price, one_item(), rw.strategyproof).certificate,
    "optimal": lambda: (
        rw.search(games.allocation({"ann": (1, 2, 3), "bob": (1, 2, 3)}, transfers=(0, 1)), WELFARE).certificate
    ),
    "infeasible": lambda: rw.search(trade(6), rw.Goal(IMPOSSIBLE)).certificate,
    "no deterministic rule": lambda: (
        search_choice(
            games.voting(("ann", "bob"), ("a", "b", "c")),
            rw.Goal((rw.strategyproof, mechanisms.onto, mechanisms.non_dictatorial)),
        ).certificate
    ),
    "pareto dominated": lambda: rw.verify(mechanisms.posted_price(2), one_item(), rw.pareto_efficient).certificate,
    "pareto efficient": lambda: rw.verify(mechanisms.second_price, one_item(), rw.pareto_efficient).certificate,
    "all": lambda: (
        rw.search(
            dilemma(), rw.Goal((rw.strictly_dominant("cooperate"),)), family=mechanisms.fines("defect")
        ).certificate
    ),
}


@cache
def _genuine(claim: str) -> str:
    return json.dumps(SOURCES[claim]())


def genuine(claim: str) -> Json:
    """A fresh copy of a certificate of this claim, as the library issues it."""
    return json.loads(_genuine(claim))


def outcome(data: Json) -> str:
    """accepted, rejected or malformed; anything else that happens is an error of the test."""
    try:
        return "accepted" if rw.check(data) else "rejected"
    except CertificateError:
        return "malformed"


# -- what is true is accepted ------------------------------------------------------------------------------------------


def test_every_kind_of_claim_has_an_example_here() -> None:
    from rulewright.certificates import checker

    missing = set(checker.CLAIMS) - set(SOURCES)
    lines = ", ".join(f'"{claim}": lambda: ...' for claim in sorted(missing))
    assert not missing, f"add to SOURCES in tests/test_certificates.py: {lines}"


@pytest.mark.parametrize("claim", SOURCES)
def test_a_true_claim_is_accepted_also_from_a_file(claim: str, tmp_path: Path) -> None:
    data = SOURCES[claim]()
    assert data is not None and data["claim"] == claim
    assert rw.check(data) is True
    assert through_json(data) == data, "a certificate is plain JSON data"
    path = tmp_path / "certificate.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    assert rw.check(path) is True and rw.check(str(path)) is True


@pytest.mark.parametrize("claim", SOURCES)
def test_every_number_in_a_certificate_is_exact(claim: str) -> None:
    def floats(data: Json) -> bool:
        if isinstance(data, dict):
            return any(map(floats, data.values()))
        if isinstance(data, list):
            return any(map(floats, data))
        return isinstance(data, float)

    assert not floats(genuine(claim))


def test_a_refutation_by_a_property_of_its_own_has_a_certificate_too() -> None:
    """Verdict.certificate: JSON data that rulewright.check accepts (None only for an unknown verdict)."""
    verdict = rw.verify(mechanisms.posted_price(2), one_item(), rw.pareto_efficient)
    assert verdict.status == "refuted"
    assert verdict.certificate is not None and rw.check(verdict.certificate)


def test_a_refuted_dominance_has_a_certificate_too() -> None:
    """Verdict.certificate: JSON data that rulewright.check accepts (None only for an unknown verdict)."""
    verdict = rw.verify(mechanisms.fine("defect", 1), dilemma(), rw.strictly_dominant("cooperate"))
    assert verdict.status == "refuted"
    assert verdict.certificate is not None and rw.check(verdict.certificate)


# -- what was altered is not -------------------------------------------------------------------------------------------


def put(*path: Any, to: Any) -> Callable[[Json], None]:
    """The change that sets one entry of a certificate."""

    def change(data: Json) -> None:
        for step in path[:-1]:
            data = data[step]
        data[path[-1]] = to

    return change


def drop(*path: Any) -> Callable[[Json], None]:
    def change(data: Json) -> None:
        for step in path[:-1]:
            data = data[step]
        del data[path[-1]]

    return change


def swap(one: str, other: str) -> Callable[[Json], None]:
    def change(data: Json) -> None:
        data[one], data[other] = data[other], data[one]

    return change


def copied(one: str, to: str) -> Callable[[Json], None]:
    def change(data: Json) -> None:
        data[to] = data[one]

    return change


def both(*changes: Callable[[Json], None]) -> Callable[[Json], None]:
    def change(data: Json) -> None:
        for each in changes:
            each(data)

    return change


def negate_a_multiplier(data: Json) -> None:
    inequality = next(m for m in data["multipliers"] if not data["statements"][m[0]].get("equal"))
    inequality[2] = "-1"


def scale_multipliers(factor: Fraction) -> Callable[[Json], None]:
    def change(data: Json) -> None:
        for each in data["multipliers"]:
            each[2] = str(Fraction(each[2]) * factor)

    return change


def nothing_is_ever_sold(data: Json) -> None:
    """A rule of no value to anyone, an objective of no weight, and the claim that it is optimal."""
    n = len(data["rule"]["points"])
    data["rule"] = {"points": [[[2, "1"]]] * n, "payments": [["0", "0"]] * n}
    data["weights"], data["multipliers"], data["value"] = ["0"], [], "0"


def cut_badly(data: Json) -> None:
    data["choices"]["ann begins"] = "cut at 1"


def choose_the_smaller_piece(data: Json) -> None:
    node = next(n for n in data["tree"]["nodes"] if n.get("infoset") == "bob after cut at 2/3")
    data["choices"]["bob after cut at 2/3"] = next(
        label for label, _ in node["moves"] if label != data["choices"]["bob after cut at 2/3"]
    )


CHANCE = [["a", "0", 1], ["b", "0", 4], ["c", "0", 7], ["d", "1", 10]]


def another_case(data: Json) -> None:
    """The truth of the low type: there the first-price rule leaves nothing to gain."""
    data["case"] = {"ann": 0, "bob": 1, "ann'": 1}


MUTATIONS: dict[str, tuple[str, Callable[[Json], None]]] = {
    "the version is another": ("proved", put("rulewright", to=2)),
    "the version is missing": ("proved", drop("rulewright")),
    "the claim is missing": ("proved", drop("claim")),
    "the claim is unknown": ("proved", put("claim", to="strategyproof")),
    "the claim is a list": ("proved", put("claim", to=["proved"])),
    "cooperating is called an equilibrium": (
        "nash equilibrium",
        both(put("strategies", "row", to=["1", "0"]), put("strategies", "column", to=["1", "0"])),
    ),
    "one player cooperates": ("nash equilibrium", put("strategies", "row", to=["1", "0"])),
    "a mixture": ("nash equilibrium", put("strategies", "row", to=["1/2", "1/2"])),
    "probabilities above 1": ("nash equilibrium", put("strategies", "row", to=["1", "1"])),
    "a negative probability": ("nash equilibrium", put("strategies", "row", to=["-1", "2"])),
    "a payoff that makes cooperating better": ("nash equilibrium", put("game", "payoffs", "row", 1, to="2")),
    "a payoff is missing": ("nash equilibrium", drop("game", "payoffs", "row", 3)),
    "a strategy is too long": ("nash equilibrium", put("strategies", "row", to=["0", "1", "0"])),
    "a player is missing": ("nash equilibrium", drop("strategies", "row")),
    "a float": ("nash equilibrium", put("game", "payoffs", "row", 0, to=3.0)),
    "a truth value for a number": ("nash equilibrium", put("game", "payoffs", "row", 3, to=True)),
    "not a number": ("nash equilibrium", put("game", "payoffs", "row", 0, to="nan")),
    "a number of a billion digits": ("nash equilibrium", put("game", "payoffs", "row", 0, to="1e999999999")),
    "division by zero": ("nash equilibrium", put("game", "payoffs", "row", 0, to="1/0")),
    "cooperating is called dominant": (
        "dominant strategies",
        both(put("strategies", "row", to=["1", "0"]), put("strategies", "column", to=["1", "0"])),
    ),
    "a tie under a strict claim": ("dominant strategies", put("game", "payoffs", "row", 0, to="5")),
    "dominance claimed in mixed strategies": ("dominant strategies", put("strategies", "row", to=["1/2", "1/2"])),
    "a comparison the other way": (
        "comparisons",
        put("comparisons", 0, to=["row", ["defect", "cooperate"], ["cooperate", "cooperate"]]),
    ),
    "a comparison at a tie": ("comparisons", put("game", "payoffs", "row", 2, to="3")),
    "no comparison": ("comparisons", put("comparisons", to=[])),
    "a comparison of an action there is not": ("comparisons", put("comparisons", 0, 1, to=["shirk", "cooperate"])),
    "the cutter cuts badly": ("subgame perfect equilibrium", cut_badly),
    "the chooser errs off the path": ("subgame perfect equilibrium", choose_the_smaller_piece),
    "a choice is missing": ("subgame perfect equilibrium", drop("choices", "ann begins")),
    "a loop in the tree": ("subgame perfect equilibrium", put("tree", "nodes", 0, "moves", 0, 1, to=0)),
    "the cutter cuts badly, and her node is also an end of play": (
        "subgame perfect equilibrium",
        both(cut_badly, put("tree", "nodes", 0, "payoffs", to={"ann": "9", "bob": "9"})),
    ),
    "the cutter cuts badly, and her node is also a move of chance": (
        "subgame perfect equilibrium",
        both(cut_badly, put("tree", "nodes", 0, "chance", to=CHANCE)),
    ),
    "a tree without nodes": ("subgame perfect equilibrium", put("tree", "nodes", to=[])),
    "the winner pays more than the second bid": ("proved", put("rule", "payments", 2, to=["2", "0"])),
    "the item goes to the lower bid": ("proved", put("rule", "points", 1, to=[[0, "1"]])),
    "a lottery that sums to less than 1": ("proved", put("rule", "points", 0, to=[[0, "1/2"]])),
    "a negative share": ("proved", put("rule", "points", 0, to=[[0, "2"], [1, "-1"]])),
    "a share of a coordinate there is not": ("proved", put("rule", "points", 0, to=[[0, "1"], [3, "1"]])),
    "a payment outside the bounds": ("proved", put("rule", "payments", 0, to=["1", "-5"])),
    "a profile is left out": ("proved", drop("rule", "points", 3)),
    "no statement": ("proved", put("statements", to=[])),
    "a constant that asks for more": ("proved", put("statements", 0, "constant", to="-1")),
    "a statement about nobody": ("proved", put("statements", 0, "terms", 0, "measure", to="utility of cem")),
    "refuted is called proved": ("refuted", put("claim", to="proved")),
    "proved is called refuted": ("proved", put("claim", to="refuted")),
    "proved is called infeasible": ("proved", put("claim", to="infeasible")),
    "proved is called optimal": ("proved", put("claim", to="optimal")),
    "the case is another, and holds there": ("refuted", another_case),
    "the case is out of range": ("refuted", put("case", "ann", to=7)),
    "the case is none of the statement: the lie is the truth": ("refuted", put("case", "ann'", to=1)),
    "the case is a text": ("refuted", put("case", to="ann")),
    "the lie does not pay after all": ("refuted", put("rule", "payments", 0, to=["2", "0"])),
    "a higher value": ("optimal", put("value", to="1000")),
    "a lower value": ("optimal", put("value", to="1/2")),
    "a negative multiplier": ("optimal", negate_a_multiplier),
    "no multipliers": ("optimal", put("multipliers", to=[])),
    "doubled multipliers": ("optimal", scale_multipliers(Fraction(2))),
    "a multiplier of a statement there is not": ("optimal", put("multipliers", 0, 0, to=10**6)),
    "weights that sum to 2": ("optimal", put("weights", to=["2"])),
    "no weights": ("optimal", put("weights", to=[])),
    "a worthless rule, and an objective of weight 0": ("optimal", nothing_is_ever_sold),
    "a contradiction without multipliers": ("infeasible", put("multipliers", to=[])),
    "a contradiction from a negative multiplier": ("infeasible", negate_a_multiplier),
    "a contradiction turned round": ("infeasible", scale_multipliers(Fraction(-1))),
    "a contradiction with a statement less": ("infeasible", drop("statements", -1)),
    "an outcome that everyone dislikes": ("pareto efficient", put("rule", "points", 0, to=[[2, "1"]])),
    "the better outcome is called the worse": ("pareto dominated", swap("chosen", "better")),
    "an outcome dominates itself": ("pareto dominated", copied("chosen", "better")),
    "the rule never chooses it": ("pareto dominated", put("chosen", to=10**6)),
    "dominated at a profile there is not": ("pareto dominated", put("types", to={"ann": 9, "bob": 9})),
    "a part that is wrong": ("all", put("parts", 0, "game", "payoffs", "row", 2, to="3")),
    "no parts": ("all", put("parts", to=[])),
    "parts that are texts": ("all", put("parts", to=["proved"])),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_an_altered_certificate_is_not_accepted(name: str) -> None:
    claim, change = MUTATIONS[name]
    data = genuine(claim)
    assert outcome(data) == "accepted"
    change(data)
    assert data != genuine(claim), "the mutation must change something"
    assert outcome(data) in ("rejected", "malformed")


def test_a_game_without_players_claims_nothing() -> None:
    game: Json = {"name": "", "players": [], "actions": {}, "payoffs": {}}
    assert outcome({"rulewright": 1, "claim": "nash equilibrium", "game": game, "strategies": {}}) != "accepted"


def test_a_player_named_twice_is_malformed() -> None:
    game = {"name": "", "players": ["a", "a"], "actions": {"a": ["x", "y"]}, "payoffs": {"a": ["1", "0", "0", "0"]}}
    data = {
        "rulewright": 1,
        "claim": "dominant strategies",
        "strict": False,
        "game": game,
        "strategies": {"a": ["1", "0"]},
    }
    assert outcome(data) != "accepted"


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("claim", SOURCES)
def test_no_claim_passes_as_another(source: str, claim: str) -> None:
    """The data of one claim under the name of another: accepted only where the other claim is true as well."""
    implied = {
        ("dominant strategies", "nash equilibrium"),  # dominant actions are an equilibrium
        ("optimal", "proved"),  # an optimal rule has its properties
        ("proved", "pareto efficient"),  # the second-price rule is efficient, and the data say which rule it is
        ("refuted", "pareto efficient"),  # so is the first-price rule
        ("optimal", "pareto efficient"),  # any outcome in which someone gets the item is
    }
    if claim != source and (source, claim) not in implied:
        assert outcome({**genuine(source), "claim": claim}) != "accepted"


# -- no file can break it ----------------------------------------------------------------------------------------------

KEYS = [
    "rulewright",
    "claim",
    "game",
    "strategies",
    "players",
    "actions",
    "payoffs",
    "environment",
    "rule",
    "statements",
]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["0", "1", "1/2", "x", "", "1/0"]) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KEYS, "a", "b"]), inner, max_size=4),
    max_leaves=12,
)


@given(claim=st.sampled_from(sorted(SOURCES)), junk=st.dictionaries(st.sampled_from(KEYS[2:]), JUNK))
def test_junk_is_malformed_or_rejected_and_never_anything_else(claim: str, junk: dict[str, Json]) -> None:
    assert outcome({"rulewright": 1, "claim": claim, **junk}) in ("rejected", "malformed")


@settings(max_examples=300)
@given(data=st.data())
def test_any_one_entry_replaced_by_junk_never_breaks_the_checker(data: st.DataObject) -> None:
    """Only CertificateError may come out of any one replacement, anywhere in a certificate."""
    certificate = genuine(data.draw(st.sampled_from(sorted(set(SOURCES) - {"infeasible"}))))
    at = certificate
    while True:
        step = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if not (isinstance(at[step], (dict, list)) and at[step]) or data.draw(st.integers(0, 3)) == 0:
            break
        at = at[step]
    at[step] = data.draw(JUNK)
    assert outcome(certificate) in ("accepted", "rejected", "malformed")


def env_of_one(types: int = 2) -> Json:
    return {
        "name": "", "players": ["a"], "types": {"a": ["x"] * types}, "coordinates": ["o"], "groups": [[[0], True]],
        "transfers": None, "prior": [f"1/{types}"] * types, "measures": {"m": [["0"]] * types},
    }  # fmt: skip


def many_variables() -> Json:
    """A statement for all values of 40 variables: 50**40 cases in a file of two kilobytes."""
    statement = {"name": "n", "variables": {f"v{i}": "a" for i in range(40)}, "terms": [], "constant": "1"}
    rule = {"points": [[[0, "1"]]] * 50, "payments": [["0"]] * 50}
    return {"rulewright": 1, "claim": "proved", "environment": env_of_one(50), "rule": rule, "statements": [statement]}


def many_draws() -> Json:
    """The same with an expectation over 40 variables."""
    drawn = {"variables": {f"v{i}": "a" for i in range(40)}}
    term = {"coefficient": "1", "measure": "m", "type": 0, "reports": {"a": "v0"}, "drawn": drawn}
    data = many_variables()
    data["statements"] = [{"name": "n", "variables": {}, "terms": [term], "constant": "1"}]
    return data


def many_players() -> Json:
    """A game of 2**64 profiles that names no payoff."""
    players = [f"p{i}" for i in range(64)]
    game = {
        "name": "",
        "players": players,
        "actions": {p: ["x", "y"] for p in players},
        "payoffs": {p: [] for p in players},
    }
    return {
        "rulewright": 1,
        "claim": "nash equilibrium",
        "game": game,
        "strategies": {p: ["1", "0"] for p in players},
    }


def many_profiles() -> Json:
    """An environment of 2**36 type profiles that names one probability."""
    players = [f"p{i}" for i in range(36)]
    env = {**env_of_one(), "players": players, "types": {p: ["x", "y"] for p in players}, "prior": ["1"]}
    return {"rulewright": 1, "claim": "infeasible", "environment": env, "statements": [], "multipliers": []}


def nested() -> str:
    """A claim "all" inside another, 50,000 deep."""
    head = '{"rulewright": 1, "claim": "all", "parts": ['
    return head * 50_000 + "]}" * 50_000


HOSTILE: dict[str, tuple[Callable[[], str | bytes], set[int]]] = {
    "nothing": (lambda: "", {2}),
    "truncated": (lambda: json.dumps(genuine("proved"))[:-40], {2}),
    "no object": (lambda: "[1, 2]", {2}),
    "no text": (lambda: b"\xff\xfe\x00\x80", {2}),
    "100,000 brackets": (lambda: "[" * 100_000, {2}),
    "100,000 braces": (lambda: '{"a":' * 100_000, {2}),
    "all in all in all": (nested, {2}),
    "a number of 100,000 digits": (lambda: '{"rulewright": 1, "claim": ' + "9" * 100_000 + "}", {2}),
    "an exponent of a billion": (lambda: '{"rulewright": 1e999999999, "claim": "all"}', {2}),
    "NaN": (lambda: '{"rulewright": NaN, "claim": "all"}', {2}),
    "no claim": (lambda: "{}", {2}),
    "a text that cannot be printed": (lambda: json.dumps({**genuine("proved"), "words": "\ud800"}), {0, 2}),
    "a claim that cannot be printed": (lambda: '{"rulewright": 1, "claim": "\\ud800"}', {2}),
    "a name that cannot be printed": (
        lambda: (
            json.dumps(genuine("nash equilibrium")).replace('"row"', '"\\ud800"').replace('["0", "1"]', '["1", "0"]', 1)
        ),
        {1, 2},
    ),
    "a game of 2**64 profiles": (lambda: json.dumps(many_players()), {2}),
    "an environment of 2**36 profiles": (lambda: json.dumps(many_profiles()), {2}),
    "a statement of 50**40 cases": (lambda: json.dumps(many_variables()), {2}),
    "an expectation over 50**40 cases": (lambda: json.dumps(many_draws()), {2}),
}


def limited() -> None:
    """At most 2 GB of memory and 5 s of CPU: what hangs or eats the machine fails the test and not the machine."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (2 * 10**9, 2 * 10**9))
    resource.setrlimit(resource.RLIMIT_CPU, (5, 5))


def run_checker(*arguments: str, isolated: bool = False) -> subprocess.CompletedProcess[str]:
    """The checker as a command; isolated: the file alone, in an interpreter without site-packages."""
    load = (
        "import importlib.util, sys; "
        f"folder = [{str(CHECKER.parent)!r}]; spec = importlib.util.spec_from_file_location("
        f"'certificates', {str(CHECKER)!r}, submodule_search_locations=folder); "
        "module = importlib.util.module_from_spec(spec); sys.modules['certificates'] = module; "
        "spec.loader.exec_module(module); "
        "ours = [m for m in sys.modules if m.split('.')[0] in ('rulewright', 'numpy', 'scipy', 'msgspec')]; "
        "assert not ours, ours; "
        "print(module.check(sys.argv[1]))"
    )
    how = ["-I", "-S", "-c", load] if isolated else ["-m", "rulewright.certificates"]
    return subprocess.run(
        [sys.executable, *how, *arguments],
        capture_output=True, text=True, timeout=30, preexec_fn=limited if os.name == "posix" else None, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    make, allowed = HOSTILE[name]
    content = make()
    path = tmp_path / "hostile.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = run_checker(str(path))
    assert "Traceback" not in done.stderr, done.stderr[-600:]
    assert done.returncode in allowed, f"exit code {done.returncode}: {done.stdout[-300:]} {done.stderr[-300:]}"
    if done.returncode == 2:
        assert 0 < len(done.stderr) < 2000, "one sentence, not a novel"


@pytest.mark.parametrize("thing", [None, 5, [], b"{}"])
def test_what_is_no_certificate_at_all_is_a_certificate_error(thing: Any) -> None:
    """check() raises CertificateError if the certificate is malformed; an unknown verdict's certificate is None."""
    with pytest.raises(CertificateError):
        rw.check(thing)


def test_the_command_says_accepted_rejected_or_unreadable(tmp_path: Path) -> None:
    """python -m rulewright.certificates FILE: 0 accepted, 1 rejected, 2 unreadable or no file."""
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(genuine("optimal")))
    altered = genuine("optimal")
    altered["value"] = "4"
    bad.write_text(json.dumps(altered))
    for arguments, code, words in (
        ([str(good)], 0, "accepted"),
        ([str(bad)], 1, "rejected"),
        ([str(tmp_path / "none.json")], 2, ""),
        ([str(tmp_path)], 2, ""),
        ([], 2, ""),
    ):
        done = run_checker(*arguments)
        assert done.returncode == code, (arguments, done)
        assert words in done.stdout and "Traceback" not in done.stderr


@pytest.mark.parametrize("claim", ["nash equilibrium", "refuted", "optimal"])
def test_the_checker_needs_the_standard_library_alone(claim: str, tmp_path: Path) -> None:
    """The file by its path, in an isolated interpreter without site-packages (-I -S), which imports nothing of ours."""
    path = tmp_path / "certificate.json"
    path.write_text(json.dumps(genuine(claim)))
    done = run_checker(str(path), isolated=True)
    assert (done.returncode, done.stdout.strip()) == (0, "True"), done.stderr


def test_checking_changes_nothing() -> None:
    for claim in SOURCES:
        data = genuine(claim)
        before = copy.deepcopy(data)
        assert explain(data)[0] and data == before


def test_an_equality_is_checked_from_both_sides() -> None:
    """A rule that balances its budget, and the same with a payment too much, and with one too little."""
    rule = rw.mechanism(lambda env, reports: env.players[0])
    genuine_ = rw.verify(rule, one_item(), rw.budget_balanced).certificate
    assert genuine_ is not None and rw.check(genuine_)
    for wrong in ("1", "-1"):
        data = through_json(genuine_)
        data["rule"]["payments"][0][0] = wrong
        assert not rw.check(data)


def test_a_negative_multiplier_of_a_true_statement_proves_nothing() -> None:
    """Everybody has 1: minus that statement would be a contradiction, if a multiplier could be negative."""
    env = rw.Environment("one", {"ann": (0,)}, ("x",), lambda *_: 1)
    proof = rw.verify(rw.mechanism(lambda env, reports: "x"), env, rw.individually_rational).certificate
    assert proof is not None
    forged = {**proof, "claim": "infeasible", "multipliers": [[0, {"ann": 0}, "-1"]]}
    assert outcome(forged) != "accepted"
    assert outcome({**forged, "multipliers": [[0, {"ann": 0}, "1"]]}) == "rejected"


def drawing(prior: list[str], rows: list[list[str]], drawn: Json, term: Json, constant: str) -> Json:
    """An environment of ann (and bob) with one outcome, and one statement with an expectation."""
    players = ["ann", "bob"] if len(prior) == 4 else ["ann"]
    env = {
        "players": players,
        "types": {p: ["0", "1"] for p in players},
        "groups": [[[0], True]],
        "measures": {"m": rows},
        "prior": prior,
        "transfers": None,
    }
    given = {"ann": "ann"} if "given" in drawn else {}
    terms = [{"coefficient": "1", "measure": "m", "drawn": drawn, **term}]
    statement = {"name": "n", "variables": given, "terms": terms, "constant": constant}
    return {"rulewright": 1, "environment": env, "statements": [statement]}


def test_an_expectation_given_a_type_without_chance_proves_nothing() -> None:
    """Ann is never of type 0, so nothing can be expected there: not even 0, which would be less than 1."""
    term = {"type": 0, "reports": {"ann": "ann", "bob": "b"}}
    drawn = {"variables": {"b": "bob"}, "given": "ann", "type": "ann"}
    data = drawing(["0", "0", "1/2", "1/2"], [["5"]], drawn, term, "-1")
    assert outcome({**data, "claim": "infeasible", "multipliers": [[0, {"ann": 0}, "1"]]}) == "malformed"


def test_a_player_is_drawn_once() -> None:
    """Ann's worth is 10 with chance 1/10, so 1; drawn twice, one draw would count both types alike, as 5."""
    term = {"type": "x", "reports": {"ann": "x"}}
    rule = {"points": [[[0, "1"]], [[0, "1"]]], "payments": None}
    for variables, constant, expected in (
        ({"x": "ann"}, "-1", "accepted"),
        ({"x": "ann"}, "-5", "rejected"),
        ({"x": "ann", "y": "ann"}, "-5", "malformed"),
    ):
        data = drawing(["9/10", "1/10"], [["0"], ["10"]], {"variables": variables}, term, constant)
        assert outcome({**data, "claim": "proved", "rule": rule}) == expected
