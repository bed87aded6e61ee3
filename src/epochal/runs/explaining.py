"""What a run's score rests on, measured on its test rows."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import keras
import pandas as pd
from numpy.typing import NDArray

from epochal.data import TablePreprocessor
from epochal.data.preprocessing.feature_columns import feature_columns
from epochal.explanation.composed_rows import ComposedRows
from epochal.explanation.correlated_columns import correlated_columns
from epochal.explanation.importances import Importances
from epochal.explanation.partial_dependence import PartialDependence, first_dependences
from epochal.explanation.permutation import MOST_PREDICTED, permutation_importance
from epochal.runs.plan import Plan
from epochal.runs.predicted import predictor_in_target_units
from epochal.runs.predictions import targets_for_scoring
from epochal.runs.preparation import Prepared
from epochal.scoring.threshold import Threshold

_log = logging.getLogger(__name__)

_FEWEST_PREDICTED = 1_000
_MULTIPLICATIONS = 2e10  # about a second
_ENOUGH_PREDICTED = 10_000
_PREDICTED_PER_TRAINING_ROW = 3
"""A training of 30 epochs costs about as much as predicting its rows a hundred times."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Explanation:
    """What the headline score and the predictions rest on.

    Attributes
    ----------
    importances : Importances
    dependences : tuple of PartialDependence
        Of a column of each of the most important groups.
    """

    importances: Importances
    dependences: tuple[PartialDependence, ...]


def explain_test(
    plan: Plan, prepared: Prepared, model: keras.Model, threshold: Threshold | None
) -> Explanation | None:
    """Measure the columns on the test rows; a failure is logged, and the run goes on without.

    Parameters
    ----------
    plan : Plan
    prepared : Prepared
    model : keras.Model
        Trained, with outputs in the units of the target.
    threshold : Threshold or None
        From which probability on a row is said to be positive.
    """
    try:
        return _explained(plan, prepared, model, threshold)
    except (Exception, KeyboardInterrupt) as error:
        if isinstance(error, KeyboardInterrupt) and plan.settings.cv is not None:
            raise  # of a fold nothing is kept
        _log.warning(
            "The importances of the columns could not be measured (%s): the run was saved without "
            "them.",
            type(error).__name__,
        )
        return None


def _explained(
    plan: Plan, prepared: Prepared, model: keras.Model, threshold: Threshold | None
) -> Explanation:
    kinds, test = prepared.preprocessor.kinds_, plan.split.test
    rows = composed_rows(
        predictor_in_target_units(model),
        prepared.preprocessor,
        plan.frame.iloc[test],
        prepared.test.x,
    )
    importances = permutation_importance(
        rows,
        targets_for_scoring(plan.task, prepared.test.y),
        plan.metrics[0],
        # By the training rows: there are more of them.
        groups=correlated_columns(plan.frame.iloc[plan.split.train], kinds),
        threshold=None if threshold is None else threshold.value,
        related=plan.relations.taken(test).groups,
        most_predicted=_most_predicted(len(plan.split.train), model.count_params()),
        seed=plan.settings.seed,
    )
    return Explanation(
        importances=importances, dependences=first_dependences(rows, importances, kinds)
    )


def _most_predicted(training_rows: int, parameters: int) -> int:
    """How many rows to predict: a small part of the training, or what takes about a second."""
    quick = int(min(_ENOUGH_PREDICTED, max(_FEWEST_PREDICTED, _MULTIPLICATIONS / parameters)))
    return min(MOST_PREDICTED, max(quick, _PREDICTED_PER_TRAINING_ROW * training_rows))


def composed_rows(
    predict: Callable[[NDArray], NDArray],
    preprocessor: TablePreprocessor,
    frame: pd.DataFrame,
    x: NDArray,
) -> ComposedRows:
    """A run's outputs for rows that are put together from the cells of a table.

    Parameters
    ----------
    predict : callable
        From features to outputs.
    preprocessor : TablePreprocessor
        Fitted.
    frame : DataFrame of shape (rows, columns)
    x : array of shape (rows, features)
        The rows of `frame`, encoded.
    """
    features = feature_columns(preprocessor)
    return ComposedRows.encoded(predict, frame[list(features)], x, list(features.values()))
