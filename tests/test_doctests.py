"""Every example in a docstring runs and prints what it says."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import pkgutil
from types import ModuleType

import pytest

ROOMS = ("games", "mechanisms", "certificates", "solvers", "views")
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def modules() -> list[str]:
    """The package, its rooms, and every module in them; the other folders of the root are not part of it."""
    found = ["rulewright"]
    for room in ROOMS:
        path = importlib.import_module(f"rulewright.{room}").__path__
        found += [
            f"rulewright.{room}",
            *(module.name for module in pkgutil.walk_packages(path, f"rulewright.{room}.")),
        ]
    return found


def examples(module: ModuleType) -> list[doctest.DocTest]:
    """The examples of a module: those doctest finds, and those of functions a decorator made into values.

    A rule is written as a function and becomes a value; doctest would pass by the example in its docstring.
    """
    found = doctest.DocTestFinder().find(module)
    names = {test.name for test in found}
    parser = doctest.DocTestParser()
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.FunctionDef) and (title := f"{module.__name__}.{node.name}") not in names:
            doc = ast.get_docstring(node) or ""
            found.append(parser.get_doctest(doc, vars(module), title, module.__file__, node.lineno))
    return found


@pytest.mark.parametrize("name", modules())
def test_examples(name: str) -> None:
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    for test in examples(importlib.import_module(name)):
        runner.run(test)
    failed, attempted = runner.summarize(verbose=False)
    assert failed == 0, f"{failed} of {attempted} examples in {name} failed: see the output"
