"""What a fitted `TablePreprocessor` computes, as numbers, to be computed in another way."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from epochal.data.preprocessing.numbers import REACH, NumericEncoder, piece_ends
from epochal.data.preprocessing.table import TablePreprocessor


@dataclass(frozen=True, kw_only=True, eq=False)
class Numbers:
    """Columns of numbers and booleans: filled, scaled, squashed and in pieces.

    Attributes
    ----------
    names : list of str
    medians, center, scale : float64 array of shape (columns,)
        What takes the place of missing values; what is subtracted, and then divided by.
    reach : float or None
        Scaled numbers x become ``x / sqrt(1 + (x / reach)**2)``; None leaves them.
    column, low, width : array of shape (pieces,)
        Of each piece: the number of its column, where it begins and how wide it is.
    """

    names: list[str]
    medians: NDArray
    center: NDArray
    scale: NDArray
    reach: float | None
    column: NDArray
    low: NDArray
    width: NDArray

    def encode(self, x: NDArray) -> NDArray:
        """The features, float32 (rows, columns + pieces), of numbers (rows, columns)."""
        filled = np.where(np.isnan(x), self.medians, x)
        scaled = (filled - self.center) / self.scale
        if self.reach is not None:
            scaled = scaled / np.sqrt(1 + np.square(scaled / self.reach))
        pieces = np.clip((filled[:, self.column] - self.low) / self.width, 0, 1)
        return np.concatenate([scaled, pieces], axis=1).astype(np.float32)


class OneHot(NamedTuple):
    """A column of categories, one feature for each.

    Attributes
    ----------
    name : str
    positions : dict of str to int
        Which feature is 1 for a category.
    missing, new : int
        The same for a missing value, and for a category that was never seen; -1: none is.
    width : int
        Number of features.
    """

    name: str
    positions: dict[str, int]
    missing: int
    new: int
    width: int


class Categories(NamedTuple):
    """Columns of categories, their features side by side."""

    columns: list[OneHot]


class Indicators(NamedTuple):
    """Columns of which a feature says whether the value is missing."""

    names: list[str]


class Fitted(NamedTuple):
    """Any other encoder, and the columns that it takes."""

    encoder: Any
    names: list[str]


Part = Numbers | Categories | Indicators | Fitted


def fitted_parts(preprocessor: TablePreprocessor) -> list[Part]:
    """The parts of a fitted preprocessor in the order of its features.

    Examples
    --------
    >>> import pandas as pd
    >>> from epochal.data import infer_columns
    >>> frame = pd.DataFrame({"age": [20, 40] * 9, "sex": ["m", "f"] * 9, "y": [0, 1] * 9})
    >>> preprocessor = TablePreprocessor().fit(frame, infer_columns(frame, target="y"))
    >>> numbers, categories, indicators = fitted_parts(preprocessor)
    >>> categories.columns[0].positions
    {'f': 0, 'm': 1}
    """
    return [
        _part(name, encoder, list(columns))
        for name, encoder, columns in preprocessor.transformer_.transformers_
        if encoder != "drop"
    ]


def _part(name: str, encoder: Any, columns: list[str]) -> Part:
    if name == "numbers":
        return numbers_of(encoder, columns)
    if name == "categories":
        rare = encoder.infrequent_categories_
        known = zip(columns, encoder.categories_, rare, strict=True)
        return Categories([_one_hot(*column) for column in known])
    if name == "missing":
        return Indicators(list(encoder.names_))
    return Fitted(encoder, columns)


def numbers_of(encoder: Any, columns: list[str]) -> Numbers:
    """What an encoder of numbers, as `numeric_encoder` makes it, computes of `columns`."""
    imputer, scaler = (step for _, step in encoder.steps)
    squashed = isinstance(scaler, NumericEncoder)
    cuts = scaler.cuts_ if squashed else []
    column, low, high = piece_ends(cuts)
    return Numbers(
        names=columns,
        medians=np.nan_to_num(imputer.statistics_),  # 0 for a column without values
        center=scaler.center_ if squashed else scaler.mean_,
        scale=scaler.scale_,
        reach=REACH if squashed else None,
        column=column,
        low=low,
        width=high - low,
    )


def _one_hot(name: str, categories: Iterable[Any], rare: Iterable[Any] | None) -> OneHot:
    """Rare categories and new ones share the last feature, where there are rare ones."""
    infrequent = {_key(category) for category in ([] if rare is None else rare)}
    keys = [_key(category) for category in categories]
    frequent = [key for key in keys if key not in infrequent]
    new = len(frequent) if infrequent else -1
    positions = {key: number for number, key in enumerate(frequent)}
    positions |= dict.fromkeys(infrequent, new)
    missing = positions.pop(None, new)
    named = {key: at for key, at in positions.items() if key is not None}
    return OneHot(name, named, missing, new, len(frequent) + bool(infrequent))


def _key(category: Any) -> str | None:
    """None for a missing value, which is not equal to itself."""
    return str(category) if category == category else None
