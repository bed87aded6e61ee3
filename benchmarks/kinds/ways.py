"""Other ways to train than a plain fit of arrays: what must be no slower either."""

from functools import partial
from typing import Any

import jax
import keras
import numpy as np

from benchmarks.kinds import data
from benchmarks.kinds.dense import LABELS, A, classifier
from benchmarks.kinds.images import SMALL, cnn
from benchmarks.kinds.kind import Kind


class OwnStep(keras.Model):
    """A model with its own `train_step`, as Keras' guide for JAX writes it."""

    def _loss(
        self, trainable: Any, non_trainable: Any, x: Any, y: Any
    ) -> tuple[jax.Array, tuple[Any, Any]]:
        predicted, non_trainable = self.stateless_call(trainable, non_trainable, x, training=True)
        return self.compute_loss(x, y, predicted), (predicted, non_trainable)

    def train_step(self, state: Any, data: Any) -> tuple[dict[str, Any], Any]:
        trainable, non_trainable, optimizer, metrics = state
        x, y = data
        gradient = jax.value_and_grad(self._loss, has_aux=True)
        (loss, (_, non_trainable)), gradients = gradient(trainable, non_trainable, x, y)
        trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
        return {"loss": loss}, (trainable, non_trainable, optimizer, metrics)


class Centred(keras.layers.Layer):
    """A layer that no library knows."""

    def call(self, x: Any) -> Any:
        return x - keras.ops.mean(x, axis=-1, keepdims=True)


class Batches(keras.utils.PyDataset):
    """Batches made on the way."""

    def __init__(self, arrays: data.Arrays, batch_size: int) -> None:
        super().__init__()
        self._x, self._y, self._size = arrays["x"], arrays["y"], batch_size

    def __len__(self) -> int:
        return len(self._x) // self._size

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rows = slice(index * self._size, (index + 1) * self._size)
        return self._x[rows], self._y[rows]


class AtEachBatch(keras.callbacks.Callback):
    """Looks at the loss of every batch."""

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.last = float((logs or {})["loss"])


def own_step() -> keras.Model:
    inputs = keras.Input((784,))
    hidden = keras.layers.Dense(100, activation="relu")(inputs)
    model = OwnStep(inputs, keras.layers.Dense(10, activation="softmax")(hidden))
    model.compile("adam", LABELS)
    return model


def own_layer() -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((784,)),
            keras.layers.Dense(300, activation="relu"),
            Centred(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", LABELS, metrics=["accuracy"])
    return model


def mixed(build: Any) -> keras.Model:
    """What `build` builds, computing in bfloat16."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        return build()
    finally:
        keras.config.set_dtype_policy(before)


def accumulated() -> keras.Model:
    optimizer = keras.optimizers.Adam(gradient_accumulation_steps=4, use_ema=True)
    return classifier(784, A, optimizer)


VECTORS = partial(data.vectors, 6400, 784)

KINDS = (
    Kind(name="own-step", title="own train_step, 784-100-10", build=own_step, data=VECTORS),
    Kind(name="own-layer", title="own layer, 784-300-10", build=own_layer, data=VECTORS),
    Kind(
        name="mixed",
        title="784-300-100-10 in mixed_bfloat16",
        build=partial(mixed, partial(classifier, 784, A)),
        data=partial(data.vectors, 3200, 784),
    ),
    Kind(
        name="mixed-cnn",
        title="the CNN in mixed_bfloat16",
        build=partial(mixed, cnn),
        data=partial(data.images, 160, SMALL),
    ),
    Kind(
        name="accumulated",
        title="784-300-100-10, gradients of 4 batches, moving average of weights",
        build=accumulated,
        data=VECTORS,
    ),
    Kind(
        name="batch-callback",
        title="784-300-100-10, a callback at every batch",
        build=partial(classifier, 784, A),
        data=VECTORS,
        callbacks=lambda: [AtEachBatch()],
    ),
    Kind(
        name="data-set",
        title="784-300-100-10 from a PyDataset",
        build=partial(classifier, 784, A),
        data=lambda: {"x": Batches(VECTORS(), 32)},
    ),
    Kind(
        name="class-weights",
        title="784-300-100-10, weights of classes",
        build=partial(classifier, 784, A),
        data=VECTORS,
        arguments={"class_weight": {label: 1.0 + label / 10 for label in range(10)}},
    ),
)
