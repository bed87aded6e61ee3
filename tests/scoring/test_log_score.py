"""The log score of errors whose like is known."""

import numpy as np
import pytest
from scipy.stats import norm, t

from epochal.scoring.log_score import log_score_of_errors


@pytest.mark.parametrize("family", [norm(0, 3), t(3, 0, 2), t(1.5, 0, 0.01)])
def test_it_is_nearly_that_of_the_distribution_of_the_errors(family):
    sample, errors = family.rvs(4000, random_state=1), family.rvs(4000, random_state=2)
    found = log_score_of_errors(errors, sample).mean()
    assert found == pytest.approx(-family.logpdf(errors).mean(), abs=0.01)


def test_the_fit_is_scipys():
    sample = t(4, 0, 2).rvs(300, random_state=0)
    degrees, _, scale = t.fit(np.concatenate([sample, -sample]), floc=0)
    expected = -t.logpdf([0.0, 7.0], degrees, 0, scale)
    assert log_score_of_errors([0.0, 7.0], np.abs(sample)) == pytest.approx(expected, abs=1e-3)


def test_another_unit_adds_its_log():
    sample = norm.rvs(size=100, random_state=0)
    euros, cents = (log_score_of_errors([unit], unit * sample)[0] for unit in (1, 100))
    assert cents == pytest.approx(euros + np.log(100), abs=1e-4)


def test_one_far_error_does_not_count_for_all():
    sample = norm.rvs(size=100, random_state=0)
    assert log_score_of_errors([50.0], np.append(sample, 30.0))[0] < 20


def test_errors_of_nothing_but_zero_have_no_density():
    assert np.isnan(log_score_of_errors([0.0, 1.0], np.zeros(9))).all()
