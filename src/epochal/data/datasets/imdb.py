"""IMDB: film reviews, the stars they give, and whether that is positive."""

import re
import tarfile
from pathlib import Path

import pandas as pd

from epochal.data.datasets.cache import RemoteFile, local_file, obtain
from epochal.data.datasets.types import TableDataset

_FOLDER = "imdb-reviews"
_ARCHIVE = RemoteFile(
    name="aclImdb_v1.tar.gz",
    address="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
    checksum="md5:7c2ac02c03563afcf9b574c7e56c153a",
    most_bytes=100_000_000,
)
_MEMBER = re.compile(r"aclImdb/(train|test)/(neg|pos)/(\d+)_(\d+)\.txt")
_COLUMNS = ["rating", "label", "text"]


def load() -> TableDataset:
    """Load IMDB, with its official test reviews."""
    train_table = local_file(_FOLDER, "imdb-train.csv.gz")
    test_table = local_file(_FOLDER, "imdb-test.csv.gz")
    if train_table and test_table:
        train, test = pd.read_csv(train_table)[_COLUMNS], pd.read_csv(test_table)[_COLUMNS]
    else:
        train, test = _read_archive(obtain(_FOLDER, _ARCHIVE))
    return TableDataset(frame=train, test_frame=test, target="label", task="binary")


def _read_archive(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read both parts in the order of the tables: by number, negative before positive."""
    rows = []
    with tarfile.open(path) as archive:
        for member in archive:
            matched = _MEMBER.fullmatch(member.name)
            file = archive.extractfile(member) if matched else None
            if matched and file:
                part, label, number, rating = matched.groups()
                text = file.read().decode("utf-8")
                rows.append((part, int(number), int(rating), int(label == "pos"), text))
    frame = pd.DataFrame(rows, columns=["part", "number", *_COLUMNS])
    frame = frame.sort_values(["number", "label"])
    train, test = (
        frame.loc[frame["part"] == part, _COLUMNS].reset_index(drop=True)
        for part in ("train", "test")
    )
    return train, test
