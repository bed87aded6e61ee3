"""Wherever the data lies and however it comes, the fit is the same."""

import gc
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from numpy.testing import assert_allclose, assert_array_equal

import epochal
from epochal.batches import feed as feeds
from epochal.batches.array_source import without_own_dtypes
from epochal.batches.dataset import Dataset
from epochal.engine import native
from epochal.errors import InputError
from tests.tolerances import LOSS_PARITY
from tests.training.parity import ROWS, assert_parity, compiled, dense_net, fit_both, numbers

X, Y = numbers(ROWS, 6), numbers(ROWS, 1, seed=1)


def test_a_single_block_is_read_without_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(workers: int) -> None:
        raise AssertionError(workers)

    model = compiled(keras.Input((6,)), keras.layers.Dense(1))
    monkeypatch.setattr(feeds, "ThreadPoolExecutor", refused)
    assert epochal.predict(model, X, verbose=0).shape == (ROWS, 1)
    with pytest.raises(AssertionError):
        epochal.predict(model, X, batch_size=8, verbose=0)


def with_dropout(**kwargs: Any) -> keras.Model:
    layers = keras.layers
    return compiled(
        keras.Input((6,)),
        layers.Dense(5, "tanh"),
        layers.Dropout(0.3),
        layers.Dense(1),
        optimizer="adam",
        **kwargs,
    )


def fitted(x: Any, y: Any = Y, **kwargs: Any) -> tuple[epochal.Run, list[np.ndarray]]:
    keras.utils.set_random_seed(7)
    model = with_dropout()
    arguments = {"batch_size": 8, "epochs": 3, "seed": 3, "verbose": 0} | kwargs
    run = epochal.fit(model, x, y, **arguments)
    return run, model.get_weights()


def assert_bit_identical(one: tuple, other: tuple) -> None:
    assert_array_equal(one[0].losses, other[0].losses)
    assert one[0].history == other[0].history
    for weight, other_weight in zip(one[1], other[1], strict=True):
        assert_array_equal(weight, other_weight)


@pytest.fixture
def streaming(monkeypatch: pytest.MonkeyPatch) -> None:
    """No memory on the device, and blocks of two batches of eight rows."""
    monkeypatch.setattr(feeds, "memory_for_data", lambda: 0)
    monkeypatch.setattr(feeds, "BLOCK_BYTES", 2 * 8 * 7 * 4)


@pytest.mark.parametrize("shuffle", [True, False, "batch"])
def test_streamed_is_resident_bit_for_bit(shuffle, request):
    arguments: dict[str, Any] = {"shuffle": shuffle, "validation_data": (X[:21], Y[:21])}
    resident = fitted(X, **arguments)
    request.getfixturevalue("streaming")
    assert_bit_identical(fitted(X, **arguments), resident)


def test_streamed_evaluation_and_prediction(streaming):
    model = dense_net(metrics=["mae"])
    ours = epochal.evaluate(model, X, Y, batch_size=8, verbose=0)
    assert_allclose(ours, model.evaluate(X, Y, batch_size=8, verbose=0), **LOSS_PARITY)
    ours = epochal.predict(model, X, batch_size=8, verbose=0)
    assert_allclose(ours, model.predict(X, batch_size=8, verbose=0), **LOSS_PARITY)


@pytest.mark.usefixtures("streaming")
def test_callbacks_at_every_batch_count_through_the_blocks():
    seen = []
    callback = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(batch)
    )
    fitted(X, epochs=2, callbacks=[callback])
    assert seen == [0, 1, 2, 3, 4, 5] * 2


def test_a_memory_map_is_streamed_and_gives_the_same_numbers(tmp_path):
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    order = feeds.make_feed(Dataset(x=mapped, y=Y, are_arrays=True), batch_size=8)
    assert isinstance(order, feeds.ArrayFeed)
    assert not order.resident
    assert_bit_identical(fitted(mapped), fitted(X))


