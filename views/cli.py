"""The command line: ask from a shell what can be asked from Python.

Exit codes: 0 proved or found, 1 refuted or infeasible, 2 usage or bad input, 3 ran out of budget, 130 interrupted,
70 a fault of the program. Answers go to standard output (with ``--json`` one object and nothing else), errors and
progress to standard error.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import shlex
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Any, NoReturn

from ..certificates import explain
from ..games.environment import Environment
from ..games.errors import BadInput, GameTooLarge, MissingExtra, nearest
from ..games.extensive import ExtensiveForm
from ..games.files import shipped
from ..games.normal_form import NormalForm
from ..games.numbers import exact, parse_number, show
from ..mechanisms.cases import Case
from ..mechanisms.edits import status_quo
from ..mechanisms.goals import Goal
from ..mechanisms.property import entry_text
from ..mechanisms.scenarios import Scenario, family, objective, requirement, rule, scenario
from ..solvers import proofs
from ..solvers.design import Design
from ..solvers.pricing import prices
from ..solvers.search import search
from ..solvers.solution import Equilibrium, Solution
from ..solvers.solve import CONCEPTS, solve
from ..solvers.tradeoffs import frontier
from ..solvers.verdict import Report, Verdict
from ..solvers.verify import verify
from .sizes import sizes_of

FOUND, REFUTED, BAD_INPUT, UNKNOWN, FAULT, INTERRUPTED = 0, 1, 2, 3, 70, 130

PATIENCE = 2.0  # seconds of work before there is a word about progress
CHECKING = 30.0  # seconds that the checker of certificates gets where no time was given

Data = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a command found: its exit code, the words for people, and the data for programs."""

    code: int
    words: str
    data: Data


class OutOfTime(Exception):
    """The time given with ``--time`` ran out."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; ``argv`` is what follows ``rulewright`` (None: of this process).

    >>> main(["show", "prisoner"])          # a sentence on standard error, exit code 2
    2
    """
    start = monotonic()
    try:
        return _main(sys.argv[1:] if argv is None else list(argv))
    except SystemExit as leaving:  # --help and --version
        return leaving.code if isinstance(leaving.code, int) else BAD_INPUT
    except (BadInput, MissingExtra) as error:
        _complain(str(error))
        return BAD_INPUT
    except KeyboardInterrupt:
        _complain(f"interrupted after {monotonic() - start:.0f} s, before there was an answer")
        return INTERRUPTED
    except MemoryError:
        _complain("the memory ran out before there was an answer; declare a smaller game (rulewright estimate SPEC)")
        return UNKNOWN
    except Exception as error:
        traceback.print_exc()
        _complain(f"this is a fault of rulewright, please report it: {type(error).__name__}: {error}")
        return FAULT


def _main(argv: list[str]) -> int:
    args = _parser().parse_args(argv)
    _check_file(args)
    try:
        with _budget(args.time), Progress(args.command) as progress:
            answer: Answer = args.run(args, progress)
    except OutOfTime:
        words = f"Unknown: the time of {args.time:g} s ran out before there was an answer."
        answer = Answer(UNKNOWN, words, {"status": "unknown", "why": words})
    head: Data = {"command": args.command, "spec": str(args.spec)}
    text = json.dumps(head | answer.data | {"exit": answer.code}) if args.json else _printable(answer.words)
    try:
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="backslashreplace")
        print(text, flush=True)
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return answer.code


