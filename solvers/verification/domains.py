"""Domains of real types: whose they are, how they are made of a symbol, and how to say them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput, nearest
from ...games.reals import Reals
from ...mechanisms.cases import Untraceable
from ...mechanisms.symbolic.branches import Fork, explore
from ...mechanisms.symbolic.standins import rebuilt
from ...mechanisms.symbolic.symbols import symbol


def domains_of(env: Environment, domain: Reals | Mapping[str, Reals]) -> dict[str, Reals]:
    """The real types of each player who has them; raises BadInput."""
    if isinstance(domain, Reals):
        return dict.fromkeys(env.players, domain)
    if not isinstance(domain, Mapping) or not all(isinstance(each, Reals) for each in domain.values()):
        raise BadInput(f"the domain is {domain!r}; give Reals(low, high), or one for each player: {{player: Reals}}")
    for player in domain:
        if player not in env.types:
            raise BadInput(f'no player "{player}" in "{env.name}"; {nearest(str(player), env.types)}')
    for player, types in env.types.items():
        if player not in domain and len(types) > 1:
            raise BadInput(f'"{player}" has {len(types)} declared types; give Reals for her, or declare one type')
    return {player: domain[player] for player in env.players if player in domain}


def shaped(player: str, domain: Reals) -> Callable[[Any], Any]:
    """What makes a type of a symbol; raises BadInput for a shape that is not the same for all numbers."""
    shape = rebuilt(domain.type if domain.shape is None else domain.shape)
    try:
        tree, _ = explore(lambda: shape(symbol("x")))
        reason = "it is not the same for all numbers" if isinstance(tree, Fork) else tree.refusal
    except Untraceable as error:
        reason = str(error)
    if reason:
        raise BadInput(f'the shape of the real types of "{player}" must be plain arithmetic: {reason}')
    return shape


def domain_text(env: Environment, domains: Mapping[str, Reals]) -> str:
    """The domain in words.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1,), "bob": (1,)}, name="a loaf")
    >>> domain_text(env, {"ann": Reals(0), "bob": Reals(0)})
    'all real types at least 0 of "a loaf"'
    >>> domain_text(env, {"ann": Reals(0, 1), "bob": Reals(shape=lambda x: (x, 1, 1))})
    'all real types of "a loaf": ann from 0 to 1; bob (x, 1, 1), x any real number'
    """
    texts = {player: _interval(domain) for player, domain in domains.items()}
    shared = set(texts.values())
    if len(shared) == 1 and len(texts) == len(env.players):
        (text,) = shared
        return f'all real types{"" if text == ANY else " " + text} of "{env.name}"'
    each = "; ".join(f"{player} {text}" for player, text in texts.items())
    return f'all real types of "{env.name}": {each}'


ANY = "any real number"


def _interval(domain: Reals) -> str:
    text = str(domain).removeprefix("all real numbers").strip() or ANY
    if domain.shape is None:
        return text
    return f"{domain.type(symbol('x'))}, x {text}"
