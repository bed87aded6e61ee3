"""The loss and the metrics of a compiled Keras model as specs of the `native` engine."""

from typing import Any

import keras

from epochal.compat._keras import built_metrics, compiled_loss, function_and_arguments, loss_tracker
from epochal.engine.graph import HostMetric, Likelihood, LossSpec, Metric, StateIndex
from epochal.engine.interpreter import run_with_numpy
from epochal.lowering.heads import LIKELIHOODS, likelihood_of
from epochal.lowering.unsupported import Unsupported

_losses, _metrics = keras.losses, keras.metrics
_LOSSES: dict[Any, str] = {
    _losses.sparse_categorical_crossentropy: "sparse_categorical",
    _losses.SparseCategoricalCrossentropy: "sparse_categorical",
    _losses.categorical_crossentropy: "categorical",
    _losses.CategoricalCrossentropy: "categorical",
    _losses.binary_crossentropy: "binary",
    _losses.BinaryCrossentropy: "binary",
    _losses.mean_squared_error: "mse",
    _losses.MeanSquaredError: "mse",
    _losses.mean_absolute_error: "mae",
    _losses.MeanAbsoluteError: "mae",
    _losses.huber: "huber",
    _losses.Huber: "huber",
    _losses.log_cosh: "log_cosh",
    _losses.LogCosh: "log_cosh",
    **dict.fromkeys(LIKELIHOODS, "likelihood"),
}
_LINKS = {"sparse_categorical": "softmax", "categorical": "softmax", "binary": "sigmoid"}
_MEASURES: dict[Any, str] = {
    _metrics.SparseCategoricalAccuracy: "sparse_accuracy",
    _metrics.CategoricalAccuracy: "accuracy",
    _metrics.BinaryAccuracy: "binary_accuracy",
    _metrics.SparseCategoricalCrossentropy: "sparse_categorical_crossentropy",
    _metrics.CategoricalCrossentropy: "categorical_crossentropy",
    _metrics.BinaryCrossentropy: "binary_crossentropy",
    _metrics.MeanSquaredError: "mse",
    _metrics.MeanAbsoluteError: "mae",
}
_OF_LABELS = {"sparse_accuracy", "sparse_categorical_crossentropy"}
# What a metric may be given without being another one for the engine.
_PLAIN = {"from_logits": False, "label_smoothing": 0, "axis": -1, "ignore_class": None}
_EPSILON = 1e-7  # cross-entropies keep probabilities so far from 0 and 1
_FUNCTIONS: dict[Any, str] = {
    _metrics.mean_squared_error: "mse",
    _metrics.mean_absolute_error: "mae",
}


def lower_loss(model: keras.Model, end: str) -> LossSpec:
    """The loss of a model that ends in `end`: "softmax", "sigmoid" or "none" of them."""
    given, loss_weights = compiled_loss(model)
    if isinstance(given, str):
        given = _losses.get(given) if given.lower() not in ("crossentropy", "ce") else None
    key = type(given) if isinstance(given, list | dict | _losses.Loss) else given
    if key not in _LOSSES or loss_weights is not None:
        raise Unsupported(f"loss {_name(given)}")
    name, options = _LOSSES[key], function_and_arguments(given)[1]
    _check_options(given, options)
    link, from_logits = _LINKS.get(name, "none"), bool(options.get("from_logits", False))
    if link != "none" and from_logits == (end == link):
        wanted = "logits" if from_logits else f"the probabilities of a {link}"
        raise Unsupported(f"loss {_name(given)}, which takes {wanted}, on another output")
    likelihood = likelihood_of(given, model.output_shape)
    if (name == "likelihood") != (likelihood is not None):
        wanted = "the parameters of its distribution"
        raise Unsupported(f"loss {_name(given)}, which takes {wanted}, on another output")
    return LossSpec(
        loss=name,
        link=link,
        linked_outputs=not from_logits,
        delta=float(options.get("delta", 1.0)),
        smoothing=float(options.get("label_smoothing", 0.0)),
        mean=getattr(given, "reduction", "mean") != "sum",
        likelihood=likelihood,
    )


def _check_options(given: Any, options: dict[str, Any]) -> None:
    """Raise `Unsupported` where a known loss is made with what the engine does not compute."""
    reduction = getattr(given, "reduction", "sum_over_batch_size")
    if reduction not in ("sum_over_batch_size", "mean", "sum"):
        raise Unsupported(f"loss {_name(given)} with the reduction {reduction!r}")
    if options.get("axis", -1) != -1 or options.get("ignore_class") is not None:
        raise Unsupported(f"loss {_name(given)} with an axis or ignore_class")
    if getattr(given, "dtype", None) not in (None, "float32"):
        raise Unsupported(f"loss {_name(given)} that is not computed in float32")


