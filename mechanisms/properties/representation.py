"""Representation: large groups of voters who agree are not passed over."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.lottery import Lottery
from ...games.numbers import exact, show
from ...games.outcomes import Finite
from ..cases import Case, profiles
from ..property import Finding, entry_text, examined, told
from ..rules.committees import Race, approvals, race
from .stability import possible

Ballots = list[frozenset[Any]]


def _elections(rule: Any, env: Environment, case: Case) -> Iterator[tuple[Race, Ballots, tuple[Any, ...]]]:
    """Who stands, the ballots, and each committee that the rule may elect (ex post)."""
    stands, ballots = race(env), approvals(env, case.types)
    for outcome in possible(rule, env, case):
        yield stands, ballots, outcome if isinstance(outcome, tuple) else (outcome,)


def _passed_over(case: Case, env: Environment, members: Any, group: list[int], common: Any, has: int) -> Finding:
    names = ", ".join(env.players[i] for i in group)
    sentence = (
        f"at {told(case.types)} {entry_text(members)} may be elected, but {names}, who all approve of "
        f"{', '.join(map(str, common))}, are enough for {len(common)} of the {len(members)} seats and have {has}"
    )
    return Finding(case, has, len(common), sentence, (tuple(group), tuple(common)))


def _entitled(stands: Race, ballots: Ballots, group: list[int], seats: int) -> bool:
    """Whether a group is large enough for so many seats."""
    return len(group) * stands.seats >= seats * len(ballots)


@examined(profiles, "JR")
def justified_representation(rule: Any, env: Environment, case: Case) -> Finding | None:
    """Of n/k voters who approve of a candidate in common, where k is the number of seats, at least one has a member
    she approves of (Aziz et al. 2017).

    Lotteries count outcome by outcome. Raises BadInput.

    >>> import rulewright as rw
    >>> from rulewright.games.approval import committees
    >>> from rulewright.mechanisms import approval_voting, proportional_approval
    >>> env = committees(("ann", "bob", "cem", "dan"), ("a", "b", "c"), 2, [("a", "b"), ("c",)])
    >>> rw.verify(proportional_approval, env, justified_representation).status
    'proved'
    >>> print(rw.verify(approval_voting, env, justified_representation).counterexample)
    at ann = (a, b), bob = (a, b), cem = (c), dan = (c) (a, b) may be elected, but cem, dan, who all approve of c, are \
