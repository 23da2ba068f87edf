"""What solving a game means: one question, a concept by its name, and a method for each."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

from ..games.errors import BadInput, nearest
from ..games.extensive import ExtensiveForm
from ..games.normal_form import NormalForm
from .dominance import dominant, rationalizable
from .pure import pure_equilibria
from .solution import Solution
from .tree import subgame_perfect
from .two_player import nash, one_nash

Form = NormalForm | ExtensiveForm

# A new concept: write its function (game, *, method=None, ...) -> Solution in a file, and list it here.
CONCEPTS: dict[str, tuple[type, Callable[..., Solution]]] = {
    "nash": (NormalForm, nash),
    "one nash": (NormalForm, one_nash),
    "pure": (NormalForm, pure_equilibria),
    "dominant": (NormalForm, dominant),
    "rationalizable": (NormalForm, rationalizable),
    "subgame perfect": (ExtensiveForm, subgame_perfect),
}

LATER = (
    "correlated",
    "coarse correlated",
    "minimax",
    "logit",
    "bayes nash",
    "stackelberg",
    "evolutionarily stable",
)


def solve(game: Form, concept: str = "nash", *, method: str | None = None, **options: Any) -> Solution:
    """How rational players play ``game``: the equilibria of a concept, each re-checked exactly.

    ``concept`` is "nash" (all, two players), "one nash", "pure", "dominant" or "rationalizable" for a
    NormalForm, "subgame perfect" for an ExtensiveForm; ``method`` and the options are those of the concept's
    function. Raises BadInput for a concept, method or option that there is not, and for a game of another form.

    >>> from rulewright.games.prisoners_dilemma import prisoners_dilemma
    >>> print(solve(prisoners_dilemma(), "dominant")[0])
    row: defect; column: defect  (pays row 1, column 1)
    >>> solve(prisoners_dilemma(), "nsah")
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: no concept "nsah"; did you mean "nash"?
    """
    if concept in LATER and concept not in CONCEPTS:
        raise BadInput(f'"{concept}" is not available yet in this version; available: {", ".join(CONCEPTS)}')
    if concept not in CONCEPTS:
        raise BadInput(f'no concept "{concept}"; {nearest(str(concept), (*CONCEPTS, *LATER))}')
    form, function = CONCEPTS[concept]
    if not isinstance(game, form):
        hint = "; use game.to_normal_form()" if isinstance(game, ExtensiveForm) else ""
        raise BadInput(
            f'"{concept}" needs the form {form.__name__}, and the game has the form {type(game).__name__}{hint}'
        )
    known = [name for name, p in signature(function).parameters.items() if p.kind is p.KEYWORD_ONLY]
    if method is not None:
        options["method"] = method
    for name in options:
        if name not in known:
            raise BadInput(f'"{concept}" has no option "{name}"; {nearest(name, known)}')
    return function(game, **options)
