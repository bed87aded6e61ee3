"""The command line that repeats a run, quoted for a shell."""

import shlex
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

from epochal.characters import join_names
from epochal.runs.settings import TrainSettings, setting_option

_DURATIONS = ("time", "tune")  # settings in seconds


def command_of(
    source: str, settings: TrainSettings, test: str = "", *, out: "str | Path | None" = None
) -> str:
    """The command line that repeats this run, quoted for a shell.

    `test` is the table tested on, `out` the folder to write.

    Examples
    --------
    >>> command_of("my data.csv", TrainSettings(target=("y",), hidden=(50, 50)))
    "epochal train 'my data.csv' --target y --hidden 50,50 --seed 0"
    """
    words = ["epochal", "train", source, *(["--test", test] if test else [])]
    for one in fields(settings):
        value = getattr(settings, one.name)
        # The seed even where it is the default: a reader must see that there is one.
        if one.name == "seed" or value != _default(one):
            words += setting_words(one.name, value)
    words += [] if out is None else ["--out", str(out)]
    return shlex.join(words)


def setting_words(name: str, value: object) -> list[str]:
    """The words of a setting on the command line.

    Examples
    --------
    >>> setting_words("hidden", (50, 50))
    ['--hidden', '50,50']
    >>> setting_words("tune", 300.0), setting_words("time", 2.5)
    (['--tune', '5m'], ['--time', '2.5s'])
    """
    if name in _DURATIONS and isinstance(value, float):
        value = f"{value / 60:g}m" if value % 60 == 0 else f"{value:g}s"
    return _option_words(setting_option(name), value)


def options_text(settings: Mapping[str, object]) -> str:
    """Settings as options, quoted for a shell.

    Examples
    --------
    >>> options_text({"hidden": (50, 50), "dropout": 0.1})
    '--hidden 50,50 --dropout 0.1'
    """
    return shlex.join([word for one in settings.items() for word in setting_words(*one)])


def _default(one: Field[Any]) -> object:
    return one.default if one.default_factory is MISSING else one.default_factory()


def _option_words(option: str, value: object) -> list[str]:
    """An option with its value; alone where that is True; once for each entry of a mapping."""
    if value is True:
        return [option]
    if isinstance(value, Mapping):
        pairs = (f"{join_names([name])}={kind}" for name, kind in value.items())
        return [word for pair in pairs for word in (option, pair)]
    if isinstance(value, tuple):
        return [option, join_names(map(str, value))]
    return [option, str(value)]


def keep_option(name: str) -> str:
    """The option that keeps a column, quoted for a shell.

    Examples
    --------
    >>> keep_option("paid back")
    "--keep 'paid back'"
    """
    return shlex.join(["--keep", join_names([name])])


def split_option(setting: str, column: str) -> str:
    """The option that splits by a column, quoted for a shell.

    Examples
    --------
    >>> split_option("time_column", "sold on")
    "--time-column 'sold on'"
    """
    return shlex.join([setting_option(setting), column])
