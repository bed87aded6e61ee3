"""Every private name of Keras that epochal uses, and which of them this Keras lacks.

No other file reaches for one: `tests/test_architecture.py` reads the source. A release of Keras may
move or drop any of them: `missing` then says which, and `epochal.fit` goes through `model.fit`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any

import keras

_absent: list[str] = []


def _private(path: str) -> Any:
    """What stands at `path` in Keras, or a class that cannot be made where there is nothing."""
    module, _, name = path.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError):
        _absent.append(path)
        return type(name, (), {"__init__": _refuse})


def _refuse(self: Any, *_: Any, **__: Any) -> None:
    raise AttributeError(f"Keras {keras.__version__} has no {type(self).__name__}")


# Types
Functional: Any = _private("keras.src.models.functional.Functional")
Node: Any = _private("keras.src.ops.node.Node")
CallContext: Any = _private("keras.src.layers.layer.CallContext")
ConvertToTensor: Any = _private("keras.src.ops.core.ConvertToTensor")
NotEqual: Any = _private("keras.src.ops.numpy.NotEqual")
Added: Any = _private("keras.src.ops.numpy.Add")
Subtracted: Any = _private("keras.src.ops.numpy.Subtract")
Multiplied: Any = _private("keras.src.ops.numpy.Multiply")
Divided: Any = _private("keras.src.ops.numpy.TrueDivide")
RandomInitializer: Any = _private("keras.src.initializers.random_initializers.RandomInitializer")
DropoutRNNCell: Any = _private("keras.src.layers.rnn.dropout_rnn_cell.DropoutRNNCell")
MonitorCallback: Any = _private("keras.src.callbacks.monitor_callback.MonitorCallback")
EpochIterator: Any = _private("keras.src.trainers.epoch_iterator.EpochIterator")
_ADAPTERS = "keras.src.trainers.data_adapters"
ArrayDataAdapter: Any = _private(f"{_ADAPTERS}.array_data_adapter.ArrayDataAdapter")
NumpySliceable: Any = _private(f"{_ADAPTERS}.array_slicing.NumpySliceable")
SafeModeScope: Any = _private("keras.src.saving.serialization_lib.SafeModeScope")

# Functions
can_convert_arrays: Any = _private(f"{_ADAPTERS}.array_data_adapter.can_convert_arrays")
convert_to_sliceable: Any = _private(f"{_ADAPTERS}.array_slicing.convert_to_sliceable")
train_validation_split: Any = _private(f"{_ADAPTERS}.array_slicing.train_validation_split")
is_default: Any = _private("keras.src.utils.python_utils.is_default")
pythonify_logs: Any = _private("keras.src.utils.python_utils.pythonify_logs")

# Modules and tables
keras_backend: Any = _private("keras.src.backend")
random_initializers: Any = _private("keras.src.initializers.random_initializers")
backend_core: Any = _private("keras.src.backend.core")
backend_nn: Any = _private("keras.src.backend.nn")
backend_numpy: Any = _private("keras.src.backend.numpy")
backend_random: Any = _private("keras.src.backend.random")
seed_generator: Any = _private("keras.src.random.seed_generator")
global_state: Any = _private("keras.src.backend.common.global_state")
LOSSES: Any = _private("keras.src.losses.ALL_OBJECTS_DICT")
METRICS: Any = _private("keras.src.metrics.ALL_OBJECTS_DICT")


@cache
def missing() -> tuple[str, ...]:
    """The private names that this Keras lacks: none, for the versions that epochal is tested with.

    Those of objects are looked for on a model without weights, which costs a few milliseconds once.
    """
    model = keras.Sequential([keras.Input((1,)), keras.layers.Activation("relu")])
    model.compile("sgd", "mse", metrics=["mae"])
    functional = keras.Model(model.inputs, model.outputs)
    asked = (
        (model, ("_compile_config", "_compile_loss", "_compile_metrics", "_functional")),
        (model, ("_flatten_layers", "_flatten_metrics_in_order", "_initial_epoch")),
        (model, ("_loss_tracker", "_should_eval", "_symbolic_build")),
        (model.layers[0], ("_call_has_training_arg", "_losses")),
        (getattr(model, "_compile_loss", None), ("_user_loss", "_user_loss_weights")),
        (
            getattr(model, "_compile_metrics", None),
            ("_user_metrics", "_user_weighted_metrics", "build"),
        ),
        (functional, ("_inputs_struct", "_nodes_by_depth", "_run_through_graph")),
        (model.outputs[0], ("_keras_history",)),
        (model.optimizer, ("_apply_weight_decay", "_get_variable_index", "_iterations")),
        (model.optimizer, ("_learning_rate",)),
        (model.optimizer, ("_trainable_variables", "_untrack_variable", "_use_weight_decay")),
        (keras.metrics.MeanMetricWrapper(abs), ("_fn", "_fn_kwargs")),
        (keras.initializers.GlorotUniform(), ("_init_seed",)),
        (MonitorCallback, ("_set_monitor_op",)),
        (backend_random, ("jax_draw_seed", "dropout", "uniform", "normal")),
        (seed_generator, ("python_random",)),
    )
    lacking = [
        f"{type(owner).__name__}.{name}"
        for owner, names in asked
        for name in names
        if not hasattr(owner, name)
    ]
    return (*_absent, *lacking)


def flatten_layers(layer: keras.Layer, include_self: bool = True) -> list[keras.Layer]:
    """The layers within `layer`, at any depth, itself among them or not."""
    return list(layer._flatten_layers(include_self=include_self))


# A compiled model


def compile_config(model: keras.Model) -> dict[str, Any]:
    """The arguments that `model.compile` was given, as they were."""
    return dict(model._compile_config.config)


def compiled_parts(model: keras.Model) -> tuple[Any, Any]:
    """The compiled loss and the compiled metrics; None for one that there is not."""
    return getattr(model, "_compile_loss", None), getattr(model, "_compile_metrics", None)


def compiled_loss(model: keras.Model) -> tuple[Any, Any]:
    """The loss and the loss weights that `model.compile` was given."""
    compiled = model._compile_loss
    return (None, None) if compiled is None else (compiled._user_loss, compiled._user_loss_weights)


def compiled_metrics(model: keras.Model) -> list[Any]:
    """The metrics and the weighted metrics that `model.compile` was given."""
    compiled = model._compile_metrics
    return [] if compiled is None else [compiled._user_metrics, compiled._user_weighted_metrics]


def built_metrics(model: keras.Model) -> list[tuple[keras.metrics.Metric, bool]]:
    """The compiled metrics as objects, in the order of the logs, and whether each is weighted."""
    compiled = model._compile_metrics
    lists = (
        (getattr(compiled, "_flat_metrics", None), False),
        (getattr(compiled, "_flat_weighted_metrics", None), True),
    )
    return [
        (metric, weighted)
        for groups, weighted in lists
        for group in groups or []
        for metric in (group.metrics if group else [])
    ]


def loss_tracker(model: keras.Model) -> Any:
    """The metric that is the running mean of the loss; None before the model is compiled."""
    return getattr(model, "_loss_tracker", None)


def function_and_arguments(wrapper: Any) -> tuple[Any, dict[str, Any]]:
    """The function inside a loss or metric that wraps one, and what else it is called with."""
    return getattr(wrapper, "_fn", None), dict(getattr(wrapper, "_fn_kwargs", None) or {})


def layer_losses(layer: keras.Layer) -> list[Any]:
    """The losses that the layer added by itself."""
    return list(layer._losses)


# A model's graph


def functional_of(model: keras.Model) -> Any:
    """The functional model that a Sequential one is made of, None before it is built; or itself."""
    return model._functional if isinstance(model, keras.Sequential) else model


def nodes_by_depth(functional: Any) -> list[Any]:
    """The calls of a functional model's operations, those near the inputs first."""
    by_depth = getattr(functional, "_nodes_by_depth", {})
    return [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]


