"""Folded models predict what they did, whatever they are made of, and say what they left."""

import re
import warnings
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import epochal
from epochal.errors import InputError
from epochal.layers import TiedDense
from tests.compression.random_models import fingerprint, predicted, randomized, rows
from tests.tolerances import FLOAT32_REDUCTION, FOLDED

layers = keras.layers
BatchNormalization = layers.BatchNormalization

# One layer of each kind that takes in a normalisation behind it, for inputs (8, 8, 2) or (8, 2).
TAKES: dict[str, tuple[tuple[int, ...], Callable[..., Any]]] = {
    "dense": ((6,), lambda **k: layers.Dense(3, **k)),
    "dense of a sequence": ((4, 6), lambda **k: layers.Dense(3, **k)),
    "conv1d": ((8, 2), lambda **k: layers.Conv1D(3, 3, padding="causal", **k)),
    "conv2d": ((8, 8, 2), lambda **k: layers.Conv2D(4, 3, groups=2, padding="same", **k)),
    "conv3d": ((4, 4, 4, 2), lambda **k: layers.Conv3D(3, 2, strides=2, **k)),
    "conv1d transposed": ((8, 2), lambda **k: layers.Conv1DTranspose(3, 3, strides=2, **k)),
    "conv2d transposed": ((4, 4, 2), lambda **k: layers.Conv2DTranspose(3, 3, **k)),
    "conv3d transposed": ((3, 3, 3, 2), lambda **k: layers.Conv3DTranspose(3, 2, **k)),
    "depthwise1d": ((8, 2), lambda **k: layers.DepthwiseConv1D(3, depth_multiplier=3, **k)),
    "depthwise2d": ((8, 8, 2), lambda **k: layers.DepthwiseConv2D(3, depth_multiplier=3, **k)),
    "separable1d": ((8, 2), lambda **k: layers.SeparableConv1D(3, 3, **k)),
    "separable2d": ((8, 8, 2), lambda **k: layers.SeparableConv2D(3, 3, **k)),
}


