"""What fit, evaluate and predict begin with: the call checked, the model ready on an engine."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
from keras.callbacks import CallbackList

from epochal.batches.feed import BatchFeed, Feed
from epochal.bridge.checks import check_compiled_model, check_model
from epochal.bridge.initial_values import without_compiling
from epochal.bridge.state import read_state, read_test_state, read_weights
from epochal.bridge.steps import StepOptions
from epochal.compat._keras import missing
from epochal.engine import Engine, Work, native
from epochal.training.arguments import check_callbacks, check_sizes
from epochal.training.callbacks import batch_by_batch_reason
from epochal.training.engine_choice import check_block, choose
from epochal.training.progress import Display

# What the program of each purpose is going to be asked for, on the first feed and on the second.
_WORKS = {
    "train": (("train", read_state), ("test", read_test_state)),
    "test": (("test", read_test_state),),
    "predict": (("predict", read_weights),),
}


def lacking_reason() -> str | None:
    """Why no engine can run with this Keras; None where one can."""
    with without_compiling():  # it builds a model
        lacking = missing()
    if lacking:
        return f"Keras {keras.__version__} lacks {', '.join(lacking)}, which the engines need"
    return None


def eager_reason(model: keras.Model) -> str | None:
    """Why Keras' own loop has to run this model; None where an engine can."""
    return "the model is compiled with run_eagerly=True" if model.run_eagerly else None


def left_to_keras(
    model: Any, verb: str, callbacks: Any, *, loss: bool = False, **sizes: int | None
) -> bool:
    """Check a call of `evaluate` or `predict`: whether Keras' own loop has to run it."""
    if lacking_reason() is not None:
        return True
    if loss:
        check_compiled_model(model, verb, optimizer=False)
    else:
        check_model(model, verb)
    check_sizes(**sizes)
    check_callbacks(callbacks)
    return eager_reason(model) is not None


@dataclass(frozen=True, kw_only=True)
class Session:
    """A model that is ready on an engine, with its data, its callbacks, and what a person sees.

    Attributes
    ----------
    feed, validation : Feed, Feed or None
        What is trained, tested or predicted on; what is validated on.
    by_batch : str or None
        Why Python must be called at every batch; None where it need not.
    engine_reason : str
        Why that engine runs it, and why batch by batch where it does.
    """

    model: keras.Model
    engine: Engine[Any, Any]
    program: Any
    feed: Feed
    validation: Feed | None
    callbacks: CallbackList
    display: Display
    by_batch: str | None
    engine_reason: str
    compiled_before: float  # seconds, in this process

    def seconds_compiling(self) -> float:
        """Seconds spent on compilation since it was opened."""
        return self.engine.seconds_compiling() - self.compiled_before


def open_session(
    model: keras.Model,
    purpose: str,
    feed: Feed,
    *,
    callbacks: CallbackList,
    display: Display,
    validation: Feed | None = None,
    engine: str = "auto",
    options: StepOptions | None = None,
    share: int = 1,
) -> Session:
    """Choose the engine for "train", "test" or "predict", with what it needs compiled.

    It is one of `share` sessions that run at once.

    Raises
    ------
    InputError
        Where "native" is asked for and cannot be had.
    """
    feeds = [feed] if validation is None else [feed, validation]
    shapes = [each.shapes() for each in feeds]
    choice = choose(engine, model, purpose, shapes, options)
    for each in feeds:
        if isinstance(each, BatchFeed) and choice.engine is native.ENGINE:
            each.check_blocks(partial(check_block, choice.description, purpose))
    compiled_before = choice.engine.seconds_compiling()
    works = [
        Work(kind, read(model), block)
        for (kind, read), blocks in zip(_WORKS[purpose], shapes, strict=False)
        for block in blocks
    ]
    reason, by_batch = choice.reason, batch_by_batch_reason(callbacks, purpose)
    if by_batch is not None:
        reason = f"{reason}; batch by batch, which is slower, because {by_batch}"
    return Session(
        model=model,
        engine=choice.engine,
        program=choice.engine.prepare(choice.description, works, share),
        feed=feed,
        validation=validation,
        callbacks=callbacks,
        display=display,
        by_batch=by_batch,
        engine_reason=reason,
        compiled_before=compiled_before,
    )
