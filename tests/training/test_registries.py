"""Everything that Keras offers for training, beside `model.fit`, on both engines.

Each registry of Keras' is read, not listed by hand: what a later Keras adds is tested, or fails
here because nobody has said how to make it.
"""

import inspect
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import keras
import pytest
from keras import activations, constraints, initializers, layers, optimizers, regularizers

from tests.training import test_callbacks
from tests.training.parity import (
    EVEN_ROWS,
    assert_parity,
    assert_same_history,
    assert_same_weights,
    compiled,
    dense_net,
    fit_both,
    labels,
    numbers,
)
from tests.training.test_parity import OPTIMIZERS

X, Y = numbers(EVEN_ROWS, 6), numbers(EVEN_ROWS, 1, seed=1)


def classes_of(module: ModuleType, base: type) -> dict[str, type]:
    """The classes of a family by their own names; the base and aliases are left out."""
    found = [each for each in vars(module).values() if inspect.isclass(each)]
    return {each.__name__: each for each in found if issubclass(each, base) and each is not base}


FUNCTIONS: dict[str, Any] = {
    function.__name__: function
    for function in vars(activations).values()
    # Half as wide as its input, glu cannot stand in a layer of a Sequential of Keras' own.
    if inspect.isfunction(function)
    and function.__name__ not in ("get", "serialize", "deserialize", "glu")
}
FUNCTIONS["threshold"] = partial(activations.threshold, threshold=0.1, default_value=0.0)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_activations(name):
    def make() -> keras.Model:
        return compiled(
            keras.Input((6,)),
            layers.Dense(6, FUNCTIONS[name]),
            layers.Dense(1),
            optimizer=optimizers.SGD(0.01),
        )

    assert_parity(fit_both(make, X, Y))


ACTIVATION_LAYERS: dict[str, Callable[[], keras.Layer]] = {
    "ReLU": lambda: layers.ReLU(negative_slope=0.1),
    "LeakyReLU": lambda: layers.LeakyReLU(negative_slope=0.3),
    "PReLU": lambda: layers.PReLU(alpha_initializer=initializers.Constant(0.2)),
    "ELU": lambda: layers.ELU(alpha=0.7),
    "Softmax": layers.Softmax,
    "Activation": lambda: layers.Activation("gelu"),
}


@pytest.mark.parametrize("name", ACTIVATION_LAYERS)
def test_activation_layers(name):
    def make() -> keras.Model:
        body = layers.Dense(5), ACTIVATION_LAYERS[name](), layers.Dense(1)
        return compiled(keras.Input((6,)), *body, optimizer=optimizers.SGD(0.01))

    assert_parity(fit_both(make, X, Y))


# What says nothing about a dense kernel, or must be made with arguments.
SPECIAL_INITIALIZERS: dict[str, Callable[[], Any] | None] = {
    "STFT": None,  # of kernels of a Fourier transform
    "Constant": lambda: initializers.Constant(0.3),
    "VarianceScaling": lambda: initializers.VarianceScaling(2.0, "fan_avg", "uniform", seed=1),
}


def test_initializers():
    """One chain with a layer for each: together they are one program to compile."""
    makers = {
        name: SPECIAL_INITIALIZERS.get(name, kind)
        for name, kind in classes_of(initializers, initializers.Initializer).items()
    }
    chosen = {name: maker for name, maker in makers.items() if maker is not None}
    assert len(chosen) >= 15

    def make() -> keras.Model:
        # Zeros as a bias alone: nothing would pass a kernel of them.
        kernels = [maker for name, maker in chosen.items() if name != "Zeros"]
        body = [
            layers.Dense(6, "tanh", kernel_initializer=maker(), bias_initializer="zeros")
            for maker in kernels
        ]
        return compiled(keras.Input((6,)), *body, layers.Dense(1))

    assert_parity(fit_both(make, X, Y))


PENALTIES: dict[str, Callable[[], Any]] = {
    "L1": lambda: regularizers.L1(0.01),
    "L2": lambda: regularizers.L2(0.01),
    "L1L2": lambda: regularizers.L1L2(0.01, 0.02),
    "OrthogonalRegularizer": lambda: regularizers.OrthogonalRegularizer(0.01, mode="columns"),
}


