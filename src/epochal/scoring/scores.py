"""What a score is: a value with its interval, beside the baselines that it is compared with."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A score and its 95% interval, in the score's own unit.

    Parameters
    ----------
    value : float
        The score on the whole test part; NaN where it is not defined.
    low, high : float
        The ends of the 95% interval, `low <= high`; NaN where there is none.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Score:
    """One score of the network beside the same score of every baseline.

    Parameters
    ----------
    name : str
        What a reader calls it, such as "accuracy".
    higher_is_better : bool
        True for accuracy, False for an error.
    percent : bool
        True where 0.82 is to be read as 82%.
    network : Interval
        The network's score.
    baselines : tuple of Interval
        One for each of `ReportContent.baselines`, in that order.
    """

    name: str
    higher_is_better: bool
    percent: bool
    network: Interval
    baselines: tuple[Interval, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The network against its best baseline on the headline score, row by row.

    Parameters
    ----------
    baseline : str
        The baseline's name.
    gain : Interval
        How much better the network is, in the score's unit, with the interval of the paired
        bootstrap; above 0 is better, whether or not the score itself is better when higher.
    """

    baseline: str
    gain: Interval
