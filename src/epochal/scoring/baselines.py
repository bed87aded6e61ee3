"""Three baselines: a constant prediction, a linear model and gradient boosting."""

import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from threadpoolctl import threadpool_limits

from epochal.translation import translatable

_ITERATIONS = 300
"""Of the logistic regression: on standardised inputs, more do not change a third digit."""


BOOSTING = translatable("gradient boosting")

_Classifier: TypeAlias = LogisticRegression | DummyClassifier | HistGradientBoostingClassifier

_CELLS_WORTH_SHARING = 10**6
"""Of a table: with fewer, threads of boosting wait for one another longer than they work."""


def baseline_names(task: str) -> tuple[str, str, str]:
    """The names of the three baselines of a task.

    Parameters
    ----------
    task : str
        One of `epochal.data.TASKS`.

    Examples
    --------
    >>> baseline_names("binary")
    ('most frequent class', 'logistic regression', 'gradient boosting')
    """
    if task in ("regression", "unit_interval"):
        return translatable("mean"), translatable("linear regression"), BOOSTING
    constant, linear = translatable("most frequent class"), translatable("logistic regression")
    return constant, linear, BOOSTING


def fit_baselines(
    task: str, x: NDArray, y: NDArray, x_test: NDArray, *, classes: int = 0
) -> dict[str, NDArray]:
    """Fit the baselines on the network's training rows and predict the test rows.

    The constant one predicts the frequencies of the classes, or the mean. The linear one is
    scikit-learn's logistic or ridge regression with its default L2 penalty, and gradient boosting
    its HistGradientBoosting with its defaults.

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
    constant, linear, boosting = baseline_names(task)
    if task in ("regression", "unit_interval"):
        # scikit-learn casts targets to the dtype of the features: float32 is too coarse for some.
        x, x_test = x.astype(np.float64), x_test.astype(np.float64)
        values = {
            constant: DummyRegressor().fit(x, y).predict(x_test).reshape(len(x_test), -1),
            linear: Ridge().fit(x, y).predict(x_test).reshape(len(x_test), -1),
            boosting: np.stack(
                [_boosted(x, target, x_test) for target in y.reshape(len(y), -1).T], axis=1
            ),
        }
        if task == "unit_interval":
            values = {name: np.clip(value, 0, 1) for name, value in values.items()}
        return values
    if task == "multiclass":
        return {
            constant: _probabilities(DummyClassifier(), x, y, x_test, classes),
            linear: _probabilities(_logistic(), x, y, x_test, classes),
            boosting: _probabilities(_boosting(), x, y, x_test, classes),
        }
    return {
        constant: np.stack(
            [_positive(DummyClassifier(), x, label, x_test) for label in y.T], axis=1
        ),
        linear: np.stack([_positive(_logistic(), x, label, x_test) for label in y.T], axis=1),
        boosting: np.stack([_positive(_boosting(), x, label, x_test) for label in y.T], axis=1),
    }


def left_out_baselines(
    x: NDArray, y: NDArray, folds: Sequence[tuple[NDArray, NDArray]]
) -> dict[str, NDArray]:
    """What the baselines of two classes predict for rows that they were not fitted on.

    Parameters
    ----------
    x : float array of shape (rows, features)
    y : array of shape (rows, 1)
        0 or 1.
    folds : sequence of pairs of int arrays
        Rows to fit on, and rows to predict.

    Returns
    -------
    dict of str to array of shape (rows, 1)
        NaN for a row that no fold predicts.
    """
    found = {name: np.full((len(x), 1), np.nan) for name in baseline_names("binary")}
    for rest, fold in folds:
        for name, predicted in fit_baselines("binary", x[rest], y[rest], x[fold]).items():
            found[name][fold] = predicted
    return found


def _logistic() -> LogisticRegression:
    return LogisticRegression(max_iter=_ITERATIONS)


def _boosting() -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(random_state=0)


def _boosted(x: NDArray, target: NDArray, x_test: NDArray) -> NDArray:
    with _threads(x):
        model = HistGradientBoostingRegressor(random_state=0).fit(x, target)
        predicted: NDArray = model.predict(x_test)
    return predicted


def _threads(x: NDArray) -> AbstractContextManager[Any]:
    return nullcontext() if x.size > _CELLS_WORTH_SHARING else threadpool_limits(1, "openmp")


def _probabilities(
    model: _Classifier,
    x: NDArray,
    y: NDArray,
    x_test: NDArray,
    classes: int,
) -> NDArray:
    """Probabilities of all classes; 0 for one without training rows."""
    labels = y.astype(int)
    if len(np.unique(labels)) == 1:
        model = DummyClassifier()
    with warnings.catch_warnings(), _threads(x):
        # Not fully converged, it is still a fair baseline: its coefficients do not matter here.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x, labels)
        predicted = model.predict_proba(x_test)
    result = np.zeros((len(x_test), classes))
    result[:, model.classes_] = predicted
    return result


def _positive(model: _Classifier, x: NDArray, label: NDArray, x_test: NDArray) -> NDArray:
    return _probabilities(model, x, label, x_test, 2)[:, 1]
