"""Thresholds against a plain search over all of them, and against hand-made cases."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve, precision_score, recall_score

from epochal.scoring.json_numbers import nan_to_none
from epochal.scoring.threshold import Decisions, Threshold, ThresholdRule, choose_threshold

RNG = np.random.default_rng(0)
TRUTH = (RNG.random(300) < 0.3).astype(int)
PROBABILITIES = np.clip(0.3 * TRUTH + RNG.random(300) * 0.7, 0, 1).round(2)  # with ties


def _cost(threshold, fp, fn):
    said = threshold <= PROBABILITIES
    return (fp * np.sum(said & (TRUTH == 0)) + fn * np.sum(~said & (TRUTH == 1))) / len(TRUTH)


@pytest.mark.parametrize("cost", [(1, 1), (1, 5), (20, 1), (1, 0), (0, 1)])
def test_no_threshold_is_cheaper_than_the_chosen_one(cost):
    chosen = choose_threshold(TRUTH, PROBABILITIES, ThresholdRule(cost=cost))
    cheapest = min(_cost(threshold, *cost) for threshold in np.linspace(0, 1.01, 1012))
    assert _cost(chosen.value, *cost) == pytest.approx(cheapest)
    assert chosen.reached


def test_a_dearer_miss_lowers_the_threshold_towards_the_theoretical_one():
    """Of probabilities that hold, the best threshold is fp / (fp + fn): Elkan 2001."""
    rng = np.random.default_rng(1)
    p = rng.random(40_000)
    truth = rng.random(40_000) < p
    for fp, fn in [(1, 1), (1, 4), (3, 1)]:
        chosen = choose_threshold(truth, p, ThresholdRule(cost=(fp, fn)))
        assert chosen.value == pytest.approx(fp / (fp + fn), abs=0.04)


def test_a_wanted_precision_or_recall_is_reached_at_the_best_of_the_other():
    precision, recall, _ = precision_recall_curve(TRUTH, PROBABILITIES)
    precision, recall = precision[:-1], recall[:-1]  # its last point has no threshold
    chosen = choose_threshold(TRUTH, PROBABILITIES, ThresholdRule(min_precision=0.8))
    assert chosen.precision >= 0.8
    assert chosen.recall == pytest.approx(recall[precision >= 0.8].max())
    chosen = choose_threshold(TRUTH, PROBABILITIES, ThresholdRule(min_recall=0.8))
    assert chosen.recall >= 0.8
    assert chosen.precision == pytest.approx(precision[recall >= 0.8].max())
    said = chosen.value <= PROBABILITIES
    assert chosen.precision == pytest.approx(precision_score(TRUTH, said))
    assert chosen.recall == pytest.approx(recall_score(TRUTH, said))


def test_what_no_threshold_reaches_gets_the_nearest_and_says_so():
    truth, p = [0, 1, 0, 0], [0.9, 0.8, 0.2, 0.1]
    chosen = choose_threshold(truth, p, ThresholdRule(min_precision=0.9))
    assert not chosen.reached
    assert (chosen.precision, chosen.value) == (0.5, 0.5)


@pytest.mark.parametrize("truth", [[0, 0], [1, 1]])
def test_rows_of_one_class_tell_nothing(truth):
    chosen = choose_threshold(truth, [0.2, 0.7], ThresholdRule(cost=(1, 9)))
    assert (chosen.value, chosen.reached) == (0.5, False)
    content = json.loads(json.dumps(nan_to_none(asdict(chosen))))
    assert str(Threshold.from_dict(content)) == str(chosen)


def test_all_and_none_are_among_the_decisions():
    found = Decisions.of([1, 0], [1.0, 0.0])
    assert found.thresholds[0] > 1
    assert found.thresholds[-1] == 0
    assert found.true_positives.tolist() == [0, 1, 1]
    assert found.cost(2, 3).tolist() == [1.5, 0, 1]


def test_the_rules_in_words():
    assert str(ThresholdRule(cost=(1, 5))) == "the lowest cost (fp=1, fn=5)"
    assert str(ThresholdRule(min_precision=0.9)) == "a precision of at least 0.9"
    assert str(ThresholdRule(min_recall=0.75)) == "a recall of at least 0.75"
