"""A small table beside the peers, and net A beside scikit-learn's.

`python -m benchmarks.small_data [--write]`
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

import epochal
from benchmarks.document import publish
from benchmarks.markdown import table
from benchmarks.peer_keras import build
from benchmarks.workloads import BY_NAME
from epochal.data import datasets

# Title -> the peer, its Keras backend, fits, and how many times faster than it is asked.
PEERS = {
    "`DNNClassifier`": ("epochal", "jax", 6, None),
    "scikit-learn, `MLPClassifier`": ("scikit-learn", "jax", 3, 6.0),
    "Keras on JAX, `model.fit`": ("keras", "jax", 3, 10.0),
    "Keras on TensorFlow, `model.fit`": ("keras", "tensorflow", 2, 50.0),
}
MOST_SECONDS, LEAST_OVER_SCIKIT_LEARN = 0.3, 8.0


def write_titanic(file: Path) -> tuple[int, int]:
    """891 rows as numbers, standardised; their shape."""
    titanic = datasets.load("titanic")
    assert isinstance(titanic, datasets.TableDataset)
    frame = titanic.frame.drop(columns="alive", errors="ignore")
    y = frame.pop("survived").to_numpy().astype("float32")
    numbers = pd.get_dummies(frame).astype("float32")
    numbers = numbers.fillna(numbers.median())
    x = ((numbers - numbers.mean()) / numbers.std()).to_numpy()
    np.savez(file, x=x, y=y)
    return x.shape


def fits_of(peer: str, backend: str, fits: int, file: Path) -> list[float]:
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.peer_small"]
    command += [peer, str(file), str(fits)]
    printed = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout
    return json.loads(printed.splitlines()[-1])


def titanic_section() -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "titanic.npz"
        shape = write_titanic(file)
        seconds = {
            title: fits_of(peer, backend, fits, file)
            for title, (peer, backend, fits, _) in PEERS.items()
        }
    ours, *_ = (median(found[1:]) for found in seconds.values())
    rows = []
    for title, (first, *later) in seconds.items():
        *_, asked = PEERS[title]
        ratio = median(later) / ours
        wanted = f"< {MOST_SECONDS} s" if asked is None else f"{asked:.0f}x"
        held = ours < MOST_SECONDS if asked is None else ratio >= asked
        verdict = "reached" if held else "**not reached**"
        rows.append(
            [title, f"{first:.2f} s", f"{median(later):.2f} s", f"{ratio:.1f}x", wanted, verdict]
        )
    return "\n\n".join(
        [
            f"Titanic, {shape[0]} rows of {shape[1]} features, 100-100, batch size 32, 100 epochs, "
            "a tenth held out and the best epoch kept; the times include building the model and, "
            "with epochal, the range test. The first fit of a process includes what JAX and "
            "TensorFlow compile once, for Keras to initialise weights.",
            table(["fit", "first", "later", "to epochal's", "target", ""], rows),
        ]
    )


def larger_section(epochs: int = 5) -> str:
    """Net A with Adam: seconds per epoch, both in this process, in turns."""
    workload = BY_NAME["A-adam-32"]
    generator = np.random.default_rng(0)
    x = generator.random((workload.rows, workload.columns), dtype="float32")
    y = generator.integers(10, size=workload.rows, dtype="int32")
    model = build(workload, steps_per_execution=1)
    run = epochal.fit(model, x, y, batch_size=32, epochs=epochs + 1, verbose=0, seed=0)
    ours = median(run.timing.epochs[1:])
    network = MLPClassifier(workload.network.hidden, batch_size=32, max_iter=1, warm_start=True)
    seconds = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for _ in range(3):
            start = time.perf_counter()
            network.fit(x, y)
            seconds.append(time.perf_counter() - start)
    theirs = median(seconds)
    held = theirs / ours >= LEAST_OVER_SCIKIT_LEARN
    return (
        f"Net A with Adam, batch size 32, {workload.rows:,} rows: {ours:.2f} s per epoch with "
        f"`epochal.fit`, {theirs:.2f} s with scikit-learn's `MLPClassifier`, "
        f"{theirs / ours:.1f} times as long; the target is {LEAST_OVER_SCIKIT_LEARN:.0f}x: "
        f"{'reached' if held else '**not reached**'}."
    )


def main(arguments: Sequence[str]) -> None:
    body = "\n\n".join([titanic_section(), larger_section()])
    publish("Small data", body, module="benchmarks.small_data", arguments=arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
