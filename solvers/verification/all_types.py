"""All types, not only a grid: whether a rule has a property at all real types, decided by z3 on the rule's branches."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from time import monotonic
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.lottery import Lottery
from ...games.numbers import exact
from ...games.profile import Profile
from ...games.reals import Reals
from ...mechanisms.cases import Belief, Untraceable, Var, is_var
from ...mechanisms.expectations import Expectation, Highest
from ...mechanisms.measures import FunctionOf, Measure, Part, PaymentOf, RankOf, variables_of
from ...mechanisms.property import ForAll
from ...mechanisms.rule import DirectMechanism
from ...mechanisms.symbolic.branches import Branch, Fork, Leaf, Reading, Tree, explore, run
from ...mechanisms.symbolic.standins import on_continuum, on_symbols, opened, rebuilt
from ...mechanisms.symbolic.symbols import Real, order, symbol
from ...mechanisms.symbolic.truths import Truth
from ..verdict import Counterexample, Verdict
from ..writing.probing import agrees, misread, spread
from .domains import domain_text, domains_of, shaped
from .formulas import Formulas, z3_or_missing
from .statements import Statement, trace
from .verify_cases import counterexample, fails

PARTS = (1, 2, 4)  # of a unit: the plain numbers among which a readable counterexample is looked for
LOOK = 0.5  # seconds for each such look


def over_reals(
    rule: Any,
    env: Environment,
    property: Any,
    domain: Reals | Mapping[str, Reals],
    deadline: float = math.inf,
) -> Verdict:
    """Whether the rule has the property at all real types of a domain: one for all players, or one for each.

    The rule's function is read as a finite list of branches (:mod:`rulewright.mechanisms.symbolic.branches`) and z3
    is asked for a case in which the property fails. What it finds is replayed with exact fractions. Outcomes that
    differ from listed ones only in their numbers count as outcomes too, and any amount may be paid. A player whose
    domain is not given keeps her declared type. ``checked`` counts the statements decided (a player's, or a
    pair's); there is no certificate, as z3 is trusted for "proved"; whether the rule does what was read is tried at
    some points of the domain. Unknown with the reason where the rule or the property does more than linear
    arithmetic and comparisons, and after the ``deadline`` (of ``time.monotonic()``). Raises BadInput, MissingExtra.

    >>> import rulewright as rw
    >>> from rulewright.games.reals import Reals
    >>> env = rw.games.allocation({"ann": (1,), "bob": (1,)})
    >>> print(over_reals(rw.mechanisms.second_price, env, rw.strategyproof, Reals(0)))  # doctest: +ELLIPSIS
    strategyproof of second price: proved (2 cases; all real types at least 0 of "allocation"; over all real types, ...
    >>> print(over_reals(rw.mechanisms.first_price, env, rw.strategyproof, Reals(0)).counterexample)
    ann, whose true type is 1, gains 1 by reporting 0 while the others report bob = 0: she gets 1 instead of 0
    """
    if not isinstance(getattr(rule, "name", None), str):
        raise BadInput(f"{rule!r} is no rule; make one with @rulewright.mechanism")
    domains = domains_of(env, domain)
    shapes = {player: shaped(player, each) for player, each in domains.items()}
    words = domain_text(env, domains)
    z3_or_missing()
    question = _Question(rule, env, property, domains, shapes, deadline)

    def verdict(status: str, found: Counterexample | None = None, reason: str = "") -> Verdict:
        return Verdict(status, property.name, rule.name, words, question.method(), question.checked, found, reason)

    try:
        found = question.answer()
    except Untraceable as reason:
        return verdict("unknown", reason=str(reason))
    except RecursionError:
        return verdict("unknown", reason="its formulas lie too deep for the call that asks for them")
    return verdict("proved" if found is None else "refuted", found)


class _Question:
    """One question: a rule, a property and a domain; ``answer`` is a counterexample, or None if there is none."""

    def __init__(
        self,
        rule: Any,
        env: Environment,
        property: Any,
        domains: dict[str, Reals],
        shapes: dict[str, Callable[[Any], Any]],
        deadline: float,
    ) -> None:
        self.rule, self.env, self.property = rule, env, property
        self.domains, self.deadline = domains, deadline
        self.shapes = shapes
        self.checked = 0
        self.readings: dict[Any, Reading] = {}
        self.asked: dict[Any, Profile[Any]] = {}  # the reports of each reading, variables among them
        self.view = on_symbols(env)
        self.formulas = Formulas()  # new ones for each statement, in one context

    def method(self) -> str:
        """How it is decided."""
        if not self.readings:
            return "over all real types, by z3"
        reading = next(iter(self.readings.values()))
        n = len(reading.branches)
        exactly = ", in exact arithmetic" if reading.rounds else ""
        return f"over all real types, by z3 on the {n:,} branch{'' if n == 1 else 'es'} of the rule{exactly}"

    def answer(self) -> Counterexample | None:
        """A case in which the property fails; None if it holds; raises Untraceable where neither was found."""
        if not isinstance(self.property, ForAll):
            raise Untraceable("the property is examined profile by profile, and is no inequality of expectations")
        if not isinstance(self.rule, DirectMechanism):
            raise Untraceable("the rule is no function of the reports")
        statements = trace(self.property, self.env)
        if not agrees(self.property, self.env, statements):
            raise Untraceable("the property's expressions differ from its values; it may look at the class of a type")
        for statement in statements:
            self._seated(statement)
            found = self._of(statement)
            self.checked += 1
            if found is not None:
                return found
        for key, reading in self.readings.items():
            self._confirmed(reading, self.asked[key])
        return None

    def _seated(self, statement: Statement) -> None:
        """Raise Untraceable where a type of one player stands at the seat of another whose domain is another."""
        placed: list[tuple[str, Any]] = [(a.player, b) for a, b in statement.case.distinct]
        case, margin = statement.case, statement.margin
        placed += [*case.types.items(), *(case.reports or {}).items()]
        parts = [term.part for term in margin.terms] + [p for most in margin.highest for _, p in most.measure.parts]
        placed += [pair for part in parts for pair in variables_of(part)]
        placed += [pair for term in margin.terms for pair in term.slots.items()]
        for player, entry in placed:
            if is_var(entry) and self.domains.get(player) != self.domains.get(entry.player):
                raise Untraceable(f"it puts a type of {entry.player} where {player} belongs, whose types differ")

    def _confirmed(self, reading: Reading, reports: Profile[Any]) -> None:
        """Raise Untraceable where the rule does something else than was read, at some points of the domain."""
        variables = list(dict.fromkeys(v for v in reports.values() if is_var(v) and v.player in self.domains))
        for values in spread({v: self.domains[v.player] for v in variables}):
            if monotonic() > self.deadline:
                raise Untraceable(f"the time ran out after {self.checked:,} statements")
            types = {v: self.domains[v.player].type(x) for v, x in values.items()}
            at = Profile({p: types[e] if e in types else self._entry(e) for p, e in reports.items()})
            named = {repr((v.player, v.mark)): x for v, x in values.items()}
            env = opened(self.env, {player: (each,) for player, each in at.items()})
            difference = misread(self.rule, env, reading, at, named)
            if difference:
                where = ", ".join(f"{v} = {x}" for v, x in values.items())
                raise Untraceable(f"the rule says something else than was read, at {where}: {difference}")

    # -- one statement ------------------------------------------------------------------------------------------------

    def _of(self, statement: Statement) -> Counterexample | None:
        case = statement.case
        for player, entry in (*case.types.items(), *(case.reports or {}).items()):
            if player in self.domains and not is_var(entry):
                raise Untraceable(f"its cases name types of their own, such as {entry!r} of {player}")
        variables = [v for v in case.variables if v.player in self.domains]
        if any(v.player not in self.domains for pair in case.distinct for v in pair):
            return None  # she has one type only, and nothing else to report
        self.formulas = f = Formulas(self.formulas.context)
        margin = self._margin(statement.margin, variables)
        solver = f.z3.SolverFor("QF_LRA", ctx=f.context)
        for truth in self._given(variables):
            solver.add(f.truth(truth))
        for a, b in case.distinct:
            solver.add(f.real(self._symbol(a)) != f.real(self._symbol(b)))
        solver.add(*(side for sides in f.sides.values() for side in sides))
        self._refuses(solver, variables)
        solver.add(margin != f.number(0) if statement.property.equal else margin < f.number(0))
        if not self._possible(solver):
            return None
        return self._witness(solver, statement, variables)

    def _margin(self, margin: Expectation, variables: list[Var]) -> Any:
        """The margin as one term: expectations of the rule, best possible values, and a constant."""
        f = self.formulas
        total = f.number(margin.constant)
        groups: dict[Any, tuple[Any, list[tuple[Any, Part]]]] = {}
        for term in margin.terms:
            if isinstance(term.reports, Belief):
                raise Untraceable("it takes expectations over the prior, and the prior is one of declared types")
            if isinstance(term.part, RankOf):
                raise Untraceable("it counts the ranks of outcomes among the declared types")
            key = self._key(term.reports)
            groups.setdefault(key, (term.reports, []))[1].append((exact(term.coefficient), term.part))
        given = self._given(variables)
        for reports, parts in groups.values():
            reading = self._reading(reports, given)

            def worth(branch: Branch, parts: list[tuple[Any, Part]] = parts) -> Any:
                return sum((c * self._value(part, branch) for c, part in parts), start=0)

            total = total + f.tree(self._grafted(reading.tree, reading, worth, given))
        for most in margin.highest:
            tree, _ = explore(lambda most=most: self._best(most), given, self.deadline)  # type: ignore[misc]
            total = total + f.number(most.coefficient) * f.tree(tree)
        return total

    def _grafted(
        self, tree: Tree[int], reading: Reading, worth: Callable[[Branch], Any], given: tuple[Truth, ...]
    ) -> Tree[Any]:
        """The rule's tree with what each branch is worth in place of its number."""
        if isinstance(tree, Fork):
            ways = zip(tree.ways, tree.trees, strict=True)
            trees = tuple(self._grafted(each, reading, worth, (*given, way)) for way, each in ways)
            return Fork(tree.ways, trees)
        assert tree.value is not None
        branch = reading.branches[tree.value]
        if branch.refusal:
            return Leaf(0, branch.refusal)
        found, _ = explore(lambda: worth(branch), given, self.deadline)
        return found

    def _value(self, part: Part, branch: Branch) -> Any:
        if isinstance(part, PaymentOf):
            return branch.payments[part.player]
        if isinstance(branch.outcome, Lottery):
            return sum((exact(p) * self._at(part, x) for x, p in branch.outcome.items()), start=0)
        return self._at(part, branch.outcome)

    def _at(self, part: Any, outcome: Any) -> Any:
        if isinstance(part, FunctionOf):
            return rebuilt(part.function)(outcome)
        own = part.type
        if isinstance(own, Profile) and self.env.interdependent:
            own = Profile({player: self._entry(entry) for player, entry in own.items()})
        return self.view.worth_of(part.player, outcome, self._entry(own), part.share_of)

    def _best(self, most: Highest) -> Any:
        items = getattr(self.env.space, "items", ())
        if not items or on_continuum(self.env):
            raise Untraceable("it asks for the best of a continuum of outcomes")
        measure: Measure = most.measure
        sums = [sum((exact(c) * self._at(part, x) for c, part in measure.parts), start=0) for x in items]
        return order(sums, len(sums) - 1)

    def _refuses(self, solver: Any, variables: list[Var]) -> None:
        """Raise Untraceable if the rule refuses some types of the domain."""
        for condition, sentence in self.formulas.refusals:
            solver.push()
            solver.add(condition)
            refused = self._possible(solver)
            if refused:
                model = self._values(solver.model(), variables)
                values = next(self._plain_values(solver, variables), model)
                at = ", ".join(f"{v} = {x}" for v, x in values.items())
                raise Untraceable(f"the rule refuses {at}: {sentence}")
            solver.pop()

    def _possible(self, solver: Any, seconds: float = math.inf) -> bool:
        """Whether what the solver holds can be true; raises Untraceable where the time is over."""
        left = min(seconds, self.deadline - monotonic())
        z3 = self.formulas.z3
        if left <= 0:
            raise Untraceable(f"the time ran out after {self.checked:,} statements")
        solver.set("timeout", min(2**31, math.ceil(1000 * left)) if left < math.inf else 2**32 - 1)
        found = solver.check()
        if found == z3.unknown:
            why = "the time ran out" if monotonic() > self.deadline else f"z3 gave up ({solver.reason_unknown()})"
            raise Untraceable(f"{why} after {self.checked:,} statements")
        return bool(found == z3.sat)

    # -- a counterexample ---------------------------------------------------------------------------------------------

    def _witness(self, solver: Any, statement: Statement, variables: list[Var]) -> Counterexample:
        """A case that fails when it is replayed; of plain numbers if a short look finds one."""
        last = self._values(solver.model(), variables)
        for values in (*self._plain_values(solver, variables), last):
            found = self._replayed(statement, values)
            if found is not None:
                return found
        at = ", ".join(f"{v} = {x}" for v, x in last.items())
        raise Untraceable(f"in exact arithmetic it fails at {at}, but the rule's own arithmetic rounds that away")

    def _plain_values(self, solver: Any, variables: list[Var]) -> Iterator[dict[Var, int | Fraction]]:
        """Plain numbers that satisfy what the solver holds, the smallest for one variable after the other."""
        f, z3 = self.formulas, self.formulas.z3
        for parts in PARTS:
            points = {v: self.domains[v.player].points(parts) for v in variables}
            solver.push()
            for v in variables:
                solver.add(z3.Or(*(f.real(self._symbol(v)) == f.number(x) for x in points[v]), f.context))
            values: dict[Var, int | Fraction] = {}
            if self._quickly(solver):
                for v in variables:
                    fitting = (x for x in points[v] if self._quickly(solver, f.real(self._symbol(v)) == f.number(x)))
                    value = next(fitting, None)
                    if value is None:
                        break
                    values[v] = value
                    solver.add(f.real(self._symbol(v)) == f.number(value))
            solver.pop()
            if len(values) == len(variables):
                yield values

    def _quickly(self, solver: Any, *more: Any) -> bool:
        """Whether a short look finds that this is possible."""
        solver.push()
        solver.add(*more)
        try:
            return self._possible(solver, LOOK)
        except Untraceable:
            return False
        finally:
            solver.pop()

    def _values(self, model: Any, variables: list[Var]) -> dict[Var, int | Fraction]:
        terms = {v: model.eval(self.formulas.real(self._symbol(v)), model_completion=True) for v in variables}
        return {v: exact(Fraction(x.numerator_as_long(), x.denominator_as_long())) for v, x in terms.items()}

    def _replayed(self, statement: Statement, values: Mapping[Var, int | Fraction]) -> Counterexample | None:
        """The case at these values, from the property's own definition; None if it does not fail."""
        types: dict[Var, Any] = {v: self.env.types[v.player][0] for v in statement.case.variables}
        types.update({v: self.domains[v.player].type(Fraction(x)) for v, x in values.items()})
        named = {player: [t for v, t in types.items() if v.player == player] for player in self.env.players}
        case, env, property, rule = statement.case.at(types), opened(self.env, named), statement.property, self.rule
        return counterexample(rule, env, property, case) if fails(rule, env, property, case) else None

    # -- symbols ------------------------------------------------------------------------------------------------------

    def _symbol(self, var: Var) -> Real:
        return symbol(repr((var.player, var.mark)))

    def _entry(self, entry: Any) -> Any:
        """What stands for an entry of a case: a type made of a symbol, the one declared type, or the type it is."""
        if not is_var(entry):
            return entry
        if entry.player not in self.domains:
            return self.env.types[entry.player][0]
        return self.shapes[entry.player](self._symbol(entry))

    def _given(self, variables: list[Var]) -> tuple[Truth, ...]:
        """The bounds of the domain."""
        found = []
        for v in variables:
            domain, x = self.domains[v.player], self._symbol(v)
            found += [x >= domain.low] if domain.low is not None else []
            found += [x <= domain.high] if domain.high is not None else []
        return tuple(found)

    def _key(self, reports: Profile[Any]) -> Any:
        return tuple((entry.player, entry.mark) if is_var(entry) else repr(entry) for entry in reports.values())

    def _reading(self, reports: Profile[Any], given: tuple[Truth, ...]) -> Reading:
        key = self._key(reports)
        if key not in self.readings:
            at = Profile({player: self._entry(entry) for player, entry in reports.items()})
            self.asked[key] = reports
            self.readings[key] = run(self.rule.function, self.env, at, given, self.deadline)
        return self.readings[key]
