"""What a training run on a table is asked for."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from epochal.errors import InputError, suggest
from epochal.runs.settings_checks import checked_settings

NETWORKS = ("default", "self-normalizing", "sparse", "low-latency", "risk-aware")
"""The names of `epochal.models.ALL_GUIDELINES`, here without the seconds that Keras takes."""


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """Everything that decides a run on a table, checked when it is made.

    Parameters
    ----------
    target : tuple of str
        The column to learn, or several; a string is one column, here and below.
    task : str or None
        One of `epochal.data.TASKS`; None takes what the values suggest.
    drop, keep : tuple of str
        Columns to leave out, and to keep though they would be left out.
    kinds : mapping of str to str
        Column kinds that override the inferred ones.
    network : str
        The guideline: one of `epochal.models.ALL_GUIDELINES`.
    hidden : tuple of int or None
        Units of each hidden layer; None sizes them to the table.
    epochs : int or None
        The most epochs, at least 1; None chooses by the number of steps.
    batch_size : int or None
        Rows a step, at least 1; None chooses by the number of rows.
    seed : int
        Decides everything random, 0 to 2**32 - 1.
    test_size : float
        Share of the rows that are kept for the test, between 0 and 1.

    Raises
    ------
    InputError
        A number out of its range, a value of another type, an unknown network, no target or one
        named twice, or a column both to drop and to keep.

    Examples
    --------
    >>> TrainSettings(target=("survived",)).test_size
    0.2
    """

    target: tuple[str, ...]
    task: str | None = None
    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    network: str = "default"
    hidden: tuple[int, ...] | None = None
    epochs: int | None = None
    batch_size: int | None = None
    seed: int = 0
    test_size: float = 0.2

    def __post_init__(self) -> None:
        # Plain values in the place of NumPy's: run.json can hold no others.
        for name, value in checked_settings(vars(self)).items():
            object.__setattr__(self, name, value)
        if self.network not in NETWORKS:
            raise InputError(
                f"network must be one of {', '.join(NETWORKS)}, got {self.network!r}."
                f"{suggest(self.network, NETWORKS)}"
            )
        if not 0 < self.test_size < 1 - VALIDATION_SIZE:
            raise InputError(
                f"test_size must lie between 0 and {1 - VALIDATION_SIZE:g}, because "
                f"{VALIDATION_SIZE:.0%} of the rows choose the epoch, got {self.test_size:g}: "
                "give for example 0.2."
            )
        both = sorted(set(self.drop) & set(self.keep))
        if both:
            raise InputError(
                f"drop and keep must name different columns, but both name {both[0]!r}. "
                "Take it out of one."
            )


VALIDATION_SIZE = 0.15
"""Share of all rows that choose the epoch and are not trained on."""


def command_of(source: str, settings: TrainSettings) -> str:
    """The command line that makes this run again, as a shell takes it.

    Examples
    --------
    >>> command_of("my data.csv", TrainSettings(target=("y",), hidden=(50, 50)))
    "epochal train 'my data.csv' --target y --hidden 50,50 --seed 0"
    """
    words = ["epochal", "train", source, "--target", joined(settings.target)]
    if settings.task is not None:
        words += ["--task", settings.task]
    for option, names in (("--drop", settings.drop), ("--keep", settings.keep)):
        if names:
            words += [option, joined(names)]
    for name, kind in settings.kinds.items():
        words += ["--kind", f"{joined((name,))}={kind}"]
    if settings.network != "default":
        words += ["--network", settings.network]
    if settings.hidden is not None:
        words += ["--hidden", ",".join(map(str, settings.hidden))]
    for option, number in (("--epochs", settings.epochs), ("--batch-size", settings.batch_size)):
        if number is not None:
            words += [option, str(number)]
    words += ["--seed", str(settings.seed)]
    if settings.test_size != 0.2:
        words += ["--test-size", f"{settings.test_size:g}"]
    return shlex.join(words)


def joined(names: tuple[str, ...]) -> str:
    r"""Names in one argument: between commas, one that holds a comma with a backslash before it.

    Examples
    --------
    >>> print(joined(("a", "b,c")))
    a,b\,c
    """
    return ",".join(name.replace("\\", "\\\\").replace(",", "\\,") for name in names)


def keep_option(name: str) -> str:
    """What to add to the command to keep a column, as a shell takes it.

    Examples
    --------
    >>> keep_option("paid back")
    "--keep 'paid back'"
    """
    return shlex.join(["--keep", joined((name,))])


def source_name(source: str) -> str:
    """What the reader of a report calls the table: a file's name, or the data set's.

    Examples
    --------
    >>> source_name("data/passengers.csv"), source_name("titanic")
    ('passengers.csv', 'titanic')
    """
    return Path(source).name
