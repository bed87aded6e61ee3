"""Maps from a network's probabilities to calibrated ones, fitted on rows it was not trained on.

Probabilities are float64 arrays (rows, columns): of one class of several, which add up to 1, or
each of an event of its own, yes or no (`exclusive` tells which). Truth is 0 or 1 of the same shape.

References
----------
C. Guo et al., "On calibration of modern neural networks", ICML 2017 (temperature, vector scaling).
B. Zadrozny and C. Elkan, "Transforming classifier scores into accurate multiclass probability
estimates", KDD 2002 (isotonic).
M. Kull et al., "Beta calibration", AISTATS 2017.
D. Levi et al., "Evaluating and calibrating uncertainty prediction in regression tasks", Sensors 22,
2022 (variances).
"""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_expit, log_softmax, softmax
from sklearn.isotonic import IsotonicRegression

Array = NDArray[np.float64]

SMALLEST = 1e-12  # a probability of 0, such as float32 rounds to, has a log all the same
HOTTEST = 5.0  # the log of the temperature lies between minus this and this


class Map(Protocol):
    """What makes probabilities calibrated ones."""

    @classmethod
    def fit(cls, probabilities: Array, truth: Array, *, exclusive: bool) -> Self:
        """The map that suits rows that were not trained on."""

    def __call__(self, probabilities: Array) -> Array:
        """Calibrated probabilities, of the same shape."""


@dataclass(frozen=True, kw_only=True)
class Temperature:
    """Logits divided by one number: predicted classes stay as they are.

    Attributes
    ----------
    temperature : float
        Above 1 where the network was too sure of itself.
    exclusive : bool
        Whether a row has one class of several.
    """

    temperature: float
    exclusive: bool

    @classmethod
    def fit(cls, probabilities: Array, truth: Array, *, exclusive: bool) -> Self:
        """The temperature of the least log loss."""
        logits = _logits(probabilities, exclusive)

        def loss(at: Array) -> tuple[float, Array]:
            scale = np.exp(-at[0])
            value, slopes = _log_loss(logits * scale, truth, exclusive)
            return value, np.array([-(slopes * logits * scale).sum()])

        found = minimize(loss, [0.0], jac=True, method="L-BFGS-B", bounds=[(-HOTTEST, HOTTEST)])
        return cls(temperature=float(np.exp(found.x[0])), exclusive=exclusive)

    def __call__(self, probabilities: Array) -> Array:
        """Calibrated probabilities, of the same shape."""
        return _linked(_logits(probabilities, self.exclusive) / self.temperature, self.exclusive)


@dataclass(frozen=True, kw_only=True, eq=False)
class VectorScaling:
    """A scale and an offset of the logit of each class.

    Attributes
    ----------
    scale, offset : numpy.ndarray of shape (columns,)
    exclusive : bool
        Whether a row has one class of several.
    """

    scale: Array
    offset: Array
    exclusive: bool

    @classmethod
    def fit(cls, probabilities: Array, truth: Array, *, exclusive: bool) -> Self:
        """Those of the least log loss."""
        logits = _logits(probabilities, exclusive)
        count = logits.shape[1]

        def loss(at: Array) -> tuple[float, Array]:
            value, slopes = _log_loss(logits * at[:count] + at[count:], truth, exclusive)
            return value, np.concatenate([(slopes * logits).sum(axis=0), slopes.sum(axis=0)])

        start = np.repeat([1.0, 0.0], count)
        found = minimize(loss, start, jac=True, method="L-BFGS-B").x
        return cls(scale=found[:count], offset=found[count:], exclusive=exclusive)

    def __call__(self, probabilities: Array) -> Array:
        """Calibrated probabilities, of the same shape."""
        logits = _logits(probabilities, self.exclusive)
        return _linked(logits * self.scale + self.offset, self.exclusive)


@dataclass(frozen=True, kw_only=True, eq=False)
class Isotonic:
    """For each class a step function that rises: scikit-learn's isotonic regression.

    It needs some hundred rows of each class, as each step is a frequency.

    Attributes
    ----------
    steps : tuple of sklearn.isotonic.IsotonicRegression
        One for each column.
    exclusive : bool
        Whether a row has one class of several: the probabilities are then made to add up to 1.
    """

    steps: tuple[IsotonicRegression, ...]
    exclusive: bool

    @classmethod
    def fit(cls, probabilities: Array, truth: Array, *, exclusive: bool) -> Self:
        """Those of the least squared error."""
        steps = tuple(
            IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(said, seen)
            for said, seen in zip(probabilities.T, truth.T, strict=True)
        )
        return cls(steps=steps, exclusive=exclusive)

    def __call__(self, probabilities: Array) -> Array:
        """Calibrated probabilities, of the same shape."""
        columns = zip(self.steps, probabilities.T, strict=True)
        return _normalised(np.column_stack([one.predict(said) for one, said in columns]), self)


