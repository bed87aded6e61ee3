"""Norms and changes of each epoch: what they are, and that Keras' callbacks monitor them."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import callbacks as kc
from numpy.testing import assert_allclose, assert_array_equal

import epochal
from epochal.errors import InputError
from epochal.training.monitoring import TRACKED, relative_change
from tests.reference.ridge_regression import descend_with_norms
from tests.tolerances import FLOAT64, LOSS_PARITY
from tests.training.parity import ROWS, compiled, dense_net, labels, numbers

X, Y = numbers(ROWS, 6), numbers(ROWS, 1, seed=1)
STEPS = 6  # an epoch, of 8 rows
RATE, L2, CLIP = 0.05, 0.02, 0.5


def ridge(**kwargs: Any) -> keras.Model:
    keras.utils.set_random_seed(7)
    dense = keras.layers.Dense(
        1, use_bias=False, kernel_regularizer=keras.regularizers.L2(L2), name="ridge"
    )
    return compiled(keras.Input((6,)), dense, **kwargs)


def fit(model: keras.Model, x: Any = X, y: Any = Y, **arguments: Any) -> epochal.Run:
    return epochal.fit(
        model, x, y, **({"batch_size": 8, "shuffle": False, "verbose": 0} | arguments)
    )


def plain_epochs(weights: np.ndarray, epochs: int) -> Any:
    """Of each epoch: the weights after it, the losses and the norms of its steps."""
    rows = np.arange(ROWS)
    batches = [rows[start : start + 8] for start in range(0, ROWS, 8)]
    for _ in range(epochs):
        weights, losses, norms = descend_with_norms(
            weights, X.astype(float), Y.astype(float), batches, RATE, L2, CLIP
        )
        yield weights, losses, norms


def test_norms_and_changes_are_those_of_the_plain_loop():
    model = ridge(optimizer=keras.optimizers.SGD(RATE, global_clipnorm=CLIP))
    weights = np.asarray(model.get_weights()[0], float)
    run = fit(model, epochs=3, track=TRACKED)
    before, previous = weights, np.inf
    all_norms: list[float] = []
    for epoch, (after, losses, norms) in enumerate(plain_epochs(weights, 3)):
        all_norms += norms
        change = np.linalg.norm(after - before) / np.linalg.norm(before)
        # Keras' loss of an epoch weighs a batch by its rows; the norm is a plain mean of steps.
        loss = np.average(losses, weights=[8] * 5 + [4])
        assert_allclose(run.history["gradient_norm"][epoch], np.mean(norms), **LOSS_PARITY)
        assert_allclose(run.history["weight_change"][epoch], change, **LOSS_PARITY)
        assert_allclose(run.history["loss_change"][epoch], abs(loss - previous), **LOSS_PARITY)
        before, previous = after, loss
    assert max(all_norms) > CLIP  # clipping played its part
    assert_allclose(run.tracked["gradient_norm"], all_norms, **LOSS_PARITY)


def test_nothing_is_tracked_unless_asked_for():
    run = fit(dense_net(), epochs=2)
    assert list(run.history) == ["loss"]
    assert run.tracked == {}


def test_the_training_itself_stays_as_it_is():
    plain, tracked = (dense_net(optimizer="adam") for _ in range(2))
    tracked.set_weights(plain.get_weights())
    one = fit(plain, epochs=2, engine="xla")
    other = fit(tracked, epochs=2, engine="xla", track=TRACKED)
    assert_allclose(other.losses, one.losses, **LOSS_PARITY)
    assert set(other.history) == {"loss", *TRACKED}


def test_what_is_tracked_stands_beside_the_metrics():
    run = fit(dense_net(metrics=["mae"]), track=["loss_change"], validation_split=0.25)
    assert list(run.history) == ["loss", "loss_change", "mae", "val_loss", "val_mae"]


@pytest.mark.parametrize("name", TRACKED)
@pytest.mark.parametrize("mode", ["auto", "min"])
def test_early_stopping_stops_when_nothing_moves_any_more(name, mode):
    stop = kc.EarlyStopping(monitor=name, min_delta=0.01, patience=2, mode=mode)
    run = fit(ridge(optimizer=keras.optimizers.SGD(0.02)), epochs=200, callbacks=[stop])
    assert set(run.history) == {"loss", name}
    assert 2 < len(run.epoch) < 200
    assert stop.stopped_epoch == run.epoch[-1]
    *falling, last_but_one, last = run.history[name]
    assert falling[-1] == stop.best < falling[1]
    assert min(last, last_but_one) > stop.best - 0.01


def test_other_callbacks_monitor_them_too(tmp_path):
    model = dense_net(optimizer=keras.optimizers.SGD(0.05))
    best = tmp_path / "best.keras"
    callbacks = [
        kc.ReduceLROnPlateau("weight_change", factor=0.5, patience=1, min_delta=10),
        kc.ModelCheckpoint(str(best), "gradient_norm", save_best_only=True),
        kc.CSVLogger(str(tmp_path / "log.csv")),
    ]
    run = fit(model, epochs=4, callbacks=callbacks)
    assert float(model.optimizer.learning_rate) < 0.05
    assert best.is_file()
    heading = (tmp_path / "log.csv").read_text().splitlines()[0]
    assert heading.startswith("epoch,gradient_norm,learning_rate,loss,weight_change")
    assert not run.batch_by_batch


@pytest.mark.parametrize("by_batch", [False, True])
def test_every_step_is_recorded_also_batch_by_batch(by_batch):
    look = kc.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    callbacks = [look] if by_batch else []
    run = fit(dense_net(), epochs=2, track=("gradient_norm",), callbacks=callbacks)
    assert run.batch_by_batch == by_batch
    norms = run.tracked["gradient_norm"]
    assert norms.shape == (2 * STEPS,)
    assert norms.dtype == np.float32
    assert_allclose(
        run.history["gradient_norm"], norms.reshape(2, STEPS).mean(axis=1), **LOSS_PARITY
    )


class Doubled(keras.Sequential):
    """Reports something of its own under one of the names, and steps by hand."""

    def train_step(self, state: Any, data: Any) -> Any:
        logs, state = super().train_step(state, data)
        return logs | {"loss_change": logs["loss"] * 0 + 7}, state


def test_what_the_model_reports_itself_is_left_alone():
    model = Doubled([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    run = fit(model, track=("loss_change", "gradient_norm"))
    assert run.history["loss_change"] == [7]
    assert run.history["gradient_norm"][0] > 0


@pytest.mark.parametrize("scaled", ["factor", "dynamic"])
def test_a_scaled_loss_has_the_norm_of_the_loss_that_is_meant(scaled):
    plain = dense_net(optimizer=keras.optimizers.SGD(0.01))
    optimizer = keras.optimizers.SGD(0.01)
    if scaled == "factor":
        optimizer = keras.optimizers.SGD(0.01, loss_scale_factor=64.0)
    else:
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=64.0)
    model = dense_net(optimizer=optimizer)
    model.set_weights(plain.get_weights())
    expected = fit(plain, track=("gradient_norm",)).tracked["gradient_norm"]
    assert_allclose(
        fit(model, track=("gradient_norm",)).tracked["gradient_norm"], expected, **LOSS_PARITY
    )


def test_steps_that_overflow_are_left_out_of_the_mean():
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.01), initial_scale=3e38)
    run = fit(dense_net(optimizer=optimizer), track=("gradient_norm",))
    norms = run.tracked["gradient_norm"]
    finite = np.isfinite(norms)
    assert 0 < finite.sum() < STEPS
    assert_allclose(run.history["gradient_norm"], [norms[finite].mean()], **LOSS_PARITY)


def test_the_change_of_the_weights_is_relative():
    before = [np.array([3.0, 0.0]), np.array([[4.0]])]
    after = [np.array([3.0, 0.3]), np.array([[4.4]])]
    assert_allclose(relative_change(before, after), 0.1, **FLOAT64)
    assert relative_change(before, before) == 0
    nothing = [np.zeros(3)]
    assert relative_change(nothing, nothing) == 0
    assert relative_change(nothing, [np.ones(3)]) == np.inf


def test_weights_that_are_frozen_do_not_count():
    model = compiled(
        keras.Input((6,)), keras.layers.Dense(4, trainable=False), keras.layers.Dense(1)
    )
    kernel, bias = (np.asarray(v, float) for v in model.layers[-1].get_weights())
    run = fit(model, track=("weight_change",))
    after = [np.asarray(v, float) for v in model.layers[-1].get_weights()]
    assert_allclose(
        run.history["weight_change"], [relative_change([kernel, bias], after)], **LOSS_PARITY
    )


def test_the_change_of_an_unbroken_fit_begins_anew_with_each_fit():
    model = dense_net()
    first, second = (fit(model, epochs=2, track=("loss_change",)) for _ in range(2))
    for run in (first, second):
        assert run.history["loss_change"][0] == np.inf
        losses = run.history["loss"]
        assert_array_equal(run.history["loss_change"][1], abs(losses[1] - losses[0]))


def test_classes_with_dropout_and_normalisation_are_tracked():
    layers = keras.layers
    model = compiled(
        keras.Input((6,)),
        layers.Dense(8, "relu"),
        layers.BatchNormalization(),
        layers.Dropout(0.5),
        layers.Dense(3, "softmax"),
        loss="sparse_categorical_crossentropy",
    )
    run = fit(model, y=labels(ROWS, 3), epochs=2, seed=1, track=TRACKED)
    assert np.all(np.isfinite(run.tracked["gradient_norm"]))
    assert np.all(np.array(run.history["weight_change"]) > 0)


@pytest.mark.parametrize(
    ("track", "message"),
    [
        ("gradient_norm", r"track must be a tuple of names, got 'gradient_norm': write "),
        (7, r"track must be a tuple of names, got 7: write track=\('gradient_norm',\)."),
        (
            ["gradient_norms"],
            r"track must hold names out of gradient_norm, weight_change, loss_change, got "
            r"'gradient_norms'. Did you mean 'gradient_norm'\?",
        ),
    ],
)
def test_what_cannot_be_tracked(track, message):
    with pytest.raises(InputError, match=message):
        fit(dense_net(), track=track)


def test_keras_own_loop_tracks_nothing():
    model = dense_net(run_eagerly=True)
    with pytest.raises(
        InputError,
        match=r"track or a callback asks for 'gradient_norm', which Keras' own loop does not "
        r"record: compile the model without run_eagerly=True\.",
    ):
        fit(model, callbacks=[kc.EarlyStopping("gradient_norm")])


def test_everything_is_tracked_on_any_engine(engine):
    names = ("gradient_norm", "weight_change", "loss_change")
    run = fit(dense_net(), track=names)
    assert run.engine == engine
    assert all(run.history[name][0] > 0 for name in names)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"clipvalue": 0.01},
        {"clipnorm": 0.1},
        {"global_clipnorm": 0.1, "gradient_accumulation_steps": 3},
    ],
)
def test_engines_record_the_same_norms(options, engine):
    if engine != "native":
        pytest.skip("once, with both")
    make = lambda: ridge(optimizer=keras.optimizers.SGD(0.05, **options))  # noqa: E731
    native, xla = (fit(make(), epochs=3, track=TRACKED, engine=name) for name in ("native", "xla"))
    assert (native.engine, xla.engine) == ("native", "xla")
    for name in TRACKED:
        assert_allclose(native.history[name], xla.history[name], **LOSS_PARITY)
