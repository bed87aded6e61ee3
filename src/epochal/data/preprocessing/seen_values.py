"""Which values a table had in training, and which cells of another are unlike them."""

from collections.abc import Mapping
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MARGIN = 0.5
"""How far outside the training range a number may lie, as a part of the range's width."""

MOST_NEW = 0.05
"""Where more of the rows than this must be expected to have new categories, none is remarkable."""


class Unlike(NamedTuple):
    """The cells of a column that are unlike those of training.

    Attributes
    ----------
    rows : bool array of shape (rows,)
    words : str
        What they are: "new", or "outside 0 to 80".
    """

    rows: NDArray
    words: str


class SeenValues:
    """The range of each column of numbers, and the categories of each column of few new ones.

    Attributes
    ----------
    ranges_ : dict of str to list of float
        Lowest and highest number; a column without numbers has none.
    categories_ : dict of str to list of str
        Only of columns in which a new category is unexpected.

    Notes
    -----
    How many rows will have new categories is estimated by the part of the training rows whose
    category occurs once: I. J. Good, "The population frequencies of species and the estimation of
    population parameters", 1953.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [20.0, 40.0] * 9, "sex": ["f", "m"] * 9})
    >>> seen = SeenValues().fit(frame, {"age": "numeric", "sex": "category"})
    >>> unlike = seen.unlike(pd.DataFrame({"age": [30.0, 90.0], "sex": ["d", None]}))
    >>> {name: (cells.rows.tolist(), cells.words) for name, cells in unlike.items()}
    {'age': ([False, True], 'outside 20 to 40'), 'sex': ([True, False], 'new')}
    """

    def fit(self, prepared: pd.DataFrame, kinds: Mapping[str, str]) -> Self:
        """Remember the cells of a table as `TablePreprocessor` prepares it: floats and texts."""
        self.ranges_: dict[str, list[float]] = {}
        self.categories_: dict[str, list[str]] = {}
        for name, kind in kinds.items():
            if kind == "numeric":
                numbers = prepared[name].to_numpy()
                known = numbers[~np.isnan(numbers)]
                if len(known):
                    self.ranges_[name] = [float(known.min()), float(known.max())]
            elif kind == "category":
                counts = prepared[name].value_counts()
                if (counts == 1).sum() <= MOST_NEW * counts.sum():
                    self.categories_[name] = [str(category) for category in counts.index]
        return self

    def bounds(self) -> dict[str, tuple[float, float]]:
        """The numbers of each column that are not far outside: from the first to the second."""
        return {
            name: (low - MARGIN * (high - low), high + MARGIN * (high - low))
            for name, (low, high) in self.ranges_.items()
        }

    def words(self, name: str) -> str:
        """What cells of this column are that are unlike those of training."""
        if name in self.categories_:
            return "new"
        low, high = self.ranges_[name]
        return f"outside {low:.6g} to {high:.6g}"

    def unlike(self, prepared: pd.DataFrame) -> dict[str, Unlike]:
        """The columns of a prepared table with cells that are unlike; missing ones never are."""
        cells: dict[str, NDArray] = {}
        for name, (low, high) in self.bounds().items():
            numbers = prepared[name].to_numpy()
            cells[name] = (numbers < low) | (numbers > high)
        for name, categories in self.categories_.items():
            known = prepared[name].isin(categories) | prepared[name].isna()
            cells[name] = ~known.to_numpy(bool)
        # In the order of the table.
        return {
            name: Unlike(cells[name], self.words(name))
            for name in prepared
            if name in cells and np.any(cells[name])
        }
