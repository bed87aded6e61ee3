"""The public methods of every Keras model in this process, exchanged for others and put back."""

from collections.abc import Callable, Mapping
from typing import Any

import keras


def exchange_methods(others: Mapping[str, Callable[[Any], Any]]) -> Callable[[], None]:
    """Exchange methods of `keras.Model`; what is returned puts them back.

    Parameters
    ----------
    others : mapping of str to callable
        For the name of a method, what makes of the method as it is now the one to put in its place.
        One that was exchanged by somebody else in the meantime is left as it is.
    """
    own = {name: vars(keras.Model).get(name) for name in others}
    ours = {name: make(getattr(keras.Model, name)) for name, make in others.items()}
    for name, method in ours.items():
        setattr(keras.Model, name, method)

    def put_back() -> None:
        for name, method in own.items():
            if vars(keras.Model).get(name) is not ours[name]:
                continue
            if method is None:
                delattr(keras.Model, name)  # the one that it inherits is there again
            else:
                setattr(keras.Model, name, method)

    return put_back
