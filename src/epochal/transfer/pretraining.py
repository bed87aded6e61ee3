"""Pretraining without labels: an autoencoder over the lower layers of a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import keras
import numpy as np

from epochal.bridge.cloning import clone_lower_layers, input_like
from epochal.bridge.layer_groups import layers_of
from epochal.data import head_of
from epochal.errors import InputError
from epochal.models.optimizers import make_optimizer
from epochal.training import Run, fit
from epochal.transfer.decoder import mirrored_decoder
from epochal.transfer.reuse import check_reusable, first_dropped


@dataclass(frozen=True, kw_only=True)
class Pretrained:
    """What `pretrain_autoencoder` returns.

    Attributes
    ----------
    encoder : keras.Model
        The layers from the input to the code: ``epochal.reuse(encoder, head, drop=0)``.
    autoencoder : keras.Model
        The same layers, not copies, with the decoder on top; compiled.
    run : Run
        The record of the autoencoder's training.
    """

    encoder: keras.Model
    autoencoder: keras.Model
    run: Run


def pretrain_autoencoder(
    model: keras.Model,
    x: Any,
    *,
    drop: int | str = 1,
    noise: float | keras.layers.Layer = 0.0,
    tied: bool = False,
    decoder: Sequence[keras.layers.Layer] | None = None,
    optimizer: str = "nadam",
    learning_rate: Any = None,
    epochs: int = 10,
    batch_size: int | None = None,
    verbose: Any = "auto",
    callbacks: Sequence[keras.callbacks.Callback] | None = None,
    validation_split: float = 0.0,
    seed: int | None = None,
    engine: str = "auto",
) -> Pretrained:
    """Pretrain the lower layers of a model on unlabelled inputs, as the encoder of an autoencoder.

    A copy of the layers is put under a decoder that mirrors them, and both are trained to
    reconstruct the input, with the mean squared error as loss. `model` is not changed.

    Parameters
    ----------
    model : keras.Model
        Built, trained or not; as for `epochal.reuse`.
    x : array_like, (rows, ...)
        The inputs. Where all lie in [0, 1], the reconstruction ends in a sigmoid.
    drop : int or str
        What to drop from the top, as in `epochal.reuse`: 1 is the head.
    noise : float or keras.layers.Layer
        Noise on the inputs in training, so that a wide code cannot just copy them (a denoising
        autoencoder): the fraction of values, in [0, 1), that is set to 0, the others being scaled
        up as in Keras' dropout; or a layer such as ``keras.layers.GaussianNoise(0.2)``.
    tied : bool
        Whether the decoder uses the transposed kernels of the encoder (`epochal.layers.TiedDense`).
    decoder : sequence of keras.layers.Layer, optional
        Layers from the code to the shape of the input. None: a mirror image of the Dense layers.
    optimizer, learning_rate
        As in `epochal.network`.
    epochs, batch_size, verbose, callbacks, validation_split, seed, engine
        As in `epochal.fit`. The seed is also that of the decoder's weights.

    Returns
    -------
    Pretrained
        ``encoder``, ``autoencoder`` and ``run``.

    Raises
    ------
    InputError
        A model that `epochal.reuse` would not take; noise outside [0, 1); layers other than Dense
        without a `decoder`; a decoder that ends in another shape; and whatever `epochal.fit`
        raises.

    References
    ----------
    P. Vincent et al., "Stacked Denoising Autoencoders", JMLR 2010: loss ||x - d(e(x + noise))||^2.

    Examples
    --------
    >>> import epochal, numpy as np
    >>> x = np.random.default_rng(0).uniform(size=(60, 8)).astype("float32")
    >>> model = epochal.network("multiclass", 8, hidden=(6, 4), classes=3, seed=1)
    >>> pretrained = epochal.pretrain_autoencoder(model, x, noise=0.2, epochs=2, seed=2, verbose=0)
    >>> pretrained.encoder.output_shape, pretrained.autoencoder.output_shape
    ((None, 4), (None, 8))
    >>> classifier = epochal.reuse(pretrained.encoder, head=3, drop=0, seed=3)
    """
    check_reusable(model, "pretrain_autoencoder")
    check_inputs(x)
    noise_layers = _noise_layers(noise, seed)
    encoder = clone_lower_layers(model, layers_of(model)[: first_dropped(model, drop)])
    for layer in layers_of(encoder):
        layer.trainable = True
    task = head_of("unit_interval" if _lies_in_unit_interval(x) else "regression")
    if decoder is None:
        decoder = mirrored_decoder(encoder, tied=tied, output=task.activation, seed=seed)
    autoencoder = _assembled(encoder, noise_layers, decoder)
    autoencoder.compile(make_optimizer(optimizer, learning_rate), task.loss)
    run = fit(
        autoencoder,
        x,
        x,
        epochs=epochs,
        batch_size=batch_size,
        verbose=verbose,
        callbacks=callbacks,
        validation_split=validation_split,
        seed=seed,
        engine=engine,
    )
    return Pretrained(encoder=encoder, autoencoder=autoencoder, run=run)


def check_inputs(x: Any) -> None:
    """`InputError` unless `x` is an array of rows."""
    if not hasattr(x, "shape") or len(x.shape) < 2:
        raise InputError(
            f"x must be an array of rows, (rows, ...), got {getattr(x, 'shape', type(x).__name__)}:"
            " make one with np.asarray."
        )


def _lies_in_unit_interval(x: Any) -> bool:
    values = np.asarray(x)
    return bool(values.size and values.min() >= 0 and values.max() <= 1)


def _noise_layers(noise: Any, seed: int | None) -> list[keras.layers.Layer]:
    if isinstance(noise, keras.layers.Layer):
        return [noise]
    if not isinstance(noise, Real) or isinstance(noise, bool) or not 0 <= float(noise) < 1:
        raise InputError(
            "noise must be the fraction of inputs set to 0, in [0, 1), or a Keras layer, got "
            f"{noise!r}: give for example 0.3 or keras.layers.GaussianNoise(0.2)."
        )
    return [keras.layers.Dropout(float(noise), seed=seed, name="noise")] if noise else []


def _assembled(
    encoder: keras.Model, noise: list[keras.layers.Layer], decoder: Sequence[keras.layers.Layer]
) -> keras.Model:
    """Noise, encoder and decoder as one model that shares the encoder's layers."""
    sequential = isinstance(encoder, keras.Sequential)
    body = layers_of(encoder) if sequential else [encoder]
    whole = keras.Sequential([input_like(encoder.inputs[0]), *noise, *body, *decoder])
    if whole.output_shape != whole.input_shape:
        raise InputError(
            f"decoder must end in the shape of an input row, {whole.input_shape[1:]}, got "
            f"{whole.output_shape[1:]}: change its last layers."
        )
    return whole
