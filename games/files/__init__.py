"""Game files, in and out: specs in TOML and JSON, read strictly and written exactly, and the files of Gambit.

Numbers are ints, decimals (read exactly: 0.1 is 1/10) or texts such as ``"1/3"``. A label (an action, a type, an
outcome) is a text or a number; ``"1/3"`` in quotes is a number, any other text is itself. A file never runs code, and
what is too large or nested too deeply is refused before it is parsed. The fields of each kind of spec are the structs
of ``shapes.py``; ``schema.json`` beside this file says the same to editors.
"""

from .json_schema import schema
from .reading import load, loads, read, reads, shipped
from .spec import Spec
from .writing import dumps, save

__all__ = ["Spec", "dumps", "load", "loads", "read", "reads", "save", "schema", "shipped"]
