"""Sentences of the library, with its arguments named as the command line's options."""

import re
from collections.abc import Mapping

import typer

# What is quoted is the user's own; an apostrophe within a word quotes nothing.
_QUOTED = r"""(?<!\w)'(?:[^'\\]|\\.)*'|(?<!\w)"(?:[^"\\]|\\.)*"|`[^`]*`"""


def options_of(context: typer.Context) -> dict[str, str]:
    """The options of the command that runs, by the names of the arguments that they stand for."""
    options = {}
    for parameter in context.command.params:
        words = [word for word in parameter.opts if word.startswith("--")]
        if parameter.name is not None and words:
            options[parameter.name] = words[0]
    return options


def with_options(sentence: str, options: Mapping[str, str]) -> str:
    """`sentence` with each argument's name as the option that was typed.

    An argument is named at the beginning ("drop and keep must ..."), in brackets ("keep one
    (keep)"), or by a name with an underscore, which is no word of English.

    Examples
    --------
    >>> options = {"test_size": "--test-size", "keep": "--keep", "kinds": "--kind"}
    >>> with_options("test_size must be below 0.85, got 'test_size'.", options)
    "--test-size must be below 0.85, got 'test_size'."
    >>> with_options("The table must have a column: keep one (keep).", options)
    'The table must have a column: keep one (--keep).'
    >>> with_options("kinds['zip'] must be one of numeric, category.", options)
    "--kind of 'zip' must be one of numeric, category."
    """
    one = "|".join(sorted(map(re.escape, options), key=len, reverse=True))
    places = [
        rf"^(?:{one})(?= must | and (?:{one}) must |\[)",
        rf"(?<= and )(?:{one})(?= must )",
        rf"(?<=\()(?:{one})(?=\))",
        r"\b[a-z]+_\w+\b",
    ]
    # Those in quotes come first: they are found as a whole, and are no option's name.
    pattern = "|".join([_QUOTED, *places])
    told = re.sub(pattern, lambda found: options.get(found[0], found[0]), sentence)
    return re.sub(rf"^(--[\w-]+)\[({_QUOTED})\]", r"\1 of \2", told)
