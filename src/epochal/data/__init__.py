"""Data: arrays checked, split and scaled; tables turned into numbers; data sets by name.

The names stand in `__init__.pyi` and are imported when they are first asked for: scikit-learn takes
a second, and most callers need little of it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
