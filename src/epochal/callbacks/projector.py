"""Points for TensorBoard's projector, and what each of them is called."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np

from epochal.bridge.graph import nodes_of
from epochal.compat._keras import flatten_layers
from epochal.errors import InputError, suggest
from epochal.training import layer_outputs
from epochal.training.inspection import layer_tensors

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
    for `rows` (inputs, targets, weights), named by their targets where these are one array.

    Raises
    ------
    InputError
        Names for a layer that is not shown, not one for each point, or for one of several layers
        without saying which.
    """
    tables = {
        layer.name: np.asarray(layer.embeddings.numpy())
        for layer in flatten_layers(model)
        if isinstance(layer, keras.layers.Embedding)
    }
    labels: Mapping[str, Labels] = {}
    if not tables and rows is not None and nodes_of(model):
        x, y, _ = rows
        name = _last_hidden(model)
        outputs = layer_outputs(model, x)[name]
        tables = {name: outputs.reshape(len(outputs), -1)}
        targets = [] if y is None else keras.tree.flatten(y)
        labels = {name: _class_names(targets[0])} if len(targets) == 1 else {}
    if isinstance(metadata, Mapping):
        labels = metadata
    elif metadata is not None:
        _check_one(tables)
        labels = dict.fromkeys(list(tables)[:1], metadata)
    _check_labels(labels, tables)
    return {
        name: Points(values, [str(label) for label in labels[name]] if name in labels else None)
        for name, values in tables.items()
    }


def _last_hidden(model: keras.Model) -> str:
    """The layer before the heads: the last one whose output is none of the model's."""
    tensors = layer_tensors(model)
    given = {id(tensor) for tensor in model.outputs}
    hidden = [name for name, tensor in tensors.items() if id(tensor) not in given]
    return (hidden or list(tensors))[-1]


def _class_names(targets: Any) -> list[str]:
    """Targets as names: rows of several numbers by the place of the highest, as of one-hot ones."""
    targets = np.asarray(targets)
    flat = targets.reshape(len(targets), -1)
    if not (np.issubdtype(flat.dtype, np.number) or flat.dtype == bool):
        return [" ".join(map(str, row)) for row in flat]
    values = flat.argmax(axis=1) if flat.shape[1] > 1 else flat[:, 0]
    return [f"{value:g}" for value in values]


def _check_one(points: Mapping[str, np.ndarray]) -> None:
    if len(points) > 1:
        raise InputError(
            "embeddings_metadata must say which layer it names where several are shown "
            f"({', '.join(points)}), got one sequence: give a dict of layer to names."
        )


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