@dataclass(frozen=True, kw_only=True, eq=False)
class Beta:
    """For each class ``logit q = a log p - b log(1 - p) + c``, with a and b of at least 0.

    Attributes
    ----------
    a, b, c : numpy.ndarray of shape (columns,)
        1, 1 and 0 leave probabilities as they are.
    exclusive : bool
        Whether a row has one class of several: the probabilities are then made to add up to 1.
    """

    a: Array
    b: Array
    c: Array
    exclusive: bool

    @classmethod
    def fit(cls, probabilities: Array, truth: Array, *, exclusive: bool) -> Self:
        """Those of the least log loss."""
        columns = zip(probabilities.T, truth.T, strict=True)
        found = np.array([_beta(said, seen) for said, seen in columns])
        return cls(a=found[:, 0], b=found[:, 1], c=found[:, 2], exclusive=exclusive)

    def __call__(self, probabilities: Array) -> Array:
        """Calibrated probabilities, of the same shape."""
        happens, fails = _logs(probabilities)
        return _normalised(expit(self.a * happens - self.b * fails + self.c), self)


ALL_METHODS: dict[str, type[Temperature | VectorScaling | Isotonic | Beta]] = {
    "temperature": Temperature,
    "vector": VectorScaling,
    "isotonic": Isotonic,
    "beta": Beta,
}
"""The map of each name."""


def variance_factor(truth: ArrayLike, mean: ArrayLike, variance: ArrayLike) -> Array:
    """What variances are to be multiplied by to be as large as the squared errors, (outputs,).

    ``mean of (y - m)^2 / v`` over the rows: that of the greatest normal likelihood.

    Parameters
    ----------
    truth, mean, variance : array_like of shape (rows, outputs)
        Variances above 0.

    Returns
    -------
    numpy.ndarray of shape (outputs,)

    Examples
    --------
    >>> variance_factor([[1.0], [-3.0]], [[0.0], [0.0]], [[1.0], [1.0]]).tolist()
    [5.0]
    """
    y, m, v = (np.asarray(part, float) for part in (truth, mean, variance))
    return np.asarray(((y - m) ** 2 / v).mean(axis=0))


def _beta(said: Array, seen: Array) -> Array:
    happens, fails = _logs(said)
    inputs = np.column_stack([happens, -fails, np.ones_like(said)])

    def loss(at: Array) -> tuple[float, Array]:
        value, slopes = _log_loss((inputs @ at)[:, None], seen[:, None], exclusive=False)
        return value, slopes[:, 0] @ inputs

    bounds = [(0, None), (0, None), (None, None)]
    found = minimize(loss, [1.0, 1.0, 0.0], jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(found.x)


def _log_loss(logits: Array, truth: Array, exclusive: bool) -> tuple[float, Array]:
    """The mean over the rows, and its slope by each logit."""
    if exclusive:
        logs = log_softmax(logits, axis=1)
        loss, slopes = -(truth * logs).sum(axis=1), np.exp(logs) - truth
    else:
        loss = -(truth * log_expit(logits) + (1 - truth) * log_expit(-logits)).sum(axis=1)
        slopes = expit(logits) - truth
    return float(loss.mean()), slopes / len(logits)


def _logs(probabilities: Array) -> tuple[Array, Array]:
    """Of p and of 1 - p."""
    return np.log(np.maximum(probabilities, SMALLEST)), np.log(
        np.maximum(1 - probabilities, SMALLEST)
    )


def _logits(probabilities: Array, exclusive: bool) -> Array:
    happens, fails = _logs(probabilities)
    return happens if exclusive else happens - fails


def _linked(logits: Array, exclusive: bool) -> Array:
    return np.asarray(softmax(logits, axis=1) if exclusive else expit(logits))


def _normalised(probabilities: Array, fitted: "Isotonic | Beta") -> Array:
    """Made to add up to 1 where a row has one class; a row of zeros has all alike."""
    if not fitted.exclusive:
        return probabilities
    total = probabilities.sum(axis=1, keepdims=True)
    alike = np.full_like(probabilities, 1 / probabilities.shape[1])
    return np.where(total > 0, probabilities / np.where(total > 0, total, 1), alike)
