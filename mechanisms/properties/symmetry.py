"""Symmetry: neither the names of the players nor those of the outcomes matter."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput, GameTooLarge
from ...games.lottery import Lottery
from ...games.numbers import Number, exact, show
from ...games.outcomes import Finite
from ...games.profile import Profile
from ..cases import Case, Var, anyone, misreports, profiles
from ..measures import Measure, as_measure, payment, worth
from ..property import Finding, entry_text, examined, for_all, told

RENAMINGS_LIMIT = 5_040


@dataclass(frozen=True)
class Exchange(Case):
    """A case in which two players exchange their reports; ``thing`` is what happens, ``owner`` to whom.

    ``mirror`` and ``mirrored_owner`` are what must then happen as often. Without a thing it is the owner's payment.
    """

    owner: str = ""
    thing: Any = None
    mirrored_owner: str = ""
    mirror: Any = None


def _exchanges(env: Environment) -> Iterator[Case]:
    """Every two players, and all that can happen."""
    space = _finite(env, "anonymous")
    everybody = anyone(env)
    for one, other in itertools.combinations(env.players, 2):
        if env.types[one] != env.types[other]:
            raise BadInput(
                f'"{one}" and "{other}" have different types in "{env.name}"; anonymity needs the same, in one order'
            )
        exchanged = everybody | {one: everybody[other], other: everybody[one]}
        partner = {one: other, other: one}
        private = all(isinstance(x, Mapping) for x in space.items)
        if private:
            for owner in env.players:
                for x in dict.fromkeys(outcome[owner] for outcome in space.items):  # type: ignore[index]
                    yield Exchange(everybody, exchanged, one, other, (), owner, x, partner.get(owner, owner), x)
        else:
            for x in space.items:
                mirror = x if space.swap is None else space.exchange(x, one, other)
                yield Exchange(everybody, exchanged, one, other, (), "", x, "", mirror)
        if env.transfers is not None:
            for owner in env.players:
                yield Exchange(everybody, exchanged, one, other, (), owner, None, partner.get(owner, owner), None)


def _favoured(rule: Any, env: Environment, case: Any, has: Number, needs: Number) -> str:
    if case.thing is None:
        return (
            f"at {told(case.types)}, if {case.player} and {case.other} exchange their reports, {case.mirrored_owner} "
            f"pays {show(needs)}, and {case.owner} paid {show(has)}"
        )
    thing = f"{case.owner} gets {case.thing}" if case.owner else f"{case.thing} is chosen"
    mirror = f"{case.mirrored_owner} gets {case.mirror}" if case.mirrored_owner else f"{case.mirror} is chosen"
    return (
        f"at {told(case.types)} {thing} with probability {show(has)}, but if {case.player} and {case.other} exchange "
        f"their reports {mirror} with probability {show(needs)}"
    )


@for_all(_exchanges, "ANON", equal=True, story=_favoured)
def anonymous(rule: Any, env: Environment, case: Any) -> tuple[Any, Any]:
    """If two players exchange their reports, they exchange what they get and pay, and nothing else changes (May 1952).

    Where outcomes give each player a share, what each gets counts, and for lotteries with which probability.

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import voting
    >>> from rulewright.mechanisms import dictatorship, plurality
    >>> env = voting(("ann", "bob"), ("a", "b"))
    >>> rw.verify(plurality, env, anonymous).status
    'proved'
    >>> print(rw.verify(dictatorship("ann"), env, anonymous).counterexample)
    at ann = (a, b), bob = (b, a) a is chosen with probability 1, but if ann and bob exchange their reports a is \