@pytest.mark.parametrize("name", classes_of(regularizers, regularizers.Regularizer))
def test_regularizers(name):
    def make() -> keras.Model:
        body = layers.Dense(5, "tanh", kernel_regularizer=PENALTIES[name]())
        return compiled(keras.Input((6,)), body, layers.Dense(1))

    assert_parity(fit_both(make, X, Y, validation_split=0.2))


CONSTRAINTS: dict[str, Callable[[], Any]] = {
    "MaxNorm": lambda: constraints.MaxNorm(0.5),
    "MinMaxNorm": lambda: constraints.MinMaxNorm(0.4, 0.6),
    "NonNeg": constraints.NonNeg,
    "UnitNorm": constraints.UnitNorm,
}


@pytest.mark.parametrize("name", classes_of(constraints, constraints.Constraint))
def test_constraints(name):
    def make() -> keras.Model:
        body = layers.Dense(5, "tanh", kernel_constraint=CONSTRAINTS[name]())
        return compiled(keras.Input((6,)), body, layers.Dense(1))

    assert_parity(fit_both(make, X, Y))


# Those that `test_parity.py` has not: each by its usual arguments.
MORE_OPTIMIZERS: dict[str, Callable[[], Any]] = {
    "Adafactor": lambda: optimizers.Adafactor(0.01),
    "Ftrl": lambda: optimizers.Ftrl(0.1),
    "Lamb": lambda: optimizers.Lamb(0.01),
    "Lion": lambda: optimizers.Lion(0.001),
    "Muon": lambda: optimizers.Muon(0.01),
    "ScheduleFreeAdamW": lambda: optimizers.ScheduleFreeAdamW(0.01),
}


def test_every_optimizer_is_tested():
    tested = {type(make()).__name__ for make in OPTIMIZERS.values()} | set(MORE_OPTIMIZERS)
    assert set(classes_of(optimizers, optimizers.Optimizer)) <= tested | {"MultiOptimizer"}


@pytest.mark.parametrize("name", MORE_OPTIMIZERS)
def test_more_optimizers(name):
    assert_parity(fit_both(lambda: dense_net(optimizer=MORE_OPTIMIZERS[name]()), X, Y))


def test_an_optimizer_for_each_weight():
    def choose(variable: Any) -> Any:
        return optimizers.SGD(0.05) if variable.path.endswith("bias") else optimizers.Adam(0.01)

    pair = fit_both(lambda: dense_net(optimizer=optimizers.MultiOptimizer(choose)), X, Y)
    assert_same_history(pair.run.history, pair.history.history)
    assert_same_weights(pair.ours, pair.theirs)


# Keras' own means: what shows progress, what needs a package, and the bases.
NOT_IN_TEST_CALLBACKS = {
    "CallbackList",
    "History",  # every run is one
    "ProgbarLogger",
    "OrbaxCheckpoint",
    "TensorBoard",  # needs TensorFlow: epochal.callbacks has its own
}


def test_every_callback_is_tested():
    source = inspect.getsource(test_callbacks)
    for name in classes_of(keras.callbacks, keras.callbacks.Callback):
        assert name in NOT_IN_TEST_CALLBACKS or f"kc.{name}(" in source, name


def test_a_progress_bar_of_keras_own():
    def make() -> list[keras.callbacks.Callback]:
        return [keras.callbacks.ProgbarLogger()]

    pair = fit_both(dense_net, X, Y, callbacks=make)
    assert_parity(pair)
    assert pair.run.engine_reason.endswith("because ProgbarLogger overrides on_train_batch_end")


def test_a_history_of_ones_own_holds_the_same():
    histories: list[keras.callbacks.History] = []

    def make() -> list[keras.callbacks.Callback]:
        histories.append(keras.callbacks.History())
        return histories[-1:]

    pair = fit_both(dense_net, X, Y, callbacks=make)
    assert histories[1].history == pair.run.history


@pytest.mark.slow
def test_classes_train_with_all_that_the_guidelines_name():
    def make() -> keras.Model:
        return compiled(
            keras.Input((6,)),
            layers.Dense(8, use_bias=False, kernel_initializer="he_normal"),
            layers.BatchNormalization(),
            layers.Activation("elu"),
            layers.Dense(8, "selu", kernel_initializer="lecun_normal", kernel_regularizer="l2"),
            layers.Dense(3, "softmax"),
            optimizer=optimizers.Nadam(0.01, clipnorm=1.0),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )

    assert_parity(fit_both(make, X, labels(EVEN_ROWS, 3), validation_split=0.2))
