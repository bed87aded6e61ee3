"""From a target to its task: the kind, the classes, and the head, loss and metrics of a network."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from epochal.data.tables.parsing import (
    looks_like_numbers,
    parse_booleans,
    parse_numbers,
    refuse_cells,
    refuse_lists,
    shown,
)
from epochal.data.tasks.classes import classes_of, positive_last
from epochal.data.tasks.heads import ALL_HEADS, head_of
from epochal.errors import InputError

TASKS = tuple(ALL_HEADS)

_FEWEST_ROWS = 10  # the fewest to split into three parts
_MOST_CLASSES_OF_NUMBERS = 20  # with more distinct whole numbers, they are quantities
_ROWS_PER_CLASS = 5  # with fewer rows per value on average, values are not classes


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a network for a target needs.

    Attributes
    ----------
    kind : {"binary", "multiclass", "multilabel", "regression", "unit_interval"}
    target : tuple of str
        The column, or columns, to predict.
    classes : tuple
        The classes in the order of the outputs ("binary": negative, then positive); for
        "multilabel" the columns; empty for numbers.
    outputs : int
        Width of the network's output.
    output_activation, loss : str
        Keras' names.
    metrics : tuple of str
        Keras' names.
    missing : int
        Rows without a target, which are dropped.
    """

    kind: str
    target: tuple[str, ...]
    classes: tuple[Any, ...]
    outputs: int
    output_activation: str
    loss: str
    metrics: tuple[str, ...]
    missing: int = 0


def infer_task(
    target: pd.Series | pd.DataFrame, task: str | None = None, positive: Any = None
) -> Task:
    """Infer the task from the values of a target, or check the one that is given.

    Two values are "binary". Texts are "multiclass", and so are at most 20 distinct whole numbers
    with at least 5 rows per value on average. Numbers in [0, 1] are "unit_interval", other numbers
    "regression". Several columns of two values are "multilabel", of numbers "regression" with as
    many outputs.

    Parameters
    ----------
    target : Series of shape (rows,), or DataFrame of shape (rows, columns)
        The column, or columns, to predict.
    task : str, optional
        One of `epochal.data.TASKS`. None infers it.
    positive : optional
        The positive class of "binary", as it is or as text. None takes the rarer one; of two that
        are equally frequent the last in order.

    Returns
    -------
    Task
        The kind, its classes, and the network's head, loss and metrics.

    Raises
    ------
    InputError
        An unknown task (the nearest is suggested); a target without values, with a single one, in
        fewer than 10 rows, with values that the task cannot have, or with too many distinct values
        for classes; a positive class that is none of the two.

    Notes
    -----
    Heads and losses: sigmoid with binary cross-entropy for "binary" and "multilabel", softmax with
    sparse categorical cross-entropy for "multiclass" (integer labels), linear with the squared
    error for "regression", sigmoid with the squared error for "unit_interval".

    Examples
    --------
    >>> infer_task(pd.Series(["no", "yes"] * 10, name="alive")).classes
    ('no', 'yes')
    """
    if task is not None:
        head_of(task)
    frame = target.to_frame() if isinstance(target, pd.Series) else target
    for name in frame:
        refuse_lists(frame[name], _what(frame[name]), "name another column")
    known = _known(frame)
    if known.shape[1] == 1:
        series = known.iloc[:, 0]
        kind = task or _infer_kind(series)
        _check_column(series, kind)
        classes = classes_of(series, kind)
        if kind == "binary":
            classes = positive_last(series, classes, positive)
        outputs = len(classes) if kind == "multiclass" else 1
    else:
        kind = task or _infer_kind_of_several(known)
        _check_columns(known, kind)
        classes = tuple(map(str, known)) if kind == "multilabel" else ()
        outputs = known.shape[1]
    if positive is not None and kind != "binary":
        raise InputError(
            f"positive must be left out for a target without two classes, got {positive!r} for "
            f"the task {kind!r}: leave it out."
        )
    head = ALL_HEADS[kind]
    return Task(
        kind=kind,
        target=tuple(map(str, known)),
        classes=classes,
        outputs=outputs,
        output_activation=head.activation,
        loss=head.loss,
        metrics=head.metrics,
        missing=len(target) - len(known),
    )