def folded(model: keras.Model) -> keras.Model:
    """Fold, and check on the way that the original stays as it is and the outputs agree."""
    before = fingerprint(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        result = epochal.fold_batch_normalization(model)
    assert fingerprint(model) == before
    x = rows(model)
    for ours, theirs in zip(predicted(result, x), predicted(model, x), strict=True):
        np.testing.assert_allclose(ours, theirs, **FOLDED)
    return result


def left(model: keras.Model) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        epochal.fold_batch_normalization(model)
    return [str(each.message) for each in caught]


def normalizations(model: keras.Model) -> int:
    return sum(isinstance(each, BatchNormalization) for each in model._flatten_layers())


def sequential(shape: tuple[int, ...], *parts: Any) -> keras.Model:
    return randomized(keras.Sequential([keras.Input(shape), *parts]))


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("kind", TAKES)
def test_every_kind_takes_in_what_stands_behind_it(kind: str, use_bias: bool, center: bool) -> None:
    shape, layer = TAKES[kind]
    normalization = BatchNormalization(center=center, scale=not center, trainable=center)
    model = sequential(shape, layer(use_bias=use_bias), normalization, layers.ReLU())
    assert normalizations(folded(model)) == 0


def test_one_dense_by_hand() -> None:
    model = sequential((4,), layers.Dense(3), BatchNormalization(epsilon=0.01))
    dense, normalization = model.layers
    w, b = (np.asarray(v, np.float64) for v in (dense.kernel, dense.bias))
    gamma, beta, mean, variance = (np.asarray(v, np.float64) for v in normalization.weights)
    std = np.sqrt(variance + 0.01)
    result = epochal.fold_batch_normalization(model).layers[0]
    np.testing.assert_allclose(result.kernel, w * gamma / std, **FLOAT32_REDUCTION)
    np.testing.assert_allclose(result.bias, (b - mean) * gamma / std + beta, **FLOAT32_REDUCTION)


def test_one_leading_normalisation_by_hand() -> None:
    model = sequential((4,), BatchNormalization(), layers.Dense(3, use_bias=False))
    gamma, beta, mean, variance = (np.asarray(v, np.float64) for v in model.layers[0].weights)
    w = np.asarray(model.layers[1].kernel, np.float64)
    scale = gamma / np.sqrt(variance + 1e-3)
    result = folded(model).layers[0]
    np.testing.assert_allclose(result.kernel, scale[:, None] * w, **FLOAT32_REDUCTION)
    np.testing.assert_allclose(result.bias, (beta - mean * scale) @ w, **FLOAT32_REDUCTION)


BLOCKS: dict[str, Callable[[], list[Any]]] = {
    "dense, normalised, activated": lambda: [
        layers.Dense(5, use_bias=False),
        BatchNormalization(),
        layers.Activation("elu"),
    ],
    "dense, activated, normalised": lambda: [
        layers.Dense(4, activation="relu"),
        BatchNormalization(scale=False),
    ],
    "normalised, dropped, dense": lambda: [
        BatchNormalization(center=False),
        layers.Dropout(0.3),
        layers.Dense(6, activation="tanh"),
    ],
    "normalised twice": lambda: [
        layers.Dense(3),
        BatchNormalization(),
        layers.AlphaDropout(0.1),
        BatchNormalization(),
    ],
    "activation alone": lambda: [layers.LeakyReLU()],
    "nested": lambda: [
        keras.Sequential([layers.Dense(4), BatchNormalization(), layers.ReLU()]),
    ],
}
STARTS: dict[str, tuple[tuple[int, ...], Callable[[], list[Any]]]] = {
    "a table": ((4,), list),
    "an image": (
        (6, 6, 2),
        lambda: [
            layers.Conv2D(3, 3, activation="relu"),
            BatchNormalization(),
            layers.Flatten(),
        ],
    ),
    "a pooled image": (
        (6, 6, 2),
        lambda: [
            layers.Conv2D(3, 3, padding="same"),
            BatchNormalization(),
            layers.ReLU(),
            BatchNormalization(),
            layers.GlobalAveragePooling2D(),
        ],
    ),
}


@pytest.mark.slow
@given(
    start=st.sampled_from(sorted(STARTS)),
    blocks=st.lists(st.sampled_from(sorted(BLOCKS)), min_size=1, max_size=4),
    residual=st.booleans(),
    seed=st.integers(0, 2**16),
)
@settings(max_examples=25)
def test_random_models_predict_the_same(
    start: str, blocks: list[str], residual: bool, seed: int
) -> None:
    shape, first = STARTS[start]
    x = inputs = keras.Input(shape)
    for layer in first():
        x = layer(x)
    for name in blocks:
        before = x
        for layer in BLOCKS[name]():
            x = layer(x)
        if residual and before.shape[-1] == x.shape[-1]:
            x = layers.Add()([x, before])
    outputs = layers.Dense(2, activation="softmax")(x)
    folded(randomized(keras.Model(inputs, outputs), seed))


def test_a_convolution_without_padding_takes_in_what_stands_before_it() -> None:
    model = sequential((6, 6, 2), BatchNormalization(), layers.Conv2D(3, 3), layers.ReLU())
    assert normalizations(folded(model)) == 0


def test_a_depthwise_convolution_takes_in_what_stands_before_it() -> None:
    layer = layers.DepthwiseConv2D(3, depth_multiplier=2)
    model = sequential((6, 6, 2), BatchNormalization(), layer)
    assert normalizations(folded(model)) == 0


def test_normalization_and_rescaling_before_a_dense_are_folded() -> None:
    adapted = layers.Normalization()
    adapted.adapt(np.random.default_rng(0).normal(3.0, 2.0, (64, 4)).astype("float32"))
    model = keras.Sequential(
        [keras.Input((4,)), layers.Rescaling(2.0, offset=-1.0), adapted, layers.Dense(3)]
    )
    assert [type(layer) for layer in folded(model).layers] == [layers.Dense]


def test_a_normalization_far_from_zero_is_left() -> None:
    far = layers.Normalization(mean=1e4, variance=1.0)
    model = sequential((4,), far, layers.Dense(3))
    assert [type(layer) for layer in folded(model).layers] == [layers.Normalization, layers.Dense]


def test_what_turns_integers_into_numbers_is_left() -> None:
    model = keras.Sequential(
        [keras.Input((4,), dtype="uint8"), layers.Rescaling(1 / 255), layers.Dense(3)]
    )
    result = epochal.fold_batch_normalization(model)
    assert [type(layer) for layer in result.layers] == [layers.Rescaling, layers.Dense]


def functional(build: Callable[[Any], Any], shape: tuple[int, ...] = (4,)) -> keras.Model:
    inputs = keras.Input(shape)
    return randomized(keras.Model(inputs, build(inputs)))


def _branching(x: Any) -> Any:
    hidden = layers.Dense(4, name="body")(x)
    return layers.Add()([BatchNormalization(name="norm")(hidden), hidden])


def _shared_dense(x: Any) -> Any:
    dense = layers.Dense(4, name="shared")
    return dense(BatchNormalization(name="norm")(dense(x)))


def _shared_norm(x: Any) -> Any:
    norm = BatchNormalization(name="norm")
    return norm(layers.Dense(4)(norm(x)))


def _early_output(x: Any) -> Any:
    hidden = layers.Dense(4, name="body")(x)
    return [hidden, BatchNormalization(name="norm")(hidden)]


def _training(x: Any) -> Any:
    return BatchNormalization(name="norm")(layers.Dense(4)(x), training=True)


LEFT: dict[str, tuple[Callable[[], keras.Model], str]] = {
    "an activation": (
        lambda: sequential(
            (4,),
            layers.Dense(4, activation="relu", name="body"),
            BatchNormalization(name="norm"),
            layers.Activation("tanh", name="bend"),
        ),
        "norm stays as it is: the activation relu of body comes before it; bend (Activation) comes "
        "after it.",
    ),
    "padding": (
        lambda: sequential(
            (6, 6, 2),
            BatchNormalization(name="norm"),
            layers.Conv2D(3, 3, padding="same", name="body"),
        ),
        "norm stays as it is: no layer comes before it; body after it pads with zeros, which are "
        "not normalised.",
    ),
    "a branch": (
        lambda: functional(_branching),
        "norm stays as it is: the output of body before it is used elsewhere too; add (Add) comes "
        "after it.",
    ),
    "a shared layer": (
        lambda: functional(_shared_dense),
        "norm stays as it is: shared before it is used twice; shared after it is used twice.",
    ),
    "a shared normalisation": (
        lambda: functional(_shared_norm),
        "norm stays as it is: it is used twice.",
    ),
    "an output before it": (
        lambda: functional(_early_output),
        "norm stays as it is: the output of body before it is used elsewhere too; its output is "
        "used more than once or is an output of the model.",
    ),
    "the batch's own statistics": (
        lambda: functional(_training),
        "norm stays as it is: it is called with training=True and uses the batch's own statistics.",
    ),
    "another axis": (
        lambda: sequential(
            (4, 3), layers.Dense(3, name="body"), BatchNormalization(axis=1, name="norm")
        ),
        "norm stays as it is: it normalises another axis than the channels of body before it; its "
        "output is used more than once or is an output of the model.",
    ),
    "a wrapper": (
        lambda: sequential((4, 3), layers.TimeDistributed(BatchNormalization(name="norm"))),
        "norm stays as it is: it is part of a layer with a call of its own.",
    ),
    "dropout that is always on": (
        lambda: functional(
            lambda x: BatchNormalization(name="norm")(
                layers.Dropout(0.0, name="noise")(layers.Dense(4)(x), training=True)
            )
        ),
        "norm stays as it is: noise (Dropout) comes before it; its output is used more than once "
        "or is an output of the model.",
    ),
}


@pytest.mark.parametrize("case", LEFT)
def test_what_cannot_be_folded_is_left_and_says_why(case: str) -> None:
    build, message = LEFT[case]
    keras.backend.clear_session()  # names from the start
    model = build()
    assert left(model) == [message]
    if case != "the batch's own statistics":
        folded(model)


def test_the_edge_of_a_nested_model_is_not_crossed() -> None:
    inner = keras.Sequential([keras.Input((3,)), BatchNormalization(name="norm"), layers.ReLU()])
    model = sequential((4,), layers.Dense(3), inner)
    assert left(model) == [
        f"norm stays as it is: no layer comes before it; {inner.layers[1].name} (ReLU) comes after "
        "it."
    ]
    folded(model)


def test_a_layer_that_another_is_tied_to_is_left() -> None:
    down = layers.Dense(3)
    model = sequential((4,), down, BatchNormalization(), layers.ReLU(), TiedDense(down))
    result = folded(model)
    assert normalizations(result) == 1
    assert result.layers[-1].tied_to is result.layers[0]


def test_layers_with_code_or_parts_of_their_own_are_copied() -> None:
    model = functional(
        lambda x: layers.Lambda(lambda x: 2 * x)(
            BatchNormalization()(layers.Dense(3)(layers.LSTM(4, recurrent_dropout=0.2)(x)))
        ),
        shape=(5, 4),
    )
    assert normalizations(folded(model)) == 0


def test_a_nested_model_used_twice_is_folded_within() -> None:
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(4), BatchNormalization()])
    model = functional(lambda x: layers.Concatenate()([inner(x), inner(layers.ReLU()(x))]))
    assert normalizations(folded(model)) == 0


