"""What one sees: how games and answers show themselves as HTML, and the command line."""

from . import cake, frontier, games, results
from .cake import Drawn

__all__ = ["Drawn", "cake", "frontier", "games", "results"]
