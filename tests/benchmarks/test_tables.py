"""The tables of the native engine's benchmarks, from invented numbers."""

import xml.etree.ElementTree as ElementTree

import pytest

from benchmarks import additions, growth, kernels
from benchmarks.growth import CURVES, Point


def test_kernels_beside_libxsmm() -> None:
    lines = [
        ["avx512", "280.0"],
        ["32", "100", "10", "90.0", "100.0", "200.0", "200.0", "50.0", "0.0"],
        ["128", "100", "10", "10.0", "100.0", "10.0", "100.0", "10.0", "100.0"],
    ]
    body = kernels.section(lines)
    assert "| 100 x 10, batch 32 | 90 | 100 | 200 | 200 | 50 | none |" in body
    assert "the least is 90%, the median 100%: reached" in body
    lines[1][3] = "80.0"
    assert "the least is 80%, the median 100%: **not reached**" in kernels.section(lines)


def test_what_is_added_costs() -> None:
    epochs = {"A-sgd-32": 1.0, "A-dropout-sgd-32": 1.1, "A-bn-sgd-32": 1.4}
    body = additions.section(epochs, {1: 2.0, 2: 2.6}, rounds=3)
    assert "1.100 s | 1.10 | <= 1.10 | reached |" in body
    assert "1.400 s | 1.40 | <= 1.35 | **not reached** |" in body
    assert "2.600 s | 1.30 | <= 1.25 | **not reached** |" in body


@pytest.mark.parametrize(
    ("xla", "first"),
    [([1, 1, 1], None), ([3, 1, 1], None), ([1, 3, 3], 2), ([3, 1, 3], 4), ([3, 3, 3], 1)],
)
def test_from_where_on_the_other_engine_is_faster(xla: list[float], first: int | None) -> None:
    assert growth.turn([1, 2, 4], {"native": [2, 2, 2], "xla": xla}) == first


def test_the_roof() -> None:
    point = Point(width=100, depth=1, batch=1)  # 100 x 100 and 100 x 10 weights
    assert point.operations == 6 * 11_000 - 2 * 10_000
    assert growth.roof(point, peak=100.0, bandwidth=10.0) == pytest.approx(46_000 / 176_000 * 10)
    assert growth.roof(Point(batch=4096), peak=100.0, bandwidth=10.0) == 100.0


def test_an_epoch_is_as_long_as_the_time_and_the_rows_allow() -> None:
    assert Point(width=2048).steps(1.0) == 4
    assert Point().steps(1e6) == growth.MOST_STEPS
    assert Point(rows=1_000).steps(1e6) == 1_000 // 32


def test_the_drawing_is_small_and_well_formed() -> None:
    results = {
        name: {engine: [10.0 + place for place in range(len(points))] for engine in growth.ENGINES}
        for name, points in CURVES.items()
    }
    drawing = growth.draw(results, peak=100.0, bandwidth=10.0)
    assert ElementTree.fromstring(drawing).tag.endswith("svg")
    assert len(drawing) < 100_000
