"""Which epoch counts as the best one."""

from math import inf, nan

from epochal.lab.image_training import best_epoch


def test_the_best_epoch_is_a_finite_one():
    assert best_epoch([2.0, 1.0, nan]) == 1
    assert best_epoch([nan, inf, 3.0, 4.0]) == 2
