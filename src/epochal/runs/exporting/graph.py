"""An ONNX graph under construction."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

OPSET, IR_VERSION = 17, 8
"""Of 2022: every runtime in use reads them."""

_VERSIONS = {"ai.onnx.ml": 3, "com.microsoft": 1}

_DOMAINS = {"LabelEncoder": "ai.onnx.ml", "Tokenizer": "com.microsoft"}
"""Of the operators that are not ONNX's own; the last is ONNX Runtime's."""

_ROWS = "rows"


class OnnxGraph:
    """Nodes and constants; each operator that is added gives the name of its result.

    Names of inputs and outputs are those of a table's columns, so the names of what is in between
    begin with "/epochal/".
    """

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []

    def input(self, name: str, dtype: Any) -> str:
        """A column of the table, (rows, 1)."""
        self._inputs.append(_column(name, dtype))
        return name

    def output(self, name: str, value: str, dtype: Any) -> None:
        """A column of the predictions, (rows, 1): what `value` names."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(_column(name, dtype))

    def constant(self, values: Any, dtype: Any = None) -> str:
        """Numbers or texts, in the type that they have or in `dtype`."""
        array: NDArray = np.asarray(values, dtype)
        name = f"/epochal/constant/{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(array, name))
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """What an operator of ONNX gives for these inputs."""
        result = f"/epochal/{len(self._nodes)}"
        domain = _DOMAINS.get(operator, "")
        node = helper.make_node(operator, inputs, [result], domain=domain, **attributes)
        self._nodes.append(node)
        return result

    def cast(self, value: str, dtype: Any) -> str:
        """The same numbers in another type of NumPy."""
        return self.add("Cast", value, to=_type(dtype))

    def concatenate(self, values: list[str]) -> str:
        """Columns side by side."""
        return values[0] if len(values) == 1 else self.add("Concat", *values, axis=1)

    def model(self, name: str, version: str) -> ModelProto:
        """All of it, checked by ONNX."""
        used = {node.domain for node in self._nodes if node.domain}
        graph = helper.make_graph(
            self._nodes, name, self._inputs, self._outputs, initializer=self._constants
        )
        made = helper.make_model(
            graph,
            producer_name="epochal",
            producer_version=version,
            ir_version=IR_VERSION,
            opset_imports=[
                helper.make_opsetid("", OPSET),
                *(helper.make_opsetid(domain, _VERSIONS[domain]) for domain in sorted(used)),
            ],
        )
        checker.check_model(made)
        return made


def _column(name: str, dtype: Any) -> Any:
    return helper.make_tensor_value_info(name, _type(dtype), [_ROWS, 1])


def _type(dtype: Any) -> int:
    kind = np.dtype(dtype)
    return int(TensorProto.STRING if kind.kind in "OU" else helper.np_dtype_to_tensor_dtype(kind))
