"""How large a file may be, and what is in it: the limits that hostile text meets."""

from __future__ import annotations

from ..numbers import MAX_DIGITS

MAX_SIZE = 5_000_000  # bytes of a spec
MAX_NESTING = 64  # brackets inside brackets, or parts of a dotted key
MAX_PROFILES = 1_000_000  # of a game whose payoffs are expressions
MAX_STEPS = 20_000_000  # signs to be computed for the payoffs of such a game
EAGER_STEPS = 1_000_000  # up to here, utilities are computed when the file is read, so that errors show at once
MAX_LENGTH = 10_000  # characters of an expression
MAX_DEPTH = 32  # brackets inside brackets
MAX_BITS = MAX_DIGITS * 3322 // 1000 + 1  # of a number of MAX_DIGITS digits
