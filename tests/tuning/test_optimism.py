"""What is known of the loss on rows that chose the epochs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from epochal import DNNRegressor
from epochal.tuning.optimism import Curve, optimism

losses = st.lists(st.floats(0.01, 100), min_size=1, max_size=6)


def test_by_hand():
    curves = [Curve("a", [4, 1, 3], 1.0), Curve("a", [4, 3, 1], 3.0)]
    # Each names the other's epoch of a loss of 3: (1 + 3) / 2 over 1, whatever the weights.
    assert optimism(curves) == 2
    # Of three the two others choose together, by their sums: always the first epoch.
    three = [Curve("b", [2, 5], 1.0), Curve("b", [3, 1], 1.0), Curve("b", [2, 4], 2.0)]
    assert optimism(three) == pytest.approx((1 + (2 + 3 + 2 * 2) / (2 + 1 + 2 * 2)) / 2)


def test_candidates_choose_for_themselves():
    one, other = [[4, 1, 3], [4, 3, 1]], [[1, 2], [1, 2]]
    curves = [Curve("a", each, 1.0) for each in one] + [Curve("b", each, 1.0) for each in other]
    assert optimism(curves) == pytest.approx((1 + (3 + 3 + 1 + 1) / 4) / 2)


def test_one_that_ended_earlier_stays_at_its_last_loss():
    assert optimism([Curve("a", [4, 1], 1.0), Curve("a", [4, 3, 1], 1.0)]) == pytest.approx(
        (1 + (1 + 3) / 2) / 2
    )


def test_where_nothing_is_known_it_is_1():
    assert optimism([]) == 1
    assert optimism([Curve("a", [4, 1, 3], 1.0), Curve("b", [4, 3, 1], 1.0)]) == 1
    assert optimism([Curve("a", [4, np.nan], 1.0), Curve("a", [4, 1], 1.0)]) == 1
    assert optimism([Curve("a", [4, 1, 3], 1.0)] * 3) == 1


@given(st.lists(losses, min_size=2, max_size=5))
def test_it_is_at_least_1_and_knows_no_unit(curves):
    given_ones = [Curve("a", each, 1.0) for each in curves]
    larger = [Curve("a", [8 * loss for loss in each], 1.0) for each in curves]
    assert optimism(given_ones) >= 1
    assert optimism(larger) == pytest.approx(optimism(given_ones))


def test_a_planted_optimism_is_made_up_for():
    """Curves of one shape and noise of their own: the loss of new rows is the shape's."""
    random = np.random.default_rng(0)
    shape = 1 + (np.arange(60) / 60 - 0.5) ** 2
    found, least = [], []
    for _ in range(200):
        noise = random.normal(0, 0.2, (5, 60))
        curves = [Curve("a", each, 1.0) for each in shape + noise]
        smallest = np.mean([min(curve.losses) for curve in curves])
        least.append(smallest)
        found.append(smallest * optimism(curves))
    at_best = np.mean([shape[each] for each in range(20, 40)])
    assert np.mean(least) < 0.65 * at_best  # what the rows left out show
    assert 0.75 * at_best < np.mean(found) < at_best  # half of the way, as it says


def test_intervals_of_an_estimator_are_wider_by_its_root():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(120, 3)), random.normal(size=120)
    model = DNNRegressor(hidden=(8,), epochs=12, members=4, random_state=0).fit(x, y)
    known = model._left_out
    assert known is not None
    assert known.optimism > 1
    widths = []
    for times in (1.0, known.optimism):
        model._left_out = known._replace(optimism=times)
        widths.append(float(np.diff(model.predict_interval(x[:1]))[0, 0]))
    assert widths[1] == pytest.approx(widths[0] * known.optimism**0.5, rel=1e-5)
