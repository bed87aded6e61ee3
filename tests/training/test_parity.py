"""`epochal.fit` gives the numbers of `model.fit`, for models of all kinds."""

from functools import partial
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose

import epochal
from tests.tolerances import HALF_PRECISION, LOSS_PARITY
from tests.training.parity import (
    EVEN_ROWS,
    ROWS,
    assert_parity,
    assert_same_history,
    assert_same_weights,
    compiled,
    dense_net,
    fit_both,
    labels,
    numbers,
)

# With a smaller last batch, for losses and arguments; all else is no other there.
ALL, CLASSES = numbers(ROWS, 6), labels(ROWS, 3)
WEIGHTS = np.random.default_rng(1).uniform(0.2, 2.0, ROWS).astype(np.float32)
X, Y, KINDS = ALL[:EVEN_ROWS], numbers(EVEN_ROWS, 1, seed=1), CLASSES[:EVEN_ROWS]
SEQUENCES = numbers(EVEN_ROWS, 5, 6)
WORDS = np.random.default_rng(0).integers(0, 9, (EVEN_ROWS, 5))


DECAY = keras.optimizers.schedules.ExponentialDecay(0.1, 4, 0.5)
OPTIMIZERS = {
    "sgd": lambda: keras.optimizers.SGD(0.1),
    "nesterov": lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "adam": lambda: keras.optimizers.Adam(0.01),
    "adam amsgrad": lambda: keras.optimizers.Adam(0.01, amsgrad=True),
    "adamw": lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1),
    "nadam": lambda: keras.optimizers.Nadam(0.01),
    "rmsprop": lambda: keras.optimizers.RMSprop(0.01, momentum=0.5, centered=True),
    "adagrad": lambda: keras.optimizers.Adagrad(0.1),
    "adamax": lambda: keras.optimizers.Adamax(0.01),
    "adadelta": lambda: keras.optimizers.Adadelta(1.0),
    "clipnorm": lambda: keras.optimizers.SGD(0.1, clipnorm=0.1),
    "clipvalue": lambda: keras.optimizers.SGD(0.1, clipvalue=0.05),
    "global clipnorm": lambda: keras.optimizers.SGD(0.1, global_clipnorm=0.1),
    "ema": lambda: keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.8),
    "ema, overwritten": lambda: keras.optimizers.SGD(
        0.1, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=3
    ),
    "accumulation": lambda: keras.optimizers.Adam(0.01, gradient_accumulation_steps=2),
    "decay, accumulated": lambda: keras.optimizers.SGD(DECAY, gradient_accumulation_steps=4),
    "weight decay": lambda: keras.optimizers.SGD(0.1, weight_decay=0.05),
    "exponential decay": lambda: keras.optimizers.Adam(DECAY),
    "cosine": lambda: keras.optimizers.SGD(
        keras.optimizers.schedules.CosineDecay(0.0, 10, warmup_target=0.1, warmup_steps=4)
    ),
    "callable rate": lambda: keras.optimizers.SGD(lambda: 0.05),
    "loss scaling": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01)),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(name):
    assert_parity(fit_both(lambda: dense_net(optimizer=OPTIMIZERS[name]()), X, Y))


def test_steps_that_loss_scaling_leaves_out_do_not_move_a_schedule():
    def make() -> keras.Model:
        inner = keras.optimizers.SGD(DECAY)
        # So large that the first gradients overflow, and halved at each that does.
        return dense_net(optimizer=keras.optimizers.LossScaleOptimizer(inner, initial_scale=3e38))

    pair = fit_both(make, X, Y)
    assert_parity(pair)
    assert 0 < int(pair.ours.optimizer.iterations) < 10


def test_training_goes_on_after_averaged_weights_took_their_place():
    # Keras on JAX fails here by itself: two variables share an array, which is donated twice.
    model = dense_net(optimizer=OPTIMIZERS["ema"]())
    epochal.fit(model, X, Y, verbose=0)
    epochal.fit(model, X, Y, verbose=0)
    model.fit(X, Y, verbose=0)
    assert int(model.optimizer.iterations) == 3 * 2


def one_hot(classes: np.ndarray) -> np.ndarray:
    return np.eye(3, dtype=np.float32)[classes]


