"""The rows of each epoch: every one once a pass, in batches, and the same for the same seed."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from epochal.batches.order import BatchOrder
from epochal.errors import InputError


def epochs(order: BatchOrder, count: int) -> list[np.ndarray]:
    return [order.next_epoch() for _ in range(count)]


@pytest.mark.parametrize("shuffle", [False, True, "batch"])
@pytest.mark.parametrize("seed", [None, 3])
def test_a_pass_holds_every_row_once(shuffle, seed):
    order = BatchOrder(10, 4, shuffle, seed=seed)
    for epoch in epochs(order, 3):
        assert epoch.dtype == np.int32
        assert_array_equal(np.sort(epoch), np.arange(10))
    assert (order.batches, order.full_batches, order.passes) == (3, 2, 3)


def test_without_shuffling_the_rows_come_as_they_are():
    assert_array_equal(BatchOrder(5, 2).next_epoch(), np.arange(5))


def test_rows_shuffled_in_their_batches_stay_there():
    epoch = BatchOrder(40, 10, "batch", seed=1).next_epoch()
    assert_array_equal(epoch // 10, np.arange(40) // 10)
    assert (epoch != np.arange(40)).any()


def test_a_seed_gives_each_pass_its_own_order_and_the_same_again():
    first, second = (epochs(BatchOrder(30, 8, True, seed=5), 2) for _ in range(2))
    assert_array_equal(first, second)
    assert (first[0] != first[1]).any()
    assert (first[0] != BatchOrder(30, 8, True, seed=6).next_epoch()).any()


def test_without_a_seed_the_order_is_that_of_the_global_generator():
    np.random.seed(4)  # as keras.utils.set_random_seed does
    ours = BatchOrder(30, 8, True).next_epoch()
    np.random.seed(4)
    assert_array_equal(ours, np.random.permutation(30))


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize("skipped", range(6))
@pytest.mark.parametrize("steps", [None, 1, 2, 4])
def test_a_resumed_order_goes_on_as_if_it_had_never_stopped(steps, skipped):
    make = lambda: BatchOrder(26, 5, True, steps_per_epoch=steps, seed=2)  # noqa: E731
    whole = epochs(make(), skipped + 3)
    order = make()
    order.skip(skipped)
    for ours, expected in zip(epochs(order, 3), whole[skipped:], strict=True):
        assert_array_equal(ours, expected)
    taken = sum(-(-len(epoch) // 5) for epoch in whole[:skipped])
    assert make().steps_before(skipped) == taken


def test_without_a_seed_nothing_can_be_skipped():
    order = BatchOrder(8, 4)
    order.skip(3)
    assert order.passes == 0


def test_fewer_steps_than_batches_go_on_until_the_data_is_used_up():
    order = BatchOrder(7, 2, steps_per_epoch=3)
    assert (order.batches, order.full_batches) == (3, 3)
    assert_array_equal(order.next_epoch(), np.arange(6))
    with pytest.warns(UserWarning, match="steps_per_epoch is 3, but this epoch ends with step 1"):
        assert_array_equal(order.next_epoch(), [6])
    assert_array_equal(order.next_epoch(), np.arange(6))
    order.restart()
    assert_array_equal(order.next_epoch(), np.arange(6))


def test_a_shuffle_of_another_kind_is_refused():
    with pytest.raises(InputError, match="shuffle must be True, False or 'batch'"):
        BatchOrder(3, 1, "rows")
