"""`DNNRegressor` on data: what it learns."""

from typing import Any

import numpy as np
from sklearn.datasets import (
    make_friedman1,
)
from sklearn.linear_model import LinearRegression

from epochal.estimators import DNNRegressor

QUICK: dict[str, Any] = {"hidden": (16,), "epochs": 30, "random_state": 0}


def test_a_curved_surface_is_fitted_better_than_by_a_plane():
    x, y = make_friedman1(600, noise=0.5, random_state=0)
    y = 1e4 * y + 1e6  # targets are standardised inside
    model = DNNRegressor(random_state=0).fit(x[:400], y[:400])
    plane = LinearRegression().fit(x[:400], y[:400])
    assert model.score(x[400:], y[400:]) > plane.score(x[400:], y[400:]) + 0.05


def test_several_outputs():
    x, y = make_friedman1(300, random_state=0)
    model = DNNRegressor(**QUICK).fit(x, np.column_stack([y, -1000 * y]))
    predicted = model.predict(x)
    assert predicted.shape == (300, 2)
    assert model.score(x, np.column_stack([y, -1000 * y])) > 0.7
