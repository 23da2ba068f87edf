"""Branches: a function run on symbols, once along every path of answers to what it asks of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Generic, NoReturn, TypeVar

from ...games.environment import Environment
from ...games.errors import BadInput, nearest
from ...games.lottery import Lottery
from ...games.profile import Profile
from ..cases import Untraceable
from .replacements import checked_exact
from .standins import on_symbols, rebuilt
from .symbols import Real
from .truths import EXPLORER, NEGATED, Key, Q, Truth
from .watch import watched

BRANCH_LIMIT = 4096
DEPTH_LIMIT = 150  # trees are walked by functions that call themselves

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True)
class Fork(Generic[T]):
    """A decision: ``ways`` exclude each other, one of them holds, and each leads to a further tree.

    A way that contradicts what was decided before has no tree and is left out.
    """

    ways: tuple[Truth, ...]
    trees: tuple[Tree[T], ...]


@dataclass(frozen=True)
class Leaf(Generic[T]):
    """The end of a path: what the function returned, or the sentence with which it refused (a BadInput)."""

    value: T | None
    refusal: str = ""


Tree = Fork[T] | Leaf[T]
Trail = list[tuple[tuple[Truth, ...], int]]  # the decisions of a path, each with the way that was taken


def leaves(tree: Tree[T], when: tuple[Truth, ...] = ()) -> Iterator[tuple[tuple[Truth, ...], Leaf[T]]]:
    """All ends of a tree, each with what holds there."""
    if isinstance(tree, Leaf):
        yield when, tree
        return
    for way, each in zip(tree.ways, tree.trees, strict=True):
        yield from leaves(each, (*when, way))


def numbered(tree: Tree[Any]) -> Tree[int]:
    """The tree with the numbers of its ends, in the order of :func:`leaves`, in place of their values."""
    number = itertools.count()

    def each(tree: Tree[Any]) -> Tree[int]:
        return Leaf(next(number)) if isinstance(tree, Leaf) else Fork(tree.ways, tuple(map(each, tree.trees)))

    return each(tree)


class _Impossible(BaseException):
    """What was decided contradicts itself, so nobody ever takes this path."""


Interval = tuple[Any, bool, Any, bool, frozenset[Any]]  # low, open?, high, open?, holes
ANYTHING: Interval = (-math.inf, True, math.inf, True, frozenset())


def _possible(known: Interval, op: str, b: Q) -> bool:
    """Whether a number in the interval can be ``op b``."""
    low, low_open, high, high_open, holes = known
    if op == ">":
        return bool(high > b)
    if op == "<":
        return bool(low < b)
    if op == "!=":
        return not low == high == b
    if (op == ">=" and high > b) or (op == "<=" and low < b):
        return True
    return bool(low <= b <= high) and not (low == b and low_open) and not (high == b and high_open) and b not in holes


class Facts:
    """What is known on a path: for each linear form an interval, without some points."""

    def __init__(self, given: Iterable[Truth] = ()) -> None:
        self._known: dict[Key, Interval] = {}
        for truth in given:
            self.learn(truth)

    def copy(self) -> Facts:
        """The same, to learn more from here."""
        found = Facts()
        found._known = dict(self._known)
        return found

    def judge(self, truth: Truth) -> bool | None:
        """Whether it holds, None if both are possible."""
        answer: bool | None = True
        for part in truth.parts:
            known = self._known.get(part.key)
            if known is None:
                answer = None
                continue
            yes, no = _possible(known, part.op, part.bound), _possible(known, NEGATED[part.op], part.bound)
            if not yes:
                if not no:
                    raise _Impossible
                return False
            answer = None if no else answer
        return answer

    def learn(self, truth: Truth) -> None:
        """Take it as true."""
        for one in truth.parts:
            low, low_open, high, high_open, holes = self._known.get(one.key, ANYTHING)
            b, op = one.bound, one.op
            if op in (">", ">=", "==") and (b > low or (b == low and not low_open)):
                low, low_open = b, op == ">"
            if op in ("<", "<=", "==") and (b < high or (b == high and not high_open)):
                high, high_open = b, op == "<"
            if op == "!=":
                holes = holes | {b}
            self._known[one.key] = low, low_open, high, high_open, holes


class _Paths:
    """The explorer: it answers as its script says, and begins new forks with their first way."""

    def __init__(self, given: Iterable[Truth]) -> None:
        self.given = tuple(given)
        self.given_facts: Facts | None = None  # made when something is asked: most functions of utility ask nothing
        self.script: list[int] = []
        self.rounds = False
        self.ways: dict[Any, Any] = {}
        self.trail: Trail = []
        self.begin()

    def begin(self) -> None:
        """Go back to the first question."""
        self.before = self.trail[: len(self.script)]
        self.facts: Facts | None = None
        self.trail, self.reason = [], ""

    def decide(self, alternatives: Sequence[Truth]) -> int:
        if self.facts is None:
            self.given_facts = self.given_facts or Facts(self.given)
            self.facts = self.given_facts.copy()
        ways = [k for k, each in enumerate(alternatives) if self.facts.judge(each) is not False]
        if not ways:
            raise _Impossible
        taken = ways[0]
        if len(ways) > 1:
            at = len(self.trail)
            if at == DEPTH_LIMIT:
                self.refuse(f"it compares reports more than {DEPTH_LIMIT} times in a row")
            if at == len(self.script):
                self.script.append(0)
            taken = ways[self.script[at]]
            self.trail.append((tuple(alternatives[k] for k in ways), self.script[at]))
            if at < len(self.before) and not _same(self.before[at][0], self.trail[at][0]):
                self.refuse("it does not do the same twice")
        self.facts.learn(alternatives[taken])
        return taken

    def refuse(self, reason: str) -> NoReturn:
        self.reason = self.reason or reason
        raise Untraceable(reason)

    def next(self) -> bool:
        """Turn to the next path; False if there is none."""
        if len(self.trail) < len(self.script):
            raise Untraceable("it does not do the same twice")
        while self.script and self.script[-1] + 1 == len(self.trail[len(self.script) - 1][0]):
            self.script.pop()
        if self.script:
            self.script[-1] += 1
        return bool(self.script)


def explore(
    function: Callable[[], T], given: Iterable[Truth] = (), until: float = math.inf, limit: int = BRANCH_LIMIT
) -> tuple[Tree[T], bool]:
    """What a function returns on each path of answers, and whether Python's own numbers might round on the way.

    ``given`` is taken as true. Raises Untraceable where the function does what symbols cannot, has more than
    ``limit`` paths, takes longer than until ``time.monotonic()`` passes ``until``, or reaches code of the user's that
    is not :func:`~rulewright.mechanisms.symbolic.standins.rebuilt`.

    >>> from rulewright.mechanisms.symbolic.symbols import symbol
    >>> x, y = symbol("x"), symbol("y")
    >>> tree, _ = explore(rebuilt(lambda: "x" if x > y else "tie" if y == x else "y"))
    >>> for when, leaf in leaves(tree):
    ...     print(leaf.value, "when", *when)
    x when x - y > 0
    tie when x - y <= 0 x - y == 0
    y when x - y <= 0 x - y != 0
    """
    paths = _Paths(given)
    found: list[tuple[Trail, Leaf[T]]] = []
    token = EXPLORER.set(paths)
    try:
        while True:
            paths.begin()
            leaf = _walk(function, paths)
            if leaf is not None:
                found.append((paths.trail, leaf))
            if not paths.next():
                break
            if len(found) >= limit:
                raise Untraceable(f"it has more than {limit:,} branches")
            if monotonic() > until:
                raise Untraceable(f"the time ran out after {len(found):,} of its branches")
    finally:
        EXPLORER.reset(token)
    try:
        return _grown(found, 0), paths.rounds
    except RecursionError:
        raise Untraceable("its branches lie too deep for the call that asks for them") from None


def _walk(function: Callable[[], T], paths: _Paths) -> Leaf[T] | None:
    """One path to its end; None if nobody ever takes it."""
    leaf: Leaf[T] | None = None
    try:
        leaf = Leaf(watched(function))
    except _Impossible:
        pass
    except Untraceable as reason:
        paths.reason = paths.reason or str(reason)
    except (BadInput, ZeroDivisionError) as error:
        leaf = Leaf(None, str(error) or type(error).__name__)
    except (Exception, SystemExit) as error:
        paths.reason = paths.reason or f"it raises {type(error).__name__}: {error}"
    if paths.reason:
        raise Untraceable(paths.reason)
    return leaf


def _same(some: tuple[Truth, ...], others: tuple[Truth, ...]) -> bool:
    """Whether two decisions ask the same, as far as a quick look tells."""
    first = [[(part.key, part.op, part.bound) for part in ways[0].parts[:1]] for ways in (some, others)]
    return len(some) == len(others) and first[0] == first[1]


def _grown(found: list[tuple[Trail, Leaf[T]]], depth: int) -> Tree[T]:
    """The tree of paths that agree in their first ``depth`` decisions."""
    if not found:
        raise Untraceable("what is taken as given contradicts itself")
    trail, leaf = found[0]
    if len(trail) == depth:
        return leaf
    ways = trail[depth][0]
    by_way: dict[int, list[Any]] = {}
    for path in found:
        by_way.setdefault(path[0][depth][1], []).append(path)
    if len(by_way) == 1:
        (only,) = by_way.values()
        return _grown(only, depth + 1)
    return Fork(tuple(ways[k] for k in by_way), tuple(_grown(some, depth + 1) for some in by_way.values()))


# -- rules ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Branch:
    """What a rule does where all of ``when`` holds: an outcome and payments, in which symbols may stand."""

    when: tuple[Truth, ...]
    outcome: Any
    payments: Profile[Any]
    refusal: str = ""

    def __str__(self) -> str:
        paid = ", ".join(
            f"{player} pays {amount}" for player, amount in self.payments.items() if isinstance(amount, Real) or amount
        )
        told = f"refused: {self.refusal}" if self.refusal else f"{self.outcome}{', ' if paid else ''}{paid}"
        return f"{told}{' when ' if self.when else ''}{' and '.join(map(str, self.when))}"


@dataclass(frozen=True)
class Reading:
    """A rule read as a finite list of branches: exactly one of them holds at each profile.

    ``tree`` has the branches' numbers at its leaves. With ``rounds`` the rule does arithmetic in which Python's own
    ints and floats may round (a float, or ``a / b``), and the branches do it exactly.
    """

    branches: tuple[Branch, ...]
    tree: Tree[int]
    rounds: bool


def run(
    function: Callable[[Environment, Any], Any],
    env: Environment,
    reports: Mapping[str, Any],
    given: Iterable[Truth] = (),
    until: float = math.inf,
    limit: int = BRANCH_LIMIT,
) -> Reading:
    """Read a rule's function: what it does, branch by branch, at reports in which symbols stand.

    Rules are plain Python; they may add, subtract, compare, sort, take largest and smallest ones, and multiply and
    divide. Raises Untraceable with the reason where a rule does more. A path on which the rule raises BadInput is a
    branch with a ``refusal``.

    >>> import rulewright as rw
    >>> from rulewright.mechanisms.symbolic.symbols import symbol
    >>> env = rw.games.allocation({"ann": (1, 3), "bob": (2,)})
    >>> found = run(rw.mechanisms.second_price.function, env, {p: symbol(p) for p in env.players})
    >>> print(*found.branches, sep="\\n")
    ann, ann pays bob when ann is the first largest of ann, bob
    bob, bob pays ann when bob is the first largest of ann, bob
    """
    given = tuple(given)
    view, traced = on_symbols(env), rebuilt(function)
    profile = reports if isinstance(reports, Profile) else Profile(reports)
    tree, rounds = explore(lambda: _result(traced(view, profile), view), given, until, limit)
    nothing = (None, Profile(dict.fromkeys(env.players, 0)))
    try:
        ends = [_branch(when, leaf, nothing) for when, leaf in leaves(tree)]
        return Reading(tuple(ends), numbered(tree), rounds)
    except RecursionError:
        raise Untraceable("its branches lie too deep for the call that asks for them") from None


def _branch(when: tuple[Truth, ...], leaf: Leaf[Any], nothing: tuple[Any, Profile[Any]]) -> Branch:
    outcome, payments = leaf.value or nothing
    return Branch(when, outcome, payments, leaf.refusal)


def _result(found: Any, env: Environment) -> tuple[Any, Profile[Any]]:
    """The outcome and everybody's payments, checked as far as symbols can be."""
    paid: Mapping[str, Any] = {}
    if isinstance(found, tuple) and len(found) == 2 and isinstance(found[1], Mapping):
        found, paid = found
    for player in paid:
        if player not in env.types:
            raise BadInput(f'the rule charges "{player}"; {nearest(player, env.types)}')
    payments = Profile({player: _amount(paid.get(player, 0), player) for player in env.players})
    if env.transfers is None and any(isinstance(amount, Real) or amount for amount in payments.values()):
        raise BadInput(f'the rule charges payments, and "{env.name}" has no money; declare transfers=(low, high)')
    for outcome in found if isinstance(found, Lottery) else (found,):
        env.space.point(outcome)
    return found, payments


def _amount(value: Any, player: str) -> Any:
    return checked_exact(value, f'the payment of "{player}"')
