"""From a file, or its text, to a game: load, loads, read and reads."""

from __future__ import annotations

from pathlib import Path

from ..errors import BadInput, GameTooLarge
from .limits import MAX_SIZE
from .spec import Format, Game, Spec
from .words import either, near, short

SUFFIXES = (".toml", ".json", ".nfg", ".efg")
SHIPPED = Path(__file__).parent / "scenarios"


def load(path: str | Path) -> Game:
    """The game or environment in a ``.toml``, ``.json``, ``.nfg`` or ``.efg`` file, or of a shipped name.

    Raises BadInput, which names the file and the place in it, and GameTooLarge.

    >>> load("prisoners_dilemma").payoff("row", {"row": "defect", "column": "cooperate"})
    5
    """
    return read(path).game


def loads(text: str | bytes, format: Format = "toml", where: str = "the spec") -> Game:
    """The game or environment of a spec's text; as :func:`load`.

    >>> print(loads('kind = "allocation"\\nname = "a bike"\\n[values]\\nann = [1, "3/2"]\\nbob = [2]'))
    a bike: types ann: 1, 3/2; bob: 2; 3 outcome coordinates
    >>> loads('kind = "allocation"\\nname = "a bike"\\n[value]\\nann = [1]')
    Traceback (most recent call last):
    rulewright.games.errors.BadInput: the spec: there is no field "value"; did you mean "values"?
    """
    return reads(text, format, where).game


def read(path: str | Path) -> Spec:
    """A spec with its sections: the game, and what is said about its goal, family and rule; as :func:`load`.

    >>> read("prisoners_dilemma").require
    ({'property': 'strictly_dominant', 'action': 'cooperate'},)
    """
    given, where = Path(path), str(path)
    if not given.suffix and given.name == where and where in shipped():
        given = SHIPPED / f"{where}.toml"
    content = _content(given, where)
    suffix = given.suffix.lower()
    if suffix in (".toml", ".json"):
        return reads(content, "toml" if suffix == ".toml" else "json", where)
    from .gambit import game_of

    with _named(where):
        game = game_of(_decoded(content), suffix)
    return Spec("normal form" if suffix == ".nfg" else "extensive form", game.name, "", game)


def reads(text: str | bytes, format: Format = "toml", where: str = "the spec") -> Spec:
    """A spec with its sections from its text; as :func:`read`."""
    from .building import built  # here, because the parsers and structs take time to load

    with _named(where):
        return built(_decoded(text), format)


def shipped() -> tuple[str, ...]:
    """The names of the scenarios that ship with the package.

    >>> "prisoners_dilemma" in shipped()
    True
    """
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.toml")))


def suffix_of(path: Path, where: str) -> str:
    """The ending of a file of games, in small letters; raises BadInput for any other."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        ends = f'ends in "{path.suffix}"' if path.suffix else "has no ending"
        raise BadInput(f'the file "{short(where)}" {ends}; a spec ends in {either(SUFFIXES)}')
    return suffix


class _named:  # noqa: N801 (reads as a word: with _named(where))
    """Let each error begin with the name of the file."""

    def __init__(self, where: str) -> None:
        self.where = where

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, BadInput) and not isinstance(error, GameTooLarge):
            raise BadInput(f"{self.where}: {error}") from None


def _content(path: Path, where: str) -> bytes:
    """The bytes of a file, if it is one, can be read, has a known suffix and is not too large."""
    names = shipped()
    try:
        if path.is_dir():
            raise BadInput(f'"{short(where)}" is a folder; name a file that ends in {either(SUFFIXES)}')
        if not path.exists():
            raise BadInput(
                f'there is no file "{short(where)}", and no shipped scenario is called so; {near(path.stem, names)}'
            )
        suffix_of(path, where)
        if not path.is_file():
            raise BadInput(f'"{short(where)}" is no regular file; name a file that ends in {either(SUFFIXES)}')
        with path.open("rb") as file:
            return file.read(MAX_SIZE + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        reason = getattr(error, "strerror", None) or error
        raise BadInput(f'the file "{short(where)}" cannot be read: {reason}') from None


def _decoded(content: str | bytes) -> str:
    """The text of a file that is not too large."""
    if len(content) > MAX_SIZE:
        raise BadInput(f"the spec is larger than {MAX_SIZE:,} bytes; make it smaller")
    if isinstance(content, str):
        return content
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"byte {error.start + 1} is not UTF-8; save the file as UTF-8") from None
