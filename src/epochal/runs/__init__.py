"""Runs: from a table to a folder with a trained, tested network; and that folder put to use.

The names stand in `__init__.pyi` and are imported when they are first asked for: listing runs needs
no Keras, and reading a table can begin while Keras is still being imported.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
