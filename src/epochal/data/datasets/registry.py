"""The data sets by name. A new one is added by its entry here."""

import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from epochal.data.datasets import adult, bundled, california, cifar, imdb, mnist
from epochal.data.datasets.types import ImageDataset, TableDataset
from epochal.errors import InputError, suggest


@dataclass(frozen=True, kw_only=True)
class DatasetEntry:
    """A data set in the registry.

    Attributes
    ----------
    name : str
    about : str
        What it holds, its target and its source.
    load : callable
    images : bool
        Whether it holds images rather than a table.
    """

    name: str
    about: str
    load: Callable[[], TableDataset] | Callable[[], ImageDataset]
    images: bool = False


ALL_DATASETS = (
    DatasetEntry(
        name="titanic",
        about="891 passengers of the Titanic; target `survived`. `alive` is the target in words. "
        "From mwaskom/seaborn-data.",
        load=bundled.titanic,
    ),
    DatasetEntry(
        name="wine",
        about="178 Italian wines, 13 measurements; target `cultivar` (3 classes). "
        "Aeberhard and Forina, UCI, 1992; as in scikit-learn.",
        load=bundled.wine,
    ),
    DatasetEntry(
        name="wine-quality",
        about="1,599 red and 4,898 white wines, 11 measurements and the colour; target `quality` "
        "(3 to 9). Some rows are duplicates. Cortez et al., UCI, 2009.",
        load=bundled.wine_quality,
    ),
    DatasetEntry(
        name="boston",
        about="506 quarters of Boston; target `medv`, the median home value in 1000 dollars, "
        "capped at 50. Its column `b` is derived from the share of Black residents: for "
        "comparison with older results only. Harrison and Rubinfeld, 1978.",
        load=bundled.boston,
    ),
    DatasetEntry(
        name="california",
        about="20,640 districts of California; target `MedHouseVal`, the median house value in "
        "100,000 dollars. Pace and Barry, 1997.",
        load=california.load,
    ),
    DatasetEntry(
        name="adult",
        about="32,561 training and 16,281 test rows of the US census; target `income` (<=50K or "
        ">50K). Becker and Kohavi, UCI, 1996.",
        load=adult.load,
    ),
    DatasetEntry(
        name="imdb",
        about="25,000 training and 25,000 test film reviews; target `label` (0 negative, 1 "
        "positive), which `rating` gives away. Maas et al., ACL 2011.",
        load=imdb.load,
    ),
    DatasetEntry(
        name="mnist",
        about="60,000 training and 10,000 test images of handwritten digits, 28 x 28 grey "
        "pixels. LeCun, Cortes and Burges.",
        load=mnist.mnist,
        images=True,
    ),
    DatasetEntry(
        name="fashion-mnist",
        about="60,000 training and 10,000 test images of clothes in 10 classes, 28 x 28 grey "
        "pixels. Xiao, Rasul and Vollgraf, arXiv:1708.07747.",
        load=mnist.fashion_mnist,
        images=True,
    ),
    DatasetEntry(
        name="cifar-10",
        about="50,000 training and 10,000 test photographs in 10 classes, 32 x 32 colour pixels. "
        "Krizhevsky, 2009.",
        load=cifar.load,
        images=True,
    ),
)

_BY_NAME = {entry.name: entry for entry in ALL_DATASETS}


def names() -> tuple[str, ...]:
    """The names of all data sets.

    Returns
    -------
    tuple of str
        In the order of the registry.
    """
    return tuple(_BY_NAME)


def describe(name: str) -> str:
    """What a data set holds, its target, and its source.

    Parameters
    ----------
    name : str
        One of `names()`.

    Returns
    -------
    str
        One or two sentences.

    Raises
    ------
    InputError
        An unknown name; the nearest is suggested.

    Examples
    --------
    >>> describe("wine").startswith("178 Italian wines")
    True
    """
    return _entry(name).about


def load(name: str) -> TableDataset | ImageDataset:
    """Load a data set: from the package, EPOCHAL_DATA, the cache or its official address.

    Parameters
    ----------
    name : str
        One of `names()`.

    Returns
    -------
    TableDataset or ImageDataset
        The data set.

    Raises
    ------
    InputError
        An unknown name (the nearest is suggested); a file that is not found and cannot be
        downloaded (the error names the address and the folder), or that cannot be read.

    Examples
    --------
    >>> titanic = load("titanic")
    >>> titanic.target, titanic.frame.shape
    ('survived', (891, 15))
    """
    entry = _entry(name)
    try:
        return entry.load()
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise InputError(
            f"The files of {name!r} must be complete, got one that cannot be read "
            f"({type(error).__name__}: {error}): delete it, or replace it with a complete copy."
        ) from error


def load_table(name: str) -> TableDataset:
    """Load a data set that is a table.

    Parameters
    ----------
    name : str
        One of `names()`.

    Returns
    -------
    TableDataset
        The table and the name of its target.

    Raises
    ------
    InputError
        As `load`; and for a data set of images.
    """
    loaded = None if _entry(name).images else load(name)
    if not isinstance(loaded, TableDataset):
        raise InputError(
            f"The data must be a table, got the images of {name!r}: load them with "
            f"epochal.data.datasets.load({name!r})."
        )
    return loaded


def load_images(name: str) -> ImageDataset:
    """Load a data set of images.

    Parameters
    ----------
    name : str
        One of `names()`.

    Returns
    -------
    ImageDataset
        Images and labels for training and for testing.

    Raises
    ------
    InputError
        As `load`; and for a data set that is a table.
    """
    loaded = load(name) if _entry(name).images else None
    if not isinstance(loaded, ImageDataset):
        raise InputError(
            f"The data must be images, got the table {name!r}: load it with "
            f"epochal.data.datasets.load({name!r})."
        )
    return loaded


def _entry(name: str) -> DatasetEntry:
    if name not in _BY_NAME:
        raise InputError(
            f"name must be one of {', '.join(_BY_NAME)}, got {name!r}.{suggest(name, _BY_NAME)}"
        )
    return _BY_NAME[name]
