"""Networks after the guidelines: their parts, their heads, their seeds, and what they refuse."""

from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import epochal
from epochal.data import ALL_HEADS, infer_task
from epochal.errors import InputError
from epochal.models import ALL_GUIDELINES, hidden_for, network

COUNTS: dict[str, Any] = {
    "multiclass": {"classes": 3},
    "multilabel": {"classes": 4},
    "regression": {"outputs": 2},
}
TARGETS: dict[str, Any] = {
    "binary": pd.Series(["no", "yes"] * 20, name="y"),
    "multiclass": pd.Series(["a", "b", "c", "d"] * 10, name="y"),
    "multilabel": pd.DataFrame({"a": [0, 1] * 20, "b": [1, 0] * 20}),
    "regression": pd.Series(np.linspace(-5, 5, 40), name="y"),
    "unit_interval": pd.Series(np.linspace(0, 1, 40), name="y"),
}


def of(model: keras.Model, kind: type) -> list:
    return [layer for layer in model.layers if isinstance(layer, kind)]


@pytest.mark.parametrize("guideline", ALL_GUIDELINES)
@pytest.mark.parametrize("task", ALL_HEADS)
def test_every_task_trains_under_every_guideline(task, guideline):
    model = network(task, 3, guideline=guideline, hidden=(8,), seed=1, **COUNTS.get(task, {}))
    units = model.output_shape[-1]
    x = np.random.default_rng(0).standard_normal((16, 3))
    y = np.ones((16, units)) if task != "multiclass" else np.arange(16) % units
    before = model.evaluate(x, y, verbose=0, return_dict=True)["loss"]
    for _ in range(10):
        model.train_on_batch(x, y)
    assert model.evaluate(x, y, verbose=0, return_dict=True)["loss"] < before


@pytest.mark.parametrize("task", ALL_HEADS)
def test_a_target_asks_for_the_task_that_its_head_is_for(task):
    assert infer_task(TARGETS[task]).kind == task


def test_the_default_guideline():
    model = network("binary", 5, hidden=(8, 6), dropout=0.2, l2=0.01, seed=1)
    first = model.get_layer("hidden_1")
    assert isinstance(first.kernel_initializer, keras.initializers.HeNormal)
    assert first.activation is keras.activations.elu
    assert first.kernel_regularizer.l2 == pytest.approx(0.01)
    assert [layer.rate for layer in of(model, keras.layers.Dropout)] == [0.2, 0.2]
    assert not of(model, keras.layers.BatchNormalization)
    assert isinstance(model.optimizer, keras.optimizers.Nadam)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.001)


def test_a_deep_default_network_is_normalised_before_its_activations():
    model = network("regression", 5, hidden=(8,) * 4)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["Dense", "BatchNormalization", "Activation"] * 4 + ["Dense"]
    assert not any(model.get_layer(f"hidden_{number}").use_bias for number in range(1, 5))
    assert model.get_layer("head").use_bias


def test_the_self_normalising_guideline():
    model = network("binary", 5, guideline="self-normalizing", hidden=(8,) * 5, dropout=0.1)
    first = model.get_layer("hidden_1")
    assert isinstance(first.kernel_initializer, keras.initializers.LecunNormal)
    assert first.activation is keras.activations.selu
    assert len(of(model, keras.layers.AlphaDropout)) == 5
    assert not of(model, keras.layers.BatchNormalization)


def test_the_sparse_guideline_has_l1_on_its_hidden_kernels():
    model = network("binary", 5, guideline="sparse", hidden=(8, 6))
    for number in (1, 2):
        penalty = model.get_layer(f"hidden_{number}").kernel_regularizer
        assert (penalty.l1, penalty.l2) == (pytest.approx(1e-4), 0)
    assert model.get_layer("head").kernel_regularizer is None
    assert network("binary", 5, guideline="sparse", l1=0.0).losses == []


def test_l1_leaves_more_weights_near_zero():
    x = np.random.default_rng(0).standard_normal((300, 20)).astype(np.float32)
    small = []
    for guideline in ("default", "sparse"):
        model = network(
            "regression",
            20,
            guideline=guideline,
            hidden=(32,),
            l1=1e-2 * (guideline == "sparse"),
            seed=1,
        )
        model.fit(x, x[:, 0], epochs=60, verbose=0)
        small.append(np.mean(np.abs(model.get_layer("hidden_1").kernel) < 1e-2))
    assert small[1] > 0.3 > 3 * small[0]


def test_the_low_latency_guideline_is_shallower_and_plainer():
    model = network("binary", 20, guideline="low-latency", rows=1_000)
    dense = of(model, keras.layers.Dense)
    assert [layer.units for layer in dense] == [64, 1]
    assert dense[0].activation is keras.activations.relu
    assert hidden_for("low-latency", 60_000, 784) == (512, 512)
    assert hidden_for("low-latency", 10, 4) == (32,)
    # Where it is deep all the same, what normalises stands right behind what it folds into.
    deep = network("binary", 20, guideline="low-latency", hidden=(8,) * 4)
    kinds = [type(layer).__name__ for layer in deep.layers]
    assert kinds[:3] == ["Dense", "BatchNormalization", "Activation"]


