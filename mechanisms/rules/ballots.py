"""Rules that look only at a sum over the voters, so that one call decides all elections with the same sum."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from time import monotonic
from typing import Any

import numpy as np

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.lottery import Lottery
from ...games.numbers import INT64_SAFE, Array, Number, integers
from ...games.outcomes import Finite
from ...games.profile import Profile
from ..decorated import first_paragraph
from ..rule import DirectMechanism
from ..table import OutOfTime, Table, pack

Counts = Callable[[Environment, str, Any], Sequence[Number]]
Tied = Callable[[Environment, Sequence[Number]], tuple[Any, ...]]
BLOCK = 2**21  # elections grouped at a time: no temporary array is larger than this times 8 bytes


@dataclass(frozen=True, eq=False, repr=False)
class CountingRule(DirectMechanism):
    """A direct mechanism that looks only at the sum over the players of what each report counts for.

    ``counts(env, player, report)`` is a vector; profiles with the same sum have the same outcome and payments, so the
    table calls ``function`` once a sum. None: only how often each report is sent counts (an anonymous rule whose
    outcome names nobody). Usually made by :func:`counting`, :func:`~rulewright.mechanisms.scoring_rule` or
    :func:`~rulewright.mechanisms.rules.tournaments.tournament`.
    """

    counts: Counts | None = None

    def table(self, env: Environment, until: float = math.inf) -> Table:
        """What the rule does at every profile; raises GameTooLarge, BadInput, OutOfTime."""
        env.guard()
        columns = _columns(env, self.counts)
        if columns is None:
            return super().table(env, until)
        kind, examples = _kinds(columns, env.n_profiles, until)
        size = np.bincount(kind, minlength=len(examples))
        points: list[dict[int, Number]] = []
        paid: list[list[Number]] = []
        for k, example in enumerate(examples):
            if monotonic() > until:
                raise OutOfTime(int(size[:k].sum()), env.n_profiles)
            reports = {p: each[t] for (p, each), t in zip(env.types.items(), example, strict=True)}
            outcome, payments = self.result(env, Profile(reports))
            points.append(env.space.point(outcome))
            paid.append(list(payments.values()))
        few = pack(points, None if env.transfers is None else paid)
        money = None if few.payments is None else few.payments[kind]
        return Table(few.coordinates[kind], few.weights[kind], few.scale, money, few.pay_scale)


@dataclass(frozen=True, eq=False, repr=False)
class VotingRule(CountingRule):
    """A voting rule: of the candidates ``tied(env, sum)``, never none, the one listed first wins."""

    tied: Tied | None = None
    made_of: Callable[..., Any] | None = None

    def _function(self) -> Callable[..., Any]:
        return self.made_of or self.function

    def winners(self, env: Environment, reports: Mapping[str, Any]) -> tuple[Any, ...]:
        """All who share the victory before the list breaks the tie, in the order of the list.

        >>> from rulewright.games.preferences import voting
        >>> from rulewright.mechanisms import plurality
        >>> plurality.winners(voting(("ann", "bob"), ("a", "b", "c")), {"ann": ("c", "a", "b"), "bob": ("b", "c", "a")})
        ('b', 'c')
        """
        assert self.counts is not None and self.tied is not None
        return _winners(self.counts, self.tied, env, reports)


def voting_rule(
    counts: Counts, tied: Tied, name: str, made_of: Callable[..., Any] | None = None, words: str = ""
) -> VotingRule:
    """The rule by which the first of ``tied(env, sum of counts)`` wins; ``made_of`` is what declares and documents it.

    >>> from rulewright.games.preferences import voting
    >>> rule = voting_rule(lambda env, voter, ballot: (1,), lambda env, total: env.space.items[-1:], "the last wins")
    >>> rule(voting(("ann", "bob"), ("a", "b")), {"ann": ("a", "b"), "bob": ("a", "b")})
    'b'
    """
    words = words or (first_paragraph(made_of) if made_of else "")
    return VotingRule(partial(_first, counts, tied), name, words, counts=counts, tied=tied, made_of=made_of)


def _winners(counts: Counts, tied: Tied, env: Environment, reports: Mapping[str, Any]) -> tuple[Any, ...]:
    each = [counts(env, player, reports[player]) for player in env.players]
    return tied(env, [sum(column) for column in zip(*each, strict=True)])


def _first(counts: Counts, tied: Tied, env: Environment, reports: Profile[Any]) -> Any:
    """The first in the list of those who share the victory."""
    return _winners(counts, tied, env, reports)[0]


def by_lot(rule: VotingRule) -> CountingRule:
    """The rule in which a lottery decides between those who share the victory, all with the same probability
    (Zwicker 2016).

    So it treats the candidates alike where ``rule`` favours those listed first.

    >>> from rulewright.games.preferences import voting
    >>> from rulewright.mechanisms import plurality
    >>> by_lot(plurality)(voting(("ann", "bob"), ("a", "b", "c")), {"ann": ("c", "a", "b"), "bob": ("b", "c", "a")})
    Lottery({'b': 1/2, 'c': 1/2})
    """
    if not isinstance(rule, VotingRule):
        raise BadInput(f"by_lot needs a rule that says who share the victory, such as borda or schulze; got {rule!r}")
    words = f"{first_paragraph(by_lot)} The rule: {rule.words}"
    return CountingRule(partial(_drawn, rule), f"{rule.name} by lot", words, counts=partial(_counted, rule))


def _counted(rule: VotingRule, env: Environment, player: str, ballot: Any) -> Sequence[Number]:
    assert rule.counts is not None
    return rule.counts(env, player, ballot)


def _drawn(rule: VotingRule, env: Environment, reports: Profile[Any]) -> Any:
    """One of those who share the victory, all with the same probability (Zwicker 2016)."""
    winners = rule.winners(env, reports)
    return winners[0] if len(winners) == 1 else Lottery(dict.fromkeys(winners, Fraction(1, len(winners))))


def counting(function: Callable[[Environment, Profile[Any]], Any]) -> CountingRule:
    """Make a direct mechanism, as :func:`~rulewright.mechanisms.mechanism`, of a rule that is anonymous: it looks only
    at how many send each report, and its outcome names nobody (May 1952).

    Its table calls the function once for all profiles in which the same reports are sent by others.

    >>> from rulewright.games.preferences import voting
    >>> @counting
    ... def first_ballot(env, reports):
    ...     "The best of the ballot that comes first in the alphabet."
    ...     return min(reports.values())[0]
    >>> len(first_ballot.table(voting(("ann", "bob"), ("a", "b"))).coordinates)
    4
    """
    return CountingRule(function, function.__name__.replace("_", " "), first_paragraph(function))


def summing(counts: Counts) -> Callable[[Callable[[Environment, Profile[Any]], Any]], CountingRule]:
    """As :func:`counting`, of a rule that looks only at the sum of ``counts(env, player, report)`` over the players.

    >>> from rulewright.games.preferences import voting
    >>> @summing(lambda env, voter, ballot: [ballot[0] == "a"])
    ... def unanimous(env, reports):
    ...     "Candidate a wins if all rank her first, else b."
    ...     return "a" if all(ballot[0] == "a" for ballot in reports.values()) else "b"
    >>> unanimous(voting(("ann", "bob"), ("a", "b")), {"ann": ("a", "b"), "bob": ("a", "b")})
    'a'
    """
    return lambda function: replace(counting(function), counts=counts)


# -- what ballots are -------------------------------------------------------------------------------------------------


def candidates_of(env: Environment) -> tuple[Any, ...]:
    """The candidates; raises BadInput unless the outcomes are a finite list.

    >>> from rulewright.games.preferences import voting
    >>> candidates_of(voting(("ann",), ("a", "b")))
    ('a', 'b')
    """
    if not isinstance(env.space, Finite):
        raise BadInput(f'a voting rule needs a finite list of candidates, and "{env.name}" has none')
    return env.space.items


def ranking(env: Environment, player: str, ballot: Any) -> tuple[Any, ...]:
    """The candidates; raises BadInput unless the ballot is a ranking of them.

    >>> from rulewright.games.preferences import voting
    >>> ranking(voting(("ann",), ("a", "b")), "ann", ("b", "a"))
    ('a', 'b')
    """
    candidates = candidates_of(env)
    if not isinstance(ballot, tuple) or len(ballot) != len(candidates) or set(ballot) != set(candidates):
        raise BadInput(f'"{player}" reports {ballot!r}; a voting rule needs rankings of the candidates of "{env.name}"')
    return candidates


def rankings(env: Environment, reports: Mapping[str, Any]) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
    """The candidates and the ballots; raises BadInput unless reports are rankings of the outcomes.

    >>> from rulewright.games.preferences import voting
    >>> rankings(voting(("ann",), ("a", "b")), {"ann": ("b", "a")})
    (('a', 'b'), [('b', 'a')])
    """
    for player in env.players:
        ranking(env, player, reports[player])
    return candidates_of(env), [reports[player] for player in env.players]


# -- elections with the same sum --------------------------------------------------------------------------------------


def _columns(env: Environment, counts: Counts | None) -> list[Array] | None:
    """For each player what her types count for, ``[type, column]``, integers from 0 on; None if they are too large."""
    if counts is None:
        every = {t: k for k, t in enumerate(dict.fromkeys(t for each in env.types.values() for t in each))}
        out = []
        for each in env.types.values():
            cast = np.zeros((len(each), len(every)), dtype=np.int64)
            cast[np.arange(len(each)), [every[t] for t in each]] = 1
            out.append(cast)
        return out
    given = [[counts(env, player, t) for t in each] for player, each in env.types.items()]
    raw = np.array([row for each in given for row in each], dtype=object).reshape(sum(env.sizes), -1)
    whole, _ = integers(raw)
    if whole.dtype == object:
        return None
    parts = np.split(whole, np.cumsum(env.sizes)[:-1])
    shifted = [part - part.min(axis=0) for part in parts]
    if any(sum(int(part[:, k].max()) for part in shifted) >= INT64_SAFE for k in range(whole.shape[1])):
        return None
    return shifted


def _kinds(columns: list[Array], total: int, until: float) -> tuple[Array, list[tuple[int, ...]]]:
    """The kind of every profile (those of a kind have the same sum), and for each kind the types of one profile.

    Voter by voter: the kinds of elections among the first i voters times the ballots of the next, grouped again. So
    what is grouped is far less than all profiles where many have the same sum.
    """
    kind = np.zeros(1, dtype=np.int64)
    sums, examples = np.zeros((1, columns[0].shape[1]), dtype=np.int64), np.zeros((1, 0), dtype=np.int64)
    for ballots in columns:
        parts, offset = [], 0
        new_sums, new_examples = [], []
        for rows in _blocks(len(sums), len(ballots)):
            if monotonic() > until:
                raise OutOfTime(0, total)
            first, group = _grouped(sums[rows], ballots)
            before, ballot = np.divmod(first, len(ballots))
            new_sums.append(sums[rows][before] + ballots[ballot])
            new_examples.append(np.hstack([examples[rows][before], ballot[:, None]]))
            parts.append(group + offset)
            offset += len(first)
        sums, examples = np.concatenate(new_sums), np.concatenate(new_examples)
        kind = np.concatenate(parts).reshape(-1, len(ballots))[kind].reshape(-1)
    return kind, [tuple(row) for row in examples.tolist()]


def _blocks(rows: int, width: int) -> Iterator[slice]:
    step = max(1, BLOCK // width)
    for start in range(0, rows, step):
        yield slice(start, start + step)


def _grouped(sums: Array, ballots: Array) -> tuple[Array, Array]:
    """Of all sums of a row of each: the first place of every different one, and for each place which one it is."""
    key = np.zeros(len(sums) * len(ballots), dtype=np.int64)
    size = 1  # every key is less
    for one, other in zip(sums.T, ballots.T, strict=True):
        width = int(one.max()) + int(other.max()) + 1
        if width == 1:
            continue
        if size > INT64_SAFE // width:
            values, key = np.unique(key, return_inverse=True)
            size = len(values)
        if size > INT64_SAFE // width:
            digits, digit = np.unique(np.add.outer(one, other).reshape(-1), return_inverse=True)
            key, size = key * len(digits) + digit, size * len(digits)
        else:
            key, size = key * width + np.add.outer(one, other).reshape(-1), size * width
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    return first, group
