"""Targets encoded for a loss, and outputs decoded."""

import numpy as np
import pandas as pd
import pytest

from epochal.data import TASKS, decode_target, encode_target, infer_task
from epochal.errors import InputError
from tests.data.tasks.targets import EXAMPLES, ROWS, series


@pytest.mark.parametrize("kind", TASKS)
def test_what_is_encoded_is_decoded(kind):
    target = EXAMPLES[kind]
    task = infer_task(target)
    y = encode_target(task, target)
    dtypes = {"multiclass": np.int32, "regression": np.float64, "unit_interval": np.float64}
    assert y.dtype == dtypes.get(kind, np.float32)
    assert y.shape == ((ROWS, 2) if kind == "multilabel" else (ROWS,))
    np.testing.assert_array_equal(
        decode_target(task, y), target.to_numpy().astype(y.dtype if kind != "multiclass" else str)
    )


def test_outputs_are_decoded():
    task = infer_task(EXAMPLES["multiclass"])
    assert task.classes == ("blue", "green", "red")
    assert decode_target(task, np.array([[0.1, 0.2, 0.7]])).tolist() == ["red"]
    binary = infer_task(series(["no", "yes"]))
    assert decode_target(binary, np.array([[0.4], [0.5]])).tolist() == ["no", "yes"]
    labels = infer_task(EXAMPLES["multilabel"])
    assert decode_target(labels, np.array([[0.4, 0.9]])).tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        (
            "binary",
            pd.Series([0, 2], name="y"),
            r"'y' must be one of 0, 1, got 2 in row 1: correct or drop",
        ),
        (
            "multiclass",
            pd.Series(["red", None], name="y"),
            "one of 'blue', 'green', 'red', got nan in row 1",
        ),
        (
            "regression",
            pd.Series([1.0, None], name="y"),
            "must be a finite number, got nan in row 1",
        ),
        (
            "multilabel",
            pd.DataFrame({"rain": [0], "wind": ["x"]}),
            "'wind' must be 0 or 1, got 'x' in row 0",
        ),
    ],
)
def test_values_that_the_task_does_not_know_are_refused(kind, wrong, message):
    with pytest.raises(InputError, match=message):
        encode_target(infer_task(EXAMPLES[kind]), wrong)
