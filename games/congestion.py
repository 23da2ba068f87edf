"""Congestion: players choose resources, and the more of them use one, the more it costs each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from .errors import BadInput, nearest
from .normal_form import Label, NormalForm
from .numbers import Number, exact, number
from .profile import Profile

Cost = Sequence[Number] | Callable[[int], Number]  # for 1 user, 2 users, ...


def congestion(
    costs: Mapping[str, Cost],
    strategies: Mapping[str, Mapping[Label, Iterable[str]]],
    *,
    name: str = "congestion",
) -> NormalForm:
    """Each player chooses a set of resources, and pays for each what it costs with so many users (Rosenthal 1973).

    ``costs`` maps each resource to a table, what each user pays if there are 1, 2, ... of them, or to a function of
    the number of users; ``strategies`` maps each player to her actions, and these to the resources they use. Payoffs
    are minus the costs. Raises BadInput, and GameTooLarge above 10**7 profiles.

    >>> game = congestion({"road": (1, 3), "train": lambda users: 2},
    ...                   {p: {"drive": ("road",), "ride": ("train",)} for p in ("ann", "bob")})
    >>> print(game)
    congestion (ann chooses the row, bob the column)
           drive   ride
    drive  -3, -3  -1, -2
    ride   -2, -1  -2, -2
    """
    uses: dict[str, dict[Label, tuple[str, ...]]] = {}
    for player, actions in strategies.items():
        if not isinstance(actions, Mapping):
            raise BadInput(f"the actions of {player} are {actions!r}; give a mapping from labels to resources")
        uses[player] = {label: _resources(player, label, each, costs) for label, each in actions.items()}
    users = len(uses)
    tables = {resource: _table(resource, cost, users) for resource, cost in costs.items()}

    def payoffs(profile: Profile[Label]) -> dict[str, Number]:
        load = Counter(resource for player, label in profile.items() for resource in uses[player][label])
        paid = {resource: tables[resource][k - 1] for resource, k in load.items()}
        return {p: 0 - sum((paid[r] for r in uses[p][label]), start=0) for p, label in profile.items()}

    return NormalForm.from_function(name, {player: tuple(each) for player, each in uses.items()}, payoffs)


def _resources(player: str, label: Label, given: Iterable[str], costs: Mapping[str, Cost]) -> tuple[str, ...]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise BadInput(f"the action {label} of {player} uses {given!r}; give a tuple of resources")
    found = tuple(given)
    for resource in found:
        if resource not in costs:
            raise BadInput(f'the action {label} of {player} uses "{resource}"; {nearest(str(resource), costs)}')
    if len(set(found)) != len(found):
        raise BadInput(f"the action {label} of {player} uses a resource twice; name each once")
    return found


def _table(resource: str, cost: Cost, users: int) -> list[int | Fraction]:
    """What each user pays with 1, ..., n users, exactly."""
    where = f'the cost of "{resource}"'
    if callable(cost):
        return [exact(cost(k), where) for k in range(1, users + 1)]
    if not isinstance(cost, Sequence) or len(cost) < users:
        raise BadInput(f"{where} is {cost!r}; give a table with {users} numbers, or a function of the number of users")
    return [exact(x, where) for x in cost[:users]]


def pigou(n: int = 2, *, toll: bool = False) -> NormalForm:
    """Of n drivers each takes a wide road, which costs 1, or a narrow one, which costs the share of those who take it
    (Pigou 1920).

    This is the game of n drivers who count, and Pigou's has a continuum of them. All may take the narrow road, which
    costs them 4/3 of the least (for even n). With ``toll`` who takes the narrow road also pays what she adds to the
    costs of the others. Raises BadInput.

    >>> print(pigou(2))
    Pigou's roads (1 chooses the row, 2 the column)
            wide      narrow
    wide    -1, -1    -1, -1/2
    narrow  -1/2, -1  -1, -1
    """
    drivers = _drivers(n)
    narrow: Callable[[int], Any] = lambda k: Fraction(2 * k - 1 if toll else k, n)  # noqa: E731
    roads = {"wide": ("wide",), "narrow": ("narrow",)}
    name = "Pigou's roads" + (" with a toll" if toll else "")
    return congestion({"wide": lambda k: 1, "narrow": narrow}, dict.fromkeys(drivers, roads), name=name)


def braess(n: int = 2, *, shortcut: bool = True) -> NormalForm:
    """Of n drivers each takes the northern or the southern route, or a shortcut that makes all of them slower
    (Braess 1968).

    A route has a wide road, which costs 1, and a narrow one, which costs the share of those who take it; the shortcut
    leads for nothing from one narrow road to the other. Without it (for even n) all pay 3/2 in equilibrium, and with
    it all may pay 2. Raises BadInput.

    >>> braess(2).payoff("1", {"1": "shortcut", "2": "shortcut"})
    -2
    """
    drivers = _drivers(n)
    share: Callable[[int], Any] = lambda k: Fraction(k, n)  # noqa: E731
    costs = {"narrow 1": share, "wide 1": lambda k: 1, "narrow 2": share, "wide 2": lambda k: 1}
    routes = {"north": ("narrow 1", "wide 1"), "south": ("wide 2", "narrow 2")}
    if shortcut:
        routes["shortcut"] = ("narrow 1", "narrow 2")
    name = "Braess's roads" + ("" if shortcut else " without the shortcut")
    return congestion(costs, dict.fromkeys(drivers, routes), name=name)


def _drivers(n: int) -> tuple[str, ...]:
    if not isinstance(n, int) or n < 1:
        raise BadInput(f"the number of drivers is {n!r}; it must be at least 1")
    return tuple(str(number(k)) for k in range(1, n + 1))
