"""What the threshold of a run is chosen for, which is read before Keras is imported."""

from epochal.data import Task
from epochal.errors import InputError
from epochal.runs.settings import TrainSettings
from epochal.scoring.threshold import ThresholdRule


def threshold_rule(task: Task, settings: TrainSettings) -> ThresholdRule | None:
    """What the threshold of a run is chosen for; None for the more probable class.

    Raises
    ------
    InputError
        The target has not two classes, and a rule is given.

    Examples
    --------
    >>> import pandas as pd
    >>> from epochal.data import infer_task
    >>> task = infer_task(pd.Series(["no", "yes"] * 10, name="y"))
    >>> print(threshold_rule(task, TrainSettings(target=("y",), min_recall=0.9)))
    a recall of at least 0.9
    """
    rules = ("cost", "min_precision", "min_recall")
    given = [name for name in rules if getattr(settings, name) is not None]
    if not given:
        return None
    if task.kind != "binary":
        raise InputError(
            f"{given[0]} must be left out for a target without two classes, got the task "
            f"{task.kind!r}: leave it out."
        )
    return ThresholdRule(
        cost=costs_of(settings),
        min_precision=settings.min_precision,
        min_recall=settings.min_recall,
    )


def costs_of(settings: TrainSettings) -> tuple[float, float] | None:
    """The costs of a false positive and of a false negative."""
    return (settings.cost["fp"], settings.cost["fn"]) if settings.cost else None
