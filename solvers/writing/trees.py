"""Decision trees: a table told by questions about the reports, each leaf one answer."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...games.environment import Environment
from ...games.errors import GameTooLarge
from ...games.numbers import Array, show
from ...games.profile import Profile
from ...mechanisms.property import entry_text
from .answers import is_number, numeric, ranked, types_of

MOST_LINES = 40  # of a tree that is printed
MOST_ASKED = 50_000_000  # questions times profiles
BETWEEN = ("above", "not below")  # kinds of questions about two players


@dataclass(frozen=True)
class Question:
    """A question about the reports: is a report at least a number, above another's, or a ranking with a before b?"""

    kind: str  # "at least" | "above" | "not below" | "is" | "first" | "prefers"
    player: str
    value: Any
    other: Any = None

    def holds(self, reports: Profile[Any]) -> bool:
        """Whether the answer is yes."""
        report = reports[self.player]
        if self.kind == "at least":
            return bool(report >= self.value)
        if self.kind == "above":
            return bool(report > reports[self.value])
        if self.kind == "not below":
            return bool(report >= reports[self.value])
        if self.kind == "first":
            return bool(report[0] == self.value)
        if self.kind == "prefers":
            return bool(report.index(self.value) < report.index(self.other))
        return bool(report == self.value)

    def __str__(self) -> str:
        if self.kind == "first":
            return f"{self.player} ranks {self.value} first"
        if self.kind == "prefers":
            return f"{self.player} prefers {self.value} to {self.other}"
        sign = {"at least": ">=", "above": ">", "not below": ">="}.get(self.kind, "=")
        if self.kind in BETWEEN:
            return f"{self.player} {sign} {self.value}"
        text = show(self.value) if self.kind == "at least" else entry_text(self.value)
        return f"{self.player} {sign} {text}"


@dataclass(frozen=True)
class Leaf:
    """The answer, by its number."""

    answer: int

    @property
    def leaves(self) -> int:
        """How many leaves the tree has: one."""
        return 1


@dataclass(frozen=True)
class Node:
    """A question, and what to look at if the answer is yes, or no."""

    question: Question
    yes: Tree
    no: Tree

    @property
    def leaves(self) -> int:
        """How many leaves the tree has."""
        return self.yes.leaves + self.no.leaves


Tree = Leaf | Node


def answer(tree: Tree, reports: Profile[Any]) -> int:
    """The number of the answer at a profile."""
    while isinstance(tree, Node):
        tree = tree.yes if tree.question.holds(reports) else tree.no
    return tree.answer


def questions_of(env: Environment) -> list[Question]:
    """The questions that are asked about the reports in an environment, simple ones first."""
    return list(dict.fromkeys(_questions(env)))


def _questions(env: Environment) -> Iterator[Question]:
    for player in env.players:
        each = types_of(env, player)
        if len(each) < 2:
            continue
        if all(map(is_number, each)):
            yield from (Question("at least", player, t) for t in sorted(each)[1:])
        elif ranked(env, player):
            things = each[0]
            yield from (Question("first", player, x) for x in things)
            yield from (Question("prefers", player, a, b) for k, a in enumerate(things) for b in things[k + 1 :])
        else:
            yield from (Question("is", player, t) for t in (each if len(each) > 2 else each[:1]))
    if numeric(env):
        pairs = [(p, q) for p in env.players for q in env.players if p != q]
        for k, (p, q) in enumerate(pairs):
            if (q, p) not in pairs[:k]:
                yield Question("above", p, q)
                yield Question("not below", p, q)


def tree_of(env: Environment, labels: Sequence[int]) -> Tree:
    """A tree with ``labels[p]`` at profile number p: the smallest of a few greedy ones, pruned. Raises GameTooLarge."""
    questions = questions_of(env)
    if len(questions) * env.n_profiles > MOST_ASKED:
        remedy = "describe the rule in a smaller environment of the same kind"
        raise GameTooLarge("questions times profiles", len(questions) * env.n_profiles, MOST_ASKED, remedy)
    rows = [_asked(env, question) for question in questions]
    asked = np.array(rows, dtype=bool).reshape(len(questions), env.n_profiles)
    kinds = np.asarray(labels)
    found = [_pruned(_grown(questions, asked, kinds, rule), questions, asked, kinds) for rule in (_entropy, _mixed)]
    return min(found, key=lambda tree: tree.leaves)


