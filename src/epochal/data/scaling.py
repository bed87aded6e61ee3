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
    """Standardise every pixel (every feature) over the rows, for arrays of any rank.

    A pixel that never varies has no deviation to divide by: it is left at 0.

    Attributes
    ----------
    mean_, deviation_ : float64 array of shape (...), that of one row
        Mean and deviation of each pixel over the rows; a deviation of 0 where it is constant.

    Examples
    --------
    >>> ImageScaler().fit_transform(np.array([[[7, 2]], [[7, 4]]], "uint8")).tolist()
    [[[0.0, -1.0]], [[0.0, 1.0]]]
    """

    def fit(self, X: np.ndarray, y: Any = None) -> Self:
        """Take mean and deviation of each pixel of `X`, of shape (rows, ...)."""
        self.mean_ = _mean(X, lambda block: block)
        deviation = np.sqrt(_mean(X, lambda block: np.square(block - self.mean_)))
        # The mean of equal values is off by rounding, and the deviation with it.
        constant = deviation <= 10 * np.finfo(np.float64).eps * np.abs(self.mean_)
        self.deviation_ = np.where(constant, 0.0, deviation)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """`X` of shape (rows, ...) standardised, float32."""
        shape = self.mean_.shape
        if X.shape[1:] != shape:
            raise InputError(
                f"X must hold rows of the fitted shape {shape}, but they have {X.shape[1:]}. "
                "Give images of one size."
            )
        varies = self.deviation_ > 0
        factor = np.divide(1.0, self.deviation_, out=np.zeros(shape), where=varies)
        scaled: np.ndarray = np.subtract(X, self.mean_.astype(np.float32), dtype=np.float32)
        scaled *= factor.astype(np.float32)
        return scaled

    def inverse_transform(self, X: np.ndarray) -> np.ndarray:
        """The pixels that `transform` took, float32; a constant pixel gets its constant."""
        pixels: np.ndarray = np.multiply(X, self.deviation_.astype(np.float32), dtype=np.float32)
        pixels += self.mean_.astype(np.float32)
        return pixels


def _mean(X: np.ndarray, of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Mean over the rows in float64, a block at a time: images are bytes, and many."""
    total = np.zeros(X.shape[1:])
    for start in range(0, len(X), _BLOCK_ROWS):
        total += of(X[start : start + _BLOCK_ROWS].astype(np.float64)).sum(axis=0)
    return total / len(X)


class Float32Scaler(TransformerMixin, BaseEstimator):
    """A scaler of scikit-learn whose output is float32, for arrays of shape (rows, columns).

    Parameters
    ----------
    scaler : transformer
        Fitted in float64, in which minimum and maximum of large values keep their digits.
    """

    def __init__(self, scaler: Any) -> None:
        self.scaler = scaler

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit the scaler on the training rows `X`."""
        values = self._float64(X)
        self.scaler_ = self._new(len(values)).fit(values)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """`X` scaled, float32."""
        scaled: np.ndarray = self.scaler_.transform(self._float64(X)).astype(np.float32)
        return scaled

    def _new(self, rows: int) -> Any:
        return clone(self.scaler)

    @staticmethod
    def _float64(X: Any) -> np.ndarray:
        values = np.asarray(X, dtype=np.float64)
        if values.ndim != 2:
            raise InputError(
                f"X must have the shape (rows, columns), but its shape is {values.shape}. "
                "Flatten the rows, or scale images with make_scaler('image')."
            )
        return values


class InvertibleScaler(Float32Scaler):
    """A `Float32Scaler` whose scaler can be undone."""

    def inverse_transform(self, X: Any) -> np.ndarray:
        """The values that `transform` took, float32."""
        unscaled: np.ndarray = self.scaler_.inverse_transform(self._float64(X)).astype(np.float32)
        return unscaled


class QuantileScaler(InvertibleScaler):
    """An `InvertibleScaler` by quantiles, of which there are no more than rows."""

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
    """A new scaler, to be fitted on the training part only.

    Parameters
    ----------
    kind : str
        ``"minmax"``: (x - min) / (max - min), in [0, 1]. ``"symmetric"``:
        2 (x - min) / (max - min) - 1, in [-1, 1]. ``"standard"``: (x - mean) / deviation.
        ``"l2"``: each row divided by its Euclidean norm. ``"quantile"``: ranks mapped to a
        normal distribution. ``"image"``: standardisation of each pixel, arrays of any rank.
        In all of them a constant column and a row of zeros stay finite.

    Returns
    -------
    transformer with `fit`, `transform`, `fit_transform`, and `inverse_transform` where the
    scaling loses nothing (all but ``"l2"``). The output is float32.

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
            f"kind must be one of {', '.join(ALL_SCALERS)}, but it is {kind!r}."
            f"{suggest(kind, ALL_SCALERS) or ' Choose one.'}"
        )
    return ALL_SCALERS[kind]()