def test_several_outputs_keep_their_names_and_losses() -> None:
    inputs = keras.Input((4,))
    one = BatchNormalization(name="one")(layers.Dense(3)(inputs))
    two = layers.Dense(2, name="two")(inputs)
    model = randomized(keras.Model(inputs, {"one": one, "two": two}))
    model.compile("sgd", {"one": "mse", "two": "mae"})
    result = folded(model)
    assert normalizations(result) == 0
    assert sorted(result.output_names) == sorted(model.output_names)
    x = rows(model)
    y = {"one": np.ones((3, 3)), "two": np.ones((3, 2))}
    np.testing.assert_allclose(
        result.evaluate(x, y, verbose=0), model.evaluate(x, y, verbose=0), **FOLDED
    )


def test_several_inputs_and_operations() -> None:
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    hidden = BatchNormalization()(layers.Dense(4)(a) + b * 2.0)
    model = randomized(keras.Model([a, b], layers.Dense(2)(keras.ops.relu(hidden) + a)))
    assert normalizations(folded(model)) == 1


def test_channels_first() -> None:
    # Keras on JAX's CPU convolves channels_last alone, but builds and folds either.
    inputs = keras.Input((2, 6, 6))
    norm = BatchNormalization(axis=1)
    conv = layers.Conv2D(3, 3, data_format="channels_first", use_bias=False)
    model = randomized(keras.Model(inputs, norm(conv(inputs))))
    assert normalizations(folded(model)) == 0


