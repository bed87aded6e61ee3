"""What a new process waits for: the command line, and the first call of each verb.

`python -m benchmarks.startup [--rounds N] [--write]`
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks.document import publish
from benchmarks.markdown import table

PROGRAM = str(Path(sys.executable).with_name("epochal"))
COMMANDS = {
    "epochal --help": ["--help"],
    "epochal train titanic --target survived": ["train", "titanic", "--target", "survived"],
}
LONGEST_TRAIN = 3.0

# A process imports, builds what a call needs, and prints what its first and second call take.
IMPORTS = {
    "import keras": "import os; os.environ['KERAS_BACKEND'] = 'jax'\n",
    "import keras, as the command does": (
        "import epochal\nfrom epochal.compat.deferred import defer_imports\ndefer_imports()\n"
    ),
}
PREPARATION = """
import numpy as np
from time import perf_counter
import epochal, keras
from keras import layers
x = np.random.default_rng(0).standard_normal((712, 24)).astype("float32")
y = (x[:, 0] + np.random.default_rng(1).standard_normal(712) > 0).astype(int)
parts = [layers.Dense(300, "relu"), layers.Dense(100, "relu"), layers.Dropout(0.2)]
model = keras.Sequential([keras.Input((24,)), *parts, layers.Dense(1, "sigmoid")])
model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
def seconds(call):
    started = perf_counter()
    call()
    return perf_counter() - started
"""
# The call, how much longer than the second the first one may take, or how long alone.
CALLS: dict[str, tuple[str, float | None, float]] = {
    "DNNClassifier(members=1).fit(x, y)": (
        "epochal.DNNClassifier(members=1, random_state=0).fit(x, y)",
        0.4,
        0.0,
    ),
    "fit": ("epochal.fit(model, x, y, verbose=0)", None, 0.2),
    "evaluate": ("epochal.evaluate(model, x, y, verbose=0)", None, 0.2),
    "predict": ("epochal.predict(model, x, verbose=0)", None, 0.2),
    "find_learning_rate": ("epochal.find_learning_rate(model, x, y)", None, 0.2),
    "predict_monte_carlo": ("epochal.predict_monte_carlo(model, x, samples=20)", None, 0.2),
}


def seconds(arguments: Sequence[str], caches: Path) -> float:
    """One run of the command with its caches and its working folder under `caches`."""
    work = Path(tempfile.mkdtemp(dir=caches))
    environment = {
        **os.environ,
        "EPOCHAL_CACHE": str(caches / "cache"),
        "XDG_CACHE_HOME": str(caches / "cache"),
        "PYTHONPYCACHEPREFIX": str(caches / "bytecode"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # nothing would ever be warm
    started = time.perf_counter()
    subprocess.run(
        [PROGRAM, *arguments], cwd=work, env=environment, check=True, capture_output=True
    )
    return time.perf_counter() - started


def measure(rounds: int) -> dict[str, tuple[float, list[float]]]:
    """Each command -> its first time, with empty caches, and the later ones."""
    results = {}
    for command, arguments in COMMANDS.items():
        with tempfile.TemporaryDirectory() as caches:
            first, *later = (seconds(arguments, Path(caches)) for _ in range(rounds + 1))
        results[command] = (first, later)
    return results


def printed(code: str) -> list[float]:
    """The numbers that a new process prints."""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return [float(number) for number in done.stdout.split()]


def measure_imports(rounds: int) -> dict[str, float]:
    """Each way to import Keras -> the median of its seconds."""
    timed = "from time import perf_counter\nstarted = perf_counter()\n{}import keras\n"
    return {
        way: median(
            printed(timed.format(first) + "print(perf_counter() - started)")[0]
            for _ in range(rounds)
        )
        for way, first in IMPORTS.items()
    }


def measure_calls(rounds: int) -> dict[str, tuple[float, float]]:
    """Each verb -> the medians of the first and the second call of a process."""
    results = {}
    for verb, (call, _, _) in CALLS.items():
        name = call.split("(")[0]
        code = f"{PREPARATION}{name}\nfor _ in range(2): print(seconds(lambda: {call}))"
        runs = [printed(code) for _ in range(rounds)]
        results[verb] = (median(run[0] for run in runs), median(run[1] for run in runs))
    return results


def section(
    commands: Mapping[str, tuple[float, list[float]]],
    imports: Mapping[str, float],
    calls: Mapping[str, tuple[float, float]],
) -> str:
    train = median(commands["epochal train titanic --target survived"][1])
    call_rows = []
    for verb, (first, second) in calls.items():
        _, longest, extra = CALLS[verb]
        within = first < (second + extra if longest is None else longest)
        aim = f"second + {extra:g} s" if longest is None else f"{longest:g} s"
        reached = "reached" if within else "**not reached**"
        call_rows.append([f"`{verb}`", f"{first:.3f} s", f"{second:.3f} s", aim, reached])
    return "\n\n".join(
        [
            "Wall time, interpreter and imports included. Cold: no compiled bytecode, no cache of "
            "any kind; warm: the median of the runs after it.",
            table(
                ["command", "cold", "warm"],
                [
                    [f"`{command}`", f"{cold:.1f} s", f"{median(warm):.1f} s"]
                    for command, (cold, warm) in commands.items()
                ],
            ),
            f"`epochal train titanic` should take less than {LONGEST_TRAIN:.0f} s: "
            f"{'reached' if train < LONGEST_TRAIN else '**not reached**'}.",
            "Medians of new processes: importing Keras, and, once it is imported, the first and "
            "the second call of a verb (712 rows, 24 columns; a network of 300 and 100 units).",
            table(["import", "seconds"], [[f"`{w}`", f"{s:.2f} s"] for w, s in imports.items()]),
            table(["call", "first", "second", "first should be below", ""], call_rows),
        ]
    )


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="warm runs (default 3)")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    rounds = options.rounds
    body = section(measure(rounds), measure_imports(rounds), measure_calls(rounds))
    publish("Start-up", body, module="benchmarks.startup", arguments=arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
