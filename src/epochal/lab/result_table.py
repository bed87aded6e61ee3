"""Quoted figures beside ours: the rows of a table, for the terminal and the page."""

from collections.abc import Iterator, Sequence
from statistics import fmean, median, stdev
from typing import NamedTuple

from epochal.lab.experiment import Experiment, Result
from epochal.lab.result_store import StoredResult

TOLERATED_GAP = 0.01  # below a quoted fraction; a larger gap must be discussed


class Row(NamedTuple):
    """One variant of one experiment, over its seeds."""

    experiment: str
    variant: str
    quoted: str
    ours: str
    seeds: int
    epochs: str
    seconds: str


HEADINGS = ("experiment", "variant", "quoted:", "ours:", "seeds:", "epochs:", "s/epoch:")


def table_rows(experiment: Experiment, stored: Sequence[StoredResult]) -> Iterator[Row]:
    """Yield a row for each variant, over the seeds that have it."""
    for variant in dict.fromkeys(name for one in stored for name in one.variants):
        results = [one.variants[variant] for one in stored if variant in one.variants]
        quoted = experiment.quoted.get(variant)
        yield Row(
            experiment.name,
            _with_diagnoses(variant, results),
            "" if quoted is None else format_quoted(quoted, experiment.percent),
            _mean_and_std([result.value for result in results], experiment.percent),
            len(results),
            _epochs(results),
            _seconds(results),
        )


def below_quoted(experiment: Experiment, stored: Sequence[StoredResult]) -> list[str]:
    """The variants whose mean is more than one percentage point below the quoted figure."""
    return [
        variant
        for variant, quoted in experiment.quoted.items()
        if experiment.percent
        and (values := [one.variants[variant].value for one in stored if variant in one.variants])
        and quoted - fmean(values) > TOLERATED_GAP
    ]


def _with_diagnoses(variant: str, results: Sequence[Result]) -> str:
    """The variant's name, followed by the diagnoses of its runs where they have one."""
    diagnoses = sorted({result.diagnosis for result in results} - {""})
    return f"{variant}: {' or '.join(diagnoses)}" if diagnoses else variant


def _mean_and_std(values: Sequence[float], percent: bool) -> str:
    mean = format_value(fmean(values), percent)
    if len(values) < 2:
        return mean
    return f"{mean} ± {format_value(stdev(values), percent).removesuffix('%')}"


def format_quoted(value: float, percent: bool) -> str:
    """A quoted figure with the digits that its source gives."""
    return f"{100 * value:.4g}%" if percent else f"{value:.4g}"


def format_value(value: float, percent: bool) -> str:
    """One of our figures: a percentage with one decimal, or three decimals."""
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
