"""`engine="native"`: the numbers of `model.fit`, when it is taken, and what it says otherwise."""

from typing import Any

import jax
import keras
import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from keras import layers, optimizers
from numpy.testing import assert_allclose, assert_array_equal

import epochal
from epochal.engine.xla import EXECUTABLES
from epochal.errors import InputError
from epochal.training import engine_choice
from tests.tolerances import (
    FLOAT64_SHAKEN,
    FLOAT64_TRAINED,
    LOSS_PARITY,
    NATIVE_PARITY,
    ROUNDINGS_APART,
    ROWS_ON_A_BORDER,
)
from tests.training.drawn import (
    CLASSES,
    ONE_HOT,
    OPTIMIZERS,
    ROWS,
    TARGETS,
    TO_FLOAT32,
    TO_FLOAT64,
    WEIGHTS,
    X,
    by_keras,
    by_native,
    by_native_in_float64,
    distance,
    problems,
    shaken,
)
from tests.training.drawn_images import image_problems
from tests.training.parity import (
    WITHOUT_SHRINKING,
    assert_parity,
    assert_same_history,
    assert_same_weights,
    compiled,
    dense_net,
    fit_both,
    numbers,
)

pytestmark = pytest.mark.native


@pytest.fixture(scope="module", autouse=True)
def engine():
    """These tests name their engine themselves."""


def every_kind_of_network(test):
    """Of columns, and of images."""
    kinds = pytest.mark.parametrize("drawn", [problems, image_problems])
    return pytest.mark.slow(kinds(test))


@every_kind_of_network
@given(data=st.data())
@settings(max_examples=4, phases=WITHOUT_SHRINKING)
def test_drawn_chains_in_float64_are_those_of_keras(drawn, data):
    """Where roundings are a thousand million times smaller: what parts them is a wrong formula."""
    problem = data.draw(drawn())
    ours, theirs = by_native_in_float64(problem), by_keras(problem, "float64")
    assert set(ours.history) == set(theirs.history)
    apart = distance(ours, theirs)
    if apart >= FLOAT64_TRAINED + FLOAT64_SHAKEN * shaken(problem, ours):
        # Where a gradient hardly changes, RMSprop divides it by the root of a variance that is all
        # rounding, and a few networks come elsewhere by a rounding of float64: as near as that.
        assert apart < ROUNDINGS_APART * shaken(problem, ours, TO_FLOAT64)


@every_kind_of_network
@given(data=st.data())
@settings(max_examples=4, phases=WITHOUT_SHRINKING)
def test_parity_with_keras_over_drawn_chains(drawn, data):
    problem = data.draw(drawn())
    ours, theirs, truth = by_native(problem), by_keras(problem), by_native_in_float64(problem)
    roundings = max(shaken(problem, truth), distance(theirs, truth))
    event("well conditioned" if roundings < 5e-6 else "ill conditioned")
    # 1e-4 as its issue asks, where float32 can keep it; else as near to Keras as float32 is to
    # the truth.
    apart = distance(ours, theirs)
    if apart >= max(NATIVE_PARITY["rtol"], ROUNDINGS_APART * roundings):
        # A fit may come to one of two ends by a rounding, and steps round as well as weights.
        assert apart < ROUNDINGS_APART * shaken(problem, truth, 16 * TO_FLOAT32, fits=16)
    row = (
        WEIGHTS.max() / WEIGHTS.sum() if problem.weighted else 1 / ROWS
    )  # the most that one counts
    for name, values in theirs.history.items():
        if "accuracy" in name:
            assert_allclose(ours.history[name], values, err_msg=name, atol=ROWS_ON_A_BORDER * row)


@pytest.mark.parametrize("make", OPTIMIZERS)
def test_weights_and_optimizer_state_are_those_of_keras(make):
    assert_parity(fit_both(lambda: dense_net(optimizer=make()), X, TARGETS[:, :1], batch_size=10))


def test_the_slopes_of_sizes_at_zero():
    """Biases start at zero with a penalty on their size, and errors at zero with zero weights."""
    make = lambda: compiled(  # noqa: E731
        keras.Input((6,)),
        layers.Dense(3, bias_regularizer="l1", kernel_initializer="zeros"),
        optimizer=optimizers.SGD(0.01, momentum=0.9),
        loss="mae",
    )
    assert_parity(fit_both(make, X, 0 * TARGETS))


