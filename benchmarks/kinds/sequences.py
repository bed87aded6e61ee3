"""Recurrent networks, attention and embeddings."""

from functools import partial

import keras
from keras import layers

from benchmarks.kinds import data
from benchmarks.kinds.images import CLASSES, LABELS, chain
from benchmarks.kinds.kind import Kind

STEPS, FEATURES, WORDS, LENGTH = 50, 16, 2000, 40


def recurrent(*parts: layers.Layer) -> keras.Model:
    return chain((STEPS, FEATURES), parts)


def attention() -> keras.Model:
    """A block of a transformer."""
    inputs = keras.Input((STEPS, FEATURES))
    x = layers.Dense(64)(inputs)
    attended = layers.MultiHeadAttention(4, 16)(x, x)
    x = layers.LayerNormalization()(layers.Add()([x, attended]))
    fed = layers.Dense(64)(layers.Dense(128, activation="gelu")(x))
    x = layers.LayerNormalization()(layers.Add()([x, fed]))
    outputs = layers.Dense(CLASSES, activation="softmax")(layers.GlobalAveragePooling1D()(x))
    model = keras.Model(inputs, outputs)
    model.compile("adam", LABELS, metrics=["accuracy"])
    return model


class TransformerBlock(layers.Layer):
    """A layer composed of others, as Keras' examples write it."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attention = layers.MultiHeadAttention(heads, width // heads)
        self.fed = keras.Sequential(
            [layers.Dense(2 * width, activation="relu"), layers.Dense(width)]
        )
        self.first, self.second = layers.LayerNormalization(), layers.LayerNormalization()
        self.dropout = layers.Dropout(0.1)

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        x = self.first(x + self.dropout(self.attention(x, x)))
        return self.second(x + self.fed(x))


def of_words(*parts: layers.Layer, masked: bool = False) -> keras.Model:
    embedding = layers.Embedding(WORDS, 32, mask_zero=masked)
    model = keras.Sequential(
        [keras.Input((LENGTH,), dtype="int32"), embedding, *parts, layers.Dense(1, "sigmoid")]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def categories() -> keras.Model:
    """A table of numbers and of three columns of categories."""
    numbers = keras.Input((12,), name="numbers")
    columns = [keras.Input((1,), dtype="int32", name=f"column_{size}") for size in (10, 50, 200)]
    embedded = [
        layers.Flatten()(layers.Embedding(size, 8)(column))
        for column, size in zip(columns, (10, 50, 200), strict=True)
    ]
    x = layers.Concatenate()([numbers, *embedded])
    outputs = layers.Dense(1)(layers.Dense(64, activation="relu")(x))
    model = keras.Model({each.name: each for each in (numbers, *columns)}, outputs)
    model.compile("adam", "mse")
    return model


def categories_data() -> data.Arrays:
    found = data.regression(6400, 15)
    x = {"numbers": found["x"][:, :12]}
    for place, size in enumerate((10, 50, 200), start=12):
        category = (abs(found["x"][:, place]) * 1e4).astype("int32") % size
        x[f"column_{size}"] = category[:, None]
    return {"x": x, "y": found["y"]}


SERIES = partial(data.sequences, 640, STEPS, FEATURES)
TEXT = partial(data.tokens, 1280, LENGTH, WORDS)

KINDS = (
    Kind(
        name="lstm",
        title="LSTM(64)",
        build=lambda: recurrent(layers.LSTM(64)),
        data=SERIES,
        summarized=True,
    ),
    Kind(
        name="gru",
        title="GRU(64)",
        build=lambda: recurrent(layers.GRU(64)),
        data=SERIES,
        summarized=True,
    ),
    Kind(
        name="simple-rnn",
        title="SimpleRNN(64)",
        build=lambda: recurrent(layers.SimpleRNN(64)),
        data=SERIES,
    ),
    Kind(
        name="bidirectional",
        title="bidirectional LSTM(32)",
        build=lambda: recurrent(layers.Bidirectional(layers.LSTM(32))),
        data=SERIES,
    ),
    Kind(
        name="stacked",
        title="two GRU(32), one on the other",
        build=lambda: recurrent(layers.GRU(32, return_sequences=True), layers.GRU(32)),
        data=SERIES,
    ),
    Kind(
        name="lstm-dropout",
        title="LSTM(64), dropout of inputs and state",
        build=lambda: recurrent(layers.LSTM(64, dropout=0.1, recurrent_dropout=0.1)),
        data=SERIES,
    ),
    Kind(
        name="conv-gru",
        title="strided Conv1D before GRU(32)",
        build=lambda: recurrent(layers.Conv1D(32, 4, strides=2), layers.GRU(32)),
        data=SERIES,
    ),
    Kind(
        name="per-step",
        title="the same dense layer at each step",
        build=lambda: recurrent(
            layers.TimeDistributed(layers.Dense(32, activation="relu")),
            layers.GlobalAveragePooling1D(),
        ),
        data=SERIES,
    ),
    Kind(
        name="attention",
        title="attention block, layer normalisation",
        build=attention,
        data=SERIES,
        summarized=True,
    ),
    Kind(
        name="embedding",
        title="embedded words, averaged",
        build=lambda: of_words(layers.GlobalAveragePooling1D()),
        data=TEXT,
    ),
    Kind(
        name="transformer-block",
        title="embedded words, own TransformerBlock",
        build=lambda: of_words(TransformerBlock(32, 2), layers.GlobalAveragePooling1D()),
        data=TEXT,
    ),
    Kind(
        name="masked",
        title="embedded words, masked LSTM(32)",
        build=lambda: of_words(layers.LSTM(32), masked=True),
        data=TEXT,
    ),
    Kind(
        name="words-conv1d",
        title="embedded words, Conv1D",
        build=lambda: of_words(
            layers.Conv1D(64, 5, activation="relu"), layers.GlobalMaxPooling1D()
        ),
        data=TEXT,
    ),
    Kind(
        name="categories",
        title="table with embedded categories, inputs by name",
        build=categories,
        data=categories_data,
    ),
)
