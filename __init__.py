"""Rulewright: declare games, verify rules, and find rules under which self-interest does what people want."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rulewright import games, mechanisms, views
    from rulewright.certificates import check
    from rulewright.games import (
        BadInput,
        BayesianGame,
        Environment,
        ExtensiveForm,
        GameTooLarge,
        Lottery,
        NormalForm,
        Profile,
        Reals,
        load,
        save,
    )
    from rulewright.mechanisms import (
        Goal,
        Mechanism,
        bayesian_incentive_compatible,
        budget_balanced,
        efficient,
        egalitarian,
        envy_free,
        ex_ante_individually_rational,
        ex_post_incentive_compatible,
        false_name_proof,
        for_all,
        individually_rational,
        interim_individually_rational,
        mechanism,
        nash_welfare,
        no_deficit,
        obviously_strategyproof,
        pareto_efficient,
        proportional,
        revenue,
        scenario,
        strategyproof,
        strict_equilibrium,
        strictly_dominant,
        weakly_dominant,
        welfare,
        worth,
    )  # fmt: skip
    from rulewright.solvers import (
        Counterexample,
        Design,
        Report,
        Solution,
        Verdict,
        implementable,
        price_of_anarchy,
        price_of_stability,
    )
    from rulewright.solvers.search import search
    from rulewright.solvers.solve import solve
    from rulewright.solvers.verify import verify
    from rulewright.solvers.writing.latex import latex

__version__ = "0.1.0"

__all__ = [
    "BadInput",
    "BayesianGame",
    "Counterexample",
    "Design",
    "Environment",
    "ExtensiveForm",
    "GameTooLarge",
    "Goal",
    "Lottery",
    "Mechanism",
    "NormalForm",
    "Profile",
    "Reals",
    "Report",
    "Solution",
    "Verdict",
    "bayesian_incentive_compatible",
    "budget_balanced",
    "check",
    "efficient",
    "egalitarian",
    "envy_free",
    "ex_ante_individually_rational",
    "ex_post_incentive_compatible",
    "false_name_proof",
    "for_all",
    "implementable",
    "games",
    "individually_rational",
    "interim_individually_rational",
    "latex",
    "load",
    "mechanism",
    "mechanisms",
    "nash_welfare",
    "no_deficit",
    "obviously_strategyproof",
    "pareto_efficient",
    "price_of_anarchy",
    "price_of_stability",
    "proportional",
    "revenue",
    "save",
    "scenario",
    "search",
    "solve",
    "strategyproof",
    "strict_equilibrium",
    "strictly_dominant",
    "verify",
    "views",
    "weakly_dominant",
    "welfare",
    "worth",
]


def __getattr__(name: str) -> Any:
    """The rooms are loaded when a name is first asked for: to check a certificate needs the standard library alone."""
    rooms = ("games", "mechanisms", "certificates", "solvers", "views")
    if name in rooms:
        return import_module(f"rulewright.{name}")
    if name in __all__:
        for room in rooms:
            if hasattr(module := import_module(f"rulewright.{room}"), name):
                globals()[name] = found = getattr(module, name)
                return found
    raise AttributeError(f"module rulewright has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
