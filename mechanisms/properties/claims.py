"""What a division of an estate should keep: smaller groups, later instalments, losses and transfers change nothing."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from ...games.claims import estate_of
from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import exact, show
from ...games.outcomes import Finite
from ...games.profile import Profile
from ..cases import Case, profiles
from ..property import Finding, examined, told
from ..rules.rationing import ClaimsRule

Q = int | Fraction


@examined(profiles, "CONSISTENT")
def consistent(rule: Any, env: Environment, case: Case) -> Finding | None:
    """Any group that divides anew what its members were awarded together divides it in the same way (Young 1987;
    Thomson 2003).

    >>> import rulewright as rw
    >>> from rulewright.games.claims import claims
    >>> from rulewright.mechanisms.rules.rationing import random_arrival, talmud
    >>> env = claims({"ann": (1,), "bob": (2,), "cem": (2,)}, estate=2, rules=[random_arrival, talmud])
    >>> bool(rw.verify(talmud, env, consistent))
    True
    >>> print(rw.verify(random_arrival, env, consistent).counterexample)
    at ann = 1, bob = 2, cem = 2 with an estate of 2, ann gets 1/3, and 1/2 when ann and bob divide their awards anew
    """
    estate, asked = _problem(rule, env, case)
    awards = rule.awards(estate, asked)
    for k in range(1, len(asked)):
        for group in itertools.combinations(asked, k):
            anew = rule.awards(sum(awards[p] for p in group), {p: asked[p] for p in group})
            names = " and ".join(group)
            if found := _difference(case, estate, awards, anew, f"when {names} divide their awards anew"):
                return found
    return None


@examined(profiles, "SELF-DUAL")
def self_dual(rule: Any, env: Environment, case: Case) -> Finding | None:
    """What is awarded of the estate is what would be missing to the claims if the estate were what is now missing to
    them (Aumann and Maschler 1985).

    >>> import rulewright as rw
    >>> from rulewright.games.claims import claims
    >>> from rulewright.mechanisms.rules.rationing import constrained_equal_awards, talmud
    >>> env = claims({"ann": (1,), "bob": (2,)}, estate=1)
    >>> bool(rw.verify(talmud, env, self_dual))
    True
    >>> print(rw.verify(constrained_equal_awards, env, self_dual).counterexample)
    at ann = 1, bob = 2 with an estate of 1, ann gets 1/2, and 0 when losses are divided as awards are
    """
    estate, asked = _problem(rule, env, case)
    awards = rule.awards(estate, asked)
    losses = rule.awards(sum(asked.values()) - estate, asked)
    anew = {p: exact(asked[p] - losses[p]) for p in asked}
    return _difference(case, estate, awards, anew, "when losses are divided as awards are")


@examined(profiles, "COMP-UP")
def composition_up(rule: Any, env: Environment, case: Case) -> Finding | None:
    """The estate may be divided in two instalments, the second by what is then left of the claims (Young 1988;
    Moulin 2000).

    The first instalment runs through all amounts that the environment lists as shares.

    >>> import rulewright as rw
    >>> from rulewright.games.claims import claims
    >>> from rulewright.mechanisms.rules.rationing import constrained_equal_losses, talmud
    >>> env = claims({"ann": (1,), "bob": (2,)}, estate=2, step=Fraction(1, 2))
    >>> bool(rw.verify(constrained_equal_losses, env, composition_up))
    True
    >>> print(rw.verify(talmud, env, composition_up).counterexample)
    at ann = 1, bob = 2 with an estate of 2, ann gets 1/2, and 5/8 when 1/2 of it is divided first
    """
    estate, asked = _problem(rule, env, case)
    awards = rule.awards(estate, asked)
    for first in _amounts(env, estate):
        one = rule.awards(first, asked)
        two = rule.awards(estate - first, {p: asked[p] - one[p] for p in asked})
        anew = {p: exact(one[p] + two[p]) for p in asked}
        if found := _difference(case, estate, awards, anew, f"when {show(first)} of it is divided first"):
            return found
    return None


@examined(profiles, "COMP-DOWN")
def composition_down(rule: Any, env: Environment, case: Case) -> Finding | None:
    """If less of the estate is left than was thought, dividing it by the claims or by what was promised is the same
    (Moulin 1987; Moulin 2000).

    What is left runs through all amounts that the environment lists as shares.

    >>> import rulewright as rw
    >>> from rulewright.games.claims import claims
    >>> from rulewright.mechanisms.rules.rationing import constrained_equal_awards, talmud
    >>> env = claims({"ann": (1,), "bob": (2,)}, estate=2, step=Fraction(1, 2))
    >>> bool(rw.verify(constrained_equal_awards, env, composition_down))
    True
    >>> print(rw.verify(talmud, env, composition_down).counterexample)
    at ann = 1, bob = 2 with an estate of 1, ann gets 1/2, and 1/4 when what 2 promised is divided
    """
    estate, asked = _problem(rule, env, case)
    promised = rule.awards(estate, asked)
    for less in _amounts(env, estate):
        awards, anew = rule.awards(less, asked), rule.awards(less, promised)
        if found := _difference(case, less, awards, anew, f"when what {show(estate)} promised is divided"):
            return found
    return None


@examined(profiles, "NO-TRANSFER")
def no_advantageous_transfer(rule: Any, env: Environment, case: Case) -> Finding | None:
    """Two players who move a claim from one to the other get together what they got before (Moulin 1985).

    What is moved runs through all amounts that the environment lists as shares.

    >>> import rulewright as rw
    >>> from rulewright.games.claims import claims
    >>> from rulewright.mechanisms.rules.rationing import constrained_equal_awards, proportional_awards
    >>> env = claims({"ann": (0,), "bob": (1,), "cem": (2,)}, estate=1, step=Fraction(1, 6))
    >>> bool(rw.verify(proportional_awards, env, no_advantageous_transfer))
    True
    >>> print(rw.verify(constrained_equal_awards, env, no_advantageous_transfer).counterexample)  # doctest: +ELLIPSIS
    at ann = 0, bob = 1, cem = 2 with an estate of 1, ann and bob get 1/2, and ... when 1/6 of bob's claim moves to ann
    """
    estate, asked = _problem(rule, env, case)
    awards = rule.awards(estate, asked)
    for one, other in itertools.permutations(asked, 2):
        for moved in (*_amounts(env, asked[one]), asked[one]):
            after = rule.awards(estate, {**asked, one: asked[one] - moved, other: asked[other] + moved})
            has, needs = sorted((exact(awards[one] + awards[other]), exact(after[one] + after[other])))
            if has != needs:
                names = " and ".join(p for p in asked if p in (one, other))
                sentence = (
                    f"at {told(case.types)} with an estate of {show(estate)}, {names} get "
                    f"{show(exact(awards[one] + awards[other]))}, and {show(exact(after[one] + after[other]))} when "
                    f"{show(moved)} of {one}'s claim moves to {other}"
                )
                return Finding(case, has, needs, sentence, after)
    return None


def _problem(rule: Any, env: Environment, case: Case) -> tuple[Q, Profile[Q]]:
    """The estate, at most the sum of the claims, and the claims."""
    whole = estate_of(env)
    if not isinstance(rule, ClaimsRule):
        raise BadInput(f"{rule.name} is no rule for claims, so what it does with another estate cannot be asked")
    asked = Profile({p: exact(claim, f'the claim of "{p}"') for p, claim in case.types.items()})
    return min(whole, exact(sum(asked.values()))), asked


def _amounts(env: Environment, most: Q) -> list[Q]:
    """The amounts below ``most`` and above 0 that are listed as shares."""
    assert isinstance(env.space, Finite)
    items: tuple[Any, ...] = env.space.items
    return sorted({exact(x) for item in items for x in item.values() if 0 < exact(x) < most})


def _difference(case: Case, estate: Q, awards: Mapping[str, Q], anew: Mapping[str, Q], when: str) -> Finding | None:
    """The first player whose award is another; None if all are the same."""
    player = next((p for p in anew if awards[p] != anew[p]), None)
    if player is None:
        return None
    sentence = (
        f"at {told(case.types)} with an estate of {show(estate)}, {player} gets {show(awards[player])}, and "
        f"{show(anew[player])} {when}"
    )
    has, needs = sorted((awards[player], anew[player]))
    return Finding(case, has, needs, sentence, Profile(anew))