LOSSES: dict[str, tuple[Any, str | None, Any]] = {
    "sparse": ("sparse_categorical_crossentropy", "softmax", CLASSES),
    "sparse, a column": ("sparse_categorical_crossentropy", "softmax", CLASSES[:, None]),
    "categorical": ("categorical_crossentropy", "softmax", one_hot(CLASSES)),
    "smoothed": (
        keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        "softmax",
        one_hot(CLASSES),
    ),
    "several labels": (
        keras.losses.BinaryCrossentropy(label_smoothing=0.2),
        "sigmoid",
        one_hot(CLASSES),
    ),
    "from logits": (
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        None,
        CLASSES,
    ),
    "focal": ("binary_focal_crossentropy", "sigmoid", one_hot(CLASSES)),
    "mae": ("mae", None, numbers(ROWS, 3)),
    "huber": (keras.losses.Huber(0.5), None, numbers(ROWS, 3)),
    "log cosh": ("log_cosh", None, numbers(ROWS, 3)),
    "poisson": ("poisson", "softplus", CLASSES[:, None] * np.ones((1, 3), np.float32)),
    "sum": (keras.losses.MeanSquaredError(reduction="sum"), None, numbers(ROWS, 3)),
    "a function": (lambda y, p: keras.ops.mean(abs(y - p) ** 1.5), None, numbers(ROWS, 3)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name):
    loss, activation, y = LOSSES[name]
    make = lambda: compiled(  # noqa: E731
        keras.Input((6,)), layers.Dense(3, activation), optimizer="adam", loss=loss
    )
    assert_parity(fit_both(make, ALL, y, sample_weight=WEIGHTS))


@pytest.mark.slow
def test_metrics():
    def make() -> keras.Model:
        return compiled(
            keras.Input((6,)),
            layers.Dense(1, "sigmoid"),
            loss="binary_crossentropy",
            metrics=[
                "accuracy",
                keras.metrics.AUC(name="auc"),
                keras.metrics.MeanAbsoluteError(name="mae"),
                keras.metrics.F1Score(threshold=0.5, name="f1", average="micro"),
                lambda y, p: keras.ops.max(p),
            ],
            weighted_metrics=[keras.metrics.Precision(name="precision"), "mse"],
        )

    y, weights = (KINDS % 2)[:, None].astype(np.float32), WEIGHTS[:EVEN_ROWS]
    pair = fit_both(make, X, y, sample_weight=weights, validation_data=(X, y, weights))
    assert_parity(pair)


def classifier(**kwargs: Any) -> keras.Model:
    return compiled(
        keras.Input((6,)),
        layers.Dense(3, "softmax"),
        loss="sparse_categorical_crossentropy",
        weighted_metrics=["accuracy"],
        **kwargs,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"class_weight": {0: 1.0, 1: 2.0, 2: 5.0}},
        {"sample_weight": WEIGHTS, "validation_split": 0.3},
        {"validation_data": (ALL[:20], CLASSES[:20], WEIGHTS[:20]), "validation_freq": 2},
        {"validation_data": (ALL, CLASSES), "validation_freq": [1, 4], "epochs": 4},
        {"validation_data": (ALL, CLASSES), "validation_steps": 2, "validation_batch_size": 5},
        {"batch_size": 11},
        {"batch_size": 100},
        {"batch_size": None},
        {"batch_size": 1, "epochs": 1},
        {"shuffle": True},
        {"shuffle": "batch"},
        {"initial_epoch": 1, "epochs": 3},
        {"epochs": 0},
    ],
    ids=lambda arguments: ", ".join(arguments),
)
def test_arguments(arguments):
    pair = fit_both(classifier, ALL, CLASSES, **arguments)
    assert_parity(pair)
    assert pair.run.params == pair.history.params


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_fewer_steps_than_batches_go_on_where_the_last_epoch_stopped(shuffle):
    # 6 batches a pass: epochs of 4, 2, 4, 2 and 4 steps.
    pair = fit_both(classifier, ALL, CLASSES, steps_per_epoch=4, epochs=5, shuffle=shuffle)
    assert_parity(pair)
    assert len(pair.run.losses) == 16
    assert pair.run.params == pair.history.params


def test_running_out_of_data_is_warned_about():
    with pytest.warns(UserWarning, match="Your input ran out of data: steps_per_epoch is 9, but"):
        epochal.fit(classifier(), ALL, CLASSES, batch_size=8, steps_per_epoch=9, verbose=0)


def test_several_steps_an_execution_change_nothing_at_all():
    pair = fit_both(lambda: classifier(steps_per_execution=4), ALL, CLASSES)
    assert_parity(pair)


