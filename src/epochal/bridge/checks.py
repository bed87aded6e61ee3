"""Checks of a Keras model, and of data for it, before anything is computed."""

from numbers import Number
from typing import Any

import keras

from epochal.checks import describe_kind
from epochal.compat._keras import (
    LOSSES,
    METRICS,
    Functional,
    can_convert_arrays,
    compiled_metrics,
    functional_of,
)
from epochal.data import check_arrays
from epochal.data.arrays import check_targets
from epochal.errors import InputError, suggest

_METRIC_ALIASES = ("accuracy", "acc", "crossentropy", "ce")


def check_model(model: Any, verb: str) -> None:
    """`InputError` unless `model` is a Keras model; `verb` is the public function that asks."""
    if not isinstance(model, keras.Model):
        raise InputError(
            f"model must be a keras.Model, got {describe_kind(model)}: "
            f"pass the model itself, as in epochal.{verb}(model, ...)."
        )


def check_compiled_model(model: Any, verb: str, *, optimizer: bool = True) -> None:
    """`InputError` unless `model` is compiled with a loss, metrics and an optimiser Keras knows.

    Without `optimizer` it may be compiled without one.
    """
    check_model(model, verb)
    if not model.compiled:
        raise InputError(
            f"model must be compiled before epochal.{verb}, got {model.name!r} without a loss: "
            "call model.compile(optimizer, loss) first."
        )
    for name in _strings(model.loss):
        if name not in LOSSES:
            raise InputError(
                f"model must be compiled with a loss that Keras knows, got {name!r}."
                f"{suggest(name, _names(LOSSES))}"
            )
    if optimizer and model.optimizer is None:
        raise InputError(
            f"model must be compiled with an optimizer before epochal.{verb}, got none: "
            "call model.compile(optimizer, loss)."
        )
    for name in _strings(compiled_metrics(model)):
        if name not in METRICS and name not in _METRIC_ALIASES:
            raise InputError(
                f"model must be compiled with metrics that Keras knows, got {name!r}."
                f"{suggest(name, [*_names(METRICS), *_METRIC_ALIASES])}"
            )


def check_built(model: Any, verb: str) -> None:
    """`InputError` unless `model` is a Keras model whose weights exist."""
    check_model(model, verb)
    if not model.built:
        raise _not_built(model, verb)


def check_layer_graph(
    model: Any,
    verb: str,
    *,
    subclasses: bool = False,
    instead: str = "rebuild it as keras.Model(inputs, outputs)",
) -> None:
    """`InputError` unless `model` is a built Sequential or functional model: a graph of layers.

    A subclass of those two passes with `subclasses` only: its call may do anything. `instead` says
    what to do with any other.
    """
    check_model(model, verb)
    kinds = (keras.Sequential, Functional)
    if not (isinstance(model, kinds) if subclasses else type(model) in kinds):
        raise InputError(
            f"model must be a Sequential or functional keras.Model, got {type(model).__name__}, a "
            f"subclass with a call of its own: {instead}."
        )
    # A Sequential model with a layer that cannot tell its output's shape is built without a graph.
    if not model.built or functional_of(model) is None:
        raise _not_built(model, verb)


def _not_built(model: keras.Model, verb: str) -> InputError:
    return InputError(
        f"model must be built before epochal.{verb}, got {model.name!r} without weights: "
        "give it a keras.Input or call it on one batch."
    )


def check_data(
    model: keras.Model, x: Any, y: Any = None, sample_weight: Any = None, of: str | None = None
) -> bool:
    """`InputError` for arrays that the model cannot take; batches of a generator are not looked at.

    `of` names the argument that holds the arrays, where they are not arguments themselves
    ("validation_data"). Returns whether they are arrays.
    """
    if x is None:
        raise InputError(
            f"{of or 'x'} must be arrays or something that yields batches, got None: pass the data."
        )
    names = names_of(of)
    for argument, value in zip(names, (x, y, sample_weight), strict=True):
        if any(isinstance(leaf, Number | str) for leaf in keras.tree.flatten(value)):
            kind = " of Python numbers or text" if isinstance(value, list | tuple | dict) else ""
            raise InputError(
                f"{argument} must be arrays, got {describe_kind(value)}{kind}: "
                "make an array with np.asarray."
            )
    if not can_convert_arrays((x, y, sample_weight)):
        return False
    loss, classes = (None, None) if y is None else _targets(model)
    check_arrays(x, y, sample_weight, loss=loss, classes=classes, names=names)
    _check_rows(model, x, names[0])
    return True


