"""Other elections: what a voting rule does when some voters stay at home, or some candidates do not stand."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput, GameTooLarge
from ...games.lottery import Lottery
from ...games.numbers import Number, exact
from ...games.outcomes import Finite
from ...games.preferences import ranked_below
from ...games.profile import Profile
from ..cases import Case, players, profiles
from ..property import Finding, entry_text, examined, told
from ..rules.ballots import candidates_of, rankings
from .ordinal import upper_probabilities
from .symmetry import happens

PARTING_LIMIT = 10_000


@lru_cache(maxsize=256)
def _among(env: Environment, players: tuple[str, ...]) -> Environment:
    """The election in which only these vote; raises BadInput where types are no ballots."""
    everybody = {x for item in candidates_of(env) for x in (item if isinstance(item, tuple) else (item,))}
    ballots = (t for types in env.types.values() for t in types)
    if env.transfers is not None or not all(isinstance(t, tuple) and everybody.issuperset(t) for t in ballots):
        raise BadInput(f'other electorates are asked of elections, and the types of "{env.name}" are no ballots')
    return Environment(env.name, {p: env.types[p] for p in players}, env.space, env.utility)


def _elects(rule: Any, env: Environment, types: Profile[Any], players: tuple[str, ...]) -> Any:
    """What the rule chooses when only these vote."""
    few = _among(env, players)
    try:
        return rule.result(few, Profile({p: types[p] for p in players}))[0]
    except GameTooLarge:
        raise
    except (BadInput, LookupError) as error:
        if len(players) == len(env.players):
            raise
        gone = ", ".join(p for p in env.players if p not in players)
        raise BadInput(f"{rule.name} cannot be asked what it chooses without {gone}: {error}") from error


@examined(players, "PARTICIPATION")
def participation(rule: Any, env: Environment, case: Case) -> Finding | None:
    """No voter would rather stay at home: what is chosen with her vote is for her at least as good as what the others
    choose without her (Moulin 1988).

    Lotteries are compared by stochastic dominance: for each k, one of her k best is chosen with at least the
    probability. Needs two voters. Raises BadInput.

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import voting
    >>> from rulewright.mechanisms import borda
    >>> rw.verify(borda, voting(("ann", "bob"), ("a", "b", "c")), participation).status
    'proved'
    """
    who, others = case.player, tuple(p for p in env.players if p != case.player)
    if not others:
        raise BadInput(f'nobody is left in "{env.name}" when {who} stays at home; declare another voter')
    own = case.types[who]
    voted, stayed = _elects(rule, env, case.types, env.players), _elects(rule, env, case.types, others)
    for has, needs in zip(*(upper_probabilities(env, who, own, x) for x in (voted, stayed)), strict=True):
        if exact(has) < exact(needs):
            sentence = (
                f"at {told(case.types)} {_named(voted)} is chosen, and {_named(stayed)} if {who}, whose ballot is "
                f"{entry_text(own)}, stays at home"
            )
            return Finding(case, has, needs, sentence, (voted, stayed))
    return None


def _named(outcome: Any) -> str:
    return str(outcome) if isinstance(outcome, Lottery) else entry_text(outcome)


@examined(profiles, "REINFORCEMENT")
def reinforcing(rule: Any, env: Environment, case: Case) -> Finding | None:
    """If two separate electorates choose the same, they choose it also together (Smith 1973; Young 1975).

    With lotteries: if both choose the same lottery. Of a rule that leaves ties open ask :data:`sets_reinforcing`.
    Raises BadInput, and GameTooLarge beyond 10,000 ways to part the voters.

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import voting
    >>> from rulewright.mechanisms import borda
    >>> rw.verify(borda, voting(("ann", "bob"), ("a", "b", "c")), reinforcing).status
    'proved'
    """
    for parts in _halves(env):
        one, two = (_elects(rule, env, case.types, part) for part in parts)
        if one == two:
            together = _elects(rule, env, case.types, env.players)
            if together != one:
                has, needs = _difference(together, one)
                sentence = (
                    f"at {told(case.types)} both {', '.join(parts[0])} and {', '.join(parts[1])} choose {_named(one)}, "
                    f"and all together {_named(together)}"
                )
                return Finding(case, has, needs, sentence, parts)
    return None


def _difference(outcome: Any, wanted: Any) -> tuple[Number, Number]:
    """What an outcome falls short of a wanted one: for some candidate the probability it has and should have."""
    one, two = ({x: p for (_, x), p in happens(each).items()} for each in (outcome, wanted))
    return next((one.get(x, 0), p) for x, p in two.items() if exact(one.get(x, 0)) < exact(p))


def _halves(env: Environment) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Every way to part the voters in two electorates."""
    first, *rest = env.players
    if not rest:
        raise BadInput(f'one voter cannot be parted into two electorates; declare another in "{env.name}"')
    if (partings := 2 ** len(rest) - 1) > PARTING_LIMIT:
        raise GameTooLarge("ways to part the voters", partings, PARTING_LIMIT, "declare fewer voters")
    for size in range(len(rest)):
        for company in itertools.combinations(rest, size):
            one = (first, *company)
            yield one, tuple(p for p in env.players if p not in one)


