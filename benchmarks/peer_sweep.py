"""Optuna around `model.fit`: `python -m benchmarks.peer_sweep FILE TRIALS`.

FILE holds `x` and `y`, training rows first, and `taken`, how many these are. KERAS_BACKEND says
what Keras runs on. Prints the seconds of all trials but the first, which compiles.
"""

import json
import sys
import time

import keras
import numpy as np
import optuna

from benchmarks.sweep_network import BATCH_SIZE, EPOCHS, SEEDS, SPACE, network


def main(file: str, trials: int) -> None:
    data = np.load(file)
    x, y, taken = data["x"], data["y"], int(data["taken"])
    ended: list[float] = []

    def objective(trial: optuna.Trial) -> float:
        low, high = SPACE["learning_rate"][:2]
        rate = trial.suggest_float("learning_rate", low, high, log=True)
        dropout = trial.suggest_float("dropout", *SPACE["dropout"])
        losses = []
        for seed in range(SEEDS):
            keras.utils.set_random_seed(seed)
            run = network(rate, dropout).fit(
                x[:taken],
                y[:taken],
                validation_data=(x[taken:], y[taken:]),
                batch_size=BATCH_SIZE,
                epochs=EPOCHS,
                verbose=0,
            )
            losses.append(run.history["val_loss"][-1])
        ended.append(time.perf_counter())
        return float(np.mean(losses))

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    optuna.create_study().optimize(objective, n_trials=trials + 1)
    sys.stdout.write(json.dumps(ended[-1] - ended[0]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
