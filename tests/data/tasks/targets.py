"""A target of each task, for the tests of tasks."""

import numpy as np
import pandas as pd

ROWS = 60


def series(values, name="y"):
    return pd.Series((list(values) * ROWS)[:ROWS], name=name)


EXAMPLES = {
    "binary": series([0, 1]),
    "multiclass": series(["red", "green", "blue"]),
    "multilabel": pd.DataFrame({"rain": series([0, 1]), "wind": series([True, False, False])}),
    "regression": pd.Series(np.linspace(-3, 90, ROWS), name="y"),
    "unit_interval": pd.Series(np.linspace(0, 1, ROWS), name="y"),
}
