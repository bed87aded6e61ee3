"""Vanishing and exploding gradients, on Fashion-MNIST: the models of Géron's chapter 11.

Initializers, LeakyReLU, PReLU, SELU and ReLU in 100 layers, batch normalisation after and before
the activation, gradient clipping. The models are those of the notebook of A. Géron, "Hands-On
Machine Learning with Scikit-Learn, Keras, and TensorFlow", 2nd edition. They are changed where
Keras 3 needs it (`learning_rate` for `lr`, `keras.Input` for `input_shape`) and where the notebook
divides by the standard deviation of a pixel that never varies, which is 0. `epochal.fit` replaces
`model.fit`.
"""

from typing import Any

import epochal  # before keras, whose backend it chooses
from epochal.data import ImageScaler, datasets

# isort: split
import keras

layers = keras.layers


def leaky_relu_network() -> keras.Model:
    """300 and 100 units with LeakyReLU."""
    return keras.Sequential(
        [
            keras.Input([28, 28]),
            layers.Flatten(),
            layers.Dense(300, kernel_initializer="he_normal"),
            layers.LeakyReLU(),
            layers.Dense(100, kernel_initializer="he_normal"),
            layers.LeakyReLU(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def prelu_network() -> keras.Model:
    """300 and 100 units with PReLU."""
    return keras.Sequential(
        [
            keras.Input([28, 28]),
            layers.Flatten(),
            layers.Dense(300, kernel_initializer="he_normal"),
            layers.PReLU(),
            layers.Dense(100, kernel_initializer="he_normal"),
            layers.PReLU(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def deep_network(n_layers: int, activation: str, kernel_initializer: Any) -> keras.Model:
    """One layer of 300 units, and layers of 100 units up to `n_layers`."""
    model = keras.Sequential([keras.Input([28, 28]), layers.Flatten()])
    model.add(layers.Dense(300, activation=activation, kernel_initializer=kernel_initializer))
    for _ in range(n_layers - 1):
        model.add(layers.Dense(100, activation=activation, kernel_initializer=kernel_initializer))
    model.add(layers.Dense(10, activation="softmax"))
    return model


def normalized_after_the_activation() -> keras.Model:
    """Batch normalisation at the input and after each activation."""
    return keras.Sequential(
        [
            keras.Input([28, 28]),
            layers.Flatten(),
            layers.BatchNormalization(),
            layers.Dense(300, activation="relu"),
            layers.BatchNormalization(),
            layers.Dense(100, activation="relu"),
            layers.BatchNormalization(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def normalized_before_the_activation() -> keras.Model:
    """Batch normalisation at the input and before each activation."""
    # Batch normalisation subtracts the mean, so that the layer before it needs no bias.
    return keras.Sequential(
        [
            keras.Input([28, 28]),
            layers.Flatten(),
            layers.BatchNormalization(),
            layers.Dense(300, use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dense(100, use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def main(
    rows: int = 55_000, n_epochs: int = 10, n_layers: int = 100, engine: str = "auto"
) -> dict[str, epochal.Run]:
    """Train each network; return the runs by name."""
    fashion = datasets.load_images("fashion-mnist")
    x_train, x_valid = fashion.x_train[:rows] / 255.0, fashion.x_train[-5000:] / 255.0
    y_train, y_valid = fashion.y_train[:rows], fashion.y_train[-5000:]
    scaler = ImageScaler().fit(fashion.x_train[:rows])
    x_train_scaled, x_valid_scaled = (
        scaler.transform(part) for part in (fashion.x_train[:rows], fashion.x_train[-5000:])
    )
    init = keras.initializers.VarianceScaling(scale=2.0, mode="fan_avg", distribution="uniform")
    SGD = keras.optimizers.SGD

    def train(make: Any, *arguments: Any, optimizer: Any = None, scaled: bool = False) -> Any:
        keras.utils.set_random_seed(42)
        model = make(*arguments)
        model.compile(
            loss="sparse_categorical_crossentropy",
            optimizer=optimizer or SGD(learning_rate=1e-3),
            metrics=["accuracy"],
        )
        return epochal.fit(
            model,
            x_train_scaled if scaled else x_train,
            y_train,
            epochs=n_epochs,
            validation_data=(x_valid_scaled if scaled else x_valid, y_valid),
            seed=42,
            verbose=0,
            engine=engine,
        )

    runs = {
        "LeakyReLU": train(leaky_relu_network),
        "PReLU": train(prelu_network),
        "variance scaling": train(deep_network, 2, "relu", init),
        "deep, SELU and LeCun": train(deep_network, n_layers, "selu", "lecun_normal", scaled=True),
        "deep, ReLU and He": train(deep_network, n_layers, "relu", "he_normal", scaled=True),
        "batch normalisation after": train(normalized_after_the_activation),
        "batch normalisation before": train(normalized_before_the_activation),
        "clipped by value": train(
            deep_network, 2, "elu", "he_normal", optimizer=SGD(1e-3, clipvalue=1.0)
        ),
        "clipped by norm": train(
            deep_network, 2, "elu", "he_normal", optimizer=SGD(1e-3, clipnorm=1.0)
        ),
    }
    for name, run in runs.items():
        print(f"{name:26} {run.history['val_accuracy'][-1]:.3f} on {run.engine}  {run.diagnosis}")
    return runs


if __name__ == "__main__":
    main()
