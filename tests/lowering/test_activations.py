"""Keras' elementwise activations in the `native` engine: all of them, corners included."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from keras import activations, layers
from keras.src.activations import ALL_OBJECTS
from numpy.testing import assert_allclose

from epochal.engine.graph import Graph, LossSpec, Operation, OptimizerSpec, Parameter
from epochal.engine.native.program import describe
from epochal.lowering.activations import ELEMENTWISE, lower_activation
from epochal.lowering.model import lower_model
from epochal.lowering.unsupported import Unsupported
from tests.engines import extension as native
from tests.tolerances import ACTIVATION_SLOPES, FLOAT32_REDUCTION
from tests.training.parity import compiled

pytestmark = pytest.mark.native


@pytest.fixture(scope="module", autouse=True)
def engine():
    """These tests run no engine, or name it."""


# Every corner that a function or one of the variants below has, and points between.
POINTS = np.array(
    [-90, -6, -3.7, -3, -1.3, -1, -0.5, -0.01, 0, 0.01, 0.5, 0.7, 1, 1.5, 2, 2.5, 3, 5, 6, 8, 90],
    np.float32,
)
VARIANTS: list[Any] = [
    *sorted((f for f in ELEMENTWISE if f is not activations.threshold), key=lambda f: f.__name__),
    partial(activations.threshold, threshold=0.5, default_value=-0.7),
    partial(activations.leaky_relu, negative_slope=0.3),
    partial(activations.relu, negative_slope=0.3),
    partial(activations.relu, max_value=2.0),
    partial(activations.relu, max_value=6.0),
    partial(activations.relu, threshold=1.0),
    partial(activations.relu, max_value=2.5, threshold=1.0, negative_slope=0.1),
    partial(activations.elu, alpha=0.7),
    partial(activations.celu, alpha=0.7),
    partial(activations.gelu, approximate=True),
    partial(activations.soft_shrink, threshold=1.0),
    partial(activations.hard_shrink, threshold=1.0),
    partial(activations.squareplus, b=2.0),
]


def named(function: Any) -> str:
    inner = getattr(function, "func", function)
    return f"{inner.__name__}{getattr(function, 'keywords', '')}"


def value_and_slope(operation: Operation) -> tuple[np.ndarray, np.ndarray]:
    """What the extension computes at `POINTS`, one in each row's first of two columns."""
    eye = Parameter(state_index=("trainable", 0), rows=2, columns=2, trainable=False)
    bias = Parameter(state_index=("trainable", 1), rows=1, columns=2, trainable=True)
    chain = Graph(
        inputs=(2,),
        outputs=2,
        output_shape=(2,),
        parameters=(eye, bias),
        operations=(Operation(kind="dense", parameters=(0, 1, -1, -1)), operation),
        loss=LossSpec(loss="mse"),
        optimizer=OptimizerSpec(clip_global_norm=1e30),
    )
    network = native.Network(describe(chain), 1)
    network.load(0, -1, np.eye(2, dtype=np.float32))
    x = np.stack([POINTS, np.zeros_like(POINTS)], 1)
    values = np.zeros((len(x), 1, 2), np.float32)
    slopes = np.zeros_like(POINTS)
    order = np.arange(len(x), dtype=np.int32)[:, None]
    network.predict([x], order, 0, len(x), values)
    # The loss (y - target)^2 / 2 with the target y - 1: its slope by the bias is f'.
    targets = values[:, 0] - 1
    for row in range(len(x)):
        out = [np.zeros((2, 2), np.float32), np.zeros((1, 2), np.float32)]
        network.gradients([x], targets, None, order, row, out)
        slopes[row] = out[1][0, 0]
    return values[:, 0, 0], slopes


@pytest.mark.parametrize("function", VARIANTS, ids=named)
def test_values_and_slopes_are_those_of_keras_at_the_corners_too(function):
    values, slopes = value_and_slope(lower_activation(function))
    assert_allclose(values, function(jnp.asarray(POINTS)), **FLOAT32_REDUCTION)
    expected = jax.vmap(jax.grad(lambda x: function(x)))(jnp.asarray(POINTS))
    assert_allclose(
        slopes[np.abs(values) < 1e4], expected[np.abs(values) < 1e4], **ACTIVATION_SLOPES
    )


def test_every_elementwise_activation_of_keras_is_known():
    of_rows = {"softmax", "log_softmax", "sparsemax", "glu"}
    names = {function.__name__ for function in ALL_OBJECTS} - of_rows - {"linear"}
    assert {function.__name__ for function in ELEMENTWISE} == names


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (layers.ReLU(), Operation(kind="activation", activation="relu")),
        (layers.ReLU(max_value=6.0), Operation(kind="activation", activation="relu6")),
        (
            layers.ReLU(max_value=2.0, threshold=0.5, negative_slope=0.1),
            Operation(
                kind="activation",
                activation="bounded_relu",
                number=0.1,
                largest=2.0,
                threshold=0.5,
            ),
        ),
        (layers.LeakyReLU(0.1), Operation(kind="activation", activation="leaky_relu", number=0.1)),
        (layers.LeakyReLU(0.0), Operation(kind="activation", activation="relu")),
        (layers.ELU(0.4), Operation(kind="activation", activation="elu", number=0.4)),
        (layers.Activation("mish"), Operation(kind="activation", activation="mish")),
    ],
)
def test_layers_of_activation_alone_and_inside_a_dense_layer(layer, expected):
    alone = compiled(keras.Input((3,)), layers.Dense(4), layer, layers.Dense(1))
    other = type(layer).from_config(layer.get_config())
    within = compiled(keras.Input((3,)), layers.Dense(4, activation=other), layers.Dense(1))
    for model in (alone, within):
        chain = lower_model(model, "test")
        assert isinstance(chain, Graph)
        assert chain.operations[1] == expected


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (activations.glu, "activation 'glu'"),
        (lambda x: x * 2, "activation '<lambda>'"),
        (partial(activations.relu, 0.1), "activation 'relu'"),
        (partial(activations.threshold, threshold=0.5), "activation 'threshold'"),
        (partial(activations.celu, alpha=-1.0), "activation 'celu' with -1.0"),
        (partial(activations.elu, alpha=-1.0), "activation 'elu' with -1.0"),
        (
            partial(activations.relu, threshold=-1.0),
            "ReLU with a negative slope, threshold or largest value",
        ),
    ],
)
def test_what_is_not_known_is_refused(function, reason):
    with pytest.raises(Unsupported, match=reason):
        lower_activation(function)
