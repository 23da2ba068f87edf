"""False names: nobody gains by taking part under more than one identity."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from ...games.allocation import NOBODY
from ...games.bundles import bundles
from ...games.environment import Environment, Type
from ...games.errors import BadInput, GameTooLarge
from ...games.lottery import Lottery
from ...games.numbers import Number, exact, show
from ...games.outcomes import Finite, Outcome, Shares
from ...games.profile import Profile
from ..cases import Case, players
from ..measures import worth
from ..property import Finding, OwnCheck, entry_text, told

CALLS_LIMIT = 1_000_000  # of the rule

Names = tuple[str, ...]
Together = Callable[[Outcome], Outcome]
Larger = Callable[[Environment, str, Names], tuple[Environment, Together]]


def false_name_proof(identities: int = 1, larger: Larger | None = None) -> OwnCheck:
    """The property that no player gains by misreporting, or by taking part under up to ``identities`` added identities
    and reporting something for each (Yokoo, Sakurai and Matsubara 2004).

    An added identity may report every type of the player; it is named last, so it loses ties to the others. What the
    identities get is hers, and she pays for all of them. What that means is known for one item, shares of goods,
    bundles and voting. For others ``larger(env, player, added)`` returns the environment in which the ``added`` names
    take part too, and a function from its outcomes to what they are to the player: outcomes of ``env``. Raises
    BadInput, GameTooLarge.

    >>> import rulewright as rw
    >>> from rulewright.mechanisms.rules.voting import majority
    >>> print(rw.verify(majority, rw.games.voting(("ann", "bob"), ("no", "yes")), false_name_proof()).counterexample)
    ann, whose true type is (yes, no), gains 1 by taking part also as ann 2 and reporting ann = (yes, no), ann 2 = \
(yes, no) while the others report bob = (no, yes): she gets 1 instead of 0
    """
    if not isinstance(identities, int) or identities < 1:
        raise BadInput(f"the number of added identities is {identities!r}; it must be at least 1")
    up_to = "one added identity" if identities == 1 else f"up to {identities} added identities"
    words = f"No player gains by misreporting, or by taking part under {up_to} (Yokoo, Sakurai and Matsubara 2004)."
    examine = partial(_first_gain, identities, larger or with_more)
    return OwnCheck("false_name_proof", words, "FNP", players, examine)


def _first_gain(identities: int, larger: Larger, rule: Any, env: Environment, case: Case) -> Finding | None:
    """The first way to gain at a profile, with as few identities as possible."""
    who, own = case.player, case.types[case.player]
    _guard(env, identities)
    _room(env, larger, who, _added(env, who, 1))  # raises BadInput where false names mean nothing
    has = exact(rule.expect(worth(env, who, own), env, case.types))
    for k in range(identities + 1):
        for reports, outcome, paid in _all(rule, env, larger, who, k, case.types.without(who)):
            drawn = outcome.items() if isinstance(outcome, Lottery) else [(outcome, 1)]
            needs = sum((exact(p) * exact(env.worth_of(who, x, own)) for x, p in drawn), start=0) - exact(paid)
            if needs > has:
                return _finding(case, has, exact(needs), reports)
    return None


def _finding(case: Case, has: Any, needs: Any, reports: Profile[Type]) -> Finding:
    who = case.player
    others = case.types.without(who)
    setting = f" while the others report {told(others)}" if others else ""
    if len(reports) == 1:
        how = f"reporting {entry_text(reports[who])}"
    else:
        how = f"taking part also as {' and '.join(reports.without(who))} and reporting {told(reports)}"
    sentence = (
        f"{who}, whose true type is {entry_text(case.types[who])}, gains {show(exact(needs - has))} by {how}{setting}: "
        f"she gets {show(needs)} instead of {show(has)}"
    )
    return Finding(case, has, needs, sentence, reports)


@lru_cache(maxsize=4096)
def _all(
    rule: Any, env: Environment, larger: Larger, player: str, k: int, others: Profile[Type]
) -> list[tuple[Profile[Type], Outcome, Number]]:
    """With k added identities: each way to report, what the outcome is to the player, and what she pays in all."""
    names = (player, *_added(env, player, k))
    room, together = _room(env, larger, player, names[1:])
    found: list[tuple[Profile[Type], Outcome, Number]] = []
    for said in itertools.product(env.types[player], repeat=k + 1):
        reports = Profile(dict(zip(names, said, strict=True)))
        both = {**others, **reports}
        outcome, payments = rule.result(room, Profile({p: both[p] for p in room.players}))
        if isinstance(outcome, Lottery):
            chances: dict[Outcome, Number] = {}
            for x, p in outcome.items():
                seen = together(x)
                chances[seen] = exact(chances.get(seen, 0)) + exact(p)
            outcome = Lottery(chances)
        else:
            outcome = together(outcome)
        found.append((reports, outcome, sum((exact(payments[name]) for name in names), start=0)))
    return found


def _added(env: Environment, player: str, k: int) -> Names:
    """Names for k added identities that nobody has."""
    free = (name for n in itertools.count(2) if (name := f"{player} {n}") not in env.types)
    return tuple(itertools.islice(free, k))


@lru_cache(maxsize=64)
def _room(env: Environment, larger: Larger, player: str, added: Names) -> tuple[Environment, Together]:
    return larger(env, player, added) if added else (env, _same)


def _same(outcome: Outcome) -> Outcome:
    return outcome


def _guard(env: Environment, identities: int) -> None:
    size = sum(env.n_profiles * len(each) ** k for each in env.types.values() for k in range(identities + 1))
    if size > CALLS_LIMIT:
        remedy = "ask about fewer added identities, or declare fewer types"
        raise GameTooLarge("calls of the rule with added identities", size, CALLS_LIMIT, remedy)


# -- the environment with the added identities -----------------------------------------------------------------------


def with_more(env: Environment, player: str, added: Names) -> tuple[Environment, Together]:
    """The environment in which more identities of a player take part, and what its outcomes are to her.

    For one item, shares of goods, bundles and voting; raises BadInput for others.

    >>> import rulewright as rw
    >>> more, together = with_more(rw.games.allocation({"ann": (1, 3), "bob": (2,)}), "ann", ("ann 2",))
    >>> more.space.items, together("ann 2")
    (('ann', 'bob', 'ann 2', 'nobody'), 'ann')
    """
    space, owners = env.space, (*env.players, *added)
    if isinstance(space, Shares):
        return _more(env, player, added, Shares(owners, space.goods, space.disposal), _own_part), partial(
            _shares_together, player, added
        )
    items = space.items if isinstance(space, Finite) else ()
    if items and all(isinstance(t, tuple) and set(t) == set(items) for each in env.types.values() for t in each):
        return _more(env, player, added, space, _for_all), _same
    if items and set(env.players) <= set(items):
        elsewhere = [x for x in (NOBODY, *env.players) if x in items and x != player]
        if elsewhere:
            rest = tuple(x for x in items if x not in env.players)
            won = partial(_won, player, added, elsewhere[0])
            return _more(env, player, added, Finite((*owners, *rest)), won), partial(_won_together, player, added)
    if (goods := _goods(env)) is not None:
        names, disposal = goods
        values = {p: ((0,) * len(names),) for p in owners}
        listed = bundles(values, names, disposal=disposal).space
        return _more(env, player, added, listed, _own_part), partial(_bundles_together, player, added, names)
    raise BadInput(
        f'what added identities get in "{env.name}" is not known; give false_name_proof(larger=f), where '
        "f(env, player, added) returns the environment with the added players, and a function from its outcomes to "
        "those of env"
    )


View = Callable[[str, str, Outcome], Outcome]  # (name in the larger environment, player she stands for, outcome)


def _more(env: Environment, player: str, added: Names, outcomes: Any, view: View) -> Environment:
    """The environment with added identities, each of which seems to be one more player with the player's types."""
    prior: Any = env.prior
    if prior is not None:
        if isinstance(next(iter(prior)), Profile):
            raise BadInput(
                f'the prior of "{env.name}" is joint, so it says nothing about added identities; give larger='
            )
        prior = {**prior, **dict.fromkeys(added, prior[player])}
    types = {**env.types, **dict.fromkeys(added, env.types[player])}
    utility = partial(_seen, env, player, added, view)
    name = f"{env.name} with {', '.join(added)}"
    return replace(env, name=name, types=types, outcomes=outcomes, utility=utility, prior=prior)


