"""Which rows are answered for a wanted error rate."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom

from epochal.conformal.answering import answering, check_max_error, risk_by_coverage
from epochal.errors import InputError


def calibration(seed: int, rows: int = 1500) -> tuple[NDArray, NDArray]:
    """Confidences, and errors that are likelier the lower those are."""
    random = np.random.default_rng(seed)
    confidence = random.uniform(0.5, 1, rows)
    return confidence, random.random(rows) > confidence


def test_the_promise_is_broken_no_oftener_than_said():
    broken = 0
    for seed in range(300):
        threshold = answering(*calibration(seed), 0.15).threshold
        # Errors have the probability 1 - confidence, uniform from the threshold to 1.
        broken += (1 - threshold) / 2 > 0.15
    assert broken <= binom.ppf(0.999, 300, 0.05)


def test_the_bound_is_the_exact_one_of_the_binomial():
    found = answering(*calibration(0), 0.2)
    confidence, wrong = calibration(0)
    assert found.rows == (confidence >= found.threshold).sum()
    assert found.wrong == wrong[confidence >= found.threshold].sum()
    assert binom.cdf(found.wrong, found.rows, found.bound) == pytest.approx(0.05 / 20)
    assert found.bound <= 0.2
    assert found.share == found.rows / 1500


def test_equal_confidences_are_answered_together():
    found = answering(np.ones(500), np.arange(500) < 10, 0.1)
    assert (found.rows, found.wrong, found.threshold) == (500, 10, 1.0)


def test_what_cannot_be_promised_is_refused_with_what_can():
    with pytest.raises(
        InputError,
        match=r"^max_error must be one that the 100 rows that the training left out can promise, "
        r"which is 0\.0582 at the least, got 0\.01: ask for more, or train on more rows\.$",
    ):
        answering(np.linspace(0, 1, 100), np.zeros(100, bool), 0.01)


@pytest.mark.parametrize("wrong", [0, 1, -1, float("nan"), False, "0.1", None])
def test_an_error_rate_out_of_its_range_is_refused(wrong):
    with pytest.raises(
        InputError,
        match=r"^max_error must be above 0 and below 1, got .*: give for example 0\.02, for "
        r"answers of which at most 2% are wrong\.$",
    ):
        check_max_error(wrong)


def test_risk_by_coverage_is_that_of_a_loop():
    random = np.random.default_rng(0)
    confidence, wrong = random.integers(0, 8, 60) / 8, random.random(60) < 0.4
    share, risk = risk_by_coverage(confidence, wrong)
    for at, threshold in enumerate(sorted(set(confidence), reverse=True)):
        answered = [w for c, w in zip(confidence, wrong, strict=True) if c >= threshold]
        assert share[at] == len(answered) / 60
        assert risk[at] == pytest.approx(sum(answered) / len(answered))
    assert len(share) == len(set(confidence))
