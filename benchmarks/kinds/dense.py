"""Networks of dense layers: wide, deep, tiny, normalised, with several inputs and outputs."""

from functools import partial
from typing import Any

import keras
from keras import layers

from benchmarks.kinds import data
from benchmarks.kinds.kind import Kind

CLASSES, LABELS = 10, "sparse_categorical_crossentropy"


def classifier(
    columns: int,
    hidden: tuple[int, ...],
    optimizer: keras.optimizers.Optimizer | str = "adam",
    *,
    activation: str = "relu",
    initializer: str = "glorot_uniform",
    dropout: float = 0.0,
    normalized: bool = False,
    **options: Any,
) -> keras.Model:
    """A chain that ends in ten classes; `options` are those of every hidden layer."""
    chain: list[layers.Layer] = [keras.Input((columns,))]
    for units in hidden:
        chain.append(
            layers.Dense(units, activation=activation, kernel_initializer=initializer, **options)
        )
        chain += [layers.BatchNormalization()] if normalized else []
        chain += [layers.Dropout(dropout)] if dropout else []
    model = keras.Sequential([*chain, layers.Dense(CLASSES, activation="softmax")])
    model.compile(optimizer, LABELS, metrics=["accuracy"])
    return model


def regressor(columns: int, hidden: tuple[int, ...]) -> keras.Model:
    chain = [layers.Dense(units, activation="relu") for units in hidden]
    model = keras.Sequential([keras.Input((columns,)), *chain, layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    return model


def binary_table() -> keras.Model:
    chain: list[layers.Layer] = [keras.Input((40,))]
    for _ in range(2):
        chain += [
            layers.Dense(128, use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("gelu"),
            layers.Dropout(0.1),
        ]
    model = keras.Sequential([*chain, layers.Dense(1, activation="sigmoid")])
    rate = keras.optimizers.schedules.CosineDecay(0.001, 1000)
    model.compile(keras.optimizers.AdamW(rate), "binary_crossentropy", metrics=["AUC"])
    return model


def autoencoder() -> keras.Model:
    chain = [layers.Dense(units, activation="relu") for units in (128, 32, 128)]
    model = keras.Sequential([keras.Input((784,)), *chain, layers.Dense(784, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model


def wide_and_deep() -> keras.Model:
    wide, deep = keras.Input((8,), name="wide"), keras.Input((24,), name="deep")
    hidden = layers.Dense(64, activation="relu")(layers.Dense(64, activation="relu")(deep))
    outputs = layers.Dense(1)(layers.Concatenate()([wide, hidden]))
    model = keras.Model([wide, deep], outputs)
    model.compile("adam", "mse")
    return model


def wide_and_deep_data() -> data.Arrays:
    found = data.regression(6400, 32)
    return {"x": [found["x"][:, :8], found["x"][:, 8:]], "y": found["y"]}


def two_outputs() -> keras.Model:
    inputs = keras.Input((32,))
    hidden = layers.Dense(64, activation="relu")(layers.Dense(64, activation="relu")(inputs))
    outputs = {"value": layers.Dense(1)(hidden), "side": layers.Dense(1)(hidden)}
    model = keras.Model(inputs, outputs)
    model.compile("adam", {"value": "mse", "side": "mae"}, loss_weights={"value": 1.0, "side": 0.2})
    return model


def two_outputs_data() -> data.Arrays:
    found = data.regression(6400, 32, targets=2)
    return {"x": found["x"], "y": {"value": found["y"][:, :1], "side": found["y"][:, 1:]}}


def residual() -> keras.Model:
    inputs = keras.Input((64,))
    stream = layers.Dense(128)(inputs)
    for _ in range(4):
        branch = layers.Dense(128, activation="relu")(layers.LayerNormalization()(stream))
        stream = layers.Add()([stream, layers.Dense(128)(branch)])
    model = keras.Model(inputs, layers.Dense(1)(stream))
    model.compile("adam", "mse")
    return model


def _mnist_like(rows: int) -> data.Arrays:
    return data.vectors(rows, 784)


def weighted_data() -> data.Arrays:
    found = _mnist_like(6400)
    return {**found, "sample_weight": found["x"][:, :50].mean(1) + 0.5}


def validated_data() -> data.Arrays:
    found = _mnist_like(6400)
    return {**found, "validation_data": (found["x"][:3200], found["y"][:3200])}


A = (300, 100)
SGD = keras.optimizers.SGD

KINDS = (
    Kind(
        name="dense-sgd",
        title="784-300-100-10, SGD",
        build=lambda: classifier(784, A, SGD(0.01)),
        data=partial(_mnist_like, 9600),
        summarized=True,
    ),
    Kind(
        name="dense-adam",
        title="784-300-100-10, Adam",
        build=lambda: classifier(784, A),
        data=partial(_mnist_like, 9600),
        summarized=True,
    ),
    Kind(
        name="dense-dropout",
        title="784-300-100-10, dropout, SGD",
        build=lambda: classifier(784, A, SGD(0.01), dropout=0.2),
        data=partial(_mnist_like, 9600),
    ),
    Kind(
        name="dense-bn",
        title="784-300-100-10, batch normalisation, Adam",
        build=lambda: classifier(784, A, normalized=True),
        data=partial(_mnist_like, 6400),
        summarized=True,
    ),
    Kind(
        name="dense-penalties",
        title="784-300-100-10, L2 and max-norm",
        build=lambda: classifier(
            784, A, kernel_regularizer="l2", kernel_constraint=keras.constraints.MaxNorm(3)
        ),
        data=partial(_mnist_like, 6400),
    ),
    Kind(
        name="dense-clipped",
        title="784-300-100-10, gradients clipped by norm",
        build=lambda: classifier(784, A, SGD(0.01, momentum=0.9, clipnorm=1.0)),
        data=partial(_mnist_like, 6400),
    ),
    Kind(
        name="deep",
        title="20 x 100 ELU, Nadam",
        build=lambda: classifier(
            256, (100,) * 20, "nadam", activation="elu", initializer="he_normal"
        ),
        data=partial(data.vectors, 3200, 256),
    ),
    Kind(
        name="deepest",
        title="100 x 50 SELU, SGD",
        build=lambda: classifier(
            100, (50,) * 100, SGD(0.001), activation="selu", initializer="lecun_normal"
        ),
        data=partial(data.vectors, 1600, 100),
    ),
    Kind(
        name="wide",
        title="256-2048-2048-10",
        build=lambda: classifier(256, (2048, 2048)),
        data=partial(data.vectors, 640, 256),
        batch_size=64,
    ),
    Kind(
        name="batch-512",
        title="784-300-100-10, batches of 512",
        build=lambda: classifier(784, A),
        data=partial(_mnist_like, 20480),
        batch_size=512,
    ),
    Kind(
        name="batch-4096",
        title="784-300-100-10, batches of 4,096",
        build=lambda: classifier(784, A),
        data=partial(_mnist_like, 24576),
        batch_size=4096,
    ),
    Kind(
        name="wide-batch-1024",
        title="256-1024-1024-10, batches of 1,024",
        build=lambda: classifier(256, (1024, 1024)),
        data=partial(data.vectors, 4096, 256),
        batch_size=1024,
    ),
    Kind(
        name="tiny",
        title="8-16-1, regression",
        build=lambda: regressor(8, (16,)),
        data=partial(data.regression, 9600, 8),
    ),
    Kind(
        name="tiny-table",
        title="500 rows, 20-50-50-1",
        build=lambda: regressor(20, (50, 50)),
        data=partial(data.regression, 500, 20),
        summarized=True,
    ),
    Kind(
        name="rows-singly",
        title="20-50-1, batches of 1",
        build=lambda: regressor(20, (50,)),
        data=partial(data.regression, 500, 20),
        batch_size=1,
    ),
    Kind(
        name="regression",
        title="13-64-64-1, mean squared and absolute errors",
        build=lambda: regressor(13, (64, 64)),
        data=partial(data.regression, 9600, 13),
    ),
    Kind(
        name="table",
        title="40-128-128-1, batch normalisation, dropout, AdamW with cosine decay, AUC",
        build=binary_table,
        data=lambda: {**(found := data.vectors(12800, 40, 2)), "y": found["y"][:, None]},
        batch_size=128,
    ),
    Kind(
        name="autoencoder",
        title="autoencoder 784-128-32-128-784",
        build=autoencoder,
        data=partial(data.itself, 6400, (784,)),
    ),
    Kind(
        name="two-inputs",
        title="wide and deep, two inputs",
        build=wide_and_deep,
        data=wide_and_deep_data,
    ),
    Kind(
        name="two-outputs",
        title="two outputs with losses of their own",
        build=two_outputs,
        data=two_outputs_data,
    ),
    Kind(
        name="residual",
        title="dense residual blocks with layer normalisation",
        build=residual,
        data=partial(data.regression, 4800, 64),
    ),
    Kind(
        name="weighted",
        title="784-300-100-10, weights of rows",
        build=lambda: classifier(784, A),
        data=weighted_data,
    ),
    Kind(
        name="validated",
        title="784-300-100-10, validated after each epoch",
        build=lambda: classifier(784, A),
        data=validated_data,
    ),
)
