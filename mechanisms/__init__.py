"""Which rule, and what is asked of it: rules, properties, goals and families of rules."""

from .auctions import first_price, posted_price, second_price, third_price, vcg
from .budget import budget_balanced, no_deficit
from .division import (
    cut_and_choose,
    cut_and_choose_by,
    cutter_chooses_last,
    dubins_spanier,
    equal_split,
    selfridge_conway,
    who_cuts_who_chooses,
)
from .edits import Edit, fine, status_quo, subsidy
from .efficiency import efficient, pareto_efficient
from .fairness import envy_free, proportional
from .families import Dial, fines, subsidies
from .goals import Goal, Objective, egalitarian, nash_welfare, revenue, welfare
from .incentives import bayesian_incentive_compatible, strategyproof
from .measures import among_best, payment, value, worth
from .participation import individually_rational, interim_individually_rational
from .properties import for_all
from .protocols import Choose, Cut, Mark, Protocol, Trim, english, honest, played, protocol, queries, tree
from .rules import DirectMechanism, Mechanism, mechanism
from .scenarios import Scenario, scenario
from .strategic import strict_equilibrium, strictly_dominant, weakly_dominant
from .tabulated import tabulated

__all__ = [
    "Choose",
    "Cut",
    "Dial",
    "DirectMechanism",
    "Edit",
    "Goal",
    "Mark",
    "Mechanism",
    "Objective",
    "Protocol",
    "Scenario",
    "Trim",
    "among_best",
    "bayesian_incentive_compatible",
    "budget_balanced",
    "cut_and_choose",
    "cut_and_choose_by",
    "cutter_chooses_last",
    "dubins_spanier",
    "efficient",
    "egalitarian",
    "english",
    "envy_free",
    "equal_split",
    "fine",
    "fines",
    "first_price",
    "for_all",
    "honest",
    "individually_rational",
    "interim_individually_rational",
    "mechanism",
    "nash_welfare",
    "no_deficit",
    "pareto_efficient",
    "payment",
    "played",
    "posted_price",
    "proportional",
    "protocol",
    "queries",
    "revenue",
    "scenario",
    "second_price",
    "selfridge_conway",
    "status_quo",
    "strategyproof",
    "strict_equilibrium",
    "strictly_dominant",
    "subsidies",
    "subsidy",
    "tabulated",
    "third_price",
    "tree",
    "value",
    "vcg",
    "weakly_dominant",
    "welfare",
    "who_cuts_who_chooses",
    "worth",
]