@contextmanager
def inside_call(layer: keras.Layer, *, training: bool) -> Iterator[None]:
    """As if the layer were being called, so that those inside know whether they train."""
    name = "current_call_ctx"
    before, context = global_state.get_global_attribute(name), CallContext(entry_layer=layer)
    context.training = training
    global_state.set_global_attribute(name, context)
    try:
        yield
    finally:
        global_state.set_global_attribute(name, before)


@contextmanager
def forgetting_calls(layers: list[keras.Layer]) -> Iterator[None]:
    """Have the layers forget what they are called on meanwhile: nodes of a graph, and losses."""
    kept = [
        (own, list(own))
        for layer in layers
        for own in (layer._inbound_nodes, layer._outbound_nodes, layer._losses)
    ]
    try:
        yield
    finally:
        for own, before in kept:
            own[:] = before


def inputs_structure(functional: Any) -> Any:
    """The inputs of a functional model in the structure in which it takes them."""
    return functional._inputs_struct


def producer(tensor: Any) -> Any:
    """The operation that a symbolic tensor came out of."""
    return tensor._keras_history.operation


def run_through_graph(model: Any, inputs: Any, operation_fn: Any, call_fn: Any) -> Any:
    """The outputs of a functional model whose operations are exchanged on the way."""
    return model._run_through_graph(inputs, operation_fn=operation_fn, call_fn=call_fn)


