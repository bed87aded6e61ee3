"""The same fit on one device and shared between four; what came of both as JSON."""

import json
import os

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"

import epochal  # isort: skip
import jax
import keras
import numpy as np

from epochal.engine.xla.executables import EXECUTABLES

ROWS, BATCH = 150, 32  # the last batch, of 22 rows, does not divide among four


def fitted(engine: str) -> dict[str, object]:
    """A fit with validation, and what the model predicts and scores after it."""
    random = np.random.default_rng(0)
    x = random.normal(size=(ROWS, 6)).astype(np.float32)
    y = (x[:, 0] > x[:, 1]).astype(np.int32)
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(16, "relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(2, "softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    run = epochal.fit(model, x, y, batch_size=BATCH, epochs=3, seed=0, engine=engine, verbose=0)
    scored = epochal.evaluate(model, x, y, batch_size=ROWS, verbose=0, return_dict=True)
    return {
        "engine": run.engine,
        "reason": run.engine_reason,
        "history": run.history,
        "predicted": epochal.predict(model, x, batch_size=ROWS, verbose=0).tolist(),
        "scored": scored,
        "devices": [len(variable.value.sharding.device_set) for variable in model.variables],
        "kernel": np.asarray(model.layers[0].kernel).tolist(),
    }


def all_reduces() -> int:
    """Of the programs so far, those in which devices exchange what they have summed."""
    return sum("all-reduce" in each.as_text() for each in EXECUTABLES.by_key.values())


alone, before = fitted("xla"), all_reduces()
keras.distribution.set_distribution(
    keras.distribution.DataParallel(devices=keras.distribution.list_devices("cpu"))
)
shared = fitted("auto")
found = {
    "alone": alone,
    "shared": shared,
    "all_reduces": [before, all_reduces()],
    "devices": jax.device_count(),
}
print(json.dumps(found))
