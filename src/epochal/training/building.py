"""Build a model from its first batch; then its outputs are known, and the targets can be judged."""

from typing import Any

import keras

from epochal.training import bridge
from epochal.training.doors import check_targets_of_built


def build(
    model: keras.Model, iterator: Any, seed: int | None, y: Any, validation_y: Any = None
) -> None:
    """`bridge.build`, and the targets looked at again where the model had no width before."""
    unknown = not model.built
    try:
        bridge.build(model, iterator, seed)
    finally:
        # A loss that cannot take the targets fails within the build, with less to say.
        if unknown:
            check_targets_of_built(model, y)
            check_targets_of_built(model, validation_y, "validation_data")
