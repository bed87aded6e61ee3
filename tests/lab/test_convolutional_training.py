"""The convolutional recipe: its network, its augmented rows, and what it is scored on."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from keras import layers

from epochal.lab import ALL_SCALES
from epochal.lab.convolutional_training import (
    ONE_VIEW,
    TWO_VIEWS,
    Recipe,
    accuracy_on_test_part,
    augmented,
    convolutional_network,
    train_augmented,
)
from epochal.lab.images import Images, shift_images

RECIPE = Recipe(
    blocks=((2,), (4, 4)),
    copies=3,
    max_shift=1,
    epochs=5,
    batch_size=8,
    peak_learning_rate=3e-3,
    weight_decay=0.02,
    dropout=0.2,
)


def few_images(rows=16) -> Images:
    """Images of which the class decides the brightness, the same in all three parts."""
    labels = np.arange(rows) % 10
    noise = np.random.default_rng(0).normal(0, 0.05, (rows, 8, 8, 1))
    pixels = (labels[:, None, None, None] / 10 + noise).astype(np.float32)
    return Images(pixels, labels, pixels, labels, pixels, labels)


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_blocks_halve_the_image(dropout):
    model = convolutional_network(((2,), (4, 4)), dropout=dropout)
    model.build((None, 8, 8, 1))
    kinds = [type(layer).__name__ for layer in model.layers]
    one = ["Conv2D", "BatchNormalization", "Activation"]
    end = ["Flatten", *(["Dropout"] if dropout else []), "Dense"]
    assert kinds == [*one, "MaxPooling2D", *one, *one, "MaxPooling2D", *end]
    assert model.get_layer(index=kinds.index("Flatten")).input.shape == (None, 2, 2, 4)
    # A bias before batch normalisation would be subtracted again.
    convolutions = [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]
    assert [layer.filters for layer in convolutions] == [2, 4, 4]
    assert not any(layer.use_bias for layer in convolutions)


def test_every_copy_is_a_shift_of_its_image_and_keeps_its_label():
    images = few_images(40)
    x, labels = augmented(images.x_train, images.y_train, copies=3, max_shift=1, seed=0)
    assert x.shape == (120, 8, 8, 1)
    np.testing.assert_array_equal(labels, np.tile(images.y_train, 3))
    shifts = [
        shift_images(images.x_train, down, right, mirrored=mirrored)
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
        for mirrored in (False, True)
    ]
    for copy in x.reshape(3, 40, 8, 8, 1):
        same = [(copy == shifted).all(axis=(1, 2, 3)) for shifted in shifts]
        assert np.any(same, axis=0).all()
    assert (x[:40] != x[40:80]).any()
    again, _ = augmented(images.x_train, images.y_train, copies=3, max_shift=1, seed=0)
    np.testing.assert_array_equal(x, again)


def test_the_scale_limits_epochs_and_copies_and_the_seed_decides_all():
    images = few_images()
    first, again, other = (
        train_augmented(RECIPE, images, ALL_SCALES["small"], seed) for seed in (0, 0, 1)
    )
    assert len(first.epoch) == 2
    assert len(first.learning_rates) == 2 * 2 * len(images.x_train) // RECIPE.batch_size
    assert first.history["loss"] == again.history["loss"]
    assert first.history["loss"] != other.history["loss"]


def test_two_views_are_an_image_and_its_mirror_image(monkeypatch):
    """A network that sees the left edge only, and is right about the mirror image."""
    images = few_images(4)._replace(
        x_test=np.eye(4, dtype=np.float32)[:, None, :, None],  # one pixel is bright
        y_test=np.array([3, 2, 1, 0]),
    )

    def outputs(model, x, verbose):
        pixels = x[:, 0, :, 0]
        return pixels if np.array_equal(x, images.x_test) else 2 * pixels

    monkeypatch.setattr("epochal.lab.convolutional_training.predict", outputs)
    run: Any = SimpleNamespace(
        model=None,
        epoch=[0, 1],
        history={"val_accuracy": [0.1, 0.2]},
        timing=SimpleNamespace(epochs=[2.0, 1.0]),
    )
    results = dict(accuracy_on_test_part(run, images))
    assert list(results) == [ONE_VIEW, TWO_VIEWS]
    assert [result.value for result in results.values()] == [0.0, 1.0]
    assert [result.epochs for result in results.values()] == [2, 2]
    assert results[ONE_VIEW].curves == {"val_accuracy": [0.1, 0.2]}
