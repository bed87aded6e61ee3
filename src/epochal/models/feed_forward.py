"""Feed-forward networks: from a task and the shape of a row to a compiled Keras model."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from numbers import Integral, Real
from typing import Any

import keras
import numpy as np
from keras import layers

from epochal.bridge.initial_values import without_compiling
from epochal.checks import check_weights
from epochal.data import Head, head_of
from epochal.errors import InputError, suggest
from epochal.models.distributions import distribution_named
from epochal.models.guidelines import guideline_named, hidden_for
from epochal.models.optimizers import make_optimizer

ROWS_WHEN_UNKNOWN = 1000
"""For the rule of sizes, where the number of rows is not given."""

LOGITS = "head"
"""The name of the last layer before the output's activation."""


@without_compiling()
def network(
    task: str,
    shape: int | Sequence[int],
    *,
    guideline: str = "default",
    hidden: Sequence[int] | None = None,
    rows: int = ROWS_WHEN_UNKNOWN,
    classes: int | None = None,
    outputs: int = 1,
    distribution: str | None = None,
    activation: str | None = None,
    dropout: float | None = None,
    l1: float | None = None,
    input_l1: float = 0.0,
    l2: float = 0.0,
    loss: Any = None,
    metrics: Sequence[Any] | None = None,
    optimizer: str | None = None,
    learning_rate: Any = None,
    weight_decay: float | None = None,
    seed: int | None = None,
) -> keras.Model:
    """Build and compile a feed-forward network for a task by one of Géron's guidelines.

    =====================  =========================  =================================
    hyperparameter         ``"default"``              ``"self-normalizing"``
    =====================  =========================  =================================
    kernel initializer     He                         LeCun
    activation             ELU                        SELU
    normalisation          batch normalisation from   none (self-normalizing on
                           4 hidden layers on         standardised inputs)
    regularization         early stopping, `l2`       alpha dropout (`dropout`)
    optimiser              Nadam                      Nadam
    learning rate          1cycle                     1cycle
    =====================  =========================  =================================

    Three variants of the default: ``"sparse"`` has L1 on its hidden kernels, ``"low-latency"`` one
    hidden layer fewer and ReLU, ``"risk-aware"`` dropout for `epochal.predict_monte_carlo`. And
    ``"tabular"`` is one network of those that `epochal train` averages: Mish, dropout and AdamW.

    Parameters
    ----------
    task : {"binary", "multiclass", "multilabel", "regression", "unit_interval"}
        Decides head, loss and metrics; see `epochal.data.ALL_HEADS`.
    shape : int or sequence of int
        The shape of one row: the number of features, or such as (28, 28) for images, which are
        flattened.
    guideline : {"default", "self-normalizing", "sparse", "low-latency", "risk-aware", "tabular"}
        Initializer, activation, normalisation and optimiser that go together, as above.
    hidden : sequence of int, optional
        Units of each hidden layer, from the input on; () makes a linear model. None takes
        ``hidden_for(guideline, rows, features)``.
    rows : int
        Number of training rows, from which the default of `hidden` follows.
    classes : int, optional
        Number of classes ("multiclass", at least 2) or of labels ("multilabel"); required there.
    outputs : int
        Number of predicted values ("regression", "unit_interval").
    distribution : str, optional
        One of `epochal.models.ALL_DISTRIBUTIONS`: the head and the loss of a "regression".
    activation : str, optional
        Keras' name of the hidden activation. None takes the guideline's.
    dropout : float, optional
        Rate in [0, 1) after each hidden layer; alpha dropout for "self-normalizing". None takes
        the guideline's: 0.2 for "risk-aware", 0 otherwise.
    l1, l2 : float, optional
        Regularization of the hidden kernels: ``l1 * sum(abs(w)) + l2 * sum(w**2)`` is added to the
        loss (Keras' L2, without a factor 1/2). None for `l1` takes the guideline's: 1e-4 for
        "sparse", 0 otherwise.
    input_l1 : float
        The same of the first hidden layer's kernel alone, beside `l1`: inputs that do not help go
        out.
    loss : str or keras.losses.Loss, optional
        Keras' name, or a loss. None takes the task's.
    metrics : sequence of str or keras.metrics.Metric, optional
        None takes the task's.
    optimizer : {"sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamax", "nadam"}
        None takes the guideline's.
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, optional
        None takes the optimiser's default: 0.01 for SGD and Adagrad, 0.001 otherwise.
    weight_decay : float, optional
        At least 0: a step takes ``learning_rate * weight_decay * w`` off each weight ``w``. None
        takes the optimiser's: 0.01 for AdamW ("tabular"), 0 otherwise.
    seed : int, optional
        Decides the initial weights and the dropout masks. None takes new ones at each call.

    Returns
    -------
    keras.Model
        Compiled, with outputs of shape (rows, units).

    Raises
    ------
    InputError
        An unknown name, a number out of its range, or `classes` missing where it is required.

    References
    ----------
    A. Géron, "Hands-On Machine Learning with Scikit-Learn, Keras, and TensorFlow", 2nd edition,
    2019, chapter 11, tables 11-3 and 11-4, and the exceptions listed after them.

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
    _check_numbers(dropout, l1=l1, input_l1=input_l1, l2=l2, weight_decay=weight_decay or 0.0)
    dropout, l1, l2 = float(dropout), float(l1), float(l2)  # NumPy's cannot be saved
    penalties = [_penalty(l1, l2)] * len(hidden)
    penalties[:1] = [_penalty(l1 + float(input_l1), l2)]
    first_normalized = rules.batch_normalization_from
    parts = _HiddenParts(
        initializer=rules.initializer,
        activation=_known_activation(activation) or rules.activation,
        normalized=first_normalized is not None and len(hidden) >= first_normalized,
        dropout=dropout,
        alpha_dropout=rules.alpha_dropout,
    )
    seeds = _seeds(seed, 2 * len(hidden) + 1)

    body = [keras.Input(shape)]
    if len(shape) > 1:
        body.append(layers.Flatten(name="flatten"))
    for number, width in enumerate(hidden, start=1):
        body += _hidden_layer(number, width, parts, penalties[number - 1], seeds)
    if distribution is not None:
        predicted = distribution_named(distribution, task)
        loss, metrics = loss or predicted.loss(), metrics or ()
        initializer = keras.initializers.GlorotUniform(seed=next(seeds))
        body.append(predicted.head(units, kernel_initializer=initializer, name=LOGITS))
    else:
        body += head_layers(units, head, next(seeds))
    model = keras.Sequential(body, name="network")
    model.compile(
        make_optimizer(optimizer or rules.optimizer, learning_rate, weight_decay),
        loss or head.loss,
        metrics=list(head.metrics if metrics is None else metrics),
    )
    return model


@dataclass(frozen=True, kw_only=True)
class _HiddenParts:
    """What all hidden layers of a network have in common."""

    initializer: str
    activation: str
    normalized: bool
    dropout: float
    alpha_dropout: bool


def _penalty(l1: float, l2: float) -> keras.Regularizer | None:
    return keras.regularizers.L1L2(l1, l2) if l1 or l2 else None


def _hidden_layer(
    number: int,
    width: int,
    parts: _HiddenParts,
    penalty: keras.Regularizer | None,
    seeds: Iterator[int],
) -> list[keras.layers.Layer]:
    """One hidden layer; batch normalisation comes between it and its activation.

    There it can be folded into the layer before it, whose bias it makes superfluous.
    """
    initializer = keras.initializers.get(
        {"class_name": parts.initializer, "config": {"seed": next(seeds)}}
    )
    dense = layers.Dense(
        width,
        None if parts.normalized else parts.activation,
        use_bias=not parts.normalized,
        kernel_initializer=initializer,
        kernel_regularizer=penalty,
        name=f"hidden_{number}",
    )
    made = [dense]
    if parts.normalized:
        made.append(layers.BatchNormalization(name=f"normalization_{number}"))
        made.append(layers.Activation(parts.activation, name=f"activation_{number}"))
    if parts.dropout:
        kind = layers.AlphaDropout if parts.alpha_dropout else layers.Dropout
        made.append(kind(parts.dropout, seed=next(seeds), name=f"dropout_{number}"))
    return made


def head_layers(units: int, head: Head, seed: int | None) -> list[keras.layers.Layer]:
    """The last layers for a task: the logits, and their activation as a layer of its own."""
    initializer = keras.initializers.GlorotUniform(seed=seed)
    parts = [layers.Dense(units, kernel_initializer=initializer, name=LOGITS)]
    if head.activation != "linear":
        parts.append(layers.Activation(head.activation, name="probabilities"))
    return parts


def _seeds(seed: int | None, count: int) -> Iterator[int]:
    """Seeds for each random part, from `seed` alone, whatever was built before."""
    return iter(np.random.SeedSequence(seed).generate_state(count).tolist())


def _units(task: str, head: Head, given: dict[str, int | None]) -> int:
    if head.counts is None:
        return 1
    units = given[head.counts]
    if not isinstance(units, Integral) or units < head.least:
        raise InputError(
            f"{head.counts} must be a whole number of at least {head.least} for task {task!r}, "
            f"got {units!r}: give the number of outputs."
        )
    return int(units)


def _checked_shape(shape: int | Sequence[int]) -> tuple[int, ...]:
    sizes = _as_sizes(shape)
    if not sizes or min(sizes) < 1:
        raise InputError(
            f"shape must be the shape of one row, got {shape!r}: give the number of features, or "
            "(height, width) for images."
        )
    return sizes


def _checked_hidden(hidden: Sequence[int]) -> tuple[int, ...]:
    widths = _as_sizes(hidden)
    if widths is None or min(widths, default=1) < 1:
        raise InputError(
            f"hidden must be the units of each hidden layer, all above 0, got {hidden!r}: give "
            "for example (100, 100)."
        )
    check_weights("hidden", widths)
    return widths


def _as_sizes(given: Any) -> tuple[int, ...] | None:
    """One or several whole numbers as a tuple; None for anything else."""
    sizes = tuple(given) if isinstance(given, Iterable) else (given,)
    return tuple(map(int, sizes)) if all(isinstance(size, Integral) for size in sizes) else None


def _check_numbers(dropout: Any, **penalties: Any) -> None:
    if not isinstance(dropout, Real) or not 0 <= float(dropout) < 1:
        raise InputError(
            f"dropout must be at least 0 and below 1, got {dropout!r}: give for example 0.2."
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
            f"activation must be a name that Keras knows, got {activation!r}."
            f"{suggest(activation, known)}"
        )
    return activation
