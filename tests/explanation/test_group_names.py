"""Names of groups: English for programs, said in another language; a value is never translated."""

import json
import pickle
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest

from epochal.explanation.by_group import MISSING, rows_of_groups, scores_by_group
from epochal.explanation.group_names import GroupName, group_title
from epochal.scoring.task_metrics import metrics_of
from epochal.translation import language

BETWEEN = GroupName.of("{low} to {high}", low="1", high="5")


def test_it_is_its_english_text():
    assert BETWEEN == "1 to 5"
    assert hash(BETWEEN) == hash("1 to 5")
    assert json.dumps([BETWEEN]) == '["1 to 5"]'
    assert group_title(BETWEEN) == "1 to 5"


@pytest.mark.parametrize("copied", [deepcopy, lambda name: pickle.loads(pickle.dumps(name))])
def test_a_copy_can_be_said_too(copied):
    with language("ko"):
        assert group_title(copied(BETWEEN)) == "1~5"


def test_a_value_that_reads_like_a_name_stays_as_it_is():
    with language("ko"):
        assert group_title("1 to 5") == "1 to 5"
        assert group_title("(missing)") == "(missing)"
        assert group_title(MISSING) == "(누락)"
        assert group_title("mean") == "mean"  # a message elsewhere


def titles(column):
    return [group_title(name) for name in rows_of_groups(pd.Series(column))]


def test_what_groups_are_called_in_korean():
    with language("ko"):
        assert titles(np.r_[np.arange(100), np.nan])[-2:] == ["75~99", "(누락)"]
        assert titles([f"v{n:02}" for n in range(25)])[-1] == "(그 밖의 값 5개)"
        ages = ["18 to 25"] * 30
        found = scores_by_group(
            pd.Series(ages), metrics_of("regression"), np.ones((30, 1)), np.ones((30, 1))
        )
        assert [one.title for one in found.groups] == ["18 to 25"]
