"""The three questions: solve, verify, search."""

from .anarchy import Inefficiency, price_of_anarchy, price_of_stability
from .design import Candidate, Design
from .implement import Cycle, Implementation, implementable
from .search import search
from .solution import Equilibrium, Solution
from .solve import solve
from .verdict import Counterexample, Report, Unknown, Verdict
from .verify import verify
from .writing.latex import latex

__all__ = [
    "Candidate",
    "Counterexample",
    "Cycle",
    "Design",
    "Equilibrium",
    "Implementation",
    "Inefficiency",
    "Report",
    "Solution",
    "Unknown",
    "Verdict",
    "implementable",
    "latex",
    "price_of_anarchy",
    "price_of_stability",
    "search",
    "solve",
    "verify",
]