def test_the_risk_aware_guideline_has_dropout_to_predict_with():
    model = network("binary", 5, guideline="risk-aware", hidden=(8, 8), seed=1)
    assert [layer.rate for layer in of(model, keras.layers.Dropout)] == [0.2, 0.2]
    x = np.random.default_rng(0).standard_normal((4, 5)).astype(np.float32)
    predicted = epochal.predict_monte_carlo(model, x, samples=20, seed=1)
    assert predicted.standard_deviation is not None
    assert np.all(predicted.standard_deviation > 0)
    assert not of(
        network("binary", 5, guideline="risk-aware", dropout=0.0, hidden=(8,)),
        keras.layers.Dropout,
    )


def test_a_self_normalising_network_keeps_its_signal_over_100_layers():
    model = network("regression", 100, guideline="self-normalizing", hidden=(100,) * 100, seed=0)
    signal = keras.Model(model.inputs[0], model.get_layer("hidden_100").output)
    outputs = np.asarray(signal(np.random.default_rng(0).standard_normal((500, 100))))
    assert abs(outputs.mean()) < 0.2
    assert 0.7 < outputs.std() < 1.3


def test_images_are_flattened():
    model = network("multiclass", (28, 28), hidden=(8,), classes=10)
    assert model.input_shape == (None, 28, 28)
    assert model.get_layer("hidden_1").kernel.shape == (784, 8)


def test_no_hidden_layer_is_a_linear_model():
    assert [layer.name for layer in network("regression", 3, hidden=()).layers] == ["head"]


def test_a_loss_an_optimizer_and_metrics_of_ones_own():
    model = network(
        "unit_interval",
        3,
        hidden=(4,),
        loss="binary_crossentropy",
        optimizer="momentum",
        metrics=[],
        learning_rate=keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5),
    )
    assert model.loss == "binary_crossentropy"
    assert model.optimizer.momentum == 0.9
    assert float(model.optimizer.learning_rate) == pytest.approx(0.1)


def weights(**arguments) -> list[np.ndarray]:
    return network("multiclass", 5, hidden=(8, 8), classes=3, **arguments).get_weights()


def test_the_seed_alone_decides_the_weights():
    first = weights(seed=7, dropout=0.1)
    keras.utils.set_random_seed(99)
    network("binary", 4, hidden=(3,))
    for ours, again in zip(first, weights(seed=7, dropout=0.1), strict=True):
        np.testing.assert_array_equal(ours, again)


def test_other_seeds_and_other_layers_draw_other_weights():
    assert not np.array_equal(weights(seed=7)[0], weights(seed=8)[0])
    assert not np.array_equal(weights()[0], weights()[0])
    model = network("regression", 8, hidden=(8, 8), seed=1)
    first, second = model.get_layer("hidden_1").kernel, model.get_layer("hidden_2").kernel
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"task": "multiclas"},
            "task must be one of .*got 'multiclas'. Did you mean 'multiclass'?",
        ),
        ({"guideline": "self-normalising"}, "Did you mean 'self-normalizing'?"),
        ({"optimizer": "nadm"}, "optimizer must be one of .*got 'nadm'. Did you mean 'nadam'?"),
        ({"activation": "sleu"}, "activation must be a name that Keras knows, got 'sleu'. Did you"),
        (
            {"task": "multiclass"},
            "classes must be .* at least 2 for task 'multiclass', got None: give",
        ),
        (
            {"task": "multilabel", "classes": 0},
            "classes must be .* at least 1 for task 'multilabel', got",
        ),
        ({"task": "regression", "outputs": 0}, "outputs must be a whole number of at least 1"),
        ({"shape": ()}, r"shape must be the shape of one row, got \(\): give the number"),
        ({"shape": (28, None)}, r"shape must be the shape of one row, got \(28, None\)"),
        ({"hidden": (100, 0)}, r"hidden must be the units .* got \(100, 0\): give for example"),
        ({"hidden": "100"}, "hidden must be the units of each hidden layer.*got '100'"),
        ({"dropout": 1.0}, r"dropout must be at least 0 and below 1, got 1.0: give"),
        ({"guideline": "low latency"}, "Did you mean 'low-latency'?"),
        ({"guideline": "risk_aware"}, "Did you mean 'risk-aware'?"),
        ({"guideline": "sprase"}, "Did you mean 'sparse'?"),
        ({"dropout": "a"}, r"dropout must be at least 0 and below 1, got 'a': give"),
        ({"l2": "a"}, "l2 must be finite and at least 0, got 'a': give for example 0.01"),
        ({"l1": float("inf")}, "l1 must be finite and at least 0, got inf: give for example 0.01"),
        ({"l2": -1.0}, "l2 must be finite and at least 0, got -1.0: give for example 0.01"),
        ({"weight_decay": -0.1}, "weight_decay must be finite and at least 0, got -0.1: give for"),
        ({"learning_rate": 0.0}, "learning_rate must be finite and above 0, got 0.0: give a rate"),
        ({"rows": 0}, "rows must be at least 1, got 0: give the table's shape"),
    ],
)
def test_network_refuses(arguments, message):
    with pytest.raises(InputError, match=message):
        network(**({"task": "binary", "shape": 5} | arguments))
