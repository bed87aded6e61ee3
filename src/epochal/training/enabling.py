"""`epochal.enable`: every `model.fit`, `evaluate` and `predict` of this process through epochal."""

from collections.abc import Callable
from functools import partial, wraps
from inspect import signature
from threading import RLock
from time import perf_counter
from typing import Any

import keras
from keras.callbacks import CallbackList

from epochal.bridge.checks import check_compiled_model
from epochal.bridge.methods import exchange_methods
from epochal.compat._keras import can_convert_arrays, flatten_metrics
from epochal.errors import InputError
from epochal.training.arguments import FitArguments, check_callbacks, check_sizes
from epochal.training.callbacks import flatten_callbacks
from epochal.training.evaluate import prepare_evaluation
from epochal.training.fitting import checked_data, prepare_fit
from epochal.training.predict import prepare_prediction
from epochal.training.run import Run
from epochal.training.session import eager_reason, lacking_reason

KERAS_BATCH_SIZE = 32  # of a prediction that names none

# What Keras' own loops call on the model; one of them overridden, only those loops will do.
_PARTS_OF_THE_LOOP = ("make_train_function", "make_test_function", "make_predict_function")


class Enabled:
    """What `enable` returns: ends what it began, by `restore` or at the end of a ``with``."""

    def restore(self) -> None:
        """Give the models their own methods back, unless another `enable` is still in force."""
        with _STATE.lock:
            if self in _STATE.enabled:
                _STATE.enabled.remove(self)
            _STATE.follow()

    def __enter__(self) -> "Enabled":
        return self

    def __exit__(self, *_: object) -> None:
        self.restore()


class _State:
    """Who has enabled epochal and not yet ended it, and what puts Keras' methods back."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.enabled: list[Enabled] = []
        self._put_back: Callable[[], None] | None = None

    def follow(self) -> None:
        """Exchange Keras' methods, or put them back."""
        if self.enabled and self._put_back is None:
            self._put_back = exchange_methods(
                {name: partial(_routed, ways) for name, ways in _METHODS.items()}
            )
        elif not self.enabled and self._put_back is not None:
            self._put_back()
            self._put_back = None


_STATE = _State()


def enable() -> Enabled:
    """Send every `model.fit`, `evaluate` and `predict` of this process through epochal.

    A script that trains Keras models gains with this one line at its top. Arguments, callbacks and
    the model afterwards are Keras'; `model.fit` returns a `Run`, which is a Keras `History`. What
    epochal cannot take goes through Keras' own loop, with Keras' own errors: ``run.engine`` is
    then ``"keras"``, and ``run.engine_reason`` says why. That is so for a model with
    ``run_eagerly=True`` or ``jit_compile=False``, one that overrides `make_train_function` and the
    like, and wherever `keras.distribution` shares the work.

    Returns
    -------
    Enabled
        Its ``restore()`` ends it, and so does the end of ``with epochal.enable():``. Nested ones
        end with the outermost.

    Notes
    -----
    It exchanges the methods of `keras.Model`, in all threads. A tool that exchanges them itself, as
    mlflow's autolog does, is to be called after it.

    Examples
    --------
    >>> import keras, numpy as np, epochal
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> with epochal.enable():
    ...     run = model.fit(np.ones((64, 4)), np.ones(64), epochs=2, verbose=0)
    >>> isinstance(run, keras.callbacks.History), isinstance(run, epochal.Run)
    (True, True)
    """
    handle = Enabled()
    with _STATE.lock:
        _STATE.enabled.append(handle)
        _STATE.follow()
    return handle


def disable() -> None:
    """End every `enable`: the models have Keras' own methods again.

    Examples
    --------
    >>> import epochal
    >>> enabled = epochal.enable()
    >>> epochal.disable()
    """
    with _STATE.lock:
        _STATE.enabled.clear()
        _STATE.follow()


