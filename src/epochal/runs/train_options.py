"""The settings of a training run as a caller may write them."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict


class TrainOptions(TypedDict, total=False):
    """The settings as a caller may write them: more types than the checked ones have."""

    task: str | None
    positive: Any
    metric: str | None
    cost: Mapping[str, float | str] | None
    min_precision: float | None
    min_recall: float | None
    drop: str | Sequence[str]
    keep: str | Sequence[str]
    kinds: Mapping[str, str] | None
    network: str
    hidden: Sequence[int] | None
    distribution: str | None
    members: int | None
    epochs: int | None
    batch_size: int | None
    time: float | str | None
    tune: float | str | None
    learning_rate: float | None
    dropout: float | None
    l2: float | None
    weight_decay: float | None
    patience: int | None
    validation_size: float | None
    class_weight: str | None
    oversample: bool
    try_remedies: bool
    group: str | None
    group_duplicates: bool
    time_column: str | None
    gap: float | str | None
    cv: str | int | Sequence[int] | None
    learning_curve: bool
    seed: int
    sheet: str | None
    test_size: float
