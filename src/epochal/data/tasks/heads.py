"""Which head and loss a task asks for.

=================  ==========================  ==========  ================================
task               target                      activation  loss
=================  ==========================  ==========  ================================
``binary``         0 or 1                      sigmoid     binary cross-entropy
``multiclass``     one of 0 .. classes - 1     softmax     sparse categorical cross-entropy
``multilabel``     0 or 1 for each label       sigmoid     binary cross-entropy
``regression``     any number, one or several  linear      mean squared error
``unit_interval``  numbers in [0, 1]           sigmoid     mean squared error
=================  ==========================  ==========  ================================

Values in [0, 1] may be trained with ``loss="binary_crossentropy"`` as well: its gradient does not
vanish where the sigmoid saturates. A one-hot target takes ``loss="categorical_crossentropy"``.
"""

from dataclasses import dataclass

from epochal.errors import InputError, suggest


@dataclass(frozen=True, kw_only=True)
class Head:
    """The last layer of a network and how it is trained.

    Attributes
    ----------
    activation, loss : str
        Keras' names.
    metrics : tuple of str
        Keras' names.
    counts : {"classes", "outputs"} or None
        The argument of `epochal.network` that gives the number of units; None where it is 1.
    least : int
        The smallest number of units.
    """

    activation: str
    loss: str
    metrics: tuple[str, ...]
    counts: str | None
    least: int = 1


_ERRORS = ("root_mean_squared_error", "mae")

ALL_HEADS: dict[str, Head] = {
    "binary": Head(
        activation="sigmoid", loss="binary_crossentropy", metrics=("accuracy",), counts=None
    ),
    "multiclass": Head(
        activation="softmax",
        loss="sparse_categorical_crossentropy",
        metrics=("accuracy",),
        counts="classes",
        least=2,
    ),
    "multilabel": Head(
        activation="sigmoid",
        loss="binary_crossentropy",
        metrics=("binary_accuracy",),
        counts="classes",
    ),
    "regression": Head(
        activation="linear", loss="mean_squared_error", metrics=_ERRORS, counts="outputs"
    ),
    "unit_interval": Head(
        activation="sigmoid", loss="mean_squared_error", metrics=_ERRORS, counts="outputs"
    ),
}


def head_of(task: str) -> Head:
    """The head of a task.

    Parameters
    ----------
    task : str
        One of `ALL_HEADS`.

    Returns
    -------
    Head

    Raises
    ------
    InputError
        An unknown task; the nearest is suggested.

    Examples
    --------
    >>> head_of("binary").loss
    'binary_crossentropy'
    """
    if task not in ALL_HEADS:
        raise InputError(
            f"task must be one of {', '.join(ALL_HEADS)}, got {task!r}.{suggest(task, ALL_HEADS)}"
        )
    return ALL_HEADS[task]
