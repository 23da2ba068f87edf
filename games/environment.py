"""An environment: what the designer cannot change (players, types, beliefs, outcomes, utilities)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from .errors import BadInput, GameTooLarge, guard_lengths, nearest
from .numbers import INT64_SAFE, Array, Number, array, exact, integers, number, probabilities, show
from .outcomes import Finite, Outcome, OutcomeSpace
from .profile import Profile
from .show import Shown

Type = Hashable
Utility = Callable[[str, Outcome, Type], Number]
PROFILE_LIMIT = 10_000_000
TYPE_LIMIT = 1_000_000  # of one player


@dataclass(frozen=True, eq=False, repr=False)
class Environment(Shown):
    """Players with private types, what may happen, and what each type of each player thinks of it.

    ``types`` maps each player to her possible types. ``outcomes`` is a sequence of outcomes, or an outcome space
    such as :class:`~rulewright.games.outcomes.Shares`. ``utility(player, outcome, type)`` is an int, Fraction or
    float. ``prior`` is None, ``{player: {type: probability}}`` (independent) or ``{Profile: probability}`` (joint).
    ``transfers`` is None, or ``(low, high)``: each player also pays an amount in that interval (None: no bound) and
    her utility is what she gets minus what she pays. With ``interdependent``, ``utility(player, outcome, types)`` is
    given the Profile of all players' types: what an outcome is worth to one depends on what others know (Milgrom and
    Weber 1982).

    >>> env = Environment("a loaf", types={"ann": (1, 2), "bob": (1, 2)}, outcomes=("ann", "bob"),
    ...                   utility=lambda player, winner, value: value if player == winner else 0)
    >>> env.n_profiles, env.utilities("ann").tolist()
    (4, [[1, 0], [2, 0]])
    >>> Environment("none", types={"ann": ()}, outcomes=("x",), utility=lambda *_: 0)
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: player "ann" has no types; give at least one
    """

    name: str
    types: Mapping[str, tuple[Type, ...]]
    outcomes: Any
    utility: Utility
    prior: Mapping[Any, Any] | None = None
    transfers: tuple[Number | None, Number | None] | None = None
    interdependent: bool = False

    def __post_init__(self) -> None:
        if not callable(self.utility):
            raise BadInput(f"utility is {self.utility!r}; it must be a function of (player, outcome, type)")
        pairs = _pairs(self.types)
        guard_types(self.name, [each for _, each in pairs])
        types = Profile({player: tuple(each) for player, each in pairs})
        if len(types) != len(pairs):
            twice = next(p for k, (p, _) in enumerate(pairs) if p in [q for q, _ in pairs[:k]])
            raise BadInput(f'player "{twice}" is named twice; name each player once')
        if not types:
            raise BadInput(f'the environment "{self.name}" has no players; name at least one')
        for player, each in types.items():
            if not each:
                raise BadInput(f'player "{player}" has no types; give at least one')
            try:
                twice_named = len(set(each)) != len(each)
            except TypeError as error:
                raise BadInput(f'a type of "{player}" cannot be told apart from others ({error}); use tuples') from None
            if twice_named:
                raise BadInput(f'player "{player}" has a type twice among {each}; name each once')
        object.__setattr__(self, "types", types)
        if isinstance(self.outcomes, Sequence) and not isinstance(self.outcomes, str):
            object.__setattr__(self, "outcomes", Finite(tuple(self.outcomes)))
        elif not hasattr(self.outcomes, "functional"):
            raise BadInput(f"outcomes is {self.outcomes!r}; it must be a sequence of outcomes or an outcome space")
        object.__setattr__(self, "transfers", _interval(self.transfers))
        object.__setattr__(self, "prior", _prior(self.prior, types))

    # -- who and what -------------------------------------------------------------------------------------------

    @cached_property
    def players(self) -> tuple[str, ...]:
        """The players, in the order in which they were declared."""
        return tuple(self.types)

    @property
    def space(self) -> OutcomeSpace:
        """The outcome space."""
        space: OutcomeSpace = self.outcomes
        return space

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """How many types each player has."""
        return tuple(map(len, self.types.values()))

    @property
    def n_profiles(self) -> int:
        """How many type profiles there are."""
        return math.prod(self.sizes)

    def profiles(self) -> Iterator[Profile[Type]]:
        """All type profiles; the last player's type changes fastest. Raises GameTooLarge."""
        self.guard()
        for each in itertools.product(*self.types.values()):
            yield Profile(dict(zip(self.types, each, strict=True)))

    def guard(self, limit: int = PROFILE_LIMIT) -> None:
        """Raise GameTooLarge if there are more than ``limit`` type profiles."""
        if self.n_profiles > limit:
            raise GameTooLarge(
                f'profiles of reports in "{self.name}"', self.n_profiles, limit, "declare fewer types or fewer players"
            )

    def player(self, name: str) -> str:
        """``name`` if it is a player; raises BadInput with the nearest name otherwise."""
        if name not in self.types:
            raise BadInput(f'no player "{name}" in "{self.name}"; {nearest(str(name), self.types)}')
        return name

    @cached_property
    def _positions(self) -> dict[str, dict[Type, int]]:
        return {player: {t: k for k, t in enumerate(each)} for player, each in self.types.items()}

    def position(self, player: str, type: Type) -> int:
        """The place of a type among the player's types; raises BadInput if it is none of hers."""
        try:
            return self._positions[self.player(player)][type]
        except (KeyError, TypeError):
            hint = nearest(str(type), map(str, self.types[player][:20]))
            raise BadInput(f'"{player}" has no type {type!r}; {hint}') from None

    def place(self, profile: Mapping[str, Type]) -> int:
        """The place of a type profile in ``profiles()``; raises BadInput for a missing player or unknown type."""
        if len(profile) != len(self.types) or any(player not in profile for player in self.types):
            missing = [p for p in self.types if p not in profile] or [p for p in profile if p not in self.types]
            raise BadInput(f'the profile {dict(profile)} and the players differ at "{missing[0]}"')
        at = 0
        for player, size in zip(self.types, self.sizes, strict=True):
            at = at * size + self.position(player, profile[player])
        return at

    # -- what it is worth ---------------------------------------------------------------------------------------

    def utilities(self, player: str, share_of: str | None = None) -> Array:
        """``u[type, coordinate]`` of a player, exact; with ``share_of`` as if she had that player's share.

        Raises BadInput where values are interdependent.
        """
        key = (self.player(player), share_of)
        if self.interdependent:
            raise BadInput(
                f'values in "{self.name}" are interdependent, and this needs private values, where what an outcome is '
                f"worth to a player depends on her own type alone"
            )
        if key not in self._utilities:
            self._utilities[key] = array(
                [
                    self.space.functional(lambda x, t=t: self.worth_of(player, x, t, share_of))  # type: ignore[misc]
                    for t in self.types[player]
                ],
                f'the utilities of "{player}"',
            )
        return self._utilities[key]

    def joint_utilities(self, player: str, share_of: str | None = None) -> Array:
        """``u[t_1, ..., t_n, coordinate]`` of a player where values are interdependent, exact. Raises GameTooLarge."""
        key = (self.player(player), share_of)
        if key not in self._utilities:
            self.guard(PROFILE_LIMIT // self.space.dimension)
            rows = [
                self.space.functional(lambda x, t=types: self.worth_of(player, x, t, share_of))  # type: ignore[misc]
                for types in self.profiles()
            ]
            found = array(rows, f'the utilities of "{player}"')
            self._utilities[key] = found.reshape(*self.sizes, self.space.dimension)
        return self._utilities[key]

    def upper_sets(self, player: str, k: int, share_of: str | None = None) -> Array:
        """``u[type, coordinate]``: 1 where the outcome is among the ``k`` best levels of the type's utility, else 0.

        For lotteries compared by stochastic dominance; raises BadInput unless the outcomes are a finite list.
        """
        if not isinstance(self.space, Finite):
            raise BadInput(f'"{self.name}" has no finite list of outcomes, so its outcomes have no ranks')
        if k < 1:
            raise BadInput(f"the number of best levels is {k}; it must be at least 1")
        if (player, k, share_of) in self._upper_sets:
            return self._upper_sets[player, k, share_of]
        rows = []
        for row in self.utilities(player, share_of):
            levels = sorted({exact(x) for x in row}, reverse=True)
            floor = levels[min(k, len(levels)) - 1]
            rows.append([int(exact(x) >= floor) for x in row])
        self._upper_sets[player, k, share_of] = np.array(rows, dtype=np.int64)
        return self._upper_sets[player, k, share_of]

    @cached_property
    def _upper_sets(self) -> dict[tuple[str, int, str | None], Array]:
        return {}

    @cached_property
    def _utilities(self) -> dict[tuple[str, str | None], Array]:
        return {}

    def worth_of(self, player: str, outcome: Outcome, type: Type, share_of: str | None = None) -> Number:
        """``utility``, checked to be a number; with ``share_of`` after exchanging shares with that player."""
        if share_of is not None and share_of != player:
            outcome = self.space.exchange(outcome, player, share_of)
        try:
            value = self.utility(player, outcome, type)
        except (KeyError, IndexError) as error:
            raise BadInput(
                f'the utility of "{player}" of type {type!r} for outcome {outcome!r} is not declared '
                f"({error.__class__.__name__}: {error}); give each type a utility for each outcome"
            ) from error
        return number(value, f'the utility of "{player}" of type {type!r} for {outcome!r}')

    def private(self, player: str) -> bool:
        """Whether what an outcome is worth to a player depends on her own type alone: declared, or found to be so."""
        self.player(player)
        if not self.interdependent:
            return True
        utilities = self.joint_utilities(player)
        others = tuple(k for k, p in enumerate(self.players) if p != self.player(player))
        first = utilities[tuple(slice(0, 1) if k in others else slice(None) for k in range(len(self.players)))]
        return bool((utilities == first).all())

    # -- beliefs ------------------------------------------------------------------------------------------------

    def probability(self, profile: Mapping[str, Type]) -> Number:
        """The prior probability of a type profile (uniform if no prior is declared)."""
        value: Number = self.joint.reshape(-1)[self.place(profile)]
        return number(value)

    @cached_property
    def joint(self) -> Array:
        """The prior as Fractions, ``joint[t_1, ..., t_n]``; uniform if none is declared."""
        self.guard()
        if self.prior is None:
            return np.full(self.sizes, Fraction(1, self.n_profiles), dtype=object)
        if isinstance(next(iter(self.prior)), Profile):
            out = np.full(self.n_profiles, Fraction(0), dtype=object)
            for profile, p in self.prior.items():
                out[self.place(profile)] = Fraction(exact(p))
            return out.reshape(self.sizes)
        out = np.ones((), dtype=object)
        for player, each in self.types.items():
            out = np.multiply.outer(out, np.array([Fraction(exact(self.prior[player][t])) for t in each], dtype=object))
        return np.asarray(out, dtype=object)

    @cached_property
    def independent(self) -> bool:
        """Whether the prior is one of independent types: declared, or found to be so (exactly)."""
        if self.prior is None or not isinstance(next(iter(self.prior)), Profile):
            return True
        axes = range(len(self.players))
        marginals = [self.joint.sum(axis=tuple(k for k in axes if k != i)) for i in axes] if len(axes) > 1 else []
        product = np.ones((), dtype=object)
        for each in marginals:
            product = np.multiply.outer(product, each)
        return not marginals or bool((product == self.joint).all())

    def conditional(self, player: str) -> Array:
        """``p[t_1, ..., t_n]``: the probability of the others' types given the player's own.

        Raises BadInput if the prior gives one of her types no mass.
        """
        if player in self._conditionals:
            return self._conditionals[player]
        axis = self.players.index(self.player(player))
        others = tuple(k for k in range(len(self.players)) if k != axis)
        mass = self.joint.sum(axis=others, keepdims=True) if others else self.joint
        for t, m in zip(self.types[player], np.ravel(mass), strict=True):
            if not m:
                raise BadInput(f'the prior gives type {t!r} of "{player}" probability 0; drop that type')
        self._conditionals[player] = np.asarray(self.joint / mass, dtype=object)
        return self._conditionals[player]

    def weights(self, player: str | None) -> tuple[Array, int]:
        """``conditional(player)``, or the prior itself for None, as integers and their scale."""
        if player not in self._weights:
            self._weights[player] = self._made_weights(player)
        return self._weights[player]

    def marginal(self, player: str) -> tuple[Array, int]:
        """The probabilities of a player's types as integers and their scale, where types are independent."""
        each = self.types[self.player(player)]
        if self.prior is None:
            return np.ones(len(each), dtype=np.int64), len(each)
        return integers(np.array([self.prior[player][t] for t in each], dtype=object))

    def _made_weights(self, player: str | None) -> tuple[Array, int]:
        axis = None if player is None else self.players.index(self.player(player))
        if self.prior is not None and isinstance(next(iter(self.prior)), Profile):
            return integers(self.joint if player is None else self.conditional(player))
        weights, scale = np.ones((), dtype=np.int64), 1
        for k, (name, size) in enumerate(zip(self.players, self.sizes, strict=True)):
            row, unit = self.marginal(name)
            if k == axis:
                if not row.all():
                    self.conditional(name)  # says which type has no mass
                row, unit = np.ones(size, dtype=np.int64), 1
            scale *= unit
            wide = scale >= INT64_SAFE
            weights = np.multiply.outer(weights.astype(object) if wide else weights, row)
        return np.asarray(weights), scale

    @cached_property
    def _weights(self) -> dict[str | None, tuple[Array, int]]:
        return {}

    @cached_property
    def _conditionals(self) -> dict[str, Array]:
        return {}

    def save(self, path: str | Path) -> None:
        """Write the environment to a ``.toml`` or ``.json`` file, from which :func:`load` reads it back.

        Utilities are written as tables. Raises BadInput for what a file cannot hold.
        """
        from .files import save

        save(self, path)

    def __str__(self) -> str:
        money = "" if self.transfers is None else f", money in {_show_interval(self.transfers)}"
        types = "; ".join(
            f"{p}: {', '.join(map(str, t[:6]))}{', …' if len(t) > 6 else ''}" for p, t in self.types.items()
        )
        return f"{self.name}: types {types}; {self.space.dimension} outcome coordinates{money}"


def _pairs(types: Any) -> list[tuple[str, Any]]:
    """Players and their types, as pairs; raises BadInput."""
    try:
        pairs = [(player, each) for player, each in (types.items() if isinstance(types, Mapping) else types)]
    except (TypeError, ValueError):
        raise BadInput(f"types is {types!r}; it must be {{player: (type, ...)}}") from None
    for player, each in pairs:
        if isinstance(each, str) or not isinstance(each, Iterable):
            raise BadInput(f'the types of "{player}" are {each!r}; give a tuple of types')
    return pairs


def guard_types(name: str, given: Iterable[object]) -> None:
    """Raise GameTooLarge for a player with more than a million types, before they are written out."""
    remedy = "declare fewer types or fewer players"
    guard_lengths(f'profiles of reports in "{name}"', given, TYPE_LIMIT, 10**400, remedy)


def _interval(
    transfers: tuple[Number | None, Number | None] | None,
) -> tuple[Number | None, Number | None] | None:
    if transfers is None:
        return None
    if not isinstance(transfers, Sequence) or len(transfers) != 2:
        raise BadInput(f"transfers is {transfers!r}; it must be None or (low, high), with None for no bound")
    low, high = (None if x is None else number(x, "a bound of transfers") for x in transfers)
    if low is not None and high is not None and low > high:
        raise BadInput(f"transfers is ({show(low)}, {show(high)}); low must not exceed high")
    return low, high


def _show_interval(bounds: tuple[Number | None, Number | None]) -> str:
    low, high = bounds
    return f"[{'-∞' if low is None else show(low)}, {'∞' if high is None else show(high)}]"


def _prior(prior: Mapping[Any, Any] | None, types: Profile[tuple[Type, ...]]) -> Mapping[Any, Any] | None:
    """A prior with its numbers checked; raises BadInput for an unknown name or a wrong sum."""
    if prior is None:
        return None
    if not isinstance(prior, Mapping) or not prior:
        raise BadInput("the prior must be None, {player: {type: probability}} or {Profile: probability}")
    if isinstance(next(iter(prior)), Profile):
        for profile in prior:
            whole = isinstance(profile, Profile) and set(profile) == set(types)
            if not whole or any(profile[p] not in types[p] for p in types):
                raise BadInput(f"the prior names the profile {profile!r}, which is none of the declared types")
        return dict(zip(prior, probabilities(prior.values(), "the prior"), strict=True))
    for player in prior:
        if isinstance(player, Profile) or not isinstance(prior[player], Mapping):
            raise BadInput(
                f"the prior has the entry {player!r}: {prior[player]!r}; it must be {{player: {{type: probability}}}} "
                f"or {{Profile: probability}}"
            )
        if player not in types:
            raise BadInput(f'the prior names a player "{player}"; {nearest(str(player), types)}')
    checked = {}
    for player, each in types.items():
        if player not in prior:
            raise BadInput(f'the prior has no entry for "{player}"; give {{type: probability}} for each player')
        for t in prior[player]:
            if t not in each:
                raise BadInput(f'the prior of "{player}" names a type {t!r}; {nearest(str(t), map(str, each))}')
        weights = probabilities(prior[player].values(), f'the prior of "{player}"')
        given = dict(zip(prior[player], weights, strict=True))
        checked[player] = {t: given.get(t, 0) for t in each}
    return checked