# -- what may be written on the line ----------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence."""

    def error(self, message: str) -> NoReturn:
        wrong = re.search(r"invalid choice: '?(.*?)'? \(choose from (.*)\)", message)
        if wrong:
            hint = nearest(wrong[1], re.findall(r"[\w-]+", wrong[2]))
            raise BadInput(f'there is no command "{wrong[1]}"; {hint}')
        if unknown := re.match(r"unrecognized arguments: (\S+)", message):
            option = unknown[1].split("=")[0]
            known = [o for action in self._everywhere() for o in action.option_strings if o != option]
            hint = nearest(option, known) if option.startswith("-") else "put names with spaces in quotes"
            raise BadInput(f'"{unknown[1]}" is not understood; {hint}')
        raise BadInput(f"{message.replace('argument ', '', 1)} (rulewright --help has examples)")

    def _everywhere(self) -> Iterator[argparse.Action]:
        for action in self._actions:
            yield action
            if isinstance(action, argparse._SubParsersAction):
                for each in action.choices.values():
                    yield from each._actions


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="rulewright",
        description="Declare a game and what people want from it: solve it, verify a rule, or search for a rule.",
        epilog=_examples(
            "rulewright show prisoners_dilemma           # the game in words",
            "rulewright solve prisoners_dilemma          # what rational players do",
            "rulewright search prisoners_dilemma         # the least fine that makes them cooperate",
            "rulewright search cake_cutting              # who should cut, and who should choose?",
            "rulewright verify resource_allocation --rule first_price --property strategyproof   # exit 1",
        )
        + "\nexit codes: 0 proved or found, 1 refuted or infeasible, 2 usage or bad input, 3 ran out of budget",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"rulewright {version('rulewright')}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, run: Any, words: str, *examples: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(
            name,
            help=words,
            description=f"{words[0].upper()}{words[1:]}.",
            epilog=_examples(*examples),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        made.set_defaults(run=run, certificate=None)
        names = ", ".join(shipped())
        made.add_argument("spec", metavar="SPEC", help=f"a .toml, .json, .nfg or .efg file, or one of: {names}")
        made.add_argument("--json", action="store_true", help="print one JSON object; numbers are exact texts")
        made.add_argument("--time", type=_seconds, metavar="S", help="stop after about S seconds (exit code 3)")
        made.add_argument("--seed", type=_count, metavar="N", help="accepted; no answer depends on it")
        words = "how many processes verify in parallel (default: 1); no answer depends on it"
        made.add_argument("--workers", type=_at_least_one, metavar="N", help=words)
        return made

    made = command(
        "solve", _solve, "find how rational players play a game",
        "rulewright solve prisoners_dilemma",
        "rulewright solve prisoners_dilemma --concept dominant",
        "rulewright solve public_goods --concept pure --json",
    )  # fmt: skip
    made.add_argument(
        "--concept",
        metavar="NAME",
        help=f"one of {', '.join(CONCEPTS)} (default: nash; pure for many players; subgame perfect for trees)",
    )
    made.add_argument("--method", metavar="NAME", help="the method, where a concept has several")
    _certificate(made)

    made = command(
        "verify", _verify, "decide whether a rule has properties: proved, or refuted with a case",
        "rulewright verify resource_allocation                  # the rule and the goal that the spec names",
        "rulewright verify resource_allocation --rule first_price --property strategyproof   # exit 1",
        "rulewright verify resource_allocation --rule posted_price:price=2 --property strategyproof",
        "rulewright verify prisoners_dilemma --rule fine:on=defect:amount=3",
    )  # fmt: skip
    made.add_argument("--rule", metavar="RULE", help="a rule's name, with what it needs: fine:on=defect:amount=3")
    made.add_argument("--property", action="append", metavar="NAME", help="a property's name; may be given again")
    _certificate(made)

    made = command(
        "search", _search, "propose a rule for a goal, or say why there is none",
        "rulewright search prisoners_dilemma",
        "rulewright search prisoners_dilemma --family fines:on=defect:unit=1/2",
        "rulewright search cake_cutting --require envy_free",
        "rulewright search resource_allocation --require strategyproof,individually_rational --maximize revenue",
        "rulewright search resource_allocation --require efficient,strategyproof,individually_rational,budget_balanced"
        "   # exit 1",
        "rulewright search resource_allocation --maximize revenue --deterministic",
        "rulewright search resource_allocation --certificate found.json",
    )  # fmt: skip
    _asked(made)
    made.add_argument("--family", metavar="NAME", help="where to look: fines:on=defect, direct (all direct rules), …")
    made.add_argument("--deterministic", action="store_true", help="search all direct rules that never draw lots")
    words = "how to search those: mip (HiGHS), cp (CP-SAT) or sat (Glucose; no objective); default: by what is asked"
    made.add_argument("--method", metavar="NAME", help=words)
    _certificate(made)

    made = command(
        "prices", _prices, "tell what each requirement of a goal costs: what giving it up gains",
        "rulewright prices resource_allocation --maximize revenue",
        "rulewright prices resource_allocation --require strategyproof,individually_rational --maximize welfare",
    )  # fmt: skip
    _asked(made)

    made = command(
        "frontier", _frontier, "trace what more of one aim costs in another, an objective or how far a property holds",
        "rulewright frontier resource_allocation --against revenue",
        "rulewright frontier resource_allocation --maximize revenue --against strategyproof",
    )  # fmt: skip
    _asked(made)
    made.add_argument("--against", metavar="NAME", required=True, help="the second aim: an objective or a property")
    made.add_argument("--points", type=_at_least_one, metavar="N", help="find no more corners than that (at least 2)")

    command(
        "show", _show, "tell in words what a spec declares",
        "rulewright show prisoners_dilemma",
        "rulewright show resource_allocation --json",
    )  # fmt: skip
    made = command(
        "estimate", _estimate, "tell how large the work is, without doing it (exit code 1: over a limit)",
        "rulewright estimate resource_allocation",
        "rulewright estimate resource_allocation --property strategyproof --property envy_free",
        "rulewright estimate public_goods",
    )  # fmt: skip
    made.add_argument("--property", action="append", metavar="NAME", help="a property's name; may be given again")
    return parser


