"""The charts of predicted distributions."""

import re
from dataclasses import replace

import numpy as np
import pytest

from epochal.report.content import DistributionOutcome
from epochal.report.distribution_figures import (
    coverage_figure,
    distribution_figures,
    pit_figure,
    sharpness_figure,
)

EVEN = (np.arange(400) + 0.5) / 400
ONE = DistributionOutcome(
    name="price", levels=EVEN, deviations=np.repeat([3.0, 4.0], 200), scatter=10.0
)


def bars(drawing):
    return [float(each) for each in re.findall(r'class="bar[^"]*".*?height="([\d.]+)"', drawing)]


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        (EVEN, "They are, but for chance."),
        (0.3 + 0.4 * EVEN, "the distributions are too wide. Standard deviations and intervals"),
        (
            np.where(EVEN < 0.5, EVEN / 2, 0.5 + EVEN / 2),
            "the distributions are too narrow. Standard",
        ),
        (np.sqrt(EVEN), "the distributions are too low."),
        (EVEN**2, "the distributions are too high."),
    ],
)
def test_the_histogram_says_what_is_wrong(levels, said):
    figure = pit_figure(replace(ONE, levels=levels))
    assert said in figure.caption
    assert said in figure.drawing  # also for those who cannot see it


def test_bars_are_as_high_as_levels_are_many():
    even = bars(pit_figure(ONE).drawing)
    assert len(even) == 10
    assert max(even) - min(even) < 0.11
    left = bars(pit_figure(replace(ONE, levels=EVEN / 2)).drawing)
    assert left[5:] == [0] * 5
    assert min(left[:5]) > 100


def test_intervals_are_told_by_how_many_truths_they_hold():
    assert "50% of the probability hold 50.0% of the truths, those with 90% 90.0%." in (
        coverage_figure(ONE).caption
    )
    wide = coverage_figure(replace(ONE, levels=0.3 + 0.4 * EVEN))
    assert "hold 100.0% of the truths" in wide.caption or "hold 100% of the truths" in wide.caption


def test_sharpness_is_told_beside_the_scatter_of_the_truth():
    assert "root mean square 3.54, middle 3.50; the truth scatters by 10.0." in (
        sharpness_figure(ONE).caption
    )
    assert sum(each > 0 for each in bars(sharpness_figure(ONE).drawing)) == 2


def test_each_target_has_three_and_few_rows_have_none():
    few = replace(ONE, levels=EVEN[:9], deviations=ONE.deviations[:9])
    names = [figure.name for figure in distribution_figures([ONE, few, ONE])]
    first, third = ["pit", "quantiles", "sharpness"], ["pit-3", "quantiles-3", "sharpness-3"]
    assert names == [*first, *third]