def _asked(env: Environment, question: Question) -> Array:
    """The answers to a question at all profiles."""
    shape = [1] * len(env.players)
    who = [question.player, *([question.value] if question.kind in BETWEEN else [])]
    for p in who:
        shape[env.players.index(p)] = len(env.types[p])
    named = [p for p in env.players if p in who]
    each = itertools.product(*(env.types[p] for p in named))
    answers = np.array([question.holds(Profile(dict(zip(named, types, strict=True)))) for types in each], dtype=bool)
    return np.broadcast_to(answers.reshape(shape), env.sizes).reshape(-1)


# -- growing and pruning ----------------------------------------------------------------------------------------------


def _entropy(counts: Array) -> float:
    """What is left to learn: the sum of -c log(c / n) over the answers."""
    some = counts[counts > 0]
    n = int(some.sum())
    return float(n * math.log(n) - (some * np.log(some)).sum()) if n else 0.0


def _mixed(counts: Array) -> float:
    """How many different answers are left."""
    return float(np.count_nonzero(counts))


def _grown(questions: list[Question], asked: Array, kinds: Array, left: Any) -> Tree:
    """Ask what leaves least to learn, until every leaf has one answer."""
    names, number = np.unique(kinds, return_inverse=True)

    def grow(at: Array) -> Tree:
        here = number[at]
        if (here == here[0]).all():
            return Leaf(int(names[here[0]]))
        best: tuple[float, float, int] | None = None
        small, code = np.unique(here, return_inverse=True)
        whole = np.bincount(code, minlength=len(small))
        inside = asked[:, at]
        for k in np.flatnonzero(inside.any(axis=1) & ~inside.all(axis=1)).tolist():
            yes = np.bincount(code[inside[k]], minlength=len(small))
            no = whole - yes
            score = (round(left(yes) + left(no), 9), round(_entropy(yes) + _entropy(no), 9), k)
            best = score if best is None or score < best else best
        assert best is not None  # two profiles with different answers differ in some question
        k = best[2]
        return Node(questions[k], grow(at[inside[k]]), grow(at[~inside[k]]))

    return grow(np.arange(len(kinds)))


def _pruned(tree: Tree, questions: list[Question], asked: Array, kinds: Array) -> Tree:
    """Drop each question of whose two branches one answers for both."""
    place = {question: k for k, question in enumerate(questions)}

    def right(part: Tree, at: Array) -> bool:
        if isinstance(part, Leaf):
            return bool((kinds[at] == part.answer).all())
        yes = asked[place[part.question], at]
        return right(part.yes, at[yes]) and right(part.no, at[~yes])

    def prune(part: Tree, at: Array) -> Tree:
        if isinstance(part, Leaf):
            return part
        inside = asked[place[part.question], at]
        yes, no = prune(part.yes, at[inside]), prune(part.no, at[~inside])
        if right(no, at[inside]):
            return no
        return yes if right(yes, at[~inside]) else Node(part.question, yes, no)

    return prune(tree, np.arange(len(kinds)))


def lines_of(tree: Tree, answers: Sequence[str]) -> str:
    """The tree as indented lines, cut off after some."""
    found: list[str] = []

    def tell(part: Tree, indent: str, lead: str) -> None:
        if isinstance(part, Leaf):
            found.append(f"{indent}{lead} {answers[part.answer]}".rstrip())
            return
        if lead:
            found.append(indent + lead)
            indent += "  "
        tell(part.yes, indent, f"if {part.question}:")
        if isinstance(part.no, Leaf):
            tell(part.no, indent, "otherwise:")
        else:
            tell(part.no, indent, "")

    tell(tree, "  ", "")
    if len(found) > MOST_LINES:
        found[MOST_LINES:] = [f"  ... and {len(found) - MOST_LINES:,} more lines"]
    return "\n".join(found)
