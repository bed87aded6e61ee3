"""From a task and the shape of a row to a compiled Keras model."""

from collections.abc import Iterable, Iterator, Sequence
from math import prod
from numbers import Integral, Real
from typing import Any

import keras
import numpy as np
from keras import layers

from epochal.data import Head, head_of
from epochal.errors import InputError, suggest
from epochal.models.guidelines import Guideline, guideline_named, hidden_for
from epochal.models.heads import head_layers
from epochal.models.optimizers import make_optimizer

ROWS_WHEN_UNKNOWN = 1000


def network(
    task: str,
    shape: int | Sequence[int],
    *,
    guideline: str = "default",
    hidden: Sequence[int] | None = None,
    rows: int = ROWS_WHEN_UNKNOWN,
    classes: int | None = None,
    outputs: int = 1,
    activation: str | None = None,
    dropout: float | None = None,
    l1: float | None = None,
    l2: float = 0.0,
    loss: str | None = None,
    metrics: Sequence[Any] | None = None,
    optimizer: str | None = None,
    learning_rate: Any = None,
    seed: int | None = None,
) -> keras.Model:
    """Build and compile the network that a guideline names for a task.

    =====================  =========================  =================================
    hyperparameter         ``"default"``              ``"self-normalizing"``
    =====================  =========================  =================================
    kernel initialisation  He                         LeCun
    activation             ELU                        SELU
    normalisation          batch normalisation from   none: on standardised inputs the
                           4 hidden layers on         activations normalise themselves
    regularisation         early stopping, `l2`       alpha dropout (`dropout`)
    optimiser              Nadam                      Nadam
    learning rate          1cycle                     1cycle
    =====================  =========================  =================================

    And the exceptions, which start from the default: ``"sparse"`` has L1 on its hidden kernels,
    ``"low-latency"`` one hidden layer fewer and ReLU, ``"risk-aware"`` dropout for
    `epochal.predict_monte_carlo`.

    Parameters
    ----------
    task : {"binary", "multiclass", "multilabel", "regression", "unit_interval"}
        What is predicted; it decides head, loss and metrics (see `epochal.data.tasks.heads`).
    shape : int or sequence of int
        The shape of one row: the number of features, or (28, 28) for images, which are flattened.
    guideline : {"default", "self-normalizing", "sparse", "low-latency", "risk-aware"}
        Which parts go together; see the tables above.
    hidden : sequence of int, optional
        Units of each hidden layer, from the input on; () is a linear model. None:
        `hidden_sizes(rows, features)`, one layer fewer for low latency.
    rows : int
        Rows of the training table, for the size rule alone.
    classes : int, optional
        Number of classes ("multiclass", at least 2) or of labels ("multilabel"); needed there.
    outputs : int
        Number of values predicted ("regression", "unit_interval").
    activation : str, optional
        Keras' name of the hidden activation in place of the guideline's.
    dropout : float, optional
        Rate in [0, 1) after each hidden layer; alpha dropout where the guideline says so. None:
        the guideline's, 0.2 for "risk-aware" and else 0.
    l1, l2 : float, optional
        Penalties of the hidden kernels: l1 * sum |w| + l2 * sum w**2 is added to the loss (Keras'
        L2, without a factor 1/2). None for `l1`: the guideline's, 1e-4 for "sparse" and else 0.
    loss, metrics : optional
        In place of the task's, by Keras' names.
    optimizer : str, optional
        In place of the guideline's: sgd, momentum, nesterov, adagrad, rmsprop, adam, adamax, nadam.
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, optional
        None: the optimiser's usual one (Nadam 0.001).
    seed : int, optional
        Decides the initial weights and the dropout masks. None: new ones at every call.

    Returns
    -------
    keras.Model
        Compiled; outputs (rows, units).

    Raises
    ------
    InputError
        An unknown name, a number out of its range, `classes` missing where the task needs it.

    References
    ----------
    A. Géron, "Hands-On Machine Learning", 2nd edition, chapter 11, tables 11-3 and 11-4, and the
    exceptions after them.

    Examples
    --------
    >>> from epochal.models import network
    >>> model = network("multiclass", 13, hidden=(50, 50), classes=3, seed=1)
    >>> model.output_shape, model.loss
    ((None, 3), 'sparse_categorical_crossentropy')
    """
    head, rules = head_of(task), guideline_named(guideline)
    shape = _checked_shape(shape)
    units = _units(task, head, {"classes": classes, "outputs": outputs})
    hidden = hidden_for(guideline, rows, prod(shape)) if hidden is None else _checked_hidden(hidden)
    dropout = rules.dropout if dropout is None else dropout
    l1 = rules.l1 if l1 is None else l1
    _check_numbers(dropout, l1=l1, l2=l2)
    dropout, l1, l2 = float(dropout), float(l1), float(l2)  # NumPy's would not go into a file
    penalty = keras.regularizers.L1L2(l1, l2) if l1 or l2 else None
    activation = _known_activation(activation) or rules.activation
    seeds = _seeds(seed, 2 * len(hidden) + 1)

    body = [keras.Input(shape)]
    if len(shape) > 1:
        body.append(layers.Flatten(name="flatten"))
    for number, width in enumerate(hidden, start=1):
        deep = _is_deep(rules, len(hidden))
        body += _hidden_layer(number, width, rules, deep, activation, dropout, penalty, seeds)
    body += head_layers(units, head, next(seeds))
    model = keras.Sequential(body, name="network")
    model.compile(
        make_optimizer(optimizer or rules.optimizer, learning_rate),
        loss or head.loss,
        metrics=list(head.metrics if metrics is None else metrics),
    )
    return model