def two_inputs() -> keras.Model:
    numeric, words = keras.Input((6,), name="numeric"), keras.Input((5,), name="words")
    read = layers.GRU(3)(layers.Embedding(9, 4)(words))
    joined = layers.Concatenate()([layers.Dense(4, "relu")(numeric), read])
    model = keras.Model({"numeric": numeric, "words": words}, layers.Dense(1)(joined))
    model.compile(keras.optimizers.SGD(0.05), "mse")
    return model


@pytest.mark.slow
def test_several_inputs_by_name():
    assert_parity(fit_both(two_inputs, {"words": WORDS, "numeric": X}, Y, validation_split=0.2))


def test_inputs_of_equal_shape_are_not_mixed_up():
    def make(order: str) -> keras.Model:
        inputs = {name: keras.Input((6,), name=name) for name in order}
        joined = layers.Concatenate()(list(inputs.values()))
        model = keras.Model(list(inputs.values()), layers.Dense(1)(joined))
        model.compile("sgd", "mse")
        return model

    for order in ("ab", "ba"):
        assert_parity(fit_both(partial(make, order), {"a": X, "b": -3 * X}, Y))


def two_outputs(structure: type) -> keras.Model:
    inputs = keras.Input((6,))
    hidden = layers.Dense(4, "relu")(inputs)
    outputs = {
        "kind": layers.Dense(3, "softmax", name="kind")(hidden),
        "amount": layers.Dense(1, name="amount")(hidden),
    }
    by_name = structure is dict
    losses = {"kind": "sparse_categorical_crossentropy", "amount": "mse"}
    metrics = {"kind": ["accuracy"], "amount": ["mae"]}
    weights = {"kind": 0.5, "amount": 2.0}
    model = keras.Model(inputs, outputs if by_name else list(outputs.values()))
    model.compile(
        "adam",
        losses if by_name else list(losses.values()),
        loss_weights=weights if by_name else list(weights.values()),
        metrics=metrics if by_name else list(metrics.values()),
    )
    return model


@pytest.mark.slow
def test_several_outputs_by_name():
    y = {"kind": KINDS, "amount": Y}
    weights = {"kind": WEIGHTS[:EVEN_ROWS], "amount": np.ones(EVEN_ROWS)}
    pair = fit_both(lambda: two_outputs(dict), X, y, sample_weight=weights, validation_split=0.2)
    assert_parity(pair)


@pytest.mark.slow
def test_several_outputs_in_a_list_with_weights_for_one():
    weights = [None, WEIGHTS[:EVEN_ROWS]]
    pair = fit_both(lambda: two_outputs(list), X, [KINDS, Y], sample_weight=weights)
    assert_parity(pair)


class Subclassed(keras.Model):
    """A model as its user wrote it."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.head = layers.Dense(4, "tanh"), layers.Dense(1)

    def call(self, x: Any, training: bool = False) -> Any:
        return self.head(self.hidden(x))


class OwnLoss(Subclassed):
    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        return keras.ops.mean((y - y_pred) ** 2) + 0.1 * keras.ops.mean(abs(y_pred))


class OwnMetrics(Subclassed):
    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict:
        results = super().compute_metrics(x, y, y_pred, sample_weight)
        return results | {"last_mean": keras.ops.mean(y_pred)}


class OwnStep(Subclassed):
    """A step of its own, as Keras' guide to JAX writes it."""

    def _loss(self, trainable: Any, non_trainable: Any, x: Any, y: Any) -> tuple:
        prediction, non_trainable = self.stateless_call(trainable, non_trainable, x, training=True)
        return keras.ops.mean((y - prediction) ** 2), non_trainable

    def train_step(self, state: Any, data: Any) -> tuple:
        import jax  # noqa: PLC0415

        trainable, non_trainable, optimizer, metrics = state
        gradient = jax.value_and_grad(self._loss, has_aux=True)
        (loss, non_trainable), gradients = gradient(trainable, non_trainable, *data)
        trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
        return {"my_loss": loss}, (trainable, non_trainable, optimizer, metrics)


class WithPenalty(Subclassed):
    def call(self, x: Any, training: bool = False) -> Any:
        hidden = self.hidden(x)
        self.add_loss(0.1 * keras.ops.mean(hidden**2))
        return self.head(hidden)


@pytest.mark.parametrize("kind", [Subclassed, OwnLoss, OwnMetrics, OwnStep, WithPenalty])
def test_subclassed_models_and_their_own_steps(kind):
    def make() -> keras.Model:
        model = kind()
        model.compile("adam", "mse", metrics=["mae"] if kind is not OwnStep else None)
        return model

    pair = fit_both(make, X, Y, shuffle=True)
    assert_parity(pair)
    assert np.isfinite(pair.run.losses).all() == (kind is not OwnStep)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "bfloat16"])
