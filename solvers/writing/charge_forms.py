"""Forms of payments: bids, prices, what honesty requires, and sums that are linear in the others' reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from ...games.environment import Environment
from ...games.numbers import exact, plain, show
from ...games.profile import Profile
from .answers import Amounts, Answers, Charge, Choice, Choose, chances, listed, numeric
from .fitting import fitted
from .honest_prices import HonestPrice
from .item_forms import one_item

PLACES = ("highest", "second-highest", "third-highest")


def place(k: int) -> str:
    """Which of several numbers, the largest being the first (k = 0)."""
    return PLACES[k] if k < len(PLACES) else f"{k + 1}th-highest"


def charges(answers: Answers, choice: Choice) -> Iterator[Charge]:
    """Ways to charge that may be the rule's, the simplest first."""
    env, paid = answers.env, answers.paid
    assert paid is not None
    yield Charge("", "Nobody pays.", free, "free")
    fixed = paid[0]
    if all(row == fixed for row in paid):
        told = ", ".join(f"{p} pays {show(plain(x))}" for p, x in zip(env.players, fixed, strict=True))
        amounts = dict(zip(env.players, fixed, strict=True))
        yield Charge("fixed payments", f"Whatever is said, {told}.", partial(constant, amounts))
    if not listed(env):
        return
    item = one_item(env)
    bid = "The winner pays her report." if item else "Each pays what the outcome is worth to her, as she reports it."
    if item:
        yield from _prices(answers, first=choice.kind == "posted" or len(env.players) == 1)
    yield Charge("pay as bid", bid, worth_as_said, "first price")
    bases: list[tuple[str, str, Amounts]] = []
    if item:
        yield Charge(
            "threshold price",
            "The winner pays the least report with which she would still win."
            if answers.sure
            else "Each pays, for every rise of her chance to win, the report at which it rises.",
            HonestPrice(True),
            "threshold",
        )
        yield Charge(
            "lower threshold price",
            "The winner pays the largest report with which she would lose, nothing if there is none."
            if answers.sure
            else "Each pays, for every rise of her chance to win, the report just below the one at which it rises.",
            HonestPrice(False),
            "lower threshold",
        )
        bases = [
            ("the least report that still wins", "threshold", HonestPrice(True)),
            ("the largest report that loses", "lower threshold", HonestPrice(False)),
        ]
    clarke = ("what her report costs the others (Clarke 1971)", "Clarke", pivot)
    for told, kind, base in [clarke, *bases] if numeric(env) else [clarke]:
        if kind == "Clarke":
            yield Charge("Clarke payments", f"Each pays {told}.", base, "Clarke")
        if numeric(env):
            yield from _with_rebates(answers, told, kind, base)
    if numeric(env):
        yield from _linear(answers)


# -- what is paid -----------------------------------------------------------------------------------------------------


def free(choose: Choose, env: Environment, reports: Profile[Any]) -> dict[str, Any]:
    """Nobody pays."""
    return dict.fromkeys(env.players, 0)


def constant(amounts: Mapping[str, Any], choose: Choose, env: Environment, reports: Profile[Any]) -> Mapping[str, Any]:
    """Always the same."""
    return amounts


def worth_as_said(choose: Choose, env: Environment, reports: Profile[Any]) -> dict[str, Any]:
    """What the outcome is worth to each player, by her report."""
    chosen = chances(choose(env, reports))
    return {
        p: sum((exact(w) * exact(env.worth_of(p, x, t)) for x, w in chosen.items()), start=Fraction(0))
        for p, t in reports.items()
    }


def price_each(prices: Mapping[str, Any], choose: Choose, env: Environment, reports: Profile[Any]) -> dict[str, Any]:
    """Whoever wins pays a price of her own."""
    chosen = chances(choose(env, reports))
    return {p: exact(chosen.get(p, 0)) * exact(prices[p]) for p in env.players}


def ranked_price(
    rank: int, floors: Mapping[str, Any], choose: Choose, env: Environment, reports: Profile[Any]
) -> dict[str, Any]:
    """Whoever wins pays the bid at this place from the top (0 where there are fewer), or her floor if it is larger."""
    chosen = chances(choose(env, reports))
    found = {}
    for p in env.players:
        others = sorted((exact(t) for q, t in reports.items() if q != p), reverse=True)
        price = others[rank - 2] if len(others) > rank - 2 else 0
        found[p] = exact(chosen.get(p, 0)) * (price if floors[p] is None else max(price, floors[p]))
    return found


