"""Public goods and commons: what is good for each is not what is good for all."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .errors import BadInput
from .normal_form import NormalForm
from .numbers import Number, exact, show
from .profile import Profile


def public_goods(n: int = 4, endowment: int | Sequence[int] = 1, mpcr: Number = Fraction(2, 5)) -> NormalForm:
    """The linear voluntary contribution mechanism: each of n players keeps or contributes whole units of her
    endowment, and everybody gets ``mpcr`` for each unit contributed (Isaac and Walker 1988; Ledyard 1995).

    ``mpcr`` is the marginal per-capita return. Below 1 it is dominant to contribute nothing, and above 1/n it is best
    for all together to contribute everything. ``endowment`` is one for all or one for each. Raises BadInput, and
    GameTooLarge above 10**7 profiles.

    >>> print(public_goods(2, 1, Fraction(3, 4)))
    public goods (1 chooses the row, 2 the column)
       0         1
    0  1, 1      7/4, 3/4
    1  3/4, 7/4  3/2, 3/2
    """
    has, back = _endowments(n, endowment), exact(mpcr, "the marginal per-capita return")

    def payoffs(gives: Profile[int]) -> dict[str, Number]:
        together = sum(gives.values())
        return {p: has[p] - each + back * together for p, each in gives.items()}

    return NormalForm.from_function("public goods", {p: range(e + 1) for p, e in has.items()}, payoffs)


def public_investment(
    endowment: Sequence[int] = (10, 2, 2, 2), multiplier: Number = Fraction(8, 5), v: Number = 1, w: Number = 1
) -> NormalForm:
    """Players of unequal endowments contribute to a fund, which is multiplied and paid out by a rule (v, w)
    (Koster et al. 2022).

    With contributions c, shares of the endowments ρ = c / e, sums C and P, player i gets
    v r [w c_i + (1-w) C_{-i} / (n-1)] + (1-v) r (C / P) [w ρ_i + (1-w) P_{-i} / (n-1)] out of the fund r C. v = 1 goes
    by amounts and v = 0 by shares of what one has; w = 1 gives to each as she gave, and v = 1, w = 1/n to all alike.
    Raises BadInput, and GameTooLarge above 10**7 profiles.

    >>> public_investment(v=1, w=Fraction(1, 4)).payoff("1", {"1": 10, "2": 2, "3": 2, "4": 2})
    Fraction(32, 5)
    """
    if not isinstance(endowment, Sequence):
        raise BadInput(f"the endowments are {endowment!r}; give a sequence, one endowment a player")
    has = _endowments(len(endowment), endowment)
    if len(has) < 2 or not all(has.values()):
        raise BadInput(f"the endowments are {tuple(endowment)}; at least two players need some each")
    r, v, w = exact(multiplier, "the multiplier"), exact(v, "v"), exact(w, "w")
    others = len(has) - 1

    def payoffs(gives: Profile[int]) -> dict[str, Number]:
        total, shares = sum(gives.values()), {p: Fraction(each, has[p]) for p, each in gives.items()}
        all_shares = sum(shares.values(), start=Fraction(0))
        unit = total / all_shares if all_shares else Fraction(0)
        found: dict[str, Number] = {}
        for p, each in gives.items():
            by_amount = w * each + (1 - w) * Fraction(total - each, others)
            by_share = unit * (w * shares[p] + (1 - w) * (all_shares - shares[p]) / others)
            found[p] = has[p] - each + r * (v * by_amount + (1 - v) * by_share)
        return found

    return NormalForm.from_function("public investment", {p: range(e + 1) for p, e in has.items()}, payoffs)


def commons(n: int = 2, stock: int = 12, tax: Number = 0) -> NormalForm:
    """Each of n players takes whole units from a commons; a unit is worth ``stock`` minus all that is taken
    (Gordon 1954; Hardin 1968).

    The payoff of taking x while all take X is x (stock - X - tax). The best X is stock / 2, and in the symmetric
    equilibrium it is n stock / (n+1); a tax of (n-1) stock / (2n) on each unit makes it the best (Pigou 1920), where
    these are whole numbers. The tax is no loss to society, though it is to the players. Raises BadInput, and
    GameTooLarge above 10**7 profiles.

    >>> commons().payoff("1", {"1": 4, "2": 4}), commons().payoff("1", {"1": 3, "2": 3})
    (16, 18)
    """
    _endowments(n, stock)
    rate = exact(tax, "the tax")

    def payoffs(takes: Profile[int]) -> dict[str, Number]:
        left = stock - sum(takes.values())
        return {p: each * (left - rate) for p, each in takes.items()}

    name = "commons" + (f" with a tax of {show(rate)}" if rate else "")
    return NormalForm.from_function(name, {str(k): range(stock + 1) for k in range(1, n + 1)}, payoffs)


def _endowments(n: int, given: int | Sequence[int]) -> dict[str, int]:
    """What each of the players 1, ..., n has."""
    if not isinstance(n, int) or n < 1:
        raise BadInput(f"the number of players is {n!r}; it must be at least 1")
    each = list(given) if isinstance(given, Sequence) else [given] * n
    if len(each) != n or any(not isinstance(e, int) or e < 0 for e in each):
        raise BadInput(f"the endowment is {given!r}; give a whole number of at least 0, or one for each of {n} players")
    return {str(k): e for k, e in enumerate(each, 1)}