def test_lower_precision(policy):
    def make() -> keras.Model:
        dtype = {"dtype": policy}
        return compiled(
            keras.Input((6,)),
            layers.Dense(8, "relu", **dtype),
            layers.BatchNormalization(**dtype),
            layers.Dense(1, **dtype),
            optimizer=keras.optimizers.SGD(0.05),
        )

    assert_parity(fit_both(make, X, Y), HALF_PRECISION, HALF_PRECISION)


def test_models_of_one_architecture_and_other_precisions_do_not_share_a_program():
    for policy in ("float32", "mixed_bfloat16"):
        model = compiled(keras.Input((6,)), layers.Dense(1, dtype=policy))
        expected = model.evaluate(X, Y, verbose=0)
        assert_allclose(epochal.evaluate(model, X, Y, verbose=0), expected, **LOSS_PARITY)


def test_frozen_layers_and_normalisations():
    def make() -> keras.Model:
        model = compiled(
            keras.Input((6,)),
            layers.Dense(5),
            layers.BatchNormalization(center=False, scale=False),
            layers.Dense(4, "relu"),
            layers.Dense(1),
        )
        model.layers[1].trainable = model.layers[2].trainable = False
        model.compile("sgd", "mse")
        return model

    assert_parity(fit_both(make, X, Y))


@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_each_adapted_normalisation_is_its_own(scale):
    def make() -> keras.Model:
        normalization = layers.Normalization()
        normalization.adapt(X * scale + scale)
        return compiled(keras.Input((6,)), normalization, layers.Dense(1))

    assert_parity(fit_both(make, X, Y))


@pytest.mark.parametrize("excluded", [[], ["bias"], ["kernel"]])
def test_weights_left_out_of_the_decay(excluded):
    def make() -> keras.Model:
        optimizer = keras.optimizers.AdamW(0.01, weight_decay=0.5)
        optimizer.exclude_from_weight_decay(var_names=excluded)
        return dense_net(optimizer=optimizer)

    assert_parity(fit_both(make, X, Y))


@pytest.mark.slow
def test_attention():
    def make() -> keras.Model:
        inputs = keras.Input((5, 6))
        attended = layers.MultiHeadAttention(2, 3)(inputs, inputs)
        normal = layers.LayerNormalization()(layers.Add()([inputs, attended]))
        model = keras.Model(inputs, layers.Dense(1)(layers.GlobalAveragePooling1D()(normal)))
        model.compile(keras.optimizers.SGD(0.05), "mse")
        return model

    assert_parity(fit_both(make, SEQUENCES, Y))


def test_stateful_recurrence():
    def make() -> keras.Model:
        return compiled(
            keras.Input((5, 6), batch_size=4), layers.LSTM(3, stateful=True), layers.Dense(1)
        )

    pair = fit_both(make, SEQUENCES, Y, batch_size=4)
    assert_parity(pair)
    for model in pair[:2]:
        model.layers[0].reset_states()
    assert_allclose(
        epochal.predict(pair.ours, SEQUENCES, verbose=0),
        pair.theirs.predict(SEQUENCES, batch_size=4, verbose=0),
        **LOSS_PARITY,
    )


def test_the_model_goes_on_as_after_keras(tmp_path):
    pair = fit_both(lambda: dense_net(optimizer="adam", metrics=["mae"]), X, Y)
    assert_allclose(
        pair.ours.evaluate(X, Y, verbose=0), pair.theirs.evaluate(X, Y, verbose=0), **LOSS_PARITY
    )
    pair.ours.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert int(loaded.optimizer.iterations) == 10
    expected = pair.theirs.fit(X, Y, shuffle=False, verbose=0).history
    for model in (pair.ours, loaded):
        assert_same_history(model.fit(X, Y, shuffle=False, verbose=0).history, expected)
        assert_same_weights(model, pair.theirs)
    assert_same_history(
        epochal.fit(loaded, X, Y, shuffle=False, verbose=0).history,
        pair.theirs.fit(X, Y, shuffle=False, verbose=0).history,
    )


def test_train_on_batch_goes_on_too():
    pair = fit_both(lambda: dense_net(optimizer="adam"), X, Y)
    ours, theirs = (model.train_on_batch(X, Y) for model in pair[:2])
    assert_allclose(ours, theirs, **LOSS_PARITY)
