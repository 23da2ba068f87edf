"""Rules people can read: a table told in a short form that gives every entry of it, else as a decision tree."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ...games.environment import Environment
from ...games.errors import BadInput
from ...games.numbers import exact, plain, show
from ...games.profile import Profile
from ...games.show import Shown
from ...mechanisms.rule import DirectMechanism
from ..verification.tabulate import table_of_rule
from ..verification.work import Work
from .answers import Answers, Charge, Choice, Choose, answers_of, told_point
from .charge_forms import charges
from .choice_forms import constant_choice, list_choices
from .item_forms import item_choices, one_item
from .trees import Tree, answer, lines_of, tree_of

AUCTIONS = ("highest bid", "personal reserves")


@dataclass(frozen=True, eq=False, repr=False)
class Description(Shown):
    """A rule told: its ``form`` in a few words, a ``text`` of a few sentences, and the ``rule`` that they describe.

    ``exact`` says that this rule was compared with the given one at every profile, allocation and payments, in
    rationals, and is the same. ``leaves`` is 0 where a form was found, else how many leaves the decision trees have.

    >>> import rulewright as rw
    >>> env = rw.games.allocation({"ann": (1, 2, 3), "bob": (1, 2, 3)})
    >>> told = describe(rw.mechanisms.second_price_with_reserve(2), env)
    >>> told.form, told.exact, told.leaves
    ('second price with reserve 2', True, 0)
    """

    form: str
    text: str
    exact: bool
    rule: DirectMechanism = field(repr=False)
    leaves: int = 0

    @property
    def length(self) -> int:
        """How long it is: words, and five for every leaf of a tree."""
        return len(self.form.split()) + len(self.text.split()) * (not self.leaves) + 5 * self.leaves

    def __str__(self) -> str:
        return f"{self.form}\n{self.text}"


def describe(rule: Any, env: Environment) -> Description:
    """A rule as people would tell it: by thresholds, priorities, prices and formulas, else by a decision tree.

    The rule is tabulated, simple forms are fitted to the table (reserve prices and rankings of bids as in Myerson
    1981, payments as in Clarke 1971 and Cavallo 2006, dictators as in Gibbard 1973, medians as in Moulin 1980), and a
    form is told only if it gives the outcome and the payments of every profile exactly. Where none does, a greedy
    decision tree with questions about the reports is grown and pruned (Breiman et al. 1984), which is exact too.
    Raises BadInput, GameTooLarge.

    >>> import rulewright as rw
    >>> env = rw.games.voting(("ann", "bob", "cem"), ("a", "b", "c"))
    >>> print(describe(rw.mechanisms.dictatorship("bob"), env))
    dictatorship of bob
    bob gets the outcome that she likes best.
    """
    if not isinstance(rule, DirectMechanism) and hasattr(rule, "rule"):
        raise BadInput(f"describe needs a rule, not a {type(rule).__name__}; pass its .rule")
    if not isinstance(env, Environment):
        raise BadInput(f"describe needs the Environment of the rule, not {type(env).__name__}")
    return description_of(answers_of(env, table_of_rule(rule, env, Work())))


def description_of(answers: Answers) -> Description:
    """The answers of a rule, told."""
    env = answers.env
    choice = next((c for c in _choices(answers) if answers.chosen_by(c)), None)
    charge = None
    if answers.paid is not None:
        charge = next((c for c in charges(answers, choice or _tree_choice(answers)) if answers.charged_by(c)), None)
        if charge is None and choice is None:
            return _finished(answers, *_joint_tree(answers))
        charge = charge or _tree_charge(answers)
    choice = choice or _tree_choice(answers)
    return _finished(answers, choice, charge) if env.transfers is not None else _finished(answers, choice, None)


def _choices(answers: Answers) -> Iterator[Choice]:
    item = item_choices(answers) if one_item(answers.env) else iter(())
    return itertools.chain(constant_choice(answers), item, list_choices(answers))


def _finished(answers: Answers, choice: Choice, charge: Charge | None) -> Description:
    """The choice and the charge as a rule, compared with the answers at every profile."""
    env = answers.env
    amounts = None if charge is None else charge.amounts
    form = _form(env, choice, charge)
    text = choice.words if charge is None or not charge.words else f"{choice.words}\n{charge.words}"
    if choice.leaves == 0 and (charge is None or charge.leaves == 0):
        text = text.replace("\n", " ")
    rule = as_told(choice.choose, amounts, form, text)
    points, paid = rule.answers(env, 0, env.n_profiles)
    same = [{k: exact(w) for k, w in point.items() if w} for point in points] == answers.points
    if answers.paid is not None:
        same = same and [tuple(map(exact, row)) for row in paid] == answers.paid
    return Description(form, text, same, rule, choice.leaves + (0 if charge is None else charge.leaves))


def as_told(choose: Choose, amounts: Any = None, name: str = "a rule as told", words: str = "") -> DirectMechanism:
    """The rule that chooses and, where there is money, charges in these ways."""
    return DirectMechanism(partial(_run, choose, amounts), name, words)


def _run(choose: Choose, amounts: Any, env: Environment, reports: Profile[Any]) -> Any:
    outcome = choose(env, reports)
    if amounts is None:
        return outcome
    paid = amounts(choose, env, reports)
    return outcome, Profile({p: plain(exact(paid[p])) for p in env.players})


def _form(env: Environment, choice: Choice, charge: Charge | None) -> str:
    """What the field calls a choice with a charge, else the names of both."""
    if charge is None or charge.kind == "joint":
        return choice.name
    reserve = choice.detail
    named = choice.kind in AUCTIONS
    if named and charge.kind == "price" and len(env.players) == 1:
        return f"posted price {charge.detail} for {env.players[0]}"
    if choice.kind == "posted" and charge.kind == "price":
        prices = [part.split(" at ") for part in reserve.split(", then ")]
        if len({price for _, price in prices}) == 1:
            return f"posted price {prices[0][1]} for {', then '.join(p for p, _ in prices)}"
        return choice.name
    if named and charge.kind in ("second price", "first price", "third price", "threshold", "lower threshold"):
        at_least = charge.detail if charge.detail and charge.detail != reserve and choice.kind == AUCTIONS[0] else ""
        kind = "second price" if charge.kind.endswith("threshold") else charge.kind
        with_reserve = f" with {'reserve' if choice.kind == AUCTIONS[0] else 'personal reserves'} {reserve}"
        form = kind + (with_reserve if reserve else "") + (f", at least {at_least}" if at_least else "")
        return f"{form} ({charge.kind} prices)" if charge.kind.endswith("threshold") else form
    welfare = choice.kind == "efficient outcome" or (choice.kind == AUCTIONS[0] and not reserve)
    if welfare and charge.kind == "Clarke":
        return "VCG"
    if welfare and charge.kind == "Clarke with rebates":
        return f"VCG with redistribution: {charge.detail}"
    return f"{choice.name}, {charge.name or 'nobody pays'}"


# -- trees ------------------------------------------------------------------------------------------------------------


def _tree(answers: Answers, keys: Sequence[Any], told: Callable[[int], str]) -> tuple[Tree, dict[Any, int], str]:
    """A tree of these keys, one a profile, and its text; ``told(p)`` says what happens at profile number p."""
    number: dict[Any, int] = {}
    first: list[int] = []
    for p, key in enumerate(keys):
        if key not in number:
            number[key] = len(number)
            first.append(p)
    tree = tree_of(answers.env, [number[key] for key in keys])
    return tree, number, lines_of(tree, [told(p) for p in first])


def _point_key(point: Mapping[int, Any]) -> tuple[Any, ...]:
    return tuple(sorted(point.items()))


def _told_paid(answers: Answers, p: int) -> str:
    assert answers.paid is not None
    env = answers.env
    parts = [f"{q} pays {show(plain(x))}" for q, x in zip(env.players, answers.paid[p], strict=True) if x]
    return ", ".join(parts) or "nobody pays"


def _tree_choice(answers: Answers) -> Choice:
    env, keys = answers.env, [_point_key(point) for point in answers.points]
    tree, number, lines = _tree(answers, keys, lambda p: told_point(env, answers.points[p]))
    outcomes = [answers.outcomes[keys.index(key)] for key in number]
    words = f"What is chosen, from the top, the first that applies:\n{lines}"
    name = f"decision tree with {_leaves(tree.leaves)}"
    return Choice(name, words, partial(_by_tree, tree, outcomes), "tree", leaves=tree.leaves)


def _tree_charge(answers: Answers) -> Charge:
    assert answers.paid is not None
    tree, number, lines = _tree(answers, answers.paid, lambda p: _told_paid(answers, p))
    words = f"What is paid, from the top, the first that applies:\n{lines}"
    name = f"payments by a decision tree with {_leaves(tree.leaves)}"
    return Charge(name, words, partial(_paid_by_tree, tree, list(number)), "tree", leaves=tree.leaves)


def _joint_tree(answers: Answers) -> tuple[Choice, Charge]:
    """One tree for what is chosen and paid."""
    assert answers.paid is not None
    env = answers.env
    keys = [(_point_key(point), paid) for point, paid in zip(answers.points, answers.paid, strict=True)]
    tree, number, lines = _tree(
        answers, keys, lambda p: f"{told_point(env, answers.points[p])}; {_told_paid(answers, p)}"
    )
    outcomes = [answers.outcomes[keys.index(key)] for key in number]
    words = f"From the top, the first that applies:\n{lines}"
    choice = Choice(f"decision tree with {_leaves(tree.leaves)}", words, partial(_by_tree, tree, outcomes), "joint")
    charge = Charge("", "", partial(_paid_by_tree, tree, [paid for _, paid in number]), "joint", leaves=tree.leaves)
    return choice, charge


def _leaves(count: int) -> str:
    return "1 leaf" if count == 1 else f"{count:,} leaves"


def _by_tree(tree: Tree, outcomes: Sequence[Any], env: Environment, reports: Profile[Any]) -> Any:
    return outcomes[answer(tree, reports)]


def _paid_by_tree(tree: Tree, paid: Sequence[Any], choose: Choose, env: Environment, reports: Profile[Any]) -> Any:
    return dict(zip(env.players, paid[answer(tree, reports)], strict=True))
