"""Which features a column becomes."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from epochal.data.preprocessing.encoders import PARTS_OF_A_DATE
from epochal.data.preprocessing.fitted_parts import (
    Categories,
    Indicators,
    Numbers,
    Part,
    fitted_parts,
    numbers_of,
)
from epochal.data.preprocessing.table import TablePreprocessor
from epochal.data.preprocessing.target_means import TargetMeans
from epochal.data.preprocessing.texts import TextEncoder


def feature_columns(preprocessor: TablePreprocessor) -> dict[str, NDArray[np.intp]]:
    """The positions of the features that each column becomes; of no two columns the same.

    Parameters
    ----------
    preprocessor : TablePreprocessor
        Fitted.

    Returns
    -------
    dict of str to int array
        By the name of the column, in the order of `kinds_`.

    Examples
    --------
    >>> import pandas as pd
    >>> from epochal.data import infer_columns
    >>> frame = pd.DataFrame({"age": [20, None] * 9, "sex": ["m", "f"] * 9, "y": [0, 1] * 9})
    >>> preprocessor = TablePreprocessor().fit(frame, infer_columns(frame, target="y"))
    >>> {name: at.tolist() for name, at in feature_columns(preprocessor).items()}
    {'age': [0, 3], 'sex': [1, 2]}
    """
    found: dict[str, list[int]] = {name: [] for name in preprocessor.kinds_}
    owners = (name for part in fitted_parts(preprocessor) for name in _owners(part))
    for position, name in enumerate(owners):
        found[name].append(position)
    return {name: np.array(positions, np.intp) for name, positions in found.items()}


def _owners(part: Part) -> Iterator[str]:
    """The column of each feature of a part, in order."""
    if isinstance(part, Numbers):
        yield from part.names
        yield from (part.names[column] for column in part.column)
    elif isinstance(part, Categories):
        for one in part.columns:
            yield from [one.name] * one.width
    elif isinstance(part, Indicators):
        yield from part.names
    elif isinstance(part.encoder, TextEncoder):
        yield from part.names * part.encoder.width_
    elif isinstance(part.encoder, TargetMeans):
        each = len(part.encoder.get_feature_names_out()) // len(part.names)
        for name in part.names:
            yield from [name] * each
    else:  # dates: their parts, which are encoded as numbers are
        parts = [name for name in part.names for _ in range(PARTS_OF_A_DATE)]
        yield from _owners(numbers_of(part.encoder.steps[-1][1], parts))
