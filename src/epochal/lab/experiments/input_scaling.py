"""Raw pixels, [0, 1], [-1, 1], standardised, and rows of unit length."""

from collections.abc import Iterator

import keras
import numpy as np

from epochal.data import make_scaler
from epochal.lab import figures
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.images import Images, raw
from epochal.lab.training import dense_network, last, train

SCALERS = {
    "[0, 1]": "minmax",
    "[-1, 1]": "symmetric",
    "standardised": "standard",
    "unit rows": "l2",
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    images = _flat(raw("fashion-mnist", scale))
    for name, scaled in {"raw": images, **_scaled(images)}.items():
        optimizer = keras.optimizers.SGD(1e-2)
        model = dense_network(activation="elu")
        yield name, last(train(model, scaled, optimizer, epochs=scale.epochs(10), seed=seed))


def _scaled(images: Images) -> dict[str, Images]:
    """Each scaling, fitted on the training part and applied to all."""
    made = {}
    for name, kind in SCALERS.items():
        scaler = make_scaler(kind).fit(images.x_train)
        made[name] = images.mapped(scaler.transform)
    return made


def _flat(images: Images) -> Images:
    return images.mapped(lambda pixels: pixels.reshape(len(pixels), -1).astype(np.float32))


EXPERIMENT = Experiment(
    name="input-scaling",
    title="Scaling the inputs",
    claim="Scaled inputs train better than raw ones.",
    source="[001] [002] [004]",
    measure="validation accuracy",
    run=run,
    draw=figures.curves("val_accuracy", "validation accuracy"),
)
