"""Networks of images drawn by hypothesis: convolutions with all that stands around them."""

from dataclasses import dataclass
from typing import Any

import keras
from hypothesis import strategies as st
from keras import layers

from tests.training.drawn import HEADS, LIMITS, OPTIMIZERS, OPTIONS, PENALTIES, Hidden, Problem

HEIGHT, WIDTH, CHANNELS = 5, 4, 3
CONSTRAINTS: list[Any] = [
    None,
    None,
    keras.constraints.MaxNorm(0.8, axis=[0, 1, 2]),
    keras.constraints.UnitNorm(axis=[0, 1, 2]),
    keras.constraints.NonNeg(),
]
NORMALIZATIONS: list[Any] = [
    None,
    None,
    layers.BatchNormalization,
    layers.LayerNormalization,
    layers.RMSNormalization,
]
ACTIVATIONS = ["relu", "elu", "tanh", "gelu", "silu", "leaky_relu", "softplus", "linear"]
# What may stand behind an activation: most of it leaves the size as it is.
EXTRAS: list[Any] = [
    None,
    None,
    None,
    lambda: layers.MaxPooling2D(2, 1, "same"),
    lambda: layers.AveragePooling2D((2, 3), padding="same"),
    lambda: layers.PReLU(keras.initializers.Constant(0.25), shared_axes=[1, 2]),
    lambda: layers.ZeroPadding2D(((1, 0), (0, 2))),
    lambda: layers.UpSampling2D((1, 2)),
    lambda: layers.Rescaling(0.5, -0.25),
    lambda: layers.Dense(5, "tanh"),
]
MERGES: list[Any] = [
    None,
    layers.Add,
    layers.Multiply,
    layers.Maximum,
    layers.Average,
    layers.Concatenate,
    lambda: layers.Concatenate(axis=1),
]
ENDS: list[Any] = [
    layers.Flatten,
    layers.GlobalAveragePooling2D,
    layers.GlobalMaxPooling2D,
]
# Of each kind what it takes beside a kernel's size, a padding and a constraint.
KINDS: list[tuple[Any, dict[str, Any]]] = [
    (layers.Conv2D, {"filters": CHANNELS}),
    (layers.Conv2D, {"filters": 20}),
    (layers.Conv2D, {"filters": 6, "strides": (2, 1)}),
    (layers.Conv2D, {"filters": 6, "dilation_rate": 2}),
    (layers.Conv2D, {"filters": 2 * CHANNELS, "groups": CHANNELS}),
    (layers.Conv2DTranspose, {"filters": 3, "strides": 2}),
    (layers.DepthwiseConv2D, {"depth_multiplier": 2}),
    (layers.SeparableConv2D, {"filters": CHANNELS}),
]


@dataclass(frozen=True, kw_only=True)
class Convolved:
    """A convolution and what stands around it."""

    kind: int
    kernel: tuple[int, int]
    padding: str
    activation: str
    normalization: Any
    penalty: Any
    constraint: Any
    frozen: bool
    extra: Any
    merge: Any

    def applied(self, value: Any) -> Any:
        """These layers on `value`, (rows, height, width, channels)."""
        given = value
        value = self._convolution(value.shape)(value)
        # Of three numbers, the deviation comes near zero and enlarges every rounding.
        if self.normalization is layers.BatchNormalization or (
            self.normalization and value.shape[-1] > 3
        ):
            value = self.normalization()(value)
        value = layers.Activation(self.activation)(value)
        value = self.extra()(value) if self.extra else value
        if self.merge is None or given.shape != value.shape:
            return value
        return self.merge()([given, value])

    def _convolution(self, shape: Any) -> Any:
        make, options = KINDS[self.kind]
        if shape[-1] % options.get("groups", 1):
            options = options | {"groups": 1}
        same = self.padding == "same" or min(shape[1:3]) < 5 or make is layers.Conv2DTranspose
        role = "depthwise" if make in (layers.DepthwiseConv2D, layers.SeparableConv2D) else "kernel"
        constrained = {f"{role}_constraint": self.constraint} if role == "kernel" else {}
        layer = make(
            kernel_size=self.kernel,
            padding="same" if same else "valid",
            use_bias=self.normalization is None,
            **options,
            **{f"{role}_regularizer": self.penalty},
            **constrained,
        )
        layer.trainable = not self.frozen
        return layer


@dataclass(frozen=True, kw_only=True)
class ImageProblem(Problem):
    """A network of images, which a first layer makes of the numbers."""

    blocks: tuple[Convolved, ...] = ()
    end: Any = layers.Flatten

    def begun(self, value: Any) -> Any:
        """The blocks, from images to columns."""
        value = layers.Dense(HEIGHT * WIDTH * CHANNELS)(layers.Flatten()(value))
        value = layers.Reshape((HEIGHT, WIDTH, CHANNELS))(value)
        for block in self.blocks:
            value = block.applied(value)
        return self.end()(value)


def image_problems() -> st.SearchStrategy[ImageProblem]:
    block = st.builds(
        Convolved,
        kind=st.integers(0, len(KINDS) - 1),
        kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
        padding=st.sampled_from(["same", "same", "valid"]),
        activation=st.sampled_from(ACTIVATIONS),
        normalization=st.sampled_from(NORMALIZATIONS),
        penalty=st.sampled_from(PENALTIES),
        constraint=st.sampled_from(CONSTRAINTS),
        frozen=st.sampled_from([False, False, False, True]),
        extra=st.sampled_from(EXTRAS),
        merge=st.sampled_from(MERGES),
    )
    hidden = st.builds(
        Hidden,
        activation=st.sampled_from(ACTIVATIONS),
        units=st.sampled_from([3, 20]),
        normalization=st.none(),
        penalty=st.none(),
        constraint=st.none(),
        frozen=st.just(value=False),
        activity=st.none(),
    )
    return st.builds(
        ImageProblem,
        head=st.integers(0, len(HEADS) - 1),
        optimizer=st.integers(0, len(OPTIMIZERS) - 1),
        limits=st.sampled_from(LIMITS),
        hidden=st.lists(hidden, max_size=1).map(tuple),
        weighted=st.booleans(),
        batch=st.sampled_from([7, 12, 60]),
        options=st.sampled_from(OPTIONS),
        blocks=st.lists(block, min_size=1, max_size=3).map(tuple),
        end=st.sampled_from(ENDS),
    )
