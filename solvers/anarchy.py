"""The price of anarchy, and that of stability: what equilibrium costs a society."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from ..games.errors import BadInput, nearest
from ..games.normal_form import NormalForm
from ..games.numbers import INT64_SAFE, exact, integers
from ..games.profile import Profile
from ..games.show import Shown
from .pure import places
from .solution import Equilibrium, Exact, brief, pure
from .solve import solve

CONCEPTS = ("pure", "nash")


@dataclass(frozen=True, repr=False)
class Inefficiency(Shown):
    """What equilibrium costs a society: the ratio ``value`` of the social optimum and an equilibrium, at least 1.

    ``optimum`` is a profile of actions with the most welfare (the least cost), ``equilibrium`` the worst equilibrium
    for the price of anarchy and the best for that of stability; ``best`` and ``reached`` are the sums of payoffs, or of
    costs, at the two. ``value`` is None where the ratio has no meaning or no bound, and ``why`` says so. ``complete``
    is False where there may be equilibria that were not found: then the price may be another.
    """

    name: str
    game: NormalForm
    concept: str
    costs: bool
    value: Exact | None
    optimum: Profile[Any]
    best: Exact
    equilibrium: Equilibrium | None
    reached: Exact | None
    complete: bool
    why: str = ""

    def check(self) -> bool:
        """Whether all this holds by the definitions, profile by profile, with nothing taken from the solver.

        For "nash" it is not checked again that no mixed equilibrium is further off.
        """
        sign = -1 if self.costs else 1
        welfare = {profile: sign * _sum(self.game, profile) for profile in self.game.profiles()}
        stable = [welfare[profile] for profile in welfare if _stable(self.game, profile)]
        if welfare[self.optimum] != self.best or sign * self.best != max(sign * x for x in welfare.values()):
            return False
        if self.equilibrium is None:
            return self.reached is None and self.value is None and not stable
        if not self.equilibrium.check() or self.reached != sign * sum(self.equilibrium.payoffs.values(), Fraction(0)):
            return False
        worst = sign if self.name == "price of anarchy" else -sign
        if any(worst * x < worst * self.reached for x in stable) or (
            self.concept == "pure" and self.reached not in stable
        ):
            return False
        return self.value == _ratio(self.costs, self.best, self.reached)[0]

    def __str__(self) -> str:
        what = "cost" if self.costs else "welfare"
        head = f'{self.name} of "{self.game.name}": {"none" if self.value is None else brief(self.value)}'
        at = ", ".join(f"{player}: {action}" for player, action in self.optimum.items())
        lines = [f"{head}{'' if self.complete else ', not proved complete'}"]
        lines.append(f"  the best {what} is {brief(self.best)}, at {at}")
        if self.equilibrium is not None and self.reached is not None:
            which = "worst" if self.name == "price of anarchy" else "best"
            kind = "pure equilibrium" if self.concept == "pure" else "equilibrium"
            lines.append(f"  the {which} {kind} has {what} {brief(self.reached)}: {self.equilibrium}")
        return "\n".join([*lines, *([f"Note: {self.why}."] if self.why else [])])


def price_of_anarchy(game: NormalForm, concept: str = "pure", *, costs: bool | None = None) -> Inefficiency:
    """The ratio of the best possible welfare to that of the worst equilibrium, or of the worst equilibrium's cost to
    the least possible (Koutsoupias and Papadimitriou 1999).

    Welfare is the sum of payoffs; with ``costs`` (default: if no payoff is positive and some are negative) payoffs are
    minus costs, and the sum of costs counts. ``concept`` is "pure", or for two players "nash": all equilibria, of which
    extreme ones are the worst. Raises BadInput.

    >>> from rulewright.games import braess, prisoners_dilemma
    >>> price_of_anarchy(prisoners_dilemma()).value
    3
    >>> print(price_of_anarchy(braess(2)))
    price of anarchy of "Braess's roads": 4/3
      the best cost is 3, at 1: north, 2: south
      the worst pure equilibrium has cost 4: 1: shortcut; 2: shortcut  (pays 1 -2, 2 -2)
    """
    return _price("price of anarchy", game, concept, costs)


def price_of_stability(game: NormalForm, concept: str = "pure", *, costs: bool | None = None) -> Inefficiency:
    """As :func:`price_of_anarchy`, with the best equilibrium in place of the worst (Anshelevich et al. 2004).

    >>> from rulewright.games import pigou
    >>> price_of_stability(pigou(2)).value, price_of_stability(pigou(4)).value
    (1, Fraction(13, 12))
    """
    return _price("price of stability", game, concept, costs)


Name = Literal["price of anarchy", "price of stability"]


def _price(name: Name, game: NormalForm, concept: str, costs: bool | None) -> Inefficiency:
    if not isinstance(game, NormalForm):
        raise BadInput(f"the {name} needs a NormalForm, not {type(game).__name__}; use game.to_normal_form() on a tree")
    if concept not in CONCEPTS:
        raise BadInput(f'no concept "{concept}" for the {name}; {nearest(str(concept), CONCEPTS)}')
    if costs is None:
        costs = bool((game.payoffs <= 0).all() and (game.payoffs < 0).any())
    sign = -1 if costs else 1
    ints, scale = integers(game.payoffs)
    safe = ints.dtype == np.int64 and max(abs(int(ints.max())), abs(int(ints.min()))) * len(game.players) < INT64_SAFE
    welfare = (ints if safe else ints.astype(object)).sum(axis=-1)
    top = np.unravel_index(int(np.argmax(welfare)), game.sizes)
    optimum = Profile({p: each[int(k)] for (p, each), k in zip(game.actions.items(), top, strict=True)})
    best = exact(Fraction(sign * int(welfare[top]), scale))
    found, complete, why = _equilibria(game, concept, welfare)
    if not found:
        return Inefficiency(name, game, concept, costs, None, optimum, best, None, None, complete, why)
    pick = min if name == "price of anarchy" else max
    chosen = pick(found, key=lambda e: sum(e.payoffs.values(), Fraction(0)))
    reached = exact(sign * sum(chosen.payoffs.values(), Fraction(0)))
    value, reason = _ratio(costs, best, reached)
    return Inefficiency(name, game, concept, costs, value, optimum, best, chosen, reached, complete, reason or why)


def _equilibria(game: NormalForm, concept: str, welfare: Any) -> tuple[list[Equilibrium], bool, str]:
    """The equilibria that may be the worst or the best, whether they are, and what is to be said about that."""
    if concept == "nash":
        solution = solve(game, "nash")
        return [e for e in solution.equilibria if isinstance(e, Equilibrium)], solution.complete, solution.why
    rows = [tuple(row) for row in places(game).tolist()]
    if not rows:
        return [], True, "there is no pure equilibrium: at every profile of actions some player gains by another action"
    ends = (min(rows, key=welfare.__getitem__), max(rows, key=welfare.__getitem__))
    return [pure(game, row) for row in ends], True, ""


def _ratio(costs: bool, best: Exact, reached: Exact) -> tuple[Exact | None, str]:
    """The ratio that is at least 1, or None and why there is none."""
    above, below = (reached, best) if costs else (best, reached)
    what = "cost" if costs else "welfare"
    if above == below and above >= 0:
        return 1, ""
    if below < 0:
        return None, f"a {what} is negative, {brief(below)}, so ratios mean nothing; add a constant to the payoffs"
    if below == 0:
        where = "the least cost" if costs else "the welfare of the equilibrium"
        return None, f"{where} is 0, so the ratio has no bound"
    return exact(Fraction(above) / below), ""


def _sum(game: NormalForm, profile: Profile[Any]) -> Exact:
    return sum((exact(game.payoff(player, profile)) for player in game.players), start=0)


def _stable(game: NormalForm, profile: Profile[Any]) -> bool:
    """Whether no player gains by another action."""
    for player, actions in game.actions.items():
        here = exact(game.payoff(player, profile))
        if any(exact(game.payoff(player, profile | {player: action})) > here for action in actions):
            return False
    return True
