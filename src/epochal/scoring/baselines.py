"""The two baselines that anyone would ask for: no model at all, and a linear one."""

import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

_ITERATIONS = 300
"""Steps of the logistic regression: on standardised inputs more change no score's third digit."""


def baseline_names(task: str) -> tuple[str, str]:
    """What the two baselines of a task are called.

    Examples
    --------
    >>> baseline_names("binary")
    ('most frequent class', 'logistic regression')
    """
    if task in ("regression", "unit_interval"):
        return "mean", "linear regression"
    return "most frequent class", "logistic regression"


def fit_baselines(
    task: str, x: NDArray, y: NDArray, x_test: NDArray, *, classes: int = 0
) -> dict[str, NDArray]:
    """Fit both baselines on the rows that the network trains on, and predict the test part.

    The constant one gives the shares of the classes, or the mean. The linear one is
    scikit-learn's logistic regression, or linear regression, with its usual small L2 penalty.

    Parameters
    ----------
    task : str
        A kind of `epochal.data.TASKS`.
    x, x_test : float arrays of shape (rows, features)
        The features that the network gets.
    y : array
        As `epochal.scoring.bootstrap.score_all` takes the truth.
    classes : int
        K of "multiclass".

    Returns
    -------
    dict of str to array
        Probabilities or values for each row of `x_test`, in the shape of the network's.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(10.0)[:, None]
    >>> predicted = fit_baselines("regression", x, 2 * x, x[:2])
    >>> predicted["mean"].tolist()
    [[9.0], [9.0]]
    """
    constant, linear = baseline_names(task)
    if task in ("regression", "unit_interval"):
        # scikit-learn casts targets to the features' type: float32 is too coarse for some.
        x, x_test = x.astype(np.float64), x_test.astype(np.float64)
        values = {
            constant: DummyRegressor().fit(x, y).predict(x_test).reshape(len(x_test), -1),
            linear: Ridge().fit(x, y).predict(x_test).reshape(len(x_test), -1),
        }
        if task == "unit_interval":
            values = {name: np.clip(value, 0, 1) for name, value in values.items()}
        return values
    if task == "multiclass":
        return {
            constant: _probabilities(DummyClassifier(), x, y, x_test, classes),
            linear: _probabilities(_logistic(), x, y, x_test, classes),
        }
    return {
        constant: np.stack([_yes(DummyClassifier(), x, label, x_test) for label in y.T], axis=1),
        linear: np.stack([_yes(_logistic(), x, label, x_test) for label in y.T], axis=1),
    }


def _logistic() -> LogisticRegression:
    return LogisticRegression(max_iter=_ITERATIONS)


def _probabilities(
    model: LogisticRegression | DummyClassifier,
    x: NDArray,
    y: NDArray,
    x_test: NDArray,
    classes: int,
) -> NDArray:
    """Probabilities of all K classes; 0 for one that no training row has."""
    labels = y.astype(int)
    if len(np.unique(labels)) == 1:
        model = DummyClassifier()
    with warnings.catch_warnings():
        # Stopped early it is still a fair baseline: its coefficients are of no interest here.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x, labels)
    result = np.zeros((len(x_test), classes))
    result[:, model.classes_] = model.predict_proba(x_test)
    return result


def _yes(
    model: LogisticRegression | DummyClassifier, x: NDArray, label: NDArray, x_test: NDArray
) -> NDArray:
    return _probabilities(model, x, label, x_test, 2)[:, 1]
