"""Which of two classes is the positive one."""

from typing import Any

import pandas as pd
import pytest

from epochal.data import decode_target, encode_target, infer_task
from epochal.errors import InputError

FRAUD = pd.Series((["fraud"] + ["ok"] * 9) * 6, name="state")


@pytest.mark.parametrize(
    ("target", "positive"),
    [
        (FRAUD, "fraud"),
        (FRAUD.map({"fraud": 1, "ok": 0}), 1),
        (FRAUD.map({"fraud": 0, "ok": 1}), 0),
        (FRAUD == "fraud", True),
        (FRAUD.astype("category"), "fraud"),
        (FRAUD.map({"fraud": 2.0, "ok": None}).fillna(1.0), 2),
        (pd.Series(["no", "yes"] * 30, name="y"), "yes"),
    ],
)
def test_it_is_the_rarer_one_and_of_equal_ones_the_last(target, positive):
    task = infer_task(target)
    assert task.classes[1] == positive
    encoded = encode_target(task, target)
    assert encoded.mean() <= 0.5
    assert (decode_target(task, encoded) == target.to_numpy()).all()


@pytest.mark.parametrize("given", ["1", 1, 1.0, True])
def test_it_can_be_given_as_it_is_or_as_text(given):
    target = FRAUD.map({"fraud": 0, "ok": 1})
    value = "1" if given is True else given
    assert infer_task(target, positive=value).classes == (0, 1)
    assert infer_task(target.astype(bool), positive="True").classes == (False, True)


@pytest.mark.parametrize(
    ("target", "given", "message"),
    [
        (
            FRAUD,
            "Fraud",
            r"positive must be one of the two classes of 'state', 'fraud' or 'ok', got 'Fraud': "
            r"give one of them\. Did you mean 'fraud'\?",
        ),
        (FRAUD, "x", r"got 'x': give one of them\.$"),
        (
            pd.Series(list("abc") * 20, name="y"),
            "a",
            "positive must be left out for a target without two classes, got 'a' for the task "
            "'multiclass': leave it out",
        ),
        (pd.Series(range(60), name="y") / 7, 1, "got 1 for the task 'regression': leave it out"),
    ],
)
def test_what_is_none_of_the_two_is_refused(target: pd.Series, given: Any, message: str):
    with pytest.raises(InputError, match=message):
        infer_task(target, positive=given)
