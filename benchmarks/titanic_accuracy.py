"""Test accuracy of `epochal train titanic --target survived` over seeds, with its spread.

`python -m benchmarks.titanic_accuracy [--seeds N] [--write]`
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from benchmarks.document import publish
from benchmarks.markdown import table

PROGRAM = str(Path(sys.executable).with_name("epochal"))
LEAST_MEAN = 0.80


def accuracy(seed: int, folder: Path) -> float:
    """Train with this seed, which decides the split as well; accuracy on the test part."""
    out = folder / f"seed-{seed}"
    arguments = ["train", "titanic", "--target", "survived", "--seed", str(seed)]
    subprocess.run([PROGRAM, *arguments, "--out", str(out)], check=True, capture_output=True)
    (record,) = out.rglob("run.json")
    return accuracy_in(json.loads(record.read_text()))


def accuracy_in(record: dict[str, Any]) -> float:
    """The network's accuracy on the test part, as run.json holds it."""
    values = {score["name"]: score["network"]["value"] for score in record["scores"]}
    return float(values["accuracy"])


def section(accuracies: Sequence[float]) -> str:
    verdict = "reached" if mean(accuracies) >= LEAST_MEAN else "**not reached**"
    summary = (
        f"Mean {mean(accuracies):.3f}, standard deviation {stdev(accuracies):.3f}, from "
        f"{min(accuracies):.3f} to {max(accuracies):.3f}. The target is a mean of "
        f"{LEAST_MEAN:.2f}: {verdict}."
    )
    return "\n\n".join(
        [
            "`epochal train titanic --target survived`, accuracy on the test part. The seed "
            "decides the split too, so that the spread holds the luck of the split.",
            table(
                ["seed", *(str(seed) for seed in range(len(accuracies)))],
                [["accuracy", *(f"{value:.3f}" for value in accuracies)]],
            ),
            summary,
        ]
    )


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.titanic_accuracy", description=__doc__
    )
    parser.add_argument("--seeds", type=int, default=10, help="seeds 0 to N - 1 (default 10)")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        accuracies = [accuracy(seed, Path(folder)) for seed in range(options.seeds)]
    publish(
        "Titanic", section(accuracies), module="benchmarks.titanic_accuracy", arguments=arguments
    )


if __name__ == "__main__":
    main(sys.argv[1:])
