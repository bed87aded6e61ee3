"""Cross-validation of a planned run: every row is tested by networks that were trained without it.

References
----------
C. Nadeau and Y. Bengio, "Inference for the Generalization Error", Machine Learning 52, 2003.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from epochal.runs.plan import Plan
from epochal.runs.splitting import folds_of_cv
from epochal.runs.testing import TestResult
from epochal.scoring import Comparison, Interval, Score
from epochal.scoring.interval import resampled_interval


def cross_validated(plan: Plan, tested: Callable[[Plan], TestResult]) -> TestResult:
    """The scores of networks that were each trained without a fold, on that fold.

    Parameters
    ----------
    plan : Plan
        Its settings say how many folds, and how often they are drawn.
    tested : callable
        Trains by a plan of the same rows with other parts, and scores its test rows.

    Returns
    -------
    TestResult
        Means of the scores, with intervals for repeated training and testing; truth, outputs and
        predictions are those of the first draw of folds, by row.
    """
    draws = folds_of_cv(plan.relations, plan.settings, plan.members)
    results = [[tested(replace(plan, split=split)) for split in draw] for draw in draws]
    fits = [result for draw in results for result in draw]
    splits = [split for draw in draws for split in draw]
    ratio = float(np.mean([len(split.test) / len(split.train) for split in splits]))
    scores = tuple(
        _mean_score([result.scores[number] for result in fits], ratio)
        for number in range(len(fits[0].scores))
    )
    rows = np.argsort(np.concatenate([split.test for split in draws[0]]))
    first = results[0]
    return TestResult(
        truth=np.concatenate([result.truth for result in first])[rows],
        outputs=np.concatenate([result.outputs for result in first])[rows],
        scores=scores,
        comparison=_comparison([result.scores[0] for result in fits], scores[0], ratio),
        frame=pd.concat([result.frame for result in first]).iloc[rows].reset_index(drop=True),
    )


def _mean_score(scores: Sequence[Score], ratio: float) -> Score:
    """The mean of one score over the fits."""
    return replace(
        scores[0],
        network=_mean([score.network.value for score in scores], ratio),
        baselines={
            name: _mean([score.baselines[name].value for score in scores], ratio)
            for name in scores[0].baselines
        },
    )


def _mean(values: Sequence[float], ratio: float) -> Interval:
    known = np.array(values)[np.isfinite(values)]
    low, high = resampled_interval(known, ratio)
    return Interval(value=float(known.mean()) if len(known) else np.nan, low=low, high=high)


def _comparison(scores: Sequence[Score], mean: Score, ratio: float) -> Comparison | None:
    """The gain over the baseline that is best on average, paired by fit."""
    sign = 1 if mean.higher_is_better else -1
    known = {name: sign * it.value for name, it in mean.baselines.items() if np.isfinite(it.value)}
    if not known or not np.isfinite(mean.network.value):
        return None
    best = max(known, key=lambda name: known[name])
    gains = [sign * (score.network.value - score.baselines[best].value) for score in scores]
    return Comparison(baseline=best, gain=_mean(gains, ratio))
