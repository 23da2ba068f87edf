"""Assignment: rules that give each agent one object, from rankings of the objects."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput, GameTooLarge, nearest
from ...games.lottery import Lottery
from ...games.outcomes import Finite
from ...games.profile import Profile
from ..decorated import first_paragraph
from ..rule import DirectMechanism, mechanism
from .birkhoff import birkhoff

Ranking = tuple[Any, ...]
Priorities = Mapping[Any, Sequence[str]]
ORDERS_LIMIT = 50_000


# -- serial dictatorships ---------------------------------------------------------------------------------------------


def serial_dictatorship(order: Sequence[str] | None = None) -> DirectMechanism:
    """The rule in which agents choose one after the other, in ``order`` (default: as declared) (Svensson 1999).

    >>> from rulewright.games.preferences import assignment
    >>> env = assignment(("ann", "bob"), ("hut", "villa"))
    >>> serial_dictatorship(("bob", "ann"))(env, {"ann": ("villa", "hut"), "bob": ("villa", "hut")})
    Profile(ann='hut', bob='villa')
    """
    given = None if order is None else tuple(order)
    name = "serial dictatorship" if given is None else f"serial dictatorship {', '.join(given)}"
    return DirectMechanism(partial(_serially, given), name, first_paragraph(_serially))


def _serially(order: tuple[str, ...] | None, env: Environment, reports: Profile[Any]) -> Any:
    """One agent after the other, in a fixed order, gets what she ranks first among what is left (Svensson 1999)."""
    ranked_objects(env, reports)
    got = _in_turn(env.players if order is None else _all_agents(env, order, "the order"), reports)
    return Profile({player: got[player] for player in env.players})


@mechanism
def random_serial_dictatorship(env: Environment, reports: Profile[Any]) -> Any:
    """Agents choose one after the other, in an order drawn at random, all orders with the same probability
    (Abdulkadiroğlu and Sönmez 1998).

    The lottery is exact: all n! orders. Raises GameTooLarge.

    >>> from rulewright.games.preferences import assignment
    >>> env = assignment(("ann", "bob"), ("hut", "villa"))
    >>> random_serial_dictatorship(env, {"ann": ("villa", "hut"), "bob": ("villa", "hut")})
    Lottery({Profile(ann='villa', bob='hut'): 1/2, Profile(ann='hut', bob='villa'): 1/2})
    """
    ranked_objects(env, reports)
    size = math.factorial(len(env.players))
    if size > ORDERS_LIMIT:
        raise GameTooLarge("orders of the agents", size, ORDERS_LIMIT, "declare fewer agents")
    chances = _by_random_order(tuple(reports[player] for player in env.players))
    return Lottery({Profile(dict(zip(env.players, each, strict=True))): p for each, p in chances})


@lru_cache(maxsize=4096)
def _by_random_order(rankings: tuple[Ranking, ...]) -> tuple[tuple[tuple[Any, ...], Fraction], ...]:
    """Each assignment (what agent k gets at place k) with its probability."""
    agents = range(len(rankings))
    count: Counter[tuple[Any, ...]] = Counter()
    for order in itertools.permutations(agents):
        got = _in_turn(order, rankings)
        count[tuple(got[k] for k in agents)] += 1
    return tuple((each, Fraction(c, count.total())) for each, c in count.items())


def _in_turn(order: Sequence[Any], rankings: Any) -> dict[Any, Any]:
    taken: dict[Any, Any] = {}
    left = set(rankings[order[0]])
    for agent in order:
        taken[agent] = next(x for x in rankings[agent] if x in left)
        left.remove(taken[agent])
    return taken


# -- eating -----------------------------------------------------------------------------------------------------------


@mechanism
def probabilistic_serial(env: Environment, reports: Profile[Any]) -> Any:
    """All agents eat at the same speed, each from the best object not yet eaten up; what she has eaten of an object
    is her probability of getting it (Bogomolnaia and Moulin 2001).

    The lottery is one over assignments with these probabilities (Birkhoff 1946), exact. There are several; which one
    is part of the rule, and only the probabilities of the objects have a meaning.

    >>> from rulewright.games.preferences import assignment
    >>> env = assignment(("ann", "bob"), ("hut", "villa"))
    >>> probabilistic_serial(env, {"ann": ("villa", "hut"), "bob": ("villa", "hut")})
    Lottery({Profile(ann='villa', bob='hut'): 1/2, Profile(ann='hut', bob='villa'): 1/2})
    """
    objects = ranked_objects(env, reports)
    parts = _decomposed(tuple(reports[player] for player in env.players), objects)
    return Lottery({Profile(dict(zip(env.players, each, strict=True))): p for each, p in parts})


def eaten(rankings: Sequence[Ranking]) -> list[dict[Any, Fraction]]:
    """What each agent eats of each object in the simultaneous eating algorithm, exactly (Bogomolnaia and Moulin 2001).

    >>> eaten((("a", "b"), ("a", "b")))
    [{'a': Fraction(1, 2), 'b': Fraction(1, 2)}, {'a': Fraction(1, 2), 'b': Fraction(1, 2)}]
    """
    left = dict.fromkeys(rankings[0], Fraction(1))
    shares: list[dict[Any, Fraction]] = [dict.fromkeys(rankings[0], Fraction(0)) for _ in rankings]
    now = Fraction(0)
    while now < 1:
        eats = [next(x for x in ranking if left[x]) for ranking in rankings]
        eaters = Counter(eats)
        step = min(1 - now, *(left[x] / n for x, n in eaters.items()))
        for share, x in zip(shares, eats, strict=True):
            share[x] += step
            left[x] -= step
        now += step
    return shares


@lru_cache(maxsize=4096)
def _decomposed(
    rankings: tuple[Ranking, ...], objects: tuple[Any, ...]
) -> tuple[tuple[tuple[Any, ...], Fraction], ...]:
    return tuple(birkhoff([[share[x] for x in objects] for share in eaten(rankings)], objects))


# -- trade ------------------------------------------------------------------------------------------------------------


def top_trading_cycles(endowment: Mapping[str, Any] | None = None) -> DirectMechanism:
    """The rule in which owners trade along cycles (Shapley and Scarf 1974, who credit Gale).

    ``endowment`` says who owns what (default: the agents in order own the objects in order). Each agent points to
    the owner of her best object; all on a cycle trade and leave; and again with the rest.

    >>> from rulewright.games.preferences import assignment
    >>> env = assignment(("ann", "bob"), ("hut", "villa"))
    >>> top_trading_cycles()(env, {"ann": ("villa", "hut"), "bob": ("hut", "villa")})
    Profile(ann='villa', bob='hut')
    """
    given = None if endowment is None else dict(endowment)
    return DirectMechanism(partial(_owners_trade, given), "top trading cycles", first_paragraph(_owners_trade))


def _owners_trade(endowment: Mapping[str, Any] | None, env: Environment, reports: Profile[Any]) -> Any:
    """Each agent points to the owner of her best object, all on a cycle trade and leave, and again with the rest
    (Shapley and Scarf 1974).
    """
    owns = owned(env, ranked_objects(env, reports), endowment)
    return _trade(env, reports, {x: (owner,) for owner, x in owns.items()})


def school_trading_cycles(priorities: Priorities) -> DirectMechanism:
    """Top trading cycles in which a school belongs to the first of its priorities who is left
    (Abdulkadiroğlu and Sönmez 2003).

    >>> from rulewright.games.preferences import assignment
    >>> env = assignment(("ann", "bob"), ("east", "west"))
    >>> rule = school_trading_cycles({"east": ("ann", "bob"), "west": ("ann", "bob")})
    >>> rule(env, {"ann": ("west", "east"), "bob": ("west", "east")})
    Profile(ann='west', bob='east')
    """
    return by_priorities(_schools_trade, "top trading cycles by priorities", priorities)


def _schools_trade(priorities: Priorities, env: Environment, reports: Profile[Any]) -> Any:
    """Each student points to her best school, each school to the first of its priorities; all on a cycle trade and
    leave, and again with the rest (Abdulkadiroğlu and Sönmez 2003).
    """
    return _trade(env, reports, checked_priorities(env, ranked_objects(env, reports), priorities))


def _trade(env: Environment, reports: Profile[Any], priorities: Mapping[Any, Sequence[str]]) -> Profile[Any]:
    """Trade along the cycles; an object belongs to the first of its priorities who is left."""
    got: dict[str, Any] = {}
    left = set(priorities)
    while len(got) < len(env.players):
        best = {a: next(x for x in reports[a] if x in left) for a in env.players if a not in got}
        points = {a: next(o for o in priorities[x] if o not in got) for a, x in best.items()}
        at, seen = next(iter(points)), set()
        while at not in seen:
            seen.add(at)
            at = points[at]
        start = at
        while True:
            got[at] = best[at]
            left.remove(best[at])
            at = points[at]
            if at == start:
                break
    return Profile({player: got[player] for player in env.players})


# -- school choice ----------------------------------------------------------------------------------------------------


def deferred_acceptance(priorities: Priorities) -> DirectMechanism:
    """Students propose, schools keep the best proposal until a better one comes (Gale and Shapley 1962).

    ``priorities`` gives each school (one seat each) the students in order, first the most welcome.

    >>> from rulewright.games.preferences import assignment
    >>> env = assignment(("ann", "bob"), ("east", "west"))
    >>> rule = deferred_acceptance({"east": ("ann", "bob"), "west": ("bob", "ann")})
    >>> rule(env, {"ann": ("west", "east"), "bob": ("west", "east")})
    Profile(ann='east', bob='west')
    """
    return by_priorities(_deferring, "deferred acceptance", priorities)


def _deferring(priorities: Priorities, env: Environment, reports: Profile[Any]) -> Any:
    """Students propose in the order of their rankings; a school keeps its best proposal so far
    (Gale and Shapley 1962).
    """
    got = propose(env.players, reports, checked_priorities(env, ranked_objects(env, reports), priorities))
    return Profile({student: got[student] for student in env.players})


def immediate_acceptance(priorities: Priorities) -> DirectMechanism:
    """The Boston rule: a school gives its seat for good to the best of those who first apply
    (Abdulkadiroğlu and Sönmez 2003).

    ``priorities`` as in :func:`deferred_acceptance`.

    >>> from rulewright.games.preferences import assignment
    >>> env = assignment(("ann", "bob"), ("east", "west"))
    >>> rule = immediate_acceptance({"east": ("ann", "bob"), "west": ("bob", "ann")})
    >>> rule(env, {"ann": ("west", "east"), "bob": ("east", "west")})
    Profile(ann='west', bob='east')
    """
    return by_priorities(_at_once, "immediate acceptance", priorities)


def _at_once(priorities: Priorities, env: Environment, reports: Profile[Any]) -> Any:
    """In round k students without a seat apply to their k-th choice, and a school with a free seat gives it for good
    to the applicant highest in its priorities (Abdulkadiroğlu and Sönmez 2003).
    """
    schools = ranked_objects(env, reports)
    order = checked_priorities(env, schools, priorities)
    got: dict[str, Any] = {}
    for k in range(len(schools)):
        without = [student for student in env.players if student not in got]
        for school in [x for x in schools if x not in got.values()]:
            applicants = [student for student in without if reports[student][k] == school]
            if applicants:
                got[min(applicants, key=order[school].index)] = school
    return Profile({student: got[student] for student in env.players})


@mechanism
def gale_shapley(env: Environment, reports: Profile[Any]) -> Any:
    """Those on the first side propose in the order of their rankings; those on the other keep their best proposal
    so far (Gale and Shapley 1962).

    Both sides report; the environment is one of :func:`rulewright.games.preferences.matching`.

    >>> from rulewright.games.preferences import matching
    >>> env = matching(("ann", "bob"), ("x", "y"))
    >>> both = {"ann": ("x", "y"), "bob": ("x", "y"), "x": ("bob", "ann"), "y": ("bob", "ann")}
    >>> gale_shapley(env, both)
    Profile(ann='y', bob='x', x='bob', y='ann')
    """
    first = env.space.items[0] if isinstance(env.space, Finite) else None
    if not isinstance(first, Profile) or set(first.values()) != set(env.players):
        raise BadInput(f'gale_shapley needs two sides who rank each other, and "{env.name}" has none')
    receivers = [p for p in env.players if p in reports[env.players[0]]]
    proposers = [p for p in env.players if p not in receivers]
    got = propose(proposers, reports, {r: reports[r] for r in receivers})
    return Profile({**{p: got[p] for p in proposers}, **{r: p for p, r in got.items()}})


def propose(
    proposers: Sequence[str], rankings: Mapping[str, Any], priorities: Mapping[Any, Sequence[str]]
) -> dict[str, Any]:
    """What each proposer gets when receivers keep their best proposal so far (Gale and Shapley 1962).

    >>> propose(("ann", "bob"), {"ann": "xy", "bob": "xy"}, {"x": ("bob", "ann"), "y": ("bob", "ann")})
    {'bob': 'x', 'ann': 'y'}
    """
    place = {x: {who: k for k, who in enumerate(order)} for x, order in priorities.items()}
    asked = dict.fromkeys(proposers, 0)
    holds: dict[Any, str] = {}
    free = list(reversed(proposers))
    while free:
        who = free.pop()
        x = rankings[who][asked[who]]
        asked[who] += 1
        rival = holds.get(x)
        if rival is None or place[x][who] < place[x][rival]:
            holds[x] = who
            who = rival  # type: ignore[assignment]
        if who is not None:
            free.append(who)
    return {who: x for x, who in holds.items()}


def by_priorities(rule: Any, name: str, priorities: Priorities) -> DirectMechanism:
    """The rule ``rule(priorities, env, reports)`` with its priorities fixed.

    >>> by_priorities(_deferring, "students propose", {"x": ("ann",)}).name
    'students propose'
    """
    fixed = {school: tuple(order) for school, order in priorities.items()}
    return DirectMechanism(partial(rule, fixed), name, first_paragraph(rule))


# -- what the rules are told ------------------------------------------------------------------------------------------


def ranked_objects(env: Environment, reports: Profile[Any]) -> tuple[Any, ...]:
    """The objects; raises BadInput unless each player gets one object and reports a ranking of them.

    >>> from rulewright.games.preferences import assignment
    >>> env = assignment(("ann", "bob"), ("hut", "villa"))
    >>> ranked_objects(env, Profile({"ann": ("villa", "hut"), "bob": ("villa", "hut")}))
    ('hut', 'villa')
    """
    first = env.space.items[0] if isinstance(env.space, Finite) else None
    if not isinstance(first, Profile) or set(first) != set(env.players) or set(first.values()) & set(env.players):
        raise BadInput(f'an assignment rule needs outcomes that give each player one object; "{env.name}" has others')
    objects = tuple(first[player] for player in env.players)
    for player in env.players:
        ranking = reports[player]
        if not isinstance(ranking, tuple) or len(ranking) != len(objects) or set(ranking) != set(objects):
            raise BadInput(f'"{player}" reports {ranking!r}; a report is a ranking of all objects of "{env.name}"')
    return objects


def _all_agents(env: Environment, names: tuple[str, ...], what: str) -> tuple[str, ...]:
    for name in names:
        if name not in env.types:
            raise BadInput(f'{what} names an agent "{name}"; {nearest(str(name), env.types)}')
    if len(names) != len(env.players) or len(set(names)) != len(names):
        raise BadInput(f"{what} is {', '.join(names)}; it must name each of {', '.join(env.players)} once")
    return names


def owned(env: Environment, objects: Sequence[Any], endowment: Mapping[str, Any] | None) -> dict[str, Any]:
    """Who owns what at the start: ``endowment``, checked, or the agents in order the objects in order.

    >>> from rulewright.games.preferences import assignment
    >>> owned(assignment(("ann", "bob"), ("hut", "villa")), ("hut", "villa"), None)
    {'ann': 'hut', 'bob': 'villa'}
    """
    if endowment is None:
        return dict(zip(env.players, objects, strict=True))
    _all_agents(env, tuple(endowment), "the endowment")
    for agent, x in endowment.items():
        if x not in objects:
            raise BadInput(f'the endowment of "{agent}" is "{x}"; {nearest(str(x), map(str, objects))}')
    if len(set(endowment.values())) != len(objects):
        raise BadInput("the endowment gives two agents the same object; give each her own")
    return dict(endowment)


def checked_priorities(
    env: Environment, objects: Sequence[Any], priorities: Mapping[Any, Sequence[str]]
) -> dict[Any, tuple[str, ...]]:
    """The priorities, one order of all agents an object; raises BadInput with the nearest name.

    >>> from rulewright.games.preferences import assignment
    >>> checked_priorities(assignment(("ann", "bob"), ("x", "y")), ("x", "y"), {"x": ("ann", "bob")})
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: the priorities of "y" are missing; give each school an order of the students
    """
    for school in priorities:
        if school not in objects:
            raise BadInput(f'the priorities name a school "{school}"; {nearest(str(school), map(str, objects))}')
    for school in objects:
        if school not in priorities:
            raise BadInput(f'the priorities of "{school}" are missing; give each school an order of the students')
    return {x: _all_agents(env, tuple(order), f'the priorities of "{x}"') for x, order in priorities.items()}
