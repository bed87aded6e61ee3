"""Tasks inferred from targets."""

import dataclasses
import datetime
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from epochal.data import datasets, decode_target, encode_target, has_target, infer_task
from epochal.errors import InputError
from tests.data.tasks.targets import EXAMPLES, ROWS, series


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        *((target, kind) for kind, target in EXAMPLES.items()),
        (series(["yes", "no"]), "binary"),
        (series([True, False]), "binary"),
        (series([1.0, 2.0, None]), "binary"),
        (series([3, 4, 5, 6]), "multiclass"),
        (series([1.0, 2.0, 3.0, None]), "multiclass"),
        (series(range(30)), "regression"),  # too many whole numbers to be classes
        (pd.Series(range(12), name="y"), "regression"),  # too few rows of each
        (series(["1.5", "2.5", "3.5"]), "regression"),
        (series([10, 20, 30]).astype("category"), "multiclass"),
        (pd.DataFrame({"a": series([1.5, 2, 9]), "b": series([0, 1])}), "regression"),
        (pd.DataFrame({"a": series([0, 1])}), "binary"),
    ],
)
def test_the_kind_is_told(target, kind):
    assert infer_task(target).kind == kind


@pytest.mark.parametrize("name", ["titanic", "wine", "wine-quality", "boston"])
def test_the_tasks_of_the_bundled_sets(name):
    data = datasets.load_table(name)
    assert infer_task(data.frame[data.target]).kind == data.task


def test_a_task_survives_json():
    for target in EXAMPLES.values():
        fields = dataclasses.asdict(infer_task(target))
        assert json.loads(json.dumps(fields))["classes"] == list(fields["classes"])


def test_whole_numbers_with_gaps_stay_whole():
    assert infer_task(series([3.0, 4.0, None])).classes == (3, 4)


def test_classes_of_numbers_and_texts_are_all_texts():
    target = series([1, 2.0, "b"])
    task = infer_task(target)
    assert task.classes == ("1", "2", "b")
    assert encode_target(task, target)[:3].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "values",
    [
        [pd.Interval(0, 1), pd.Interval(1, 2)],
        [datetime.date(2020, 1, 2), datetime.date(2021, 1, 2)],
        [Decimal("1.5"), Decimal("2.5")],
        [pd.Timestamp("2020-01-02"), pd.Timestamp("2021-01-02")],
        [pd.Timedelta(1, "D"), pd.Timedelta(2, "D")],
        [pd.Period("2020"), pd.Period("2021")],
        [b"a", b"b"],
    ],
    ids=lambda values: type(values[0]).__name__,
)
def test_classes_of_other_types_become_text(values):
    target = series(values)
    task = infer_task(target, "binary")
    assert task.classes == tuple(map(str, values))
    assert encode_target(task, target)[:2].tolist() == [0, 1]
    assert decode_target(task, np.array([[0.9]])).tolist() == [str(values[1])]


def test_rows_without_a_target_are_counted():
    target = series([0, 1, None])
    assert infer_task(target).missing == ROWS // 3
    np.testing.assert_array_equal(has_target(target), target.notna())
    both = pd.DataFrame({"a": [1, None, 1], "b": [1, 1, None]})
    assert has_target(both).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("target", "task", "message"),
    [
        (series([0, 1]), "regresion", r"task must be one of binary.*Did you mean 'regression'\?"),
        (series([None]), None, "'y' must have values, got 60 rows without one: name another"),
        (series([0, 1])[:5], None, "must have values in at least 10 rows, got 5: give more"),
        (
            series([[1], [2]]),
            None,
            "The target 'y' must hold single values, got a list in row 0: name another column",
        ),
        (series([7]), None, "at least two values, got 7 in each row: name"),
        (
            pd.Series(map(str, "abcdefghijkl"), name="y"),
            None,
            "few distinct values for classes, got 12 in 12 rows: name",
        ),
        (
            pd.Series(range(12), name="y"),
            "multiclass",
            "got 12 in 12 rows: .*or choose the task 'regression'",
        ),
        (pd.Series([f"${i}" for i in range(12)], name="y"), None, r"plain numbers such as 1234\.5"),
        (
            series([1, "1"]),
            None,
            "'y' must have two values, got two that are equal as text: '1': write them",
        ),
        (series([1, 2, 3]), "binary", "two values for the task 'binary', got 3: choose"),
        (
            series(["a", "b"]),
            "regression",
            r"finite numbers .* got 'a' in row 0 \(60 such cells\): corr",
        ),
        (series([0.5, 1.5, 0.1]), "unit_interval", "numbers from 0 to 1 .*, got 1.5 in row 1"),
        (
            series([0, 1]),
            "multilabel",
            "several columns of 0 and 1 for the task 'multilabel', got 'y': name",
        ),
        (EXAMPLES["multilabel"], "binary", "one column for the task 'binary', got 2: name one"),
        (
            pd.DataFrame({"a": series([0, 1]), "b": series([5, 6])}),
            "multilabel",
            r"'b' must hold 0 and 1 \(or no and yes\) for the task 'multilabel', got 5: name",
        ),
        (
            pd.Series(pd.date_range("2020", periods=ROWS), name="y"),
            None,
            "must hold classes or numbers, got dates: name another",
        ),
    ],
)
def test_targets_that_cannot_be_learnt_are_refused(target, task, message):
    with pytest.raises(InputError, match=message):
        infer_task(target, task)
