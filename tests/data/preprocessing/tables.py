"""A table with columns of each kind, and a preprocessor fitted on it."""

import pandas as pd

from epochal.data import (
    TablePreprocessor,
    infer_columns,
)

ROWS = 90


FRAME = pd.DataFrame(
    {
        "age": [20.0, 30.0, None] * 30,
        "member": ["yes", "no", "yes"] * 30,
        "colour": ["red", "green", None] * 30,
        "day": pd.date_range("2020-01-30", periods=ROWS).strftime("%d/%m/%Y"),
        "ticket": [f"PC {i // 2}" for i in range(ROWS)],
        "review": [f"film {i} was {'bad' if i % 2 else 'good'} enough" for i in range(ROWS)],
        "same": [1] * ROWS,
        "y": [0, 1, 1] * 30,
    }
)


COLUMNS = infer_columns(FRAME, target="y")


def fitted(frame=FRAME, columns=COLUMNS):
    return TablePreprocessor().fit(frame, columns)


def feature(preprocessor, frame, name):
    return preprocessor.transform(frame)[:, preprocessor.feature_names_out_.index(name)]
