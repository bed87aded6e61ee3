"""The table of predictions: its columns for each task, and targets that clash with them."""

import numpy as np
import pandas as pd
import pytest

from epochal.data import infer_task
from epochal.data.tasks.columns import probabilities
from epochal.errors import InputError
from epochal.runs import TrainSettings, plan_table
from epochal.runs.predictions import prediction_frame


def test_one_output_gives_the_probabilities_of_both_classes():
    task = infer_task(pd.Series(["no", "yes"] * 10, name="y"))
    outputs = np.array([[0.25], [0.75]])
    np.testing.assert_array_equal(probabilities(task, outputs), [[0.75, 0.25], [0.25, 0.75]])
    assert prediction_frame(task, outputs)["prediction"].tolist() == ["no", "yes"]


@pytest.mark.parametrize("names", [("row", "x"), ("x", "true_x"), ("x", "probability_x")])
def test_targets_named_as_columns_of_the_predictions_are_refused(names):
    flags = np.arange(60).reshape(2, 30).T % 2
    frame = pd.DataFrame(flags, columns=list(names)).assign(z=np.linspace(0, 1, 30))
    with pytest.raises(InputError, match=r"another column of the predictions, got .*: rename"):
        plan_table(frame, TrainSettings(target=names))
