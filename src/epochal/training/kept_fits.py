"""Fits that are kept in a folder, so that a training of many that is killed goes on.

Each is a file whose name is a digest of all that the fit follows from: its model, its data, its
settings, its versions. A fit that is begun again from the same, in whatever process, finds it, and
goes on behind the last epoch in it; where it had ended, it is over at once.
"""

import json
import logging
import zipfile
from dataclasses import asdict, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from platform import machine
from time import perf_counter
from typing import TYPE_CHECKING, Any

import jax
import keras
import numpy as np
from keras.callbacks import CallbackList
from numpy.typing import NDArray

from epochal.bridge.digests import callback_digest, digest, model_digest
from epochal.bridge.state import read_state, write_state
from epochal.engine.native import kernels_in_use
from epochal.training.arguments import FitArguments
from epochal.training.callbacks import PenaltyRecorder
from epochal.training.run import Run, restore_run, run_content
from epochal.whole_files import write_whole

if TYPE_CHECKING:
    from epochal.training.loop import Loop

_log = logging.getLogger(__name__)

SECONDS = 10.0
"""At least between two times that a fit under way is written: what a kill costs at most."""

COST = 0.01  # of the time, at most, goes into writing

_STOPPING = ("wait", "best", "best_epoch", "stopped_epoch")
_STATELESS = (keras.callbacks.TerminateOnNaN, PenaltyRecorder, Run)
_PACKAGES = ("epochal", "keras", "jax", "jaxlib", "numpy")

Contents = dict[str, NDArray[Any]]


class KeptFit(keras.callbacks.Callback):
    """A callback of a fit that keeps it.

    While it is under way only fits are kept whose callbacks can be: `EarlyStopping`, those without
    a state, and those that name their plain attributes as `kept_names`. The others are kept when
    they have ended. Where they had ended before, callbacks are told of the begin and the end alone.

    Parameters
    ----------
    folder : Path
        May hold many fits.
    data : str
        A digest of the data, and of what else decides the fit.
    """

    def __init__(self, folder: Path, data: str) -> None:
        super().__init__()
        self._folder, self._data = folder, data
        self._loop: Loop | None = None
        self._path = folder
        self._due = 0.0

    def begin(self, loop: "Loop", arguments: FitArguments) -> int | None:
        """Make the fit what it was when it was kept: the epoch it is at; None where it is new."""
        self._loop = loop
        self._path = self._folder / f"{self._digest(arguments)}.fit"
        self._due = perf_counter() + SECONDS
        try:
            with np.load(self._path) as file:
                found = dict(file)
            about = json.loads(found.pop("about").tobytes())
            state = _as_state(loop, found)
        except FileNotFoundError:
            return None
        # Half a file, or none of ours: what NumPy, zlib and JSON raise.
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
            _log.warning("%r cannot be read (%s): begun anew.", self._path.name, error)
            return None
        write_state(loop.model, state)
        arrays = {name.removeprefix("run "): found[name] for name in _named(found, "run ")}
        restore_run(loop.run, about["run"], arrays)
        evidence = loop.collector.evidence
        best_rows, last_rows = (arrays.get(f"rows {end}") for end in ("best", "last"))
        evidence = replace(evidence, best_rows=best_rows, last_rows=last_rows)
        loop.collector.evidence = evidence
        best = [found[name] for name in _named(found, "best ")]
        loop.collector.restore(about["best_loss"], best, state)
        if about["callbacks"] is not None:
            _restore(loop.callbacks, about["callbacks"], found)
        return int(about["epoch"])

    def epoch_ended(self, epochs: int) -> None:
        """Write the fit, `epochs` of which have ended, where it was not written a moment ago."""
        began = perf_counter()
        if self._loop is None or began < self._due or _kept(self._loop.callbacks) is None:
            return
        self._write(self._loop, epochs, ended=False)
        ended = perf_counter()
        self._due = ended + max(SECONDS, (ended - began) / COST)

    def end(self, epochs: int) -> None:
        """Write the fit, which has ended: `epochs` is how many it could have had."""
        if self._loop is not None:
            self._write(self._loop, epochs, ended=True)

    def _digest(self, arguments: FitArguments) -> str:
        assert self._loop is not None  # noqa: S101
        loop = self._loop
        settings = asdict(replace(arguments, verbose=0, schedule=None))
        given = [each for each in loop.callbacks.callbacks if not isinstance(each, _OWN)]
        return digest(
            self._data,
            model_digest(loop.model),
            settings,
            arguments.schedule,
            list(map(callback_digest, given)),
            [loop.run.engine, *_installed()],
        )

    def _write(self, loop: "Loop", epochs: int, *, ended: bool) -> None:
        loop.publish()
        plain, arrays = run_content(loop.run)
        kept = _kept(loop.callbacks)
        loss, best = (np.inf, []) if ended else loop.collector.best
        about = {"run": plain, "epoch": epochs, "best_loss": loss}
        about["callbacks"] = None if kept is None else kept[0]
        try:
            text = json.dumps(about)
        except TypeError:  # the model's own logs are no plain numbers
            return
        contents: Contents = {"about": np.frombuffer(text.encode(), np.uint8)}
        contents |= _numbered("state", jax.tree.leaves(read_state(loop.model)))
        contents |= _numbered("best", best)
        contents |= {f"run {name}": values for name, values in arrays.items()}
        if kept is not None and not ended:
            contents |= kept[1]

        def write(path: Path) -> None:
            with path.open("wb") as file:
                np.savez(file, **contents)  # type: ignore[arg-type]

        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, write)
        except OSError as error:  # the training itself can go on
            _log.warning("%r cannot be kept (%s).", str(self._path), error.strerror or error)