class Largest(keras.metrics.Metric):
    """A user's own: the mean over batches of the largest prediction."""

    def __init__(self) -> None:
        super().__init__(name="largest")
        self.total = self.add_weight(name="total", initializer="zeros")
        self.batches = self.add_weight(name="batches", initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.total.assign_add(keras.ops.max(y_pred))
        self.batches.assign_add(1.0)

    def result(self) -> Any:
        return self.total / self.batches


def worst(y_true: Any, y_pred: Any) -> Any:
    """A user's own function: one number a batch."""
    return keras.ops.max(keras.ops.abs(y_true - y_pred))


METRICS: dict[str, tuple[str | None, Any, np.ndarray]] = {
    "binary": (
        "sigmoid",
        lambda: ["AUC", "Precision", "Recall", "f1_score", "mse", "binary_crossentropy", Largest()],
        ONE_HOT,
    ),
    "classes": (
        "softmax",
        lambda: [keras.metrics.TopKCategoricalAccuracy(2), "f1_score", "cosine_similarity", "mae"],
        ONE_HOT,
    ),
    "labels": (
        "softmax",
        lambda: [
            "accuracy",
            keras.metrics.SparseTopKCategoricalAccuracy(2),
            "sparse_categorical_crossentropy",
        ],
        CLASSES,
    ),
    "regression": (
        None,
        lambda: [
            keras.metrics.RootMeanSquaredError(),
            "r2_score",
            "mape",
            keras.metrics.LogCoshError(),
            worst,
        ],
        TARGETS,
    ),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", METRICS)
def test_any_metric_from_the_predictions(kind, weighted):
    end, metrics, target = METRICS[kind]
    losses = {"softmax": "categorical_crossentropy", "sigmoid": "binary_crossentropy"}
    loss = "sparse_categorical_crossentropy" if target is CLASSES else losses.get(end or "", "mse")
    make = lambda: compiled(  # noqa: E731
        keras.Input((6,)),
        layers.Dense(8, "tanh"),
        layers.Dense(3, end),
        loss=loss,
        **{"weighted_metrics" if weighted else "metrics": metrics()},
    )
    pair = fit_both(
        make,
        X,
        target,
        sample_weight=WEIGHTS if weighted else None,
        batch_size=1,  # more steps than are measured at once
        validation_data=(X[:9], target[:9]),
    )
    assert pair.run.engine == "native"
    assert_same_history(pair.run.history, pair.history.history, NATIVE_PARITY)


def test_class_weights_and_validation():
    make = lambda: compiled(  # noqa: E731
        keras.Input((6,)),
        layers.Dense(20, "elu"),
        layers.Dense(3, "softmax"),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    pair = fit_both(
        make,
        X,
        CLASSES,
        class_weight={0: 1.0, 1: 3.0, 2: 0.5},
        validation_data=(X[:9], CLASSES[:9]),
    )
    assert pair.run.engine == "native"
    assert_parity(pair)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_batch_normalisation(activation):
    # Statistics of a few rows enlarge a rounding from step to step, in any implementation: so
    # larger batches, and fewer of them. Its gradients are tested in float64.
    make = lambda: compiled(  # noqa: E731
        keras.Input((6,)),
        layers.Dense(20, use_bias=False),
        layers.BatchNormalization(momentum=0.9),
        layers.Activation(activation),
        layers.Dense(3, "softmax"),
        optimizer="adam",
        loss="sparse_categorical_crossentropy",
    )
    pair = fit_both(make, X, CLASSES, batch_size=30, epochs=10, validation_data=(X, CLASSES))
    assert pair.run.engine == "native"
    assert_parity(pair)


def test_batch_normalisation_alone_frozen_keeps_its_statistics():
    def make() -> keras.Model:
        norm = layers.BatchNormalization()
        norm.trainable = False
        return compiled(keras.Input((6,)), layers.Dense(8), norm, layers.Dense(1))

    pair = fit_both(make, X, TARGETS[:, :1])
    assert pair.run.engine == "native"
    assert_parity(pair)


def dropped_net() -> keras.Model:
    return compiled(
        keras.Input((6,)),
        layers.GaussianNoise(0.1, seed=3),
        layers.Dropout(0.2, seed=1),
        layers.Dense(40, "selu"),
        layers.AlphaDropout(0.3, seed=2),
        layers.Dense(20, "tanh"),
        layers.GaussianDropout(0.3, seed=4),
        layers.Dense(3, "softmax"),
        loss="sparse_categorical_crossentropy",
    )


def test_dropout_gives_the_numbers_of_the_other_engine():
    first, second = dropped_net(), dropped_net()
    second.set_weights(first.get_weights())
    runs = [
        epochal.fit(model, X, CLASSES, epochs=20, batch_size=7, seed=3, verbose=0, engine=engine)
        for model, engine in ((first, "native"), (second, "xla"))
    ]
    assert_allclose(runs[0].losses, runs[1].losses, **NATIVE_PARITY)
    assert_same_weights(first, second)
    for one, other in zip(first.non_trainable_variables, second.variables, strict=False):
        if one.path == other.path and one.dtype == "uint32":
            assert_array_equal(one, other)


def test_one_seed_gives_the_same_bits():
    runs = []
    for _ in range(2):
        keras.utils.set_random_seed(1)
        runs.append(epochal.fit(dropped_net(), X, CLASSES, epochs=3, seed=5, verbose=0))
    assert_array_equal(runs[0].losses, runs[1].losses)


def test_nothing_is_traced():
    traced = EXECUTABLES.traced
    model = dense_net(metrics=["mae"])
    run = epochal.fit(model, X, TARGETS[:, 0], validation_split=0.2, epochs=2, verbose=0)
    epochal.evaluate(model, X, TARGETS[:, 0], verbose=0)
    epochal.predict(model, X, verbose=0)
    assert run.engine == "native"
    assert run.timing.compiling == 0
    assert EXECUTABLES.traced == traced


def test_nothing_is_compiled(caplog):
    make = lambda units: compiled(  # noqa: E731
        keras.Input((6,)),
        layers.Dense(units, "elu"),
        layers.Dense(1),
        optimizer=optimizers.SGD(optimizers.schedules.CosineDecay(0.01, 50, 0.1)),
        metrics=["mae", keras.metrics.RootMeanSquaredError(), keras.metrics.AUC()],
    )

    def use(model: keras.Model) -> None:
        epochal.fit(model, X, target, validation_split=0.2, epochs=2, verbose=0)
        epochal.evaluate(model, X, target, verbose=0)
        epochal.predict(model, X, verbose=0)

    target = (TARGETS[:, 0] > 0).astype(np.float32)
    use(make(31))  # Keras itself compiles the zeros of its metrics and their reset, once
    model = make(37)
    with jax.log_compiles(), caplog.at_level("WARNING", "jax"):
        use(model)
        assert [each.message for each in caplog.records if "Compiling" in each.message] == []
        jax.jit(lambda x: x * 3)(np.ones(7))  # and this is what it would have looked like
        assert any("Compiling" in each.message for each in caplog.records)


@pytest.mark.parametrize("end", ["softmax", "sigmoid", "tanh", None])
def test_evaluate_and_predict_beside_keras(end):
    loss = {"softmax": "categorical_crossentropy", "sigmoid": "binary_crossentropy"}
    model = compiled(
        keras.Input((6,)),
        layers.Dense(30, "gelu", kernel_regularizer="l2"),
        layers.Dropout(0.5),
        layers.Dense(3, end),
        loss=loss.get(end or "", "mse"),
        metrics=["accuracy"] if end in loss else ["mae"],
    )
    assert_allclose(
        epochal.predict(model, X, verbose=0), model.predict(X, verbose=0), **LOSS_PARITY
    )
    ours = epochal.evaluate(
        model, X, ONE_HOT, sample_weight=WEIGHTS, batch_size=7, verbose=0, return_dict=True
    )
    theirs = model.evaluate(X, ONE_HOT, 7, 0, WEIGHTS, return_dict=True)
    assert_same_history(ours, theirs, NATIVE_PARITY)


@pytest.mark.parametrize("spread", [1, 1000], ids=["doubtful", "certain"])
@pytest.mark.parametrize(
    ("end", "loss", "targets"),
    [
        ("sigmoid", "binary_crossentropy", ONE_HOT),
        ("sigmoid", "binary_crossentropy", np.abs(TARGETS[:, :3]) % 1),
        ("softmax", "categorical_crossentropy", ONE_HOT),
        ("softmax", "sparse_categorical_crossentropy", CLASSES),
    ],
)
def test_cross_entropies_as_metrics_beside_keras(end, loss, targets, spread):
    initializer = keras.initializers.RandomNormal(stddev=spread, seed=3)
    model = compiled(
        keras.Input((6,)),
        layers.Dense(3, end, kernel_initializer=initializer),
        loss=loss,
        metrics=[loss],
        weighted_metrics=[getattr(keras.metrics, loss.title().replace("_", ""))(name="weighted")],
    )
    scores: dict[str, Any] = {
        "sample_weight": WEIGHTS,
        "batch_size": 7,
        "verbose": 0,
        "return_dict": True,
    }
    ours = epochal.evaluate(model, X, targets, **scores)
    theirs = model.evaluate(X, targets, **scores)
    del ours["loss"], theirs["loss"]  # epochal's is exact where probabilities come to 0 and 1
    assert_same_history(ours, theirs, NATIVE_PARITY)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, bool, np.float64])
def test_rows_of_other_types(dtype):
    x = (numbers(ROWS, 6) * 3 + 5).astype(dtype)
    make = lambda: dense_net(optimizer=optimizers.SGD(1e-3))  # noqa: E731
    assert_parity(fit_both(make, x, TARGETS[:, :1], batch_size=10))


def test_batch_callbacks_run_natively():
    rates = []

    class Halving(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            rates.append(0.1 * 0.5**batch)
            self.model.optimizer.learning_rate = rates[-1]

    pair = fit_both(dense_net, X, TARGETS[:, :1], callbacks=lambda: [Halving()])
    assert pair.run.engine == "native"
    assert pair.run.batch_by_batch
    assert_parity(pair)
    assert_array_equal(pair.run.learning_rates, np.array(rates[len(rates) // 2 :], np.float32))


def net(*middle: Any, last: Any = None, **options: Any) -> keras.Model:
    return compiled(keras.Input((6,)), *middle, last or layers.Dense(3), **options)


class Own(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(3)

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)


def subclassed() -> keras.Model:
    model = Own()
    model.compile("sgd", "mse")
    return model


def with_a_step_of_its_own() -> keras.Model:
    model = net()
    step = model.train_step
    model.train_step = lambda state, data: step(state, data)
    return model


REFUSED: dict[str, tuple[Any, str]] = {
    "a layer": (lambda: net(layers.RepeatVector(1)), "layer RepeatVector"),
    "a subclass": (subclassed, "Own, a subclass of keras.Model"),
    "an activation": (
        lambda: net(layers.Dense(4, "sparsemax")),
        "activation 'sparsemax'",
    ),
    "a softmax of another axis": (
        lambda: net(layers.Reshape((3, 2)), layers.Softmax(axis=1), layers.Flatten()),
        "Softmax over another axis than the last",
    ),
    "shared slopes": (
        lambda: net(layers.PReLU(shared_axes=[1])),
        "PReLU with slopes shared otherwise than by all pixels of a channel",
    ),
    "an activity penalty": (
        lambda: net(
            layers.Dense(4, activity_regularizer=keras.regularizers.OrthogonalRegularizer())
        ),
        "regularizer OrthogonalRegularizer",
    ),
    "a penalty": (
        lambda: net(layers.Dense(4, kernel_regularizer=keras.regularizers.OrthogonalRegularizer())),
        "regularizer OrthogonalRegularizer",
    ),
    "a constraint": (
        lambda: net(layers.Dense(4, bias_constraint=keras.constraints.MaxNorm(1.0))),
        "constraint MaxNorm other than on the columns of a matrix",
    ),
    "half precision": (lambda: net(layers.Dense(4, dtype="mixed_float16")), "compute in float32"),
    "an optimizer": (lambda: net(optimizer="lion"), "optimizer Lion"),
    "a scaled loss": (
        lambda: net(optimizer=optimizers.SGD(loss_scale_factor=2.0)),
        "SGD with a loss_scale_factor",
    ),
    "a loss": (lambda: net(loss="poisson"), "loss 'poisson'"),
    "probabilities missing": (
        lambda: net(loss="categorical_crossentropy"),
        "loss 'categorical_crossentropy', which takes the probabilities of a softmax, on another ",
    ),
    "losses in a list": (lambda: net(loss=["mse"]), "loss .*mse"),
    "a replaced step": (with_a_step_of_its_own, "a train_step that has been replaced"),
    "an axis": (
        lambda: compiled(
            keras.Input((3, 2)),
            layers.BatchNormalization(axis=1),
            layers.Flatten(),
            layers.Dense(3),
        ),
        "BatchNormalization over another axis than the last",
    ),
    "no weights": (lambda: net(last=layers.Dropout(0.5)), "no Dense layer and no convolution"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_it_cannot_do_it_says(name):
    make, reason = REFUSED[name]
    shape = (3, 2) if name == "an axis" else (6,)
    x, y = X.reshape(ROWS, *shape), X if name == "no weights" else ONE_HOT
    with pytest.raises(InputError, match=f"engine='native' cannot run this, because .*{reason}"):
        epochal.fit(make(), x, y, verbose=0, engine="native")


def test_what_it_cannot_do_is_left_to_xla():
    run = epochal.fit(net(optimizer="lion"), X, ONE_HOT, verbose=0)
    assert run.engine == "xla"
    assert run.engine_reason == (
        "xla runs any Keras model; not native, because unsupported model: optimizer Lion"
    )


def test_an_accelerator_is_left_to_xla(monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    with pytest.raises(InputError, match="because it runs on the CPU and JAX on the gpu"):
        epochal.fit(dense_net(), X, TARGETS[:, :1], verbose=0, engine="native")


def test_rows_of_a_type_that_it_does_not_know_are_left_to_xla():
    run = epochal.fit(dense_net(), (X * 9).astype(np.int16), TARGETS[:, :1], verbose=0)
    assert run.engine_reason.endswith("the rows are int16")


def test_an_installation_without_it_says_so(monkeypatch):
    monkeypatch.setattr(engine_choice, "native_available", lambda: False)
    run = epochal.fit(dense_net(), X, TARGETS[:, :1], verbose=0)
    assert run.engine == "xla"
    assert run.engine_reason.endswith(engine_choice.NOT_BUILT)
    with pytest.raises(
        InputError, match="installed where no C\\+\\+ compiler was found: use engine="
    ):
        epochal.fit(dense_net(), X, TARGETS[:, :1], verbose=0, engine="native")


@pytest.mark.parametrize(("rows", "engine"), [(4095, "native"), (4096, "xla")])
def test_the_largest_batches_are_for_xla(rows, engine):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.zeros((rows, 1), np.float32)
    run = epochal.fit(model, x, x, batch_size=10_000, verbose=0, seed=0)
    assert run.engine == engine
    assert ("xla is faster from batches of 4,096 rows on" in run.engine_reason) == (rows == 4096)
    asked = epochal.fit(model, x, x, batch_size=10_000, verbose=0, seed=0, engine="native")
    assert asked.engine == "native"


@pytest.mark.parametrize(
    ("rows", "columns", "engine"),
    [(255, 1024, "native"), (256, 511, "native"), (256, 512, "xla")],
)
def test_wide_layers_in_large_batches_are_for_xla(rows, columns, engine):
    model = keras.Sequential([keras.Input((1024,)), layers.Dense(columns)])
    model.compile("sgd", "mse")
    x, y = np.zeros((rows, 1024), np.float32), np.zeros((rows, columns), np.float32)
    run = epochal.fit(model, x, y, batch_size=1000, verbose=0, seed=0)
    assert run.engine == engine
    expected = "xla is faster with layers of 524,288 weights from batches of 256 rows on"
    assert (expected in run.engine_reason) == (engine == "xla")


@pytest.mark.parametrize("layer", [layers.Conv1D(1, 2), layers.LSTM(1), layers.GRU(1)])
def test_the_largest_batches_of_images_and_sequences_are_not_for_xla(layer):
    model = keras.Sequential([keras.Input((2, 1)), layer, layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.zeros((4096, 2, 1), np.float32)
    assert epochal.fit(model, x, x[:, 0], batch_size=4096, verbose=0, seed=0).engine == "native"
