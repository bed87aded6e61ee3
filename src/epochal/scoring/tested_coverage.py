"""What intervals or sets were on the test rows: the one form of it, as `run.json` holds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from epochal.scoring.json_numbers import none_to_nan
from epochal.scoring.scores import Interval


@dataclass(frozen=True, kw_only=True)
class CoverageOfGroup:
    """Coverage among some of the test rows.

    Attributes
    ----------
    name : str
        What they have in common; "" for all of them.
    rows : int
    coverage : Interval
        The fraction whose truth was held.
    size : float
        The mean width of an interval, in the unit of the target, or of a set, in classes; of a
        label the fraction of rows of which it is left open.
    """

    name: str
    rows: int
    coverage: Interval
    size: float

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read the fields as JSON holds them."""
        read = {"coverage": Interval.from_dict(fields["coverage"])}
        return cls(**{**fields, **read, "size": none_to_nan(fields["size"])})


@dataclass(frozen=True, kw_only=True)
class TestedCoverage:
    """The intervals of one target, the sets of classes, or those of a label, on the test rows.

    Attributes
    ----------
    target : str
    kind : str
        "interval", "set" or "label".
    asked : float
        The coverage that was asked for.
    left_out : int
        How many rows that the training left out they are made from.
    holds_for : str
        What the promise is about: "rows", new rows like those of training; "groups", rows of
        groups that were not in the training; "nothing", where time goes on between them.
    interval_score : float or None
        The mean of Winkler's; None of sets and labels.
    groups : tuple of CoverageOfGroup
        All rows, then thirds of them by the predicted number, the rows of each class, or those
        with the label and without it.
    """

    target: str
    kind: str
    asked: float
    left_out: int
    holds_for: str
    interval_score: float | None
    groups: tuple[CoverageOfGroup, ...]

    __test__ = False  # no class of tests, whatever its name says

    @property
    def overall(self) -> CoverageOfGroup:
        """That of all rows."""
        return self.groups[0]

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read the fields as JSON holds them."""
        return cls(**{**fields, "groups": tuple(map(CoverageOfGroup.from_dict, fields["groups"]))})
