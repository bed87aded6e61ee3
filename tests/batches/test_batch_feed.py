"""Batches of generators and data sets: the fit of each engine is that of Keras."""

import time
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import epochal
from epochal.batches import feed as feeds
from epochal.errors import InputError
from tests.tolerances import LOSS_PARITY
from tests.training import conftest
from tests.training.parity import ROWS, assert_parity, dense_net, fit_both, numbers

engine = conftest.engine  # each test runs on both
X, Y = numbers(ROWS, 6), numbers(ROWS, 1, seed=1)


def batches(count: int, size: int = 8) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for step in range(count):
        rows = slice(step * size % 40, step * size % 40 + size)
        yield X[rows], Y[rows]


def forever() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    while True:
        yield from batches(5)


def test_an_infinite_generator_with_steps():
    pair = fit_both(dense_net, data=forever, steps_per_epoch=3, epochs=4)
    assert_parity(pair)
    assert pair.run.params == pair.history.params


@pytest.mark.parametrize("steps", [None, 3])
def test_an_exhausted_generator_warns_as_keras_does(steps):
    with pytest.warns(UserWarning, match="Your input ran out of data") as warned:
        pair = fit_both(dense_net, data=lambda: batches(4), steps_per_epoch=steps, epochs=2)
    assert_parity(pair)
    messages = [str(each.message) for each in warned if "ran out" in str(each.message)]
    assert len(messages) % 2 == 0  # as often by each


def test_a_generator_with_weights_and_ragged_batches():
    def ragged() -> Iterator[tuple]:
        for size in (8, 8, 3, 8, 5, 5, 1):
            yield X[:size], Y[:size], np.linspace(0.5, 2, size, dtype=np.float32)

    pair = fit_both(dense_net, data=ragged, epochs=1)
    assert_parity(pair)
    assert len(pair.run.losses) == 7


def test_an_error_in_a_generator_reaches_the_caller():
    def broken() -> Iterator[tuple]:
        yield X[:8], Y[:8]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        epochal.fit(dense_net(), broken(), shuffle=False, verbose=0)


class Data(keras.utils.PyDataset):
    """Batches of eight rows, that notes its epochs."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ended = 0

    def __len__(self) -> int:
        return -(-ROWS // 8)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return X[index * 8 : index * 8 + 8], Y[index * 8 : index * 8 + 8]

    def on_epoch_end(self) -> None:
        self.ended += 1


@pytest.mark.parametrize("workers", [1, 2])
def test_a_py_dataset(workers):
    made: list[Data] = []

    def make() -> Data:
        made.append(Data(workers=workers))
        return made[-1]

    pair = fit_both(dense_net, data=make, epochs=2, validation_data=Data())
    assert_parity(pair)
    theirs, ours = made
    assert ours.ended == theirs.ended


def test_a_py_dataset_evaluated_and_predicted():
    model = dense_net()
    assert_allclose(
        epochal.evaluate(model, Data(), verbose=0),
        model.evaluate(Data(), verbose=0),
        **LOSS_PARITY,
    )
    predicted = epochal.predict(model, Data(), verbose=0)
    assert_allclose(predicted, model.predict(Data(), verbose=0), **LOSS_PARITY)


def test_a_data_set_is_asked_as_by_keras(engine: str) -> None:
    """The first batch, which tells the engine, is the first that is trained on."""

    class Counted(Data):
        def __init__(self) -> None:
            super().__init__()
            self.taken: list[int] = []

        def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
            self.taken.append(index)
            return super().__getitem__(index)

    made: list[Counted] = []

    def make() -> Counted:
        made.append(Counted())
        return made[-1]

    pair = fit_both(dense_net, data=make)
    assert pair.run.engine == engine
    theirs, ours = made
    assert ours.taken == theirs.taken


def test_a_validation_generator_loses_no_batch() -> None:
    def validating() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        yield from batches(4)

    pair = []
    for fit in (keras.Model.fit, epochal.fit):
        keras.utils.set_random_seed(7)
        history: Any = fit(
            dense_net(), X, Y, validation_data=validating(), validation_steps=2, epochs=2, verbose=0
        )
        pair.append(history.history["val_loss"])
    theirs, ours = pair
    assert_allclose(ours, theirs, **LOSS_PARITY)


@pytest.mark.parametrize("steps", [1, 3])
def test_a_generator_that_uses_its_arrays_again(steps: int, monkeypatch: Any) -> None:
    """Blocks are of many batches, and Keras has one array overwritten while it waits for it."""
    monkeypatch.setattr(feeds, "BLOCK_STEPS", steps)

    def into_one_array() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        x, y = np.empty((8, 6), np.float32), np.empty((8, 1), np.float32)
        for rows, targets in batches(5):
            x[:], y[:] = rows, targets
            yield x, y

    fitted = []
    for data in (batches(5), into_one_array()):
        keras.utils.set_random_seed(7)
        fitted.append(epochal.fit(dense_net(), data, shuffle=False, verbose=0).losses)
    assert_array_equal(fitted[0], fitted[1])


def test_a_batch_unlike_the_first(engine: str) -> None:
    def unlike() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        yield X[:8], Y[:8]
        yield X[:8, :5], Y[:8]

    with pytest.raises((InputError, ValueError)) as raised:
        epochal.fit(dense_net(), unlike(), shuffle=False, verbose=0)
    if engine == "native":
        assert str(raised.value) == (
            "every batch of x must be like the first one on engine='native', got one of which "
            "the rows have the shape (5,): make them alike, or use engine='xla'."
        )


def test_rows_of_another_type_in_a_later_batch(engine: str) -> None:
    """Whole numbers, some too large for 32 bits, and floats, in a model that takes floats."""
    whole = (X[:8] * 9).astype(np.int64)

    def mixed(dtype: str = "") -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for rows in (whole, whole + 2**33, X[:8]):
            yield rows.astype(dtype or rows.dtype), Y[:8]

    fitted = []
    for data in (mixed(), mixed("float32")):
        keras.utils.set_random_seed(7)
        run = epochal.fit(dense_net(), data, shuffle=False, verbose=0)
        assert run.engine == engine
        fitted.append(run.losses)
    assert_allclose(fitted[0], fitted[1], **LOSS_PARITY)


def test_a_slow_generator_loads_while_the_last_block_trains(monkeypatch):
    monkeypatch.setattr(feeds, "BLOCK_STEPS", 1)
    made: list[float] = []

    def slow() -> Iterator[tuple]:
        for batch in batches(4):
            made.append(time.perf_counter())
            yield batch

    trained: list[float] = []

    def train(batch: int, logs: Any) -> None:
        time.sleep(0.02)
        trained.append(time.perf_counter())

    callback = keras.callbacks.LambdaCallback(on_train_batch_end=train)
    epochal.fit(dense_net(), slow(), callbacks=[callback], shuffle=False, verbose=0)
    assert len(trained) == 4
    assert made[-1] < trained[2]
