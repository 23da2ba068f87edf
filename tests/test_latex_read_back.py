"""The formula of a property says what its arrays say: read back, it has the same truth value on random rules."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import pytest

import rulewright as rw
from rulewright import games, mechanisms
from rulewright.mechanisms.cases import Case, Var, anyone, believed, drawn, pairs, players, profiles
from rulewright.mechanisms.expectations import highest
from rulewright.mechanisms.measures import among_best, payment, value, worth
from rulewright.mechanisms.property import ForAll
from rulewright.solvers import latex

# -- a reader of formulas, which knows the notation and nothing of how it is written ----------------------------------

TOKEN = re.compile(r"\\text\{(?:[^{}\\]|\\.)*\}|\\[a-zA-Z]+|\\[^a-zA-Z]|\d+(?:\.\d+)?|[^\s]")
State = Mapping[Any, Any]  # letters of players, "k", "a", "x", and (mark, player) -> type
Value = Callable[[State], Any]


class Reader:
    """A recursive descent through one formula; every method returns a function of the values of the letters."""

    def __init__(self, env: Any, rule: Any, text: str) -> None:
        self.env, self.rule = env, rule
        self.tokens = [t for t in TOKEN.findall(text) if t not in ("\\,", "\\ ", "\\left", "\\right")]

    def next(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def take(self, *wanted: str) -> str:
        found = self.tokens.pop(0)
        assert not wanted or found in wanted, f"{found} where {wanted} is due, before {''.join(self.tokens)}"
        return found

    def skip(self, wanted: str) -> bool:
        return self.next() == wanted and bool(self.take())

    def listed(self, item: Callable[[], Any], end: str, between: str = ",") -> list[Any]:
        found = [item()]
        while self.skip(between):
            found.append(item())
        self.take(end)
        return found

    # sums

    def sum(self) -> Value:
        parts: list[tuple[int, Value]] = []
        while not parts or self.next() in ("+", "-"):
            sign = self.take() if self.next() in ("+", "-") else "+"
            parts.append((-1 if sign == "-" else 1, self.term()))
        return lambda s: sum(sign * part(s) for sign, part in parts)

    def term(self) -> Value:
        factor = self.number()
        if factor is not None and self.next() in ("", "+", "-", "]"):
            return factor
        atom = self.atom()
        return atom if factor is None else lambda s: factor(s) * atom(s)

    def number(self) -> Value | None:
        if self.skip(r"\tfrac"):
            self.take("{")
            top = self.number()
            self.take("}"), self.take("{")
            below = int(self.take())
            self.take("}")
            assert top is not None
            return lambda s: Fraction(top(s)) / below
        if not self.next().isdigit() and self.next() != "k":
            return None
        size = Fraction(self.take()) if self.next() != "k" else Fraction(1)
        if self.skip(r"\cdot"):
            self.take("2"), self.take("^"), self.take("{"), self.take("-")
            size /= 2 ** int(self.take())
            self.take("}")
        return (lambda s: size * s["k"]) if self.skip("k") else (lambda s: size)

    def atom(self) -> Value:
        head = self.take("u", "p", r"\Pr", r"\mathbb", r"\sum", r"\max", "[")
        if head == "[":
            return self.bracketed()
        if head == r"\mathbb":
            return self.mean()
        if head == r"\Pr":
            return self.probability()
        self.take("_")
        if head == r"\sum":
            return self.over_players()
        if head == r"\max":
            self.take("{"), self.take("x"), self.take(r"\in"), self.take("X"), self.take("}")
            inner = self.atom()
            return lambda s: max(inner({**s, "x": x}) for x in self.env.space.items)
        who = self.player()
        self.take("(")
        if head == "p":
            at = self.profile()
            return lambda s: Fraction(self.rule.result(self.env, at(s))[1][who(s)])
        outcome = self.outcome()
        self.take(",")
        own = self.entry()
        self.take(")")
        return lambda s: sum(p * Fraction(self.env.utility(who(s), x, own(s))) for x, p in outcome(s))

    def bracketed(self) -> Value:
        inner = self.sum()
        self.take("]")
        return inner

    def over_players(self) -> Value:
        self.take("{")
        index, relation = self.take(), self.take(r"\in", r"\ne", r"\notin")
        apart: list[Value] = []
        if relation == r"\in":
            self.take("N")
        elif relation == r"\ne":
            apart = [self.player()]
        else:
            self.take(r"\{")
            apart = self.listed(self.player, r"\}")
        self.take("}")
        inner = self.atom()

        def total(s: State) -> Any:
            out = [each(s) for each in apart]
            return sum(inner({**s, index: p}) for p in self.env.players if p not in out)

        return total

    def mean(self) -> Value:
        self.take("{"), self.take("E"), self.take("}"), self.take("_"), self.take("{")
        tilde = self.skip(r"\tilde")
        self.take("t")
        mark = "~" if tilde else ""
        given: tuple[Value, Value] | None = None
        if self.skip("_"):
            if self.skip("{"):
                self.take("-"), self.player(), self.take("}")
            else:  # of two players, the other one
                assert len(self.env.players) == 2
                self.player()
            self.take(r"\mid")
            if self.skip("t"):
                self.take("_")
                own, lie = self.player(), "'" if self.skip("'") else ""
                given = own, lambda s: s[lie, own(s)]
            else:
                who = self.player()
                self.take(r"\colon")
                given = who, self.entry()
        self.take("}"), self.take("[")
        inner = self.bracketed()

        def mean(s: State) -> Any:
            total = mass = Fraction(0)
            fixed = None if given is None else (given[0](s), given[1](s))
            for profile in self.env.profiles():
                if fixed is None or profile[fixed[0]] == fixed[1]:
                    weight = Fraction(self.env.probability(profile))
                    types = {(mark, p): t for p, t in profile.items() if fixed is None or p != fixed[0]}
                    total, mass = total + weight * inner({**s, **types}), mass + weight
            return total / mass

        return mean

    def probability(self) -> Value:
        self.take("[")
        outcome = self.outcome()
        if self.skip("="):
            wanted = [self.label()]
        else:
            self.take(r"\in")
            if self.next() == "U":
                return self.upper_set(outcome)
            self.take(r"\{")
            wanted = self.listed(self.label, r"\}")
        self.take("]")
        return lambda s: sum(p for x, p in outcome(s) if str(x) in [str(each(s)) for each in wanted])

    def upper_set(self, outcome: Value) -> Value:
        self.take("U"), self.take("_")
        who = self.player()
        self.take("^"), self.take("{")
        k = self.number()
        self.take("}"), self.take("(")
        own = self.entry()
        self.take(")"), self.take("]")
        assert k is not None

        def chance(s: State) -> Any:
            def u(x: Any) -> Any:
                return self.env.utility(who(s), x, own(s))

            levels = sorted({u(x) for x in self.env.space.items}, reverse=True)
            return sum(p for x, p in outcome(s) if u(x) in levels[: int(k(s))])

        return chance

    # outcomes, profiles, types

    def outcome(self) -> Value:
        """The outcomes with their probabilities."""
        if self.skip("x"):
            found: Value = lambda s: [(s["x"], Fraction(1))]  # noqa: E731
        else:
            self.take("f")
            whose = self.player() if self.skip("_") else None
            self.take("(")
            at = self.profile()

            def found(s: State) -> Any:
                outcome, _ = self.rule.result(self.env, at(s))
                each = outcome.items() if isinstance(outcome, rw.Lottery) else [(outcome, 1)]
                return [(x if whose is None else x[whose(s)], Fraction(p)) for x, p in each]

        if not self.skip("^"):
            return found
        self.take("{")
        one = self.player()
        self.take(r"\leftrightarrow")
        other = self.player()
        self.take("}")
        return lambda s: [(self.env.space.exchange(x, one(s), other(s)), p) for x, p in found(s)]

    def player(self) -> Value:
        if self.skip("{"):
            inner = self.player()
            self.take("}")
            return inner
        token = self.take()
        return (lambda s: plain(token)) if token.startswith(r"\text") else (lambda s: s[token])

    def profile(self) -> Value:
        parts = self.listed(self.report, ")")

        def whole(s: State) -> Any:
            found = {p: t for part in parts for p, t in part(s, {}).items()}
            for part in parts:
                found |= {p: t for p, t in part(s, found).items() if p not in found}
            assert set(found) == set(self.env.players)
            return rw.Profile({p: found[p] for p in self.env.players})

        return whole

    def report(self) -> Callable[[State, Mapping[str, Any]], dict[str, Any]]:
        """Some entries of a profile."""
        if self.next() not in ("t", r"\tilde"):
            who = self.player()
            self.take(r"\colon")
            entry = self.entry()
            return lambda s, _: {who(s): entry(s)}
        tilde = self.skip(r"\tilde")
        self.take("t")
        apart: list[Value] = []
        whose: Value | None = None
        if self.skip("_"):
            if self.tokens[:2] == ["{", "-"]:
                self.take(), self.take()
                if self.skip(r"\{"):
                    apart = self.listed(self.player, r"\}")
                else:
                    while self.next() != "}":
                        apart.append(self.player())
                self.take("}")
            else:
                whose = self.player()
        mark = "~" if tilde else "'" if self.skip("'") else ""
        swap: list[Value] = []
        if self.skip("^"):
            self.take("{")
            swap = [self.player()]
            self.take(r"\leftrightarrow")
            swap.append(self.player())
            self.take("}")

        def entries(s: State, _: Mapping[str, Any]) -> dict[str, Any]:
            if whose is not None:
                return {whose(s): s[mark, whose(s)]}
            out = [each(s) for each in apart]
            found = {p: s[mark, p] for p in self.env.players if p not in out}
            if swap:
                one, other = (each(s) for each in swap)
                found[one], found[other] = found[other], found[one]
            return found

        return entries

    def entry(self) -> Value:
        """One type."""
        if self.next() in ("t", r"\tilde"):
            tilde = self.skip(r"\tilde")
            self.take("t")
            who = self.player() if self.skip("_") else None
            mark = "~" if tilde else "'" if self.skip("'") else ""
            if who is None:  # all types, where values are interdependent
                return lambda s: rw.Profile({p: s[mark, p] for p in self.env.players})
            return lambda s: s[mark, who(s)]
        return self.label()

    def label(self) -> Value:
        if self.skip("a"):
            return lambda s: s["a"]
        if self.skip("("):
            parts = self.listed(self.label, ")")
            return lambda s: tuple(part(s) for part in parts)
        token = self.take()
        return (lambda s: plain(token)) if token.startswith(r"\text") else (lambda s: int(token))


def plain(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token.removeprefix(r"\text{").removesuffix("}"))


def heads(env: Any, quantifiers: list[str], state: dict[Any, Any]) -> Iterator[dict[Any, Any]]:
    """All values of the letters that the quantifiers allow."""
    if not quantifiers:
        yield state
        return
    (head, *rest), N = quantifiers, env.players
    whom = r"(\w|\{\\text\{\w+\}\})"

    def who(text: str) -> str:
        text = text.removeprefix("{").removesuffix("}") if text.startswith("{") else text
        return plain(text) if text.startswith(r"\text") else state[text]

    def extended(each: Iterator[dict[Any, Any]]) -> Iterator[dict[Any, Any]]:
        for more in each:
            yield from heads(env, rest, {**state, **more})

    if found := re.fullmatch(r"\\forall (\w)\\in N", head):
        yield from extended({found[1]: p} for p in N)
    elif found := re.fullmatch(r"\\forall (\w)\\in N\\setminus\\\{(.*)\\\}", head):
        yield from extended({found[1]: p} for p in N if p not in [who(x) for x in found[2].split(",")])
    elif found := re.fullmatch(r"\\forall (\w),(\w)\\in N\\text\{ different\}", head):
        yield from extended({found[1]: p, found[2]: q} for p, q in itertools.permutations(N, 2))
    elif found := re.fullmatch(r"\\forall (\w)<(\w)\\in N", head):
        yield from extended({found[1]: p, found[2]: q} for p, q in itertools.combinations(N, 2))
    elif found := re.fullmatch(r"\\forall k\\in\\\{(.*)\\\}", head):
        yield from extended({"k": int(k)} for k in found[1].split(","))
    elif re.fullmatch(r"\\forall a\\in X", head):
        yield from extended({"a": x} for x in env.space.items)
    elif found := re.fullmatch(r"\\forall (\w)\\in\\\{(.*)\\\}", head):
        yield from extended({found[1]: plain(x)} for x in re.findall(r"\\text\{[^}]*\}", found[2]))
    elif found := re.fullmatch(r"\\forall t('?)\\in T", head):
        every = itertools.product(*env.types.values())
        yield from extended({(found[1], p): t for p, t in zip(N, each, strict=True)} for each in every)
    elif found := re.fullmatch(r"\\forall t_\{-(\w+|\\.*\})\}('?)\\in T_\{-(\w+|\\.*\})\}", head):
        apart = [plain(x) for x in re.findall(r"\\text\{\w+\}", found[1])] or [state[letter] for letter in found[1]]
        left = [p for p in N if p not in apart]
        every = itertools.product(*(env.types[p] for p in left))
        yield from extended({(found[2], p): t for p, t in zip(left, each, strict=True)} for each in every)
    elif found := re.fullmatch(rf"\\forall t_{whom}('?)\\in T_{whom}(?:\\setminus\\\{{t_{whom}('?)\\\}})?", head):
        p = who(found[1])
        out = [] if found[4] is None else [state[found[5], who(found[4])]]
        yield from extended({(found[2], p): t} for t in env.types[p] if t not in out)
    elif found := re.fullmatch(rf"t_{whom}('?)\\ne t_{whom}('?)", head):
        if state[found[2], who(found[1])] != state[found[4], who(found[3])]:
            yield from heads(env, rest, state)
    else:
        raise AssertionError(f"a quantifier that nobody knows: {head}")


def holds(env: Any, rule: Any, text: str) -> bool:
    """Whether a formula holds of a rule, by reading it."""
    body = text.removeprefix(r"\begin{aligned}&").removesuffix(r"\end{aligned}")
    for line in body.split(r"\\&"):
        head, _, inequality = line.rpartition(r":\quad ")
        (relation,) = set(re.findall(r"\\ (=|\\ge)\\ ", inequality))
        sides = []
        for part in inequality.split(f"\\ {relation}\\ "):
            reader = Reader(env, rule, part)
            sides.append(reader.sum())
            assert not reader.tokens, f"left over: {reader.tokens} of {part}"
        for state in heads(env, head.split(r",\ ") if head else [], {}):
            has, needs = (side(state) for side in sides)
            if has != needs if relation == "=" else has < needs:
                return False
    return True


# -- environments, properties and rules -------------------------------------------------------------------------------

JOINT = {rw.Profile({"ann": a, "bob": b}): Fraction(1 + (a == b), 6) for a in (0, 1) for b in (0, 1)}
ENVIRONMENTS: dict[str, Any] = {
    "two": games.allocation({"ann": (0, 1), "bob": (0, 1)}, prior=JOINT),
    "three": games.allocation({"ann": (0, 1), "bob": (0, 1), "cem": (1, 2)}, prior={
        "ann": {0: Fraction(1, 3), 1: Fraction(2, 3)}, "bob": {0: 0.25, 1: 0.75},
        "cem": {1: Fraction(1, 2), 2: Fraction(1, 2)},
    }),
    "oil": rw.Environment(
        "oil", {"ann": (0, 1), "bob": (0, 1)}, ("ann", "bob"),
        lambda player, winner, types: sum(types.values()) if winner == player else 0,
        JOINT, (None, None), interdependent=True,
    ),
    "votes": games.voting(("ann", "bob", "cem"), ("x", "y"), "all"),
    "homes": games.assignment(("ann", "bob"), ("hut", "villa")),
    "ranks": games.voting(("ann", "bob"), ("x", "y", "z"), [("x", "y", "z"), ("z", "x", "y"), ("y", "x", "z")]),
}  # fmt: skip


@rw.for_all(players, "half")
def at_least_half(rule: Any, env: Any, case: Any) -> Any:
    """Each ends up with at least 1/2."""
    return rule.expect(worth(env, case.player, case.types[case.player]), env, case.reports), Fraction(1, 2)


@rw.for_all(players, "weighted")
def weighted(rule: Any, env: Any, case: Any) -> Any:
    """Twice the value and two thirds of the payment are at least 0.1."""
    u = 2 * value(env, case.player, case.types[case.player]) - Fraction(2, 3) * payment(env, case.player)
    return rule.expect(u, env, case.reports) + rule.expect(payment(env, case.player), env, case.types) * 3, 0.1


@rw.for_all(players, "average")
def no_more_than_others(rule: Any, env: Any, case: Any) -> Any:
    """Nobody is worth more than others are on average, plus 1/2."""
    others = [p for p in env.players if p != case.player]
    rest = sum((worth(env, p, case.types[p]) for p in others[1:]), start=worth(env, others[0], case.types[others[0]]))
    mine = worth(env, case.player, case.types[case.player])
    return rule.expect(rest, env, case.reports) / len(others) + Fraction(1, 2), rule.expect(mine, env, case.reports)


@rw.for_all(profiles, "named")
def bob_is_no_worse(rule: Any, env: Any, case: Any) -> Any:
    """Bob ends up with no less than Ann does."""
    ann, bob = (rule.expect(worth(env, p, case.types[p]), env, case.types) for p in ("ann", "bob"))
    return bob, ann


@rw.for_all(profiles, "event")
def never_for_nobody(rule: Any, env: Any, case: Any) -> Any:
    """The last outcome is never chosen."""
    last = env.space.items[-1]
    return 0, rule.expect(lambda x: int(x == last), env, case.reports)


@rw.for_all(players, "interim and ex post", equal=False)
def no_bad_surprise(rule: Any, env: Any, case: Any) -> Any:
    """Nobody ends up with less than she expected, minus 1/4."""
    own = case.types[case.player]
    honest, _ = believed(env, Case(case.types, case.types, case.player))
    u = worth(env, case.player, own)
    return rule.expect(u, env, case.types), rule.expect(u, env, honest) - Fraction(1, 4)


@rw.for_all(pairs, "second guess")
def enough_for_others_on_average(rule: Any, env: Any, case: Any) -> Any:
    """What one expects another to get, were her true type known, is at least half of what she gets."""
    honest, _ = believed(env, Case(case.types, case.types, case.player))
    theirs = value(env, case.other, case.types[case.other])
    return rule.expect(theirs, env, honest), rule.expect(theirs, env, case.types) / 2


@rw.for_all(profiles, "above average")
def above_average(rule: Any, env: Any, case: Any) -> Any:
    """Values sum to no less than on average."""
    there, honest = case.types, drawn(env)
    on_average = sum((rule.expect(value(env, p, honest.reports[p]), env, honest) for p in env.players), start=0)
    return sum((rule.expect(value(env, p, there[p]), env, there) for p in env.players), start=0), on_average


def _two_lies(env: Any) -> Iterator[Case]:
    for one, other in itertools.combinations(env.players, 2):
        types = anyone(env)
        lies = {one: Var(one, "'"), other: Var(other, "'")}
        yield Case(types, types | lies, one, other, tuple((types[p], lies[p]) for p in lies))


@rw.for_all(_two_lies, "two lies")
def no_two_gain_together(rule: Any, env: Any, case: Any) -> Any:
    """Two who both lie do not gain in sum."""
    both = worth(env, case.player, case.types[case.player]) + worth(env, case.other, case.types[case.other])
    return rule.expect(both, env, case.types), rule.expect(both, env, case.reports)


def _others_change(env: Any) -> Iterator[Case]:
    for player in env.players:
        types = anyone(env)
        yield Case(types, types | {p: Var(p, "'") for p in env.players if p != player}, player)


@rw.for_all(_others_change, "independent", equal=True)
def independent_of_others(rule: Any, env: Any, case: Any) -> Any:
    """What one gets does not depend on others."""
    u = worth(env, case.player, case.types[case.player])
    return rule.expect(u, env, case.types), rule.expect(u, env, case.reports)


@rw.for_all(players, "fixed report")
def no_worse_than_if_last(rule: Any, env: Any, case: Any) -> Any:
    """One is no worse off than if Bob reported his last type."""
    u = worth(env, case.player, case.types[case.player])
    last = case.types | {"bob": env.types["bob"][-1]}
    return rule.expect(u, env, case.types), rule.expect(u, env, last)


@rw.for_all(pairs, "copy")
def no_gain_from_copying(rule: Any, env: Any, case: Any) -> Any:
    """Nobody gains if she reports what another reports."""
    u = worth(env, case.player, case.types[case.player])
    return rule.expect(u, env, case.types), rule.expect(u, env, case.types | {case.player: case.types[case.other]})


@rw.for_all(players, "regret")
def close_to_the_best(rule: Any, env: Any, case: Any) -> Any:
    """What is chosen is worth at least the best minus 1."""
    u = value(env, case.player, case.types[case.player])
    return rule.expect(u, env, case.reports) + 1, highest(env, u)


def _first_two(env: Any) -> Iterator[Case]:
    yield from list(players(env))[:2]


@rw.for_all(_first_two, "some")
def first_two_never_pay(rule: Any, env: Any, case: Any) -> Any:
    """The first two never pay."""
    return 0, rule.expect(payment(env, case.player), env, case.reports)


@rw.for_all(players, "often the best")
def often_the_best(rule: Any, env: Any, case: Any) -> Any:
    """One of the best outcomes has a probability of at least 1/4."""
    return rule.expect(among_best(env, case.player, case.types[case.player], 1), env, case.types), Fraction(1, 4)


OWN = [each for each in vars().copy().values() if isinstance(each, ForAll)]
SHIPPED = [each for each in map(mechanisms.__dict__.get, mechanisms.__all__) if isinstance(each, ForAll)]
SHIPPED.append(mechanisms.nearly_strategyproof(Fraction(1, 2)))


def worth_at(env: Any, player: str, outcome: Any, types: Any) -> Any:
    return env.utility(player, outcome, types if env.interdependent else types[player])


def rules(env: Any, seed: int) -> Iterator[Any]:
    """Rules with lotteries and payments: constant ones, and others that differ from a rule by chance in few places."""
    draw = random.Random(seed)
    money = env.transfers is not None

    def answer() -> Any:
        one, two = draw.choice(env.space.items), draw.choice(env.space.items)
        lottery = one if draw.random() < 0.6 or one == two else rw.Lottery({one: Fraction(1, 4), two: Fraction(3, 4)})
        paid = rw.Profile({p: draw.choice((-1, 0, 0, 0, Fraction(1, 2))) for p in env.players})
        return (lottery, paid) if money else lottery

    def rule(table: Mapping[Any, Any]) -> Any:
        return mechanisms.DirectMechanism(lambda env, reports: table[reports], "a table")

    for _ in range(3):
        yield rule(dict.fromkeys(env.profiles(), answer()))
    best = {}
    for profile in env.profiles():
        chosen = max(env.space.items, key=lambda x: sum(worth_at(env, p, x, profile) for p in env.players))
        best[profile] = (chosen, rw.Profile(dict.fromkeys(env.players, 0))) if money else chosen
    base = [best, dict.fromkeys(best, answer())]
    for k in range(6):
        table = dict(base[k % 2])
        for profile in draw.sample(list(table), k // 2):
            table[profile] = answer()
        yield rule(table)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_formula_read_back_has_the_truth_value_of_the_verdict(name: str) -> None:
    env = ENVIRONMENTS[name]
    seen: dict[str, set[bool]] = {}
    for property in [*OWN, *SHIPPED]:
        text = latex(property, env)
        if text.startswith(r"\text") or r"\text{and " in text:
            continue
        for rule in rules(env, seed=len(property.name)):
            found = rw.verify(rule, env, property).status == "proved"
            assert holds(env, rule, text) == found, f"{property.name}: {text}"
            seen.setdefault(property.name, set()).add(found)
    assert len(seen) > 8
    assert sum(len(each) == 2 for each in seen.values()) > len(seen) / 3, seen
