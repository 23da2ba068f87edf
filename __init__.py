"""Rulewright: declare games, verify rules, and find rules under which self-interest does what people want."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rulewright import games, mechanisms, views
    from rulewright.certificates import check
    from rulewright.games import (
        BadInput,
        BayesianGame,
        Crowd,
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
        at_least,
        bayesian_incentive_compatible,
        budget_balanced,
        efficient,
        egalitarian,
        envy_free,
        ex_ante_individually_rational,
        ex_post_incentive_compatible,
        false_name_proof,
        for_all,
        guaranteed,
        individually_rational,
        interim_individually_rational,
        leximin_welfare,
        margin_per_harm,
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
        with_margin,
        worth,
    )  # fmt: skip
    from rulewright.solvers import (
        Counterexample,
        Description,
        Design,
        Frontier,
        Report,
        Solution,
        Verdict,
        enumerate_rules,
        implementable,
        price_of_anarchy,
        price_of_stability,
    )
    from rulewright.solvers.pricing import prices
    from rulewright.solvers.search import search
    from rulewright.solvers.simpler import simplify
    from rulewright.solvers.solve import solve
    from rulewright.solvers.tradeoffs import frontier
    from rulewright.solvers.verify import verify
    from rulewright.solvers.writing.latex import latex
    from rulewright.solvers.writing.readable import describe

__version__ = "0.1.0"

__all__ = [
    "BadInput",
    "BayesianGame",
    "Counterexample",
    "Crowd",
    "Description",
    "Design",
    "Environment",
    "ExtensiveForm",
    "Frontier",
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
    "at_least",
    "bayesian_incentive_compatible",
    "budget_balanced",
    "check",
    "describe",
    "efficient",
    "egalitarian",
    "enumerate_rules",
    "envy_free",
    "ex_ante_individually_rational",
    "ex_post_incentive_compatible",
    "false_name_proof",
    "for_all",
    "frontier",
    "games",
    "guaranteed",
    "implementable",
    "individually_rational",
    "interim_individually_rational",
    "latex",
    "leximin_welfare",
    "load",
    "margin_per_harm",
    "mechanism",
    "mechanisms",
    "nash_welfare",
    "no_deficit",
    "obviously_strategyproof",
    "pareto_efficient",
    "price_of_anarchy",
    "price_of_stability",
    "prices",
    "proportional",
    "revenue",
    "save",
    "scenario",
    "search",
    "simplify",
    "solve",
    "strategyproof",
    "strict_equilibrium",
    "strictly_dominant",
    "verify",
    "views",
    "weakly_dominant",
    "welfare",
    "with_margin",
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
