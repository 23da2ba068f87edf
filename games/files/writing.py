"""From a game to a file, or its text: save and dumps, which read again what they wrote."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..environment import Environment
from ..errors import BadInput
from ..extensive import ExtensiveForm
from ..normal_form import NormalForm
from .reading import loads, suffix_of
from .spec import Format, Game
from .words import printable, short


def save(thing: Game, path: str | Path) -> None:
    """Write a game or environment to a ``.toml``, ``.json``, ``.nfg`` or ``.efg`` file.

    What is read back has the same names, types, actions, payoffs, utilities and prior, exactly; the text is read
    again before the file is touched. Raises BadInput if a file of that kind cannot hold the thing.

    >>> import tempfile
    >>> from rulewright.games.files import load
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(load("prisoners_dilemma"), f"{folder}/game.json")
    ...     load(f"{folder}/game.json") == load("prisoners_dilemma")
    True
    """
    file = Path(path)
    suffix = suffix_of(file, str(path))
    try:
        if suffix in (".toml", ".json"):
            file.write_bytes(dumps(thing, "toml" if suffix == ".toml" else "json").encode("utf-8"))
            return
        if isinstance(thing, Environment):
            raise BadInput(f'"{thing.name}" is an environment; save it with the ending .toml or .json')
        from . import gambit

        gambit.save(thing, path)
    except OSError as error:
        raise BadInput(f'the file "{short(str(path))}" cannot be written: {error.strerror or error}') from None


def dumps(thing: Game, format: Format = "toml") -> str:
    """The text of a spec of a game or environment; as :func:`save`.

    >>> from rulewright.games.files import load
    >>> print(dumps(load("prisoners_dilemma")))
    kind = "normal form"
    name = "prisoner's dilemma"
    <BLANKLINE>
    [actions]
    row = ["cooperate", "defect"]
    column = ["cooperate", "defect"]
    <BLANKLINE>
    [payoffs]
    "cooperate, cooperate" = [3, 3]
    "cooperate, defect" = [0, 5]
    "defect, cooperate" = [5, 0]
    "defect, defect" = [1, 1]
    <BLANKLINE>
    """
    if isinstance(thing, ExtensiveForm):
        raise BadInput(f'"{thing.name}" is a game in extensive form; save it with the ending .efg')
    if not isinstance(thing, (NormalForm, Environment)):
        raise BadInput(f"{thing!r} cannot be saved; give a NormalForm, an Environment or an ExtensiveForm")
    from .describing import described
    from .layout import laid_out

    text = laid_out(described(thing), format)
    _check_same(thing, text, format)
    return text


def _check_same(thing: NormalForm | Environment, text: str, format: Format) -> None:
    """Raise BadInput unless the text, read again, is the thing."""
    try:
        text.encode("utf-8")
        again = loads(text, format, "read again")
    except (BadInput, UnicodeEncodeError) as error:
        raise BadInput(f'"{printable(thing.name)}" cannot be written to a {format} file: {error}') from None
    if isinstance(thing, NormalForm):
        different = "names or payoffs" if again != thing else ""
    else:
        assert isinstance(again, Environment)
        pairs = {
            "name": (thing.name, again.name),
            "types": (tuple(thing.types.items()), tuple(again.types.items())),
            "outcomes": (thing.outcomes, again.outcomes),
            "prior": (thing.prior, again.prior),
            "transfers": (thing.transfers, again.transfers),
        }
        different = next((what for what, (one, other) in pairs.items() if one != other), "")
        if not different and not all(np.array_equal(thing.utilities(p), again.utilities(p)) for p in thing.players):
            different = "utilities"
    if different:
        raise BadInput(
            f'"{thing.name}" cannot be written to a {format} file: its {different} would not be read back the same'
        )
