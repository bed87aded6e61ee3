"""Texts by their terms: what they are about, and what a linear model of the terms predicts."""

from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge

from epochal.data.preprocessing.targets_of_others import PARTS, columns_of_target, part_of_rows
from epochal.data.tables.parsing import as_names

_PENALTIES = (1.0, 3.0, 10.0)  # for vectors of length 1, few rows to many


class TextEncoder(TransformerMixin, BaseEstimator):
    """Latent semantic analysis of one column, and a linear model's predictions from its terms.

    Similar texts get similar rows; but of all terms those that tell the target are few, and the
    largest components need not hold them. So a ridge regression of the target on all terms adds
    its predictions. When fitting, those of a row come from a regression on other rows, as
    otherwise a network would trust what has only been learnt by heart.

    Parameters
    ----------
    components : int
        Maximum number of columns of the analysis; fewer where the column has fewer terms or rows.
    analyzer : {"word", "char_wb"}
        Terms: words and pairs of neighbours, for texts; or 2 to 4 characters within words, for
        names and codes with common parts ("PC 17599", "PC 17601").
    max_terms : int
        Number of most frequent terms to use.
    classes : int or None
        Of the target, as `TargetMeans` has it: a prediction for each class of three and more, and
        one of other targets. None: no predictions.

    Attributes
    ----------
    terms_ : str
        The terms, a line each; "" where all texts were missing. skops would write an entry for each
        item of a list, or of the vectorizer, and fifty thousand of them take seconds to read.
    rarity_ : array of shape (terms,)
        Their inverse document frequencies.

    Notes
    -----
    Deerwester, Dumais, Furnas, Landauer and Harshman, "Indexing by latent semantic analysis",
    1990. All columns are divided by one number, so that their mean square is 1 and their
    proportions are kept. Predictions of other rows as features: Wolpert, "Stacked generalization",
    1992. The penalty is the one whose predictions of other rows err least.
    """

    def __init__(
        self,
        components: int = 30,
        analyzer: str = "word",
        max_terms: int = 20_000,
        classes: int | None = None,
    ) -> None:
        self.components = components
        self.analyzer = analyzer
        self.max_terms = max_terms
        self.classes = classes

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Learn terms and singular vectors from the one column of `X`, weights from targets `y`."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: pd.DataFrame, y: Any = None, **fit_params: Any) -> NDArray:
        """Fit, and encode the same rows, in one pass."""
        self.feature_name_in_ = str(X.columns[0])
        texts = _texts(X)
        self.weights_: NDArray | None = None
        if not texts.str.strip().any():
            self.terms_, self.width_ = "", 0
            return np.zeros((len(X), 0), np.float32)
        self.vectorizer_ = self._new_vectorizer()
        terms = self.vectorizer_.fit_transform(texts)
        self.terms_ = "\n".join(self.vectorizer_.get_feature_names_out())
        self.rarity_ = self.vectorizer_.idf_
        width = min(self.components, min(terms.shape) - 1)
        self.svd_ = TruncatedSVD(width, random_state=0) if width > 0 else None
        encoded = terms.toarray() if self.svd_ is None else self.svd_.fit_transform(terms)
        self.scale_ = float(np.sqrt(np.mean(np.square(encoded)))) or 1.0
        blocks = [encoded / self.scale_]
        if self.classes is not None and len(X) >= PARTS:
            blocks.append(self._fit_scores(terms, columns_of_target(y, self.classes)))
        joined = np.concatenate(blocks, axis=1).astype(np.float32)
        self.width_ = joined.shape[1]
        return joined

    def transform(self, X: pd.DataFrame) -> NDArray:
        """Encode; in the analysis a missing text, or one of unknown terms only, is zeros."""
        if not self.terms_:
            return np.zeros((len(X), 0), np.float32)
        terms = self.vectorizer_.transform(_texts(X))
        encoded = terms.toarray() if self.svd_ is None else self.svd_.transform(terms)
        blocks = [encoded / self.scale_]
        if self.weights_ is not None:
            blocks.append(terms @ self.weights_ + self.bias_)
        joined: NDArray = np.concatenate(blocks, axis=1).astype(np.float32)
        return joined

    def get_feature_names_out(self, input_features: Any = None) -> NDArray:
        """The column's name with each component's number, then with ``_score`` and the class."""
        scores = 0 if self.weights_ is None else self.weights_.shape[1]
        ends = [f"_text{n}" for n in range(self.width_ - scores)]
        ends += ["_score"] if scores == 1 else [f"_score{n}" for n in range(scores)]
        return np.array([self.feature_name_in_ + end for end in ends], dtype=object)

    def _fit_scores(self, terms: csr_matrix, targets: NDArray) -> NDArray:
        """Fit weights and bias; the predictions (rows, targets) of each row from other rows.

        They are in deviations of the targets from their mean.
        """
        scale = targets.std(axis=0)
        scaled = (targets - targets.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
        tried = _predictions_of_others(terms, scaled)
        best = int(np.argmin(np.square(scaled - tried).mean(axis=(1, 2))))
        self.weights_, self.bias_ = _ridge(terms, scaled, _PENALTIES[best])
        chosen: NDArray = tried[best]
        return chosen

    @cached_property
    def vectorizer_(self) -> TfidfVectorizer:
        """What counts and weighs the terms, made of them where it is not there yet."""
        vectorizer = self._new_vectorizer().set_params(vocabulary=self.terms_.split("\n"))
        vectorizer.idf_ = self.rarity_
        return vectorizer

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        state.pop("vectorizer_", None)
        return state

    def _new_vectorizer(self) -> TfidfVectorizer:
        terms: dict[str, Any] = {"ngram_range": (2, 4)}
        if self.analyzer == "word":
            # Words, and runs of punctuation such as :-)
            terms = {"token_pattern": r"\w+|[^\w\s]+", "ngram_range": (1, 2)}
        return TfidfVectorizer(
            analyzer=self.analyzer,
            max_features=self.max_terms,
            sublinear_tf=True,
            dtype=np.float32,
            **terms,
        )


def _texts(X: pd.DataFrame) -> pd.Series:
    return as_names(X.iloc[:, 0]).fillna("")


def _predictions_of_others(terms: csr_matrix, targets: NDArray) -> NDArray:
    """Predictions (penalties, rows, targets) of each part of the rows from the other parts."""
    part, predicted = part_of_rows(len(targets)), np.empty((len(_PENALTIES), *targets.shape))
    for number in range(PARTS):
        own = part == number
        known, asked = terms[~own], terms[own]
        for at, penalty in enumerate(_PENALTIES):
            weights, bias = _ridge(known, targets[~own], penalty)
            predicted[at, own] = asked @ weights + bias
    return predicted


def _ridge(terms: csr_matrix, targets: NDArray, penalty: float) -> tuple[NDArray, NDArray]:
    """Weights (terms, targets) and bias (targets,) of a ridge regression."""
    model = Ridge(penalty, solver="sparse_cg").fit(terms, targets)
    weights = model.coef_.reshape(targets.shape[1], -1).T
    return np.ascontiguousarray(weights), np.asarray(model.intercept_, float).reshape(-1)
