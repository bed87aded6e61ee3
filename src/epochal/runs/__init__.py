"""Runs: from a table to a folder with a trained and tested network, and predictions with it.

The public names are in `__init__.pyi` and imported when they are first used: listing runs and
reading a table need no Keras.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
