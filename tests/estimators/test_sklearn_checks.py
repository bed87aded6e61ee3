"""All of scikit-learn's own checks."""

import os
import subprocess
import sys

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from epochal.estimators import DNNClassifier, DNNRegressor

EXPECTED_TO_FAIL = dict.fromkeys(
    (
        "check_sample_weight_equivalence_on_dense_data",
        "check_sample_weight_equivalence_on_sparse_data",
    ),
    "a row of weight 2 is one row of a batch and two copies are two: the batches of stochastic "
    "training, and the rows held out, differ, and so do the weights",
)


def small(estimator):
    """Quick, and with the validation part that small data does not get by itself."""
    return estimator.set_params(
        hidden=(16,), members=1, epochs=50, batch_size=16, early_stopping=True
    )


@parametrize_with_checks(
    [small(DNNClassifier()), small(DNNRegressor())],
    expected_failed_checks=lambda estimator: EXPECTED_TO_FAIL,
)
def test_sklearn(estimator, check):
    check(estimator)  # scikit-learn's own, with assertions of its own


@pytest.mark.slow
def test_the_check_that_an_environment_variable_must_allow():
    # scikit-learn skips it above: SciPy reads SCIPY_ARRAY_API at its first import only.
    command = [sys.executable, "-m", "pytest", __file__, "-q", "-k", "check_array_api_input"]
    done = subprocess.run(
        command,
        env=os.environ | {"SCIPY_ARRAY_API": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout
