"""How the cost of training grows with width, depth, batch size and rows, on each engine.

`python -m benchmarks.growth [--only CURVE ...] [--write]` draws docs/benchmarks/growth-*.svg too.
"""

import argparse
import io
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

import epochal
from benchmarks.document import DOCS, publish
from benchmarks.machine import this_machine
from benchmarks.markdown import table
from benchmarks.peak import described, sgemm_peak
from epochal.plots.style import MUTED, label_axes, line_style, new_figure

ENGINES = ("native", "xla")
FEATURES, CLASSES = 100, 10
SECONDS = 0.2  # about the length of an epoch
MOST_STEPS = 4000
EPOCHS = 5  # of which the first is left out


@dataclass(frozen=True, kw_only=True)
class Point:
    """What is trained: `depth` hidden layers of `width`, SELU, SGD."""

    width: int = 100
    depth: int = 3
    batch: int = 32
    rows: int | None = None  # None: as many as an epoch of `SECONDS` needs

    @property
    def operations(self) -> float:
        """Multiplications and additions of a step's matrix products."""
        widths = (FEATURES, *(self.width,) * self.depth, CLASSES)
        weights = [a * b for a, b in pairwise(widths)]
        return self.batch * (6.0 * sum(weights) - 2.0 * weights[0])

    def steps(self, speed: float) -> int:
        """Steps of an epoch, where a step runs at `speed` GFLOPS."""
        steps = min(MOST_STEPS, max(4, int(SECONDS * speed * 1e9 / self.operations)))
        # All rows, unless they last for all epochs: an epoch may not end before its last step.
        whole = steps if self.rows is None else self.rows // self.batch
        return whole if whole < (EPOCHS + 1) * steps else steps


CURVES: dict[str, list[Point]] = {
    "width": [Point(width=width) for width in (32, 64, 128, 256, 512, 1024, 2048)],
    "depth": [Point(depth=depth) for depth in (1, 3, 10, 30, 100)],
    "batch": [Point(batch=batch) for batch in (1, 4, 16, 64, 256, 1024, 4096)],
    "rows": [Point(rows=rows) for rows in (1_000, 10_000, 100_000, 1_000_000, 10_000_000)],
}
NOTES = """
The network is {features} features, 3 hidden layers of 100, SELU, {classes} classes; SGD, batch size
32; each curve varies one of these. Of many rows, an epoch takes a part, in the order of a shuffled
pass over all of them (10 million are 4 GB). Each speed is that of the best epoch of {epochs} after
the first, of the whole `epochal.fit`.
"""


def build(point: Point) -> keras.Model:
    hidden = [
        keras.layers.Dense(point.width, activation="selu", kernel_initializer="lecun_normal")
        for _ in range(point.depth)
    ]
    output = keras.layers.Dense(CLASSES, activation="softmax")
    model = keras.Sequential([keras.Input((FEATURES,)), *hidden, output])
    model.compile(keras.optimizers.SGD(1e-4), "sparse_categorical_crossentropy")
    return model


def speed(point: Point, engine: str, guess: float) -> float:
    """GFLOPS of the matrix products, over the whole time of an epoch."""
    steps = point.steps(guess)
    rows = (point.rows or steps * point.batch) // point.batch * point.batch
    generator = np.random.default_rng(0)
    x = generator.random((rows, FEATURES), dtype="float32")
    y = generator.integers(CLASSES, size=rows, dtype="int32")
    run = epochal.fit(
        build(point),
        x,
        y,
        batch_size=point.batch,
        epochs=EPOCHS + 1,
        steps_per_epoch=steps,
        engine=engine,
        verbose=0,
        seed=0,
    )
    return point.operations * steps / min(run.timing.epochs[1:]) / 1e9


def measure(points: Sequence[Point], peak: float) -> dict[str, list[float]]:
    """GFLOPS of each point on each engine."""
    speeds: dict[str, list[float]] = {engine: [] for engine in ENGINES}
    for point in points:
        for engine, found in speeds.items():
            found.append(speed(point, engine, peak / 4))
    return speeds


