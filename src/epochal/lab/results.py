"""What was run, kept as it comes: a file for each experiment and seed, whole or not there."""

import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

from epochal.checks import check_writable
from epochal.errors import InputError
from epochal.lab.experiment import Arms, Experiment, Result, Scale
from epochal.scoring.json_numbers import nan_to_none, none_to_nan

DEFAULT_FOLDER = Path("lab")
VERSIONS = ("epochal", "keras", "jax", "numpy")


class Watcher(Protocol):
    """Is told what goes on."""

    def begins(self, experiment: Experiment, seed: int) -> None: ...

    def arm(self, name: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One experiment with one seed, as its file says it."""

    revision: int
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
                if not self.has(experiment, seed):
                    yield experiment, seed

    def has(self, experiment: Experiment, seed: int) -> bool:
        """Whether that was run, as the code has it today."""
        return self._of(experiment, seed) is not None

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
                "revision": experiment.revision,
                "scale": self.scale.name,
                "seed": seed,
                "date": datetime.now(UTC).date().isoformat(),
                "machine": _machine(),
                "versions": {name: metadata.version(name) for name in VERSIONS},
                "arms": arms,
            },
        )

    def of(self, experiment: Experiment) -> list[Kept]:
        """What is kept of an experiment as the code has it today, a seed each."""
        found = [self._of(experiment, seed) for seed in experiment.seeds]
        return [kept for kept in found if kept is not None]

    def _of(self, experiment: Experiment, seed: int) -> Kept | None:
        path = self._path(experiment, seed)
        kept = _read(path) if path.is_file() else None
        return kept if kept and kept.revision == experiment.revision else None

    def _path(self, experiment: Experiment, seed: int) -> Path:
        return self.folder / f"{experiment.name}-{seed}.json"

    def _write(self, path: Path, content: Mapping[str, Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A name of its own: another process may be running the same.
        unfinished = path.with_suffix(f".{os.getpid()}.unfinished")
        text = json.dumps(nan_to_none(content), indent=1, allow_nan=False)
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)


def _machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores, {platform.system()} {platform.machine()}"


def _result(kept: Mapping[str, Any]) -> Result:
    result = Result(**kept)
    curves = {name: list(map(none_to_nan, values)) for name, values in result.curves.items()}
    return replace(result, value=none_to_nan(result.value), curves=curves)


def _read(path: Path) -> Kept:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        arms = {name: _result(result) for name, result in content["arms"].items()}
        facts = {name: content[name] for name in ("revision", "date", "machine", "versions")}
        return Kept(arms=arms, **facts)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{str(path)!r} must be a result that `epochal lab run` wrote, but it cannot be read "
            f"({type(error).__name__}: {error}). Delete it, and run the experiment again."
        ) from error
