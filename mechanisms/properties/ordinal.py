"""Lotteries over ranked outcomes: comparisons by stochastic dominance (sd), which hold for all utilities at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import Number, exact, show
from ...games.outcomes import Finite
from ..cases import Case, misreports, pairs, players, profiles
from ..measures import among_best
from ..property import Finding, entry_text, examined, for_all, told
from ..rules.assignment import ranked_objects
from .symmetry import equals, happens


@dataclass(frozen=True)
class Ranked(Case):
    """A case about the probability of an outcome among the player's ``k`` best."""

    k: int = 1


def levels(env: Environment, player: str) -> int:
    """The largest number of levels of utility that a type of a player distinguishes; raises BadInput.

    >>> from rulewright.games.preferences import voting
    >>> levels(voting(("ann",), ("a", "b", "c")), "ann")
    3
    """
    if not isinstance(env.space, Finite):
        raise BadInput(f'stochastic dominance needs a finite list of outcomes, and "{env.name}" has none')
    if env.transfers is not None:
        raise BadInput(f'stochastic dominance compares outcomes without payments, and "{env.name}" has money')
    return max(len({exact(x) for x in row}) for row in env.utilities(player))


def _ranked(cases: Any) -> Any:
    """The cases, each once for every k but the last (everything is among the k best of k levels)."""

    def each(env: Environment) -> Iterator[Case]:
        for case in cases(env):
            given = {field.name: getattr(case, field.name) for field in fields(case)}
            for k in range(1, levels(env, case.player)):
                yield Ranked(**given, k=k)

    return each


def _best(env: Environment, case: Any) -> str:
    """The k best outcomes of the player in words."""
    ranking = case.types[case.player]
    if isinstance(ranking, tuple):
        return " or ".join(map(str, ranking[: case.k]))
    return f"one of her {case.k} best outcomes"


def _sd_lie(rule: Any, env: Environment, case: Any, has: Number, needs: Number) -> str:
    who = case.player
    others = case.types.without(who)
    setting = f" while the others report {told(others)}" if others else ""
    return (
        f"{who}, whose true ranking is {entry_text(case.types[who])}, gets {_best(env, case)} with probability "
        f"{show(needs)} instead of {show(has)} by reporting {entry_text(case.reports[who])}{setting}"
    )


@for_all(_ranked(misreports), "SD-SP", story=_sd_lie)
def sd_strategyproof(rule: Any, env: Environment, case: Any) -> tuple[Any, Any]:
    """The truth gives each player a lottery that stochastically dominates what any misreport gives her
    (Gibbard 1977; Bogomolnaia and Moulin 2001).

    For each k she gets one of her k best outcomes with at least the probability; so no utilities make a lie pay.

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import voting
    >>> from rulewright.mechanisms.rules.voting import random_dictatorship
    >>> rw.verify(random_dictatorship, voting(("ann", "bob"), ("a", "b", "c")), sd_strategyproof).status
    'proved'
    """
    best = among_best(env, case.player, case.types[case.player], case.k)
    return rule.expect(best, env, case.types), rule.expect(best, env, case.reports)


def _sd_envy(rule: Any, env: Environment, case: Any, has: Number, needs: Number) -> str:
    return (
        f"at {told(case.types)}, {case.player} gets {_best(env, case)} with probability {show(has)}, and "
        f"{case.other} with {show(needs)}"
    )


@for_all(_ranked(pairs), "SD-EF", story=_sd_envy)
def sd_envy_free(rule: Any, env: Environment, case: Any) -> tuple[Any, Any]:
    """What a player gets stochastically dominates, by her ranking, what any other gets (Bogomolnaia and Moulin 2001).

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import assignment
    >>> from rulewright.mechanisms.rules.assignment import probabilistic_serial, serial_dictatorship
    >>> env = assignment(("ann", "bob"), ("hut", "villa"))
    >>> rw.verify(probabilistic_serial, env, sd_envy_free).status
    'proved'
    >>> print(rw.verify(serial_dictatorship(), env, sd_envy_free).counterexample)
    at ann = (hut, villa), bob = (hut, villa), bob gets hut with probability 0, and ann with 1
    """
    own = case.types[case.player]
    mine = among_best(env, case.player, own, case.k)
    theirs = among_best(env, case.player, own, case.k, share_of=case.other)
    return rule.expect(mine, env, case.reports), rule.expect(theirs, env, case.reports)


