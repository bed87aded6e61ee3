"""The quantile of conformity scores: how many rows it needs, and what it holds."""

import math
from fractions import Fraction

import numpy as np
import pytest

from epochal.conformal.coverage import check_coverage, conformal_quantile, rows_needed
from epochal.errors import InputError


@pytest.mark.parametrize("rows", [1, 4, 9, 10, 19, 99, 250])
def test_the_quantile_is_the_smallest_score_that_enough_ranks_lie_below(rows):
    scores = np.random.default_rng(rows).permutation(np.arange(1.0, rows + 1))
    for percent in (1, 10, 50, 80, 90, 95, 99):
        rank = math.ceil((rows + 1) * Fraction(percent, 100))  # exact, unlike 0.9 * 10
        if rank <= rows:
            assert conformal_quantile(scores, percent / 100) == max(1, rank)
        else:
            with pytest.raises(InputError, match="coverage must be one that the"):
                conformal_quantile(scores, percent / 100)


@pytest.mark.parametrize("percent", [1, 50, 80, 90, 95, 99, 99.9, 99.99])
def test_the_rows_needed_are_the_fewest_that_give_a_quantile(percent):
    needed = rows_needed(percent / 100)
    exact = math.ceil(1 / (1 - Fraction(str(percent)) / 100)) - 1
    assert needed == exact
    conformal_quantile(np.zeros(max(1, needed)), percent / 100)


def test_a_new_score_is_held_as_often_as_asked():
    random = np.random.default_rng(0)
    held = []
    for _ in range(4000):
        scores = random.exponential(size=20)
        held.append(scores[-1] <= conformal_quantile(scores[:-1], 0.8))
    assert abs(np.mean(held) - 0.8) < 3 * math.sqrt(0.16 / 4000)


@pytest.mark.parametrize("wrong", [0, 1, -0.1, 1.5, float("nan"), True, "0.9", None])
def test_a_coverage_out_of_its_range_is_refused(wrong):
    with pytest.raises(
        InputError,
        match=r"^coverage must be above 0 and below 1, got .*: give for example 0\.9, for "
        r"intervals or sets that hold the truth of 90% of new rows\.$",
    ):
        check_coverage(wrong)


def test_too_few_rows_say_how_many_are_needed():
    with pytest.raises(
        InputError,
        match=r"^coverage must be one that the 8 rows that the training left out can give, got "
        r"0\.9, which needs 9: ask for less, or train on more rows\.$",
    ):
        conformal_quantile(range(8), 0.9)
