"""What samples say of a row: worked by hand, and beside NumPy's own functions."""

from math import log
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from epochal.uncertainty.summary import concatenate_summaries, entropy_of, quantiles_of, summary_of
from tests.tolerances import FLOAT32_ROUNDING


def summarised(samples: np.ndarray, levels: tuple[float, ...], task: str) -> Any:
    return summary_of(samples, levels, task)


LEVELS = (0.0, 0.05, 0.25, 0.5, 0.9, 1.0)


def test_samples_that_contradict_one_another() -> None:
    # Two samples, each certain, of different classes: all of the uncertainty is epistemic.
    samples = np.array([[[1, 0]], [[0, 1]]], np.float32)
    summary = summarised(samples, (0.5,), "multiclass")
    assert summary.mean.tolist() == [[0.5, 0.5]]
    assert summary.standard_deviation.tolist() == [[0.5, 0.5]]
    assert summary.quantiles.tolist() == [[[0.5, 0.5]]]
    assert_allclose(summary.total, [log(2)], **FLOAT32_ROUNDING)
    assert_allclose(summary.epistemic, [log(2)], **FLOAT32_ROUNDING)


def test_samples_that_agree_to_doubt() -> None:
    # Equal samples: all of the uncertainty is aleatoric.
    samples = np.full((5, 1, 4), 0.25, np.float32)
    summary = summarised(samples, (), "multiclass")
    assert_allclose(summary.total, [log(4)], **FLOAT32_ROUNDING)
    assert abs(summary.epistemic[0]) < 1e-6
    assert summary.standard_deviation.tolist() == [[0, 0, 0, 0]]
    assert summary.quantiles.shape == (0, 1, 4)


def test_two_samples_by_hand() -> None:
    samples = np.array([[[0.9, 0.1]], [[0.5, 0.5]]], np.float32)
    whole = -(0.7 * log(0.7) + 0.3 * log(0.3))
    each = (-(0.9 * log(0.9) + 0.1 * log(0.1)) + log(2)) / 2
    summary = summarised(samples, (), "multiclass")
    assert_allclose(summary.total, [whole], **FLOAT32_ROUNDING)
    assert_allclose(summary.epistemic, [whole - each], rtol=1e-5)


def test_each_label_has_an_entropy_of_its_own() -> None:
    samples = np.array([[[1, 0.5, 0]], [[0, 0.5, 0]]], np.float32)
    summary = summarised(samples, (), "multilabel")
    assert_allclose(summary.total, [[log(2), log(2), 0]], **FLOAT32_ROUNDING)
    assert_allclose(summary.epistemic, [[log(2), 0, 0]], atol=1e-6)


def test_numbers_have_no_entropy() -> None:
    summary = summarised(np.ones((3, 2, 1), np.float32), (), "regression")
    assert summary.total is None
    assert summary.aleatoric is None
    assert summary.epistemic.tolist() == [[0], [0]]


@pytest.mark.parametrize("task", ["multiclass", "multilabel"])
def test_information_lies_between_zero_and_the_entropy(task: str) -> None:
    samples = np.random.default_rng(0).dirichlet([0.3] * 4, (20, 50)).astype(np.float32)
    summary = summarised(samples, (), task)
    assert (summary.epistemic >= 0).all()
    assert (summary.epistemic <= summary.total + 1e-6).all()
    most = log(4) if task == "multiclass" else log(2)
    assert (summary.total <= most + 1e-6).all()
    rest = summary.total - summary.epistemic
    assert_allclose(
        rest, np.mean(np.asarray(entropy_of(samples, task)), axis=0), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("count", [2, 3, 20, 101])
def test_quantiles_moments_are_numpys(count: int) -> None:
    samples = np.random.default_rng(count).normal(size=(count, 7, 2)).astype(np.float32)
    summary = summarised(samples, LEVELS, "regression")
    assert_allclose(summary.quantiles, np.quantile(samples, LEVELS, axis=0), **FLOAT32_ROUNDING)
    assert_allclose(summary.mean, samples.mean(axis=0), **FLOAT32_ROUNDING)
    assert_allclose(summary.standard_deviation, samples.std(axis=0), **FLOAT32_ROUNDING)


def test_a_deviation_far_from_zero_is_exact() -> None:
    # 1e4 +- 0.01: the mean of the squares minus the square of the mean would give noise.
    samples = np.array([10000.0, 10000.02], np.float32).reshape(2, 1, 1)
    expected = float(samples[1, 0, 0] - samples[0, 0, 0]) / 2
    assert_allclose(summarised(samples, (), "regression").standard_deviation, [[expected]])


def test_blocks_of_rows_are_put_together() -> None:
    samples = np.random.default_rng(1).dirichlet([1, 1, 1], (10, 9)).astype(np.float32)
    whole = summarised(samples, LEVELS, "multiclass")
    parts: Any = concatenate_summaries(
        [summarised(samples[:, cut], LEVELS, "multiclass") for cut in np.split(np.arange(9), 3)]
    )
    for one, other in zip(whole, parts, strict=True):
        assert np.array_equal(one, other)
    assert quantiles_of(samples, (0.5,)).shape == (1, 9, 3)
