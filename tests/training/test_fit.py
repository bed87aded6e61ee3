"""Seeds, shared programs, the run's record, and what is left when a fit breaks off."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import keras
import numpy as np
import pytest
from keras import layers
from keras.optimizers.schedules import ExponentialDecay
from numpy.testing import assert_allclose, assert_array_equal

import epochal
from epochal.bridge.program_key import program_key
from epochal.engine import xla
from epochal.training import loop
from tests.tolerances import LOSS_PARITY, MOMENTS_OF_NOISE, WEIGHT_PARITY
from tests.training.chosen import chosen
from tests.training.parity import ROWS, compiled, dense_net, numbers

X, Y = numbers(ROWS, 6), numbers(ROWS, 1, seed=1)
STEPS = 6  # an epoch, of 8 rows


def fit(model: keras.Model, x: Any = X, y: Any = Y, **kwargs: Any) -> epochal.Run:
    return epochal.fit(model, x, y, **({"batch_size": 8, "epochs": 2, "verbose": 0} | kwargs))


def random_net(rate: float = 0.4) -> keras.Model:
    """Not built, and random in all that it does."""
    return compiled(
        layers.GaussianNoise(0.1),
        layers.Dense(8, "relu"),
        layers.Dropout(rate),
        layers.AlphaDropout(0.1),
        layers.Dense(1, kernel_initializer="he_normal"),
        optimizer="adam",
    )


class OwnParts(keras.Model):
    """Makes weights in every way in which a model may."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = layers.MultiHeadAttention(2, 3, dropout=0.2)
        self.head = layers.Dense(1)

    def build(self, shape: Any) -> None:
        self.scale = self.add_weight(shape=(6,), name="scale")
        self.late = layers.Dense(6)
        self.late.build(shape)
        self.built = True

    def call(self, x: Any, training: bool = False) -> Any:
        x = self.late(x * self.scale)
        return self.head(self.attention(x, x, training=training)[:, 0])


def own_parts() -> keras.Model:
    model = OwnParts()
    model.compile("sgd", "mse")
    return model


SEQUENCES = numbers(ROWS, 3, 6)


@pytest.mark.parametrize(("make", "x"), [(random_net, X), (own_parts, SEQUENCES)])
def test_one_seed_decides_everything(make, x):
    runs, weights = [], []
    for disturbance in (1, 2):
        keras.utils.set_random_seed(disturbance)  # must not matter
        model = make()
        runs.append(fit(model, x, seed=11))
        weights.append(model.get_weights())
    assert_array_equal(runs[0].losses, runs[1].losses)
    assert runs[0].history == runs[1].history
    for one, other in zip(*weights, strict=True):
        assert_array_equal(one, other)
    other_seed = fit(make(), x, seed=12)
    assert np.all(other_seed.losses != runs[0].losses)


def test_without_a_seed_keras_seed_decides():
    losses = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        losses.append(fit(random_net()).losses)
    assert_array_equal(losses[0], losses[1])
    assert np.all(losses[0] != losses[2])


def test_a_seed_of_the_users_own_initialiser_is_kept():
    kernels = []
    for seed in (1, 2):
        ones = keras.initializers.GlorotUniform(seed=5)
        model = compiled(layers.Dense(1, kernel_initializer=ones), optimizer=sgd(0.0))
        fit(model, seed=seed)
        kernels.append(model.get_weights()[0])
    assert_array_equal(kernels[0], kernels[1])


def sgd(rate: float) -> keras.optimizers.Optimizer:
    return keras.optimizers.SGD(rate)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize("steps_per_epoch", [None, 4])
def test_resumed_with_its_seed_is_uninterrupted(steps_per_epoch):
    def run(model: keras.Model, first: int, last: int) -> epochal.Run:
        return fit(
            model,
            seed=4,
            initial_epoch=first,
            epochs=last,
            steps_per_epoch=steps_per_epoch,
            schedule=ExponentialDecay(0.05, 5, 0.7),
        )

    whole, parts = random_net(), random_net()
    expected = run(whole, 0, 5)
    pieces = [run(parts, 0, 2), run(parts, 2, 3), run(parts, 3, 5)]
    assert_array_equal(np.concatenate([piece.losses for piece in pieces]), expected.losses)
    assert_array_equal(
        np.concatenate([piece.learning_rates for piece in pieces]), expected.learning_rates
    )
    for one, other in zip(parts.get_weights(), whole.get_weights(), strict=True):
        assert_array_equal(one, other)


def test_each_epoch_has_its_own_order_and_its_own_masks():
    # At a rate of zero the weights stay: losses differ by rows and masks alone.
    model = compiled(
        keras.Input((6,)), layers.Dense(8), layers.Dropout(0.5), layers.Dense(1), optimizer=sgd(0.0)
    )
    ordered = fit(model, seed=1, epochs=4, shuffle=False).losses.reshape(4, STEPS)
    assert len(np.unique(ordered[:, 0])) == 4
    model = dense_net(optimizer=sgd(0.0))
    shuffled = fit(model, seed=1, epochs=4).losses.reshape(4, STEPS)
    assert len(np.unique(shuffled[:, 0])) == 4


def traces() -> int:
    return xla.EXECUTABLES.traced


def test_a_second_fit_of_equal_shapes_traces_nothing():
    fit(random_net(), validation_split=0.3)
    before = traces()
    run = fit(random_net(), validation_split=0.3)
    assert traces() == before
    assert run.timing.compiling == 0
    model = random_net()
    fit(model, numbers(ROWS, 6, seed=5), seed=2, validation_split=0.3)
    fit(model, validation_split=0.3, epochs=1)
    model.optimizer.learning_rate = 0.1
    fit(model, validation_split=0.3, schedule=ExponentialDecay(0.1, 10, 0.5))
    assert traces() == before


def test_functional_models_with_other_names_share_a_program():
    def make(name: str) -> keras.Model:
        inputs = keras.Input((6,), name=f"input_of_{name}")
        outputs = layers.Dense(1, name=f"dense_of_{name}")(layers.Dense(3, name=name)(inputs))
        model = keras.Model(inputs, outputs, name=f"model_{name}")
        model.compile("sgd", "mse")
        return model

    fit(make("one"))
    before = traces()
    fit(make("two"))
    assert traces() == before


def net(**changes: Any) -> keras.Model:
    picked = {"rate": 0.2, "l2": 0.01, "activation": "tanh", "units": 4, "epsilon": 1e-3} | changes
    model = compiled(
        keras.Input((6,)),
        layers.Dense(
            picked["units"],
            picked["activation"],
            kernel_regularizer=keras.regularizers.L2(picked["l2"]),
        ),
        layers.BatchNormalization(epsilon=picked["epsilon"]),
        layers.Dropout(picked["rate"]),
        layers.Dense(1),
    )
    model.layers[0].trainable = picked.get("trainable", True)
    kwargs = {name: picked[name] for name in ("loss_weights", "metrics") if name in picked}
    model.compile(picked.get("optimizer", "sgd"), picked.get("loss", "mse"), **kwargs)
    return model


