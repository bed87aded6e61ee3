"""What is understood of a table before anything is trained."""

import numpy as np
import pandas as pd
import pytest

from epochal.errors import InputError
from epochal.runs import TrainSettings, plan_table
from epochal.runs.table_fingerprint import fingerprint


def test_titanic():
    plan = plan_table("titanic", TrainSettings(target=("survived",)))
    assert [leak.name for leak in plan.leaks] == ["alive"]
    assert "alive" not in {column.name for column in plan.used}
    assert sum(plan.rows.values()) == 891
    shares = [
        plan.frame["survived"].iloc[part].mean() for part in (plan.split.train, plan.split.test)
    ]
    assert shares == pytest.approx([0.384, 0.384], abs=0.01)


@pytest.mark.parametrize(
    ("target", "asked", "headline"),
    [
        (["a", "b"], None, "accuracy"),
        (["a"] * 19 + ["b"], None, "average precision of b"),
        (["a"] * 19 + ["b"], "recall", "recall of b"),
        (["a", "b", "c"], None, "accuracy"),
        (["a"] * 19 + ["b", "c"], None, "balanced accuracy"),
        (list("abcdefghijk"), None, "balanced accuracy"),
        ([1.5, 2.5, 3.5], None, "RMSE"),
    ],
)
def test_the_headline_follows_from_the_target(target, asked, headline):
    values = (target * 300)[:240]
    frame = pd.DataFrame({"x": np.arange(240) % 7, "y": values})
    plan = plan_table(frame, TrainSettings(target=("y",), metric=asked))
    assert plan.metrics[0].label == headline


def test_a_headline_that_the_task_has_not_is_refused():
    with pytest.raises(InputError, match=r"metric must be one of accuracy, .*got 'RMSE': giv"):
        plan_table("titanic", TrainSettings(target=("survived",), metric="RMSE"))


def test_a_leak_that_is_kept_is_no_leak_any_more():
    plan = plan_table("titanic", TrainSettings(target=("survived",), keep=("alive",)))
    assert plan.leaks == ()
    assert "alive" in {column.name for column in plan.used}


def test_rows_without_a_target_are_left_out_and_rows_keep_their_number(blobs):
    blobs.loc[[0, 7], "weight"] = np.nan
    plan = plan_table(blobs, TrainSettings(target=("weight",)))
    assert plan.task.missing == 2
    assert plan.frame.index[:3].tolist() == [1, 2, 3]


def test_a_target_that_is_not_there_suggests_the_nearest():
    with pytest.raises(InputError, match=r"got 'survivd'\. Did you mean 'survived'\?"):
        plan_table("titanic", TrainSettings(target=("survivd",)))


def test_the_fingerprint_is_that_of_names_values_and_order(blobs, tmp_path):
    first = fingerprint(blobs)
    assert len(first) == 64
    blobs.to_parquet(tmp_path / "blobs.parquet")
    plan = plan_table(tmp_path / "blobs.parquet", TrainSettings(target=("kind",)))
    assert plan.fingerprint == first
    assert plan.name == "blobs.parquet"
    changed = blobs.copy()
    changed.loc[5, "y"] += 1e-9
    different = [changed, blobs.rename(columns={"x": "z"}), blobs.iloc[::-1]]
    assert len({fingerprint(frame) for frame in different} | {first}) == 4


def test_columns_that_hold_the_same_under_other_names_differ():
    one, other = pd.DataFrame({"ab": [1], "c": [1]}), pd.DataFrame({"a": [1], "bc": [1]})
    assert fingerprint(one) != fingerprint(other)


def test_a_table_of_which_leaks_leave_nothing_says_how_to_keep_one():
    frame = pd.DataFrame({"my x": np.linspace(0, 1, 60), "y": [0] * 30 + [1] * 30})
    with pytest.raises(
        InputError, match=r"got only leaks \('my x'\): keep one with --keep 'my x'\."
    ):
        plan_table(frame, TrainSettings(target=("y",)))


def test_a_column_of_lists_can_be_dropped(blobs):
    blobs["lists"] = [[i] for i in range(len(blobs))]
    settings = TrainSettings(target=("kind",), drop=("lists",))
    plan = plan_table(blobs, settings)
    assert "lists" not in {column.name for column in plan.used}
    other = blobs.assign(lists=[[i + 1] for i in range(len(blobs))])
    assert plan_table(other, settings).fingerprint != plan.fingerprint


def test_more_members_than_rows_of_a_class_are_refused():
    frame = pd.DataFrame({"x": range(100), "y": ["a"] * 90 + ["b"] * 10})
    frame["x"] = frame["x"] % 7
    message = r"rows of each class.*got 30 members and 8 training rows of class 'b': give fewer"
    with pytest.raises(InputError, match=message):
        plan_table(frame, TrainSettings(target=("y",), members=30))
    assert plan_table(frame, TrainSettings(target=("y",))).members == 20


def test_several_networks_need_no_validation_part():
    frame = pd.DataFrame({"x": [number % 7 for number in range(100)], "y": ["a", "b"] * 50})
    many, one = (plan_table(frame, TrainSettings(target=("y",), members=m)) for m in (None, 1))
    assert many.rows == {"training": 80, "test": 20}
    assert one.rows == {"training": 65, "validation": 15, "test": 20}
