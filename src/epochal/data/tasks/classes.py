"""The classes of a target in the order of a network's outputs: the positive one of two is last."""

from typing import Any

import numpy as np
import pandas as pd

from epochal.errors import InputError, suggest


def classes_of(known: pd.Series, kind: str) -> tuple[Any, ...]:
    """The distinct values in their order, as plain Python values, which JSON can hold."""
    if kind not in ("binary", "multiclass"):
        return ()
    if isinstance(known.dtype, pd.CategoricalDtype):
        values = list(known.cat.remove_unused_categories().cat.categories)
    else:
        values = list(known.drop_duplicates())
    plain = [plain_class(value) for value in values]
    if pd.api.types.is_numeric_dtype(known.dtype) and not pd.api.types.is_bool_dtype(known.dtype):
        # A column of whole numbers with missing values is read as floats.
        plain = [int(value) if float(value).is_integer() else value for value in plain]
    try:
        classes = tuple(sorted(plain))
    except TypeError:  # numbers and texts in one column: all are taken as text
        classes = tuple(sorted({class_name(value) for value in plain}))
    if kind == "binary" and len(classes) == 1:
        raise InputError(
            f"The target {known.name!r} must have two values, got two that are equal as text: "
            f"{classes[0]!r}: write them alike, or name another column."
        )
    return classes


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
    """A plain class as text, where 1 and 1.0 are equal."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def positive_last(
    known: pd.Series, classes: tuple[Any, ...], positive: Any = None
) -> tuple[Any, ...]:
    """Two classes as (negative, positive).

    Parameters
    ----------
    known : Series
        The target, without missing values.
    classes : tuple
        Its two classes, in their order.
    positive : optional
        The positive one, as it is or as text. None takes the rarer one; of two that are equally
        frequent the last in order.

    Raises
    ------
    InputError
        `positive` is none of the two; the nearest is suggested.

    Examples
    --------
    >>> positive_last(pd.Series(["fraud", "ok", "ok"]), ("fraud", "ok"))
    ('ok', 'fraud')
    """
    names = [class_name(one) for one in classes]
    if positive is None:
        counts = known.astype(object).value_counts()
        first = sum(n for one, n in counts.items() if class_name(plain_class(one)) == names[0])
        wanted = names[0] if 2 * first < len(known) else names[1]
    else:
        wanted = class_name(plain_class(positive))
    if wanted not in names:
        raise InputError(
            f"positive must be one of the two classes of {known.name!r}, {classes[0]!r} or "
            f"{classes[1]!r}, got {positive!r}: give one of them.{suggest(wanted, names)}"
        )
    return classes if wanted == names[1] else classes[::-1]