def _routed(ways: tuple[Callable[..., Any], Callable[..., Any]], original: Callable) -> Callable:
    """`original` as long as epochal cannot do the same; `ways`: what can, and what else to do."""
    prepare, otherwise = ways

    @wraps(original)
    def method(model: Any, *args: Any, **kwargs: Any) -> Any:
        if not _STATE.enabled:  # somebody else's method has kept this one
            return original(model, *args, **kwargs)
        try:
            reason = _reason_for_keras(model)
            if reason is None:
                run = prepare(model, **_named(original, model, args, kwargs))
        except Exception as error:  # Keras takes it, or says in its own words what is wrong
            reason = str(error)
        if reason is not None:
            return otherwise(original, reason, model, args, kwargs)
        return run()

    return method


def _reason_for_keras(model: Any) -> str | None:
    """Why Keras' own loop has to run this model; None where epochal may try."""
    reason = lacking_reason() or eager_reason(model)
    if reason is not None:
        return reason
    if model.compiled and not model.jit_compile:
        return "the model is compiled with jit_compile=False"
    for name in (*_PARTS_OF_THE_LOOP, "evaluate"):
        if getattr(type(model), name) is not getattr(keras.Model, name):
            return f"{type(model).__name__} overrides {name}"
    if keras.distribution.distribution() is not None:
        return "keras.distribution shares the work"
    return None


def _named(original: Callable, model: Any, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call by their names, Keras' defaults among them."""
    bound = signature(original).bind(model, *args, **kwargs)
    bound.apply_defaults()
    named = dict(bound.arguments)
    del named["self"]
    if named.pop("kwargs", None):
        raise TypeError("Keras' own loop called it")
    return named


def _prepare_fit(
    model: keras.Model,
    x: Any,
    y: Any,
    sample_weight: Any,
    validation_data: Any,
    callbacks: Any,
    **others: Any,
) -> Callable[[], Run]:
    began = perf_counter()
    arguments = FitArguments(**others, seed=None, engine="auto", schedule=None, track=())
    if arguments.steps_per_epoch and arguments.steps_per_epoch % model.steps_per_execution:
        # Keras then lets an epoch run into the next: another number of steps than was asked for.
        raise InputError("steps_per_epoch is no multiple of steps_per_execution")
    data, validation = checked_data(
        model, x, y, sample_weight, validation_data, callbacks, arguments
    )
    return prepare_fit(model, data, validation, arguments, callbacks, began=began).train


def _prepare_evaluation(
    model: keras.Model, x: Any, y: Any, *, return_dict: bool, **others: Any
) -> Callable[[], Any]:
    check_compiled_model(model, "evaluate", optimizer=False)
    _check(others)
    evaluation = prepare_evaluation(model, x, y, **others)

    def evaluated() -> Any:
        logs = evaluation()
        return logs if return_dict else flatten_metrics(model, logs)

    return evaluated


def _prepare_prediction(
    model: keras.Model, x: Any, *, batch_size: int | None, **others: Any
) -> Callable[[], Any]:
    _check({"batch_size": batch_size, **others})
    if batch_size is None and can_convert_arrays((x,)):
        batch_size = KERAS_BATCH_SIZE
    return prepare_prediction(model, x, batch_size=batch_size, **others)


def _check(arguments: dict[str, Any]) -> None:
    check_sizes(batch_size=arguments["batch_size"], steps=arguments["steps"])
    check_callbacks(arguments["callbacks"])


def _fit_by_keras(
    original: Callable, reason: str, model: Any, args: tuple, kwargs: dict[str, Any]
) -> Any:
    """Keras' own fit; its history is a `Run` as well, unless a `CallbackList` has one."""
    try:
        named = _named(original, model, args, kwargs)
        if isinstance(named["callbacks"], CallbackList):
            raise TypeError("it is taken as it is")
        given = flatten_callbacks(named["callbacks"])
    except Exception:
        return original(model, *args, **kwargs)
    because = f"Keras' own loop, because {reason}"
    run = Run(engine="keras", engine_reason=because, seed=None)
    began = perf_counter()
    history = original(model, **named | {"callbacks": [*given, run]})
    run.timing.total = perf_counter() - began
    return history


def _by_keras(
    original: Callable, reason: str, model: Any, args: tuple, kwargs: dict[str, Any]
) -> Any:
    return original(model, *args, **kwargs)


_METHODS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "fit": (_prepare_fit, _fit_by_keras),
    "evaluate": (_prepare_evaluation, _by_keras),
    "predict": (_prepare_prediction, _by_keras),
}
