"""What is to be learnt from a target: the kind of task, its head, loss and metrics."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from epochal.data.tables.parsing import (
    looks_like_numbers,
    parse_booleans,
    parse_numbers,
    refuse_lists,
    shown,
)
from epochal.data.tasks.heads import ALL_HEADS
from epochal.errors import InputError, suggest

TASKS = tuple(ALL_HEADS)

_FEWEST_ROWS = 10  # three parts of which each says something
_MOST_CLASSES_OF_NUMBERS = 20  # more whole numbers than these are amounts, not classes
_ROWS_A_CLASS = 5  # mean rows below which values are not classes


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a network for a target needs.

    Attributes
    ----------
    kind : one of "binary", "multiclass", "multilabel", "regression", "unit_interval"
    target : tuple of str
        The target's column, or columns.
    classes : tuple
        The values that are told apart, in the order of the outputs ("binary": negative, then
        positive); for "multilabel" the columns; empty for regression.
    outputs : int
        Width of the network's output.
    output_activation, loss : str
        Keras' names.
    metrics : tuple of str
        Keras' names.
    missing : int
        Rows without a target: they are left out.
    """

    kind: str
    target: tuple[str, ...]
    classes: tuple[Any, ...]
    outputs: int
    output_activation: str
    loss: str
    metrics: tuple[str, ...]
    missing: int = 0


def infer_task(target: "pd.Series | pd.DataFrame", task: str | None = None) -> Task:
    """The task that a target sets, unless it is named.

    Two values are "binary"; texts, and at most 20 different whole numbers with at least 5 rows
    each on average, are "multiclass"; numbers within 0 and 1 are "unit_interval"; other numbers are
    "regression"; several columns of two values are "multilabel", several of numbers "regression"
    with as many outputs.

    Parameters
    ----------
    target : Series of shape (rows,), or DataFrame of shape (rows, columns)
        The column, or columns, to learn.
    task : str or None
        The kind, to override what the values suggest.

    Returns
    -------
    Task
        The kind, its classes, and what a network for it ends in.

    Raises
    ------
    InputError
        An unknown kind (the nearest is suggested), a target without values, with a single one,
        with fewer than 10 rows, with values that the named kind cannot have, or with so many
        that it is no class.

    Notes
    -----
    Heads and losses: sigmoid with binary cross-entropy for "binary" and "multilabel", softmax with
    sparse categorical cross-entropy for "multiclass" (integer targets), none with the squared
    error for "regression", sigmoid with the squared error for "unit_interval".

    Examples
    --------
    >>> infer_task(pd.Series(["no", "yes"] * 10, name="alive")).classes
    ('no', 'yes')
    """
    if task is not None and task not in TASKS:
        raise InputError(
            f"task must be one of {', '.join(TASKS)}, but it is {task!r}."
            f"{suggest(task, TASKS) or ' Choose one.'}"
        )
    for column in _columns_of(target):
        refuse_lists(column, _what(column), "Name another column")
    known = _known(target)
    if isinstance(known, pd.DataFrame) and known.shape[1] == 1:
        known = known.iloc[:, 0]
    if isinstance(known, pd.DataFrame):
        kind = task or (
            "multilabel" if all(_is_flag(known[name]) for name in known) else "regression"
        )
        _check_several(known, kind)
        names: tuple[str, ...] = tuple(map(str, known.columns))
        classes: tuple[Any, ...] = names if kind == "multilabel" else ()
        outputs = len(names)
    else:
        kind = task or _kind(known)
        _check_one(known, kind)
        names = (str(known.name),)
        classes = _classes(known) if kind in ("binary", "multiclass") else ()
        outputs = len(classes) if kind == "multiclass" else 1
    if kind == "binary" and len(classes) == 1:
        raise InputError(
            f"{_what(target)} must have two values to tell apart, but they are one as text: "
            f"{classes[0]!r}. Write them alike, or name another column."
        )
    head = ALL_HEADS[kind]
    return Task(
        kind=kind,
        target=names,
        classes=classes,
        outputs=outputs,
        output_activation=head.activation,
        loss=head.loss,
        metrics=head.metrics,
        missing=len(target) - len(known),
    )


def has_target(target: "pd.Series | pd.DataFrame") -> np.ndarray:
    """Which rows have a target, in every column of it.

    Parameters
    ----------
    target : Series of shape (rows,), or DataFrame of shape (rows, columns)
        The column, or columns, to learn.

    Returns
    -------
    bool array of shape (rows,)
        False where a value is missing.
    """
    present = target.to_frame() if isinstance(target, pd.Series) else target
    return np.asarray(present.notna().all(axis=1))


def _columns_of(target: "pd.Series | pd.DataFrame") -> list[pd.Series]:
    return [target] if isinstance(target, pd.Series) else [target[name] for name in target]


def _known(target: "pd.Series | pd.DataFrame") -> "pd.Series | pd.DataFrame":
    known = target[has_target(target)]
    what = _what(target)
    if len(known) == 0:
        raise InputError(
            f"{what} must have values to learn, but all {len(target)} rows of it are missing. "
            "Name another column."
        )
    if len(known) < _FEWEST_ROWS:
        raise InputError(
            f"{what} must be known in at least {_FEWEST_ROWS} rows, but it is in {len(known)}. "
            "Give more rows."
        )
    return known