def test_the_native_engine_reads_the_callers_own_arrays():
    feed = feeds.make_feed(Dataset(x=X, y=Y, are_arrays=True), batch_size=8)
    (block, *_) = feed.epoch(native.ENGINE.place)
    assert np.shares_memory(jax.tree.leaves(block.data)[0], X)


def test_what_is_passed_by_is_not_copied_where_blocks_may_be_of_any_length(streaming):
    feed = feeds.make_feed(Dataset(x=X, are_arrays=True), batch_size=8)
    assert isinstance(feed, feeds.ArrayFeed)
    feed.in_place = native.ENGINE.any_length
    blocks = list(feed.epoch(native.ENGINE.place))
    assert len(blocks) > 2
    assert all(np.shares_memory(jax.tree.leaves(block.data)[0], X) for block in blocks)
    assert sum(np.asarray(block.order)[: block.steps].size for block in blocks) == len(X)


def anonymous_bytes() -> int:
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("RssAnon"))
    return int(line.split()[1]) * 1024


@pytest.mark.slow
def test_a_memory_map_larger_than_its_blocks_trains_at_constant_memory(tmp_path, monkeypatch):
    rows, columns, block = 500_000, 60, 4 * 2**20
    monkeypatch.setattr(feeds, "BLOCK_BYTES", block)
    x = np.lib.format.open_memmap(
        tmp_path / "x.npy", mode="w+", dtype=np.float32, shape=(rows, columns)
    )
    for start in range(0, rows, 100_000):
        x[start : start + 100_000] = numbers(100_000, columns, seed=start)
    x.flush()
    del x
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    y = np.zeros((rows, 1), np.float32)
    model = compiled(keras.Input((columns,)), keras.layers.Dense(1))
    # Compiled, and the first blocks loaded, before memory is looked at.
    epochal.fit(model, mapped[:20_000], y[:20_000], batch_size=512, verbose=0)
    gc.collect()
    before, peaks = anonymous_bytes(), [0]
    watch = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: (
            peaks.append(anonymous_bytes()) if batch % 50 == 0 else None
        )
    )
    epochal.fit(model, mapped, y, batch_size=512, callbacks=[watch], verbose=0)
    # 120 MB of data: a few blocks at once, the order of the rows, and no more.
    assert max(peaks) - before < 64 * 2**20


ROWS_OF: dict[str, tuple[Any, Any]] = {
    "pandas": (pd.DataFrame(X, columns=list("abcdef")), pd.Series(Y[:, 0])),
    "jax": (jnp.asarray(X), jnp.asarray(Y)),
    "float64": (X.astype(float), Y.astype(float)),
    "float16": (X.astype(np.float16), Y.astype(np.float16)),
    "integers": ((X * 9).astype(np.int64), (Y * 9).astype(np.int16)),
    "bytes": ((X * 9 + 50).astype(np.uint8), Y > 0),
    "not contiguous": (np.asfortranarray(X)[::-1], Y[::-1]),
    "sparse": (scipy.sparse.csr_matrix(X * (X > 0)), Y),
}


@pytest.mark.parametrize("kind", ROWS_OF)
def test_arrays_of_all_kinds(kind):
    x, y = ROWS_OF[kind]
    make = lambda: dense_net(optimizer=keras.optimizers.SGD(1e-3))  # noqa: E731
    pair = fit_both(make, x, y, shuffle=kind != "sparse")
    assert_parity(pair)
    assert_allclose(
        epochal.predict(pair.theirs, x, verbose=0),
        pair.theirs.predict(x, verbose=0),
        **LOSS_PARITY,
    )


