"""Runs whose networks predict a distribution of each row."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from epochal.runs import RunFolder, predict_table, read_run, train_table

TINY: dict[str, Any] = {
    "hidden": (8,),
    "members": 2,
    "epochs": 12,
    "batch_size": 16,
    "learning_rate": 0.03,
}


def drawn(rows=240, seed=0):
    """Numbers around 1,000 that scatter by 5 on the left and by 40 on the right; counts."""
    random = np.random.default_rng(seed)
    x = random.uniform(-1, 1, rows)
    return pd.DataFrame(
        {
            "x": x,
            "price": 1000 + 100 * x + np.where(x > 0, 40, 5) * random.normal(size=rows),
            "visits": random.poisson(np.exp(1 + x)),
        }
    )


@pytest.fixture(scope="module")
def gaussian(tmp_path_factory) -> RunFolder:
    out = tmp_path_factory.mktemp("gaussian") / "run"
    frame = drawn().drop(columns="visits")
    return train_table(frame, "price", distribution="gaussian", out=out, **TINY)


def test_a_run_predicts_the_mean_as_it_did_before_it_was_saved(gaussian):
    tested = pd.read_parquet(gaussian.predictions)
    found = predict_table(gaussian.path, drawn().iloc[tested["row"]])
    np.testing.assert_allclose(found["prediction"], tested["prediction"], rtol=1e-6)
    assert gaussian.record.score("R²").network.value > 0.5
    assert read_run(gaussian.path).record.settings["distribution"] == "gaussian"
    assert "--distribution gaussian" in gaussian.record.command