@examined(profiles, "SETS-REINFORCING")
def sets_reinforcing(rule: Any, env: Environment, case: Case) -> Finding | None:
    """If some candidates may win in each of two separate electorates, then exactly these may win when they vote
    together (Young 1975).

    For rules that leave ties open, such as ``by_lot(borda)``. Raises BadInput, and GameTooLarge beyond 10,000 ways to
    part the voters.

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import voting
    >>> from rulewright.mechanisms import borda, by_lot
    >>> rw.verify(by_lot(borda), voting(("ann", "bob"), ("a", "b", "c")), sets_reinforcing).status
    'proved'
    """
    for parts in _halves(env):
        one, two = (_possible(_elects(rule, env, case.types, part)) for part in parts)
        if one & two:
            together = _possible(_elects(rule, env, case.types, env.players))
            if together != one & two:
                x = next(x for x in candidates_of(env) if (x in together) != (x in one & two))
                has, needs = (0, 1) if x in one & two else (1, 0)
                may = "may win in each part, but not together" if needs else "may win together, but not in each part"
                sentence = (
                    f"at {told(case.types)}, parted into {', '.join(parts[0])} and {', '.join(parts[1])}, "
                    f"{entry_text(x)} {may}, though others may win in each"
                )
                return Finding(case, has, needs, sentence, parts)
    return None


def _possible(outcome: Any) -> frozenset[Any]:
    return frozenset(outcome) if isinstance(outcome, Lottery) else frozenset({outcome})


@examined(profiles, "IND-CLONES")
def independent_of_clones(rule: Any, env: Environment, case: Case) -> Finding | None:
    """If all rank some candidates side by side, then it changes nothing for the others, nor for these as a group, when
    all but one of these do not stand (Tideman 1987).

    Who may win counts, so ask it of a rule that leaves ties open, such as ``by_lot(schulze)``: a list that breaks ties
    puts clones in different places. Raises BadInput.

    >>> import rulewright as rw
    >>> from rulewright.games.preferences import voting
    >>> from rulewright.mechanisms import by_lot, plurality, schulze
    >>> env = voting(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> rw.verify(by_lot(schulze), env, independent_of_clones).status
    'proved'
    >>> print(rw.verify(by_lot(plurality), env, independent_of_clones).counterexample)
    at ann = (a, b, c), bob = (b, a, c), cem = (c, a, b) c may win, but not if b, a clone of a, does not stand
    """
    candidates, ballots = rankings(env, case.types)
    full = _possible(rule.result(env, case.reports)[0])
    for size in range(2, len(candidates)):
        for clones in itertools.combinations(candidates, size):
            if not all(_side_by_side(ballot, clones) for ballot in ballots):
                continue
            for kept in clones:
                gone = tuple(x for x in clones if x != kept)
                few = _possible(_without(rule, env, case.types, gone))
                for x in candidates:
                    if x in gone:
                        continue
                    may, might = (bool(full & {*clones}), x in few) if x == kept else (x in full, x in few)
                    if may != might:
                        which = f"{', '.join(map(str, gone))}, {'clones' if gone[1:] else 'a clone'} of {kept},"
                        stand = "do not stand" if gone[1:] else "does not stand"
                        who = f"{kept} or a clone" if x == kept else str(x)
                        change = "may win, but not" if may else "cannot win, but may"
                        sentence = f"at {told(case.types)} {who} {change} if {which} {stand}"
                        return Finding(case, int(may), int(might), sentence, (clones, kept))
    return None


def _side_by_side(ballot: tuple[Any, ...], clones: tuple[Any, ...]) -> bool:
    places = [ballot.index(x) for x in clones]
    return max(places) - min(places) == len(clones) - 1


def _without(rule: Any, env: Environment, types: Profile[Any], gone: tuple[Any, ...]) -> Any:
    """What the rule chooses when some candidates do not stand."""
    fewer = Profile({p: tuple(x for x in ballot if x not in gone) for p, ballot in types.items()})
    left = Finite(tuple(x for x in candidates_of(env) if x not in gone))
    return rule.result(Environment(env.name, {p: (t,) for p, t in fewer.items()}, left, ranked_below), fewer)[0]
