"""Copies of a compiled model with settings of their own."""

import keras
import numpy as np
import pytest

from epochal.bridge.cloning import untrained_copy
from epochal.bridge.varied_settings import settings_known


def model(loss: str = "binary_crossentropy") -> keras.Model:
    made = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(3, "relu", kernel_regularizer=keras.regularizers.L1(0.5), name="a"),
            keras.layers.Dropout(0.1, name="d"),
            keras.layers.Dense(1, "sigmoid", name="b"),
        ]
    )
    made.compile(keras.optimizers.SGD(0.1, momentum=0.5), loss, metrics=["accuracy"])
    return made


def test_what_a_model_has_is_known() -> None:
    known = settings_known(model())
    assert {"learning_rate", "momentum", "clipnorm", "dropout", "dropout.d", "label_smoothing"} <= (
        set(known)
    )
    assert {"l1", "l2.a", "l2.b", "max_norm.a"} <= set(known)
    assert "dropout.a" not in known
    assert "label_smoothing" not in settings_known(model("mse"))


def test_each_setting_changes_what_it_names_and_nothing_else() -> None:
    original = model()
    copy = untrained_copy(
        original,
        {
            "momentum": 0.9,
            "dropout.d": 0.4,
            "l2": 0.25,
            "l1.b": 0.125,
            "max_norm.a": 2.0,
            "label_smoothing": 0.3,
        },
    )
    first, last = copy.get_layer("a"), copy.get_layer("b")
    assert (float(first.kernel_regularizer.l1), float(first.kernel_regularizer.l2)) == (0.5, 0.25)
    assert (float(last.kernel_regularizer.l1), float(last.kernel_regularizer.l2)) == (0.125, 0.25)
    assert first.kernel_constraint.max_value == 2.0
    assert last.kernel_constraint is None
    assert copy.get_layer("d").rate == 0.4
    assert float(copy.optimizer.momentum) == 0.9
    assert float(copy.optimizer.learning_rate) == np.float32(0.1)
    assert copy.loss.label_smoothing == 0.3
    assert original.get_layer("d").rate == 0.1
    assert original.loss == "binary_crossentropy"


def test_one_layer_goes_before_all_and_nothing_takes_a_penalty_away() -> None:
    copy = untrained_copy(model(), {"l1": 0.0, "l2": 1.0, "l2.b": 0.0, "max_norm": None})
    assert isinstance(copy.get_layer("a").kernel_regularizer, keras.regularizers.L2)
    assert copy.get_layer("b").kernel_regularizer is None


@pytest.mark.parametrize("loss", [keras.losses.CategoricalCrossentropy(label_smoothing=0.1), None])
def test_a_loss_object_keeps_what_else_it_has(loss: keras.losses.Loss | None) -> None:
    original = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, "softmax")])
    original.compile("sgd", loss or "categorical_crossentropy")
    copy = untrained_copy(original, {"label_smoothing": 0.0})
    assert isinstance(copy.loss, keras.losses.CategoricalCrossentropy)
    assert copy.loss.label_smoothing == 0.0
