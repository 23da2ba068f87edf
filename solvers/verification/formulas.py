"""Formulas: expressions in symbols as terms of z3, in linear real arithmetic."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ...games.errors import MissingExtra
from ...mechanisms.cases import Untraceable
from ...mechanisms.symbolic.branches import Leaf, Tree
from ...mechanisms.symbolic.symbols import Atom, Real
from ...mechanisms.symbolic.truths import Comparison, Truth


def z3_or_missing() -> Any:
    """The package z3; raises MissingExtra with the command that installs it."""
    try:
        import z3
    except ImportError:
        raise MissingExtra(
            "a verdict over all real types needs z3; install it with: pip install 'rulewright[proof]'"
        ) from None
    return z3


class Formulas:
    """Terms of one z3 context; ``sides`` says what the auxiliary variables among them mean."""

    def __init__(self, context: Any = None) -> None:
        self.z3 = z3_or_missing()
        self.context = self.z3.Context() if context is None else context
        self.sides: dict[int, list[Any]] = {}  # by atom
        self.refusals: list[Any] = []
        self._atoms: dict[int, Any] = {}
        self._reals: dict[Any, Any] = {}
        self._numbers: dict[Any, Any] = {}

    def number(self, value: Any) -> Any:
        """A rational."""
        if value not in self._numbers:
            exact = Fraction(value)
            self._numbers[value] = self.z3.RealVal(f"{exact.numerator}/{exact.denominator}", self.context)
        return self._numbers[value]

    def real(self, value: Any) -> Any:
        """A Real or a number; raises Untraceable where symbols are multiplied with each other."""
        if not isinstance(value, Real):
            return self.number(value)
        key = value.key
        if key not in self._reals:
            total = None if not value.constant and value.terms else self.number(value.constant)
            for atom, c in value.terms:
                term = self._atom(atom) if c == 1 else self.number(c) * self._atom(atom)
                total = term if total is None else total + term
            self._reals[key] = total
        return self._reals[key]

    def truth(self, truth: Truth) -> Any:
        """A Truth as a Boolean."""
        parts = [self._comparison(part) for part in truth.parts]
        return parts[0] if len(parts) == 1 else self.z3.And(*parts, self.context)

    def tree(self, tree: Tree[Any], when: tuple[Truth, ...] = ()) -> Any:
        """A Real for each way of a tree as one term; where the tree refuses, that is noted in ``refusals``."""
        if isinstance(tree, Leaf):
            if tree.refusal:
                self.refusals.append((self.all(when), tree.refusal))
            return self.real(tree.value or 0 if not isinstance(tree.value, Real) else tree.value)
        groups: dict[int, tuple[Any, list[Truth]]] = {}
        for way, each in zip(tree.ways, tree.trees, strict=True):
            term = self.tree(each, (*when, way))
            groups.setdefault(term.get_id(), (term, []))[1].append(way)
        # the ways exclude each other and one of them holds, so that the term with the most ways needs no condition
        (found, _), *rest = sorted(groups.values(), key=lambda group: -sum(len(way.parts) for way in group[1]))
        for term, ways in rest:
            found = self.z3.If(self.any(ways), term, found)
        return found

    def all(self, truths: Any) -> Any:
        """All of them hold."""
        return self.z3.And(*map(self.truth, truths), self.context)

    def any(self, truths: Any) -> Any:
        """One of them holds."""
        found = [self.truth(truth) for truth in truths]
        return found[0] if len(found) == 1 else self.z3.Or(*found, self.context)

    def _comparison(self, one: Comparison) -> Any:
        left, right = Real(tuple((a, c) for a, c in one.form.terms if c > 0), 0), self.number(one.bound)
        for atom, c in one.form.terms:
            if c < 0:
                right = right + (self._atom(atom) if c == -1 else self.number(-c) * self._atom(atom))
        a = self.real(left)
        made = {">": a > right, ">=": a >= right, "<": a < right, "<=": a <= right, "==": a == right, "!=": a != right}
        return made[one.op]

    def _atom(self, atom: Atom) -> Any:
        if atom.uid not in self._atoms:
            self._atoms[atom.uid] = self._new(atom)
        return self._atoms[atom.uid]

    def _new(self, atom: Atom) -> Any:
        z3 = self.z3
        if atom.kind == "symbol":
            return z3.Real(atom.name, self.context)
        if atom.kind != "order":
            raise Untraceable("it multiplies or divides reports by one another, and z3 is asked linear questions only")
        parts, n = [self.real(part) for part in atom.parts], len(atom.parts)
        found = z3.Real(f"#{atom.uid}", self.context)
        sides = [z3.Or(*(found == part for part in parts), self.context)]
        if atom.place == n - 1:
            sides += [found >= part for part in parts]
        elif atom.place == 0:
            sides += [found <= part for part in parts]
        else:
            sides += [
                z3.AtLeast(*(part <= found for part in parts), atom.place + 1),
                z3.AtLeast(*(part >= found for part in parts), n - atom.place),
            ]
        self.sides[atom.uid] = sides
        return found
