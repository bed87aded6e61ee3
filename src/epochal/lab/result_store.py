"""Results on disk: one file for each experiment and seed, complete or not there at all."""

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
from epochal.lab.experiment import Experiment, Result, Scale, Variants
from epochal.scoring.json_numbers import nan_to_none, none_to_nan

DEFAULT_FOLDER = Path("lab")
VERSIONS = ("epochal", "keras", "jax", "numpy")


class ProgressObserver(Protocol):
    """Is told how far a run has come."""

    def run_started(self, experiment: Experiment, seed: int) -> None:
        """An experiment starts with a seed."""

    def variant_finished(self, name: str) -> None:
        """One of its variants has a result."""


@dataclass(frozen=True, kw_only=True)
class StoredResult:
    """The results of one experiment with one seed, as read from its file.

    Attributes
    ----------
    revision : int
        The experiment's revision when it was run.
    variants : mapping of str to Result
    date : str
        UTC, YYYY-MM-DD.
    machine : str
        Cores, operating system and processor architecture.
    versions : mapping of str to str
        Versions of epochal and of the packages that it computes with.
    """

    revision: int
    variants: Variants
    date: str
    machine: str
    versions: Mapping[str, str]


class ResultStore:
    """A folder of results.

    Parameters
    ----------
    folder : Path
        Holds one subfolder for each scale; created with the first result.
    scale : Scale
        Which scale is run and read.
    """

    def __init__(self, folder: Path, scale: Scale) -> None:
        self.folder = folder / scale.name
        self.scale = scale

    def check_writable(self) -> None:
        """Check, before anything is trained, that results can be stored.

        Raises
        ------
        InputError
            The folder cannot be created or written to.
        """
        check_writable("out must be a folder", self.folder, "name another with --out")

    def missing(self, experiments: Sequence[Experiment]) -> Iterator[tuple[Experiment, int]]:
        """Yield each experiment and seed that has no result yet."""
        for experiment in experiments:
            for seed in experiment.seeds:
                if not self.has(experiment, seed):
                    yield experiment, seed

    def has(self, experiment: Experiment, seed: int) -> bool:
        """Whether there is a result of the experiment's present revision."""
        return self._of(experiment, seed) is not None

    def run(self, experiment: Experiment, seed: int, observer: ProgressObserver) -> None:
        """Run an experiment with a seed, and store its results."""
        observer.run_started(experiment, seed)
        variants = {}
        for name, result in experiment.run(self.scale, seed):
            observer.variant_finished(name)
            variants[name] = asdict(result)
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
                "variants": variants,
            },
        )

    def of(self, experiment: Experiment) -> list[StoredResult]:
        """The stored results of an experiment's present revision, one for each finished seed."""
        found = [self._of(experiment, seed) for seed in experiment.seeds]
        return [stored for stored in found if stored is not None]

    def _of(self, experiment: Experiment, seed: int) -> StoredResult | None:
        path = self._path(experiment, seed)
        stored = _read(path) if path.is_file() else None
        return stored if stored and stored.revision == experiment.revision else None

    def _path(self, experiment: Experiment, seed: int) -> Path:
        return self.folder / f"{experiment.name}-{seed}.json"

    def _write(self, path: Path, content: Mapping[str, Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The process in the name: another one may be running the same experiment.
        unfinished = path.with_suffix(f".{os.getpid()}.unfinished")
        text = json.dumps(nan_to_none(content), indent=1, allow_nan=False)
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)


def _machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores, {platform.system()} {platform.machine()}"


def _result(stored: Mapping[str, Any]) -> Result:
    result = Result(**stored)
    curves = {name: list(map(none_to_nan, values)) for name, values in result.curves.items()}
    return replace(result, value=none_to_nan(result.value), curves=curves)


def _read(path: Path) -> StoredResult:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        variants = {name: _result(result) for name, result in content["variants"].items()}
        facts = {name: content[name] for name in ("revision", "date", "machine", "versions")}
        return StoredResult(variants=variants, **facts)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"out must hold results that `epochal lab run` wrote, got {str(path)!r}, which cannot "
            f"be read ({type(error).__name__}: {error}): delete it and run the experiment again."
        ) from error
