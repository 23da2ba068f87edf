"""Measures: what is taken the expectation of, linear in the outcome and the payments."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from ..games.environment import Environment
from ..games.errors import BadInput
from ..games.numbers import Number, exact
from ..games.outcomes import Outcome
from ..games.profile import Profile
from .cases import Var, is_var, substitute, unmask, unmasked


@dataclass(frozen=True)
class UtilityOf:
    """The utility of a player of a type; with ``share_of``, for what another player gets.

    Where values are interdependent, ``type`` is the Profile of all players' types.
    """

    player: str
    type: Any
    share_of: str | None = None


@dataclass(frozen=True)
class RankOf:
    """1 if the outcome is among the ``k`` best levels of a player of a type, else 0; ``share_of`` as above."""

    player: str
    type: Any
    k: int
    share_of: str | None = None


@dataclass(frozen=True)
class PaymentOf:
    """What a player pays."""

    player: str


@dataclass(frozen=True)
class FunctionOf:
    """Any function of the outcome."""

    function: Callable[[Outcome], Number]


Part = UtilityOf | RankOf | PaymentOf | FunctionOf


@dataclass(frozen=True)
class Measure:
    """A sum of coefficient * part; measures add, subtract and multiply by numbers.

    >>> two = Measure(((1, PaymentOf("ann")),)) + Measure(((1, PaymentOf("bob")),))
    >>> len((2 * two).parts)
    2
    """

    parts: tuple[tuple[Number, Part], ...]

    def __add__(self, other: Measure) -> Measure:
        return Measure(self.parts + other.parts)

    def __sub__(self, other: Measure) -> Measure:
        return self + other * -1

    def __mul__(self, factor: Number) -> Measure:
        return Measure(tuple((exact(factor) * exact(c), part) for c, part in self.parts))

    __rmul__ = __mul__

    def at(self, values: Mapping[Var, Hashable]) -> Measure:
        """The measure with each variable that has a value replaced by it."""

        def put(part: Part) -> Part:
            if not variables_of(part):
                return part
            assert isinstance(part, UtilityOf | RankOf)
            if isinstance(part.type, Profile):
                return replace(part, type=substitute(part.type, values))
            return replace(part, type=values.get(part.type, part.type))

        return Measure(tuple((c, put(part)) for c, part in self.parts))

    def of(self, env: Environment, outcome: Outcome, payments: Profile[Number]) -> Number:
        """The value at one outcome with payments: exact, as floats are read as rationals."""
        total: int | Fraction = 0
        for coefficient, part in self.parts:
            if isinstance(part, PaymentOf):
                value: Number = payments[part.player]
            elif isinstance(part, UtilityOf):
                value = env.worth_of(part.player, outcome, part.type, part.share_of)
            elif isinstance(part, RankOf):
                rows = env.upper_sets(part.player, part.k, part.share_of)
                (k,) = env.space.point(outcome)
                value = int(rows[env.position(part.player, part.type), k])
            else:
                value = part.function(outcome)
            total += exact(coefficient) * exact(value, "a measure")
        return total


def unmasked_measure(measure: Measure) -> Measure:
    """The measure with the variables behind its masks."""
    return Measure(tuple((c, unmasked_part(part)) for c, part in measure.parts))


def unmasked_part(part: Part) -> Part:
    """The part with the variable behind its mask."""
    if not isinstance(part, UtilityOf | RankOf):
        return part
    whole = not is_var(part.type) and isinstance(part.type, Profile)
    return replace(part, type=unmasked(part.type) if whole else unmask(part.type))


def variables_of(part: Part) -> list[tuple[str, Any]]:
    """The variables in a part, each with the player whose type it stands for."""
    if not isinstance(part, UtilityOf | RankOf):
        return []
    whole = not is_var(part.type) and isinstance(part.type, Profile)
    entries = part.type.items() if whole else [(part.player, part.type)]
    return [(player, entry) for player, entry in entries if is_var(entry)]


def as_measure(f: Measure | Callable[[Outcome], Number]) -> Measure:
    """A plain function of the outcome as a measure."""
    return f if isinstance(f, Measure) else Measure(((1, FunctionOf(f)),))


def value(env: Environment, player: str, type: Any, share_of: str | None = None) -> Measure:
    """What the outcome is worth to a player of a type, before payments.

    ``type`` may be the Profile of all players' types, of which hers is taken; where values are interdependent it must
    be. Raises BadInput.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 3), "bob": (2,)})
    >>> rw.mechanisms.second_price.expect(value(env, "ann", 3), env, {"ann": 3, "bob": 2})
    3
    """
    everybody = _of_everybody(env, type)
    if env.interdependent and not everybody:
        raise BadInput(
            f'values in "{env.name}" are interdependent: what an outcome is worth to "{player}" depends on all types; '
            f"ask about properties that know them, such as ex_post_incentive_compatible"
        )
    if everybody and not env.interdependent and not _of_everybody(env, env.types[env.player(player)][0]):
        type = type[player]
    return Measure(((1, UtilityOf(env.player(player), type, None if share_of == player else share_of)),))


def _of_everybody(env: Environment, type: Any) -> bool:
    """Whether it is a Profile of all players' types (and not itself a type)."""
    return not is_var(type) and isinstance(type, Profile) and tuple(type) == env.players


def among_best(env: Environment, player: str, type: Any, k: int, share_of: str | None = None) -> Measure:
    """Whether the outcome is among the ``k`` best for a player of a type: its expectation is a probability.

    One lottery stochastically dominates another if this is at least as large for every k (Hadar and Russell 1969).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 3), "bob": (2,)}, transfers=None)
    >>> rw.mechanisms.equal_split.expect(among_best(env, "ann", 3, k=1), env, {"ann": 3, "bob": 2})
    Fraction(1, 2)
    """
    return Measure(((1, RankOf(env.player(player), type, k, None if share_of == player else share_of)),))


def payment(env: Environment, player: str) -> Measure:
    """What a player pays (0 where there is no money).

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 3), "bob": (2,)})
    >>> rw.mechanisms.second_price.expect(payment(env, "ann"), env, {"ann": 3, "bob": 2})
    2
    """
    return Measure(() if env.transfers is None else ((1, PaymentOf(env.player(player))),))


def worth(env: Environment, player: str, type: Any, share_of: str | None = None) -> Measure:
    """What a player of a type ends up with: the utility of the outcome minus her payment.

    With ``share_of``, what she would end up with in that player's place, paying that player's payment. ``type`` as in
    :func:`value`.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 3), "bob": (2,)})
    >>> rw.mechanisms.second_price.expect(worth(env, "ann", 3), env, {"ann": 3, "bob": 2})
    1
    """
    return value(env, player, type, share_of) - payment(env, share_of or player)
