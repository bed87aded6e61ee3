"""How far apart engines and kinds of processors end, where they are not promised the same bits.

`python -m benchmarks.differences [--steps 100] [--write]` trains each kind of network of
benchmarks.breadth on `native`, on `xla`, and on `native` with the kernels of lesser processors:
the same first weights, the same batches. `--write` puts the table into docs/reliability.md.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple
from unittest.mock import patch

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

import epochal
from benchmarks.document import DOCS, circumstances, write_marked
from benchmarks.kinds.kind import Kind
from benchmarks.kinds.registry import ALL_KINDS, GROUPS
from benchmarks.machine import this_machine
from benchmarks.markdown import table
from epochal.engine.native import kernels_in_use, program

PAGE = DOCS / "reliability.md"
KERNELS = ("avx512", "avx2", "baseline")
SEED = 0


class Ended(NamedTuple):
    """What a training ended with."""

    engine: str
    loss: float
    predicted: np.ndarray


@contextmanager
def kernels(name: str) -> Iterator[None]:
    """Networks of the native engine are made with these kernels."""
    with patch.object(program, "Network", partial(program.Network, kernels=name)):
        yield


def trained(kind: Kind, engine: str, steps: int) -> Ended:
    """The mean loss of the steps, and the predictions of 1,000 rows behind them."""
    keras.utils.set_random_seed(SEED)
    model, given = kind.build(), dict(kind.data())
    given.pop("validation_data", None)
    arguments: dict[str, Any] = {**given, **kind.arguments, "batch_size": kind.batch_size}
    run = epochal.fit(
        model, **arguments, engine=engine, steps_per_epoch=steps, epochs=1, seed=SEED, verbose=0
    )
    rows = keras.tree.map_structure(lambda part: part[:1000], given["x"])
    parts = keras.tree.flatten(epochal.predict(model, rows, verbose=0))
    predicted = np.concatenate([np.asarray(part, float).ravel() for part in parts])
    return Ended(run.engine, run.history["loss"][-1], predicted)


def apart(one: Ended, other: Ended) -> tuple[float, float]:
    """Of the losses, relative; of the predictions the largest, in standard deviations of them."""
    loss = abs(one.loss - other.loss) / abs(one.loss)
    largest = np.abs(one.predicted - other.predicted).max() / one.predicted.std()
    return float(loss), float(largest)


def compared(kind: Kind, steps: int) -> dict[str, tuple[float, float]]:
    """By what the native engine is compared with; empty where it does not train that kind.

    So it is of kinds whose data is no array, too: their rows cannot be taken twice.
    """
    if isinstance(kind.data()["x"], keras.utils.PyDataset):
        return {}
    native = trained(kind, "auto", steps)
    if native.engine != "native":
        return {}
    found = {"`xla`": apart(native, trained(kind, "xla", steps))}
    for name in KERNELS[KERNELS.index(str(kernels_in_use())) + 1 :]:
        with kernels(name):
            found[f"{name} kernels"] = apart(native, trained(kind, "native", steps))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--only", nargs="+", choices=[kind.name for kind in ALL_KINDS])
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    rows = []
    for group, kinds in GROUPS.items():
        found: dict[str, list[tuple[float, float, str]]] = {}
        for kind in kinds:
            if given.only and kind.name not in given.only:
                continue
            for other, (loss, predicted) in compared(kind, given.steps).items():
                found.setdefault(other, []).append((loss, predicted, kind.title))
                print(f"{kind.name} {other}: {loss:.1e} {predicted:.1e}", flush=True)
        for other, values in found.items():
            losses, predictions, _ = zip(*values, strict=True)
            largest, title = max((value, title) for _, value, title in values)
            figures = (np.median(losses), max(losses), np.median(predictions), largest)
            shown = [f"{figure:.0e}" for figure in figures]
            rows.append([group, other, str(len(values)), *shown, title])
    header = ["", "beside", "kinds", "loss", "at most", "predictions", "at most", "which"]
    body = table(header, rows)
    print(body)
    if given.write:
        asked = " ".join(["python -m benchmarks.differences", *sys.argv[1:]])
        write_marked(PAGE, "differences", f"{body}\n\n{circumstances(asked, this_machine())}")


if __name__ == "__main__":
    main()
