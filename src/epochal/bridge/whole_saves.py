"""A model's own files are whole or not there, however the process that saves it ends."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from typing import Any

import keras

from epochal.whole_files import write_whole


@contextmanager
def whole_files(model: keras.Model) -> Iterator[None]:
    """Inside this, `model.save` and `model.save_weights` replace a file once it is complete.

    A model is saved by callbacks in the middle of a training that may be killed at any moment.
    """
    names = ("save", "save_weights")
    before = {name: vars(model)[name] for name in names if name in vars(model)}
    for name in names:
        # Around the model's own __setattr__, which would track it.
        object.__setattr__(model, name, _whole(getattr(model, name)))
    try:
        yield
    finally:
        for name in names:
            vars(model).pop(name, None)
        vars(model).update(before)


def _whole(method: Callable[..., None]) -> Callable[..., None]:
    @wraps(method)
    def saved(filepath: Any, overwrite: bool = True, **options: Any) -> None:
        if overwrite and not any(options.values()) and _is_local_file(filepath):
            write_whole(filepath, partial(method, overwrite=True, **options))
        else:
            method(filepath, overwrite=overwrite, **options)

    return saved


def _is_local_file(path: Any) -> bool:
    """Whether it names a file that is, or can be, on this machine: no folder, pipe or address."""
    if not isinstance(path, str | os.PathLike) or "://" in str(path):
        return False
    return os.path.isfile(path) or not os.path.exists(path)
