"""Whether the classes of a target can be made to count alike, read before Keras is imported."""

from epochal.data import Task
from epochal.errors import InputError
from epochal.runs.settings import TrainSettings


def check_balance(task: Task, settings: TrainSettings) -> None:
    """Refuse to balance the classes of a target that has none.

    Raises
    ------
    InputError
        The target has no classes, and class weights or oversampling are asked for.
    """
    if task.kind in ("binary", "multiclass"):
        return
    for name in ("class_weight", "oversample"):
        if getattr(settings, name):
            raise InputError(
                f"{name} must be left out for a target without classes, got the task "
                f"{task.kind!r}: leave it out."
            )
