"""Quoted figure beside ours: rows for the screen, and the page of the documentation."""

from collections.abc import Iterator, Sequence
from statistics import fmean, median, stdev
from typing import NamedTuple

from epochal.lab.experiment import Experiment, Result
from epochal.lab.results import Kept

SHORT_BY = 0.01  # a quoted share that ours misses by more than this is explained


class Row(NamedTuple):
    """One arm of one experiment, over its seeds."""

    experiment: str
    arm: str
    quoted: str
    ours: str
    seeds: int
    epochs: str
    seconds: str


HEADINGS = ("experiment", "", "quoted:", "ours:", "seeds:", "epochs:", "s/epoch:")


def rows_of(experiment: Experiment, kept: Sequence[Kept]) -> Iterator[Row]:
    """A row for each arm, over the seeds that have it."""
    for arm in dict.fromkeys(name for one in kept for name in one.arms):
        results = [one.arms[arm] for one in kept if arm in one.arms]
        quoted = experiment.quoted.get(arm)
        yield Row(
            experiment.name,
            _with_verdicts(arm, results),
            "" if quoted is None else quoted_figure(quoted, experiment.percent),
            _mean_and_spread([result.value for result in results], experiment.percent),
            len(results),
            _epochs(results),
            _seconds(results),
        )


def falls_short(experiment: Experiment, kept: Sequence[Kept]) -> list[str]:
    """The arms whose mean misses the quoted share by more than a point."""
    return [
        arm
        for arm, quoted in experiment.quoted.items()
        if experiment.percent
        and (values := [one.arms[arm].value for one in kept if arm in one.arms])
        and quoted - fmean(values) > SHORT_BY
    ]


def _with_verdicts(arm: str, results: Sequence[Result]) -> str:
    """The arm's name, and what its runs say of themselves where they say something."""
    verdicts = sorted({result.verdict for result in results} - {""})
    return f"{arm}: {' or '.join(verdicts)}" if verdicts else arm


def _mean_and_spread(values: Sequence[float], percent: bool) -> str:
    mean = figure(fmean(values), percent)
    if len(values) < 2:
        return mean
    return f"{mean} ± {figure(stdev(values), percent).removesuffix('%')}"


def quoted_figure(value: float, percent: bool) -> str:
    """A figure with the digits that the documents give it."""
    return f"{100 * value:.4g}%" if percent else f"{value:.4g}"


def figure(value: float, percent: bool) -> str:
    """A value as it is shown."""
    return f"{100 * value:.1f}%" if percent else f"{value:.3f}"


def _epochs(results: Sequence[Result]) -> str:
    counts = [result.epochs for result in results if result.epochs is not None]
    if not counts:
        return ""
    low, high = min(counts), max(counts)
    return f"{low}" if low == high else f"{low} to {high}"


def _seconds(results: Sequence[Result]) -> str:
    seconds = [r.seconds_per_epoch for r in results if r.seconds_per_epoch is not None]
    return f"{median(seconds):.2g}" if seconds else ""
