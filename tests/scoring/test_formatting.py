"""Round ticks, and the text of numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from epochal.scoring.formatting import interval_text, linear_ticks, log_ticks, score_text, tick_text

ends = st.floats(-1e9, 1e9, allow_nan=False)


@given(ends, st.floats(1e-6, 1e9))
def test_linear_ticks_lie_inside_and_are_evenly_apart(low, width):
    ticks = linear_ticks(low, low + width)
    slack = 1e-6 * width + 1e-9 * abs(low)
    assert 0 < len(ticks) <= 9
    assert ticks.min() >= low - slack
    assert ticks.max() <= low + width + slack
    if len(ticks) > 2:
        steps = np.diff(ticks)
        assert np.ptp(steps) <= slack


def test_a_range_of_no_width_has_one_tick():
    assert linear_ticks(3.0, 3.0).tolist() == [3.0]


def test_log_ticks_of_a_wide_range_are_thinned():
    ticks = log_ticks(1e-12, 1e6)
    assert len(ticks) <= 7
    assert ticks[0] == 1e-12


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.25, "0.25"), (-1e-7, "−1e-7"), (1e6, "1e6"), (999_999.0, "999,999")],
)
def test_tick_text(value, text):
    assert tick_text(value) == text


@pytest.mark.parametrize(
    ("value", "percent", "text"),
    [
        (0.8212, True, "82.1%"),
        (-0.004, True, "−0.4%"),
        (0.0, False, "0.000"),
        (0.41235, False, "0.412"),
        (1234.5, False, "1,234"),
        (3.2e-6, False, "3.20e-06"),
        (float("inf"), False, "–"),
    ],
)
def test_score_text(value, percent, text):
    assert score_text(value, percent) == text


@pytest.mark.parametrize(
    ("low", "high", "percent", "text"),
    [
        (0.7581, 0.8708, True, "75.8% to 87.1%"),
        (9.41, 10.72, False, "9.4 to 10.7"),
        (2e-7, 3e-6, False, "2.00e-07 to 3.00e-06"),
        (float("nan"), 1.0, False, ""),
    ],
)
def test_interval_text(low, high, percent, text):
    assert interval_text(low, high, percent) == text
