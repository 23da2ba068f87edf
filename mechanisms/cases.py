"""Cases: what a property is asked of, with variables in place of types so that one case stands for many."""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NoReturn

from ..games.environment import Environment
from ..games.numbers import Number
from ..games.profile import Profile


class Untraceable(Exception):
    """A property looked at the value of a variable, so it must be asked case by case."""


class Var:
    """Any type of a player: a variable. A second one of the same player carries a mark.

    Two variables are equal only if they are the same; every other question about the value of a variable raises
    Untraceable. A property sees its variables behind a :class:`Mask`, which answers no question at all.
    """

    __slots__ = ("mark", "player")

    def __init__(self, player: str, mark: str = "") -> None:
        self.player, self.mark = player, mark

    def __hash__(self) -> int:
        return hash((self.player, self.mark))

    def __eq__(self, other: object) -> bool:
        if type(other) is Var:
            return (self.player, self.mark) == (other.player, other.mark)
        self._refuse()

    def __reduce__(self) -> tuple[type[Var], tuple[str, str]]:
        return Var, (self.player, self.mark)

    def __repr__(self) -> str:
        return f"{self.player}{self.mark}"

    def _refuse(self, *_: object) -> NoReturn:
        raise Untraceable("it looks at the value of a type")

    __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __bool__ = __int__ = __float__ = __index__ = __len__ = __iter__ = __getitem__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __neg__ = __abs__ = __pow__ = __rpow__ = __contains__ = __call__ = _refuse


class Mask:
    """A variable as a property sees it: even to compare, hash or print it, or to ask for its class, raises Untraceable.

    So a property that branches on values cannot be traced wrongly. The one question that no object can refuse is
    whether it is (``is``) another; verify therefore tries every type of every variable once.
    """

    __slots__ = ("_var",)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:  # what isinstance asks
        self._refuse()

    def __init__(self, var: Var) -> None:
        self._var = var

    def _refuse(self, *_: object) -> NoReturn:
        raise Untraceable("it looks at the value of a type")

    __eq__ = __ne__ = __hash__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __str__ = __repr__ = __format__ = _refuse
    __bool__ = __int__ = __float__ = __index__ = __len__ = __iter__ = __getitem__ = __contains__ = __call__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __neg__ = __abs__ = __pow__ = __rpow__ = __mod__ = __rmod__ = __floordiv__ = __rfloordiv__ = _refuse
    __reduce__ = __reduce_ex__ = __copy__ = __deepcopy__ = _refuse


def is_var(thing: object) -> bool:
    """Whether ``thing`` is a variable, masked or not (asked without touching its value)."""
    return type(thing) is Var or type(thing) is Mask


def unmask(thing: Any) -> Any:
    """The variable behind a mask; anything else as it is."""
    return thing._var if type(thing) is Mask else thing


def unmasked(profile: Profile[Any]) -> Profile[Any]:
    """A profile with the variables behind its masks."""
    return Profile({player: unmask(entry) for player, entry in profile.items()})


@dataclass(frozen=True)
class Case:
    """One question to a property: the true ``types``, the ``reports``, and whom it is about.

    In a symbolic case entries are variables; ``distinct`` pairs must take different values.
    """

    types: Profile[Any]
    reports: Profile[Any] | None = None
    player: str = ""
    other: str = ""
    distinct: tuple[tuple[Var, Var], ...] = ()

    @property
    def variables(self) -> tuple[Var, ...]:
        """The variables of the case, each once, in order."""
        entries = itertools.chain(self.types.values(), self.reports.values() if self.reports else ())
        return tuple(dict.fromkeys(entry for entry in entries if is_var(entry)))

    def masked(self) -> Case:
        """The case as a property sees it: no variable answers a question."""

        def masks(profile: Profile[Any]) -> Profile[Any]:
            return Profile({player: Mask(entry) if is_var(entry) else entry for player, entry in profile.items()})

        return replace(self, types=masks(self.types), reports=None if self.reports is None else masks(self.reports))

    def at(self, values: Mapping[Var, Hashable]) -> Case:
        """The concrete case in which each variable has a value."""
        reports = None if self.reports is None else substitute(self.reports, values)
        return replace(self, types=substitute(self.types, values), reports=reports, distinct=())

    def count(self, env: Environment) -> int:
        """How many concrete cases there are."""
        bound = dict.fromkeys(v for pair in self.distinct for v in pair)
        free = math.prod(len(env.types[v.player]) for v in self.variables if v not in bound)
        if len(bound) == 2 * len(self.distinct):  # a pair shares no variable with another
            return free * math.prod(len(env.types[a.player]) * (len(env.types[b.player]) - 1) for a, b in self.distinct)
        return free * sum(1 for _ in Case(Profile({repr(v): v for v in bound}), distinct=self.distinct).concrete(env))

    def concrete(self, env: Environment) -> Iterator[Case]:
        """All concrete cases, the last variable changing fastest."""
        variables = self.variables
        for each in itertools.product(*(env.types[v.player] for v in variables)):
            values = dict(zip(variables, each, strict=True))
            if all(values[a] != values[b] for a, b in self.distinct):
                yield self.at(values)


