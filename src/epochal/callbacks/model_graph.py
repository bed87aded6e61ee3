"""A model's layers as the graph that TensorBoard draws."""

from collections.abc import Iterator

import keras
from tensorboardX.proto.graph_pb2 import GraphDef
from tensorboardX.proto.node_def_pb2 import NodeDef
from tensorboardX.proto.versions_pb2 import VersionDef

from epochal.bridge.graph import nodes_of
from epochal.compat._keras import Node, producer

PRODUCER = 22  # the version of the format


def graph_of(model: keras.Model) -> GraphDef | None:
    """A node for each layer, with its inputs and output shape; None for a subclassed model.

    The layers of a nested model stand in a scope of its name, which TensorBoard folds.
    """
    nodes = list(_nodes(model, ""))
    return GraphDef(node=nodes, versions=VersionDef(producer=PRODUCER)) if nodes else None


def _nodes(model: keras.Model, scope: str) -> Iterator[NodeDef]:
    for operation, calls in nodes_of(model).items():
        name = scope + operation.name
        if isinstance(operation, keras.Model):
            yield from _nodes(operation, f"{name}/")
        node = NodeDef(name=name, op=type(operation).__name__, input=_inputs(calls, scope))
        for output in calls[0].output_tensors[:1]:
            shape = node.attr["_output_shapes"].list.shape.add()
            for size in output.shape:
                shape.dim.add().size = -1 if size is None else size
        yield node


def _inputs(calls: list[Node], scope: str) -> list[str]:
    """The names of the operations whose outputs this one takes in its calls, each once."""
    producers = [scope + producer(tensor).name for node in calls for tensor in node.input_tensors]
    return list(dict.fromkeys(producers))
