"""What a network has to compute: the multiplications and additions of its products."""

from math import prod

import keras

RECURRENT = (keras.layers.SimpleRNN, keras.layers.GRU, keras.layers.LSTM)
# A convolution is a product of each output's place with the whole kernel.
CONVOLUTIONS = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)
TRANSPOSED = (keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose)


def training_operations(model: keras.Model) -> float:
    """Of training on one row: forward, the gradient of the inputs, that of the weights.

    The first layer with weights has no gradient of its inputs. What is no product of matrices
    (activations, normalisation, the optimiser) does not count; nor do depthwise convolutions,
    which are no products of matrices.
    """
    forward = [count for layer in model.layers if (count := _forward(layer))]
    return 3.0 * sum(forward) - forward[0] if forward else 0.0


def _forward(layer: keras.layers.Layer) -> float:
    if isinstance(layer, keras.layers.MultiHeadAttention):
        return _attention(layer)
    if isinstance(layer, RECURRENT):
        weights = prod(layer.cell.kernel.shape) + prod(layer.cell.recurrent_kernel.shape)
        return 2.0 * float(layer.input.shape[1] * weights)
    if isinstance(layer, TRANSPOSED):
        return 2.0 * float(prod((*layer.input.shape[1:-1], *layer.kernel.shape)))
    if isinstance(layer, (keras.layers.Dense, *CONVOLUTIONS)):
        return 2.0 * float(prod((*layer.output.shape[1:-1], *layer.kernel.shape)))
    return 0.0


def _attention(layer: keras.layers.MultiHeadAttention) -> float:
    """Four projections of each step, the scores and the mix, of a layer on one sequence."""
    steps = layer.output.shape[1]
    weights = [prod(each.shape) for each in layer.trainable_weights if len(each.shape) == 3]
    heads = layer.num_heads * (layer.key_dim + (layer.value_dim or layer.key_dim))
    return 2.0 * float(steps * sum(weights) + steps**2 * heads)
