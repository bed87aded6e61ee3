"""Which layers are noise, and that they draw inside the scope alone."""

import keras
import numpy as np
import pytest

from epochal.bridge.stochastic import noise_layers, with_noise

L = keras.layers
ONES = np.ones((4, 6, 5), np.float32)


@pytest.fixture(scope="module", autouse=True)
def engine():
    """In place of the room's: no engine runs here."""


class Block(keras.layers.Layer):
    """A layer of the user's own, with dropout and batch normalisation inside."""

    def __init__(self) -> None:
        super().__init__()
        self.drop = L.Dropout(0.5)
        self.norm = L.BatchNormalization()

    def call(self, x, training=False):
        return self.norm(self.drop(x, training=training), training=training)


@pytest.mark.parametrize(
    ("layer", "noisy"),
    [
        (L.Dropout(0.5), True),
        (L.Dropout(0.0), False),
        (L.GaussianNoise(0.5), True),
        (L.GaussianNoise(0.0), False),
        (L.SpatialDropout1D(0.5), True),
        (L.LSTM(3, dropout=0.5), True),
        (L.GRU(3, recurrent_dropout=0.5), True),
        (L.LSTM(3), False),
        (L.RNN([L.LSTMCell(3), L.LSTMCell(2, dropout=0.5)]), True),
        (L.Bidirectional(L.SimpleRNN(3, dropout=0.5)), True),
        (L.TimeDistributed(L.Dropout(0.5)), True),
        (L.BatchNormalization(), False),
        (L.RandomFlip(), False),
        (Block(), True),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_what_is_noise(layer: keras.Layer, noisy: bool) -> None:
    assert bool(noise_layers(layer)) is noisy


@pytest.mark.parametrize(
    "make",
    [
        lambda: L.Dropout(0.5),
        lambda: L.LSTM(3, dropout=0.5),
        lambda: L.GRU(3, recurrent_dropout=0.5),
        lambda: L.Bidirectional(L.SimpleRNN(3, dropout=0.5)),
        lambda: L.TimeDistributed(L.Dropout(0.5)),
        Block,
    ],
)
def test_they_draw_inside_the_scope_alone(make) -> None:
    layer = make()
    quiet = np.asarray(layer(ONES))
    with with_noise(layer):
        first, second = np.asarray(layer(ONES)), np.asarray(layer(ONES, training=False))
    assert not np.array_equal(first, quiet)
    assert not np.array_equal(first, second)
    assert np.array_equal(layer(ONES), quiet)


@pytest.mark.parametrize("kind", [L.Attention, L.AdditiveAttention, L.MultiHeadAttention])
def test_attention_draws_too(kind) -> None:
    x = np.random.default_rng(0).normal(size=ONES.shape).astype(np.float32)
    several = kind is L.MultiHeadAttention
    layer = kind(2, 3, dropout=0.5) if several else kind(dropout=0.5)
    inputs = (x, x) if several else ([x, x],)
    quiet = np.asarray(layer(*inputs))
    with with_noise(layer):
        assert not np.array_equal(layer(*inputs), quiet)
    assert np.array_equal(layer(*inputs), quiet)


def test_batch_normalisation_inside_stays_in_inference() -> None:
    block = Block()
    block(ONES)
    with with_noise(block):
        block(ONES * 100)
    assert np.array_equal(block.norm.moving_mean, np.zeros(5))