_OWN = (KeptFit, PenaltyRecorder, Run)


@cache
def _installed() -> tuple[str | None, ...]:
    """What computes here: a population asks for every member, and each version is in a file."""
    return (kernels_in_use(), machine(), *map(version, _PACKAGES))


def kept_fit_of(callbacks: CallbackList) -> KeptFit | None:
    """The one of the callbacks that keeps the fit."""
    return next((each for each in callbacks.callbacks if isinstance(each, KeptFit)), None)


def _kept(callbacks: CallbackList) -> tuple[list[dict[str, Any]], Contents] | None:
    """The state of each callback as plain values and arrays; None where one's is not known."""
    plain: list[dict[str, Any]] = []
    arrays: Contents = {}
    for number, each in enumerate(callbacks.callbacks):
        if type(each) is keras.callbacks.EarlyStopping:
            plain.append({name: getattr(each, name) for name in _STOPPING})
            arrays |= _numbered(f"callback {number}", each.best_weights or [])
        elif hasattr(each, "kept_names"):
            plain.append({name: getattr(each, name) for name in each.kept_names})
        elif isinstance(each, (*_STATELESS, KeptFit)):
            plain.append({})
        else:
            return None
    return plain, arrays


def _restore(callbacks: CallbackList, plain: list[dict[str, Any]], arrays: Contents) -> None:
    for number, (each, values) in enumerate(zip(callbacks.callbacks, plain, strict=True)):
        vars(each).update(values)
        if weights := [arrays[name] for name in _named(arrays, f"callback {number} ")]:
            each.best_weights = weights
        if hasattr(each, "went_on"):
            each.went_on()


def _as_state(loop: "Loop", arrays: Contents) -> Any:
    """The model's state, of the types and shapes that it has now."""
    leaves, structure = jax.tree.flatten(read_state(loop.model))
    found = [arrays[name] for name in _named(arrays, "state ")]
    if [one.nbytes for one in found] != [one.nbytes for one in leaves]:
        raise ValueError("another model")
    values = [
        # NumPy's files know no bfloat16, and give bytes.
        np.frombuffer(one.tobytes(), leaf.dtype).reshape(leaf.shape)
        for one, leaf in zip(found, leaves, strict=True)
    ]
    return jax.tree.unflatten(structure, values)


def _numbered(kind: str, values: list[Any]) -> Contents:
    return {f"{kind} {number:06}": np.asarray(value) for number, value in enumerate(values)}


def _named(arrays: Contents, start: str) -> list[str]:
    return sorted(name for name in arrays if name.startswith(start))
