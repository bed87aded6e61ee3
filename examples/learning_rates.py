"""Learning-rate schedules, on Fashion-MNIST: those of Géron's chapter 11.

The functions and callback classes are those of the notebook of A. Géron, "Hands-On Machine Learning
with Scikit-Learn, Keras, and TensorFlow", 2nd edition. They are changed where Keras 3 needs it:
`learning_rate` for `lr`, `optimizer.learning_rate` for `K.get_value` and `K.set_value`,
`InverseTimeDecay` for `decay`; and `self.s` replaces a global. `epochal.fit` replaces `model.fit`,
and `epochal.plots` draws. `python -m examples.learning_rates FOLDER` writes the figures to FOLDER.
"""

import sys
from pathlib import Path
from typing import Any

import epochal  # before keras, whose backend it chooses
from epochal.data import ImageScaler, datasets

# isort: split
import keras
import numpy as np
from keras.optimizers import schedules


def selu_network(optimizer: Any) -> keras.Model:
    """The notebook's network: 784-300-100-10, SELU."""
    model = keras.Sequential(
        [
            keras.Input([28, 28]),
            keras.layers.Flatten(),
            keras.layers.Dense(300, activation="selu", kernel_initializer="lecun_normal"),
            keras.layers.Dense(100, activation="selu", kernel_initializer="lecun_normal"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    return model


# Exponential scheduling: lr = lr0 * 0.1**(epoch / s)
def exponential_decay(lr0: float, s: float) -> Any:
    """Decay by a factor of 10 every `s` epochs, from `lr0` on."""

    def exponential_decay_fn(epoch):
        return lr0 * 0.1 ** (epoch / s)

    return exponential_decay_fn


# ... from the current learning rate, the second argument of the function
def exponential_decay_from_current(epoch: int, lr: float) -> float:
    """Decay by a factor of 10 every 20 epochs, from the current learning rate."""
    return lr * 0.1 ** (1 / 20)


# ... updated at every batch
class ExponentialDecay(keras.callbacks.Callback):
    """Multiply the learning rate at every batch, by a factor of 10 every `s` batches."""

    def __init__(self, s=40000):
        super().__init__()
        self.s = s

    def on_batch_begin(self, batch, logs=None):
        # Note: the `batch` argument is reset at each epoch
        lr = float(self.model.optimizer.learning_rate)
        self.model.optimizer.learning_rate = lr * 0.1 ** (1 / self.s)

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        logs["lr"] = float(self.model.optimizer.learning_rate)


# Piecewise constant scheduling
def piecewise_constant(boundaries: list, values: list) -> Any:
    """Constant learning rates between epochs."""
    starts = np.array([0, *boundaries])

    def piecewise_constant_fn(epoch):
        return values[np.argmax(starts > epoch) - 1]

    return piecewise_constant_fn


# The range test
class ExponentialLearningRate(keras.callbacks.Callback):
    """Multiply the learning rate by `factor` at every batch, and record the losses."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor
        self.rates = []
        self.losses = []

    def on_batch_end(self, batch, logs):
        self.rates.append(float(self.model.optimizer.learning_rate))
        self.losses.append(logs["loss"])
        self.model.optimizer.learning_rate = self.rates[-1] * self.factor


# 1cycle
class OneCycleScheduler(keras.callbacks.Callback):
    """The 1cycle schedule of the notebook, as a callback."""

    def __init__(self, iterations, max_rate, start_rate=None, last_iterations=None, last_rate=None):
        super().__init__()
        self.iterations = iterations
        self.max_rate = max_rate
        self.start_rate = start_rate or max_rate / 10
        self.last_iterations = last_iterations or iterations // 10 + 1
        self.half_iteration = (iterations - self.last_iterations) // 2
        self.last_rate = last_rate or self.start_rate / 1000
        self.iteration = 0

    def _interpolate(self, iter1, iter2, rate1, rate2):
        return (rate2 - rate1) * (self.iteration - iter1) / (iter2 - iter1) + rate1

    def on_batch_begin(self, batch, logs):
        if self.iteration < self.half_iteration:
            rate = self._interpolate(0, self.half_iteration, self.start_rate, self.max_rate)
        elif self.iteration < 2 * self.half_iteration:
            rate = self._interpolate(
                self.half_iteration, 2 * self.half_iteration, self.max_rate, self.start_rate
            )
        else:
            rate = self._interpolate(
                2 * self.half_iteration, self.iterations, self.start_rate, self.last_rate
            )
            rate = max(rate, self.last_rate)
        self.iteration += 1
        self.model.optimizer.learning_rate = rate


def standardized_images(rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Images and labels of the first `rows` training images, and of the last 5,000."""
    fashion = datasets.load_images("fashion-mnist")
    scaler = ImageScaler().fit(fashion.x_train[:rows])
    x_train, x_valid = (
        scaler.transform(part) for part in (fashion.x_train[:rows], fashion.x_train[-5000:])
    )
    return x_train, fashion.y_train[:rows], x_valid, fashion.y_train[-5000:]


def main(rows: int = 55_000, n_epochs: int = 25, out: Path | None = None) -> dict[str, Any]:
    """Train with each schedule; return the runs by name, and the curve of the range test."""
    x_train, y_train, x_valid, y_valid = standardized_images(rows)
    SGD, Nadam = keras.optimizers.SGD, keras.optimizers.Nadam
    scheduler = keras.callbacks.LearningRateScheduler
    n_steps_per_epoch = -(-rows // 32)  # the last, smaller batch counts too
    s = 20 * n_steps_per_epoch  # number of steps in 20 epochs (batch size = 32)

    def train(optimizer: Any, callbacks: Any = (), **arguments: Any) -> epochal.Run:
        keras.utils.set_random_seed(42)
        given: dict[str, Any] = {
            "epochs": n_epochs,
            "validation_data": (x_valid, y_valid),
        } | arguments
        model = selu_network(optimizer)
        return epochal.fit(
            model, x_train, y_train, callbacks=list(callbacks), seed=42, verbose=0, **given
        )

    results = {
        # SGD(lr=0.01, decay=1e-4): lr = lr0 / (1 + steps / s)**c with c = 1 and s = 1 / decay
        "power": train(SGD(schedules.InverseTimeDecay(0.01, 1, 1e-4))),
        "exponential": train("nadam", [scheduler(exponential_decay(lr0=0.01, s=20))]),
        "exponential, from the current rate": train(
            "nadam", [scheduler(exponential_decay_from_current)]
        ),
        "exponential, per batch": train(Nadam(0.01), [ExponentialDecay(s)]),
        "piecewise constant": train(
            "nadam", [scheduler(piecewise_constant([5, 15], [0.01, 0.005, 0.001]))]
        ),
        "plateau": train(
            SGD(0.02, momentum=0.9), [keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=5)]
        ),
        "exponential, in the optimizer": train(SGD(schedules.ExponentialDecay(0.01, s, 0.1))),
        "piecewise constant, in the optimizer": train(
            SGD(
                schedules.PiecewiseConstantDecay(
                    boundaries=[5.0 * n_steps_per_epoch, 15.0 * n_steps_per_epoch],
                    values=[0.01, 0.005, 0.001],
                )
            )
        ),
    }

    batch_size = 128
    n_iterations = -(-rows // batch_size) * n_epochs
    model = selu_network(SGD(1e-3))
    curve = epochal.find_learning_rate(
        model, x_train, y_train, batch_size=batch_size, minimum=1e-5, maximum=10.0
    )
    onecycle = OneCycleScheduler(n_iterations, max_rate=0.05)
    results["1cycle, the notebook's callback"] = train(SGD(1e-3), [onecycle], batch_size=batch_size)
    # The same as a schedule: no Python at every batch, and the fit sets its length.
    cycle = epochal.schedules.OneCycle(0.05)
    results["1cycle"] = train(SGD(1e-3), schedule=cycle, batch_size=batch_size)
    for name, run in results.items():
        print(f"{name:37} {run.history['val_accuracy'][-1]:.3f} in {run.seconds:.1f} s")
    print("range test:", ", ".join(f"{k} {v:.2g}" for k, v in curve.suggestions.items()))
    if out is not None:
        _draw(results, curve, out)
    return results | {"range test": curve}


def _draw(results: dict[str, epochal.Run], curve: epochal.LearningRateCurve, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    curve.plot().savefig(out / "range test.png")
    for name, run in results.items():
        epochal.plots.rate_and_loss(run).savefig(out / f"{name}.png")


if __name__ == "__main__":
    main(out=Path(sys.argv[1]) if len(sys.argv) > 1 else None)
