"""What `keras.distribution` says of a batch: which device takes which of its rows."""

from typing import Any

import jax
import keras

from epochal.engine import Tree


def is_distributed() -> bool:
    """Whether variables and rows lie on the devices of a distribution."""
    return keras.distribution.distribution() is not None


def with_rows_shared(batch: Tree) -> Tree:
    """The batch, its rows divided among the devices, where they divide evenly."""
    distribution = keras.distribution.distribution()
    if distribution is None:
        return batch

    def shared(rows: Any) -> Any:
        layout = distribution.get_data_layout(rows.shape)
        mesh = layout.device_mesh
        parts = dict(zip(mesh.axis_names, mesh.shape, strict=True))[layout.axes[0]]
        if rows.shape[0] % parts:
            return rows
        return keras.distribution.distribute_tensor(rows, layout)

    return jax.tree.map(shared, batch)
