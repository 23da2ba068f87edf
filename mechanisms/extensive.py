"""Rules that are played move by move: a tree whose ends are outcomes with payments, and a plan for each type."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

from ..games.environment import Environment, Type
from ..games.errors import BadInput, GameTooLarge, nearest
from ..games.extensive import Chance, Decision, ExtensiveForm, Label, Node, Terminal
from ..games.lottery import Lottery
from ..games.numbers import Number, exact, number, plain, show
from ..games.outcomes import Finite, Outcome
from ..games.profile import Profile
from .decorated import first_paragraph
from .rule import DirectMechanism
from .rules.assignment import ranked_objects

Plan = Mapping[str, Mapping[Type, Label]]  # {information set: {type of the player who moves there: her move}}
Build = Callable[[Environment], tuple[Node, Plan]]

LIMIT = 200_000  # ends of a tree of reports, and decisions on a clock


@dataclass(frozen=True, eq=False, repr=False)
class ExtensiveMechanism(DirectMechanism):
    """A rule played move by move; as a direct mechanism, everybody follows the plan of the type she reports.

    ``build(env)`` returns the root of the tree and the plans, ``{information set: {type: move}}``. An end of play is
    a :class:`~rulewright.games.extensive.Terminal` whose ``outcome`` is one of the environment and whose ``payoffs``
    are what each player gets in money: minus what she pays. Usually made by :func:`extensive_mechanism`.

    >>> import rulewright as rw
    >>> print(ascending_clock.tree(rw.games.allocation({"ann": (1, 2), "bob": (1, 2)})))
    ascending clock: ann, bob
    bob at 2, with ann and bob in (bob)
      stay: ann at 2, with ann and bob in (ann)
        stay: ann (ann -2, bob 0)
        quit: bob (ann 0, bob -1)
      quit: ann (ann -1, bob 0)
    """

    build: Build | None = None

    def _function(self) -> Callable[..., Any]:
        return self.function if self.build is None else self.build

    def tree(self, env: Environment) -> ExtensiveForm:
        """The tree in an environment; raises BadInput if it does not fit, GameTooLarge above 10**6 nodes."""
        assert self.build is not None
        return _built(self.build, self.name, env)[0]

    def plan(self, env: Environment) -> Plan:
        """What each type does at each information set."""
        assert self.build is not None
        return _built(self.build, self.name, env)[1]


def extensive_mechanism(build: Build) -> ExtensiveMechanism:
    """Make a rule of ``def rule(env): return root, {information set: {type: move}}`` (Li 2017).

    The function's name and first sentence become the rule's.

    >>> import rulewright as rw
    >>> @extensive_mechanism
    ... def take_it_or_leave_it(env):
    ...     "The first player may buy at 2."
    ...     first, *_ = env.players
    ...     moves = {"buy": end(env, first, {first: 2}), "pass": end(env, "nobody")}
    ...     plan = {t: "buy" if t >= 2 else "pass" for t in env.types[first]}
    ...     return rw.games.Decision(first, "the offer", moves), {"the offer": plan}
    >>> take_it_or_leave_it(rw.games.allocation({"ann": (1, 3)}), {"ann": 3})
    ('ann', Profile(ann=2))
    """
    return _named(build, build.__name__.replace("_", " "), first_paragraph(build) if build.__doc__ else "")


def _named(build: Build, name: str, words: str) -> ExtensiveMechanism:
    return ExtensiveMechanism(partial(_follow, build, name), name, words, build=build)


def end(env: Environment, outcome: Outcome, payments: Mapping[str, Number] | None = None) -> Terminal:
    """The end of play with an outcome and payments (of those who are not named: 0).

    >>> import rulewright as rw
    >>> end(rw.games.allocation({"ann": (1, 3), "bob": (2,)}), "ann", {"ann": 2})
    <Terminal ann: ann -2, bob 0>
    """
    paid = payments or {}
    for player in paid:
        env.player(player)
    return Terminal({player: 0 - paid.get(player, 0) for player in env.players}, outcome)


# -- play -------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _built(build: Build, name: str, env: Environment) -> tuple[ExtensiveForm, Plan]:
    """The tree and the plans, checked: every type has a move at each information set, and no end draws lots."""
    root, plan = build(env)
    form = ExtensiveForm(name, env.players, root)
    for infoset, decision in form.infosets.items():
        for t in env.types[decision.player]:
            if infoset not in plan or t not in plan[infoset]:
                raise BadInput(f'no move is planned for {decision.player} of type {t!r} at "{infoset}"; give one')
            if plan[infoset][t] not in decision.moves:
                hint = nearest(str(plan[infoset][t]), map(str, decision.moves))
                raise BadInput(f'{decision.player} of type {t!r} plans {plan[infoset][t]!r} at "{infoset}"; {hint}')
    for node, _ in form.table:
        if isinstance(node, Terminal) and isinstance(node.outcome, Lottery):
            raise BadInput("an end of play has a lottery as its outcome; let a Chance node draw it")
    return form, plan


def _follow(build: Build, name: str, env: Environment, reports: Profile[Type]) -> tuple[Outcome, Profile[Number]]:
    """The outcome and the payments when everybody follows her plan; a lottery and what they expect to pay."""
    env.place(reports)
    form, plan = _built(build, name, env)
    drawn: dict[Outcome, Fraction] = {}
    paid = dict.fromkeys(env.players, Fraction(0))
    sure: Terminal | None = None
    waiting: list[tuple[Fraction, Node]] = [(Fraction(1), form.root)]
    while waiting:
        p, node = waiting.pop()
        if isinstance(node, Decision):
            waiting.append((p, node.moves[plan[node.infoset][reports[node.player]]]))
        elif isinstance(node, Chance):
            pairs = list(zip(node.weights(), (child for _, child in node.moves.values()), strict=True))
            waiting += [(p * weight, child) for weight, child in reversed(pairs) if weight]
        else:
            sure = node
            drawn[node.outcome] = drawn.get(node.outcome, Fraction(0)) + p
            for player, money in node.payoffs.items():
                paid[player] -= p * exact(money)
    assert sure is not None
    payments: Profile[Number] = Profile({player: plain(x) for player, x in paid.items()})
    return (sure.outcome if len(drawn) == 1 else Lottery(drawn)), payments


# -- rules ------------------------------------------------------------------------------------------------------------


@extensive_mechanism
def ascending_clock(env: Environment) -> tuple[Node, Plan]:
    """The price of one item rises until one player is left in, who gets it at the last price to which the others
    agreed (Cassady 1967).

    The clock starts at the lowest of all declared values, with everybody in, and goes through the others. At each
    price those still in are asked, from the last named to the first, whether they stay; the plan is to stay as long
    as the price is at most the value. Who are left after the highest price: the first named gets it, at that price.
    The outcomes and payments are those of the second-price auction for two or more players. Raises BadInput,
    GameTooLarge.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 3, 5), "bob": (2, 4)})
    >>> ascending_clock(env, {"ann": 5, "bob": 4})
    ('ann', Profile(ann=4, bob=0))
    """
    if not isinstance(env.space, Finite) or any(player not in env.space.items for player in env.players):
        raise BadInput(f'a clock needs one item, with outcomes named after the winner; "{env.name}" has others')
    values = {number(t, f'a value of "{p}"') for p, each in env.types.items() for t in each}
    prices: list[Any] = sorted(values)
    size = 2 ** len(env.players) * len(prices) * len(env.players)
    if size > LIMIT:
        raise GameTooLarge("decisions on the clock", size, LIMIT, "declare fewer players or values")
    plan: dict[str, dict[Type, Label]] = {}

    def ask(k: int, still: tuple[str, ...], waiting: tuple[str, ...], later: Mapping[tuple[str, ...], Node]) -> Node:
        """The rest of the round at price number k, when those ``waiting`` have not been asked yet."""
        if len(still) == 1:
            return end(env, still[0], {still[0]: prices[k - 1]})
        if not waiting:
            return later[still]
        player = waiting[-1]
        infoset = f"{player} at {show(prices[k])}, with {' and '.join(still)} in"
        plan[infoset] = {t: "stay" if t >= prices[k] else "quit" for t in env.types[player]}
        without = tuple(p for p in still if p != player)
        moves = {"stay": ask(k, still, waiting[:-1], later), "quit": ask(k, without, waiting[:-1], later)}
        return Decision(player, infoset, moves)

    some = [each for n in range(1, len(env.players) + 1) for each in itertools.combinations(env.players, n)]
    later: dict[tuple[str, ...], Node] = {each: end(env, each[0], {each[0]: prices[-1]}) for each in some}
    for k in reversed(range(1, len(prices))):
        later = {each: ask(k, each, each, later) for each in some}
    return later[env.players], plan


def in_turn(order: Sequence[str] | None = None) -> ExtensiveMechanism:
    """The rule in which agents take an object one after the other, each seeing what is left (Svensson 1999; Li 2017).

    The serial dictatorship as it is played, in ``order`` (default: as declared); the plan is to take the best that is
    left. Raises BadInput, GameTooLarge.

    >>> import rulewright as rw
    >>> env = rw.games.assignment(("ann", "bob"), ("hut", "villa"))
    >>> print(in_turn().tree(env))
    serial dictatorship, in turn: ann, bob
    ann chooses among hut, villa (ann)
      hut: Profile(ann='hut', bob='villa') (ann 0, bob 0)
      villa: Profile(ann='villa', bob='hut') (ann 0, bob 0)
    """
    given = None if order is None else tuple(order)
    name = "serial dictatorship, in turn" + ("" if given is None else f" {', '.join(given)}")
    return _named(partial(_choosing, given), name, first_paragraph(_choosing))


def _choosing(order: tuple[str, ...] | None, env: Environment) -> tuple[Node, Plan]:
    """Agents take an object one after the other, each seeing what is left (Svensson 1999; Li 2017)."""
    turns = env.players if order is None else order
    if sorted(turns) != sorted(env.players):
        raise BadInput(f"the order is {', '.join(turns)}; it must name each of {', '.join(env.players)} once")
    first = Profile({p: each[0] for p, each in env.types.items()})
    for player, each in env.types.items():
        for t in each:
            objects = ranked_objects(env, first | {player: t})
    if math.factorial(len(objects)) > LIMIT:
        raise GameTooLarge("ways to choose in turn", math.factorial(len(objects)), LIMIT, "declare fewer agents")
    plan: dict[str, dict[Type, Label]] = {}

    def choose(k: int, left: tuple[Any, ...], got: Mapping[str, Any]) -> Node:
        if len(left) == 1:
            both = {**got, turns[k]: left[0]}
            return end(env, Profile({player: both[player] for player in env.players}))
        infoset = f"{turns[k]} chooses among {', '.join(map(str, left))}"
        plan[infoset] = {t: next(x for x in t if x in left) for t in env.types[turns[k]]}  # type: ignore[attr-defined]
        rest = {x: tuple(y for y in left if y != x) for x in left}
        return Decision(turns[k], infoset, {x: choose(k + 1, rest[x], {**got, turns[k]: x}) for x in left})

    return choose(0, objects, {}), plan


def sealed_bid(rule: Any) -> ExtensiveMechanism:
    """Any direct mechanism, played at once: everybody reports without seeing the others' reports (Gibbard 1973).

    The plan is to report the truth; lots are drawn at the end. Raises GameTooLarge above 200,000 profiles of reports.

    >>> import rulewright as rw
    >>> sealed_bid(rw.mechanisms.second_price).name
    'second price by sealed bid'
    """
    if not hasattr(rule, "result"):
        raise BadInput(f"{rule!r} is no rule; make one with @rulewright.mechanism")
    return _named(partial(_sealed, rule), f"{rule.name} by sealed bid", rule.words)


def _sealed(rule: Any, env: Environment) -> tuple[Node, Plan]:
    env.guard(LIMIT)

    def report(k: int, said: tuple[Type, ...]) -> Node:
        if k == len(env.players):
            outcome, payments = rule.result(env, Profile(dict(zip(env.players, said, strict=True))))
            if isinstance(outcome, Lottery):
                return Chance({x: (p, end(env, x, payments)) for x, p in outcome.items()})
            return end(env, outcome, payments)
        player = env.players[k]
        return Decision(player, f"{player}'s report", {t: report(k + 1, (*said, t)) for t in env.types[player]})

    return report(0, ()), {f"{player}'s report": {t: t for t in each} for player, each in env.types.items()}
