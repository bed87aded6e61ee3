"""The two kinds of uncertainty in one drawing: ``python -m tools.uncertainty_picture``.

Five networks with a Gaussian head learn a curve whose noise grows to the right, from rows that
leave a gap out. Writes ``docs/assets/uncertainty.png``.
"""

import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

import epochal

PICTURE = Path(__file__).parents[1] / "docs" / "assets" / "uncertainty.png"
NETWORKS, ROWS, EPOCHS = 5, 250, 300
GAP = (-0.3, 0.6)


def rows(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Inputs from -1.5 to 1.5 without those of the gap, and numbers whose noise grows with them."""
    random = np.random.default_rng(seed)
    x = random.uniform(-1.5, 1.5, ROWS)
    x = x[(x < GAP[0]) | (x > GAP[1])]
    noise = 0.03 + 0.15 * (x + 1.5)
    return x.astype(np.float32), (np.sin(3 * x) + noise * random.normal(size=len(x))).astype("f4")


def trained(seed: int, x: np.ndarray, y: np.ndarray) -> keras.Model:
    """One network, on its own draw of the rows."""
    keras.utils.set_random_seed(seed)
    taken = np.random.default_rng(seed).integers(0, len(x), len(x))
    model = keras.Sequential(
        [
            keras.Input((1,)),
            keras.layers.Dense(64, "relu"),
            keras.layers.Dense(64, "relu"),
            epochal.layers.GaussianHead(),
        ]
    )
    model.compile(keras.optimizers.Adam(0.005), epochal.losses.GaussianLikelihood())
    epochal.fit(model, x[taken, None], y[taken], epochs=EPOCHS, verbose=0, seed=seed)
    return model


def main() -> None:
    """Train, predict, draw."""
    x, y = rows()
    ensemble = epochal.Ensemble(models=[trained(seed, x, y) for seed in range(NETWORKS)])
    at = np.linspace(-2, 2, 301, dtype=np.float32)
    found = epochal.predict(ensemble, at[:, None], uncertainty="ensemble", verbose=0)
    epochal.plots.prediction_bands(at, found, seen=(x, y)).savefig(PICTURE)


if __name__ == "__main__":
    main()
