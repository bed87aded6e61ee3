"""Encoders that scikit-learn lacks: missing-value indicators, dates and texts."""

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from epochal.data.tables.parsing import as_names, parse_dates, reads_day_first, refuse_cells


class MissingIndicators(TransformerMixin, BaseEstimator):
    """Missing-value indicators: 0 and 1 for each column that had missing values when fitted.

    They are not standardised: a single missing value in a thousand rows would become 32.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Store the names of the columns of `X` with missing values."""
        self.names_ = [str(name) for name in X.columns[X.isna().any()]]
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """Return a float32 array of shape (rows, columns that had missing values)."""
        return X[self.names_].isna().to_numpy(np.float32)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """The name of each column with ``_missing``."""
        return np.array([f"{name}_missing" for name in self.names_], dtype=object)


_PARTS = ("days", "year", "month", "day", "weekday", "hour")
PARTS_OF_A_DATE = len(_PARTS)


class DateEncoder(TransformerMixin, BaseEstimator):
    """Days since 1970 (with fractions), year, month, day, weekday (Monday 0) and hour of dates.

    Whether 02/03/2020 begins with the day is decided when fitting and kept for later tables.
    Missing dates are NaN.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Decide for each column of `X` whether the day comes first."""
        self.day_first_ = {str(name): reads_day_first(X[name]) for name in X}
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """Return a float64 array of shape (rows, 6 x columns).

        Raises
        ------
        InputError
            A cell is not a date.
        """
        return np.concatenate([_parts(X[name], day) for name, day in self._columns()], axis=1)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """The name of each column with each part of a date."""
        return np.array(
            [f"{name}_{part}" for name, _ in self._columns() for part in _PARTS], dtype=object
        )

    def _columns(self) -> list[tuple[str, bool]]:
        return list(self.day_first_.items())


def _parts(cells: pd.Series, day_first: bool) -> np.ndarray:
    times = parse_dates(cells, day_first=day_first)
    wrong = (times.isna() & cells.notna()).to_numpy()
    must = f"Column {cells.name!r} must hold dates, as in training"
    refuse_cells(cells, wrong, must, "correct such cells, or leave them empty")
    date = times.dt
    days = (times - pd.Timestamp(1970, 1, 1)) / pd.Timedelta(days=1)
    parts = [days, date.year, date.month, date.day, date.day_of_week, date.hour]
    return np.stack([part.to_numpy(dtype="float64", na_value=np.nan) for part in parts], axis=1)


class TextEncoder(TransformerMixin, BaseEstimator):
    """Latent semantic analysis of one column: similar texts get similar rows.

    Parameters
    ----------
    components : int
        Maximum number of columns; fewer where the column has fewer terms or rows.
    analyzer : {"word", "char_wb"}
        Terms: words, for texts; or 2 to 4 characters within words, for names and codes with common
        parts ("PC 17599", "PC 17601").
    max_terms : int
        Number of most frequent terms to use.

    Notes
    -----
    Deerwester, Dumais, Furnas, Landauer and Harshman, "Indexing by latent semantic analysis",
    1990. All columns are divided by one number, so that their mean square is 1 and their
    proportions are kept.
    """

    def __init__(
        self, components: int = 30, analyzer: str = "word", max_terms: int = 20_000
    ) -> None:
        self.components = components
        self.analyzer = analyzer
        self.max_terms = max_terms

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Learn terms and singular vectors from the one column of `X`."""
        self.fit_transform(X)
        return self

    def fit_transform(self, X: pd.DataFrame, y: Any = None, **fit_params: Any) -> np.ndarray:
        """Fit, and encode the same rows, in one pass."""
        self.feature_name_in_ = str(X.columns[0])
        texts = _texts(X)
        self.vectorizer_ = self._vectorizer() if texts.str.strip().any() else None
        if self.vectorizer_ is None:  # all missing
            self.width_ = 0
            return np.zeros((len(X), 0), np.float32)
        terms = self.vectorizer_.fit_transform(texts)
        # scikit-learn's numbers are NumPy's, each of which would be saved as a file of its own.
        numbers = self.vectorizer_.vocabulary_
        self.vectorizer_.vocabulary_ = {term: int(number) for term, number in numbers.items()}
        width = min(self.components, min(terms.shape) - 1)
        self.svd_ = TruncatedSVD(width, random_state=0) if width > 0 else None
        encoded = terms.toarray() if self.svd_ is None else self.svd_.fit_transform(terms)
        self.width_ = encoded.shape[1]
        self.scale_ = float(np.sqrt(np.mean(np.square(encoded)))) or 1.0
        scaled: np.ndarray = (encoded / self.scale_).astype(np.float32)
        return scaled

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """Encode; a missing text, or one of unknown terms only, becomes a row of zeros."""
        if self.vectorizer_ is None:
            return np.zeros((len(X), 0), np.float32)
        terms = self.vectorizer_.transform(_texts(X))
        encoded = terms.toarray() if self.svd_ is None else self.svd_.transform(terms)
        scaled: np.ndarray = (encoded / self.scale_).astype(np.float32)
        return scaled

    def _vectorizer(self) -> TfidfVectorizer:
        terms: dict[str, Any] = {"ngram_range": (2, 4)}
        if self.analyzer == "word":
            terms = {"token_pattern": r"\w+|[^\w\s]+"}  # words, and runs of punctuation such as :-)
        return TfidfVectorizer(
            analyzer=self.analyzer,
            max_features=self.max_terms,
            sublinear_tf=True,
            dtype=np.float32,
            **terms,
        )

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """The name of the column with the number of each component."""
        return np.array(
            [f"{self.feature_name_in_}_text{n}" for n in range(self.width_)], dtype=object
        )


def _texts(X: pd.DataFrame) -> pd.Series:
    return as_names(X.iloc[:, 0]).fillna("")
