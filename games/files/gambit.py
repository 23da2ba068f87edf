"""Gambit's files: strategic games (.nfg) and game trees (.efg), read and written with exact numbers.

The formats are those of Gambit (McKelvey, McLennan and Turocy 1996). Files may come from anybody: their size
and the sizes they announce are checked before memory is used, and nothing in them is run.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import BadInput
from ..extensive import ExtensiveForm
from ..normal_form import NormalForm
from .efg import read_efg, write_efg
from .nfg import read_nfg, write_nfg


def game_of(text: str, suffix: str) -> NormalForm | ExtensiveForm:
    """The game in the text of a file with the ending ``.nfg`` or ``.efg``."""
    return read_nfg(text) if suffix == ".nfg" else read_efg(text)


def save(game: NormalForm | ExtensiveForm, path: str | Path) -> None:
    """Write a game to ``path``: a NormalForm to ``.nfg``, an ExtensiveForm to ``.efg``."""
    wanted = ".nfg" if isinstance(game, NormalForm) else ".efg"
    if Path(path).suffix != wanted:
        raise BadInput(f'the file is "{Path(path).name}"; a {type(game).__name__} is saved with the ending {wanted}')
    text = write_nfg(game) if isinstance(game, NormalForm) else write_efg(game)
    Path(path).write_text(text, encoding="utf-8")
