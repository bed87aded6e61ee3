"""Whether a distribution of a target can be predicted, read before Keras is imported."""

import pandas as pd
from numpy.typing import NDArray

from epochal.data import Task, encode_target
from epochal.data.tables.parsing import parse_numbers
from epochal.models.distribution_names import check_counts, check_distribution, predicts_counts
from epochal.runs.settings import TrainSettings
from epochal.translation import translatable, translate


def asked_task(settings: TrainSettings, target: pd.DataFrame) -> str | None:
    """The task that is given; else that of the numbers of which a distribution is asked for.

    None leaves it to the target, as where that holds no numbers.
    """
    if settings.task is not None or settings.distribution is None:
        return settings.task
    numbers = all(parse_numbers(target[name].dropna()).notna().all() for name in target)
    return "regression" if numbers else None


def distribution_words(distribution: str | None) -> str:
    """What is predicted of each row, in a sentence; "" where it is a number alone."""
    if distribution is None:
        return ""
    return translate(
        "Of each row {distribution} is predicted; the prediction is its mean.",
        distribution=translate(_WORDS[distribution]),
    )


_WORDS = {
    "gaussian": translatable("a normal distribution"),
    "student-t": translatable("a Student's t distribution"),
    "quantiles": translatable("a distribution by its quantiles"),
    "mixture": translatable("a mixture of normal distributions"),
    "poisson": translatable("a Poisson distribution"),
    "negative-binomial": translatable("a negative binomial distribution"),
}


def check_distribution_of(task: Task, settings: TrainSettings, known: pd.DataFrame) -> None:
    """Refuse a distribution that the target cannot have; `known` are the rows with a target.

    Raises
    ------
    InputError
        The task is no "regression", or the distribution is one of counts and the target is none.
    """
    if settings.distribution is None:
        return
    check_distribution(settings.distribution, task.kind)
    check_counts_of(task, settings.distribution, encode_target(task, known[list(task.target)]))


def check_counts_of(task: Task, distribution: str | None, y: NDArray) -> None:
    """Refuse encoded targets that are no counts, where the distribution is one of such."""
    if not predicts_counts(distribution):
        return
    for values, name in zip(y.reshape(len(y), -1).T, task.target, strict=True):
        check_counts(values, f"The target {name!r}", distribution)
