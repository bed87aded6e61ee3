"""What baselines are given: standardised numbers, and texts as the network has them."""

import numpy as np
import pandas as pd
import pytest

from epochal.data.preprocessing.feature_columns import feature_columns
from epochal.runs import TrainSettings
from epochal.runs.plan import plan_table
from epochal.runs.preparation import prepare, standardized

ROWS = 200
RANDOM = np.random.default_rng(0)
WORDS = np.array([f"word{number}" for number in range(60)])
FRAME = pd.DataFrame(
    {
        "age": RANDOM.normal(40, 9, ROWS),
        "note": [" ".join(RANDOM.choice(WORDS, 12)) for _ in range(ROWS)],
        "y": np.arange(ROWS) % 2,
    }
)


@pytest.mark.parametrize("dropped", [[], ["note"], ["age"]], ids=["both", "numbers", "texts"])
def test_baselines_have_standardised_numbers_and_the_networks_texts(dropped):
    frame = FRAME.drop(columns=dropped)
    kinds = {} if dropped == ["note"] else {"note": "text"}
    plan = plan_table(frame, TrainSettings(target=("y",), kinds=kinds))
    prepared = prepare(plan)
    x, x_test = standardized(plan, prepared)
    places = feature_columns(prepared.preprocessor).get("note", np.array([], int))
    age = [] if dropped == ["age"] else [0]
    assert x.shape[1] == x_test.shape[1] == len(age) + len(places)
    np.testing.assert_allclose(x[:, age].mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(x[:, age].std(axis=0), 1, atol=1e-5)
    np.testing.assert_array_equal(x[:, len(age) :], prepared.training.x[:, places])
    np.testing.assert_array_equal(x_test[:, len(age) :], prepared.test.x[:, places])
