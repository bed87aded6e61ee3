"""A table turned into float32, as it was on the training rows; saved without pickle."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from skops import io as skops_io

from epochal.data.preprocessing.allowlist import PARTS, parts_in, reads_files
from epochal.data.preprocessing.encoders import DateEncoder, MissingFlags, TextEncoder
from epochal.data.tables.columns import Column
from epochal.data.tables.parsing import as_names, parse_booleans, parse_numbers, shown
from epochal.errors import InputError, suggest

_MOST_ONE_HOT = 40  # different values from which on a category is encoded by its spelling
_FEWEST_ROWS = 2  # of a value to get a column of its own: seen once, it teaches nothing
_CATEGORY_COMPONENTS = 30
_TEXT_COMPONENTS = 100
_ROWS_A_COMPONENT = 30  # fewer rows cannot say what a component of a text is worth

# What skops asks for by name, beside the types of scikit-learn and NumPy that it trusts anyway.
_TRUSTED = sorted(f"{module}.{name}" for module, name, _ in PARTS if module.startswith("epochal."))
_TRUSTED += ["numpy.dtype"]


class TablePreprocessor(TransformerMixin, BaseEstimator):
    """Columns of any kind to one float32 array, fitted on the training rows only.

    Numbers, booleans and parts of dates: missing values become the median, then all are
    standardised. Categories: one column a value, one for what is missing, and one shared by
    values that were seen once or, later, never; above 40 values, up to 30 numbers from the
    characters of the value. Texts: up to 100 numbers from their words. Where values are missing
    without a column that says so, one is added.

    Attributes
    ----------
    kinds_ : dict of str
        Kind of each column that is used.
    feature_names_out_ : list of str
        What each column of the result is, such as ``"sex_female"``.

    Examples
    --------
    >>> from epochal.data import infer_columns
    >>> frame = pd.DataFrame({"age": [20, None, 40], "sex": ["m", "f", "f"], "y": [0, 1, 1]})
    >>> columns = infer_columns(frame, target="y")
    >>> preprocessor = TablePreprocessor().fit(frame, columns)
    >>> preprocessor.transform(frame).shape
    (3, 4)
    """

    def fit(self, X: pd.DataFrame, columns: Sequence[Column]) -> Self:
        """Learn medians, categories and terms from the rows of `X`.

        Parameters
        ----------
        X : DataFrame of shape (rows, columns)
        columns : sequence of Column
            What `infer_columns` found; the dropped ones are not used.
        """
        self.fit_transform(X, columns)
        return self

    def fit_transform(
        self, X: pd.DataFrame, columns: Sequence[Column] = (), **fit_params: Any
    ) -> np.ndarray:
        """Fit on `X`, and give its rows, in one pass."""
        self.kinds_ = {column.name: column.kind for column in columns if column.kind != "dropped"}
        if not self.kinds_:
            raise InputError(
                "columns must name a column to use, but all are dropped. Keep one of them."
            )
        prepared = self._prepared(X)
        self.transformer_ = ColumnTransformer(
            self._encoders(prepared),
            sparse_threshold=0,
        )
        result: np.ndarray = self.transformer_.fit_transform(prepared).astype(np.float32)
        # Without the encoder's name; two of them may make the same name, which is no error here.
        names = self.transformer_.get_feature_names_out()
        self.feature_names_out_ = [str(name).partition("__")[2] for name in names]
        return result

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """The rows of `X` as float32 of shape (rows, features).

        Columns that were not fitted are not looked at.

        Raises
        ------
        InputError
            A column is missing, or a cell of a numeric column is no number.
        """
        numbers: np.ndarray = self.transformer_.transform(self._prepared(X)).astype(np.float32)
        return numbers

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """`feature_names_out_`, as scikit-learn asks for it."""
        return np.array(self.feature_names_out_, dtype=object)

    def _prepared(self, frame: pd.DataFrame) -> pd.DataFrame:
        missing = [name for name in self.kinds_ if name not in frame.columns]
        if missing:
            near = suggest(missing[0], frame.columns)
            raise InputError(
                f"The table must have the columns that were trained on, but it has no "
                f"{', '.join(map(repr, missing[:5]))}{', ...' if len(missing) > 5 else ''}."
                f"{near or ' Add it, empty if its values are not known.'}"
            )
        return pd.DataFrame({name: _cells(frame[name], kind) for name, kind in self.kinds_.items()})

    def _encoders(self, prepared: pd.DataFrame) -> list[tuple[str, Any, list[str]]]:
        def of(*kinds: str) -> list[str]:
            return [name for name, kind in self.kinds_.items() if kind in kinds]

        few = [name for name in of("category") if prepared[name].nunique() <= _MOST_ONE_HOT]
        many = [name for name in of("category") if name not in few]
        most = max(1, len(prepared) // _ROWS_A_COMPONENT)
        spelling = TextEncoder(min(_CATEGORY_COMPONENTS, most), "char_wb")
        words = TextEncoder(min(_TEXT_COMPONENTS, most))
        flagged = [name for name in self.kinds_ if name not in few]
        encoders = [
            ("numbers", _numbers(), of("numeric", "boolean")),
            ("dates", make_pipeline(DateEncoder(), _numbers()), of("date")),
            ("categories", _one_hot(), few),
            *((f"spelling{n}", clone(spelling), [name]) for n, name in enumerate(many)),
            *((f"words{n}", clone(words), [name]) for n, name in enumerate(of("text"))),
            ("missing", MissingFlags(), flagged),
        ]
        return [encoder for encoder in encoders if encoder[2]]


def _numbers() -> Any:
    return make_pipeline(
        # A column may be all missing in the training rows: it then is 0, and stays.
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler(),
    )


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
    parsed = parse_booleans(series) if kind == "boolean" else parse_numbers(series)
    bad = ~np.isfinite(parsed.to_numpy())
    if bad.any():
        bad &= series.notna().to_numpy()
    if bad.any():
        at = int(bad.argmax())
        raise InputError(
            f"Column {series.name!r} must be {kind}, as it was in training, but row "
            f"{series.index[at]} holds {shown(series.iloc[at])} ({int(bad.sum())} such). "
            "Correct those cells, or leave them empty."
        )
    return parsed


def save_preprocessing(preprocessor: TablePreprocessor, path: "str | Path") -> None:
    """Save a fitted preprocessor as a .skops file, which holds no code.

    Parameters
    ----------
    preprocessor : TablePreprocessor
        A fitted one.
    path : str or Path
        Where to; a file that is there is written over.

    Examples
    --------
    >>> save_preprocessing(preprocessor, "preprocessing.skops")  # doctest: +SKIP
    """
    skops_io.dump(preprocessor, path, compression=zipfile.ZIP_DEFLATED)


def load_preprocessing(path: "str | Path") -> TablePreprocessor:
    """Load what `save_preprocessing` saved; nothing is made from a file with any other part.

    Parameters
    ----------
    path : str or Path
        A .skops file.

    Returns
    -------
    TablePreprocessor
        As it was when it was saved.

    Raises
    ------
    InputError
        No such file, no skops file, or one that holds parts that a preprocessor does not.
    """
    try:
        unknown = sorted(f"{part[0]}.{part[1]}" for part in parts_in(path) - PARTS)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, RecursionError) as error:
        raise InputError(
            f"{str(path)!r} must be a file of saved preprocessing, but it cannot be read as one "
            f"({type(error).__name__}: {error}). Check the path, or train again."
        ) from error
    if unknown:
        raise InputError(
            f"{str(path)!r} must hold preprocessing only, but it holds {', '.join(unknown[:3])}, "
            "which is not trusted. Load it only from where you trained it, or train again."
        )
    loaded = skops_io.load(path, trusted=_TRUSTED)
    if reads_files(loaded):
        raise InputError(
            f"{str(path)!r} must hold preprocessing that reads cells only, but it holds a "
            "vectorizer that opens files. Load it only from where you trained it, or train again."
        )
    if not isinstance(loaded, TablePreprocessor):
        raise InputError(
            f"{str(path)!r} must hold preprocessing, but it holds a {type(loaded).__name__}. "
            "Check the path."
        )
    return loaded
