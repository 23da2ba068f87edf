"""How large the work on a spec is, counted without doing it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..games.environment import PROFILE_LIMIT, Environment
from ..games.errors import BadInput
from ..games.extensive import ExtensiveForm
from ..games.normal_form import LIMIT, NormalForm
from ..mechanisms.cases import Case, Untraceable, Var
from ..mechanisms.goals import Goal
from ..mechanisms.property import ForAll, GameProperty
from ..solvers.searching.direct import MANY_LIES
from ..solvers.searching.programs.layout import Alike, width_of
from ..solvers.searching.programs.linear import MOST_ENTRIES
from ..solvers.searching.programs.objectives import parts_of
from ..solvers.searching.programs.orbits import Orbits, orbits_of
from ..solvers.searching.programs.rows import entry_count, row_count
from ..solvers.searching.unnamed import for_units
from ..solvers.verification.statements import Statement, trace
from ..solvers.verification.structure import lies_of, neighbours, rising_types

COUNTED = 10**6  # comparisons of a game that are counted one by one


@dataclass(frozen=True)
class Size:
    """A number of things, and how many there may be (None: no limit)."""

    what: str
    number: int
    limit: int | None = None

    @property
    def fits(self) -> bool:
        """Whether it is within the limit."""
        return self.limit is None or self.number <= self.limit

    def __str__(self) -> str:
        limit = "" if self.limit is None else f" (the limit is {self.limit:,}{'' if self.fits else ': too many'})"
        return f"{self.what}: {self.number:,}{limit}"


def sizes_of(game: Any, goal: Goal, family: Any) -> tuple[list[Size], list[str]]:
    """How much there is to verify and to search for a goal, and notes about it; raises BadInput."""
    if isinstance(game, NormalForm):
        return _game_sizes(game, goal.require), []
    if isinstance(game, ExtensiveForm):
        return [Size("nodes", game.nodes), Size("information sets", len(game.infosets))], []
    cases = []
    for each in goal.require:
        if isinstance(each, GameProperty):
            raise BadInput(f'{each.name} is a property of games in normal form, and "{game.name}" is an environment')
        cases.append(Size(f"cases of {each.name}", sum(_cases(game, case) for case in each.cases(game))))
    program, notes, limit = _program_sizes(game, goal)
    if family is not None:
        notes.append("the spec names a family of rules: a search verifies each of them instead of the linear program")
    return [Size("profiles of types", game.n_profiles, limit), *cases, *program], notes


def _game_sizes(game: NormalForm, asked: Sequence[Any]) -> list[Size]:
    sizes = [Size("profiles of actions", game.n_profiles, LIMIT), Size("payoffs", game.n_profiles * len(game.players))]
    for each in asked:
        if not isinstance(each, GameProperty):
            raise BadInput(f'{each.name} is a property of rules in an environment, and "{game.name}" is a game')
        counted = sum(1 for _ in islice(each.comparisons(game), COUNTED))
        sizes.append(Size(f"comparisons of {each.name}{' (at least)' if counted == COUNTED else ''}", counted))
    return sizes


def _cases(env: Environment, case: Case) -> int:
    total = row_count(env, case.variables)
    for one, _ in case.distinct:
        total -= total // len(env.types[one.player])
    return total


# -- the linear program of a search over all direct mechanisms --------------------------------------------------


def _program_sizes(env: Environment, goal: Goal) -> tuple[list[Size], list[str], int | None]:
    """The program written in full, what is left of it at most, and the limit on profiles."""
    statements: list[Statement] = []
    notes: list[str] = []
    for each in goal.require:
        try:
            if not isinstance(each, ForAll):
                raise Untraceable("it is no inequality of expectations")
            statements += trace(each, env)
        except Untraceable as reason:
            notes.append(f"{each.name} has no linear rows ({reason}): search a family of rules for it")
    full = _counted(env, statements, None, False)
    if notes:
        return _named(full, "of the linear program", MOST_ENTRIES), notes, PROFILE_LIMIT
    parts = [] if goal.maximize is None else parts_of(goal.maximize, env)
    names = goal.maximize is None or goal.maximize.combine == "min"
    orbits = orbits_of(env, statements, parts) if names else None
    lazily = orbits is None and _added_later(env, goal, statements)
    at_first = [s for s in statements if lies_of(s) is None] if lazily else statements
    left = _counted(env, at_first, orbits, True)
    limit = None if for_units(env, orbits) else PROFILE_LIMIT
    if left == full:
        return _named(full, "of the linear program", MOST_ENTRIES), notes, limit
    used = []
    if orbits is not None:
        used.append(f"{' and '.join(str(len(each)) for each in orbits.alike)} players are treated alike")
    if any(_pairs(env, s) is not None for s in at_first):
        used.append("lies to neighbouring types stand for all")
    if lazily:
        used.append("lies are added as they tempt")
    notes.append(
        f"what is left: {' and '.join(used)} (checked first); some optima have a closed form, without a program"
    )
    sizes = _named(full, "of the linear program", None) + _named(left, "that are left (at most)", MOST_ENTRIES)
    return sizes, notes, limit


def _added_later(env: Environment, goal: Goal, statements: Sequence[Statement]) -> bool:
    """Whether a search begins without the rows of lies, where nobody is alike."""
    if env.interdependent or (goal.maximize is not None and goal.maximize.combine != "min"):
        return False
    lies = [(s, found) for s in statements if (found := lies_of(s)) is not None]
    many = [row_count(env, s.case.variables) for s, found in lies if rising_types(env, found.player) is None]
    return sum(many) > MANY_LIES


def _named(counts: tuple[int, int, int], which: str, limit: int | None) -> list[Size]:
    columns, rows, entries = counts
    return [Size(f"columns {which}", columns), Size(f"rows {which}", rows), Size(f"entries {which}", entries, limit)]


def _counted(env: Environment, statements: Sequence[Statement], orbits: Any, structure: bool) -> tuple[int, int, int]:
    """At most how many columns, rows and entries a program has."""
    players = [Var(p) for p in env.players]
    found = orbits if isinstance(orbits, Orbits) else None
    profiles = _multisets(env, players, found.alike if found else ())
    columns = profiles * width_of(env)
    rows, entries = profiles * len(env.space.groups), columns
    for k in range(len(statements)) if found is None else found.leading():
        statement = statements[k]
        alike = found.alike_in(statement) if found else ()
        count = _multisets(env, statement.case.variables, alike)
        pairs = _pairs(env, statement) if structure else None
        if pairs is not None:
            both = lies_of(statement, env)
            assert both is not None
            count = count // len(env.types[both.true.player]) ** 2 * pairs
        rows += count
        entries += entry_count(env, statement.margin, count, alike)
    return columns, rows, entries


def _pairs(env: Environment, statement: Statement) -> int | None:
    """How many pairs of neighbouring types stand for all lies of a statement; None where all are needed."""
    lies = lies_of(statement, env)
    found = None if lies is None else neighbours(env, lies)
    return None if found is None else len(found)


def _multisets(env: Environment, variables: Sequence[Var], alike: Alike) -> int:
    """How many values the variables have, those of players alike without their names."""
    total = row_count(env, variables)
    for players in alike:
        k = sum(v.player in players for v in variables)
        m = len(env.types[players[0]])
        total = total // m**k * math.comb(m + k - 1, k)
    return total
