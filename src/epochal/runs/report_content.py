"""From a finished run to the content of its report."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from epochal.data.tasks.columns import probabilities
from epochal.models.guidelines import guideline_named
from epochal.report import (
    ClassOutcome,
    DistributionOutcome,
    LabelOutcome,
    RangeTest,
    ReportContent,
    ValueOutcome,
)
from epochal.runs.command import keep_option
from epochal.runs.explanation_content import explanation_content
from epochal.runs.network_description import alternatives, rates_text
from epochal.runs.plan import Plan
from epochal.runs.storage.record import RunRecord
from epochal.runs.testing import TestResult
from epochal.runs.threshold_rules import costs_of
from epochal.translation import translatable, translate
from epochal.tuning.guided_fit import FittedNetwork

INTERVALS = {
    False: translatable("95% bootstrap confidence intervals"),
    True: translatable(
        "95% confidence intervals for repeated training and testing (Nadeau and Bengio)"
    ),
}
"""How the scores' intervals were made, by whether there was cross-validation."""

TASK_WORDS = {
    "binary": translatable("Two classes"),
    "multiclass": translatable("Classes"),
    "multilabel": translatable("Several labels"),
    "regression": translatable("Regression"),
    "unit_interval": translatable("Regression between 0 and 1"),
}

_SETTINGS = (
    translatable("network"),
    translatable("members"),
    translatable("epochs"),
    translatable("batch size"),
    translatable("patience"),
    translatable("hidden"),
    translatable("dropout"),
    translatable("L2"),
    translatable("L1 of the inputs"),
    translatable("peak learning rate"),
    translatable("seed"),
    translatable("test size"),
    translatable("validation size"),
    translatable("distribution"),
    translatable("weight decay"),
    translatable("class weight"),
    translatable("oversample"),
)
"""What a reader calls the settings that the page lists: the names that `_settings` makes."""


def report_content(
    plan: Plan, record: RunRecord, fitted: FittedNetwork, tested: TestResult
) -> ReportContent:
    """Gather the content of the page."""
    return ReportContent(
        target=", ".join(plan.task.target),
        source=plan.name,
        task=translate(TASK_WORDS[plan.task.kind]),
        interrupted=fitted.interrupted,
        scores=tested.scores,
        conclusion=record.conclusion,
        history=fitted.history,
        # Of several networks, and where it is taken off the losses already, there is none to draw.
        penalty=fitted.run.penalty if len(fitted.runs) == 1 and fitted.loss == "loss" else None,
        diagnosis=record.training["diagnosis"]["line"],
        best_epoch=fitted.best_epoch,
        members=len(fitted.runs),
        learning_rates=fitted.run.learning_rates,
        range_test=_range_test(fitted),
        outcome=_outcome(plan, record, tested),
        columns=plan.columns,
        leaks=plan.leaks,
        keep_options=tuple(keep_option(leak.name) for leak in plan.leaks),
        duplicates=plan.duplicates.test,
        split_warnings=tuple((each.sentence, each.option) for each in plan.warnings),
        rows=plan.rows,
        tested=translate("{count:,} {rows}", count=len(tested.frame), rows=plan.tested),
        intervals=translate(INTERVALS[plan.settings.cv is not None]),
        network=record.network,
        command=record.command,
        settings=_settings(record),
        versions=record.versions,
        fingerprint=record.fingerprint,
        created=record.created.replace("T", " ").replace("+00:00", " UTC"),
        notes=tuple(record.notes),
        trials=record.remedies,
        numeric_encoding=guideline_named(plan.settings.network).numeric_encoding,
        # The loss of a distribution is a score of it.
        target_deviations=plan.task.kind == "regression" and not plan.settings.distribution,
        explanation=explanation_content(plan, tested),
        coverage=record.coverage,
        distributions=_distributions(plan, tested),
    )


def _range_test(fitted: FittedNetwork) -> RangeTest | None:
    curve = fitted.curve
    if curve is None:
        return None
    return RangeTest(
        learning_rates=curve.learning_rates,
        losses=curve.smoothed,
        suggestion=curve.suggestion or fitted.peak_learning_rate,
        peak=fitted.peak_learning_rate,
    )


def _outcome(
    plan: Plan, record: RunRecord, tested: TestResult
) -> ClassOutcome | LabelOutcome | ValueOutcome:
    task, truth, outputs = plan.task, tested.truth, tested.outputs
    if task.kind in ("binary", "multiclass"):
        return ClassOutcome(
            classes=tuple(map(str, task.classes)),
            truth=truth.reshape(-1).astype(int),
            probabilities=probabilities(task, outputs),
            threshold=record.decision_threshold,
            costs=costs_of(plan.settings),
        )
    if task.kind == "multilabel":
        return LabelOutcome(labels=task.target, truth=truth, probabilities=outputs)
    return ValueOutcome(names=task.target, truth=truth, predicted=outputs)


def _distributions(plan: Plan, tested: TestResult) -> tuple[DistributionOutcome, ...]:
    found = tested.distributions
    if found is None:
        return ()
    columns = zip(plan.task.target, found.levels.T, found.deviations.T, tested.truth.T, strict=True)
    return tuple(
        DistributionOutcome(
            name=name, levels=levels, deviations=deviations, scatter=float(np.std(truth))
        )
        for name, levels, deviations, truth in columns
    )


def _settings(record: RunRecord) -> dict[str, str]:
    asked: Mapping[str, Any] = record.settings
    decided = {
        **_decided(record.recipe),
        "peak_learning_rate": rates_text(record.recipe, record.training["peak_learning_rate"]),
    }
    named = {"network": asked["network"], **decided, "seed": asked["seed"]}
    named |= {"test_size": asked["test_size"], "validation_size": asked["validation_size"]}
    given = ("distribution", "weight_decay", "class_weight", "oversample")
    named |= {name: asked[name] for name in given if asked[name] not in (None, False)}
    return {translate(name.replace("_", " ")): _shown(value) for name, value in named.items()}


def _decided(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe, with what its variants differ in side by side."""
    variants = recipe["variants"]
    shown = {
        "hidden": alternatives(
            [", ".join(map(str, one["hidden"])) or translate("none") for one in variants]
        ),
        "dropout": alternatives([f"{one['dropout']:g}" for one in variants]),
        "L2": alternatives([f"{one['l2']:g}" for one in variants]),
        "L1 of the inputs": alternatives([f"{one['l1']:g}" for one in variants]),
    }
    return {name: value for name, value in recipe.items() if name != "variants"} | shown


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or translate("none")
    return f"{value:.4g}" if isinstance(value, float) else str(value)
