"""Why there is no rule: which requirements clash, proved exactly, and what to give up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from time import monotonic
from typing import Any

from ....games.environment import Environment
from ....games.errors import BadInput
from ....games.numbers import Number, exact
from ....games.outcomes import Finite
from ....mechanisms.goals import Goal
from ....mechanisms.property import ForAll
from ....mechanisms.rules.auctions import vcg
from ....mechanisms.table import pack
from ....mechanisms.tabulated import from_table
from ... import proofs
from ...design import Design
from ...verification.work import left
from ...verify import domain_of, verify
from ..programs.linear import solve_program
from ..programs.program import Block, exact_table, program_of, rounded_table
from .core import Clash, clash_of, small_clash, with_types
from .subsets import Subsets, subsets

MOST_GUESSED = 5_000  # profiles up to which simple rules are tried before a program is solved
MOST_TABLED = 200_000  # profiles up to which a rule that is found is looked at for what else it meets
MOST_TOLD = 6  # conflicts, and ways to give up, that are told in words

Some = tuple[ForAll, ...]


def conflict(
    env: Environment, goal: Goal, blocks: list[Block], common: dict[str, Any], until: float = math.inf,
    progress: Any = None, known: Clash | None = None,
) -> Design:  # fmt: skip
    """Why no rule meets the goal: every smallest set of requirements that clash, and what to give up.

    ``known`` is a clash found before; ``until`` a reading of ``time.monotonic`` after which no program is begun.
    """
    evidence, found = weighed(env, goal, blocks, until, progress, known)
    method = "linear programs by HiGHS; sets of requirements by hitting sets (Bailey and Stuckey 2005)"
    if not evidence.clashes:
        why = f"In floats, {_listed(evidence.requirements)} cannot hold together on {domain_of(env)}. "
        why += "This could not be confirmed in rational numbers" + (" in the time." if until < math.inf else ".")
        return Design("unknown", method=method, why=why, **common)
    first = min(evidence.clashes, key=lambda c: len(c.properties))  # if the time ran out, perhaps not a smallest
    if found.conflicts:
        first = next(c for c in evidence.clashes if set(c.properties) == set(found.conflicts[0]))
    clash = with_types(env, first, until)
    words = f"no rule is {' and '.join(p.name for p in clash.properties)} on {domain_of(env)}"
    return Design(
        "infeasible", method=f"{method}; the clash proved in rationals", why=_why(env, clash, found, evidence),
        conflicts=_names(found.conflicts), give_up=_names(found.give_up), core=clash.profiles,
        certify=lambda: proofs.infeasible(env, clash.statements, clash.multipliers, words), **common,
    )  # fmt: skip


def weighed(
    env: Environment, goal: Goal, blocks: list[Block], until: float = math.inf, progress: Any = None,
    known: Clash | None = None,
) -> tuple[Evidence, Subsets[ForAll]]:  # fmt: skip
    """The sets of the goal's requirements that clash, and those to give up, with what shows it."""
    requirements = tuple(dict.fromkeys(p for p in goal.require if isinstance(p, ForAll)))
    evidence = Evidence(env, blocks, requirements, until, progress, [] if known is None else [known])
    evidence.can_hold(requirements)  # first the proof that there is no rule, then why
    evidence.guess()
    return evidence, subsets(requirements, evidence.can_hold, until)


# -- what is known of sets of requirements -----------------------------------------------------------------------------


