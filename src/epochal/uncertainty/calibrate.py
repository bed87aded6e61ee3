"""`epochal.calibrate`: probabilities and variances that hold on rows that were not trained on."""

from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from epochal.calibration import ALL_METHODS, check_not_trained_on, variance_factor
from epochal.calibration.maps import Map
from epochal.errors import InputError, suggest
from epochal.training import Ensemble
from epochal.uncertainty.predict import predict
from epochal.uncertainty.prediction import Prediction
from epochal.uncertainty.summary import ONE_OF_MANY, YES_OR_NO, entropy_of

FEWEST_ROWS = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class Calibrator:
    """What `epochal.calibrate` returns: call it with predictions of new rows.

    Attributes
    ----------
    method : str
        As asked for.
    task : str
        What is predicted: "multiclass", "binary", "multilabel" or "regression".
    map : object
        The fitted map of `epochal.calibration`; None for variances.
    factor : numpy.ndarray or None
        What variances are multiplied by, of each output; None for probabilities.
    columns : int
        Of the probabilities, or outputs.
    """

    method: str
    task: str
    columns: int
    map: Map | None = None
    factor: NDArray | None = None

    def __call__(self, predicted: Any) -> Any:
        """Calibrated predictions of new rows, of the kind that was given.

        Parameters
        ----------
        predicted : array_like or Prediction
            Probabilities, (rows, classes), or of yes or no (rows,) or (rows, labels); or a
            prediction.

        Returns
        -------
        numpy.ndarray or Prediction
            Of a prediction of classes the total uncertainty alone is told: a map of the mean says
            nothing of the draws. Of numbers all variances are multiplied by one factor, and
            quantiles moved away from the mean by its root.

        Raises
        ------
        InputError
            No probabilities, or predictions of another kind.
        """
        if not isinstance(predicted, Prediction):
            if self.map is None:
                raise _not_a_prediction(predicted)
            values, exclusive = _checked_probabilities(predicted)
            if exclusive != (self.task in ONE_OF_MANY) or values.shape[1] != self.columns:
                raise InputError(
                    f"predicted must be of the task {self.task!r}, got shape {values.shape}: give "
                    "what the calibrator was made for."
                )
            return self.map(values).reshape(np.shape(predicted))
        if predicted.task != self.task:
            raise InputError(
                f"predicted must be of the task {self.task!r}, got one of {predicted.task!r}: give "
                "predictions of the model that was calibrated."
            )
        if self.map is not None:
            mean = self.map(np.asarray(predicted.mean, float))
            return Prediction(
                mean=mean,
                task=self.task,
                total=entropy_of(mean, self.task),
                names=predicted.names,
                threshold=predicted.threshold,
                members=predicted.members,
                samples=predicted.samples,
                seed=predicted.seed,
            )
        return scaled(predicted, np.asarray(self.factor))


def calibrate(
    source: keras.Model | Ensemble | Prediction | Any,
    y: Any,
    *,
    x: Any = None,
    method: str | None = None,
    trained_on: tuple[Any, Any] | None = None,
) -> Calibrator:
    """Fit what makes predictions hold, by rows that were not trained on.

    ==================  =====================================================================
    ``"temperature"``   one number that logits are divided by; the predicted classes stay
    ``"vector"``        a scale and an offset for each class
    ``"isotonic"``      a rising step function for each class: for some thousands of rows
    ``"beta"``          three numbers for each class: for yes or no
    ``"variance"``      of numbers: one factor of all variances
    ==================  =====================================================================

    Parameters
    ----------
    source : keras.Model, Ensemble, Prediction or array_like
        A model of classes, whose probabilities for `x` are taken; or what was predicted for the
        rows: a `Prediction`, or probabilities (rows, classes), or of yes or no (rows,) or
        (rows, labels).
    y : array_like
        The truth: classes 0 to K - 1, (rows,); 0 or 1; or numbers.
    x : array_like, optional
        The inputs of the rows; needed for a model, and with `trained_on`.
    method : {"temperature", "vector", "isotonic", "beta", "variance"}, optional
        None takes "temperature" for classes and "variance" for numbers.
    trained_on : tuple of (x, y), optional
        What the model was trained on, so that rows of it are found and refused. By such a
        calibration would learn that the network is right.

    Returns
    -------
    Calibrator

    Raises
    ------
    InputError
        Rows that were trained on, fewer than 10, a method that the predictions cannot have, no
        probabilities, or a class without a row.

    Examples
    --------
    >>> import numpy as np, epochal
    >>> random = np.random.default_rng(0)
    >>> p = random.random(1000)
    >>> happened = random.random(1000) < 1 / (1 + ((1 - p) / p) ** 0.5)  # it was too sure
    >>> 1.7 < epochal.calibrate(p, happened).map.temperature < 2.4
    True
    """
    if isinstance(source, keras.Model | Ensemble):
        if x is None:
            raise InputError("x must be given with a model, got None: pass the inputs of y.")
        of_many = isinstance(source, Ensemble) and len(source.models) > 1
        source = predict(source, x, uncertainty="ensemble" if of_many else "single", quantiles=())
    if trained_on is not None:
        if x is None:
            raise InputError("x must be given with trained_on, got None: pass the inputs of y.")
        check_not_trained_on(x, y, trained_on)
    if isinstance(source, Prediction) and source.task not in (*ONE_OF_MANY, *YES_OR_NO):
        return _of_numbers(source, np.asarray(y, float), _checked_method(method, "variance"))
    exclusive, task = False, "multilabel"
    if isinstance(source, Prediction):
        values, task = np.asarray(source.mean, float), source.task
        exclusive = task in ONE_OF_MANY
    else:
        values, exclusive = _checked_probabilities(source)
        task = "multiclass" if exclusive else "binary" if values.shape[1] == 1 else "multilabel"
    truth = _checked_truth(y, values, exclusive)
    method = _checked_method(method, *ALL_METHODS)
    if method != "temperature":
        _check_every_class(truth)
    return Calibrator(
        method=method,
        task=task,
        columns=values.shape[1],
        map=ALL_METHODS[method].fit(values, truth, exclusive=exclusive),
    )


