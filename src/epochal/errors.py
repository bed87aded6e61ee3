"""The one error that a user meets for wrong input, and the nearest name for a misspelt one."""

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """Wrong input from the caller.

    One sentence names the argument, what must hold, what came, and one thing to do. The command
    line prints it and exits with code 2.
    """


def suggest(name: object, known: Iterable[object]) -> str:
    """The end of a sentence: `` Did you mean 'x'?``, or nothing when nothing known is near."""
    by_lower = {str(option).lower(): str(option) for option in known}
    near = get_close_matches(str(name).lower(), by_lower, n=1, cutoff=0.6)
    return f" Did you mean {by_lower[near[0]]!r}?" if near else ""