EVEN = np.arange(ROWS) % 2 == 0
FRAMES = {
    "integers and truths": pd.DataFrame({"a": np.arange(ROWS), "b": EVEN}),
    "floats and truths": pd.DataFrame({"a": X[:, 0], "b": EVEN}),
    "Int64": pd.DataFrame({"a": np.arange(ROWS), "b": 7}, dtype="Int64"),
    "Float64": pd.DataFrame(X, dtype="Float64"),
    "boolean": pd.DataFrame({"a": EVEN, "b": ~EVEN}, dtype="boolean"),
    "arrow": pd.DataFrame({"a": np.arange(ROWS), "b": 7}, dtype="int64[pyarrow]"),
}
LABELS = {
    "Int64": pd.Series(np.arange(ROWS) % 3, dtype="Int64"),
    "arrow": pd.DataFrame({"y": np.arange(ROWS) % 3}, dtype="int64[pyarrow]"),
    "boolean": pd.Series(EVEN, dtype="boolean"),
}


@pytest.mark.parametrize("split", [0.0, 0.25])
@pytest.mark.parametrize(
    ("x", "y"),
    [(x, LABELS["Int64"]) for x in FRAMES.values()]
    + [(FRAMES["Int64"], y) for y in LABELS.values()],
    ids=[*FRAMES, *(f"target of {kind}" for kind in LABELS)],
)
def test_frames_of_dtypes_that_numpy_lacks(x, y, split):
    def make() -> keras.Model:
        return compiled(
            keras.Input((x.shape[1],)),
            keras.layers.Dense(3, "softmax"),
            loss="sparse_categorical_crossentropy",
            optimizer=keras.optimizers.SGD(1e-3),
        )

    plain = (x.to_numpy("float32"), y.to_numpy("int64"))
    ours, expected = make(), make()
    expected.set_weights(ours.get_weights())
    settings = {"epochs": 2, "seed": 1, "verbose": 0, "validation_split": split}
    run = epochal.fit(ours, x, y, **settings)
    reference = epochal.fit(expected, *plain, **settings)
    for name, values in reference.history.items():
        assert_allclose(run.history[name], values, **LOSS_PARITY)
    assert_allclose(
        epochal.evaluate(ours, x, y, verbose=0),
        epochal.evaluate(expected, *plain, verbose=0),
        **LOSS_PARITY,
    )
    assert_allclose(
        epochal.predict(ours, x, verbose=0),
        epochal.predict(expected, plain[0], verbose=0),
        **LOSS_PARITY,
    )


def test_whole_numbers_of_a_frame_stay_whole():
    whole = without_own_dtypes({"x": FRAMES["Int64"], "y": LABELS["arrow"]})
    assert {str(kind) for frame in whole.values() for kind in frame.dtypes} == {"int64"}
    frame = pd.DataFrame(X)
    assert without_own_dtypes(frame) is frame


def test_missing_values_of_pandas_are_refused():
    with pytest.raises(InputError, match=r"^y must be finite, got <NA> in row 0: fill or drop"):
        epochal.fit(dense_net(), X, pd.Series([pd.NA, *[1] * (ROWS - 1)], dtype="Int64"))


@pytest.mark.parametrize("library", ["torch", "tensorflow"])
def test_tensors_of_other_libraries(library):
    other = pytest.importorskip(library)
    convert = other.from_numpy if library == "torch" else other.constant
    assert_parity(fit_both(dense_net, convert(X), convert(Y)))


def test_the_rows_of_the_caller_are_not_changed():
    x, y = X.copy(), Y.copy()
    fitted(x, y)
    assert_array_equal(x, X)
    assert_array_equal(y, Y)
    x[:] = 0  # and are the caller's own again


def test_nested_dicts_of_inputs():
    def make() -> keras.Model:
        inputs = {"a": keras.Input((6,)), "b": {"c": keras.Input((2,))}}
        joined = keras.layers.Concatenate()([inputs["a"], inputs["b"]["c"]])
        model = keras.Model(inputs, keras.layers.Dense(1)(joined))
        model.compile("sgd", "mse")
        return model

    assert_parity(fit_both(make, {"a": X, "b": {"c": numbers(ROWS, 2)}}, Y))
