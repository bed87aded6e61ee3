"""One row and many through small networks. `python -m benchmarks.prediction [--write]`"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from itertools import pairwise
from statistics import median

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

import epochal
from benchmarks.document import publish
from benchmarks.kinds.registry import BY_NAME as KINDS
from benchmarks.markdown import table
from benchmarks.peak import described, sgemm_peak
from benchmarks.peer_keras import build
from benchmarks.workloads import BY_NAME, CLASSES

MANY = 10_000
SECONDS = 1.5  # for each way
MOST_MICROSECONDS, LEAST_FRACTION = 30.0, 0.50
IMAGES, LEAST_OVER_TORCH = 1_000, 5.0


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


def eager_torch(kind: str) -> Callable:
    """torch's model of the kind, from a NumPy array (rows, height, width, channels) to one."""
    import torch  # noqa: PLC0415 - optional

    from benchmarks.peer_kind_torch import NETWORKS  # noqa: PLC0415

    model = NETWORKS[kind][0]().eval()

    def answer(x: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            images = torch.from_numpy(x).permute(0, 3, 1, 2)
            return torch.softmax(model(images), 1).numpy()

    return answer


def images_section() -> list[str]:
    """One image and many through the CNN, beside torch where that is installed."""
    model = KINDS["cnn"].build()
    x = np.random.default_rng(0).random((IMAGES, 28, 28, 1), dtype="float32")
    answers = ways(model)
    if find_spec("torch") is not None:
        answers["torch, eager, model(x)"] = eager_torch("cnn")
    found = {
        name: (median(seconds(answer, x[:1])), median(seconds(answer, x)))
        for name, answer in answers.items()
    }
    rows = [
        [f"`{name}`", f"{one * 1e6:.0f} us", f"{many * 1e3:.1f} ms"]
        for name, (one, many) in found.items()
    ]
    parts = [
        "Conv 32, pool, Conv 64, pool, Dense 100, on images of 28 x 28.",
        table(["", "one image", f"{IMAGES:,} images"], rows),
    ]
    if "torch, eager, model(x)" in found:
        ratio = found["torch, eager, model(x)"][0] / found["epochal.predictor(model)(x)"][0]
        held = "reached" if ratio >= LEAST_OVER_TORCH else "**not reached**"
        parts.append(
            f"Of one image, the predictor is to be at least {LEAST_OVER_TORCH:.0f} times as fast "
            f"as torch's eager call: {ratio:.1f}, {held}."
        )
    return parts


def section() -> str:
    workload = BY_NAME["A-sgd-32"]
    model = build(workload, steps_per_execution=1)
    x = np.random.default_rng(0).random((MANY, workload.columns), dtype="float32")
    peaks = sgemm_peak()
    peak = max(peaks.values())
    widths = (workload.columns, *workload.network.hidden, CLASSES)
    operations = 2 * MANY * sum(a * b for a, b in pairwise(widths)) / 1e9
    rows: list[list[str]] = []
    ours = (0.0, 0.0)
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
            *images_section(),
        ]
    )


def main(arguments: Sequence[str]) -> None:
    publish("Prediction", section(), module="benchmarks.prediction", arguments=arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
