"""The house rules that a machine can check: rooms, imports, lint, first lines, weight, examples."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import inspect
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = PROJECT["tool"]["setuptools"]["packages"]
ROOMS = sorted({name.split(".")[1] for name in PACKAGES if "." in name})
SCRIPTS = sysconfig.get_path("scripts")

NOT_LOADED = (
    *("cvxpy", "clarabel", "pyspiel", "open_spiel", "nashpy", "scipy.optimize", "highspy", "flint"),
    *("matplotlib", "numba", "z3", "pysat", "ortools"),
)
CODE_FROM_DATA = {"pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "yaml"}
FIRST_LINE = re.compile(r'r?"""')
TWO_SENTENCES = re.compile(r"[.!?]\s+[A-Z]")


def sources(*folders: str) -> list[Path]:
    """The Python files of these folders of the root, as paths from the root."""
    return sorted(path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py"))


def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))


def imported(module: ast.Module) -> Iterator[tuple[int, str]]:
    """(level, dotted name) of each import; level 0 is an absolute one."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or ""


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, encoding="utf-8", timeout=120, check=False)


def tool(name: str) -> str:
    found = shutil.which(name, path=SCRIPTS)
    if found is None:
        pytest.skip(f"{name} is not installed: pip install -e '.[test]' brings it")
    return found


def test_packages_listed_are_the_packages_there() -> None:
    folders = [path.parent.relative_to(ROOT) for path in ROOT.glob("[!.]*/**/__init__.py")]
    rooms = [room for room in folders if (ROOT / room.parts[0] / "__init__.py").exists()]
    found = {"rulewright", *(".".join(("rulewright", *room.parts)) for room in rooms)}
    assert found == set(PACKAGES), "let [tool.setuptools] packages in pyproject.toml list the rooms that are there"


def test_the_root_holds_no_python_but_the_face() -> None:
    assert [path.name for path in ROOT.glob("*.py")] == ["__init__.py"], "each .py file of the root would be packed"
    assert not (ROOT / "setup.cfg").exists()


def test_tests_are_no_package() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py")), "with an __init__.py the tests would need the clone's name"


def test_version_is_the_same_everywhere() -> None:
    version = PROJECT["project"]["version"]
    assert importlib.metadata.version("rulewright") == version, "install again: pip install -e '.[test]'"
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_imports_run_one_way() -> None:
    result = run(tool("lint-imports"), "--config", "pyproject.toml", "--no-cache")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", sources(*ROOMS), ids=str)
def test_imports_inside_the_rooms_are_relative(path: Path) -> None:
    absolute = [name for level, name in imported(tree(path)) if level == 0 and name.split(".")[0] == "rulewright"]
    assert not absolute, f"{path}: import {absolute} relatively"


def test_lint() -> None:
    result = run(tool("ruff"), "check", "--no-cache", ".")
    assert result.returncode == 0, result.stdout + result.stderr


def test_format() -> None:
    result = run(tool("ruff"), "format", "--check", "--no-cache", ".")
    assert result.returncode == 0, result.stdout + result.stderr


def test_import_is_light(tmp_path: Path) -> None:
    code = (
        "import json, sys, time; import rulewright; rulewright.search, rulewright.views; "
        f"print(json.dumps([[name for name in {NOT_LOADED!r} if name in sys.modules], time.process_time()]))"
    )
    result = run(sys.executable, "-c", code, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    loaded, seconds = json.loads(result.stdout)
    assert not loaded, f"import {', '.join(loaded)} inside the function that uses it"
    assert seconds < 1, f"import rulewright took {seconds:.2f} s of processor time; it must take less than 1 s"


@pytest.mark.parametrize("path", [Path("__init__.py"), *sources(*ROOMS, "tests", "benchmarks")], ids=str)
def test_a_file_begins_with_one_sentence(path: Path) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert FIRST_LINE.match(text), f'{path}: the first line must be a docstring, """The one idea of this file."""'
    sentence = (ast.get_docstring(tree(path)) or "").split("\n\n")[0].strip()
    assert sentence.endswith((".", "?", "!")), f"{path}: the docstring must begin with a whole sentence"
    assert not TWO_SENTENCES.search(sentence), f"{path}: the docstring must begin with one sentence, then an empty line"


@pytest.mark.parametrize("path", sources(*ROOMS), ids=str)
def test_data_never_runs_as_code(path: Path) -> None:
    module = tree(path)
    called = {
        node.func.id for node in ast.walk(module) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"eval", "exec", "__import__"}, f"{path}: a spec file can never run code"
    names = {name.split(".")[0] for level, name in imported(module) if level == 0}
    assert not names & CODE_FROM_DATA, f"{path}: {names & CODE_FROM_DATA} can run code out of data"


def code_lines(text: str) -> set[int]:
    """The lines that hold code: neither blank nor comment nor docstring."""
    docs = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = enumerate(text.splitlines(), 1)
    return {k for k, line in lines if line.strip() and not line.strip().startswith("#")} - docs


def test_certificates_stand_alone() -> None:
    files = sources("certificates")
    lines = sum(len(code_lines((ROOT / path).read_text(encoding="utf-8"))) for path in files)
    assert lines < 420, (
        f"certificates/ has {lines} lines of code; fewer than 420 can be read by all who must trust them"
    )
    for path in files:
        for level, name in imported(tree(path)):
            assert level <= 1, f"{path}: certificates import nothing of ours"
            assert level == 1 or name.split(".")[0] in sys.stdlib_module_names, (
                f"{path}: {name} is not in the standard library"
            )


FACES = ("rulewright", "rulewright.games", "rulewright.mechanisms")


def exported(face: str) -> Iterator[tuple[str, object]]:
    """What a face exports and we wrote: functions, classes, and values such as rules and properties."""
    module = importlib.import_module(face)
    for name in getattr(module, "__all__", ()):
        thing = getattr(module, name)
        made_by = thing if isinstance(thing, type) or inspect.isroutine(thing) else type(thing)
        if not isinstance(thing, ModuleType) and str(made_by.__module__).split(".")[0] == "rulewright":
            yield name, thing


def told(thing: object) -> str:
    """The docstring: its own, or that of the function which a decorator made into this value."""
    if isinstance(thing, type) or inspect.isroutine(thing) or thing.__doc__ != type(thing).__doc__:
        return thing.__doc__ or ""
    parts = [getattr(thing, field.name) for field in fields(thing)] if is_dataclass(thing) else [*vars(thing).values()]
    return next((part.__doc__ for part in parts if inspect.isfunction(part) and part.__doc__), "")


@pytest.mark.parametrize("face", FACES)
def test_a_face_lists_what_it_exports(face: str) -> None:
    module = importlib.import_module(face)
    assert getattr(module, "__all__", None), f"{face}/__init__.py needs a list __all__ of what it exports"
    assert len(set(module.__all__)) == len(module.__all__), f"{face}.__all__ names something twice"


EXPORTED = [(f"{face}.{name}", thing) for face in FACES for name, thing in exported(face)]


@pytest.mark.parametrize(("where", "thing"), EXPORTED, ids=[where for where, _ in EXPORTED])
def test_what_is_exported_says_what_it_is_and_shows_it(where: str, thing: object) -> None:
    doc = told(thing)
    assert doc, f'{where} has no docstring: add one sentence saying what it is, """…"""'
    if isinstance(thing, type) and issubclass(thing, BaseException):
        return  # shown where it is raised
    name = where.split(".")[-1]
    assert ">>> " in doc, f"{where} has no example: add a line such as `>>> {name}(…)` with what it prints"
