"""A network as a value: what the `native` engine trains, without a word of Keras."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

StateIndex = tuple[str, int]  # a field of `State`, and the position in it


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A matrix (rows, columns) or a vector (1, columns) of weights or statistics.

    ``slots`` are the positions of its optimiser's variables, -1 for one that the optimiser does not
    keep; a frozen parameter has none. ``rate`` is the part of the learning rate that it takes.
    Also among the optimiser's variables are the positions of ``mask``, 0 where a weight stays at
    zero, ``average``, the weights' moving average, and ``sum``, of the gradients that are not yet
    applied; -1 is none.
    """

    state_index: StateIndex
    rows: int
    columns: int
    trainable: bool
    slots: tuple[int, ...] = ()
    l1: float = 0.0
    l2: float = 0.0
    decayed: bool = False
    constraint: str = "none"  # or "max_norm", "unit_norm", "non_negative": of each column
    limit: float = 0.0
    rate: float = 1.0
    mask: int = -1
    average: int = -1
    sum: int = -1

    @property
    def kept(self) -> tuple[tuple[int, int], ...]:
        """The number and the position of each of the optimiser's variables that there is."""
        behind = tuple(at for at in (self.mask, self.average, self.sum) if at >= 0)
        return tuple((slot, at) for slot, at in enumerate(self.slots + behind) if at >= 0)


@dataclass(frozen=True, kw_only=True)
class Window:
    """What slides over an image: the geometry of a convolution or of a pooling.

    Rows are images (height, width, channels), sequences images of the height 1. Each of the
    ``groups`` of channels gives a group of the ``filters``, the channels of the output.
    """

    height: int = 1
    width: int = 1
    channels: int = 1
    filters: int = 1
    kernel_height: int = 1
    kernel_width: int = 1
    stride_height: int = 1
    stride_width: int = 1
    dilation_height: int = 1
    dilation_width: int = 1
    top: int = 0  # rows and columns of padding
    bottom: int = 0
    left: int = 0
    right: int = 0
    groups: int = 1

    @property
    def out_height(self) -> int:
        """Rows of the output."""
        reach = (self.kernel_height - 1) * self.dilation_height + 1
        return (self.height + self.top + self.bottom - reach) // self.stride_height + 1

    @property
    def out_width(self) -> int:
        """Columns of the output."""
        reach = (self.kernel_width - 1) * self.dilation_width + 1
        return (self.width + self.left + self.right - reach) // self.stride_width + 1


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing that is done to the values of a batch, (rows, width).

    ``kind`` is the name of a layer of the engine. Which of the ``parameters`` (-1 is none) and
    which numbers it takes stands in its file, below ``native/cpp/layers/``.
    """

    kind: str
    parameters: tuple[int, int, int, int] = (-1, -1, -1, -1)
    activation: str = ""
    number: float = 0.0  # of an activation; a rate, a noise's deviation, a norm's epsilon
    largest: float = 0.0  # of a bounded ReLU
    threshold: float = 0.0  # of a bounded ReLU and a threshold
    l1: float = 0.0
    l2: float = 0.0
    momentum: float = 0.0  # of the moving statistics
    moving: bool = False  # the moving statistics are used in training too
    # The operations whose outputs it takes, by number: -1 is the chain's first input, -2 its
    # second; none means the operation before.
    inputs: tuple[int, ...] = ()
    seed: int = -1  # which of the chain's seeds
    always: bool = False  # whether it draws in tests and predictions too
    factor: tuple[float, ...] = (1.0,)  # of each column, or one for all
    offset: tuple[float, ...] = (0.0,)
    window: Window | None = None  # over images
    # Columns of the parts that a row is treated in, each by itself; 0 is the whole row.
    part: int = 0
    steps: int = 0  # of a sequence
    sequences: bool = False  # a recurrent layer's output is that of each step, else of the last
    backwards: bool = False  # the last step comes first
    flipped: bool = False  # of outputs: the last step's stands first
    zeros: bool = False  # of outputs: those of masked steps are zeros
    heads: int = 0  # of attention
    causal: bool = False  # no step attends to later ones


@dataclass(frozen=True, kw_only=True)
class Likelihood:
    """The loss of a target of which a distribution is predicted, by ``size`` parameters.

    ``family`` is "gaussian", "student_t", "quantiles", "gaussian_mixture", "poisson" or
    "negative_binomial"; ``beta`` and the ``levels`` of quantiles are those of `epochal.losses`.
    """

    family: str
    size: int
    beta: float = 0.0
    levels: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LossSpec:
    """The loss: "sparse_categorical", "categorical", "binary", "mse", "mae", "huber", "log_cosh".

    Or "likelihood", which is the `likelihood`.

    A cross-entropy is taken from what comes before its `link`, a softmax or sigmoid. Where the
    model ends in logits, the link is the loss's alone (``linked_outputs`` is False).
    """

    loss: str = "mse"
    link: str = "none"
    linked_outputs: bool = True
    delta: float = 1.0
    smoothing: float = 0.0
    mean: bool = True  # over the batch, else the sum
    likelihood: Likelihood | None = None


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A mean over rows, kept as sum and count at ``at`` and ``at + 1`` of the metric variables."""

    name: str
    measure: str  # "loss", or what `lowering.losses` calls an accuracy, cross-entropy or error
    at: int
    weighted: bool = False
    threshold: float = 0.5
    likelihood: Likelihood | None = None  # where that is measured