def names_of(of: str | None) -> tuple[str, str, str]:
    """What messages call inputs, targets and sample weights; `of`: the argument they are in."""
    x, y, sample_weight = (
        name if of is None else f"{of}'s {name}" for name in ("x", "y", "sample_weight")
    )
    return x, y, sample_weight


def check_targets_of_built(model: keras.Model, y: Any, of: str | None = None) -> None:
    """Check the targets again, now that the model is built and its number of outputs known."""
    if y is not None:
        check_targets(y, *_targets(model), names_of(of)[1])


def check_row_shape(shape: tuple, expected: tuple, name: str = "x") -> None:
    """`InputError` unless `shape` is that of a batch of rows of the `expected` shape.

    None among the expected lengths stands for any.
    """
    lengths = zip(shape[1:], expected, strict=False)
    fits = len(shape) == len(expected) + 1 and all(b in (a, None) for a, b in lengths)
    if not fits or not shape[0]:
        remedy = (
            "give as many values per row as the model was built for"
            if len(shape) == len(expected) + 1 and shape[0]
            else f"pass a single row as {name}[np.newaxis]"
        )
        raise InputError(
            f"{name} must hold at least one row of the shape "
            f"({', '.join(str(length or 'any') for length in expected)}), got the shape "
            f"{shape}: {remedy}."
        )


def _check_rows(model: keras.Model, x: Any, name: str) -> None:
    """Check the shape of the rows where the model has one input and `x` is one array."""
    inputs = getattr(model, "inputs", None) or []
    if len(inputs) != 1 or not hasattr(x, "shape"):
        return
    shape, expected = tuple(x.shape), tuple(inputs[0].shape[1:])
    # Keras itself adds or drops a last axis of length 1.
    if len(shape) == len(expected) and expected[-1:] == (1,):
        shape = (*shape, 1)
    elif len(shape) == len(expected) + 2 and shape[-1] == 1:
        shape = shape[:-1]
    check_row_shape(shape, expected, name)


def check_target_given(model: keras.Model, y: Any, name: str = "y") -> None:
    """`InputError` where the loss needs targets and there are none.

    A model with a `train_step` or `compute_loss` of its own may do without.
    """
    kind = type(model)
    own = (kind.train_step, kind.compute_loss) != (
        keras.Model.train_step,
        keras.Model.compute_loss,
    )
    if y is None and model.loss is not None and not own:
        raise InputError(
            f"{name} must hold the targets that the loss compares with, got None: "
            "pass them, or compile the model without a loss."
        )


def _targets(model: keras.Model) -> tuple[Any, Any]:
    """The name of the loss and the number of outputs; None where there are several of either."""
    loss = model.loss
    if isinstance(loss, keras.losses.Loss):
        # `ignore_class` may be any label, also one beyond the classes.
        loss = None if getattr(loss, "ignore_class", None) is not None else loss.name
    shape = model.output_shape if model.built and hasattr(model, "outputs") else None
    single = isinstance(shape, tuple) and all(isinstance(n, int | None) for n in shape)
    if not isinstance(loss, str) or (shape is not None and not single):
        return None, None
    return loss, shape[-1] if shape is not None and len(shape) == 2 else None


def _strings(structure: Any) -> list[str]:
    return [leaf for leaf in keras.tree.flatten(structure) if isinstance(leaf, str)]


def _names(objects: dict) -> list[str]:
    return [name for name in objects if isinstance(name, str)]
