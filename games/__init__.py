"""What is played: profiles, environments, the game forms, and the shipped games."""

from .allocation import allocation
from .environment import Environment
from .errors import BadInput, GameTooLarge, MissingExtra
from .extensive import Chance, Decision, ExtensiveForm, Terminal
from .lottery import Lottery
from .normal_form import NormalForm
from .outcomes import Finite, Shares
from .prisoners_dilemma import prisoners_dilemma
from .profile import Profile

__all__ = [
    "BadInput",
    "Chance",
    "Decision",
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
    "prisoners_dilemma",
]
