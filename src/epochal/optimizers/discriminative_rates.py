"""A learning rate for each variable, under one that schedules and callbacks can change."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import keras
from keras import ops

from epochal.checks import check_rate
from epochal.compat._keras import variable_index, weight_decay_step
from epochal.errors import InputError

_SCALING = keras.optimizers.LossScaleOptimizer, keras.optimizers.MultiOptimizer


@keras.saving.register_keras_serializable(package="epochal")
class DiscriminativeRates(keras.optimizers.Optimizer):
    """An optimiser that multiplies the learning rate of each variable by a factor of its own.

    Variable i is trained as `inner_optimizer` would train it at the rate ``factors[i] *
    learning_rate``, weight decay included. The rate is scaled, not the gradient: Adam and similar
    optimisers normalise gradients, so that a scaled gradient would change nothing. There is still
    one learning rate, so that schedules, callbacks and the range test work as with the inner
    optimiser alone; `keras.optimizers.MultiOptimizer` has several, none of which they can change.

    `epochal.unfreeze` makes one from the depth of each layer. A file with a model that was compiled
    with one is loaded by `keras.saving.load_model` once `epochal.optimizers` is imported.

    Parameters
    ----------
    inner_optimizer : keras.optimizers.Optimizer
        The optimiser that trains the variables and holds the learning rate; not one that wraps
        another.
    factors : sequence of float, (variables,)
        A factor above 0 for each trainable variable of the model, in their order.
    name : str, optional
        The name of the optimiser. None: made from the class name.

    Raises
    ------
    InputError
        A factor that is not finite and above 0, another number of factors than of variables, or an
        inner optimiser that wraps another.

    References
    ----------
    J. Howard, S. Ruder, "Universal Language Model Fine-tuning for Text Classification", ACL 2018,
    section 3.2 (discriminative fine-tuning).

    Examples
    --------
    >>> import keras
    >>> from epochal.optimizers import DiscriminativeRates
    >>> layers = [keras.layers.Dense(5, "relu"), keras.layers.Dense(1)]
    >>> model = keras.Sequential([keras.Input((4,)), *layers])
    >>> rates = DiscriminativeRates(keras.optimizers.Adam(0.01), factors=[0.1, 0.1, 1, 1])
    >>> model.compile(rates, "mse")
    >>> rates.factors
    (0.1, 0.1, 1.0, 1.0)
    """

    def __init__(
        self,
        inner_optimizer: keras.optimizers.Optimizer,
        factors: Sequence[float],
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate=0.0, name=name)
        if isinstance(inner_optimizer, (*_SCALING, DiscriminativeRates)):
            raise InputError(
                "inner_optimizer must be an optimizer that wraps no other, got a "
                f"{type(inner_optimizer).__name__}: pass the one inside it."
            )
        if not isinstance(inner_optimizer, keras.optimizers.Optimizer):
            raise InputError(
                "inner_optimizer must be a keras.optimizers.Optimizer, got "
                f"{inner_optimizer!r}: pass for example keras.optimizers.Adam(0.001)."
            )
        self.inner_optimizer = inner_optimizer
        self.factors = tuple(
            check_rate(f"factors[{index}]", factor) for index, factor in enumerate(factors)
        )

    def build(self, variables: Sequence[Any]) -> None:
        """Make the inner optimiser's variables for the model's `variables`."""
        if self.built:
            return
        if len(variables) != len(self.factors):
            raise InputError(
                "factors must hold one number for each trainable variable of the model, "
                f"{len(variables)}, got {len(self.factors)}: compile again with as many, or let "
                "epochal.unfreeze do it."
            )
        self.inner_optimizer.build(variables)
        super().build(variables)

    def factor(self, variable: Any) -> float:
        """What the learning rate of `variable` is multiplied by."""
        return self.factors[variable_index(self, variable)]

    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Any] | None = None) -> None:
        """Update the variables from their gradients, each at its own rate."""
        if not self.built and trainable_variables is not None:
            with keras.name_scope(self.name, caller=self):
                self.build(list(trainable_variables))
        with self._own_rates():
            self.inner_optimizer.apply(grads, trainable_variables)

    @contextmanager
    def _own_rates(self) -> Iterator[None]:
        """Inside this the inner optimiser updates each variable at its own rate."""
        inner = self.inner_optimizer
        update = inner.update_step
        decay_name, decay = weight_decay_step(inner)

        def update_step(gradient: Any, variable: Any, learning_rate: Any) -> None:
            """The inner optimiser's, at the rate of the variable."""
            rate = ops.cast(learning_rate, variable.dtype)
            update(gradient, variable, ops.multiply(rate, self.factor(variable)))

        def apply_weight_decay(variables: Sequence[Any]) -> None:
            """The inner optimiser's, at the rate of each variable."""
            for variable in variables:
                scaled = inner.weight_decay and inner.weight_decay * self.factor(variable)
                with patch.object(inner, "weight_decay", scaled):
                    decay([variable])

        with ExitStack() as stack:
            stack.enter_context(patch.object(inner, "update_step", update_step))
            stack.enter_context(patch.object(inner, decay_name, apply_weight_decay))
            yield

    @property
    def variables(self) -> list[Any]:
        """The variables of this optimiser and of the inner one."""
        variables: list[Any] = super().variables + self.inner_optimizer.variables
        return variables

    @property
    def learning_rate(self) -> Any:
        """The learning rate of the inner optimiser: that of a variable whose factor is 1."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        self.inner_optimizer.learning_rate = learning_rate

    @property
    def iterations(self) -> Any:
        """The number of updates that the inner optimiser has made."""
        return self.inner_optimizer.iterations

    def scale_loss(self, loss: Any) -> Any:
        """The loss scaled as the inner optimiser scales it."""
        return self.inner_optimizer.scale_loss(loss)

    def finalize_variable_values(self, var_list: Sequence[Any]) -> None:
        """Put averaged weights, where the inner optimiser keeps them, in place of the last ones."""
        self.inner_optimizer.finalize_variable_values(var_list)

    def get_config(self) -> dict[str, Any]:
        """The arguments of this optimiser, for saving it."""
        inner = keras.saving.serialize_keras_object(self.inner_optimizer)
        return {"name": self.name, "inner_optimizer": inner, "factors": list(self.factors)}

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> "DiscriminativeRates":
        """The optimiser of such a configuration."""
        inner = keras.saving.deserialize_keras_object(config["inner_optimizer"], custom_objects)
        return cls(**{**config, "inner_optimizer": inner})
