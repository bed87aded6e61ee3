"""From which probability on a run says that a row is positive."""

import numpy as np
from numpy.typing import NDArray

from epochal.data.relations import Relations
from epochal.scoring.baselines import left_out_baselines
from epochal.scoring.bootstrap import NETWORK
from epochal.scoring.threshold import Threshold, ThresholdRule, choose_threshold
from epochal.training.population.rows import folds_of_rows
from epochal.tuning.single_fit import LeftOut

_FOLDS = 5


def choose_for_network(rule: ThresholdRule | None, left_out: LeftOut | None) -> Threshold | None:
    """The network's threshold, by the rows that its training left out."""
    if rule is None or left_out is None or not len(left_out.y):
        return None
    return choose_threshold(left_out.y, left_out.outputs, rule)


def all_thresholds(
    rule: ThresholdRule | None,
    network: Threshold | None,
    x: NDArray,
    y: NDArray,
    relations: Relations,
) -> dict[str, float]:
    """The threshold of the network and of each baseline, whose own are chosen in the same way.

    Parameters
    ----------
    rule : ThresholdRule or None
    network : Threshold or None
    x, y : array of shape (rows, ...)
        The training rows, as the baselines take them: each fold of five is predicted by baselines
        that were fitted on the others.
    relations : Relations
        Those of the training rows, by which the folds are made.
    """
    if rule is None or network is None:
        return {}
    count = min(_FOLDS, relations.folds_at_most)
    if count == 1:
        return {NETWORK: network.value}
    folds = folds_of_rows(relations, count, seed=0)
    predicted = left_out_baselines(x, y, folds)
    known = {name: np.isfinite(p[:, 0]) for name, p in predicted.items()}
    chosen = {
        name: choose_threshold(y[known[name]], p[known[name]], rule).value
        for name, p in predicted.items()
    }
    return {NETWORK: network.value, **chosen}
