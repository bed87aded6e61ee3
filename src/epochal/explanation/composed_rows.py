"""Predictions for rows that are put together from the cells of a table.

Shuffling a column, holding it at a value, and giving a row some cells of another all make rows
whose every cell stands somewhere in the table. So an explanation says of each cell which row it is
taken from, and whoever predicts may encode each cell once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Sources = NDArray[np.integer]
"""The row, by position in the table, that each cell is taken from: (rows, columns)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ComposedRows:
    """A table, and the outputs for rows that are put together from its cells.

    Attributes
    ----------
    frame : DataFrame of shape (rows, columns)
        The columns that outputs depend on.
    outputs : callable
        From sources, an int array of shape (n, columns), to outputs, float of shape (n, outputs).

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1.0, 2.0], "b": [10.0, 20.0]})
    >>> rows = ComposedRows.of(lambda f: (f["a"] + f["b"]).to_numpy(), frame)
    >>> rows.outputs(np.array([[0, 1]])).tolist()
    [[21.0]]
    """

    frame: pd.DataFrame
    outputs: Callable[[Sources], NDArray]

    @classmethod
    def of(cls, predict: Callable[[pd.DataFrame], NDArray], frame: pd.DataFrame) -> Self:
        """From a function of tables.

        Parameters
        ----------
        predict : callable
            From a frame with the columns of `frame` to outputs, (rows,) or (rows, outputs).
        frame : DataFrame of shape (rows, columns)
        """

        def outputs(sources: Sources) -> NDArray:
            cells = {
                name: frame[name].take(at).reset_index(drop=True)
                for name, at in zip(frame.columns, sources.T, strict=True)
            }
            return np.asarray(predict(pd.DataFrame(cells)), float).reshape(len(sources), -1)

        return cls(frame=frame, outputs=outputs)

    @classmethod
    def encoded(
        cls,
        predict: Callable[[NDArray], NDArray],
        frame: pd.DataFrame,
        x: NDArray,
        features: Sequence[NDArray[np.intp]],
        *,
        most_numbers: int = 4_000_000,
    ) -> Self:
        """From a function of encoded rows.

        Parameters
        ----------
        predict : callable
            From features (n, features) to outputs.
        frame : DataFrame of shape (rows, columns)
        x : array of shape (rows, features)
            The rows of `frame`, encoded.
        features : sequence of int arrays
            For each column of `frame` the positions of its features; each feature is of one.
        most_numbers : int
            Features that are held at once.
        """
        block = max(1, most_numbers // max(1, x.shape[1]))
        places, owner = np.arange(x.shape[1]), np.empty(x.shape[1], np.intp)
        for column, own in enumerate(features):
            owner[own] = column

        def outputs(sources: Sources) -> NDArray:
            parts = []
            for start in range(0, len(sources), block):
                taken = sources[start : start + block]
                parts.append(_each_once(predict, x[taken[:, owner], places]))
            return np.concatenate(parts)

        return cls(frame=frame, outputs=outputs)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(map(str, self.frame.columns))

    def __len__(self) -> int:
        return len(self.frame)

    def positions(self, names: Sequence[str]) -> list[int]:
        """Where columns of these names stand."""
        return [self._positions[name] for name in names]

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {name: position for position, name in enumerate(self.columns)}

    def whole(self, rows: NDArray[np.integer]) -> Sources:
        """The sources of rows as they stand in the table, to be changed."""
        sources: Sources = np.repeat(np.asarray(rows)[:, None], len(self.columns), axis=1)
        return sources


def _each_once(predict: Callable[[NDArray], NDArray], rows: NDArray) -> NDArray:
    """The outputs for rows of which many may be equal, as where a column has few values."""
    bits = np.ascontiguousarray(rows).view(np.dtype((np.void, rows[:1].nbytes)))[:, 0]
    _, first, back = np.unique(bits, return_index=True, return_inverse=True)
    outputs: NDArray = np.asarray(predict(rows[first]), float).reshape(len(first), -1)[back]
    return outputs
