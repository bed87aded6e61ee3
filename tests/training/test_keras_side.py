"""Keras' side of a parity test is trained once for both engines, and is as new for each."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.training.parity import KerasSide, dense_net, numbers


@pytest.fixture(scope="module", autouse=True)
def engine():
    """No engine runs here."""


def test_a_fit_of_a_test_is_trained_once_and_comes_back_as_it_was():
    side, fits = KerasSide(), []
    x, y = numbers(8, 6), numbers(8, 1)

    def fit() -> tuple[keras.Model, keras.callbacks.History]:
        fits.append(dense_net(optimizer="adam", metrics=["mae"]))
        return fits[-1], fits[-1].fit(x, y, verbose=0)

    side.begin("one")
    model, history = side.trained(fit)
    weights = model.get_weights()
    second, _ = side.trained(fit)  # another fit of the same test is one of its own
    assert second is not model
    model.fit(x, y, verbose=0)
    side.begin("one")
    again, same = side.trained(fit)
    assert again is model
    assert same is history
    assert len(fits) == 2
    for one, other in zip(again.get_weights(), weights, strict=True):
        assert_array_equal(one, other)
    assert int(again.optimizer.iterations) == 1
    side.begin("two")
    assert side.trained(fit)[0] is fits[2]
    side.begin(None)  # what is drawn is another problem every time
    assert side.trained(fit)[0] is not side.trained(fit)[0]
    assert np.isfinite(history.history["loss"]).all()
