"""Which language is spoken: that of a `with` block, of the process, or of the environment."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.resources import files

from epochal.errors import InputError, suggest

ENGLISH = "en"
"""The language of the source, which needs no catalogue."""

VARIABLE = "EPOCHAL_LANG"
"""The environment variable that is read where nothing else was asked for."""

_of_block: ContextVar[str | None] = ContextVar("language", default=None)
_of_process: list[str] = []  # none, or the one that was set: threads see it too


def known_languages() -> tuple[str, ...]:
    """English, and each language that has a catalogue.

    Examples
    --------
    >>> known_languages()
    ('en', 'ko')
    """
    folders = (files("epochal") / "locale").iterdir()
    return (ENGLISH, *sorted(folder.name for folder in folders if folder.is_dir()))


def current_language() -> str:
    """The language that is spoken now.

    Raises
    ------
    InputError
        The environment variable ``EPOCHAL_LANG`` names a language that there is not.

    Examples
    --------
    >>> with language("ko"):
    ...     current_language()
    'ko'
    """
    asked = _of_block.get() or next(iter(_of_process), None)
    return asked or _checked(VARIABLE, os.environ.get(VARIABLE) or ENGLISH)


def set_language(name: str) -> None:
    """Speak a language from now on, in every thread of the process.

    What a run writes is in the language of that moment: the report, and the sentences of
    ``run.json``. Error messages and the help of the command line are in English.

    Parameters
    ----------
    name : str
        "en" or "ko".

    Raises
    ------
    InputError
        There is no such language.

    Examples
    --------
    >>> set_language("en")
    """
    _of_process[:] = [_checked("name", name)]


@contextmanager
def language(name: str | None) -> Iterator[None]:
    """Speak a language within a ``with`` block.

    Parameters
    ----------
    name : str or None
        "en" or "ko"; None changes nothing.

    Yields
    ------
    None
        Afterwards the language is what it was before.

    Raises
    ------
    InputError
        There is no such language.

    Examples
    --------
    >>> import epochal
    >>> with epochal.language("ko"):
    ...     run = epochal.train_table("titanic", "survived")  # doctest: +SKIP
    """
    token = _of_block.set(_of_block.get() if name is None else _checked("language", name))
    try:
        yield
    finally:
        _of_block.reset(token)


def _checked(argument: str, name: str) -> str:
    # Nothing is read from a catalogue for what most people ask for.
    if name == ENGLISH:
        return name
    known = known_languages()
    if name not in known:
        raise InputError(
            f"{argument} must be one of {', '.join(known)}, got {name!r}: give one of them."
            f"{suggest(name, known)}"
        )
    return name
