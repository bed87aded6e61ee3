"""The training curves of a run as plain values: what a diagnosis is made from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from epochal.scoring.interval import mean_interval
from epochal.translation import translate


@dataclass(frozen=True, kw_only=True)
class Regularizers:
    """What a model and its callbacks already do against over- and underfitting."""

    stops_early: bool = False
    keeps_best: bool = False  # the weights of the best epoch come back at the end
    self_normalizing: bool = False
    dropout: bool = False
    penalty: bool = False
    schedule: bool = False


def _unknown() -> None:
    return None


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """What the rows say beside the curves; see `TrainingCurves`. It holds no model.

    ``constant`` is computed when it is asked for, because often nobody asks.
    """

    constant: Callable[[], float | None] = _unknown
    best_rows: NDArray | None = None
    last_rows: NDArray | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingCurves:
    """How a run went.

    Attributes
    ----------
    losses, val_losses : sequence of float
        Of each epoch, and of each epoch that was validated.
    val_epochs : sequence of int
        Which of the epochs were validated, as positions in `losses`; empty means all.
    first_epoch : int
        The number of the first epoch, from 0.
    step_losses, rates : array, shape (steps,)
        The loss and the learning rate of every step; empty where they are not known.
    penalty : float
        What the weights' penalties add to the loss at the end.
    constant : float or None
        The mean loss of the best constant prediction on the training rows; None: not known.
    best_rows, last_rows : array, shape (rows,), or None
        The loss of each validation row with the weights of the best and of the last epoch.
    regularizers : Regularizers
    """

    losses: Sequence[float]
    val_losses: Sequence[float] = ()
    val_epochs: Sequence[int] = ()
    first_epoch: int = 0
    step_losses: NDArray = field(default_factory=lambda: np.empty(0))
    rates: NDArray = field(default_factory=lambda: np.empty(0))
    penalty: float = 0.0
    constant: float | None = None
    best_rows: NDArray | None = None
    last_rows: NDArray | None = None
    regularizers: Regularizers = Regularizers()

    @property
    def best(self) -> int | None:
        """The position of the lowest validation loss; None where none is finite."""
        known = np.isfinite(self.val_losses)
        return int(np.nanargmin(np.where(known, self.val_losses, np.nan))) if known.any() else None

    def position(self, validated: int) -> int:
        """Where a validated epoch stands among all epochs."""
        return self.val_epochs[validated] if len(self.val_epochs) else validated

    def epoch(self, validated: int) -> int:
        """The number of a validated epoch, from 1."""
        return self.first_epoch + self.position(validated) + 1

    def data_losses(self) -> tuple[float, float]:
        """Training and validation loss at the end, without the penalty; NaN for none."""
        trained = self.losses[-1] if len(self.losses) else np.nan
        tested = self.val_losses[-1] if len(self.val_losses) else np.nan
        return trained - self.penalty, tested - self.penalty

    def rise(self) -> tuple[float, float, float, str]:
        """From the best to the last epoch's validation loss, its interval, and both in words."""
        if self.best_rows is None or self.last_rows is None:
            best = self.best or 0
            return self.val_losses[-1] - self.val_losses[best], np.nan, np.nan, ""
        return _with_interval(self.last_rows - self.best_rows)

    def gap(self) -> tuple[float, float, float, str]:
        """From the training to the validation loss at the end, without the penalty, likewise."""
        training, validation = self.data_losses()
        if self.last_rows is None:
            return validation - training, np.nan, np.nan, ""
        return _with_interval(self.last_rows - training)


def _with_interval(differences: NDArray) -> tuple[float, float, float, str]:
    mean = float(np.mean(differences))
    low, high = mean_interval(differences)
    rows = len(differences)
    if low > 0:
        words = translate(
            " (95% interval {low:.3g} to {high:.3g}, {rows:,} validation rows)",
            low=low,
            high=high,
            rows=rows,
        )
    else:
        words = translate(
            " (95% interval {low:.3g} to {high:.3g}, {rows:,} validation rows, not statistically "
            "significant)",
            low=low,
            high=high,
            rows=rows,
        )
    return mean, low, high, words