enough for 1 of the 2 seats and have 0
    """
    for stands, ballots, members in _elections(rule, env, case):
        for x in stands.candidates:
            group = [i for i, ballot in enumerate(ballots) if x in ballot and not ballot.intersection(members)]
            if group and _entitled(stands, ballots, group, 1):
                return _passed_over(case, env, members, group, (x,), 0)
    return None


@examined(profiles, "PJR")
def proportional_justified_representation(rule: Any, env: Environment, case: Case) -> Finding | None:
    """Of l n/k voters who approve of l candidates in common, at least l members have the approval of one of them
    (Sánchez-Fernández et al. 2017).

    Here k is the number of seats and l any number. Lotteries count outcome by outcome. Raises BadInput.

    >>> import rulewright as rw
    >>> from rulewright.games.approval import committees
    >>> from rulewright.mechanisms import chamberlin_courant
    >>> voters = tuple("uvwxyz")
    >>> ballots = {v: [tuple(b)] for v, b in zip(voters, ["ab"] * 4 + ["c", "d"])}
    >>> env = committees(voters, ("a", "b", "c", "d"), 3, ballots)
    >>> rw.verify(chamberlin_courant, env, proportional_justified_representation).counterexample.has
    1
    """
    for stands, ballots, members in _elections(rule, env, case):
        for size in range(1, stands.seats + 1):
            for common in itertools.combinations(stands.candidates, size):
                fans = [i for i, ballot in enumerate(ballots) if ballot.issuperset(common)]
                if not fans or not _entitled(stands, ballots, fans, size):
                    continue
                for few in itertools.combinations(members, size - 1):
                    group = [i for i in fans if ballots[i].intersection(members) <= {*few}]
                    if group and _entitled(stands, ballots, group, size):
                        has = len({x for i in group for x in ballots[i].intersection(members)})
                        return _passed_over(case, env, members, group, common, has)
    return None


@examined(profiles, "EJR")
def extended_justified_representation(rule: Any, env: Environment, case: Case) -> Finding | None:
    """Of l n/k voters who approve of l candidates in common, at least one approves of l members (Aziz et al. 2017).

    Here k is the number of seats and l any number. Lotteries count outcome by outcome. Raises BadInput.

    >>> import rulewright as rw
    >>> from rulewright.games.approval import committees
    >>> from rulewright.mechanisms import proportional_approval
    >>> env = committees(("ann", "bob", "cem"), ("a", "b", "c"), 2)
    >>> rw.verify(proportional_approval, env, extended_justified_representation).status
    'proved'
    """
    for stands, ballots, members in _elections(rule, env, case):
        for size in range(1, stands.seats + 1):
            short = [i for i, ballot in enumerate(ballots) if len(ballot.intersection(members)) < size]
            if not short or not _entitled(stands, ballots, short, size):
                continue
            for common in itertools.combinations(stands.candidates, size):
                group = [i for i in short if ballots[i].issuperset(common)]
                if group and _entitled(stands, ballots, group, size):
                    has = max(len(ballots[i].intersection(members)) for i in group)
                    return _passed_over(case, env, members, group, common, has)
    return None


@examined(profiles, "COMMITTEE-CORE")
def committee_core(rule: Any, env: Environment, case: Case) -> Finding | None:
    """No group that is large enough for so many seats has so many candidates of whom each in the group approves of
    more than of members (Aziz et al. 2017).

    A group of a voters is large enough for s of the k seats if a/n >= s/k. Lotteries count outcome by outcome.
    Raises BadInput.

    >>> import rulewright as rw
    >>> from rulewright.games.approval import committees
    >>> from rulewright.mechanisms import proportional_approval
    >>> env = committees(("ann", "bob", "cem"), ("a", "b", "c"), 2)
    >>> rw.verify(proportional_approval, env, committee_core).status
    'proved'
    """
    for stands, ballots, members in _elections(rule, env, case):
        had = [len(ballot.intersection(members)) for ballot in ballots]
        for size in range(1, stands.seats + 1):
            for others in itertools.combinations(stands.candidates, size):
                group = [i for i, ballot in enumerate(ballots) if len(ballot.intersection(others)) > had[i]]
                if group and _entitled(stands, ballots, group, size):
                    who = group[0]
                    gets = len(ballots[who].intersection(others))
                    names = ", ".join(env.players[i] for i in group)
                    sentence = (
                        f"at {told(case.types)} {entry_text(members)} may be elected, but {names} are enough for "
                        f"{size} of the {stands.seats} seats, and each approves of more in {entry_text(others)}: "
                        f"{env.players[who]} of {gets} instead of {had[who]}"
                    )
                    return Finding(case, had[who], gets, sentence, (tuple(group), others))
    return None


@examined(profiles, "COMMITTEE-MONOTONE")
def committee_monotone(rule: Any, env: Environment, case: Case) -> Finding | None:
    """Whoever is elected is elected also when there is one seat more (Elkind et al. 2017).

    Asked of one seat less: the members then are members now. Needs a rule that leaves nothing to chance. Raises
    BadInput.

    >>> import rulewright as rw
    >>> from rulewright.games.approval import committees
    >>> from rulewright.mechanisms import sequential_phragmen
    >>> env = committees(("ann", "bob", "cem"), ("a", "b", "c"), 2)
    >>> rw.verify(sequential_phragmen, env, committee_monotone).status
    'proved'
    """
    stands = race(env)
    if stands.seats == 1:
        raise BadInput(f'committee_monotone compares with one seat less, and "{env.name}" has one seat')
    items = tuple(itertools.combinations(stands.candidates, stands.seats - 1))
    fewer = Environment(env.name, env.types, Finite(items), env.utility)
    (before, _), (after, _) = (rule.result(each, case.types) for each in (fewer, env))
    if isinstance(before, Lottery) or isinstance(after, Lottery):
        raise BadInput(f"committee_monotone is about rules without chance, and {rule.name} draws lots")
    lost = [x for x in before if x not in after]
    if not lost:
        return None
    sentence = (
        f"at {told(case.types)} {entry_text(before)} is elected for {stands.seats - 1} seats, and {entry_text(after)} "
        f"for {stands.seats}, without {lost[0]}"
    )
    return Finding(case, 0, 1, sentence, lost[0])


# -- shares -----------------------------------------------------------------------------------------------------------


@examined(profiles, "GROUP-FAIR-SHARE")
def group_fair_share(rule: Any, env: Environment, case: Case) -> Finding | None:
    """Every group of a of the n voters gets at least a/n for the candidates of whom one of them approves (Bogomolnaia,
    Moulin and Stong 2005).

    >>> import rulewright as rw
    >>> from rulewright.games.approval import approval
    >>> from rulewright.mechanisms import conditional_utilitarian, utilitarian_mixing
    >>> env = approval(("ann", "bob", "cem"), ("a", "b"))
    >>> rw.verify(conditional_utilitarian, env, group_fair_share).status
    'proved'
    >>> print(rw.verify(utilitarian_mixing, env, group_fair_share).counterexample)
    at ann = (a), bob = (a), cem = (b) the candidates of cem get 0, less than 1/3
    """
    ballots, shares = _shares(rule, env, case)
    for size in range(1, len(ballots) + 1):
        for group in itertools.combinations(range(len(ballots)), size):
            union = frozenset[Any]().union(*(ballots[i] for i in group))
            has, needs = sum(p for x, p in shares.items() if x in union), Fraction(size, len(ballots))
            if exact(has) < needs:
                names = ", ".join(env.players[i] for i in group)
                sentence = f"at {told(case.types)} the candidates of {names} get {show(has)}, less than {show(needs)}"
                return Finding(case, exact(has), needs, sentence, group)
    return None


@examined(profiles, "POSITIVE-SHARE")
def positive_share(rule: Any, env: Environment, case: Case) -> Finding | None:
    """For every voter, some candidate she approves of gets a share (Bogomolnaia, Moulin and Stong 2005).

    The shortfall is counted as 1: any share will do.

    >>> import rulewright as rw
    >>> from rulewright.games.approval import approval
    >>> from rulewright.mechanisms import conditional_utilitarian
    >>> rw.verify(conditional_utilitarian, approval(("ann", "bob"), ("a", "b")), positive_share).status
    'proved'
    """
    ballots, shares = _shares(rule, env, case)
    for player, ballot in zip(env.players, ballots, strict=True):
        if not any(p for x, p in shares.items() if x in ballot):
            return Finding(case, 0, 1, f"at {told(case.types)} nobody of whom {player} approves gets a share", player)
    return None


def _shares(rule: Any, env: Environment, case: Case) -> tuple[Ballots, dict[Any, Any]]:
    """The ballots and what each candidate gets; raises BadInput unless one candidate is chosen."""
    ballots = approvals(env, case.types)
    if race(env).seats != 1:
        raise BadInput(f'shares are of one seat, and "{env.name}" has {race(env).seats}')
    outcome, _ = rule.result(env, case.reports)
    return ballots, dict(outcome) if isinstance(outcome, Lottery) else {outcome: 1}