def pivot(choose: Choose, env: Environment, reports: Profile[Any]) -> dict[str, Any]:
    """The best that the others could have without her, minus what they have (Clarke 1971)."""
    worth = {p: [exact(x) for x in env.utilities(p)[env.position(p, t)]] for p, t in reports.items()}
    point = {k: exact(w) for k, w in env.space.point(choose(env, reports)).items()}
    total = [sum(column) for column in zip(*worth.values(), strict=True)]
    found = {}
    for p in env.players:
        rest = [all_of - own for all_of, own in zip(total, worth[p], strict=True)]
        found[p] = max(rest) - sum((w * rest[k] for k, w in point.items()), start=Fraction(0))
    return found


def with_rebate(
    base: Amounts, weights: Mapping[str, Sequence[Fraction]], choose: Choose, env: Environment, reports: Profile[Any]
) -> dict[str, Any]:
    """A payment plus a sum that is linear in the ordered reports of the others."""
    amounts = base(choose, env, reports)
    return {p: exact(amounts[p]) + _dot(weights[p], others_of(reports, p)) for p in env.players}


def by_outcome(
    weights: Mapping[str, Sequence[Fraction]], choose: Choose, env: Environment, reports: Profile[Any]
) -> dict[str, Any]:
    """For each outcome a sum that is linear in one's own report and in the ordered ones of the others."""
    point = env.space.point(choose(env, reports))
    return {p: _dot(weights[p], _features(env, p, point, reports)) for p in env.players}


def others_of(reports: Profile[Any], player: str) -> list[Any]:
    """1 and the reports of the others, the highest first."""
    return [1, *sorted((exact(t) for q, t in reports.items() if q != player), reverse=True)]


def _dot(weights: Sequence[Any], values: Sequence[Any]) -> Any:
    return sum((w * v for w, v in zip(weights, values, strict=True) if w), start=Fraction(0))


def _features(env: Environment, player: str, point: Mapping[int, Any], reports: Profile[Any]) -> list[Any]:
    """The features of her payment, once where she wins (or: for each outcome) and once where she does not."""
    one, *others = others_of(reports, player)
    each = [one, exact(reports[player]), *others]
    if one_item(env):
        mine = exact(point.get(env.space.items.index(player), 0))  # type: ignore[attr-defined]
        return [share * x for share in (mine, 1 - mine) for x in each]
    return [exact(point.get(k, 0)) * x for k in range(env.space.dimension) for x in each]


# -- fitted to a table ------------------------------------------------------------------------------------------------


def _prices(answers: Answers, first: bool) -> Iterator[Charge]:
    env, paid = answers.env, answers.paid
    assert paid is not None
    least: dict[str, Any] = dict.fromkeys(env.players)
    for point, amounts in zip(answers.points, paid, strict=True):
        for i, player in enumerate(env.players):
            if w := point.get(env.space.items.index(player)):  # type: ignore[attr-defined]
                price = plain(amounts[i] / w)
                least[player] = price if least[player] is None else min(least[player], price)
    prices = {player: 0 if x is None else x for player, x in least.items()}
    same = {x for x in least.values() if x is not None}
    each = ", ".join(f"{show(x)} for {p}" for p, x in least.items() if x is not None)
    told = show(same.pop()) if len(same) == 1 else each
    fixed = Charge(f"price {told}", f"The price is {told}.", partial(price_each, prices), "price", told)
    if first:
        yield fixed
    for rank in range(2, len(env.players) + 1):
        name = ("second", "third")[rank - 2] if rank < 4 else f"{rank}th"
        nothing = dict.fromkeys(env.players)
        words = f"The winner pays the {name}-highest bid."
        yield Charge(f"{name} price", words, partial(ranked_price, rank, nothing), f"{name} price")
        words = f"The winner pays the larger of the {name}-highest bid and {told}."
        floored = partial(ranked_price, rank, prices)
        yield Charge(f"{name} price, at least {told}", words, floored, f"{name} price", told)
    yield fixed


