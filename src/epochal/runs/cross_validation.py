"""Cross-validation of a planned run: every row is tested by networks that were trained without it.

References
----------
C. Nadeau and Y. Bengio, "Inference for the Generalization Error", Machine Learning 52, 2003.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from epochal.runs.conformity import Regions
from epochal.runs.plan import Plan
from epochal.runs.tested_distributions import TestedDistributions
from epochal.runs.testing import TestResult
from epochal.scoring import Comparison, Interval, Score
from epochal.scoring.bootstrap import NETWORK
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
    results = [[tested(replace(plan, split=split)) for split in draw] for draw in plan.folds]
    fits = [result for draw in results for result in draw]
    splits = [split for draw in plan.folds for split in draw]
    ratio = float(np.mean([len(split.test) / len(split.train) for split in splits]))
    scores = tuple(
        _mean_score([result.scores[number] for result in fits], ratio)
        for number in range(len(fits[0].scores))
    )
    rows = np.argsort(np.concatenate([split.test for split in plan.folds[0]]))
    first = results[0]
    predicted = [one.distributions for one in first if one.distributions is not None]
    regions = [result.regions for result in first if result.regions is not None]
    return TestResult(
        truth=np.concatenate([result.truth for result in first])[rows],
        outputs=np.concatenate([result.outputs for result in first])[rows],
        scores=scores,
        comparisons=tuple(_comparisons([result.scores[0] for result in fits], ratio)),
        frame=pd.concat([result.frame for result in first]).iloc[rows].reset_index(drop=True),
        explanation=first[0].explanation,
        regions=Regions.joined(regions, rows) if len(regions) == len(first) else None,
        distributions=TestedDistributions.joined(predicted, rows) if predicted else None,
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


def _mean(values: ArrayLike, ratio: float) -> Interval:
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    low, high = resampled_interval(known, ratio)
    return Interval(value=float(known.mean()) if len(known) else np.nan, low=low, high=high)


def _comparisons(scores: Sequence[Score], ratio: float) -> Iterator[Comparison]:
    """The gain of each model over each simpler one, paired by fit."""
    sign = 1 if scores[0].higher_is_better else -1
    values = {name: [one.baselines[name].value for one in scores] for name in scores[0].baselines}
    values[NETWORK] = [one.network.value for one in scores]
    for simpler, model in combinations(values, 2):
        gain = _mean(sign * (np.array(values[model]) - np.array(values[simpler])), ratio)
        if np.isfinite(gain.value):
            yield Comparison(model=model, baseline=simpler, gain=gain)
