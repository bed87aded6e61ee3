"""The state of a fit: one value within an epoch, in Keras' variables where callbacks look."""

from collections import Counter
from pathlib import Path
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
def test_the_state_crosses_once_a_fit(crossings, validation, tracked):
    fit(dense_net(metrics=["mae"]), track=tracked, **validation)
    assert (crossings["read_state"], crossings["write_state"]) == (1, 1)


@pytest.mark.parametrize("validation", [{}, {"validation_split": 0.25}])
def test_it_crosses_once_an_epoch_where_a_callback_may_look_without_asking(crossings, validation):
    fit(dense_net(metrics=["mae"]), callbacks=[keras.callbacks.LambdaCallback()], **validation)
    assert crossings["read_state"] == EPOCHS
    assert crossings["write_state"] >= EPOCHS
    assert crossings["publish_state"] == 0


def asking(folder: Path) -> list[keras.callbacks.Callback]:
    """What looks at the model, keeps it, changes its rate and gives it other weights."""
    return [
        keras.callbacks.ModelCheckpoint(folder / "best.keras", save_best_only=True),
        keras.callbacks.ReduceLROnPlateau(patience=1, factor=0.5),
        keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True),
    ]


@pytest.mark.parametrize("penalty", [None, "l2"])
def test_callbacks_that_ask_come_to_the_bits_of_a_model_that_is_always_there(tmp_path, penalty):
    ends = []
    for others in ([], [keras.callbacks.LambdaCallback()]):
        keras.utils.set_random_seed(0)
        layers = [
            keras.layers.Dense(16, "relu", kernel_regularizer=penalty),
            keras.layers.Dropout(0.2),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1),
        ]
        model = keras.Sequential([keras.Input((6,)), *layers])
        model.compile(keras.optimizers.Adam(0.1), "mse", metrics=["mae"])
        run = epochal.fit(
            model,
            X,
            Y,
            batch_size=8,
            epochs=12,
            verbose=0,
            seed=0,
            validation_split=0.25,
            callbacks=[*asking(tmp_path), *others],
        )
        kept = keras.saving.load_model(tmp_path / "best.keras").get_weights()
        variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
        ends.append((run.history, [*kept, *map(np.asarray, variables)]))
    (history, arrays), (other_history, other_arrays) = ends
    assert history == other_history
    for one, other in zip(arrays, other_arrays, strict=True):
        assert_array_equal(one, other)


def test_a_model_keeps_nothing_of_what_a_fit_has_lent_it():
    model = dense_net()

    class Stops(keras.callbacks.EarlyStopping):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            raise KeyboardInterrupt

    Stops.__module__ = "epochal.test"  # as one that asks for its model
    with pytest.raises(KeyboardInterrupt):
        fit(model, callbacks=[Stops()])
    assert "jax_state_sync" not in vars(model)
    weights = model.get_weights()
    asks = keras.callbacks.Callback()
    asks.set_model(model)
    assert asks.model is model
    for one, other in zip(weights, model.get_weights(), strict=True):
        assert_array_equal(one, other)


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
    assert crossings["read_state"] == 2 * EPOCHS
    assert crossings["publish_state"] == 0


def test_after_the_epoch_the_metrics_are_those_of_its_validation():
    model = dense_net(metrics=["mae"])
    seen = []
    look = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append((float(model.metrics[0].result()), logs))
    )
    fit(model, validation_split=0.25, callbacks=[look])
    for loss, logs in seen:
        assert loss == pytest.approx(logs["val_loss"], rel=1e-6)