def turn(values: Sequence[int], speeds: Mapping[str, Sequence[float]]) -> int | None:
    """The value from which `xla` is faster on; None where it never is."""
    first = None
    for value, native, xla in zip(values, speeds["native"], speeds["xla"], strict=True):
        if xla <= native:
            first = None
        elif first is None:
            first = value
    return first


def memory_bandwidth() -> float:
    """GB/s of copying an array that fits in no cache: read and written."""
    source = np.ones(2**25, np.float32)
    target, best, began = np.empty_like(source), float("inf"), time.perf_counter()
    while time.perf_counter() - began < 1.0:
        start = time.perf_counter()
        np.copyto(target, source)
        best = min(best, time.perf_counter() - start)
    return 2 * source.nbytes / best / 1e9


def roof(point: Point, peak: float, bandwidth: float) -> float:
    """Upper limit of GFLOPS where the weights come from memory, and do not stay in a cache.

    A step of SGD reads them for each of three products, and writes them.
    """
    widths = (FEATURES, *(point.width,) * point.depth, CLASSES)
    moved = 4 * 4 * sum(a * b for a, b in pairwise(widths))
    return min(peak, point.operations / moved * bandwidth)


def draw(
    results: Mapping[str, Mapping[str, Sequence[float]]], peak: float, bandwidth: float
) -> str:
    """The curves as SVG."""
    figure, axes = new_figure(2, 2, width=4.2, height=3.0)
    for place, (name, speeds) in zip(axes.flat, results.items(), strict=False):
        values = [getattr(point, name) for point in CURVES[name]]
        for number, engine in enumerate(ENGINES):
            place.plot(values, speeds[engine], **line_style(number, markers=True), label=engine)
        place.axhline(peak, color=MUTED, linewidth=1, label="peak")
        roofs = [roof(point, peak, bandwidth) for point in CURVES[name]]
        place.plot(values, roofs, color=MUTED, linewidth=1, linestyle=":", label="from memory")
        place.set_xscale("log")
        place.set_yscale("log")
        label_axes(place, x=name, y="GFLOPS")
    axes.flat[0].legend(fontsize="small", frameon=False)
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    return re.sub(r"[ \t]+$", "", file.getvalue(), flags=re.MULTILINE)


def section(
    results: Mapping[str, Mapping[str, Sequence[float]]], peaks: dict[str, float], bandwidth: float
) -> str:
    parts = [NOTES.format(features=FEATURES, classes=CLASSES, epochs=EPOCHS).strip()]
    parts.append(
        f"{described(peaks)} Memory copies at {bandwidth:.0f} GB/s; the dotted line is the limit "
        "that this sets where the weights do not stay in a cache."
    )
    for name, speeds in results.items():
        values = [getattr(point, name) for point in CURVES[name]]
        rows = [[engine, *(f"{found:.1f}" for found in speeds[engine])] for engine in ENGINES]
        parts.append(table([f"GFLOPS by {name}", *(f"{value:,}" for value in values)], rows))
        first = turn(values, speeds)
        parts.append(
            f"`xla` is faster from {name} {first:,} on."
            if first is not None
            else f"`native` is faster up to the end of the curve ({values[-1]:,})."
        )
    return "\n\n".join(parts)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(CURVES), metavar="CURVE")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    peaks, bandwidth = sgemm_peak(), memory_bandwidth()
    peak = max(peaks.values())
    results = {}
    for name in options.only or CURVES:
        results[name] = measure(CURVES[name], peak)
        sys.stdout.write(f"{name} {results[name]}\n")
        sys.stdout.flush()
    body = section(results, peaks, bandwidth)
    if options.write and not options.only:
        name = f"benchmarks/growth-{this_machine().slug}.svg"
        (DOCS / name).write_text(draw(results, peak, bandwidth))
        body = f"![GFLOPS by width, depth, batch and rows]({name})\n\n{body}"
    publish("Growth", body, module="benchmarks.growth", arguments=arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
