"""Rows put together from cells: by a function of tables, and by one of encoded rows."""

import numpy as np
import pandas as pd

from epochal.explanation.composed_rows import ComposedRows


def table():
    return pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": ["x", "y", None], "c": [5, 6, 7]})


def test_each_cell_comes_from_its_row():
    seen = []

    def predict(frame):
        seen.append(frame)
        return np.zeros(len(frame))

    rows = ComposedRows.of(predict, table())
    assert rows.outputs(np.array([[0, 1, 2], [2, 2, 2]])).shape == (2, 1)
    assert seen[0].fillna("none").to_dict("list") == {
        "a": [1.0, 3.0],
        "b": ["y", "none"],
        "c": [7, 7],
    }


def test_encoded_rows_are_as_those_of_the_table():
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(9, 3)), columns=["a", "b", "c"])

    def encode(part):
        a, b, c = part.to_numpy().T
        return np.stack([b, a**2, c, a, np.sin(b)], axis=1)

    weights = random.normal(size=(5, 2))
    features = [np.array([1, 3]), np.array([0, 4]), np.array([2])]
    sources = random.integers(0, 9, (50, 3))
    plain = ComposedRows.of(lambda part: encode(part) @ weights, frame)
    encoded = ComposedRows.encoded(
        lambda x: x @ weights, frame, encode(frame), features, most_numbers=20
    )
    np.testing.assert_allclose(encoded.outputs(sources), plain.outputs(sources))


def test_equal_rows_are_predicted_once():
    predicted = []

    def predict(x):
        predicted.append(x.copy())
        return x @ [1.0, 10.0]

    frame = pd.DataFrame({"a": [0.0, 1.0] * 20, "b": np.arange(40.0) // 10})
    rows = ComposedRows.encoded(
        predict, frame, frame.to_numpy(), [np.array([at]) for at in range(2)]
    )
    sources = np.random.default_rng(0).integers(0, 40, (200, 2))
    a, b = (frame[name].to_numpy()[at] for name, at in zip("ab", sources.T, strict=True))
    np.testing.assert_array_equal(rows.outputs(sources)[:, 0], a + 10 * b)
    (once,) = predicted
    assert sorted(map(tuple, once)) == [(a, b) for a in (0, 1) for b in range(4)]


def test_few_numbers_are_held_at_once():
    held = []

    def predict(x):
        held.append(x.size)
        return x[:, 0]

    frame = pd.DataFrame({"a": np.arange(10.0)})
    rows = ComposedRows.encoded(predict, frame, np.ones((10, 4)), [np.arange(4)], most_numbers=12)
    assert len(rows.outputs(rows.whole(np.arange(10)))) == 10
    assert max(held) <= 12
