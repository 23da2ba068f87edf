"""What is played: profiles, environments, the game forms, and the shipped games."""

from .allocation import allocation
from .bayesian import BayesianGame
from .bundles import bundles
from .cake import Division, cake, mark, value_of
from .claims import claims, rationing
from .environment import Environment
from .errors import BadInput, GameTooLarge, MissingExtra
from .exchange import exchange
from .extensive import Chance, Decision, ExtensiveForm, Terminal
from .files import load, save
from .lottery import Lottery
from .normal_form import NormalForm
from .outcomes import Finite, Shares
from .preferences import assignment, matching, voting
from .prisoners_dilemma import prisoners_dilemma
from .profile import Profile
from .public_projects import airport_cost, public_project, service
from .units import units

__all__ = [
    "BadInput",
    "BayesianGame",
    "Chance",
    "Decision",
    "Division",
    "Environment",
    "ExtensiveForm",
    "Finite",
    "GameTooLarge",
    "Lottery",
    "MissingExtra",
    "NormalForm",
    "Profile",
    "Shares",
    "Terminal",
    "airport_cost",
    "allocation",
    "assignment",
    "bundles",
    "cake",
    "claims",
    "exchange",
    "load",
    "mark",
    "matching",
    "prisoners_dilemma",
    "public_project",
    "rationing",
    "save",
    "service",
    "units",
    "value_of",
    "voting",
]
