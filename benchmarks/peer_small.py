"""Fits of a small table: `python -m benchmarks.peer_small PEER FILE FITS`.

FILE holds `x` (rows, features) float32, standardised, and `y` of 0 and 1. All train 100-100, batch
size 32, 100 epochs on nine tenths of the rows. Prints the seconds of each fit, building included.
"""

import json
import sys
import time
from collections.abc import Callable

import numpy as np

EPOCHS = 100


def by_epochal(x: np.ndarray, y: np.ndarray) -> None:
    import epochal  # noqa: PLC0415 - each peer's process sees its own library alone

    epochal.DNNClassifier(
        (100, 100),
        guideline="default",
        epochs=EPOCHS,
        batch_size=32,
        early_stopping=True,
        patience=EPOCHS,  # every epoch is run, and the best one kept
        random_state=0,
    ).fit(x, y)


def by_scikit_learn(x: np.ndarray, y: np.ndarray) -> None:
    from sklearn.neural_network import MLPClassifier  # noqa: PLC0415

    MLPClassifier(
        (100, 100),
        batch_size=32,
        max_iter=EPOCHS,
        early_stopping=True,
        n_iter_no_change=EPOCHS,
        random_state=0,
    ).fit(x, y)


def by_keras(x: np.ndarray, y: np.ndarray) -> None:
    import keras  # noqa: PLC0415

    model = keras.Sequential(
        [
            keras.Input((x.shape[1],)),
            keras.layers.Dense(100, activation="relu"),
            keras.layers.Dense(100, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy")
    stopping = keras.callbacks.EarlyStopping(patience=EPOCHS, restore_best_weights=True)
    model.fit(
        x,
        y,
        batch_size=32,
        epochs=EPOCHS,
        validation_split=0.1,
        callbacks=[stopping],
        verbose=0,
    )


PEERS: dict[str, Callable[[np.ndarray, np.ndarray], None]] = {
    "epochal": by_epochal,
    "scikit-learn": by_scikit_learn,
    "keras": by_keras,
}


def imported(peer: str) -> None:
    """What a user has imported before the first fit."""
    if peer == "epochal":
        from epochal import DNNClassifier  # noqa: F401, PLC0415
    elif peer == "scikit-learn":
        from sklearn.neural_network import MLPClassifier  # noqa: F401, PLC0415
    else:
        import keras  # noqa: F401, PLC0415


def main(peer: str, file: str, fits: str) -> None:
    arrays = np.load(file)
    imported(peer)
    seconds = []
    for _ in range(int(fits)):
        start = time.perf_counter()
        PEERS[peer](arrays["x"], arrays["y"])
        seconds.append(time.perf_counter() - start)
    sys.stdout.write(json.dumps(seconds) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
