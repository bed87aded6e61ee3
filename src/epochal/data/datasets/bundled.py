"""The small tables that come with the package."""

from importlib.resources import as_file, files

import pandas as pd

from epochal.data.datasets.types import TableDataset


def titanic() -> TableDataset:
    """Load the passengers of the Titanic."""
    return TableDataset(frame=_read("titanic.csv"), target="survived", task="binary")


def boston() -> TableDataset:
    """Load the house values of Boston."""
    return TableDataset(frame=_read("boston-housing.csv"), target="medv", task="regression")


def wine() -> TableDataset:
    """Load the Italian wines."""
    return TableDataset(frame=_read("wine.csv"), target="cultivar", task="multiclass")


def wine_quality() -> TableDataset:
    """Load the Portuguese wines, red ones first."""
    parts = [
        _read(f"winequality-{colour}.csv", separator=";").assign(colour=colour)
        for colour in ("red", "white")
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame.insert(0, "colour", frame.pop("colour"))
    return TableDataset(frame=frame, target="quality", task="multiclass")


def _read(name: str, separator: str = ",") -> pd.DataFrame:
    with as_file(files("epochal.data.datasets") / "bundled" / name) as path:
        return pd.read_csv(path, sep=separator)