def _hidden_layer(
    number: int,
    width: int,
    rules: Guideline,
    deep: bool,
    activation: str,
    dropout: float,
    penalty: keras.Regularizer | None,
    seeds: Iterator[int],
) -> list[keras.layers.Layer]:
    """One hidden layer; batch normalisation stands between it and its activation.

    There it can be folded into the layer before it, whose bias it makes superfluous.
    """
    initializer = keras.initializers.get(
        {"class_name": rules.initializer, "config": {"seed": next(seeds)}}
    )
    dense = layers.Dense(
        width,
        None if deep else activation,
        use_bias=not deep,
        kernel_initializer=initializer,
        kernel_regularizer=penalty,
        name=f"hidden_{number}",
    )
    parts = [dense]
    if deep:
        parts.append(layers.BatchNormalization(name=f"normalization_{number}"))
        parts.append(layers.Activation(activation, name=f"activation_{number}"))
    if dropout:
        kind = layers.AlphaDropout if rules.alpha_dropout else layers.Dropout
        parts.append(kind(dropout, seed=next(seeds), name=f"dropout_{number}"))
    return parts


def _is_deep(rules: Guideline, hidden_layers: int) -> bool:
    first = rules.batch_normalization_from
    return first is not None and hidden_layers >= first


def _seeds(seed: int | None, count: int) -> Iterator[int]:
    """Seeds for every random part, all from `seed`; it never depends on what was built before."""
    return iter(np.random.SeedSequence(seed).generate_state(count).tolist())


def _units(task: str, head: Head, given: dict[str, int | None]) -> int:
    if head.counts is None:
        return 1
    units = given[head.counts]
    if not isinstance(units, Integral) or units < head.least:
        raise InputError(
            f"{head.counts} must be a whole number of at least {head.least} for task {task!r}, "
            f"got {units!r}: give the number of units of the head."
        )
    return int(units)


def _checked_shape(shape: int | Sequence[int]) -> tuple[int, ...]:
    sizes = _as_sizes(shape)
    if not sizes or min(sizes) < 1:
        raise InputError(
            f"shape must be the positive sizes of one row, got {shape!r}: "
            "give the number of features, or (height, width) for images."
        )
    return sizes


def _checked_hidden(hidden: Sequence[int]) -> tuple[int, ...]:
    widths = _as_sizes(hidden)
    if widths is None or min(widths, default=1) < 1:
        raise InputError(
            f"hidden must hold the units of each hidden layer, all above 0, got {hidden!r}: "
            "give for example (100, 100)."
        )
    return widths


def _as_sizes(given: Any) -> tuple[int, ...] | None:
    """One whole number or several as a tuple, None for anything else."""
    sizes = tuple(given) if isinstance(given, Iterable) else (given,)
    return tuple(map(int, sizes)) if all(isinstance(size, Integral) for size in sizes) else None


def _check_numbers(dropout: Any, **penalties: Any) -> None:
    if not isinstance(dropout, Real) or not 0 <= float(dropout) < 1:
        raise InputError(
            f"dropout must be a rate in [0, 1), got {dropout!r}: usual rates are 0.1 to 0.5."
        )
    for name, value in penalties.items():
        if not isinstance(value, Real) or not 0 <= float(value) < float("inf"):
            raise InputError(
                f"{name} must be finite and at least 0, got {value!r}: give for example 0.01."
            )


def _known_activation(activation: str | None) -> str | None:
    if activation is None:
        return None
    known = [name for name in dir(keras.activations) if name not in ("get", "serialize")]
    known = [name for name in known if name.islower() and not name.startswith("_")]
    if activation not in known:
        raise InputError(
            f"activation must be one of Keras' names, got {activation!r}."
            f"{suggest(activation, known)}"
        )
    return activation
