"""What is asked of a Keras model, and of data for it, before anything is computed."""

from numbers import Number
from typing import Any

import keras

from epochal.checks import describe_kind
from epochal.compat._keras import LOSSES, METRICS, can_convert_arrays, compiled_metrics
from epochal.data import check_arrays
from epochal.data.arrays import check_targets
from epochal.errors import InputError, suggest

_METRIC_ALIASES = ("accuracy", "acc", "crossentropy", "ce")


def check_model(model: Any, verb: str, *, loss: bool = False, optimizer: bool = False) -> None:
    """`InputError` for what is no model, or is not compiled with what `verb` needs."""
    if not isinstance(model, keras.Model):
        raise InputError(
            f"model must be a keras.Model, but is {describe_kind(model)}: "
            f"pass the model itself, as in epochal.{verb}(model, ...)."
        )
    if not (loss or optimizer):
        return
    if not model.compiled:
        raise InputError(
            f"model must be compiled before epochal.{verb}, but is not: "
            "call model.compile(optimizer, loss) first."
        )
    for name in _strings(model.loss):
        if name not in LOSSES:
            raise InputError(
                f"model must be compiled with a loss that Keras knows, but loss is {name!r}."
                f"{suggest(name, _names(LOSSES))}"
            )
    if optimizer and model.optimizer is None:
        raise InputError(
            f"model must be compiled with an optimizer before epochal.{verb}, but has none: "
            "call model.compile(optimizer, loss)."
        )
    for name in _strings(compiled_metrics(model)):
        if name not in METRICS and name not in _METRIC_ALIASES:
            raise InputError(
                f"model must be compiled with metrics that Keras knows, but one is {name!r}."
                f"{suggest(name, [*_names(METRICS), *_METRIC_ALIASES])}"
            )


def check_data(
    model: keras.Model, x: Any, y: Any = None, sample_weight: Any = None, of: str | None = None
) -> None:
    """Look at arrays closely; what yields batches by itself is taken as it comes.

    `of` is the argument that holds them, where they are no arguments themselves.
    """
    if x is None:
        raise InputError(
            f"{of or 'x'} must be arrays or something that yields batches, but is None: "
            "pass the data."
        )
    names = names_of(of)
    for argument, value in zip(names, (x, y, sample_weight), strict=True):
        if any(isinstance(leaf, Number | str) for leaf in keras.tree.flatten(value)):
            kind = " of Python's numbers or text" if isinstance(value, list | tuple | dict) else ""
            raise InputError(
                f"{argument} must be arrays, but is {describe_kind(value)}{kind}: "
                f"make an array with np.asarray."
            )
    if not can_convert_arrays((x, y, sample_weight)):
        return
    loss, classes = (None, None) if y is None else _targets(model)
    check_arrays(x, y, sample_weight, loss=loss, classes=classes, names=names)
    _check_rows(model, x, names[0])


def names_of(of: str | None) -> tuple[str, str, str]:
    """What messages call the inputs, targets and weights in the argument `of`."""
    x, y, sample_weight = (
        name if of is None else f"{of}'s {name}" for name in ("x", "y", "sample_weight")
    )
    return x, y, sample_weight


def check_targets_of_built(model: keras.Model, y: Any, of: str | None = None) -> None:
    """The targets alone, once more: only a model that has been built has a width."""
    if y is not None and can_convert_arrays((y,)):
        check_targets(y, *_targets(model), names_of(of)[1])


def check_row_shape(shape: tuple, expected: tuple, name: str = "x") -> None:
    """`InputError` unless an array of this shape holds rows of the expected one, (3, None)."""
    lengths = zip(shape[1:], expected, strict=False)
    fits = len(shape) == len(expected) + 1 and all(b in (a, None) for a, b in lengths)
    if not fits or not shape[0]:
        remedy = (
            "give as many values a row as the model was built for"
            if len(shape) == len(expected) + 1 and shape[0]
            else f"pass a single row as {name}[np.newaxis]"
        )
        raise InputError(
            f"{name} must hold at least one row of the shape "
            f"({', '.join(str(length or 'any') for length in expected)}), but has the shape "
            f"{shape}: {remedy}."
        )


def _check_rows(model: keras.Model, x: Any, name: str) -> None:
    """The shape of the rows, where the model has one input and `x` is one array."""
    inputs = getattr(model, "inputs", None) or []
    if len(inputs) != 1 or not hasattr(x, "shape"):
        return
    shape, expected = tuple(x.shape), tuple(inputs[0].shape[1:])
    # Keras itself adds a last axis of length 1, or takes it away.
    if len(shape) == len(expected) and expected[-1:] == (1,):
        shape = (*shape, 1)
    elif len(shape) == len(expected) + 2 and shape[-1] == 1:
        shape = shape[:-1]
    check_row_shape(shape, expected, name)


def check_target_given(model: keras.Model, x: Any, y: Any, name: str = "y") -> None:
    """A loss needs targets, unless the model's own code is what calls it."""
    kind = type(model)
    own = (kind.train_step, kind.compute_loss) != (
        keras.Model.train_step,
        keras.Model.compute_loss,
    )
    if y is None and model.loss is not None and not own and can_convert_arrays((x,)):
        raise InputError(
            f"{name} must hold the targets that the loss compares with, but is None: "
            "pass them, or compile the model without a loss."
        )


def _targets(model: keras.Model) -> tuple[Any, Any]:
    """The name of the loss and the width of the output, where there is one of each."""
    loss = model.loss
    if isinstance(loss, keras.losses.Loss):
        # A class that is ignored may have any label.
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
