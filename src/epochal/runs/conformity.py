"""From what a training left out to conformity scores, and from those to intervals and sets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from epochal.conformal.conformity import ClassConformity, Conformity, NumberConformity
from epochal.conformal.coverage import USUAL_COVERAGE, rows_needed
from epochal.conformal.labels import LabelConformity
from epochal.data import Task
from epochal.data.tasks.columns import columns_by_target, probabilities, set_columns
from epochal.errors import InputError
from epochal.runs.network import TargetScale
from epochal.runs.predicted import Predicted
from epochal.scoring import Score
from epochal.scoring.distribution_scores import (
    distribution_scores,
    scores_of_errors,
    scores_of_mixture,
)
from epochal.tuning.single_fit import LeftOut


@dataclass(frozen=True, kw_only=True, eq=False)
class Regions:
    """Where the truth of rows is to be expected: intervals of numbers, or sets of classes.

    Attributes
    ----------
    low, high : numpy.ndarray of shape (rows, targets)
        Empty for classes.
    held : numpy.ndarray of bool of shape (rows, classes)
        Which classes a set holds; of labels (rows, labels, 2), whether that of each holds 0 and 1;
        empty for numbers.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    held: NDArray[np.bool_]

    def columns(self, task: Task) -> pd.DataFrame:
        """The columns of a table of predictions: "low" and "high" of numbers, sets of classes.

        Of several targets "low_<target>" and "high_<target>" each; for sets see
        `epochal.data.tasks.columns.set_columns`.
        """
        if task.classes:
            return pd.DataFrame(set_columns(task, self.held))
        return pd.DataFrame(columns_by_target(task, low=self.low, high=self.high))

    @classmethod
    def joined(cls, parts: Sequence["Regions"], order: NDArray) -> "Regions":
        """Those of several parts of the rows as one, in another order."""
        low, high, held = (
            np.concatenate([getattr(part, name) for part in parts])[order]
            for name in ("low", "high", "held")
        )
        return cls(low=low, high=high, held=held)


def conformity_of(
    task: Task,
    left_out: LeftOut | None,
    scale: TargetScale | None,
    threshold: float,
    distribution: str | None = None,
) -> Conformity | None:
    """The conformity scores of the rows left out; None without such rows.

    `threshold`: from which probability on a row has the positive one of two classes.
    `distribution`: what the networks predict of numbers; None for these alone.
    """
    if left_out is None or not len(left_out.y):
        return None
    if not task.classes:
        return _of_numbers(left_out, scale, predicts=distribution is not None)
    outputs = np.asarray(left_out.outputs, float).reshape(len(left_out.y), -1)
    if task.kind == "multilabel":
        return LabelConformity.of(left_out.y, outputs, optimism=left_out.optimism)
    return ClassConformity.of(
        left_out.y.reshape(-1).astype(int),
        probabilities(task, outputs),
        predicted_codes(task, outputs, threshold),
        optimism=left_out.optimism,
    )


def _of_numbers(
    left_out: LeftOut, scale: TargetScale | None, *, predicts: bool
) -> NumberConformity:
    """Those of numbers; `predicts`: whether the networks predict the noise of each row."""
    outputs, truth = (
        np.asarray(part, float).reshape(len(left_out.y), -1)
        for part in (left_out.outputs, left_out.y)
    )
    unit, offset = (1.0, 0.0) if scale is None else (scale.std, scale.mean)
    noise, spread, excess = (
        None if part is None else part.reshape(outputs.shape) * unit**2
        for part in (left_out.noise if predicts else None, left_out.spread, left_out.excess)
    )
    return NumberConformity.of(
        truth * unit + offset,
        outputs * unit + offset,
        optimism=left_out.optimism,
        noise=noise,
        spread=spread,
        excess=excess,
    )


def predicted_codes(task: Task, outputs: NDArray, threshold: float) -> NDArray[np.integer]:
    """The class, 0 to K - 1, that is said of each row, shape (rows,)."""
    if task.kind == "binary":
        return (outputs[:, 0] >= threshold).astype(int)
    likeliest: NDArray[np.integer] = outputs.argmax(axis=1)
    return likeliest


def usual_regions(task: Task, found: Conformity | None, predicted: Predicted) -> Regions | None:
    """Those that a run is tested by; None where too few rows were left out for them."""
    if found is None or len(found) < rows_needed(USUAL_COVERAGE):
        return None
    return regions_of(task, found, predicted, USUAL_COVERAGE)


def scores_of_distributions(
    task: Task,
    found: Conformity | None,
    truth: NDArray,
    predicted: Predicted,
    *,
    baselines: Iterable[str] = (),
    groups: NDArray | None = None,
    seed: int,
) -> tuple[Score, ...]:
    """CRPS and log score of predicted numbers, NaN where too few rows were left out; else none.

    The distributions are those that are predicted; where numbers alone are, those of which the
    intervals are the middle. For `baselines` and `groups`
    see `epochal.scoring.distribution_scores.distribution_scores`.
    """
    if task.kind not in ("regression", "unit_interval"):
        return ()
    if predicted.mixture is not None:
        rows = scores_of_mixture(truth, predicted.mixture)
        return distribution_scores(rows, task.target, baselines=baselines, groups=groups, seed=seed)
    absolute = None
    if isinstance(found, NumberConformity) and len(found) >= rows_needed(USUAL_COVERAGE):
        absolute = found.absolute
    rows = scores_of_errors(truth - predicted.outputs, absolute)
    return distribution_scores(rows, task.target, baselines=baselines, groups=groups, seed=seed)


def regions_of(
    task: Task,
    found: Conformity,
    predicted: Predicted,
    coverage: float,
    *,
    method: str = "lac",
    by_group: bool = False,
) -> Regions:
    """The intervals or sets of rows.

    Parameters
    ----------
    task : Task
    found : Conformity
    predicted : Predicted
    coverage : float
        In (0, 1).
    method : str
        Of sets; see `epochal.conformal.conformity.ClassConformity.sets`.
    by_group : bool
        Whether the coverage shall hold for each class, with and without each label, or for each
        range of predicted numbers.

    Raises
    ------
    InputError
        `coverage` is not in (0, 1), there are too few rows for it, or `by_group` where
        distributions are predicted.
    """
    outputs, mixture = predicted
    none = np.empty((len(outputs), 0))
    if not isinstance(found, NumberConformity):
        shown = probabilities(task, outputs)
        names = [str(name) for name in task.classes]
        held = found.sets(shown, coverage, method=method, by_class=by_group, names=names)
        return Regions(low=none, high=none, held=held)
    if mixture is not None and by_group:
        raise InputError(
            "by_group must be left out for a run that predicts distributions, got True: the widths "
            "hang on each row already."
        )
    noise = None if mixture is None else mixture.aleatoric
    low, high = found.intervals(outputs, coverage, by_size=by_group, noise=noise)
    if mixture is not None and mixture.family.discrete:
        low, high = np.maximum(low, 0), np.maximum(high, 0)
    if task.kind == "unit_interval":
        low, high = np.clip(low, 0, 1), np.clip(high, 0, 1)
    return Regions(low=low, high=high, held=none.astype(bool))
