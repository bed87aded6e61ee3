"""Feed-forward chains drawn by hypothesis, trained by Keras and natively, in two precisions.

In float64 nothing but a wrong formula can part the two. In float32 roundings do: how far is
measured on the problem itself, as the distance between float64 fits whose first weights differ by
such roundings.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple
from unittest.mock import patch

import jax
import keras
import numpy as np
from hypothesis import strategies as st
from keras import layers, optimizers
from keras.src.backend.common import dtypes

import epochal
from epochal.bridge.state import read_state, state_indices
from epochal.engine.graph import Graph, Metric
from epochal.engine.native.program import describe
from epochal.lowering.activations import ELEMENTWISE
from epochal.lowering.model import lower_model
from epochal.models.distribution_names import predicts_counts
from epochal.models.distributions import ALL_DISTRIBUTIONS, DistributionScore
from tests.engines import extension as native
from tests.training.parity import labels, numbers

ROWS = 60
STEPS = 200
TO_FLOAT32, TO_FLOAT64 = 2.0**-24, 2.0**-53  # how far a rounding goes, beside the number
X, CLASSES = numbers(ROWS, 6), labels(ROWS, 3)
WEIGHTS = np.random.default_rng(1).uniform(0.2, 2.0, ROWS).astype(np.float32)
ONE_HOT = np.eye(3, dtype=np.float32)[CLASSES]
TARGETS = numbers(ROWS, 3, seed=5)
COUNTS = np.floor(np.abs(TARGETS) * 3)

ACTIVATIONS = [name for function in ELEMENTWISE if (name := function.__name__) != "threshold"]
OPTIMIZERS: list[Any] = [
    lambda **k: optimizers.SGD(0.02, **k),
    lambda **k: optimizers.SGD(0.01, momentum=0.9, **k),
    lambda **k: optimizers.SGD(0.01, momentum=0.9, nesterov=True, **k),
    lambda **k: optimizers.Adam(0.002, **k),
    lambda **k: optimizers.Adam(0.002, amsgrad=True, **k),
    lambda **k: optimizers.AdamW(0.002, **k),
    lambda **k: optimizers.Nadam(0.002, **k),
    lambda **k: optimizers.Adamax(0.002, **k),
    lambda **k: optimizers.RMSprop(0.001, **k),
    lambda **k: optimizers.RMSprop(0.001, momentum=0.5, centered=True, **k),
    lambda **k: optimizers.Adagrad(0.01, initial_accumulator_value=0.125, **k),  # exact in float32
]
LIMITS: list[dict[str, float]] = [
    {},
    {"clipvalue": 0.02},
    {"clipnorm": 0.1},
    {"global_clipnorm": 0.2},
    {"weight_decay": 0.01},
]
OPTIONS: list[dict[str, Any]] = [
    {},
    {},
    {"gradient_accumulation_steps": 3},
    {"use_ema": True, "ema_momentum": 0.9},
    {"use_ema": True, "ema_momentum": 0.95, "ema_overwrite_frequency": 7},
    {"use_ema": True, "ema_overwrite_frequency": 5, "gradient_accumulation_steps": 2},
]
PENALTIES = [
    None,
    keras.regularizers.L2(0.01),
    keras.regularizers.L1(0.001),
    keras.regularizers.L1L2(0.001, 0.01),
]
CONSTRAINTS = [
    None,
    keras.constraints.MaxNorm(0.8),
    keras.constraints.NonNeg(),
    keras.constraints.UnitNorm(),
]
NORMALIZATIONS: list[Any] = [
    None,
    None,
    layers.LayerNormalization,
    layers.BatchNormalization,
    layers.RMSNormalization,
]
# What may stand behind an activation. Its numbers are the same in float32 and float64.
EXTRAS: list[Any] = [
    None,
    None,
    lambda: layers.PReLU(keras.initializers.Constant(0.25), keras.regularizers.L2(0.01)),
    lambda: layers.Rescaling(0.5, -0.25),
    lambda: layers.Normalization(axis=None, mean=0.25, variance=4.0),
    lambda: layers.UnitNormalization(),
    lambda: layers.Softmax(),
]
# How what a hidden layer gives meets what it takes, where the widths let it.
MERGES: list[Any] = [None, None, layers.Add, layers.Concatenate, layers.Multiply]
# The end of the net (an activation, or a head for distributions), its loss, a metric, and the
# targets: each made anew for every model.
HEADS: list[tuple[Any, Any, Any, np.ndarray]] = [
    ("softmax", lambda: "sparse_categorical_crossentropy", lambda: "accuracy", CLASSES),
    (
        None,
        lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        lambda: "accuracy",
        CLASSES,
    ),
    (
        "softmax",
        lambda: keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        lambda: "accuracy",
        ONE_HOT,
    ),
    (
        "sigmoid",
        lambda: keras.losses.BinaryCrossentropy(label_smoothing=0.1),
        lambda: "accuracy",
        ONE_HOT,
    ),
    (None, lambda: keras.losses.BinaryCrossentropy(from_logits=True), lambda: "mae", ONE_HOT),
    (None, lambda: "mse", lambda: "mae", TARGETS),
    ("sigmoid", lambda: "mae", lambda: keras.metrics.MeanSquaredError(), ONE_HOT),
    (None, lambda: keras.losses.Huber(0.5), lambda: keras.metrics.MeanAbsoluteError(), TARGETS),
    (None, lambda: "log_cosh", lambda: "mse", TARGETS),
    ("softmax", lambda: "mse", lambda: "mae", ONE_HOT),
    *(
        (
            each.head,
            each.loss,
            partial(DistributionScore, name),
            COUNTS if predicts_counts(name) else TARGETS,
        )
        for name, each in ALL_DISTRIBUTIONS.items()
    ),
]


class Trained(NamedTuple):
    """What a fit of a problem came to: the logs of each epoch by name, and the weights."""

    history: dict[str, np.ndarray]
    weights: list[np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Hidden:
    """A Dense layer and what stands around it."""

    activation: str
    units: int
    normalization: Any
    penalty: Any
    constraint: Any
    frozen: bool
    activity: Any
    extra: Any = None
    merge: Any = None

    def applied(self, value: Any) -> Any:
        """These layers on `value`, (rows, width)."""
        given = value
        for layer in self.layers():
            value = layer(value)
        if self.merge is None or (
            self.merge is not layers.Concatenate and given.shape != value.shape
        ):
            return value
        return self.merge()([given, value])

    def layers(self) -> list[Any]:
        # Of three numbers, the deviation comes near zero and enlarges every rounding. The
        # gradient of a bias before a normalisation is zero but for roundings.
        normalization = self.normalization if self.units > 3 else None
        dense = layers.Dense(
            self.units,
            kernel_regularizer=self.penalty,
            kernel_constraint=self.constraint,
            use_bias=normalization is None,
            activity_regularizer=self.activity,
        )
        dense.trainable = not self.frozen
        between = [normalization()] if normalization else []
        behind = [self.extra()] if self.extra else []
        return [dense, *between, layers.Activation(self.activation), *behind]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A chain with its loss, optimiser and batches, and the data that it is trained on."""

    head: int
    optimizer: int
    limits: dict[str, float]
    hidden: tuple[Hidden, ...]
    weighted: bool
    batch: int
    options: dict[str, Any] = field(default_factory=dict)  # of the optimiser
    front: Callable[[], list[Any]] = lambda: [layers.Flatten()]  # of the rows, (3, 2)

    @property
    def targets(self) -> np.ndarray:
        return HEADS[self.head][3]

    @property
    def epochs(self) -> int:
        """Enough of them for `STEPS` steps."""
        return -(-STEPS // -(-ROWS // self.batch))

    def begun(self, value: Any) -> Any:
        """What stands before the hidden layers."""
        for layer in self.front():
            value = layer(value)
        return value

    def model(self) -> keras.Model:
        """With the same weights every time."""
        keras.utils.set_random_seed(7)
        end, loss, metric, _ = HEADS[self.head]
        x = keras.Input((3, 2))
        value = self.begun(x)
        for hidden in self.hidden:
            value = hidden.applied(value)
        last = end(3) if isinstance(end, type) else layers.Dense(3, end)
        model = keras.Model(x, last(value))
        model.compile(
            OPTIMIZERS[self.optimizer](**self.limits, **self.options),
            loss(),
            **{"weighted_metrics" if self.weighted else "metrics": [metric()]},
        )
        return model


def problems() -> st.SearchStrategy[Problem]:
    hidden = st.builds(
        Hidden,
        activation=st.sampled_from(ACTIVATIONS),
        units=st.sampled_from([3, 20, 70]),
        normalization=st.sampled_from(NORMALIZATIONS),
        penalty=st.sampled_from(PENALTIES),
        constraint=st.sampled_from(CONSTRAINTS),
        frozen=st.sampled_from([False, False, True]),
        extra=st.sampled_from(EXTRAS),
        merge=st.sampled_from(MERGES),
        activity=st.sampled_from([None, None, None, *PENALTIES[1:]]),
    )
    return st.builds(
        Problem,
        head=st.integers(0, len(HEADS) - 1),
        optimizer=st.integers(0, len(OPTIMIZERS) - 1),
        limits=st.sampled_from(LIMITS),
        hidden=st.lists(hidden, min_size=1, max_size=3).map(tuple),
        weighted=st.booleans(),
        batch=st.sampled_from([7, 12, 60]),
        options=st.sampled_from(OPTIONS),
    )


def by_keras(problem: Problem, dtype: str = "float32") -> Trained:
    """`model.fit`."""
    model = problem.model()
    start = model.get_weights()
    if dtype == "float32":
        return _fitted(problem, model, model.fit, np.float32)
    with in_float64():
        rate = float(model.optimizer.learning_rate)
        model = problem.model()
        model.set_weights(start)
        model.optimizer.learning_rate = rate  # as float32 has it
        return _fitted(problem, model, model.fit, np.float64)


def by_native(problem: Problem) -> Trained:
    """`epochal.fit`, natively."""
    model = problem.model()
    return _fitted(problem, model, epochal.fit, np.float32, model=model, engine="native")


def _fitted(problem: Problem, trained: keras.Model, fit: Any, dtype: Any, **given: Any) -> Trained:
    targets = problem.targets
    run = fit(
        x=X.reshape(ROWS, 3, 2).astype(dtype),
        y=targets if targets is CLASSES else targets.astype(dtype),
        sample_weight=WEIGHTS.astype(dtype) if problem.weighted else None,
        batch_size=problem.batch,
        epochs=problem.epochs,
        shuffle=False,
        verbose=0,
        **given,
    )
    history = {name: np.asarray(values) for name, values in run.history.items()}
    return Trained(history, trained.get_weights())


@contextmanager
def in_float64() -> Iterator[None]:
    """Keras computes in float64 inside this, its means too (else they are taken in float32)."""
    wide = patch.dict(dtypes.BIT64_TO_BIT32_DTYPE, {"float64": "float64"})
    with jax.enable_x64(True), wide:
        keras.config.set_floatx("float64")
        keras.config.set_dtype_policy("float64")
        try:
            yield
        finally:
            keras.config.set_floatx("float32")
            keras.config.set_dtype_policy("float32")


def by_native_in_float64(
    problem: Problem, *, moved: int | None = None, rounding: float = TO_FLOAT32
) -> Trained:
    """The native engine's kernels, compiled for float64.

    With the seed `moved`, the first weights are changed by a `rounding` each.
    """
    model = problem.model()
    model._symbolic_build(
        data_batch=(
            X[:1].reshape(1, 3, 2),
            problem.targets[:1],
            WEIGHTS[:1] if problem.weighted else None,
        )
    )
    chain, state = lower_model(model, "train"), read_state(model)
    assert isinstance(chain, Graph), chain
    network = native.Network64(describe(chain), 1)
    random = np.random.default_rng(moved)
    shake = 0.0 if moved is None else rounding
    for number, parameter in enumerate(chain.parameters):
        shape = parameter.rows, parameter.columns
        group, at = parameter.state_index
        values = np.array(getattr(state, group)[at], np.float64).reshape(shape)
        values *= 1 + shake * random.choice([-1, 1], shape)
        network.load(number, -1, values)
        for slot, at in parameter.kept:
            network.load(number, slot, np.array(state.optimizer[at], np.float64).reshape(shape))
    network.u_product = 1.0
    history = _epochs_in_float64(problem, chain, network, float(model.optimizer.learning_rate))
    numbers = {parameter.state_index: at for at, parameter in enumerate(chain.parameters)}
    places = state_indices(model)
    weights = []
    for variable in model.weights:
        number = numbers[places[id(variable)]]
        parameter = chain.parameters[number]
        values = np.empty((parameter.rows, parameter.columns))
        averages = {at: slot for slot, at in parameter.kept}.get(parameter.average, -1)
        network.store(number, averages, values)  # which become the weights in the end
        weights.append(values.reshape(variable.shape))
    return Trained(history, weights)


def _epochs_in_float64(
    problem: Problem, chain: Graph, network: Any, rate: float
) -> dict[str, np.ndarray]:
    labels = chain.loss.loss == "sparse_categorical"
    x, y = X.astype(np.float64), problem.targets.astype(np.int32 if labels else np.float64)
    weights = WEIGHTS.astype(np.float64) if problem.weighted else None
    rows, full = np.arange(ROWS, dtype=np.int32), ROWS // problem.batch * problem.batch
    parts = [rows[:full].reshape(-1, problem.batch), rows[None, full:]]
    means = []
    for _ in range(problem.epochs):
        network.totals = [[0.0, 0.0] for _ in chain.metrics]
        for order in parts:
            steps = len(order) if order.size else 0
            if steps:
                rates, losses = np.full(steps, rate, np.float32), np.empty(steps, np.float32)
                network.train([x], y, weights, order, rates, 0, steps, losses)
        means.append([total / count for total, count in network.totals])
    return {
        metric.name: np.array([epoch[at] for epoch in means])
        for at, metric in enumerate(chain.metrics)
        if isinstance(metric, Metric)
    }


def shaken(problem: Problem, truth: Trained, rounding: float = TO_FLOAT32, fits: int = 4) -> float:
    """How far from `truth`, in float64, roundings of the first weights alone lead the fit."""
    moved = (by_native_in_float64(problem, moved=seed, rounding=rounding) for seed in range(fits))
    return max(distance(fit, truth) for fit in moved)


def distance(one: Trained, other: Trained) -> float:
    """The largest difference between losses, metrics but accuracies, and weights, beside 1 or more.

    A row on the border of two classes may fall to either side: accuracies jump.
    """
    names = [name for name in other.history if "accuracy" not in name]
    ours = [*(one.history[name] for name in names), *one.weights]
    theirs = [*(other.history[name] for name in names), *other.weights]
    return max(
        float(np.max(np.abs(a - b) / np.maximum(np.abs(b), 1), initial=0.0))
        for a, b in zip(ours, theirs, strict=True)
    )
