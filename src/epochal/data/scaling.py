"""Scalers with scikit-learn's interface: fitted on the training part, float32 out."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.preprocessing import MinMaxScaler, Normalizer, QuantileTransformer, StandardScaler

from epochal.errors import InputError, suggest

_BLOCK_ROWS = 1024
_MOST_QUANTILES = 1000


class ImageScaler(TransformerMixin, BaseEstimator):
    """Standardise each pixel (each feature) over the rows, for arrays of any rank.

    A constant pixel becomes 0.

    Attributes
    ----------
    mean_, std_ : float64 array of the shape of one row
        Mean and standard deviation of each pixel over the rows; the latter is 0 where the pixel is
        constant.

    Examples
    --------
    >>> ImageScaler().fit_transform(np.array([[[7, 2]], [[7, 4]]], "uint8")).tolist()
    [[[0.0, -1.0]], [[0.0, 1.0]]]
    """

    def fit(self, X: np.ndarray, y: Any = None) -> Self:
        """Compute mean and standard deviation of each pixel of `X`, of shape (rows, ...)."""
        self.mean_ = _mean(X, lambda block: block)
        std = np.sqrt(_mean(X, lambda block: np.square(block - self.mean_)))
        # The mean of equal values has a rounding error, and so has the standard deviation.
        constant = std <= 10 * np.finfo(np.float64).eps * np.abs(self.mean_)
        self.std_ = np.where(constant, 0.0, std)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Standardise `X` of shape (rows, ...); float32."""
        shape = self.mean_.shape
        if X.shape[1:] != shape:
            raise InputError(
                f"X must have rows of the fitted shape {shape}, got {X.shape[1:]}: give images of "
                "the same size."
            )
        varies = self.std_ > 0
        factor = np.divide(1.0, self.std_, out=np.zeros(shape), where=varies)
        scaled: np.ndarray = np.subtract(X, self.mean_.astype(np.float32), dtype=np.float32)
        scaled *= factor.astype(np.float32)
        return scaled

    def inverse_transform(self, X: np.ndarray) -> np.ndarray:
        """Undo `transform`; float32. A constant pixel gets its constant back."""
        pixels: np.ndarray = np.multiply(X, self.std_.astype(np.float32), dtype=np.float32)
        pixels += self.mean_.astype(np.float32)
        return pixels


def _mean(X: np.ndarray, of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Mean over the rows in float64, block by block: a float64 copy of all images is too large."""
    total = np.zeros(X.shape[1:])
    for start in range(0, len(X), _BLOCK_ROWS):
        total += of(X[start : start + _BLOCK_ROWS].astype(np.float64)).sum(axis=0)
    return total / len(X)


class Float32Scaler(TransformerMixin, BaseEstimator):
    """A scaler of scikit-learn with float32 output, for arrays of shape (rows, columns).

    Parameters
    ----------
    scaler : transformer
        Fitted in float64, in which large values keep their digits.
    """

    def __init__(self, scaler: Any) -> None:
        self.scaler = scaler

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit the scaler on the training rows `X`."""
        values = self._float64(X)
        self.scaler_ = self._new(len(values)).fit(values)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Scale `X`; float32."""
        scaled: np.ndarray = self.scaler_.transform(self._float64(X)).astype(np.float32)
        return scaled

    def _new(self, rows: int) -> Any:
        return clone(self.scaler)

    @staticmethod
    def _float64(X: Any) -> np.ndarray:
        values = np.asarray(X, dtype=np.float64)
        if values.ndim != 2:
            raise InputError(
                f"X must have shape (rows, columns), got shape {values.shape}: flatten the rows, "
                "or scale images with make_scaler('image')."
            )
        return values


class InvertibleScaler(Float32Scaler):
    """A `Float32Scaler` with an inverse."""

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Undo `transform`; float32."""
        unscaled: np.ndarray = self.scaler_.inverse_transform(self._float64(X)).astype(np.float32)
        return unscaled


class QuantileScaler(InvertibleScaler):
    """An `InvertibleScaler` by quantiles, at most as many as rows."""

    def _new(self, rows: int) -> Any:
        return clone(self.scaler).set_params(n_quantiles=min(_MOST_QUANTILES, rows))


def _quantile() -> QuantileScaler:
    # Without a subsample, nothing in it is random.
    return QuantileScaler(QuantileTransformer(output_distribution="normal", subsample=None))


ALL_SCALERS: dict[str, Callable[[], Any]] = {
    "minmax": lambda: InvertibleScaler(MinMaxScaler((0, 1))),
    "symmetric": lambda: InvertibleScaler(MinMaxScaler((-1, 1))),
    "standard": lambda: InvertibleScaler(StandardScaler()),
    "l2": lambda: Float32Scaler(Normalizer("l2")),
    "quantile": _quantile,
    "image": ImageScaler,
}


def make_scaler(kind: str) -> Any:
    """Make a scaler, to be fitted on the training rows only.

    Parameters
    ----------
    kind : str
        ``"minmax"``: (x - min) / (max - min), in [0, 1]. ``"symmetric"``:
        2 (x - min) / (max - min) - 1, in [-1, 1]. ``"standard"``: (x - mean) / std.
        ``"l2"``: each row divided by its Euclidean norm. ``"quantile"``: ranks mapped to a
        normal distribution. ``"image"``: standardisation of each pixel, for arrays of any rank.
        Constant columns and rows of zeros stay finite in all of them.

    Returns
    -------
    transformer
        With `fit`, `transform`, `fit_transform`, and `inverse_transform` for all but ``"l2"``. The
        output is float32.

    Raises
    ------
    InputError
        An unknown kind; the nearest is suggested.

    Examples
    --------
    >>> make_scaler("symmetric").fit_transform([[0.0], [5.0], [10.0]]).ravel().tolist()
    [-1.0, 0.0, 1.0]
    """
    if kind not in ALL_SCALERS:
        raise InputError(
            f"kind must be one of {', '.join(ALL_SCALERS)}, got {kind!r}."
            f"{suggest(kind, ALL_SCALERS)}"
        )
    return ALL_SCALERS[kind]()
