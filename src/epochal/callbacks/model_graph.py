"""A model's layers as the graph that TensorBoard draws."""

from collections.abc import Iterator

import keras
from tensorboardX.proto.graph_pb2 import GraphDef
from tensorboardX.proto.node_def_pb2 import NodeDef
from tensorboardX.proto.versions_pb2 import VersionDef

PRODUCER = 22  # the version of the format


def graph_of(model: keras.Model) -> GraphDef | None:
    """A node for each layer, with its inputs and output shape; None for a subclassed model.

    The layers of a nested model stand in a scope of its name, which TensorBoard folds.
    """
    nodes = list(_nodes(model, ""))
    return GraphDef(node=nodes, versions=VersionDef(producer=PRODUCER)) if nodes else None


def operations_of(model: keras.Model) -> list[keras.Operation]:
    """Layers and operations of a built Sequential or functional model; none of a subclassed one."""
    functional = getattr(model, "_functional", None) or model
    return list(getattr(functional, "operations", ()))


def _nodes(model: keras.Model, scope: str) -> Iterator[NodeDef]:
    for operation in operations_of(model):
        name = scope + operation.name
        if isinstance(operation, keras.Model):
            yield from _nodes(operation, f"{name}/")
        node = NodeDef(name=name, op=type(operation).__name__, input=_inputs(operation, scope))
        for output in keras.tree.flatten(operation.output)[:1]:
            shape = node.attr["_output_shapes"].list.shape.add()
            for size in output.shape:
                shape.dim.add().size = -1 if size is None else size
        yield node


def _inputs(operation: keras.Operation, scope: str) -> list[str]:
    """The names of the operations whose outputs this one takes, each once."""
    producers = [
        scope + tensor._keras_history.operation.name
        for node in operation._inbound_nodes[:1]
        for tensor in node.input_tensors
    ]
    return list(dict.fromkeys(producers))
