"""Networks of convolutions on the engine `xla`: `model.fit`'s numbers, from a loop."""

from collections.abc import Callable, Iterator

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose

import epochal
from epochal.engine.xla import EXECUTABLES
from epochal.training import engine_choice
from tests.tolerances import LOSS_PARITY
from tests.training.parity import assert_parity, compiled, fit_both, labels, numbers

ROWS = 40  # 5 batches of 8


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[None]:
    """`engine="auto"` takes `xla`, whatever `native` can run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_choice, "native_available", lambda: False)
        yield


# The shape of a row, and the layers below the head.
NETWORKS: dict[str, tuple[tuple[int, ...], Callable[[], list[keras.Layer]]]] = {
    "plain": (
        (8, 9, 3),
        lambda: [
            layers.Conv2D(6, 3, padding="same", activation="tanh"),
            layers.MaxPooling2D(),
            layers.Conv2D(8, 3, strides=2),
        ],
    ),
    "normalised": (
        (8, 8, 1),
        lambda: [
            layers.Conv2D(6, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.AveragePooling2D(2),
        ],
    ),
    "separable": (
        (8, 8, 4),
        lambda: [
            layers.SeparableConv2D(6, 3, activation="tanh"),
            layers.DepthwiseConv2D(3, strides=2, depth_multiplier=2),
        ],
    ),
    "dilated, grouped": (
        (9, 9, 4),
        lambda: [layers.Conv2D(8, 3, dilation_rate=2, groups=2), layers.MaxPooling2D(3, 1)],
    ),
    "transposed": (
        (4, 5, 4),
        lambda: [layers.Conv2DTranspose(6, 3, strides=2, padding="same", activation="tanh")],
    ),
    "sequence": (
        (12, 3),
        lambda: [
            layers.Conv1D(6, 3, padding="causal", dilation_rate=2, activation="tanh"),
            layers.MaxPooling1D(),
        ],
    ),
    "volume": (
        (5, 6, 4, 2),
        lambda: [layers.Conv3D(4, 2, activation="tanh"), layers.MaxPooling3D()],
    ),
    "recurrent": ((3, 5, 5, 2), lambda: [layers.ConvLSTM2D(3, 3, padding="same")]),
}


def network(name: str) -> keras.Model:
    shape, inner = NETWORKS[name]
    head = [layers.Flatten(), layers.Dense(3, "softmax")]
    return compiled(keras.Input(shape), *inner(), *head, loss="sparse_categorical_crossentropy")


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_it_trains_as_in_keras(name: str) -> None:
    x, y = numbers(ROWS, *NETWORKS[name][0]), labels(ROWS, 3)
    assert_parity(fit_both(lambda: network(name), x, y))


@pytest.mark.parametrize("name", ["plain", "separable"])
def test_it_is_evaluated_and_predicts_as_in_keras(name: str) -> None:
    x, y, model = numbers(ROWS, *NETWORKS[name][0]), labels(ROWS, 3), network(name)
    ours = epochal.evaluate(model, x, y, verbose=0)
    assert_allclose(ours, model.evaluate(x, y, verbose=0), **LOSS_PARITY)
    expected = model.predict(x, verbose=0)
    assert_allclose(epochal.predict(model, x, verbose=0), expected, **LOSS_PARITY)
    outputs_of = epochal.predictor(model, engine="xla")
    assert_allclose(outputs_of(x[:1]), expected[:1], **LOSS_PARITY)


def test_one_seed_gives_one_result_and_a_second_fit_traces_nothing() -> None:
    x, y = numbers(ROWS, *NETWORKS["plain"][0]), labels(ROWS, 3)

    def weights() -> list[np.ndarray]:
        keras.utils.set_random_seed(3)
        model = network("plain")
        epochal.fit(model, x, y, batch_size=8, epochs=2, verbose=0, seed=1, engine="xla")
        kept: list[np.ndarray] = model.get_weights()
        return kept

    first = weights()
    traced = EXECUTABLES.traced
    assert all(map(np.array_equal, first, weights()))
    assert EXECUTABLES.traced == traced
