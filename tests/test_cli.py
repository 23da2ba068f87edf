"""The command line: answers, exit codes, and one sentence for each thing that a user may get wrong."""

from __future__ import annotations

import json
import math
import re
import shlex
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import rulewright as rw
from rulewright.solvers.searching import direct
from rulewright.views import cli

COMMANDS = ("solve", "verify", "search", "prices", "frontier", "show", "estimate")

ENVIRONMENT = """\
kind = "environment"
name = "a bike"
outcomes = ["ann", "bob"]
{more}
[players]
ann = ["keen", "cool"]
{players}
[utility]
ann = {{ keen = {{ ann = {value}, bob = 0 }}{type} }}
bob = {{ keen = {{ ann = 0, bob = 2 }} }}
"""


def a_bike(more: str = "", players: str = 'bob = ["keen"]', value: str = "2", cool: bool = True) -> str:
    """A small spec, with one thing wrong where one is given."""
    type = ", cool = { ann = 1, bob = 0 }" if cool else ""
    return ENVIRONMENT.format(more=more, players=players, value=value, type=type)


VOTE = """\
kind = "environment"
name = "a vote"
outcomes = ["left", "right"]
utility = "1 if outcome == type else 0"
prior = "uniform"
[players]
ann = ["left", "right"]
bob = ["left", "right"]
[goal]
require = ["strategyproof"]
maximize = "welfare"
"""


