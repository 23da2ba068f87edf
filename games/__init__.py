"""What is played: profiles, environments, the game forms, and the shipped games."""

from .allocation import allocation
from .approval import approval, committees
from .bayesian import BayesianGame
from .bundles import bundles
from .buyer import Buyer, buyer
from .cake import Division, cake, mark, value_of
from .claims import claims, rationing
from .congestion import braess, congestion, pigou
from .crowd import Crowd
from .dichotomous import dichotomous
from .environment import Environment
from .errors import BadInput, GameTooLarge, MissingExtra
from .exchange import exchange
from .extensive import Chance, Decision, ExtensiveForm, Terminal
from .files import load, save
from .location import location
from .lottery import Lottery
from .normal_form import NormalForm
from .outcomes import Finite, Shares
from .preferences import assignment, matching, voting
from .prisoners_dilemma import prisoners_dilemma
from .profile import Profile
from .provision import provision
from .public_goods import commons, public_goods, public_investment
from .public_projects import airport_cost, public_project, service
from .reals import Reals
from .rent import rent
from .resources import resources
from .social_choice import aggregation, irresolute
from .units import units

__all__ = [
    "BadInput",
    "BayesianGame",
    "Buyer",
    "Chance",
    "Crowd",
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
    "Reals",
    "Shares",
    "Terminal",
    "aggregation",
    "airport_cost",
    "allocation",
    "approval",
    "assignment",
    "braess",
    "bundles",
    "buyer",
    "cake",
    "claims",
    "committees",
    "commons",
    "congestion",
    "dichotomous",
    "exchange",
    "irresolute",
    "load",
    "location",
    "mark",
    "matching",
    "pigou",
    "prisoners_dilemma",
    "provision",
    "public_goods",
    "public_investment",
    "public_project",
    "rationing",
    "rent",
    "resources",
    "save",
    "service",
    "units",
    "value_of",
    "voting",
]
