"""The test part, used once: the network's scores on it beside those of the baselines."""

from dataclasses import dataclass

import keras
import pandas as pd
from numpy.typing import NDArray

from epochal.conformal.conformity import Conformity
from epochal.explanation.importances import Importances
from epochal.explanation.learning_curve import LearningCurve
from epochal.runs.conformity import (
    Regions,
    conformity_of,
    scores_of_distributions,
    usual_regions,
)
from epochal.runs.decisions import all_thresholds, choose_for_network
from epochal.runs.explaining import Explanation
from epochal.runs.network import TargetScale
from epochal.runs.plan import Plan
from epochal.runs.predicted import predict_rows
from epochal.runs.predictions import frame_of_test, targets_for_scoring
from epochal.runs.preparation import Prepared, standardized
from epochal.runs.tested_distributions import TestedDistributions
from epochal.runs.threshold_rules import threshold_rule
from epochal.scoring import Comparison, Score
from epochal.scoring.baselines import fit_baselines
from epochal.scoring.bootstrap import NETWORK, score_all
from epochal.scoring.threshold import DEFAULT_THRESHOLD, Threshold
from epochal.tuning.single_fit import LeftOut


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
    comparisons : tuple of Comparison
        Of network and baselines on the headline score.
    frame : DataFrame
        The predictions beside the truth, by row.
    threshold : Threshold or None
        From which probability on a row is said to be positive; None for the more probable class.
    explanation : Explanation or None
        What the headline score rests on; of cross-validation, on the first fold.
    learning_curve : LearningCurve or None
        The headline score over the training rows, where it was asked for.
    conformity : Conformity or None
        How wrong the network is on rows that it was not trained on; None where there are none.
    regions : Regions or None
        The intervals or sets of the test rows, at 90%; None where there are too few such rows.
    distributions : TestedDistributions or None
        How predicted distributions stand to the truth; None where numbers alone are predicted.
    """

    truth: NDArray
    outputs: NDArray
    scores: tuple[Score, ...]
    comparisons: tuple[Comparison, ...]
    frame: pd.DataFrame
    threshold: Threshold | None = None
    explanation: Explanation | None = None
    learning_curve: LearningCurve | None = None
    conformity: Conformity | None = None
    regions: Regions | None = None
    distributions: TestedDistributions | None = None

    @property
    def importances(self) -> Importances | None:
        """How much the headline score rests on each column; None where it was not measured."""
        return None if self.explanation is None else self.explanation.importances


def score_test_rows(
    plan: Plan, prepared: Prepared, model: keras.Model, left_out: LeftOut | None = None
) -> TestResult:
    """Score the network and three baselines, fitted on the same training rows, on the test rows.

    `left_out` is what intervals and sets are made from, and what the threshold is chosen by where
    one is asked for.
    """
    task, (x, y) = plan.task, prepared.test
    truth = targets_for_scoring(task, y)
    predicted = predict_rows(model, x)
    outputs = predicted.outputs
    plain, plain_test = standardized(plan, prepared)
    known = targets_for_scoring(task, prepared.training.y)
    rule = threshold_rule(task, plan.settings)
    threshold = choose_for_network(rule, left_out)
    scale = TargetScale.of(task, prepared.training.y, plan.settings.distribution)
    used = DEFAULT_THRESHOLD if threshold is None else threshold.value
    conformity = conformity_of(task, left_out, scale, used, plan.settings.distribution)
    baselines = fit_baselines(
        task.kind,
        plain,
        known,
        plain_test,
        classes=task.outputs,
    )
    groups = plan.relations.taken(plan.split.test).groups
    scores, comparisons = score_all(
        plan.metrics,
        truth,
        {NETWORK: outputs, **baselines},
        thresholds=all_thresholds(
            rule, threshold, plain, known, plan.relations.taken(plan.split.train)
        ),
        groups=groups,
        seed=plan.settings.seed,
    )
    scores += scores_of_distributions(
        task,
        conformity,
        truth,
        predicted,
        baselines=baselines,
        groups=groups,
        seed=plan.settings.seed,
    )
    numbers = plan.frame.index[plan.split.test].to_numpy()
    return TestResult(
        truth=truth,
        outputs=outputs,
        scores=scores,
        comparisons=comparisons,
        frame=frame_of_test(task, outputs, truth, numbers, used),
        threshold=threshold,
        conformity=conformity,
        regions=usual_regions(task, conformity, predicted),
        distributions=TestedDistributions.of(truth, predicted, conformity, seed=plan.settings.seed),
    )
