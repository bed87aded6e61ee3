"""Graphs made by hand, and networks of them with given numbers."""

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from epochal.engine.graph import (
    Graph,
    Likelihood,
    LossSpec,
    Operation,
    OptimizerSpec,
    Parameter,
    Window,
)
from epochal.engine.native.program import describe
from tests.engines import extension as native

ROWS = 200
CLASSES = LossSpec(loss="sparse_categorical", link="softmax")
LIKELIHOODS = {
    each.family: each
    for each in (
        Likelihood(family="gaussian", size=2),
        Likelihood(family="student_t", size=3),
        Likelihood(family="quantiles", size=4, levels=(0.05, 0.4, 0.5, 0.9)),
        Likelihood(family="gaussian_mixture", size=6),
        Likelihood(family="poisson", size=1),
        Likelihood(family="negative_binomial", size=2),
    )
}


@dataclass
class Draft:
    """A graph under construction: each method adds one operation."""

    input: int
    trainable: bool = True
    slots: tuple[int, ...] = ()
    penalties: tuple[float, float] = (0.0, 0.0)
    operations: list[Operation] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)
    seeds: int = 0
    more: tuple[int, ...] = ()  # inputs beside the first
    averaged: bool = False
    summed: bool = False

    def __post_init__(self) -> None:
        self.width = self.input

    def parameter(self, rows: int, columns: int, *, trainable: bool = True) -> int:
        trainable = trainable and self.trainable
        l1, l2 = self.penalties if trainable else (0.0, 0.0)
        self.parameters.append(
            Parameter(
                state_index=("trainable", len(self.parameters)),
                rows=rows,
                columns=columns,
                trainable=trainable,
                slots=self.slots if trainable else (),
                average=0 if trainable and self.averaged else -1,
                sum=0 if trainable and self.summed else -1,
                l1=l1,
                l2=l2,
            )
        )
        return len(self.parameters) - 1

    def dense(self, width: int, *, bias: bool = True) -> "Draft":
        kernel = self.parameter(self.width, width)
        vector = self.parameter(1, width) if bias else -1
        self.operations.append(Operation(kind="dense", parameters=(kernel, vector, -1, -1)))
        self.width = width
        return self

    def convolution(self, window: Window, *, bias: bool = True) -> "Draft":
        rows = window.kernel_height * window.kernel_width * window.channels // window.groups
        kernel = self.parameter(rows, window.filters)
        vector = self.parameter(1, window.filters) if bias else -1
        parameters = (kernel, vector, -1, -1)
        self.operations.append(Operation(kind="convolution", parameters=parameters, window=window))
        return self._behind(window)

    def transposed(self, window: Window) -> "Draft":
        """Back through `window`, the convolution that this is the transpose of."""
        kernel = self.parameter(
            window.kernel_height * window.kernel_width * window.channels, window.filters
        )
        parameters = (kernel, self.parameter(1, window.channels), -1, -1)
        kind = "transposed_convolution"
        self.operations.append(Operation(kind=kind, parameters=parameters, window=window))
        self.width = window.height * window.width * window.channels
        return self

    def pixels(self, kind: str, window: Window, width: int) -> "Draft":
        self.operations.append(Operation(kind=kind, window=window))
        self.width = width
        return self

    def pooling(self, kind: str, window: Window) -> "Draft":
        self.operations.append(Operation(kind=kind, window=window))
        return self._behind(window)

    def _behind(self, window: Window) -> "Draft":
        self.width = window.out_height * window.out_width * window.filters
        return self

    def activation(self, name: str) -> "Draft":
        # The numbers count for those that have some.
        self.operations.append(
            Operation(kind="activation", activation=name, number=0.3, largest=1.2, threshold=0.1)
        )
        return self

    def activity(self, l1: float, l2: float) -> "Draft":
        self.operations.append(Operation(kind="activity", l1=l1, l2=l2))
        return self

    def dropout(self, rate: float, kind: str = "dropout", channels: int = 0) -> "Draft":
        self.operations.append(Operation(kind=kind, number=rate, seed=self.seeds, part=channels))
        self.seeds += 1
        return self

    def of_rows(self, kind: str, channels: int = 0) -> "Draft":
        self.operations.append(Operation(kind=kind, part=channels))
        return self

    def head(self, likelihood: Likelihood, targets: int) -> "Draft":
        """What gives a distribution of each target, as heads are lowered."""
        self.dense(targets * likelihood.size)
        return self.of_rows(f"{likelihood.family}_head", likelihood.size)

    @property
    def last(self) -> int:
        return len(self.operations) - 1

    def at(self, source: int, width: int) -> "Draft":
        """Go on from the output of another operation, by a curve on it."""
        self.width = width
        shape = Operation(kind="activation", activation="tanh", inputs=(source,))
        self.operations.append(shape)
        return self

    def merge(self, kind: str, *others: int, width: int = 0, part: int = 0) -> "Draft":
        """With the outputs of other operations; `width` is what they add to a concatenation."""
        self.operations.append(Operation(kind=kind, inputs=(self.last, *others), part=part))
        self.width += width
        return self

    def rescale(self, kind: str = "rescale") -> "Draft":
        factors = tuple(0.5 + column % 3 for column in range(self.width))
        self.operations.append(Operation(kind=kind, factor=factors, offset=(0.25,)))
        return self

    def bias(self) -> "Draft":
        numbers = self.parameter(1, self.width)
        self.operations.append(Operation(kind="bias", parameters=(numbers, -1, -1, -1)))
        return self

    def prelu(self, channels: int = 0) -> "Draft":
        alpha = self.parameter(1, channels or self.width)
        kind = "image_prelu" if channels else "prelu"
        self.operations.append(Operation(kind=kind, parameters=(alpha, -1, -1, -1), part=channels))
        return self

    def batch_norm(self, channels: int = 0, *, moving: bool = False) -> "Draft":
        width = channels or self.width
        numbers = [self.parameter(1, width) for _ in range(2)]
        numbers += [self.parameter(1, width, trainable=False) for _ in range(2)]
        self.operations.append(
            Operation(
                kind="image_batch_norm" if channels else "batch_norm",
                part=channels,
                parameters=(numbers[0], numbers[1], numbers[2], numbers[3]),
                number=1e-3,
                momentum=0.9,
                moving=moving,
            )
        )
        return self

    def layer_norm(self, kind: str = "layer_norm", channels: int = 0) -> "Draft":
        width = channels or self.width
        pair = (self.parameter(1, width), self.parameter(1, width), -1, -1)
        self.operations.append(Operation(kind=kind, parameters=pair, number=1e-3, part=channels))
        return self

    def embedding(self, indices: int, columns: int) -> "Draft":
        table = self.parameter(indices, columns)
        self.operations.append(Operation(kind="embedding", parameters=(table, -1, -1, -1)))
        self.width *= columns
        return self

    def recurrent(
        self, kind: str, steps: int, units: int, *, bias: bool = True, **numbers: Any
    ) -> "Draft":
        columns = {"lstm": 4, "gru": 3, "simple_rnn": 1}[kind] * units
        places = [self.parameter(self.width // steps, columns), self.parameter(units, columns)]
        places.append(self.parameter(2 if kind == "gru" else 1, columns) if bias else -1)
        parameters = places[0], places[1], places[2], -1
        given = {"activation": "tanh"} | numbers
        self.operations.append(Operation(kind=kind, parameters=parameters, steps=steps, **given))
        self.width = steps * units if numbers.get("sequences") else units
        return self

    def attention(
        self, heads: int, columns: int, steps: int, *, keys: int = 0, causal: bool = False
    ) -> "Draft":
        """Queries from what there is; keys and values, of `keys` steps, from the same."""
        source, keys = self.last, keys or steps

        def projected(count: int) -> int:
            self.at(source, width).dense(count)
            return self.last

        width = self.width
        key, value, query = (projected(heads * columns * each) for each in (keys, keys, steps))
        numbers: dict[str, Any] = {"heads": heads, "steps": steps}
        self.operations.append(
            Operation(
                kind="attention_weights",
                inputs=(query, key),
                number=columns**-0.5,
                causal=causal,
                **numbers,
            )
        )
        self.width = heads * steps * keys
        self.dropout(0.2)
        self.operations.append(
            Operation(kind="attention_values", inputs=(self.last, value), **numbers)
        )
        self.width = heads * columns * steps
        return self

    def graph(
        self,
        loss: LossSpec = LossSpec(),  # noqa: B008
        optimizer: OptimizerSpec = OptimizerSpec(),  # noqa: B008
    ) -> Graph:
        return Graph(
            inputs=(self.input, *self.more),
            outputs=self.width,
            output_shape=(self.width,),
            parameters=tuple(self.parameters),
            operations=tuple(self.operations),
            seeds=tuple(range(self.seeds)),
            loss=loss,
            optimizer=optimizer,
        )


def weights_of(graph: Graph, seed: int = 0) -> list[np.ndarray]:
    """Numbers for every parameter; all of them positive where they are a variance's."""
    random = np.random.default_rng(seed)
    values = [
        random.normal(0, 1 / np.sqrt(each.rows), (each.rows, each.columns))
        for each in graph.parameters
    ]
    for operation in graph.operations:
        if operation.kind in ("batch_norm", "image_batch_norm"):
            variance = operation.parameters[3]
            values[variance] = np.abs(values[variance]) + 0.5
    return values


def filled(network_class: Any, graph: Graph, *, threads: int = 1, kernels: str = "") -> Any:
    """A network of `graph` with the numbers of `weights_of`."""
    network = network_class(describe(graph), 4, kernels)
    network.threads = threads
    dtype = np.float64 if network_class.__name__ == "Network64" else np.float32
    for number, values in enumerate(weights_of(graph)):
        network.load(number, -1, values.astype(dtype))
    network.seeds = [[number + 1, 7] for number in range(len(graph.seeds))]
    return network


def stored(network: Any, graph: Graph) -> list[np.ndarray]:
    dtype = np.float64 if type(network).__name__ == "Network64" else np.float32
    values = [np.empty((each.rows, each.columns), dtype) for each in graph.parameters]
    for number, array in enumerate(values):
        network.store(number, -1, array)
    return values


def every_kind() -> Graph:
    """Every kind of layer of one input, with enough arithmetic that a second thread is used."""
    draft = Draft(150, slots=(0, 0)).rescale().dropout(0.2).dense(300).batch_norm()
    draft.activation("relu").dropout(0.1, "gaussian_noise").rescale("standardise")
    draft.dense(200).activation("gelu").layer_norm().dropout(0.3).dense(100).activation("selu")
    draft.prelu().dropout(0.2, "alpha_dropout").dense(150).layer_norm("rms_norm")
    draft.activity(0.01, 0.02).of_rows("log_softmax").dropout(0.1, "gaussian_dropout").dense(80)
    draft.of_rows("unit_norm").dense(100).of_rows("softmax")
    return draft.dense(10).graph(CLASSES, OptimizerSpec(method="adam", beta1=0.9, beta2=0.999))


def every_window() -> Graph:
    """Every kind of layer over images, between others that follow how threads share them."""
    draft = Draft(9 * 8 * 3, slots=(0, 0)).rescale().dropout(0.1)
    draft.convolution(image(9, 8, 3, filters=40, kernel=3, same=True)).activation("relu")
    draft.pooling("max_pooling", image(9, 8, 40, kernel=3, stride=2, same=True))
    draft.convolution(image(5, 4, 40, filters=72, kernel=3, groups=2)).activity(0.01, 0.02)
    draft.pooling("average_pooling", image(3, 2, 72, kernel=2)).dropout(0.1, "gaussian_noise")
    draft.convolution(image(2, 1, 72, filters=30)).activation("gelu")
    draft.pooling("global_max_pooling", replace(image(2, 1, 30), kernel_height=2))
    draft.dense(24).prelu().transposed(image(5, 5, 3, filters=6, kernel=3, stride=2))
    draft.batch_norm(3).prelu(3).dropout(0.2, "spatial_dropout", 3)
    draft.pixels("zero_padding", replace(image(5, 5, 3), top=1, right=2), 6 * 7 * 3)
    draft.convolution(image(6, 7, 3, filters=8, kernel=3)).layer_norm("rms_norm", 8)
    draft.pixels("cropping", replace(image(4, 5, 8), left=1), 4 * 4 * 8).of_rows("softmax", 8)
    draft.pixels("up_sampling", replace(image(4, 4, 8), stride_height=2), 8 * 4 * 8)
    draft.dense(20).activation("tanh").layer_norm().dense(10)
    return draft.graph(CLASSES, OptimizerSpec(method="adam", beta1=0.9, beta2=0.999))


def image(
    height: int,
    width: int,
    channels: int,
    *,
    filters: int = 0,
    kernel: int = 1,
    stride: int = 1,
    groups: int = 1,
    same: bool = False,
) -> Window:
    """A square window over an image, as many filters as channels where none are said."""
    padding = kernel // 2 if same else 0
    return Window(
        height=height,
        width=width,
        channels=channels,
        filters=filters or channels,
        kernel_height=kernel,
        kernel_width=kernel,
        stride_height=stride,
        stride_width=stride,
        top=padding,
        bottom=padding,
        left=padding,
        right=padding,
        groups=groups,
    )


def residual_net() -> Graph:
    """Convolutions with skip connections, merged in every way, beside columns of numbers."""
    draft = Draft(6 * 5 * 4, slots=(0, 0), more=(120,))
    draft.convolution(image(6, 5, 4, filters=4, kernel=3, same=True)).batch_norm(4)
    trunk = draft.activation("relu").last
    draft.convolution(image(6, 5, 4, filters=4, kernel=3, same=True)).merge("add", trunk)
    draft.batch_norm(4).activation("elu").merge("multiply", trunk)
    middle = draft.last
    draft.convolution(image(6, 5, 4, filters=4)).merge("maximum", middle)
    draft.convolution(image(6, 5, 4, filters=4)).merge("minimum", trunk)
    draft.merge("concatenate", middle, width=120, part=8)
    draft.merge("concatenate", trunk, width=120, part=12 * 5)
    draft.merge("concatenate", -2, width=120).dense(120).merge("add", trunk)
    draft.convolution(image(6, 5, 4, filters=2, kernel=2, stride=2)).batch_norm(2, moving=True)
    return draft.dense(10).graph(CLASSES, OptimizerSpec(method="adam", beta1=0.9, beta2=0.999))


def partly_frozen_net() -> Graph:
    """A branch that learns beside one that does not, and what follows both."""
    draft = Draft(6 * 5 * 4, slots=(0, 0))
    draft.trainable = False
    draft.convolution(image(6, 5, 4, filters=70, kernel=3, same=True)).batch_norm(70, moving=True)
    draft.activation("relu").convolution(image(6, 5, 70, filters=4)).batch_norm(4)
    frozen = draft.activation("relu6").last
    draft.trainable = True
    draft.at(-1, 120).convolution(image(6, 5, 4, filters=4)).batch_norm(4, moving=True)
    draft.activation("relu").merge("add", frozen).dense(20).layer_norm()
    draft.trainable = False
    draft.dense(30).activation("tanh")
    draft.trainable = True
    return draft.dense(10).graph(CLASSES, OptimizerSpec(method="adam", beta1=0.9, beta2=0.999))


def every_merge() -> Graph:
    """Every kind of layer of several inputs, on shared tensors and several inputs of the graph."""
    draft = Draft(150, slots=(0, 0), more=(70, 33)).dense(200).activation("relu")
    trunk = draft.last
    draft.dense(200).layer_norm().activation("gelu").merge("add", trunk)
    middle = draft.last
    draft.at(-2, 70).dense(200).activation("sigmoid").merge("multiply", middle)
    draft.merge("concatenate", -3, middle, width=233).dense(90).activation("tanh")
    wide = draft.last
    draft.dense(90).layer_norm().merge("maximum", wide).activation("tanh")
    image = draft.merge("minimum", wide).last
    factors = draft.at(-2, 70).dense(18).activation("sigmoid").last
    draft.at(image, 90).merge("scale_channels", factors)
    return draft.dense(10).graph(CLASSES, OptimizerSpec(method="adam", beta1=0.9, beta2=0.999))


def attention_net() -> Graph:
    """Attention with its draws, of some steps to others and to itself, normalised and added.

    The bias of keys has no gradient, but for roundings, which Adam would divide by their size.
    """
    draft = Draft(12 * 5, slots=(0,)).convolution(image(1, 12, 5, filters=24))
    trunk = draft.bias().last
    draft.attention(3, 8, 12, causal=True).merge("add", trunk).layer_norm(channels=24)
    draft.convolution(image(1, 12, 24, filters=35)).activation("gelu")
    draft.attention(2, 20, 3, keys=20).activation("tanh")
    return draft.dense(10).graph(CLASSES, OptimizerSpec(method="momentum", momentum=0.9))


def every_recurrence() -> Graph:
    """Every kind of recurrent layer over vectors of indices, sequences of them, both ways."""
    draft = Draft(6, slots=(0, 0)).embedding(150, 5)
    draft.recurrent("lstm", 6, 40, sequences=True, zeros=True, inputs=(draft.last, -1))
    draft.recurrent("gru", 6, 33, sequences=True, backwards=True, flipped=True)
    trunk = draft.last
    draft.recurrent("simple_rnn", 6, 50, sequences=True, bias=False, activation="relu")
    draft.recurrent("lstm", 6, 20, activation="relu", backwards=True)
    lstm = draft.last
    draft.at(trunk, 6 * 33).recurrent("gru", 6, 24).merge("concatenate", lstm, width=20)
    return draft.dense(10).graph(CLASSES, OptimizerSpec(method="adam", beta1=0.9, beta2=0.999))


def every_head() -> Graph:
    """Every head for distributions, amid others."""
    draft = Draft(150, slots=(0, 0))
    for likelihood in LIKELIHOODS.values():
        draft.head(likelihood, 30).activation("tanh").dense(60)
    return draft.dense(10).graph(CLASSES, OptimizerSpec(method="adam", beta1=0.9, beta2=0.999))


def distributions_net(likelihood: Likelihood, optimizer: OptimizerSpec | None = None) -> Graph:
    """Distributions of five targets of a row."""
    draft = Draft(150).dense(200).activation("elu").head(likelihood, 5)
    return draft.graph(
        LossSpec(loss="likelihood", likelihood=likelihood), optimizer or OptimizerSpec()
    )


def clipped_net() -> Graph:
    draft = Draft(300).dense(300).activation("tanh").dense(10)
    return draft.graph(CLASSES, OptimizerSpec(clip_global_norm=0.1))


NETS = [every_kind, clipped_net, every_merge, every_window, residual_net, every_recurrence]
NETS += [attention_net, every_head, partly_frozen_net]
NETS += [*(partial(distributions_net, each) for each in LIKELIHOODS.values())]


def trained(
    network_class: Any, graph: Graph, *, batch: int = 32, steps: int = 6, **options: Any
) -> Any:
    """The losses of some steps, and the network after them."""
    random = np.random.default_rng(3)
    x = [random.normal(size=(ROWS, width)).astype(np.float32) for width in graph.inputs]
    y: np.ndarray = random.integers(0, graph.outputs, ROWS).astype(np.int32)
    if graph.loss.likelihood is not None:
        y = random.poisson(2, (ROWS, graph.targets)).astype(np.float32)
    order = random.integers(0, ROWS, (steps, batch)).astype(np.int32)
    network = filled(network_class, graph, **options)
    losses = np.empty(steps, np.float32)
    network.train(x, y, None, order, np.full(steps, 0.01, np.float32), 0, steps, losses)
    return losses, network


def kernels_of_this_processor() -> list[str]:
    """The tables of float32 kernels that it can run, of those that were compiled."""
    found = []
    for name in native.kernel_tables() if native else ():
        if name == "double":
            continue
        try:
            native.Network(describe(Draft(1).dense(1).graph()), 1, name)
        except ValueError:
            continue
        found.append(name)
    return found