def _sd_short(rule: Any, env: Environment, case: Any, has: Number, needs: Number) -> str:
    return (
        f"at {told(case.types)}, {case.player} gets {_best(env, case)} with probability {show(has)}, and an even "
        f"lottery over all would give {show(needs)}"
    )


def _evenly_ranked(env: Environment) -> Iterator[Case]:
    """Every player at every profile; raises BadInput where an even lottery would favour some rank."""
    for player in env.players:
        sizes = [set(Counter(map(exact, row)).values()) for row in env.utilities(player)]
        if any(len(each) > 1 or each != sizes[0] for each in sizes):
            raise BadInput(
                f'sd_proportional needs strict rankings, and "{player}" has a type with ties in "{env.name}"'
            )
    yield from players(env)


@for_all(_ranked(_evenly_ranked), "SD-PROP", story=_sd_short)
def sd_proportional(rule: Any, env: Environment, case: Any) -> tuple[Any, Any]:
    """What a player gets stochastically dominates an even lottery over all that she ranks (Bogomolnaia and Moulin
    2001).

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import assignment
    >>> from rulewright.mechanisms.rules.assignment import random_serial_dictatorship
    >>> env = assignment(("ann", "bob"), ("hut", "villa"))
    >>> rw.verify(random_serial_dictatorship, env, sd_proportional).status
    'proved'
    """
    best = among_best(env, case.player, case.types[case.player], case.k)
    return rule.expect(best, env, case.reports), Fraction(case.k, levels(env, case.player))


def _sd_unequal(rule: Any, env: Environment, case: Any, has: Number, needs: Number) -> str:
    return (
        f"at {told(case.types)}, {case.player} and {case.other} have the same ranking, but {case.player} gets "
        f"{_best(env, case)} with probability {show(has)} and {case.other} with {show(needs)}"
    )


@for_all(_ranked(equals), "SD-ETE", equal=True, story=_sd_unequal)
def sd_equal_treatment(rule: Any, env: Environment, case: Any) -> tuple[Any, Any]:
    """Players with the same ranking get each thing with the same probability (Bogomolnaia and Moulin 2001).

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import assignment
    >>> from rulewright.mechanisms.rules.assignment import random_serial_dictatorship
    >>> env = assignment(("ann", "bob"), ("hut", "villa"))
    >>> rw.verify(random_serial_dictatorship, env, sd_equal_treatment).status
    'proved'
    """
    one, other = (among_best(env, p, case.types[p], case.k) for p in (case.player, case.other))
    return rule.expect(one, env, case.reports), rule.expect(other, env, case.reports)


# -- the weak versions: no lottery is better for all utilities --------------------------------------------------------


def upper_probabilities(
    env: Environment, player: str, type: Any, outcome: Any, share_of: str | None = None
) -> list[Number]:
    """With which probability an outcome or lottery is among the k best levels of a type, for k = 1, 2, ...

    >>> from rulewright.games.preferences import voting
    >>> upper_probabilities(voting(("ann",), ("a", "b", "c")), "ann", ("b", "c", "a"), "c")
    [0, 1, 1]
    """
    levels(env, player)  # raises BadInput where outcomes are not listed
    rows = env.utilities(player)[env.position(player, type)]
    ladder = sorted({exact(x) for x in rows}, reverse=True)
    at = dict.fromkeys(ladder, exact(0))
    for k, p in env.space.point(outcome).items():
        if share_of is not None:
            (k,) = env.space.point(env.space.exchange(env.space.outcome({k: 1}), player, share_of))
        at[exact(rows[k])] += exact(p)
    found: list[Number] = []
    for level in ladder:
        found.append(exact(at[level]) + (exact(found[-1]) if found else 0))
    return found


def _dominated(one: list[Number], two: list[Number]) -> int | None:
    """The first k at which ``two`` is more, if it is nowhere less (else None)."""
    if any(a > b for a, b in zip(one, two, strict=True)):
        return None
    return next((k for k, (a, b) in enumerate(zip(one, two, strict=True)) if a < b), None)


@examined(misreports, "WEAK-SD-SP")
def weakly_sd_strategyproof(rule: Any, env: Environment, case: Case) -> Finding | None:
    """No misreport gives a player another lottery that stochastically dominates what the truth gives her
    (Bogomolnaia and Moulin 2001).

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import assignment
    >>> from rulewright.mechanisms.rules.assignment import probabilistic_serial
    >>> env = assignment(("ann", "bob"), ("hut", "villa"))
    >>> rw.verify(probabilistic_serial, env, weakly_sd_strategyproof).status
    'proved'
    """
    who = case.player
    own = case.types[who]
    truth, lie = (
        upper_probabilities(env, who, own, rule.result(env, reports)[0]) for reports in (case.types, case.reports)
    )
    k = _dominated(truth, lie)
    if k is None:
        return None
    ranked = Ranked(case.types, case.reports, who, k=k + 1)
    sentence = _sd_lie(rule, env, ranked, truth[k], lie[k]) + ", and is never worse off at any other rank"
    return Finding(case, truth[k], lie[k], sentence, (truth, lie))


