"""Would more rows help: the same training on parts of the training rows, on the same test rows."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from epochal.errors import InputError
from epochal.explanation.learning_curve import LearningCurve, growing_parts, learning_curve
from epochal.runs.plan import Plan
from epochal.runs.testing import TestResult
from epochal.scoring.threshold import Threshold

_log = logging.getLogger(__name__)

FEWEST_ROWS = 40
"""Parts of fewer rows are left out: what they teach says little about more rows."""


class Predicted(NamedTuple):
    """The outputs for the test rows, and from which probability on a row is positive."""

    outputs: NDArray
    threshold: Threshold | None


def curve_of_run(
    plan: Plan, tested: TestResult, predicted_by: Callable[[Plan], Predicted]
) -> LearningCurve | None:
    """Train as the run was trained, on growing parts of its training rows.

    The networks are as many, and chosen by the size of the part as they would be for a table of
    that size: it is the whole procedure whose score is followed.

    Parameters
    ----------
    plan : Plan
    tested : TestResult
        Of all training rows.
    predicted_by : callable
        Trains by a plan, and predicts its test rows; KeyboardInterrupt where Ctrl-C ends it.

    Returns
    -------
    LearningCurve or None
        None where no part could be trained on, or Ctrl-C ended it.
    """
    train = plan.split.train
    found = {len(train): Predicted(tested.outputs, tested.threshold)}
    try:
        parts = growing_parts(plan.relations.taken(train), seed=plan.settings.seed)
        for part in parts:
            if len(part) >= FEWEST_ROWS:
                found |= _trained(plan, part, predicted_by)
    except KeyboardInterrupt:
        return None
    if len(found) < 2:
        _log.warning("There are too few training rows for a learning curve: it is left out.")
        return None
    return learning_curve(
        plan.metrics[0],
        tested.truth,
        {rows: result.outputs for rows, result in found.items()},
        thresholds={
            rows: result.threshold.value for rows, result in found.items() if result.threshold
        },
        groups=plan.relations.taken(plan.split.test).groups,
        seed=plan.settings.seed,
    )


def _trained(
    plan: Plan, part: np.ndarray, predicted_by: Callable[[Plan], Predicted]
) -> dict[int, Predicted]:
    """What is predicted, by the rows of a part; none where it cannot be trained on."""
    train, settings = plan.split.train[part], plan.settings
    if settings.time is not None:
        settings = replace(settings, time=settings.time * len(part) / len(plan.split.train))
    smaller = replace(plan, split=replace(plan.split, train=train), settings=settings)
    try:
        return {len(train): predicted_by(smaller)}
    except InputError as error:  # a class without rows, or too little time
        _log.warning("The learning curve leaves out %d rows: %s", len(train), error)
        return {}
