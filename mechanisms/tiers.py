"""Tier rules: bids are ranked in tiers, and the best tiers get the units, by a fair lot among equals."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, partial
from itertools import accumulate
from typing import Any

from ..games.crowd import Crowd
from ..games.environment import Environment
from ..games.errors import BadInput
from ..games.numbers import Number, exact, plain, show
from ..games.profile import Profile
from ..games.units import supply_of
from .unnamed import AnonymousRule, drawn

Tiers = tuple[int | None, ...]  # of each value its tier, 0 the best; None: never gets a unit


@dataclass(frozen=True)
class Charges:
    """What the values pay; amounts are integers over ``scale``.

    ``entry[t]`` is paid whatever happens. With ``steps``, each rise of the chance from one value to the next is paid
    at the step of that value besides: for a chance that jumps from 0 to 1 this is the lowest value that would have
    won, and no lie ever helps (Myerson 1981). Otherwise ``price[t] / chance[t]`` is paid for a unit.
    """

    entry: tuple[int, ...]
    scale: int = 1
    steps: tuple[Fraction, ...] | None = None
    price: tuple[int, ...] | None = None
    chance: tuple[int, ...] | None = None


@dataclass(frozen=True, eq=False, repr=False)
class TierRule(AnonymousRule):
    """A rule for a crowd: draw one of some rankings of the values in tiers, then serve the tiers from the best down.

    Ties inside a tier are broken by a fair lot; a value without a tier never gets a unit. With one ranking it is the
    hierarchical rule of Border (1991). It is a rule for ``crowd.environment()`` as well.

    >>> crowd = Crowd("a sale", 3, (1, 2, 3))
    >>> charges = Charges((0, 0, 0), steps=(Fraction(1), Fraction(2), Fraction(3)))
    >>> rule = tier_rule(crowd, [(Fraction(1), (None, 0, 0))], charges, "a lottery at the price 2")
    >>> rule.allot((3, 2, 1))
    ((Fraction(1, 2), 1), (Fraction(1, 2), 1), (0, 0))
    """

    crowd: Crowd | None = None
    rankings: tuple[tuple[Fraction, Tiers], ...] = ()
    charges: Charges = field(default_factory=lambda: Charges(()))

    def allot(self, reports: Mapping[str, Number] | Sequence[Number]) -> tuple[tuple[Number, Number], ...]:
        """For each bidder, in order, her chance of a unit and what she pays on average over the lots; exact.

        Raises BadInput for a number of reports other than n, or a report that is none of the values.
        """
        crowd = self.crowd
        assert crowd is not None
        given = [crowd.place(v) for v in (reports.values() if isinstance(reports, Mapping) else reports)]
        if len(given) != crowd.n:
            raise BadInput(f'"{crowd.name}" has {crowd.n} bidders, and there are {len(given)} reports')
        count = Counter(given)
        by_value = {t: _share(self, t, count - Counter([t])) for t in count}
        return tuple(by_value[t] for t in given)

    def paid(self, t: int) -> tuple[Fraction, Fraction]:
        """What value number ``t`` pays whatever happens, and, where prices are fixed, for a unit."""
        if t not in self._paid:
            entry, price, chance = self.charges.entry, self.charges.price, self.charges.chance
            fixed = Fraction(price[t], chance[t]) if price and chance and price[t] else Fraction(0)
            self._paid[t] = (Fraction(entry[t], self.charges.scale), fixed)
        return self._paid[t]

    @cached_property
    def _paid(self) -> dict[int, tuple[Fraction, Fraction]]:
        return {}


def tier_rule(crowd: Crowd, rankings: Sequence[tuple[Fraction, Tiers]], charges: Charges, name: str) -> TierRule:
    """The rule of some rankings, each with its probability, and of charges."""
    parts: dict[str, Any] = {"crowd": crowd, "rankings": tuple(rankings), "charges": charges}
    core = TierRule(_unasked, name, each=_unasked, **parts)
    return TierRule(partial(_outcome, core), name, tier_words(core), each=partial(_each, core), **parts)


def _unasked(*_: Any) -> Any:
    raise NotImplementedError


def _share(rule: TierRule, t: int, others: Mapping[int, int]) -> tuple[Number, Number]:
    """The chance of a bidder with value number ``t``, when so many others have each value, and what she pays."""
    assert rule.crowd is not None
    entry, price = rule.paid(t)
    steps, units = rule.charges.steps, rule.crowd.units
    total, paid = Fraction(0), entry
    for weight, tiers in rule.rankings:
        rivals: Counter[int] = Counter()
        for s, k in others.items():
            if (tier := tiers[s]) is not None:
                rivals[tier] += k
        above = dict(zip(sorted(rivals), accumulate(rivals[k] for k in sorted(rivals)), strict=True))
        ranks = sorted(above)

        def chance(tier: int | None, rivals: Counter[int] = rivals, above: Any = above, ranks: Any = ranks) -> Fraction:
            if tier is None:
                return Fraction(0)
            at = bisect_left(ranks, tier)
            better = above[ranks[at - 1]] if at else 0
            return min(Fraction(1), Fraction(max(units - better, 0), rivals[tier] + 1))

        won = chance(tiers[t])
        total += weight * won
        if steps is None:
            continue
        before = Fraction(0)
        for s in range(t + 1) if won else ():
            if not s or tiers[s] != tiers[s - 1]:
                here = chance(tiers[s])
                paid += weight * steps[s] * (here - before)
                before = here
    return plain(total), plain(paid + price * total)


def _each(rule: TierRule, supply: int, own: Any, others: tuple[Any, ...]) -> tuple[Number, Number]:
    crowd = rule.crowd
    assert crowd is not None
    if len(others) + 1 != crowd.n or supply != crowd.units:
        raise BadInput(
            f"{rule.name} is for {crowd.n} bidders and {crowd.units} units, not for {len(others) + 1} and {supply}"
        )
    return _share(rule, crowd.place(own), Counter(crowd.place(v) for v in others))


def _outcome(rule: TierRule, env: Environment, reports: Profile[Any]) -> Any:
    supply = supply_of(env)
    found = {p: _each(rule, supply, own, tuple(reports.without(p).values())) for p, own in reports.items()}
    chances = {p: Fraction(chance) for p, (chance, _) in found.items()}
    return drawn(env, chances, supply, rule.name), Profile({p: paid for p, (_, paid) in found.items()})


def brief(value: Number) -> str:
    """A number in words: exactly where it is short, else to six digits.

    >>> brief(Fraction(1, 3)), brief(Fraction(10**40, 3 * 10**40 + 1))
    ('1/3', 'about 0.333333')
    """
    if isinstance(value, Fraction) and value.denominator > 10**6:
        return f"about {float(value):.6g}"
    return show(value)


def tier_words(rule: TierRule, most: int = 12) -> str:
    """A tier rule in words: the tiers, who gets a unit, and who pays what."""
    crowd, charges = rule.crowd, rule.charges
    assert crowd is not None
    what = (
        "the item goes to the best tier that bids"
        if crowd.units == 1
        else f"the {crowd.units} units go to the best tiers that bid"
    )
    lines = [f"Bids are ranked in tiers; {what}, by a fair lot among equals."]
    for weight, tiers in rule.rankings:
        lines.append(("" if weight == 1 else f"with probability {brief(weight)}: ") + _ranking(crowd, tiers, most))
    everyone = range(len(crowd.values))
    if len(set(charges.entry)) == 1 and charges.entry[0]:
        fee = rule.paid(0)[0]
        lines.append(f"everybody {'pays' if fee > 0 else 'is paid'} {brief(plain(abs(fee)))}, whatever happens")
    elif any(charges.entry):
        lines.append(_listed(crowd, "whatever happens", lambda t: rule.paid(t)[0], everyone, most))
    if charges.price is not None and any(charges.price):
        when = "for the item" if crowd.units == 1 else "for a unit"
        lines.append(_listed(crowd, when, lambda t: rule.paid(t)[1], [t for t in everyone if charges.price[t]], most))
    elif charges.steps is not None and any(tier is not None for _, tiers in rule.rankings for tier in tiers):
        lines.append(_thresholds(rule, charges.steps, most))
    elif crowd.transfers is not None and not any(charges.entry):
        lines.append("nobody pays anything")
    return "\n  ".join(lines)


def _thresholds(rule: TierRule, steps: tuple[Fraction, ...], most: int) -> str:
    """What is paid where each rise of the chance is paid at its step."""
    assert rule.crowd is not None
    values = rule.crowd.values
    first = sorted(
        {t for _, tiers in rule.rankings for t, k in enumerate(tiers) if k is not None and tiers[:t][-1:] != (k,)}
    )
    more = " besides" if any(rule.charges.entry) else ""
    if all(steps[t] == exact(values[t]) for t in first):
        return (
            f"a winner pays{more} the lowest value with which she would have won; where a value would have won by lot "
            "only, each tier's lowest value counts by the chance of winning that it adds"
        )
    prices = _listed(rule.crowd, "price", lambda t: steps[t], first, most)
    each = "for each tier up to her own, its price times the chance of winning that it adds"
    return f"a bidder pays{more}, {each}; {prices}"


def _ranking(crowd: Crowd, tiers: Tiers, most: int) -> str:
    groups: dict[int, list[int]] = {}
    for t, tier in enumerate(tiers):
        if tier is not None:
            groups.setdefault(tier, []).append(t)
    if not groups:
        return "nobody gets anything"
    parts = []
    for tier in sorted(groups):
        inside = groups[tier]
        run = inside == list(range(inside[0], inside[-1] + 1)) and len(inside) > 2
        ends = (crowd.values[inside[0]], crowd.values[inside[-1]])
        parts.append(
            f"{show(ends[0])} to {show(ends[1])}" if run else " = ".join(show(crowd.values[t]) for t in inside)
        )
    shown = (
        parts if len(parts) <= most else [*parts[: most - 2], f"... {len(parts) - most + 1} more tiers ...", parts[-1]]
    )
    never = [t for t, tier in enumerate(tiers) if tier is None]
    tail = ""
    if never == list(range(len(never))) and never:
        tail = f"; a bid below {show(crowd.values[len(never)])} never gets anything"
    elif never:
        tail = (
            "; never " + ", ".join(show(crowd.values[t]) for t in never[:most]) + (" ..." if len(never) > most else "")
        )
    return " > ".join(shown) + tail


def _listed(crowd: Crowd, when: str, amount: Any, which: Sequence[int], most: int) -> str:
    """An amount for each of some values."""
    kept = which if len(which) <= most else [*which[: most // 2], *which[-(most // 2) :]]
    listed = [f"{show(crowd.values[t])} pays {brief(plain(amount(t)))}" for t in kept]
    if len(which) > most:
        listed.insert(most // 2, "...")
    return f"{when}: " + ", ".join(listed)