@dataclass
class Evidence:
    """What was found so far: clashes with proofs, and sets that rules meet (``exactly``, or in floats)."""

    env: Environment
    blocks: list[Block]
    requirements: Some
    until: float
    progress: Any
    clashes: list[Clash] = field(default_factory=list)
    met: list[tuple[frozenset[ForAll], bool]] = field(default_factory=list)
    asked: int = 0

    def can_hold(self, some: Some) -> bool | None:
        """Whether some rule meets all of some requirements; None if that is not known."""
        self.asked += 1
        if self.progress is not None:
            self.progress(self.asked, max(self.asked, 2 ** len(self.requirements)))
        if any(each.issuperset(some) for each, _ in self.met):
            return True
        if any(set(clash.properties) <= set(some) for clash in self.clashes):
            return False
        if monotonic() >= self.until:
            return None
        env, blocks = self.env, [b for b in self.blocks if b.statement.property in some]
        clash = small_clash(env, [b.statement for b in blocks], self.until)
        if clash is None:
            outcome = solve_program(program_of(env, blocks, []), left(self.until))
            if outcome.status == "optimal":
                known = outcome.exact_x
                if env.n_profiles > MOST_TABLED:
                    self.met.append((frozenset(some), known is not None))
                    return True
                layout = blocks[0].rows.layout if blocks else None
                table = rounded_table(env, outcome.x, layout) if known is None else exact_table(env, known, layout)
                met = self.meets(from_table(env, table, "a rule"))
                self.met.append((met, True) if met.issuperset(some) else (frozenset(some), False))
                return True
            clash = clash_of(env, blocks, self.until) if outcome.status == "infeasible" else None
        if clash is None:
            return None
        self.clashes.append(clash)
        return False

    def meets(self, rule: Any) -> frozenset[ForAll]:
        """The requirements that a rule provably meets."""
        verdicts = ((p, verify(rule, self.env, p, time=left(self.until))) for p in self.requirements)
        return frozenset(p for p, verdict in verdicts if verdict.status == "proved")

    def guess(self) -> None:
        """Look at what simple rules meet."""
        for rule in simple_rules(self.env) if monotonic() < self.until else ():
            self.met.append((self.meets(rule), True))

    def exactly(self, some: Some) -> bool:
        """Whether a rule was exactly shown to meet them all."""
        return any(sure and each.issuperset(some) for each, sure in self.met)


def simple_rules(env: Environment) -> Iterator[Any]:
    """Rules that often meet much: the same lottery or outcome always, without payments; and the pivotal rule."""
    if env.n_profiles > MOST_GUESSED:
        return
    low, high = env.transfers or (None, None)
    if (low is None or exact(low) <= 0) and (high is None or exact(high) >= 0):
        nothing: list[list[Number]] | None = (
            None if env.transfers is None else [[0] * len(env.players)] * env.n_profiles
        )
        even: dict[int, Number] = {k: Fraction(1, len(g.coordinates)) for g in env.space.groups for k in g.coordinates}
        first: dict[int, Number] = {g.coordinates[0]: 1 for g in env.space.groups if g.exactly}
        for point in (even, first):
            yield from_table(env, pack([point] * env.n_profiles, nothing), "always the same")
    if env.transfers is not None and isinstance(env.space, Finite) and not env.interdependent:
        try:
            yield from_table(env, vcg.table(env), "the pivotal rule")
        except BadInput:  # its payments exceed the bounds on transfers
            return


# -- in words ----------------------------------------------------------------------------------------------------------


def _names(sets: Sequence[Some]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(p.name for p in some) for some in sets)


def _listed(some: Sequence[Any]) -> str:
    names = [p.name for p in some]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _why(env: Environment, clash: Clash, found: Subsets[ForAll], evidence: Evidence) -> str:
    """The first conflict and where it shows, the other conflicts, and what to give up."""
    some = clash.properties
    if len(some) == 1:
        parts = [f"{some[0].name} cannot be met by any rule on {domain_of(env)}"]
    else:
        parts = [f"{_listed(some)} cannot hold together on {domain_of(env)}"]
    if clash.shown:
        parts.append(clash.shown)
    if len(some) > 1 and some in found.conflicts:
        rest = [tuple(p for p in some if p is not left_out) for left_out in some]
        parts.append(f"without any one of them the others can{_surely(evidence, rest)}")
    said = ["; ".join(parts)]
    for other in found.conflicts[1:MOST_TOLD]:
        together = "hold together" if len(other) > 1 else "be met by any rule"
        said.append(f"{'Neither can' if len(other) > 1 else 'Nor can'} {_listed(other)} {together}")
    if len(found.conflicts) > MOST_TOLD:
        said.append(f"There are {len(found.conflicts) - MOST_TOLD} more conflicts")
    if not found.complete:
        said.append("Not all sets of requirements could be decided, so there may be other conflicts")
    if found.give_up:
        ways = [_listed(each) for each in found.give_up[:MOST_TOLD]]
        more = len(found.give_up) - len(ways)
        rest = [tuple(p for p in evidence.requirements if p not in each) for each in found.give_up]
        said.append(
            f"Give up {'one of: ' if len(found.give_up) > 1 else ''}{'; '.join(ways)}"
            f"{f'; or one of {more} more' if more else ''}{_surely(evidence, rest)}"
        )
    if env.transfers not in (None, (None, None)):
        said.append("Wider bounds on transfers may change this")
    return ". ".join(said) + "."


def _surely(evidence: Evidence, sets: Sequence[Some]) -> str:
    return "" if all(map(evidence.exactly, sets)) else " (in floats)"
