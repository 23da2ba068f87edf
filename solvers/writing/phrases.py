"""Phrases: expectations, sums and functions of the outcome as a formula has them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import exact
from ...games.outcomes import Finite
from ...games.profile import Profile
from ...mechanisms.cases import Belief, Untraceable, Var, is_var
from ...mechanisms.expectations import Expectation, Highest, Term
from ...mechanisms.measures import FunctionOf, PaymentOf, RankOf, UtilityOf, variables_of
from ..verification.statements import Statement
from .notation import Names, escaped, label, number_of

OUTCOMES = 2_000  # a function of more outcomes is not looked through
LISTED = 4  # outcomes of an event that are listed
VALUES = 6  # values of a function that are listed
HOLE = object()  # stands for the player over whom a sum runs

Event = tuple[str, str, Any]  # ("outcome", "", x), ("share", player, what she gets) or ("any", "", outcomes)
Piece = tuple[Fraction, str]  # a coefficient and what it multiplies ("" for 1)
Weighted = tuple[Fraction, Any]  # a coefficient and a part of a measure


class Phrases:
    """What is common to the statements of a property: the names of the functions that they ask about."""

    def __init__(self, env: Environment, statements: Sequence[Statement]) -> None:
        self.env = env
        self._events: dict[Hashable, Event | None] = {}
        self._names: dict[Hashable, str] = {}
        self._tables: dict[Hashable, tuple[Any, ...]] = {}
        self._functions: dict[int, tuple[Any, Hashable]] = {}
        said: dict[Hashable, str] = {}
        for statement in statements:
            for part in _parts(statement):
                if isinstance(part, FunctionOf):
                    key = self._key(part)
                    self._tables[key] = tuple(exact(x) for x in self._values(part))
                    said.setdefault(key, getattr(part.function, "__name__", ""))
        for key, name in said.items():
            clear = name.isidentifier() and list(said.values()).count(name) == 1
            self._names[key] = f"\\operatorname{{{escaped(name)}}}" if clear else f"g_{{{len(self._names) + 1}}}"

    # -- statements ---------------------------------------------------------------------------------------------------

    def text(self, names: Names, statement: Statement) -> str:
        """The inequality of a statement; raises NeedsName."""
        self.common(names, statement)
        relation = "=" if statement.property.equal else r"\ge"
        has, needs = (self._side(names, side, statement) for side in (statement.has, statement.needs))
        where = self._where(statement)
        return f"{has}\\ {relation}\\ {needs}" + (f"\\quad\\text{{where }}{where}" if where else "")

    def tilde(self, statement: Statement) -> bool:
        """Whether what is drawn from the prior needs another letter, because its own is quantified over."""
        drawn = {v.player for t in _terms(statement) if t.belief is not None for v in t.belief.bound}
        return any(v.player in drawn and not v.mark for v in _free(statement))

    def quantifiers(self, names: Names, statement: Statement) -> tuple[str, ...]:
        """For all types that the statement speaks of; raises NeedsName."""
        found: list[str] = []
        known: set[Var] = set()
        for text, there, members in names.collection(_free(statement)):
            known |= set(members)
            apart = [(a, b) for a, b in statement.case.distinct if {a, b} <= known and {a, b} & set(members)]
            if len(members) == 1 and apart:
                others = ",".join(names.type(b if a == members[0] else a) for a, b in apart)
                found.append(f"\\forall {text}\\in {there}\\setminus\\{{{others}\\}}")
            else:
                found.append(f"\\forall {text}\\in {there}")
                found += [f"{names.type(a)}\\ne {names.type(b)}" for a, b in apart]
        return tuple(found)

    # -- one side -----------------------------------------------------------------------------------------------------

    def _side(self, names: Names, side: Expectation, statement: Statement) -> str:
        pieces: list[Piece] = []
        together: dict[Hashable, list[Term]] = {}
        for term in side.terms:
            together.setdefault(_key_of_reports(term), []).append(term)
        constant = Fraction(exact(side.constant))
        for terms in together.values():
            parts = self._merged([(Fraction(exact(t.coefficient)), t.part) for t in terms])
            parts, sure = self._without_constants(parts)
            constant += sure
            if not parts:
                continue
            reports = names.profile(terms[0].slots)
            inner = self._sum(names, parts, lambda text=reports: f"f({text})", reports)  # type: ignore[misc]
            if (belief := terms[0].belief) is None:
                pieces += inner
            else:
                pieces.append(
                    (Fraction(1), f"\\mathbb{{E}}_{{{_given(names, belief)}}}\\left[{_joined(inner)}\\right]")
                )
        for most in side.highest:
            found, sure = self._most(names, most)
            pieces += found
            constant += sure
        if constant or not pieces:
            ranked = names.ranks == "k/m" and names.rank is not None
            pieces += _by_rank(names, constant) if ranked and constant else [(constant, "")]
        return _joined(pieces)

    def _most(self, names: Names, most: Highest) -> tuple[list[Piece], Fraction]:
        """The most that a measure can reach, and what of it does not depend on the outcome."""
        times = Fraction(exact(most.coefficient))
        parts = self._merged([(Fraction(exact(c)), part) for c, part in most.measure.parts])
        parts, sure = self._without_constants(parts)
        if not parts or not times:
            return [], times * sure
        inner = self._sum(names, parts, lambda: "x", "")
        single = len(inner) == 1 and inner[0][0] == 1
        text = _joined(inner) if single else f"\\left[{_joined(inner)}\\right]"
        return [(times, f"\\max_{{x\\in X}}{text}")], times * sure

    def _merged(self, parts: Sequence[Weighted]) -> list[Weighted]:
        """The parts, each once."""
        found: dict[Hashable, Weighted] = {}
        for c, part in parts:
            key = self._key_of_part(part)
            found[key] = (found[key][0] + c if key in found else Fraction(c), part)
        return [(c, part) for c, part in found.values() if c]

    def _without_constants(self, parts: Sequence[Weighted]) -> tuple[list[Weighted], Fraction]:
        """The parts that depend on the outcome, and the rest of them as a number."""
        left: list[Weighted] = []
        sure = Fraction(0)
        for c, part in parts:
            values = set(self._tables[self._key(part)]) if isinstance(part, FunctionOf) else set()
            if len(values) == 1 and isinstance(self.env.space, Finite):
                sure += c * next(iter(values))
            else:
                left.append((c, part))
        return left, sure

    def _sum(self, names: Names, parts: Sequence[Weighted], outcome: Callable[[], str], reports: str) -> list[Piece]:
        """Parts as a sum, in which what is there for all players alike, or all others, is written once."""
        sums: dict[tuple[str, Fraction], list[Piece]] = {}
        left = list(parts)
        while (alike := self._alike(names, left)) is not None:
            player, (c, part) = next(iter(alike.items()))
            apart = [p for p in self.env.players if p not in alike]
            below = f"{names.index}\\in N"
            if apart:
                below = f"{names.index}\\ne {names.symbol(apart[0])}"
                if len(apart) > 1:
                    below = f"{names.index}\\notin\\{{{','.join(map(names.symbol, apart))}\\}}"
            types = names.type(part.type) if isinstance(getattr(part, "type", None), Profile) else ""
            with names.summing_over(player):
                text = self._part(names, part, outcome(), reports, types)
            sums.setdefault((below, abs(c)), []).append((Fraction(1 if c > 0 else -1), text))
            taken = {self._key_of_part(each) for _, each in alike.values()}
            left = [(c, each) for c, each in left if self._key_of_part(each) not in taken]
        pieces: list[Piece] = []
        for (below, c), terms in sums.items():
            single = len(terms) == 1
            text = terms[0][1] if single else f"\\left[{_joined(terms)}\\right]"
            pieces.append((c * terms[0][0] if single else c, f"\\sum_{{{below}}}{text}"))
        return pieces + [(c, self._part(names, part, outcome(), reports)) for c, part in left]

    def _alike(self, names: Names, parts: Sequence[Weighted]) -> dict[str, Weighted] | None:
        """The parts that are the same for all players but those that have letters, if there are two or more."""
        groups: dict[Hashable, dict[str, Weighted]] = {}
        for c, part in parts:
            for player in self.env.players:
                key = self._key_of_part(part, player)
                if key is not None:
                    groups.setdefault((c, key), {})[player] = (c, part)
        for members in sorted(groups.values(), key=len, reverse=True):
            apart = [p for p in self.env.players if p not in members]
            if len(members) > 1 and set(apart) <= set(names.players):
                return members
        return None

    # -- parts --------------------------------------------------------------------------------------------------------

    def _part(self, names: Names, part: Any, outcome: str, reports: str, types: str = "") -> str:
        if isinstance(part, PaymentOf):
            return f"p_{_index(names.symbol(part.player))}({reports})"
        if isinstance(part, FunctionOf):
            return self._function(names, part, outcome)
        if not isinstance(part, UtilityOf | RankOf):
            raise Untraceable(f"it asks for a {type(part).__name__}, which has no notation")
        who = names.symbol(part.player)
        if part.share_of is not None:
            outcome = f"{outcome}^{{{who}\\leftrightarrow {names.symbol(part.share_of)}}}"
        own = types or names.type(part.type)
        if isinstance(part, UtilityOf):
            return f"u_{_index(who)}({outcome},{own})"
        k = "k" if names.ranks and names.rank is not None else str(part.k)
        best = f"U_{_index(who)}^{{{k}}}({own})"
        return f"\\Pr\\left[{outcome}\\in {best}\\right]" if reports else f"\\mathbf{{1}}\\left[x\\in {best}\\right]"

    def _function(self, names: Names, part: FunctionOf, outcome: str) -> str:
        key = self._key(part)
        event = self._event(key)
        if event is None:
            return f"{self._names[key]}({outcome})"
        kind, player, thing = event
        chance = r"\mathbf{1}" if outcome == "x" else r"\Pr"
        if kind == "any":
            return f"{chance}\\left[{outcome}\\in\\{{{','.join(map(label, thing))}\\}}\\right]"
        if kind == "share":  # from f(t) to f_i(t)
            outcome = f"{outcome[:1]}_{_index(names.symbol(player))}{outcome[1:]}"
        return f"{chance}\\left[{outcome}={'a' if names.things and names.thing is not None else label(thing)}\\right]"

    def _where(self, statement: Statement) -> str:
        """What the functions without a name of their own are."""
        found = []
        for key in dict.fromkeys(self._key(part) for part in _parts(statement) if isinstance(part, FunctionOf)):
            name = self._names[key]
            if self._event(key) is not None or not name.startswith("g_") or len(set(self._tables[key])) == 1:
                continue
            items = self.env.space.items if isinstance(self.env.space, Finite) else ()
            if 0 < len(items) <= VALUES:
                values = zip(items, self._tables[key], strict=True)
                found += [f"{name}({label(x)})={label(value)}" for x, value in values]
            else:
                found.append(f"{name}\\text{{ is a function of the outcome}}")
        return ",\\ ".join(found)

    # -- functions of the outcome -------------------------------------------------------------------------------------

    def _values(self, part: FunctionOf) -> list[Any]:
        try:
            return list(self.env.space.functional(part.function))
        except BadInput as error:
            raise Untraceable(str(error)) from error

    def _key(self, part: FunctionOf) -> Hashable:
        """Equal for functions that are equal on all outcomes."""
        if id(part.function) not in self._functions:
            self._functions[id(part.function)] = part.function, tuple(exact(x) for x in self._values(part))
        return self._functions[id(part.function)][1]

    def _event(self, key: Hashable) -> Event | None:
        """The event of which a function is the indicator, where it is one."""
        if key not in self._events:
            self._events[key] = self._found_event(self._tables[key])
        return self._events[key]

    def _found_event(self, table: tuple[Any, ...]) -> Event | None:
        space = self.env.space
        if not isinstance(space, Finite) or len(space.items) > OUTCOMES or not set(table) <= {0, 1}:
            return None
        there = [x for x, value in zip(space.items, table, strict=True) if value]
        if all(isinstance(x, Mapping) for x in space.items):
            for player in self.env.players:
                gets = {x.get(player) for x in there}  # type: ignore[attr-defined]
                if len(gets) == 1:
                    (thing,) = gets
                    if sum(x.get(player) == thing for x in space.items) == len(there):  # type: ignore[attr-defined]
                        return "share", player, thing
        if len(there) == 1:
            return "outcome", "", there[0]
        return ("any", "", tuple(there)) if 0 < len(there) <= LISTED else None

    def common(self, names: Names, statement: Statement) -> None:
        """Set the rank and the thing that all of a statement is about, where there is one."""
        parts = _parts(statement)
        ranks = {part.k for part in parts if isinstance(part, RankOf)}
        names.rank = next(iter(ranks)) if names.ranks and len(ranks) == 1 else None
        events = [self._event(self._key(part)) for part in parts if isinstance(part, FunctionOf)]
        if names.things and events and all(event is not None and event[0] != "any" for event in events):
            things = {event[2] for event in events if event is not None}
            whose = {event[0] == "share" for event in events if event is not None}
            if len(things) == len(whose) == 1:
                names.thing = next(iter(things)), next(iter(whose))

    def every(self, thing: tuple[Any, bool]) -> set[Any]:
        """All that can happen in the place of a thing: outcomes, or what a player can get."""
        items: Any = self.env.space.items if isinstance(self.env.space, Finite) else ()
        return {x[p] for x in items for p in x} if thing[1] else set(items)

    # -- keys ---------------------------------------------------------------------------------------------------------

    def _key_of_part(self, part: Any, hole: str | None = None) -> Hashable:
        """Equal for equal parts; with ``hole``, for parts that are equal but for that player (None: not about her)."""
        if isinstance(part, FunctionOf):
            return None if hole is not None else ("function", self._key(part))
        if not isinstance(part, UtilityOf | RankOf | PaymentOf):
            raise Untraceable(f"it asks for a {type(part).__name__}, which has no notation")
        share: str | None = getattr(part, "share_of", None)
        given: Any = getattr(part, "type", None)
        about = [part.player, share, *([given.player] if is_var(given) else [])]
        if hole is not None and hole not in about:
            return None
        cut = [HOLE if player is not None and player == hole else player for player in (part.player, share)]
        return type(part).__name__, tuple(cut), _key_of_entry(given, hole), getattr(part, "k", 0)


def _key_of_entry(entry: Any, hole: str | None = None) -> Hashable:
    if isinstance(entry, Profile):
        return tuple((p, _key_of_entry(each)) for p, each in entry.items())  # all types, whoever looks at them
    if is_var(entry):
        return "variable", HOLE if hole is not None and entry.player == hole else entry.player, entry.mark
    return "type", entry


def _key_of_reports(term: Term) -> Hashable:
    belief = term.belief
    if belief is None:
        return _key_of_entry(term.slots)
    given = None if belief.given is None else (belief.given[0], _key_of_entry(belief.given[1]))
    bound = tuple((v.player, v.mark) for v in belief.bound)
    return _key_of_entry(term.slots), bound, given


def _given(names: Names, belief: Belief) -> str:
    """Of what an expectation is taken: ``t_{-i}\\mid t_i``."""
    drawn = ",".join(text for text, _, _ in names.collection(belief.bound))
    if belief.given is None:
        return drawn
    player, entry = belief.given
    if is_var(entry) and entry.player == player and not entry.mark:
        return f"{drawn}\\mid {names.type(entry)}"
    return f"{drawn}\\mid {names.symbol(player)}\\colon {names.type(entry)}"


def _index(symbol: str) -> str:
    return symbol if len(symbol) == 1 else f"{{{symbol}}}"


def _by_rank(names: Names, constant: Fraction) -> list[Piece]:
    """A number as a multiple of the rank."""
    assert names.rank is not None
    ratio = constant / names.rank
    top = "k" if abs(ratio.numerator) == 1 else f"{abs(ratio.numerator)}k"
    sign = Fraction(1 if ratio > 0 else -1)
    return [(sign, top if ratio.denominator == 1 else f"\\tfrac{{{top}}}{{{ratio.denominator}}}")]


def _joined(pieces: Sequence[Piece]) -> str:
    """A sum of pieces with their coefficients."""
    found = ""
    for c, text in pieces:
        sign = "-" if c < 0 else "+" if found else ""
        size = "" if abs(c) == 1 and text else number_of(abs(c))
        found += f"{sign}{size}\\,{text}" if size and text else f"{sign}{size}{text}"
    return found or "0"


def _terms(statement: Statement) -> tuple[Term, ...]:
    return tuple(t for t in (*statement.has.terms, *statement.needs.terms) if exact(t.coefficient))


def _parts(statement: Statement) -> list[Any]:
    """All parts that a statement speaks of."""
    most = [each for side in (statement.has, statement.needs) for each in side.highest]
    return [t.part for t in _terms(statement)] + [part for each in most for _, part in each.measure.parts]


def _free(statement: Statement) -> list[Var]:
    """The variables that a statement quantifies over: those it speaks of, and those that must differ."""
    there: set[Var] = {v for pair in statement.case.distinct for v in pair}
    for part in _parts(statement):
        there |= {v for _, v in variables_of(part)}
    bound: set[Var] = set()
    for term in _terms(statement):
        there |= {entry for entry in term.slots.values() if is_var(entry)}
        if term.belief is not None:
            bound |= set(term.belief.bound)
            if term.belief.given is not None and is_var(term.belief.given[1]):
                there.add(term.belief.given[1])
    return [v for v in dict.fromkeys((*statement.case.variables, *sorted(there, key=repr))) if v in there - bound]
