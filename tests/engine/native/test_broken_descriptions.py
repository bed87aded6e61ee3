"""Descriptions of images, sequences and tables that make no sense are refused, at no expense."""

import resource
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epochal.engine.native.program import describe
from tests.engine.native.graphs import CLASSES, Draft, image
from tests.engines import extension as native

pytestmark = pytest.mark.native

HUGE = 2**20  # the largest size of a window
WINDOWS = {
    "convolution": lambda: Draft(6 * 5 * 4).convolution(image(6, 5, 4, filters=6, kernel=3)),
    "grouped": lambda: Draft(6 * 5 * 4).convolution(image(6, 5, 4, filters=6, groups=2, stride=2)),
    "depthwise": lambda: Draft(6 * 5 * 4).convolution(image(6, 5, 4, kernel=2, groups=4)),
    "transposed": lambda: Draft(2 * 2 * 4).transposed(
        image(5, 5, 3, filters=4, kernel=3, stride=2)
    ),
    "max": lambda: Draft(6 * 5 * 4).pooling("max_pooling", image(6, 5, 4, kernel=2, stride=2)),
    "average": lambda: Draft(6 * 5 * 4).pooling("average_pooling", image(6, 5, 4, kernel=2)),
    "global": lambda: Draft(4 * 4 * 4).pooling("global_max_pooling", image(4, 4, 4, kernel=4)),
    "zeros": lambda: Draft(24).pixels("zero_padding", replace(image(3, 2, 4), left=1), 36),
    "cropping": lambda: Draft(24).pixels("cropping", replace(image(3, 2, 4), left=1), 12),
    "up": lambda: Draft(24).pixels("up_sampling", replace(image(3, 2, 4), stride_width=2), 48),
}
OTHERS = {
    "embedding": lambda: Draft(6).embedding(9, 5),
    "lstm": lambda: Draft(6 * 3).recurrent("lstm", 6, 5, sequences=True),
    "gru": lambda: Draft(6 * 3).recurrent("gru", 6, 5, backwards=True),
    "rnn": lambda: Draft(6 * 3).recurrent("simple_rnn", 6, 5, sequences=True, flipped=True),
}
NUMBERS = [-(2**63), -(2**40), -1, 0, 1, 2, 3, 7, 12, 64, 2**12, HUGE, HUGE + 1]
NUMBERS += [2**26, 2**31 - 1, 2**31, 2**40, 2**62, 2**63 - 1, 2**63]


def places_of(description: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Every size that a description has: what holds it, and its name there."""
    places: list[tuple[Any, Any]] = [(description["inputs"], 0)]
    for operation in description["operations"]:
        places += [(operation, "steps"), (operation, "part")]
        places += [(operation["parameters"], number) for number in range(4)]
        places += [(operation["window"], name) for name in operation["window"] or ()]
    for parameter in description["parameters"]:
        places += [(parameter, "rows"), (parameter, "columns")]
    return places


@given(data=st.data(), kind=st.sampled_from([*WINDOWS, *OTHERS]), ends_dense=st.booleans())
@settings(max_examples=300)
def test_sizes_out_of_range_are_refused(data: Any, kind: str, ends_dense: bool) -> None:
    draft = (WINDOWS | OTHERS)[kind]()
    description = describe((draft.dense(3) if ends_dense else draft).graph(CLASSES))
    for operation in description["operations"]:
        operation["parameters"] = list(operation["parameters"])
    description["inputs"] = list(description["inputs"])
    native.Network(description, 2)  # as it is it makes sense
    places = places_of(description)
    for place in data.draw(st.sets(st.sampled_from(range(len(places))), min_size=1, max_size=4)):
        holder, name = places[place]
        holder[name] = data.draw(st.sampled_from(NUMBERS))
    before = most_memory()
    try:
        network = native.Network(description, 2)
    except (ValueError, RuntimeError):
        pass  # refused, in words; a number that is not one of C++ is a RuntimeError
    else:
        run(network, description["inputs"][0])
    assert most_memory() - before < 2**30


def run(network: Any, columns: int) -> None:
    """Two steps of three rows."""
    if columns > 2**16:
        return
    x = [np.ones((4, columns), np.float32)]
    order, rates = np.zeros((2, 3), np.int32), np.ones(2, np.float32)
    losses = np.empty(2, np.float32)
    network.train(x, np.zeros(4, np.int32), None, order, rates, 0, 2, losses)


def most_memory() -> int:
    """The most that this process has had in memory, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.parametrize(
    ("kind", "sizes", "columns", "message"),
    [
        ("convolution", {"height": -1}, 120, "a window's sizes are out of range"),
        ("max", {"stride_width": 0}, 120, "a window's sizes are out of range"),
        ("average", {"kernel_height": 2**40}, 120, "a window's sizes are out of range"),
        ("zeros", {"top": -1}, 24, "a window's padding is out of range"),
        ("max", {"kernel_height": 7}, 120, "a window is larger than its input"),
        ("max", {"height": 5}, 120, "a window does not fit its input"),
        ("convolution", {"top": HUGE, "stride_height": HUGE, "left": HUGE, "stride_width": HUGE},
         120, "a window is padded too much"),
        ("cropping", {"left": 2}, 24, "an image's size is out of range"),
        ("zeros", {"top": HUGE, "left": HUGE}, 24, "a window's output is too wide"),
        # 2^32 x 2^32 pixels: no pixel at all, as products of 64 bits have it.
        ("up", {"height": 2**12, "width": 2**12, "channels": 1, "filters": 1,
                "stride_height": HUGE, "stride_width": HUGE}, 2**24,
         "an image's size is out of range"),
    ],
)  # fmt: skip
def test_windows_that_make_no_sense_are_refused(
    kind: str, sizes: dict[str, int], columns: int, message: str
) -> None:
    description = describe(WINDOWS[kind]().graph(CLASSES))
    description["operations"][0]["window"] |= sizes
    description["inputs"] = [columns]
    with pytest.raises(ValueError, match=message):
        native.Network(description, 1)


@pytest.mark.parametrize(
    ("window", "message"),
    [
        # A route for each of 2^24 pixels of the stride.
        (image(2**12, 2**12, 1, stride=2**12), "a window's strides are too large"),
        # 2^20 pixels of the stride, each of which would look at 2^20 taps.
        (replace(image(1, HUGE, 1), kernel_width=HUGE, stride_width=HUGE),
         "a window's strides are too large"),
        # The gradient of one pixel with room for 1,023 more on each side: 17 GB.
        (image(1024, 1024, 1, filters=1024, kernel=1024), "the gradient of a window is too wide"),
    ],
)  # fmt: skip
def test_a_way_back_that_is_too_long_is_refused(window: Any, message: str) -> None:
    draft = Draft(window.height * window.width * window.channels).convolution(window)
    with pytest.raises(ValueError, match=message):
        native.Network(describe(draft.graph(CLASSES)), 1)


def test_a_long_sequence_of_many_units_is_refused_whatever_its_output() -> None:
    description = describe(Draft(2**20).recurrent("lstm", 2**20, 65, bias=False).graph(CLASSES))
    with pytest.raises(ValueError, match="a sequence is too long"):
        native.Network(description, 1)


def test_what_does_not_fit_is_refused_before_there_is_room_for_weights() -> None:
    description = describe(Draft(6).embedding(2**24, 64).dense(3).graph(CLASSES))
    description["inputs"] = [7]
    before = most_memory()
    with pytest.raises(ValueError, match="a kernel does not fit its input"):
        native.Network(description, 1)
    assert most_memory() - before < 2**28
