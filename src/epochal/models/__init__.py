"""Feed-forward networks by guidelines: one line from a task to a compiled Keras model.

The public names are in `__init__.pyi` and imported when they are first used: the names of the
guidelines need no Keras.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
