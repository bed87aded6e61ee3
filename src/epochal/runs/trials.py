"""Ways to train a plan beside one another, on the same folds of its training rows.

Every row is predicted by networks that were trained without it, in each way: the scores are of the
same rows and paired by row, and no test row is among them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epochal.data.tasks.columns import probabilities
from epochal.runs.decisions import choose_for_network
from epochal.runs.plan import Plan
from epochal.runs.predicted import predict_in_target_units
from epochal.runs.predictions import targets_for_scoring
from epochal.runs.splitting import folds_of_training
from epochal.runs.threshold_rules import threshold_rule
from epochal.runs.training import Trained
from epochal.scoring.calibration_curve import calibration_curve
from epochal.scoring.metrics import Metric
from epochal.scoring.paired import paired_gains
from epochal.scoring.threshold import DEFAULT_THRESHOLD
from epochal.scoring.trials import AS_IT_IS, FOLDS, Trial


@dataclass(frozen=True, kw_only=True, eq=False)
class OutOfFold:
    """What networks give for rows that they were trained without.

    Attributes
    ----------
    rows : int array of shape (rows,)
        Numbers of the rows in the plan's frame.
    truth : array
        As `epochal.runs.predictions.targets_for_scoring` gives it.
    outputs, decided : array of shape (rows, outputs)
        The networks', and of two classes 1 where the threshold of the fold is reached.
    """

    rows: NDArray
    truth: NDArray
    outputs: NDArray
    decided: NDArray


def training_rows(plan: Plan) -> NDArray:
    """Numbers of all rows that are not tested."""
    rows: NDArray = np.sort(np.concatenate([plan.split.train, plan.split.validation]))
    return rows


def fold_count(plan: Plan) -> int:
    """Into how many folds the training rows can be divided; 1 for none."""
    relations = plan.relations.taken(training_rows(plan))
    return min(FOLDS, relations.folds_at_most - (relations.times is not None))


def out_of_fold(plan: Plan, changes: dict[str, Any], train: Callable[[Plan], Trained]) -> OutOfFold:
    """Train on all folds of the training rows but one, and predict that one, in turns.

    Parameters
    ----------
    plan : Plan
    changes : dict of str to value
        Settings to be tried in place of the plan's.
    train : callable
        Trains by a plan.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C: a way that is not trained to its end is not scored.
    """
    settings = replace(plan.settings, **changes)
    rule = threshold_rule(plan.task, settings)
    splits = folds_of_training(
        training_rows(plan), plan.relations, fold_count(plan), plan.members, settings
    )
    truth, outputs, decided = [], [], []
    for split in splits:
        trained = train(replace(plan, settings=settings, split=split))
        if trained.fitted.interrupted:
            raise KeyboardInterrupt
        part = trained.prepared.test
        given = predict_in_target_units(trained.model, part.x)
        threshold = choose_for_network(rule, trained.fitted.left_out)
        least = DEFAULT_THRESHOLD if threshold is None else threshold.value
        truth.append(targets_for_scoring(plan.task, part.y))
        outputs.append(given)
        decided.append((given >= least).astype(float))
    return OutOfFold(
        rows=np.concatenate([split.test for split in splits]),
        truth=np.concatenate(truth),
        outputs=np.concatenate(outputs),
        decided=np.concatenate(decided),
    )


def compared(plan: Plan, tried: Sequence[tuple[str, str, OutOfFold]]) -> tuple[Trial, ...]:
    """Score what was tried, each with what it is and its option; the training as it is first."""
    metric, found = plan.metrics[0], [each for _, _, each in tried]
    first = found[0]
    score, gains = paired_gains(
        metric,
        first.truth,
        _used(plan, metric, first),
        [_used(plan, metric, each) for each in found[1:]],
        groups=plan.relations.taken(first.rows).groups,
        seed=plan.settings.seed,
    )
    made = [
        Trial(
            what=AS_IT_IS,
            option="",
            score=score,
            log_loss=_log_loss(plan, first),
            calibration_error=_calibration_error(plan, first),
        )
    ]
    for (what, option, each), gain in zip(tried[1:], gains, strict=True):
        made.append(
            Trial(
                what=what,
                option=option,
                score=gain.score,
                gain=gain.gain,
                better=gain.beyond_chance,
                log_loss=_log_loss(plan, each),
                calibration_error=_calibration_error(plan, each),
            )
        )
    return tuple(made)


def _used(plan: Plan, metric: Metric, found: OutOfFold) -> NDArray:
    """What a score is computed from: outputs, or what a threshold makes of them."""
    decides = metric.needs_class and plan.task.kind == "binary"
    return found.decided if decides else found.outputs


def _log_loss(plan: Plan, found: OutOfFold) -> float | None:
    """That of probabilities; None for numbers."""
    losses = [metric for metric in plan.metrics if metric.name == "log loss"]
    if not losses:
        return None
    return float(losses[0].function(found.truth, found.outputs, np.ones((1, len(found.truth))))[0])


def _calibration_error(plan: Plan, found: OutOfFold) -> float | None:
    """That of probabilities, a mean over classes or labels; None for numbers."""
    if plan.task.kind not in ("binary", "multiclass", "multilabel"):
        return None
    kind, outputs = plan.task.kind, found.outputs
    if kind == "multilabel":
        happened = found.truth
    elif kind == "binary":
        happened = found.truth.reshape(-1, 1)
    else:
        outputs = probabilities(plan.task, outputs)
        happened = np.eye(outputs.shape[1])[found.truth.astype(int)]
    errors = [calibration_curve(p, t).error for p, t in zip(outputs.T, happened.T, strict=True)]
    return float(np.mean(errors))