def _of_numbers(source: Prediction, y: NDArray, method: str) -> Calibrator:
    if source.total is None:
        raise InputError(
            "source must know its total uncertainty for variance scaling, got a prediction of "
            "epistemic uncertainty alone: end the model in a head for a distribution."
        )
    _check_rows(len(y), len(source))
    factor = variance_factor(y.reshape(source.mean.shape), source.mean, source.total)
    return Calibrator(method=method, task=source.task, columns=len(factor), factor=factor)


def _not_a_prediction(given: Any) -> InputError:
    return InputError(
        "predicted must be an epochal.Prediction for variance scaling, got "
        f"{type(given).__name__}: give what epochal.predict(..., uncertainty=...) returns."
    )


def scaled(predicted: Prediction, factor: NDArray) -> Prediction:
    """The prediction of numbers with its variances times `factor`, of each output.

    Quantiles are moved away from the mean by its root.
    """

    def times(values: NDArray | None, by: NDArray) -> NDArray | None:
        return None if values is None else values * by

    root = np.sqrt(factor)
    quantiles = predicted.quantiles
    if predicted.levels:
        quantiles = predicted.mean + (quantiles - predicted.mean) * root
    return replace(
        predicted,
        total=times(predicted.total, factor),
        aleatoric=times(predicted.aleatoric, factor),
        epistemic=times(predicted.epistemic, factor),
        standard_deviation=times(predicted.standard_deviation, root),
        quantiles=quantiles,
    )


def _checked_method(method: Any, *known: str) -> str:
    """One of `known`, the first of which is taken for None."""
    if method is None:
        return known[0]
    if method not in known:
        raise InputError(
            f"method must be one of {', '.join(known)} for such predictions, got {method!r}."
            f"{suggest(str(method), known)}"
        )
    return str(method)


def _checked_probabilities(given: Any) -> tuple[NDArray, bool]:
    """Probabilities as float64 (rows, columns), and whether they are of one class of several."""
    values = np.asarray(given, float)
    if values.ndim not in (1, 2) or not ((values >= 0) & (values <= 1)).all():
        raise InputError(
            "source must be probabilities from 0 to 1, (rows,) or (rows, classes), got shape "
            f"{values.shape} from {np.min(values, initial=0):.4g} to "
            f"{np.max(values, initial=0):.4g}: give what a softmax or sigmoid gives."
        )
    columns = values.reshape(len(values), -1)
    exclusive = columns.shape[1] > 1 and bool(np.abs(columns.sum(axis=1) - 1).max(initial=0) < 1e-3)
    return columns, exclusive


def _checked_truth(y: Any, values: NDArray, exclusive: bool) -> NDArray:
    """The truth as 0 or 1 in the shape of the probabilities."""
    given = np.asarray(y)
    _check_rows(len(given), len(values))
    if not exclusive:
        truth: NDArray = given.reshape(len(given), -1).astype(float)
        fits = truth.shape == values.shape and np.isin(truth, (0, 1)).all()
    else:
        codes = given.reshape(-1)
        whole = len(codes) == len(values) and (codes == np.floor(codes)).all()
        fits = whole and ((codes >= 0) & (codes < values.shape[1])).all()
        truth = np.eye(values.shape[1])[codes.astype(int)] if fits else codes
    if not fits:
        wanted = f"classes 0 to {values.shape[1] - 1}, (rows,)" if exclusive else "0 or 1"
        raise InputError(
            f"y must be {wanted} for such probabilities, got {given.dtype} of shape {given.shape}: "
            "give the truth of each row."
        )
    return truth


def _check_rows(given: int, predicted: int) -> None:
    if given != predicted or given < FEWEST_ROWS:
        raise InputError(
            f"y must have as many rows as were predicted, {predicted}, and at least {FEWEST_ROWS}, "
            f"got {given}: give rows that were not trained on."
        )


def _check_every_class(truth: NDArray) -> None:
    missing = np.flatnonzero((truth.sum(axis=0) == 0) | (truth.sum(axis=0) == len(truth)))
    if len(missing):
        raise InputError(
            f"y must hold rows with and without each class, got only one kind of class "
            f"{missing[0]}: give more rows, or method='temperature'."
        )
