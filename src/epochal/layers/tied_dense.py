"""A Dense layer that uses the transposed kernel of another."""

from typing import Any

import keras
from keras import ops

from epochal.errors import InputError


@keras.saving.register_keras_serializable(package="epochal")
class TiedDense(keras.layers.Layer):
    """A Dense layer with tied weights: the transposed kernel of another, and a bias of its own.

    ``activation(x @ tied_to.kernel.T + bias)``. In an autoencoder, tied weights halve the number of
    parameters and regularise the decoder.

    Parameters
    ----------
    tied_to : keras.layers.Dense
        The layer whose kernel, (inputs, units), is used and trained by both; it is built before
        this one. To copy a model with a tied layer, save and load it: `keras.models.clone_model`
        would tie the copy to a layer outside it.
    activation : str or callable, optional
        The name of an activation in Keras, or a function of tensors. None: linear.
    use_bias : bool
        Whether the layer has a bias, (inputs,).
    bias_initializer : str or keras.initializers.Initializer
        Initialiser of the bias.

    Raises
    ------
    InputError
        A `tied_to` that is not a Dense layer, or is not built when this layer is built.

    References
    ----------
    P. Vincent et al., "Stacked Denoising Autoencoders", JMLR 2010, section 2.2: W' = W^T.

    Examples
    --------
    >>> import keras
    >>> from epochal.layers import TiedDense
    >>> down = keras.layers.Dense(3, activation="elu")
    >>> layers = [keras.Input((8,)), down, TiedDense(down)]
    >>> autoencoder = keras.Sequential(layers)
    >>> autoencoder.output_shape, autoencoder.count_params()
    ((None, 8), 35)
    """

    def __init__(
        self,
        tied_to: keras.layers.Dense,
        activation: Any = None,
        use_bias: bool = True,
        bias_initializer: Any = "zeros",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not isinstance(tied_to, keras.layers.Dense):
            raise InputError(
                f"tied_to must be a keras.layers.Dense, got {type(tied_to).__name__}: pass the "
                "layer whose kernel is to be shared."
            )
        self.tied_to = tied_to
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.bias: Any = None

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the bias; the kernel is that of `tied_to`."""
        if not self.tied_to.built:
            raise InputError(
                "tied_to must be built before the layer that is tied to it, got "
                f"{self.tied_to.name!r} without weights: put both in one model, the tied one above."
            )
        inputs, units = self.tied_to.kernel.shape
        if input_shape[-1] != units:
            raise InputError(
                f"tied_to must have as many units as the input has columns, {input_shape[-1]}, got "
                f"{units}: tie to a layer of that many."
            )
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(inputs,), initializer=self.bias_initializer, name="bias"
            )

    def call(self, inputs: Any) -> Any:
        """From (..., units) to (..., inputs of `tied_to`)."""
        outputs = ops.matmul(inputs, ops.transpose(self.tied_to.kernel))
        if self.bias is not None:
            outputs = ops.add(outputs, self.bias)
        return self.activation(outputs)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """As many columns as `tied_to` has inputs."""
        return (*input_shape[:-1], self.tied_to.kernel.shape[0])

    def get_config(self) -> dict[str, Any]:
        """The arguments of this layer; `tied_to` is referred to, not copied."""
        config: dict[str, Any] = super().get_config()
        return config | {
            "tied_to": keras.saving.serialize_keras_object(self.tied_to),
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "TiedDense":
        """The layer of such a configuration, tied to the layer of the same file."""
        tied_to = keras.saving.deserialize_keras_object(config["tied_to"])
        return cls(**{**config, "tied_to": tied_to})
