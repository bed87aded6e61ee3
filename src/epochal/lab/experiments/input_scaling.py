"""Raw pixels, and pixels scaled in four ways."""

from collections.abc import Iterator

import keras
import numpy as np

from epochal.data import make_scaler
from epochal.lab import charts
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.image_training import dense_network, final_result, train
from epochal.lab.images import Images, raw_images
from epochal.lab.sources import GERON, SAULABI, SLIDES, Citation

SCALERS = {
    "[0, 1]": "minmax",
    "[-1, 1]": "symmetric",
    "standardised": "standard",
    "unit L2 norm": "l2",
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the validation accuracy with each scaling."""
    images = _flat(raw_images("fashion-mnist", scale))
    for name, scaled in {"raw": images, **_scaled(images)}.items():
        optimizer = keras.optimizers.SGD(1e-2)
        model = dense_network(activation="elu")
        yield (
            name,
            final_result(train(model, scaled, optimizer, epochs=scale.epochs(10), seed=seed)),
        )


def _scaled(images: Images) -> dict[str, Images]:
    """The images in each scaling, fitted on the training part."""
    made = {}
    for name, kind in SCALERS.items():
        scaler = make_scaler(kind).fit(images.x_train)
        made[name] = images.map_pixels(scaler.transform)
    return made


def _flat(images: Images) -> Images:
    return images.map_pixels(lambda pixels: pixels.reshape(len(pixels), -1).astype(np.float32))


EXPERIMENT = Experiment(
    name="input-scaling",
    title="Input scaling",
    claim="Networks train better on scaled inputs than on raw ones.",
    sources=(
        Citation(SLIDES, "Ways to scale inputs"),
        Citation(SAULABI, "Data preprocess"),
        Citation(GERON, "Nonsaturating Activation Functions"),
    ),
    measure="validation accuracy",
    run=run,
    draw=charts.curves("val_accuracy", "validation accuracy"),
)
