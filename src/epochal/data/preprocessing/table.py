"""A table as float32 features, fitted on the training rows."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from epochal.data.preprocessing.column_checks import check_columns
from epochal.data.preprocessing.encoders import PARTS_OF_A_DATE, DateEncoder, MissingIndicators
from epochal.data.preprocessing.numbers import NumericEncoder, pieces_for
from epochal.data.preprocessing.seen_values import SeenValues, Unlike
from epochal.data.preprocessing.target_means import TargetMeans
from epochal.data.preprocessing.texts import TextEncoder
from epochal.data.tables.columns import Column
from epochal.data.tables.parsing import as_names, parse_booleans, parse_dates, parse_numbers
from epochal.errors import InputError, suggest

_MOST_ONE_HOT = 40  # with more distinct values, a category is encoded by its spelling
_FEWEST_ROWS = 2  # of a value to get its own column: from one row nothing can be learned
_CATEGORY_COMPONENTS = 30
_TEXT_COMPONENTS, _TEXT_TERMS = 100, 50_000
_ROWS_PER_COMPONENT = 30  # fewer cannot determine the weight of a component of a text
_ROWS_FOR_MEANS = 100  # with fewer, the mean target of a category says little
_SINGLE_TARGETS = ("binary", "multiclass", "regression", "unit_interval")
_MOST_CLASSES = 20  # of which each has a mean of its own

NUMERIC_ENCODINGS = ("standard", "piecewise-linear")
"""What `TablePreprocessor` makes of numbers."""


class TablePreprocessor(TransformerMixin, BaseEstimator):
    """Encode columns of any kind as one float32 array, fitted on the training rows only.

    Numbers, booleans and parts of dates: missing values become the median, then all are
    standardised, or squashed and cut into pieces. Categories: one column per value, one for missing
    values, and one common to values that occurred once or are new; with more than 40 values, up to
    30 numbers from the characters of the value. Texts: up to 100 numbers from their words, and what
    a linear model of the words predicts, where `fit` is given the target. A missing-value indicator
    is added for each column other than one-hot categories that had missing values.

    Parameters
    ----------
    numeric_encoding : {"standard", "piecewise-linear"}
        "standard": mean 0 and standard deviation 1. "piecewise-linear": see
        `epochal.data.preprocessing.numbers.NumericEncoder`; 16 pieces a column, more where there
        are many rows and fewer where there are many columns (`pieces_for`). Categories of more than
        40 values are then also told by the mean target of each, where `fit` is given the target.

    Attributes
    ----------
    kinds_ : dict of str
        The kind of each column that is used.
    feature_names_out_ : list of str
        The name of each feature, such as ``"sex_female"``.
    seen_ : SeenValues
        Ranges and categories of the training rows.

    Examples
    --------
    >>> from epochal.data import infer_columns
    >>> frame = pd.DataFrame({"age": [20, None, 40], "sex": ["m", "f", "f"], "y": [0, 1, 1]})
    >>> columns = infer_columns(frame, target="y")
    >>> preprocessor = TablePreprocessor().fit(frame, columns)
    >>> preprocessor.transform(frame).shape
    (3, 4)
    """

    def __init__(self, numeric_encoding: str = "standard") -> None:
        self.numeric_encoding = numeric_encoding

    def fit(
        self,
        X: pd.DataFrame,
        columns: Sequence[Column],
        y: NDArray | None = None,
        task: str | None = None,
    ) -> Self:
        """Fit medians, categories and terms on the rows of `X`.

        Parameters
        ----------
        X : DataFrame of shape (rows, columns)
        columns : sequence of Column
            As `infer_columns` returned them; the dropped ones are not used.
        y : array of shape (rows,) or (rows, 1), optional
            The encoded target, from which categories' means and texts' predictions are learnt.
        task : str, optional
            That of `y`: one of `epochal.data.TASKS`.
        """
        self.fit_transform(X, columns, y, task)
        return self

    def fit_transform(
        self,
        X: pd.DataFrame,
        columns: Sequence[Column] = (),
        y: NDArray | None = None,
        task: str | None = None,
        **fit_params: Any,
    ) -> np.ndarray:
        """Fit on `X` and encode its rows in one pass.

        The mean target of a row's category, and the prediction from its text, then come from other
        rows: they do not give away the row's own target, as `transform` of the same rows would.
        """
        self.kinds_ = {column.name: column.kind for column in columns if column.kind != "dropped"}
        if not self.kinds_:
            raise InputError(
                "columns must have one that is not dropped, got "
                f"{len(columns)} dropped ones: keep one of them."
            )
        prepared = self._prepared(X)
        self.seen_ = SeenValues().fit(prepared, self.kinds_)
        target = _single_target(y, task)
        classes = None if target is None else _classes(target, task)
        encoders = self._encoders(prepared, classes)
        self.transformer_ = ColumnTransformer(encoders, sparse_threshold=0)
        result: np.ndarray = self.transformer_.fit_transform(prepared, target).astype(np.float32)
        # Without the encoder's name; equal names of two encoders are not an error here.
        names = self.transformer_.get_feature_names_out()
        self.feature_names_out_ = [str(name).partition("__")[2] for name in names]
        return result

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """Encode the rows of `X` as float32 of shape (rows, features).

        Columns that were not fitted are ignored.

        Raises
        ------
        InputError
            Columns are missing, or cells are not of the kind of their column; all are named.
        """
        return self._encoded(self._prepared(X))

    def transform_and_compare(self, X: pd.DataFrame) -> tuple[np.ndarray, dict[str, Unlike]]:
        """What `transform` gives, and by column the cells that are unlike those of training."""
        prepared = self._prepared(X)
        return self._encoded(prepared), self.seen_.unlike(prepared)

    def _encoded(self, prepared: pd.DataFrame) -> np.ndarray:
        numbers: np.ndarray = self.transformer_.transform(prepared).astype(np.float32)
        return numbers

    def cells(self, X: pd.DataFrame) -> pd.DataFrame:
        """The columns that are used: numbers and booleans as floats, dates as times, else texts.

        `transform` of them gives what it gives of `X`.

        Raises
        ------
        InputError
            As `transform`.
        """
        prepared = self._prepared(X)
        dates = [name for name, kind in self.kinds_.items() if kind == "date"]
        return prepared.assign(**{name: parse_dates(prepared[name]) for name in dates})

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """`feature_names_out_` as an array, for scikit-learn."""
        return np.array(self.feature_names_out_, dtype=object)

    def _prepared(self, frame: pd.DataFrame) -> pd.DataFrame:
        prepared = {
            name: _cells(frame[name], kind) for name, kind in self.kinds_.items() if name in frame
        }
        check_columns(frame, self.kinds_, prepared)
        return pd.DataFrame(prepared)

    def _encoders(
        self, prepared: pd.DataFrame, classes: int | None
    ) -> list[tuple[str, Any, list[str]]]:
        """Name, encoder and columns of each; None for classes where there is no single target."""

        def of(*kinds: str) -> list[str]:
            return [name for name, kind in self.kinds_.items() if kind in kinds]

        few = [name for name in of("category") if prepared[name].nunique() <= _MOST_ONE_HOT]
        many = [name for name in of("category") if name not in few]
        most = max(1, len(prepared) // _ROWS_PER_COMPONENT)
        spelling = TextEncoder(min(_CATEGORY_COMPONENTS, most), "char_wb")
        words = TextEncoder(min(_TEXT_COMPONENTS, most), max_terms=_TEXT_TERMS, classes=classes)
        indicated = [name for name in self.kinds_ if name not in few]
        in_pieces = self.numeric_encoding == "piecewise-linear"
        dates = len(of("date")) * PARTS_OF_A_DATE
        columns = len(of("numeric", "boolean")) + dates
        numbers = numeric_encoder(self.numeric_encoding, len(prepared), columns)
        encoders = [
            ("numbers", numbers, of("numeric", "boolean")),
            ("dates", make_pipeline(DateEncoder(), clone(numbers)), of("date")),
            ("categories", _one_hot(), few),
            ("means", TargetMeans(classes or 0), many if in_pieces and classes is not None else []),
            *((f"spelling{n}", clone(spelling), [name]) for n, name in enumerate(many)),
            *((f"words{n}", clone(words), [name]) for n, name in enumerate(of("text"))),
            ("missing", MissingIndicators(), indicated),
        ]
        return [encoder for encoder in encoders if encoder[2]]


def numeric_encoder(numeric_encoding: str, rows: int, columns: int) -> Any:
    """Of so many rows and columns of numbers, some missing.

    Raises
    ------
    InputError
        An unknown encoding; the nearest is suggested.
    """
    if numeric_encoding not in NUMERIC_ENCODINGS:
        raise InputError(
            f"numeric_encoding must be one of {', '.join(NUMERIC_ENCODINGS)}, got "
            f"{numeric_encoding!r}.{suggest(numeric_encoding, NUMERIC_ENCODINGS)}"
        )
    return make_pipeline(
        # A column may have no value in the training rows: it is then 0.
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler()
        if numeric_encoding == "standard"
        else NumericEncoder(pieces_for(rows, columns)),
    )


def _single_target(y: NDArray | None, task: str | None) -> NDArray | None:
    """The target, (rows,), from which categories have means; None where they have none."""
    if y is None or task not in _SINGLE_TARGETS or y.size != len(y) or len(y) < _ROWS_FOR_MEANS:
        return None
    target = y.reshape(-1)
    return target if _classes(target, task) <= _MOST_CLASSES else None


def _classes(target: NDArray, task: str | None) -> int:
    return int(target.max()) + 1 if task == "multiclass" else 0


def _one_hot() -> OneHotEncoder:
    return OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        min_frequency=_FEWEST_ROWS,
        sparse_output=False,
        dtype=np.float32,
    )


def _cells(series: pd.Series, kind: str) -> pd.Series:
    if kind in ("category", "text"):
        return as_names(series)
    if kind == "date":
        return series
    return parse_booleans(series) if kind == "boolean" else parse_numbers(series)
