"""The score of a network: a value with its interval, beside the baselines'.

These types are the one form of a score: computed by `score_all`, written to `run.json` by their
fields, and shown by the terminal and the report.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from epochal.scoring.json_numbers import none_to_nan
from epochal.scoring.metrics import labelled, titled


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A value and its 95% confidence interval, in the score's unit.

    Parameters
    ----------
    value : float
        The score on all test rows; NaN where it is undefined.
    low, high : float
        The ends of the interval, `low <= high`; NaN where there is none.
    """

    value: float
    low: float
    high: float

    @classmethod
    def from_dict(cls, fields: Mapping[str, float | None]) -> Self:
        """Read the fields as JSON holds them: None is NaN.

        Examples
        --------
        >>> Interval.from_dict({"value": 0.8, "low": 0.75, "high": None})
        Interval(value=0.8, low=0.75, high=nan)
        """
        return cls(**{name: none_to_nan(number) for name, number in fields.items()})


@dataclass(frozen=True, kw_only=True)
class Score:
    """One score of the network beside the same score of each baseline.

    Parameters
    ----------
    name : str
        Such as "accuracy".
    higher_is_better : bool
        True for accuracy, False for an error.
    percent : bool
        True where 0.82 reads as 82%.
    network : Interval
        The network's score.
    baselines : dict of str to Interval
        The score of each baseline, by its name.
    of : str or None
        What it is a score of: the positive class of two, where it depends on which one that is, or
        one of several targets.
    """

    name: str
    higher_is_better: bool
    percent: bool
    network: Interval
    baselines: dict[str, Interval]
    of: str | None = None

    @property
    def label(self) -> str:
        """Its name, and what it is of: "F1 of fraud"."""
        return labelled(self.name, self.of)

    @property
    def title(self) -> str:
        """Its label in the current language."""
        return titled(self.name, self.of)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read the fields as JSON holds them."""
        baselines = {name: Interval.from_dict(part) for name, part in fields["baselines"].items()}
        network = Interval.from_dict(fields["network"])
        return cls(**{**fields, "network": network, "baselines": baselines})


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One model against a simpler one on the headline score, paired by row.

    Parameters
    ----------
    model : str
        "network", or a baseline.
    baseline : str
        The simpler one's name.
    gain : Interval
        How much better the model is, in the score's unit, with the interval of the paired
        bootstrap; above 0 is better, whichever way the score itself is better.
    """

    model: str
    baseline: str
    gain: Interval

    @property
    def is_better(self) -> bool:
        """Whether the model is significantly better: its whole interval is above 0."""
        return self.gain.low > 0

    @property
    def is_worse(self) -> bool:
        """Whether the model is significantly worse: its whole interval is below 0."""
        return self.gain.high < 0

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read the fields as JSON holds them."""
        return cls(**{**fields, "gain": Interval.from_dict(fields["gain"])})
