"""On small tables, where a single network overfits, the default is never far behind a line."""

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from epochal.data import datasets
from epochal.estimators import DNNClassifier, DNNRegressor


def boston(return_X_y: bool) -> tuple[np.ndarray, np.ndarray]:
    frame = datasets.load_table("boston").frame
    return frame.drop(columns="medv").to_numpy(float), frame["medv"].to_numpy(float)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("load", "ours", "linear"),
    [
        (load_breast_cancer, DNNClassifier, LogisticRegression()),
        (load_iris, DNNClassifier, LogisticRegression()),
        (load_wine, DNNClassifier, LogisticRegression()),
        (load_diabetes, DNNRegressor, Ridge()),
        (boston, DNNRegressor, Ridge()),
    ],
)
def test_the_default_is_at_most_a_tenth_behind_the_linear_model(load: Any, ours: Any, linear: Any):
    x, y = load(return_X_y=True)
    of_classes = ours is DNNClassifier
    parts = train_test_split(x, y, stratify=y if of_classes else None, random_state=0)
    x_train, x_test, y_train, y_test = parts
    network = ours(random_state=0).fit(x_train, y_train)
    line = make_pipeline(StandardScaler(), linear).fit(x_train, y_train)
    if of_classes:
        losses = [log_loss(y_test, model.predict_proba(x_test)) for model in (network, line)]
    else:
        losses = [
            root_mean_squared_error(y_test, model.predict(x_test)) for model in (network, line)
        ]
    assert losses[0] <= 1.1 * losses[1]