@examined(pairs, "WEAK-SD-EF")
def weakly_sd_envy_free(rule: Any, env: Environment, case: Case) -> Finding | None:
    """Nobody gets another lottery that stochastically dominates, by a player's ranking, what she gets herself
    (Bogomolnaia and Moulin 2001).

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import assignment
    >>> from rulewright.mechanisms.rules.assignment import random_serial_dictatorship
    >>> env = assignment(("ann", "bob"), ("hut", "villa"))
    >>> rw.verify(random_serial_dictatorship, env, weakly_sd_envy_free).status
    'proved'
    """
    who = case.player
    own = case.types[who]
    outcome, _ = rule.result(env, case.reports)
    mine = upper_probabilities(env, who, own, outcome)
    theirs = upper_probabilities(env, who, own, outcome, share_of=case.other)
    k = _dominated(mine, theirs)
    if k is None:
        return None
    ranked = Ranked(case.types, case.reports, who, case.other, k=k + 1)
    sentence = _sd_envy(rule, env, ranked, mine[k], theirs[k]) + f", and at no other rank {who} is ahead"
    return Finding(case, mine[k], theirs[k], sentence, (mine, theirs))


# -- ordinal efficiency -----------------------------------------------------------------------------------------------


@examined(profiles, "OE")
def ordinally_efficient(rule: Any, env: Environment, case: Case) -> Finding | None:
    """No other random assignment is at least as good for all by stochastic dominance and better for one
    (Bogomolnaia and Moulin 2001).

    Decided by their Lemma 3: it fails exactly where agents can trade probabilities of objects along a cycle, each for
    one that she ranks higher. Outcomes must be Profiles agent -> object. Raises BadInput.

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import assignment
    >>> from rulewright.mechanisms.rules.assignment import probabilistic_serial
    >>> env = assignment(("ann", "bob"), ("hut", "villa"))
    >>> rw.verify(probabilistic_serial, env, ordinally_efficient).status
    'proved'
    >>> @rw.mechanism
    ... def coin(env, reports):
    ...     "A coin decides who gets what."
    ...     return rw.games.Lottery({x: Fraction(1, 2) for x in env.space.items})
    >>> print(rw.verify(coin, env, ordinally_efficient).counterexample)
    at ann = (hut, villa), bob = (villa, hut) all gain by trading probability 1/2: ann gives villa for hut, bob gives \
hut for villa
    """
    ranked_objects(env, case.types)
    outcome, _ = rule.result(env, case.reports)
    chance = happens(outcome)
    trades: dict[Any, dict[Any, str]] = {}  # what someone who has a chance of an object would rather have
    for (agent, x), p in chance.items():
        if p:
            ranking = case.types[agent]
            for better in ranking[: ranking.index(x)]:
                trades.setdefault(x, {}).setdefault(better, agent)
    cycle = _cycle(trades)
    if cycle is None:
        return None
    swaps = [(trades[x][y], x, y) for x, y in zip(cycle, cycle[1:] + cycle[:1], strict=True)]
    amount = min(exact(chance[agent, x]) for agent, x, _ in swaps)
    deals = ", ".join(f"{agent} gives {x} for {y}" for agent, x, y in swaps)
    sentence = f"at {told(case.types)} all gain by trading probability {show(amount)}: {deals}"
    return Finding(case, 0, amount, sentence, tuple(swaps))


def _cycle(edges: Mapping[Any, Mapping[Any, Any]]) -> list[Any] | None:
    """A shortest cycle of a directed graph, None if there is none.

    >>> _cycle({"a": {"b": 0}, "b": {"c": 0, "a": 0}})
    ['a', 'b']
    """
    best: list[Any] | None = None
    for start in edges:
        paths = [[start]]
        seen = {start}
        while paths and (best is None or len(paths[0]) < len(best)):
            longer = []
            for path in paths:
                for to in edges.get(path[-1], ()):
                    if to == start:
                        best = path if best is None or len(path) < len(best) else best
                    elif to not in seen:
                        seen.add(to)
                        longer.append([*path, to])
            paths = longer
    return best
