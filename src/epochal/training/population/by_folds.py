"""Members that each leave out a part of the rows, and stop early by it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Self

import keras
import numpy as np
from numpy.typing import NDArray

from epochal.bridge.state import derived_seed
from epochal.data.relations import Relations
from epochal.models.class_balance import ClassBalance
from epochal.training.callbacks import early_stopping
from epochal.training.population.population import Population
from epochal.training.population.rows import folds_of_rows
from epochal.training.population.settings import Builder
from epochal.training.population.train import train_population

MOST_FOLDS = 8  # more leave out too few rows to stop by
VALIDATION_BATCH = 1024

EpochObserver = Callable[[int, int, dict[str, float]], None]
"""Called with the epochs that have ended, how many there can be, and the logs of the last one."""


@dataclass(frozen=True, kw_only=True)
class FoldPlan:
    """How members are trained, each on all rows but those of a fold.

    Attributes
    ----------
    members : sequence of dict
        The settings of each; see `train_population`. Of equal settings there are at least 2.
    epochs, batch_size : int
    patience : int
        Epochs without a better loss on the rows left out, after which a member stops.
    monitor : str
        What is that loss in the history.
    """

    members: Sequence[Mapping[str, Any]]
    epochs: int
    batch_size: int
    patience: int
    monitor: str = "val_loss"


def train_by_folds(
    build: Builder,
    x: NDArray,
    y: NDArray,
    plan: FoldPlan,
    *,
    relations: Relations,
    seed: int,
    sample_weight: NDArray | None = None,
    validation: tuple[NDArray, ...] | None = None,
    balance: ClassBalance | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    engine: str = "auto",
    verbose: int | str = 0,
    seconds: float | None = None,
    resume: Path | None = None,
    on_epoch: EpochObserver | None = None,
) -> Population:
    """Train members of which each keeps the weights of its best epoch.

    Parameters
    ----------
    build : callable
        As `train_population` takes it: a compiled model from the settings and ``seed=``.
    x, y, sample_weight : numpy.ndarray of shape (rows, ...)
    plan : FoldPlan
    relations : Relations
        Those of the rows, by which the folds are made.
    seed : int
        Decides folds, weights, order of the rows and dropout.
    validation : tuple, optional
        (x, y) or (x, y, weights) that all members stop early by, each trained on all rows.
    balance : ClassBalance, optional
        How classes are made to count alike in the training of each member; the rows that it stops
        by stay as they are.
    callbacks, engine, verbose, seconds, resume
        As in `train_population`.
    on_epoch : callable, optional
        Called from the members' threads, one at a time.

    Returns
    -------
    Population
    """
    stopping = early_stopping(plan.monitor, plan.patience)
    every: list[keras.callbacks.Callback] = [*callbacks, stopping]
    if on_epoch is not None:
        every.append(_Observed(_Epochs(on_epoch, plan)))
    rows: Any = None if validation is not None else _rows_of(plan, relations, seed)
    if balance is not None and balance.oversample:
        rows = _with_repeated_rows(rows, len(plan.members), balance, y, seed)
    return train_population(
        build,
        x,
        y,
        members=plan.members,
        rows=rows,
        validation=validation,
        seed=seed,
        sample_weight=sample_weight,
        class_weight=None if balance is None else balance.class_weight,
        batch_size=plan.batch_size,
        epochs=plan.epochs,
        validation_batch_size=VALIDATION_BATCH,
        callbacks=every,
        engine=engine,
        verbose=verbose,
        seconds=seconds,
        resume=resume,
    )


def _rows_of(plan: FoldPlan, relations: Relations, seed: int) -> list[tuple[NDArray, NDArray]]:
    """The rows of each member; those of equal settings leave out all rows between them."""
    alike = [repr(sorted(settings.items())) for settings in plan.members]
    drawn = {kind: iter(fold_rows(relations, alike.count(kind), seed)) for kind in alike}
    return [next(drawn[kind]) for kind in alike]


def fold_rows(relations: Relations, members: int, seed: int) -> list[tuple[NDArray, NDArray]]:
    """Rows to train on and rows left out of each member, of as many folds as there are members.

    With more members than 8, or than groups or times, there are several draws of folds. Folds hold
    as much of each class as can be; one of fewer rows than folds is missing in some.
    """
    draws = -(-members // min(MOST_FOLDS, relations.folds_at_most))
    counts = [len(part) for part in np.array_split(np.arange(members), draws)]
    return [
        fold
        for draw, count in enumerate(counts)
        for fold in folds_of_rows(relations, count, derived_seed(seed, 6, draw))
    ]


def _with_repeated_rows(
    rows: list[tuple[NDArray, NDArray]] | None,
    members: int,
    balance: ClassBalance,
    y: NDArray,
    seed: int,
) -> list[Any]:
    """The rows of each member, some of those to train on repeated; None is all for each."""
    seeds = [derived_seed(seed, 8, member) for member in range(members)]
    if rows is None:
        every = np.arange(len(y))
        return [balance.drawn(every, y, each) for each in seeds]
    return [
        (balance.drawn(taken, y, each), left_out)
        for (taken, left_out), each in zip(rows, seeds, strict=True)
    ]


class _Epochs:
    """Counts the epochs of all members, and tells of them one at a time."""

    def __init__(self, tell: EpochObserver, plan: FoldPlan) -> None:
        self.of_member = plan.epochs
        self._tell, self._most = tell, len(plan.members) * plan.epochs
        self._ended = 0
        self._lock = Lock()

    def add(self, epochs: int, logs: Mapping[str, float]) -> None:
        with self._lock:
            self._ended += epochs
            self._tell(self._ended, self._most, dict(logs))


class _Observed(keras.callbacks.Callback):
    """Tells of a member's epochs; its copies tell the same observer."""

    kept_names = ("_ended", "_logs")

    def __init__(self, epochs: _Epochs) -> None:
        super().__init__()
        self._all = epochs
        self._ended = 0
        self._logs: dict[str, float] = {}

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return type(self)(self._all)

    def went_on(self) -> None:
        """Tell of the epochs that had ended before."""
        self._all.add(self._ended, self._logs)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Tell of it."""
        self._ended, self._logs = epoch + 1, dict(logs or {})
        self._all.add(1, self._logs)

    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        """Of the epochs that early stopping saved, too: none of them is left to wait for."""
        if saved := self._all.of_member - self._ended:
            self._all.add(saved, self._logs)
