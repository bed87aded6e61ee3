"""Regularisation, on Fashion-MNIST: the models of Géron's chapter 11.

L2, dropout, alpha dropout, max-norm and early stopping. The models are those of the notebook of
A. Géron, "Hands-On Machine Learning with Scikit-Learn, Keras, and TensorFlow", 2nd edition, changed
where Keras 3 needs it (`learning_rate` for `lr`, `keras.Input` for `input_shape`). `epochal.fit`
replaces `model.fit`.
"""

from functools import partial
from typing import Any

import epochal  # before keras, whose backend it chooses
from epochal.data import ImageScaler, datasets

# isort: split
import keras
import numpy as np

layers = keras.layers

RegularizedDense = partial(
    layers.Dense,
    activation="elu",
    kernel_initializer="he_normal",
    kernel_regularizer=keras.regularizers.L2(0.01),
)
MaxNormDense = partial(
    layers.Dense,
    activation="selu",
    kernel_initializer="lecun_normal",
    kernel_constraint=keras.constraints.MaxNorm(1.0),
)


def l2_network() -> keras.Model:
    """L2 regularisation of every layer."""
    return keras.Sequential(
        [
            keras.Input([28, 28]),
            layers.Flatten(),
            RegularizedDense(300),
            RegularizedDense(100),
            RegularizedDense(10, activation="softmax", kernel_initializer="glorot_uniform"),
        ]
    )


def dropout_network() -> keras.Model:
    """Dropout before every dense layer."""
    return keras.Sequential(
        [
            keras.Input([28, 28]),
            layers.Flatten(),
            layers.Dropout(rate=0.2),
            layers.Dense(300, activation="elu", kernel_initializer="he_normal"),
            layers.Dropout(rate=0.2),
            layers.Dense(100, activation="elu", kernel_initializer="he_normal"),
            layers.Dropout(rate=0.2),
            layers.Dense(10, activation="softmax"),
        ]
    )


def alpha_dropout_network() -> keras.Model:
    """SELU, with alpha dropout before every dense layer."""
    return keras.Sequential(
        [
            keras.Input([28, 28]),
            layers.Flatten(),
            layers.AlphaDropout(rate=0.2),
            layers.Dense(300, activation="selu", kernel_initializer="lecun_normal"),
            layers.AlphaDropout(rate=0.2),
            layers.Dense(100, activation="selu", kernel_initializer="lecun_normal"),
            layers.AlphaDropout(rate=0.2),
            layers.Dense(10, activation="softmax"),
        ]
    )


def max_norm_network() -> keras.Model:
    """SELU, with a maximum norm of 1 for the weights of each hidden unit."""
    return keras.Sequential(
        [
            keras.Input([28, 28]),
            layers.Flatten(),
            MaxNormDense(300),
            MaxNormDense(100),
            layers.Dense(10, activation="softmax"),
        ]
    )


def main(rows: int = 55_000, n_epochs: int = 2, engine: str = "auto") -> dict[str, epochal.Run]:
    """Train each network; return the runs by name."""
    fashion = datasets.load_images("fashion-mnist")
    scaler = ImageScaler().fit(fashion.x_train[:rows])
    x_train, x_valid = (
        scaler.transform(part) for part in (fashion.x_train[:rows], fashion.x_train[-5000:])
    )
    y_train, y_valid = fashion.y_train[:rows], fashion.y_train[-5000:]

    def train(model: keras.Model, optimizer: Any = "nadam", **arguments: Any) -> epochal.Run:
        model.compile(
            loss="sparse_categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"]
        )
        given: dict[str, Any] = {"epochs": n_epochs} | arguments
        return epochal.fit(
            model,
            x_train,
            y_train,
            validation_data=(x_valid, y_valid),
            seed=42,
            verbose=0,
            engine=engine,
            **given,
        )

    keras.utils.set_random_seed(42)
    nesterov = keras.optimizers.SGD(learning_rate=0.01, momentum=0.9, nesterov=True)
    stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    runs = {
        "L2": train(l2_network()),
        "dropout": train(dropout_network()),
        "alpha dropout": train(alpha_dropout_network(), nesterov),
        "max-norm": train(max_norm_network()),
        "early stopping": train(max_norm_network(), epochs=20 * n_epochs, callbacks=[stop]),
    }
    for name, run in runs.items():
        print(f"{name:15} {run.history['val_accuracy'][-1]:.3f} on {run.engine}  {run.diagnosis}")
    penalty = runs["L2"].penalty
    assert penalty is not None
    print("L2 penalty after each epoch:", np.round(penalty, 3))
    kernels = [layer.kernel for layer in runs["max-norm"].model.layers[1:3]]
    largest = max(np.linalg.norm(np.asarray(kernel), axis=0).max() for kernel in kernels)
    print(f"largest norm with max-norm: {largest:.3f}")
    return runs


if __name__ == "__main__":
    main()
