"""The settings of what is predicted, from which columns, and how that is judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from epochal.data.tasks.heads import ALL_HEADS
from epochal.runs import setting_checks as checks
from epochal.runs.setting_field import described, one_of


@dataclass(frozen=True, kw_only=True)
class ColumnSettings:
    """Target, task and columns; `epochal.runs.TrainSettings` documents them."""

    target: tuple[str, ...] = field(
        metadata=described(
            checks.check_target, r"Column to predict, or several: a,b (\, is a comma in a name)."
        )
    )
    task: str | None = field(
        default=None, metadata=described(checks.check_task, f"{one_of(ALL_HEADS)}.")
    )
    positive: Any = field(
        default=None, metadata=described(checks.check_positive, "The positive class of two.")
    )
    metric: str | None = field(
        default=None,
        metadata=described(checks.check_metric, "The headline score, e.g. AUC, F1 or MAE."),
    )
    cost: Mapping[str, float] | None = field(
        default=None,
        metadata=described(checks.check_cost, "Costs of both mistakes, e.g. fp=1,fn=5."),
    )
    min_precision: float | None = field(
        default=None, metadata=described(checks.check_fraction, "Precision to reach, e.g. 0.9.")
    )
    min_recall: float | None = field(
        default=None, metadata=described(checks.check_fraction, "Recall to reach, e.g. 0.9.")
    )
    drop: tuple[str, ...] = field(
        default=(), metadata=described(checks.check_names, "Columns to drop, e.g. a,b.")
    )
    keep: tuple[str, ...] = field(
        default=(), metadata=described(checks.check_names, "Columns never to drop, e.g. a,b.")
    )
    kinds: Mapping[str, str] = field(
        default_factory=dict,
        metadata=described(
            checks.check_kinds,
            "Kinds of columns, e.g. zip=category,age=numeric (boolean, date, text).",
            option="--kind",
        ),
    )
