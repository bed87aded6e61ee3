"""The settings of a training run on a table: each with its default, its check and its help.

The command line's options, the command that repeats a run and the checks of `train_table` all come
from the fields of `TrainSettings`: a new setting is one field there.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from numbers import Real
from typing import Any, Self, TypedDict, Unpack

from epochal.checks import check_seconds, check_whole
from epochal.data.tasks.heads import ALL_HEADS
from epochal.errors import InputError, suggest
from epochal.models.guidelines import ALL_GUIDELINES

VALIDATION_SIZE = 0.15
"""Fraction of all rows held out to choose the best epoch."""

_HIGHEST_SEED = 2**32 - 1


def _names(name: str, value: object) -> tuple[str, ...]:
    names = _as_tuple(value)
    if names is None or not all(isinstance(one, str) for one in names):
        raise InputError(
            f"{name} must be a column name or a list of column names, got {value!r}: give e.g. "
            "'age'."
        )
    return tuple(map(str, names))


def _target(name: str, value: object) -> tuple[str, ...]:
    names = _names(name, value)
    if not names or not all(names):
        raise InputError(
            f"{name} must name at least one column, got {value!r}: name the column to predict."
        )
    for one in names:
        if names.count(one) > 1:
            raise InputError(
                f"{name} must name different columns, got {one!r} {names.count(one)} times: name "
                "it once."
            )
    return names


def _kinds(name: str, value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(one, str) for one in value):
        raise InputError(
            f"{name} must map column names to kinds, got {value!r}: give e.g. "
            "{'zip': 'category'}."
        )
    return dict(value)


def _task(name: str, value: object) -> str | None:
    # Whether the task exists and suits the target, `infer_task` checks.
    if value is not None and not isinstance(value, str):
        raise InputError(f"{name} must be a string or None, got {value!r}: give e.g. 'regression'.")
    return value


def _network(name: str, value: object) -> str:
    if not isinstance(value, str) or value not in ALL_GUIDELINES:
        raise InputError(
            f"{name} must be one of {', '.join(ALL_GUIDELINES)}, got {value!r}."
            f"{suggest(value, ALL_GUIDELINES)}"
        )
    return str(value)


def _hidden(name: str, value: object) -> tuple[int, ...] | None:
    if value is None:
        return None
    units = None if isinstance(value, str) else _as_tuple(value)
    if units is None:
        raise InputError(
            f"{name} must be the number of units of each hidden layer, got {value!r}: give e.g. "
            "[100, 100]."
        )
    return tuple(check_whole(name, one, 1, "give e.g. [100, 100]") for one in units)


def _count(name: str, value: object) -> int | None:
    return None if value is None else check_whole(name, value, 1, "give e.g. 32")


def _seconds(name: str, value: object) -> float | None:
    return None if value is None else check_seconds(name, value)


def _seed(name: str, value: object) -> int:
    seed = check_whole(name, value, 0, "give e.g. 0")
    if seed > _HIGHEST_SEED:
        raise InputError(f"{name} must be at most {_HIGHEST_SEED}, got {seed}: give e.g. 0.")
    return seed


def _test_size(name: str, value: object) -> float:
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not 0 < float(value) < 1 - VALIDATION_SIZE:  # type: ignore[arg-type]
        raise InputError(
            f"{name} must be a fraction above 0 and below {1 - VALIDATION_SIZE:g} "
            f"({VALIDATION_SIZE:.0%} of the rows are for validation), got {value!r}: give e.g. 0.2."
        )
    return float(value)  # type: ignore[arg-type]


def _as_tuple(value: object) -> tuple[Any, ...] | None:
    """The members of a list, or a string as the only one; None for what is neither."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        return None
    return tuple(value)


def _setting(
    check: Callable[[str, object], object], text: str, option: str | None = None
) -> dict[str, Any]:
    """What a field knows besides its default; `option`: its name on the command line."""
    return {"check": check, "help": text, "option": option}


