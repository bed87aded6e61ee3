"""What networks that left rows out tell of what all of them would give."""

import numpy as np
import pytest

from epochal.tuning.left_out import Voters, effective_count, joined

ROWS, MEMBERS, FOLDS = 40_000, 20, 5


@pytest.mark.parametrize("weights", [np.ones(MEMBERS), np.arange(MEMBERS) + 1.0])
def test_errors_and_variances_are_those_of_all_networks(weights):
    """Networks whose predictions scatter about a wrong mean, each leaving out every fifth row."""
    random = np.random.default_rng(0)
    y = random.normal(size=(ROWS, 1))
    each = 0.3 + 0.8 * random.normal(size=(MEMBERS, ROWS, 1))
    fold = np.arange(ROWS) % FOLDS
    left_out = (np.arange(MEMBERS) % FOLDS)[:, None] == fold
    counted = left_out * weights[:, None]
    own = counted.sum(axis=0) ** 2 / (counted**2).sum(axis=0)
    moments = np.stack([each, each**2, np.ones_like(each)], axis=-1)
    mean = np.einsum("mr,mrok->rok", counted / counted.sum(axis=0), moments)
    found = joined(mean, y, Voters(own, effective_count(weights)))
    shares = weights / weights.sum()
    average = np.tensordot(shares, each, 1)
    spread = np.tensordot(shares, (each - average) ** 2, 1).mean()
    error = ((y - average) ** 2).mean()
    assert found.spread is not None
    assert found.excess is not None
    few = (found.y - found.outputs) ** 2
    assert found.spread.mean() == pytest.approx(spread, rel=0.02)
    assert (few - found.excess).mean() == pytest.approx(error, rel=0.02)
    assert few.mean() > 1.05 * error  # it does correct


def test_of_a_single_network_nothing_is_known():
    moments = np.ones((3, 1, 3))
    found = joined(moments, np.zeros((3, 1)), Voters(np.ones(3), 8.0))
    assert found.spread is not None
    assert found.excess is not None
    assert found.spread.tolist() == found.excess.tolist() == [[0.0]] * 3
