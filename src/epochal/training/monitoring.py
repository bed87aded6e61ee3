"""Norms and changes of each epoch, for callbacks that monitor them and for who asks.

A training has arrived where nothing moves any more: the gradient, the loss, or the weights. Keras'
callbacks monitor each of them by its name here:

- ``"gradient_norm"``: the mean over the epoch's steps of the L2 norm of the whole gradient of the
  loss with its penalties, before any clipping. Steps whose gradient overflows are left out.
- ``"weight_change"``: ||w1 - w0|| / ||w0||, of all trainable weights before (w0) and after (w1)
  the epoch, as one vector.
- ``"loss_change"``: the absolute difference between the training loss of this epoch and of the one
  before; infinite in the first.

Each becomes smaller as a training settles, so ``mode="auto"`` means "min" for them.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from epochal.engine import Record, State
from epochal.errors import InputError, suggest

TRACKED = ("gradient_norm", "weight_change", "loss_change")
OF_EACH_STEP = ("gradient_norm",)  # what an engine records


def check_track(track: Any) -> None:
    """Refuse what is not a sequence of names of `TRACKED`."""
    if isinstance(track, str) or not isinstance(track, Sequence):
        raise InputError(
            f"track must be a tuple of names, got {track!r}: write track=('gradient_norm',)."
        )
    for name in track:
        if name not in TRACKED:
            raise InputError(
                f"track must hold names out of {', '.join(TRACKED)}, got {name!r}."
                f"{suggest(name, TRACKED)}"
            )


def check_not_tracked(names: Sequence[str]) -> None:
    """Refuse to track what Keras' own loop does not tell."""
    if names:
        raise InputError(
            f"track or a callback asks for {names[0]!r}, which Keras' own loop does not record: "
            "compile the model without run_eagerly=True."
        )


def names_to_track(track: Sequence[str], callbacks: Iterable[Any]) -> tuple[str, ...]:
    """What is asked for by name or by a callback that monitors it, in the order of `TRACKED`."""
    monitored = {getattr(callback, "monitor", None) for callback in callbacks}
    return tuple(name for name in TRACKED if name in track or name in monitored)


class Tracking:
    """Follows the epochs of one fit; `end` gives what was asked for of the epoch that ended."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.names = tuple(names)
        self._measured: dict[str, list[np.ndarray]] = {}
        self._before: list[np.ndarray] = []
        self._loss = np.inf

    @property
    def of_each_step(self) -> tuple[str, ...]:
        """What the engine is to record of each step."""
        return tuple(name for name in self.names if name in OF_EACH_STEP)

    def begin(self, state: State) -> None:
        """An epoch begins at `state`."""
        self._measured = {name: [] for name in self.of_each_step}
        if "weight_change" in self.names:
            self._before = _copied(state)

    def note(self, record: Record) -> None:
        """A stretch of the epoch has been run."""
        for name, parts in self._measured.items():
            parts.append(record.tracked[name])

    def end(self, state: State, loss: float) -> dict[str, float]:
        """The epoch has ended at `state`; `loss` is its mean."""
        found = {name: _mean(parts) for name, parts in self._measured.items()}
        if "weight_change" in self.names:
            found["weight_change"] = relative_change(self._before, _copied(state))
        if "loss_change" in self.names:
            found["loss_change"] = abs(loss - self._loss)
        self._loss = loss
        return {name: found[name] for name in self.names}


def tracking_for(track: Sequence[str], callbacks: Sequence[Any]) -> Tracking:
    """What follows the epochs of a fit that is given `track` and these callbacks.

    Callbacks that monitor one of `TRACKED` are told what Keras cannot know: smaller is better.
    """
    for callback in callbacks:
        if (
            getattr(callback, "monitor", None) in TRACKED
            and getattr(callback, "mode", None) == "auto"
        ):
            callback.mode = "min"
    return Tracking(names_to_track(track, callbacks))


def relative_change(before: Sequence[np.ndarray], after: Sequence[np.ndarray]) -> float:
    """||after - before|| / ||before||, of all arrays as one vector; 0 where nothing changed."""
    change = _norm([one - other for one, other in zip(after, before, strict=True)])
    size = _norm(before)
    if size == 0:
        return 0.0 if change == 0 else float("inf")
    return change / size


def _norm(arrays: Sequence[np.ndarray]) -> float:
    return float(np.sqrt(sum(np.sum(np.square(array)) for array in arrays)))


def _copied(state: State) -> list[np.ndarray]:
    """A copy of the trainable weights, in float64: small changes of many weights add up."""
    return [np.array(weights, np.float64) for weights in state.trainable]


def _mean(parts: Sequence[np.ndarray]) -> float:
    """The mean of what is finite; NaN where nothing is."""
    values = np.concatenate([np.empty(0), *parts])
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else float("nan")