def substitute(profile: Profile[Any], values: Mapping[Var, Hashable]) -> Profile[Any]:
    """The profile with each variable that has a value replaced by it."""
    return Profile({p: values[x] if is_var(x) and x in values else x for p, x in profile.items()})


def anyone(env: Environment) -> Profile[Any]:
    """A profile of variables: any types."""
    return Profile({player: Var(player) for player in env.players})


# -- what a property can quantify over ----------------------------------------------------------------------------


def profiles(env: Environment) -> Iterator[Case]:
    """Every profile of true types."""
    yield Case(types=anyone(env), reports=anyone(env))


def players(env: Environment) -> Iterator[Case]:
    """Every player at every profile of true types."""
    for player in env.players:
        yield Case(types=anyone(env), reports=anyone(env), player=player)


def pairs(env: Environment) -> Iterator[Case]:
    """Every ordered pair of players at every profile of true types."""
    for player, other in itertools.permutations(env.players, 2):
        yield Case(types=anyone(env), reports=anyone(env), player=player, other=other)


def misreports(env: Environment) -> Iterator[Case]:
    """Every player, every profile of true types, every other report of hers."""
    for player in env.players:
        truth, lie = anyone(env), Var(player, "'")
        yield Case(truth, truth | {player: lie}, player, distinct=((truth[player], lie),))


def interim_types(env: Environment) -> Iterator[Case]:
    """Every type of every player, who knows only her own."""
    for player in env.players:
        own = Profile({player: Var(player)})
        yield Case(own, own, player)


def interim_misreports(env: Environment) -> Iterator[Case]:
    """Every type of every player, who knows only her own, and every other report of hers."""
    for player in env.players:
        own, lie = Var(player), Var(player, "'")
        yield Case(Profile({player: own}), Profile({player: lie}), player, distinct=((own, lie),))


# -- what reports may be when not everything is known ---------------------------------------------------------------


@dataclass(frozen=True)
class Belief:
    """Reports drawn from the prior, given the type of one player (``given``) or of nobody."""

    reports: Profile[Any]
    bound: tuple[Var, ...]
    given: tuple[str, Any] | None

    def draws(self, env: Environment) -> Iterator[tuple[Number, dict[Var, Hashable]]]:
        """Each draw: its probability and the values of the bound variables (concrete ``given`` only)."""
        weights = env.joint if self.given is None else env.conditional(self.given[0])
        for each in itertools.product(*(env.types[v.player] for v in self.bound)):
            values = dict(zip(self.bound, each, strict=True))
            types = {v.player: t for v, t in values.items()}
            if self.given is not None:
                types[self.given[0]] = self.given[1]
            weight: Fraction = weights.reshape(-1)[env.place(types)]
            if weight:
                yield weight, values


def believed(env: Environment, case: Case) -> tuple[Belief, Belief]:
    """What the player of an interim case expects to be reported: when she is honest, and under her report."""
    player = case.player
    others = {other: Var(other, "~") for other in env.players if other != player}
    given = (player, case.types[player])
    assert case.reports is not None

    def belief(own: Any) -> Belief:
        entries = {other: own if other == player else others[other] for other in env.players}
        return Belief(Profile(entries), tuple(others.values()), given)

    return belief(case.types[player]), belief(case.reports[player])


def drawn(env: Environment) -> Belief:
    """All players report the truth and their types are drawn from the prior."""
    types = {player: Var(player, "~") for player in env.players}
    return Belief(Profile(types), tuple(types.values()), None)
