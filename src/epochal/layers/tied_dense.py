"""A Dense layer that goes back through the weights of another."""

from typing import Any

import keras
from keras import ops

from epochal.errors import InputError


@keras.saving.register_keras_serializable(package="epochal")
class TiedDense(keras.layers.Layer):
    """The way back through a Dense layer: its kernel transposed, with a bias of its own.

    ``activation(x @ tied_to.kernel.T + bias)``. In an autoencoder it halves the weights and keeps
    the decoder from learning what the encoder has not.

    Parameters
    ----------
    tied_to : keras.layers.Dense
        The layer whose kernel, (inputs, units), is used; built before this one is. Its kernel is
        trained by both. A model with a tied layer is copied by saving and loading it;
        `keras.models.clone_model` would tie the copy to a layer outside of it.
    activation : str or callable, optional
        Keras' name, or a function of tensors. None: linear.
    use_bias : bool
        Whether there is a bias, of shape (inputs,).
    bias_initializer : str or keras.initializers.Initializer
        Where the bias starts.

    Raises
    ------
    InputError
        `tied_to` is no Dense layer, or is not built when this layer is.

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
                "layer whose kernel this one goes back through."
            )
        self.tied_to = tied_to
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.bias: Any = None

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the bias; the kernel is there."""
        if not self.tied_to.built:
            raise InputError(
                f"tied_to must be built before the layer that is tied to it, but "
                f"{self.tied_to.name!r} is not: put both in one model, this one above."
            )
        inputs, units = self.tied_to.kernel.shape
        if input_shape[-1] != units:
            raise InputError(
                f"tied_to must have as many units as the input has columns, {input_shape[-1]}, got "
                f"{units}: tie to the layer that gives this input."
            )
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(inputs,), initializer=self.bias_initializer, name="bias"
            )

    def call(self, inputs: Any) -> Any:
        """From (..., units) to (..., inputs of the other layer)."""
        outputs = ops.matmul(inputs, ops.transpose(self.tied_to.kernel))
        if self.bias is not None:
            outputs = ops.add(outputs, self.bias)
        return self.activation(outputs)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.tied_to.kernel.shape[0])

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this layer again; the other layer is named, not copied."""
        config: dict[str, Any] = super().get_config()
        return config | {
            "tied_to": keras.saving.serialize_keras_object(self.tied_to),
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "TiedDense":
        """Make the layer again, tied to the layer of the same file."""
        tied_to = keras.saving.deserialize_keras_object(config["tied_to"])
        return cls(**{**config, "tied_to": tied_to})
