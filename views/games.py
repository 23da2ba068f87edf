"""Games and environments: matrices with their best responses, trees, and what players may be and want."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any

import numpy as np

from ..games.bayesian import BayesianGame
from ..games.buyer import Buyer
from ..games.cake import Divisions
from ..games.crowd import Crowd
from ..games.environment import Environment
from ..games.extensive import Chance, Decision, ExtensiveForm, Terminal
from ..games.lottery import Lottery
from ..games.normal_form import NormalForm
from ..games.numbers import number, show
from ..games.outcomes import Finite, Shares
from ..games.profile import Profile
from ..games.show import html
from ..mechanisms.property import entry_text
from .cake import tastes
from .page import (
    COLUMNS,
    FAINT,
    MARKED,
    PAPER,
    ROWS,
    TOUCHED,
    Html,
    amount,
    between,
    cell,
    facts,
    head,
    label,
    line,
    missing,
    note,
    page,
    put,
    table,
    tag,
)

NODES = 80  # of a tree that are drawn
LINES = 24  # of a matrix
CELLS = 600  # of a table of profiles
STAR = "★"

Places = Collection[tuple[int, ...]]
Strategies = Mapping[str, Mapping[Any, Any]]


@html.register
def _normal_form(game: NormalForm) -> str:
    return page(label(game.name), payoffs(game))


@html.register
def _extensive_form(game: ExtensiveForm) -> str:
    return page(label(game.name), tree(game))


@html.register
def _environment(env: Environment) -> str:
    return page(label(env.name), environment(env))


@html.register
def _bayesian(game: BayesianGame) -> str:
    rows = [(label(p), listed(game.env.types[p]), listed(game.actions[p])) for p in game.players[:ROWS]]
    left = len(game.players) - len(rows)
    grid = table(("player", "types", "may send, knowing only her type"), rows, left_out=left, what="player")
    return page(label(game.name), grid)


@html.register
def _crowd(crowd: Crowd) -> str:
    likely = {show(m) for m in crowd.masses}
    rows = [(head(amount(v)), amount(p)) for v, p in islice(zip(crowd.values, crowd.masses, strict=True), ROWS)]
    left = len(crowd.values) - len(rows)
    known = facts(
        bidders=f"{crowd.n:,}, all alike",
        units=f"{crowd.units:,}; each bidder wants one",
        money=_money(crowd),
        values=f"{listed(crowd.values)}; each as likely as any other" if len(likely) == 1 else None,
    )
    if len(likely) == 1:
        return page(label(crowd.name), known)
    grid = table(("what a unit may be worth to a bidder", "probability"), rows, left_out=left, what="value")
    return page(label(crowd.name), known, grid)


@html.register
def _buyer(buyer: Buyer) -> str:
    each = zip(buyer.goods, buyer.low, buyer.high, strict=True)
    rows = [(head(label(good)), amount(low), amount(high)) for good, low, high in islice(each, ROWS)]
    wants = {"additive": "several goods are worth the sum of their values", "unit": "she wants one good"}
    grid = table(("good", "worth at least", "at most"), rows, left_out=len(buyer.goods) - len(rows), what="good")
    words = "Only she knows her values; all numbers in these intervals are equally likely."
    return page("One buyer", grid, line(words), facts(demand=f"{buyer.demand}: {wants[buyer.demand]}"))


@html.register
def _profile(profile: Profile) -> str:  # type: ignore[type-arg]
    rows = [(head(label(player)), label(entry_text(each))) for player, each in islice(profile.items(), ROWS)]
    return table((), rows, left_out=len(profile) - len(rows), what="player")


@html.register
def _lottery(lottery: Lottery) -> str:
    rows = [(label(outcome), amount(p)) for outcome, p in islice(lottery.items(), ROWS)]
    return table(("outcome", "probability"), rows, left_out=len(lottery) - len(rows), what="outcome")


# -- normal forms -----------------------------------------------------------------------------------------------


def payoffs(game: NormalForm, strategies: Strategies | None = None) -> Html:
    """The payoffs with best responses and pure equilibria; with ``strategies``, how likely each action is."""
    return matrix(game, strategies) if len(game.players) == 2 else profiles(game, strategies)


def matrix(game: NormalForm, strategies: Strategies | None = None) -> Html:
    """Two players: rows and columns."""
    row, column = game.players
    m, n = (min(size, most) for size, most in zip(game.sizes, (LINES, COLUMNS), strict=True))
    best = best_responses(game, [(i, j) for i in range(m) for j in range(n)])
    stars = {place for place, good in best.items() if all(good)}
    blank = tag("th", style="border:none;background:#ffffff")
    heads = [head(_action(game, column, j, strategies), middle=True) for j in range(n)]
    top = [tag("tr", blank, blank, head(label(column), middle=True, colspan=n)), tag("tr", blank, blank, *heads)]
    rows = []
    for i in range(m):
        first = [head(label(row), rowspan=m)] if i == 0 else []
        cells = [_cell(game, (i, j), best[i, j], (i, j) in stars, strategies) for j in range(n)]
        rows.append(tag("tr", *first, head(_action(game, row, i, strategies)), *cells))
    grid = tag("table", *top, *rows, style="border-collapse:collapse;margin:4px 0;border:none")
    hidden = game.n_profiles - m * n
    order = note(f"In each cell: what {label(row)} gets, what {label(column)} gets.")
    return put(grid, missing(hidden, "cell"), order, legend(bool(stars), hidden > 0, strategies is not None))


def profiles(game: NormalForm, strategies: Strategies | None = None) -> Html:
    """Any number of players: one row a profile of actions."""
    players = game.players[:COLUMNS]
    places = list(islice(np.ndindex(*game.sizes), min(ROWS, CELLS // (2 * len(players) + 1))))
    best = best_responses(game, places)
    rows = []
    for place in places:
        star = all(best[place])
        paper = MARKED if star else TOUCHED if strategies and _likely(game, place, strategies) else PAPER
        named = [cell(label(game.actions[p][place[k]]), paper=paper) for k, p in enumerate(players)]
        paid = [cell(_payoff(game, place, k, best[place][k]), paper=paper, middle=True) for k in range(len(players))]
        rows.append([*named, *paid, cell(STAR if star else "", paper=paper, middle=True)])
    heads = [*(f"{label(p)} plays" for p in players), *(f"{label(p)} gets" for p in players), ""]
    hidden = game.n_profiles - len(places)
    grid = table(heads, rows, left_out=hidden, what="profile")
    starred = any(all(best[place]) for place in places)
    more = missing(len(game.players) - len(players), "player")
    return put(grid, more, legend(starred, hidden > 0, strategies is not None))


def best_responses(game: NormalForm, places: Places) -> dict[tuple[int, ...], tuple[bool, ...]]:
    """For each profile, as indices of actions: who answers best to what the others do there."""
    found = {}
    top: dict[tuple[Any, ...], Any] = {}
    for place in places:
        each = []
        for k in range(len(game.players)):
            others: Any = (*place[:k], slice(None), *place[k + 1 :], k)
            key = (*place[:k], None, *place[k + 1 :], k)
            if key not in top:
                top[key] = max(game.payoffs[others].tolist())
            each.append(bool(game.payoffs[(*place, k)] == top[key]))
        found[place] = tuple(each)
    return found


def legend(starred: bool, capped: bool, played: bool = False) -> Html:
    """What the marks mean."""
    words: list[object] = [tag("u", tag("b", "Underlined")), ": a best response to what the others do. "]
    if starred:
        words += [tag("b", STAR, style=f"background:{MARKED}"), ": an equilibrium in pure strategies; "]
        words += ["every player answers best, so nobody gains by changing alone. "]
    elif not capped:
        words += ["No profile of pure strategies is an equilibrium. "]
    if played:
        words += [tag("span", "Shaded", style=f"background:{TOUCHED}"), ": may be played; p is how likely."]
    return note(*words)


def _action(game: NormalForm, player: str, k: int, strategies: Strategies | None) -> Html:
    action = game.actions[player][k]
    if strategies is None or player not in strategies:
        return put(label(action))
    return put(label(action), " ", tag("span", "p = ", amount(strategies[player][action]), style=f"color:{FAINT}"))


def _cell(
    game: NormalForm,
    place: tuple[int, ...],
    best: tuple[bool, ...],
    star: bool,
    strategies: Strategies | None,
) -> Html:
    likely = strategies is not None and _likely(game, place, strategies)
    paper = MARKED if star and (strategies is None or likely) else TOUCHED if likely else PAPER
    paid = between(", ", (_payoff(game, place, k, best[k]) for k in range(len(place))))
    return cell(f"{STAR} " if star else "", paid, paper=paper, middle=True)


def _likely(game: NormalForm, place: tuple[int, ...], strategies: Strategies) -> bool:
    return all(strategies[p][game.actions[p][k]] > 0 for p, k in zip(game.players, place, strict=True))


def _payoff(game: NormalForm, place: tuple[int, ...], k: int, best: bool) -> Html:
    paid = amount(game.payoffs[(*place, k)])
    return tag("u", tag("b", paid)) if best else paid


# -- trees ------------------------------------------------------------------------------------------------------


def tree(game: ExtensiveForm, choices: Mapping[str, Any] | None = None) -> Html:
    """The tree as lists inside lists; with ``choices``, the moves that are played stand in bold after an arrow."""
    left = [NODES]
    known = "everyone always knows" if game.perfect_information else "not everyone always knows"
    words = f"{game.nodes:,} nodes; {known} all that happened before."
    hint = "" if choices is None else " In bold, after ▶: the moves that are chosen."
    drawn = tag("div", _node(game, 0, choices, left), style="margin:2px 0")
    return put(drawn, missing(max(0, game.nodes - NODES), "node"), note(words, hint))


def _node(game: ExtensiveForm, k: int, choices: Mapping[str, Any] | None, left: list[int]) -> Html:
    """A node and what follows it, as long as there is room for nodes."""
    left[0] -= 1
    node, children = game.table[k]
    if isinstance(node, Terminal):
        paid = between(", ", (put(label(p), " ", amount(node.payoffs[p])) for p in game.players[:COLUMNS]))
        return put("" if node.outcome is None else f"{label(node.outcome)}: ", paid)
    who = put("chance")
    if isinstance(node, Decision):
        named_after = label(node.infoset).startswith(label(node.player))
        who = tag("b", label(node.infoset if named_after else f"{node.player}, {node.infoset}"))
    inside = []
    for move, child in zip(node.moves, children, strict=True):
        if left[0] <= 0:
            inside.append(tag("li", "…"))
            break
        named: object = label(move)
        if isinstance(node, Chance):
            named = put(label(move), " with probability ", amount(node.moves[move][0]))
        elif choices is not None and isinstance(node, Decision) and choices.get(node.infoset) == move:
            named = tag("b", "▶ ", label(move), style=f"background:{MARKED}")
        inside.append(tag("li", named, " → ", _node(game, child, choices, left)))
    return put(who, tag("ul", *inside, style="margin:0;padding-left:22px;list-style:none"))


# -- environments -----------------------------------------------------------------------------------------------


def environment(env: Environment) -> Html:
    """Who the players may be, what may happen, and whether there is money."""
    known = facts(
        outcomes=_outcomes(env), money=_money(env), prior=_prior(env), profiles_of_types=f"{env.n_profiles:,}"
    )
    if isinstance(env.space, Divisions):
        return put(tastes(env), known)
    rows = [(head(label(player)), listed(env.types[player])) for player in env.players[:ROWS]]
    return put(table(("player", "types"), rows, left_out=len(env.players) - len(rows), what="player"), known)


def listed(things: tuple[Any, ...], most: int = 12) -> str:
    """The first few of a list, and how many more there are."""
    shown = ", ".join(label(entry_text(each)) for each in things[:most])
    return shown + (f", … and {len(things) - most:,} more" if len(things) > most else "")


def _outcomes(env: Environment) -> str:
    space = env.space
    if isinstance(space, Finite):
        return f"{len(space.items):,}: {listed(space.items)}"
    spare = "; a part may go to nobody" if getattr(space, "disposal", False) else ""
    if isinstance(space, Shares):
        return f"shares of {listed(space.goods)} among the players{spare}"
    if isinstance(space, Divisions):
        return f"divisions of the cake [0, 1], in {len(space.cells)} cells{spare}"
    return f"points with {space.dimension:,} coordinates"


def _money(env: Environment | Crowd) -> str:
    if env.transfers is None:
        return "none"
    low, high = env.transfers
    most = "any amount" if high is None else f"up to {show(number(high))}"
    least = "any amount" if low is None else f"up to {show(number(-low))}"
    return (
        f"each player may pay {most} and receive {least}" if low is None or low < 0 else f"each player may pay {most}"
    )


def _prior(env: Environment) -> str:
    if env.prior is None:
        return "none declared"
    if isinstance(next(iter(env.prior)), Profile):
        return f"joint, {len(env.prior):,} profiles have a probability"
    if all(len(set(weights.values())) == 1 for weights in env.prior.values()):
        return "independent, every type as likely as any other" if math.prod(env.sizes) > 1 else "certain"
    return "independent"
