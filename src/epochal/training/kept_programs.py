"""How many compiled programs the engine `xla` keeps: what it has compiled takes memory for good."""

import os

from epochal.engine.xla.executables import EXECUTABLES, KEPT_EXECUTABLES
from epochal.errors import InputError

VARIABLE = "EPOCHAL_KEPT_PROGRAMS"


def limit_programs() -> None:
    """Have the engine keep as many as the environment variable EPOCHAL_KEPT_PROGRAMS says.

    Each takes a few megabytes, and a fit has two to four of them: to train, to test, and each for a
    smaller last batch.

    Raises
    ------
    InputError
        It is no whole number of at least 1.
    """
    given = os.environ.get(VARIABLE)
    if given is None:
        EXECUTABLES.kept = KEPT_EXECUTABLES
    elif given.isdecimal() and int(given) >= 1:
        EXECUTABLES.kept = int(given)
    else:
        raise InputError(
            f"{VARIABLE} must be a whole number of at least 1, got {given!r}: leave it out for "
            f"{KEPT_EXECUTABLES}."
        )
