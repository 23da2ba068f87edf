"""Rulewright: declare games, verify rules, and find rules under which self-interest does what people want."""

from importlib import import_module as _import_module

from rulewright import games, mechanisms
from rulewright.certificates import check
from rulewright.games import BadInput, BayesianGame, Environment, ExtensiveForm, GameTooLarge, Lottery, NormalForm, Profile, load
from rulewright.mechanisms import (
    Goal, Mechanism, bayesian_incentive_compatible, budget_balanced, efficient, egalitarian, envy_free, for_all,
    individually_rational, interim_individually_rational, mechanism, nash_welfare, no_deficit, pareto_efficient,
    proportional, revenue, scenario, strategyproof, strict_equilibrium, strictly_dominant, weakly_dominant, welfare, worth,
)  # fmt: skip
from rulewright.solvers import Design, Report, Solution, Verdict, search, solve, verify