# Randomness and names

# The seed and the generator of `keras.utils.set_random_seed`, and the numbers in automatic names.
_GLOBAL = ("global_random_seed", "global_seed_generator", "object_name_uids")


@contextmanager
def own_global_state(seed: int) -> Iterator[None]:
    """Inside this Keras draws as after `keras.utils.set_random_seed`, and names begin anew.

    Afterwards all is as before. NumPy's and Python's own generators are not looked at.
    """
    before = {name: global_state.get_global_attribute(name) for name in _GLOBAL}
    for name, value in zip(_GLOBAL, (seed, None, None), strict=True):
        global_state.set_global_attribute(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            global_state.set_global_attribute(name, value)


# Layers


def takes_training(layer: Any) -> bool:
    """Whether the layer's call has an argument `training`."""
    return bool(getattr(layer, "_call_has_training_arg", False))


def initial_seed(initializer: Any) -> Any:
    """The seed that a random initialiser was given; None where it was given none."""
    return initializer._init_seed


# Training


def symbolic_build(model: keras.Model, iterator: Any) -> None:
    """Build model, metrics and optimiser from the first batch of an `EpochIterator`.

    Keras traces the loss and the metrics for what state they may make in their first call: 30 ms,
    in which no other thread runs. Where all there is are means, it is there as soon as they are.
    """
    loss, metrics = compiled_parts(model)
    if loss is None or loss.built or not _has_one_output(model):
        model._symbolic_build(iterator=iterator)
        return
    batch = _first_batch(iterator)
    if batch is None:
        model._symbolic_build(iterator=iterator)  # which says so
        return
    _, y, _ = keras.utils.unpack_x_y_sample_weight(batch)
    if y is not None and not keras.tree.is_nested(y):
        if metrics is not None and not metrics.built:
            metrics.build(y, model.outputs[0])
            metrics.built = all(isinstance(one, keras.metrics.Mean) for one in metrics.metrics)
        if metrics is None or metrics.built:
            loss.build(y, model.outputs[0])
    model._symbolic_build(data_batch=batch)


def _first_batch(iterator: Any) -> Any:
    """As Keras takes it: of a generator it is gone. None where there is none."""
    for _, _, batches in iterator:
        return next(iter(batches))
    return None


def _has_one_output(model: keras.Model) -> bool:
    """Whether it is a built model of one output that computes loss and metrics as Keras does."""
    computes = ("compute_loss", "compute_metrics", "_compute_loss")
    return (
        all(layer.built for layer in flatten_layers(model))
        and all(getattr(type(model), each) is getattr(keras.Model, each) for each in computes)
        and isinstance(model, Functional | keras.Sequential)
        and not keras.tree.is_nested(functional_of(model).output)
    )


def epoch_to_resume(model: keras.Model) -> int | None:
    """The epoch that `BackupAndRestore` found the training to stand at."""
    epoch: int = model._initial_epoch
    return epoch


def set_epoch_to_resume(model: keras.Model, epoch: int | None) -> None:
    """Say where the next `model.fit` begins; None where it is told. Keras itself never ends it."""
    model._initial_epoch = epoch


def is_validation_epoch(model: keras.Model, epoch: int, validation_freq: Any) -> bool:
    """Whether the model is validated after `epoch`."""
    return bool(model._should_eval(epoch, validation_freq))


def flatten_metrics(model: keras.Model, logs: dict[str, float]) -> Any:
    """The loss and metrics as `model.evaluate` returns them without ``return_dict``."""
    return model._flatten_metrics_in_order(logs)


def is_layer_scale(layer: Any) -> bool:
    """Whether a layer is ConvNeXt's own, which multiplies each channel by a weight, ``gamma``.

    Known by its name: importing it would import every network of `keras.applications`.
    """
    kind = type(layer)
    return (kind.__module__, kind.__name__) == ("keras.src.applications.convnext", "LayerScale")


def has_mask(tensor: keras.KerasTensor) -> bool:
    """Whether some elements of a symbolic tensor are masked."""
    return getattr(tensor, "_keras_mask", None) is not None


def set_value(variable: keras.Variable, value: Any) -> None:
    """Give a variable an array of its own shape and dtype: nothing is converted."""
    variable._value = value


class _Lending:
    """Stands before a model's method that Keras calls whenever a callback asks for its model."""

    def __init__(self, write: Callable[[], None]) -> None:
        self._write = write
        self.asked = False

    def __call__(self) -> None:
        if not self.asked:
            self.asked = True
            self._write()


def lend_state(model: keras.Model, write: Callable[[], None]) -> None:
    """Have `write` called, once, when a callback asks for its model."""
    # Around the model's own __setattr__, which would look through every value for layers.
    object.__setattr__(model, "jax_state_sync", _Lending(write))


def take_state_back(model: keras.Model) -> bool:
    """End `lend_state`: whether a callback asked for the model, and so may have changed it."""
    lending = vars(model).pop("jax_state_sync", None)
    return lending is not None and bool(lending.asked)


def add_to_history(history: keras.callbacks.History, epoch: int, logs: dict[str, float]) -> None:
    """`History.on_epoch_end`, which asks for its model only to leave itself there."""
    history.epoch.append(epoch)
    for name, value in logs.items():
        history.history.setdefault(name, []).append(value)
    history._model.history = history


def array_inputs(adapter: Any) -> tuple[Any, int]:
    """The arrays of an `ArrayDataAdapter`, and the number of their rows."""
    return adapter._inputs, adapter._num_samples


def monitor_direction(metric: str, model: keras.Model) -> Any:
    """`keras.ops.greater` or `less`: when the metric has improved; None where Keras can't say."""
    callback = MonitorCallback(metric)
    callback.set_model(model)
    try:
        callback._set_monitor_op()
    except ValueError:
        return None
    return callback.monitor_op


# Optimisers


def learning_rate_attribute(optimizer: Any, default: Any = None) -> Any:
    """What the optimiser holds for its learning rate: a variable, a schedule or a function."""
    return getattr(optimizer, "_learning_rate", default)


def set_learning_rate_attribute(optimizer: Any, value: Any) -> None:
    """Exchange it, around the optimiser's own __setattr__, which would track it as state."""
    object.__setattr__(optimizer, "_learning_rate", value)


def iterations_variable(optimizer: Any) -> Any:
    """The variable that counts the batches, also those whose gradients are only accumulated."""
    return optimizer._iterations


def variable_index(optimizer: Any, variable: Any) -> int:
    """The position of a model's variable among those that the optimiser trains."""
    return int(optimizer._get_variable_index(variable))


def trained_variables(optimizer: Any) -> list[Any]:
    """The variables that the optimiser was built for."""
    return list(optimizer._trainable_variables)


def is_decayed(optimizer: Any, variable: Any) -> bool:
    """Whether the optimiser's weight decay applies to the variable."""
    return bool(optimizer._use_weight_decay(variable))


def moving_averages(optimizer: Any) -> list[Any]:
    """The moving averages of the weights, in the order of the variables."""
    return list(optimizer._model_variables_moving_average) if optimizer.use_ema else []


def accumulated_gradients(optimizer: Any) -> list[Any]:
    """The gradients that are not yet applied, in the order of the variables."""
    steps = optimizer.gradient_accumulation_steps
    return list(optimizer._accumulated_gradients) if steps else []


def nadam_momentum_product(optimizer: Any) -> Any:
    """Nadam's running product of momentums; None for other optimisers."""
    return getattr(optimizer, "_u_product", None)


def untrack_variable(optimizer: Any, variable: Any) -> None:
    """Take a variable out of the optimiser's."""
    optimizer._untrack_variable(variable)


def weight_decay_step(optimizer: Any) -> tuple[str, Any]:
    """The name of the optimiser's method that decays the weights, and the method."""
    return "_apply_weight_decay", optimizer._apply_weight_decay


# The variables that each optimiser keeps for every weight, in the order of the native engine.
SLOTS: dict[type, tuple[str, ...]] = {
    keras.optimizers.SGD: ("momentums",),
    keras.optimizers.Adam: ("_momentums", "_velocities", "_velocity_hats"),
    keras.optimizers.AdamW: ("_momentums", "_velocities", "_velocity_hats"),
    keras.optimizers.Nadam: ("_momentums", "_velocities"),
    keras.optimizers.Adamax: ("_m", "_u"),
    keras.optimizers.RMSprop: ("_velocities", "_average_gradients", "_momentums"),
    keras.optimizers.Adagrad: ("_accumulators",),
}
