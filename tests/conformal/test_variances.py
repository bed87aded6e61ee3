"""Variances that are as large as errors."""

import numpy as np

from epochal.conformal.variances import variance_factor


def test_the_factor_makes_them_as_large_as_squared_errors():
    random = np.random.default_rng(0)
    variances = random.gamma(3, 1, (4000, 2))
    errors = random.normal(size=(4000, 2)) * np.sqrt(variances * [0.5, 3.0])
    np.testing.assert_allclose(variance_factor(errors**2, variances), [0.5, 3.0], rtol=0.05)


def test_errors_of_few_networks_are_taken_for_those_of_all():
    random = np.random.default_rng(1)
    noise, each, few, many = 1.0, 2.0, 4, 20
    errors = random.normal(size=(20_000, 1)) * np.sqrt(noise + each / few)
    excess = np.full_like(errors, each * (1 / few - 1 / many))
    found = variance_factor(errors**2, np.ones_like(errors), excess)
    np.testing.assert_allclose(found, noise + each / many, rtol=0.03)


def test_it_stays_above_a_fifth_whatever_is_taken_off():
    found = variance_factor([[1.0], [1.0]], [[1.0], [1.0]], [[9.0], [9.0]])
    assert found.tolist() == [0.2]