def lower_metrics(
    model: keras.Model, loss: LossSpec, state_indices: dict[int, StateIndex]
) -> tuple[Metric | HostMetric, ...]:
    """The loss tracker and every metric, in the order of the logs."""
    tracker = loss_tracker(model)
    names = ["loss"]
    found: list[Metric | HostMetric] = [
        Metric(name="loss", measure="loss", at=_at(tracker, state_indices))
    ]
    for metric, weighted in built_metrics(model):
        names.append(metric.name)
        found.append(_metric(metric, weighted, loss, state_indices))
    if len(set(names)) != len(names):
        raise Unsupported("two metrics of one name")
    known = sum(2 if isinstance(each, Metric) else len(each.at) for each in found)
    if known != sum(group == "metrics" for group, _ in state_indices.values()):
        raise Unsupported("metrics beside those that it is compiled with")
    return tuple(found)


def _metric(
    metric: Any, weighted: bool, loss: LossSpec, state_indices: dict[int, StateIndex]
) -> Metric | HostMetric:
    """A metric that the engine counts by itself, or one that Keras computes from predictions."""
    if loss.likelihood is not None:
        return _likelihood(metric, weighted, loss.likelihood, state_indices)
    measure = _MEASURES.get(type(metric))
    function, arguments = function_and_arguments(metric)
    if type(metric) is _metrics.MeanMetricWrapper and not arguments:
        measure = _FUNCTIONS.get(function)
    labels = loss.loss == "sparse_categorical"
    if (
        measure is None
        or labels != (measure in _OF_LABELS)
        or metric.dtype != "float32"
        or ("crossentropy" in measure and not _is_plain(arguments))
    ):
        return _host_metric(metric, weighted, state_indices)
    return Metric(
        name=metric.name,
        measure=measure,
        at=_at(metric, state_indices),
        weighted=weighted,
        threshold=float(arguments.get("threshold", 0.5)),
    )


def _likelihood(
    metric: Any, weighted: bool, of: Likelihood, state_indices: dict[int, StateIndex]
) -> Metric | HostMetric:
    """A mean over rows of what is a loss of the distributions that the loss is of, or another."""
    means, kind = _metrics.MeanMetricWrapper, type(metric)
    is_mean = (
        isinstance(metric, means)
        and (kind.update_state, kind.result) == (means.update_state, means.result)
        and metric.dtype == "float32"
    )
    function, arguments = function_and_arguments(metric)
    measured = likelihood_of(getattr(function, "__self__", None), (None, 1, of.size))
    if (
        not is_mean
        or arguments
        or measured is None
        or function.__name__ != "call"
        or measured.family != of.family
    ):
        return _host_metric(metric, weighted, state_indices)
    return Metric(
        name=metric.name,
        measure="likelihood",
        at=_at(metric, state_indices),
        weighted=weighted,
        likelihood=measured,
    )


def _is_plain(arguments: dict[str, Any]) -> bool:
    """Whether a cross-entropy is of probabilities, classes last, and as Keras makes it."""
    plain = all(value == _PLAIN.get(name, value) for name, value in arguments.items())
    return plain and keras.config.epsilon() == _EPSILON


def _host_metric(metric: Any, weighted: bool, state_indices: dict[int, StateIndex]) -> HostMetric:
    """`metric` as Keras' own functions of its variables, run with NumPy."""

    def update(variables: list[Any], targets: Any, predictions: Any, weights: Any) -> list[Any]:
        """The variables after one more batch."""
        given = {"sample_weight": weights} if weighted else {}
        updated: list[Any] = metric.stateless_update_state(variables, targets, predictions, **given)
        return updated

    def result(variables: list[Any]) -> dict[str, Any]:
        """The metric, or metrics, by name."""
        found = metric.stateless_result(variables)
        return found if isinstance(found, dict) else {metric.name: found}

    return HostMetric(
        at=tuple(state_indices[id(variable)][1] for variable in metric.variables),
        update=run_with_numpy(update),
        result=run_with_numpy(result),
        weighted=weighted,
        additive=_is_additive(metric),
    )


def _is_additive(metric: Any) -> bool:
    """Whether the metric of some batches is that of all their rows: Keras' own add up over rows.

    A user's own class or function may do anything with a batch.
    """
    function = function_and_arguments(metric)[0] or metric
    return all(
        getattr(each, "__module__", "").startswith("keras.") for each in (type(metric), function)
    )


def _at(metric: Any, state_indices: dict[int, StateIndex]) -> int:
    """The position of a mean's sum; its count is the next one."""
    positions = [state_indices[id(variable)][1] for variable in metric.variables]
    if positions != [positions[0], positions[0] + 1]:
        raise Unsupported(f"metric {metric.name!r}, which is not a mean")
    return positions[0]


def _name(loss: Any) -> str:
    return repr(getattr(loss, "name", None) or getattr(loss, "__name__", None) or loss)
