"""Anonymous rules: what a player gets depends on her report and on the others' reports, whoever made them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..games.environment import Environment
from ..games.errors import BadInput
from ..games.lottery import Lottery
from ..games.numbers import Number, exact, show
from ..games.profile import Profile
from ..games.units import supply_of
from .decorated import first_paragraph
from .rule import DirectMechanism

Each = Callable[[int, Any, tuple[Any, ...]], tuple[Number, Number]]


@dataclass(frozen=True, eq=False, repr=False)
class AnonymousRule(DirectMechanism):
    """A rule for identical units given by what one player gets: ``each(supply, own, others)``.

    ``own`` is her report, ``others`` the others' reports from highest to lowest; what comes back is her chance of a
    unit and what she expects to pay. As players differ in nothing else, it is anonymous by construction, and it is
    verified on the multisets of reports where there are too many profiles. Usually made by :func:`anonymous_rule`.

    >>> import rulewright as rw
    >>> from rulewright.games.units import units
    >>> env = units({f"p{k}": range(5) for k in range(12)}, supply=4)  # 244 million profiles
    >>> rw.verify(uniform_price_for_all, env, rw.strategyproof).status
    'proved'
    """

    each: Each = lambda *_: (0, 0)

    def _function(self) -> Callable[..., Any]:
        return self.each

    def answer(self, supply: int, own: Any, others: tuple[Any, ...]) -> tuple[int | Fraction, int | Fraction]:
        """``each``, checked: an exact chance and an exact payment; raises BadInput for anything else."""
        return checked_answer(self.each(supply, own, others), exact)


def checked_answer(found: Any, exactly: Callable[..., Any]) -> tuple[Any, Any]:
    """A pair of a chance and a payment; raises BadInput for anything else."""
    if not isinstance(found, tuple) or len(found) != 2:
        raise BadInput(f"an anonymous rule returned {found!r}; it must return (chance, payment)")
    return exactly(found[0], "the chance"), exactly(found[1], "the payment")


def anonymous_rule(each: Each) -> AnonymousRule:
    """Make a rule for identical units of ``def name(supply, own, others): return chance, payment``.

    The units are drawn so that each player has her chance, and not more are sold than there are. Raises BadInput where
    chances are not between 0 and 1 or exceed the supply (Maskin and Riley 1989).

    >>> from rulewright.games.units import units
    >>> @anonymous_rule
    ... def lottery(supply, own, others):
    ...     "Everybody has the same chance and pays nothing."
    ...     return Fraction(supply, len(others) + 1), 0
    >>> lottery(units({"ann": (1,), "bob": (2,)}, supply=1), {"ann": 1, "bob": 2})
    (Lottery({('ann',): 1/2, ('bob',): 1/2}), Profile(ann=0, bob=0))
    """
    if not callable(each) or not hasattr(each, "__name__"):
        raise BadInput(f"an anonymous rule is made of a function of (supply, own, others), not of {each!r}")
    name = each.__name__.replace("_", " ")

    def function(env: Environment, reports: Profile[Any]) -> Any:
        supply = supply_of(env)
        chances: dict[str, Fraction] = {}
        payments: dict[str, Number] = {}
        for player, own in reports.items():
            others = tuple(sorted(reports.without(player).values(), reverse=True))
            chance, payments[player] = rule.answer(supply, own, others)
            chances[player] = Fraction(chance)
        return drawn(env, chances, supply, name), Profile(payments)

    rule = AnonymousRule(function, name, first_paragraph(each), each=each)
    return rule


def drawn(env: Environment, chances: Mapping[str, Fraction], supply: int, name: str) -> Any:
    """Winners such that each player has her chance, in at most one set more than there are players (Madow 1949).

    The chances are laid end to end, and of one point drawn in every stretch of length 1 the owners win.

    >>> from rulewright.games.units import units
    >>> env = units({"ann": (1,), "bob": (1,), "cem": (1,)}, supply=2)
    >>> drawn(env, {"ann": Fraction(1), "bob": Fraction(1, 2), "cem": Fraction(1, 2)}, 2, "a rule")
    Lottery({('ann', 'bob'): 1/2, ('ann', 'cem'): 1/2})
    """
    ends, total = {}, Fraction(0)
    for player in env.players:
        if not 0 <= chances[player] <= 1:
            raise BadInput(f'{name} gives "{player}" a unit with the chance {show(chances[player])}')
        ends[player] = (total, total + chances[player])
        total += chances[player]
    if total > supply:
        raise BadInput(f"{name} gives out {show(total)} units, and there are {supply}")
    cuts = sorted({Fraction(0), Fraction(1), *(end % 1 for pair in ends.values() for end in pair)})
    found: dict[Any, Number] = {}
    for low, high in itertools.pairwise(cuts):
        point = (low + high) / 2
        won = tuple(p for p, (start, end) in ends.items() if any(start <= point + k < end for k in range(supply)))
        found[won] = exact(found.get(won, 0)) + high - low
    return next(iter(found)) if len(found) == 1 else Lottery(found)


@anonymous_rule
def uniform_price_for_all(supply: int, own: Any, others: tuple[Any, ...]) -> tuple[Number, Number]:
    """Who bids more than the highest losing bid wins a unit and pays that bid; units on which bids tie with it are not
    sold, so that no name is preferred (Vickrey 1961).

    >>> from rulewright.games.units import units
    >>> env = units({"ann": (3, 5), "bob": (4,), "cem": (1,)}, supply=2)
    >>> uniform_price_for_all(env, {"ann": 5, "bob": 4, "cem": 1})
    (('ann', 'bob'), Profile(ann=1, bob=1, cem=0))
    """
    price = others[supply - 1] if supply <= len(others) else 0
    return (1, price) if own > price else (0, 0)


@anonymous_rule
def pay_as_bid_for_all(supply: int, own: Any, others: tuple[Any, ...]) -> tuple[Number, Number]:
    """Who bids more than the highest losing bid wins a unit and pays her bid; units on which bids tie with it are not
    sold (Krishna 2010).

    >>> from rulewright.games.units import units
    >>> env = units({"ann": (3, 5), "bob": (4,), "cem": (1,)}, supply=2)
    >>> pay_as_bid_for_all(env, {"ann": 5, "bob": 4, "cem": 1})
    (('ann', 'bob'), Profile(ann=5, bob=4, cem=0))
    """
    price = others[supply - 1] if supply <= len(others) else 0
    return (1, own) if own > price else (0, 0)