def _with_rebates(answers: Answers, told: str, kind: str, base: Amounts) -> Iterator[Charge]:
    """The base plus what is linear in the others' reports, the same for all players, else for each her own."""
    env, paid = answers.env, answers.paid
    assert paid is not None
    seen: dict[str, dict[tuple[Any, ...], Fraction]] = {p: {} for p in env.players}
    for k in answers.probes():
        reports = answers.profiles[k]
        amounts = base(answers.choose, env, reports)
        for i, p in enumerate(env.players):
            others = tuple(exact(t) for q, t in reports.items() if q != p)
            rest = paid[k][i] - exact(amounts[p])
            if seen[p].setdefault(others, rest) != rest:
                return  # her own report moves it: no payment of this kind
    rows = {
        p: [([1, *sorted(others, reverse=True)], rest) for others, rest in each.items()] for p, each in seen.items()
    }
    width = len(env.players)
    shared = _fit([row for each in rows.values() for row in each], width)
    own = {p: shared or _fit(each, width) for p, each in rows.items()}
    weights = {p: w for p, w in own.items() if w is not None}
    if len(weights) < len(own):
        return
    if shared:
        back = f"Each player gets back {_formula([-w for w in shared])}."
        name = f"each gets back {_formula([-w for w in shared])}"
    else:
        parts = [f"{p} {_formula([-x for x in w])}" for p, w in weights.items()]
        back = name = f"Rebates: {'; '.join(parts)}."
    words = f"Each pays {told}. {back}" if kind == "Clarke" else f"The winner pays {told}. {back}"
    yield Charge(name, words, partial(with_rebate, base, weights), f"{kind} with rebates", name)


def _linear(answers: Answers) -> Iterator[Charge]:
    """Payments that are linear in the reports for each outcome, the same for all players, else for each her own."""
    env, paid = answers.env, answers.paid
    assert paid is not None
    rows: dict[str, list[tuple[list[Any], Fraction]]] = {p: [] for p in env.players}
    for k, reports in enumerate(answers.profiles):
        for i, p in enumerate(env.players):
            rows[p].append((_features(env, p, answers.points[k], reports), paid[k][i]))
    width = len(rows[env.players[0]][0][0])
    shared = _fit([row for each in rows.values() for row in each], width)
    own = {p: shared or _fit(each, width) for p, each in rows.items()}
    weights = {p: w for p, w in own.items() if w is not None}
    if len(weights) < len(own):
        return
    told = [_by_outcome(env, p, w) for p, w in weights.items()]
    words = f"Each player pays: {told[0]}." if shared else "Payments: " + "; ".join(map("{}: {}".format, weights, told))
    if sum(bool(x) for w in ([shared] if shared else weights.values()) for x in w) <= 6:
        yield Charge("linear payments", words, partial(by_outcome, weights), "linear")


def _fit(rows: list[tuple[Any, Fraction]], width: int) -> list[Fraction] | None:
    """The coefficients, unless there are hardly more rows than coefficients: then any table has such a formula."""
    return fitted(rows, width) if len({tuple(row) for row, _ in rows}) > width else None


def _formula(weights: Sequence[Fraction], own: bool = False) -> str:
    """1, (her own report,) and the others' reports from the highest down, with these weights, in words."""
    things = ["", *(["her report"] if own else [])]
    others = len(weights) - len(things)
    things += ["the other report"] if others == 1 else [f"the {place(k)} other report" for k in range(others)]
    found = ""
    for w, thing in zip(weights, things, strict=True):
        if w:
            size = show(plain(abs(w)))
            term = size if not thing else thing if abs(w) == 1 else f"{size} of {thing}"
            found += (" - " if w < 0 else " + ") + term
    return found.removeprefix(" + ").strip().replace("- ", "minus ", 1) if found else "nothing"


def _by_outcome(env: Environment, player: str, weights: Sequence[Fraction]) -> str:
    labels = ("if she wins", "otherwise") if one_item(env) else [f"at {x}" for x in env.space.labels]
    size = len(weights) // len(labels)
    parts = [_formula(weights[k * size : (k + 1) * size], own=True) for k in range(len(labels))]
    return ", ".join(f"{label} {part}" for label, part in zip(labels, parts, strict=True))
