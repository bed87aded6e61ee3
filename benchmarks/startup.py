"""Wall time of the command line, from nothing cached and again.

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
LONGEST_TRAIN = 20.0


def seconds(arguments: Sequence[str], caches: Path) -> float:
    """One run of the command with its caches and its working folder under `caches`."""
    work = Path(tempfile.mkdtemp(dir=caches))
    environment = {
        **os.environ,
        "EPOCHAL_CACHE": str(caches / "cache"),
        "XDG_CACHE_HOME": str(caches / "cache"),
        "PYTHONPYCACHEPREFIX": str(caches / "bytecode"),
    }
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


def section(results: Mapping[str, tuple[float, list[float]]]) -> str:
    rows = [
        [f"`{command}`", f"{cold:.1f} s", f"{median(warm):.1f} s"]
        for command, (cold, warm) in results.items()
    ]
    train = median(results["epochal train titanic --target survived"][1])
    verdict = "reached" if train < LONGEST_TRAIN else "**not reached**"
    return "\n\n".join(
        [
            "Wall time, interpreter and imports included. Cold: no compiled bytecode, no cache of "
            "any kind; warm: the median of the runs after it.",
            table(["command", "cold", "warm"], rows),
            f"`epochal train titanic` should take less than {LONGEST_TRAIN:.0f} s: {verdict}.",
        ]
    )


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="warm runs (default 3)")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    body = section(measure(options.rounds))
    publish("Start-up", body, module="benchmarks.startup", arguments=arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
