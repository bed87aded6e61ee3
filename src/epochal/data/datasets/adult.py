"""Adult: rows of the 1994 US census, and whether the income is above 50,000 dollars."""

from pathlib import Path

import pandas as pd

from epochal.data.datasets.cache import RemoteFile, obtain
from epochal.data.datasets.types import TableDataset
from epochal.errors import InputError

_FOLDER = "adult-income"
_ADDRESS = "https://archive.ics.uci.edu/ml/machine-learning-databases/adult/"
_TRAIN = RemoteFile(
    name="adult.data",
    address=_ADDRESS + "adult.data",
    checksum="md5:5d7c39d7b8804f071cdd1f2a7c460872",
    most_bytes=3_974_305,
)
_TEST = RemoteFile(
    name="adult.test",
    address=_ADDRESS + "adult.test",
    checksum="md5:35238206dfdf7f1fe215bbb874adecdc",
    most_bytes=2_003_153,
)
_ROWS = {_TRAIN.name: 32_561, _TEST.name: 16_281}
_COLUMNS = [
    "age",
    "workclass",
    "fnlwgt",
    "education",
    "education-num",
    "marital-status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "capital-gain",
    "capital-loss",
    "hours-per-week",
    "native-country",
    "income",
]


def load() -> TableDataset:
    """Load Adult, with its official test rows."""
    return TableDataset(
        frame=_read(obtain(_FOLDER, _TRAIN, "adult.data.gz"), _ROWS[_TRAIN.name], skip=0),
        test_frame=_read(obtain(_FOLDER, _TEST, "adult.test.gz"), _ROWS[_TEST.name], skip=1),
        target="income",
        task="binary",
    )


def _read(path: Path, rows: int, skip: int) -> pd.DataFrame:
    """Read a part; the test file begins with a comment line, and its labels end in a full stop."""
    frame = pd.read_csv(
        path, header=None, names=_COLUMNS, skipinitialspace=True, na_values=["?"], skiprows=skip
    )
    if len(frame) != rows:  # a truncated text file is only told by its rows
        raise InputError(
            f"{path} must hold {rows} rows, got {len(frame)}: delete it to download it again, or "
            "replace it with a complete file."
        )
    frame["income"] = frame["income"].str.rstrip(".")
    return frame