def _examples(*lines: str) -> str:
    return "examples:\n" + "\n".join(f"  {line}" for line in lines)


def _asked(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--require", metavar="A,B", help="what a rule must be (default: the spec's goal)")
    parser.add_argument("--maximize", metavar="NAME", help="what to make large: welfare, revenue, egalitarian, …")


def _certificate(parser: argparse.ArgumentParser) -> None:
    words = "write the certificate there; python -m rulewright.certificates FILE re-checks it"
    parser.add_argument("--certificate", metavar="FILE", type=Path, help=words)


def _seconds(text: str) -> float:
    try:
        seconds = float(parse_number(text))
    except (BadInput, OverflowError):
        seconds = 0.0
    if not 0 < seconds < 10**9:
        raise argparse.ArgumentTypeError(f'"{text[:40]}" is no time; give seconds, such as 30')
    return seconds


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,30}", text):
        raise argparse.ArgumentTypeError(f'"{text[:40]}" is no number; give a whole number of at least 0')
    return int(text)


def _at_least_one(text: str) -> int:
    if not re.fullmatch(r"0*[1-9][0-9]{0,8}", text):
        raise argparse.ArgumentTypeError(f'"{text[:40]}" is no number of workers; give a whole number of at least 1')
    return int(text)


def _called(text: str) -> tuple[str, dict[str, Any]]:
    """A name with what it needs, ``name:key=value:key=value``; values that look like numbers are exact numbers.

    >>> _called("fines:on=defect:unit=1/2")
    ('fines', {'on': 'defect', 'unit': Fraction(1, 2)})
    """
    name, *rest = text.split(":")
    found: dict[str, Any] = {}
    for part in rest:
        key, sign, value = part.partition("=")
        if not sign or not key.strip():
            raise BadInput(f'"{text}" has the part "{part}"; write name:key=value, as in fine:on=defect:amount=3')
        try:
            found[key.strip()] = parse_number(value)
        except BadInput:
            found[key.strip()] = value
    return name, found


def _check_file(args: argparse.Namespace) -> None:
    """Refuse a certificate's place before the work, not after it."""
    path: Path | None = args.certificate
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise BadInput(f'the certificate cannot be written to "{path}"; name a file in a folder that exists')


# -- the commands -----------------------------------------------------------------------------------------------


def _solve(args: argparse.Namespace, progress: Progress) -> Answer:
    game = scenario(args.spec).game
    if isinstance(game, Environment):
        raise BadInput(
            f'"{game.name}" is an environment, which becomes a game under a rule; try rulewright verify or search'
        )
    if args.concept is not None:
        concept = args.concept
    elif isinstance(game, ExtensiveForm):
        concept = "subgame perfect"
    else:
        concept = "nash" if len(game.players) <= 2 else "pure"
    found: Solution = solve(game, concept, method=args.method)
    something = len(found) > 0 or found.surviving is not None
    code = FOUND if something else REFUTED if found.complete else UNKNOWN

    def claims() -> Data | None:
        each = [one.certificate for one in found.equilibria]
        return each[0] if len(each) == 1 else proofs.together(each, f'{concept} of "{game.name}"')

    certificate = _certified(args, progress, claims)
    data: Data = {
        "game": found.game.name,
        "concept": found.concept,
        "complete": found.complete,
        "method": found.method,
        "why": found.why,
        "equilibria": [_equilibrium(each) for each in found.equilibria],
        "certificate": certificate.data,
    }
    if found.surviving is not None:
        data["surviving"] = {player: list(map(str, each)) for player, each in found.surviving.items()}
        data["eliminated"] = list(map(str, found.eliminated))
    return Answer(max(code, certificate.code), f"{found}\n{certificate.words}", data)


def _equilibrium(found: Any) -> Data:
    payoffs = {player: _q(x) for player, x in found.payoffs.items()}
    if isinstance(found, Equilibrium):
        played: Data = {p: {str(a): _q(x) for a, x in each.items()} for p, each in found.strategies.items()}
    else:
        played = {p: {str(at): str(move) for at, move in each.items()} for p, each in found.strategies.items()}
    return {"strategies": played, "payoffs": payoffs}


def _verify(args: argparse.Namespace, progress: Progress) -> Answer:
    declared = scenario(args.spec)
    game = declared.game
    asked = _properties(args.property, declared)
    if not asked:
        raise BadInput(f'"{game.name}" names no goal; say what to verify, as in --property strategyproof')
    if isinstance(game, ExtensiveForm):
        raise BadInput(
            f'"{game.name}" is a tree, and rules are verified in games and environments; try rulewright solve'
        )
    chosen = declared.rule
    if args.rule is not None:
        chosen = rule(*_called(args.rule))
    elif chosen is None and isinstance(game, NormalForm):
        chosen = status_quo
    if chosen is None:
        raise BadInput(f'"{game.name}" names no rule in force; name one, as in --rule second_price')
    with _workers(args.workers) as executor:
        answers = verify(chosen, game, *asked, time=args.time, executor=executor, progress=progress)
    verdicts = answers if isinstance(answers, Report) else Report((answers,))
    certificate = _certified(args, progress, lambda: _together(verdicts, f'{chosen.name} in "{game.name}"'))
    lines = [f'Rule: {chosen}\nin "{game.name}"', *map(_told, verdicts), certificate.words]
    data = {
        "rule": chosen.name,
        "game": game.name,
        "status": verdicts.status,
        "verdicts": [_verdict(v) for v in verdicts],
        "certificate": certificate.data,
    }
    code = {"proved": FOUND, "refuted": REFUTED, "unknown": UNKNOWN}[verdicts.status]
    return Answer(max(code, certificate.code), "\n".join(lines), data)


@contextmanager
def _workers(number: int | None) -> Iterator[Any]:
    """As many processes, or none; what they have not begun is dropped at the end."""
    if number is None or number == 1:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    executor = ProcessPoolExecutor(number, mp_context=get_context("spawn"))
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _together(verdicts: Report, words: str) -> Data | None:
    return verdicts[0].certificate if len(verdicts) == 1 else proofs.together([v.certificate for v in verdicts], words)


def _told(verdict: Verdict) -> str:
    lines = [f"{verdict.property}: {verdict.status}"]
    if verdict.counterexample is not None:
        lines.append(f"  Counterexample: {verdict.counterexample}.")
    if verdict.reason:
        lines.append(f"  Reason: {verdict.reason}.")
    lines.append(f"  Domain: {verdict.domain}; {verdict.checked:,} cases; {verdict.method}.")
    return "\n".join(lines)


def _verdict(verdict: Verdict) -> Data:
    found = verdict.counterexample
    data: Data = {
        "property": verdict.property,
        "status": verdict.status,
        "domain": verdict.domain,
        "checked": verdict.checked,
        "method": verdict.method,
    }
    if verdict.reason:
        data["reason"] = verdict.reason
    if found is not None:
        data["counterexample"] = {
            "sentence": found.sentence,
            "has": _q(found.has),
            "needs": _q(found.needs),
            "gain": _q(found.gain),
            "replays": found.check(),
            **_case(found.case),
        }
    return data


def _case(case: Any) -> Data:
    if not isinstance(case, Case):
        return {}
    found: Data = {"types": {p: entry_text(t) for p, t in case.types.items()}}
    if case.reports is not None:
        found["reports"] = {p: entry_text(t) for p, t in case.reports.items()}
    return found | {key: value for key, value in (("player", case.player), ("other", case.other)) if value}


def _search(args: argparse.Namespace, progress: Progress) -> Answer:
    declared = scenario(args.spec)
    game = declared.game
    if isinstance(game, ExtensiveForm):
        raise BadInput(f'"{game.name}" is a tree; a search needs a game in normal form or an environment')
    goal = _goal(args, declared)
    if args.method is not None and not args.deterministic:
        raise BadInput("--method says how to search rules that never draw lots; give --deterministic with it")
    if args.deterministic and (args.family is not None or isinstance(game, NormalForm)):
        raise BadInput("--deterministic searches all direct rules of an environment, so it goes with no family")
    where = declared.family if args.family is None else family(*_called(args.family))
    design: Design = search(
        game, goal, family=None if args.deterministic else where, deterministic=args.deterministic, method=args.method,
        time=args.time, progress=progress,
    )  # fmt: skip
    code = {"infeasible": REFUTED, "unknown": UNKNOWN}.get(design.status, FOUND)
    certificate = _certified(args, progress, lambda: design.certificate)
    data: Data = {
        "game": game.name,
        "goal": design.goal,
        "status": design.status,
        "searched": design.searched,
        "method": design.method,
        "rule": _rule(design),
        "value": None if design.value is None else _q(design.value),
        "bound": None if design.bound is None else _q(design.bound),
        "verdicts": [_verdict(v) for v in design.verdicts],
        "why": design.why,
        "conflicts": [list(each) for each in design.conflicts],
        "give_up": [list(each) for each in design.give_up],
        "core": [{p: entry_text(t) for p, t in profile.items()} for profile in design.core],
        "candidates": [
            {
                "rule": each.rule.name,
                "meets": each.meets,
                "value": None if each.value is None else _q(each.value),
                "verdicts": {v.property: v.status for v in each.verdicts},
            }
            for each in design.candidates
        ],
        "certificate": certificate.data,
    }
    return Answer(max(code, certificate.code), f"{design}\n{certificate.words}", data)


def _rule(design: Design) -> Data | None:
    """The rule's name and words and, where it has one, the short form that people can read."""
    if design.rule is None:
        return None
    data = {"name": design.rule.name, "words": getattr(design.rule, "words", "")}
    told = design.description
    return data if told is None else data | {"form": told.form, "text": told.text}


def _prices(args: argparse.Namespace, progress: Progress) -> Answer:
    declared = scenario(args.spec)
    game: Any = declared.game
    with _workers(args.workers) as executor:
        found = prices(game, _goal(args, declared), time=args.time, executor=executor, progress=progress)
    known = found.value is not None and all(price.value is not None for price in found)
    none = found.value is None and len(found) > 0
    data: Data = {
        "game": game.name,
        "goal": found.goal,
        "value": _q_or_none(found.value),
        "why": found.why,
        "prices": [
            {
                "without": list(price.dropped),
                "value": _q_or_none(price.value),
                "gain": _q_or_none(price.gain),
                "rate": _q_or_none(price.rate),
                "rate_is_exact": price.sure,
            }
            for price in found
        ],
    }
    return Answer(FOUND if known else REFUTED if none else UNKNOWN, str(found), data)


def _frontier(args: argparse.Namespace, progress: Progress) -> Answer:
    declared = scenario(args.spec)
    game: Any = declared.game
    goal, against = _goal(args, declared), _aim(args.against)
    with _workers(args.workers) as executor:
        found = frontier(game, goal, against, points=args.points, time=args.time, progress=progress, executor=executor)
    data: Data = {
        "game": game.name,
        "goal": found.goal,
        "axes": list(found.axes),
        "points": [
            {
                "values": list(map(_q, point.values)),
                "rule": {"name": point.rule.name, "words": point.rule.words},
                "verdicts": {v.property: v.status for v in point.verdicts},
            }
            for point in found
        ],
        "exact": found.exact,
        "complete": found.complete,
        "why": found.why,
    }
    return Answer(FOUND if len(found) else REFUTED if found.complete else UNKNOWN, str(found), data)


def _aim(text: str) -> Any:
    """The objective or, if there is none of the name, the property."""
    named = _called(text)
    try:
        return objective(*named)
    except BadInput as no_objective:
        try:
            return requirement(*named)
        except BadInput as no_property:
            raise BadInput(f"{no_objective}; and {no_property}") from None


def _goal(args: argparse.Namespace, declared: Scenario) -> Goal:
    """The spec's goal, with what the line says in place of its parts."""
    goal = declared.goal or Goal()
    require = tuple(goal.require)
    maximize = goal.maximize
    if args.require is not None:
        require = tuple(requirement(*_called(each)) for each in args.require.split(",") if each.strip())
        maximize = None
    if args.maximize is not None:
        maximize = objective(*_called(args.maximize))
    if not require and maximize is None:
        raise BadInput(f'"{declared.game.name}" names no goal; say what people want, as in --require strategyproof')
    return Goal(require, maximize)


def _properties(named: Sequence[str] | None, declared: Scenario) -> list[Any]:
    if named is None:
        return [] if declared.goal is None else list(declared.goal.require)
    return [requirement(*_called(each)) for text in named for each in text.split(",") if each.strip()]


def _show(args: argparse.Namespace, progress: Progress) -> Answer:
    declared = scenario(args.spec)
    game = declared.game
    told = [line for line in str(declared).splitlines() if line]
    words = "\n".join([*told, "", str(game)])
    data: Data = {"name": game.name, "kind": _kind(game), "words": declared.words, "players": list(game.players)}
    if isinstance(game, NormalForm):
        data["actions"] = {player: list(map(str, each)) for player, each in game.actions.items()}
        data["profiles"] = game.n_profiles
    elif isinstance(game, Environment):
        data["types"] = {player: list(map(entry_text, each)) for player, each in game.types.items()}
        data["profiles"] = game.n_profiles
        data["money"] = game.transfers is not None
    else:
        data["nodes"] = game.nodes
    for key, thing in (("goal", declared.goal), ("rule", declared.rule)):
        data[key] = None if thing is None else str(thing)
    return Answer(FOUND, words, data)


def _kind(game: Any) -> str:
    return {NormalForm: "normal form", Environment: "environment", ExtensiveForm: "extensive form"}[type(game)]


def _estimate(args: argparse.Namespace, progress: Progress) -> Answer:
    declared = scenario(args.spec)
    game = declared.game
    wanted = None if declared.goal is None else declared.goal.maximize
    sizes, notes = sizes_of(game, Goal(tuple(_properties(args.property, declared)), wanted), declared.family)
    fits = all(size.fits for size in sizes)
    lines = [f"{game.name} ({_kind(game)})", *(f"  {size}" for size in sizes), *(f"  {note}" for note in notes)]
    over = [size.what for size in sizes if not size.fits]
    verdict = (
        "All of it is within the limits."
        if fits
        else f"Too large: {' and '.join(over)}; declare fewer types or players."
    )
    data = {
        "game": game.name,
        "kind": _kind(game),
        "sizes": [{"what": s.what, "number": s.number, "limit": s.limit, "fits": s.fits} for s in sizes],
        "notes": notes,
        "fits": fits,
    }
    return Answer(FOUND if fits else REFUTED, "\n".join([*lines, verdict]), data)


# -- certificates -----------------------------------------------------------------------------------------------


def _certified(args: argparse.Namespace, progress: Progress, make: Callable[[], Mapping[str, Any] | None]) -> Answer:
    """What the independent checker says of a certificate, which is written to the file that was asked for.

    The checker is slow, because it shares nothing with the solvers: without ``--time`` it gets ``CHECKING`` seconds.
    """
    progress.doing("writing and checking the certificate")
    place = None if args.certificate is None else str(args.certificate)
    data: Data = {"accepted": None, "file": None}
    said, again = "", "write it to a file with --certificate FILE"
    try:
        with _budget(CHECKING if args.time is None else None):
            certificate = make()
            if certificate is None:
                unwritten = "" if place is None else f", so {place} was not written"
                return Answer(FOUND, f"Certificate: none for this answer{unwritten}.", data)
            if place is not None:
                _write(args.certificate, certificate)
                data["file"] = place
                said = f"; written to {place}"
                again = f"check it with: python -m rulewright.certificates {shlex.quote(place)}"
            accepted, words = explain(certificate)
    except GameTooLarge as error:
        data["why"] = str(error)
        return Answer(FOUND, f"Certificate: none, because it would hold {error}.", data)
    except OutOfTime:
        data["why"] = "the time for it ran out"
        after = f" after {CHECKING:.0f} s; more with --time S" if args.time is None else ""
        return Answer(FOUND, f"Certificate: not checked, because the time for it ran out{after}{said}; {again}", data)
    data["accepted"] = accepted
    if not accepted:
        data["why"] = words
        text = f"Certificate: rejected by the independent checker ({words}); this is a fault, please report it."
        return Answer(UNKNOWN, text, data)
    return Answer(FOUND, f"Certificate: accepted by the independent checker{said}; {again}", data)


def _write(path: Path, certificate: Mapping[str, Any]) -> None:
    if path.exists() and not _is_certificate(path):
        raise BadInput(f'"{path}" is there and no certificate, so it is left as it is; name another file')
    try:
        path.write_text(json.dumps(certificate), encoding="utf-8")
    except OSError as error:
        raise BadInput(f'the certificate cannot be written to "{path}": {error.strerror}') from None


def _is_certificate(path: Path) -> bool:
    """Whether a file looks like a certificate, which may be replaced by another."""
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(16).startswith('{"rulewright": 1')
    except (OSError, UnicodeDecodeError):
        return False


# -- time and progress ------------------------------------------------------------------------------------------


@contextmanager
def _budget(seconds: float | None) -> Iterator[None]:
    """Raise OutOfTime a little after the budget, where the work itself does not keep to it."""
    can = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if seconds is None or not can:
        yield
        return

    def ring(number: int, frame: FrameType | None) -> NoReturn:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds * 1.1 + 0.2, 1.0)  # again each second: a callback may swallow it
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Progress:
    """A word on standard error about work that takes more than two seconds; ``progress(done, total)`` tells it more."""

    def __init__(self, command: str) -> None:
        self._what = command
        self._done: tuple[int, int] | None = None
        self._start = monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __call__(self, done: int, total: int) -> None:
        self._done = (done, total)

    def doing(self, what: str) -> None:
        """From here on, it is this that takes time."""
        self._what, self._done = what, None

    def __enter__(self) -> Progress:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        live = sys.stderr.isatty()
        wait, said = PATIENCE, False
        while not self._stop.wait(wait):
            wait, said = (0.25 if live else 5.0), True
            line = f"rulewright: {self._what}, {monotonic() - self._start:.0f} s{self._share()}"
            sys.stderr.write(f"\r\x1b[K{line}" if live else f"{line}\n")
            sys.stderr.flush()
        if live and said:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _share(self) -> str:
        if self._done is None:
            return ""
        done, total = self._done
        return f", {done:,} of {total:,}" + (f" ({100 * done // total} %)" if total else "")


# -- words ------------------------------------------------------------------------------------------------------


def _q(value: Any) -> str:
    return show(exact(value))


def _q_or_none(value: Any) -> str | None:
    return None if value is None else "unbounded" if value == math.inf else _q(value)


def _complain(sentence: str) -> None:
    print(f"rulewright: {_printable(' '.join(sentence.split()))}", file=sys.stderr)


def _printable(text: str) -> str:
    """Without control characters, which a name in a file may hold and a terminal would obey."""
    return "".join(c if c == "\n" or c.isprintable() else "�" for c in text)


if __name__ == "__main__":
    sys.exit(main())
