"""What the README and the documentation show runs, in the order in which it stands there.

Python blocks of one file share one namespace, and lines with ``>>>`` are checked. A TOML block that begins
with ``# spec`` is loaded, and kept under a name that follows: ``# spec my.toml``. In a console block each
command runs; its exit code is 0 or the one of a closing comment ``# exit 1``; output shown under it is
what it prints.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

import rulewright

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w+)[^\n]*\n(?P<text>.*?)^ *```\s*$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:\.venv/bin/)?(rulewright\b|python3? -m rulewright\b)")
EXIT = re.compile(r"#\s*exit (\d+)\s*$")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


@dataclass(frozen=True)
class Block:
    """A fenced block: what kind it is, its text, and the line on which that begins."""

    kind: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(found["kind"], dedent(found["text"]), text.count("\n", 0, found.start("text")) + 1)
        for found in FENCE.finditer(text)
    ]


def commands(block: Block) -> list[tuple[str, str]]:
    """Each command with the output shown under it: lines after ``$``, or bare ``rulewright …`` lines."""
    text = block.text.replace("\\\n", " ")
    prompts = any(line.startswith("$ ") for line in text.splitlines())
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.startswith("$ ") if prompts else COMMAND.match(line):
            found.append((line.removeprefix("$ "), ""))
        elif found and prompts:
            found[-1] = (found[-1][0], found[-1][1] + line + "\n")
    return [(command, shown) for command, shown in found if COMMAND.match(command)]


def run_python(block: Block, page: Path, module: ModuleType) -> None:
    where = f"{page.name}, line {block.line}"
    if ">>> " not in block.text:
        exec(compile("\n" * (block.line - 1) + block.text, str(page), "exec"), vars(module))  # noqa: S102
        return
    test = doctest.DocTestParser().get_doctest(block.text, vars(module), page.name, str(page), block.line - 1)
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=OPTIONS).run(test, out=report.append, clear_globs=False)
    assert result.failed == 0, f"{where}:\n{''.join(report)}"
    vars(module).update(test.globs)


def run_spec(block: Block, page: Path, desk: Path) -> None:
    name = (block.text.splitlines()[0].removeprefix("# spec").strip(" :") or f"{page.stem}_{block.line}.toml").split()[
        0
    ]
    path = desk / name
    path.write_text(block.text, encoding="utf-8")
    assert rulewright.load(path) is not None


def run_console(block: Block, page: Path, desk: Path) -> None:
    path = os.pathsep.join(
        [sysconfig.get_path("scripts"), str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    )
    for command, shown in commands(block):
        wanted = int(found[1]) if (found := EXIT.search(command)) else 0
        result = subprocess.run(
            command.removeprefix(".venv/bin/"),
            shell=True,
            cwd=desk,
            env={**os.environ, "PATH": path, "PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=240,
            check=False,
        )
        said = f"{page.name}, line {block.line}: {command}\n{result.stdout}{result.stderr}"
        assert result.returncode == wanted, f"exit code {result.returncode}, not {wanted}\n{said}"
        if shown.strip():
            printed = result.stdout if result.stdout.strip() else result.stderr
            same = doctest.OutputChecker().check_output(shown.strip() + "\n", printed.strip() + "\n", OPTIONS)
            assert same, f"the page shows\n{shown}\nand the command prints\n{said}"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder that holds what the root holds; what an example writes stays out of the tree."""
    for entry in ROOT.iterdir():
        if not entry.name.startswith((".", "_")) and entry.suffix != ".egg-info":
            (tmp_path / entry.name).symlink_to(entry)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_run(page: Path, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType(f"page_{page.stem}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for block in blocks(page):
        if block.kind == "python":
            run_python(block, page, module)
        elif block.kind == "toml" and block.text.startswith("# spec"):
            run_spec(block, page, desk)
        elif block.kind == "console":
            run_console(block, page, desk)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert not missing, f"{page.name} links to {missing}, which is not there"


def test_readme_has_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    marked = re.findall(r"<!-- test command -->\s*```sh\n(.*?)```", text, re.DOTALL)
    assert len(marked) == 1, "README.md: write <!-- test command --> right before the ```sh block that runs the tests"
    assert "pytest" in marked[0]
    assert any(block.kind == "python" for block in blocks(ROOT / "README.md"))
    assert any(commands(block) for block in blocks(ROOT / "README.md") if block.kind == "console")
