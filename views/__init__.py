"""What one sees: how games and answers show themselves as HTML, and the command line."""

from . import cake, designs, frontier, games, results, rules
from .cake import Drawn

__all__ = ["Drawn", "cake", "designs", "frontier", "games", "results", "rules"]