@pytest.mark.native
def test_it_is_compiled_as_before_and_trains_on_both_engines() -> None:
    def own_loss(target: Any, output: Any) -> Any:
        return keras.ops.mean((target - output) ** 2)

    model = sequential((4,), layers.Dense(3), BatchNormalization(), layers.Dense(1))
    model.compile(keras.optimizers.Adam(0.02), own_loss, metrics=["mae"])
    result = folded(model)
    assert result.optimizer.get_config() == model.optimizer.get_config()
    x, y = rows(model, 32), np.ones((32, 1))
    np.testing.assert_allclose(
        epochal.evaluate(result, x, y, verbose=0),
        epochal.evaluate(model, x, y, verbose=0),
        **FOLDED,
    )
    result.compile("adam", "mse")
    for engine in ("native", "xla"):
        run = epochal.fit(result, x, y, engine=engine, verbose=0, seed=1)
        assert run.engine == engine


def test_a_folded_model_saves_and_loads(tmp_path: Any) -> None:
    model = sequential((4,), layers.Dense(3), BatchNormalization(), layers.Dense(1))
    result = folded(model)
    result.save(tmp_path / "small.keras")
    loaded = keras.saving.load_model(tmp_path / "small.keras")
    x = rows(model)
    np.testing.assert_array_equal(predicted(loaded, x)[0], predicted(result, x)[0])


def test_penalties_and_constraints_of_the_old_kernel_go() -> None:
    dense = layers.Dense(3, kernel_regularizer="l2", kernel_constraint="max_norm")
    result = folded(sequential((4,), dense, BatchNormalization()))
    assert result.layers[0].kernel_regularizer is None
    assert result.layers[0].kernel_constraint is None


class Own(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(1)

    def call(self, x: Any) -> Any:
        return self.dense(x)


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "a subclass": (
        Own,
        "model must be a Sequential or functional keras.Model, got Own, a subclass with a call of "
        "its own: rebuild it as keras.Model(inputs, outputs).",
    ),
    "an unbuilt model": (
        lambda: keras.Sequential([layers.Dense(1)], name="bare"),
        "model must be built before epochal.fold_batch_normalization, got 'bare' "
        "without weights: give it a keras.Input or call it on one batch.",
    ),
    "no model": (
        lambda: 3,
        "model must be a keras.Model, got 3: pass the model itself, as in "
        "epochal.fold_batch_normalization(model, ...).",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_built_model_is_refused(case: str) -> None:
    build, message = REFUSED[case]
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        epochal.fold_batch_normalization(build())
