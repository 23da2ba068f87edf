"""Designs: the rule a search proposes, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from textwrap import indent
from typing import TYPE_CHECKING, Any

from ..certificates import check
from ..games.environment import Environment
from ..games.numbers import Number, exact, show
from ..games.profile import Profile
from ..games.show import Shown
from .verdict import Report

if TYPE_CHECKING:
    from .writing.readable import Description


MOST_DESCRIBED = 500  # profiles of a rule that is told in a short form when it is printed
MOST_LISTED = 40  # profiles that a rule lists in its own words
LONG = 24  # characters of a number that is told in decimals too


@dataclass(frozen=True, eq=False)
class Candidate:
    """One rule a search looked at: its verdicts and what it reaches (None without an objective)."""

    rule: Any
    verdicts: Report
    value: Number | None

    @property
    def meets(self) -> bool:
        """Whether every requirement is proved."""
        return all(v.status == "proved" for v in self.verdicts)


@dataclass(frozen=True, eq=False, repr=False)
class Design(Shown):
    """What a search found: a rule with its verdicts, or the reason why there is none.

    ``status`` is "optimal" (no rule searched does better, proved), "feasible" (meets the goal; how much better
    another could be is bounded by ``bound``), "infeasible" (no rule searched meets the goal) or "unknown".
    ``value`` is what the rule reaches, ``searched`` says among which rules, ``why`` says what was found in words.
    Where there is none, ``conflicts`` are the smallest sets of requirements that clash, ``give_up`` the smallest sets
    without which the others can hold, and ``core`` a few profiles at which the first conflict shows. ``asked`` is the
    Goal.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2), "bob": (1, 2)}, transfers=None)
    >>> design = rw.search(env, rw.Goal((rw.strategyproof, rw.proportional), rw.welfare))
    >>> design.status, design.value, bool(design)
    ('optimal', Fraction(3, 2), True)
    """

    status: str
    goal: str
    searched: str
    method: str
    rule: Any = None
    value: Number | None = None
    bound: Number | None = None
    verdicts: Report = field(default_factory=lambda: Report(()))
    why: str = ""
    candidates: tuple[Candidate, ...] = ()
    conflicts: tuple[tuple[str, ...], ...] = ()
    give_up: tuple[tuple[str, ...], ...] = ()
    core: tuple[Profile[Any], ...] = ()
    asked: Any = field(default=None, repr=False)
    environment: Any = field(default=None, repr=False)
    certify: Callable[[], dict[str, Any] | None] = field(default=lambda: None, repr=False)

    @cached_property
    def certificate(self) -> dict[str, Any] | None:
        """JSON data that ``rulewright.check`` accepts (None where nothing is proved)."""
        return self.certify()

    @cached_property
    def description(self) -> Description | None:
        """The rule in a form that people can read; None without a rule, or where its table is too large to read."""
        from .writing.readable import describe  # it imports this room

        env = self.environment
        if self.rule is None or not isinstance(env, Environment) or env.n_profiles > MOST_DESCRIBED:
            return None
        return describe(self.rule, env)

    def check(self) -> bool:
        """Whether the independent checker accepts the certificate; False also where there is none."""
        return self.certificate is not None and check(self.certificate)

    def __bool__(self) -> bool:
        """Whether a rule was found."""
        return self.rule is not None

    def __str__(self) -> str:
        lines = [f"Goal: {self.goal}.", f"Searched: {self.searched}."]
        if self.rule is not None:
            lines.append(f"Proposed rule ({self.status}): {self._rule_told()}")
        elif self.status == "infeasible":
            lines.append("No rule meets the goal (infeasible).")
        else:
            lines.append(f"No rule was found ({self.status}).")
        if self.value is not None:
            limit = ""
            if self.bound is not None and self.bound != self.value:
                above = exact(self.bound) > exact(self.value)
                limit = f"; {'no rule exceeds' if above else 'the threshold is'} {_short(self.bound)}"
            lines.append(f"Value: {_short(self.value)}{limit}.")
        if self.why:
            lines.append(f"Why: {self.why}")
        lines += [f"  {v.property}: {v.status}; {v.domain}" for v in self.verdicts]
        lines.append(f"Method: {self.method}.")
        return "\n".join(lines)

    def _rule_told(self) -> str:
        """The rule in its short form if it has one; else its own words, without the goal in its name."""
        told, rule = self.description, str(self.rule)
        if told is not None and (not told.leaves or self.environment.n_profiles > MOST_LISTED >= told.leaves):
            return f"{told.form}\n{indent(told.text, '  ')}"
        return rule.removeprefix(f"rule found for {self.goal}: ")


def _short(value: Number) -> str:
    """A value exactly, and where that has many digits, first in decimals."""
    text = show(value)
    if len(text) <= LONG or text.startswith("about"):
        return text
    near = f"about {float(exact(value)):.6g}"
    return near if len(text) > 2 * LONG else f"{near} (exactly {text})"
