"""The test part, used once: the network's scores on it beside those of the baselines."""

from dataclasses import dataclass

import keras
import pandas as pd
from numpy.typing import NDArray

from epochal.runs.network import predict_in_target_units
from epochal.runs.plan import Plan
from epochal.runs.predictions import frame_of_test, targets_for_scoring
from epochal.runs.preparation import Prepared, standardized
from epochal.scoring import Comparison, Score
from epochal.scoring.baselines import fit_baselines
from epochal.scoring.bootstrap import NETWORK, score_all


@dataclass(frozen=True, kw_only=True, eq=False)
class TestResult:
    """What the test part showed.

    Attributes
    ----------
    truth : array
        As `epochal.runs.predictions.targets_for_scoring` gives it.
    outputs : array of shape (rows, outputs)
        The network's.
    scores : tuple of Score
    comparison : Comparison or None
        With the best baseline.
    frame : DataFrame
        The predictions beside the truth, by row.
    """

    truth: NDArray
    outputs: NDArray
    scores: tuple[Score, ...]
    comparison: Comparison | None
    frame: pd.DataFrame


def score_test_rows(plan: Plan, prepared: Prepared, model: keras.Model) -> TestResult:
    """Score the network and three baselines, fitted on the same training rows, on the test rows."""
    task, (x, y) = plan.task, prepared.test
    truth = targets_for_scoring(task, y)
    outputs = predict_in_target_units(model, x)
    plain, plain_test = standardized(plan, prepared)
    baselines = fit_baselines(
        task.kind,
        plain,
        targets_for_scoring(task, prepared.training.y),
        plain_test,
        classes=task.outputs,
    )
    scores, comparison = score_all(
        task.kind, truth, {NETWORK: outputs, **baselines}, seed=plan.settings.seed
    )
    numbers = plan.frame.index[plan.split.test].to_numpy()
    return TestResult(
        truth=truth,
        outputs=outputs,
        scores=scores,
        comparison=comparison,
        frame=frame_of_test(task, outputs, truth, numbers),
    )
