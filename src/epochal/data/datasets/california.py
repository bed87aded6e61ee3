"""California: median house values by district, from the census of 1990."""

import io
import tarfile

import numpy as np
import pandas as pd

from epochal.data.datasets.cache import RemoteFile, obtain
from epochal.data.datasets.types import TableDataset
from epochal.errors import InputError

_ARCHIVE = RemoteFile(
    name="cal_housing.tgz",
    address="https://ndownloader.figshare.com/files/5976036",
    checksum="sha256:aaa5c9a6afe2225cc2aed2723682ae403280c4a3695a2ddda4ffb5d8215ea681",
    most_bytes=2_000_000,
)
_MEMBER = "CaliforniaHousing/cal_housing.data"


def load() -> TableDataset:
    """Load California housing, with the columns that scikit-learn gives it."""
    path = obtain("california", _ARCHIVE)
    with tarfile.open(path) as archive:
        try:
            file = archive.extractfile(_MEMBER)
        except KeyError:
            file = None
        if file is None:
            raise InputError(
                f"{path} must hold {_MEMBER}, got another archive: delete it to download it again."
            )
        values = np.loadtxt(io.BytesIO(file.read()), delimiter=",")
    return TableDataset(frame=_per_household(values), target="MedHouseVal", task="regression")


def _per_household(values: np.ndarray) -> pd.DataFrame:
    """The columns of scikit-learn's `fetch_california_housing`, from the totals of the file."""
    longitude, latitude, age, rooms, bedrooms, population, households, income, value = values.T
    return pd.DataFrame(
        {
            "MedInc": income,
            "HouseAge": age,
            "AveRooms": rooms / households,
            "AveBedrms": bedrooms / households,
            "Population": population,
            "AveOccup": population / households,
            "Latitude": latitude,
            "Longitude": longitude,
            "MedHouseVal": value / 100_000,
        }
    )
