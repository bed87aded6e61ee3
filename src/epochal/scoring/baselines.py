"""Two baselines: a constant prediction and a linear model."""

import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

_ITERATIONS = 300
"""Of the logistic regression: on standardised inputs, more do not change a third digit."""


def baseline_names(task: str) -> tuple[str, str]:
    """The names of the two baselines of a task.

    Parameters
    ----------
    task : str
        One of `epochal.data.TASKS`.

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
    """Fit both baselines on the network's training rows and predict the test rows.

    The constant one predicts the frequencies of the classes, or the mean. The linear one is
    scikit-learn's logistic or ridge regression with its default L2 penalty.

    Parameters
    ----------
    task : str
        One of `epochal.data.TASKS`.
    x, x_test : float array of shape (rows, features)
        The network's inputs.
    y : array
        Encoded like the truth in `epochal.scoring.score_all`.
    classes : int
        Number of classes of "multiclass".

    Returns
    -------
    dict of str to array
        Probabilities or values for each row of `x_test`, of the shape of the network's outputs.

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
        # scikit-learn casts targets to the dtype of the features: float32 is too coarse for some.
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
        constant: np.stack(
            [_positive(DummyClassifier(), x, label, x_test) for label in y.T], axis=1
        ),
        linear: np.stack([_positive(_logistic(), x, label, x_test) for label in y.T], axis=1),
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
    """Probabilities of all classes; 0 for one without training rows."""
    labels = y.astype(int)
    if len(np.unique(labels)) == 1:
        model = DummyClassifier()
    with warnings.catch_warnings():
        # Not fully converged, it is still a fair baseline: its coefficients do not matter here.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x, labels)
    result = np.zeros((len(x_test), classes))
    result[:, model.classes_] = model.predict_proba(x_test)
    return result


def _positive(
    model: LogisticRegression | DummyClassifier, x: NDArray, label: NDArray, x_test: NDArray
) -> NDArray:
    return _probabilities(model, x, label, x_test, 2)[:, 1]
