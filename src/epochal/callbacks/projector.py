"""Points for TensorBoard's projector, and what each of them is called."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np

from epochal.errors import InputError, suggest
from epochal.training import layer_outputs
from epochal.training.graph_nodes import nodes_of

Labels = Sequence[Any]


class Points(NamedTuple):
    """Rows of numbers, (count, dimensions), and a name for each where there are names."""

    values: np.ndarray
    labels: list[str] | None


def points_of(
    model: keras.Model,
    rows: tuple[Any, Any, Any] | None,
    metadata: Mapping[str, Labels] | Labels | None,
) -> dict[str, Points]:
    """What to show of a model, by layer.

    The table of each `Embedding` layer; where there is none, the outputs of the last hidden layer
    for `rows` (inputs, targets, weights), named by their targets.

    Raises
    ------
    InputError
        Names for a layer that is not shown, or not one for each point.
    """
    tables = {
        layer.name: np.asarray(layer.embeddings.numpy())
        for layer in model._flatten_layers()
        if isinstance(layer, keras.layers.Embedding)
    }
    labels: Mapping[str, Labels] = {}
    if not tables and rows is not None and nodes_of(model):
        x, y, _ = rows
        name, outputs = _last_hidden(layer_outputs(model, x))
        tables = {name: outputs}
        labels = {} if y is None else {name: _class_names(y)}
    if isinstance(metadata, Mapping):
        labels = metadata
    elif metadata is not None:
        labels = dict.fromkeys(list(tables)[:1], metadata)
    _check_labels(labels, tables)
    return {
        name: Points(values, [str(label) for label in labels[name]] if name in labels else None)
        for name, values in tables.items()
    }


def _last_hidden(outputs: Mapping[str, np.ndarray]) -> tuple[str, np.ndarray]:
    """The layer before the head, a flat row for each input row."""
    names = list(outputs)
    name = names[max(0, len(names) - 2)]
    return name, outputs[name].reshape(len(outputs[name]), -1)


def _class_names(targets: Any) -> list[str]:
    """Targets as names: one-hot rows by their class, several values by the first."""
    targets = np.asarray(targets)
    flat = targets.reshape(len(targets), -1)
    values = flat.argmax(axis=1) if flat.shape[1] > 1 else flat[:, 0]
    return [f"{value:g}" for value in values]


def _check_labels(labels: Mapping[str, Labels], points: Mapping[str, np.ndarray]) -> None:
    for name, names in labels.items():
        if name not in points:
            raise InputError(
                "embeddings_metadata must be for layers that are shown "
                f"({', '.join(points) or 'none'}), got {name!r}."
                f"{suggest(name, points) or ' Name one of those.'}"
            )
        if len(names) != len(points[name]):
            raise InputError(
                f"embeddings_metadata must name each point of {name!r}, got {len(names)} names "
                f"for {len(points[name])} points: give one for each."
            )