chosen with probability 0
    """
    if case.thing is None:
        before, after = payment(env, case.owner), payment(env, case.mirrored_owner)
    else:
        before, after = _gets(case.owner, case.thing), _gets(case.mirrored_owner, case.mirror)
    return rule.expect(before, env, case.types), rule.expect(after, env, case.reports)


def _gets(owner: str, thing: Any) -> Measure:
    """Whether a player gets a thing, or (no owner) whether it is the outcome."""
    found: Callable[[Any], Number] = lambda x: int((x[owner] if owner else x) == thing)  # noqa: E731
    return as_measure(found)


def equals(env: Environment) -> Iterator[Case]:
    """Every two players who have the same type, at every profile; raises BadInput if no two share a type.

    >>> env = Environment("same", {"ann": (1, 2), "bob": (1, 2)}, ("x",), lambda player, x, type: 0)
    >>> next(equals(env)).types
    Profile(ann=ann, bob=ann)
    """
    everybody = anyone(env)
    if not any(set(env.types[i]) & set(env.types[j]) for i, j in itertools.combinations(env.players, 2)):
        raise BadInput(f'no two players of "{env.name}" have a type in common, so equal treatment says nothing there')
    for one, other in itertools.combinations(env.players, 2):
        alike = env.types[one] == env.types[other]
        shared: list[Any] = [Var(one)] if alike else [t for t in env.types[one] if t in env.types[other]]
        for entry in shared:
            types = everybody | {one: entry, other: entry}
            yield Case(types, types, one, other)


def _unequal(rule: Any, env: Environment, case: Case, has: Number, needs: Number) -> str:
    return (
        f"at {told(case.types)}, {case.player} and {case.other} have the same type, but {case.player} gets {show(has)} "
        f"and {case.other} {show(needs)}"
    )


@for_all(equals, "ETE", equal=True, story=_unequal)
def equal_treatment(rule: Any, env: Environment, case: Case) -> tuple[Any, Any]:
    """Players of the same type end up with the same utility (Moulin 1988).

    For lotteries over rankings ask :data:`~rulewright.mechanisms.properties.ordinal.sd_equal_treatment`, a stronger
    property.

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import assignment
    >>> from rulewright.mechanisms.rules.assignment import serial_dictatorship
    >>> env = assignment(("ann", "bob"), ("hut", "villa"))
    >>> print(rw.verify(serial_dictatorship(), env, equal_treatment).counterexample)
    at ann = (hut, villa), bob = (hut, villa), ann and bob have the same type, but ann gets 1 and bob 0
    """
    one, other = (worth(env, player, case.types[player]) for player in (case.player, case.other))
    return rule.expect(one, env, case.reports), rule.expect(other, env, case.reports)


# -- renaming the outcomes --------------------------------------------------------------------------------------------


@examined(profiles, "NEUTRAL")
def neutral(rule: Any, env: Environment, case: Case) -> Finding | None:
    """If the candidates or objects are renamed in all reports, they are renamed in the outcome (May 1952).

    Types must be rankings; only renamings count after which all reports are still types. With lotteries, the
    probabilities of what each player gets must be renamed. Raises BadInput, GameTooLarge.

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import voting
    >>> from rulewright.mechanisms import dictatorship, plurality
    >>> env = voting(("ann", "bob"), ("a", "b"))
    >>> rw.verify(dictatorship("ann"), env, neutral).status
    'proved'
    >>> print(rw.verify(plurality, env, neutral).counterexample)
    at ann = (a, b), bob = (b, a) a is chosen with probability 1, but if a and b change names b is chosen with \