def _what(target: "pd.Series | pd.DataFrame") -> str:
    if isinstance(target, pd.Series):
        return f"The target {target.name!r}"
    return f"The target {', '.join(map(repr, target.columns))}"


def _is_flag(series: pd.Series) -> bool:
    return bool(parse_booleans(series).notna().all()) and series.nunique() <= 2


def _kind(known: pd.Series) -> str:
    distinct = known.nunique()
    if distinct == 2:
        return "binary"
    if pd.api.types.is_datetime64_any_dtype(known.dtype):
        raise InputError(
            f"{_what(known)} must hold classes or numbers, but it holds dates. Name another "
            "column, or turn the dates into numbers, such as days until then."
        )
    numbers = parse_numbers(known)
    if isinstance(known.dtype, pd.CategoricalDtype) or numbers.isna().any():
        return "multiclass"
    whole = bool((numbers == numbers.round()).all())
    enough = len(known) >= _ROWS_A_CLASS * distinct
    if whole and enough and distinct <= _MOST_CLASSES_OF_NUMBERS:
        return "multiclass"
    if numbers.between(0, 1).all():
        return "unit_interval"
    return "regression"


def _check_one(known: pd.Series, kind: str) -> None:
    distinct = known.nunique()
    if distinct == 1:
        raise InputError(
            f"{_what(known)} must have at least two values to tell apart, but every row has "
            f"{shown(known.iloc[0])}. Name another column."
        )
    if kind == "multilabel":
        raise InputError(
            f"The task 'multilabel' needs several target columns of 0 and 1, but {known.name!r} is "
            "one column. Name them all, or choose 'binary' or 'multiclass'."
        )
    if kind == "binary" and distinct != 2:
        raise InputError(
            f"{_what(known)} must have two values for the task 'binary', but it has {distinct}. "
            "Choose 'multiclass' or 'regression'."
        )
    if kind == "multiclass" and 2 * distinct > len(known):
        raise InputError(
            f"{_what(known)} must have few values, each in several rows, to be classes, but it "
            f"has {distinct} in {len(known)} rows. Name another column"
            f"{_or_regression(known)}."
        )
    if kind in ("regression", "unit_interval"):
        _check_numbers(known, kind)


def _or_regression(known: pd.Series) -> str:
    if parse_numbers(known).notna().all():
        return ", or choose the task 'regression'"
    return (
        ", or write it in plain numbers such as 1234.5" if looks_like_numbers(known).all() else ""
    )


def _check_numbers(known: pd.Series, kind: str) -> None:
    numbers = parse_numbers(known).to_numpy()
    wrong = ~np.isfinite(numbers)
    if kind == "unit_interval":
        wrong |= (numbers < 0) | (numbers > 1)
    if wrong.any():
        at = int(wrong.argmax())
        need = "numbers from 0 to 1" if kind == "unit_interval" else "finite numbers"
        raise InputError(
            f"{_what(known)} must hold {need} for the task {kind!r}, but row {known.index[at]} "
            f"holds {shown(known.iloc[at])} ({int(wrong.sum())} such). Correct them, or choose "
            f"another task."
        )


def _check_several(known: pd.DataFrame, kind: str) -> None:
    if kind not in ("multilabel", "regression", "unit_interval"):
        raise InputError(
            f"The task {kind!r} needs one target column, but {known.shape[1]} are named. Name "
            "one, or choose 'multilabel' or 'regression'."
        )
    for name in known:
        if kind != "multilabel":
            _check_numbers(known[name], kind)
        elif not _is_flag(known[name]):
            raise InputError(
                f"{_what(known[name])} must hold 0 and 1 (or no and yes) for the task "
                f"'multilabel', but it holds {shown(known[name].iloc[0])}. Name other columns, "
                "or one target."
            )


def _classes(known: pd.Series) -> tuple[Any, ...]:
    """The values in their order, as plain Python values, which JSON can hold."""
    if isinstance(known.dtype, pd.CategoricalDtype):
        values = list(known.cat.remove_unused_categories().cat.categories)
    else:
        values = list(known.drop_duplicates())
    plain = [plain_class(value) for value in values]
    if pd.api.types.is_numeric_dtype(known.dtype) and not pd.api.types.is_bool_dtype(known.dtype):
        # A column of whole numbers with gaps is read as floats.
        plain = [int(value) if float(value).is_integer() else value for value in plain]
    try:
        return tuple(sorted(plain))
    except TypeError:  # numbers and texts in one column: all are names
        return tuple(sorted({class_name(value) for value in plain}))


def plain_class(value: Any) -> Any:
    """A class as text, number or bool; dates, intervals and the like become text.

    Examples
    --------
    >>> plain_class(np.int64(3)), plain_class(pd.Timestamp("2020-01-02"))
    (3, '2020-01-02 00:00:00')
    """
    if isinstance(value, np.bool_ | np.number) and not isinstance(value, np.timedelta64):
        value = value.item()
    return value if isinstance(value, str | int | float | bool) else str(value)


def class_name(value: Any) -> str:
    """A plain class as text, so that 1 and 1.0 are one."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
