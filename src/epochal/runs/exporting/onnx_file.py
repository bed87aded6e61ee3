"""`epochal export`: a run as one ONNX file, which needs neither epochal nor Keras."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from epochal.data import TablePreprocessor, Task, load_preprocessing
from epochal.data.tasks.columns import columns_by_target
from epochal.errors import InputError
from epochal.runs.exporting.features import add_features
from epochal.runs.exporting.graph import OnnxGraph
from epochal.runs.exporting.layers import add_network
from epochal.runs.exporting.moments import Moments, of_mixture
from epochal.runs.exporting.quantiles import has_quantiles, quantiles_of_mixture
from epochal.runs.network import without_target_units
from epochal.runs.predict import load_model
from epochal.runs.predicted import networks_of_distributions
from epochal.runs.predictions import prediction_frame
from epochal.runs.storage.folder import read_run
from epochal.runs.uncertain_predictions import LEVELS, variance_factor

DISTRIBUTION_COLUMNS = ("standard_deviation", *(f"quantile_{level:g}" for level in LEVELS))


def export_onnx(run: "str | Path", path: "str | Path") -> None:
    """Write a run's preprocessing and network as one ONNX file.

    Its inputs are the columns that the run was trained on, each of shape (rows, 1): numbers and
    booleans as float64, NaN where missing; categories as texts, "" where missing. Its outputs are
    the columns of `epochal.runs.predictions.prediction_frame`, each of shape (rows, 1); of a run
    that predicts distributions also "standard_deviation", as `epochal.predict_table` gives it, and
    of normal ones, mixtures of those and quantiles "quantile_<level>", as it gives them with
    ``uncertainty="ensemble"``.

    Parameters
    ----------
    run : str or Path
        A run folder.
    path : str or Path
        The file; an existing one is overwritten.

    Raises
    ------
    InputError
        No run folder, or one with a column or a layer that cannot be exported.

    Examples
    --------
    >>> export_onnx("runs/titanic-survived-1", "titanic.onnx")  # doctest: +SKIP
    """
    opened = read_run(run)
    task = opened.record.load_task()
    preprocessor = load_preprocessing(opened.preprocessing)
    predicts = opened.record.settings.get("distribution") is not None
    _check_names(task, preprocessor, DISTRIBUTION_COLUMNS if predicts else ())
    graph = OnnxGraph()
    features = add_features(graph, preprocessor)
    model = load_model(opened)
    body, units = without_target_units(model)
    networks = networks_of_distributions(body)
    if networks is None or networks.family is None:
        outputs = add_network(graph, model, features)
        _add_outputs(graph, task, outputs, opened.record.decision_threshold)
    else:
        given = add_network(graph, networks.model, features)
        mixed = (graph, networks.family, given, networks.weights)
        found = of_mixture(*mixed, outputs=task.outputs, units=units)
        quantiles: list[str] = []
        if has_quantiles(networks.family):
            quantiles = quantiles_of_mixture(
                *mixed, outputs=task.outputs, units=units, levels=LEVELS
            )
        _add_distributions(graph, task, found, variance_factor(opened, task), quantiles)
    onnx.save(graph.model("epochal", version("epochal")), str(path))


def _check_names(task: Task, preprocessor: TablePreprocessor, added: Sequence[str]) -> None:
    named = set(prediction_frame(task, np.zeros((1, task.outputs))))
    named.update(name for what in added for name in _names(task, what))
    both = [name for name in preprocessor.kinds_ if name in named]
    if both:
        raise InputError(
            "The run must have columns with other names than its predictions to be exported, got "
            f"{both[0]!r}: rename that column and train again."
        )


def _add_outputs(graph: OnnxGraph, task: Task, outputs: str, threshold: float) -> None:
    """The columns of `prediction_frame`."""
    if task.kind == "binary":
        # In float64, as the threshold may be one of the training's own predictions.
        exact = graph.cast(outputs, np.float64)
        above = graph.add("GreaterOrEqual", exact, graph.constant(threshold, np.float64))
        _add_class(graph, task, graph.cast(above, np.int64))
        other = graph.add("Sub", graph.constant(1.0, np.float32), outputs)
        for name, value in zip(task.classes, (other, outputs), strict=True):
            graph.output(f"probability_{name}", value, np.float32)
    elif task.kind == "multiclass":
        _add_class(graph, task, graph.add("ArgMax", outputs, axis=1, keepdims=1))
        _add_columns(graph, outputs, [f"probability_{name}" for name in task.classes])
    elif task.kind == "multilabel":
        above = graph.add("GreaterOrEqual", outputs, graph.constant(0.5, np.float32))
        _add_columns(graph, graph.cast(above, np.int32), list(task.classes), np.int32)
        _add_columns(graph, outputs, [f"probability_{name}" for name in task.classes])
    else:
        several = len(task.target) > 1
        names = [f"prediction_{name}" for name in task.target] if several else ["prediction"]
        dtype = np.float64 if task.kind == "regression" else np.float32
        _add_columns(graph, graph.cast(outputs, dtype), names, dtype)


def _add_distributions(
    graph: OnnxGraph,
    task: Task,
    found: Moments,
    factor: NDArray[np.float64],
    quantiles: Sequence[str],
) -> None:
    """Means, standard deviations, whose squares are multiplied by `factor` (targets,), quantiles.

    `quantiles` are those at `LEVELS`, or none.
    """
    _add_outputs(graph, task, found.mean, 0.5)
    scaled = graph.add("Mul", found.variance, graph.constant(factor, np.float64))
    values = [graph.add("Sqrt", scaled), *quantiles]
    for what, value in zip(DISTRIBUTION_COLUMNS[: len(values)], values, strict=True):
        _add_columns(graph, value, _names(task, what), np.float64)


def _names(task: Task, what: str) -> list[str]:
    """Those of the columns that tell this of each target."""
    return list(columns_by_target(task, **{what: np.zeros((1, len(task.target)))}))


def _add_class(graph: OnnxGraph, task: Task, positions: str) -> None:
    """The class of each position, (rows, 1)."""
    classes = np.asarray(task.classes)
    if classes.dtype.kind == "U":
        classes = classes.astype(object)
    graph.output(
        "prediction", graph.add("Gather", graph.constant(classes), positions), classes.dtype
    )


def _add_columns(
    graph: OnnxGraph, outputs: str, names: list[str], dtype: type = np.float32
) -> None:
    for number, name in enumerate(names):
        position = graph.constant([number], np.int64)
        graph.output(name, graph.add("Gather", outputs, position, axis=1), dtype)