def _one_of(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}"


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """Everything that decides a run on a table, checked when it is made.

    Parameters
    ----------
    target : tuple of str
        The column to predict, or several; a string is one column, here and below.
    task : str or None
        One of `epochal.data.TASKS`; None infers it from the target.
    drop, keep : tuple of str
        Columns to drop, and columns to keep though they would be dropped (leaks too).
    kinds : mapping of str to str
        Column kinds that override the inferred ones, such as ``{"zip": "category"}``.
    network : str
        The guideline that the network follows: one of `epochal.models.ALL_GUIDELINES`.
    hidden : tuple of int or None
        Units of each hidden layer; None chooses by the size of the table.
    members : int or None
        How many networks to train, each stopped early by a part of the rows that it leaves out, and
        to average; 1 trains a single one, with a validation part. None takes the guideline's.
    epochs : int or None
        Maximum number of epochs, at least 1; None chooses by the number of steps.
    batch_size : int or None
        Rows of a training step, at least 1; None chooses by the number of rows.
    time : float or str, optional
        For the training, in seconds or with a unit ("2m"): as many networks and epochs as fit into
        it. None is no limit.
    seed : int
        Random seed, 0 to 2**32 - 1: decides the split, the initial weights, the order of the rows,
        the dropout masks and the intervals.
    test_size : float
        Fraction of the rows held out for testing, above 0 and below 0.85; where a single network is
        trained, a further 15% are held out for validation.

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

    target: tuple[str, ...] = field(
        metadata=_setting(_target, r"Column to predict, or several: a,b (\, is a comma in a name).")
    )
    task: str | None = field(default=None, metadata=_setting(_task, f"{_one_of(ALL_HEADS)}."))
    drop: tuple[str, ...] = field(
        default=(), metadata=_setting(_names, "Columns to drop, e.g. a,b.")
    )
    keep: tuple[str, ...] = field(
        default=(), metadata=_setting(_names, "Columns never to drop, e.g. a,b.")
    )
    kinds: Mapping[str, str] = field(
        default_factory=dict,
        metadata=_setting(
            _kinds,
            "Kinds of columns, e.g. zip=category,age=numeric (boolean, date, text).",
            option="--kind",
        ),
    )
    network: str = field(
        default="tabular", metadata=_setting(_network, f"{_one_of(ALL_GUIDELINES)}.")
    )
    hidden: tuple[int, ...] | None = field(
        default=None, metadata=_setting(_hidden, "Units of each hidden layer, e.g. 100,100.")
    )
    members: int | None = field(
        default=None, metadata=_setting(_count, "Networks to train and average; 1 is quickest.")
    )
    epochs: int | None = field(default=None, metadata=_setting(_count, "Maximum number of epochs."))
    batch_size: int | None = field(default=None, metadata=_setting(_count, "Batch size."))
    time: float | None = field(
        default=None, metadata=_setting(_seconds, "Time for the training, e.g. 90s, 2m or 1h.")
    )
    seed: int = field(default=0, metadata=_setting(_seed, "Random seed."))
    test_size: float = field(
        default=0.2, metadata=_setting(_test_size, "Fraction of rows held out for testing.")
    )

    def __post_init__(self) -> None:
        for one in fields(self):
            # Checked, and plain where NumPy's were given: run.json can hold no others.
            value = one.metadata["check"](one.name, getattr(self, one.name))
            object.__setattr__(self, one.name, value)
        both = sorted(set(self.drop) & set(self.keep))
        if both:
            raise InputError(
                f"drop and keep must name different columns, got {both[0]!r} in both: remove it "
                "from one."
            )

    @classmethod
    def from_options(cls, target: str | Sequence[str], **options: Unpack["TrainOptions"]) -> Self:
        """Settings from what a caller may write: lists, a string for one name, NumPy's numbers.

        Parameters
        ----------
        target : str or sequence of str
        **options
            The other settings, as the class documents them.

        Returns
        -------
        TrainSettings

        Raises
        ------
        InputError
            A setting that does not exist, or a value that is refused.

        Examples
        --------
        >>> TrainSettings.from_options("age", hidden=[50, 20]).hidden
        (50, 20)
        """
        given: dict[str, Any] = {"target": target, **options}
        names = [one.name for one in fields(cls)]
        for name in given:
            if name not in names:
                raise InputError(
                    f"A setting must be one of {', '.join(names)}, got {name!r}."
                    f"{suggest(name, names)}"
                )
        return cls(**given)


class TrainOptions(TypedDict, total=False):
    """The settings as a caller may write them: more types than the checked ones have."""

    task: str | None
    drop: str | Sequence[str]
    keep: str | Sequence[str]
    kinds: Mapping[str, str] | None
    network: str
    hidden: Sequence[int] | None
    members: int | None
    epochs: int | None
    batch_size: int | None
    time: float | str | None
    seed: int
    test_size: float


def setting_help(name: str) -> str:
    """The help of the setting's option on the command line.

    Examples
    --------
    >>> setting_help("batch_size")
    'Batch size.'
    """
    (found,) = (one for one in fields(TrainSettings) if one.name == name)
    return str(found.metadata["help"])
