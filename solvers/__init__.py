"""The three questions: solve, verify, search."""

from .design import Candidate, Design
from .search import search
from .solution import Equilibrium, Solution
from .solve import solve
from .verdict import Counterexample, Report, Unknown, Verdict
from .verify import verify

__all__ = [
    "Candidate",
    "Counterexample",
    "Design",
    "Equilibrium",
    "Report",
    "Solution",
    "Unknown",
    "Verdict",
    "search",
    "solve",
    "verify",
]