def has_target(target: pd.Series | pd.DataFrame) -> np.ndarray:
    """Which rows have a target, in each of its columns.

    Parameters
    ----------
    target : Series of shape (rows,), or DataFrame of shape (rows, columns)
        The column, or columns, to predict.

    Returns
    -------
    bool array of shape (rows,)
        False where a value is missing.

    Examples
    --------
    >>> has_target(pd.Series(["yes", None])).tolist()
    [True, False]
    """
    frame = target.to_frame() if isinstance(target, pd.Series) else target
    return np.asarray(frame.notna().all(axis=1))


def _known(target: pd.DataFrame) -> pd.DataFrame:
    """The rows with a target."""
    known = target[has_target(target)]
    if len(known) == 0:
        raise InputError(
            f"{_what(target)} must have values, got {len(target)} rows without one: name another "
            "column."
        )
    if len(known) < _FEWEST_ROWS:
        raise InputError(
            f"{_what(target)} must have values in at least {_FEWEST_ROWS} rows, got {len(known)}: "
            "give more rows."
        )
    return known


def _what(target: pd.Series | pd.DataFrame) -> str:
    names = [target.name] if isinstance(target, pd.Series) else list(target.columns)
    return f"The target {', '.join(map(repr, names))}"


def _infer_kind(known: pd.Series) -> str:
    distinct = known.nunique()
    if distinct == 2:
        return "binary"
    if pd.api.types.is_datetime64_any_dtype(known.dtype):
        raise InputError(
            f"{_what(known)} must hold classes or numbers, got dates: name another column, or turn "
            "the dates into numbers, such as days from now."
        )
    numbers = parse_numbers(known)
    if isinstance(known.dtype, pd.CategoricalDtype) or numbers.isna().any():
        return "multiclass"
    whole = bool((numbers == numbers.round()).all())
    enough = len(known) >= _ROWS_PER_CLASS * distinct
    if whole and enough and distinct <= _MOST_CLASSES_OF_NUMBERS:
        return "multiclass"
    return "unit_interval" if numbers.between(0, 1).all() else "regression"


def _infer_kind_of_several(known: pd.DataFrame) -> str:
    return "multilabel" if all(_is_boolean(known[name]) for name in known) else "regression"


def _is_boolean(series: pd.Series) -> bool:
    return bool(parse_booleans(series).notna().all()) and series.nunique() <= 2


def _check_column(known: pd.Series, kind: str) -> None:
    """Refuse a single column that is not a target of this kind."""
    distinct = known.nunique()
    if distinct == 1:
        raise InputError(
            f"{_what(known)} must have at least two values, got {shown(known.iloc[0])} in each "
            "row: name another column."
        )
    if kind == "multilabel":
        raise InputError(
            f"The target must be several columns of 0 and 1 for the task 'multilabel', got "
            f"{known.name!r}: name them all, or choose 'binary' or 'multiclass'."
        )
    if kind == "binary" and distinct != 2:
        raise InputError(
            f"{_what(known)} must have two values for the task 'binary', got {distinct}: choose "
            "'multiclass' or 'regression'."
        )
    if kind == "multiclass" and 2 * distinct > len(known):
        raise InputError(
            f"{_what(known)} must have few distinct values for classes, got {distinct} in "
            f"{len(known)} rows: name another column{_or_regression(known)}."
        )
    if kind in ("regression", "unit_interval"):
        _check_numbers(known, kind)


def _check_columns(known: pd.DataFrame, kind: str) -> None:
    """Refuse several columns that are not a target of this kind."""
    if kind in ("binary", "multiclass"):
        raise InputError(
            f"The target must be one column for the task {kind!r}, got {known.shape[1]}: name one, "
            "or choose 'multilabel' or 'regression'."
        )
    for name in known:
        if kind != "multilabel":
            _check_numbers(known[name], kind)
        elif not _is_boolean(known[name]):
            raise InputError(
                f"{_what(known[name])} must hold 0 and 1 (or no and yes) for the task "
                f"'multilabel', got {shown(known[name].iloc[0])}: name other columns, or one "
                "target."
            )


def _check_numbers(known: pd.Series, kind: str) -> None:
    numbers = parse_numbers(known).to_numpy()
    wrong, what = ~np.isfinite(numbers), "finite numbers"
    if kind == "unit_interval":
        wrong, what = wrong | (numbers < 0) | (numbers > 1), "numbers from 0 to 1"
    must = f"{_what(known)} must hold {what} for the task {kind!r}"
    refuse_cells(known, wrong, must, "correct them, or choose another task")


def _or_regression(known: pd.Series) -> str:
    if parse_numbers(known).notna().all():
        return ", or choose the task 'regression'"
    written = looks_like_numbers(known).all()
    return ", or write it in plain numbers such as 1234.5" if written else ""
