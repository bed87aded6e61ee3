"""Embeddings in the `native` engine, beside Keras."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose

import epochal
from tests.tolerances import LAYER_OUTPUTS, NATIVE_PARITY
from tests.training.parity import assert_parity, assert_same_weights, compiled, fit_both, labels

pytestmark = pytest.mark.native


@pytest.fixture(scope="module", autouse=True)
def engine():
    """These tests name their engine themselves."""


ROWS, WORDS = 56, 150  # 7 batches of 8
TEXTS = np.random.default_rng(0).integers(0, WORDS, (ROWS, 7))
TEXTS[::2, 4:] = 0  # texts of fewer words, some with a gap, and one of none
TEXTS[::3, 1] = 0
TEXTS[5] = 0
CLASSES = labels(ROWS, 3)
# A few words are in every batch, others in none: their vectors move by the optimiser's rules alone.
NETS: dict[str, tuple[Any, Callable[[], list[Any]]]] = {
    "lstm": (
        lambda: "adam",
        lambda: [layers.Embedding(WORDS, 8), layers.LSTM(6)],
    ),
    "masked": (
        lambda: "adam",
        lambda: [layers.Embedding(WORDS, 8, mask_zero=True), layers.Dropout(0), layers.GRU(6)],
    ),
    "masked both ways": (
        lambda: keras.optimizers.SGD(0.05),
        lambda: [
            layers.Embedding(WORDS, 8, mask_zero=True),
            layers.Bidirectional(layers.LSTM(5, return_sequences=True), merge_mode="ave"),
            layers.GRU(6, return_sequences=True, go_backwards=True),
            layers.SimpleRNN(4),
        ],
    ),
    "mask that a layer does not heed": (
        lambda: "adam",
        lambda: [
            layers.Embedding(WORDS, 8, mask_zero=True),
            layers.LSTM(5, return_sequences=True),
            layers.Conv1D(4, 2),
            layers.GlobalMaxPooling1D(),
        ],
    ),
    "pooled": (
        lambda: keras.optimizers.RMSprop(0.001, momentum=0.5),
        lambda: [
            layers.Embedding(WORDS, 20, embeddings_regularizer="l2"),
            layers.GlobalAveragePooling1D(),
        ],
    ),
    "flattened": (
        lambda: keras.optimizers.SGD(0.1),
        lambda: [layers.Embedding(WORDS, 70), layers.Flatten()],
    ),
    "constrained": (
        lambda: keras.optimizers.Adam(clipnorm=0.1),
        lambda: [
            layers.Embedding(WORDS, 5, embeddings_constraint=keras.constraints.MaxNorm(0.2)),
            layers.Dense(4, "relu"),
            layers.GlobalMaxPooling1D(),
        ],
    ),
}


@pytest.mark.parametrize("name", NETS)
def test_texts_beside_keras(name):
    optimizer, front = NETS[name]
    make = lambda: compiled(  # noqa: E731
        keras.Input((7,), dtype="int32"),
        *front(),
        layers.Dense(3, "softmax"),
        optimizer=optimizer(),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    pair = fit_both(make, TEXTS, CLASSES, epochs=29)  # 203 steps
    assert pair.run.engine == "native"
    assert_parity(pair)
    assert_same_weights(pair.ours, pair.theirs, NATIVE_PARITY)


def test_indices_that_are_not_there_are_what_they_are_to_keras():
    model = compiled(
        keras.Input((3,), dtype="int32"),
        layers.Embedding(5, 4),
        layers.Flatten(),
        layers.Dense(1),
    )
    texts = np.array([[0, 1, 4], [-1, -5, 2], [0, 5, 1], [-6, 0, 0]])
    ours = epochal.predict(model, texts, verbose=0)
    assert np.isnan(ours[2:]).all()
    assert_allclose(ours, model.predict(texts, verbose=0), **LAYER_OUTPUTS)
