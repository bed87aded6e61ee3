"""What a setting knows beside its default: its check, its help, and its option."""

from collections.abc import Callable, Iterable
from typing import Any


def described(
    check: Callable[[str, object], object], text: str, option: str | None = None
) -> dict[str, Any]:
    """The metadata of a setting's field; `option`: its name on the command line.

    Examples
    --------
    >>> described(str, "Batch size.")["help"]
    'Batch size.'
    """
    return {"check": check, "help": text, "option": option}


def one_of(names: Iterable[str]) -> str:
    """Names as a choice.

    Examples
    --------
    >>> one_of(["a", "b", "c"])
    'a, b or c'
    """
    *first, last = names
    return f"{', '.join(first)} or {last}"
