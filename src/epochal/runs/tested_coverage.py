"""What the intervals or sets of a run were on its test rows."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from epochal.conformal.coverage import USUAL_COVERAGE
from epochal.data import Task
from epochal.runs.conformity import Regions
from epochal.runs.plan import Plan
from epochal.runs.testing import TestResult
from epochal.scoring.coverage import coverage_of, held_by_intervals, interval_score
from epochal.scoring.formatting import score_text
from epochal.scoring.tested_coverage import CoverageOfGroup, TestedCoverage
from epochal.translation import translate

Parts = list[tuple[str, NDArray[np.bool_]]]
"""Some of the rows each, after what they have in common."""

_FEWEST = 30
"""Test rows whose thirds are looked at."""


def tested_coverage(plan: Plan, tested: TestResult) -> tuple[TestedCoverage, ...]:
    """The coverage of each target's intervals, or of the sets; none where there are none."""
    if tested.regions is None or tested.conformity is None:
        return ()
    groups = None
    if plan.settings.cv is None:
        groups = plan.relations.taken(plan.split.test).groups
    return coverage_on(
        plan.task,
        tested.regions,
        tested.truth,
        _parts(plan.task, tested),
        left_out=len(tested.conformity),
        holds_for=promise_of(plan.settings.time_column, plan.settings.group),
        groups=groups,
        seed=plan.settings.seed,
    )


def promise_of(time_column: str | None, group: str | None) -> str:
    """What the coverage is promised for; see `TestedCoverage.holds_for`."""
    if time_column is not None:
        return "nothing"
    return "rows" if group is None else "groups"


def coverage_on(
    task: Task,
    regions: Regions,
    truth: NDArray,
    parts: Sequence[Parts] | None = None,
    *,
    left_out: int,
    holds_for: str,
    groups: NDArray | None = None,
    seed: int,
) -> tuple[TestedCoverage, ...]:
    """The coverage of each target's intervals, or of the sets, on some rows.

    Parameters
    ----------
    task : Task
    regions : Regions
    truth : array
        As `epochal.runs.predictions.targets_for_scoring` gives it.
    parts : sequence of list of (str, bool array), optional
        Of each target, rows that are looked at by themselves, beside all.
    left_out, holds_for
        As `TestedCoverage` has them.
    groups : int array of shape (rows,), optional
        Rows of a group are alike.
    seed : int
    """
    whole: Parts = [("", np.ones(len(truth), bool))]
    found = []
    for at, (held, sizes, score) in enumerate(_held(task, regions, truth)):
        masks = whole + (parts[at] if parts else [])
        found.append(
            TestedCoverage(
                target=task.target[at],
                kind=_kind(task),
                asked=USUAL_COVERAGE,
                left_out=left_out,
                holds_for=holds_for,
                interval_score=score,
                groups=_by_part(masks, held, sizes, groups, seed),
            )
        )
    return tuple(found)


def _kind(task: Task) -> str:
    if task.kind == "multilabel":
        return "label"
    return "set" if task.classes else "interval"


def _held(
    task: Task, regions: Regions, truth: NDArray
) -> Iterator[tuple[NDArray[np.bool_], NDArray, float | None]]:
    """Of each target which rows are held, how large their regions are, and Winkler's score."""
    if task.kind == "multilabel":
        for at, has in enumerate(truth.astype(int).T):
            held = regions.held[:, at]
            yield held[np.arange(len(has)), has], np.all(held, axis=1), None
        return
    if task.classes:
        codes = truth.reshape(-1).astype(int)
        yield regions.held[np.arange(len(codes)), codes], regions.held.sum(axis=1), None
        return
    for true, low, high in zip(truth.T, regions.low.T, regions.high.T, strict=True):
        score = float(interval_score(true, low, high, USUAL_COVERAGE).mean())
        yield held_by_intervals(true, low, high), high - low, score


def _parts(task: Task, tested: TestResult) -> list[Parts]:
    """Rows of each class, with and without each label, or thirds by each predicted number."""
    if task.kind == "multilabel":
        return [
            [
                (translate("with {label}", label=name), has == 1),
                (translate("without {label}", label=name), has == 0),
            ]
            for name, has in zip(task.target, tested.truth.T, strict=True)
        ]
    if task.classes:
        codes = tested.truth.reshape(-1).astype(int)
        return [[(str(name), codes == code) for code, name in enumerate(task.classes)]]
    return [_thirds(predicted) for predicted in tested.outputs.T]


def _thirds(predicted: NDArray) -> Parts:
    """Masks of the rows of the lowest, the middle and the highest predictions."""
    first, second = np.quantile(predicted, [1 / 3, 2 / 3])
    if len(predicted) < _FEWEST or not first < second:
        return []
    ends = {"first": score_text(float(first)), "second": score_text(float(second))}
    between = (predicted >= first) & (predicted < second)
    return [
        (translate("predicted below {first}", first=ends["first"]), predicted < first),
        (translate("predicted {first} to {second}", **ends), between),
        (translate("predicted from {second} on", second=ends["second"]), predicted >= second),
    ]


def _by_part(
    parts: Parts, held: NDArray[np.bool_], sizes: NDArray, groups: NDArray | None, seed: int
) -> tuple[CoverageOfGroup, ...]:
    return tuple(
        CoverageOfGroup(
            name=name,
            rows=int(mask.sum()),
            coverage=coverage_of(held[mask], None if groups is None else groups[mask], seed=seed),
            size=float(sizes[mask].mean()),
        )
        for name, mask in parts
        if mask.any()
    )
