"""The three questions: solve, verify, search; what is asked more seldom is loaded when it is first asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .search import search
from .solve import solve
from .verify import verify

if TYPE_CHECKING:
    from .anarchy import Inefficiency, price_of_anarchy, price_of_stability
    from .design import Candidate, Design
    from .implement import Cycle, Implementation, implementable
    from .pricing import Price, Prices, prices
    from .searching.choice.search_choice import Enumeration, enumerate_rules
    from .simpler import simplify
    from .solution import Equilibrium, Solution
    from .tradeoffs import Frontier, FrontierPoint, Gap, frontier
    from .verdict import Counterexample, Report, Unknown, Verdict
    from .writing.latex import latex
    from .writing.readable import Description, describe

WHERE = {
    "anarchy": "Inefficiency price_of_anarchy price_of_stability",
    "design": "Candidate Design",
    "tradeoffs": "Frontier FrontierPoint Gap frontier",
    "implement": "Cycle Implementation implementable",
    "pricing": "Price Prices prices",
    "searching.choice.search_choice": "Enumeration enumerate_rules",
    "simpler": "simplify",
    "solution": "Equilibrium Solution",
    "verdict": "Counterexample Report Unknown Verdict",
    "writing.latex": "latex",
    "writing.readable": "Description describe",
}

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


def __getattr__(name: str) -> Any:
    for module, names in WHERE.items():
        if name in names.split():
            globals()[name] = found = getattr(import_module(f".{module}", __name__), name)
            return found
    raise AttributeError(f"module {__name__} has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
