"""Networks of convolutions."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras
from keras import layers

from benchmarks.kinds import data
from benchmarks.kinds.kind import Kind

CLASSES, LABELS = 10, "sparse_categorical_crossentropy"
SMALL, COLOURED = (28, 28, 1), (32, 32, 3)


def chain(
    shape: tuple[int, ...], parts: Sequence[layers.Layer], optimizer: str = "adam"
) -> keras.Model:
    """The parts, then ten classes."""
    model = keras.Sequential(
        [keras.Input(shape), *parts, layers.Dense(CLASSES, activation="softmax")]
    )
    model.compile(optimizer, LABELS, metrics=["accuracy"])
    return model


def conv(filters: int, size: int = 3, **options: Any) -> layers.Layer:
    return layers.Conv2D(filters, size, **{"padding": "same", "activation": "relu", **options})


def cnn(optimizer: str = "adam") -> keras.Model:
    pool, top = layers.MaxPooling2D, layers.Dense(100, activation="relu")
    return chain(SMALL, [conv(32), pool(), conv(64), pool(), layers.Flatten(), top], optimizer)


def cnn_normalized() -> keras.Model:
    parts: list[layers.Layer] = []
    for filters in (32, 64):
        parts += [
            conv(filters, activation=None, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
        ]
    top = [layers.Dense(100, activation="relu"), layers.Dropout(0.25)]
    return chain(SMALL, [*parts, layers.Flatten(), *top])


def lenet() -> keras.Model:
    pool = partial(layers.AveragePooling2D, 2)
    first = conv(6, 5, activation="tanh")
    second = conv(16, 5, activation="tanh", padding="valid")
    top = [layers.Dense(units, activation="tanh") for units in (120, 84)]
    return chain(SMALL, [first, pool(), second, pool(), layers.Flatten(), *top], "sgd")


def resnet() -> keras.Model:
    """Stages of 16, 32 and 64 channels, a block of two convolutions each."""

    def convolved(x: keras.KerasTensor, filters: int, strides: int) -> keras.KerasTensor:
        x = conv(filters, strides=strides, activation=None, use_bias=False)(x)
        return layers.BatchNormalization()(x)

    inputs = keras.Input(COLOURED)
    x = layers.ReLU()(convolved(inputs, 16, 1))
    for filters, strides in ((16, 1), (32, 2), (64, 2)):
        branch = convolved(layers.ReLU()(convolved(x, filters, strides)), filters, 1)
        if strides > 1:
            x = conv(filters, 1, strides=strides, activation=None)(x)
        x = layers.ReLU()(layers.Add()([x, branch]))
    outputs = layers.Dense(CLASSES, activation="softmax")(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, outputs)
    model.compile("adam", LABELS, metrics=["accuracy"])
    return model


def separable() -> keras.Model:
    parts = [
        layers.SeparableConv2D(filters, 3, padding="same", activation="relu", strides=2)
        for filters in (32, 64)
    ]
    return chain(COLOURED, [conv(16), *parts, layers.GlobalAveragePooling2D()])


def depthwise() -> keras.Model:
    """The blocks of MobileNet."""
    parts: list[layers.Layer] = [conv(16, strides=2)]
    for filters in (32, 64):
        parts += [
            layers.DepthwiseConv2D(3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            conv(filters, 1),
        ]
    return chain(COLOURED, [*parts, layers.GlobalAveragePooling2D()])


def squeezed() -> keras.Model:
    """The blocks of EfficientNet: inverted residuals, squeeze and excitation, stochastic depth."""

    def normalized(layer: layers.Layer, x: keras.KerasTensor) -> keras.KerasTensor:
        return layers.Activation("swish")(layers.BatchNormalization()(layer(x)))

    inputs = keras.Input(COLOURED)
    x = normalized(conv(16, strides=2, activation=None, use_bias=False), inputs)
    for filters, strides in ((24, 2), (24, 1), (40, 2), (40, 1)):
        before, wide = x, 4 * x.shape[-1]
        x = normalized(conv(wide, 1, activation=None, use_bias=False), x)
        depthwise = partial(layers.DepthwiseConv2D, padding="same", use_bias=False)
        x = normalized(depthwise(3, strides=strides), x)
        factors = layers.GlobalAveragePooling2D(keepdims=True)(x)
        factors = conv(wide, 1, activation="sigmoid")(conv(wide // 16, 1)(factors))
        x = layers.Multiply()([x, factors])
        x = layers.BatchNormalization()(conv(filters, 1, activation=None, use_bias=False)(x))
        if strides == 1:
            x = layers.Add()([layers.Dropout(0.1, noise_shape=(None, 1, 1, 1))(x), before])
    outputs = layers.Dense(CLASSES, activation="softmax")(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, outputs)
    model.compile("adam", LABELS, metrics=["accuracy"])
    return model


def transferred() -> keras.Model:
    """A new head on a base that stays as it is, the way that Keras' guide has it."""
    parts = [
        each
        for filters in (32, 64, 128)
        for each in (
            conv(filters, activation=None, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
        )
    ]
    base = keras.Sequential([keras.Input(COLOURED), *parts])
    base.trainable = False
    inputs = keras.Input(COLOURED)
    pooled = layers.GlobalAveragePooling2D()(base(inputs, training=False))
    outputs = layers.Dense(CLASSES, activation="softmax")(layers.Dropout(0.2)(pooled))
    model = keras.Model(inputs, outputs)
    model.compile("adam", LABELS, metrics=["accuracy"])
    return model


def dilated() -> keras.Model:
    parts = [conv(16, dilation_rate=rate) for rate in (1, 2, 4)]
    return chain(SMALL, [*parts, layers.GlobalAveragePooling2D()])


def strided() -> keras.Model:
    parts = [conv(filters, strides=2, padding="valid") for filters in (32, 64, 64)]
    return chain(COLOURED, [*parts, layers.Flatten()])


def grouped() -> keras.Model:
    parts = [conv(32), layers.MaxPooling2D(), conv(64, groups=4), layers.GlobalMaxPooling2D()]
    return chain(COLOURED, parts)


def transposed() -> keras.Model:
    """An autoencoder whose second half turns small images into large ones."""
    up = partial(layers.Conv2DTranspose, padding="same", strides=2)
    parts = [
        conv(16, strides=2),
        conv(32, strides=2),
        up(16, 3, activation="relu"),
        up(1, 3, activation="sigmoid"),
    ]
    model = keras.Sequential([keras.Input(SMALL), *parts])
    model.compile("adam", "mse")
    return model


def upsampled() -> keras.Model:
    """A small U-net."""
    inputs = keras.Input((32, 32, 1))
    wide = conv(16)(inputs)
    narrow = conv(32)(layers.MaxPooling2D()(wide))
    joined = layers.Concatenate()([wide, layers.UpSampling2D()(narrow)])
    model = keras.Model(inputs, conv(1, 1, activation="sigmoid")(conv(16)(joined)))
    model.compile("adam", "mse")
    return model


def one_dimension() -> keras.Model:
    parts = [
        layers.Conv1D(32, 5, padding="same", activation="relu"),
        layers.MaxPooling1D(),
        layers.Conv1D(64, 5, padding="causal", activation="relu", dilation_rate=2),
        layers.GlobalMaxPooling1D(),
    ]
    return chain((100, 8), parts)


def three_dimensions() -> keras.Model:
    parts = [
        layers.Conv3D(8, 3, activation="relu"),
        layers.MaxPooling3D(),
        layers.Conv3D(16, 3, activation="relu"),
        layers.Flatten(),
    ]
    return chain((16, 16, 16, 1), parts)


def augmented() -> keras.Model:
    parts = [layers.RandomFlip("horizontal"), conv(16), layers.MaxPooling2D(), conv(32)]
    return chain(COLOURED, [*parts, layers.GlobalAveragePooling2D()])


def bytes_rescaled() -> keras.Model:
    parts = [layers.Rescaling(1 / 255), conv(16), layers.MaxPooling2D(), conv(32)]
    return chain(COLOURED, [*parts, layers.GlobalAveragePooling2D()])


def vgg() -> keras.Model:
    parts: list[layers.Layer] = []
    for filters in (16, 32, 64):
        parts += [conv(filters), conv(filters), layers.MaxPooling2D(), layers.SpatialDropout2D(0.1)]
    return chain(COLOURED, [*parts, layers.Flatten(), layers.Dense(64, activation="relu")])


def _kind(
    name: str,
    title: str,
    build: Callable[[], keras.Model],
    rows: int,
    shape: tuple[int, ...],
    **options: Any,
) -> Kind:
    return Kind(
        name=name,
        title=title,
        build=build,
        **{"data": partial(data.images, rows, shape), **options},
    )


KINDS = (
    _kind("cnn", "Conv 32, pool, Conv 64, pool, Dense 100; Adam", cnn, 640, SMALL, summarized=True),
    _kind(
        "cnn-bn",
        "the same with batch normalisation and dropout",
        cnn_normalized,
        640,
        SMALL,
        summarized=True,
    ),
    _kind("cnn-sgd", "the same as the first, SGD", partial(cnn, "sgd"), 640, SMALL),
    _kind(
        "cnn-batch-256",
        "the same as the first, batches of 256",
        cnn,
        1024,
        SMALL,
        batch_size=256,
    ),
    _kind("lenet", "LeNet-5, SGD", lenet, 1600, SMALL, summarized=True),
    _kind(
        "resnet", "small ResNet (16-32-64), CIFAR's shape", resnet, 160, COLOURED, summarized=True
    ),
    _kind("vgg", "3 x 2 convolutions, SpatialDropout", vgg, 160, COLOURED),
    _kind("separable", "separable convolutions", separable, 640, COLOURED),
    _kind("depthwise", "depthwise convolutions, batch normalisation", depthwise, 640, COLOURED),
    _kind("squeezed", "inverted residuals, squeeze and excitation", squeezed, 320, COLOURED),
    _kind("transferred", "a new head on a frozen base", transferred, 320, COLOURED),
    _kind("dilated", "dilated convolutions", dilated, 320, SMALL),
    _kind("strided", "strided convolutions, valid padding", strided, 640, COLOURED),
    _kind("grouped", "grouped convolutions", grouped, 320, COLOURED),
    _kind(
        "transposed",
        "autoencoder of transposed convolutions",
        transposed,
        640,
        SMALL,
        data=partial(data.itself, 640, SMALL),
    ),
    _kind(
        "u-net",
        "small U-net with UpSampling",
        upsampled,
        160,
        (32, 32, 1),
        data=partial(data.itself, 160, (32, 32, 1)),
    ),
    _kind("conv1d", "Conv1D, causal and dilated", one_dimension, 1280, (100, 8)),
    _kind("conv3d", "Conv3D", three_dimensions, 320, (16, 16, 16, 1)),
    _kind("augmented", "random flips before convolutions", augmented, 320, COLOURED),
    _kind(
        "bytes",
        "images of bytes, rescaled in the model",
        bytes_rescaled,
        320,
        COLOURED,
        data=partial(data.bytes_of, 320, COLOURED),
    ),
)
