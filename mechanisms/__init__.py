"""Which rule, and what is asked of it: rules, properties, goals and families of rules."""

from .auctions import first_price, posted_price, second_price, third_price, vcg
from .budget import budget_balanced, no_deficit
from .edits import Edit, fine, status_quo, subsidy
from .efficiency import efficient, pareto_efficient
from .fairness import envy_free, proportional
from .families import Dial, fines, subsidies
from .goals import Goal, Objective, egalitarian, nash_welfare, revenue, welfare
from .incentives import bayesian_incentive_compatible, strategyproof
from .measures import payment, value, worth
from .participation import individually_rational, interim_individually_rational
from .properties import for_all
from .rules import DirectMechanism, Mechanism, mechanism
from .strategic import strict_equilibrium, strictly_dominant, weakly_dominant

__all__ = [
    "Dial",
    "DirectMechanism",
    "Edit",
    "Goal",
    "Mechanism",
    "Objective",
    "bayesian_incentive_compatible",
    "budget_balanced",
    "efficient",
    "egalitarian",
    "envy_free",
    "fine",
    "fines",
    "first_price",
    "for_all",
    "individually_rational",
    "interim_individually_rational",
    "mechanism",
    "nash_welfare",
    "no_deficit",
    "pareto_efficient",
    "payment",
    "posted_price",
    "proportional",
    "revenue",
    "second_price",
    "status_quo",
    "strategyproof",
    "strict_equilibrium",
    "strictly_dominant",
    "subsidies",
    "subsidy",
    "third_price",
    "value",
    "vcg",
    "weakly_dominant",
    "welfare",
    "worth",
]
