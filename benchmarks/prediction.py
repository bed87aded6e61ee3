"""One row and many through a small network. `python -m benchmarks.prediction [--write]`"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

import epochal
from benchmarks.document import publish
from benchmarks.markdown import table
from benchmarks.peak import described, sgemm_peak
from benchmarks.peer_keras import build
from benchmarks.workloads import BY_NAME, CLASSES

MANY = 10_000
SECONDS = 1.5  # for each way
MOST_MICROSECONDS, LEAST_FRACTION = 30.0, 0.50


def ways(model: keras.Model) -> dict[str, Callable]:
    predict, by_xla = epochal.predictor(model), epochal.predictor(model, engine="xla")
    return {
        "epochal.predictor(model)(x)": predict,
        "epochal.predictor(model, engine='xla')(x)": by_xla,
        "epochal.predict(model, x)": lambda x: epochal.predict(model, x, verbose=0),
        "Keras on JAX, model(x)": lambda x: np.asarray(model(x)),
        "Keras on JAX, model.predict_on_batch(x)": model.predict_on_batch,
        "Keras on JAX, model.predict(x)": lambda x: model.predict(x, batch_size=1024, verbose=0),
    }


def seconds(answer: Callable, x: np.ndarray) -> list[float]:
    """Of many calls, after the first two."""
    answer(x), answer(x)
    found: list[float] = []
    while sum(found) < SECONDS or len(found) < 5:
        start = time.perf_counter()
        answer(x)
        found.append(time.perf_counter() - start)
    return found


def section() -> str:
    workload = BY_NAME["A-sgd-32"]
    model = build(workload, steps_per_execution=1)
    x = np.random.default_rng(0).random((MANY, workload.columns), dtype="float32")
    peaks = sgemm_peak()
    peak = max(peaks.values())
    widths = (workload.columns, *workload.network.hidden, CLASSES)
    operations = 2 * MANY * sum(a * b for a, b in pairwise(widths)) / 1e9
    rows, ours = [], (0.0, 0.0)
    for name, answer in ways(model).items():
        one, many = median(seconds(answer, x[:1])), median(seconds(answer, x))
        fraction = operations / many / peak
        ours = ours if rows else (one * 1e6, fraction)
        rows.append([f"`{name}`", f"{one * 1e6:.0f} us", f"{many * 1e3:.1f} ms", f"{fraction:.0%}"])
    verdicts = [
        ["one row", f"< {MOST_MICROSECONDS:.0f} us", f"{ours[0]:.0f} us"],
        [f"{MANY:,} rows", f"> {LEAST_FRACTION:.0%} of the peak", f"{ours[1]:.0%}"],
    ]
    for verdict, held in zip(
        verdicts, (ours[0] < MOST_MICROSECONDS, ours[1] > LEAST_FRACTION), strict=True
    ):
        verdict.append("reached" if held else "**not reached**")
    return "\n\n".join(
        [
            "784-300-100-10 from Python, median of many calls.",
            table(["", "one row", f"{MANY:,} rows", "of the peak"], rows),
            described(peaks),
            table(["`epochal.predictor`", "target", "measured", ""], verdicts),
        ]
    )


def main(arguments: Sequence[str]) -> None:
    publish("Prediction", section(), module="benchmarks.prediction", arguments=arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
