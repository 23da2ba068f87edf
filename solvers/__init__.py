"""The three questions: solve, verify, search."""

from .design import Candidate, Design
from .implement import Cycle, Implementation, implementable
from .search import search
from .solution import Equilibrium, Solution
from .solve import solve
from .verdict import Counterexample, Report, Unknown, Verdict
from .verify import verify

__all__ = [
    "Candidate",
    "Counterexample",
    "Cycle",
    "Design",
    "Equilibrium",
    "Implementation",
    "Report",
    "Solution",
    "Unknown",
    "Verdict",
    "implementable",
    "search",
    "solve",
    "verify",
]
