"""What the intervals or sets of a run were on its test rows."""

import numpy as np
from numpy.typing import NDArray

from epochal.conformal.coverage import USUAL_COVERAGE
from epochal.runs.conformity import Regions
from epochal.runs.plan import Plan
from epochal.runs.testing import TestResult
from epochal.scoring.coverage import coverage_of, held_by_intervals, interval_score
from epochal.scoring.formatting import score_text
from epochal.scoring.tested_coverage import CoverageOfGroup, TestedCoverage
from epochal.translation import translate

_FEWEST = 30
"""Test rows whose thirds are looked at."""


def tested_coverage(plan: Plan, tested: TestResult) -> tuple[TestedCoverage, ...]:
    """The coverage of each target's intervals, or of the sets; none where there are none."""
    if tested.regions is None or tested.conformity is None:
        return ()
    left_out, holds = len(tested.conformity), promise_of(plan)
    if plan.task.classes:
        return (_of_sets(plan, tested, tested.regions, left_out, holds),)
    return tuple(
        _of_intervals(plan, tested, tested.regions, at, left_out, holds)
        for at in range(len(plan.task.target))
    )


def promise_of(plan: Plan) -> str:
    """What the coverage is promised for; see `TestedCoverage.holds_for`."""
    if plan.settings.time_column is not None:
        return "nothing"
    return "rows" if plan.settings.group is None else "groups"


def _of_sets(
    plan: Plan, tested: TestResult, regions: Regions, left_out: int, holds: str
) -> TestedCoverage:
    truth = tested.truth.reshape(-1).astype(int)
    held = regions.held[np.arange(len(truth)), truth]
    parts = [("", np.ones(len(truth), bool))]
    parts += [(str(name), truth == code) for code, name in enumerate(plan.task.classes)]
    return TestedCoverage(
        target=plan.task.target[0],
        kind="set",
        asked=USUAL_COVERAGE,
        left_out=left_out,
        holds_for=holds,
        interval_score=None,
        groups=_by_part(plan, parts, held, regions.held.sum(axis=1)),
    )


def _of_intervals(
    plan: Plan, tested: TestResult, regions: Regions, at: int, left_out: int, holds: str
) -> TestedCoverage:
    truth, predicted = tested.truth[:, at], tested.outputs[:, at]
    low, high = regions.low[:, at], regions.high[:, at]
    parts = [("", np.ones(len(truth), bool)), *_thirds(predicted)]
    return TestedCoverage(
        target=plan.task.target[at],
        kind="interval",
        asked=USUAL_COVERAGE,
        left_out=left_out,
        holds_for=holds,
        interval_score=float(interval_score(truth, low, high, USUAL_COVERAGE).mean()),
        groups=_by_part(plan, parts, held_by_intervals(truth, low, high), high - low),
    )


def _thirds(predicted: NDArray) -> list[tuple[str, NDArray[np.bool_]]]:
    """Masks of the rows of the lowest, the middle and the highest predictions."""
    first, second = np.quantile(predicted, [1 / 3, 2 / 3])
    if len(predicted) < _FEWEST or not first < second:
        return []
    ends = {"first": score_text(float(first)), "second": score_text(float(second))}
    return [
        (translate("predicted below {first}", first=ends["first"]), predicted < first),
        (
            translate("predicted {first} to {second}", **ends),
            (predicted >= first) & (predicted < second),
        ),
        (translate("predicted from {second} on", second=ends["second"]), predicted >= second),
    ]


def _by_part(
    plan: Plan,
    parts: list[tuple[str, NDArray[np.bool_]]],
    held: NDArray[np.bool_],
    sizes: NDArray,
) -> tuple[CoverageOfGroup, ...]:
    groups = None
    if plan.settings.cv is None:
        groups = plan.relations.taken(plan.split.test).groups
    return tuple(
        CoverageOfGroup(
            name=name,
            rows=int(mask.sum()),
            coverage=coverage_of(
                held[mask],
                None if groups is None else groups[mask],
                seed=plan.settings.seed,
            ),
            size=float(sizes[mask].mean()),
        )
        for name, mask in parts
        if mask.any()
    )
