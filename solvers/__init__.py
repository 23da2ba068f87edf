"""The three questions: solve, verify, search."""

from .anarchy import Inefficiency, price_of_anarchy, price_of_stability
from .design import Candidate, Design
from .frontier import Frontier, FrontierPoint, Gap, frontier
from .implement import Cycle, Implementation, implementable
from .prices import Price, Prices, prices
from .search import search
from .searching.choice.search_choice import Enumeration, enumerate_rules
from .simplify import simplify
from .solution import Equilibrium, Solution
from .solve import solve
from .verdict import Counterexample, Report, Unknown, Verdict
from .verify import verify
from .writing.latex import latex
from .writing.readable import Description, describe

__all__ = [
    "Candidate",
    "Counterexample",
    "Cycle",
    "Description",
    "Design",
    "Enumeration",
    "Equilibrium",
    "Frontier",
    "FrontierPoint",
    "Gap",
    "Implementation",
    "Inefficiency",
    "Price",
    "Prices",
    "Report",
    "Solution",
    "Unknown",
    "Verdict",
    "describe",
    "enumerate_rules",
    "frontier",
    "implementable",
    "latex",
    "price_of_anarchy",
    "price_of_stability",
    "prices",
    "search",
    "simplify",
    "solve",
    "verify",
]
