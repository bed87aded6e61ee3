"""Transfer learning on Fashion-MNIST: train on eight classes, and reuse the layers for two others.

Task A has the images of eight classes. Task B is to tell sandals (5) from shirts (6), with 200
training images. The experiment and its code are those of the notebook of A. Géron, "Hands-On
Machine Learning with Scikit-Learn, Keras, and TensorFlow", 2nd edition, chapter 11.
`python -m examples.transfer_learning --seeds 10` runs it ten times and prints a table.
"""

import argparse
from dataclasses import dataclass, fields
from typing import Any

import epochal  # before keras, whose backend it chooses
from epochal.data import datasets

# isort: split
import keras
import numpy as np


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Accuracy on the test images of task B, each after 20 epochs on its 200 images."""

    alone: float
    by_hand: float  # with the notebook's own code
    reused: float  # with `reuse` and `fine_tune`
    reused_slower_below: float  # with smaller learning rates in lower layers, layer_decay = 1 / 2.6
    pretrained_without_labels: float


def split_dataset(X, y):
    """The images and labels of task A, and those of task B."""
    y_5_or_6 = (y == 5) | (y == 6)  # sandals or shirts
    y_A = y[~y_5_or_6]
    y_A[y_A > 6] -= 2  # class indices 7, 8, 9 should be moved to 5, 6, 7
    y_B = (y[y_5_or_6] == 6).astype(np.float32)  # binary task: is it a shirt (class 6)?
    return ((X[~y_5_or_6], y_A), (X[y_5_or_6], y_B))


def load_tasks(rows):
    """All training images, the parts of task A (train, valid), those of task B (and test)."""
    images = datasets.load_images("fashion-mnist")
    X_train_full = (images.x_train[:rows] / 255.0).astype(np.float32)
    y_train_full = images.y_train[:rows]
    X_test = (images.x_test / 255.0).astype(np.float32)
    valid = len(X_train_full) // 12  # 5,000 of 60,000
    X_valid, X_train = X_train_full[:valid], X_train_full[valid:]
    y_valid, y_train = y_train_full[:valid], y_train_full[valid:]

    train_A, (X_train_B, y_train_B) = split_dataset(X_train, y_train)
    valid_A, valid_B = split_dataset(X_valid, y_valid)
    _, test_B = split_dataset(X_test, images.y_test)
    return X_train, (train_A, valid_A), ((X_train_B[:200], y_train_B[:200]), valid_B, test_B)


def hidden_layers():
    """Input, flatten and five hidden layers."""
    layers = [keras.Input([28, 28]), keras.layers.Flatten()]
    for n_hidden in (300, 100, 50, 50, 50):
        layers.append(keras.layers.Dense(n_hidden, activation="selu"))
    return layers


def compile_for_B(model):
    """Compile for binary classification."""
    optimizer = keras.optimizers.SGD(learning_rate=1e-3)
    model.compile(loss="binary_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    return model


def head_for_B(seed):
    """A sigmoid for task B."""
    initializer = keras.initializers.GlorotUniform(seed=seed)
    return keras.layers.Dense(1, activation="sigmoid", kernel_initializer=initializer)


def reused_by_hand(model_A, X_train_B, y_train_B, valid_B, options):
    """The code of the notebook, on a clone, since it would also train `model_A`."""
    model_A_clone = keras.models.clone_model(model_A)
    model_A_clone.set_weights(model_A.get_weights())
    model_B_on_A = keras.models.Sequential([keras.Input([28, 28]), *model_A_clone.layers[:-1]])
    model_B_on_A.add(head_for_B(options["seed"]))

    for layer in model_B_on_A.layers[:-1]:
        layer.trainable = False
    compile_for_B(model_B_on_A)
    epochal.fit(model_B_on_A, X_train_B, y_train_B, epochs=4, validation_data=valid_B, **options)

    for layer in model_B_on_A.layers[:-1]:
        layer.trainable = True
    compile_for_B(model_B_on_A)
    epochal.fit(
        model_B_on_A,
        X_train_B,
        y_train_B,
        initial_epoch=4,
        epochs=20,
        validation_data=valid_B,
        **options,
    )
    return model_B_on_A


def run(seed: int = 42, rows: int | None = None, verbose: int = 0) -> Scores:
    """Run the experiment on the first `rows` training images; None: all 60,000."""
    X_train, (train_A, valid_A), (train_B, valid_B, test_B) = load_tasks(rows)
    (X_train_A, y_train_A), (X_train_B, y_train_B) = train_A, train_B
    keras.utils.set_random_seed(seed)
    options: dict[str, Any] = {"seed": seed, "verbose": verbose}

    model_A = keras.models.Sequential(hidden_layers())
    model_A.add(keras.layers.Dense(8, activation="softmax"))
    model_A.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=keras.optimizers.SGD(learning_rate=1e-3),
        metrics=["accuracy"],
    )
    epochal.fit(model_A, X_train_A, y_train_A, epochs=20, validation_data=valid_A, **options)

    model_B = keras.models.Sequential(hidden_layers())
    model_B.add(keras.layers.Dense(1, activation="sigmoid"))
    compile_for_B(model_B)
    epochal.fit(model_B, X_train_B, y_train_B, epochs=20, validation_data=valid_B, **options)

    def accuracy_of(model):
        return epochal.evaluate(model, *test_B, verbose=0)[1]

    def fine_tuned(model, drop=1, **rates):
        model_B_on_it = compile_for_B(epochal.reuse(model, head_for_B(seed), drop=drop))
        epochal.fine_tune(
            model_B_on_it,
            X_train_B,
            y_train_B,
            frozen_epochs=4,
            epochs=16,
            validation_data=valid_B,
            **rates,
            **options,
        )
        return accuracy_of(model_B_on_it)

    by_hand = reused_by_hand(model_A, X_train_B, y_train_B, valid_B, options)
    pretrained = epochal.pretrain_autoencoder(
        keras.models.Sequential([*hidden_layers(), keras.layers.Dense(1)]),
        X_train,
        epochs=10,
        **options,
    )
    return Scores(
        alone=accuracy_of(model_B),
        by_hand=accuracy_of(by_hand),
        reused=fine_tuned(model_A),
        reused_slower_below=fine_tuned(model_A, layer_decay=1 / 2.6),
        pretrained_without_labels=fine_tuned(pretrained.encoder, drop=0),
    )


def main(seeds: int = 1, rows: int | None = None) -> list[Scores]:
    """Run the experiment with `seeds` seeds from 42 on, and print each run and the median."""
    columns = [field.name for field in fields(Scores)]
    print("seed   ", *columns)
    scores = []
    for seed in range(42, 42 + seeds):
        scores.append(run(seed, rows))
        print_row(str(seed), [getattr(scores[-1], column) for column in columns], columns)
    medians = [np.median([getattr(each, column) for each in scores]) for column in columns]
    print_row("median", medians, columns)
    return scores


def print_row(title, values, columns):
    """Print one row of the table, in percent."""
    cells = [f"{100 * v:.2f}%".rjust(len(c)) for v, c in zip(values, columns, strict=True)]
    print(title.ljust(7), *cells)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--rows", type=int, default=None)
    arguments = parser.parse_args()
    main(arguments.seeds, arguments.rows)
