"""From a finished run to what its `run.json` and `history.csv` hold."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from epochal.diagnosis.rules import Diagnosis
from epochal.runs.command import command_of
from epochal.runs.plan import Plan
from epochal.runs.splitting import validation_size_of
from epochal.runs.storage.record import RunRecord, versions
from epochal.runs.tested_coverage import tested_coverage
from epochal.runs.testing import TestResult
from epochal.scoring.conclusion import conclude
from epochal.scoring.formatting import capitalised, score_text
from epochal.scoring.threshold import Threshold
from epochal.scoring.trials import Trials
from epochal.translation import translatable, translate
from epochal.tuning.guided_fit import FittedNetwork


def run_record(
    plan: Plan,
    fitted: FittedNetwork,
    tested: TestResult,
    *,
    diagnosis: Diagnosis,
    trials: Sequence[Trials] = (),
    network: str,
    seconds: float,
) -> RunRecord:
    """Gather what `run.json` holds; `network` describes it, `seconds` is the time taken."""
    return RunRecord(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        state=translatable("interrupted") if fitted.interrupted else translatable("complete"),
        source=plan.source,
        name=plan.name,
        fingerprint=plan.fingerprint,
        command=command_of(plan.source, plan.settings, plan.test_source),
        settings=_settings(plan),
        recipe=asdict(fitted.recipe),
        task=asdict(plan.task),
        columns=[asdict(column) for column in plan.columns],
        leaks=[asdict(leak) for leak in plan.leaks],
        rows=plan.rows,
        duplicates=asdict(plan.duplicates),
        split_warnings=[asdict(warning) for warning in plan.warnings],
        notes=[*_notes(plan), *_threshold_notes(tested.threshold)],
        network=network,
        scores=tested.scores,
        comparisons=tested.comparisons,
        conclusion=conclude(tested.scores[0], tested.comparisons, ", ".join(plan.task.target)),
        threshold=tested.threshold,
        importances=tested.importances,
        learning_curve=tested.learning_curve,
        coverage=tested_coverage(plan, tested),
        training=_training(fitted, diagnosis, seconds),
        remedies=tuple(trials),
        versions=versions(),
    )


def _settings(plan: Plan) -> dict[str, Any]:
    """The settings, and the size of the validation part that was held out."""
    size = validation_size_of(plan.settings, plan.members)
    return {**asdict(plan.settings), "validation_size": size}


def _notes(plan: Plan) -> list[str]:
    note = plan.split.note
    notes = [f"{capitalised(note)}."] if note else []
    if plan.task.missing:
        notes.append(
            translate("{rows:,} rows without a target were dropped.", rows=plan.task.missing)
        )
    return notes


def _threshold_notes(threshold: Threshold | None) -> list[str]:
    if threshold is None or threshold.reached:
        return []
    return [
        translate(
            "On the {rows:,} rows that the training left out, no threshold gives {rule}: the "
            "nearest, {value:.3g}, is used, with a precision of {precision} and a recall of "
            "{recall} there.",
            rows=threshold.rows,
            rule=threshold.rule,
            value=threshold.value,
            precision=score_text(threshold.precision),
            recall=score_text(threshold.recall),
        )
    ]


def _training(fitted: FittedNetwork, diagnosis: Diagnosis, seconds: float) -> dict[str, Any]:
    run = fitted.run
    return {
        "peak_learning_rate": fitted.peak_learning_rate,
        "range_test_warnings": list(fitted.curve.warnings) if fitted.curve else [],
        "members": len(fitted.runs),
        "epochs": max(len(each.epoch) for each in fitted.runs),
        "best_epoch": fitted.best_epoch + 1,
        "best_epochs": [best + 1 for best in fitted.best_epochs],
        "diagnosis": {**asdict(diagnosis), "line": str(diagnosis)},
        "engine": run.engine,
        "engine_reason": run.engine_reason,
        "seconds": round(seconds, 3),
    }


def history_frame(fitted: FittedNetwork) -> pd.DataFrame:
    """One row per epoch: losses, metrics, and the learning rate of the epoch's last step.

    Of several networks, the means of those that were still trained.
    """
    run = max(fitted.runs, key=lambda each: len(each.epoch))
    frame = pd.DataFrame(fitted.history)
    frame.insert(0, "epoch", np.arange(1, len(frame) + 1))
    steps = len(run.learning_rates) // len(run.epoch) * frame["epoch"].to_numpy()
    frame["learning_rate"] = run.learning_rates[np.minimum(steps, len(run.learning_rates)) - 1]
    return frame