def _seen(env: Environment, player: str, added: Names, view: View, name: str, outcome: Outcome, type: Type) -> Number:
    stands_for = player if name in added else name
    return env.utility(stands_for, view(name, stands_for, outcome), type)


def _for_all(name: str, stands_for: str, outcome: Outcome) -> Outcome:
    return outcome


def _own_part(name: str, stands_for: str, outcome: Outcome) -> Outcome:
    return Profile({stands_for: outcome.get(name, {})})


def _won(player: str, added: Names, elsewhere: Outcome, name: str, stands_for: str, outcome: Outcome) -> Outcome:
    """The winner as one identity sees it: to it, another identity of the same player is somebody else."""
    if outcome == name:
        return stands_for
    if outcome == player or outcome in added:
        return elsewhere if stands_for == player else player
    return outcome


def _won_together(player: str, added: Names, outcome: Outcome) -> Outcome:
    return player if outcome in added else outcome


def _shares_together(player: str, added: Names, outcome: Outcome) -> Outcome:
    held = [outcome.get(name, {}) for name in (player, *added)]
    goods = dict.fromkeys(good for bundle in held for good in bundle)
    mine = Profile({good: exact(sum(exact(bundle.get(good, 0)) for bundle in held)) for good in goods})
    return Profile({**{p: bundle for p, bundle in outcome.items() if p not in added}, player: mine})


def _bundles_together(player: str, added: Names, goods: Names, outcome: Outcome) -> Outcome:
    held = {good for name in (player, *added) for good in outcome[name]}
    mine = tuple(good for good in goods if good in held)
    return Profile({p: mine if p == player else bundle for p, bundle in outcome.items() if p not in added})


def _goods(env: Environment) -> tuple[Names, bool] | None:
    """The goods, and whether one may go to nobody, if the outcomes are all ways to give out bundles."""
    items: Any = env.space.items if isinstance(env.space, Finite) else ()
    if not items or not all(_is_bundles(x, env.players) for x in items):
        return None
    names = max((tuple(itertools.chain(*x.values())) for x in items), key=len)
    disposal = any(sum(map(len, x.values())) < len(names) for x in items)
    if len(items) != (len(env.players) + disposal) ** len(names):
        return None
    return next(bundle for x in items for bundle in x.values() if len(bundle) == len(names)), disposal


def _is_bundles(outcome: Outcome, owners: Names) -> bool:
    if not isinstance(outcome, Mapping) or set(outcome) != set(owners):
        return False
    return all(isinstance(bundle, tuple) for bundle in outcome.values())
