"""Numbers that are finite in their own type and not in float32 are refused before they spread."""

import numpy as np
import pandas as pd
import pytest

import epochal
from epochal.errors import InputError
from tests.training.parity import ROWS, dense_net, numbers

X, Y = numbers(ROWS, 6).astype(np.float64), numbers(ROWS, 1, seed=1).astype(np.float64)


def spoilt(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array[2, 0] = 1e39
    return array


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda model: epochal.fit(model, spoilt(X), Y, verbose=0), "x"),
        (lambda model: epochal.fit(model, pd.DataFrame(spoilt(X)), Y, verbose=0), "x"),
        (lambda model: epochal.fit(model, X, spoilt(Y), verbose=0), "y"),
        (
            lambda model: epochal.fit(model, X, Y, sample_weight=spoilt(Y)[:, 0], verbose=0),
            "sample_weight",
        ),
        (
            lambda model: epochal.fit(model, X, Y, validation_data=(X, spoilt(Y)), verbose=0),
            "validation_data's y",
        ),
        (lambda model: epochal.evaluate(model, X, spoilt(Y), verbose=0), "y"),
        (lambda model: epochal.predict(model, spoilt(X), verbose=0), "x"),
        (lambda model: epochal.predict_monte_carlo(model, spoilt(X)), "x"),
    ],
    ids=["x", "frame", "y", "weights", "validation", "evaluate", "predict", "samples"],
)
def test_what_would_become_infinite_is_refused(engine, call, name):
    model = dense_net()
    before = model.get_weights()
    with pytest.raises(InputError, match=rf"^{name} must be finite in float32, got 1e\+39 "):
        call(model)
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)
