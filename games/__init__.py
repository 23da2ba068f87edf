"""What is played: profiles, environments, the game forms, and the shipped games."""

from .allocation import allocation
from .bayesian import BayesianGame
from .cake import Division, cake, mark, value_of
from .environment import Environment
from .errors import BadInput, GameTooLarge, MissingExtra
from .extensive import Chance, Decision, ExtensiveForm, Terminal
from .files import load, save
from .lottery import Lottery
from .normal_form import NormalForm
from .outcomes import Finite, Shares
from .prisoners_dilemma import prisoners_dilemma
from .profile import Profile

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
    "allocation",
    "cake",
    "load",
    "mark",
    "prisoners_dilemma",
    "save",
    "value_of",
]
