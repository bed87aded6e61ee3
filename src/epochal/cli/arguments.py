"""Options that hold several values, and how errors end a command."""

import errno
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer

from epochal.characters import escape_controls
from epochal.cli.option_names import options_of, with_options
from epochal.errors import InputError

INTERRUPTED = 130
"""The exit code after Ctrl-C."""


@contextmanager
def exit_on_input_error(context: typer.Context, debug: bool) -> Iterator[None]:
    """Print an `InputError` as one sentence and exit with code 2; Ctrl-C exits with 130.

    The sentence names options as they are typed: `--test-size` where the library says `test_size`.
    With `--debug`, before or after the command's name, the traceback is shown.
    """
    debug = debug or bool(context.find_root().params.get("debug"))
    try:
        yield
    except InputError as error:
        if debug:
            raise
        sentence = with_options(str(error), options_of(context))
        typer.echo(escape_controls(f"Error: {sentence}"), err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt as error:
        if debug:
            raise
        kept = " ".join(getattr(error, "__notes__", []))
        typer.echo(escape_controls(f"Interrupted: {kept or 'nothing was written.'}"), err=True)
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def exit_on_full_disk() -> Iterator[None]:
    """Print that the disk is full as one sentence and exit with code 2."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        # At exit Python would try to write the rest once more, and fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        where = f" for {str(error.filename)!r}" if error.filename else ""
        typer.echo(
            f"Error: {error.strerror}{where}: free some space, or write elsewhere.", err=True
        )
        raise SystemExit(2) from None


def parse_names(option: str, texts: Sequence[str]) -> tuple[str, ...]:
    r"""The names in options like ``a,b``; a backslash escapes the next character.

    Examples
    --------
    >>> parse_names("drop", ["a, b", "c\\,d"])
    ('a', 'b', 'c,d')
    """
    parts = [part for text in texts for part in re.findall(r"((?:\\.|[^\\,])*),", f"{text},")]
    names = tuple(re.sub(r"\\(.)", r"\1", part.strip()) for part in parts)
    if texts and not (names and all(names)):
        raise InputError(f"--{option} must name columns, got {', '.join(texts)!r}: give e.g. a,b.")
    return names


def parse_mapping(
    option: str,
    texts: Sequence[str],
    what: str = "columns and their kinds",
    example: str = "zip=category",
) -> dict[str, str]:
    r"""Names with values, from options like ``zip=category,age=numeric``.

    The last ``=`` of each separates the two, and a backslash escapes the next character.

    Examples
    --------
    >>> parse_mapping("kind", ["zip=category,age=numeric"])
    {'zip': 'category', 'age': 'numeric'}
    """
    pairs = {}
    for text in texts:
        for part in parse_names(option, [text]):
            name, equals, value = part.rpartition("=")
            if not (equals and name and value):
                raise InputError(f"--{option} must be {what}, got {text!r}: give e.g. {example}.")
            pairs[name.strip()] = value.strip()
    return pairs


def parse_whole_numbers(option: str, text: str | None) -> tuple[int, ...] | None:
    """The numbers in an option like ``100,100``; None where it is not given.

    Examples
    --------
    >>> parse_whole_numbers("hidden", "100, 50")
    (100, 50)
    """
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise InputError(
            f"--{option} must be positive whole numbers separated by commas, got {text!r}: "
            "give e.g. 100,100."
        )
    return tuple(int(part) for part in parts)
