"""The state of a fit: one value within an epoch, in Keras' variables where callbacks look."""

from collections import Counter
from typing import Any

import keras
import numpy as np
import pytest
from numpy.testing import assert_array_equal

import epochal
from epochal.training import loop
from tests.training.parity import ROWS, dense_net, numbers

X, Y = numbers(ROWS, 6), numbers(ROWS, 1, seed=1)
EPOCHS = 3


@pytest.fixture
def crossings(monkeypatch) -> Counter[str]:
    """How often the loop reads and writes Keras' variables, or lends them to a callback."""
    counted: Counter[str] = Counter()
    for name in ("read_state", "write_state", "publish_state", "reclaim_state"):
        whole = getattr(loop, name)

        def counting(*given: Any, name: str = name, whole: Any = whole) -> Any:
            counted[name] += 1
            return whole(*given)

        monkeypatch.setattr(loop, name, counting)
    return counted


def fit(model: keras.Model, **kwargs: Any) -> epochal.Run:
    return epochal.fit(model, X, Y, batch_size=8, epochs=EPOCHS, verbose=0, seed=0, **kwargs)


@pytest.mark.parametrize("validation", [{}, {"validation_split": 0.25}])
@pytest.mark.parametrize("tracked", [(), ("gradient_norm", "weight_change", "loss_change")])
def test_the_state_crosses_once_an_epoch(crossings, validation, tracked):
    fit(dense_net(metrics=["mae"]), track=tracked, **validation)
    assert crossings == {"read_state": EPOCHS, "write_state": EPOCHS}


class LooksThroughAClosure(keras.callbacks.Callback):
    """Looks at a model, and changes it, without asking Keras for it."""

    def __init__(self, model: keras.Model) -> None:
        super().__init__()
        self.kept = model
        self.seen: list[list[np.ndarray]] = []

    def on_test_begin(self, logs: Any = None) -> None:
        self.seen.append(self.kept.get_weights())
        self.kept.set_weights([weights + 1 for weights in self.kept.get_weights()])

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seen.append(self.kept.get_weights())


def test_a_callback_of_evaluations_sees_the_trained_weights_and_may_change_them(crossings):
    model = dense_net()
    callback = LooksThroughAClosure(model)
    fit(model, validation_split=0.25, callbacks=[callback])
    for before, after in zip(callback.seen[::2], callback.seen[1::2], strict=True):
        for one, other in zip(before, after, strict=True):
            assert_array_equal(one + 1, other)
    # Once more in each direction, because it might be there: nothing says that it looks.
    assert crossings == {"read_state": 2 * EPOCHS, "write_state": 2 * EPOCHS}


def test_after_the_epoch_the_metrics_are_those_of_its_validation():
    model = dense_net(metrics=["mae"])
    seen = []
    look = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append((float(model.metrics[0].result()), logs))
    )
    fit(model, validation_split=0.25, callbacks=[look])
    for loss, logs in seen:
        assert loss == pytest.approx(logs["val_loss"], rel=1e-6)