@dataclass(frozen=True, kw_only=True)
class HostMetric:
    """Metrics that functions of values take from predictions; their variables stand at ``at``.

    ``update(variables, targets, predictions, weights)`` gives the new variables, ``result`` of them
    the metrics by name. Those that are ``additive`` may be given many batches as one.
    """

    at: tuple[int, ...]
    update: Callable[[list[Any], Any, Any, Any], list[Any]]
    result: Callable[[list[Any]], dict[str, Any]]
    weighted: bool = False
    additive: bool = False


@dataclass(frozen=True, kw_only=True)
class OptimizerSpec:
    """The optimiser. Positions are those of its variables."""

    method: str = "sgd"  # "momentum", "nesterov", "adam", "nadam", "adamax", "rmsprop", "adagrad"
    iterations: int = -1
    u_product: int = -1  # nadam's running product of momentums
    momentum: float = 0.0
    beta1: float = 0.0
    beta2: float = 0.0
    epsilon: float = 1e-7
    decay: float = 0.0
    centered: bool = False
    amsgrad: bool = False
    clip_value: float = 0.0
    clip_norm: float = 0.0
    clip_global_norm: float = 0.0
    accumulation: int = 1  # steps whose mean gradient makes one update
    average_momentum: float = 0.0  # of the weights' moving averages
    overwriting: int = 0  # after so many updates the weights become their averages; 0 is never


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Everything that is computed, and where in the state its numbers stand."""

    inputs: tuple[int, ...]  # columns of a flattened row of each
    types: tuple[str, ...] = ()  # of each input: what its rows must be, "float32" is any type
    names: tuple[str, ...] = ()  # of the inputs, in order, where they come in a dictionary
    outputs: int
    output_shape: tuple[int, ...]  # of one row
    parameters: tuple[Parameter, ...]
    operations: tuple[Operation, ...]
    seeds: tuple[int, ...] = ()  # positions among the non-trainable values
    loss: LossSpec = LossSpec()
    metrics: tuple[Metric | HostMetric, ...] = ()  # in the order of the logs
    optimizer: OptimizerSpec = OptimizerSpec()
    tracked: tuple[str, ...] = ()  # what is recorded of each step beside its loss: "gradient_norm"

    @property
    def targets(self) -> int:
        """Numbers in a row's target."""
        return self.outputs // (self.loss.likelihood.size if self.loss.likelihood else 1)

    @property
    def counted(self) -> tuple[Metric, ...]:
        """The metrics that are sums and counts."""
        return tuple(metric for metric in self.metrics if isinstance(metric, Metric))

    @property
    def measured(self) -> tuple[HostMetric, ...]:
        """The metrics that need the predictions."""
        return tuple(metric for metric in self.metrics if isinstance(metric, HostMetric))