probability 0
    """
    _finite(env, "neutral")
    for renaming in _renamings(env):
        reports = Profile({player: _renamed(ranking, renaming) for player, ranking in case.types.items()})
        if any(ranking not in env.types[player] for player, ranking in reports.items()):
            continue
        before, after = (happens(rule.result(env, each)[0]) for each in (case.types, reports))
        for (owner, x), has in before.items():
            y = renaming.get(x, x)
            needs = after.get((owner, y), 0)
            if has != needs:
                what = [f"{owner} gets {z}" if owner else f"{z} is chosen" for z in (x, y)]
                names = " and ".join(map(str, (z for z in renaming if renaming[z] != z)))
                sentence = (
                    f"at {told(case.types)} {what[0]} with probability {show(has)}, but if {names} change names "
                    f"{what[1]} with probability {show(needs)}"
                )
                return Finding(case, has, needs, sentence, Profile({str(a): b for a, b in renaming.items()}))
    return None


def _renamings(env: Environment) -> Iterator[dict[Any, Any]]:
    """Renamings that lead to all others: the exchanges of two names if all rankings are types, else every one."""
    names: Any = env.types[env.players[0]][0]
    first: list[Any] = [types[0] for types in env.types.values()]
    things = {x for outcome in _finite(env, "neutral").items for _, x in happens(outcome)}
    if any(not isinstance(t, tuple) or set(t) != things for t in first):
        raise BadInput(f'neutrality is about rankings of candidates or objects; the types of "{env.name}" are none')
    if all(size == math.factorial(len(names)) for size in env.sizes):
        for a, b in itertools.combinations(names, 2):
            yield {a: b, b: a}
        return
    if math.factorial(len(names)) > RENAMINGS_LIMIT:
        size = math.factorial(len(names))
        raise GameTooLarge("renamings of the outcomes", size, RENAMINGS_LIMIT, "declare fewer outcomes")
    for order in itertools.islice(itertools.permutations(names), 1, None):
        yield dict(zip(names, order, strict=True))


def _renamed(ranking: Any, renaming: Mapping[Any, Any]) -> Any:
    return tuple(renaming.get(x, x) for x in ranking)


def happens(outcome: Any) -> dict[tuple[str, Any], Number]:
    """What happens with which probability: (player, what she gets), or ("", the outcome) if it is for all.

    >>> happens(Profile({"ann": "hut", "bob": "villa"}))
    {('ann', 'hut'): 1, ('bob', 'villa'): 1}
    """
    found: dict[tuple[str, Any], Number] = {}
    for x, p in outcome.items() if isinstance(outcome, Lottery) else [(outcome, 1)]:
        for event in x.items() if isinstance(x, Mapping) else [("", x)]:
            found[event] = exact(found.get(event, 0)) + exact(p)
    return found


# -- bossiness --------------------------------------------------------------------------------------------------------


@examined(misreports, "NONBOSSY")
def non_bossy(rule: Any, env: Environment, case: Case) -> Finding | None:
    """No player can change what others get without changing what she gets herself (Satterthwaite and Sonnenschein
    1981).

    Outcomes must be Profiles of what each player gets; with lotteries the probabilities count. Raises BadInput.

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import assignment
    >>> from rulewright.mechanisms.rules.assignment import serial_dictatorship
    >>> rw.verify(serial_dictatorship(), assignment(("ann", "bob"), ("hut", "villa")), non_bossy).status
    'proved'
    """
    (before, paid), (after, pays) = (rule.result(env, reports) for reports in (case.types, case.reports))
    for outcome in (before, after):
        x = next(iter(outcome)) if isinstance(outcome, Lottery) else outcome
        if not isinstance(x, Mapping):
            raise BadInput(f'non_bossy needs outcomes that say what each player gets, and "{env.name}" has {x!r}')
    one, two = happens(before), happens(after)
    changed = {owner for (owner, x) in {*one, *two} if one.get((owner, x), 0) != two.get((owner, x), 0)}
    changed |= {player for player in env.players if exact(paid[player]) != exact(pays[player])}
    if not changed or case.player in changed:
        return None
    assert case.reports is not None
    who = next(player for player in env.players if player in changed)
    had = " or ".join(str(x) for owner, x in one if owner == who)
    got = " or ".join(str(x) for owner, x in two if owner == who)
    sentence = (
        f"at {told(case.types)}, if {case.player} reports {entry_text(case.reports[case.player])} she gets what she "
        f"got, but {who} gets {got} instead of {had}"
    )
    different = next(((o, x) for (o, x) in one if o == who and one[o, x] != two.get((o, x), 0)), None)
    if different is None:
        return Finding(case, paid[who], pays[who], sentence, who)
    return Finding(case, two.get(different, 0), one[different], sentence, who)


def _finite(env: Environment, name: str) -> Finite:
    if not isinstance(env.space, Finite):
        raise BadInput(f'{name} needs a finite list of outcomes, and "{env.name}" has none')
    return env.space
