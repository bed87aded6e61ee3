"""The guidelines, and the sizes of hidden layers."""

import keras
import pytest

from epochal.models import ALL_GUIDELINES, hidden_sizes, network


def test_the_exceptions_start_from_the_default():
    default = ALL_GUIDELINES["default"]
    shared = ("initializer", "batch_normalization_from", "optimizer", "alpha_dropout")
    for name in ("sparse", "low-latency", "risk-aware"):
        assert all(getattr(ALL_GUIDELINES[name], part) == getattr(default, part) for part in shared)
        assert ALL_GUIDELINES[name].afterwards


@pytest.mark.parametrize(
    ("rows", "features", "expected"),
    [
        (10, 4, (32, 32)),  # never narrower
        (1_000, 20, (64, 64)),  # 2 sqrt(1000) = 63.2
        (9_999, 784, (256, 256)),  # 2 sqrt(9999) = 199.98
        (10_000, 784, (256, 256, 256)),
        (60_000, 784, (512, 512, 512)),
        (1_000_000, 784, (512, 512, 512)),  # never wider
        (1_000_000, 8, (64, 64, 64)),  # 8 features need no more
    ],
)
def test_the_size_rule(rows, features, expected):
    assert hidden_sizes(rows, features) == expected
    model = network("binary", features, rows=rows)
    dense = [layer.units for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    assert dense == [*expected, 1]