@pytest.mark.parametrize(
    "change",
    [
        {"rate": 0.3},
        {"l2": 0.02},
        {"activation": "relu"},
        {"epsilon": 1e-2},
        {"trainable": False},
        {"loss": "mae"},
        {"metrics": ["mae"]},
        {"loss_weights": 0.5},
        {"optimizer": keras.optimizers.SGD(momentum=0.1)},
        {"optimizer": keras.optimizers.SGD(clipnorm=1.0)},
        {"loss": keras.losses.Huber(0.1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_changes_the_computation_is_traced_anew(change):
    keys = [program_key(model) for model in (net(), net(), net(**change))]
    assert keys[0] == keys[1]
    assert keys[0] != keys[2]


def test_a_layer_of_the_users_own_is_not_taken_for_another():
    class Scale(layers.Layer):
        def __init__(self, by: float) -> None:
            super().__init__()
            self.by = by  # and no get_config that says so

        def call(self, x: Any) -> Any:
            return x * self.by

    for by in (1.0, 3.0):
        model = compiled(keras.Input((6,)), layers.Dense(1), Scale(by))
        expected = model.evaluate(X, Y, verbose=0)
        assert_allclose(epochal.evaluate(model, X, Y, verbose=0), expected, **LOSS_PARITY)


def test_a_lambda_is_not_taken_for_another():
    for by in (1.0, 3.0):
        model = compiled(keras.Input((6,)), layers.Dense(1), layers.Lambda(lambda x, by=by: x * by))
        expected = model.evaluate(X, Y, verbose=0)
        assert_allclose(epochal.evaluate(model, X, Y, verbose=0), expected, **LOSS_PARITY)


def test_every_steps_loss_is_that_of_train_on_batch():
    keras.utils.set_random_seed(3)
    ours = dense_net(optimizer="adam", metrics=["mae"])
    theirs = keras.models.clone_model(ours)
    theirs.set_weights(ours.get_weights())
    theirs.compile("adam", "mse")
    run = fit(ours, shuffle=False, epochs=2)
    expected = []
    for _ in range(2):
        for start in range(0, ROWS, 8):
            theirs.reset_metrics()
            rows = slice(start, start + 8)
            expected.append(
                float(theirs.train_on_batch(X[rows], Y[rows], return_dict=True)["loss"])
            )
    assert run.losses.dtype == np.float32
    assert_allclose(run.losses, expected, **LOSS_PARITY)


def test_the_rate_of_every_step_is_kept():
    fixed = fit(dense_net(optimizer=sgd(0.25)))
    assert_array_equal(fixed.learning_rates, np.full(2 * STEPS, 0.25, np.float32))
    decay = ExponentialDecay(0.1, 4, 0.5)
    expected = 0.1 * 0.5 ** (np.arange(2 * STEPS) / 4)
    model = dense_net(optimizer=sgd(decay))
    assert_allclose(fit(model).learning_rates, expected, **LOSS_PARITY)
    # The optimiser's own schedule counts its own steps.
    assert_allclose(fit(model).learning_rates, expected / 2**3, **LOSS_PARITY)


def test_a_schedule_is_that_of_this_fit():
    decay = ExponentialDecay(0.1, 4, 0.5)
    ours, theirs = dense_net(optimizer=sgd(0.7)), dense_net(optimizer=sgd(decay))
    theirs.set_weights(ours.get_weights())
    fit(ours, epochs=1, schedule=ExponentialDecay(0.0, 1, 1.0))  # nothing is learnt, and steps pass
    run = fit(ours, schedule=decay, shuffle=False)
    theirs.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert_allclose(one, other, **WEIGHT_PARITY)
    assert_allclose(run.learning_rates, 0.1 * 0.5 ** (np.arange(12) / 4), **LOSS_PARITY)
    assert float(ours.optimizer.learning_rate) == np.float32(0.7)


def test_a_run_is_a_history():
    model = dense_net()
    run = fit(model, validation_split=0.3)
    assert isinstance(run, keras.callbacks.History)
    assert isinstance(run, epochal.Run)
    assert model.history is run
    assert run.model is model
    assert run.epoch == [0, 1]
    assert run.params == {"verbose": 0, "epochs": 2, "steps": 4}
    assert sorted(run.history) == ["loss", "val_loss"]
    assert all(type(value) is float for values in run.history.values() for value in values)
    assert (run.engine, run.engine_reason) == chosen()
    assert run.seed is None
    assert len(run.timing.epochs) == 2
    assert 0 < sum(run.timing.epochs) < run.seconds
    assert repr(run).startswith(f"Run(2 epochs on {chosen()[0]} in ")


@pytest.mark.parametrize(
    ("initial_epoch", "validation_freq", "validated"),
    [(0, 2, [1, 3]), (0, [1], [0]), (2, 1, [2, 3]), (1, 2, [1, 3])],
)
def test_a_run_knows_the_epochs_that_were_validated(initial_epoch, validation_freq, validated):
    run = fit(
        compiled(layers.Dense(1)),
        epochs=4,
        initial_epoch=initial_epoch,
        validation_data=(X, Y),
        validation_freq=validation_freq,
    )
    assert run.validated_epochs == validated
    numbers_of = np.array(validated) + 1
    training, validation = epochal.plots.learning_curves(run, ["loss"]).axes[0].lines
    assert_array_equal(training.get_xdata(), np.arange(initial_epoch, 4) + 1)
    assert_array_equal(validation.get_xdata(), numbers_of)
    right = epochal.plots.rate_and_loss(run).axes[1]
    assert_array_equal(right.lines[0].get_xdata(), numbers_of)


def test_an_engine_that_is_asked_for_is_named():
    assert fit(dense_net(), engine="xla").engine_reason == "asked for"


def test_debugging_goes_through_keras_and_says_so():
    model = dense_net(run_eagerly=True, optimizer=sgd(0.5))
    before = float(model.optimizer.learning_rate)
    stop = keras.callbacks.EarlyStopping("loss", patience=0, min_delta=100)
    run = fit(model, callbacks=stop, epochs=5, validation_split=0.3)
    assert run.engine == "keras"
    assert run.engine_reason == (
        "Keras' own loop, because the model is compiled with run_eagerly=True"
    )
    assert run.epoch == [0, 1]
    assert sorted(run.history) == ["loss", "val_loss"]
    assert float(model.optimizer.learning_rate) == before
    assert_allclose(
        epochal.evaluate(model, X, Y, verbose=0), model.evaluate(X, Y, verbose=0), **LOSS_PARITY
    )
    assert epochal.predict(model, X, verbose=0).shape == (ROWS, 1)


def test_debugging_follows_seed_and_schedule():
    decay = ExponentialDecay(0.1, 4, 0.5)
    runs = []
    for eager in (True, False):
        keras.utils.set_random_seed(1)
        model = dense_net(run_eagerly=eager, optimizer=sgd(0.5))
        epochal.fit(model, X[:8], Y[:8], verbose=0)  # the schedule counts this fit's steps alone
        model.optimizer.learning_rate = 0.5
        runs.append(fit(model, schedule=decay, shuffle=False).history["loss"])
    assert_allclose(*runs, **LOSS_PARITY)
    losses = [fit(dense_net(run_eagerly=True), seed=3).history["loss"] for _ in range(2)]
    assert losses[0] != losses[1]  # a built model's weights are its own
    losses = []
    for _ in range(2):
        model = compiled(layers.Dense(1), run_eagerly=True)
        losses.append(fit(model, seed=3).history["loss"])
    assert losses[0] == losses[1]


def test_fits_in_threads_do_not_disturb_one_another():
    alone = [fit(random_net(), seed=seed).losses for seed in range(4)]
    models = [random_net() for _ in alone]
    drawing = keras.src.random.seed_generator.python_random
    with ThreadPoolExecutor(4) as pool:
        runs = pool.map(lambda seed: fit(models[seed], seed=seed), range(4))
        for run, losses in zip(runs, alone, strict=True):
            assert_array_equal(run.losses, losses)
    assert keras.src.random.seed_generator.python_random is drawing


def test_keras_limits_for_debugging_hold():
    keras.config.set_max_epochs(2)
    keras.config.set_max_steps_per_epoch(3)
    try:
        with pytest.warns(UserWarning, match="Limiting epochs to 2"):
            run = fit(dense_net(), epochs=5, validation_data=(X, Y))
    finally:
        keras.config.set_max_epochs(None)
        keras.config.set_max_steps_per_epoch(None)
    assert run.epoch == [0, 1]
    assert len(run.losses) == 6


def test_the_epsilon_of_keras_is_part_of_a_program():
    model, zeros = dense_net(loss="mape"), np.zeros_like(Y)
    first = epochal.evaluate(model, X, zeros, verbose=0)
    keras.config.set_epsilon(1e-3)
    try:
        expected = model.evaluate(X, zeros, verbose=0)
        assert_allclose(epochal.evaluate(model, X, zeros, verbose=0), expected, **LOSS_PARITY)
    finally:
        keras.config.set_epsilon(1e-7)
    assert first > 1000 * expected


class Ctrl(keras.callbacks.Callback):
    """What Ctrl-C raises, at a place."""

    def __init__(self, hook: str) -> None:
        super().__init__()
        setattr(self, hook, self.strike)

    def strike(self, *arguments: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("hook", "iterations"),
    [("on_epoch_end", STEPS), ("on_train_batch_end", 1), ("on_train_batch_begin", 0)],
)
def test_an_interrupted_fit_leaves_a_model_that_goes_on(hook, iterations):
    keras.utils.set_random_seed(1)
    model, other = random_net(), random_net()
    with pytest.raises(KeyboardInterrupt):
        fit(model, callbacks=[Ctrl(hook)], seed=3)
    assert int(model.optimizer.iterations) == iterations
    if iterations == STEPS:
        fit(other, epochs=1, seed=3)
        for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
            assert_array_equal(one, two)
    assert np.isfinite(model.predict(X, verbose=0)).all()
    fit(model)
    model.fit(X, Y, verbose=0)
    assert np.isfinite(epochal.evaluate(model, X, Y, verbose=0))


class Failing(layers.Layer):
    """Asks Python for its outputs, which fails from the call `last` on."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self.calls, self.last = 0, last

    def call(self, x: Any) -> Any:
        def host(value: np.ndarray) -> np.ndarray:
            self.calls += 1
            if self.calls > self.last:
                raise RuntimeError("no more")
            return value

        shape = jax.ShapeDtypeStruct(x.shape, x.dtype)
        return x + jax.lax.stop_gradient(jax.pure_callback(host, shape, jax.lax.stop_gradient(x)))


@pytest.mark.parametrize("share", [loop.COPYING, 1e9])
def test_a_fit_whose_engine_fails_leaves_the_weights_of_an_epochs_start(monkeypatch, share):
    monkeypatch.setattr(loop, "COPYING", share)
    model = compiled(Failing(2 * STEPS + 2), layers.Dense(1), optimizer="adam")
    seen: list[list[np.ndarray]] = []
    note = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda *_: seen.append([np.array(v) for v in model.variables])
    )
    with pytest.raises(Exception, match="no more"):
        fit(model, epochs=5, callbacks=[note], engine="xla")
    assert len(seen) == 3
    left = [np.array(variable) for variable in model.variables]
    starts = seen if share < 1 else seen[-1:]
    assert any(all(map(np.array_equal, left, start)) for start in starts)
    iterations = int(model.optimizer.iterations)
    assert iterations in [step * STEPS for step in (range(3) if share < 1 else [2])]


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5, 0.9])
def test_the_rate_of_a_dropout_layer_is_the_rate(rate):
    model = compiled(
        keras.Input((200,)),
        layers.Dropout(rate),
        layers.Dense(200, use_bias=False, kernel_initializer="identity"),
        optimizer=sgd(0.0),
        loss=lambda y, p: keras.ops.cast(p > 0, "float32"),
    )
    x = np.ones((500, 200), np.float32)
    run = epochal.fit(model, x, x, batch_size=100, epochs=4, verbose=0, seed=3)
    count = 100 * 200
    deviation = np.sqrt(rate * (1 - rate) / count)
    assert len(run.losses) == 20
    # The loss of a step is the share that was kept.
    assert np.all(np.abs(run.losses - (1 - rate)) < 5 * deviation)
    assert abs(run.losses.mean() - (1 - rate)) < 5 * deviation / np.sqrt(20)
    assert len(np.unique(run.losses)) > 10  # each step draws anew


def test_dropout_scales_what_it_keeps():
    model = compiled(
        keras.Input((200,)),
        layers.Dropout(0.3),
        optimizer=sgd(0.0),
        loss=lambda y, p: keras.ops.max(p, axis=-1, keepdims=True),
    )
    x = np.ones((100, 200), np.float32)
    run = epochal.fit(model, x, x, batch_size=100, verbose=0, seed=3)
    assert_allclose(run.losses, 1 / 0.7, **LOSS_PARITY)


def test_a_noise_shape_shares_a_mask():
    model = compiled(
        keras.Input((7, 50)),
        layers.Dropout(0.5, noise_shape=(None, 1, 50)),
        optimizer=sgd(0.0),
        loss=lambda y, p: keras.ops.var(p, axis=1),
    )
    x = np.ones((20, 7, 50), np.float32)
    run = epochal.fit(model, x, x, batch_size=20, verbose=0, seed=3)
    assert run.losses[0] == 0  # along the shared axis


@pytest.mark.parametrize("rate", [0.1, 0.3])
def test_alpha_dropout_keeps_mean_and_variance(rate):
    x = numbers(400, 200)
    moments = {}
    for name, loss in (
        ("mean", lambda y, p: p),
        ("square", lambda y, p: p**2),
    ):
        model = compiled(
            keras.Input((200,)), layers.AlphaDropout(rate), optimizer=sgd(0.0), loss=loss
        )
        moments[name] = epochal.fit(model, x, x, batch_size=400, verbose=0, seed=3).losses[0]
    assert moments["mean"] == pytest.approx(x.mean(), abs=MOMENTS_OF_NOISE["mean"])
    assert moments["square"] == pytest.approx(np.mean(x**2), abs=MOMENTS_OF_NOISE["square"])


def test_the_documents_thousand_rows_learn():
    x = numbers(1000, 6)
    y = (x.sum(axis=1, keepdims=True) > 0).astype(np.float32)
    model = compiled(
        layers.Dense(16, "elu"),
        layers.Dropout(0.1),
        layers.Dense(1, "sigmoid"),
        optimizer="nadam",
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    history = epochal.fit(model, x, y, epochs=20, verbose=0, seed=1).history
    assert history["accuracy"][-1] > 0.93
    assert history["loss"][-1] < history["loss"][0] / 2
