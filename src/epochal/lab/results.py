"""What was run, kept as it comes: a file for each experiment and seed, whole or not there."""

import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

from epochal.checks import check_writable
from epochal.errors import InputError
from epochal.lab.experiment import Arms, Experiment, Result, Scale

DEFAULT_FOLDER = Path("lab")
VERSIONS = ("epochal", "keras", "jax", "numpy")


class Watcher(Protocol):
    """Is told what goes on."""

    def begins(self, experiment: Experiment, seed: int) -> None: ...

    def arm(self, name: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One experiment with one seed, as its file says it."""

    arms: Arms
    date: str
    machine: str
    versions: Mapping[str, str]


class Results:
    """A folder of results.

    Parameters
    ----------
    folder : Path
        Made when the first result comes.
    scale : Scale
        Results of different scales lie side by side.
    """

    def __init__(self, folder: Path, scale: Scale) -> None:
        self.folder = folder / scale.name
        self.scale = scale

    def check_writable(self) -> None:
        """Refuse, before anything is trained, a folder that cannot be written to.

        Raises
        ------
        InputError
        """
        what = "The results must lie in a folder"
        check_writable(what, self.folder, "Name another with --out.")

    def missing(self, experiments: Sequence[Experiment]) -> Iterator[tuple[Experiment, int]]:
        """What is still to be run: experiment and seed."""
        for experiment in experiments:
            for seed in experiment.seeds:
                if not self._path(experiment, seed).is_file():
                    yield experiment, seed

    def run(self, experiment: Experiment, seed: int, watcher: Watcher) -> None:
        """Run an experiment with a seed, and keep what it came to."""
        watcher.begins(experiment, seed)
        arms = {}
        for name, result in experiment.run(self.scale, seed):
            watcher.arm(name)
            arms[name] = asdict(result)
        self._write(
            self._path(experiment, seed),
            {
                "experiment": experiment.name,
                "scale": self.scale.name,
                "seed": seed,
                "date": datetime.now(UTC).date().isoformat(),
                "machine": _machine(),
                "versions": {name: metadata.version(name) for name in VERSIONS},
                "arms": arms,
            },
        )

    def of(self, experiment: Experiment) -> list[Kept]:
        """What is kept of an experiment, a seed each."""
        paths = [self._path(experiment, seed) for seed in experiment.seeds]
        return [_read(path) for path in paths if path.is_file()]

    def _path(self, experiment: Experiment, seed: int) -> Path:
        return self.folder / f"{experiment.name}-{seed}.json"

    def _write(self, path: Path, content: Mapping[str, Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(content, indent=1), encoding="utf-8")
        unfinished.replace(path)


def _machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores, {platform.system()} {platform.machine()}"


def _read(path: Path) -> Kept:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        arms = {name: Result(**result) for name, result in content["arms"].items()}
        facts = {name: content[name] for name in ("date", "machine", "versions")}
        return Kept(arms=arms, **facts)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{str(path)!r} must be a result that `epochal lab run` wrote, but it cannot be read "
            f"({type(error).__name__}: {error}). Delete it, and run the experiment again."
        ) from error
