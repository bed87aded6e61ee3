"""Whether new rows are drawn as those of a training were, in one sentence."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from numpy.typing import NDArray

from epochal.drift.columns import ColumnDrift, drift_of_columns
from epochal.drift.nearest import USUAL_RATE, KnownRows
from epochal.drift.told_apart import told_apart
from epochal.scoring.formatting import score_text
from epochal.scoring.scores import Interval
from epochal.translation import translate

FEWEST_ROWS = 20
"""New rows, below which nothing is said."""

STRONG = 0.65
"""An area under the curve whose interval lies above this is no small difference."""

STRONG_SIZE = 0.3
"""Of the difference in a column, where there are too few rows for a classifier."""

_MOST_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Drift:
    """New rows beside those of the training.

    Attributes
    ----------
    kind : {"none", "some", "strong", "unknown"}
        How they differ; unknown for fewer than 20 rows.
    rows, known_rows : int
        New ones, and those of the training that they are compared with.
    columns : tuple of ColumnDrift
        The one that differs most first.
    told_apart : Interval or None
        The area under the ROC curve of a classifier that tells new rows from known ones, 0.5 for
        none; None with fewer than 40 rows on a side.
    unlike : float or None
        The part of the new rows that is unlike all known ones, of which 1% are to be expected where
        nothing differs; None where fewer than 99 are known.
    truth_differs : bool
        Whether the intervals or sets of the run hold the truth of fewer new rows than promised; see
        `epochal.conformal.verdict.falls_short`.
    """

    kind: str
    rows: int
    known_rows: int
    columns: tuple[ColumnDrift, ...]
    told_apart: Interval | None
    unlike: float | None
    truth_differs: bool = False

    @property
    def sentence(self) -> str:
        """Whether the run's scores and intervals can be believed for the new rows."""
        kind = self.kind
        if self.truth_differs and kind in ("none", "some"):
            kind = f"{kind}, but the truth"
        return _sentence(kind, self.columns, self.told_apart)

    @property
    def differing(self) -> tuple[ColumnDrift, ...]:
        """The columns that differ beyond chance."""
        return tuple(column for column in self.columns if column.differs)


def drift_of(
    known: pd.DataFrame,
    new: pd.DataFrame,
    kinds: Mapping[str, str],
    encoded: tuple[NDArray, NDArray],
    *,
    seed: int,
) -> Drift:
    """Compare new rows with those of the training.

    Parameters
    ----------
    known, new : DataFrame
        Their cells; see `drift_of_columns`.
    kinds : mapping of str to str
    encoded : tuple of numpy.ndarray of shape (rows, features)
        Both as the networks take them.
    seed : int
    """
    columns = drift_of_columns(known, new, kinds)
    apart, unlike = None, None
    if len(new) >= FEWEST_ROWS:
        apart = told_apart(*encoded, seed=seed)
        if len(known) >= 1 / USUAL_RATE - 1:
            unlike = float(KnownRows(encoded[0]).unlike(encoded[1]).mean())
    kind = _kind(len(new), columns, apart)
    return Drift(
        kind=kind,
        rows=len(new),
        known_rows=len(known),
        columns=columns,
        told_apart=apart,
        unlike=unlike,
    )


def _kind(rows: int, columns: tuple[ColumnDrift, ...], apart: Interval | None) -> str:
    if rows < FEWEST_ROWS:
        return "unknown"
    if apart is not None and apart.low > STRONG:
        return "strong"
    told = apart is not None and apart.low > 0.5
    if apart is None and any(column.differs and column.size >= STRONG_SIZE for column in columns):
        return "strong"
    return "some" if told or any(column.differs for column in columns) else "none"


def _sentence(kind: str, columns: tuple[ColumnDrift, ...], apart: Interval | None) -> str:
    sentences = {
        "unknown": translate(
            "Too few rows to compare with those of the training: at least {fewest} are needed.",
            fewest=FEWEST_ROWS,
        ),
        "none": translate(
            "These rows look like those of the training: the run's scores and intervals can be "
            "believed for them."
        ),
        "some": translate(
            "These rows differ somewhat from those of the training: the run's scores and intervals "
            "hold for them only roughly."
        ),
        "none, but the truth": translate(
            "The columns of these rows look like those of the training, but the target does not "
            "hang on them as it did: do not believe the run's scores and intervals for them."
        ),
        "some, but the truth": translate(
            "These rows differ somewhat from those of the training, and the run is wrong about "
            "them more often than it says: do not believe its scores and intervals for them."
        ),
        "strong": translate(
            "These rows are drawn otherwise than those of the training: do not believe the run's "
            "scores and intervals for them."
        ),
    }
    named = [column.name for column in columns if column.differs]
    parts = [sentences[kind]]
    if apart is not None:
        parts.append(
            translate(
                "A classifier tells them apart with an area under the ROC curve of {value} ({low} "
                "to {high}; 0.5 is chance).",
                value=score_text(apart.value),
                low=score_text(apart.low),
                high=score_text(apart.high),
            )
        )
    if named and kind != "unknown":
        more = len(named) - _MOST_NAMED
        shown = ", ".join(named[:_MOST_NAMED])
        parts.append(
            translate("Columns that differ: {columns} and {more} more.", columns=shown, more=more)
            if more > 0
            else translate("Columns that differ: {columns}.", columns=shown)
        )
    return " ".join(parts)
