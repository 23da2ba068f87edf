"""Social welfare functions: what Arrow asked of a rule that ranks the candidates for society."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import Number, show
from ..cases import Case, anyone
from ..clausal import ClauseCase, Clauses, clausal, items_of
from ..measures import as_measure
from ..property import entry_text, for_all, told
from .choice import undominated


@dataclass(frozen=True)
class Pair(Case):
    """A case about whether society ranks one candidate above another."""

    one: Any = None
    two: Any = None


def _welfare(env: Environment, name: str) -> tuple[Any, ...]:
    """The candidates; raises BadInput unless outcomes and types are rankings of them."""
    items = items_of(env, name)
    first = items[0] if isinstance(items[0], tuple) else ()
    for x in (*items, *(t for types in env.types.values() for t in types)):
        if not isinstance(x, tuple) or len(x) != len(first) or set(x) != set(first):
            raise BadInput(
                f'{name} is asked of rules that rank the candidates, and "{env.name}" has {x!r} among its outcomes '
                "and types; declare it by rulewright.games.aggregation"
            )
    return tuple(first)


def _above(ranking: Any, one: Any, two: Any) -> bool:
    return bool(ranking.index(one) < ranking.index(two))


def _alike(env: Environment) -> Iterator[Case]:
    """Every two candidates, and every two rankings of a player that order them alike, next to each other in her list.

    Profiles in which all order the two alike are joined by such steps.
    """
    candidates, everybody = _welfare(env, "independent_of_irrelevant_alternatives"), anyone(env)
    for one, two in itertools.combinations(candidates, 2):
        for player, types in env.types.items():
            for wanted in (True, False):
                same = [t for t in types if _above(t, one, two) is wanted]
                for before, after in itertools.pairwise(same):
                    yield Pair(everybody | {player: before}, everybody | {player: after}, player, one=one, two=two)


def _swayed(rule: Any, env: Environment, case: Any, has: Number, needs: Number) -> str:
    who, others = case.player, told(case.types.without(case.player))
    both = " and ".join(entry_text(each[who]) for each in (case.types, case.reports))
    return (
        f"while the others report {others}, {who} orders {case.one} and {case.two} alike in {both}, but "
        f"{case.one} is ranked above {case.two} with probability {show(has)} at the one and {show(needs)} at the other"
    )


@for_all(_alike, "IIA", equal=True, story=_swayed)
def independent_of_irrelevant_alternatives(rule: Any, env: Environment, case: Any) -> tuple[Any, Any]:
    """How society orders two candidates depends only on how each voter orders these two (Arrow 1951).

    Of lotteries over rankings, the probabilities count. Raises BadInput.

    >>> import rulewright as rw
    >>> from rulewright.games import aggregation
    >>> @rw.mechanism
    ... def as_ann(env, reports):
    ...     "Society ranks as ann does."
    ...     return reports["ann"]
    >>> env = aggregation(("ann", "bob"), ("a", "b", "c"))
    >>> rw.verify(as_ann, env, independent_of_irrelevant_alternatives).status
    'proved'
    """
    one, two = case.one, case.two
    ordered = as_measure(lambda ranking: int(_above(ranking, one, two)))
    return rule.expect(ordered, env, case.types), rule.expect(ordered, env, case.reports)


def _overruled(env: Environment, case: ClauseCase, outcomes: list[Any]) -> str:
    candidates = _welfare(env, "weak_pareto")
    two, one = (candidates[k] for k in case.about)
    return f"at {told(case.types)} all rank {one} above {two}, and society ranks {entry_text(outcomes[0])}"


def _unanimity(env: Environment) -> dict[str, Any]:
    candidates, items = _welfare(env, "weak_pareto"), items_of(env, "weak_pareto")
    levels = {i: [[-t.index(x) for x in candidates] for t in types] for i, types in env.types.items()}  # type: ignore[attr-defined]
    excluded = [[[k for k, r in enumerate(items) if _above(r, x, y)] for y in candidates] for x in candidates]
    return {"form": "dominance", "levels": levels, "excluded": excluded}


@clausal("WEAK-PARETO", _overruled, data=_unanimity)
def weak_pareto(env: Environment) -> Iterator[Clauses]:
    """If everybody ranks one candidate above another, so does society (Arrow 1951).

    Raises BadInput.

    >>> import rulewright as rw
    >>> from rulewright.games import aggregation
    >>> @rw.mechanism
    ... def as_listed(env, reports):
    ...     "Society ranks the candidates as they are listed."
    ...     return env.space.items[0]
    >>> print(rw.verify(as_listed, aggregation(("ann", "bob"), ("a", "b")), weak_pareto).counterexample)
    at ann = (b, a), bob = (b, a) all rank b above a, and society ranks (a, b)
    """
    yield from undominated(env, _unanimity(env))
