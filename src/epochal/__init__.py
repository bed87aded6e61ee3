"""Train deep networks that generalise, fast, and that know when they don't know.

Keras in, Keras out. The public names stand in `__init__.pyi`; each is imported when it is first
asked for, so that ``import epochal`` costs nothing and ``epochal --help`` does not wait for Keras.
"""

import os
import sys
from typing import Any

import lazy_loader

from epochal.compat.deferred import collection_paused
from epochal.errors import suggest

__version__ = "0.1.0"


def _choose_backend() -> None:
    """Keras reads its backend once, at its first import: choose JAX before that."""
    if "keras" in sys.modules:
        backend = sys.modules["keras"].backend.backend()
        how = "import epochal before keras, or set KERAS_BACKEND=jax"
    else:
        backend = os.environ.setdefault("KERAS_BACKEND", "jax")
        how = "unset KERAS_BACKEND, or set it to jax"
        # What an `import keras` has left that failed, say without TensorFlow, knows that backend.
        for name in [name for name in sys.modules if name.startswith("keras.")]:
            del sys.modules[name]
    if backend != "jax":
        raise ImportError(
            f"epochal needs Keras on JAX, got Keras on {backend!r}: {how}. A script that stays on "
            f"{backend!r} can run `epochal train`, or an estimator, in a process of its own."
        )


_choose_backend()
_import, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'epochal' has no attribute {name!r}.{suggest(name, __all__)}")
    with collection_paused():
        return _import(name)
