"""Menus: one buyer takes what is best for her from a list of bundles with prices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from ...games.allocation import NOBODY
from ...games.buyer import NOTHING, Buyer
from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.lottery import Lottery
from ...games.numbers import Number, exact, show
from ...games.outcomes import Finite, Outcome, Shares
from ...games.profile import Profile
from ..rule import DirectMechanism
from .menu_revenue import Estimate, estimated_revenue, exact_revenue

Option = tuple[tuple[int | Fraction, ...], int | Fraction]  # the share, or chance, of each good; the price
TOLD = 12  # options that the menu names when it is shown


@dataclass(frozen=True, eq=False, repr=False)
class Menu(DirectMechanism):
    """A rule for one buyer given by its ``options``: shares, or chances, of each good, and a price.

    Nothing for 0 is always among them. Usually made by :func:`menu`.

    >>> shop = menu([((1, 0), 3), ((1, 1), 4)])
    >>> shop.options
    (((0, 0), 0), ((1, 0), 3), ((1, 1), 4))
    """

    options: tuple[Option, ...] = ()

    def revenue(self, buyer: Buyer) -> int | Fraction:
        """What a buyer with uniform values is expected to pay, exactly; of one or two goods. Raises BadInput.

        >>> from rulewright.games import buyer
        >>> menu([((1, 0), Fraction(1, 2)), ((0, 1), Fraction(1, 2)), ((1, 1), 1)]).revenue(buyer(2))
        Fraction(1, 2)
        """
        return exact_revenue(self._for(buyer), buyer)

    def estimate(self, buyer: Buyer, draws: int = 2**20, seed: int = 0) -> Estimate:
        """What a buyer with uniform values is expected to pay, estimated from draws; of any number of goods.

        >>> from rulewright.games import buyer
        >>> found = menu([((1, 1, 1), 1)]).estimate(buyer(3))
        >>> abs(found.mean - 5 / 6) < 5 * found.error < 0.01
        True
        """
        return estimated_revenue(self._for(buyer), buyer, draws, seed)

    def _for(self, buyer: Buyer) -> tuple[Option, ...]:
        """The options, which must fit the buyer; raises BadInput."""
        if not isinstance(buyer, Buyer):
            raise BadInput(f"the buyer is {buyer!r}; make one with rulewright.games.buyer")
        _check_goods(self.options, len(buyer.goods))
        if buyer.demand == "unit":
            _check_chances(self.options)
        return self.options


def menu(options: Iterable[tuple[Number | Sequence[Number], Number]]) -> Menu:
    """The buyer takes from a list of shares, or chances, of each good, each with a price, what is best for her (ties:
    the highest price, then listed first); she may take nothing for 0 (Rochet 1985).

    What she can have does not depend on what she reports, and of that she gets what is best for the type reported.
    So the truth is best for every type (Hammond 1979), and as nothing for 0 is among it, no type loses: the rule is
    strategyproof and individually rational for all real types by construction, and every such rule is a menu.
    An option is ``(shares, price)``; with one good the share may be a number. Shares are of divisible goods or chances
    of indivisible ones: to a buyer of additive values they are the same, and for one with unit demand they must sum
    to at most 1. Raises BadInput.

    >>> import rulewright as rw
    >>> shop = menu([((Fraction(1, 2), 1), 8), ((1, 1), 12)])
    >>> print(shop)
    menu of 2: The buyer takes what is best for her: (1/2, 1) for 8; (1, 1) for 12; or nothing for 0.
    >>> env = rw.games.buyer(2, low=4, high=(16, 7)).grid(4)
    >>> rw.verify(shop, env, rw.strategyproof).status
    'proved'
    >>> menu([((2, 1), 8)])
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: option 1 of the menu has a share of 2; shares and chances are from 0 to 1
    """
    try:
        pairs = [(tuple(shares) if isinstance(shares, Sequence) else (shares,), price) for shares, price in options]
    except (TypeError, ValueError):
        raise BadInput("a menu is a list of options, each (shares, price), as in menu([((1, 0), 3)])") from None
    if not pairs:
        raise BadInput("the menu is empty; give at least one option (shares, price)")
    found: list[Option] = []
    for k, (shares, price) in enumerate(pairs):
        what = f"option {k + 1} of the menu"
        option = tuple(exact(x, f"a share of {what}") for x in shares)
        if len(option) != len(pairs[0][0]):
            raise BadInput(f"{what} names {len(option)} goods, and option 1 names {len(pairs[0][0])}")
        if not all(0 <= x <= 1 for x in option):
            wrong = next(x for x in option if not 0 <= x <= 1)
            raise BadInput(f"{what} has a share of {show(wrong)}; shares and chances are from 0 to 1")
        found.append((option, exact(price, f"the price of {what}")))
    nothing: Option = ((0,) * len(found[0][0]), 0)
    offered = [each for each in found if each != nothing]
    parts = [*map(_told, offered[:TOLD]), *[f"{len(offered) - TOLD:,} more"] * (len(offered) > TOLD)]
    words = f"The buyer takes what is best for her: {'; '.join(parts)}; or nothing for 0."
    every = (nothing, *offered)
    dearest_first = tuple(sorted(every, key=lambda each: -each[1]))
    return Menu(partial(_taken, dearest_first), f"menu of {len(offered)}", words, options=every)


def _told(option: Option) -> str:
    shares, price = option
    told = show(shares[0]) if len(shares) == 1 else f"({', '.join(map(show, shares))})"
    return f"{told} for {show(price)}"


def _taken(options: tuple[Option, ...], env: Environment, reports: Profile[Any]) -> Any:
    if len(env.players) != 1:
        raise BadInput(f'a menu is for one buyer, and "{env.name}" has {len(env.players)} players')
    (player,) = env.players
    goods, otherwise = _sold(env, player)
    _check_goods(options, len(goods))
    if otherwise == NOTHING:
        _check_chances(options)
    report = reports[player]
    values = [exact(v) for v in report] if isinstance(report, tuple) else [exact(report)]

    def worth(k: int) -> Any:
        shares, price = options[k]
        return sum((v * q for v, q in zip(values, shares, strict=True) if q), start=-price)

    best = max(range(len(options)), key=worth)  # the first of several, which is the dearest
    shares, price = options[best]
    if otherwise:
        return _drawn(goods, shares, otherwise), Profile({player: price})
    return Profile({player: Profile(dict(zip(goods, shares, strict=True)))}), Profile({player: price})


def _sold(env: Environment, player: str) -> tuple[tuple[Any, ...], str]:
    """What is sold, and the outcome that none of it goes to the buyer ("" where there are shares of it)."""
    if isinstance(env.space, Shares):
        return env.space.goods, ""
    items = env.space.items if isinstance(env.space, Finite) else ()
    if items == (player, NOBODY):
        return (player,), NOBODY
    if len(items) > 1 and items[-1] == NOTHING:
        return items[:-1], NOTHING
    raise BadInput(
        f'a menu sells goods to one buyer, as in buyer(...).grid(k) or allocation({{"ann": types}}, goods); '
        f'"{env.name}" has other outcomes'
    )


def _drawn(items: tuple[Any, ...], chances: tuple[int | Fraction, ...], otherwise: str) -> Outcome:
    lottery = {x: p for x, p in zip(items, chances, strict=True) if p}
    rest = 1 - sum(lottery.values(), start=Fraction(0))
    if rest:
        lottery[otherwise] = rest
    return next(iter(lottery)) if len(lottery) == 1 else Lottery(lottery)


def _check_goods(options: tuple[Option, ...], goods: int) -> None:
    if len(options[0][0]) != goods:
        raise BadInput(f"the menu is one of {len(options[0][0])} goods, and there are {goods}")


def _check_chances(options: tuple[Option, ...]) -> None:
    for shares, _ in options:
        if sum(shares) > 1:
            raise BadInput(
                f"the chances ({', '.join(map(show, shares))}) sum to {show(sum(shares, start=Fraction(0)))}; for a "
                f"buyer who wants one good they sum to at most 1"
            )
