"""Runs that several tests look at: trained once, for a few epochs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from epochal.runs import RunFolder, train_table


@pytest.fixture(scope="session")
def titanic_run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A short run on the bundled table."""
    out = tmp_path_factory.mktemp("titanic") / "run"
    return train_table("titanic", "survived", epochs=3, out=out)


@pytest.fixture
def blobs() -> pd.DataFrame:
    """200 rows of two numbers and a category that tell three classes apart; one cell missing."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 3, 200)
    frame = pd.DataFrame(
        {
            "x": rng.normal(kind, 0.6),
            "y": rng.normal(-kind, 0.6),
            "colour": np.array(["red", "green", "blue"])[(kind + (rng.random(200) < 0.3)) % 3],
            "kind": np.array(["ant", "bee", "fly"])[kind],
            "weight": rng.normal(2000 + 300 * kind, 50),
            "flies": np.where(kind > 0, "yes", "no"),
            "stings": (kind == 1).astype(int),
        }
    )
    frame.loc[3, "x"] = np.nan
    return frame


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "one"