def auction(tmp_path: Path, *values: tuple[str, tuple[int, ...]], money: str = 'transfers = "unbounded"') -> Path:
    """A spec of one item and what it may be worth to each player."""
    path = tmp_path / "auction.toml"
    rows = "".join(f"{player} = {list(each)}\n" for player, each in values)
    path.write_text(f'kind = "allocation"\nname = "an item"\n{money}\n[values]\n{rows}', encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = cli.main(argv)
    out, err = capsys.readouterr()
    return code, out, err


def answer(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, Any]:
    """The exit code and the data of a command with --json, which prints one object and nothing else."""
    code, out, _ = run(capsys, *argv, "--json")
    data = json.loads(out)
    assert data["exit"] == code and data["command"] == argv[0]
    return code, data


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """The one sentence on standard error, with exit code 2 and an empty standard output."""
    code, out, err = run(capsys, *argv)
    assert code == 2 and out == "", (code, out, err)
    assert err.startswith("rulewright: ") and err.count("\n") == 1 and "Traceback" not in err, err
    return err


# -- answers ----------------------------------------------------------------------------------------------------


def test_solve_finds_the_one_equilibrium_of_the_dilemma(capsys: pytest.CaptureFixture[str]) -> None:
    code, data = answer(capsys, "solve", "prisoners_dilemma")
    (found,) = data["equilibria"]
    assert code == 0 and data["complete"]
    assert found["strategies"]["row"] == {"cooperate": "0", "defect": "1"}
    assert found["payoffs"] == {"row": "1", "column": "1"}
    assert data["certificate"]["accepted"] is True


def test_the_least_fine_is_just_above_two(capsys: pytest.CaptureFixture[str]) -> None:
    code, data = answer(capsys, "search", "prisoners_dilemma", "--family", "fines:on=defect:unit=1/8")
    assert code == 0 and data["status"] == "optimal"
    assert Fraction(data["value"]) == 2 + Fraction(1, 8)
    assert data["certificate"]["accepted"] is True
    for amount, wanted in (("2", 1), ("17/8", 0)):
        assert run(capsys, "verify", "prisoners_dilemma", "--rule", f"fine:on=defect:amount={amount}")[0] == wanted


def test_search_finds_that_the_cutter_chooses_last(capsys: pytest.CaptureFixture[str]) -> None:
    code, data = answer(capsys, "search", "cake_cutting")
    assert code == 0
    fair = {each["rule"] for each in data["candidates"] if each["meets"]}
    assert fair == {"ann cuts, bob chooses first", "bob cuts, ann chooses first"}
    assert data["rule"]["name"] in fair and data["certificate"]["accepted"] is True


def test_cut_and_choose_is_envy_free_and_not_strategyproof(capsys: pytest.CaptureFixture[str]) -> None:
    named = ("--rule", "cut_and_choose", "--property", "envy_free", "--property", "strategyproof")
    code, data = answer(capsys, "verify", "cake_cutting", *named)
    fair, honest = data["verdicts"]
    assert code == 1 and (fair["status"], honest["status"]) == ("proved", "refuted")
    lie = honest["counterexample"]
    assert lie["player"] == "ann" and lie["replays"] is True  # only the cutter gains
    assert Fraction(lie["needs"]) - Fraction(lie["has"]) == Fraction(lie["gain"]) > 0


def test_the_best_welfare_with_money_is_twenty_five_eighths(capsys: pytest.CaptureFixture[str]) -> None:
    code, data = answer(capsys, "search", "resource_allocation")
    assert code == 0 and data["status"] == "optimal"
    assert Fraction(data["value"]) == Fraction(25, 8)  # always to the highest value: efficient, as by Vickrey 1961
    assert {v["status"] for v in data["verdicts"]} == {"proved"}


def test_an_infeasible_goal_names_what_clashes(capsys: pytest.CaptureFixture[str]) -> None:
    clash = "efficient,strategyproof,individually_rational,budget_balanced"
    code, out, _ = run(capsys, "search", "resource_allocation", "--require", clash)
    assert code == 1 and "cannot hold together" in out and "budget_balanced" in out
    assert "accepted by the independent checker" in out


def test_what_clashes_is_there_for_programs_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """No rule for two is strategyproof, efficient and balanced (Green and Laffont 1977); any two of them can hold."""
    path = auction(tmp_path, ("ann", (1, 3, 5)), ("bob", (2, 4, 6)))
    asked = ("strategyproof", "efficient", "budget_balanced")
    code, data = answer(capsys, "search", str(path), "--require", ",".join(asked))
    assert code == 1 and data["status"] == "infeasible" and data["certificate"]["accepted"] is True
    assert [set(each) for each in data["conflicts"]] == [set(asked)]
    assert sorted(each for (each,) in data["give_up"]) == sorted(asked)
    assert data["core"] and all(set(profile) == {"ann", "bob"} for profile in data["core"])
    code, data = answer(capsys, "search", str(path), "--require", ",".join(asked[:2]))
    assert code == 0 and data["conflicts"] == data["give_up"] == data["core"] == []


def test_a_rule_found_has_its_short_form(capsys: pytest.CaptureFixture[str]) -> None:
    """With values 1 to 4, the best reserve is the first at which the virtual value is not negative (Myerson 1981)."""
    named = ("--require", "strategyproof,individually_rational", "--maximize", "revenue")
    code, data = answer(capsys, "search", "resource_allocation", *named)
    assert code == 0 and data["rule"]["form"].startswith("second price with reserve 2")
    assert data["value"] == "19/8"  # 3/16 of both below 2, and so on: E max(virtual value, 0) = 38/16


def test_deterministic_rules_by_each_method(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Of honest rules without money the best for two voters and two outcomes is the vote with a tie: 2 of 4 agree."""
    path = tmp_path / "vote.toml"
    path.write_text(VOTE, encoding="utf-8")
    values = set()
    for method in ((), ("--method", "mip"), ("--method", "cp")):
        code, data = answer(capsys, "search", str(path), "--deterministic", *method)
        assert code == 0 and data["status"] == "optimal" and "deterministic" in data["searched"]
        values.add(data["value"])
    assert values == {"3/2"}  # 2, 1, 1 and 2 of the two voters get what they like
    code, data = answer(capsys, "search", str(path), "--deterministic", "--method", "sat", "--require", "strategyproof")
    assert code == 0 and data["status"] == "feasible"
    path.write_text(f'{VOTE}[family]\nname = "who_cuts_who_chooses"\n', encoding="utf-8")  # of no use here
    code, data = answer(capsys, "search", str(path), "--deterministic")
    assert code == 0 and data["value"] == "3/2" and not data["candidates"]


def test_what_each_requirement_costs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Efficiency costs the seller what a reserve would bring: 19/8 with it, 9/4 without (Myerson 1981)."""
    asked = ("--require", "strategyproof,individually_rational,efficient", "--maximize", "revenue")
    code, data = answer(capsys, "prices", "resource_allocation", *asked)
    (efficient,) = [each for each in data["prices"] if each["without"] == ["efficient"]]
    assert code == 0 and data["value"] == "9/4"
    assert efficient["value"] == "19/8" and efficient["gain"] == "1/8"
    path = auction(tmp_path, ("ann", (1, 3, 5)), ("bob", (2, 4, 6)), money="transfers = [-9, 9]")
    clash = ("--require", "strategyproof,efficient,budget_balanced", "--maximize", "welfare")
    code, data = answer(capsys, "prices", str(path), *clash)
    assert code == 1 and data["value"] is None and len(data["prices"]) == 3


def test_a_frontier_between_two_objectives_and_against_a_property(capsys: pytest.CaptureFixture[str]) -> None:
    """From the best revenue (Myerson 1981) to the second-price auction, which is efficient (Vickrey 1961)."""
    code, data = answer(capsys, "frontier", "resource_allocation", "--against", "revenue")
    assert code == 0 and data["exact"] and data["complete"] and data["axes"] == ["welfare", "revenue"]
    assert [each["values"] for each in data["points"]] == [["49/16", "19/8"], ["25/8", "9/4"]]
    assert all(set(each["verdicts"].values()) == {"proved"} for each in data["points"])
    argv = ("frontier", "resource_allocation", "--maximize", "revenue", "--against", "strategyproof", "--points", "2")
    code, data = answer(capsys, *argv)
    assert code == 0 and data["points"][0]["values"] == ["19/8", "0"] and not data["complete"]


@pytest.mark.parametrize("command", ["prices", "frontier --against revenue"])
def test_no_answer_in_the_time_is_three(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    name, *more = command.split()
    code, out, _ = run(capsys, name, "resource_allocation", *more, "--time", "0.000001")
    assert code == 3 and "time" in out


def test_text_ends_with_the_certificate(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    _, out, _ = run(capsys, "search", "prisoners_dilemma")
    assert out.endswith("accepted by the independent checker; write it to a file with --certificate FILE\n")
    _, out, _ = run(capsys, "search", "prisoners_dilemma", "--certificate", str(file))
    last = out.splitlines()[-1]
    assert "accepted by the independent checker" in last and str(file) in last
    assert rw.check(file)


def test_show_tells_the_game_and_the_goal(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "show", "prisoners_dilemma")
    assert code == 0 and "cooperate" in out and "Goal:" in out


def test_answers_do_not_depend_on_seed_and_workers(capsys: pytest.CaptureFixture[str]) -> None:
    plain = run(capsys, "search", "cake_cutting")
    assert run(capsys, "search", "cake_cutting", "--seed", "7", "--workers", "2") == plain


def test_estimate_counts_what_the_search_makes(capsys: pytest.CaptureFixture[str]) -> None:
    code, data = answer(capsys, "estimate", "resource_allocation")
    sizes = {each["what"]: each["number"] for each in data["sizes"]}
    assert code == 0 and data["fits"]
    assert sizes["profiles of types"] == 4 * 4
    assert sizes["cases of strategyproof"] == 2 * (4 * 4) * 3  # each player, each profile, each other report
    assert sizes["columns of the linear program"] == 16 * (3 + 2)  # three outcomes, two payments
    assert sizes["columns that are left (at most)"] == 10 * (3 + 2)  # 10 profiles without names


def test_estimate_is_never_less_than_what_the_search_makes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows and columns of the program that is solved, against those that were foretold."""
    made: list[Any] = []
    real = direct.solve_program
    monkeypatch.setattr(
        direct,
        "solve_program",
        lambda program, *more, **named: (made.append(program.shape), real(program, *more, **named))[1],
    )
    asked = '[goal]\nrequire = ["strategyproof", "individually_rational", "envy_free"]\nmaximize = "welfare"\n'
    for bob in ((1, 2, 3, 4), (2, 4, 6, 8)):  # alike, and not
        path = auction(tmp_path, ("ann", (1, 2, 3, 4)), ("bob", bob), money="transfers = [-9, 9]")
        path.write_text(path.read_text(encoding="utf-8") + asked, encoding="utf-8")
        _, data = answer(capsys, "estimate", str(path))
        sizes = {each["what"]: each["number"] for each in data["sizes"]}
        made.clear()
        assert run(capsys, "search", str(path))[0] == 0
        rows, columns = made[0]
        assert columns <= sizes["columns that are left (at most)"] <= sizes["columns of the linear program"]
        assert rows <= sizes["rows that are left (at most)"] < sizes["rows of the linear program"]
        assert sizes["rows that are left (at most)"] <= 2 * rows  # and not far from it


def test_an_estimate_does_not_refuse_what_a_search_can_do(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Six bidders alike with ten values: a million profiles, of which five thousand are left without names."""
    path = auction(tmp_path, *((f"p{k}", tuple(range(1, 11))) for k in range(6)))
    asked = '[goal]\nrequire = ["strategyproof"]\n'
    path.write_text(path.read_text(encoding="utf-8") + asked, encoding="utf-8")
    code, data = answer(capsys, "estimate", str(path))
    assert code == 0 and any("6 players are treated alike" in each for each in data["notes"])
    sizes = {each["what"]: each["number"] for each in data["sizes"]}
    assert sizes["columns that are left (at most)"] == math.comb(15, 6) * (7 + 6)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_the_examples_of_the_help_run(
    command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(capsys, *command.split(), "--help")
    assert code == 0
    examples = re.findall(r"^  rulewright (.*)$", out, re.MULTILINE)
    assert examples
    for example in examples:
        wanted = int(found[1]) if (found := re.search(r"# exit (\d+)", example)) else 0
        assert cli.main(shlex.split(example, comments=True)) == wanted, example
        assert capsys.readouterr().err == ""


def test_version_and_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rulewright.views.cli", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"rulewright {rw.__version__}\n"


# -- what a user may get wrong ----------------------------------------------------------------------------------

WRONG_SPECS = {
    "an unknown field": (a_bike(more="outcome = 3"), ["outcome", "outcomes"]),
    "a player named twice": (a_bike(players='bob = ["keen"]\nann = ["keen"]'), ["ann", "twice"]),
    "a type without a utility": (a_bike(cool=False), ["cool", "ann"]),
    "probabilities that do not sum to 1": (
        a_bike() + '[prior]\nann = { keen = "1/2", cool = "1/3" }\nbob = { keen = 1 }\n',
        ["5/6", "sum to 1"],
    ),
    "NaN": (a_bike(value="nan"), ["nan"]),
    "an exponent without end": (a_bike(value='"1e999999999"'), ["1e999999999", "digits"]),
    "payoffs of the wrong shape": (
        'kind = "normal form"\nname = "x"\npayoffs = [[1, 2], [3]]\n[actions]\nann = ["l", "r"]\n',
        ["payoffs"],
    ),
    "an unknown property": (a_bike() + '[goal]\nrequire = ["strategyprof"]\n', ['"strategyproof"']),
}


@pytest.mark.parametrize("wrong", WRONG_SPECS)
def test_a_wrong_spec_is_refused_with_a_sentence(
    wrong: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text, said = WRONG_SPECS[wrong]
    path = tmp_path / "wrong.toml"
    path.write_text(text, encoding="utf-8")
    sentence = refused(capsys, "show", str(path))
    assert all(each in sentence for each in said), sentence


def test_the_small_spec_is_right_where_nothing_is_wrong(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "right.toml"
    path.write_text(a_bike(), encoding="utf-8")
    assert run(capsys, "show", str(path))[0] == 0


@pytest.mark.parametrize("suffix", ["json", "toml"])
def test_nested_brackets_are_refused(suffix: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / f"deep.{suffix}"
    path.write_text(("payoffs = " if suffix == "toml" else "") + "[" * 100_000, encoding="utf-8")
    assert "brackets" in refused(capsys, "show", str(path))


def test_too_large_a_game_is_refused_at_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    types = ", ".join(map(str, range(1000)))
    path = tmp_path / "large.toml"
    path.write_text(
        'kind = "allocation"\nname = "large"\ntransfers = "unbounded"\n[values]\n'
        + "".join(f"p{k} = [{types}]\n" for k in range(4))
        + '[goal]\nrequire = ["strategyproof"]\nmaximize = "welfare"\n[rule]\nname = "second_price"\n',
        encoding="utf-8",
    )
    for command in ("search", "verify"):
        begin = time.process_time()
        sentence = refused(capsys, command, str(path))
        assert time.process_time() - begin < 1
        assert "1,000,000,000,000" in sentence and "limit" in sentence and "fewer" in sentence
    code, out, _ = run(capsys, "estimate", str(path))
    assert code == 1 and "1,000,000,000,000" in out and "Too large" in out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ("", "COMMAND"),
        ("sovle prisoners_dilemma", '"solve"'),
        ("solve", "SPEC"),
        ("solve prisoner_dilemma", '"prisoners_dilemma"'),
        ("solve prisoners_dilemma --concept nsah", '"nash"'),
        ("solve prisoners_dilemma --method magic", "magic"),
        ("solve cake_cutting", "environment"),
        ("solve prisoners_dilemma --tiem 3", '"--time"'),
        ("solve prisoners_dilemma --time soon", "seconds"),
        ("solve prisoners_dilemma --time nan", "seconds"),
        ("solve prisoners_dilemma --workers 0", "workers"),
        ("solve prisoners_dilemma --seed x", "number"),
        ("solve prisoners_dilemma two", '"two"'),
        ("verify resource_allocation --property strategyprof", '"strategyproof"'),
        ("verify resource_allocation --rule second_prize", '"second_price"'),
        ("verify resource_allocation --rule posted_price", '"price"'),
        ("verify resource_allocation --rule posted_price:3", "key=value"),
        ("verify prisoners_dilemma --property strategyproof", "game"),
        ("verify cake_cutting", "--rule"),
        ("search resource_allocation --maximize welfar", '"welfare"'),
        ("search resource_allocation --family fine", '"fines"'),
        ("search prisoners_dilemma --family fines:on=defekt", '"defect"'),
        ("search prisoners_dilemma --certificate no/such/folder/c.json", "folder"),
        ("search two_goods --method sat", "--deterministic"),
        ("search two_goods --deterministic --method magic", "magic"),
        ("search prisoners_dilemma --deterministic", "family"),
        ("search cake_cutting --deterministic --family direct", "family"),
        ("prices prisoners_dilemma", "Environment"),
        ("prices resource_allocation --require strategyproof", "objective"),
        ("frontier resource_allocation", "--against"),
        ("frontier resource_allocation --against strategyprof", '"strategyproof"'),
        ("frontier resource_allocation --against revenue --points 1", "at least 2"),
        ("show no_such_file.txt", "no_such_file.txt"),
    ],
)
def test_a_wrong_line_is_refused_with_a_sentence(argv: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said in refused(capsys, *argv.split())


def test_a_name_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "sly.json"
    path.write_text(
        json.dumps({"kind": "normal form", "name": "\x1b[31mred", "actions": {"a": ["x"]}, "payoffs": [[1]]}),
        encoding="utf-8",
    )
    _, out, err = run(capsys, "show", str(path))
    assert "\x1b" not in out + err


# -- time, interruption, pipes ----------------------------------------------------------------------------------


def slow(tmp_path: Path) -> Path:
    """An auction that takes minutes to verify, profile by profile."""
    path = tmp_path / "slow.toml"
    types = ", ".join(map(str, range(50)))
    path.write_text(
        'kind = "allocation"\nname = "slow"\ntransfers = "unbounded"\n[values]\n'
        + "".join(f"p{k} = [{types}]\n" for k in range(4))
        + '[goal]\nrequire = ["pareto_efficient"]\n[rule]\nname = "second_price"\n',
        encoding="utf-8",
    )
    return path


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer")
def test_the_budget_is_kept_and_unknown_is_three(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    begin = time.monotonic()
    code, data = answer(capsys, "verify", str(slow(tmp_path)), "--time", "1")
    assert code == 3 and data["status"] == "unknown"
    assert time.monotonic() - begin < 6


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_long_work_says_so_and_can_be_interrupted(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "rulewright.views.cli", "verify", str(slow(tmp_path))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith("rulewright: verify, ")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130 and out == ""
    assert "interrupted" in err and "Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
def test_a_closed_pipe_is_no_fault() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "rulewright.views.cli", "show", "prisoners_dilemma"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 0


def test_a_fault_is_told_apart_from_a_refutation(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("broken")

    monkeypatch.setattr(cli, "scenario", broken)
    code, out, err = run(capsys, "show", "prisoners_dilemma")
    assert code == 70 and out == "" and "please report" in err
