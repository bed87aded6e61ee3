"""Conformity scores of rows that chose when to stop."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from epochal.conformal.conformity import ClassConformity, NumberConformity


@given(st.floats(1, 20), st.integers(2, 5), st.integers(0, 1000))
def test_the_log_loss_is_so_many_times_larger(times, classes, seed):
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.ones(classes), 20)
    truth = random.integers(0, classes, 20)
    found = ClassConformity.of(truth, probabilities, truth, optimism=times)
    own = probabilities[np.arange(20), truth]
    np.testing.assert_allclose(1 - found.scores["lac"], own**times, atol=1e-12)
    # APS adds the likelier classes, which have gained what the true one lost.
    assert (found.scores["aps"] <= 1 + 1e-9).all()
    plain = ClassConformity.of(truth, probabilities, truth)
    for method, scores in found.scores.items():
        assert (scores >= plain.scores[method]).all()
    np.testing.assert_array_equal(found.confidence, plain.confidence)


def test_by_hand():
    found = ClassConformity.of([0, 1], [[0.5, 0.3, 0.2], [0.0, 1.0, 0.0]], [0, 1], optimism=2.0)
    assert found.scores["lac"].tolist() == [0.75, 0.0]
    # 0.25 is left of 0.5, so that the others share 0.75: 0.45 and 0.3.
    np.testing.assert_allclose(found.scores["aps"], [1.0, 1.0])
    numbers = NumberConformity.of([[1.0], [2.0]], [[0.0], [5.0]], optimism=4.0)
    assert numbers.absolute.tolist() == [[2.0], [6.0]]
    assert numbers.predicted.tolist() == [[0.0], [5.0]]


def test_widths_are_those_of_the_rows_where_distributions_are_predicted():
    """Errors of 1 to 19 deviations: nine in ten are within the 18th."""
    deviation = np.linspace(0.5, 2.0, 19)[:, None]
    truth = deviation * np.arange(1, 20)[:, None]
    found = NumberConformity.of(
        truth, np.zeros((19, 1)), noise=deviation**2, spread=np.zeros((19, 1))
    )
    middle, noise = np.array([[10.0], [10.0]]), np.array([[1.0], [4.0]])
    low, high = found.intervals(middle, 0.9, noise=noise)
    np.testing.assert_allclose(low, [[-8.0], [-26.0]])
    np.testing.assert_allclose(high, [[28.0], [46.0]])
    np.testing.assert_allclose(found.variance_factor, [np.mean(np.arange(1, 20) ** 2)])
    plain = NumberConformity.of(truth, np.zeros((19, 1)))
    np.testing.assert_array_equal(plain.variance_factor, [1.0])


def test_variances_of_plain_numbers_are_scaled_to_their_errors():
    """Errors of 2 on average, of which 1 is what a few networks are worse by, and a spread of 2."""
    random = np.random.default_rng(0)
    truth = 2 * random.normal(size=(20_000, 1))
    found = NumberConformity.of(
        truth,
        np.zeros_like(truth),
        spread=np.full_like(truth, 2.0),
        excess=np.ones_like(truth),
    )
    np.testing.assert_allclose(found.mean_square, [4.0], rtol=0.03)
    np.testing.assert_allclose(found.variance_factor, [(4 - 1) / (4 + 2)], rtol=0.03)
